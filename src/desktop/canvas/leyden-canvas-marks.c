/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"
#include "leyden-node-view.h"

#define DOT 18                  /* of a breakpoint, in the world */
#define HEAT_HEIGHT 5

/* Marks of the debugger: they are kept by id, so an edit that makes a node or wire anew leaves them. */

LeydenMarks *
leyden_marks_new (void)
{
  LeydenMarks *self = g_new0 (LeydenMarks, 1);

  self->heat = -1;
  return self;
}

void
leyden_marks_free (LeydenMarks *self)
{
  if (self != NULL)
    g_free (self->token);
  g_free (self);
}

static const LeydenMarks *
find (GHashTable *marks,
      const char *id)
{
  return marks != NULL ? g_hash_table_lookup (marks, id) : NULL;
}

const LeydenMarks *
leyden_canvas_find_node_marks (LeydenCanvas *self,
                               const char   *id)
{
  return find (self->node_marks, id);
}

const LeydenMarks *
leyden_canvas_find_edge_marks (LeydenCanvas *self,
                               const char   *id)
{
  return find (self->edge_marks, id);
}

static gboolean
is_same (const LeydenMarks *a,
         const LeydenMarks *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return a->flags == b->flags && ABS (a->heat - b->heat) < 0.004 && g_strcmp0 (a->token, b->token) == 0;
}

void
leyden_canvas_set_marks (LeydenCanvas *self,
                         GHashTable   *nodes,
                         GHashTable   *edges)
{
  g_autoptr(GHashTable) before = NULL;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));

  before = g_steal_pointer (&self->node_marks);
  self->node_marks = nodes != NULL ? g_hash_table_ref (nodes) : NULL;
  g_clear_pointer (&self->edge_marks, g_hash_table_unref);
  self->edge_marks = edges != NULL ? g_hash_table_ref (edges) : NULL;
  for (guint i = 0; i < self->bound->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (self->bound, i);

      if (!is_same (find (before, node->id), find (nodes, node->id)))
        leyden_node_view_refresh (node->view);
    }
  leyden_canvas_wires_changed (self);
}

void
leyden_canvas_reveal_node (LeydenCanvas *self,
                           const char   *id)
{
  LeydenCanvasNode *node;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  g_return_if_fail (id != NULL);

  node = self->model != NULL ? leyden_canvas_model_get_node (self->model, id) : NULL;
  if (node != NULL)
    leyden_canvas_reveal (self, &node->item.bounds);
}

/* --- nodes --- */

static void
set_class (GtkWidget  *view,
           const char *name,
           gboolean    on)
{
  if (on)
    gtk_widget_add_css_class (view, name);
  else
    gtk_widget_remove_css_class (view, name);
}

void
leyden_canvas_mark_view (LeydenCanvas     *self,
                         LeydenCanvasNode *node,
                         GtkWidget        *view)
{
  const LeydenMarks *marks = find (self->node_marks, node->id);

  set_class (view, "current", marks != NULL && marks->flags & LEYDEN_MARK_CURRENT);
  set_class (view, "dead", marks != NULL && marks->flags & LEYDEN_MARK_DEAD);
}

void
leyden_canvas_describe_marks (LeydenCanvas     *self,
                              LeydenCanvasNode *node,
                              GString          *text)
{
  const LeydenMarks *marks = find (self->node_marks, node->id);

  if (marks == NULL)
    return;
  if (marks->flags & LEYDEN_MARK_CURRENT)
    g_string_append_printf (text, ", %s", _("the rollout stands here"));
  if (marks->flags & LEYDEN_MARK_DISABLED)
    g_string_append_printf (text, ", %s", _("breakpoint, switched off"));
  else if (marks->flags & LEYDEN_MARK_BREAKPOINT)
    g_string_append_printf (text, ", %s", marks->flags & LEYDEN_MARK_CONDITION ? _("breakpoint with a condition") : _("breakpoint"));
  if (marks->flags & LEYDEN_MARK_DEAD)
    g_string_append_printf (text, ", %s", _("nothing came here"));
  if (marks->heat >= 0)
    {
      /* Translators: share of the time or cost of the rollout, in percent. */
      g_string_append_printf (text, ", %s", "");
      g_string_append_printf (text, _("%.0f %% of the whole"), marks->heat * 100);
    }
}

/* A ring when it is off; with a condition it has a sign in it. */
static void
draw_dot (cairo_t                 *cr,
          const LeydenCanvasStyle *style,
          guint                    flags,
          double                   x,
          double                   y,
          double                   radius)
{
  cairo_new_path (cr);
  cairo_arc (cr, x, y, radius, 0, 2 * G_PI);
  gdk_cairo_set_source_rgba (cr, &style->card);
  cairo_fill (cr);
  cairo_arc (cr, x, y, radius - 2, 0, 2 * G_PI);
  gdk_cairo_set_source_rgba (cr, &style->error);
  if (flags & LEYDEN_MARK_DISABLED)
    {
      cairo_set_line_width (cr, 2);
      cairo_stroke (cr);
    }
  else
    cairo_fill (cr);
  if (!(flags & LEYDEN_MARK_CONDITION))
    return;
  gdk_cairo_set_source_rgba (cr, flags & LEYDEN_MARK_DISABLED ? &style->error : &style->card);
  cairo_rectangle (cr, x - radius * 0.4, y - radius * 0.3, radius * 0.8, radius * 0.2);
  cairo_rectangle (cr, x - radius * 0.4, y + radius * 0.12, radius * 0.8, radius * 0.2);
  cairo_fill (cr);
}

static void
paint_heat (LeydenCanvas     *self,
            LeydenCanvasNode *node,
            double            heat,
            GtkSnapshot      *snapshot)
{
  float width = node->item.bounds.size.width, height = node->item.bounds.size.height;
  GdkRGBA fill = leyden_canvas_style_fade (&self->style.error, 0.04 + 0.14 * heat);
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (0, 0, width, height), 12);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &fill, &GRAPHENE_RECT_INIT (0, 0, width, height));
  /* Its length says the same as the colour. */
  gtk_snapshot_append_color (snapshot, &self->style.error,
                             &GRAPHENE_RECT_INIT (0, height - HEAT_HEIGHT, (float) MAX (width * heat, 1), HEAT_HEIGHT));
  gtk_snapshot_pop (snapshot);
}

void
leyden_canvas_node_paint_marks (LeydenCanvas     *self,
                                LeydenCanvasNode *node,
                                GtkSnapshot      *snapshot)
{
  const LeydenMarks *marks = find (self->node_marks, node->id);
  cairo_t *cr;

  if (marks == NULL)
    return;
  if (marks->heat >= 0)
    paint_heat (self, node, marks->heat, snapshot);
  if (!(marks->flags & LEYDEN_MARK_BREAKPOINT))
    return;
  /* A pin has the corner. */
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (-DOT / 2.f, 13, DOT, DOT));
  draw_dot (cr, &self->style, marks->flags, 0, 13 + DOT / 2.0, DOT / 2.0);
  cairo_destroy (cr);
}

/* --- wires --- */

static void
draw_token (cairo_t                 *cr,
            const LeydenCanvasStyle *style,
            const LeydenCanvasEdge  *edge,
            double                   x,
            double                   y,
            double                   radius)
{
  cairo_new_path (cr);
  cairo_arc (cr, x, y, radius, 0, 2 * G_PI);
  gdk_cairo_set_source_rgba (cr, &style->card);
  cairo_fill_preserve (cr);
  gdk_cairo_set_source_rgba (cr, &style->port[edge->type]);
  cairo_set_line_width (cr, 2);
  cairo_stroke (cr);
  cairo_arc (cr, x, y, radius * 0.5, 0, 2 * G_PI);
  cairo_fill (cr);
}

void
leyden_canvas_draw_marks (LeydenCanvas           *self,
                          cairo_t                *cr,
                          const LeydenCanvasEdge *edge,
                          const LeydenCanvasView *view)
{
  const LeydenMarks *marks = find (self->edge_marks, edge->id);
  graphene_point_t at;

  if (marks == NULL)
    return;
  if (marks->flags & LEYDEN_MARK_TOKEN)
    {
      at = leyden_canvas_edge_get_point (edge, 0.72);
      at = leyden_canvas_view_from_world (view, at.x, at.y);
      draw_token (cr, &self->style, edge, at.x, at.y, 6 * view->scale);
    }
  if (marks->flags & LEYDEN_MARK_BREAKPOINT)
    {
      at = leyden_canvas_edge_get_point (edge, 0.4);
      at = leyden_canvas_view_from_world (view, at.x, at.y);
      draw_dot (cr, &self->style, marks->flags, at.x, at.y, DOT / 2.0 * view->scale);
    }
}

void
leyden_canvas_hover_token (LeydenCanvas     *self,
                           LeydenCanvasEdge *edge,
                           double            x,
                           double            y)
{
  const LeydenMarks *marks = edge != NULL ? find (self->edge_marks, edge->id) : NULL;

  if (self->edge_marks != NULL || self->token_shown)
    leyden_canvas_show_hint (self, marks != NULL ? marks->token : NULL, x, y);
  self->token_shown = marks != NULL && marks->token != NULL;
}

/* The focus has no place of its own on a wire: the middle of it. */
void
leyden_canvas_focus_token (LeydenCanvas     *self,
                           LeydenCanvasEdge *edge)
{
  graphene_point_t at = leyden_canvas_edge_get_point (edge, 0.72);

  at = leyden_canvas_view_from_world (&self->view, at.x, at.y);
  leyden_canvas_hover_token (self, edge, at.x, at.y);
}

/* --- commands --- */

static gboolean
get_subject (LeydenCanvas  *self,
             const char   **kind,
             const char   **id)
{
  LeydenCanvasNode *node = self->model != NULL && self->tool == LEYDEN_TOOL_NONE ? leyden_canvas_get_current_node (self) : NULL;
  LeydenElementKind selected;

  if (self->model != NULL && leyden_selection_get_single (self->selection, &selected, id) && selected == LEYDEN_ELEMENT_EDGE)
    *kind = "wire";
  else if (node != NULL)
    {
      *kind = "node";
      *id = node->id;
    }
  else
    return FALSE;
  return TRUE;
}

static void
ask (GtkWidget  *widget,
     const char *what)
{
  const char *kind, *id;

  if (get_subject (LEYDEN_CANVAS (widget), &kind, &id))
    gtk_widget_activate_action (widget, "win.breakpoint", "(sss)", what, kind, id);
  else
    {
      leyden_canvas_say (LEYDEN_CANVAS (widget), _("Select a node or a wire first"));
      gtk_widget_error_bell (widget);
    }
}

static void
breakpoint_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  ask (widget, "toggle");
}

static void
edit_breakpoint_action (GtkWidget  *widget,
                        const char *name,
                        GVariant   *parameter)
{
  ask (widget, "edit");
}

void
leyden_canvas_append_marks (LeydenCanvas *self,
                            GMenu        *menu)
{
  const char *kind, *id;

  if (!get_subject (self, &kind, &id))
    return;
  leyden_actions_append (menu, "canvas.breakpoint");
  leyden_actions_append (menu, "canvas.edit-breakpoint");
  if (g_str_equal (kind, "node"))
    leyden_actions_append (menu, "win.debug-run-to");
}

void
leyden_canvas_class_add_marks (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.breakpoint", NULL, breakpoint_action);
  gtk_widget_class_install_action (klass, "canvas.edit-breakpoint", NULL, edit_breakpoint_action);
}
