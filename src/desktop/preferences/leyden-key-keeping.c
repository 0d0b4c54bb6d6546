/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-key-keeping.h"

#include <glib/gi18n-lib.h>

#include "leyden-secrets-file.h"

typedef struct
{
  LeydenSession *session;
  char          *secret;
  char          *origin;
  char          *key;
  char          *notice;
} Keeping;

static void
keeping_free (gpointer data)
{
  Keeping *self = data;

  g_object_unref (self->session);
  g_free (self->secret);
  g_free (self->origin);
  leyden_secret_wipe (self->key);
  g_free (self->notice);
  g_free (self);
}

static void
sent_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
tell_backend (GTask *task)
{
  Keeping *self = g_task_get_task_data (task);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  g_autofree char *escaped = leyden_backend_escape (self->secret), *path = g_strconcat ("/leyden/v1/secrets/", escaped, NULL);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "value", self->key);
  leyden_value_builder_key (&b, "origins");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_add_string (&b, self->origin);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "PUT", path, body, g_task_get_cancellable (task), sent_cb, task);
}

static void
stored_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  GTask *task = data;
  Keeping *self = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  if (!leyden_secrets_store_finish (LEYDEN_SECRETS (object), result, &error))
    {
      if (g_task_return_error_if_cancelled (task))
        {
          g_object_unref (task);
          return;
        }
      self->notice = g_strdup (_("There is no key ring to keep the key in: it is held for this session only."));
    }
  tell_backend (task);
}

void
leyden_key_keep_async (LeydenSession       *session,
                       LeydenSecrets       *secrets,
                       const char          *secret,
                       const char          *uri,
                       const char          *key,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  g_autofree char *origin = leyden_secrets_origin_of (uri);
  const char *origins[] = { origin, NULL };
  Keeping *self = g_new0 (Keeping, 1);

  g_task_set_source_tag (task, leyden_key_keep_async);
  self->session = g_object_ref (session);
  self->secret = g_strdup (secret);
  self->origin = g_strdup (origin);
  self->key = g_strdup (key);
  g_task_set_task_data (task, self, keeping_free);
  if (secrets != NULL)
    leyden_secrets_store_async (secrets, secret, key, origins, cancellable, stored_cb, task);
  else
    tell_backend (task);
}

gboolean
leyden_key_keep_finish (GAsyncResult  *result,
                        char         **notice,
                        GError       **error)
{
  Keeping *self = g_task_get_task_data (G_TASK (result));

  if (notice != NULL)
    *notice = g_steal_pointer (&self->notice);
  return g_task_propagate_boolean (G_TASK (result), error);
}
