/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenEndpointDialog: adds or changes an endpoint and its key. The key goes to the key ring, and to the local backend for this session.
 *
 * Signal "saved" (const char *notice): it was; @notice (nullable) is what the person should know, translated.
 */
#define LEYDEN_TYPE_ENDPOINT_DIALOG (leyden_endpoint_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LeydenEndpointDialog, leyden_endpoint_dialog, LEYDEN, ENDPOINT_DIALOG, AdwWindow)

/* @endpoint NULL: a new one. */
GtkWidget *leyden_endpoint_dialog_new (GtkWindow *parent, LeydenValue *endpoint);
/* As its button: asks the endpoint whether it returns what a trainer needs. */
void       leyden_endpoint_dialog_check (LeydenEndpointDialog *self);

G_END_DECLS
