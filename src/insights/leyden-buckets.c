/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-buckets.h"

#include <glib/gi18n-lib.h>

#include "leyden-text.h"

#define DAY_S G_GINT64_CONSTANT (86400)

/* What "auto" chooses from, in seconds; then days, weeks, months. */
static const gint64 choices[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200 };

GTimeZone *
leyden_time_zone_new (const char  *name,
                      GError     **error)
{
  GTimeZone *zone;
  g_autofree char *shown = NULL;

  if (name == NULL || *name == '\0' || g_str_equal (name, "UTC"))
    return g_time_zone_new_utc ();
  /* Never a file outside of the data base. */
  zone = strstr (name, "..") == NULL && *name != '/' && *name != ':' && strlen (name) < 64 ? g_time_zone_new_identifier (name) : NULL;
  if (zone != NULL)
    return zone;
  shown = leyden_text_escape (name, -1, 60);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("there is no time zone “%s”"), shown);
  return NULL;
}

static gint64
floor_div (gint64 a,
           gint64 b)
{
  return a / b - (a % b < 0);
}

/* The calendar day of the zone in which @time lies. */
static void
get_date (gint64     time,
          GTimeZone *zone,
          GDate     *date)
{
  g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc (floor_div (time, LEYDEN_NS_PER_S));
  g_autoptr(GDateTime) local = g_date_time_to_timezone (utc, zone);
  int year, month, day;

  g_date_time_get_ymd (local, &year, &month, &day);
  g_date_clear (date, 1);
  g_date_set_dmy (date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
}

static gint64
offset_at (GTimeZone *zone,
           gint64     unix_s)
{
  return g_time_zone_get_offset (zone, g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, unix_s));
}

/* The first moment of a day. Where midnight comes twice, with the first; where the clock jumps over it, with the jump. */
static gint64
start_of_date (const GDate *date,
               GTimeZone   *zone)
{
  gint64 local = ((gint64)g_date_get_julian (date) - 719163) * DAY_S;
  gint64 high = local - offset_at (zone, local - DAY_S);
  gint64 low = local - offset_at (zone, local + DAY_S);

  if (high < low)
    {
      gint64 swap = low;

      low = high;
      high = swap;
    }
  if (low + offset_at (zone, low) == local)
    return low * LEYDEN_NS_PER_S;
  /* @high is late enough. In between the clock jumps once, forward. */
  while (high - low > 1)
    {
      gint64 middle = low + (high - low) / 2;

      if (middle + offset_at (zone, middle) >= local)
        high = middle;
      else
        low = middle;
    }
  return high * LEYDEN_NS_PER_S;
}

gint64
leyden_day_start (gint64     time,
                  int        offset,
                  GTimeZone *zone)
{
  GDate date;

  get_date (time, zone, &date);
  if (offset >= 0)
    g_date_add_days (&date, (guint)offset);
  else
    g_date_subtract_days (&date, (guint)-offset);
  return start_of_date (&date, zone);
}

gint64
leyden_month_start (gint64     time,
                    int        offset,
                    GTimeZone *zone)
{
  GDate date;

  get_date (time, zone, &date);
  g_date_set_day (&date, 1);
  if (offset >= 0)
    g_date_add_months (&date, (guint)offset);
  else
    g_date_subtract_months (&date, (guint)-offset);
  return start_of_date (&date, zone);
}

/* Edges are put down in order; one that is not after the last (a day that a zone left out) is none. FALSE: they are too many. */
static gboolean
add_edge (GArray *edges,
          gint64  edge)
{
  if (edges->len > 0 && edge <= g_array_index (edges, gint64, edges->len - 1))
    return TRUE;
  g_array_append_val (edges, edge);
  return edges->len <= LEYDEN_BUCKETS_MAX + 1;
}

/* From the day (week, month) of @from on, until one begins at or after @to. */
static gboolean
add_calendar (GArray             *edges,
              gint64              from,
              gint64              to,
              LeydenIntervalKind  kind,
              GTimeZone          *zone)
{
  GDate date;
  gint64 edge;

  get_date (from, zone, &date);
  if (kind == LEYDEN_INTERVAL_WEEK)
    g_date_subtract_days (&date, (guint)g_date_get_weekday (&date) - 1);
  else if (kind == LEYDEN_INTERVAL_MONTH)
    g_date_set_day (&date, 1);
  do
    {
      edge = start_of_date (&date, zone);
      if (!add_edge (edges, edge))
        return FALSE;
      if (kind == LEYDEN_INTERVAL_MONTH)
        g_date_add_months (&date, 1);
      else
        g_date_add_days (&date, kind == LEYDEN_INTERVAL_WEEK ? 7 : 1);
    }
  while (edge < to);
  return TRUE;
}

/* Parts of days, counted from the midnight of each. */
static gboolean
add_parts (GArray    *edges,
           gint64     from,
           gint64     to,
           gint64     step,
           GTimeZone *zone)
{
  gint64 day = leyden_day_start (from, 0, zone);
  gint64 edge = day + (from - day) / step * step;
  gint64 next = leyden_day_start (day, 1, zone);

  while (TRUE)
    {
      if (!add_edge (edges, edge))
        return FALSE;
      if (edge >= to)
        return TRUE;
      edge += step;
      if (edge >= next)
        {
          edge = next;
          next = leyden_day_start (next, 1, zone);
        }
    }
}

static gboolean
add_seconds (GArray    *edges,
             gint64     from,
             gint64     to,
             gint64     seconds,
             GTimeZone *zone)
{
  gint64 step, edge;

  if ((to - from) / LEYDEN_NS_PER_S / seconds > LEYDEN_BUCKETS_MAX)
    return FALSE;
  step = MIN (seconds, LEYDEN_TIME_MAX / LEYDEN_NS_PER_S) * LEYDEN_NS_PER_S;
  if (DAY_S % seconds == 0)
    return add_parts (edges, from, to, step, zone);
  for (edge = floor_div (from, step) * step;; edge += step)
    {
      if (!add_edge (edges, edge))
        return FALSE;
      if (edge >= to)
        return TRUE;
    }
}

static void
choose (gint64              from,
        gint64              to,
        guint               target,
        LeydenIntervalKind *kind,
        gint64             *seconds)
{
  gint64 span = (to - from) / LEYDEN_NS_PER_S;

  target = CLAMP (target, 1, LEYDEN_BUCKETS_MAX - 2);
  *kind = LEYDEN_INTERVAL_SECONDS;
  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    if (span <= choices[i] * target)
      {
        *seconds = choices[i];
        return;
      }
  *kind = span <= DAY_S * target ? LEYDEN_INTERVAL_DAY : span <= 7 * DAY_S * target ? LEYDEN_INTERVAL_WEEK : LEYDEN_INTERVAL_MONTH;
}

LeydenBuckets *
leyden_buckets_new (gint64              from,
                    gint64              to,
                    LeydenIntervalKind  kind,
                    gint64              seconds,
                    guint               target,
                    GTimeZone          *zone,
                    GError            **error)
{
  g_autoptr(GArray) edges = g_array_new (FALSE, FALSE, sizeof (gint64));
  LeydenBuckets *self;
  gboolean ok;

  g_return_val_if_fail (zone != NULL && (kind != LEYDEN_INTERVAL_SECONDS || seconds >= 1), NULL);

  if (from < 0 || to > LEYDEN_TIME_MAX || from >= to)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("“from” must be before “to”, both ns since 1970"));
      return NULL;
    }
  if (kind == LEYDEN_INTERVAL_AUTO)
    choose (from, to, target, &kind, &seconds);
  ok = kind == LEYDEN_INTERVAL_SECONDS ? add_seconds (edges, from, to, seconds, zone) : add_calendar (edges, from, to, kind, zone);
  if (!ok)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("these are more than %d intervals"), LEYDEN_BUCKETS_MAX);
      return NULL;
    }
  self = g_new0 (LeydenBuckets, 1);
  self->n = edges->len - 1;
  self->edges = (gint64 *)(gpointer)g_array_free (g_steal_pointer (&edges), FALSE);
  self->kind = kind;
  self->seconds = kind == LEYDEN_INTERVAL_SECONDS ? seconds
                  : kind == LEYDEN_INTERVAL_DAY ? DAY_S : kind == LEYDEN_INTERVAL_WEEK ? 7 * DAY_S : 30 * DAY_S;
  return self;
}

void
leyden_buckets_free (LeydenBuckets *self)
{
  if (self == NULL)
    return;
  g_free (self->edges);
  g_free (self);
}

int
leyden_buckets_find (const LeydenBuckets *self,
                     gint64               time)
{
  guint low = 0, high = self->n;
  gint64 span = self->edges[self->n] - self->edges[0];
  guint guess;

  if (time < self->edges[0] || time >= self->edges[self->n])
    return -1;
  /* Buckets are of nearly the same length. */
  guess = (guint)((double)(time - self->edges[0]) / (double)span * self->n);
  guess = MIN (guess, self->n - 1);
  if (self->edges[guess] <= time && time < self->edges[guess + 1])
    return (int)guess;
  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (self->edges[middle] <= time)
        low = middle;
      else
        high = middle;
    }
  return (int)low;
}

gint64
leyden_buckets_get_level (const LeydenBuckets *self,
                          const gint64        *levels,
                          guint                n)
{
  for (guint l = n; l > 0; l--)
    {
      gint64 step = levels[l - 1] * LEYDEN_NS_PER_S;
      guint i = 0;

      while (i <= self->n && self->edges[i] % step == 0)
        i++;
      if (i > self->n)
        return levels[l - 1];
    }
  return 0;
}
