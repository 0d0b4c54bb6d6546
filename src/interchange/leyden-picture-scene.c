/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-interchange"

#include "config.h"
#include "leyden-picture-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-edge-points.h"
#include "leyden-flow-mode.h"
#include "leyden-text.h"

#define MARGIN 24.0f
#define BADGE 12.0f             /* shadows and ports stick out */
#define MAX_TITLE 200
#define ICONS "/io/github/leyden/Leyden/icons/scalable/actions/"

static void
port_clear (gpointer data)
{
  g_free (((LeydenPicturePort *) data)->title);
}

static void
node_clear (gpointer data)
{
  LeydenPictureNode *self = data;

  g_free (self->title);
  g_free (self->subtitle);
  g_free (self->category);
  g_clear_pointer (&self->icon, g_bytes_unref);
  g_array_unref (self->ports[0]);
  g_array_unref (self->ports[1]);
}

static void
wire_clear (gpointer data)
{
  g_free (((LeydenPictureWire *) data)->curves);
}

static void
box_clear (gpointer data)
{
  LeydenPictureBox *self = data;

  g_free (self->text);
  g_free (self->color);
}

void
leyden_picture_scene_free (LeydenPictureScene *self)
{
  if (self == NULL)
    return;
  g_free (self->title);
  g_array_unref (self->nodes);
  g_array_unref (self->wires);
  g_array_unref (self->boxes);
  g_free (self);
}

static gboolean
is_wanted (GHashTable *only,
           const char *id)
{
  return only == NULL || g_hash_table_contains (only, id);
}

static void
grow (LeydenPictureScene    *self,
      const graphene_rect_t *bounds)
{
  if (self->extent.size.width == 0)
    self->extent = *bounds;
  else
    graphene_rect_union (&self->extent, bounds, &self->extent);
}

/* --- nodes --- */

static GArray *
take_ports (GPtrArray *ports,
            double     height)
{
  GArray *taken = g_array_new (FALSE, TRUE, sizeof (LeydenPicturePort));

  g_array_set_clear_func (taken, port_clear);
  for (guint i = 0; i < ports->len; i++)
    {
      LeydenPort *port = ports->pdata[i];
      LeydenPicturePort each = { leyden_text_display (port->title != NULL ? port->title : port->name, -1, MAX_TITLE, FALSE), port->type,
                                 leyden_node_types_get_port_y (i, height), FALSE };

      g_array_append_val (taken, each);
    }
  return taken;
}

static char *
make_subtitle (LeydenNode *node,
               const char *kind)
{
  switch (leyden_node_get_mode (node))
    {
    case LEYDEN_NODE_MODE_DISABLED:
      return g_strdup (_("Disabled"));
    case LEYDEN_NODE_MODE_BYPASSED:
      return g_strdup (_("Bypassed"));
    case LEYDEN_NODE_MODE_ON:
    default:
      if (*leyden_node_get_title (node) == '\0' || g_str_equal (leyden_node_get_title (node), kind))
        return NULL;
      return leyden_text_display (kind, -1, MAX_TITLE, FALSE);
    }
}

static void
add_node (LeydenPictureScene *self,
          LeydenNode         *node,
          LeydenNodeTypes    *types,
          GHashTable         *places)
{
  const LeydenNodeType *type = leyden_node_types_lookup (types, leyden_node_get_type_name (node));
  g_autoptr(GPtrArray) inputs = leyden_node_types_dup_inputs (types, node);
  g_autoptr(GPtrArray) outputs = leyden_node_types_dup_outputs (types, node);
  graphene_point_t position = leyden_node_get_position (node);
  graphene_size_t size = leyden_node_types_measure (types, node);
  const char *title = leyden_node_get_title (node);
  const char *kind = type != NULL ? type->title : leyden_node_get_type_name (node);
  LeydenPictureNode each = { .bounds = { position, size } };

  each.title = leyden_text_display (*title != '\0' ? title : kind, -1, MAX_TITLE, FALSE);
  each.subtitle = make_subtitle (node, kind);
  each.off = leyden_node_get_mode (node) != LEYDEN_NODE_MODE_ON;
  each.category = type != NULL ? g_strdup (type->category) : NULL;
  if (type != NULL && type->icon != NULL)
    {
      g_autofree char *path = g_strdup_printf ("%s%s.svg", ICONS, type->icon);

      each.icon = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    }
  each.ports[0] = take_ports (inputs, size.height);
  each.ports[1] = take_ports (outputs, size.height);
  g_hash_table_insert (places, (char *) leyden_node_get_id (node), GUINT_TO_POINTER (self->nodes->len));
  g_array_append_val (self->nodes, each);
  grow (self, &each.bounds);
}

/* --- wires --- */

/* -1: it has none of that name. */
static int
find_port (LeydenNodeTypes *types,
           LeydenNode      *node,
           gboolean         output,
           const char      *name)
{
  g_autoptr(GPtrArray) ports = output ? leyden_node_types_dup_outputs (types, node) : leyden_node_types_dup_inputs (types, node);

  for (guint i = 0; i < ports->len; i++)
    if (g_strcmp0 (((LeydenPort *) ports->pdata[i])->name, name) == 0)
      return (int) i;
  return -1;
}

static graphene_point_t
get_end (LeydenPictureNode *node,
         gboolean           output,
         int                port)
{
  LeydenPicturePort *each = &g_array_index (node->ports[output], LeydenPicturePort, port);

  each->connected = TRUE;
  return GRAPHENE_POINT_INIT (node->bounds.origin.x + (output ? node->bounds.size.width : 0), node->bounds.origin.y + (float) each->y);
}

static void
add_wire (LeydenPictureScene *self,
          LeydenFlow         *flow,
          LeydenEdge         *edge,
          LeydenNodeTypes    *types,
          GHashTable         *places)
{
  const char *names[2] = { leyden_edge_get_target (edge), leyden_edge_get_source (edge) };
  const char *ports[2] = { leyden_edge_get_target_port (edge), leyden_edge_get_source_port (edge) };
  graphene_point_t ends[2];
  LeydenPictureWire wire = { .type = LEYDEN_PORT_ANY };
  const graphene_point_t *points;
  guint n_points;

  for (guint output = 0; output < 2; output++)
    {
      LeydenPictureNode *node;
      gpointer place;
      int port;

      /* One that leads nowhere is for the editor to tell of. */
      if (names[output] == NULL || !g_hash_table_lookup_extended (places, names[output], NULL, &place))
        return;
      port = find_port (types, leyden_flow_get_node (flow, names[output]), output, ports[output]);
      if (port < 0)
        return;
      node = &g_array_index (self->nodes, LeydenPictureNode, GPOINTER_TO_UINT (place));
      ends[output] = get_end (node, output, port);
      if (output)
        wire.type = g_array_index (node->ports[1], LeydenPicturePort, port).type;
    }
  points = leyden_edge_get_points (edge, &n_points);
  wire.curves = leyden_curve_through (ends[1], points, n_points, ends[0]);
  wire.n_curves = n_points + 1;
  wire.off = leyden_node_get_mode (leyden_flow_get_node (flow, names[1])) == LEYDEN_NODE_MODE_DISABLED;
  g_array_append_val (self->wires, wire);
}

/* A wire back to the left swings out beyond its nodes. */
static void
grow_by_wire (LeydenPictureScene      *self,
              const LeydenPictureWire *wire)
{
  for (guint i = 0; i < wire->n_curves; i++)
    for (guint step = 0; step <= 16; step++)
      {
        graphene_rect_t bounds = { leyden_curve_get_point (&wire->curves[i], step / 16.0), GRAPHENE_SIZE_INIT (1, 1) };

        grow (self, &bounds);
      }
}

/* --- frames and notes --- */

static void
add_box (LeydenPictureScene *self,
         graphene_rect_t     bounds,
         gboolean            is_frame,
         const char         *text,
         const char         *color)
{
  LeydenPictureBox box = { bounds, is_frame, NULL, g_strdup (color) };

  /* Of a note the source: what reads it cleans it. */
  box.text = is_frame && *text != '\0' ? leyden_text_display (text, -1, MAX_TITLE, FALSE) : g_strdup (text);
  g_array_append_val (self->boxes, box);
  grow (self, &bounds);
}

static int
compare_boxes (gconstpointer a,
               gconstpointer b)
{
  const LeydenPictureBox *left = a, *right = b;
  float left_area = left->bounds.size.width * left->bounds.size.height, right_area = right->bounds.size.width * right->bounds.size.height;

  if (left->is_frame != right->is_frame)
    return left->is_frame ? -1 : 1;
  return left_area > right_area ? -1 : left_area < right_area;
}

static void
add_boxes (LeydenPictureScene *self,
           LeydenFlow         *flow,
           GHashTable         *only)
{
  g_autoptr(GPtrArray) frames = leyden_flow_list_frames (flow);
  g_autoptr(GPtrArray) notes = leyden_flow_list_notes (flow);

  for (guint i = 0; i < frames->len; i++)
    if (is_wanted (only, leyden_frame_get_id (frames->pdata[i])))
      add_box (self, leyden_frame_get_bounds (frames->pdata[i]), TRUE, leyden_frame_get_title (frames->pdata[i]),
               leyden_frame_get_color (frames->pdata[i]));
  for (guint i = 0; i < notes->len; i++)
    if (is_wanted (only, leyden_note_get_id (notes->pdata[i])))
      add_box (self, leyden_note_get_bounds (notes->pdata[i]), FALSE, leyden_note_get_text (notes->pdata[i]),
               leyden_note_get_color (notes->pdata[i]));
  g_array_sort (self->boxes, compare_boxes);
}

LeydenPictureScene *
leyden_picture_scene_new (LeydenFlow      *flow,
                          LeydenNodeTypes *types,
                          GHashTable      *only)
{
  g_autoptr(LeydenPictureScene) self = g_new0 (LeydenPictureScene, 1);
  g_autoptr(GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges (flow);

  self->title = g_strdup (leyden_flow_get_title (flow));
  self->nodes = g_array_new (FALSE, TRUE, sizeof (LeydenPictureNode));
  self->wires = g_array_new (FALSE, TRUE, sizeof (LeydenPictureWire));
  self->boxes = g_array_new (FALSE, TRUE, sizeof (LeydenPictureBox));
  g_array_set_clear_func (self->nodes, node_clear);
  g_array_set_clear_func (self->wires, wire_clear);
  g_array_set_clear_func (self->boxes, box_clear);
  for (guint i = 0; i < nodes->len; i++)
    if (is_wanted (only, leyden_node_get_id (nodes->pdata[i])))
      add_node (self, nodes->pdata[i], types, places);
  for (guint i = 0; i < edges->len; i++)
    add_wire (self, flow, edges->pdata[i], types, places);
  add_boxes (self, flow, only);
  if (self->nodes->len == 0 && self->boxes->len == 0)
    return NULL;
  for (guint i = 0; i < self->wires->len; i++)
    grow_by_wire (self, &g_array_index (self->wires, LeydenPictureWire, i));
  graphene_rect_inset (&self->extent, -MARGIN - BADGE, -MARGIN - BADGE);
  return g_steal_pointer (&self);
}
