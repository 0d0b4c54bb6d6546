/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Comma-separated values, RFC 4180: pushed in any pieces, one pass, one byte at a time. Rows end with LF, CR LF or a lone CR; blank
 * rows are none. A quote inside an unquoted cell is text. The separator is , ; or a tab: the one that the first row has most of. */
typedef struct _LeydenCsvParser LeydenCsvParser;

typedef enum
{
  LEYDEN_CSV_GOOD,
  LEYDEN_CSV_TEXT_AFTER_QUOTE,
  LEYDEN_CSV_UNCLOSED_QUOTE,
  LEYDEN_CSV_NUL,
  LEYDEN_CSV_TOO_LONG,          /* the row is over 16 MiB */
  LEYDEN_CSV_TOO_MANY_CELLS,
} LeydenCsvProblem;

/* @cells: (element-type GString); @line: where the row began, from 1. Return FALSE to stop. */
typedef gboolean (*LeydenCsvRowFunc) (GPtrArray *cells, guint64 line, LeydenCsvProblem problem, gpointer data);

LeydenCsvParser *leyden_csv_parser_new    (LeydenCsvRowFunc row, gpointer data);
void             leyden_csv_parser_free   (LeydenCsvParser *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenCsvParser, leyden_csv_parser_free)
/* FALSE when the function asked to stop. */
gboolean         leyden_csv_parser_push   (LeydenCsvParser *self, const char *bytes, gsize length);
gboolean         leyden_csv_parser_finish (LeydenCsvParser *self);

G_END_DECLS
