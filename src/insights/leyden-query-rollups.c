/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Series of many points, from what was summed up of them. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-query-points-private.h"

#include <math.h>

#include "leyden-rollups.h"
#include "leyden-sketch.h"

/* One more bunch of points. Columns of the statement: bucket, count, sum, sum2, min, max, last, last_ns, sketch. */
static void
merge_rollup (LeydenCell   *cell,
              sqlite3_stmt *statement,
              gboolean      with_sketch)
{
  double n = (double)sqlite3_column_int64 (statement, 1), sum = sqlite3_column_double (statement, 2);
  double mean = n > 0 ? sum / n : 0;
  double m2 = MAX (sqlite3_column_double (statement, 3) - sum * mean, 0);
  double delta = mean - cell->mean, total = (double)cell->n + n;

  if (n <= 0)
    return;
  cell->m2 += m2 + delta * delta * (double)cell->n * n / total;
  cell->mean += delta * n / total;
  cell->n += (guint64)n;
  leyden_cell_add_sum (cell, sum);
  cell->min = MIN (cell->min, sqlite3_column_double (statement, 4));
  cell->max = MAX (cell->max, sqlite3_column_double (statement, 5));
  if (sqlite3_column_int64 (statement, 7) >= cell->last_time)
    {
      cell->last_time = sqlite3_column_int64 (statement, 7);
      cell->last = sqlite3_column_double (statement, 6);
    }
  if (!with_sketch)
    return;
  if (cell->sketch == NULL)
    cell->sketch = leyden_sketch_new ();
  if (sqlite3_column_type (statement, 8) == SQLITE_BLOB)
    leyden_sketch_add_bytes (cell->sketch, sqlite3_column_blob (statement, 8), (gsize)sqlite3_column_bytes (statement, 8), NULL);
  else
    leyden_sketch_add (cell->sketch, mean, (guint64)n);
}

typedef struct
{
  LeydenPoints       *points;
  LeydenPlot   *plot;
  sqlite3_stmt *rollups[2];             /* without and with sketches */
  sqlite3_stmt *raw;
  gboolean      with_sketch;
} Reader;

static LeydenCell *
find_cell (Reader *self,
           guint   series,
           gint64  time)
{
  int x = self->plot->buckets != NULL ? leyden_buckets_find (self->plot->buckets, time) : 0;

  return x >= 0 ? leyden_grid_get (self->plot->grid, series, (guint)x) : NULL;
}

static gboolean
read_raw (Reader       *self,
          const LeydenPointSource *source,
          guint         series,
          gint64        from,
          gint64        to)
{
  int code;

  sqlite3_reset (self->raw);
  sqlite3_bind_int64 (self->raw, 1, source->id);
  sqlite3_bind_int64 (self->raw, 2, from);
  sqlite3_bind_int64 (self->raw, 3, to);
  while ((code = sqlite3_step (self->raw)) == SQLITE_ROW)
    {
      gint64 time = sqlite3_column_int64 (self->raw, 0);
      double value = sqlite3_column_double (self->raw, 1);
      LeydenCell *cell = find_cell (self, series, time);

      if (cell == NULL)
        continue;
      leyden_cell_add (cell, time, value, 0, LEYDEN_CELL_SPREAD);
      if (!self->with_sketch)
        continue;
      if (cell->sketch == NULL)
        cell->sketch = leyden_sketch_new ();
      leyden_sketch_add (cell->sketch, value, 1);
    }
  return code == SQLITE_DONE;
}

static gboolean
read_level (Reader       *self,
            const LeydenPointSource *source,
            guint         series,
            int           level,
            gint64        from_s,
            gint64        to_s)
{
  sqlite3_stmt *statement = self->rollups[self->with_sketch ? 1 : 0];
  int code;

  sqlite3_reset (statement);
  sqlite3_bind_int (statement, 1, level);
  sqlite3_bind_int64 (statement, 2, source->id);
  sqlite3_bind_int64 (statement, 3, from_s);
  sqlite3_bind_int64 (statement, 4, to_s);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 begin = sqlite3_column_int64 (statement, 0);
      LeydenCell *cell = find_cell (self, series, begin * LEYDEN_NS_PER_S);

      if (cell != NULL)
        merge_rollup (cell, statement, self->with_sketch);
    }
  return code == SQLITE_DONE;
}

/* From @from to @to by roll-ups of at most level @l (an index; below the first: points), finer ones at both ends. */
static gboolean
cover (Reader       *self,
       const LeydenPointSource *source,
       guint         series,
       int           l,
       gint64        from,
       gint64        to)
{
  gint64 step, begin, end;

  if (from >= to)
    return TRUE;
  if (l < source->first_level)
    return read_raw (self, source, series, from, to);
  step = leyden_rollup_levels[l] * LEYDEN_NS_PER_S;
  begin = (from + step - 1) / step * step;
  end = to / step * step;
  if (begin >= end)
    return cover (self, source, series, l - 1, from, to);
  return cover (self, source, series, l - 1, from, begin)
         && read_level (self, source, series, leyden_rollup_levels[l], begin / LEYDEN_NS_PER_S, end / LEYDEN_NS_PER_S)
         && cover (self, source, series, l - 1, end, to);
}

static gboolean
prepare_reader (Reader  *self,
                sqlite3 *db)
{
#define ROLLUPS(sketch) "SELECT bucket, count, sum, sum2, min, max, last, last_ns" sketch " FROM main.rollups WHERE level = ? AND series = ? AND bucket >= ? AND bucket < ?"
  return sqlite3_prepare_v2 (db, ROLLUPS (""), -1, &self->rollups[0], NULL) == SQLITE_OK
         && sqlite3_prepare_v2 (db, ROLLUPS (", sketch"), -1, &self->rollups[1], NULL) == SQLITE_OK
         && sqlite3_prepare_v2 (db, "SELECT time_ns, value FROM main.points WHERE series = ? AND time_ns >= ? AND time_ns < ?", -1,
                                &self->raw, NULL) == SQLITE_OK;
}

static void
reader_clear (Reader *self)
{
  sqlite3_finalize (self->rollups[0]);
  sqlite3_finalize (self->rollups[1]);
  sqlite3_finalize (self->raw);
}

/* A row a source, so that series are chosen and named as those of rows are. */
static LeydenColumns *
list_sources (LeydenPoints *self)
{
  LeydenColumns *columns = leyden_columns_new (self->query->n_split, FALSE);

  for (guint s = 0; s < self->sources->len; s++)
    {
      const LeydenPointSource *source = &g_array_index (self->sources, LeydenPointSource, s);
      guint i = leyden_columns_add (columns, self->query->from, 0);

      for (guint k = 0; k < self->query->n_split; k++)
        columns->key[k][i] = leyden_keys_add_text (columns->keys[k], source->words[k]);
    }
  return columns;
}

/* The coarsest roll-ups that no edge cuts, an index; −1: none. */
static int
find_level (const LeydenBuckets *buckets)
{
  gint64 levels[LEYDEN_N_ROLLUP_LEVELS];
  int l = LEYDEN_N_ROLLUP_LEVELS - 1;
  gint64 level;

  if (buckets == NULL)
    return l;
  for (guint i = 0; i < LEYDEN_N_ROLLUP_LEVELS; i++)
    levels[i] = leyden_rollup_levels[i];
  level = leyden_buckets_get_level (buckets, levels, LEYDEN_N_ROLLUP_LEVELS);
  while (l >= 0 && levels[l] != level)
    l--;
  return l;
}

/* Cells of @query from roll-ups: over time, or one for all of it. */
static LeydenPlot *
plot_rollups (LeydenPoints              *self,
              const LeydenQuery   *query,
              gboolean             by_time,
              gboolean             with_sketch,
              const LeydenBuckets *shown,
              GError             **error)
{
  g_autoptr(LeydenColumns) sources = list_sources (self);
  g_autoptr(LeydenPlot) plotted = NULL;
  LeydenBuckets *buckets = by_time ? leyden_query_make_buckets (query, error) : NULL;
  Reader reader = { self, NULL };
  gboolean ok = TRUE;

  if (by_time && buckets == NULL)
    return NULL;
  plotted = leyden_plot_new (query, leyden_series_new (self->db, query, sources, 0, query->limit), by_time ? buckets->n : 1);
  if (by_time)
    leyden_plot_set_time (plotted, buckets, shown != NULL ? shown : buckets);
  else
    {
      g_ptr_array_add (plotted->x, leyden_value_new_int (self->query->to));
      plotted->seconds = g_new (double, 1);
      plotted->seconds[0] = (double)(MIN (query->to, query->now) - query->from) / (double)LEYDEN_NS_PER_S;
    }
  reader.plot = plotted;
  reader.with_sketch = with_sketch;
  ok = prepare_reader (&reader, self->db);
  for (guint s = 0; ok && s < self->sources->len; s++)
    ok = cover (&reader, &g_array_index (self->sources, LeydenPointSource, s), plotted->series->of[s], find_level (buckets), query->from, query->to);
  if (!ok)
    leyden_sql_text_fail (self->db, error);
  reader_clear (&reader);
  return ok ? g_steal_pointer (&plotted) : NULL;
}

static guint64
count_cells (LeydenPlot *plotted)
{
  guint64 n = 0;

  for (guint s = 0; s < plotted->grid->n_series; s++)
    for (guint x = 0; x < plotted->grid->n_x; x++)
      {
        LeydenCell *cell = leyden_grid_peek (plotted->grid, s, x);

        n += cell != NULL ? cell->n : 0;
      }
  return n;
}

static LeydenValue *
finish (LeydenPoints             *self,
        LeydenValueBuilder *b,
        LeydenPlot         *plotted,
        gboolean            exact)
{
  LeydenNotes notes;

  leyden_value_builder_end (b);
  if (plotted->buckets != NULL)
    leyden_value_builder_set_int (b, "interval_s", plotted->buckets->seconds);
  leyden_notes_init (&notes);
  notes.n_points = count_cells (plotted);
  notes.exact = exact;
  notes.truncated = plotted->series->has_other;
  leyden_notes_write (&notes, b);
  leyden_notes_clear (&notes);
  leyden_value_builder_end (b);
  return leyden_value_builder_end_value (b);
}

LeydenValue *
leyden_points_run_series (LeydenPoints *self,
                          GError      **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenQuery *query = self->query;
  gboolean by_time = query->shape != LEYDEN_SHAPE_VALUE;
  gboolean sketch = leyden_aggregation_get_quantile (query->aggregation) > 0 || query->band == LEYDEN_BAND_QUANTILES;
  g_autoptr(LeydenPlot) plotted = plot_rollups (self, query, by_time, sketch, NULL, error);

  if (plotted == NULL)
    return NULL;
  leyden_answer_begin (&b, query, "series");
  leyden_plot_write (plotted, &b, FALSE);
  if (query->compare)
    {
      LeydenQuery earlier = *query;
      g_autoptr(LeydenPlot) before = NULL;

      earlier.from = leyden_query_get_previous (query);
      earlier.now = earlier.to = MIN (earlier.from + (query->to - query->from), query->from);
      before = plot_rollups (self, &earlier, by_time, sketch, plotted->buckets, error);
      if (before == NULL)
        return NULL;
      leyden_plot_write (before, &b, TRUE);
    }
  return finish (self, &b, plotted, !sketch);
}

LeydenValue *
leyden_points_run_extremes (LeydenPoints *self,
                            GError      **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenQuery query = *self->query;
  g_autoptr(LeydenPlot) plotted = NULL;

  query.interval = LEYDEN_INTERVAL_AUTO;
  query.buckets = CLAMP (query.limit / 2, 1, 5000);
  query.limit = LEYDEN_QUERY_MAX_LIMIT;
  plotted = plot_rollups (self, &query, TRUE, FALSE, NULL, error);
  if (plotted == NULL)
    return NULL;
  leyden_answer_begin (&b, self->query, "series");
  for (guint s = 0; s < plotted->series->n; s++)
    {
      g_autoptr(GArray) values = g_array_new (FALSE, FALSE, sizeof (double));

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "name", plotted->series->names->pdata[s]);
      leyden_value_builder_set (&b, "labels", plotted->series->labels->pdata[s]);
      leyden_value_builder_key (&b, "x");
      leyden_value_builder_begin_list (&b);
      for (guint x = 0; x < plotted->buckets->n; x++)
        {
          LeydenCell *cell = leyden_grid_peek (plotted->grid, s, x);
          gint64 begin = plotted->buckets->edges[x], end = plotted->buckets->edges[x + 1];

          if (cell == NULL || cell->n == 0)
            continue;
          leyden_value_builder_add_int (&b, MAX (begin, query.from));
          g_array_append_val (values, cell->min);
          if (cell->min == cell->max)
            continue;
          leyden_value_builder_add_int (&b, MAX (begin + (end - begin) / 2, query.from));
          g_array_append_val (values, cell->max);
        }
      leyden_value_builder_end (&b);
      leyden_value_builder_key (&b, "y");
      leyden_value_builder_begin_list (&b);
      for (guint i = 0; i < values->len; i++)
        leyden_value_builder_add_double (&b, g_array_index (values, double, i));
      leyden_value_builder_end (&b);
      leyden_value_builder_end (&b);
    }
  return finish (self, &b, plotted, FALSE);
}

typedef struct
{
  guint  series;
  double value;                 /* NaN: none */
} Place;

static int
compare_places (gconstpointer a,
                gconstpointer b)
{
  const Place *x = a, *y = b;

  if (isnan (x->value) || isnan (y->value))
    return isnan (x->value) - isnan (y->value);
  return (x->value < y->value) - (x->value > y->value);
}

LeydenValue *
leyden_points_run_groups (LeydenPoints *self,
                          GError      **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  gboolean sketch = leyden_aggregation_get_quantile (self->query->aggregation) > 0;
  g_autoptr(LeydenPlot) plotted = plot_rollups (self, self->query, FALSE, sketch, NULL, error);
  g_autoptr(GArray) places = g_array_new (FALSE, FALSE, sizeof (Place));

  if (plotted == NULL)
    return NULL;
  for (guint s = 0; s < plotted->series->n; s++)
    g_array_append_vals (places, &(Place) { s, leyden_plot_get (plotted, s, 0) }, 1);
  g_array_sort (places, compare_places);
  leyden_answer_begin (&b, self->query, "series");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", self->query->point);
  leyden_value_builder_key (&b, "labels");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "x");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < places->len; i++)
    leyden_value_builder_add_string (&b, plotted->series->names->pdata[g_array_index (places, Place, i).series]);
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "y");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < places->len; i++)
    leyden_value_builder_add_double (&b, g_array_index (places, Place, i).value);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return finish (self, &b, plotted, !sketch);
}

/* ---- Bins ---- */

static void
write_counts (LeydenValueBuilder *b,
              LeydenCell         *cell,
              double              min,
              double              width,
              guint               n)
{
  guint64 below = 0;

  leyden_value_builder_key (b, "y");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < n; i++)
    {
      guint64 until = cell == NULL ? 0 : i + 1 == n ? cell->n : MIN (leyden_sketch_count_below (cell->sketch, min + (i + 1) * width), cell->n);

      leyden_value_builder_add_int (b, (gint64)(until - MIN (below, until)));
      below = MAX (below, until);
    }
  leyden_value_builder_end (b);
}

static void
write_edges (LeydenValueBuilder *b,
             const char         *key,
             double              min,
             double              width,
             guint               n)
{
  leyden_value_builder_key (b, key);
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < n; i++)
    leyden_value_builder_add_double (b, min + i * width);
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_points_run_histogram (LeydenPoints *self,
                             GError      **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenQuery *query = self->query;
  g_autoptr(LeydenPlot) plotted = plot_rollups (self, query, FALSE, TRUE, NULL, error);
  double min = INFINITY, max = -INFINITY;
  guint n = query->bins;

  if (plotted == NULL)
    return NULL;
  for (guint s = 0; s < plotted->series->n; s++)
    {
      LeydenCell *cell = leyden_grid_peek (plotted->grid, s, 0);

      min = cell != NULL ? MIN (min, cell->min) : min;
      max = cell != NULL ? MAX (max, cell->max) : max;
    }
  n = min > max ? 0 : min == max ? 1 : n;
  leyden_answer_begin (&b, query, "series");
  for (guint s = 0; s < plotted->series->n; s++)
    {
      double width = n > 0 ? max / n - min / n : 0;

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "name", plotted->series->names->pdata[s]);
      leyden_value_builder_set (&b, "labels", plotted->series->labels->pdata[s]);
      write_edges (&b, "x", min, width, n);
      write_edges (&b, "x_end", min + width, width, n);
      write_counts (&b, leyden_grid_peek (plotted->grid, s, 0), min, width, n);
      leyden_value_builder_end (&b);
    }
  return finish (self, &b, plotted, FALSE);
}
