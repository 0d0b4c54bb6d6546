/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop of `leydenctl worker`.
 *
 *   ask ─► rollouts ─► jobs: run ─► tell ─► gone
 *    ▲                        └─ lost: ended, nothing is told
 *    └── poll_ms, at once when a job is gone, later and later while the backend is away
 */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-worker.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-http-retry.h"
#include "leyden-text.h"

#define MAX_PAUSE_MS 10000
/* At the end the backend gets this long to hear of everything. */
#define TELL_S 10

static void ask (LeydenWorker *self);

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* ---- Jobs ---- */

static void
job_free (gpointer data)
{
  LeydenJob *self = data;

  g_clear_pointer (&self->item, leyden_work_item_free);
  g_clear_pointer (&self->outcome, leyden_work_outcome_free);
  g_clear_object (&self->cancellable);
  g_free (self->lease);
  g_free (self);
}

guint
leyden_worker_count_free (LeydenWorker *self)
{
  guint n = g_hash_table_size (self->jobs);

  return self->stopping || n >= self->spec.concurrency ? 0 : self->spec.concurrency - n;
}

/* A question that is under way may still bring rollouts, which are then given back. */
static gboolean
maybe_quit (LeydenWorker *self)
{
  if (!self->stopping || self->asking || g_hash_table_size (self->jobs) > 0)
    return FALSE;
  g_main_loop_quit (self->loop);
  return TRUE;
}

/* The last reward that it has, NaN for none. */
static double
find_reward (const LeydenWorkOutcome *outcome)
{
  double reward = NAN;

  for (guint i = 0; i < leyden_value_get_size (outcome->events); i++)
    {
      LeydenValue *event = leyden_value_get_item (outcome->events, i);

      if (strcmp (leyden_value_get_member_string (event, "event_type", ""), "reward") == 0)
        reward = leyden_value_get_member_double (leyden_value_get_member (event, "data"), "value", NAN);
    }
  return reward;
}

static void
print_job (LeydenWorker *self,
           LeydenJob    *job,
           const char   *state,
           const char   *note)
{
  double reward = job->outcome != NULL ? find_reward (job->outcome) : NAN;
  const char *why = note != NULL ? note : job->outcome != NULL ? job->outcome->error : NULL;

  if (self->spec.json)
    {
      g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
      g_autoptr(LeydenValue) line = NULL;

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "rollout", job->item->rollout);
      leyden_value_builder_set_string (&b, "attempt", job->item->attempt);
      leyden_value_builder_set_string (&b, "state", state);
      if (isnan (reward))
        leyden_value_builder_set (&b, "reward", NULL);
      else
        leyden_value_builder_set_double (&b, "reward", reward);
      leyden_value_builder_set_string (&b, "error", why);
      leyden_value_builder_end (&b);
      line = leyden_value_builder_end_value (&b);
      leyden_cli_print_value (line);
    }
  else
    {
      g_autofree char *rollout = leyden_text_escape (job->item->rollout, -1, 80);
      g_autofree char *shown = why != NULL ? leyden_text_escape (why, -1, 300) : NULL;

      leyden_cli_print ("%s\t%s\t%s%s%s\n", rollout, job->item->attempt, state, shown != NULL ? "\t" : "", shown != NULL ? shown : "");
    }
  leyden_cli_flush ();
}

void
leyden_worker_finish_job (LeydenWorker *self,
                          LeydenJob    *job,
                          const char   *note)
{
  const char *state = job->lost || note != NULL ? "lost" : job->outcome == NULL ? "released" : job->outcome->error == NULL ? "succeeded" : "failed";

  print_job (self, job, state, note);
  g_hash_table_remove (self->jobs, job->lease);
  if (!maybe_quit (self) && !self->stopping)
    ask (self);
}

void
leyden_job_end (LeydenJob *job)
{
  job->state = LEYDEN_JOB_ENDING;
  if (job->lost)
    leyden_worker_finish_job (job->worker, job, NULL);
  else if (job->worker->leases)
    leyden_worker_end_leased (job);
  else
    leyden_worker_end_polled (job);
}

static void
ran_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  LeydenJob *job = data;

  job->outcome = leyden_work_agents_run_finish (result, NULL);
  leyden_job_end (job);
}

LeydenJob *
leyden_worker_add_job (LeydenWorker   *self,
                       LeydenWorkItem *item,
                       const char     *lease)
{
  LeydenJob *job = g_new0 (LeydenJob, 1);

  job->worker = self;
  job->item = item;
  job->lease = g_strdup (lease);
  job->cancellable = g_cancellable_new ();
  g_hash_table_insert (self->jobs, job->lease, job);
  return job;
}

void
leyden_job_go (LeydenJob *self)
{
  self->state = LEYDEN_JOB_RUNNING;
  leyden_work_agents_run_async (self->worker->spec.agents, self->item, self->cancellable, ran_cb, self);
}

void
leyden_worker_start (LeydenWorker   *self,
                     LeydenWorkItem *item,
                     const char     *lease)
{
  leyden_job_go (leyden_worker_add_job (self, item, lease));
}

void
leyden_worker_lose (LeydenWorker *self,
                    LeydenJob    *job,
                    const char   *why)
{
  g_autofree char *shown = leyden_text_escape (job->item->rollout, -1, 80);

  if (job->lost)
    return;
  job->lost = TRUE;
  leyden_cli_say (_("rollout %s is not ours any more: %s"), shown, why);
  if (job->state == LEYDEN_JOB_RUNNING)
    g_cancellable_cancel (job->cancellable);
}

/* ---- Asking ---- */

static gboolean
clock_cb (gpointer data)
{
  LeydenWorker *self = data;

  drop_source (&self->clock);
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
ask_in (LeydenWorker *self,
        guint         ms)
{
  drop_source (&self->clock);
  self->clock = g_timeout_source_new (ms);
  g_source_set_callback (self->clock, clock_cb, self, NULL);
  g_source_attach (self->clock, NULL);
}

void
leyden_worker_answered (LeydenWorker *self,
                        const GError *error)
{
  gboolean again = self->again;

  self->asking = FALSE;
  self->again = FALSE;
  if (maybe_quit (self))
    return;
  if (error != NULL)
    {
      if (!self->away && g_error_matches (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TLS))
        leyden_cli_say (_("%s. --fingerprint SHA256 trusts a certificate that the system does not; trying on"), error->message);
      else if (!self->away)
        leyden_cli_say (_("the backend does not answer, trying on: %s"), error->message);
      self->away = TRUE;
      self->n_failures++;
      ask_in (self, CLAMP (leyden_http_retry_backoff_ms (MIN (self->n_failures, 6), g_random_double ()), 200, MAX_PAUSE_MS));
      return;
    }
  if (self->away)
    leyden_cli_say (_("the backend answers again"));
  self->away = FALSE;
  self->n_failures = 0;
  ask_in (self, again ? 0 : self->spec.poll_ms);
}

void
leyden_worker_give_up (LeydenWorker *self,
                       int           status,
                       const char   *message)
{
  leyden_cli_say ("%s", message);
  self->status = status;
  self->asking = FALSE;
  leyden_worker_stop (self);
}

/* What a plain agl-server answers to a path that it does not know. */
static void
probed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  LeydenWorker *self = data;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(GError) error = NULL;
  guint status;

  if (!leyden_worker_link_ask_finish (result, &status, &answer, &error))
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        leyden_worker_answered (self, error);
      return;
    }
  if (status == 401 || status == 403)
    {
      leyden_worker_give_up (self, LEYDEN_EXIT_NETWORK, _("the backend refuses the key; give the right one by --key-file"));
      return;
    }
  if (status >= 500 || status == 429)
    {
      error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "status %u", status);
      leyden_worker_answered (self, error);
      return;
    }
  self->known = TRUE;
  self->leases = status == 200 && leyden_value_get_member (answer, "pid") != NULL && leyden_value_get_member (answer, "version") != NULL;
  leyden_cli_say (self->leases ? _("working for a Leyden backend, as %s") : _("working for an agl-server by its poll loop, as %s"), self->spec.name);
  self->asking = FALSE;
  if (!maybe_quit (self))
    ask (self);
}

static void
ask (LeydenWorker *self)
{
  if (self->asking)
    {
      self->again = TRUE;
      return;
    }
  drop_source (&self->clock);
  self->asking = TRUE;
  if (!self->known)
    leyden_worker_link_ask_async (self->spec.link, "GET", "/leyden/v1/info", NULL, FALSE, self->life, probed_cb, self);
  else if (self->leases)
    leyden_worker_ask_leases (self);
  else
    leyden_worker_ask_polls (self);
}

/* ---- The end ---- */

static gboolean
give_up_telling_cb (gpointer data)
{
  LeydenWorker *self = data;

  if (g_hash_table_size (self->jobs) > 0)
    leyden_cli_say (_("%u rollouts could not be told about; the backend will find out by itself"), g_hash_table_size (self->jobs));
  drop_source (&self->end);
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static void
set_end (LeydenWorker *self,
         guint         seconds,
         GSourceFunc   func)
{
  drop_source (&self->end);
  self->end = g_timeout_source_new_seconds (seconds);
  g_source_set_callback (self->end, func, self, NULL);
  g_source_attach (self->end, NULL);
}

static gboolean
drained_cb (gpointer data)
{
  LeydenWorker *self = data;
  GHashTableIter iter;
  gpointer job;

  set_end (self, TELL_S, give_up_telling_cb);
  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &job))
    g_cancellable_cancel (((LeydenJob *)job)->cancellable);
  return G_SOURCE_REMOVE;
}

void
leyden_worker_stop (LeydenWorker *self)
{
  if (self->stopping)
    return;
  self->stopping = TRUE;
  if (maybe_quit (self))
    return;
  if (self->spec.drain_s > 0)
    set_end (self, self->spec.drain_s, drained_cb);
  else
    drained_cb (self);
}

int
leyden_worker_run (LeydenWorker *self)
{
  if (!self->stopping)
    {
      ask (self);
      g_main_loop_run (self->loop);
    }
  g_cancellable_cancel (self->life);
  return self->status;
}

LeydenWorker *
leyden_worker_new (const LeydenWorkerSpec *spec)
{
  LeydenWorker *self = g_new0 (LeydenWorker, 1);

  self->spec = *spec;
  self->loop = g_main_loop_new (NULL, FALSE);
  self->jobs = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, job_free);
  self->life = g_cancellable_new ();
  return self;
}

/* What is under way is told that it is cancelled; its callbacks need us until then. */
void
leyden_worker_free (LeydenWorker *self)
{
  g_cancellable_cancel (self->life);
  drop_source (&self->clock);
  drop_source (&self->end);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_hash_table_unref (self->jobs);
  g_main_loop_unref (self->loop);
  g_object_unref (self->life);
  g_free (self);
}
