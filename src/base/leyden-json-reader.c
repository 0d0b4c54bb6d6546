/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-json-private.h"
#include "leyden-text.h"

G_DEFINE_QUARK (leyden-json-error-quark, leyden_json_error)

LeydenJsonToken
leyden_json_fail (LeydenJsonReader *self,
                  LeydenJsonError   code,
                  const char       *at,
                  const char       *format,
                  ...)
{
  g_autofree char *message = NULL;
  guint line;
  guint column;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  leyden_json_get_position (self->text, (gsize) (self->end - self->text), (gsize) (at - self->text), &line, &column);

  g_clear_error (&self->error);
  self->error = g_error_new (LEYDEN_JSON_ERROR, code, _("%u:%u: %s (byte %zu)"),
                             line, column, message, (gsize) (at - self->text));
  self->state = LEYDEN_JSON_STATE_FAILED;
  self->last = LEYDEN_JSON_TOKEN_ERROR;
  return LEYDEN_JSON_TOKEN_ERROR;
}

/* Text in UTF-16 has a byte order mark or a zero in every other byte. */
static gboolean
looks_like_utf16 (const char *text,
                  gsize       length)
{
  const guchar *s = (const guchar *) text;

  if (length < 2)
    return FALSE;
  if ((s[0] == 0xFF && s[1] == 0xFE) || (s[0] == 0xFE && s[1] == 0xFF))
    return TRUE;
  return (s[0] == 0) != (s[1] == 0) && (length < 4 || (s[2] == 0) == (s[0] == 0));
}

LeydenJsonToken
leyden_json_fail_encoding (LeydenJsonReader *self,
                           const char       *at)
{
  if (looks_like_utf16 (self->text, (gsize) (self->end - self->text)))
    return leyden_json_fail (self, LEYDEN_JSON_ERROR_ENCODING, at, _("not UTF-8 (looks like UTF-16)"));
  return leyden_json_fail (self, LEYDEN_JSON_ERROR_ENCODING, at, _("not UTF-8: byte %02X"), (guchar) *at);
}

LeydenJsonToken
leyden_json_fail_duplicate (LeydenJsonReader *self,
                            const char       *key,
                            gsize             length,
                            gsize             first)
{
  g_autofree char *shown = leyden_text_escape (key, (gssize) length, 60);
  guint line;
  guint column;

  leyden_json_get_position (self->text, (gsize) (self->end - self->text), first, &line, &column);
  return leyden_json_fail (self, LEYDEN_JSON_ERROR_DUPLICATE, self->token,
                           _("the key “%s” stands twice in this object, first at %u:%u"), shown, line, column);
}

static LeydenJsonToken
fail_unexpected (LeydenJsonReader *self,
                 const char       *wanted)
{
  const char *at = self->p;
  g_autofree char *shown = NULL;
  guint n;

  if (at == self->end)
    return leyden_json_fail (self, LEYDEN_JSON_ERROR_SYNTAX, at, _("the text ends where %s was expected"), wanted);
  n = leyden_json_utf8_length (at, self->end);
  if (n == 0 || (*at == '\0' && looks_like_utf16 (self->text, (gsize) (self->end - self->text))))
    return leyden_json_fail_encoding (self, at);
  if (*at == '\'')
    return leyden_json_fail (self, LEYDEN_JSON_ERROR_SYNTAX, at, _("strings stand in double quotes (\"), not in single ones"));
  if (*at == '/' || *at == '#')
    return leyden_json_fail (self, LEYDEN_JSON_ERROR_SYNTAX, at, _("expected %s; comments are not JSON"), wanted);
  shown = leyden_text_escape (at, n, 0);
  return leyden_json_fail (self, LEYDEN_JSON_ERROR_SYNTAX, at, _("expected %s, found “%s”"), wanted, shown);
}

static inline void
skip_white (LeydenJsonReader *self)
{
  const char *p = self->p;
  const char *end = self->end;

  while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
    p++;
  self->p = p;
}

static inline LeydenJsonToken
accept (LeydenJsonReader *self,
        LeydenJsonToken   token)
{
  self->state = LEYDEN_JSON_STATE_AFTER_VALUE;
  return self->last = token;
}

/* A double from 2⁶³ up to 10²¹ is written in digits alone (RFC 8785): what we write must be read again. */
static gboolean
is_written_double (const char *text)
{
  char buffer[32];
  double number = leyden_number_to_double (text);

  return isfinite (number) && g_str_equal (leyden_json_format_double (buffer, number), text);
}

LeydenJsonToken
leyden_json_scan_number (LeydenJsonReader *self)
{
  const char *start = self->p;
  const char *p = start;
  gboolean strict = self->limits.policy == LEYDEN_JSON_STRICT;
  gboolean finite = strict || self->limits.refuse_not_finite;
  gboolean is_integer;
  gsize length;

  while (p < self->end && (g_ascii_isdigit (*p) || *p == '-' || *p == '+' || *p == '.' || (*p | 0x20) == 'e'))
    p++;
  length = (gsize) (p - start);
  if (!leyden_number_check (start, length, &is_integer))
    {
      if (!finite && self->end - start >= 9 && memcmp (start, "-Infinity", 9) == 0)
        {
          self->p = start + 9;
          return accept (self, LEYDEN_JSON_TOKEN_NULL);
        }
      return leyden_json_fail (self, LEYDEN_JSON_ERROR_SYNTAX, start, _("not a JSON number"));
    }
  self->p = p;
  self->slice = start;
  self->slice_length = length;
  /* Integers of 18 characters fit 64 bits, and without an exponent 300 characters stay below 1e300. */
  if (is_integer ? length > 18 : memchr (start, 'e', length) || memchr (start, 'E', length) || length > 300)
    {
      g_autofree char *text = g_strndup (start, length);

      if (is_integer && strict)
        {
          errno = 0;
          g_ascii_strtoll (text, NULL, 10);
          if (errno == ERANGE && !is_written_double (text))
            return leyden_json_fail (self, LEYDEN_JSON_ERROR_RANGE, start,
                                     _("this integer is out of range (64 bits with sign)"));
        }
      else if (!is_integer && !isfinite (leyden_number_to_double (text)))
        {
          if (finite)
            return leyden_json_fail (self, LEYDEN_JSON_ERROR_RANGE, start, _("this number is out of range"));
          return accept (self, LEYDEN_JSON_TOKEN_NULL);
        }
    }
  return accept (self, LEYDEN_JSON_TOKEN_NUMBER);
}

static LeydenJsonToken
scan_word (LeydenJsonReader *self)
{
  static const struct
  {
    const char      *word;
    gsize            length;
    LeydenJsonToken  token;
    gboolean         wire_only;
  } words[] = {
    { "true", 4, LEYDEN_JSON_TOKEN_TRUE, FALSE },
    { "false", 5, LEYDEN_JSON_TOKEN_FALSE, FALSE },
    { "null", 4, LEYDEN_JSON_TOKEN_NULL, FALSE },
    { "NaN", 3, LEYDEN_JSON_TOKEN_NULL, TRUE },
    { "Infinity", 8, LEYDEN_JSON_TOKEN_NULL, TRUE },
  };
  const char *p = self->p;
  gsize length = 0;

  while (p + length < self->end && length < 32 && (g_ascii_isalnum (p[length]) || p[length] == '_'))
    length++;
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (length == words[i].length && memcmp (p, words[i].word, length) == 0)
      {
        if (words[i].wire_only && (self->limits.policy == LEYDEN_JSON_STRICT || self->limits.refuse_not_finite))
          return leyden_json_fail (self, LEYDEN_JSON_ERROR_SYNTAX, p, _("“%s” is not a JSON number"), words[i].word);
        self->p += length;
        return accept (self, words[i].token);
      }
  return fail_unexpected (self, _("a value"));
}

static LeydenJsonToken
begin_container (LeydenJsonReader *self,
                 gboolean          is_object)
{
  LeydenJsonFrame *frame;

  if (self->depth == self->limits.max_depth)
    return leyden_json_fail (self, LEYDEN_JSON_ERROR_LIMIT, self->p,
                             _("nested deeper than %u lists and objects"), self->limits.max_depth);
  if (self->depth == self->n_frames_allocated)
    {
      guint n = MAX (16, self->n_frames_allocated * 2);

      self->frames = g_renew (LeydenJsonFrame, self->frames, n);
      memset (self->frames + self->n_frames_allocated, 0, sizeof (LeydenJsonFrame) * (n - self->n_frames_allocated));
      self->n_frames_allocated = n;
    }
  frame = &self->frames[self->depth++];
  frame->is_object = is_object;
  frame->n_keys = 0;
  leyden_key_frame_begin (&frame->keys, &self->keys);
  self->p++;
  self->state = is_object ? LEYDEN_JSON_STATE_FIRST_KEY : LEYDEN_JSON_STATE_FIRST_ITEM;
  return self->last = is_object ? LEYDEN_JSON_TOKEN_BEGIN_OBJECT : LEYDEN_JSON_TOKEN_BEGIN_LIST;
}

static inline LeydenJsonToken
end_container (LeydenJsonReader *self)
{
  LeydenJsonFrame *frame = &self->frames[--self->depth];

  leyden_key_frame_end (&frame->keys, &self->keys);
  self->p++;
  return accept (self, frame->is_object ? LEYDEN_JSON_TOKEN_END_OBJECT : LEYDEN_JSON_TOKEN_END_LIST);
}

static LeydenJsonToken
scan_value (LeydenJsonReader *self)
{
  if (self->p == self->end)
    return fail_unexpected (self, _("a value"));
  if (++self->n_values > self->limits.max_values)
    return leyden_json_fail (self, LEYDEN_JSON_ERROR_LIMIT, self->p,
                             _("more than %zu values"), self->limits.max_values);

  switch (*self->p)
    {
    case '"':
      self->p++;
      if (!leyden_json_scan_string (self))
        return LEYDEN_JSON_TOKEN_ERROR;
      return accept (self, LEYDEN_JSON_TOKEN_STRING);
    case '{':
      return begin_container (self, TRUE);
    case '[':
      return begin_container (self, FALSE);
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
      return leyden_json_scan_number (self);
    default:
      return scan_word (self);
    }
}

static LeydenJsonToken
scan_key (LeydenJsonReader *self)
{
  LeydenJsonFrame *frame = &self->frames[self->depth - 1];

  if (self->p == self->end || *self->p != '"')
    return fail_unexpected (self, _("a key in double quotes"));
  if (++frame->n_keys > self->limits.max_keys)
    return leyden_json_fail (self, LEYDEN_JSON_ERROR_LIMIT, self->p,
                             _("an object with more than %u keys"), self->limits.max_keys);
  self->p++;
  if (!leyden_json_scan_string (self))
    return LEYDEN_JSON_TOKEN_ERROR;
  skip_white (self);
  if (self->p == self->end || *self->p != ':')
    return fail_unexpected (self, "“:”");
  self->p++;
  self->state = LEYDEN_JSON_STATE_VALUE;
  return self->last = LEYDEN_JSON_TOKEN_KEY;
}

static LeydenJsonToken
scan_after_value (LeydenJsonReader *self)
{
  gboolean is_object;

  if (self->depth == 0)
    {
      if (self->p == self->end)
        return self->last = LEYDEN_JSON_TOKEN_END;
      if (leyden_json_utf8_length (self->p, self->end) == 0)
        return leyden_json_fail_encoding (self, self->p);
      return leyden_json_fail (self, LEYDEN_JSON_ERROR_SYNTAX, self->p, _("text after the end of the JSON value"));
    }

  is_object = self->frames[self->depth - 1].is_object;
  if (self->p < self->end && *self->p == (is_object ? '}' : ']'))
    return end_container (self);
  if (self->p == self->end || *self->p != ',')
    return fail_unexpected (self, is_object ? _("“,” or “}”") : _("“,” or “]”"));
  self->p++;
  skip_white (self);
  self->token = self->p;
  return is_object ? scan_key (self) : scan_value (self);
}

LeydenJsonToken
leyden_json_scan (LeydenJsonReader *self)
{
  skip_white (self);
  self->token = self->p;

  switch (self->state)
    {
    case LEYDEN_JSON_STATE_AFTER_VALUE:
      return scan_after_value (self);
    case LEYDEN_JSON_STATE_FIRST_ITEM:
      if (self->p < self->end && *self->p == ']')
        return end_container (self);
      return scan_value (self);
    case LEYDEN_JSON_STATE_FIRST_KEY:
      if (self->p < self->end && *self->p == '}')
        return end_container (self);
      return scan_key (self);
    case LEYDEN_JSON_STATE_VALUE:
      if (self->depth == 0 && self->p == self->end)
        return leyden_json_fail (self, LEYDEN_JSON_ERROR_EMPTY, self->text, _("empty: there is no JSON value"));
      return scan_value (self);
    case LEYDEN_JSON_STATE_FAILED:
    default:
      return LEYDEN_JSON_TOKEN_ERROR;
    }
}

LeydenJsonReader *
leyden_json_reader_new (const char             *text,
                        gsize                   length,
                        const LeydenJsonLimits *limits)
{
  LeydenJsonReader *self = g_new0 (LeydenJsonReader, 1);

  if (limits != NULL)
    self->limits = *limits;
  if (self->limits.max_depth == 0)
    self->limits.max_depth = LEYDEN_JSON_MAX_DEPTH;
  self->limits.max_depth = MIN (self->limits.max_depth, LEYDEN_VALUE_MAX_DEPTH);
  if (self->limits.max_keys == 0)
    self->limits.max_keys = LEYDEN_JSON_MAX_KEYS;
  if (self->limits.max_bytes == 0 || self->limits.max_bytes > LEYDEN_JSON_MAX_BYTES)
    self->limits.max_bytes = LEYDEN_JSON_MAX_BYTES;
  if (self->limits.max_values == 0)
    self->limits.max_values = LEYDEN_JSON_MAX_VALUES;

  self->text = self->p = self->token = text != NULL ? text : "";
  self->end = self->text + length;
  self->scratch = g_string_new (NULL);
  self->last = LEYDEN_JSON_TOKEN_END;
  if (length > self->limits.max_bytes)
    {
      self->end = self->text;   /* no need to look for the line in what is too long */
      leyden_json_fail (self, LEYDEN_JSON_ERROR_LIMIT, self->text,
                        _("%zu bytes are more than the %zu that are allowed"), length, self->limits.max_bytes);
      return self;
    }
  if (self->limits.policy == LEYDEN_JSON_STRICT && length >= 3 && memcmp (text, "\xEF\xBB\xBF", 3) == 0)
    self->p += 3;
  return self;
}

void
leyden_json_reader_free (LeydenJsonReader *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->n_frames_allocated; i++)
    leyden_key_frame_clear (&self->frames[i].keys);
  g_free (self->frames);
  leyden_key_stack_clear (&self->keys);
  g_string_free (self->scratch, TRUE);
  if (self->copy != NULL)
    g_string_free (self->copy, TRUE);
  g_clear_error (&self->error);
  g_free (self);
}

LeydenJsonToken
leyden_json_reader_next (LeydenJsonReader  *self,
                         GError           **error)
{
  LeydenJsonToken token;

  g_return_val_if_fail (self != NULL, LEYDEN_JSON_TOKEN_ERROR);

  token = leyden_json_scan (self);
  if (token == LEYDEN_JSON_TOKEN_KEY && self->limits.policy == LEYDEN_JSON_STRICT)
    {
      LeydenKeyFrame *frame = &self->frames[self->depth - 1].keys;
      gint64 found = leyden_key_frame_add (frame, &self->keys, self->slice, self->slice_length,
                                           (gsize) (self->token - self->text));

      if (found >= 0)
        token = leyden_json_fail_duplicate (self, self->slice, self->slice_length,
                                            self->keys.keys[frame->first_key + found].source);
    }
  if (token == LEYDEN_JSON_TOKEN_ERROR && error != NULL)
    *error = g_error_copy (self->error);
  return token;
}

const char *
leyden_json_reader_get_text (LeydenJsonReader *self,
                             gsize            *length)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (length != NULL)
    *length = 0;
  if (self->last != LEYDEN_JSON_TOKEN_STRING && self->last != LEYDEN_JSON_TOKEN_KEY
      && self->last != LEYDEN_JSON_TOKEN_NUMBER)
    return NULL;
  if (self->copy == NULL)
    self->copy = g_string_new (NULL);
  g_string_truncate (self->copy, 0);
  g_string_append_len (self->copy, self->slice, (gssize) self->slice_length);
  if (length != NULL)
    *length = self->slice_length;
  return self->copy->str;
}

gsize
leyden_json_reader_get_offset (LeydenJsonReader *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return (gsize) (self->token - self->text);
}

gboolean
leyden_json_reader_skip_value (LeydenJsonReader  *self,
                               GError           **error)
{
  guint depth;

  g_return_val_if_fail (self != NULL, FALSE);

  if (self->last != LEYDEN_JSON_TOKEN_BEGIN_OBJECT && self->last != LEYDEN_JSON_TOKEN_BEGIN_LIST)
    return TRUE;
  for (depth = self->depth; self->depth >= depth;)
    if (leyden_json_reader_next (self, error) == LEYDEN_JSON_TOKEN_ERROR)
      return FALSE;
  return TRUE;
}
