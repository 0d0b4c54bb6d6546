/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-node-view.h"
#include "leyden-text.h"

/* Drawing a wire, by pointer or keyboard.
 *
 *   begin ──► (move | step | type)* ──► finish: one edit
 *                                  └──► cancel: nothing
 */

LeydenConnect
leyden_canvas_connect_judge (LeydenCanvas      *self,
                             LeydenCanvasNode  *node,
                             gboolean           output,
                             guint              port,
                             char             **reason)
{
  const LeydenConnection *connection = &self->connection;

  if (connection->node == NULL)
    return LEYDEN_CONNECT_NO;
  if (output == connection->from_output)
    {
      if (reason != NULL)
        *reason = g_strdup (output ? _("A wire goes from an output to an input") : _("A wire comes from an output"));
      return LEYDEN_CONNECT_NO;
    }
  if (output)
    return leyden_canvas_model_can_connect (self->model, node, port, connection->node, connection->port, connection->taken,
                                            reason, NULL);
  return leyden_canvas_model_can_connect (self->model, connection->node, connection->port, node, port, connection->taken,
                                          reason, NULL);
}

static char *
name_port (LeydenCanvasNode *node,
           gboolean          output,
           guint             port)
{
  const LeydenPort *item = g_ptr_array_index (output ? node->outputs : node->inputs, port);
  g_autofree char *title = leyden_canvas_node_dup_title (node);
  g_autofree char *name = leyden_text_display (item->title, -1, 60, FALSE);

  return g_strdup_printf (_("%s, %s"), title, name);
}

static void
emphasise (LeydenCanvas *self,
           gboolean      connecting)
{
  for (guint i = 0; i < self->bound->len; i++)
    leyden_node_view_set_connecting (((LeydenCanvasNode *) g_ptr_array_index (self->bound, i))->view, connecting);
}

static void
show_verdict (LeydenCanvas *self,
              const char   *reason)
{
  const LeydenConnection *connection = &self->connection;
  g_autofree char *port = NULL;
  g_autofree char *text = NULL;
  graphene_point_t at;

  if (connection->target == NULL)
    {
      leyden_canvas_show_hint (self, reason, self->pointer.x, self->pointer.y);
      return;
    }
  port = name_port (connection->target, !connection->from_output, connection->target_port);
  if (connection->verdict == LEYDEN_CONNECT_YES)
    text = g_strdup_printf (_("Connect to %s"), port);
  else if (connection->verdict == LEYDEN_CONNECT_NO)
    text = g_strdup (reason);
  else
    text = g_strdup_printf (_("Connect to %s. %s"), port, reason != NULL ? reason : "");
  at = leyden_canvas_node_get_port_point (connection->target, !connection->from_output, connection->target_port);
  at = leyden_canvas_view_from_world (&self->view, at.x, at.y);
  leyden_canvas_show_hint (self, text, connection->by_keyboard ? at.x : self->pointer.x,
                           connection->by_keyboard ? at.y : self->pointer.y);
  leyden_canvas_say (self, text);
}

/* Where the wire would go now. */
static void
set_target (LeydenCanvas     *self,
            LeydenCanvasNode *target,
            guint             port)
{
  LeydenConnection *connection = &self->connection;
  LeydenCanvasNode *old = connection->target;
  g_autofree char *reason = NULL;

  connection->target = target;
  connection->target_port = port;
  connection->verdict = target != NULL ? leyden_canvas_connect_judge (self, target, !connection->from_output, port, &reason)
                                       : LEYDEN_CONNECT_NO;
  if (old != NULL && old != target && old->view != NULL)
    leyden_node_view_set_connecting (old->view, TRUE);
  if (target != NULL && target->view != NULL)
    leyden_node_view_set_connecting (target->view, TRUE);
  show_verdict (self, reason);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Ports that would take the wire, by place: left to right, top to bottom. */
typedef struct
{
  LeydenCanvasNode *node;
  guint             port;
} Candidate;

static int
compare_candidates (gconstpointer a,
                    gconstpointer b)
{
  const Candidate *one = a, *two = b;
  const graphene_rect_t *r1 = &one->node->item.bounds, *r2 = &two->node->item.bounds;

  if (one->node == two->node)
    return (int) one->port - (int) two->port;
  if (r1->origin.x != r2->origin.x)
    return r1->origin.x < r2->origin.x ? -1 : 1;
  return r1->origin.y < r2->origin.y ? -1 : 1;
}

static GArray *
list_candidates (LeydenCanvas *self)
{
  GPtrArray *nodes = leyden_canvas_model_get_nodes (self->model);
  gboolean output = !self->connection.from_output;
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (nodes, i);
      guint n_ports = output ? node->outputs->len : node->inputs->len;

      for (guint port = 0; port < n_ports; port++)
        if (leyden_canvas_connect_judge (self, node, output, port, NULL) != LEYDEN_CONNECT_NO)
          g_array_append_val (candidates, ((Candidate) { node, port }));
    }
  g_array_sort (candidates, compare_candidates);
  return candidates;
}

static void
choose (LeydenCanvas    *self,
        const Candidate *candidate)
{
  GtkWidget *widget = GTK_WIDGET (self);

  leyden_canvas_bind_now (self, candidate->node);
  if (leyden_canvas_view_reveal (&self->view, &candidate->node->item.bounds, gtk_widget_get_width (widget),
                                 gtk_widget_get_height (widget), 32))
    leyden_canvas_view_changed (self);
  set_target (self, candidate->node, candidate->port);
}

void
leyden_canvas_connect_step (LeydenCanvas *self,
                            int           step)
{
  g_autoptr(GArray) candidates = list_candidates (self);
  int at = -1;

  if (candidates->len == 0)
    {
      leyden_canvas_show_hint (self, _("Nothing here fits"), self->pointer.x, self->pointer.y);
      leyden_canvas_say (self, _("Nothing here fits"));
      return;
    }
  for (guint i = 0; i < candidates->len; i++)
    {
      const Candidate *candidate = &g_array_index (candidates, Candidate, i);

      if (candidate->node == self->connection.target && candidate->port == self->connection.target_port)
        at = (int) i;
    }
  if (at < 0)
    at = step > 0 ? 0 : (int) candidates->len - 1;
  else
    at = (at + step + (int) candidates->len) % (int) candidates->len;
  choose (self, &g_array_index (candidates, Candidate, at));
}

gboolean
leyden_canvas_connect_type (LeydenCanvas *self,
                            guint         keyval)
{
  g_autoptr(GArray) candidates = NULL;
  g_autofree char *typed = NULL;
  gunichar letter = gdk_keyval_to_unicode (keyval);

  if (keyval == GDK_KEY_BackSpace)
    {
      if (self->connection.typed->len > 0)
        g_string_truncate (self->connection.typed, (gsize) (g_utf8_prev_char (self->connection.typed->str + self->connection.typed->len)
                                                            - self->connection.typed->str));
    }
  else if (letter == 0 || !g_unichar_isprint (letter) || self->connection.typed->len > 64)
    return FALSE;
  else
    g_string_append_unichar (self->connection.typed, letter);
  candidates = list_candidates (self);
  typed = g_utf8_casefold (self->connection.typed->str, -1);
  for (guint i = 0; i < candidates->len; i++)
    {
      const Candidate *candidate = &g_array_index (candidates, Candidate, i);
      g_autofree char *name = name_port (candidate->node, !self->connection.from_output, candidate->port);
      g_autofree char *folded = g_utf8_casefold (name, -1);

      if (strstr (folded, typed) != NULL)
        {
          choose (self, candidate);
          return TRUE;
        }
    }
  leyden_canvas_say (self, _("Nothing here fits"));
  return TRUE;
}

void
leyden_canvas_connect_begin (LeydenCanvas     *self,
                             LeydenCanvasNode *node,
                             gboolean          output,
                             guint             port,
                             LeydenCanvasEdge *taken,
                             gboolean          by_keyboard)
{
  if (self->tool == LEYDEN_TOOL_CONNECT)
    leyden_canvas_connect_cancel (self);
  self->tool = LEYDEN_TOOL_CONNECT;
  self->connection = (LeydenConnection) {
    .node = node, .port = port, .from_output = output, .by_keyboard = by_keyboard, .taken = taken,
    .point = leyden_canvas_node_get_port_point (node, output, port), .typed = g_string_new (NULL),
  };
  leyden_canvas_wires_changed (self);
  emphasise (self, TRUE);
  if (by_keyboard)
    {
      graphene_point_t at = leyden_canvas_view_from_world (&self->view, self->connection.point.x, self->connection.point.y);

      self->pointer = at;
      leyden_canvas_connect_step (self, 1);
    }
}

void
leyden_canvas_connect_move (LeydenCanvas *self,
                            double        x,
                            double        y)
{
  LeydenCanvasHit hit;
  double slack = 14 / self->view.scale;

  self->connection.point = leyden_canvas_view_to_world (&self->view, x, y);
  self->pointer = GRAPHENE_POINT_INIT ((float) x, (float) y);
  leyden_canvas_model_hit (self->model, self->connection.point, slack, &hit);
  if ((hit.kind == LEYDEN_CANVAS_HIT_INPUT || hit.kind == LEYDEN_CANVAS_HIT_OUTPUT)
      && (hit.kind == LEYDEN_CANVAS_HIT_OUTPUT) != self->connection.from_output)
    {
      set_target (self, hit.node, (guint) hit.port);
      return;
    }
  /* Over a node's body the port that fits best is meant; when none does, the first one says why. */
  if (hit.kind == LEYDEN_CANVAS_HIT_NODE && hit.node != self->connection.node)
    {
      GPtrArray *ports = self->connection.from_output ? hit.node->inputs : hit.node->outputs;
      LeydenConnect best_verdict = LEYDEN_CONNECT_NO;
      guint best = 0;

      for (guint i = 0; i < ports->len; i++)
        {
          LeydenConnect verdict = leyden_canvas_connect_judge (self, hit.node, !self->connection.from_output, i, NULL);

          /* Converting harms nothing; the wire that is there already stays unless its own port is meant. */
          if (verdict == LEYDEN_CONNECT_YES || (verdict == LEYDEN_CONNECT_CONVERTS && best_verdict == LEYDEN_CONNECT_NO))
            {
              best = i;
              best_verdict = verdict;
            }
          if (verdict == LEYDEN_CONNECT_YES)
            break;
        }
      if (ports->len > 0)
        {
          set_target (self, hit.node, best);
          return;
        }
      set_target (self, NULL, 0);
      leyden_canvas_show_hint (self, self->connection.from_output ? _("It has no inputs") : _("It has no outputs"), x, y);
      return;
    }
  set_target (self, NULL, 0);
}

static void
end (LeydenCanvas *self)
{
  g_string_free (self->connection.typed, TRUE);
  self->connection = (LeydenConnection) { NULL, };
  self->tool = LEYDEN_TOOL_NONE;
  leyden_canvas_show_hint (self, NULL, 0, 0);
  emphasise (self, FALSE);
  leyden_canvas_wires_changed (self);
}

void
leyden_canvas_connect_cancel (LeydenCanvas *self)
{
  end (self);
  leyden_canvas_say (self, _("No wire drawn"));
}

static void
remove_present (LeydenEdit       *edit,
                LeydenCanvasNode *target,
                guint             port)
{
  const LeydenPort *item = g_ptr_array_index (target->inputs, port);
  g_autoptr(GPtrArray) edges = leyden_canvas_node_list_edges (target, FALSE, port);

  for (guint i = 0; !item->multiple && i < edges->len; i++)
    leyden_edit_remove_edge (edit, ((LeydenCanvasEdge *) g_ptr_array_index (edges, i))->id);
}

static void
add_wire (LeydenCanvas *self,
          LeydenEdit   *edit,
          const char   *source,
          const char   *source_port,
          const char   *target,
          const char   *target_port)
{
  g_autofree char *id = leyden_flow_new_element_id (leyden_canvas_model_get_flow (self->model));

  leyden_edit_add_edge (edit, id, source, source_port, target, target_port);
}

/* Upper left of a node that stands between two others. */
static graphene_point_t
between (const LeydenCanvasNode *source,
         const LeydenCanvasNode *target)
{
  graphene_point_t a, b;

  graphene_rect_get_center (&source->item.bounds, &a);
  graphene_rect_get_center (&target->item.bounds, &b);
  return GRAPHENE_POINT_INIT ((a.x + b.x - source->item.bounds.size.width) / 2, (a.y + b.y) / 2 + 120);
}

/* @way (nullable): by which to convert where that is needed, else the most usual. */
static LeydenEdit *
make_edit (LeydenCanvas               *self,
           LeydenCanvasNode           *source,
           guint                       source_port,
           LeydenCanvasNode           *target,
           guint                       target_port,
           LeydenCanvasEdge           *taken,
           const LeydenConversionWay  *way,
           GError                    **error)
{
  const LeydenPort *from = g_ptr_array_index (source->outputs, source_port);
  const LeydenPort *to = g_ptr_array_index (target->inputs, target_port);
  g_autoptr(LeydenEdit) edit = leyden_edit_new (_("Connect"));
  g_autofree char *reason = NULL;
  LeydenConnect verdict = leyden_canvas_model_can_connect (self->model, source, source_port, target, target_port, taken,
                                                           &reason, NULL);

  if (verdict == LEYDEN_CONNECT_NO)
    {
      g_set_error_literal (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT, reason);
      return NULL;
    }
  if (taken != NULL)
    leyden_edit_remove_edge (edit, taken->id);
  if (taken == NULL || taken->target != target || taken->target_port != (int) target_port)
    remove_present (edit, target, target_port);
  if (verdict != LEYDEN_CONNECT_CONVERTS)
    add_wire (self, edit, source->id, from->name, target->id, to->name);
  else
    {
      g_autoptr(GPtrArray) ways = leyden_conversion_list_ways (from->type, to->type);

      g_return_val_if_fail (ways->len > 0, NULL);
      leyden_canvas_add_converter (self, edit, way != NULL ? way : g_ptr_array_index (ways, 0), between (source, target), source->id,
                                   from->name, target->id, to->name);
    }
  return g_steal_pointer (&edit);
}

void
leyden_canvas_connect_by (LeydenCanvas     *self,
                          LeydenCanvasNode *source,
                          guint             source_port,
                          LeydenCanvasNode *target,
                          guint             target_port,
                          LeydenCanvasEdge *taken,
                          guint             way)
{
  const LeydenPort *from = g_ptr_array_index (source->outputs, source_port);
  const LeydenPort *to = g_ptr_array_index (target->inputs, target_port);
  g_autoptr(GPtrArray) ways = leyden_conversion_list_ways (from->type, to->type);
  g_autoptr(GError) error = NULL;
  LeydenEdit *edit = make_edit (self, source, source_port, target, target_port, taken,
                                way < ways->len ? g_ptr_array_index (ways, way) : NULL, &error);

  if (edit == NULL)
    leyden_canvas_fail (self, error);
  else if (leyden_canvas_apply (self, edit))
    leyden_canvas_say (self, _("Connected"));
}

/* Nothing is there that a wire could have been meant for. */
static gboolean
is_open (LeydenCanvas     *self,
         graphene_point_t  at)
{
  LeydenCanvasHit hit;

  leyden_canvas_model_hit (self->model, at, 14 / self->view.scale, &hit);
  return hit.node == NULL;
}

/* From the one to the other; where it takes a node between and there are several ways, which one is asked. */
static void
finish_at (LeydenCanvas           *self,
           const LeydenConnection *connection)
{
  gboolean forward = connection->from_output;
  LeydenCanvasNode *source = forward ? connection->node : connection->target, *target = forward ? connection->target : connection->node;
  guint source_port = forward ? connection->port : connection->target_port;
  guint target_port = forward ? connection->target_port : connection->port;
  const LeydenPort *from = g_ptr_array_index (source->outputs, source_port);
  const LeydenPort *to = g_ptr_array_index (target->inputs, target_port);
  g_autoptr(GPtrArray) ways = leyden_conversion_list_ways (from->type, to->type);

  if (connection->verdict == LEYDEN_CONNECT_CONVERTS && ways->len > 1)
    leyden_canvas_ask_conversion (self, ways, source, source_port, target, target_port, connection->taken);
  else
    leyden_canvas_connect_by (self, source, source_port, target, target_port, connection->taken, 0);
}

void
leyden_canvas_connect_finish (LeydenCanvas *self)
{
  LeydenConnection connection = self->connection;
  g_autoptr(LeydenEdit) edit = NULL;

  end (self);
  if (connection.target == NULL)
    {
      /* Let go in the open: an end that was taken off is removed, a new wire asks for its other node. */
      if (connection.taken != NULL && !connection.by_keyboard)
        {
          edit = leyden_edit_new (_("Disconnect"));
          leyden_edit_remove_edge (edit, connection.taken->id);
          leyden_canvas_apply (self, g_steal_pointer (&edit));
        }
      else if (connection.taken == NULL && !connection.by_keyboard && is_open (self, connection.point))
        leyden_canvas_search_for_wire (self, connection.node, connection.from_output, connection.port, connection.point);
      return;
    }
  finish_at (self, &connection);
}

static int
find_port (GPtrArray  *ports,
           const char *name)
{
  for (guint i = 0; i < ports->len; i++)
    if (g_str_equal (((LeydenPort *) g_ptr_array_index (ports, i))->name, name))
      return (int) i;
  return -1;
}

gboolean
leyden_canvas_connect (LeydenCanvas *self,
                       const char   *source,
                       const char   *source_port,
                       const char   *target,
                       const char   *target_port)
{
  LeydenCanvasNode *from, *to;
  int out, in;
  g_autoptr(GError) error = NULL;
  LeydenEdit *edit;

  g_return_val_if_fail (LEYDEN_IS_CANVAS (self), FALSE);
  g_return_val_if_fail (source != NULL && source_port != NULL && target != NULL && target_port != NULL, FALSE);
  g_return_val_if_fail (self->model != NULL, FALSE);

  from = leyden_canvas_model_get_node (self->model, source);
  to = leyden_canvas_model_get_node (self->model, target);
  out = from != NULL ? find_port (from->outputs, source_port) : -1;
  in = to != NULL ? find_port (to->inputs, target_port) : -1;
  if (out < 0 || in < 0)
    {
      g_set_error_literal (&error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_EDIT, _("There is no such port"));
      leyden_canvas_fail (self, error);
      return FALSE;
    }
  edit = make_edit (self, from, (guint) out, to, (guint) in, NULL, NULL, &error);
  if (edit == NULL)
    {
      leyden_canvas_fail (self, error);
      return FALSE;
    }
  return leyden_canvas_apply (self, edit);
}
