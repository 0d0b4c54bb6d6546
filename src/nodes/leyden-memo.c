/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-memo.h"

struct _LeydenMemo
{
  GObject         parent_instance;

  GHashTable     *items;        /* key → Entry */
  guint           capacity;
  guint64         clock;
  GDestroyNotify  destroy;
};

G_DEFINE_FINAL_TYPE (LeydenMemo, leyden_memo, G_TYPE_OBJECT)

typedef struct
{
  LeydenMemoItem *item;         /* NULL while it is made */
  GPtrArray      *waiting;      /* GTask */
  guint64         used;
} Entry;

/* One making. */
typedef struct
{
  char           *key;
  LeydenMemoMake  make;
  gpointer        job;
  GDestroyNotify  job_destroy;
} Making;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_clear_pointer (&entry->item, leyden_memo_item_unref);
  g_clear_pointer (&entry->waiting, g_ptr_array_unref);
  g_free (entry);
}

static void
making_free (gpointer data)
{
  Making *making = data;

  if (making->job_destroy != NULL)
    making->job_destroy (making->job);
  g_free (making->key);
  g_free (making);
}

LeydenMemoItem *
leyden_memo_item_ref (LeydenMemoItem *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
leyden_memo_item_unref (LeydenMemoItem *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  if (self->destroy != NULL)
    self->destroy (self->value);
  g_free (self);
}

LeydenMemo *
leyden_memo_new (guint          capacity,
                 GDestroyNotify destroy)
{
  LeydenMemo *self = g_object_new (LEYDEN_TYPE_MEMO, NULL);

  self->capacity = MAX (capacity, 1);
  self->destroy = destroy;
  return self;
}

LeydenMemoItem *
leyden_memo_lookup (LeydenMemo *self,
                    const char *key)
{
  Entry *entry;

  g_return_val_if_fail (LEYDEN_IS_MEMO (self), NULL);

  entry = g_hash_table_lookup (self->items, key);
  if (entry == NULL || entry->item == NULL)
    return NULL;
  entry->used = ++self->clock;
  return leyden_memo_item_ref (entry->item);
}

/* Lets go of what was not asked for longest. */
static void
shrink (LeydenMemo *self)
{
  while (g_hash_table_size (self->items) > self->capacity)
    {
      const char *oldest = NULL;
      guint64 used = G_MAXUINT64;
      GHashTableIter iter;
      gpointer key, value;

      g_hash_table_iter_init (&iter, self->items);
      while (g_hash_table_iter_next (&iter, &key, &value))
        if (((Entry *) value)->item != NULL && ((Entry *) value)->used < used)
          {
            oldest = key;
            used = ((Entry *) value)->used;
          }
      if (oldest == NULL)
        return;
      g_hash_table_remove (self->items, oldest);
    }
}

static void
make_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  LeydenMemo *self = source;
  Making *making = data;
  GError *error = NULL;
  gpointer value = making->make (making->job, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, value, self->destroy);
}

static void
made_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  LeydenMemo *self = LEYDEN_MEMO (object);
  Making *making = g_task_get_task_data (G_TASK (result));
  Entry *entry = g_hash_table_lookup (self->items, making->key);
  g_autoptr(GPtrArray) waiting = g_steal_pointer (&entry->waiting);
  g_autoptr(LeydenMemoItem) item = NULL;
  g_autoptr(GError) error = NULL;
  gpointer value = g_task_propagate_pointer (G_TASK (result), &error);

  if (error == NULL)
    {
      item = g_new (LeydenMemoItem, 1);
      *item = (LeydenMemoItem) { .value = value, .destroy = self->destroy };
      g_atomic_ref_count_init (&item->ref_count);
      entry->item = leyden_memo_item_ref (item);
      entry->used = ++self->clock;
      shrink (self);
    }
  else
    g_hash_table_remove (self->items, making->key);
  for (guint i = 0; i < waiting->len; i++)
    {
      GTask *task = g_ptr_array_index (waiting, i);

      if (item != NULL)
        g_task_return_pointer (task, leyden_memo_item_ref (item), (GDestroyNotify) leyden_memo_item_unref);
      else
        g_task_return_error (task, g_error_copy (error));
    }
}

void
leyden_memo_get_async (LeydenMemo          *self,
                       const char          *key,
                       LeydenMemoMake       make,
                       gpointer             job,
                       GDestroyNotify       job_destroy,
                       GAsyncReadyCallback  callback,
                       gpointer             data)
{
  GTask *task;
  Entry *entry;

  g_return_if_fail (LEYDEN_IS_MEMO (self));

  task = g_task_new (self, NULL, callback, data);
  g_task_set_source_tag (task, leyden_memo_get_async);
  entry = g_hash_table_lookup (self->items, key);
  if (entry == NULL)
    {
      g_autoptr(GTask) thread = g_task_new (self, NULL, made_cb, NULL);
      Making *making = g_new (Making, 1);

      entry = g_new0 (Entry, 1);
      entry->waiting = g_ptr_array_new_with_free_func (g_object_unref);
      g_hash_table_insert (self->items, g_strdup (key), entry);
      *making = (Making) { g_strdup (key), make, job, job_destroy };
      g_task_set_source_tag (thread, make_thread);
      g_task_set_task_data (thread, making, making_free);
      g_ptr_array_add (entry->waiting, task);
      g_task_run_in_thread (thread, make_thread);
      return;
    }
  if (job_destroy != NULL)
    job_destroy (job);
  if (entry->item == NULL)
    {
      g_ptr_array_add (entry->waiting, task);
      return;
    }
  entry->used = ++self->clock;
  g_task_return_pointer (task, leyden_memo_item_ref (entry->item), (GDestroyNotify) leyden_memo_item_unref);
  g_object_unref (task);
}

LeydenMemoItem *
leyden_memo_get_finish (LeydenMemo    *self,
                        GAsyncResult  *result,
                        GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_memo_get_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
leyden_memo_finalize (GObject *object)
{
  LeydenMemo *self = LEYDEN_MEMO (object);

  g_clear_pointer (&self->items, g_hash_table_unref);

  G_OBJECT_CLASS (leyden_memo_parent_class)->finalize (object);
}

static void
leyden_memo_class_init (LeydenMemoClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_memo_finalize;
}

static void
leyden_memo_init (LeydenMemo *self)
{
  self->items = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
}
