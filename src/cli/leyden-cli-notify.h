/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tells a service manager how far the program is: datagrams to $NOTIFY_SOCKET, as sd_notify(3) describes them. Without that variable nothing
 * is sent. The variables are taken out of the environment, for they are not meant for the commands of flows. */
void leyden_notify_begin (void);
/* "READY=1\nSTATUS=…": one message. */
void leyden_notify_send  (const char *message);
/* Sends WATCHDOG=1 from the main loop, twice as often as the manager asks for ($WATCHDOG_USEC); nothing when it does not ask. */
void leyden_notify_start_watchdog (void);

G_END_DECLS
