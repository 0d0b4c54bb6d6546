/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "leyden-pareto.h"

/* Rewards that differ by less are equal. */
#define EPSILON 1e-9

struct _LeydenPareto
{
  guint     n_candidates;
  guint     n_items;
  double   *scores;             /* [candidate × item] */
  guint8   *stands;             /* [candidate × item]: in F_item */
  gboolean *kept;
};

LeydenPareto *
leyden_pareto_new (guint n_candidates,
                   guint n_items)
{
  LeydenPareto *self = g_new0 (LeydenPareto, 1);

  g_return_val_if_fail (n_candidates > 0, NULL);

  self->n_candidates = n_candidates;
  self->n_items = n_items;
  self->scores = g_new0 (double, (gsize) n_candidates * n_items + 1);
  self->stands = g_new0 (guint8, (gsize) n_candidates * n_items + 1);
  self->kept = g_new0 (gboolean, n_candidates);
  return self;
}

void
leyden_pareto_free (LeydenPareto *self)
{
  g_free (self->scores);
  g_free (self->stands);
  g_free (self->kept);
  g_free (self);
}

static gsize
place (LeydenPareto *self,
       guint         candidate,
       guint         item)
{
  return (gsize) candidate * self->n_items + item;
}

void
leyden_pareto_set (LeydenPareto *self,
                   guint         candidate,
                   guint         item,
                   double        score)
{
  g_return_if_fail (candidate < self->n_candidates && item < self->n_items);

  self->scores[place (self, candidate, item)] = score;
}

static void
fill_sets (LeydenPareto *self)
{
  for (guint item = 0; item < self->n_items; item++)
    {
      double best = self->scores[place (self, 0, item)];

      for (guint i = 1; i < self->n_candidates; i++)
        best = MAX (best, self->scores[place (self, i, item)]);
      for (guint i = 0; i < self->n_candidates; i++)
        self->stands[place (self, i, item)] = self->scores[place (self, i, item)] >= best - EPSILON;
    }
}

/* Whether every set that holds @candidate holds another one that is kept. */
static gboolean
is_dispensable (LeydenPareto *self,
                guint         candidate)
{
  for (guint item = 0; item < self->n_items; item++)
    {
      gboolean other = FALSE;

      if (!self->stands[place (self, candidate, item)])
        continue;
      for (guint i = 0; i < self->n_candidates && !other; i++)
        other = i != candidate && self->kept[i] && self->stands[place (self, i, item)];
      if (!other)
        return FALSE;
    }
  return TRUE;
}

static double
sum_of (LeydenPareto *self,
        guint         candidate)
{
  double sum = 0.0;

  for (guint item = 0; item < self->n_items; item++)
    sum += self->scores[place (self, candidate, item)];
  return sum;
}

/* Candidates by rising sum; of equal ones the later first. */
static guint *
order_by_sum (LeydenPareto *self)
{
  guint *order = g_new (guint, self->n_candidates);
  g_autofree double *sums = g_new (double, self->n_candidates);

  for (guint i = 0; i < self->n_candidates; i++)
    {
      guint j = i;

      sums[i] = sum_of (self, i);
      for (; j > 0 && sums[order[j - 1]] >= sums[i] - EPSILON; j--)
        order[j] = order[j - 1];
      order[j] = i;
    }
  return order;
}

void
leyden_pareto_reduce (LeydenPareto *self)
{
  g_autofree guint *order = order_by_sum (self);
  guint n_kept = self->n_candidates;

  fill_sets (self);
  for (guint i = 0; i < self->n_candidates; i++)
    self->kept[i] = TRUE;
  for (guint i = 0; i < self->n_candidates && n_kept > 1; i++)
    if (is_dispensable (self, order[i]))
      {
        self->kept[order[i]] = FALSE;
        n_kept--;
      }
}

guint
leyden_pareto_get_count (LeydenPareto *self,
                         guint         candidate)
{
  guint n = 0;

  for (guint item = 0; self->kept[candidate] && item < self->n_items; item++)
    n += self->stands[place (self, candidate, item)];
  return n;
}

guint
leyden_pareto_draw (LeydenPareto *self,
                    double        u)
{
  guint total = 0, last = 0;
  double left;

  for (guint i = 0; i < self->n_candidates; i++)
    total += leyden_pareto_get_count (self, i);
  left = u * total;
  for (guint i = 0; i < self->n_candidates; i++)
    {
      guint n = leyden_pareto_get_count (self, i);

      if (n == 0)
        continue;
      last = i;
      if (left < n)
        break;
      left -= n;
    }
  return last;
}

GArray *
leyden_pareto_dup_kept (LeydenPareto *self)
{
  GArray *out = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < self->n_candidates; i++)
    if (self->kept[i])
      g_array_append_val (out, i);
  return out;
}
