/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include "leyden-text-index.h"

#include <glib/gi18n-lib.h>
#include <sqlite3.h>
#include <string.h>

/* More words of a query are not looked at. */
#define MAX_WORDS 200

G_DEFINE_QUARK (leyden-text-index-error-quark, leyden_text_index_error)

struct _LeydenTextIndex
{
  sqlite3      *db;
  sqlite3_stmt *search;
  GMutex        mutex;
  guint         n;
};

void
leyden_text_index_free (LeydenTextIndex *self)
{
  if (self == NULL)
    return;
  sqlite3_finalize (self->search);
  sqlite3_close (self->db);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static void
set_failed (LeydenTextIndex  *self,
            GError          **error)
{
  const char *message = self->db != NULL ? sqlite3_errmsg (self->db) : "out of memory";

  if (strstr (message, "no such module") != NULL)
    g_set_error_literal (error, LEYDEN_TEXT_INDEX_ERROR, LEYDEN_TEXT_INDEX_ERROR_MISSING,
                         _("The SQLite library of this system has no full-text search (FTS5)"));
  else
    g_set_error (error, LEYDEN_TEXT_INDEX_ERROR, LEYDEN_TEXT_INDEX_ERROR_FAILED, _("The texts cannot be searched: %s"), message);
}

static gboolean
fill (LeydenTextIndex    *self,
      const char * const *texts)
{
  sqlite3_stmt *insert = NULL;
  gboolean ok = sqlite3_exec (self->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK
                && sqlite3_prepare_v2 (self->db, "INSERT INTO t (rowid, body) VALUES (?1, ?2)", -1, &insert, NULL) == SQLITE_OK;

  for (guint i = 0; ok && i < self->n; i++)
    {
      sqlite3_bind_int64 (insert, 1, (gint64) i + 1);
      sqlite3_bind_text64 (insert, 2, texts[i], strlen (texts[i]), SQLITE_STATIC, SQLITE_UTF8);
      ok = sqlite3_step (insert) == SQLITE_DONE;
      sqlite3_reset (insert);
    }
  sqlite3_finalize (insert);
  return ok && sqlite3_exec (self->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
}

LeydenTextIndex *
leyden_text_index_new (const char * const *texts,
                       guint               n_texts,
                       gboolean            stem,
                       GError            **error)
{
  g_autoptr(LeydenTextIndex) self = g_new0 (LeydenTextIndex, 1);

  g_return_val_if_fail (texts != NULL || n_texts == 0, NULL);

  g_mutex_init (&self->mutex);
  self->n = n_texts;
  if (sqlite3_open_v2 (":memory:", &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL) == SQLITE_OK
      && sqlite3_exec (self->db, stem ? "CREATE VIRTUAL TABLE t USING fts5(body, tokenize = 'porter unicode61 remove_diacritics 2')"
                                      : "CREATE VIRTUAL TABLE t USING fts5(body, tokenize = 'unicode61 remove_diacritics 2')",
                       NULL, NULL, NULL) == SQLITE_OK
      && fill (self, texts)
      && sqlite3_prepare_v2 (self->db, "SELECT rowid, bm25(t) FROM t WHERE t MATCH ?1 ORDER BY bm25(t), rowid LIMIT ?2", -1, &self->search, NULL)
           == SQLITE_OK)
    return g_steal_pointer (&self);
  set_failed (self, error);
  return NULL;
}

guint
leyden_text_index_get_n (LeydenTextIndex *self)
{
  return self->n;
}

/* The next run of letters and digits at or after @at; NULL at the end. */
static const char *
next_word (const char  *at,
           const char **end)
{
  while (*at != '\0' && !g_unichar_isalnum (g_utf8_get_char (at)))
    at = g_utf8_next_char (at);
  if (*at == '\0')
    return NULL;
  *end = at;
  while (**end != '\0' && (g_unichar_isalnum (g_utf8_get_char (*end)) || g_unichar_ismark (g_utf8_get_char (*end))))
    *end = g_utf8_next_char (*end);
  return at;
}

/* Words only, each in quotes, so that nothing of FTS5's own language can stand in it. */
static char *
make_expression (const char      *query,
                 LeydenTextMatch  match)
{
  g_autoptr(GString) expression = g_string_new (NULL);
  g_autofree char *valid = g_utf8_make_valid (query, -1);
  const char *end = valid;
  const char *word;
  guint n = 0;

  while (n < MAX_WORDS && (word = next_word (end, &end)) != NULL)
    {
      if (n++ > 0)
        g_string_append (expression, match == LEYDEN_TEXT_MATCH_ANY ? " OR " : match == LEYDEN_TEXT_MATCH_ALL ? " AND " : " + ");
      g_string_append_c (expression, '"');
      g_string_append_len (expression, word, end - word);
      g_string_append_c (expression, '"');
    }
  return n > 0 ? g_string_free (g_steal_pointer (&expression), FALSE) : NULL;
}

GArray *
leyden_text_index_search (LeydenTextIndex  *self,
                          const char       *query,
                          LeydenTextMatch   match,
                          guint             k,
                          GError          **error)
{
  g_autoptr(GArray) hits = g_array_new (FALSE, FALSE, sizeof (LeydenTextHit));
  g_autofree char *expression = NULL;
  g_autoptr(GMutexLocker) locker = NULL;
  int result;

  g_return_val_if_fail (self != NULL && query != NULL, NULL);

  expression = make_expression (query, match);
  if (expression == NULL || k == 0)
    return g_steal_pointer (&hits);
  locker = g_mutex_locker_new (&self->mutex);
  sqlite3_bind_text (self->search, 1, expression, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (self->search, 2, k);
  while ((result = sqlite3_step (self->search)) == SQLITE_ROW)
    {
      LeydenTextHit hit = { (guint) sqlite3_column_int64 (self->search, 0) - 1, -sqlite3_column_double (self->search, 1) };

      g_array_append_val (hits, hit);
    }
  if (result != SQLITE_DONE)
    set_failed (self, error);
  sqlite3_reset (self->search);
  sqlite3_clear_bindings (self->search);
  return result == SQLITE_DONE ? g_steal_pointer (&hits) : NULL;
}
