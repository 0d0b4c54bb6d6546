/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-store.h"

G_BEGIN_DECLS

/* The asynchronous calls, waited for in the thread-default context. */
LeydenSqliteStore *store_open            (const char *path, LeydenStoreOpenFlags flags, GError **error);
gboolean           store_append          (LeydenStore *store, GPtrArray *records, const LeydenRolloutRow *row, GError **error);
gboolean           store_put_run         (LeydenStore *store, const LeydenRunRow *run, GPtrArray *rows, GError **error);
GPtrArray         *store_read_rollout    (LeydenStore *store, const char *rollout, guint64 after, guint limit, GError **error);
gboolean           store_scan_rollout    (LeydenStore *store, const char *rollout, guint64 after, LeydenStoreScan func, gpointer data, GError **error);
GPtrArray         *store_read_run        (LeydenStore *store, const char *run, guint64 after, guint limit, GError **error);
LeydenValue       *store_fold            (LeydenStore *store, const char *rollout, guint64 until, const LeydenReducer *reducer, GError **error);
GPtrArray         *store_list_runs       (LeydenStore *store, const char *key, guint limit, GError **error);
LeydenRunRow      *store_get_run         (LeydenStore *store, const char *run, GError **error);
GPtrArray         *store_list_rollouts   (LeydenStore *store, const char *run, const char *state, gint64 after, guint limit, GError **error);
LeydenRolloutRow  *store_get_rollout     (LeydenStore *store, const char *rollout, GError **error);
char              *store_put_blob        (LeydenStore *store, GBytes *bytes, GError **error);
gboolean           store_adopt_blob      (LeydenStore *store, const char *path, const char *sha256, GError **error);
char              *store_open_blob       (LeydenStore *store, const char *sha256, GError **error);
gboolean           store_put_document    (LeydenStore *store, const char *kind, const char *name, LeydenValue *value, GError **error);
LeydenValue       *store_list_documents  (LeydenStore *store, const char *kind, GError **error);
LeydenValue       *store_get_document    (LeydenStore *store, const char *kind, const char *name, GError **error);
gboolean           store_put_experiment  (LeydenStore *store, LeydenExperimentBatch *batch, GError **error);
GPtrArray         *store_list_experiments (LeydenStore *store, const char *key, guint limit, GError **error);
LeydenExperimentRow *store_get_experiment (LeydenStore *store, const char *experiment, GError **error);
LeydenExperimentBatch *store_read_experiment (LeydenStore *store, const char *experiment, GError **error);
GPtrArray         *store_list_evaluations (LeydenStore *store, const char *env, GError **error);
LeydenValue       *store_get_cached      (LeydenStore *store, const char *key, const char *flow, const char *node, GError **error);
LeydenValue       *store_count_cache     (LeydenStore *store, GError **error);
gboolean           store_change_cache    (LeydenStore *store, LeydenCacheChange *change, GError **error);
LeydenValue       *store_inspect         (LeydenSqliteStore *store, GError **error);

/* {"n": N, "text": TEXT} */
LeydenValue       *make_payload          (gint64 n, const char *text);
LeydenRecord      *make_record           (const char *rollout, guint64 sequence);
LeydenRecord      *make_record_with      (const char *rollout, guint64 sequence, LeydenValue *payload);
/* Sequences @first to @last of make_record. */
GPtrArray         *make_records          (const char *rollout, guint64 first, guint64 last);
LeydenRolloutRow  *make_row              (const char *rollout, const char *run, gint64 index, const char *state);
LeydenRunRow      *make_run              (const char *run, gint64 created_ns);
/* Sums "n" and counts; counts its calls of apply in count_reducer_applied. */
const LeydenReducer *count_reducer       (void);
extern int           count_reducer_applied;
/* Closes and drops the last reference: fails when there is another. (A thread that answered may hold its own for a moment more.) */
void               store_finish          (LeydenStore *store);
/* A private folder; remove_tree removes it. */
char              *make_folder           (void);
void               remove_tree           (const char *path);

/* The conformance test of the interface: adds tests "/PREFIX/…" that each get a fresh, empty store. */
typedef LeydenStore *(*StoreFactory) (void);
typedef void         (*StoreDone)    (LeydenStore *store);              /* takes @store */
void store_conformance_add (const char *prefix, StoreFactory factory, StoreDone done);

G_END_DECLS
