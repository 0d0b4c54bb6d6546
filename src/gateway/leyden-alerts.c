/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules: what is done with them one thing after the other, how it is written, what there is to see. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-alerts-private.h"

#include <string.h>

#include "leyden-id.h"
#include "leyden-store-change.h"

G_DEFINE_FINAL_TYPE (LeydenAlerts, leyden_alerts, G_TYPE_OBJECT)

static void
entry_free (gpointer data)
{
  LeydenAlertEntry *self = data;

  leyden_alert_rule_free (self->rule);
  leyden_alert_status_free (self->status);
  g_free (self);
}

/* ---- One thing after the other: each job is a task whose data says what to do ---- */

static void
job_free (gpointer data)
{
  LeydenAlertsJob *self = data;

  g_free (self->id);
  g_free (self->actor);
  g_free (self->note);
  leyden_alert_rule_free (self->rule);
  g_clear_pointer (&self->changes, g_ptr_array_unref);
  g_clear_pointer (&self->questions, g_ptr_array_unref);
  g_free (self);
}

void
leyden_alerts_run_next (LeydenAlerts *self)
{
  GTask *task;

  if (self->busy)
    return;
  task = g_queue_pop_head (&self->waiting);
  if (task == NULL)
    return;
  self->busy = TRUE;
  ((LeydenAlertsJob *) g_task_get_task_data (task))->run (self, task);
}

void
leyden_alerts_end_job (GTask  *task,
                       GError *error)
{
  g_autoptr(GTask) owned = task;
  LeydenAlerts *self = g_task_get_source_object (task);

  self->busy = FALSE;
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  leyden_alerts_run_next (self);
}

LeydenAlertsJob *
leyden_alerts_push_job (LeydenAlerts         *self,
                        LeydenAlertsRun       run,
                        gpointer              tag,
                        GAsyncReadyCallback   callback,
                        gpointer              data)
{
  GTask *task = g_task_new (self, NULL, callback, data);
  LeydenAlertsJob *job = g_new0 (LeydenAlertsJob, 1);

  g_task_set_source_tag (task, tag);
  job->run = run;
  job->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_alert_change_free);
  g_task_set_task_data (task, job, job_free);
  g_queue_push_tail (&self->waiting, task);
  return job;
}

/* ---- Writing ---- */

LeydenAlertChange *
leyden_alerts_new_change (LeydenAlerts            *self,
                          const LeydenAlertRule   *rule,
                          const LeydenAlertStatus *status,
                          gboolean                 entered,
                          const char              *news)
{
  LeydenAlertChange *change = leyden_alert_change_new (rule, status);
  g_autoptr(GPtrArray) names = leyden_webhooks_list (self->webhooks);

  change->now_ns = leyden_alerts_get_now (self);
  change->source = leyden_webhooks_get_source (self->webhooks);
  if (entered && (status->state == LEYDEN_ALERT_FIRING || status->state == LEYDEN_ALERT_ACKNOWLEDGED || status->state == LEYDEN_ALERT_RESOLVED))
    change->entered = leyden_alert_state_to_string (status->state);
  change->news = news;
  for (guint i = 0; news != NULL && i < names->len; i++)
    g_ptr_array_add (change->hooks, leyden_webhook_copy (leyden_webhooks_get (self->webhooks, g_ptr_array_index (names, i))));
  return change;
}

static gboolean
write_changes (sqlite3   *db,
               gpointer   data,
               GError   **error)
{
  const LeydenAlertsJob *job = data;

  for (guint i = 0; i < job->changes->len; i++)
    if (!leyden_alert_log_write (db, g_ptr_array_index (job->changes, i), error))
      return FALSE;
  return !job->forgets || leyden_alert_log_forget (db, job->id, error);
}

void
leyden_alerts_tell_changed (LeydenAlerts *self,
                            const char   *id,
                            const char   *news)
{
  g_autoptr(LeydenValue) row = NULL;

  if (self->changed == NULL || self->stopped)
    return;
  row = leyden_alerts_dup_row (self, id);
  if (row != NULL)
    self->changed (self, row, news, self->owner);
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  GTask *task = user_data;
  LeydenAlerts *self = g_task_get_source_object (task);
  LeydenAlertsJob *job = g_task_get_task_data (task);
  GError *error = NULL;

  if (!leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error))
    {
      leyden_alerts_end_job (task, error);
      return;
    }
  for (guint i = 0; i < job->changes->len; i++)
    {
      LeydenAlertChange *change = g_ptr_array_index (job->changes, i);
      LeydenAlertEntry *entry = g_hash_table_lookup (self->entries, change->rule->id);

      if (entry != NULL)
        {
          leyden_alert_status_free (entry->status);
          entry->status = leyden_alert_status_copy (change->status);
          leyden_alerts_tell_changed (self, change->rule->id, change->news);
        }
      for (guint j = 0; j < change->told->len; j++)
        leyden_webhooks_added (self->webhooks, g_ptr_array_index (change->told, j));
    }
  leyden_alerts_end_job (task, NULL);
}

void
leyden_alerts_write_job (LeydenAlerts *self,
                         GTask        *task)
{
  LeydenAlertsJob *job = g_task_get_task_data (task);

  if (job->changes->len == 0 && !job->forgets)
    leyden_alerts_end_job (task, NULL);
  else
    leyden_sqlite_store_change_async (self->store, "alerts", write_changes, job, NULL, written_cb, task);
}

/* ---- Looking ---- */

const LeydenAlertRule *
leyden_alerts_get (LeydenAlerts *self,
                   const char   *id)
{
  LeydenAlertEntry *entry;

  g_return_val_if_fail (LEYDEN_IS_ALERTS (self) && id != NULL, NULL);

  entry = g_hash_table_lookup (self->entries, id);
  return entry == NULL ? NULL : entry->rule;
}

static int
compare_titles (gconstpointer a,
                gconstpointer b,
                gpointer      data)
{
  LeydenAlerts *self = data;
  const LeydenAlertEntry *x = g_hash_table_lookup (self->entries, *(const char * const *) a);
  const LeydenAlertEntry *y = g_hash_table_lookup (self->entries, *(const char * const *) b);
  int order = g_utf8_collate (x->rule->title, y->rule->title);

  return order != 0 ? order : strcmp (x->rule->id, y->rule->id);
}

GPtrArray *
leyden_alerts_list (LeydenAlerts *self)
{
  GPtrArray *ids;
  GHashTableIter iter;
  gpointer key;

  g_return_val_if_fail (LEYDEN_IS_ALERTS (self), NULL);

  ids = g_ptr_array_new ();
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (ids, key);
  g_ptr_array_sort_with_data (ids, compare_titles, self);
  return ids;
}

guint
leyden_alerts_count_firing (LeydenAlerts *self)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  g_return_val_if_fail (LEYDEN_IS_ALERTS (self), 0);

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n += ((LeydenAlertEntry *) value)->status->state == LEYDEN_ALERT_FIRING;
  return n;
}

LeydenValue *
leyden_alerts_dup_row (LeydenAlerts *self,
                       const char   *id)
{
  LeydenAlertEntry *entry = g_hash_table_lookup (self->entries, id);
  g_autoptr(LeydenValue) rule = NULL;
  g_autoptr(LeydenValue) status = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (entry == NULL)
    return NULL;
  rule = leyden_alert_rule_to_value (entry->rule);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "state", leyden_alert_state_to_string (entry->status->state));
  leyden_value_builder_set_int (&b, "since", entry->status->since_ns);
  leyden_value_builder_set_double (&b, "value", entry->status->value);
  leyden_value_builder_set_string (&b, "label", entry->status->label);
  leyden_value_builder_set_int (&b, "evaluated", entry->status->evaluated_ns);
  leyden_value_builder_set_int (&b, "episode", entry->status->episode);
  leyden_value_builder_set_string (&b, "actor", entry->status->actor);
  leyden_value_builder_set_string (&b, "problem", entry->status->problem);
  leyden_value_builder_set_boolean (&b, "quiet", leyden_alert_is_quiet (entry->rule, leyden_alerts_get_now (self)));
  leyden_value_builder_end (&b);
  status = leyden_value_builder_end_value (&b);
  return leyden_value_with_member (rule, "status", status);
}

gint64
leyden_alerts_get_now (LeydenAlerts *self)
{
  return self->clock != NULL ? self->clock (self->clock_data) : leyden_time_now_ns ();
}

/* ---- Life ---- */

void
leyden_alerts_set_clock (LeydenAlerts *self,
                         LeydenClock   clock,
                         gpointer      data)
{
  g_return_if_fail (LEYDEN_IS_ALERTS (self));

  self->clock = clock;
  self->clock_data = data;
}

void
leyden_alerts_set_owner (LeydenAlerts        *self,
                         LeydenAlertsChanged  changed,
                         LeydenAlertsReady    ready,
                         gpointer             owner)
{
  g_return_if_fail (LEYDEN_IS_ALERTS (self));

  self->changed = changed;
  self->ready = ready;
  self->owner = owner;
}

LeydenAlerts *
leyden_alerts_new (LeydenSqliteStore *store,
                   LeydenWebhooks    *webhooks)
{
  LeydenAlerts *self;

  g_return_val_if_fail (LEYDEN_IS_SQLITE_STORE (store) && LEYDEN_IS_WEBHOOKS (webhooks), NULL);

  self = g_object_new (LEYDEN_TYPE_ALERTS, NULL);
  self->store = g_object_ref (store);
  self->webhooks = g_object_ref (webhooks);
  return self;
}

void
leyden_alerts_stop (LeydenAlerts *self)
{
  g_return_if_fail (LEYDEN_IS_ALERTS (self));

  self->stopped = TRUE;
  g_cancellable_cancel (self->cancellable);
  if (self->every != NULL)
    g_source_destroy (self->every);
  g_clear_pointer (&self->every, g_source_unref);
  if (self->soon != NULL)
    g_source_destroy (self->soon);
  g_clear_pointer (&self->soon, g_source_unref);
}

static void
leyden_alerts_dispose (GObject *object)
{
  LeydenAlerts *self = LEYDEN_ALERTS (object);

  leyden_alerts_stop (self);
  g_clear_object (&self->webhooks);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (leyden_alerts_parent_class)->dispose (object);
}

static void
leyden_alerts_finalize (GObject *object)
{
  LeydenAlerts *self = LEYDEN_ALERTS (object);

  g_hash_table_unref (self->entries);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (leyden_alerts_parent_class)->finalize (object);
}

static void
leyden_alerts_class_init (LeydenAlertsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_alerts_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_alerts_finalize;
}

static void
leyden_alerts_init (LeydenAlerts *self)
{
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->waiting);
}
