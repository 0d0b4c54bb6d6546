/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log of a fork goes to the store, and it runs; or it is called off. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-fork-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-id.h"

/* So many records go to the store at once. */
#define CHUNK 500
/* When the disk did not take that a fork was called off. */
#define AGAIN_S 2

static void
begun_cb (gpointer      data,
          const GError *error)
{
  g_autoptr(LeydenFork) fork = data;
  LeydenActiveRun *active = g_hash_table_lookup (fork->self->active, fork->run);
  g_autoptr(LeydenValue) run = NULL;
  g_autoptr(LeydenValue) rollout = NULL;

  if (error != NULL || active == NULL)
    {
      leyden_http_exchange_respond_error (fork->exchange, 503, "%s", error != NULL ? error->message : _("The backend is about to end"));
      return;
    }
  run = leyden_gateway_active_to_value (active);
  rollout = leyden_value_new_string (fork->new_row->rollout, -1);
  leyden_gateway_respond_take (fork->exchange, 201, leyden_value_with_member (run, "rollout", rollout));
}

static void
go_live (LeydenFork *fork)
{
  LeydenActiveRun *active;
  g_autoptr(LeydenRunJob) job = g_steal_pointer (&fork->after);

  leyden_gateway_audit (fork->self, fork->exchange, "run.started", fork->run, NULL);
  active = leyden_gateway_add_active (fork->self, fork->run, fork->key, fork->new_definition, fork->created_ns);
  active->begun = begun_cb;
  active->begun_data = fork;
  leyden_active_run_go_live (active, job);
}

static void
set_text (char       **place,
          const char  *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

static void call_off (LeydenFork *fork);

static void
tell_failure (LeydenFork *fork)
{
  if (fork->failure != NULL)
    leyden_gateway_respond_gerror (fork->exchange, fork->failure);
  g_clear_error (&fork->failure);
}

/* A backend that has ended leaves it to the next, which finds that the rollout has ended. */
static gboolean
call_off_cb (gpointer data)
{
  LeydenFork *fork = data;

  if (fork->self->stopping)
    leyden_fork_free (fork);
  else
    call_off (fork);
  return G_SOURCE_REMOVE;
}

/* Who asked is told only now: whoever asks again with the same key does not find what was called off. */
static void
called_off_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr(LeydenFork) fork = data;
  gboolean done = leyden_store_put_run_finish (LEYDEN_STORE (object), result, NULL);
  g_autoptr(GSource) again = NULL;

  tell_failure (fork);
  if (done)
    return;
  again = g_timeout_source_new_seconds (AGAIN_S);
  g_source_set_callback (again, call_off_cb, g_steal_pointer (&fork), NULL);
  g_source_attach (again, g_main_context_get_thread_default ());
}

/* Nothing takes up what the disk did not take: it has not begun. Takes @fork. */
static void
call_off (LeydenFork *fork)
{
  g_autoptr(LeydenRunRow) run = leyden_run_row_new ();
  g_autoptr(GPtrArray) rows = g_ptr_array_new ();

  if (fork->self->store == NULL)
    {
      tell_failure (fork);
      leyden_fork_free (fork);
      return;
    }
  run->run = g_strdup (fork->run);
  set_text (&run->state, "cancelled");
  run->created_ns = fork->created_ns;
  run->finished_ns = leyden_time_now_ns ();
  leyden_value_unref (run->definition);
  run->definition = leyden_value_ref (fork->new_definition);
  run->n_items = 1;
  set_text (&fork->new_row->state, "cancelled");
  fork->new_row->finished_ns = run->finished_ns;
  g_ptr_array_add (rows, fork->new_row);
  /* Without the key: who asks again gets another. */
  leyden_store_put_run_async (LEYDEN_STORE (fork->self->store), run, rows, called_off_cb, fork);
}

/* FALSE: nothing goes on, and the request has been answered, or will be with the failure. */
static gboolean
is_kept (LeydenFork  *fork,
         gboolean     done,
         GError     **error)
{
  if (done)
    return leyden_fork_goes_on (fork, TRUE, error);
  fork->failure = g_steal_pointer (error);
  return FALSE;
}

static void write_more (LeydenFork *fork);

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenFork) fork = data;
  g_autoptr(GError) error = NULL;

  if (!is_kept (fork, leyden_store_append_finish (LEYDEN_STORE (object), result, &error), &error))
    call_off (g_steal_pointer (&fork));
  else if (fork->n_written < fork->log->len)
    write_more (g_steal_pointer (&fork));
  else
    go_live (g_steal_pointer (&fork));
}

static void
append (LeydenFork *fork)
{
  g_autoptr(GPtrArray) some = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);

  for (guint i = 0; i < CHUNK && fork->n_written < fork->log->len; i++)
    g_ptr_array_add (some, leyden_record_ref (g_ptr_array_index (fork->log, fork->n_written++)));
  if (fork->n_written == fork->log->len)
    {
      set_text (&fork->new_row->state, "running");
      fork->new_row->finished_ns = 0;
    }
  leyden_store_append_async (LEYDEN_STORE (fork->self->store), some, fork->new_row, written_cb, fork);
}

static void
run_put_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenFork) fork = data;
  g_autoptr(GError) error = NULL;

  if (is_kept (fork, leyden_store_put_run_finish (LEYDEN_STORE (object), result, &error), &error))
    append (g_steal_pointer (&fork));
  /* With the first part comes the run itself. */
  else if (fork->n_written > 0)
    call_off (g_steal_pointer (&fork));
  else
    tell_failure (fork);
}

static void
put_run (LeydenFork *fork,
         const char *state,
         gint64      finished_ns)
{
  g_autoptr(LeydenRunRow) run = leyden_run_row_new ();
  g_autoptr(GPtrArray) rows = g_ptr_array_new ();

  run->run = g_strdup (fork->run);
  run->key = g_strdup (fork->key);
  set_text (&run->state, state);
  run->created_ns = fork->created_ns;
  run->finished_ns = finished_ns;
  leyden_value_unref (run->definition);
  run->definition = leyden_value_ref (fork->new_definition);
  run->n_items = 1;
  g_ptr_array_add (rows, fork->new_row);
  leyden_store_put_run_async (LEYDEN_STORE (fork->self->store), run, rows, run_put_cb, fork);
}

/*
 * Until its log is whole the fork counts as one that was cancelled, and has ended: after a crash nobody takes it up and runs all of it, and it goes as
 * others go. With the last records it begins to run: first the run, then the rollout, so that a crash between the two leaves nothing that
 * says it runs for ever.
 */
static void
write_more (LeydenFork *fork)
{
  if (fork->log->len - fork->n_written > CHUNK)
    append (fork);
  else
    put_run (fork, "running", 0);
}

void
leyden_fork_write (LeydenFork *fork)
{
  fork->created_ns = leyden_time_now_ns ();
  set_text (&fork->new_row->state, "cancelled");
  fork->new_row->finished_ns = fork->created_ns;
  if (fork->log->len > CHUNK)
    put_run (fork, "cancelled", fork->created_ns);
  else
    write_more (fork);
}
