/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ready dashboards over all time: opened for the first time, again, and when everything has to be worked out anew. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-bench-boards.h"

#include <string.h>

#include "leyden-bench-facts.h"
#include "leyden-json.h"

#define REPETITIONS 5

/* Rules that wait for a variable, of which none is set. */
static LeydenValue *
set_filter (LeydenValue *query)
{
  LeydenValue *rules = leyden_value_get_member (query, "filter");
  g_autoptr(LeydenValue) filter = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (rules == NULL)
    return leyden_value_ref (query);
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (rules); i++)
    {
      LeydenValue *rule = leyden_value_get_item (rules, i);
      const char *value = leyden_value_get_string (leyden_value_get_item (rule, 2), NULL);

      if (value == NULL || *value != '$')
        leyden_value_builder_add (&b, rule);
    }
  leyden_value_builder_end (&b);
  filter = leyden_value_builder_end_value (&b);
  return leyden_value_with_member (query, "filter", filter);
}

static LeydenValue *
set_sql (LeydenValue *query)
{
  const char *sql = leyden_value_get_member_string (query, "sql", NULL);
  g_autoptr(GRegex) variable = g_regex_new ("\\$[a-z_]+", G_REGEX_DEFAULT, G_REGEX_MATCH_DEFAULT, NULL);
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *text = NULL;

  if (sql == NULL)
    return leyden_value_ref (query);
  text = g_regex_replace_literal (variable, sql, -1, 0, "NULL", 0, NULL);
  value = leyden_value_new_string (text, -1);
  return leyden_value_with_member (query, "sql", value);
}

/* A question of the dashboard as the window asks it, up to @to. */
static void
add_query (LeydenValueBuilder *b,
           LeydenValue        *query,
           gint64              to,
           const char         *zone)
{
  g_autoptr(LeydenValue) filtered = set_filter (query);
  g_autoptr(LeydenValue) set = set_sql (filtered);

  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < leyden_value_get_size (set); i++)
    leyden_value_builder_set (b, leyden_value_get_key (set, i), leyden_value_get_item (set, i));
  leyden_value_builder_set_int (b, "from", 0);
  leyden_value_builder_set_int (b, "to", to);
  leyden_value_builder_set_string (b, "zone", zone);
  leyden_value_builder_end (b);
}

static char *
make_body (LeydenValue *dashboard,
           gint64       to,
           const char  *zone)
{
  LeydenValue *panels = leyden_value_get_member (dashboard, "panels");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "queries");
  leyden_value_builder_begin_list (&b);
  for (guint p = 0; p < leyden_value_get_size (panels); p++)
    {
      LeydenValue *queries = leyden_value_get_member (leyden_value_get_item (panels, p), "queries");

      for (guint q = 0; q < leyden_value_get_size (queries); q++)
        add_query (&b, leyden_value_get_item (queries, q), to, zone);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  return leyden_json_write (body, LEYDEN_JSON_COMPACT);
}

/* Opens it at @to. What a panel does not say is told and does not count: on a busy machine SQL may run out of time. */
static gboolean
open_board (LeydenBench       *bench,
      LeydenBenchServer *server,
      const char        *name,
      const char        *metric,
      LeydenValue       *dashboard,
      gint64             to,
      const char        *zone)
{
  g_autofree char *body = make_body (dashboard, to, zone);
  double ms, begin_us = leyden_bench_server_cpu_us (server);
  g_autoptr(LeydenValue) answer = leyden_bench_server_ask (server, "/leyden/v1/insights/query", body, &ms);
  LeydenValue *results = leyden_value_get_member (answer, "results");
  const char *cpu = strcmp (metric, "cold_ms") == 0 ? "cold_cpu_ms" : strcmp (metric, "anew_ms") == 0 ? "anew_cpu_ms" : "first_paint_cpu_ms";

  if (answer == NULL)
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (results); i++)
    {
      const char *problem = leyden_value_get_member_string (leyden_value_get_item (results, i), "error", NULL);

      if (problem != NULL)
        leyden_cli_say ("%s: %s", name, problem);
    }
  leyden_bench_add (bench, name, metric, "ms", ms);
  leyden_bench_add (bench, name, cpu, "ms", (leyden_bench_server_cpu_us (server) - begin_us) / 1000);
  return TRUE;
}

gboolean
leyden_bench_boards (LeydenBench       *bench,
                     LeydenBenchServer *server)
{
  static const char * const names[] = { "training", "operations", "cost", "quality", "machine" };
  /* Days of another zone are other questions. */
  static const char * const zones[REPETITIONS] = { "Etc/GMT+1", "Etc/GMT+2", "Etc/GMT+3", "Etc/GMT+4", "Etc/GMT+5" };
  gint64 to = LEYDEN_BENCH_FACTS_BEGIN_NS + (LEYDEN_BENCH_FACTS_DAYS + 1) * G_GINT64_CONSTANT (86400000000000);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strconcat ("/leyden/v1/dashboards/ready-", names[i], NULL);
      g_autofree char *name = g_strconcat ("dashboard-", names[i], NULL);
      double ms;
      g_autoptr(LeydenValue) read = leyden_bench_server_ask (server, path, NULL, &ms);
      LeydenValue *dashboard = leyden_value_get_member (read, "dashboard");

      if (read == NULL || !open_board (bench, server, name, "cold_ms", dashboard, to, "UTC"))
        return FALSE;
      for (guint j = 0; j < REPETITIONS; j++)
        if (!open_board (bench, server, name, "first_paint_ms", dashboard, to + (j + 1) * G_GINT64_CONSTANT (1000000000), "UTC")
            || !open_board (bench, server, name, "anew_ms", dashboard, to, zones[j]))
          return FALSE;
    }
  return TRUE;
}
