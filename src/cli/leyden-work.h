/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-cli-session.h"
#include "leyden-http-client.h"

G_BEGIN_DECLS

/* What `leydenctl worker` does with one rollout, whoever gave it. */

/* ---- leyden-work-item.c: one attempt at a rollout; pure ---- */
typedef struct
{
  char        *rollout;
  char        *attempt;
  char        *key;                     /* for its agent; nullable: none */
  gboolean     train;
  gint64       timeout_s;               /* 0: none */
  char        *agent_class;             /* nullable */
  LeydenValue *env_map;                 /* object, nullable */
  LeydenValue *input;
} LeydenWorkItem;
/* @rollout: a Rollout of Agent Lightning's API. NULL: it is none. */
LeydenWorkItem *leyden_work_item_new   (LeydenValue *rollout, const char *attempt, const char *key);
void            leyden_work_item_free  (LeydenWorkItem *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenWorkItem, leyden_work_item_free)
/* @base: the address that agents know the backend by. Without a slash at the end. (transfer full) */
char           *leyden_work_item_dup_model_uri (const LeydenWorkItem *self, const char *base);
char           *leyden_work_item_dup_event_uri (const LeydenWorkItem *self, const char *base);
/* What an env_map value stands for: `input`, `input.a.0`, or itself. NULL with G_IO_ERROR_INVALID_DATA for a path that is not there. (transfer full) */
char           *leyden_work_item_resolve (const LeydenWorkItem *self, const char *value, GError **error);
/* The environment of its agent: @environ without our own secrets, env_map, and the variables that say where model and events are. @allowed: names that
 * env_map may set, a trailing * for all that begin so; NULL: any that changes nothing of the program itself. (transfer full) (array zero-terminated=1) */
char          **leyden_work_item_make_environ (const LeydenWorkItem *self, const char * const *environ, const char *base,
                                               const char * const *allowed, GError **error);

/* ---- What came of it ---- */
typedef struct
{
  char        *error;                   /* NULL: it succeeded */
  LeydenValue *events;                  /* list of {"event_type", "data"} to be posted; nullable */
} LeydenWorkOutcome;
LeydenWorkOutcome *leyden_work_outcome_new  (const char *error, LeydenValue *events);
void               leyden_work_outcome_free (LeydenWorkOutcome *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenWorkOutcome, leyden_work_outcome_free)

/* ---- leyden-work-process.c ---- */
/* Runs a program in a session of its own, without standard input; what it writes goes to our standard error. It ends with everything that it
 * started when @cancellable says so, when @timeout_s (0: none) is over, and when this process ends. Errors: G_IO_ERROR_CANCELLED,
 * G_IO_ERROR_TIMED_OUT, G_SPAWN_ERROR. */
void     leyden_work_process_run_async  (const char * const *argv, const char * const *environ, gint64 timeout_s, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer data);
/* @status: exit status; 128 + signal. */
gboolean leyden_work_process_run_finish (GAsyncResult *result, int *status, GError **error);

/* ---- leyden-work-transport.c: model calls of flows. Those of policy nodes go to the backend's proxy, which forces their parameters and keeps
 * what a trainer reads; a pause or a restart of the backend is waited for. All others go their own way. ---- */
#define LEYDEN_TYPE_WORK_TRANSPORT (leyden_work_transport_get_type ())
G_DECLARE_FINAL_TYPE (LeydenWorkTransport, leyden_work_transport, LEYDEN, WORK_TRANSPORT, GObject)
/* @pin: of the backend's certificate, nullable. */
LeydenWorkTransport *leyden_work_transport_new    (LeydenModels *models, const char *pin);
/* Calls of our rollout @local are those of @item. Replaces. */
void                 leyden_work_transport_bind   (LeydenWorkTransport *self, const char *local, const char *uri, const char *key);
void                 leyden_work_transport_unbind (LeydenWorkTransport *self, const char *local);

/* ---- leyden-work-agents.c: what may run here, and the choice for a rollout ---- */
typedef struct _LeydenWorkAgents LeydenWorkAgents;
typedef struct
{
  const char         *base;             /* of the backend, for agents */
  const char * const *classes;          /* Python classes that may run; NULL-terminated, nullable */
  const char         *python;
  char              **command;          /* argv; nullable */
  const char * const *allowed;          /* names that env_map may set; nullable: see leyden_work_item_make_environ() */
  LeydenCliSession   *session;          /* for flows; nullable when there are none */
  LeydenWorkTransport *transport;       /* the same */
} LeydenWorkAgentsSpec;
/* @spec's strings and session must live as long. */
LeydenWorkAgents  *leyden_work_agents_new        (const LeydenWorkAgentsSpec *spec);
void               leyden_work_agents_free       (LeydenWorkAgents *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenWorkAgents, leyden_work_agents_free)
/* The first flow runs what names no agent. Errors: those of leyden_plan_new(), LEYDEN_APPROVAL_ERROR. */
gboolean           leyden_work_agents_add_flow   (LeydenWorkAgents *self, const char *path, LeydenFlow *flow, GError **error);
/* Runs @item, which must live until it answers. Every failure is an outcome; errors: G_IO_ERROR_CANCELLED. */
void               leyden_work_agents_run_async  (LeydenWorkAgents *self, const LeydenWorkItem *item, GCancellable *cancellable,
                                                  GAsyncReadyCallback callback, gpointer data);
LeydenWorkOutcome *leyden_work_agents_run_finish (GAsyncResult *result, GError **error);

/* leyden-work-flow.c */
typedef struct
{
  char        *name;                    /* of the file, without folder and suffix */
  char        *id;
  LeydenPlan  *plan;
  LeydenValue *mapping;                 /* field → column of its data set; nullable */
} LeydenWorkFlow;
void               leyden_work_flow_free       (LeydenWorkFlow *self);
/* @input of a rollout as the flow's input object. NULL with G_IO_ERROR_INVALID_DATA. (transfer full) */
LeydenValue       *leyden_work_flow_make_input (const LeydenWorkFlow *self, LeydenValue *input, GError **error);
void               leyden_work_flow_run_async  (const LeydenWorkFlow *self, const LeydenWorkAgentsSpec *spec, const LeydenWorkItem *item,
                                                GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenWorkOutcome *leyden_work_flow_run_finish (GAsyncResult *result, GError **error);

G_END_DECLS
