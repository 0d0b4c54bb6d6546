/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "leyden-flow.h"

G_BEGIN_DECLS

/* One call of a rollout, with its tries, as an item of a list model. Signal "changed" (): it is another one than it was. */
#define LEYDEN_TYPE_CALL_ITEM (leyden_call_item_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCallItem, leyden_call_item, LEYDEN, CALL_ITEM, GObject)

LeydenCallItem *leyden_call_item_new          (const char     *path,
                                               LeydenValue    *call);
/* Node path that it belongs to; turns have paths of their own. */
const char     *leyden_call_item_get_path     (LeydenCallItem *self);
/* As of its last try. */
LeydenValue    *leyden_call_item_get_call     (LeydenCallItem *self);
/* (element-type LeydenValue), in order, the last is get_call(). (transfer none) */
GPtrArray      *leyden_call_item_get_tries    (LeydenCallItem *self);
/* "Agent · Turn 2"; safe to show. (transfer full) */
char           *leyden_call_item_dup_title    (LeydenCallItem *self,
                                               LeydenFlow     *flow);
/* "840 ms · 312 tokens · 3 tries"; "" when nothing is known. (transfer full) */
char           *leyden_call_item_dup_subtitle (LeydenCallItem *self);

/* Makes @store (of LeydenCallItem) what @state (nullable) says, in the order in which the calls began. Calls that stay keep their item. */
void            leyden_call_items_update      (GListStore     *store,
                                               LeydenValue    *state);
/* Place of the last call of @path, or within it; −1: none. */
int             leyden_call_items_find        (GListModel     *items,
                                               const char     *path);

G_END_DECLS
