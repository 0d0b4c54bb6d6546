/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* An HTTP server for tests of clients that does what no server should. It answers each path from a script: the first
 * request gets the first step, the next one the next; the last step repeats. A path without a script gets 404. It runs in
 * threads of its own, so that the test may block or turn its loop as it likes. */
typedef struct _MisbehavingServer MisbehavingServer;

typedef enum
{
  MISBEHAVE_KEEP,               /* waits for the next request */
  MISBEHAVE_CLOSE,
  MISBEHAVE_RESET,              /* RST instead of FIN */
  MISBEHAVE_HANG,               /* says nothing more and keeps the connection open until the server is freed */
} MisbehavingEnd;

/* Writes what it likes; FALSE from a write means that the client left or the server stops. */
typedef void (*MisbehavingFunc) (GOutputStream *out, GCancellable *stopped, gpointer data);

MisbehavingServer *misbehaving_server_new         (void);
/* With a certificate and its key, both in PEM. */
MisbehavingServer *misbehaving_server_new_tls     (const char *pem_file, GError **error);
void               misbehaving_server_free        (MisbehavingServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MisbehavingServer, misbehaving_server_free)
guint16            misbehaving_server_get_port    (MisbehavingServer *self);
/* "http://127.0.0.1:PORT" + @path */
char              *misbehaving_server_dup_uri     (MisbehavingServer *self, const char *path);

/* Exactly these bytes, head and all. @length -1: up to the NUL. @piece: bytes a write (0: all at once) with @pause_ms
 * before each. @path is compared without the query. */
void               misbehaving_server_add_raw     (MisbehavingServer *self, const char *path, const char *bytes, gssize length,
                                                   guint piece, guint pause_ms, MisbehavingEnd end);
/* A correct answer. @headers (nullable): "Name: value\r\n…" besides Content-Length. */
void               misbehaving_server_add_answer  (MisbehavingServer *self, const char *path, guint status, const char *headers,
                                                   const char *body);
void               misbehaving_server_add_func    (MisbehavingServer *self, const char *path, MisbehavingFunc func,
                                                   gpointer data);

/* What was asked, in order of arrival: head and body. NULL beyond the last. */
char              *misbehaving_server_dup_request (MisbehavingServer *self, guint n);
guint              misbehaving_server_get_n_requests (MisbehavingServer *self);
/* Most connections that were open at once. */
guint              misbehaving_server_get_max_connections (MisbehavingServer *self);
