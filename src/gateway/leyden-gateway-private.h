/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-approvals.h"
#include "leyden-catalog.h"
#include "leyden-dataset.h"
#include "leyden-engine.h"
#include "leyden-experiment-job.h"
#include "leyden-facts.h"
#include "leyden-gateway-access.h"
#include "leyden-gateway.h"
#include "leyden-http-server.h"
#include "leyden-models.h"
#include "leyden-rendezvous.h"
#include "leyden-rollout-snapshots.h"
#include "leyden-run-job.h"
#include "leyden-secrets.h"
#include "leyden-store.h"

G_BEGIN_DECLS

/* Bodies (design §8). */
#define LEYDEN_MAX_BODY ((guint64)8 * 1024 * 1024)
#define LEYDEN_MAX_FLOW ((guint64)64 * 1024 * 1024)
#define LEYDEN_MAX_WIRE ((guint64)64 * 1024 * 1024)
#define LEYDEN_MAX_BLOB ((guint64)4 * 1024 * 1024 * 1024)

typedef struct _LeydenAccess LeydenAccess;
typedef struct _LeydenEventHub LeydenEventHub;
typedef struct _LeydenOps LeydenOps;
typedef struct _LeydenProxy LeydenProxy;
typedef struct _LeydenBackups LeydenBackups;
typedef struct _LeydenRetentionClock LeydenRetentionClock;
typedef struct _LeydenHistories LeydenHistories;
typedef struct _LeydenOtlpReceiver LeydenOtlpReceiver;
typedef struct _LeydenSampler LeydenSampler;
typedef struct _LeydenWebhooks LeydenWebhooks;
typedef struct _LeydenAlerts LeydenAlerts;

/* A run that is under way in this process, from the request (or the resume) to its end. */
typedef struct
{
  LeydenGateway *gateway;
  char          *run;
  char          *key;                   /* nullable */
  LeydenValue   *definition;
  gint64         created_ns;
  LeydenRun     *live;                  /* NULL while it is prepared */
  GHashTable    *rollouts;              /* id → LeydenRollout under way */
  gboolean       cancelled;             /* asked before it was live */
  gboolean       retry_failed;          /* what failed of it begins anew */
  LeydenDebug   *debug;                 /* its breakpoints, and what is paused; NULL while it is prepared */
  LeydenPlan    *plan;
  char          *scope;                 /* of a part of a flow: where that lies; nullable */
  gint64         debug_revision;        /* of what people set: counts on with each list */
  gboolean       debug_detached;        /* nobody took the last of them away: who debugged it has left */
  LeydenValue   *kept_breakpoints;      /* the document as it is on disk; nullable */
  LeydenValue   *written_breakpoints;   /* while it is written; nullable */
  guint          n_paused_seen;         /* at the last change */
  GHashTable    *paused_told;           /* ids of rollouts that are known to be paused */
  GSource       *keep_clock;            /* while something has changed */
  void         (*begun) (gpointer data, const GError *error);   /* once: its rows are on disk, or could not be written */
  gpointer       begun_data;
} LeydenActiveRun;

struct _LeydenGateway
{
  GObject            parent_instance;

  char              *address;
  char              *database;
  char              *key;
  char              *spool;
  char              *rendezvous_folder;
  guint              idle_exit_s;
  gboolean           rerun_unsafe;
  gint64             started_ns;
  gboolean           recovered;         /* the last process did not end cleanly */
  gboolean           stopping;
  gboolean           draining;          /* what is under way is answered, what is new refused */

  LeydenAccess      *access;            /* keys and what they may */
  LeydenSqliteStore *store;
  LeydenHttpServer  *server;
  LeydenHttpServer  *local_server;      /* with TLS: for this machine, without it */
  char              *tls_cert;          /* PEM; NULL: no TLS */
  char              *tls_key;
  char              *client_ca;
  GMainContext      *audit_context;     /* atomic; of this object's thread, once the audit log is begun */
  gboolean           mask_of_file;      /* the rules of masking stand in a file */
  LeydenCatalog     *catalog;
  LeydenEngine      *engine;
  LeydenModels      *models;
  LeydenSecrets     *secrets;
  LeydenApprovals   *approvals;
  char              *approval_key;      /* in the rendezvous file only */
  LeydenEventHub    *hub;
  LeydenHistories   *histories;         /* rollouts that are looked at */
  LeydenOtlpReceiver *otlp;             /* spans of other programs; NULL before the store is open, and at the end */
  LeydenOps         *ops;               /* figures, readiness, logs of requests, traces */
  LeydenFacts       *facts;             /* what dashboards ask about; NULL before the store is open */
  gboolean           facts_failed;      /* and it was told */
  LeydenSampler     *sampler;           /* leyden-sampler.h */
  LeydenProxy       *proxy;             /* model calls of agents under training */
  LeydenBackups     *backups;           /* leyden-gateway-backups.h */
  LeydenRetentionClock *retention;      /* the same */
  LeydenWebhooks    *webhooks;          /* leyden-webhooks.h */
  struct _LeydenReports *reports;       /* leyden-reports.h */
  LeydenAlerts      *alerts;            /* leyden-alerts.h */
  LeydenRendezvous  *rendezvous;
  GPtrArray         *rendezvous_paths;  /* files of ours */
  GPtrArray         *routes;            /* what handlers are given */
  GBytes            *components;        /* cached answer */
  GBytes            *openapi;           /* the same */

  GHashTable        *active;            /* run id → LeydenActiveRun */
  GHashTable        *mirrors;           /* id → LeydenMirror */
  GHashTable        *sources;           /* name → LeydenSource */
  GHashTable        *experiments;       /* id → LeydenActiveExperiment */
  GHashTable        *ended_experiments; /* id → LeydenExperiment: a few that were looked at */
  GPtrArray         *resumed_experiments;
  GHashTable        *creating_experiments; /* client_id → GPtrArray of exchanges */
  GHashTable        *creating;          /* client_id → GPtrArray of exchanges that wait for the same run */
  GPtrArray         *resumed;           /* ids, for info */
  GHashTable        *datasets;          /* cache, see leyden-gateway-datasets.c */
  GQueue             dataset_order;
  GHashTable        *clients;           /* X-Leyden-Client → number of open streams */

  GHashTable        *changing_dashboards; /* set of ids */
  LeydenRolloutSnapshots *rollout_snapshots;

  GSource           *idle;

  GHashTable        *attached;          /* rollout → LeydenAttachment: agents that were started by hand */
  GSource           *attach_expiry;
  GHashTable        *token_ids;         /* set of endpoints that were found to return them; NULL: none yet */
  GSource           *lease_clock;       /* while leases are held */
  gint64             n_leases;
  gboolean           lease_looking;
  gboolean           lease_requeue;     /* what expired is queued again */
  guint              lease_attempts;    /* this often */
};

typedef void (*LeydenRouteHandler) (LeydenGateway *self, LeydenHttpExchange *exchange);
typedef struct
{
  const char           *method;
  const char           *pattern;
  LeydenHttpRouteFlags  flags;
  guint64               max_body;
  LeydenRouteHandler    handler;
  guint                 access;         /* LeydenGatewayRole and LEYDEN_ACCESS_…; 0: viewer for GET, author for the others */
} LeydenRoute;

/* leyden-gateway-routes.c */
void         leyden_gateway_add_routes      (LeydenGateway *self, LeydenHttpServer *server);
/* That serves the request; NULL when none does. Any thread. */
const LeydenRoute *leyden_gateway_get_route (LeydenHttpExchange *exchange);
LeydenGatewayRole  leyden_route_get_role    (const LeydenRoute *route);
/* Whether a request to it leaves a line in the audit log. */
gboolean           leyden_route_is_audited  (const LeydenRoute *route);
/* Somebody uses the backend, or does no longer: the clock of --idle-exit starts anew. */
void         leyden_gateway_touch           (LeydenGateway *self);
void         leyden_gateway_client_joined   (LeydenGateway *self, const char *client);
void         leyden_gateway_client_left     (LeydenGateway *self, const char *client);

/* leyden-gateway-keys.c: loads what is stored. */
gboolean     leyden_gateway_load_key_secret  (LeydenGateway *self, GError **error);
void         leyden_gateway_load_keys_async  (LeydenGateway *self, GAsyncReadyCallback callback, gpointer data);
gboolean     leyden_gateway_load_keys_finish (LeydenGateway *self, GAsyncResult *result, GError **error);
void leyden_gateway_list_keys        (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_make_key         (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_rotate_key       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_revoke_key       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_make_rollout_key_route (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-masking.c */
void         leyden_gateway_start_masking    (LeydenGateway *self);
void         leyden_gateway_start_facts      (LeydenGateway *self);
void         leyden_gateway_stop_facts       (LeydenGateway *self);
/* Adds member "facts": {"position", "last", "following"}. */
void         leyden_gateway_describe_facts   (LeydenGateway *self, LeydenValueBuilder *b);
/* Errors: LEYDEN_GATEWAY_ERROR_FILE. */
gboolean     leyden_gateway_read_mask_file   (LeydenGateway *self, const char *path, GError **error);
/* @documents: those of the store, of kind "masking". */
void         leyden_gateway_take_stored_mask (LeydenGateway *self, LeydenValue *documents);
/* leyden_run_job_prepare_finish(), and what must not enter rollouts is masked in its inputs. */
LeydenRunJob *leyden_gateway_finish_job      (LeydenGateway *self, GAsyncResult *result, GError **error);
/* What somebody types into a rollout that runs, as its inputs are masked. @value: nullable, gives NULL. (transfer full) */
LeydenValue *leyden_gateway_mask_entered (LeydenGateway *self, LeydenValue *value);
void leyden_gateway_get_masking      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_masking      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_try_masking      (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-audit.c */
void         leyden_gateway_start_audit     (LeydenGateway *self);
/* LeydenHttpObserver of the servers; @data: the gateway. */
void         leyden_gateway_observe         (LeydenHttpExchange *exchange, guint status, gint64 duration_us, gpointer data);
void         leyden_gateway_stop_audit      (LeydenGateway *self, gboolean was_started);
void leyden_gateway_list_audit       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_verify_audit     (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-server.c */
/* Whether the options name a way in that is allowed, and reads the files of TLS. Errors: LEYDEN_GATEWAY_ERROR. */
gboolean     leyden_gateway_prepare_doors   (LeydenGateway *self, const LeydenGatewayOptions *options, GError **error);
gboolean     leyden_gateway_open_doors      (LeydenGateway *self, guint16 port, guint16 last_port, const char * const *hosts, GError **error);

/* leyden-gateway-answers.c */
/* The body as JSON, strict; NULL after it was refused (422). @empty_ok: nothing is an empty object. */
LeydenValue *leyden_gateway_read_body       (LeydenHttpExchange *exchange, gboolean empty_ok);
/* Answers with the status that the error's domain and code mean. */
void         leyden_gateway_respond_gerror  (LeydenHttpExchange *exchange, const GError *error);
/* Takes @value. */
void         leyden_gateway_respond_take    (LeydenHttpExchange *exchange, guint status, LeydenValue *value);
/* A query parameter as integer; FALSE after it was refused (422): not a number, out of range, given twice. */
gboolean     leyden_gateway_query_int       (LeydenHttpExchange *exchange, const char *name, gint64 minimum, gint64 maximum,
                                             gint64 fallback, gint64 *out);
/* One of @choices (NULL-terminated), or NULL when absent; FALSE after it was refused. */
gboolean     leyden_gateway_query_choice    (LeydenHttpExchange *exchange, const char *name, const char * const *choices,
                                             const char **out);
gboolean     leyden_gateway_is_sha256       (const char *text);

/* leyden-gateway-replay.c: what a rollout was like at a position */
/* A rollout of the path and a position in its log, of the query: found, and within the log; otherwise the request has been answered. */
typedef struct
{
  LeydenGateway      *gateway;
  LeydenHttpExchange *exchange;
  LeydenRolloutRow   *row;
  guint64             until;            /* the last record where none was named */
  char               *nodes;            /* query "nodes", "" when absent */
  guint               limit;
} LeydenReplayAsk;
/* That are read at most for the values of nodes at a position. */
#define LEYDEN_REPLAY_MAX_RECORDS 20000
void         leyden_replay_ask_free         (LeydenReplayAsk *ask);
/* @found takes the ask. */
void         leyden_gateway_ask_replay      (LeydenGateway *self, LeydenHttpExchange *exchange, guint limit, guint max_limit,
                                             void (*found) (LeydenReplayAsk *ask));
/* The same with the position out of a body, 0: the last record. */
void         leyden_gateway_find_replay     (LeydenGateway *self, LeydenHttpExchange *exchange, guint64 until,
                                             void (*found) (LeydenReplayAsk *ask));
void         leyden_gateway_get_part_of_state (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_get_reading     (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_get_timeline    (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-files.c */
void         leyden_gateway_export_rollout  (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_import_rollout  (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-compare.c */
void         leyden_gateway_compare_rollouts (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-watches.c */
void         leyden_gateway_evaluate_watches (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-fork.c */
void         leyden_gateway_fork_rollout    (LeydenGateway *self, LeydenHttpExchange *exchange);
/* The same from its start, with nothing changed. */
void         leyden_gateway_retry_rollout   (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-breakpoints.c */
/* Breakpoints of a job: {"breakpoints", "paused"}, a document or a definition. Errors: LEYDEN_GATEWAY_ERROR_DEFINITION. */
gboolean     leyden_run_job_make_debug       (LeydenRunJob *job, LeydenValue *document, GError **error);
void         leyden_active_run_init_debug    (LeydenActiveRun *active, LeydenRunJob *job);
void         leyden_active_run_clear_debug   (LeydenActiveRun *active);
/* Reads what an earlier process kept of an active run, then calls @func. */
typedef void (*LeydenBreakpointsLoaded) (gpointer data);
void         leyden_gateway_load_breakpoints (LeydenGateway *self, const char *run, LeydenBreakpointsLoaded func, gpointer data);
void         leyden_gateway_get_breakpoints  (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_put_breakpoints  (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_get_run_debug    (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_detach_debugger  (LeydenGateway *self, LeydenHttpExchange *exchange);

/* Of a node path in a request, in bytes; that of the deepest flow is far shorter. */
#define LEYDEN_GATEWAY_MAX_PATH     4096
/* Of records of logs that are read whole; more would take too much memory at once. */
#define LEYDEN_GATEWAY_MAX_RECORDS  400000

/* leyden-gateway-debug.c */
/* Whose name stands in the log for what the request does. (transfer none) */
const char  *leyden_gateway_get_actor        (LeydenHttpExchange *exchange);
void         leyden_gateway_get_debug        (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_post_debug       (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_post_edit        (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-records.c */
void         leyden_gateway_list_records    (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_get_record      (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-insights-dashboards.c */
void         leyden_gateway_list_dashboards  (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_get_dashboard    (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_put_dashboard    (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_delete_dashboard (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-insights-rollouts.c, leyden-gateway-insights-deletion.c */
void         leyden_gateway_query_rollouts   (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_export_rollouts  (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_delete_rollouts  (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_delete_rollout   (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_restore_rollouts (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_restore_rollout  (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-versions.c */
void         leyden_gateway_list_versions   (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_add_version     (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-cache.c */
void         leyden_gateway_make_cache      (LeydenGateway *self);
void         leyden_gateway_get_cache       (LeydenGateway *self, LeydenHttpExchange *exchange);
void         leyden_gateway_clear_cache     (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-flows.c */
typedef struct
{
  char      *sha256;
  char      *id;
  char      *hash;
  char      *title;
  char      *pins;                      /* titles of its pinned nodes, for messages; NULL: none */
  GPtrArray *permissions;               /* LeydenPermission: what it would do on this machine */
} LeydenKeptFlow;
void            leyden_kept_flow_free            (LeydenKeptFlow *self);
/* Reads a flow document and keeps it as a blob. Errors: LEYDEN_FLOW_ERROR, LEYDEN_STORE_ERROR. */
void            leyden_gateway_keep_flow_async   (LeydenGateway *self, LeydenValue *flow, GAsyncReadyCallback callback, gpointer data);
LeydenKeptFlow *leyden_gateway_keep_flow_finish  (GAsyncResult *result, GError **error);
/* leyden-gateway-fork-request.c: FALSE after it was refused; edits as they enter a rollout; and answers with the fork that was made with that @key, or calls @func, which takes @data. */
typedef void (*LeydenForkUnknown) (gpointer data);
gboolean     leyden_gateway_check_fork      (LeydenHttpExchange *exchange, LeydenValue *body);
LeydenValue *leyden_gateway_mask_edits      (LeydenGateway *self, LeydenValue *edits);
void         leyden_gateway_look_for_fork   (LeydenGateway *self, LeydenHttpExchange *exchange, const char *key, LeydenForkUnknown func,
                                             gpointer data, GDestroyNotify destroy);

/* "title", "flow", "flow_id", "flow_hash" of a definition; @title: given by the request, or null. */
void            leyden_gateway_describe_flow     (LeydenValueBuilder *b, const LeydenKeptFlow *flow, LeydenValue *title);
/* {"endpoint", "model"} that the request means; (transfer full). */
LeydenValue    *leyden_gateway_resolve_model     (LeydenGateway *self, LeydenValue *model);
/* The definition that is kept with a run or an experiment: flow, model, seed, and the members of @body that @copied names (NULL-terminated). (transfer full) */
LeydenValue    *leyden_gateway_make_definition   (LeydenGateway *self, LeydenValue *body, const LeydenKeptFlow *flow, const char * const *copied);

/* Handlers, one file a subject. */
void leyden_gateway_put_blob         (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_blob         (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_dataset      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_guess_mapping    (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_create_run       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_list_runs        (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_run          (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_run_flow     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_cancel_run       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_resume_run       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_list_rollouts    (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_compare_runs     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_run_events       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_all_events       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_rollout      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_state        (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_rollout_events   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_cancel_rollout   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_answer_rollout   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_feedback     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_create_experiment (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_list_experiments  (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_experiment    (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_experiment_grid (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_experiment_events (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_pause_experiment  (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_resume_experiment (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_stop_experiment   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_list_endpoints   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_endpoint     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_describe_call    (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_delete_endpoint  (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_default      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_list_models      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_probe            (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_secret       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_prices       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_prices       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_find_permissions (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_list_approvals   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_approval     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_delete_approval  (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_list_backups     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_backup       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_make_backup      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_retain           (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_simulated_models (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_simulated_chat   (LeydenGateway *self, LeydenHttpExchange *exchange);

void leyden_gateway_list_agents       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_training      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_training_call (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_preflight         (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_send_call         (LeydenGateway *self, LeydenHttpExchange *exchange);
/* leyden-gateway-preflight.c: whether the endpoint was asked, and knows the fields that a trainer needs. */
gboolean leyden_gateway_gives_token_ids  (LeydenGateway *self, const char *endpoint);
/* It was changed or removed. */
void     leyden_gateway_forget_preflight (LeydenGateway *self, const char *endpoint);
void leyden_gateway_attach            (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_attached      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_detach            (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_list_mirrors     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_mirror       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_mirror       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_delete_mirror    (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_poll_mirror      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_pause_mirror     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_resume_mirror    (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_mirror_models   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_clear_mirror_models (LeydenGateway *self, LeydenHttpExchange *exchange);
/* leyden-gateway-leases.c */
void leyden_gateway_take_leases      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_end_lease        (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_list_leases      (LeydenGateway *self, LeydenHttpExchange *exchange);
/* The backend was away: its workers get their time anew. */
void leyden_gateway_start_leases     (LeydenGateway *self);
void leyden_gateway_stop_leases      (LeydenGateway *self);

void leyden_gateway_proxy_call       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_proxy_pause      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_proxy_resume     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_proxy_state      (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-alerts.c */
void leyden_gateway_make_alerts      (LeydenGateway *self);
void leyden_gateway_list_alerts      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_alert        (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_alert        (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_delete_alert     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_acknowledge_alert (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_preview_alert    (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_list_alert_history (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-webhooks.c */
void leyden_gateway_make_webhooks    (LeydenGateway *self);
void leyden_gateway_list_webhooks    (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_webhook      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_webhook      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_rotate_webhook   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_delete_webhook   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_test_webhook     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_replay_webhook   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_list_deliveries  (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_delivery     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_replay_delivery  (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-metrics.c, leyden-gateway-ready.c */
void leyden_gateway_get_metrics      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_readyz       (LeydenGateway *self, LeydenHttpExchange *exchange);

/* leyden-gateway-proxy.c */
LeydenProxy *leyden_proxy_new             (LeydenGateway *gateway, const LeydenGatewayOptions *options);
void         leyden_proxy_unref           (LeydenProxy *self);
guint        leyden_proxy_get_n_inflight  (LeydenProxy *self);
gboolean     leyden_proxy_is_paused       (LeydenProxy *self);
/* Answers all calls; turns the loop. */
void         leyden_proxy_stop            (LeydenProxy *self);
/* Reads what is on disk: whether it is paused. */
void         leyden_proxy_load_async      (LeydenProxy *self, GAsyncReadyCallback callback, gpointer data);
gboolean     leyden_proxy_load_finish     (LeydenProxy *self, GAsyncResult *result, GError **error);
/* The registry of models changed: to be called when the change is on disk, before it is acknowledged. */
void         leyden_gateway_proxy_models_changed (LeydenGateway *self);

/* leyden-gateway-agl-create.c: the first truthy of "data_id" and "instance_id" of an input as JSON of a text, "" without one. (transfer full) */
char *leyden_agl_find_data_id (LeydenValue *input);

/* leyden-gateway-mirrors.c: agl-servers that are followed. */
void         leyden_gateway_init_mirrors    (LeydenGateway *self);
/* Those that are stored: before the first request, which would find none or make one over them. */
void         leyden_gateway_load_mirrors_async  (LeydenGateway *self, GAsyncReadyCallback callback, gpointer data);
gboolean     leyden_gateway_load_mirrors_finish (LeydenGateway *self, GAsyncResult *result, GError **error);
void         leyden_gateway_start_mirrors   (LeydenGateway *self);
void         leyden_gateway_stop_mirrors    (LeydenGateway *self);

/* leyden-gateway-approvals.c */
/* Whether all of them are granted on this machine; else every exchange is answered with 403 {"detail", "permissions"}. @permissions: of
 * leyden_permissions_of_flow(). @exchanges: (element-type LeydenHttpExchange) */
gboolean     leyden_gateway_check_permissions (LeydenGateway *self, GPtrArray *permissions, GPtrArray *exchanges);

/* leyden-gateway-runs.c */
LeydenActiveRun *leyden_gateway_add_active       (LeydenGateway *self, const char *run, const char *key, LeydenValue *definition,
                                                  gint64 created_ns);
/* Starts what was prepared. */
void             leyden_active_run_go_live       (LeydenActiveRun *self, LeydenRunJob *job);
void             leyden_active_run_free          (LeydenActiveRun *self);
/* Goes on with what the last process left; calls back when the runs are known and begun. */
void             leyden_gateway_recover_async    (LeydenGateway *self, GAsyncReadyCallback callback, gpointer data);
gboolean         leyden_gateway_recover_finish   (LeydenGateway *self, GAsyncResult *result, GError **error);
/* Stops looking at runs under way, without cancelling them. */
void             leyden_gateway_abandon_runs     (LeydenGateway *self);
LeydenValue     *leyden_gateway_active_to_value  (LeydenActiveRun *active);
guint64          leyden_gateway_count_until (GPtrArray *rollouts);
LeydenValue     *leyden_gateway_summarize_active (LeydenActiveRun *active);
LeydenActiveRun *leyden_gateway_find_rollout     (LeydenGateway *self, const char *rollout, LeydenRollout **live);

/* leyden-gateway-training.c: experiments under way. */
typedef enum
{
  LEYDEN_ORDER_NONE,
  LEYDEN_ORDER_PAUSE,
  LEYDEN_ORDER_RESUME,
  LEYDEN_ORDER_STOP,                    /* the best is still tested */
  LEYDEN_ORDER_STOP_NOW,
} LeydenExperimentOrder;
typedef struct
{
  LeydenGateway         *gateway;
  char                  *experiment;
  char                  *key;           /* nullable */
  LeydenValue           *definition;
  LeydenExperiment      *live;          /* NULL while it is prepared */
  LeydenExperimentOrder  order;         /* given before it had begun */
  gboolean               begun;         /* its row is on disk, and what the store knew of it is read */
  const char            *told;          /* state that was last announced */
  GPtrArray             *waiting;       /* LeydenHttpExchange of those who asked for it before it had begun */
  gboolean               created;       /* by the first of these */
} LeydenActiveExperiment;
LeydenActiveExperiment *leyden_gateway_add_experiment     (LeydenGateway *self, const char *experiment, const char *key,
                                                           LeydenValue *definition);
void         leyden_active_experiment_free      (LeydenActiveExperiment *self);
/* Starts what was prepared. FALSE: it cannot be trained, and is no longer active. */
gboolean     leyden_active_experiment_go_live   (LeydenActiveExperiment *self, LeydenRunJob *job, GError **error);
void         leyden_active_experiment_order     (LeydenActiveExperiment *self, LeydenExperimentOrder order);
/* Takes up one that the store has; @exchange (nullable) is answered. */
void         leyden_gateway_take_up_experiment  (LeydenGateway *self, LeydenExperimentRow *row, LeydenHttpExchange *exchange);
/* Goes on with what the last process left. */
void         leyden_gateway_recover_experiments_async  (LeydenGateway *self, GAsyncReadyCallback callback, gpointer data);
gboolean     leyden_gateway_recover_experiments_finish (LeydenGateway *self, GAsyncResult *result, GError **error);
/* Lets go of all, which go on at the next start. */
void         leyden_gateway_suspend_experiments (LeydenGateway *self);
guint        leyden_gateway_count_experiments   (LeydenGateway *self);         /* under way and not paused */
/* One of the list; @row may be NULL when it is live, and the other way. (transfer full) */
LeydenValue *leyden_gateway_experiment_to_row   (LeydenActiveExperiment *active, const LeydenExperimentRow *row);
/* The whole of one that is not live. (transfer full) */
LeydenValue *leyden_gateway_stored_snapshot     (const LeydenExperimentRow *row);

/* leyden-gateway-endpoints.c: loads what is stored. */
void     leyden_gateway_load_endpoints_async  (LeydenGateway *self, GAsyncReadyCallback callback, gpointer data);
gboolean leyden_gateway_load_endpoints_finish (LeydenGateway *self, GAsyncResult *result, GError **error);
LeydenValue *leyden_gateway_dup_default_model (LeydenGateway *self);

/* leyden-gateway-events.c: the hub of event streams. */
typedef enum
{
  LEYDEN_SCOPE_PRESENCE,                /* nothing; only says that somebody is there */
  LEYDEN_SCOPE_RUNS,                    /* `run` events of all runs */
  LEYDEN_SCOPE_RUN,
  LEYDEN_SCOPE_ROLLOUT,
  LEYDEN_SCOPE_EXPERIMENT,              /* `snapshot` events */
} LeydenStreamScope;
typedef struct
{
  LeydenStreamScope  scope;
  const char        *id;                /* run, rollout or experiment */
  guint64            after;             /* position */
  gboolean           deltas;
  gboolean           records;
  gboolean           ended;             /* what is in the store is all that will be */
} LeydenStreamAsk;
LeydenEventHub *leyden_event_hub_new             (LeydenGateway *gateway);
void            leyden_event_hub_free            (LeydenEventHub *self);
/* Answers with a stream; @summary (nullable) goes out first, or last when it has ended. */
void            leyden_event_hub_open            (LeydenEventHub *self, LeydenHttpExchange *exchange, const LeydenStreamAsk *ask,
                                                  LeydenValue *summary);
/* Closes every stream. */
void            leyden_event_hub_close           (LeydenEventHub *self);
guint           leyden_event_hub_get_n_clients   (LeydenEventHub *self);
void            leyden_event_hub_rollout_started (LeydenEventHub *self, const char *run, const char *rollout);
/* A row's state changed. */
void            leyden_event_hub_rollout_changed (LeydenEventHub *self, const char *run, const LeydenRolloutRow *row);
/* @value: what stands of its breakpoints, and how many are paused. */
void            leyden_event_hub_debug_changed   (LeydenEventHub *self, const char *run, LeydenValue *value);
void            leyden_event_hub_run_progress    (LeydenEventHub *self, LeydenActiveRun *active);
/* Streams of the run (and of its rollouts) get what is left, the last summary and "end". */
void            leyden_event_hub_run_ended       (LeydenEventHub *self, const char *run, LeydenValue *summary);
void            leyden_event_hub_rollout_ended   (LeydenEventHub *self, const char *rollout);
/* The run's row changed: begun, ended. */
void            leyden_event_hub_run_changed     (LeydenEventHub *self, LeydenValue *run);
/* Whether anybody would see a snapshot. */
gboolean        leyden_event_hub_has_watchers    (LeydenEventHub *self, const char *experiment);
/* @snapshot as it is sent, see leyden_gateway_trim_snapshot(). With @ended streams get their "end". */
void            leyden_event_hub_experiment_changed (LeydenEventHub *self, const char *experiment, LeydenValue *snapshot, gboolean ended);
/* A row of the list, to those who watch all. */
void            leyden_event_hub_experiment_row  (LeydenEventHub *self, LeydenValue *row);
/* How an alert rule stands, and what is told of it ("news"), to those who watch all. */
void            leyden_event_hub_alert_changed   (LeydenEventHub *self, LeydenValue *alert);
/* How a mirror stands, to those who watch all. */
void            leyden_event_hub_mirror_changed  (LeydenEventHub *self, LeydenValue *mirror);
/* The facts of rollouts are others: who lists them asks again. Often called, seldom told. */
void            leyden_event_hub_rollouts_changed (LeydenEventHub *self);
/* The snapshot, or {"changed": true, …} when it is too large to go out four times a second. (transfer full) */
LeydenValue    *leyden_gateway_trim_snapshot     (LeydenValue *snapshot);
void            leyden_event_hub_delta           (LeydenEventHub *self, const char *run, const char *rollout, const char *node,
                                                  const char *text);

G_END_DECLS
