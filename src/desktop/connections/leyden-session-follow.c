/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-session.h"

#include <string.h>

#include "leyden-secrets.h"

/* Mirrors, made through the local backend: key → its memory → PUT of the mirror. */

typedef struct
{
  LeydenConnection *connection;
  LeydenBackend    *backend;
} Follow;

static void
follow_free (Follow *follow)
{
  g_object_unref (follow->connection);
  g_clear_object (&follow->backend);
  g_free (follow);
}

static void
done_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Takes @task. */
static void
put_mirror (GTask *task)
{
  Follow *follow = g_task_get_task_data (task);
  LeydenConnection *connection = follow->connection;
  g_autofree char *secret = leyden_connection_dup_secret (connection);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/mirrors/%s", leyden_connection_get_id (connection));
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", leyden_connection_get_name (connection));
  leyden_value_builder_set_string (&b, "url", leyden_connection_get_uri (connection));
  leyden_value_builder_set_string (&b, "secret", leyden_connection_has_key (connection) ? secret : NULL);
  leyden_value_builder_set_string (&b, "fingerprint", leyden_connection_get_fingerprint (connection));
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  leyden_backend_request_async (follow->backend, "PUT", path, body, NULL, done_cb, task);
}

static void
secret_put_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  GTask *task = data;
  GError *error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer != NULL)
    {
      put_mirror (task);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

static LeydenValue *
make_secret (const char *key,
             const char *uri)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *origin = leyden_secrets_origin_of (uri);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "value", key);
  leyden_value_builder_key (&b, "origins");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_add_string (&b, origin);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
key_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  GTask *task = data;
  Follow *follow = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *key = leyden_connections_get_key_finish (LEYDEN_CONNECTIONS (object), result, &error);
  g_autofree char *secret = NULL;
  g_autofree char *path = NULL;
  g_autoptr(LeydenValue) body = NULL;

  if (key == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  if (*key == '\0')
    {
      put_mirror (task);
      return;
    }
  secret = leyden_connection_dup_secret (follow->connection);
  path = g_strdup_printf ("/leyden/v1/secrets/%s", secret);
  body = make_secret (key, leyden_connection_get_uri (follow->connection));
  leyden_backend_request_async (follow->backend, "PUT", path, body, NULL, secret_put_cb, task);
}

void
leyden_session_follow_async (LeydenSession       *self,
                             LeydenConnection    *connection,
                             GAsyncReadyCallback  callback,
                             gpointer             data)
{
  GTask *task;
  Follow *follow;

  g_return_if_fail (LEYDEN_IS_SESSION (self) && LEYDEN_IS_CONNECTION (connection));

  task = g_task_new (self, NULL, callback, data);
  follow = g_new0 (Follow, 1);
  follow->connection = g_object_ref (connection);
  follow->backend = g_object_ref (leyden_session_get_local (self));
  g_task_set_source_tag (task, leyden_session_follow_async);
  g_task_set_task_data (task, follow, (GDestroyNotify) follow_free);
  leyden_connections_get_key_async (leyden_connections_get_default (), connection, NULL, key_cb, task);
}

gboolean
leyden_session_follow_finish (LeydenSession  *self,
                              GAsyncResult   *result,
                              GError        **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
unfollowed_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer == NULL && !g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_NOT_FOUND))
    g_message ("%s", error->message);
}

void
leyden_session_unfollow (LeydenSession    *self,
                         LeydenConnection *connection)
{
  g_autofree char *path = NULL;

  g_return_if_fail (LEYDEN_IS_SESSION (self) && LEYDEN_IS_CONNECTION (connection));

  path = g_strdup_printf ("/leyden/v1/mirrors/%s", leyden_connection_get_id (connection));
  leyden_backend_request_async (leyden_session_get_local (self), "DELETE", path, NULL, NULL, unfollowed_cb, NULL);
}
