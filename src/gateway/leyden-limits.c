/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-limits.h"

#include <string.h>

#include "leyden-rate-limiter.h"

/* Of whom the limits remember what they did. */
#define MAX_REMEMBERED 16384
/* Wrong keys of one address in a minute that are answered at once; each more makes the answers slower, up to the longest delay. */
#define FREE_FAILURES 20
#define DELAY_STEP_MS 50
#define MAX_DELAY_MS 1000
#define MINUTE_MS 60000

struct _LeydenLimits
{
  LeydenRateLimit      of_key;
  LeydenRateLimit      of_address;
  GMainContext        *refused_context;
  LeydenLimitsRefused  refused;         /* called in that context */
  gpointer             refused_data;

  GMutex               mutex;           /* of what follows */
  LeydenRateLimiter   *keys;            /* requests by key */
  LeydenRateLimiter   *addresses;       /* requests by address */
  LeydenRateLimiter   *failures;        /* refusals by kind and address or key */
  GHashTable          *known;           /* set of addresses that were let in */
};

LeydenLimits *
leyden_limits_new (void)
{
  LeydenLimits *self = g_atomic_rc_box_new0 (LeydenLimits);

  g_mutex_init (&self->mutex);
  self->keys = leyden_rate_limiter_new (MAX_REMEMBERED);
  self->addresses = leyden_rate_limiter_new (MAX_REMEMBERED);
  self->failures = leyden_rate_limiter_new (MAX_REMEMBERED);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

static void
limits_clear (gpointer data)
{
  LeydenLimits *self = data;

  leyden_rate_limiter_free (self->keys);
  leyden_rate_limiter_free (self->addresses);
  leyden_rate_limiter_free (self->failures);
  g_hash_table_unref (self->known);
  g_clear_pointer (&self->refused_context, g_main_context_unref);
  g_mutex_clear (&self->mutex);
}

void
leyden_limits_unref (LeydenLimits *self)
{
  g_atomic_rc_box_release_full (self, limits_clear);
}

void
leyden_limits_set_rates (LeydenLimits    *self,
                         LeydenRateLimit  of_key,
                         LeydenRateLimit  of_address)
{
  self->of_key = of_key;
  self->of_address = of_address;
}

void
leyden_limits_set_refused (LeydenLimits        *self,
                           LeydenLimitsRefused  refused,
                           gpointer             data)
{
  if (self->refused_context == NULL)
    self->refused_context = g_main_context_ref_thread_default ();
  self->refused = refused;
  self->refused_data = data;
}

typedef struct
{
  LeydenLimits *limits;
  const char   *what;
  char         *who;
  char         *address;
  char         *method;
  char         *path;
  guint         n;
} Refusal;

static void
refusal_free (gpointer data)
{
  Refusal *refusal = data;

  leyden_limits_unref (refusal->limits);
  g_free (refusal->who);
  g_free (refusal->address);
  g_free (refusal->method);
  g_free (refusal->path);
  g_free (refusal);
}

static gboolean
tell_cb (gpointer data)
{
  Refusal *refusal = data;
  LeydenLimits *self = refusal->limits;

  if (self->refused != NULL)
    self->refused (refusal->what, refusal->who, refusal->address, refusal->method, refusal->path, refusal->n, self->refused_data);
  return G_SOURCE_REMOVE;
}

static gboolean
is_power_of_ten (guint n)
{
  while (n > 1 && n % 10 == 0)
    n /= 10;
  return n == 1;
}

/* Counts the refusal and tells of it when it is one to be told of. Gives the number in this minute. */
static guint
note_refusal (LeydenLimits       *self,
              LeydenHttpExchange *exchange,
              const char         *what,
              const char         *who)
{
  char group[46];
  g_autofree char *entry = NULL;
  Refusal *refusal;
  guint n;

  leyden_rate_limiter_group (leyden_http_exchange_get_peer (exchange), group, sizeof group);
  entry = g_strconcat (what, " ", who != NULL ? who : group, NULL);
  g_mutex_lock (&self->mutex);
  n = leyden_rate_limiter_count (self->failures, entry, MINUTE_MS, g_get_monotonic_time () / 1000);
  g_mutex_unlock (&self->mutex);
  if (self->refused_context == NULL || !is_power_of_ten (n))
    return n;
  refusal = g_new (Refusal, 1);
  refusal->limits = g_atomic_rc_box_acquire (self);
  refusal->what = what;
  refusal->who = g_strdup (who != NULL ? who : "");
  refusal->address = g_strdup (leyden_http_exchange_get_peer (exchange));
  refusal->method = g_strdup (leyden_http_exchange_get_method (exchange));
  refusal->path = g_strdup (leyden_http_exchange_get_path (exchange));
  refusal->n = n;
  g_main_context_invoke_full (self->refused_context, G_PRIORITY_DEFAULT, tell_cb, refusal, refusal_free);
  return n;
}

/* 0, or the milliseconds to wait. */
static guint
take_request (LeydenLimits          *self,
              const LeydenPrincipal *principal,
              LeydenHttpExchange    *exchange)
{
  LeydenRateLimit limit = principal->limit > 0 ? (LeydenRateLimit) { principal->limit, principal->window_s } : self->of_key;
  g_autofree char *who = NULL;
  gint64 now_ms = g_get_monotonic_time () / 1000;
  char group[46];
  guint wait_ms = 0;

  if (limit.requests == 0 && self->of_address.requests == 0)
    return 0;
  who = g_strconcat (principal->name, principal->rollout != NULL ? " " : NULL, principal->rollout, NULL);
  leyden_rate_limiter_group (leyden_http_exchange_get_peer (exchange), group, sizeof group);
  g_mutex_lock (&self->mutex);
  if (self->of_address.requests > 0)
    wait_ms = leyden_rate_limiter_take (self->addresses, group, self->of_address.requests, self->of_address.seconds * 1000, now_ms);
  if (wait_ms == 0 && limit.requests > 0)
    wait_ms = leyden_rate_limiter_take (self->keys, who, limit.requests, limit.seconds * 1000, now_ms);
  g_mutex_unlock (&self->mutex);
  return wait_ms;
}

LeydenHttpAccess
leyden_limits_check (LeydenLimits       *self,
                     LeydenHttpExchange *exchange)
{
  const LeydenPrincipal *principal = leyden_gateway_get_principal (exchange);
  guint wait_ms = take_request (self, principal, exchange);

  if (wait_ms == 0)
    return LEYDEN_HTTP_ACCESS_GRANTED;
  note_refusal (self, exchange, "rate.exceeded", principal->name);
  leyden_http_exchange_set_refusal (exchange, (wait_ms + 999) / 1000, "Too many requests with this key or from this address");
  return LEYDEN_HTTP_ACCESS_LIMITED;
}

static gboolean
is_of_this_machine (const char *address)
{
  return g_str_has_prefix (address, "127.") || strcmp (address, "::1") == 0;
}

gboolean
leyden_limits_is_suspect (LeydenLimits       *self,
                          LeydenHttpExchange *exchange)
{
  const char *address = leyden_http_exchange_get_peer (exchange);
  g_autofree char *entry = NULL;
  char group[46];
  gboolean suspect;

  if (is_of_this_machine (address))
    return FALSE;
  leyden_rate_limiter_group (address, group, sizeof group);
  entry = g_strconcat ("key.wrong ", group, NULL);
  g_mutex_lock (&self->mutex);
  suspect = leyden_rate_limiter_peek (self->failures, entry, MINUTE_MS, g_get_monotonic_time () / 1000) > FREE_FAILURES
            && !g_hash_table_contains (self->known, group);
  g_mutex_unlock (&self->mutex);
  return suspect;
}

void
leyden_limits_note_known (LeydenLimits       *self,
                          LeydenHttpExchange *exchange)
{
  const char *address = leyden_http_exchange_get_peer (exchange);
  char group[46];

  if (is_of_this_machine (address))
    return;
  leyden_rate_limiter_group (address, group, sizeof group);
  g_mutex_lock (&self->mutex);
  if (g_hash_table_size (self->known) < MAX_REMEMBERED && !g_hash_table_contains (self->known, group))
    g_hash_table_add (self->known, g_strdup (group));
  g_mutex_unlock (&self->mutex);
}

void
leyden_limits_note_forbidden (LeydenLimits       *self,
                              LeydenHttpExchange *exchange)
{
  note_refusal (self, exchange, "role.missing", leyden_gateway_get_principal (exchange)->name);
}

void
leyden_limits_note_unknown (LeydenLimits       *self,
                            LeydenHttpExchange *exchange)
{
  guint n = note_refusal (self, exchange, "key.wrong", NULL);

  if (n > FREE_FAILURES)
    leyden_http_exchange_set_delay (exchange, MIN ((n - FREE_FAILURES) * DELAY_STEP_MS, MAX_DELAY_MS));
}
