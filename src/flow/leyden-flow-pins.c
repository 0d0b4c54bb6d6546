/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"

#include "leyden-flow-pins.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-text.h"

void
leyden_pin_free (LeydenPin *self)
{
  g_free (self->path);
  g_free (self->title);
  g_strfreev (self->scope);
  leyden_node_unref (self->node);
  g_free (self);
}

LeydenValue *
leyden_node_get_pin (LeydenNode *node)
{
  LeydenValue *pin = leyden_value_get_member (leyden_node_get_value (node), "pin");

  return leyden_value_get_kind (pin) == LEYDEN_VALUE_OBJECT ? pin : NULL;
}

LeydenValue *
leyden_pin_get_outputs (LeydenValue *pin)
{
  LeydenValue *outputs = leyden_value_get_member (pin, "outputs");

  return leyden_value_get_kind (outputs) == LEYDEN_VALUE_OBJECT ? outputs : NULL;
}

const char *
leyden_pin_get_digest (LeydenValue *pin)
{
  const char *digest = leyden_value_get_member_string (pin, "sha256", NULL);

  if (leyden_pin_get_outputs (pin) != NULL || digest == NULL || strlen (digest) != 64 || strspn (digest, "0123456789abcdef") != 64)
    return NULL;
  return digest;
}

static const char *
get_title (LeydenNode *node)
{
  const char *title = leyden_node_get_title (node);

  return *title != '\0' ? title : leyden_node_get_type_name (node);
}

static void
add_pins (GPtrArray  *pins,
          LeydenFlow *flow,
          guint       depth)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);
  g_auto(GStrv) scope = leyden_flow_dup_scope (flow);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      LeydenFlow *body = depth < LEYDEN_FLOW_MAX_DEPTH ? leyden_flow_get_body (flow, leyden_node_get_id (node)) : NULL;

      if (leyden_node_get_pin (node) != NULL)
        {
          LeydenPin *pin = g_new0 (LeydenPin, 1);

          pin->path = leyden_flow_join_path ((const char * const *) scope, leyden_node_get_id (node));
          pin->title = g_strdup (get_title (node));
          pin->scope = g_strdupv (scope);
          pin->node = leyden_node_ref (node);
          g_ptr_array_add (pins, pin);
        }
      if (body != NULL)
        add_pins (pins, body, depth + 1);
    }
}

GPtrArray *
leyden_flow_list_pins (LeydenFlow *flow)
{
  GPtrArray *pins = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_pin_free);

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), pins);

  add_pins (pins, flow, 0);
  return pins;
}

char *
leyden_flow_name_pins (LeydenFlow *flow)
{
  g_autoptr(GPtrArray) pins = leyden_flow_list_pins (flow);
  g_autoptr(GString) text = g_string_new (NULL);

  if (pins->len == 0)
    return NULL;
  for (guint i = 0; i < pins->len; i++)
    {
      LeydenPin *pin = g_ptr_array_index (pins, i);
      g_autofree char *shown = leyden_text_escape (pin->title, -1, 60);

      g_string_append_printf (text, "%s“%s”", i > 0 ? ", " : "", shown);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
set_pin (LeydenEdit         *edit,
         const char * const *scope,
         const char         *node,
         LeydenValue        *pin)
{
  leyden_edit_add_in (edit, scope, LEYDEN_ELEMENT_NODE, node, (const char * const[]) { "pin", NULL }, pin);
}

LeydenEdit *
leyden_edit_new_pin (LeydenFlow  *flow,
                     const char  *node,
                     LeydenValue *pin)
{
  LeydenNode *found = leyden_flow_get_node (flow, node);
  g_auto(GStrv) scope = leyden_flow_dup_scope (flow);
  g_autofree char *shown = NULL;
  g_autofree char *label = NULL;
  LeydenEdit *edit;

  g_return_val_if_fail (found != NULL, NULL);

  shown = leyden_text_escape (get_title (found), -1, 60);
  label = g_strdup_printf (pin != NULL ? _("Pin the output of “%s”") : _("Unpin the output of “%s”"), shown);
  edit = leyden_edit_new (label);
  set_pin (edit, (const char * const *) scope, node, pin);
  return edit;
}

LeydenValue *
leyden_pin_new (LeydenValue *outputs,
                const char  *sha256,
                gsize        size,
                const char  *rollout,
                gint64       time_ns,
                gboolean     edited)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  if (sha256 == NULL)
    leyden_value_builder_set (&b, "outputs", outputs);
  else
    {
      leyden_value_builder_set_string (&b, "sha256", sha256);
      leyden_value_builder_set_int (&b, "size", (gint64) size);
    }
  leyden_value_builder_set_int (&b, "time", time_ns);
  if (rollout != NULL)
    leyden_value_builder_set_string (&b, "rollout", rollout);
  if (edited)
    leyden_value_builder_set_boolean (&b, "edited", TRUE);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenEdit *
leyden_edit_new_unpin_all (LeydenFlow *flow)
{
  g_autoptr(GPtrArray) pins = leyden_flow_list_pins (flow);
  LeydenEdit *edit;

  if (pins->len == 0)
    return NULL;
  edit = leyden_edit_new (_("Unpin all outputs"));
  for (guint i = 0; i < pins->len; i++)
    {
      LeydenPin *pin = g_ptr_array_index (pins, i);

      set_pin (edit, (const char * const *) pin->scope, leyden_node_get_id (pin->node), NULL);
    }
  return edit;
}

gboolean
leyden_pin_holds_secret (LeydenValue *outputs)
{
  for (guint i = 0; i < leyden_value_get_size (outputs); i++)
    if (leyden_text_looks_secret (leyden_value_get_key (outputs, i)) || leyden_pin_holds_secret (leyden_value_get_item (outputs, i)))
      return TRUE;
  return leyden_text_looks_secret (leyden_value_get_string (outputs, NULL));
}
