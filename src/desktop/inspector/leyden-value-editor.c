/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-value-editor.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-cases-editor.h"
#include "leyden-choice-editor.h"
#include "leyden-code-editor.h"
#include "leyden-examples-editor.h"
#include "leyden-expression-editor.h"
#include "leyden-expression.h"
#include "leyden-fields-editor.h"
#include "leyden-json.h"
#include "leyden-model-editor.h"
#include "leyden-number-editor.h"
#include "leyden-prompt-editor.h"
#include "leyden-template.h"
#include "leyden-text-editor.h"
#include "leyden-weights-editor.h"

G_DEFINE_INTERFACE (LeydenValueEditor, leyden_value_editor, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_EDITED,
  SIGNAL_INVALID,
  SIGNAL_EXPAND,
  SIGNAL_CONNECT,
  SIGNAL_ADD_INPUT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
leyden_value_editor_default_init (LeydenValueEditorInterface *iface)
{
  signals[SIGNAL_EDITED] =
    g_signal_new ("edited", LEYDEN_TYPE_VALUE_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  signals[SIGNAL_INVALID] =
    g_signal_new ("invalid", LEYDEN_TYPE_VALUE_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_EXPAND] =
    g_signal_new ("expand", LEYDEN_TYPE_VALUE_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_CONNECT] =
    g_signal_new ("connect-input", LEYDEN_TYPE_VALUE_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_STRING,
                  G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_ADD_INPUT] =
    g_signal_new ("add-input", LEYDEN_TYPE_VALUE_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

void
leyden_value_editor_set_value (LeydenValueEditor *self,
                               LeydenValue       *value)
{
  g_return_if_fail (LEYDEN_IS_VALUE_EDITOR (self));
  LEYDEN_VALUE_EDITOR_GET_IFACE (self)->set_value (self, value);
}

void
leyden_value_editor_set_context (LeydenValueEditor   *self,
                                 LeydenEditorContext *context)
{
  g_return_if_fail (LEYDEN_IS_VALUE_EDITOR (self));
  if (LEYDEN_VALUE_EDITOR_GET_IFACE (self)->set_context != NULL)
    LEYDEN_VALUE_EDITOR_GET_IFACE (self)->set_context (self, context);
}

void
leyden_value_editor_emit_expand (LeydenValueEditor *self)
{
  g_return_if_fail (LEYDEN_IS_VALUE_EDITOR (self));
  g_signal_emit (self, signals[SIGNAL_EXPAND], 0);
}

void
leyden_value_editor_emit_connect (LeydenValueEditor *self,
                                  const char        *input,
                                  const char        *node,
                                  const char        *output)
{
  g_return_if_fail (LEYDEN_IS_VALUE_EDITOR (self));
  g_signal_emit (self, signals[SIGNAL_CONNECT], 0, input, node, output);
}

void
leyden_value_editor_emit_add_input (LeydenValueEditor *self,
                                    const char        *input)
{
  g_return_if_fail (LEYDEN_IS_VALUE_EDITOR (self));
  g_signal_emit (self, signals[SIGNAL_ADD_INPUT], 0, input);
}

void
leyden_value_editor_emit_edited (LeydenValueEditor *self,
                                 LeydenValue       *value)
{
  g_return_if_fail (LEYDEN_IS_VALUE_EDITOR (self));
  g_signal_emit (self, signals[SIGNAL_EDITED], 0, value);
}

void
leyden_value_editor_emit_invalid (LeydenValueEditor *self,
                                  const char        *message)
{
  g_return_if_fail (LEYDEN_IS_VALUE_EDITOR (self));
  g_signal_emit (self, signals[SIGNAL_INVALID], 0, message);
}

/* What a model reads. */
static gboolean
is_prompt (const LeydenParameter *parameter)
{
  return parameter->kind == LEYDEN_PARAMETER_TEMPLATE ||
         (parameter->kind == LEYDEN_PARAMETER_MULTILINE && parameter->language == NULL && parameter->slot != NULL);
}

static gboolean
is_condition (const LeydenParameter *parameter)
{
  return g_strcmp0 (parameter->language, "condition") == 0;
}

GtkWidget *
leyden_value_editor_new_large_for (const LeydenParameter *parameter)
{
  g_return_val_if_fail (parameter != NULL, NULL);
  if (parameter->kind == LEYDEN_PARAMETER_EXPRESSION)
    return leyden_expression_editor_new (is_condition (parameter), LEYDEN_EXPRESSION_LARGE);
  if (parameter->kind == LEYDEN_PARAMETER_MULTILINE && parameter->language != NULL)
    return leyden_code_editor_new (parameter->language, TRUE);
  return is_prompt (parameter) ? leyden_prompt_editor_new (parameter, TRUE) : NULL;
}

GtkWidget *
leyden_value_editor_new_for (const LeydenParameter *parameter)
{
  GtkWidget *editor = NULL;

  g_return_val_if_fail (parameter != NULL, NULL);

  switch (parameter->kind)
    {
    case LEYDEN_PARAMETER_MULTILINE:
    case LEYDEN_PARAMETER_TEMPLATE:
      if (is_prompt (parameter))
        return leyden_prompt_editor_new (parameter, FALSE);
      if (parameter->language != NULL)
        return leyden_code_editor_new (parameter->language, FALSE);
      editor = leyden_text_editor_new (parameter->kind);
      break;
    case LEYDEN_PARAMETER_EXPRESSION:
      editor = leyden_expression_editor_new (is_condition (parameter), LEYDEN_EXPRESSION_INLINE);
      break;
    case LEYDEN_PARAMETER_JSON:
    case LEYDEN_PARAMETER_SCHEMA:
    case LEYDEN_PARAMETER_TEXT:
    case LEYDEN_PARAMETER_REGEX:
    case LEYDEN_PARAMETER_JSON_PATH:
    case LEYDEN_PARAMETER_SECRET:
      editor = leyden_text_editor_new (parameter->kind);
      break;
    case LEYDEN_PARAMETER_INTEGER:
    case LEYDEN_PARAMETER_NUMBER:
      editor = leyden_number_editor_new (parameter);
      break;
    case LEYDEN_PARAMETER_BOOLEAN:
    case LEYDEN_PARAMETER_ENUM:
      editor = leyden_choice_editor_new (parameter);
      break;
    case LEYDEN_PARAMETER_MODEL:
      editor = leyden_model_editor_new ();
      break;
    case LEYDEN_PARAMETER_FIELDS:
      editor = leyden_fields_editor_new ();
      break;
    case LEYDEN_PARAMETER_EXAMPLES:
      editor = leyden_examples_editor_new ();
      break;
    case LEYDEN_PARAMETER_WEIGHTS:
      editor = leyden_weights_editor_new ();
      break;
    case LEYDEN_PARAMETER_CASES:
      editor = leyden_cases_editor_new ();
      break;
    default:
      g_return_val_if_reached (NULL);
    }
  return editor;
}

static char *
check_number (const LeydenParameter *parameter,
              LeydenValue           *value)
{
  double number;
  gint64 integer;

  if (!leyden_value_get_double (value, &number))
    return g_strdup (_("A number is needed here."));
  if (parameter->kind == LEYDEN_PARAMETER_INTEGER && !leyden_value_get_int (value, &integer))
    return g_strdup (_("A whole number is needed here."));
  if (number >= parameter->minimum && number <= parameter->maximum)
    return NULL;
  if (!isfinite (parameter->maximum))
    return g_strdup_printf (_("Must be at least %g."), parameter->minimum);
  if (!isfinite (parameter->minimum))
    return g_strdup_printf (_("Must be at most %g."), parameter->maximum);
  return g_strdup_printf (_("Must be between %g and %g."), parameter->minimum, parameter->maximum);
}

static char *
check_text (const LeydenParameter *parameter,
            const char            *text,
            const char * const    *names)
{
  g_autoptr(GError) error = NULL;

  switch (parameter->kind)
    {
    case LEYDEN_PARAMETER_TEMPLATE:
      {
        g_autoptr(LeydenTemplate) template = leyden_template_new (text, &error);
        break;
      }
    case LEYDEN_PARAMETER_EXPRESSION:
      if (names != NULL)
        {
          g_autoptr(LeydenExpression) expression = leyden_expression_new (text, names, LEYDEN_EXPRESSION_ANY, &error);
        }
      break;
    case LEYDEN_PARAMETER_REGEX:
      leyden_regex_check (text, &error);
      break;
    case LEYDEN_PARAMETER_JSON_PATH:
      {
        g_autoptr(LeydenValue) nothing = leyden_value_new_null ();
        g_autoptr(LeydenValue) found = leyden_json_path_extract (nothing, text, &error);
        break;
      }
    default:
      break;
    }
  if (error != NULL)
    return g_strdup (error->message);
  if (isfinite (parameter->maximum) && g_utf8_strlen (text, -1) > parameter->maximum)
    return g_strdup_printf (_("At most %g characters."), parameter->maximum);
  return NULL;
}

char *
leyden_value_editor_check_names (LeydenValue *list)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      const char *name = leyden_value_get_member_string (leyden_value_get_item (list, i), "name", "");

      if (*name == '\0')
        return g_strdup (_("Each one needs a name."));
      if (!g_hash_table_add (seen, (char *) name))
        return g_strdup_printf (_("“%s” is there twice."), name);
    }
  return NULL;
}

static char *
check_cases (LeydenValue        *cases,
             const char * const *names)
{
  char *problem = leyden_value_editor_check_names (cases);

  for (guint i = 0; problem == NULL && names != NULL && i < leyden_value_get_size (cases); i++)
    {
      LeydenValue *row = leyden_value_get_item (cases, i);
      const char *condition = leyden_value_get_member_string (row, "condition", NULL);
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenExpression) expression =
        condition != NULL ? leyden_expression_new (condition, names, LEYDEN_EXPRESSION_ANY, &error) : NULL;

      /* Translators: name of a case, what is wrong with its condition. */
      if (error != NULL)
        problem = g_strdup_printf (_("%s: %s"), leyden_value_get_member_string (row, "name", ""), error->message);
    }
  return problem;
}

static char *
check_weights (LeydenValue *weights)
{
  double sum = 0;

  for (guint i = 0; i < leyden_value_get_size (weights); i++)
    {
      double weight;

      if (!leyden_value_get_double (leyden_value_get_item (weights, i), &weight) || weight < 0)
        return g_strdup_printf (_("The weight of “%s” must be a number from 0."), leyden_value_get_key (weights, i));
      sum += weight;
    }
  return sum > 0 || leyden_value_get_size (weights) == 0 ? NULL : g_strdup (_("At least one weight must be above 0."));
}

static gboolean
is_empty (LeydenValue *value)
{
  LeydenValueKind kind = leyden_value_get_kind (value);

  if (kind == LEYDEN_VALUE_LIST || kind == LEYDEN_VALUE_OBJECT)
    return leyden_value_get_size (value) == 0;
  return leyden_value_is_null (value) || g_strcmp0 (leyden_value_get_string (value, NULL), "") == 0;
}

char *
leyden_value_editor_check (const LeydenParameter *parameter,
                           LeydenValue           *value,
                           const char * const    *names)
{
  const char *text = leyden_value_get_string (value, NULL);

  g_return_val_if_fail (parameter != NULL, NULL);

  if (parameter->required && is_empty (value))
    return g_strdup (_("Something must stand here."));
  if (leyden_value_is_null (value))
    return NULL;
  if (parameter->kind == LEYDEN_PARAMETER_INTEGER || parameter->kind == LEYDEN_PARAMETER_NUMBER)
    return check_number (parameter, value);
  if (parameter->kind == LEYDEN_PARAMETER_CASES)
    return check_cases (value, names);
  if (parameter->kind == LEYDEN_PARAMETER_FIELDS)
    return leyden_value_editor_check_names (value);
  if (parameter->kind == LEYDEN_PARAMETER_WEIGHTS)
    return check_weights (value);
  if (text != NULL && *text != '\0')
    return check_text (parameter, text, names);
  return NULL;
}

void
leyden_value_editor_ignore_scrolling (GtkWidget *widget)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers (widget);

  g_return_if_fail (GTK_IS_WIDGET (widget));

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr(GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_SCROLL (controller))
        gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_NONE);
    }
}
