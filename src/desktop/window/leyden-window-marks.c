/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-breakpoint-list.h"
#include "leyden-debug-path.h"
#include "leyden-debug-text.h"

#define MAX_PREVIEW 80
/* Heat below this share of the whole says nothing. */
#define MIN_HEAT 0.01

/* What the debugger draws on the canvas, and breakpoints that are set there. */

typedef struct
{
  LeydenTab         *tab;
  LeydenRolloutView *view;              /* nullable */
  LeydenValue       *state;             /* nullable */
  char              *current;           /* path that the rollout stands at; nullable */
  char              *prefix;            /* of the nodes of the flow that is shown, in the round that is looked at: "solve[3]/" */
  GHashTable        *nodes;             /* id → LeydenMarks */
  GHashTable        *edges;
} Marking;

static LeydenMarks *
marks_of (GHashTable *table,
          const char *id)
{
  LeydenMarks *marks = g_hash_table_lookup (table, id);

  if (marks == NULL)
    {
      marks = leyden_marks_new ();
      g_hash_table_insert (table, g_strdup (id), marks);
    }
  return marks;
}

/* --- breakpoints --- */

static guint
flags_of (LeydenBreakpoint *breakpoint)
{
  LeydenValue *value = leyden_breakpoint_get_value (breakpoint);
  gboolean asks = *leyden_value_get_member_string (value, "condition", "") != '\0' || leyden_value_get_member_int (value, "hits", 1) > 1;

  return LEYDEN_MARK_BREAKPOINT | (leyden_breakpoint_is_enabled (breakpoint) ? 0 : LEYDEN_MARK_DISABLED) | (asks ? LEYDEN_MARK_CONDITION : 0);
}

static void
mark_breakpoints (Marking *marking)
{
  GListModel *store = G_LIST_MODEL (leyden_breakpoints_get_for (marking->tab->document));
  g_autofree char *scope = leyden_flow_join_path ((const char * const *) marking->tab->scope, "");
  gsize length = strlen (scope);

  for (guint i = 0; i < g_list_model_get_n_items (store); i++)
    {
      g_autoptr(LeydenBreakpoint) breakpoint = g_list_model_get_item (store, i);
      LeydenValue *value = leyden_breakpoint_get_value (breakpoint);
      g_autofree char *place = leyden_node_path_collapse (leyden_value_get_member_string (value, "node", ""));
      const char *edge = leyden_value_get_member_string (value, "edge", NULL);

      if (*place == '\0' || !g_str_has_prefix (place, scope))
        continue;
      /* In a container that is closed: it says that there is one. */
      if (strchr (place + length, '/') != NULL)
        {
          g_autofree char *id = g_strndup (place + length, strcspn (place + length, "/"));

          marks_of (marking->nodes, id)->flags |= flags_of (breakpoint);
        }
      else if (edge != NULL)
        marks_of (marking->edges, edge)->flags |= flags_of (breakpoint);
      else
        marks_of (marking->nodes, place + length)->flags |= flags_of (breakpoint);
    }
}

/* --- where it stands --- */

/* The round of the containers around that is looked at: the one that the rollout is in, else the latest. */
static char *
dup_prefix (Marking *marking)
{
  g_autofree char *scope = leyden_flow_join_path ((const char * const *) marking->tab->scope, "");
  LeydenValue *nodes = leyden_value_get_member (marking->state, "nodes");
  char *prefix = NULL;
  gint64 newest = -1;

  if (*scope == '\0')
    return g_strdup ("");
  for (guint i = 0; leyden_value_get_kind (nodes) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (nodes); i++)
    {
      const char *path = leyden_value_get_key (nodes, i);
      g_autofree char *collapsed = leyden_node_path_collapse (path);
      const char *slash = strrchr (path, '/');
      gint64 started = leyden_value_get_member_int (leyden_value_get_item (nodes, i), "started", 0);
      gboolean here;

      if (strchr (path, '#') != NULL || slash == NULL || !g_str_has_prefix (collapsed, scope) || strchr (collapsed + strlen (scope), '/') != NULL)
        continue;
      here = marking->current != NULL && strncmp (marking->current, path, (gsize) (slash - path) + 1) == 0;
      if (prefix != NULL && !here && started < newest)
        continue;
      g_free (prefix);
      prefix = g_strndup (path, (gsize) (slash - path) + 1);
      newest = here ? G_MAXINT64 : started;
    }
  return prefix != NULL ? prefix : g_steal_pointer (&scope);
}

static LeydenValue *
find_node (Marking    *marking,
           const char *id)
{
  g_autofree char *path = g_strconcat (marking->prefix, id, NULL);

  return leyden_value_get_member (leyden_value_get_member (marking->state, "nodes"), path);
}

/* A node, or the container around it where that is closed. */
static void
mark_current (Marking *marking)
{
  g_autofree char *place = marking->current != NULL ? leyden_debug_path_dup_place (marking->current) : NULL;
  g_autofree char *scope = leyden_flow_join_path ((const char * const *) marking->tab->scope, "");
  g_autofree char *id = NULL;

  if (place == NULL || !g_str_has_prefix (place, scope))
    return;
  id = g_strndup (place + strlen (scope), strcspn (place + strlen (scope), "/"));
  marks_of (marking->nodes, id)->flags |= LEYDEN_MARK_CURRENT;
}

static gboolean
has_state (LeydenValue *node,
           const char  *name)
{
  return g_strcmp0 (leyden_value_get_member_string (node, "state", "pending"), name) == 0;
}

/* --- values on wires --- */

static void
mark_wire (Marking    *marking,
           LeydenEdge *edge)
{
  LeydenValue *source = find_node (marking, leyden_edge_get_source (edge));
  LeydenValue *target = find_node (marking, leyden_edge_get_target (edge));
  LeydenValue *outputs = leyden_value_get_member (source, "outputs");
  LeydenValue *value = leyden_value_get_member (outputs, leyden_edge_get_source_port (edge));
  gboolean ended = has_state (source, "succeeded") || has_state (source, "skipped") || has_state (source, "failed");
  LeydenMarks *marks;

  if (value == NULL && !ended)
    return;
  /* A summary has no values: nothing is said then. */
  if (value == NULL && has_state (source, "succeeded") && outputs == NULL)
    return;
  marks = marks_of (marking->edges, leyden_edge_get_id (edge));
  if (value == NULL)
    {
      marks->flags |= LEYDEN_MARK_DEAD;
      return;
    }
  marks->token = leyden_debug_dup_preview (value, MAX_PREVIEW);
  if (target == NULL || has_state (target, "pending"))
    marks->flags |= LEYDEN_MARK_TOKEN;
}

static void
mark_wires (Marking    *marking,
            LeydenFlow *flow)
{
  g_autoptr(GPtrArray) edges = leyden_flow_list_edges (flow);

  for (guint i = 0; i < edges->len; i++)
    mark_wire (marking, g_ptr_array_index (edges, i));
}

/* --- heat --- */

static double
cost_of (LeydenValue *node)
{
  LeydenValue *calls = leyden_value_get_member (node, "calls");
  double cost = 0;

  for (guint i = 0; i < leyden_value_get_size (calls); i++)
    {
      LeydenValue *answer = leyden_value_get_member (leyden_value_get_item (calls, i), "answer");
      LeydenValue *usage = leyden_value_get_member (answer, "usage");

      cost += leyden_value_get_member_double (answer, "cost",
                                              (double) (leyden_value_get_member_int (usage, "prompt_tokens", 0)
                                                        + leyden_value_get_member_int (usage, "completion_tokens", 0)) / 1e6);
    }
  return cost;
}

static double
time_of (LeydenValue *node)
{
  gint64 started = leyden_value_get_member_int (node, "started", 0), finished = leyden_value_get_member_int (node, "finished", 0);

  return started > 0 && finished > started ? (double) (finished - started) : 0;
}

/* All that is in a node of the flow that is shown counts for it: turns, tools, rounds, what is in its body. */
static void
mark_heat (Marking    *marking,
           const char *heat)
{
  gboolean by_cost = g_str_equal (heat, "cost");
  LeydenValue *nodes = leyden_value_get_member (marking->state, "nodes");
  gsize length = strlen (marking->prefix);
  g_autoptr(GHashTable) sums = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  double whole = 0;
  GHashTableIter iter;
  gpointer id, sum;

  for (guint i = 0; leyden_value_get_kind (nodes) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (nodes); i++)
    {
      const char *path = leyden_value_get_key (nodes, i);
      LeydenValue *node = leyden_value_get_item (nodes, i);
      g_autofree char *own = NULL;
      double value;
      double *place;

      if (!g_str_has_prefix (path, marking->prefix))
        continue;
      own = g_strndup (path + length, strcspn (path + length, "/[#"));
      value = by_cost ? cost_of (node) : strlen (own) == strlen (path + length) ? time_of (node) : 0;
      place = g_hash_table_lookup (sums, own);
      if (place == NULL)
        {
          place = g_new0 (double, 1);
          g_hash_table_insert (sums, g_strdup (own), place);
        }
      *place += value;
      whole += value;
    }
  g_hash_table_iter_init (&iter, sums);
  while (whole > 0 && g_hash_table_iter_next (&iter, &id, &sum))
    if (*(double *) sum / whole >= MIN_HEAT)
      marks_of (marking->nodes, id)->heat = *(double *) sum / whole;
}

static void
mark_dead (Marking    *marking,
           LeydenFlow *flow)
{
  g_autoptr(GPtrArray) nodes = leyden_flow_list_nodes (flow);

  for (guint i = 0; i < nodes->len; i++)
    {
      const char *id = leyden_node_get_id (g_ptr_array_index (nodes, i));

      if (has_state (find_node (marking, id), "skipped"))
        marks_of (marking->nodes, id)->flags |= LEYDEN_MARK_DEAD;
    }
}

static void
keep_marked (LeydenValue **place,
             LeydenValue  *value)
{
  LeydenValue *before = *place;

  *place = value != NULL ? leyden_value_ref (value) : NULL;
  g_clear_pointer (&before, leyden_value_unref);
}

void
leyden_tab_update_debug_marks (LeydenTab *self)
{
  LeydenRolloutView *view = leyden_tab_get_debug_view (self);
  LeydenValue *state = view != NULL ? leyden_rollout_view_get_state (view) : NULL, *debug = view != NULL ? leyden_rollout_view_get_debug (view) : NULL;
  gboolean live = view != NULL && leyden_rollout_view_is_live (view);

  if (self->marked_state == state && self->marked_debug == debug && self->marked_live == live)
    return;
  keep_marked (&self->marked_state, state);
  keep_marked (&self->marked_debug, debug);
  self->marked_live = live;
  leyden_tab_update_marks (self);
}

void
leyden_tab_update_marks (LeydenTab *self)
{
  Marking marking = { self };
  LeydenFlow *flow;
  g_autoptr(GVariant) heat = NULL;

  if (self->document == NULL || self->shown == NULL || self->canvas == NULL)
    return;
  flow = leyden_document_get_flow (self->shown);
  marking.view = leyden_tab_get_debug_view (self);
  marking.state = marking.view != NULL ? leyden_rollout_view_get_state (marking.view) : NULL;
  marking.current = leyden_debug_dup_current (marking.view);
  marking.nodes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_marks_free);
  marking.edges = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_marks_free);
  marking.prefix = dup_prefix (&marking);
  mark_breakpoints (&marking);
  if (marking.state != NULL)
    {
      mark_current (&marking);
      mark_dead (&marking, flow);
      mark_wires (&marking, flow);
      heat = g_action_group_get_action_state (G_ACTION_GROUP (self->window), "debug-heat");
      if (heat != NULL && !g_str_equal (g_variant_get_string (heat, NULL), "none"))
        mark_heat (&marking, g_variant_get_string (heat, NULL));
    }
  leyden_canvas_set_marks (self->canvas, marking.nodes, marking.edges);
  g_hash_table_unref (marking.nodes);
  g_hash_table_unref (marking.edges);
  g_free (marking.current);
  g_free (marking.prefix);
}

/* --- the action --- */

/* What the canvas means: a node, or a wire by its id and the node that it begins at. */
static gboolean
find_place (LeydenTab   *self,
            const char  *kind,
            const char  *id,
            char       **node,
            const char **edge)
{
  LeydenEdge *wire = g_str_equal (kind, "wire") ? leyden_flow_get_edge (leyden_document_get_flow (self->shown), id) : NULL;

  if (g_str_equal (kind, "wire") && wire == NULL)
    return FALSE;
  *edge = wire != NULL ? id : NULL;
  *node = leyden_flow_join_path ((const char * const *) self->scope, wire != NULL ? leyden_edge_get_source (wire) : id);
  return TRUE;
}

static void
toggle (LeydenTab  *self,
        const char *node,
        const char *edge)
{
  LeydenBreakpoints *store = leyden_breakpoints_get_for (self->document);
  gboolean set = leyden_breakpoints_toggle (store, node, edge);
  g_autofree char *text = NULL;

  if (set)
    {
      g_autofree char *what = leyden_breakpoint_describe (leyden_breakpoint_get_value (leyden_breakpoints_find (store, node, edge)),
                                                          leyden_document_get_flow (self->document));

      text = g_strdup_printf (_("Breakpoint set: %s"), what);
    }
  leyden_canvas_announce (self->canvas, set ? text : _("Breakpoint removed"));
}

static void
edit (LeydenTab  *self,
      const char *node,
      const char *edge)
{
  LeydenBreakpoints *store = leyden_breakpoints_get_for (self->document);
  LeydenBreakpoint *breakpoint = leyden_breakpoints_find (store, node, edge);
  g_autoptr(LeydenValue) value = breakpoint != NULL ? leyden_value_ref (leyden_breakpoint_get_value (breakpoint)) : leyden_breakpoint_make (node, edge);

  /* A new one is there when the dialog was not cancelled. */
  leyden_breakpoint_edit (GTK_WINDOW (self->window), store, value, leyden_document_get_flow (self->document));
}

static void
breakpoint_action (GSimpleAction *action,
                   GVariant      *parameter,
                   gpointer       data)
{
  LeydenTab *self = LEYDEN_WINDOW (data)->tab;
  const char *what, *kind, *id, *edge;
  g_autofree char *node = NULL;

  g_variant_get (parameter, "(&s&s&s)", &what, &kind, &id);
  if (self->document == NULL || self->shown == NULL || !find_place (self, kind, id, &node, &edge))
    return;
  if (g_str_equal (what, "toggle"))
    toggle (self, node, edge);
  else
    edit (self, node, edge);
}

static void
heat_state_cb (GSimpleAction *action,
               GVariant      *state,
               gpointer       data)
{
  LeydenWindow *self = data;

  g_simple_action_set_state (action, state);
  for (guint i = 0; i < leyden_window_get_n_tabs (self); i++)
    leyden_tab_update_marks (leyden_window_get_tab (self, i));
}

void
leyden_window_add_marks (LeydenWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "breakpoint", .activate = breakpoint_action, .parameter_type = "(sss)" },
    { .name = "debug-heat", .parameter_type = "s", .state = "'none'", .change_state = heat_state_cb },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
