/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random-edits.h"

#include <stdlib.h>

#include "leyden-flow-private.h"
#include "leyden-json.h"
#include "leyden-random.h"

/* A flow stays between these, so that there is always something to change. */
#define FEW_NODES 10
#define MANY_NODES 60
/* Actions of one block may join, those of two may not: a test may save between blocks. */
#define BLOCK 97
#define ACTION_NS (G_GINT64_CONSTANT (300) * 1000 * 1000)

typedef struct
{
  LeydenRandom  random;
  LeydenFlow   *flow;           /* that it is made in: the whole or a body */
  LeydenEdit   *edit;
  guint         index;
  guint         n_ids;
} Maker;

static guint
below (Maker *self,
       guint  n)
{
  return (guint) leyden_random_below (&self->random, n);
}

static char *
new_id (Maker *self)
{
  return g_strdup_printf ("e%u-%u", self->index, self->n_ids++);
}

static LeydenValue *
parse (const char *json)
{
  GError *error = NULL;
  LeydenValue *value = leyden_json_parse (json, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static LeydenValue *
make_value (Maker *self)
{
  static const char * const values[] = {
    "null", "true", "-7", "0.1", "1e300", "1234567890123456789", "\"\"", "\"a \\\"quote\\\" \\u00e4\\n\\ud83d\\ude00\"", "[]", "{}",
    "[1,[2,{\"a\":3}],\"four\"]", "{\"b\":1,\"a\":{\"c\":[null]}}", "{\"secret\":\"openai\"}",
  };

  return parse (values[below (self, G_N_ELEMENTS (values))]);
}

static const char *
node_id (gpointer node)
{
  return leyden_node_get_id (node);
}

static const char *
edge_id (gpointer edge)
{
  return leyden_edge_get_id (edge);
}

static const char *
frame_id (gpointer frame)
{
  return leyden_frame_get_id (frame);
}

static const char *
note_id (gpointer note)
{
  return leyden_note_get_id (note);
}

static const struct
{
  GPtrArray  *(*list) (LeydenFlow *flow);
  const char *(*id) (gpointer element);
} elements[] = {
  [LEYDEN_ELEMENT_NODE] = { leyden_flow_list_nodes, node_id },
  [LEYDEN_ELEMENT_EDGE] = { leyden_flow_list_edges, edge_id },
  [LEYDEN_ELEMENT_FRAME] = { leyden_flow_list_frames, frame_id },
  [LEYDEN_ELEMENT_NOTE] = { leyden_flow_list_notes, note_id },
};

/* Id of one of them, NULL where there is none. (transfer full) */
static char *
pick (Maker             *self,
      LeydenElementKind  kind)
{
  g_autoptr(GPtrArray) list = elements[kind].list (self->flow);

  return list->len > 0 ? g_strdup (elements[kind].id (g_ptr_array_index (list, below (self, list->len)))) : NULL;
}

static void
set (Maker              *self,
     LeydenElementKind   kind,
     const char         *id,
     const char * const *path,
     LeydenValue        *value)
{
  g_auto(GStrv) scope = leyden_flow_dup_scope (self->flow);

  leyden_edit_add_in (self->edit, (const char * const *) scope, kind, id, path, value);
  g_clear_pointer (&value, leyden_value_unref);
}

#define PATH(...) ((const char * const[]) { __VA_ARGS__, NULL })

static void
add_node (Maker *self)
{
  g_autofree char *id = new_id (self);
  g_autofree char *json = g_strdup_printf ("{\"id\":\"%s\",\"type\":\"t%u\",\"position\":{\"x\":%u,\"y\":-%u,\"x-z\":1},\"x-kept\":[{}]}", id,
                                           below (self, 4), below (self, 5000), below (self, 5000));

  set (self, LEYDEN_ELEMENT_NODE, id, NULL, parse (json));
}

static void
add_container (Maker *self)
{
  g_autofree char *id = new_id (self);
  g_autofree char *json = g_strdup_printf ("{\"id\":\"%s\",\"type\":\"map\",\"flow\":{\"nodes\":[{\"id\":\"z\",\"type\":\"output\"},"
                                           "{\"id\":\"a\",\"type\":\"input\"}],\"edges\":[],\"x-body\":true}}", id);

  set (self, LEYDEN_ELEMENT_NODE, id, NULL, parse (json));
}

static void
remove_one_node (Maker *self)
{
  g_autofree char *id = pick (self, LEYDEN_ELEMENT_NODE);
  g_auto(GStrv) scope = leyden_flow_dup_scope (self->flow);

  if (id == NULL)
    return;
  leyden_edit_remove_node (self->edit, self->flow, id);
  leyden_edit_set_scope (self->edit, (const char * const *) scope);
}

static void
move_nodes (Maker *self)
{
  guint n = below (self, 3) == 0 ? 12 : 1;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = pick (self, LEYDEN_ELEMENT_NODE);

      if (id == NULL)
        return;
      set (self, LEYDEN_ELEMENT_NODE, id, PATH ("position", "x"), leyden_value_new_double (below (self, 100000) / 100.0));
      set (self, LEYDEN_ELEMENT_NODE, id, PATH ("position", "y"), leyden_value_new_double (below (self, 100000) / -100.0));
    }
}

static void
set_parameter (Maker *self)
{
  static const char * const names[] = { "prompt", "model", "", "a/b~c", "deep" };
  const char *name = names[below (self, G_N_ELEMENTS (names))];
  g_autofree char *id = pick (self, LEYDEN_ELEMENT_NODE);

  if (id == NULL)
    return;
  if (below (self, 4) == 0)
    set (self, LEYDEN_ELEMENT_NODE, id, PATH ("parameters", name), NULL);
  else
    set (self, LEYDEN_ELEMENT_NODE, id, PATH ("parameters", name), make_value (self));
}

/* Paths that are not there are made; an item of a list is replaced, added or taken out. */
static void
set_deep (Maker *self)
{
  g_autofree char *id = pick (self, LEYDEN_ELEMENT_NODE);
  LeydenValue *list;
  g_autofree char *item = NULL;
  guint length;

  if (id == NULL)
    return;
  list = leyden_node_get_parameter (leyden_flow_get_node (self->flow, id), "list");
  if (list == NULL || leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    {
      set (self, LEYDEN_ELEMENT_NODE, id, PATH ("parameters", "list"), parse ("[1,{\"two\":2},3]"));
      set (self, LEYDEN_ELEMENT_NODE, id, PATH ("x-new", "one", "two"), make_value (self));
      return;
    }
  length = leyden_value_get_size (list);
  item = g_strdup_printf ("%u", below (self, length + 1));
  if (below (self, 3) == 0 && atoi (item) < (int) length)
    set (self, LEYDEN_ELEMENT_NODE, id, PATH ("parameters", "list", item), NULL);
  else
    set (self, LEYDEN_ELEMENT_NODE, id, PATH ("parameters", "list", item), make_value (self));
}

/* Several letters of one word: one step of the history. */
static void
type_title (Maker *self)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (self->flow);
  g_autofree char *title = g_strdup_printf ("Title %u", self->index);
  g_autofree char *key = NULL;
  const char *id;

  if (nodes->len == 0)
    return;
  id = leyden_node_get_id (g_ptr_array_index (nodes, self->index / 8 % nodes->len));
  key = g_strdup_printf ("title-%s-%u", id, self->index / BLOCK);
  set (self, LEYDEN_ELEMENT_NODE, id, PATH ("title"), leyden_value_new_string (title, -1));
  leyden_edit_set_merge_key (self->edit, key);
}

static void
set_node_form (Maker *self)
{
  g_autofree char *id = pick (self, LEYDEN_ELEMENT_NODE);

  if (id == NULL)
    return;
  set (self, LEYDEN_ELEMENT_NODE, id, PATH ("trainable"), parse ("[\"prompt\",{\"name\":\"model\",\"domain\":[\"a\",\"b\"],\"locked\":true}]"));
  set (self, LEYDEN_ELEMENT_NODE, id, PATH ("retry"), below (self, 2) == 0 ? parse ("{\"max\":3}") : NULL);
  set (self, LEYDEN_ELEMENT_NODE, id, PATH ("disabled"), leyden_value_new_boolean (below (self, 2) == 0));
}

static void
add_edge (Maker *self)
{
  g_autofree char *id = new_id (self);
  g_autofree char *source = pick (self, LEYDEN_ELEMENT_NODE);
  g_autofree char *target = pick (self, LEYDEN_ELEMENT_NODE);
  g_autofree char *json = NULL;

  if (source == NULL)
    return;
  json = g_strdup_printf ("{\"id\":\"%s\",\"source\":\"%s\",\"source_port\":\"out\",\"target\":\"%s\",\"target_port\":\"in\",\"x-way\":[]}",
                          id, source, target);
  set (self, LEYDEN_ELEMENT_EDGE, id, NULL, parse (json));
}

static void
change_edge (Maker *self)
{
  g_autofree char *id = pick (self, LEYDEN_ELEMENT_EDGE);

  if (id == NULL)
    add_edge (self);
  else if (below (self, 2) == 0)
    set (self, LEYDEN_ELEMENT_EDGE, id, NULL, NULL);
  else
    set (self, LEYDEN_ELEMENT_EDGE, id, PATH ("target_port"), leyden_value_new_string ("other", -1));
}

static void
change_area (Maker             *self,
             LeydenElementKind  kind)
{
  const char *text = kind == LEYDEN_ELEMENT_FRAME ? "title" : "text";
  g_autofree char *id = pick (self, kind);
  g_autofree char *json = NULL;

  if (id == NULL || below (self, 4) == 0)
    {
      g_free (id);
      id = new_id (self);
      json = g_strdup_printf ("{\"id\":\"%s\",\"%s\":\"Text %u\",\"position\":{\"x\":1,\"y\":2},\"size\":{\"width\":300,\"height\":200}}", id,
                              text, self->index);
      set (self, kind, id, NULL, parse (json));
      return;
    }
  switch (below (self, 4))
    {
    case 0:
      set (self, kind, id, PATH (text), leyden_value_new_string ("**bold** `code`", -1));
      break;
    case 1:
      set (self, kind, id, PATH ("color"), below (self, 2) == 0 ? leyden_value_new_string ("blue", -1) : NULL);
      break;
    case 2:
      set (self, kind, id, PATH ("size", "width"), leyden_value_new_int (100 + below (self, 500)));
      break;
    default:
      set (self, kind, id, NULL, NULL);
      break;
    }
}

static void
set_property (Maker *self)
{
  g_autofree char *text = g_strdup_printf ("About %u", self->index);

  if (leyden_flow_is_body (self->flow))
    {
      set (self, LEYDEN_ELEMENT_FLOW, "", PATH ("view"), parse ("{\"x\":1,\"y\":2,\"zoom\":0.5}"));
      return;
    }
  switch (below (self, 4))
    {
    case 0:
      set (self, LEYDEN_ELEMENT_FLOW, "", PATH ("title"), leyden_value_new_string (text, -1));
      break;
    case 1:
      set (self, LEYDEN_ELEMENT_FLOW, "", PATH ("description"), below (self, 3) == 0 ? NULL : leyden_value_new_string (text, -1));
      break;
    case 2:
      set (self, LEYDEN_ELEMENT_FLOW, "", PATH ("x-own", "thing"), make_value (self));
      break;
    default:
      set (self, LEYDEN_ELEMENT_FLOW, "", PATH ("x-own"), NULL);
      break;
    }
}

static void
paste (Maker *self)
{
  g_autoptr(GPtrArray) list = leyden_flow_list_nodes (self->flow);
  g_autoptr(GPtrArray) ids = g_ptr_array_new ();
  g_autoptr(LeydenValue) fragment = NULL;
  g_auto(GStrv) scope = leyden_flow_dup_scope (self->flow);
  guint n_dropped;

  for (guint i = 0; i < MIN (list->len, 3); i++)
    g_ptr_array_add (ids, (char *) leyden_node_get_id (g_ptr_array_index (list, below (self, list->len))));
  g_ptr_array_add (ids, NULL);
  fragment = leyden_flow_copy_fragment (self->flow, (const char * const *) ids->pdata);
  leyden_flow_set_id_seed (leyden_flow_get_root (self->flow), self->index + 1);
  leyden_flow_set_id_seed (self->flow, self->index + 1);
  leyden_edit_unref (self->edit);
  self->edit = leyden_flow_paste_fragment (self->flow, fragment, 40, 40, &n_dropped, NULL, NULL);
  g_assert_nonnull (self->edit);
  leyden_edit_set_scope (self->edit, (const char * const *) scope);
}

/* One step in several bodies at once. */
static void
change_both (Maker *self)
{
  LeydenFlow *body = self->flow;

  add_node (self);
  self->flow = leyden_flow_get_root (body);
  set_property (self);
  move_nodes (self);
  add_edge (self);
  self->flow = body;
  add_edge (self);
}

/* The whole flow, or the body of one of the first containers, or what stands in that. */
static LeydenFlow *
pick_flow (Maker      *self,
           LeydenFlow *flow)
{
  g_autoptr(GPtrArray) bodies = g_ptr_array_new ();
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);

  for (guint i = 0; i < nodes->len; i++)
    if (leyden_node_get_body (g_ptr_array_index (nodes, i)) != NULL)
      g_ptr_array_add (bodies, leyden_flow_get_body (flow, leyden_node_get_id (g_ptr_array_index (nodes, i))));
  if (bodies->len == 0 || below (self, 5) < 3)
    return flow;
  return pick_flow (self, g_ptr_array_index (bodies, below (self, bodies->len)));
}

static guint
count_depth (LeydenFlow *flow)
{
  g_auto(GStrv) scope = leyden_flow_dup_scope (flow);

  return g_strv_length (scope);
}

static void
fill (Maker *self)
{
  guint n = leyden_flow_get_n_nodes (self->flow);

  if (n < FEW_NODES && below (self, 2) == 0)
    add_node (self);
  else if (n > MANY_NODES)
    remove_one_node (self);
  else
    switch (below (self, 24))
      {
      case 0: case 1:
        add_node (self);
        break;
      case 2:
        if (count_depth (self->flow) < 3)
          add_container (self);
        break;
      case 3:
        remove_one_node (self);
        break;
      case 4: case 5:
        move_nodes (self);
        break;
      case 6: case 7:
        set_parameter (self);
        break;
      case 8: case 9:
        set_deep (self);
        break;
      case 10:
        set_node_form (self);
        break;
      case 11: case 12:
        add_edge (self);
        break;
      case 13:
        change_edge (self);
        break;
      case 14: case 15:
        change_area (self, LEYDEN_ELEMENT_FRAME);
        break;
      case 16: case 17:
        change_area (self, LEYDEN_ELEMENT_NOTE);
        break;
      case 18:
        set_property (self);
        break;
      case 19:
        paste (self);
        break;
      case 20:
        change_both (self);
        break;
      default:
        type_title (self);
        break;
      }
}

static void
start (Maker          *self,
       LeydenDocument *document,
       guint64         seed,
       guint           index)
{
  g_autofree char *label = g_strdup_printf ("%u", index);

  leyden_random_substream (&self->random, seed, PATH (label));
  self->index = index;
  self->n_ids = 0;
  self->edit = NULL;
  self->flow = leyden_document_get_flow (document);
}

/* Written and read back, with the time of its place in the stream. */
static LeydenEdit *
finish (Maker *self)
{
  g_autoptr(LeydenValue) value = leyden_edit_to_value (self->edit);
  g_autoptr(LeydenValue) time = leyden_value_new_int (G_GINT64_CONSTANT (1700000000000000000) + self->index * ACTION_NS);
  g_autoptr(LeydenValue) timed = leyden_value_with_member (value, "time", time);
  g_autoptr(GError) error = NULL;
  LeydenEdit *edit = leyden_edit_from_value (timed, &error);

  g_assert_no_error (error);
  leyden_edit_unref (self->edit);
  return edit;
}

static LeydenEdit *
make (Maker *self)
{
  g_autofree char *label = g_strdup_printf ("Edit %u", self->index);

  self->edit = leyden_edit_new (label);
  self->flow = pick_flow (self, self->flow);
  fill (self);
  /* Nothing there to do it to. */
  if (leyden_edit_get_n_changes (self->edit) == 0)
    add_node (self);
  return finish (self);
}

LeydenEdit *
random_edit (LeydenDocument *document,
             guint64         seed,
             guint           index)
{
  Maker self;

  start (&self, document, seed, index);
  return make (&self);
}

void
random_action (LeydenDocument *document,
               guint64         seed,
               guint           index)
{
  g_autoptr(GError) error = NULL;
  Maker self;
  guint choice;

  start (&self, document, seed, index);
  choice = below (&self, 20);
  if (choice < 3 && leyden_document_can_undo (document))
    leyden_document_undo (document, &error);
  else if (choice < 5 && leyden_document_can_redo (document))
    leyden_document_redo (document, &error);
  else
    leyden_document_edit (document, make (&self), &error);
  g_assert_no_error (error);
}
