/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-sources.h"

#include <string.h>

#include "leyden-remote-ask.h"

/* Secrets of sources have names of their own, so that no model endpoint's key is sent to one. */
#define SECRET_PREFIX "source-"
#define MAX_SECRET_NAME 64
#define MAX_USER 200

LeydenSource *
leyden_source_ref (LeydenSource *self)
{
  self->refs++;
  return self;
}

void
leyden_source_close (LeydenSource *self)
{
  g_clear_object (&self->prometheus);
  g_clear_object (&self->mlflow);
}

void
leyden_source_unref (gpointer data)
{
  LeydenSource *self = data;

  if (--self->refs > 0)
    return;
  leyden_source_close (self);
  g_hash_table_unref (self->histories);
  g_free (self->name);
  g_free (self->uri);
  g_free (self->user);
  g_free (self->secret);
  g_free (self);
}

/* ---- Settings ---- */

static gboolean
refuse (GError     **error,
        const char  *text)
{
  g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, text);
  return FALSE;
}

gboolean
leyden_source_is_name (const char *name)
{
  gsize length = strlen (name);

  return length > 0 && length <= LEYDEN_SOURCE_MAX_NAME && strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

static gboolean
read_kind (LeydenSource  *self,
           LeydenValue   *document,
           GError       **error)
{
  const char *kind = leyden_value_get_member_string (document, "kind", "");

  self->is_mlflow = strcmp (kind, "mlflow") == 0;
  return self->is_mlflow || strcmp (kind, "prometheus") == 0 || refuse (error, "\"kind\" must be \"prometheus\" or \"mlflow\"");
}

static gboolean
read_uri (LeydenSource  *self,
          LeydenValue   *document,
          GError       **error)
{
  gsize length = 0;
  const char *text = leyden_value_get_string (leyden_value_get_member (document, "uri"), &length);

  if (text == NULL)
    return refuse (error, "\"uri\" must be the address of the server, like \"http://host:9090\"");
  self->uri = leyden_endpoint_normalize_uri (text, length, error);
  return self->uri != NULL;
}

static gboolean
is_secret_name (const char *name)
{
  gsize length = strlen (name);

  return g_str_has_prefix (name, SECRET_PREFIX) && length > strlen (SECRET_PREFIX) && length <= MAX_SECRET_NAME
         && strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == length;
}

/* A colon would end the name. */
static gboolean
is_user (const char *user)
{
  return user != NULL && *user != '\0' && strlen (user) <= MAX_USER && strchr (user, ':') == NULL && g_utf8_validate (user, -1, NULL)
         && strpbrk (user, "\r\n") == NULL;
}

static gboolean
read_auth (LeydenSource  *self,
           LeydenValue   *document,
           GError       **error)
{
  const char *auth = leyden_value_get_member_string (document, "auth", "none");
  const char *secret = leyden_value_get_member_string (document, "secret", NULL), *user = leyden_value_get_member_string (document, "user", NULL);
  gboolean basic = strcmp (auth, "basic") == 0;

  if (strcmp (auth, "none") == 0)
    return TRUE;
  if (!basic && strcmp (auth, "bearer") != 0)
    return refuse (error, "\"auth\" must be \"none\", \"bearer\" or \"basic\"");
  if (secret == NULL || !is_secret_name (secret))
    return refuse (error, "\"secret\" must be the name of a secret that begins with \"" SECRET_PREFIX "\"");
  if (basic && !is_user (user))
    return refuse (error, "\"user\" must be a name without a colon");
  self->secret = g_strdup (secret);
  self->user = basic ? g_strdup (user) : NULL;
  return TRUE;
}

LeydenSource *
leyden_source_new (const char   *name,
                   LeydenValue  *document,
                   GError      **error)
{
  g_autoptr(LeydenSource) self = g_new0 (LeydenSource, 1);

  self->refs = 1;
  self->name = g_strdup (name);
  self->histories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
  if (!read_kind (self, document, error) || !read_uri (self, document, error) || !read_auth (self, document, error))
    return NULL;
  return g_steal_pointer (&self);
}

LeydenValue *
leyden_source_to_document (const LeydenSource *self,
                           gboolean            with_name)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  if (with_name)
    leyden_value_builder_set_string (&b, "name", self->name);
  leyden_value_builder_set_string (&b, "kind", self->is_mlflow ? "mlflow" : "prometheus");
  leyden_value_builder_set_string (&b, "uri", self->uri);
  leyden_value_builder_set_string (&b, "auth", self->secret == NULL ? "none" : self->user != NULL ? "basic" : "bearer");
  if (self->user != NULL)
    leyden_value_builder_set_string (&b, "user", self->user);
  if (self->secret != NULL)
    leyden_value_builder_set_string (&b, "secret", self->secret);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- The way to it ---- */

static void
make_client (LeydenSource *self,
             const char   *key)
{
  g_autofree char *authorization = leyden_remote_make_authorization (self->user, key);

  if (self->is_mlflow && self->mlflow == NULL)
    self->mlflow = leyden_mlflow_client_new (self->uri, authorization);
  else if (!self->is_mlflow && self->prometheus == NULL)
    self->prometheus = leyden_prometheus_client_new (self->uri, authorization);
}

static void
key_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  g_autofree char *key = leyden_secrets_lookup_finish (LEYDEN_SECRETS (object), result, &error);

  if (key == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  make_client (g_task_get_task_data (task), key);
  g_task_return_boolean (task, TRUE);
}

void
leyden_source_open_async (LeydenSource        *self,
                          LeydenSecrets       *secrets,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  g_autofree char *origin = NULL;

  g_task_set_source_tag (task, leyden_source_open_async);
  g_task_set_task_data (task, leyden_source_ref (self), leyden_source_unref);
  if (self->secret == NULL)
    make_client (self, NULL);
  if (self->prometheus != NULL || self->mlflow != NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  origin = leyden_secrets_origin_of (self->uri);
  leyden_secrets_lookup_async (secrets, self->secret, origin, cancellable, key_cb, g_steal_pointer (&task));
}

gboolean
leyden_source_open_finish (LeydenSource  *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
