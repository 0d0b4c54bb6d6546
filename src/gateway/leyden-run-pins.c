/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-run-pins.h"

#include <glib/gi18n-lib.h>

#include "leyden-json.h"
#include "leyden-text.h"

/* Pinned outputs that are too large for the document lie in blobs; a plan wants them in it. */

GPtrArray *
leyden_run_list_pin_blobs (LeydenFlow *flow)
{
  g_autoptr(GPtrArray) pins = leyden_flow_list_pins (flow);
  GPtrArray *digests = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < pins->len; i++)
    {
      const char *digest = leyden_pin_get_digest (leyden_node_get_pin (((LeydenPin *) g_ptr_array_index (pins, i))->node));

      if (digest != NULL && !g_ptr_array_find_with_equal_func (digests, digest, g_str_equal, NULL))
        g_ptr_array_add (digests, g_strdup (digest));
    }
  return digests;
}

static LeydenValue *
read_outputs (const LeydenPin  *pin,
              const char       *path,
              GError          **error)
{
  g_autofree char *text = NULL;
  g_autofree char *shown = leyden_text_escape (pin->title, -1, 60);
  g_autoptr(LeydenValue) outputs = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, error) || (outputs = leyden_json_parse (text, (gssize) length, NULL, error)) == NULL)
    {
      g_prefix_error (error, _("The values that “%s” is pinned to: "), shown);
      return NULL;
    }
  if (leyden_value_get_kind (outputs) == LEYDEN_VALUE_OBJECT)
    return g_steal_pointer (&outputs);
  g_set_error (error, LEYDEN_FLOW_ERROR, LEYDEN_FLOW_ERROR_FORMAT, _("The values that “%s” is pinned to are no outputs"), shown);
  return NULL;
}

gboolean
leyden_run_put_pins (LeydenFlow  *flow,
                     GHashTable  *paths,
                     GError     **error)
{
  g_autoptr(GPtrArray) pins = leyden_flow_list_pins (flow);
  g_autoptr(LeydenEdit) edit = leyden_edit_new ("pins");

  for (guint i = 0; i < pins->len; i++)
    {
      LeydenPin *pin = g_ptr_array_index (pins, i);
      const char *digest = leyden_pin_get_digest (leyden_node_get_pin (pin->node));
      const char *path = digest != NULL ? g_hash_table_lookup (paths, digest) : NULL;
      g_autoptr(LeydenValue) outputs = NULL;

      if (path == NULL)
        continue;
      outputs = read_outputs (pin, path, error);
      if (outputs == NULL)
        return FALSE;
      leyden_edit_add_in (edit, (const char * const *) pin->scope, LEYDEN_ELEMENT_NODE, leyden_node_get_id (pin->node),
                          (const char * const[]) { "pin", "outputs", NULL }, outputs);
    }
  return leyden_edit_get_n_changes (edit) == 0 || leyden_flow_apply (flow, edit, error);
}
