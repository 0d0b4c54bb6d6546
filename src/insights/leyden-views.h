/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-sql-text.h"

G_BEGIN_DECLS

/* What people may read by SQL: views over the facts, without ids of ours. They stand as common table expressions before a statement, so that
 * the database has no views. help/metrics.md describes them. */
typedef struct
{
  const char *name;
  const char *type;             /* "text", "number", "time" (ns since the epoch), "flag" (0 or 1) */
  const char *sql;              /* over the tables of the view's FROM */
  const char *description;      /* to be translated */
} LeydenViewColumn;

typedef struct
{
  const char             *name;
  const char             *description;  /* to be translated */
  const char             *from;         /* FROM and WHERE */
  const LeydenViewColumn *columns;      /* ended by a name that is NULL */
} LeydenView;

const LeydenView *leyden_views_get_all     (guint         *n);
/* Names of the columns of a view, NULL-terminated. (transfer container) */
const char      **leyden_views_list_columns (const char   *view);
/* “WITH rollouts AS …, …” and a space. Tables are read from within “@inside” only, which stands in each of the views and is not seen outside: a name
 * that nobody guesses, and that an authoriser is told. */
void              leyden_views_add_with    (LeydenSqlText *sql,
                                            const char    *inside);
/* Appends a condition over the row of “rollouts” whose id @id (SQL) is. @condition has been checked as an expression over its columns. */
void              leyden_views_add_exists  (LeydenSqlText *sql,
                                            const char    *id,
                                            const char    *condition);
/* Whether a table and its column, which may be empty, stand behind a view. */
gboolean          leyden_views_reads       (const char    *table,
                                            const char    *column);
gboolean          leyden_views_has         (const char    *view);

G_END_DECLS
