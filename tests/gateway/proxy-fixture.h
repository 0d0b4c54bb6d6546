/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli-helpers.h"
#include "leyden-http-client.h"
#include "misbehaving-server.h"

G_BEGIN_DECLS

/* A backend whose proxy is asked, and an upstream that misbehaves. */
#define MODEL "test-model"
#define CHAT "openai/v1/chat/completions"
#define JSON_TYPE "Content-Type: application/json\r\n"

typedef struct
{
  Sandbox            sandbox;
  char              *database;
  Server            *server;
  MisbehavingServer *upstream;
  LeydenHttpClient  *client;
} Fixture;

typedef struct
{
  LeydenHttpRequest *request;
  GBytes            *body;
  GError            *error;
  gboolean           done;
} Reply;

void         proxy_start_server (Fixture *fixture);
void         proxy_set_up       (Fixture *fixture, gconstpointer data);
void         proxy_tear_down    (Fixture *fixture, gconstpointer data);
void         proxy_reply_free   (gpointer data);
Reply       *proxy_ask_async    (Fixture *fixture, const char *method, const char *path, const char *type, const char *body);
gboolean     proxy_is_done      (gpointer data);
Reply       *proxy_ask          (Fixture *fixture, const char *method, const char *path, const char *body);
guint        proxy_status_of    (Reply *reply);
char        *proxy_text_of      (Reply *reply);
void         proxy_assert_reply (Reply *reply, guint status, const char *body);
char        *proxy_path         (const char *rollout, const char *mode);
Reply       *proxy_call_async   (Fixture *fixture, const char *rollout, const char *mode, const char *body);
Reply       *proxy_call         (Fixture *fixture, const char *rollout, const char *body);
void         proxy_create       (Fixture *fixture, const char *rollout);
void         proxy_add_model    (Fixture *fixture, const char *endpoint);
void         proxy_add_upstream (Fixture *fixture, const char *path);
LeydenValue *proxy_parse        (const char *text);
LeydenValue *proxy_events_of    (Fixture *fixture, const char *rollout);
void         proxy_assert_state (Fixture *fixture, const char *expected);
void         proxy_assert_event (Fixture *fixture, const char *rollout, guint http_status, const char *word, guint n_retries);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reply, proxy_reply_free)

G_END_DECLS
