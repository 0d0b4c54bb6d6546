/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is the case now: tables that a panel shows beside what was. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

#include "leyden-gateway-insights.h"
#include "leyden-gateway-ops.h"
#include "leyden-mirror.h"
#include "leyden-query.h"
#include "leyden-store-sql.h"

#define NS_A_S G_GINT64_CONSTANT (1000000000)
/* Workers that did nothing for so long are no longer told. */
#define WORKER_S 86400
/* The time of which the calls of an endpoint are told. */
#define CALLS_S  3600

typedef struct
{
  const char *name;
  const char *title;            /* to be translated */
  const char *type;
  const char *unit;             /* nullable */
} Column;

static const Column workers[] = {
  { "worker", N_("Worker"), "text", NULL }, { "held", N_("Rollouts now"), "number", "" }, { "finished", N_("Finished in a day"), "number", "" },
  { "expired", N_("Lost in a day"), "number", "" }, { "since_ns", N_("Busy since"), "time", "ns" }, { "seen_ns", N_("Last began"), "time", "ns" }, { NULL }
};
static const Column mirrors[] = {
  { "name", N_("Mirror"), "text", NULL }, { "url", N_("Address"), "text", NULL }, { "state", N_("State"), "text", NULL },
  { "queued", N_("Queued"), "number", "" }, { "running", N_("Running"), "number", "" }, { "ended", N_("Ended"), "number", "" },
  { "last_poll_ns", N_("Last poll"), "time", "ns" }, { "latency_ms", N_("Answers in"), "number", "ms" }, { "problem", N_("Problem"), "text", NULL }, { NULL }
};
static const Column endpoints[] = {
  { "endpoint", N_("Endpoint"), "text", NULL }, { "address", N_("Address"), "text", NULL }, { "health", N_("Health"), "text", NULL },
  { "calls", N_("Calls in an hour"), "number", "" }, { "errors", N_("Failed in an hour"), "number", "" },
  { "latency_ms", N_("Mean duration"), "number", "ms" }, { "active", N_("Under way"), "number", "" }, { "waiting", N_("Waiting"), "number", "" },
  { "problem", N_("Problem"), "text", NULL }, { NULL }
};
static const Column queues[] = { { "queue", N_("Queue"), "text", NULL }, { "n", N_("Number"), "number", "" }, { NULL } };
static const Column storage[] = {
  { "database_bytes", N_("Database"), "number", "bytes" }, { "log_bytes", N_("Write-ahead log"), "number", "bytes" },
  { "free_bytes", N_("Free on the disk"), "number", "bytes" }, { "rollouts", N_("Rollouts"), "number", "" },
  { "records", N_("Records"), "number", "" }, { "behind", N_("Records not counted yet"), "number", "" }, { NULL }
};

typedef enum { LIVE_WORKERS, LIVE_MIRRORS, LIVE_ENDPOINTS, LIVE_QUEUES, LIVE_STORAGE, N_LIVES } Live;
static const struct { const char *name; const Column *columns; } lives[N_LIVES] = {
  { "workers", workers }, { "mirrors", mirrors }, { "endpoints", endpoints }, { "queues", queues }, { "storage", storage },
};

/* ---- Tables ---- */

static void
begin_table (LeydenValueBuilder *b,
             Live                live)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "shape", "table");
  leyden_value_builder_set_boolean (b, "exact", TRUE);
  leyden_value_builder_set_boolean (b, "truncated", FALSE);
  leyden_value_builder_key (b, "columns");
  leyden_value_builder_begin_list (b);
  for (const Column *column = lives[live].columns; column->name != NULL; column++)
    {
      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "name", column->name);
      leyden_value_builder_set_string (b, "title", _(column->title));
      leyden_value_builder_set_string (b, "type", column->type);
      if (column->unit != NULL)
        leyden_value_builder_set_string (b, "unit", column->unit);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "rows");
  leyden_value_builder_begin_list (b);
}

static LeydenValue *
end_table (LeydenValueBuilder *b)
{
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
  return leyden_value_builder_end_value (b);
}

/* ---- Out of the database, in a thread ---- */

static void
add_column (LeydenValueBuilder *b,
            sqlite3_stmt       *statement,
            int                 column)
{
  switch (sqlite3_column_type (statement, column))
    {
    case SQLITE_INTEGER:
      leyden_value_builder_add_int (b, sqlite3_column_int64 (statement, column));
      break;
    case SQLITE_FLOAT:
      leyden_value_builder_add_double (b, sqlite3_column_double (statement, column));
      break;
    case SQLITE_TEXT:
      leyden_value_builder_add_string (b, (const char *)sqlite3_column_text (statement, column));
      break;
    default:
      leyden_value_builder_add (b, NULL);
      break;
    }
}

/* Rows of @text, whose one parameter is @time. */
static LeydenValue *
read_rows (sqlite3     *db,
           const char  *text,
           gint64       time,
           GError     **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  sqlite3_stmt *statement = leyden_sqlite_prepare (db, text, error);
  g_autoptr(GError) local = NULL;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, time);
  leyden_value_builder_begin_list (&b);
  while (leyden_sqlite_next (statement, &local))
    {
      leyden_value_builder_begin_list (&b);
      for (int c = 0; c < sqlite3_column_count (statement); c++)
        add_column (&b, statement, c);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  sqlite3_finalize (statement);
  if (local == NULL)
    return leyden_value_builder_end_value (&b);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

static gpointer
read_in_thread (sqlite3       *db,
                gpointer       data,
                GCancellable  *cancellable,
                GError       **error)
{
  gint64 now = g_get_real_time () * 1000;

  switch ((Live)GPOINTER_TO_INT (data))
    {
    case LIVE_WORKERS:
      /* The newest leases only: the table of those that have ended has no bound. */
      return read_rows (db, "SELECT worker, sum (ended IS NULL), sum (ended = 'finished'), sum (ended = 'expired'), "
                            "min (CASE WHEN ended IS NULL THEN since_ns END), max (since_ns) FROM leases "
                            "WHERE id > (SELECT ifnull (max (id), 0) FROM leases) - 50000 AND (ended IS NULL OR since_ns > ?) GROUP BY worker ORDER BY worker",
                        now - WORKER_S * NS_A_S, error);
    case LIVE_ENDPOINTS:
      return read_rows (db, "SELECT (SELECT name FROM names WHERE id = endpoint), count (*), sum (error_kind IS NOT NULL), avg (latency_ms) FROM calls "
                            "WHERE time_ns >= ? AND kind = 0 AND cached = 0 GROUP BY endpoint", now - CALLS_S * NS_A_S, error);
    case LIVE_STORAGE:
      return read_rows (db, "SELECT (SELECT count (*) FROM rollout_facts WHERE deleted_ns = 0), (SELECT last_position FROM store), "
                            "(SELECT max (0, (SELECT last_position FROM store) - position) FROM facts_cursor) WHERE ? IS NOT NULL", now, error);
    case LIVE_MIRRORS:
    case LIVE_QUEUES:
    case N_LIVES:
    default:
      return read_rows (db, "SELECT sum (state = 'queuing'), sum (state = 'running') FROM agl_rollouts WHERE hidden = 0 AND listed = 1 "
                            "AND state IN ('queuing', 'running') AND ? IS NOT NULL", now, error);
    }
}

/* ---- Beside what this process knows ---- */

static void
add_mirrors (LeydenGateway      *self,
             LeydenValueBuilder *b)
{
  g_autoptr(GList) ids = g_list_sort (g_hash_table_get_keys (self->mirrors), (GCompareFunc)strcmp);

  for (GList *l = ids; l != NULL; l = l->next)
    {
      g_autoptr(LeydenValue) mirror = leyden_mirror_to_value (g_hash_table_lookup (self->mirrors, l->data));
      LeydenValue *counts = leyden_value_get_member (mirror, "rollouts");

      leyden_value_builder_begin_list (b);
      leyden_value_builder_add (b, leyden_value_get_member (mirror, "name"));
      leyden_value_builder_add (b, leyden_value_get_member (mirror, "url"));
      leyden_value_builder_add (b, leyden_value_get_member (mirror, "state"));
      leyden_value_builder_add (b, leyden_value_get_member (counts, "queued"));
      leyden_value_builder_add (b, leyden_value_get_member (counts, "running"));
      leyden_value_builder_add (b, leyden_value_get_member (counts, "ended"));
      leyden_value_builder_add (b, leyden_value_get_member (mirror, "last_poll"));
      leyden_value_builder_add (b, leyden_value_get_member (mirror, "latency_ms"));
      leyden_value_builder_add (b, leyden_value_get_member (mirror, "error"));
      leyden_value_builder_end (b);
    }
}

/* That of the endpoint's address; NULL: nobody has connected to it yet. */
static LeydenValue *
find_origin (LeydenValue *origins,
             const char  *base_uri)
{
  g_autoptr(GUri) uri = base_uri != NULL ? g_uri_parse (base_uri, G_URI_FLAGS_NONE, NULL) : NULL;
  g_autofree char *host = uri != NULL && g_uri_get_host (uri) != NULL ? g_ascii_strdown (g_uri_get_host (uri), -1) : NULL;
  g_autofree char *name = NULL;

  if (host == NULL)
    return NULL;
  name = g_strdup_printf ("%s://%s:%d", g_uri_get_scheme (uri), host,
                          g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : g_str_equal (g_uri_get_scheme (uri), "https") ? 443 : 80);
  for (guint i = 0; i < leyden_value_get_size (origins); i++)
    if (g_str_equal (leyden_value_get_member_string (leyden_value_get_item (origins, i), "origin", ""), name))
      return leyden_value_get_item (origins, i);
  return NULL;
}

static const char *
tell_health (LeydenValue *origin,
             gint64       n_calls,
             gint64       n_errors)
{
  const char *breaker = leyden_value_get_member_string (origin, "breaker", "closed");

  if (g_str_equal (breaker, "open"))
    return C_("endpoint", "Cut off after failures");
  if (g_str_equal (breaker, "trial"))
    return C_("endpoint", "Tried again");
  if (n_calls == 0)
    return C_("endpoint", "Not used");
  return n_errors == 0 ? C_("endpoint", "Good") : n_errors < n_calls ? C_("endpoint", "Some calls fail") : C_("endpoint", "All calls fail");
}

static LeydenValue *
find_row (LeydenValue *rows,
          const char  *name)
{
  for (guint i = 0; i < leyden_value_get_size (rows); i++)
    if (g_strcmp0 (leyden_value_get_string (leyden_value_get_item (leyden_value_get_item (rows, i), 0), NULL), name) == 0)
      return leyden_value_get_item (rows, i);
  return NULL;
}

static void
add_endpoints (LeydenGateway      *self,
               LeydenValue        *rows,
               LeydenValueBuilder *b)
{
  g_autoptr(GPtrArray) names = leyden_models_list_endpoints (self->models);
  g_autoptr(LeydenValue) origins = leyden_models_list_origins (self->models);

  for (guint i = 0; i < names->len; i++)
    {
      g_autoptr(LeydenValue) endpoint = leyden_endpoint_to_value (leyden_models_get_endpoint (self->models, names->pdata[i]));
      const char *address = leyden_value_get_member_string (endpoint, "base_uri", NULL);
      LeydenValue *row = find_row (rows, names->pdata[i]), *origin = find_origin (origins, address);
      gint64 n_calls = 0, n_errors = 0;

      leyden_value_get_int (leyden_value_get_item (row, 1), &n_calls);
      leyden_value_get_int (leyden_value_get_item (row, 2), &n_errors);
      leyden_value_builder_begin_list (b);
      leyden_value_builder_add_string (b, names->pdata[i]);
      leyden_value_builder_add_string (b, address);
      leyden_value_builder_add_string (b, tell_health (origin, n_calls, n_errors));
      leyden_value_builder_add_int (b, n_calls);
      leyden_value_builder_add_int (b, n_errors);
      leyden_value_builder_add (b, leyden_value_get_item (row, 3));
      leyden_value_builder_add_int (b, leyden_value_get_member_int (origin, "active", 0));
      leyden_value_builder_add_int (b, leyden_value_get_member_int (origin, "waiting", 0));
      leyden_value_builder_add (b, leyden_value_get_member (origin, "failure"));
      leyden_value_builder_end (b);
    }
}

static void
add_queue (LeydenValueBuilder *b,
           const char         *name,
           gint64              n)
{
  leyden_value_builder_begin_list (b);
  leyden_value_builder_add_string (b, name);
  leyden_value_builder_add_int (b, n);
  leyden_value_builder_end (b);
}

static gint64
count_waiting_calls (LeydenGateway *self)
{
  g_autoptr(LeydenValue) origins = leyden_models_list_origins (self->models);
  gint64 n = 0;

  for (guint i = 0; i < leyden_value_get_size (origins); i++)
    n += leyden_value_get_member_int (leyden_value_get_item (origins, i), "waiting", 0);
  return n;
}

static void
add_queues (LeydenGateway      *self,
            LeydenValue        *rows,
            LeydenValueBuilder *b)
{
  LeydenValue *counts = leyden_value_get_item (rows, 0);
  gint64 n_queued = 0, n_running = 0, n_rollouts = 0;
  GHashTableIter iter;
  gpointer active;

  leyden_value_get_int (leyden_value_get_item (counts, 0), &n_queued);
  leyden_value_get_int (leyden_value_get_item (counts, 1), &n_running);
  g_hash_table_iter_init (&iter, self->active);
  while (g_hash_table_iter_next (&iter, NULL, &active))
    if (((LeydenActiveRun *)active)->rollouts != NULL)
      n_rollouts += g_hash_table_size (((LeydenActiveRun *)active)->rollouts);
  add_queue (b, _("Rollouts that wait for a worker"), n_queued);
  add_queue (b, _("Rollouts at workers and agents"), n_running);
  add_queue (b, _("Leases held by workers"), self->n_leases);
  add_queue (b, _("Runs under way"), g_hash_table_size (self->active));
  add_queue (b, _("Rollouts of runs under way"), n_rollouts);
  add_queue (b, _("Trainings under way"), leyden_gateway_count_experiments (self));
  add_queue (b, _("Model calls that wait for a connection"), count_waiting_calls (self));
  add_queue (b, _("Model calls of agents under way"), leyden_proxy_get_n_inflight (self->proxy));
  add_queue (b, _("Requests that wait for an answer"), leyden_ops_count_handling (self->ops));
}

static gint64
file_size (const char *path)
{
  struct stat status;

  return stat (path, &status) == 0 ? status.st_size : 0;
}

static void
add_storage (LeydenGateway      *self,
             LeydenValue        *rows,
             LeydenValueBuilder *b)
{
  LeydenValue *counts = leyden_value_get_item (rows, 0);
  g_autofree char *log = g_strconcat (self->database, "-wal", NULL);

  leyden_value_builder_begin_list (b);
  leyden_value_builder_add_int (b, file_size (self->database));
  leyden_value_builder_add_int (b, file_size (log));
  leyden_value_builder_add_int (b, (gint64)leyden_ops_check_disk (self->ops).free_bytes);
  for (guint i = 0; i < 3; i++)
    leyden_value_builder_add (b, leyden_value_get_item (counts, i));
  leyden_value_builder_end (b);
}

static LeydenValue *
make_table (LeydenGateway *self,
            Live           live,
            LeydenValue   *rows)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  begin_table (&b, live);
  switch (live)
    {
    case LIVE_MIRRORS:
      add_mirrors (self, &b);
      break;
    case LIVE_ENDPOINTS:
      add_endpoints (self, rows, &b);
      break;
    case LIVE_QUEUES:
      add_queues (self, rows, &b);
      break;
    case LIVE_STORAGE:
      add_storage (self, rows, &b);
      break;
    case LIVE_WORKERS:
    case N_LIVES:
    default:
      for (guint i = 0; i < leyden_value_get_size (rows); i++)
        leyden_value_builder_add (&b, leyden_value_get_item (rows, i));
      break;
    }
  return end_table (&b);
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(GTask) task = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) rows = leyden_sqlite_store_select_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  LeydenGateway *self = g_task_get_source_object (task);

  if (rows == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  /* The end came between. */
  else if (self->server == NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The backend ends");
  else
    g_task_return_pointer (task, make_table (self, GPOINTER_TO_INT (g_task_get_task_data (task)), rows), (GDestroyNotify)leyden_value_unref);
}

void
leyden_gateway_query_live_async (LeydenGateway       *self,
                                 LeydenValue         *query,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             data)
{
  const char *name = leyden_value_get_member_string (query, "live", "");
  GTask *task = g_task_new (self, cancellable, callback, data);
  Live live = 0;

  g_task_set_source_tag (task, leyden_gateway_query_live_async);
  while (live < N_LIVES && !g_str_equal (lives[live].name, name))
    live++;
  if (live == N_LIVES)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("“live” is workers, mirrors, endpoints, queues or storage"));
      g_object_unref (task);
      return;
    }
  g_task_set_task_data (task, GINT_TO_POINTER (live), NULL);
  leyden_sqlite_store_select_async (self->store, read_in_thread, GINT_TO_POINTER (live), NULL, (GDestroyNotify)leyden_value_unref, LEYDEN_SQL_LIMIT_MS,
                                    cancellable, read_cb, task);
}

LeydenValue *
leyden_gateway_query_live_finish (LeydenGateway  *self,
                                  GAsyncResult   *result,
                                  GError        **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
