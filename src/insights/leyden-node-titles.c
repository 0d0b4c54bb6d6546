/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-node-titles.h"

#include <string.h>

#include "leyden-blobs.h"
#include "leyden-json.h"
#include "leyden-sql-text.h"
#include "leyden-store-sql.h"

/* The latest runs and experiments are looked through, and of their flows so many versions are read. */
#define MAX_RUNS     "500"
#define MAX_VERSIONS 32
#define MAX_BYTES    (4 * 1024 * 1024)
#define MAX_DEPTH    20

struct _LeydenNodeTitles
{
  GHashTable *titles;           /* path → title; "": flows disagree */
  GHashTable *uses;             /* title → of how many nodes */
};

/* Paths of one flow; what a later version says stays. */
static void
take_nodes (GHashTable  *titles,
            LeydenValue *flow,
            const char  *prefix,
            guint        depth)
{
  LeydenValue *nodes = leyden_value_get_member (flow, "nodes");

  for (guint i = 0; i < leyden_value_get_size (nodes) && depth < MAX_DEPTH; i++)
    {
      LeydenValue *node = leyden_value_get_item (nodes, i), *body = leyden_value_get_member (node, "flow");
      const char *id = leyden_value_get_member_string (node, "id", NULL), *title = leyden_value_get_member_string (node, "title", NULL);
      g_autofree char *path = id != NULL ? g_strconcat (prefix, id, NULL) : NULL;

      if (path == NULL)
        continue;
      if (body != NULL)
        {
          g_autofree char *inner = g_strconcat (path, "[*]/", NULL);

          take_nodes (titles, body, inner, depth + 1);
        }
      if (title != NULL && *title != '\0' && !g_hash_table_contains (titles, path))
        g_hash_table_insert (titles, g_steal_pointer (&path), g_strdup (title));
    }
}

static void
read_version (GHashTable *titles,
              const char *folder,
              const char *sha256)
{
  g_autoptr(GBytes) bytes = leyden_blobs_is_digest (sha256) ? leyden_blobs_read (folder, sha256, NULL) : NULL;
  g_autoptr(LeydenValue) flow = NULL;
  gsize length;
  const char *text;

  if (bytes == NULL || g_bytes_get_size (bytes) > MAX_BYTES)
    return;
  text = g_bytes_get_data (bytes, &length);
  flow = leyden_json_parse (text, (gssize) length, NULL, NULL);
  take_nodes (titles, flow, "", 0);
}

/* @flows: id → titles. */
static void
read_flows (sqlite3    *db,
            const char *folder,
            GHashTable *flows)
{
  static const char text[] =
    "SELECT json_extract (definition, '$.flow_id'), json_extract (definition, '$.flow') FROM ("
    "SELECT * FROM (SELECT created_ns, definition FROM main.runs ORDER BY id DESC LIMIT " MAX_RUNS ") UNION ALL "
    "SELECT * FROM (SELECT created_ns, definition FROM main.experiments ORDER BY id DESC LIMIT " MAX_RUNS ")) "
    "WHERE json_valid (definition) ORDER BY created_ns DESC";
  g_autoptr(LeydenStatement) statement = leyden_sqlite_prepare (db, text, NULL);
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  while (statement != NULL && g_hash_table_size (seen) < MAX_VERSIONS && sqlite3_step (statement) == SQLITE_ROW)
    {
      const char *id = (const char *) sqlite3_column_text (statement, 0), *sha256 = (const char *) sqlite3_column_text (statement, 1);
      GHashTable *titles;

      if (id == NULL || sha256 == NULL || !g_hash_table_add (seen, g_strdup (sha256)))
        continue;
      titles = g_hash_table_lookup (flows, id);
      if (titles == NULL)
        {
          titles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
          g_hash_table_insert (flows, g_strdup (id), titles);
        }
      read_version (titles, folder, sha256);
    }
}

static void
merge (LeydenNodeTitles *self,
       GHashTable       *titles)
{
  GHashTableIter iter;
  gpointer path, title;

  g_hash_table_iter_init (&iter, titles);
  while (g_hash_table_iter_next (&iter, &path, &title))
    {
      const char *known = g_hash_table_lookup (self->titles, path);

      if (known == NULL)
        g_hash_table_insert (self->titles, g_strdup (path), g_strdup (title));
      else if (strcmp (known, title) != 0)
        g_hash_table_insert (self->titles, g_strdup (path), g_strdup (""));
    }
}

static void
count_uses (LeydenNodeTitles *self)
{
  GHashTableIter iter;
  gpointer title;

  g_hash_table_iter_init (&iter, self->titles);
  while (g_hash_table_iter_next (&iter, NULL, &title))
    {
      guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->uses, title));

      g_hash_table_insert (self->uses, title, GUINT_TO_POINTER (n + 1));
    }
}

LeydenNodeTitles *
leyden_node_titles_read (sqlite3 *db)
{
  LeydenNodeTitles *self = g_new0 (LeydenNodeTitles, 1);
  const char *file = sqlite3_db_filename (db, "main");
  g_autoptr(GHashTable) flows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref);

  self->titles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->uses = g_hash_table_new (g_str_hash, g_str_equal);
  if (file != NULL && *file != '\0')
    {
      g_autofree char *folder = g_strconcat (file, "-blobs", NULL);
      GHashTableIter iter;
      gpointer titles;

      read_flows (db, folder, flows);
      g_hash_table_iter_init (&iter, flows);
      while (g_hash_table_iter_next (&iter, NULL, &titles))
        merge (self, titles);
      count_uses (self);
    }
  return self;
}

void
leyden_node_titles_free (LeydenNodeTitles *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->uses);
  g_hash_table_unref (self->titles);
  g_free (self);
}

/* A tool that an agent calls stands behind it in the path, and beside it in the flow. */
static char *
move_beside (const char *path)
{
  const char *last = strrchr (path, '/'), *before;

  if (last == NULL)
    return NULL;
  before = g_strrstr_len (path, last - path, "/");
  return g_strdup_printf ("%.*s%s", before != NULL ? (int) (before - path) + 1 : 0, path, last + 1);
}

char *
leyden_node_titles_find (LeydenNodeTitles *self,
                         const char       *path)
{
  g_autofree char *beside = NULL;
  const char *title;

  g_return_val_if_fail (self != NULL && path != NULL, NULL);

  title = g_hash_table_lookup (self->titles, path);
  if (title == NULL && (beside = move_beside (path)) != NULL)
    title = g_hash_table_lookup (self->titles, beside);
  if (title == NULL || *title == '\0')
    return NULL;
  /* Called by an agent and by itself are two. */
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->uses, title)) > 1 || beside != NULL ? g_strdup_printf ("%s · %s", title, path) : g_strdup (title);
}
