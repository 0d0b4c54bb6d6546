/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-json-private.h"

#define ONES  G_GUINT64_CONSTANT (0x0101010101010101)
#define HIGHS G_GUINT64_CONSTANT (0x8080808080808080)

/* A high bit in each byte that is a quote, a backslash, a control character or not ASCII. A byte above the lowest such
 * byte may be marked wrongly (the borrow of the subtraction), the lowest never is. */
static inline guint64
special_bytes (guint64 x)
{
  guint64 quote = x ^ (ONES * '"');
  guint64 backslash = x ^ (ONES * '\\');
  guint64 found = (x - ONES * 0x20) | (quote - ONES) | (backslash - ONES);

  return ((found & ~x) | x) & HIGHS;
}

static inline const char *
skip_plain (const char *p,
            const char *end)
{
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  while (end - p >= 8)
    {
      guint64 x;
      guint64 special;

      memcpy (&x, p, sizeof x);
      special = special_bytes (x);
      if (special != 0)
        return p + (__builtin_ctzll (special) >> 3);
      p += 8;
    }
#endif
  while (p < end && (guchar) *p >= 0x20 && (guchar) *p < 0x80 && *p != '"' && *p != '\\')
    p++;
  return p;
}

/* As g_string_append_len, without the final NUL that nobody reads here. */
static inline void
append_run (GString    *out,
            const char *run,
            gsize       length)
{
  if (G_UNLIKELY (out->len + length >= out->allocated_len))
    {
      g_string_append_len (out, run, (gssize) length);
      return;
    }
  memcpy (out->str + out->len, run, length);
  out->len += length;
}

guint
leyden_json_utf8_length (const char *p,
                         const char *end)
{
  const guchar *s = (const guchar *) p;
  gsize left = (gsize) (end - p);
  guchar low = 0x80;
  guchar high = 0xBF;

  if (s[0] < 0x80)
    return 1;
  if (s[0] < 0xC2 || s[0] > 0xF4)
    return 0;
  if (s[0] < 0xE0)
    return left >= 2 && (s[1] & 0xC0) == 0x80 ? 2 : 0;

  /* Over-long forms, surrogates and what is above U+10FFFF show in the second byte (RFC 3629, section 4). */
  if (s[0] == 0xE0)
    low = 0xA0;
  else if (s[0] == 0xED)
    high = 0x9F;
  else if (s[0] == 0xF0)
    low = 0x90;
  else if (s[0] == 0xF4)
    high = 0x8F;
  if (left < 3 || s[1] < low || s[1] > high || (s[2] & 0xC0) != 0x80)
    return 0;
  if (s[0] < 0xF0)
    return 3;
  return left >= 4 && (s[3] & 0xC0) == 0x80 ? 4 : 0;
}

/* Four hexadecimal digits at @p, or -1. */
static int
read_hex4 (const char *p,
           const char *end)
{
  int value = 0;

  if (end - p < 4)
    return -1;
  for (int i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (p[i]);

      if (digit < 0)
        return -1;
      value = value * 16 + digit;
    }
  return value;
}

static void
append_character (GString *out,
                  gunichar character)
{
  char buffer[6];

  append_run (out, buffer, (gsize) g_unichar_to_utf8 (character, buffer));
}

/* p stands behind "\u". */
static gboolean
scan_unicode_escape (LeydenJsonReader *self,
                     const char       *backslash)
{
  gboolean strict = self->limits.policy == LEYDEN_JSON_STRICT;
  int unit = read_hex4 (self->p, self->end);
  int low = -1;

  if (unit < 0)
    {
      leyden_json_fail (self, LEYDEN_JSON_ERROR_SYNTAX, backslash, _("“\\u” needs four hexadecimal digits"));
      return FALSE;
    }
  self->p += 4;
  if (unit == 0 && strict)
    {
      leyden_json_fail (self, LEYDEN_JSON_ERROR_SYNTAX, backslash, _("“\\u0000” is not allowed in a text"));
      return FALSE;
    }
  if (unit < 0xD800 || unit > 0xDFFF)
    {
      append_character (self->scratch, (gunichar) unit);
      return TRUE;
    }

  if (unit < 0xDC00 && self->end - self->p >= 6 && self->p[0] == '\\' && self->p[1] == 'u')
    low = read_hex4 (self->p + 2, self->end);
  if (low >= 0xDC00 && low <= 0xDFFF)
    {
      self->p += 6;
      append_character (self->scratch, 0x10000 + (((gunichar) unit - 0xD800) << 10) + ((gunichar) low - 0xDC00));
      return TRUE;
    }
  if (strict || self->limits.refuse_surrogates)
    {
      leyden_json_fail (self, strict ? LEYDEN_JSON_ERROR_SYNTAX : LEYDEN_JSON_ERROR_LIMIT, backslash,
                        _("“\\u%04x” is half of a surrogate pair without the other half"), (guint) unit);
      return FALSE;
    }
  append_character (self->scratch, 0xFFFD);
  return TRUE;
}

/* p stands on the backslash. */
static gboolean
scan_escape (LeydenJsonReader *self)
{
  static const char meanings[256] = {
    ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
  };
  const char *backslash = self->p++;
  char meaning;

  if (self->p == self->end)
    return TRUE;                /* the caller says that the text ends inside a string */
  if (*self->p == 'u')
    {
      self->p++;
      return scan_unicode_escape (self, backslash);
    }
  meaning = meanings[(guchar) *self->p];
  if (meaning == 0)
    {
      leyden_json_fail (self, LEYDEN_JSON_ERROR_SYNTAX, backslash,
                        _("a backslash in a text is followed by one of \" \\ / b f n r t u"));
      return FALSE;
    }
  append_run (self->scratch, &meaning, 1);
  self->p++;
  return TRUE;
}

/* p stands on a byte that is not ASCII: moves behind the run of such characters. */
static inline gboolean
scan_utf8 (LeydenJsonReader *self)
{
  while (self->p < self->end && (guchar) *self->p >= 0x80)
    {
      guint n = leyden_json_utf8_length (self->p, self->end);

      if (n == 0)
        {
          leyden_json_fail_encoding (self, self->p);
          return FALSE;
        }
      self->p += n;
    }
  return TRUE;
}

gboolean
leyden_json_scan_string (LeydenJsonReader *self)
{
  const char *run = self->p;
  gboolean decoded = FALSE;

  for (;;)
    {
      self->p = skip_plain (self->p, self->end);
      if (self->p == self->end)
        {
          leyden_json_fail (self, LEYDEN_JSON_ERROR_SYNTAX, self->token, _("the text ends inside the string that begins here"));
          return FALSE;
        }
      if ((guchar) *self->p >= 0x80)
        {
          if (!scan_utf8 (self))
            return FALSE;
        }
      else if (*self->p == '"')
        {
          break;
        }
      else if (*self->p == '\\')
        {
          if (!decoded)
            g_string_truncate (self->scratch, 0);
          decoded = TRUE;
          append_run (self->scratch, run, (gsize) (self->p - run));
          if (!scan_escape (self))
            return FALSE;
          run = self->p;
        }
      else
        {
          leyden_json_fail (self, LEYDEN_JSON_ERROR_SYNTAX, self->p,
                            _("the control character U+%04X must be written as an escape in a string"), (guchar) *self->p);
          return FALSE;
        }
    }

  if (decoded)
    {
      append_run (self->scratch, run, (gsize) (self->p - run));
      self->slice = self->scratch->str;
      self->slice_length = self->scratch->len;
    }
  else
    {
      self->slice = run;
      self->slice_length = (gsize) (self->p - run);
    }
  self->p++;
  return TRUE;
}
