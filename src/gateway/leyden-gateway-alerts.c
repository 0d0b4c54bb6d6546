/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /leyden/v1/alerts: rules, how they stand, what they did. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-alert-log.h"
#include "leyden-alert-query.h"
#include "leyden-alerts.h"
#include "leyden-store-sql.h"

#define READ_MS 20000
#define PAGE 100
#define MAX_PAGE 1000
#define MAX_NOTE 500
#define MAX_RULES 500
#define DAYS 7

/* ---- Reading ---- */

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  LeydenHttpExchange *exchange = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_sqlite_store_select_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (answer != NULL)
    leyden_http_exchange_respond_json (exchange, 200, answer);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
    leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
  else
    leyden_gateway_respond_gerror (exchange, error);
  leyden_http_exchange_unref (exchange);
}

void
leyden_gateway_list_alerts (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  g_autoptr(GPtrArray) ids = leyden_alerts_list (self->alerts);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "alerts");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < ids->len; i++)
    leyden_value_builder_take (&b, leyden_alerts_dup_row (self->alerts, g_ptr_array_index (ids, i)));
  leyden_value_builder_end (&b);
  leyden_value_builder_set_int (&b, "firing", leyden_alerts_count_firing (self->alerts));
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 200, leyden_value_builder_end_value (&b));
}

/* NULL after it was refused. */
static const LeydenAlertRule *
find (LeydenGateway      *self,
      LeydenHttpExchange *exchange)
{
  const char *id = leyden_http_exchange_get_param (exchange, "id");
  const LeydenAlertRule *rule = leyden_alerts_get (self->alerts, id);

  if (rule == NULL)
    leyden_http_exchange_respond_error (exchange, 404, "There is no alert rule \"%s\"", id);
  return rule;
}

void
leyden_gateway_get_alert (LeydenGateway      *self,
                          LeydenHttpExchange *exchange)
{
  const LeydenAlertRule *rule = find (self, exchange);

  if (rule != NULL)
    leyden_gateway_respond_take (exchange, 200, leyden_alerts_dup_row (self->alerts, rule->id));
}

typedef struct
{
  char            *alert;       /* nullable */
  gint64           before;
  guint            limit;
  LeydenAlertRule *rule;        /* of a preview */
  LeydenColumnCache *held;      /* the same, nullable */
  gint64           now_ns;
  guint            days;
} Ask;

static void
ask_free (gpointer data)
{
  Ask *self = data;

  g_free (self->alert);
  leyden_alert_rule_free (self->rule);
  g_clear_pointer (&self->held, leyden_column_cache_unref);
  g_free (self);
}

static gpointer
make_history (sqlite3       *db,
              gpointer       data,
              GCancellable  *cancellable,
              GError       **error)
{
  Ask *ask = data;
  g_autoptr(LeydenValue) list = leyden_alert_log_list (db, ask->alert, ask->before, ask->limit, error);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n;

  if (list == NULL)
    return NULL;
  n = leyden_value_get_size (list);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "history", list);
  leyden_value_builder_set_int (&b, "before", n < ask->limit ? 0 : leyden_value_get_member_int (leyden_value_get_item (list, n - 1), "id", 0));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_gateway_list_alert_history (LeydenGateway      *self,
                                   LeydenHttpExchange *exchange)
{
  gint64 before, limit;
  Ask *ask;

  if (!leyden_gateway_query_int (exchange, "before", 1, G_MAXINT64, 0, &before)
      || !leyden_gateway_query_int (exchange, "limit", 1, MAX_PAGE, PAGE, &limit))
    return;
  ask = g_new0 (Ask, 1);
  ask->alert = g_strdup (leyden_http_exchange_get_query (exchange, "alert"));
  ask->before = before;
  ask->limit = (guint) limit;
  leyden_sqlite_store_select_async (self->store, make_history, ask, ask_free, (GDestroyNotify) leyden_value_unref, READ_MS, NULL, read_cb,
                                    leyden_http_exchange_ref (exchange));
}

static gpointer
make_preview (sqlite3       *db,
              gpointer       data,
              GCancellable  *cancellable,
              GError       **error)
{
  Ask *ask = data;

  return leyden_alert_preview (db, ask->held, ask->rule, ask->now_ns, ask->days, error);
}

/* NULL after it was refused. */
static LeydenAlertRule *
read_rule (LeydenHttpExchange *exchange,
           const char         *id,
           LeydenValue        *value)
{
  g_autoptr(GError) error = NULL;
  LeydenAlertRule *rule = leyden_alert_rule_from_value (id, value, &error);

  if (rule == NULL)
    leyden_http_exchange_respond_error (exchange, 422, "%s", error->message);
  return rule;
}

void
leyden_gateway_preview_alert (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  LeydenValue *value = leyden_value_get_member (body, "rule");
  gint64 days = leyden_value_get_member_int (body, "days", DAYS);
  LeydenAlertRule *rule;
  Ask *ask;

  if (body == NULL)
    return;
  if (value == NULL || days < 1 || days > LEYDEN_ALERT_MAX_DAYS)
    {
      leyden_http_exchange_respond_error (exchange, 422, "Expected {\"rule\": rule, \"days\": 1 to %d}", LEYDEN_ALERT_MAX_DAYS);
      return;
    }
  rule = read_rule (exchange, leyden_value_get_member_string (value, "id", "preview"), value);
  if (rule == NULL)
    return;
  ask = g_new0 (Ask, 1);
  ask->rule = rule;
  ask->held = leyden_query_dup_held (self->store);
  ask->now_ns = leyden_alerts_get_now (self->alerts);
  ask->days = (guint) days;
  leyden_sqlite_store_select_async (self->store, make_preview, ask, ask_free, (GDestroyNotify) leyden_value_unref, READ_MS, NULL, read_cb,
                                    leyden_http_exchange_ref (exchange));
}

/* ---- Changing ---- */

typedef struct
{
  LeydenHttpExchange *exchange;
  char               *id;
  guint               status;
} Change;

static Change *
change_new (LeydenHttpExchange *exchange,
            guint               status)
{
  Change *self = g_new0 (Change, 1);

  self->exchange = leyden_http_exchange_ref (exchange);
  self->id = g_strdup (leyden_http_exchange_get_param (exchange, "id"));
  self->status = status;
  return self;
}

static void
change_free (Change *self)
{
  leyden_http_exchange_unref (self->exchange);
  g_free (self->id);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

static void
changed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(Change) change = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) row = NULL;

  if (!leyden_alerts_change_finish (LEYDEN_ALERTS (object), result, &error))
    {
      leyden_gateway_respond_gerror (change->exchange, error);
      return;
    }
  row = change->status == 204 ? NULL : leyden_alerts_dup_row (LEYDEN_ALERTS (object), change->id);
  if (row == NULL)
    leyden_http_exchange_respond (change->exchange, 204, NULL, NULL);
  else
    leyden_http_exchange_respond_json (change->exchange, change->status, row);
}

void
leyden_gateway_put_alert (LeydenGateway      *self,
                          LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *id = leyden_http_exchange_get_param (exchange, "id");
  g_autoptr(LeydenAlertRule) rule = body == NULL ? NULL : read_rule (exchange, id, body);
  g_autoptr(GPtrArray) ids = NULL;
  gboolean is_new;

  if (rule == NULL)
    return;
  for (guint i = 0; rule->webhooks[i] != NULL; i++)
    if (leyden_webhooks_get (self->webhooks, rule->webhooks[i]) == NULL)
      {
        leyden_http_exchange_respond_error (exchange, 422, "There is no webhook \"%s\"; add it first", rule->webhooks[i]);
        return;
      }
  is_new = leyden_alerts_get (self->alerts, id) == NULL;
  ids = leyden_alerts_list (self->alerts);
  if (is_new && ids->len >= MAX_RULES)
    {
      leyden_http_exchange_respond_error (exchange, 409, "There are %d rules; remove one first", MAX_RULES);
      return;
    }
  leyden_alerts_put_async (self->alerts, rule, changed_cb, change_new (exchange, is_new ? 201 : 200));
}

void
leyden_gateway_delete_alert (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  const LeydenAlertRule *rule = find (self, exchange);

  if (rule != NULL)
    leyden_alerts_remove_async (self->alerts, rule->id, changed_cb, change_new (exchange, 204));
}

void
leyden_gateway_acknowledge_alert (LeydenGateway      *self,
                                  LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);
  const LeydenAlertRule *rule = body == NULL ? NULL : find (self, exchange);
  const char *note = leyden_value_get_member_string (body, "note", NULL);

  if (rule == NULL)
    return;
  if (note != NULL && strlen (note) > MAX_NOTE)
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"note\" has at most %d bytes", MAX_NOTE);
      return;
    }
  leyden_gateway_audit (self, exchange, "alert.acknowledged", rule->id, NULL);
  leyden_alerts_acknowledge_async (self->alerts, rule->id, leyden_gateway_get_actor (exchange), note, changed_cb, change_new (exchange, 200));
}

/* ---- The backend's own ---- */

static void
told_cb (LeydenAlerts *alerts,
         LeydenValue  *row,
         const char   *news,
         gpointer      data)
{
  LeydenGateway *self = data;
  g_autoptr(LeydenValue) told = NULL;
  g_autoptr(LeydenValue) event = NULL;

  if (news != NULL && strcmp (news, "acknowledged") != 0)
    {
      g_autofree char *action = g_strconcat ("alert.", news, NULL);

      leyden_gateway_audit (self, NULL, action, leyden_value_get_member_string (row, "id", NULL), NULL);
    }
  if (self->hub == NULL)
    return;
  told = news == NULL ? leyden_value_new_null () : leyden_value_new_string (news, -1);
  event = leyden_value_with_member (row, "news", told);
  leyden_event_hub_alert_changed (self->hub, event);
}

static gboolean
ready_cb (gpointer data)
{
  LeydenGateway *self = data;

  return self->facts != NULL && leyden_facts_is_following (self->facts);
}

void
leyden_gateway_make_alerts (LeydenGateway *self)
{
  self->alerts = leyden_alerts_new (self->store, self->webhooks);
  leyden_alerts_set_owner (self->alerts, told_cb, ready_cb, self);
}
