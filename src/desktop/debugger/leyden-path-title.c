/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-path-title.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-debug-path.h"

gsize
leyden_path_scope_length (const char *path)
{
  const char *end = g_strrstr (path, "]/");

  return end != NULL ? (gsize) (end - path) + 2 : 0;
}

/* The number in the last brackets before @end, from 1. */
static guint
round_before (const char *path,
              const char *end)
{
  while (end > path && *end != '[')
    end--;
  return (guint) g_ascii_strtoull (end + (*end == '['), NULL, 10) + 1;
}

char *
leyden_path_title (LeydenFlow *flow,
                   const char *path)
{
  gsize scope;
  g_autofree char *title = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  title = leyden_debug_path_dup_name (flow, path);
  scope = leyden_path_scope_length (path);
  if (scope == 0 || strpbrk (path + scope, "#/") != NULL)
    return g_steal_pointer (&title);
  /* Translators: title of a node, number of the round of the container that it is in. */
  return g_strdup_printf (_("%s (%u)"), title, round_before (path, path + scope));
}

guint
leyden_path_depth (const char *path)
{
  guint depth = 0;

  g_return_val_if_fail (path != NULL, 0);

  for (const char *p = path; *p != '\0'; p++)
    if (*p == '#' || *p == '/')
      depth++;
  return depth;
}
