/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include "leyden-regex-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-expression.h"
#include "leyden-value-private.h"

#define MAX_CACHED 64

/* Unicode classes and “\n” as the only new line, as in Python. The limits end a search that runs away after some tenths
 * of a second and 96 MB. */
#define PREFIX "(*LIMIT_MATCH=3000000)(*LIMIT_RECURSION=1000000)(*LIMIT_HEAP=98304)(*UCP)(*LF)"

static GPrivate cache_private = G_PRIVATE_INIT ((GDestroyNotify) g_hash_table_unref);

static GHashTable *
get_cache (void)
{
  GHashTable *cache = g_private_get (&cache_private);

  if (cache == NULL)
    {
      cache = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_regex_unref);
      g_private_set (&cache_private, cache);
    }
  return cache;
}

GRegex *
leyden_regex_compile (const char  *pattern,
                      GError     **error)
{
  GHashTable *cache = get_cache ();
  GRegex *regex = g_hash_table_lookup (cache, pattern);
  g_autofree char *full = NULL;
  g_autoptr(GError) local_error = NULL;

  if (regex != NULL)
    return regex;
  if (!leyden_regex_parse (pattern, NULL, error))
    return NULL;

  full = g_strconcat (PREFIX, pattern, NULL);
  regex = g_regex_new (full, G_REGEX_NEWLINE_LF, 0, &local_error);
  if (regex == NULL)
    {
      g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX, _("regular expression: %s"),
                   local_error->message);
      return NULL;
    }
  if (g_hash_table_size (cache) >= MAX_CACHED)
    g_hash_table_remove_all (cache);
  g_hash_table_insert (cache, g_strdup (pattern), regex);
  return regex;
}

int
leyden_regex_run (GRegex       *regex,
                  const char   *subject,
                  gssize        length,
                  GMatchInfo  **info,
                  GError      **error)
{
  g_autoptr(GError) local_error = NULL;
  gboolean found = g_regex_match_full (regex, subject, length, 0, 0, info, &local_error);

  if (local_error == NULL)
    return found;
  g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT,
               _("the regular expression takes too long on this text; repetitions inside repetitions, as in (a+)+, do that"));
  return -1;
}

gboolean
leyden_regex_check (const char  *pattern,
                    GError     **error)
{
  g_return_val_if_fail (pattern != NULL, FALSE);

  return leyden_regex_compile (pattern, error) != NULL;
}

static LeydenValue *
fetch_group (const GMatchInfo *info,
             const char       *subject,
             guint             group)
{
  int start;
  int end;

  if (!g_match_info_fetch_pos (info, (int) group, &start, &end) || start < 0)
    return leyden_value_new_null ();
  return leyden_value_new_string (subject + start, end - start);
}

static LeydenValue *
fetch_groups (GRegex           *regex,
              const GMatchInfo *info,
              const char       *subject)
{
  LeydenValue *groups[128];
  guint n = (guint) g_regex_get_capture_count (regex) + 1;

  for (guint i = 0; i < n; i++)
    groups[i] = fetch_group (info, subject, i);
  return leyden_value_new_list_take (groups, n);
}

LeydenValue *
leyden_regex_match (const char  *pattern,
                    const char  *subject,
                    GError     **error)
{
  GRegex *regex;
  g_autoptr(GMatchInfo) info = NULL;

  g_return_val_if_fail (pattern != NULL && subject != NULL, NULL);

  regex = leyden_regex_compile (pattern, error);
  if (regex == NULL)
    return NULL;
  if (leyden_regex_run (regex, subject, -1, &info, error) != 1)
    return NULL;
  return fetch_groups (regex, info, subject);
}

LeydenValue *
leyden_regex_match_last (const char  *pattern,
                         const char  *subject,
                         GError     **error)
{
  GRegex *regex;
  g_autoptr(GMatchInfo) info = NULL;
  LeydenValue *last = NULL;
  g_autoptr(GError) local_error = NULL;

  g_return_val_if_fail (pattern != NULL && subject != NULL, NULL);

  regex = leyden_regex_compile (pattern, error);
  if (regex == NULL || leyden_regex_run (regex, subject, -1, &info, error) != 1)
    return NULL;
  do
    {
      g_clear_pointer (&last, leyden_value_unref);
      last = fetch_groups (regex, info, subject);
    }
  while (g_match_info_next (info, &local_error));
  if (local_error == NULL)
    return last;
  leyden_value_unref (last);
  g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT,
                       _("the regular expression takes too long on this text; repetitions inside repetitions, as in (a+)+, do that"));
  return NULL;
}
