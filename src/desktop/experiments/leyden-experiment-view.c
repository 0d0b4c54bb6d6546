/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-experiment-view.h"

#include "leyden-experiment-data.h"

struct _LeydenExperimentView
{
  GObject             parent_instance;

  LeydenSession      *session;
  char               *id;
  LeydenValue        *snapshot;         /* nullable */
  LeydenSubscription *subscription;
  GCancellable       *cancellable;
  gboolean            reading;
  gboolean            stale;            /* something changed while it was read */
};

G_DEFINE_FINAL_TYPE (LeydenExperimentView, leyden_experiment_view, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_SNAPSHOT,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_ENDED,
  SIGNAL_FAILED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static LeydenBackend *
get_backend (LeydenExperimentView *self)
{
  return leyden_session_get_backend (self->session);
}

static void
take_snapshot (LeydenExperimentView *self,
               LeydenValue          *snapshot)
{
  gboolean was_active = self->snapshot != NULL && leyden_experiment_is_active (self->snapshot);
  g_autoptr(LeydenExperimentView) keep = g_object_ref (self);

  g_clear_pointer (&self->snapshot, leyden_value_unref);
  self->snapshot = leyden_value_ref (snapshot);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SNAPSHOT]);
  if (was_active && self->snapshot == snapshot && !leyden_experiment_is_active (snapshot))
    g_signal_emit (self, signals[SIGNAL_ENDED], 0);
}

static gboolean
is_snapshot (LeydenValue *value)
{
  return leyden_value_get_member_string (value, "state", NULL) != NULL;
}

static void read_again (LeydenExperimentView *self);

static void
snapshot_received_cb (GObject      *object,
                      GAsyncResult *result,
                      gpointer      data)
{
  g_autoptr(LeydenExperimentView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  self->reading = FALSE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->subscription == NULL)
    return;
  if (answer != NULL && is_snapshot (answer))
    take_snapshot (self, answer);
  else if (self->snapshot == NULL)
    g_signal_emit (self, signals[SIGNAL_FAILED], 0, error != NULL ? error->message : "");
  if (self->stale)
    read_again (self);
}

/* One request at a time, however fast it changes. */
static void
read_again (LeydenExperimentView *self)
{
  g_autofree char *id = leyden_backend_escape (self->id);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/experiments/%s", id);

  self->stale = self->reading;
  if (self->reading)
    return;
  self->reading = TRUE;
  leyden_backend_request_async (get_backend (self), "GET", path, NULL, self->cancellable, snapshot_received_cb, g_object_ref (self));
}

static void
event_cb (LeydenSubscription *subscription,
          const char         *event,
          LeydenValue        *data,
          const char         *id,
          gpointer            user_data)
{
  LeydenExperimentView *self = user_data;

  if (!g_str_equal (event, "snapshot"))
    return;
  if (is_snapshot (data))
    take_snapshot (self, data);
  else
    read_again (self);
}

/* Events are not kept: what happened meanwhile is asked for. */
static void
backend_state_cb (LeydenExperimentView *self)
{
  if (self->subscription != NULL && leyden_backend_get_state (get_backend (self)) == LEYDEN_BACKEND_CONNECTED)
    read_again (self);
}

static void
leyden_experiment_view_get_property (GObject    *object,
                                     guint       prop_id,
                                     GValue     *value,
                                     GParamSpec *pspec)
{
  if (prop_id == PROP_SNAPSHOT)
    g_value_set_boxed (value, LEYDEN_EXPERIMENT_VIEW (object)->snapshot);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_experiment_view_dispose (GObject *object)
{
  LeydenExperimentView *self = LEYDEN_EXPERIMENT_VIEW (object);

  leyden_experiment_view_close (self);
  g_clear_pointer (&self->snapshot, leyden_value_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_experiment_view_parent_class)->dispose (object);
}

static void
leyden_experiment_view_finalize (GObject *object)
{
  LeydenExperimentView *self = LEYDEN_EXPERIMENT_VIEW (object);

  g_clear_object (&self->cancellable);
  g_free (self->id);
  G_OBJECT_CLASS (leyden_experiment_view_parent_class)->finalize (object);
}

static void
leyden_experiment_view_class_init (LeydenExperimentViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = leyden_experiment_view_get_property;
  object_class->dispose = leyden_experiment_view_dispose;
  object_class->finalize = leyden_experiment_view_finalize;
  properties[PROP_SNAPSHOT] = g_param_spec_boxed ("snapshot", NULL, NULL, LEYDEN_TYPE_VALUE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_ENDED] =
    g_signal_new ("ended", LEYDEN_TYPE_EXPERIMENT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FAILED] =
    g_signal_new ("failed", LEYDEN_TYPE_EXPERIMENT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
leyden_experiment_view_init (LeydenExperimentView *self)
{
  self->cancellable = g_cancellable_new ();
}

LeydenExperimentView *
leyden_experiment_view_new (LeydenSession *session,
                            const char    *experiment)
{
  LeydenExperimentView *self;
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;

  g_return_val_if_fail (LEYDEN_IS_SESSION (session), NULL);
  g_return_val_if_fail (experiment != NULL && *experiment != '\0', NULL);

  self = g_object_new (LEYDEN_TYPE_EXPERIMENT_VIEW, NULL);
  self->session = g_object_ref (session);
  self->id = g_strdup (experiment);
  id = leyden_backend_escape (experiment);
  path = g_strdup_printf ("/leyden/v1/experiments/%s/events", id);
  self->subscription = leyden_backend_subscribe (get_backend (self), path, 0, event_cb, self, NULL);
  g_signal_connect_object (self->subscription, "ended", G_CALLBACK (read_again), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_backend (self), "notify::state", G_CALLBACK (backend_state_cb), self, G_CONNECT_SWAPPED);
  read_again (self);
  return self;
}

const char *
leyden_experiment_view_get_id (LeydenExperimentView *self)
{
  g_return_val_if_fail (LEYDEN_IS_EXPERIMENT_VIEW (self), NULL);
  return self->id;
}

LeydenValue *
leyden_experiment_view_get_snapshot (LeydenExperimentView *self)
{
  g_return_val_if_fail (LEYDEN_IS_EXPERIMENT_VIEW (self), NULL);
  return self->snapshot;
}

gboolean
leyden_experiment_view_is_active (LeydenExperimentView *self)
{
  g_return_val_if_fail (LEYDEN_IS_EXPERIMENT_VIEW (self), FALSE);
  return self->snapshot == NULL || leyden_experiment_is_active (self->snapshot);
}

static void
told_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenExperimentView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  /* It may have ended in the meantime; then the snapshot says so. */
  if (answer == NULL && !g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_CONFLICT))
    g_signal_emit (self, signals[SIGNAL_FAILED], 0, error->message);
  if (self->subscription != NULL)
    read_again (self);
}

static void
tell (LeydenExperimentView *self,
      const char           *what)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *id = leyden_backend_escape (self->id);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/experiments/%s/%s", id, what);
  g_autoptr(LeydenValue) body = NULL;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_end (&builder);
  body = leyden_value_builder_end_value (&builder);
  leyden_backend_request_async (get_backend (self), "POST", path, body, NULL, told_cb, g_object_ref (self));
}

void
leyden_experiment_view_pause (LeydenExperimentView *self)
{
  g_return_if_fail (LEYDEN_IS_EXPERIMENT_VIEW (self));
  tell (self, "pause");
}

void
leyden_experiment_view_resume (LeydenExperimentView *self)
{
  g_return_if_fail (LEYDEN_IS_EXPERIMENT_VIEW (self));
  tell (self, "resume");
}

void
leyden_experiment_view_stop (LeydenExperimentView *self)
{
  g_return_if_fail (LEYDEN_IS_EXPERIMENT_VIEW (self));
  tell (self, "stop");
}

void
leyden_experiment_view_close (LeydenExperimentView *self)
{
  g_return_if_fail (LEYDEN_IS_EXPERIMENT_VIEW (self));

  g_cancellable_cancel (self->cancellable);
  if (self->subscription != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->subscription, self);
      g_signal_handlers_disconnect_by_data (get_backend (self), self);
      leyden_subscription_cancel (self->subscription);
    }
  g_clear_object (&self->subscription);
}
