/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-http-retry.h"

static void
test_backoff (void)
{
  static const struct { guint attempt; guint ceiling_ms; } cases[] = {
    { 1, 500 }, { 2, 1000 }, { 3, 2000 }, { 7, 32000 }, { 8, 60000 }, { 20, 60000 }, { G_MAXUINT, 60000 }, { 0, 500 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_cmpuint (leyden_http_retry_backoff_ms (cases[i].attempt, 0.0), ==, 0);
      g_assert_cmpuint (leyden_http_retry_backoff_ms (cases[i].attempt, 0.5), ==, cases[i].ceiling_ms / 2);
      g_assert_cmpuint (leyden_http_retry_backoff_ms (cases[i].attempt, 1.0), ==, cases[i].ceiling_ms);
    }
}

/* 1767225600 is 2026-01-01 00:00:00 UTC. */
static void
test_after (void)
{
  static const struct { const char *value; gboolean understood; guint delay_ms; } cases[] = {
    { "0", TRUE, 0 },
    { "3", TRUE, 3000 },
    { " 3 ", TRUE, 3000 },
    { "60", TRUE, 60000 },
    { "61", TRUE, 60000 },
    { "1000000000", TRUE, 60000 },
    { "99999999999999999999999999", TRUE, 60000 },
    { "-1", FALSE, 0 },
    { "", FALSE, 0 },
    { "1.5", FALSE, 0 },
    { "1e3", FALSE, 0 },
    { "soon", FALSE, 0 },
    { "Thu, 01 Jan 2026 00:00:30 GMT", TRUE, 30000 },
    { "Thu, 01 Jan 2026 00:00:00 GMT", TRUE, 0 },
    { "Fri, 02 Jan 2026 00:00:00 GMT", TRUE, 60000 },
    { "Wed, 31 Dec 2025 23:59:59 GMT", FALSE, 0 },
    { "Thu, 01 Jan 1970 00:00:00 GMT", FALSE, 0 },
    { "Thu, 99 Jan 2026 00:00:00 GMT", FALSE, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint delay_ms = 0;
      gboolean understood = leyden_http_retry_parse_after (cases[i].value, 1767225600, &delay_ms);

      g_test_message ("“%s”", cases[i].value);
      g_assert_cmpint (understood, ==, cases[i].understood);
      g_assert_cmpuint (delay_ms, ==, cases[i].delay_ms);
    }
  /* At least what was asked for, at least the jitter. */
  g_assert_cmpuint (leyden_http_retry_delay_ms (1, 0.0, "2", 0), ==, 2000);
  g_assert_cmpuint (leyden_http_retry_delay_ms (8, 1.0, "2", 0), ==, 60000);
  g_assert_cmpuint (leyden_http_retry_delay_ms (1, 1.0, "-1", 0), ==, 500);
  g_assert_cmpuint (leyden_http_retry_delay_ms (1, 1.0, NULL, 0), ==, 500);
}

static void
test_breaker (void)
{
  LeydenHttpBreaker breaker = { .limit = 2, .open_ms = 100 };
  guint wait_ms;

  g_assert_true (leyden_http_breaker_enter (&breaker, 0, &wait_ms));
  leyden_http_breaker_report (&breaker, 0, FALSE);
  leyden_http_breaker_report (&breaker, 0, TRUE);
  leyden_http_breaker_report (&breaker, 0, FALSE);
  g_assert_true (leyden_http_breaker_enter (&breaker, 0, &wait_ms));
  leyden_http_breaker_report (&breaker, 0, FALSE);
  g_assert_false (leyden_http_breaker_enter (&breaker, 40 * 1000, &wait_ms));
  g_assert_cmpuint (wait_ms, ==, 60);
  /* What was under way when it opened does not prolong it. */
  leyden_http_breaker_report (&breaker, 90 * 1000, FALSE);
  g_assert_true (leyden_http_breaker_enter (&breaker, 101 * 1000, &wait_ms));
  g_assert_false (leyden_http_breaker_enter (&breaker, 101 * 1000, &wait_ms));
  g_assert_cmpuint (wait_ms, >, 0);
  leyden_http_breaker_report (&breaker, 102 * 1000, FALSE);
  g_assert_false (leyden_http_breaker_enter (&breaker, 150 * 1000, &wait_ms));
  g_assert_true (leyden_http_breaker_enter (&breaker, 203 * 1000, &wait_ms));
  leyden_http_breaker_withdraw (&breaker);
  g_assert_true (leyden_http_breaker_enter (&breaker, 203 * 1000, &wait_ms));
  leyden_http_breaker_report (&breaker, 204 * 1000, TRUE);
  g_assert_true (leyden_http_breaker_enter (&breaker, 204 * 1000, &wait_ms));
  g_assert_true (leyden_http_breaker_enter (&breaker, 204 * 1000, &wait_ms));

  breaker = (LeydenHttpBreaker) { .limit = 0, .open_ms = 100 };
  for (guint i = 0; i < 100; i++)
    leyden_http_breaker_report (&breaker, 0, FALSE);
  g_assert_true (leyden_http_breaker_enter (&breaker, 0, &wait_ms));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retry/backoff", test_backoff);
  g_test_add_func ("/hostile/L15/parse", test_after);
  g_test_add_func ("/retry/breaker", test_breaker);
  return g_test_run ();
}
