/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "leyden-http-target.h"

#include <string.h>

/* Raw bytes that no target has: controls, space, '#' (a fragment is never sent). */
static gboolean
raw_is_clean (const char *raw)
{
  for (const guchar *p = (const guchar *) raw; *p != '\0'; p++)
    {
      if (*p <= 0x20 || *p == 0x7f || *p == '#')
        return FALSE;
    }
  return TRUE;
}

/* Decodes @length bytes once; NULL for a broken escape, %00, or what is then not UTF-8. */
static char *
decode (const char *raw,
        gsize       length,
        gboolean    plus_is_space)
{
  g_autofree char *text = g_malloc (length + 1);
  gsize n = 0;

  for (gsize i = 0; i < length; i++)
    {
      char byte = raw[i];

      if (byte == '%')
        {
          int high, low;

          if (length - i < 3)
            return NULL;
          high = g_ascii_xdigit_value (raw[i + 1]);
          low = g_ascii_xdigit_value (raw[i + 2]);
          if (high < 0 || low < 0 || (high == 0 && low == 0))
            return NULL;
          byte = (char) (high << 4 | low);
          i += 2;
        }
      else if (byte == '+' && plus_is_space)
        byte = ' ';
      text[n++] = byte;
    }
  text[n] = '\0';
  return g_utf8_validate (text, (gssize) n, NULL) ? g_steal_pointer (&text) : NULL;
}

static gboolean
has_controls (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      if (g_unichar_iscntrl (g_utf8_get_char (p)))
        return TRUE;
    }
  return FALSE;
}

static void
append_segment (GString    *path,
                const char *segment)
{
  g_string_append_c (path, '/');
  for (const char *p = segment; *p != '\0'; p++)
    {
      if (*p == '/')
        g_string_append (path, "%2F");
      else if (*p == '%')
        g_string_append (path, "%25");
      else
        g_string_append_c (path, *p);
    }
}

static gboolean
parse_path (LeydenHttpTarget *self,
            const char       *raw,
            gsize             length)
{
  g_autoptr(GString) path = g_string_sized_new (length + 1);
  const char *end = raw + length;
  const char *start = raw + 1;

  while (TRUE)
    {
      const char *slash = memchr (start, '/', (gsize) (end - start));
      gsize segment_length = (gsize) ((slash != NULL ? slash : end) - start);
      char *segment = decode (start, segment_length, FALSE);

      if (segment == NULL)
        return FALSE;
      g_ptr_array_add (self->segments, segment);
      if (has_controls (segment))
        return FALSE;
      append_segment (path, segment);
      if (slash == NULL)
        break;
      start = slash + 1;
    }
  self->path = g_string_free (g_steal_pointer (&path), FALSE);
  return TRUE;
}

static gboolean
parse_query (LeydenHttpTarget *self,
             const char       *query)
{
  while (*query != '\0')
    {
      gsize length = strcspn (query, "&");
      const char *equals = memchr (query, '=', length);
      gsize name_length = equals != NULL ? (gsize) (equals - query) : length;
      char *name, *value;

      if (length > 0)
        {
          name = decode (query, name_length, TRUE);
          if (name == NULL)
            return FALSE;
          g_ptr_array_add (self->query, name);
          value = equals != NULL ? decode (equals + 1, length - name_length - 1, TRUE) : g_strdup ("");
          if (value == NULL)
            return FALSE;
          g_ptr_array_add (self->query, value);
        }
      query += length;
      if (*query == '&')
        query++;
    }
  return TRUE;
}

LeydenHttpTarget *
leyden_http_target_parse (const char  *raw,
                          guint       *status,
                          const char **detail)
{
  g_autoptr(LeydenHttpTarget) self = NULL;
  gsize path_length = strcspn (raw, "?");

  *status = 400;
  *detail = "The request target is not a path of this server";
  if (strlen (raw) > LEYDEN_HTTP_TARGET_MAX)
    {
      *status = 414;
      *detail = "The request target is longer than 8192 bytes";
      return NULL;
    }
  if (raw[0] != '/' || !raw_is_clean (raw))
    return NULL;

  self = g_new0 (LeydenHttpTarget, 1);
  self->segments = g_ptr_array_new_with_free_func (g_free);
  self->query = g_ptr_array_new_with_free_func (g_free);
  *detail = "The path has a broken escape, a control character, or is not UTF-8";
  if (!parse_path (self, raw, path_length))
    return NULL;
  *detail = "The query has a broken escape or is not UTF-8";
  if (raw[path_length] == '?' && !parse_query (self, raw + path_length + 1))
    return NULL;
  *status = 0;
  *detail = NULL;
  return g_steal_pointer (&self);
}

void
leyden_http_target_free (LeydenHttpTarget *self)
{
  g_free (self->path);
  g_ptr_array_unref (self->segments);
  g_ptr_array_unref (self->query);
  g_free (self);
}

const char *
leyden_http_target_get_query (LeydenHttpTarget *self,
                              const char       *name,
                              guint             n)
{
  for (guint i = 0; i + 1 < self->query->len; i += 2)
    {
      if (g_str_equal (self->query->pdata[i], name) && n-- == 0)
        return self->query->pdata[i + 1];
    }
  return NULL;
}

guint
leyden_http_target_count_query (LeydenHttpTarget *self,
                                const char       *name)
{
  guint n = 0;

  for (guint i = 0; i + 1 < self->query->len; i += 2)
    n += g_str_equal (self->query->pdata[i], name);
  return n;
}
