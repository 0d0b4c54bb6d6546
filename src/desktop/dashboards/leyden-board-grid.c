/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-board-grid.h"

#include <math.h>
#include <string.h>

#include "leyden-board-layout.h"

/*
 * A panel that is dragged is drawn where the pointer has it, while the cells of all follow what would be if it were put down there. Escape, or a
 * pointer that is taken away, puts all back:
 *
 *   begin: cells are kept ──► update: kept cells, moved ──► end: "arranged"
 *                                                     └──► cancel: kept cells
 */
#define EDGE 48
#define SCROLL_STEP 14

struct _LeydenBoardGrid
{
  GtkWidget          parent_instance;

  LeydenBoardLayout *layout;            /* borrowed */
  GPtrArray         *panels;            /* in the order of the document; borrowed */
  GPtrArray         *gone;              /* hidden behind the others until they are removed; borrowed */
  guint              removing;
  LeydenChartLink   *link;
  gboolean           editing;
  gboolean           writable;

  /* While a panel is held; index −1: none is. */
  int                held;
  gboolean           resizing;
  LeydenGridCell    *kept;
  gsize              n_kept;
  double             start_x;
  double             start_y;
  double             start_scroll;
  double             dx;
  double             dy;
  guint              scrolling;
};

G_DEFINE_FINAL_TYPE (LeydenBoardGrid, leyden_board_grid, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_ARRANGED,
  SIGNAL_ACT,
  SIGNAL_ROLLOUT_ACTIVATED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* --- dragging --- */

static int
find_index (LeydenBoardGrid *self,
            GtkWidget       *panel)
{
  guint index;

  return g_ptr_array_find (self->panels, panel, &index) ? (int) index : -1;
}

static GtkAdjustment *
get_scroll (LeydenBoardGrid *self)
{
  GtkWidget *scroller = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_SCROLLED_WINDOW);

  return scroller != NULL ? gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller)) : NULL;
}

static double
get_scroll_value (LeydenBoardGrid *self)
{
  GtkAdjustment *scroll = get_scroll (self);

  return scroll != NULL ? gtk_adjustment_get_value (scroll) : 0;
}

/* What the cells would be, from where all were in the beginning. */
static void
follow_pointer (LeydenBoardGrid *self)
{
  gboolean mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  double dx = mirrored ? -self->dx : self->dx;
  double dy = self->dy + get_scroll_value (self) - self->start_scroll;
  g_autofree LeydenGridCell *cells = g_memdup2 (self->kept, sizeof *cells * self->n_kept);
  const LeydenGridCell *from = &self->kept[self->held];
  double unit_x, unit_y, rest_x, rest_y;
  int x, y;

  leyden_board_layout_get_unit (self->layout, &unit_x, &unit_y);
  x = (int) lround (dx / unit_x);
  y = (int) lround (dy / unit_y);
  if (self->resizing)
    leyden_grid_resize (cells, self->n_kept, (gsize) self->held, from->w + x, from->h + y);
  else
    leyden_grid_move (cells, self->n_kept, (gsize) self->held, from->x + x, from->y + y);
  leyden_board_layout_set_cells (self->layout, cells, self->n_kept);
  rest_x = dx - (cells[self->held].x - from->x) * unit_x;
  rest_y = dy - (cells[self->held].y - from->y) * unit_y;
  leyden_board_layout_set_held (self->layout, self->resizing ? -1 : self->held, mirrored ? -rest_x : rest_x, rest_y);
}

/* Towards an edge of what is seen the page goes on. */
static gboolean
scroll_cb (GtkWidget     *widget,
           GdkFrameClock *clock,
           gpointer       data)
{
  LeydenBoardGrid *self = LEYDEN_BOARD_GRID (widget);
  GtkAdjustment *scroll = get_scroll (self);
  GtkWidget *panel = g_ptr_array_index (self->panels, self->held);
  GtkWidget *scroller = gtk_widget_get_ancestor (widget, GTK_TYPE_SCROLLED_WINDOW);
  double y = 0;

  if (scroll == NULL || !gtk_widget_translate_coordinates (panel, scroller, 0, self->resizing ? gtk_widget_get_height (panel) : 0, NULL, &y))
    return G_SOURCE_CONTINUE;
  if (y < EDGE && gtk_adjustment_get_value (scroll) > gtk_adjustment_get_lower (scroll))
    gtk_adjustment_set_value (scroll, gtk_adjustment_get_value (scroll) - SCROLL_STEP);
  else if (y > gtk_widget_get_height (scroller) - EDGE)
    gtk_adjustment_set_value (scroll, gtk_adjustment_get_value (scroll) + SCROLL_STEP);
  else
    return G_SOURCE_CONTINUE;
  follow_pointer (self);
  return G_SOURCE_CONTINUE;
}

/* Of the surface: what is dragged moves along, so that offsets in its own coordinates say little. */
static gboolean
get_pointer (GtkGesture *gesture,
             double     *x,
             double     *y)
{
  GdkEvent *event = gtk_gesture_get_last_event (gesture, gtk_gesture_single_get_current_sequence (GTK_GESTURE_SINGLE (gesture)));

  return event != NULL && gdk_event_get_position (event, x, y);
}

static void
drag_begin (LeydenBoardGrid *self,
            GtkGesture      *gesture,
            gboolean         resizing)
{
  GtkWidget *panel = gtk_widget_get_ancestor (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture)), LEYDEN_TYPE_BOARD_PANEL);
  const LeydenGridCell *cells;

  if (!self->editing || self->held >= 0 || leyden_board_layout_get_columns (self->layout) < LEYDEN_GRID_COLUMNS || find_index (self, panel) < 0
      || !get_pointer (gesture, &self->start_x, &self->start_y))
    {
      gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus (panel);
  self->held = find_index (self, panel);
  self->resizing = resizing;
  self->dx = self->dy = 0;
  self->start_scroll = get_scroll_value (self);
  cells = leyden_board_layout_get_cells (self->layout, &self->n_kept);
  self->kept = g_memdup2 (cells, sizeof *cells * self->n_kept);
  gtk_widget_add_css_class (panel, "held");
  self->scrolling = gtk_widget_add_tick_callback (GTK_WIDGET (self), scroll_cb, NULL, NULL);
}

static void
move_begin_cb (LeydenBoardGrid *self,
               double           x,
               double           y,
               GtkGesture      *gesture)
{
  drag_begin (self, gesture, FALSE);
}

static void
resize_begin_cb (LeydenBoardGrid *self,
                 double           x,
                 double           y,
                 GtkGesture      *gesture)
{
  drag_begin (self, gesture, TRUE);
}

static void
drag_update_cb (LeydenBoardGrid *self,
                double           x,
                double           y,
                GtkGesture      *gesture)
{
  double at_x, at_y;

  if (self->held < 0 || !get_pointer (gesture, &at_x, &at_y))
    return;
  self->dx = at_x - self->start_x;
  self->dy = at_y - self->start_y;
  follow_pointer (self);
}

static void
put_down (LeydenBoardGrid *self)
{
  if (self->held < 0)
    return;
  gtk_widget_remove_css_class (g_ptr_array_index (self->panels, self->held), "held");
  if (self->scrolling != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->scrolling);
  self->scrolling = 0;
  self->held = -1;
  leyden_board_layout_set_held (self->layout, -1, 0, 0);
}

static void
drag_end_cb (LeydenBoardGrid *self)
{
  int index = self->held;
  g_autofree LeydenGridCell *before = NULL;
  g_autofree LeydenGridCell *cells = NULL;
  gsize n;

  if (index < 0)
    return;
  put_down (self);
  before = g_steal_pointer (&self->kept);
  cells = g_memdup2 (leyden_board_layout_get_cells (self->layout, &n), sizeof *cells * self->n_kept);
  if (memcmp (before, cells, sizeof *cells * n) != 0)
    g_signal_emit (self, signals[SIGNAL_ARRANGED], 0, cells, (guint) n, index, self->resizing);
}

static void
drag_cancel_cb (LeydenBoardGrid *self)
{
  g_autofree LeydenGridCell *before = g_steal_pointer (&self->kept);

  if (self->held < 0)
    return;
  put_down (self);
  leyden_board_layout_set_cells (self->layout, before, self->n_kept);
}

static void
add_drag (LeydenBoardGrid *self,
          GtkWidget       *widget,
          GCallback        begin)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  g_signal_connect_object (drag, "drag-begin", begin, self, G_CONNECT_SWAPPED);
  g_signal_connect_object (drag, "drag-update", G_CALLBACK (drag_update_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (drag, "drag-end", G_CALLBACK (drag_end_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (drag, "cancel", G_CALLBACK (drag_cancel_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
}

/* --- panels --- */

static void
act_cb (LeydenBoardGrid  *self,
        const char       *what,
        LeydenBoardPanel *panel)
{
  g_signal_emit (self, signals[SIGNAL_ACT], 0, panel, what);
}

static void
rollout_cb (LeydenBoardGrid *self,
            const char      *run,
            const char      *rollout)
{
  g_signal_emit (self, signals[SIGNAL_ROLLOUT_ACTIVATED], 0, run, rollout);
}

static GtkWidget *
new_panel (LeydenBoardGrid *self)
{
  GtkWidget *widget = leyden_board_panel_new ();
  LeydenBoardPanel *panel = LEYDEN_BOARD_PANEL (widget);

  leyden_board_panel_set_link (panel, self->link);
  add_drag (self, leyden_board_panel_get_header (panel), G_CALLBACK (move_begin_cb));
  add_drag (self, leyden_board_panel_get_handle (panel), G_CALLBACK (resize_begin_cb));
  g_signal_connect_object (panel, "act", G_CALLBACK (act_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (panel, "rollout-activated", G_CALLBACK (rollout_cb), self, G_CONNECT_SWAPPED);
  return widget;
}

/* One in a turn of the main loop, or less: each widget that goes is told to who reads the screen. TRUE: there are more */
static gboolean
remove_some (LeydenBoardGrid *self)
{
  guint last = self->gone->len - 1;

  if (self->gone->len == 0)
    return FALSE;
  if (!leyden_board_panel_dismantle (g_ptr_array_index (self->gone, last)))
    gtk_widget_unparent (g_ptr_array_steal_index_fast (self->gone, last));
  return self->gone->len > 0;
}

static gboolean
remove_cb (gpointer data)
{
  LeydenBoardGrid *self = data;

  if (remove_some (self))
    return G_SOURCE_CONTINUE;
  self->removing = 0;
  return G_SOURCE_REMOVE;
}

static void
remove_panel (LeydenBoardGrid *self,
              GtkWidget       *panel)
{
  gtk_widget_set_visible (panel, FALSE);
  gtk_widget_insert_before (panel, GTK_WIDGET (self), NULL);
  g_ptr_array_add (self->gone, panel);
  if (self->removing == 0)
    self->removing = g_idle_add (remove_cb, self);
}

static void
set_panels (LeydenBoardGrid *self,
            LeydenValue     *list)
{
  g_autoptr(GPtrArray) before = g_steal_pointer (&self->panels);
  GtkWidget *previous = NULL;

  self->panels = g_ptr_array_new ();
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *value = leyden_value_get_item (list, i);
      const char *id = leyden_value_get_member_string (value, "id", "");
      GtkWidget *panel = NULL;

      for (guint k = 0; k < before->len && panel == NULL; k++)
        if (strcmp (leyden_board_panel_get_id (g_ptr_array_index (before, k)), id) == 0)
          panel = g_ptr_array_steal_index (before, k);
      if (panel == NULL)
        panel = new_panel (self);
      gtk_widget_insert_after (panel, GTK_WIDGET (self), previous);
      leyden_board_panel_set_panel (LEYDEN_BOARD_PANEL (panel), value);
      leyden_board_panel_set_writable (LEYDEN_BOARD_PANEL (panel), self->writable);
      leyden_board_panel_set_editing (LEYDEN_BOARD_PANEL (panel), self->editing);
      g_ptr_array_add (self->panels, panel);
      previous = panel;
    }
  for (guint k = 0; k < before->len; k++)
    remove_panel (self, g_ptr_array_index (before, k));
}

void
leyden_board_grid_set_document (LeydenBoardGrid *self,
                                LeydenValue     *document)
{
  g_autofree LeydenGridCell *cells = NULL;
  gsize n;

  g_return_if_fail (LEYDEN_IS_BOARD_GRID (self));

  drag_cancel_cb (self);
  set_panels (self, leyden_value_get_member (document, "panels"));
  cells = leyden_dashboard_get_cells (document, &n);
  leyden_board_layout_set_cells (self->layout, cells, n);
}

/* --- the focus goes as one reads --- */

static gboolean
leyden_board_grid_focus (GtkWidget        *widget,
                         GtkDirectionType  direction)
{
  LeydenBoardGrid *self = LEYDEN_BOARD_GRID (widget);
  g_autofree gsize *order = NULL;
  const LeydenGridCell *cells;
  int at, step = direction == GTK_DIR_TAB_BACKWARD ? -1 : 1;
  gsize n;

  if (direction != GTK_DIR_TAB_FORWARD && direction != GTK_DIR_TAB_BACKWARD)
    return GTK_WIDGET_CLASS (leyden_board_grid_parent_class)->focus (widget, direction);
  cells = leyden_board_layout_get_cells (self->layout, &n);
  order = leyden_grid_order (cells, n);
  at = step > 0 ? -1 : (int) n;
  for (gsize i = 0; i < n; i++)
    if (gtk_widget_get_focus_child (widget) == g_ptr_array_index (self->panels, order[i]))
      {
        if (gtk_widget_child_focus (g_ptr_array_index (self->panels, order[i]), direction))
          return TRUE;
        at = (int) i;
      }
  for (at += step; at >= 0 && at < (int) n; at += step)
    if (gtk_widget_child_focus (g_ptr_array_index (self->panels, order[at]), direction))
      return TRUE;
  return FALSE;
}

/* --- class --- */

static void
leyden_board_grid_dispose (GObject *object)
{
  LeydenBoardGrid *self = LEYDEN_BOARD_GRID (object);
  GtkWidget *child;

  if (self->held >= 0)
    put_down (self);
  g_clear_pointer (&self->kept, g_free);
  g_clear_handle_id (&self->removing, g_source_remove);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_pointer (&self->panels, g_ptr_array_unref);
  g_clear_pointer (&self->gone, g_ptr_array_unref);
  g_clear_object (&self->link);
  G_OBJECT_CLASS (leyden_board_grid_parent_class)->dispose (object);
}

static void
leyden_board_grid_class_init (LeydenBoardGridClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_board_grid_dispose;
  widget_class->focus = leyden_board_grid_focus;
  gtk_widget_class_set_layout_manager_type (widget_class, LEYDEN_TYPE_BOARD_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "boardgrid");
  signals[SIGNAL_ARRANGED] = g_signal_new ("arranged", LEYDEN_TYPE_BOARD_GRID, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4, G_TYPE_POINTER,
                                           G_TYPE_UINT, G_TYPE_INT, G_TYPE_BOOLEAN);
  signals[SIGNAL_ACT] =
    g_signal_new ("act", LEYDEN_TYPE_BOARD_GRID, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, LEYDEN_TYPE_BOARD_PANEL, G_TYPE_STRING);
  signals[SIGNAL_ROLLOUT_ACTIVATED] =
    g_signal_new ("rollout-activated", LEYDEN_TYPE_BOARD_GRID, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
leyden_board_grid_init (LeydenBoardGrid *self)
{
  self->layout = LEYDEN_BOARD_LAYOUT (gtk_widget_get_layout_manager (GTK_WIDGET (self)));
  self->panels = g_ptr_array_new ();
  self->gone = g_ptr_array_new ();
  self->link = leyden_chart_link_new ();
  self->held = -1;
}

GtkWidget *
leyden_board_grid_new (void)
{
  return g_object_new (LEYDEN_TYPE_BOARD_GRID, NULL);
}

void
leyden_board_grid_set_editing (LeydenBoardGrid *self,
                               gboolean         editing)
{
  g_return_if_fail (LEYDEN_IS_BOARD_GRID (self));

  drag_cancel_cb (self);
  self->editing = editing;
  for (guint i = 0; i < self->panels->len; i++)
    leyden_board_panel_set_editing (g_ptr_array_index (self->panels, i), editing);
}

void
leyden_board_grid_set_writable (LeydenBoardGrid *self,
                                gboolean         writable)
{
  g_return_if_fail (LEYDEN_IS_BOARD_GRID (self));

  self->writable = writable;
  for (guint i = 0; i < self->panels->len; i++)
    leyden_board_panel_set_writable (g_ptr_array_index (self->panels, i), writable);
}

guint
leyden_board_grid_get_n_panels (LeydenBoardGrid *self)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_GRID (self), 0);
  return self->panels->len;
}

LeydenBoardPanel *
leyden_board_grid_get_panel (LeydenBoardGrid *self,
                             guint            index)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_GRID (self) && index < self->panels->len, NULL);
  return g_ptr_array_index (self->panels, index);
}

LeydenBoardPanel *
leyden_board_grid_find_panel (LeydenBoardGrid *self,
                              const char      *id)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_GRID (self), NULL);

  for (guint i = 0; i < self->panels->len; i++)
    if (strcmp (leyden_board_panel_get_id (g_ptr_array_index (self->panels, i)), id) == 0)
      return g_ptr_array_index (self->panels, i);
  return NULL;
}

gboolean
leyden_board_grid_dismantle (LeydenBoardGrid *self)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_GRID (self), FALSE);

  drag_cancel_cb (self);
  if (self->gone->len == 0 && self->panels->len > 0)
    remove_panel (self, g_ptr_array_steal_index (self->panels, self->panels->len - 1));
  return remove_some (self) || self->panels->len > 0;
}

int
leyden_board_grid_get_columns (LeydenBoardGrid *self)
{
  g_return_val_if_fail (LEYDEN_IS_BOARD_GRID (self), LEYDEN_GRID_COLUMNS);
  return leyden_board_layout_get_columns (self->layout);
}
