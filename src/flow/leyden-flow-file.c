/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-flow.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>
#include "leyden-flow-private.h"
#include "leyden-json.h"
#include "leyden-text.h"

/* The file form. Reading refuses what is no flow; what is a flow with faults is kept, and leyden_flow_check() names the faults. */

const char * const leyden_flow_keys[] = {
  "leyden", "id", "title", "description", "datasets", "view", "nodes", "edges", "frames", "notes", NULL
};
static const char * const view_keys[] = { "x", "y", "zoom", NULL };
static const char * const dataset_keys[] = { "name", "sha256", "hint", "mapping", NULL };

static const LeydenElementKind element_kinds[] = {
  LEYDEN_ELEMENT_NODE, LEYDEN_ELEMENT_EDGE, LEYDEN_ELEMENT_FRAME, LEYDEN_ELEMENT_NOTE,
};

static gboolean
fault (char       **pointer,
       GError     **error,
       int          code,
       const char  *where,
       const char  *message)
{
  *pointer = g_strdup (where);
  g_set_error_literal (error, LEYDEN_FLOW_ERROR, code, message);
  return FALSE;
}

/* The rule of the format key: a JSON integer, written as one, at least 1. It should be first; when it is not, the file is read
 * all the same and is written with the key in its place at the first edit. */
static gboolean
check_format (LeydenValue  *properties,
              char        **pointer,
              GError      **error)
{
  LeydenValue *format = leyden_value_get_member (properties, "leyden");
  const char *text = leyden_value_get_number_text (format);
  gint64 version;

  if (format == NULL)
    return fault (pointer, error, LEYDEN_FLOW_ERROR_FORMAT, "",
                  _("the key “leyden” is missing: a Leyden flow begins with \"leyden\": 1"));
  if (text == NULL || strpbrk (text, ".eE") != NULL || !leyden_value_get_int (format, &version) || version < 1)
    return fault (pointer, error, LEYDEN_FLOW_ERROR_FORMAT, "/leyden",
                  _("the format version must be a whole number from 1, written as \"leyden\": 1"));
  return TRUE;
}

static gboolean
check_list (LeydenValue  *properties,
            const char   *key,
            char        **pointer,
            GError      **error)
{
  LeydenValue *list = leyden_value_get_member (properties, key);
  g_autofree char *where = g_strconcat ("/", key, NULL);
  g_autofree char *message = NULL;

  if (list == NULL || leyden_value_get_kind (list) == LEYDEN_VALUE_LIST)
    return TRUE;
  message = g_strdup_printf (_("“%s” must be a JSON list"), key);
  return fault (pointer, error, LEYDEN_FLOW_ERROR_FORMAT, where, message);
}

static gboolean
check_text (LeydenValue  *properties,
            const char   *key,
            char        **pointer,
            GError      **error)
{
  LeydenValue *text = leyden_value_get_member (properties, key);
  g_autofree char *where = g_strconcat ("/", key, NULL);
  g_autofree char *message = NULL;

  if (text == NULL || leyden_value_get_kind (text) == LEYDEN_VALUE_STRING)
    return TRUE;
  message = g_strdup_printf (_("“%s” must be a text"), key);
  return fault (pointer, error, LEYDEN_FLOW_ERROR_FORMAT, where, message);
}

static gboolean
check_view (LeydenValue  *properties,
            char        **pointer,
            GError      **error)
{
  LeydenValue *view = leyden_value_get_member (properties, "view");
  double number;

  if (view == NULL)
    return TRUE;
  if (leyden_value_get_kind (view) != LEYDEN_VALUE_OBJECT)
    return fault (pointer, error, LEYDEN_FLOW_ERROR_FORMAT, "/view", _("“view” must be an object with x, y and zoom"));
  for (guint i = 0; view_keys[i] != NULL; i++)
    {
      LeydenValue *member = leyden_value_get_member (view, view_keys[i]);
      g_autofree char *where = g_strconcat ("/view/", view_keys[i], NULL);

      if (member != NULL && !leyden_value_get_double (member, &number))
        return fault (pointer, error, LEYDEN_FLOW_ERROR_FORMAT, where, _("x, y and zoom of the view must be numbers"));
    }
  return TRUE;
}

static gboolean
check_datasets (LeydenValue  *properties,
                char        **pointer,
                GError      **error)
{
  LeydenValue *list = leyden_value_get_member (properties, "datasets");

  if (!check_list (properties, "datasets", pointer, error))
    return FALSE;
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if (leyden_value_get_kind (leyden_value_get_item (list, i)) != LEYDEN_VALUE_OBJECT)
      {
        g_autofree char *where = g_strdup_printf ("/datasets/%u", i);

        return fault (pointer, error, LEYDEN_FLOW_ERROR_FORMAT, where, _("a data set must be an object with a name"));
      }
  return TRUE;
}

gboolean
leyden_body_check (LeydenValue  *body,
                   char        **pointer,
                   GError      **error)
{
  if (!check_view (body, pointer, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (element_kinds); i++)
    {
      const char *key = leyden_element_kind_get_list (element_kinds[i]);
      LeydenValue *list = leyden_value_get_member (body, key);

      if (!check_list (body, key, pointer, error))
        return FALSE;
      for (guint k = 0; k < leyden_value_get_size (list); k++)
        {
          g_autofree char *inner = NULL;

          if (leyden_element_check (element_kinds[i], leyden_value_get_item (list, k), &inner, error))
            continue;
          *pointer = g_strdup_printf ("/%s/%u%s", key, k, inner != NULL ? inner : "");
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
leyden_flow_check_properties (LeydenValue  *properties,
                              char        **pointer,
                              GError      **error)
{
  if (!check_format (properties, pointer, error) || !check_text (properties, "id", pointer, error))
    return FALSE;
  if (*leyden_value_get_member_string (properties, "id", "") == '\0')
    return fault (pointer, error, LEYDEN_FLOW_ERROR_FORMAT, "",
                  _("the key “id” is missing or empty: give the flow any text that no other flow has"));
  return check_text (properties, "title", pointer, error) && check_text (properties, "description", pointer, error)
         && check_datasets (properties, pointer, error) && check_view (properties, pointer, error);
}

static gint
compare_elements (gconstpointer a,
                  gconstpointer b)
{
  const LeydenElement *first = *(const LeydenElement * const *) a;
  const LeydenElement *second = *(const LeydenElement * const *) b;

  return strcmp (first->id, second->id);
}

/* The key of an element whose id is taken: the id, a line feed (which no ordinary id has) and a number from 2. */
static LeydenElement *
new_duplicate (LeydenElement *element,
               GHashTable    *ids,
               guint         *number)
{
  g_autofree char *alias = NULL;

  do
    {
      g_free (alias);
      alias = g_strdup_printf ("%s\n%u", element->id, ++*number);
    }
  while (g_hash_table_contains (ids, alias));
  return leyden_element_new (element->kind, element->value, alias, NULL, NULL);
}

/* Gives the second and later ones of an id a key of their own; TRUE when there were any. */
static gboolean
rename_duplicates (GPtrArray *sorted)
{
  g_autoptr(GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  const char *first = NULL;
  guint number = 1;

  for (guint i = 0; i < sorted->len; i++)
    g_hash_table_add (ids, (gpointer) ((LeydenElement *) g_ptr_array_index (sorted, i))->id);
  if (g_hash_table_size (ids) == sorted->len)
    return FALSE;

  for (guint i = 0; i < sorted->len; i++)
    {
      LeydenElement *element = g_ptr_array_index (sorted, i);
      LeydenElement *duplicate;

      if (g_strcmp0 (element->id, first) != 0)
        {
          first = element->id;
          number = 1;
          continue;
        }
      duplicate = new_duplicate (element, ids, &number);
      g_ptr_array_index (sorted, i) = duplicate;
      leyden_element_unref (element);
    }
  return TRUE;
}

static void
add_elements (LeydenFlow        *self,
              LeydenElementKind  kind,
              GPtrArray         *elements)
{
  /* Stable: of two with one id the first in the file keeps it. */
  g_ptr_array_sort (elements, compare_elements);
  if (rename_duplicates (elements))
    g_ptr_array_sort (elements, compare_elements);
  for (guint i = 0; i < elements->len; i++)
    {
      LeydenElement *element = g_ptr_array_index (elements, i);

      leyden_flow_put_element (self, kind, element->id, element);
    }
}

static guint
count_nodes (LeydenValue *list)
{
  guint n = leyden_value_get_size (list);

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    n += leyden_body_count_nodes (leyden_value_get_member (leyden_value_get_item (list, i), "flow"));
  return n;
}

static gboolean
read_elements (LeydenFlow         *self,
               LeydenElementKind   kind,
               LeydenValue        *list,
               char              **pointer,
               GError            **error)
{
  guint n = leyden_value_get_size (list);
  g_autoptr(GPtrArray) elements = g_ptr_array_new_full (n, (GDestroyNotify) leyden_element_unref);

  if (kind == LEYDEN_ELEMENT_NODE && !leyden_flow_is_body (self) && count_nodes (list) > LEYDEN_FLOW_MAX_NODES)
    {
      g_autofree char *message = g_strdup_printf (_("%u nodes are more than the %d that a flow may have"), count_nodes (list),
                                                  LEYDEN_FLOW_MAX_NODES);

      return fault (pointer, error, LEYDEN_FLOW_ERROR_LIMIT, "/nodes", message);
    }
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *inner = NULL;
      LeydenElement *element = leyden_element_new (kind, leyden_value_get_item (list, i), NULL, &inner, error);

      if (element == NULL)
        {
          *pointer = g_strdup_printf ("/%s/%u%s", leyden_element_kind_get_list (kind), i, inner ? inner : "");
          return FALSE;
        }
      g_ptr_array_add (elements, element);
    }
  add_elements (self, kind, elements);
  return TRUE;
}

static LeydenValue *
canonical_datasets (LeydenValue *properties)
{
  LeydenValue *list = leyden_value_get_member (properties, "datasets");
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) result = NULL;

  /* A body may hold anything under this name. */
  if (list == NULL || leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    return leyden_value_ref (properties);
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    leyden_value_builder_take (&builder, leyden_flow_order_keys (leyden_value_get_item (list, i), dataset_keys));
  leyden_value_builder_end (&builder);
  result = leyden_value_builder_end_value (&builder);
  return leyden_value_with_member (properties, "datasets", result);
}

LeydenValue *
leyden_flow_canonical_properties (LeydenValue *properties)
{
  g_autoptr(LeydenValue) numbers = leyden_flow_canonical_value (properties);
  LeydenValue *view = leyden_value_get_member (numbers, "view");
  g_autoptr(LeydenValue) ordered = NULL;
  g_autoptr(LeydenValue) viewed = NULL;

  if (view == NULL)
    return canonical_datasets (numbers);
  ordered = leyden_flow_order_keys (view, view_keys);
  viewed = leyden_value_with_member (numbers, "view", ordered);
  return canonical_datasets (viewed);
}

/* What stands at the top level beside the lists of elements. */
static LeydenValue *
read_properties (LeydenValue *value)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) rest = NULL;

  leyden_value_builder_begin_object (&builder);
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    {
      const char *key = leyden_value_get_key (value, i);
      gboolean is_list = FALSE;

      for (guint k = 0; k < G_N_ELEMENTS (element_kinds); k++)
        is_list = is_list || g_str_equal (key, leyden_element_kind_get_list (element_kinds[k]));
      if (!is_list)
        leyden_value_builder_set (&builder, key, leyden_value_get_item (value, i));
    }
  leyden_value_builder_end (&builder);
  rest = leyden_value_builder_end_value (&builder);
  return leyden_flow_canonical_properties (rest);
}

/* All that a flow or a body holds. */
gboolean
leyden_flow_read_elements (LeydenFlow   *self,
                           LeydenValue  *value,
                           char        **pointer,
                           GError      **error)
{
  leyden_flow_take_properties (self, read_properties (value));
  for (guint i = 0; i < G_N_ELEMENTS (element_kinds); i++)
    {
      const char *key = leyden_element_kind_get_list (element_kinds[i]);

      if (!check_list (value, key, pointer, error)
          || !read_elements (self, element_kinds[i], leyden_value_get_member (value, key), pointer, error))
        return FALSE;
    }
  return TRUE;
}

static LeydenFlow *
read_flow (LeydenValue  *value,
           char        **pointer,
           GError      **error)
{
  g_autoptr(LeydenFlow) self = g_object_new (LEYDEN_TYPE_FLOW, NULL);

  if (leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT)
    {
      g_autofree char *message = g_strdup_printf (_("expected an object, found a JSON %s: this is no Leyden flow"),
                                                  leyden_value_kind_to_string (leyden_value_get_kind (value)));

      fault (pointer, error, LEYDEN_FLOW_ERROR_FORMAT, "", message);
      return NULL;
    }
  if (!leyden_flow_check_properties (value, pointer, error))
    return NULL;
  return leyden_flow_read_elements (self, value, pointer, error) ? g_steal_pointer (&self) : NULL;
}

/* A newer format may mean anything; that it is newer is what helps. */
static void
explain_version (LeydenValue  *value,
                 GError      **error)
{
  gint64 version = leyden_value_get_member_int (value, "leyden", 0);

  if (version <= LEYDEN_FLOW_FORMAT || (*error)->code != LEYDEN_FLOW_ERROR_FORMAT)
    return;
  g_clear_error (error);
  g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_VERSION,
               _("made by a newer Leyden (format %" PRId64 ", this one reads %d); update Leyden to open it"), version,
               LEYDEN_FLOW_FORMAT);
}

LeydenFlow *
leyden_flow_from_value (LeydenValue  *value,
                        GError      **error)
{
  g_autofree char *pointer = NULL;
  GError *local = NULL;
  LeydenFlow *self = read_flow (value, &pointer, &local);

  if (self != NULL)
    return self;
  explain_version (value, &local);
  if (pointer != NULL && *pointer != '\0')
    {
      g_autofree char *shown = leyden_text_escape (pointer, -1, 200);

      g_prefix_error (&local, "%s: ", shown);
    }
  g_propagate_error (error, local);
  return NULL;
}

static void
prefix_position (GError     **error,
                 GBytes      *bytes,
                 const char  *name,
                 const char  *pointer)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autofree char *shown = leyden_text_escape (pointer, -1, 200);
  guint line = 1;
  guint column = 1;

  if (!leyden_json_locate (text, length, pointer, &line, &column))
    g_prefix_error (error, "%s: ", name);
  else if (*pointer == '\0')
    g_prefix_error (error, "%s:%u:%u: ", name, line, column);
  else
    g_prefix_error (error, "%s:%u:%u (%s): ", name, line, column, shown);
}

LeydenFlow *
leyden_flow_parse (GBytes      *bytes,
                   const char  *name,
                   GError     **error)
{
  /* The document itself, and 200 deep within one of its fields. */
  const LeydenJsonLimits limits = { .max_depth = 201 };
  g_autofree char *shown = leyden_text_escape (name != NULL ? name : _("flow"), -1, 200);
  g_autofree char *pointer = NULL;
  g_autoptr(LeydenValue) value = NULL;
  GError *local = NULL;
  LeydenFlow *self;

  g_return_val_if_fail (bytes != NULL, NULL);

  if (g_bytes_get_size (bytes) > LEYDEN_FLOW_MAX_BYTES)
    {
      g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_LIMIT, _("%s: a flow may have 64 MiB, this has %zu bytes"),
                   shown, g_bytes_get_size (bytes));
      return NULL;
    }
  value = leyden_json_parse_bytes (bytes, &limits, &local);
  if (value == NULL)
    {
      /* The reader's message begins with line and column. */
      g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_SYNTAX, "%s:%s", shown, local->message);
      g_clear_error (&local);
      return NULL;
    }
  self = read_flow (value, &pointer, &local);
  if (self != NULL)
    return self;
  explain_version (value, &local);
  prefix_position (&local, bytes, shown, pointer != NULL ? pointer : "");
  g_propagate_error (error, local);
  return NULL;
}

static void
add_list (LeydenValueBuilder *builder,
          LeydenFlow         *self,
          LeydenElementKind   kind,
          gboolean            always)
{
  GPtrArray *(*list_function[]) (LeydenFlow *) = {
    [LEYDEN_ELEMENT_NODE] = leyden_flow_list_nodes,
    [LEYDEN_ELEMENT_EDGE] = leyden_flow_list_edges,
    [LEYDEN_ELEMENT_FRAME] = leyden_flow_list_frames,
    [LEYDEN_ELEMENT_NOTE] = leyden_flow_list_notes,
  };
  g_autoptr(GPtrArray) list = list_function[kind](self);

  if (list->len == 0 && !always)
    return;
  leyden_value_builder_key (builder, leyden_element_kind_get_list (kind));
  leyden_value_builder_begin_list (builder);
  for (guint i = 0; i < list->len; i++)
    leyden_value_builder_add (builder, ((LeydenElement *) g_ptr_array_index (list, i))->value);
  leyden_value_builder_end (builder);
}

LeydenValue *
leyden_flow_to_value (LeydenFlow *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *properties;

  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);

  properties = leyden_flow_get_properties (self);
  leyden_value_builder_begin_object (&builder);
  for (guint i = 0; leyden_flow_keys[i] != NULL; i++)
    {
      LeydenValue *member = leyden_value_get_member (properties, leyden_flow_keys[i]);

      if (member != NULL)
        leyden_value_builder_set (&builder, leyden_flow_keys[i], member);
    }
  add_list (&builder, self, LEYDEN_ELEMENT_NODE, TRUE);
  add_list (&builder, self, LEYDEN_ELEMENT_EDGE, TRUE);
  add_list (&builder, self, LEYDEN_ELEMENT_FRAME, FALSE);
  add_list (&builder, self, LEYDEN_ELEMENT_NOTE, FALSE);
  for (guint i = 0; i < leyden_value_get_size (properties); i++)
    if (!g_strv_contains (leyden_flow_keys, leyden_value_get_key (properties, i)))
      leyden_value_builder_set (&builder, leyden_value_get_key (properties, i), leyden_value_get_item (properties, i));
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

GBytes *
leyden_flow_serialize (LeydenFlow *self)
{
  g_autoptr(LeydenValue) value = NULL;

  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);

  value = leyden_flow_to_value (self);
  return leyden_json_write_bytes (value, LEYDEN_JSON_PRETTY);
}

static void add_bare_node (LeydenValueBuilder *builder, LeydenValue *node);

/* Where a wire is led along is looks. */
static void
add_bare_edge (LeydenValueBuilder *builder,
               LeydenValue        *edge)
{
  if (leyden_value_get_member (edge, "points") == NULL)
    {
      leyden_value_builder_add (builder, edge);
      return;
    }
  leyden_value_builder_begin_object (builder);
  for (guint i = 0; i < leyden_value_get_size (edge); i++)
    {
      const char *key = leyden_value_get_key (edge, i);

      if (key != NULL && !g_str_equal (key, "points"))
        leyden_value_builder_set (builder, key, leyden_value_get_item (edge, i));
    }
  leyden_value_builder_end (builder);
}

static void
add_bare_flow (LeydenValueBuilder *builder,
               LeydenValue        *flow)
{
  LeydenValue *nodes = leyden_value_get_member (flow, "nodes");
  LeydenValue *edges = leyden_value_get_member (flow, "edges");

  leyden_value_builder_begin_object (builder);
  leyden_value_builder_key (builder, "nodes");
  leyden_value_builder_begin_list (builder);
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    add_bare_node (builder, leyden_value_get_item (nodes, i));
  leyden_value_builder_end (builder);
  leyden_value_builder_key (builder, "edges");
  leyden_value_builder_begin_list (builder);
  for (guint i = 0; i < leyden_value_get_size (edges); i++)
    add_bare_edge (builder, leyden_value_get_item (edges, i));
  leyden_value_builder_end (builder);
  leyden_value_builder_end (builder);
}

static void
add_bare_node (LeydenValueBuilder *builder,
               LeydenValue        *node)
{
  static const char * const looks[] = { "title", "position", "trainable", NULL };

  leyden_value_builder_begin_object (builder);
  for (guint i = 0; i < leyden_value_get_size (node); i++)
    {
      const char *key = leyden_value_get_key (node, i);
      LeydenValue *member = leyden_value_get_item (node, i);

      if (key == NULL || g_strv_contains (looks, key))
        continue;
      leyden_value_builder_key (builder, key);
      if (g_str_equal (key, "flow"))
        add_bare_flow (builder, member);
      else
        leyden_value_builder_add (builder, member);
    }
  leyden_value_builder_end (builder);
}

char *
leyden_flow_hash (LeydenFlow *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GPtrArray) nodes = NULL;
  g_autoptr(GPtrArray) edges = NULL;
  g_autoptr(LeydenValue) value = NULL;

  g_return_val_if_fail (LEYDEN_IS_FLOW (self), NULL);

  nodes = leyden_flow_list_nodes (self);
  edges = leyden_flow_list_edges (self);
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_key (&builder, "nodes");
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < nodes->len; i++)
    add_bare_node (&builder, ((LeydenElement *) g_ptr_array_index (nodes, i))->value);
  leyden_value_builder_end (&builder);
  leyden_value_builder_key (&builder, "edges");
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < edges->len; i++)
    add_bare_edge (&builder, ((LeydenElement *) g_ptr_array_index (edges, i))->value);
  leyden_value_builder_end (&builder);
  leyden_value_builder_end (&builder);
  value = leyden_value_builder_end_value (&builder);
  return leyden_json_hash (value);
}
