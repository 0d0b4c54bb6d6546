/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-insert-popover.h"

/* Choosing a node where it shall stand: in the open, at the end of a wire that was let go there, or in a wire.
 *
 *   leyden_canvas_search_here ──► popover ──chosen──► one edit: the node, its wires, what converts between
 *                                        └─closed──► nothing
 */

#define GAP 72.0f               /* between a converting node and the one that it feeds */

/* Where the popover was asked for. It outlives edits, so it names things. */
typedef struct
{
  graphene_point_t  at;                 /* world */
  char             *node;               /* where the wire begins; NULL: no wire */
  char             *port;
  gboolean          output;
  char             *edge;               /* the wire that it goes into; NULL: none */
} Spot;

static void
spot_free (gpointer data)
{
  Spot *self = data;

  g_free (self->node);
  g_free (self->port);
  g_free (self->edge);
  g_free (self);
}

static LeydenCatalog *
get_catalog (LeydenCanvas *self)
{
  return LEYDEN_IS_CATALOG (self->types) ? LEYDEN_CATALOG (self->types) : leyden_catalog_get_default ();
}

/* --- making the edit --- */

char *
leyden_canvas_add_type (LeydenCanvas         *self,
                        LeydenEdit           *edit,
                        const LeydenNodeType *type,
                        float                 x,
                        float                 y)
{
  char *id = leyden_flow_new_element_id (leyden_canvas_model_get_flow (self->model));

  if (self->snap)
    {
      x = (float) leyden_canvas_snap (x);
      y = (float) leyden_canvas_snap (y);
    }
  leyden_edit_add_node (edit, id, type->type, "", x, y, NULL);
  if (type->container != NULL)
    {
      g_autoptr(LeydenValue) body = leyden_flow_new_body (type->container->fields, type->container->results);

      leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, id, (const char * const[]) { "flow", NULL }, body);
    }
  return id;
}

static void
add_edge (LeydenCanvas *self,
          LeydenEdit   *edit,
          const char   *source,
          const char   *source_port,
          const char   *target,
          const char   *target_port)
{
  g_autofree char *id = leyden_flow_new_element_id (leyden_canvas_model_get_flow (self->model));

  leyden_edit_add_edge (edit, id, source, source_port, target, target_port);
}

void
leyden_canvas_add_converter (LeydenCanvas              *self,
                             LeydenEdit                *edit,
                             const LeydenConversionWay *way,
                             graphene_point_t           at,
                             const char                *source,
                             const char                *source_port,
                             const char                *target,
                             const char                *target_port)
{
  g_autofree char *id = leyden_flow_new_element_id (leyden_canvas_model_get_flow (self->model));

  leyden_conversion_add_node (way, edit, id, (float) leyden_canvas_snap (at.x), (float) leyden_canvas_snap (at.y));
  add_edge (self, edit, source, source_port, id, leyden_conversion_get_input (way));
  add_edge (self, edit, id, leyden_conversion_get_output (way), target, target_port);
}

static const LeydenPort *
find_port (LeydenCanvas *self,
           const Spot   *spot)
{
  LeydenCanvasNode *node = leyden_canvas_model_get_node (self->model, spot->node);

  return node != NULL ? leyden_ports_find (spot->output ? node->outputs : node->inputs, spot->port) : NULL;
}

/* An input that takes one wire lets go of the one that it has. */
static void
free_input (LeydenCanvas *self,
            LeydenEdit   *edit,
            const char   *node,
            const char   *port)
{
  LeydenCanvasNode *target = leyden_canvas_model_get_node (self->model, node);
  const LeydenPort *input = leyden_ports_find (target->inputs, port);

  for (guint i = 0; i < target->edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (target->edges, i);

      if (edge->target == target && !input->multiple && g_str_equal (leyden_edge_get_target_port (edge->edge), port))
        leyden_edit_remove_edge (edit, edge->id);
    }
}

/* The new node and the port where the wire began, with what converts between them. */
static void
join (LeydenCanvas             *self,
      LeydenEdit               *edit,
      const Spot               *spot,
      const LeydenInsertChoice *choice,
      const char               *id,
      graphene_point_t          converter_at)
{
  const LeydenPort *port = find_port (self, spot);
  const char *source = spot->output ? spot->node : id, *target = spot->output ? id : spot->node;
  const char *source_port = spot->output ? spot->port : choice->port, *target_port = spot->output ? choice->port : spot->port;
  g_autoptr(GPtrArray) ways = NULL;

  if (!spot->output)
    free_input (self, edit, spot->node, spot->port);
  if (choice->fit != LEYDEN_INSERT_CONVERTS)
    {
      add_edge (self, edit, source, source_port, target, target_port);
      return;
    }
  ways = spot->output ? leyden_conversion_list_ways (port->type, choice->port_type)
                      : leyden_conversion_list_ways (choice->port_type, port->type);
  g_return_if_fail (ways->len > 0);
  leyden_canvas_add_converter (self, edit, g_ptr_array_index (ways, 0), converter_at, source, source_port, target, target_port);
}

/* Into a wire: source → new node → target. */
static void
splice (LeydenCanvas             *self,
        LeydenEdit               *edit,
        const LeydenCanvasEdge   *edge,
        const LeydenInsertChoice *choice,
        const char               *id)
{
  leyden_edit_remove_edge (edit, edge->id);
  add_edge (self, edit, edge->source->id, leyden_edge_get_source_port (edge->edge), id, choice->port);
  add_edge (self, edit, id, choice->far_port, edge->target->id, leyden_edge_get_target_port (edge->edge));
}

/* Its upper left, so that the port that takes the wire is where it was let go; without a wire its title is there. */
static graphene_point_t
get_place (const Spot               *spot,
           const LeydenInsertChoice *choice)
{
  const LeydenNodeType *type = choice->type;
  graphene_point_t at = spot->at;

  if (spot->node == NULL)
    return GRAPHENE_POINT_INIT (at.x - (float) type->width / 2, at.y - (float) LEYDEN_NODE_HEADER);
  at.y -= (float) (LEYDEN_NODE_HEADER + LEYDEN_NODE_PORT_ROW * (choice->port_index + 0.5));
  if (!spot->output)
    at.x -= (float) type->width;
  return at;
}

static gboolean
insert_choice (LeydenCanvas             *self,
               const Spot               *spot,
               const LeydenInsertChoice *choice)
{
  LeydenCanvasEdge *edge = spot->edge != NULL ? leyden_canvas_model_get_edge (self->model, spot->edge) : NULL;
  g_autofree char *label = g_strdup_printf (_("Add %s"), choice->type->title);
  g_autoptr(LeydenEdit) edit = leyden_edit_new (label);
  graphene_point_t place = get_place (spot, choice), converter_at = place;
  g_autofree char *id = NULL;

  if (spot->node != NULL && (leyden_canvas_model_get_node (self->model, spot->node) == NULL || find_port (self, spot) == NULL))
    return FALSE;
  if (choice->fit == LEYDEN_INSERT_CONVERTS)
    {
      const LeydenNodeType *between = leyden_node_types_lookup (self->types, choice->converter);
      float width = between != NULL ? (float) between->width : 0;

      /* The converting node takes the place, the other one the next. */
      if (spot->output)
        place.x += width + GAP;
      else
        {
          converter_at.x = spot->at.x - width;
          place.x -= width + GAP;
        }
    }
  id = leyden_canvas_add_type (self, edit, choice->type, place.x, place.y);
  if (edge != NULL)
    splice (self, edit, edge, choice, id);
  else if (spot->node != NULL)
    join (self, edit, spot, choice, id, converter_at);
  if (edge != NULL)
    leyden_canvas_splice_set_key (edit, id);
  if (!leyden_canvas_apply (self, g_steal_pointer (&edit)))
    return FALSE;
  /* The wire is gone by now. */
  if (spot->edge != NULL)
    leyden_canvas_splice_make_room (self, id, label);
  leyden_canvas_show_element (self, LEYDEN_ELEMENT_NODE, id);
  return TRUE;
}

/* --- asking --- */

static void
chosen_cb (GtkWidget                *popover,
           const LeydenInsertChoice *choice,
           gpointer                  data)
{
  LeydenCanvas *self = data;

  if (self->model != NULL)
    insert_choice (self, g_object_get_data (G_OBJECT (popover), "spot"), choice);
}

static void
closed_cb (GtkWidget *popover,
           gpointer   data)
{
  LeydenCanvas *self = data;
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));

  g_clear_pointer (&self->pending.node, g_free);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (focus == NULL || gtk_widget_is_ancestor (focus, popover))
    gtk_widget_grab_focus (GTK_WIDGET (self));
  leyden_canvas_popover_closed (self, popover);
}

void
leyden_canvas_point_popover (LeydenCanvas       *self,
                             GtkWidget          *popover,
                             const GdkRectangle *place)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  GdkRectangle seen = { CLAMP (place->x, 0, MAX (width - 1, 0)), CLAMP (place->y, 0, MAX (height - 1, 0)), place->width, place->height };

  gtk_popover_set_pointing_to (GTK_POPOVER (popover), &seen);
}

/* @spot (transfer full) */
static void
ask (LeydenCanvas        *self,
     Spot                *spot,
     LeydenInsertChoices *choices,
     const char          *label)
{
  graphene_point_t at = leyden_canvas_view_from_world (&self->view, spot->at.x, spot->at.y);
  GdkRectangle place = { (int) at.x, (int) at.y, 1, 1 };
  GtkWidget *popover = leyden_insert_popover_new (choices, label);

  g_clear_pointer (&self->popover, gtk_widget_unparent);
  g_object_set_data_full (G_OBJECT (popover), "spot", spot, spot_free);
  gtk_widget_set_parent (popover, GTK_WIDGET (self));
  leyden_canvas_point_popover (self, popover, &place);
  g_signal_connect (popover, "chosen", G_CALLBACK (chosen_cb), self);
  g_signal_connect (popover, "closed", G_CALLBACK (closed_cb), self);
  self->popover = popover;
  gtk_popover_popup (GTK_POPOVER (popover));
}

static gboolean
may_edit (LeydenCanvas *self)
{
  const char *reason = self->model != NULL ? leyden_document_get_read_only_reason (self->document) : "";

  if (reason != NULL && *reason != '\0')
    g_signal_emit_by_name (self, "message", reason);
  return reason == NULL;
}

static void
init_wire (LeydenInsertWire       *wire,
           const LeydenCanvasEdge *edge)
{
  *wire = (LeydenInsertWire) { .type = edge->type, .from_output = TRUE, .has_far = TRUE };
  wire->far = ((LeydenPort *) g_ptr_array_index (edge->target->inputs, (guint) edge->target_port))->type;
}

void
leyden_canvas_search_here (LeydenCanvas     *self,
                           double            x,
                           double            y,
                           LeydenCanvasEdge *edge)
{
  Spot *spot;
  LeydenInsertWire wire;

  if (!may_edit (self))
    return;
  spot = g_new0 (Spot, 1);
  spot->at = leyden_canvas_view_to_world (&self->view, x, y);
  if (edge == NULL || edge->source == NULL || edge->target == NULL || edge->source_port < 0 || edge->target_port < 0)
    {
      ask (self, spot, leyden_insert_choices_new (get_catalog (self), NULL), _("Add a node"));
      return;
    }
  spot->edge = g_strdup (edge->id);
  init_wire (&wire, edge);
  ask (self, spot, leyden_insert_choices_new (get_catalog (self), &wire), _("Add a node into the wire"));
}

gboolean
leyden_canvas_fits_wire (LeydenCanvas     *self,
                         const char       *type,
                         LeydenCanvasEdge *edge)
{
  LeydenInsertWire wire;
  g_autoptr(LeydenInsertChoices) choices = NULL;

  init_wire (&wire, edge);
  choices = leyden_insert_choices_new (get_catalog (self), &wire);
  return leyden_insert_choices_find (choices, type) != NULL;
}

gboolean
leyden_canvas_insert_into (LeydenCanvas     *self,
                           const char       *type,
                           LeydenCanvasEdge *edge,
                           graphene_point_t  at)
{
  LeydenInsertWire wire;
  g_autoptr(LeydenInsertChoices) choices = NULL;
  const LeydenInsertChoice *choice;
  Spot spot = { .at = at, .edge = (char *) edge->id };

  init_wire (&wire, edge);
  choices = leyden_insert_choices_new (get_catalog (self), &wire);
  choice = leyden_insert_choices_find (choices, type);
  return choice != NULL && insert_choice (self, &spot, choice);
}

void
leyden_canvas_search_for_wire (LeydenCanvas     *self,
                               LeydenCanvasNode *node,
                               gboolean          output,
                               guint             port,
                               graphene_point_t  at)
{
  const LeydenPort *item = g_ptr_array_index (output ? node->outputs : node->inputs, port);
  LeydenInsertWire wire = { .type = item->type, .from_output = output };
  g_autofree char *title = NULL;
  g_autofree char *label = NULL;
  Spot *spot;

  if (!may_edit (self))
    return;
  spot = g_new0 (Spot, 1);
  spot->at = at;
  spot->node = g_strdup (node->id);
  spot->port = g_strdup (item->name);
  spot->output = output;
  title = leyden_canvas_node_dup_title (node);
  label = g_strdup_printf (output ? _("What takes it from %s") : _("What gives it to %s"), title);
  g_free (self->pending.node);
  self->pending = (LeydenPendingWire) { g_strdup (node->id), port, output, at };
  ask (self, spot, leyden_insert_choices_new (get_catalog (self), &wire), label);
}

/* By key: at the pointer when that is over the canvas, else where the person looks. */
static void
search_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  graphene_point_t at = GRAPHENE_POINT_INIT ((float) gtk_widget_get_width (widget) / 2, (float) gtk_widget_get_height (widget) / 2);

  if (gtk_widget_get_state_flags (widget) & GTK_STATE_FLAG_PRELIGHT)
    at = self->pointer;
  leyden_canvas_search_here (self, at.x, at.y, NULL);
}

/* From a menu: where that was opened. */
static void
search_at_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  const char *id;
  double x, y;

  g_variant_get (parameter, "(dd&s)", &x, &y, &id);
  if (self->model != NULL)
    leyden_canvas_search_here (self, x, y, *id != '\0' ? leyden_canvas_model_get_edge (self->model, id) : NULL);
}

void
leyden_canvas_class_add_insert (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.insert", NULL, search_action);
  gtk_widget_class_install_action (klass, "canvas.insert-at", "(dds)", search_at_action);
}
