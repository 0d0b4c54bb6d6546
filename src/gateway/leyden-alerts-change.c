/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules are loaded, and changed by people. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-alerts-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-store-change.h"
#include "leyden-store-sql.h"

#define KIND "alerts"
/* Of reading how rules stand. */
#define LIMIT_MS 30000

/* ---- Loading ---- */

typedef struct
{
  GPtrArray *rules;             /* LeydenAlertRule */
  GPtrArray *statuses;          /* LeydenAlertStatus or NULL, the same order */
} Load;

static void
status_free (gpointer data)
{
  leyden_alert_status_free (data);
}

static Load *
load_new (void)
{
  Load *self = g_new0 (Load, 1);

  self->rules = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_alert_rule_free);
  self->statuses = g_ptr_array_new_with_free_func (status_free);
  return self;
}

static void
load_free (gpointer data)
{
  Load *self = data;

  g_ptr_array_unref (self->rules);
  g_ptr_array_unref (self->statuses);
  g_free (self);
}

static gpointer
load_statuses (sqlite3       *db,
               gpointer       data,
               GCancellable  *cancellable,
               GError       **error)
{
  Load *self = data;

  for (guint i = 0; i < self->rules->len; i++)
    {
      g_autoptr(GError) local = NULL;
      LeydenAlertStatus *status = leyden_alert_log_load (db, ((LeydenAlertRule *) g_ptr_array_index (self->rules, i))->id, &local);

      if (local != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
      g_ptr_array_add (self->statuses, status);
    }
  return g_ptr_array_ref (self->statuses);
}

/* Takes @status, nullable. */
static LeydenAlertEntry *
set_entry (LeydenAlerts          *self,
           const LeydenAlertRule *rule,
           LeydenAlertStatus     *status)
{
  LeydenAlertEntry *entry = g_hash_table_lookup (self->entries, rule->id);

  if (entry == NULL)
    {
      entry = g_new0 (LeydenAlertEntry, 1);
      entry->status = status != NULL ? status : leyden_alert_status_new (leyden_alerts_get_now (self));
      if (entry->status->since_ns == 0)
        entry->status->since_ns = leyden_alerts_get_now (self);
      g_hash_table_insert (self->entries, g_strdup (rule->id), entry);
    }
  else
    leyden_alert_status_free (status);
  leyden_alert_rule_free (entry->rule);
  entry->rule = leyden_alert_rule_copy (rule);
  entry->revision = ++self->revision;
  return entry;
}

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  LeydenAlerts *self = g_task_get_source_object (task);
  Load *load = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GPtrArray) statuses = leyden_sqlite_store_select_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (statuses == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  self->loaded_ns = leyden_alerts_get_now (self);
  for (guint i = 0; i < load->rules->len; i++)
    {
      LeydenAlertStatus *status = g_ptr_array_index (statuses, i);

      set_entry (self, g_ptr_array_index (load->rules, i), status == NULL ? NULL : leyden_alert_status_copy (status));
    }
  leyden_alerts_start_clock (self);
  g_task_return_boolean (task, TRUE);
}

static gboolean
prune (sqlite3   *db,
       gpointer   data,
       GError   **error)
{
  return leyden_alert_log_prune (db, *(gint64 *) data, error);
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  LeydenAlerts *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr(LeydenValue) documents = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);
  gint64 now_ns = leyden_alerts_get_now (self);
  Load *load;

  if (documents == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  load = load_new ();
  g_task_set_task_data (task, load, load_free);
  for (guint i = 0; i < leyden_value_get_size (documents); i++)
    {
      g_autoptr(GError) local = NULL;
      LeydenAlertRule *rule = leyden_alert_rule_from_value (leyden_value_get_key (documents, i), leyden_value_get_item (documents, i), &local);

      if (rule != NULL)
        g_ptr_array_add (load->rules, rule);
      else
        g_warning ("Alert rule “%s” is left out: %s", leyden_value_get_key (documents, i), local->message);
    }
  leyden_sqlite_store_change_later_async (self->store, "alerts", prune, g_memdup2 (&now_ns, sizeof now_ns), g_free, NULL, NULL);
  leyden_sqlite_store_select_async (self->store, load_statuses, load, NULL, (GDestroyNotify) g_ptr_array_unref, LIMIT_MS, NULL, loaded_cb,
                                    g_steal_pointer (&task));
}

void
leyden_alerts_load_async (LeydenAlerts        *self,
                          GAsyncReadyCallback  callback,
                          gpointer             data)
{
  GTask *task;

  g_return_if_fail (LEYDEN_IS_ALERTS (self));

  task = g_task_new (self, NULL, callback, data);
  g_task_set_source_tag (task, leyden_alerts_load_async);
  leyden_store_list_documents_async (LEYDEN_STORE (self->store), KIND, NULL, listed_cb, task);
}

gboolean
leyden_alerts_load_finish (LeydenAlerts  *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- What people do ---- */

/* What fires, and is looked at no more, has ended. */
static void
add_end (LeydenAlerts           *self,
         LeydenAlertsJob        *job,
         const LeydenAlertEntry *entry,
         const char             *note)
{
  g_autoptr(LeydenAlertStatus) next = leyden_alert_status_copy (entry->status);
  LeydenAlertChange *change;
  const char *news;

  if (!leyden_alert_end (next, leyden_alerts_get_now (self)))
    return;
  news = leyden_alert_take_news (next, entry->rule, leyden_alerts_get_now (self));
  change = leyden_alerts_new_change (self, entry->rule, next, TRUE, news);
  change->note = g_strdup (note);
  g_ptr_array_add (job->changes, change);
}

static void
put_loaded_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      user_data)
{
  GTask *task = user_data;
  LeydenAlerts *self = g_task_get_source_object (task);
  LeydenAlertsJob *job = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GPtrArray) statuses = leyden_sqlite_store_select_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  LeydenAlertStatus *loaded;
  LeydenAlertEntry *entry;

  if (statuses == NULL)
    {
      leyden_alerts_end_job (task, error);
      return;
    }
  loaded = g_ptr_array_index (statuses, 0);
  entry = set_entry (self, job->rule, loaded == NULL ? NULL : leyden_alert_status_copy (loaded));
  if (!job->rule->enabled)
    add_end (self, job, entry, _("The rule was switched off"));
  leyden_alerts_tell_changed (self, job->rule->id, NULL);
  leyden_alerts_write_job (self, task);
  leyden_alerts_poke (self);
}

static void
put_stored_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      user_data)
{
  GTask *task = user_data;
  LeydenAlerts *self = g_task_get_source_object (task);
  LeydenAlertsJob *job = g_task_get_task_data (task);
  GError *error = NULL;
  Load *load;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_alerts_end_job (task, error);
      return;
    }
  load = load_new ();
  g_ptr_array_add (load->rules, leyden_alert_rule_copy (job->rule));
  leyden_sqlite_store_select_async (self->store, load_statuses, load, load_free, (GDestroyNotify) g_ptr_array_unref, LIMIT_MS, NULL, put_loaded_cb,
                                    task);
}

static void
put (LeydenAlerts *self,
     GTask        *task)
{
  LeydenAlertsJob *job = g_task_get_task_data (task);
  g_autoptr(LeydenValue) value = leyden_alert_rule_to_value (job->rule);

  leyden_store_put_document_async (LEYDEN_STORE (self->store), KIND, job->rule->id, value, put_stored_cb, task);
}

void
leyden_alerts_put_async (LeydenAlerts          *self,
                         const LeydenAlertRule *rule,
                         GAsyncReadyCallback    callback,
                         gpointer               data)
{
  LeydenAlertsJob *job;

  g_return_if_fail (LEYDEN_IS_ALERTS (self) && rule != NULL);

  job = leyden_alerts_push_job (self, put, leyden_alerts_put_async, callback, data);
  job->rule = leyden_alert_rule_copy (rule);
  leyden_alerts_run_next (self);
}

static void
removed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  GTask *task = user_data;
  LeydenAlerts *self = g_task_get_source_object (task);
  LeydenAlertsJob *job = g_task_get_task_data (task);
  GError *error = NULL;
  LeydenAlertEntry *entry;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_alerts_end_job (task, error);
      return;
    }
  entry = g_hash_table_lookup (self->entries, job->id);
  if (entry != NULL)
    add_end (self, job, entry, _("The rule was removed"));
  g_hash_table_remove (self->entries, job->id);
  job->forgets = TRUE;
  leyden_alerts_write_job (self, task);
}

static void
remove_rule (LeydenAlerts *self,
             GTask        *task)
{
  LeydenAlertsJob *job = g_task_get_task_data (task);

  leyden_store_put_document_async (LEYDEN_STORE (self->store), KIND, job->id, NULL, removed_cb, task);
}

void
leyden_alerts_remove_async (LeydenAlerts        *self,
                            const char          *id,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_ALERTS (self) && id != NULL);

  leyden_alerts_push_job (self, remove_rule, leyden_alerts_remove_async, callback, data)->id = g_strdup (id);
  leyden_alerts_run_next (self);
}

static void
acknowledge (LeydenAlerts *self,
             GTask        *task)
{
  LeydenAlertsJob *job = g_task_get_task_data (task);
  LeydenAlertEntry *entry = g_hash_table_lookup (self->entries, job->id);
  g_autoptr(LeydenAlertStatus) next = entry == NULL ? NULL : leyden_alert_status_copy (entry->status);
  LeydenAlertChange *change;

  if (entry == NULL || !leyden_alert_acknowledge (next, job->actor, leyden_alerts_get_now (self)))
    {
      leyden_alerts_end_job (task, g_error_new_literal (LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT, _("The alert does not fire, or somebody has acknowledged it")));
      return;
    }
  /* Who was not told that it fires is not told that somebody knows. */
  change = leyden_alerts_new_change (self, entry->rule, next, TRUE, next->told ? "acknowledged" : NULL);
  change->note = g_strdup (job->note);
  g_ptr_array_add (job->changes, change);
  leyden_alerts_write_job (self, task);
}

void
leyden_alerts_acknowledge_async (LeydenAlerts        *self,
                                 const char          *id,
                                 const char          *actor,
                                 const char          *note,
                                 GAsyncReadyCallback  callback,
                                 gpointer             data)
{
  LeydenAlertsJob *job;

  g_return_if_fail (LEYDEN_IS_ALERTS (self) && id != NULL && actor != NULL);

  job = leyden_alerts_push_job (self, acknowledge, leyden_alerts_acknowledge_async, callback, data);
  job->id = g_strdup (id);
  job->actor = g_strdup (actor);
  job->note = g_strdup (note);
  leyden_alerts_run_next (self);
}

gboolean
leyden_alerts_change_finish (LeydenAlerts  *self,
                             GAsyncResult  *result,
                             GError       **error)
{
  return leyden_alerts_evaluate_finish (self, result, error);
}
