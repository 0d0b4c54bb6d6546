/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-word-diff.h"

#include <string.h>

/* Cells of the table of common lengths; 4 bytes each. */
#define MAX_CELLS (2u << 20)

typedef struct
{
  const char *text;
  gsize       length;
} Token;

static gboolean
is_word (gunichar c)
{
  return g_unichar_isalnum (c) || c == '_' || g_unichar_ismark (c);
}

/* Words, runs of white space, and each other character by itself. */
static GArray *
split (const char *text)
{
  GArray *tokens = g_array_new (FALSE, FALSE, sizeof (Token));

  while (*text != '\0')
    {
      const char *end = g_utf8_next_char (text);
      gunichar c = g_utf8_get_char (text);
      Token token = { .text = text };

      while (*end != '\0' && ((is_word (c) && is_word (g_utf8_get_char (end))) ||
                              (g_unichar_isspace (c) && g_unichar_isspace (g_utf8_get_char (end)))))
        end = g_utf8_next_char (end);
      token.length = (gsize) (end - text);
      g_array_append_val (tokens, token);
      text = end;
    }
  return tokens;
}

static gboolean
same (const Token *a,
      const Token *b)
{
  return a->length == b->length && memcmp (a->text, b->text, a->length) == 0;
}

static gboolean
is_space (const Token *token)
{
  return g_unichar_isspace (g_utf8_get_char (token->text));
}

static void
put (GArray          *parts,
     LeydenWordsKind  kind,
     const char      *origin,
     const Token     *token)
{
  LeydenWords part = { .kind = kind, .start = (gsize) (token->text - origin), .length = token->length };

  /* In one block of changes all that is removed stands together, ahead of what is added. */
  for (guint back = 1; back <= 2 && back <= parts->len; back++)
    {
      LeydenWords *last = &g_array_index (parts, LeydenWords, parts->len - back);

      if (last->kind == kind && last->start + last->length == part.start)
        {
          last->length += part.length;
          return;
        }
      if (kind == LEYDEN_WORDS_SAME || last->kind == LEYDEN_WORDS_SAME)
        break;
    }
  if (kind == LEYDEN_WORDS_REMOVED && parts->len > 0 && g_array_index (parts, LeydenWords, parts->len - 1).kind == LEYDEN_WORDS_ADDED)
    g_array_insert_val (parts, parts->len - 1, part);
  else
    g_array_append_val (parts, part);
}

/* Length of the longest common subsequence of what is left of both, by (i, j). */
static guint *
make_table (const Token *a,
            guint        n,
            const Token *b,
            guint        m)
{
  guint *table = g_new0 (guint, (gsize) (n + 1) * (m + 1));

  for (guint i = n; i-- > 0;)
    for (guint j = m; j-- > 0;)
      table[i * (m + 1) + j] = same (&a[i], &b[j]) ? table[(i + 1) * (m + 1) + j + 1] + 1
                                                  : MAX (table[(i + 1) * (m + 1) + j], table[i * (m + 1) + j + 1]);
  return table;
}

static void
compare_middle (GArray      *parts,
                const char  *before,
                const Token *a,
                guint        n,
                const char  *after,
                const Token *b,
                guint        m)
{
  gboolean replaced = (guint64) (n + 1) * (m + 1) > MAX_CELLS;
  g_autofree guint *table = replaced ? NULL : make_table (a, n, b, m);
  guint i = 0, j = 0;

  while (i < n || j < m)
    {
      gboolean equal = table != NULL && i < n && j < m && same (&a[i], &b[j]);

      if (equal && !(is_space (&a[i]) && parts->len > 0 && g_array_index (parts, LeydenWords, parts->len - 1).kind != LEYDEN_WORDS_SAME
                     && i + 1 < n && j + 1 < m && !same (&a[i + 1], &b[j + 1])))
        {
          put (parts, LEYDEN_WORDS_SAME, before, &a[i]);
          i++;
          j++;
        }
      else if (equal)
        {
          /* A lone space between two changed words would cut the change into crumbs. */
          put (parts, LEYDEN_WORDS_REMOVED, before, &a[i++]);
          put (parts, LEYDEN_WORDS_ADDED, after, &b[j++]);
        }
      else if (i < n && (table == NULL || j == m || table[(i + 1) * (m + 1) + j] >= table[i * (m + 1) + j + 1]))
        put (parts, LEYDEN_WORDS_REMOVED, before, &a[i++]);
      else
        put (parts, LEYDEN_WORDS_ADDED, after, &b[j++]);
    }
}

GArray *
leyden_word_diff (const char *before,
                  const char *after)
{
  g_autoptr(GArray) a = NULL, b = NULL;
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (LeydenWords));
  guint head = 0, tail = 0;

  g_return_val_if_fail (before != NULL && after != NULL, parts);

  a = split (before);
  b = split (after);
  while (head < MIN (a->len, b->len) && same (&g_array_index (a, Token, head), &g_array_index (b, Token, head)))
    head++;
  while (tail < MIN (a->len, b->len) - head &&
         same (&g_array_index (a, Token, a->len - tail - 1), &g_array_index (b, Token, b->len - tail - 1)))
    tail++;
  for (guint i = 0; i < head; i++)
    put (parts, LEYDEN_WORDS_SAME, before, &g_array_index (a, Token, i));
  compare_middle (parts, before, (const Token *) (gpointer) a->data + head, a->len - head - tail,
                  after, (const Token *) (gpointer) b->data + head, b->len - head - tail);
  for (guint i = a->len - tail; i < a->len; i++)
    put (parts, LEYDEN_WORDS_SAME, before, &g_array_index (a, Token, i));
  return parts;
}
