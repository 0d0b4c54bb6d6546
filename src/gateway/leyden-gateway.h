/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

/* How a backend is started. Plain; copied. */
typedef struct
{
  const char         *address;          /* NULL: "127.0.0.1" */
  guint16             port;             /* 0: any free one */
  const char         *database;         /* NULL: $XDG_DATA_HOME/leyden/leyden.db */
  const char         *key_file;         /* NULL: a random key */
  const char         *secrets_file;     /* nullable */
  const char         *rendezvous_folder;/* NULL: leyden_rendezvous_folder() */
  const char * const *hosts;            /* further Hosts that are answered, NULL-terminated, nullable */
  guint               idle_exit_s;      /* 0: never ends by itself */
  gboolean            relaxed;          /* acknowledges before the sync */
  gboolean            use_keyring;
  gboolean            rerun_unsafe;     /* resumed runs do again what is in doubt */
  const char         *proxy_model;      /* that the proxy puts into agents' calls; NULL: the one of Agent Lightning */
  const double       *train_temperature;/* NULL: 1 */
  const double       *val_temperature;  /* NULL: 0.7 */
  guint               proxy_timeout_ms; /* of one try; 0: 300 s */
  guint               proxy_max_calls;  /* under way at once; 0: 16 384 */
  gboolean            lease_requeue;    /* rollouts whose worker did not come back are queued again; else they fail */
  guint               lease_attempts;   /* and fail after so many; 0: 3 */
  const char         *tls_cert;         /* PEM files: certificate with its chain; NULL: no TLS */
  const char         *tls_key;
  const char         *client_ca;        /* authorities of the certificates that clients must have; nullable */
  guint               rate_requests;    /* that a key may make in rate_seconds; 0: as many as it likes */
  guint               rate_seconds;
  guint               address_rate_requests;    /* the same of an address, all keys together */
  guint               address_rate_seconds;
  const char         *mask_rules;       /* file with rules of masking; NULL: those of the store */
  gboolean            insecure;         /* any address, without TLS */
  const char         *trace_endpoint;   /* http or https address of an OTLP collector; NULL: no traces are exported */
  const char         *trace_headers_file; /* "Name: value" a line, for it; nullable */
  const char         *trace_service;    /* service.name; NULL: "leyden" */
  const char         *log_requests;     /* which requests are logged: "none", "errors" (answered with 500 and more), "all"; NULL: "errors" */
  const guint        *min_free_mib;     /* less room on the disk: not ready; NULL: 64 */
  guint               backup_every_s;   /* a backup of the database so often; 0: only on request */
  const char         *backup_folder;    /* NULL: DATABASE-backups */
  guint               backup_keep;      /* how many of them; 0: 7 */
  guint               retain_days;      /* what ended so long ago is removed; 0: nothing for its age */
  guint64             retain_bytes;     /* the oldest goes until the database is no larger; 0: no limit */
} LeydenGatewayOptions;

/**
 * LeydenGateway: the backend: HTTP server, routes, engine, store, models. Belongs to the thread-default context of its making.
 *
 * Signal "ended" (): it wants to end: idle for too long, or POST /leyden/v1/shutdown. The owner then calls leyden_gateway_stop().
 */
#define LEYDEN_TYPE_GATEWAY (leyden_gateway_get_type ())
G_DECLARE_FINAL_TYPE (LeydenGateway, leyden_gateway, LEYDEN, GATEWAY, GObject)

/* Opens the database (which locks it), listens, writes the rendezvous file, goes on with unfinished runs. Errors: LEYDEN_STORE_ERROR,
 * LEYDEN_GATEWAY_ERROR, LEYDEN_SECRETS_ERROR. */
void           leyden_gateway_start_async    (const LeydenGatewayOptions *options, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer data);
LeydenGateway *leyden_gateway_start_finish   (GAsyncResult *result, GError **error);
guint16        leyden_gateway_get_port       (LeydenGateway *self);
const char    *leyden_gateway_get_key        (LeydenGateway *self);
/* What GET /leyden/v1/info says. (transfer full) */
LeydenValue   *leyden_gateway_dup_info       (LeydenGateway *self);
guint          leyden_gateway_get_n_active_runs (LeydenGateway *self);
/* From here on it is not ready (/readyz), and answers what is new with 503; what is under way goes on. Then it is drained when every request
 * and every call through the proxy is answered; the owner turns the loop meanwhile, and calls leyden_gateway_stop() then or before. */
void           leyden_gateway_begin_drain    (LeydenGateway *self);
gboolean       leyden_gateway_is_drained     (LeydenGateway *self);
/* Ends cleanly: no more requests, what is acknowledged is synced, the rendezvous file is gone. Unfinished runs go on at the next start.
 * Blocks shortly; once. */
void           leyden_gateway_stop           (LeydenGateway *self);
/* $XDG_DATA_HOME/leyden/leyden.db. (transfer full) */
char          *leyden_gateway_default_database (void);
/* Key of a key file: its first line, 8 to 512 visible ASCII characters. @warning (out, transfer full): others may read the file, or the
 * key has fewer than 16. @warning starts as NULL. */
char          *leyden_gateway_read_key_file  (const char *path, char **warning, GError **error);

G_END_DECLS
