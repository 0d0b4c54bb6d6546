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
 * @redact_data: for @redact; outlives the call
 *
 * Writes the rollout as it stands in the store, a few records at a time, beside @path (".part"); what is at @path is replaced when that is whole.
 *
 * Errors: LEYDEN_STORE_ERROR (NOT_FOUND for an unknown rollout), G_IO_ERROR.
 */
void     leyden_rollout_export_async  (LeydenStore *store, LeydenNodeTypes *types, const char *rollout, const char *path, LeydenStoreRedact redact,
                                       gpointer redact_data, GAsyncReadyCallback callback, gpointer data);
gboolean leyden_rollout_export_finish (GAsyncResult *result, GError **error);

/* What a file holds beside its records. */
typedef struct
{
  LeydenValue *row;             /* object, or NULL; so the three behind it */
  LeydenValue *run;
  LeydenValue *flow;
  LeydenValue *input;
  char        *rollout;         /* that its records name */
  guint64      n_records;       /* gap-free from 1; at least one */
} LeydenRolloutFile;

typedef void (*LeydenRolloutFileFunc) (LeydenRecord *record, gpointer data);

/**
 * leyden_rollout_file_parse:
 * @text: (array length=length): the file; it may be mapped
 * @length: of @text in bytes
 * @func: called with each record in its order, as it is read; none is kept
 * @data: for @func
 * @error: return location, or %NULL
 *
 * Reads the whole file and checks all of it; @func has seen records of a file that is refused further on. Members that are not known are passed over.
 * One that stands there twice is refused, in the file and in a record; payloads hold what came by any wire. Memory: what stands before the records,
 * and one record. Time O(@length), any thread.
 *
 * Errors: LEYDEN_JSON_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION for what is no such file, or one of a newer Leyden.
 *
 * Returns: (transfer full)
 */
LeydenRolloutFile *leyden_rollout_file_parse (const char *text, gsize length, LeydenRolloutFileFunc func, gpointer data, GError **error);
void               leyden_rollout_file_free  (LeydenRolloutFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenRolloutFile, leyden_rollout_file_free)

/* The records of a file once more, some at a time. */
typedef struct _LeydenRolloutRecords LeydenRolloutRecords;
/* @text: of a file that was parsed; outlives the object. (transfer full) */
LeydenRolloutRecords *leyden_rollout_records_new  (const char *text, gsize length);
/* At most @max, and not many more than @max_bytes of text; none behind the last. Errors: as leyden_rollout_file_parse(). (transfer full) */
GPtrArray            *leyden_rollout_records_read (LeydenRolloutRecords *self, guint max, gsize max_bytes, GError **error);
void                  leyden_rollout_records_free (LeydenRolloutRecords *self);

/**
 * leyden_rollout_import_async:
 *
 * @store: that gets it
 * @path: of the file; it stays as it is until the end
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
