/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-experiment-data.h"

#include <math.h>

#define MAX_CANDIDATES 10000
#define MAX_POINTS 100000

/* --- the curve --- */

static int
compare_points (gconstpointer a,
                gconstpointer b)
{
  const LeydenCurvePoint *left = a, *right = b;

  return left->calls < right->calls ? -1 : left->calls > right->calls;
}

GArray *
leyden_experiment_list_points (LeydenValue *snapshot)
{
  LeydenValue *curve = leyden_value_get_member (snapshot, "curve");
  GArray *points = g_array_new (FALSE, FALSE, sizeof (LeydenCurvePoint));
  guint n = leyden_value_get_kind (curve) == LEYDEN_VALUE_LIST ? MIN (leyden_value_get_size (curve), MAX_POINTS) : 0;

  for (guint i = 0; i < n; i++)
    {
      LeydenValue *value = leyden_value_get_item (curve, i);
      LeydenCurvePoint point = {
        .calls = leyden_value_get_member_int (value, "task_calls", -1),
        .best = leyden_value_get_member_double (value, "best", NAN),
        .low = leyden_value_get_member_double (value, "low", NAN),
        .high = leyden_value_get_member_double (value, "high", NAN),
      };

      if (point.calls < 0 || !isfinite (point.best) || fabs (point.best) > 1e9)
        continue;
      if (!isfinite (point.low) || !isfinite (point.high) || point.low > point.best || point.high < point.best)
        point.low = point.high = NAN;
      g_array_append_val (points, point);
    }
  g_array_sort (points, compare_points);
  return points;
}

/* --- the family tree --- */

static LeydenValue *
get_list (LeydenValue *snapshot,
          const char  *key)
{
  LeydenValue *list = leyden_value_get_member (snapshot, key);

  return leyden_value_get_kind (list) == LEYDEN_VALUE_LIST ? list : NULL;
}

LeydenValue *
leyden_experiment_find_candidate (LeydenValue *snapshot,
                                  const char  *id)
{
  LeydenValue *list = get_list (snapshot, "candidates");

  for (guint i = 0; id != NULL && i < leyden_value_get_size (list); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (list, i), "candidate", NULL), id) == 0)
      return leyden_value_get_item (list, i);
  return NULL;
}

/* While the tree is made: places in the list of the snapshot, −1 for none. */
typedef struct
{
  LeydenCandidateNode *nodes;           /* in the order of the snapshot */
  int                 *parents;
  int                 *first_child;
  int                 *last_child;
  int                 *next;            /* brother */
  guint                n;
} Tree;

static void
tree_clear (Tree *tree)
{
  g_free (tree->nodes);
  g_free (tree->parents);
  g_free (tree->first_child);
  g_free (tree->last_child);
  g_free (tree->next);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tree, tree_clear)

static void
read_candidates (Tree        *tree,
                 LeydenValue *list,
                 GHashTable  *places)
{
  for (guint i = 0; i < leyden_value_get_size (list) && tree->n < MAX_CANDIDATES; i++)
    {
      LeydenValue *value = leyden_value_get_item (list, i);
      const char *id = leyden_value_get_member_string (value, "candidate", NULL);

      if (id == NULL || g_hash_table_contains (places, id))
        continue;
      g_hash_table_insert (places, (gpointer) id, GUINT_TO_POINTER (tree->n));
      tree->nodes[tree->n++] = (LeydenCandidateNode) { .id = id, .value = value, .parent = -1 };
    }
}

/* Whether @ancestor stands above @place. Steps are bounded, for a circle has no end. */
static gboolean
descends (const Tree *tree,
          int         place,
          int         ancestor)
{
  for (guint steps = 0; place >= 0 && steps <= tree->n; steps++)
    {
      if (place == ancestor)
        return TRUE;
      place = tree->parents[place];
    }
  return FALSE;
}

static void
find_parents (Tree       *tree,
              GHashTable *places)
{
  for (guint i = 0; i < tree->n; i++)
    {
      LeydenValue *parents = leyden_value_get_member (tree->nodes[i].value, "parents");
      const char *id = leyden_value_get_kind (parents) == LEYDEN_VALUE_LIST
                         ? leyden_value_get_string (leyden_value_get_item (parents, 0), NULL) : NULL;
      gpointer place;

      tree->parents[i] = tree->first_child[i] = tree->last_child[i] = tree->next[i] = -1;
      if (id != NULL && g_hash_table_lookup_extended (places, id, NULL, &place))
        tree->parents[i] = (int) GPOINTER_TO_UINT (place);
    }
  for (guint i = 0; i < tree->n; i++)
    if (tree->parents[i] >= 0 && descends (tree, tree->parents[i], (int) i))
      tree->parents[i] = -1;
}

static void
link_children (Tree *tree)
{
  for (guint i = 0; i < tree->n; i++)
    {
      int parent = tree->parents[i];

      if (parent < 0)
        continue;
      if (tree->last_child[parent] < 0)
        tree->first_child[parent] = (int) i;
      else
        tree->next[tree->last_child[parent]] = (int) i;
      tree->last_child[parent] = (int) i;
    }
}

/* Appends @root and all below it; a stack of places instead of calls. */
static void
append_family (const Tree *tree,
               GArray     *out,
               int         root)
{
  g_autoptr(GArray) stack = g_array_new (FALSE, FALSE, 3 * sizeof (int));
  int top[3] = { root, -1, 0 };         /* place, index of the parent in the result, depth */

  g_array_append_vals (stack, top, 1);
  while (stack->len > 0)
    {
      const int *here = (const int *) (gpointer) (stack->data + (stack->len - 1) * sizeof top);
      int place = here[0], parent = here[1], depth = here[2];
      LeydenCandidateNode node = tree->nodes[place];
      int index = (int) out->len;

      g_array_set_size (stack, stack->len - 1);
      node.parent = parent;
      node.depth = (guint) depth;
      node.last = tree->next[place] < 0;
      g_array_append_val (out, node);
      if (place != root && tree->next[place] >= 0)
        {
          int brother[3] = { tree->next[place], parent, depth };

          g_array_append_vals (stack, brother, 1);
        }
      if (tree->first_child[place] >= 0)
        {
          int child[3] = { tree->first_child[place], index, depth + 1 };

          g_array_append_vals (stack, child, 1);
        }
    }
}

static void
number_nodes (Tree        *tree,
              LeydenValue *snapshot)
{
  const char *baseline = leyden_value_get_member_string (snapshot, "baseline", NULL);
  const char *best = leyden_value_get_member_string (snapshot, "best", NULL);
  guint number = 0;

  for (guint i = 0; i < tree->n; i++)
    {
      LeydenCandidateNode *node = &tree->nodes[i];

      node->is_baseline = g_strcmp0 (node->id, baseline) == 0;
      node->is_best = g_strcmp0 (node->id, best) == 0;
      node->number = node->is_baseline ? 0 : ++number;
    }
}

GArray *
leyden_experiment_list_candidates (LeydenValue *snapshot)
{
  LeydenValue *list = get_list (snapshot, "candidates");
  guint n = MIN (leyden_value_get_size (list), MAX_CANDIDATES);
  GArray *out = g_array_new (FALSE, FALSE, sizeof (LeydenCandidateNode));
  g_autoptr(GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto(Tree) tree = {
    .nodes = g_new0 (LeydenCandidateNode, n + 1),
    .parents = g_new0 (int, n + 1),
    .first_child = g_new0 (int, n + 1),
    .last_child = g_new0 (int, n + 1),
    .next = g_new0 (int, n + 1),
  };

  read_candidates (&tree, list, places);
  find_parents (&tree, places);
  link_children (&tree);
  number_nodes (&tree, snapshot);
  for (guint i = 0; i < tree.n; i++)
    if (tree.parents[i] < 0)
      append_family (&tree, out, (int) i);
  return out;
}

/* --- slots --- */

LeydenValue *
leyden_experiment_find_proposal (LeydenValue *snapshot,
                                 const char  *candidate)
{
  LeydenValue *list = get_list (snapshot, "proposals");
  LeydenValue *found = NULL;

  for (guint i = 0; candidate != NULL && i < leyden_value_get_size (list); i++)
    {
      LeydenValue *proposal = leyden_value_get_item (list, i);

      if (g_strcmp0 (leyden_value_get_member_string (proposal, "candidate", NULL), candidate) != 0)
        continue;
      /* A duplicate of it was proposed later; the first one made it. */
      if (found == NULL || g_strcmp0 (leyden_value_get_member_string (found, "verdict", ""), "duplicate") == 0)
        found = proposal;
    }
  return found;
}

LeydenValue *
leyden_experiment_find_slot (LeydenValue *snapshot,
                             const char  *slot)
{
  LeydenValue *list = get_list (snapshot, "slots");

  for (guint i = 0; slot != NULL && i < leyden_value_get_size (list); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (list, i), "slot", NULL), slot) == 0)
      return leyden_value_get_item (list, i);
  return NULL;
}

LeydenValue *
leyden_experiment_get_slot_value (LeydenValue *snapshot,
                                  const char  *candidate,
                                  const char  *slot)
{
  LeydenValue *slots = leyden_value_get_member (leyden_experiment_find_candidate (snapshot, candidate), "slots");
  LeydenValue *value = leyden_value_get_member (slots, slot);

  return value != NULL ? value : leyden_value_get_member (leyden_experiment_find_slot (snapshot, slot), "value");
}

GStrv
leyden_experiment_list_changes (LeydenValue *snapshot,
                                const char  *candidate,
                                const char  *parent)
{
  LeydenValue *slots = leyden_value_get_member (leyden_experiment_find_candidate (snapshot, candidate), "slots");
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  guint n = leyden_value_get_kind (slots) == LEYDEN_VALUE_OBJECT ? leyden_value_get_size (slots) : 0;

  for (guint i = 0; i < n; i++)
    {
      const char *slot = leyden_value_get_key (slots, i);

      if (!leyden_value_equal (leyden_value_get_item (slots, i), leyden_experiment_get_slot_value (snapshot, parent, slot)))
        g_strv_builder_add (names, slot);
    }
  return g_strv_builder_end (names);
}

/* --- state --- */

gboolean
leyden_experiment_is_active (LeydenValue *snapshot)
{
  const char *state = leyden_value_get_member_string (snapshot, "state", "");

  return g_str_equal (state, "queued") || g_str_equal (state, "running") || g_str_equal (state, "paused");
}

gboolean
leyden_experiment_has_better (LeydenValue *snapshot)
{
  const char *best = leyden_value_get_member_string (snapshot, "best", NULL);

  return best != NULL && g_strcmp0 (best, leyden_value_get_member_string (snapshot, "baseline", NULL)) != 0 &&
         leyden_experiment_find_candidate (snapshot, best) != NULL;
}

double
leyden_experiment_get_fraction (LeydenValue *snapshot)
{
  double budget = leyden_value_get_member_double (leyden_value_get_member (snapshot, "budget"), "task_calls", 0);
  double spent = leyden_value_get_member_double (leyden_value_get_member (snapshot, "spent"), "task_calls", 0);

  return budget > 0 && isfinite (spent / budget) ? CLAMP (spent / budget, 0, 1) : 0;
}
