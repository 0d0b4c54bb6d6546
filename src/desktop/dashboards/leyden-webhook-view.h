/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenWebhookView: one webhook: how it stands, what was sent with its tries, what can be done.
 *
 * Signals: "edit-requested" (LeydenValue *hook); "removed" (); "secret" (const char *secret): a new one was made, to be shown once; "problem" (const
 * char *text).
 */
#define LEYDEN_TYPE_WEBHOOK_VIEW (leyden_webhook_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenWebhookView, leyden_webhook_view, LEYDEN, WEBHOOK_VIEW, GtkWidget)

GtkWidget *leyden_webhook_view_new     (const char *name);
/* Asks again. */
void       leyden_webhook_view_refresh (LeydenWebhookView *self);

G_END_DECLS
