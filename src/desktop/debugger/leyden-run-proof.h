/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-flow.h"
#include "leyden-value.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LeydenRunProof: whether a change of a flow helps, by two runs over the same rows. Plain data: the panel starts the runs.
 *
 *   looking ──► one of the flow as it was is there? ──no──► before: that runs ──► ended ┐
 *                                 └──yes────────────────────────────────────────────────┴► after: the changed one runs ──► ended: the verdict
 */
typedef enum
{
  LEYDEN_PROOF_LOOKING,
  LEYDEN_PROOF_BEFORE,
  LEYDEN_PROOF_AFTER,
} LeydenRunProofPhase;

typedef struct
{
  LeydenRunProofPhase  phase;
  LeydenFlow          *before;
  LeydenFlow          *after;
  char                *hash;            /* of what runs with @before */
  char                *baseline;        /* id of the run of it; NULL until there is one */
} LeydenRunProof;

/* Keeps copies of both. (transfer full) */
LeydenRunProof *leyden_run_proof_new       (LeydenFlow *before, LeydenFlow *after);
void            leyden_run_proof_free      (LeydenRunProof *self);
/* The flow that runs in this phase. (transfer none) */
LeydenFlow     *leyden_run_proof_get_flow  (const LeydenRunProof *self);
/* Id of a run among @runs (as the backend lists them) of the flow as it was, that took every row of @dataset (as it is asked for) with the @model to
 * its end; NULL: none. (transfer none) */
const char     *leyden_run_proof_find      (const LeydenRunProof *self, LeydenValue *runs, LeydenValue *dataset, LeydenValue *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenRunProof, leyden_run_proof_free)

G_END_DECLS
