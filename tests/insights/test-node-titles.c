/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What nodes are called whose paths stand in facts: by the latest versions of the flows that ran. */
#include <glib/gstdio.h>
#include <string.h>

#include "leyden-blobs.h"
#include "leyden-node-titles.h"

typedef struct
{
  char    *folder;
  char    *file;
  char    *blobs;
  sqlite3 *db;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->folder = g_dir_make_tmp ("leyden-titles-XXXXXX", NULL);
  fixture->file = g_build_filename (fixture->folder, "a.db", NULL);
  fixture->blobs = g_strconcat (fixture->file, "-blobs", NULL);
  g_assert_cmpint (g_mkdir (fixture->blobs, 0700), ==, 0);
  g_assert_cmpint (sqlite3_open (fixture->file, &fixture->db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (fixture->db, "CREATE TABLE runs (id INTEGER PRIMARY KEY, created_ns INTEGER, definition TEXT);"
                                 "CREATE TABLE experiments (id INTEGER PRIMARY KEY, created_ns INTEGER, definition TEXT);", NULL, NULL, NULL), ==, SQLITE_OK);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  const char *command[] = { "rm", "-r", fixture->folder, NULL };

  sqlite3_close (fixture->db);
  g_assert_true (g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free (fixture->folder);
  g_free (fixture->file);
  g_free (fixture->blobs);
}

static void
add (Fixture    *fixture,
     const char *table,
     int         created,
     const char *flow,
     const char *document)
{
  g_autofree char *sha256 = leyden_blobs_put (fixture->blobs, document, strlen (document), NULL);
  g_autofree char *sql = g_strdup_printf ("INSERT INTO %s (created_ns, definition) VALUES (%d, '{\"flow_id\":\"%s\",\"flow\":\"%s\"}')", table, created, flow, sha256);

  g_assert_nonnull (sha256);
  g_assert_cmpint (sqlite3_exec (fixture->db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
}

static void
assert_titles (Fixture *fixture,
               const char * const (*cases)[2],
               guint               n)
{
  g_autoptr(LeydenNodeTitles) titles = leyden_node_titles_read (fixture->db);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *title = leyden_node_titles_find (titles, cases[i][0]);

      g_test_message ("%s", cases[i][0]);
      g_assert_cmpstr (title, ==, cases[i][1]);
    }
}

static void
test_titles (Fixture       *fixture,
             gconstpointer  data)
{
  static const char * const cases[][2] = {
    { "solveagt", "Solver" }, { "gonenode", "Was here" }, { "untitled", NULL }, { "unknown", NULL }, { "twinone", "Twin · twinone" }, { "twintwo", "Twin · twintwo" },
    { "solveagt/calctool", "Calculator · solveagt/calctool" }, { "foreachq[*]/inner", "Inside" }, { "foreachq[*]/deepagt/inner", "Inside · foreachq[*]/deepagt/inner" },
    { "shared", NULL }, { "agreed", "Agreed" }, { "", NULL }, { "/", NULL },
  };

  add (fixture, "runs", 1, "f", "{\"nodes\":[{\"id\":\"solveagt\",\"title\":\"Old name\"},{\"id\":\"gonenode\",\"title\":\"Was here\"}]}");
  add (fixture, "experiments", 2, "f", "{\"nodes\":[{\"id\":\"solveagt\",\"title\":\"Solver\"},{\"id\":\"calctool\",\"title\":\"Calculator\"},{\"id\":\"untitled\",\"title\":\"\"},"
       "{\"id\":\"twinone\",\"title\":\"Twin\"},{\"id\":\"twintwo\",\"title\":\"Twin\"},{\"id\":\"shared\",\"title\":\"One\"},{\"id\":\"agreed\",\"title\":\"Agreed\"},"
       "{\"id\":\"foreachq\",\"type\":\"map\",\"title\":\"Each\",\"flow\":{\"nodes\":[{\"id\":\"inner\",\"title\":\"Inside\"}]}}]}");
  add (fixture, "runs", 3, "g", "{\"nodes\":[{\"id\":\"shared\",\"title\":\"Two\"},{\"id\":\"agreed\",\"title\":\"Agreed\"}]}");
  assert_titles (fixture, cases, G_N_ELEMENTS (cases));
}

/* Whatever stands there: no title is no failure. */
static void
test_broken (Fixture       *fixture,
             gconstpointer  data)
{
  static const char * const cases[][2] = { { "a", NULL }, { "solveagt", "Solver" } };
  g_autoptr(LeydenNodeTitles) none = NULL;
  sqlite3 *memory;

  add (fixture, "runs", 1, "f", "{\"nodes\":[{\"id\":\"solveagt\",\"title\":\"Solver\"},7,{\"id\":3},{\"title\":\"x\"}]}");
  add (fixture, "runs", 2, "f", "no JSON");
  add (fixture, "runs", 3, "f", "{\"nodes\":{\"a\":1}}");
  g_assert_cmpint (sqlite3_exec (fixture->db, "INSERT INTO runs (created_ns, definition) VALUES (4, 'no JSON'), (5, '{\"flow_id\":\"f\",\"flow\":\"../../x\"}'), "
                                 "(6, '{\"flow_id\":7,\"flow\":[]}'), (7, '{\"title\":\"traced\"}')", NULL, NULL, NULL), ==, SQLITE_OK);
  assert_titles (fixture, cases, G_N_ELEMENTS (cases));
  g_assert_cmpint (sqlite3_open (":memory:", &memory), ==, SQLITE_OK);
  none = leyden_node_titles_read (memory);
  g_assert_null (leyden_node_titles_find (none, "a"));
  sqlite3_close (memory);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/node-titles/titles", Fixture, NULL, set_up, test_titles, tear_down);
  g_test_add ("/node-titles/broken", Fixture, NULL, set_up, test_broken, tear_down);
  return g_test_run ();
}
