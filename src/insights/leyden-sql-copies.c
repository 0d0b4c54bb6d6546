/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-sql-copies.h"

#include <string.h>

/* Words in small letters, quoted names without their quotes, single characters; neither blanks nor comments. */
static const char *
skip_comment (const char *at)
{
  const char *end;

  if (at[0] == '-' && at[1] == '-')
    return at + strcspn (at, "\n");
  if (at[0] != '/' || at[1] != '*')
    return at;
  end = strstr (at + 2, "*/");
  return end != NULL ? end + 2 : at + strlen (at);
}

/* SQLite takes a text in any quotes for a name where it expects one. */
static char *
read_quoted (const char **at)
{
  char close = **at == '[' ? ']' : **at;
  GString *name = g_string_new (NULL);

  for ((*at)++; **at != '\0'; (*at)++)
    {
      if (**at == close && (close == ']' || (*at)[1] != close))
        {
          (*at)++;
          break;
        }
      if (**at == close)
        (*at)++;
      g_string_append_c (name, g_ascii_tolower (**at));
    }
  return g_string_free (name, FALSE);
}

static gboolean
is_word (char c)
{
  return g_ascii_isalnum (c) || c == '_' || c == '$' || (c & 0x80) != 0;
}

static GPtrArray *
scan (const char *text)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);

  for (const char *at = text; *at != '\0';)
    {
      const char *end = skip_comment (at);

      if (end == at && strchr ("'\"`[", *at) != NULL)
        {
          g_ptr_array_add (words, read_quoted (&at));
          continue;
        }
      if (end == at)
        {
          while (is_word (*end))
            end++;
          end = MAX (end, at + 1);
          if (!g_ascii_isspace (*at))
            g_ptr_array_add (words, g_ascii_strdown (at, end - at));
        }
      at = end;
    }
  return words;
}

static gboolean
is_at (GPtrArray  *words,
       guint       i,
       const char *word)
{
  return i < words->len && strcmp (words->pdata[i], word) == 0;
}

/* Of the name before "AS (", over its list of columns; G_MAXUINT: none. */
static guint
find_name (GPtrArray *words,
           guint      as)
{
  guint i = as, depth = 0;

  if (as == 0)
    return G_MAXUINT;
  if (!is_at (words, as - 1, ")"))
    return as - 1;
  while (i-- > 0)
    {
      if (is_at (words, i, ")"))
        depth++;
      else if (is_at (words, i, "(") && --depth == 0)
        return i > 0 ? i - 1 : G_MAXUINT;
    }
  return G_MAXUINT;
}

guint
leyden_sql_count_copies (const char *text)
{
  g_autoptr(GPtrArray) words = NULL;
  g_autoptr(GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = 0, n_made = 0;

  g_return_val_if_fail (text != NULL, 0);

  words = scan (text);
  for (guint i = 0; i < words->len; i++)
    {
      guint next = i + 1, name;

      if (!is_at (words, i, "as"))
        continue;
      next += is_at (words, next, "not");
      next += is_at (words, next, "materialized");
      name = is_at (words, next, "(") ? find_name (words, i) : G_MAXUINT;
      if (name == G_MAXUINT)
        continue;
      g_hash_table_add (names, words->pdata[name]);
      n_made++;
    }
  /* "name." before a column copies nothing. */
  for (guint i = 0; i < words->len; i++)
    n += g_hash_table_contains (names, words->pdata[i]) && !is_at (words, i + 1, ".");
  return n - MIN (n, n_made);
}
