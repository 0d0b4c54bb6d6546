/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-code-editor.h"

#include <glib/gi18n-lib.h>

#include "leyden-completion.h"
#include "leyden-python-check.h"
#include "leyden-steps-view.h"
#include "leyden-text-editor.h"

#define MAX_SHOWN 2000
#define MAX_LINES 6

struct _LeydenCodeEditor
{
  GtkWidget            parent_instance;

  GtkWidget           *box;
  GtkWidget           *editor;          /* LeydenTextEditor */
  GtkWidget           *problem;         /* label */
  GtkWidget           *result;          /* label */
  GtkWidget           *run;             /* button */
  GtkTextTag          *wrong;
  LeydenCompletion    *completion;
  LeydenEditorContext *context;         /* nullable */
};

static void value_editor_iface_init (LeydenValueEditorInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenCodeEditor, leyden_code_editor, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_VALUE_EDITOR, value_editor_iface_init))

static void
mark_line (LeydenCodeEditor *self,
           guint             line)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (leyden_text_editor_get_view (LEYDEN_TEXT_EDITOR (self->editor)));
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  gtk_text_buffer_remove_tag (buffer, self->wrong, &start, &end);
  if (line == 0)
    return;
  gtk_text_buffer_get_iter_at_line (buffer, &start, (int) line - 1);
  end = start;
  if (!gtk_text_iter_ends_line (&end))
    gtk_text_iter_forward_to_line_end (&end);
  gtk_text_buffer_apply_tag (buffer, self->wrong, &start, &end);
}

static void
check (LeydenCodeEditor *self)
{
  g_autofree char *text = leyden_text_editor_dup_text (LEYDEN_TEXT_EDITOR (self->editor));
  guint line = 0;
  g_autofree char *problem = leyden_python_check (text, &line);

  mark_line (self, problem != NULL ? line : 0);
  gtk_label_set_text (GTK_LABEL (self->problem), problem != NULL ? problem : "");
  gtk_widget_set_visible (self->problem, problem != NULL);
}

static void
show_result (LeydenCodeEditor *self)
{
  LeydenValue *value = self->context != NULL ? leyden_value_get_member (self->context->outputs, "result") : NULL;
  g_autofree char *shown = value != NULL ? leyden_format_value (value, MAX_SHOWN) : NULL;
  g_autofree char *text = shown != NULL ? g_strdup_printf (_("Last result: %s"), shown) : g_strdup (_("Python checks the rest when it runs."));

  gtk_label_set_text (GTK_LABEL (self->result), text);
}

static void
edited_cb (LeydenCodeEditor *self,
           LeydenValue      *value)
{
  leyden_value_editor_emit_edited (LEYDEN_VALUE_EDITOR (self), value);
  check (self);
}

static void
invalid_cb (LeydenCodeEditor *self,
            const char       *message)
{
  leyden_value_editor_emit_invalid (LEYDEN_VALUE_EDITOR (self), message);
}

static void
leyden_code_editor_set_value (LeydenValueEditor *editor,
                              LeydenValue       *value)
{
  LeydenCodeEditor *self = LEYDEN_CODE_EDITOR (editor);

  leyden_completion_hide (self->completion);
  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (self->editor), value);
  check (self);
}

static void
leyden_code_editor_set_context (LeydenValueEditor   *editor,
                                LeydenEditorContext *context)
{
  LeydenCodeEditor *self = LEYDEN_CODE_EDITOR (editor);

  leyden_editor_context_set (&self->context, context);
  gtk_widget_set_visible (self->run, context != NULL);
  if (context != NULL)
    gtk_actionable_set_action_target (GTK_ACTIONABLE (self->run), "(ss)", "run", context->node);
  show_result (self);
}

static void
value_editor_iface_init (LeydenValueEditorInterface *iface)
{
  iface->set_value = leyden_code_editor_set_value;
  iface->set_context = leyden_code_editor_set_context;
}

/* inputs["name"] */
static GPtrArray *
find_proposals (const char *text,
                guint       cursor,
                gboolean    asked,
                guint      *start,
                gpointer    data)
{
  static const char opening[] = "inputs[\"";
  LeydenCodeEditor *self = data;
  const char *at = g_utf8_offset_to_pointer (text, cursor);
  g_autofree char *before = g_strndup (text, (gsize) (at - text));
  const char *open = g_strrstr (before, opening);
  const char *typed = open != NULL ? open + strlen (opening) : NULL;
  g_autoptr(GPtrArray) proposals = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_proposal_free);

  if (self->context == NULL || (!asked && typed == NULL) || (typed != NULL && strpbrk (typed, "\"\n") != NULL && !asked))
    return NULL;
  if (typed != NULL && strpbrk (typed, "\"\n") != NULL)
    typed = NULL;
  *start = typed != NULL ? (guint) g_utf8_pointer_to_offset (before, open) : cursor;
  for (guint i = 0; self->context->names[i] != NULL; i++)
    {
      const char *name = self->context->names[i];
      LeydenProposal *proposal;

      if ((typed != NULL && !g_str_has_prefix (name, typed)) || strpbrk (name, "\"\\\n") != NULL)
        continue;
      proposal = g_new0 (LeydenProposal, 1);
      proposal->label = g_strdup_printf ("inputs[\"%s\"]", name);
      proposal->detail = g_strdup (leyden_port_type_get_title (leyden_editor_context_get_type (self->context, name)));
      proposal->insert = g_strdup_printf ("inputs[\"%s%s", name, typed != NULL && g_str_has_prefix (at, "\"]") ? "" : "\"]");
      g_ptr_array_add (proposals, proposal);
    }
  return proposals->len > 0 ? g_steal_pointer (&proposals) : NULL;
}

static void
expand_clicked_cb (LeydenCodeEditor *self)
{
  leyden_value_editor_emit_expand (LEYDEN_VALUE_EDITOR (self));
}

static GtkWidget *
new_text (const char *style)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
create_line (LeydenCodeEditor *self,
             gboolean          large)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->result = new_text ("dim-label");
  gtk_label_set_lines (GTK_LABEL (self->result), MAX_LINES);
  gtk_label_set_ellipsize (GTK_LABEL (self->result), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (self->result, TRUE);
  gtk_widget_set_valign (self->result, GTK_ALIGN_CENTER);
  self->run = gtk_button_new_with_label (_("Run"));
  gtk_widget_add_css_class (self->run, "texttool");
  gtk_widget_set_valign (self->run, GTK_ALIGN_START);
  gtk_widget_set_tooltip_text (self->run, _("Run this node with its last inputs, in the sandbox and after your approval"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->run), "win.node");
  gtk_widget_set_visible (self->run, FALSE);
  gtk_box_append (GTK_BOX (line), self->result);
  gtk_box_append (GTK_BOX (line), self->run);
  if (!large)
    {
      GtkWidget *expand = gtk_button_new_from_icon_name ("view-fullscreen-symbolic");

      gtk_widget_add_css_class (expand, "texttool");
      gtk_widget_set_valign (expand, GTK_ALIGN_START);
      gtk_widget_set_tooltip_text (expand, _("Edit in a Large Window"));
      gtk_accessible_update_property (GTK_ACCESSIBLE (expand), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Edit the Script in a Large Window"), -1);
      g_signal_connect_object (expand, "clicked", G_CALLBACK (expand_clicked_cb), self, G_CONNECT_SWAPPED);
      gtk_box_append (GTK_BOX (line), expand);
    }
  return line;
}

static void
leyden_code_editor_dispose (GObject *object)
{
  LeydenCodeEditor *self = LEYDEN_CODE_EDITOR (object);

  g_clear_object (&self->completion);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->context, leyden_editor_context_unref);
  G_OBJECT_CLASS (leyden_code_editor_parent_class)->dispose (object);
}

static gboolean
leyden_code_editor_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (LEYDEN_CODE_EDITOR (widget)->editor);
}

static void
leyden_code_editor_class_init (LeydenCodeEditorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_code_editor_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = leyden_code_editor_grab_focus;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_code_editor_init (LeydenCodeEditor *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
leyden_code_editor_new (const char *language,
                        gboolean    large)
{
  LeydenCodeEditor *self = g_object_new (LEYDEN_TYPE_CODE_EDITOR, NULL);
  GtkTextView *view;

  self->editor = leyden_text_editor_new (LEYDEN_PARAMETER_MULTILINE);
  leyden_text_editor_set_language (LEYDEN_TEXT_EDITOR (self->editor), language);
  if (large)
    leyden_text_editor_set_large (LEYDEN_TEXT_EDITOR (self->editor));
  view = leyden_text_editor_get_view (LEYDEN_TEXT_EDITOR (self->editor));
  self->wrong = gtk_text_buffer_create_tag (gtk_text_view_get_buffer (view), NULL, "underline", PANGO_UNDERLINE_ERROR, NULL);
  self->completion = leyden_completion_new (view, self->editor, find_proposals, self);
  self->problem = new_text ("error");
  gtk_widget_set_visible (self->problem, FALSE);
  gtk_box_append (GTK_BOX (self->box), self->editor);
  gtk_box_append (GTK_BOX (self->box), self->problem);
  gtk_box_append (GTK_BOX (self->box), create_line (self, large));
  g_signal_connect_object (self->editor, "edited", G_CALLBACK (edited_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->editor, "invalid", G_CALLBACK (invalid_cb), self, G_CONNECT_SWAPPED);
  show_result (self);
  return GTK_WIDGET (self);
}
