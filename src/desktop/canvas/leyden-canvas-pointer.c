/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-node-view.h"

#define DRAG_THRESHOLD 4.0
#define FRAME_HANDLE 36.0f      /* height of a frame's title, by which it is dragged */
#define WIRE_END 0.18           /* part of a wire at which its end is taken off */
#define SCROLL_BORDER 20.0      /* a drag this near to the border moves the view */

static graphene_point_t
to_world (LeydenCanvas *self,
          double        x,
          double        y)
{
  return leyden_canvas_view_to_world (&self->view, x, y);
}

static void
hit_at (LeydenCanvas    *self,
        double           x,
        double           y,
        LeydenCanvasHit *hit)
{
  leyden_canvas_model_hit (self->model, to_world (self, x, y), 7 / self->view.scale, hit);
  /* Inside a frame one draws and selects as in the open; its title bar is what is taken hold of. */
  if (hit->kind == LEYDEN_CANVAS_HIT_BOX && hit->box->kind == LEYDEN_ELEMENT_FRAME
      && to_world (self, x, y).y > hit->box->bounds.origin.y + FRAME_HANDLE)
    *hit = (LeydenCanvasHit) { .kind = LEYDEN_CANVAS_HIT_NOTHING, .port = -1 };
}

static gboolean
get_element (const LeydenCanvasHit *hit,
             LeydenElementKind     *kind,
             const char           **id)
{
  switch (hit->kind)
    {
    case LEYDEN_CANVAS_HIT_NODE:
      *kind = LEYDEN_ELEMENT_NODE;
      *id = hit->node->id;
      return TRUE;
    case LEYDEN_CANVAS_HIT_EDGE:
    case LEYDEN_CANVAS_HIT_POINT:
      *kind = LEYDEN_ELEMENT_EDGE;
      *id = hit->edge->id;
      return TRUE;
    case LEYDEN_CANVAS_HIT_BOX:
    case LEYDEN_CANVAS_HIT_BOX_CORNER:
      *kind = hit->box->kind;
      *id = hit->box->id;
      return TRUE;
    case LEYDEN_CANVAS_HIT_NOTHING:
    case LEYDEN_CANVAS_HIT_INPUT:
    case LEYDEN_CANVAS_HIT_OUTPUT:
    default:
      return FALSE;
    }
}

static gboolean
is_adding (GdkModifierType state)
{
  return (state & (GDK_SHIFT_MASK | GDK_CONTROL_MASK)) != 0;
}

/* --- press --- */

static void
focus_hit (LeydenCanvas *self)
{
  const LeydenCanvasHit *hit = &self->hit;

  if (hit->node != NULL)
    {
      GtkWidget *port;

      leyden_canvas_bind_now (self, hit->node);
      port = hit->kind == LEYDEN_CANVAS_HIT_NODE ? NULL
             : leyden_node_view_get_port (hit->node->view, hit->kind == LEYDEN_CANVAS_HIT_OUTPUT, (guint) hit->port);
      gtk_widget_grab_focus (port != NULL ? port : GTK_WIDGET (hit->node->view));
    }
  else if (hit->box != NULL && hit->box->view != NULL)
    gtk_widget_grab_focus (hit->box->view);
  else
    gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
raise_node (LeydenCanvas     *self,
            LeydenCanvasNode *node)
{
  leyden_canvas_model_raise (self->model, node);
  if (node->view != NULL && gtk_widget_get_next_sibling (node->view) != NULL)
    gtk_widget_insert_before (node->view, self->world, NULL);
}

static void
press (LeydenCanvas    *self,
       double           x,
       double           y,
       GdkModifierType  state)
{
  LeydenElementKind kind;
  const char *id;

  if (self->tool == LEYDEN_TOOL_CONNECT)
    leyden_canvas_connect_cancel (self);
  leyden_canvas_glide_finish (self);
  self->press = self->pointer = GRAPHENE_POINT_INIT ((float) x, (float) y);
  self->press_state = state;
  leyden_canvas_pan_begin (self);
  leyden_canvas_wait_for_second_press (self);
  self->hit = (LeydenCanvasHit) { .kind = LEYDEN_CANVAS_HIT_NOTHING, .port = -1 };
  self->tool = self->space_down ? LEYDEN_TOOL_PAN : LEYDEN_TOOL_PRESSED;
  if (self->model == NULL || self->space_down)
    return;
  hit_at (self, x, y, &self->hit);
  focus_hit (self);
  if (self->hit.node != NULL)
    raise_node (self, self->hit.node);
  /* Alt begins a stroke; what it begins on is not meant. */
  if (state & GDK_ALT_MASK)
    return;
  leyden_canvas_leave_point (self);
  if (!get_element (&self->hit, &kind, &id))
    return;
  if (self->hit.kind == LEYDEN_CANVAS_HIT_POINT)
    leyden_canvas_activate_point (self, self->hit.edge, (guint) self->hit.port);
  else if (is_adding (state))
    leyden_selection_toggle (self->selection, kind, id);
  else if (!leyden_selection_contains (self->selection, kind, id))
    leyden_selection_set (self->selection, kind, id);
}

/* --- the button is down and the pointer left the place --- */

static void
begin_connecting (LeydenCanvas *self)
{
  LeydenCanvasHit *hit = &self->hit;
  g_autoptr(GPtrArray) edges = NULL;
  LeydenCanvasEdge *taken;

  if (hit->kind == LEYDEN_CANVAS_HIT_OUTPUT)
    {
      leyden_canvas_connect_begin (self, hit->node, TRUE, (guint) hit->port, NULL, FALSE);
      return;
    }
  /* From an input that has a wire, its end is taken off. */
  edges = leyden_canvas_node_list_edges (hit->node, FALSE, (guint) hit->port);
  taken = edges->len > 0 ? g_ptr_array_index (edges, edges->len - 1) : NULL;
  if (taken != NULL && taken->source != NULL && taken->source_port >= 0)
    leyden_canvas_connect_begin (self, taken->source, TRUE, (guint) taken->source_port, taken, FALSE);
  else
    leyden_canvas_connect_begin (self, hit->node, FALSE, (guint) hit->port, NULL, FALSE);
}

static gboolean
begin_reconnecting (LeydenCanvas *self)
{
  LeydenCanvasEdge *edge = self->hit.edge;

  if (edge->source == NULL || edge->target == NULL || edge->source_port < 0 || edge->target_port < 0)
    return FALSE;
  if (self->hit.t > 1 - WIRE_END)
    leyden_canvas_connect_begin (self, edge->source, TRUE, (guint) edge->source_port, edge, FALSE);
  else if (self->hit.t < WIRE_END)
    leyden_canvas_connect_begin (self, edge->target, FALSE, (guint) edge->target_port, edge, FALSE);
  else
    return FALSE;
  return TRUE;
}

static void
begin_drag (LeydenCanvas *self)
{
  if (self->press_state & GDK_ALT_MASK)
    {
      leyden_canvas_cut_begin (self);
      return;
    }
  switch (self->hit.kind)
    {
    case LEYDEN_CANVAS_HIT_INPUT:
    case LEYDEN_CANVAS_HIT_OUTPUT:
      begin_connecting (self);
      return;
    case LEYDEN_CANVAS_HIT_EDGE:
      if (!begin_reconnecting (self))
        self->tool = LEYDEN_TOOL_PAN;
      return;
    case LEYDEN_CANVAS_HIT_POINT:
      self->tool = LEYDEN_TOOL_POINT;
      return;
    case LEYDEN_CANVAS_HIT_NODE:
    case LEYDEN_CANVAS_HIT_BOX:
      self->tool = LEYDEN_TOOL_MOVE;
      leyden_canvas_collect_moves (self);
      leyden_canvas_wires_changed (self);
      return;
    case LEYDEN_CANVAS_HIT_BOX_CORNER:
      self->tool = LEYDEN_TOOL_RESIZE;
      g_array_set_size (self->moves, 0);
      g_array_append_val (self->moves, ((LeydenCanvasMove) { NULL, self->hit.box, self->hit.box->bounds }));
      return;
    case LEYDEN_CANVAS_HIT_NOTHING:
    default:
      self->tool = LEYDEN_TOOL_BAND;
      if (!is_adding (self->press_state))
        leyden_selection_clear (self->selection);
      return;
    }
}

static void
drag_moves (LeydenCanvas *self,
            double        dx,
            double        dy)
{
  leyden_canvas_align_moves (self, &dx, &dy);
  for (guint i = 0; i < self->moves->len; i++)
    {
      LeydenCanvasMove *move = &g_array_index (self->moves, LeydenCanvasMove, i);
      graphene_rect_t to = move->from;

      to.origin.x += (float) dx;
      to.origin.y += (float) dy;
      if (move->node != NULL)
        leyden_canvas_model_place_node (self->model, move->node, to.origin.x, to.origin.y);
      else
        leyden_canvas_model_place_box (self->model, move->box, &to);
    }
  leyden_canvas_shift_points (self, NULL, (float) dx, (float) dy);
  gtk_widget_queue_allocate (self->world);
  gtk_widget_queue_allocate (self->backdrop);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_corner (LeydenCanvas *self,
             double        dx,
             double        dy)
{
  LeydenCanvasMove *move = &g_array_index (self->moves, LeydenCanvasMove, 0);
  graphene_rect_t to = move->from;

  to.size.width = (float) MAX (to.size.width + dx, 72);
  to.size.height = (float) MAX (to.size.height + dy, 48);
  leyden_canvas_model_place_box (self->model, move->box, &to);
  gtk_widget_queue_allocate (self->backdrop);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void drag (LeydenCanvas *self, double offset_x, double offset_y);

/* How far the view moves in a frame when the pointer is near a border, or beyond it. */
static double
get_pull (double at,
          double length)
{
  if (at < SCROLL_BORDER)
    return CLAMP ((SCROLL_BORDER - at) / 3, 0, 16);
  return at > length - SCROLL_BORDER ? -CLAMP ((at - length + SCROLL_BORDER) / 3, 0, 16) : 0;
}

static gboolean
scroll_tick_cb (GtkWidget     *widget,
                GdkFrameClock *clock,
                gpointer       data)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  double dx = get_pull (self->pointer.x, gtk_widget_get_width (widget));
  double dy = get_pull (self->pointer.y, gtk_widget_get_height (widget));
  gboolean dragging = self->tool == LEYDEN_TOOL_MOVE || self->tool == LEYDEN_TOOL_BAND
                      || (self->tool == LEYDEN_TOOL_CONNECT && !self->connection.by_keyboard);

  if (!dragging || (dx == 0 && dy == 0))
    {
      self->scroll_id = 0;
      return G_SOURCE_REMOVE;
    }
  self->view.x += dx;
  self->view.y += dy;
  leyden_canvas_view_changed (self);
  drag (self, self->pointer.x - self->press.x, self->pointer.y - self->press.y);
  return G_SOURCE_CONTINUE;
}

static void
scroll_at_border (LeydenCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  if (self->scroll_id == 0 && (get_pull (self->pointer.x, gtk_widget_get_width (widget)) != 0
                               || get_pull (self->pointer.y, gtk_widget_get_height (widget)) != 0))
    self->scroll_id = gtk_widget_add_tick_callback (widget, scroll_tick_cb, NULL, NULL);
}

static void
drag (LeydenCanvas *self,
      double        offset_x,
      double        offset_y)
{
  double x = self->press.x + offset_x, y = self->press.y + offset_y;
  graphene_point_t start, now;

  if (self->tool == LEYDEN_TOOL_PRESSED)
    {
      if (hypot (offset_x, offset_y) < DRAG_THRESHOLD || self->model == NULL)
        return;
      begin_drag (self);
    }
  start = leyden_canvas_view_to_world (&self->press_view, self->press.x, self->press.y);
  now = to_world (self, x, y);
  switch (self->tool)
    {
    case LEYDEN_TOOL_PAN:
      leyden_canvas_pan_to (self, offset_x, offset_y);
      break;
    case LEYDEN_TOOL_MOVE:
      drag_moves (self, now.x - start.x, now.y - start.y);
      leyden_canvas_splice_look (self);
      break;
    case LEYDEN_TOOL_POINT:
      leyden_canvas_drag_point (self, now);
      break;
    case LEYDEN_TOOL_RESIZE:
      drag_corner (self, now.x - start.x, now.y - start.y);
      break;
    case LEYDEN_TOOL_BAND:
      self->band = GRAPHENE_RECT_INIT (MIN (start.x, now.x), MIN (start.y, now.y), fabsf (now.x - start.x), fabsf (now.y - start.y));
      gtk_widget_queue_draw (GTK_WIDGET (self));
      break;
    case LEYDEN_TOOL_CONNECT:
      leyden_canvas_connect_move (self, x, y);
      break;
    case LEYDEN_TOOL_CUT:
      leyden_canvas_cut_move (self, now);
      break;
    case LEYDEN_TOOL_NONE:
    case LEYDEN_TOOL_PRESSED:
    default:
      break;
    }
}

/* --- release --- */

static void
select_band (LeydenCanvas *self)
{
  g_autoptr(GPtrArray) nodes = g_ptr_array_new ();
  GPtrArray *boxes = leyden_canvas_model_get_boxes (self->model);

  leyden_canvas_model_query (self->model, &self->band, nodes);
  leyden_selection_freeze (self->selection);
  for (guint i = 0; i < nodes->len; i++)
    leyden_selection_add (self->selection, LEYDEN_ELEMENT_NODE, ((LeydenCanvasNode *) g_ptr_array_index (nodes, i))->id);
  for (guint i = 0; i < boxes->len; i++)
    {
      LeydenCanvasBox *box = g_ptr_array_index (boxes, i);

      if (graphene_rect_contains_rect (&self->band, &box->bounds))
        leyden_selection_add (self->selection, box->kind, box->id);
    }
  leyden_selection_thaw (self->selection);
}

/* Pressed and let go in place. */
static void
click (LeydenCanvas *self)
{
  LeydenElementKind kind;
  const char *id;
  const char *uri;

  if (self->model == NULL || is_adding (self->press_state))
    return;
  uri = leyden_canvas_find_link (self, &self->hit, to_world (self, self->press.x, self->press.y));
  if (uri != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "canvas.open-link", "s", uri);
  if (get_element (&self->hit, &kind, &id))
    {
      leyden_selection_set (self->selection, kind, id);
      if (self->hit.kind == LEYDEN_CANVAS_HIT_NODE)
        leyden_canvas_click_problems (self, self->hit.node, to_world (self, self->press.x, self->press.y));
    }
  else if (self->hit.kind == LEYDEN_CANVAS_HIT_NOTHING)
    leyden_selection_clear (self->selection);
}

static void
release (LeydenCanvas *self)
{
  LeydenTool tool = self->tool;

  if (tool != LEYDEN_TOOL_CONNECT)
    self->tool = LEYDEN_TOOL_NONE;
  switch (tool)
    {
    case LEYDEN_TOOL_PRESSED:
      click (self);
      break;
    case LEYDEN_TOOL_MOVE:
    case LEYDEN_TOOL_RESIZE:
      leyden_canvas_commit_moves (self, FALSE);
      break;
    case LEYDEN_TOOL_POINT:
      leyden_canvas_commit_point (self, FALSE);
      break;
    case LEYDEN_TOOL_BAND:
      select_band (self);
      break;
    case LEYDEN_TOOL_CONNECT:
      leyden_canvas_connect_finish (self);
      break;
    case LEYDEN_TOOL_CUT:
      leyden_canvas_cut_finish (self);
      break;
    case LEYDEN_TOOL_NONE:
      break;
    case LEYDEN_TOOL_PAN:
      leyden_canvas_pan_end (self);
      break;
    default:
      break;
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
leyden_canvas_pointer_cancel (LeydenCanvas *self)
{
  LeydenTool tool = self->tool;

  if (tool == LEYDEN_TOOL_CONNECT)
    {
      leyden_canvas_connect_cancel (self);
      return;
    }
  self->tool = LEYDEN_TOOL_NONE;
  leyden_canvas_splice_forget (self);
  if (tool == LEYDEN_TOOL_CUT)
    leyden_canvas_cut_cancel (self);
  if (tool == LEYDEN_TOOL_POINT)
    leyden_canvas_cancel_point (self);
  if (tool == LEYDEN_TOOL_MOVE)
    leyden_canvas_shift_points (self, NULL, 0, 0);
  for (guint i = 0; i < self->moves->len; i++)
    {
      LeydenCanvasMove *move = &g_array_index (self->moves, LeydenCanvasMove, i);

      if (move->node != NULL)
        {
          move->node->moving = FALSE;
          leyden_canvas_model_place_node (self->model, move->node, move->from.origin.x, move->from.origin.y);
        }
      else
        {
          move->box->moving = FALSE;
          leyden_canvas_model_place_box (self->model, move->box, &move->from);
        }
    }
  if (self->moves->len > 0)
    {
      gtk_widget_queue_allocate (self->world);
      gtk_widget_queue_allocate (self->backdrop);
    }
  g_array_set_size (self->moves, 0);
  leyden_canvas_wires_changed (self);
}

/* --- controllers --- */

static void
drag_begin_cb (GtkGestureDrag *gesture,
               double          x,
               double          y,
               LeydenCanvas   *self)
{
  GdkDevice *device = gtk_event_controller_get_current_event_device (GTK_EVENT_CONTROLLER (gesture));

  press (self, x, y, gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture)));
  /* A finger on the open canvas moves it. */
  if (device != NULL && gdk_device_get_source (device) == GDK_SOURCE_TOUCHSCREEN && self->tool == LEYDEN_TOOL_PRESSED
      && self->hit.kind == LEYDEN_CANVAS_HIT_NOTHING)
    self->tool = LEYDEN_TOOL_PAN;
}

static void
drag_update_cb (GtkGestureDrag *gesture,
                double          offset_x,
                double          offset_y,
                LeydenCanvas   *self)
{
  self->pointer = GRAPHENE_POINT_INIT ((float) (self->press.x + offset_x), (float) (self->press.y + offset_y));
  drag (self, offset_x, offset_y);
  scroll_at_border (self);
  if (self->tool != LEYDEN_TOOL_PRESSED && self->tool != LEYDEN_TOOL_NONE)
    gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
drag_end_cb (GtkGestureDrag *gesture,
             double          offset_x,
             double          offset_y,
             LeydenCanvas   *self)
{
  if (self->tool == LEYDEN_TOOL_NONE)
    return;
  drag (self, offset_x, offset_y);
  release (self);
}

static void
drag_cancel_cb (GtkGesture       *gesture,
                GdkEventSequence *sequence,
                LeydenCanvas     *self)
{
  leyden_canvas_pointer_cancel (self);
}

static void
pressed_cb (GtkGestureClick *gesture,
            int              n_press,
            double           x,
            double           y,
            LeydenCanvas    *self)
{
  LeydenCanvasHit hit;

  if (n_press != 2 || self->model == NULL || self->space_down)
    return;
  hit_at (self, x, y, &hit);
  if (hit.kind == LEYDEN_CANVAS_HIT_EDGE)
    leyden_canvas_add_point (self, hit.edge, hit.t);
  else if (hit.kind == LEYDEN_CANVAS_HIT_POINT)
    leyden_canvas_remove_point (self, hit.edge, (guint) hit.port);
}

/* What opens here takes the focus, which the press gives to the canvas; and a press never meets what lies in a group that is opened. */
static void
released_cb (GtkGestureClick *gesture,
             int              n_press,
             double           x,
             double           y,
             LeydenCanvas    *self)
{
  LeydenCanvasHit hit;

  if (n_press != 2 || self->model == NULL || self->space_down)
    return;
  hit_at (self, x, y, &hit);
  if (hit.kind == LEYDEN_CANVAS_HIT_NODE)
    leyden_canvas_activate_node (self, hit.node);
  else if (hit.kind == LEYDEN_CANVAS_HIT_NOTHING)
    leyden_canvas_search_here (self, x, y, NULL);
  else if (hit.kind == LEYDEN_CANVAS_HIT_BOX)
    leyden_canvas_edit_box (self, hit.box);
}

void
leyden_canvas_menu_at (LeydenCanvas *self,
                       double        x,
                       double        y)
{
  LeydenElementKind kind;
  const char *id;
  LeydenCanvasHit hit;

  if (self->model == NULL)
    return;
  hit_at (self, x, y, &hit);
  if (hit.kind == LEYDEN_CANVAS_HIT_INPUT || hit.kind == LEYDEN_CANVAS_HIT_OUTPUT)
    {
      leyden_canvas_popup_port_menu (self, hit.node, hit.kind == LEYDEN_CANVAS_HIT_OUTPUT, (guint) hit.port);
      return;
    }
  if (!get_element (&hit, &kind, &id))
    leyden_selection_clear (self->selection);
  else if (!leyden_selection_contains (self->selection, kind, id))
    leyden_selection_set (self->selection, kind, id);
  leyden_canvas_popup_menu (self, x, y);
}

static void
menu_cb (GtkGestureClick *gesture,
         int              n_press,
         double           x,
         double           y,
         LeydenCanvas    *self)
{
  /* With Ctrl it may become a stroke. */
  if (self->model == NULL || (gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture)) & GDK_CONTROL_MASK))
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  leyden_canvas_menu_at (self, x, y);
}

static void
motion_cb (GtkEventControllerMotion *controller,
           double                    x,
           double                    y,
           LeydenCanvas             *self)
{
  LeydenCanvasHit hit;
  LeydenCanvasEdge *edge;

  if (self->tool == LEYDEN_TOOL_CONNECT && self->connection.by_keyboard)
    return;
  self->pointer = GRAPHENE_POINT_INIT ((float) x, (float) y);
  if (self->tool != LEYDEN_TOOL_NONE || self->model == NULL)
    return;
  hit_at (self, x, y, &hit);
  edge = hit.kind == LEYDEN_CANVAS_HIT_EDGE || hit.kind == LEYDEN_CANVAS_HIT_POINT ? hit.edge : NULL;
  if (edge != self->hovered)
    {
      self->hovered = edge;
      leyden_canvas_wires_changed (self);
      leyden_canvas_hover_token (self, edge, x, y);
    }
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), self->space_down ? "grab"
                                   : hit.kind == LEYDEN_CANVAS_HIT_BOX_CORNER ? "se-resize"
                                   : hit.kind == LEYDEN_CANVAS_HIT_INPUT || hit.kind == LEYDEN_CANVAS_HIT_OUTPUT ? "crosshair" : NULL);
}

static void
leave_cb (GtkEventControllerMotion *controller,
          LeydenCanvas             *self)
{
  if (self->hovered == NULL)
    return;
  self->hovered = NULL;
  leyden_canvas_hover_token (self, NULL, 0, 0);
  leyden_canvas_wires_changed (self);
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint                  keyval,
                guint                  keycode,
                GdkModifierType        state,
                LeydenCanvas          *self)
{
  if (leyden_canvas_key_pressed (self, keyval, state)
      || leyden_canvas_bookmark_key (self, keycode, gtk_event_controller_key_get_group (controller), state))
    return TRUE;
  if (keyval == GDK_KEY_space && gtk_widget_is_focus (GTK_WIDGET (self)))
    {
      self->space_down = TRUE;
      return TRUE;
    }
  return FALSE;
}

static void
key_released_cb (GtkEventControllerKey *controller,
                 guint                  keyval,
                 guint                  keycode,
                 GdkModifierType        state,
                 LeydenCanvas          *self)
{
  if (keyval == GDK_KEY_space)
    self->space_down = FALSE;
}

static void
focus_leave_cb (GtkEventControllerFocus *controller,
                LeydenCanvas            *self)
{
  self->space_down = FALSE;
  if (self->tool == LEYDEN_TOOL_CONNECT && self->connection.by_keyboard)
    leyden_canvas_connect_cancel (self);
}

static GtkGesture *
add_drag (LeydenCanvas *self,
          guint         button,
          gpointer      begin,
          gpointer      update,
          gpointer      end)
{
  GtkGesture *gesture = gtk_gesture_drag_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), button);
  g_signal_connect (gesture, "drag-begin", begin, self);
  g_signal_connect (gesture, "drag-update", update, self);
  g_signal_connect (gesture, "drag-end", end, self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (gesture));
  return gesture;
}

static void
add_clicks (LeydenCanvas *self)
{
  GtkGesture *click_gesture = gtk_gesture_click_new ();
  GtkGesture *menu = gtk_gesture_click_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click_gesture), GDK_BUTTON_PRIMARY);
  g_signal_connect (click_gesture, "pressed", G_CALLBACK (pressed_cb), self);
  g_signal_connect (click_gesture, "released", G_CALLBACK (released_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click_gesture));
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (menu), GDK_BUTTON_SECONDARY);
  g_signal_connect (menu, "pressed", G_CALLBACK (menu_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (menu));
}

void
leyden_canvas_add_pointer (LeydenCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkGesture *gesture;
  GtkEventController *controller;

  gesture = add_drag (self, GDK_BUTTON_PRIMARY, drag_begin_cb, drag_update_cb, drag_end_cb);
  g_signal_connect (gesture, "cancel", G_CALLBACK (drag_cancel_cb), self);
  add_clicks (self);
  leyden_canvas_add_cut (self);
  leyden_canvas_add_motion (self);
  controller = gtk_event_controller_motion_new ();
  g_signal_connect (controller, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (controller, "leave", G_CALLBACK (leave_cb), self);
  gtk_widget_add_controller (widget, controller);
  controller = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  g_signal_connect (controller, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  g_signal_connect (controller, "key-released", G_CALLBACK (key_released_cb), self);
  gtk_widget_add_controller (widget, controller);
  controller = gtk_event_controller_focus_new ();
  g_signal_connect (controller, "leave", G_CALLBACK (focus_leave_cb), self);
  gtk_widget_add_controller (widget, controller);
}
