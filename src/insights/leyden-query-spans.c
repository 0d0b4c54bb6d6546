/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many last at once; how rewards of a group differ; where time goes. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>

#include "leyden-shapes.h"

/* ---- At once ---- */

typedef struct
{
  gint64 time;
  int    change;                /* 1: one more, -1: one less */
} Change;

static int
compare_changes (gconstpointer a,
                 gconstpointer b)
{
  const Change *x = a, *y = b;

  if (x->time != y->time)
    return x->time < y->time ? -1 : 1;
  /* What ends makes room for what begins. */
  return x->change - y->change;
}

static GArray *
list_changes (LeydenColumns *columns,
              LeydenSeries  *series,
              guint          s)
{
  GArray *changes = g_array_new (FALSE, FALSE, sizeof (Change));

  for (guint i = 0; i < columns->n; i++)
    {
      gint64 end = (gint64)columns->value[i];
      Change change = { columns->time[i], 1 };

      if (series->of[i] != s || (end > 0 && end <= columns->time[i]))
        continue;
      g_array_append_val (changes, change);
      change = (Change) { end, -1 };
      if (end > 0)
        g_array_append_val (changes, change);
    }
  g_array_sort (changes, compare_changes);
  return changes;
}

/* From @begin to @end; @next and @level go on from where they were. */
static double
sweep (GArray           *changes,
       guint            *next,
       gint64           *level,
       gint64            begin,
       gint64            end,
       LeydenAggregation aggregation)
{
  double area = 0;
  gint64 least, most, time = begin;

  while (*next < changes->len && g_array_index (changes, Change, *next).time <= begin)
    *level += g_array_index (changes, Change, (*next)++).change;
  least = most = *level;
  while (*next < changes->len && g_array_index (changes, Change, *next).time < end)
    {
      const Change *change = &g_array_index (changes, Change, *next);

      area += (double)*level * (double)(change->time - time);
      time = change->time;
      *level += change->change;
      (*next)++;
      /* Changes of one moment count together. */
      if (*next < changes->len && g_array_index (changes, Change, *next).time == time)
        continue;
      least = MIN (least, *level);
      most = MAX (most, *level);
    }
  area += (double)*level * (double)(end - time);
  switch ((int)aggregation)
    {
    case LEYDEN_AGGREGATION_MEAN: return area / (double)(end - begin);
    case LEYDEN_AGGREGATION_MIN: return (double)least;
    case LEYDEN_AGGREGATION_MAX: return (double)most;
    default: return (double)*level;
    }
}

static LeydenPlot *
plot_spans (sqlite3             *db,
            const LeydenQuery   *query,
            const LeydenQuery   *plain,
            LeydenColumns       *columns,
            const LeydenBuckets *shown,
            GError             **error)
{
  g_autoptr(LeydenBuckets) buckets = query->shape == LEYDEN_SHAPE_VALUE ? NULL : leyden_query_make_buckets (query, error);
  guint n = query->shape == LEYDEN_SHAPE_VALUE ? 1 : buckets != NULL ? buckets->n : 0;
  gint64 limit = MIN (query->to, query->now);
  LeydenPlot *self;

  if (n == 0)
    return NULL;
  self = leyden_plot_new (plain, leyden_series_new (db, query, columns, 0, query->limit), n);
  for (guint s = 0; s < self->series->n; s++)
    {
      g_autoptr(GArray) changes = list_changes (columns, self->series, s);
      gint64 level = 0;
      guint next = 0;

      for (guint x = 0; x < n; x++)
        {
          gint64 begin = buckets != NULL ? MAX (buckets->edges[x], query->from) : query->from;
          gint64 end = buckets != NULL ? MIN (buckets->edges[x + 1], limit) : limit;

          if (begin < end)
            leyden_cell_add (leyden_grid_get (self->grid, s, x), end, sweep (changes, &next, &level, begin, end, query->aggregation), 0, FALSE);
        }
    }
  if (buckets == NULL)
    g_ptr_array_add (self->x, leyden_value_new_int (shown == NULL ? query->to : shown->edges[0]));
  else
    leyden_plot_set_time (self, g_steal_pointer (&buckets), shown != NULL ? shown : buckets);
  return self;
}

static LeydenColumns *
read_spans (sqlite3           *db,
            const LeydenQuery *query,
            GError           **error)
{
  LeydenRead read = { .from = 1, .to = query->to, .end_after = query->from };

  for (guint k = 0; k < query->n_split; k++)
    read.keys[read.n_keys++] = query->split[k]->column;
  return leyden_columns_read (db, query, &read, error);
}

LeydenValue *
leyden_query_run_spans (sqlite3      *db,
                        LeydenQuery  *query,
                        GError      **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenColumns) columns = NULL;
  g_autoptr(LeydenPlot) plotted = NULL;
  g_autoptr(LeydenPlot) before = NULL;
  LeydenMeasure measure = *query->measure;
  LeydenQuery plain, earlier;
  LeydenNotes notes;

  if (query->from == 0)
    query->from = 1;
  columns = read_spans (db, query, error);
  if (columns == NULL)
    return NULL;
  if (query->from == 1)
    query->from = columns->first > 0 ? columns->first : MAX (query->to - 86400 * LEYDEN_NS_PER_S, 1);
  /* What is plotted are single numbers. */
  measure.kind = LEYDEN_MEASURE_VALUES;
  plain = *query;
  plain.measure = &measure;
  plain.aggregation = LEYDEN_AGGREGATION_LAST;
  plain.band = LEYDEN_BAND_NONE;
  plotted = plot_spans (db, query, &plain, columns, NULL, error);
  if (plotted == NULL)
    return NULL;
  leyden_answer_begin (&b, query, "series");
  leyden_plot_write (plotted, &b, FALSE);
  if (query->compare)
    {
      g_autoptr(LeydenColumns) columns_before = NULL;

      earlier = *query;
      earlier.from = MAX (leyden_query_get_previous (query), 1);
      earlier.to = MIN (earlier.from + (query->to - query->from), query->from);
      columns_before = earlier.from < earlier.to ? read_spans (db, &earlier, error) : leyden_columns_new (query->n_split, FALSE);
      before = columns_before != NULL ? plot_spans (db, &earlier, &plain, columns_before, plotted->buckets, error) : NULL;
      if (before == NULL)
        return NULL;
      leyden_plot_write (before, &b, TRUE);
    }
  leyden_value_builder_end (&b);
  if (plotted->buckets != NULL)
    leyden_value_builder_set_int (&b, "interval_s", plotted->buckets->seconds);
  leyden_notes_init (&notes);
  leyden_notes_take (&notes, columns);
  notes.truncated = plotted->series->has_other;
  leyden_notes_write (&notes, &b);
  leyden_notes_clear (&notes);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- Spread of the rewards of a group ---- */

typedef struct
{
  guint32    keys[LEYDEN_QUERY_MAX_SPLIT + 2];  /* of the splits, the step, the group */
  LeydenCell cell;
} Group;

static guint
hash_group (gconstpointer data)
{
  const guint32 *keys = ((const Group *)data)->keys;

  return ((keys[0] * 31 + keys[1]) * 31 + keys[2]) * 31 + keys[3];
}

static gboolean
equal_groups (gconstpointer a,
              gconstpointer b)
{
  return memcmp (((const Group *)a)->keys, ((const Group *)b)->keys, sizeof ((Group *)NULL)->keys) == 0;
}

static GPtrArray *
find_groups (LeydenColumns *rows)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GHashTable) found = g_hash_table_new (hash_group, equal_groups);

  for (guint i = 0; i < rows->n; i++)
    {
      Group key = { { 0 } };
      Group *group;

      for (guint k = 0; k < rows->n_keys; k++)
        key.keys[k] = rows->key[k][i];
      group = g_hash_table_lookup (found, &key);
      if (group == NULL)
        {
          group = g_memdup2 (&key, sizeof key);
          leyden_cell_init (&group->cell);
          g_ptr_array_add (groups, group);
          g_hash_table_add (found, group);
        }
      leyden_cell_add (&group->cell, rows->time[i], rows->value[i], 0, FALSE);
    }
  return groups;
}

/* What belongs to one group: rollouts of one experiment or run (of a trainer: all), candidate, step and item. */
#define GROUP "ifnull (r.experiment, -ifnull (r.run, 0)) || ':' || ifnull (r.candidate, 0) || ':' || ifnull (r.step, '') || ':' || ifnull (r.item, '')"

LeydenColumns *
leyden_query_read_spread (sqlite3           *db,
                          const LeydenQuery *query,
                          gint64             from,
                          gint64             to,
                          GError           **error)
{
  LeydenRead read = { .from = from, .to = to };
  gboolean is_flag = g_str_equal (query->measure->name, "no-signal");
  g_autoptr(LeydenColumns) rows = NULL;
  g_autoptr(GPtrArray) groups = NULL;
  LeydenColumns *columns;

  for (guint k = 0; k < query->n_split; k++)
    read.keys[read.n_keys++] = query->split[k]->column;
  read.keys[read.n_keys++] = "r.step";
  read.keys[read.n_keys++] = GROUP;
  rows = leyden_columns_read (db, query, &read, error);
  if (rows == NULL)
    return NULL;
  groups = find_groups (rows);
  columns = leyden_columns_new (query->n_split + 1, FALSE);
  for (guint k = 0; k <= query->n_split; k++)
    {
      LeydenKeys *swap = columns->keys[k];

      columns->keys[k] = rows->keys[k];
      rows->keys[k] = swap;
    }
  for (guint g = 0; g < groups->len; g++)
    {
      Group *group = groups->pdata[g];
      gboolean equal = group->cell.min == group->cell.max;
      guint i;

      if (group->cell.n < 2)
        continue;
      /* Of the group as it is, not of what it was drawn from: the way advantages are made. */
      i = leyden_columns_add (columns, group->cell.last_time,
                              is_flag ? equal : equal ? 0 : sqrt (MAX (group->cell.m2, 0) / (double)group->cell.n));
      for (guint k = 0; k <= query->n_split; k++)
        columns->key[k][i] = group->keys[k];
    }
  columns->n_invalid = rows->n_invalid;
  columns->n_simulated = rows->n_simulated > 0 ? rows->n_simulated == rows->n ? columns->n : 1 : 0;
  return columns;
}

/* ---- Where time goes ---- */

static const struct { const char *name, *value; } phases[] = {
  { "queue", "ifnull (r.queued_ms, 0)" },
  { "model", "r.model_ms" },
  { "tool", "r.tool_ms" },
  { "wait", "r.wait_ms" },
  { "other", "max (0, ifnull (r.latency_ms, 0) - r.model_ms - r.tool_ms - r.wait_ms)" },
};

static void
take_phase (LeydenColumns     *columns,
            LeydenColumns     *rows,
            const LeydenQuery *query,
            guint              phase)
{
  guint32 name = G_MAXUINT32;

  for (guint k = 0; k < query->n_split; k++)
    if (query->split[k] == NULL && rows->n > 0)
      name = leyden_keys_add_text (columns->keys[k], phases[phase].name);
  for (guint r = 0; r < rows->n; r++)
    {
      guint i = leyden_columns_add (columns, rows->time[r], rows->extra[phase][r]);
      guint from = 0;

      for (guint k = 0; k < columns->n_keys; k++)
        if (k < query->n_split && query->split[k] == NULL)
          columns->key[k][i] = name;
        else
          columns->key[k][i] = rows->key[from++][r];
    }
}

LeydenColumns *
leyden_query_read_phases (sqlite3           *db,
                          const LeydenQuery *query,
                          gint64             from,
                          gint64             to,
                          GError           **error)
{
  LeydenRead read = { .from = from, .to = to, .value = "0", .n_extra = G_N_ELEMENTS (phases) };
  g_autoptr(LeydenColumns) rows = NULL;
  LeydenColumns *columns;
  guint key = 0;

  for (guint p = 0; p < G_N_ELEMENTS (phases); p++)
    read.extra[p] = phases[p].value;
  for (guint k = 0; k < query->n_split; k++)
    if (query->split[k] != NULL)
      read.keys[read.n_keys++] = query->split[k]->column;
  read.keys[read.n_keys++] = "r.step";
  rows = leyden_columns_read (db, query, &read, error);
  if (rows == NULL)
    return NULL;
  columns = leyden_columns_new (query->n_split + 1, FALSE);
  leyden_columns_reserve (columns, rows->n * G_N_ELEMENTS (phases));
  for (guint p = 0; p < G_N_ELEMENTS (phases); p++)
    take_phase (columns, rows, query, p);
  for (guint k = 0; k < columns->n_keys; k++)
    if (k >= query->n_split || query->split[k] != NULL)
      {
        LeydenKeys *swap = columns->keys[k];

        columns->keys[k] = rows->keys[key];
        rows->keys[key++] = swap;
      }
  columns->n_simulated = rows->n_simulated * G_N_ELEMENTS (phases);
  return columns;
}
