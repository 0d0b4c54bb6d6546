/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-cli-session.h"
#include "leyden-stats.h"
#include "leyden-verdict.h"

G_BEGIN_DECLS

/* One flow over the rows. */
typedef struct
{
  char          *name;                  /* its file, for people */
  LeydenFlow    *flow;
  LeydenValue   *definition;
  LeydenRun     *run;
  gboolean       finished;
  double        *rewards;               /* an item each; NaN: it failed, or gave none */
  guint          n_failed;
  guint          n_errors;              /* of the failed: the model did not answer, whatever the flow was */
  gboolean       simulated;
  LeydenInterval mean;                  /* failures count as 0; low and high NaN below two items */
  LeydenPairSequence watched;           /* the flow against this one, item by item while it runs; of what it is compared with only */
  guint          n_watched;
  guint          decided_after;         /* items after which it left out 0; 0: never */
  const char    *method;                /* of the interval: "wilson", "t"; static */
} LeydenPass;

/* What `evaluate` found. */
typedef struct
{
  GPtrArray   *passes;                  /* LeydenPass: the flow, then what it is compared with */
  GPtrArray   *verdicts;                /* LeydenVerdict: the flow against each of the others, in their order */
  const char  *split;                   /* NULL: all rows */
  LeydenValue *dataset;                 /* {"name", "sha256"} */
  LeydenValue *planned;                 /* nullable */
  gint64       seed;
  gboolean     margin_given;
  double       margin;
} LeydenEvaluationReport;

/* Whether the flow loses against this one: significantly worse, or, with a margin, not shown to be less than that worse. */
gboolean leyden_evaluation_fails (const LeydenEvaluationReport *self, const LeydenVerdict *verdict);
/* A line an item, then one whose last member is "verdict" (help/evaluate.md). */
void     leyden_evaluation_print_json  (const LeydenEvaluationReport *self);
void     leyden_evaluation_print_table (const LeydenEvaluationReport *self);

G_END_DECLS
