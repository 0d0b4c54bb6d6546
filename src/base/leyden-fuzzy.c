/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"
#include "leyden-fuzzy.h"

#include <string.h>

#define MAX_LETTERS 128         /* of a title and of a word; what is behind is not looked at */

/* What a letter of the title is worth. */
#define PER_LETTER 16
#define AT_WORD 12
#define FOLLOWS 10
#define AT_START 6
#define IN_KEYWORDS 4

char *
leyden_fuzzy_fold (const char *text)
{
  g_autofree char *apart = NULL;
  g_autoptr(GString) bare = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  apart = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);
  bare = g_string_new (NULL);
  for (const char *p = apart; p != NULL && *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_ismark (g_utf8_get_char (p)))
      g_string_append_unichar (bare, g_utf8_get_char (p));
  return g_utf8_casefold (bare->str, -1);
}

static gboolean
begins_word (const gunichar *text,
             guint           at)
{
  return at == 0 || !g_unichar_isalnum (text[at - 1]);
}

static guint
decode (const char *text,
        gssize      length,
        gunichar   *letters)
{
  guint n = 0;

  for (const char *p = text; *p != '\0' && (length < 0 || p < text + length) && n < MAX_LETTERS; p = g_utf8_next_char (p))
    letters[n++] = g_utf8_get_char (p);
  return n;
}

/* The best way to find the letters of @word in @title, in their order; 0: there is none. */
static guint
score_word (const gunichar *word,
            guint           n_word,
            const gunichar *title,
            guint           n_title)
{
  guint best[MAX_LETTERS] = { 0, };     /* of the letters so far, the last of them at this place of the title */

  for (guint i = 0; i < n_word; i++)
    {
      guint before = 0;                 /* best of all places left of j, with the letters before this one */
      guint diagonal = 0;               /* at j - 1 */

      for (guint j = 0; j < n_title; j++)
        {
          guint had = best[j];
          guint gain = PER_LETTER + (begins_word (title, j) ? AT_WORD : 0) + (j == 0 ? AT_START : 0);
          guint score = 0;

          if (word[i] == title[j] && i == 0)
            score = gain;
          else if (word[i] == title[j])
            {
              if (before > 0)
                score = before + gain;
              if (diagonal > 0)
                score = MAX (score, diagonal + gain + FOLLOWS);
            }
          best[j] = score;
          before = MAX (before, had);
          diagonal = had;
        }
    }
  for (guint j = 1; j < n_title; j++)
    best[0] = MAX (best[0], best[j]);
  return best[0];
}

static gboolean
has_keyword (const char *keywords,
             const char *word,
             gsize       length)
{
  for (const char *p = keywords; p != NULL && *p != '\0'; p = g_utf8_next_char (p))
    if (strncmp (p, word, length) == 0 && (p == keywords || !g_unichar_isalnum (g_utf8_get_char (g_utf8_prev_char (p)))))
      return TRUE;
  return FALSE;
}

guint
leyden_fuzzy_score (const char *query,
                    const char *title,
                    const char *keywords)
{
  gunichar letters[MAX_LETTERS];
  guint n_letters;
  guint total = 1;

  g_return_val_if_fail (query != NULL && title != NULL, 0);

  n_letters = decode (title, -1, letters);
  for (const char *p = query; *p != '\0'; )
    {
      gunichar word[MAX_LETTERS];
      gsize length = strcspn (p, " ");
      guint score;

      if (length == 0)
        {
          p++;
          continue;
        }
      score = score_word (word, decode (p, (gssize) length, word), letters, n_letters);
      if (score == 0 && has_keyword (keywords, p, length))
        score = IN_KEYWORDS;
      if (score == 0)
        return 0;
      total += score;
      p += length;
    }
  /* Of two that fit alike the shorter one is meant. */
  return total * 16 + (total > 1 ? (MAX_LETTERS - n_letters) / 8 : 0);
}
