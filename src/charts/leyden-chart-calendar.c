/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-charts"

#include "config.h"
#include "leyden-chart-scale.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-chart-format.h"

/* Marks of an axis of time: seconds and parts of them by counting, hours by the clock on the wall, days and months by the calendar. */

#define SECOND 1e9
#define DAY 86400
/* Beyond it calendars say nothing, and GLib neither: the year 9999. */
#define LAST_SECOND G_GINT64_CONSTANT (253402300799)
#define FIRST_SECOND G_GINT64_CONSTANT (-62135596800)
#define MOST_TICKS 200

typedef struct
{
  double seconds;               /* about, of days and more */
  int    days, months;          /* of the calendar, else by the clock */
} Step;

static const Step steps[] = {
  { 1, 0, 0 }, { 2, 0, 0 }, { 5, 0, 0 }, { 10, 0, 0 }, { 15, 0, 0 }, { 30, 0, 0 },
  { 60, 0, 0 }, { 120, 0, 0 }, { 300, 0, 0 }, { 600, 0, 0 }, { 900, 0, 0 }, { 1800, 0, 0 },
  { 3600, 0, 0 }, { 7200, 0, 0 }, { 10800, 0, 0 }, { 21600, 0, 0 }, { 43200, 0, 0 },
  { DAY, 1, 0 }, { 2 * DAY, 2, 0 }, { 7 * DAY, 7, 0 }, { 14 * DAY, 14, 0 },
  { 30.4 * DAY, 0, 1 }, { 91.3 * DAY, 0, 3 }, { 182.6 * DAY, 0, 6 }, { 365.25 * DAY, 0, 12 }, { 730.5 * DAY, 0, 24 }, { 1826. * DAY, 0, 60 },
  { 3652.5 * DAY, 0, 120 }, { 18262. * DAY, 0, 600 }, { 36525. * DAY, 0, 1200 }, { 365250. * DAY, 0, 12000 },
};

typedef struct
{
  GArray    *ticks;
  GTimeZone *zone;
  gint64     from, to;          /* s since the epoch */
} Walk;

static void
clear_tick (gpointer data)
{
  g_free (((LeydenChartTick *) data)->text);
}

static gint64
get_offset (GTimeZone *zone,
            gint64     seconds)
{
  int interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, seconds);

  return interval < 0 ? 0 : g_time_zone_get_offset (zone, interval);
}

static GDateTime *
get_local (GTimeZone *zone,
           gint64     seconds)
{
  g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc (seconds);

  return utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
}

/* What the mark itself begins says what it is: a year, a day, else the time. */
static char *
make_text (GTimeZone *zone,
           gint64     seconds,
           double     step)
{
  g_autoptr(GDateTime) local = get_local (zone, seconds);
  g_autofree char *text = NULL;
  gboolean midnight;

  if (local == NULL)
    return g_strdup ("");
  midnight = g_date_time_get_hour (local) == 0 && g_date_time_get_minute (local) == 0 && g_date_time_get_second (local) == 0;
  if (step >= 360 * DAY || (g_date_time_get_day_of_year (local) == 1 && (midnight || step >= DAY)))
    text = g_date_time_format (local, "%Y");
  else if (step >= 28 * DAY)
    text = g_date_time_format (local, _("%b"));
  else if (midnight || step >= DAY)
    text = g_date_time_format (local, _("%-e %b"));
  else
    text = g_date_time_format (local, step >= 60 ? _("%H:%M") : _("%H:%M:%S"));
  return g_strdup (text != NULL ? g_strchug (text) : "");
}

static void
add (Walk  *self,
     gint64 seconds,
     double step)
{
  LeydenChartTick tick;
  double last = self->ticks->len > 0 ? g_array_index (self->ticks, LeydenChartTick, self->ticks->len - 1).value : -INFINITY;

  if (seconds < self->from || seconds > self->to || (double) seconds * SECOND <= last || self->ticks->len >= MOST_TICKS)
    return;
  tick = (LeydenChartTick) { (double) seconds * SECOND, make_text (self->zone, seconds, step) };
  g_array_append_val (self->ticks, tick);
}

/* The moments at which the clocks of the zone show @wall (s, as if it were UTC): none in the hour that is left out, two in the one that comes twice. */
static guint
find_moments (GTimeZone *zone,
              gint64     wall,
              gint64    *moments)
{
  gint64 offsets[2] = { get_offset (zone, wall - DAY), get_offset (zone, wall + DAY) };
  guint n = 0;

  for (guint i = 0; i < 2; i++)
    if ((i == 0 || offsets[1] != offsets[0]) && get_offset (zone, wall - offsets[i]) == offsets[i])
      moments[n++] = wall - offsets[i];
  if (n == 2 && moments[0] > moments[1])
    {
      gint64 swap = moments[0];

      moments[0] = moments[1];
      moments[1] = swap;
    }
  return n;
}

static void
walk_clock (Walk  *self,
            gint64 step)
{
  gint64 wall = self->from + get_offset (self->zone, self->from) - 7200, end = self->to + get_offset (self->zone, self->to) + 7200;

  wall -= ((wall % step) + step) % step;
  for (guint i = 0; wall <= end && i < 4 * MOST_TICKS; wall += step, i++)
    {
      gint64 moments[2];
      guint n = find_moments (self->zone, wall, moments);

      /* Of the hour that comes twice both are marked where hours are; longer steps mark the first. */
      for (guint k = 0; k < (step == 3600 ? n : MIN (n, 1)); k++)
        add (self, moments[k], (double) step);
    }
}

/* Less than an hour: by counting, in line with the clock. */
static void
walk_minutes (Walk  *self,
              gint64 step)
{
  gint64 time = self->from;

  while (time <= self->to && self->ticks->len < MOST_TICKS)
    {
      gint64 past = ((time + get_offset (self->zone, time)) % step + step) % step;

      if (past == 0)
        add (self, time, (double) step);
      time += step - past;
    }
}

/* The first moment of a day: midnight, or what the clocks show first where there is none. */
static gint64
get_day_start (GTimeZone *zone,
               int        year,
               int        month,
               int        day)
{
  g_autoptr(GDateTime) utc = g_date_time_new_utc (year, month, day, 0, 0, 0);
  gint64 moments[2];

  if (utc == NULL)
    return G_MAXINT64;
  for (gint64 late = 0; late <= 3 * 3600; late += 900)
    if (find_moments (zone, g_date_time_to_unix (utc) + late, moments) > 0)
      return moments[0];
  return g_date_time_to_unix (utc);
}

static void
walk_days (Walk *self,
           int   every)
{
  g_autoptr(GDateTime) local = get_local (self->zone, self->from);
  GDate date;
  guint32 day;

  if (local == NULL)
    return;
  g_date_clear (&date, 1);
  g_date_set_dmy (&date, (GDateDay) g_date_time_get_day_of_month (local), (GDateMonth) g_date_time_get_month (local),
                  (GDateYear) g_date_time_get_year (local));
  day = g_date_get_julian (&date);
  /* Weeks begin on Mondays, and day 1 of the count was one. */
  day = day > (guint32) every ? day - (day - 1) % (guint32) every : 1;
  for (guint i = 0; i < 2 * MOST_TICKS; i++, day += (guint32) every)
    {
      gint64 start;

      g_date_set_julian (&date, day);
      if (!g_date_valid (&date) || g_date_get_year (&date) > 9998)
        return;
      start = get_day_start (self->zone, g_date_get_year (&date), (int) g_date_get_month (&date), g_date_get_day (&date));
      if (start > self->to)
        return;
      add (self, start, every * (double) DAY);
    }
}

static void
walk_months (Walk *self,
             int   every)
{
  g_autoptr(GDateTime) local = get_local (self->zone, self->from);
  int month;

  if (local == NULL)
    return;
  month = g_date_time_get_year (local) * 12 + g_date_time_get_month (local) - 1;
  month -= month % every;
  for (guint i = 0; i < 2 * MOST_TICKS && month / 12 <= 9998; i++, month += every)
    {
      gint64 start = month / 12 < 1 ? G_MININT64 : get_day_start (self->zone, month / 12, month % 12 + 1, 1);

      if (start > self->to)
        return;
      add (self, start, every * 28. * DAY);
    }
}

/* Below a second: 1, 2 or 5 of a power of ten, from the second on. */
static void
walk_parts (GArray *ticks,
            double  from,
            double  to,
            double  wanted,
            GTimeZone *zone)
{
  double step = pow (10, floor (log10 (wanted)));
  int decimals;
  double first;

  for (guint i = 0; step < wanted * (1 - 1e-9) && i < 4; i++)
    step *= i % 3 == 1 ? 2.5 : 2;
  step = MAX (step, 1000);
  decimals = CLAMP ((int) ceil (9 - log10 (step) - 1e-9), 1, 6);
  first = ceil (from / step);
  for (guint i = 0; i < MOST_TICKS && (first + i) * step <= to; i++)
    {
      double value = (first + i) * step, seconds = floor (value / SECOND);
      g_autoptr(GDateTime) local = get_local (zone, (gint64) seconds);
      g_autofree char *clock = local != NULL ? g_date_time_format (local, "%S") : NULL;
      g_autofree char *part = g_strdup_printf ("%.*f", decimals, (value - seconds * SECOND) / SECOND);
      LeydenChartTick tick = { value, g_strdup_printf (":%s%s", clock != NULL ? clock : "", part + 1) };

      g_array_append_val (ticks, tick);
    }
}

GArray *
leyden_chart_scale_list_time_ticks (const LeydenChartScale *self,
                                    GTimeZone              *zone,
                                    guint                   most)
{
  Walk walk = { g_array_new (FALSE, FALSE, sizeof (LeydenChartTick)), zone, 0, 0 };
  double wanted;

  g_return_val_if_fail (self != NULL && zone != NULL && self->low < self->high, NULL);

  g_array_set_clear_func (walk.ticks, clear_tick);
  wanted = (self->high - self->low) / CLAMP (most, 1, MOST_TICKS / 4);
  if (!isfinite (wanted) || self->high < FIRST_SECOND * SECOND || self->low > LAST_SECOND * SECOND)
    return walk.ticks;
  if (wanted < 0.75 * SECOND)
    {
      if (fabs (self->low) < LAST_SECOND * SECOND)
        walk_parts (walk.ticks, self->low, self->high, wanted, zone);
      return walk.ticks;
    }
  walk.from = (gint64) CLAMP (ceil (self->low / SECOND), FIRST_SECOND, LAST_SECOND);
  walk.to = (gint64) CLAMP (floor (self->high / SECOND), FIRST_SECOND, LAST_SECOND);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      const Step *step = &steps[i];

      if (step->seconds * SECOND < wanted * 0.99 && i + 1 < G_N_ELEMENTS (steps))
        continue;
      if (step->months > 0)
        walk_months (&walk, step->months);
      else if (step->days > 0)
        walk_days (&walk, step->days);
      else if (step->seconds < 3600)
        walk_minutes (&walk, (gint64) step->seconds);
      else
        walk_clock (&walk, (gint64) step->seconds);
      break;
    }
  return walk.ticks;
}
