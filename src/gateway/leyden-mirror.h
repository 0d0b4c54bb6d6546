/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-agl-client.h"
#include "leyden-gateway-private.h"

G_BEGIN_DECLS

/* What polling could not see, as far as that can be known. */
typedef struct
{
  gint64   rollouts;            /* began and ended between two polls and were deleted: at least so many */
  gint64   unfinished;          /* followed, but gone before their end was read */
  gint64   attempts;            /* earlier attempts with events that the server no longer shows */
  gint64   before;              /* ended and deleted before the mirror began */
  gint64   restarts;            /* the server began anew and had forgotten everything */
  gint64   unreadable;          /* rows of lists that could not be read */
  gint64   longest_gap_ms;      /* between two polls that succeeded */
  gboolean beyond_limit;        /* at the last poll there were more unfinished rollouts than are looked at */
} LeydenMirrorMissed;

typedef enum
{
  LEYDEN_MIRROR_CONNECTING,
  LEYDEN_MIRROR_CONNECTED,
  LEYDEN_MIRROR_WAITING,        /* the last poll failed; another follows */
  LEYDEN_MIRROR_OPEN,           /* several failed in a row: the circuit breaker is open until the next try */
  LEYDEN_MIRROR_REFUSED,        /* our key is not good */
  LEYDEN_MIRROR_UNTRUSTED,      /* its certificate is not */
} LeydenMirrorState;

/* One rollout of the server and its log here. */
typedef struct
{
  char             *id;         /* as the server calls it */
  LeydenRolloutRow *row;        /* row->rollout is the log */
  guint64           sequence;
  GHashTable       *n_events;   /* attempt → number of events in the log */
  gboolean          ended;
  guint             again;      /* polls in which its events are still looked at after its end */
  gboolean          counted;    /* n_events says what the log holds */
  gboolean          busy;       /* a job has it */
  gboolean          seen;       /* in the list of this poll */
  gint64            read_us;    /* when its events were read last */
} LeydenMirrored;
void leyden_mirrored_free (LeydenMirrored *self);

typedef struct
{
  char   *model;
  char   *endpoint;
  gint64  version;
  gint64  n_calls;
  gint64  last_ns;
} LeydenMirrorModel;

/* What was created together: a step of the training. */
typedef struct
{
  gint64 first_ns;              /* times of creation, by the server's clock */
  gint64 last_ns;
  gint64 number;                /* from 1 */
} LeydenMirrorBatch;

/**
 * LeydenMirror: follows one plain agl-server by polling and keeps what it says as a run of this backend: one rollout for each of the server's, with its events.
 *
 *   list of unfinished ──► log of ended (cursor) ──► state of the proxy ──► jobs: details and events, a few at once ──► saved ──► pause ──┐
 *        ▲                                                                                                                                │
 *        └───────────────────────────────── failed: backoff with jitter, after five a circuit breaker ◄──────────────────────────────────┘
 */
typedef struct
{
  guint               refs;             /* what is under way holds one */
  LeydenGateway      *gateway;          /* borrowed: not touched once it is closed */
  char               *id;
  char               *name;
  char               *url;
  char               *secret;           /* nullable */
  char               *fingerprint;      /* nullable */
  guint               interval_ms;
  char               *run;
  gint64              created_ns;

  gint64              after;            /* cursor in the log of ended rollouts */
  gboolean            joined;           /* that log was read to its end once */
  gint64              n_items;
  gint64              n_gone;           /* entries of that log whose rollout was deleted, since it joined */
  gint64              n_gone_known;     /* of those we had followed */
  LeydenMirrorMissed  missed;
  GHashTable         *models;           /* "model endpoint" → LeydenMirrorModel */
  gint64              last_poll_ns;
  GArray             *batches;          /* LeydenMirrorBatch: the last ones, in order */
  gint64              n_batches;

  double              spare_ms;         /* of the server's time that may still be taken; below 0: taken in advance */
  gint64              spare_us;         /* when that was so */
  gint64              spent_us;         /* by the client, then */
  double              read_ms;          /* what reading the events of a rollout takes, about */
  guint               n_read;           /* of this poll */
  guint               n_ends;           /* ended rollouts that this poll may read */
  guint               page_limit;       /* entries of the log of ended ones that are asked for; 0: as many as there are in a page */
  gboolean            load_counts;
  double              load_spent_ms;    /* of the last polls, the older the less */
  double              load_passed_ms;

  LeydenAglClient    *client;
  GCancellable       *cancellable;
  GSource            *due;
  LeydenMirrorState   state;
  GError             *error;
  guint               n_failures;
  gint64              next_ns;
  gint64              poll_began_us;
  double              poll_ms;
  double              latency_ms;       /* NaN: unknown */
  gboolean            polling;
  gboolean            started;          /* its run is on disk, and what was stored is known */
  gboolean            again;            /* somebody asked for another poll meanwhile */
  gboolean            changed;          /* what is saved is not what is so */
  gboolean            closed;
  gpointer            change;           /* of its settings, the last that is on its way to the disk; borrowed */
  LeydenAglProxyState *proxy;
  GHashTable         *rollouts;         /* log → LeydenMirrored: unfinished and just ended ones */
  GQueue              jobs;             /* those that wait, see leyden-mirror-jobs.c */
  GError             *job_error;        /* the first of this poll */
  guint               n_running;
  gboolean            beginning;        /* a job is being begun */
  GPtrArray          *waiting;          /* exchanges that are answered after the next poll */
  GHashTable         *ended_now;        /* ids of this poll */
  GPtrArray          *ended_order;      /* the same, borrowed, in the order of their ends */
  LeydenAglList      *list;
} LeydenMirror;

/* leyden-mirror.c */
LeydenMirror *leyden_mirror_new           (LeydenGateway *gateway, const char *id);
LeydenMirror *leyden_mirror_ref           (LeydenMirror *self);
void          leyden_mirror_unref         (LeydenMirror *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenMirror, leyden_mirror_unref)
/* Follows no more; what it has stays. Who waits for an answer gets one. */
void          leyden_mirror_close         (LeydenMirror *self);
/* Settings and position of a stored one; FALSE with @error: they are not usable. */
gboolean      leyden_mirror_load          (LeydenMirror *self, LeydenValue *document, GError **error);
/* What is stored. (transfer full) */
LeydenValue  *leyden_mirror_to_document   (LeydenMirror *self);
/* What clients see. (transfer full) */
LeydenValue  *leyden_mirror_to_value      (LeydenMirror *self);
const char   *leyden_mirror_state_to_string (LeydenMirrorState state);
/* Notes a call that @data, of a model_request, tells of. */
void          leyden_mirror_note_model    (LeydenMirror *self, LeydenValue *data, gint64 time_ns);
LeydenRunRow *leyden_mirror_make_run      (LeydenMirror *self, gboolean ended);
/* Tells clients how it stands. */
void          leyden_mirror_announce      (LeydenMirror *self);

/* leyden-mirror-poll.c */
/* Begins to follow; what is stored of it is read first. */
void          leyden_mirror_start         (LeydenMirror *self);
/* Another address, key or name: the connection is made anew. */
void          leyden_mirror_reconnect     (LeydenMirror *self);
/* Polls now, whatever the breaker says. @exchange (nullable) is answered afterwards with the mirror. */
void          leyden_mirror_poll_now      (LeydenMirror *self, LeydenHttpExchange *exchange);
/* For questions that go through; NULL with @error while there is no connection. (transfer none) */
LeydenAglClient *leyden_mirror_get_client (LeydenMirror *self, GError **error);
/* A poll failed, or what was asked through it. */
void          leyden_mirror_failed        (LeydenMirror *self, const GError *error);

/* leyden-mirror-share.c: a mirror takes no more than a small share of its server's time. */
/* Of how many rollouts that run the events may be read in this poll. */
guint         leyden_mirror_get_n_reads   (LeydenMirror *self);
/* How many rollouts that have ended may be read. */
guint         leyden_mirror_get_n_ends    (LeydenMirror *self);
/* More was taken than there was: what can be done without is. */
gboolean      leyden_mirror_is_in_debt    (LeydenMirror *self);
/* Share of the server's time that polling takes; NaN: not known yet. */
double        leyden_mirror_get_load      (LeydenMirror *self);
/* The poll is over: what it took is counted, and @pause_ms grows where that was more than there was. */
guint         leyden_mirror_count_poll    (LeydenMirror *self, guint pause_ms);
/* leyden-mirror-batches.c */
/* Of a rollout that was created then: its step, which may begin with it. */
gint64        leyden_mirror_note_creation (LeydenMirror *self, gint64 created_ns, gboolean is_train);
/* The step at a time; 0: before the first. */
gint64        leyden_mirror_get_batch     (LeydenMirror *self, gint64 time_ns);
/* As members of what is stored. */
void          leyden_mirror_set_batches   (LeydenValueBuilder *b, LeydenMirror *self);
void          leyden_mirror_read_batches  (LeydenMirror *self, LeydenValue *position);

/* leyden-mirror-jobs.c */
/* Makes jobs of what the poll has found and begins them. */
void          leyden_mirror_begin_jobs    (LeydenMirror *self);
/* Follows one that is stored and had not ended. */
void          leyden_mirror_take_row      (LeydenMirror *self, LeydenRolloutRow *row);
/* All are done; leyden-mirror-poll.c. */
void          leyden_mirror_jobs_done     (LeydenMirror *self);

G_END_DECLS
