/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-node-private.h"

/* Kind `memory`: reads and changes what the rollout remembers under a name. The engine keeps it in the log. */

LEYDEN_DEFINE_NODE (LeydenNodeMemory, leyden_node_memory)

static gboolean
is_message (LeydenValue *value)
{
  return leyden_value_get_member_string (value, "role", NULL) != NULL && leyden_value_get_member (value, "content") != NULL;
}

/* With a role, what is no message becomes one. */
static LeydenValue *
as_item (LeydenNodeContext *context,
         LeydenValue       *value)
{
  const char *role = leyden_node_context_get_parameter_string (context, "role");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *text = NULL;

  if (*role == '\0' || g_str_equal (role, "none") || is_message (value))
    return leyden_value_ref (value);
  text = leyden_node_text_of (value);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", role);
  leyden_value_builder_set_string (&b, "content", text);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* A list in one change, however long it is. */
static LeydenValue *
as_items (LeydenNodeContext *context,
          LeydenValue       *list)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    leyden_value_builder_take (&b, as_item (context, leyden_value_get_item (list, i)));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
append (LeydenNodeContext *context,
        const char        *name,
        LeydenValue       *value)
{
  guint keep = (guint) CLAMP (leyden_node_context_get_parameter_double (context, "keep"), 1, 100000);
  gboolean is_list = leyden_value_get_kind (value) == LEYDEN_VALUE_LIST;
  g_autoptr(LeydenValue) item = is_list ? as_items (context, value) : as_item (context, value);

  leyden_node_context_remember (context, name, is_list ? LEYDEN_MEMORY_EXTEND : LEYDEN_MEMORY_APPEND, item, keep);
}

static LeydenValue *
list_messages (LeydenValue *value)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; leyden_value_get_kind (value) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (value); i++)
    if (is_message (leyden_value_get_item (value, i)))
      leyden_value_builder_add (&b, leyden_value_get_item (value, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
make_outputs (LeydenValue *value)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "value", value);
  leyden_value_builder_set_take (&b, "messages", list_messages (value));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
execute (LeydenNodeExecutor  *executor,
         LeydenNodeContext   *context,
         GError             **error)
{
  const char *action = leyden_node_context_get_parameter_string (context, "action");
  const char *name = leyden_node_context_get_parameter_string (context, "name");
  LeydenValue *value = leyden_node_context_get_input (context, "value");
  gboolean changes = g_str_equal (action, "append") || g_str_equal (action, "set");

  if (changes && value == NULL)
    return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_INPUT, _("There is nothing to remember: no value arrived"));
  if (g_str_equal (action, "append"))
    append (context, name, value);
  else if (g_str_equal (action, "set"))
    leyden_node_context_remember (context, name, LEYDEN_MEMORY_SET, value, 0);
  else if (g_str_equal (action, "clear"))
    leyden_node_context_remember (context, name, LEYDEN_MEMORY_CLEAR, NULL, 0);
  return make_outputs (leyden_node_context_recall (context, name));
}

static void
leyden_node_memory_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = execute;
}
