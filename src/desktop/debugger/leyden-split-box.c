/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-split-box.h"

#define SPACING 18

struct _LeydenSplitBox
{
  GtkWidget  parent_instance;

  GtkWidget *start;
  GtkWidget *end;
  int        start_width;
  int        threshold;
  int        wide_from;                 /* 0: never */
  int        wide_start;
};

G_DEFINE_FINAL_TYPE (LeydenSplitBox, leyden_split_box, GTK_TYPE_WIDGET)

/* Text at 200 % makes the first child wider than planned. */
static int
get_start_width (LeydenSplitBox *self,
                 int             width)
{
  int minimum, natural;

  gtk_widget_measure (self->start, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  if (self->start_width == 0)
    return natural;
  return MAX (minimum, self->wide_from > 0 && width >= self->wide_from ? self->wide_start : self->start_width);
}

static gboolean
is_wide (LeydenSplitBox *self,
         int             width)
{
  int minimum;

  gtk_widget_measure (self->end, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  return width >= self->threshold && width >= get_start_width (self, width) + SPACING + minimum;
}

static GtkSizeRequestMode
leyden_split_box_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
leyden_split_box_measure (GtkWidget      *widget,
                          GtkOrientation  orientation,
                          int             for_size,
                          int            *minimum,
                          int            *natural,
                          int            *minimum_baseline,
                          int            *natural_baseline)
{
  LeydenSplitBox *self = LEYDEN_SPLIT_BOX (widget);
  int start_min, start_nat, end_min, end_nat;
  gboolean wide = orientation == GTK_ORIENTATION_VERTICAL && for_size >= 0 && is_wide (self, for_size);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      gtk_widget_measure (self->start, orientation, -1, &start_min, &start_nat, NULL, NULL);
      gtk_widget_measure (self->end, orientation, -1, &end_min, &end_nat, NULL, NULL);
      *minimum = MAX (start_min, end_min);
      *natural = MAX (*minimum, self->threshold);
      return;
    }
  gtk_widget_measure (self->start, orientation, wide ? get_start_width (self, for_size) : for_size, &start_min, &start_nat, NULL, NULL);
  gtk_widget_measure (self->end, orientation, wide ? for_size - get_start_width (self, for_size) - SPACING : for_size, &end_min, &end_nat,
                      NULL, NULL);
  /* Side by side each child scrolls by itself; stacked they stand in full, and what is around them scrolls. */
  *natural = wide ? MAX (start_nat, end_nat) : start_nat + SPACING + end_nat;
  *minimum = wide ? MAX (start_min, end_min) : *natural;
}

static void
leyden_split_box_size_allocate (GtkWidget *widget,
                                int        width,
                                int        height,
                                int        baseline)
{
  LeydenSplitBox *self = LEYDEN_SPLIT_BOX (widget);
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int start_width = get_start_width (self, width);
  int start_height;

  if (is_wide (self, width))
    {
      int end_width = width - start_width - SPACING;

      gtk_widget_size_allocate (self->start, &(GtkAllocation) { rtl ? width - start_width : 0, 0, start_width, height }, -1);
      gtk_widget_size_allocate (self->end, &(GtkAllocation) { rtl ? 0 : start_width + SPACING, 0, end_width, height }, -1);
      return;
    }
  gtk_widget_measure (self->start, GTK_ORIENTATION_VERTICAL, width, NULL, &start_height, NULL, NULL);
  gtk_widget_size_allocate (self->start, &(GtkAllocation) { 0, 0, width, start_height }, -1);
  gtk_widget_size_allocate (self->end, &(GtkAllocation) { 0, start_height + SPACING, width, MAX (height - start_height - SPACING, 0) },
                            -1);
}

static void
leyden_split_box_dispose (GObject *object)
{
  LeydenSplitBox *self = LEYDEN_SPLIT_BOX (object);

  g_clear_pointer (&self->start, gtk_widget_unparent);
  g_clear_pointer (&self->end, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_split_box_parent_class)->dispose (object);
}

static void
leyden_split_box_class_init (LeydenSplitBoxClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_split_box_dispose;
  widget_class->get_request_mode = leyden_split_box_get_request_mode;
  widget_class->measure = leyden_split_box_measure;
  widget_class->size_allocate = leyden_split_box_size_allocate;
}

static void
leyden_split_box_init (LeydenSplitBox *self)
{
}

GtkWidget *
leyden_split_box_new (GtkWidget *start,
                      GtkWidget *end,
                      int        start_width,
                      int        threshold)
{
  LeydenSplitBox *self;

  g_return_val_if_fail (GTK_IS_WIDGET (start), NULL);
  g_return_val_if_fail (GTK_IS_WIDGET (end), NULL);

  self = g_object_new (LEYDEN_TYPE_SPLIT_BOX, NULL);
  self->start = start;
  self->end = end;
  self->start_width = start_width;
  self->threshold = threshold;
  gtk_widget_set_parent (start, GTK_WIDGET (self));
  gtk_widget_set_parent (end, GTK_WIDGET (self));
  return GTK_WIDGET (self);
}

void
leyden_split_box_set_wide (LeydenSplitBox *self,
                           int             width,
                           int             start_width)
{
  g_return_if_fail (LEYDEN_IS_SPLIT_BOX (self));

  self->wide_from = width;
  self->wide_start = start_width;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

GtkWidget *
leyden_split_box_scroll (GtkWidget *child)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), child);
  gtk_widget_set_vexpand (scroller, TRUE);
  return scroller;
}

GtkWidget *
leyden_split_box_scroll_form (GtkWidget *child)
{
  GtkWidget *scroller = leyden_split_box_scroll (child);

  gtk_scrolled_window_set_overlay_scrolling (GTK_SCROLLED_WINDOW (scroller), FALSE);
  gtk_widget_add_css_class (scroller, "formscroll");
  return scroller;
}

static gboolean
reveal_cb (gpointer data)
{
  LeydenSplitBox *self = data;
  GtkWidget *scroller = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_SCROLLED_WINDOW);
  graphene_rect_t bounds;

  if (scroller != NULL && self->end != NULL && !is_wide (self, gtk_widget_get_width (GTK_WIDGET (self))) &&
      gtk_widget_compute_bounds (self->end, GTK_WIDGET (self), &bounds))
    gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller)), bounds.origin.y);
  return G_SOURCE_REMOVE;
}

void
leyden_split_box_reveal_end (LeydenSplitBox *self)
{
  g_return_if_fail (LEYDEN_IS_SPLIT_BOX (self));

  /* When what has just begun to show has got its size. */
  g_timeout_add_full (G_PRIORITY_LOW, 50, reveal_cb, g_object_ref (self), g_object_unref);
}
