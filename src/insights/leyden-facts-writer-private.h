/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-facts-writer.h"

#include "leyden-store-sql.h"

G_BEGIN_DECLS

struct _LeydenFactsWriter
{
  GHashTable *names;            /* text → gint64 */
  GHashTable *series;           /* metric, unit separator, labels → gint64 */
  GPtrArray  *new_names;        /* keys of both tables that the transaction under way made */
  GPtrArray  *new_series;
};

/* A definition of a run or an experiment, as far as rows repeat it. Texts are NULL when there are none. */
typedef struct
{
  gint64 id;                    /* of an experiment's row */
  char  *flow, *title, *version, *dataset, *dataset_name, *purpose, *model;
  gint64 created_ns;
} LeydenFactsOrigin;

/* Rows of rollouts within one transaction. */
typedef struct
{
  LeydenFactsWriter *writer;
  sqlite3           *db;
  gint64             revision;
  sqlite3_stmt      *find, *get, *agl, *registrations, *run, *experiment, *put;
  GHashTable        *runs;              /* gint64 → LeydenFactsOrigin */
  GHashTable        *experiments;       /* name → LeydenFactsOrigin */
  GHashTable        *flows;             /* LeydenFactsFold → id of its flow, "" for none; for labels */
} LeydenFactsRows;

gboolean leyden_facts_rows_init  (LeydenFactsRows *self, LeydenFactsWriter *writer, sqlite3 *db, gint64 revision, GError **error);
void     leyden_facts_rows_clear (LeydenFactsRows *self);
/* Row number of @fold's rollout, −1 when it is gone; also in the fold. */
gboolean leyden_facts_rows_find  (LeydenFactsRows *self, LeydenFactsFold *fold, GError **error);
/* @fold NULL: a rollout that has no records yet, whose row stays when there is one. */
gboolean leyden_facts_rows_write (LeydenFactsRows *self, gint64 rollout, LeydenFactsFold *fold, GError **error);

/* The number of @name (nullable: 0) in `names`, made when there is none. */
gboolean leyden_facts_writer_get_name (LeydenFactsWriter *self, sqlite3 *db, const char *name, gint64 *id, GError **error);

static inline void
leyden_facts_bind_text (sqlite3_stmt *statement,
                        int           index,
                        const char   *text)
{
  if (text != NULL)
    sqlite3_bind_text (statement, index, text, -1, SQLITE_STATIC);
  else
    sqlite3_bind_null (statement, index);
}

/* NaN and 0 of an id are NULL. */
static inline void
leyden_facts_bind_id (sqlite3_stmt *statement,
                      int           index,
                      gint64        id)
{
  if (id != 0)
    sqlite3_bind_int64 (statement, index, id);
  else
    sqlite3_bind_null (statement, index);
}

G_END_DECLS
