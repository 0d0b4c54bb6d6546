/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /leyden/v1/leases: workers ask for queued rollouts, say that they live, and how it ended. One question does it all, so that a lost answer
 * costs nothing: leases that the worker does not name are told to it again, those that it names are renewed or lost. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-agl.h"
#include "leyden-gateway-access.h"

#include <string.h>

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-lease-request.h"

/* An agent's key outlives the time that its rollout may take; without such a limit it ends after a week. */
#define KEY_MARGIN_S 3600
#define KEY_DEFAULT_S (7 * 24 * 3600)
/* How often those that expired are looked for, while there are any. */
#define LOOK_MS 1000

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
} Pending;

static Pending *
pending_new (LeydenGateway      *self,
             LeydenHttpExchange *exchange)
{
  Pending *pending = g_new0 (Pending, 1);

  pending->self = g_object_ref (self);
  pending->exchange = leyden_http_exchange_ref (exchange);
  return pending;
}

static void
pending_free (Pending *self)
{
  leyden_http_exchange_unref (self->exchange);
  g_object_unref (self->self);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pending, pending_free)

/* ---- The clock ---- */

static gboolean look_cb (gpointer data);

static void
note_held (LeydenGateway *self,
           gint64         n_held)
{
  self->n_leases = n_held;
  if (n_held > 0 && self->lease_clock == NULL && !self->stopping)
    {
      self->lease_clock = g_timeout_source_new (LOOK_MS);
      g_source_set_callback (self->lease_clock, look_cb, self, NULL);
      g_source_attach (self->lease_clock, g_main_context_get_thread_default ());
    }
  else if (n_held == 0)
    leyden_gateway_stop_leases (self);
  leyden_gateway_touch (self);
}

void
leyden_gateway_stop_leases (LeydenGateway *self)
{
  if (self->lease_clock != NULL)
    g_source_destroy (self->lease_clock);
  g_clear_pointer (&self->lease_clock, g_source_unref);
}

static void
looked_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenGateway) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenAglChange) change = leyden_sqlite_store_agl_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  self->lease_looking = FALSE;
  if (change != NULL)
    note_held (self, change->n_held);
  else
    g_warning ("Leases that have expired could not be looked for: %s", error->message);
}

static void
look (LeydenGateway       *self,
      LeydenAglChangeKind  kind)
{
  LeydenAglChange *change = leyden_agl_change_new (kind, NULL);

  change->actor = g_strdup ("leases");
  change->now_ns = leyden_time_now_ns ();
  change->requeue = self->lease_requeue;
  change->max_attempts = self->lease_attempts;
  self->lease_looking = TRUE;
  leyden_sqlite_store_agl_change_async (self->store, change, looked_cb, g_object_ref (self));
}

static gboolean
look_cb (gpointer data)
{
  LeydenGateway *self = data;

  if (!self->lease_looking && !self->stopping)
    look (self, LEYDEN_AGL_EXPIRE_LEASES);
  return G_SOURCE_CONTINUE;
}

void
leyden_gateway_start_leases (LeydenGateway *self)
{
  look (self, LEYDEN_AGL_KEEP_LEASES);
}

/* ---- POST /leyden/v1/leases ---- */

/* @lease with a key for its agent, good for this attempt alone. (transfer full) */
static LeydenValue *
add_key (LeydenGateway *self,
         LeydenValue   *lease)
{
  LeydenValue *rollout = leyden_value_get_member (lease, "rollout");
  gint64 timeout_s = leyden_value_get_member_int (leyden_value_get_member (rollout, "config"), "timeout_seconds", 0);
  gint64 lives_s = timeout_s > 0 && timeout_s < KEY_DEFAULT_S ? timeout_s + KEY_MARGIN_S : KEY_DEFAULT_S;
  g_autofree char *text = leyden_gateway_make_rollout_key (self, leyden_value_get_member_string (rollout, "rollout_id", ""),
                                                           leyden_value_get_member_string (lease, "attempt", "0"),
                                                           leyden_time_now_ns () + lives_s * G_GINT64_CONSTANT (1000000000));
  g_autoptr(LeydenValue) key = leyden_value_new_string (text, -1);

  return leyden_value_with_member (lease, "key", key);
}

/* The store's answer, with keys. (transfer full) */
static LeydenValue *
make_answer (LeydenGateway *self,
             const GString *json)
{
  const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
  g_autoptr(LeydenValue) answer = leyden_json_parse (json->str, (gssize)json->len, &limits, NULL);
  LeydenValue *leases = leyden_value_get_member (answer, "leases");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) keyed = NULL;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (leases); i++)
    leyden_value_builder_take (&b, add_key (self, leyden_value_get_item (leases, i)));
  leyden_value_builder_end (&b);
  keyed = leyden_value_builder_end_value (&b);
  return answer != NULL ? leyden_value_with_member (answer, "leases", keyed) : NULL;
}

static void
leased_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(Pending) pending = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenAglChange) change = leyden_sqlite_store_agl_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  g_autoptr(LeydenValue) answer = NULL;

  if (change == NULL)
    {
      leyden_gateway_respond_gerror (pending->exchange, error);
      return;
    }
  note_held (pending->self, change->n_held);
  answer = make_answer (pending->self, change->answer);
  if (answer == NULL)
    leyden_http_exchange_respond_error (pending->exchange, 503, "The leases could not be told");
  else
    leyden_http_exchange_respond_json (pending->exchange, 200, answer);
}

void
leyden_gateway_take_leases (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  g_autoptr(LeydenAglChange) change = leyden_agl_change_new (LEYDEN_AGL_LEASE, NULL);
  g_autoptr(GError) error = NULL;

  if (body == NULL)
    return;
  if (!leyden_lease_request_read (body, change, &error))
    {
      leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
      return;
    }
  change->now_ns = leyden_time_now_ns ();
  leyden_sqlite_store_agl_change_async (self->store, g_steal_pointer (&change), leased_cb, pending_new (self, exchange));
}

/* ---- POST /leyden/v1/leases/{lease}/end ---- */

static void
ended_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(Pending) pending = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenAglChange) change = leyden_sqlite_store_agl_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (change == NULL)
    {
      leyden_gateway_respond_gerror (pending->exchange, error);
      return;
    }
  note_held (pending->self, change->n_held);
  if (change->outcome == LEYDEN_AGL_UNKNOWN)
    leyden_http_exchange_respond_error (pending->exchange, 404, "There is no such lease");
  else if (change->outcome == LEYDEN_AGL_ILLEGAL && strcmp (change->from, "expired") == 0)
    leyden_http_exchange_respond_error (pending->exchange, 409, "The lease has expired; what this attempt did does not count");
  else if (change->outcome == LEYDEN_AGL_ILLEGAL)
    leyden_http_exchange_respond_error (pending->exchange, 409, "The rollout was ended or removed by somebody else");
  else
    leyden_agl_respond_take (pending->exchange, 200, g_steal_pointer (&change->answer));
}

void
leyden_gateway_end_lease (LeydenGateway      *self,
                          LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  g_autoptr(LeydenAglChange) change = leyden_agl_change_new (LEYDEN_AGL_END_LEASE, NULL);
  g_autoptr(GError) error = NULL;

  if (body == NULL)
    return;
  if (!leyden_lease_request_read_end (body, self->secrets, change, &error))
    {
      leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
      return;
    }
  change->lease = g_strdup (leyden_http_exchange_get_param (exchange, "lease"));
  change->actor = g_strdup ("worker");
  change->now_ns = leyden_time_now_ns ();
  leyden_sqlite_store_agl_change_async (self->store, g_steal_pointer (&change), ended_cb, pending_new (self, exchange));
}

/* ---- GET /leyden/v1/leases ---- */

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(Pending) pending = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) leases = leyden_sqlite_store_agl_answer_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  GString *json;

  if (leases == NULL)
    {
      leyden_gateway_respond_gerror (pending->exchange, error);
      return;
    }
  json = g_string_new ("{\"leases\":");
  g_string_append_len (json, g_bytes_get_data (leases, NULL), (gssize)g_bytes_get_size (leases));
  g_string_append_c (json, '}');
  leyden_agl_respond_take (pending->exchange, 200, json);
}

void
leyden_gateway_list_leases (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  leyden_sqlite_store_agl_leases_async (self->store, listed_cb, pending_new (self, exchange));
}
