/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-slot.h"

G_BEGIN_DECLS

/* One assignment of all slots, named by its content: the same values proposed twice are one candidate. Immutable but for what
 * the trainer notes; belongs to the trainer. */
typedef struct
{
  char         *id;             /* first 16 hex digits of SHA-256 of the canonical compact JSON of @slots */
  LeydenValue  *slots;          /* object slot id → value, of all slots, in their order */
  char        **parents;        /* ids, NULL-terminated, may be empty */
  char         *origin;         /* "seed", "edit", "merge", "demo", "sample" */
  guint         step;           /* in which it was made */
  guint         ordinal;        /* number in order of making, 0 is the baseline */
} LeydenCandidate;

/* (transfer full): the id of an assignment. */
char            *leyden_candidate_hash (LeydenValue *slots);
LeydenCandidate *leyden_candidate_new  (LeydenValue *slots, const char * const *parents, const char *origin, guint step);
void             leyden_candidate_free (LeydenCandidate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenCandidate, leyden_candidate_free)
/* The first values of all slots. (transfer full) */
LeydenValue     *leyden_candidate_first_slots (GPtrArray *slots);

G_END_DECLS
