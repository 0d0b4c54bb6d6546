/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-flow-slots.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-text.h"

void
leyden_flow_slot_free (LeydenFlowSlot *self)
{
  g_free (self->slot);
  g_free (self->title);
  g_free (self);
}

static LeydenNodeTypes *
get_types (void)
{
  return LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
}

static void
add_slot (GPtrArray             *list,
          LeydenNode            *node,
          const LeydenNodeType  *type,
          const LeydenParameter *parameter)
{
  LeydenFlowSlot *slot = g_new0 (LeydenFlowSlot, 1);
  const char *title = leyden_node_get_title (node);
  g_autofree char *shown = leyden_text_display (*title != '\0' ? title : type->title, -1, 60, FALSE);

  slot->slot = g_strdup_printf ("%s/%s", leyden_node_get_id (node), parameter->name);
  /* Translators: a node and one of its settings. */
  slot->title = g_strdup_printf (_("%s: %s"), shown, parameter->title);
  slot->node = node;
  slot->parameter = parameter;
  slot->locked = !leyden_node_is_trainable (node, parameter->name);
  g_ptr_array_add (list, slot);
}

static GPtrArray *
list_slots (LeydenFlow *flow,
            gboolean    marked)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_flow_slot_free);
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      const LeydenNodeType *type = leyden_node_types_lookup (get_types (), leyden_node_get_type_name (node));

      for (guint j = 0; type != NULL && j < type->parameters->len; j++)
        {
          const LeydenParameter *parameter = g_ptr_array_index (type->parameters, j);

          if (parameter->slot != NULL && (leyden_node_get_trainable (node, parameter->name) != NULL) == marked)
            add_slot (list, node, type, parameter);
        }
    }
  return list;
}

GPtrArray *
leyden_flow_list_slots (LeydenFlow *flow)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  return list_slots (flow, TRUE);
}

GPtrArray *
leyden_flow_list_unmarked_slots (LeydenFlow *flow)
{
  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  return list_slots (flow, FALSE);
}

LeydenValue *
leyden_flow_make_marks (LeydenNode  *node,
                        const char  *parameter,
                        LeydenValue *entry)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  const LeydenNodeType *type = leyden_node_types_lookup (get_types (), leyden_node_get_type_name (node));
  LeydenValue *list = leyden_value_get_member (leyden_node_get_value (node), "trainable");
  guint n = 0;

  g_return_val_if_fail (parameter != NULL, NULL);

  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; type != NULL && i < type->parameters->len; i++)
    {
      const char *name = ((LeydenParameter *) g_ptr_array_index (type->parameters, i))->name;
      LeydenValue *mark = g_str_equal (name, parameter) ? entry : leyden_node_get_trainable (node, name);

      if (mark != NULL)
        {
          leyden_value_builder_add (&builder, mark);
          n++;
        }
    }
  /* Marks that this catalogue does not know stay. */
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      LeydenValue *mark = leyden_value_get_item (list, i);

      if (type == NULL || leyden_node_type_find_parameter (type, leyden_trainable_get_name (mark)) == NULL)
        {
          leyden_value_builder_add (&builder, mark);
          n++;
        }
    }
  leyden_value_builder_end (&builder);
  return n > 0 ? leyden_value_builder_end_value (&builder) : NULL;
}

static gboolean
is_usual (const char *kind)
{
  static const char * const kinds[] = { "prompt", "examples", "model", "temperature", NULL };

  return g_strv_contains (kinds, kind);
}

LeydenEdit *
leyden_flow_mark_slots (LeydenFlow *flow)
{
  static const char * const path[] = { "trainable", NULL };
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);
  LeydenEdit *edit = leyden_edit_new (_("Make Trainable"));

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      const LeydenNodeType *type = leyden_node_types_lookup (get_types (), leyden_node_get_type_name (node));
      g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
      g_autoptr(LeydenValue) list = NULL;
      gboolean changed = FALSE;

      leyden_value_builder_begin_list (&builder);
      for (guint j = 0; type != NULL && j < type->parameters->len; j++)
        {
          const LeydenParameter *parameter = g_ptr_array_index (type->parameters, j);
          LeydenValue *mark = leyden_node_get_trainable (node, parameter->name);

          if (mark != NULL)
            leyden_value_builder_add (&builder, mark);
          else if (parameter->slot != NULL && is_usual (parameter->slot))
            {
              leyden_value_builder_add_string (&builder, parameter->name);
              changed = TRUE;
            }
        }
      leyden_value_builder_end (&builder);
      list = leyden_value_builder_end_value (&builder);
      if (changed)
        leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, leyden_node_get_id (node), path, list);
    }
  if (leyden_edit_get_n_changes (edit) == 0)
    g_clear_pointer (&edit, leyden_edit_unref);
  return edit;
}

LeydenEdit *
leyden_flow_adopt_slots (LeydenFlow  *flow,
                         LeydenValue *slots,
                         guint       *missing)
{
  LeydenEdit *edit = leyden_edit_new (_("Use Trained Version"));
  guint n = leyden_value_get_kind (slots) == LEYDEN_VALUE_OBJECT ? leyden_value_get_size (slots) : 0;

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (missing != NULL, NULL);

  *missing = 0;
  leyden_edit_set_actor (edit, "optimizer");
  for (guint i = 0; i < n; i++)
    {
      const char *slot = leyden_value_get_key (slots, i);
      const char *slash = strrchr (slot, '/');
      g_autofree char *id = slash != NULL ? g_strndup (slot, (gsize) (slash - slot)) : NULL;
      LeydenNode *node = id != NULL ? leyden_flow_get_node (flow, id) : NULL;
      LeydenValue *value = leyden_value_get_item (slots, i);

      if (node == NULL || slash[1] == '\0')
        (*missing)++;
      else if (!leyden_value_equal (leyden_node_types_get_parameter (get_types (), node, slash + 1), value))
        leyden_edit_set_parameter (edit, id, slash + 1, value);
    }
  if (leyden_edit_get_n_changes (edit) == 0)
    g_clear_pointer (&edit, leyden_edit_unref);
  return edit;
}
