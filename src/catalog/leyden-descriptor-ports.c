/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-catalog"

#include "config.h"
#include "leyden-descriptor.h"

#include "leyden-template.h"

/* Ports that the parameters of a node make: variables of a template, fields, weights. What is faulty there (a field without a
 * name, a name twice) makes no port; leyden_flow_check() says so. */

static void
add_port (GPtrArray      *ports,
          const char     *name,
          const char     *title,
          LeydenPortType  type,
          gboolean        required,
          LeydenValue    *fallback)
{
  LeydenPort *port;

  if (name == NULL || *name == '\0' || ports->len >= LEYDEN_MAX_PORTS || leyden_ports_find (ports, name) != NULL)
    return;
  port = g_new0 (LeydenPort, 1);
  port->name = g_strdup (name);
  port->title = g_strdup (title != NULL && *title != '\0' ? title : name);
  port->type = type;
  port->required = required;
  port->fallback = fallback != NULL ? leyden_value_ref (fallback) : NULL;
  g_ptr_array_add (ports, port);
}

static void
add_template_ports (GPtrArray   *ports,
                    LeydenValue *parameter)
{
  const char *text = leyden_value_get_string (parameter, NULL);
  g_autoptr(LeydenTemplate) template = text != NULL ? leyden_template_new (text, NULL) : NULL;
  const char * const *names = template != NULL ? leyden_template_get_names (template) : NULL;

  for (guint i = 0; names != NULL && names[i] != NULL && ports->len < LEYDEN_MAX_PORTS; i++)
    add_port (ports, names[i], NULL, LEYDEN_PORT_ANY, TRUE, NULL);
}

static void
add_field_ports (GPtrArray   *ports,
                 LeydenValue *parameter)
{
  guint n = leyden_value_get_kind (parameter) == LEYDEN_VALUE_LIST ? leyden_value_get_size (parameter) : 0;

  for (guint i = 0; i < n && ports->len < LEYDEN_MAX_PORTS; i++)
    {
      LeydenValue *field = leyden_value_get_item (parameter, i);
      LeydenPortType type = LEYDEN_PORT_ANY;

      leyden_port_type_from_string (leyden_value_get_member_string (field, "type", "any"), &type);
      add_port (ports, leyden_value_get_member_string (field, "name", NULL),
                leyden_value_get_member_string (field, "title", NULL), type,
                leyden_value_get_member_boolean (field, "required", FALSE), leyden_value_get_member (field, "default"));
    }
}

static void
add_weight_ports (GPtrArray   *ports,
                  LeydenValue *parameter)
{
  guint n = leyden_value_get_kind (parameter) == LEYDEN_VALUE_OBJECT ? leyden_value_get_size (parameter) : 0;

  for (guint i = 0; i < n && ports->len < LEYDEN_MAX_PORTS; i++)
    add_port (ports, leyden_value_get_key (parameter, i), NULL, LEYDEN_PORT_REWARD, FALSE, NULL);
}

static void
add_case_ports (GPtrArray   *ports,
                LeydenValue *parameter)
{
  guint n = leyden_value_get_kind (parameter) == LEYDEN_VALUE_LIST ? leyden_value_get_size (parameter) : 0;

  for (guint i = 0; i < n && ports->len < LEYDEN_MAX_PORTS; i++)
    {
      LeydenValue *one = leyden_value_get_item (parameter, i);

      add_port (ports, leyden_value_get_member_string (one, "name", NULL), leyden_value_get_member_string (one, "title", NULL),
                LEYDEN_PORT_ANY, FALSE, NULL);
    }
}

/* Fixed ones last in drawing, so that `error` is the lowest. */
static void
add_fixed_ports (GPtrArray *ports,
                 GPtrArray *fixed)
{
  for (guint i = 0; i < fixed->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (fixed, i);

      if (leyden_ports_find (ports, port->name) == NULL)
        g_ptr_array_add (ports, leyden_port_copy (port));
    }
}

/* The value of a parameter that names a field; "" for none. */
static const char *
get_field_name (LeydenDescriptor *self,
                LeydenNode       *node,
                const char       *parameter)
{
  LeydenValue *own = parameter != NULL ? leyden_node_get_parameter (node, parameter) : NULL;
  const char *text;

  if (parameter == NULL)
    return "";
  text = leyden_value_get_string (own != NULL ? own : leyden_node_type_find_parameter (&self->type, parameter)->fallback, NULL);
  return text != NULL ? text : "";
}

GPtrArray *
leyden_descriptor_dup_container_ports (LeydenDescriptor *self,
                                       LeydenNode       *node,
                                       gboolean          outputs,
                                       GPtrArray        *inside)
{
  const LeydenContainer *container = self->type.container;
  const char *item = outputs ? "" : get_field_name (self, node, container->item_parameter);
  const char *index = outputs ? "" : get_field_name (self, node, container->index_parameter);
  GPtrArray *ports = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_port_free);

  for (guint i = 0; i < inside->len; i++)
    {
      GPtrArray *end = g_ptr_array_index (inside, i);

      for (guint k = 0; k < end->len; k++)
        {
          LeydenPort *port = g_ptr_array_index (end, k);
          gboolean is_item = *item != '\0' && g_str_equal (port->name, item);
          gboolean is_list = is_item || (outputs && container->gives_lists);

          if (*index != '\0' && !is_item && g_str_equal (port->name, index))
            continue;
          add_port (ports, port->name, port->title, is_list ? LEYDEN_PORT_LIST : port->type,
                    is_item || (!outputs && port->required && port->fallback == NULL), NULL);
        }
    }
  add_fixed_ports (ports, outputs ? self->type.outputs : self->type.inputs);
  return ports;
}

GPtrArray *
leyden_descriptor_dup_ports (LeydenDescriptor *self,
                             LeydenNode       *node,
                             gboolean          outputs)
{
  GPtrArray *fixed = outputs ? self->type.outputs : self->type.inputs;
  const LeydenPortsFrom *from = outputs ? &self->outputs_from : &self->inputs_from;
  GPtrArray *ports = g_ptr_array_new_full (fixed->len + 4, (GDestroyNotify) leyden_port_free);
  LeydenValue *parameter = NULL;

  if (from->kind != LEYDEN_PORTS_FIXED)
    {
      parameter = leyden_node_get_parameter (node, from->parameter);
      if (parameter == NULL)
        parameter = leyden_node_type_find_parameter (&self->type, from->parameter)->fallback;
    }
  if (from->kind == LEYDEN_PORTS_TEMPLATE)
    add_template_ports (ports, parameter);
  else if (from->kind == LEYDEN_PORTS_FIELDS)
    add_field_ports (ports, parameter);
  else if (from->kind == LEYDEN_PORTS_WEIGHTS)
    add_weight_ports (ports, parameter);
  else if (from->kind == LEYDEN_PORTS_CASES)
    add_case_ports (ports, parameter);
  add_fixed_ports (ports, fixed);
  return ports;
}
