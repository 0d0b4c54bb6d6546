/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-path-title.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-text.h"

static const char *
title_of_node (LeydenNode *node,
               const char *id)
{
  const LeydenNodeType *type;

  if (node == NULL)
    return id;
  if (*leyden_node_get_title (node) != '\0')
    return leyden_node_get_title (node);
  type = leyden_node_types_lookup (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), leyden_node_get_type_name (node));
  return type != NULL ? type->title : id;
}

gsize
leyden_path_scope_length (const char *path)
{
  const char *end = g_strrstr (path, "]/");

  return end != NULL ? (gsize) (end - path) + 2 : 0;
}

/* The number in the last brackets that end before @end, from 1. */
static guint
round_before (const char *path,
              const char *end)
{
  while (end > path && *end != '[')
    end--;
  return (guint) g_ascii_strtoull (end + (*end == '['), NULL, 10) + 1;
}

/* The node with id @part beside what @path runs in: a tool stands beside its agent. */
static LeydenNode *
find_node (LeydenFlow *flow,
           const char *path,
           const char *part)
{
  g_autofree char *scope = g_strndup (path, leyden_path_scope_length (path));
  g_autofree char *full = g_strconcat (scope, part, NULL);
  g_autofree char *collapsed = leyden_node_path_collapse (full);

  return flow != NULL ? leyden_flow_find_path (flow, collapsed, NULL) : NULL;
}

char *
leyden_path_title (LeydenFlow *flow,
                   const char *path)
{
  const char *slash, *part, *hash;
  LeydenNode *node;
  gsize scope;
  g_autofree char *title = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  slash = strrchr (path, '/');
  part = slash != NULL ? slash + 1 : path;
  hash = strrchr (part, '#');
  if (hash != NULL)
    {
      g_autofree char *number = leyden_text_display (hash + 1, -1, 20, FALSE);

      return g_strdup_printf (_("Turn %s"), number);
    }
  node = find_node (flow, path, part);
  if (node == NULL && g_str_has_suffix (part, "]") && strchr (part, '[') != NULL)
    return g_strdup_printf (_("Round %u"), round_before (part, part + strlen (part)));
  title = leyden_text_display (title_of_node (node, part), -1, 80, FALSE);
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
