/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "leyden-flow-layout.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-edge-points.h"
#include "leyden-layout.h"

#define FRAME_PADDING 24.0
#define FRAME_TITLE 44.0
#define NOTE_REACH 600.0        /* a note farther from every node stands for itself */
#define NONE G_MAXUINT

/* A node or a frame: what is arranged. */
typedef struct
{
  char             *id;
  gboolean          is_frame;
  LeydenLayoutBox   box;
  LeydenLayoutPoint before;
  LeydenLayoutPoint after;
  LeydenLayoutBox   size;       /* after: frames */
  guint             frame;      /* index of the frame round it, or NONE */
  guint             n_inside;   /* frames: nodes at any depth */
  guint             place;      /* while its level is arranged */
} Item;

typedef struct
{
  char             *id;
  LeydenLayoutPoint before;
  guint             item;       /* node it stands beside, or NONE */
} Note;

typedef struct
{
  char  **scope;
  GArray *items;                /* Item: nodes, then frames, small ones first */
  GArray *wires;                /* LeydenLayoutWire between nodes */
  GArray *notes;                /* Note */
  GPtrArray *led;               /* ids of wires between nodes that are led through points */
} Arrangement;

static void
item_clear (Item *item)
{
  g_free (item->id);
}

static void
note_clear (Note *note)
{
  g_free (note->id);
}

static void
arrangement_free (Arrangement *self)
{
  g_strfreev (self->scope);
  g_array_unref (self->items);
  g_array_unref (self->wires);
  g_array_unref (self->notes);
  g_ptr_array_unref (self->led);
  g_free (self);
}

static Item *
get_item (Arrangement *self,
          guint        index)
{
  return &g_array_index (self->items, Item, index);
}

/* --- what is there --- */

static double
find_port_y (GPtrArray  *ports,
             const char *name,
             double      height)
{
  for (guint i = 0; i < ports->len; i++)
    if (g_strcmp0 (((LeydenPort *) g_ptr_array_index (ports, i))->name, name) == 0)
      return leyden_node_types_get_port_y (i, height);
  return height / 2;
}

static double
get_port_y (LeydenNodeTypes *types,
            LeydenNode      *node,
            gboolean         output,
            const char      *name,
            double           height)
{
  g_autoptr(GPtrArray) ports = output ? leyden_node_types_dup_outputs (types, node) : leyden_node_types_dup_inputs (types, node);

  return find_port_y (ports, name, height);
}

static void
read_nodes (Arrangement        *self,
            LeydenFlow         *flow,
            LeydenNodeTypes    *types,
            const char * const *ids,
            GHashTable         *index)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      graphene_point_t position = leyden_node_get_position (node);
      graphene_size_t size = leyden_node_types_measure (types, node);
      Item item = { .box = { size.width, size.height }, .before = { position.x, position.y }, .frame = NONE };

      if ((ids != NULL && !g_strv_contains (ids, leyden_node_get_id (node))) || g_hash_table_contains (index, leyden_node_get_id (node)))
        continue;
      item.id = g_strdup (leyden_node_get_id (node));
      g_hash_table_insert (index, item.id, GUINT_TO_POINTER (self->items->len));
      g_array_append_val (self->items, item);
    }
}

static void
read_wires (Arrangement     *self,
            LeydenFlow      *flow,
            LeydenNodeTypes *types,
            GHashTable      *index)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges (flow);

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (edges, i);
      gpointer source, target;
      LeydenLayoutWire wire;
      guint n_points;

      if (!g_hash_table_lookup_extended (index, leyden_edge_get_source (edge), NULL, &source)
          || !g_hash_table_lookup_extended (index, leyden_edge_get_target (edge), NULL, &target))
        continue;
      leyden_edge_get_points (edge, &n_points);
      if (n_points > 0)
        g_ptr_array_add (self->led, g_strdup (leyden_edge_get_id (edge)));
      wire.source = GPOINTER_TO_UINT (source);
      wire.target = GPOINTER_TO_UINT (target);
      wire.source_y = get_port_y (types, leyden_flow_get_node (flow, leyden_edge_get_source (edge)), TRUE, leyden_edge_get_source_port (edge),
                                  get_item (self, wire.source)->box.height);
      wire.target_y = get_port_y (types, leyden_flow_get_node (flow, leyden_edge_get_target (edge)), FALSE, leyden_edge_get_target_port (edge),
                                  get_item (self, wire.target)->box.height);
      g_array_append_val (self->wires, wire);
    }
}

static int
compare_areas (gconstpointer a,
               gconstpointer b)
{
  graphene_rect_t one = leyden_frame_get_bounds (*(LeydenFrame * const *) a), two = leyden_frame_get_bounds (*(LeydenFrame * const *) b);
  double area1 = (double) one.size.width * one.size.height, area2 = (double) two.size.width * two.size.height;

  return area1 < area2 ? -1 : area1 > area2;
}

/* Whether the middle of @inner is in @outer, as where it stands. */
static gboolean
is_inside (const Item *inner,
           const Item *outer)
{
  double x = inner->before.x + inner->box.width / 2, y = inner->before.y + inner->box.height / 2;

  return x >= outer->before.x && x <= outer->before.x + outer->box.width && y >= outer->before.y && y <= outer->before.y + outer->box.height;
}

/* Frames that hold something; the smallest that holds a thing is its own. */
static void
read_frames (Arrangement *self,
             LeydenFlow  *flow)
{
  g_autoptr(GPtrArray) frames = leyden_flow_list_frames (flow);
  guint n_nodes = self->items->len;

  g_ptr_array_sort (frames, compare_areas);
  for (guint i = 0; i < frames->len; i++)
    {
      LeydenFrame *frame = g_ptr_array_index (frames, i);
      graphene_rect_t bounds = leyden_frame_get_bounds (frame);
      Item item = { .is_frame = TRUE, .box = { bounds.size.width, bounds.size.height }, .before = { bounds.origin.x, bounds.origin.y },
                    .frame = NONE };
      guint index = self->items->len;

      for (guint k = 0; k < index; k++)
        {
          Item *inner = get_item (self, k);

          if (inner->frame != NONE || !is_inside (inner, &item))
            continue;
          inner->frame = index;
          item.n_inside += k < n_nodes ? 1 : inner->n_inside;
        }
      if (item.n_inside == 0)
        continue;
      item.id = g_strdup (leyden_frame_get_id (frame));
      g_array_append_val (self->items, item);
    }
}

static void
read_notes (Arrangement *self,
            LeydenFlow  *flow)
{
  g_autoptr(GPtrArray) notes = leyden_flow_list_notes (flow);

  for (guint i = 0; i < notes->len; i++)
    {
      graphene_rect_t bounds = leyden_note_get_bounds (g_ptr_array_index (notes, i));
      Note note = { g_strdup (leyden_note_get_id (g_ptr_array_index (notes, i))), { bounds.origin.x, bounds.origin.y }, NONE };
      double nearest = NOTE_REACH;

      for (guint k = 0; k < self->items->len && !get_item (self, k)->is_frame; k++)
        {
          const Item *item = get_item (self, k);
          double dx = item->before.x + item->box.width / 2 - bounds.origin.x - bounds.size.width / 2;
          double dy = item->before.y + item->box.height / 2 - bounds.origin.y - bounds.size.height / 2;

          if (hypot (dx, dy) >= nearest)
            continue;
          nearest = hypot (dx, dy);
          note.item = k;
        }
      g_array_append_val (self->notes, note);
    }
}

static Arrangement *
arrangement_new (LeydenFlow         *flow,
                 LeydenNodeTypes    *types,
                 const char * const *ids)
{
  Arrangement *self = g_new0 (Arrangement, 1);
  g_autoptr(GHashTable) index = g_hash_table_new (g_str_hash, g_str_equal);

  self->scope = leyden_flow_dup_scope (flow);
  self->items = g_array_new (FALSE, TRUE, sizeof (Item));
  self->wires = g_array_new (FALSE, FALSE, sizeof (LeydenLayoutWire));
  self->notes = g_array_new (FALSE, FALSE, sizeof (Note));
  self->led = g_ptr_array_new_with_free_func (g_free);
  g_array_set_clear_func (self->items, (GDestroyNotify) item_clear);
  g_array_set_clear_func (self->notes, (GDestroyNotify) note_clear);
  read_nodes (self, flow, types, ids, index);
  read_wires (self, flow, types, index);
  if (ids == NULL)
    {
      read_frames (self, flow);
      read_notes (self, flow);
    }
  return self;
}

/* --- arranging, frames from the inside --- */

/* The item on the level of @frame that @node is or is in; NONE when it is not in there. @y moves along. */
static guint
find_on_level (Arrangement *self,
               guint        node,
               guint        frame,
               double      *y)
{
  while (get_item (self, node)->frame != frame)
    {
      *y += get_item (self, node)->after.y;
      node = get_item (self, node)->frame;
      if (node == NONE)
        return NONE;
    }
  return node;
}

/* Arranges what is right in @frame (NONE: what is in none). Places are relative to the frame; its size is then what it holds and a rim. */
static gboolean
arrange_level (Arrangement  *self,
               guint         frame,
               GCancellable *cancellable,
               GError      **error)
{
  const LeydenLayoutOptions options = LEYDEN_LAYOUT_OPTIONS_DEFAULT;
  g_autoptr(GArray) boxes = g_array_new (FALSE, FALSE, sizeof (LeydenLayoutBox));
  g_autoptr(GArray) before = g_array_new (FALSE, FALSE, sizeof (LeydenLayoutPoint));
  g_autoptr(GArray) wires = g_array_new (FALSE, FALSE, sizeof (LeydenLayoutWire));
  g_autofree LeydenLayoutPoint *points = NULL;
  double left = G_MAXDOUBLE, top = G_MAXDOUBLE, right = -G_MAXDOUBLE, bottom = -G_MAXDOUBLE;

  for (guint i = 0; i < self->items->len; i++)
    {
      Item *item = get_item (self, i);

      if (item->frame != frame)
        continue;
      item->place = boxes->len;
      if (item->is_frame)
        g_array_append_val (boxes, item->size);
      else
        g_array_append_val (boxes, item->box);
      g_array_append_val (before, item->before);
    }
  for (guint i = 0; i < self->wires->len; i++)
    {
      LeydenLayoutWire wire = g_array_index (self->wires, LeydenLayoutWire, i);

      wire.source = find_on_level (self, wire.source, frame, &wire.source_y);
      wire.target = find_on_level (self, wire.target, frame, &wire.target_y);
      if (wire.source == NONE || wire.target == NONE || wire.source == wire.target)
        continue;
      wire.source = get_item (self, wire.source)->place;
      wire.target = get_item (self, wire.target)->place;
      g_array_append_val (wires, wire);
    }
  points = g_new (LeydenLayoutPoint, boxes->len);
  if (!leyden_layout_run ((const LeydenLayoutBox *) boxes->data, boxes->len, (const LeydenLayoutWire *) wires->data, wires->len,
                          (const LeydenLayoutPoint *) before->data, &options, cancellable, points, error))
    return FALSE;
  for (guint i = 0; i < self->items->len; i++)
    {
      Item *item = get_item (self, i);
      const LeydenLayoutBox *box;

      if (item->frame != frame)
        continue;
      item->after = points[item->place];
      box = &g_array_index (boxes, LeydenLayoutBox, item->place);
      left = MIN (left, item->after.x);
      top = MIN (top, item->after.y);
      right = MAX (right, item->after.x + box->width);
      bottom = MAX (bottom, item->after.y + box->height);
    }
  if (frame == NONE)
    return TRUE;
  for (guint i = 0; i < self->items->len; i++)
    if (get_item (self, i)->frame == frame)
      {
        get_item (self, i)->after.x -= left - FRAME_PADDING;
        get_item (self, i)->after.y -= top - FRAME_TITLE;
      }
  get_item (self, frame)->size = (LeydenLayoutBox) { right - left + 2 * FRAME_PADDING, bottom - top + FRAME_TITLE + FRAME_PADDING };
  return TRUE;
}

static gboolean
arrange (Arrangement   *self,
         GCancellable  *cancellable,
         GError       **error)
{
  /* A frame stands behind what is in it, and before what it is in. */
  for (guint i = 0; i < self->items->len; i++)
    if (get_item (self, i)->is_frame && !arrange_level (self, i, cancellable, error))
      return FALSE;
  if (!arrange_level (self, NONE, cancellable, error))
    return FALSE;
  for (guint i = self->items->len; i-- > 0;)
    {
      Item *item = get_item (self, i);

      if (item->frame != NONE)
        {
          item->after.x += get_item (self, item->frame)->after.x;
          item->after.y += get_item (self, item->frame)->after.y;
        }
      item->after.x = round (item->after.x);
      item->after.y = round (item->after.y);
    }
  return TRUE;
}

/* --- the edit --- */

static void
set_pair (LeydenEdit        *edit,
          LeydenElementKind  kind,
          const char        *id,
          const char        *key,
          const char        *first,
          double             first_value,
          const char        *second,
          double             second_value)
{
  const char *path[] = { key, NULL };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, first, (gint64) first_value);
  leyden_value_builder_set_int (&b, second, (gint64) second_value);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_edit_add (edit, kind, id, path, value);
}

static gboolean
has_moved (const Item *item)
{
  return fabs (item->after.x - item->before.x) >= 1 || fabs (item->after.y - item->before.y) >= 1;
}

static LeydenEdit *
make_edit (Arrangement *self,
           const char  *label)
{
  LeydenEdit *edit = leyden_edit_new (label);

  for (guint i = 0; i < self->items->len; i++)
    {
      const Item *item = get_item (self, i);

      if (has_moved (item))
        set_pair (edit, item->is_frame ? LEYDEN_ELEMENT_FRAME : LEYDEN_ELEMENT_NODE, item->id, "position", "x", item->after.x, "y",
                  item->after.y);
      if (item->is_frame && (fabs (item->size.width - item->box.width) >= 1 || fabs (item->size.height - item->box.height) >= 1))
        set_pair (edit, LEYDEN_ELEMENT_FRAME, item->id, "size", "width", ceil (item->size.width), "height", ceil (item->size.height));
    }
  for (guint i = 0; i < self->notes->len; i++)
    {
      const Note *note = &g_array_index (self->notes, Note, i);
      const Item *item = note->item != NONE ? get_item (self, note->item) : NULL;

      if (item != NULL && has_moved (item))
        set_pair (edit, LEYDEN_ELEMENT_NOTE, note->id, "position", "x", note->before.x + item->after.x - item->before.x, "y",
                  note->before.y + item->after.y - item->before.y);
    }
  /* Points fit the places that the nodes had. */
  for (guint i = 0; i < self->led->len; i++)
    leyden_edit_add (edit, LEYDEN_ELEMENT_EDGE, g_ptr_array_index (self->led, i), (const char * const[]) { "points", NULL }, NULL);
  leyden_edit_set_scope (edit, (const char * const *) self->scope);
  return edit;
}

static void
arrange_in_thread (GTask        *task,
                   gpointer      source,
                   gpointer      task_data,
                   GCancellable *cancellable)
{
  GError *error = NULL;

  if (arrange (task_data, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
leyden_flow_layout_async (LeydenFlow          *flow,
                          LeydenNodeTypes     *types,
                          const char * const  *ids,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  g_autoptr(GTask) task = g_task_new (flow, cancellable, callback, user_data);

  g_return_if_fail (LEYDEN_IS_FLOW (flow) && LEYDEN_IS_NODE_TYPES (types));

  g_task_set_source_tag (task, leyden_flow_layout_async);
  g_task_set_task_data (task, arrangement_new (flow, types, ids), (GDestroyNotify) arrangement_free);
  g_task_run_in_thread (task, arrange_in_thread);
}

LeydenEdit *
leyden_flow_layout_finish (GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_flow_layout_async), NULL);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  return make_edit (g_task_get_task_data (G_TASK (result)), _("Arrange"));
}

LeydenEdit *
leyden_flow_make_room (LeydenFlow      *flow,
                       LeydenNodeTypes *types,
                       const char      *pinned)
{
  LeydenLayoutOptions options = LEYDEN_LAYOUT_OPTIONS_DEFAULT;
  Arrangement *self;
  g_autofree LeydenLayoutBox *boxes = NULL;
  g_autofree LeydenLayoutPoint *before = NULL;
  g_autofree LeydenLayoutPoint *after = NULL;
  LeydenEdit *edit;
  guint n = 0, fixed = NONE;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);

  options.part = TRUE;
  self = arrangement_new (flow, types, NULL);
  boxes = g_new (LeydenLayoutBox, self->items->len + 1);
  before = g_new (LeydenLayoutPoint, self->items->len + 1);
  after = g_new (LeydenLayoutPoint, self->items->len + 1);
  for (guint i = 0; i < self->items->len; i++)
    {
      Item *item = get_item (self, i);

      item->after = item->before;
      item->size = item->box;
      if (item->is_frame)
        continue;
      if (g_strcmp0 (item->id, pinned) == 0)
        fixed = n;
      boxes[n] = item->box;
      before[n++] = item->before;
    }
  leyden_layout_adjust (boxes, n, (const LeydenLayoutWire *) (gpointer) self->wires->data, self->wires->len, before, fixed, &options, after);
  for (guint i = 0; i < n; i++)
    get_item (self, i)->after = (LeydenLayoutPoint) { round (after[i].x), round (after[i].y) };
  /* Notes and the points of wires stay. */
  g_array_set_size (self->notes, 0);
  g_ptr_array_set_size (self->led, 0);
  edit = make_edit (self, _("Make Room"));
  arrangement_free (self);
  return edit;
}

guint
leyden_flow_arrange (LeydenFlow      *flow,
                     LeydenNodeTypes *types)
{
  Arrangement *self = arrangement_new (flow, types, NULL);
  g_autoptr(LeydenEdit) edit = NULL;
  g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GError) error = NULL;
  guint n_moved = 0;

  if (arrange (self, NULL, NULL))
    {
      edit = make_edit (self, _("Arrange"));
      for (guint i = 0; i < self->items->len; i++)
        n_moved += !get_item (self, i)->is_frame && has_moved (get_item (self, i));
      /* The nodes themselves go when the edit, or one of a body, is applied. */
      for (guint i = 0; i < self->items->len && !get_item (self, i)->is_frame; i++)
        g_ptr_array_add (ids, g_strdup (get_item (self, i)->id));
      if (leyden_edit_get_n_changes (edit) > 0 && !leyden_flow_apply (leyden_flow_get_root (flow), edit, &error))
        g_critical ("%s", error->message);
    }
  arrangement_free (self);
  for (guint i = 0; i < ids->len; i++)
    {
      LeydenFlow *body = leyden_flow_get_body (flow, g_ptr_array_index (ids, i));

      if (body != NULL)
        n_moved += leyden_flow_arrange (body, types);
    }
  return n_moved;
}
