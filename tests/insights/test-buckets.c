/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Days are those of the people who look at them. */
#include "leyden-buckets.h"

#define HOUR (3600 * LEYDEN_NS_PER_S)

static gint64
at (const char *text)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time) * LEYDEN_NS_PER_S;
}

static LeydenBuckets *
make (const char         *zone_name,
      const char         *from,
      const char         *to,
      LeydenIntervalKind  kind,
      gint64              seconds)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GTimeZone) zone = leyden_time_zone_new (zone_name, &error);
  LeydenBuckets *buckets;

  g_assert_no_error (error);
  buckets = leyden_buckets_new (at (from), at (to), kind, seconds, 300, zone, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < buckets->n; i++)
    {
      g_assert_cmpint (buckets->edges[i], <, buckets->edges[i + 1]);
      g_assert_cmpint (leyden_buckets_find (buckets, buckets->edges[i]), ==, i);
      g_assert_cmpint (leyden_buckets_find (buckets, buckets->edges[i + 1] - 1), ==, i);
    }
  g_assert_cmpint (leyden_buckets_find (buckets, buckets->edges[0] - 1), ==, -1);
  g_assert_cmpint (leyden_buckets_find (buckets, buckets->edges[buckets->n]), ==, -1);
  g_assert_cmpint (leyden_buckets_find (buckets, at (from)), ==, 0);
  g_assert_cmpint (leyden_buckets_find (buckets, at (to) - 1), ==, buckets->n - 1);
  return buckets;
}

/* Each day begins at its midnight, by the data base of time zones as written down here by hand. */
static void
test_days (void)
{
  static const struct { const char *zone, *from, *to; const char *edges[6]; } cases[] = {
    { "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z",
      { "2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z" } },
    { "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z",
      { "2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-26T23:00:00Z" } },
    { "America/New_York", "2026-03-07T12:00:00Z", "2026-03-09T12:00:00Z",
      { "2026-03-07T05:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "2026-03-10T04:00:00Z" } },
    { "America/New_York", "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z",
      { "2026-10-31T04:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", "2026-11-03T05:00:00Z" } },
    { "Asia/Kathmandu", "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z",
      { "2026-04-30T18:15:00Z", "2026-05-01T18:15:00Z", "2026-05-02T18:15:00Z" } },
    /* Here the clock jumped over midnight, there it went back to the evening before. */
    { "America/Sao_Paulo", "2018-11-03T12:00:00Z", "2018-11-04T12:00:00Z",
      { "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z" } },
    { "America/Sao_Paulo", "2018-02-17T12:00:00Z", "2018-02-18T12:00:00Z",
      { "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z", "2018-02-19T03:00:00Z" } },
    /* Samoa left out the 30th of December. */
    { "Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-31T00:00:00Z",
      { "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z" } },
    { "Australia/Lord_Howe", "2026-04-04T00:00:00Z", "2026-04-06T00:00:00Z",
      { "2026-04-03T13:00:00Z", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z", "2026-04-06T13:30:00Z" } },
    { NULL, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", { "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z" } },
  };

  for (guint c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      g_autoptr(LeydenBuckets) buckets = make (cases[c].zone, cases[c].from, cases[c].to, LEYDEN_INTERVAL_DAY, 0);

      for (guint i = 0; i <= buckets->n; i++)
        {
          g_assert_nonnull (cases[c].edges[i]);
          g_assert_cmpint (buckets->edges[i], ==, at (cases[c].edges[i]));
        }
      g_assert_null (cases[c].edges[buckets->n + 1]);
    }
}

static void
test_hours (void)
{
  /* The short day has 23 hours, the long one 25. */
  g_autoptr(LeydenBuckets) spring = make ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", LEYDEN_INTERVAL_SECONDS, 3600);
  g_autoptr(LeydenBuckets) autumn = make ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", LEYDEN_INTERVAL_SECONDS, 3600);
  g_autoptr(LeydenBuckets) nepal = make ("Asia/Kathmandu", "2026-05-01T00:00:00Z", "2026-05-01T03:00:00Z", LEYDEN_INTERVAL_SECONDS, 3600);
  g_autoptr(LeydenBuckets) quarters = make ("America/New_York", "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z", LEYDEN_INTERVAL_SECONDS, 21600);
  g_autoptr(LeydenBuckets) odd = make ("Europe/Berlin", "2026-05-01T00:00:01Z", "2026-05-01T00:01:00Z", LEYDEN_INTERVAL_SECONDS, 7);

  g_assert_cmpuint (spring->n, ==, 23);
  g_assert_cmpuint (autumn->n, ==, 25);
  g_assert_cmpuint (nepal->n, ==, 4);
  g_assert_cmpint (nepal->edges[0], ==, at ("2026-04-30T23:15:00Z"));
  /* Six hours from midnight on; the hour that was gained stands alone at the end of its day. */
  g_assert_cmpint (quarters->edges[0], ==, at ("2026-10-31T22:00:00Z"));
  g_assert_cmpint (quarters->edges[1], ==, at ("2026-11-01T04:00:00Z"));
  g_assert_cmpint (quarters->edges[5], ==, at ("2026-11-02T04:00:00Z"));
  g_assert_cmpint (quarters->edges[6], ==, at ("2026-11-02T05:00:00Z"));
  g_assert_cmpint (odd->edges[0] % (7 * LEYDEN_NS_PER_S), ==, 0);
}

static void
test_weeks_and_months (void)
{
  g_autoptr(LeydenBuckets) weeks = make ("Europe/Berlin", "2026-03-25T12:00:00Z", "2026-04-01T12:00:00Z", LEYDEN_INTERVAL_WEEK, 0);
  g_autoptr(LeydenBuckets) months = make ("America/New_York", "2026-01-15T00:00:00Z", "2026-04-01T00:00:00Z", LEYDEN_INTERVAL_MONTH, 0);

  g_assert_cmpuint (weeks->n, ==, 2);
  g_assert_cmpint (weeks->edges[0], ==, at ("2026-03-22T23:00:00Z"));
  g_assert_cmpint (weeks->edges[1], ==, at ("2026-03-29T22:00:00Z"));
  g_assert_cmpuint (months->n, ==, 3);
  g_assert_cmpint (months->edges[0], ==, at ("2026-01-01T05:00:00Z"));
  g_assert_cmpint (months->edges[2], ==, at ("2026-03-01T05:00:00Z"));
  g_assert_cmpint (months->edges[3], ==, at ("2026-04-01T04:00:00Z"));
}

static void
test_auto (void)
{
  static const struct { const char *to; LeydenIntervalKind kind; gint64 seconds; } cases[] = {
    { "2026-01-01T00:00:01Z", LEYDEN_INTERVAL_SECONDS, 1 },
    { "2026-01-01T01:00:00Z", LEYDEN_INTERVAL_SECONDS, 15 },
    { "2026-01-02T00:00:00Z", LEYDEN_INTERVAL_SECONDS, 300 },
    { "2026-01-08T00:00:00Z", LEYDEN_INTERVAL_SECONDS, 3600 },
    { "2026-04-01T00:00:00Z", LEYDEN_INTERVAL_SECONDS, 43200 },
    { "2026-10-01T00:00:00Z", LEYDEN_INTERVAL_DAY, 86400 },
    { "2030-01-01T00:00:00Z", LEYDEN_INTERVAL_WEEK, 604800 },
    { "2090-01-01T00:00:00Z", LEYDEN_INTERVAL_MONTH, 2592000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenBuckets) buckets = make ("Europe/Berlin", "2026-01-01T00:00:00Z", cases[i].to, LEYDEN_INTERVAL_AUTO, 0);

      g_test_message ("%s: %u of %" G_GINT64_FORMAT, cases[i].to, buckets->n, buckets->seconds);
      if (buckets->kind != LEYDEN_INTERVAL_MONTH)
        g_assert_cmpuint (buckets->n, <=, 302);
      g_assert_cmpint (buckets->kind, ==, cases[i].kind);
      g_assert_cmpint (buckets->seconds, ==, cases[i].seconds);
    }
}

static void
test_level (void)
{
  static const gint64 levels[] = { 1, 15, 60, 900, 3600, 21600 };
  g_autoptr(LeydenBuckets) berlin = make ("Europe/Berlin", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", LEYDEN_INTERVAL_DAY, 0);
  g_autoptr(LeydenBuckets) nepal = make ("Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", LEYDEN_INTERVAL_DAY, 0);
  g_autoptr(LeydenBuckets) utc = make ("UTC", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", LEYDEN_INTERVAL_DAY, 0);
  g_autoptr(LeydenBuckets) odd = make ("UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", LEYDEN_INTERVAL_SECONDS, 7);

  g_assert_cmpint (leyden_buckets_get_level (berlin, levels, 6), ==, 3600);
  g_assert_cmpint (leyden_buckets_get_level (nepal, levels, 6), ==, 900);
  g_assert_cmpint (leyden_buckets_get_level (utc, levels, 6), ==, 21600);
  g_assert_cmpint (leyden_buckets_get_level (odd, levels, 6), ==, 1);
}

static void
test_refused (void)
{
  static const char * const zones[] = { "Europe/Atlantis", "../../etc/passwd", "/etc/localtime", ":UTC", "Europe/../Europe/Berlin" };
  g_autoptr(GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (zones); i++)
    {
      g_assert_null (leyden_time_zone_new (zones[i], &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_clear_error (&error);
    }
  g_assert_null (leyden_buckets_new (5, 5, LEYDEN_INTERVAL_DAY, 0, 300, utc, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (leyden_buckets_new (0, LEYDEN_TIME_MAX, LEYDEN_INTERVAL_SECONDS, 1, 300, utc, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (leyden_buckets_new (0, LEYDEN_TIME_MAX, LEYDEN_INTERVAL_DAY, 0, 300, utc, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/buckets/days", test_days);
  g_test_add_func ("/buckets/hours", test_hours);
  g_test_add_func ("/buckets/weeks-and-months", test_weeks_and_months);
  g_test_add_func ("/buckets/auto", test_auto);
  g_test_add_func ("/buckets/level", test_level);
  g_test_add_func ("/buckets/refused", test_refused);
  return g_test_run ();
}
