/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-value-diff.h"

#include <string.h>

#include "leyden-json.h"

/* What is deeper is one difference. */
#define MAX_DEPTH 100

typedef struct
{
  GPtrArray *changes;
  GString   *path;
  guint      limit;
  guint      depth;
  gboolean   more;
} Diff;

static void
change_free (gpointer data)
{
  LeydenValueChange *change = data;

  g_free (change->path);
  g_clear_pointer (&change->a, leyden_value_unref);
  g_clear_pointer (&change->b, leyden_value_unref);
  g_free (change);
}

static void
add (Diff        *self,
     LeydenValue *a,
     LeydenValue *b)
{
  LeydenValueChange *change;

  if (self->changes->len >= self->limit)
    {
      self->more = TRUE;
      return;
    }
  change = g_new0 (LeydenValueChange, 1);
  change->path = g_strdup (self->path->str);
  change->a = a != NULL ? leyden_value_ref (a) : NULL;
  change->b = b != NULL ? leyden_value_ref (b) : NULL;
  g_ptr_array_add (self->changes, change);
}

static gboolean
is_plain (const char *key)
{
  if (!g_ascii_isalpha (*key) && *key != '_')
    return FALSE;
  while (g_ascii_isalnum (*key) || *key == '_')
    key++;
  return *key == '\0';
}

static void
append_key (GString    *path,
            const char *key)
{
  g_string_append_c (path, '.');
  if (is_plain (key))
    g_string_append (path, key);
  else
    leyden_json_write_string (path, key, -1);
}

static void compare (Diff *self, LeydenValue *a, LeydenValue *b);

static void
compare_objects (Diff        *self,
                 LeydenValue *a,
                 LeydenValue *b)
{
  gsize length = self->path->len;

  for (guint i = 0; i < leyden_value_get_size (a) && !self->more; i++)
    {
      const char *key = leyden_value_get_key (a, i);

      append_key (self->path, key);
      compare (self, leyden_value_get_item (a, i), leyden_value_get_member (b, key));
      g_string_truncate (self->path, length);
    }
  for (guint i = 0; i < leyden_value_get_size (b) && !self->more; i++)
    {
      const char *key = leyden_value_get_key (b, i);

      if (leyden_value_get_member (a, key) != NULL)
        continue;
      append_key (self->path, key);
      compare (self, NULL, leyden_value_get_item (b, i));
      g_string_truncate (self->path, length);
    }
}

static void
compare_lists (Diff        *self,
               LeydenValue *a,
               LeydenValue *b)
{
  guint n = leyden_value_get_size (a), m = leyden_value_get_size (b), head = 0, tail = 0;
  gsize length = self->path->len;

  while (head < MIN (n, m) && leyden_value_equal (leyden_value_get_item (a, head), leyden_value_get_item (b, head)))
    head++;
  while (tail < MIN (n, m) - head && leyden_value_equal (leyden_value_get_item (a, n - tail - 1), leyden_value_get_item (b, m - tail - 1)))
    tail++;
  for (guint i = head; i < MAX (n, m) - tail && !self->more; i++)
    {
      g_string_append_printf (self->path, "[%u]", i);
      compare (self, i < n - tail ? leyden_value_get_item (a, i) : NULL, i < m - tail ? leyden_value_get_item (b, i) : NULL);
      g_string_truncate (self->path, length);
    }
}

static void
compare (Diff        *self,
         LeydenValue *a,
         LeydenValue *b)
{
  LeydenValueKind kind = leyden_value_get_kind (a);

  if (a != NULL && b != NULL && leyden_value_equal (a, b))
    return;
  if (a == NULL || b == NULL || kind != leyden_value_get_kind (b) || (kind != LEYDEN_VALUE_OBJECT && kind != LEYDEN_VALUE_LIST) || self->depth >= MAX_DEPTH)
    {
      add (self, a, b);
      return;
    }
  self->depth++;
  if (kind == LEYDEN_VALUE_OBJECT)
    compare_objects (self, a, b);
  else
    compare_lists (self, a, b);
  self->depth--;
}

GPtrArray *
leyden_value_diff (LeydenValue *a,
                   LeydenValue *b,
                   guint        limit,
                   gboolean    *more)
{
  g_autoptr(GString) path = g_string_new ("$");
  Diff diff = { .changes = g_ptr_array_new_with_free_func (change_free), .path = path, .limit = limit };

  if (a != NULL || b != NULL)
    compare (&diff, a, b);
  if (more != NULL)
    *more = diff.more;
  return diff.changes;
}
