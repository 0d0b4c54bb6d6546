/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-node-types.h"
#include "leyden-store.h"

G_BEGIN_DECLS

/*
 * A rollout as one file, to be attached to a report and looked at elsewhere:
 *
 *   {"leyden-rollout": 1, "rollout": row, "run": {"title", "model", "seed"}, "flow": document or null, "input": object or null,
 *    "records": [
 *   record,
 *   …
 *   ]}
 *
 * The first key says what it is. What nodes are pinned to stands in the flow, large payloads in their records: the file needs nothing else. Known
 * secrets, and what rules of masking find, are replaced.
 */
#define LEYDEN_ROLLOUT_FILE_VERSION 1
#define LEYDEN_ROLLOUT_FILE_MAX     (G_GUINT64_CONSTANT (1) << 30)

/**
 * leyden_rollout_export_async:
 * @path: of the file that is written; one that is there is replaced
 * @redact: (nullable): gives the text with secrets replaced, NULL when nothing is to be replaced; called in threads
 *
 * Errors: LEYDEN_STORE_ERROR (NOT_FOUND for an unknown rollout), G_IO_ERROR.
 */
void     leyden_rollout_export_async  (LeydenStore *store, LeydenNodeTypes *types, const char *rollout, const char *path, LeydenStoreRedact redact,
                                       gpointer redact_data, GAsyncReadyCallback callback, gpointer data);
gboolean leyden_rollout_export_finish (GAsyncResult *result, GError **error);

/* What a file holds. */
typedef struct
{
  LeydenValue *row;
  LeydenValue *run;
  LeydenValue *flow;            /* object, or NULL */
  LeydenValue *input;           /* object, or NULL */
  GPtrArray   *records;         /* LeydenRecord: gap-free from 1, of one rollout; at least one */
} LeydenRolloutFile;

/* Errors: LEYDEN_JSON_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION for what is no such file, or one of a newer Leyden. (transfer full) */
LeydenRolloutFile *leyden_rollout_file_parse (const char *text, gsize length, GError **error);
void               leyden_rollout_file_free  (LeydenRolloutFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenRolloutFile, leyden_rollout_file_free)

/**
 * leyden_rollout_import_async:
 *
 * Puts the rollout of the file at @path into the store, in a run of its own whose definition says "imported": {"rollout", "time"}. It keeps its id
 * where that is free, else gets a new one: nothing is ever overwritten. Nothing is run.
 *
 * Errors: as leyden_rollout_file_parse(), LEYDEN_FLOW_ERROR, LEYDEN_STORE_ERROR, G_FILE_ERROR.
 */
void     leyden_rollout_import_async  (LeydenStore *store, const char *path, GAsyncReadyCallback callback, gpointer data);
/* @run, @rollout: (out, transfer full) */
gboolean leyden_rollout_import_finish (GAsyncResult *result, char **run, char **rollout, GError **error);

G_END_DECLS
