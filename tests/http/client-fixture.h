/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-http-client.h"
#include "misbehaving-server.h"

G_BEGIN_DECLS

/* A client, and a server that misbehaves. */
#define KEY "sk-secret-0123456789"

typedef struct
{
  MisbehavingServer *server;
  LeydenHttpClient *client;
  GBytes *body;                 /* of the last call */
  GError *error;
  GString *events;
  guint n_retries;
  guint last_delay_ms;
  guint stop_after;
  guint n_events;
  gboolean done;
} Fixture;

void               client_set_up         (Fixture *fixture, gconstpointer data);
void               client_forget         (Fixture *fixture);
void               client_tear_down      (Fixture *fixture, gconstpointer data);
void               client_run            (Fixture *fixture, LeydenHttpRequest *request, GCancellable *cancellable);
LeydenHttpRequest *client_request_new    (Fixture *fixture, const char *method, const char *path);
void               client_get            (Fixture *fixture, const char *path);
void               client_assert_error   (Fixture *fixture, LeydenHttpError code, const char *part);
void               client_assert_body    (Fixture *fixture, const char *text);
gboolean           client_cancel_cb      (gpointer data);
void               client_write_for_ever (GOutputStream *out, GCancellable *stopped, gpointer data);

G_END_DECLS
