/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenRecordItem: a record of a rollout as a list holds it, known or still asked for.
 *
 * Signal "changed" (): it is known now.
 */
#define LEYDEN_TYPE_RECORD_ITEM (leyden_record_item_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRecordItem, leyden_record_item, LEYDEN, RECORD_ITEM, GObject)

guint64      leyden_record_item_get_sequence (LeydenRecordItem *self);
/* As the backend gave it, large payloads cut; NULL: not known yet; null: there is none. */
LeydenValue *leyden_record_item_get_record   (LeydenRecordItem *self);

#define LEYDEN_RECORD_PAGE 200

/**
 * LeydenRecordList: the records of a rollout as a list model. Pages are asked for when one of their items is wanted, one at a time, and only those that were
 * looked at last are kept: a rollout may have a million records. Unfiltered the item at position i is the record with sequence i + 1. Filtered the list
 * grows as matches are found: when its end is looked at, the next are searched for.
 *
 * Signal: "searched" (): what is said below about the search is another thing now, or a request failed.
 */
#define LEYDEN_TYPE_RECORD_LIST (leyden_record_list_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRecordList, leyden_record_list, LEYDEN, RECORD_LIST, GObject)

/* Ask for at most @limit records behind @after that pass the filter, and give the answer to leyden_record_list_answer() with the same @request. */
typedef void (*LeydenRecordAsk) (LeydenRecordList *self, guint request, guint64 after, guint limit, gpointer data);

LeydenRecordList *leyden_record_list_new         (LeydenRecordAsk ask, gpointer data);
/* Nobody is asked any more. */
void              leyden_record_list_close       (LeydenRecordList *self);
/* Forgets all. @last: newest sequence; @filtered: only some of them belong to the list. */
void              leyden_record_list_reset       (LeydenRecordList *self, guint64 last, gboolean filtered);
/* There are more records. */
void              leyden_record_list_set_last    (LeydenRecordList *self, guint64 last);
/* One that came by itself; kept when somebody looks at where it belongs. */
void              leyden_record_list_add         (LeydenRecordList *self, LeydenValue *record);
/* @answer: {"records": [...], "next_after": sequence, or null when all was searched}; NULL: it failed with @error. */
void              leyden_record_list_answer      (LeydenRecordList *self, guint request, LeydenValue *answer, const GError *error);
/* Position of a record in the list; filtered that of the last one before it. G_MAXUINT: none. */
guint             leyden_record_list_find        (LeydenRecordList *self, guint64 sequence);
/* All matches are in the list. */
gboolean          leyden_record_list_is_complete (LeydenRecordList *self);
/* Sequence up to which was searched. */
guint64           leyden_record_list_get_searched (LeydenRecordList *self);
/* Why the last request failed; NULL: it did not. */
const char       *leyden_record_list_get_error   (LeydenRecordList *self);
/* Tries again what failed. */
void              leyden_record_list_retry       (LeydenRecordList *self);
guint             leyden_record_list_get_n_kept  (LeydenRecordList *self);      /* records in memory, at most */

G_END_DECLS
