/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A worker of a plain agl-server: its poll loop, as Agent Lightning 1.0.0's own local controller has it (reference, section 8.1), with two
 * differences: a rollout is claimed before it is started, so that of two workers one gets it, and one that is removed is ended. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-worker.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LIMIT 500
#define LIST "/api/rollouts?state_in=queuing&state_in=running&limit=" G_STRINGIFY (LIMIT)
#define ATTEMPT "0"
/* Others' rollouts are left alone that much longer than they may take. */
#define SHARED_MARGIN_S 60

static char *
rollout_path (const char *rollout)
{
  g_autofree char *escaped = g_uri_escape_string (rollout, NULL, FALSE);

  return g_strconcat ("/api/rollouts/", escaped, NULL);
}

static LeydenValue *
make_patch (const char *state,
            const char *error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "status");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "state", state);
  leyden_value_builder_set_string (&b, "last_attempt_id", ATTEMPT);
  if (error != NULL)
    leyden_value_builder_set_string (&b, "error_message", error);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
patch (LeydenWorker        *self,
       const char          *rollout,
       const char          *state,
       const char          *error,
       gboolean             persistent,
       GAsyncReadyCallback  callback,
       gpointer             data)
{
  g_autofree char *path = rollout_path (rollout);
  g_autoptr(LeydenValue) body = make_patch (state, error);

  leyden_worker_link_ask_async (self->spec.link, "PATCH", path, body, persistent, self->life, callback, data);
}

/* ---- Claiming ---- */

static void claim (LeydenJob *job);

static void
claimed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  LeydenJob *job = data;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(GError) error = NULL;
  gboolean ours;
  guint status;

  if (!leyden_worker_link_ask_finish (result, &status, &answer, &error))
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
      /* Whether it arrived is not known: once more, and then it may be refused because it has. */
      job->step = 1;
      status = 0;
    }
  ours = status == 200 || (status == 409 && job->step == 1 && !job->worker->spec.shared);
  if (ours)
    {
      job->step = 0;
      if (job->worker->stopping)
        leyden_job_end (job);
      else
        leyden_job_go (job);
    }
  else if ((status == 0 || status == 429 || status >= 500) && !job->worker->stopping)
    claim (job);
  else
    {
      job->lost = TRUE;
      leyden_worker_finish_job (job->worker, job, NULL);
    }
}

static gboolean
claim_cb (gpointer data)
{
  LeydenJob *job = data;

  patch (job->worker, job->item->rollout, "running", NULL, FALSE, claimed_cb, job);
  return G_SOURCE_REMOVE;
}

/* Again, after a moment. */
static void
claim (LeydenJob *job)
{
  g_timeout_add (job->worker->spec.poll_ms, claim_cb, job);
}

/* ---- The list ---- */

static void
disowned_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenValue) answer = NULL;
  guint status;

  /* 404 and 409 are normal: somebody else was quicker. What failed comes again with the next list. */
  leyden_worker_link_ask_finish (result, &status, &answer, NULL);
}

/* It runs, and nobody here runs it: the one that did is gone. */
static void
disown (LeydenWorker *self,
        LeydenValue  *rollout,
        const char   *id)
{
  LeydenValue *status = leyden_value_get_member (rollout, "status");
  gint64 timeout_s = leyden_value_get_member_int (leyden_value_get_member (rollout, "config"), "timeout_seconds", 0);
  double updated = leyden_value_get_member_double (status, "updated_at", 0);
  double now = (double)g_get_real_time () / G_USEC_PER_SEC;

  if (self->spec.shared && (timeout_s <= 0 || now < updated + (double)timeout_s + SHARED_MARGIN_S))
    return;
  patch (self, id, "failed", "local subprocess is not running", FALSE, disowned_cb, NULL);
}

static void
take_rollout (LeydenWorker *self,
              LeydenValue  *rollout)
{
  const char *id = leyden_value_get_member_string (rollout, "rollout_id", NULL);
  const char *state = leyden_value_get_member_string (leyden_value_get_member (rollout, "status"), "state", "");
  LeydenJob *job = id != NULL ? g_hash_table_lookup (self->jobs, id) : NULL;

  if (job != NULL)
    job->seen = TRUE;
  else if (id != NULL && strcmp (state, "running") == 0)
    disown (self, rollout, id);
  else if (id != NULL && strcmp (state, "queuing") == 0 && leyden_worker_count_free (self) > 0)
    {
      job = leyden_worker_add_job (self, leyden_work_item_new (rollout, ATTEMPT, self->spec.key), id);
      job->seen = TRUE;
      claim_cb (job);
    }
}

static void
take_list (LeydenWorker *self,
           LeydenValue  *list)
{
  g_autoptr(GPtrArray) gone = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer each;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &each))
    ((LeydenJob *)each)->seen = FALSE;
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    take_rollout (self, leyden_value_get_item (list, i));
  if (leyden_value_get_size (list) >= LIMIT)
    return;
  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &each))
    if (!((LeydenJob *)each)->seen && ((LeydenJob *)each)->state == LEYDEN_JOB_RUNNING)
      g_ptr_array_add (gone, each);
  for (guint i = 0; i < gone->len; i++)
    leyden_worker_lose (self, g_ptr_array_index (gone, i), _("it was ended or removed"));
}

static void
listed_cb (GObject      *object,
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
    }
  else if (status == 200 && leyden_value_get_kind (answer) == LEYDEN_VALUE_LIST)
    {
      take_list (self, answer);
      leyden_worker_answered (self, NULL);
    }
  else if (status == 401 || status == 403)
    leyden_worker_give_up (self, LEYDEN_EXIT_NETWORK, _("the agl-server refuses the key; give the right one by --key-file"));
  else if (status == 404)
    leyden_worker_give_up (self, LEYDEN_EXIT_NETWORK, _("this is neither a Leyden backend nor an agl-server"));
  else
    {
      error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "status %u", status);
      leyden_worker_answered (self, error);
    }
}

void
leyden_worker_ask_polls (LeydenWorker *self)
{
  leyden_worker_link_ask_async (self->spec.link, "GET", LIST, NULL, FALSE, self->life, listed_cb, self);
}

/* ---- The end of one: its events in their order, then its state ---- */

static guint
count_events (LeydenJob *job)
{
  return job->outcome != NULL ? leyden_value_get_size (job->outcome->events) : 0;
}

static void
told_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  LeydenJob *job = data;
  g_autoptr(LeydenValue) answer = NULL;
  guint n_events = count_events (job);
  guint status;

  if (!leyden_worker_link_ask_finish (result, &status, &answer, NULL))
    return;
  /* The two steps behind the events: the state, and once more after it was made running. */
  if (status == 404)
    leyden_worker_finish_job (job->worker, job, "it was removed");
  else if (job->step < n_events || (job->step == n_events && status == 409) || job->step == n_events + 1)
    {
      job->step++;
      leyden_worker_end_polled (job);
    }
  else
    leyden_worker_finish_job (job->worker, job, status == 200 ? NULL : "it was ended by somebody else");
}

void
leyden_worker_end_polled (LeydenJob *job)
{
  LeydenWorker *self = job->worker;
  guint n_events = count_events (job);
  g_autofree char *events = leyden_work_item_dup_event_uri (job->item, "");

  if (job->step < n_events)
    leyden_worker_link_ask_async (self->spec.link, "POST", events, leyden_value_get_item (job->outcome->events, job->step), TRUE, self->life, told_cb,
                                  job);
  else if (job->step == n_events + 1)
    patch (self, job->item->rollout, "running", NULL, TRUE, told_cb, job);
  else if (job->outcome == NULL)
    patch (self, job->item->rollout, "failed", "local controller shutdown", TRUE, told_cb, job);
  else
    patch (self, job->item->rollout, job->outcome->error == NULL ? "succeeded" : "failed", job->outcome->error, TRUE, told_cb, job);
}
