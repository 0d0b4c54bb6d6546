/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any answer of a Prometheus or MLflow server is what was expected or an error. */
#include "leyden-mlflow-client.h"
#include "leyden-prometheus-client.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_prometheus (GBytes *body)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenPrometheusAnswer) answer = leyden_prometheus_answer_parse (body, 200, &error);

  g_assert_true ((answer == NULL) == (error != NULL));
  for (guint i = 0; answer != NULL && i < answer->series->len; i++)
    g_assert_cmpint (leyden_value_get_kind (((LeydenPrometheusSeries *)answer->series->pdata[i])->labels), ==, LEYDEN_VALUE_OBJECT);
}

static void
check_mlflow (GBytes *body)
{
  g_autofree char *one = NULL;
  g_autofree char *two = NULL;
  g_autofree char *three = NULL;
  g_autoptr(GPtrArray) experiments = leyden_mlflow_experiments_parse (body, 200, &one, NULL);
  g_autoptr(GPtrArray) runs = leyden_mlflow_runs_parse (body, 200, &two, NULL);
  g_autoptr(GArray) points = leyden_mlflow_history_parse (body, 200, &three, NULL);

  g_assert_true ((experiments == NULL) == (one == NULL));
  for (guint i = 0; runs != NULL && i < runs->len; i++)
    {
      const LeydenMlflowRun *run = runs->pdata[i];

      g_assert_nonnull (run->name);
      g_assert_cmpint (run->started_ns, >=, 0);
      g_assert_cmpint (leyden_value_get_kind (run->metrics), ==, LEYDEN_VALUE_OBJECT);
    }
  for (guint i = 0; points != NULL && i < points->len; i++)
    g_assert_cmpint (g_array_index (points, LeydenMlflowPoint, i).time_ns, >=, 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr(GBytes) body = g_bytes_new_static (data, size);

  check_prometheus (body);
  check_mlflow (body);
  return 0;
}
