/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parser of event streams: the standard's cases, and that no result depends on where the bytes are cut. */
#include "leyden-http-client.h"

#include <string.h>

typedef struct
{
  GString *log;
  guint n_events;
  guint stop_after;
} Log;

static gboolean
log_cb (const char *event,
        const char *data,
        gsize       length,
        const char *id,
        gpointer    user_data)
{
  Log *log = user_data;

  g_assert_cmpuint (data[length], ==, '\0');
  g_string_append_printf (log->log, "%s(%s)=", event, id);
  for (gsize i = 0; i < length; i++)
    g_string_append_c (log->log, data[i] == '\n' ? '|' : data[i] == '\0' ? '0' : data[i]);
  g_string_append_c (log->log, ';');
  return ++log->n_events != log->stop_after;
}

static char *
parse (const char *text,
       gsize       length,
       gsize       cut,
       gsize       cut2,
       gboolean   *invalid)
{
  Log log = { g_string_new (NULL), 0, 0 };
  g_autoptr(LeydenSseParser) parser = leyden_sse_parser_new (0, log_cb, &log);
  g_autoptr(GError) error = NULL;

  g_assert_true (leyden_sse_parser_push (parser, text, cut, &error));
  g_assert_true (leyden_sse_parser_push (parser, text + cut, cut2 - cut, &error));
  g_assert_true (leyden_sse_parser_push (parser, text + cut2, length - cut2, &error));
  g_assert_no_error (error);
  *invalid = leyden_sse_parser_saw_invalid_utf8 (parser);
  return g_string_free (log.log, FALSE);
}

typedef struct
{
  const char *text;
  gsize length;
  const char *events;
  gboolean invalid;
} Case;

#define TEXT(text) text, sizeof text - 1
static const Case cases[] = {
  { TEXT ("data: a\n\ndata:b\n\n"), "message()=a;message()=b;" },
  { TEXT ("data: a\r\rdata: b\r\n\r\ndata: c\n\r"), "message()=a;message()=b;message()=c;" },
  { TEXT ("data: a\r\ndata: b\r\ndata:  c\r\n\r\n"), "message()=a|b| c;" },
  { TEXT ("\357\273\277data: bom\n\n\357\273\277data: text\n\n"), "message()=bom;" },
  { TEXT (": comment\n:\ndata: a\n: inside\ndata: b\n\n"), "message()=a|b;" },
  { TEXT ("data\n\ndata\ndata\n\ndata:\n\n"), "message()=;message()=|;message()=;" },
  { TEXT ("event: x\nid: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n"), "x(1)=a;message(1)=b;message()=c;" },
  { TEXT ("event: x\n\ndata: a\n\n"), "message()=a;" },
  { TEXT ("id: 1\0002\ndata: a\n\n"), "message()=a;" },
  { TEXT ("foo: 1\nDATA: 2\n data: 3\ndata: a\nbar\n\n"), "message()=a;" },
  { TEXT ("data: a\0b\n\n"), "message()=a0b;" },
  { TEXT ("data: \303\244\342\202\254\360\237\230\200\n\n"), "message()=ä€😀;" },
  { TEXT ("data: a\377b\303\n\ndata: \355\240\200\n\n"), "message()=a\357\277\275b\357\277\275;"
                                                       "message()=\357\277\275\357\277\275\357\277\275;", TRUE },
  { TEXT ("data: whole\n\ndata: not ended\n"), "message()=whole;" },
  { TEXT ("data: whole\n\ndata: not en"), "message()=whole;" },
  { TEXT ("\n\n\r\r\n\n"), "" },
  { TEXT (""), "" },
};

/* L10: every pair of cuts. L11: the kinds of breaks, comments, fields. L13: what is not ended is no event. L14: characters. */
static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      for (gsize cut = 0; cut <= cases[i].length; cut++)
        {
          for (gsize cut2 = cut; cut2 <= cases[i].length; cut2++)
            {
              gboolean invalid;
              g_autofree char *events = parse (cases[i].text, cases[i].length, cut, cut2, &invalid);

              if (!g_str_equal (events, cases[i].events))
                g_error ("case %u cut at %u, %u: %s", (guint) i, (guint) cut, (guint) cut2, events);
              g_assert_cmpint (invalid, ==, cases[i].invalid);
            }
        }
    }
}

static void
test_limits (void)
{
  Log log = { g_string_new (NULL), 0, 0 };
  g_autoptr(LeydenSseParser) at_limit = leyden_sse_parser_new (100, log_cb, &log);
  g_autoptr(LeydenSseParser) line = leyden_sse_parser_new (100, log_cb, &log);
  g_autoptr(LeydenSseParser) event = leyden_sse_parser_new (100, log_cb, &log);
  g_autoptr(LeydenSseParser) comments = leyden_sse_parser_new (100, log_cb, &log);
  g_autoptr(GError) error = NULL;
  g_autofree char *long_line = g_strnfill (94, 'x');
  gboolean goes_on = TRUE;

  g_assert_true (leyden_sse_parser_push (at_limit, "data: ", 6, &error));
  g_assert_true (leyden_sse_parser_push (at_limit, long_line, 94, &error));
  g_assert_true (leyden_sse_parser_push (at_limit, "\n\n", 2, &error));
  g_assert_cmpuint (log.n_events, ==, 1);

  for (guint i = 0; i < 101 && goes_on; i++)
    {
      goes_on = leyden_sse_parser_push (line, "x", 1, &error);
      g_assert_cmpint (goes_on, ==, i < 100);
    }
  g_assert_error (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_false (leyden_sse_parser_push (line, "\n\n", 2, &error));
  g_assert_no_error (error);

  goes_on = TRUE;
  for (guint i = 0; i < 30 && goes_on; i++)
    goes_on = leyden_sse_parser_push (event, "data: 12345678\n", 15, &error);
  g_assert_error (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TOO_LARGE);
  g_clear_error (&error);

  for (guint i = 0; i < 100000; i++)
    g_assert_true (leyden_sse_parser_push (comments, ":c\n", 3, &error));
  g_string_free (log.log, TRUE);
}

static void
test_stop (void)
{
  Log log = { g_string_new (NULL), 0, 2 };
  g_autoptr(LeydenSseParser) parser = leyden_sse_parser_new (0, log_cb, &log);
  g_autoptr(GError) error = NULL;
  static const char text[] = "data: 1\n\ndata: 2\n\ndata: 3\n\n";

  g_assert_false (leyden_sse_parser_push (parser, text, strlen (text), &error));
  g_assert_no_error (error);
  g_assert_false (leyden_sse_parser_push (parser, text, strlen (text), &error));
  g_assert_cmpuint (log.n_events, ==, 2);
  g_string_free (log.log, TRUE);
}

static void
test_retry (void)
{
  static const struct { const char *text; guint retry_ms; } retries[] = {
    { "retry: 1500\n", 1500 }, { "retry:7\n", 7 }, { "retry: -1\n", 0 }, { "retry: 1e3\n", 0 }, { "retry\n", 0 },
    { "retry: 99999999999999999999\n", G_MAXUINT }, { "retry: 5\nretry: x\n", 5 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (retries); i++)
    {
      Log log = { g_string_new (NULL), 0, 0 };
      g_autoptr(LeydenSseParser) parser = leyden_sse_parser_new (0, log_cb, &log);

      g_assert_true (leyden_sse_parser_push (parser, retries[i].text, strlen (retries[i].text), NULL));
      g_assert_cmpuint (leyden_sse_parser_get_retry_ms (parser), ==, retries[i].retry_ms);
      g_string_free (log.log, TRUE);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hostile/L10-L11-L13-L14/parser", test_cases);
  g_test_add_func ("/hostile/L12/parser", test_limits);
  g_test_add_func ("/sse/stop", test_stop);
  g_test_add_func ("/sse/retry", test_retry);
  return g_test_run ();
}
