/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-otlp-receiver.h"
#include "leyden-otlp-trace.h"

G_BEGIN_DECLS

/* Of jobs that are under way, and so of what one turn of the main loop does: some 10 ms. */
#define LEYDEN_OTLP_TURN 500

/* Of a program. */
typedef struct
{
  LeydenOtlpReceiver *receiver;
  char               *run;
  char               *service;
  gint64              created_ns;
  gint64              n_items;
  guint               n_open;           /* traces without an end */
  gboolean            known;            /* it was looked for in the store */
  GPtrArray          *waiting;          /* LeydenOtlpRollout: until it is known */
} LeydenOtlpProgram;

/* Spans of one request for one trace. */
typedef struct
{
  GTask     *task;
  GPtrArray *spans;                     /* borrowed from the batch */
} LeydenOtlpJob;

/* A trace as a rollout. */
typedef struct
{
  guint               refs;
  LeydenOtlpReceiver *receiver;         /* NULL: it is no more */
  char               *rollout;
  char               *trace_id;
  LeydenOtlpProgram  *program;          /* NULL: not known yet */
  LeydenOtlpTrace    *log;              /* NULL: to be read */
  GQueue              jobs;
  gint64              touched_us;
  GList               link;             /* in one of the two queues of the receiver */
  gboolean            busy;
  gboolean            open;             /* counted in n_open */
  gboolean            started;          /* with this append */
  gboolean            ended;
  gboolean            of_job;           /* the append is that of the first job */
} LeydenOtlpRollout;

struct _LeydenOtlpReceiver
{
  LeydenGateway *gateway;               /* borrowed */
  GHashTable    *programs;              /* run → LeydenOtlpProgram */
  GHashTable    *traces;                /* rollout → LeydenOtlpRollout */
  GQueue         arrived;               /* LeydenOtlpJob: not begun */
  guint          n_flying;              /* jobs that are */
  /* All traces, in the order in which they were touched: */
  GQueue         open;                  /* those without an end */
  GQueue         rest;
  GSource       *turn;                  /* to begin more of them, or to end traces */
  GSource       *clock;
};

/* leyden-otlp-receiver.c */
LeydenOtlpRollout *leyden_otlp_rollout_ref   (LeydenOtlpRollout *self);
void               leyden_otlp_rollout_unref (gpointer data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenOtlpRollout, leyden_otlp_rollout_unref)
/* Makes it where there is none. (transfer none) */
LeydenOtlpRollout *leyden_otlp_find_rollout  (LeydenOtlpReceiver *self, const char *trace_id);
/* One step; the callbacks make the next. */
void               leyden_otlp_advance       (LeydenOtlpRollout *trace);
void               leyden_otlp_write_records (LeydenOtlpRollout *trace, GPtrArray *records);
/* leyden-otlp-runs.c */
void               leyden_otlp_program_free  (gpointer data);
/* Makes it where there is none. (transfer none) */
LeydenOtlpProgram *leyden_otlp_find_program  (LeydenOtlpReceiver *self, const char *service);
/* Writes its run as it stands. */
void               leyden_otlp_keep_run      (LeydenOtlpProgram *program);
void               leyden_otlp_take_run      (LeydenOtlpProgram *program, const LeydenRunRow *row);
/* FALSE: it is looked for, and the trace goes on when it is known. */
gboolean           leyden_otlp_know_program  (LeydenOtlpRollout *trace);
/* leyden-otlp-turns.c */
/* Whether it is without an end. */
void               leyden_otlp_set_open      (LeydenOtlpRollout *trace, gboolean open);
/* Something came for it. */
void               leyden_otlp_touch         (LeydenOtlpRollout *trace);
/* There may be something to begin, or to end. */
void               leyden_otlp_plan_turn     (LeydenOtlpReceiver *self);

G_END_DECLS
