/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-http-client.h"
#include "leyden-model.h"
#include "leyden-prices.h"
#include "leyden-secrets.h"

G_BEGIN_DECLS

/* The endpoints and the direct transport (implements LeydenModelTransport). Holds "simulated" from the start. */
#define LEYDEN_TYPE_MODELS (leyden_models_get_type ())
G_DECLARE_FINAL_TYPE (LeydenModels, leyden_models, LEYDEN, MODELS, GObject)

LeydenModels         *leyden_models_new              (LeydenSecrets *secrets);
/* Adds or replaces; declares the endpoint's origin to the secrets. "simulated" cannot be replaced. */
gboolean              leyden_models_set_endpoint     (LeydenModels *self, const LeydenEndpoint *endpoint, GError **error);
gboolean              leyden_models_remove_endpoint  (LeydenModels *self, const char *name);
const LeydenEndpoint *leyden_models_get_endpoint     (LeydenModels *self, const char *name);
/* Names, sorted, "simulated" first. (transfer container) */
GPtrArray            *leyden_models_list_endpoints   (LeydenModels *self);
/* Servers that it has connected to, as leyden_http_client_list_origins() has them. (transfer full) */
LeydenValue          *leyden_models_list_origins     (LeydenModels *self);
/* What a null model parameter means; default "simulated". @model nullable. */
void                  leyden_models_set_default      (LeydenModels *self, const char *endpoint, const char *model);
const char           *leyden_models_get_default_endpoint (LeydenModels *self);
const char           *leyden_models_get_default_model (LeydenModels *self);
/* What calls over the network cost. (transfer none) */
LeydenPrices         *leyden_models_get_prices       (LeydenModels *self);
/* Where its keys come from. (transfer none) */
LeydenSecrets        *leyden_models_get_secrets      (LeydenModels *self);
/* GET /models of an endpoint: list of {"id", "purpose": what a server of ours says it is for, "answers" of questions or something else}. */
void                  leyden_models_list_models_async (LeydenModels *self, const char *endpoint, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenValue          *leyden_models_list_models_finish (LeydenModels *self, GAsyncResult *result, GError **error);
/* "Find models on this computer": asks the usual loopback ports (Ollama 11434, llama.cpp 8080, LM Studio 1234, vLLM 8000, …), 1 s each, at once.
 * List of {"endpoint": {…}, "models": [ids]}. Only on request. */
void                  leyden_models_probe_async      (LeydenModels *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenValue          *leyden_models_probe_finish     (LeydenModels *self, GAsyncResult *result, GError **error);
/* What a call of @call is on its way, without sending it: {"wire", "uri" (null: the built-in simulation has none), "headers": {name: text},
 * "key": {"header", "prefix", "variable": by which other programs know it}, "body"}. No key. NULL: there is no such endpoint. (transfer full) */
LeydenValue          *leyden_models_describe_call    (LeydenModels *self, const LeydenModelCall *call, GError **error);

/**
 * leyden_models_preflight_async:
 * @endpoint: whom to ask; need not be one of ours
 * @model: (nullable): its default one
 * @key: (nullable): instead of the endpoint's secret
 *
 * Whether a trainer can learn from what @endpoint answers: asks it one short question, with token ids and log-probabilities wanted; where
 * that is refused, once more without. Never fails: what is wrong is the verdict.
 */
void                  leyden_models_preflight_async  (LeydenModels *self, const LeydenEndpoint *endpoint, const char *model, const char *key,
                                                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* {"endpoint", "base_uri", "model", "verdict": "ready", "no-log-probs" (it can be trained; the trainer works them out), "no-token-ids" (nothing can be
 * trained), "refused" or "unreachable", "token_ids", "prompt_token_ids", "log_probs", "n_tokens", "n_log_probs", "status", "latency_ms", "detail"}.
 * (transfer full) */
LeydenValue          *leyden_models_preflight_finish (LeydenModels *self, GAsyncResult *result, GError **error);

G_END_DECLS
