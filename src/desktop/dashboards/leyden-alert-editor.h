/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenAlertEditor: a dialog for an alert rule, with what it would have done. Signal: "saved" (const char *id).
 */
#define LEYDEN_TYPE_ALERT_EDITOR (leyden_alert_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenAlertEditor, leyden_alert_editor, LEYDEN, ALERT_EDITOR, AdwWindow)

/* @alert NULL: a new one. */
GtkWidget   *leyden_alert_editor_new      (GtkWindow *parent, LeydenValue *alert);
/* The rule as it stands in the form. (transfer full) */
LeydenValue *leyden_alert_editor_dup_rule (LeydenAlertEditor *self);

G_END_DECLS
