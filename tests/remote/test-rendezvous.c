/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli-helpers.h"
#include "leyden-backend.h"
#include "leyden-json.h"
#include "leyden-remote-private.h"
#include "leyden-rendezvous.h"

typedef struct
{
  Sandbox sandbox;
  char   *path;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  sandbox_set_up (&fixture->sandbox);
  fixture->path = sandbox_path (&fixture->sandbox, "folder/backend.json");
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  sandbox_tear_down (&fixture->sandbox);
  g_free (fixture->path);
}

static LeydenRendezvous *
make_one (void)
{
  LeydenRendezvous *self = g_new0 (LeydenRendezvous, 1);

  self->address = g_strdup ("127.0.0.1");
  self->port = 40123;
  self->key = g_strdup ("0123456789abcdef");
  self->pid = getpid ();
  self->started_ns = G_GINT64_CONSTANT (1795602949529167830);
  self->database = g_strdup ("/tmp/leyden.db");
  self->version = g_strdup ("0.1.0");
  return self;
}

static void
test_round_trip (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr(LeydenRendezvous) written = make_one ();
  g_autoptr(LeydenRendezvous) read_back = NULL;
  g_autoptr(LeydenRendezvous) none = NULL;
  g_autoptr(GError) error = NULL;
  struct stat status;
  mode_t mask = umask (0);

  none = leyden_rendezvous_read (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_null (none);
  g_assert_true (leyden_rendezvous_write (written, fixture->path, &error));
  umask (mask);
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (fixture->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  read_back = leyden_rendezvous_read (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read_back->port, ==, written->port);
  g_assert_cmpstr (read_back->key, ==, written->key);
  g_assert_cmpint (read_back->started_ns, ==, written->started_ns);
  g_assert_cmpstr (read_back->database, ==, written->database);
  g_assert_true (leyden_rendezvous_is_alive (read_back));

  /* Another's file stays; our own goes. */
  read_back->started_ns++;
  leyden_rendezvous_remove (read_back, fixture->path);
  g_assert_true (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  leyden_rendezvous_remove (written, fixture->path);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  static const char * const texts[] = {
    "", "{}", "[]", "{\"port\":0,\"address\":\"127.0.0.1\",\"key\":\"k\",\"pid\":1}",
    "{\"port\":65536,\"address\":\"127.0.0.1\",\"key\":\"k\",\"pid\":1}", "{\"port\":80,\"address\":\"evil.example\",\"key\":\"k\",\"pid\":1}",
    "{\"port\":80,\"address\":\"127.0.0.1\",\"key\":\"a\\r\\nb\",\"pid\":1}", "{\"port\":80,\"address\":\"127.0.0.1\",\"key\":\"\",\"pid\":1}",
    "{\"port\":80,\"address\":\"127.0.0.1\",\"key\":\"k\",\"pid\":-1}", "{\"port\":80,\"address\":\"127.0.0.1\",\"key\":\"k\",\"pid\":1} x",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenRendezvous) there = leyden_rendezvous_parse (texts[i], strlen (texts[i]), &error);

      g_assert_null (there);
      g_assert_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL);
    }
}

static void
test_open_file (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr(LeydenRendezvous) written = make_one ();
  g_autoptr(LeydenRendezvous) there = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *link_path = sandbox_path (&fixture->sandbox, "link.json");

  g_assert_true (leyden_rendezvous_write (written, fixture->path, NULL));
  g_assert_cmpint (g_chmod (fixture->path, 0644), ==, 0);
  there = leyden_rendezvous_read (fixture->path, &error);
  g_assert_null (there);
  g_assert_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL);
  g_clear_error (&error);
  g_assert_cmpint (g_chmod (fixture->path, 0600), ==, 0);
  g_assert_cmpint (symlink (fixture->path, link_path), ==, 0);
  there = leyden_rendezvous_read (link_path, &error);
  g_assert_null (there);
  g_assert_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL);
  g_clear_error (&error);
  there = leyden_rendezvous_read (fixture->sandbox.root, &error);
  g_assert_null (there);
  g_assert_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL);
}

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static LeydenRendezvous *
find (Fixture *fixture)
{
  g_autofree char *folder = g_path_get_dirname (fixture->path);
  g_autoptr(GAsyncResult) result = NULL;

  leyden_rendezvous_find_async (folder, NULL, NULL, found_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return leyden_rendezvous_find_finish (result);
}

/* Found is what is there, of this user, and lives. */
static void
test_find (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr(LeydenRendezvous) written = make_one ();
  g_autoptr(LeydenRendezvous) there = NULL;

  g_assert_null (find (fixture));
  written->pid = getpid ();
  g_assert_true (leyden_rendezvous_write (written, fixture->path, NULL));
  there = find (fixture);
  g_assert_nonnull (there);
  g_assert_cmpint (there->pid, ==, getpid ());
  g_assert_cmpint (g_chmod (fixture->path, 0644), ==, 0);
  g_assert_null (find (fixture));
  g_assert_cmpint (g_chmod (fixture->path, 0600), ==, 0);
  written->pid = G_MAXINT32;
  g_assert_true (leyden_rendezvous_write (written, fixture->path, NULL));
  g_assert_null (find (fixture));
}

/* A record of a run may hold what a model answered: deep, with a NUL, with integers of any size. */
static void
test_foreign_values (void)
{
  static const char * const texts[] = { "{\"a\":99999999999999999999}", "{\"a\":\"x\\u0000y\"}", "{\"a\":\"\\ud800\"}" };
  g_autoptr(GString) deep = g_string_new (NULL);
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(LeydenValue) one = leyden_remote_parse_text (texts[i], strlen (texts[i]), &error);

      g_assert_no_error (error);
      g_assert_cmpint (leyden_value_get_kind (one), ==, LEYDEN_VALUE_OBJECT);
    }
  for (guint i = 0; i < 210; i++)
    g_string_append_c (deep, '[');
  for (guint i = 0; i < 210; i++)
    g_string_append_c (deep, ']');
  value = leyden_remote_parse_text (deep->str, deep->len, &error);
  g_assert_no_error (error);
  g_assert_nonnull (value);
  g_assert_null (leyden_remote_parse_text ("{\"a\":", 5, &error));
  g_assert_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/remote/rendezvous/round-trip", Fixture, NULL, set_up, test_round_trip, tear_down);
  g_test_add ("/remote/rendezvous/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/remote/rendezvous/open-file", Fixture, NULL, set_up, test_open_file, tear_down);
  g_test_add ("/remote/rendezvous/find", Fixture, NULL, set_up, test_find, tear_down);
  g_test_add_func ("/remote/foreign-values", test_foreign_values);
  return g_test_run ();
}
