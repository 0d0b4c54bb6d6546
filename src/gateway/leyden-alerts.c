/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-alerts.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-alert-log.h"
#include "leyden-alert-query.h"
#include "leyden-id.h"
#include "leyden-store-change.h"
#include "leyden-store-sql.h"

#define KIND "alerts"
#define EVERY_S 10
/* After a commit; and no more often than that. */
#define SOON_MS 2000
/* Of reading how rules stand. */
#define LIMIT_MS 30000
/* Of one rule: what asks too much keeps none of the others from being looked at. */
#define RULE_MS 5000
/* So many times as long as the last look took nothing is looked at again: rules take a tenth of one processor at most. */
#define REST_FACTOR 9
#define MAX_REST_US (600 * G_USEC_PER_SEC)

/* A rule and how it stands. */
typedef struct
{
  LeydenAlertRule   *rule;
  LeydenAlertStatus *status;
  guint64            revision;          /* counts on when somebody changes either */
} Entry;

struct _LeydenAlerts
{
  GObject              parent_instance;

  LeydenSqliteStore   *store;
  LeydenWebhooks      *webhooks;
  LeydenClock          clock;
  gpointer             clock_data;
  LeydenAlertsChanged  changed;
  gpointer             changed_data;
  LeydenAlertsReady    ready;
  gpointer             ready_data;
  gint64               loaded_ns;
  GHashTable          *entries;         /* id → Entry */
  guint64              revision;
  GSource             *every;
  GSource             *soon;
  gint64               rest_until_us;
  GCancellable        *cancellable;
  gboolean             busy;            /* asking, or writing: one thing after the other */
  GQueue               waiting;         /* GTask of what comes next */
  gboolean             stopped;
};

G_DEFINE_FINAL_TYPE (LeydenAlerts, leyden_alerts, G_TYPE_OBJECT)

static void
entry_free (gpointer data)
{
  Entry *self = data;

  leyden_alert_rule_free (self->rule);
  leyden_alert_status_free (self->status);
  g_free (self);
}

/* ---- One thing after the other: each job is a task whose data says what to do ---- */

typedef struct _Job Job;
struct _Job
{
  void              (*run) (LeydenAlerts *self, GTask *task);
  char               *id;
  char               *actor;
  char               *note;
  LeydenAlertRule    *rule;             /* PUT */
  GPtrArray          *changes;          /* LeydenAlertChange, while they are written */
  GPtrArray          *questions;        /* Question, while rules are evaluated */
  guint               at;               /* of them, the one that is asked */
  gint64              now_ns;
  gint64              began_us;
};

static void
job_free (gpointer data)
{
  Job *self = data;

  g_free (self->id);
  g_free (self->actor);
  g_free (self->note);
  leyden_alert_rule_free (self->rule);
  g_clear_pointer (&self->changes, g_ptr_array_unref);
  g_clear_pointer (&self->questions, g_ptr_array_unref);
  g_free (self);
}

static void
run_next (LeydenAlerts *self)
{
  GTask *task;

  if (self->busy)
    return;
  task = g_queue_pop_head (&self->waiting);
  if (task == NULL)
    return;
  self->busy = TRUE;
  ((Job *) g_task_get_task_data (task))->run (self, task);
}

/* Takes @task and @error (nullable). */
static void
end_job (GTask  *task,
         GError *error)
{
  g_autoptr(GTask) owned = task;
  LeydenAlerts *self = g_task_get_source_object (task);

  self->busy = FALSE;
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  run_next (self);
}

static Job *
push_job (LeydenAlerts         *self,
          void                (*run) (LeydenAlerts *self, GTask *task),
          gpointer              tag,
          GAsyncReadyCallback   callback,
          gpointer              data)
{
  GTask *task = g_task_new (self, NULL, callback, data);
  Job *job = g_new0 (Job, 1);

  g_task_set_source_tag (task, tag);
  job->run = run;
  job->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_alert_change_free);
  g_task_set_task_data (task, job, job_free);
  g_queue_push_tail (&self->waiting, task);
  return job;
}

/* ---- Writing ---- */

static LeydenAlertChange *
new_change (LeydenAlerts            *self,
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
  GPtrArray *changes = data;

  for (guint i = 0; i < changes->len; i++)
    if (!leyden_alert_log_write (db, g_ptr_array_index (changes, i), error))
      return FALSE;
  return TRUE;
}

static void
tell_changed (LeydenAlerts *self,
              const char   *id,
              const char   *news)
{
  g_autoptr(LeydenValue) row = NULL;

  if (self->changed == NULL || self->stopped)
    return;
  row = leyden_alerts_dup_row (self, id);
  if (row != NULL)
    self->changed (self, row, news, self->changed_data);
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  GTask *task = user_data;
  LeydenAlerts *self = g_task_get_source_object (task);
  Job *job = g_task_get_task_data (task);
  GError *error = NULL;

  if (!leyden_sqlite_store_change_finish (LEYDEN_SQLITE_STORE (object), result, &error))
    {
      end_job (task, error);
      return;
    }
  for (guint i = 0; i < job->changes->len; i++)
    {
      LeydenAlertChange *change = g_ptr_array_index (job->changes, i);
      Entry *entry = g_hash_table_lookup (self->entries, change->rule->id);

      if (entry != NULL)
        {
          leyden_alert_status_free (entry->status);
          entry->status = leyden_alert_status_copy (change->status);
          tell_changed (self, change->rule->id, change->news);
        }
      for (guint j = 0; j < change->told->len; j++)
        leyden_webhooks_added (self->webhooks, g_ptr_array_index (change->told, j));
    }
  end_job (task, NULL);
}

/* Takes @task, whose job holds the changes. */
static void
write_job (LeydenAlerts *self,
           GTask        *task)
{
  Job *job = g_task_get_task_data (task);

  if (job->changes->len == 0)
    end_job (task, NULL);
  else
    leyden_sqlite_store_change_async (self->store, "alerts", write_changes, job->changes, NULL, written_cb, task);
}

/* ---- Evaluating ---- */

typedef struct
{
  LeydenAlertRule    *rule;
  guint64             revision;
  LeydenAlertReading  reading;
} Question;

static void
question_free (gpointer data)
{
  Question *self = data;

  leyden_alert_rule_free (self->rule);
  leyden_alert_reading_clear (&self->reading);
  g_free (self);
}

typedef struct
{
  GPtrArray *questions;
  guint      at;
  gint64     now_ns;
} Asking;

static void
asking_free (gpointer data)
{
  g_ptr_array_unref (((Asking *) data)->questions);
  g_free (data);
}

static gpointer
ask_rule (sqlite3       *db,
          gpointer       data,
          GCancellable  *cancellable,
          GError       **error)
{
  Asking *self = data;
  Question *question = g_ptr_array_index (self->questions, self->at);

  leyden_alert_read (db, question->rule, self->now_ns, &question->reading);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  return g_ptr_array_ref (self->questions);
}

/* While the backend did not run nothing could come. */
static gboolean
is_too_early (LeydenAlerts   *self,
              const Question *question,
              gint64          now_ns)
{
  return question->rule->kind == LEYDEN_ALERT_ABSENCE && question->reading.n == 0
         && now_ns - self->loaded_ns < question->rule->over_s * G_GINT64_CONSTANT (1000000000);
}

static void
take_answer (LeydenAlerts *self,
             Job          *job,
             Question     *question,
             gint64        now_ns)
{
  Entry *entry = g_hash_table_lookup (self->entries, question->rule->id);
  g_autoptr(LeydenAlertStatus) next = NULL;
  const char *news;
  gboolean entered;
  gboolean is_new;

  if (entry == NULL || entry->revision != question->revision)
    return;
  if (question->reading.problem == NULL && is_too_early (self, question, now_ns))
    question->reading.problem = g_strdup (_("The backend has not run for the whole window yet"));
  next = leyden_alert_status_copy (entry->status);
  is_new = next->evaluated_ns == 0;
  entered = leyden_alert_step (next, entry->rule, &question->reading, now_ns);
  news = leyden_alert_take_news (next, entry->rule, now_ns);
  if (entered || news != NULL)
    {
      g_ptr_array_add (job->changes, new_change (self, entry->rule, next, entered, news));
      return;
    }
  /* A value alone is not worth the disk. */
  leyden_alert_status_free (entry->status);
  entry->status = g_steal_pointer (&next);
  if (is_new)
    tell_changed (self, question->rule->id, NULL);
}

static void ask_next (LeydenAlerts *self, GTask *task);

static void
asked_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  GTask *task = user_data;
  LeydenAlerts *self = g_task_get_source_object (task);
  Job *job = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GPtrArray) questions = leyden_sqlite_store_select_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (questions == NULL)
    {
      end_job (task, error);
      return;
    }
  job->at++;
  ask_next (self, task);
}

/* One rule after the other; then what they came to is written. */
static void
ask_next (LeydenAlerts *self,
          GTask        *task)
{
  Job *job = g_task_get_task_data (task);
  gint64 now_us = g_get_monotonic_time ();
  gint64 now_ns;
  Asking *asking;

  if (job->at < job->questions->len)
    {
      asking = g_new (Asking, 1);
      *asking = (Asking) { g_ptr_array_ref (job->questions), job->at, job->now_ns };
      leyden_sqlite_store_select_async (self->store, ask_rule, asking, asking_free, (GDestroyNotify) g_ptr_array_unref, RULE_MS, self->cancellable,
                                        asked_cb, task);
      return;
    }
  self->rest_until_us = now_us + MIN ((now_us - job->began_us) * REST_FACTOR, MAX_REST_US);
  now_ns = leyden_alerts_get_now (self);
  for (guint i = 0; i < job->questions->len; i++)
    take_answer (self, job, g_ptr_array_index (job->questions, i), now_ns);
  write_job (self, task);
}

static void
evaluate (LeydenAlerts *self,
          GTask        *task)
{
  Job *job = g_task_get_task_data (task);
  GHashTableIter iter;
  gpointer value;

  job->questions = g_ptr_array_new_with_free_func (question_free);
  job->now_ns = leyden_alerts_get_now (self);
  job->began_us = g_get_monotonic_time ();
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Entry *entry = value;
      Question *question;

      if (!entry->rule->enabled)
        continue;
      question = g_new0 (Question, 1);
      question->rule = leyden_alert_rule_copy (entry->rule);
      question->revision = entry->revision;
      g_ptr_array_add (job->questions, question);
    }
  ask_next (self, task);
}

void
leyden_alerts_evaluate_async (LeydenAlerts        *self,
                              GAsyncReadyCallback  callback,
                              gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_ALERTS (self));

  push_job (self, evaluate, leyden_alerts_evaluate_async, callback, data);
  run_next (self);
}

gboolean
leyden_alerts_evaluate_finish (LeydenAlerts  *self,
                               GAsyncResult  *result,
                               GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
evaluated_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  LeydenAlerts *self = LEYDEN_ALERTS (object);
  g_autoptr(GError) error = NULL;

  if (!leyden_alerts_evaluate_finish (self, result, &error) && !self->stopped)
    g_message ("Alert rules could not be evaluated: %s", error->message);
}

static gboolean
has_enabled (LeydenAlerts *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Entry *) value)->rule->enabled)
      return TRUE;
  return FALSE;
}

static gboolean
every_cb (gpointer data)
{
  LeydenAlerts *self = data;

  /* What is still under way is enough. */
  if (!self->busy && g_get_monotonic_time () >= self->rest_until_us && has_enabled (self) && (self->ready == NULL || self->ready (self->ready_data)))
    leyden_alerts_evaluate_async (self, evaluated_cb, NULL);
  return G_SOURCE_CONTINUE;
}

static gboolean
soon_cb (gpointer data)
{
  LeydenAlerts *self = data;

  g_clear_pointer (&self->soon, g_source_unref);
  every_cb (self);
  return G_SOURCE_REMOVE;
}

void
leyden_alerts_poke (LeydenAlerts *self)
{
  g_return_if_fail (LEYDEN_IS_ALERTS (self));

  if (self->soon != NULL || self->every == NULL || !has_enabled (self))
    return;
  self->soon = g_timeout_source_new (SOON_MS);
  g_source_set_callback (self->soon, soon_cb, self, NULL);
  g_source_attach (self->soon, g_main_context_get_thread_default ());
}

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
static Entry *
set_entry (LeydenAlerts          *self,
           const LeydenAlertRule *rule,
           LeydenAlertStatus     *status)
{
  Entry *entry = g_hash_table_lookup (self->entries, rule->id);

  if (entry == NULL)
    {
      entry = g_new0 (Entry, 1);
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
  if (self->clock == NULL && !self->stopped)
    {
      self->every = g_timeout_source_new_seconds (EVERY_S);
      g_source_set_callback (self->every, every_cb, self, NULL);
      g_source_attach (self->every, g_main_context_get_thread_default ());
      leyden_alerts_poke (self);
    }
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

static void
put_loaded_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      user_data)
{
  GTask *task = user_data;
  LeydenAlerts *self = g_task_get_source_object (task);
  Job *job = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GPtrArray) statuses = leyden_sqlite_store_select_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  LeydenAlertStatus *loaded;
  g_autoptr(LeydenAlertStatus) next = NULL;
  Entry *entry;

  if (statuses == NULL)
    {
      end_job (task, error);
      return;
    }
  loaded = g_ptr_array_index (statuses, 0);
  entry = set_entry (self, job->rule, loaded == NULL ? NULL : leyden_alert_status_copy (loaded));
  next = leyden_alert_status_copy (entry->status);
  if (!job->rule->enabled && leyden_alert_end (next, leyden_alerts_get_now (self)))
    {
      const char *news = leyden_alert_take_news (next, job->rule, leyden_alerts_get_now (self));
      LeydenAlertChange *change = new_change (self, job->rule, next, TRUE, news);

      change->note = g_strdup (_("The rule was switched off"));
      g_ptr_array_add (job->changes, change);
    }
  tell_changed (self, job->rule->id, NULL);
  write_job (self, task);
  leyden_alerts_poke (self);
}

static void
put_stored_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      user_data)
{
  GTask *task = user_data;
  LeydenAlerts *self = g_task_get_source_object (task);
  Job *job = g_task_get_task_data (task);
  GError *error = NULL;
  Load *load;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      end_job (task, error);
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
  Job *job = g_task_get_task_data (task);
  g_autoptr(LeydenValue) value = leyden_alert_rule_to_value (job->rule);

  leyden_store_put_document_async (LEYDEN_STORE (self->store), KIND, job->rule->id, value, put_stored_cb, task);
}

void
leyden_alerts_put_async (LeydenAlerts          *self,
                         const LeydenAlertRule *rule,
                         GAsyncReadyCallback    callback,
                         gpointer               data)
{
  Job *job;

  g_return_if_fail (LEYDEN_IS_ALERTS (self) && rule != NULL);

  job = push_job (self, put, leyden_alerts_put_async, callback, data);
  job->rule = leyden_alert_rule_copy (rule);
  run_next (self);
}

static gboolean
forget (sqlite3   *db,
        gpointer   data,
        GError   **error)
{
  Job *job = data;

  return write_changes (db, job->changes, error) && leyden_alert_log_forget (db, job->id, error);
}

static void
removed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  GTask *task = user_data;
  LeydenAlerts *self = g_task_get_source_object (task);
  Job *job = g_task_get_task_data (task);
  GError *error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      end_job (task, error);
      return;
    }
  {
    Entry *entry = g_hash_table_lookup (self->entries, job->id);
    g_autoptr(LeydenAlertStatus) next = entry == NULL ? NULL : leyden_alert_status_copy (entry->status);

    if (entry != NULL && leyden_alert_end (next, leyden_alerts_get_now (self)))
      {
        const char *news = leyden_alert_take_news (next, entry->rule, leyden_alerts_get_now (self));
        LeydenAlertChange *change = new_change (self, entry->rule, next, TRUE, news);

        change->note = g_strdup (_("The rule was removed"));
        g_ptr_array_add (job->changes, change);
      }
  }
  g_hash_table_remove (self->entries, job->id);
  leyden_sqlite_store_change_async (self->store, "alerts", forget, job, NULL, written_cb, task);
}

static void
remove_rule (LeydenAlerts *self,
             GTask        *task)
{
  Job *job = g_task_get_task_data (task);

  leyden_store_put_document_async (LEYDEN_STORE (self->store), KIND, job->id, NULL, removed_cb, task);
}

void
leyden_alerts_remove_async (LeydenAlerts        *self,
                            const char          *id,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_ALERTS (self) && id != NULL);

  push_job (self, remove_rule, leyden_alerts_remove_async, callback, data)->id = g_strdup (id);
  run_next (self);
}

static void
acknowledge (LeydenAlerts *self,
             GTask        *task)
{
  Job *job = g_task_get_task_data (task);
  Entry *entry = g_hash_table_lookup (self->entries, job->id);
  g_autoptr(LeydenAlertStatus) next = entry == NULL ? NULL : leyden_alert_status_copy (entry->status);
  LeydenAlertChange *change;

  if (entry == NULL || !leyden_alert_acknowledge (next, job->actor, leyden_alerts_get_now (self)))
    {
      end_job (task, g_error_new_literal (LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CONFLICT, _("The alert does not fire, or somebody has acknowledged it")));
      return;
    }
  /* Who was not told that it fires is not told that somebody knows. */
  change = new_change (self, entry->rule, next, TRUE, next->told ? "acknowledged" : NULL);
  change->note = g_strdup (job->note);
  g_ptr_array_add (job->changes, change);
  write_job (self, task);
}

void
leyden_alerts_acknowledge_async (LeydenAlerts        *self,
                                 const char          *id,
                                 const char          *actor,
                                 const char          *note,
                                 GAsyncReadyCallback  callback,
                                 gpointer             data)
{
  Job *job;

  g_return_if_fail (LEYDEN_IS_ALERTS (self) && id != NULL && actor != NULL);

  job = push_job (self, acknowledge, leyden_alerts_acknowledge_async, callback, data);
  job->id = g_strdup (id);
  job->actor = g_strdup (actor);
  job->note = g_strdup (note);
  run_next (self);
}

gboolean
leyden_alerts_change_finish (LeydenAlerts  *self,
                             GAsyncResult  *result,
                             GError       **error)
{
  return leyden_alerts_evaluate_finish (self, result, error);
}

/* ---- Looking ---- */

const LeydenAlertRule *
leyden_alerts_get (LeydenAlerts *self,
                   const char   *id)
{
  Entry *entry;

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
  const Entry *x = g_hash_table_lookup (self->entries, *(const char * const *) a);
  const Entry *y = g_hash_table_lookup (self->entries, *(const char * const *) b);
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
    n += ((Entry *) value)->status->state == LEYDEN_ALERT_FIRING;
  return n;
}

LeydenValue *
leyden_alerts_dup_row (LeydenAlerts *self,
                       const char   *id)
{
  Entry *entry = g_hash_table_lookup (self->entries, id);
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
leyden_alerts_set_ready (LeydenAlerts      *self,
                         LeydenAlertsReady  ready,
                         gpointer           data)
{
  g_return_if_fail (LEYDEN_IS_ALERTS (self));

  self->ready = ready;
  self->ready_data = data;
}

void
leyden_alerts_set_changed (LeydenAlerts        *self,
                           LeydenAlertsChanged  func,
                           gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_ALERTS (self));

  self->changed = func;
  self->changed_data = data;
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
