/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "config.h"

#include "leyden-optimizer-reflect-private.h"

#include <glib/gi18n-lib.h>

/* Merging: two candidates of the front that changed different prompts since a common ancestor give one that has both changes. */

#define MAX_MERGES 5
/* Validation items on which a merge must hold first. */
#define MERGE_ITEMS 8

/* Marks @index and all before it in its line. */
static void
mark_ancestors (LeydenReflectSearch *self,
                int                  index,
                gboolean            *marks)
{
  if (index < 0 || marks[index])
    return;
  marks[index] = TRUE;
  for (guint i = 0; i < 2; i++)
    mark_ancestors (self, leyden_reflect_get_member (self, (guint) index)->parents[i], marks);
}

/* The best common ancestor of two of which neither is the other's, and which is no better than either; −1: none. */
static int
find_ancestor (LeydenReflectSearch *self,
               guint                a,
               guint                b)
{
  g_autofree gboolean *of_a = g_new0 (gboolean, self->pool->len);
  g_autofree gboolean *of_b = g_new0 (gboolean, self->pool->len);
  double limit = MIN (leyden_reflect_get_member (self, a)->mean, leyden_reflect_get_member (self, b)->mean) + LEYDEN_REFLECT_EPSILON;
  int best = -1;

  mark_ancestors (self, (int) a, of_a);
  mark_ancestors (self, (int) b, of_b);
  if (of_a[b] || of_b[a])
    return -1;
  for (guint i = 0; i < self->pool->len; i++)
    if (of_a[i] && of_b[i] && leyden_reflect_get_member (self, i)->mean <= limit &&
        (best < 0 || leyden_reflect_get_member (self, i)->mean > leyden_reflect_get_member (self, (guint) best)->mean))
      best = (int) i;
  return best;
}

/* For each slot the side that changed it; where both did, the better candidate's. NULL: no slot was changed by exactly one. */
static LeydenValue *
merge_slots (LeydenReflectSearch *self,
             guint                a,
             guint                b,
             guint                ancestor)
{
  LeydenReflectMember *of_a = leyden_reflect_get_member (self, a), *of_b = leyden_reflect_get_member (self, b);
  gboolean b_leads = of_b->mean > of_a->mean + LEYDEN_REFLECT_EPSILON;
  LeydenReflectMember *better = b_leads ? of_b : of_a, *other = b_leads ? of_a : of_b;
  LeydenValue *old = leyden_reflect_get_member (self, ancestor)->candidate->slots;
  g_autoptr(LeydenValue) out = leyden_value_ref (better->candidate->slots);
  gboolean one_sided = FALSE, gains = FALSE;

  for (guint i = 0; i < self->prompts->len; i++)
    {
      const LeydenSlot *slot = g_ptr_array_index (self->prompts, i);
      LeydenValue *was = leyden_value_get_member (old, slot->id);
      LeydenValue *theirs = leyden_value_get_member (other->candidate->slots, slot->id);
      gboolean by_better = !leyden_value_equal (was, leyden_value_get_member (better->candidate->slots, slot->id));
      gboolean by_other = !leyden_value_equal (was, theirs);

      one_sided = one_sided || by_better != by_other;
      if (by_other && !by_better)
        {
          LeydenValue *next = leyden_value_with_member (out, slot->id, theirs);

          leyden_value_unref (out);
          out = next;
          gains = TRUE;
        }
    }
  return one_sided && gains ? g_steal_pointer (&out) : NULL;
}

/* The first pair, in an order by chance, that can be merged and was not tried. */
static LeydenValue *
find_merge (LeydenReflectSearch *self,
            guint               *a,
            guint               *b)
{
  g_autoptr(LeydenPareto) pareto = leyden_reflect_make_pareto (self);
  g_autoptr(GArray) front = leyden_pareto_dup_kept (pareto);
  LeydenRandom random;

  leyden_trainer_random (self->trainer, &random, "merge", 0);
  for (guint i = front->len; i > 1; i--)
    {
      guint j = (guint) leyden_random_below (&random, i), kept = g_array_index (front, guint, j);

      g_array_index (front, guint, j) = g_array_index (front, guint, i - 1);
      g_array_index (front, guint, i - 1) = kept;
    }
  for (guint i = 0; i < front->len; i++)
    for (guint j = i + 1; j < front->len; j++)
      {
        guint first = MIN (g_array_index (front, guint, i), g_array_index (front, guint, j));
        guint second = MAX (g_array_index (front, guint, i), g_array_index (front, guint, j));
        g_autofree char *key = g_strdup_printf ("%u %u", first, second);
        int ancestor = find_ancestor (self, first, second);
        LeydenValue *slots = ancestor >= 0 && !g_hash_table_contains (self->merged, key) ? merge_slots (self, first, second, (guint) ancestor) : NULL;

        if (slots != NULL)
          {
            g_hash_table_add (self->merged, g_steal_pointer (&key));
            *a = first;
            *b = second;
            return slots;
          }
      }
  return NULL;
}

/* Scored on a few validation items first, where the parents are known. FALSE: stop now. */
static gboolean
judge_merge (LeydenReflectSearch *self,
             LeydenCandidate     *child,
             guint                a,
             guint                b)
{
  g_autoptr(GPtrArray) few = leyden_trainer_shuffle (self->trainer, (const LeydenTrainItem * const *) self->scored->pdata, self->scored->len,
                                                     "merge-items", 0);
  const LeydenTrainItem **items = (const LeydenTrainItem **) few->pdata;
  LeydenCandidate *first = leyden_reflect_get_member (self, a)->candidate, *second = leyden_reflect_get_member (self, b)->candidate;
  guint n = MIN (few->len, MERGE_ITEMS);
  g_autofree char *why = NULL;
  double before, after;
  gboolean accepted;

  if (!leyden_trainer_evaluate (self->trainer, &child, 1, items, n))
    return FALSE;
  before = MAX (leyden_reflect_sum_rewards (self, first, items, n), leyden_reflect_sum_rewards (self, second, items, n));
  after = leyden_reflect_sum_rewards (self, child, items, n);
  accepted = after >= before - LEYDEN_REFLECT_EPSILON && !leyden_reflect_has_errors (self, child, items, n);
  why = g_strdup_printf (_("%.3g before, %.3g after, on %u items"), before, after, n);
  leyden_trainer_note_proposal (self->trainer, 0, first, child, NULL, NULL, NULL, accepted ? "accepted" : "rejected", why);
  if (accepted)
    return leyden_reflect_add_member (self, child, (int) a, (int) b, leyden_reflect_get_member (self, a)->next_slot);
  leyden_trainer_drop (self->trainer, child);
  return TRUE;
}

gboolean
leyden_reflect_merge (LeydenReflectSearch *self)
{
  g_autoptr(LeydenValue) slots = NULL;
  LeydenCandidate *child, *parents[2];
  guint a, b;
  gboolean is_new;

  if (!self->merge_due || leyden_trainer_get_task_calls_left (self->trainer) < MERGE_ITEMS + self->scored->len)
    return TRUE;
  self->merge_due = FALSE;
  if (self->n_merges >= MAX_MERGES || self->pool->len < 3)
    return TRUE;
  leyden_trainer_begin_step (self->trainer);
  slots = find_merge (self, &a, &b);
  if (slots == NULL)
    return TRUE;
  self->n_merges++;
  parents[0] = leyden_reflect_get_member (self, a)->candidate;
  parents[1] = leyden_reflect_get_member (self, b)->candidate;
  child = leyden_trainer_add_candidate (self->trainer, slots, parents, 2, "merge", &is_new);
  if (!is_new)
    {
      leyden_trainer_note_proposal (self->trainer, 0, parents[0], child, NULL, NULL, NULL, "duplicate", NULL);
      return TRUE;
    }
  return judge_merge (self, child, a, b);
}
