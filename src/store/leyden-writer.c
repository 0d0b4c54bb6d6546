/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-writer.h"

#include "leyden-batch.h"
#include "leyden-id.h"

#include <glib/gi18n-lib.h>

/* A checkpoint moves the log into the database when it is 16 MiB long; readers that hold it back make it wait for 4 MiB more. */
#define CHECKPOINT_PAGES      4000
#define CHECKPOINT_MORE_PAGES 1000
#define MAX_KNOWN             16384
/* An archive whose disk is full holds the log back until it is 256 MiB long; then the archive gets a gap rather than the disk of the
 * database full. */
#define ARCHIVE_PATIENCE_PAGES 65536
/* So much of what is committed can be missing in the archive when the disk of the database is lost. */
#define ARCHIVE_EVERY_US      (30 * G_USEC_PER_SEC)
/* What lets others go first does so no longer than this. */
#define PATIENCE_US           G_USEC_PER_SEC

typedef struct
{
  LeydenRedact   function;
  LeydenRedact   settings;
  gpointer       data;
  GDestroyNotify destroy;
} RedactHook;

struct _LeydenWriter
{
  LeydenSql    *sql;
  char         *blobs;
  GMainContext *context;
  GThread      *thread;
  GMutex        mutex;
  GCond         cond;
  GQueue        queue;                  /* LeydenRequest */
  GQueue        later;                  /* LeydenRequest that let the others go first */
  gboolean      ending;
  gboolean      waits;                  /* the thread, for something to do */
  RedactHook   *redact;                 /* reference counted, nullable */
  LeydenArchive *archive;               /* nullable; used by the thread alone, outside of the mutex */
  char         *archive_folder;         /* to be opened by the thread; nullable */
  guint         archive_asked;          /* how often somebody asked for it, and how many of these are done */
  guint         archive_done;
  LeydenStamp   archived;
  GError       *archive_error;          /* of the last try, nullable */
  /* of the thread */
  gboolean      unarchived;             /* there were commits since it was taken */
  gint64        archive_due_us;
  LeydenCacheTotals cache;
  GHashTable   *known;
  GHashTable   *posts;
  int           log_pages;
  int           checkpoint_pages;       /* a log of this length is moved into the database */
  int           checkpoint_at;
  guint         n_commits;              /* atomic */
};

static int test_checkpoint_pages;

void
leyden_writer_set_checkpoint_pages (int n_pages)
{
  test_checkpoint_pages = n_pages;
}

LeydenRequest *
leyden_request_new (LeydenRequestKind kind,
                    GTask            *task)
{
  LeydenRequest *self = g_new0 (LeydenRequest, 1);

  self->kind = kind;
  self->task = task;
  return self;
}

void
leyden_request_free (LeydenRequest *self)
{
  g_clear_object (&self->task);
  g_clear_error (&self->error);
  g_clear_pointer (&self->records, g_ptr_array_unref);
  g_clear_pointer (&self->old_positions, g_array_unref);
  leyden_rollout_row_free (self->row);
  leyden_run_row_free (self->run);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_free (self->document_kind);
  g_free (self->name);
  g_clear_pointer (&self->value, leyden_value_unref);
  g_clear_pointer (&self->checkpoint, leyden_checkpoint_free);
  g_clear_pointer (&self->experiment, leyden_experiment_batch_free);
  g_clear_pointer (&self->agl, leyden_agl_change_free);
  g_clear_pointer (&self->cache, leyden_cache_change_free);
  g_free (self);
}

/* --- answers, in the creator's context --- */

typedef struct
{
  GPtrArray *requests;
  GArray    *placed;            /* LeydenPlacedRecord, nullable */
} Delivery;

static void
delivery_free (gpointer data)
{
  Delivery *self = data;

  g_ptr_array_unref (self->requests);
  g_clear_pointer (&self->placed, g_array_unref);
  g_free (self);
}

static void
set_positions (LeydenRequest *request)
{
  guint n_old = request->old_positions ? request->old_positions->len : 0;

  for (guint i = 0; i < request->records->len; i++)
    {
      LeydenRecord *record = request->records->pdata[i];

      record->position = i < n_old ? g_array_index (request->old_positions, guint64, i)
                                   : request->base_position + record->sequence - request->base_sequence;
    }
}

static void
emit_committed (GObject *store,
                GArray  *placed)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_full (placed->len, (GDestroyNotify) leyden_record_unref);

  for (guint i = 0; i < placed->len; i++)
    {
      LeydenPlacedRecord *each = &g_array_index (placed, LeydenPlacedRecord, i);

      each->record->position = each->position;
      g_ptr_array_add (records, leyden_record_ref (each->record));
    }
  g_signal_emit_by_name (store, "committed", records);
}

static gboolean
deliver_cb (gpointer data)
{
  Delivery *self = data;
  g_autoptr(GObject) store = NULL;

  for (guint i = 0; i < self->requests->len; i++)
    {
      LeydenRequest *request = self->requests->pdata[i];

      if (request->task != NULL && store == NULL)
        store = g_object_ref (g_task_get_source_object (request->task));
      if (request->error == NULL && request->kind == LEYDEN_REQUEST_APPEND)
        set_positions (request);
    }
  if (self->placed != NULL && self->placed->len > 0 && store != NULL)
    emit_committed (store, self->placed);
  for (guint i = 0; i < self->requests->len; i++)
    {
      LeydenRequest *request = self->requests->pdata[i];

      if (request->task == NULL)
        continue;
      if (request->error != NULL)
        g_task_return_error (request->task, g_steal_pointer (&request->error));
      else if (request->kind == LEYDEN_REQUEST_AGL)
        g_task_return_pointer (request->task, g_steal_pointer (&request->agl), (GDestroyNotify) leyden_agl_change_free);
      else
        g_task_return_boolean (request->task, TRUE);
    }
  return G_SOURCE_REMOVE;
}

/* Takes @requests and @placed: were the last reference to a task dropped in this thread, the store would end in it and wait for itself. */
static void
deliver (LeydenWriter *self,
         GPtrArray    *requests,
         GArray       *placed)
{
  Delivery *delivery = g_new0 (Delivery, 1);
  g_autoptr(GSource) source = g_idle_source_new ();

  for (guint i = 0; i < requests->len; i++)
    {
      LeydenRequest *request = requests->pdata[i];

      if (request->kind == LEYDEN_REQUEST_REMOVE)
        leyden_removal_done (g_steal_pointer (&request->removal), request->error);
    }
  delivery->requests = requests;
  delivery->placed = placed;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "leyden-store: committed");
  g_source_set_callback (source, deliver_cb, delivery, delivery_free);
  g_source_attach (source, self->context);
}

/* --- one transaction --- */

static void
hook_clear (gpointer data)
{
  RedactHook *hook = data;

  if (hook->destroy != NULL)
    hook->destroy (hook->data);
}

static RedactHook *
hook_acquire (LeydenWriter *self)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return self->redact ? g_atomic_rc_box_acquire (self->redact) : NULL;
}

/* The commit's number and time, in the row that every page log tells commits by. What changed nothing is no commit. */
static gboolean
stamp (LeydenWriter *self,
       int           changes_before,
       GError      **error)
{
  sqlite3_stmt *statement;

  if (sqlite3_total_changes (self->sql->db) == changes_before)
    return TRUE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_STAMP, error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, leyden_time_now_ns ());
  return leyden_sql_run (self->sql, statement, error);
}

/* Everything of @requests in one transaction. TRUE: committed; those refused have their error. */
static gboolean
commit (LeydenWriter *self,
        GPtrArray    *requests,
        GArray      **placed,
        GError      **error)
{
  RedactHook *hook = hook_acquire (self);
  g_autoptr(LeydenBatch) batch = leyden_batch_new (self->sql, self->blobs, self->known, self->posts, &self->cache, hook ? hook->function : NULL,
                                                     hook ? hook->settings : NULL, hook ? hook->data : NULL);
  int changes = sqlite3_total_changes (self->sql->db);
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_BEGIN, error);
  gboolean ok = statement != NULL && leyden_sql_run (self->sql, statement, error);

  for (guint i = 0; ok && i < requests->len; i++)
    {
      LeydenRequest *request = requests->pdata[i];

      g_clear_error (&request->error);
      ok = leyden_batch_apply (batch, request, error);
    }
  ok = ok && leyden_batch_flush (batch, error) && stamp (self, changes, error);
  if (ok)
    {
      statement = leyden_sql_get (self->sql, LEYDEN_SQL_COMMIT, error);
      ok = statement != NULL && leyden_sql_run (self->sql, statement, error);
    }
  if (ok)
    {
      g_atomic_int_inc (&self->n_commits);
      self->unarchived = TRUE;
      *placed = leyden_batch_take_placed (batch);
    }
  else
    {
      if (!sqlite3_get_autocommit (self->sql->db))
        leyden_sql_exec (self->sql, "ROLLBACK", NULL);
      g_hash_table_remove_all (self->known);
      g_hash_table_remove_all (self->posts);
      self->cache.known = FALSE;
    }
  if (hook != NULL)
    g_atomic_rc_box_release_full (hook, hook_clear);
  return ok;
}

static void
fail_all (GPtrArray    *requests,
          const GError *error)
{
  for (guint i = 0; i < requests->len; i++)
    {
      LeydenRequest *request = requests->pdata[i];

      g_clear_error (&request->error);
      request->error = g_error_copy (error);
    }
}

/* Takes @requests. */
static void
do_requests (LeydenWriter *self,
             GPtrArray    *requests)
{
  g_autoptr(GError) error = NULL;
  GArray *placed = NULL;

  if (commit (self, requests, &placed, &error))
    {
      deliver (self, requests, placed);
    }
  else if (requests->len == 1 || leyden_sql_concerns_all (error))
    {
      fail_all (requests, error);
      deliver (self, requests, NULL);
    }
  else
    {
      g_ptr_array_set_free_func (requests, NULL);
      for (guint i = 0; i < requests->len; i++)
        {
          GPtrArray *one = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_request_free);

          g_ptr_array_add (one, requests->pdata[i]);
          do_requests (self, one);
        }
      g_ptr_array_unref (requests);
    }
}

/* --- the thread --- */

static guint
count_records (LeydenRequest *request)
{
  return request->records ? request->records->len : 1;
}

static gboolean
archive_is_wanted (LeydenWriter *self)
{
  return self->archive_asked != self->archive_done
         || (self->archive != NULL && self->unarchived && g_get_monotonic_time () >= self->archive_due_us);
}

/* Under the mutex. Waits for requests, the end, or the archive's turn. */
static void
wait_for_work (LeydenWriter *self)
{
  while (self->queue.length == 0 && self->later.length == 0 && !self->ending && !archive_is_wanted (self))
    {
      self->waits = TRUE;
      if (self->archive != NULL && self->unarchived)
        g_cond_wait_until (&self->cond, &self->mutex, self->archive_due_us);
      else
        g_cond_wait (&self->cond, &self->mutex);
    }
  self->waits = FALSE;
}

static int
group_of (const LeydenRequest *request)
{
  return request->kind == LEYDEN_REQUEST_CHECKPOINT || request->kind == LEYDEN_REQUEST_REMOVE || request->kind == LEYDEN_REQUEST_CHANGE
           ? (int) request->kind : -1;
}

/* Under the mutex. The next that let others go first, when there are none or it has done so long enough; NULL: not yet. */
static LeydenRequest *
take_later (LeydenWriter *self)
{
  LeydenRequest *next = g_queue_peek_head (&self->later);

  if (next == NULL || (self->queue.length > 0 && g_get_monotonic_time () - next->later_us < PATIENCE_US))
    return NULL;
  return g_queue_pop_head (&self->later);
}

/* What there is to do, perhaps nothing; NULL at the end. Folds' checkpoints, removals and changes of other rooms never share a transaction with
 * what others wait for. */
static GPtrArray *
take_requests (LeydenWriter *self)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  g_autoptr(GPtrArray) requests = NULL;
  LeydenRequest *later;
  guint n_records = 0;

  wait_for_work (self);
  if (self->queue.length == 0 && self->later.length == 0 && self->ending)
    return NULL;
  requests = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_request_free);
  later = take_later (self);
  if (later != NULL)
    {
      g_ptr_array_add (requests, later);
      return g_steal_pointer (&requests);
    }
  while (self->queue.length > 0 && requests->len < LEYDEN_WRITER_MAX_BATCH && n_records < LEYDEN_WRITER_MAX_RECORDS)
    {
      LeydenRequest *next = g_queue_peek_head (&self->queue);
      LeydenRequest *first = requests->len ? requests->pdata[0] : next;

      if (group_of (next) != group_of (first) || (requests->len > 0 && next->kind == LEYDEN_REQUEST_REMOVE))
        break;
      n_records += count_records (next);
      g_ptr_array_add (requests, g_queue_pop_head (&self->queue));
    }
  return g_steal_pointer (&requests);
}

static int
log_grew_cb (gpointer    data,
             sqlite3    *db,
             const char *name,
             int         n_pages)
{
  LeydenWriter *self = data;

  self->log_pages = n_pages;
  return SQLITE_OK;
}

/* --- the archive, in the thread --- */

static void
note_archive (LeydenWriter *self,
              GError       *error)
{
  g_mutex_lock (&self->mutex);
  if (self->archive != NULL)
    self->archived = leyden_archive_get_last (self->archive);
  g_clear_error (&self->archive_error);
  self->archive_error = error;
  g_mutex_unlock (&self->mutex);
}

/* All commits are in the archive, or there is none. */
static gboolean
take_archive (LeydenWriter *self)
{
  GError *error = NULL;

  if (self->archive == NULL)
    return TRUE;
  self->unarchived = !leyden_archive_take (self->archive, self->sql, &error);
  self->archive_due_us = g_get_monotonic_time () + ARCHIVE_EVERY_US;
  note_archive (self, error);
  return error == NULL;
}

static void
open_archive (LeydenWriter *self,
              const char   *folder)
{
  GError *error = NULL;
  LeydenArchive *archive = leyden_archive_open (folder, self->sql, &error);

  if (archive == NULL)
    {
      note_archive (self, error);
      return;
    }
  leyden_archive_free (self->archive);
  self->archive = archive;
  take_archive (self);
}

/* Takes an archive that was set, does what somebody waits for. */
static void
archive_if_wanted (LeydenWriter *self)
{
  g_autofree char *folder = NULL;
  guint asked;
  gboolean wanted;

  g_mutex_lock (&self->mutex);
  wanted = archive_is_wanted (self);
  folder = g_steal_pointer (&self->archive_folder);
  asked = self->archive_asked;
  g_mutex_unlock (&self->mutex);
  if (folder != NULL)
    open_archive (self, folder);
  else if (wanted)
    take_archive (self);
  g_mutex_lock (&self->mutex);
  self->archive_done = asked;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

/* After the answers, so that nobody waits for it. */
static void
checkpoint_if_long (LeydenWriter *self)
{
  if (self->log_pages < self->checkpoint_pages)
    self->checkpoint_at = self->checkpoint_pages;
  if (self->log_pages < self->checkpoint_at)
    return;
  self->checkpoint_at = self->log_pages + self->checkpoint_pages * CHECKPOINT_MORE_PAGES / CHECKPOINT_PAGES;
  if (!take_archive (self) && self->log_pages < ARCHIVE_PATIENCE_PAGES)
    return;
  if (sqlite3_wal_checkpoint_v2 (self->sql->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) != SQLITE_OK)
    g_debug ("Checkpoint: %s", sqlite3_errmsg (self->sql->db));
}

/* The log of a database whose archive cannot be written stays beside it: the next opening tries again. */
static void
end_log (LeydenWriter *self)
{
  gboolean archived = take_archive (self) || self->log_pages >= ARCHIVE_PATIENCE_PAGES;

  sqlite3_db_config (self->sql->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, archived ? 0 : 1, NULL);
  if (archived)
    sqlite3_wal_checkpoint_v2 (self->sql->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

static gpointer
writer_thread (gpointer data)
{
  LeydenWriter *self = data;
  GPtrArray *requests;

  while ((requests = take_requests (self)) != NULL)
    {
      if (g_hash_table_size (self->known) > MAX_KNOWN)
        g_hash_table_remove_all (self->known);
      if (g_hash_table_size (self->posts) > MAX_KNOWN)
        g_hash_table_remove_all (self->posts);
      if (requests->len > 0)
        do_requests (self, requests);
      else
        g_ptr_array_unref (requests);
      archive_if_wanted (self);
      checkpoint_if_long (self);
    }
  archive_if_wanted (self);
  end_log (self);
  return NULL;
}

LeydenWriter *
leyden_writer_new (LeydenSql    *sql,
                   const char   *blobs,
                   GMainContext *context,
                   GError      **error)
{
  LeydenWriter *self = g_new0 (LeydenWriter, 1);

  self->sql = sql;
  self->blobs = g_strdup (blobs);
  self->context = g_main_context_ref (context);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  g_queue_init (&self->queue);
  g_queue_init (&self->later);
  self->known = leyden_batch_known_new ();
  self->posts = leyden_batch_posts_new ();
  self->checkpoint_at = CHECKPOINT_PAGES;
  self->checkpoint_pages = test_checkpoint_pages > 0 ? test_checkpoint_pages : CHECKPOINT_PAGES;
  self->checkpoint_at = self->checkpoint_pages;
  sqlite3_wal_hook (sql->db, log_grew_cb, self);
  self->thread = g_thread_try_new ("leyden-store", writer_thread, self, error);
  if (self->thread == NULL)
    {
      leyden_writer_end (self);
      return NULL;
    }
  return self;
}

gboolean
leyden_writer_push (LeydenWriter  *self,
                    LeydenRequest *request)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  if (self->ending)
    return FALSE;
  g_queue_push_tail (request->later_us > 0 ? &self->later : &self->queue, request);
  /* A wake-up is a system call even when nobody waits. Others may wait for the archive on the same condition. */
  if (self->waits)
    g_cond_broadcast (&self->cond);
  self->waits = FALSE;
  return TRUE;
}

void
leyden_writer_set_redact (LeydenWriter  *self,
                          LeydenRedact   redact,
                          LeydenRedact   settings,
                          gpointer       data,
                          GDestroyNotify destroy)
{
  RedactHook *hook = NULL;
  RedactHook *before;

  if (redact != NULL)
    {
      hook = g_atomic_rc_box_new (RedactHook);
      *hook = (RedactHook) { redact, settings, data, destroy };
    }
  g_mutex_lock (&self->mutex);
  before = self->redact;
  self->redact = hook;
  g_mutex_unlock (&self->mutex);
  if (before != NULL)
    g_atomic_rc_box_release_full (before, hook_clear);
}

/* Under the mutex: until the thread has been at the archive. */
static gboolean
wait_for_archive (LeydenWriter *self,
                  GError      **error)
{
  guint turn = ++self->archive_asked;

  g_cond_broadcast (&self->cond);
  while ((int) (self->archive_done - turn) < 0 && !self->ending)
    g_cond_wait (&self->cond, &self->mutex);
  if (self->archive_error == NULL)
    return TRUE;
  g_propagate_error (error, g_error_copy (self->archive_error));
  return FALSE;
}

gboolean
leyden_writer_set_archive (LeydenWriter *self,
                           const char   *folder,
                           GError      **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  g_free (self->archive_folder);
  self->archive_folder = g_strdup (folder);
  return wait_for_archive (self, error);
}

LeydenStamp
leyden_writer_get_archived (LeydenWriter *self,
                            char        **problem)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  *problem = self->archive_error ? g_strdup (self->archive_error->message) : NULL;
  return self->archived;
}

gboolean
leyden_writer_archive_now (LeydenWriter *self,
                           GError      **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return wait_for_archive (self, error);
}

guint
leyden_writer_get_n_commits (LeydenWriter *self)
{
  return (guint) g_atomic_int_get (&self->n_commits);
}

void
leyden_writer_end (LeydenWriter *self)
{
  g_mutex_lock (&self->mutex);
  self->ending = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  if (self->thread != NULL)
    g_thread_join (self->thread);
  sqlite3_wal_hook (self->sql->db, NULL, NULL);
  leyden_writer_set_redact (self, NULL, NULL, NULL, NULL);
  g_queue_clear_full (&self->queue, (GDestroyNotify) leyden_request_free);
  g_queue_clear_full (&self->later, (GDestroyNotify) leyden_request_free);
  g_hash_table_unref (self->known);
  g_hash_table_unref (self->posts);
  leyden_archive_free (self->archive);
  g_free (self->archive_folder);
  g_clear_error (&self->archive_error);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self->blobs);
  g_free (self);
}
