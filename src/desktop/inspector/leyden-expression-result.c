/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-expression-result.h"

#include <glib/gi18n-lib.h>

#include "leyden-expression.h"
#include "leyden-previewer.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"

#define MAX_SHOWN 2000
#define MAX_LINES 6

struct _LeydenExpressionResult
{
  GtkWidget        parent_instance;

  GtkWidget       *label;
  gboolean         condition;
  LeydenPreviewer *previewer;
};

G_DEFINE_FINAL_TYPE (LeydenExpressionResult, leyden_expression_result, GTK_TYPE_WIDGET)

typedef struct
{
  char                 *text;
  LeydenEditorContext  *context;
  LeydenExpressionType  type;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->text);
  leyden_editor_context_unref (question->context);
  g_free (question);
}

static gpointer
evaluate (gpointer   data,
          GError   **error)
{
  Question *question = data;
  g_autoptr(LeydenExpression) expression =
    leyden_expression_new (question->text, (const char * const *) question->context->names, question->type, error);

  return expression != NULL ? leyden_expression_evaluate (expression, question->context->values, 0, error) : NULL;
}

static void
show (LeydenExpressionResult *self,
      const char             *text,
      const char             *style)
{
  static const char * const styles[] = { "error", "dim-label", "holds", NULL };

  for (guint i = 0; styles[i] != NULL; i++)
    gtk_widget_remove_css_class (self->label, styles[i]);
  if (style != NULL)
    gtk_widget_add_css_class (self->label, style);
  gtk_label_set_text (GTK_LABEL (self->label), text);
  gtk_widget_set_visible (self->label, *text != '\0');
}

static void
evaluated_cb (gpointer      data,
              const GError *error,
              gpointer      user_data)
{
  LeydenExpressionResult *self = user_data;
  LeydenValue *value = data;
  g_autofree char *shown = NULL;
  g_autofree char *text = NULL;

  gtk_widget_remove_css_class (self->label, "stale");
  if (error != NULL)
    {
      g_autofree char *message = leyden_text_display (error->message, -1, 300, FALSE);

      text = g_strdup_printf (_("With the last values: %s"), message);
      show (self, text, "error");
      return;
    }
  if (self->condition)
    {
      gboolean holds = leyden_value_get_boolean (value);

      show (self, holds ? _("✓ Holds with the last values") : _("✗ Does not hold with the last values"), holds ? "holds" : NULL);
      return;
    }
  shown = leyden_format_value (value, MAX_SHOWN);
  text = g_strdup_printf (_("With the last values: %s"), shown);
  show (self, text, NULL);
}

static LeydenExpressionType
type_of (LeydenExpressionResult *self,
         LeydenEditorContext    *context)
{
  static const char * const names[] = { "any", "boolean", "number", "text", "json" };
  static const LeydenExpressionType types[] = {
    LEYDEN_EXPRESSION_ANY, LEYDEN_EXPRESSION_BOOLEAN, LEYDEN_EXPRESSION_NUMBER, LEYDEN_EXPRESSION_TEXT, LEYDEN_EXPRESSION_JSON,
  };

  if (self->condition)
    return LEYDEN_EXPRESSION_BOOLEAN;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (context->result_type, names[i]))
      return types[i];
  return LEYDEN_EXPRESSION_ANY;
}

/* What does not even compile is told as the problem of the value. */
static gboolean
compiles (const char          *text,
          LeydenEditorContext *context)
{
  g_autoptr(LeydenExpression) expression =
    leyden_expression_new (text, (const char * const *) context->names, LEYDEN_EXPRESSION_ANY, NULL);

  return expression != NULL;
}

void
leyden_expression_result_set (LeydenExpressionResult *self,
                              const char             *text,
                              LeydenEditorContext    *context)
{
  Question *question;

  g_return_if_fail (LEYDEN_IS_EXPRESSION_RESULT (self));

  if (text == NULL || *text == '\0' || context == NULL || !compiles (text, context))
    {
      leyden_previewer_cancel (self->previewer);
      show (self, "", NULL);
      return;
    }
  if (leyden_value_get_size (context->values) == 0)
    {
      leyden_previewer_cancel (self->previewer);
      show (self, _("Try the flow once to see the result here."), "dim-label");
      return;
    }
  question = g_new0 (Question, 1);
  question->text = g_strdup (text);
  question->context = leyden_editor_context_ref (context);
  question->type = type_of (self, context);
  gtk_widget_add_css_class (self->label, "stale");
  leyden_previewer_request (self->previewer, question);
}

static void
leyden_expression_result_dispose (GObject *object)
{
  LeydenExpressionResult *self = LEYDEN_EXPRESSION_RESULT (object);

  g_clear_pointer (&self->previewer, leyden_previewer_free);
  g_clear_pointer (&self->label, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_expression_result_parent_class)->dispose (object);
}

static void
leyden_expression_result_class_init (LeydenExpressionResultClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_expression_result_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_expression_result_init (LeydenExpressionResult *self)
{
  self->label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->label), 0);
  gtk_label_set_wrap (GTK_LABEL (self->label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_lines (GTK_LABEL (self->label), MAX_LINES);
  gtk_label_set_ellipsize (GTK_LABEL (self->label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (self->label, "caption");
  gtk_widget_set_visible (self->label, FALSE);
  gtk_widget_set_parent (self->label, GTK_WIDGET (self));
  self->previewer = leyden_previewer_new (evaluate, question_free, (GDestroyNotify) leyden_value_unref, evaluated_cb, self);
}

GtkWidget *
leyden_expression_result_new (gboolean condition)
{
  LeydenExpressionResult *self = g_object_new (LEYDEN_TYPE_EXPRESSION_RESULT, NULL);

  self->condition = condition;
  return GTK_WIDGET (self);
}
