/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenModelError:
 * @LEYDEN_MODEL_ERROR_ENDPOINT: no endpoint of that name, or none set
 * @LEYDEN_MODEL_ERROR_AUTH: 401, 403, or no key for it
 * @LEYDEN_MODEL_ERROR_REQUEST: 400, 404, 422: the request does not suit the server; not retried
 * @LEYDEN_MODEL_ERROR_RATE_LIMIT: 429 after all tries
 * @LEYDEN_MODEL_ERROR_QUOTA: insufficient_quota; not retried
 * @LEYDEN_MODEL_ERROR_UNAVAILABLE: 5xx, connection, breaker, time-out after all tries
 * @LEYDEN_MODEL_ERROR_PROTOCOL: the answer is not what the wire promises (first 200 characters quoted, escaped)
 * @LEYDEN_MODEL_ERROR_INCOMPLETE: the stream ended early; the partial text is in the error's message only
 */
typedef enum
{
  LEYDEN_MODEL_ERROR_ENDPOINT,
  LEYDEN_MODEL_ERROR_AUTH,
  LEYDEN_MODEL_ERROR_REQUEST,
  LEYDEN_MODEL_ERROR_RATE_LIMIT,
  LEYDEN_MODEL_ERROR_QUOTA,
  LEYDEN_MODEL_ERROR_UNAVAILABLE,
  LEYDEN_MODEL_ERROR_PROTOCOL,
  LEYDEN_MODEL_ERROR_INCOMPLETE,
} LeydenModelError;
#define LEYDEN_MODEL_ERROR (leyden_model_error_quark ())
GQuark leyden_model_error_quark (void);
/* What a trainer reads of a policy node's call that was refused: it goes with the error, and with its copies. */
void         leyden_model_error_set_capture (GError *error, LeydenValue *capture);
/* (transfer none) (nullable): also of an error of another domain. */
LeydenValue *leyden_model_error_get_capture (const GError *error);

/**
 * LeydenEndpoint: where models answer. JSON form (also the store's document "endpoint"):
 * {"name" ([a-z0-9-]{1,40}), "title", "base_uri" ("http://127.0.0.1:11434/v1"), "wire" ("openai" or "anthropic"), "secret" (name or null),
 *  "default_model", "concurrency" (0: 8), "timeout_s", "simulated" (boolean, read only)}
 * "simulated" is the built-in one: answered in process, no network; 32 calls at once when it keeps a real pace, any number when not.
 */
typedef struct
{
  char     *name;
  char     *title;
  char     *base_uri;           /* no trailing slash; NULL for the built-in simulation */
  char     *wire;
  char     *secret;             /* nullable */
  char     *default_model;      /* nullable */
  guint     concurrency;
  guint     timeout_s;
  gboolean  simulated;
} LeydenEndpoint;
LeydenEndpoint *leyden_endpoint_from_value (LeydenValue *value, GError **error);      /* refuses what A34 and G03 name */
LeydenValue    *leyden_endpoint_to_value   (const LeydenEndpoint *self);
LeydenEndpoint *leyden_endpoint_copy       (const LeydenEndpoint *self);
void            leyden_endpoint_free       (LeydenEndpoint *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenEndpoint, leyden_endpoint_free)
/* Whether a model may be asked at an address that a host name stands for: never link-local, multicast or unspecified. */
gboolean        leyden_endpoint_allows_address (GInetAddress *address);
/* leyden-endpoint.c says what is allowed. */
char           *leyden_endpoint_normalize_uri  (const char *text, gsize length, GError **error);

/* One call. */
typedef struct
{
  const char  *endpoint;        /* name */
  LeydenValue *body;            /* chat-completions request: model (null: the endpoint's default), messages, temperature, tools … without stream */
  guint64      world_seed;      /* sent to simulated endpoints only */
  guint64      sample;          /* "seed" in the request where the wire takes one */
  gboolean     stream;
  guint        timeout_s;       /* 0: the endpoint's */
  double       time_scale;      /* simulation: 0 at once, 1 really waits */
  const char  *rollout;         /* for the log and proxies, nullable */
  const char  *attempt;         /* of it, nullable */
  const char  *node;            /* node path, nullable: with the rollout it makes the trace context that the server is told */
  gboolean     policy;          /* of a node “trained by the cluster”: a proxy applies its rules */
  gboolean     train;           /* on a row that is trained on: which of the rules */
  /* Provisional text while it streams; main context. */
  void       (*delta)  (const char *text, gpointer data);
  /* The call waits ("rate-limit", "retry") for @ms. */
  void       (*waiting) (const char *reason, guint ms, gpointer data);
  gpointer     data;
} LeydenModelCall;

/**
 * LeydenModelTransport: sends a call and gives the answer as an object
 * {"message": {"role", "content", "tool_calls"?, "refusal"?}, "finish_reason", "usage": {"prompt_tokens", "completion_tokens"} (absent: unknown),
 *  "model", "endpoint", "latency_ms" (modelled when simulated),
 *  "first_token_ms" (of a streamed answer), "logprobs" ({"content": as the server told them; absent: it did not}), "cost" (number; absent: unknown), "currency", "simulated" (boolean),
 *  "error_kind"? ("not_simulated"), "flags"? (list: "usage_invalid", "invalid_utf8", …),
 *  "capture"? (of a policy node's call: what the trainer reads of it, the data of Agent Lightning's `model_request` event)}.
 */
#define LEYDEN_TYPE_MODEL_TRANSPORT (leyden_model_transport_get_type ())
G_DECLARE_INTERFACE (LeydenModelTransport, leyden_model_transport, LEYDEN, MODEL_TRANSPORT, GObject)
struct _LeydenModelTransportInterface
{
  GTypeInterface parent_iface;
  void         (*send_async)  (LeydenModelTransport *self, const LeydenModelCall *call, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  LeydenValue *(*send_finish) (LeydenModelTransport *self, GAsyncResult *result, GError **error);
};
/* @call is copied. */
void         leyden_model_transport_send_async  (LeydenModelTransport *self, const LeydenModelCall *call, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenValue *leyden_model_transport_send_finish (LeydenModelTransport *self, GAsyncResult *result, GError **error);

G_END_DECLS
