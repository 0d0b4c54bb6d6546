/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenRemoteError:
 * @LEYDEN_REMOTE_ERROR_AUTH: the backend refused our key (401)
 * @LEYDEN_REMOTE_ERROR_POLICY: refused by policy (403, 421)
 * @LEYDEN_REMOTE_ERROR_NOT_FOUND: no such thing (404)
 * @LEYDEN_REMOTE_ERROR_CONFLICT: not allowed in this state (409)
 * @LEYDEN_REMOTE_ERROR_INVALID: the request does not fit (400, 405, 411–415, 422, 431); the message is the backend's
 * @LEYDEN_REMOTE_ERROR_FULL: the backend's disk is full (507)
 * @LEYDEN_REMOTE_ERROR_UNAVAILABLE: not connected, connection lost, or another refusal; a retry may succeed
 * @LEYDEN_REMOTE_ERROR_PROTOCOL: the answer was not the JSON that we expect
 * @LEYDEN_REMOTE_ERROR_START: no backend could be started; the message holds what it said
 * @LEYDEN_REMOTE_ERROR_VERSION: a backend of another version runs; both are named
 * @LEYDEN_REMOTE_ERROR_CERTIFICATE: the certificate of a remote backend is not trusted here
 *
 * The message is one line, translated or the backend's own "detail", and fit to be shown.
 */
typedef enum
{
  LEYDEN_REMOTE_ERROR_AUTH,
  LEYDEN_REMOTE_ERROR_POLICY,
  LEYDEN_REMOTE_ERROR_NOT_FOUND,
  LEYDEN_REMOTE_ERROR_CONFLICT,
  LEYDEN_REMOTE_ERROR_INVALID,
  LEYDEN_REMOTE_ERROR_FULL,
  LEYDEN_REMOTE_ERROR_UNAVAILABLE,
  LEYDEN_REMOTE_ERROR_PROTOCOL,
  LEYDEN_REMOTE_ERROR_START,
  LEYDEN_REMOTE_ERROR_VERSION,
  LEYDEN_REMOTE_ERROR_CERTIFICATE,
} LeydenRemoteError;
#define LEYDEN_REMOTE_ERROR (leyden_remote_error_quark ())
GQuark leyden_remote_error_quark (void);

/**
 * LeydenBackendState:
 * @LEYDEN_BACKEND_OFFLINE: not asked to connect yet, or closed
 * @LEYDEN_BACKEND_CONNECTING: looking for a backend or starting one, for the first time
 * @LEYDEN_BACKEND_CONNECTED: requests go out
 * @LEYDEN_BACKEND_RECONNECTING: it was lost; tried again with backoff (0.1 s doubling to 5 s, with jitter)
 * @LEYDEN_BACKEND_FAILED: given up (a wrong key, another version, three starts in a row that failed at first, six later); connect_async tries again
 */
typedef enum
{
  LEYDEN_BACKEND_OFFLINE,
  LEYDEN_BACKEND_CONNECTING,
  LEYDEN_BACKEND_CONNECTED,
  LEYDEN_BACKEND_RECONNECTING,
  LEYDEN_BACKEND_FAILED,
} LeydenBackendState;
#define LEYDEN_TYPE_BACKEND_STATE (leyden_backend_state_get_type ())
GType leyden_backend_state_get_type (void) G_GNUC_CONST;

/**
 * LeydenBackend: a connection to a Leyden backend, local or remote: one code path. Belongs to the thread-default context of its
 * making; all callbacks come there.
 *
 * Properties: "state" (LeydenBackendState, notify), "local" (boolean, notify).
 * Signals:
 * "restarted" (LeydenValue *info): the backend had died and another process answers now (a local one was started by us
 *   or by another window); @info is its GET /leyden/v1/info, whose resumed_runs names the runs that go on by themselves;
 * "lost" (GError *error): a connection that was there is gone; reconnecting begins.
 */
#define LEYDEN_TYPE_BACKEND (leyden_backend_get_type ())
G_DECLARE_FINAL_TYPE (LeydenBackend, leyden_backend, LEYDEN, BACKEND, GObject)

/* The local backend: found through the rendezvous file, else started (`leydenctl serve --idle-exit 60 --ready-fd N`, own session). */
LeydenBackend      *leyden_backend_new_local       (void);
/* A given one; never started by us. @base_uri "http://127.0.0.1:8080", without path. */
LeydenBackend      *leyden_backend_new_for_uri     (const char *base_uri, const char *key);

/* Turns it to another backend: what was asked and followed of the one before ends as after leyden_backend_close(), and nothing is connected yet. @base_uri NULL:
 * the local one. @key "": none is sent. @fingerprint: of a certificate that is trusted though the system does not, nullable. */
void                leyden_backend_set_target      (LeydenBackend *self, const char *base_uri, const char *key, const char *fingerprint);

/* Settings of a local one, before connecting. All nullable. */
/* Database of a backend that we start (NULL: its default), and then the only one that counts as ours. */
void                leyden_backend_set_database    (LeydenBackend *self, const char *path);
/* Where `leydenctl` is (NULL: beside the running program, then the installed one). */
void                leyden_backend_set_program     (LeydenBackend *self, const char *path);
/* Folder of the rendezvous file (NULL: leyden_rendezvous_folder()). */
void                leyden_backend_set_folder      (LeydenBackend *self, const char *path);
/* Seconds after which a backend that we start ends when nobody needs it (default 60). */
void                leyden_backend_set_idle_exit   (LeydenBackend *self, guint seconds);
/* Fixed port (0: any) and key file (NULL: a random key), as the preferences say. */
void                leyden_backend_set_listen      (LeydenBackend *self, guint16 port, const char *key_file);

LeydenBackendState  leyden_backend_get_state       (LeydenBackend *self);
gboolean            leyden_backend_is_local        (LeydenBackend *self);
/* Whether the process that answers was started by this object. */
gboolean            leyden_backend_is_started_by_us (LeydenBackend *self);
/* "http://127.0.0.1:40123"; NULL before the first connection. */
const char         *leyden_backend_get_base_uri    (LeydenBackend *self);
/* GET /leyden/v1/info as of the last connection; NULL before. (transfer none) */
LeydenValue        *leyden_backend_get_info        (LeydenBackend *self);
/* What went wrong last, NULL when connected. */
const GError       *leyden_backend_get_error       (LeydenBackend *self);

/* Finds, starts or reaches the backend. Later losses are repaired by themselves until leyden_backend_close(). */
void                leyden_backend_connect_async   (LeydenBackend *self, GCancellable *cancellable,
                                                    GAsyncReadyCallback callback, gpointer data);
gboolean            leyden_backend_connect_finish  (LeydenBackend *self, GAsyncResult *result, GError **error);
/* Ends subscriptions and reconnecting; a local backend lives on by its own rules. May be called more than once. */
void                leyden_backend_close           (LeydenBackend *self);

/**
 * leyden_backend_request_async:
 * @method: "GET", "POST", …
 * @path: with query, "/leyden/v1/runs?limit=20"; parts made by leyden_backend_escape()
 * @body: (nullable): JSON
 *
 * Waits for a connection that is being made or repaired (up to 15 s), then sends. GET, PUT and DELETE, and a POST whose body
 * has a `client_id`, are sent again when the connection breaks; other POSTs are not.
 */
void                leyden_backend_request_async   (LeydenBackend *self, const char *method, const char *path, LeydenValue *body,
                                                    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* (transfer full): the answer's JSON; JSON null for an empty one. A status that is not 2xx is a LEYDEN_REMOTE_ERROR. */
LeydenValue        *leyden_backend_request_finish  (LeydenBackend *self, GAsyncResult *result, GError **error);
/* POST /leyden/v1/rollouts/import: the file of an exported rollout, streamed. Finish with leyden_backend_request_finish(). */
void                leyden_backend_import_rollout_async (LeydenBackend *self, GFile *file, GCancellable *cancellable,
                                                    GAsyncReadyCallback callback, gpointer data);
/* POST /leyden/v1/calls: one model call; @call: its body. As other requests, but waits as long as a model may take. Finish with
 * leyden_backend_request_finish(); to cancel gives the call up. */
void                leyden_backend_send_call_async (LeydenBackend *self, LeydenValue *call, GCancellable *cancellable,
                                                    GAsyncReadyCallback callback, gpointer data);
/* PUT /leyden/v1/approvals: lets this machine do what @permission (one of POST /leyden/v1/permissions) describes. Only for a local backend, whose
 * rendezvous file holds the key that this needs; POLICY otherwise. Finish with leyden_backend_request_finish(). */
void                leyden_backend_approve_async   (LeydenBackend *self, LeydenValue *permission, gboolean unsandboxed,
                                                    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* The answer's bytes, whatever they are (blobs). */
void                leyden_backend_fetch_async     (LeydenBackend *self, const char *path, GCancellable *cancellable,
                                                    GAsyncReadyCallback callback, gpointer data);
GBytes             *leyden_backend_fetch_finish    (LeydenBackend *self, GAsyncResult *result, GError **error);
/* PUT /leyden/v1/blobs/{sha256}: hashes in a thread, asks (HEAD) whether it is there, uploads when not. Gives the digest. */
void                leyden_backend_upload_file_async (LeydenBackend *self, GFile *file, GCancellable *cancellable,
                                                    GAsyncReadyCallback callback, gpointer data);
void                leyden_backend_upload_bytes_async (LeydenBackend *self, GBytes *bytes, GCancellable *cancellable,
                                                    GAsyncReadyCallback callback, gpointer data);
/* (transfer full): 64 hex digits; both forms. */
char               *leyden_backend_upload_finish   (LeydenBackend *self, GAsyncResult *result, GError **error);
/* POST /leyden/v1/shutdown; a local one only. CONFLICT while runs are active and @if_idle. Closes on success. */
void                leyden_backend_shutdown_async  (LeydenBackend *self, gboolean if_idle, GCancellable *cancellable,
                                                    GAsyncReadyCallback callback, gpointer data);
gboolean            leyden_backend_shutdown_finish (LeydenBackend *self, GAsyncResult *result, GError **error);
/* One part of a path or a query value, percent-encoded. (transfer full) */
char               *leyden_backend_escape          (const char *text);

/**
 * LeydenSubscription: one stream of server-sent events that outlives connections: after a loss it goes on behind the last event
 * that was delivered (Last-Event-ID), so nothing is missed and nothing comes twice. Signals: "ended" (): "end" came, or the server said
 * that there is nothing more (404); no more events.
 */
#define LEYDEN_TYPE_SUBSCRIPTION (leyden_subscription_get_type ())
G_DECLARE_FINAL_TYPE (LeydenSubscription, leyden_subscription, LEYDEN, SUBSCRIPTION, GObject)

/* @event: "record", "summary", "rollout", "delta", "run", "end"; @data: its JSON, borrowed; @id: "" for events without one. */
typedef void (*LeydenSubscriptionCallback) (LeydenSubscription *subscription, const char *event, LeydenValue *data,
                                            const char *id, gpointer user_data);
/* (transfer full): cancelled by leyden_subscription_cancel() or the last unref. @path like "/leyden/v1/runs/ID/events?deltas=1".
 * @after: position to begin behind (0: from the first). @destroy (nullable) frees @data when no callback comes any more. */
LeydenSubscription *leyden_backend_subscribe       (LeydenBackend *self, const char *path, guint64 after,
                                                    LeydenSubscriptionCallback callback, gpointer data, GDestroyNotify destroy);
void                leyden_subscription_cancel     (LeydenSubscription *self);
gboolean            leyden_subscription_is_ended   (LeydenSubscription *self);
/* Position of the last event that had one. */
guint64             leyden_subscription_get_position (LeydenSubscription *self);

G_END_DECLS
