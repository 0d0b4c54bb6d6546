/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenAlertPreview: what a rule sees now, and what it would have done over the past days: a sentence and a chart with the threshold.
 */
#define LEYDEN_TYPE_ALERT_PREVIEW (leyden_alert_preview_get_type ())
G_DECLARE_FINAL_TYPE (LeydenAlertPreview, leyden_alert_preview, LEYDEN, ALERT_PREVIEW, GtkWidget)

GtkWidget  *leyden_alert_preview_new      (void);
/* Asks shortly; what was asked before is forgotten. NULL: nothing. */
void        leyden_alert_preview_set_rule (LeydenAlertPreview *self, LeydenValue *rule);
/* The sentence, "" while it is asked. (transfer none) */
const char *leyden_alert_preview_get_text (LeydenAlertPreview *self);
/* Why the rule cannot be; NULL: it can, as far as is known. (transfer none) */
const char *leyden_alert_preview_get_problem (LeydenAlertPreview *self);

G_END_DECLS
