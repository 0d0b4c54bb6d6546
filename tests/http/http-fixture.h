/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-http-server.h"

/* A server whose handlers run in a thread of their own, and raw sockets to it: what a test writes is what arrives. */
typedef struct
{
  LeydenHttpServer *server;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  guint16 port;
  char *folder;                 /* spool, removed at the end */
  int n_handled;                /* atomic: requests that reached a handler */
  int n_closed;                 /* atomic: streams whose client left */
  int n_read;                   /* atomic: bytes of bodies that reached a handler */
} HttpFixture;

#define HTTP_FIXTURE_KEY "right-key"

/* @configure (nullable) runs before the start. Routes: see http-fixture.c. */
void     http_fixture_start     (HttpFixture *self,
                                 void       (*configure) (LeydenHttpServer *server));
void     http_fixture_stop      (HttpFixture *self);
/* As above, with time for answers under way. */
void     http_fixture_stop_slowly (HttpFixture *self, guint grace_ms);

int      http_connect           (HttpFixture *self);
void     http_send              (int fd, const char *bytes, gssize length);
/* FALSE when the connection is gone. */
gboolean http_try_send          (int fd, const char *bytes, gsize length);
/* Reads until the peer closes, @n_max bytes came, or @timeout_ms of silence passed (then @timed_out is set). */
char    *http_read_all          (int fd, gsize n_max, guint timeout_ms, gboolean *timed_out);
/* One answer of a keep-alive connection: head and body by its Content-Length. NULL when the peer closed. */
char    *http_read_answer       (int fd);
guint    http_status            (const char *answer);
/* Sends @request with "Host" and key where "@@" stands, and reads to the end of the answer or the connection. */
char    *http_raw               (HttpFixture *self, const char *request);
char    *http_raw_bytes         (HttpFixture *self, const char *request, gsize length);
/* "GET path" with Host and key. */
char    *http_get               (HttpFixture *self, const char *path);
guint    http_count             (const char *text, const char *part);
/* Descriptors that this process has open. */
guint    http_count_descriptors (void);
/* Resident memory of this process in KiB. */
guint64  http_resident_kib      (void);
