/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

#include "leyden-remote-private.h"


/* A stream that ends at once without an event is opened again more and more slowly. */
#define PAUSE_MIN_MS 100
#define PAUSE_MAX_MS 5000

struct _LeydenSubscription
{
  GObject                     parent_instance;

  LeydenBackend              *backend;          /* borrowed; NULL once cancelled */
  char                       *path;
  LeydenSubscriptionCallback  callback;
  gpointer                    data;
  GDestroyNotify              destroy;
  char                       *last_id;          /* of the last event that had one, nullable */
  guint64                     position;
  GCancellable               *cancellable;
  guint                       generation;       /* of the connection that the stream uses */
  guint                       pause_ms;
  GSource                    *retry;
  gboolean                    streaming;
  gboolean                    ended;
};

G_DEFINE_FINAL_TYPE (LeydenSubscription, leyden_subscription, G_TYPE_OBJECT)

enum
{
  SIGNAL_ENDED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void stream_begin (LeydenSubscription *self);

static void
clear_retry (LeydenSubscription *self)
{
  if (self->retry != NULL)
    g_source_destroy (self->retry);
  g_clear_pointer (&self->retry, g_source_unref);
}

static void
detach (LeydenSubscription *self)
{
  GDestroyNotify destroy = g_steal_pointer (&self->destroy);
  gpointer data = g_steal_pointer (&self->data);

  clear_retry (self);
  self->callback = NULL;
  if (self->backend != NULL)
    g_ptr_array_remove (self->backend->subscriptions, self);
  g_clear_weak_pointer (&self->backend);
  if (destroy != NULL)
    destroy (data);
}

void
leyden_subscription_end (LeydenSubscription *self)
{
  g_autoptr(LeydenSubscription) keep = g_object_ref (self);

  if (self->ended)
    return;
  self->ended = TRUE;
  detach (self);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0);
}

/* One opened stream. It does not hold the subscription: whoever drops that wants no more of it. */
typedef struct
{
  GWeakRef           subscription;
  LeydenHttpRequest *request;
} Stream;

static void
stream_free (Stream *stream)
{
  g_weak_ref_clear (&stream->subscription);
  g_clear_object (&stream->request);
  g_free (stream);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Stream, stream_free)

static gboolean
event_cb (const char *event,
          const char *data,
          gsize       length,
          const char *id,
          gpointer    user_data)
{
  g_autoptr(LeydenSubscription) self = g_weak_ref_get (&((Stream *)user_data)->subscription);
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(GError) error = NULL;
  gboolean has_id;

  if (self == NULL || self->callback == NULL)
    return FALSE;
  has_id = *id != '\0' && g_strcmp0 (id, self->last_id) != 0;
  self->pause_ms = PAUSE_MIN_MS;
  value = leyden_remote_parse_text (data, length, &error);
  if (value == NULL)
    {
      g_message ("Event “%s” of a stream: %s", event, error->message);
      value = leyden_value_new_null ();
    }

  self->callback (self, event, value, has_id ? id : "", self->data);
  if (has_id)
    {
      g_free (self->last_id);
      self->last_id = g_strdup (id);
      self->position = g_ascii_strtoull (id, NULL, 10);
    }
  if (strcmp (event, "end") == 0 && self->callback != NULL)
    leyden_subscription_end (self);
  return self->callback != NULL;
}

static gboolean
retry_cb (gpointer data)
{
  LeydenSubscription *self = data;

  clear_retry (self);
  stream_begin (self);
  return G_SOURCE_REMOVE;
}

static void
schedule_retry (LeydenSubscription *self)
{
  clear_retry (self);
  self->retry = g_timeout_source_new (self->pause_ms);
  g_source_set_callback (self->retry, retry_cb, self, NULL);
  g_source_attach (self->retry, g_main_context_get_thread_default ());
  self->pause_ms = MIN (self->pause_ms * 2, PAUSE_MAX_MS);
}

static gboolean
is_final_status (guint status)
{
  return status == 404 || status == 403 || status == 422 || status == 400;
}

static void
stream_ended_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(Stream) stream = user_data;
  g_autoptr(LeydenSubscription) self = g_weak_ref_get (&stream->subscription);
  g_autoptr(GBytes) body = NULL;
  g_autoptr(GError) error = NULL;

  leyden_http_client_stream_finish (LEYDEN_HTTP_CLIENT (object), result, &body, &error);
  if (self == NULL)
    return;
  self->streaming = FALSE;
  if (self->backend == NULL)
    return;
  if (is_final_status (leyden_http_request_get_status (stream->request)))
    {
      leyden_subscription_end (self);
      return;
    }
  schedule_retry (self);
  leyden_backend_broken (self->backend, self->generation);
}

static void
stream_begin (LeydenSubscription *self)
{
  Stream *stream;
  g_autofree char *uri = NULL;

  if (self->backend == NULL || self->streaming || self->backend->state != LEYDEN_BACKEND_CONNECTED)
    return;

  clear_retry (self);
  uri = leyden_backend_make_uri (self->backend, self->path);
  stream = g_new0 (Stream, 1);
  g_weak_ref_init (&stream->subscription, self);
  stream->request = leyden_http_request_new ("GET", uri);
  leyden_backend_prepare (self->backend, stream->request);
  leyden_http_request_set_header (stream->request, "Accept", "text/event-stream");
  if (self->last_id != NULL)
    leyden_http_request_set_header (stream->request, "Last-Event-ID", self->last_id);
  self->streaming = TRUE;
  self->generation = self->backend->generation;
  leyden_http_client_stream_async (leyden_backend_get_http (self->backend), stream->request, event_cb, stream, self->cancellable, stream_ended_cb,
                                   stream);
}

void
leyden_subscription_connected (LeydenSubscription *self)
{
  if (self->retry == NULL)
    stream_begin (self);
}

static void
leyden_subscription_dispose (GObject *object)
{
  leyden_subscription_cancel (LEYDEN_SUBSCRIPTION (object));
  G_OBJECT_CLASS (leyden_subscription_parent_class)->dispose (object);
}

static void
leyden_subscription_finalize (GObject *object)
{
  LeydenSubscription *self = LEYDEN_SUBSCRIPTION (object);

  g_free (self->path);
  g_free (self->last_id);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (leyden_subscription_parent_class)->finalize (object);
}

static void
leyden_subscription_class_init (LeydenSubscriptionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = leyden_subscription_dispose;
  object_class->finalize = leyden_subscription_finalize;
  signals[SIGNAL_ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_subscription_init (LeydenSubscription *self)
{
  self->cancellable = g_cancellable_new ();
  self->pause_ms = PAUSE_MIN_MS;
}

LeydenSubscription *
leyden_backend_subscribe (LeydenBackend              *self,
                          const char                 *path,
                          guint64                     after,
                          LeydenSubscriptionCallback  callback,
                          gpointer                    data,
                          GDestroyNotify              destroy)
{
  LeydenSubscription *subscription;

  g_return_val_if_fail (LEYDEN_IS_BACKEND (self), NULL);
  g_return_val_if_fail (path != NULL && path[0] == '/' && callback != NULL, NULL);

  subscription = g_object_new (LEYDEN_TYPE_SUBSCRIPTION, NULL);
  g_set_weak_pointer (&subscription->backend, self);
  subscription->path = g_strdup (path);
  subscription->callback = callback;
  subscription->data = data;
  subscription->destroy = destroy;
  if (after > 0)
    {
      subscription->position = after;
      subscription->last_id = g_strdup_printf ("%" G_GUINT64_FORMAT, after);
    }
  g_ptr_array_add (self->subscriptions, subscription);
  stream_begin (subscription);
  return subscription;
}

void
leyden_subscription_cancel (LeydenSubscription *self)
{
  g_return_if_fail (LEYDEN_IS_SUBSCRIPTION (self));

  detach (self);
  g_cancellable_cancel (self->cancellable);
}

gboolean
leyden_subscription_is_ended (LeydenSubscription *self)
{
  g_return_val_if_fail (LEYDEN_IS_SUBSCRIPTION (self), TRUE);
  return self->ended;
}

guint64
leyden_subscription_get_position (LeydenSubscription *self)
{
  g_return_val_if_fail (LEYDEN_IS_SUBSCRIPTION (self), 0);
  return self->position;
}
