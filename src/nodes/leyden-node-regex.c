/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-node-regex.h"

#include "leyden-expression.h"

#define MAX_QUICK_SUBJECT 16384
#define MAX_GROUPS 64

static gboolean
is_repeat (char c)
{
  return c == '*' || c == '+' || c == '{';
}

gboolean
leyden_regex_may_run_away (const char *pattern,
                           gsize       subject_length)
{
  gboolean varies[MAX_GROUPS] = { FALSE, };     /* by open group: holds a repetition or a choice */
  guint depth = 0;
  gboolean in_class = FALSE;

  if (subject_length > MAX_QUICK_SUBJECT)
    return TRUE;
  for (const char *at = pattern; *at != '\0'; at++)
    {
      if (*at == '\\' && at[1] != '\0')
        at++;
      else if (in_class)
        in_class = *at != ']';
      else if (*at == '[')
        {
          in_class = TRUE;
          /* A bracket right after the beginning is one of the class. */
          at += at[1] == '^';
          at += at[1] == ']';
        }
      else if (*at == '(')
        {
          if (++depth >= MAX_GROUPS)
            return TRUE;
          varies[depth] = FALSE;
        }
      else if (*at == ')' && depth > 0)
        {
          if (varies[depth] && is_repeat (at[1]))
            return TRUE;
          varies[depth - 1] |= varies[depth];
          depth--;
        }
      else if (is_repeat (*at) || *at == '|' || *at == '?')
        varies[depth] |= *at != '?' || at == pattern || at[-1] != '(';
    }
  return FALSE;
}

typedef struct
{
  char     *pattern;
  char     *subject;
  gboolean  last;
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;

  g_free (search->pattern);
  g_free (search->subject);
  g_free (search);
}

static void
search_thread (GTask        *task,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  Search *search = data;
  GError *error = NULL;
  LeydenValue *groups = search->last ? leyden_regex_match_last (search->pattern, search->subject, &error)
                                     : leyden_regex_match (search->pattern, search->subject, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, groups, (GDestroyNotify) leyden_value_unref);
}

void
leyden_node_regex_async (const char          *pattern,
                         const char          *subject,
                         gboolean             last,
                         gpointer             source,
                         GAsyncReadyCallback  callback,
                         gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (source, NULL, callback, data);
  Search *search = g_new (Search, 1);

  *search = (Search) { g_strdup (pattern), g_strdup (subject), last };
  g_task_set_source_tag (task, leyden_node_regex_async);
  g_task_set_task_data (task, search, search_free);
  g_task_run_in_thread (task, search_thread);
}

LeydenValue *
leyden_node_regex_finish (GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_node_regex_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
