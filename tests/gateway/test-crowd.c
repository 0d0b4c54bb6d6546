/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many clients, idle clients and slow ones, against the server as its own process. Counts decide; what they cost is `leydenctl bench
 * gateway`'s to say. */
#include "cli-helpers.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "leyden-bench-load.h"

/* What is promised to be held, and what a process has open besides. */
#define N_IDLE 10000
#define N_SPARE 200

typedef struct
{
  Sandbox  sandbox;
  Server  *server;
  char    *database;
} Crowd;

static void
crowd_set_up (Crowd         *self,
              gconstpointer  data)
{
  g_autoptr(GString) request = g_string_new (NULL);
  const char *body = "[{\"rollout_id\":\"crowd\",\"input\":null}]";

  sandbox_set_up (&self->sandbox);
  self->database = sandbox_path (&self->sandbox, "crowd.db");
  self->server = sandbox_serve (&self->sandbox, "--database", self->database, NULL);
  leyden_load_write (request, self->server->port, self->server->key, "POST", "/api/rollouts", body, strlen (body));
  g_assert_cmpuint (leyden_load_ask (self->server->port, request, NULL), ==, 201);
}

static void
crowd_tear_down (Crowd         *self,
                 gconstpointer  data)
{
  g_assert_cmpint (server_end (self->server, SIGTERM), ==, 0);
  sandbox_tear_down (&self->sandbox);
  g_free (self->database);
}

static void
make_event (GString *out,
            guint    connection,
            guint64  n,
            gpointer data)
{
  Crowd *self = data;
  const char *body = "{\"event_type\":\"reward\",\"data\":{\"value\":1}}";

  leyden_load_write (out, self->server->port, self->server->key, "POST", "/api/rollouts/crowd/attempt/0/events", body, strlen (body));
}

static LeydenLoadResult
run (Crowd *self,
     guint  n_connections,
     guint  n_running,
     guint  n_slow,
     guint  n_requests)
{
  LeydenLoad load = { .port = self->server->port, .n_connections = n_connections, .n_running = n_running, .n_slow = n_slow,
                      .n_requests = n_requests, .make = make_event, .data = self };
  LeydenLoadResult result;
  g_autoptr(GError) error = NULL;

  g_assert_true (leyden_load_run (&load, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.n_answers, ==, n_requests);
  g_assert_cmpuint (result.n_refused, ==, 0);
  g_assert_cmpuint (result.n_broken, ==, 0);
  return result;
}

/* The numbers at which an event loop that fetches 128 events at a time may stall: all answers come. */
static void
test_closed_loop (Crowd         *self,
                  gconstpointer  data)
{
  static const guint numbers[] = { 127, 128, 129, 256, 512, 1000 };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      LeydenLoadResult result = run (self, numbers[i], 0, 0, numbers[i] * 4);

      g_test_message ("%u connections: %.0f requests/s, p99 %.1f ms", numbers[i], (double)result.n_answers / result.seconds, result.p99_ms);
    }
}

/* As many as the descriptors allow, up to 10 000. */
static void
test_idle (Crowd         *self,
           gconstpointer  data)
{
  struct rlimit limit;
  LeydenLoadResult result;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  if (limit.rlim_max < N_IDLE + N_SPARE)
    {
      g_autofree char *reason = g_strdup_printf ("a process may have %" G_GUINT64_FORMAT " descriptors here (ulimit -Hn); %d connections need %d",
                                                 (guint64)limit.rlim_max, N_IDLE, N_IDLE + N_SPARE);

      g_test_skip (reason);
      return;
    }
  limit.rlim_cur = limit.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  result = run (self, N_IDLE, 16, 0, 400);
  g_assert_cmpuint (result.n_lost, ==, 0);
}

static void
test_slow (Crowd         *self,
           gconstpointer  data)
{
  LeydenLoadResult result = run (self, 416, 16, 400, 1600);

  g_test_message ("p99 %.1f ms beside 400 slow clients", result.p99_ms);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/crowd/closed-loop", Crowd, NULL, crowd_set_up, test_closed_loop, crowd_tear_down);
  g_test_add ("/crowd/idle", Crowd, NULL, crowd_set_up, test_idle, crowd_tear_down);
  g_test_add ("/crowd/slow", Crowd, NULL, crowd_set_up, test_slow, crowd_tear_down);
  return g_test_run ();
}
