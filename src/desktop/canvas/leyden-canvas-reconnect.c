/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

/* Nodes go, and what came through them is joined: each wire out of them comes from the first wire into them whose values fit there. */

typedef struct
{
  LeydenCanvasNode *node;
  const LeydenPort *port;
} Source;

static gboolean
goes (LeydenCanvas           *self,
      const LeydenCanvasNode *node)
{
  return leyden_selection_contains (self->selection, LEYDEN_ELEMENT_NODE, node->id);
}

static int
compare_inputs (gconstpointer a,
                gconstpointer b)
{
  const LeydenCanvasEdge *one = *(LeydenCanvasEdge * const *) a, *two = *(LeydenCanvasEdge * const *) b;

  return one->target_port - two->target_port;
}

/* What comes into a node that goes, from outside of all that go, by input. */
static void
list_sources (LeydenCanvas     *self,
              LeydenCanvasNode *node,
              GHashTable       *seen,
              GArray           *sources)
{
  g_autoptr(GPtrArray) in = g_ptr_array_new ();

  if (!g_hash_table_add (seen, node))
    return;
  for (guint i = 0; i < node->edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (node->edges, i);

      if (edge->target == node && edge->source != NULL && edge->source_port >= 0 && edge->type != LEYDEN_PORT_TOOLS)
        g_ptr_array_add (in, edge);
    }
  g_ptr_array_sort (in, compare_inputs);
  for (guint i = 0; i < in->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (in, i);
      Source source = { edge->source, g_ptr_array_index (edge->source->outputs, (guint) edge->source_port) };

      if (goes (self, edge->source))
        list_sources (self, edge->source, seen, sources);
      else if (!source.port->is_error)
        g_array_append_val (sources, source);
    }
}

/* TRUE: a wire takes the place of @edge. */
static gboolean
join (LeydenCanvas     *self,
      LeydenEdit       *edit,
      LeydenCanvasEdge *edge)
{
  const LeydenPort *from = g_ptr_array_index (edge->source->outputs, (guint) edge->source_port);
  const LeydenPort *to = g_ptr_array_index (edge->target->inputs, (guint) edge->target_port);
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr(GArray) sources = g_array_new (FALSE, FALSE, sizeof (Source));

  if (from->is_error || to->type == LEYDEN_PORT_TOOLS)
    return FALSE;
  list_sources (self, edge->source, seen, sources);
  for (guint i = 0; i < sources->len; i++)
    {
      const Source *source = &g_array_index (sources, Source, i);
      g_autofree char *id = NULL;

      if (leyden_port_type_convert (source->port->type, to->type, NULL, NULL) > LEYDEN_CONVERSION_SILENT)
        continue;
      id = leyden_flow_new_element_id (leyden_canvas_model_get_flow (self->model));
      leyden_edit_add_edge (edit, id, source->node->id, source->port->name, edge->target->id, to->name);
      return TRUE;
    }
  return FALSE;
}

static void
delete_and_join (LeydenCanvas *self)
{
  GPtrArray *edges = leyden_canvas_model_get_edges (self->model);
  LeydenFlow *flow = leyden_canvas_model_get_flow (self->model);
  g_auto(GStrv) ids = leyden_selection_list (self->selection, LEYDEN_ELEMENT_NODE);
  guint n = g_strv_length (ids), n_joined = 0;
  g_autofree char *label = NULL;
  g_autofree char *said = NULL;
  g_autoptr(LeydenEdit) edit = NULL;

  if (n == 0)
    {
      gtk_widget_error_bell (GTK_WIDGET (self));
      return;
    }
  label = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Delete and Join Wires", "Delete %u Nodes and Join Wires", n), n);
  edit = leyden_edit_new (label);
  for (guint i = 0; i < n; i++)
    leyden_edit_remove_node (edit, flow, ids[i]);
  for (guint i = 0; i < edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (edges, i);

      if (edge->source != NULL && edge->target != NULL && edge->source_port >= 0 && edge->target_port >= 0 && goes (self, edge->source)
          && !goes (self, edge->target) && join (self, edit, edge))
        n_joined++;
    }
  if (!leyden_canvas_apply (self, g_steal_pointer (&edit)))
    return;
  leyden_selection_clear (self->selection);
  said = n_joined > 0 ? g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u wire joined", "%u wires joined", n_joined), n_joined)
                      : g_strdup (_("Deleted; no wire could be joined"));
  leyden_canvas_say (self, said);
}

static void
delete_join_action (GtkWidget  *widget,
                    const char *name,
                    GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenCanvasNode *node = leyden_canvas_get_focus_node (self, NULL, NULL);

  if (self->model == NULL || self->tool != LEYDEN_TOOL_NONE)
    return;
  if (leyden_selection_get_size (self->selection) == 0 && node != NULL)
    leyden_selection_set (self->selection, LEYDEN_ELEMENT_NODE, node->id);
  delete_and_join (self);
}

void
leyden_canvas_class_add_reconnect (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.delete-join", NULL, delete_join_action);
}
