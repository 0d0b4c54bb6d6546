/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-private.h"

#include <math.h>
#include <string.h>

/* A chart of another kind from a table, as an SQL question answers. */

#define NONE G_MAXUINT

static guint
find_column (LeydenChart *self,
             const char  *name)
{
  for (guint i = 0; i < leyden_value_get_size (self->columns); i++)
    if (g_ascii_strcasecmp (leyden_value_get_member_string (leyden_value_get_item (self->columns, i), "name", ""), name) == 0)
      return i;
  return NONE;
}

static LeydenValue *
get_cell (LeydenChart *self,
          guint        row,
          guint        column)
{
  return leyden_value_get_item (leyden_value_get_item (self->rows, row), column);
}

/* Every cell is a number or nothing, and one is a number. */
static gboolean
has_numbers (LeydenChart *self,
             guint        column)
{
  gboolean found = FALSE;
  double number;

  for (guint i = 0; i < leyden_value_get_size (self->rows); i++)
    {
      LeydenValue *cell = get_cell (self, i, column);

      if (leyden_value_get_double (cell, &number))
        found = TRUE;
      else if (!leyden_value_is_null (cell))
        return FALSE;
    }
  return found;
}

static LeydenChartX
find_axis (LeydenChart *self,
           guint        column)
{
  LeydenValue *about = leyden_value_get_item (self->columns, column);

  if (!has_numbers (self, column))
    return LEYDEN_CHART_X_CATEGORY;
  return strcmp (leyden_value_get_member_string (about, "type", ""), "time") == 0 ? LEYDEN_CHART_X_TIME : LEYDEN_CHART_X_NUMBER;
}

static double
read_x (LeydenChart *self,
        LeydenValue *cell)
{
  const char *text;
  double number;

  if (self->x != LEYDEN_CHART_X_CATEGORY)
    return leyden_value_get_double (cell, &number) ? number : NAN;
  text = leyden_value_get_string (cell, NULL);
  if (text == NULL)
    text = leyden_value_get_number_text (cell);
  return leyden_chart_take_category (self, text != NULL ? text : "–");
}

static LeydenChartSeries *
take_series (LeydenChart *self,
             const char  *name,
             gboolean     with_keys)
{
  LeydenChartSeries *series;

  for (guint i = 0; i < self->series->len; i++)
    if (strcmp (leyden_chart_get (self, i)->name, name) == 0)
      return leyden_chart_get (self, i);
  series = leyden_chart_series_new (name);
  if (with_keys)
    series->keys = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->series, series);
  return series;
}

static void
read_column (LeydenChart *self,
             guint        x,
             guint        y,
             guint        names,
             guint        keys)
{
  const char *title = leyden_value_get_member_string (leyden_value_get_item (self->columns, y), "name", "");

  for (guint i = 0; i < leyden_value_get_size (self->rows); i++)
    {
      const char *name = names != NONE ? leyden_value_get_string (get_cell (self, i, names), NULL) : title;
      LeydenChartSeries *series = take_series (self, name != NULL ? name : "–", keys != NONE);
      guint before = series->x->len;
      double number;

      leyden_chart_series_add (series, read_x (self, get_cell (self, i, x)), leyden_value_get_double (get_cell (self, i, y), &number) ? number : NAN);
      if (keys != NONE && series->x->len > before)
        g_ptr_array_add (series->keys, g_strdup (leyden_value_get_string (get_cell (self, i, keys), NULL)));
    }
}

void
leyden_chart_read_columns (LeydenChart *self)
{
  guint x = find_column (self, "x"), names = find_column (self, "series"), keys = find_column (self, "rollout");

  if (leyden_value_get_size (self->columns) == 0)
    return;
  x = x != NONE ? x : 0;
  keys = keys != NONE ? keys : find_column (self, "key");
  self->x = find_axis (self, x);
  for (guint i = 0; i < leyden_value_get_size (self->columns); i++)
    if (i != x && i != names && i != keys && has_numbers (self, i))
      {
        read_column (self, x, i, names, keys);
        /* Names of series are for one column of numbers. */
        if (names != NONE)
          break;
      }
  for (guint i = 0; i < self->series->len; i++)
    leyden_chart_series_settle (self, leyden_chart_get (self, i));
}
