/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-text-editor.h"

#include <glib/gi18n-lib.h>
#ifdef HAVE_SOURCEVIEW
#include <gtksourceview/gtksource.h>
#endif

#include "leyden-json.h"

/* A longer text is shown up to here and cannot be edited in place: the widgets lay out every line whole. */
#define MAX_TEXT (256 * 1024)
#define MAX_LINE (16 * 1024)

struct _LeydenTextEditor
{
  GtkWidget            parent_instance;

  LeydenParameterKind  kind;
  GtkWidget           *entry;           /* one line, else NULL */
  GtkWidget           *view;            /* many lines, else NULL */
  GtkTextBuffer       *buffer;
  LeydenValue         *shown;           /* the value that the text stands for */
  gboolean             updating;
};

static void value_editor_iface_init (LeydenValueEditorInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenTextEditor, leyden_text_editor, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_VALUE_EDITOR, value_editor_iface_init))

static gboolean
is_json (LeydenTextEditor *self)
{
  return self->kind == LEYDEN_PARAMETER_JSON || self->kind == LEYDEN_PARAMETER_SCHEMA;
}

static gboolean
is_one_line (LeydenParameterKind kind)
{
  return kind == LEYDEN_PARAMETER_TEXT || kind == LEYDEN_PARAMETER_REGEX || kind == LEYDEN_PARAMETER_JSON_PATH ||
         kind == LEYDEN_PARAMETER_SECRET;
}

static LeydenValue *
value_of_text (LeydenTextEditor *self,
               const char       *text,
               GError          **error)
{
  if (is_json (self))
    {
      g_autofree char *stripped = g_strstrip (g_strdup (text));

      return *stripped == '\0' ? leyden_value_new_null () : leyden_json_parse (stripped, -1, NULL, error);
    }
  if (self->kind == LEYDEN_PARAMETER_SECRET)
    {
      g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

      if (*text == '\0')
        return leyden_value_new_null ();
      leyden_value_builder_begin_object (&builder);
      leyden_value_builder_set_string (&builder, "secret", text);
      leyden_value_builder_end (&builder);
      return leyden_value_builder_end_value (&builder);
    }
  return leyden_value_new_string (text, -1);
}

static char *
text_of_value (LeydenTextEditor *self,
               LeydenValue      *value)
{
  const char *text;

  if (self->kind == LEYDEN_PARAMETER_SECRET)
    return g_strdup (leyden_value_get_member_string (value, "secret", ""));
  if (is_json (self))
    return leyden_value_is_null (value) ? g_strdup ("") : g_strchomp (leyden_json_write (value, LEYDEN_JSON_PRETTY));
  text = leyden_value_get_string (value, NULL);
  return g_strdup (text != NULL ? text : "");
}

static char *
current_text (LeydenTextEditor *self)
{
  GtkTextIter start, end;

  if (self->entry != NULL)
    return g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry)));
  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  return gtk_text_buffer_get_text (self->buffer, &start, &end, FALSE);
}

static void
text_changed_cb (LeydenTextEditor *self)
{
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(GError) error = NULL;

  if (self->updating)
    return;
  text = current_text (self);
  value = value_of_text (self, text, &error);
  if (value == NULL)
    {
      leyden_value_editor_emit_invalid (LEYDEN_VALUE_EDITOR (self), error->message);
      return;
    }
  leyden_value_editor_emit_invalid (LEYDEN_VALUE_EDITOR (self), NULL);
  if (leyden_value_equal (value, self->shown))
    return;
  g_clear_pointer (&self->shown, leyden_value_unref);
  self->shown = leyden_value_ref (value);
  leyden_value_editor_emit_edited (LEYDEN_VALUE_EDITOR (self), value);
}

/* Ends @text at a character within @max bytes where a line would be longer than MAX_LINE or the whole longer than @max. */
static gboolean
cut_text (char  *text,
          gsize  max)
{
  gsize line = 0;

  for (gsize i = 0; text[i] != '\0'; i++)
    {
      line = text[i] == '\n' ? 0 : line + 1;
      if (i < max && line <= MAX_LINE)
        continue;
      *g_utf8_find_prev_char (text, text + i) = '\0';
      return TRUE;
    }
  return FALSE;
}

/* Characters that two texts have in common at their start. */
static int
common_start (const char *a,
              const char *b)
{
  int n = 0;

  while (*a != '\0' && g_utf8_get_char (a) == g_utf8_get_char (b))
    {
      a = g_utf8_next_char (a);
      b = g_utf8_next_char (b);
      n++;
    }
  return n;
}

/* And at their end, at most @limit. */
static int
common_end (const char *a,
            const char *b,
            int         limit)
{
  const char *a_end = a + strlen (a);
  const char *b_end = b + strlen (b);
  int n = 0;

  while (n < limit)
    {
      a_end = g_utf8_prev_char (a_end);
      b_end = g_utf8_prev_char (b_end);
      if (g_utf8_get_char (a_end) != g_utf8_get_char (b_end))
        break;
      n++;
    }
  return n;
}

/* Replaces only what differs, so that the cursor stays where it is when something else changes the value. */
static void
replace_text (LeydenTextEditor *self,
              const char       *text)
{
  g_autofree char *before = current_text (self);
  int n_before = (int) g_utf8_strlen (before, -1);
  int n_after = (int) g_utf8_strlen (text, -1);
  int start = common_start (before, text);
  int end = common_end (before, text, MIN (n_before, n_after) - start);
  const char *from = g_utf8_offset_to_pointer (text, start);
  const char *to = g_utf8_offset_to_pointer (text, n_after - end);
  GtkTextIter first, last;
  int position = start;

  if (self->entry != NULL)
    {
      if (n_before - end > start)
        gtk_editable_delete_text (GTK_EDITABLE (self->entry), start, n_before - end);
      if (to > from)
        gtk_editable_insert_text (GTK_EDITABLE (self->entry), from, (int) (to - from), &position);
      return;
    }
  gtk_text_buffer_get_iter_at_offset (self->buffer, &first, start);
  gtk_text_buffer_get_iter_at_offset (self->buffer, &last, n_before - end);
  gtk_text_buffer_delete (self->buffer, &first, &last);
  gtk_text_buffer_insert (self->buffer, &first, from, (int) (to - from));
}

static void
leyden_text_editor_set_value (LeydenValueEditor *editor,
                              LeydenValue       *value)
{
  LeydenTextEditor *self = LEYDEN_TEXT_EDITOR (editor);
  g_autofree char *text = NULL;
  const char *problem = NULL;
  gsize length = 0;

  if (self->shown != NULL && leyden_value_equal (self->shown, value))
    return;
  g_clear_pointer (&self->shown, leyden_value_unref);
  self->shown = value != NULL ? leyden_value_ref (value) : leyden_value_new_null ();

  text = text_of_value (self, value);
  leyden_value_get_string (value, &length);
  if (cut_text (text, self->entry != NULL ? MAX_LINE : MAX_TEXT))
    problem = _("Too long to edit here; only its beginning is shown.");
  else if (!is_json (self) && length > strlen (text))
    problem = _("Holds characters that cannot be edited here.");
  self->updating = TRUE;
  replace_text (self, text);
  self->updating = FALSE;
  if (self->entry != NULL)
    gtk_editable_set_editable (GTK_EDITABLE (self->entry), problem == NULL);
  else
    gtk_text_view_set_editable (GTK_TEXT_VIEW (self->view), problem == NULL);
  leyden_value_editor_emit_invalid (editor, problem);
}

static void
value_editor_iface_init (LeydenValueEditorInterface *iface)
{
  iface->set_value = leyden_text_editor_set_value;
}

#ifdef HAVE_SOURCEVIEW
static void
style_scheme_cb (LeydenTextEditor *self)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  GtkSourceStyleScheme *scheme =
    gtk_source_style_scheme_manager_get_scheme (gtk_source_style_scheme_manager_get_default (),
                                                dark ? "Adwaita-dark" : "Adwaita");

  if (scheme != NULL)
    gtk_source_buffer_set_style_scheme (GTK_SOURCE_BUFFER (self->buffer), scheme);
}

/* Reading the definition of a language takes tens of milliseconds: not before the text is seen, which in a fold may be never. */
static void
mapped_cb (GtkWidget  *view,
           const char *language)
{
  GtkSourceBuffer *buffer = GTK_SOURCE_BUFFER (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)));

  if (gtk_source_buffer_get_language (buffer) == NULL)
    gtk_source_buffer_set_language (buffer, gtk_source_language_manager_get_language (gtk_source_language_manager_get_default (),
                                                                                       language));
}

static GtkWidget *
create_view (LeydenTextEditor *self)
{
  GtkWidget *view = gtk_source_view_new ();
  GtkSourceBuffer *buffer = GTK_SOURCE_BUFFER (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)));
  const char *language = is_json (self) ? "json" : self->kind == LEYDEN_PARAMETER_EXPRESSION ? "sql" : NULL;

  self->buffer = GTK_TEXT_BUFFER (buffer);
  if (language != NULL)
    g_signal_connect (view, "map", G_CALLBACK (mapped_cb), (gpointer) language);
  gtk_source_buffer_set_highlight_matching_brackets (buffer, language != NULL);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (style_scheme_cb), self,
                           G_CONNECT_SWAPPED);
  style_scheme_cb (self);
  return view;
}
#else
static GtkWidget *
create_view (LeydenTextEditor *self)
{
  GtkWidget *view = gtk_text_view_new ();

  self->buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
  return view;
}
#endif

static void
create_many_lines (LeydenTextEditor *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  gboolean prose = self->kind == LEYDEN_PARAMETER_MULTILINE || self->kind == LEYDEN_PARAMETER_TEMPLATE;

  self->view = create_view (self);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (self->view), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (self->view), !prose);
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (self->view), FALSE);
  /* The document's history is the only one. */
  gtk_text_buffer_set_enable_undo (self->buffer, FALSE);
  gtk_text_view_set_top_margin (GTK_TEXT_VIEW (self->view), 8);
  gtk_text_view_set_bottom_margin (GTK_TEXT_VIEW (self->view), 8);
  gtk_text_view_set_left_margin (GTK_TEXT_VIEW (self->view), 9);
  gtk_text_view_set_right_margin (GTK_TEXT_VIEW (self->view), 9);
  g_signal_connect_object (self->buffer, "changed", G_CALLBACK (text_changed_cb), self, G_CONNECT_SWAPPED);

  /* Not NEVER: a text view asks for the width that its lines have, and would never become narrower again. */
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_EXTERNAL, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroller),
                                              self->kind == LEYDEN_PARAMETER_EXPRESSION ? 40 : 84);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 320);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->view);
  gtk_widget_add_css_class (scroller, "texteditor");
  gtk_widget_set_parent (scroller, GTK_WIDGET (self));
}

static void
leyden_text_editor_dispose (GObject *object)
{
  LeydenTextEditor *self = LEYDEN_TEXT_EDITOR (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  self->entry = self->view = NULL;
  g_clear_pointer (&self->shown, leyden_value_unref);
  G_OBJECT_CLASS (leyden_text_editor_parent_class)->dispose (object);
}

static gboolean
leyden_text_editor_grab_focus (GtkWidget *widget)
{
  LeydenTextEditor *self = LEYDEN_TEXT_EDITOR (widget);

  return gtk_widget_grab_focus (self->entry != NULL ? self->entry : self->view);
}

static void
leyden_text_editor_class_init (LeydenTextEditorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_text_editor_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = leyden_text_editor_grab_focus;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_text_editor_init (LeydenTextEditor *self)
{
}

GtkWidget *
leyden_text_editor_new (LeydenParameterKind kind)
{
  LeydenTextEditor *self = g_object_new (LEYDEN_TYPE_TEXT_EDITOR, NULL);

  self->kind = kind;
  if (!is_one_line (kind))
    {
      create_many_lines (self);
      return GTK_WIDGET (self);
    }
  self->entry = gtk_entry_new ();
  gtk_editable_set_enable_undo (GTK_EDITABLE (self->entry), FALSE);
  gtk_widget_set_hexpand (self->entry, TRUE);
  if (kind == LEYDEN_PARAMETER_REGEX || kind == LEYDEN_PARAMETER_JSON_PATH)
    gtk_widget_add_css_class (self->entry, "monospace");
  if (kind == LEYDEN_PARAMETER_SECRET)
    gtk_entry_set_placeholder_text (GTK_ENTRY (self->entry), _("Name of a key"));
  if (kind == LEYDEN_PARAMETER_JSON_PATH)
    gtk_entry_set_placeholder_text (GTK_ENTRY (self->entry), "$.answer");
  g_signal_connect_object (self->entry, "changed", G_CALLBACK (text_changed_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_parent (self->entry, GTK_WIDGET (self));
  return GTK_WIDGET (self);
}

void
leyden_text_editor_set_accessible_label (LeydenTextEditor *self,
                                         const char       *label)
{
  g_return_if_fail (LEYDEN_IS_TEXT_EDITOR (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry != NULL ? self->entry : self->view),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

void
leyden_text_editor_set_enable_undo (LeydenTextEditor *self,
                                    gboolean          enable)
{
  g_return_if_fail (LEYDEN_IS_TEXT_EDITOR (self));
  if (self->entry != NULL)
    gtk_editable_set_enable_undo (GTK_EDITABLE (self->entry), enable);
  else
    gtk_text_buffer_set_enable_undo (self->buffer, enable);
}

GtkTextView *
leyden_text_editor_get_view (LeydenTextEditor *self)
{
  g_return_val_if_fail (LEYDEN_IS_TEXT_EDITOR (self), NULL);
  return self->view != NULL ? GTK_TEXT_VIEW (self->view) : NULL;
}

char *
leyden_text_editor_dup_text (LeydenTextEditor *self)
{
  g_return_val_if_fail (LEYDEN_IS_TEXT_EDITOR (self), NULL);
  return current_text (self);
}

void
leyden_text_editor_set_large (LeydenTextEditor *self)
{
  GtkWidget *scroller;

  g_return_if_fail (LEYDEN_IS_TEXT_EDITOR (self));
  g_return_if_fail (self->view != NULL);

  scroller = gtk_widget_get_first_child (GTK_WIDGET (self));
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), FALSE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), -1);
  gtk_widget_set_vexpand (GTK_WIDGET (self), TRUE);
}

void
leyden_text_editor_set_min_lines (LeydenTextEditor *self,
                                  guint             n_lines)
{
  PangoFontMetrics *metrics;
  GtkScrolledWindow *scroller;
  int line;

  g_return_if_fail (LEYDEN_IS_TEXT_EDITOR (self));
  g_return_if_fail (self->view != NULL && n_lines < 100);

  metrics = pango_context_get_metrics (gtk_widget_get_pango_context (self->view), NULL, NULL);
  line = PANGO_PIXELS_CEIL (pango_font_metrics_get_height (metrics));
  pango_font_metrics_unref (metrics);
  scroller = GTK_SCROLLED_WINDOW (gtk_widget_get_first_child (GTK_WIDGET (self)));
  gtk_scrolled_window_set_max_content_height (scroller, MAX (gtk_scrolled_window_get_max_content_height (scroller), (int) n_lines * line + 16));
  gtk_scrolled_window_set_min_content_height (scroller, (int) n_lines * line + 16);
}

#ifdef HAVE_SOURCEVIEW
void
leyden_text_editor_set_language (LeydenTextEditor *self,
                                 const char       *language)
{
  GtkSourceView *view;

  g_return_if_fail (LEYDEN_IS_TEXT_EDITOR (self));
  g_return_if_fail (self->view != NULL);

  view = GTK_SOURCE_VIEW (self->view);
  g_signal_connect_data (view, "map", G_CALLBACK (mapped_cb), g_strdup (language), (GClosureNotify) (void (*) (void)) g_free, 0);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (view), TRUE);
  gtk_source_buffer_set_highlight_matching_brackets (GTK_SOURCE_BUFFER (self->buffer), TRUE);
  gtk_source_view_set_show_line_numbers (view, TRUE);
  gtk_source_view_set_auto_indent (view, TRUE);
  gtk_source_view_set_indent_width (view, 4);
  gtk_source_view_set_tab_width (view, 4);
  gtk_source_view_set_insert_spaces_instead_of_tabs (view, TRUE);
}
#else
void
leyden_text_editor_set_language (LeydenTextEditor *self,
                                 const char       *language)
{
  g_return_if_fail (LEYDEN_IS_TEXT_EDITOR (self));
  g_return_if_fail (self->view != NULL);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (self->view), TRUE);
}
#endif
