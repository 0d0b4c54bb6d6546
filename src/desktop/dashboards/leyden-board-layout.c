/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-board-layout.h"

#include <math.h>

/* Where twelve columns fit, and where two do. */
#define WIDE 900
#define MIDDLE 560
/* Of a row, without its gap; more when a panel needs it. */
#define ROW 44

struct _LeydenBoardLayout
{
  GtkLayoutManager parent_instance;

  LeydenGridCell  *cells;               /* of the document */
  gsize            n;
  int              columns;             /* as allocated last */
  double           unit_width;
  double           unit_height;
  int              held;
  double           held_x;
  double           held_y;
};

G_DEFINE_FINAL_TYPE (LeydenBoardLayout, leyden_board_layout, GTK_TYPE_LAYOUT_MANAGER)

static int
count_columns (int width)
{
  return width >= WIDE ? LEYDEN_GRID_COLUMNS : width >= MIDDLE ? 2 : 1;
}

/* (transfer full): the cells on so many columns. */
static LeydenGridCell *
dup_flown (LeydenBoardLayout *self,
           int                columns)
{
  LeydenGridCell *cells = g_memdup2 (self->cells, sizeof *cells * MAX (self->n, 1));

  if (columns < LEYDEN_GRID_COLUMNS)
    leyden_grid_reflow (self->cells, self->n, columns, cells);
  return cells;
}

static double
span (int    n,
      double unit)
{
  return n * unit - LEYDEN_BOARD_GAP;
}

/* Rows are as high as the panel that needs most for one of its rows: with large letters that is more. */
static double
measure_row (LeydenBoardLayout    *self,
             GtkWidget            *widget,
             const LeydenGridCell *cells,
             double                unit_width)
{
  double row = ROW + LEYDEN_BOARD_GAP;
  gsize i = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && i < self->n; child = gtk_widget_get_next_sibling (child))
    {
      int minimum = 0, minimum_width = 0;

      if (!gtk_widget_should_layout (child))
        continue;
      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum_width, NULL, NULL, NULL);
      gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, MAX (minimum_width, (int) span (cells[i].w, unit_width)), &minimum, NULL, NULL, NULL);
      row = MAX (row, ceil ((minimum + LEYDEN_BOARD_GAP) / (double) cells[i].h));
      i++;
    }
  return row;
}

static double
get_unit_width (int width,
                int columns)
{
  return (double) (width + LEYDEN_BOARD_GAP) / columns;
}

static GtkSizeRequestMode
leyden_board_layout_get_request_mode (GtkLayoutManager *manager,
                                      GtkWidget        *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
leyden_board_layout_measure (GtkLayoutManager *manager,
                             GtkWidget        *widget,
                             GtkOrientation    orientation,
                             int               for_size,
                             int              *minimum,
                             int              *natural,
                             int              *minimum_baseline,
                             int              *natural_baseline)
{
  LeydenBoardLayout *self = LEYDEN_BOARD_LAYOUT (manager);
  int widest = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      int needed = 0;

      if (gtk_widget_should_layout (child))
        gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &needed, NULL, NULL, NULL);
      widest = MAX (widest, needed);
    }
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = widest;
      *natural = MAX (widest, WIDE);
    }
  else
    {
      int width = MAX (for_size < 0 ? WIDE : for_size, widest);
      int columns = count_columns (width);
      g_autofree LeydenGridCell *cells = dup_flown (self, columns);
      int rows = leyden_grid_get_height (cells, self->n);
      double row = measure_row (self, widget, cells, get_unit_width (width, columns));

      *minimum = *natural = rows > 0 ? (int) ceil (span (rows, row)) : 0;
    }
}

static void
place_child (LeydenBoardLayout    *self,
             GtkWidget            *child,
             const LeydenGridCell *cell,
             int                   index,
             int                   width,
             gboolean              mirrored)
{
  int x = (int) round (cell->x * self->unit_width), y = (int) round (cell->y * self->unit_height);
  int w = (int) round ((cell->x + cell->w) * self->unit_width) - LEYDEN_BOARD_GAP - x;
  int h = (int) round ((cell->y + cell->h) * self->unit_height) - LEYDEN_BOARD_GAP - y;
  graphene_point_t at = GRAPHENE_POINT_INIT (mirrored ? width - x - w : x, y);
  int minimum = 0;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  if (index == self->held)
    {
      at.x += self->held_x;
      at.y += self->held_y;
    }
  gtk_widget_allocate (child, MAX (w, minimum), h, -1, gsk_transform_translate (NULL, &at));
}

static void
leyden_board_layout_allocate (GtkLayoutManager *manager,
                              GtkWidget        *widget,
                              int               width,
                              int               height,
                              int               baseline)
{
  LeydenBoardLayout *self = LEYDEN_BOARD_LAYOUT (manager);
  g_autofree LeydenGridCell *cells = NULL;
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  gsize i = 0;

  self->columns = count_columns (width);
  self->unit_width = get_unit_width (width, self->columns);
  cells = dup_flown (self, self->columns);
  self->unit_height = measure_row (self, widget, cells, self->unit_width);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && i < self->n; child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_should_layout (child))
      {
        place_child (self, child, &cells[i], (int) i, width, mirrored);
        i++;
      }
}

static void
leyden_board_layout_finalize (GObject *object)
{
  g_free (LEYDEN_BOARD_LAYOUT (object)->cells);
  G_OBJECT_CLASS (leyden_board_layout_parent_class)->finalize (object);
}

static void
leyden_board_layout_class_init (LeydenBoardLayoutClass *klass)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = leyden_board_layout_finalize;
  manager_class->get_request_mode = leyden_board_layout_get_request_mode;
  manager_class->measure = leyden_board_layout_measure;
  manager_class->allocate = leyden_board_layout_allocate;
}

static void
leyden_board_layout_init (LeydenBoardLayout *self)
{
  self->held = -1;
  self->columns = LEYDEN_GRID_COLUMNS;
}

GtkLayoutManager *
leyden_board_layout_new (void)
{
  return g_object_new (LEYDEN_TYPE_BOARD_LAYOUT, NULL);
}

void
leyden_board_layout_set_cells (LeydenBoardLayout    *self,
                               const LeydenGridCell *cells,
                               gsize                 n)
{
  g_return_if_fail (LEYDEN_IS_BOARD_LAYOUT (self));

  g_free (self->cells);
  self->cells = g_memdup2 (cells, sizeof *cells * n);
  self->n = n;
  gtk_layout_manager_layout_changed (GTK_LAYOUT_MANAGER (self));
}

const LeydenGridCell *
leyden_board_layout_get_cells (LeydenBoardLayout *self,
                               gsize             *n)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_LAYOUT (self), NULL);

  *n = self->n;
  return self->cells;
}

int
leyden_board_layout_get_columns (LeydenBoardLayout *self)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_LAYOUT (self), LEYDEN_GRID_COLUMNS);
  return self->columns;
}

void
leyden_board_layout_get_unit (LeydenBoardLayout *self,
                              double            *width,
                              double            *height)
{
  g_return_if_fail (LEYDEN_IS_BOARD_LAYOUT (self));

  *width = self->unit_width;
  *height = self->unit_height;
}

void
leyden_board_layout_set_held (LeydenBoardLayout *self,
                              int                index,
                              double             dx,
                              double             dy)
{
  g_return_if_fail (LEYDEN_IS_BOARD_LAYOUT (self));

  self->held = index;
  self->held_x = dx;
  self->held_y = dy;
  gtk_layout_manager_layout_changed (GTK_LAYOUT_MANAGER (self));
}
