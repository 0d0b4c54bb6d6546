/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-mirror-view.h"

struct _LeydenMirrorView
{
  GObject             parent_instance;

  LeydenSession      *session;
  LeydenSubscription *subscription;
  GCancellable       *cancellable;
  LeydenValue        *mirror;
  char               *id;
};

G_DEFINE_FINAL_TYPE (LeydenMirrorView, leyden_mirror_view, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_MIRROR,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

static void
take (LeydenMirrorView *self,
      LeydenValue      *mirror)
{
  if (self->cancellable == NULL || g_strcmp0 (leyden_value_get_member_string (mirror, "mirror", NULL), self->id) != 0)
    return;
  leyden_value_ref (mirror);
  g_clear_pointer (&self->mirror, leyden_value_unref);
  self->mirror = mirror;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MIRROR]);
}

static void
event_cb (LeydenSubscription *subscription,
          const char         *event,
          LeydenValue        *data,
          const char         *id,
          gpointer            user_data)
{
  if (g_str_equal (event, "mirror"))
    take (user_data, data);
}

static void
received_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenMirrorView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer != NULL)
    take (self, answer);
  else
    g_debug ("Mirror: %s", error->message);
}

/* The backend may be another process than before, and events that went by meanwhile are gone. */
static void
state_cb (LeydenMirrorView *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/mirrors/%s", self->id);

  if (leyden_backend_get_state (backend) != LEYDEN_BACKEND_CONNECTED)
    {
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MIRROR]);
      return;
    }
  leyden_backend_request_async (backend, "GET", path, NULL, self->cancellable, received_cb, g_object_ref (self));
  if (self->subscription == NULL)
    self->subscription = leyden_backend_subscribe (backend, "/leyden/v1/events", 0, event_cb, self, NULL);
}

void
leyden_mirror_view_close (LeydenMirrorView *self)
{
  g_return_if_fail (LEYDEN_IS_MIRROR_VIEW (self));

  if (self->cancellable == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->subscription != NULL)
    leyden_subscription_cancel (self->subscription);
  g_clear_object (&self->subscription);
  g_signal_handlers_disconnect_by_data (leyden_session_get_backend (self->session), self);
}

static void
leyden_mirror_view_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  if (prop_id == PROP_MIRROR)
    g_value_set_boxed (value, LEYDEN_MIRROR_VIEW (object)->mirror);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_mirror_view_dispose (GObject *object)
{
  LeydenMirrorView *self = LEYDEN_MIRROR_VIEW (object);

  leyden_mirror_view_close (self);
  g_clear_object (&self->session);
  g_clear_pointer (&self->mirror, leyden_value_unref);
  g_clear_pointer (&self->id, g_free);
  G_OBJECT_CLASS (leyden_mirror_view_parent_class)->dispose (object);
}

static void
leyden_mirror_view_class_init (LeydenMirrorViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_mirror_view_dispose;
  G_OBJECT_CLASS (klass)->get_property = leyden_mirror_view_get_property;
  properties[PROP_MIRROR] = g_param_spec_boxed ("mirror", NULL, NULL, LEYDEN_TYPE_VALUE,
                                                G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
}

static void
leyden_mirror_view_init (LeydenMirrorView *self)
{
  self->cancellable = g_cancellable_new ();
}

LeydenMirrorView *
leyden_mirror_view_new (LeydenSession *session,
                        const char    *id)
{
  LeydenMirrorView *self;

  g_return_val_if_fail (LEYDEN_IS_SESSION (session) && id != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_MIRROR_VIEW, NULL);
  self->session = g_object_ref (session);
  self->id = g_strdup (id);
  g_signal_connect_object (leyden_session_get_backend (session), "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  state_cb (self);
  return self;
}

const char *
leyden_mirror_view_get_id (LeydenMirrorView *self)
{
  g_return_val_if_fail (LEYDEN_IS_MIRROR_VIEW (self), NULL);
  return self->id;
}

LeydenValue *
leyden_mirror_view_get_mirror (LeydenMirrorView *self)
{
  g_return_val_if_fail (LEYDEN_IS_MIRROR_VIEW (self), NULL);
  return self->mirror;
}

const char *
leyden_mirror_view_get_state (LeydenMirrorView *self)
{
  g_return_val_if_fail (LEYDEN_IS_MIRROR_VIEW (self), NULL);
  return leyden_value_get_member_string (self->mirror, "state", "connecting");
}

static void
asked_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  take (g_task_get_source_object (task), answer);
  g_task_return_boolean (task, TRUE);
}

void
leyden_mirror_view_ask_async (LeydenMirrorView    *self,
                              const char          *what,
                              LeydenValue         *body,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  g_autofree char *path = NULL;
  g_autoptr(LeydenValue) nothing = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  GTask *task;

  g_return_if_fail (LEYDEN_IS_MIRROR_VIEW (self) && what != NULL);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_end (&b);
  nothing = leyden_value_builder_end_value (&b);
  path = g_strdup_printf ("/leyden/v1/mirrors/%s/%s", self->id, what);
  task = g_task_new (self, self->cancellable, callback, data);
  g_task_set_source_tag (task, leyden_mirror_view_ask_async);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "POST", path, body != NULL ? body : nothing, self->cancellable,
                                asked_cb, task);
}

gboolean
leyden_mirror_view_ask_finish (LeydenMirrorView  *self,
                               GAsyncResult      *result,
                               GError           **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
