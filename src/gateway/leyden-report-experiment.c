/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-report-maker.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "leyden-chart-format.h"

/* An experiment as a report: the verdict, the curve, every candidate, what the best one changed. A snapshot may lack anything. */

#define MOST_CANDIDATES 1000

static void
add_text_fact (LeydenReport *report,
               const char   *name,
               LeydenValue  *value,
               const char   *key)
{
  const char *text = leyden_value_get_member_string (value, key, NULL);

  if (text != NULL && *text != '\0')
    leyden_report_add_fact (report, name, text);
}

static void
add_facts (LeydenReport *report,
           LeydenValue  *snapshot)
{
  LeydenValue *spent = leyden_value_get_member (snapshot, "spent"), *budget = leyden_value_get_member (snapshot, "budget");
  LeydenValue *splits = leyden_value_get_member (snapshot, "splits");
  g_autofree char *calls = NULL;
  g_autofree char *rows = NULL;

  add_text_fact (report, _("State"), snapshot, "state");
  add_text_fact (report, _("Method"), snapshot, "optimizer");
  add_text_fact (report, _("Data set"), leyden_value_get_member (snapshot, "dataset"), "name");
  calls = g_strdup_printf (_("%" PRId64 " of %" PRId64), leyden_value_get_member_int (spent, "task_calls", 0), leyden_value_get_member_int (budget, "task_calls", 0));
  leyden_report_add_fact (report, _("Task calls"), calls);
  rows = g_strdup_printf (_("%" PRId64 " train, %" PRId64 " validation, %" PRId64 " test"), leyden_value_get_member_int (splits, "train", 0),
                          leyden_value_get_member_int (splits, "validation", 0), leyden_value_get_member_int (splits, "test", 0));
  leyden_report_add_fact (report, _("Rows"), rows);
  if (leyden_value_get_member_boolean (snapshot, "simulated", FALSE))
    leyden_report_add_fact (report, _("Model"), _("Simulated"));
  if (leyden_value_get_member (snapshot, "experiment") != NULL)
    add_text_fact (report, _("Experiment"), snapshot, "experiment");
}

static void
add_verdict (LeydenReport *report,
             LeydenValue  *snapshot)
{
  LeydenValue *verdict = leyden_value_get_member (snapshot, "verdict");
  const char *sentence = leyden_value_get_member_string (verdict, "sentence", NULL);
  g_autofree char *text = NULL;

  if (sentence == NULL)
    return;
  text = g_strdup_printf (_("%s\nMean of the flow as it was %.3f, of the best %.3f, on rows that training never saw."), sentence,
                          leyden_value_get_member_double (verdict, "baseline_mean", 0), leyden_value_get_member_double (verdict, "best_mean", 0));
  leyden_report_add_text (report, _("Verdict"), text);
}

static void
add_column (LeydenValueBuilder *b,
            LeydenValue        *list,
            const char         *name,
            const char         *member)
{
  leyden_value_builder_key (b, name);
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    leyden_value_builder_add (b, leyden_value_get_member (leyden_value_get_item (list, i), member));
  leyden_value_builder_end (b);
}

static void
add_curve (LeydenReport *report,
           LeydenValue  *snapshot)
{
  LeydenValue *curve = leyden_value_get_member (snapshot, "curve");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) result = NULL;

  if (leyden_value_get_kind (curve) != LEYDEN_VALUE_LIST || leyden_value_get_size (curve) == 0)
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "shape", "step");
  leyden_value_builder_set_string (&b, "simulated", leyden_value_get_member_boolean (snapshot, "simulated", FALSE) ? "all" : "none");
  leyden_value_builder_key (&b, "series");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", _("Best mean on validation rows"));
  add_column (&b, curve, "x", "task_calls");
  add_column (&b, curve, "y", "best");
  add_column (&b, curve, "low", "low");
  add_column (&b, curve, "high", "high");
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  result = leyden_value_builder_end_value (&b);
  leyden_report_add_panel (report, _("Best reward by task calls"), "line", result, NULL);
}

static void
begin_table (LeydenValueBuilder *b,
             const char * const  columns[][3])
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "shape", "table");
  leyden_value_builder_key (b, "columns");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; columns[i][0] != NULL; i++)
    {
      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "name", columns[i][0]);
      leyden_value_builder_set_string (b, "title", columns[i][1]);
      leyden_value_builder_set_string (b, "type", columns[i][2]);
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

static void
add_candidates (LeydenReport *report,
                LeydenValue  *snapshot)
{
  const char * const columns[][3] = {
    { "number", _("Number"), "number" }, { "candidate", _("Candidate"), "text" }, { "origin", _("Origin"), "text" }, { "mean", _("Mean"), "number" },
    { "low", _("From"), "number" }, { "high", _("To"), "number" }, { "n", _("Rows"), "number" }, { "state", _("State"), "text" }, { NULL, NULL, NULL },
  };
  static const char * const members[] = { "candidate", "origin", "mean", "low", "high", "n", "state" };
  LeydenValue *candidates = leyden_value_get_member (snapshot, "candidates");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) result = NULL;

  if (leyden_value_get_kind (candidates) != LEYDEN_VALUE_LIST)
    return;
  begin_table (&b, columns);
  for (guint i = 0; i < MIN (leyden_value_get_size (candidates), MOST_CANDIDATES); i++)
    {
      leyden_value_builder_begin_list (&b);
      leyden_value_builder_add_int (&b, i);
      for (guint k = 0; k < G_N_ELEMENTS (members); k++)
        leyden_value_builder_add (&b, leyden_value_get_member (leyden_value_get_item (candidates, i), members[k]));
      leyden_value_builder_end (&b);
    }
  result = end_table (&b);
  leyden_report_add_panel (report, _("Candidates"), "table", result, NULL);
}

static LeydenValue *
find_candidate (LeydenValue *snapshot,
                const char  *id)
{
  LeydenValue *candidates = leyden_value_get_member (snapshot, "candidates");

  for (guint i = 0; id != NULL && i < leyden_value_get_size (candidates); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (candidates, i), "candidate", NULL), id) == 0)
      return leyden_value_get_item (candidates, i);
  return NULL;
}

/* Slots whose value in the best candidate is another than in the flow as it was. */
static void
add_changes (LeydenReport *report,
             LeydenValue  *snapshot)
{
  const char * const columns[][3] = { { "slot", _("Slot"), "text" }, { "before", _("As it was"), "text" }, { "after", _("In the best candidate"), "text" }, { NULL, NULL, NULL } };
  LeydenValue *slots = leyden_value_get_member (snapshot, "slots");
  LeydenValue *best = leyden_value_get_member (find_candidate (snapshot, leyden_value_get_member_string (snapshot, "best", NULL)), "slots");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) result = NULL;

  begin_table (&b, columns);
  for (guint i = 0; i < leyden_value_get_size (slots); i++)
    {
      LeydenValue *slot = leyden_value_get_item (slots, i), *before = leyden_value_get_member (slot, "value");
      const char *id = leyden_value_get_member_string (slot, "slot", NULL);
      LeydenValue *after = id != NULL ? leyden_value_get_member (best, id) : NULL;

      if (after == NULL || leyden_value_equal (before, after))
        continue;
      leyden_value_builder_begin_list (&b);
      leyden_value_builder_add_string (&b, leyden_value_get_member_string (slot, "title", id));
      leyden_value_builder_add (&b, before);
      leyden_value_builder_add (&b, after);
      leyden_value_builder_end (&b);
    }
  result = end_table (&b);
  if (leyden_value_get_size (leyden_value_get_member (result, "rows")) > 0)
    leyden_report_add_panel (report, _("What the best candidate changed"), "table", result, NULL);
}

LeydenReport *
leyden_report_from_experiment (LeydenValue *snapshot,
                               const char  *title,
                               const char  *zone,
                               gint64       now_ns)
{
  LeydenReport *report = leyden_report_new (title != NULL ? title : leyden_value_get_member_string (snapshot, "title", _("Experiment")), _("An experiment: what training tried and found"),
                                            zone, now_ns);

  add_facts (report, snapshot);
  add_verdict (report, snapshot);
  add_curve (report, snapshot);
  add_candidates (report, snapshot);
  add_changes (report, snapshot);
  return report;
}
