/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-sql-text.h"

G_BEGIN_DECLS

/* Tables of facts, each with the one name that it has in our SQL. */
typedef enum
{
  LEYDEN_FACTS_ROLLOUTS = 1 << 0,       /* rollout_facts r */
  LEYDEN_FACTS_CALLS    = 1 << 1,       /* calls c */
  LEYDEN_FACTS_NODES    = 1 << 2,       /* node_ends n */
  LEYDEN_FACTS_WAITS    = 1 << 3,       /* waits w */
} LeydenFactTable;

typedef enum
{
  LEYDEN_DIMENSION_TEXT,
  LEYDEN_DIMENSION_NUMBER,
  LEYDEN_DIMENSION_TIME,                /* ns since the epoch */
  LEYDEN_DIMENSION_FLAG,
} LeydenDimensionType;

/* What rollouts and what belongs to them can be filtered and split by. */
typedef struct
{
  const char          *name;            /* as in a query */
  const char          *title;           /* to be translated */
  LeydenDimensionType  type;
  LeydenFactTable          facts;
  const char          *column;          /* SQL: what is compared and grouped */
  const char          *table;           /* where a TEXT has its words when the column holds an id: "names"; NULL: it holds the words */
  const char          *words;           /* column of that table */
  gboolean             split;           /* whether values can be split by it */
} LeydenDimension;

/* Of the table @facts, else of rollouts: “model” is the one that was called where calls are counted. NULL: there is none of that name. */
const LeydenDimension *leyden_dimension_find      (const char            *name,
                                                   LeydenFactTable            facts);
const LeydenDimension *leyden_dimension_get_all   (guint                 *n);
const char            *leyden_dimension_type_name (LeydenDimensionType    type);

/**
 * LeydenFilter:
 *
 * Which rollouts, calls, nodes or waits count: all rules hold together, and the condition. A rule is [dimension, operator, value]:
 *
 * "=" "!="                     also with null
 * "<" "<=" ">" ">="            numbers and times
 * "between"                    [low, high], both included; null leaves an end open
 * "in" "not in"                a list of values
 * "contains" "not contains"    a piece of a text; case of A to Z does not count
 * "begins"                     a beginning of a text, as it is written
 * "null" "not null"            without a value
 *
 * An unknown text matches nothing. What is null differs from every value. The dimension "text" knows only "contains" and looks into id, item,
 * flow, data set and error of the rollout.
 */
typedef struct _LeydenFilter LeydenFilter;

#define LEYDEN_FILTER_MAX_RULES  50
#define LEYDEN_FILTER_MAX_VALUES 1000

/**
 * leyden_filter_parse_for:
 * @facts: what is counted
 * @rules: (nullable): a list of rules
 * @where: (nullable): an SQL condition over one row of the view “rollouts” (leyden-views.h), with the functions of expressions
 *
 * Errors: %G_IO_ERROR_INVALID_ARGUMENT; the message names the rule.
 *
 * Returns: (transfer full) (nullable)
 */
LeydenFilter *leyden_filter_parse_for (LeydenFactTable           facts,
                                       LeydenValue          *rules,
                                       const char           *where,
                                       GError              **error);
/* The same for rollouts. */
LeydenFilter *leyden_filter_parse     (LeydenValue          *rules,
                                       const char           *where,
                                       GError              **error);
void          leyden_filter_free      (LeydenFilter         *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenFilter, leyden_filter_free)
/* Tables that the rules read, as bits: all of them must stand in the FROM of the statement. */
guint         leyden_filter_get_facts (const LeydenFilter   *self);
/* Appends “ AND …” for every rule; nothing where there is none. */
void          leyden_filter_add_sql   (const LeydenFilter   *self,
                                       LeydenSqlText        *sql);
/* Only the rules over one table; the condition is one over rollouts. */
void          leyden_filter_add_sql_of (const LeydenFilter  *self,
                                       LeydenFactTable       facts,
                                       LeydenSqlText        *sql);
/* Gives the connection the functions that a condition may use and SQLite does not have. Call it before a statement with a condition is
 * prepared; again does no harm. */
void          leyden_filter_prepare   (sqlite3              *db);

G_END_DECLS
