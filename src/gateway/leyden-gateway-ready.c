/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /readyz: whether this backend can do its work now: the store takes a write and syncs it, there is room on the disk, the loop turns.
 * And the end of it: a drain answers what is under way and refuses what is new. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-ops.h"

#include <errno.h>
#include <sys/statvfs.h>

#include "leyden-id.h"

/* Whoever asks more often is told what was found last: the route needs no key, and a write costs a sync. */
#define FRESH_US G_USEC_PER_SEC
/* A disk that takes longer than this for one write is no good one. */
#define WRITE_LIMIT_MS 5000
#define LAG_LIMIT_MS 5000

LeydenDiskCheck
leyden_ops_check_disk (LeydenOps *self)
{
  struct statvfs status;
  LeydenDiskCheck check = { TRUE, 0 };
  int result;

  do
    result = statvfs (self->gateway->database, &status);
  while (result != 0 && errno == EINTR);
  if (result != 0)
    return check;
  check.free_bytes = (guint64)status.f_bavail * status.f_frsize;
  check.ok = check.free_bytes >= self->min_free_bytes;
  return check;
}

/* @member NULL: whether all is well, and no figure. */
static void
add_check (LeydenValueBuilder *b,
           const char         *name,
           gboolean            ok,
           const char         *member,
           double              value,
           const char         *problem)
{
  leyden_value_builder_key (b, name);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_boolean (b, "ok", ok);
  if (member != NULL)
    leyden_value_builder_set_double (b, member, value);
  if (problem != NULL)
    leyden_value_builder_set_string (b, "problem", problem);
  leyden_value_builder_end (b);
}

static void
answer (LeydenOps          *self,
        LeydenHttpExchange *exchange)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenDiskCheck disk = leyden_ops_check_disk (self);
  double lag_ms = leyden_ops_lag_ms (self);
  gboolean stopping = self->gateway->stopping;
  gboolean lags = lag_ms > LAG_LIMIT_MS;
  gboolean ready = !stopping && self->store_ok && disk.ok && !lags;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "status", stopping ? "stopping" : ready ? "ready" : "not ready");
  if (stopping)
    leyden_value_builder_set_string (&b, "detail", "The backend is about to end");
  else if (!ready)
    leyden_value_builder_set_string (&b, "detail", !self->store_ok ? "The database takes no writes" : !disk.ok ? "The disk is nearly full"
                                                                                                         : "The backend is overloaded");
  leyden_value_builder_key (&b, "checks");
  leyden_value_builder_begin_object (&b);
  add_check (&b, "store", self->store_ok, "write_ms", self->write_ms, self->store_problem);
  /* How much room there is is no matter of whoever asks without a key; /metrics tells it. */
  add_check (&b, "disk", disk.ok, NULL, 0, NULL);
  add_check (&b, "loop", !lags, "lag_ms", lag_ms, NULL);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  if (!ready)
    leyden_http_exchange_add_header (exchange, "Retry-After", "1");
  leyden_gateway_respond_take (exchange, ready ? 200 : 503, leyden_value_builder_end_value (&b));
}

static void
stop_limit (LeydenOps *self)
{
  if (self->ask_limit != NULL)
    g_source_destroy (self->ask_limit);
  g_clear_pointer (&self->ask_limit, g_source_unref);
}

static void
answer_all (LeydenOps *self)
{
  stop_limit (self);
  for (guint i = 0; i < self->asking->len; i++)
    answer (self, g_ptr_array_index (self->asking, i));
  g_ptr_array_set_size (self->asking, 0);
}

void
leyden_ops_drop_asking (LeydenOps *self)
{
  if (self->asking->len > 0)
    answer_all (self);
  stop_limit (self);
}

static void
set_found (LeydenOps  *self,
           gboolean    ok,
           const char *problem)
{
  self->store_ok = ok;
  self->write_ms = (double)(g_get_monotonic_time () - self->try_began_us) / 1000;
  self->tried_us = g_get_monotonic_time ();
  g_free (self->store_problem);
  self->store_problem = g_strdup (problem);
}

static void
tried_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(LeydenGateway) gateway = user_data;
  LeydenOps *self = gateway->ops;
  g_autoptr(GError) error = NULL;
  gboolean ok = leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error);

  self->trying = FALSE;
  /* The words of the disk are for the log; whoever asks without a key is told no paths. */
  if (!ok)
    g_message ("A trial write failed: %s", error->message);
  set_found (self, ok, ok ? NULL : "A write failed");
  answer_all (self);
}

static gboolean
limit_cb (gpointer data)
{
  LeydenOps *self = data;

  set_found (self, FALSE, "A write takes longer than 5 s");
  answer_all (self);
  return G_SOURCE_REMOVE;
}

static LeydenValue *
make_mark (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "time", leyden_time_now_ns ());
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
try_write (LeydenOps *self)
{
  g_autoptr(LeydenValue) mark = make_mark ();

  if (self->ask_limit == NULL)
    {
      self->ask_limit = g_timeout_source_new (WRITE_LIMIT_MS);
      g_source_set_callback (self->ask_limit, limit_cb, self, NULL);
      g_source_attach (self->ask_limit, g_main_context_get_thread_default ());
    }
  if (self->trying)
    return;
  self->trying = TRUE;
  self->try_began_us = g_get_monotonic_time ();
  leyden_store_put_document_async (LEYDEN_STORE (self->gateway->store), "backend", "trial", mark, tried_cb, g_object_ref (self->gateway));
}

void
leyden_gateway_get_readyz (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  LeydenOps *ops = self->ops;

  if (self->stopping || (ops->tried_us != 0 && g_get_monotonic_time () - ops->tried_us < FRESH_US))
    {
      answer (ops, exchange);
      return;
    }
  g_ptr_array_add (ops->asking, leyden_http_exchange_ref (exchange));
  try_write (ops);
}

/* ---- The drain ---- */

guint
leyden_ops_count_handling (LeydenOps *self)
{
  LeydenGateway *gateway = self->gateway;

  return leyden_http_server_get_n_handling (gateway->server)
         + (gateway->local_server != NULL ? leyden_http_server_get_n_handling (gateway->local_server) : 0);
}

void
leyden_gateway_begin_drain (LeydenGateway *self)
{
  g_return_if_fail (LEYDEN_IS_GATEWAY (self));

  self->stopping = TRUE;
  self->draining = TRUE;
}

gboolean
leyden_gateway_is_drained (LeydenGateway *self)
{
  g_return_val_if_fail (LEYDEN_IS_GATEWAY (self), TRUE);

  return self->server == NULL || (leyden_ops_count_handling (self->ops) == 0 && leyden_proxy_get_n_inflight (self->proxy) == 0);
}
