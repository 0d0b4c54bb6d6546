/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-models.h"
#include "leyden-openai-wire.h"

G_BEGIN_DECLS

/* To one server at once; well below the 1024 descriptors that a process usually has. */
#define LEYDEN_MODEL_MAX_CONNECTIONS 256

/* An endpoint and what is known of it; lives on while calls hold it. */
typedef struct
{
  LeydenEndpoint     *endpoint;
  LeydenOpenaiQuirks  quirks;
  guint               n_active;
  GQueue              waiting;          /* (element-type LeydenModelTicket) */
} LeydenModelSlot;

/* One place in the queue of an endpoint. @start is called when it is its turn, at once or later. */
typedef struct
{
  LeydenModelSlot *slot;
  void           (*start) (gpointer data);
  gpointer         data;
  gboolean         active;
} LeydenModelTicket;

LeydenModelSlot   *leyden_model_slot_new      (LeydenEndpoint     *endpoint);
LeydenModelSlot   *leyden_model_slot_ref      (LeydenModelSlot    *self);
void               leyden_model_slot_unref    (LeydenModelSlot    *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenModelSlot, leyden_model_slot_unref)
void               leyden_model_ticket_enter  (LeydenModelTicket  *self,
                                               LeydenModelSlot    *slot,
                                               void              (*start) (gpointer data),
                                               gpointer            data);
/* Gives the place back, or leaves the queue; starts the next one. May be called twice. */
void               leyden_model_ticket_leave  (LeydenModelTicket  *self);

/* An owned copy of a call. */
typedef struct
{
  LeydenModelCall  call;
  char            *endpoint;
  char            *rollout;
  char            *attempt;
  char            *node;
} LeydenModelCallCopy;
void               leyden_model_call_copy     (LeydenModelCallCopy   *self,
                                               const LeydenModelCall *call);
void               leyden_model_call_clear    (LeydenModelCallCopy   *self);

LeydenHttpClient  *leyden_models_get_http     (LeydenModels          *self);
guint              leyden_models_get_max_tries (LeydenModels         *self);
guint              leyden_models_get_pause_percent (LeydenModels     *self);
/* @endpoint NULL: the default one. Sets ENDPOINT when there is none of that name. (transfer full) */
LeydenModelSlot   *leyden_models_find_slot    (LeydenModels          *self,
                                               const char            *endpoint,
                                               GError               **error);
/* What a call without a model means. (transfer none) (nullable) */
const char        *leyden_models_find_model   (LeydenModels          *self,
                                               LeydenModelSlot       *slot);
/* For tests: other ports than the usual ones (ending with 0), shorter pauses between tries. */
void               leyden_models_set_probe_ports   (LeydenModels     *self,
                                                    const guint16    *ports);
const guint16     *leyden_models_get_probe_ports   (LeydenModels     *self);
void               leyden_models_set_pause_percent (LeydenModels     *self,
                                                    guint             percent);

/* The two ways of a call; both return a LeydenValue by @task. */
void               leyden_network_call_start    (LeydenModelSlot       *slot,
                                                const LeydenModelCall *call,
                                                GTask                 *task);
void               leyden_simulated_call_start (LeydenModelSlot       *slot,
                                                const LeydenModelCall *call,
                                                GTask                 *task);
/* Refuses a host name that stands for a link-local address. Returns TRUE by @task. */
void               leyden_model_check_host_async  (const char          *base_uri,
                                                   GCancellable        *cancellable,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             data);
gboolean           leyden_model_check_host_finish (GAsyncResult        *result,
                                                   GError             **error);
/* @error of the HTTP client as one of ours. (transfer full) */
GError            *leyden_model_translate_http_error (const GError     *error);
/* @base_uri of another program's simulation. */
gboolean           leyden_endpoint_is_simulation (const LeydenEndpoint *self);

G_END_DECLS
