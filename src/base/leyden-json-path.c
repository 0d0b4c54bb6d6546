/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include "leyden-json-path-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-expression.h"
#include "leyden-text.h"
#include "leyden-value-private.h"

/* One step of a path, as SQLite reads it: .key  ."key"  [3]  [#-1]  [#] */
typedef struct
{
  const char *key;              /* NULL: an index */
  gsize       length;
  gboolean    from_end;
  guint64     index;
} Step;

static const char *
read_digits (const char *p,
             guint64    *value)
{
  for (*value = 0; g_ascii_isdigit (*p); p++)
    *value = MIN (*value * 10 + (guint64) (*p - '0'), G_MAXUINT32);
  return p;
}

/* Behind the step, or NULL when it is none. */
static const char *
read_key (const char *p,
          Step       *step)
{
  const char *end;

  if (*p == '"')
    {
      end = strchr (p + 1, '"');
      if (end == NULL)
        return NULL;
      step->key = p + 1;
      step->length = (gsize) (end++ - p - 1);
    }
  else
    {
      step->key = p;
      step->length = strcspn (p, ".[");
      end = step->length > 0 ? p + step->length : NULL;
    }
  return end;
}

static const char *
read_index (const char *p,
            Step       *step)
{
  const char *end;

  step->key = NULL;
  step->from_end = *p == '#';
  step->index = 0;
  if (!step->from_end)
    {
      end = read_digits (p, &step->index);
      return end > p && *end == ']' ? end + 1 : NULL;
    }
  p++;
  if (*p == '-' && g_ascii_isdigit (p[1]))
    p = read_digits (p + 1, &step->index);
  return *p == ']' ? p + 1 : NULL;
}

static const char *
read_step (const char *p,
           Step       *step)
{
  if (*p == '.')
    return read_key (p + 1, step);
  if (*p == '[')
    return read_index (p + 1, step);
  return NULL;
}

gboolean
leyden_json_path_check (const char  *path,
                        GError     **error)
{
  const char *p = path;
  Step step;

  while (*p != '\0')
    {
      const char *next = read_step (p, &step);

      if (next == NULL)
        {
          g_autofree char *shown = leyden_text_escape (p, -1, 40);

          g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX,
                       _("not a JSON path near “%s” (character %ld); write $.key, $.\"a key\", $[0] or $[#-1]"),
                       shown, g_utf8_pointer_to_offset (path, p) + 2);
          return FALSE;
        }
      p = next;
    }
  return TRUE;
}

LeydenValue *
leyden_json_path_walk (LeydenValue *value,
                       const char  *path)
{
  Step step;

  while (*path != '\0' && value != NULL)
    {
      path = read_step (path, &step);
      if (path == NULL)
        return NULL;
      if (step.key != NULL)
        {
          gssize found = value->kind == LEYDEN_VALUE_OBJECT ? leyden_value_find_key (value, step.key, step.length) : -1;

          value = found < 0 ? NULL : leyden_value_items (value)[found];
        }
      else
        {
          guint size = leyden_value_get_size (value);

          if (value->kind != LEYDEN_VALUE_LIST || step.index > size)
            return NULL;
          value = leyden_value_get_item (value, step.from_end ? size - (guint) step.index : (guint) step.index);
        }
    }
  return value;
}

LeydenValue *
leyden_json_path_extract (LeydenValue  *value,
                          const char   *path,
                          GError      **error)
{
  LeydenValue *found;

  g_return_val_if_fail (path != NULL, NULL);

  if (path[0] != '$')
    {
      g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX,
                           _("a JSON path begins with “$”, for example $.answer"));
      return NULL;
    }
  if (!leyden_json_path_check (path + 1, error))
    return NULL;
  found = leyden_json_path_walk (value, path + 1);
  return found != NULL ? leyden_value_ref (found) : NULL;
}
