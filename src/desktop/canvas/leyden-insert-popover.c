/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-insert-popover.h"

#include <glib/gi18n-lib.h>

#include "leyden-safe-text.h"
#include "leyden-tooltip.h"

#define WIDTH 300
#define HEIGHT 320

struct _LeydenInsertPopover
{
  GtkPopover           parent_instance;

  LeydenInsertChoices *choices;
  GtkWidget           *entry;
  GtkWidget           *scroller;
  GtkListBox          *list;
  GtkWidget           *nothing;
};

G_DEFINE_FINAL_TYPE (LeydenInsertPopover, leyden_insert_popover, GTK_TYPE_POPOVER)

enum
{
  CHOSEN,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- rows --- */

/* What the row says below the title. (transfer full) */
static char *
describe (LeydenInsertPopover      *self,
          const LeydenInsertChoice *choice)
{
  const LeydenNodeType *between = choice->converter != NULL
                                    ? leyden_node_types_lookup (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), choice->converter) : NULL;

  if (choice->port == NULL)
    return g_strdup (choice->type->description);
  if (between != NULL)
    /* Translators: a port, and the kind of node that comes between: "Query, through Extract". */
    return g_strdup_printf (_("%s, through %s"), choice->port_title, between->title);
  return g_strdup (choice->port_title);
}

static GtkWidget *
make_row (LeydenInsertPopover      *self,
          const LeydenInsertChoice *choice)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *icon = gtk_image_new_from_icon_name (choice->type->icon);
  GtkWidget *title = gtk_label_new (NULL), *below = gtk_label_new (NULL);
  g_autofree char *text = describe (self, choice);

  leyden_label_set_safe_text (GTK_LABEL (title), choice->type->title, 60);
  leyden_label_set_safe_text (GTK_LABEL (below), text, 200);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_label_set_ellipsize (GTK_LABEL (below), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_xalign (GTK_LABEL (below), 0);
  gtk_widget_add_css_class (below, "caption");
  gtk_widget_add_css_class (below, "dim-label");
  gtk_widget_add_css_class (icon, choice->type->category);
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_box_append (GTK_BOX (texts), title);
  gtk_box_append (GTK_BOX (texts), below);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), texts);
  if (choice->converter != NULL)
    gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name ("media-playlist-shuffle-symbolic"));
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  leyden_tooltip_set_text (row, choice->type->description);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, choice->type->title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
  g_object_set_data (G_OBJECT (row), "choice", (gpointer) choice);
  return row;
}

static void
show_found (LeydenInsertPopover *self)
{
  g_autoptr(GPtrArray) found = leyden_insert_choices_search (self->choices, gtk_editable_get_text (GTK_EDITABLE (self->entry)));
  GtkListBoxRow *row;
  GtkAdjustment *scroll = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller));

  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  for (guint i = 0; i < found->len; i++)
    gtk_list_box_append (self->list, make_row (self, g_ptr_array_index (found, i)));
  gtk_list_box_select_row (self->list, gtk_list_box_get_row_at_index (self->list, 0));
  gtk_adjustment_set_value (scroll, 0);
  gtk_widget_set_visible (self->scroller, found->len > 0);
  gtk_widget_set_visible (self->nothing, found->len == 0);
}

/* --- choosing --- */

static void
row_activated_cb (LeydenInsertPopover *self,
                  GtkListBoxRow       *row)
{
  g_signal_emit (self, signals[CHOSEN], 0, g_object_get_data (G_OBJECT (row), "choice"));
  gtk_popover_popdown (GTK_POPOVER (self));
}

static void
entry_activate_cb (LeydenInsertPopover *self)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);

  if (row != NULL)
    row_activated_cb (self, row);
  else
    gtk_widget_error_bell (GTK_WIDGET (self));
}

static void
stop_search_cb (LeydenInsertPopover *self)
{
  gtk_popover_popdown (GTK_POPOVER (self));
}

/* The focus goes through the rows, so that they are read; from the first one up it goes back into the search. */
static gboolean
key_cb (LeydenInsertPopover *self,
        guint                keyval,
        guint                keycode,
        GdkModifierType      state)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);
  gboolean in_list = gtk_widget_get_focus_child (GTK_WIDGET (self->list)) != NULL;
  int step = keyval == GDK_KEY_Down || keyval == GDK_KEY_KP_Down ? 1 : keyval == GDK_KEY_Up || keyval == GDK_KEY_KP_Up ? -1 : 0;
  GtkListBoxRow *next;

  if (step == 0 || row == NULL)
    return FALSE;
  if (step < 0 && gtk_list_box_row_get_index (row) == 0)
    {
      gtk_widget_grab_focus (self->entry);
      return TRUE;
    }
  next = gtk_list_box_get_row_at_index (self->list, gtk_list_box_row_get_index (row) + step);
  if (next == NULL)
    next = row;
  /* The first one is selected already: the key that leaves the search takes the one below it. */
  if (!in_list && step > 0 && gtk_list_box_get_row_at_index (self->list, 1) == NULL)
    next = row;
  gtk_list_box_select_row (self->list, next);
  gtk_widget_grab_focus (GTK_WIDGET (next));
  return TRUE;
}

static void
leyden_insert_popover_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_insert_popover_parent_class)->map (widget);
  gtk_widget_grab_focus (LEYDEN_INSERT_POPOVER (widget)->entry);
}

static void
leyden_insert_popover_finalize (GObject *object)
{
  LeydenInsertPopover *self = LEYDEN_INSERT_POPOVER (object);

  g_clear_pointer (&self->choices, leyden_insert_choices_free);
  G_OBJECT_CLASS (leyden_insert_popover_parent_class)->finalize (object);
}

static void
leyden_insert_popover_class_init (LeydenInsertPopoverClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_insert_popover_finalize;
  GTK_WIDGET_CLASS (klass)->map = leyden_insert_popover_map;
  signals[CHOSEN] = g_signal_new ("chosen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_POINTER);
}

static void
leyden_insert_popover_init (LeydenInsertPopover *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->entry = gtk_search_entry_new ();
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_BROWSE);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "insertlist");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Node types"), -1);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), GTK_WIDGET (self->list));
  gtk_widget_set_size_request (self->scroller, WIDTH, HEIGHT);
  self->nothing = gtk_label_new (_("Nothing fits"));
  gtk_widget_add_css_class (self->nothing, "dim-label");
  gtk_widget_set_size_request (self->nothing, WIDTH, 60);

  gtk_box_append (GTK_BOX (box), self->entry);
  gtk_box_append (GTK_BOX (box), self->scroller);
  gtk_box_append (GTK_BOX (box), self->nothing);
  gtk_popover_set_child (GTK_POPOVER (self), box);
  gtk_popover_set_has_arrow (GTK_POPOVER (self), FALSE);
  gtk_widget_set_halign (GTK_WIDGET (self), GTK_ALIGN_START);
  gtk_search_entry_set_key_capture_widget (GTK_SEARCH_ENTRY (self->entry), GTK_WIDGET (self));
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);

  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (key_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->entry, "changed", G_CALLBACK (show_found), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->entry, "activate", G_CALLBACK (entry_activate_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->entry, "stop-search", G_CALLBACK (stop_search_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
}

GtkWidget *
leyden_insert_popover_new (LeydenInsertChoices *choices,
                           const char          *label)
{
  LeydenInsertPopover *self = g_object_new (LEYDEN_TYPE_INSERT_POPOVER, NULL);

  self->choices = choices;
  g_object_set (self->entry, "placeholder-text", label, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  show_found (self);
  return GTK_WIDGET (self);
}
