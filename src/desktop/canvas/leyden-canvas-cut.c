/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/* A stroke through the flow, drawn while Alt is held, takes away every wire that it crosses. */

#define STEP 3.0                /* view units between two points of the stroke */

static void
reset (LeydenCanvas *self)
{
  g_array_set_size (self->stroke, 0);
  g_ptr_array_set_size (self->crossed, 0);
  leyden_canvas_show_hint (self, NULL, 0, 0);
  leyden_canvas_wires_changed (self);
}

void
leyden_canvas_cut_begin (LeydenCanvas *self)
{
  graphene_point_t at = leyden_canvas_view_to_world (&self->view, self->press.x, self->press.y);

  reset (self);
  self->tool = LEYDEN_TOOL_CUT;
  g_array_append_val (self->stroke, at);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "crosshair");
}

static void
add_crossed (LeydenCanvas     *self,
             graphene_point_t  a,
             graphene_point_t  b)
{
  GPtrArray *edges = leyden_canvas_model_get_edges (self->model);

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);

      if (leyden_canvas_edge_crosses (edge, a, b) && !g_ptr_array_find (self->crossed, edge, NULL))
        g_ptr_array_add (self->crossed, edge);
    }
}

void
leyden_canvas_cut_move (LeydenCanvas     *self,
                        graphene_point_t  to)
{
  graphene_point_t last = g_array_index (self->stroke, graphene_point_t, self->stroke->len - 1);
  guint n = self->crossed->len;
  g_autofree char *text = NULL;

  if (hypot (to.x - last.x, to.y - last.y) * self->view.scale < STEP)
    return;
  g_array_append_val (self->stroke, to);
  add_crossed (self, last, to);
  n = self->crossed->len;
  text = n > 0 ? g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Cuts %u wire", "Cuts %u wires", n), n)
               : g_strdup (_("Cuts the wires that are crossed"));
  leyden_canvas_show_hint (self, text, self->pointer.x, self->pointer.y);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
leyden_canvas_cut_cancel (LeydenCanvas *self)
{
  reset (self);
  gtk_widget_set_cursor (GTK_WIDGET (self), NULL);
}

void
leyden_canvas_cut_finish (LeydenCanvas *self)
{
  guint n = self->crossed->len;
  g_autofree char *label = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Cut %u Wire", "Cut %u Wires", n), n);
  g_autoptr(LeydenEdit) edit = leyden_edit_new (label);

  for (guint i = 0; i < n; i++)
    leyden_edit_remove_edge (edit, ((LeydenCanvasEdge *) g_ptr_array_index (self->crossed, i))->id);
  leyden_canvas_cut_cancel (self);
  if (n > 0 && leyden_canvas_apply (self, g_steal_pointer (&edit)))
    leyden_canvas_say (self, label);
}
