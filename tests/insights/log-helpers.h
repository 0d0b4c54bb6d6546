/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-facts.h"
#include "leyden-random.h"

G_BEGIN_DECLS

/* Rollouts whose logs grow at random, with everything that makes facts: nodes in rounds and turns, calls with and without answers, waits, retries, pauses,
 * rewards that are none, metrics, events of Agent Lightning's, further attempts. The rows are those that the engine would keep. */
typedef struct
{
  LeydenStore  *store;
  LeydenRandom  random;
  GPtrArray    *rollouts;       /* Grown */
  gint64        now_ns;
  guint         n_pending;      /* appends under way */
} LogWriter;

LogWriter *log_writer_new    (LeydenStore *store, guint64 seed);
void       log_writer_free   (LogWriter *self);
/* Begins a rollout or appends some records to one; does not wait. */
void       log_writer_grow   (LogWriter *self);
void       log_writer_wait   (LogWriter *self);

/* Until all facts of the log are on disk. */
void       facts_catch_up    (LeydenFacts *facts, LeydenSqliteStore *store);
/* Throws the facts away, as a new version of the projection would. */
void       facts_begin_anew  (LeydenSqliteStore *store);
/* All facts as text, one row a line, texts and series resolved; sums of rollups to 9 digits. (transfer full) */
char      *facts_dump        (LeydenSqliteStore *store);
/* First line in which they differ fails. */
void       facts_assert_same (const char *a, const char *b);
/* The one value of @text. (transfer full) (nullable) */
char      *facts_ask         (LeydenSqliteStore *store, const char *text);
/* Runs @text in the writer. */
void       facts_change      (LeydenSqliteStore *store, const char *text);

G_END_DECLS
