/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-sources.h"

#include <string.h>

#include "leyden-backend.h"
#include "leyden-id.h"

#define MAX_PROMQL 20000
#define MAX_FILTER 4000
#define BUCKETS 300
#define DAY_NS (G_GINT64_CONSTANT (86400) * 1000000000)
#define RUNS 20
#define MAX_RUNS 50
#define MAX_TABLE_RUNS 1000
#define MAX_EXPERIMENTS 1000
/* Of runs that have ended. */
#define MAX_HISTORIES 500

/* One question on its way. */
typedef struct
{
  LeydenSource      *source;
  LeydenSourceShape  shape;
  gint64             from_ns;
  gint64             to_ns;
  guint              limit;
  char              *promql;            /* NULL: MLflow is asked */
  gint64             step_s;            /* over time */
  char              *experiment;        /* name or id; NULL: their list */
  char              *key;               /* of a metric; nullable */
  char              *filter;            /* nullable */
  guint              n_runs;
  GPtrArray         *runs;              /* LeydenMlflowRun */
  GArray           **histories;         /* of each; NULL: none */
  guint              n_waiting;
  GError            *error;
} Question;

static void
question_free (gpointer data)
{
  Question *self = data;

  for (guint i = 0; self->histories != NULL && i < self->runs->len; i++)
    if (self->histories[i] != NULL)
      g_array_unref (self->histories[i]);
  g_free (self->histories);
  g_clear_pointer (&self->source, leyden_source_unref);
  g_clear_pointer (&self->runs, g_ptr_array_unref);
  g_clear_error (&self->error);
  g_free (self->promql);
  g_free (self->experiment);
  g_free (self->key);
  g_free (self->filter);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

gboolean
leyden_gateway_is_source_query (LeydenValue *query)
{
  return leyden_value_get_member (query, "source") != NULL;
}

/* ---- Reading the question ---- */

static gboolean
refuse (GError     **error,
        const char  *text)
{
  g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, text);
  return FALSE;
}

/* Text of 1 to @max bytes; absent where it need not be. */
static gboolean
read_text (LeydenValue  *object,
           const char   *name,
           gsize         max,
           gboolean      required,
           char        **out,
           GError      **error)
{
  gsize length = 0;
  LeydenValue *value = leyden_value_get_member (object, name);
  const char *text = leyden_value_get_string (value, &length);

  if (text != NULL && length > 0 && length <= max && strlen (text) == length)
    {
      *out = g_strdup (text);
      return TRUE;
    }
  if (!required && (leyden_value_is_null (value) || (text != NULL && length == 0)))
    return TRUE;
  g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, "\"%s\" must be text of 1 to %u bytes", name, (guint)max);
  return FALSE;
}

static gboolean
read_number (LeydenValue  *object,
             const char   *name,
             gint64        minimum,
             gint64        maximum,
             gint64       *out,
             GError      **error)
{
  LeydenValue *value = leyden_value_get_member (object, name);

  if (leyden_value_is_null (value))
    return TRUE;
  if (leyden_value_get_int (value, out) && *out >= minimum && *out <= maximum)
    return TRUE;
  g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION,
               "\"%s\" must be a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, name, minimum, maximum);
  return FALSE;
}

/* "interval": seconds or a word; else so many "buckets". */
static gint64
find_step (LeydenValue *query,
           gint64       from_ns,
           gint64       to_ns,
           gint64       buckets)
{
  static const struct { const char *word; gint64 seconds; } words[] = { { "hour", 3600 }, { "day", 86400 }, { "week", 7 * 86400 }, { "month", 30 * 86400 } };
  LeydenValue *interval = leyden_value_get_member (query, "interval");
  const char *text = leyden_value_get_string (interval, NULL);
  gint64 least = leyden_prometheus_get_step (from_ns, to_ns, LEYDEN_PROMETHEUS_MAX_POINTS);
  gint64 seconds = 0;

  for (gsize i = 0; text != NULL && i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i].word, text) == 0)
      seconds = words[i].seconds;
  if (text == NULL)
    leyden_value_get_int (interval, &seconds);
  return seconds > 0 ? MAX (seconds, least) : leyden_prometheus_get_step (from_ns, to_ns, buckets);
}

static gboolean
read_range (Question     *self,
            LeydenValue  *query,
            GError      **error)
{
  gint64 buckets = BUCKETS, limit = LEYDEN_SOURCE_SERIES;

  self->to_ns = leyden_time_now_ns ();
  if (!read_number (query, "from", 0, G_MAXINT64 / 2, &self->from_ns, error) || !read_number (query, "to", 0, G_MAXINT64 / 2, &self->to_ns, error)
      || !read_number (query, "buckets", 1, LEYDEN_PROMETHEUS_MAX_POINTS - 1, &buckets, error)
      || !read_number (query, "limit", 1, LEYDEN_SOURCE_MAX_SERIES, &limit, error))
    return FALSE;
  self->limit = (guint)limit;
  if (self->promql == NULL)
    return TRUE;
  /* From the first fact on: nobody knows when that was elsewhere. */
  if (self->from_ns == 0)
    self->from_ns = MAX (self->to_ns - DAY_NS, 0);
  if (self->from_ns >= self->to_ns && self->shape == LEYDEN_SOURCE_TIME)
    return refuse (error, "\"from\" must be before \"to\"");
  self->step_s = find_step (query, self->from_ns, self->to_ns, buckets);
  return TRUE;
}

static gboolean
read_mlflow (Question     *self,
             LeydenValue  *query,
             GError      **error)
{
  LeydenValue *what = leyden_value_get_member (query, "mlflow");
  gboolean by_time = g_strcmp0 (leyden_value_get_member_string (what, "x", "step"), "time") == 0;
  gint64 n_runs = RUNS;

  if (leyden_value_get_kind (what) != LEYDEN_VALUE_OBJECT)
    return refuse (error, "\"mlflow\" must be an object with an \"experiment\"");
  if (leyden_value_get_member_boolean (what, "experiments", FALSE))
    {
      self->shape = LEYDEN_SOURCE_TABLE;
      return TRUE;
    }
  if (leyden_value_get_member (query, "shape") == NULL || self->shape == LEYDEN_SOURCE_TIME)
    self->shape = by_time ? LEYDEN_SOURCE_TIME : LEYDEN_SOURCE_STEP;
  if (leyden_value_get_member_boolean (what, "table", FALSE))
    self->shape = LEYDEN_SOURCE_TABLE;
  if (!read_text (what, "experiment", MAX_FILTER, TRUE, &self->experiment, error)
      || !read_text (what, "metric", MAX_FILTER, self->shape != LEYDEN_SOURCE_TABLE, &self->key, error)
      || !read_text (what, "filter", MAX_FILTER, FALSE, &self->filter, error) || !read_number (what, "runs", 1, MAX_TABLE_RUNS, &n_runs, error))
    return FALSE;
  self->n_runs = self->shape == LEYDEN_SOURCE_STEP || self->shape == LEYDEN_SOURCE_TIME ? (guint)MIN (n_runs, MAX_RUNS) : (guint)n_runs;
  return TRUE;
}

static Question *
read_question (LeydenGateway  *self,
               LeydenValue    *query,
               GError        **error)
{
  g_autoptr(Question) question = g_new0 (Question, 1);
  const char *name = leyden_value_get_member_string (query, "source", "");
  const char *shape = leyden_value_get_member_string (query, "shape", "time");
  LeydenSource *source = g_hash_table_lookup (self->sources, name);

  if (source == NULL)
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, "There is no source \"%s\"", name);
      return NULL;
    }
  question->source = leyden_source_ref (source);
  if (!leyden_source_shape_from_string (shape, &question->shape))
    {
      refuse (error, "\"shape\" must be \"time\", \"step\", \"value\", \"groups\" or \"table\"");
      return NULL;
    }
  if (source->is_mlflow)
    return read_mlflow (question, query, error) && read_range (question, query, error) ? g_steal_pointer (&question) : NULL;
  if (question->shape == LEYDEN_SOURCE_STEP)
    {
      refuse (error, "A Prometheus server knows no steps");
      return NULL;
    }
  return read_text (query, "promql", MAX_PROMQL, TRUE, &question->promql, error) && read_range (question, query, error) ? g_steal_pointer (&question) : NULL;
}

/* ---- Answers ---- */

/* Takes @task. A key that was refused is looked up anew the next time. */
static void
fail (GTask  *task,
      GError *error)
{
  Question *question = g_task_get_task_data (task);

  if (g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_AUTH))
    leyden_source_close (question->source);
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
succeed (GTask       *task,
         LeydenValue *result)
{
  g_task_return_pointer (task, result, (GDestroyNotify)leyden_value_unref);
  g_object_unref (task);
}

static void
prometheus_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  GTask *task = data;
  Question *question = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(LeydenPrometheusAnswer) answer = leyden_prometheus_client_query_finish (LEYDEN_PROMETHEUS_CLIENT (object), result, &error);

  if (answer == NULL)
    fail (task, error);
  else
    succeed (task, leyden_source_result_of_prometheus (answer, question->shape, question->promql,
                                                       question->shape == LEYDEN_SOURCE_TIME ? question->step_s : 0, question->limit));
}

static void
ask_prometheus (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  LeydenPrometheusClient *client = question->source->prometheus;
  gint64 step_ns = question->step_s * G_GINT64_CONSTANT (1000000000);

  /* On multiples of the step, so that the same points come again when a little later is asked. */
  if (question->shape == LEYDEN_SOURCE_TIME)
    leyden_prometheus_client_query_range_async (client, question->promql, question->from_ns / step_ns * step_ns, question->to_ns, question->step_s,
                                                g_task_get_cancellable (task), prometheus_cb, task);
  else
    leyden_prometheus_client_query_async (client, question->promql, question->to_ns, g_task_get_cancellable (task), prometheus_cb, task);
}

/* ---- MLflow: experiment, runs, histories ---- */

typedef struct
{
  GTask *task;
  guint  i;
} Asked;

static char *
make_cache_key (const Question *question,
                guint           i)
{
  return g_strdup_printf ("%s %s", ((LeydenMlflowRun *)question->runs->pdata[i])->id, question->key);
}

static gboolean
has_ended (const LeydenMlflowRun *run)
{
  return strcmp (run->status, "FINISHED") == 0 || strcmp (run->status, "FAILED") == 0 || strcmp (run->status, "KILLED") == 0;
}

static void
histories_done (GTask *task)
{
  Question *question = g_task_get_task_data (task);

  if (question->error != NULL)
    fail (task, g_steal_pointer (&question->error));
  else
    succeed (task, leyden_source_result_of_history (question->runs, question->histories, question->key, question->shape,
                                                    question->shape == LEYDEN_SOURCE_TIME ? question->from_ns : 0,
                                                    question->shape == LEYDEN_SOURCE_TIME ? question->to_ns : 0));
}

static void
keep_history (Question *question,
              guint     i)
{
  GHashTable *kept = question->source->histories;

  if (!has_ended (question->runs->pdata[i]))
    return;
  if (g_hash_table_size (kept) >= MAX_HISTORIES)
    g_hash_table_remove_all (kept);
  g_hash_table_insert (kept, make_cache_key (question, i), g_array_ref (question->histories[i]));
}

static void
history_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Asked *asked = data;
  GTask *task = asked->task;
  Question *question = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  question->histories[asked->i] = leyden_mlflow_client_get_history_finish (LEYDEN_MLFLOW_CLIENT (object), result, &error);
  if (question->histories[asked->i] != NULL)
    keep_history (question, asked->i);
  else if (question->error == NULL)
    question->error = g_steal_pointer (&error);
  g_free (asked);
  if (--question->n_waiting == 0)
    histories_done (task);
}

static void
ask_histories (GTask *task)
{
  Question *question = g_task_get_task_data (task);

  question->histories = g_new0 (GArray *, MAX (question->runs->len, 1));
  /* Ours, so that none that is answered at once ends it. */
  question->n_waiting = 1;
  for (guint i = 0; i < question->runs->len; i++)
    {
      LeydenMlflowRun *run = question->runs->pdata[i];
      g_autofree char *key = make_cache_key (question, i);
      GArray *kept = g_hash_table_lookup (question->source->histories, key);
      Asked *asked;

      if (leyden_value_get_member (run->metrics, question->key) == NULL)
        continue;
      if (kept != NULL)
        {
          question->histories[i] = g_array_ref (kept);
          continue;
        }
      asked = g_new (Asked, 1);
      *asked = (Asked) { task, i };
      question->n_waiting++;
      leyden_mlflow_client_get_history_async (question->source->mlflow, run->id, question->key, LEYDEN_SOURCE_MAX_POINTS, g_task_get_cancellable (task),
                                              history_cb, asked);
    }
  if (--question->n_waiting == 0)
    histories_done (task);
}

static void
runs_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  GTask *task = data;
  Question *question = g_task_get_task_data (task);
  GError *error = NULL;

  question->runs = leyden_mlflow_client_search_runs_finish (LEYDEN_MLFLOW_CLIENT (object), result, &error);
  if (question->runs == NULL)
    fail (task, error);
  else if (question->shape == LEYDEN_SOURCE_TIME || question->shape == LEYDEN_SOURCE_STEP)
    ask_histories (task);
  else
    succeed (task, leyden_source_result_of_runs (question->runs, question->key, question->shape));
}

static const char *
find_experiment (GPtrArray  *experiments,
                 const char *wanted)
{
  for (guint i = 0; i < experiments->len; i++)
    if (strcmp (((LeydenMlflowExperiment *)experiments->pdata[i])->name, wanted) == 0)
      return ((LeydenMlflowExperiment *)experiments->pdata[i])->id;
  for (guint i = 0; i < experiments->len; i++)
    if (strcmp (((LeydenMlflowExperiment *)experiments->pdata[i])->id, wanted) == 0)
      return wanted;
  return NULL;
}

static void
experiments_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  GTask *task = data;
  Question *question = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GPtrArray) experiments = leyden_mlflow_client_list_experiments_finish (LEYDEN_MLFLOW_CLIENT (object), result, &error);
  const char *id;

  if (experiments == NULL)
    {
      fail (task, error);
      return;
    }
  if (question->experiment == NULL)
    {
      succeed (task, leyden_source_result_of_experiments (experiments));
      return;
    }
  id = find_experiment (experiments, question->experiment);
  if (id != NULL)
    leyden_mlflow_client_search_runs_async (LEYDEN_MLFLOW_CLIENT (object), id, question->filter, question->n_runs, g_task_get_cancellable (task),
                                            runs_cb, task);
  else
    fail (task, g_error_new (LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_NOT_FOUND, "The server has no experiment \"%s\"", question->experiment));
}

/* ---- Asking ---- */

static void
opened_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  GTask *task = data;
  Question *question = g_task_get_task_data (task);
  GError *error = NULL;

  if (!leyden_source_open_finish (question->source, result, &error))
    fail (task, error);
  else if (question->promql != NULL)
    ask_prometheus (task);
  else
    leyden_mlflow_client_list_experiments_async (question->source->mlflow, MAX_EXPERIMENTS, g_task_get_cancellable (task), experiments_cb, task);
}

void
leyden_gateway_query_source_async (LeydenGateway       *self,
                                   LeydenValue         *query,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  GError *error = NULL;
  Question *question = read_question (self, query, &error);

  g_task_set_source_tag (task, leyden_gateway_query_source_async);
  if (question == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  g_task_set_task_data (task, question, question_free);
  leyden_source_open_async (question->source, self->secrets, cancellable, opened_cb, task);
}

LeydenValue *
leyden_gateway_query_source_finish (LeydenGateway  *self,
                                    GAsyncResult   *result,
                                    GError        **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
