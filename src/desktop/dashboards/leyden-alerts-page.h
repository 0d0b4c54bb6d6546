/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LeydenAlertsPage: alert rules with their states, what they did, and webhooks; one rule or webhook with all that belongs to it.
 *
 * Signal: "problem" (const char *text): something was refused, to be shown.
 */
#define LEYDEN_TYPE_ALERTS_PAGE (leyden_alerts_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenAlertsPage, leyden_alerts_page, LEYDEN, ALERTS_PAGE, GtkWidget)

GtkWidget *leyden_alerts_page_new           (void);
/* One rule; NULL or "": the list. */
void       leyden_alerts_page_show_alert    (LeydenAlertsPage *self, const char *id);
void       leyden_alerts_page_show_webhook  (LeydenAlertsPage *self, const char *name);
/* "rules", "history" or "webhooks". */
void       leyden_alerts_page_show_list     (LeydenAlertsPage *self, const char *name);
gboolean   leyden_alerts_page_is_list       (LeydenAlertsPage *self);
/* The rule or webhook that is shown; NULL: a list. (transfer none) */
GtkWidget *leyden_alerts_page_get_view      (LeydenAlertsPage *self);
/* Opens the form for a new rule, or webhook. (transfer none) */
GtkWidget *leyden_alerts_page_add_rule      (LeydenAlertsPage *self);
GtkWidget *leyden_alerts_page_add_webhook   (LeydenAlertsPage *self);

G_END_DECLS
