/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "leyden-store-change.h"
#include "leyden-webhook.h"

G_BEGIN_DECLS

/* What is to be delivered to webhooks (data/migrations/010-alerts.sql). All functions run where a connection may be used: in a change
 * (leyden-store-change.h), those that only read in a reader, too. FALSE or NULL with @error: LEYDEN_STORE_ERROR.
 *
 *            add                      2xx
 *   (event) ─────► waiting ──try──► delivered
 *                   │  ▲  │ 10th try failed, 410, or the webhook was removed
 *      another try  └──┘  └────────► failed ──replay──► waiting
 */
typedef enum
{
  LEYDEN_DELIVERY_WAITING,
  LEYDEN_DELIVERY_DELIVERED,
  LEYDEN_DELIVERY_FAILED,
} LeydenDeliveryState;
const char *leyden_delivery_state_to_string (LeydenDeliveryState state);

/* So many wait for one webhook; the log is read on when there is room again. Events that stand in no log are dropped, and counted. */
#define LEYDEN_OUTBOX_MAX_WAITING 10000

typedef struct
{
  gint64  id;
  char   *webhook;
  char   *event;
  char   *subject;
  char   *body;
  guint   n_tries;
} LeydenDelivery;
void leyden_delivery_free (LeydenDelivery *self);

/* What became of a try. */
typedef struct
{
  gint64               id;
  char                *webhook;
  gint64               time_ns;         /* when it began */
  gint64               ms;
  guint                status;          /* 0: no answer */
  char                *error;           /* one line, nullable */
  LeydenDeliveryState  state;           /* from here on */
  gint64               due_ns;          /* of the next try */
  gint64               paused_ns;       /* for all of that webhook; 0: not */
} LeydenDeliveryResult;
void leyden_delivery_result_free (LeydenDeliveryResult *self);

/* How a webhook stands. */
typedef struct
{
  guint64 position;
  gint64  ends_ns;
  gint64  paused_ns;
  gint64  n_waiting, n_delivered, n_failed, n_dropped;
  gint64  next_ns;                      /* when the next waiting one is due; 0: none waits */
  gint64  last_ok_ns;
  guint   n_failures;                   /* in a row */
  char   *last_error;
} LeydenWebhookState;
void leyden_webhook_state_free (LeydenWebhookState *self);

/* A webhook begins: what happens after this is told. Nothing when it is known. */
gboolean            leyden_outbox_begin    (sqlite3 *db, const char *webhook, gint64 now_ns, GError **error);
LeydenWebhookState *leyden_outbox_get_state (sqlite3 *db, const char *webhook, GError **error);
/* What waits has failed; its state is forgotten. */
gboolean            leyden_outbox_end      (sqlite3 *db, const char *webhook, gint64 now_ns, GError **error);

/* Adds an event; one that was added before stays as it is. @always: also when there is no room. @added (nullable): whether it waits now. */
gboolean            leyden_outbox_add      (sqlite3 *db, const char *webhook, const char *event, const char *type, const char *subject,
                                            const char *body, gint64 now_ns, gboolean always, gboolean *added, GError **error);
gboolean            leyden_outbox_set_position (sqlite3 *db, const char *webhook, guint64 position, GError **error);
/* Those that are due, oldest first, at most one about each subject; (element-type LeydenDelivery). */
GPtrArray          *leyden_outbox_take     (sqlite3 *db, const char *webhook, gint64 now_ns, guint limit, GError **error);
/* Writes what came of a try; after an answer that was well nothing of the webhook is paused. @was_down (nullable): whether so many tries
 * had failed before that some of what waited may have been given up. One that waits no longer stays as it is. */
gboolean            leyden_outbox_finish   (sqlite3 *db, const LeydenDeliveryResult *result, gboolean *was_down, GError **error);
gboolean            leyden_outbox_count_waiting (sqlite3 *db, const char *webhook, gint64 *n, GError **error);
/* When the first is due of those that may be sent; 0: nothing waits. */
gboolean            leyden_outbox_get_next (sqlite3 *db, const char *webhook, gint64 *next_ns, GError **error);
/* Sends again: delivery @id of any webhook, or with 0 all of @webhook that failed since @since_ns. @by_itself: only what was not sent again so
 * before, and did not fail because the receiver disliked it (4xx). @n (nullable): how many. */
gboolean            leyden_outbox_replay   (sqlite3 *db, const char *webhook, gint64 id, gint64 since_ns, gint64 now_ns, gboolean by_itself,
                                            gint64 *n, GError **error);
/* All that wait for @webhook have failed because of @reason. */
gboolean            leyden_outbox_give_up  (sqlite3 *db, const char *webhook, const char *reason, gint64 now_ns, GError **error);
/* Those that ended before are removed: delivered after a week, failed after a month. */
gboolean            leyden_outbox_prune    (sqlite3 *db, gint64 now_ns, GError **error);
/* [{"id", "event", "type", "subject", "state", "created", "due", "finished", "tries"}], newest first. @state −1: all; @before: id, 0: the newest. */
LeydenValue        *leyden_outbox_list     (sqlite3 *db, const char *webhook, int state, gint64 before, guint limit, GError **error);
/* One, with "webhook", "body" and "attempts": [{"time", "ms", "status", "error"}]; LEYDEN_STORE_ERROR_NOT_FOUND. */
LeydenValue        *leyden_outbox_get      (sqlite3 *db, gint64 id, GError **error);

G_END_DECLS
