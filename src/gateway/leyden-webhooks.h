/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-store.h"
#include "leyden-webhook.h"

G_BEGIN_DECLS

/* The webhooks of a backend: what they are, what they are told, and who sends it. Belongs to the thread of its store. What is to be sent stands
 * in the outbox (leyden-outbox.h) before anybody tries; a crash between a try and the note of it sends again, with the same id.
 *
 * Each webhook reads the log like a stream of events does:
 *
 *   CATCHING  pages of the log behind its position, while there is room in its outbox
 *      │  ▲   a short page and nothing newer     ▲ no room: stays there until half of it is sent
 *      ▼  │
 *   LIVE      the store's "committed" signal
 */
#define LEYDEN_TYPE_WEBHOOKS (leyden_webhooks_get_type ())
G_DECLARE_FINAL_TYPE (LeydenWebhooks, leyden_webhooks, LEYDEN, WEBHOOKS, GObject)

#define LEYDEN_WEBHOOKS_SECRET_SIZE 32
/* How long a secret stays good beside the next one, unless something else is asked for. */
#define LEYDEN_WEBHOOKS_OVERLAP_S (24 * 3600)

typedef gint64 (*LeydenClock) (gpointer data);          /* ns since the epoch */

/* @secret: LEYDEN_WEBHOOKS_SECRET_SIZE bytes, of which all keys are made. */
LeydenWebhooks *leyden_webhooks_new         (LeydenSqliteStore *store, const guint8 *secret);
/* For tests: another clock than that of the machine. After it was moved on: leyden_webhooks_pump(). */
void            leyden_webhooks_set_clock   (LeydenWebhooks *self, LeydenClock clock, gpointer data);
/* For tests: how many may wait for one webhook. */
void            leyden_webhooks_set_max_waiting (LeydenWebhooks *self, guint max_waiting);
void            leyden_webhooks_pump        (LeydenWebhooks *self);
/* Reads what is stored and begins. */
void            leyden_webhooks_load_async  (LeydenWebhooks *self, GAsyncReadyCallback callback, gpointer data);
gboolean        leyden_webhooks_load_finish (LeydenWebhooks *self, GAsyncResult *result, GError **error);
/* What is under way is cancelled, and tried again after the next start. */
void            leyden_webhooks_stop        (LeydenWebhooks *self);
/* Whether something is being sent, or will be within minutes. */
gboolean        leyden_webhooks_is_busy     (LeydenWebhooks *self);

/* (transfer none); NULL: there is none. */
const LeydenWebhook *leyden_webhooks_get    (LeydenWebhooks *self, const char *name);
/* Names, sorted. (transfer container) (element-type utf8) */
GPtrArray      *leyden_webhooks_list        (LeydenWebhooks *self);
/* Adds or changes one. @secret: (out) (optional) (transfer full): "whsec_…" of one that is new, else NULL; told this one time.
 * @rotate: gives it a new secret; the old one stays good for @overlap_s. Errors: LEYDEN_STORE_ERROR. */
void            leyden_webhooks_put_async   (LeydenWebhooks *self, const LeydenWebhook *hook, gboolean rotate, guint overlap_s,
                                             GAsyncReadyCallback callback, gpointer data);
gboolean        leyden_webhooks_put_finish  (LeydenWebhooks *self, GAsyncResult *result, char **secret, GError **error);
void            leyden_webhooks_remove_async  (LeydenWebhooks *self, const char *name, GAsyncReadyCallback callback, gpointer data);
gboolean        leyden_webhooks_remove_finish (LeydenWebhooks *self, GAsyncResult *result, GError **error);

/* A run, an experiment began or ended: it is looked for shortly. */
void            leyden_webhooks_poke        (LeydenWebhooks *self);
/* Something was added to the outbox by a change of somebody else, or is to be sent again. */
void            leyden_webhooks_added       (LeydenWebhooks *self, const char *name);
/* Switched off because its receiver is gone; @func (nullable) is told. */
typedef void  (*LeydenWebhooksGone)         (LeydenWebhooks *self, const char *name, gpointer data);
void            leyden_webhooks_set_gone    (LeydenWebhooks *self, LeydenWebhooksGone func, gpointer data);
/* URI of this database, in events; NULL before it is loaded. */
const char     *leyden_webhooks_get_source  (LeydenWebhooks *self);
gint64          leyden_webhooks_get_now     (LeydenWebhooks *self);

G_END_DECLS
