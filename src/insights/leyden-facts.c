/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-facts-private.h"

#include "leyden-store-change.h"
#include "leyden-store-sql.h"

/* So many records are some milliseconds of the writer's time. */
#define BATCH_RECORDS  4000
/* While others write, a pause of so many times what a batch took follows each: who runs agents must not feel it. What is left over is made up for when
 * there is less to do. */
#define PAUSE_FACTOR   9
#define MAX_PAUSE_MS   2000
#define GATHER_MS      200
/* Commits that may wait in memory; beyond, they are read from the log. */
#define MAX_WAITING    50000
/* Ended rollouts whose sums are kept, for what comes after the end; and all of them. */
#define MAX_ENDED      4096
#define MAX_FOLDS      100000
/* Rows that one change clears, and seconds that it repairs. */
#define CLEAR_ROWS     2000
#define REPAIR_SECONDS 200
#define RETRY_S        5
/* Until it is looked once more for what came without records, after the last commit. */
#define LOOK_S         1

G_DEFINE_FINAL_TYPE (LeydenFacts, leyden_facts, G_TYPE_OBJECT)

enum { SIGNAL_ADVANCED, SIGNAL_FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void step (LeydenFacts *self);

/* --- steps --- */

static gboolean
step_cb (gpointer data)
{
  LeydenFacts *self = data;

  self->timeout = 0;
  step (self);
  return G_SOURCE_REMOVE;
}

static void
stop_timeout (LeydenFacts *self)
{
  GSource *source = self->timeout != 0 ? g_main_context_find_source_by_id (g_main_context_get_thread_default (), self->timeout) : NULL;

  if (source != NULL)
    g_source_destroy (source);
  self->timeout = 0;
}

/* An earlier step that was set stays. */
void
leyden_facts_step_later (LeydenFacts *self,
                         guint        ms)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 due_us = MAX (now_us + ms * (gint64) 1000, self->pause_us);
  g_autoptr(GSource) source = NULL;

  if (self->busy || self->state == LEYDEN_FACTS_STOPPED || (self->timeout != 0 && self->due_us <= due_us))
    return;
  stop_timeout (self);
  self->due_us = due_us;
  source = g_timeout_source_new ((guint) ((due_us - now_us + 999) / 1000));
  g_source_set_static_name (source, "leyden-facts: step");
  g_source_set_callback (source, step_cb, self, NULL);
  self->timeout = g_source_attach (source, g_main_context_get_thread_default ());
}

/* A step has ended. TRUE: the next may follow. */
static gboolean
step_ended (LeydenFacts *self,
            GError      *error)
{
  self->busy = FALSE;
  if (self->state == LEYDEN_FACTS_STOPPED)
    return FALSE;
  if (error == NULL)
    return TRUE;
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_signal_emit (self, signals[SIGNAL_FAILED], 0, error);
      leyden_facts_step_later (self, RETRY_S * 1000);
    }
  return FALSE;
}

/* --- what was written before --- */

static gpointer
read_cursor (sqlite3      *db,
             gpointer      data,
             GCancellable *cancellable,
             GError      **error)
{
  LeydenFactsCursor *cursor = g_new0 (LeydenFactsCursor, 1);

  if (leyden_facts_get_cursor (db, cursor, error))
    return cursor;
  g_free (cursor);
  return NULL;
}

static void
cursor_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenFacts) self = data;
  g_autoptr(GError) error = NULL;
  g_autofree LeydenFactsCursor *cursor = leyden_sqlite_store_select_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (!step_ended (self, error))
    return;
  self->position = cursor->projection == LEYDEN_FACTS_PROJECTION ? cursor->position : 0;
  self->last = MAX (self->last, cursor->last);
  self->state = cursor->projection == LEYDEN_FACTS_PROJECTION ? LEYDEN_FACTS_READING : LEYDEN_FACTS_CLEARING;
  step (self);
}

static void
begin (LeydenFacts *self)
{
  self->busy = TRUE;
  leyden_sqlite_store_select_async (self->store, read_cursor, NULL, NULL, g_free, 0, self->cancellable, cursor_cb, g_object_ref (self));
}

/* --- clearing --- */

static gboolean
clear_some (sqlite3 *db,
            gpointer data,
            GError **error)
{
  return leyden_facts_clear (db, CLEAR_ROWS, data, error);
}

static void
cleared_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenFacts) self = data;
  g_autoptr(GError) error = NULL;
  gboolean done = *(gboolean *) leyden_sqlite_store_change_get_data (result);

  leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  if (!step_ended (self, error))
    return;
  if (done)
    {
      g_clear_pointer (&self->writer, leyden_facts_writer_free);
      self->writer = leyden_facts_writer_new ();
      self->state = LEYDEN_FACTS_READING;
    }
  step (self);
}

static void
clear (LeydenFacts *self)
{
  self->busy = TRUE;
  leyden_sqlite_store_change_later_async (self->store, "facts", clear_some, g_new0 (gboolean, 1), g_free, cleared_cb, g_object_ref (self));
}

/* --- writing --- */

static gboolean
write_batch (sqlite3 *db,
             gpointer data,
             GError **error)
{
  LeydenFacts *self = data;
  guint n = 0;
  gboolean ok = leyden_facts_writer_write (self->writer, db, self->batch, error) && leyden_rollups_repair (db, REPAIR_SECONDS, &n, error);

  self->batch->more |= n == REPAIR_SECONDS;
  return ok;
}

/* Commits that come one by one are gathered, so that there are few of ours. */
static void
pause_then_step (LeydenFacts *self)
{
  gboolean others = self->last != self->last_then;
  gint64 took_ms = (g_get_monotonic_time () - self->began_us) / 1000;
  guint pause_ms = others ? (guint) CLAMP (took_ms * PAUSE_FACTOR, 0, MAX_PAUSE_MS) : 0;

  self->pause_us = g_get_monotonic_time () + pause_ms * (gint64) 1000;
  if (self->state == LEYDEN_FACTS_FOLLOWING && self->waiting.length < self->batch_records)
    pause_ms = MAX (pause_ms, self->gather_ms);
  if (pause_ms > 0)
    leyden_facts_step_later (self, pause_ms);
  else
    step (self);
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenFacts) self = data;
  g_autoptr(GError) error = NULL;

  leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  if (error == NULL)
    {
      leyden_facts_writer_committed (self->writer);
      self->position = MAX (self->position, self->batch->position);
      self->look |= self->batch->more;
      g_clear_pointer (&self->batch, leyden_facts_batch_free);
    }
  if (!step_ended (self, error))
    return;
  g_signal_emit (self, signals[SIGNAL_ADVANCED], 0, self->position);
  pause_then_step (self);
}

static void
write_made (LeydenFacts *self)
{
  self->busy = TRUE;
  leyden_sqlite_store_change_later_async (self->store, "facts", write_batch, g_object_ref (self), g_object_unref, written_cb, g_object_ref (self));
}

/* --- making facts of records, in a thread --- */

static LeydenFactsFold *
get_fold (LeydenFacts *self,
          const char  *rollout)
{
  LeydenFactsFold *fold = g_hash_table_lookup (self->folds, rollout);

  if (fold == NULL)
    {
      fold = leyden_facts_fold_new (rollout);
      g_hash_table_insert (self->folds, g_strdup (rollout), fold);
    }
  return fold;
}

/* A record that was passed over because its segment is damaged leaves the sums without it. */
static void
apply (LeydenFacts      *self,
       LeydenRecord     *record,
       LeydenFactsBatch *batch)
{
  LeydenFactsFold *fold;

  /* One of that name was removed, and this is another. */
  if (record->sequence == 1)
    g_hash_table_remove (self->folds, record->rollout);
  fold = get_fold (self, record->rollout);
  if (record->sequence <= leyden_facts_fold_get_sequence (fold))
    return;
  leyden_facts_fold_skip_to (fold, record->sequence - 1);
  leyden_facts_fold_apply (fold, record, batch);
  if (leyden_record_is (record, "rollout.finished"))
    g_queue_push_tail (&self->ended, g_strdup (record->rollout));
}

static void
make_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  LeydenFacts *self = source;

  for (guint i = 0; i < self->records->len; i++)
    {
      LeydenRecord *record = self->records->pdata[i];

      apply (self, record, self->batch);
      self->batch->position = MAX (self->batch->position, record->position);
    }
  g_task_return_boolean (task, TRUE);
}

/* Those that ended first go first. They come back, read from the log, when there is more to say. */
static void
drop_folds (LeydenFacts *self)
{
  while (self->ended.length > MAX_ENDED)
    {
      g_autofree char *rollout = g_queue_pop_head (&self->ended);
      LeydenFactsFold *fold = g_hash_table_lookup (self->folds, rollout);

      if (fold != NULL && leyden_facts_fold_get_totals (fold)->ended)
        g_hash_table_remove (self->folds, rollout);
    }
  if (g_hash_table_size (self->folds) > MAX_FOLDS)
    g_hash_table_remove_all (self->folds);
}

static void
made_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  LeydenFacts *self = LEYDEN_FACTS (object);

  g_clear_pointer (&self->records, g_ptr_array_unref);
  if (!step_ended (self, NULL))
    return;
  drop_folds (self);
  leyden_facts_take_samples (self);
  write_made (self);
}

static void
make (LeydenFacts *self)
{
  g_autoptr(GTask) task = g_task_new (self, NULL, made_cb, NULL);

  g_task_set_source_tag (task, make);
  self->batch = leyden_facts_batch_new ();
  g_task_run_in_thread (task, make_thread);
}

/* --- what rollouts did before --- */

/* The log of a rollout up to where its next record is at hand. */
typedef struct
{
  LeydenFacts     *facts;
  LeydenFactsFold *fold;
  guint64          until;       /* the last sequence that is wanted */
} History;

static void
history_free (gpointer data)
{
  History *self = data;

  g_clear_object (&self->facts);
  g_clear_pointer (&self->fold, leyden_facts_fold_unref);
  g_free (self);
}

static gboolean
history_scan (GPtrArray *records,
              gpointer   data)
{
  History *history = data;

  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = records->pdata[i];

      if (record->sequence > history->until)
        return FALSE;
      leyden_facts_fold_apply (history->fold, record, NULL);
    }
  return TRUE;
}

static void read_history (LeydenFacts *self);

static void
history_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  History *history = data;
  g_autoptr(LeydenFacts) self = g_object_ref (history->facts);
  g_autoptr(GError) error = NULL;

  /* A log that is damaged, or has gone since, says what it can. */
  if (!leyden_store_scan_rollout_finish (LEYDEN_STORE (object), result, &error))
    g_debug ("%s: %s", leyden_facts_fold_get_rollout (history->fold), error->message);
  g_hash_table_replace (self->folds, g_strdup (leyden_facts_fold_get_rollout (history->fold)), leyden_facts_fold_ref (history->fold));
  history_free (history);
  read_history (self);
}

/* One rollout after the other; then facts can be made. */
static void
read_history (LeydenFacts *self)
{
  History *history = g_queue_pop_head (&self->histories);

  if (history == NULL)
    make (self);
  else
    leyden_store_scan_rollout_async (LEYDEN_STORE (self->store), leyden_facts_fold_get_rollout (history->fold), 0, history_scan, history, self->cancellable,
                                     history_cb, history);
}

/* Takes the next records. Of a rollout that is not at hand they tell too little. */
static void
begin_batch (LeydenFacts *self,
             GPtrArray   *records)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  self->busy = TRUE;
  self->began_us = g_get_monotonic_time ();
  self->last_then = self->last;
  self->records = records;
  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = records->pdata[i];
      History *history;

      if (!g_hash_table_add (seen, record->rollout) || record->sequence == 1 || g_hash_table_contains (self->folds, record->rollout))
        continue;
      history = g_new0 (History, 1);
      *history = (History) { g_object_ref (self), leyden_facts_fold_new (record->rollout), record->sequence - 1 };
      g_queue_push_tail (&self->histories, history);
    }
  read_history (self);
}

/* --- reading the log --- */

static void
drop_waiting (LeydenFacts *self,
              guint64      until)
{
  LeydenRecord *record;

  while ((record = g_queue_peek_head (&self->waiting)) != NULL && record->position <= until)
    leyden_record_unref (g_queue_pop_head (&self->waiting));
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenFacts) self = data;
  g_autoptr(GError) error = NULL;
  GPtrArray *records = leyden_store_read_run_finish (LEYDEN_STORE (object), result, &error);

  if (!step_ended (self, error))
    {
      g_clear_pointer (&records, g_ptr_array_unref);
      return;
    }
  if (records->len > 0)
    {
      begin_batch (self, records);
      return;
    }
  /* The end of the log. What was committed meanwhile waits, unless it was too much. */
  g_ptr_array_unref (records);
  drop_waiting (self, self->position);
  self->state = LEYDEN_FACTS_FOLLOWING;
  self->look = TRUE;
  step (self);
}

static void
read_more (LeydenFacts *self)
{
  self->busy = TRUE;
  leyden_store_read_run_async (LEYDEN_STORE (self->store), NULL, self->position, self->batch_records, self->cancellable, read_cb, g_object_ref (self));
}

/* --- following --- */

static GPtrArray *
take_waiting (LeydenFacts *self)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);

  while (self->waiting.length > 0 && records->len < self->batch_records)
    g_ptr_array_add (records, g_queue_pop_head (&self->waiting));
  return records;
}

/* Whether what waits goes on where facts end. After a damaged log, or when it was too much, the log must be read. */
static gboolean
waiting_follows (LeydenFacts *self)
{
  LeydenRecord *first = g_queue_peek_head (&self->waiting);

  return first == NULL ? self->last <= self->position : first->position == self->position + 1;
}

static void
follow (LeydenFacts *self)
{
  drop_waiting (self, self->position);
  if (!waiting_follows (self))
    {
      self->state = LEYDEN_FACTS_READING;
      read_more (self);
    }
  else if (self->waiting.length > 0 || self->look)
    {
      gboolean had_records = self->waiting.length > 0;

      self->look = FALSE;
      begin_batch (self, take_waiting (self));
      /* What comes without records often comes right after some. */
      self->look_once_more = had_records;
    }
  else if (self->look_once_more)
    {
      self->look_once_more = FALSE;
      self->look = TRUE;
      leyden_facts_step_later (self, LOOK_S * 1000);
    }
}

static void
step (LeydenFacts *self)
{
  if (self->busy || self->timeout != 0 || self->state == LEYDEN_FACTS_STOPPED)
    return;
  if (self->state == LEYDEN_FACTS_STARTING)
    begin (self);
  else if (self->batch != NULL)
    write_made (self);
  else if (self->state == LEYDEN_FACTS_CLEARING)
    clear (self);
  else if (self->state == LEYDEN_FACTS_READING)
    read_more (self);
  else if (self->state == LEYDEN_FACTS_FOLLOWING)
    follow (self);
}

static void
committed_cb (LeydenStore *store,
              GPtrArray   *records,
              LeydenFacts *self)
{
  gboolean full = self->waiting.length + records->len > MAX_WAITING;

  if (records->len == 0)
    return;
  self->last = MAX (self->last, ((LeydenRecord *) records->pdata[records->len - 1])->position);
  if (full)
    drop_waiting (self, G_MAXUINT64);
  for (guint i = 0; !full && i < records->len; i++)
    g_queue_push_tail (&self->waiting, leyden_record_ref (records->pdata[i]));
  if (self->state != LEYDEN_FACTS_FOLLOWING || self->busy || self->batch != NULL)
    return;
  leyden_facts_step_later (self, self->gather_ms);
}

/* --- the object --- */

static void
leyden_facts_dispose (GObject *object)
{
  LeydenFacts *self = LEYDEN_FACTS (object);

  leyden_facts_stop (self);
  drop_waiting (self, G_MAXUINT64);
  g_queue_clear_full (&self->ended, g_free);
  g_queue_clear_full (&self->histories, history_free);
  G_OBJECT_CLASS (leyden_facts_parent_class)->dispose (object);
}

static void
leyden_facts_finalize (GObject *object)
{
  LeydenFacts *self = LEYDEN_FACTS (object);

  g_clear_pointer (&self->batch, leyden_facts_batch_free);
  g_clear_pointer (&self->records, g_ptr_array_unref);
  g_clear_pointer (&self->samples, g_array_unref);
  g_clear_pointer (&self->writer, leyden_facts_writer_free);
  g_clear_pointer (&self->folds, g_hash_table_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (leyden_facts_parent_class)->finalize (object);
}

static void
leyden_facts_class_init (LeydenFactsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = leyden_facts_dispose;
  object_class->finalize = leyden_facts_finalize;
  signals[SIGNAL_ADVANCED] = g_signal_new ("advanced", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
leyden_facts_init (LeydenFacts *self)
{
  self->writer = leyden_facts_writer_new ();
  self->folds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_facts_fold_unref);
  self->samples = leyden_facts_points_new ();
  self->cancellable = g_cancellable_new ();
  self->batch_records = BATCH_RECORDS;
  self->gather_ms = GATHER_MS;
  g_queue_init (&self->waiting);
  g_queue_init (&self->ended);
  g_queue_init (&self->histories);
}

LeydenFacts *
leyden_facts_new (LeydenSqliteStore *store)
{
  LeydenFacts *self;

  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (store), NULL);

  self = g_object_new (LEYDEN_TYPE_FACTS, NULL);
  self->store = g_object_ref (store);
  return self;
}

void
leyden_facts_start (LeydenFacts *self)
{
  g_return_if_fail (LEYDEN_IS_FACTS (self));
  g_return_if_fail (self->committed_id == 0);

  self->committed_id = g_signal_connect (self->store, "committed", G_CALLBACK (committed_cb), self);
  self->state = LEYDEN_FACTS_STARTING;
  step (self);
}

void
leyden_facts_stop (LeydenFacts *self)
{
  g_return_if_fail (LEYDEN_IS_FACTS (self));

  self->state = LEYDEN_FACTS_STOPPED;
  stop_timeout (self);
  g_cancellable_cancel (self->cancellable);
  g_clear_signal_handler (&self->committed_id, self->store);
}

guint64
leyden_facts_get_position (LeydenFacts *self)
{
  g_return_val_if_fail (LEYDEN_IS_FACTS (self), 0);

  return self->position;
}

guint64
leyden_facts_get_last (LeydenFacts *self)
{
  g_return_val_if_fail (LEYDEN_IS_FACTS (self), 0);

  return self->last;
}

gboolean
leyden_facts_is_following (LeydenFacts *self)
{
  g_return_val_if_fail (LEYDEN_IS_FACTS (self), FALSE);

  return self->state == LEYDEN_FACTS_FOLLOWING;
}

void
leyden_facts_look (LeydenFacts *self)
{
  g_return_if_fail (LEYDEN_IS_FACTS (self));

  self->look = TRUE;
  if (self->state == LEYDEN_FACTS_FOLLOWING)
    leyden_facts_step_later (self, self->gather_ms);
}

void
leyden_facts_set_limits (LeydenFacts *self,
                         guint        n_records,
                         guint        gather_ms)
{
  g_return_if_fail (LEYDEN_IS_FACTS (self));

  self->batch_records = n_records;
  self->gather_ms = gather_ms;
}
