/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-message-rows.h"

#include <glib/gi18n-lib.h>

#include "leyden-experiment-parts.h"
#include "leyden-text-editor.h"

/* Editors that are made; what is beyond is kept as it is. */
#define MAX_ROWS 60

static const char * const roles[] = { "system", "user", "assistant", "tool", NULL };
#define ROLE_USER 1

typedef struct
{
  LeydenMessageRows *rows;
  GtkWidget         *box;
  GtkWidget         *role;              /* drop-down; NULL where the message has a role of its own kind */
  GtkWidget         *editor;            /* LeydenTextEditor */
  LeydenValue       *message;           /* as it was given, an object */
  LeydenValue       *content;           /* as it stands; NULL: no content */
  gboolean           invalid;
} Row;

struct _LeydenMessageRows
{
  GtkWidget    parent_instance;

  GtkWidget   *box;
  GtkWidget   *list;
  GPtrArray   *rows;                    /* Row */
  GPtrArray   *kept;                    /* LeydenValue: messages before the first row */
  GtkWidget   *note;
};

G_DEFINE_FINAL_TYPE (LeydenMessageRows, leyden_message_rows, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
row_free (gpointer data)
{
  Row *row = data;

  leyden_value_unref (row->message);
  g_clear_pointer (&row->content, leyden_value_unref);
  g_free (row);
}

static void
changed (LeydenMessageRows *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* --- one message --- */

static void
edited_cb (Row         *row,
           LeydenValue *value)
{
  leyden_value_ref (value);
  g_clear_pointer (&row->content, leyden_value_unref);
  row->content = value;
  row->invalid = FALSE;
  changed (row->rows);
}

/* A text that is too long to be edited stays as it is, and is no mistake; JSON that cannot be read is one. */
static void
invalid_cb (Row        *row,
            const char *message)
{
  GtkTextView *view = leyden_text_editor_get_view (LEYDEN_TEXT_EDITOR (row->editor));
  gboolean invalid = message != NULL && view != NULL && gtk_text_view_get_editable (view);

  if (row->invalid == invalid)
    return;
  row->invalid = invalid;
  changed (row->rows);
}

static void
remove_cb (GtkWidget *button)
{
  Row *row = g_object_get_data (G_OBJECT (button), "row");
  LeydenMessageRows *self = row->rows;
  GtkWidget *next = gtk_widget_get_next_sibling (row->box);

  gtk_widget_child_focus (next != NULL ? next : self->box, GTK_DIR_TAB_FORWARD);
  gtk_box_remove (GTK_BOX (self->list), row->box);
  g_ptr_array_remove (self->rows, row);
  changed (self);
}

static guint
find_role (LeydenValue *message)
{
  const char *role = leyden_value_get_member_string (message, "role", "");

  for (guint i = 0; roles[i] != NULL; i++)
    if (g_str_equal (roles[i], role))
      return i;
  return G_MAXUINT;
}

static GtkWidget *
create_role (Row   *row,
             guint  role)
{
  const char *titles[] = { _("System"), _("User"), _("Model"), _("Tool"), NULL };
  GtkWidget *choice = gtk_drop_down_new_from_strings (titles);

  gtk_drop_down_set_selected (GTK_DROP_DOWN (choice), role);
  gtk_accessible_update_property (GTK_ACCESSIBLE (choice), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Who says it"), -1);
  g_signal_connect_object (choice, "notify::selected", G_CALLBACK (changed), row->rows, G_CONNECT_SWAPPED);
  return choice;
}

static GtkWidget *
create_head (Row *row)
{
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
  guint role = find_role (row->message);
  guint n_calls = leyden_value_get_size (leyden_value_get_member (row->message, "tool_calls"));

  if (role != G_MAXUINT)
    gtk_box_append (GTK_BOX (head), row->role = create_role (row, role));
  if (n_calls > 0)
    {
      g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "with %u call of a tool, kept", "with %u calls of tools, kept", n_calls), n_calls);

      gtk_box_append (GTK_BOX (head), leyden_part_label (text, "dim-label"));
    }
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_hexpand (button, TRUE);
  gtk_widget_set_halign (button, GTK_ALIGN_END);
  gtk_widget_set_tooltip_text (button, _("Remove This Message"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Remove This Message"), -1);
  g_object_set_data (G_OBJECT (button), "row", row);
  g_signal_connect (button, "clicked", G_CALLBACK (remove_cb), NULL);
  gtk_box_append (GTK_BOX (head), button);
  return head;
}

static void
add_row (LeydenMessageRows *self,
         LeydenValue       *message)
{
  Row *row = g_new0 (Row, 1);
  LeydenValue *content = leyden_value_get_member (message, "content");
  gboolean text = content == NULL || leyden_value_is_null (content) || leyden_value_get_kind (content) == LEYDEN_VALUE_STRING;

  row->rows = self;
  row->message = leyden_value_ref (message);
  row->content = content != NULL ? leyden_value_ref (content) : NULL;
  row->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  row->editor = leyden_text_editor_new (text ? LEYDEN_PARAMETER_MULTILINE : LEYDEN_PARAMETER_JSON);
  leyden_text_editor_set_enable_undo (LEYDEN_TEXT_EDITOR (row->editor), TRUE);
  leyden_text_editor_set_accessible_label (LEYDEN_TEXT_EDITOR (row->editor), text ? _("Message") : _("Message, as JSON"));
  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (row->editor), content);
  g_signal_connect_swapped (row->editor, "edited", G_CALLBACK (edited_cb), row);
  g_signal_connect_swapped (row->editor, "invalid", G_CALLBACK (invalid_cb), row);
  gtk_box_append (GTK_BOX (row->box), create_head (row));
  gtk_box_append (GTK_BOX (row->box), row->editor);
  gtk_box_append (GTK_BOX (self->list), row->box);
  g_ptr_array_add (self->rows, row);
}

static LeydenValue *
make_message (Row *row)
{
  guint role = row->role != NULL ? gtk_drop_down_get_selected (GTK_DROP_DOWN (row->role)) : G_MAXUINT;
  g_autoptr(LeydenValue) named = leyden_value_ref (row->message);

  if (role < G_N_ELEMENTS (roles) - 1 && role != find_role (row->message))
    {
      g_autoptr(LeydenValue) name = leyden_value_new_string (roles[role], -1);

      leyden_value_unref (named);
      named = leyden_value_with_member (row->message, "role", name);
    }
  if (row->content == NULL || leyden_value_equal (row->content, leyden_value_get_member (named, "content")))
    return g_steal_pointer (&named);
  return leyden_value_with_member (named, "content", row->content);
}

/* --- all of them --- */

LeydenValue *
leyden_message_rows_make (LeydenMessageRows *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (LEYDEN_IS_MESSAGE_ROWS (self), NULL);

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->kept->len; i++)
    leyden_value_builder_add (&b, g_ptr_array_index (self->kept, i));
  for (guint i = 0; i < self->rows->len; i++)
    {
      Row *row = g_ptr_array_index (self->rows, i);

      if (row->invalid)
        return NULL;
      leyden_value_builder_take (&b, make_message (row));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_message_rows_set (LeydenMessageRows *self,
                         LeydenValue       *messages)
{
  guint n = leyden_value_get_size (messages), first = n > MAX_ROWS ? n - MAX_ROWS : 0;
  g_autofree char *note = NULL;
  GtkWidget *child;

  g_return_if_fail (LEYDEN_IS_MESSAGE_ROWS (self));

  while ((child = gtk_widget_get_first_child (self->list)) != NULL)
    gtk_box_remove (GTK_BOX (self->list), child);
  g_ptr_array_set_size (self->rows, 0);
  g_ptr_array_set_size (self->kept, 0);
  for (guint i = 0; i < n; i++)
    {
      LeydenValue *message = leyden_value_get_item (messages, i);

      /* What is no object no endpoint takes. */
      if (i < first)
        g_ptr_array_add (self->kept, leyden_value_ref (message));
      else if (leyden_value_get_kind (message) == LEYDEN_VALUE_OBJECT)
        add_row (self, message);
    }
  note = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u message before these is sent as it is.", "%u messages before these are sent as they are.", first), first);
  gtk_label_set_text (GTK_LABEL (self->note), note);
  gtk_widget_set_visible (self->note, first > 0);
}

static void
add_cb (LeydenMessageRows *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) message = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", roles[ROLE_USER]);
  leyden_value_builder_set_string (&b, "content", "");
  leyden_value_builder_end (&b);
  message = leyden_value_builder_end_value (&b);
  add_row (self, message);
  gtk_widget_grab_focus (((Row *) g_ptr_array_index (self->rows, self->rows->len - 1))->editor);
  changed (self);
}

/* --- life --- */

static void
leyden_message_rows_dispose (GObject *object)
{
  LeydenMessageRows *self = LEYDEN_MESSAGE_ROWS (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->kept, g_ptr_array_unref);
  G_OBJECT_CLASS (leyden_message_rows_parent_class)->dispose (object);
}

static void
leyden_message_rows_class_init (LeydenMessageRowsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_message_rows_dispose;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", LEYDEN_TYPE_MESSAGE_ROWS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_message_rows_init (LeydenMessageRows *self)
{
  GtkWidget *add = gtk_button_new_with_label (_("Add a Message"));

  self->rows = g_ptr_array_new_with_free_func (row_free);
  self->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);
  self->list = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  self->note = leyden_part_label (NULL, "dim-label");
  gtk_widget_set_halign (add, GTK_ALIGN_START);
  g_signal_connect_object (add, "clicked", G_CALLBACK (add_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->box), self->note);
  gtk_box_append (GTK_BOX (self->box), self->list);
  gtk_box_append (GTK_BOX (self->box), add);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
leyden_message_rows_new (void)
{
  return g_object_new (LEYDEN_TYPE_MESSAGE_ROWS, NULL);
}
