/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-breakpoint-list.h"

#include <glib/gi18n-lib.h>

#include "leyden-announce.h"
#include "leyden-breakpoint-dialog.h"
#include "leyden-split-box.h"
#include "leyden-wrap-box.h"

struct _LeydenBreakpointList
{
  GtkWidget          parent_instance;

  LeydenBreakpoints *store;             /* nullable */
  LeydenFlow        *flow;              /* nullable */
  GtkWidget         *box;
  GtkWidget         *list;
  GtkWidget         *empty;
  GtkWidget         *buttons;
};

G_DEFINE_FINAL_TYPE (LeydenBreakpointList, leyden_breakpoint_list, GTK_TYPE_WIDGET)

static guint show_node_signal;

/* --- editing --- */

static void
edited_cb (LeydenBreakpointDialog *dialog,
           LeydenValue            *value,
           LeydenBreakpoints      *store)
{
  leyden_breakpoints_set (store, value);
}

void
leyden_breakpoint_edit (GtkWindow         *parent,
                        LeydenBreakpoints *store,
                        LeydenValue       *value,
                        LeydenFlow        *flow)
{
  GtkWidget *dialog;

  g_return_if_fail (LEYDEN_IS_BREAKPOINTS (store));
  g_return_if_fail (value != NULL);

  dialog = leyden_breakpoint_dialog_new (parent, value, flow);
  g_signal_connect_object (dialog, "done", G_CALLBACK (edited_cb), store, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* --- rows --- */

static LeydenBreakpoint *
get_breakpoint (GtkWidget *widget)
{
  GtkWidget *row = gtk_widget_get_ancestor (widget, GTK_TYPE_LIST_BOX_ROW);

  return g_object_get_data (G_OBJECT (row), "breakpoint");
}

static void
enabled_cb (GtkCheckButton       *check,
            LeydenBreakpointList *self)
{
  leyden_breakpoints_set_enabled (self->store, get_breakpoint (GTK_WIDGET (check)), gtk_check_button_get_active (check));
}

static void
edit_cb (GtkWidget            *button,
         LeydenBreakpointList *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  leyden_breakpoint_edit (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, self->store, leyden_breakpoint_get_value (get_breakpoint (button)), self->flow);
}

static void
remove_cb (GtkWidget            *button,
           LeydenBreakpointList *self)
{
  g_autoptr(LeydenBreakpoint) breakpoint = g_object_ref (get_breakpoint (button));

  gtk_widget_child_focus (self->buttons, GTK_DIR_TAB_FORWARD);
  leyden_breakpoints_remove (self->store, breakpoint);
  leyden_announce (GTK_WIDGET (self), _("Breakpoint removed"));
}

static GtkWidget *
create_button (LeydenBreakpointList *self,
               const char           *icon,
               const char           *format,
               const char           *text,
               GCallback             callback)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);
  g_autofree char *label = g_strdup_printf ("%s: %s", format, text);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, format);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object (button, "clicked", callback, self, 0);
  return button;
}

static void
hits_cb (LeydenBreakpoint *breakpoint,
         GParamSpec       *pspec,
         GtkWidget        *label)
{
  guint hits = leyden_breakpoint_get_hits (breakpoint);
  g_autofree char *text = hits > 0 ? g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "met %u time", "met %u times", hits), hits) : g_strdup ("");

  gtk_label_set_text (GTK_LABEL (label), text);
}

static GtkWidget *
create_row (gpointer item,
            gpointer data)
{
  LeydenBreakpointList *self = data;
  LeydenBreakpoint *breakpoint = item;
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *check = gtk_check_button_new ();
  GtkWidget *hits = gtk_label_new (NULL);
  g_autofree char *text = leyden_breakpoint_describe (leyden_breakpoint_get_value (breakpoint), self->flow);
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_add_css_class (hits, "dim-label");
  gtk_widget_add_css_class (hits, "caption");
  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), leyden_breakpoint_is_enabled (breakpoint));
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_box_append (GTK_BOX (box), check);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), hits);
  gtk_box_append (GTK_BOX (box), create_button (self, "document-edit-symbolic", _("Edit"), text, G_CALLBACK (edit_cb)));
  gtk_box_append (GTK_BOX (box), create_button (self, "edit-delete-symbolic", _("Remove"), text, G_CALLBACK (remove_cb)));
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  g_object_set_data_full (G_OBJECT (row), "breakpoint", g_object_ref (breakpoint), g_object_unref);
  g_signal_connect_object (check, "toggled", G_CALLBACK (enabled_cb), self, 0);
  g_signal_connect_object (breakpoint, "notify::hits", G_CALLBACK (hits_cb), hits, 0);
  hits_cb (breakpoint, NULL, hits);
  return row;
}

static void
row_activated_cb (LeydenBreakpointList *self,
                  GtkListBoxRow        *row)
{
  LeydenBreakpoint *breakpoint = g_object_get_data (G_OBJECT (row), "breakpoint");
  const char *node = leyden_value_get_member_string (leyden_breakpoint_get_value (breakpoint), "node", "");

  if (*node != '\0')
    g_signal_emit (self, show_node_signal, 0, node);
}

static void
update_empty (LeydenBreakpointList *self)
{
  gboolean empty = self->store == NULL || g_list_model_get_n_items (G_LIST_MODEL (self->store)) == 0;

  gtk_widget_set_visible (self->empty, empty);
  gtk_widget_set_visible (self->list, !empty);
  gtk_widget_set_sensitive (self->buttons, self->store != NULL);
}

/* --- those without a node --- */

static LeydenValue *
make_value (const char *when,
            const char *condition,
            gboolean    once)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "when", when);
  if (condition != NULL)
    leyden_value_builder_set_string (&builder, "condition", condition);
  leyden_value_builder_set_boolean (&builder, "once", once);
  leyden_value_builder_set_boolean (&builder, "enabled", TRUE);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
failure_cb (LeydenBreakpointList *self)
{
  g_autoptr(LeydenValue) value = make_value ("failure", NULL, FALSE);

  leyden_breakpoints_set (self->store, value);
  leyden_announce (GTK_WIDGET (self), _("On any failure"));
}

static void
reward_cb (LeydenBreakpointList *self)
{
  g_autoptr(LeydenValue) value = make_value ("reward", "reward = 0", TRUE);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  leyden_breakpoint_edit (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, self->store, value, self->flow);
}

void
leyden_breakpoint_list_set (LeydenBreakpointList *self,
                            LeydenBreakpoints    *store,
                            LeydenFlow           *flow)
{
  g_return_if_fail (LEYDEN_IS_BREAKPOINT_LIST (self));

  if (self->store != NULL)
    g_signal_handlers_disconnect_by_data (self->store, self);
  g_set_object (&self->store, store);
  g_set_object (&self->flow, flow);
  gtk_list_box_bind_model (GTK_LIST_BOX (self->list), store != NULL ? G_LIST_MODEL (store) : NULL, create_row, self, NULL);
  if (store != NULL)
    g_signal_connect_object (store, "items-changed", G_CALLBACK (update_empty), self, G_CONNECT_SWAPPED);
  update_empty (self);
}

/* --- class --- */

static void
leyden_breakpoint_list_dispose (GObject *object)
{
  LeydenBreakpointList *self = LEYDEN_BREAKPOINT_LIST (object);

  if (self->store != NULL)
    g_signal_handlers_disconnect_by_data (self->store, self);
  if (self->box != NULL)
    gtk_list_box_bind_model (GTK_LIST_BOX (self->list), NULL, NULL, NULL, NULL);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->store);
  g_clear_object (&self->flow);
  G_OBJECT_CLASS (leyden_breakpoint_list_parent_class)->dispose (object);
}

static void
leyden_breakpoint_list_class_init (LeydenBreakpointListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_breakpoint_list_dispose;
  show_node_signal =
    g_signal_new ("show-node", LEYDEN_TYPE_BREAKPOINT_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
add_adder (LeydenBreakpointList *self,
           const char           *label,
           GCallback             callback)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
  gtk_widget_set_parent (button, self->buttons);
}

static void
leyden_breakpoint_list_init (LeydenBreakpointList *self)
{
  GtkWidget *content = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);

  self->buttons = leyden_wrap_box_new ();
  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (self->buttons), FALSE);
  add_adder (self, _("Pause on Any Failure"), G_CALLBACK (failure_cb));
  add_adder (self, _("Pause on a Reward…"), G_CALLBACK (reward_cb));
  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "rollouts");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Breakpoints"), -1);
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  self->empty = gtk_label_new (_("No breakpoint yet. Select a node or a wire and press F9; Ctrl+F9 gives it a condition."));
  gtk_label_set_wrap (GTK_LABEL (self->empty), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->empty), 0);
  gtk_widget_add_css_class (self->empty, "dim-label");
  gtk_box_append (GTK_BOX (content), self->buttons);
  gtk_box_append (GTK_BOX (content), self->empty);
  gtk_box_append (GTK_BOX (content), self->list);
  self->box = leyden_split_box_scroll (content);
  gtk_widget_add_css_class (self->box, "panelpage");
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  update_empty (self);
}

GtkWidget *
leyden_breakpoint_list_new (void)
{
  return g_object_new (LEYDEN_TYPE_BREAKPOINT_LIST, NULL);
}
