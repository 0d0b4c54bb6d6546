/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

#include "leyden-remote-ask.h"

#include <glib/gi18n-lib.h>

#include "leyden-http-policy.h"

/* What is larger is read in a thread, so that nobody waits for it. */
#define LARGE ((gsize)64 * 1024)
#define MAX_ANSWER ((gsize)32 * 1024 * 1024)
#define TIMEOUT_MS 15000
#define MAX_TRIES 2

typedef struct
{
  LeydenHttpRequest  *request;
  GBytes             *body;
  LeydenRemoteReader  read;
  GDestroyNotify      destroy;
} Ask;

static void
ask_free (gpointer data)
{
  Ask *ask = data;

  g_object_unref (ask->request);
  g_clear_pointer (&ask->body, g_bytes_unref);
  g_free (ask);
}

static void
read_answer (GTask *task)
{
  Ask *ask = g_task_get_task_data (task);
  GError *error = NULL;
  gpointer value = ask->read (ask->body, leyden_http_request_get_status (ask->request), &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, value, ask->destroy);
}

static void
read_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  read_answer (task);
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GTask) task = data;
  Ask *ask = g_task_get_task_data (task);
  GError *error = NULL;

  ask->body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);
  if (ask->body == NULL)
    g_task_return_error (task, error);
  else if (g_bytes_get_size (ask->body) > LARGE)
    g_task_run_in_thread (task, read_thread);
  else
    read_answer (task);
}

void
leyden_remote_ask_async (GObject             *object,
                         LeydenHttpClient    *http,
                         LeydenHttpRequest   *request,
                         const char          *authorization,
                         LeydenRemoteReader   read,
                         GDestroyNotify       destroy,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             data)
{
  GTask *task = g_task_new (object, cancellable, callback, data);
  Ask *ask = g_new0 (Ask, 1);

  ask->request = g_object_ref (request);
  ask->read = read;
  ask->destroy = destroy;
  if (authorization != NULL)
    leyden_http_request_set_secret_header (request, "Authorization", authorization);
  leyden_http_request_set_timeout (request, TIMEOUT_MS);
  leyden_http_request_set_max_body (request, MAX_ANSWER);
  leyden_http_request_set_follow (request, FALSE);
  /* All that is asked this way only reads. */
  leyden_http_request_set_retry (request, MAX_TRIES, TRUE);
  g_task_set_source_tag (task, leyden_remote_ask_async);
  g_task_set_task_data (task, ask, ask_free);
  leyden_http_client_send_async (http, request, cancellable, answered_cb, task);
}

gpointer
leyden_remote_ask_finish (GObject       *object,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, object), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
guard_cb (const char    *host,
          guint16        port,
          GInetAddress  *address,
          gpointer       data,
          GError       **error)
{
  if (leyden_address_get_reach (address) != LEYDEN_ADDRESS_FORBIDDEN)
    return TRUE;
  g_set_error (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_ADDRESS, _("%s stands for an address that no server has"), host);
  return FALSE;
}

LeydenHttpClient *
leyden_remote_client_new (guint max_at_once)
{
  LeydenHttpClient *http = leyden_http_client_new ();

  leyden_http_client_set_limits (http, max_at_once, 5, 10000);
  leyden_http_client_set_guard (http, guard_cb, NULL, NULL);
  return http;
}

char *
leyden_remote_make_authorization (const char *user,
                                  const char *secret)
{
  g_autofree char *plain = NULL;
  g_autofree char *encoded = NULL;

  if (secret == NULL)
    return NULL;
  if (user == NULL)
    return g_strconcat ("Bearer ", secret, NULL);
  plain = g_strdup_printf ("%s:%s", user, secret);
  encoded = g_base64_encode ((const guchar *)plain, strlen (plain));
  return g_strconcat ("Basic ", encoded, NULL);
}

void
leyden_remote_append_field (GString    *form,
                            const char *name,
                            const char *value)
{
  g_autofree char *escaped = g_uri_escape_string (value, NULL, FALSE);

  g_string_append_printf (form, "%s%s=%s", form->len > 0 ? "&" : "", name, escaped);
}
