/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-alert-watch.h"

struct _LeydenAlertWatch
{
  GObject             parent_instance;

  LeydenSession      *session;
  LeydenSubscription *subscription;
  GCancellable       *cancellable;      /* of what is asked of this backend */
  LeydenValue        *alerts;           /* list, nullable */
  LeydenValue        *metrics;          /* nullable */
  char               *problem;
  guint               n_firing;
  gboolean            asking;
  gboolean            ask_again;
};

G_DEFINE_FINAL_TYPE (LeydenAlertWatch, leyden_alert_watch, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_N_FIRING,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_CHANGED,
  SIGNAL_NEWS,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static const char *
get_state (LeydenValue *alert)
{
  return leyden_value_get_member_string (leyden_value_get_member (alert, "status"), "state", "ok");
}

/* Takes @alerts, nullable. */
static void
set_alerts (LeydenAlertWatch *self,
            LeydenValue      *alerts)
{
  guint n = 0;

  g_clear_pointer (&self->alerts, leyden_value_unref);
  self->alerts = alerts;
  for (guint i = 0; i < leyden_value_get_size (alerts); i++)
    n += g_str_equal (get_state (leyden_value_get_item (alerts, i)), "firing");
  if (n != self->n_firing)
    {
      self->n_firing = n;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_FIRING]);
    }
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* ---- Asking ---- */

static void
received_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenAlertWatch) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *list = leyden_value_get_member (answer, "alerts");

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->asking = FALSE;
  g_clear_pointer (&self->problem, g_free);
  if (answer == NULL)
    self->problem = g_strdup (error->message);
  if (list != NULL)
    set_alerts (self, leyden_value_ref (list));
  else
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  if (self->ask_again)
    leyden_alert_watch_refresh (self);
}

static void
metrics_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenAlertWatch) self = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);

  if (answer == NULL)
    return;
  g_clear_pointer (&self->metrics, leyden_value_unref);
  self->metrics = g_steal_pointer (&answer);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
leyden_alert_watch_refresh (LeydenAlertWatch *self)
{
  LeydenBackend *backend;

  g_return_if_fail (LEYDEN_IS_ALERT_WATCH (self));

  backend = leyden_session_get_backend (self->session);
  self->ask_again = self->asking;
  if (self->asking || leyden_backend_get_state (backend) != LEYDEN_BACKEND_CONNECTED)
    return;
  self->asking = TRUE;
  leyden_backend_request_async (backend, "GET", "/leyden/v1/alerts", NULL, self->cancellable, received_cb, g_object_ref (self));
  if (self->metrics == NULL)
    leyden_backend_request_async (backend, "GET", "/leyden/v1/insights/metrics", NULL, self->cancellable, metrics_cb, g_object_ref (self));
}

/* ---- Following ---- */

/* The row in its place; a rule that is new comes with the next answer. */
static void
put_row (LeydenAlertWatch *self,
         LeydenValue      *alert)
{
  const char *id = leyden_value_get_member_string (alert, "id", "");

  for (guint i = 0; i < leyden_value_get_size (self->alerts); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (self->alerts, i), "id", NULL), id) == 0)
      {
        set_alerts (self, leyden_value_with_item (self->alerts, i, alert));
        return;
      }
  leyden_alert_watch_refresh (self);
}

static void
event_cb (LeydenSubscription *subscription,
          const char         *event,
          LeydenValue        *data,
          const char         *id,
          gpointer            user_data)
{
  LeydenAlertWatch *self = user_data;
  const char *news = leyden_value_get_member_string (data, "news", NULL);

  if (!g_str_equal (event, "alert"))
    return;
  put_row (self, data);
  if (g_strcmp0 (news, "firing") == 0 || g_strcmp0 (news, "resolved") == 0)
    g_signal_emit (self, signals[SIGNAL_NEWS], 0, data);
}

static void
unfollow (LeydenAlertWatch *self)
{
  if (self->subscription != NULL)
    leyden_subscription_cancel (self->subscription);
  g_clear_object (&self->subscription);
}

/* Connected, also again after a loss: what was missed meanwhile is asked for. */
static void
state_cb (LeydenAlertWatch *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  LeydenBackendState state = leyden_backend_get_state (backend);

  /* What is closed ends its streams; a loss is repaired by itself. */
  if (state == LEYDEN_BACKEND_OFFLINE || state == LEYDEN_BACKEND_FAILED)
    unfollow (self);
  if (state != LEYDEN_BACKEND_CONNECTED)
    return;
  if (self->subscription == NULL || leyden_subscription_is_ended (self->subscription))
    unfollow (self);
  if (self->subscription == NULL)
    self->subscription = leyden_backend_subscribe (backend, "/leyden/v1/events", 0, event_cb, self, NULL);
  leyden_alert_watch_refresh (self);
}

/* Another backend: nothing of the one before is so any more. */
static void
switched_cb (LeydenAlertWatch *self)
{
  unfollow (self);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->asking = FALSE;
  self->ask_again = FALSE;
  g_clear_pointer (&self->metrics, leyden_value_unref);
  g_clear_pointer (&self->problem, g_free);
  set_alerts (self, NULL);
  state_cb (self);
}

/* ---- Life ---- */

static void
leyden_alert_watch_get_property (GObject    *object,
                                 guint       property_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  switch (property_id)
    {
    case PROP_N_FIRING:
      g_value_set_uint (value, LEYDEN_ALERT_WATCH (object)->n_firing);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
leyden_alert_watch_dispose (GObject *object)
{
  LeydenAlertWatch *self = LEYDEN_ALERT_WATCH (object);

  unfollow (self);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->alerts, leyden_value_unref);
  g_clear_pointer (&self->metrics, leyden_value_unref);
  g_clear_pointer (&self->problem, g_free);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_alert_watch_parent_class)->dispose (object);
}

static void
leyden_alert_watch_class_init (LeydenAlertWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_alert_watch_dispose;
  G_OBJECT_CLASS (klass)->get_property = leyden_alert_watch_get_property;
  properties[PROP_N_FIRING] = g_param_spec_uint ("n-firing", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", LEYDEN_TYPE_ALERT_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_NEWS] = g_signal_new ("news", LEYDEN_TYPE_ALERT_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
}

static void
leyden_alert_watch_init (LeydenAlertWatch *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  g_signal_connect_object (leyden_session_get_backend (self->session), "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "switched", G_CALLBACK (switched_cb), self, G_CONNECT_SWAPPED);
  state_cb (self);
}

LeydenAlertWatch *
leyden_alert_watch_get_default (void)
{
  static LeydenAlertWatch *watch;

  if (watch == NULL)
    watch = g_object_new (LEYDEN_TYPE_ALERT_WATCH, NULL);
  return watch;
}

LeydenValue *
leyden_alert_watch_get_alerts (LeydenAlertWatch *self)
{
  g_return_val_if_fail (LEYDEN_IS_ALERT_WATCH (self), NULL);

  return self->alerts;
}

static LeydenValue *
find_by (LeydenValue *list,
         const char  *key,
         const char  *text)
{
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (list, i), key, NULL), text) == 0)
      return leyden_value_get_item (list, i);
  return NULL;
}

LeydenValue *
leyden_alert_watch_find (LeydenAlertWatch *self,
                         const char       *id)
{
  g_return_val_if_fail (LEYDEN_IS_ALERT_WATCH (self) && id != NULL, NULL);

  return find_by (self->alerts, "id", id);
}

guint
leyden_alert_watch_get_n_firing (LeydenAlertWatch *self)
{
  g_return_val_if_fail (LEYDEN_IS_ALERT_WATCH (self), 0);

  return self->n_firing;
}

const char *
leyden_alert_watch_get_problem (LeydenAlertWatch *self)
{
  g_return_val_if_fail (LEYDEN_IS_ALERT_WATCH (self), NULL);

  return self->problem;
}

LeydenValue *
leyden_alert_watch_get_metrics (LeydenAlertWatch *self)
{
  g_return_val_if_fail (LEYDEN_IS_ALERT_WATCH (self), NULL);

  return self->metrics;
}

LeydenValue *
leyden_alert_watch_find_metric (LeydenAlertWatch *self,
                                const char       *name)
{
  g_return_val_if_fail (LEYDEN_IS_ALERT_WATCH (self), NULL);

  return name == NULL ? NULL : find_by (leyden_value_get_member (self->metrics, "metrics"), "name", name);
}
