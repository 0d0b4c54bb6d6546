/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dashboard-feed.h"

#include <string.h>

#include "leyden-dashboard-result.h"

/*
 *   IDLE ──stale and seen──► ASKING ──answer──► IDLE      (the clock of the refresh starts anew)
 *                              │ another question: the answer is dropped, the new one is asked at once
 *
 * Facts are up to half a second behind the log: what is asked on their word comes that much later, and at most every second.
 */
#define SETTLE_MS 250
#define LEAST_MS 1000
/* A time that ends now moves on also when nothing happens. */
#define MOVE_S 60

struct _LeydenDashboardFeed
{
  GObject             parent_instance;

  LeydenSession      *session;
  LeydenSubscription *subscription;     /* while seen */
  GCancellable       *cancellable;      /* of the request under way; NULL: none is */
  LeydenValue        *document;
  LeydenValue        *variables;
  LeydenValue        *time;
  char               *zone;             /* as it is sent */
  int                 refresh_s;
  gboolean            seen;
  gboolean            stale;            /* what is shown is no longer what would be answered */
  guint               clock;            /* of the next question */
  gint64              asked_us;         /* when the last was sent */
  gint64              from_ns;
  gint64              to_ns;
  GHashTable         *results;          /* panel → LeydenValue */
  char               *currency;         /* NULL: not asked for yet */
  GError             *error;
  guint               n_asked;
};

G_DEFINE_FINAL_TYPE (LeydenDashboardFeed, leyden_dashboard_feed, G_TYPE_OBJECT)

static guint answered_signal;

static void plan (LeydenDashboardFeed *self, guint delay_ms);

/* --- asking --- */

/* Queries of all panels in one list; how many each panel has is known from the document. */
static LeydenValue *
make_body (LeydenDashboardFeed *self)
{
  LeydenValue *panels = leyden_value_get_member (self->document, "panels");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "queries");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (panels); i++)
    {
      LeydenValue *queries = leyden_value_get_member (leyden_value_get_item (panels, i), "queries");

      for (guint k = 0; k < leyden_value_get_size (queries); k++)
        leyden_value_builder_take (&b, leyden_dashboard_make_query (leyden_value_get_item (queries, k), self->variables, self->from_ns, self->to_ns,
                                                                    self->zone));
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
take_some (LeydenValue *list,
           guint        first,
           guint        n)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = first; i < first + n; i++)
    leyden_value_builder_add (&b, leyden_value_get_item (list, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
distribute (LeydenDashboardFeed *self,
            LeydenValue         *answer)
{
  LeydenValue *panels = leyden_value_get_member (self->document, "panels");
  LeydenValue *results = leyden_value_get_member (answer, "results");
  guint at = 0;

  g_hash_table_remove_all (self->results);
  for (guint i = 0; i < leyden_value_get_size (panels); i++)
    {
      LeydenValue *panel = leyden_value_get_item (panels, i);
      LeydenValue *queries = leyden_value_get_member (panel, "queries");
      guint n = leyden_value_get_size (queries);
      g_autoptr(LeydenValue) some = take_some (results, at, n);

      if (n > 0)
        g_hash_table_insert (self->results, g_strdup (leyden_value_get_member_string (panel, "id", "")), leyden_dashboard_result_join (queries, some));
      at += n;
    }
}

static gboolean
has_queries (LeydenDashboardFeed *self)
{
  LeydenValue *panels = leyden_value_get_member (self->document, "panels");

  for (guint i = 0; i < leyden_value_get_size (panels); i++)
    if (leyden_value_get_size (leyden_value_get_member (leyden_value_get_item (panels, i), "queries")) > 0)
      return TRUE;
  return FALSE;
}

static void
plan_next (LeydenDashboardFeed *self)
{
  if (self->stale)
    plan (self, LEAST_MS);
  else if (self->refresh_s > 0)
    plan (self, (guint) self->refresh_s * 1000);
  else if (self->refresh_s == LEYDEN_DASHBOARD_LIVE && leyden_value_get_member (self->time, "range") != NULL)
    plan (self, MOVE_S * 1000);
}

static void
received_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenDashboardFeed) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  /* Another question is under way, or none is wanted any more. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  if (answer != NULL)
    distribute (self, answer);
  else
    self->error = g_steal_pointer (&error);
  plan_next (self);
  g_signal_emit (self, answered_signal, 0);
}

static void
currency_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenDashboardFeed) self = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  const char *currency = leyden_value_get_member_string (answer, "currency", NULL);

  if (currency == NULL || *currency == '\0' || g_strcmp0 (currency, self->currency) == 0)
    return;
  g_free (self->currency);
  self->currency = g_strdup (currency);
  if (g_hash_table_size (self->results) > 0)
    g_signal_emit (self, answered_signal, 0);
}

static void
ask_currency (LeydenDashboardFeed *self)
{
  if (self->currency != NULL)
    return;
  self->currency = g_strdup ("USD");
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", "/leyden/v1/insights/budgets", NULL, NULL, currency_cb, g_object_ref (self));
}

static void
give_up_request (LeydenDashboardFeed *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
ask (LeydenDashboardFeed *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  g_autoptr(LeydenValue) body = NULL;

  g_clear_handle_id (&self->clock, g_source_remove);
  if (self->document == NULL || !self->seen || self->cancellable != NULL || !has_queries (self)
      || leyden_backend_get_state (backend) != LEYDEN_BACKEND_CONNECTED)
    return;
  if (!leyden_dashboard_resolve_time (self->time, self->zone, g_get_real_time () * 1000, &self->from_ns, &self->to_ns))
    return;
  self->stale = FALSE;
  self->asked_us = g_get_monotonic_time ();
  self->n_asked++;
  ask_currency (self);
  self->cancellable = g_cancellable_new ();
  body = make_body (self);
  leyden_backend_request_async (backend, "POST", "/leyden/v1/insights/query", body, self->cancellable, received_cb, g_object_ref (self));
}

static gboolean
clock_cb (gpointer data)
{
  LeydenDashboardFeed *self = data;

  self->clock = 0;
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
plan (LeydenDashboardFeed *self,
      guint                delay_ms)
{
  g_clear_handle_id (&self->clock, g_source_remove);
  if (self->seen)
    self->clock = g_timeout_add (delay_ms, clock_cb, self);
}

/* --- what makes it ask --- */

static void
facts_moved (LeydenDashboardFeed *self)
{
  gint64 since_ms = (g_get_monotonic_time () - self->asked_us) / 1000;

  if (self->stale || self->refresh_s != LEYDEN_DASHBOARD_LIVE)
    return;
  self->stale = TRUE;
  if (self->cancellable == NULL)
    plan (self, (guint) MAX (SETTLE_MS, LEAST_MS - MIN (since_ms, LEAST_MS)));
}

static void
event_cb (LeydenSubscription *subscription,
          const char         *event,
          LeydenValue        *data,
          const char         *id,
          gpointer            user_data)
{
  facts_moved (user_data);
}

static void
follow (LeydenDashboardFeed *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  gboolean wanted = self->seen && leyden_backend_get_state (backend) == LEYDEN_BACKEND_CONNECTED;

  if (wanted && self->subscription == NULL)
    self->subscription = leyden_backend_subscribe (backend, "/leyden/v1/events", 0, event_cb, self, NULL);
  if (!self->seen && self->subscription != NULL)
    {
      leyden_subscription_cancel (self->subscription);
      g_clear_object (&self->subscription);
    }
}

static void
state_cb (LeydenDashboardFeed *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);

  follow (self);
  if (leyden_backend_get_state (backend) == LEYDEN_BACKEND_CONNECTED)
    ask (self);
}

/* --- class --- */

static void
leyden_dashboard_feed_dispose (GObject *object)
{
  LeydenDashboardFeed *self = LEYDEN_DASHBOARD_FEED (object);

  give_up_request (self);
  g_clear_handle_id (&self->clock, g_source_remove);
  if (self->subscription != NULL)
    leyden_subscription_cancel (self->subscription);
  g_clear_object (&self->subscription);
  g_clear_pointer (&self->document, leyden_value_unref);
  g_clear_pointer (&self->variables, leyden_value_unref);
  g_clear_pointer (&self->time, leyden_value_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_dashboard_feed_parent_class)->dispose (object);
}

static void
leyden_dashboard_feed_finalize (GObject *object)
{
  LeydenDashboardFeed *self = LEYDEN_DASHBOARD_FEED (object);

  g_free (self->zone);
  g_free (self->currency);
  g_hash_table_unref (self->results);
  g_clear_error (&self->error);
  G_OBJECT_CLASS (leyden_dashboard_feed_parent_class)->finalize (object);
}

static void
leyden_dashboard_feed_class_init (LeydenDashboardFeedClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_dashboard_feed_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_dashboard_feed_finalize;
  answered_signal = g_signal_new ("answered", LEYDEN_TYPE_DASHBOARD_FEED, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_dashboard_feed_init (LeydenDashboardFeed *self)
{
  self->results = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_value_unref);
}

LeydenDashboardFeed *
leyden_dashboard_feed_new (LeydenSession *session)
{
  LeydenDashboardFeed *self = g_object_new (LEYDEN_TYPE_DASHBOARD_FEED, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (leyden_session_get_backend (session), "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  return self;
}

/* The name of the reader's own zone where none is named: the backend may stand elsewhere. A file without a name cannot be sent. */
static char *
dup_zone (const char *zone)
{
  g_autoptr(GTimeZone) local = NULL;
  const char *name;

  if (zone != NULL && *zone != '\0')
    return g_strdup (zone);
  local = g_time_zone_new_local ();
  name = g_time_zone_get_identifier (local);
  return g_strdup (*name == '/' || *name == ':' || *name == '\0' ? "UTC" : name);
}

void
leyden_dashboard_feed_set (LeydenDashboardFeed *self,
                           LeydenValue         *document,
                           LeydenValue         *variables,
                           LeydenValue         *time,
                           const char          *zone)
{
  g_autofree char *name = dup_zone (zone);

  g_return_if_fail (LEYDEN_IS_DASHBOARD_FEED (self));

  if (self->document != NULL && leyden_value_equal (self->document, document) && leyden_value_equal (self->variables, variables)
      && leyden_value_equal (self->time, time) && g_str_equal (self->zone, name))
    return;
  leyden_value_ref (document);
  leyden_value_ref (variables);
  leyden_value_ref (time);
  g_clear_pointer (&self->document, leyden_value_unref);
  g_clear_pointer (&self->variables, leyden_value_unref);
  g_clear_pointer (&self->time, leyden_value_unref);
  self->document = document;
  self->variables = variables;
  self->time = time;
  g_free (self->zone);
  self->zone = g_steal_pointer (&name);
  give_up_request (self);
  ask (self);
}

void
leyden_dashboard_feed_set_refresh (LeydenDashboardFeed *self,
                                   int                  refresh_s)
{
  g_return_if_fail (LEYDEN_IS_DASHBOARD_FEED (self));

  if (self->refresh_s == refresh_s)
    return;
  self->refresh_s = refresh_s;
  g_clear_handle_id (&self->clock, g_source_remove);
  if (self->cancellable == NULL && self->n_asked > 0)
    plan_next (self);
}

void
leyden_dashboard_feed_set_seen (LeydenDashboardFeed *self,
                                gboolean             seen)
{
  g_return_if_fail (LEYDEN_IS_DASHBOARD_FEED (self));

  if (self->seen == seen)
    return;
  self->seen = seen;
  follow (self);
  if (seen)
    ask (self);
  else
    {
      give_up_request (self);
      g_clear_handle_id (&self->clock, g_source_remove);
    }
}

void
leyden_dashboard_feed_refresh (LeydenDashboardFeed *self)
{
  g_return_if_fail (LEYDEN_IS_DASHBOARD_FEED (self));

  give_up_request (self);
  /* It may be another one, after the amounts were. */
  g_clear_pointer (&self->currency, g_free);
  ask (self);
}

LeydenValue *
leyden_dashboard_feed_get_result (LeydenDashboardFeed *self,
                                  const char          *panel)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_FEED (self), NULL);
  return g_hash_table_lookup (self->results, panel);
}

const GError *
leyden_dashboard_feed_get_error (LeydenDashboardFeed *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_FEED (self), NULL);
  return self->error;
}

gboolean
leyden_dashboard_feed_is_asking (LeydenDashboardFeed *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_FEED (self), FALSE);
  return self->cancellable != NULL;
}

gboolean
leyden_dashboard_feed_is_empty (LeydenDashboardFeed *self)
{
  GHashTableIter iter;
  gpointer result;
  gboolean any = FALSE;

  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_FEED (self), FALSE);

  /* Tables of now have their rows also where nothing ever ran. */
  g_hash_table_iter_init (&iter, self->results);
  while (g_hash_table_iter_next (&iter, NULL, &result))
    {
      if (leyden_value_get_member (result, "rows") != NULL)
        continue;
      if (leyden_value_get_member (result, "error") != NULL || !leyden_dashboard_result_is_blank (result))
        return FALSE;
      any = TRUE;
    }
  return any;
}

const char *
leyden_dashboard_feed_get_simulated (LeydenDashboardFeed *self)
{
  gboolean all = FALSE, none = FALSE;
  GHashTableIter iter;
  gpointer result;

  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_FEED (self), "none");

  g_hash_table_iter_init (&iter, self->results);
  while (g_hash_table_iter_next (&iter, NULL, &result))
    {
      const char *simulated = leyden_value_get_member_string (result, "simulated", NULL);

      if (simulated == NULL || leyden_dashboard_result_is_empty (result))
        continue;
      if (strcmp (simulated, "some") == 0)
        return "some";
      *(strcmp (simulated, "all") == 0 ? &all : &none) = TRUE;
    }
  return all && none ? "some" : all ? "all" : "none";
}

void
leyden_dashboard_feed_get_time (LeydenDashboardFeed *self,
                                gint64              *from_ns,
                                gint64              *to_ns)
{
  g_return_if_fail (LEYDEN_IS_DASHBOARD_FEED (self));

  *from_ns = self->from_ns;
  *to_ns = self->to_ns;
}

const char *
leyden_dashboard_feed_get_zone (LeydenDashboardFeed *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_FEED (self), "UTC");
  return self->zone != NULL ? self->zone : "UTC";
}

const char *
leyden_dashboard_feed_get_currency (LeydenDashboardFeed *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_FEED (self), "USD");
  return self->currency != NULL ? self->currency : "USD";
}

guint
leyden_dashboard_feed_get_n_asked (LeydenDashboardFeed *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_FEED (self), 0);
  return self->n_asked;
}
