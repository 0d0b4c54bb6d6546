/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "leyden-chart-cell.h"
#include "leyden-chart-format.h"
#include "leyden-csv.h"

/* What a chart says, for who does not see it; and its numbers as CSV. */

#define SERIES_TOLD 5

static const char *
get_y_unit (LeydenChart *self)
{
  return self->kind == LEYDEN_CHART_KIND_HISTOGRAM ? "" : self->unit;
}

static void
add_sentence (GString    *out,
              const char *text)
{
  if (out->len > 0)
    g_string_append_c (out, ' ');
  g_string_append (out, text);
}

static void
add_formatted (GString *out,
               char    *text)
{
  add_sentence (out, text);
  g_free (text);
}

/* "reward: from 0.41 to 0.82; lowest 0.38 at …, highest 0.84 at …." */
static void
describe_series (LeydenChart       *self,
                 LeydenChartSeries *series,
                 GString           *out)
{
  const double *x = leyden_chart_series_get_x (series), *y = leyden_chart_track_get_values (series->y);
  guint lowest, highest, first = 0, last;
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;
  g_autofree char *least = NULL;
  g_autofree char *most = NULL;
  g_autofree char *least_at = NULL;
  g_autofree char *most_at = NULL;

  if (!leyden_chart_track_find_extremes (series->y, 0, G_MAXUINT, &lowest, &highest))
    {
      add_formatted (out, g_strdup_printf (_("%s: no values."), series->title));
      return;
    }
  last = series->x->len - 1;
  while (isnan (y[first]))
    first++;
  while (isnan (y[last]))
    last--;
  from = leyden_chart_format_value (y[first], get_y_unit (self));
  to = leyden_chart_format_value (y[last], get_y_unit (self));
  least = leyden_chart_format_value (y[lowest], get_y_unit (self));
  most = leyden_chart_format_value (y[highest], get_y_unit (self));
  least_at = leyden_chart_format_x (self, x[lowest]);
  most_at = leyden_chart_format_x (self, x[highest]);
  if (first == last && self->whole)
    add_formatted (out, g_strdup_printf (_("%s: %s."), series->title, from));
  else if (first == last)
    add_formatted (out, g_strdup_printf (_("%s: %s at %s."), series->title, from, most_at));
  else if (self->kind == LEYDEN_CHART_KIND_LINE || self->kind == LEYDEN_CHART_KIND_SPARKLINE || self->kind == LEYDEN_CHART_KIND_AREA)
    add_formatted (out, g_strdup_printf (_("%s: from %s to %s; lowest %s at %s, highest %s at %s."), series->title, from, to, least, least_at, most, most_at));
  else
    add_formatted (out, g_strdup_printf (_("%s: lowest %s at %s, highest %s at %s."), series->title, least, least_at, most, most_at));
}

static void
describe_cares (LeydenChart *self,
                GString     *out)
{
  guint64 n = self->n_invalid;

  for (guint i = 0; i < self->series->len; i++)
    n += leyden_chart_get (self, i)->n_invalid;
  if (n > 0)
    add_formatted (out, g_strdup_printf (ngettext ("%" PRIu64 " value is no number and is not shown.", "%" PRIu64 " values are no numbers and are not shown.", n), n));
  if (self->smoothing > 0 && self->kind == LEYDEN_CHART_KIND_LINE)
    add_formatted (out, g_strdup_printf (_("Smoothed with %.3g; the numbers told are those that were measured."), self->smoothing));
  if (!self->exact)
    add_sentence (out, _("Percentiles are within 1 %."));
  if (self->truncated)
    add_sentence (out, _("There is more than is shown."));
  if (strcmp (self->simulated, "all") == 0)
    add_sentence (out, _("Simulated."));
  else if (strcmp (self->simulated, "some") == 0)
    add_sentence (out, _("Partly simulated."));
  for (guint i = 0; i < self->warnings->len; i++)
    add_sentence (out, self->warnings->pdata[i]);
}

static void
describe_table (LeydenChart *self,
                GString     *out)
{
  guint rows = leyden_value_get_size (self->rows), columns = leyden_value_get_size (self->columns);
  g_autofree char *n_rows = g_strdup_printf (ngettext ("%u row", "%u rows", rows), rows);
  g_autofree char *n_columns = g_strdup_printf (ngettext ("%u column", "%u columns", columns), columns);

  add_formatted (out, g_strdup_printf (_("Table: %s, %s."), n_rows, n_columns));
}

static void
describe_extent (LeydenChart *self,
                 GString     *out)
{
  guint n_points = 0, n_series = 0;
  double low, high;
  g_autofree char *series = NULL;
  g_autofree char *points = NULL;

  for (guint i = 0; i < self->series->len; i++)
    if (!leyden_chart_get (self, i)->hidden)
      {
        n_points += leyden_chart_get (self, i)->x->len;
        n_series++;
      }
  series = g_strdup_printf (ngettext ("%u series", "%u series", n_series), n_series);
  points = g_strdup_printf (ngettext ("%u point", "%u points", n_points), n_points);
  if (self->x != LEYDEN_CHART_X_CATEGORY && self->kind != LEYDEN_CHART_KIND_VALUE && !self->whole && leyden_chart_get_extent (self, &low, &high) && low < high)
    {
      g_autofree char *from = leyden_chart_format_x (self, low);
      g_autofree char *to = leyden_chart_format_x (self, high);

      add_formatted (out, g_strdup_printf (_("%s: %s, %s, from %s to %s."), leyden_chart_kind_get_title (self->kind), series, points, from, to));
    }
  else
    add_formatted (out, g_strdup_printf (_("%s: %s, %s."), leyden_chart_kind_get_title (self->kind), series, points));
}

char *
leyden_chart_describe (LeydenChart *self)
{
  GString *out;
  guint told = 0, shown = 0;

  g_return_val_if_fail (LEYDEN_IS_CHART (self), NULL);

  out = g_string_new (NULL);
  if (self->kind == LEYDEN_CHART_KIND_TABLE)
    describe_table (self, out);
  else if (leyden_chart_is_empty (self))
    add_formatted (out, g_strdup_printf (_("%s: no data."), leyden_chart_kind_get_title (self->kind)));
  else
    {
      describe_extent (self, out);
      for (guint i = 0; i < self->series->len; i++)
        if (!leyden_chart_get (self, i)->hidden)
          {
            shown++;
            if (told < SERIES_TOLD && self->kind != LEYDEN_CHART_KIND_WATERFALL)
              {
                describe_series (self, leyden_chart_get (self, i), out);
                told++;
              }
          }
      if (told > 0 && shown > told)
        add_formatted (out, g_strdup_printf (ngettext ("And %u more series.", "And %u more series.", shown - told), shown - told));
    }
  describe_cares (self, out);
  return g_string_free (out, FALSE);
}

char *
leyden_chart_describe_notes (LeydenChart *self)
{
  GString *out;

  g_return_val_if_fail (LEYDEN_IS_CHART (self), NULL);

  out = g_string_new (NULL);
  describe_cares (self, out);
  return g_string_free (out, FALSE);
}

char *
leyden_chart_describe_point (LeydenChart *self,
                             guint        series,
                             guint        index)
{
  double x, y, low, high;
  LeydenChartSeries *source;
  g_autofree char *at = NULL;
  g_autofree char *value = NULL;

  g_return_val_if_fail (LEYDEN_IS_CHART (self), NULL);

  if (!leyden_chart_get_point (self, series, index, &x, &y, &low, &high))
    return NULL;
  source = leyden_chart_get (self, series);
  at = leyden_chart_format_x (self, x);
  if (source->x_end != NULL && self->kind != LEYDEN_CHART_KIND_BAR && isfinite (g_array_index (source->x_end, double, index)))
    {
      g_autofree char *end = leyden_chart_format_x (self, g_array_index (source->x_end, double, index));
      char *both = g_strdup_printf (_("%s to %s"), at, end);

      g_free (at);
      at = both;
    }
  if (self->whole)
    {
      value = isnan (y) ? g_strdup (_("no value")) : leyden_chart_format_value (y, get_y_unit (self));
      return g_strdup_printf (_("%s: %s"), source->title, value);
    }
  if (self->kind == LEYDEN_CHART_KIND_WATERFALL)
    return g_strdup_printf (_("%s: %s"), source->title, at);
  value = isnan (y) ? g_strdup (_("no value")) : leyden_chart_format_value (y, get_y_unit (self));
  if (isfinite (low) && isfinite (high))
    {
      g_autofree char *least = leyden_chart_format_value (low, get_y_unit (self));
      g_autofree char *most = leyden_chart_format_value (high, get_y_unit (self));

      return g_strdup_printf (_("%s, %s: %s, between %s and %s"), source->title, at, value, least, most);
    }
  if (source->smooth != NULL && !isnan (y))
    {
      g_autofree char *smooth = leyden_chart_format_value (leyden_chart_track_get_values (source->smooth)[index], get_y_unit (self));

      return g_strdup_printf (_("%s, %s: %s, smoothed %s"), source->title, at, value, smooth);
    }
  return g_strdup_printf (_("%s, %s: %s"), source->title, at, value);
}

/* --- CSV --- */

static void
write_table (LeydenChart *self,
             GString     *csv)
{
  guint n = leyden_value_get_size (self->columns);

  for (guint i = 0; i < n; i++)
    {
      g_string_append (csv, i > 0 ? "," : "");
      leyden_csv_add_cell (csv, leyden_value_get_member_string (leyden_value_get_item (self->columns, i), "name", ""));
    }
  g_string_append (csv, "\r\n");
  for (guint row = 0; row < leyden_value_get_size (self->rows); row++)
    {
      for (guint i = 0; i < n; i++)
        {
          g_string_append (csv, i > 0 ? "," : "");
          leyden_csv_add_value (csv, leyden_value_get_item (leyden_value_get_item (self->rows, row), i));
        }
      g_string_append (csv, "\r\n");
    }
}

static void
write_x (LeydenChart *self,
         GString     *csv,
         double       x)
{
  if (self->x == LEYDEN_CHART_X_CATEGORY)
    leyden_csv_add_cell (csv, x >= 0 && x < self->category_names->len ? self->category_names->pdata[(guint) x] : "");
  else if (self->x == LEYDEN_CHART_X_TIME)
    leyden_chart_csv_append_time (csv, x, self->zone);
  else
    leyden_chart_csv_append_double (csv, x);
}

static void
write_track (GString          *csv,
             LeydenChartTrack *track,
             guint             index)
{
  g_string_append_c (csv, ',');
  if (track != NULL)
    leyden_chart_csv_append_double (csv, leyden_chart_track_get_values (track)[index]);
}

static void
write_numbers (GString *csv,
               GArray  *numbers,
               guint    index)
{
  g_string_append_c (csv, ',');
  if (numbers != NULL)
    leyden_chart_csv_append_double (csv, g_array_index (numbers, double, index));
}

char *
leyden_chart_to_csv (LeydenChart *self)
{
  GString *csv;

  g_return_val_if_fail (LEYDEN_IS_CHART (self), NULL);

  csv = g_string_new (NULL);
  if (self->columns != NULL && self->series->len == 0)
    {
      write_table (self, csv);
      return g_string_free (csv, FALSE);
    }
  g_string_append (csv, "series,x,x_end,y,low,high,n\r\n");
  for (guint i = 0; i < self->series->len; i++)
    {
      LeydenChartSeries *series = leyden_chart_get (self, i);

      for (guint k = 0; k < series->x->len; k++)
        {
          leyden_csv_add_cell (csv, series->name);
          g_string_append_c (csv, ',');
          write_x (self, csv, g_array_index (series->x, double, k));
          g_string_append_c (csv, ',');
          if (series->x_end != NULL && isfinite (g_array_index (series->x_end, double, k)))
            write_x (self, csv, g_array_index (series->x_end, double, k));
          write_track (csv, series->y, k);
          write_track (csv, series->low, k);
          write_track (csv, series->high, k);
          write_numbers (csv, series->n, k);
          g_string_append (csv, "\r\n");
        }
    }
  return g_string_free (csv, FALSE);
}
