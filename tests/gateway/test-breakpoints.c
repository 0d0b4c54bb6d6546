/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <string.h>

#include "debug-fixture.h"
#include "leyden-json.h"

/* Breakpoints of a run over sockets: who changes them, what is told of them, what is left when they go. */

#define BREAK ", \"breakpoints\": [{\"id\": \"one\", \"when\": \"before\", \"node\": \"exanswer\", \"condition\": \"length(text) > 0\"}]"

/* Two who look see the same, and what one does the other sees. */
static void
test_two_clients (DebugFixture  *fixture,
                  gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *put_path = NULL;
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) second = NULL;

  debug_start_run (fixture, ", \"paused\": true", &run, &rollout);
  put_path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);
  first = debug_wait_debug (fixture, rollout);
  second = debug_get_debug (fixture, rollout);
  g_assert_true (leyden_value_equal (first, second));
  g_clear_pointer (&first, leyden_value_unref);
  g_clear_pointer (&second, leyden_value_unref);
  first = server_expect (fixture->server, 200, "PUT", put_path, "{\"breakpoints\": [{\"when\": \"after\", \"node\": \"prompter\"}]}");
  second = server_expect (fixture->server, 200, "GET", put_path, NULL);
  g_assert_true (leyden_value_equal (first, second));
  g_assert_nonnull (value_text_at (first, "/breakpoints/0/id"));
  g_clear_pointer (&first, leyden_value_unref);
  g_clear_pointer (&second, leyden_value_unref);
  first = debug_go (fixture, rollout, "{\"command\": \"continue\"}");
  debug_assert_at (first, "prompter", "breakpoint");
  second = debug_get_debug (fixture, rollout);
  g_assert_true (leyden_value_equal (first, second));
  /* The second to say so is told that it is not paused any more. */
  g_clear_pointer (&first, leyden_value_unref);
  first = debug_go (fixture, rollout, "{\"command\": \"continue\"}");
  g_clear_pointer (&second, leyden_value_unref);
  second = debug_command (fixture, rollout, "{\"command\": \"continue\"}", 409);
}

/* Who changes a list that another has changed is told, and may look again. */
static void
test_revision (DebugFixture  *fixture,
               gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *put_path = NULL;
  g_autofree char *detach_path = NULL;
  g_autofree char *with = NULL;
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) second = NULL;
  g_autoptr(LeydenValue) now = NULL;
  gint64 revision;

  debug_start_run (fixture, ", \"paused\": true", &run, &rollout);
  put_path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);
  detach_path = g_strdup_printf ("/leyden/v1/runs/%s/detach", run);
  first = debug_wait_debug (fixture, rollout);
  g_clear_pointer (&first, leyden_value_unref);
  first = server_expect (fixture->server, 200, "GET", put_path, NULL);
  revision = leyden_value_get_member_int (first, "revision", 0);
  g_assert_cmpint (revision, >, 0);
  with = g_strdup_printf ("{\"revision\": %" G_GINT64_FORMAT ", \"breakpoints\": [{\"id\": \"mine\", \"when\": \"reward\"}]}", revision);
  second = server_expect (fixture->server, 200, "PUT", put_path, with);
  g_assert_cmpint (leyden_value_get_member_int (second, "revision", 0), ==, revision + 1);
  debug_refuse_all (fixture, put_path, "PUT", with, 409);
  debug_refuse_all (fixture, put_path, "PUT", "{\"revision\": 0, \"breakpoints\": []}", 422);
  debug_refuse_all (fixture, put_path, "PUT", "{\"revision\": \"1\", \"breakpoints\": []}", 422);
  now = server_expect (fixture->server, 200, "GET", put_path, NULL);
  g_assert_true (leyden_value_equal (now, second));
  /* Without one it takes the place of what there is; and it counts on over a kill. */
  g_clear_pointer (&second, leyden_value_unref);
  second = server_expect (fixture->server, 200, "PUT", put_path, "{\"breakpoints\": [{\"id\": \"theirs\", \"when\": \"reward\"}]}");
  debug_kill_and_serve (fixture);
  g_clear_pointer (&now, leyden_value_unref);
  now = debug_wait_debug (fixture, rollout);
  g_clear_pointer (&now, leyden_value_unref);
  now = server_expect (fixture->server, 200, "GET", put_path, NULL);
  g_assert_true (leyden_value_equal (now, second));
  g_clear_pointer (&now, leyden_value_unref);
  now = server_expect (fixture->server, 200, "POST", detach_path, "{\"leave\": \"continue\"}");
  g_assert_cmpint (leyden_value_get_member_int (now, "revision", 0), ==, revision + 3);
}

static gpointer
listen (gpointer data)
{
  DebugFixture *fixture = ((gpointer *) data)[0];

  return server_raw (fixture->server, ((gpointer *) data)[1], -1);
}

/* What stands can be looked at when the run has ended, and everybody is told when it changes. */
static void
test_told (DebugFixture  *fixture,
           gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *put_path = NULL;
  g_autofree char *debug_path = NULL;
  g_autofree char *request = NULL;
  g_autofree char *news = NULL;
  g_autoptr(LeydenValue) debug = NULL;
  g_autoptr(LeydenValue) list = NULL;
  gpointer asked[2];
  GThread *thread;

  debug_start_run (fixture, BREAK, &run, &rollout);
  put_path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);
  debug_path = g_strdup_printf ("/leyden/v1/runs/%s/debug", run);
  debug = debug_wait_debug (fixture, rollout);
  request = g_strdup_printf ("GET /leyden/v1/runs/%s/events?records=0 HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAuthorization: Bearer %s\r\n"
                             "Accept: text/event-stream\r\nConnection: close\r\n\r\n", run, fixture->server->port, fixture->server->key);
  asked[0] = fixture;
  asked[1] = request;
  thread = g_thread_new ("listen", listen, asked);
  /* One of them comes after it listens. */
  for (guint i = 0; i < 20; i++)
    {
      g_clear_pointer (&list, leyden_value_unref);
      list = server_expect (fixture->server, 200, "PUT", put_path, "{\"breakpoints\": [{\"id\": \"last\", \"when\": \"after\", \"node\": \"exanswer\"}]}");
      g_usleep (50000);
    }
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"continue\"}");
  debug_assert_at (debug, "exanswer", "breakpoint");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_go (fixture, rollout, "{\"command\": \"stop\"}");
  news = g_thread_join (thread);
  g_assert_nonnull (strstr (news, "event: debug\n"));
  g_assert_nonnull (strstr (news, "\"revision\":"));
  for (guint i = 0; i < 2; i++)
    {
      g_clear_pointer (&list, leyden_value_unref);
      list = server_expect (fixture->server, 200, "GET", i == 0 ? put_path : debug_path, NULL);
      g_assert_cmpuint (leyden_value_get_size (value_at (list, "/breakpoints")), ==, 1);
      g_assert_cmpstr (value_text_at (list, "/breakpoints/0/id"), ==, "last");
      g_assert_cmpint (leyden_value_get_member_int (value_at (list, "/breakpoints/0"), "hits_so_far", -1), ==, 1);
    }
}

/* Killed in the moment of the hit: it is the first one still, and no second rollout stops. */
static void
test_once_kill (DebugFixture  *fixture,
                gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *put_path = NULL;
  g_autoptr(LeydenValue) debug = NULL;
  g_autoptr(LeydenValue) list = NULL;

  debug_start_run (fixture, ", \"breakpoints\": [{\"id\": \"one\", \"when\": \"before\", \"node\": \"exanswer\", \"once\": true}]", &run, &rollout);
  put_path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);
  debug = debug_wait_debug (fixture, rollout);
  debug_assert_at (debug, "exanswer", "breakpoint");
  debug_kill_and_serve (fixture);
  g_clear_pointer (&debug, leyden_value_unref);
  for (guint i = 0; i < 3000 && (debug == NULL || leyden_value_get_size (value_at (debug, "/can")) == 0); i++)
    {
      g_clear_pointer (&debug, leyden_value_unref);
      debug = debug_get_debug (fixture, rollout);
      g_usleep (10000);
    }
  list = server_expect (fixture->server, 200, "GET", put_path, NULL);
  g_assert_false (leyden_value_get_member_boolean (value_at (list, "/breakpoints/0"), "enabled", TRUE));
  g_assert_cmpint (leyden_value_get_member_int (value_at (list, "/breakpoints/0"), "hits_so_far", -1), ==, 1);
}

static void
test_detach (DebugFixture  *fixture,
             gconstpointer  data)
{
  g_autofree char *run = NULL;
  g_autofree char *rollout = NULL;
  g_autofree char *detach_path = NULL;
  g_autoptr(LeydenValue) debug = NULL;
  g_autoptr(LeydenValue) value = NULL;

  debug_start_run (fixture, BREAK, &run, &rollout);
  detach_path = g_strdup_printf ("/leyden/v1/runs/%s/detach", run);
  debug = debug_wait_debug (fixture, rollout);
  value = server_expect (fixture->server, 200, "POST", detach_path, "{\"leave\": \"paused\"}");
  g_assert_cmpuint (leyden_value_get_size (value_at (value, "/breakpoints")), ==, 0);
  g_assert_cmpint (leyden_value_get_member_int (value, "n_paused", -1), ==, 1);
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_get_debug (fixture, rollout);
  debug_assert_at (debug, "exanswer", "breakpoint");
  g_clear_pointer (&value, leyden_value_unref);
  value = server_expect (fixture->server, 200, "POST", detach_path, "{\"leave\": \"continue\"}");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = debug_wait_debug (fixture, rollout);
  g_assert_cmpstr (value_text_at (debug, "/state"), ==, "succeeded");
}

/* In the middle of something that would pause later. */
static void
test_detach_under_way (DebugFixture  *fixture,
                       gconstpointer  data)
{
  static const char * const commands[] = { "{\"command\": \"run-to\", \"node\": \"rewarder\"}", "{\"command\": \"step\"}" };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *run = NULL;
      g_autofree char *rollout = NULL;
      g_autofree char *detach_path = NULL;
      g_autoptr(LeydenValue) debug = NULL;
      g_autoptr(LeydenValue) value = NULL;

      debug_start_run (fixture, ", \"paused\": true", &run, &rollout);
      detach_path = g_strdup_printf ("/leyden/v1/runs/%s/detach", run);
      debug = debug_wait_debug (fixture, rollout);
      value = debug_command (fixture, rollout, commands[i], 200);
      g_clear_pointer (&value, leyden_value_unref);
      value = server_expect (fixture->server, 200, "POST", detach_path, "{\"leave\": \"continue\"}");
      g_assert_cmpint (leyden_value_get_member_int (value, "n_paused", -1), ==, 0);
      g_clear_pointer (&debug, leyden_value_unref);
      debug = debug_wait_debug (fixture, rollout);
      g_assert_cmpstr (value_text_at (debug, "/state"), ==, "succeeded");
    }
}

/* Over a data set: the first one whose answer is wrong, and no other. A paused rollout takes its place among those at once. */
static void
test_first_of_run (DebugFixture  *fixture,
                   gconstpointer  data)
{
  g_autofree char *dataset = sample_path ("arithmetic.jsonl");
  g_autofree char *sha256 = server_upload (fixture->server, dataset);
  g_autofree char *members = g_strdup_printf ("\"dataset\": {\"sha256\": \"%s\", \"name\": \"a\", \"limit\": 12}, \"concurrency\": 2,"
                                              " \"breakpoints\": [{\"when\": \"reward\", \"condition\": \"reward = 0\", \"once\": true}]", sha256);
  g_autoptr(LeydenValue) made = debug_post_run (fixture, members, 201);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s", value_text_at (made, "/run"));
  g_autofree char *debug_path = g_strconcat (path, "/debug", NULL);
  g_autofree char *detach_path = g_strconcat (path, "/detach", NULL);
  g_autofree char *rollout = NULL;
  g_autoptr(LeydenValue) debug = NULL;
  g_autoptr(LeydenValue) ended = NULL;
  g_autoptr(LeydenValue) row = NULL;
  gint64 done = 0;

  for (guint i = 0; i < 3000 && done < 11; i++)
    {
      g_autoptr(LeydenValue) run = server_expect (fixture->server, 200, "GET", path, NULL);

      done = leyden_value_get_member_int (value_at (run, "/summary"), "done", 0);
      g_usleep (10000);
    }
  g_assert_cmpint (done, ==, 11);
  debug = server_expect (fixture->server, 200, "GET", debug_path, NULL);
  g_assert_cmpint (leyden_value_get_member_int (debug, "n_paused", -1), ==, 1);
  g_assert_false (leyden_value_get_member_boolean (value_at (debug, "/breakpoints/0"), "enabled", TRUE));
  rollout = g_strdup (value_text_at (debug, "/paused/0"));
  row = debug_get_debug (fixture, rollout);
  debug_assert_at (row, "rewarder", "breakpoint");
  g_clear_pointer (&debug, leyden_value_unref);
  debug = server_expect (fixture->server, 200, "POST", detach_path, "{\"leave\": \"continue\"}");
  ended = server_wait_run (fixture->server, value_text_at (made, "/run"));
  g_assert_cmpstr (value_text_at (ended, "/state"), ==, "succeeded");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  DEBUG_ADD ("/breakpoints/two-clients", test_two_clients);
  DEBUG_ADD ("/breakpoints/revision", test_revision);
  DEBUG_ADD ("/breakpoints/told", test_told);
  DEBUG_ADD ("/breakpoints/once-kill", test_once_kill);
  DEBUG_ADD ("/breakpoints/detach", test_detach);
  DEBUG_ADD ("/breakpoints/detach/under-way", test_detach_under_way);
  DEBUG_ADD ("/breakpoints/first-of-run", test_first_of_run);
  return g_test_run ();
}
