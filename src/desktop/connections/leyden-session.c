/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-session.h"

#include "leyden-rendezvous.h"
#include "leyden-session-private.h"
#include "leyden-settings.h"

/* Pauses before a remote backend that did not answer is tried again: doubling, half of it jitter. */
#define RETRY_MS 2000
#define RETRY_MAX_MS 60000

struct _LeydenSession
{
  GObject        parent_instance;

  LeydenBackend *backend;
  LeydenBackend *local;                 /* beside a remote one; NULL until somebody asks */
  LeydenConnection *connection;         /* NULL: local */
  GCancellable  *key_cancellable;
  GError        *key_error;
  guint          retry_source;
  guint          n_retries;
  gint64         next_try_us;
  gboolean       read_only;
  gboolean       restored;              /* the connection of the last time was taken up */
  gboolean       started;
  gboolean       looking;               /* whether a backend is there */
  LeydenValue   *endpoints;             /* list */
  LeydenValue   *default_model;         /* nullable */
  GHashTable    *models;                /* endpoint → list of models, or NULL while asked for */
};

G_DEFINE_FINAL_TYPE (LeydenSession, leyden_session, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_CONNECTION,
  PROP_READ_ONLY,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_ENDPOINTS_CHANGED,
  SIGNAL_MODELS_CHANGED,
  SIGNAL_SWITCHED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
unref_nullable (gpointer value)
{
  if (value != NULL)
    leyden_value_unref (value);
}

static void
endpoints_received_cb (GObject      *object,
                       GAsyncResult *result,
                       gpointer      data)
{
  g_autoptr(LeydenSession) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *list = leyden_value_get_member (answer, "endpoints");
  LeydenValue *chosen = leyden_value_get_member (answer, "default");

  if (leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    {
      g_debug ("Endpoints: %s", error != NULL ? error->message : "no list");
      return;
    }
  leyden_value_unref (self->endpoints);
  self->endpoints = leyden_value_ref (list);
  g_clear_pointer (&self->default_model, leyden_value_unref);
  self->default_model = chosen != NULL ? leyden_value_ref (chosen) : NULL;
  g_hash_table_remove_all (self->models);
  g_signal_emit (self, signals[SIGNAL_ENDPOINTS_CHANGED], 0);
}

/* Without those of the simulation that only optimisers and judges ask: no node would get an answer from them. */
static LeydenValue *
keep_answering (LeydenValue *models)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (models); i++)
    if (g_str_equal (leyden_value_get_member_string (leyden_value_get_item (models, i), "purpose", "answers"), "answers"))
      leyden_value_builder_add (&b, leyden_value_get_item (models, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
models_received_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      data)
{
  g_autoptr(GTask) task = data;
  LeydenSession *self = g_task_get_source_object (task);
  const char *endpoint = g_task_get_task_data (task);
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  LeydenValue *list = leyden_value_get_member (answer, "models");

  if (list == NULL)
    g_hash_table_remove (self->models, endpoint);
  else
    g_hash_table_insert (self->models, g_strdup (endpoint), keep_answering (list));
  g_signal_emit (self, signals[SIGNAL_MODELS_CHANGED], 0, endpoint);
  g_task_return_boolean (task, TRUE);
}

static void
set_read_only (LeydenSession *self,
               gboolean       read_only)
{
  if (self->read_only == read_only)
    return;
  self->read_only = read_only;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_READ_ONLY]);
}

/* ---- Trying again ---- */

static void
stop_retrying (LeydenSession *self)
{
  g_clear_handle_id (&self->retry_source, g_source_remove);
  self->next_try_us = 0;
}

static gboolean
retry_cb (gpointer data)
{
  LeydenSession *self = data;

  self->retry_source = 0;
  self->next_try_us = 0;
  leyden_session_start (self);
  return G_SOURCE_REMOVE;
}

/* A wrong key, another version or a certificate do not mend themselves; the rest may. */
static gboolean
may_mend (const GError *error)
{
  return error != NULL && !g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_AUTH)
         && !g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_POLICY)
         && !g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_VERSION)
         && !g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_CERTIFICATE);
}

static void
schedule_retry (LeydenSession *self)
{
  guint whole = MIN (RETRY_MS << MIN (self->n_retries, 10), RETRY_MAX_MS);
  guint pause_ms = whole / 2 + (guint) g_random_int_range (0, (gint32) (whole / 2) + 1);

  stop_retrying (self);
  self->n_retries++;
  self->next_try_us = g_get_monotonic_time () + (gint64) pause_ms * 1000;
  self->retry_source = g_timeout_add (pause_ms, retry_cb, self);
}

static void followed_cb (GObject *object, GAsyncResult *result, gpointer data);

static void
backend_state_cb (LeydenSession *self)
{
  LeydenBackendState state = leyden_backend_get_state (self->backend);

  if (state == LEYDEN_BACKEND_CONNECTED)
    {
      self->n_retries = 0;
      stop_retrying (self);
      set_read_only (self, g_strcmp0 (leyden_value_get_member_string (leyden_backend_get_info (self->backend), "role", NULL), "viewer") == 0);
      leyden_session_refresh_endpoints (self);
      if (leyden_session_get_mirror (self) != NULL)
        leyden_session_follow_async (self, self->connection, followed_cb, g_object_ref (self));
    }
  else if (state == LEYDEN_BACKEND_FAILED && !leyden_backend_is_local (self->backend)
           && may_mend (leyden_backend_get_error (self->backend)))
    schedule_retry (self);
}

static void
followed_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenSession) self = data;
  g_autoptr(GError) error = NULL;

  if (!leyden_session_follow_finish (self, result, &error))
    g_message ("%s", error->message);
}

static void
connected_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenSession) self = data;
  g_autoptr(GError) error = NULL;

  /* The state and its error are shown by the window; a later start tries again. */
  if (!leyden_backend_connect_finish (LEYDEN_BACKEND (object), result, &error))
    {
      g_debug ("Backend: %s", error->message);
      self->started = FALSE;
    }
}

static void
leyden_session_dispose (GObject *object)
{
  LeydenSession *self = LEYDEN_SESSION (object);

  stop_retrying (self);
  g_cancellable_cancel (self->key_cancellable);
  g_clear_object (&self->key_cancellable);
  g_clear_error (&self->key_error);
  g_clear_object (&self->connection);
  g_clear_object (&self->local);
  g_clear_object (&self->backend);
  g_clear_pointer (&self->endpoints, leyden_value_unref);
  g_clear_pointer (&self->default_model, leyden_value_unref);
  g_clear_pointer (&self->models, g_hash_table_unref);
  G_OBJECT_CLASS (leyden_session_parent_class)->dispose (object);
}

static void
leyden_session_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  LeydenSession *self = LEYDEN_SESSION (object);

  switch (prop_id)
    {
    case PROP_CONNECTION:
      g_value_set_object (value, self->connection);
      break;
    case PROP_READ_ONLY:
      g_value_set_boolean (value, self->read_only);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_session_class_init (LeydenSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_session_dispose;
  G_OBJECT_CLASS (klass)->get_property = leyden_session_get_property;
  properties[PROP_CONNECTION] = g_param_spec_object ("connection", NULL, NULL, LEYDEN_TYPE_CONNECTION,
                                                     G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_READ_ONLY] = g_param_spec_boolean ("read-only", NULL, NULL, FALSE,
                                                     G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
  signals[SIGNAL_SWITCHED] = g_signal_new ("switched", LEYDEN_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_ENDPOINTS_CHANGED] =
    g_signal_new ("endpoints-changed", LEYDEN_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_MODELS_CHANGED] =
    g_signal_new ("models-changed", LEYDEN_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static LeydenValue *
only_simulation (void)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&builder);
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "name", "simulated");
  leyden_value_builder_set_boolean (&builder, "simulated", TRUE);
  leyden_value_builder_end (&builder);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
leyden_session_init (LeydenSession *self)
{
  self->backend = leyden_backend_new_local ();
  self->endpoints = only_simulation ();
  self->models = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref_nullable);
  g_signal_connect_object (self->backend, "notify::state", G_CALLBACK (backend_state_cb), self, G_CONNECT_SWAPPED);
}

LeydenSession *
leyden_session_get_default (void)
{
  static LeydenSession *instance;

  if (instance == NULL)
    {
      instance = g_object_new (LEYDEN_TYPE_SESSION, NULL);
      g_object_add_weak_pointer (G_OBJECT (instance), (gpointer *) &instance);
    }
  return instance;
}

LeydenBackend *
leyden_session_get_backend (LeydenSession *self)
{
  g_return_val_if_fail (LEYDEN_IS_SESSION (self), NULL);
  return self->backend;
}

void
leyden_session_configure_local (LeydenSession *self,
                                LeydenBackend *backend)
{
  GSettings *settings = leyden_settings_get_default ();
  g_autofree char *key_file = g_settings_get_string (settings, "backend-key-file");

  leyden_backend_set_listen (backend, (guint16) g_settings_get_int (settings, "backend-port"), *key_file != '\0' ? key_file : NULL);
}

/* What the preferences say of a backend that is started from here. */
static void
apply_settings (LeydenSession *self)
{
  leyden_session_configure_local (self, self->backend);
}

/* A connection that was given up, or closed with the last window, is made anew when somebody asks. */
static gboolean
is_under_way (LeydenSession *self)
{
  LeydenBackendState state = leyden_backend_get_state (self->backend);

  return self->started && state != LEYDEN_BACKEND_FAILED && state != LEYDEN_BACKEND_OFFLINE;
}

/* ---- Which backend ---- */

static void
connect_now (LeydenSession *self)
{
  self->started = TRUE;
  if (leyden_backend_is_local (self->backend))
    apply_settings (self);
  leyden_backend_connect_async (self->backend, NULL, connected_cb, g_object_ref (self));
}

static void
key_found_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenSession) self = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *key = leyden_connections_get_key_finish (LEYDEN_CONNECTIONS (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->backend == NULL)
    return;
  if (key == NULL)
    {
      self->started = FALSE;
      g_clear_error (&self->key_error);
      self->key_error = g_steal_pointer (&error);
      g_object_notify (G_OBJECT (self->backend), "state");
      return;
    }
  leyden_backend_set_target (self->backend, leyden_connection_get_uri (self->connection), key,
                             leyden_connection_get_fingerprint (self->connection));
  connect_now (self);
}

static gboolean
is_remote (LeydenSession *self)
{
  return self->connection != NULL && !leyden_connection_is_mirrored (self->connection);
}

/* The key is asked for each time: it may have been changed. */
static void
connect_remote (LeydenSession *self)
{
  g_cancellable_cancel (self->key_cancellable);
  g_clear_object (&self->key_cancellable);
  g_clear_error (&self->key_error);
  self->key_cancellable = g_cancellable_new ();
  self->started = TRUE;
  leyden_connections_get_key_async (leyden_connections_get_default (), self->connection, self->key_cancellable, key_found_cb, g_object_ref (self));
}

static void
set_connection (LeydenSession    *self,
                LeydenConnection *connection)
{
  g_set_object (&self->connection, connection);
  g_cancellable_cancel (self->key_cancellable);
  g_clear_object (&self->key_cancellable);
  g_clear_error (&self->key_error);
  stop_retrying (self);
  self->n_retries = 0;
  self->started = FALSE;
  /* Until the key is there, to nowhere; without one at all it would be this computer's. */
  if (is_remote (self))
    leyden_backend_set_target (self->backend, leyden_connection_get_uri (connection), "", NULL);
  else
    leyden_backend_set_target (self->backend, NULL, NULL, NULL);
  set_read_only (self, FALSE);
}

/* The connection of the last time, once. */
static void
restore (LeydenSession *self)
{
  g_autofree char *id = NULL;
  LeydenConnection *connection;

  if (self->restored)
    return;
  self->restored = TRUE;
  id = g_settings_get_string (leyden_settings_get_default (), "connection");
  connection = *id == '\0' ? NULL : leyden_connections_find (leyden_connections_get_default (), id);
  if (connection == NULL)
    return;
  set_connection (self, connection);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTION]);
}

static gboolean
is_same (LeydenConnection *a,
         LeydenConnection *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return g_strcmp0 (leyden_connection_get_id (a), leyden_connection_get_id (b)) == 0
         && g_strcmp0 (leyden_connection_get_uri (a), leyden_connection_get_uri (b)) == 0
         && g_strcmp0 (leyden_connection_get_fingerprint (a), leyden_connection_get_fingerprint (b)) == 0
         && leyden_connection_is_mirrored (a) == leyden_connection_is_mirrored (b);
}

/* Mirrors go on while the window speaks with another backend: whoever follows them is kept from ending by itself. */
static void
keep_local (LeydenSession *self)
{
  GListModel *connections = G_LIST_MODEL (leyden_connections_get_default ());

  for (guint i = 0; i < g_list_model_get_n_items (connections); i++)
    {
      g_autoptr(LeydenConnection) each = g_list_model_get_item (connections, i);

      if (leyden_connection_is_mirrored (each))
        {
          leyden_session_get_local (self);
          return;
        }
    }
}

void
leyden_session_reconnect (LeydenSession    *self,
                          LeydenConnection *connection)
{
  gboolean was_remote;

  g_return_if_fail (LEYDEN_IS_SESSION (self));

  self->restored = TRUE;
  g_settings_set_string (leyden_settings_get_default (), "connection", connection == NULL ? "" : leyden_connection_get_id (connection));
  was_remote = is_remote (self);
  set_connection (self, connection);
  if (!is_remote (self) && self->local != NULL)
    {
      leyden_backend_close (self->local);
      g_clear_object (&self->local);
    }
  if (is_remote (self) && !was_remote)
    keep_local (self);
  g_signal_emit (self, signals[SIGNAL_SWITCHED], 0);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTION]);
  leyden_session_start (self);
}

void
leyden_session_switch (LeydenSession    *self,
                       LeydenConnection *connection)
{
  g_return_if_fail (LEYDEN_IS_SESSION (self));

  restore (self);
  if (is_same (self->connection, connection))
    leyden_session_start (self);
  else
    leyden_session_reconnect (self, connection);
}

LeydenConnection *
leyden_session_get_connection (LeydenSession *self)
{
  g_return_val_if_fail (LEYDEN_IS_SESSION (self), NULL);
  restore (self);
  return self->connection;
}

const char *
leyden_session_get_mirror (LeydenSession *self)
{
  g_return_val_if_fail (LEYDEN_IS_SESSION (self), NULL);
  restore (self);
  return self->connection != NULL && leyden_connection_is_mirrored (self->connection) ? leyden_connection_get_id (self->connection) : NULL;
}

LeydenBackend *
leyden_session_get_local (LeydenSession *self)
{
  g_return_val_if_fail (LEYDEN_IS_SESSION (self), NULL);

  if (!is_remote (self))
    {
      leyden_session_start (self);
      return self->backend;
    }
  if (self->local == NULL)
    {
      self->local = leyden_backend_new_local ();
      leyden_session_configure_local (self, self->local);
    }
  if (leyden_backend_get_state (self->local) != LEYDEN_BACKEND_CONNECTED)
    leyden_backend_connect_async (self->local, NULL, NULL, NULL);
  return self->local;
}

gboolean
leyden_session_is_read_only (LeydenSession *self)
{
  g_return_val_if_fail (LEYDEN_IS_SESSION (self), FALSE);
  return self->read_only;
}

gint64
leyden_session_get_next_try_us (LeydenSession *self)
{
  g_return_val_if_fail (LEYDEN_IS_SESSION (self), 0);
  return self->next_try_us;
}

const GError *
leyden_session_get_error (LeydenSession *self)
{
  g_return_val_if_fail (LEYDEN_IS_SESSION (self), NULL);
  return self->key_error != NULL ? self->key_error : leyden_backend_get_error (self->backend);
}

void
leyden_session_start (LeydenSession *self)
{
  g_return_if_fail (LEYDEN_IS_SESSION (self));

  restore (self);
  if (is_under_way (self))
    return;
  stop_retrying (self);
  if (is_remote (self))
    connect_remote (self);
  else
    connect_now (self);
}

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(LeydenSession) self = data;
  g_autoptr(LeydenRendezvous) there = leyden_rendezvous_find_finish (result);

  self->looking = FALSE;
  if (there != NULL)
    leyden_session_start (self);
}

void
leyden_session_attach (LeydenSession *self)
{
  g_return_if_fail (LEYDEN_IS_SESSION (self));

  restore (self);
  if (is_under_way (self) || self->looking)
    return;
  /* A remote one runs already, or not: nothing is started by asking. */
  if (is_remote (self))
    {
      leyden_session_start (self);
      return;
    }
  self->looking = TRUE;
  leyden_rendezvous_find_async (NULL, NULL, NULL, found_cb, g_object_ref (self));
}

void
leyden_session_restart (LeydenSession *self)
{
  g_return_if_fail (LEYDEN_IS_SESSION (self));

  self->started = FALSE;
  leyden_session_start (self);
}

LeydenValue *
leyden_session_get_endpoints (LeydenSession *self)
{
  g_return_val_if_fail (LEYDEN_IS_SESSION (self), NULL);
  return self->endpoints;
}

LeydenValue *
leyden_session_get_default_model (LeydenSession *self)
{
  g_return_val_if_fail (LEYDEN_IS_SESSION (self), NULL);
  return self->default_model;
}

void
leyden_session_refresh_endpoints (LeydenSession *self)
{
  g_return_if_fail (LEYDEN_IS_SESSION (self));

  leyden_backend_request_async (self->backend, "GET", "/leyden/v1/endpoints", NULL, NULL, endpoints_received_cb,
                                g_object_ref (self));
}

LeydenValue *
leyden_session_get_models (LeydenSession *self,
                           const char    *endpoint)
{
  g_autofree char *escaped = NULL;
  g_autofree char *path = NULL;
  gpointer models;
  GTask *task;

  g_return_val_if_fail (LEYDEN_IS_SESSION (self), NULL);
  g_return_val_if_fail (endpoint != NULL, NULL);

  if (g_hash_table_lookup_extended (self->models, endpoint, NULL, &models))
    return models;
  if (leyden_backend_get_state (self->backend) != LEYDEN_BACKEND_CONNECTED)
    return NULL;
  g_hash_table_insert (self->models, g_strdup (endpoint), NULL);
  escaped = leyden_backend_escape (endpoint);
  path = g_strdup_printf ("/leyden/v1/endpoints/%s/models", escaped);
  task = g_task_new (self, NULL, NULL, NULL);
  g_task_set_source_tag (task, leyden_session_get_models);
  g_task_set_task_data (task, g_strdup (endpoint), g_free);
  leyden_backend_request_async (self->backend, "GET", path, NULL, NULL, models_received_cb, task);
  return NULL;
}
