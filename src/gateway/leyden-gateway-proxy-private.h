/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-private.h"
#include "leyden-http-client.h"

G_BEGIN_DECLS

/* The proxy of Agent Lightning: an agent's calls of the model that is trained, with forced parameters, each recorded as an event.
 * Source of all rules: the wire of Agent Lightning 1.0.0; where it is weak, what is done instead is said at the place. */

#define LEYDEN_PROXY_MODEL "Qwen/Qwen2.5-7B-Instruct"
#define LEYDEN_PROXY_TRIES 6
#define LEYDEN_PROXY_INVALID "Upstream model server returned an invalid response"

/* What is forced upon requests. */
typedef struct
{
  char    *model;
  double   train_temperature;
  double   val_temperature;
  gboolean log_probs;
} LeydenProxyRules;

typedef struct _LeydenProxyLanes LeydenProxyLanes;
typedef void (*LeydenProxyKnown) (LeydenProxy *self, const GError *error, gpointer data);
typedef struct
{
  LeydenProxyKnown func;
  gpointer         data;
} LeydenProxyWaiting;

/* Reference-counted (g_rc_box): calls hold it. Main thread only. */
struct _LeydenProxy
{
  LeydenGateway    *gateway;            /* NULL after the stop */
  LeydenProxyRules  rules;
  LeydenProxyLanes *lanes;
  guint             timeout_ms;         /* of a try */
  guint             max_calls;

  /* As on disk. */
  gboolean          paused;
  gint64            retry_after_s;
  LeydenValue      *reason;             /* a string, or NULL */

  LeydenValue      *servers;            /* of the forced model, sorted by endpoint: [{"model", "endpoint", "version"}]; NULL: to be read */
  GArray           *waiting;            /* of LeydenProxyWaiting: who waits for them */
  guint             generation;         /* of the registry */
  gboolean          reading;

  guint             n_inflight;         /* past the pause check and not answered */
  GHashTable       *calls;              /* set of LeydenProxyCall */
};

/* leyden-gateway-proxy-rules.c: pure. */
/* The first 8 bytes of the SHA-256 of @rollout, as a big-endian number. */
guint64      leyden_proxy_hash           (const char *rollout);
/* The server of @servers (sorted, not empty) that all calls of @rollout go to. (transfer none) */
LeydenValue *leyden_proxy_choose         (LeydenValue *servers, const char *rollout);
/* @models in any order: those of @model, sorted by endpoint in code point order. (transfer full) */
LeydenValue *leyden_proxy_sort_servers   (LeydenValue *models, const char *model);
/* The body of a request: an object that can be sent on as it is; NULL otherwise. Empty is {}. (transfer full) */
LeydenValue *leyden_proxy_parse          (GBytes *body);
/* As the server's JSON: compact, numbers as Python writes them. (transfer full) */
GBytes      *leyden_proxy_write          (LeydenValue *value);
/* @body with the forced members: one that is there keeps its place, others follow. (transfer full) */
LeydenValue *leyden_proxy_force          (const LeydenProxyRules *rules, LeydenValue *body, gboolean train);
/* Whether `stream` counts as true, as Python sees it: false, null, 0, "" and what is empty do not. */
gboolean     leyden_proxy_is_truthy      (LeydenValue *value);
gboolean     leyden_proxy_retries_status (guint status);
/* Before try @n_tries + 1: 0.5 s doubled each time, times 0.75 to 1.25. @uniform lies in [0, 1). */
guint        leyden_proxy_pause_ms       (guint n_tries, double uniform);
/* {endpoint without slashes at its end}/{path}. (transfer full) */
char        *leyden_proxy_uri            (const char *endpoint, const char *path);
/* Data of a `model_request` event. @problem (nullable): why it counts as an error whatever the status. (transfer full) */
LeydenValue *leyden_proxy_event          (LeydenValue *server, LeydenValue *request, LeydenValue *response, double latency_ms,
                                          guint status, guint n_retries, const char *problem);

/* leyden-gateway-proxy-capture.c: the chunks of a stream as the one answer that they are pieces of. */
typedef struct _LeydenProxyCapture LeydenProxyCapture;
LeydenProxyCapture *leyden_proxy_capture_new      (void);
void                leyden_proxy_capture_free     (LeydenProxyCapture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenProxyCapture, leyden_proxy_capture_free)
/* One event's data. What is no object is skipped and makes the capture damaged. */
void                leyden_proxy_capture_push     (LeydenProxyCapture *self, const char *data, gsize length);
/* Nothing was skipped, no chunk said "error", and every choice has its finish_reason. */
gboolean            leyden_proxy_capture_is_whole (LeydenProxyCapture *self);
/* (transfer full) */
LeydenValue        *leyden_proxy_capture_to_value (LeydenProxyCapture *self);

/* leyden-gateway-proxy-lane.c: the threads that speak with upstreams. */
/* @bytes: the body; NULL with @error, or when events were read. In the context that lanes were made in. */
typedef void (*LeydenProxySent) (GBytes *bytes, const GError *error, gpointer data);
LeydenProxyLanes *leyden_proxy_lanes_new  (void);
/* Nothing may be on its way any more. Joins the threads. */
void              leyden_proxy_lanes_free (LeydenProxyLanes *self);
/* @event_cb (nullable): an event stream is read; it is called in a lane's thread, for @data, always before @sent_cb. @cancellable
 * (nullable): ends this request; those without one end with leyden_proxy_lanes_cancel() alone. */
void              leyden_proxy_lanes_send (LeydenProxyLanes *self, const char *uri, LeydenHttpRequest *request, GCancellable *cancellable,
                                           LeydenSseCallback event_cb, LeydenProxySent sent_cb, gpointer data);
/* What is on its way ends as cancelled; what has a cancellable of its own may need that too. */
void              leyden_proxy_lanes_cancel (LeydenProxyLanes *self);

/* leyden-gateway-proxy-call.c: one call through its tries. */
typedef struct _LeydenProxyCall LeydenProxyCall;
/* Asks @server for @exchange, which is answered whatever comes. @body: forced. @key: of the server, nullable. */
void         leyden_proxy_call_start     (LeydenProxy *proxy, LeydenHttpExchange *exchange, LeydenValue *server, LeydenValue *body,
                                          gboolean streams, const char *key);
/* How a call of our own engine ended. @response NULL: no upstream answered; @status and @detail say what a client would have heard.
 * @event: data of the `model_request` that a trainer reads of it, NULL when there is none. All borrowed. */
typedef void (*LeydenProxyDone) (guint status, LeydenValue *response, LeydenValue *event, const char *detail, gpointer data);
/* The same for a node of a flow that runs in this process: nobody is answered and nothing is stored, @done gets it all. Nothing is waited
 * for when @cancellable is cancelled: the request ends, the call gives its place back, and @done hears of it later.
 * The proxy does not cancel it. */
void         leyden_proxy_call_start_inside (LeydenProxy *proxy, const char *rollout, LeydenValue *server, LeydenValue *body,
                                             GCancellable *cancellable, LeydenProxyDone done, gpointer data);
/* The program ends. */
void         leyden_proxy_call_stop      (LeydenProxyCall *self);

/* leyden-gateway-proxy-pause.c */
void         leyden_proxy_respond_paused (LeydenProxy *self, LeydenHttpExchange *exchange);

/* leyden-gateway-proxy.c */
/* Calls @func, once the servers of the forced model are known: at once, or when they are read. @error (nullable): they could not be. */
void         leyden_proxy_when_known     (LeydenProxy *self, LeydenProxyKnown func, gpointer data);
/* 503 with Retry-After: what agents and the trainer try again. */
void         leyden_proxy_respond_busy   (LeydenHttpExchange *exchange, const char *detail);

G_END_DECLS
