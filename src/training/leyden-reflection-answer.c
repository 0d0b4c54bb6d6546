/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "leyden-reflection.h"

#include <string.h>

/* Reads what a model answered: any text, of any length, at times cut off in the middle. */

#define OPENING "<new_text>"
#define CLOSING "</new_text>"
/* A critique is shown in a list and asked with again. */
#define LONGEST_CRITIQUE 8000
#define FENCE "```"

/* A text that stands whole between two fences of a Markdown block, without them. */
static char *
drop_fence (char *text)
{
  gsize length = strlen (text);
  char *line = strchr (text, '\n');

  if (!g_str_has_prefix (text, FENCE) || line == NULL || !g_str_has_suffix (line, "\n" FENCE) ||
      strstr (line + 1, FENCE) != text + length - strlen (FENCE))
    return text;
  text[length - strlen ("\n" FENCE)] = '\0';
  if (line[0] == '\0')
    line[1] = '\0';
  memmove (text, line + 1, strlen (line + 1) + 1);
  return text;
}

/* Control characters that no prompt needs. */
static char *
drop_controls (char *text)
{
  char *to = text;

  for (const char *from = text; *from != '\0'; from++)
    if ((guchar) *from >= 0x20 || *from == '\n' || *from == '\t')
      *to++ = *from;
  *to = '\0';
  return text;
}

char *
leyden_reflection_read_text (const char *answer)
{
  g_autofree char *plain = NULL;
  const char *last, *open, *close;

  g_return_val_if_fail (answer != NULL, NULL);

  if (!g_utf8_validate (answer, -1, NULL))
    return NULL;
  plain = drop_controls (g_strdup (answer));
  last = g_strrstr (plain, CLOSING);
  open = last != NULL ? g_strrstr_len (plain, last - plain, OPENING) : NULL;
  if (open == NULL)
    return NULL;
  open += strlen (OPENING);
  close = strstr (open, CLOSING);
  return g_strstrip (drop_fence (g_strstrip (g_strndup (open, (gsize) (close - open)))));
}

char *
leyden_reflection_read_critique (const char *answer)
{
  g_autofree char *text = NULL;
  char *end;

  g_return_val_if_fail (answer != NULL, NULL);

  if (!g_utf8_validate (answer, -1, NULL))
    return NULL;
  text = drop_controls (g_strdup (answer));
  end = strstr (text, OPENING);
  if (end != NULL)
    *end = '\0';
  g_strstrip (text);
  if (strlen (text) > LONGEST_CRITIQUE)
    *g_utf8_find_prev_char (text, text + LONGEST_CRITIQUE + 1) = '\0';
  return *text != '\0' ? g_steal_pointer (&text) : NULL;
}
