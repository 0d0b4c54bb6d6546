/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports as PDF and HTML: what is in them, what is attached, what can not get in; and when scheduled ones are due. */
#include <stdlib.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-pdf-attach.h"
#include "leyden-report.h"
#include "leyden-schedule.h"

#define SECOND G_GINT64_CONSTANT (1000000000)

static LeydenValue *
parse (const char *json)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (json, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
add_panel (LeydenReport *report,
           const char   *title,
           const char   *kind,
           const char   *result,
           const char   *options)
{
  g_autoptr(LeydenValue) answer = parse (result);
  g_autoptr(LeydenValue) how = parse (options);

  leyden_report_add_panel (report, title, kind, answer, how);
}

static LeydenReport *
make_report (void)
{
  LeydenReport *report = leyden_report_new ("Training <b>", "What was learned", "Europe/Berlin", G_GINT64_CONSTANT (1774656000) * SECOND);
  g_autoptr(GString) rows = g_string_new ("{\"columns\":[{\"name\":\"item\"},{\"name\":\"reward\",\"type\":\"number\"}],\"rows\":[");

  leyden_report_add_fact (report, "Period", "27 to 28 March");
  leyden_report_add_text (report, "How to read this", "First line\nSecond line with <script>alert(1)</script>");
  add_panel (report, "Reward", "line", "{\"shape\":\"time\",\"unit\":\"share\",\"series\":[{\"name\":\"a</svg><script>x</script>\",\"x\":[1774656000000000000,1774659600000000000],"
             "\"y\":[0.25,0.75],\"low\":[0.2,0.7],\"high\":[0.3,0.8]}]}", "{\"zone\":\"Europe/Berlin\"}");
  add_panel (report, "Cost by model", "bar", "{\"shape\":\"groups\",\"unit\":\"USD\",\"series\":[{\"name\":\"cost\",\"x\":[\"=cmd()\",\"m\"],\"y\":[1,2]}]}", "{}");
  for (guint i = 0; i < 700; i++)
    g_string_append_printf (rows, "%s[\"item %u\",%g]", i > 0 ? "," : "", i, i / 8.);
  g_string_append (rows, "]}");
  add_panel (report, "Worst items", "table", rows->str, "{}");
  add_panel (report, "Cost", "value", "{\"shape\":\"value\",\"unit\":\"USD\",\"series\":[{\"name\":\"cost\",\"x\":[1774656000000000000],\"y\":[12.5]}]}", "{\"zone\":\"Europe/Berlin\"}");
  add_panel (report, "Broken", "line", "{\"error\":\"no such metric <i>\"}", "{}");
  add_panel (report, "Unknown", "hologram", "{}", "{}");
  return report;
}

static char *
write_report (LeydenReport       *report,
              LeydenReportFormat  format,
              gsize              *length)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = leyden_report_write (report, format, &error);
  const char *folder = g_getenv ("LEYDEN_REPORT_FOLDER");
  char *text;

  g_assert_no_error (error);
  *length = g_bytes_get_size (bytes);
  /* To be looked at. */
  if (folder != NULL)
    {
      g_autofree char *path = g_strdup_printf ("%s/report.%s", folder, leyden_report_format_get_name (format));

      g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) *length, NULL));
    }
  text = g_malloc (*length + 1);
  memcpy (text, g_bytes_get_data (bytes, NULL), *length);
  text[*length] = '\0';
  return text;
}

static guint
count (const char *text,
       const char *word)
{
  guint n = 0;

  for (const char *at = strstr (text, word); at != NULL; at = strstr (at + 1, word))
    n++;
  return n;
}

/* --- HTML --- */

static void
test_html (void)
{
  g_autoptr(LeydenReport) report = make_report ();
  gsize length, data_length;
  g_autofree char *html = write_report (report, LEYDEN_REPORT_HTML, &length);
  const char *data = strstr (html, "data:text/csv;charset=utf-8;base64,");
  g_autofree char *packed = NULL;
  g_autofree guchar *csv = NULL;

  g_assert_cmpuint (strlen (html), ==, length);
  g_assert_true (g_utf8_validate (html, -1, NULL));
  g_assert_true (g_str_has_prefix (html, "<!DOCTYPE html>"));
  /* Nothing runs, nothing is loaded. */
  g_assert_null (strstr (html, "<script"));
  g_assert_null (strstr (html, "javascript:"));
  g_assert_null (strstr (html, " onload"));
  g_assert_null (strstr (html, "src=\"http"));
  g_assert_nonnull (strstr (html, "default-src 'none'"));
  g_assert_nonnull (strstr (html, "<title>Training &lt;b&gt;</title>"));
  g_assert_nonnull (strstr (html, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  g_assert_nonnull (strstr (html, "no such metric &lt;i&gt;"));
  /* A picture each for line, bars and number, with the same words below as in it; a table that is one. */
  g_assert_cmpuint (count (html, "<svg "), ==, 3);
  g_assert_cmpuint (count (html, "</svg>"), ==, 3);
  g_assert_cmpuint (count (html, "<table>"), ==, 1);
  g_assert_cmpuint (count (html, "<tr>"), ==, 501);
  /* A number has no x. */
  g_assert_nonnull (strstr (html, "<figcaption>Number: 1 series, 1 point. cost: $12.50.</figcaption>"));
  g_assert_null (strstr (html, "e+18"));
  g_assert_nonnull (strstr (html, "200 more rows are in the data"));
  g_assert_cmpuint (count (html, "download=\""), ==, 4);
  g_assert_nonnull (strstr (html, "download=\"03-cost-by-model.csv\""));
  /* The data of the first chart. */
  packed = g_strndup (data + strlen ("data:text/csv;charset=utf-8;base64,"), strcspn (data + strlen ("data:text/csv;charset=utf-8;base64,"), "\""));
  csv = g_base64_decode (packed, &data_length);
  g_assert_cmpmem (csv, strlen ("series,x,x_end,y,low,high,n\r\na</svg><script>x</script>,2026-03-28T01:00:00+01,,0.25,0.2,0.3,\r\n"),
                   "series,x,x_end,y,low,high,n\r\na</svg><script>x</script>,2026-03-28T01:00:00+01,,0.25,0.2,0.3,\r\n",
                   strlen ("series,x,x_end,y,low,high,n\r\na</svg><script>x</script>,2026-03-28T01:00:00+01,,0.25,0.2,0.3,\r\n"));
}

/* No two pictures in one page have a name in common, and every name that is used is there. */
static void
test_html_names (void)
{
  g_autoptr(LeydenReport) report = make_report ();
  gsize length;
  g_autofree char *html = write_report (report, LEYDEN_REPORT_HTML, &length);
  g_autoptr(GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  static const char * const uses[] = { "href=\"#", "url(#" };

  for (const char *at = strstr (html, " id=\""); at != NULL; at = strstr (at + 1, " id=\""))
    g_assert_true (g_hash_table_add (names, g_strndup (at + 5, strcspn (at + 5, "\""))));
  g_assert_cmpuint (g_hash_table_size (names), >, 10);
  for (guint i = 0; i < G_N_ELEMENTS (uses); i++)
    for (const char *at = strstr (html, uses[i]); at != NULL; at = strstr (at + 1, uses[i]))
      {
        g_autofree char *name = g_strndup (at + strlen (uses[i]), strcspn (at + strlen (uses[i]), "\")"));

        g_assert_true (g_hash_table_contains (names, name));
      }
}

/* --- PDF --- */

static const char *
find_from_end (const char *data,
               gsize       length,
               const char *word)
{
  for (gsize i = length - strlen (word); i > 0; i--)
    if (memcmp (data + i, word, strlen (word)) == 0)
      return data + i;
  return NULL;
}

/* Every object stands where the tables say, in all updates of the file. */
static guint
check_tables (const char *data,
              gsize       length)
{
  gint64 at = g_ascii_strtoll (find_from_end (data, length, "startxref") + 9, NULL, 10);
  guint n_objects = 0;

  while (at > 0)
    {
      const char *p = data + at, *previous, *trailer;

      g_assert_true (g_str_has_prefix (p, "xref"));
      p += 5;
      while (g_ascii_isdigit (*p))
        {
          guint first, n;

          first = (guint) strtoul (p, (char **) &p, 10);
          n = (guint) strtoul (p, (char **) &p, 10);
          while (*p == '\n' || *p == '\r' || *p == ' ')
            p++;
          for (guint i = 0; i < n; i++, p += 20)
            if (p[17] == 'n')
              {
                g_autofree char *begin = g_strdup_printf ("%u 0 obj", first + i);
                gint64 offset = g_ascii_strtoll (p, NULL, 10);

                g_assert_cmpint (offset, <, (gint64) length);
                g_assert_true (g_str_has_prefix (data + offset, begin));
                n_objects++;
              }
        }
      trailer = p;
      g_assert_true (g_str_has_prefix (trailer, "trailer"));
      previous = strstr (trailer, "/Prev ");
      at = previous != NULL && previous < strstr (trailer, "startxref") ? g_ascii_strtoll (previous + 6, NULL, 10) : 0;
    }
  return n_objects;
}

static char *
inflate (const char *data,
         gsize       length,
         gsize      *out_length)
{
  g_autoptr(GConverter) zlib = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB));
  g_autoptr(GInputStream) memory = g_memory_input_stream_new_from_data (data, (gssize) length, NULL);
  g_autoptr(GInputStream) stream = g_converter_input_stream_new (memory, zlib);
  char *out = g_malloc (1000000);
  g_autoptr(GError) error = NULL;

  g_input_stream_read_all (stream, out, 999999, out_length, NULL, &error);
  g_assert_no_error (error);
  out[*out_length] = '\0';
  return out;
}

static void
test_pdf (void)
{
  g_autoptr(LeydenReport) report = make_report ();
  gsize length, inflated_length;
  g_autofree char *pdf = write_report (report, LEYDEN_REPORT_PDF, &length);
  const char *end = pdf + length, *file = pdf;
  guint n_files = 0;
  gboolean defused = FALSE;

  g_assert_true (g_str_has_prefix (pdf, "%PDF-1.4"));
  g_assert_cmpuint (check_tables (pdf, length), >, 20);
  g_assert_nonnull (memmem (pdf, length, "(03-cost-by-model.csv)", strlen ("(03-cost-by-model.csv)")));
  while ((file = memmem (file, (gsize) (end - file), "/Type /EmbeddedFile", strlen ("/Type /EmbeddedFile"))) != NULL)
    {
      gsize packed = (gsize) atol (strstr (file, "/Length ") + 8), size = (gsize) atol (strstr (file, "/Size ") + 6);
      g_autofree char *csv = inflate (strstr (file, "stream\n") + 7, packed, &inflated_length);

      g_assert_cmpuint (inflated_length, ==, size);
      defused = defused || strstr (csv, "\"'=cmd()\"") != NULL;
      n_files++;
      file += packed;
    }
  /* Line, bars, table, number; all 700 rows. */
  g_assert_cmpuint (n_files, ==, 4);
  g_assert_true (defused);
}

static void
test_pdf_refused (void)
{
  static const char * const bad[] = { "", "%PDF-1.4", "%PDF-1.4\ntrailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n99999\n%%EOF",
                                      "%PDF-1.4\n1 0 obj\n<< /Names 5 >>\nendobj\nxref\ntrailer\n<< /Size 2 /Root 1 0 R >>\nstartxref\n40\n%%EOF", "startxref trailer", "trailer startxref" };
  g_autoptr(GPtrArray) files = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GBytes) pdf = g_bytes_new_static (bad[i], strlen (bad[i]));
      g_autoptr(GError) error = NULL;

      g_assert_null (leyden_pdf_attach (pdf, files, 0, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(GError) error = NULL;

  *(GBytes **) data = leyden_report_write_finish (result, &error);
  g_assert_no_error (error);
}

static void
test_thread (void)
{
  g_autoptr(LeydenReport) empty = leyden_report_new ("Empty", "", "Mars/Base", 0);
  gsize length;
  g_autofree char *pdf = write_report (empty, LEYDEN_REPORT_PDF, &length);
  GBytes *bytes = NULL;

  g_assert_true (g_str_has_prefix (pdf, "%PDF"));
  leyden_report_write_async (make_report (), LEYDEN_REPORT_PDF, NULL, written_cb, &bytes);
  while (bytes == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (g_bytes_get_size (bytes), >, 10000);
  g_bytes_unref (bytes);
}

/* --- schedules --- */

static gint64
at (const char *zone_name,
    const char *text)
{
  g_autoptr(GTimeZone) zone = g_time_zone_new_identifier (zone_name);
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601 (text, zone);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time) * SECOND;
}

static void
test_schedule (void)
{
  static const struct { const char *schedule, *zone, *after, *next; } cases[] = {
    { "{\"every\":\"day\",\"at\":\"07:30\",\"zone\":\"Europe/Berlin\"}", "Europe/Berlin", "2026-03-27T07:29:59", "2026-03-27T07:30:00" },
    { "{\"every\":\"day\",\"at\":\"07:30\",\"zone\":\"Europe/Berlin\"}", "Europe/Berlin", "2026-03-27T07:30:00", "2026-03-28T07:30:00" },
    /* 23 hours later, by the same clock. */
    { "{\"every\":\"day\",\"at\":\"07:30\",\"zone\":\"Europe/Berlin\"}", "Europe/Berlin", "2026-03-28T07:30:00", "2026-03-29T07:30:00" },
    /* Half past two does not come: three o'clock is when it would. */
    { "{\"every\":\"day\",\"at\":\"02:30\",\"zone\":\"Europe/Berlin\"}", "Europe/Berlin", "2026-03-28T03:00:00", "2026-03-29T03:00:00" },
    /* Half past two comes twice: the first counts, and the second is no other. */
    { "{\"every\":\"day\",\"at\":\"02:30\",\"zone\":\"Europe/Berlin\"}", "UTC", "2026-10-24T12:00:00", "2026-10-25T00:30:00" },
    { "{\"every\":\"day\",\"at\":\"02:30\",\"zone\":\"Europe/Berlin\"}", "UTC", "2026-10-25T00:30:00", "2026-10-26T01:30:00" },
    { "{\"every\":\"week\",\"at\":\"00:00\",\"weekday\":1}", "UTC", "2026-03-27T12:00:00", "2026-03-30T00:00:00" },
    { "{\"every\":\"week\",\"at\":\"23:59\",\"weekday\":7,\"zone\":\"Asia/Tokyo\"}", "Asia/Tokyo", "2026-03-29T23:59:00", "2026-04-05T23:59:00" },
    { "{\"every\":\"month\",\"at\":\"06:00\",\"day\":31}", "UTC", "2026-01-31T06:00:00", "2026-02-28T06:00:00" },
    { "{\"every\":\"month\",\"at\":\"06:00\",\"day\":31}", "UTC", "2028-02-01T06:00:00", "2028-02-29T06:00:00" },
    { "{\"every\":\"month\",\"at\":\"06:00\",\"day\":1}", "UTC", "2026-12-31T06:00:00", "2027-01-01T06:00:00" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) schedule = parse (cases[i].schedule);
      g_autoptr(GError) error = NULL;

      g_assert_true (leyden_schedule_check (schedule, &error));
      g_assert_no_error (error);
      g_test_message ("case %u", i);
      g_assert_cmpint (leyden_schedule_next (schedule, at (cases[i].zone, cases[i].after)), ==, at (cases[i].zone, cases[i].next));
    }
}

/* Over two years no day is left out, and none comes twice, whatever the clocks do. */
static void
test_schedule_years (void)
{
  static const char * const zones[] = { "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Beirut", "UTC", "Asia/Kathmandu" };
  static const char * const times[] = { "00:00", "00:30", "02:15", "02:30", "03:00", "23:45" };

  for (guint z = 0; z < G_N_ELEMENTS (zones); z++)
    for (guint t = 0; t < G_N_ELEMENTS (times); t++)
      {
        g_autofree char *json = g_strdup_printf ("{\"every\":\"day\",\"at\":\"%s\",\"zone\":\"%s\"}", times[t], zones[z]);
        g_autoptr(LeydenValue) schedule = parse (json);
        gint64 moment = leyden_schedule_next (schedule, at ("UTC", "2025-12-31T00:00:00"));

        for (guint i = 0; i < 730; i++)
          {
            gint64 next = leyden_schedule_next (schedule, moment);

            g_assert_cmpint (next - moment, >=, 22 * 3600 * SECOND);
            g_assert_cmpint (next - moment, <=, 26 * 3600 * SECOND);
            moment = next;
          }
      }
}

static void
test_schedule_refused (void)
{
  static const struct { const char *schedule, *names; } cases[] = {
    { "{}", "every" }, { "{\"every\":\"year\",\"at\":\"07:30\"}", "every" }, { "{\"every\":\"day\"}", "at" }, { "{\"every\":\"day\",\"at\":\"24:00\"}", "at" },
    { "{\"every\":\"day\",\"at\":\"7:30\"}", "at" }, { "{\"every\":\"week\",\"at\":\"07:30\",\"weekday\":8}", "weekday" },
    { "{\"every\":\"week\",\"at\":\"07:30\",\"weekday\":1.5}", "weekday" }, { "{\"every\":\"month\",\"at\":\"07:30\",\"day\":32}", "day" },
    { "{\"every\":\"day\",\"at\":\"07:30\",\"zone\":\"Mars/Base\"}", "zone" }, { "5", "every" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) schedule = parse (cases[i].schedule);
      g_autoptr(GError) error = NULL;

      g_assert_false (leyden_schedule_check (schedule, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_true (g_str_has_prefix (error->message, cases[i].names));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/html", test_html);
  g_test_add_func ("/report/html/names", test_html_names);
  g_test_add_func ("/report/pdf", test_pdf);
  g_test_add_func ("/report/pdf/refused", test_pdf_refused);
  g_test_add_func ("/report/thread", test_thread);
  g_test_add_func ("/report/schedule", test_schedule);
  g_test_add_func ("/report/schedule/years", test_schedule_years);
  g_test_add_func ("/report/schedule/refused", test_schedule_refused);
  return g_test_run ();
}
