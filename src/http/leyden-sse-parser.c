/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "leyden-http-client.h"

#include <string.h>

/* Source: WHATWG HTML Living Standard, section 9.2 "Server-sent events". Text is decoded a line at a time: line breaks are
 * ASCII, so a character cut between two pieces is whole again when its line ends, and no result depends on the cuts. */
#define DEFAULT_MAX_LINE ((gsize) 16 * 1024 * 1024)

struct _LeydenSseParser
{
  LeydenSseCallback callback;
  gpointer callback_data;
  gsize max_line;
  GString *line;                /* raw bytes of the line under way */
  GString *data;                /* of the event under way, lines joined by '\n' */
  char *event;
  char *id;
  guint retry_ms;
  gboolean has_data;
  gboolean after_cr;            /* the next LF belongs to the line that ended */
  gboolean started;             /* the first line was seen, a BOM is text from here on */
  gboolean invalid_utf8;
  gboolean ended;               /* by the callback or a limit */
};

LeydenSseParser *
leyden_sse_parser_new (gsize             max_line,
                       LeydenSseCallback callback,
                       gpointer          data)
{
  LeydenSseParser *self;

  g_return_val_if_fail (callback != NULL, NULL);

  self = g_new0 (LeydenSseParser, 1);
  self->callback = callback;
  self->callback_data = data;
  self->max_line = max_line != 0 ? max_line : DEFAULT_MAX_LINE;
  self->line = g_string_new (NULL);
  self->data = g_string_new (NULL);
  self->id = g_strdup ("");
  return self;
}

void
leyden_sse_parser_free (LeydenSseParser *self)
{
  g_string_free (self->line, TRUE);
  g_string_free (self->data, TRUE);
  g_free (self->event);
  g_free (self->id);
  g_free (self);
}

/* Appends with every byte that belongs to no character replaced; NUL is a character here. */
static void
append_valid (LeydenSseParser *self,
              GString         *out,
              const char      *text,
              gsize            length)
{
  const char *end = text + length;

  while (text < end)
    {
      const char *bad;

      if (g_utf8_validate (text, end - text, &bad))
        bad = end;
      g_string_append_len (out, text, bad - text);
      text = bad;
      if (text == end)
        break;
      if (*text == '\0')
        g_string_append_c (out, '\0');
      else
        {
          g_string_append (out, "\357\277\275");
          self->invalid_utf8 = TRUE;
        }
      text++;
    }
}

static char *
dup_valid (LeydenSseParser *self,
           const char      *text,
           gsize            length)
{
  GString *out = g_string_sized_new (length + 1);

  append_valid (self, out, text, length);
  return g_string_free (out, FALSE);
}

static gboolean
fail_too_long (LeydenSseParser *self,
               const char      *what,
               GError         **error)
{
  self->ended = TRUE;
  g_set_error (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_TOO_LARGE,
               "%s of the event stream is longer than %" G_GSIZE_FORMAT " bytes", what, self->max_line);
  return FALSE;
}

static gboolean
dispatch (LeydenSseParser *self)
{
  const char *event = self->event != NULL && *self->event != '\0' ? self->event : "message";
  gboolean goes_on = TRUE;

  if (self->has_data)
    goes_on = self->callback (event, self->data->str, self->data->len, self->id, self->callback_data);
  self->has_data = FALSE;
  g_string_truncate (self->data, 0);
  /* One huge event must not keep its memory for the rest of the stream. */
  if (self->data->allocated_len > 1024 * 1024)
    {
      g_string_free (self->data, TRUE);
      self->data = g_string_new (NULL);
    }
  g_clear_pointer (&self->event, g_free);
  self->ended = !goes_on;
  return goes_on;
}

static void
set_retry (LeydenSseParser *self,
           const char      *value,
           gsize            length)
{
  guint64 retry_ms = 0;

  if (length == 0)
    return;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (value[i]))
        return;
      retry_ms = MIN (retry_ms * 10 + (guint64) (value[i] - '0'), G_MAXUINT);
    }
  self->retry_ms = (guint) retry_ms;
}

static gboolean
field_is (const char *name,
          gsize       length,
          const char *wanted)
{
  return length == strlen (wanted) && memcmp (name, wanted, length) == 0;
}

static gboolean
take_data (LeydenSseParser *self,
           const char      *value,
           gsize            length,
           GError         **error)
{
  if (length > self->max_line || self->data->len > self->max_line - length)
    return fail_too_long (self, "An event", error);
  if (self->has_data)
    g_string_append_c (self->data, '\n');
  self->has_data = TRUE;
  append_valid (self, self->data, value, length);
  return TRUE;
}

static gboolean
take_field (LeydenSseParser *self,
            const char      *line,
            gsize            length,
            GError         **error)
{
  const char *colon = memchr (line, ':', length);
  gsize name_length = colon != NULL ? (gsize) (colon - line) : length;
  const char *value = colon != NULL ? colon + 1 : line + length;
  gsize value_length = (gsize) (line + length - value);

  if (value_length > 0 && *value == ' ')
    {
      value++;
      value_length--;
    }
  if (field_is (line, name_length, "data"))
    return take_data (self, value, value_length, error);
  if (field_is (line, name_length, "event"))
    {
      g_free (self->event);
      self->event = dup_valid (self, value, value_length);
    }
  else if (field_is (line, name_length, "id") && memchr (value, '\0', value_length) == NULL)
    {
      g_free (self->id);
      self->id = dup_valid (self, value, value_length);
    }
  else if (field_is (line, name_length, "retry"))
    set_retry (self, value, value_length);
  return TRUE;
}

/* A comment has an empty name, hence is a field that nobody knows. */
static gboolean
take_line (LeydenSseParser *self,
           const char      *line,
           gsize            length,
           GError         **error)
{
  if (!self->started && length >= 3 && memcmp (line, "\357\273\277", 3) == 0)
    {
      line += 3;
      length -= 3;
    }
  self->started = TRUE;
  if (length == 0)
    return dispatch (self);
  return take_field (self, line, length, error);
}

/* The line that ends at @bytes + @length, of which earlier pieces may be kept. */
static gboolean
end_line (LeydenSseParser *self,
          const char      *bytes,
          gsize            length,
          GError         **error)
{
  gboolean goes_on;

  if (self->line->len == 0)
    return take_line (self, bytes, length, error);
  g_string_append_len (self->line, bytes, (gssize) length);
  goes_on = take_line (self, self->line->str, self->line->len, error);
  g_string_truncate (self->line, 0);
  if (self->line->allocated_len > 1024 * 1024)
    {
      g_string_free (self->line, TRUE);
      self->line = g_string_new (NULL);
    }
  return goes_on;
}

/* A plain loop: looking for each kind of break by itself would be quadratic on a piece with one kind only. */
static gsize
find_break (const char *bytes,
            gsize       length)
{
  gsize n = 0;

  while (n < length && bytes[n] != '\n' && bytes[n] != '\r')
    n++;
  return n;
}

gboolean
leyden_sse_parser_push (LeydenSseParser *self,
                        const char      *bytes,
                        gsize            length,
                        GError         **error)
{
  const char *end = bytes + length;

  g_return_val_if_fail (self != NULL && (bytes != NULL || length == 0), FALSE);

  while (bytes < end && !self->ended)
    {
      gsize n;

      if (self->after_cr && *bytes == '\n')
        {
          self->after_cr = FALSE;
          bytes++;
          continue;
        }
      self->after_cr = FALSE;
      n = find_break (bytes, (gsize) (end - bytes));
      if (n > self->max_line || self->line->len > self->max_line - n)
        return fail_too_long (self, "A line", error);
      if (bytes + n == end)
        {
          g_string_append_len (self->line, bytes, (gssize) n);
          break;
        }
      self->after_cr = bytes[n] == '\r';
      if (!end_line (self, bytes, n, error))
        return FALSE;
      bytes += n + 1;
    }
  return !self->ended;
}

guint
leyden_sse_parser_get_retry_ms (LeydenSseParser *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->retry_ms;
}

gboolean
leyden_sse_parser_saw_invalid_utf8 (LeydenSseParser *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->invalid_utf8;
}
