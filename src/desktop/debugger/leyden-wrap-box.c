/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-wrap-box.h"

#define SPACING 9

struct _LeydenWrapBox
{
  GtkWidget parent_instance;

  gboolean  loose;              /* children keep their natural width */
};

G_DEFINE_FINAL_TYPE (LeydenWrapBox, leyden_wrap_box, GTK_TYPE_WIDGET)

/* Children from @first on that stand in one line. */
typedef struct
{
  GtkWidget *first;
  guint      n;
  int        width;             /* natural, with the spaces between */
  int        height;            /* minimum at the widths that they get */
} Line;

static GtkWidget *
next_visible (GtkWidget *child)
{
  while (child != NULL && !gtk_widget_should_layout (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
}

static int
natural_width (GtkWidget *child)
{
  int natural;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  return natural;
}

/* What a child of the line gets: its natural width and a share of what is left. */
static int
child_width (const Line *line,
             GtkWidget  *child,
             guint       index,
             int         width)
{
  gboolean loose = LEYDEN_WRAP_BOX (gtk_widget_get_parent (child))->loose;
  int extra = loose ? 0 : MAX (width - line->width, 0);
  int share = extra / (int) line->n + (index < (guint) (extra % (int) line->n) ? 1 : 0);

  return MIN (natural_width (child) + share, width);
}

/* The line that begins with @first, at @width. */
static Line
fill_line (GtkWidget *first,
           int        width)
{
  Line line = { .first = first };
  GtkWidget *child = first;

  for (; child != NULL; child = next_visible (gtk_widget_get_next_sibling (child)))
    {
      int more = natural_width (child) + (line.n > 0 ? SPACING : 0);

      if (line.n > 0 && line.width + more > width)
        break;
      line.width += more;
      line.n++;
    }
  child = first;
  for (guint i = 0; i < line.n; i++, child = next_visible (gtk_widget_get_next_sibling (child)))
    {
      int height;

      gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, child_width (&line, child, i, width), &height, NULL, NULL, NULL);
      line.height = MAX (line.height, height);
    }
  return line;
}

static GtkWidget *
behind_line (const Line *line)
{
  GtkWidget *child = line->first;

  for (guint i = 0; i < line->n; i++)
    child = next_visible (gtk_widget_get_next_sibling (child));
  return child;
}

static GtkSizeRequestMode
leyden_wrap_box_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
leyden_wrap_box_measure (GtkWidget      *widget,
                         GtkOrientation  orientation,
                         int             for_size,
                         int            *minimum,
                         int            *natural,
                         int            *minimum_baseline,
                         int            *natural_baseline)
{
  GtkWidget *child = next_visible (gtk_widget_get_first_child (widget));
  int min = 0, nat = 0;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      for (; child != NULL; child = next_visible (gtk_widget_get_next_sibling (child)))
        {
          int child_min;

          gtk_widget_measure (child, orientation, -1, &child_min, NULL, NULL, NULL);
          min = MAX (min, child_min);
          nat += natural_width (child) + (nat > 0 ? SPACING : 0);
        }
      *minimum = min;
      *natural = MAX (min, nat);
      return;
    }
  while (child != NULL)
    {
      Line line = fill_line (child, for_size >= 0 ? for_size : G_MAXINT);

      nat += line.height + (nat > 0 ? SPACING : 0);
      child = behind_line (&line);
    }
  *minimum = *natural = nat;
}

static void
leyden_wrap_box_size_allocate (GtkWidget *widget,
                               int        width,
                               int        height,
                               int        baseline)
{
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GtkWidget *child = next_visible (gtk_widget_get_first_child (widget));
  int y = 0;

  while (child != NULL)
    {
      Line line = fill_line (child, width);
      int x = 0;

      for (guint i = 0; i < line.n; i++, child = next_visible (gtk_widget_get_next_sibling (child)))
        {
          int w = child_width (&line, child, i, width);

          gtk_widget_size_allocate (child, &(GtkAllocation) { rtl ? width - x - w : x, y, w, line.height }, -1);
          x += w + SPACING;
        }
      y += line.height + SPACING;
    }
}

static void
leyden_wrap_box_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (leyden_wrap_box_parent_class)->dispose (object);
}

static void
leyden_wrap_box_class_init (LeydenWrapBoxClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_wrap_box_dispose;
  widget_class->get_request_mode = leyden_wrap_box_get_request_mode;
  widget_class->measure = leyden_wrap_box_measure;
  widget_class->size_allocate = leyden_wrap_box_size_allocate;
}

static void
leyden_wrap_box_init (LeydenWrapBox *self)
{
}

void
leyden_wrap_box_set_filled (LeydenWrapBox *self,
                            gboolean       filled)
{
  g_return_if_fail (LEYDEN_IS_WRAP_BOX (self));
  self->loose = !filled;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

GtkWidget *
leyden_wrap_box_new (void)
{
  return g_object_new (LEYDEN_TYPE_WRAP_BOX, NULL);
}
