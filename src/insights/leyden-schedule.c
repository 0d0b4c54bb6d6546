/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"
#include "leyden-schedule.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define SECOND G_GINT64_CONSTANT (1000000000)
/* Further ahead nothing is looked for: every schedule comes within a month. */
#define MOST_DAYS 62

static gboolean
parse_time (const char *text,
            int        *hour,
            int        *minute)
{
  if (text == NULL || strlen (text) != 5 || text[2] != ':' || !g_ascii_isdigit (text[0]) || !g_ascii_isdigit (text[1]) || !g_ascii_isdigit (text[3])
      || !g_ascii_isdigit (text[4]))
    return FALSE;
  *hour = (text[0] - '0') * 10 + text[1] - '0';
  *minute = (text[3] - '0') * 10 + text[4] - '0';
  return *hour < 24 && *minute < 60;
}

static gboolean
refuse (GError     **error,
        const char  *message)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, message);
  return FALSE;
}

static GTimeZone *
find_zone (LeydenValue *schedule)
{
  const char *name = leyden_value_get_member_string (schedule, "zone", "UTC");

  return g_time_zone_new_identifier (*name != '\0' ? name : "UTC");
}

/* A whole number of the member, or the fallback where it is absent; 0: another thing. */
static gint64
get_whole (LeydenValue *schedule,
           const char  *key,
           gint64       fallback)
{
  LeydenValue *value = leyden_value_get_member (schedule, key);
  gint64 number;

  if (value == NULL)
    return fallback;
  return leyden_value_get_int (value, &number) ? number : 0;
}

gboolean
leyden_schedule_check (LeydenValue  *schedule,
                       GError      **error)
{
  const char *every = leyden_value_get_member_string (schedule, "every", "");
  gint64 weekday = get_whole (schedule, "weekday", 1), day = get_whole (schedule, "day", 1);
  g_autoptr(GTimeZone) zone = find_zone (schedule);
  int hour, minute;

  if (strcmp (every, "day") != 0 && strcmp (every, "week") != 0 && strcmp (every, "month") != 0)
    return refuse (error, _("every: must be “day”, “week” or “month”"));
  if (!parse_time (leyden_value_get_member_string (schedule, "at", NULL), &hour, &minute))
    return refuse (error, _("at: must be a time such as “07:30”"));
  if (weekday < 1 || weekday > 7)
    return refuse (error, _("weekday: must be 1 (Monday) to 7"));
  if (day < 1 || day > 31)
    return refuse (error, _("day: must be 1 to 31"));
  if (zone == NULL)
    return refuse (error, _("zone: there is no time zone of that name"));
  return TRUE;
}

static gboolean
is_due_day (LeydenValue *schedule,
            const GDate *date)
{
  const char *every = leyden_value_get_member_string (schedule, "every", "");
  gint64 day = get_whole (schedule, "day", 1);

  if (strcmp (every, "week") == 0)
    return (gint64) g_date_get_weekday (date) == get_whole (schedule, "weekday", 1);
  if (strcmp (every, "month") == 0)
    return g_date_get_day (date) == MIN (day, g_date_get_days_in_month (g_date_get_month (date), g_date_get_year (date)));
  return TRUE;
}

/* The moment at which clocks show that; where they leave it out, the one to which they jump. */
static gint64
find_moment (GTimeZone   *zone,
             const GDate *date,
             int          hour,
             int          minute)
{
  g_autoptr(GDateTime) wall = g_date_time_new_utc (g_date_get_year (date), (int) g_date_get_month (date), g_date_get_day (date), hour, minute, 0);
  gint64 seconds = g_date_time_to_unix (wall), best = G_MAXINT64, before, after;

  before = g_time_zone_get_offset (zone, MAX (g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, seconds - 86400), 0));
  after = g_time_zone_get_offset (zone, MAX (g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, seconds + 86400), 0));
  for (guint i = 0; i < 2; i++)
    {
      gint64 moment = seconds - (i == 0 ? before : after);
      int interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, moment);

      if (interval >= 0 && moment + g_time_zone_get_offset (zone, interval) == seconds)
        best = MIN (best, moment);
    }
  if (best != G_MAXINT64)
    return best;
  /* Left out: with the offset of before it is that much after the jump; go back to the jump itself. */
  best = seconds - before;
  for (gint64 moment = best - 3 * 3600; moment <= best; moment += 60)
    {
      int interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, moment);

      if (interval >= 0 && g_time_zone_get_offset (zone, interval) == after && moment + after >= seconds)
        return moment;
    }
  return best;
}

gint64
leyden_schedule_next (LeydenValue *schedule,
                      gint64       after_ns)
{
  g_autoptr(GTimeZone) zone = find_zone (schedule);
  g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc (after_ns / SECOND);
  g_autoptr(GDateTime) local = utc != NULL && zone != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
  int hour, minute;
  GDate date;

  if (local == NULL || !parse_time (leyden_value_get_member_string (schedule, "at", NULL), &hour, &minute))
    return 0;
  g_date_clear (&date, 1);
  g_date_set_dmy (&date, (GDateDay) g_date_time_get_day_of_month (local), (GDateMonth) g_date_time_get_month (local), (GDateYear) g_date_time_get_year (local));
  for (guint i = 0; i < MOST_DAYS; i++)
    {
      gint64 moment = is_due_day (schedule, &date) ? find_moment (zone, &date, hour, minute) * SECOND : 0;

      if (moment > after_ns)
        return moment;
      g_date_add_days (&date, 1);
    }
  return 0;
}
