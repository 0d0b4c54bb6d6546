/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-variables-view.h"

#include <glib/gi18n-lib.h>

#include "leyden-announce.h"
#include "leyden-debug-path.h"
#include "leyden-debug-text.h"
#include "leyden-round-picker.h"
#include "leyden-split-box.h"
#include "leyden-tooltip.h"
#include "leyden-value-pane.h"
#include "leyden-variables.h"

#define MAX_FOUND 500
#define MAX_PREVIEW 160
#define SEARCH_MS 200

struct _LeydenVariablesView
{
  GtkWidget           parent_instance;

  LeydenRolloutView  *view;             /* nullable */
  LeydenVariables    *top;
  GtkTreeListModel   *tree;
  GtkSingleSelection *selection;
  GtkWidget          *box;
  GtkWidget          *entry;
  GtkWidget          *list;
  LeydenValuePane    *pane;
  GtkWidget          *edit_button;
  GtkWidget          *watch_button;
  GtkWidget          *note;
  GtkWidget          *rounds;           /* LeydenRoundPicker */
  guint               search_source;
  gboolean            stale;            /* the state changed while nobody looked */
  gboolean            foreign;          /* what is shown whole is no variable */
};

G_DEFINE_FINAL_TYPE (LeydenVariablesView, leyden_variables_view, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_EDIT,
  SIGNAL_WATCH,
  SIGNAL_CHOSEN,
  SIGNAL_SEARCHED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* An item of the list is a variable, in the tree within a row of it. (transfer full) (nullable) */
static LeydenVariable *
dup_variable (gpointer item)
{
  if (GTK_IS_TREE_LIST_ROW (item))
    return gtk_tree_list_row_get_item (item);
  return item != NULL ? g_object_ref (item) : NULL;
}

/* --- rows --- */

static void
update_row (GtkListItem *item)
{
  GtkWidget *row = gtk_list_item_get_child (item);
  GtkWidget *name = gtk_tree_expander_get_child (GTK_TREE_EXPANDER (gtk_widget_get_first_child (row)));
  GtkWidget *value_label = gtk_widget_get_next_sibling (gtk_widget_get_first_child (row));
  GtkWidget *type_label = gtk_widget_get_next_sibling (value_label);
  g_autoptr(LeydenVariable) variable = dup_variable (gtk_list_item_get_item (item));
  LeydenVariableKind kind = leyden_variable_get_kind (variable);
  gboolean heading = kind == LEYDEN_VARIABLE_INPUT || kind == LEYDEN_VARIABLE_NODE || kind == LEYDEN_VARIABLE_MORE;
  g_autofree char *type = heading ? g_strdup ("") : leyden_debug_dup_type (leyden_variable_get_value (variable));
  g_autofree char *value = heading ? g_strdup ("") : leyden_debug_dup_preview (leyden_variable_get_value (variable), MAX_PREVIEW);
  g_autofree char *label = heading ? g_strdup (leyden_variable_get_title (variable))
                                   : g_strdup_printf ("%s, %s: %s", leyden_variable_get_title (variable), type, value);

  gtk_label_set_text (GTK_LABEL (name), leyden_variable_get_title (variable));
  gtk_label_set_text (GTK_LABEL (value_label), value);
  gtk_label_set_text (GTK_LABEL (type_label), type);
  if (heading)
    gtk_widget_add_css_class (name, "heading");
  else
    gtk_widget_remove_css_class (name, "heading");
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (row)), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
setup_cb (GtkSignalListItemFactory *factory,
          GtkListItem              *item)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);
  GtkWidget *expander = gtk_tree_expander_new ();
  GtkWidget *name = gtk_label_new (NULL), *value = gtk_label_new (NULL), *type = gtk_label_new (NULL);

  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_width_chars (GTK_LABEL (name), 9);
  gtk_tree_expander_set_child (GTK_TREE_EXPANDER (expander), name);
  gtk_label_set_ellipsize (GTK_LABEL (value), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (value), 0);
  gtk_widget_set_hexpand (value, TRUE);
  gtk_widget_add_css_class (type, "dim-label");
  gtk_widget_add_css_class (type, "caption");
  gtk_box_append (GTK_BOX (row), expander);
  gtk_box_append (GTK_BOX (row), value);
  gtk_box_append (GTK_BOX (row), type);
  gtk_list_item_set_child (item, row);
}

static void
value_cb (LeydenVariable *variable,
          GParamSpec     *pspec,
          GtkListItem    *item)
{
  update_row (item);
}

static void
bind_cb (GtkSignalListItemFactory *factory,
         GtkListItem              *item)
{
  GtkWidget *expander = gtk_widget_get_first_child (gtk_list_item_get_child (item));
  gpointer object = gtk_list_item_get_item (item);
  g_autoptr(LeydenVariable) variable = dup_variable (object);

  gtk_tree_expander_set_list_row (GTK_TREE_EXPANDER (expander), GTK_IS_TREE_LIST_ROW (object) ? object : NULL);
  g_signal_connect_object (variable, "notify::value", G_CALLBACK (value_cb), item, 0);
  update_row (item);
}

static void
unbind_cb (GtkSignalListItemFactory *factory,
           GtkListItem              *item)
{
  g_autoptr(LeydenVariable) variable = dup_variable (gtk_list_item_get_item (item));

  gtk_tree_expander_set_list_row (GTK_TREE_EXPANDER (gtk_widget_get_first_child (gtk_list_item_get_child (item))), NULL);
  if (variable != NULL)
    g_signal_handlers_disconnect_by_func (variable, value_cb, item);
}

/* --- the one that is chosen --- */

LeydenVariable *
leyden_variables_view_get_selected (LeydenVariablesView *self)
{
  g_autoptr(LeydenVariable) variable = NULL;

  g_return_val_if_fail (LEYDEN_IS_VARIABLES_VIEW (self), NULL);
  variable = dup_variable (gtk_single_selection_get_selected_item (self->selection));
  return variable;
}

static char *
dup_whole_title (LeydenVariablesView *self,
                 LeydenVariable      *variable)
{
  g_autofree char *node = leyden_variable_get_node (variable) != NULL
                            ? leyden_debug_path_dup_title (leyden_rollout_view_get_flow (self->view), leyden_variable_get_node (variable)) : NULL;

  /* What was found has its whole way in its title. */
  if (node == NULL || leyden_variable_get_kind (variable) == LEYDEN_VARIABLE_NODE
      || gtk_single_selection_get_model (self->selection) != G_LIST_MODEL (self->tree))
    return g_strdup (leyden_variable_get_title (variable));
  return g_strdup_printf ("%s › %s", node, leyden_variable_get_title (variable));
}

static void
update_buttons (LeydenVariablesView *self)
{
  LeydenVariable *variable = leyden_variables_view_get_selected (self);
  gboolean paused = self->view != NULL && leyden_rollout_view_is_live (self->view) && leyden_rollout_view_is_paused (self->view)
                    && !leyden_rollout_view_is_busy (self->view);
  g_autofree char *watch = variable != NULL ? leyden_variable_dup_watch (variable) : NULL;

  gtk_widget_set_visible (self->edit_button, variable != NULL && leyden_variable_is_whole (variable));
  gtk_widget_set_sensitive (self->edit_button, paused);
  leyden_tooltip_set_text (self->edit_button, paused ? _("Give it another value and go on")
                                                     : _("While the rollout is paused; before that point, fork instead"));
  gtk_widget_set_visible (self->watch_button, watch != NULL);
}

static void
selected_cb (LeydenVariablesView *self)
{
  LeydenVariable *variable = leyden_variables_view_get_selected (self);
  g_autofree char *title = variable != NULL && self->view != NULL ? dup_whole_title (self, variable) : g_strdup ("");
  gboolean heading = variable == NULL || leyden_variable_get_kind (variable) == LEYDEN_VARIABLE_MORE;

  if (variable != NULL && self->foreign)
    {
      self->foreign = FALSE;
      g_signal_emit (self, signals[SIGNAL_CHOSEN], 0);
    }
  if (!self->foreign)
    leyden_value_pane_set_value (self->pane, title, heading ? NULL : leyden_variable_get_value (variable));
  update_buttons (self);
}

void
leyden_variables_view_show_value (LeydenVariablesView *self,
                                  const char          *title,
                                  LeydenValue         *value)
{
  g_return_if_fail (LEYDEN_IS_VARIABLES_VIEW (self));
  g_return_if_fail (title != NULL);

  self->foreign = TRUE;
  gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
  leyden_value_pane_set_value (self->pane, title, value);
  leyden_split_box_reveal_end (LEYDEN_SPLIT_BOX (self->box));
}

static void
activated_cb (LeydenVariablesView *self,
              guint                position)
{
  g_autoptr(GObject) item = g_list_model_get_item (G_LIST_MODEL (self->selection), position);
  g_autoptr(LeydenVariable) variable = dup_variable (item);

  if (variable == NULL)
    return;
  if (leyden_variable_get_kind (variable) == LEYDEN_VARIABLE_MORE)
    leyden_variable_show_more (variable);
  else if (leyden_variable_is_whole (variable) && gtk_widget_get_sensitive (self->edit_button))
    g_signal_emit (self, signals[SIGNAL_EDIT], 0, variable);
  else if (GTK_IS_TREE_LIST_ROW (item))
    gtk_tree_list_row_set_expanded (GTK_TREE_LIST_ROW (item), !gtk_tree_list_row_get_expanded (GTK_TREE_LIST_ROW (item)));
}

static void
edit_clicked_cb (LeydenVariablesView *self)
{
  LeydenVariable *variable = leyden_variables_view_get_selected (self);

  if (variable != NULL)
    g_signal_emit (self, signals[SIGNAL_EDIT], 0, variable);
}

static void
watch_clicked_cb (LeydenVariablesView *self)
{
  LeydenVariable *variable = leyden_variables_view_get_selected (self);
  g_autofree char *watch = variable != NULL ? leyden_variable_dup_watch (variable) : NULL;

  if (watch != NULL)
    g_signal_emit (self, signals[SIGNAL_WATCH], 0, watch);
}

/* --- searching --- */

static void
show_found (LeydenVariablesView *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  g_autoptr(GListModel) found = NULL;
  g_autofree char *said = NULL;
  guint n;

  if (*text == '\0')
    {
      gtk_single_selection_set_model (self->selection, G_LIST_MODEL (self->tree));
      gtk_widget_set_visible (self->note, FALSE);
      return;
    }
  found = leyden_variables_search (G_LIST_MODEL (self->top), text, MAX_FOUND);
  n = g_list_model_get_n_items (found);
  gtk_single_selection_set_model (self->selection, found);
  said = n == 0 ? g_strdup (_("Nothing found")) : n < MAX_FOUND ? g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u found", "%u found", n), n)
                                                                 : g_strdup_printf (_("The first %u"), n);
  gtk_label_set_text (GTK_LABEL (self->note), said);
  gtk_widget_set_visible (self->note, TRUE);
  leyden_announce (GTK_WIDGET (self), said);
}

static gboolean
search_source_cb (gpointer data)
{
  LeydenVariablesView *self = data;

  self->search_source = 0;
  show_found (self);
  g_signal_emit (self, signals[SIGNAL_SEARCHED], 0, gtk_editable_get_text (GTK_EDITABLE (self->entry)));
  return G_SOURCE_REMOVE;
}

static void
search_changed_cb (LeydenVariablesView *self)
{
  if (self->search_source == 0)
    self->search_source = g_timeout_add (SEARCH_MS, search_source_cb, self);
}

/* --- what is looked at --- */

static void
show_state (LeydenVariablesView *self)
{
  self->stale = FALSE;
  leyden_variables_update (self->top, self->view != NULL ? leyden_rollout_view_get_flow (self->view) : NULL,
                           self->view != NULL ? leyden_rollout_view_get_state (self->view) : NULL);
  leyden_round_picker_update (LEYDEN_ROUND_PICKER (self->rounds));
  if (*gtk_editable_get_text (GTK_EDITABLE (self->entry)) != '\0')
    search_changed_cb (self);
  selected_cb (self);
}

/* Of a summary the values follow when the position rests: until then what is expanded stays so. */
static void
state_cb (LeydenVariablesView *self)
{
  if (self->view != NULL && leyden_rollout_view_is_summary (self->view))
    return;
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    show_state (self);
  else
    self->stale = TRUE;
}

void
leyden_variables_view_set_view (LeydenVariablesView *self,
                                LeydenRolloutView   *view)
{
  g_return_if_fail (LEYDEN_IS_VARIABLES_VIEW (self));

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_set_object (&self->view, view);
  self->foreign = FALSE;
  leyden_variables_update (self->top, NULL, NULL);
  leyden_round_picker_set_view (LEYDEN_ROUND_PICKER (self->rounds), view);
  if (view != NULL)
    {
      g_signal_connect_object (view, "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "notify::debug", G_CALLBACK (update_buttons), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "notify::busy", G_CALLBACK (update_buttons), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (view, "notify::position", G_CALLBACK (update_buttons), self, G_CONNECT_SWAPPED);
    }
  selected_cb (self);
  state_cb (self);
}

/* --- class --- */

static void
leyden_variables_view_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_variables_view_parent_class)->map (widget);
  if (LEYDEN_VARIABLES_VIEW (widget)->stale)
    show_state (LEYDEN_VARIABLES_VIEW (widget));
}

static void
leyden_variables_view_dispose (GObject *object)
{
  LeydenVariablesView *self = LEYDEN_VARIABLES_VIEW (object);

  g_clear_handle_id (&self->search_source, g_source_remove);
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_clear_object (&self->view);
  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->selection);
  g_clear_object (&self->tree);
  g_clear_object (&self->top);
  G_OBJECT_CLASS (leyden_variables_view_parent_class)->dispose (object);
}

static void
leyden_variables_view_class_init (LeydenVariablesViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_variables_view_dispose;
  GTK_WIDGET_CLASS (klass)->map = leyden_variables_view_map;
  signals[SIGNAL_EDIT] =
    g_signal_new ("edit", LEYDEN_TYPE_VARIABLES_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VARIABLE);
  signals[SIGNAL_WATCH] =
    g_signal_new ("watch", LEYDEN_TYPE_VARIABLES_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_CHOSEN] = g_signal_new ("chosen", LEYDEN_TYPE_VARIABLES_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_SEARCHED] =
    g_signal_new ("searched", LEYDEN_TYPE_VARIABLES_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GListModel *
list_children_cb (gpointer item,
                  gpointer data)
{
  return leyden_variable_list_children (item);
}

static GtkWidget *
create_list (LeydenVariablesView *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *scroller = gtk_scrolled_window_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), NULL);
  self->list = gtk_list_view_new (GTK_SELECTION_MODEL (g_object_ref (self->selection)), factory);
  gtk_widget_add_css_class (self->list, "variables");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Variables"), -1);
  g_signal_connect_object (self->list, "activate", G_CALLBACK (activated_cb), self, G_CONNECT_SWAPPED);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->list);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroller), 120);
  /* Where the value stands below it, it has the room that its lines need. */
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 280);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_widget_set_vexpand (scroller, TRUE);
  return scroller;
}

static GtkWidget *
create_button (LeydenVariablesView *self,
               const char          *label,
               GCallback            callback)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_widget_set_halign (button, GTK_ALIGN_START);
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
  return button;
}

static GtkWidget *
create_details (LeydenVariablesView *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->pane = LEYDEN_VALUE_PANE (leyden_value_pane_new ());
  self->edit_button = create_button (self, _("Edit…"), G_CALLBACK (edit_clicked_cb));
  self->watch_button = create_button (self, _("Watch"), G_CALLBACK (watch_clicked_cb));
  gtk_box_append (GTK_BOX (buttons), self->edit_button);
  gtk_box_append (GTK_BOX (buttons), self->watch_button);
  gtk_box_append (GTK_BOX (box), buttons);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->pane));
  return leyden_split_box_scroll (box);
}

static void
leyden_variables_view_init (LeydenVariablesView *self)
{
  GtkWidget *tree_side = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->top = leyden_variables_new ();
  self->tree = gtk_tree_list_model_new (G_LIST_MODEL (g_object_ref (self->top)), FALSE, FALSE, list_children_cb, NULL, NULL);
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->tree)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  self->entry = gtk_search_entry_new ();
  g_object_set (self->entry, "placeholder-text", _("Search names and values"), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Search names and values"), -1);
  self->note = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->note), 0);
  gtk_widget_add_css_class (self->note, "dim-label");
  gtk_widget_set_visible (self->note, FALSE);
  self->rounds = leyden_round_picker_new ();
  gtk_box_append (GTK_BOX (tree_side), self->entry);
  gtk_box_append (GTK_BOX (tree_side), self->note);
  gtk_box_append (GTK_BOX (tree_side), create_list (self));
  gtk_box_append (GTK_BOX (tree_side), self->rounds);
  self->box = leyden_split_box_new (tree_side, create_details (self), 280, 560);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect_object (self->entry, "search-changed", G_CALLBACK (search_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (selected_cb), self, G_CONNECT_SWAPPED);
  selected_cb (self);
}

GtkWidget *
leyden_variables_view_new (void)
{
  return g_object_new (LEYDEN_TYPE_VARIABLES_VIEW, NULL);
}
