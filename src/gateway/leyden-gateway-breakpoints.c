/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breakpoints of runs: kept as documents of the kind "breakpoints" by the run's id, so that the next process has them, with their counts, and
 * that they can be looked at when the run has ended. Retention removes them with the run. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define KIND "breakpoints"
/* Counts of hits, and what is paused, change often: they are written and told this long after the first change. */
#define KEEP_MS 100
/* What could not be written is tried again after this. */
#define RETRY_MS 5000
#define MAX_PAUSED_TOLD 1000

/* ---- The document ---- */

static LeydenValue *
make_document (LeydenActiveRun *active)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_take (&b, "breakpoints", leyden_debug_get_breakpoints (active->debug));
  leyden_value_builder_set_boolean (&b, "paused", leyden_debug_get_start_paused (active->debug));
  leyden_value_builder_set_int (&b, "revision", active->debug_revision);
  if (active->debug_detached)
    leyden_value_builder_set_boolean (&b, "detached", TRUE);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Who waits for it. */
typedef void (*KeptFunc) (const GError *error, gpointer data);

typedef struct
{
  LeydenGateway *gateway;
  char          *run;
  LeydenValue   *document;
  KeptFunc       func;          /* nullable */
  gpointer       data;
} Keeping;

static void
keeping_free (Keeping *self)
{
  g_object_unref (self->gateway);
  leyden_value_unref (self->document);
  g_free (self->run);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Keeping, keeping_free)

static void start_clock (LeydenActiveRun *active, guint ms);

static void
kept_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(Keeping) keeping = data;
  g_autoptr(GError) error = NULL;
  LeydenActiveRun *active = g_hash_table_lookup (keeping->gateway->active, keeping->run);
  gboolean kept = leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error);

  if (active != NULL && kept)
    {
      g_clear_pointer (&active->kept_breakpoints, leyden_value_unref);
      active->kept_breakpoints = leyden_value_ref (keeping->document);
    }
  if (active != NULL && active->written_breakpoints == keeping->document)
    g_clear_pointer (&active->written_breakpoints, leyden_value_unref);
  if (!kept)
    g_warning ("The breakpoints of run %s could not be written: %s", keeping->run, error->message);
  if (active != NULL && active->debug != NULL && !kept)
    start_clock (active, RETRY_MS);
  if (keeping->func != NULL)
    keeping->func (error, keeping->data);
}

/* Calls @func when what stands is on disk; at once when it is. */
static void
keep (LeydenActiveRun *active,
      KeptFunc         func,
      gpointer         data)
{
  g_autoptr(LeydenValue) document = make_document (active);
  Keeping *keeping;

  if (active->gateway->store == NULL
      || (active->written_breakpoints == NULL ? leyden_value_equal (document, active->kept_breakpoints)
                                              : func == NULL && leyden_value_equal (document, active->written_breakpoints)))
    {
      if (func != NULL)
        func (NULL, data);
      return;
    }
  g_clear_pointer (&active->written_breakpoints, leyden_value_unref);
  active->written_breakpoints = leyden_value_ref (document);
  keeping = g_new (Keeping, 1);
  *keeping = (Keeping) { g_object_ref (active->gateway), g_strdup (active->run), leyden_value_ref (document), func, data };
  leyden_store_put_document_async (LEYDEN_STORE (active->gateway->store), KIND, active->run, document, kept_cb, keeping);
}

static void
tell_debug (LeydenActiveRun *active)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "run", active->run);
  leyden_value_builder_set_int (&b, "revision", active->debug_revision);
  leyden_value_builder_set_boolean (&b, "start_paused", leyden_debug_get_start_paused (active->debug));
  leyden_value_builder_set_int (&b, "n_paused", leyden_debug_get_n_paused (active->debug));
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_event_hub_debug_changed (active->gateway->hub, active->run, value);
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
  tell_debug (active);
  keep (active, NULL, NULL);
  return G_SOURCE_REMOVE;
}

static void
start_clock (LeydenActiveRun *active,
             guint            ms)
{
  if (active->keep_clock != NULL)
    return;
  active->keep_clock = g_timeout_source_new (ms);
  g_source_set_callback (active->keep_clock, keep_cb, active, NULL);
  g_source_attach (active->keep_clock, g_main_context_get_thread_default ());
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
  guint n_paused = leyden_debug_get_n_paused (debug);

  /* A hit that pauses is rare, and must not be met again by what starts after a kill. */
  if (n_paused > active->n_paused_seen)
    keep (active, NULL, NULL);
  active->n_paused_seen = n_paused;
  start_clock (active, KEEP_MS);
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
  active->debug_revision = MAX (1, leyden_value_get_member_int (active->kept_breakpoints, "revision", 1));
  active->debug_detached = leyden_value_get_member_boolean (active->kept_breakpoints, "detached", FALSE);
  /* What the definition says needs no document. */
  if (active->kept_breakpoints == NULL)
    active->kept_breakpoints = make_document (active);
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
  if (active->keep_clock != NULL && active->gateway->store != NULL)
    {
      g_autoptr(LeydenValue) document = make_document (active);

      /* Nobody is left to be told. */
      leyden_store_put_document_async (LEYDEN_STORE (active->gateway->store), KIND, active->run, document, NULL, NULL);
    }
  stop_clock (active);
  g_clear_pointer (&active->debug, leyden_debug_unref);
  g_clear_pointer (&active->plan, leyden_plan_unref);
  g_clear_pointer (&active->paused_told, g_hash_table_unref);
  g_clear_pointer (&active->kept_breakpoints, leyden_value_unref);
  g_clear_pointer (&active->written_breakpoints, leyden_value_unref);
  g_free (active->scope);
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
  g_autoptr(LeydenValue) documents = leyden_store_get_document_finish (LEYDEN_STORE (object), result, &error);
  LeydenActiveRun *active = g_hash_table_lookup (loading->self->active, loading->run);
  LeydenValue *document = documents != NULL ? leyden_value_get_member (documents, loading->run) : NULL;

  if (documents == NULL)
    g_warning ("The breakpoints of run %s could not be read: %s", loading->run, error->message);
  if (active != NULL && document != NULL)
    active->kept_breakpoints = leyden_value_ref (document);
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
  leyden_store_get_document_async (LEYDEN_STORE (self->store), KIND, run, NULL, loaded_cb, loading);
}

/* ---- Answers ---- */

/* @list: the breakpoints. @whole: with what is paused; @paused (nullable) has their ids. */
static LeydenValue *
describe (const char  *run,
          LeydenValue *list,
          gint64       revision,
          gboolean     detached,
          gboolean     whole,
          gboolean     start_paused,
          guint        n_paused,
          GPtrArray   *paused)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "run", run);
  leyden_value_builder_set (&b, "breakpoints", list);
  leyden_value_builder_set_int (&b, "revision", revision);
  if (detached)
    leyden_value_builder_set_boolean (&b, "detached", TRUE);
  if (whole)
    {
      leyden_value_builder_set_boolean (&b, "start_paused", start_paused);
      leyden_value_builder_set_int (&b, "n_paused", n_paused);
      leyden_value_builder_key (&b, "paused");
      leyden_value_builder_begin_list (&b);
      for (guint i = 0; paused != NULL && i < paused->len; i++)
        leyden_value_builder_add_string (&b, g_ptr_array_index (paused, i));
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
describe_active (LeydenActiveRun *active,
                 gboolean         whole)
{
  g_autoptr(GPtrArray) paused = leyden_debug_list_paused (active->debug, MAX_PAUSED_TOLD);
  g_autoptr(LeydenValue) list = leyden_debug_get_breakpoints (active->debug);

  return describe (active->run, list, active->debug_revision, active->debug_detached, whole, leyden_debug_get_start_paused (active->debug),
                   leyden_debug_get_n_paused (active->debug), paused);
}

/* Of one that is not under way: as it stood last, else what its definition says. @document: nullable. */
static LeydenValue *
describe_ended (const LeydenRunRow *row,
                LeydenValue        *document,
                gboolean            whole)
{
  LeydenValue *list = leyden_value_get_member (document != NULL ? document : row->definition, "breakpoints");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) none = NULL;

  leyden_value_builder_begin_list (&b);
  leyden_value_builder_end (&b);
  none = leyden_value_builder_end_value (&b);
  return describe (row->run, leyden_value_get_kind (list) == LEYDEN_VALUE_LIST ? list : none,
                   leyden_value_get_member_int (document, "revision", 1), leyden_value_get_member_boolean (document, "detached", FALSE), whole, leyden_value_get_member_boolean (document, "paused", FALSE), 0, NULL);
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
  LeydenRunRow       *row;              /* of one that is not under way; nullable */
} Asked;

static Asked *
asked_new (LeydenGateway      *self,
           LeydenHttpExchange *exchange,
           Wanted              wanted)
{
  Asked *asked = g_new0 (Asked, 1);

  *asked = (Asked) { g_object_ref (self), leyden_http_exchange_ref (exchange), wanted, NULL };
  return asked;
}

static void
asked_free (Asked *self)
{
  g_object_unref (self->self);
  leyden_http_exchange_unref (self->exchange);
  g_clear_pointer (&self->row, leyden_run_row_free);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asked, asked_free)

static void
document_read_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) documents = leyden_store_get_document_finish (LEYDEN_STORE (object), result, &error);

  if (documents == NULL)
    leyden_gateway_respond_gerror (asked->exchange, error);
  else
    leyden_gateway_respond_take (asked->exchange, 200, describe_ended (asked->row, leyden_value_get_member (documents, asked->row->run),
                                                                       asked->wanted == DEBUG));
}

static void
run_read_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(GError) error = NULL;
  const LeydenRunRow *row;

  asked->row = leyden_store_get_run_finish (LEYDEN_STORE (object), result, &error);
  row = asked->row;
  if (row == NULL)
    leyden_gateway_respond_gerror (asked->exchange, error);
  else if (asked->wanted == REFUSE)
    leyden_http_exchange_respond_error (asked->exchange, 409, "%s", _("The run is not under way"));
  else
    leyden_store_get_document_async (LEYDEN_STORE (object), KIND, row->run, NULL, document_read_cb, g_steal_pointer (&asked));
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
    leyden_http_exchange_respond_error (exchange, 409, "%s", _("The run is just being taken up; try again"));
  else
    leyden_store_get_run_async (LEYDEN_STORE (self->store), run, NULL, run_read_cb, asked_new (self, exchange, otherwise));
  return NULL;
}

static void
answer_kept_cb (const GError *error,
                gpointer      data)
{
  g_autoptr(Asked) asked = data;
  LeydenActiveRun *active;

  if (error != NULL)
    {
      leyden_gateway_respond_gerror (asked->exchange, error);
      return;
    }
  active = find_active (asked->self, asked->exchange, asked->wanted);
  if (active != NULL)
    leyden_gateway_respond_take (asked->exchange, 200, describe_active (active, asked->wanted == DEBUG));
}

/* Somebody has set the list: another who looks is told, and the answer comes when it is on disk. */
static void
keep_and_answer (LeydenActiveRun    *active,
                 LeydenHttpExchange *exchange,
                 Wanted              wanted)
{
  active->debug_revision++;
  tell_debug (active);
  keep (active, answer_kept_cb, asked_new (active->gateway, exchange, wanted));
}

/* ---- Routes ---- */

void
leyden_gateway_get_breakpoints (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  LeydenActiveRun *active = find_active (self, exchange, BREAKPOINTS);

  if (active != NULL)
    leyden_gateway_respond_take (exchange, 200, describe_active (active, FALSE));
}

void
leyden_gateway_get_run_debug (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  LeydenActiveRun *active = find_active (self, exchange, DEBUG);

  if (active != NULL)
    leyden_gateway_respond_take (exchange, 200, describe_active (active, TRUE));
}

/* @revision: 0 when none was given: the list takes the place of whatever there is. */
static gboolean
check_put (LeydenValue  *body,
           gint64       *revision,
           GError      **error)
{
  LeydenValue *given = leyden_value_get_member (body, "revision");
  guint n_known = (leyden_value_get_member (body, "breakpoints") != NULL) + (given != NULL);

  *revision = 0;
  if (n_known != leyden_value_get_size (body))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("Only \"breakpoints\" and \"revision\" can be given"));
  else if (leyden_value_get_kind (leyden_value_get_member (body, "breakpoints")) != LEYDEN_VALUE_LIST)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("\"breakpoints\" must be a list"));
  else if (!leyden_value_is_null (given) && (!leyden_value_get_int (given, revision) || *revision < 1))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("\"revision\" must be the one that was told with the list"));
  else
    return TRUE;
  return FALSE;
}

void
leyden_gateway_put_breakpoints (LeydenGateway      *self,
                                LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  g_autoptr(GError) error = NULL;
  LeydenActiveRun *active;
  gint64 revision;

  if (body == NULL)
    return;
  if (!check_put (body, &revision, &error))
    {
      leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
      return;
    }
  active = find_active (self, exchange, REFUSE);
  if (active == NULL)
    return;
  if (revision != 0 && revision != active->debug_revision)
    leyden_http_exchange_respond_error (exchange, 409, "%s", _("Somebody else has changed the breakpoints; look at them again"));
  else if (leyden_debug_set_breakpoints (active->debug, active->plan, active->scope, leyden_value_get_member (body, "breakpoints"), &error))
    {
      active->debug_detached = FALSE;
      keep_and_answer (active, exchange, BREAKPOINTS);
    }
  else
    leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
}

/* Also those that are in the middle of a step, or run to somewhere: nobody would be there when they pause. */
static void
detach_all (LeydenActiveRun *active,
            const char      *actor)
{
  g_autoptr(GList) values = g_hash_table_get_values (active->rollouts);
  g_autolist(LeydenRollout) rollouts = g_list_copy_deep (values, (GCopyFunc) (gpointer) g_object_ref, NULL);

  for (GList *l = rollouts; l != NULL; l = l->next)
    leyden_rollout_debug_detach (l->data, actor);
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
      leyden_http_exchange_respond_error (exchange, 422, "%s", _("\"leave\" must be \"continue\" or \"paused\""));
      return;
    }
  active = find_active (self, exchange, REFUSE);
  if (active == NULL)
    return;
  leyden_debug_set_breakpoints (active->debug, active->plan, active->scope, NULL, NULL);
  leyden_debug_set_start_paused (active->debug, FALSE);
  active->debug_detached = TRUE;
  if (strcmp (leave, "continue") == 0)
    detach_all (active, leyden_gateway_get_actor (exchange));
  keep_and_answer (active, exchange, DEBUG);
}
