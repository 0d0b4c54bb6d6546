/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "leyden-experiment-data.h"
#include "leyden-json.h"
#include "leyden-word-diff.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Whatever a backend calls a snapshot: the tree has parents ahead of children, the curve rises along its axis and is finite, and texts are texts. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr(LeydenValue) snapshot = leyden_json_parse ((const char *) data, (gssize) size, NULL, NULL);
  g_autoptr(GArray) nodes = leyden_experiment_list_candidates (snapshot);
  g_autoptr(GArray) points = leyden_experiment_list_points (snapshot);
  g_autofree char *progress = leyden_experiment_describe_progress (snapshot);
  g_autofree char *verdict = leyden_experiment_describe_verdict (snapshot);
  g_autofree char *explanation = leyden_experiment_explain_verdict (snapshot);
  double fraction = leyden_experiment_get_fraction (snapshot);

  g_assert_true (g_utf8_validate (progress, -1, NULL));
  g_assert_true (verdict == NULL || g_utf8_validate (verdict, -1, NULL));
  g_assert_true (explanation == NULL || g_utf8_validate (explanation, -1, NULL));
  g_assert_true (fraction >= 0 && fraction <= 1);
  for (guint i = 0; i < points->len; i++)
    {
      const LeydenCurvePoint *point = &g_array_index (points, LeydenCurvePoint, i);

      g_assert_true (isfinite (point->best) && point->calls >= 0 && isnan (point->low) == isnan (point->high));
      g_assert_true (i == 0 || point->calls >= g_array_index (points, LeydenCurvePoint, i - 1).calls);
    }
  for (guint i = 0; i < nodes->len; i++)
    {
      const LeydenCandidateNode *node = &g_array_index (nodes, LeydenCandidateNode, i);
      g_autofree char *score = leyden_experiment_describe_score (node->value);
      g_auto(GStrv) changes = leyden_experiment_list_changes (snapshot, node->id, NULL);
      LeydenValue *proposal = leyden_experiment_find_proposal (snapshot, node->id);
      g_autoptr(GArray) words = leyden_word_diff (score, leyden_value_get_member_string (proposal, "critique", ""));

      g_assert_cmpint (node->parent, <, (int) i);
      g_assert_true (g_utf8_validate (score, -1, NULL));
    }
  return 0;
}
