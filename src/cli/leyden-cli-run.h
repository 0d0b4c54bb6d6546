/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-engine.h"
#include "leyden-cli.h"

G_BEGIN_DECLS

/* What `run` prints. One line of JSON for an item, {item, rollout, split, state, reward, latency_ms, tokens, error}. */
void leyden_report_item    (const LeydenRolloutRow *row);
/* {"summary": {…}} */
void leyden_report_summary (LeydenValue *summary);
/* The table at the end. @rows: (element-type LeydenRolloutRow), for the failures. */
void leyden_report_table   (LeydenValue *summary, GPtrArray *rows);
/* The first items that failed and why, indented; nothing without one. @rows of LeydenRolloutRow. */
void leyden_report_failures (GPtrArray *rows);
/* One input: the result alone, or with --json {rollout, state, result, reward, latency_ms, tokens, simulated, error}. */
void leyden_report_result  (const LeydenRolloutRow *row, LeydenValue *result, gboolean json);

/* Why it failed, with the node in front. (transfer full) (nullable) */
char    *leyden_report_dup_error        (const LeydenRolloutRow *row);
/* Whether a rollout in this state has ended. */
gboolean leyden_report_is_end           (const char *state);
/* Whether the simulated model had nothing to say to it. */
gboolean leyden_report_is_not_simulated (const LeydenRolloutRow *row);

/* Puts a file into the store as a blob, hashing it on the way: no more than a buffer is in memory. Gives the digest. */
char *leyden_cli_import_blob (LeydenSqliteStore *store, const char *path, GError **error);

G_END_DECLS
