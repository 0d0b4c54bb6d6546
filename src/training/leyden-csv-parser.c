/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "leyden-csv-parser.h"

#include <string.h>

#define MAX_ROW ((gsize) 16 * 1024 * 1024)
#define MAX_CELLS 10000
/* The first row is kept back until its end, to find the separator in it. */
#define SEPARATORS ",;\t"

/*             "                     "                "
 *   CELL ──────────► QUOTED ◄──────────────► QUOTE_SEEN
 *    │ other              any                │ separator, end of row
 *    ▼                                       ▼
 *   PLAIN ── separator, end of row ──► next cell or row
 */
typedef enum
{
  AT_CELL,
  IN_PLAIN,
  IN_QUOTED,
  QUOTE_SEEN,
} State;

struct _LeydenCsvParser
{
  LeydenCsvRowFunc  row;
  gpointer          data;
  State             state;
  char              separator;          /* 0: not yet known */
  GString          *first;              /* the first row as it came, until its end */
  gboolean          first_quoted;
  guint             counts[sizeof SEPARATORS];
  GPtrArray        *cells;
  GString          *cell;
  gsize             size;               /* bytes of the row */
  guint64           line;
  guint64           row_line;
  LeydenCsvProblem  problem;
  gboolean          after_cr;
};

static void
string_free_cb (gpointer data)
{
  g_string_free (data, TRUE);
}

LeydenCsvParser *
leyden_csv_parser_new (LeydenCsvRowFunc row,
                       gpointer         data)
{
  LeydenCsvParser *self = g_new0 (LeydenCsvParser, 1);

  self->row = row;
  self->data = data;
  self->first = g_string_new (NULL);
  self->cells = g_ptr_array_new_with_free_func (string_free_cb);
  self->cell = g_string_new (NULL);
  self->line = 1;
  self->row_line = 1;
  return self;
}

void
leyden_csv_parser_free (LeydenCsvParser *self)
{
  if (self == NULL)
    return;
  g_string_free (self->first, TRUE);
  g_ptr_array_unref (self->cells);
  g_string_free (self->cell, TRUE);
  g_free (self);
}

static void
flag (LeydenCsvParser  *self,
      LeydenCsvProblem  problem)
{
  if (self->problem == LEYDEN_CSV_GOOD)
    self->problem = problem;
}

/* A row with a problem is read to its end without being kept. */
static void
end_cell (LeydenCsvParser *self)
{
  if (self->problem == LEYDEN_CSV_GOOD && self->cells->len >= MAX_CELLS)
    flag (self, LEYDEN_CSV_TOO_MANY_CELLS);
  if (self->problem == LEYDEN_CSV_GOOD)
    {
      g_ptr_array_add (self->cells, self->cell);
      self->cell = g_string_new (NULL);
    }
  else
    g_string_truncate (self->cell, 0);
  self->state = AT_CELL;
}

static gboolean
end_row (LeydenCsvParser *self)
{
  gboolean blank = self->state == AT_CELL && self->cells->len == 0 && self->problem == LEYDEN_CSV_GOOD;
  gboolean go_on = TRUE;

  if (!blank)
    {
      end_cell (self);
      go_on = self->row (self->cells, self->row_line, self->problem, self->data);
    }
  g_ptr_array_set_size (self->cells, 0);
  g_string_truncate (self->cell, 0);
  self->state = AT_CELL;
  self->problem = LEYDEN_CSV_GOOD;
  self->size = 0;
  self->row_line = self->line;
  return go_on;
}

static void
keep (LeydenCsvParser *self,
      char             c)
{
  if (c == '\0')
    flag (self, LEYDEN_CSV_NUL);
  if (++self->size > MAX_ROW)
    flag (self, LEYDEN_CSV_TOO_LONG);
  if (self->problem == LEYDEN_CSV_GOOD)
    g_string_append_c (self->cell, c);
}

static gboolean
take_separator (LeydenCsvParser *self,
                char             c)
{
  if (c == self->separator)
    {
      end_cell (self);
      return TRUE;
    }
  return end_row (self);
}

/* One byte of a row whose separator is known; an end of row is LF. */
static gboolean
take (LeydenCsvParser *self,
      char             c)
{
  gboolean ends = c == self->separator || c == '\n';

  switch (self->state)
    {
    case AT_CELL:
      if (c == '"')
        self->state = IN_QUOTED;
      else if (ends)
        return take_separator (self, c);
      else
        {
          self->state = IN_PLAIN;
          keep (self, c);
        }
      return TRUE;
    case IN_PLAIN:
      if (ends)
        return take_separator (self, c);
      keep (self, c);
      return TRUE;
    case IN_QUOTED:
      if (c == '"')
        self->state = QUOTE_SEEN;
      else
        keep (self, c);
      return TRUE;
    case QUOTE_SEEN:
    default:
      if (c == '"')
        {
          self->state = IN_QUOTED;
          keep (self, c);
          return TRUE;
        }
      if (ends)
        return take_separator (self, c);
      flag (self, LEYDEN_CSV_TEXT_AFTER_QUOTE);
      self->state = IN_PLAIN;
      return TRUE;
    }
}

static gboolean
replay_first (LeydenCsvParser *self)
{
  guint best = 0;

  for (guint i = 1; i < strlen (SEPARATORS); i++)
    if (self->counts[i] > self->counts[best])
      best = i;
  self->separator = SEPARATORS[best];
  for (gsize i = 0; i < self->first->len; i++)
    if (!take (self, self->first->str[i]))
      return FALSE;
  g_string_truncate (self->first, 0);
  return TRUE;
}

/* Collects the first row; its end or its excess makes the separator known. */
static gboolean
take_first (LeydenCsvParser *self,
            char             c)
{
  const char *separator = c != '\0' ? strchr (SEPARATORS, c) : NULL;

  if (c == '\n' && self->first->len == 0)
    {
      self->row_line = self->line;
      return TRUE;
    }
  g_string_append_c (self->first, c);
  if (c == '"')
    self->first_quoted = !self->first_quoted;
  if (separator != NULL && !self->first_quoted)
    self->counts[separator - SEPARATORS]++;
  if ((c == '\n' && !self->first_quoted) || self->first->len > MAX_ROW)
    return replay_first (self);
  return TRUE;
}

/* Quoted cells keep their line ends as they are. */
static gboolean
is_quoted (LeydenCsvParser *self)
{
  return self->separator == '\0' ? self->first_quoted : self->state == IN_QUOTED;
}

static gboolean
take_any (LeydenCsvParser *self,
          char             c)
{
  return self->separator == '\0' ? take_first (self, c) : take (self, c);
}

gboolean
leyden_csv_parser_push (LeydenCsvParser *self,
                        const char      *bytes,
                        gsize            length)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (bytes != NULL || length == 0, FALSE);

  for (gsize i = 0; i < length; i++)
    {
      char c = bytes[i];
      gboolean follows_cr = self->after_cr;

      self->after_cr = c == '\r';
      if (c == '\r' || (c == '\n' && !follows_cr))
        self->line++;
      if (!is_quoted (self) && c == '\n' && follows_cr)
        continue;
      if (!take_any (self, !is_quoted (self) && c == '\r' ? '\n' : c))
        return FALSE;
    }
  return TRUE;
}

gboolean
leyden_csv_parser_finish (LeydenCsvParser *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (self->separator == '\0' && !replay_first (self))
    return FALSE;
  if (self->state == IN_QUOTED)
    flag (self, LEYDEN_CSV_UNCLOSED_QUOTE);
  return end_row (self);
}
