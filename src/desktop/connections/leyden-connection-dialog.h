/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-connection-probe.h"
#include "leyden-connections.h"

G_BEGIN_DECLS

/**
 * LeydenConnectionDialog: adds a connection or changes one: address or pasted link, key, name; a test says in plain words who answers there.
 *
 * Signal: "saved" (LeydenConnection *connection, const char *notice): it is in the list; @notice (nullable): what is to be said about its key.
 */
#define LEYDEN_TYPE_CONNECTION_DIALOG (leyden_connection_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LeydenConnectionDialog, leyden_connection_dialog, LEYDEN, CONNECTION_DIALOG, AdwWindow)

/* @connection NULL: a new one. */
GtkWidget *leyden_connection_dialog_new      (GtkWindow *parent, LeydenConnection *connection);
/* As if it were typed or pasted. */
void       leyden_connection_dialog_set_text (LeydenConnectionDialog *self, const char *address, const char *key);
void       leyden_connection_dialog_test     (LeydenConnectionDialog *self);
/* Shows @probe (transfer full) as if a test had found it. */
void       leyden_connection_dialog_take_probe (LeydenConnectionDialog *self, LeydenProbe *probe);
/* What the last test found; NULL while there is none. (transfer none) */
const LeydenProbe *leyden_connection_dialog_get_probe (LeydenConnectionDialog *self);

G_END_DECLS
