/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-markdown.h"

#include <string.h>

#include "leyden-text.h"

#define MAX_DEPTH 8             /* of spans within spans */
#define MAX_LINKS 64
#define MAX_URI 2000

typedef struct
{
  LeydenMarkdown   *result;
  GString          *out;
  guint             depth;
} Parser;

/* --- addresses --- */

gboolean
leyden_markdown_is_safe_uri (const char *uri)
{
  g_autoptr(GUri) parsed = NULL;
  const char *scheme, *host;

  if (uri == NULL || strlen (uri) > MAX_URI)
    return FALSE;
  for (const char *p = uri; *p != '\0'; p++)
    if ((guchar) *p <= ' ' || (guchar) *p >= 0x7f || strchr ("<>\"\\^`{|}", *p) != NULL)
      return FALSE;
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  if (parsed == NULL)
    return FALSE;
  scheme = g_uri_get_scheme (parsed);
  host = g_uri_get_host (parsed);
  /* A name in front of the host passes one off for another. */
  return (g_str_equal (scheme, "http") || g_str_equal (scheme, "https")) && host != NULL && *host != '\0'
         && g_uri_get_userinfo (parsed) == NULL;
}

/* --- spans --- */

static void
add_attribute (Parser         *self,
               PangoAttribute *attribute,
               guint           start)
{
  attribute->start_index = start;
  attribute->end_index = (guint) self->out->len;
  if (attribute->start_index < attribute->end_index)
    pango_attr_list_insert (self->result->attributes, attribute);
  else
    pango_attribute_destroy (attribute);
}

static void
add_code (Parser *self,
          guint   start)
{
  add_attribute (self, pango_attr_family_new ("monospace"), start);
}

static void
add_link (Parser     *self,
          guint       start,
          const char *uri,
          gsize       length)
{
  LeydenMarkdownLink link = { start, (guint) self->out->len, NULL };

  if (start == self->out->len)
    return;
  link.uri = g_strndup (uri, length);
  g_array_append_val (self->result->links, link);
  add_attribute (self, pango_attr_underline_new (PANGO_UNDERLINE_SINGLE), start);
}

static void parse_spans (Parser *self, const char *p, const char *end);

static void
parse_inner (Parser     *self,
             const char *p,
             const char *end)
{
  self->depth++;
  parse_spans (self, p, end);
  self->depth--;
}

/* Where the same run of @n times @mark stands again, after something that is no space; NULL when it does not. */
static const char *
find_closing (const char *p,
              const char *end,
              char        mark,
              guint       n)
{
  for (const char *at = p; at + n <= end; at++)
    {
      guint run = 0;

      if (*at == '\\')
        {
          at++;
          continue;
        }
      if (*at != mark)
        continue;
      while (at + run < end && at[run] == mark)
        run++;
      if (run == n && at > p && !g_ascii_isspace (at[-1]))
        return at;
      at += run - 1;
    }
  return NULL;
}

static gboolean
is_word (char c)
{
  return g_ascii_isalnum (c) || (guchar) c >= 0x80;
}

/* *…* and **…**; with underscores only round whole words. Gives what comes behind it, or NULL. */
static const char *
parse_emphasis (Parser     *self,
                const char *begin,
                const char *p,
                const char *end)
{
  guint n = p + 1 < end && p[1] == *p ? 2 : 1, start = (guint) self->out->len;
  const char *inner = p + n, *closing;

  if (inner >= end || g_ascii_isspace (*inner) || *inner == *p || (*p == '_' && p > begin && is_word (p[-1])))
    return NULL;
  closing = find_closing (inner, end, *p, n);
  if (closing == NULL || (*p == '_' && closing + n < end && is_word (closing[n])))
    return NULL;
  parse_inner (self, inner, closing);
  add_attribute (self, n == 2 ? pango_attr_weight_new (PANGO_WEIGHT_BOLD) : pango_attr_style_new (PANGO_STYLE_ITALIC), start);
  return closing + n;
}

static const char *
parse_code (Parser     *self,
            const char *p,
            const char *end)
{
  const char *closing = memchr (p + 1, '`', (gsize) (end - p - 1));
  guint start = (guint) self->out->len;

  if (closing == NULL || closing == p + 1)
    return NULL;
  g_string_append_len (self->out, p + 1, closing - p - 1);
  add_code (self, start);
  return closing + 1;
}

/* [text](address) */
static const char *
parse_link (Parser     *self,
            const char *p,
            const char *end)
{
  const char *middle = memchr (p, ']', (gsize) (end - p)), *closing;
  guint start = (guint) self->out->len;
  g_autofree char *uri = NULL;

  if (middle == NULL || middle + 1 >= end || middle[1] != '(' || middle == p + 1 || self->result->links->len >= MAX_LINKS)
    return NULL;
  closing = memchr (middle + 2, ')', (gsize) (end - middle - 2));
  if (closing == NULL)
    return NULL;
  uri = g_strndup (middle + 2, (gsize) (closing - middle - 2));
  if (!leyden_markdown_is_safe_uri (uri))
    return NULL;
  parse_inner (self, p + 1, middle);
  add_link (self, start, uri, strlen (uri));
  return closing + 1;
}

/* http://… as it stands in the text. */
static const char *
parse_address (Parser     *self,
               const char *begin,
               const char *p,
               const char *end)
{
  gsize left = (gsize) (end - p), length = 0;
  g_autofree char *uri = NULL;
  guint start = (guint) self->out->len;

  if ((p > begin && is_word (p[-1])) || self->result->links->len >= MAX_LINKS
      || (!(left > 7 && g_ascii_strncasecmp (p, "http://", 7) == 0) && !(left > 8 && g_ascii_strncasecmp (p, "https://", 8) == 0)))
    return NULL;
  while (length < left && length <= MAX_URI && (guchar) p[length] > ' ' && (guchar) p[length] < 0x7f && strchr ("<>\"`", p[length]) == NULL)
    length++;
  /* What ends the sentence is no part of it. */
  while (length > 0 && strchr (".,;:!?)]}'*_", p[length - 1]) != NULL)
    length--;
  uri = g_strndup (p, length);
  if (!leyden_markdown_is_safe_uri (uri))
    return NULL;
  g_string_append (self->out, uri);
  add_link (self, start, uri, length);
  return p + length;
}

static void
parse_spans (Parser     *self,
             const char *p,
             const char *end)
{
  const char *begin = p;

  while (p < end)
    {
      const char *next = NULL;

      if (*p == '\\' && p + 1 < end && g_ascii_ispunct (p[1]))
        p++;
      else if (self->depth < MAX_DEPTH && (*p == '*' || *p == '_'))
        next = parse_emphasis (self, begin, p, end);
      else if (*p == '`')
        next = parse_code (self, p, end);
      else if (self->depth < MAX_DEPTH && *p == '[')
        next = parse_link (self, p, end);
      else if (*p == 'h' || *p == 'H')
        next = parse_address (self, begin, p, end);
      if (next != NULL)
        p = next;
      else
        g_string_append_c (self->out, *p++);
    }
}

/* --- lines --- */

/* # to ######, and a space. */
static gboolean
parse_heading (Parser     *self,
               const char *p,
               const char *end)
{
  static const double scales[] = { 1.5, 1.3, 1.15, 1, 1, 1 };
  guint level = 0, start = (guint) self->out->len;

  while (p + level < end && p[level] == '#')
    level++;
  if (level == 0 || level > G_N_ELEMENTS (scales) || p + level >= end || p[level] != ' ')
    return FALSE;
  parse_spans (self, p + level + 1, end);
  add_attribute (self, pango_attr_weight_new (PANGO_WEIGHT_BOLD), start);
  add_attribute (self, pango_attr_scale_new (scales[level - 1]), start);
  return TRUE;
}

/* Three or more of one of -*_ and nothing else. */
static gboolean
is_rule (const char *p,
         const char *end)
{
  guint n = 0;
  char mark = p < end ? *p : '\0';

  if (mark != '-' && mark != '*' && mark != '_')
    return FALSE;
  for (; p < end; p++)
    if (*p == mark)
      n++;
    else if (*p != ' ')
      return FALSE;
  return n >= 3;
}

static void
append_indent (Parser *self,
               gsize   spaces)
{
  for (gsize i = 0; i < MIN (spaces, 16) / 2; i++)
    g_string_append (self->out, "    ");
}

static gboolean
parse_item (Parser     *self,
            const char *line,
            const char *p,
            const char *end)
{
  const char *number = p;

  if (p + 1 < end && strchr ("-*+", *p) != NULL && p[1] == ' ')
    {
      append_indent (self, (gsize) (p - line));
      g_string_append (self->out, "•  ");
      parse_spans (self, p + 2, end);
      return TRUE;
    }
  while (number < end && number - p < 4 && g_ascii_isdigit (*number))
    number++;
  if (number == p || number + 1 >= end || (*number != '.' && *number != ')') || number[1] != ' ')
    return FALSE;
  append_indent (self, (gsize) (p - line));
  g_string_append_len (self->out, p, number - p);
  g_string_append (self->out, ".  ");
  parse_spans (self, number + 2, end);
  return TRUE;
}

static gboolean
parse_quote (Parser     *self,
             const char *p,
             const char *end)
{
  guint start;

  if (p >= end || *p != '>')
    return FALSE;
  p++;
  if (p < end && *p == ' ')
    p++;
  g_string_append (self->out, "▏ ");
  start = (guint) self->out->len;
  parse_spans (self, p, end);
  add_attribute (self, pango_attr_style_new (PANGO_STYLE_ITALIC), start);
  return TRUE;
}

static void
parse_line (Parser     *self,
            const char *line,
            const char *end)
{
  const char *p = line;

  while (p < end && *p == ' ')
    p++;
  if (is_rule (p, end))
    g_string_append (self->out, "————————");
  else if (!parse_heading (self, p, end) && !parse_item (self, line, p, end) && !parse_quote (self, p, end))
    parse_spans (self, line, end);
}

static gboolean
is_fence (const char *line,
          const char *end)
{
  return end - line >= 3 && strncmp (line, "```", 3) == 0;
}

static void
parse_lines (Parser     *self,
             const char *text)
{
  gboolean fenced = FALSE, first = TRUE;

  for (const char *line = text; line != NULL;)
    {
      const char *end = strchr (line, '\n'), *stop = end != NULL ? end : line + strlen (line);
      guint start;

      if (is_fence (line, stop))
        {
          fenced = !fenced;
          line = end != NULL ? end + 1 : NULL;
          continue;
        }
      if (!first)
        g_string_append_c (self->out, '\n');
      first = FALSE;
      start = (guint) self->out->len;
      if (fenced)
        {
          g_string_append_len (self->out, line, stop - line);
          add_code (self, start);
        }
      else
        parse_line (self, line, stop);
      line = end != NULL ? end + 1 : NULL;
    }
}

static void
link_clear (gpointer data)
{
  g_free (((LeydenMarkdownLink *) data)->uri);
}

LeydenMarkdown *
leyden_markdown_new (const char *source,
                     guint       max_chars)
{
  g_autofree char *clean = NULL;
  LeydenMarkdown *result;
  Parser self;

  g_return_val_if_fail (source != NULL, NULL);

  result = g_new0 (LeydenMarkdown, 1);
  self = (Parser) { result, g_string_new (NULL), 0 };
  clean = leyden_text_display (source, -1, max_chars, TRUE);
  result->attributes = pango_attr_list_new ();
  result->links = g_array_new (FALSE, FALSE, sizeof (LeydenMarkdownLink));
  g_array_set_clear_func (result->links, link_clear);
  parse_lines (&self, clean);
  result->text = g_string_free (self.out, FALSE);
  return result;
}

void
leyden_markdown_free (LeydenMarkdown *self)
{
  if (self == NULL)
    return;
  g_free (self->text);
  pango_attr_list_unref (self->attributes);
  g_array_unref (self->links);
  g_free (self);
}

const char *
leyden_markdown_find_link (const LeydenMarkdown *self,
                           guint                 index)
{
  for (guint i = 0; i < self->links->len; i++)
    {
      const LeydenMarkdownLink *link = &g_array_index (self->links, LeydenMarkdownLink, i);

      if (index >= link->start && index < link->end)
        return link->uri;
    }
  return NULL;
}
