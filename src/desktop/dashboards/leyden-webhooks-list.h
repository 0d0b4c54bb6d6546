/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenWebhooksList: the webhooks of the backend. Signals: "webhook-activated" (const char *name); "add-requested" ().
 */
#define LEYDEN_TYPE_WEBHOOKS_LIST (leyden_webhooks_list_get_type ())
G_DECLARE_FINAL_TYPE (LeydenWebhooksList, leyden_webhooks_list, LEYDEN, WEBHOOKS_LIST, GtkWidget)

GtkWidget   *leyden_webhooks_list_new        (void);
void         leyden_webhooks_list_refresh    (LeydenWebhooksList *self);
/* Names of the events that can be subscribed to; NULL before the first answer. (transfer none) */
LeydenValue *leyden_webhooks_list_get_events (LeydenWebhooksList *self);

G_END_DECLS
