/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart.h"

#include <string.h>

/* Answers to several questions of one panel, as one answer. */

static const char *
get_error (LeydenValue *result)
{
  return leyden_value_get_member_string (result, "error", NULL);
}

static gboolean
is_series (const char *key)
{
  static const char * const summed[] = { "series", "warnings", "invalid", "exact", "truncated", "simulated" };

  for (guint i = 0; i < G_N_ELEMENTS (summed); i++)
    if (strcmp (key, summed[i]) == 0)
      return TRUE;
  return FALSE;
}

/* Whether another answer has a series of that name. */
static gboolean
is_taken (GPtrArray  *results,
          guint       own,
          const char *name)
{
  for (guint i = 0; i < results->len; i++)
    {
      LeydenValue *list = leyden_value_get_member (results->pdata[i], "series");

      for (guint k = 0; i != own && k < leyden_value_get_size (list); k++)
        if (strcmp (leyden_value_get_member_string (leyden_value_get_item (list, k), "name", ""), name) == 0)
          return TRUE;
    }
  return FALSE;
}

/* The same measure asked for in several ways: "Latency, p50", "Latency, p99". */
static void
add_series (LeydenValueBuilder *b,
            GPtrArray          *results,
            guint               index,
            LeydenValue        *series,
            LeydenValue        *query)
{
  const char *name = leyden_value_get_member_string (series, "name", ""), *way = leyden_value_get_member_string (query, "aggregation", NULL);
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) value = NULL;

  if (way == NULL || !is_taken (results, index, name))
    {
      leyden_value_builder_add (b, series);
      return;
    }
  text = g_strdup_printf ("%s, %s", name, way);
  value = leyden_value_new_string (text, -1);
  leyden_value_builder_take (b, leyden_value_with_member (series, "name", value));
}

static void
add_all_series (LeydenValueBuilder *b,
                GPtrArray          *results,
                LeydenValue        *queries)
{
  leyden_value_builder_key (b, "series");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < results->len; i++)
    {
      LeydenValue *list = leyden_value_get_member (results->pdata[i], "series");

      for (guint k = 0; leyden_value_get_kind (list) == LEYDEN_VALUE_LIST && k < leyden_value_get_size (list); k++)
        add_series (b, results, i, leyden_value_get_item (list, k), leyden_value_get_item (queries, i));
    }
  leyden_value_builder_end (b);
}

static void
add_warnings (LeydenValueBuilder *b,
              GPtrArray          *results)
{
  leyden_value_builder_key (b, "warnings");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < results->len; i++)
    {
      LeydenValue *list = leyden_value_get_member (results->pdata[i], "warnings");

      for (guint k = 0; leyden_value_get_kind (list) == LEYDEN_VALUE_LIST && k < leyden_value_get_size (list); k++)
        leyden_value_builder_add (b, leyden_value_get_item (list, k));
      if (get_error (results->pdata[i]) != NULL)
        leyden_value_builder_add_string (b, get_error (results->pdata[i]));
    }
  leyden_value_builder_end (b);
}

static const char *
merge_simulated (GPtrArray *results)
{
  const char *all = NULL;

  for (guint i = 0; i < results->len; i++)
    {
      const char *one = leyden_value_get_member_string (results->pdata[i], "simulated", "none");

      if (get_error (results->pdata[i]) != NULL)
        continue;
      if (all != NULL && strcmp (all, one) != 0)
        return "some";
      all = one;
    }
  return all != NULL ? all : "none";
}

LeydenValue *
leyden_chart_merge_results (GPtrArray   *results,
                            LeydenValue *queries)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *first = NULL;
  gboolean exact = TRUE, truncated = FALSE;
  gint64 invalid = 0;

  g_return_val_if_fail (results != NULL, NULL);

  for (guint i = 0; i < results->len; i++)
    {
      if (first == NULL && get_error (results->pdata[i]) == NULL)
        first = results->pdata[i];
      exact = exact && leyden_value_get_member_boolean (results->pdata[i], "exact", TRUE);
      truncated = truncated || leyden_value_get_member_boolean (results->pdata[i], "truncated", FALSE);
      invalid += CLAMP (leyden_value_get_member_int (results->pdata[i], "invalid", 0), 0, G_MAXINT32);
    }
  /* Nothing was answered: the first says why. */
  if (first == NULL)
    return results->len > 0 ? leyden_value_ref (results->pdata[0]) : leyden_value_new_null ();
  if (results->len == 1)
    return leyden_value_ref (first);
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (first); i++)
    if (!is_series (leyden_value_get_key (first, i)))
      leyden_value_builder_set (&b, leyden_value_get_key (first, i), leyden_value_get_item (first, i));
  add_all_series (&b, results, queries);
  add_warnings (&b, results);
  leyden_value_builder_set_int (&b, "invalid", invalid);
  leyden_value_builder_set_boolean (&b, "exact", exact);
  leyden_value_builder_set_boolean (&b, "truncated", truncated);
  leyden_value_builder_set_string (&b, "simulated", merge_simulated (results));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
