/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-prompt-editor.h"

#include <glib/gi18n-lib.h>

#include "leyden-completion.h"
#include "leyden-previewer.h"
#include "leyden-prompt-highlight.h"
#include "leyden-text-editor.h"
#include "leyden-text.h"
#include "leyden-token-estimate.h"

/* What a preview shows of a text with its values. */
#define MAX_PREVIEW 20000
/* Reasons and repairs that are listed; the rest are underlined. */
#define MAX_LISTED 3

struct _LeydenPromptEditor
{
  GtkWidget              parent_instance;

  const LeydenParameter *parameter;
  gboolean               template;
  LeydenEditorContext   *context;       /* nullable */
  GtkWidget             *box;
  GtkWidget             *editor;        /* LeydenTextEditor */
  GtkWidget             *problems_box;
  GtkWidget             *tokens;        /* label */
  GtkWidget             *preview_button; /* NULL when it is no template */
  GtkWidget             *preview;       /* box */
  GtkWidget             *preview_text;  /* label */
  GtkWidget             *preview_note;  /* label */
  LeydenPromptHighlight *highlight;
  LeydenCompletion      *completion;
  LeydenPreviewer       *previewer;
  GPtrArray             *problems;      /* as listed; nullable */
  guint                  n_tokens_filled; /* of the text with the last values; 0: not known */
};

static void value_editor_iface_init (LeydenValueEditorInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenPromptEditor, leyden_prompt_editor, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_VALUE_EDITOR, value_editor_iface_init))

static gboolean
makes_inputs (LeydenPromptEditor *self)
{
  return self->context != NULL && g_strcmp0 (self->context->inputs_parameter, self->parameter->name) == 0;
}

/* --- tokens --- */

static void
show_tokens (LeydenPromptEditor *self)
{
  g_autofree char *text = leyden_text_editor_dup_text (LEYDEN_TEXT_EDITOR (self->editor));
  guint n = leyden_token_estimate (text);
  g_autofree char *own = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "≈ %u token", "≈ %u tokens", n), n);
  g_autofree char *shown = self->n_tokens_filled > 0
                             /* Translators: %s is “≈ 12 tokens”, of a text; %u the number with values in place of its variables. */
                             ? g_strdup_printf (_("%s, ≈ %u with the last values"), own, self->n_tokens_filled) : g_strdup (own);

  gtk_label_set_text (GTK_LABEL (self->tokens), shown);
}

/* --- the text with values --- */

typedef struct
{
  char        *text;
  LeydenValue *values;
} RenderInput;

typedef struct
{
  char  *shown;
  guint  tokens;
} RenderResult;

static void
render_input_free (gpointer data)
{
  RenderInput *input = data;

  g_free (input->text);
  leyden_value_unref (input->values);
  g_free (input);
}

static void
render_result_free (gpointer data)
{
  RenderResult *result = data;

  g_free (result->shown);
  g_free (result);
}

static gpointer
render_work (gpointer   data,
             GError   **error)
{
  RenderInput *input = data;
  RenderResult *result = g_new0 (RenderResult, 1);
  g_autofree char *filled = leyden_prompt_text_render (input->text, input->values);

  result->tokens = leyden_token_estimate (filled);
  result->shown = *filled != '\0' ? leyden_text_display (filled, -1, MAX_PREVIEW, TRUE) : g_strdup (_("(empty text)"));
  return result;
}

static void
render_done (gpointer      data,
             const GError *error,
             gpointer      user_data)
{
  LeydenPromptEditor *self = user_data;
  const RenderResult *result = data;

  self->n_tokens_filled = result->tokens;
  gtk_label_set_text (GTK_LABEL (self->preview_text), result->shown);
  gtk_widget_remove_css_class (self->preview, "stale");
  show_tokens (self);
}

static gboolean
has_values (LeydenPromptEditor *self)
{
  return self->context != NULL && leyden_value_get_size (self->context->values) > 0;
}

static gboolean
is_previewing (LeydenPromptEditor *self)
{
  return self->preview_button != NULL && gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->preview_button));
}

static void
update_preview (LeydenPromptEditor *self)
{
  RenderInput *input;

  if (!self->template)
    return;
  gtk_widget_set_visible (self->preview, is_previewing (self));
  gtk_widget_set_visible (self->preview_note, !has_values (self));
  gtk_widget_set_visible (self->preview_text, has_values (self));
  if (!has_values (self))
    {
      leyden_previewer_cancel (self->previewer);
      self->n_tokens_filled = 0;
      return;
    }
  input = g_new0 (RenderInput, 1);
  input->text = leyden_text_editor_dup_text (LEYDEN_TEXT_EDITOR (self->editor));
  input->values = leyden_value_ref (self->context->values);
  gtk_widget_add_css_class (self->preview, "stale");
  leyden_previewer_request (self->previewer, input);
}

/* --- problems and their repair --- */

static void
replace_text (LeydenPromptEditor        *self,
              const LeydenPromptProblem *problem)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (leyden_text_editor_get_view (LEYDEN_TEXT_EDITOR (self->editor)));
  GtkTextIter start, end;

  gtk_text_buffer_get_iter_at_offset (buffer, &start, (int) problem->start);
  gtk_text_buffer_get_iter_at_offset (buffer, &end, (int) problem->end);
  gtk_text_buffer_begin_user_action (buffer);
  gtk_text_buffer_delete (buffer, &start, &end);
  gtk_text_buffer_insert (buffer, &start, problem->replacement, -1);
  gtk_text_buffer_end_user_action (buffer);
}

static void
repair_clicked_cb (LeydenPromptEditor *self,
                   GtkButton          *button)
{
  /* The list is made anew while the repair changes the text. */
  g_autoptr(GPtrArray) problems = g_ptr_array_ref (self->problems);
  g_autoptr(LeydenEditorContext) context = leyden_editor_context_ref (self->context);
  const LeydenPromptProblem *problem = g_object_get_data (G_OBJECT (button), "problem");

  gtk_widget_grab_focus (self->editor);
  switch (problem->repair)
    {
    case LEYDEN_PROMPT_REPAIR_REPLACE:
      replace_text (self, problem);
      break;
    case LEYDEN_PROMPT_REPAIR_CONNECT:
      leyden_value_editor_emit_connect (LEYDEN_VALUE_EDITOR (self), problem->name, problem->offer->node, problem->offer->port);
      break;
    case LEYDEN_PROMPT_REPAIR_INPUT:
      leyden_value_editor_emit_add_input (LEYDEN_VALUE_EDITOR (self), problem->name);
      break;
    case LEYDEN_PROMPT_REPAIR_NONE:
    default:
      break;
    }
}

static void
append_problem (LeydenPromptEditor        *self,
                const LeydenPromptProblem *problem)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *label = gtk_label_new (problem->message);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, problem->error ? "error" : "dim-label");
  gtk_box_append (GTK_BOX (row), label);
  if (problem->label != NULL)
    {
      GtkWidget *button = gtk_button_new_with_label (problem->label);

      gtk_label_set_ellipsize (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (button))), PANGO_ELLIPSIZE_END);
      gtk_widget_set_halign (button, GTK_ALIGN_START);
      gtk_widget_add_css_class (button, "repair");
      gtk_widget_set_tooltip_text (button, problem->label);
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, problem->message, -1);
      g_object_set_data (G_OBJECT (button), "problem", (gpointer) problem);
      g_signal_connect_object (button, "clicked", G_CALLBACK (repair_clicked_cb), self, G_CONNECT_SWAPPED);
      gtk_box_append (GTK_BOX (row), button);
    }
  gtk_box_append (GTK_BOX (self->problems_box), row);
}

static gboolean
is_listed (LeydenPromptEditor        *self,
           const LeydenPromptProblem *problem,
           guint                      index)
{
  /* The field tells by itself what is no placeholder. */
  if (problem->name == NULL)
    return FALSE;
  for (guint i = 0; i < index; i++)
    {
      const LeydenPromptProblem *other = g_ptr_array_index (self->problems, i);

      if (g_strcmp0 (other->name, problem->name) == 0 && g_str_equal (other->message, problem->message))
        return FALSE;
    }
  return TRUE;
}

static void
update_problems (LeydenPromptEditor *self)
{
  g_autofree char *text = NULL;
  GtkWidget *child;
  guint n = 0;

  if (!self->template)
    return;
  text = leyden_text_editor_dup_text (LEYDEN_TEXT_EDITOR (self->editor));
  while ((child = gtk_widget_get_first_child (self->problems_box)) != NULL)
    gtk_box_remove (GTK_BOX (self->problems_box), child);
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  self->problems = leyden_prompt_text_check (text, self->context, makes_inputs (self));
  for (guint i = 0; i < self->problems->len && n < MAX_LISTED; i++)
    if (is_listed (self, g_ptr_array_index (self->problems, i), i))
      {
        append_problem (self, g_ptr_array_index (self->problems, i));
        n++;
      }
  gtk_widget_set_visible (self->problems_box, n > 0);
  leyden_prompt_highlight_set_problems (self->highlight, self->problems);
}

/* --- what the text says --- */

static void
update (LeydenPromptEditor *self)
{
  update_problems (self);
  update_preview (self);
  show_tokens (self);
}

static void
edited_cb (LeydenPromptEditor *self,
           LeydenValue        *value)
{
  leyden_value_editor_emit_edited (LEYDEN_VALUE_EDITOR (self), value);
  update (self);
}

static void
invalid_cb (LeydenPromptEditor *self,
            const char         *message)
{
  leyden_value_editor_emit_invalid (LEYDEN_VALUE_EDITOR (self), message);
}

static void
leyden_prompt_editor_set_value (LeydenValueEditor *editor,
                                LeydenValue       *value)
{
  LeydenPromptEditor *self = LEYDEN_PROMPT_EDITOR (editor);

  leyden_completion_hide (self->completion);
  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (self->editor), value);
  update (self);
}

static void
leyden_prompt_editor_set_context (LeydenValueEditor   *editor,
                                  LeydenEditorContext *context)
{
  LeydenPromptEditor *self = LEYDEN_PROMPT_EDITOR (editor);

  g_clear_pointer (&self->problems, g_ptr_array_unref);
  leyden_editor_context_set (&self->context, context);
  update (self);
}

static void
value_editor_iface_init (LeydenValueEditorInterface *iface)
{
  iface->set_value = leyden_prompt_editor_set_value;
  iface->set_context = leyden_prompt_editor_set_context;
}

static GPtrArray *
find_proposals (const char *text,
                guint       cursor,
                gboolean    asked,
                guint      *start,
                gpointer    data)
{
  LeydenPromptEditor *self = data;

  return self->template ? leyden_prompt_text_complete (text, cursor, asked, makes_inputs (self), self->context, start) : NULL;
}

/* The text is edited by now, which made the input. */
static void
accepted_cb (LeydenPromptEditor   *self,
             const LeydenProposal *proposal)
{
  if (proposal->node != NULL)
    leyden_value_editor_emit_connect (LEYDEN_VALUE_EDITOR (self), proposal->port, proposal->node, proposal->port);
}

static void
expand_clicked_cb (LeydenPromptEditor *self)
{
  leyden_value_editor_emit_expand (LEYDEN_VALUE_EDITOR (self));
}

/* --- making it --- */

static void
create_preview (LeydenPromptEditor *self,
                gboolean            large)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *title = gtk_label_new (_("With the last values"));

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_widget_add_css_class (title, "caption-heading");
  self->preview_note = gtk_label_new (_("No value is known yet. Try the flow once: what was on the wires then is filled in here."));
  gtk_label_set_xalign (GTK_LABEL (self->preview_note), 0);
  gtk_label_set_wrap (GTK_LABEL (self->preview_note), TRUE);
  gtk_widget_add_css_class (self->preview_note, "dim-label");
  gtk_widget_add_css_class (self->preview_note, "caption");
  self->preview_text = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->preview_text), 0);
  gtk_label_set_yalign (GTK_LABEL (self->preview_text), 0);
  gtk_label_set_wrap (GTK_LABEL (self->preview_text), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->preview_text), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (self->preview_text), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->preview_text), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, _("With the last values"), -1);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), large ? 260 : 160);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->preview_text);
  self->preview = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_widget_add_css_class (self->preview, "valuepreview");
  gtk_box_append (GTK_BOX (self->preview), title);
  gtk_box_append (GTK_BOX (self->preview), self->preview_note);
  gtk_box_append (GTK_BOX (self->preview), scroller);
  gtk_widget_set_visible (self->preview, FALSE);
}

static GtkWidget *
create_line (LeydenPromptEditor *self,
             gboolean            large)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->tokens = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->tokens), 0);
  gtk_label_set_wrap (GTK_LABEL (self->tokens), TRUE);
  gtk_widget_set_hexpand (self->tokens, TRUE);
  gtk_widget_add_css_class (self->tokens, "caption");
  gtk_widget_add_css_class (self->tokens, "dim-label");
  gtk_widget_set_tooltip_text (self->tokens, _("An estimate: four characters a token, one character in scripts without spaces. Each model counts in "
                                               "its own way; a run shows what it counted."));
  gtk_box_append (GTK_BOX (line), self->tokens);
  if (self->template)
    {
      self->preview_button = gtk_toggle_button_new_with_label (_("Preview"));
      gtk_widget_add_css_class (self->preview_button, "texttool");
      gtk_widget_set_valign (self->preview_button, GTK_ALIGN_CENTER);
      gtk_widget_set_tooltip_text (self->preview_button, _("Show the text with the last values"));
      g_signal_connect_object (self->preview_button, "toggled", G_CALLBACK (update_preview), self, G_CONNECT_SWAPPED);
      gtk_box_append (GTK_BOX (line), self->preview_button);
    }
  if (!large)
    {
      GtkWidget *expand = gtk_button_new_from_icon_name ("view-fullscreen-symbolic");
      g_autofree char *label = g_strdup_printf (_("Edit “%s” in a Large Window"), self->parameter->title);

      gtk_widget_add_css_class (expand, "texttool");
      gtk_widget_set_valign (expand, GTK_ALIGN_CENTER);
      gtk_widget_set_tooltip_text (expand, label);
      gtk_accessible_update_property (GTK_ACCESSIBLE (expand), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
      g_signal_connect_object (expand, "clicked", G_CALLBACK (expand_clicked_cb), self, G_CONNECT_SWAPPED);
      gtk_box_append (GTK_BOX (line), expand);
    }
  gtk_widget_set_valign (self->tokens, GTK_ALIGN_CENTER);
  return line;
}

static void
leyden_prompt_editor_dispose (GObject *object)
{
  LeydenPromptEditor *self = LEYDEN_PROMPT_EDITOR (object);

  g_clear_pointer (&self->previewer, leyden_previewer_free);
  g_clear_object (&self->highlight);
  g_clear_object (&self->completion);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  g_clear_pointer (&self->context, leyden_editor_context_unref);
  G_OBJECT_CLASS (leyden_prompt_editor_parent_class)->dispose (object);
}

static gboolean
leyden_prompt_editor_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (LEYDEN_PROMPT_EDITOR (widget)->editor);
}

static void
leyden_prompt_editor_class_init (LeydenPromptEditorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_prompt_editor_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = leyden_prompt_editor_grab_focus;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_prompt_editor_init (LeydenPromptEditor *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
leyden_prompt_editor_new (const LeydenParameter *parameter,
                          gboolean               large)
{
  LeydenPromptEditor *self;
  GtkTextView *view;

  g_return_val_if_fail (parameter != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_PROMPT_EDITOR, NULL);
  self->parameter = parameter;
  self->template = parameter->kind == LEYDEN_PARAMETER_TEMPLATE;
  self->editor = leyden_text_editor_new (parameter->kind);
  if (large)
    leyden_text_editor_set_large (LEYDEN_TEXT_EDITOR (self->editor));
  view = leyden_text_editor_get_view (LEYDEN_TEXT_EDITOR (self->editor));
  self->highlight = leyden_prompt_highlight_new (view, self->template);
  self->completion = leyden_completion_new (view, self->editor, find_proposals, self);
  self->problems_box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_set_visible (self->problems_box, FALSE);
  gtk_box_append (GTK_BOX (self->box), self->editor);
  gtk_box_append (GTK_BOX (self->box), self->problems_box);
  gtk_box_append (GTK_BOX (self->box), create_line (self, large));
  create_preview (self, large);
  gtk_box_append (GTK_BOX (self->box), self->preview);
  self->previewer = leyden_previewer_new (render_work, render_input_free, render_result_free, render_done, self);
  g_signal_connect_object (self->editor, "edited", G_CALLBACK (edited_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->editor, "invalid", G_CALLBACK (invalid_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->completion, "accepted", G_CALLBACK (accepted_cb), self, G_CONNECT_SWAPPED);
  if (large)
    leyden_prompt_editor_set_preview (self, self->template);
  show_tokens (self);
  return GTK_WIDGET (self);
}

void
leyden_prompt_editor_set_preview (LeydenPromptEditor *self,
                                  gboolean            preview)
{
  g_return_if_fail (LEYDEN_IS_PROMPT_EDITOR (self));
  if (self->preview_button != NULL)
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->preview_button), preview);
}
