/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-flow-layout.h"
#include "leyden-text.h"

#define MAX_FLOW (64 * 1024 * 1024)

static int
write_flow (LeydenFlow *flow,
            const char *path)
{
  g_autoptr(GBytes) bytes = leyden_flow_serialize (flow);
  g_autofree char *shown = leyden_text_path (path);
  g_autoptr(GError) error = NULL;

  if (g_file_set_contents_full (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes),
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644, &error))
    return LEYDEN_EXIT_OK;
  leyden_cli_say ("%s: %s", shown, error->message);
  return LEYDEN_EXIT_FILE;
}

static int
run (LeydenArguments *arguments)
{
  const char *path = leyden_arguments_get_operand (arguments, 0);
  g_autofree char *name = leyden_text_path (path);
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(LeydenFlow) flow = NULL;
  g_autoptr(GError) error = NULL;
  guint n_moved;
  int status;

  bytes = leyden_cli_read_file (path, MAX_FLOW, &error);
  flow = bytes != NULL ? leyden_flow_parse (bytes, name, &error) : NULL;
  if (flow == NULL)
    return leyden_cli_fail (error);
  if (leyden_flow_get_version (flow) > LEYDEN_FLOW_FORMAT)
    {
      leyden_cli_say (_("%s: written by a newer version of Leyden; it can be read, not written"), name);
      return LEYDEN_EXIT_FAILED;
    }
  n_moved = leyden_flow_arrange (flow, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  status = write_flow (flow, leyden_arguments_get_operand (arguments, 1));
  if (status == LEYDEN_EXIT_OK)
    leyden_cli_say (ngettext ("%u node moved", "%u nodes moved", n_moved), n_moved);
  return status;
}

static const LeydenOption options[] = {
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_layout = {
  "layout", "IN OUT", 2, 2, options, N_ ("Arrange the nodes of a flow from left to right"),
  N_ ("Reads the flow IN and writes it to OUT with new places for its nodes, also inside containers; nothing else changes. What is in good order "
      "stays in that order. What a frame holds stays in it."),
  run,
};
