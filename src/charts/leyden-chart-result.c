/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-private.h"

#include <math.h>
#include <string.h>

#include "leyden-dashboard-result.h"
#include "leyden-text.h"

/* A chart from the answer to a query. */

#define MAX_WARNINGS 20
#define FEWEST 3

/* A text member of @a, else of @b, else @fallback. */
static const char *
pick_text (LeydenValue *a,
           LeydenValue *b,
           const char  *key,
           const char  *fallback)
{
  const char *text = leyden_value_get_member_string (a, key, NULL);

  return text != NULL ? text : leyden_value_get_member_string (b, key, fallback);
}

static const char *
find_unit (LeydenChartKind  kind,
           LeydenValue     *options,
           LeydenValue     *result)
{
  const char *unit = pick_text (options, result, "unit", "");

  /* What a histogram counts has no unit; what it counts by has. */
  if (kind == LEYDEN_CHART_KIND_HISTOGRAM)
    unit = leyden_value_get_member_string (options, "unit", leyden_value_get_member_string (result, "value_unit", unit));
  return leyden_dashboard_result_name_unit (result, unit);
}

static double
get_number (LeydenValue *value)
{
  double number;

  return leyden_value_get_double (value, &number) ? number : NAN;
}

static double
get_option (LeydenValue *options,
            const char  *key)
{
  return get_number (leyden_value_get_member (options, key));
}

static void
read_options (LeydenChart *self,
              LeydenValue *result,
              LeydenValue *options)
{
  double smoothing = get_option (options, "smoothing");
  const char *simulated = leyden_value_get_member_string (result, "simulated", "none");

  leyden_chart_set_title (self, pick_text (options, result, "title", ""));
  leyden_chart_set_zone (self, leyden_value_get_member_string (options, "zone", NULL));
  g_free (self->unit);
  self->unit = g_strdup (find_unit (self->kind, options, result));
  self->smoothing = isfinite (smoothing) ? CLAMP (smoothing, 0, 0.999) : 0;
  self->log_x = leyden_value_get_member_boolean (options, "log_x", FALSE);
  self->log_y = leyden_value_get_member_boolean (options, "log_y", FALSE);
  self->points = leyden_value_get_member_boolean (options, "points", FALSE);
  self->stacked = leyden_value_get_member_boolean (options, "stacked", FALSE);
  self->from = get_option (options, "from");
  self->to = get_option (options, "to");
  self->min = get_option (options, "min");
  self->max = get_option (options, "max");
  g_free (self->simulated);
  self->simulated = g_strdup (strcmp (simulated, "all") == 0 || strcmp (simulated, "some") == 0 ? simulated : "none");
  self->exact = leyden_value_get_member_boolean (result, "exact", TRUE);
  self->truncated = leyden_value_get_member_boolean (result, "truncated", FALSE);
  self->n_invalid = (guint64) MAX (leyden_value_get_member_int (result, "invalid", 0), 0);
  self->interval = leyden_value_get_member_double (result, "interval_s", 0);
  self->interval = isfinite (self->interval) && self->interval > 0 ? self->interval * 1e9 : 0;
}

static void
read_warnings (LeydenChart *self,
               LeydenValue *warnings)
{
  for (guint i = 0; i < MIN (leyden_value_get_size (warnings), MAX_WARNINGS); i++)
    {
      const char *text = leyden_value_get_string (leyden_value_get_item (warnings, i), NULL);

      if (text != NULL)
        g_ptr_array_add (self->warnings, leyden_text_display (text, -1, 300, FALSE));
    }
}

/* Names decide, if there is one: the rest are names then, too. */
static LeydenChartX
find_axis (LeydenValue *result,
           LeydenValue *series)
{
  const char *shape = leyden_value_get_member_string (result, "shape", "");

  for (guint i = 0; i < leyden_value_get_size (series); i++)
    {
      LeydenValue *x = leyden_value_get_member (leyden_value_get_item (series, i), "x");

      for (guint k = 0; k < leyden_value_get_size (x); k++)
        if (leyden_value_get_string (leyden_value_get_item (x, k), NULL) != NULL)
          return LEYDEN_CHART_X_CATEGORY;
    }
  return g_strv_contains ((const char * const []) { "time", "points", "heat", "value", NULL }, shape) ? LEYDEN_CHART_X_TIME : LEYDEN_CHART_X_NUMBER;
}

static double
read_x (LeydenChart *self,
        LeydenValue *value)
{
  const char *text;

  if (self->x != LEYDEN_CHART_X_CATEGORY)
    return get_number (value);
  text = leyden_value_get_string (value, NULL);
  if (text == NULL)
    text = leyden_value_get_number_text (value);
  return leyden_chart_take_category (self, text != NULL ? text : "–");
}

static GArray *
read_numbers (LeydenValue *list,
              guint        n)
{
  GArray *numbers;

  if (leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    return NULL;
  numbers = g_array_sized_new (FALSE, FALSE, sizeof (double), n);
  for (guint i = 0; i < n; i++)
    {
      double number = get_number (leyden_value_get_item (list, i));

      g_array_append_val (numbers, number);
    }
  return numbers;
}

static LeydenChartTrack *
read_track (LeydenValue *list,
            guint        n)
{
  LeydenChartTrack *track;

  if (leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    return NULL;
  track = leyden_chart_track_new ();
  for (guint i = 0; i < n; i++)
    leyden_chart_track_append (track, get_number (leyden_value_get_item (list, i)));
  return track;
}

/* The interval of one or two values is wider than all that is known of them: along a line it says nothing, and no band is drawn there. */
static LeydenChartTrack *
drop_few (LeydenChartTrack *track,
          GArray           *count)
{
  LeydenChartTrack *kept = leyden_chart_track_new ();

  for (guint i = 0; i < leyden_chart_track_get_size (track); i++)
    leyden_chart_track_append (kept, g_array_index (count, double, i) < FEWEST ? NAN : leyden_chart_track_get_values (track)[i]);
  leyden_chart_track_free (track);
  return kept;
}

static GPtrArray *
read_keys (LeydenValue *list,
           guint        n)
{
  GPtrArray *keys;

  if (leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    return NULL;
  keys = g_ptr_array_new_full (n, g_free);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (keys, g_strdup (leyden_value_get_string (leyden_value_get_item (list, i), NULL)));
  return keys;
}

/* Columns go along with points: where x is no number the whole point is left out, so they are read by rows that stay. */
static LeydenValue *
pick_rows (LeydenValue *list,
           GArray      *kept,
           guint        n)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  if (leyden_value_get_kind (list) != LEYDEN_VALUE_LIST || kept->len == n)
    return list != NULL ? leyden_value_ref (list) : NULL;
  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < kept->len; i++)
    leyden_value_builder_add (&builder, leyden_value_get_item (list, g_array_index (kept, guint, i)));
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
read_series (LeydenChart *self,
             LeydenValue *value)
{
  LeydenChartSeries *series = leyden_chart_series_new (leyden_value_get_member_string (value, "name", ""));
  LeydenValue *xs = leyden_value_get_member (value, "x"), *ys = leyden_value_get_member (value, "y");
  guint n = leyden_value_get_size (xs);
  g_autoptr(GArray) kept = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr(LeydenValue) ends = NULL;
  g_autoptr(LeydenValue) low = NULL;
  g_autoptr(LeydenValue) high = NULL;
  g_autoptr(LeydenValue) count = NULL;
  g_autoptr(LeydenValue) keys = NULL;

  for (guint i = 0; i < n; i++)
    {
      guint before = series->x->len;

      leyden_chart_series_add (series, read_x (self, leyden_value_get_item (xs, i)), get_number (leyden_value_get_item (ys, i)));
      if (series->x->len > before)
        g_array_append_val (kept, i);
    }
  ends = pick_rows (leyden_value_get_member (value, "x_end"), kept, n);
  low = pick_rows (leyden_value_get_member (value, "low"), kept, n);
  high = pick_rows (leyden_value_get_member (value, "high"), kept, n);
  count = pick_rows (leyden_value_get_member (value, "n"), kept, n);
  keys = pick_rows (leyden_value_get_member (value, "keys"), kept, n);
  series->keys = read_keys (keys, kept->len);
  series->x_end = read_numbers (ends, kept->len);
  series->n = read_numbers (count, kept->len);
  series->low = read_track (low, kept->len);
  series->high = series->low != NULL ? read_track (high, kept->len) : NULL;
  if (series->high == NULL)
    g_clear_pointer (&series->low, leyden_chart_track_free);
  if (self->kind == LEYDEN_CHART_KIND_LINE && series->low != NULL && series->n != NULL)
    {
      series->low = drop_few (series->low, series->n);
      series->high = drop_few (series->high, series->n);
    }
  leyden_chart_series_settle (self, series);
  g_ptr_array_add (self->series, series);
}

static void
fill (LeydenChart     *self,
      LeydenChartKind  kind,
      LeydenValue     *result,
      LeydenValue     *options)
{
  LeydenValue *series = leyden_value_get_member (result, "series");

  leyden_chart_clear (self);
  self->kind = kind;
  read_options (self, result, options);
  read_warnings (self, leyden_value_get_member (result, "warnings"));
  self->x = find_axis (result, series);
  self->whole = self->x == LEYDEN_CHART_X_TIME && strcmp (leyden_value_get_member_string (result, "shape", ""), "value") == 0;
  for (guint i = 0; i < leyden_value_get_size (series); i++)
    read_series (self, leyden_value_get_item (series, i));
  if (leyden_value_get_kind (leyden_value_get_member (result, "columns")) == LEYDEN_VALUE_LIST)
    {
      self->columns = leyden_value_ref (leyden_value_get_member (result, "columns"));
      if (leyden_value_get_kind (leyden_value_get_member (result, "rows")) == LEYDEN_VALUE_LIST)
        self->rows = leyden_value_ref (leyden_value_get_member (result, "rows"));
      if (kind != LEYDEN_CHART_KIND_TABLE && self->series->len == 0)
        leyden_chart_read_columns (self);
    }
}

/* --- what is new --- */

static gboolean
is_same_number (double a,
                double b)
{
  return a == b || (isnan (a) && isnan (b));
}

static gboolean
is_same_limits (LeydenChart *a,
                LeydenChart *b)
{
  return a->kind == b->kind && a->x == b->x && a->log_x == b->log_x && a->log_y == b->log_y && a->smoothing == b->smoothing
         && a->points == b->points && a->stacked == b->stacked && a->interval == b->interval && strcmp (a->unit, b->unit) == 0
         && is_same_number (a->min, b->min) && is_same_number (a->max, b->max) && a->series->len == b->series->len
         && a->x != LEYDEN_CHART_X_CATEGORY && (a->kind == LEYDEN_CHART_KIND_LINE || a->kind == LEYDEN_CHART_KIND_SPARKLINE);
}

static gboolean
is_same_track (const LeydenChartTrack *a,
               guint                   i,
               const LeydenChartTrack *b,
               guint                   k)
{
  if (a == NULL || b == NULL)
    return a == b;
  return is_same_number (leyden_chart_track_get_values (a)[i], leyden_chart_track_get_values (b)[k]);
}

/* The x of the last point up to which both are the same, where the old one may have begun earlier; −∞: they are others. */
static double
find_common (LeydenChartSeries *old,
             LeydenChartSeries *new)
{
  double common = -INFINITY;
  guint i;

  /* Smoothing remembers what is gone by now. */
  if (strcmp (old->name, new->name) != 0 || new->x->len == 0 || (new->smooth != NULL && (old->x->len == 0 || g_array_index (old->x, double, 0) != g_array_index (new->x, double, 0))))
    return old->x->len == 0 && new->x->len == 0 ? INFINITY : -INFINITY;
  i = leyden_chart_series_find (old, g_array_index (new->x, double, 0));
  for (guint k = 0; k < new->x->len && i < old->x->len; i++, k++)
    {
      if (g_array_index (old->x, double, i) != g_array_index (new->x, double, k) || !is_same_track (old->y, i, new->y, k)
          || !is_same_track (old->low, i, new->low, k) || !is_same_track (old->high, i, new->high, k))
        break;
      common = g_array_index (new->x, double, k);
    }
  return common;
}

static double
find_first_change (LeydenChart *old,
                   LeydenChart *new)
{
  double from = INFINITY;

  if (!is_same_limits (old, new))
    return -INFINITY;
  for (guint i = 0; i < new->series->len; i++)
    from = MIN (from, find_common (leyden_chart_get (old, i), leyden_chart_get (new, i)));
  return from;
}

void
leyden_chart_set_result (LeydenChart     *self,
                         LeydenChartKind  kind,
                         LeydenValue     *result,
                         LeydenValue     *options)
{
  g_autoptr(LeydenChart) old = NULL;
  g_autoptr(GHashTable) hidden = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *series;

  g_return_if_fail (LEYDEN_IS_CHART (self));

  /* What was shown so far, as a chart to compare with. */
  old = leyden_chart_new (self->kind);
  series = old->series;
  old->series = self->series;
  self->series = series;
  old->x = self->x;
  old->log_x = self->log_x;
  old->log_y = self->log_y;
  old->smoothing = self->smoothing;
  old->points = self->points;
  old->stacked = self->stacked;
  old->interval = self->interval;
  old->min = self->min;
  old->max = self->max;
  g_free (old->unit);
  old->unit = g_strdup (self->unit);
  for (guint i = 0; i < old->series->len; i++)
    if (leyden_chart_get (old, i)->hidden)
      g_hash_table_add (hidden, leyden_chart_get (old, i)->name);
  fill (self, kind, result, options);
  for (guint i = 0; i < self->series->len; i++)
    leyden_chart_get (self, i)->hidden = g_hash_table_contains (hidden, leyden_chart_get (self, i)->name);
  leyden_chart_emit_changed (self, find_first_change (old, self));
}
