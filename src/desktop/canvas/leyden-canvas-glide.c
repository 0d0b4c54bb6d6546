/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

/* What an edit put elsewhere goes there before one's eyes, so that one sees what became of it; at once where motion is not wanted. The
 * flow has its new places all the time: only what is drawn follows. */

#define DURATION_US 220000
#define MAX_MOVING 600

typedef struct
{
  LeydenElementKind kind;
  char             *id;
  graphene_point_t  from;
} Glider;

struct _LeydenCanvasGlide
{
  LeydenFlow *flow;
  GArray     *gliders;          /* Glider */
  gint64      start_us;
  guint       tick_id;
};

static void
glider_clear (gpointer data)
{
  g_free (((Glider *) data)->id);
}

static void
glide_free (LeydenCanvasGlide *self)
{
  g_array_unref (self->gliders);
  g_object_unref (self->flow);
  g_free (self);
}

static gboolean
get_target (LeydenFlow      *flow,
            const Glider    *glider,
            graphene_rect_t *target)
{
  LeydenNode *node = glider->kind == LEYDEN_ELEMENT_NODE ? leyden_flow_get_node (flow, glider->id) : NULL;
  LeydenFrame *frame = glider->kind == LEYDEN_ELEMENT_FRAME ? leyden_flow_get_frame (flow, glider->id) : NULL;
  LeydenNote *note = glider->kind == LEYDEN_ELEMENT_NOTE ? leyden_flow_get_note (flow, glider->id) : NULL;

  if (node != NULL)
    target->origin = leyden_node_get_position (node);
  else if (frame != NULL)
    *target = leyden_frame_get_bounds (frame);
  else if (note != NULL)
    *target = leyden_note_get_bounds (note);
  return node != NULL || frame != NULL || note != NULL;
}

/* @part: 0 where it was, 1 where it is. */
static void
place (LeydenCanvas *self,
       const Glider *glider,
       float         part)
{
  graphene_rect_t to;
  LeydenCanvasNode *node;
  LeydenCanvasBox *box;

  if (!get_target (self->glide->flow, glider, &to))
    return;
  to.origin.x = glider->from.x + (to.origin.x - glider->from.x) * part;
  to.origin.y = glider->from.y + (to.origin.y - glider->from.y) * part;
  if (glider->kind == LEYDEN_ELEMENT_NODE)
    {
      node = leyden_canvas_model_get_node (self->model, glider->id);
      if (node != NULL && !node->moving)
        leyden_canvas_model_place_node (self->model, node, to.origin.x, to.origin.y);
      return;
    }
  box = leyden_canvas_model_get_box (self->model, glider->kind, glider->id);
  if (box == NULL || box->moving)
    return;
  to.size = box->bounds.size;
  leyden_canvas_model_place_box (self->model, box, &to);
}

static void
place_all (LeydenCanvas *self,
           float         part)
{
  for (guint i = 0; i < self->glide->gliders->len; i++)
    place (self, &g_array_index (self->glide->gliders, Glider, i), part);
  gtk_widget_queue_allocate (self->world);
  gtk_widget_queue_allocate (self->backdrop);
  leyden_canvas_view_changed (self);
}

static gboolean
is_shown (LeydenCanvas *self)
{
  return self->model != NULL && leyden_canvas_model_get_flow (self->model) == self->glide->flow;
}

void
leyden_canvas_glide_finish (LeydenCanvas *self)
{
  if (self->glide == NULL)
    return;
  if (self->glide->tick_id != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->glide->tick_id);
  if (is_shown (self))
    place_all (self, 1);
  g_clear_pointer (&self->glide, glide_free);
}

static gboolean
tick_cb (GtkWidget     *widget,
         GdkFrameClock *clock,
         gpointer       data)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  gint64 now = gdk_frame_clock_get_frame_time (clock);
  float part;

  if (self->glide->start_us == 0)
    self->glide->start_us = now;
  part = (float) (now - self->glide->start_us) / DURATION_US;
  if (part >= 1 || !is_shown (self))
    {
      self->glide->tick_id = 0;
      leyden_canvas_glide_finish (self);
      return G_SOURCE_REMOVE;
    }
  /* Slower and slower towards the end. */
  place_all (self, 1 - (1 - part) * (1 - part) * (1 - part));
  return G_SOURCE_CONTINUE;
}

static void
add (GArray            *gliders,
     LeydenElementKind  kind,
     const char        *id,
     graphene_point_t   from)
{
  Glider glider = { kind, g_strdup (id), from };

  g_array_append_val (gliders, glider);
}

void
leyden_canvas_glide_prepare (LeydenCanvas *self)
{
  gboolean animations = TRUE;
  GPtrArray *nodes, *boxes;

  leyden_canvas_glide_finish (self);
  g_object_get (gtk_widget_get_settings (GTK_WIDGET (self)), "gtk-enable-animations", &animations, NULL);
  if (!animations || self->model == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  nodes = leyden_canvas_model_get_nodes (self->model);
  boxes = leyden_canvas_model_get_boxes (self->model);
  if (nodes->len + boxes->len > MAX_MOVING)
    return;
  self->glide = g_new0 (LeydenCanvasGlide, 1);
  self->glide->flow = g_object_ref (leyden_canvas_model_get_flow (self->model));
  self->glide->gliders = g_array_new (FALSE, FALSE, sizeof (Glider));
  g_array_set_clear_func (self->glide->gliders, glider_clear);
  for (guint i = 0; i < nodes->len; i++)
    {
      const LeydenCanvasNode *node = g_ptr_array_index (nodes, i);

      add (self->glide->gliders, LEYDEN_ELEMENT_NODE, node->id, node->item.bounds.origin);
    }
  for (guint i = 0; i < boxes->len; i++)
    {
      const LeydenCanvasBox *box = g_ptr_array_index (boxes, i);

      add (self->glide->gliders, box->kind, box->id, box->bounds.origin);
    }
}

void
leyden_canvas_glide_start (LeydenCanvas *self)
{
  if (self->glide == NULL)
    return;
  for (guint i = self->glide->gliders->len; i > 0; i--)
    {
      const Glider *glider = &g_array_index (self->glide->gliders, Glider, i - 1);
      graphene_rect_t to;

      if (!get_target (self->glide->flow, glider, &to) || graphene_point_near (&to.origin, &glider->from, 0.5f))
        g_array_remove_index_fast (self->glide->gliders, i - 1);
    }
  if (self->glide->gliders->len == 0 || !is_shown (self))
    {
      g_clear_pointer (&self->glide, glide_free);
      return;
    }
  place_all (self, 0);
  self->glide->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self), tick_cb, NULL, NULL);
}

void
leyden_canvas_glide_drop (LeydenCanvas *self)
{
  if (self->glide == NULL)
    return;
  if (self->glide->tick_id != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->glide->tick_id);
  g_clear_pointer (&self->glide, glide_free);
}
