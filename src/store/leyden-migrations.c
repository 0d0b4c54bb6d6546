/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-migrations.h"

#include "leyden-blobs.h"
#include "leyden-copy.h"
#include "leyden-text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA_TEXT \
  "SELECT type, name, tbl_name, coalesce (sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name, type"

struct _LeydenMigrations
{
  GPtrArray *texts;             /* of char *: version i + 1 */
};

static LeydenMigrationsHook stage_hook;

void
leyden_migrations_set_hook (LeydenMigrationsHook hook)
{
  stage_hook = hook;
}

static void
stage (const char *name)
{
  if (stage_hook != NULL)
    stage_hook (name);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(char * const *) a, *(char * const *) b);
}

LeydenMigrations *
leyden_migrations_load (GError **error)
{
  g_autoptr(LeydenMigrations) self = leyden_migrations_new (NULL);
  g_auto(GStrv) names = g_resources_enumerate_children (LEYDEN_MIGRATIONS_RESOURCES, 0, error);
  guint n_names = names ? g_strv_length (names) : 0;

  if (names == NULL)
    return NULL;
  qsort (names, n_names, sizeof (char *), compare_names);
  for (guint i = 0; i < n_names; i++)
    {
      g_autofree char *path = g_build_path ("/", LEYDEN_MIGRATIONS_RESOURCES, names[i], NULL);
      g_autoptr(GBytes) bytes = g_resources_lookup_data (path, 0, error);

      if (bytes == NULL)
        return NULL;
      g_assert (g_ascii_strtoull (names[i], NULL, 10) == i + 1);
      g_ptr_array_add (self->texts, g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)));
    }
  return g_steal_pointer (&self);
}

LeydenMigrations *
leyden_migrations_new (const char * const *texts)
{
  LeydenMigrations *self = g_new0 (LeydenMigrations, 1);

  self->texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    g_ptr_array_add (self->texts, g_strdup (texts[i]));
  return self;
}

void
leyden_migrations_free (LeydenMigrations *self)
{
  g_ptr_array_unref (self->texts);
  g_free (self);
}

guint
leyden_migrations_get_latest (LeydenMigrations *self)
{
  return self->texts->len;
}

/* A migration is a commit like any other, from the version on that counts them. */
static gboolean
count_commit (LeydenSql *sql,
              GError   **error)
{
  gint64 counts;

  return leyden_sql_get_int (sql, "SELECT count (*) FROM pragma_table_info ('store') WHERE name = 'n_commits'", &counts, error)
         && (counts == 0 || leyden_sql_exec (sql, "UPDATE store SET n_commits = n_commits + 1", error));
}

static gboolean
run_one (LeydenSql  *sql,
         const char *text,
         guint       version,
         GError    **error)
{
  g_autofree char *set_version = g_strdup_printf ("PRAGMA user_version = %u", version);

  if (!leyden_sql_exec (sql, "BEGIN EXCLUSIVE", error))
    return FALSE;
  stage ("migrate");
  if (leyden_sql_exec (sql, text, error) && count_commit (sql, error) && leyden_sql_exec (sql, set_version, error))
    {
      stage ("commit");
      if (leyden_sql_exec (sql, "COMMIT", error))
        {
          stage ("migrated");
          return TRUE;
        }
    }
  leyden_sql_exec (sql, "ROLLBACK", NULL);
  return FALSE;
}

gboolean
leyden_migrations_run (LeydenMigrations *self,
                       LeydenSql        *sql,
                       guint             version,
                       GError          **error)
{
  for (guint i = version; i < self->texts->len; i++)
    if (!run_one (sql, g_ptr_array_index (self->texts, i), i + 1, error))
      {
        g_prefix_error (error, _("The database could not be brought from version %u to %u; it is as it was: "), i, i + 1);
        return FALSE;
      }
  return TRUE;
}

/* "table runs" → the text that made it, of everything in the schema. */
static GHashTable *
read_schema (LeydenSql *sql,
             GError   **error)
{
  g_autoptr(GHashTable) schema = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (sql->db, SCHEMA_TEXT, -1, &statement, NULL);

  while (code == SQLITE_OK && (code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      const char *type = (const char *) sqlite3_column_text (statement, 0);
      const char *name = (const char *) sqlite3_column_text (statement, 1);
      const char *text = (const char *) sqlite3_column_text (statement, 3);

      g_autofree char *key = g_strdup_printf ("%s %s", type ? type : "?", name ? name : "?");

      /* Shown in messages, and a name may hold anything. */
      g_hash_table_insert (schema, leyden_text_escape (key, -1, 200), g_strdup (text ? text : ""));
      code = SQLITE_OK;
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_finalize (statement);
  return code == SQLITE_DONE ? g_steal_pointer (&schema) : NULL;
}

/* The first name (by order) in @a that is not, or not the same, in @b. */
static char *
find_difference (GHashTable *a,
                 GHashTable *b)
{
  g_autoptr(GList) names = g_list_sort (g_hash_table_get_keys (a), (GCompareFunc) strcmp);

  for (GList *l = names; l != NULL; l = l->next)
    if (g_strcmp0 (g_hash_table_lookup (a, l->data), g_hash_table_lookup (b, l->data)) != 0)
      return g_strdup (l->data);
  return NULL;
}

gboolean
leyden_migrations_check_schema (LeydenMigrations *self,
                                LeydenSql        *sql,
                                guint             version,
                                GError          **error)
{
  g_autoptr(LeydenSql) model = leyden_sql_open (":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
  g_autoptr(GHashTable) expected = NULL;
  g_autoptr(GHashTable) actual = NULL;
  g_autofree char *wrong = NULL;
  g_autofree char *extra = NULL;

  if (model == NULL)
    return FALSE;
  for (guint i = 0; i < MIN (version, self->texts->len); i++)
    if (!leyden_sql_exec (model, g_ptr_array_index (self->texts, i), error))
      return FALSE;
  if (!(expected = read_schema (model, error)) || !(actual = read_schema (sql, error)))
    return FALSE;

  wrong = find_difference (expected, actual);
  extra = wrong ? NULL : find_difference (actual, expected);
  if (wrong != NULL && g_hash_table_contains (actual, wrong))
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The database is damaged: “%s” is not as version %u has it"), wrong, version);
  else if (wrong != NULL)
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The database is damaged: “%s” is missing"), wrong);
  else if (extra != NULL)
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The database was changed by something else: “%s” does not belong to it"), extra);
  return wrong == NULL && extra == NULL;
}

gboolean
leyden_migrations_back_up (LeydenSql  *sql,
                           const char *path,
                           guint       version,
                           GError    **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *target = g_strdup_printf ("%s.version-%u.backup", path, version);
  /* One name, because the lock is held: what a killed process left is written over. */
  g_autofree char *temporary = g_strconcat (target, ".new", NULL);
  int fd = open (temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  gboolean ok = fd >= 0;

  if (fd >= 0)
    close (fd);
  else
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "%s: %s", target, g_strerror (errno));
  stage ("backup");
  ok = ok && leyden_copy_database (sql, temporary, NULL, error);
  stage ("verify");
  ok = ok && leyden_copy_verify (temporary, version, error);
  if (ok && (!leyden_copy_sync (temporary) || g_rename (temporary, target) != 0))
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_FAILED, "%s: %s", target, g_strerror (errno));
      ok = FALSE;
    }
  ok = ok && leyden_blobs_sync_folder (folder, error);
  if (!ok && fd >= 0)
    g_unlink (temporary);
  if (!ok)
    g_prefix_error (error, _("The database was not changed, because the copy before it failed: "));
  stage ("backed-up");
  return ok;
}
