/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <math.h>

#include "leyden-buckets.h"
#include "leyden-measures.h"
#include "leyden-query.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_SHAPE_TIME,
  LEYDEN_SHAPE_STEP,
  LEYDEN_SHAPE_HISTOGRAM,
  LEYDEN_SHAPE_GROUPS,
  LEYDEN_SHAPE_HEAT,
  LEYDEN_SHAPE_VALUE,
  LEYDEN_SHAPE_POINTS,
  LEYDEN_SHAPE_TABLE,
} LeydenShape;

typedef enum
{
  LEYDEN_BAND_NONE,
  LEYDEN_BAND_CI,               /* 95 % */
  LEYDEN_BAND_QUANTILES,        /* 10 % and 90 % of the values */
} LeydenBand;

typedef enum
{
  LEYDEN_ORDER_VALUE_DOWN,
  LEYDEN_ORDER_VALUE,
  LEYDEN_ORDER_NAME,
} LeydenOrder;

#define LEYDEN_QUERY_MAX_SPLIT 2
#define LEYDEN_QUERY_MAX_LIMIT 200

/* A question that has been read. */
typedef struct
{
  const LeydenMeasure   *measure;
  char                  *point;         /* name of a metric of points; NULL: it is of a measure */
  LeydenAggregation      aggregation;
  LeydenShape            shape;
  const LeydenDimension *split[LEYDEN_QUERY_MAX_SPLIT];         /* NULL: by phase, or of points, by a label */
  char                  *split_names[LEYDEN_QUERY_MAX_SPLIT];
  guint                  n_split;
  gboolean               split_given;
  LeydenFilter          *filter;
  LeydenValue           *rules;         /* nullable */
  gint64                 asked_from;
  gint64                 from;          /* 0: from the first on, which it is once the rows are known */
  gint64                 to;
  GTimeZone             *zone;
  LeydenIntervalKind     interval;
  gint64                 seconds;
  guint                  buckets;
  guint                  bins;
  guint                  limit;
  LeydenOrder            order;
  LeydenBand             band;
  gboolean               compare;
  gint64                 now;
  LeydenColumnCache     *cache;         /* nullable, borrowed */
  gboolean               held_only;     /* no columns are read for it */
  gboolean               real_only;     /* credits of the simulation are no money to it, also where there is nothing else */
  gint64                 next;          /* once it was answered: LeydenColumns.next of its rows */
} LeydenQuery;

LeydenQuery *leyden_query_parse (LeydenValue *value, gint64 now_ns, GError **error);
void         leyden_query_free  (LeydenQuery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenQuery, leyden_query_free)
const char  *leyden_shape_get_name (LeydenShape shape);

/* ---- Values of a dimension, each once ---- */

typedef struct _LeydenKeys LeydenKeys;

LeydenKeys  *leyden_keys_new        (void);
void         leyden_keys_free       (LeydenKeys *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenKeys, leyden_keys_free)
guint32      leyden_keys_add        (LeydenKeys *self, sqlite3_stmt *statement, int column);
guint32      leyden_keys_add_int    (LeydenKeys *self, gint64 value);
/* The value that is @key of another one. */
guint32      leyden_keys_add_key    (LeydenKeys *self, LeydenKeys *other, guint32 key);
guint32      leyden_keys_add_text   (LeydenKeys *self, const char *text);
guint        leyden_keys_get_n      (LeydenKeys *self);
/* FALSE: it is no integer. */
gboolean     leyden_keys_get_int    (LeydenKeys *self, guint32 key, gint64 *out);
/* What a key says: the value itself, text where the dimension has its words in a table; @title: what a person calls it. */
LeydenValue *leyden_keys_dup_value  (LeydenKeys *self, guint32 key, const LeydenDimension *dimension, sqlite3 *db, char **title);

/* ---- Rows that were read, as columns ---- */

#define LEYDEN_COLUMNS_MAX_KEYS  6
#define LEYDEN_COLUMNS_MAX_EXTRA 5

/* Real money and credits of the simulation are never put together. */
typedef enum
{
  LEYDEN_MONEY_NONE,            /* the values are none */
  LEYDEN_MONEY_VALUES,          /* the values are */
  LEYDEN_MONEY_RETURNS,         /* the values are, and the divisors, what was spent for them */
} LeydenMoney;

typedef struct
{
  guint       n;
  gint64     *time;             /* ns */
  double     *value;
  double     *divisor;          /* NULL: none */
  double     *extra[LEYDEN_COLUMNS_MAX_EXTRA];
  guint32    *key[LEYDEN_COLUMNS_MAX_KEYS];
  LeydenKeys *keys[LEYDEN_COLUMNS_MAX_KEYS];
  guint       n_keys;
  guint       n_extra;
  guint       room;
  LeydenMoney money;
  guint8     *simulated;        /* of money: whether each row is in credits; else NULL */
  guint64     n_simulated;
  guint64     n_free;           /* costs nothing and is not simulated: says nothing about whether money is real */
  guint64     n_invalid;
  gint64      first;            /* earliest and latest time; 0: there is none */
  gint64      last;
  gint64      next;             /* up to here the end may move and the rows stay; 0: unknown */
} LeydenColumns;

LeydenColumns *leyden_columns_new   (guint n_keys, gboolean with_divisor);
void           leyden_columns_free  (LeydenColumns *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenColumns, leyden_columns_free)
/* Room for so many rows in all. */
void           leyden_columns_reserve (LeydenColumns *self, guint room);
/* Before the first row. */
void           leyden_columns_set_money (LeydenColumns *self, LeydenMoney money);
/* Of money: leaves out what is simulated, or else what is real; what costs nothing stays. */
void           leyden_columns_keep_money (LeydenColumns *self, gboolean simulated);
/* Index of the new row; its keys are to be set, and it is to be marked. */
static inline guint
leyden_columns_add (LeydenColumns *self,
                    gint64         time,
                    double         value)
{
  if (self->n == self->room)
    leyden_columns_reserve (self, self->room * 2);
  self->time[self->n] = time;
  self->value[self->n] = value;
  if (self->first == 0 || time < self->first)
    self->first = time;
  self->last = MAX (self->last, time);
  return self->n++;
}

static inline gboolean
leyden_columns_is_free (const LeydenColumns *self,
                        guint                row)
{
  return self->value[row] == 0 && (self->money != LEYDEN_MONEY_RETURNS || self->divisor[row] == 0);
}

/* Whether the row, whose value and divisor are set, is simulated. */
static inline void
leyden_columns_mark (LeydenColumns *self,
                     guint          row,
                     gboolean       simulated)
{
  if (self->simulated != NULL)
    self->simulated[row] = simulated;
  if (simulated)
    self->n_simulated++;
  else if (self->money != LEYDEN_MONEY_NONE && leyden_columns_is_free (self, row))
    self->n_free++;
}

/* Where the rows come from: tables, range of time, condition and filter of the question. @columns: SQL of keys. Every row has time, value, divisor
 * (or NULL), simulated, invalid and the keys. */
typedef struct
{
  const char *time;             /* those of the measure unless said otherwise */
  const char *value;
  const char *divisor;
  const char *condition;
  const char *keys[LEYDEN_COLUMNS_MAX_KEYS];
  guint       n_keys;
  const char *extra[LEYDEN_COLUMNS_MAX_EXTRA];  /* more numbers of every row */
  guint       n_extra;
  gint64      from;
  gint64      to;
  gint64      end_after;        /* of spans: only those that end after it (the value is the end), or not yet; 0: all */
  LeydenSqlText *value_sql;     /* instead of value, with parameters */
} LeydenRead;
/* Whether the rollout of a row is looked at, too. */
gboolean       leyden_read_needs_rollouts (const LeydenQuery *query, const LeydenRead *read);
void           leyden_columns_add_extra (LeydenColumns *self, guint n);
LeydenColumns *leyden_columns_read  (sqlite3 *db, const LeydenQuery *query, const LeydenRead *read, GError **error);

/* ---- Numbers that are put together ---- */

typedef struct
{
  guint64  n;
  double   sum, rest;           /* Neumaier */
  double   divisor;
  double   mean, m2;            /* Welford */
  double   min, max;
  gint64   last_time;
  double   last;
  GArray  *values;              /* double, where they are kept */
  gpointer sketch;              /* LeydenSketch, instead of them */
} LeydenCell;

void         leyden_cell_init       (LeydenCell *self);
void         leyden_cell_clear      (LeydenCell *self);

/* What of a number is taken beside counts, sums, ends and the last one: millions of them are put together. */
typedef enum
{
  LEYDEN_CELL_NO_MORE = 0,
  LEYDEN_CELL_VALUES = 1 << 0,  /* itself, for quantiles */
  LEYDEN_CELL_SPREAD = 1 << 1,  /* mean and m2, for deviations */
} LeydenCellParts;

/* To the sum alone: Neumaier's, what a term loses is kept beside. */
static inline void
leyden_cell_add_sum (LeydenCell *self,
                     double      value)
{
  double next = self->sum + value;

  self->rest += fabs (self->sum) >= fabs (value) ? (self->sum - next) + value : (value - next) + self->sum;
  self->sum = next;
}

static inline void
leyden_cell_add (LeydenCell     *self,
                 gint64          time,
                 double          value,
                 double          divisor,
                 LeydenCellParts parts)
{
  self->n++;
  leyden_cell_add_sum (self, value);
  self->divisor += divisor;
  self->min = MIN (self->min, value);
  self->max = MAX (self->max, value);
  if (time >= self->last_time)
    {
      self->last_time = time;
      self->last = value;
    }
  if ((parts & LEYDEN_CELL_SPREAD) != 0)
    {
      double delta = value - self->mean;

      self->mean += delta / (double)self->n;
      self->m2 += delta * (value - self->mean);
    }
  if ((parts & LEYDEN_CELL_VALUES) != 0)
    {
      if (self->values == NULL)
        self->values = g_array_new (FALSE, FALSE, sizeof (double));
      g_array_append_val (self->values, value);
    }
}

double       leyden_cell_get_sum    (const LeydenCell *self);
/* NaN: there is none. @seconds for rates, @total for shares. */
double       leyden_cell_get        (LeydenCell *self, LeydenMeasureKind kind, LeydenAggregation aggregation, double seconds, double total);
/* FALSE: there is none. */
gboolean     leyden_cell_get_band   (LeydenCell *self, LeydenMeasureKind kind, LeydenAggregation aggregation, LeydenBand band,
                                     double *low, double *high);

/* ---- Answers ---- */

/* A series as it is put together: rows of x with a cell each. */
typedef struct
{
  GPtrArray *cells;             /* of series: LeydenCell array of n_x, or NULL where there was nothing */
  guint      n_x;
  guint      n_series;
} LeydenGrid;

LeydenGrid  *leyden_grid_new        (guint n_series, guint n_x);
void         leyden_grid_free       (LeydenGrid *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenGrid, leyden_grid_free)
LeydenCell  *leyden_grid_get        (LeydenGrid *self, guint series, guint x);          /* makes it */
LeydenCell  *leyden_grid_peek       (LeydenGrid *self, guint series, guint x);          /* NULL: there is none */

/* What stands beside the series of an answer. */
typedef struct
{
  gboolean   exact;
  guint64    n_points;
  guint64    n_invalid;
  guint64    n_simulated;
  guint64    n_free;
  gboolean   truncated;
  GPtrArray *warnings;          /* texts */
} LeydenNotes;
void         leyden_notes_init      (LeydenNotes *self);
void         leyden_notes_clear     (LeydenNotes *self);
void         leyden_notes_warn      (LeydenNotes *self, const char *text);
void         leyden_notes_take      (LeydenNotes *self, const LeydenColumns *columns);
void         leyden_notes_write     (LeydenNotes *self, LeydenValueBuilder *b);

const char  *leyden_query_get_unit  (const LeydenQuery *self);
LeydenMoney  leyden_query_get_money (const LeydenQuery *self);
/* Begins the answer with shape, unit, title and the list of series, or of columns. */
void         leyden_answer_begin    (LeydenValueBuilder *b, const LeydenQuery *query, const char *list);

/* Series of rows: which one each belongs to, and what they are called. */
typedef struct
{
  guint32   *of;                /* series of each row; G_MAXUINT32: of none */
  guint      n;
  GPtrArray *labels;            /* LeydenValue, objects */
  GPtrArray *names;
  gboolean   has_other;         /* the last one holds what was too much */
} LeydenSeries;
LeydenSeries *leyden_series_new     (sqlite3 *db, const LeydenQuery *query, LeydenColumns *columns, guint first_key, guint limit);
void          leyden_series_free    (LeydenSeries *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenSeries, leyden_series_free)

/* Groups of rows with one or two equal keys, numbered as they come: that of each row to @of. (transfer full): the first row of each, guint. */
GArray      *leyden_columns_group   (LeydenColumns *columns, guint first_key, guint n_keys, guint32 *of);
/* What the splits from @first_key on say in a row: labels, and their words in one line. (transfer full) */
LeydenValue *leyden_columns_dup_labels (LeydenColumns *columns, sqlite3 *db, const LeydenQuery *query, guint first_key, guint row, char **name);

/* Any shape of rows that have been read; the keys of the splits stand first. @previous: nullable, of the period before. */
LeydenValue *leyden_query_shape     (sqlite3 *db, const LeydenQuery *query, LeydenColumns *columns, LeydenColumns *previous,
                                     gint64 previous_from, GError **error);
/* Begin of the period before, which ends where that of the question begins or as long after it. */
gint64       leyden_query_get_previous (const LeydenQuery *self);

/* leyden_query_run() with columns in memory. */
LeydenValue *leyden_query_run_cached (sqlite3 *db, LeydenColumnCache *cache, LeydenValue *query, gint64 now_ns, GError **error);
LeydenValue *leyden_query_run_spans  (sqlite3 *db, LeydenQuery *query, GError **error);
LeydenColumns *leyden_query_read_spread (sqlite3 *db, const LeydenQuery *query, gint64 from, gint64 to, GError **error);
LeydenColumns *leyden_query_read_phases (sqlite3 *db, const LeydenQuery *query, gint64 from, gint64 to, GError **error);
LeydenValue *leyden_query_run_budget (sqlite3 *db, LeydenQuery *query, GError **error);
LeydenValue *leyden_query_run_drift  (sqlite3 *db, LeydenQuery *query, GError **error);
LeydenValue *leyden_query_run_points (sqlite3 *db, LeydenQuery *query, GError **error);
LeydenValue *leyden_query_run_sql    (sqlite3 *db, LeydenValue *query, gint64 from, gint64 to, GError **error);

G_END_DECLS
