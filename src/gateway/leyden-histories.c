/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-histories.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "leyden-engine.h"

/* Records so near to one another are read together. */
#define NEAR 32

typedef struct
{
  gatomicrefcount  refs;
  char            *rollout;
  GRWLock          lock;                /* of the timeline: who asks does not wait for others that ask */
  LeydenTimeline  *timeline;
  guint64          last;                /* of the timeline, as the owner's thread knows it */
  gsize            bytes;               /* the same */
  gboolean         reading;
  _Atomic guint64  n_read;              /* by the thread that reads */
  GQueue           waiting;             /* GTask: for more records */
} History;

struct _LeydenHistories
{
  LeydenStore  *store;
  GCancellable *cancellable;
  GHashTable   *index;                  /* rollout → History */
  GQueue        order;                  /* History, the last asked for first */
  gsize         limit;
  gsize         bytes;
};

typedef struct
{
  History          *history;
  guint64           until;
  LeydenHistoryAsk  func;
  gpointer          data;
  GDestroyNotify    destroy;
} Ask;

static History *
history_ref (History *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static void
history_unref (gpointer data)
{
  History *self = data;

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_assert (g_queue_is_empty (&self->waiting));
  leyden_timeline_free (self->timeline);
  g_rw_lock_clear (&self->lock);
  g_free (self->rollout);
  g_free (self);
}

static void
ask_free (gpointer data)
{
  Ask *ask = data;

  if (ask->destroy != NULL)
    ask->destroy (ask->data);
  history_unref (ask->history);
  g_free (ask);
}

LeydenHistories *
leyden_histories_new (LeydenStore *store)
{
  LeydenHistories *self = g_new0 (LeydenHistories, 1);

  self->store = g_object_ref (store);
  self->cancellable = g_cancellable_new ();
  self->index = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, history_unref);
  self->limit = LEYDEN_HISTORIES_BYTES;
  return self;
}

void
leyden_histories_free (LeydenHistories *self)
{
  g_cancellable_cancel (self->cancellable);
  g_queue_clear (&self->order);
  g_hash_table_unref (self->index);
  g_object_unref (self->cancellable);
  g_object_unref (self->store);
  g_free (self);
}

void
leyden_histories_set_limit (LeydenHistories *self,
                            gsize            bytes)
{
  self->limit = bytes;
}

/* Which are kept */

static void
forget (LeydenHistories *self,
        History         *history)
{
  self->bytes -= history->bytes;
  g_queue_remove (&self->order, history);
  g_hash_table_remove (self->index, history->rollout);
}

/* The newest stays, however large. */
static void
forget_oldest (LeydenHistories *self)
{
  for (GList *l = self->order.tail; l != NULL && l != self->order.head && self->bytes > self->limit;)
    {
      History *history = l->data;

      l = l->prev;
      if (!history->reading)
        forget (self, history);
    }
}

static History *
find_history (LeydenHistories        *self,
              const LeydenRolloutRow *row)
{
  History *history = g_hash_table_lookup (self->index, row->rollout);

  /* Its log was removed since. */
  if (history != NULL && history->last > row->last_sequence && !history->reading)
    {
      forget (self, history);
      history = NULL;
    }
  if (history != NULL)
    {
      g_queue_remove (&self->order, history);
      g_queue_push_head (&self->order, history);
      return history;
    }
  history = g_new0 (History, 1);
  g_atomic_ref_count_init (&history->refs);
  history->rollout = g_strdup (row->rollout);
  g_rw_lock_init (&history->lock);
  history->timeline = leyden_timeline_new (row->rollout);
  g_hash_table_insert (self->index, history->rollout, history);
  g_queue_push_head (&self->order, history);
  return history;
}

/* Reading on */

static void
ask_thread (GTask        *task,
            gpointer      source,
            gpointer      data,
            GCancellable *cancellable)
{
  Ask *ask = data;
  LeydenValue *answer;

  g_rw_lock_reader_lock (&ask->history->lock);
  answer = ask->func (ask->history->timeline, ask->data);
  g_rw_lock_reader_unlock (&ask->history->lock);
  g_task_return_pointer (task, answer, (GDestroyNotify) leyden_value_unref);
}

static gboolean
add_records (GPtrArray *records,
             gpointer   data)
{
  History *history = data;

  g_rw_lock_writer_lock (&history->lock);
  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);

      if (record->sequence == leyden_timeline_get_last (history->timeline) + 1)
        leyden_timeline_add (history->timeline, record);
    }
  history->n_read = leyden_timeline_get_last (history->timeline);
  g_rw_lock_writer_unlock (&history->lock);
  return TRUE;
}

static void read_on (LeydenHistories *self, History *history);

/* Answers those whose records are there. @error: all the others; the log is not as long as they think without one. */
static void
serve_waiting (History *history,
               GError  *error)
{
  for (guint n = g_queue_get_length (&history->waiting); n > 0; n--)
    {
      g_autoptr(GTask) task = g_queue_pop_head (&history->waiting);
      Ask *ask = g_task_get_task_data (task);

      if (ask->until <= history->last)
        g_task_run_in_thread (task, ask_thread);
      else if (error != NULL)
        g_task_return_error (task, g_error_copy (error));
      else
        g_queue_push_tail (&history->waiting, g_steal_pointer (&task));
    }
}

typedef struct
{
  LeydenHistories *histories;
  History         *history;
  guint64          before;
} Reading;

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autofree Reading *reading = data;
  History *history = reading->history;
  g_autoptr(GError) error = NULL;
  gboolean gone;
  gsize bytes;

  if (leyden_store_scan_rollout_finish (LEYDEN_STORE (object), result, &error) && leyden_timeline_get_last (history->timeline) == reading->before)
    error = g_error_new (LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The log of rollout %s is cut off after record %" PRIu64),
                         history->rollout, reading->before);
  history->reading = FALSE;
  /* Nobody reads or writes it now but asks, which change nothing of this. */
  history->last = leyden_timeline_get_last (history->timeline);
  bytes = leyden_timeline_get_bytes (history->timeline);
  gone = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  serve_waiting (history, error);
  if (!gone)
    {
      if (g_hash_table_lookup (reading->histories->index, history->rollout) == history)
        reading->histories->bytes += bytes - history->bytes;
      history->bytes = bytes;
      if (!g_queue_is_empty (&history->waiting))
        read_on (reading->histories, history);
      forget_oldest (reading->histories);
    }
  history_unref (history);
}

static void
read_on (LeydenHistories *self,
         History         *history)
{
  Reading *reading = g_new (Reading, 1);

  *reading = (Reading) { self, history_ref (history), history->last };
  history->reading = TRUE;
  leyden_store_scan_rollout_async (self->store, history->rollout, history->last, add_records, history, self->cancellable, read_cb, reading);
}

gboolean
leyden_histories_get_progress (LeydenHistories *self,
                               const char      *rollout,
                               guint64         *n_read)
{
  History *history = g_hash_table_lookup (self->index, rollout);

  *n_read = history != NULL ? history->n_read : 0;
  return history != NULL && history->reading;
}

void
leyden_histories_ask_async (LeydenHistories        *self,
                            const LeydenRolloutRow *row,
                            guint64                 until,
                            LeydenHistoryAsk        func,
                            gpointer                func_data,
                            GDestroyNotify          destroy,
                            GAsyncReadyCallback     callback,
                            gpointer                data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, data);
  History *history = find_history (self, row);
  Ask *ask = g_new (Ask, 1);

  g_return_if_fail (until <= row->last_sequence);

  *ask = (Ask) { history_ref (history), until, func, func_data, destroy };
  g_task_set_source_tag (task, leyden_histories_ask_async);
  g_task_set_task_data (task, ask, ask_free);
  if (until <= history->last)
    {
      g_task_run_in_thread (task, ask_thread);
      return;
    }
  g_queue_push_tail (&history->waiting, g_steal_pointer (&task));
  if (!history->reading)
    read_on (self, history);
}

LeydenValue *
leyden_histories_ask_finish (GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_histories_ask_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Values of some nodes */

typedef struct
{
  LeydenStore   *store;
  GCancellable  *cancellable;
  char          *rollout;
  guint64        until;
  char         **prefixes;
  guint          limit;
  GArray        *wanted;                /* guint64, ascending */
  guint          next;
  gboolean       truncated;
  gpointer       state;
} NodesFold;

static void
fold_free (gpointer data)
{
  NodesFold *fold = data;

  g_object_unref (fold->store);
  g_object_unref (fold->cancellable);
  g_free (fold->rollout);
  g_strfreev (fold->prefixes);
  g_clear_pointer (&fold->wanted, g_array_unref);
  leyden_rollout_reducer ()->free (fold->state);
  g_free (fold);
}

static int
compare_sequences (gconstpointer a,
                   gconstpointer b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

  return x < y ? -1 : x > y;
}

static LeydenValue *
list_wanted (LeydenTimeline *timeline,
             gpointer        data)
{
  NodesFold *fold = data;

  fold->wanted = g_array_new (FALSE, FALSE, sizeof (guint64));
  for (guint i = 0; fold->prefixes[i] != NULL; i++)
    {
      gboolean truncated;
      g_autoptr(GArray) found = leyden_timeline_list_records (timeline, fold->until, fold->prefixes[i], fold->limit, &truncated);

      g_array_append_vals (fold->wanted, found->data, found->len);
      fold->truncated |= truncated;
    }
  g_array_sort (fold->wanted, compare_sequences);
  return leyden_value_new_null ();
}

static LeydenValue *
make_answer (NodesFold *fold)
{
  g_autoptr(LeydenValue) state = leyden_rollout_reducer ()->serialise (fold->state);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", fold->rollout);
  leyden_value_builder_set_int (&b, "sequence", (gint64) fold->until);
  leyden_value_builder_set (&b, "nodes", leyden_value_get_member (state, "nodes"));
  leyden_value_builder_set_boolean (&b, "truncated", fold->truncated);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void read_wanted (GTask *task);

static void
wanted_read_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr(GTask) task = data;
  NodesFold *fold = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GPtrArray) records = leyden_store_read_rollout_finish (LEYDEN_STORE (object), result, &error);

  if (records == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < records->len && fold->next < fold->wanted->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);
      guint before = fold->next;

      while (fold->next < fold->wanted->len && g_array_index (fold->wanted, guint64, fold->next) <= record->sequence)
        fold->next++;
      if (fold->next > before)
        leyden_rollout_reducer ()->apply (fold->state, record);
    }
  read_wanted (g_steal_pointer (&task));
}

/* Takes @task. */
static void
read_wanted (GTask *task)
{
  NodesFold *fold = g_task_get_task_data (task);
  guint end = fold->next;
  guint64 first, last;

  if (fold->next >= fold->wanted->len)
    {
      g_task_return_pointer (task, make_answer (fold), (GDestroyNotify) leyden_value_unref);
      g_object_unref (task);
      return;
    }
  first = last = g_array_index (fold->wanted, guint64, end);
  while (++end < fold->wanted->len && g_array_index (fold->wanted, guint64, end) <= last + NEAR)
    last = g_array_index (fold->wanted, guint64, end);
  leyden_store_read_rollout_async (fold->store, fold->rollout, first - 1, (guint) (last - first + 1),
                                   fold->cancellable, wanted_read_cb, task);
}

static void
wanted_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  g_autoptr(LeydenValue) listed = leyden_histories_ask_finish (result, &error);

  if (listed == NULL)
    g_task_return_error (task, error);
  else
    read_wanted (g_steal_pointer (&task));
}

void
leyden_histories_fold_async (LeydenHistories        *self,
                             const LeydenRolloutRow *row,
                             guint64                 until,
                             const char * const     *prefixes,
                             guint                   limit,
                             GAsyncReadyCallback     callback,
                             gpointer                data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, data);
  NodesFold *fold = g_new0 (NodesFold, 1);

  fold->store = g_object_ref (self->store);
  fold->cancellable = g_object_ref (self->cancellable);
  fold->rollout = g_strdup (row->rollout);
  fold->until = until;
  fold->prefixes = g_strdupv ((char **) prefixes);
  fold->limit = limit;
  fold->state = leyden_rollout_reducer ()->init ();
  g_task_set_source_tag (task, leyden_histories_fold_async);
  g_task_set_task_data (task, fold, fold_free);
  leyden_histories_ask_async (self, row, until, list_wanted, fold, NULL, wanted_cb, g_steal_pointer (&task));
}

LeydenValue *
leyden_histories_fold_finish (GAsyncResult  *result,
                              GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_histories_fold_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
