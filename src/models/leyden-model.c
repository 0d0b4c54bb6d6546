/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-model.h"

G_DEFINE_QUARK (leyden-model-error-quark, leyden_model_error)

G_DEFINE_INTERFACE (LeydenModelTransport, leyden_model_transport, G_TYPE_OBJECT)

static void
leyden_model_transport_default_init (LeydenModelTransportInterface *iface)
{
}

/**
 * leyden_model_transport_send_async:
 * @self: a transport
 * @call: (not nullable): the call; copied
 * @cancellable: (nullable): ends the call promptly
 * @callback: called in the thread-default context of the caller
 * @data: for @callback
 *
 * Sends one call. The delta and waiting functions of @call are called in the same context, and not any more once
 * @callback was.
 */
void
leyden_model_transport_send_async (LeydenModelTransport  *self,
                                   const LeydenModelCall *call,
                                   GCancellable          *cancellable,
                                   GAsyncReadyCallback    callback,
                                   gpointer               data)
{
  g_return_if_fail (LEYDEN_IS_MODEL_TRANSPORT (self));
  g_return_if_fail (call != NULL);

  LEYDEN_MODEL_TRANSPORT_GET_IFACE (self)->send_async (self, call, cancellable, callback, data);
}

/**
 * leyden_model_transport_send_finish:
 *
 * Errors: %LEYDEN_MODEL_ERROR, or %G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full) (nullable): the answer, see LeydenModelTransport
 */
LeydenValue *
leyden_model_transport_send_finish (LeydenModelTransport  *self,
                                    GAsyncResult          *result,
                                    GError               **error)
{
  g_return_val_if_fail (LEYDEN_IS_MODEL_TRANSPORT (self), NULL);

  return LEYDEN_MODEL_TRANSPORT_GET_IFACE (self)->send_finish (self, result, error);
}
