/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-work.h"

G_BEGIN_DECLS

/* ---- leyden-worker-link.c: requests to the backend that outlive its restarts ---- */
typedef struct _LeydenWorkerLink LeydenWorkerLink;
/* @key nullable; @pin (nullable): see leyden_http_request_set_pin(). */
LeydenWorkerLink *leyden_worker_link_new    (const char *base, const char *key, const char *pin);
void              leyden_worker_link_free   (LeydenWorkerLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenWorkerLink, leyden_worker_link_free)
/* @body nullable. @persistent: until there is an answer that is one: neither 408, 429 nor 5xx, and the backend is there. */
void              leyden_worker_link_ask_async  (LeydenWorkerLink *self, const char *method, const char *path, LeydenValue *body, gboolean persistent,
                                                 GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* @answer: (out) (transfer full) (nullable): what it said, when that was JSON. FALSE: there was no answer. */
gboolean          leyden_worker_link_ask_finish (GAsyncResult *result, guint *status, LeydenValue **answer, GError **error);

/* ---- leyden-worker.c: the loop ----
 *
 * Of a Leyden backend rollouts are leased: the question for more is the sign of life. A plain agl-server is polled, as Agent Lightning's own
 * controller does: what is queuing is claimed by its change to running, and what runs without being ours is failed, for a server has one
 * controller; @shared leaves that alone until its time is over. */
typedef struct
{
  const char       *name;               /* unique among workers */
  LeydenWorkerLink *link;
  LeydenWorkAgents *agents;
  const char       *key;                /* for agents where the backend makes none; nullable */
  guint             concurrency;
  guint             lease_s;
  guint             poll_ms;
  guint             drain_s;            /* what runs may take this long when the worker ends */
  gboolean          shared;
  gboolean          json;               /* lines of standard output */
} LeydenWorkerSpec;
typedef struct _LeydenWorker LeydenWorker;
/* @spec's members must live as long. */
LeydenWorker *leyden_worker_new  (const LeydenWorkerSpec *spec);
void          leyden_worker_free (LeydenWorker *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenWorker, leyden_worker_free)
/* Works until leyden_worker_stop(); the exit status. */
int           leyden_worker_run  (LeydenWorker *self);
/* Takes nothing more, ends what runs or gives it back, and lets leyden_worker_run() return. */
void          leyden_worker_stop (LeydenWorker *self);

/* ---- Between leyden-worker.c and the two ways: leyden-worker-leases.c, leyden-worker-polls.c ---- */
typedef enum
{
  LEYDEN_JOB_CLAIMING,                  /* polls: it becomes running over there */
  LEYDEN_JOB_RUNNING,
  LEYDEN_JOB_ENDING,                    /* its end is told */
} LeydenJobState;
typedef struct
{
  LeydenWorker      *worker;            /* NULL once that is gone */
  LeydenWorkItem    *item;
  char              *lease;             /* polls: the rollout's id */
  LeydenJobState     state;
  GCancellable      *cancellable;
  gboolean           lost;              /* somebody else has it, or it was removed: nothing of it is told */
  gboolean           seen;              /* polls: in the list that is looked at */
  guint              step;              /* of its end */
  LeydenWorkOutcome *outcome;           /* NULL: it was stopped */
} LeydenJob;

struct _LeydenWorker
{
  LeydenWorkerSpec  spec;
  GMainLoop        *loop;
  GHashTable       *jobs;               /* lease → LeydenJob */
  gboolean          known;              /* which of the two it is */
  gboolean          leases;
  gboolean          asking;
  gboolean          again;              /* asked for while it asks */
  gboolean          stopping;
  gboolean          away;               /* it was said that the backend does not answer */
  guint             n_failures;         /* in a row */
  int               status;
  GSource          *clock;
  GSource          *end;                /* of the drain, then of the patience with the backend */
  GCancellable     *life;
};
guint        leyden_worker_count_free  (LeydenWorker *self);
/* Begins to run @item; takes it. */
void         leyden_worker_start       (LeydenWorker *self, LeydenWorkItem *item, const char *lease);
/* The same for one that is still to be claimed: leyden_job_go() runs it. */
LeydenJob   *leyden_worker_add_job     (LeydenWorker *self, LeydenWorkItem *item, const char *lease);
void         leyden_job_go             (LeydenJob *self);
/* It has ended, or is not to begin: the backend is told. */
void         leyden_job_end            (LeydenJob *self);
/* It is somebody else's: what runs is ended and nothing is told. */
void         leyden_worker_lose        (LeydenWorker *self, LeydenJob *job, const char *why);
/* Told, or given up: @note is what the backend said against it, nullable. Frees @job. */
void         leyden_worker_finish_job  (LeydenWorker *self, LeydenJob *job, const char *note);
/* A question was answered, or not (@error): says so once, and when to ask again. */
void         leyden_worker_answered    (LeydenWorker *self, const GError *error);
/* It makes no sense to go on. */
void         leyden_worker_give_up     (LeydenWorker *self, int status, const char *message);
void         leyden_worker_ask_leases  (LeydenWorker *self);
void         leyden_worker_end_leased  (LeydenJob *job);
void         leyden_worker_ask_polls   (LeydenWorker *self);
void         leyden_worker_end_polled  (LeydenJob *job);

G_END_DECLS
