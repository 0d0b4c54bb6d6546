/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-flow.h"

#include <string.h>
#include "leyden-edit-private.h"
#include "leyden-flow-private.h"

/*
 * Bodies of containers. What counts is the value in the container's `flow`; a LeydenFlow over it is made when somebody asks, and
 * after each edit of it the value is written anew, up to the whole flow. A value that comes from elsewhere (an undo that brings the
 * container back, a merge) makes the object an orphan, and the next one who asks gets another.
 */

const char * const leyden_flow_body_keys[] = { "view", "nodes", "edges", "frames", "notes", NULL };

static const LeydenElementKind list_kinds[] = {
  LEYDEN_ELEMENT_NODE, LEYDEN_ELEMENT_EDGE, LEYDEN_ELEMENT_FRAME, LEYDEN_ELEMENT_NOTE,
};

/* Values */

static int
compare_ids (gconstpointer a,
             gconstpointer b)
{
  LeydenValue *first = *(LeydenValue * const *) a;
  LeydenValue *second = *(LeydenValue * const *) b;

  return strcmp (leyden_value_get_member_string (first, "id", ""), leyden_value_get_member_string (second, "id", ""));
}

/* The list sorted by id, its elements canonical; the same value when it is so already. */
static LeydenValue *
canonical_list (LeydenElementKind  kind,
                LeydenValue       *list)
{
  guint n = leyden_value_get_size (list);
  g_autoptr(GPtrArray) items = g_ptr_array_new_full (n, (GDestroyNotify) leyden_value_unref);
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  gboolean same = list != NULL;

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (items, leyden_element_canonical (kind, leyden_value_get_item (list, i)));
  /* Stable: of two with one id the first stays so. */
  g_ptr_array_sort (items, compare_ids);
  for (guint i = 0; i < n && same; i++)
    same = g_ptr_array_index (items, i) == leyden_value_get_item (list, i);
  if (same)
    return leyden_value_ref (list);
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < n; i++)
    leyden_value_builder_add (&builder, g_ptr_array_index (items, i));
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

LeydenValue *
leyden_body_canonical (LeydenValue *body)
{
  LeydenValue *result = leyden_value_ref (body);
  LeydenValue *ordered;

  for (guint i = 0; i < G_N_ELEMENTS (list_kinds); i++)
    {
      const char *key = leyden_element_kind_get_list (list_kinds[i]);
      LeydenValue *list = leyden_value_get_member (result, key);
      g_autoptr(LeydenValue) canonical = NULL;
      LeydenValue *changed;

      if (list == NULL && list_kinds[i] != LEYDEN_ELEMENT_NODE && list_kinds[i] != LEYDEN_ELEMENT_EDGE)
        continue;
      canonical = canonical_list (list_kinds[i], list);
      if (canonical == list)
        continue;
      changed = leyden_value_with_member (result, key, canonical);
      leyden_value_unref (result);
      result = changed;
    }
  ordered = leyden_flow_order_keys (result, leyden_flow_body_keys);
  leyden_value_unref (result);
  return ordered;
}

guint
leyden_body_count_nodes (LeydenValue *body)
{
  LeydenValue *nodes = leyden_value_get_member (body, "nodes");
  guint n = leyden_value_get_kind (nodes) == LEYDEN_VALUE_LIST ? leyden_value_get_size (nodes) : 0;
  guint total = n;

  for (guint i = 0; i < n; i++)
    total += leyden_body_count_nodes (leyden_value_get_member (leyden_value_get_item (nodes, i), "flow"));
  return total;
}

GPtrArray *
leyden_body_list_ends (LeydenValue *body)
{
  LeydenValue *nodes = leyden_value_get_member (body, "nodes");
  GPtrArray *ends = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_element_unref);

  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *node = leyden_value_get_item (nodes, i);
      const char *type = leyden_value_get_member_string (node, "type", "");

      if (g_str_equal (type, "input") || g_str_equal (type, "output"))
        g_ptr_array_add (ends, leyden_element_new (LEYDEN_ELEMENT_NODE, node, NULL, NULL, NULL));
    }
  return ends;
}

/* Objects */

static LeydenValue *
body_to_value (LeydenFlow *self)
{
  g_autoptr(LeydenValue) value = leyden_flow_to_value (self);

  return leyden_flow_order_keys (value, leyden_flow_body_keys);
}

LeydenFlow *
leyden_flow_get_body (LeydenFlow *self,
                      const char *node)
{
  LeydenNode *container;
  LeydenValue *value;
  LeydenFlow *body;
  g_autofree char *pointer = NULL;

  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  g_return_val_if_fail (node != NULL, NULL);

  container = leyden_flow_get_node (self, node);
  value = container != NULL ? leyden_node_get_body (container) : NULL;
  if (value == NULL)
    return NULL;
  body = leyden_flow_get_bodies (self) != NULL ? g_hash_table_lookup (leyden_flow_get_bodies (self), node) : NULL;
  if (body != NULL)
    return body;
  body = g_object_new (LEYDEN_TYPE_FLOW, NULL);
  leyden_flow_set_parent (body, self, node);
  leyden_flow_set_synced (body, value);
  /* Whether it can be read was found out when the container was. */
  if (!leyden_flow_read_elements (body, value, &pointer, NULL))
    g_assert_not_reached ();
  leyden_flow_take_body (self, node, body);
  return body;
}

LeydenFlow *
leyden_flow_find_body (LeydenFlow         *self,
                       const char * const *scope)
{
  LeydenFlow *flow = self;

  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);

  for (guint i = 0; scope != NULL && scope[i] != NULL && flow != NULL; i++)
    flow = leyden_flow_get_body (flow, scope[i]);
  return flow;
}

LeydenFlow *
leyden_flow_get_root (LeydenFlow *self)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);

  while (leyden_flow_get_parent (self) != NULL)
    self = leyden_flow_get_parent (self);
  return self;
}

gboolean
leyden_flow_is_orphan (LeydenFlow *self)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (self), FALSE);
  return leyden_flow_is_body (leyden_flow_get_root (self));
}

char **
leyden_flow_dup_scope (LeydenFlow *self)
{
  g_autoptr(GPtrArray) ids = g_ptr_array_new ();

  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);

  for (LeydenFlow *at = self; at != NULL && leyden_flow_is_body (at); at = leyden_flow_get_parent (at))
    g_ptr_array_insert (ids, 0, g_strdup (leyden_flow_get_container (at)));
  g_ptr_array_add (ids, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
}

char *
leyden_flow_join_path (const char * const *scope,
                       const char         *id)
{
  GString *path = g_string_new (NULL);

  for (guint i = 0; scope != NULL && scope[i] != NULL; i++)
    g_string_append_printf (path, "%s/", scope[i]);
  g_string_append (path, id);
  return g_string_free (path, FALSE);
}

char *
leyden_node_path_collapse (const char *path)
{
  GString *collapsed = g_string_new (NULL);

  g_return_val_if_fail (path != NULL, NULL);

  for (const char *at = path; *at != '\0'; at++)
    {
      gsize digits = *at == '[' ? strspn (at + 1, "0123456789") : 0;

      if (digits > 0 && at[digits + 1] == ']' && at[digits + 2] == '/')
        at += digits + 1;
      else
        g_string_append_c (collapsed, *at);
    }
  return g_string_free (collapsed, FALSE);
}

static LeydenNode *
find_path (LeydenFlow *self,
           const char *path,
           GPtrArray  *scope)
{
  LeydenNode *node = leyden_flow_get_node (self, path);

  if (node != NULL)
    return node;
  for (const char *slash = strchr (path, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      g_autofree char *id = g_strndup (path, (gsize) (slash - path));
      LeydenFlow *body = leyden_flow_get_body (self, id);

      if (body == NULL)
        continue;
      g_ptr_array_add (scope, g_strdup (id));
      node = find_path (body, slash + 1, scope);
      if (node != NULL)
        return node;
      g_ptr_array_set_size (scope, (int) scope->len - 1);
    }
  return NULL;
}

LeydenNode *
leyden_flow_find_path (LeydenFlow   *self,
                       const char   *path,
                       char       ***scope)
{
  g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  LeydenNode *node;

  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  node = find_path (self, path, ids);
  if (node != NULL && scope != NULL)
    {
      g_ptr_array_add (ids, NULL);
      *scope = (char **) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
    }
  return node;
}

guint
leyden_flow_count_nodes (LeydenFlow *self)
{
  g_autoptr(GPtrArray) nodes = NULL;
  guint total;

  g_return_val_if_fail (LEYDEN_IS_FLOW (self), 0);

  nodes = leyden_flow_list_nodes (self);
  total = nodes->len;
  for (guint i = 0; i < nodes->len; i++)
    total += leyden_body_count_nodes (leyden_node_get_body (g_ptr_array_index (nodes, i)));
  return total;
}

/* Changes */

void
leyden_flow_check_body (LeydenFlow  *self,
                        const char  *node,
                        LeydenValue *value)
{
  GHashTable *bodies = leyden_flow_get_bodies (self);
  LeydenFlow *body = bodies != NULL ? g_hash_table_lookup (bodies, node) : NULL;

  if (body == NULL || (value != NULL && leyden_flow_get_synced (body) == value))
    return;
  g_hash_table_remove (bodies, node);
  leyden_flow_set_parent (body, NULL, NULL);
  g_object_unref (body);
}

void
leyden_flow_sync_up (LeydenFlow *self)
{
  for (LeydenFlow *parent = leyden_flow_get_parent (self); parent != NULL; self = parent, parent = leyden_flow_get_parent (self))
    {
      const char *container = leyden_flow_get_container (self);
      LeydenElement *old = leyden_flow_get_element (parent, LEYDEN_ELEMENT_NODE, container);
      g_autoptr(LeydenValue) body = body_to_value (self);
      g_autoptr(LeydenValue) value = leyden_value_with_member (old->value, "flow", body);
      LeydenElement *element = leyden_element_new (LEYDEN_ELEMENT_NODE, value, container, NULL, NULL);

      g_assert (element != NULL);
      leyden_flow_set_synced (self, leyden_value_get_member (element->value, "flow"));
      leyden_flow_put_element (parent, LEYDEN_ELEMENT_NODE, container, element);
      leyden_element_unref (element);
    }
}

static gboolean
scope_begins_with (const char * const *scope,
                   const char * const *start)
{
  guint i = 0;

  for (; start[i] != NULL; i++)
    if (g_strcmp0 (scope[i], start[i]) != 0)
      return FALSE;
  return TRUE;
}

/* What of @edit concerns the flow at @scope: its own changes, and the bodies in it that changed somewhere below. */
static LeydenEdit *
extract (LeydenEdit         *edit,
         const char * const *scope,
         LeydenFlow         *flow)
{
  g_autoptr(GHashTable) containers = g_hash_table_new (g_str_hash, g_str_equal);
  LeydenEdit *part = leyden_edit_new (leyden_edit_get_label (edit));
  guint depth = g_strv_length ((char **) scope);

  leyden_edit_set_actor (part, leyden_edit_get_actor (edit));
  for (guint i = 0; i < leyden_edit_get_n_changes (edit); i++)
    {
      const LeydenChange *change = leyden_edit_get_change (edit, i);
      LeydenNode *container;

      if (!scope_begins_with (change->scope, scope))
        continue;
      if (change->scope[depth] == NULL)
        {
          leyden_edit_add_applied (part, edit, i);
          continue;
        }
      container = leyden_flow_get_node (flow, change->scope[depth]);
      if (container != NULL && g_hash_table_add (containers, (gpointer) change->scope[depth]))
        leyden_edit_add (part, LEYDEN_ELEMENT_NODE, change->scope[depth], (const char * const[]) { "flow", NULL },
                         leyden_node_get_body (container));
    }
  leyden_edit_set_applied (part);
  return part;
}

/* Innermost first, so that who looks from outside finds the inside told already. */
static void
emit_in (LeydenFlow *self,
         LeydenEdit *edit,
         GPtrArray  *scope)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  guint depth = scope->len;
  g_autoptr(LeydenEdit) part = NULL;

  for (guint i = 0; i < leyden_edit_get_n_changes (edit); i++)
    {
      const LeydenChange *change = leyden_edit_get_change (edit, i);
      g_autoptr(GPtrArray) start = g_ptr_array_copy (scope, NULL, NULL);
      const char *id;

      g_ptr_array_add (start, NULL);
      if (!scope_begins_with (change->scope, (const char * const *) start->pdata) || change->scope[depth] == NULL)
        continue;
      id = change->scope[depth];
      if (g_hash_table_add (seen, (gpointer) id))
        {
          LeydenFlow *body = self != NULL ? leyden_flow_get_body (self, id) : NULL;

          if (body == NULL)
            continue;
          g_ptr_array_add (scope, (gpointer) id);
          emit_in (body, edit, scope);
          g_ptr_array_set_size (scope, (int) depth);
        }
    }
  {
    g_autoptr(GPtrArray) own = g_ptr_array_copy (scope, NULL, NULL);

    g_ptr_array_add (own, NULL);
    part = extract (edit, (const char * const *) own->pdata, self);
  }
  if (leyden_edit_get_n_changes (part) > 0)
    leyden_flow_emit_own_changed (self, part);
}

void
leyden_flow_emit_changed (LeydenFlow *self,
                          LeydenEdit *edit)
{
  g_autoptr(GPtrArray) scope = g_ptr_array_new ();
  gboolean inside = FALSE;

  for (guint i = 0; i < leyden_edit_get_n_changes (edit) && !inside; i++)
    inside = leyden_edit_get_change (edit, i)->scope[0] != NULL;
  if (!inside)
    leyden_flow_emit_own_changed (self, edit);
  else
    emit_in (self, edit, scope);
}

/* New ones */

static void
add_end (LeydenValueBuilder *b,
         const char         *type,
         double              x,
         LeydenValue        *fields)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "id", type);
  leyden_value_builder_set_string (b, "type", type);
  leyden_value_builder_key (b, "position");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_double (b, "x", x);
  leyden_value_builder_set_double (b, "y", 0);
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "parameters");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set (b, "fields", fields);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_flow_new_body (LeydenValue *fields,
                      LeydenValue *results)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (fields != NULL && results != NULL, NULL);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "nodes");
  leyden_value_builder_begin_list (&b);
  add_end (&b, "input", 0, fields);
  add_end (&b, "output", 480, results);
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "edges");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
