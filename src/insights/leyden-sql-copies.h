/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * leyden_sql_count_copies:
 * @text: SQL, of which nothing is taken for granted
 *
 * How often the tables that @text makes itself ("WITH name AS (…)") are named in it. SQLite copies such a table wherever it is named, and before any of
 * its limits looks: a chain in which each names the one before twice has 2^n of them. A name that is a column's as well counts, too.
 * Time O(length), memory for the words.
 *
 * Returns: the number; e^(number ÷ e) copies at most are made of them
 */
guint leyden_sql_count_copies (const char *text);

G_END_DECLS
