/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-model.h"

typedef struct
{
  LeydenValue *capture;
} LeydenModelErrorPrivate;

static void
leyden_model_error_private_init (LeydenModelErrorPrivate *self)
{
}

static void
leyden_model_error_private_copy (const LeydenModelErrorPrivate *from,
                                 LeydenModelErrorPrivate       *to)
{
  if (from->capture != NULL)
    to->capture = leyden_value_ref (from->capture);
}

static void
leyden_model_error_private_clear (LeydenModelErrorPrivate *self)
{
  g_clear_pointer (&self->capture, leyden_value_unref);
}

G_DEFINE_EXTENDED_ERROR (LeydenModelError, leyden_model_error)

void
leyden_model_error_set_capture (GError      *error,
                                LeydenValue *capture)
{
  LeydenModelErrorPrivate *private;

  g_return_if_fail (error != NULL && error->domain == LEYDEN_MODEL_ERROR && capture != NULL);

  private = leyden_model_error_get_private (error);
  leyden_value_ref (capture);
  g_clear_pointer (&private->capture, leyden_value_unref);
  private->capture = capture;
}

LeydenValue *
leyden_model_error_get_capture (const GError *error)
{
  g_return_val_if_fail (error != NULL, NULL);

  return error->domain == LEYDEN_MODEL_ERROR ? leyden_model_error_get_private (error)->capture : NULL;
}

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
