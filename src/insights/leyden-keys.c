/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-query-private.h"

#include <string.h>

#include "leyden-json.h"
#include "leyden-node-titles.h"
#include "leyden-text.h"

typedef struct
{
  int     type;                 /* SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_NULL */
  gint64  integer;
  double  real;
  char   *text;
} Key;

struct _LeydenKeys
{
  GArray     *keys;             /* Key */
  GHashTable *integers;         /* gint64 → index + 1 */
  GHashTable *texts;            /* the same; numbers with a fraction as their text after a U+0001 */
  guint32     null;             /* index + 1 */
  gint64      last;             /* rows that follow one another are often alike */
  guint32     last_key;         /* index + 1 */
  LeydenNodeTitles *titles;     /* NULL: not asked for yet */
};

static void
clear_key (gpointer data)
{
  g_free (((Key *)data)->text);
}

LeydenKeys *
leyden_keys_new (void)
{
  LeydenKeys *self = g_new0 (LeydenKeys, 1);

  self->keys = g_array_new (FALSE, FALSE, sizeof (Key));
  g_array_set_clear_func (self->keys, clear_key);
  self->integers = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
leyden_keys_free (LeydenKeys *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->keys);
  g_hash_table_unref (self->integers);
  g_hash_table_unref (self->texts);
  leyden_node_titles_free (self->titles);
  g_free (self);
}

static guint32
append (LeydenKeys *self,
        Key         key)
{
  g_array_append_val (self->keys, key);
  return self->keys->len;
}

guint32
leyden_keys_add_int (LeydenKeys *self,
                     gint64      value)
{
  guint32 found;

  if (self->last_key > 0 && self->last == value)
    return self->last_key - 1;
  found = GPOINTER_TO_UINT (g_hash_table_lookup (self->integers, &value));
  if (found == 0)
    {
      found = append (self, (Key) { .type = SQLITE_INTEGER, .integer = value });
      g_hash_table_insert (self->integers, g_memdup2 (&value, sizeof value), GUINT_TO_POINTER (found));
    }
  self->last = value;
  self->last_key = found;
  return found - 1;
}

guint32
leyden_keys_add_text (LeydenKeys *self,
                      const char *text)
{
  guint32 found = GPOINTER_TO_UINT (g_hash_table_lookup (self->texts, text));

  if (found == 0)
    {
      found = append (self, (Key) { .type = SQLITE_TEXT, .text = g_strdup (text) });
      g_hash_table_insert (self->texts, g_strdup (text), GUINT_TO_POINTER (found));
    }
  return found - 1;
}

static guint32
add_real (LeydenKeys *self,
          double      value)
{
  char buffer[32];
  g_autofree char *name = g_strconcat ("\001", leyden_json_format_double (buffer, value), NULL);
  guint32 found = GPOINTER_TO_UINT (g_hash_table_lookup (self->texts, name));

  if (found == 0)
    {
      found = append (self, (Key) { .type = SQLITE_FLOAT, .real = value });
      g_hash_table_insert (self->texts, g_steal_pointer (&name), GUINT_TO_POINTER (found));
    }
  return found - 1;
}

guint32
leyden_keys_add (LeydenKeys   *self,
                 sqlite3_stmt *statement,
                 int           column)
{
  switch (sqlite3_column_type (statement, column))
    {
    case SQLITE_INTEGER:
      return leyden_keys_add_int (self, sqlite3_column_int64 (statement, column));
    case SQLITE_FLOAT:
      return add_real (self, sqlite3_column_double (statement, column));
    case SQLITE_TEXT:
      return leyden_keys_add_text (self, (const char *)sqlite3_column_text (statement, column));
    default:
      if (self->null == 0)
        self->null = append (self, (Key) { .type = SQLITE_NULL });
      return self->null - 1;
    }
}

guint32
leyden_keys_add_key (LeydenKeys *self,
                     LeydenKeys *other,
                     guint32     key)
{
  const Key *found = &g_array_index (other->keys, Key, key);

  switch (found->type)
    {
    case SQLITE_INTEGER:
      return leyden_keys_add_int (self, found->integer);
    case SQLITE_FLOAT:
      return add_real (self, found->real);
    case SQLITE_TEXT:
      return leyden_keys_add_text (self, found->text);
    default:
      if (self->null == 0)
        self->null = append (self, (Key) { .type = SQLITE_NULL });
      return self->null - 1;
    }
}

guint
leyden_keys_get_n (LeydenKeys *self)
{
  return self->keys->len;
}

gboolean
leyden_keys_get_int (LeydenKeys *self,
                     guint32     key,
                     gint64     *out)
{
  const Key *found = &g_array_index (self->keys, Key, key);

  *out = found->integer;
  return found->type == SQLITE_INTEGER;
}

/* One text out of the database; NULL: there is none. */
static char *
look_up (sqlite3    *db,
         const char *sql,
         gint64      id)
{
  g_autoptr(LeydenStatement) statement = NULL;

  if (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL) != SQLITE_OK)
    return NULL;
  sqlite3_bind_int64 (statement, 1, id);
  return sqlite3_step (statement) == SQLITE_ROW ? g_strdup ((const char *)sqlite3_column_text (statement, 0)) : NULL;
}

/* Ids that no person remembers, as what they stand for. */
static char *
find_title (LeydenKeys            *self,
            sqlite3               *db,
            const LeydenDimension *dimension,
            gint64                 id,
            const char            *words)
{
  g_autofree char *title = NULL;
  g_autofree char *start = g_strndup (words, 8);

  if (g_str_equal (dimension->name, "node") || g_str_equal (dimension->name, "error_node"))
    {
      if (self->titles == NULL)
        self->titles = leyden_node_titles_read (db);
      return leyden_node_titles_find (self->titles, words);
    }
  /* The newest of the newest version, which an index tells. */
  if (g_str_equal (dimension->name, "flow"))
    return look_up (db, "SELECT flow_title FROM main.rollout_facts WHERE flow = ?1 AND deleted_ns = 0 AND version IS (SELECT max (version) FROM "
                        "main.rollout_facts WHERE flow = ?1 AND deleted_ns = 0) AND flow_title != '' ORDER BY rollout DESC LIMIT 1", id);
  /* No index tells these: they are looked for among the newest, else they are called by the beginning of their hash. */
  if (g_str_equal (dimension->name, "dataset"))
    {
      title = look_up (db, "SELECT dataset_name FROM main.rollout_facts WHERE dataset = ?1 AND dataset_name != '' AND rollout > (SELECT max (rollout) "
                           "FROM main.rollout_facts) - 50000 ORDER BY rollout DESC LIMIT 1", id);
      return title != NULL ? g_steal_pointer (&title) : g_steal_pointer (&start);
    }
  if (g_str_equal (dimension->name, "version") || g_str_equal (dimension->name, "candidate"))
    return g_steal_pointer (&start);
  if (g_str_equal (dimension->name, "run"))
    title = look_up (db, "SELECT flow_title FROM main.rollout_facts WHERE run = ? AND deleted_ns = 0 AND flow_title != '' LIMIT 1", id);
  else if (g_str_equal (dimension->name, "experiment"))
    title = look_up (db, "SELECT flow_title FROM main.rollout_facts WHERE experiment = ? AND flow_title != '' LIMIT 1", id);
  return title != NULL ? g_strdup_printf ("%s · %s", title, start) : NULL;
}

static LeydenValue *
dup_words (LeydenKeys            *self,
           sqlite3               *db,
           const LeydenDimension *dimension,
           gint64                 id,
           char                 **title)
{
  g_autofree char *sql = g_strdup_printf ("SELECT %s FROM main.%s WHERE id = ?", dimension->words, dimension->table);
  g_autofree char *words = look_up (db, sql, id);

  if (words == NULL)
    words = g_strdup_printf ("%" G_GINT64_FORMAT, id);
  *title = find_title (self, db, dimension, id, words);
  if (*title == NULL)
    *title = g_strdup (words);
  return leyden_value_new_string (words, -1);
}

LeydenValue *
leyden_keys_dup_value (LeydenKeys            *self,
                       guint32                key,
                       const LeydenDimension *dimension,
                       sqlite3               *db,
                       char                 **title)
{
  const Key *found = &g_array_index (self->keys, Key, key);
  char buffer[32];

  switch (found->type)
    {
    case SQLITE_INTEGER:
      if (dimension != NULL && dimension->table != NULL)
        return dup_words (self, db, dimension, found->integer, title);
      if (dimension != NULL && dimension->type == LEYDEN_DIMENSION_FLAG)
        {
          *title = g_strdup (found->integer != 0 ? "true" : "false");
          return leyden_value_new_boolean (found->integer != 0);
        }
      *title = g_strdup_printf ("%" G_GINT64_FORMAT, found->integer);
      return leyden_value_new_int (found->integer);
    case SQLITE_FLOAT:
      *title = g_strdup (leyden_json_format_double (buffer, found->real));
      return leyden_value_new_double (found->real);
    case SQLITE_TEXT:
      *title = g_strdup (found->text);
      return leyden_value_new_string (found->text, -1);
    default:
      *title = g_strdup ("–");
      return leyden_value_new_null ();
    }
}
