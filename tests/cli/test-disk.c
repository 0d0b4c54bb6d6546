/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A backend whose disk gets full, really: it is a small one, in a mount namespace of the backend's own. */
#include "cli-helpers.h"

#include "leyden-json.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define DISK_MIB    12
#define BALLAST_MIB 4

typedef struct
{
  Sandbox sandbox;
  char   *folder;               /* where the disk is mounted */
  char   *database;
} Fixture;

static gboolean
can_mount (void)
{
  const char * const argv[] = { "unshare", "-rm", "mount", "-t", "tmpfs", "none", "/tmp", NULL };
  int status;

  return g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, NULL)
         && status == 0;
}

/* From here on leydenctl is started inside a namespace with a small disk. */
static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  g_autofree char *text = NULL;

  sandbox_set_up (&fixture->sandbox);
  fixture->folder = sandbox_path (&fixture->sandbox, "disk");
  fixture->database = g_build_filename (fixture->folder, "leyden.db", NULL);
  g_assert_cmpint (g_mkdir (fixture->folder, 0700), ==, 0);
  text = g_strdup_printf ("#!/bin/sh\nexec unshare -rm sh -c 'mount -t tmpfs -o size=%dm none \"%s\" && exec \"%s\" \"$@\"' sh \"$@\"\n", DISK_MIB,
                          fixture->folder, fixture->sandbox.leydenctl);
  g_free (fixture->sandbox.leydenctl);
  fixture->sandbox.leydenctl = sandbox_write (&fixture->sandbox, "on-a-small-disk", text, -1);
  g_assert_cmpint (g_chmod (fixture->sandbox.leydenctl, 0700), ==, 0);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->folder);
  g_free (fixture->database);
}

/* A file of the backend's disk, as this process reaches it. */
static char *
inside (Fixture    *fixture,
        Server     *server,
        const char *name)
{
  return g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/root%s/%s", server->pid, fixture->folder, name);
}

static guint
post_event (Server *server,
            guint   number)
{
  g_autofree char *filler = g_strnfill (50000, 'e');
  g_autofree char *body = g_strdup_printf ("{\"event_type\":\"note\",\"data\":{\"n\":%u,\"text\":\"%s\"}}", number, filler);
  guint status;
  g_autoptr(LeydenValue) answer = server_ask_text (server, "POST", "/api/rollouts/full/attempt/0/events", body, &status);

  if (status == 507)
    g_assert_nonnull (leyden_value_get_member_string (answer, "detail", NULL));
  return status;
}

static void
test_full (Fixture      *fixture,
           gconstpointer data)
{
  Server *server;
  g_autofree char *ballast = NULL;
  g_autofree char *bytes = g_strnfill (BALLAST_MIB << 20, 'b');
  g_autoptr(LeydenValue) created = NULL;
  g_autoptr(LeydenValue) events = NULL;
  g_autoptr(LeydenValue) database = NULL;
  guint n = 0, status;

  if (!can_mount ())
    {
      g_test_skip ("No mount namespace can be made here");
      return;
    }
  server = sandbox_serve (&fixture->sandbox, "--database", fixture->database, NULL);
  ballast = inside (fixture, server, "ballast");
  g_assert_true (g_file_set_contents (ballast, bytes, BALLAST_MIB << 20, NULL));
  created = server_ask_text (server, "POST", "/api/rollouts",
                             "[{\"rollout_id\":\"full\",\"input\":{}}]", &status);
  g_assert_cmpuint (status / 100, ==, 2);
  while ((status = post_event (server, n)) / 100 == 2)
    g_assert_cmpuint (++n, <, 1000);
  g_assert_cmpuint (status, ==, 507);
  g_assert_cmpuint (n, >, 10);
  /* Again, and again: the same clear answer; what is there can be read. */
  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (post_event (server, n), ==, 507);
  events = server_ask (server, "GET", "/api/rollouts/full/events", NULL, &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_cmpuint (leyden_value_get_size (events), ==, n);

  /* There is room again: so it goes on, and nothing is there twice. */
  g_assert_cmpint (g_unlink (ballast), ==, 0);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpuint (post_event (server, n++) / 100, ==, 2);
  leyden_value_unref (events);
  events = server_ask (server, "GET", "/api/rollouts/full/events", NULL, &status);
  g_assert_cmpuint (leyden_value_get_size (events), ==, n);
  database = server_ask (server, "GET", "/leyden/v1/database", NULL, &status);
  g_assert_cmpuint (status, ==, 200);
  g_assert_true (leyden_value_get_member_boolean (database, "sound", FALSE));
  g_assert_cmpint (server_end (server, SIGTERM), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/cli/disk/full", Fixture, NULL, set_up, test_full, tear_down);
  return g_test_run ();
}
