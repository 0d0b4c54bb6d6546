/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-breakpoints.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-debug-path.h"
#include "leyden-text.h"

/* Breakpoints in words, and what their conditions may read. */

static char *
describe_place (LeydenValue *value,
                LeydenFlow  *flow)
{
  const char *when = leyden_value_get_member_string (value, "when", "before");
  const char *node = leyden_value_get_member_string (value, "node", "");
  g_autofree char *title = *node != '\0' ? leyden_debug_path_dup_title (flow, node) : NULL;

  if (g_str_equal (when, "reward"))
    return g_strdup (_("When a reward is given"));
  if (g_str_equal (when, "failure"))
    return title != NULL ? g_strdup_printf (_("When “%s” fails"), title) : g_strdup (_("On any failure"));
  if (g_str_equal (when, "after"))
    return g_strdup_printf (_("After “%s”"), title != NULL ? title : "");
  if (g_str_equal (when, "wire"))
    return g_strdup_printf (_("On a wire from “%s”"), title != NULL ? title : "");
  return g_strdup_printf (_("Before “%s”"), title != NULL ? title : "");
}

char *
leyden_breakpoint_describe (LeydenValue *value,
                            LeydenFlow  *flow)
{
  const char *condition = leyden_value_get_member_string (value, "condition", "");
  gint64 hits = leyden_value_get_member_int (value, "hits", 0);
  g_autofree char *place = describe_place (value, flow);
  g_autoptr(GString) text = g_string_new (place);

  if (*condition != '\0')
    {
      g_autofree char *shown = leyden_text_display (condition, -1, 120, FALSE);

      /* Translators: behind the place of a breakpoint: its condition, an expression. */
      g_string_append_printf (text, _(", if %s"), shown);
    }
  if (hits > 1)
    g_string_append_printf (text, _(", from the %uth time"), (guint) hits);
  if (leyden_value_get_member_boolean (value, "once", FALSE))
    g_string_append (text, _(", only the first rollout"));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_ports (GStrvBuilder *builder,
           GPtrArray    *ports)
{
  for (guint i = 0; i < ports->len; i++)
    g_strv_builder_add (builder, ((LeydenPort *) g_ptr_array_index (ports, i))->name);
}

char **
leyden_breakpoint_list_names (LeydenValue *value,
                              LeydenFlow  *flow)
{
  static const char * const always[] = { "round", "item", "attempt", "try", NULL };
  static const char * const failure[] = { "code", "message", NULL };
  static const char * const reward[] = { "reward", "source", NULL };
  const char *when = leyden_value_get_member_string (value, "when", "before");
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  LeydenNode *node = leyden_debug_path_find_node (flow, leyden_value_get_member_string (value, "node", ""));
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  if (g_str_equal (when, "failure"))
    g_strv_builder_addv (builder, (const char **) failure);
  else if (g_str_equal (when, "reward"))
    g_strv_builder_addv (builder, (const char **) reward);
  else if (node != NULL)
    {
      gboolean before = g_str_equal (when, "before");
      g_autoptr(GPtrArray) ports = before ? leyden_node_types_dup_inputs (types, node) : leyden_node_types_dup_outputs (types, node);

      add_ports (builder, ports);
    }
  if (g_str_equal (when, "wire"))
    g_strv_builder_add (builder, "value");
  g_strv_builder_addv (builder, (const char **) always);
  return g_strv_builder_end (builder);
}
