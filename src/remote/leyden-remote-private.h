/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-backend.h"
#include "leyden-http-client.h"
#include "leyden-rendezvous.h"

G_BEGIN_DECLS

struct _LeydenBackend
{
  GObject             parent_instance;

  gboolean            local;
  LeydenHttpClient   *http;
  char               *client_id;        /* sent with every request: a backend knows its clients apart */
  char               *base_uri;
  char               *key;
  char               *fingerprint;      /* of a remote one; nullable */

  char               *database;
  char               *program;
  char               *folder;
  char               *key_file;
  guint               idle_exit_s;
  guint16             port;

  LeydenBackendState  state;
  GError             *error;
  LeydenValue        *info;
  char               *identity;         /* pid and start of the process that answered last */
  guint               target;           /* counts targets; an answer of an earlier one is none of ours */
  guint               generation;       /* counts connections; a loss of an older one is no news */
  GCancellable       *life;             /* cancelled by close, renewed by connect */
  GQueue              connects;         /* GTask of connect_async */
  GQueue              waiting;          /* LeydenBackendCall that wait for a connection */
  GPtrArray          *subscriptions;    /* borrowed, each removes itself */
  GCancellable       *presence;         /* the stream that tells the backend that we are here */
  guint               retry_source;
  guint               backoff_ms;
  guint               failed_starts;
  gboolean            attempting;
  gboolean            watching;         /* the network */
  gboolean            checking;
  GSubprocess        *child;            /* the process that we started, until it ended */
  gint64              child_pid;
};

/* Errors. */
gboolean     leyden_remote_check_status    (guint status, GBytes *body, GError **error);
LeydenValue *leyden_remote_parse           (GBytes *body, GError **error);
LeydenValue *leyden_remote_parse_text      (const char *text, gsize length, GError **error);

/* The first pause between attempts, in ms. */
#define LEYDEN_BACKEND_BACKOFF_MS 100

/* leyden-backend-connect.c: the way to a connection and what happens when it is lost. */
void         leyden_backend_attempt        (LeydenBackend *self);
void         leyden_backend_clear_retry    (LeydenBackend *self);
void         leyden_backend_stop_presence  (LeydenBackend *self);
void         leyden_backend_set_state      (LeydenBackend *self, LeydenBackendState state);
/* Ends all connect_async, well where @error is NULL. */
void         leyden_backend_finish_connects (LeydenBackend *self, const GError *error);
/* What requests and subscriptions tell. A connection of @generation broke: looks whether the backend is still there. */
void         leyden_backend_broken         (LeydenBackend *self, guint generation);

/* leyden-backend.c */
void         leyden_backend_prepare        (LeydenBackend *self, LeydenHttpRequest *request);
char        *leyden_backend_make_uri       (LeydenBackend *self, const char *path);
/* (transfer none) */
LeydenHttpClient *leyden_backend_get_http  (LeydenBackend *self);
/* leyden-backend-request.c: sends what waits, or fails it. */
void         leyden_backend_flush_waiting  (LeydenBackend *self, const GError *error);
/* leyden-subscription.c */
void         leyden_subscription_connected (LeydenSubscription *self);
void         leyden_subscription_end       (LeydenSubscription *self);

/* leyden-backend-launch.c: starts `leydenctl serve` and waits for its ready line. */
void         leyden_backend_launch_async   (LeydenBackend *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                            gpointer data);
/* Address and key of the new process; @subprocess (out): it. */
LeydenRendezvous *leyden_backend_launch_finish (LeydenBackend *self, GAsyncResult *result, GSubprocess **subprocess,
                                            GError **error);

G_END_DECLS
