/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-view-complete.h"

#include <string.h>

#include "leyden-text.h"

#define MAX_PROPOSALS 60

static const char * const words[] = {
  "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "HAVING", "LIMIT", "JOIN", "LEFT JOIN", "ON", "AS", "AND", "OR", "NOT", "IS NULL", "BETWEEN", "CASE",
  "WHEN", "THEN", "ELSE", "END", "DESC", "DISTINCT", "count(*)", "avg(", "sum(", "min(", "max(", "round(", ":from", ":to", NULL,
};

static gboolean
is_word (char c)
{
  return g_ascii_isalnum (c) || c == '_' || c == ':';
}

static void
propose (GPtrArray  *proposals,
         const char *label,
         const char *detail,
         const char *typed)
{
  LeydenProposal *proposal;

  if (proposals->len >= MAX_PROPOSALS || g_ascii_strncasecmp (label, typed, strlen (typed)) != 0 || g_ascii_strcasecmp (label, typed) == 0)
    return;
  proposal = g_new0 (LeydenProposal, 1);
  proposal->label = leyden_text_display (label, -1, 60, FALSE);
  proposal->detail = detail != NULL ? leyden_text_display (detail, -1, 80, FALSE) : NULL;
  proposal->insert = g_strdup (label);
  g_ptr_array_add (proposals, proposal);
}

/* Whether @name stands in the query as a word. */
static gboolean
names_view (const char *text,
            const char *name)
{
  gsize length = strlen (name);

  for (const char *p = text; *p != '\0'; p++)
    if ((p == text || !is_word (p[-1])) && g_ascii_strncasecmp (p, name, length) == 0 && !is_word (p[length]))
      return TRUE;
  return FALSE;
}

/* The word before the one that is typed, in small letters. */
static char *
find_before (const char *text,
             const char *word)
{
  const char *end = word, *begin;

  while (end > text && g_ascii_isspace (end[-1]))
    end--;
  for (begin = end; begin > text && is_word (begin[-1]);)
    begin--;
  return g_ascii_strdown (begin, end - begin);
}

static void
propose_columns (GPtrArray   *proposals,
                 LeydenValue *view,
                 const char  *typed)
{
  LeydenValue *columns = leyden_value_get_member (view, "columns");

  for (guint i = 0; i < leyden_value_get_size (columns); i++)
    {
      LeydenValue *column = leyden_value_get_item (columns, i);

      propose (proposals, leyden_value_get_member_string (column, "name", ""), leyden_value_get_member_string (column, "description", NULL), typed);
    }
}

/* Of the view in front of a dot; else of those that the query names, else of all. */
static void
propose_all_columns (GPtrArray   *proposals,
                     LeydenValue *views,
                     const char  *text,
                     const char  *dotted,
                     const char  *typed)
{
  gboolean any = FALSE;

  for (guint i = 0; i < leyden_value_get_size (views); i++)
    any |= names_view (text, leyden_value_get_member_string (leyden_value_get_item (views, i), "name", ""));
  for (guint i = 0; i < leyden_value_get_size (views); i++)
    {
      LeydenValue *view = leyden_value_get_item (views, i);
      const char *name = leyden_value_get_member_string (view, "name", "");

      if (dotted != NULL ? g_ascii_strcasecmp (dotted, name) == 0 : !any || names_view (text, name))
        propose_columns (proposals, view, typed);
    }
}

GPtrArray *
leyden_view_complete (const char  *text,
                      guint        cursor,
                      gboolean     asked,
                      LeydenValue *views,
                      guint       *start)
{
  g_autoptr(GPtrArray) proposals = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_proposal_free);
  const char *at = g_utf8_offset_to_pointer (text, cursor);
  const char *word = at;
  g_autofree char *typed = NULL;
  g_autofree char *before = NULL;

  while (word > text && is_word (word[-1]))
    word--;
  typed = g_strndup (word, (gsize) (at - word));
  if (!asked && *typed == '\0' && (word == text || word[-1] != '.'))
    return NULL;
  *start = cursor - (guint) g_utf8_strlen (typed, -1);
  if (word > text && word[-1] == '.')
    {
      g_autofree char *dotted = find_before (text, word - 1);

      propose_all_columns (proposals, views, text, dotted, typed);
    }
  else
    {
      before = find_before (text, word);
      if (strcmp (before, "from") == 0 || strcmp (before, "join") == 0)
        for (guint i = 0; i < leyden_value_get_size (views); i++)
          propose (proposals, leyden_value_get_member_string (leyden_value_get_item (views, i), "name", ""), NULL, typed);
      else
        propose_all_columns (proposals, views, text, NULL, typed);
      for (guint i = 0; words[i] != NULL && *typed != '\0'; i++)
        propose (proposals, words[i], NULL, typed);
    }
  return proposals->len > 0 ? g_steal_pointer (&proposals) : NULL;
}
