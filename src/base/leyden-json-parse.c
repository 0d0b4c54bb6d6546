/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "leyden-json-private.h"

#define RECENT_BITS    8
#define RECENT_LENGTH  24
#define RECENT_MINIMUM 2048

/* Short texts and numbers that came before in the same document ("out", "text", 0.7): their nodes are shared, which is
 * quicker than making them again and keeps the value small. Not owned: what is assembled holds them. */
typedef struct
{
  LeydenValue *values[1 << RECENT_BITS];
} Recent;

static LeydenValue *
new_text (Recent          *recent,
          LeydenValueKind  kind,
          const char      *text,
          gsize            length)
{
  guint64 hash = length;
  LeydenValue **place;

  if (recent == NULL || length == 0 || length > RECENT_LENGTH)
    return leyden_value_new_text (kind, text, length);

  memcpy (&hash, text, MIN (length, sizeof hash));
  hash = (hash ^ length) * G_GUINT64_CONSTANT (0x9E3779B97F4A7C15);
  place = &recent->values[hash >> (64 - RECENT_BITS)];
  if (*place != NULL && (*place)->size == length && (*place)->kind == kind
      && memcmp (leyden_value_text (*place), text, length) == 0)
    return leyden_value_ref (*place);
  return *place = leyden_value_new_text (kind, text, length);
}

static LeydenValue *
new_number (Recent     *recent,
            const char *text,
            gsize       length)
{
  if (length <= 3)
    {
      guint value = 0;
      gsize i = 0;

      for (; i < length && g_ascii_isdigit (text[i]); i++)
        value = value * 10 + (guint) (text[i] - '0');
      if (i == length)
        return leyden_value_small_int (value);
    }
  return new_text (recent, LEYDEN_VALUE_NUMBER, text, length);
}

/* The value of a token that is no container; NULL for the others. */
static inline LeydenValue *
scalar_of_token (LeydenJsonReader *self,
                 Recent           *recent,
                 LeydenJsonToken   token)
{
  switch (token)
    {
    case LEYDEN_JSON_TOKEN_NULL:
      return leyden_value_new_null ();
    case LEYDEN_JSON_TOKEN_TRUE:
      return leyden_value_new_boolean (TRUE);
    case LEYDEN_JSON_TOKEN_FALSE:
      return leyden_value_new_boolean (FALSE);
    case LEYDEN_JSON_TOKEN_NUMBER:
      return new_number (recent, self->slice, self->slice_length);
    case LEYDEN_JSON_TOKEN_STRING:
      return new_text (recent, LEYDEN_VALUE_STRING, self->slice, self->slice_length);
    case LEYDEN_JSON_TOKEN_END:
    case LEYDEN_JSON_TOKEN_ERROR:
    case LEYDEN_JSON_TOKEN_KEY:
    case LEYDEN_JSON_TOKEN_BEGIN_OBJECT:
    case LEYDEN_JSON_TOKEN_END_OBJECT:
    case LEYDEN_JSON_TOKEN_BEGIN_LIST:
    case LEYDEN_JSON_TOKEN_END_LIST:
    default:
      return NULL;
    }
}

static LeydenJsonToken
add_key (LeydenJsonReader *self,
         LeydenAssembly   *assembly,
         Recent           *recent)
{
  gsize first = 0;

  if (leyden_assembly_key (assembly, self->slice, self->slice_length, (gsize) (self->token - self->text), &first))
    return LEYDEN_JSON_TOKEN_KEY;
  if (self->limits.policy == LEYDEN_JSON_STRICT)
    return leyden_json_fail_duplicate (self, self->slice, self->slice_length, first);
  /* The value that is going to be replaced must not be found again. */
  if (recent != NULL)
    memset (recent, 0, sizeof *recent);
  return LEYDEN_JSON_TOKEN_KEY;
}

/* Adds the value that begins with @token; stops behind its end. */
static LeydenJsonToken
assemble (LeydenJsonReader *self,
          LeydenAssembly   *assembly,
          LeydenJsonToken   token)
{
  Recent memory;
  Recent *recent = self->end - self->p >= RECENT_MINIMUM ? &memory : NULL;

  if (recent != NULL)
    memset (recent, 0, sizeof *recent);
  for (;;)
    {
      switch (token)
        {
        case LEYDEN_JSON_TOKEN_BEGIN_OBJECT:
          leyden_assembly_begin (assembly, TRUE);
          break;
        case LEYDEN_JSON_TOKEN_BEGIN_LIST:
          leyden_assembly_begin (assembly, FALSE);
          break;
        case LEYDEN_JSON_TOKEN_END_OBJECT:
        case LEYDEN_JSON_TOKEN_END_LIST:
          leyden_assembly_end (assembly);
          break;
        case LEYDEN_JSON_TOKEN_KEY:
          if (add_key (self, assembly, recent) == LEYDEN_JSON_TOKEN_ERROR)
            return LEYDEN_JSON_TOKEN_ERROR;
          break;
        case LEYDEN_JSON_TOKEN_ERROR:
        case LEYDEN_JSON_TOKEN_END:
          return token;
        case LEYDEN_JSON_TOKEN_NULL:
        case LEYDEN_JSON_TOKEN_TRUE:
        case LEYDEN_JSON_TOKEN_FALSE:
        case LEYDEN_JSON_TOKEN_NUMBER:
        case LEYDEN_JSON_TOKEN_STRING:
        default:
          leyden_assembly_take (assembly, scalar_of_token (self, recent, token));
          break;
        }
      if (leyden_assembly_depth (assembly) == 0)
        return token;
      token = leyden_json_scan (self);
    }
}

LeydenValue *
leyden_json_reader_read_value (LeydenJsonReader  *self,
                               GError           **error)
{
  LeydenValue *value;
  LeydenAssembly *assembly;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->last == LEYDEN_JSON_TOKEN_KEY)
    leyden_json_reader_next (self, NULL);
  value = scalar_of_token (self, NULL, self->last);
  if (value != NULL)
    return value;

  if (self->last == LEYDEN_JSON_TOKEN_BEGIN_OBJECT || self->last == LEYDEN_JSON_TOKEN_BEGIN_LIST)
    {
      assembly = leyden_assembly_new ();
      if (assemble (self, assembly, self->last) != LEYDEN_JSON_TOKEN_ERROR)
        value = leyden_assembly_finish (assembly);
      leyden_assembly_free (assembly);
    }
  if (value == NULL && self->error != NULL)
    g_propagate_error (error, g_error_copy (self->error));
  else if (value == NULL)
    g_set_error_literal (error, LEYDEN_JSON_ERROR, LEYDEN_JSON_ERROR_SYNTAX, _("no value begins here"));
  return value;
}

LeydenValue *
leyden_json_parse (const char              *text,
                   gssize                   length,
                   const LeydenJsonLimits  *limits,
                   GError                 **error)
{
  g_autoptr(LeydenJsonReader) reader = NULL;
  g_autoptr(LeydenValue) value = NULL;

  g_return_val_if_fail (text != NULL || length == 0, NULL);

  reader = leyden_json_reader_new (text, length < 0 ? strlen (text) : (gsize) length, limits);
  if (leyden_json_reader_next (reader, error) == LEYDEN_JSON_TOKEN_ERROR)
    return NULL;
  value = leyden_json_reader_read_value (reader, error);
  if (value == NULL || leyden_json_reader_next (reader, error) == LEYDEN_JSON_TOKEN_ERROR)
    return NULL;
  return g_steal_pointer (&value);
}

LeydenValue *
leyden_json_parse_bytes (GBytes                  *bytes,
                         const LeydenJsonLimits  *limits,
                         GError                 **error)
{
  gsize length;
  const char *text;

  g_return_val_if_fail (bytes != NULL, NULL);

  text = g_bytes_get_data (bytes, &length);
  return leyden_json_parse (text, (gssize) length, limits, error);
}

void
leyden_json_get_position (const char *text,
                          gsize       length,
                          gsize       offset,
                          guint      *line,
                          guint      *column)
{
  const char *p = text;
  const char *at = text + MIN (offset, length);
  const char *newline;

  *line = 1;
  *column = 1;
  while (p < at && (newline = memchr (p, '\n', (gsize) (at - p))) != NULL)
    {
      (*line)++;
      p = newline + 1;
    }
  if (*line == 1 && at - p >= 3 && memcmp (p, "\xEF\xBB\xBF", 3) == 0)
    p += 3;
  for (; p < at; p++)
    if (((guchar) *p & 0xC0) != 0x80)
      (*column)++;
}

/* Moves to the member or item that @part names; the last token is then the first one of its value. */
static gboolean
enter (LeydenJsonReader *reader,
       const char       *part,
       gsize             length)
{
  g_autoptr(GString) key = g_string_new_len (part, (gssize) length);
  LeydenJsonToken container = reader->last;
  LeydenJsonToken token;
  guint64 index = 0;

  if (container == LEYDEN_JSON_TOKEN_BEGIN_LIST)
    {
      if (!g_ascii_string_to_unsigned (key->str, 10, 0, G_MAXUINT32, &index, NULL)
          || (key->str[0] == '0' && key->len > 1))
        return FALSE;
    }
  else if (container != LEYDEN_JSON_TOKEN_BEGIN_OBJECT)
    {
      return FALSE;
    }
  g_string_replace (key, "~1", "/", 0);
  g_string_replace (key, "~0", "~", 0);

  for (guint64 i = 0;; i++)
    {
      gboolean found = container == LEYDEN_JSON_TOKEN_BEGIN_LIST && i == index;

      token = leyden_json_scan (reader);
      if (token == LEYDEN_JSON_TOKEN_KEY)
        {
          found = reader->slice_length == key->len && memcmp (reader->slice, key->str, key->len) == 0;
          token = leyden_json_scan (reader);
        }
      if (token == LEYDEN_JSON_TOKEN_ERROR || token == LEYDEN_JSON_TOKEN_END_OBJECT
          || token == LEYDEN_JSON_TOKEN_END_LIST)
        return FALSE;
      if (found)
        return TRUE;
      if (!leyden_json_reader_skip_value (reader, NULL))
        return FALSE;
    }
}

gboolean
leyden_json_locate (const char *text,
                    gsize       length,
                    const char *pointer,
                    guint      *line,
                    guint      *column)
{
  /* The text was read already, perhaps with other limits than the usual ones. */
  const LeydenJsonLimits limits = { .max_depth = LEYDEN_VALUE_MAX_DEPTH, .max_keys = G_MAXUINT, .max_values = G_MAXSIZE };
  g_autoptr(LeydenJsonReader) reader = NULL;

  g_return_val_if_fail (text != NULL && pointer != NULL && line != NULL && column != NULL, FALSE);

  reader = leyden_json_reader_new (text, length, &limits);
  if (leyden_json_scan (reader) == LEYDEN_JSON_TOKEN_ERROR)
    return FALSE;
  while (*pointer == '/')
    {
      gsize part = strcspn (pointer + 1, "/");

      if (!enter (reader, pointer + 1, part))
        return FALSE;
      pointer += 1 + part;
    }
  if (*pointer != '\0')
    return FALSE;
  leyden_json_get_position (text, length, leyden_json_reader_get_offset (reader), line, column);
  return TRUE;
}
