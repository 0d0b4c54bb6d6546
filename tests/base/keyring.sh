#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Keys in the real service of a desktop, on a bus and in a home of their own: kept by one process, found by the next, nowhere in plain text.
# keyring.sh PROGRAM-OF-TESTS BUS-CONFIGURATION
set -eu
skip() { echo "1..0 # SKIP $1"; exit 0; }
for tool in dbus-run-session gdbus gnome-keyring-daemon; do command -v "$tool" >/dev/null || skip "$tool is not installed"; done
if [ "${LEYDEN_KEYRING_HOME:-}" = "" ]; then
  LEYDEN_KEYRING_HOME=$(mktemp -d)
  trap 'rm -rf "$LEYDEN_KEYRING_HOME"' EXIT
  export LEYDEN_KEYRING_HOME HOME="$LEYDEN_KEYRING_HOME" XDG_RUNTIME_DIR="$LEYDEN_KEYRING_HOME/run"
  unset XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME SECRET_BACKEND
  mkdir -m 0700 "$XDG_RUNTIME_DIR"
  dbus-run-session --config-file="$2" -- "$0" "$1" "$2" 2>/dev/null
  exit
fi
# Its warnings are not ours.
printf 'a password' | env -u G_DEBUG -u MALLOC_PERTURB_ gnome-keyring-daemon --unlock --components=secrets >/dev/null
# It goes into the background before it has its name.
gdbus wait --session --timeout 60 org.freedesktop.secrets
echo 1..3
n=0
for step in store lookup; do
  n=$((n + 1))
  if out=$(LEYDEN_KEYRING_STEP=$step "$1" -p /secrets/keyring-service 2>&1) && echo "$out" | grep -q '^ok 1'; then
    echo "ok $n $step"
  else
    echo "$out" | sed 's/^/# /'
    echo "not ok $n $step"
  fi
  [ "$step" = store ] && ls "$HOME"/.local/share/keyrings/*.keyring >/dev/null && ! grep -rq ring-value "$HOME" && plain=ok
done
echo "${plain:-not ok} 3 not in plain text"
