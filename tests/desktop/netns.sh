#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the test of the window in a network namespace of its own, with a second one beside it where the backend is: two computers and a cable that can be cut.
# netns.sh PROGRAM. Skips with the reason where the right or a tool is missing.
set -eu
skip() { echo "1..0 # SKIP $1"; exit 0; }
for tool in unshare ip nsenter openssl; do command -v "$tool" >/dev/null || skip "$tool is not installed"; done
if [ "${LEYDEN_NETNS:-}" != inside ]; then
  unshare -rn true 2>/dev/null || skip "network namespaces may not be made here"
  unshare -rn sh -c 'ip link add leyden-a type veth peer name leyden-b' 2>/dev/null || skip "a pair of network devices may not be made here"
  LEYDEN_NETNS=inside exec unshare -rn "$0" "$@"
fi
ip link set lo up
unshare -n sleep 3600 &
far=$!
trap 'kill $far 2>/dev/null || true' EXIT
# Until it has its own.
while [ "$(readlink /proc/$far/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link add leyden-a type veth peer name leyden-b netns "$far"
ip address add 10.77.0.1/24 dev leyden-a
ip link set leyden-a up
nsenter -t "$far" -n ip link set lo up
nsenter -t "$far" -n ip address add 10.77.0.2/24 dev leyden-b
nsenter -t "$far" -n ip link set leyden-b up
export LEYDEN_FAR="$far"
"$@"
