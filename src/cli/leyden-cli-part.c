/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-session.h"

#include <glib/gi18n-lib.h>

#include "leyden-flow-pins.h"
#include "leyden-json.h"
#include "leyden-run-part.h"

/* Parts of flows, and pinned nodes, on the command line. */

gboolean
leyden_cli_check_pins (LeydenArguments *arguments,
                       LeydenFlow      *flow,
                       gboolean         measures,
                       int             *status)
{
  g_autofree char *names = leyden_flow_name_pins (flow);
  g_autoptr(LeydenEdit) edit = NULL;
  g_autoptr(GError) error = NULL;

  if (names == NULL)
    return TRUE;
  if (!leyden_arguments_has (arguments, "ignore-pins") && !measures)
    {
      leyden_cli_say (_("pinned: %s; these nodes do not run and give the values that are kept with them (--ignore-pins runs them)"), names);
      return TRUE;
    }
  if (!leyden_arguments_has (arguments, "ignore-pins"))
    {
      leyden_cli_say (_("pinned: %s; these nodes do not run, so nothing true can be measured. Unpin them, or give --ignore-pins"), names);
      *status = LEYDEN_EXIT_POLICY;
      return FALSE;
    }
  edit = leyden_edit_new_unpin_all (flow);
  if (!leyden_flow_apply (flow, edit, &error))
    {
      *status = leyden_cli_fail (error);
      return FALSE;
    }
  leyden_cli_say (_("the pins of %s are ignored"), names);
  return TRUE;
}

gboolean
leyden_cli_check_part (LeydenArguments *arguments,
                       int             *status)
{
  gboolean node = leyden_arguments_has (arguments, "node"), from = leyden_arguments_has (arguments, "from");

  if (node && from)
    *status = leyden_arguments_refuse (arguments, _("--node and --from exclude each other"));
  else if ((node || from) && leyden_arguments_has (arguments, "dataset"))
    *status = leyden_arguments_refuse (arguments, _("--node and --from cannot run over a data set"));
  else if ((node || from) && !leyden_arguments_has (arguments, "database") && !leyden_arguments_has (arguments, "input"))
    *status = leyden_arguments_refuse (arguments, _("--node and --from need the --database of an earlier run, or the node's inputs as --input"));
  else
    return TRUE;
  return FALSE;
}

static LeydenValue *
describe_request (LeydenArguments *arguments,
                  LeydenValue     *inputs)
{
  const char *from = leyden_arguments_get_text (arguments, "from", NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "node", leyden_arguments_get_text (arguments, "node", from));
  leyden_value_builder_set_string (&b, "mode", from != NULL ? "from" : "node");
  if (leyden_value_get_size (inputs) > 0)
    leyden_value_builder_set (&b, "inputs", inputs);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static char *
put_part (LeydenCliSession  *self,
          LeydenValue       *part,
          GError           **error)
{
  g_autoptr(GBytes) bytes = leyden_json_write_bytes (part, LEYDEN_JSON_COMPACT);
  g_autoptr(GAsyncResult) result = NULL;

  leyden_store_put_blob_async (LEYDEN_STORE (self->store), bytes, leyden_cli_result_cb, &result);
  leyden_cli_spin (&result);
  return leyden_store_put_blob_finish (LEYDEN_STORE (self->store), result, error);
}

gboolean
leyden_cli_session_add_part (LeydenCliSession    *self,
                             LeydenFlow          *flow,
                             LeydenValueBuilder  *b,
                             LeydenValue         *inputs,
                             GError             **error)
{
  static const char * const names[] = { "mode", "node", "rollout" };
  g_autoptr(LeydenValue) request = describe_request (self->arguments, inputs);
  g_autoptr(LeydenValue) document = leyden_flow_to_value (flow);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) part = NULL;
  g_autofree char *sha256 = NULL;

  leyden_run_find_part_async (LEYDEN_STORE (self->store), LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), document, request,
                              leyden_arguments_has (self->arguments, "ignore-pins"), NULL, NULL, NULL, leyden_cli_result_cb, &result);
  leyden_cli_spin (&result);
  part = leyden_run_find_part_finish (result, error);
  sha256 = part != NULL ? put_part (self, part, error) : NULL;
  if (sha256 == NULL)
    return FALSE;
  leyden_value_builder_key (b, "part");
  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (leyden_value_get_member (part, names[i]) != NULL)
      leyden_value_builder_set (b, names[i], leyden_value_get_member (part, names[i]));
  leyden_value_builder_set_string (b, "sha256", sha256);
  leyden_value_builder_end (b);
  leyden_value_builder_set_string (b, "cache", leyden_arguments_has (self->arguments, "no-cache") ? "off" : "use");
  return TRUE;
}
