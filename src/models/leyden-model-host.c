/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "config.h"

#include "leyden-models-private.h"

#include <glib/gi18n-lib.h>

/* A host name is looked up before a key is sent to it: it may stand for a link-local address. */

static void
looked_up_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (object), result, &error);
  gboolean allowed = TRUE;

  for (GList *l = addresses; l != NULL; l = l->next)
    allowed = allowed && leyden_endpoint_allows_address (l->data);
  g_resolver_free_addresses (addresses);

  /* A name that is not known here may be known to a proxy; the connection will tell. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (!allowed)
    g_task_return_new_error (task, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_ENDPOINT,
                             _("The host of the endpoint stands for a link-local address, which is not allowed"));
  else
    g_task_return_boolean (task, TRUE);
}

void
leyden_model_check_host_async (const char          *base_uri,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr(GUri) uri = g_uri_parse (base_uri, G_URI_FLAGS_ENCODED_PATH, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  g_autoptr(GResolver) resolver = NULL;

  g_task_set_source_tag (task, leyden_model_check_host_async);
  if (host == NULL || g_hostname_is_ip_address (host) || g_ascii_strcasecmp (host, "localhost") == 0)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  resolver = g_resolver_get_default ();
  g_resolver_lookup_by_name_async (resolver, host, cancellable, looked_up_cb, g_steal_pointer (&task));
}

gboolean
leyden_model_check_host_finish (GAsyncResult  *result,
                                GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

GError *
leyden_model_translate_http_error (const GError *error)
{
  static const struct { LeydenHttpError code; LeydenModelError ours; } codes[] = {
    { LEYDEN_HTTP_ERROR_CONNECT, LEYDEN_MODEL_ERROR_UNAVAILABLE },   { LEYDEN_HTTP_ERROR_TLS, LEYDEN_MODEL_ERROR_UNAVAILABLE },
    { LEYDEN_HTTP_ERROR_TIMEOUT, LEYDEN_MODEL_ERROR_UNAVAILABLE },   { LEYDEN_HTTP_ERROR_BROKEN, LEYDEN_MODEL_ERROR_UNAVAILABLE },
    { LEYDEN_HTTP_ERROR_TOO_LARGE, LEYDEN_MODEL_ERROR_PROTOCOL },    { LEYDEN_HTTP_ERROR_REDIRECT, LEYDEN_MODEL_ERROR_REQUEST },
    { LEYDEN_HTTP_ERROR_BREAKER, LEYDEN_MODEL_ERROR_UNAVAILABLE },   { LEYDEN_HTTP_ERROR_URI, LEYDEN_MODEL_ERROR_ENDPOINT },
  };

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_copy (error);
  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, LEYDEN_HTTP_ERROR, (int) codes[i].code))
      return g_error_new_literal (LEYDEN_MODEL_ERROR, (int) codes[i].ours, error->message);
  return g_error_new_literal (LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_UNAVAILABLE, error->message);
}

gboolean
leyden_endpoint_is_simulation (const LeydenEndpoint *self)
{
  return self->simulated || g_str_has_suffix (self->base_uri, "/simulated/v1");
}
