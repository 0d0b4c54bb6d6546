/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-run.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-json.h"
#include "leyden-text.h"

#define MAX_FAILURES 10
#define MIN_FOR_P95 20

char *
leyden_report_dup_error (const LeydenRolloutRow *row)
{
  g_autofree char *node = NULL;

  if (row->error == NULL || row->error_node == NULL || *row->error_node == '\0')
    return g_strdup (row->error);
  node = leyden_text_escape (row->error_node, -1, 60);
  return g_strdup_printf ("%s: %s", node, row->error);
}

static void
add_row (LeydenValueBuilder     *b,
         const LeydenRolloutRow *row)
{
  leyden_value_builder_set_string (b, "rollout", row->rollout);
  leyden_value_builder_set_string (b, "split", row->split);
  leyden_value_builder_set_string (b, "state", row->state);
}

static void
add_figures (LeydenValueBuilder     *b,
             const LeydenRolloutRow *row)
{
  leyden_value_builder_set_double (b, "reward", row->reward);
  leyden_value_builder_set_double (b, "latency_ms", row->latency_ms);
  leyden_value_builder_set_int (b, "tokens", row->tokens_in + row->tokens_out);
}

static void
add_error (LeydenValueBuilder     *b,
           const LeydenRolloutRow *row)
{
  g_autofree char *error = leyden_report_dup_error (row);

  leyden_value_builder_set_string (b, "error", error);
}

void
leyden_report_item (const LeydenRolloutRow *row)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "item", row->item);
  add_row (&b, row);
  add_figures (&b, row);
  add_error (&b, row);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_cli_print_value (value);
}

void
leyden_report_summary (LeydenValue *summary)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "summary", summary);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_cli_print_value (value);
}

void
leyden_report_result (const LeydenRolloutRow *row,
                      LeydenValue            *result,
                      gboolean                json)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *text = NULL;

  if (!json)
    {
      const char *only = leyden_value_get_size (result) == 1 ? leyden_value_get_string (leyden_value_get_item (result, 0), NULL) : NULL;

      /* Text may hold anything; a terminal gets it escaped line by line only when it is one. */
      text = only != NULL ? leyden_text_display (only, -1, 1000000, TRUE) : leyden_json_write (result, LEYDEN_JSON_PRETTY);
      if (!leyden_value_is_null (result))
        leyden_cli_print ("%s%s", text, g_str_has_suffix (text, "\n") ? "" : "\n");
      return;
    }
  leyden_value_builder_begin_object (&b);
  add_row (&b, row);
  leyden_value_builder_set (&b, "result", result);
  add_figures (&b, row);
  leyden_value_builder_set_boolean (&b, "simulated", row->simulated);
  add_error (&b, row);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_cli_print_value (value);
}

static void
print_line (const char *title,
            const char *value)
{
  glong width = g_utf8_strlen (title, -1);

  leyden_cli_print ("%s%*s%s\n", title, (int)MAX (16 - width, 1), "", value);
}

static void
print_count (const char  *title,
             LeydenValue *summary,
             const char  *key)
{
  g_autofree char *value = g_strdup_printf ("%" G_GINT64_FORMAT, leyden_value_get_member_int (summary, key, 0));

  print_line (title, value);
}

static void
print_reward (LeydenValue *summary)
{
  LeydenValue *reward = leyden_value_get_member (summary, "mean_reward");
  double estimate, low, high;
  gint64 n = leyden_value_get_member_int (reward, "n", 0);
  g_autofree char *value = NULL;

  if (!leyden_value_get_double (leyden_value_get_member (reward, "estimate"), &estimate))
    value = g_strdup (_("none"));
  else if (leyden_value_get_double (leyden_value_get_member (reward, "low"), &low)
           && leyden_value_get_double (leyden_value_get_member (reward, "high"), &high))
    value = g_strdup_printf (_("%.3f (95 %% interval %.3f to %.3f, %" PRId64 " items)"), estimate, low, high, n);
  else
    value = g_strdup_printf (_("%.3f (%" PRId64 " items)"), estimate, n);
  print_line (_("Mean reward"), value);
}

static void
print_latency (LeydenValue *summary)
{
  LeydenValue *latency = leyden_value_get_member (summary, "latency_ms");
  g_autofree char *p50 = leyden_cli_format_ms (leyden_value_get_member_double (latency, "p50", NAN));
  g_autofree char *p95 = leyden_cli_format_ms (leyden_value_get_member_double (latency, "p95", NAN));
  gint64 n = leyden_value_get_member_int (summary, "done", 0);
  /* Of fewer than twenty values the 95th percentile is little more than the largest. */
  g_autofree char *value = n >= MIN_FOR_P95 ? g_strdup_printf ("p50 %s, p95 %s", p50, p95)
                                            : g_strdup_printf (_("p50 %s, p95 %s (uncertain: only %" PRId64 " items)"), p50, p95, n);

  print_line (_("Latency"), value);
}

void
leyden_report_failures (GPtrArray *rows)
{
  guint n = 0;

  for (guint i = 0; i < rows->len; i++)
    {
      const LeydenRolloutRow *row = g_ptr_array_index (rows, i);
      g_autofree char *item = NULL;
      g_autofree char *whole = NULL;
      g_autofree char *error = NULL;

      if (g_strcmp0 (row->state, "failed") != 0)
        continue;
      if (++n > MAX_FAILURES)
        continue;
      item = leyden_text_escape (row->item == NULL ? "?" : row->item, -1, 60);
      whole = leyden_report_dup_error (row);
      error = leyden_text_escape (whole == NULL ? "" : whole, -1, 200);
      leyden_cli_print ("  %s: %s\n", item, error);
    }
  if (n > MAX_FAILURES)
    leyden_cli_print (_("  … and %u more\n"), n - MAX_FAILURES);
}

gboolean
leyden_report_is_end (const char *state)
{
  return g_strcmp0 (state, "succeeded") == 0 || g_strcmp0 (state, "failed") == 0 || g_strcmp0 (state, "cancelled") == 0;
}

gboolean
leyden_report_is_not_simulated (const LeydenRolloutRow *row)
{
  return g_strcmp0 (row->error, "not_simulated") == 0;
}

/* Items whose answer was only that the simulation does not know them pull the mean down: that is said. */
static void
print_not_simulated (GPtrArray *rows)
{
  g_autofree char *value = NULL;
  guint n = 0;

  for (guint i = 0; i < rows->len; i++)
    n += leyden_report_is_not_simulated (g_ptr_array_index (rows, i));
  if (n == 0)
    return;
  value = g_strdup_printf (ngettext ("%u item: the simulated model only knows the samples; --model asks a real one",
                                     "%u items: the simulated model only knows the samples; --model asks a real one", n), n);
  print_line (_("Not simulated"), value);
}

/* Credits of the simulation are no money; what has no known price is said, not counted as nothing. */
static void
print_cost (LeydenValue *summary)
{
  double cost = leyden_value_get_member_double (summary, "cost", 0);
  gint64 unpriced = leyden_value_get_member_int (summary, "unpriced", 0);
  const char *unit = leyden_value_get_member_boolean (summary, "simulated", FALSE) ? _("simulated credits") : "USD";
  g_autofree char *known = cost > 0 ? g_strdup_printf ("%.4f %s", cost, unit) : NULL;
  g_autofree char *missing = unpriced > 0
    ? g_strdup_printf (ngettext ("unknown for %u item (no price in prices.json)", "unknown for %u items (no price in prices.json)", (guint) unpriced), (guint) unpriced)
    : NULL;
  g_autofree char *value = NULL;

  if (known == NULL && missing == NULL)
    return;
  value = g_strdup_printf ("%s%s%s", known != NULL ? known : "", known != NULL && missing != NULL ? ", " : "", missing != NULL ? missing : "");
  print_line (_("Cost"), value);
}

void
leyden_report_table (LeydenValue *summary,
                     GPtrArray   *rows)
{
  print_count (_("Items"), summary, "n_items");
  print_count (_("Succeeded"), summary, "succeeded");
  print_count (_("Failures"), summary, "failed");
  leyden_report_failures (rows);
  print_reward (summary);
  print_latency (summary);
  print_count (_("Tokens"), summary, "tokens");
  print_cost (summary);
  if (leyden_value_get_member_boolean (summary, "simulated", FALSE))
    print_line (_("Simulated"), _("yes: answers, latencies and tokens come from the simulated model"));
  print_not_simulated (rows);
}
