/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-call-list.h"

#include <glib/gi18n-lib.h>

#include "leyden-call.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"

struct _LeydenCallList
{
  GtkWidget           parent_instance;

  GtkWidget          *scroller;
  GtkWidget          *view;
  GListStore         *store;
  GtkSingleSelection *selection;
  LeydenFlow         *flow;             /* nullable */
};

G_DEFINE_FINAL_TYPE (LeydenCallList, leyden_call_list, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_SELECTED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- a row --- */

static void
fill_row (GtkListItem *list_item)
{
  LeydenCallItem *item = gtk_list_item_get_item (list_item);
  GtkWidget *box = gtk_list_item_get_child (list_item);
  LeydenCallList *self = g_object_get_data (G_OBJECT (list_item), "list");
  LeydenValue *call;
  const char *state;
  g_autofree char *title = NULL;
  g_autofree char *subtitle = NULL;
  g_autofree char *model = NULL;

  if (item == NULL)
    return;
  call = leyden_call_item_get_call (item);
  state = leyden_call_get_state (call);
  title = leyden_call_item_dup_title (item, self->flow);
  subtitle = leyden_call_item_dup_subtitle (item);
  model = leyden_text_display (leyden_call_get_model (call), -1, 60, FALSE);
  gtk_image_set_from_icon_name (g_object_get_data (G_OBJECT (box), "icon"), leyden_state_icon (state));
  gtk_widget_set_css_classes (g_object_get_data (G_OBJECT (box), "icon"), (const char *[]) { "state", state, NULL });
  gtk_accessible_update_property (GTK_ACCESSIBLE (g_object_get_data (G_OBJECT (box), "icon")), GTK_ACCESSIBLE_PROPERTY_LABEL, leyden_state_title (state), -1);
  gtk_label_set_text (g_object_get_data (G_OBJECT (box), "title"), title);
  gtk_label_set_text (g_object_get_data (G_OBJECT (box), "model"), model);
  gtk_widget_set_visible (g_object_get_data (G_OBJECT (box), "model"), *leyden_call_get_model (call) != '\0');
  gtk_label_set_text (g_object_get_data (G_OBJECT (box), "subtitle"), subtitle);
  gtk_widget_set_visible (g_object_get_data (G_OBJECT (box), "subtitle"), *subtitle != '\0');
}

static GtkWidget *
create_label (GtkWidget  *box,
              GtkWidget  *lines,
              const char *name,
              const char *style)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (style != NULL)
    {
      gtk_widget_add_css_class (label, "caption");
      gtk_widget_add_css_class (label, style);
    }
  gtk_box_append (GTK_BOX (lines), label);
  g_object_set_data (G_OBJECT (box), name, label);
  return label;
}

static void
setup_cb (LeydenCallList *self,
          GtkListItem    *list_item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9), *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *icon = gtk_image_new ();

  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  gtk_widget_set_hexpand (lines, TRUE);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), lines);
  g_object_set_data (G_OBJECT (box), "icon", icon);
  create_label (box, lines, "title", NULL);
  create_label (box, lines, "model", "dim-label");
  create_label (box, lines, "subtitle", "dim-label");
  g_object_set_data (G_OBJECT (list_item), "list", self);
  gtk_list_item_set_child (list_item, box);
}

static void
bind_cb (LeydenCallList *self,
         GtkListItem    *list_item)
{
  g_signal_connect_object (gtk_list_item_get_item (list_item), "changed", G_CALLBACK (fill_row), list_item, G_CONNECT_SWAPPED);
  fill_row (list_item);
}

static void
unbind_cb (LeydenCallList *self,
           GtkListItem    *list_item)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (list_item), fill_row, list_item);
}

/* --- the choice --- */

LeydenCallItem *
leyden_call_list_get_selected (LeydenCallList *self)
{
  g_return_val_if_fail (LEYDEN_IS_CALL_LIST (self), NULL);
  return gtk_single_selection_get_selected_item (self->selection);
}

static void
selected_cb (LeydenCallList *self)
{
  g_signal_emit (self, signals[SIGNAL_SELECTED], 0, leyden_call_list_get_selected (self));
}

GListModel *
leyden_call_list_get_items (LeydenCallList *self)
{
  g_return_val_if_fail (LEYDEN_IS_CALL_LIST (self), NULL);
  return G_LIST_MODEL (self->store);
}

gboolean
leyden_call_list_select_path (LeydenCallList *self,
                              const char     *path)
{
  int index;

  g_return_val_if_fail (LEYDEN_IS_CALL_LIST (self), FALSE);

  index = leyden_call_items_find (G_LIST_MODEL (self->store), path);
  if (index < 0)
    return FALSE;
  gtk_single_selection_set_selected (self->selection, (guint) index);
  gtk_widget_activate_action (self->view, "list.scroll-to-item", "u", (guint) index);
  return TRUE;
}

void
leyden_call_list_focus (LeydenCallList *self)
{
  g_return_if_fail (LEYDEN_IS_CALL_LIST (self));
  gtk_widget_grab_focus (self->view);
}

void
leyden_call_list_set_state (LeydenCallList *self,
                            LeydenFlow     *flow,
                            LeydenValue    *state)
{
  g_return_if_fail (LEYDEN_IS_CALL_LIST (self));

  g_set_object (&self->flow, flow);
  leyden_call_items_update (self->store, state);
}

/* --- life --- */

static void
leyden_call_list_dispose (GObject *object)
{
  LeydenCallList *self = LEYDEN_CALL_LIST (object);

  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_object (&self->selection);
  g_clear_object (&self->store);
  g_clear_object (&self->flow);
  G_OBJECT_CLASS (leyden_call_list_parent_class)->dispose (object);
}

static void
leyden_call_list_class_init (LeydenCallListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_call_list_dispose;
  signals[SIGNAL_SELECTED] =
    g_signal_new ("selected", LEYDEN_TYPE_CALL_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_CALL_ITEM);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_call_list_init (LeydenCallList *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  self->store = g_list_store_new (LEYDEN_TYPE_CALL_ITEM);
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->store)));
  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cb), self, G_CONNECT_SWAPPED);
  self->view = gtk_list_view_new (GTK_SELECTION_MODEL (g_object_ref (self->selection)), factory);
  gtk_widget_add_css_class (self->view, "calls");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Calls"), -1);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (self->scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (self->scroller), 420);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), self->view);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (selected_cb), self, G_CONNECT_SWAPPED);
}

GtkWidget *
leyden_call_list_new (void)
{
  return g_object_new (LEYDEN_TYPE_CALL_LIST, NULL);
}
