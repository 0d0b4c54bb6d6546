/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-python-check.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_INDENTS 100

typedef struct
{
  char  bracket;
  guint line;
} Open;

/* Of one indentation: with tabs to the next multiple of eight, and as one column. Both must say the same. */
typedef struct
{
  guint column;
  guint alternate;
} Indent;

typedef struct
{
  const char *p;
  guint       line;
  GArray     *open;                     /* Open */
  Indent      indents[MAX_INDENTS];
  guint       n_indents;
  gboolean    fresh;                    /* at the start of a logical line */
  gboolean    opens_block;              /* the last thing of the line was a colon */
  guint       colon_line;
  char       *problem;
  guint       problem_line;
} Checker;

static gboolean G_GNUC_PRINTF (3, 4)
fail (Checker    *self,
      guint       line,
      const char *format,
      ...)
{
  va_list args;

  va_start (args, format);
  self->problem = g_strdup_vprintf (format, args);
  va_end (args);
  self->problem_line = line;
  return FALSE;
}

/* A text from its quotation mark on, in one or in three. */
static gboolean
skip_text (Checker *self)
{
  char quote = *self->p;
  gboolean triple = self->p[1] == quote && self->p[2] == quote;
  guint begin = self->line;

  self->p += triple ? 3 : 1;
  while (*self->p != '\0')
    {
      if (*self->p == '\\' && self->p[1] != '\0')
        {
          self->line += self->p[1] == '\n';
          self->p += 2;
          continue;
        }
      if (*self->p == '\n' && !triple)
        break;
      if (*self->p == quote && (!triple || (self->p[1] == quote && self->p[2] == quote)))
        {
          self->p += triple ? 3 : 1;
          return TRUE;
        }
      self->line += *self->p == '\n';
      self->p++;
    }
  return fail (self, begin, _("Line %u: the text that begins here has no end."), begin);
}

static gboolean
close_bracket (Checker *self)
{
  static const char pairs[] = "()[]{}";
  char opening = *(strchr (pairs, *self->p) - 1);
  Open *last = self->open->len > 0 ? &g_array_index (self->open, Open, self->open->len - 1) : NULL;

  if (last == NULL)
    return fail (self, self->line, _("Line %u: “%c” closes nothing."), self->line, *self->p);
  if (last->bracket != opening)
    return fail (self, self->line, _("Line %u: “%c” does not close the “%c” of line %u."), self->line, *self->p, last->bracket, last->line);
  g_array_set_size (self->open, self->open->len - 1);
  self->p++;
  return TRUE;
}

static gboolean
judge_indent (Checker *self,
              Indent   indent)
{
  Indent *top = &self->indents[self->n_indents - 1];

  if ((indent.column > top->column) != (indent.alternate > top->alternate)
      || (indent.column == top->column) != (indent.alternate == top->alternate))
    return fail (self, self->line, _("Line %u: tabs and spaces are mixed in the indentation."), self->line);
  if (indent.column > top->column)
    {
      if (!self->opens_block)
        return fail (self, self->line, _("Line %u is indented without a reason."), self->line);
      if (self->n_indents < MAX_INDENTS)
        self->indents[self->n_indents++] = indent;
      return TRUE;
    }
  if (self->opens_block)
    return fail (self, self->line, _("Line %u: what follows the colon of line %u must be indented."), self->line, self->colon_line);
  while (self->n_indents > 1 && self->indents[self->n_indents - 1].column > indent.column)
    self->n_indents--;
  if (self->indents[self->n_indents - 1].column != indent.column)
    return fail (self, self->line, _("Line %u is not indented like any line above it."), self->line);
  return TRUE;
}

/* At the start of a logical line; blank lines and comments do not count. */
static gboolean
check_indent (Checker *self)
{
  Indent indent = { 0 };

  for (; *self->p == ' ' || *self->p == '\t' || *self->p == '\f'; self->p++)
    {
      if (*self->p == '\t')
        indent.column = (indent.column / 8 + 1) * 8;
      else
        indent.column++;
      indent.alternate++;
    }
  if (*self->p == '\n' || *self->p == '#' || *self->p == '\r' || *self->p == '\0')
    return TRUE;
  self->fresh = FALSE;
  if (!judge_indent (self, indent))
    return FALSE;
  self->opens_block = FALSE;
  return TRUE;
}

static gboolean
check_character (Checker *self)
{
  Open open = { *self->p, self->line };

  switch (*self->p)
    {
    case '\n':
      self->fresh = self->fresh || self->open->len == 0;
      self->line++;
      self->p++;
      return TRUE;
    case '#':
      self->p += strcspn (self->p, "\n");
      return TRUE;
    case ' ': case '\t': case '\r': case '\f':
      self->p++;
      return TRUE;
    case '\\':
      /* The line goes on in the next one. */
      if (self->p[1] == '\n')
        {
          self->line++;
          self->p++;
        }
      self->p++;
      return TRUE;
    case '"': case '\'':
      self->opens_block = FALSE;
      return skip_text (self);
    case '(': case '[': case '{':
      self->opens_block = FALSE;
      g_array_append_val (self->open, open);
      self->p++;
      return TRUE;
    case ')': case ']': case '}':
      self->opens_block = FALSE;
      return close_bracket (self);
    default:
      self->opens_block = *self->p == ':' && self->open->len == 0;
      if (self->opens_block)
        self->colon_line = self->line;
      self->p++;
      return TRUE;
    }
}

char *
leyden_python_check (const char *script,
                     guint      *line)
{
  g_autoptr(GArray) open = g_array_new (FALSE, FALSE, sizeof (Open));
  Checker self = { .p = script, .line = 1, .open = open, .n_indents = 1, .fresh = TRUE };
  gboolean good = TRUE;

  g_return_val_if_fail (script != NULL && line != NULL, NULL);

  while (good && *self.p != '\0')
    {
      if (self.fresh)
        good = check_indent (&self);
      if (good && *self.p != '\0')
        good = check_character (&self);
    }
  if (good && open->len > 0)
    {
      const Open *last = &g_array_index (open, Open, open->len - 1);

      fail (&self, last->line, _("Line %u: “%c” is not closed."), last->line, last->bracket);
    }
  else if (good && self.opens_block)
    fail (&self, self.colon_line, _("Line %u: what follows the colon is missing."), self.colon_line);
  *line = self.problem_line;
  return self.problem;
}
