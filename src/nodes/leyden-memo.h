/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Things that are costly to make and depend on nothing but their key: made once, in a thread, for all who ask; the ones asked for last
 * are kept. Belongs to one thread; what is made must be immutable. */
#define LEYDEN_TYPE_MEMO (leyden_memo_get_type ())
G_DECLARE_FINAL_TYPE (LeydenMemo, leyden_memo, LEYDEN, MEMO, GObject)

/* Atomic count; @value stays as long as someone holds it. */
typedef struct
{
  gatomicrefcount ref_count;
  gpointer        value;
  GDestroyNotify  destroy;
} LeydenMemoItem;

LeydenMemoItem *leyden_memo_item_ref   (LeydenMemoItem *self);
void            leyden_memo_item_unref (LeydenMemoItem *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenMemoItem, leyden_memo_item_unref)

/* Makes the value, in a thread. */
typedef gpointer (*LeydenMemoMake) (gpointer job, GError **error);

LeydenMemo     *leyden_memo_new        (guint capacity, GDestroyNotify destroy);
/* (transfer full) (nullable): when it is there already. */
LeydenMemoItem *leyden_memo_lookup     (LeydenMemo *self, const char *key);
/* Takes @job. A failure is told to all who wait and is not kept. */
void            leyden_memo_get_async  (LeydenMemo *self, const char *key, LeydenMemoMake make, gpointer job, GDestroyNotify job_destroy,
                                        GAsyncReadyCallback callback, gpointer data);
LeydenMemoItem *leyden_memo_get_finish (LeydenMemo *self, GAsyncResult *result, GError **error);

G_END_DECLS
