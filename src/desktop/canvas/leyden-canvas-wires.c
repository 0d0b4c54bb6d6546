/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-text.h"

#define MAX_NAMED_WIRES 8       /* in a description */

/* Going along wires, and to the wires themselves, by keyboard.
 *
 *   node ──next-wire──► its wires, one after the other (selected: Delete and the menu mean the wire)
 *   node or wire ──follow──► the node at the other end
 */

static char *
dup_end (LeydenCanvasNode *node,
         GPtrArray        *ports,
         int               port,
         const char       *name)
{
  g_autofree char *title = node != NULL ? leyden_canvas_node_dup_title (node) : g_strdup (_("a missing node"));
  g_autofree char *place = port >= 0 ? leyden_text_display (((LeydenPort *) g_ptr_array_index (ports, (guint) port))->title, -1, 60, FALSE)
                                     : leyden_text_display (name, -1, 60, FALSE);

  return g_strdup_printf (_("%s, %s"), title, place);
}

char *
leyden_canvas_edge_dup_name (LeydenCanvasEdge *edge)
{
  g_autofree char *from = dup_end (edge->source, edge->source != NULL ? edge->source->outputs : NULL, edge->source_port,
                                   leyden_edge_get_source_port (edge->edge));
  g_autofree char *to = dup_end (edge->target, edge->target != NULL ? edge->target->inputs : NULL, edge->target_port,
                                 leyden_edge_get_target_port (edge->edge));

  return g_strdup_printf (_("Wire from %s to %s"), from, to);
}

/* "to Extract, text": the far end of a wire. */
static char *
describe_wire (LeydenCanvasEdge *edge,
               gboolean          output)
{
  LeydenCanvasNode *far = output ? edge->target : edge->source;
  g_autofree char *title = NULL;
  g_autofree char *port = leyden_text_display (output ? leyden_edge_get_target_port (edge->edge)
                                                      : leyden_edge_get_source_port (edge->edge), -1, 60, FALSE);

  if (far == NULL)
    return g_strdup (_("to a node that is missing"));
  title = leyden_canvas_node_dup_title (far);
  return output ? g_strdup_printf (_("to %s, %s"), title, port) : g_strdup_printf (_("from %s, %s"), title, port);
}

char *
leyden_canvas_node_describe_port (LeydenCanvasNode *node,
                                  gboolean          output,
                                  guint             port)
{
  const LeydenPort *item = g_ptr_array_index (output ? node->outputs : node->inputs, port);
  g_autoptr(GPtrArray) edges = leyden_canvas_node_list_edges (node, output, port);
  GString *text = g_string_new (leyden_port_type_get_title (item->type));

  if (!output && item->required)
    g_string_append_printf (text, ", %s", _("required"));
  if (edges->len == 0)
    g_string_append_printf (text, ", %s", _("not connected"));
  for (guint i = 0; i < MIN (edges->len, MAX_NAMED_WIRES); i++)
    {
      g_autofree char *wire = describe_wire (g_ptr_array_index (edges, i), output);

      g_string_append_printf (text, "; %s", wire);
    }
  return g_string_free (text, FALSE);
}

static LeydenCanvasEdge *
get_selected_edge (LeydenCanvas *self)
{
  LeydenElementKind kind;
  const char *id;

  if (self->model == NULL || !leyden_selection_get_single (self->selection, &kind, &id) || kind != LEYDEN_ELEMENT_EDGE)
    return NULL;
  return leyden_canvas_model_get_edge (self->model, id);
}

static int
compare_edges (gconstpointer a,
               gconstpointer b)
{
  const LeydenCanvasEdge *one = *(LeydenCanvasEdge * const *) a, *two = *(LeydenCanvasEdge * const *) b;

  return strcmp (one->id, two->id);
}

/* Wires at a node: what comes in first, then what goes out, each by port. */
static GPtrArray *
list_wires (LeydenCanvasNode *node)
{
  GPtrArray *wires = g_ptr_array_new ();

  for (guint direction = 0; direction < 2; direction++)
    for (guint port = 0; port < (direction ? node->outputs : node->inputs)->len; port++)
      {
        g_autoptr(GPtrArray) edges = leyden_canvas_node_list_edges (node, direction == 1, port);

        g_ptr_array_sort (edges, compare_edges);
        for (guint i = 0; i < edges->len; i++)
          g_ptr_array_add (wires, g_ptr_array_index (edges, i));
      }
  for (guint i = 0; i < node->edges->len; i++)
    if (!g_ptr_array_find (wires, g_ptr_array_index (node->edges, i), NULL))
      g_ptr_array_add (wires, g_ptr_array_index (node->edges, i));
  return wires;
}

static void
next_wire_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenCanvasEdge *selected = get_selected_edge (self);
  LeydenCanvasNode *node = leyden_canvas_get_current_node (self);
  g_autoptr(GPtrArray) wires = NULL;
  const LeydenMarks *marks;
  g_autofree char *wire = NULL;
  g_autoptr(GString) text = NULL;
  guint at = 0;

  if (node == NULL && selected != NULL)
    node = selected->source != NULL ? selected->source : selected->target;
  if (node == NULL || node->edges->len == 0)
    {
      gtk_widget_error_bell (widget);
      leyden_canvas_say (self, _("No wire here"));
      return;
    }
  wires = list_wires (node);
  if (selected != NULL && g_ptr_array_find (wires, selected, &at))
    at = (at + (guint) (g_variant_get_int32 (parameter) + (int) wires->len)) % wires->len;
  else
    at = g_variant_get_int32 (parameter) > 0 ? 0 : wires->len - 1;
  selected = g_ptr_array_index (wires, at);
  leyden_selection_set (self->selection, LEYDEN_ELEMENT_EDGE, selected->id);
  wire = leyden_canvas_edge_dup_name (selected);
  /* Translators: a wire, then which one of how many. */
  text = g_string_new (NULL);
  g_string_append_printf (text, _("%s, %u of %u"), wire, at + 1, wires->len);
  marks = leyden_canvas_find_edge_marks (self, selected->id);
  if (marks != NULL && marks->flags & LEYDEN_MARK_BREAKPOINT)
    g_string_append_printf (text, ", %s", marks->flags & LEYDEN_MARK_DISABLED ? _("breakpoint, switched off") : _("breakpoint"));
  if (marks != NULL && marks->token != NULL)
    g_string_append_printf (text, ": %s", marks->token);
  leyden_canvas_focus_token (self, selected);
  leyden_canvas_say (self, text->str);
}

static LeydenCanvasNode *
get_far_end (LeydenCanvas *self,
             gboolean      forward)
{
  LeydenCanvasEdge *selected = get_selected_edge (self);
  gboolean output = FALSE;
  int port = -1;
  LeydenCanvasNode *node = leyden_canvas_get_focus_node (self, &output, &port);
  g_autoptr(GPtrArray) wires = NULL;

  if (selected != NULL)
    return forward ? selected->target : selected->source;
  if (node == NULL)
    node = leyden_canvas_get_current_node (self);
  if (node == NULL)
    return NULL;
  /* From a port along its own wires. */
  wires = port >= 0 && output == forward ? leyden_canvas_node_list_edges (node, output, (guint) port) : list_wires (node);
  for (guint i = 0; i < wires->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (wires, i);
      LeydenCanvasNode *far = forward ? edge->target : edge->source;

      if (far != NULL && far != node)
        return far;
    }
  return NULL;
}

static void
follow_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  gboolean forward = g_variant_get_int32 (parameter) > 0;
  LeydenCanvasNode *far = self->model != NULL ? get_far_end (self, forward) : NULL;

  if (far == NULL)
    {
      gtk_widget_error_bell (widget);
      leyden_canvas_say (self, forward ? _("No wire goes on from here") : _("No wire leads here"));
      return;
    }
  leyden_canvas_focus_node (self, far);
  leyden_selection_set (self->selection, LEYDEN_ELEMENT_NODE, far->id);
}

void
leyden_canvas_class_add_wires (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.next-wire", "i", next_wire_action);
  gtk_widget_class_install_action (klass, "canvas.follow", "i", follow_action);
}
