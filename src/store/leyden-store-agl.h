/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-store.h"

G_BEGIN_DECLS

/* What Agent Lightning's API keeps (data/migrations/003-agl.sql). Every change is decided in the transaction that makes it, so that of two
 * that contradict each other one is refused; it is acknowledged after the sync, as all that the store writes. */

typedef enum
{
  LEYDEN_AGL_CREATE,
  LEYDEN_AGL_PATCH,
  LEYDEN_AGL_DELETE,
  LEYDEN_AGL_EVENT,
  LEYDEN_AGL_PUT_MODELS,
  LEYDEN_AGL_CLEAR_MODELS,
  LEYDEN_AGL_LEASE,                     /* a worker's sign of life, and its question for more */
  LEYDEN_AGL_END_LEASE,                 /* its rollout has ended, or is given back */
  LEYDEN_AGL_EXPIRE_LEASES,             /* of workers that gave no sign */
  LEYDEN_AGL_KEEP_LEASES,               /* the backend was away: every lease counts from now */
} LeydenAglChangeKind;

typedef enum
{
  LEYDEN_AGL_DONE,
  LEYDEN_AGL_UNKNOWN,                   /* there is no such rollout, or it was deleted */
  LEYDEN_AGL_ILLEGAL,                   /* the transition is not allowed; @from says from where */
} LeydenAglOutcome;

/* One rollout to be made. */
typedef struct
{
  char     *rollout;
  char     *body;               /* {"rollout_id":…,"metadata":…, (with the comma): what the answer begins with */
  char     *data_id;            /* JSON text of a string */
  gboolean  is_train;
  /* Rollouts of one sample, whose rewards a trainer compares: those of one creation with the same digest. 0: it is alone. */
  guint64   sample;
  gboolean  attached;           /* no list of the API shows it, its state follows its events, and its group spans creations */
} LeydenAglNew;
void leyden_agl_new_free (LeydenAglNew *self);

typedef struct
{
  char *model;
  char *endpoint;
  char *version;                /* JSON integer of any size */
} LeydenAglModel;
void leyden_agl_model_free (LeydenAglModel *self);

/* An event that comes with the end of a lease. */
typedef struct
{
  LeydenValue *type;            /* a string */
  LeydenValue *data;            /* an object */
} LeydenAglPosted;
void leyden_agl_posted_free (LeydenAglPosted *self);

/* A change and what came of it. The members that its kind needs are set by the caller; @outcome and what stands below it by the store. */
typedef struct
{
  LeydenAglChangeKind  kind;
  char                *rollout;
  gint64               now_ns;
  GPtrArray           *rollouts;        /* CREATE: LeydenAglNew; each is answered in order */
  GPtrArray           *models;          /* PUT_MODELS: LeydenAglModel */
  /* PATCH: texts are JSON, NULL where the field is not given; "null" clears */
  gboolean             has_state;
  char                *state;           /* a name, or NULL for null */
  char                *k8s_job_name;
  char                *last_attempt_id;
  char                *error_message;
  /* EVENT */
  char                *attempt;
  LeydenValue         *type;            /* a string */
  LeydenValue         *data;            /* an object */
  char                *actor;
  /* LEASE: with @limit; END_LEASE: of @lease, @state as of PATCH or "queuing" to give it back, @error_message, @events */
  char                *worker;
  gint64               ttl_ns;
  guint                limit;
  char               **holds;           /* leases that the worker knows it has */
  char                *lease;
  GPtrArray           *events;          /* of LeydenAglPosted, in order */
  /* EXPIRE_LEASES: whether such rollouts are queued again, as long as they had less than @max_attempts; else they fail */
  gboolean             requeue;
  guint                max_attempts;

  LeydenAglOutcome     outcome;
  GString             *answer;          /* JSON of CREATE, PATCH, LEASE ({"leases": …, "lost": …}) and END_LEASE (the Rollout); else empty */
  const char          *from;            /* ILLEGAL: the state it has */
  gint64               n_held;          /* of all the LEASE kinds: leases that are held afterwards */
} LeydenAglChange;
LeydenAglChange *leyden_agl_change_new  (LeydenAglChangeKind kind, const char *rollout);
void             leyden_agl_change_free (LeydenAglChange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenAglChange, leyden_agl_change_free)

/* Takes @change; _finish gives it back with its outcome. Errors are of the disk. */
void             leyden_sqlite_store_agl_change_async  (LeydenSqliteStore *self, LeydenAglChange *change, GAsyncReadyCallback callback, gpointer data);
LeydenAglChange *leyden_sqlite_store_agl_change_finish (LeydenSqliteStore *self, GAsyncResult *result, GError **error);

/* The events that a rollout shows: of its latest attempt, in order. */
typedef struct
{
  char      *rollout;           /* as it is called on the API */
  const char *executor;         /* "agl", "leyden" */
  char      *attempt;
  GPtrArray *records;           /* LeydenRecord of that attempt, all types */
} LeydenAglEvents;

/* Makes an answer of it, in the reader's thread. */
typedef GBytes *(*LeydenAglFormat) (const LeydenAglEvents *events, gpointer data);

/* Questions; each is answered with JSON as it is sent. NOT_FOUND: there is no such rollout. */
typedef struct
{
  char     *rollout;
  gboolean  any_state[4];       /* LIST: queuing, running, succeeded, failed */
  gint64    after;
  gint64    limit;
} LeydenAglQuestion;
void    leyden_sqlite_store_agl_get_async      (LeydenSqliteStore *self, const char *rollout, GAsyncReadyCallback callback, gpointer data);
/* Whether a rollout is there: "true", or NOT_FOUND. For the proxy. */
void    leyden_sqlite_store_agl_find_async     (LeydenSqliteStore *self, const char *rollout, GAsyncReadyCallback callback, gpointer data);
void    leyden_sqlite_store_agl_list_async     (LeydenSqliteStore *self, const gboolean any_state[4], gint64 limit, GAsyncReadyCallback callback, gpointer data);
void    leyden_sqlite_store_agl_terminal_async (LeydenSqliteStore *self, gint64 after, gint64 limit, GAsyncReadyCallback callback, gpointer data);
void    leyden_sqlite_store_agl_events_async   (LeydenSqliteStore *self, const char *rollout, LeydenAglFormat format, gpointer format_data,
                                                GDestroyNotify format_destroy, GAsyncReadyCallback callback, gpointer data);
GBytes *leyden_sqlite_store_agl_answer_finish  (LeydenSqliteStore *self, GAsyncResult *result, GError **error);
/* A trainer's view looks at no more: what a call holds may be large, and all of it is in memory at once. */
#define LEYDEN_AGL_LOG_RECORDS 10000
/* A rollout's log as a trainer looks at it. */
typedef struct
{
  const LeydenRolloutRow *row;
  gboolean   attached;
  gboolean   removed;           /* by a trainer, which is done with it */
  char      *attempt;           /* the latest */
  GPtrArray *records;           /* LeydenRecord of that attempt, all types, in order of time */
  gboolean   cut;               /* the log is longer than is looked at: these are of its last LEYDEN_AGL_LOG_RECORDS records */
  GPtrArray *group;             /* LeydenRolloutRow of its group with itself, in order of creation; empty: no group is known */
} LeydenAglLog;
typedef GBytes *(*LeydenAglLogFormat) (const LeydenAglLog *log, gpointer data);
/* @rollout: its log, as our own lists name it: one that a trainer removed is found too. Finish with leyden_sqlite_store_agl_answer_finish(). */
void    leyden_sqlite_store_agl_log_async      (LeydenSqliteStore *self, const char *rollout, LeydenAglLogFormat format, gpointer format_data,
                                                GDestroyNotify format_destroy, GAsyncReadyCallback callback, gpointer data);
/* Rollouts of agents, the newest first, those that a trainer removed too: {"rollouts": […], "next_before": number or null}, as JSON. @before: of
 * the last answer, 0: from the newest. Finish with leyden_sqlite_store_agl_answer_finish(). */
void    leyden_sqlite_store_agl_recent_async   (LeydenSqliteStore *self, gint64 before, gint64 limit, GAsyncReadyCallback callback, gpointer data);
/* Held leases: [{"worker", "rollout", "attempt", "since", "expires"}], times in Unix seconds. */
void    leyden_sqlite_store_agl_leases_async   (LeydenSqliteStore *self, GAsyncReadyCallback callback, gpointer data);
/* How many listed rollouts have not ended. */
typedef struct
{
  gint64 n_queuing;
  gint64 n_running;
} LeydenAglOpen;
void           leyden_sqlite_store_agl_count_async  (LeydenSqliteStore *self, GAsyncReadyCallback callback, gpointer data);
/* To be freed by g_free(). */
LeydenAglOpen *leyden_sqlite_store_agl_count_finish (LeydenSqliteStore *self, GAsyncResult *result, GError **error);
/* All registered models in the order of their registration. (element-type LeydenAglModel) */
void       leyden_sqlite_store_agl_models_async  (LeydenSqliteStore *self, GAsyncReadyCallback callback, gpointer data);
GPtrArray *leyden_sqlite_store_agl_models_finish (LeydenSqliteStore *self, GAsyncResult *result, GError **error);

G_END_DECLS
