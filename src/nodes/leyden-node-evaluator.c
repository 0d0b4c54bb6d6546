/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-evaluate.h"
#include "leyden-expression.h"
#include "leyden-json.h"
#include "leyden-node-private.h"
#include "leyden-number-text.h"
#include "leyden-text.h"

LEYDEN_DEFINE_NODE (LeydenNodeEvaluator, leyden_node_evaluator)

/* Text as the settings make it comparable. */
static char *
prepare (const LeydenEvaluation *how,
         LeydenValue            *value)
{
  g_autofree char *text = leyden_node_text_of (value);

  if (how->trim)
    g_strstrip (text);
  if (how->ignore_case)
    return g_utf8_casefold (text, -1);
  return g_steal_pointer (&text);
}

static char *
show (LeydenValue *value)
{
  g_autofree char *text = leyden_node_text_of (value);

  return leyden_text_escape (text, -1, 80);
}

static gboolean
evaluate_exact (const LeydenEvaluation  *how,
                LeydenValue             *actual,
                LeydenValue             *expected,
                char                   **reason)
{
  g_autofree char *a = prepare (how, actual);
  g_autofree char *e = prepare (how, expected);
  g_autofree char *shown_a = show (actual);
  g_autofree char *shown_e = show (expected);
  gboolean equal = g_str_equal (a, e) || leyden_value_equal (actual, expected);

  *reason = g_strdup_printf (equal ? _("“%s” equals “%s”") : _("“%s” differs from “%s”"), shown_a, shown_e);
  return equal;
}

static gboolean
evaluate_contains (const LeydenEvaluation  *how,
                   LeydenValue             *actual,
                   LeydenValue             *expected,
                   char                   **reason)
{
  g_autofree char *a = prepare (how, actual);
  g_autofree char *e = prepare (how, expected);
  g_autofree char *shown_e = show (expected);
  gboolean found = strstr (a, e) != NULL;

  *reason = g_strdup_printf (found ? _("It contains “%s”") : _("It does not contain “%s”"), shown_e);
  return found;
}

static gboolean
evaluate_regex (const LeydenEvaluation  *how,
                LeydenValue             *actual,
                LeydenValue             *expected,
                char                   **reason,
                GError                 **error)
{
  g_autofree char *subject = leyden_node_text_of (actual);
  g_autofree char *pattern = leyden_node_text_of (expected);
  g_autofree char *full = g_strconcat (how->ignore_case ? "(?i)" : "", pattern, NULL);
  g_autofree char *shown = leyden_text_escape (pattern, -1, 80);
  GError *local_error = NULL;
  g_autoptr(LeydenValue) groups = NULL;

  if (how->trim)
    g_strstrip (subject);
  groups = leyden_regex_match (full, subject, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return FALSE;
    }
  *reason = g_strdup_printf (groups != NULL ? _("It matches “%s”") : _("It does not match “%s”"), shown);
  return groups != NULL;
}

/**
 * leyden_numbers_agree:
 * @actual: finite
 * @expected: finite
 * @tolerance: at least 0; a share of the larger magnitude when @relative, else a distance
 * @relative: how @tolerance counts
 *
 * Relative: |a − e| ≤ tolerance · max (|a|, |e|), so that neither side is preferred and against 0 only 0 agrees. Absolute:
 * |a − e| ≤ tolerance. Equal numbers always agree.
 *
 * Source of the relative rule: Python's math.isclose, with which Agent Lightning's Calc-X example compares at 1e-2.
 *
 * Returns: whether they agree
 */
gboolean
leyden_numbers_agree (double   actual,
                      double   expected,
                      double   tolerance,
                      gboolean relative)
{
  double bound = relative ? tolerance * MAX (fabs (actual), fabs (expected)) : tolerance;

  return actual == expected || fabs (actual - expected) <= bound;
}

static gboolean
evaluate_numeric (const LeydenEvaluation  *how,
                  LeydenValue             *actual,
                  LeydenValue             *expected,
                  char                   **reason)
{
  g_autofree char *shown_a = show (actual);
  g_autofree char *shown_e = show (expected);
  double a, e;
  gboolean agree;

  if (!leyden_number_from_value (expected, &e))
    {
      *reason = g_strdup_printf (_("The expected “%s” is not a number"), shown_e);
      return FALSE;
    }
  if (!leyden_number_from_value (actual, &a))
    {
      *reason = g_strdup_printf (_("“%s” is not a number"), shown_a);
      return FALSE;
    }
  agree = leyden_numbers_agree (a, e, how->tolerance, how->relative);
  *reason = g_strdup_printf (agree ? _("%s agrees with %s") : _("%s is not %s"), shown_a, shown_e);
  return agree;
}

/* A text that is JSON counts as what it says. */
static LeydenValue *
read_json (LeydenValue *value)
{
  gsize length;
  const char *text = leyden_value_get_string (value, &length);
  LeydenValue *parsed = text != NULL ? leyden_json_parse (text, (gssize) length, NULL, NULL) : NULL;

  return parsed != NULL ? parsed : leyden_value_ref (value);
}

static gboolean
evaluate_json (LeydenValue  *actual,
               LeydenValue  *expected,
               char        **reason)
{
  g_autoptr(LeydenValue) a = read_json (actual);
  g_autoptr(LeydenValue) e = read_json (expected);
  gboolean equal = leyden_value_equal (a, e);

  *reason = g_strdup (equal ? _("The values are equal") : _("The values differ"));
  return equal;
}

/**
 * leyden_evaluate:
 * @how: method and settings
 * @actual: what came
 * @expected: what should have come; a pattern for "regex"
 * @reason: (out) (transfer full): one line that says why, with both sides shortened
 * @error: return location, or %NULL
 *
 * Errors: those of leyden_regex_match() for a bad or runaway pattern. Text that is no number never is an error: it does not pass.
 *
 * Returns: whether @actual passes
 */
gboolean
leyden_evaluate (const LeydenEvaluation  *how,
                 LeydenValue             *actual,
                 LeydenValue             *expected,
                 char                   **reason,
                 GError                 **error)
{
  if (g_str_equal (how->method, "contains"))
    return evaluate_contains (how, actual, expected, reason);
  if (g_str_equal (how->method, "regex"))
    return evaluate_regex (how, actual, expected, reason, error);
  if (g_str_equal (how->method, "numeric"))
    return evaluate_numeric (how, actual, expected, reason);
  if (g_str_equal (how->method, "json"))
    return evaluate_json (actual, expected, reason);
  return evaluate_exact (how, actual, expected, reason);
}

static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenEvaluation how = {
    .method = leyden_node_context_get_parameter_string (context, "method"),
    .tolerance = MAX (0, leyden_node_context_get_parameter_double (context, "tolerance")),
    .relative = !g_str_equal (leyden_node_context_get_parameter_string (context, "tolerance_kind"), "absolute"),
    .ignore_case = leyden_node_context_get_parameter_boolean (context, "ignore_case"),
    .trim = leyden_node_context_get_parameter_boolean (context, "trim"),
  };
  g_autofree char *reason = NULL;
  GError *local_error = NULL;
  gboolean passed = leyden_evaluate (&how, leyden_node_context_get_input (context, "actual"),
                                     leyden_node_context_get_input (context, "expected"), &reason, &local_error);

  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return NULL;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "score", passed ? 1 : 0);
  leyden_value_builder_set_boolean (&b, "passed", passed);
  leyden_value_builder_set_string (&b, "reason", reason);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
leyden_node_evaluator_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
}
