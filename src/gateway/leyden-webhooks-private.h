/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-http-client.h"
#include "leyden-outbox.h"
#include "leyden-webhooks.h"

G_BEGIN_DECLS

#define LEYDEN_WEBHOOKS_KIND "webhooks"
#define NS_PER_S G_GINT64_CONSTANT (1000000000)

struct _LeydenWebhooks
{
  GObject            parent_instance;

  LeydenSqliteStore *store;
  guint8             secret[LEYDEN_WEBHOOKS_SECRET_SIZE];
  char              *source;
  LeydenClock        clock;
  gpointer           clock_data;
  GHashTable        *targets;           /* name → LeydenTarget */
  LeydenHttpClient  *http;              /* to the internet */
  LeydenHttpClient  *private_http;      /* and to private networks */
  gint64             clients_us;        /* when they were made */
  GCancellable      *cancellable;
  gulong             committed;         /* handler; 0: nobody wants what stands in the log */
  GSource           *look;              /* for runs and experiments */
  GSource           *upkeep;
  guint              n_upkeep;
  gboolean           looking;
  gboolean           look_again;
  GPtrArray         *results;           /* LeydenDeliveryResult that wait to be written */
  gboolean           writing;
  gboolean           stopped;
  gint64             max_waiting;       /* for one webhook */
  LeydenWebhooksGone gone;
  gpointer           gone_data;
};

/* A webhook at work. */
typedef struct
{
  gatomicrefcount  refs;
  LeydenWebhooks  *owner;               /* NULL: removed, or stopped */
  LeydenWebhook   *hook;
  GHashTable      *flying;              /* ids of deliveries that are being sent */
  GHashTable      *subjects;            /* of these */
  GSource         *timer;
  gboolean         taking;              /* the outbox is asked for what is due */
  gboolean         take_again;
  gboolean         shaken;              /* the handshake was done, or is not wanted */
  gboolean         shaking;
  guint            n_failures;          /* in a row */
  gint64           paused_ns;
  gint64           interval_ns;         /* between two, as the handshake agreed on; 0: as many as come */
  gint64           last_sent_ns;
  gint64           next_ns;             /* when the next is due, as far as is known; 0: nothing waits */
  gint64           n_waiting;
  /* the log */
  guint64          position;            /* everything up to here was looked at */
  guint64          noted;               /* the same, on disk */
  guint64          newest;
  gboolean         catching;
  gboolean         reading;
} LeydenTarget;

LeydenTarget *leyden_target_ref    (LeydenTarget *self);
void          leyden_target_unref  (LeydenTarget *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenTarget, leyden_target_unref)

/* leyden-webhooks.c */
/* Takes @hook. */
LeydenTarget *leyden_target_new    (LeydenWebhooks *owner, LeydenWebhook *hook, const LeydenWebhookState *state);
void          leyden_target_begin  (LeydenTarget *self);
/* leyden-webhooks-change.c */
/* Writes a webhook that the backend itself changed. */
void     leyden_webhooks_store     (LeydenWebhooks *self, const LeydenWebhook *hook);
/* leyden-webhook-sender.c */
void     leyden_target_pump        (LeydenTarget *self);
void     leyden_target_disarm      (LeydenTarget *self);
/* The key of a nonce, LEYDEN_WEBHOOK_KEY_SIZE bytes. */
void     leyden_webhooks_derive    (LeydenWebhooks *self, const char *name, const char *nonce, guint8 *key);
/* Connections are kept and names looked up once; after a minute both begin anew, so that a receiver may move. */
void     leyden_webhooks_renew_clients (LeydenWebhooks *self);
/* leyden-webhook-log.c */
void     leyden_target_catch_up    (LeydenTarget *self);
void     leyden_webhooks_listen    (LeydenWebhooks *self);
/* Writes how far the log was looked at. */
void     leyden_target_note        (LeydenTarget *self);
void     leyden_webhooks_look_now  (LeydenWebhooks *self);

G_END_DECLS
