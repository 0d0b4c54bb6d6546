/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-text-editor.h"

#include <glib/gi18n-lib.h>
#ifdef HAVE_SOURCEVIEW
#include <gtksourceview/gtksource.h>
#endif

#include "leyden-json.h"

/* A longer text is shown up to here and cannot be edited in place: the widget lays out every line. */
#define MAX_TEXT (256 * 1024)

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

static void
leyden_text_editor_set_value (LeydenValueEditor *editor,
                              LeydenValue       *value)
{
  LeydenTextEditor *self = LEYDEN_TEXT_EDITOR (editor);
  g_autofree char *text = NULL;
  gboolean too_long;

  if (self->shown != NULL && leyden_value_equal (self->shown, value))
    return;
  g_clear_pointer (&self->shown, leyden_value_unref);
  self->shown = value != NULL ? leyden_value_ref (value) : leyden_value_new_null ();

  text = text_of_value (self, value);
  too_long = strlen (text) > MAX_TEXT;
  if (too_long)
    *g_utf8_find_prev_char (text, text + MAX_TEXT) = '\0';
  self->updating = TRUE;
  if (self->entry != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->entry), text);
  else
    gtk_text_buffer_set_text (self->buffer, text, -1);
  self->updating = FALSE;
  if (self->entry != NULL)
    gtk_editable_set_editable (GTK_EDITABLE (self->entry), !too_long);
  else
    gtk_text_view_set_editable (GTK_TEXT_VIEW (self->view), !too_long);
  leyden_value_editor_emit_invalid (editor, too_long ? _("Too long to edit here; only its beginning is shown.") : NULL);
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

static GtkWidget *
create_view (LeydenTextEditor *self)
{
  GtkWidget *view = gtk_source_view_new ();
  GtkSourceBuffer *buffer = GTK_SOURCE_BUFFER (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)));
  const char *language = is_json (self) ? "json" : self->kind == LEYDEN_PARAMETER_EXPRESSION ? "sql" : NULL;

  self->buffer = GTK_TEXT_BUFFER (buffer);
  if (language != NULL)
    gtk_source_buffer_set_language (buffer, gtk_source_language_manager_get_language (gtk_source_language_manager_get_default (),
                                                                                       language));
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
  gtk_text_view_set_top_margin (GTK_TEXT_VIEW (self->view), 8);
  gtk_text_view_set_bottom_margin (GTK_TEXT_VIEW (self->view), 8);
  gtk_text_view_set_left_margin (GTK_TEXT_VIEW (self->view), 9);
  gtk_text_view_set_right_margin (GTK_TEXT_VIEW (self->view), 9);
  g_signal_connect_object (self->buffer, "changed", G_CALLBACK (text_changed_cb), self, G_CONNECT_SWAPPED);

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
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
