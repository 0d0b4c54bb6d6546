/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

/*
 * What is seen of the flow when the canvas gets its size, and when the panes beside it open and close:
 *
 *   opened ──► fitted ──┬─ a pane opens ─────────────────────► fitted anew
 *                       ├─ a press, and a pane that it opens ─► chosen
 *                       └─ zoom, pan, a place gone to ────────► chosen
 *
 * What is chosen does not change by itself, and what is under a press stays under it on the screen.
 */

#define FIT_MARGIN 32.0
#define OPEN_SCALE 0.67         /* a flow does not open smaller than this: its titles are to be read */

/* --- the first view --- */

LeydenCanvasFit
leyden_canvas_get_first_fit (LeydenCanvas *self)
{
  LeydenValue *view = leyden_flow_get_property_value (leyden_canvas_model_get_flow (self->model), "view");
  double zoom = leyden_value_get_member_double (view, "zoom", 1);

  if (leyden_value_get_kind (view) != LEYDEN_VALUE_OBJECT)
    return LEYDEN_CANVAS_FIT_OPEN;
  if (zoom >= LEYDEN_CANVAS_MIN_SCALE && zoom <= LEYDEN_CANVAS_MAX_SCALE)
    return LEYDEN_CANVAS_FIT_FILE;
  g_signal_emit_by_name (self, "message", _("The zoom in this file cannot be shown; the whole flow is shown instead."));
  return LEYDEN_CANVAS_FIT_OPEN;
}

/* What the file says was seen last; FALSE: nothing of the flow would be in sight. Looking is no edit, so nothing is written. */
static gboolean
take_view_of_file (LeydenCanvas *self,
                   int           width,
                   int           height)
{
  LeydenValue *view = leyden_flow_get_property_value (leyden_canvas_model_get_flow (self->model), "view");
  double scale = leyden_value_get_member_double (view, "zoom", 1) * leyden_canvas_get_text_scale (self);
  double x = leyden_value_get_member_double (view, "x", 0), y = leyden_value_get_member_double (view, "y", 0);
  graphene_rect_t seen = GRAPHENE_RECT_INIT ((float) x, (float) y, (float) (width / scale), (float) (height / scale));
  GPtrArray *nodes = leyden_canvas_model_get_nodes (self->model);

  for (guint i = 0; i < nodes->len; i++)
    if (graphene_rect_intersection (&((LeydenCanvasNode *) g_ptr_array_index (nodes, i))->item.bounds, &seen, NULL))
      {
        self->view = (LeydenCanvasView) { scale, -x * scale, -y * scale };
        return TRUE;
      }
  return FALSE;
}

/* The whole flow; when that would be too small to read on opening, its upper left. */
static void
fit_now (LeydenCanvas *self,
         int           width,
         int           height)
{
  gboolean opening = self->fit_pending != LEYDEN_CANVAS_FIT_WHOLE;
  double text_scale = leyden_canvas_get_text_scale (self);
  double least = OPEN_SCALE * text_scale;
  double margin = MIN (FIT_MARGIN, MIN (width, height) / 10.0);
  graphene_rect_t extent;

  self->fit_pending = LEYDEN_CANVAS_FIT_NONE;
  if (!leyden_canvas_model_get_extent (self->model, &extent))
    {
      self->view = (LeydenCanvasView) { text_scale, width / 2.0, height / 2.0 };
      return;
    }
  leyden_canvas_view_fit (&self->view, &extent, width, height, margin, text_scale);
  if (!opening || self->view.scale >= least)
    return;
  self->view.scale = least;
  self->view.x = extent.size.width * least > width - 2 * margin
                   ? margin - extent.origin.x * least : width / 2.0 - (extent.origin.x + extent.size.width / 2) * least;
  self->view.y = extent.size.height * least > height - 2 * margin
                   ? margin - extent.origin.y * least : height / 2.0 - (extent.origin.y + extent.size.height / 2) * least;
}

void
leyden_canvas_fit (LeydenCanvas *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  LeydenCanvasView from;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));

  if (self->model == NULL)
    return;
  self->fit_pending = LEYDEN_CANVAS_FIT_WHOLE;
  if (width <= 0 || height <= 0)
    return;
  from = self->view;
  self->fitted_as = LEYDEN_CANVAS_FIT_WHOLE;
  fit_now (self, width, height);
  self->fitted_view = self->view;
  self->fitted_size = GRAPHENE_SIZE_INIT ((float) width, (float) height);
  self->view = from;
  leyden_canvas_move_view (self, &self->fitted_view);
}

/* --- a press --- */

/* The inspector may have opened over what was pressed. */
static void
press_over_cb (gpointer data)
{
  LeydenCanvas *self = data;
  LeydenElementKind kind;
  LeydenCanvasNode *node;
  const char *id;

  self->press_id = 0;
  if (self->model == NULL || self->tool != LEYDEN_TOOL_NONE || gtk_widget_contains (GTK_WIDGET (self), self->press.x, self->press.y)
      || !leyden_selection_get_single (self->selection, &kind, &id) || kind != LEYDEN_ELEMENT_NODE)
    return;
  node = leyden_canvas_model_get_node (self->model, id);
  if (node != NULL)
    leyden_canvas_reveal (self, &node->item.bounds);
}

void
leyden_canvas_wait_for_second_press (LeydenCanvas *self)
{
  int ms = 400;

  g_object_get (gtk_widget_get_settings (GTK_WIDGET (self)), "gtk-double-click-time", &ms, NULL);
  g_clear_handle_id (&self->press_id, g_source_remove);
  self->press_id = g_timeout_add_once ((guint) CLAMP (ms, 0, 5000), press_over_cb, self);
}

/* --- a new size --- */

static gboolean
is_pressed (LeydenCanvas *self)
{
  return self->press_id != 0 || self->tool != LEYDEN_TOOL_NONE;
}

static gboolean
is_fitted (LeydenCanvas *self)
{
  LeydenCanvasView goal = leyden_canvas_get_goal (self);

  return self->model != NULL && self->fitted_size.width > 0
         && goal.scale == self->fitted_view.scale && goal.x == self->fitted_view.x && goal.y == self->fitted_view.y;
}

/* A view that nobody chose stays fitted. The first press selects and may open the inspector: what is under the pointer stays there. */
static void
look_at_size (LeydenCanvas *self,
              int           width,
              int           height)
{
  if (self->fit_pending != LEYDEN_CANVAS_FIT_NONE || !is_fitted (self)
      || (self->fitted_size.width == (float) width && self->fitted_size.height == (float) height))
    return;
  if (is_pressed (self))
    self->fitted_size = GRAPHENE_SIZE_INIT (0, 0);
  else
    self->fit_pending = self->fitted_as;
}

/* A pane that a press opened before the canvas moved its corner: all that is drawn stays where it is on the screen. */
static void
stay_in_place (LeydenCanvas     *self,
               graphene_point_t  corner)
{
  float dx = corner.x - self->corner.x, dy = corner.y - self->corner.y;
  LeydenCanvasView *views[] = { &self->view, &self->press_view, &self->motion.from, &self->motion.to };

  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    {
      views[i]->x -= dx;
      views[i]->y -= dy;
    }
  self->press = GRAPHENE_POINT_INIT (self->press.x - dx, self->press.y - dy);
  self->pointer = GRAPHENE_POINT_INIT (self->pointer.x - dx, self->pointer.y - dy);
}

gboolean
leyden_canvas_settle_fit (LeydenCanvas *self,
                          int           width,
                          int           height)
{
  if (self->fit_pending == LEYDEN_CANVAS_FIT_NONE)
    return FALSE;
  if (self->fit_pending == LEYDEN_CANVAS_FIT_FILE && take_view_of_file (self, width, height))
    {
      self->fit_pending = LEYDEN_CANVAS_FIT_NONE;
      self->fitted_size = GRAPHENE_SIZE_INIT (0, 0);
      return TRUE;
    }
  leyden_canvas_stop_motion (self);
  self->fitted_as = self->fit_pending == LEYDEN_CANVAS_FIT_WHOLE ? LEYDEN_CANVAS_FIT_WHOLE : LEYDEN_CANVAS_FIT_OPEN;
  fit_now (self, width, height);
  self->fitted_view = self->view;
  self->fitted_size = GRAPHENE_SIZE_INIT ((float) width, (float) height);
  return TRUE;
}

void
leyden_canvas_fit_allocate (LeydenCanvas *self,
                            int           width,
                            int           height)
{
  GtkWidget *widget = GTK_WIDGET (self);
  graphene_point_t corner = self->corner;
  gboolean known = self->has_corner;

  self->has_corner = gtk_widget_compute_point (widget, GTK_WIDGET (gtk_widget_get_root (widget)), &GRAPHENE_POINT_INIT (0, 0), &corner);
  if (self->model == NULL)
    return;
  look_at_size (self, width, height);
  if (!leyden_canvas_settle_fit (self, width, height) && known && self->has_corner && is_pressed (self))
    stay_in_place (self, corner);
  self->corner = corner;
}
