/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A load of HTTP requests over real sockets: every connection asks again as soon as it was answered. */

/* Writes a whole request, the @n-th of all; nothing: the connection asks no more. */
typedef void (*LeydenLoadMake) (GString *out, guint connection, guint64 n, gpointer data);
/* What came of it. @status 0: the connection ended, or no answer came in time. @body only with keep_bodies. */
typedef void (*LeydenLoadAnswered) (guint connection, guint64 n, guint status, const GString *body, gpointer data);

typedef struct
{
  guint16        port;                  /* on 127.0.0.1 */
  guint          n_connections;         /* opened at once */
  double         seconds;               /* no request begins later; 0: no limit */
  guint64        n_requests;            /* nor beyond so many; 0: no limit */
  guint          n_running;             /* of the connections ask, the others are only open; 0: all */
  guint          n_slow;                /* of the others send a head that never ends, byte by byte */
  LeydenLoadMake make;
  LeydenLoadAnswered answered;          /* nullable */
  gboolean       keep_bodies;
  gpointer       data;
} LeydenLoad;

typedef struct
{
  guint64 n_answers;
  guint64 n_refused;                    /* of them with a status of 300 and more */
  guint64 n_broken;                     /* requests whose connection ended, or that were not answered in time */
  guint   refused_status;               /* the first */
  guint   n_lost;                       /* connections that were only open, and ended */
  double  seconds;                      /* from the first connect to the last answer */
  double  p50_ms;                       /* from the sending (the first: from the connect) to the whole answer */
  double  p99_ms;
} LeydenLoadResult;

/* Blocks. Errors: the sockets cannot be made. */
gboolean leyden_load_run      (const LeydenLoad *load, LeydenLoadResult *out, GError **error);
/* METHOD /path with @body (NULL: none) and @key (NULL: none). */
void     leyden_load_write    (GString *out, guint16 port, const char *key, const char *method, const char *path, const char *body, gsize length);
/* One request and its answer: status, and the body in @answer (nullable). 0: no answer. */
guint    leyden_load_ask      (guint16 port, const GString *request, GString *answer);

G_END_DECLS
