/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

/* What an agl-server says, read with care: a row that cannot be is left out and counted, never the list. */

typedef struct
{
  char        *id;
  const char  *state;           /* interned: queuing, running, succeeded, failed */
  gboolean     is_train;
  char        *attempt;         /* last_attempt_id where it is text, else "0" */
  char        *error;           /* error_message, nullable */
  gint64       created_ns;      /* 0: unknown */
  gint64       updated_ns;
  char        *created;         /* the number as it was sent: what tells two rollouts of one id apart */
  LeydenValue *value;           /* the whole object */
  GPtrArray   *attempts;        /* (element-type utf8) of a detail; NULL in lists */
} LeydenAglRollout;
void leyden_agl_rollout_free (LeydenAglRollout *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenAglRollout, leyden_agl_rollout_free)

typedef struct
{
  GPtrArray *rollouts;          /* LeydenAglRollout */
  guint      n_skipped;
} LeydenAglList;
typedef struct
{
  GPtrArray *ids;               /* (element-type utf8) of what has ended and is still there */
  gint64     next_after;
  gint64     total;
} LeydenAglPage;
typedef struct
{
  char        *type;
  char        *attempt;
  gint64       time_ns;
  LeydenValue *data;            /* object */
} LeydenAglEvent;
typedef struct
{
  gboolean paused;
  gint64   retry_after_s;
  char    *reason;              /* nullable */
  gint64   inflight;
} LeydenAglProxyState;
void leyden_agl_list_free        (LeydenAglList *self);
void leyden_agl_page_free        (LeydenAglPage *self);
void leyden_agl_event_free       (LeydenAglEvent *self);
void leyden_agl_proxy_state_free (LeydenAglProxyState *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenAglList, leyden_agl_list_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenAglPage, leyden_agl_page_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenAglProxyState, leyden_agl_proxy_state_free)

/* NULL with LEYDEN_REMOTE_ERROR_PROTOCOL when it is not such an answer at all. All (transfer full); any thread. */
LeydenAglList       *leyden_agl_list_parse        (GBytes *body, GError **error);
LeydenAglPage       *leyden_agl_page_parse        (GBytes *body, gint64 after, GError **error);
LeydenAglRollout    *leyden_agl_detail_parse      (GBytes *body, GError **error);
/* (element-type LeydenAglEvent) */
GPtrArray           *leyden_agl_events_parse      (GBytes *body, GError **error);
LeydenAglProxyState *leyden_agl_proxy_state_parse (GBytes *body, GError **error);

/**
 * LeydenAglClient: asks an agl-server, one of Agent Lightning's or one that speaks as it does. It retries nothing by itself: who polls knows
 * better when to ask again. Belongs to the thread-default context of its making; large answers are read in a thread.
 *
 * Errors of all: LEYDEN_REMOTE_ERROR for what the server answered (its own words), LEYDEN_HTTP_ERROR for what happened on the way.
 */
#define LEYDEN_TYPE_AGL_CLIENT (leyden_agl_client_get_type ())
G_DECLARE_FINAL_TYPE (LeydenAglClient, leyden_agl_client, LEYDEN, AGL_CLIENT, GObject)

/* @base_uri: without path. @key, @fingerprint: nullable; see leyden_http_request_set_pin(). */
LeydenAglClient     *leyden_agl_client_new               (const char *base_uri, const char *key, const char *fingerprint);
/* How far the clock of the server is ahead of ours by its last answer, in ms (to a second); FALSE: not known. */
gboolean             leyden_agl_client_get_skew          (LeydenAglClient *self, gint64 *skew_ms);
/* Of the last answer, from the sending to its last byte. */
double               leyden_agl_client_get_latency_ms    (LeydenAglClient *self);
/* About how much of the server's time all requests so far took, in µs: the time in which one of ours was under way, and no more than its program
 * needs for so many of them and so many bytes, since ours may have waited behind those of others. */
gint64               leyden_agl_client_get_spent_us      (LeydenAglClient *self);
/* Those that are queuing or running, oldest first, at most @limit. */
void                 leyden_agl_client_list_async        (LeydenAglClient *self, guint limit, GCancellable *cancellable,
                                                          GAsyncReadyCallback callback, gpointer data);
LeydenAglList       *leyden_agl_client_list_finish       (LeydenAglClient *self, GAsyncResult *result, GError **error);
void                 leyden_agl_client_terminal_async    (LeydenAglClient *self, gint64 after, guint limit, GCancellable *cancellable,
                                                          GAsyncReadyCallback callback, gpointer data);
LeydenAglPage       *leyden_agl_client_terminal_finish   (LeydenAglClient *self, GAsyncResult *result, GError **error);
void                 leyden_agl_client_get_async         (LeydenAglClient *self, const char *rollout, GCancellable *cancellable,
                                                          GAsyncReadyCallback callback, gpointer data);
LeydenAglRollout    *leyden_agl_client_get_finish        (LeydenAglClient *self, GAsyncResult *result, GError **error);
/* Of its latest attempt. */
void                 leyden_agl_client_events_async      (LeydenAglClient *self, const char *rollout, GCancellable *cancellable,
                                                          GAsyncReadyCallback callback, gpointer data);
GPtrArray           *leyden_agl_client_events_finish     (LeydenAglClient *self, GAsyncResult *result, GError **error);
void                 leyden_agl_client_proxy_state_async (LeydenAglClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                                          gpointer data);
/* @reason: nullable. */
void                 leyden_agl_client_pause_async       (LeydenAglClient *self, gint64 retry_after_s, const char *reason,
                                                          GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
void                 leyden_agl_client_resume_async      (LeydenAglClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                                          gpointer data);
/* All three. */
LeydenAglProxyState *leyden_agl_client_proxy_state_finish (LeydenAglClient *self, GAsyncResult *result, GError **error);
/* @models: list of {"model", "endpoint", "version"}; NULL: forgets all that are registered. */
void                 leyden_agl_client_set_models_async  (LeydenAglClient *self, LeydenValue *models, GCancellable *cancellable,
                                                          GAsyncReadyCallback callback, gpointer data);
gboolean             leyden_agl_client_set_models_finish (LeydenAglClient *self, GAsyncResult *result, GError **error);

G_END_DECLS
