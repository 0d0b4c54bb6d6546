/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-chart-format.h"
#include "leyden-text.h"

G_DEFINE_FINAL_TYPE (LeydenChart, leyden_chart, G_TYPE_OBJECT)

static guint changed_signal;

static const struct
{
  const char *name;
  const char *title;
} kinds[LEYDEN_N_CHART_KINDS] = {
  [LEYDEN_CHART_KIND_LINE] = { "line", N_("Line chart") },
  [LEYDEN_CHART_KIND_AREA] = { "area", N_("Stacked areas") },
  [LEYDEN_CHART_KIND_BAR] = { "bar", N_("Bar chart") },
  [LEYDEN_CHART_KIND_HISTOGRAM] = { "histogram", N_("Histogram") },
  [LEYDEN_CHART_KIND_SCATTER] = { "scatter", N_("Scatter plot") },
  [LEYDEN_CHART_KIND_HEAT] = { "heat", N_("Heat map") },
  [LEYDEN_CHART_KIND_SPARKLINE] = { "sparkline", N_("Sparkline") },
  [LEYDEN_CHART_KIND_WATERFALL] = { "waterfall", N_("Waterfall") },
  [LEYDEN_CHART_KIND_TABLE] = { "table", N_("Table") },
  [LEYDEN_CHART_KIND_VALUE] = { "value", N_("Number") },
};

gboolean
leyden_chart_kind_from_name (const char      *name,
                             LeydenChartKind *kind)
{
  for (guint i = 0; i < LEYDEN_N_CHART_KINDS; i++)
    if (g_strcmp0 (kinds[i].name, name) == 0)
      {
        *kind = (LeydenChartKind) i;
        return TRUE;
      }
  return FALSE;
}

const char *
leyden_chart_kind_get_title (LeydenChartKind kind)
{
  g_return_val_if_fail ((guint) kind < LEYDEN_N_CHART_KINDS, NULL);

  return _(kinds[kind].title);
}

/* --- class --- */

static void
leyden_chart_finalize (GObject *object)
{
  LeydenChart *self = LEYDEN_CHART (object);

  leyden_chart_forget_stack (self);
  g_free (self->title);
  g_free (self->unit);
  g_free (self->simulated);
  g_time_zone_unref (self->zone);
  g_ptr_array_unref (self->series);
  g_ptr_array_unref (self->categories);
  g_ptr_array_unref (self->category_names);
  g_hash_table_unref (self->category_index);
  g_ptr_array_unref (self->warnings);
  g_clear_pointer (&self->columns, leyden_value_unref);
  g_clear_pointer (&self->rows, leyden_value_unref);
  G_OBJECT_CLASS (leyden_chart_parent_class)->finalize (object);
}

static void
leyden_chart_class_init (LeydenChartClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_chart_finalize;
  changed_signal = g_signal_new ("changed", LEYDEN_TYPE_CHART, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
}

static void
leyden_chart_init (LeydenChart *self)
{
  self->title = g_strdup ("");
  self->unit = g_strdup ("");
  self->simulated = g_strdup ("none");
  self->zone = g_time_zone_new_utc ();
  self->from = self->to = self->min = self->max = NAN;
  self->exact = TRUE;
  self->series = g_ptr_array_new_with_free_func (leyden_chart_series_free);
  self->categories = g_ptr_array_new_with_free_func (g_free);
  self->category_names = g_ptr_array_new ();
  self->category_index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->warnings = g_ptr_array_new_with_free_func (g_free);
}

LeydenChart *
leyden_chart_new (LeydenChartKind kind)
{
  LeydenChart *self = g_object_new (LEYDEN_TYPE_CHART, NULL);

  self->kind = kind;
  return self;
}

LeydenChart *
leyden_chart_copy (LeydenChart *self)
{
  LeydenChart *copy;

  g_return_val_if_fail (LEYDEN_IS_CHART (self), NULL);

  copy = leyden_chart_new (self->kind);
  copy->x = self->x;
  copy->whole = self->whole;
  leyden_chart_set_title (copy, self->title);
  g_free (copy->unit);
  copy->unit = g_strdup (self->unit);
  g_free (copy->simulated);
  copy->simulated = g_strdup (self->simulated);
  g_time_zone_unref (copy->zone);
  copy->zone = g_time_zone_ref (self->zone);
  copy->log_x = self->log_x;
  copy->log_y = self->log_y;
  copy->points = self->points;
  copy->stacked = self->stacked;
  copy->smoothing = self->smoothing;
  copy->from = self->from;
  copy->to = self->to;
  copy->min = self->min;
  copy->max = self->max;
  copy->interval = self->interval;
  copy->n_invalid = self->n_invalid;
  copy->exact = self->exact;
  copy->truncated = self->truncated;
  for (guint i = 0; i < self->category_names->len; i++)
    leyden_chart_take_category (copy, self->category_names->pdata[i]);
  for (guint i = 0; i < self->series->len; i++)
    g_ptr_array_add (copy->series, leyden_chart_series_copy (leyden_chart_get (self, i)));
  for (guint i = 0; i < self->warnings->len; i++)
    g_ptr_array_add (copy->warnings, g_strdup (self->warnings->pdata[i]));
  copy->columns = self->columns != NULL ? leyden_value_ref (self->columns) : NULL;
  copy->rows = self->rows != NULL ? leyden_value_ref (self->rows) : NULL;
  return copy;
}

void
leyden_chart_clear (LeydenChart *self)
{
  leyden_chart_forget_stack (self);
  g_ptr_array_set_size (self->series, 0);
  g_ptr_array_set_size (self->categories, 0);
  g_ptr_array_set_size (self->category_names, 0);
  g_hash_table_remove_all (self->category_index);
  g_ptr_array_set_size (self->warnings, 0);
  g_clear_pointer (&self->columns, leyden_value_unref);
  g_clear_pointer (&self->rows, leyden_value_unref);
}

void
leyden_chart_emit_changed (LeydenChart *self,
                           double       x)
{
  leyden_chart_forget_stack (self);
  g_signal_emit (self, changed_signal, 0, x);
}

void
leyden_chart_forget_stack (LeydenChart *self)
{
  g_clear_pointer (&self->stack, g_ptr_array_unref);
  g_clear_pointer (&self->stack_x, g_array_unref);
}

LeydenChartSeries *
leyden_chart_get (LeydenChart *self,
                  guint        series)
{
  return self->series->pdata[series];
}

guint
leyden_chart_take_category (LeydenChart *self,
                            const char  *name)
{
  gpointer known = g_hash_table_lookup (self->category_index, name);
  char *key;

  if (known != NULL)
    return GPOINTER_TO_UINT (known) - 1;
  key = g_strdup (name);
  g_ptr_array_add (self->categories, leyden_text_display (name, -1, LEYDEN_CHART_NAME_CHARS, FALSE));
  g_ptr_array_add (self->category_names, key);
  g_hash_table_insert (self->category_index, key, GUINT_TO_POINTER (self->categories->len));
  return self->categories->len - 1;
}

/* --- by hand --- */

guint
leyden_chart_add_series (LeydenChart *self,
                         const char  *name)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self) && name != NULL, 0);

  g_ptr_array_add (self->series, leyden_chart_series_new (name));
  leyden_chart_emit_changed (self, -INFINITY);
  return self->series->len - 1;
}

static LeydenChartTrack *
new_gaps (guint n)
{
  LeydenChartTrack *track = leyden_chart_track_new ();

  for (guint i = 0; i < n; i++)
    leyden_chart_track_append (track, NAN);
  return track;
}

void
leyden_chart_append (LeydenChart  *self,
                     guint         series,
                     const double *x,
                     const double *y,
                     const double *low,
                     const double *high,
                     guint         n)
{
  LeydenChartSeries *target;
  guint before;
  double last;
  gboolean in_order = TRUE;

  g_return_if_fail (LEYDEN_IS_CHART (self) && series < self->series->len && (n == 0 || (x != NULL && y != NULL)));

  target = leyden_chart_get (self, series);
  before = target->x->len;
  last = before > 0 ? g_array_index (target->x, double, before - 1) : -INFINITY;
  for (guint i = 0; i < n; i++)
    {
      guint had = target->x->len;

      leyden_chart_series_add (target, x[i], y[i]);
      if (target->x->len == had)
        continue;
      in_order = in_order && x[i] >= last;
      last = x[i];
      if (target->low == NULL && low != NULL && high != NULL)
        {
          target->low = new_gaps (had);
          target->high = new_gaps (had);
        }
      if (target->low != NULL)
        {
          leyden_chart_track_append (target->low, low != NULL ? low[i] : NAN);
          leyden_chart_track_append (target->high, high != NULL ? high[i] : NAN);
        }
    }
  if (target->x->len == before)
    return;
  leyden_chart_series_settle (self, target);
  leyden_chart_emit_changed (self, in_order && before > 0 ? g_array_index (target->x, double, before - 1) : -INFINITY);
}

void
leyden_chart_set_axes (LeydenChart  *self,
                       LeydenChartX  x,
                       const char   *unit)
{
  g_return_if_fail (LEYDEN_IS_CHART (self));

  self->x = x;
  g_free (self->unit);
  self->unit = g_strdup (unit != NULL ? unit : "");
  leyden_chart_emit_changed (self, -INFINITY);
}

void
leyden_chart_set_title (LeydenChart *self,
                        const char  *title)
{
  g_return_if_fail (LEYDEN_IS_CHART (self));

  g_free (self->title);
  self->title = title != NULL && *title != '\0' ? leyden_text_display (title, -1, 200, FALSE) : g_strdup ("");
}

void
leyden_chart_set_zone (LeydenChart *self,
                       const char  *zone)
{
  GTimeZone *found;

  g_return_if_fail (LEYDEN_IS_CHART (self));

  found = zone != NULL ? g_time_zone_new_identifier (zone) : NULL;
  g_time_zone_unref (self->zone);
  self->zone = found != NULL ? found : g_time_zone_new_utc ();
}

void
leyden_chart_set_log (LeydenChart *self,
                      gboolean     log_x,
                      gboolean     log_y)
{
  g_return_if_fail (LEYDEN_IS_CHART (self));

  self->log_x = log_x;
  self->log_y = log_y;
  leyden_chart_emit_changed (self, -INFINITY);
}

void
leyden_chart_set_smoothing (LeydenChart *self,
                            double       smoothing)
{
  g_return_if_fail (LEYDEN_IS_CHART (self));

  self->smoothing = isfinite (smoothing) ? CLAMP (smoothing, 0, 0.999) : 0;
  for (guint i = 0; i < self->series->len; i++)
    {
      LeydenChartSeries *series = leyden_chart_get (self, i);

      g_clear_pointer (&series->smooth, leyden_chart_track_free);
      leyden_chart_series_settle (self, series);
    }
  leyden_chart_emit_changed (self, -INFINITY);
}

void
leyden_chart_set_domain (LeydenChart *self,
                         double       from,
                         double       to)
{
  g_return_if_fail (LEYDEN_IS_CHART (self));

  self->from = from;
  self->to = to;
  leyden_chart_emit_changed (self, INFINITY);
}

void
leyden_chart_set_limits (LeydenChart *self,
                         double       min,
                         double       max)
{
  g_return_if_fail (LEYDEN_IS_CHART (self));

  self->min = isfinite (min) ? min : NAN;
  self->max = isfinite (max) ? max : NAN;
  leyden_chart_emit_changed (self, -INFINITY);
}

/* --- asking --- */

LeydenChartKind
leyden_chart_get_kind (LeydenChart *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self), LEYDEN_CHART_KIND_LINE);

  return self->kind;
}

LeydenChartX
leyden_chart_get_x (LeydenChart *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self), LEYDEN_CHART_X_NUMBER);

  return self->x;
}

GTimeZone *
leyden_chart_get_zone (LeydenChart *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self), NULL);

  return self->zone;
}

const char *
leyden_chart_get_title (LeydenChart *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self), "");

  return self->title;
}

const char *
leyden_chart_get_unit (LeydenChart *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self), "");

  return self->unit;
}

double
leyden_chart_get_smoothing (LeydenChart *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self), 0);

  return self->smoothing;
}

void
leyden_chart_get_log (LeydenChart *self,
                      gboolean    *log_x,
                      gboolean    *log_y)
{
  g_return_if_fail (LEYDEN_IS_CHART (self));

  *log_x = self->log_x;
  *log_y = self->log_y;
}

guint
leyden_chart_get_n_series (LeydenChart *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self), 0);

  return self->series->len;
}

guint
leyden_chart_get_n_categories (LeydenChart *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self), 0);

  return self->categories->len;
}

const char *
leyden_chart_get_series_title (LeydenChart *self,
                               guint        series)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self) && series < self->series->len, "");

  return leyden_chart_get (self, series)->title;
}

guint
leyden_chart_get_n_points (LeydenChart *self,
                           guint        series)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self) && series < self->series->len, 0);

  return leyden_chart_get (self, series)->x->len;
}

gboolean
leyden_chart_get_point (LeydenChart *self,
                        guint        series,
                        guint        index,
                        double      *x,
                        double      *y,
                        double      *low,
                        double      *high)
{
  LeydenChartSeries *source;

  g_return_val_if_fail (LEYDEN_IS_CHART (self) && x != NULL && y != NULL, FALSE);

  if (series >= self->series->len || index >= leyden_chart_get (self, series)->x->len)
    return FALSE;
  source = leyden_chart_get (self, series);
  *x = g_array_index (source->x, double, index);
  *y = leyden_chart_track_get_values (source->y)[index];
  if (low != NULL)
    *low = source->low != NULL ? leyden_chart_track_get_values (source->low)[index] : NAN;
  if (high != NULL)
    *high = source->high != NULL ? leyden_chart_track_get_values (source->high)[index] : NAN;
  return TRUE;
}

const char *
leyden_chart_get_key (LeydenChart *self,
                      guint        series,
                      guint        index)
{
  GPtrArray *keys;

  g_return_val_if_fail (LEYDEN_IS_CHART (self), NULL);

  keys = series < self->series->len ? leyden_chart_get (self, series)->keys : NULL;
  return keys != NULL && index < keys->len ? keys->pdata[index] : NULL;
}

gboolean
leyden_chart_get_hidden (LeydenChart *self,
                         guint        series)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self) && series < self->series->len, FALSE);

  return leyden_chart_get (self, series)->hidden;
}

void
leyden_chart_set_hidden (LeydenChart *self,
                         guint        series,
                         gboolean     hidden)
{
  g_return_if_fail (LEYDEN_IS_CHART (self) && series < self->series->len);

  if (leyden_chart_get (self, series)->hidden == hidden)
    return;
  leyden_chart_get (self, series)->hidden = hidden;
  leyden_chart_emit_changed (self, -INFINITY);
}

gboolean
leyden_chart_is_empty (LeydenChart *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self), TRUE);

  if (self->kind == LEYDEN_CHART_KIND_TABLE)
    return leyden_value_get_size (self->rows) == 0;
  for (guint i = 0; i < self->series->len; i++)
    {
      LeydenChartSeries *series = leyden_chart_get (self, i);
      guint low, high;

      if (self->kind == LEYDEN_CHART_KIND_WATERFALL ? series->x->len > 0
                                               : leyden_chart_track_find_extremes (series->y, 0, G_MAXUINT, &low, &high))
        return FALSE;
    }
  return TRUE;
}

LeydenValue *
leyden_chart_get_columns (LeydenChart *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self), NULL);

  return self->columns;
}

LeydenValue *
leyden_chart_get_rows (LeydenChart *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART (self), NULL);

  return self->rows;
}
