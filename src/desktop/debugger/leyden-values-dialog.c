/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-values-dialog.h"

#include <glib/gi18n-lib.h>

#include "leyden-dialog-fit.h"
#include "leyden-json.h"
#include "leyden-text.h"

typedef struct
{
  char           *name;
  char           *title;
  LeydenPortType  type;
  GtkTextView    *view;         /* borrowed */
} Field;

struct _LeydenValuesDialog
{
  AdwWindow  parent_instance;

  GPtrArray *fields;            /* Field */
  GtkWidget *problem;
  GtkWidget *button;
};

G_DEFINE_FINAL_TYPE (LeydenValuesDialog, leyden_values_dialog, ADW_TYPE_WINDOW)

static guint done_signal;

static void
field_free (gpointer data)
{
  Field *field = data;

  g_free (field->name);
  g_free (field->title);
  g_free (field);
}

LeydenValue *
leyden_values_dialog_read (LeydenPortType   type,
                           const char      *text,
                           GError         **error)
{
  g_autoptr(LeydenValue) value = NULL;

  if (*text == '\0')
    return NULL;
  if (type == LEYDEN_PORT_TEXT)
    return leyden_value_new_string (text, -1);
  value = leyden_json_parse (text, -1, NULL, type == LEYDEN_PORT_ANY ? NULL : error);
  if (value == NULL && type == LEYDEN_PORT_ANY)
    return leyden_value_new_string (text, -1);
  if (value == NULL || type == LEYDEN_PORT_ANY)
    return g_steal_pointer (&value);
  return leyden_port_type_coerce (type, value, error);
}

static char *
dup_text (Field *field)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (field->view);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
}

static void
set_problem (LeydenValuesDialog *self,
             const char         *text)
{
  gtk_label_set_text (GTK_LABEL (self->problem), text);
  gtk_widget_set_visible (self->problem, *text != '\0');
}

/* NULL: a field cannot be read, and the person is told. */
static LeydenValue *
read_all (LeydenValuesDialog *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < self->fields->len; i++)
    {
      Field *field = g_ptr_array_index (self->fields, i);
      g_autofree char *text = dup_text (field);
      g_autoptr(GError) error = NULL;
      LeydenValue *value = leyden_values_dialog_read (field->type, text, &error);

      if (error != NULL)
        {
          g_autofree char *reason = leyden_text_display (error->message, -1, 200, FALSE);
          g_autofree char *message = g_strdup_printf ("%s: %s", field->title, reason);

          set_problem (self, message);
          gtk_widget_grab_focus (GTK_WIDGET (field->view));
          return NULL;
        }
      if (value != NULL)
        leyden_value_builder_set_take (&b, field->name, value);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_values_dialog_done (LeydenValuesDialog *self)
{
  g_autoptr(LeydenValue) values = NULL;

  g_return_if_fail (LEYDEN_IS_VALUES_DIALOG (self));

  values = read_all (self);
  if (values == NULL)
    return;
  if (leyden_value_get_size (values) == 0)
    {
      set_problem (self, _("Nothing is typed yet"));
      return;
    }
  g_signal_emit (self, done_signal, 0, values);
  gtk_window_close (GTK_WINDOW (self));
}

void
leyden_values_dialog_type (LeydenValuesDialog *self,
                           const char         *port,
                           const char         *text)
{
  g_return_if_fail (LEYDEN_IS_VALUES_DIALOG (self));

  for (guint i = 0; i < self->fields->len; i++)
    {
      Field *field = g_ptr_array_index (self->fields, i);

      if (g_str_equal (field->name, port))
        gtk_text_buffer_set_text (gtk_text_view_get_buffer (field->view), text, -1);
    }
}

const char *
leyden_values_dialog_get_problem (LeydenValuesDialog *self)
{
  g_return_val_if_fail (LEYDEN_IS_VALUES_DIALOG (self), "");
  return gtk_label_get_text (GTK_LABEL (self->problem));
}

static void
leyden_values_dialog_finalize (GObject *object)
{
  g_ptr_array_unref (LEYDEN_VALUES_DIALOG (object)->fields);
  G_OBJECT_CLASS (leyden_values_dialog_parent_class)->finalize (object);
}

static void
leyden_values_dialog_class_init (LeydenValuesDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = leyden_values_dialog_finalize;
  done_signal = g_signal_new ("done", LEYDEN_TYPE_VALUES_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
leyden_values_dialog_init (LeydenValuesDialog *self)
{
  self->fields = g_ptr_array_new_with_free_func (field_free);
}

static void
fill (Field       *field,
      LeydenValue *value)
{
  const char *plain = leyden_value_get_string (value, NULL);
  g_autofree char *text = NULL;

  if (value == NULL)
    return;
  /* A text that would be read as something else stands as JSON. */
  if (plain != NULL && (field->type == LEYDEN_PORT_TEXT || field->type == LEYDEN_PORT_ANY))
    {
      g_autoptr(LeydenValue) parsed = field->type == LEYDEN_PORT_ANY ? leyden_json_parse (plain, -1, NULL, NULL) : NULL;

      text = parsed != NULL ? leyden_json_write (value, LEYDEN_JSON_COMPACT) : g_strdup (plain);
    }
  else
    text = leyden_json_write (value, LEYDEN_JSON_PRETTY);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (field->view), text, -1);
}

static void
add_field (LeydenValuesDialog *self,
           GtkWidget          *box,
           LeydenPort         *port,
           LeydenValue        *value)
{
  Field *field = g_new0 (Field, 1);
  GtkWidget *label, *view, *scroll;
  g_autofree char *heading = NULL;

  field->name = g_strdup (port->name);
  field->title = leyden_text_display (port->title, -1, 60, FALSE);
  field->type = port->type;
  heading = port->type == LEYDEN_PORT_TEXT || port->type == LEYDEN_PORT_ANY ? g_strdup (field->title)
                                                                          : g_strdup_printf (_("%s (JSON)"), field->title);
  label = gtk_label_new (heading);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  view = gtk_text_view_new ();
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (view), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (view), FALSE);
  gtk_text_view_set_left_margin (GTK_TEXT_VIEW (view), 8);
  gtk_text_view_set_right_margin (GTK_TEXT_VIEW (view), 8);
  gtk_text_view_set_top_margin (GTK_TEXT_VIEW (view), 6);
  gtk_text_view_set_bottom_margin (GTK_TEXT_VIEW (view), 6);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, heading, -1);
  scroll = gtk_scrolled_window_new ();
  gtk_widget_add_css_class (scroll, "texteditor");
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroll), 60);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroll), view);
  gtk_widget_set_vexpand (scroll, TRUE);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), scroll);
  field->view = GTK_TEXT_VIEW (view);
  g_ptr_array_add (self->fields, field);
  fill (field, value);
}

static GtkWidget *
make_content (LeydenValuesDialog *self,
              const char         *text,
              GPtrArray          *ports,
              LeydenValue        *initial)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *scroll = gtk_scrolled_window_new ();
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_top (box, 12);
  gtk_widget_set_margin_bottom (box, 12);
  gtk_box_append (GTK_BOX (box), label);
  for (guint i = 0; i < ports->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (ports, i);

      if (port->type != LEYDEN_PORT_TOOLS)
        add_field (self, box, port, leyden_value_get_member (initial, port->name));
    }
  self->problem = gtk_label_new ("");
  gtk_label_set_wrap (GTK_LABEL (self->problem), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->problem), 0);
  gtk_widget_add_css_class (self->problem, "error");
  gtk_widget_set_visible (self->problem, FALSE);
  gtk_box_append (GTK_BOX (box), self->problem);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroll), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroll), box);
  gtk_widget_set_vexpand (scroll, TRUE);
  return scroll;
}

LeydenValuesDialog *
leyden_values_dialog_new (GtkWindow   *parent,
                          const char  *title,
                          const char  *text,
                          const char  *action,
                          GPtrArray   *ports,
                          LeydenValue *initial)
{
  LeydenValuesDialog *self = g_object_new (LEYDEN_TYPE_VALUES_DIALOG, "transient-for", parent, "modal", TRUE, "destroy-with-parent", TRUE,
                                           "title", title, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *cancel = gtk_button_new_with_label (_("Cancel"));

  leyden_dialog_fit (GTK_WINDOW (self), parent, 460, 420);
  self->button = gtk_button_new_with_label (action);
  gtk_widget_add_css_class (self->button, "suggested-action");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (cancel), "window.close");
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->button);
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (leyden_values_dialog_done), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), make_content (self, text, ports, initial));
  adw_window_set_content (ADW_WINDOW (self), box);
  if (self->fields->len > 0)
    gtk_widget_grab_focus (GTK_WIDGET (((Field *) g_ptr_array_index (self->fields, 0))->view));
  return self;
}
