/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-dashboard.h"

#include <string.h>

/* What "the last seven days" and "this month" are in ns, on the calendar of a time zone. */

#define NS G_GINT64_CONSTANT (1000000000)
/* A range is no longer than ten years, which keeps all sums within their types. */
#define MAX_DAYS 3660

GTimeZone *
leyden_dashboard_find_zone (const char *zone)
{
  return zone == NULL || *zone == '\0' ? g_time_zone_new_local () : g_time_zone_new_identifier (zone);
}

/* "15m": 15 and 'm'. */
static gboolean
parse_span (const char *range,
            gint64     *n,
            char       *unit)
{
  gint64 maximum;
  char *end;

  if (!g_ascii_isdigit (*range) || strlen (range) > 6)
    return FALSE;
  *n = g_ascii_strtoll (range, &end, 10);
  *unit = *end;
  if (*n < 1 || *end == '\0' || end[1] != '\0')
    return FALSE;
  maximum = *unit == 'm' ? MAX_DAYS * 1440 : *unit == 'h' ? MAX_DAYS * 24 : *unit == 'd' ? MAX_DAYS : *unit == 'w' ? MAX_DAYS / 7 : 0;
  return *n <= maximum;
}

static const char * const named[] = { "today", "yesterday", "week", "month", "year", "all", NULL };

gboolean
leyden_dashboard_is_range (const char *range)
{
  gint64 n;
  char unit;

  return range != NULL && (g_strv_contains (named, range) || parse_span (range, &n, &unit));
}

static gint64
to_ns (GDateTime *time)
{
  return g_date_time_to_unix (time) * NS + (gint64) g_date_time_get_microsecond (time) * 1000;
}

/* The first moment of a day, which is not always 0:00 where the clocks change. */
static GDateTime *
day_start (GTimeZone *zone,
           GDateTime *time)
{
  return g_date_time_new (zone, g_date_time_get_year (time), g_date_time_get_month (time), g_date_time_get_day_of_month (time), 0, 0, 0);
}

static GDateTime *
find_start (const char *range,
            GTimeZone  *zone,
            GDateTime  *now)
{
  g_autoptr(GDateTime) today = day_start (zone, now);
  g_autoptr(GDateTime) day = NULL;

  if (strcmp (range, "yesterday") == 0)
    day = g_date_time_add_days (today, -1);
  else if (strcmp (range, "week") == 0)
    day = g_date_time_add_days (today, 1 - g_date_time_get_day_of_week (today));
  else if (strcmp (range, "month") == 0)
    day = g_date_time_add_days (today, 1 - g_date_time_get_day_of_month (today));
  else if (strcmp (range, "year") == 0)
    day = g_date_time_add_days (today, 1 - g_date_time_get_day_of_year (today));
  else
    day = g_date_time_ref (today);
  return day_start (zone, day);
}

static void
resolve_named (const char *range,
               GTimeZone  *zone,
               GDateTime  *now,
               gint64     *from_ns,
               gint64     *to)
{
  g_autoptr(GDateTime) start = find_start (range, zone, now);

  *from_ns = strcmp (range, "all") == 0 ? 0 : to_ns (start);
  if (strcmp (range, "yesterday") == 0)
    {
      g_autoptr(GDateTime) end = find_start ("today", zone, now);

      *to = to_ns (end);
    }
}

static gint64
go_back (GDateTime *now,
         gint64     now_ns,
         gint64     n,
         char       unit)
{
  g_autoptr(GDateTime) then = NULL;

  if (unit == 'm' || unit == 'h')
    return now_ns - n * (unit == 'm' ? 60 : 3600) * NS;
  then = g_date_time_add_days (now, (int) -(unit == 'w' ? n * 7 : n));
  return to_ns (then) + now_ns % NS;
}

gboolean
leyden_dashboard_resolve_time (const LeydenValue *time,
                               const char        *zone_name,
                               gint64             now_ns,
                               gint64            *from_ns,
                               gint64            *to)
{
  const char *range = leyden_value_get_member_string (time, "range", NULL);
  g_autoptr(GTimeZone) zone = leyden_dashboard_find_zone (zone_name);
  g_autoptr(GDateTime) utc = NULL;
  g_autoptr(GDateTime) now = NULL;
  gint64 n;
  char unit;

  if (range == NULL)
    return leyden_value_get_int (leyden_value_get_member (time, "from"), from_ns) && leyden_value_get_int (leyden_value_get_member (time, "to"), to)
           && *from_ns >= 0 && *from_ns < *to;
  if (zone == NULL || !leyden_dashboard_is_range (range))
    return FALSE;
  utc = g_date_time_new_from_unix_utc (now_ns / NS);
  now = g_date_time_to_timezone (utc, zone);
  *to = now_ns;
  if (parse_span (range, &n, &unit))
    *from_ns = MAX (go_back (now, now_ns, n, unit), 0);
  else
    resolve_named (range, zone, now, from_ns, to);
  return TRUE;
}
