/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-source-result.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define NS_PER_S G_GINT64_CONSTANT (1000000000)
#define MAX_COLUMNS 60
#define MAX_ROWS 10000

gboolean
leyden_source_shape_from_string (const char        *text,
                                 LeydenSourceShape *shape)
{
  static const char * const names[] = { "time", "step", "value", "groups", "table" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (names[i], text) == 0)
      {
        *shape = i;
        return TRUE;
      }
  return FALSE;
}

/* ---- What is counted while it is written ---- */

typedef struct
{
  LeydenValueBuilder *b;
  guint               n_points;
  guint               n_invalid;
} Out;

static void
add_value (Out    *out,
           double  value)
{
  out->n_points++;
  if (!isfinite (value))
    out->n_invalid++;
  leyden_value_builder_add_double (out->b, value);
}

static const char *
shape_name (LeydenSourceShape shape)
{
  static const char * const names[] = { "time", "step", "value", "groups", "table" };

  return names[shape];
}

static void
begin_result (LeydenValueBuilder *b,
              LeydenSourceShape   shape,
              const char         *title)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "shape", shape_name (shape));
  leyden_value_builder_set_string (b, "unit", "");
  if (title != NULL)
    leyden_value_builder_set_string (b, "title", title);
}

static LeydenValue *
end_result (Out         *out,
            gboolean     truncated,
            char       **warnings)
{
  LeydenValueBuilder *b = out->b;

  leyden_value_builder_set_boolean (b, "exact", TRUE);
  leyden_value_builder_set_int (b, "n_points", out->n_points);
  leyden_value_builder_set_int (b, "invalid", out->n_invalid);
  leyden_value_builder_set_boolean (b, "truncated", truncated);
  leyden_value_builder_key (b, "warnings");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; warnings != NULL && warnings[i] != NULL; i++)
    leyden_value_builder_add_string (b, warnings[i]);
  leyden_value_builder_end (b);
  leyden_value_builder_set_string (b, "simulated", "none");
  leyden_value_builder_end (b);
  return leyden_value_builder_end_value (b);
}

static void
add_column (LeydenValueBuilder *b,
            const char         *name,
            const char         *title,
            const char         *type)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", name);
  leyden_value_builder_set_string (b, "title", title);
  leyden_value_builder_set_string (b, "type", type);
  leyden_value_builder_end (b);
}

/* ---- Prometheus ---- */

/* up{job="leyden"} as "up job=leyden". */
static char *
name_series (LeydenValue *labels,
             const char  *promql)
{
  const char *metric = leyden_value_get_member_string (labels, "__name__", NULL);
  GString *name = g_string_new (metric);

  for (guint i = 0; i < leyden_value_get_size (labels); i++)
    {
      const char *key = leyden_value_get_key (labels, i);

      if (strcmp (key, "__name__") != 0)
        g_string_append_printf (name, "%s%s=%s", name->len > 0 ? " " : "", key, leyden_value_get_member_string (labels, key, ""));
    }
  if (name->len == 0)
    g_string_append (name, promql);
  return g_string_free (name, FALSE);
}

static const LeydenPrometheusPoint *
point_at (const LeydenPrometheusSeries *series,
          guint                         i)
{
  return &g_array_index (series->points, LeydenPrometheusPoint, i);
}

/* A line must not go on where there was nothing: a point without a value stands in every gap. */
static gboolean
is_gap (const LeydenPrometheusSeries *series,
        guint                         i,
        gint64                        step_s)
{
  return step_s > 0 && i > 0 && point_at (series, i)->time_ns - point_at (series, i - 1)->time_ns > step_s * NS_PER_S * 3 / 2;
}

static void
add_line (Out                          *out,
          const LeydenPrometheusSeries *series,
          const char                   *promql,
          gint64                        step_s)
{
  g_autofree char *name = name_series (series->labels, promql);
  LeydenValueBuilder *b = out->b;

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", name);
  leyden_value_builder_set (b, "labels", series->labels);
  leyden_value_builder_key (b, "x");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < series->points->len; i++)
    {
      if (is_gap (series, i, step_s))
        leyden_value_builder_add_int (b, point_at (series, i - 1)->time_ns + step_s * NS_PER_S);
      leyden_value_builder_add_int (b, point_at (series, i)->time_ns);
    }
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "y");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < series->points->len; i++)
    {
      if (is_gap (series, i, step_s))
        leyden_value_builder_add (b, NULL);
      add_value (out, point_at (series, i)->value);
    }
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

static double
last_of (const LeydenPrometheusSeries *series)
{
  return series->points->len > 0 ? point_at (series, series->points->len - 1)->value : NAN;
}

/* One series with a bar of each. */
static void
add_bars (Out                          *out,
          const LeydenPrometheusAnswer *answer,
          const char                   *promql,
          guint                         n)
{
  LeydenValueBuilder *b = out->b;

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", promql);
  leyden_value_builder_key (b, "labels");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "x");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < n; i++)
    {
      const LeydenPrometheusSeries *series = answer->series->pdata[i];
      g_autofree char *name = name_series (series->labels, promql);

      leyden_value_builder_add_string (b, name);
    }
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "y");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < n; i++)
    add_value (out, last_of (answer->series->pdata[i]));
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

/* Labels as columns, in the order in which they are met. */
static GPtrArray *
list_labels (const LeydenPrometheusAnswer *answer,
             guint                         n)
{
  GPtrArray *names = g_ptr_array_new ();
  g_autoptr(GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < n; i++)
    {
      LeydenValue *labels = ((LeydenPrometheusSeries *)answer->series->pdata[i])->labels;

      for (guint j = 0; j < leyden_value_get_size (labels) && names->len < MAX_COLUMNS; j++)
        if (g_hash_table_add (known, (gpointer)leyden_value_get_key (labels, j)))
          g_ptr_array_add (names, (gpointer)leyden_value_get_key (labels, j));
    }
  return names;
}

static void
add_table (Out                          *out,
           const LeydenPrometheusAnswer *answer,
           guint                         n)
{
  g_autoptr(GPtrArray) names = list_labels (answer, n);
  LeydenValueBuilder *b = out->b;

  leyden_value_builder_key (b, "columns");
  leyden_value_builder_begin_list (b);
  for (guint j = 0; j < names->len; j++)
    add_column (b, names->pdata[j], strcmp (names->pdata[j], "__name__") == 0 ? _("Metric") : names->pdata[j], "text");
  add_column (b, "value", _("Value"), "number");
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "rows");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < n; i++)
    {
      const LeydenPrometheusSeries *series = answer->series->pdata[i];

      leyden_value_builder_begin_list (b);
      for (guint j = 0; j < names->len; j++)
        leyden_value_builder_add (b, leyden_value_get_member (series->labels, names->pdata[j]));
      add_value (out, last_of (series));
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_source_result_of_prometheus (const LeydenPrometheusAnswer *answer,
                                    LeydenSourceShape             shape,
                                    const char                   *promql,
                                    gint64                        step_s,
                                    guint                         limit)
{
  guint most = shape == LEYDEN_SOURCE_TABLE ? MAX_ROWS : CLAMP (limit, 1, LEYDEN_SOURCE_MAX_SERIES);
  guint n = MIN (answer->series->len, most);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  Out out = { &b, 0, 0 };

  begin_result (&b, shape, NULL);
  if (shape == LEYDEN_SOURCE_TIME && step_s > 0)
    leyden_value_builder_set_int (&b, "interval_s", step_s);
  if (shape == LEYDEN_SOURCE_TABLE)
    add_table (&out, answer, n);
  else
    {
      leyden_value_builder_key (&b, "series");
      leyden_value_builder_begin_list (&b);
      if (shape == LEYDEN_SOURCE_GROUPS)
        add_bars (&out, answer, promql, n);
      for (guint i = 0; shape != LEYDEN_SOURCE_GROUPS && i < n; i++)
        add_line (&out, answer->series->pdata[i], promql, step_s);
      leyden_value_builder_end (&b);
    }
  return end_result (&out, n < answer->series->len, answer->warnings);
}

/* ---- MLflow ---- */

static LeydenMlflowRun *
run_at (GPtrArray *runs,
        guint      i)
{
  return runs->pdata[i];
}

/* Name, and enough of the id where another has the name too. */
static char *
name_run (GPtrArray *runs,
          guint      i)
{
  for (guint j = 0; j < runs->len; j++)
    if (j != i && strcmp (run_at (runs, i)->name, run_at (runs, j)->name) == 0)
      return g_strdup_printf ("%s (%.6s)", run_at (runs, i)->name, run_at (runs, i)->id);
  return g_strdup (run_at (runs, i)->name);
}

static void
set_run_labels (LeydenValueBuilder *b,
                const LeydenMlflowRun *run)
{
  leyden_value_builder_key (b, "labels");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "run", run->id);
  leyden_value_builder_end (b);
}

static gboolean
is_shown (const LeydenMlflowPoint *point,
          LeydenSourceShape        shape,
          gint64                   from_ns,
          gint64                   to_ns)
{
  return shape == LEYDEN_SOURCE_STEP || ((from_ns == 0 || point->time_ns >= from_ns) && (to_ns == 0 || point->time_ns < to_ns));
}

/* A server gives them as they were logged: steps may come again, and in any order. */
static int
compare_points (gconstpointer a,
                gconstpointer b,
                gpointer      data)
{
  const LeydenMlflowPoint *x = a, *y = b;
  gboolean by_step = *(const LeydenSourceShape *)data == LEYDEN_SOURCE_STEP;
  gint64 p = by_step ? x->step : x->time_ns, q = by_step ? y->step : y->time_ns;

  if (p != q)
    return p < q ? -1 : 1;
  return x->time_ns != y->time_ns ? (x->time_ns < y->time_ns ? -1 : 1) : 0;
}

static void
add_history (Out               *out,
             GPtrArray         *runs,
             guint              at,
             const GArray      *history,
             LeydenSourceShape  shape,
             gint64             from_ns,
             gint64             to_ns)
{
  g_autoptr(GArray) points = g_array_new (FALSE, FALSE, sizeof (LeydenMlflowPoint));
  g_autofree char *name = name_run (runs, at);
  LeydenValueBuilder *b = out->b;

  for (guint i = 0; i < history->len; i++)
    if (is_shown (&g_array_index (history, LeydenMlflowPoint, i), shape, from_ns, to_ns))
      g_array_append_val (points, g_array_index (history, LeydenMlflowPoint, i));
  g_array_sort_with_data (points, compare_points, &shape);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", name);
  set_run_labels (b, run_at (runs, at));
  leyden_value_builder_key (b, "x");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < points->len; i++)
    {
      const LeydenMlflowPoint *point = &g_array_index (points, LeydenMlflowPoint, i);

      leyden_value_builder_add_int (b, shape == LEYDEN_SOURCE_STEP ? point->step : point->time_ns);
    }
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "y");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < points->len; i++)
    add_value (out, g_array_index (points, LeydenMlflowPoint, i).value);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_source_result_of_history (GPtrArray         *runs,
                                 GArray * const    *histories,
                                 const char        *key,
                                 LeydenSourceShape  shape,
                                 gint64             from_ns,
                                 gint64             to_ns)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  Out out = { &b, 0, 0 };
  gboolean truncated = FALSE;

  begin_result (&b, shape, key);
  leyden_value_builder_key (&b, "series");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < runs->len; i++)
    if (histories[i] != NULL)
      {
        add_history (&out, runs, i, histories[i], shape, from_ns, to_ns);
        truncated = truncated || histories[i]->len >= LEYDEN_SOURCE_MAX_POINTS;
      }
  leyden_value_builder_end (&b);
  return end_result (&out, truncated, NULL);
}

static double
value_of (const LeydenMlflowRun *run,
          const char            *key)
{
  return leyden_value_get_member_double (run->metrics, key, NAN);
}

static gboolean
has_value (const LeydenMlflowRun *run,
           const char            *key)
{
  return leyden_value_get_member (run->metrics, key) != NULL;
}

/* The last run that has it alone, or a bar of each. */
static void
add_last_values (Out               *out,
                 GPtrArray         *runs,
                 const char        *key,
                 LeydenSourceShape  shape)
{
  g_autoptr(GArray) shown = g_array_new (FALSE, FALSE, sizeof (guint));
  LeydenValueBuilder *b = out->b;

  for (guint i = 0; i < runs->len && (shape == LEYDEN_SOURCE_GROUPS || shown->len == 0); i++)
    if (has_value (run_at (runs, i), key))
      g_array_append_val (shown, i);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", key);
  leyden_value_builder_key (b, "labels");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "x");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < shown->len; i++)
    {
      g_autofree char *name = name_run (runs, g_array_index (shown, guint, i));

      leyden_value_builder_add_string (b, name);
    }
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "y");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < shown->len; i++)
    add_value (out, value_of (run_at (runs, g_array_index (shown, guint, i)), key));
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

static int
compare_texts (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *)a, *(const char * const *)b);
}

/* Keys of a member of all runs, sorted; @metrics: or parameters. */
static GPtrArray *
list_keys (GPtrArray *runs,
           gboolean   metrics)
{
  g_autoptr(GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *keys = g_ptr_array_new ();

  for (guint i = 0; i < runs->len; i++)
    {
      LeydenValue *object = metrics ? run_at (runs, i)->metrics : run_at (runs, i)->params;

      for (guint j = 0; j < leyden_value_get_size (object); j++)
        if (g_hash_table_add (known, (gpointer)leyden_value_get_key (object, j)))
          g_ptr_array_add (keys, (gpointer)leyden_value_get_key (object, j));
    }
  g_ptr_array_sort (keys, compare_texts);
  if (keys->len > MAX_COLUMNS)
    g_ptr_array_set_size (keys, MAX_COLUMNS);
  return keys;
}

static void
add_run_table (Out       *out,
               GPtrArray *runs)
{
  g_autoptr(GPtrArray) metrics = list_keys (runs, TRUE);
  g_autoptr(GPtrArray) params = list_keys (runs, FALSE);
  LeydenValueBuilder *b = out->b;

  leyden_value_builder_key (b, "columns");
  leyden_value_builder_begin_list (b);
  add_column (b, "run", _("Name"), "text");
  add_column (b, "status", _("State"), "text");
  add_column (b, "started", _("Started"), "time");
  for (guint j = 0; j < metrics->len; j++)
    add_column (b, metrics->pdata[j], metrics->pdata[j], "number");
  for (guint j = 0; j < params->len; j++)
    add_column (b, params->pdata[j], params->pdata[j], "text");
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "rows");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < runs->len; i++)
    {
      const LeydenMlflowRun *run = run_at (runs, i);

      leyden_value_builder_begin_list (b);
      leyden_value_builder_add_string (b, run->name);
      leyden_value_builder_add_string (b, run->status);
      if (run->started_ns != 0)
        leyden_value_builder_add_int (b, run->started_ns);
      else
        leyden_value_builder_add (b, NULL);
      for (guint j = 0; j < metrics->len; j++)
        if (has_value (run, metrics->pdata[j]))
          add_value (out, value_of (run, metrics->pdata[j]));
        else
          leyden_value_builder_add (b, NULL);
      for (guint j = 0; j < params->len; j++)
        leyden_value_builder_add (b, leyden_value_get_member (run->params, params->pdata[j]));
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_source_result_of_runs (GPtrArray         *runs,
                              const char        *key,
                              LeydenSourceShape  shape)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  Out out = { &b, 0, 0 };

  begin_result (&b, shape, key);
  if (shape == LEYDEN_SOURCE_TABLE)
    add_run_table (&out, runs);
  else
    {
      leyden_value_builder_key (&b, "series");
      leyden_value_builder_begin_list (&b);
      add_last_values (&out, runs, key, shape);
      leyden_value_builder_end (&b);
    }
  return end_result (&out, FALSE, NULL);
}

LeydenValue *
leyden_source_result_of_experiments (GPtrArray *experiments)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  Out out = { &b, 0, 0 };

  begin_result (&b, LEYDEN_SOURCE_TABLE, NULL);
  leyden_value_builder_key (&b, "columns");
  leyden_value_builder_begin_list (&b);
  add_column (&b, "experiment", _("Experiment"), "text");
  add_column (&b, "id", _("Id"), "text");
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "rows");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < experiments->len; i++)
    {
      const LeydenMlflowExperiment *experiment = experiments->pdata[i];

      leyden_value_builder_begin_list (&b);
      leyden_value_builder_add_string (&b, experiment->name);
      leyden_value_builder_add_string (&b, experiment->id);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return end_result (&out, FALSE, NULL);
}
