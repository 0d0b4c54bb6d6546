/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-evaluate.h"
#include "leyden-expression.h"
#include "leyden-json.h"
#include "leyden-judge.h"
#include "leyden-node-private.h"
#include "leyden-node-regex.h"
#include "leyden-number-text.h"
#include "leyden-text.h"

#define LEYDEN_TYPE_NODE_EVALUATOR (leyden_node_evaluator_get_type ())
G_DECLARE_FINAL_TYPE (LeydenNodeEvaluator, leyden_node_evaluator, LEYDEN, NODE_EVALUATOR, GObject)

/* For the method "judge". */
struct _LeydenNodeEvaluator
{
  GObject               parent_instance;

  LeydenModels         *models;
  LeydenModelTransport *transport;
};

static void executor_init (LeydenNodeExecutorInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenNodeEvaluator, leyden_node_evaluator, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_NODE_EXECUTOR, executor_init))

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

/* The text and the pattern as the settings want them. */
static void
prepare_regex (const LeydenEvaluation  *how,
               LeydenValue             *actual,
               LeydenValue             *expected,
               char                   **subject,
               char                   **pattern)
{
  g_autofree char *text = leyden_node_text_of (expected);

  *subject = leyden_node_text_of (actual);
  if (how->trim)
    g_strstrip (*subject);
  *pattern = g_strconcat (how->ignore_case ? "(?i)" : "", text, NULL);
}

static char *
explain_regex (LeydenValue *expected,
               gboolean     matches)
{
  g_autofree char *shown = show (expected);

  return g_strdup_printf (matches ? _("It matches “%s”") : _("It does not match “%s”"), shown);
}

static gboolean
evaluate_regex (const LeydenEvaluation  *how,
                LeydenValue             *actual,
                LeydenValue             *expected,
                char                   **reason,
                GError                 **error)
{
  g_autofree char *subject = NULL;
  g_autofree char *pattern = NULL;
  GError *local_error = NULL;
  g_autoptr(LeydenValue) groups = NULL;

  prepare_regex (how, actual, expected, &subject, &pattern);
  groups = leyden_regex_match (pattern, subject, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return FALSE;
    }
  *reason = explain_regex (expected, groups != NULL);
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

/* How far off, in the measure of the tolerance: whoever reads it sees a slip in the last digit and a wrong power of ten apart. Divided
 * first, so that it stays finite. */
static char *
explain_distance (const LeydenEvaluation *how,
                  double                  actual,
                  double                  expected,
                  const char             *shown_actual,
                  const char             *shown_expected)
{
  double size = MAX (fabs (actual), fabs (expected));
  char distance[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (distance, sizeof distance, "%.3g", how->relative ? fabs (actual / size - expected / size) : fabs (actual - expected));
  return g_strdup_printf (how->relative ? _("Expected %s, got %s (relative error %s)") : _("Expected %s, got %s (off by %s)"), shown_expected,
                          shown_actual, distance);
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
  *reason = agree ? g_strdup_printf (_("%s agrees with %s"), shown_a, shown_e) : explain_distance (how, a, e, shown_a, shown_e);
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

static LeydenEvaluation
read_settings (LeydenNodeContext *context)
{
  return (LeydenEvaluation) {
    .method = leyden_node_context_get_parameter_string (context, "method"),
    .tolerance = MAX (0, leyden_node_context_get_parameter_double (context, "tolerance")),
    .relative = !g_str_equal (leyden_node_context_get_parameter_string (context, "tolerance_kind"), "absolute"),
    .ignore_case = leyden_node_context_get_parameter_boolean (context, "ignore_case"),
    .trim = leyden_node_context_get_parameter_boolean (context, "trim"),
  };
}

static gboolean
is_judge (const LeydenEvaluation *how)
{
  return g_str_equal (how->method, "judge");
}

static LeydenValue *
make_outputs (gboolean    passed,
              const char *reason)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "score", passed ? 1 : 0);
  leyden_value_builder_set_boolean (&b, "passed", passed);
  leyden_value_builder_set_string (&b, "reason", reason);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
needs_thread (const LeydenEvaluation *how,
              LeydenValue            *actual,
              LeydenValue            *expected)
{
  g_autofree char *subject = NULL;
  g_autofree char *pattern = NULL;

  if (!g_str_equal (how->method, "regex"))
    return FALSE;
  prepare_regex (how, actual, expected, &subject, &pattern);
  return leyden_regex_may_run_away (pattern, strlen (subject));
}

static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  LeydenEvaluation how = read_settings (context);
  LeydenValue *actual = leyden_node_context_get_input (context, "actual");
  LeydenValue *expected = leyden_node_context_get_input (context, "expected");
  g_autofree char *reason = NULL;
  GError *local_error = NULL;
  gboolean passed;

  if (is_judge (&how))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "A model judges");
      return NULL;
    }
  if (expected == NULL)
    {
      g_set_error_literal (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_SKIPPED, "There is nothing to compare with");
      return NULL;
    }
  if (needs_thread (&how, actual, expected))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "The search may take longer");
      return NULL;
    }
  passed = leyden_evaluate (&how, actual, expected, &reason, &local_error);
  if (local_error == NULL)
    return make_outputs (passed, reason);
  g_propagate_error (error, local_error);
  return NULL;
}

static void
searched_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GTask) task = data;
  LeydenNodeContext *context = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(LeydenValue) groups = leyden_node_regex_finish (result, &error);
  g_autofree char *reason = explain_regex (leyden_node_context_get_input (context, "expected"), groups != NULL);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, make_outputs (groups != NULL, reason), (GDestroyNotify) leyden_value_unref);
}

static void
judged_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  LeydenValue *outputs = leyden_judge_finish (result, &error);

  if (outputs != NULL)
    g_task_return_pointer (task, outputs, (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

/* A search that may run away does so in a thread; a judge takes its time. */
static void
execute_async (LeydenNodeExecutor  *executor,
               LeydenNodeContext   *context,
               GCancellable        *cancellable,
               GAsyncReadyCallback  callback,
               gpointer             data)
{
  LeydenEvaluation how = read_settings (context);
  g_autofree char *subject = NULL;
  g_autofree char *pattern = NULL;
  GTask *task = g_task_new (executor, NULL, callback, data);

  if (is_judge (&how))
    {
      LeydenNodeEvaluator *self = LEYDEN_NODE_EVALUATOR (executor);

      leyden_judge_async (context, self->models, self->transport, self, judged_cb, task);
      return;
    }
  prepare_regex (&how, leyden_node_context_get_input (context, "actual"), leyden_node_context_get_input (context, "expected"),
                 &subject, &pattern);
  g_task_set_task_data (task, context, NULL);
  leyden_node_regex_async (pattern, subject, FALSE, executor, searched_cb, task);
}

static LeydenValue *
execute_finish (LeydenNodeExecutor  *executor,
                GAsyncResult        *result,
                GError             **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
  iface->execute_async = execute_async;
  iface->execute_finish = execute_finish;
}

static void
leyden_node_evaluator_finalize (GObject *object)
{
  LeydenNodeEvaluator *self = LEYDEN_NODE_EVALUATOR (object);

  g_clear_object (&self->models);
  g_clear_object (&self->transport);

  G_OBJECT_CLASS (leyden_node_evaluator_parent_class)->finalize (object);
}

static void
leyden_node_evaluator_class_init (LeydenNodeEvaluatorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_node_evaluator_finalize;
}

static void
leyden_node_evaluator_init (LeydenNodeEvaluator *self)
{
}

LeydenNodeExecutor *
leyden_node_evaluator_new (LeydenModels         *models,
                           LeydenModelTransport *transport)
{
  LeydenNodeEvaluator *self = g_object_new (LEYDEN_TYPE_NODE_EVALUATOR, NULL);

  self->models = models != NULL ? g_object_ref (models) : NULL;
  self->transport = g_object_ref (transport);
  return LEYDEN_NODE_EXECUTOR (self);
}
