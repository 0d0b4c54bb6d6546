/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* Reading the snapshot of an experiment (help/leyden-api.md), without GTK. A snapshot comes from a backend: any key may be missing, of another
 * kind, beyond measure or contradict another; nothing here crashes or loops then, and what makes no sense is left out. */

/* A point of the curve: after @calls task calls @best was the best mean on validation rows; @low and @high are NaN when unknown. */
typedef struct
{
  gint64 calls;
  double best;
  double low;
  double high;
} LeydenCurvePoint;

/* By rising number of calls; points without finite numbers are left out. (element-type LeydenCurvePoint) (transfer full) */
GArray      *leyden_experiment_list_points    (LeydenValue *snapshot);

/* A candidate in its place of the family tree. */
typedef struct
{
  const char  *id;              /* belongs to the snapshot */
  LeydenValue *value;           /* belongs to the snapshot */
  int          parent;          /* index in the list, −1: none; always ahead of this one */
  guint        depth;
  guint        number;          /* 0 for the flow as it was, then 1, 2, … in the order of the snapshot */
  gboolean     last;            /* no brother follows */
  gboolean     is_baseline;
  gboolean     is_best;
} LeydenCandidateNode;

/* Parents ahead of children, children in the order of the snapshot. A candidate with an unknown parent, or one that is its own ancestor, is a
 * root; of two with one id the first counts. At most 10 000. (element-type LeydenCandidateNode) (transfer full) */
GArray      *leyden_experiment_list_candidates (LeydenValue *snapshot);
/* (transfer none) (nullable) */
LeydenValue *leyden_experiment_find_candidate (LeydenValue *snapshot, const char *id);
/* The proposal that made a candidate, NULL when none is known. (transfer none) */
LeydenValue *leyden_experiment_find_proposal  (LeydenValue *snapshot, const char *candidate);
/* The slot's object of "slots", NULL when there is none. (transfer none) */
LeydenValue *leyden_experiment_find_slot      (LeydenValue *snapshot, const char *slot);
/* A candidate's value of a slot; of the flow as it was when the candidate does not say. (transfer none) (nullable) */
LeydenValue *leyden_experiment_get_slot_value (LeydenValue *snapshot, const char *candidate, const char *slot);
/* Ids of the slots in which @candidate differs from @parent (NULL: from the flow as it was). (transfer full) */
GStrv        leyden_experiment_list_changes   (LeydenValue *snapshot, const char *candidate, const char *parent);

gboolean     leyden_experiment_is_active      (LeydenValue *snapshot);           /* queued, running or paused */
/* Whether the best candidate is another one than the flow as it was. */
gboolean     leyden_experiment_has_better     (LeydenValue *snapshot);

/* For people, translated; what is char * is (transfer full). */
const char  *leyden_method_title              (const char *name);               /* "Reflective search (GEPA)"; the name of an unknown one */
const char  *leyden_method_explanation        (const char *name);               /* one sentence; "" for an unknown one */
/* Whether that optimiser changes slots of that kind. */
gboolean     leyden_method_changes            (const char *name, const char *kind);
/* Names that there are, the default one first; NULL-terminated. */
const char * const *leyden_method_list        (void);
const char  *leyden_experiment_state_title    (const char *state);
/* "213 of 600 calls, 41 s left", "Finished after 600 calls, in 2 min 5 s". */
char        *leyden_experiment_describe_progress (LeydenValue *snapshot);
/* 0…1. */
double       leyden_experiment_get_fraction   (LeydenValue *snapshot);
/* "0.82 [0.74, 0.88], n = 60"; "–" when there is no score. */
char        *leyden_experiment_describe_score (LeydenValue *candidate);
/* The sentence: "+0.12 [0.05, 0.19], paired, n = 72 test items", "No difference shown"; NULL without a verdict. */
char        *leyden_experiment_describe_verdict (LeydenValue *snapshot);
/* What it rests on: "From 0.47 to 0.94 on 61 rows that training never saw. p < 0.001"; NULL without a verdict. */
char        *leyden_experiment_explain_verdict (LeydenValue *snapshot);
/* How a candidate is called: "As it was", "Candidate 3". */
char        *leyden_candidate_node_title      (const LeydenCandidateNode *node);

G_END_DECLS
