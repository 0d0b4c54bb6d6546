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

  /* Fixed ones last in drawing, so that `error` is the lowest. */
  for (guint i = 0; i < fixed->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (fixed, i);

      if (leyden_ports_find (ports, port->name) == NULL)
        g_ptr_array_add (ports, leyden_port_copy (port));
    }
  return ports;
}
