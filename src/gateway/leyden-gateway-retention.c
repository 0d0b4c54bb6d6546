/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-backups.h"

#include <string.h>

#include "leyden-gateway-access.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-store-backup.h"

/* What has ended long ago, is too much, or was deleted a day ago is removed a little after the start and then every hour. */
#define FIRST_S 5
#define EVERY_S 3600
#define DAY_NS  G_GINT64_CONSTANT (86400000000000)
#define MAX_DAYS 36500
#define MAX_MIB  (G_GINT64_CONSTANT (1) << 40)

struct _LeydenRetentionClock
{
  LeydenGateway *gateway;       /* borrowed */
  guint          days;
  guint64        max_bytes;
  GSource       *clock;
  gboolean       running;
  LeydenValue   *last;          /* what the last one removed, with its time; nullable */
};

static LeydenRetention
make_retention (gint64 days,
                gint64 max_bytes)
{
  gint64 now_ns = leyden_time_now_ns ();

  return (LeydenRetention) { days > 0 ? now_ns - days * DAY_NS : 0, max_bytes, now_ns - DAY_NS };
}

static LeydenValue *
with_time (LeydenValue *answer)
{
  g_autoptr(LeydenValue) time = leyden_value_new_int (leyden_time_now_ns ());

  return leyden_value_with_member (answer, "finished", time);
}

/* ---- The clock ---- */

static void
retained_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenGateway) gateway = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_sqlite_store_retain_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  LeydenRetentionClock *self = gateway->retention;

  if (self == NULL)
    return;
  self->running = FALSE;
  if (answer == NULL)
    {
      if (!gateway->stopping)
        g_warning ("Old records could not be removed: %s", error->message);
      return;
    }
  g_clear_pointer (&self->last, leyden_value_unref);
  self->last = with_time (answer);
  if (leyden_value_get_member_int (answer, "rollouts", 0) > 0)
    {
      leyden_gateway_audit (gateway, NULL, "retention.removed", NULL, answer);
      g_message ("Retention removed %" G_GINT64_FORMAT " rollouts", leyden_value_get_member_int (answer, "rollouts", 0));
    }
}

static gboolean clock_cb (gpointer data);

static void
set_clock (LeydenRetentionClock *self,
           guint                 seconds)
{
  g_clear_pointer (&self->clock, g_source_unref);
  self->clock = g_timeout_source_new_seconds (seconds);
  g_source_set_callback (self->clock, clock_cb, self, NULL);
  g_source_attach (self->clock, g_main_context_get_thread_default ());
}

static gboolean
clock_cb (gpointer data)
{
  LeydenRetentionClock *self = data;
  LeydenRetention retention = make_retention (self->days, (gint64)self->max_bytes);

  if (!self->running)
    {
      self->running = TRUE;
      leyden_sqlite_store_retain_async (self->gateway->store, &retention, retained_cb, g_object_ref (self->gateway));
    }
  set_clock (self, EVERY_S);
  return G_SOURCE_REMOVE;
}

LeydenRetentionClock *
leyden_retention_clock_new (LeydenGateway              *gateway,
                            const LeydenGatewayOptions *options)
{
  LeydenRetentionClock *self = g_new0 (LeydenRetentionClock, 1);

  self->gateway = gateway;
  self->days = options->retain_days;
  self->max_bytes = options->retain_bytes;
  return self;
}

void
leyden_retention_clock_start (LeydenRetentionClock *self)
{
  set_clock (self, FIRST_S);
}

void
leyden_retention_clock_stop (LeydenRetentionClock *self)
{
  if (self->clock != NULL)
    g_source_destroy (self->clock);
  g_clear_pointer (&self->clock, g_source_unref);
}

void
leyden_retention_clock_free (LeydenRetentionClock *self)
{
  leyden_retention_clock_stop (self);
  g_clear_pointer (&self->last, leyden_value_unref);
  g_free (self);
}

LeydenValue *
leyden_retention_clock_describe (LeydenRetentionClock *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "days", self->days);
  leyden_value_builder_set_int (&b, "mib", (gint64)(self->max_bytes / (1024 * 1024)));
  leyden_value_builder_set (&b, "last", self->last);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- The route ---- */

static void
asked_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  LeydenHttpExchange *exchange = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_sqlite_store_retain_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (answer == NULL)
    leyden_gateway_respond_gerror (exchange, error);
  else
    leyden_http_exchange_respond_json (exchange, 200, answer);
  leyden_http_exchange_unref (exchange);
}

/* A whole number from 1, or 0 when it is absent; FALSE after a refusal. */
static gboolean
read_number (LeydenHttpExchange *exchange,
             LeydenValue        *body,
             const char         *key,
             gint64              maximum,
             gint64             *out)
{
  LeydenValue *value = leyden_value_get_member (body, key);

  *out = 0;
  if (leyden_value_is_null (value) || (leyden_value_get_int (value, out) && *out >= 1 && *out <= maximum))
    return TRUE;
  leyden_http_exchange_respond_error (exchange, 422, "\"%s\" must be a whole number from 1 to %" G_GINT64_FORMAT, key, maximum);
  return FALSE;
}

void
leyden_gateway_retain (LeydenGateway      *self,
                       LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  LeydenRetention retention;
  gint64 days, mib;

  if (body == NULL || !read_number (exchange, body, "days", MAX_DAYS, &days) || !read_number (exchange, body, "mib", MAX_MIB, &mib))
    return;
  if (days == 0 && mib == 0)
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"days\" or \"mib\" is needed: what ended before, or how large the database may be");
      return;
    }
  retention = make_retention (days, mib * 1024 * 1024);
  leyden_sqlite_store_retain_async (self->store, &retention, asked_cb, leyden_http_exchange_ref (exchange));
}
