/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli-helpers.h"

G_BEGIN_DECLS

/* A request as its bytes: no client stands between. */
typedef struct
{
  Sandbox sandbox;
  char   *database;
  Server *server;
} Agl;

void agl_set_up    (Agl *self, gconstpointer data);
void agl_tear_down (Agl *self, gconstpointer data);
/* Ends the server by @signal and starts it again over the same database. */
void agl_restart   (Agl *self, int signal);

/* (transfer full): the body of the answer with every time replaced by 0. @headers: further lines, each with CR LF; nullable. @body NULL:
 * none. */
char *agl_send     (Agl *self, const char *method, const char *path, const char *headers, const char *body, gssize length, guint *status);
/* The same with a JSON type and the key. */
char *agl_ask      (Agl *self, const char *method, const char *path, const char *body, guint *status);
/* The whole answer of a request with the key. */
char *agl_raw      (Agl *self, const char *method, const char *path, const char *headers, const char *body);
/* Asks and compares. @expected NULL: not looked at; beginning with "…": what the answer holds. */
void  agl_expect   (Agl *self, const char *method, const char *path, const char *body, guint status, const char *expected);

/* A line of a table. */
typedef struct
{
  const char *method;
  const char *path;
  const char *body;
  guint       status;
  const char *expected;
} AglCase;
void  agl_run      (Agl *self, const AglCase *cases, gsize n);
/* A queuing rollout's JSON. */
#define AGL_STATUS(state, job, attempt, error, version) \
  "\"status\":{\"state\":\"" state "\",\"k8s_job_name\":" job ",\"last_attempt_id\":" attempt ",\"error_message\":" error \
  ",\"version\":" version ",\"created_at\":0,\"updated_at\":0}"
#define AGL_PLAIN "\"is_train\":true,\"config\":{\"timeout_seconds\":3600,\"local\":null,\"k8s\":null}," \
  "\"metadata\":{\"batch_idx\":null,\"sample_idx_in_batch\":null},"
#define AGL_ROLLOUT(id, input, status) "{\"rollout_id\":\"" id "\",\"input\":" input "," AGL_PLAIN status "}"
#define AGL_NEW(id, input) AGL_ROLLOUT (id, input, AGL_STATUS ("queuing", "null", "null", "null", "1"))

G_END_DECLS
