/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A worker of a Leyden backend: /leyden/v1/leases. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-worker.h"

#include <glib/gi18n-lib.h>

/* ---- For more, and as a sign of life ---- */

static LeydenValue *
make_question (LeydenWorker *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  GHashTableIter iter;
  gpointer lease;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "worker", self->spec.name);
  leyden_value_builder_set_int (&b, "ttl_s", self->spec.lease_s);
  leyden_value_builder_set_int (&b, "limit", MIN (leyden_worker_count_free (self), 256));
  leyden_value_builder_key (&b, "holds");
  leyden_value_builder_begin_list (&b);
  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, &lease, NULL))
    leyden_value_builder_take (&b, leyden_value_new_string (lease, -1));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
take (LeydenWorker *self,
      LeydenValue  *lease)
{
  const char *id = leyden_value_get_member_string (lease, "lease", NULL);
  LeydenWorkItem *item = leyden_work_item_new (leyden_value_get_member (lease, "rollout"), leyden_value_get_member_string (lease, "attempt", "0"),
                                               leyden_value_get_member_string (lease, "key", NULL));

  if (item == NULL || id == NULL || g_hash_table_contains (self->jobs, id))
    g_clear_pointer (&item, leyden_work_item_free);
  else if (self->stopping)
    leyden_job_end (leyden_worker_add_job (self, item, id));
  else
    leyden_worker_start (self, item, id);
}

static void
take_answer (LeydenWorker *self,
             LeydenValue  *answer)
{
  LeydenValue *leases = leyden_value_get_member (answer, "leases");
  LeydenValue *lost = leyden_value_get_member (answer, "lost");

  for (guint i = 0; i < leyden_value_get_size (lost); i++)
    {
      const char *id = leyden_value_get_string (leyden_value_get_item (lost, i), NULL);
      LeydenJob *job = id != NULL ? g_hash_table_lookup (self->jobs, id) : NULL;

      /* One whose end is on its way is not held any more when that has arrived. */
      if (job != NULL && job->state == LEYDEN_JOB_RUNNING)
        leyden_worker_lose (self, job, _("its lease has expired, or it was ended or removed"));
    }
  for (guint i = 0; i < leyden_value_get_size (leases); i++)
    take (self, leyden_value_get_item (leases, i));
}

static void
asked_cb (GObject      *object,
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
  else if (status == 200)
    {
      take_answer (self, answer);
      leyden_worker_answered (self, NULL);
    }
  else if (status == 401 || status == 403)
    leyden_worker_give_up (self, LEYDEN_EXIT_NETWORK, _("the backend refuses the key for work: it needs the role author"));
  else if (status == 404 || status == 405)
    leyden_worker_give_up (self, LEYDEN_EXIT_NETWORK, _("the backend is too old: it knows no leases"));
  else
    {
      error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "status %u: %s", status, leyden_value_get_member_string (answer, "detail", ""));
      leyden_worker_answered (self, error);
    }
}

void
leyden_worker_ask_leases (LeydenWorker *self)
{
  g_autoptr(LeydenValue) question = make_question (self);

  leyden_worker_link_ask_async (self->spec.link, "POST", "/leyden/v1/leases", question, FALSE, self->life, asked_cb, self);
}

/* ---- The end of one ---- */

static void tell (LeydenJob *job, const char *state, const char *error, LeydenValue *events);

static void
told_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  LeydenJob *job = data;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(GError) error = NULL;
  const char *detail;
  guint status;

  /* The worker ends, and takes the job with it. */
  if (!leyden_worker_link_ask_finish (result, &status, &answer, &error))
    return;
  detail = leyden_value_get_member_string (answer, "detail", "the backend refuses its end");
  if (status == 200)
    leyden_worker_finish_job (job->worker, job, NULL);
  else if ((status == 422 || status == 413) && job->step++ == 0)
    {
      g_autofree char *message = g_strdup_printf ("its result was refused: %s", detail);

      tell (job, "failed", message, NULL);
    }
  else
    leyden_worker_finish_job (job->worker, job, detail);
}

static void
tell (LeydenJob   *job,
      const char  *state,
      const char  *error,
      LeydenValue *events)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/leases/%s/end", job->lease);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "state", state);
  leyden_value_builder_set_string (&b, "error_message", error);
  if (events != NULL)
    leyden_value_builder_set (&b, "events", events);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  leyden_worker_link_ask_async (job->worker->spec.link, "POST", path, body, TRUE, job->worker->life, told_cb, job);
}

void
leyden_worker_end_leased (LeydenJob *job)
{
  if (job->outcome == NULL)
    tell (job, "queuing", NULL, NULL);
  else
    tell (job, job->outcome->error == NULL ? "succeeded" : "failed", job->outcome->error, job->outcome->events);
}
