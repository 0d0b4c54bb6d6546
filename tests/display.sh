#!/bin/sh
# A test in a display and on a bus of its own: display.sh COMMAND [ARGUMENT…]
exec xvfb-run -a -s "-screen 0 1280x900x24" dbus-run-session --config-file="${G_TEST_BUILDDIR:?}/session.conf" -- "$@"
