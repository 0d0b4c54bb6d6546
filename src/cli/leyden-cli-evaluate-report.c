/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-evaluate.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-cli-run.h"
#include "leyden-text.h"

#define MAX_NAME 60

static LeydenPass *
get_pass (const LeydenEvaluationReport *self,
          guint                         i)
{
  return g_ptr_array_index (self->passes, i);
}

/* ---- JSON ---- */

static void
print_item (const LeydenEvaluationReport *self,
            guint                         i)
{
  const LeydenRolloutRow *first = leyden_run_get_row (get_pass (self, 0)->run, i);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "item", first->item);
  leyden_value_builder_set_string (&b, "split", first->split);
  leyden_value_builder_key (&b, "flows");
  leyden_value_builder_begin_list (&b);
  for (guint k = 0; k < self->passes->len; k++)
    {
      const LeydenRolloutRow *row = leyden_run_get_row (get_pass (self, k)->run, i);
      g_autofree char *error = leyden_report_dup_error (row);

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "rollout", row->rollout);
      leyden_value_builder_set_string (&b, "state", row->state);
      leyden_value_builder_set_double (&b, "reward", row->reward);
      leyden_value_builder_set_string (&b, "error", error);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_cli_print_value (value);
}

static void
add_pass (LeydenValueBuilder *b,
          const LeydenPass   *pass)
{
  g_autoptr(LeydenValue) summary = leyden_run_summarize (pass->run);

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "file", pass->name);
  leyden_value_builder_set (b, "title", leyden_value_get_member (pass->definition, "title"));
  leyden_value_builder_set (b, "flow_hash", leyden_value_get_member (pass->definition, "flow_hash"));
  leyden_value_builder_set_string (b, "run", leyden_run_get_id (pass->run));
  leyden_value_builder_set_int (b, "n", leyden_run_get_n_items (pass->run));
  leyden_value_builder_set_double (b, "mean", pass->mean.estimate);
  leyden_value_builder_set_double (b, "low", pass->mean.low);
  leyden_value_builder_set_double (b, "high", pass->mean.high);
  leyden_value_builder_set_string (b, "method", pass->method);
  leyden_value_builder_set_int (b, "failed", pass->n_failed);
  leyden_value_builder_set_int (b, "errors", pass->n_errors);
  leyden_value_builder_set (b, "latency_ms", leyden_value_get_member (summary, "latency_ms"));
  leyden_value_builder_set (b, "tokens", leyden_value_get_member (summary, "tokens"));
  leyden_value_builder_set (b, "cost", leyden_value_get_member (summary, "cost"));
  leyden_value_builder_set_boolean (b, "simulated", pass->simulated);
  leyden_value_builder_end (b);
}

/* What was seen while it ran. */
static void
add_watched (LeydenValueBuilder *b,
             const LeydenPass   *pass)
{
  LeydenInterval interval;
  double p;

  leyden_pair_sequence_get (&pass->watched, &interval, &p);
  leyden_value_builder_key (b, "watched");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_double (b, "low", interval.low);
  leyden_value_builder_set_double (b, "high", interval.high);
  leyden_value_builder_set_double (b, "p", p);
  leyden_value_builder_set_take (b, "decided_after", pass->decided_after > 0 ? leyden_value_new_int (pass->decided_after) : leyden_value_new_null ());
  leyden_value_builder_end (b);
}

/* With whom, and whether that counts as worse, in front of the verdict's own members. */
static LeydenValue *
make_verdict (const LeydenEvaluationReport *self,
              guint                         i)
{
  const LeydenVerdict *verdict = g_ptr_array_index (self->verdicts, i);
  g_autoptr(LeydenValue) value = leyden_verdict_to_value (verdict);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "against", get_pass (self, i + 1)->name);
  leyden_value_builder_set_boolean (&b, "worse", leyden_evaluation_fails (self, verdict));
  add_watched (&b, get_pass (self, i + 1));
  for (guint k = 0; k < leyden_value_get_size (value); k++)
    leyden_value_builder_set (&b, leyden_value_get_key (value, k), leyden_value_get_item (value, k));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
print_whole (const LeydenEvaluationReport *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  guint n_verdicts = self->verdicts != NULL ? self->verdicts->len : 0;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "dataset");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "name", leyden_value_get_member (self->dataset, "name"));
  leyden_value_builder_set (&b, "sha256", leyden_value_get_member (self->dataset, "sha256"));
  leyden_value_builder_end (&b);
  leyden_value_builder_set_string (&b, "split", self->split != NULL ? self->split : "all");
  leyden_value_builder_set_int (&b, "seed", self->seed);
  leyden_value_builder_set_boolean (&b, "simulated", get_pass (self, 0)->simulated);
  leyden_value_builder_set (&b, "planned", self->planned);
  leyden_value_builder_key (&b, "flows");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->passes->len; i++)
    add_pass (&b, get_pass (self, i));
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "verdicts");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n_verdicts; i++)
    leyden_value_builder_take (&b, make_verdict (self, i));
  leyden_value_builder_end (&b);
  leyden_value_builder_set_take (&b, "verdict", n_verdicts > 0 ? make_verdict (self, 0) : leyden_value_new_null ());
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_cli_print_value (value);
}

void
leyden_evaluation_print_json (const LeydenEvaluationReport *self)
{
  for (guint i = 0; i < leyden_run_get_n_items (get_pass (self, 0)->run); i++)
    print_item (self, i);
  print_whole (self);
}

/* ---- The table ---- */

/* The name of the file alone, where that tells it from the others. (transfer full) */
static char *
dup_label (const LeydenEvaluationReport *self,
           guint                         i)
{
  g_autofree char *base = g_path_get_basename (get_pass (self, i)->name);
  guint n_alike = 0;

  for (guint k = 0; k < self->passes->len; k++)
    {
      g_autofree char *other = g_path_get_basename (get_pass (self, k)->name);

      n_alike += g_str_equal (base, other);
    }
  return leyden_text_escape (n_alike == 1 ? base : get_pass (self, i)->name, -1, MAX_NAME);
}

static char *
format_mean (const LeydenPass *pass)
{
  if (!isfinite (pass->mean.low))
    return g_strdup_printf ("%.3f", pass->mean.estimate);
  return g_strdup_printf ("%.3f [%.3f, %.3f]", pass->mean.estimate, pass->mean.low, pass->mean.high);
}

static void
print_cells (const char * const *cells,
             const int          *widths,
             guint               n)
{
  for (guint i = 0; i < n; i++)
    leyden_cli_print ("%s%*s", cells[i], i + 1 < n ? widths[i] - (int)g_utf8_strlen (cells[i], -1) + 2 : 0, "");
  leyden_cli_print ("\n");
}

static void
print_flows (const LeydenEvaluationReport *self)
{
  const char *heads[] = { _("Flow"), _("Mean reward"), _("Items"), _("Failures"), _("Latency p50"), _("Tokens") };
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  int widths[G_N_ELEMENTS (heads)];

  for (guint k = 0; k < G_N_ELEMENTS (heads); k++)
    widths[k] = (int)g_utf8_strlen (heads[k], -1);
  for (guint i = 0; i < self->passes->len; i++)
    {
      const LeydenPass *pass = get_pass (self, i);
      g_autoptr(LeydenValue) summary = leyden_run_summarize (pass->run);
      char **cells = g_new0 (char *, G_N_ELEMENTS (heads) + 1);

      cells[0] = dup_label (self, i);
      cells[1] = format_mean (pass);
      cells[2] = g_strdup_printf ("%u", leyden_run_get_n_items (pass->run));
      cells[3] = g_strdup_printf ("%u", pass->n_failed);
      cells[4] = leyden_cli_format_ms (leyden_value_get_member_double (leyden_value_get_member (summary, "latency_ms"), "p50", NAN));
      cells[5] = g_strdup_printf ("%" G_GINT64_FORMAT, leyden_value_get_member_int (summary, "tokens", 0));
      for (guint k = 0; k < G_N_ELEMENTS (heads); k++)
        widths[k] = MAX (widths[k], (int)g_utf8_strlen (cells[k], -1));
      g_ptr_array_add (lines, cells);
    }
  print_cells (heads, widths, G_N_ELEMENTS (heads));
  for (guint i = 0; i < lines->len; i++)
    print_cells (g_ptr_array_index (lines, i), widths, G_N_ELEMENTS (heads));
}

/* A comparison with a flow that only failed is no praise: why is said. */
static void
print_failures (const LeydenEvaluationReport *self)
{
  for (guint i = 0; i < self->passes->len; i++)
    {
      const LeydenPass *pass = get_pass (self, i);
      g_autoptr(GPtrArray) rows = g_ptr_array_new ();
      g_autofree char *label = dup_label (self, i);

      for (guint k = 0; k < leyden_run_get_n_items (pass->run); k++)
        if (g_strcmp0 (leyden_run_get_row (pass->run, k)->state, "failed") == 0)
          g_ptr_array_add (rows, (gpointer) leyden_run_get_row (pass->run, k));
      if (rows->len > 0)
        /* Translators: a file. The rows that failed follow, one a line. */
        leyden_cli_print (_("Failures of %s:\n"), label);
      leyden_report_failures (rows);
    }
}

static void
print_verdicts (const LeydenEvaluationReport *self)
{
  for (guint i = 0; self->verdicts != NULL && i < self->verdicts->len; i++)
    {
      const LeydenVerdict *verdict = g_ptr_array_index (self->verdicts, i);
      g_autofree char *name = dup_label (self, i + 1);
      g_autofree char *p = g_strdup_printf ("%.2g", verdict->p);

      /* Translators: a file, the sentence of the verdict, numbers of items. */
      leyden_cli_print (_("Against %s: %s (won %u, lost %u, equal %u; p = %s)\n"), name, verdict->sentence, verdict->won, verdict->lost,
                        verdict->tied, p);
    }
}

void
leyden_evaluation_print_table (const LeydenEvaluationReport *self)
{
  print_flows (self);
  print_failures (self);
  print_verdicts (self);
  if (get_pass (self, 0)->simulated)
    leyden_cli_print ("%s\n", _("Simulated: answers, latencies and tokens come from the simulated model"));
}
