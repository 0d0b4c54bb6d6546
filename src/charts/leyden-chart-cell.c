/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-cell.h"

#include <math.h>
#include <string.h>

#include "leyden-chart-format.h"
#include "leyden-json.h"
#include "leyden-text.h"

#define CELL_CHARS 300

char *
leyden_chart_column_title (LeydenValue *column)
{
  const char *title = leyden_value_get_member_string (column, "title", NULL);

  if (title == NULL)
    title = leyden_value_get_member_string (column, "name", "");
  return leyden_text_display (title, -1, 80, FALSE);
}

char *
leyden_chart_cell_to_text (LeydenValue *cell,
                           LeydenValue *column,
                           GTimeZone   *zone)
{
  const char *type = leyden_value_get_member_string (column, "type", "");
  const char *text;
  g_autofree char *json = NULL;
  gsize length = 0;
  double number;

  if (leyden_value_is_null (cell))
    return g_strdup ("");
  if (leyden_value_get_double (cell, &number))
    {
      if (strcmp (type, "time") == 0)
        return leyden_chart_format_time (number, zone, 1e9);
      return leyden_chart_format_value (number, leyden_value_get_member_string (column, "unit", ""));
    }
  text = leyden_value_get_string (cell, &length);
  if (text != NULL)
    return length == 0 ? g_strdup ("") : leyden_text_display (text, (gssize) length, CELL_CHARS, FALSE);
  json = leyden_json_write (cell, LEYDEN_JSON_COMPACT);
  return leyden_text_display (json, -1, CELL_CHARS, FALSE);
}

void
leyden_chart_csv_append_double (GString *csv,
                                double   value)
{
  char buffer[32];

  if (isfinite (value))
    g_string_append (csv, leyden_json_format_double (buffer, value));
}

void
leyden_chart_csv_append_time (GString   *csv,
                              double     time_ns,
                              GTimeZone *zone)
{
  double seconds = floor (time_ns / 1e9);
  g_autoptr(GDateTime) utc = isfinite (seconds) && fabs (seconds) < 2.5e11 ? g_date_time_new_from_unix_utc ((gint64) seconds) : NULL;
  g_autoptr(GDateTime) local = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
  g_autoptr(GDateTime) precise = local != NULL ? g_date_time_add (local, (GTimeSpan) MIN (round ((time_ns - seconds * 1e9) / 1e3), 999999)) : NULL;
  g_autofree char *text = precise != NULL ? g_date_time_format_iso8601 (precise) : NULL;

  if (text != NULL)
    g_string_append (csv, text);
  else
    leyden_chart_csv_append_double (csv, time_ns);
}
