/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A chart has at most so many buckets of time. */
#define LEYDEN_BUCKETS_MAX 10000
/* Times that are counted in buckets: 1970 to 2200, in ns since the epoch. */
#define LEYDEN_TIME_MAX ((gint64)7258118400 * G_GINT64_CONSTANT (1000000000))
#define LEYDEN_NS_PER_S G_GINT64_CONSTANT (1000000000)

typedef enum
{
  LEYDEN_INTERVAL_AUTO,
  LEYDEN_INTERVAL_SECONDS,
  LEYDEN_INTERVAL_DAY,
  LEYDEN_INTERVAL_WEEK,
  LEYDEN_INTERVAL_MONTH,
} LeydenIntervalKind;

/**
 * LeydenBuckets:
 *
 * A span of time in buckets that follow one another without gap, as a person in a time zone cuts it: days begin at midnight there (and
 * have 23 or 25 hours when the clock is changed), weeks on Monday, months on the first. Intervals of seconds that divide a day count from
 * midnight of each day, so that hours are those of the clock; the last one of a day may be shorter. Others count from the epoch.
 *
 * The first bucket holds @from and may begin before it; the last one holds what lies directly before @to.
 */
typedef struct
{
  gint64             *edges;    /* n + 1, ns, ascending: bucket i is edges[i] <= t < edges[i + 1] */
  guint               n;
  LeydenIntervalKind  kind;     /* never auto */
  gint64              seconds;  /* of an interval; about that of a day, week or month */
} LeydenBuckets;

/**
 * leyden_buckets_new:
 * @from, @to: ns, @from before @to, 0 to %LEYDEN_TIME_MAX
 * @seconds: with %LEYDEN_INTERVAL_SECONDS: at least 1
 * @target: with %LEYDEN_INTERVAL_AUTO: the finest interval that gives at most so many is taken
 *
 * Errors: %G_IO_ERROR_INVALID_ARGUMENT: more than %LEYDEN_BUCKETS_MAX, or no time at all.
 */
LeydenBuckets *leyden_buckets_new       (gint64              from,
                                         gint64              to,
                                         LeydenIntervalKind  kind,
                                         gint64              seconds,
                                         guint               target,
                                         GTimeZone          *zone,
                                         GError            **error);
void           leyden_buckets_free      (LeydenBuckets      *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenBuckets, leyden_buckets_free)
/* Which bucket holds @time; -1: none. */
int            leyden_buckets_find      (const LeydenBuckets *self,
                                         gint64              time);
/* The largest of the @n lengths in seconds, @levels ascending, of which every edge is a multiple; 0: none. */
gint64         leyden_buckets_get_level (const LeydenBuckets *self,
                                         const gint64       *levels,
                                         guint               n);
/* A name of the IANA data base, NULL or "": UTC. Errors: %G_IO_ERROR_INVALID_ARGUMENT. */
GTimeZone     *leyden_time_zone_new     (const char         *name,
                                         GError            **error);
/* Begin of the day, or of the month, of the zone in which @time lies, and of the @offset-th after it. */
gint64         leyden_day_start         (gint64              time,
                                         int                 offset,
                                         GTimeZone          *zone);
gint64         leyden_month_start       (gint64              time,
                                         int                 offset,
                                         GTimeZone          *zone);

G_END_DECLS
