/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-flow-slots.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-flow-mode.h"
#include "leyden-text.h"

void
leyden_flow_slot_free (LeydenFlowSlot *self)
{
  if (self == NULL)
    return;
  g_free (self->slot);
  g_free (self->path);
  g_free (self->title);
  g_free (self);
}

/* --- listing --- */

static void
add_slot (GPtrArray             *list,
          LeydenNode            *node,
          const char            *path,
          const LeydenNodeType  *type,
          const LeydenParameter *parameter)
{
  LeydenFlowSlot *slot = g_new0 (LeydenFlowSlot, 1);
  const char *title = leyden_node_get_title (node);
  g_autofree char *shown = leyden_text_display (*title != '\0' ? title : type->title, -1, 60, FALSE);

  slot->slot = g_strconcat (path, "/", parameter->name, NULL);
  slot->path = g_strdup (path);
  /* Translators: a node and one of its settings. */
  slot->title = g_strdup_printf (_("%s: %s"), shown, parameter->title);
  slot->node = node;
  slot->type = type;
  slot->parameter = parameter;
  slot->locked = !leyden_node_is_trainable (node, parameter->name);
  g_ptr_array_add (list, slot);
}

/* Calls back for every node of the flow and of its bodies; what does not run is not trained. */
typedef void (*NodeFunc) (LeydenNode           *node,
                          const char * const   *scope,
                          const LeydenNodeType *type,
                          gpointer              data);

static void
each_node (LeydenFlow      *flow,
           LeydenNodeTypes *types,
           NodeFunc         func,
           gpointer         data)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);
  g_auto(GStrv) scope = leyden_flow_dup_scope (flow);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      const LeydenNodeType *type = leyden_node_types_lookup (types, leyden_node_get_type_name (node));
      LeydenFlow *body = leyden_flow_get_body (flow, leyden_node_get_id (node));

      if (leyden_node_get_mode (node) != LEYDEN_NODE_MODE_ON)
        continue;
      if (type != NULL)
        func (node, (const char * const *) scope, type, data);
      if (body != NULL)
        each_node (body, types, func, data);
    }
}

typedef struct
{
  GPtrArray *list;
  gboolean   marked;
} Listing;

static void
list_node (LeydenNode           *node,
           const char * const   *scope,
           const LeydenNodeType *type,
           gpointer              data)
{
  Listing *listing = data;
  g_autofree char *path = leyden_flow_join_path (scope, leyden_node_get_id (node));

  for (guint i = 0; i < type->parameters->len; i++)
    {
      const LeydenParameter *parameter = g_ptr_array_index (type->parameters, i);

      if (parameter->slot != NULL && (leyden_node_get_trainable (node, parameter->name) != NULL) == listing->marked)
        add_slot (listing->list, node, path, type, parameter);
    }
}

static GPtrArray *
list_slots (LeydenFlow      *flow,
            LeydenNodeTypes *types,
            gboolean         marked)
{
  Listing listing = { g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_flow_slot_free), marked };

  each_node (flow, types, list_node, &listing);
  return listing.list;
}

GPtrArray *
leyden_flow_list_slots (LeydenFlow      *flow,
                        LeydenNodeTypes *types)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);
  return list_slots (flow, types, TRUE);
}

GPtrArray *
leyden_flow_list_unmarked_slots (LeydenFlow      *flow,
                                 LeydenNodeTypes *types)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);
  return list_slots (flow, types, FALSE);
}

/* --- marking --- */

/* Marks that the type does not know stay. */
static guint
add_unknown_marks (LeydenValueBuilder   *builder,
                   LeydenNode           *node,
                   const LeydenNodeType *type)
{
  LeydenValue *list = leyden_value_get_member (leyden_node_get_value (node), "trainable");
  guint n = 0;

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *mark = leyden_value_get_item (list, i);

      if (type != NULL && leyden_node_type_find_parameter (type, leyden_trainable_get_name (mark)) != NULL)
        continue;
      leyden_value_builder_add (builder, mark);
      n++;
    }
  return n;
}

LeydenValue *
leyden_flow_make_marks (LeydenNode      *node,
                        LeydenNodeTypes *types,
                        const char      *parameter,
                        LeydenValue     *entry)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  const LeydenNodeType *type;
  guint n = 0;

  g_return_val_if_fail (node != NULL, NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);
  g_return_val_if_fail (parameter != NULL, NULL);

  type = leyden_node_types_lookup (types, leyden_node_get_type_name (node));
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; type != NULL && i < type->parameters->len; i++)
    {
      const char *name = ((LeydenParameter *) g_ptr_array_index (type->parameters, i))->name;
      LeydenValue *mark = g_str_equal (name, parameter) ? entry : leyden_node_get_trainable (node, name);

      if (mark == NULL)
        continue;
      leyden_value_builder_add (&builder, mark);
      n++;
    }
  n += add_unknown_marks (&builder, node, type);
  leyden_value_builder_end (&builder);
  return n > 0 ? leyden_value_builder_end_value (&builder) : NULL;
}

static gboolean
is_usual (const char *kind)
{
  static const char * const kinds[] = { "prompt", "examples", "model", "temperature", NULL };

  return kind != NULL && g_strv_contains (kinds, kind);
}

static void
mark_node (LeydenNode           *node,
           const char * const   *scope,
           const LeydenNodeType *type,
           gpointer              edit)
{
  static const char * const path[] = { "trainable", NULL };
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) list = NULL;
  gboolean changed = FALSE;

  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < type->parameters->len; i++)
    {
      const LeydenParameter *parameter = g_ptr_array_index (type->parameters, i);
      LeydenValue *mark = leyden_node_get_trainable (node, parameter->name);

      if (mark != NULL)
        leyden_value_builder_add (&builder, mark);
      else if (is_usual (parameter->slot))
        {
          leyden_value_builder_add_string (&builder, parameter->name);
          changed = TRUE;
        }
    }
  add_unknown_marks (&builder, node, type);
  leyden_value_builder_end (&builder);
  list = leyden_value_builder_end_value (&builder);
  if (changed)
    leyden_edit_add_in (edit, scope, LEYDEN_ELEMENT_NODE, leyden_node_get_id (node), path, list);
}

LeydenEdit *
leyden_flow_mark_slots (LeydenFlow      *flow,
                        LeydenNodeTypes *types)
{
  LeydenEdit *edit;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);

  edit = leyden_edit_new (_("Make Trainable"));
  each_node (flow, types, mark_node, edit);
  if (leyden_edit_get_n_changes (edit) == 0)
    g_clear_pointer (&edit, leyden_edit_unref);
  return edit;
}

/* --- using a version --- */

/* FALSE when the flow has no such slot. */
static gboolean
add_change (LeydenEdit      *edit,
            LeydenFlow      *flow,
            LeydenNodeTypes *types,
            const char      *slot,
            LeydenValue     *value)
{
  const char *slash = strrchr (slot, '/');
  g_autofree char *node_path = slash != NULL ? g_strndup (slot, (gsize) (slash - slot)) : NULL;
  g_auto(GStrv) scope = NULL;
  LeydenNode *node = node_path != NULL ? leyden_flow_find_path (flow, node_path, &scope) : NULL;
  const LeydenNodeType *type = node != NULL ? leyden_node_types_lookup (types, leyden_node_get_type_name (node)) : NULL;
  const char *path[] = { "parameters", slash != NULL ? slash + 1 : NULL, NULL };

  if (type == NULL || leyden_node_type_find_parameter (type, slash + 1) == NULL)
    return FALSE;
  if (!leyden_value_equal (leyden_node_types_get_parameter (types, node, slash + 1), value))
    leyden_edit_add_in (edit, (const char * const *) scope, LEYDEN_ELEMENT_NODE, leyden_node_get_id (node), path, value);
  return TRUE;
}

/**
 * leyden_slots_to_edit:
 * @flow: the flow as it is now
 * @types: its node types
 * @slots: (nullable): object slot id → value
 * @label: translated, names the step in the history
 * @missing: (out) (optional) (nullable) (transfer full): slots whose node or parameter is gone, NULL-terminated; %NULL when there are none
 *
 * “Use this version”: one edit that sets what differs, undone in one step, for leyden_document_edit() or leyden_flow_apply(). It has no
 * changes when the flow has these values already.
 *
 * Returns: (transfer full): the edit, with actor "optimizer"
 */
LeydenEdit *
leyden_slots_to_edit (LeydenFlow        *flow,
                      LeydenNodeTypes   *types,
                      LeydenValue       *slots,
                      const char        *label,
                      char            ***missing)
{
  g_autoptr(GStrvBuilder) gone = NULL;
  g_auto(GStrv) names = NULL;
  LeydenEdit *edit;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);

  gone = g_strv_builder_new ();
  edit = leyden_edit_new (label);
  leyden_edit_set_actor (edit, "optimizer");
  for (guint i = 0; leyden_value_get_kind (slots) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (slots); i++)
    if (!add_change (edit, flow, types, leyden_value_get_key (slots, i), leyden_value_get_item (slots, i)))
      g_strv_builder_add (gone, leyden_value_get_key (slots, i));
  names = g_strv_builder_end (gone);
  if (missing != NULL)
    *missing = names[0] != NULL ? g_steal_pointer (&names) : NULL;
  return edit;
}
