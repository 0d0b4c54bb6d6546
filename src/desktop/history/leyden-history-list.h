/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-document.h"

G_BEGIN_DECLS

/**
 * LeydenHistoryEntry: one state of a document that can be gone to: after so many steps.
 *
 * Properties: position (uint).
 */
#define LEYDEN_TYPE_HISTORY_ENTRY (leyden_history_entry_get_type ())
G_DECLARE_FINAL_TYPE (LeydenHistoryEntry, leyden_history_entry, LEYDEN, HISTORY_ENTRY, GObject)

guint       leyden_history_entry_get_position (LeydenHistoryEntry *self);

/**
 * LeydenHistoryList: the history of a document as a list of its states, the beginning first. Entries are made when they are asked for, so
 * a list of any length costs what is seen of it.
 *
 * Signal "moved": the current position is another one, or a label is; the list itself is as it was.
 */
#define LEYDEN_TYPE_HISTORY_LIST (leyden_history_list_get_type ())
G_DECLARE_FINAL_TYPE (LeydenHistoryList, leyden_history_list, LEYDEN, HISTORY_LIST, GObject)

LeydenHistoryList *leyden_history_list_new          (LeydenDocument *document);
LeydenDocument    *leyden_history_list_get_document (LeydenHistoryList *self);
/* What happened last in a state, "Rename Agent"; of the first one that it is the beginning. (transfer full) */
char              *leyden_history_list_dup_label    (LeydenHistoryList *self, guint position);
/* When, by the clock of the day, with the date when that was another day; NULL for the beginning. (transfer full) */
char              *leyden_history_list_dup_time     (LeydenHistoryList *self, guint position);

G_END_DECLS
