/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-answers.h"
#include "leyden-column-cache.h"

G_BEGIN_DECLS

typedef enum
{
  TYPE_INT,                     /* gint64; null: 0 */
  TYPE_REAL,                    /* double; null: NaN */
  TYPE_FLAG,                    /* guint8; null: 0 */
  TYPE_KEY,                     /* guint32, of `keys` */
} Type;

typedef struct
{
  char          *name;          /* type, SQL and parameters */
  Type           type;
  LeydenSqlText *sql;
  LeydenKeys    *keys;
  GByteArray    *data;
  _Atomic gint64 used_us;       /* set by readers side by side */
} Column;

typedef enum { TABLE_ROLLOUTS, TABLE_CALLS, TABLE_NODES, TABLE_WAITS, N_TABLES } TableId;

typedef struct
{
  LeydenFactTable facts;
  const char     *from;
  const char     *id;           /* ascending; that of a rollout never changes its row */
  const char     *changed;      /* what tells rows that are new or changed */
  const char     *mark;         /* the last of them */
  const char     *rollout;      /* of a table that is not that of rollouts */
} TableInfo;
extern const TableInfo leyden_column_tables[N_TABLES];

typedef struct
{
  TableId     id;
  gint64      mark;             /* up to which it is; −1: nothing was read */
  GArray     *ids;              /* gint64 */
  GHashTable *columns;          /* name → Column */
  GArray     *rollouts;         /* guint32: row in the table of rollouts; G_MAXUINT32: none. Not of rollouts */
} Table;

struct _LeydenColumnCache
{
  gint     refs;
  GRWLock  lock;
  gsize    max_bytes;
  gboolean eager;
  gint64   removed;             /* facts_cursor.removed that the columns are of */
  Table    tables[N_TABLES];
  LeydenAnswers *answers;       /* with a lock of their own */
};

/* ---- What a question reads ---- */

#define MAX_WANTED (10 + LEYDEN_COLUMNS_MAX_KEYS + LEYDEN_COLUMNS_MAX_EXTRA)

typedef struct
{
  TableId        table;
  Type           type;
  LeydenSqlText *sql;           /* owned */
  char          *name;
  const Column  *column;        /* while the lock is held */
} Wanted;

typedef struct
{
  TableId table;                /* whose rows */
  Wanted  wanted[MAX_WANTED];
  guint   n;
  gboolean with_rollouts;       /* rows without a rollout do not count */
  gboolean can_load;            /* and so keeps what it uses from being dropped */
  Type value_type;
  int     time, value, divisor, simulated, invalid, deleted, condition, filter, filter_of_rollout;     /* indices; −1: none */
  int     key[LEYDEN_COLUMNS_MAX_KEYS], extra[LEYDEN_COLUMNS_MAX_EXTRA];
} Plan;

/* leyden-column-plan.c */
void  leyden_column_plan_init  (Plan *self, const LeydenQuery *query, const LeydenRead *read);
void  leyden_column_plan_clear (Plan *self);
/* What a column is called. (transfer full) */
char *leyden_column_make_name  (Type type, const LeydenSqlText *sql);
/* The rows that count, out of the columns of the plan. */
void  leyden_column_plan_take  (const Plan *plan, const Table *table, const LeydenRead *read, LeydenColumns *out);

G_END_DECLS
