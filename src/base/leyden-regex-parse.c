/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include "leyden-regex-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-expression.h"
#include "leyden-text.h"

/* Regular expressions that PCRE and Python's re read alike (Python: no flags, str). A recursive descent over
 *   alternatives = sequence ("|" sequence)*;  sequence = (item quantifier?)*;  item = character | class | escape | group
 * which also finds the width of what stands in a look-behind: Python wants the same for all alternatives. */

#define MAX_LENGTH  10000
#define MAX_NESTING 50
#define MAX_GROUPS  99
#define MAX_REPEAT  1000
#define NO_WIDTH    (-1)

typedef struct
{
  const char *pattern;
  const char *p;
  GError     *error;
  GHashTable *names;            /* name -> number */
  guint       n_groups;
  guint       nesting;
  guint       look_behind;
  gboolean    closed[MAX_GROUPS + 1];
} Parser;

typedef struct
{
  gint64   width;               /* characters, NO_WIDTH where it varies */
  gboolean repeatable;
} Item;

static gboolean parse_alternatives (Parser *self, gint64 *width);

static gboolean G_GNUC_PRINTF (3, 4)
fail (Parser     *self,
      const char *at,
      const char *format,
      ...)
{
  g_autofree char *message = NULL;
  va_list args;

  if (self->error != NULL)
    return FALSE;
  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  self->error = g_error_new (LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX,
                             _("regular expression, character %ld: %s"),
                             g_utf8_pointer_to_offset (self->pattern, at) + 1, message);
  return FALSE;
}

static gboolean
fail_different (Parser     *self,
                const char *at,
                gsize       length)
{
  g_autofree char *shown = leyden_text_escape (at, (gssize) MIN (length, strlen (at)), 0);

  return fail (self, at, _("“%s” is not available, because programs read it differently"), shown);
}

static inline gint64
add_width (gint64 a,
           gint64 b)
{
  return a == NO_WIDTH || b == NO_WIDTH ? NO_WIDTH : MIN (a + b, G_MAXINT32);
}

static guint
read_number (const char **p)
{
  guint value = 0;

  for (; g_ascii_isdigit (**p); (*p)++)
    value = MIN (value * 10 + (guint) (**p - '0'), 1000000);
  return value;
}

/* Two hexadecimal digits behind \x. */
static int
read_hex (Parser *self)
{
  int high = g_ascii_xdigit_value (self->p[0]);
  int low = high >= 0 ? g_ascii_xdigit_value (self->p[1]) : -1;

  if (low < 0)
    return -1;
  self->p += 2;
  return high * 16 + low;
}

/* An escape that is one character, in a class or outside; p stands behind the letter. -1: it is none. */
static gint64
simple_escape (Parser     *self,
               const char *backslash)
{
  char c = self->p[-1];
  int value;

  switch (c)
    {
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case 'f': return '\f';
    case 'a': return '\a';
    case 'x':
      value = read_hex (self);
      if (value < 0)
        fail (self, backslash, _("“\\x” needs two hexadecimal digits"));
      return value;
    default:
      return g_ascii_isalnum (c) ? -1 : (gint64) (guchar) c;
    }
}

static gboolean
parse_backreference (Parser     *self,
                     const char *backslash,
                     Item       *item)
{
  guint number;

  self->p = backslash + 1;
  if (*self->p == '0')
    return fail_different (self, backslash, 2);
  number = read_number (&self->p);
  if (number > self->n_groups || number > MAX_GROUPS || !self->closed[number])
    return fail (self, backslash, _("“\\%u” refers to a group that does not exist or is still open"), number);
  *item = (Item) { NO_WIDTH, TRUE };
  return TRUE;
}

static gboolean
parse_escape (Parser *self,
              Item   *item)
{
  const char *backslash = self->p;
  char c = backslash[1];

  if (c == '\0')
    return fail (self, backslash, _("a backslash at the end"));
  *item = (Item) { 1, TRUE };
  if (g_ascii_isdigit (c))
    return parse_backreference (self, backslash, item);
  if ((guchar) c >= 0x80)
    {
      self->p = g_utf8_next_char (backslash + 1);
      return TRUE;
    }

  self->p += 2;
  if (strchr ("dDwWsS", c) != NULL)
    return TRUE;
  /* Not \B: on an empty text Python's does not match. */
  if (c == 'b' || c == 'A')
    {
      *item = (Item) { 0, FALSE };
      return TRUE;
    }
  if (simple_escape (self, backslash) >= 0)
    return TRUE;
  if (self->error == NULL && c == 'Z')
    return fail (self, backslash, _("“\\Z” is not available; write “$” for the end"));
  return fail_different (self, backslash, 2);
}

/* One member of a class. @value: its character, or -1 for a set such as \d. */
static gboolean
parse_class_member (Parser *self,
                    gint64 *value)
{
  const char *at = self->p;

  if (*at != '\\')
    {
      if (*at == '[' && (at[1] == ':' || at[1] == '.' || at[1] == '='))
        return fail_different (self, at, 2);
      *value = g_utf8_get_char (at);
      self->p = g_utf8_next_char (at);
      return TRUE;
    }
  if (at[1] == '\0')
    return fail (self, at, _("a backslash at the end"));
  if ((guchar) at[1] >= 0x80)
    {
      *value = g_utf8_get_char (at + 1);
      self->p = g_utf8_next_char (at + 1);
      return TRUE;
    }
  self->p += 2;
  if (strchr ("dDwWsS", at[1]) != NULL)
    {
      *value = -1;
      return TRUE;
    }
  *value = at[1] == 'b' ? '\b' : simple_escape (self, at);
  if (*value < 0)
    return fail_different (self, at, 2);
  return TRUE;
}

static gboolean
parse_class (Parser *self,
             Item   *item)
{
  const char *open = self->p++;
  gboolean first = TRUE;

  *item = (Item) { 1, TRUE };
  if (*self->p == '^')
    self->p++;
  for (; *self->p != ']' || first; first = FALSE)
    {
      const char *at = self->p;
      gint64 low = -1;
      gint64 high = -1;

      if (*at == '\0')
        return fail (self, open, _("“[” without “]”"));
      if (!parse_class_member (self, &low))
        return FALSE;
      if (self->p[0] != '-' || self->p[1] == ']' || self->p[1] == '\0')
        continue;
      self->p++;
      if (!parse_class_member (self, &high))
        return FALSE;
      if (low < 0 || high < 0)
        return fail (self, at, _("a range between sets of characters"));
      if (low > high)
        return fail (self, at, _("a range that runs backwards"));
    }
  self->p++;
  return TRUE;
}

static gboolean
is_name_character (char     c,
                   gboolean first)
{
  return c == '_' || g_ascii_isalpha (c) || (!first && g_ascii_isdigit (c));
}

static char *
read_name (Parser *self,
           char    close)
{
  const char *start = self->p;
  g_autofree char *name = NULL;

  while (is_name_character (*self->p, self->p == start))
    self->p++;
  if (self->p == start || *self->p != close || self->p - start > 32)
    {
      fail (self, start, _("the name of a group is of letters, digits and “_”, at most 32"));
      return NULL;
    }
  name = g_strndup (start, (gsize) (self->p - start));
  self->p++;
  return g_steal_pointer (&name);
}

/* (?P=name) */
static gboolean
parse_named_reference (Parser *self,
                       Item   *item)
{
  const char *open = self->p;
  g_autofree char *name = NULL;
  guint number;

  self->p += strlen ("(?P=");
  name = read_name (self, ')');
  if (name == NULL)
    return FALSE;
  number = GPOINTER_TO_UINT (g_hash_table_lookup (self->names, name));
  if (number == 0 || !self->closed[number])
    return fail (self, open, _("the group “%s” does not exist or is still open"), name);
  *item = (Item) { NO_WIDTH, TRUE };
  return TRUE;
}

/* “i”, “m”, “s”, with “-” before those that are switched off; p stands on the first. */
static gboolean
parse_flags (Parser     *self,
             const char *open)
{
  gboolean off = FALSE;
  guint n = 0;
  char seen[4] = { 0 };

  for (; *self->p != ')' && *self->p != ':'; self->p++)
    {
      if (*self->p == '-' && !off)
        {
          off = TRUE;
          n = 0;
          continue;
        }
      if (*self->p == '\0' || strchr ("ims", *self->p) == NULL || strchr (seen, *self->p) != NULL)
        return fail_different (self, open, (gsize) (self->p - open) + 1);
      seen[strlen (seen)] = *self->p;
      n++;
    }
  if (n == 0)
    return fail_different (self, open, (gsize) (self->p - open) + 1);
  if (*self->p == ')' && (off || open != self->pattern))
    return fail (self, open, _("flags for all stand at the very beginning; write (?i:…) for a part"));
  return TRUE;
}

static gboolean
parse_group_body (Parser     *self,
                  const char *open,
                  gint64     *width)
{
  if (++self->nesting > MAX_NESTING)
    return fail (self, open, _("groups are nested deeper than %d"), MAX_NESTING);
  if (!parse_alternatives (self, width))
    return FALSE;
  self->nesting--;
  if (*self->p != ')')
    return fail (self, open, _("“(” without “)”"));
  self->p++;
  return TRUE;
}

static gboolean
parse_capture (Parser     *self,
               const char *open,
               const char *name,
               Item       *item)
{
  guint number = ++self->n_groups;

  if (number > MAX_GROUPS)
    return fail (self, open, _("more than %d groups"), MAX_GROUPS);
  if (name != NULL && !g_hash_table_insert (self->names, g_strdup (name), GUINT_TO_POINTER (number)))
    return fail (self, open, _("two groups are named “%s”"), name);
  item->repeatable = TRUE;
  if (!parse_group_body (self, open, &item->width))
    return FALSE;
  self->closed[number] = TRUE;
  return TRUE;
}

static gboolean
parse_look_around (Parser     *self,
                   const char *open,
                   gboolean    behind,
                   Item       *item)
{
  gint64 width;

  self->look_behind += behind;
  if (!parse_group_body (self, open, &width))
    return FALSE;
  self->look_behind -= behind;
  if (behind && width == NO_WIDTH)
    return fail (self, open, _("what stands in a look-behind must have one fixed length"));
  *item = (Item) { 0, FALSE };
  return TRUE;
}

/* p stands on “(”. */
static gboolean
parse_group (Parser *self,
             Item   *item)
{
  const char *open = self->p;

  if (g_str_has_prefix (open, "(*"))
    return fail_different (self, open, 2);
  if (open[1] != '?')
    {
      self->p++;
      return parse_capture (self, open, NULL, item);
    }
  if (g_str_has_prefix (open, "(?P<"))
    {
      g_autofree char *name = NULL;

      self->p += strlen ("(?P<");
      name = read_name (self, '>');
      return name != NULL && parse_capture (self, open, name, item);
    }
  if (g_str_has_prefix (open, "(?P="))
    return parse_named_reference (self, item);
  if (g_str_has_prefix (open, "(?=") || g_str_has_prefix (open, "(?!"))
    {
      self->p += 3;
      return parse_look_around (self, open, FALSE, item);
    }
  if (g_str_has_prefix (open, "(?<=") || g_str_has_prefix (open, "(?<!"))
    {
      self->p += 4;
      return parse_look_around (self, open, TRUE, item);
    }
  if (g_str_has_prefix (open, "(?<") || g_str_has_prefix (open, "(?'"))
    return fail (self, open, _("write the name of a group as (?P<name>…)"));
  if (g_str_has_prefix (open, "(?#"))
    return fail (self, open, _("comments are not available in regular expressions"));
  if (open[2] == '\0')
    return fail (self, open, _("“(” without “)”"));

  self->p += 2;
  if (*self->p != ':' && !parse_flags (self, open))
    return FALSE;
  if (*self->p++ == ')')
    {
      *item = (Item) { 0, FALSE };
      return TRUE;
    }
  item->repeatable = TRUE;
  return parse_group_body (self, open, &item->width);
}

/* Whether a quantifier in braces stands at @p; other braces are plain characters in both programs. */
static gboolean
is_brace_quantifier (const char *p)
{
  const char *q = p + 1;

  q += strspn (q, "0123456789");
  if (*q == ',')
    q = q + 1 + strspn (q + 1, "0123456789");
  return *q == '}' && q > p + 1;
}

static gboolean
parse_braces (Parser *self,
              guint  *low,
              gint64 *high)
{
  const char *open = self->p++;

  if (*self->p == ',')
    return fail (self, open, _("write the lower bound too: {0,n}"));
  *low = read_number (&self->p);
  *high = *low;
  if (*self->p == ',')
    {
      self->p++;
      *high = *self->p == '}' ? -1 : (gint64) read_number (&self->p);
    }
  self->p++;
  if (*low > MAX_REPEAT || *high > MAX_REPEAT)
    return fail (self, open, _("at most %d repetitions"), MAX_REPEAT);
  if (*high >= 0 && *high < *low)
    return fail (self, open, _("the bounds of a repetition are in the wrong order"));
  return TRUE;
}

static gboolean
parse_quantifier (Parser *self,
                  Item   *item)
{
  const char *at = self->p;
  guint low = *at == '+';
  gint64 high = *at == '?' ? 1 : -1;

  if (*at == '{' && !is_brace_quantifier (at))
    return TRUE;
  if (*at == '\0' || strchr ("*+?{", *at) == NULL)
    return TRUE;
  if (!item->repeatable)
    return fail (self, at, _("nothing that could be repeated stands before “%c”"), *at);
  if (*at == '{')
    {
      if (!parse_braces (self, &low, &high))
        return FALSE;
    }
  else
    {
      self->p++;
    }
  if (*self->p == '+')
    return fail (self, at, _("possessive repetitions are not available"));
  if (*self->p == '?')
    self->p++;
  if (*self->p != '\0' && (strchr ("*+?", *self->p) != NULL || (*self->p == '{' && is_brace_quantifier (self->p))))
    return fail (self, self->p, _("a repetition of a repetition"));

  if (item->width != 0)
    item->width = item->width == NO_WIDTH || high != low ? NO_WIDTH : MIN (item->width * low, G_MAXINT32);
  return TRUE;
}

static gboolean
parse_item (Parser *self,
            Item   *item)
{
  const char *at = self->p;

  switch (*at)
    {
    case '(':
      return parse_group (self, item);
    case '[':
      return parse_class (self, item);
    case '\\':
      return parse_escape (self, item);
    case '*': case '+': case '?':
      return fail (self, at, _("nothing that could be repeated stands before “%c”"), *at);
    case '{':
      if (is_brace_quantifier (at))
        return fail (self, at, _("nothing that could be repeated stands before “%c”"), *at);
      break;
    case '^': case '$':
      self->p++;
      *item = (Item) { 0, FALSE };
      return TRUE;
    default:
      break;
    }
  self->p = g_utf8_next_char (at);
  *item = (Item) { 1, TRUE };
  return TRUE;
}

static gboolean
parse_alternatives (Parser *self,
                    gint64 *width)
{
  gint64 sequence = 0;
  gboolean first = TRUE;

  *width = 0;
  for (;;)
    {
      Item item = { 0, FALSE };

      if (*self->p == '|' || *self->p == ')' || *self->p == '\0')
        {
          *width = first || *width == sequence ? sequence : NO_WIDTH;
          first = FALSE;
          if (*self->p != '|')
            return TRUE;
          self->p++;
          sequence = 0;
          continue;
        }
      if (!parse_item (self, &item) || !parse_quantifier (self, &item))
        return FALSE;
      sequence = add_width (sequence, item.width);
    }
}

gboolean
leyden_regex_parse (const char  *pattern,
                    guint       *n_groups,
                    GError     **error)
{
  Parser self = { .pattern = pattern, .p = pattern };
  gint64 width;

  if (!g_utf8_validate (pattern, -1, NULL))
    {
      g_set_error_literal (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX,
                           _("the regular expression is not UTF-8"));
      return FALSE;
    }
  if (strlen (pattern) > MAX_LENGTH)
    {
      g_set_error (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT,
                   _("the regular expression is longer than %d bytes"), MAX_LENGTH);
      return FALSE;
    }

  self.names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (parse_alternatives (&self, &width) && *self.p != '\0')
    fail (&self, self.p, _("“)” without “(”"));
  g_hash_table_unref (self.names);
  if (n_groups != NULL)
    *n_groups = self.n_groups;
  if (self.error != NULL)
    {
      g_propagate_error (error, self.error);
      return FALSE;
    }
  return TRUE;
}
