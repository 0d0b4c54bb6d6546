/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports of the backend: made on request and by the clock, kept, fetched, removed. */
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>

#include "cli-helpers.h"
#include "leyden-json.h"
#include "leyden-report-maker.h"

#define REPORTS "/leyden/v1/reports"
#define SCHEDULES "/leyden/v1/schedules"

typedef struct
{
  Sandbox  sandbox;
  char    *database;
  Server  *server;
} Fixture;

static void
start (Fixture *fixture)
{
  fixture->server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
}

static void
stop (Fixture *fixture)
{
  g_assert_cmpint (server_end (fixture->server, SIGTERM), ==, 0);
  fixture->server = NULL;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "reports.db");
  start (fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  stop (fixture);
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

static LeydenValue *
ask (Fixture    *fixture,
     const char *method,
     const char *path,
     const char *body,
     guint       expected)
{
  guint status;
  LeydenValue *answer = body != NULL ? server_ask_text (fixture->server, method, path, body, &status)
                                     : server_ask (fixture->server, method, path, NULL, &status);

  if (status != expected)
    {
      g_autofree char *text = leyden_json_write (answer, LEYDEN_JSON_COMPACT);

      g_error ("%s %s %.200s: %u, not %u: %s", method, path, body != NULL ? body : "", status, expected, text);
    }
  return answer;
}

/* An answer, if there is one. */
static void
drop (LeydenValue *answer)
{
  if (answer != NULL)
    leyden_value_unref (answer);
}

static char *
get_file (Fixture     *fixture,
          LeydenValue *row)
{
  return g_strdup_printf ("%s-reports/%s", fixture->database, leyden_value_get_member_string (row, "file", ""));
}

static guint
count (Fixture    *fixture,
       const char *path,
       const char *member)
{
  g_autoptr(LeydenValue) all = ask (fixture, "GET", path, NULL, 200);

  return leyden_value_get_size (leyden_value_get_member (all, member));
}

/* Every ready dashboard, in both forms: a file that is what it says, in the list, fetched as it lies there, gone when it is removed. */
static void
test_on_demand (Fixture       *fixture,
                gconstpointer  data)
{
  static const char * const dashboards[] = { "ready-training", "ready-operations", "ready-cost", "ready-quality", "ready-machine" };
  static const char * const formats[] = { "pdf", "html" };

  for (guint i = 0; i < G_N_ELEMENTS (dashboards); i++)
    for (guint k = 0; k < 2; k++)
      {
        g_autofree char *body = g_strdup_printf ("{\"dashboard\":\"%s\",\"format\":\"%s\",\"zone\":\"Europe/Berlin\",\"time\":{\"range\":\"7d\"}}", dashboards[i], formats[k]);
        g_autoptr(LeydenValue) row = ask (fixture, "POST", REPORTS, body, 201);
        g_autofree char *path = get_file (fixture, row);
        g_autofree char *contents = NULL;
        gsize length;
        GStatBuf info;

        g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
        g_assert_cmpint (leyden_value_get_member_int (row, "size", 0), ==, (gint64) length);
        g_assert_true (g_str_has_prefix (contents, k == 0 ? "%PDF-1.4" : "<!DOCTYPE html>"));
        g_assert_true (g_str_has_suffix (path, formats[k]));
        g_assert_cmpint (g_stat (path, &info), ==, 0);
        g_assert_cmpint (info.st_mode & 0077, ==, 0);
        /* No panel of a ready dashboard asks for what cannot be asked. */
        if (k == 1)
          {
            if (strstr (contents, "class=\"failed\"") != NULL)
              g_test_message ("%s: %.300s", dashboards[i], strstr (contents, "class=\"failed\""));
            g_assert_nonnull (strstr (contents, "Europe/Berlin"));
            g_assert_null (strstr (contents, "<script"));
          }
      }
  g_assert_cmpuint (count (fixture, REPORTS, "reports"), ==, 10);
  {
    g_autoptr(LeydenValue) all = ask (fixture, "GET", REPORTS, NULL, 200);
    LeydenValue *newest = leyden_value_get_item (leyden_value_get_member (all, "reports"), 0);
    g_autofree char *path = g_strdup_printf (REPORTS "/%s", leyden_value_get_member_string (newest, "report", ""));
    g_autofree char *file = get_file (fixture, newest);

    g_assert_cmpstr (leyden_value_get_member_string (newest, "dashboard", ""), ==, "ready-machine");
    drop (ask (fixture, "DELETE", path, NULL, 204));
    drop (ask (fixture, "DELETE", path, NULL, 404));
    drop (ask (fixture, "GET", path, NULL, 404));
    for (guint i = 0; i < 100 && g_file_test (file, G_FILE_TEST_EXISTS); i++)
      g_usleep (50000);
    g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  }
  /* What there is, is there after a restart. */
  stop (fixture);
  start (fixture);
  g_assert_cmpuint (count (fixture, REPORTS, "reports"), ==, 9);
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  static const struct { const char *body; guint status; } cases[] = {
    { "{}", 422 }, { "{\"dashboard\":\"a\",\"experiment\":\"b\"}", 422 }, { "{\"dashboard\":\"none\"}", 404 }, { "{\"dashboard\":\"ready-none\"}", 404 },
    { "{\"experiment\":\"none\"}", 404 }, { "{\"dashboard\":\"ready-cost\",\"format\":\"doc\"}", 422 }, { "{\"dashboard\":\"ready-cost\",\"zone\":\"Mars/Base\"}", 422 },
    { "{\"dashboard\":\"ready-cost\",\"time\":{\"range\":\"ever\"}}", 422 }, { "{\"dashboard\":\"ready-cost\",\"variables\":5}", 422 }, { "{\"dashboard\":\"../../etc/passwd\"}", 404 },
  };
  static const char * const schedules[] = {
    "{\"dashboard\":\"ready-cost\"}", "{\"dashboard\":\"ready-cost\",\"every\":\"day\"}", "{\"dashboard\":\"ready-cost\",\"every\":\"day\",\"at\":\"25:00\"}",
    "{\"every\":\"day\",\"at\":\"07:30\"}", "{\"dashboard\":\"ready-cost\",\"every\":\"day\",\"at\":\"07:30\",\"keep\":0}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    drop (ask (fixture, "POST", REPORTS, cases[i].body, cases[i].status));
  for (guint i = 0; i < G_N_ELEMENTS (schedules); i++)
    drop (ask (fixture, "PUT", SCHEDULES "/mine", schedules[i], 422));
  drop (ask (fixture, "PUT", SCHEDULES "/a%20b", "{\"dashboard\":\"ready-cost\",\"every\":\"day\",\"at\":\"07:30\"}", 422));
  drop (ask (fixture, "DELETE", SCHEDULES "/mine", NULL, 404));
  drop (ask (fixture, "GET", REPORTS "/..%2f..%2fetc%2fpasswd", NULL, 404));
  g_assert_cmpuint (count (fixture, REPORTS, "reports"), ==, 0);
}

/* Sets back when a schedule was made last, as if the backend had been off since. */
static void
set_back (Fixture *fixture,
          guint    days)
{
  g_autofree char *sql = g_strdup_printf ("UPDATE documents SET value = json_set (value, '$.last', json_extract (value, '$.last') - %u * 86400000000000) "
                                          "WHERE kind = 'report-schedule'", days);
  sqlite3 *db;
  char *message = NULL;

  g_assert_cmpint (sqlite3_open (fixture->database, &db), ==, SQLITE_OK);
  if (sqlite3_exec (db, sql, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s", message);
  g_assert_cmpint (sqlite3_changes (db), >, 0);
  sqlite3_close (db);
}

static void
wait_for_reports (Fixture *fixture,
                  guint    n)
{
  for (guint i = 0; i < 600 && count (fixture, REPORTS, "reports") < n; i++)
    g_usleep (50000);
  g_assert_cmpuint (count (fixture, REPORTS, "reports"), ==, n);
}

/* Missed on many days: made once at the next start, and not again at the one after it. A dashboard that is gone is told, and not tried again and again. */
static void
test_missed (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr(LeydenValue) put = ask (fixture, "PUT", SCHEDULES "/mine",
                                    "{\"dashboard\":\"ready-cost\",\"format\":\"html\",\"every\":\"day\",\"at\":\"00:00\",\"zone\":\"Europe/Berlin\",\"keep\":2}", 200);
  g_autoptr(LeydenValue) broken = ask (fixture, "PUT", SCHEDULES "/broken", "{\"dashboard\":\"gone\",\"every\":\"day\",\"at\":\"00:00\"}", 200);
  g_autoptr(LeydenValue) off = ask (fixture, "PUT", SCHEDULES "/off", "{\"dashboard\":\"ready-cost\",\"every\":\"day\",\"at\":\"00:00\",\"enabled\":false}", 200);
  gint64 now_ns = g_get_real_time () * 1000, next = leyden_value_get_member_int (put, "next", 0);

  g_assert_cmpint (next, >, now_ns);
  g_assert_cmpint (next, <=, now_ns + G_GINT64_CONSTANT (90000000000000));
  g_assert_null (leyden_value_get_member (off, "next"));
  g_assert_cmpuint (count (fixture, REPORTS, "reports"), ==, 0);
  for (guint i = 1; i <= 4; i++)
    {
      stop (fixture);
      set_back (fixture, 9);
      start (fixture);
      /* Two are kept. */
      wait_for_reports (fixture, MIN (i, 2));
    }
  stop (fixture);
  start (fixture);
  g_usleep (300000);
  g_assert_cmpuint (count (fixture, REPORTS, "reports"), ==, 2);
  {
    g_autoptr(LeydenValue) all = ask (fixture, "GET", SCHEDULES, NULL, 200);
    LeydenValue *list = leyden_value_get_member (all, "schedules");

    g_assert_cmpuint (leyden_value_get_size (list), ==, 3);
    g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (list, 0), "id", ""), ==, "broken");
    g_assert_nonnull (strstr (leyden_value_get_member_string (leyden_value_get_item (list, 0), "error", ""), "gone"));
    g_assert_null (leyden_value_get_member_string (leyden_value_get_item (list, 1), "error", NULL));
    g_assert_nonnull (leyden_value_get_member_string (leyden_value_get_item (list, 1), "report", NULL));
  }
  drop (ask (fixture, "DELETE", SCHEDULES "/mine", NULL, 204));
  g_assert_cmpuint (count (fixture, SCHEDULES, "schedules"), ==, 2);
  g_assert_cmpuint (count (fixture, REPORTS, "reports"), ==, 2);
}

/* The command has the backend make it, copies it, and lists what there is; without a backend it says so. */
static void
test_command (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *output = sandbox_path (&fixture->sandbox, "cost.html");
  g_autofree char *nowhere = sandbox_path (&fixture->sandbox, "nowhere.db");
  g_autofree char *contents = NULL;
  g_autoptr(Outcome) made = sandbox_run (&fixture->sandbox, "report", "ready-cost", "--format", "html", "--zone", "Europe/Berlin", "--range", "month", "--title", "Costs <b>",
                                         "--output", output, "--database", fixture->database, NULL);
  g_autoptr(Outcome) listed = sandbox_run (&fixture->sandbox, "report", "--database", fixture->database, NULL);
  g_autoptr(Outcome) json = sandbox_run (&fixture->sandbox, "report", "--database", fixture->database, "--json", NULL);
  g_autoptr(Outcome) unknown = sandbox_run (&fixture->sandbox, "report", "nothing", "--database", fixture->database, NULL);
  g_autoptr(Outcome) both = sandbox_run (&fixture->sandbox, "report", "ready-cost", "--experiment", "x", "--database", fixture->database, NULL);
  g_autoptr(Outcome) alone = sandbox_run (&fixture->sandbox, "report", "ready-cost", "--database", nowhere, NULL);
  g_autoptr(GPtrArray) lines = outcome_lines (json);

  g_assert_cmpint (made->status, ==, 0);
  g_assert_true (g_file_get_contents (output, &contents, NULL, NULL));
  g_assert_nonnull (strstr (contents, "<title>Costs &lt;b&gt;</title>"));
  g_assert_nonnull (strstr (contents, "Europe/Berlin"));
  g_assert_cmpint (listed->status, ==, 0);
  g_assert_nonnull (strstr (listed->out, "-costs-b-"));
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (lines->pdata[0], "reports")), ==, 1);
  g_assert_cmpint (unknown->status, !=, 0);
  g_assert_nonnull (strstr (unknown->err, "nothing"));
  g_assert_cmpint (both->status, ==, 2);
  g_assert_cmpint (alone->status, ==, 4);
}

/* What is wrong is said before a backend is asked: which option, and what it may be. */
static void
test_command_refusals (Fixture       *fixture,
                       gconstpointer  data)
{
  static const struct { const char *option, *value, *remedy; } cases[] = {
    { "--range", "xx", "24h" }, { "--range", "", "24h" }, { "--range", "7", "7d" }, { "--range", "99999d", "month" }, { "--zone", "Mars/Base", "Europe/Berlin" },
    { "--format", "doc", "pdf" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Outcome) refused = sandbox_run (&fixture->sandbox, "report", "ready-cost", cases[i].option, cases[i].value, "--database", fixture->database, NULL);

      g_test_message ("%s %s: %s", cases[i].option, cases[i].value, refused->err);
      g_assert_cmpint (refused->status, ==, 2);
      g_assert_nonnull (strstr (refused->err, cases[i].option));
      g_assert_nonnull (strstr (refused->err, cases[i].remedy));
      g_assert_null (strchr (refused->err, '{'));
    }
}

/* --- an experiment --- */

static char *
write_experiment (LeydenValue        *snapshot,
                  LeydenReportFormat  format)
{
  g_autoptr(LeydenReport) report = leyden_report_from_experiment (snapshot, NULL, "UTC", G_GINT64_CONSTANT (1795615400000000000));
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = leyden_report_write (report, format, &error);

  g_assert_no_error (error);
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
test_experiment (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "desktop", "experiment.json", NULL);
  g_autofree char *json = NULL;
  g_autoptr(LeydenValue) snapshot = NULL;
  g_autoptr(LeydenValue) empty = leyden_value_new_null ();
  g_autofree char *html = NULL;
  g_autofree char *pdf = NULL;
  g_autofree char *nothing = NULL;

  g_assert_true (g_file_get_contents (path, &json, NULL, NULL));
  snapshot = leyden_json_parse (json, -1, NULL, NULL);
  html = write_experiment (snapshot, LEYDEN_REPORT_HTML);
  pdf = write_experiment (snapshot, LEYDEN_REPORT_PDF);
  nothing = write_experiment (empty, LEYDEN_REPORT_HTML);
  g_assert_true (g_str_has_prefix (pdf, "%PDF"));
  g_assert_nonnull (strstr (html, "Calculator agent"));
  g_assert_nonnull (strstr (html, "+0.44 [0.31, 0.56], paired, n = 62 test items"));
  g_assert_nonnull (strstr (html, "600 of 600"));
  g_assert_nonnull (strstr (html, "Simulated"));
  g_assert_nonnull (strstr (html, "Best reward by task calls"));
  g_assert_nonnull (strstr (html, "What the best candidate changed"));
  g_assert_nonnull (strstr (html, "Solve this problem:"));
  /* As many rows as candidates; a snapshot without anything is a report, too. */
  g_assert_nonnull (strstr (html, "<td class=\"number\">7</td>"));
  g_assert_null (strstr (html, "<td class=\"number\">8</td><td>a1b2"));
  g_assert_nonnull (strstr (nothing, "<h1>Experiment</h1>"));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/reports/on-demand", Fixture, NULL, set_up, test_on_demand, tear_down);
  g_test_add ("/reports/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/reports/missed", Fixture, NULL, set_up, test_missed, tear_down);
  g_test_add ("/reports/command", Fixture, NULL, set_up, test_command, tear_down);
  g_test_add ("/reports/command-refusals", Fixture, NULL, set_up, test_command_refusals, tear_down);
  g_test_add_func ("/reports/experiment", test_experiment);
  return g_test_run ();
}
