/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "config.h"

#include "leyden-http-answer.h"

#include <string.h>

#define MAX_HEAD 65536
#define MAX_FIELDS 200
#define MAX_LINE 4096                   /* of chunk sizes and trailers */
#define MAX_INTERIM 16

typedef enum
{
  IN_HEAD,
  IN_LENGTH,
  IN_CHUNK_SIZE,
  IN_CHUNK,
  IN_CHUNK_END,
  IN_TRAILER,
  IN_REST,                              /* until the other side closes */
  IN_END,
  IN_FAULT,
} Place;

struct _LeydenHttpAnswerReader
{
  gsize                  max_body;
  Place                  place;
  LeydenHttpAnswerState  fault;
  GString               *line;          /* what of a head or line arrived */
  guint                  n_interim;
  guint                  status;
  gboolean               is_old;        /* HTTP/1.0 */
  GPtrArray             *fields;
  GByteArray            *body;
  guint64                missing;       /* of the body, or of the chunk */
};

LeydenHttpAnswerReader *
leyden_http_answer_reader_new (gsize max_body)
{
  LeydenHttpAnswerReader *self = g_new0 (LeydenHttpAnswerReader, 1);

  self->max_body = max_body;
  self->line = g_string_new (NULL);
  self->fields = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
leyden_http_answer_reader_free (LeydenHttpAnswerReader *self)
{
  g_string_free (self->line, TRUE);
  g_ptr_array_unref (self->fields);
  g_clear_pointer (&self->body, g_byte_array_unref);
  g_free (self);
}

void
leyden_http_answer_reader_reset (LeydenHttpAnswerReader *self)
{
  self->place = IN_HEAD;
  self->n_interim = 0;
  self->status = 0;
  self->missing = 0;
  g_string_truncate (self->line, 0);
  g_ptr_array_set_size (self->fields, 0);
  g_clear_pointer (&self->body, g_byte_array_unref);
}

void
leyden_http_answer_reader_set_max (LeydenHttpAnswerReader *self,
                                   gsize                   max_body)
{
  self->max_body = max_body;
}

static void
fail (LeydenHttpAnswerReader *self,
      LeydenHttpAnswerState   fault)
{
  self->place = IN_FAULT;
  self->fault = fault;
}

const char *
leyden_http_answer_reader_get_field (LeydenHttpAnswerReader *self,
                                     const char             *name)
{
  for (guint i = 0; i + 1 < self->fields->len; i += 2)
    if (g_ascii_strcasecmp (self->fields->pdata[i], name) == 0)
      return self->fields->pdata[i + 1];
  return NULL;
}

/* ---- The head ---- */

/* "HTTP/1.1 200 Anything" */
static gboolean
read_status_line (LeydenHttpAnswerReader *self,
                  const char             *line,
                  gsize                   length)
{
  if (length < 12 || memcmp (line, "HTTP/1.", 7) != 0 || (line[7] != '0' && line[7] != '1') || line[8] != ' '
      || (length > 12 && line[12] != ' '))
    return FALSE;
  for (guint i = 9; i < 12; i++)
    if (!g_ascii_isdigit (line[i]))
      return FALSE;
  self->is_old = line[7] == '0';
  self->status = (guint)((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
  return self->status >= 100 && self->status <= 999;
}

static gboolean
is_token (const char *text,
          gsize       length)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (text[i]) && (text[i] == '\0' || strchr ("!#$%&'*+-.^_`|~", text[i]) == NULL))
      return FALSE;
  return length > 0;
}

/* A folded line is refused with all that is no field. */
static gboolean
read_field (LeydenHttpAnswerReader *self,
            const char             *line,
            gsize                   length)
{
  const char *colon = memchr (line, ':', length);
  gsize name_length = colon == NULL ? 0 : (gsize)(colon - line);
  g_autofree char *value = NULL;

  if (!is_token (line, name_length) || memchr (line, '\0', length) != NULL || self->fields->len >= 2 * MAX_FIELDS)
    return FALSE;
  value = g_strstrip (g_strndup (colon + 1, length - name_length - 1));
  g_ptr_array_add (self->fields, g_strndup (line, name_length));
  g_ptr_array_add (self->fields, g_steal_pointer (&value));
  return TRUE;
}

static gboolean
read_lines (LeydenHttpAnswerReader *self,
            const char             *head,
            gsize                   length)
{
  const char *end = head + length;
  gboolean first = TRUE;

  g_ptr_array_set_size (self->fields, 0);
  while (head < end)
    {
      const char *feed = memchr (head, '\n', (gsize)(end - head));
      gsize line_length = (gsize)((feed != NULL ? feed : end) - head);
      const char *next = feed != NULL ? feed + 1 : end;

      if (line_length > 0 && head[line_length - 1] == '\r')
        line_length--;
      if (line_length == 0)
        return !first;
      if (first ? !read_status_line (self, head, line_length) : !read_field (self, head, line_length))
        return FALSE;
      first = FALSE;
      head = next;
    }
  return !first;
}

/* FALSE: lengths that contradict each other, or are none. */
static gboolean
read_length (LeydenHttpAnswerReader *self,
             gboolean               *found)
{
  *found = FALSE;
  for (guint i = 0; i + 1 < self->fields->len; i += 2)
    {
      const char *value = self->fields->pdata[i + 1];
      guint64 length;

      if (g_ascii_strcasecmp (self->fields->pdata[i], "Content-Length") != 0)
        continue;
      if (!g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT64, &length, NULL) || !g_ascii_isdigit (*value)
          || (*found && length != self->missing))
        return FALSE;
      self->missing = length;
      *found = TRUE;
    }
  return TRUE;
}

static void
start_body (LeydenHttpAnswerReader *self)
{
  const char *coding = leyden_http_answer_reader_get_field (self, "Transfer-Encoding");
  gboolean has_length;

  if (self->status == 101 || !read_length (self, &has_length))
    fail (self, LEYDEN_HTTP_ANSWER_BROKEN);
  else if (self->status < 200)
    {
      if (++self->n_interim > MAX_INTERIM)
        fail (self, LEYDEN_HTTP_ANSWER_BROKEN);
      self->missing = 0;
    }
  else if (self->status == 204 || self->status == 304)
    self->place = IN_END;
  else if (coding != NULL)
    {
      self->place = IN_CHUNK_SIZE;
      /* Of an answer with both the length says nothing (RFC 9112, section 6.3). */
      if (g_ascii_strcasecmp (coding, "chunked") != 0 || self->is_old)
        fail (self, LEYDEN_HTTP_ANSWER_BROKEN);
    }
  else if (!has_length)
    self->place = IN_REST;
  else if (self->missing > self->max_body)
    fail (self, LEYDEN_HTTP_ANSWER_TOO_LARGE);
  else
    self->place = self->missing == 0 ? IN_END : IN_LENGTH;
}

/* Where a head that ends with an empty line ends; NULL: not yet. @from: what was looked at before. */
static const char *
find_head_end (const GString *text,
               gsize          from)
{
  const char *p = text->str + (from > 3 ? from - 3 : 0);
  const char *end = text->str + text->len;

  while ((p = memchr (p, '\n', (gsize)(end - p))) != NULL)
    {
      p++;
      if (p < end && *p == '\n')
        return p + 1;
      if (p + 1 < end && p[0] == '\r' && p[1] == '\n')
        return p + 2;
    }
  return NULL;
}

static gsize
take_head (LeydenHttpAnswerReader *self,
           const char             *bytes,
           gsize                   length)
{
  gsize before = self->line->len;
  gsize taken = length;
  const char *end;

  g_string_append_len (self->line, bytes, (gssize)MIN (length, MAX_HEAD + 1 - before));
  end = find_head_end (self->line, before);
  if (end == NULL)
    {
      if (self->line->len > MAX_HEAD)
        fail (self, LEYDEN_HTTP_ANSWER_BROKEN);
      return length;
    }
  taken = (gsize)(end - self->line->str) - before;
  if (read_lines (self, self->line->str, before + taken))
    start_body (self);
  else
    fail (self, LEYDEN_HTTP_ANSWER_BROKEN);
  g_string_truncate (self->line, 0);
  return taken;
}

/* ---- The body ---- */

static gboolean
keep (LeydenHttpAnswerReader *self,
      const char             *bytes,
      gsize                   length)
{
  if (self->body == NULL)
    self->body = g_byte_array_sized_new ((guint)MIN (MAX (self->missing, length), 65536));
  if (self->body->len + length > self->max_body)
    {
      fail (self, LEYDEN_HTTP_ANSWER_TOO_LARGE);
      return FALSE;
    }
  g_byte_array_append (self->body, (const guint8 *)bytes, (guint)length);
  return TRUE;
}

/* A line of at most MAX_LINE: TRUE when it is whole and stands in self->line without its end. */
static gboolean
take_line (LeydenHttpAnswerReader *self,
           const char             *bytes,
           gsize                   length,
           gsize                  *taken)
{
  const char *feed = memchr (bytes, '\n', length);

  *taken = feed != NULL ? (gsize)(feed + 1 - bytes) : length;
  g_string_append_len (self->line, bytes, (gssize)MIN (*taken, MAX_LINE + 1 - MIN (self->line->len, MAX_LINE)));
  if (self->line->len > MAX_LINE)
    fail (self, LEYDEN_HTTP_ANSWER_BROKEN);
  if (feed == NULL || self->place == IN_FAULT)
    return FALSE;
  g_string_truncate (self->line, self->line->len - 1);
  if (self->line->len > 0 && self->line->str[self->line->len - 1] == '\r')
    g_string_truncate (self->line, self->line->len - 1);
  return TRUE;
}

/* Hexadecimal digits, then nothing or an extension. */
static void
read_chunk_size (LeydenHttpAnswerReader *self)
{
  guint64 size = 0;
  const char *p = self->line->str;

  for (; g_ascii_isxdigit (*p) && size <= self->max_body; p++)
    size = size << 4 | (guint64)g_ascii_xdigit_value (*p);
  if (p == self->line->str || (*p != '\0' && *p != ';' && *p != ' ' && !g_ascii_isxdigit (*p)))
    fail (self, LEYDEN_HTTP_ANSWER_BROKEN);
  else if (size > self->max_body)
    fail (self, LEYDEN_HTTP_ANSWER_TOO_LARGE);
  else
    self->place = size == 0 ? IN_TRAILER : IN_CHUNK;
  self->missing = size;
}

static gsize
take_chunk_line (LeydenHttpAnswerReader *self,
                 const char             *bytes,
                 gsize                   length)
{
  gsize taken;

  if (!take_line (self, bytes, length, &taken))
    return taken;
  if (self->place == IN_CHUNK_SIZE)
    read_chunk_size (self);
  else if (self->place == IN_CHUNK_END)
    {
      self->place = IN_CHUNK_SIZE;
      if (self->line->len > 0)
        fail (self, LEYDEN_HTTP_ANSWER_BROKEN);
    }
  else if (self->line->len == 0)
    self->place = IN_END;
  g_string_truncate (self->line, 0);
  return taken;
}

static gsize
take_body (LeydenHttpAnswerReader *self,
           const char             *bytes,
           gsize                   length)
{
  gsize taken = self->place == IN_REST ? length : (gsize)MIN (length, self->missing);

  if (!keep (self, bytes, taken))
    return taken;
  if (self->place == IN_REST)
    return taken;
  self->missing -= taken;
  if (self->missing == 0)
    self->place = self->place == IN_CHUNK ? IN_CHUNK_END : IN_END;
  return taken;
}

static LeydenHttpAnswerState
state_of (LeydenHttpAnswerReader *self)
{
  if (self->place == IN_FAULT)
    return self->fault;
  return self->place == IN_END ? LEYDEN_HTTP_ANSWER_DONE : LEYDEN_HTTP_ANSWER_MORE;
}

LeydenHttpAnswerState
leyden_http_answer_reader_push (LeydenHttpAnswerReader *self,
                                const char             *bytes,
                                gsize                   length,
                                gsize                  *used)
{
  gsize at = 0;

  while (at < length && state_of (self) == LEYDEN_HTTP_ANSWER_MORE)
    {
      if (self->place == IN_HEAD)
        at += take_head (self, bytes + at, length - at);
      else if (self->place == IN_LENGTH || self->place == IN_CHUNK || self->place == IN_REST)
        at += take_body (self, bytes + at, length - at);
      else
        at += take_chunk_line (self, bytes + at, length - at);
    }
  *used = at;
  return state_of (self);
}

LeydenHttpAnswerState
leyden_http_answer_reader_end (LeydenHttpAnswerReader *self)
{
  if (self->place == IN_REST)
    self->place = IN_END;
  else if (self->place != IN_END && self->place != IN_FAULT)
    fail (self, LEYDEN_HTTP_ANSWER_BROKEN);
  return state_of (self);
}

/* ---- What it says ---- */

guint
leyden_http_answer_reader_get_status (LeydenHttpAnswerReader *self)
{
  return self->status;
}

GPtrArray *
leyden_http_answer_reader_get_fields (LeydenHttpAnswerReader *self)
{
  return self->fields;
}

GBytes *
leyden_http_answer_reader_take_body (LeydenHttpAnswerReader *self)
{
  if (self->body == NULL)
    return g_bytes_new_static ("", 0);
  return g_byte_array_free_to_bytes (g_steal_pointer (&self->body));
}

gboolean
leyden_http_answer_reader_keeps_alive (LeydenHttpAnswerReader *self)
{
  const char *coding = leyden_http_answer_reader_get_field (self, "Transfer-Encoding");
  const char *length = leyden_http_answer_reader_get_field (self, "Content-Length");
  const char *connection = leyden_http_answer_reader_get_field (self, "Connection");

  if (self->status != 204 && self->status != 304 && (coding == NULL) == (length == NULL))
    return FALSE;
  return !self->is_old && (connection == NULL || g_ascii_strcasecmp (connection, "keep-alive") == 0);
}
