/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-check.h"

#include <glib/gi18n-lib.h>
#include "leyden-check-private.h"
#include "leyden-text.h"

/* Containers: that there is a body, that it fits, and what is wrong inside. */

static void
report_missing (LeydenChecker   *self,
                LeydenCheckNode *node)
{
  const LeydenContainer *container = node->type->container;
  g_autoptr(LeydenValue) body = leyden_flow_new_body (container->fields, container->results);
  LeydenProblem *problem = leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, "body-missing", LEYDEN_ELEMENT_NODE,
                                               node->node->element.id, NULL, g_strdup_printf ("/nodes/%u", node->index),
                                               _("“%s” has no flow inside, so there is nothing to run."), node->name);
  LeydenEdit *edit = leyden_edit_new (_("Add an Input and an Output inside"));

  leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, node->node->element.id, (const char * const[]) { "flow", NULL }, body);
  leyden_problem_set_repair (problem, edit);
}

/* The field that gets one item at a time must be there: else nothing would tell how often to run. */
static void
check_item (LeydenChecker   *self,
            LeydenCheckNode *node)
{
  const char *parameter = node->type->container->item_parameter;
  const char *name = parameter != NULL ? leyden_node_types_get_text (self->types, node->node, parameter) : "";
  g_autofree char *shown = NULL;

  if (*name == '\0' || leyden_ports_find (node->inputs, name) != NULL)
    return;
  shown = leyden_text_escape (name, -1, 60);
  leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, "body-item-missing", LEYDEN_ELEMENT_NODE, node->node->element.id, parameter,
                      g_strdup_printf ("/nodes/%u/flow", node->index),
                      /* Translators: title of a container, name of a field. */
                      _("The Input inside “%s” has no field “%s” for one item of the list."), node->name, shown);
}

/* A reward scores the whole rollout; of many rounds it would be anybody's guess which one counts. */
static void
check_rewards (LeydenChecker   *self,
               LeydenFlow      *body,
               LeydenCheckNode *node)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (body);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenNode *inner = g_ptr_array_index (nodes, i);

      if (g_str_equal (inner->type, "reward"))
        leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, "reward-in-body", LEYDEN_ELEMENT_NODE, inner->element.id, NULL,
                            g_strdup_printf ("/nodes/%u", i),
                            _("A Reward counts for the whole rollout and cannot stand inside “%s”. Give the score out through the "
                              "Output and put the Reward outside."),
                            node->name);
    }
}

static void
check_outputs (LeydenChecker   *self,
               LeydenFlow      *body,
               LeydenCheckNode *node)
{
  if (leyden_flow_find_node (body, "output") == NULL)
    leyden_checker_add (self, LEYDEN_PROBLEM_WARNING, "body-no-output", LEYDEN_ELEMENT_FLOW, "", NULL, g_strdup ("/nodes"),
                        _("There is no Output inside “%s”, so it gives nothing."), node->name);
}

static char **
dup_scope_with (char      **scope,
                const char *id)
{
  guint n = g_strv_length (scope);
  char **inner = g_new0 (char *, n + 2);

  for (guint i = 0; i < n; i++)
    inner[i] = g_strdup (scope[i]);
  inner[n] = g_strdup (id);
  return inner;
}

static void
check_inside (LeydenChecker   *self,
              LeydenCheckNode *node,
              LeydenFlow      *body)
{
  g_auto(GStrv) scope = dup_scope_with (self->scope, node->node->element.id);
  g_autofree char *prefix = g_strdup_printf ("%s/nodes/%u/flow", self->prefix, node->index);
  /* Translators: titles of a container and of one that is inside it. */
  g_autofree char *where = self->where != NULL ? g_strdup_printf (_("%s › “%s”"), self->where, node->name)
                                               : g_strdup_printf (_("“%s”"), node->name);
  LeydenChecker inner = {
    .flow = body, .types = self->types, .problems = self->problems, .scope = scope, .prefix = prefix, .where = where,
  };

  check_outputs (&inner, body, node);
  check_rewards (&inner, body, node);
  leyden_checker_run (&inner);
}

void
leyden_check_container (LeydenChecker   *self,
                        LeydenCheckNode *node)
{
  LeydenFlow *body = leyden_flow_get_body (self->flow, node->node->element.id);

  if (body == NULL)
    {
      report_missing (self, node);
      return;
    }
  if (g_strv_length (self->scope) >= LEYDEN_FLOW_MAX_DEPTH)
    {
      leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, "body-too-deep", LEYDEN_ELEMENT_NODE, node->node->element.id, NULL,
                          g_strdup_printf ("/nodes/%u/flow", node->index),
                          _("“%s” stands inside too many other containers; %d are possible."), node->name, LEYDEN_FLOW_MAX_DEPTH);
      return;
    }
  check_item (self, node);
  check_inside (self, node, body);
}
