/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-json.h"
#include "leyden-node-private.h"
#include "leyden-number-text.h"

LEYDEN_DEFINE_NODE (LeydenNodeInput, leyden_node_input)

/* Tables and forms hold text: a field of another type reads it, when it says that exactly. NULL when it does not. */
static LeydenValue *
read_text (LeydenPortType  type,
           const char     *text)
{
  g_autoptr(LeydenValue) parsed = NULL;
  double number;

  switch (type)
    {
    case LEYDEN_PORT_NUMBER:
    case LEYDEN_PORT_REWARD:
      return leyden_number_from_text (text, &number) ? leyden_value_new_double (number) : NULL;
    case LEYDEN_PORT_BOOLEAN:
    case LEYDEN_PORT_OBJECT:
    case LEYDEN_PORT_LIST:
      parsed = leyden_json_parse (text, -1, NULL, NULL);
      return parsed != NULL ? leyden_port_type_coerce (type, parsed, NULL) : NULL;
    default:
      return NULL;
    }
}

static LeydenValue *
read_field (LeydenPortType   type,
            LeydenValue     *value,
            GError         **error)
{
  const char *text = leyden_value_get_string (value, NULL);
  LeydenValue *read = text != NULL ? read_text (type, text) : NULL;

  return read != NULL ? read : leyden_port_type_coerce (type, value, error);
}

/* The field's value as its type, its default, or nothing (which leaves the output dead). */
static gboolean
add_field (LeydenValueBuilder  *b,
           LeydenPort          *port,
           LeydenValue         *field,
           LeydenValue         *row,
           GError             **error)
{
  LeydenValue *value = leyden_value_get_member (row, port->name);
  g_autoptr(LeydenValue) coerced = NULL;

  if (value == NULL)
    value = leyden_value_get_member (field, "default");
  if (leyden_value_is_null (value) && leyden_value_get_member_boolean (field, "required", FALSE))
    {
      leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_INPUT, _("The field “%s” is required"), port->name);
      return FALSE;
    }
  if (value == NULL)
    return TRUE;
  {
    g_autoptr(GError) local_error = NULL;

    coerced = read_field (port->type, value, &local_error);
    if (coerced == NULL)
      {
        leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_INPUT, _("The field “%s”: %s"), port->name, local_error->message);
        return FALSE;
      }
  }
  leyden_value_builder_set (b, port->name, coerced);
  return TRUE;
}

static LeydenValue *
find_field (LeydenValue *fields,
            const char  *name)
{
  for (guint i = 0; leyden_value_get_kind (fields) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (fields); i++)
    if (g_str_equal (leyden_value_get_member_string (leyden_value_get_item (fields, i), "name", ""), name))
      return leyden_value_get_item (fields, i);
  return NULL;
}

LeydenValue *
leyden_node_read_fields (GPtrArray    *ports,
                         LeydenValue  *fields,
                         LeydenValue  *row,
                         GError      **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < ports->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (ports, i);
      LeydenValue *field = find_field (fields, port->name);

      if (field != NULL && !add_field (&b, port, field, row, error))
        return NULL;
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  return leyden_node_read_fields (leyden_node_context_get_outputs (context), leyden_node_context_get_parameter (context, "fields"),
                                  leyden_node_context_get_row (context), error);
}

static void
leyden_node_input_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
}
