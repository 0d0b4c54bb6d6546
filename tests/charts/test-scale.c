/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scales and their marks: any numbers, units, clocks and calendars. */
#include <float.h>
#include <math.h>

#include "leyden-chart-format.h"
#include "leyden-chart-scale.h"

/* --- places --- */

static void
test_places (void)
{
  static const struct { double low, high; gboolean log; } cases[] = {
    { 0, 1, FALSE }, { -5, 5, FALSE }, { 3, 3, FALSE }, { 0, 0, FALSE }, { -DBL_MAX, DBL_MAX, FALSE }, { 1e308, 1e308, FALSE }, { -1e308, -1e308, FALSE },
    { DBL_MIN, DBL_MIN, FALSE }, { 1e18, 1e18 + 128, FALSE }, { 5, -5, FALSE }, { NAN, NAN, FALSE }, { NAN, 7, FALSE }, { -INFINITY, INFINITY, FALSE },
    { 1, 1000, TRUE }, { 0, 1000, TRUE }, { -5, -1, TRUE }, { 7, 7, TRUE }, { NAN, NAN, TRUE }, { 1e-300, 1e300, TRUE }, { DBL_MAX, DBL_MAX, TRUE },
    { 0, DBL_MIN, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenChartScale scale = leyden_chart_scale_make (cases[i].low, cases[i].high, cases[i].log);
      double middle;

      g_test_message ("%g to %g", cases[i].low, cases[i].high);
      g_assert_true (isfinite (scale.low) && isfinite (scale.high));
      g_assert_cmpfloat (scale.low, <, scale.high);
      g_assert_cmpfloat_with_epsilon (leyden_chart_scale_place (&scale, scale.low), 0, 1e-9);
      g_assert_cmpfloat_with_epsilon (leyden_chart_scale_place (&scale, scale.high), 1, 1e-9);
      middle = leyden_chart_scale_value (&scale, 0.5);
      g_assert_cmpfloat_with_epsilon (leyden_chart_scale_place (&scale, middle), 0.5, 1e-3);
      g_assert_true (isnan (leyden_chart_scale_place (&scale, NAN)));
      g_assert_true (isnan (leyden_chart_scale_place (&scale, INFINITY)));
      if (cases[i].log)
        {
          g_assert_cmpfloat (scale.low, >, 0);
          g_assert_true (isnan (leyden_chart_scale_place (&scale, 0)));
        }
    }
}

/* Whatever the ends: marks ascend, lie between them, are not too many, and differ in words. */
static void
test_any_ticks (void)
{
  static const double ends[] = { -DBL_MAX, -1e300, -1e18, -12345.678, -1, -1e-12, 0, DBL_MIN, 1e-300, 3e-9, 0.001, 0.1, 0.3, 1, 2.5, 100, 86400e3, 1e15,
                                 1e15 + 1, 1.7e18, 1e308, DBL_MAX };
  static const char * const units[] = { "", "ms", "ns", "s", "bytes", "percent", "share", "USD", "EUR", "tokens", "bytes/s", "\xe2\x80\xae<b>&amp;" };

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    for (guint k = i; k < G_N_ELEMENTS (ends); k++)
      for (guint u = 0; u < G_N_ELEMENTS (units); u++)
        for (guint log = 0; log < 2; log++)
          {
            LeydenChartScale scale = leyden_chart_scale_make (ends[i], ends[k], log);
            g_autoptr(GArray) ticks = NULL;

            leyden_chart_scale_round (&scale, units[u], 6);
            g_assert_cmpfloat (scale.low, <, scale.high);
            ticks = leyden_chart_scale_list_ticks (&scale, units[u], 6);
            g_assert_cmpuint (ticks->len, <=, 40);
            for (guint t = 0; t < ticks->len; t++)
              {
                LeydenChartTick *tick = &g_array_index (ticks, LeydenChartTick, t);

                g_assert_true (isfinite (tick->value));
                g_assert_true (g_utf8_validate (tick->text, -1, NULL));
                if (t > 0)
                  g_assert_cmpfloat (tick->value, >, g_array_index (ticks, LeydenChartTick, t - 1).value);
              }
          }
}

static char *
join (GArray *ticks)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < ticks->len; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? " | " : "", g_array_index (ticks, LeydenChartTick, i).text);
  return g_string_free (out, FALSE);
}

static void
test_ticks (void)
{
  static const struct { double low, high; const char *unit; guint most; gboolean log; const char *wanted; } cases[] = {
    { 0, 1, "", 5, FALSE, "0.0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0" },
    { 0, 100, "", 5, FALSE, "0 | 20 | 40 | 60 | 80 | 100" },
    { -3, 7, "", 5, FALSE, "-2 | 0 | 2 | 4 | 6" },
    { 0, 1, "share", 5, FALSE, "0 % | 20 % | 40 % | 60 % | 80 % | 100 %" },
    { 0, 90, "percent", 3, FALSE, "0 % | 50 %" },
    { 0, 3000, "ms", 5, FALSE, "0 s | 1 s | 2 s | 3 s" },
    { 0, 800, "ms", 4, FALSE, "0 ms | 200 ms | 400 ms | 600 ms | 800 ms" },
    { 0, 300, "s", 5, FALSE, "0 min | 1 min | 2 min | 3 min | 4 min | 5 min" },
    { 0, 4 * 1048576., "bytes", 4, FALSE, "0 MiB | 1 MiB | 2 MiB | 3 MiB | 4 MiB" },
    { 0, 3, "bytes", 6, FALSE, "0 B | 1 B | 2 B | 3 B" },
    { 0, 50000, "tokens", 5, FALSE, "0 k | 10 k | 20 k | 30 k | 40 k | 50 k" },
    { 0, 10, "USD", 2, FALSE, "$0 | $5 | $10" },
    { -1, 1, "USD", 2, FALSE, "-$1 | $0 | $1" },
    { 0, 1, "EUR", 2, FALSE, "0.0 EUR | 0.5 EUR | 1.0 EUR" },
    { 1, 1000, "", 5, TRUE, "1 | 10 | 100 | 1000" },
    { 1, 100, "", 8, TRUE, "1 | 2 | 5 | 10 | 20 | 50 | 100" },
    { 1e-6, 1e6, "", 5, TRUE, "0.000001 | 0.001 | 1 | 1000 | 1000000" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenChartScale scale = { cases[i].low, cases[i].high, cases[i].log };
      g_autoptr(GArray) ticks = leyden_chart_scale_list_ticks (&scale, cases[i].unit, cases[i].most);
      g_autofree char *text = join (ticks);

      g_assert_cmpstr (text, ==, cases[i].wanted);
    }
}

/* --- time --- */

static double
at (GTimeZone *zone,
    int        year,
    int        month,
    int        day,
    int        hour,
    int        minute)
{
  g_autoptr(GDateTime) time = g_date_time_new (zone, year, month, day, hour, minute, 0);

  return (double) g_date_time_to_unix (time) * 1e9;
}

static void
check_time (const char *zone_name,
            double      from,
            double      to,
            guint       most,
            const char *wanted)
{
  g_autoptr(GTimeZone) zone = g_time_zone_new_identifier (zone_name);
  LeydenChartScale scale = { from, to, FALSE };
  g_autoptr(GArray) ticks = leyden_chart_scale_list_time_ticks (&scale, zone, most);
  g_autofree char *text = join (ticks);

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_days (void)
{
  g_autoptr(GTimeZone) berlin = g_time_zone_new_identifier ("Europe/Berlin");
  g_autoptr(GTimeZone) lebanon = g_time_zone_new_identifier ("Asia/Beirut");
  LeydenChartScale scale = { at (berlin, 2026, 3, 27, 12, 0), at (berlin, 2026, 3, 31, 12, 0), FALSE };
  g_autoptr(GArray) spring = leyden_chart_scale_list_time_ticks (&scale, berlin, 5);
  LeydenChartScale autumn_scale = { at (berlin, 2026, 10, 23, 12, 0), at (berlin, 2026, 10, 27, 12, 0), FALSE };
  g_autoptr(GArray) autumn = leyden_chart_scale_list_time_ticks (&autumn_scale, berlin, 5);
  LeydenChartScale beirut_scale = { at (lebanon, 2026, 3, 26, 12, 0), at (lebanon, 2026, 3, 31, 12, 0), FALSE };
  g_autoptr(GArray) beirut = leyden_chart_scale_list_time_ticks (&beirut_scale, lebanon, 6);

  /* 28, 29, 30, 31 March: the 29th has 23 hours. */
  g_assert_cmpuint (spring->len, ==, 4);
  g_assert_cmpfloat (g_array_index (spring, LeydenChartTick, 1).value - g_array_index (spring, LeydenChartTick, 0).value, ==, 24 * 3600e9);
  g_assert_cmpfloat (g_array_index (spring, LeydenChartTick, 2).value - g_array_index (spring, LeydenChartTick, 1).value, ==, 23 * 3600e9);
  g_assert_cmpstr (g_array_index (spring, LeydenChartTick, 2).text, ==, "30 Mar");
  /* 24 to 27 October: the 25th has 25 hours. */
  g_assert_cmpuint (autumn->len, ==, 4);
  g_assert_cmpfloat (g_array_index (autumn, LeydenChartTick, 2).value - g_array_index (autumn, LeydenChartTick, 1).value, ==, 25 * 3600e9);
  /* Where midnight itself is left out, a day begins at one o'clock. */
  for (guint i = 0; i < beirut->len; i++)
    {
      g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc ((gint64) (g_array_index (beirut, LeydenChartTick, i).value / 1e9));
      g_autoptr(GDateTime) local = g_date_time_to_timezone (utc, lebanon);

      g_assert_cmpint (g_date_time_get_hour (local), ==, g_date_time_get_month (local) == 3 && g_date_time_get_day_of_month (local) == 29 ? 1 : 0);
    }
  g_assert_cmpuint (beirut->len, ==, 5);
}

static void
test_clock (void)
{
  g_autoptr(GTimeZone) berlin = g_time_zone_new_identifier ("Europe/Berlin");

  /* Two o'clock does not come; then three follows one. */
  check_time ("Europe/Berlin", at (berlin, 2026, 3, 29, 0, 0), at (berlin, 2026, 3, 29, 5, 0), 6, "29 Mar | 01:00 | 03:00 | 04:00 | 05:00");
  /* Two o'clock comes twice. */
  check_time ("Europe/Berlin", at (berlin, 2026, 10, 25, 0, 0), at (berlin, 2026, 10, 25, 4, 0), 6, "25 Oct | 01:00 | 02:00 | 02:00 | 03:00 | 04:00");
  check_time ("Europe/Berlin", at (berlin, 2026, 3, 29, 0, 0), at (berlin, 2026, 3, 30, 0, 0), 8, "29 Mar | 03:00 | 06:00 | 09:00 | 12:00 | 15:00 | 18:00 | 21:00 | 30 Mar");
  check_time ("Asia/Kathmandu", 1774656000e9, 1774656000e9 + 3600e9, 4, "05:45 | 06:00 | 06:15 | 06:30 | 06:45");
  check_time ("UTC", 1774656000e9, 1774656000e9 + 60e9, 4, "28 Mar | 00:00:15 | 00:00:30 | 00:00:45 | 00:01:00");
  check_time ("UTC", 1774656000e9, 1774656000e9 + 1e9, 4, ":00.0 | :00.5 | :01.0");
  check_time ("UTC", 1774656000e9, 1774656000e9 + 2e6, 4, ":00.0000 | :00.0005 | :00.0010 | :00.0015 | :00.0020");
  check_time ("UTC", 1767225600e9 - 86400e9 * 40, 1767225600e9 + 86400e9 * 40, 4, "Dec | 2026 | Feb");
  check_time ("UTC", 0, 1767225600e9, 6, "1970 | 1980 | 1990 | 2000 | 2010 | 2020");
}

/* No stretch of time is too long, short, early or late. */
static void
test_any_time (void)
{
  static const double starts[] = { -1e300, -62135596800e9, -1e9, 0, 1774656000e9, 253402300799e9, 1e300 };
  static const double lengths[] = { 1, 1000, 1e6, 1e9, 60e9, 3600e9, 86400e9, 7 * 86400e9, 31 * 86400e9, 366 * 86400e9, 1e20, 1e308 };
  static const char * const zones[] = { "UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia", "Asia/Kolkata" };

  for (guint i = 0; i < G_N_ELEMENTS (starts); i++)
    for (guint k = 0; k < G_N_ELEMENTS (lengths); k++)
      for (guint z = 0; z < G_N_ELEMENTS (zones); z++)
        {
          g_autoptr(GTimeZone) zone = g_time_zone_new_identifier (zones[z]);
          LeydenChartScale scale = leyden_chart_scale_make (starts[i], MIN (starts[i] + lengths[k], DBL_MAX), FALSE);
          g_autoptr(GArray) ticks = leyden_chart_scale_list_time_ticks (&scale, zone, 8);

          g_assert_cmpuint (ticks->len, <=, 20);
          for (guint t = 1; t < ticks->len; t++)
            g_assert_cmpfloat (g_array_index (ticks, LeydenChartTick, t).value, >, g_array_index (ticks, LeydenChartTick, t - 1).value);
          for (guint t = 0; t < ticks->len; t++)
            {
              g_assert_cmpfloat (g_array_index (ticks, LeydenChartTick, t).value, >=, scale.low);
              g_assert_cmpfloat (g_array_index (ticks, LeydenChartTick, t).value, <=, scale.high);
            }
        }
}

/* --- words --- */

static void
test_values (void)
{
  static const struct { double value; const char *unit, *wanted; } cases[] = {
    { 0, "", "0" }, { -0.0, "", "0" }, { 1234567, "", "1234567" }, { 0.123456, "", "0.1235" }, { 1.5, "", "1.5" }, { NAN, "", "–" }, { INFINITY, "ms", "–" },
    { 1e308, "", "1e+308" }, { 1e-12, "", "1e-12" }, { 0.5, "share", "50 %" }, { 0.123, "share", "12.3 %" }, { 12.3, "percent", "12.3 %" },
    { 250, "ms", "250 ms" }, { 1500, "ms", "1.5 s" }, { 1.5e9, "ns", "1.5 s" }, { 0, "ms", "0 ms" }, { 7200, "s", "2 h" }, { 0.25, "ms", "250 µs" },
    { 1536, "bytes", "1.5 KiB" }, { 100, "bytes", "100 B" }, { 2097152, "bytes/s", "2 MiB/s" }, { 12.345, "USD", "$12.35" }, { 0.0123, "USD", "$0.0123" },
    { -2, "USD", "-$2.00" }, { 3, "EUR", "3.00 EUR" }, { 12000, "tokens", "12000 tokens" }, { 5, "1/s", "5/s" }, { 5, "tokens/s", "5/s tokens" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = leyden_chart_format_value (cases[i].value, cases[i].unit);

      g_assert_cmpstr (text, ==, cases[i].wanted);
    }
}

static void
test_times (void)
{
  g_autoptr(GTimeZone) berlin = g_time_zone_new_identifier ("Europe/Berlin");
  static const struct { double time, resolution; const char *wanted; } cases[] = {
    { 1774656000e9, 1e9, "28 Mar 2026 01:00:00 CET" }, { 1774656000e9, 60e9, "28 Mar 2026 01:00 CET" }, { 1774656000e9, 86400e9, "28 Mar 2026" },
    { 1774828800e9, 60e9, "30 Mar 2026 02:00 CEST" }, { NAN, 1, "–" }, { 1e300, 1, "–" }, { 1774656000e9 + 250e6, 1e6, "28 Mar 2026 01:00:00.250000 CET" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = leyden_chart_format_time (cases[i].time, berlin, cases[i].resolution);

      g_assert_cmpstr (text, ==, cases[i].wanted);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scale/places", test_places);
  g_test_add_func ("/scale/any-ticks", test_any_ticks);
  g_test_add_func ("/scale/ticks", test_ticks);
  g_test_add_func ("/scale/time/days", test_days);
  g_test_add_func ("/scale/time/clock", test_clock);
  g_test_add_func ("/scale/time/any", test_any_time);
  g_test_add_func ("/scale/words/values", test_values);
  g_test_add_func ("/scale/words/times", test_times);
  return g_test_run ();
}
