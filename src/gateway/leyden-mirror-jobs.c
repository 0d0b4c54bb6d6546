/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

/* What a poll found out about single rollouts, each in a job of its own, a few at once:
 *
 *   (details, when it has left the list) ─► its log, when it is not followed yet ─► how far the log is ─► its events ─► written
 *             │ 404                                                                                        │ 404
 *             └──────────────────────────► gone: the log ends with that ◄──────────────────────────────────┘
 */
#include "leyden-mirror.h"

#include <math.h>
#include <string.h>

#include "leyden-backend.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-text.h"

#define MAX_AT_ONCE 6
/* A trainer's hooks post behind the end: events are looked at again in this many polls, the one of the end counted. */
#define AGAIN 3
#define ACTOR "agl-server"

typedef struct
{
  LeydenMirror     *mirror;
  char             *id;
  LeydenAglRollout *rollout;            /* NULL: to be asked for */
  LeydenMirrored   *mirrored;           /* NULL: not known; else busy, and so staying */
  GPtrArray        *events;             /* LeydenAglEvent; NULL: not asked */
  gboolean          listed;             /* it is there, by the list of this poll */
  gboolean          unread;             /* its events wait for another poll */
} Job;

static void job_next (LeydenMirror *mirror);

static void
job_free (Job *job)
{
  leyden_mirror_unref (job->mirror);
  g_clear_pointer (&job->rollout, leyden_agl_rollout_free);
  g_clear_pointer (&job->events, g_ptr_array_unref);
  g_free (job->id);
  g_free (job);
}

/* ---- Logs ---- */

/* The same for the same rollout, also after a restart; another for one that is made again under its id. */
static char *
make_log (LeydenMirror *self,
          const char   *id,
          const char   *created)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, (const guchar *)self->run, (gssize)strlen (self->run) + 1);
  g_checksum_update (checksum, (const guchar *)id, (gssize)strlen (id) + 1);
  g_checksum_update (checksum, (const guchar *)created, -1);
  return g_strdup_printf ("mirror-%.40s", g_checksum_get_string (checksum));
}

static LeydenMirrored *
mirrored_new (const char       *id,
              LeydenRolloutRow *row)
{
  LeydenMirrored *self = g_new0 (LeydenMirrored, 1);

  self->id = g_strdup (id);
  self->row = row;
  self->sequence = row->last_sequence;
  self->n_events = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

static void
follow (LeydenMirror   *self,
        LeydenMirrored *mirrored)
{
  g_hash_table_insert (self->rollouts, mirrored->row->rollout, mirrored);
  if (self->gateway->hub != NULL)
    leyden_event_hub_rollout_started (self->gateway->hub, self->run, mirrored->row->rollout);
}

void
leyden_mirror_take_row (LeydenMirror     *self,
                        LeydenRolloutRow *row)
{
  if (!g_hash_table_contains (self->rollouts, row->rollout) && row->item != NULL)
    follow (self, mirrored_new (row->item, leyden_rollout_row_copy (row)));
}

static LeydenRolloutRow *
make_row (LeydenMirror           *self,
          const LeydenAglRollout *rollout,
          const char             *log)
{
  LeydenRolloutRow *row = leyden_rollout_row_new ();

  row->rollout = g_strdup (log);
  row->run = g_strdup (self->run);
  g_free (row->executor);
  row->executor = g_strdup ("mirror");
  row->index = self->n_items++;
  row->item = g_strdup (rollout->id);
  row->split = g_strdup (rollout->is_train ? "train" : "validation");
  self->changed = TRUE;
  return row;
}

/* ---- Records ---- */

static void
add_record (GPtrArray      *records,
            LeydenMirrored *mirrored,
            const char     *attempt,
            gint64          time_ns,
            const char     *type,
            LeydenValue    *payload)
{
  g_ptr_array_add (records, leyden_record_new (mirrored->row->rollout, attempt, ++mirrored->sequence,
                                               time_ns != 0 ? time_ns : leyden_time_now_ns (), ACTOR, type, "", payload));
}

/* What tells rollouts of one sample: its id, else the input itself. */
static char *
make_data_id (LeydenValue *input)
{
  g_autofree char *json = leyden_agl_find_data_id (input);
  g_autoptr(LeydenValue) value = leyden_json_parse (json, -1, NULL, NULL);
  const char *text = leyden_value_get_string (value, NULL);
  g_autofree char *hash = NULL;

  if (text != NULL && *text != '\0')
    return g_strdup (text);
  hash = leyden_json_hash (input);
  return g_strdup_printf ("input %.12s", hash);
}

static void
add_started (LeydenMirror           *self,
             GPtrArray              *records,
             LeydenMirrored         *mirrored,
             const LeydenAglRollout *rollout)
{
  static const char * const members[] = { "rollout_id", "input", "is_train", "config", "metadata" };
  g_autofree char *data_id = make_data_id (leyden_value_get_member (rollout->value, "input"));
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) payload = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "executor", "mirror");
  leyden_value_builder_set_string (&b, "item", rollout->id);
  leyden_value_builder_set_string (&b, "data_id", data_id);
  leyden_value_builder_set_int (&b, "created", rollout->created_ns);
  leyden_value_builder_set_int (&b, "batch", leyden_mirror_note_creation (self, rollout->created_ns, rollout->is_train));
  leyden_value_builder_key (&b, "request");
  leyden_value_builder_begin_object (&b);
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    leyden_value_builder_set (&b, members[i], leyden_value_get_member (rollout->value, members[i]));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  payload = leyden_value_builder_end_value (&b);
  mirrored->row->started_ns = g_str_equal (rollout->state, "running") ? rollout->updated_ns : rollout->created_ns;
  if (mirrored->row->started_ns == 0)
    mirrored->row->started_ns = leyden_time_now_ns ();
  add_record (records, mirrored, "0", mirrored->row->started_ns, "rollout.started", payload);
}

static void
set_row_text (char      **place,
              const char *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

static void
add_finished (LeydenMirror   *self,
              GPtrArray      *records,
              LeydenMirrored *mirrored,
              const char     *attempt,
              const char     *state,
              const char     *message,
              gint64          time_ns)
{
  LeydenRolloutRow *row = mirrored->row;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) payload = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "state", state);
  if (message != NULL && !g_str_equal (state, "succeeded"))
    {
      leyden_value_builder_key (&b, "error");
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "kind", "agent");
      leyden_value_builder_set_string (&b, "message", message);
      leyden_value_builder_end (&b);
      g_free (row->error);
      row->error = leyden_text_escape (message, -1, 500);
    }
  row->finished_ns = time_ns != 0 ? time_ns : leyden_time_now_ns ();
  leyden_value_builder_set_int (&b, "batch", leyden_mirror_get_batch (self, row->finished_ns));
  leyden_value_builder_end (&b);
  payload = leyden_value_builder_end_value (&b);
  set_row_text (&row->state, state);
  if (row->started_ns != 0)
    row->latency_ms = (double)(row->finished_ns - row->started_ns) / 1e6;
  mirrored->ended = TRUE;
  mirrored->again = AGAIN;
  add_record (records, mirrored, attempt, row->finished_ns, "rollout.finished", payload);
}

/* What lists show besides. */
static void
note_event (LeydenMirror         *self,
            LeydenRolloutRow     *row,
            const LeydenAglEvent *event)
{
  LeydenValue *usage;
  double reward;

  if (g_str_equal (event->type, "reward") && leyden_value_get_double (leyden_value_get_member (event->data, "value"), &reward))
    row->reward = reward;
  if (!g_str_equal (event->type, "model_request"))
    return;
  usage = leyden_value_get_member (event->data, "usage");
  row->tokens_in += CLAMP (leyden_value_get_member_int (usage, "prompt_tokens", 0), 0, G_MAXINT32);
  row->tokens_out += CLAMP (leyden_value_get_member_int (usage, "completion_tokens", 0), 0, G_MAXINT32);
  leyden_mirror_note_model (self, event->data, event->time_ns);
  self->changed = TRUE;
}

static void
add_event (LeydenMirror         *self,
           GPtrArray            *records,
           LeydenMirrored       *mirrored,
           const LeydenAglEvent *event)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) payload = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "event_type", event->type);
  leyden_value_builder_set (&b, "data", event->data);
  leyden_value_builder_end (&b);
  payload = leyden_value_builder_end_value (&b);
  add_record (records, mirrored, event->attempt, event->time_ns, "agl.event", payload);
  note_event (self, mirrored->row, event);
}

static guint
get_n_events (LeydenMirrored *mirrored,
              const char     *attempt)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (mirrored->n_events, attempt));
}

/* The server shows the events of one attempt, in order, and only ever appends to them. */
static void
add_events (Job       *job,
            GPtrArray *records)
{
  const char *attempt = job->events->len > 0 ? ((LeydenAglEvent *)job->events->pdata[0])->attempt : "0";
  guint n_known = get_n_events (job->mirrored, attempt);

  for (guint i = n_known; i < job->events->len; i++)
    add_event (job->mirror, records, job->mirrored, job->events->pdata[i]);
  if (job->events->len > n_known)
    g_hash_table_insert (job->mirrored->n_events, g_strdup (attempt), GUINT_TO_POINTER (job->events->len));
}

static void
note_lost_attempts (Job *job)
{
  for (guint i = 0; job->rollout->attempts != NULL && i < job->rollout->attempts->len; i++)
    {
      const char *attempt = job->rollout->attempts->pdata[i];

      if (strcmp (attempt, job->rollout->attempt) == 0 || g_hash_table_contains (job->mirrored->n_events, attempt))
        continue;
      g_hash_table_insert (job->mirrored->n_events, g_strdup (attempt), NULL);
      job->mirror->missed.attempts++;
      job->mirror->changed = TRUE;
    }
}

/* ---- The end of a job ---- */

static void
job_done (Job          *job,
          const GError *error)
{
  LeydenMirror *self = leyden_mirror_ref (job->mirror);

  if (job->mirrored != NULL)
    job->mirrored->busy = FALSE;
  if (error != NULL && self->job_error == NULL)
    self->job_error = g_error_copy (error);
  job_free (job);
  self->n_running--;
  job_next (self);
  leyden_mirror_unref (self);
}

static void
stop_following (LeydenMirror   *self,
                LeydenMirrored *mirrored)
{
  g_hash_table_remove (self->rollouts, mirrored->row->rollout);
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Job *job = data;
  LeydenMirror *self = job->mirror;
  LeydenMirrored *mirrored = job->mirrored;
  g_autoptr(GError) error = NULL;

  if (!leyden_store_append_finish (LEYDEN_STORE (object), result, &error))
    {
      /* What it thinks of the log is no longer so: it is read again. */
      job->mirrored = NULL;
      stop_following (self, mirrored);
      job_done (job, error);
      return;
    }
  mirrored->row->last_sequence = mirrored->sequence;
  if (!self->closed && self->gateway->hub != NULL)
    {
      leyden_event_hub_rollout_changed (self->gateway->hub, self->run, mirrored->row);
      if (mirrored->ended && mirrored->again == AGAIN)
        leyden_event_hub_rollout_ended (self->gateway->hub, mirrored->row->rollout);
    }
  job_done (job, NULL);
}

static void
job_append (Job       *job,
            GPtrArray *records)
{
  leyden_store_append_async (LEYDEN_STORE (job->mirror->gateway->store), records, job->mirrored->row, written_cb, job);
}

static const char *
our_state (const char *state)
{
  return g_str_equal (state, "queuing") ? "queued" : state;
}

static void
job_write (Job *job)
{
  LeydenMirrored *mirrored = job->mirrored;
  LeydenRolloutRow *row = mirrored->row;
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_record_unref);
  gboolean is_new = row->last_sequence == 0 && mirrored->sequence == 0;
  const char *state = job->rollout == NULL ? NULL : job->rollout->state;
  gboolean moved = state != NULL && !mirrored->ended && !g_str_equal (row->state, our_state (state));

  if (!job->unread)
    mirrored->read_us = g_get_monotonic_time ();
  if (state != NULL && !mirrored->ended && mirrored->sequence == 0 && !g_str_equal (state, "queuing"))
    add_started (job->mirror, records, mirrored, job->rollout);
  if (job->events != NULL)
    add_events (job, records);
  if (moved && (g_str_equal (state, "succeeded") || g_str_equal (state, "failed")))
    {
      note_lost_attempts (job);
      add_finished (job->mirror, records, mirrored, job->rollout->attempt, state, job->rollout->error, job->rollout->updated_ns);
    }
  else if (moved)
    set_row_text (&row->state, our_state (state));
  if (records->len > 0 || moved || (is_new && state != NULL))
    job_append (job, records);
  else
    job_done (job, NULL);
}

/* Deleted, or forgotten by a server that began anew. */
static void
job_gone (Job *job)
{
  LeydenMirror *self = job->mirror;
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_record_unref);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->rollouts);
  while (job->mirrored == NULL && g_hash_table_iter_next (&iter, NULL, &value))
    {
      LeydenMirrored *each = value;

      if (!each->busy && !each->ended && strcmp (each->id, job->id) == 0)
        job->mirrored = each;
    }
  if (job->mirrored == NULL || job->mirrored->ended)
    {
      if (job->mirrored != NULL)
        job->mirrored->again = 0;
      job_done (job, NULL);
      return;
    }
  job->mirrored->busy = TRUE;
  self->missed.unfinished++;
  self->n_gone_known++;
  self->changed = TRUE;
  add_finished (self, records, job->mirrored, "0", "cancelled", "It was removed from the server before its end was read", 0);
  job->mirrored->again = 0;
  job_append (job, records);
}

/* ---- Events ---- */

static void
events_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Job *job = data;
  g_autoptr(GError) error = NULL;

  job->events = leyden_agl_client_events_finish (LEYDEN_AGL_CLIENT (object), result, &error);
  if (job->mirror->closed)
    job_done (job, NULL);
  else if (job->events != NULL)
    job_write (job);
  /* An id with a slash is never found; one that was deleted meanwhile is missing from the next list. */
  else if (job->listed && g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_NOT_FOUND))
    job_write (job);
  else if (g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_NOT_FOUND))
    job_gone (job);
  else
    job_done (job, error);
}

/* Nobody has worked on one that is queuing. */
static gboolean
is_queuing (const Job *job)
{
  return job->rollout != NULL && g_str_equal (job->rollout->state, "queuing");
}

static void
job_ask_events (Job *job)
{
  if (job->unread || is_queuing (job))
    job_write (job);
  else
    leyden_agl_client_events_async (job->mirror->client, job->id, job->mirror->cancellable, events_cb, job);
}

static void
counted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Job *job = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) records = leyden_store_read_rollout_finish (LEYDEN_STORE (object), result, &error);

  if (records == NULL || job->mirror->closed)
    {
      job_done (job, job->mirror->closed ? NULL : error);
      return;
    }
  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = records->pdata[i];

      if (g_str_equal (record->type, "agl.event"))
        g_hash_table_insert (job->mirrored->n_events, g_strdup (record->attempt),
                             GUINT_TO_POINTER (get_n_events (job->mirrored, record->attempt) + 1));
    }
  job->mirrored->counted = TRUE;
  job_ask_events (job);
}

static void
job_count (Job *job)
{
  job->mirrored->busy = TRUE;
  if (job->mirrored->counted || job->mirrored->sequence == 0)
    {
      job->mirrored->counted = TRUE;
      job_ask_events (job);
      return;
    }
  leyden_store_read_rollout_async (LEYDEN_STORE (job->mirror->gateway->store), job->mirrored->row->rollout, 0, 0, job->mirror->cancellable,
                                   counted_cb, job);
}

/* ---- The log ---- */

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  Job *job = data;
  LeydenMirror *self = job->mirror;
  g_autoptr(GError) error = NULL;
  LeydenRolloutRow *row = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);

  if (self->closed || (row == NULL && !g_error_matches (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND)))
    {
      job_done (job, self->closed ? NULL : error);
      leyden_rollout_row_free (row);
      return;
    }
  /* Its end is on disk already: the position was not, when this process ended. */
  if (row != NULL && row->finished_ns != 0)
    {
      leyden_rollout_row_free (row);
      job_done (job, NULL);
      return;
    }
  if (row == NULL)
    {
      g_autofree char *log = make_log (self, job->id, job->rollout->created);

      row = make_row (self, job->rollout, log);
    }
  job->mirrored = mirrored_new (job->id, row);
  follow (self, job->mirrored);
  job_count (job);
}

static void
job_find_log (Job *job)
{
  LeydenMirror *self = job->mirror;
  g_autofree char *log = make_log (self, job->id, job->rollout->created);
  LeydenMirrored *known = g_hash_table_lookup (self->rollouts, log);

  if (known != NULL && known->busy && known != job->mirrored)
    {
      job_done (job, NULL);
      return;
    }
  /* The one that was followed is another of the same id: it is gone. */
  if (job->mirrored != NULL && known != job->mirrored)
    {
      job_gone (job);
      return;
    }
  job->mirrored = known;
  if (known != NULL)
    job_count (job);
  else
    leyden_store_get_rollout_async (LEYDEN_STORE (self->gateway->store), log, self->cancellable, found_cb, job);
}

static void
detail_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Job *job = data;
  g_autoptr(GError) error = NULL;

  job->rollout = leyden_agl_client_get_finish (LEYDEN_AGL_CLIENT (object), result, &error);
  if (job->mirror->closed)
    job_done (job, NULL);
  else if (job->rollout != NULL)
    job_find_log (job);
  else if (g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_NOT_FOUND))
    job_gone (job);
  else
    job_done (job, error);
}

static void
job_begin (Job *job)
{
  LeydenMirror *self = job->mirror;

  self->n_running++;
  if (job->rollout != NULL)
    job_find_log (job);
  else if (job->mirrored != NULL && job->mirrored->ended)
    job_count (job);
  else
    leyden_agl_client_get_async (self->client, job->id, self->cancellable, detail_cb, job);
}

/* ---- All of a poll ---- */

static void
drop_jobs (LeydenMirror *self)
{
  Job *job;

  while ((job = g_queue_pop_head (&self->jobs)) != NULL)
    {
      if (job->mirrored != NULL)
        job->mirrored->busy = FALSE;
      job_free (job);
    }
}

static void
finish_jobs (LeydenMirror *self)
{
  g_autoptr(GError) error = g_steal_pointer (&self->job_error);
  gint64 n_missed = MAX (self->n_gone - self->n_gone_known, 0);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->rollouts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LeydenMirrored *each = value;

      if (each->ended && each->again == 0)
        g_hash_table_iter_remove (&iter);
      else if (each->ended)
        each->again--;
    }
  if (self->missed.rollouts < n_missed)
    self->changed = TRUE;
  self->missed.rollouts = MAX (self->missed.rollouts, n_missed);
  if (error != NULL)
    leyden_mirror_failed (self, error);
  else
    leyden_mirror_jobs_done (self);
}

/* Begins what may begin. Jobs that end at once call this again, so it does not nest. */
static void
job_next (LeydenMirror *self)
{
  if (self->closed || self->job_error != NULL)
    drop_jobs (self);
  while (self->n_running < MAX_AT_ONCE && !g_queue_is_empty (&self->jobs) && !self->beginning)
    {
      self->beginning = TRUE;
      job_begin (g_queue_pop_head (&self->jobs));
      self->beginning = FALSE;
    }
  if (self->n_running == 0 && g_queue_is_empty (&self->jobs) && !self->beginning && self->polling && !self->closed)
    finish_jobs (self);
}

static void
add_job (LeydenMirror     *self,
         const char       *id,
         LeydenAglRollout *rollout,
         LeydenMirrored   *mirrored,
         gboolean          urgent)
{
  Job *job = g_new0 (Job, 1);

  job->mirror = leyden_mirror_ref (self);
  job->id = g_strdup (id);
  job->rollout = rollout;
  job->listed = rollout != NULL;
  job->mirrored = mirrored;
  if (mirrored != NULL)
    mirrored->busy = TRUE;
  if (urgent)
    g_queue_push_head (&self->jobs, job);
  else
    g_queue_push_tail (&self->jobs, job);
}

static int
compare_read (gconstpointer a,
              gconstpointer b,
              gpointer      data)
{
  const Job *left = a, *right = b;
  gint64 one = left->mirrored == NULL ? 0 : left->mirrored->read_us, other = right->mirrored == NULL ? 0 : right->mirrored->read_us;

  return one < other ? -1 : one > other;
}

static gboolean
has_moved (const Job *job)
{
  return job->mirrored == NULL || !g_str_equal (job->mirrored->row->state, our_state (job->rollout->state));
}

/* Events are read of as many as the server can be asked for, those that wait longest first; of the others only what the list said is noted. */
static void
spare_server (LeydenMirror *self)
{
  guint n_left = leyden_mirror_get_n_reads (self);
  GList *next;

  self->n_read = 0;
  for (GList *l = self->jobs.head; l != NULL; l = next)
    {
      Job *job = l->data;

      next = l->next;
      if (is_queuing (job))
        continue;
      if (n_left > 0)
        {
          n_left--;
          self->n_read++;
          continue;
        }
      job->unread = TRUE;
      if (has_moved (job))
        continue;
      job->mirrored->busy = FALSE;
      job_free (job);
      g_queue_delete_link (&self->jobs, l);
    }
}

/* Of the list: new ones, those whose state changed, and those that run. */
static void
add_listed (LeydenMirror *self)
{
  GPtrArray *rollouts = self->list->rollouts;

  g_ptr_array_set_free_func (rollouts, NULL);
  for (guint i = 0; i < rollouts->len; i++)
    {
      LeydenAglRollout *rollout = rollouts->pdata[i];
      g_autofree char *log = make_log (self, rollout->id, rollout->created);
      LeydenMirrored *known = g_hash_table_lookup (self->rollouts, log);

      /* In the order of their creation, and before any job may be about a later one. */
      leyden_mirror_note_creation (self, rollout->created_ns, rollout->is_train);
      if (known != NULL)
        known->seen = TRUE;
      if (g_hash_table_contains (self->ended_now, rollout->id)
          || (known != NULL && (known->ended || (g_str_equal (rollout->state, "queuing") && g_str_equal (known->row->state, "queued")))))
        leyden_agl_rollout_free (rollout);
      else
        add_job (self, rollout->id, rollout, known, FALSE);
    }
  g_ptr_array_set_size (rollouts, 0);
  g_queue_sort (&self->jobs, compare_read, NULL);
  spare_server (self);
}

/* Those that left the list, or were named by the log of ended ones: these first, since a trainer deletes what it has read. */
static void
add_ended (LeydenMirror *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->rollouts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LeydenMirrored *each = value;

      if (each->busy || g_hash_table_contains (self->ended_now, each->id))
        continue;
      if (each->ended ? each->again > 0 : !each->seen && !self->missed.beyond_limit)
        add_job (self, each->id, NULL, each, FALSE);
    }
  for (guint i = self->ended_order->len; i > 0; i--)
    add_job (self, self->ended_order->pdata[i - 1], NULL, NULL, TRUE);
}

void
leyden_mirror_begin_jobs (LeydenMirror *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->rollouts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    ((LeydenMirrored *)value)->seen = FALSE;
  add_listed (self);
  add_ended (self);
  job_next (self);
}
