/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-parts.h"

#include <string.h>

GStrv
leyden_rollout_list_scopes (const char *path)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add (builder, "");
  for (const char *end = path != NULL ? strstr (path, "]/") : NULL; end != NULL; end = strstr (end + 2, "]/"))
    {
      g_autofree char *scope = g_strndup (path, (gsize) (end - path) + 2);

      g_strv_builder_add (builder, scope);
    }
  return g_strv_builder_end (builder);
}

static gboolean
has_same (LeydenValue *a,
          LeydenValue *b)
{
  return g_strcmp0 (leyden_value_get_member_string (a, "state", NULL), leyden_value_get_member_string (b, "state", NULL)) == 0
         && leyden_value_get_member_int (a, "started", 0) == leyden_value_get_member_int (b, "started", 0)
         && leyden_value_get_member_int (a, "finished", 0) == leyden_value_get_member_int (b, "finished", 0);
}

static LeydenValue *
find_part (GPtrArray  *parts,
           const char *path)
{
  LeydenValue *node = NULL;

  for (guint i = 0; i < parts->len && node == NULL; i++)
    node = leyden_value_get_member (g_ptr_array_index (parts, i), path);
  return node;
}

static LeydenValue *
make_nodes (LeydenValue *told,
            GPtrArray   *parts,
            gboolean     same_only)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  for (guint i = 0; leyden_value_get_kind (told) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (told); i++)
    {
      const char *path = leyden_value_get_key (told, i);
      LeydenValue *node = leyden_value_get_item (told, i), *whole = find_part (parts, path);

      leyden_value_builder_set (&builder, path, whole != NULL && (!same_only || has_same (node, whole)) ? whole : node);
    }
  for (guint i = 0; i < parts->len && !same_only; i++)
    {
      LeydenValue *part = g_ptr_array_index (parts, i);

      for (guint j = 0; leyden_value_get_kind (part) == LEYDEN_VALUE_OBJECT && j < leyden_value_get_size (part); j++)
        if (leyden_value_get_member (told, leyden_value_get_key (part, j)) == NULL)
          leyden_value_builder_set (&builder, leyden_value_get_key (part, j), leyden_value_get_item (part, j));
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

LeydenValue *
leyden_rollout_fill_in (LeydenValue *summary,
                        GPtrArray   *parts,
                        gboolean     same_only)
{
  g_autoptr(LeydenValue) nodes = NULL;

  g_return_val_if_fail (parts != NULL, NULL);

  if (leyden_value_get_kind (summary) != LEYDEN_VALUE_OBJECT || parts->len == 0)
    return leyden_value_ref (summary);
  nodes = make_nodes (leyden_value_get_member (summary, "nodes"), parts, same_only);
  return leyden_value_with_member (summary, "nodes", nodes);
}
