/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-insights"

#include "leyden-alert-log.h"

#include <math.h>
#include <string.h>

#define YEAR_NS (G_GINT64_CONSTANT (366) * 86400 * 1000000000)

/* ---- States ---- */

static gboolean
read_status (sqlite3_stmt *statement,
             gpointer      data,
             GError      **error)
{
  LeydenAlertStatus *self = leyden_alert_status_new (sqlite3_column_int64 (statement, 1));

  self->state = leyden_alert_state_from_string ((const char *) sqlite3_column_text (statement, 0));
  self->episode = sqlite3_column_int64 (statement, 2);
  if (sqlite3_column_type (statement, 3) != SQLITE_NULL)
    self->value = sqlite3_column_double (statement, 3);
  self->evaluated_ns = sqlite3_column_int64 (statement, 4);
  self->told = sqlite3_column_int (statement, 5) != 0;
  self->actor = g_strdup ((const char *) sqlite3_column_text (statement, 6));
  self->problem = g_strdup ((const char *) sqlite3_column_text (statement, 7));
  *(LeydenAlertStatus **) data = self;
  return TRUE;
}

/* A rule that was removed and made again goes on counting, so that its events are new ones. */
static gboolean
read_episode (sqlite3_stmt *statement,
              gpointer      data,
              GError      **error)
{
  *(gint64 *) data = sqlite3_column_int64 (statement, 0);
  return TRUE;
}

LeydenAlertStatus *
leyden_alert_log_load (sqlite3     *db,
                       const char  *alert,
                       GError     **error)
{
  LeydenAlertStatus *self = NULL;
  gint64 episode = 0;

  if (!leyden_sqlite_run (db, "SELECT state, since_ns, episode, value, evaluated_ns, told, actor, problem FROM alert_states WHERE alert = ?1", read_status,
                          &self, error, "s", alert)
      || !leyden_sqlite_run (db, "SELECT coalesce (max (episode), 0) FROM alert_history WHERE alert = ?1", read_episode, &episode, error, "s", alert))
    {
      leyden_alert_status_free (self);
      return NULL;
    }
  if (self == NULL && episode > 0)
    self = leyden_alert_status_new (0);
  if (self != NULL)
    self->episode = MAX (self->episode, episode);
  return self;
}

/* ---- Changes ---- */

LeydenAlertChange *
leyden_alert_change_new (const LeydenAlertRule   *rule,
                         const LeydenAlertStatus *status)
{
  LeydenAlertChange *self = g_new0 (LeydenAlertChange, 1);

  self->rule = leyden_alert_rule_copy (rule);
  self->status = leyden_alert_status_copy (status);
  self->hooks = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_webhook_free);
  self->told = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
leyden_alert_change_free (LeydenAlertChange *self)
{
  leyden_alert_rule_free (self->rule);
  leyden_alert_status_free (self->status);
  g_ptr_array_unref (self->hooks);
  g_ptr_array_unref (self->told);
  g_free (self->note);
  g_free (self);
}

static LeydenValue *
make_data (const LeydenAlertChange *self)
{
  g_autofree char *link = g_strconcat ("/leyden/v1/alerts/", self->rule->id, NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "alert", self->rule->id);
  leyden_value_builder_set_string (&b, "title", self->rule->title);
  leyden_value_builder_set_string (&b, "severity", self->rule->severity);
  leyden_value_builder_set_string (&b, "state", leyden_alert_state_to_string (self->status->state));
  leyden_value_builder_set_string (&b, "kind", leyden_alert_kind_to_string (self->rule->kind));
  leyden_value_builder_set_double (&b, "value", self->status->value);
  if (self->status->label != NULL)
    leyden_value_builder_set_string (&b, "label", self->status->label);
  if (self->status->actor != NULL)
    leyden_value_builder_set_string (&b, "actor", self->status->actor);
  leyden_value_builder_set_int (&b, "episode", self->status->episode);
  leyden_value_builder_set_string (&b, "link", link);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
tell (sqlite3            *db,
      LeydenAlertChange  *self,
      GError            **error)
{
  g_autofree char *event = g_strconcat ("alert.", self->news, NULL);
  g_autofree char *id = leyden_webhook_make_id (event, self->rule->id, self->status->episode);
  g_autoptr(LeydenValue) data = make_data (self);
  g_autofree char *body = leyden_webhook_make_body (id, self->source, event, self->rule->id, self->now_ns, data);
  g_autofree char *order = g_strconcat ("alert/", self->rule->id, NULL);

  for (guint i = 0; i < self->hooks->len; i++)
    {
      const LeydenWebhook *hook = g_ptr_array_index (self->hooks, i);
      gboolean named = g_strv_contains ((const char * const *) self->rule->webhooks, hook->name);
      gboolean added;

      if (!named && !leyden_webhook_wants (hook, event, NULL))
        continue;
      if (!leyden_outbox_add (db, hook->name, id, event, order, body, self->now_ns, FALSE, &added, error))
        return FALSE;
      if (added)
        g_ptr_array_add (self->told, g_strdup (hook->name));
    }
  return TRUE;
}

gboolean
leyden_alert_log_write (sqlite3            *db,
                        LeydenAlertChange  *self,
                        GError            **error)
{
  const LeydenAlertStatus *status = self->status;

  g_ptr_array_set_size (self->told, 0);
  if (!leyden_sqlite_run (db, "INSERT OR REPLACE INTO alert_states (alert, state, since_ns, episode, value, evaluated_ns, told, actor, problem) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", NULL, NULL, error, "ssiidiiss", self->rule->id,
                          leyden_alert_state_to_string (status->state), status->since_ns, status->episode, status->value, status->evaluated_ns,
                          (gint64) status->told, status->actor, status->problem))
    return FALSE;
  if (self->entered != NULL
      && !leyden_sqlite_run (db, "INSERT OR IGNORE INTO alert_history (alert, title, severity, episode, state, time_ns, value, actor, note) "
                             "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", NULL, NULL, error, "sssisidss", self->rule->id, self->rule->title,
                             self->rule->severity, status->episode, self->entered, self->now_ns, status->value,
                             strcmp (self->entered, "acknowledged") == 0 ? status->actor : NULL, self->note))
    return FALSE;
  return self->news == NULL || tell (db, self, error);
}

gboolean
leyden_alert_log_forget (sqlite3     *db,
                         const char  *alert,
                         GError     **error)
{
  return leyden_sqlite_run (db, "DELETE FROM alert_states WHERE alert = ?1", NULL, NULL, error, "s", alert);
}

gboolean
leyden_alert_log_prune (sqlite3  *db,
                        gint64    now_ns,
                        GError  **error)
{
  return leyden_sqlite_run (db, "DELETE FROM alert_history WHERE time_ns < ?1", NULL, NULL, error, "i", now_ns - YEAR_NS);
}

/* ---- The history ---- */

static gboolean
add_row (sqlite3_stmt *statement,
         gpointer      data,
         GError      **error)
{
  LeydenValueBuilder *b = data;

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "id", sqlite3_column_int64 (statement, 0));
  leyden_value_builder_set_string (b, "alert", (const char *) sqlite3_column_text (statement, 1));
  leyden_value_builder_set_string (b, "title", (const char *) sqlite3_column_text (statement, 2));
  leyden_value_builder_set_string (b, "severity", (const char *) sqlite3_column_text (statement, 3));
  leyden_value_builder_set_int (b, "episode", sqlite3_column_int64 (statement, 4));
  leyden_value_builder_set_string (b, "state", (const char *) sqlite3_column_text (statement, 5));
  leyden_value_builder_set_int (b, "time", sqlite3_column_int64 (statement, 6));
  leyden_value_builder_set_double (b, "value", sqlite3_column_type (statement, 7) == SQLITE_NULL ? NAN : sqlite3_column_double (statement, 7));
  leyden_value_builder_set_string (b, "actor", (const char *) sqlite3_column_text (statement, 8));
  leyden_value_builder_set_string (b, "note", (const char *) sqlite3_column_text (statement, 9));
  leyden_value_builder_end (b);
  return TRUE;
}

LeydenValue *
leyden_alert_log_list (sqlite3     *db,
                       const char  *alert,
                       gint64       before,
                       guint        limit,
                       GError     **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  gboolean ok;

  leyden_value_builder_begin_list (&b);
  ok = leyden_sqlite_run (db, "SELECT id, alert, title, severity, episode, state, time_ns, value, actor, note FROM alert_history "
                          "WHERE id < ?1 AND (?2 IS NULL OR alert = ?2) ORDER BY id DESC LIMIT ?3", add_row, &b, error, "isi",
                          before > 0 ? before : G_MAXINT64, alert, (gint64) limit);
  leyden_value_builder_end (&b);
  return ok ? leyden_value_builder_end_value (&b) : NULL;
}
