/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-record-list.h"
#include "leyden-rollout-view.h"

G_BEGIN_DECLS

/**
 * LeydenEventList: the records of a rollout, filtered by kind, node and text, and all of the one that is selected. To activate a record is to go to its
 * position.
 *
 * Signal: "show-node" (const char *path): the user asks to see that node.
 */
#define LEYDEN_TYPE_EVENT_LIST (leyden_event_list_get_type ())
G_DECLARE_FINAL_TYPE (LeydenEventList, leyden_event_list, LEYDEN, EVENT_LIST, GtkWidget)

GtkWidget        *leyden_event_list_new         (void);
/* NULL: none. */
void              leyden_event_list_set_view    (LeydenEventList *self, LeydenRolloutView *view);
/* Which are shown: group of leyden_record_group_title(), prefix of node paths ("" for all), text that they hold (""). */
void              leyden_event_list_set_filter  (LeydenEventList *self, guint group, const char *node, const char *text);
LeydenRecordList *leyden_event_list_get_records (LeydenEventList *self);

G_END_DECLS
