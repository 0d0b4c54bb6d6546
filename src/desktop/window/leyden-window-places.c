/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

/* Around the words of a place, in px. */
#define PLACE_ROOM 6

/* Of the words that are shown, the widest. */
static int
find_widest_label (GtkWidget *root)
{
  int widest = 0;

  if (!gtk_widget_get_visible (root) || !gtk_widget_get_child_visible (root))
    return 0;
  if (GTK_IS_LABEL (root))
    gtk_widget_measure (root, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &widest, NULL, NULL);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    widest = MAX (widest, find_widest_label (child));
  return widest;
}

/* It would let its words be cut to nothing, and take more than they need. */
static int
find_width (GtkWidget *switcher)
{
  g_autoptr(GtkSelectionModel) pages = adw_view_stack_get_pages (adw_view_switcher_get_stack (ADW_VIEW_SWITCHER (switcher)));
  int n = (int) g_list_model_get_n_items (G_LIST_MODEL (pages)), natural;

  gtk_widget_measure (switcher, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  return MIN (natural, n * (find_widest_label (switcher) + PLACE_ROOM));
}

static void
measure_whole (GtkWidget      *widget,
               GtkOrientation  orientation,
               int             for_size,
               int            *minimum,
               int            *natural,
               int            *minimum_baseline,
               int            *natural_baseline)
{
  GtkWidget *switcher = gtk_widget_get_first_child (widget);

  gtk_widget_measure (switcher, orientation, for_size, minimum, natural, minimum_baseline, natural_baseline);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = find_width (switcher);
}

static void
allocate_whole (GtkWidget *widget,
                int        width,
                int        height,
                int        baseline)
{
  gtk_widget_allocate (gtk_widget_get_first_child (widget), width, height, baseline, NULL);
}

/* Whether what stands at the end of the header bar keeps its words beside the switcher, which stands in the middle. */
static gboolean
has_room (LeydenWindow *self)
{
  GtkWidget *bar = gtk_widget_get_ancestor (GTK_WIDGET (self->places), GTK_TYPE_CENTER_BOX);
  int end;

  gtk_widget_measure (gtk_center_box_get_end_widget (GTK_CENTER_BOX (bar)), GTK_ORIENTATION_HORIZONTAL, -1, NULL, &end, NULL, NULL);
  return 2 * end <= gtk_widget_get_width (bar) - find_width (gtk_widget_get_first_child (GTK_WIDGET (self->switcher_bin)));
}

static gboolean
fit_cb (gpointer data)
{
  LeydenWindow *self = data;
  gboolean fits = has_room (self);

  self->bar_id = 0;
  gtk_widget_set_visible (GTK_WIDGET (self->switcher_bin), fits);
  /* The title stands in the middle then. */
  gtk_widget_set_visible (GTK_WIDGET (self->title_label), fits);
  adw_view_switcher_bar_set_reveal (self->switcher_bar, !fits);
  return G_SOURCE_REMOVE;
}

/* Not at once: this comes in the middle of an allocation, in which the bar would get no height. */
void
leyden_window_fit_places (LeydenWindow *self)
{
  if (self->bar_id == 0 && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->bar_id = g_idle_add (fit_cb, self);
}

void
leyden_window_add_places (LeydenWindow *self)
{
  gtk_widget_set_layout_manager (GTK_WIDGET (self->switcher_bin), gtk_custom_layout_new (NULL, measure_whole, allocate_whole));
}
