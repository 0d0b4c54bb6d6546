/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-policy-transport.h"

#include <glib/gi18n-lib.h>

#include "leyden-gateway-proxy-private.h"
#include "leyden-json.h"
#include "leyden-openai-wire.h"

/* What a paused proxy, or one with too many calls, is looked at again after. */
#define LOOK_AGAIN_MS 200
#define DEFAULT_TIMEOUT_S 120
/* The name by which its answers say where they come from. */
#define POLICY_ENDPOINT "policy"

/*
 *  send ─► servers known ─┬─ none registered ─► the node's own endpoint
 *              ▲          ├─ paused, or too many calls ─┐
 *              │          └─► the proxy's call ─► answer with its capture, or error with it
 *              └──────────────── LOOK_AGAIN_MS ◄────────┘
 *
 * A call that is cancelled or too late answers at once, and the proxy's is given up: its place is for others, the model may rest.
 */
struct _LeydenPolicyTransport
{
  GObject       parent_instance;
  LeydenModels *models;
  LeydenProxy  *proxy;
};

static void transport_init (LeydenModelTransportInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenPolicyTransport, leyden_policy_transport, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_MODEL_TRANSPORT, transport_init))

/* Of one call of a policy node; data of its task. Every source and callback holds a reference of the task. */
typedef struct
{
  LeydenModelCall  call;
  char            *endpoint;
  char            *rollout;
  char            *attempt;
  GSource         *watch;
  GSource         *pause;
  GSource         *deadline;
  GCancellable    *stop;                /* of the proxy's call */
  gint64           started_us;
  gboolean         waited;              /* it was told once that the call waits */
  gboolean         finished;
} Call;

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
call_free (gpointer data)
{
  Call *self = data;

  drop_source (&self->watch);
  drop_source (&self->pause);
  drop_source (&self->deadline);
  g_object_unref (self->stop);
  leyden_value_unref (self->call.body);
  g_free (self->endpoint);
  g_free (self->rollout);
  g_free (self->attempt);
  g_free (self);
}

/* FALSE: it was over already. */
static gboolean
settle (Call *self)
{
  if (self->finished)
    return FALSE;
  self->finished = TRUE;
  drop_source (&self->watch);
  drop_source (&self->pause);
  drop_source (&self->deadline);
  return TRUE;
}

static void
add_source (GTask       *task,
            GSource    **place,
            GSource     *source,
            GSourceFunc  func)
{
  *place = source;
  g_source_set_callback (source, func, g_object_ref (task), g_object_unref);
  g_source_attach (source, g_task_get_context (task));
}

/* Takes @error. */
static void
fail (GTask  *task,
      GError *error)
{
  if (settle (g_task_get_task_data (task)))
    g_task_return_error (task, error);
  else
    g_error_free (error);
}

/* Nobody waits for the answer any more. Takes @error. */
static void
give_up (GTask  *task,
         GError *error)
{
  Call *self = g_task_get_task_data (task);

  g_cancellable_cancel (self->stop);
  fail (task, error);
}

static gboolean
held_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* The process ends: no answer is one, and a failure would become part of the log. The call goes on with the next process. */
static void
hold_open (GTask *task)
{
  Call *self = g_task_get_task_data (task);

  drop_source (&self->pause);
  drop_source (&self->deadline);
  add_source (task, &self->pause, g_timeout_source_new_seconds (G_MAXINT16), held_cb);
}

/* ---- What came ---- */

/* As every transport answers, with what the trainer reads. (transfer full) */
static LeydenValue *
read_answer (Call         *self,
             LeydenValue  *response,
             LeydenValue  *event,
             GError      **error)
{
  g_autoptr(LeydenValue) answer = leyden_openai_read_answer (response, error);
  g_autoptr(LeydenValue) latency = leyden_value_new_double ((double)(g_get_monotonic_time () - self->started_us) / 1000);
  g_autoptr(LeydenValue) endpoint = leyden_value_new_string (POLICY_ENDPOINT, -1);
  g_autoptr(LeydenValue) named = NULL;
  g_autoptr(LeydenValue) timed = NULL;

  if (answer == NULL)
    return NULL;
  named = leyden_value_with_member (answer, "endpoint", endpoint);
  timed = leyden_value_get_member (named, "latency_ms") != NULL ? leyden_value_ref (named)
                                                               : leyden_value_with_member (named, "latency_ms", latency);
  return leyden_value_with_member (timed, "capture", event);
}

static void
done_cb (guint        status,
         LeydenValue *response,
         LeydenValue *event,
         const char  *detail,
         gpointer     user_data)
{
  g_autoptr(GTask) task = user_data;
  LeydenPolicyTransport *transport = g_task_get_source_object (task);
  Call *self = g_task_get_task_data (task);
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(GBytes) body = NULL;
  GError *error = NULL;

  if (self->finished)
    return;
  if (transport->proxy->gateway == NULL)
    {
      hold_open (task);
      return;
    }
  if (response == NULL)
    error = g_error_new_literal (LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_UNAVAILABLE, detail);
  else if (detail != NULL)
    error = g_error_new_literal (LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_PROTOCOL, detail);
  else if (status >= 200 && status < 300)
    answer = read_answer (self, response, event, &error);
  else
    {
      body = leyden_json_write_bytes (response, LEYDEN_JSON_COMPACT);
      leyden_openai_set_error (&error, status, body);
    }
  if (answer != NULL)
    {
      settle (self);
      g_task_return_pointer (task, g_steal_pointer (&answer), (GDestroyNotify)leyden_value_unref);
      return;
    }
  if (event != NULL && error->domain == LEYDEN_MODEL_ERROR)
    leyden_model_error_set_capture (error, event);
  fail (task, error);
}

/* ---- The way to it ---- */

static void known_cb (LeydenProxy *proxy, const GError *error, gpointer user_data);

static gboolean
look_again_cb (gpointer user_data)
{
  g_autoptr(GTask) task = g_object_ref (user_data);
  LeydenPolicyTransport *transport = g_task_get_source_object (task);
  Call *self = g_task_get_task_data (task);

  drop_source (&self->pause);
  leyden_proxy_when_known (transport->proxy, known_cb, g_object_ref (task));
  return G_SOURCE_REMOVE;
}

/* The pause is a rate limit to whoever waits. It has no end of its own; the rollout's deadline does. */
static void
look_again (GTask *task)
{
  LeydenPolicyTransport *transport = g_task_get_source_object (task);
  Call *self = g_task_get_task_data (task);

  if (!self->waited && self->call.waiting != NULL)
    self->call.waiting ("rate-limit", (guint)(transport->proxy->retry_after_s * 1000), self->call.data);
  self->waited = TRUE;
  add_source (task, &self->pause, g_timeout_source_new (LOOK_AGAIN_MS), look_again_cb);
}

static gboolean
deadline_cb (gpointer user_data)
{
  g_autoptr(GTask) task = g_object_ref (user_data);

  give_up (task, g_error_new_literal (LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_UNAVAILABLE, _("The call took longer than its time limit")));
  return G_SOURCE_REMOVE;
}

static void
start (GTask *task)
{
  LeydenPolicyTransport *transport = g_task_get_source_object (task);
  LeydenProxy *proxy = transport->proxy;
  Call *self = g_task_get_task_data (task);
  guint timeout_s = self->call.timeout_s > 0 ? self->call.timeout_s : DEFAULT_TIMEOUT_S;
  g_autoptr(LeydenValue) body = NULL;
  g_autoptr(LeydenValue) forced = NULL;

  /* No seed: the rollouts of one group are to differ, as those of external agents do. */
  body = leyden_openai_make_body (&self->call, NULL, LEYDEN_OPENAI_NO_SEED, FALSE);
  forced = leyden_proxy_force (&proxy->rules, body, self->call.train);
  self->started_us = g_get_monotonic_time ();
  add_source (task, &self->deadline, g_timeout_source_new (timeout_s * 1000), deadline_cb);
  leyden_proxy_call_start_inside (proxy, self->rollout, leyden_proxy_choose (proxy->servers, self->rollout), forced, self->stop,
                                  done_cb, g_object_ref (task));
}

static void
direct_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Call *self = g_task_get_task_data (task);
  GError *error = NULL;
  LeydenValue *answer = leyden_model_transport_send_finish (LEYDEN_MODEL_TRANSPORT (object), result, &error);

  if (answer == NULL)
    fail (task, error);
  else if (settle (self))
    g_task_return_pointer (task, answer, (GDestroyNotify)leyden_value_unref);
  else
    leyden_value_unref (answer);
}

static void
known_cb (LeydenProxy  *proxy,
          const GError *error,
          gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  LeydenPolicyTransport *transport = g_task_get_source_object (task);
  Call *self = g_task_get_task_data (task);

  if (self->finished)
    return;
  if (error != NULL)
    fail (task, g_error_copy (error));
  else if (proxy->gateway == NULL)
    hold_open (task);
  /* Nobody trains: the node asks whom it asks otherwise. */
  else if (leyden_value_get_size (proxy->servers) == 0)
    {
      GCancellable *cancellable = g_task_get_cancellable (task);

      drop_source (&self->watch);
      self->call.stream = TRUE;
      leyden_model_transport_send_async (LEYDEN_MODEL_TRANSPORT (transport->models), &self->call, cancellable, direct_cb,
                                         g_steal_pointer (&task));
    }
  else if (proxy->paused || proxy->n_inflight >= proxy->max_calls)
    look_again (task);
  else
    start (task);
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      user_data)
{
  g_autoptr(GTask) task = g_object_ref (user_data);

  give_up (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _("The call was cancelled")));
  return G_SOURCE_REMOVE;
}

static void
send_policy (GTask                 *task,
             const LeydenModelCall *call)
{
  LeydenPolicyTransport *transport = g_task_get_source_object (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  Call *self = g_new0 (Call, 1);

  self->call = *call;
  self->call.stream = FALSE;
  self->call.endpoint = self->endpoint = g_strdup (call->endpoint);
  self->rollout = g_strdup (call->rollout != NULL ? call->rollout : "");
  self->call.rollout = call->rollout != NULL ? self->rollout : NULL;
  self->call.attempt = self->attempt = g_strdup (call->attempt);
  self->call.body = leyden_value_ref (call->body);
  self->stop = g_cancellable_new ();
  g_task_set_task_data (task, self, call_free);
  if (cancellable != NULL)
    add_source (task, &self->watch, g_cancellable_source_new (cancellable), G_SOURCE_FUNC (cancelled_cb));
  leyden_proxy_when_known (transport->proxy, known_cb, g_object_ref (task));
}

static void
plain_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  LeydenValue *answer = leyden_model_transport_send_finish (LEYDEN_MODEL_TRANSPORT (object), result, &error);

  if (answer == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, answer, (GDestroyNotify)leyden_value_unref);
}

static void
leyden_policy_transport_send_async (LeydenModelTransport  *object,
                                    const LeydenModelCall *call,
                                    GCancellable          *cancellable,
                                    GAsyncReadyCallback    callback,
                                    gpointer               data)
{
  LeydenPolicyTransport *self = LEYDEN_POLICY_TRANSPORT (object);
  g_autoptr(GTask) task = g_task_new (self, cancellable, callback, data);

  g_task_set_source_tag (task, leyden_policy_transport_send_async);
  if (call->policy)
    send_policy (task, call);
  else
    leyden_model_transport_send_async (LEYDEN_MODEL_TRANSPORT (self->models), call, cancellable, plain_cb, g_steal_pointer (&task));
}

static LeydenValue *
leyden_policy_transport_send_finish (LeydenModelTransport  *object,
                                     GAsyncResult          *result,
                                     GError               **error)
{
  g_return_val_if_fail (g_task_is_valid (result, object), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
transport_init (LeydenModelTransportInterface *iface)
{
  iface->send_async = leyden_policy_transport_send_async;
  iface->send_finish = leyden_policy_transport_send_finish;
}

/* ---- Class ---- */

static void
leyden_policy_transport_finalize (GObject *object)
{
  LeydenPolicyTransport *self = LEYDEN_POLICY_TRANSPORT (object);

  g_object_unref (self->models);
  leyden_proxy_unref (self->proxy);
  G_OBJECT_CLASS (leyden_policy_transport_parent_class)->finalize (object);
}

static void
leyden_policy_transport_class_init (LeydenPolicyTransportClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_policy_transport_finalize;
}

static void
leyden_policy_transport_init (LeydenPolicyTransport *self)
{
}

LeydenPolicyTransport *
leyden_policy_transport_new (LeydenModels *models,
                             LeydenProxy  *proxy)
{
  LeydenPolicyTransport *self = g_object_new (LEYDEN_TYPE_POLICY_TRANSPORT, NULL);

  self->models = g_object_ref (models);
  self->proxy = g_rc_box_acquire (proxy);
  return self;
}
