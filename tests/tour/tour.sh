#!/usr/bin/env bash
# Runs the tour in a display of its own. Usage: tour.sh BUILD DIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
out=$(cd "$2" && pwd)

export GSK_RENDERER=cairo GDK_BACKEND=x11 ADW_DISABLE_PORTAL=1 GTK_USE_PORTAL=0 LC_ALL=C.UTF-8
unset WAYLAND_DISPLAY NO_AT_BRIDGE GTK_A11Y DBUS_SESSION_BUS_ADDRESS
exec xvfb-run -a -s "-noreset -screen 0 1280x800x24" \
  dbus-run-session --config-file="$build/tests/session.conf" -- \
  env PATH="$(getconf PATH)" python3 "$here/tour.py" "$build" "$out"
