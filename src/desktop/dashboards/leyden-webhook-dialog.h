/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenWebhookDialog: adds or changes a webhook, and shows a secret, once.
 *
 * Signal: "saved" (const char *name), when the dialog is closed after that.
 */
#define LEYDEN_TYPE_WEBHOOK_DIALOG (leyden_webhook_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LeydenWebhookDialog, leyden_webhook_dialog, LEYDEN, WEBHOOK_DIALOG, AdwWindow)

/* @hook NULL: a new one. @events: names that can be subscribed to, a list. */
GtkWidget *leyden_webhook_dialog_new        (GtkWindow *parent, LeydenValue *hook, LeydenValue *events);
/* Only a secret that was made: nobody can read it again. */
GtkWidget *leyden_webhook_dialog_new_secret (GtkWindow *parent, const char *secret);

G_END_DECLS
