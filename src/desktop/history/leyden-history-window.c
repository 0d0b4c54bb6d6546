/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-history-window.h"

#include <glib/gi18n-lib.h>

#include "leyden-history-list.h"
#include "leyden-versions-page.h"

struct _LeydenHistoryWindow
{
  AdwWindow          parent_instance;

  LeydenWindow      *window;            /* that it belongs to; it goes with it */
  LeydenHistoryList *history;           /* NULL without a document */
  AdwViewStack      *views;
  GtkStack          *stack;
  GtkListView       *list;
  guint              scroll_id;
};

G_DEFINE_FINAL_TYPE (LeydenHistoryWindow, leyden_history_window, ADW_TYPE_WINDOW)

/* --- rows --- */

static GtkWidget *
row_part (GtkListItem *item,
          const char  *name)
{
  return g_object_get_data (G_OBJECT (gtk_list_item_get_child (item)), name);
}

static void
row_add (GtkWidget  *row,
         const char *name,
         GtkWidget  *part)
{
  gtk_box_append (GTK_BOX (row), part);
  g_object_set_data (G_OBJECT (row), name, part);
}

static void
setup_cb (LeydenHistoryWindow *self,
          GtkListItem         *item)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (NULL);
  GtkWidget *time = gtk_label_new (NULL);
  GtkWidget *saved = gtk_image_new_from_icon_name ("document-save-symbolic");

  row_add (row, "mark", gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (label, TRUE);
  row_add (row, "label", label);
  gtk_widget_set_tooltip_text (saved, _("As in the file"));
  row_add (row, "saved", saved);
  gtk_widget_add_css_class (time, "dim-label");
  gtk_widget_add_css_class (time, "numeric");
  row_add (row, "time", time);
  gtk_list_item_set_child (item, row);
}

static void
set_class (GtkWidget  *widget,
           const char *name,
           gboolean    set)
{
  if (set)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

/* Said as one text: what, when, and how it stands. */
static char *
describe (const char *label,
          const char *time,
          int         side)
{
  const char *state = side == 0 ? _("current") : side > 0 ? _("undone") : NULL;
  g_autoptr(GString) text = g_string_new (label);

  if (time != NULL)
    g_string_append_printf (text, ", %s", time);
  if (state != NULL)
    g_string_append_printf (text, ", %s", state);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
fill_row (LeydenHistoryWindow *self,
          GtkListItem         *item)
{
  guint position = leyden_history_entry_get_position (gtk_list_item_get_item (item));
  LeydenDocument *document = leyden_history_list_get_document (self->history);
  guint current = leyden_document_get_position (document);
  g_autofree char *label = leyden_history_list_dup_label (self->history, position);
  g_autofree char *time = leyden_history_list_dup_time (self->history, position);
  g_autofree char *text = describe (label, time, position == current ? 0 : position > current ? 1 : -1);

  gtk_label_set_text (GTK_LABEL (row_part (item, "label")), label);
  gtk_label_set_text (GTK_LABEL (row_part (item, "time")), time != NULL ? time : "");
  gtk_widget_set_opacity (row_part (item, "mark"), position == current ? 1 : 0);
  gtk_widget_set_visible (row_part (item, "saved"),
                          leyden_document_get_file (document) != NULL && position <= leyden_document_get_n_steps (document)
                            && leyden_document_is_step_saved (document, position));
  set_class (row_part (item, "label"), "heading", position == current);
  set_class (row_part (item, "label"), "dim-label", position > current);
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_list_item_get_child (item)), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
bind_cb (LeydenHistoryWindow *self,
         GtkListItem         *item)
{
  g_object_set_data (G_OBJECT (gtk_list_item_get_child (item)), "item", item);
  fill_row (self, item);
}

static void
unbind_cb (LeydenHistoryWindow *self,
           GtkListItem         *item)
{
  g_object_set_data (G_OBJECT (gtk_list_item_get_child (item)), "item", NULL);
}

/* --- the list --- */

static gboolean
scroll_cb (gpointer data)
{
  LeydenHistoryWindow *self = data;

  self->scroll_id = 0;
  if (self->history != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self->list), "list.scroll-to-item", "u",
                                leyden_document_get_position (leyden_history_list_get_document (self->history)));
  return G_SOURCE_REMOVE;
}

static void
moved_cb (LeydenHistoryWindow *self)
{
  /* Few rows are there: those that are seen. */
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->list)); row != NULL; row = gtk_widget_get_next_sibling (row))
    {
      GtkWidget *child = gtk_widget_get_first_child (row);
      GtkListItem *item = child != NULL ? g_object_get_data (G_OBJECT (child), "item") : NULL;

      if (item != NULL)
        fill_row (self, item);
    }
  if (self->scroll_id == 0)
    self->scroll_id = g_idle_add (scroll_cb, self);
}

static void
activate_cb (LeydenHistoryWindow *self,
             guint                position)
{
  LeydenDocument *document = leyden_history_list_get_document (self->history);
  g_autoptr(GError) error = NULL;

  if (position <= leyden_document_get_n_steps (document) && !leyden_document_go_to (document, position, &error))
    leyden_window_toast (self->window, error->message);
}

/* Another tab, or none. */
static void
document_cb (LeydenHistoryWindow *self)
{
  LeydenDocument *document = leyden_window_get_document (self->window);
  GtkNoSelection *selection;

  if (self->history != NULL)
    g_signal_handlers_disconnect_by_data (self->history, self);
  gtk_list_view_set_model (self->list, NULL);
  g_clear_object (&self->history);
  gtk_stack_set_visible_child_name (self->stack, document != NULL ? "list" : "none");
  if (document == NULL)
    return;
  self->history = leyden_history_list_new (document);
  selection = gtk_no_selection_new (G_LIST_MODEL (g_object_ref (self->history)));
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (selection));
  g_object_unref (selection);
  g_signal_connect_object (self->history, "moved", G_CALLBACK (moved_cb), self, G_CONNECT_SWAPPED);
  moved_cb (self);
}

/* --- the window --- */

static void
leyden_history_window_dispose (GObject *object)
{
  LeydenHistoryWindow *self = LEYDEN_HISTORY_WINDOW (object);

  g_clear_handle_id (&self->scroll_id, g_source_remove);
  if (self->list != NULL)
    gtk_list_view_set_model (self->list, NULL);
  self->list = NULL;
  g_clear_object (&self->history);
  G_OBJECT_CLASS (leyden_history_window_parent_class)->dispose (object);
}

static void
leyden_history_window_class_init (LeydenHistoryWindowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_history_window_dispose;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close", NULL);
}

static GtkWidget *
make_list (LeydenHistoryWindow *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cb), self, G_CONNECT_SWAPPED);
  self->list = GTK_LIST_VIEW (gtk_list_view_new (NULL, factory));
  gtk_list_view_set_single_click_activate (self->list, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "navigation-sidebar");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("History"), -1);
  g_signal_connect_object (self->list, "activate", G_CALLBACK (activate_cb), self, G_CONNECT_SWAPPED);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (self->list));
  gtk_widget_set_vexpand (scrolled, TRUE);
  return scrolled;
}

static void
leyden_history_window_init (LeydenHistoryWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *switcher = adw_view_switcher_new ();
  GtkWidget *empty = gtk_label_new (_("No flow is open"));

  gtk_window_set_title (GTK_WINDOW (self), _("History"));
  gtk_window_set_default_size (GTK_WINDOW (self), 360, 480);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (self), TRUE);
  self->stack = GTK_STACK (gtk_stack_new ());
  gtk_stack_add_named (self->stack, make_list (self), "list");
  gtk_widget_add_css_class (empty, "dim-label");
  gtk_stack_add_named (self->stack, empty, "none");
  self->views = ADW_VIEW_STACK (adw_view_stack_new ());
  adw_view_stack_page_set_icon_name (adw_view_stack_add_titled (self->views, GTK_WIDGET (self->stack), "history", _("History")),
                                     "edit-undo-symbolic");
  adw_view_switcher_set_stack (ADW_VIEW_SWITCHER (switcher), self->views);
  adw_view_switcher_set_policy (ADW_VIEW_SWITCHER (switcher), ADW_VIEW_SWITCHER_POLICY_WIDE);
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), switcher);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->views));
  adw_window_set_content (ADW_WINDOW (self), box);
}

GtkWidget *
leyden_history_window_get (LeydenWindow *window)
{
  g_autoptr(GListModel) toplevels = g_object_ref (gtk_window_get_toplevels ());
  LeydenHistoryWindow *self;

  g_return_val_if_fail (LEYDEN_IS_WINDOW (window), NULL);

  for (guint i = 0; i < g_list_model_get_n_items (toplevels); i++)
    {
      g_autoptr(GtkWindow) there = g_list_model_get_item (toplevels, i);

      if (LEYDEN_IS_HISTORY_WINDOW (there) && gtk_window_get_transient_for (there) == GTK_WINDOW (window))
        return GTK_WIDGET (there);
    }
  self = g_object_new (LEYDEN_TYPE_HISTORY_WINDOW, "transient-for", window, NULL);
  self->window = window;
  g_signal_connect_object (window, "notify::document", G_CALLBACK (document_cb), self, G_CONNECT_SWAPPED);
  document_cb (self);
  adw_view_stack_page_set_icon_name (adw_view_stack_add_titled (self->views, leyden_versions_page_new (window), "versions", _("Versions")),
                                     "document-open-recent-symbolic");
  gtk_widget_grab_focus (GTK_WIDGET (self->list));
  return GTK_WIDGET (self);
}
