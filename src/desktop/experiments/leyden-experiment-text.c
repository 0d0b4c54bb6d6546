/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-experiment-data.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-steps-view.h"
#include "leyden-text.h"

/* What the words of an experiment are, for people. */

#define CHANGES_PROMPTS (1 << 0)
#define CHANGES_EXAMPLES (1 << 1)
#define CHANGES_CHOICES (1 << 2)

static const struct
{
  const char *name;
  const char *title;
  const char *explanation;
  guint       changes;
} methods[] = {
  { "reflect", N_("Reflective search (GEPA)"),
    N_("A model reads what went wrong, says why, and rewrites one prompt at a time. What is better on the same rows is kept."),
    CHANGES_PROMPTS },
  { "halving", N_("Best of N (halving)"),
    N_("Tries the models, numbers, choices and examples that you allow. After each round only the better half goes on, over more rows."),
    CHANGES_CHOICES | CHANGES_EXAMPLES },
  { "examples", N_("Few-shot examples"),
    N_("Shows the model rows that it solved well as examples, and keeps the set that helps the most. Needs no other model."),
    CHANGES_EXAMPLES },
  { "apo", N_("Textual gradients (APO)"),
    N_("A model criticises the prompts on a few rows and edits them by its critique; the best of each round are edited again."),
    CHANGES_PROMPTS },
};

static const char * const method_names[] = { "reflect", "halving", "examples", "apo", NULL };

const char * const *
leyden_method_list (void)
{
  return method_names;
}

static int
find_method (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    if (g_strcmp0 (methods[i].name, name) == 0)
      return (int) i;
  return -1;
}

const char *
leyden_method_title (const char *name)
{
  int index = find_method (name);

  return index >= 0 ? _(methods[index].title) : name != NULL ? name : "";
}

const char *
leyden_method_explanation (const char *name)
{
  int index = find_method (name);

  return index >= 0 ? _(methods[index].explanation) : "";
}

gboolean
leyden_method_changes (const char *name,
                       const char *kind)
{
  int index = find_method (name);
  guint group = g_strcmp0 (kind, "prompt") == 0 ? CHANGES_PROMPTS : g_strcmp0 (kind, "examples") == 0 ? CHANGES_EXAMPLES : CHANGES_CHOICES;

  return kind != NULL && index >= 0 && (methods[index].changes & group) != 0;
}

const char *
leyden_experiment_state_title (const char *state)
{
  static const struct
  {
    const char *state;
    const char *title;
  } titles[] = {
    { "queued", N_("Waiting to start") },
    { "running", N_("Training") },
    { "paused", N_("Paused") },
    { "stopped", N_("Stopped") },
    { "finished", N_("Finished") },
    { "failed", N_("Failed") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_strcmp0 (titles[i].state, state) == 0)
      return _(titles[i].title);
  return state != NULL ? state : "";
}

/* An estimate: parts of a second would only flicker. */
static char *
format_left (double seconds)
{
  return seconds < 59.5 ? g_strdup_printf (_("%d s"), MAX ((int) ceil (seconds), 1)) : leyden_format_duration (seconds * 1000);
}

char *
leyden_experiment_describe_progress (LeydenValue *snapshot)
{
  LeydenValue *spent = leyden_value_get_member (snapshot, "spent");
  const char *state = leyden_value_get_member_string (snapshot, "state", "");
  gint64 calls = leyden_value_get_member_int (spent, "task_calls", 0);
  gint64 budget = leyden_value_get_member_int (leyden_value_get_member (snapshot, "budget"), "task_calls", 0);
  double left = leyden_value_get_member_double (snapshot, "seconds_left", NAN);
  double wall = leyden_value_get_member_double (spent, "wall_ms", NAN);
  g_autofree char *title = leyden_text_display (leyden_experiment_state_title (state), -1, 40, FALSE);
  g_autofree char *progress = NULL;

  if (leyden_experiment_is_active (snapshot))
    {
      progress = g_strdup_printf (_("%s: %'" PRId64 " of %'" PRId64 " calls"), title, calls, budget);
      if (g_str_equal (state, "running") && isfinite (left) && left >= 0 && left < 1e9)
        {
          g_autofree char *time = format_left (left);

          return g_strdup_printf (_("%s, %s left"), progress, time);
        }
      return g_steal_pointer (&progress);
    }
  progress = g_strdup_printf (_("%s after %'" PRId64 " calls"), title, calls);
  if (isfinite (wall) && wall > 0 && wall < 1e15)
    {
      g_autofree char *took = leyden_format_duration (wall);

      return g_strdup_printf (_("%s, in %s"), progress, took);
    }
  return g_steal_pointer (&progress);
}

char *
leyden_experiment_describe_score (LeydenValue *candidate)
{
  double mean = leyden_value_get_member_double (candidate, "mean", NAN);
  double low = leyden_value_get_member_double (candidate, "low", NAN);
  double high = leyden_value_get_member_double (candidate, "high", NAN);
  gint64 n = leyden_value_get_member_int (candidate, "n", 0);

  if (leyden_value_get_member_boolean (candidate, "withheld", FALSE))
    return g_strdup (_("not enough answers"));
  if (!isfinite (mean) || fabs (mean) > 1e9)
    return g_strdup ("–");
  if (!isfinite (low) || !isfinite (high) || fabs (low) > 1e9 || fabs (high) > 1e9)
    return g_strdup_printf (_("%.2f, n = %'" PRId64), mean, n);
  return g_strdup_printf (_("%.2f [%.2f, %.2f], n = %'" PRId64), mean, low, high, n);
}

char *
leyden_experiment_describe_verdict (LeydenValue *snapshot)
{
  LeydenValue *verdict = leyden_value_get_member (snapshot, "verdict");
  double difference = leyden_value_get_member_double (verdict, "difference", NAN);
  double low = leyden_value_get_member_double (verdict, "low", NAN);
  double high = leyden_value_get_member_double (verdict, "high", NAN);
  const char *sentence = leyden_value_get_member_string (verdict, "sentence", NULL);

  if (leyden_value_get_kind (verdict) != LEYDEN_VALUE_OBJECT)
    return NULL;
  if (leyden_value_get_member_boolean (verdict, "withheld", FALSE))
    return g_strdup (_("Not enough answers for a verdict"));
  if (!leyden_value_get_member_boolean (verdict, "significant", FALSE))
    return g_strdup (_("No difference shown"));
  if (isfinite (difference) && isfinite (low) && isfinite (high) && fabs (difference) <= 1e9 && fabs (low) <= 1e9 && fabs (high) <= 1e9)
    /* Translators: how much the reward changed, with its 95 % interval. */
    return g_strdup_printf (_("%+.2f [%.2f, %.2f], paired, n = %'" PRId64 " test items"), difference, low, high,
                            leyden_value_get_member_int (verdict, "n", 0));
  return sentence != NULL ? leyden_text_display (sentence, -1, 300, FALSE) : g_strdup (_("No difference shown"));
}

static char *
format_p (double p)
{
  if (!isfinite (p) || p < 0 || p > 1)
    return NULL;
  return p < 0.001 ? g_strdup (_("p < 0.001")) : g_strdup_printf (_("p = %.3f"), p);
}

char *
leyden_experiment_explain_verdict (LeydenValue *snapshot)
{
  LeydenValue *verdict = leyden_value_get_member (snapshot, "verdict");
  double before = leyden_value_get_member_double (verdict, "baseline_mean", NAN);
  double after = leyden_value_get_member_double (verdict, "best_mean", NAN);
  double difference = leyden_value_get_member_double (verdict, "difference", NAN);
  double low = leyden_value_get_member_double (verdict, "low", NAN);
  double high = leyden_value_get_member_double (verdict, "high", NAN);
  gint64 n = leyden_value_get_member_int (verdict, "n", 0);
  g_autofree char *p = format_p (leyden_value_get_member_double (verdict, "p", NAN));
  g_autofree char *means = NULL;
  g_autofree char *interval = NULL;
  GString *text;

  if (leyden_value_get_kind (verdict) != LEYDEN_VALUE_OBJECT)
    return NULL;
  text = g_string_new (NULL);
  if (isfinite (before) && isfinite (after) && fabs (before) <= 1e9 && fabs (after) <= 1e9)
    {
      means = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Mean reward %.2f before and %.2f after, on %'" PRId64 " row that training never saw.",
                                            "Mean reward %.2f before and %.2f after, on %'" PRId64 " rows that training never saw.", (gulong) n),
                               before, after, n);
      g_string_append (text, means);
    }
  if (!leyden_value_get_member_boolean (verdict, "significant", FALSE) && isfinite (difference) && isfinite (low) && isfinite (high) &&
      fabs (difference) <= 1e9 && fabs (low) <= 1e9 && fabs (high) <= 1e9)
    {
      interval = g_strdup_printf (_("Anything from %+.2f to %+.2f fits these answers, no difference included."), low, high);
      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", interval);
    }
  if (p != NULL)
    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", p);
  return g_string_free (text, FALSE);
}

char *
leyden_candidate_node_title (const LeydenCandidateNode *node)
{
  return node->is_baseline ? g_strdup (_("The flow as it was")) : g_strdup_printf (_("Candidate %u"), node->number);
}
