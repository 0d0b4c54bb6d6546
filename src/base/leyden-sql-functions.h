/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/**
 * leyden_sql_bound_functions:
 * @db: a connection that runs SQL of people
 *
 * Nothing interrupts a function of SQLite while it computes, and instr(), replace(), trim(), ltrim(), rtrim(), LIKE and GLOB take the product of the
 * lengths of their texts. Puts others in their place that answer the same: instr() and replace() in time O(length), the rest refuses texts whose
 * lengths give more than 64 Mi when multiplied, which takes some tenths of a second.
 *
 * Statements that are prepared are prepared again: call it once for a connection.
 */
void leyden_sql_bound_functions (sqlite3 *db);

G_END_DECLS
