/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "leyden-trace.h"

/* Cases of the standard's own text: W3C Trace Context, sections 3.2.2 and 4.3. */
static void
test_parse (void)
{
  static const struct { const char *text; gboolean ok; guint8 flags; } cases[] = {
    { "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", TRUE, 1 },
    { "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", TRUE, 0 },
    { "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff", TRUE, 1 },
    { "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", TRUE, 1 },
    { "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-will-be-like", TRUE, 1 },
    { "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what", FALSE, 0 },
    { "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-", FALSE, 0 },
    { "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 ", FALSE, 0 },
    { "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", FALSE, 0 },
    { "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", FALSE, 0 },
    { "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", FALSE, 0 },
    { "00-00000000000000000000000000000000-00f067aa0ba902b7-01", FALSE, 0 },
    { "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", FALSE, 0 },
    { "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0", FALSE, 0 },
    { "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g", FALSE, 0 },
    { "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", FALSE, 0 },
    { "00-4bf92f3577b34da6a3ce929d0e0e47-00f067aa0ba902b7a3-0001", FALSE, 0 },
    { "", FALSE, 0 },
    { NULL, FALSE, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LeydenTrace trace = { "", "", 9 };
      g_autofree char *text = NULL;

      if (leyden_trace_parse (cases[i].text, &trace) != cases[i].ok)
        g_error ("“%s” should %sbe taken", cases[i].text, cases[i].ok ? "" : "not ");
      if (!cases[i].ok)
        continue;
      g_assert_cmpstr (trace.trace_id, ==, "4bf92f3577b34da6a3ce929d0e0e4736");
      g_assert_cmpstr (trace.span_id, ==, "00f067aa0ba902b7");
      g_assert_cmpuint (trace.flags, ==, cases[i].flags);
      text = leyden_trace_to_string (&trace);
      g_assert_true (g_str_has_prefix (text, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"));
      g_assert_cmpuint (strlen (text), ==, 55);
    }
}

/* What is exported after a restart has the ids that were sent before it. */
static void
test_rollout (void)
{
  LeydenTrace one, same, retry, other;
  g_autofree char *text = NULL;
  LeydenTrace parsed;

  leyden_trace_of_rollout ("r-1", "0", &one);
  leyden_trace_of_rollout ("r-1", "0", &same);
  leyden_trace_of_rollout ("r-1", "1", &retry);
  leyden_trace_of_rollout ("r-2", "0", &other);
  g_assert_cmpmem (&one, sizeof one, &same, sizeof same);
  g_assert_cmpstr (one.trace_id, ==, retry.trace_id);
  g_assert_cmpstr (one.span_id, !=, retry.span_id);
  g_assert_cmpstr (one.trace_id, !=, other.trace_id);
  text = leyden_trace_to_string (&one);
  g_assert_true (leyden_trace_parse (text, &parsed));
  g_assert_cmpstr (parsed.span_id, ==, one.span_id);

  leyden_trace_enter (&one, "solve[3]/check");
  g_assert_cmpstr (one.span_id, !=, same.span_id);
  leyden_trace_enter (&same, "solve[3]/check");
  g_assert_cmpstr (one.span_id, ==, same.span_id);
  g_assert_cmpstr (one.trace_id, ==, same.trace_id);
  leyden_trace_branch (&one);
  g_assert_cmpstr (one.span_id, !=, same.span_id);
  g_assert_cmpstr (one.trace_id, ==, same.trace_id);
  g_assert_cmpuint (strlen (one.span_id), ==, 16);
}

static void
test_state (void)
{
  g_autofree char *longest = g_strnfill (512, 'x');
  g_autofree char *longer = g_strnfill (513, 'x');

  g_assert_true (leyden_trace_is_state ("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"));
  g_assert_true (leyden_trace_is_state (longest));
  g_assert_false (leyden_trace_is_state (longer));
  g_assert_false (leyden_trace_is_state (NULL));
  g_assert_false (leyden_trace_is_state (""));
  g_assert_false (leyden_trace_is_state ("a=\xc3\xa4"));
  g_assert_false (leyden_trace_is_state ("a=b\r\nX: y"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trace/parse", test_parse);
  g_test_add_func ("/trace/rollout", test_rollout);
  g_test_add_func ("/trace/state", test_state);
  return g_test_run ();
}
