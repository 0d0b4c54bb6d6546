/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

#include "leyden-remote-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-id.h"

G_DEFINE_ENUM_TYPE (LeydenBackendState, leyden_backend_state,
                    G_DEFINE_ENUM_VALUE (LEYDEN_BACKEND_OFFLINE, "offline"),
                    G_DEFINE_ENUM_VALUE (LEYDEN_BACKEND_CONNECTING, "connecting"),
                    G_DEFINE_ENUM_VALUE (LEYDEN_BACKEND_CONNECTED, "connected"),
                    G_DEFINE_ENUM_VALUE (LEYDEN_BACKEND_RECONNECTING, "reconnecting"),
                    G_DEFINE_ENUM_VALUE (LEYDEN_BACKEND_FAILED, "failed"))

G_DEFINE_FINAL_TYPE (LeydenBackend, leyden_backend, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STATE,
  PROP_LOCAL,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_RESTARTED,
  SIGNAL_LOST,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

void
leyden_backend_prepare (LeydenBackend     *self,
                        LeydenHttpRequest *request)
{
  leyden_http_request_set_header (request, "X-Leyden-Client", self->client_id);
  if (*self->key != '\0')
    leyden_http_request_set_bearer (request, self->key);
  if (self->fingerprint != NULL)
    leyden_http_request_set_pin (request, self->fingerprint);
}

char *
leyden_backend_make_uri (LeydenBackend *self,
                         const char    *path)
{
  return g_strconcat (self->base_uri, path, NULL);
}

static void
leyden_backend_dispose (GObject *object)
{
  LeydenBackend *self = LEYDEN_BACKEND (object);

  leyden_backend_close (self);
  g_clear_object (&self->http);
  g_clear_object (&self->child);
  G_OBJECT_CLASS (leyden_backend_parent_class)->dispose (object);
}

static void
leyden_backend_finalize (GObject *object)
{
  LeydenBackend *self = LEYDEN_BACKEND (object);

  g_clear_pointer (&self->subscriptions, g_ptr_array_unref);
  g_clear_pointer (&self->info, leyden_value_unref);
  g_clear_object (&self->life);
  g_clear_error (&self->error);
  g_free (self->client_id);
  g_free (self->base_uri);
  g_free (self->key);
  g_free (self->fingerprint);
  g_free (self->identity);
  g_free (self->database);
  g_free (self->program);
  g_free (self->folder);
  g_free (self->key_file);
  G_OBJECT_CLASS (leyden_backend_parent_class)->finalize (object);
}

static void
leyden_backend_get_property (GObject    *object,
                             guint       id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  LeydenBackend *self = LEYDEN_BACKEND (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_LOCAL:
      g_value_set_boolean (value, self->local);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
leyden_backend_set_property (GObject      *object,
                             guint         id,
                             const GValue *value,
                             GParamSpec   *pspec)
{
  LeydenBackend *self = LEYDEN_BACKEND (object);

  switch (id)
    {
    case PROP_LOCAL:
      self->local = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
leyden_backend_class_init (LeydenBackendClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = leyden_backend_dispose;
  object_class->finalize = leyden_backend_finalize;
  object_class->get_property = leyden_backend_get_property;
  object_class->set_property = leyden_backend_set_property;

  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, LEYDEN_TYPE_BACKEND_STATE, LEYDEN_BACKEND_OFFLINE,
                                              G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_LOCAL] = g_param_spec_boolean ("local", NULL, NULL, TRUE,
                                                 G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_EXPLICIT_NOTIFY
                                                   | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_RESTARTED] = g_signal_new ("restarted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                            G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  signals[SIGNAL_LOST] = g_signal_new ("lost", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                       G_TYPE_ERROR);
}

/* Made when it is needed: the window is up before, and the proxy resolver takes its time to load. */
LeydenHttpClient *
leyden_backend_get_http (LeydenBackend *self)
{
  if (self->http == NULL)
    {
      self->http = leyden_http_client_new ();
      /* Repairing is ours: a breaker would only hide that the backend is back. */
      leyden_http_client_set_limits (self->http, 64, 0, 0);
    }
  return self->http;
}

static void
leyden_backend_init (LeydenBackend *self)
{
  self->client_id = leyden_id_new_uuid7 ();
  self->idle_exit_s = 60;
  self->backoff_ms = LEYDEN_BACKEND_BACKOFF_MS;
  self->subscriptions = g_ptr_array_new ();
  self->life = g_cancellable_new ();
  g_queue_init (&self->connects);
  g_queue_init (&self->waiting);
}

LeydenBackend *
leyden_backend_new_local (void)
{
  return g_object_new (LEYDEN_TYPE_BACKEND, "local", TRUE, NULL);
}

static void
set_text (char       **place,
          const char  *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

static void
set_address (LeydenBackend *self,
             const char    *base_uri,
             const char    *key)
{
  gsize length = base_uri == NULL ? 0 : strlen (base_uri);

  while (length > 0 && base_uri[length - 1] == '/')
    length--;
  g_free (self->base_uri);
  self->base_uri = base_uri == NULL ? NULL : g_strndup (base_uri, length);
  set_text (&self->key, key);
}

LeydenBackend *
leyden_backend_new_for_uri (const char *base_uri,
                            const char *key)
{
  LeydenBackend *self;

  g_return_val_if_fail (base_uri != NULL && key != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_BACKEND, "local", FALSE, NULL);
  set_address (self, base_uri, key);
  return self;
}

void
leyden_backend_set_target (LeydenBackend *self,
                           const char    *base_uri,
                           const char    *key,
                           const char    *fingerprint)
{
  g_return_if_fail (LEYDEN_IS_BACKEND (self));
  g_return_if_fail (base_uri == NULL || key != NULL);

  leyden_backend_close (self);
  self->target++;
  set_address (self, base_uri, key);
  set_text (&self->fingerprint, fingerprint);
  /* Connections that a fingerprint opened serve nobody else. */
  g_clear_object (&self->http);
  g_clear_object (&self->child);
  g_clear_pointer (&self->info, leyden_value_unref);
  g_clear_error (&self->error);
  if (self->local != (base_uri == NULL))
    {
      self->local = base_uri == NULL;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOCAL]);
    }
}

void
leyden_backend_set_database (LeydenBackend *self,
                             const char    *path)
{
  g_return_if_fail (LEYDEN_IS_BACKEND (self));
  g_free (self->database);
  self->database = path == NULL ? NULL : g_canonicalize_filename (path, NULL);
}

void
leyden_backend_set_program (LeydenBackend *self,
                            const char    *path)
{
  g_return_if_fail (LEYDEN_IS_BACKEND (self));
  set_text (&self->program, path);
}

void
leyden_backend_set_folder (LeydenBackend *self,
                           const char    *path)
{
  g_return_if_fail (LEYDEN_IS_BACKEND (self));
  set_text (&self->folder, path);
}

void
leyden_backend_set_idle_exit (LeydenBackend *self,
                              guint          seconds)
{
  g_return_if_fail (LEYDEN_IS_BACKEND (self));
  self->idle_exit_s = seconds;
}

void
leyden_backend_set_listen (LeydenBackend *self,
                           guint16        port,
                           const char    *key_file)
{
  g_return_if_fail (LEYDEN_IS_BACKEND (self));
  self->port = port;
  set_text (&self->key_file, key_file);
}

LeydenBackendState
leyden_backend_get_state (LeydenBackend *self)
{
  g_return_val_if_fail (LEYDEN_IS_BACKEND (self), LEYDEN_BACKEND_OFFLINE);
  return self->state;
}

gboolean
leyden_backend_is_local (LeydenBackend *self)
{
  g_return_val_if_fail (LEYDEN_IS_BACKEND (self), FALSE);
  return self->local;
}

gboolean
leyden_backend_is_started_by_us (LeydenBackend *self)
{
  g_return_val_if_fail (LEYDEN_IS_BACKEND (self), FALSE);
  return self->child != NULL && self->info != NULL && leyden_value_get_member_int (self->info, "pid", 0) == self->child_pid;
}

const char *
leyden_backend_get_base_uri (LeydenBackend *self)
{
  g_return_val_if_fail (LEYDEN_IS_BACKEND (self), NULL);
  return self->base_uri;
}

LeydenValue *
leyden_backend_get_info (LeydenBackend *self)
{
  g_return_val_if_fail (LEYDEN_IS_BACKEND (self), NULL);
  return self->info;
}

const GError *
leyden_backend_get_error (LeydenBackend *self)
{
  g_return_val_if_fail (LEYDEN_IS_BACKEND (self), NULL);
  return self->error;
}

void
leyden_backend_connect_async (LeydenBackend       *self,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (LEYDEN_IS_BACKEND (self));

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_backend_connect_async);
  if (self->state == LEYDEN_BACKEND_CONNECTED)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  g_queue_push_tail (&self->connects, g_steal_pointer (&task));
  if (self->state == LEYDEN_BACKEND_CONNECTING || self->state == LEYDEN_BACKEND_RECONNECTING)
    return;
  if (g_cancellable_is_cancelled (self->life))
    {
      g_object_unref (self->life);
      self->life = g_cancellable_new ();
    }
  self->failed_starts = 0;
  self->backoff_ms = LEYDEN_BACKEND_BACKOFF_MS;
  leyden_backend_set_state (self, LEYDEN_BACKEND_CONNECTING);
  leyden_backend_attempt (self);
}

gboolean
leyden_backend_connect_finish (LeydenBackend  *self,
                               GAsyncResult   *result,
                               GError        **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
leyden_backend_close (LeydenBackend *self)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) subscriptions = NULL;

  g_return_if_fail (LEYDEN_IS_BACKEND (self));

  g_cancellable_cancel (self->life);
  leyden_backend_clear_retry (self);
  leyden_backend_stop_presence (self);
  self->attempting = FALSE;
  self->checking = FALSE;
  /* Whoever answers after a close is no replacement of one that died. */
  g_clear_pointer (&self->identity, g_free);
  error = g_error_new_literal (LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_UNAVAILABLE, _("The connection to the backend was closed"));
  leyden_backend_finish_connects (self, error);
  leyden_backend_flush_waiting (self, error);
  subscriptions = g_ptr_array_copy (self->subscriptions, (GCopyFunc)(GCallback)g_object_ref, NULL);
  g_ptr_array_set_free_func (subscriptions, g_object_unref);
  for (guint i = 0; i < subscriptions->len; i++)
    leyden_subscription_cancel (g_ptr_array_index (subscriptions, i));
  leyden_backend_set_state (self, LEYDEN_BACKEND_OFFLINE);
}
