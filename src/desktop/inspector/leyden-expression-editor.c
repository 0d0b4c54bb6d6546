/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-expression-editor.h"

#include <glib/gi18n-lib.h>

#include "leyden-completion.h"
#include "leyden-condition-rows.h"
#include "leyden-expression.h"
#include "leyden-expression-result.h"
#include "leyden-sql-complete.h"
#include "leyden-text-editor.h"
#include "leyden-text.h"

struct _LeydenExpressionEditor
{
  GtkWidget            parent_instance;

  gboolean             condition;
  GtkWidget           *box;
  GtkWidget           *sql_button;      /* toggle: rows or SQL; NULL when it is no condition */
  GtkWidget           *rows;            /* LeydenConditionRows */
  GtkWidget           *reason;          /* label: why there are no rows */
  GtkWidget           *editor;          /* LeydenTextEditor */
  GtkWidget           *result;          /* LeydenExpressionResult */
  LeydenCompletion    *completion;
  LeydenEditorContext *context;         /* nullable */
  char                *text;            /* of the value; nullable */
  gboolean             chosen;          /* the person said which form */
  gboolean             updating;
};

static void value_editor_iface_init (LeydenValueEditorInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenExpressionEditor, leyden_expression_editor, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_VALUE_EDITOR, value_editor_iface_init))

static gboolean
wants_rows (LeydenExpressionEditor *self)
{
  return self->condition && !gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->sql_button));
}

static void
show_form (LeydenExpressionEditor *self)
{
  if (!self->condition)
    return;
  gtk_widget_set_visible (self->rows, wants_rows (self));
  gtk_widget_set_visible (self->editor, !wants_rows (self));
}

/* What the text says, as rows; NULL where it cannot be said so. */
static LeydenCondition *
parse (LeydenExpressionEditor  *self,
       char                   **reason)
{
  static const char * const none[] = { NULL };
  g_autoptr(GError) error = NULL;
  LeydenCondition *condition =
    leyden_condition_parse (self->text != NULL ? self->text : "", self->context != NULL ? (const char * const *) self->context->names : none, &error);

  *reason = condition == NULL ? leyden_text_display (error->message, -1, 200, FALSE) : NULL;
  return condition;
}

/* What is no expression at all is told below. */
static gboolean
compiles (LeydenExpressionEditor *self)
{
  g_autoptr(LeydenExpression) expression =
    self->context != NULL ? leyden_expression_new (self->text, (const char * const *) self->context->names, LEYDEN_EXPRESSION_ANY, NULL) : NULL;

  return expression != NULL;
}

/* The form that shows the value: rows where they can, until the person wants SQL. */
static void
update_form (LeydenExpressionEditor *self)
{
  g_autofree char *reason = NULL;
  g_autoptr(LeydenCondition) condition = NULL;
  g_autofree char *shown = NULL;

  if (!self->condition)
    return;
  condition = parse (self, &reason);
  shown = reason != NULL && self->text != NULL && *self->text != '\0' ? g_strdup_printf (_("Only as SQL: %s."), reason) : NULL;
  gtk_widget_set_sensitive (self->sql_button, condition != NULL);
  gtk_label_set_text (GTK_LABEL (self->reason), shown != NULL ? shown : "");
  gtk_widget_set_visible (self->reason, shown != NULL && compiles (self));
  self->updating = TRUE;
  if (condition != NULL)
    leyden_condition_rows_set (LEYDEN_CONDITION_ROWS (self->rows), condition);
  if (condition == NULL)
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->sql_button), TRUE);
  else if (!self->chosen)
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->sql_button), FALSE);
  self->updating = FALSE;
  show_form (self);
}

static void
update_result (LeydenExpressionEditor *self)
{
  leyden_expression_result_set (LEYDEN_EXPRESSION_RESULT (self->result), self->text, self->context);
}

static void
take_text (LeydenExpressionEditor *self,
           const char             *text)
{
  g_autofree char *copy = g_strdup (text);

  g_free (self->text);
  self->text = g_steal_pointer (&copy);
  update_result (self);
}

static void
edited_cb (LeydenExpressionEditor *self,
           LeydenValue            *value)
{
  /* Who types SQL goes on typing SQL. */
  self->chosen = TRUE;
  take_text (self, leyden_value_get_string (value, NULL));
  leyden_value_editor_emit_edited (LEYDEN_VALUE_EDITOR (self), value);
  update_form (self);
}

static void
invalid_cb (LeydenExpressionEditor *self,
            const char             *message)
{
  leyden_value_editor_emit_invalid (LEYDEN_VALUE_EDITOR (self), message);
}

static void
rows_changed_cb (LeydenExpressionEditor *self,
                 const char             *text)
{
  g_autoptr(LeydenValue) value = NULL;

  if (self->updating || g_strcmp0 (text, self->text) == 0)
    return;
  value = leyden_value_new_string (text, -1);
  take_text (self, text);
  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (self->editor), value);
  leyden_value_editor_emit_edited (LEYDEN_VALUE_EDITOR (self), value);
}

static void
form_toggled_cb (LeydenExpressionEditor *self)
{
  if (self->updating)
    return;
  self->chosen = TRUE;
  show_form (self);
}

static void
leyden_expression_editor_set_value (LeydenValueEditor *editor,
                                    LeydenValue       *value)
{
  LeydenExpressionEditor *self = LEYDEN_EXPRESSION_EDITOR (editor);

  leyden_completion_hide (self->completion);
  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (self->editor), value);
  if (self->text != NULL && g_strcmp0 (self->text, leyden_value_get_string (value, NULL)) == 0)
    return;
  take_text (self, leyden_value_get_string (value, NULL));
  update_form (self);
}

static void
leyden_expression_editor_set_context (LeydenValueEditor   *editor,
                                      LeydenEditorContext *context)
{
  LeydenExpressionEditor *self = LEYDEN_EXPRESSION_EDITOR (editor);

  leyden_editor_context_set (&self->context, context);
  if (self->condition)
    leyden_condition_rows_set_context (LEYDEN_CONDITION_ROWS (self->rows), context);
  update_form (self);
  update_result (self);
}

static void
value_editor_iface_init (LeydenValueEditorInterface *iface)
{
  iface->set_value = leyden_expression_editor_set_value;
  iface->set_context = leyden_expression_editor_set_context;
}

static GPtrArray *
find_proposals (const char *text,
                guint       cursor,
                gboolean    asked,
                guint      *start,
                gpointer    data)
{
  return leyden_sql_complete (text, cursor, asked, ((LeydenExpressionEditor *) data)->context, start);
}

static void
expand_clicked_cb (LeydenExpressionEditor *self)
{
  leyden_value_editor_emit_expand (LEYDEN_VALUE_EDITOR (self));
}

static void
create_rows (LeydenExpressionEditor *self)
{
  self->sql_button = gtk_toggle_button_new_with_label (_("SQL"));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->sql_button), TRUE);
  gtk_widget_add_css_class (self->sql_button, "texttool");
  gtk_widget_set_tooltip_text (self->sql_button, _("Write the condition as SQL instead of field, operator and value"));
  g_signal_connect_object (self->sql_button, "toggled", G_CALLBACK (form_toggled_cb), self, G_CONNECT_SWAPPED);
  self->rows = leyden_condition_rows_new ();
  gtk_widget_set_visible (self->rows, FALSE);
  gtk_box_append (GTK_BOX (self->box), self->rows);
  self->reason = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->reason), 0);
  gtk_label_set_wrap (GTK_LABEL (self->reason), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->reason), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (self->reason, "caption");
  gtk_widget_add_css_class (self->reason, "dim-label");
  gtk_widget_set_visible (self->reason, FALSE);
  g_signal_connect_object (self->rows, "changed", G_CALLBACK (rows_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->rows, "invalid", G_CALLBACK (invalid_cb), self, G_CONNECT_SWAPPED);
}

static void
leyden_expression_editor_dispose (GObject *object)
{
  LeydenExpressionEditor *self = LEYDEN_EXPRESSION_EDITOR (object);

  g_clear_object (&self->completion);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->context, leyden_editor_context_unref);
  g_clear_pointer (&self->text, g_free);
  G_OBJECT_CLASS (leyden_expression_editor_parent_class)->dispose (object);
}

static gboolean
leyden_expression_editor_grab_focus (GtkWidget *widget)
{
  LeydenExpressionEditor *self = LEYDEN_EXPRESSION_EDITOR (widget);

  return wants_rows (self) ? gtk_widget_child_focus (self->rows, GTK_DIR_TAB_FORWARD) : gtk_widget_grab_focus (self->editor);
}

static void
leyden_expression_editor_class_init (LeydenExpressionEditorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_expression_editor_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = leyden_expression_editor_grab_focus;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_expression_editor_init (LeydenExpressionEditor *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

static GtkWidget *
create_line (LeydenExpressionEditor *self,
             LeydenExpressionSize    size)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->result = leyden_expression_result_new (self->condition);
  gtk_widget_set_hexpand (self->result, TRUE);
  gtk_widget_set_valign (self->result, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (line), self->result);
  if (self->condition)
    {
      gtk_widget_set_valign (self->sql_button, GTK_ALIGN_START);
      gtk_box_append (GTK_BOX (line), self->sql_button);
    }
  if (size == LEYDEN_EXPRESSION_INLINE)
    {
      GtkWidget *expand = gtk_button_new_from_icon_name ("view-fullscreen-symbolic");

      gtk_widget_add_css_class (expand, "texttool");
      gtk_widget_set_valign (expand, GTK_ALIGN_START);
      gtk_widget_set_tooltip_text (expand, _("Edit in a Large Window"));
      gtk_accessible_update_property (GTK_ACCESSIBLE (expand), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Edit the Expression in a Large Window"), -1);
      g_signal_connect_object (expand, "clicked", G_CALLBACK (expand_clicked_cb), self, G_CONNECT_SWAPPED);
      gtk_box_append (GTK_BOX (line), expand);
    }
  return line;
}

GtkWidget *
leyden_expression_editor_new (gboolean             condition,
                              LeydenExpressionSize size)
{
  LeydenExpressionEditor *self = g_object_new (LEYDEN_TYPE_EXPRESSION_EDITOR, NULL);

  self->condition = condition;
  if (condition)
    create_rows (self);
  self->editor = leyden_text_editor_new (LEYDEN_PARAMETER_EXPRESSION);
  if (size == LEYDEN_EXPRESSION_LARGE)
    leyden_text_editor_set_large (LEYDEN_TEXT_EDITOR (self->editor));
  gtk_box_append (GTK_BOX (self->box), self->editor);
  if (condition)
    gtk_box_append (GTK_BOX (self->box), self->reason);
  gtk_box_append (GTK_BOX (self->box), create_line (self, size));
  self->completion = leyden_completion_new (leyden_text_editor_get_view (LEYDEN_TEXT_EDITOR (self->editor)), self->editor, find_proposals, self);
  g_signal_connect_object (self->editor, "edited", G_CALLBACK (edited_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->editor, "invalid", G_CALLBACK (invalid_cb), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

void
leyden_expression_editor_set_rows (LeydenExpressionEditor *self,
                                   gboolean                rows)
{
  g_return_if_fail (LEYDEN_IS_EXPRESSION_EDITOR (self));
  if (self->condition)
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->sql_button), !rows);
}
