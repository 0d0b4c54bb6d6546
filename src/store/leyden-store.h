/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-record.h"
#include "leyden-store-cache.h"
#include "leyden-store-experiments.h"

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_STORE_ERROR_NOT_A_DATABASE,    /* not SQLite, or another program's */
  LEYDEN_STORE_ERROR_NEWER,             /* made by a newer Leyden; both versions named */
  LEYDEN_STORE_ERROR_LOCKED,            /* another process owns it; its address in the message */
  LEYDEN_STORE_ERROR_CORRUPT,
  LEYDEN_STORE_ERROR_FULL,              /* no space */
  LEYDEN_STORE_ERROR_READ_ONLY,
  LEYDEN_STORE_ERROR_NOT_FOUND,
  LEYDEN_STORE_ERROR_CONFLICT,          /* sequence not next, id taken with other content */
  LEYDEN_STORE_ERROR_REFUSED,           /* the authorisation function said no */
  LEYDEN_STORE_ERROR_FAILED,
} LeydenStoreError;
#define LEYDEN_STORE_ERROR (leyden_store_error_quark ())
GQuark leyden_store_error_quark (void);

/* What lists of rollouts show, kept in the transaction of the records that change it. Plain; NULL strings are absent. */
typedef struct
{
  char     *rollout;
  char     *run;                /* nullable */
  char     *executor;           /* "leyden" or "agl" */
  gint64    index;              /* row of the data set, from 0 */
  char     *item;               /* data_id, or the index as text */
  char     *split;              /* nullable */
  char     *state;              /* queued, running, waiting, paused, succeeded, failed, cancelled */
  double    reward;             /* NaN: none */
  gint64    started_ns;         /* 0: not yet */
  gint64    finished_ns;
  double    latency_ms;         /* modelled where simulated, else measured; NaN: none */
  gint64    tokens_in;
  gint64    tokens_out;
  double    cost;
  gboolean  simulated;
  char     *error;              /* one line, nullable */
  char     *error_node;         /* node path, nullable */
  guint64   last_sequence;      /* set by the store */
  guint64   last_position;
} LeydenRolloutRow;
LeydenRolloutRow *leyden_rollout_row_new   (void);
LeydenRolloutRow *leyden_rollout_row_copy  (const LeydenRolloutRow *self);
void              leyden_rollout_row_free  (LeydenRolloutRow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenRolloutRow, leyden_rollout_row_free)
LeydenValue      *leyden_rollout_row_to_value (const LeydenRolloutRow *self);

/* A press of Run: its definition (flow hash, data set, seed, model…) and state as JSON. */
typedef struct
{
  char        *run;
  char        *key;             /* hash that identifies equal runs on the command line; nullable */
  char        *state;           /* running, paused, succeeded (all reached an end), failed, cancelled */
  gint64       created_ns;
  gint64       finished_ns;     /* 0: not yet */
  LeydenValue *definition;      /* object */
  gint64       n_items;
  /* counted over its rollouts by the store when read */
  gint64       n_done, n_succeeded, n_failed, n_cancelled, n_running;
  double       mean_reward;     /* NaN: none yet */
} LeydenRunRow;
LeydenRunRow     *leyden_run_row_new       (void);
LeydenRunRow     *leyden_run_row_copy      (const LeydenRunRow *self);
void              leyden_run_row_free      (LeydenRunRow *self);
LeydenValue      *leyden_run_row_to_value  (const LeydenRunRow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenRunRow, leyden_run_row_free)

/* Looks at records that follow one another (borrowed) in a thread of the store; FALSE: enough. */
typedef gboolean (*LeydenStoreScan) (GPtrArray *records, gpointer data);

/* How a fold is made; the store keeps checkpoints of it. The state is any value that serialises. */
typedef struct
{
  const char   *name;                                           /* and version: "rollout/1" */
  gpointer    (*init)      (void);
  void        (*apply)     (gpointer state, LeydenRecord *record);
  LeydenValue *(*serialise) (gpointer state);
  gpointer    (*restore)   (LeydenValue *serialised);
  void        (*free)      (gpointer state);
} LeydenReducer;

/* Whether @actor may do @what ("append", "run", "blob", "document", "audit", "delete") to @object: the one door of every write. Called in the
 * thread that asks for the write. The actor of an append stands in its records, of a run in its definition; else it is "engine". */
typedef gboolean (*LeydenStoreAuthorize) (const char *actor, const char *what, const char *object, gpointer data);

/**
 * LeydenStore: the event store as an interface (design §6); tests/store/ holds the conformance test. Calls come from the
 * thread-default context of its making; answers return there. Every _finish of a write returns after the sync.
 *
 * Signal "committed" (GPtrArray of LeydenRecord): after each group commit, in position order, as stored (known secrets replaced),
 * before the appends of it return.
 */
#define LEYDEN_TYPE_STORE (leyden_store_get_type ())
G_DECLARE_INTERFACE (LeydenStore, leyden_store, LEYDEN, STORE, GObject)

struct _LeydenStoreInterface
{
  GTypeInterface parent_iface;

  void      (*append_async)         (LeydenStore *self, GPtrArray *records, const LeydenRolloutRow *row, GAsyncReadyCallback callback, gpointer data);
  gboolean  (*append_finish)        (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*put_run_async)        (LeydenStore *self, const LeydenRunRow *run, GPtrArray *rows, GAsyncReadyCallback callback, gpointer data);
  gboolean  (*put_run_finish)       (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*read_rollout_async)   (LeydenStore *self, const char *rollout, guint64 after_sequence, guint limit, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  GPtrArray *(*read_rollout_finish) (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*scan_rollout_async)   (LeydenStore *self, const char *rollout, guint64 after_sequence, LeydenStoreScan func, gpointer func_data, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  gboolean  (*scan_rollout_finish)  (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*read_run_async)       (LeydenStore *self, const char *run, guint64 after_position, guint limit, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  GPtrArray *(*read_run_finish)     (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*fold_async)           (LeydenStore *self, const char *rollout, guint64 until_sequence, const LeydenReducer *reducer, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  LeydenValue *(*fold_finish)       (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*list_runs_async)      (LeydenStore *self, const char *key, guint limit, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  GPtrArray *(*list_runs_finish)    (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*get_run_async)        (LeydenStore *self, const char *run, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  LeydenRunRow *(*get_run_finish)   (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*list_rollouts_async)  (LeydenStore *self, const char *run, const char *state, gint64 after_index, guint limit, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  GPtrArray *(*list_rollouts_finish) (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*get_rollout_async)    (LeydenStore *self, const char *rollout, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  LeydenRolloutRow *(*get_rollout_finish) (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*put_blob_async)       (LeydenStore *self, GBytes *bytes, GAsyncReadyCallback callback, gpointer data);
  char     *(*put_blob_finish)      (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*adopt_blob_async)     (LeydenStore *self, const char *path, const char *sha256, GAsyncReadyCallback callback, gpointer data);
  gboolean  (*adopt_blob_finish)    (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*open_blob_async)      (LeydenStore *self, const char *sha256, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  char     *(*open_blob_finish)     (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*put_document_async)   (LeydenStore *self, const char *kind, const char *name, LeydenValue *value, GAsyncReadyCallback callback, gpointer data);
  gboolean  (*put_document_finish)  (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*list_documents_async) (LeydenStore *self, const char *kind, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  LeydenValue *(*list_documents_finish) (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*get_document_async)   (LeydenStore *self, const char *kind, const char *name, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  LeydenValue *(*get_document_finish) (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*put_experiment_async)     (LeydenStore *self, LeydenExperimentBatch *batch, GAsyncReadyCallback callback, gpointer data);
  gboolean  (*put_experiment_finish)    (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*list_experiments_async)   (LeydenStore *self, const char *key, guint limit, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  GPtrArray *(*list_experiments_finish) (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*get_experiment_async)     (LeydenStore *self, const char *experiment, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  LeydenExperimentRow *(*get_experiment_finish) (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*read_experiment_async)    (LeydenStore *self, const char *experiment, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  LeydenExperimentBatch *(*read_experiment_finish) (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*list_evaluations_async)   (LeydenStore *self, const char *env, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  GPtrArray *(*list_evaluations_finish) (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*get_cached_async)     (LeydenStore *self, const char *key, const char *flow, const char *node, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  LeydenValue *(*get_cached_finish) (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*count_cache_async)    (LeydenStore *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  LeydenValue *(*count_cache_finish) (LeydenStore *self, GAsyncResult *result, GError **error);
  void      (*change_cache_async)   (LeydenStore *self, LeydenCacheChange *change, GAsyncReadyCallback callback, gpointer data);
  gboolean  (*change_cache_finish)  (LeydenStore *self, GAsyncResult *result, GError **error);
};

/* Appends consecutive records of one rollout and, in the same transaction, its row (nullable). The store sets positions. The
 * first must follow the last stored sequence (CONFLICT); records that are stored already with equal content are accepted again
 * (and not announced again). @records NULL or empty: only the row. A rollout without a row gets a plain one, "running". A row's run must
 * exist (NOT_FOUND) and stay (CONFLICT); NULL keeps the one it has. */
void              leyden_store_append_async         (LeydenStore *self, GPtrArray *records, const LeydenRolloutRow *row, GAsyncReadyCallback callback, gpointer data);
gboolean          leyden_store_append_finish        (LeydenStore *self, GAsyncResult *result, GError **error);
/* Inserts or updates a run and (nullable) inserts its rollout rows, all at once. Rows that are there stay as they are; one of another
 * run is a CONFLICT. */
void              leyden_store_put_run_async        (LeydenStore *self, const LeydenRunRow *run, GPtrArray *rows, GAsyncReadyCallback callback, gpointer data);
gboolean          leyden_store_put_run_finish       (LeydenStore *self, GAsyncResult *result, GError **error);
/* Records in sequence order, (element-type LeydenRecord); @limit 0: all. Empty for an unknown rollout. Never with a gap: CORRUPT. */
void              leyden_store_read_rollout_async   (LeydenStore *self, const char *rollout, guint64 after_sequence, guint limit, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
GPtrArray        *leyden_store_read_rollout_finish  (LeydenStore *self, GAsyncResult *result, GError **error);
/* The same without holding more than a part of them at once: @func gets one part after the other. @func_data must stay until the answer.
 * NOT_FOUND for an unknown rollout. */
void              leyden_store_scan_rollout_async   (LeydenStore *self, const char *rollout, guint64 after_sequence, LeydenStoreScan func, gpointer func_data, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
gboolean          leyden_store_scan_rollout_finish  (LeydenStore *self, GAsyncResult *result, GError **error);
/* Records of all rollouts of a run (NULL: of everything) in position order. A damaged segment is skipped and counted. */
void              leyden_store_read_run_async       (LeydenStore *self, const char *run, guint64 after_position, guint limit, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
GPtrArray        *leyden_store_read_run_finish      (LeydenStore *self, GAsyncResult *result, GError **error);
/* The state after record @until_sequence (0: the last). NOT_FOUND for an unknown rollout. @reducer must stay; it runs in a thread. */
void              leyden_store_fold_async           (LeydenStore *self, const char *rollout, guint64 until_sequence, const LeydenReducer *reducer, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenValue      *leyden_store_fold_finish          (LeydenStore *self, GAsyncResult *result, GError **error);
/* Newest first; @key NULL: all. */
void              leyden_store_list_runs_async      (LeydenStore *self, const char *key, guint limit, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
GPtrArray        *leyden_store_list_runs_finish     (LeydenStore *self, GAsyncResult *result, GError **error);
void              leyden_store_get_run_async        (LeydenStore *self, const char *run, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenRunRow     *leyden_store_get_run_finish       (LeydenStore *self, GAsyncResult *result, GError **error);
/* By index; @run NULL: rollouts outside of any run; @state NULL: all; @after_index −1: from the start. */
void              leyden_store_list_rollouts_async  (LeydenStore *self, const char *run, const char *state, gint64 after_index, guint limit, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
GPtrArray        *leyden_store_list_rollouts_finish (LeydenStore *self, GAsyncResult *result, GError **error);
void              leyden_store_get_rollout_async    (LeydenStore *self, const char *rollout, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenRolloutRow *leyden_store_get_rollout_finish   (LeydenStore *self, GAsyncResult *result, GError **error);
/* Blobs by SHA-256 (64 hex digits), as files beside the database. adopt moves a file in (its digest already taken). */
void              leyden_store_put_blob_async       (LeydenStore *self, GBytes *bytes, GAsyncReadyCallback callback, gpointer data);
char             *leyden_store_put_blob_finish      (LeydenStore *self, GAsyncResult *result, GError **error);
void              leyden_store_adopt_blob_async     (LeydenStore *self, const char *path, const char *sha256, GAsyncReadyCallback callback, gpointer data);
gboolean          leyden_store_adopt_blob_finish    (LeydenStore *self, GAsyncResult *result, GError **error);
/* Path of the blob's file, NOT_FOUND when absent; small ones are verified (CORRUPT). */
void              leyden_store_open_blob_async      (LeydenStore *self, const char *sha256, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
char             *leyden_store_open_blob_finish     (LeydenStore *self, GAsyncResult *result, GError **error);
/* Small named documents of a kind ("endpoint", "flow-version"); @value NULL removes. List: object name → value. */
/* Of this kind, named by its id, while the parts of a run are written that only count together: after a crash the next opening removes the run. */
#define LEYDEN_STORE_UNFINISHED "unfinished"
void              leyden_store_put_document_async   (LeydenStore *self, const char *kind, const char *name, LeydenValue *value, GAsyncReadyCallback callback, gpointer data);
gboolean          leyden_store_put_document_finish  (LeydenStore *self, GAsyncResult *result, GError **error);
void              leyden_store_list_documents_async (LeydenStore *self, const char *kind, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenValue      *leyden_store_list_documents_finish (LeydenStore *self, GAsyncResult *result, GError **error);
/* One of them as a list has it: object name → value, empty when there is none. */
void              leyden_store_get_document_async   (LeydenStore *self, const char *kind, const char *name, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenValue      *leyden_store_get_document_finish  (LeydenStore *self, GAsyncResult *result, GError **error);
/* Experiments. Writes all of @batch (transfer full) at once; see LeydenExperimentBatch for what stays and what is replaced. Without a row the
 * experiment that @batch names must exist (NOT_FOUND). */
void              leyden_store_put_experiment_async (LeydenStore *self, LeydenExperimentBatch *batch, GAsyncReadyCallback callback, gpointer data);
gboolean          leyden_store_put_experiment_finish (LeydenStore *self, GAsyncResult *result, GError **error);
/* Newest first; @key NULL: all; @limit 0: all. (element-type LeydenExperimentRow) */
void              leyden_store_list_experiments_async (LeydenStore *self, const char *key, guint limit, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
GPtrArray        *leyden_store_list_experiments_finish (LeydenStore *self, GAsyncResult *result, GError **error);
/* NOT_FOUND when there is none. */
void              leyden_store_get_experiment_async (LeydenStore *self, const char *experiment, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenExperimentRow *leyden_store_get_experiment_finish (LeydenStore *self, GAsyncResult *result, GError **error);
/* Its row, candidates, proposals and calls, each in order of (step, ordinal); its evaluations are found by their env. */
void              leyden_store_read_experiment_async (LeydenStore *self, const char *experiment, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenExperimentBatch *leyden_store_read_experiment_finish (LeydenStore *self, GAsyncResult *result, GError **error);
/* All evaluations of one environment. (element-type LeydenEvaluationRow) */
void              leyden_store_list_evaluations_async (LeydenStore *self, const char *env, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
GPtrArray        *leyden_store_list_evaluations_finish (LeydenStore *self, GAsyncResult *result, GError **error);
/* Evaluations of nodes (leyden-store-cache.h): what is kept under @key, and what is known of a node: {"value", "last", "cleared"}, each only
 * when it is there. */
void              leyden_store_get_cached_async     (LeydenStore *self, const char *key, const char *flow, const char *node, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenValue      *leyden_store_get_cached_finish    (LeydenStore *self, GAsyncResult *result, GError **error);
/* {"entries", "bytes"} */
void              leyden_store_count_cache_async    (LeydenStore *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenValue      *leyden_store_count_cache_finish   (LeydenStore *self, GAsyncResult *result, GError **error);
/* Takes @change. */
void              leyden_store_change_cache_async   (LeydenStore *self, LeydenCacheChange *change, GAsyncReadyCallback callback, gpointer data);
gboolean          leyden_store_change_cache_finish  (LeydenStore *self, GAsyncResult *result, GError **error);

/* The implementation. @path NULL: a temporary database, removed at the end. */
#define LEYDEN_TYPE_SQLITE_STORE (leyden_sqlite_store_get_type ())
G_DECLARE_FINAL_TYPE (LeydenSqliteStore, leyden_sqlite_store, LEYDEN, SQLITE_STORE, GObject)

typedef enum
{
  LEYDEN_STORE_OPEN_DEFAULT   = 0,
  LEYDEN_STORE_OPEN_READ_ONLY = 1 << 0,         /* no lock, no migration: doctor, replay beside an owner that does not answer */
  LEYDEN_STORE_OPEN_RELAXED   = 1 << 1,         /* synchronous=NORMAL */
} LeydenStoreOpenFlags;

void               leyden_sqlite_store_open_async   (const char *path, LeydenStoreOpenFlags flags, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenSqliteStore *leyden_sqlite_store_open_finish  (GAsyncResult *result, GError **error);
/* Version of SQLite that runs, for --version. */
const char        *leyden_sqlite_store_get_library  (void);
const char        *leyden_sqlite_store_get_path     (LeydenSqliteStore *self);
/* For mkstemp: a file to be adopted as a blob. The next opening removes what a crash leaves of such. (transfer full) (nullable) */
char              *leyden_sqlite_store_dup_template (LeydenSqliteStore *self, GError **error);
/* Writes the owner's address (rendezvous file) into the lock file, for LOCKED messages and for tools that ask the owner. */
void               leyden_sqlite_store_set_owner    (LeydenSqliteStore *self, const char *owner);
/* The owner's address of a locked database, or NULL. Reads one small file. */
char              *leyden_sqlite_store_find_owner   (const char *path);
void               leyden_sqlite_store_set_authorize (LeydenSqliteStore *self, LeydenStoreAuthorize authorize, gpointer data, GDestroyNotify destroy);
/* @redact replaces known secrets, and what else is masked, in every text before it is written; called in the writer thread. (transfer full) or
 * NULL: unchanged. @settings (NULL: the same) stands in for it where a masked text would do harm: documents, definitions, candidates, the audit
 * log, and the texts of single tokens, with which a model is trained. Nobody is asked of numbers. */
typedef char *(*LeydenStoreRedact) (const char *text, gssize length, gpointer data);
void               leyden_sqlite_store_set_redact   (LeydenSqliteStore *self, LeydenStoreRedact redact, LeydenStoreRedact settings, gpointer data, GDestroyNotify destroy);
/* What the user should know about how it was opened (a damaged log passed over, a network folder); NULL: nothing. (transfer none) */
const char        *leyden_sqlite_store_get_notice   (LeydenSqliteStore *self);
/* How many rows and segments were skipped by lists because they cannot be; inspect names them. */
guint              leyden_sqlite_store_get_n_skipped (LeydenSqliteStore *self);
/* Integrity check, counts and sizes, for doctor: {"path", "version", "size", "log_size", "runs", "rollouts", "segments", "records",
 * "last_position", "documents", "checkpoints", "blobs", "blobs_size", "sound", "problems": [text], "notice"}. */
void               leyden_sqlite_store_inspect_async (LeydenSqliteStore *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenValue       *leyden_sqlite_store_inspect_finish (LeydenSqliteStore *self, GAsyncResult *result, GError **error);
/* Commits what waits, checkpoints, closes, joins the thread; afterwards calls fail. Blocks shortly: at the end of a program. */
void               leyden_sqlite_store_close        (LeydenSqliteStore *self);

G_END_DECLS
