/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-http-deadlines.h"
#include "leyden-http-guard.h"
#include "leyden-http-mailbox.h"
#include "leyden-http-router.h"
#include "leyden-http-server.h"
#include "leyden-http-spool.h"
#include "leyden-http-target.h"

#include <microhttpd.h>

G_BEGIN_DECLS

/* Who lives in which thread
 *
 *   any thread                server thread (LeydenHttpDaemon)             the handlers' context
 *   ----------                --------------------------------             ---------------------
 *                             head -> guard -> route -> body
 *                             suspends the connection  -- exchange ---->   handler (exchange, …)
 *   respond_* --- exchange -> resumes it, queues the answer
 *   stream_write -- stream -> resumes it, reader takes bytes
 *                             client gone              -- stream ----->    closed callback
 *
 * An exchange or stream has two counts: references of users (the handler's side), whose end answers or closes what is left
 * open, and references in all, whose end frees the memory. */

typedef struct _LeydenHttpCore LeydenHttpCore;
typedef struct _LeydenHttpDaemon LeydenHttpDaemon;
typedef struct _LeydenHttpConnection LeydenHttpConnection;

#define LEYDEN_HTTP_BODY_BUDGET ((gsize) 256 * 1024 * 1024)     /* of bodies in memory, all connections together */
#define LEYDEN_HTTP_STREAM_MAX_PENDING ((gsize) 8 * 1024 * 1024)

/* What outlives the server object: settings (read-only after start) and the mailboxes. */
struct _LeydenHttpCore
{
  gatomicrefcount refs;
  guint header_ms, body_ms, idle_ms, heartbeat_ms;
  guint max_connections;
  LeydenHttpAuthorize authorize;
  gpointer authorize_data;
  GDestroyNotify authorize_destroy;
  LeydenHttpObserver observer;
  gpointer observer_data;
  GDestroyNotify observer_destroy;
  char *spool_folder;
  char *certificate_pem;                /* NULL: no TLS */
  char *key_pem;
  char *client_ca_pem;                  /* NULL: no certificate of a client is asked for */
  GHashTable *hosts;                    /* (element-type utf8): allowed, lower case, without port */
  LeydenHttpRouter *router;
  GMainContext *handlers_context;
  LeydenHttpMailbox *to_handlers;
  LeydenHttpMailbox *to_server;
  int n_connections;                    /* atomic */
  int n_handling;                       /* atomic: requests with their handlers */
  gsize body_bytes;                     /* atomic: of bodies in memory */
  int stopped;                          /* atomic: no handler runs any more */
};

LeydenHttpCore *leyden_http_core_new   (void);
LeydenHttpCore *leyden_http_core_ref   (LeydenHttpCore *self);
void            leyden_http_core_unref (LeydenHttpCore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenHttpCore, leyden_http_core_unref)

/* The answer of an exchange. */
typedef struct
{
  guint status;                         /* 0: none yet */
  GPtrArray *headers;                   /* (element-type utf8): name, value, … */
  GBytes *body;
  int fd;                               /* -1, or a file to send */
  guint64 fd_length;
  LeydenHttpStream *stream;
  gboolean close;                       /* the connection ends with it */
} LeydenHttpAnswer;

typedef enum
{
  LEYDEN_HTTP_PHASE_HEAD,               /* target known, headers arriving */
  LEYDEN_HTTP_PHASE_BODY,
  LEYDEN_HTTP_PHASE_HANDLING,           /* with the handler; the connection is suspended */
  LEYDEN_HTTP_PHASE_ANSWERING,
} LeydenHttpPhase;

struct _LeydenHttpExchange
{
  gatomicrefcount refs;
  LeydenHttpCore *core;

  /* Written by the server thread before the dispatch, read-only after. */
  char *method;
  LeydenHttpTarget *target;
  GPtrArray *fields;                    /* (element-type utf8): name, value, … */
  LeydenHttpMatch match;
  GByteArray *arriving;
  GBytes *body;
  LeydenHttpSpool *spool;
  gsize body_charge;
  char peer[46];                        /* INET6_ADDRSTRLEN */
  gint64 started_us;
  gboolean counted;                     /* among those with their handlers */
  int hung_up;                          /* atomic */
  gpointer principal;
  GDestroyNotify principal_destroy;
  char *refusal;                        /* nullable */
  guint retry_after_s;
  guint delay_ms;                       /* of a 401 */

  /* Server thread only. */
  LeydenHttpConnection *connection;     /* NULL: gone */
  LeydenHttpPhase phase;
  char *raw_target;
  guint64 received;

  GMutex lock;                          /* below */
  guint n_users;
  LeydenHttpAnswer answer;
};

LeydenHttpExchange *leyden_http_exchange_new         (LeydenHttpCore *core, const char *raw_target);
void                leyden_http_exchange_hold        (LeydenHttpExchange *self);
void                leyden_http_exchange_release     (LeydenHttpExchange *self);
/* Hands a finished request to its handler; FALSE when the handlers are gone. */
gboolean            leyden_http_exchange_dispatch    (LeydenHttpExchange *self);
gboolean            leyden_http_exchange_is_answered (LeydenHttpExchange *self);
/* {"detail": @detail} in at most 500 characters. */
GBytes             *leyden_http_error_body           (const char *detail);

LeydenHttpStream   *leyden_http_stream_new           (LeydenHttpCore *core, gboolean events);
void                leyden_http_stream_hold          (LeydenHttpStream *self);
void                leyden_http_stream_release       (LeydenHttpStream *self);
/* Nothing more goes out: the client is gone, or the server stops at once; tells the user. Any thread. */
void                leyden_http_stream_cut           (LeydenHttpStream *self);

/* The rest: server thread. Bytes for the client (up to @max), or one of the three below. */
gssize              leyden_http_stream_read          (LeydenHttpStream *self, char *buffer, gsize max);
#define LEYDEN_HTTP_STREAM_WAIT 0
#define LEYDEN_HTTP_STREAM_END (-1)
#define LEYDEN_HTTP_STREAM_CUT (-2)
void                leyden_http_stream_attach        (LeydenHttpStream *self, LeydenHttpConnection *connection);
gboolean            leyden_http_stream_is_attached   (LeydenHttpStream *self);
/* The server stops: what waits still goes out, then the end; tells the user. */
void                leyden_http_stream_wind_up       (LeydenHttpStream *self);
/* Queues the heartbeat comment when nothing waits and no event is half written; TRUE when it did. */
gboolean            leyden_http_stream_beat          (LeydenHttpStream *self);
gboolean            leyden_http_stream_has_events    (LeydenHttpStream *self);

/* Server thread: the exchange was answered, or its stream has news. */
void                leyden_http_connection_wake      (LeydenHttpConnection *self);

/* The thread with libmicrohttpd. All but the core belongs to it. */
struct _LeydenHttpDaemon
{
  LeydenHttpCore *core;
  struct MHD_Daemon *mhd;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  GSource *source;
  int hangup_fd;                        /* epoll: clients that leave */
  GQueue connections;                   /* (element-type LeydenHttpConnection), by their links */
  GQueue leaving;                       /* half-closed with bytes left to read, by their leaving links */
  GQueue parking;                       /* those to be suspended after the run, by their parking links */
  gint64 armed_us;                      /* ready time of the source */
  LeydenHttpDeadlines header;
  LeydenHttpDeadlines body;
  LeydenHttpDeadlines idle;
  LeydenHttpDeadlines heartbeat;
  GQueue held;                          /* wrong keys that wait for their answer, by their links */
  guint n_refusals;
  gint64 refusals_since_us;
  gboolean stopping;
  gboolean stopped;                     /* all are told to leave at once */
  guint grace_ms;
  gint64 stop_at_us;
  int done;                             /* atomic */
};

LeydenHttpDaemon   *leyden_http_daemon_new           (LeydenHttpCore *core, int listen_fd, GError **error);
void                leyden_http_daemon_stop          (LeydenHttpDaemon *self, guint grace_ms);
/* Answers @exchange with 401 after its delay; FALSE: too many wait. */
gboolean            leyden_http_daemon_hold          (LeydenHttpDaemon *self, LeydenHttpExchange *exchange);
void                leyden_http_daemon_end_streams   (LeydenHttpDaemon *self, LeydenHttpPrincipalMatch match, gpointer data,
                                                      GDestroyNotify destroy);
/* Looks at the half-closed connections; TRUE: look again soon. */
gboolean            leyden_http_daemon_settle_leaving (LeydenHttpDaemon *self);

/* A connection, in the server thread. */
struct _LeydenHttpConnection
{
  LeydenHttpDaemon *daemon;
  struct MHD_Connection *mhd;
  int fd;
  char peer[46];
  LeydenHttpExchange *exchange;         /* under way, or NULL */
  gboolean suspended;
  gboolean peer_closed;                 /* it sends no more, but may still read */
  GList leaving_link;                   /* among those that sent no more before their request was whole */
  guint n_empty_turns;                  /* in which it left nothing to read and began no request */
  gboolean leaving;
  gboolean parking;                     /* to be suspended after this run of the library */
  GList parking_link;
  gboolean line_seen;                   /* of a request that is not answered yet */
  gboolean is_idle;                     /* between requests */
  LeydenHttpDeadline deadline;
  LeydenHttpDeadline heartbeat;
  GList link;
};

enum MHD_Result     leyden_http_intake_cb            (void *data, struct MHD_Connection *mhd, const char *url,
                                                      const char *method, const char *version,
                                                      const char *upload, size_t *upload_size, void **request);
enum MHD_Result     leyden_http_connection_answer    (LeydenHttpConnection *self);
/* Makes the answer of a wrong or missing key, without sending it. */
void                leyden_http_connection_prepare_unknown (LeydenHttpConnection *self);
/* Suspends after this run of the library. Inside its callback the library would remember the connection as one to read
 * from, read first when it is resumed, and take a client that half-closed after its request for one that left. */
void                leyden_http_connection_park      (LeydenHttpConnection *self);
void                leyden_http_connection_unpark    (LeydenHttpConnection *self);
/* Suspends now: only for streams, where the library is about to write. */
void                leyden_http_connection_suspend   (LeydenHttpConnection *self);
void                leyden_http_connection_start_body (LeydenHttpConnection *self);
void                leyden_http_connection_stop_clock (LeydenHttpConnection *self);
/* What the second epoll says. */
void                leyden_http_connection_handle_hangup (LeydenHttpConnection *self, guint32 events);
/* Callbacks for the library: a connection begins and ends, a request line is complete, a request is over. */
void                leyden_http_connection_notify_cb (void *data, struct MHD_Connection *mhd, void **socket_context,
                                                      enum MHD_ConnectionNotificationCode code);
/* leyden-http-tls.c: before the handshake. */
void                leyden_http_tls_demand_certificate (struct MHD_Connection *mhd);
void               *leyden_http_connection_request_line_cb (void *data, const char *target, struct MHD_Connection *mhd);
void                leyden_http_connection_request_done_cb (void *data, struct MHD_Connection *mhd, void **request,
                                                            enum MHD_RequestTerminationCode code);
/* A stream begins. */
void                leyden_http_connection_begin_stream (LeydenHttpConnection *self);
/* Writes a whole refusal past the library, for moments when it takes no answer (a body half read); the caller closes. */
void                leyden_http_connection_refuse_raw (LeydenHttpConnection *self, guint status, const char *detail);
LeydenHttpCore     *leyden_http_connection_get_core  (LeydenHttpConnection *self);
gboolean            leyden_http_connection_is_stopping (LeydenHttpConnection *self);
/* The grace is over. */
gboolean            leyden_http_connection_is_stopped (LeydenHttpConnection *self);
/* Whether a wrong key may still be told so, or too many came lately. */
gboolean            leyden_http_connection_spend_refusal (LeydenHttpConnection *self);

G_END_DECLS
