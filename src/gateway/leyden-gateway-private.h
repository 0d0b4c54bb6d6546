/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-approvals.h"
#include "leyden-catalog.h"
#include "leyden-dataset.h"
#include "leyden-engine.h"
#include "leyden-gateway.h"
#include "leyden-http-server.h"
#include "leyden-models.h"
#include "leyden-rendezvous.h"
#include "leyden-run-job.h"
#include "leyden-secrets.h"
#include "leyden-store.h"

G_BEGIN_DECLS

/* Bodies (design §8). */
#define LEYDEN_MAX_BODY ((guint64)8 * 1024 * 1024)
#define LEYDEN_MAX_FLOW ((guint64)64 * 1024 * 1024)
#define LEYDEN_MAX_BLOB ((guint64)4 * 1024 * 1024 * 1024)

typedef struct _LeydenEventHub LeydenEventHub;

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

  LeydenSqliteStore *store;
  LeydenHttpServer  *server;
  LeydenCatalog     *catalog;
  LeydenEngine      *engine;
  LeydenModels      *models;
  LeydenSecrets     *secrets;
  LeydenApprovals   *approvals;
  char              *approval_key;      /* in the rendezvous file only */
  LeydenEventHub    *hub;
  LeydenRendezvous  *rendezvous;
  GPtrArray         *rendezvous_paths;  /* files of ours */
  GPtrArray         *routes;            /* what handlers are given */
  GBytes            *components;        /* cached answer */

  GHashTable        *active;            /* run id → LeydenActiveRun */
  GHashTable        *creating;          /* client_id → GPtrArray of exchanges that wait for the same run */
  GPtrArray         *resumed;           /* ids, for info */
  GHashTable        *datasets;          /* cache, see leyden-gateway-datasets.c */
  GQueue             dataset_order;
  GHashTable        *clients;           /* X-Leyden-Client → number of open streams */

  GSource           *idle;
};

typedef void (*LeydenRouteHandler) (LeydenGateway *self, LeydenHttpExchange *exchange);
typedef struct
{
  const char           *method;
  const char           *pattern;
  LeydenHttpRouteFlags  flags;
  guint64               max_body;
  LeydenRouteHandler    handler;
} LeydenRoute;

/* leyden-gateway-routes.c */
void         leyden_gateway_add_routes      (LeydenGateway *self);
/* Somebody uses the backend, or does no longer: the clock of --idle-exit starts anew. */
void         leyden_gateway_touch           (LeydenGateway *self);
void         leyden_gateway_client_joined   (LeydenGateway *self, const char *client);
void         leyden_gateway_client_left     (LeydenGateway *self, const char *client);

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
void leyden_gateway_run_events       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_all_events       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_rollout      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_get_state        (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_rollout_events   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_cancel_rollout   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_feedback     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_list_endpoints   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_endpoint     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_delete_endpoint  (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_default      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_list_models      (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_probe            (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_secret       (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_find_permissions (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_list_approvals   (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_put_approval     (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_delete_approval  (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_simulated_models (LeydenGateway *self, LeydenHttpExchange *exchange);
void leyden_gateway_simulated_chat   (LeydenGateway *self, LeydenHttpExchange *exchange);

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
} LeydenStreamScope;
typedef struct
{
  LeydenStreamScope  scope;
  const char        *id;                /* run or rollout */
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
void            leyden_event_hub_run_progress    (LeydenEventHub *self, LeydenActiveRun *active);
/* Streams of the run (and of its rollouts) get what is left, the last summary and "end". */
void            leyden_event_hub_run_ended       (LeydenEventHub *self, const char *run, LeydenValue *summary);
void            leyden_event_hub_rollout_ended   (LeydenEventHub *self, const char *rollout);
/* The run's row changed: begun, ended. */
void            leyden_event_hub_run_changed     (LeydenEventHub *self, LeydenValue *run);
void            leyden_event_hub_delta           (LeydenEventHub *self, const char *run, const char *rollout, const char *node,
                                                  const char *text);

G_END_DECLS
