/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forks while the disk does not take one of the writes. The backend runs in this process, over files that fail when they are told to. */
#include <errno.h>
#include <string.h>

#include "cli-helpers.h"
#include "cut-vfs.h"
#include "leyden-gateway.h"
#include "leyden-json.h"

/* A fork makes fewer writes than this. */
#define MAX_WRITES 200

typedef struct
{
  Sandbox        sandbox;
  char          *database;
  LeydenGateway *gateway;
  Server         server;
} Fixture;

static void
started_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
start (Fixture *fixture)
{
  LeydenGatewayOptions options = { .database = fixture->database, .rendezvous_folder = fixture->sandbox.root };
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  leyden_gateway_start_async (&options, NULL, started_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  fixture->gateway = leyden_gateway_start_finish (result, &error);
  g_assert_no_error (error);
  fixture->server = (Server) { .port = leyden_gateway_get_port (fixture->gateway), .key = g_strdup (leyden_gateway_get_key (fixture->gateway)) };
}

static void
stop (Fixture *fixture)
{
  leyden_gateway_stop (fixture->gateway);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&fixture->gateway);
  g_clear_pointer (&fixture->server.key, g_free);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->database = sandbox_path (&fixture->sandbox, "disk.db");
  start (fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  stop (fixture);
  cut_vfs_forget ();
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->database);
}

/* --- what is there --- */

#define FLOW                                                                                                                                   \
  "{\"leyden\": 1, \"id\": \"disk\", \"title\": \"Disk\", \"nodes\": [{\"id\": \"in\", \"type\": \"input\", \"parameters\": {\"fields\": "                   \
  "[{\"name\": \"q\", \"type\": \"text\"}]}}, {\"id\": \"out\", \"type\": \"output\", \"parameters\": {\"fields\": [{\"name\": \"r\", \"type\": \"text\"}]}}], " \
  "\"edges\": [{\"id\": \"e\", \"source\": \"in\", \"source_port\": \"q\", \"target\": \"out\", \"target_port\": \"r\"}]}"

static LeydenValue *
get_rollout (Fixture    *fixture,
             const char *run)
{
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", run);
  g_autoptr(LeydenValue) list = server_expect (&fixture->server, 200, "GET", path, NULL);

  return leyden_value_ref (value_at (list, "/rollouts/0"));
}

/* (transfer full): path that forks of a rollout that has ended are asked for at */
static char *
run_one (Fixture *fixture)
{
  g_autoptr(LeydenValue) made = server_expect (&fixture->server, 201, "POST", "/leyden/v1/runs",
                                               "{\"flow\": " FLOW ", \"purpose\": \"try\", \"pace\": \"fast\", \"cache\": \"off\", \"input\": {\"q\": \"a\"}}");
  const char *run = value_text_at (made, "/run");
  g_autoptr(LeydenValue) ended = server_wait_run (&fixture->server, run);
  g_autoptr(LeydenValue) rollout = get_rollout (fixture, run);

  g_assert_cmpstr (value_text_at (rollout, "/state"), ==, "succeeded");
  return g_strdup_printf ("/leyden/v1/rollouts/%s/fork", value_text_at (rollout, "/rollout"));
}

/* The run that is not among @known, and is from then on. (transfer full) (nullable) */
static LeydenValue *
find_new_run (Fixture    *fixture,
              GHashTable *known)
{
  g_autoptr(LeydenValue) list = server_expect (&fixture->server, 200, "GET", "/leyden/v1/runs?limit=500", NULL);
  LeydenValue *runs = value_at (list, "/runs"), *found = NULL;

  for (guint i = 0; i < leyden_value_get_size (runs); i++)
    if (g_hash_table_add (known, g_strdup (value_text_at (leyden_value_get_item (runs, i), "/run"))))
      {
        g_assert_null (found);
        found = leyden_value_get_item (runs, i);
      }
  return found != NULL ? leyden_value_ref (found) : NULL;
}

typedef enum { NOTHING, CALLED_OFF, WHOLE } Left;

/* Of a fork that was refused there is nothing, or what says that it was called off; or all of it, and the next start goes on with it. */
static Left
look_at_refused (Fixture    *fixture,
                 GHashTable *known)
{
  g_autoptr(LeydenValue) run = find_new_run (fixture, known);
  g_autoptr(LeydenValue) rollout = NULL;

  if (run == NULL)
    return NOTHING;
  rollout = get_rollout (fixture, value_text_at (run, "/run"));
  if (leyden_value_get_member_int (rollout, "last_sequence", 0) > 0)
    return WHOLE;
  g_assert_cmpstr (value_text_at (run, "/state"), ==, "cancelled");
  g_assert_cmpint (leyden_value_get_member_int (run, "finished", 0), >, 0);
  g_assert_cmpstr (value_text_at (rollout, "/state"), ==, "cancelled");
  g_assert_cmpint (leyden_value_get_member_int (rollout, "finished_ns", 0), >, 0);
  return CALLED_OFF;
}

static void
check_succeeds (Fixture    *fixture,
                const char *run)
{
  g_autoptr(LeydenValue) ended = server_wait_run (&fixture->server, run);
  g_autoptr(LeydenValue) rollout = get_rollout (fixture, run);

  g_assert_cmpstr (value_text_at (rollout, "/state"), ==, "succeeded");
}

/* Asks with a key while the @at-th write from here on fails. FALSE: there were not so many. */
static gboolean
fork_without (Fixture    *fixture,
              const char *path,
              guint       at,
              GHashTable *known,
              guint      *n_left)
{
  g_autofree char *body = g_strdup_printf ("{\"until\": 2, \"client_id\": \"fork-%u\"}", at);
  g_autoptr(LeydenValue) made = NULL;
  g_autoptr(LeydenValue) again = NULL;
  g_autoptr(LeydenValue) run = NULL;
  gboolean reached;
  guint status = 0;
  Left left;

  cut_vfs_fail (at, 1, ENOSPC);
  made = server_ask_text (&fixture->server, "POST", path, body, &status);
  reached = cut_vfs_count () >= at;
  cut_vfs_fail (0, 0, 0);
  if (status == 201)
    {
      run = find_new_run (fixture, known);
      return reached;
    }
  g_assert_cmpuint (status, >=, 500);
  left = look_at_refused (fixture, known);
  n_left[left]++;
  again = server_expect (&fixture->server, left == WHOLE ? 200 : 201, "POST", path, body);
  if (left == WHOLE)
    return reached;
  run = find_new_run (fixture, known);
  g_assert_cmpstr (value_text_at (run, "/run"), ==, value_text_at (again, "/run"));
  check_succeeds (fixture, value_text_at (again, "/run"));
  return reached;
}

/* One write fails, whichever it is: who asked is told so, nothing says that it runs, and who asks again with the same key gets a fork that does. */
static void
test_one_write (Fixture       *fixture,
                gconstpointer  data)
{
  g_autofree char *path = run_one (fixture);
  g_autoptr(GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(LeydenValue) first = find_new_run (fixture, known);
  guint n_left[3] = { 0 }, at = 1;
  GHashTableIter iter;
  gpointer run;

  while (at < MAX_WRITES && fork_without (fixture, path, at, known, n_left))
    at++;
  g_assert_cmpuint (at, <, MAX_WRITES);
  g_assert_cmpuint (n_left[CALLED_OFF], >, 0);
  stop (fixture);
  start (fixture);
  g_hash_table_iter_init (&iter, known);
  while (g_hash_table_iter_next (&iter, &run, NULL))
    {
      g_autoptr(LeydenValue) ended = server_wait_run (&fixture->server, run);
      g_autoptr(LeydenValue) rollout = get_rollout (fixture, run);

      g_assert_cmpstr (value_text_at (rollout, "/state"), !=, "running");
    }
}

typedef struct
{
  Fixture    *fixture;
  const char *run;
} Waiting;

static gboolean
is_cancelled (gpointer data)
{
  Waiting *waiting = data;
  g_autofree char *path = g_strconcat ("/leyden/v1/runs/", waiting->run, NULL);
  g_autoptr(LeydenValue) run = server_expect (&waiting->fixture->server, 200, "GET", path, NULL);

  return g_strcmp0 (value_text_at (run, "/state"), "cancelled") == 0;
}

/* From some write on the disk takes nothing, not even that the fork is called off: that is made up for when it does. */
static void
test_full (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *path = run_one (fixture);
  g_autoptr(GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(LeydenValue) run = find_new_run (fixture, known);
  g_autoptr(LeydenValue) again = NULL;
  guint status = 500;

  g_clear_pointer (&run, leyden_value_unref);
  for (guint at = 1; run == NULL && at < MAX_WRITES; at++)
    {
      g_autoptr(LeydenValue) made = NULL;

      cut_vfs_fail (at, G_MAXUINT, ENOSPC);
      made = server_ask_text (&fixture->server, "POST", path, "{\"until\": 2, \"client_id\": \"fork\"}", &status);
      cut_vfs_fail (0, 0, 0);
      g_assert_cmpuint (status, >=, 500);
      run = find_new_run (fixture, known);
    }
  wait_until (is_cancelled, &(Waiting) { fixture, value_text_at (run, "/run") });
  again = server_expect (&fixture->server, 201, "POST", path, "{\"until\": 2, \"client_id\": \"fork\"}");
  check_succeeds (fixture, value_text_at (again, "/run"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* A backend warns of a disk that fails. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  cut_vfs_install ();
  g_test_add ("/fork-disk/one-write", Fixture, NULL, set_up, test_one_write, tear_down);
  g_test_add ("/fork-disk/full", Fixture, NULL, set_up, test_full, tear_down);
  return g_test_run ();
}
