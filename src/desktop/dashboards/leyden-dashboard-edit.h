/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-dashboard.h"

G_BEGIN_DECLS

/* Changes of a dashboard's document. A document never changes: each gives another one. All return (transfer full). */

/* A new one of that title, with an id of its own. */
LeydenValue *leyden_dashboard_new            (const char *title);
/* The same under another title and an id of its own. */
LeydenValue *leyden_dashboard_copy           (LeydenValue *document, const char *title);
/* A ready one in the language of the program. */
LeydenValue *leyden_dashboard_translate      (LeydenValue *document);
LeydenValue *leyden_dashboard_with_string    (LeydenValue *document, const char *key, const char *text);

/* (transfer none) (nullable) */
LeydenValue *leyden_dashboard_get_panel      (LeydenValue *document, const char *id);
/* In the place of the one with its id; else it is added where it fits, w and h are its own. */
LeydenValue *leyden_dashboard_with_panel     (LeydenValue *document, LeydenValue *panel);
LeydenValue *leyden_dashboard_without_panel  (LeydenValue *document, const char *id);
/* @new_id: (out) (transfer full) */
LeydenValue *leyden_dashboard_with_duplicate (LeydenValue *document, const char *id, char **new_id);
/* A panel that is not in it yet: a line of the mean reward. */
LeydenValue *leyden_dashboard_new_panel      (LeydenValue *document);

/* What was done to a document, to be taken back and done again. */
typedef struct _LeydenDashboardHistory LeydenDashboardHistory;

LeydenDashboardHistory *leyden_dashboard_history_new            (LeydenValue *document);
void                    leyden_dashboard_history_free           (LeydenDashboardHistory *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenDashboardHistory, leyden_dashboard_history_free)
/* As it is now. (transfer none) */
LeydenValue            *leyden_dashboard_history_get            (LeydenDashboardHistory *self);
/* @label: what was done, translated. FALSE: it is the same. */
gboolean                leyden_dashboard_history_change         (LeydenDashboardHistory *self, const char *label, LeydenValue *document);
/* The label of what was taken back, or done again; NULL: there is nothing. (transfer none) */
const char             *leyden_dashboard_history_undo           (LeydenDashboardHistory *self);
const char             *leyden_dashboard_history_redo           (LeydenDashboardHistory *self);
const char             *leyden_dashboard_history_get_undo_label (LeydenDashboardHistory *self);
const char             *leyden_dashboard_history_get_redo_label (LeydenDashboardHistory *self);

G_END_DECLS
