/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-align.h"

/* What is lined up or spread: the selected nodes, notes and frames. A frame takes along what lies in it. */

#define MIN_GAP 24.0f

typedef struct
{
  LeydenCanvas *canvas;
  GArray       *items;          /* LeydenCanvasMove: selected, and not in a selected frame */
  GArray       *places;         /* graphene_rect_t of each, as it will be */
  GHashTable   *moved;          /* LeydenCanvasNode (not owned) -> graphene_point_t: how far */
} Alignment;

static gboolean
is_in_selected_frame (LeydenCanvas          *self,
                      const LeydenCanvasBox *own,
                      const graphene_rect_t *bounds)
{
  GPtrArray *boxes = leyden_canvas_model_get_boxes (self->model);

  for (guint i = 0; i < boxes->len; i++)
    {
      LeydenCanvasBox *box = g_ptr_array_index (boxes, i);

      if (box != own && box->kind == LEYDEN_ELEMENT_FRAME && leyden_selection_contains (self->selection, box->kind, box->id)
          && graphene_rect_contains_rect (&box->bounds, bounds))
        return TRUE;
    }
  return FALSE;
}

static void
add_item (Alignment        *self,
          LeydenCanvasNode *node,
          LeydenCanvasBox  *box)
{
  LeydenCanvasMove move = { node, box, node != NULL ? node->item.bounds : box->bounds };

  if (is_in_selected_frame (self->canvas, box, &move.from))
    return;
  g_array_append_val (self->items, move);
  g_array_append_val (self->places, move.from);
}

static void
collect (Alignment *self)
{
  GPtrArray *nodes = leyden_canvas_model_get_nodes (self->canvas->model);
  GPtrArray *boxes = leyden_canvas_model_get_boxes (self->canvas->model);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (nodes, i);

      if (leyden_selection_contains (self->canvas->selection, LEYDEN_ELEMENT_NODE, node->id))
        add_item (self, node, NULL);
    }
  for (guint i = 0; i < boxes->len; i++)
    {
      LeydenCanvasBox *box = g_ptr_array_index (boxes, i);

      if (leyden_selection_contains (self->canvas->selection, box->kind, box->id))
        add_item (self, NULL, box);
    }
}

static void
move_box (LeydenEdit      *edit,
          LeydenCanvasBox *box,
          float            dx,
          float            dy)
{
  g_autoptr(LeydenValue) x = leyden_value_new_double ((double) (box->bounds.origin.x + dx));
  g_autoptr(LeydenValue) y = leyden_value_new_double ((double) (box->bounds.origin.y + dy));

  /* One by one, so that what else a position holds stays. */
  leyden_edit_add (edit, box->kind, box->id, (const char * const[]) { "position", "x", NULL }, x);
  leyden_edit_add (edit, box->kind, box->id, (const char * const[]) { "position", "y", NULL }, y);
}

static void
move_node (Alignment        *self,
           LeydenEdit       *edit,
           LeydenCanvasNode *node,
           float             dx,
           float             dy)
{
  graphene_point_t *by = g_new (graphene_point_t, 1);

  *by = GRAPHENE_POINT_INIT (dx, dy);
  g_hash_table_insert (self->moved, node, by);
  leyden_edit_move_node (edit, node->id, node->item.bounds.origin.x + dx, node->item.bounds.origin.y + dy);
}

/* A wire of which both ends go the same way takes its points along, as it does when they are dragged. */
static void
move_points (Alignment  *self,
             LeydenEdit *edit)
{
  GPtrArray *edges = leyden_canvas_model_get_edges (self->canvas->model);

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);
      const graphene_point_t *from = edge->source != NULL ? g_hash_table_lookup (self->moved, edge->source) : NULL;
      const graphene_point_t *to = edge->target != NULL ? g_hash_table_lookup (self->moved, edge->target) : NULL;

      if (edge->n_points > 0 && from != NULL && to != NULL && graphene_point_equal (from, to))
        leyden_canvas_shift_edge (edge, edit, from->x, from->y);
    }
}

/* What lies in a frame that moves, itself included. */
static void
move_frame (Alignment       *self,
            LeydenEdit      *edit,
            LeydenCanvasBox *frame,
            float            dx,
            float            dy)
{
  g_autoptr(GPtrArray) inside = g_ptr_array_new ();
  GPtrArray *boxes = leyden_canvas_model_get_boxes (self->canvas->model);

  leyden_canvas_model_query (self->canvas->model, &frame->bounds, inside);
  for (guint i = 0; i < inside->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (inside, i);

      if (graphene_rect_contains_rect (&frame->bounds, &node->item.bounds))
        move_node (self, edit, node, dx, dy);
    }
  for (guint i = 0; i < boxes->len; i++)
    {
      LeydenCanvasBox *box = g_ptr_array_index (boxes, i);

      if (graphene_rect_contains_rect (&frame->bounds, &box->bounds))
        move_box (edit, box, dx, dy);
    }
}

static void
apply (Alignment  *self,
       const char *label)
{
  LeydenEdit *edit = leyden_edit_new (label);

  for (guint i = 0; i < self->items->len; i++)
    {
      const LeydenCanvasMove *move = &g_array_index (self->items, LeydenCanvasMove, i);
      const graphene_rect_t *place = &g_array_index (self->places, graphene_rect_t, i);
      float dx = place->origin.x - move->from.origin.x, dy = place->origin.y - move->from.origin.y;

      if (dx == 0 && dy == 0)
        continue;
      if (move->node != NULL)
        move_node (self, edit, move->node, dx, dy);
      else if (move->box->kind == LEYDEN_ELEMENT_FRAME)
        move_frame (self, edit, move->box, dx, dy);
      else
        move_box (edit, move->box, dx, dy);
    }
  move_points (self, edit);
  if (leyden_edit_get_n_changes (edit) == 0)
    {
      leyden_edit_unref (edit);
      leyden_canvas_say (self->canvas, _("Everything is in its place"));
      return;
    }
  if (leyden_canvas_apply (self->canvas, edit))
    leyden_canvas_say (self->canvas, label);
}

static void
run (LeydenCanvas *canvas,
     guint         at_least,
     const char   *label,
     gboolean      align,
     guint         how)
{
  g_autoptr(GArray) items = g_array_new (FALSE, FALSE, sizeof (LeydenCanvasMove));
  g_autoptr(GArray) places = g_array_new (FALSE, FALSE, sizeof (graphene_rect_t));
  g_autoptr(GHashTable) moved = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  Alignment self = { canvas, items, places, moved };

  if (canvas->model == NULL || canvas->tool != LEYDEN_TOOL_NONE)
    return;
  collect (&self);
  if (items->len < at_least)
    {
      g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Select at least %u node, frame or note for that",
                                                            "Select at least %u nodes, frames or notes for that", at_least), at_least);

      g_signal_emit_by_name (canvas, "message", text);
      return;
    }
  if (align)
    leyden_align_boxes ((graphene_rect_t *) (gpointer) places->data, places->len, (LeydenAlign) how);
  else
    leyden_align_distribute ((graphene_rect_t *) (gpointer) places->data, places->len, how == 1, MIN_GAP);
  apply (&self, label);
}

static const char *
get_label (LeydenAlign align)
{
  switch (align)
    {
    case LEYDEN_ALIGN_LEFT:
      return _("Align Left");
    case LEYDEN_ALIGN_CENTER:
      return _("Align Centers");
    case LEYDEN_ALIGN_RIGHT:
      return _("Align Right");
    case LEYDEN_ALIGN_TOP:
      return _("Align Top");
    case LEYDEN_ALIGN_MIDDLE:
      return _("Align Middles");
    case LEYDEN_ALIGN_BOTTOM:
    default:
      return _("Align Bottom");
    }
}

static void
align_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  LeydenAlign align;

  if (leyden_align_from_string (g_variant_get_string (parameter, NULL), &align))
    run (LEYDEN_CANVAS (widget), 2, get_label (align), TRUE, align);
}

static void
distribute_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  gboolean vertical = g_str_equal (g_variant_get_string (parameter, NULL), "vertical");

  run (LEYDEN_CANVAS (widget), 3, vertical ? _("Distribute Vertically") : _("Distribute Horizontally"), FALSE, vertical ? 1 : 0);
}

void
leyden_canvas_append_align (LeydenCanvas *self,
                            GMenu        *menu)
{
  g_autoptr(GMenu) sub = g_menu_new ();

  if (leyden_selection_get_size (self->selection) < 2)
    return;
  for (int i = LEYDEN_ALIGN_LEFT; i <= LEYDEN_ALIGN_BOTTOM; i++)
    {
      static const char * const names[] = { "left", "center", "right", "top", "middle", "bottom" };
      g_autofree char *action = g_strconcat ("canvas.align::", names[i], NULL);

      g_menu_append (sub, get_label ((LeydenAlign) i), action);
    }
  g_menu_append (sub, _("Distribute Horizontally"), "canvas.distribute::horizontal");
  g_menu_append (sub, _("Distribute Vertically"), "canvas.distribute::vertical");
  g_menu_append_submenu (menu, _("Align"), G_MENU_MODEL (sub));
}

void
leyden_canvas_class_add_align (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.align", "s", align_action);
  gtk_widget_class_install_action (klass, "canvas.distribute", "s", distribute_action);
}
