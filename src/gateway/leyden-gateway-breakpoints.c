/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breakpoints of runs: kept as documents of the kind "breakpoints" by the run's id, so that the next process has them, with their counts. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <string.h>

#define KIND "breakpoints"
/* Counts of hits, and what is paused, change often: they are written and told this long after the first change. */
#define KEEP_MS 100
#define MAX_PAUSED_TOLD 1000

/* ---- The document ---- */

static LeydenValue *
make_document (LeydenDebug *debug)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_take (&b, "breakpoints", leyden_debug_get_breakpoints (debug));
  leyden_value_builder_set_boolean (&b, "paused", leyden_debug_get_start_paused (debug));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* FALSE: it is kept already. Without a callback nobody waits for it. */
static gboolean
keep (LeydenActiveRun     *active,
      GAsyncReadyCallback  callback,
      gpointer             data)
{
  g_autoptr(LeydenValue) document = make_document (active->debug);

  if (leyden_value_equal (document, active->kept_breakpoints) || active->gateway->store == NULL)
    return FALSE;
  g_clear_pointer (&active->kept_breakpoints, leyden_value_unref);
  active->kept_breakpoints = leyden_value_ref (document);
  active->keeps_breakpoints = TRUE;
  leyden_store_put_document_async (LEYDEN_STORE (active->gateway->store), KIND, active->run, document, callback, data);
  return TRUE;
}

/* A rollout that paused or goes on is told to those who look at the run. */
static void
tell_paused (LeydenActiveRun *active)
{
  g_autoptr(GPtrArray) paused = leyden_debug_list_paused (active->debug, G_MAXINT);
  g_autoptr(GHashTable) now = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GPtrArray) changed = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer id;

  for (guint i = 0; i < paused->len; i++)
    {
      g_hash_table_add (now, g_strdup (g_ptr_array_index (paused, i)));
      if (!g_hash_table_contains (active->paused_told, g_ptr_array_index (paused, i)))
        g_ptr_array_add (changed, g_ptr_array_index (paused, i));
    }
  g_hash_table_iter_init (&iter, active->paused_told);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (!g_hash_table_contains (now, id))
      g_ptr_array_add (changed, id);
  for (guint i = 0; i < changed->len; i++)
    {
      LeydenRollout *rollout = g_hash_table_lookup (active->rollouts, g_ptr_array_index (changed, i));

      if (rollout != NULL && !leyden_rollout_is_finished (rollout))
        leyden_event_hub_rollout_changed (active->gateway->hub, active->run, leyden_rollout_get_row (rollout));
    }
  g_hash_table_unref (active->paused_told);
  active->paused_told = g_steal_pointer (&now);
}

static gboolean
keep_cb (gpointer data)
{
  LeydenActiveRun *active = data;

  g_clear_pointer (&active->keep_clock, g_source_unref);
  tell_paused (active);
  keep (active, NULL, NULL);
  return G_SOURCE_REMOVE;
}

static void
stop_clock (LeydenActiveRun *active)
{
  if (active->keep_clock != NULL)
    g_source_destroy (active->keep_clock);
  g_clear_pointer (&active->keep_clock, g_source_unref);
}

/* ---- What changes ---- */

static void
changed_cb (LeydenDebug *debug,
            gpointer     data)
{
  LeydenActiveRun *active = data;

  if (active->keep_clock != NULL)
    return;
  active->keep_clock = g_timeout_source_new (KEEP_MS);
  g_source_set_callback (active->keep_clock, keep_cb, active, NULL);
  g_source_attach (active->keep_clock, g_main_context_get_thread_default ());
}

/* ---- Life ---- */

gboolean
leyden_run_job_make_debug (LeydenRunJob  *job,
                           LeydenValue   *document,
                           GError       **error)
{
  g_autoptr(LeydenDebug) debug = leyden_debug_new ();
  g_autoptr(GError) local_error = NULL;

  if (!leyden_debug_set_breakpoints (debug, leyden_run_job_get_plan (job), leyden_run_job_get_scope (job),
                                     leyden_value_get_member (document, "breakpoints"), &local_error))
    {
      g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, local_error->message);
      return FALSE;
    }
  leyden_debug_set_start_paused (debug, leyden_value_get_member_boolean (document, "paused", FALSE));
  leyden_run_job_set_debug (job, debug);
  return TRUE;
}

void
leyden_active_run_init_debug (LeydenActiveRun *active,
                              LeydenRunJob    *job)
{
  g_autoptr(LeydenDebug) own = NULL;
  LeydenDebug *debug = leyden_run_job_get_debug (job);

  if (debug == NULL)
    {
      own = leyden_debug_new ();
      leyden_run_job_set_debug (job, own);
      debug = own;
    }
  active->debug = leyden_debug_ref (debug);
  active->plan = leyden_plan_ref (leyden_run_job_get_plan (job));
  active->scope = g_strdup (leyden_run_job_get_scope (job));
  active->paused_told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  /* What the definition says needs no document. */
  if (active->kept_breakpoints == NULL)
    active->kept_breakpoints = make_document (debug);
  leyden_debug_watch (debug, changed_cb, active);
}

void
leyden_active_run_clear_debug (LeydenActiveRun *active)
{
  if (active->debug == NULL)
    {
      g_clear_pointer (&active->kept_breakpoints, leyden_value_unref);
      return;
    }
  leyden_debug_unwatch (active->debug, active);
  if (active->keep_clock != NULL)
    keep (active, NULL, NULL);
  stop_clock (active);
  g_clear_pointer (&active->debug, leyden_debug_unref);
  g_clear_pointer (&active->plan, leyden_plan_unref);
  g_clear_pointer (&active->paused_told, g_hash_table_unref);
  g_clear_pointer (&active->kept_breakpoints, leyden_value_unref);
  g_free (active->scope);
}

/* It has ended: nothing will be paused again. */
void
leyden_active_run_forget_breakpoints (LeydenActiveRun *active)
{
  stop_clock (active);
  if (active->keeps_breakpoints)
    leyden_store_put_document_async (LEYDEN_STORE (active->gateway->store), KIND, active->run, NULL, NULL, NULL);
}

typedef struct
{
  LeydenGateway     *self;
  char              *run;
  LeydenBreakpointsLoaded func;
  gpointer           data;
} Loading;

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Loading *loading = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) documents = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);
  LeydenActiveRun *active = g_hash_table_lookup (loading->self->active, loading->run);
  LeydenValue *document = documents != NULL ? leyden_value_get_member (documents, loading->run) : NULL;

  if (documents == NULL)
    g_warning ("The breakpoints of run %s could not be read: %s", loading->run, error->message);
  if (active != NULL && document != NULL)
    {
      active->kept_breakpoints = leyden_value_ref (document);
      active->keeps_breakpoints = TRUE;
    }
  loading->func (loading->data);
  g_object_unref (loading->self);
  g_free (loading->run);
  g_free (loading);
}

void
leyden_gateway_load_breakpoints (LeydenGateway           *self,
                                 const char              *run,
                                 LeydenBreakpointsLoaded  func,
                                 gpointer                 data)
{
  Loading *loading = g_new (Loading, 1);

  *loading = (Loading) { g_object_ref (self), g_strdup (run), func, data };
  leyden_store_list_documents_async (LEYDEN_STORE (self->store), KIND, NULL, loaded_cb, loading);
}

/* ---- Answers ---- */

static LeydenValue *
describe_breakpoints (LeydenActiveRun *active)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "run", active->run);
  leyden_value_builder_set_take (&b, "breakpoints", leyden_debug_get_breakpoints (active->debug));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
describe_debug (LeydenActiveRun *active)
{
  g_autoptr(GPtrArray) paused = leyden_debug_list_paused (active->debug, MAX_PAUSED_TOLD);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "run", active->run);
  leyden_value_builder_set_take (&b, "breakpoints", leyden_debug_get_breakpoints (active->debug));
  leyden_value_builder_set_boolean (&b, "start_paused", leyden_debug_get_start_paused (active->debug));
  leyden_value_builder_set_int (&b, "n_paused", leyden_debug_get_n_paused (active->debug));
  leyden_value_builder_key (&b, "paused");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < paused->len; i++)
    leyden_value_builder_add_string (&b, g_ptr_array_index (paused, i));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Of one that is not under way: what its definition says. */
static LeydenValue *
describe_ended (const LeydenRunRow *row,
                gboolean            whole)
{
  LeydenValue *breakpoints = leyden_value_get_member (row->definition, "breakpoints");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "run", row->run);
  leyden_value_builder_key (&b, "breakpoints");
  if (leyden_value_get_kind (breakpoints) == LEYDEN_VALUE_LIST)
    leyden_value_builder_add (&b, breakpoints);
  else
    {
      leyden_value_builder_begin_list (&b);
      leyden_value_builder_end (&b);
    }
  if (whole)
    {
      leyden_value_builder_set_boolean (&b, "start_paused", FALSE);
      leyden_value_builder_set_int (&b, "n_paused", 0);
      leyden_value_builder_key (&b, "paused");
      leyden_value_builder_begin_list (&b);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

typedef enum
{
  BREAKPOINTS,
  DEBUG,
  REFUSE,
} Wanted;

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  Wanted              wanted;
} Asked;

static Asked *
asked_new (LeydenGateway      *self,
           LeydenHttpExchange *exchange,
           Wanted              wanted)
{
  Asked *asked = g_new (Asked, 1);

  *asked = (Asked) { g_object_ref (self), leyden_http_exchange_ref (exchange), wanted };
  return asked;
}

static void
asked_free (Asked *self)
{
  g_object_unref (self->self);
  leyden_http_exchange_unref (self->exchange);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asked, asked_free)

static void
run_read_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenRunRow) row = leyden_store_get_run_finish (LEYDEN_STORE (object), result, &error);

  if (row == NULL)
    leyden_gateway_respond_gerror (asked->exchange, error);
  else if (asked->wanted == REFUSE)
    leyden_http_exchange_respond_error (asked->exchange, 409, "The run is not under way (%s)", row->state);
  else
    leyden_gateway_respond_take (asked->exchange, 200, describe_ended (row, asked->wanted == DEBUG));
}

/* The run of the path when it is under way; else the request is answered by what is stored. */
static LeydenActiveRun *
find_active (LeydenGateway      *self,
             LeydenHttpExchange *exchange,
             Wanted              otherwise)
{
  const char *run = leyden_http_exchange_get_param (exchange, "run");
  LeydenActiveRun *active = g_hash_table_lookup (self->active, run);

  if (active != NULL && active->live != NULL)
    return active;
  if (active != NULL && otherwise == REFUSE)
    leyden_http_exchange_respond_error (exchange, 409, "The run is just being taken up; try again");
  else
    leyden_store_get_run_async (LEYDEN_STORE (self->store), run, NULL, run_read_cb, asked_new (self, exchange, otherwise));
  return NULL;
}

static void
kept_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(GError) error = NULL;
  LeydenActiveRun *active = g_hash_table_lookup (asked->self->active, leyden_http_exchange_get_param (asked->exchange, "run"));

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      /* The next change tries again. */
      if (active != NULL)
        g_clear_pointer (&active->kept_breakpoints, leyden_value_unref);
      leyden_gateway_respond_gerror (asked->exchange, error);
      return;
    }
  active = find_active (asked->self, asked->exchange, asked->wanted);
  if (active != NULL)
    leyden_gateway_respond_take (asked->exchange, 200, asked->wanted == DEBUG ? describe_debug (active) : describe_breakpoints (active));
}

/* Answered when it is on disk. */
static void
keep_and_answer (LeydenActiveRun    *active,
                 LeydenHttpExchange *exchange,
                 Wanted              wanted)
{
  Asked *asked = asked_new (active->gateway, exchange, wanted);

  if (keep (active, kept_cb, asked))
    return;
  asked_free (asked);
  leyden_gateway_respond_take (exchange, 200, wanted == DEBUG ? describe_debug (active) : describe_breakpoints (active));
}

/* ---- Routes ---- */

void
leyden_gateway_get_breakpoints (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  LeydenActiveRun *active = find_active (self, exchange, BREAKPOINTS);

  if (active != NULL)
    leyden_gateway_respond_take (exchange, 200, describe_breakpoints (active));
}

void
leyden_gateway_get_run_debug (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  LeydenActiveRun *active = find_active (self, exchange, DEBUG);

  if (active != NULL)
    leyden_gateway_respond_take (exchange, 200, describe_debug (active));
}

void
leyden_gateway_put_breakpoints (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  LeydenValue *list = leyden_value_get_member (body, "breakpoints");
  g_autoptr(GError) error = NULL;
  LeydenActiveRun *active;

  if (body == NULL)
    return;
  if (leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"breakpoints\" must be a list");
      return;
    }
  active = find_active (self, exchange, REFUSE);
  if (active == NULL)
    return;
  if (leyden_debug_set_breakpoints (active->debug, active->plan, active->scope, list, &error))
    keep_and_answer (active, exchange, BREAKPOINTS);
  else
    leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
}

static void
continue_all (LeydenActiveRun *active,
              const char      *actor)
{
  g_autoptr(GPtrArray) paused = leyden_debug_list_paused (active->debug, G_MAXINT);

  for (guint i = 0; i < paused->len; i++)
    {
      LeydenRollout *rollout = g_hash_table_lookup (active->rollouts, g_ptr_array_index (paused, i));

      if (rollout != NULL)
        leyden_rollout_debug_command (rollout, LEYDEN_DEBUG_CONTINUE, NULL, actor, NULL, NULL, NULL);
    }
}

/* Who debugged it has left: nothing pauses any more, and what stands goes on or stays. */
void
leyden_gateway_detach_debugger (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *leave = leyden_value_get_member_string (body, "leave", "");
  LeydenActiveRun *active;

  if (body == NULL)
    return;
  if (strcmp (leave, "continue") != 0 && strcmp (leave, "paused") != 0)
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"leave\" must be \"continue\" or \"paused\"");
      return;
    }
  active = find_active (self, exchange, REFUSE);
  if (active == NULL)
    return;
  leyden_debug_set_breakpoints (active->debug, active->plan, active->scope, NULL, NULL);
  leyden_debug_set_start_paused (active->debug, FALSE);
  if (strcmp (leave, "continue") == 0)
    continue_all (active, leyden_gateway_get_actor (exchange));
  keep_and_answer (active, exchange, DEBUG);
}
