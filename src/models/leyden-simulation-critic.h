/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-sections.h"
#include "leyden-simulation-request.h"

G_BEGIN_DECLS

/* What the simulated critic sees in a request. Borrows from the sections. */
typedef struct
{
  const LeydenSimulationFamily *family;         /* NULL: nothing that it knows */
  guint       counts[LEYDEN_SIMULATION_N_FEATURES];      /* failures that show the lack of a feature */
  guint       n_failures;
  guint       order[LEYDEN_SIMULATION_N_FEATURES];       /* indices of features, most frequent first */
} LeydenSimulationFindings;

/* Reads "case-N-…" sections; ties go by @request's seed and @key. */
void        leyden_simulation_findings_read     (LeydenSimulationFindings      *self,
                                                 const LeydenSections          *sections,
                                                 const LeydenSimulationRequest *request,
                                                 const char                    *key);
/* Reads a critique that leyden_simulation_findings_word() worded, or any that mentions features of a family. */
void        leyden_simulation_findings_from_text (LeydenSimulationFindings     *self,
                                                 const char                    *critique);
/* As bullets, most frequent first. (transfer full) */
char       *leyden_simulation_findings_word     (const LeydenSimulationFindings *self);
/* The feature that is missed most, or NULL. */
const char *leyden_simulation_findings_top      (const LeydenSimulationFindings *self);

/* What the simulated critic makes of a prompt. */
typedef struct
{
  char       *text;
  const char *move;             /* "phrase", "useless", "removed" or "none"; static */
  gboolean    lost_placeholder;
} LeydenSimulationEdit;

void        leyden_simulation_edit_make   (LeydenSimulationEdit           *self,
                                           const LeydenSimulationFindings *findings,
                                           const char                     *text,
                                           guint64                         seed,
                                           const char                     *key,
                                           guint64                         sample);
/* @text with each of @placeholders ("{{ name }}" a line) in it, and no other. (transfer full) */
char       *leyden_simulation_edit_repair (const char                     *text,
                                           const char                     *placeholders);
void        leyden_simulation_edit_clear  (LeydenSimulationEdit           *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LeydenSimulationEdit, leyden_simulation_edit_clear)

G_END_DECLS
