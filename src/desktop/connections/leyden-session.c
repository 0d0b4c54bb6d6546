/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-session.h"

#include "leyden-rendezvous.h"
#include "leyden-settings.h"

struct _LeydenSession
{
  GObject        parent_instance;

  LeydenBackend *backend;
  gboolean       started;
  gboolean       looking;               /* whether a backend is there */
  LeydenValue   *endpoints;             /* list */
  LeydenValue   *default_model;         /* nullable */
  GHashTable    *models;                /* endpoint → list of models, or NULL while asked for */
};

G_DEFINE_FINAL_TYPE (LeydenSession, leyden_session, G_TYPE_OBJECT)

enum
{
  SIGNAL_ENDPOINTS_CHANGED,
  SIGNAL_MODELS_CHANGED,
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
backend_state_cb (LeydenSession *self)
{
  if (leyden_backend_get_state (self->backend) == LEYDEN_BACKEND_CONNECTED)
    leyden_session_refresh_endpoints (self);
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

  g_clear_object (&self->backend);
  g_clear_pointer (&self->endpoints, leyden_value_unref);
  g_clear_pointer (&self->default_model, leyden_value_unref);
  g_clear_pointer (&self->models, g_hash_table_unref);
  G_OBJECT_CLASS (leyden_session_parent_class)->dispose (object);
}

static void
leyden_session_class_init (LeydenSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_session_dispose;
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

/* What the preferences say of a backend that is started from here. */
static void
apply_settings (LeydenSession *self)
{
  GSettings *settings = leyden_settings_get_default ();
  g_autofree char *key_file = g_settings_get_string (settings, "backend-key-file");

  leyden_backend_set_listen (self->backend, (guint16) g_settings_get_int (settings, "backend-port"),
                             *key_file != '\0' ? key_file : NULL);
}

/* A connection that was given up, or closed with the last window, is made anew when somebody asks. */
static gboolean
is_under_way (LeydenSession *self)
{
  LeydenBackendState state = leyden_backend_get_state (self->backend);

  return self->started && state != LEYDEN_BACKEND_FAILED && state != LEYDEN_BACKEND_OFFLINE;
}

void
leyden_session_start (LeydenSession *self)
{
  g_return_if_fail (LEYDEN_IS_SESSION (self));

  if (is_under_way (self))
    return;
  self->started = TRUE;
  apply_settings (self);
  leyden_backend_connect_async (self->backend, NULL, connected_cb, g_object_ref (self));
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

  if (is_under_way (self) || self->looking)
    return;
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
