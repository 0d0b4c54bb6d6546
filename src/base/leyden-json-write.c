/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-json-private.h"

static void write_value (GString *out, const LeydenValue *value, LeydenJsonStyle style, guint indent);

/* 0: as it is; else the letter behind the backslash, 'u' for \u00XX. */
static const char escapes[256] = {
  'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b', 't', 'n', 'u', 'f', 'r', 'u', 'u',
  'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u',
  ['"'] = '"', ['\\'] = '\\',
};

void
leyden_json_write_string (GString    *out,
                          const char *text,
                          gssize      length)
{
  const char *end;
  const char *run = text;

  g_return_if_fail (out != NULL && text != NULL);

  end = text + (length < 0 ? strlen (text) : (gsize) length);
  g_string_append_c (out, '"');
  for (const char *p = text; p < end; p++)
    {
      char escape = escapes[(guchar) *p];

      if (escape == 0)
        continue;
      g_string_append_len (out, run, p - run);
      run = p + 1;
      if (escape == 'u')
        {
          static const char digits[] = "0123456789abcdef";
          char buffer[6] = { '\\', 'u', '0', '0', digits[(guchar) *p >> 4], digits[(guchar) *p & 15] };

          g_string_append_len (out, buffer, sizeof buffer);
        }
      else
        {
          char buffer[2] = { '\\', escape };

          g_string_append_len (out, buffer, sizeof buffer);
        }
    }
  g_string_append_len (out, run, end - run);
  g_string_append_c (out, '"');
}

static void
write_number (GString           *out,
              const LeydenValue *value,
              LeydenJsonStyle    style)
{
  const char *text = leyden_value_text (value);
  char buffer[32];

  if (style == LEYDEN_JSON_COMPACT || style == LEYDEN_JSON_PRETTY
      || (style == LEYDEN_JSON_PYTHON && leyden_json_is_python_double (text, value->size)))
    g_string_append_len (out, text, value->size);
  else if (strpbrk (text, ".eE") != NULL)
    g_string_append (out, style == LEYDEN_JSON_CANONICAL
                            ? leyden_json_format_double (buffer, leyden_number_to_double (text))
                            : leyden_json_format_double_python (buffer, leyden_number_to_double (text)));
  else if (style == LEYDEN_JSON_CANONICAL && strcmp (text, "-0") == 0)
    g_string_append_c (out, '0');
  else
    g_string_append_len (out, text, value->size);
}

/* Order of UTF-16 code units: as that of bytes, but U+E000 to U+FFFF (EE, EF) come behind the surrogates (F0 to F4). */
static int
compare_utf16 (const char *a,
               gsize       a_length,
               const char *b,
               gsize       b_length)
{
  for (gsize i = 0; i < a_length && i < b_length; i++)
    {
      guchar x = (guchar) a[i];
      guchar y = (guchar) b[i];

      if (x == y)
        continue;
      if (x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0))
        return x >= 0xF0 ? -1 : 1;
      return x < y ? -1 : 1;
    }
  return (a_length > b_length) - (a_length < b_length);
}

static int
compare_members (gconstpointer a,
                 gconstpointer b,
                 gpointer      object)
{
  gsize a_length;
  gsize b_length;
  const char *a_key = leyden_value_key_at (object, *(const guint32 *) a, &a_length);
  const char *b_key = leyden_value_key_at (object, *(const guint32 *) b, &b_length);

  return compare_utf16 (a_key, a_length, b_key, b_length);
}

static void
write_newline (GString *out,
               guint    indent)
{
  gsize at = out->len;

  g_string_set_size (out, at + 1 + 2 * (gsize) indent);
  out->str[at] = '\n';
  memset (out->str + at + 1, ' ', 2 * (gsize) indent);
}

static void
write_member (GString           *out,
              const LeydenValue *object,
              guint32            i,
              LeydenJsonStyle    style,
              guint              indent)
{
  gsize length;
  const char *key = leyden_value_key_at (object, i, &length);

  if (style == LEYDEN_JSON_PRETTY)
    write_newline (out, indent + 1);
  leyden_json_write_string (out, key, (gssize) length);
  g_string_append (out, style == LEYDEN_JSON_PRETTY ? ": " : ":");
  write_value (out, leyden_value_items (object)[i], style, indent + 1);
}

static void
write_object_sorted (GString           *out,
                     const LeydenValue *object)
{
  guint32 few[32];
  g_autofree guint32 *many = object->size > G_N_ELEMENTS (few) ? g_new (guint32, object->size) : NULL;
  guint32 *order = many != NULL ? many : few;
  gboolean sorted = TRUE;

  for (guint32 i = 0; i < object->size; i++)
    {
      order[i] = i;
      if (i > 0 && sorted)
        sorted = compare_members (&order[i - 1], &order[i], (gpointer) object) < 0;
    }
  if (!sorted)
    g_qsort_with_data (order, (int) object->size, sizeof *order, compare_members, (gpointer) object);
  for (guint32 i = 0; i < object->size; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      write_member (out, object, order[i], LEYDEN_JSON_CANONICAL, 0);
    }
}

static void
write_members (GString           *out,
               const LeydenValue *value,
               LeydenJsonStyle    style,
               guint              indent)
{
  if (value->kind == LEYDEN_VALUE_OBJECT && style == LEYDEN_JSON_CANONICAL)
    {
      write_object_sorted (out, value);
      return;
    }
  for (guint32 i = 0; i < value->size; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      if (value->kind == LEYDEN_VALUE_OBJECT)
        {
          write_member (out, value, i, style, indent);
          continue;
        }
      if (style == LEYDEN_JSON_PRETTY)
        write_newline (out, indent + 1);
      write_value (out, leyden_value_items (value)[i], style, indent + 1);
    }
  if (style == LEYDEN_JSON_PRETTY && value->size > 0)
    write_newline (out, indent);
}

static void
write_value (GString           *out,
             const LeydenValue *value,
             LeydenJsonStyle    style,
             guint              indent)
{
  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_BOOLEAN:
      g_string_append (out, leyden_value_get_boolean (value) ? "true" : "false");
      break;
    case LEYDEN_VALUE_NUMBER:
      write_number (out, value, style);
      break;
    case LEYDEN_VALUE_STRING:
      leyden_json_write_string (out, leyden_value_text (value), value->size);
      break;
    case LEYDEN_VALUE_LIST:
      g_string_append_c (out, '[');
      write_members (out, value, style, indent);
      g_string_append_c (out, ']');
      break;
    case LEYDEN_VALUE_OBJECT:
      g_string_append_c (out, '{');
      write_members (out, value, style, indent);
      g_string_append_c (out, '}');
      break;
    case LEYDEN_VALUE_NULL:
    default:
      g_string_append (out, "null");
      break;
    }
}

void
leyden_json_write_to (GString           *out,
                      const LeydenValue *value,
                      LeydenJsonStyle    style)
{
  g_return_if_fail (out != NULL);

  if (value == NULL)
    g_string_append (out, "null");
  else
    write_value (out, value, style, 0);
  if (style == LEYDEN_JSON_PRETTY)
    g_string_append_c (out, '\n');
}

char *
leyden_json_write (const LeydenValue *value,
                   LeydenJsonStyle    style)
{
  GString *out = g_string_sized_new (256);

  leyden_json_write_to (out, value, style);
  return g_string_free (out, FALSE);
}

GBytes *
leyden_json_write_bytes (const LeydenValue *value,
                         LeydenJsonStyle    style)
{
  GString *out = g_string_sized_new (256);

  leyden_json_write_to (out, value, style);
  return g_string_free_to_bytes (out);
}

char *
leyden_json_hash (const LeydenValue *value)
{
  g_autoptr(GBytes) bytes = leyden_json_write_bytes (value, LEYDEN_JSON_CANONICAL);

  return g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
}
