/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-check.h"

#include <glib/gi18n-lib.h>
#include "leyden-check-private.h"
#include "leyden-text.h"

/* Keys that stand in a flow itself: whoever gets the file gets them. They may stand anywhere, also where nobody knows the member. */

/* Recursion is bounded by the reader's depth limit. */
static gboolean
holds_secret (LeydenValue *value)
{
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    if (leyden_text_looks_secret (leyden_value_get_key (value, i)) || holds_secret (leyden_value_get_item (value, i)))
      return TRUE;
  return leyden_text_looks_secret (leyden_value_get_string (value, NULL));
}

static void
report (LeydenChecker     *self,
        LeydenElementKind  kind,
        const char        *id,
        const char        *port,
        char              *pointer,
        const char        *member,
        const char        *owner)
{
  leyden_checker_add (self, LEYDEN_PROBLEM_WARNING, "secret-inline", kind, id, port, pointer,
                      /* Translators: a part of something, and its owner. */
                      _("“%s” of “%s” holds what looks like a key. Whoever gets the file gets the key: keep it in the key ring "
                        "and name it here."),
                      member, owner);
}

static void
check_members (LeydenChecker     *self,
               LeydenElementKind  kind,
               const char        *id,
               LeydenValue       *value,
               const char        *pointer,
               const char        *owner,
               gboolean           is_container)
{
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    {
      const char *key = leyden_value_get_key (value, i);
      g_autofree char *part = NULL;
      g_autofree char *shown = NULL;

      /* Parameters are looked at one by one, and a body by itself where it is checked. */
      if ((kind == LEYDEN_ELEMENT_NODE && (g_str_equal (key, "parameters") || (is_container && g_str_equal (key, "flow"))))
          || (!leyden_text_looks_secret (key) && !holds_secret (leyden_value_get_item (value, i))))
        continue;
      part = leyden_checker_dup_pointer_part (key);
      shown = leyden_text_escape (key, -1, 60);
      report (self, kind, id, NULL, g_strconcat (pointer, "/", part, NULL), shown, owner);
    }
}

static void
check_parameters (LeydenChecker   *self,
                  LeydenCheckNode *node)
{
  LeydenValue *parameters = node->node->parameters;

  for (guint i = 0; i < leyden_value_get_size (parameters); i++)
    {
      const char *name = leyden_value_get_key (parameters, i);
      const LeydenParameter *parameter = node->type != NULL ? leyden_node_type_find_parameter (node->type, name) : NULL;
      g_autofree char *part = NULL;
      g_autofree char *shown = NULL;

      if (!leyden_text_looks_secret (name) && !holds_secret (leyden_value_get_item (parameters, i)))
        continue;
      part = leyden_checker_dup_pointer_part (name);
      shown = leyden_text_escape (parameter != NULL ? parameter->title : name, -1, 60);
      report (self, LEYDEN_ELEMENT_NODE, node->node->element.id, name,
              g_strdup_printf ("/nodes/%u/parameters/%s", node->index, part), shown, node->name);
    }
}

static void
check_list (LeydenChecker     *self,
            LeydenElementKind  kind,
            GPtrArray         *list,
            const char        *owner)
{
  for (guint i = 0; i < list->len; i++)
    {
      LeydenElement *element = g_ptr_array_index (list, i);
      g_autofree char *pointer = g_strdup_printf ("/%s/%u", leyden_element_kind_get_list (kind), i);

      check_members (self, kind, element->id, element->value, pointer, owner, FALSE);
    }
}

void
leyden_check_secrets (LeydenChecker *self)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges (self->flow);
  g_autoptr(GPtrArray) frames = leyden_flow_list_frames (self->flow);
  g_autoptr(GPtrArray) notes = leyden_flow_list_notes (self->flow);

  for (guint i = 0; i < self->nodes->len; i++)
    {
      LeydenCheckNode *node = g_ptr_array_index (self->nodes, i);
      g_autofree char *pointer = g_strdup_printf ("/nodes/%u", node->index);

      check_parameters (self, node);
      check_members (self, LEYDEN_ELEMENT_NODE, node->node->element.id, node->node->element.value, pointer, node->name,
                     node->type != NULL && node->type->container != NULL);
    }
  check_list (self, LEYDEN_ELEMENT_EDGE, edges, _("a wire"));
  check_list (self, LEYDEN_ELEMENT_FRAME, frames, _("a frame"));
  check_list (self, LEYDEN_ELEMENT_NOTE, notes, _("a note"));
  check_members (self, LEYDEN_ELEMENT_FLOW, "", leyden_flow_get_properties (self->flow), "", _("the flow"), FALSE);
}
