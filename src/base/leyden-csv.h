/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * leyden_csv_add_cell:
 * @text: (nullable): UTF-8, from anywhere
 *
 * Appends a cell of a CSV file (RFC 4180): in quotes where it has to be. A text that a spreadsheet would take for a formula, because it begins with = + - @,
 * a tab or a line break, also in their full width and behind spaces, gets a “'” before it. Separators and line ends are the caller's.
 */
void leyden_csv_add_cell  (GString *out, const char *text);

/**
 * leyden_csv_add_value:
 * @value: (nullable): from anywhere
 *
 * Appends a cell: nothing for null, a number as it is written (a “-” at its beginning is its sign), a text as leyden_csv_add_cell() does, and all else as
 * its JSON.
 */
void leyden_csv_add_value (GString *out, LeydenValue *value);

G_END_DECLS
