/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-node-types.h"

#include "leyden-flow.h"

G_DEFINE_INTERFACE (LeydenNodeTypes, leyden_node_types, G_TYPE_OBJECT)

/* Heights in canvas units: the title bar, one row of ports, the space below the last. */
#define FOOT_HEIGHT 12.0
#define FALLBACK_WIDTH 180.0

static const char * const parameter_kinds[] = {
  [LEYDEN_PARAMETER_TEXT] = "text",
  [LEYDEN_PARAMETER_MULTILINE] = "multiline",
  [LEYDEN_PARAMETER_TEMPLATE] = "template",
  [LEYDEN_PARAMETER_INTEGER] = "integer",
  [LEYDEN_PARAMETER_NUMBER] = "number",
  [LEYDEN_PARAMETER_BOOLEAN] = "boolean",
  [LEYDEN_PARAMETER_ENUM] = "enum",
  [LEYDEN_PARAMETER_MODEL] = "model",
  [LEYDEN_PARAMETER_EXPRESSION] = "expression",
  [LEYDEN_PARAMETER_REGEX] = "regex",
  [LEYDEN_PARAMETER_JSON_PATH] = "json_path",
  [LEYDEN_PARAMETER_JSON] = "json",
  [LEYDEN_PARAMETER_SCHEMA] = "schema",
  [LEYDEN_PARAMETER_FIELDS] = "fields",
  [LEYDEN_PARAMETER_EXAMPLES] = "examples",
  [LEYDEN_PARAMETER_WEIGHTS] = "weights",
  [LEYDEN_PARAMETER_SECRET] = "secret",
  [LEYDEN_PARAMETER_CASES] = "cases",
};

static void
leyden_node_types_default_init (LeydenNodeTypesInterface *iface)
{
}

const char *
leyden_parameter_kind_to_string (LeydenParameterKind kind)
{
  g_return_val_if_fail ((guint) kind < G_N_ELEMENTS (parameter_kinds), "json");
  return parameter_kinds[kind];
}

gboolean
leyden_parameter_kind_from_string (const char          *name,
                                   LeydenParameterKind *out)
{
  g_return_val_if_fail (name != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (parameter_kinds); i++)
    if (g_str_equal (parameter_kinds[i], name))
      {
        if (out != NULL)
          *out = (LeydenParameterKind) i;
        return TRUE;
      }
  return FALSE;
}

const LeydenParameter *
leyden_node_type_find_parameter (const LeydenNodeType *self,
                                 const char           *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  for (guint i = 0; i < self->parameters->len; i++)
    {
      const LeydenParameter *parameter = g_ptr_array_index (self->parameters, i);

      if (g_str_equal (parameter->name, name))
        return parameter;
    }
  return NULL;
}

void
leyden_port_free (LeydenPort *port)
{
  if (port == NULL)
    return;
  g_free (port->name);
  g_free (port->title);
  g_free (port->description);
  g_clear_pointer (&port->fallback, leyden_value_unref);
  g_free (port->alive_parameter);
  g_clear_pointer (&port->alive_values, leyden_value_unref);
  g_free (port);
}

LeydenPort *
leyden_port_copy (const LeydenPort *port)
{
  LeydenPort *copy;

  g_return_val_if_fail (port != NULL, NULL);

  copy = g_memdup2 (port, sizeof *port);
  copy->name = g_strdup (port->name);
  copy->title = g_strdup (port->title);
  copy->description = g_strdup (port->description);
  copy->fallback = port->fallback ? leyden_value_ref (port->fallback) : NULL;
  copy->alive_parameter = g_strdup (port->alive_parameter);
  copy->alive_values = port->alive_values ? leyden_value_ref (port->alive_values) : NULL;
  return copy;
}

LeydenPort *
leyden_ports_find (GPtrArray  *ports,
                   const char *name)
{
  g_return_val_if_fail (ports != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  for (guint i = 0; i < ports->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (ports, i);

      if (g_str_equal (port->name, name))
        return port;
    }
  return NULL;
}

void
leyden_parameter_free (LeydenParameter *parameter)
{
  if (parameter == NULL)
    return;
  g_free (parameter->name);
  g_free (parameter->title);
  g_free (parameter->help);
  g_free (parameter->unit);
  g_free (parameter->language);
  g_clear_pointer (&parameter->fallback, leyden_value_unref);
  g_strfreev (parameter->choices);
  g_strfreev (parameter->choice_titles);
  g_free (parameter->slot);
  g_free (parameter->visible_parameter);
  g_clear_pointer (&parameter->visible_values, leyden_value_unref);
  g_free (parameter);
}

void
leyden_container_free (LeydenContainer *self)
{
  if (self == NULL)
    return;
  g_free (self->item_parameter);
  g_free (self->index_parameter);
  g_clear_pointer (&self->fields, leyden_value_unref);
  g_clear_pointer (&self->results, leyden_value_unref);
  g_free (self);
}

const LeydenNodeType *
leyden_node_types_lookup (LeydenNodeTypes *self,
                          const char      *type)
{
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (self), NULL);
  g_return_val_if_fail (type != NULL, NULL);
  return LEYDEN_NODE_TYPES_GET_IFACE (self)->lookup (self, type);
}

GPtrArray *
leyden_node_types_dup_inputs (LeydenNodeTypes *self,
                              LeydenNode      *node)
{
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (self), NULL);
  g_return_val_if_fail (node != NULL, NULL);
  return LEYDEN_NODE_TYPES_GET_IFACE (self)->dup_inputs (self, node);
}

GPtrArray *
leyden_node_types_dup_outputs (LeydenNodeTypes *self,
                               LeydenNode      *node)
{
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (self), NULL);
  g_return_val_if_fail (node != NULL, NULL);
  return LEYDEN_NODE_TYPES_GET_IFACE (self)->dup_outputs (self, node);
}

LeydenValue *
leyden_node_types_get_parameter (LeydenNodeTypes *self,
                                 LeydenNode      *node,
                                 const char      *name)
{
  const LeydenNodeType *type;
  const LeydenParameter *parameter;
  LeydenValue *own;

  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (self), NULL);
  g_return_val_if_fail (node != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  own = leyden_node_get_parameter (node, name);
  if (own != NULL)
    return own;
  type = leyden_node_types_lookup (self, leyden_node_get_type_name (node));
  parameter = type != NULL ? leyden_node_type_find_parameter (type, name) : NULL;
  return parameter != NULL ? parameter->fallback : NULL;
}

const char *
leyden_node_types_get_text (LeydenNodeTypes *self,
                            LeydenNode      *node,
                            const char      *name)
{
  const char *text = leyden_value_get_string (leyden_node_types_get_parameter (self, node, name), NULL);

  return text != NULL ? text : "";
}

gboolean
leyden_node_types_is_in_use (LeydenNodeTypes       *self,
                             LeydenNode            *node,
                             const LeydenParameter *parameter)
{
  LeydenValue *value;

  g_return_val_if_fail (parameter != NULL, FALSE);

  if (parameter->visible_parameter == NULL)
    return TRUE;
  value = leyden_node_types_get_parameter (self, node, parameter->visible_parameter);
  for (guint i = 0; i < leyden_value_get_size (parameter->visible_values); i++)
    if (leyden_value_equal (value, leyden_value_get_item (parameter->visible_values, i)))
      return TRUE;
  return FALSE;
}

graphene_size_t
leyden_node_types_measure (LeydenNodeTypes *self,
                           LeydenNode      *node)
{
  g_autoptr(GPtrArray) inputs = leyden_node_types_dup_inputs (self, node);
  g_autoptr(GPtrArray) outputs = leyden_node_types_dup_outputs (self, node);

  return leyden_node_type_measure (leyden_node_types_lookup (self, leyden_node_get_type_name (node)), inputs->len, outputs->len);
}

graphene_size_t
leyden_node_type_measure (const LeydenNodeType *type,
                          guint                 n_inputs,
                          guint                 n_outputs)
{
  guint rows = MAX (n_inputs, n_outputs);
  double height = LEYDEN_NODE_HEADER + MIN (rows, LEYDEN_MAX_PORTS) * LEYDEN_NODE_PORT_ROW + FOOT_HEIGHT;

  if (type != NULL)
    return GRAPHENE_SIZE_INIT ((float) type->width, (float) MAX (height, type->height));
  return GRAPHENE_SIZE_INIT (FALLBACK_WIDTH, (float) height);
}

double
leyden_node_types_get_port_y (guint  port,
                              double height)
{
  return MIN (LEYDEN_NODE_HEADER + LEYDEN_NODE_PORT_ROW * (port + 0.5), height - 10);
}
