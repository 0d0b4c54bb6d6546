/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-insights"

#include "leyden-outbox.h"

#include <glib/gi18n-lib.h>

#define DAY_NS (G_GINT64_CONSTANT (86400) * 1000000000)
#define KEEP_DELIVERED (7 * DAY_NS)
#define KEEP_FAILED (30 * DAY_NS)

static const char * const state_names[] = { "waiting", "delivered", "failed" };

const char *
leyden_delivery_state_to_string (LeydenDeliveryState state)
{
  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (state_names), "waiting");

  return state_names[state];
}

void
leyden_delivery_free (LeydenDelivery *self)
{
  if (self == NULL)
    return;
  g_free (self->webhook);
  g_free (self->event);
  g_free (self->subject);
  g_free (self->body);
  g_free (self);
}

void
leyden_delivery_result_free (LeydenDeliveryResult *self)
{
  g_free (self->webhook);
  g_free (self->error);
  g_free (self);
}

void
leyden_webhook_state_free (LeydenWebhookState *self)
{
  if (self == NULL)
    return;
  g_free (self->last_error);
  g_free (self);
}

static gboolean
read_int (sqlite3_stmt *statement,
          gpointer      data,
          GError      **error)
{
  *(gint64 *) data = sqlite3_column_int64 (statement, 0);
  return TRUE;
}

static char *
dup_text (sqlite3_stmt *statement,
          int           column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

/* ---- Webhooks ---- */

gboolean
leyden_outbox_begin (sqlite3     *db,
                     const char  *webhook,
                     gint64       now_ns,
                     GError     **error)
{
  return leyden_sqlite_run (db, "INSERT OR IGNORE INTO webhook_states (webhook, position, ends_ns) "
                            "VALUES (?1, (SELECT last_position FROM store), ?2)", NULL, NULL, error, "si", webhook, now_ns);
}

static gboolean
read_state (sqlite3_stmt *statement,
            gpointer      data,
            GError      **error)
{
  LeydenWebhookState *self = data;

  self->position = (guint64) sqlite3_column_int64 (statement, 0);
  self->ends_ns = sqlite3_column_int64 (statement, 1);
  self->paused_ns = sqlite3_column_int64 (statement, 2);
  self->n_failures = (guint) sqlite3_column_int64 (statement, 3);
  self->n_dropped = sqlite3_column_int64 (statement, 4);
  self->last_ok_ns = sqlite3_column_int64 (statement, 5);
  self->last_error = dup_text (statement, 6);
  return TRUE;
}

static gboolean
read_count (sqlite3_stmt *statement,
            gpointer      data,
            GError      **error)
{
  LeydenWebhookState *self = data;
  gint64 n = sqlite3_column_int64 (statement, 1);

  switch (sqlite3_column_int (statement, 0))
    {
    case LEYDEN_DELIVERY_WAITING:
      self->n_waiting = n;
      break;
    case LEYDEN_DELIVERY_DELIVERED:
      self->n_delivered = n;
      break;
    default:
      self->n_failed = n;
    }
  return TRUE;
}

LeydenWebhookState *
leyden_outbox_get_state (sqlite3     *db,
                         const char  *webhook,
                         GError     **error)
{
  LeydenWebhookState *self = g_new0 (LeydenWebhookState, 1);

  if (leyden_sqlite_run (db, "SELECT position, ends_ns, paused_ns, n_failures, n_dropped, last_ok_ns, last_error FROM webhook_states WHERE webhook = ?1",
                         read_state, self, error, "s", webhook)
      && leyden_sqlite_run (db, "SELECT state, count (*) FROM deliveries WHERE webhook = ?1 GROUP BY state", read_count, self, error, "s", webhook)
      && leyden_sqlite_run (db, "SELECT coalesce (min (due_ns), 0) FROM deliveries WHERE webhook = ?1 AND state = 0 AND blocked = 0", read_int,
                            &self->next_ns, error, "s", webhook))
    return self;
  leyden_webhook_state_free (self);
  return NULL;
}

gboolean
leyden_outbox_give_up (sqlite3     *db,
                       const char  *webhook,
                       const char  *reason,
                       gint64       now_ns,
                       GError     **error)
{
  return leyden_sqlite_run (db, "INSERT OR REPLACE INTO delivery_attempts (delivery, n, time_ns, ms, status, error) "
                            "SELECT id, n_attempts + 1, ?2, 0, 0, ?3 FROM deliveries WHERE webhook = ?1 AND state = 0", NULL, NULL, error, "sis",
                            webhook, now_ns, reason)
         && leyden_sqlite_run (db, "UPDATE deliveries SET state = 2, finished_ns = ?2, n_attempts = n_attempts + 1 WHERE webhook = ?1 AND state = 0",
                               NULL, NULL, error, "si", webhook, now_ns);
}

gboolean
leyden_outbox_end (sqlite3     *db,
                   const char  *webhook,
                   gint64       now_ns,
                   GError     **error)
{
  return leyden_outbox_give_up (db, webhook, _("The webhook was removed"), now_ns, error)
         && leyden_sqlite_run (db, "DELETE FROM webhook_states WHERE webhook = ?1", NULL, NULL, error, "s", webhook);
}

gboolean
leyden_outbox_set_position (sqlite3     *db,
                            const char  *webhook,
                            guint64      position,
                            GError     **error)
{
  return leyden_sqlite_run (db, "UPDATE webhook_states SET position = ?2 WHERE webhook = ?1 AND position < ?2", NULL, NULL, error, "si", webhook,
                            (gint64) position);
}

/* ---- Deliveries ---- */

/* @room: whether one more may wait. Counting stops at the limit. */
static gboolean
find_room (sqlite3     *db,
           const char  *webhook,
           gboolean    *room,
           GError     **error)
{
  gint64 n = 0;

  if (!leyden_sqlite_run (db, "SELECT count (*) FROM (SELECT 1 FROM deliveries WHERE webhook = ?1 AND state = 0 LIMIT ?2)", read_int, &n, error, "si",
                          webhook, (gint64) LEYDEN_OUTBOX_MAX_WAITING))
    return FALSE;
  *room = n < LEYDEN_OUTBOX_MAX_WAITING;
  return TRUE;
}

gboolean
leyden_outbox_add (sqlite3     *db,
                   const char  *webhook,
                   const char  *event,
                   const char  *type,
                   const char  *subject,
                   const char  *body,
                   gint64       now_ns,
                   gboolean     always,
                   gboolean    *added,
                   GError     **error)
{
  gboolean room = TRUE;

  if (!always && !find_room (db, webhook, &room, error))
    return FALSE;
  if (added != NULL)
    *added = FALSE;
  if (!room)
    return leyden_sqlite_run (db, "UPDATE webhook_states SET n_dropped = n_dropped + 1 WHERE webhook = ?1", NULL, NULL, error, "s", webhook);
  if (!leyden_sqlite_run (db, "INSERT OR IGNORE INTO deliveries (webhook, event, type, subject, body, created_ns, due_ns, blocked) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, "
                          "EXISTS (SELECT 1 FROM deliveries WHERE webhook = ?1 AND subject = ?4 AND state = 0))", NULL, NULL, error, "sssssi", webhook, event, type, subject, body, now_ns))
    return FALSE;
  if (added != NULL)
    *added = sqlite3_changes (db) > 0;
  return TRUE;
}

static gboolean
read_delivery (sqlite3_stmt *statement,
               gpointer      data,
               GError      **error)
{
  LeydenDelivery *delivery = g_new0 (LeydenDelivery, 1);

  delivery->id = sqlite3_column_int64 (statement, 0);
  delivery->webhook = dup_text (statement, 1);
  delivery->event = dup_text (statement, 2);
  delivery->subject = dup_text (statement, 3);
  delivery->body = dup_text (statement, 4);
  delivery->n_tries = (guint) sqlite3_column_int64 (statement, 5);
  g_ptr_array_add (data, delivery);
  return TRUE;
}

GPtrArray *
leyden_outbox_take (sqlite3     *db,
                    const char  *webhook,
                    gint64       now_ns,
                    guint        limit,
                    GError     **error)
{
  g_autoptr(GPtrArray) due = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_delivery_free);

  if (leyden_sqlite_run (db, "SELECT id, webhook, event, subject, body, n_tries FROM deliveries WHERE webhook = ?1 AND state = 0 AND blocked = 0 AND due_ns <= ?2 "
                         "ORDER BY due_ns, id LIMIT ?3", read_delivery, due, error, "sii", webhook, now_ns, (gint64) limit))
    return g_steal_pointer (&due);
  return NULL;
}

static gboolean
finish_webhook (sqlite3                     *db,
                const LeydenDeliveryResult  *result,
                gboolean                    *was_down,
                GError                     **error)
{
  gint64 failures = 0;

  if (result->state != LEYDEN_DELIVERY_DELIVERED)
    return leyden_sqlite_run (db, "UPDATE webhook_states SET n_failures = n_failures + 1, last_error = ?2, paused_ns = max (paused_ns, ?3) WHERE webhook = ?1",
                              NULL, NULL, error, "ssi", result->webhook, result->error, result->paused_ns);
  if (!leyden_sqlite_run (db, "SELECT n_failures FROM webhook_states WHERE webhook = ?1", read_int, &failures, error, "s", result->webhook))
    return FALSE;
  if (was_down != NULL)
    *was_down = failures >= LEYDEN_WEBHOOK_MAX_TRIES;
  return leyden_sqlite_run (db, "UPDATE webhook_states SET n_failures = 0, paused_ns = 0, last_error = NULL, last_ok_ns = ?2 WHERE webhook = ?1", NULL, NULL,
                            error, "si", result->webhook, result->time_ns);
}

gboolean
leyden_outbox_finish (sqlite3                     *db,
                      const LeydenDeliveryResult  *result,
                      gboolean                    *was_down,
                      GError                     **error)
{
  gint64 end_ns = result->state == LEYDEN_DELIVERY_WAITING ? 0 : result->time_ns + result->ms * 1000000;

  if (was_down != NULL)
    *was_down = FALSE;
  return leyden_sqlite_run (db, "INSERT OR REPLACE INTO delivery_attempts (delivery, n, time_ns, ms, status, error) "
                            "SELECT id, n_attempts + 1, ?2, ?3, ?4, ?5 FROM deliveries WHERE id = ?1 AND state = 0", NULL, NULL, error, "iiiis",
                            result->id, result->time_ns, result->ms, (gint64) result->status, result->error)
         && leyden_sqlite_run (db, "UPDATE deliveries SET state = ?2, due_ns = ?3, finished_ns = ?4, n_tries = n_tries + 1, n_attempts = n_attempts + 1 "
                               "WHERE id = ?1 AND state = 0", NULL, NULL, error, "iiii", result->id, (gint64) result->state, result->due_ns, end_ns)
         && (result->state == LEYDEN_DELIVERY_WAITING
             || leyden_sqlite_run (db, "UPDATE deliveries SET blocked = 0 WHERE id = (SELECT min (id) FROM deliveries WHERE webhook = ?1 AND state = 0 "
                                   "AND subject = (SELECT subject FROM deliveries WHERE id = ?2))", NULL, NULL, error, "si", result->webhook, result->id))
         && finish_webhook (db, result, was_down, error);
}

gboolean
leyden_outbox_count_waiting (sqlite3     *db,
                             const char  *webhook,
                             gint64      *n,
                             GError     **error)
{
  *n = 0;
  return leyden_sqlite_run (db, "SELECT count (*) FROM deliveries WHERE webhook = ?1 AND state = 0", read_int, n, error, "s", webhook);
}

gboolean
leyden_outbox_get_next (sqlite3     *db,
                        const char  *webhook,
                        gint64      *next_ns,
                        GError     **error)
{
  *next_ns = 0;
  return leyden_sqlite_run (db, "SELECT due_ns FROM deliveries WHERE webhook = ?1 AND state = 0 AND blocked = 0 ORDER BY due_ns LIMIT 1", read_int, next_ns, error, "s", webhook);
}

#define AGAIN "UPDATE deliveries SET state = 0, due_ns = ?2, finished_ns = 0, n_tries = 0, n_replays = n_replays + ?3 "

gboolean
leyden_outbox_replay (sqlite3     *db,
                      const char  *webhook,
                      gint64       id,
                      gint64       since_ns,
                      gint64       now_ns,
                      gboolean     by_itself,
                      gint64      *n,
                      GError     **error)
{
  gint64 one = by_itself ? 1 : 0;
  gboolean ok;

  if (id != 0)
    ok = leyden_sqlite_run (db, AGAIN "WHERE id = ?1", NULL, NULL, error, "iii", id, now_ns, one);
  else if (by_itself)
    ok = leyden_sqlite_run (db, AGAIN "WHERE webhook = ?1 AND state = 2 AND created_ns >= ?4 AND n_replays = 0 AND coalesce ((SELECT status "
                            "FROM delivery_attempts WHERE delivery = deliveries.id ORDER BY n DESC LIMIT 1), 0) NOT BETWEEN 400 AND 409", NULL, NULL,
                            error, "siii", webhook, now_ns, one, since_ns);
  else
    ok = leyden_sqlite_run (db, AGAIN "WHERE webhook = ?1 AND state = 2 AND created_ns >= ?4", NULL, NULL, error, "siii", webhook, now_ns, one,
                            since_ns);
  if (ok && n != NULL)
    *n = sqlite3_changes (db);
  /* They wait where they stood. */
  return ok && leyden_sqlite_run (db, "UPDATE deliveries SET blocked = EXISTS (SELECT 1 FROM deliveries e WHERE e.webhook = deliveries.webhook "
                                  "AND e.subject = deliveries.subject AND e.state = 0 AND e.id < deliveries.id) WHERE state = 0 "
                                  "AND webhook = coalesce ((SELECT webhook FROM deliveries WHERE id = ?2), ?1)", NULL, NULL, error, "si", webhook, id);
}

gboolean
leyden_outbox_prune (sqlite3  *db,
                     gint64    now_ns,
                     GError  **error)
{
#define OLD "(state = 1 AND finished_ns < ?1 OR state = 2 AND finished_ns < ?2)"
  return leyden_sqlite_run (db, "DELETE FROM delivery_attempts WHERE delivery IN (SELECT id FROM deliveries WHERE finished_ns < ?1 AND " OLD ")", NULL,
                            NULL, error, "ii", now_ns - KEEP_DELIVERED, now_ns - KEEP_FAILED)
         && leyden_sqlite_run (db, "DELETE FROM deliveries WHERE finished_ns < ?1 AND " OLD, NULL, NULL, error, "ii", now_ns - KEEP_DELIVERED,
                               now_ns - KEEP_FAILED);
#undef OLD
}

/* ---- Lists ---- */

#define COLUMNS "id, event, type, subject, state, created_ns, due_ns, finished_ns, n_attempts, webhook"

static gboolean
add_row (sqlite3_stmt *statement,
         gpointer      data,
         GError      **error)
{
  LeydenValueBuilder *b = data;
  int state = CLAMP (sqlite3_column_int (statement, 4), 0, 2);

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "id", sqlite3_column_int64 (statement, 0));
  leyden_value_builder_set_string (b, "event", (const char *) sqlite3_column_text (statement, 1));
  leyden_value_builder_set_string (b, "type", (const char *) sqlite3_column_text (statement, 2));
  leyden_value_builder_set_string (b, "subject", (const char *) sqlite3_column_text (statement, 3));
  leyden_value_builder_set_string (b, "state", state_names[state]);
  leyden_value_builder_set_int (b, "created", sqlite3_column_int64 (statement, 5));
  leyden_value_builder_set_int (b, "due", state == LEYDEN_DELIVERY_WAITING ? sqlite3_column_int64 (statement, 6) : 0);
  leyden_value_builder_set_int (b, "finished", sqlite3_column_int64 (statement, 7));
  leyden_value_builder_set_int (b, "tries", sqlite3_column_int64 (statement, 8));
  leyden_value_builder_set_string (b, "webhook", (const char *) sqlite3_column_text (statement, 9));
  leyden_value_builder_end (b);
  return TRUE;
}

LeydenValue *
leyden_outbox_list (sqlite3     *db,
                    const char  *webhook,
                    int          state,
                    gint64       before,
                    guint        limit,
                    GError     **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  gint64 end = before > 0 ? before : G_MAXINT64;
  gboolean ok;

  leyden_value_builder_begin_list (&b);
  if (state < 0)
    ok = leyden_sqlite_run (db, "SELECT " COLUMNS " FROM deliveries WHERE webhook = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3", add_row, &b, error, "sii",
                            webhook, end, (gint64) limit);
  else
    ok = leyden_sqlite_run (db, "SELECT " COLUMNS " FROM deliveries WHERE webhook = ?1 AND state = ?4 AND id < ?2 ORDER BY id DESC LIMIT ?3", add_row, &b,
                            error, "siii", webhook, end, (gint64) limit, (gint64) state);
  leyden_value_builder_end (&b);
  return ok ? leyden_value_builder_end_value (&b) : NULL;
}

static gboolean
add_attempt (sqlite3_stmt *statement,
             gpointer      data,
             GError      **error)
{
  LeydenValueBuilder *b = data;

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "time", sqlite3_column_int64 (statement, 0));
  leyden_value_builder_set_int (b, "ms", sqlite3_column_int64 (statement, 1));
  leyden_value_builder_set_int (b, "status", sqlite3_column_int64 (statement, 2));
  leyden_value_builder_set_string (b, "error", (const char *) sqlite3_column_text (statement, 3));
  leyden_value_builder_end (b);
  return TRUE;
}

static gboolean
read_body (sqlite3_stmt *statement,
           gpointer      data,
           GError      **error)
{
  *(char **) data = dup_text (statement, 0);
  return TRUE;
}

LeydenValue *
leyden_outbox_get (sqlite3  *db,
                   gint64    id,
                   GError  **error)
{
  g_auto(LeydenValueBuilder) rows = LEYDEN_VALUE_BUILDER_INIT;
  g_auto(LeydenValueBuilder) attempts = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) list = NULL;
  g_autoptr(LeydenValue) tries = NULL;
  g_autoptr(LeydenValue) with_tries = NULL;
  g_autoptr(LeydenValue) body = NULL;
  g_autofree char *text = NULL;

  leyden_value_builder_begin_list (&rows);
  leyden_value_builder_begin_list (&attempts);
  if (!leyden_sqlite_run (db, "SELECT " COLUMNS " FROM deliveries WHERE id = ?1", add_row, &rows, error, "i", id)
      || !leyden_sqlite_run (db, "SELECT time_ns, ms, status, error FROM delivery_attempts WHERE delivery = ?1 ORDER BY n", add_attempt, &attempts, error,
                             "i", id)
      || !leyden_sqlite_run (db, "SELECT body FROM deliveries WHERE id = ?1", read_body, &text, error, "i", id))
    return NULL;
  leyden_value_builder_end (&rows);
  leyden_value_builder_end (&attempts);
  list = leyden_value_builder_end_value (&rows);
  tries = leyden_value_builder_end_value (&attempts);
  if (leyden_value_get_size (list) == 0)
    {
      g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, id);

      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("There is no delivery %s"), number);
      return NULL;
    }
  body = leyden_value_new_string (text, -1);
  with_tries = leyden_value_with_member (leyden_value_get_item (list, 0), "attempts", tries);
  return leyden_value_with_member (with_tries, "body", body);
}
