/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-check.h"

#include <glib/gi18n-lib.h>
#include "leyden-check-private.h"
#include "leyden-text.h"

static LeydenEdit *
mode_edit (LeydenCheckNode *node,
           LeydenNodeMode   mode,
           const char      *label)
{
  LeydenEdit *edit = leyden_edit_new (label);

  leyden_edit_set_mode (edit, node->node->element.id, mode);
  return edit;
}

static void
check_known (LeydenChecker   *self,
             LeydenCheckNode *node)
{
  LeydenValue *mode = leyden_value_get_member (node->node->element.value, "mode");
  const char *text = leyden_value_get_string (mode, NULL);
  g_autofree char *shown = NULL;
  LeydenProblem *problem;

  if (mode == NULL || node->node->mode != LEYDEN_NODE_MODE_ON)
    return;
  shown = leyden_text_escape (text != NULL ? text : "?", -1, 60);
  problem = leyden_checker_add (self, LEYDEN_PROBLEM_WARNING, "mode-unknown", LEYDEN_ELEMENT_NODE, node->node->element.id, NULL,
                                g_strdup_printf ("/nodes/%u/mode", node->index),
                                /* Translators: title of a node, then what stands in the file. */
                                _("The mode of “%s” is neither “disabled” nor “bypassed” but “%s”: the node runs."), node->name, shown);
  leyden_problem_set_repair (problem, mode_edit (node, LEYDEN_NODE_MODE_ON, _("Remove the mode")));
}

/* Ports of a type that is not installed are not known. */
static void
check_bypass (LeydenChecker   *self,
              LeydenCheckNode *node)
{
  g_autofree char *output = NULL;
  g_autofree char *shown = NULL;
  LeydenProblem *problem;

  if (node->type == NULL || leyden_node_can_bypass (self->flow, self->types, node->node->element.id, &output))
    return;
  if (output != NULL)
    {
      shown = leyden_text_escape (output, -1, 60);
      problem = leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, "bypass-nothing-fits", LEYDEN_ELEMENT_NODE, node->node->element.id, NULL,
                                    g_strdup_printf ("/nodes/%u/mode", node->index),
                                    /* Translators: title of a node, then one of its outputs. */
                                    _("“%s” cannot be bypassed: nothing that is connected to it can pass to its output “%s”."), node->name,
                                    shown);
    }
  else
    problem = leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, "bypass-no-output", LEYDEN_ELEMENT_NODE, node->node->element.id, NULL,
                                  g_strdup_printf ("/nodes/%u/mode", node->index),
                                  _("“%s” cannot be bypassed: it has no output that something could pass to."), node->name);
  leyden_problem_set_repair (problem, mode_edit (node, LEYDEN_NODE_MODE_DISABLED, _("Disable it instead")));
}

void
leyden_check_mode (LeydenChecker   *self,
                   LeydenCheckNode *node)
{
  check_known (self, node);
  if (node->node->mode == LEYDEN_NODE_MODE_BYPASSED)
    check_bypass (self, node);
}

void
leyden_check_modes (LeydenChecker *self)
{
  g_autoptr(GHashTable) dark = leyden_flow_list_dark (self->flow, self->types);

  for (guint i = 0; i < self->nodes->len; i++)
    {
      LeydenCheckNode *node = g_ptr_array_index (self->nodes, i);
      const char *cause = g_hash_table_lookup (dark, node->node->element.id);
      LeydenCheckNode *disabled = cause != NULL ? g_hash_table_lookup (self->by_id, cause) : NULL;

      if (disabled == NULL)
        continue;
      leyden_checker_add (self, LEYDEN_PROBLEM_NOTICE, "node-dark", LEYDEN_ELEMENT_NODE, node->node->element.id, NULL,
                          g_strdup_printf ("/nodes/%u", node->index),
                          /* Translators: titles of two nodes. */
                          _("“%s” will not run: what it needs comes from “%s”, which is disabled."), node->name, disabled->name);
    }
}
