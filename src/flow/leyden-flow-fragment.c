/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-edit.h"

#include <glib/gi18n-lib.h>
#include "leyden-edge-points.h"
#include "leyden-flow-private.h"
#include "leyden-text.h"

/* Parts of a flow on their way to the clipboard and back. */

#define FRAGMENT_FORMAT 1
#define MAX_PARTS 20000

static const LeydenElementKind kinds[] = {
  LEYDEN_ELEMENT_NODE, LEYDEN_ELEMENT_EDGE, LEYDEN_ELEMENT_FRAME, LEYDEN_ELEMENT_NOTE,
};

/* Everything that looks like a key is masked: what is copied goes to other programs. */
static LeydenValue *
without_secrets (LeydenValue *value)
{
  LeydenValueKind kind = leyden_value_get_kind (value);
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  gboolean changed = FALSE;

  if (kind == LEYDEN_VALUE_STRING)
    {
      gsize length;
      const char *text = leyden_value_get_string (value, &length);
      g_autofree char *masked = leyden_text_mask_secrets (text, (gssize) length);

      return masked != NULL ? leyden_value_new_string (masked, -1) : leyden_value_ref (value);
    }
  if (kind != LEYDEN_VALUE_LIST && kind != LEYDEN_VALUE_OBJECT)
    return leyden_value_ref (value);
  if (kind == LEYDEN_VALUE_OBJECT)
    leyden_value_builder_begin_object (&builder);
  else
    leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    {
      LeydenValue *item = leyden_value_get_item (value, i);
      LeydenValue *clean = without_secrets (item);

      changed = changed || clean != item;
      if (kind == LEYDEN_VALUE_OBJECT)
        leyden_value_builder_key (&builder, leyden_value_get_key (value, i));
      leyden_value_builder_take (&builder, clean);
    }
  leyden_value_builder_end (&builder);
  if (changed)
    return leyden_value_builder_end_value (&builder);
  return leyden_value_ref (value);
}

/* Pinned outputs are values of runs, not of the flow: they go nowhere without being asked for. @value: a node. */
static LeydenValue *
without_pins (LeydenValue *value)
{
  g_autoptr(LeydenValue) bare = leyden_value_get_member (value, "pin") != NULL ? leyden_value_with_member (value, "pin", NULL) : leyden_value_ref (value);
  LeydenValue *body = leyden_value_get_member (bare, "flow");
  LeydenValue *nodes = leyden_value_get_member (body, "nodes");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(LeydenValue) flow = NULL;

  if (leyden_value_get_kind (nodes) != LEYDEN_VALUE_LIST)
    return g_steal_pointer (&bare);
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    leyden_value_builder_take (&b, without_pins (leyden_value_get_item (nodes, i)));
  leyden_value_builder_end (&b);
  list = leyden_value_builder_end_value (&b);
  flow = leyden_value_with_member (body, "nodes", list);
  return leyden_value_with_member (bare, "flow", flow);
}

static LeydenValue *
make_copy (LeydenElement *element)
{
  g_autoptr(LeydenValue) bare = element->kind == LEYDEN_ELEMENT_NODE ? without_pins (element->value) : leyden_value_ref (element->value);

  return without_secrets (bare);
}

static void
add_parts (LeydenValueBuilder *builder,
           LeydenElementKind   kind,
           GPtrArray          *parts)
{
  leyden_value_builder_key (builder, leyden_element_kind_get_list (kind));
  leyden_value_builder_begin_list (builder);
  for (guint i = 0; i < parts->len; i++)
    leyden_value_builder_take (builder, make_copy (g_ptr_array_index (parts, i)));
  leyden_value_builder_end (builder);
}

/* The wires at the nodes, each once; the ones that leave the selection too, so that they can be counted. */
static GPtrArray *
collect_edges (LeydenFlow *self,
               GPtrArray  *nodes)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
  GPtrArray *edges = g_ptr_array_new ();

  for (guint i = 0; i < nodes->len; i++)
    {
      const char *id = ((LeydenElement *) g_ptr_array_index (nodes, i))->id;
      g_autoptr(GPtrArray) in = leyden_flow_list_edges_in (self, id, NULL);
      g_autoptr(GPtrArray) out = leyden_flow_list_edges_out (self, id, NULL);

      for (guint k = 0; k < in->len + out->len; k++)
        {
          gpointer edge = k < in->len ? g_ptr_array_index (in, k) : g_ptr_array_index (out, k - in->len);

          if (g_hash_table_add (seen, edge))
            g_ptr_array_add (edges, edge);
        }
    }
  return edges;
}

LeydenValue *
leyden_flow_copy_fragment (LeydenFlow         *flow,
                           const char * const *ids)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (ids != NULL, NULL);

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_int (&builder, "leyden_fragment", FRAGMENT_FORMAT);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr(GPtrArray) parts = g_ptr_array_new ();

      if (kinds[i] == LEYDEN_ELEMENT_EDGE)
        continue;
      for (guint k = 0; ids[k] != NULL; k++)
        {
          LeydenElement *element = leyden_flow_get_element (flow, kinds[i], ids[k]);

          if (element != NULL)
            g_ptr_array_add (parts, element);
        }
      add_parts (&builder, kinds[i], parts);
      if (kinds[i] == LEYDEN_ELEMENT_NODE)
        {
          g_autoptr(GPtrArray) edges = collect_edges (flow, parts);

          add_parts (&builder, LEYDEN_ELEMENT_EDGE, edges);
        }
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

typedef struct
{
  LeydenFlow  *flow;
  LeydenEdit  *edit;
  float        dx;
  float        dy;
  GHashTable  *ids;             /* old node id → new one */
  GHashTable  *taken;           /* ids given in this paste */
  GPtrArray   *list;            /* new ids but those of wires */
  guint        n_dropped;
} LeydenPaste;

static char *
new_id (LeydenPaste *self)
{
  char *id = leyden_flow_new_element_id (self->flow);

  while (g_hash_table_contains (self->taken, id))
    {
      g_free (id);
      id = leyden_flow_new_element_id (self->flow);
    }
  g_hash_table_add (self->taken, g_strdup (id));
  return id;
}

static LeydenValue *
with_text (LeydenValue *value,
           const char  *key,
           const char  *text)
{
  g_autoptr(LeydenValue) member = leyden_value_new_string (text, -1);

  return leyden_value_with_member (value, key, member);
}

static LeydenValue *
moved (LeydenPaste *self,
       LeydenValue *value)
{
  LeydenValue *position = leyden_value_get_member (value, "position");
  double x = leyden_value_get_member_double (position, "x", 0);
  double y = leyden_value_get_member_double (position, "y", 0);
  const double limit = LEYDEN_FLOW_MAX_COORDINATE;
  g_autoptr(LeydenValue) left = leyden_value_new_double (CLAMP (x + (double) self->dx, -limit, limit));
  g_autoptr(LeydenValue) top = leyden_value_new_double (CLAMP (y + (double) self->dy, -limit, limit));
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) result = NULL;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set (&builder, "x", left);
  leyden_value_builder_set (&builder, "y", top);
  for (guint i = 0; i < leyden_value_get_size (position); i++)
    {
      const char *key = leyden_value_get_key (position, i);

      if (!g_str_equal (key, "x") && !g_str_equal (key, "y"))
        leyden_value_builder_set (&builder, key, leyden_value_get_item (position, i));
    }
  leyden_value_builder_end (&builder);
  result = leyden_value_builder_end_value (&builder);
  return leyden_value_with_member (value, "position", result);
}

static void
paste_part (LeydenPaste   *self,
            LeydenElement *element)
{
  g_autofree char *id = new_id (self);
  g_autoptr(LeydenValue) named = with_text (element->value, "id", id);
  g_autoptr(LeydenValue) value = moved (self, named);

  leyden_edit_add (self->edit, element->kind, id, NULL, value);
  g_ptr_array_add (self->list, g_strdup (id));
  if (element->kind == LEYDEN_ELEMENT_NODE && !g_hash_table_contains (self->ids, element->id))
    g_hash_table_insert (self->ids, g_strdup (element->id), g_strdup (id));
}

static void
paste_edge (LeydenPaste *self,
            LeydenEdge  *edge)
{
  const char *source = g_hash_table_lookup (self->ids, edge->source);
  const char *target = g_hash_table_lookup (self->ids, edge->target);
  g_autofree char *id = NULL;
  g_autoptr(LeydenValue) moved_points = NULL;
  g_autoptr(LeydenValue) named = NULL;
  g_autoptr(LeydenValue) from = NULL;
  g_autoptr(LeydenValue) value = NULL;

  if (source == NULL || target == NULL)
    {
      self->n_dropped++;
      return;
    }
  id = new_id (self);
  moved_points = leyden_edge_move_points (edge, self->dx, self->dy);
  named = with_text (moved_points, "id", id);
  from = with_text (named, "source", source);
  value = with_text (from, "target", target);
  leyden_edit_add (self->edit, LEYDEN_ELEMENT_EDGE, id, NULL, value);
}

static gboolean
paste_list (LeydenPaste        *self,
            LeydenElementKind   kind,
            LeydenValue        *list,
            GError            **error)
{
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      g_autofree char *pointer = NULL;
      LeydenElement *element = leyden_element_new (kind, leyden_value_get_item (list, i), NULL, &pointer, error);

      if (element == NULL)
        {
          g_prefix_error (error, "/%s/%u%s: ", leyden_element_kind_get_list (kind), i, pointer != NULL ? pointer : "");
          return FALSE;
        }
      if (kind == LEYDEN_ELEMENT_EDGE)
        paste_edge (self, (LeydenEdge *) element);
      else
        paste_part (self, element);
      leyden_element_unref (element);
    }
  return TRUE;
}

static gboolean
check_fragment (LeydenValue  *fragment,
                GError      **error)
{
  guint n = 0;

  if (leyden_value_get_member_int (fragment, "leyden_fragment", 0) != FRAGMENT_FORMAT)
    {
      g_set_error_literal (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FORMAT, _("This is not a Leyden fragment."));
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const char *key = leyden_element_kind_get_list (kinds[i]);
      LeydenValue *list = leyden_value_get_member (fragment, key);

      if (list != NULL && leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
        {
          g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FORMAT, _("/%s: must be a list"), key);
          return FALSE;
        }
      n += leyden_value_get_size (list);
    }
  if (n > MAX_PARTS)
    {
      g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_LIMIT, _("%u parts at once are too many (%d)."), n, MAX_PARTS);
      return FALSE;
    }
  return TRUE;
}

LeydenEdit *
leyden_flow_paste_fragment (LeydenFlow   *flow,
                            LeydenValue  *fragment,
                            float         dx,
                            float         dy,
                            guint        *n_dropped,
                            char       ***ids,
                            GError      **error)
{
  static const LeydenElementKind order[] = {
    LEYDEN_ELEMENT_NODE, LEYDEN_ELEMENT_FRAME, LEYDEN_ELEMENT_NOTE, LEYDEN_ELEMENT_EDGE,
  };
  g_autoptr(LeydenEdit) edit = NULL;
  g_autoptr(GHashTable) map = NULL;
  g_autoptr(GHashTable) taken = NULL;
  g_autoptr(GPtrArray) list = NULL;
  LeydenPaste self;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);

  if (!check_fragment (fragment, error))
    return NULL;
  edit = leyden_edit_new (_("Paste"));
  map = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  list = g_ptr_array_new_with_free_func (g_free);
  self = (LeydenPaste) { .flow = flow, .edit = edit, .dx = dx, .dy = dy, .ids = map, .taken = taken, .list = list };
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    if (!paste_list (&self, order[i], leyden_value_get_member (fragment, leyden_element_kind_get_list (order[i])), error))
      return NULL;
  if (n_dropped != NULL)
    *n_dropped = self.n_dropped;
  if (ids != NULL)
    {
      g_ptr_array_add (list, NULL);
      *ids = (char **) g_ptr_array_free (g_steal_pointer (&list), FALSE);
    }
  return g_steal_pointer (&edit);
}
