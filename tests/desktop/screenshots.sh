#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Pictures of every view, by the program itself: screenshots.sh LEYDEN FOLDER SESSION_CONF. Needs a display of its own (xvfb-run).
set -eu
program=$1 folder=$2 session=$3
command -v xvfb-run >/dev/null || { echo "screenshots.sh: xvfb-run is not installed" >&2; exit 1; }
rm -rf "$folder"
mkdir -p "$folder"
export GSK_RENDERER=cairo GDK_BACKEND=x11 ADW_DISABLE_PORTAL=1 GTK_USE_PORTAL=0 GSETTINGS_BACKEND=memory LC_ALL=C.UTF-8
unset WAYLAND_DISPLAY
xvfb-run -a -s "-screen 0 1400x1000x24" dbus-run-session --config-file="$session" -- "$program" --screenshots "$folder"
count=$(find "$folder" -name '*.png' | wc -l)
[ "$count" -gt 0 ] || { echo "screenshots.sh: no picture was written" >&2; exit 1; }
echo "$count pictures in $folder"
