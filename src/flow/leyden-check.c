/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-check.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "leyden-check-private.h"
#include "leyden-flow-pins.h"
#include "leyden-id.h"
#include "leyden-text.h"

#define NAME_LENGTH 60
/* Above this the window says that it may take a moment. */
#define MANY_NODES 20000
#define MIN_ZOOM 0.01
#define MAX_ZOOM 10.0

static const char * const severities[] = {
  [LEYDEN_PROBLEM_ERROR] = "error",
  [LEYDEN_PROBLEM_WARNING] = "warning",
  [LEYDEN_PROBLEM_NOTICE] = "notice",
};

void
leyden_problem_free (LeydenProblem *self)
{
  if (self == NULL)
    return;
  g_strfreev (self->scope);
  g_free (self->id);
  g_free (self->port);
  g_free (self->pointer);
  g_free (self->message);
  g_free (self->repair_label);
  g_clear_pointer (&self->repair, leyden_edit_unref);
  g_free (self);
}

LeydenProblem *
leyden_checker_add (LeydenChecker     *self,
                    LeydenSeverity     severity,
                    const char        *code,
                    LeydenElementKind  kind,
                    const char        *id,
                    const char        *port,
                    char              *pointer,
                    const char        *format,
                    ...)
{
  LeydenProblem *problem = g_new0 (LeydenProblem, 1);
  g_autofree char *message = NULL;
  va_list args;

  problem->severity = severity;
  problem->code = code;
  problem->kind = kind;
  problem->scope = g_strdupv (self->scope);
  problem->id = g_strdup (id);
  problem->port = g_strdup (port);
  problem->pointer = pointer;
  if (*self->prefix != '\0')
    {
      problem->pointer = g_strconcat (self->prefix, pointer, NULL);
      g_free (pointer);
    }
  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  if (self->where != NULL)
    {
      g_autofree char *inner = g_steal_pointer (&message);

      /* Translators: titles of containers from the outside in, then what is wrong inside. */
      message = g_strdup_printf (_("In %s: %s"), self->where, inner);
    }
  /* Titles and names go into messages, messages into logs and reports; a key that stands in one does not. */
  problem->message = leyden_text_mask_secrets (message, -1);
  if (problem->message == NULL)
    problem->message = g_steal_pointer (&message);
  g_ptr_array_add (self->problems, problem);
  return problem;
}

void
leyden_problem_set_repair (LeydenProblem *self,
                           LeydenEdit    *edit)
{
  g_assert (self->repair == NULL);
  leyden_edit_set_scope (edit, (const char * const *) self->scope);
  self->repair = edit;
  self->repair_label = g_strdup (leyden_edit_get_label (edit));
}

static gboolean
is_used (LeydenFlow *flow,
         const char *id)
{
  return leyden_flow_get_node (flow, id) != NULL || leyden_flow_get_edge (flow, id) != NULL
         || leyden_flow_get_frame (flow, id) != NULL || leyden_flow_get_note (flow, id) != NULL;
}

char *
leyden_checker_new_id (LeydenChecker *self,
                       const char    *seed)
{
  g_autoptr(GRand) random = g_rand_new_with_seed ((guint32) leyden_fnv1a64 (seed, strlen (seed)));
  char *id = leyden_id_new_node (random);

  while (is_used (self->flow, id))
    {
      g_free (id);
      id = leyden_id_new_node (random);
    }
  return id;
}

char *
leyden_checker_dup_port_name (GPtrArray  *ports,
                              const char *name)
{
  LeydenPort *port = leyden_ports_find (ports, name);

  return leyden_text_escape (port != NULL ? port->title : name, -1, NAME_LENGTH);
}

char *
leyden_checker_dup_pointer_part (const char *key)
{
  GString *part = g_string_new (NULL);

  for (; *key != '\0'; key++)
    if (*key == '~')
      g_string_append (part, "~0");
    else if (*key == '/')
      g_string_append (part, "~1");
    else
      g_string_append_c (part, *key);
  return g_string_free (part, FALSE);
}

static void
check_node_free (LeydenCheckNode *self)
{
  g_ptr_array_unref (self->inputs);
  g_ptr_array_unref (self->outputs);
  g_free (self->name);
  g_free (self);
}

static void
collect_nodes (LeydenChecker *self)
{
  g_autoptr(GPtrArray) list = leyden_flow_list_nodes (self->flow);

  for (guint i = 0; i < list->len; i++)
    {
      LeydenCheckNode *node = g_new0 (LeydenCheckNode, 1);
      const char *title;

      node->node = g_ptr_array_index (list, i);
      node->index = i;
      node->type = leyden_node_types_lookup (self->types, node->node->type);
      node->inputs = leyden_node_types_dup_inputs (self->types, node->node);
      node->outputs = leyden_node_types_dup_outputs (self->types, node->node);
      title = node->node->title;
      if (*title == '\0')
        title = node->type != NULL ? node->type->title : node->node->type;
      node->name = leyden_text_escape (title, -1, NAME_LENGTH);
      g_ptr_array_add (self->nodes, node);
      g_hash_table_insert (self->by_id, (gpointer) node->node->element.id, node);
    }
}

static void
check_type (LeydenChecker   *self,
            LeydenCheckNode *node)
{
  g_autofree char *type = NULL;

  if (node->type != NULL)
    return;
  type = leyden_text_escape (node->node->type, -1, NAME_LENGTH);
  self->n_types_missing++;
  leyden_checker_add (self, node->node->mode == LEYDEN_NODE_MODE_DISABLED ? LEYDEN_PROBLEM_WARNING : LEYDEN_PROBLEM_ERROR,
                      "node-type-unknown", LEYDEN_ELEMENT_NODE, node->node->element.id, NULL,
                      g_strdup_printf ("/nodes/%u/type", node->index),
                      /* Translators: title of a node, name of its type. */
                      _("“%s” is of the type “%s”, which is not installed. It is kept as it is, but cannot run."), node->name,
                      type);
}

static void
check_position (LeydenChecker   *self,
                LeydenCheckNode *node)
{
  LeydenValue *position = leyden_value_get_member (node->node->element.value, "position");
  double x = leyden_value_get_member_double (position, "x", 0);
  double y = leyden_value_get_member_double (position, "y", 0);
  LeydenProblem *problem;
  LeydenEdit *edit;

  if (fabs (x) <= LEYDEN_FLOW_MAX_COORDINATE && fabs (y) <= LEYDEN_FLOW_MAX_COORDINATE)
    return;
  problem = leyden_checker_add (self, LEYDEN_PROBLEM_NOTICE, "position-far", LEYDEN_ELEMENT_NODE, node->node->element.id, NULL,
                                g_strdup_printf ("/nodes/%u/position", node->index),
                                _("“%s” lies farther out than the canvas reaches and is shown at its edge."), node->name);
  edit = leyden_edit_new (_("Move to the edge of the canvas"));
  leyden_edit_move_node (edit, node->node->element.id, node->node->position.x, node->node->position.y);
  leyden_problem_set_repair (problem, edit);
}

static gboolean
has_wire (LeydenChecker *self,
          const char    *node,
          const char    *port)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (self->flow, node, port);

  return edges->len > 0;
}

static void
check_required_inputs (LeydenChecker   *self,
                       LeydenCheckNode *node)
{
  const char *id = node->node->element.id;

  for (guint i = 0; i < node->inputs->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (node->inputs, i);
      g_autofree char *name = NULL;

      if (!port->required || has_wire (self, id, port->name))
        continue;
      name = leyden_text_escape (port->title, -1, NAME_LENGTH);
      leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, "input-missing", LEYDEN_ELEMENT_NODE, id, port->name,
                          g_strdup_printf ("/nodes/%u", node->index),
                          /* Translators: name of an input, title of a node. */
                          _("Nothing is connected to the input “%s” of “%s”, which needs it."), name, node->name);
    }
}

static void
check_input_groups (LeydenChecker   *self,
                    LeydenCheckNode *node)
{
  GPtrArray *groups = node->type->input_groups;

  for (guint i = 0; groups != NULL && i < groups->len; i++)
    {
      char **names = g_ptr_array_index (groups, i);
      g_autoptr(GPtrArray) titles = g_ptr_array_new_with_free_func (g_free);
      g_autofree char *list = NULL;
      gboolean wired = FALSE;

      for (guint k = 0; names[k] != NULL; k++)
        {
          wired = wired || has_wire (self, node->node->element.id, names[k]);
          g_ptr_array_add (titles, leyden_checker_dup_port_name (node->inputs, names[k]));
        }
      if (wired)
        continue;
      g_ptr_array_add (titles, NULL);
      /* Translators: between the names of inputs of which one is enough. */
      list = g_strjoinv (_("” or “"), (char **) titles->pdata);
      leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, "input-group-missing", LEYDEN_ELEMENT_NODE, node->node->element.id, names[0],
                          g_strdup_printf ("/nodes/%u", node->index),
                          _("“%s” needs something connected to “%s”."), node->name, list);
    }
}

/* Two outputs of one node of which only one ever gives something. */
static gboolean
are_exclusive (LeydenCheckNode *source,
               const char      *first,
               const char      *second)
{
  LeydenPort *a = leyden_ports_find (source->outputs, first);
  LeydenPort *b = leyden_ports_find (source->outputs, second);

  if (a == NULL || b == NULL || a == b)
    return FALSE;
  if (a->is_error != b->is_error)
    return TRUE;
  return (g_str_equal (source->node->type, "if") || g_str_equal (source->node->type, "switch")) && !a->is_error;
}

static void
check_never_together (LeydenChecker   *self,
                      LeydenCheckNode *node)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (self->flow, node->node->element.id, NULL);
  g_autoptr(GHashTable) first = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < edges->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (edges, i);
      LeydenPort *port = leyden_ports_find (node->inputs, edge->target_port);
      LeydenCheckNode *source = g_hash_table_lookup (self->by_id, edge->source);
      LeydenEdge *other = g_hash_table_lookup (first, edge->source);
      g_autofree char *left = NULL;
      g_autofree char *right = NULL;

      if (port == NULL || !port->required || port->multiple || source == NULL)
        continue;
      if (other == NULL)
        {
          g_hash_table_insert (first, (gpointer) edge->source, edge);
          continue;
        }
      if (!are_exclusive (source, other->source_port, edge->source_port))
        continue;
      left = leyden_checker_dup_port_name (source->outputs, other->source_port);
      right = leyden_checker_dup_port_name (source->outputs, edge->source_port);
      leyden_checker_add (self, LEYDEN_PROBLEM_WARNING, "node-never-runs", LEYDEN_ELEMENT_NODE, node->node->element.id,
                          edge->target_port, g_strdup_printf ("/nodes/%u", node->index),
                          /* Translators: titles of nodes, then two outputs of the second one. */
                          _("“%s” never runs: “%s” gives either “%s” or “%s”, and both are needed. Bring them together with a Merge."),
                          node->name, source->name, left, right);
      return;
    }
}

static void
check_retry (LeydenChecker   *self,
             LeydenCheckNode *node)
{
  LeydenValue *max = leyden_value_get_member (leyden_value_get_member (node->node->element.value, "retry"), "max");
  gint64 number;
  LeydenProblem *problem;
  LeydenEdit *edit;

  if (max == NULL || (leyden_value_get_int (max, &number) && number >= 0 && number <= 100))
    return;
  problem = leyden_checker_add (self, LEYDEN_PROBLEM_WARNING, "retry-invalid", LEYDEN_ELEMENT_NODE, node->node->element.id, NULL,
                                g_strdup_printf ("/nodes/%u/retry/max", node->index),
                                _("The number of retries of “%s” must be a whole number from 0 to 100."), node->name);
  edit = leyden_edit_new (_("Do not retry"));
  leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, node->node->element.id, (const char * const[]) { "retry", NULL }, NULL);
  leyden_problem_set_repair (problem, edit);
}

/* No fault, but what it gives is not what it would give. */
static void
check_pin (LeydenChecker   *self,
           LeydenCheckNode *node)
{
  LeydenValue *pin = leyden_node_get_pin (node->node);
  const char *id = node->node->element.id;
  LeydenProblem *problem;
  LeydenEdit *edit;

  if (pin == NULL)
    return;
  if (leyden_pin_get_outputs (pin) == NULL && leyden_pin_get_digest (pin) == NULL)
    problem = leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, "pin-invalid", LEYDEN_ELEMENT_NODE, id, NULL,
                                  g_strdup_printf ("/nodes/%u/pin", node->index),
                                  _("“%s” is pinned, but holds no values. Unpin it, and it runs."), node->name);
  else
    problem = leyden_checker_add (self, LEYDEN_PROBLEM_NOTICE, "node-pinned", LEYDEN_ELEMENT_NODE, id, NULL,
                                  g_strdup_printf ("/nodes/%u/pin", node->index),
                                  _("“%s” is pinned: it does not run and gives the values that are kept with it."), node->name);
  edit = leyden_edit_new (_("Unpin the output"));
  leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, id, (const char * const[]) { "pin", NULL }, NULL);
  leyden_problem_set_repair (problem, edit);
}

static gboolean
has_results (LeydenCheckNode *node)
{
  for (guint i = 0; i < node->outputs->len; i++)
    if (!((LeydenPort *) g_ptr_array_index (node->outputs, i))->is_error)
      return TRUE;
  return FALSE;
}

/* What has no output of its own, or scores, is an end; everything on the way to an end is used. */
static gboolean
is_end (LeydenCheckNode *node)
{
  return node->type == NULL || !has_results (node) || g_str_equal (node->type->category, "evaluation");
}

static void
mark_used (LeydenChecker *self)
{
  g_autoptr(GPtrArray) stack = g_ptr_array_new ();

  for (guint i = 0; i < self->nodes->len; i++)
    {
      LeydenCheckNode *node = g_ptr_array_index (self->nodes, i);

      if (is_end (node))
        {
          node->used = TRUE;
          g_ptr_array_add (stack, node);
        }
    }
  while (stack->len > 0)
    {
      LeydenCheckNode *node = g_ptr_array_steal_index (stack, stack->len - 1);
      g_autoptr(GPtrArray) edges = leyden_flow_list_edges_in (self->flow, node->node->element.id, NULL);

      for (guint i = 0; i < edges->len; i++)
        {
          LeydenCheckNode *source = g_hash_table_lookup (self->by_id, ((LeydenEdge *) g_ptr_array_index (edges, i))->source);

          if (source == NULL || source->used)
            continue;
          source->used = TRUE;
          g_ptr_array_add (stack, source);
        }
    }
}

static void
check_used (LeydenChecker   *self,
            LeydenCheckNode *node)
{
  g_autoptr(GPtrArray) in = leyden_flow_list_edges_in (self->flow, node->node->element.id, NULL);
  g_autoptr(GPtrArray) out = leyden_flow_list_edges_out (self->flow, node->node->element.id, NULL);
  gboolean alone = in->len == 0 && out->len == 0;

  if (alone && self->nodes->len > 1)
    leyden_checker_add (self, LEYDEN_PROBLEM_WARNING, "node-unconnected", LEYDEN_ELEMENT_NODE, node->node->element.id, NULL,
                        g_strdup_printf ("/nodes/%u", node->index), _("“%s” is not connected to anything."), node->name);
  else if (!node->used)
    leyden_checker_add (self, LEYDEN_PROBLEM_WARNING, "node-unused", LEYDEN_ELEMENT_NODE, node->node->element.id, NULL,
                        g_strdup_printf ("/nodes/%u", node->index),
                        _("Nothing uses the result of “%s”: no way leads from it to an Output or an Evaluator."), node->name);
}

/* What only offers itself as a tool gets its inputs with each call. */
static gboolean
is_only_called (LeydenChecker   *self,
                LeydenCheckNode *node)
{
  for (guint i = 0; i < node->outputs->len; i++)
    {
      LeydenPort *port = g_ptr_array_index (node->outputs, i);

      if (port->type == LEYDEN_PORT_TOOLS)
        return leyden_flow_is_only_called (self->flow, node->node->element.id, port->name);
    }
  return FALSE;
}

static void
check_node (LeydenChecker   *self,
            LeydenCheckNode *node)
{
  check_type (self, node);
  check_position (self, node);
  leyden_check_mode (self, node);
  /* Whoever switches a node off need not mend it first. */
  if (node->node->mode == LEYDEN_NODE_MODE_DISABLED)
    return;
  check_used (self, node);
  if (node->node->mode == LEYDEN_NODE_MODE_BYPASSED)
    return;
  check_retry (self, node);
  check_pin (self, node);
  if (node->type == NULL)
    return;
  if (!is_only_called (self, node))
    check_required_inputs (self, node);
  check_input_groups (self, node);
  check_never_together (self, node);
  leyden_check_parameters (self, node);
  if (node->type->container != NULL)
    leyden_check_container (self, node);
}

static void
check_cycle (LeydenChecker *self)
{
  g_autoptr(LeydenFlowOrder) order = leyden_flow_order_new (self->flow, self->types);
  const char * const *cycle = leyden_flow_order_get_cycle (order);
  g_autoptr(GString) names = NULL;
  g_autoptr(GPtrArray) edges = NULL;
  LeydenCheckNode *first;
  const char *last;
  LeydenProblem *problem;
  LeydenEdit *edit;
  guint n;

  if (cycle == NULL)
    return;
  n = g_strv_length ((char **) cycle);
  names = g_string_new (NULL);
  for (guint i = 0; i < MIN (n, 6); i++)
    g_string_append_printf (names, "“%s” → ", ((LeydenCheckNode *) g_hash_table_lookup (self->by_id, cycle[i]))->name);
  if (n > 6)
    g_string_append (names, "… → ");
  first = g_hash_table_lookup (self->by_id, cycle[0]);
  last = cycle[n - 1];
  problem = leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, "cycle", LEYDEN_ELEMENT_NODE, cycle[0], NULL,
                                g_strdup_printf ("/nodes/%u", first->index),
                                /* Translators: a list of nodes with arrows behind each, then the first again. */
                                _("The wires run in a circle: %s“%s”. A flow must lead forward."), names->str, first->name);
  edit = leyden_edit_new (_("Remove the wire that closes the circle"));
  edges = leyden_flow_list_edges_out (self->flow, last, NULL);
  for (guint i = 0; i < edges->len; i++)
    {
      LeydenEdge *edge = g_ptr_array_index (edges, i);

      if (g_str_equal (edge->target, cycle[0]))
        leyden_edit_remove_edge (edit, edge->element.id);
    }
  leyden_problem_set_repair (problem, edit);
}

static LeydenEdit *
rename_edit (LeydenChecker *self,
             LeydenElement *element,
             const char    *id)
{
  LeydenEdit *edit = leyden_edit_new (_("Give the second one an id of its own"));
  g_autofree char *fresh = leyden_checker_new_id (self, element->id);
  g_autoptr(LeydenValue) text = leyden_value_new_string (fresh, -1);
  g_autoptr(LeydenValue) value = leyden_value_with_member (element->value, "id", text);

  leyden_edit_add (edit, element->kind, element->id, NULL, NULL);
  leyden_edit_add (edit, element->kind, fresh, NULL, value);
  return edit;
}

static void
check_duplicates (LeydenChecker     *self,
                  LeydenElementKind  kind)
{
  g_autoptr(GPtrArray) list = leyden_flow_list_duplicates (self->flow, kind);

  for (guint i = 0; i < list->len; i++)
    {
      LeydenElement *element = g_ptr_array_index (list, i);
      const char *id = leyden_value_get_member_string (element->value, "id", "");
      g_autofree char *shown = leyden_text_escape (id, -1, NAME_LENGTH);
      g_autofree char *pointer = g_strdup_printf ("/%s", leyden_element_kind_get_list (kind));
      LeydenProblem *problem;

      if (kind == LEYDEN_ELEMENT_NODE)
        {
          LeydenCheckNode *first = g_hash_table_lookup (self->by_id, id);
          LeydenCheckNode *second = g_hash_table_lookup (self->by_id, element->id);

          problem = leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, "duplicate-id", kind, element->id, NULL,
                                        g_strdup_printf ("/nodes/%u", second->index),
                                        _("Two nodes have the id “%s”: “%s” and “%s”. Wires lead to the first one."), shown,
                                        first != NULL ? first->name : "", second->name);
        }
      else
        problem = leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, "duplicate-id", kind, element->id, NULL,
                                      g_steal_pointer (&pointer),
                                      kind == LEYDEN_ELEMENT_EDGE    ? _("Two wires have the id “%s”.")
                                      : kind == LEYDEN_ELEMENT_FRAME ? _("Two frames have the id “%s”.")
                                                                     : _("Two notes have the id “%s”."),
                                      shown);
      leyden_problem_set_repair (problem, rename_edit (self, element, id));
    }
}

static gboolean
has_type (LeydenChecker *self,
          const char    *type)
{
  for (guint i = 0; i < self->nodes->len; i++)
    {
      LeydenNode *node = ((LeydenCheckNode *) g_ptr_array_index (self->nodes, i))->node;

      if (node->mode == LEYDEN_NODE_MODE_ON && g_str_equal (node->type, type))
        return TRUE;
    }
  return FALSE;
}

static void
check_ends (LeydenChecker *self)
{
  static const struct
  {
    const char *type;
    const char *code;
    const char *message;
  } ends[] = {
    { "input", "flow-no-input", N_("The flow has no Input, so no data reaches it.") },
    { "output", "flow-no-output", N_("The flow has no Output, so it gives no result.") },
    { "reward", "flow-no-reward", N_("The flow has no Reward, so it cannot be trained.") },
  };

  if (*self->scope != NULL)
    return;
  if (self->nodes->len == 0)
    {
      leyden_checker_add (self, LEYDEN_PROBLEM_NOTICE, "flow-empty", LEYDEN_ELEMENT_FLOW, "", NULL, g_strdup ("/nodes"),
                          _("The flow is empty."));
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    if (!has_type (self, ends[i].type))
      leyden_checker_add (self, LEYDEN_PROBLEM_NOTICE, ends[i].code, LEYDEN_ELEMENT_FLOW, "", NULL, g_strdup ("/nodes"), "%s",
                          g_dgettext (GETTEXT_PACKAGE, ends[i].message));
}

/* What a cluster learns from is the reward of the rollout that a call belongs to. */
static void
check_policy (LeydenChecker *self)
{
  if (*self->scope != NULL || has_type (self, "reward"))
    return;
  for (guint i = 0; i < self->nodes->len; i++)
    {
      LeydenCheckNode *node = g_ptr_array_index (self->nodes, i);
      LeydenValue *policy = leyden_node_get_parameter (node->node, "policy");
      const char * const path[] = { "parameters", "policy", NULL };
      LeydenProblem *problem;
      LeydenEdit *edit;

      if (node->node->mode != LEYDEN_NODE_MODE_ON || leyden_value_get_kind (policy) != LEYDEN_VALUE_BOOLEAN
          || !leyden_value_get_boolean (policy))
        continue;
      problem = leyden_checker_add (self, LEYDEN_PROBLEM_WARNING, "policy-without-reward", LEYDEN_ELEMENT_NODE, node->node->element.id, "policy",
                                    g_strdup_printf ("/nodes/%u/parameters/policy", node->index),
                                    _("“%s” is trained by the cluster, but the flow has no Reward: the trainer would learn nothing."), node->name);
      edit = leyden_edit_new (_("Do not train it by the cluster"));
      leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, node->node->element.id, path, NULL);
      leyden_problem_set_repair (problem, edit);
    }
}

static void
check_view (LeydenChecker *self)
{
  LeydenValue *view = leyden_flow_get_property_value (self->flow, "view");
  double zoom = leyden_value_get_member_double (view, "zoom", 1);
  LeydenProblem *problem;
  LeydenEdit *edit;

  if (zoom >= MIN_ZOOM && zoom <= MAX_ZOOM && fabs (leyden_value_get_member_double (view, "x", 0)) <= LEYDEN_FLOW_MAX_COORDINATE
      && fabs (leyden_value_get_member_double (view, "y", 0)) <= LEYDEN_FLOW_MAX_COORDINATE)
    return;
  problem = leyden_checker_add (self, LEYDEN_PROBLEM_NOTICE, "view-out-of-range", LEYDEN_ELEMENT_FLOW, "", NULL, g_strdup ("/view"),
                                _("The stored view of the canvas is out of range; the nearest possible one is shown."));
  edit = leyden_edit_new (_("Forget the stored view"));
  leyden_edit_add (edit, LEYDEN_ELEMENT_FLOW, "", (const char * const[]) { "view", NULL }, NULL);
  leyden_problem_set_repair (problem, edit);
}

static void
check_file (LeydenChecker *self)
{
  if (*self->scope != NULL)
    return;
  if (leyden_flow_get_version (self->flow) > LEYDEN_FLOW_FORMAT)
    leyden_checker_add (self, LEYDEN_PROBLEM_ERROR, "format-newer", LEYDEN_ELEMENT_FLOW, "", NULL, g_strdup ("/leyden"),
                        _("This flow was made by a newer Leyden (format %" PRId64 ", this one reads %d). It can be looked at, "
                          "but neither changed nor run."),
                        leyden_flow_get_version (self->flow), LEYDEN_FLOW_FORMAT);
  if (!leyden_flow_is_format_key_first (self->flow))
    leyden_checker_add (self, LEYDEN_PROBLEM_NOTICE, "format-key-not-first", LEYDEN_ELEMENT_FLOW, "", NULL, g_strdup ("/leyden"),
                        _("The key “leyden” is not the first of the file. The first change puts it there."));
  if (self->nodes->len > MANY_NODES)
    leyden_checker_add (self, LEYDEN_PROBLEM_NOTICE, "many-nodes", LEYDEN_ELEMENT_FLOW, "", NULL, g_strdup ("/nodes"),
                        _("The flow has %u nodes (at most %d are possible); some things take a moment."), self->nodes->len,
                        LEYDEN_FLOW_MAX_NODES);
}

static int
compare_texts (const char *a,
               const char *b)
{
  return g_strcmp0 (a, b);
}

/* The outside before the inside. */
static int
compare_scopes (char **a,
                char **b)
{
  guint i = 0;

  while (a[i] != NULL && b[i] != NULL && g_str_equal (a[i], b[i]))
    i++;
  return compare_texts (a[i], b[i]);
}

static gint
compare_problems (gconstpointer a,
                  gconstpointer b)
{
  const LeydenProblem *x = *(LeydenProblem * const *) a;
  const LeydenProblem *y = *(LeydenProblem * const *) b;
  int order;

  if (x->severity != y->severity)
    return x->severity < y->severity ? -1 : 1;
  order = compare_scopes (x->scope, y->scope);
  if (order != 0)
    return order;
  if (x->kind != y->kind)
    return x->kind < y->kind ? -1 : 1;
  order = compare_texts (x->id, y->id);
  if (order == 0)
    order = compare_texts (x->port, y->port);
  return order != 0 ? order : compare_texts (x->code, y->code);
}

void
leyden_checker_run (LeydenChecker *self)
{
  self->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) check_node_free);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  collect_nodes (self);
  mark_used (self);
  check_file (self);
  check_view (self);
  check_ends (self);
  check_policy (self);
  for (LeydenElementKind kind = LEYDEN_ELEMENT_NODE; kind <= LEYDEN_ELEMENT_NOTE; kind++)
    check_duplicates (self, kind);
  for (guint i = 0; i < self->nodes->len; i++)
    check_node (self, g_ptr_array_index (self->nodes, i));
  leyden_check_secrets (self);
  leyden_check_edges (self);
  leyden_check_modes (self);
  check_cycle (self);
  g_clear_pointer (&self->by_id, g_hash_table_unref);
  g_clear_pointer (&self->nodes, g_ptr_array_unref);
}

GPtrArray *
leyden_flow_check (LeydenFlow      *flow,
                   LeydenNodeTypes *types)
{
  char *scope[] = { NULL };
  LeydenChecker self = { .flow = flow, .types = types, .scope = scope, .prefix = "" };

  g_return_val_if_fail (LEYDEN_IS_FLOW (flow), NULL);
  g_return_val_if_fail (LEYDEN_IS_NODE_TYPES (types), NULL);

  self.problems = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_problem_free);
  leyden_checker_run (&self);
  g_ptr_array_sort (self.problems, compare_problems);
  return self.problems;
}

gboolean
leyden_problems_have_errors (GPtrArray *problems)
{
  g_return_val_if_fail (problems != NULL, FALSE);

  /* Errors come first. */
  return problems->len > 0 && ((LeydenProblem *) g_ptr_array_index (problems, 0))->severity == LEYDEN_PROBLEM_ERROR;
}

LeydenValue *
leyden_problem_to_value (LeydenProblem *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (self != NULL, NULL);

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "severity", severities[self->severity]);
  leyden_value_builder_set_string (&builder, "code", self->code);
  leyden_value_builder_set_string (&builder, "kind", leyden_element_kind_to_string (self->kind));
  leyden_value_builder_set_string (&builder, "id", self->id);
  if (*self->scope != NULL)
    {
      leyden_value_builder_key (&builder, "scope");
      leyden_value_builder_begin_list (&builder);
      for (guint i = 0; self->scope[i] != NULL; i++)
        leyden_value_builder_add_string (&builder, self->scope[i]);
      leyden_value_builder_end (&builder);
    }
  if (self->port != NULL)
    leyden_value_builder_set_string (&builder, "port", self->port);
  leyden_value_builder_set_string (&builder, "pointer", self->pointer);
  leyden_value_builder_set_string (&builder, "message", self->message);
  if (self->repair != NULL)
    {
      leyden_value_builder_key (&builder, "repair");
      leyden_value_builder_begin_object (&builder);
      leyden_value_builder_set_string (&builder, "label", self->repair_label);
      leyden_value_builder_set_take (&builder, "edit", leyden_edit_to_value (self->repair));
      leyden_value_builder_end (&builder);
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}
