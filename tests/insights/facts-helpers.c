/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts-helpers.h"

#include <gio/gio.h>

#include "leyden-json.h"

void
facts_exec (sqlite3    *db,
            const char *format,
            ...)
{
  g_autofree char *text = NULL;
  char *message = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (sqlite3_exec (db, text, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s: %s", text, message);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *)a, *(const char * const *)b);
}

sqlite3 *
facts_db_new (void)
{
  g_autofree char *folder = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "data", "migrations", NULL);
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  sqlite3 *db = NULL;
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".sql"))
      g_ptr_array_add (names, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (names, compare_names);
  g_assert_cmpint (sqlite3_open (":memory:", &db), ==, SQLITE_OK);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *text = NULL;

      g_assert_true (g_file_get_contents (names->pdata[i], &text, NULL, NULL));
      facts_exec (db, "%s", text);
    }
  return db;
}

gint64
facts_name (sqlite3    *db,
            const char *name)
{
  sqlite3_stmt *statement = NULL;
  gint64 id;

  facts_exec (db, "INSERT OR IGNORE INTO names (name) VALUES ('%s')", name);
  g_assert_cmpint (sqlite3_prepare_v2 (db, "SELECT id FROM names WHERE name = ?", -1, &statement, NULL), ==, SQLITE_OK);
  sqlite3_bind_text (statement, 1, name, -1, SQLITE_STATIC);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  id = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  return id;
}

void
facts_rollout (sqlite3    *db,
               gint64      id,
               const char *columns)
{
  facts_exec (db, "INSERT INTO rollouts (id, rollout, executor, item_index, state, started_ns, finished_ns, tokens_in, tokens_out, cost, "
                  "simulated, last_sequence, last_position) VALUES (%" G_GINT64_FORMAT ", 'r%" G_GINT64_FORMAT "', 'leyden', 0, 'x', 0, 0, 0, 0, "
                  "0, 0, 0, 0)", id, id);
  facts_exec (db, "INSERT INTO rollout_facts (rollout, executor, purpose, item_index, is_train, state, invalid, created_ns, started_ns, "
                  "finished_ns, wait_ms, model_ms, tool_ms, n_model_calls, n_tool_calls, n_retries, n_cache_hits, tokens_in, tokens_out, cost, "
                  "simulated, deleted_ns, changed) VALUES (%" G_GINT64_FORMAT ", 'leyden', 'run', 0, 0, 'succeeded', 0, 0, 0, 0, 0, 0, 0, 0, 0, "
                  "0, 0, 0, 0, 0, 0, 0, 0)", id);
  if (*columns != '\0')
    facts_exec (db, "UPDATE rollout_facts SET %s WHERE rollout = %" G_GINT64_FORMAT, columns, id);
}

LeydenValue *
facts_json (const char *format,
            ...)
{
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  LeydenValue *value;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_strdelimit (text, "'", '"');
  value = leyden_json_parse (text, -1, NULL, &error);
  g_assert_no_error (error);
  return value;
}
