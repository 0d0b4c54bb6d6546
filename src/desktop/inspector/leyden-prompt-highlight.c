/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-prompt-highlight.h"

#include "leyden-prompt-colors.h"

/* A longer text is coloured when typing pauses. */
#define AT_ONCE (16 * 1024)
#define PAUSE_MS 200

struct _LeydenPromptHighlight
{
  GObject        parent_instance;

  GtkTextView   *view;                  /* borrowed: it owns us */
  GtkTextBuffer *buffer;
  gboolean       variables;
  GtkTextTag    *tags[LEYDEN_PROMPT_N_KINDS];
  GtkTextTag    *wrong;
  GtkTextTag    *doubtful;
  GPtrArray     *problems;              /* nullable */
  guint          source;
};

G_DEFINE_FINAL_TYPE (LeydenPromptHighlight, leyden_prompt_highlight, G_TYPE_OBJECT)

static void
color_tags (LeydenPromptHighlight *self)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();
  gboolean dark = adw_style_manager_get_dark (manager);
  gboolean contrast = adw_style_manager_get_high_contrast (manager);
  GdkRGBA red, amber;

  for (guint i = 0; i < LEYDEN_PROMPT_N_KINDS; i++)
    g_object_set (self->tags[i], "foreground", leyden_prompt_color (i, dark, contrast), NULL);
  gdk_rgba_parse (&red, leyden_prompt_color (LEYDEN_PROMPT_BROKEN, dark, contrast));
  gdk_rgba_parse (&amber, leyden_prompt_color (LEYDEN_PROMPT_LIST, dark, contrast));
  g_object_set (self->wrong, "underline-rgba", &red, NULL);
  g_object_set (self->doubtful, "underline-rgba", &amber, NULL);
}

static void
create_tags (LeydenPromptHighlight *self)
{
  for (guint i = 0; i < LEYDEN_PROMPT_N_KINDS; i++)
    self->tags[i] = gtk_text_buffer_create_tag (self->buffer, NULL, NULL);
  self->doubtful = gtk_text_buffer_create_tag (self->buffer, NULL, "underline", PANGO_UNDERLINE_SINGLE, NULL);
  self->wrong = gtk_text_buffer_create_tag (self->buffer, NULL, "underline", PANGO_UNDERLINE_ERROR, NULL);
  g_object_set (self->tags[LEYDEN_PROMPT_HEADING], "weight", PANGO_WEIGHT_BOLD, NULL);
  g_object_set (self->tags[LEYDEN_PROMPT_STRONG], "weight", PANGO_WEIGHT_BOLD, NULL);
  g_object_set (self->tags[LEYDEN_PROMPT_CODE], "family", "monospace", NULL);
  /* Above the rest: a variable in a heading is a variable. */
  gtk_text_tag_set_priority (self->tags[LEYDEN_PROMPT_VARIABLE], gtk_text_tag_table_get_size (gtk_text_buffer_get_tag_table (self->buffer)) - 1);
  color_tags (self);
}

static void
apply (LeydenPromptHighlight *self,
       GtkTextTag            *tag,
       guint                  from,
       guint                  to)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_iter_at_offset (self->buffer, &start, (int) from);
  gtk_text_buffer_get_iter_at_offset (self->buffer, &end, (int) to);
  gtk_text_buffer_apply_tag (self->buffer, tag, &start, &end);
}

static gboolean
color_cb (gpointer data)
{
  LeydenPromptHighlight *self = data;
  GtkTextIter start, end;
  g_autofree char *text = NULL;
  g_autoptr(GArray) spans = NULL;

  self->source = 0;
  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  text = gtk_text_buffer_get_text (self->buffer, &start, &end, TRUE);
  for (guint i = 0; i < LEYDEN_PROMPT_N_KINDS; i++)
    gtk_text_buffer_remove_tag (self->buffer, self->tags[i], &start, &end);
  spans = leyden_prompt_text_scan (text, self->variables);
  for (guint i = 0; i < spans->len; i++)
    {
      const LeydenPromptSpan *span = &g_array_index (spans, LeydenPromptSpan, i);

      apply (self, self->tags[span->kind], span->start, span->end);
    }
  return G_SOURCE_REMOVE;
}

static void
changed_cb (LeydenPromptHighlight *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  if (gtk_text_buffer_get_char_count (self->buffer) <= AT_ONCE)
    color_cb (self);
  else
    self->source = g_timeout_add (PAUSE_MS, color_cb, self);
}

static gboolean
query_tooltip_cb (LeydenPromptHighlight *self,
                  int                    x,
                  int                    y,
                  gboolean               by_keyboard,
                  GtkTooltip            *tooltip)
{
  GtkTextIter iter;
  guint offset;

  if (by_keyboard)
    gtk_text_buffer_get_iter_at_mark (self->buffer, &iter, gtk_text_buffer_get_insert (self->buffer));
  else
    {
      gtk_text_view_window_to_buffer_coords (self->view, GTK_TEXT_WINDOW_WIDGET, x, y, &x, &y);
      gtk_text_view_get_iter_at_location (self->view, &iter, x, y);
    }
  offset = (guint) gtk_text_iter_get_offset (&iter);
  for (guint i = 0; self->problems != NULL && i < self->problems->len; i++)
    {
      const LeydenPromptProblem *problem = g_ptr_array_index (self->problems, i);

      if (offset < problem->start || offset > problem->end)
        continue;
      gtk_tooltip_set_text (tooltip, problem->message);
      return TRUE;
    }
  return FALSE;
}

static void
leyden_prompt_highlight_dispose (GObject *object)
{
  LeydenPromptHighlight *self = LEYDEN_PROMPT_HIGHLIGHT (object);

  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  G_OBJECT_CLASS (leyden_prompt_highlight_parent_class)->dispose (object);
}

static void
leyden_prompt_highlight_class_init (LeydenPromptHighlightClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_prompt_highlight_dispose;
}

static void
leyden_prompt_highlight_init (LeydenPromptHighlight *self)
{
}

LeydenPromptHighlight *
leyden_prompt_highlight_new (GtkTextView *view,
                             gboolean     variables)
{
  LeydenPromptHighlight *self = g_object_new (LEYDEN_TYPE_PROMPT_HIGHLIGHT, NULL);
  AdwStyleManager *manager = adw_style_manager_get_default ();

  self->view = view;
  self->buffer = gtk_text_view_get_buffer (view);
  self->variables = variables;
  create_tags (self);
  g_signal_connect_object (self->buffer, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::dark", G_CALLBACK (color_tags), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::high-contrast", G_CALLBACK (color_tags), self, G_CONNECT_SWAPPED);
  gtk_widget_set_has_tooltip (GTK_WIDGET (view), TRUE);
  g_signal_connect_object (view, "query-tooltip", G_CALLBACK (query_tooltip_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
  return self;
}

void
leyden_prompt_highlight_set_problems (LeydenPromptHighlight *self,
                                      GPtrArray             *problems)
{
  GtkTextIter start, end;

  g_return_if_fail (LEYDEN_IS_PROMPT_HIGHLIGHT (self));

  g_clear_pointer (&self->problems, g_ptr_array_unref);
  self->problems = g_ptr_array_ref (problems);
  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  gtk_text_buffer_remove_tag (self->buffer, self->wrong, &start, &end);
  gtk_text_buffer_remove_tag (self->buffer, self->doubtful, &start, &end);
  for (guint i = 0; i < problems->len; i++)
    {
      const LeydenPromptProblem *problem = g_ptr_array_index (problems, i);

      apply (self, problem->error ? self->wrong : self->doubtful, problem->start, problem->end);
    }
}
