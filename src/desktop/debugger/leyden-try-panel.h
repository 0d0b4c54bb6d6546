/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-document.h"

G_BEGIN_DECLS

/**
 * LeydenTryPanel: one rollout of the open flow with typed input: form or chat, streamed answer, steps, thumbs, "add as data-set row".
 *
 * Property: document (LeydenDocument, nullable).
 * Signals: "node-statuses" (LeydenValue *statuses): object node id → {"state", "count", "mean_ms"} for the canvas, NULL clears;
 * "state" (LeydenValue *state): the fold of the rollout that is shown; "show-node" (const char *id); "part-ended" (const char *node,
 * LeydenValue *state): what was begun by leyden_try_panel_start_part() has ended, its node as asked; "part-refused" (const char *mode, const char
 * *node, GError *error): it could not begin; "rollout" (const char *rollout, gboolean debug): what is tried is this rollout, @debug: by leyden_try_panel_debug().
 */
#define LEYDEN_TYPE_TRY_PANEL (leyden_try_panel_get_type ())
G_DECLARE_FINAL_TYPE (LeydenTryPanel, leyden_try_panel, LEYDEN, TRY_PANEL, GtkWidget)

GtkWidget *leyden_try_panel_new          (void);
/* Types into the form, for samples and tests. */
void       leyden_try_panel_set_value    (LeydenTryPanel *self,
                                          const char     *field,
                                          LeydenValue    *value);
void       leyden_try_panel_start        (LeydenTryPanel *self);
/* The same, to be debugged: it stops at the breakpoints of the document, or before its first node when none is switched on. */
void       leyden_try_panel_debug        (LeydenTryPanel *self);
/* The rollout that is shown; NULL until it is known. */
const char *leyden_try_panel_get_rollout (LeydenTryPanel *self);
/* The debugger says how that rollout ends (NULL: none), so that it is not said twice. */
void       leyden_try_panel_set_told     (LeydenTryPanel *self,
                                          const char     *rollout);
/* Runs one node (@mode "node"), or from it on ("from"), with what the last run gave; @inputs (nullable): object of values that were typed instead.
 * @node: path. FALSE: something else runs, or nothing may be started. */
gboolean   leyden_try_panel_start_part   (LeydenTryPanel *self,
                                          const char     *mode,
                                          const char     *node,
                                          LeydenValue    *inputs);
/* Shows a rollout of a data run instead: its steps and result. */
void       leyden_try_panel_show_rollout (LeydenTryPanel *self,
                                          const char     *rollout);

G_END_DECLS
