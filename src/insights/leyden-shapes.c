/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows to what is drawn. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-query-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-shapes.h"

static double
seconds_of (const LeydenQuery *query,
            gint64             begin,
            gint64             end)
{
  begin = MAX (begin, query->from);
  end = MIN (end, MIN (query->to, query->now));
  return end > begin ? (double)(end - begin) / (double)LEYDEN_NS_PER_S : 0;
}

LeydenCellParts
leyden_query_get_parts (const LeydenQuery *query)
{
  gboolean is_table = query->shape == LEYDEN_SHAPE_TABLE;
  LeydenCellParts parts = LEYDEN_CELL_NO_MORE;

  if (is_table || leyden_aggregation_get_quantile (query->aggregation) > 0 || query->band == LEYDEN_BAND_QUANTILES)
    parts |= LEYDEN_CELL_VALUES;
  if (is_table || query->aggregation == LEYDEN_AGGREGATION_STD || query->band == LEYDEN_BAND_CI)
    parts |= LEYDEN_CELL_SPREAD;
  return parts;
}

void
leyden_plot_add (LeydenPlot          *self,
                 const LeydenColumns *columns,
                 guint                row,
                 guint                series,
                 guint                x)
{
  leyden_cell_add (leyden_grid_get (self->grid, series, x), columns->time[row], columns->value[row],
                   columns->divisor != NULL ? columns->divisor[row] : 0, self->parts);
}

/* Sum of all series at @x, for shares. */
static double
total_at (LeydenPlot *self,
          guint       x)
{
  double total = 0;

  for (guint s = 0; s < self->grid->n_series; s++)
    {
      LeydenCell *cell = leyden_grid_peek (self->grid, s, x);

      total += cell != NULL ? leyden_cell_get_sum (cell) : 0;
    }
  return total;
}

static double
total_of (LeydenPlot *self,
          guint       x)
{
  double total = 0;

  if (!self->total_of_all)
    return total_at (self, x);
  for (guint i = 0; i < self->grid->n_x; i++)
    total += total_at (self, i);
  return total;
}

/* NaN: there is none. */
double
leyden_plot_get (LeydenPlot *self,
                 guint       series,
                 guint       x)
{
  const LeydenQuery *query = self->query;
  LeydenCell *cell = leyden_grid_peek (self->grid, series, x);
  LeydenCell empty;
  double total = query->aggregation == LEYDEN_AGGREGATION_SHARE ? total_of (self, x) : 0;

  if (self->is_future != NULL && self->is_future[x])
    return NAN;
  if (cell != NULL)
    return leyden_cell_get (cell, query->measure->kind, query->aggregation, self->seconds != NULL ? self->seconds[x] : 0, total);
  leyden_cell_init (&empty);
  return leyden_cell_get (&empty, query->measure->kind, query->aggregation, self->seconds != NULL ? self->seconds[x] : 0, total);
}

static void
write_band (LeydenPlot         *self,
            LeydenValueBuilder *b,
            guint               series)
{
  g_autofree double *high = g_new (double, MAX (self->grid->n_x, 1));

  leyden_value_builder_key (b, "low");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->grid->n_x; i++)
    {
      guint x = self->order != NULL ? self->order[i] : i;
      LeydenCell *cell = leyden_grid_peek (self->grid, series, x);
      double low = NAN;

      high[i] = NAN;
      if (cell == NULL || !leyden_cell_get_band (cell, self->query->measure->kind, self->query->aggregation, self->query->band, &low, &high[i]))
        low = NAN;
      leyden_value_builder_add_double (b, low);
    }
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "high");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->grid->n_x; i++)
    leyden_value_builder_add_double (b, high[i]);
  leyden_value_builder_end (b);
}

static void
write_list (LeydenValueBuilder *b,
            const char         *key,
            LeydenPlot         *self,
            GPtrArray          *values)
{
  leyden_value_builder_key (b, key);
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->grid->n_x; i++)
    leyden_value_builder_add (b, values->pdata[self->order != NULL ? self->order[i] : i]);
  leyden_value_builder_end (b);
}

/* One series; @period: of the period before. */
static void
write_series (LeydenPlot         *self,
              LeydenValueBuilder *b,
              guint               series,
              gboolean            is_previous)
{
  g_autofree char *name = is_previous ? g_strdup_printf (_("%s, before"), (char *)self->series->names->pdata[series]) : NULL;
  g_autoptr(LeydenValue) period = leyden_value_new_string ("previous", -1);
  g_autoptr(LeydenValue) labels = NULL;

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", is_previous ? name : self->series->names->pdata[series]);
  labels = is_previous ? leyden_value_with_member (self->series->labels->pdata[series], "period", period)
                       : leyden_value_ref (self->series->labels->pdata[series]);
  leyden_value_builder_set (b, "labels", labels);
  if (self->series->has_other && series + 1 == self->series->n)
    leyden_value_builder_set_boolean (b, "other", TRUE);
  write_list (b, "x", self, self->x);
  if (self->x_end != NULL)
    write_list (b, "x_end", self, self->x_end);
  if (self->x_keys != NULL)
    write_list (b, "keys", self, self->x_keys);
  leyden_value_builder_key (b, "y");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->grid->n_x; i++)
    leyden_value_builder_add_double (b, leyden_plot_get (self, series, self->order != NULL ? self->order[i] : i));
  leyden_value_builder_end (b);
  if (self->query->band != LEYDEN_BAND_NONE)
    write_band (self, b, series);
  leyden_value_builder_key (b, "n");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->grid->n_x; i++)
    {
      LeydenCell *cell = leyden_grid_peek (self->grid, series, self->order != NULL ? self->order[i] : i);

      leyden_value_builder_add_int (b, cell != NULL ? (gint64)cell->n : 0);
    }
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

void
leyden_plot_write (LeydenPlot         *self,
                   LeydenValueBuilder *b,
                   gboolean            is_previous)
{
  for (guint s = 0; s < self->series->n; s++)
    write_series (self, b, s, is_previous);
}

static GPtrArray *
new_values (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
}

LeydenPlot *
leyden_plot_new (const LeydenQuery *query,
                 LeydenSeries      *series,
                 guint              n_x)
{
  LeydenPlot *self = g_new0 (LeydenPlot, 1);

  self->query = query;
  self->series = series;
  self->grid = leyden_grid_new (series->n, n_x);
  self->x = new_values ();
  self->parts = leyden_query_get_parts (query);
  return self;
}

void
leyden_plot_free (LeydenPlot *self)
{
  if (self == NULL)
    return;
  leyden_series_free (self->series);
  leyden_grid_free (self->grid);
  leyden_buckets_free (self->buckets);
  g_ptr_array_unref (self->x);
  g_clear_pointer (&self->x_end, g_ptr_array_unref);
  g_clear_pointer (&self->x_keys, g_ptr_array_unref);
  g_free (self->seconds);
  g_free (self->is_future);
  g_free (self->order);
  g_free (self);
}

/* ---- Time ---- */

/* x of a plot by time: the beginnings of @shown, as long as they last. */
void
leyden_plot_set_time (LeydenPlot          *self,
                      LeydenBuckets       *buckets,
                      const LeydenBuckets *shown)
{
  gboolean is_calendar = buckets->kind != LEYDEN_INTERVAL_SECONDS;

  self->buckets = buckets;
  self->seconds = g_new (double, buckets->n);
  self->is_future = g_new0 (gboolean, buckets->n);
  if (is_calendar)
    self->x_end = new_values ();
  for (guint i = 0; i < buckets->n; i++)
    {
      gint64 begin = i < shown->n ? shown->edges[i] : shown->edges[shown->n - 1] + (buckets->edges[i] - buckets->edges[MIN (shown->n, buckets->n) - 1]);
      gint64 end = begin + buckets->edges[i + 1] - buckets->edges[i];

      self->seconds[i] = seconds_of (self->query, buckets->edges[i], buckets->edges[i + 1]);
      self->is_future[i] = buckets->edges[i] >= self->query->now;
      g_ptr_array_add (self->x, leyden_value_new_int (begin));
      if (is_calendar)
        g_ptr_array_add (self->x_end, leyden_value_new_int (i < shown->n ? shown->edges[i + 1] : end));
    }
}

LeydenBuckets *
leyden_query_make_buckets (const LeydenQuery *query,
                           GError           **error)
{
  return leyden_buckets_new (query->from, query->to, query->interval, query->seconds, query->buckets, query->zone, error);
}

static LeydenPlot *
plot_time (sqlite3             *db,
           const LeydenQuery   *query,
           LeydenColumns       *columns,
           const LeydenBuckets *shown,
           GError             **error)
{
  LeydenBuckets *buckets = leyden_query_make_buckets (query, error);
  LeydenPlot *self;

  if (buckets == NULL)
    return NULL;
  self = leyden_plot_new (query, leyden_series_new (db, query, columns, 0, query->limit), buckets->n);
  leyden_plot_set_time (self, buckets, shown != NULL ? shown : buckets);
  for (guint i = 0; i < columns->n; i++)
    {
      int x = leyden_buckets_find (buckets, columns->time[i]);

      if (x >= 0)
        leyden_plot_add (self, columns, i, self->series->of[i], (guint)x);
    }
  return self;
}

static LeydenPlot *
plot_value (sqlite3           *db,
            const LeydenQuery *query,
            LeydenColumns     *columns,
            gint64             shown)
{
  LeydenPlot *self = leyden_plot_new (query, leyden_series_new (db, query, columns, 0, query->limit), 1);

  self->seconds = g_new (double, 1);
  self->seconds[0] = seconds_of (query, query->from, query->to);
  g_ptr_array_add (self->x, leyden_value_new_int (shown));
  for (guint i = 0; i < columns->n; i++)
    leyden_plot_add (self, columns, i, self->series->of[i], 0);
  return self;
}

/* ---- Steps ---- */

typedef struct
{
  gint64 step;
  guint  key;
} Step;

static int
compare_steps (gconstpointer a,
               gconstpointer b)
{
  const Step *x = a, *y = b;

  return (x->step > y->step) - (x->step < y->step);
}

/* The key of the step stands behind those of the splits. */
static LeydenPlot *
plot_step (sqlite3           *db,
           const LeydenQuery *query,
           LeydenColumns     *columns,
           LeydenNotes       *notes)
{
  LeydenKeys *keys = columns->keys[query->n_split];
  const guint32 *key = columns->key[query->n_split];
  g_autoptr(GArray) steps = g_array_new (FALSE, FALSE, sizeof (Step));
  g_autofree guint *place = g_new (guint, leyden_keys_get_n (keys) + 1);
  LeydenPlot *self;

  for (guint k = 0; k < leyden_keys_get_n (keys); k++)
    {
      Step step = { 0, k };

      place[k] = G_MAXUINT;
      if (leyden_keys_get_int (keys, k, &step.step))
        g_array_append_val (steps, step);
    }
  g_array_sort (steps, compare_steps);
  if (steps->len > LEYDEN_BUCKETS_MAX)
    {
      g_array_remove_range (steps, 0, steps->len - LEYDEN_BUCKETS_MAX);
      notes->truncated = TRUE;
    }
  self = leyden_plot_new (query, leyden_series_new (db, query, columns, 0, query->limit), steps->len);
  for (guint s = 0; s < steps->len; s++)
    {
      place[g_array_index (steps, Step, s).key] = s;
      g_ptr_array_add (self->x, leyden_value_new_int (g_array_index (steps, Step, s).step));
    }
  for (guint i = 0; i < columns->n; i++)
    if (place[key[i]] != G_MAXUINT)
      leyden_plot_add (self, columns, i, self->series->of[i], place[key[i]]);
  return self;
}

/* ---- Bins of values ---- */

typedef struct
{
  double min, width;
  guint  n;
} Bins;

static gboolean
is_whole (double value)
{
  return floor (value) == value && fabs (value) < 1e15;
}

/* Whole numbers get bins of whole numbers. */
static void
make_bins (const LeydenColumns *columns,
           guint                wanted,
           Bins                *bins)
{
  double min = INFINITY, max = -INFINITY;
  gboolean whole = TRUE;

  *bins = (Bins) { 0, 0, 0 };
  if (columns->n == 0)
    return;
  for (guint i = 0; i < columns->n; i++)
    {
      min = MIN (min, columns->value[i]);
      max = MAX (max, columns->value[i]);
      whole = whole && is_whole (columns->value[i]);
    }
  bins->min = min;
  if (min == max)
    {
      bins->n = 1;
      return;
    }
  if (whole && max - min >= 2)
    {
      bins->width = MAX (ceil ((max - min + 1) / wanted), 1);
      bins->n = (guint)floor ((max - min) / bins->width) + 1;
      return;
    }
  bins->width = max / wanted - min / wanted;
  bins->n = wanted;
}

static double
bin_edge (const Bins *bins,
          guint       i)
{
  return bins->min + i * bins->width;
}

static guint
find_bin (const Bins *bins,
          double      value)
{
  guint i;

  if (bins->width <= 0)
    return 0;
  i = (guint)CLAMP (floor ((value - bins->min) / bins->width), 0, bins->n - 1);
  /* The division may have gone to the other side of an edge. */
  while (i > 0 && value < bin_edge (bins, i))
    i--;
  while (i + 1 < bins->n && value >= bin_edge (bins, i + 1))
    i++;
  return i;
}

static LeydenPlot *
plot_histogram (sqlite3           *db,
                LeydenQuery       *counting,
                const LeydenQuery *query,
                LeydenColumns     *columns)
{
  LeydenPlot *self;
  Bins bins;

  make_bins (columns, query->bins, &bins);
  self = leyden_plot_new (counting, leyden_series_new (db, query, columns, 0, query->limit), bins.n);
  self->x_end = new_values ();
  for (guint i = 0; i < bins.n; i++)
    {
      g_ptr_array_add (self->x, leyden_value_new_double (bin_edge (&bins, i)));
      g_ptr_array_add (self->x_end, leyden_value_new_double (bin_edge (&bins, i + 1)));
    }
  for (guint i = 0; i < columns->n; i++)
    leyden_plot_add (self, columns, i, self->series->of[i], find_bin (&bins, columns->value[i]));
  return self;
}

/* Rows are bins of values, columns are buckets of time. */
static LeydenPlot *
plot_density (sqlite3           *db,
              LeydenQuery       *counting,
              LeydenColumns     *columns,
              GError           **error)
{
  LeydenBuckets *buckets;
  LeydenSeries *series;
  LeydenPlot *self;
  Bins bins;

  make_bins (columns, counting->bins, &bins);
  buckets = leyden_query_make_buckets (counting, error);
  if (buckets == NULL)
    return NULL;
  series = leyden_series_new (db, counting, columns, 0, 1);
  g_ptr_array_set_size (series->names, 0);
  g_ptr_array_set_size (series->labels, 0);
  series->n = bins.n;
  for (guint i = 0; i < bins.n; i++)
    {
      g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_double (&b, "low", bin_edge (&bins, i));
      leyden_value_builder_set_double (&b, "high", bin_edge (&bins, i + 1));
      leyden_value_builder_end (&b);
      g_ptr_array_add (series->names, bins.width > 0 ? g_strdup_printf ("%.4g – %.4g", bin_edge (&bins, i), bin_edge (&bins, i + 1))
                                                     : g_strdup_printf ("%.4g", bins.min));
      g_ptr_array_add (series->labels, leyden_value_builder_end_value (&b));
    }
  self = leyden_plot_new (counting, series, buckets->n);
  leyden_plot_set_time (self, buckets, buckets);
  for (guint i = 0; i < columns->n; i++)
    {
      int x = leyden_buckets_find (buckets, columns->time[i]);

      if (x >= 0)
        leyden_plot_add (self, columns, i, find_bin (&bins, columns->value[i]), (guint)x);
    }
  return self;
}

/* ---- Answers ---- */

gint64
leyden_query_get_previous (const LeydenQuery *self)
{
  gint64 length = self->to - self->from;
  gint64 day = leyden_day_start (self->from, 0, self->zone);
  int n = 1;

  if (self->from == leyden_month_start (self->from, 0, self->zone) && self->to <= leyden_month_start (self->from, 1, self->zone))
    return leyden_month_start (self->from, -1, self->zone);
  if (self->from != day || length / LEYDEN_NS_PER_S > 86400 * 366)
    return MAX (self->from - length, 0);
  while (leyden_day_start (self->from, n, self->zone) < self->to)
    n++;
  return MAX (leyden_day_start (self->from, -n, self->zone), 0);
}

/* The same question about the period before. */
static void
shift (const LeydenQuery *query,
       gint64             previous_from,
       LeydenQuery       *before)
{
  *before = *query;
  before->from = previous_from;
  before->to = MIN (previous_from + (query->to - query->from), query->from);
  before->now = before->to;
}

static LeydenPlot *
plot (sqlite3           *db,
      const LeydenQuery *query,
      LeydenQuery       *counting,
      LeydenColumns     *columns,
      LeydenNotes       *notes,
      GError           **error)
{
  switch (query->shape)
    {
    case LEYDEN_SHAPE_VALUE:
      return plot_value (db, query, columns, query->to);
    case LEYDEN_SHAPE_STEP:
      return plot_step (db, query, columns, notes);
    case LEYDEN_SHAPE_HISTOGRAM:
      return plot_histogram (db, counting, query, columns);
    case LEYDEN_SHAPE_GROUPS:
      return leyden_plot_groups (db, query, columns, notes);
    case LEYDEN_SHAPE_HEAT:
      if (query->n_split == 0)
        return plot_density (db, counting, columns, error);
      return query->n_split == 1 ? plot_time (db, query, columns, NULL, error) : leyden_plot_groups (db, query, columns, notes);
    case LEYDEN_SHAPE_TIME:
    case LEYDEN_SHAPE_POINTS:
    case LEYDEN_SHAPE_TABLE:
    default:
      return plot_time (db, query, columns, NULL, error);
    }
}

static gboolean
write_previous (sqlite3            *db,
                const LeydenQuery  *query,
                LeydenColumns      *columns,
                gint64              from,
                LeydenPlot         *now,
                LeydenValueBuilder *b,
                LeydenNotes        *notes,
                GError            **error)
{
  LeydenQuery before;
  g_autoptr(LeydenPlot) plotted = NULL;

  shift (query, from, &before);
  if (query->shape == LEYDEN_SHAPE_TIME)
    plotted = plot_time (db, &before, columns, now->buckets, error);
  else if (query->shape == LEYDEN_SHAPE_VALUE)
    plotted = plot_value (db, &before, columns, query->to);
  else
    plotted = plot (db, &before, &before, columns, notes, error);
  if (plotted == NULL)
    return FALSE;
  leyden_plot_write (plotted, b, TRUE);
  return TRUE;
}

LeydenValue *
leyden_query_shape (sqlite3           *db,
                    const LeydenQuery *query,
                    LeydenColumns     *columns,
                    LeydenColumns     *previous,
                    gint64             previous_from,
                    GError           **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenQuery counting = *query;
  g_autoptr(LeydenPlot) plotted = NULL;
  LeydenNotes notes;
  gboolean ok;

  counting.aggregation = LEYDEN_AGGREGATION_COUNT;
  counting.band = LEYDEN_BAND_NONE;
  if (query->shape == LEYDEN_SHAPE_TABLE)
    return leyden_query_shape_table (db, query, columns);
  if (query->shape == LEYDEN_SHAPE_POINTS)
    return leyden_query_shape_points (db, query, columns);
  leyden_notes_init (&notes);
  leyden_notes_take (&notes, columns);
  plotted = plot (db, query, &counting, columns, &notes, error);
  ok = plotted != NULL;
  if (ok)
    {
      leyden_answer_begin (&b, query, "series");
      leyden_plot_write (plotted, &b, FALSE);
      ok = previous == NULL || write_previous (db, query, previous, previous_from, plotted, &b, &notes, error);
      leyden_value_builder_end (&b);
      if (plotted->buckets != NULL)
        leyden_value_builder_set_int (&b, "interval_s", plotted->buckets->seconds);
      notes.truncated = notes.truncated || plotted->series->has_other;
      leyden_notes_write (&notes, &b);
      leyden_value_builder_end (&b);
    }
  leyden_notes_clear (&notes);
  return ok ? leyden_value_builder_end_value (&b) : NULL;
}
