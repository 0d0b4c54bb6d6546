/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many last at once; how rewards of a group differ; where time goes. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-shapes.h"

/* ---- At once ---- */

/* When they begin and when they end, each in the order of time, and how far one has come. */
typedef struct
{
  GArray *begins, *ends;        /* gint64 */
  guint   next_begin, next_end;
  gint64  level;
} Changes;

static void
changes_clear (Changes *self)
{
  g_array_unref (self->begins);
  g_array_unref (self->ends);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Changes, changes_clear)

#define DIGIT_BITS 11
#define DIGITS     (1u << DIGIT_BITS)

/* By digits, the last one first: times of a million lie within some days, which takes five rounds. */
static void
sort_times (GArray *times)
{
  g_autofree gint64 *other = NULL;
  gint64 *from = (gint64 *)(gpointer)times->data, *to;
  gint64 least = G_MAXINT64, most = G_MININT64;
  gboolean sorted = TRUE;

  for (guint i = 0; i < times->len; i++)
    {
      least = MIN (least, from[i]);
      sorted = sorted && from[i] >= most;
      most = MAX (most, from[i]);
    }
  if (sorted)
    return;
  to = other = g_new (gint64, times->len);
  for (guint shift = 0; shift < 64 && ((guint64)(most - least) >> shift) > 0; shift += DIGIT_BITS)
    {
      guint begins[DIGITS] = { 0 }, begin = 0;
      gint64 *swap = from;

      for (guint i = 0; i < times->len; i++)
        begins[((guint64)(from[i] - least) >> shift) & (DIGITS - 1)]++;
      for (guint d = 0; d < DIGITS; d++)
        {
          guint n = begins[d];

          begins[d] = begin;
          begin += n;
        }
      for (guint i = 0; i < times->len; i++)
        to[begins[((guint64)(from[i] - least) >> shift) & (DIGITS - 1)]++] = from[i];
      from = to;
      to = swap;
    }
  if (from == other)
    memcpy (times->data, other, sizeof (gint64) * times->len);
}

static void
changes_init (Changes       *self,
              LeydenColumns *columns,
              LeydenSeries  *series,
              guint          s)
{
  *self = (Changes) { g_array_sized_new (FALSE, FALSE, sizeof (gint64), columns->n), g_array_sized_new (FALSE, FALSE, sizeof (gint64), columns->n), 0, 0, 0 };
  for (guint i = 0; i < columns->n; i++)
    {
      gint64 end = (gint64)columns->value[i];

      if (series->of[i] != s || (end > 0 && end <= columns->time[i]))
        continue;
      g_array_append_val (self->begins, columns->time[i]);
      if (end > 0)
        g_array_append_val (self->ends, end);
    }
  sort_times (self->begins);
  sort_times (self->ends);
}

/* When the next one comes; G_MAXINT64: none does. */
static gint64
changes_peek (const Changes *self)
{
  gint64 begin = self->next_begin < self->begins->len ? g_array_index (self->begins, gint64, self->next_begin) : G_MAXINT64;
  gint64 end = self->next_end < self->ends->len ? g_array_index (self->ends, gint64, self->next_end) : G_MAXINT64;

  return MIN (begin, end);
}

/* All that change at @time do so together. */
static void
changes_take (Changes *self,
              gint64   time)
{
  while (self->next_end < self->ends->len && g_array_index (self->ends, gint64, self->next_end) == time)
    {
      self->level--;
      self->next_end++;
    }
  while (self->next_begin < self->begins->len && g_array_index (self->begins, gint64, self->next_begin) == time)
    {
      self->level++;
      self->next_begin++;
    }
}

/* From @begin to @end; it goes on from where it was. */
static double
sweep (Changes          *changes,
       gint64            begin,
       gint64            end,
       LeydenAggregation aggregation)
{
  double area = 0;
  gint64 least, most, time = begin, next;

  while ((next = changes_peek (changes)) <= begin)
    changes_take (changes, next);
  least = most = changes->level;
  while ((next = changes_peek (changes)) < end)
    {
      area += (double)changes->level * (double)(next - time);
      time = next;
      changes_take (changes, next);
      least = MIN (least, changes->level);
      most = MAX (most, changes->level);
    }
  area += (double)changes->level * (double)(end - time);
  switch ((int)aggregation)
    {
    case LEYDEN_AGGREGATION_MEAN: return area / (double)(end - begin);
    case LEYDEN_AGGREGATION_MIN: return (double)least;
    case LEYDEN_AGGREGATION_MAX: return (double)most;
    default: return (double)changes->level;
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
      g_auto(Changes) changes = { 0 };

      changes_init (&changes, columns, self->series, s);
      for (guint x = 0; x < n; x++)
        {
          gint64 begin = buckets != NULL ? MAX (buckets->edges[x], query->from) : query->from;
          gint64 end = buckets != NULL ? MIN (buckets->edges[x + 1], limit) : limit;

          if (begin < end)
            leyden_cell_add (leyden_grid_get (self->grid, s, x), end, sweep (&changes, begin, end, query->aggregation), 0, LEYDEN_CELL_NO_MORE);
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
  query->next = query->from == 1 && columns->first == 0 ? 0 : columns->next;
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

/* What belongs to one group: rollouts of one experiment or run (of a trainer: all), candidate, step and item. */
static const char * const group_keys[] = { "r.step", "ifnull (r.experiment, -ifnull (r.run, 0))", "ifnull (r.candidate, 0)", "r.item" };

#define MAX_GROUP_KEYS (LEYDEN_QUERY_MAX_SPLIT + G_N_ELEMENTS (group_keys))
G_STATIC_ASSERT (MAX_GROUP_KEYS <= LEYDEN_COLUMNS_MAX_KEYS);

typedef struct
{
  guint32 keys[MAX_GROUP_KEYS]; /* of the splits, then those of the group */
  guint   n;
  double  mean, m2;             /* Welford */
  double  min, max;
  gint64  last_time;
} Group;

/* Groups in the order in which they come, found by their keys. */
typedef struct
{
  GArray  *groups;              /* Group */
  guint32 *places;              /* index + 1; 0: free */
  guint    n_places;            /* a power of two, more than twice the groups */
} Groups;

static guint
hash_keys (const guint32 *keys)
{
  guint64 hash = 0;

  for (guint k = 0; k < MAX_GROUP_KEYS; k++)
    hash = (hash ^ keys[k]) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  return (guint)(hash >> 32);
}

/* Where the group of @keys stands, or would. */
static guint32 *
find_place (Groups        *self,
            const guint32 *keys)
{
  guint place = hash_keys (keys) & (self->n_places - 1);

  while (self->places[place] > 0
         && memcmp (g_array_index (self->groups, Group, self->places[place] - 1).keys, keys, sizeof ((Group *)NULL)->keys) != 0)
    place = (place + 1) & (self->n_places - 1);
  return &self->places[place];
}

static void
make_places (Groups *self,
             guint   n_places)
{
  g_free (self->places);
  self->places = g_new0 (guint32, n_places);
  self->n_places = n_places;
  for (guint g = 0; g < self->groups->len; g++)
    *find_place (self, g_array_index (self->groups, Group, g).keys) = g + 1;
}

static void
group_add (Group *self,
           gint64 time,
           double value)
{
  double delta = value - self->mean;

  self->n++;
  self->mean += delta / (double)self->n;
  self->m2 += delta * (value - self->mean);
  self->min = MIN (self->min, value);
  self->max = MAX (self->max, value);
  self->last_time = MAX (self->last_time, time);
}

static GArray *
find_groups (LeydenColumns *rows)
{
  Groups self = { g_array_new (FALSE, FALSE, sizeof (Group)), NULL, 0 };

  make_places (&self, 1u << g_bit_storage (MAX (rows->n, 512)));
  for (guint i = 0; i < rows->n; i++)
    {
      Group group = { .min = INFINITY, .max = -INFINITY, .last_time = G_MININT64 };
      guint32 *place;

      for (guint k = 0; k < rows->n_keys; k++)
        group.keys[k] = rows->key[k][i];
      place = find_place (&self, group.keys);
      if (*place == 0)
        {
          g_array_append_val (self.groups, group);
          *place = self.groups->len;
        }
      group_add (&g_array_index (self.groups, Group, *place - 1), rows->time[i], rows->value[i]);
      if (self.groups->len * 2 >= self.n_places)
        make_places (&self, self.n_places * 2);
    }
  g_free (self.places);
  return self.groups;
}

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
  g_autoptr(GArray) groups = NULL;
  LeydenColumns *columns;

  for (guint k = 0; k < query->n_split; k++)
    read.keys[read.n_keys++] = query->split[k]->column;
  for (guint k = 0; k < G_N_ELEMENTS (group_keys); k++)
    read.keys[read.n_keys++] = group_keys[k];
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
      const Group *group = &g_array_index (groups, Group, g);
      gboolean equal = group->min == group->max;
      guint i;

      if (group->n < 2)
        continue;
      /* Of the group as it is, not of what it was drawn from: the way advantages are made. */
      i = leyden_columns_add (columns, group->last_time, is_flag ? equal : equal ? 0 : sqrt (MAX (group->m2, 0) / (double)group->n));
      for (guint k = 0; k <= query->n_split; k++)
        columns->key[k][i] = group->keys[k];
    }
  columns->n_invalid = rows->n_invalid;
  columns->next = rows->next;
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
  columns->next = rows->next;
  return columns;
}
