/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-variables.h"

#include <string.h>

#include "leyden-catalog.h"
#include "leyden-debug-path.h"
#include "leyden-try-state.h"
#include "leyden-variable-private.h"

#define MAX_NODES 20000

typedef struct
{
  const char     *path;                 /* of the state; NULL: the input */
  LeydenValue    *node;                 /* the same */
  gint64          started;
  LeydenVariable *made;                 /* NULL until somebody looks */
} Entry;

struct _LeydenVariables
{
  GObject      parent_instance;

  LeydenFlow  *flow;                    /* nullable */
  LeydenValue *state;                   /* nullable */
  GArray      *entries;
};

static void list_model_init (GListModelInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenVariables, leyden_variables, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
entry_clear (gpointer data)
{
  g_clear_object (&((Entry *) data)->made);
}

/* --- making --- */

/* As they count in this rollout: what the flow says, and what was changed. */
static LeydenValue *
make_parameters (LeydenNode  *node,
                 LeydenValue *changed)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  const LeydenNodeType *type = node != NULL ? leyden_node_types_lookup (types, leyden_node_get_type_name (node)) : NULL;

  if (type == NULL)
    return changed != NULL ? leyden_value_ref (changed) : NULL;
  leyden_value_builder_begin_object (&builder);
  for (guint i = 0; i < type->parameters->len; i++)
    {
      const LeydenParameter *parameter = g_ptr_array_index (type->parameters, i);
      LeydenValue *own = leyden_value_get_member (changed, parameter->name);

      if (parameter->kind == LEYDEN_PARAMETER_SECRET)
        continue;
      leyden_value_builder_set (&builder, parameter->name, own != NULL ? own : leyden_node_types_get_parameter (types, node, parameter->name));
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static LeydenVariable *
make (LeydenVariables *self,
      const Entry     *entry)
{
  LeydenNode *node;
  g_autofree char *title = NULL;
  g_autoptr(LeydenValue) value = NULL;

  if (entry->path == NULL)
    {
      value = leyden_try_state_make_input (self->state, self->flow);
      return leyden_variable_new_input (value);
    }
  node = leyden_debug_path_find_node (self->flow, entry->path);
  title = leyden_debug_path_dup_title (self->flow, entry->path);
  value = make_parameters (node, leyden_value_get_member (entry->node, "parameters"));
  return leyden_variable_new_node (entry->path, title, node != NULL && *leyden_node_get_title (node) != '\0' ? leyden_node_get_title (node) : entry->path,
                                   leyden_value_get_member (entry->node, "outputs"), value);
}

/* --- list --- */

static GType
leyden_variables_get_item_type (GListModel *model)
{
  return LEYDEN_TYPE_VARIABLE;
}

static guint
leyden_variables_get_n_items (GListModel *model)
{
  return LEYDEN_VARIABLES (model)->entries->len;
}

static gpointer
leyden_variables_get_item (GListModel *model,
                           guint       position)
{
  LeydenVariables *self = LEYDEN_VARIABLES (model);
  Entry *entry;

  if (position >= self->entries->len)
    return NULL;
  entry = &g_array_index (self->entries, Entry, position);
  if (entry->made == NULL)
    entry->made = make (self, entry);
  return g_object_ref (entry->made);
}

static void
list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = leyden_variables_get_item_type;
  interface->get_n_items = leyden_variables_get_n_items;
  interface->get_item = leyden_variables_get_item;
}

/* --- another state --- */

static int
compare_entries (gconstpointer a,
                 gconstpointer b)
{
  const Entry *left = a, *right = b;

  if (left->path == NULL || right->path == NULL)
    return (left->path != NULL) - (right->path != NULL);
  if (left->started != right->started)
    return left->started < right->started ? -1 : 1;
  return strcmp (left->path, right->path);
}

/* Turns and calls belong to other pages: their values are messages of a model. */
static GArray *
list_entries (LeydenFlow  *flow,
              LeydenValue *state)
{
  LeydenValue *nodes = leyden_value_get_member (state, "nodes");
  GArray *list = g_array_new (FALSE, TRUE, sizeof (Entry));
  Entry entry = { NULL };

  g_array_set_clear_func (list, entry_clear);
  if (state != NULL && flow != NULL)
    g_array_append_val (list, entry);
  for (guint i = 0; leyden_value_get_kind (nodes) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (nodes) && list->len < MAX_NODES; i++)
    {
      entry.path = leyden_value_get_key (nodes, i);
      entry.node = leyden_value_get_item (nodes, i);
      entry.started = leyden_value_get_member_int (entry.node, "started", 0);
      if (strchr (entry.path, '#') == NULL && g_strcmp0 (leyden_value_get_member_string (entry.node, "state", ""), "pending") != 0)
        g_array_append_val (list, entry);
    }
  g_array_sort (list, compare_entries);
  return list;
}

static gboolean
is_same (GArray *a,
         guint   i,
         GArray *b,
         guint   j)
{
  return g_strcmp0 (g_array_index (a, Entry, i).path, g_array_index (b, Entry, j).path) == 0;
}

/* What is looked at says now what is so now. One that became, or ceased to be, one with something below it is another, as the tree asks of that only once. */
static void
refresh (LeydenVariables *self,
         guint            position)
{
  Entry *entry = &g_array_index (self->entries, Entry, position);
  g_autoptr(LeydenVariable) news = NULL;

  if (entry->made == NULL)
    return;
  news = make (self, entry);
  if (leyden_variable_has_children (entry->made) == leyden_variable_has_children (news))
    {
      leyden_variable_take_over (entry->made, news);
      return;
    }
  g_set_object (&entry->made, news);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 1);
}

void
leyden_variables_update (LeydenVariables *self,
                         LeydenFlow      *flow,
                         LeydenValue     *state)
{
  g_autoptr(GArray) old = NULL;
  g_autoptr(LeydenValue) before = NULL;
  GArray *entries;
  guint start = 0, end = 0;

  g_return_if_fail (LEYDEN_IS_VARIABLES (self));

  /* The paths of the old ones are its. */
  before = g_steal_pointer (&self->state);
  self->state = state != NULL ? leyden_value_ref (state) : NULL;
  g_set_object (&self->flow, flow);
  old = g_steal_pointer (&self->entries);
  self->entries = entries = list_entries (flow, state);
  while (start < MIN (old->len, entries->len) && is_same (old, start, entries, start))
    start++;
  while (end < MIN (old->len, entries->len) - start && is_same (old, old->len - 1 - end, entries, entries->len - 1 - end))
    end++;
  for (guint i = 0; i < start + end; i++)
    {
      guint from = i < start ? i : old->len - end + i - start, to = i < start ? i : entries->len - end + i - start;

      g_array_index (entries, Entry, to).made = g_steal_pointer (&g_array_index (old, Entry, from).made);
    }
  if (start + end < MAX (old->len, entries->len))
    g_list_model_items_changed (G_LIST_MODEL (self), start, old->len - start - end, entries->len - start - end);
  for (guint i = 0; i < entries->len; i++)
    refresh (self, i);
}

/* --- class --- */

static void
leyden_variables_finalize (GObject *object)
{
  LeydenVariables *self = LEYDEN_VARIABLES (object);

  g_array_unref (self->entries);
  g_clear_pointer (&self->state, leyden_value_unref);
  g_clear_object (&self->flow);
  G_OBJECT_CLASS (leyden_variables_parent_class)->finalize (object);
}

static void
leyden_variables_class_init (LeydenVariablesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_variables_finalize;
}

static void
leyden_variables_init (LeydenVariables *self)
{
  self->entries = list_entries (NULL, NULL);
}

LeydenVariables *
leyden_variables_new (void)
{
  return g_object_new (LEYDEN_TYPE_VARIABLES, NULL);
}
