/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-facts-fold.h"

static void
drop (LeydenName *name)
{
  if (name != NULL)
    g_ref_string_release (name);
}

static void
call_clear (gpointer data)
{
  LeydenFactsCall *call = data;

  drop (call->node);
  drop (call->model);
  drop (call->endpoint);
  drop (call->error_kind);
}

static void
node_end_clear (gpointer data)
{
  LeydenFactsNodeEnd *end = data;

  drop (end->node);
  drop (end->error_kind);
}

static void
wait_clear (gpointer data)
{
  LeydenFactsWait *wait = data;

  drop (wait->node);
  drop (wait->reason);
}

static void
point_clear (gpointer data)
{
  LeydenFactsPoint *point = data;

  drop (point->metric);
  drop (point->part);
  drop (point->labels);
  drop (point->unit);
}

static GArray *
new_rows (gsize          size,
          GDestroyNotify clear)
{
  GArray *rows = g_array_new (FALSE, FALSE, (guint) size);

  g_array_set_clear_func (rows, clear);
  return rows;
}

GArray *
leyden_facts_points_new (void)
{
  return new_rows (sizeof (LeydenFactsPoint), point_clear);
}

LeydenFactsBatch *
leyden_facts_batch_new (void)
{
  static guint last_serial;
  LeydenFactsBatch *self = g_new0 (LeydenFactsBatch, 1);

  do
    self->serial = (guint) g_atomic_int_add (&last_serial, 1) + 1;
  while (self->serial == 0);

  self->folds = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_facts_fold_unref);
  self->calls = new_rows (sizeof (LeydenFactsCall), call_clear);
  self->node_ends = new_rows (sizeof (LeydenFactsNodeEnd), node_end_clear);
  self->waits = new_rows (sizeof (LeydenFactsWait), wait_clear);
  self->points = leyden_facts_points_new ();
  return self;
}

void
leyden_facts_batch_free (LeydenFactsBatch *self)
{
  g_array_unref (self->calls);
  g_array_unref (self->node_ends);
  g_array_unref (self->waits);
  g_array_unref (self->points);
  g_ptr_array_unref (self->folds);
  g_free (self);
}
