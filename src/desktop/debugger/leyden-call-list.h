/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-call-item.h"

G_BEGIN_DECLS

/* The calls of a rollout, one of them chosen. Signal "selected" (LeydenCallItem *item, nullable). */
#define LEYDEN_TYPE_CALL_LIST (leyden_call_list_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCallList, leyden_call_list, LEYDEN, CALL_LIST, GtkWidget)

GtkWidget      *leyden_call_list_new          (void);
/* @flow (nullable) gives the titles. The choice stays with its call; without one the first is chosen. */
void            leyden_call_list_set_state    (LeydenCallList *self,
                                               LeydenFlow     *flow,
                                               LeydenValue    *state);
/* (transfer none) (nullable) */
LeydenCallItem *leyden_call_list_get_selected (LeydenCallList *self);
/* Chooses the last call of a node path; FALSE: there is none. */
gboolean        leyden_call_list_select_path  (LeydenCallList *self,
                                               const char     *path);
GListModel     *leyden_call_list_get_items    (LeydenCallList *self);
/* The keys go to it. */
void            leyden_call_list_focus        (LeydenCallList *self);

G_END_DECLS
