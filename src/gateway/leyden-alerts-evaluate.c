/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules are asked, by the clock and soon after something was committed. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-alerts-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-alert-query.h"
#include "leyden-store-sql.h"

#define EVERY_S 10
/* After a commit; and no more often than that. */
#define SOON_MS 2000
/* Of one rule: what asks too much keeps none of the others from being looked at. */
#define RULE_MS 5000
/* So many times as long as the last look took nothing is looked at again: rules take a tenth of one processor at most. */
#define REST_FACTOR 9
#define MAX_REST_US (600 * G_USEC_PER_SEC)

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
  LeydenColumnCache *held;      /* nullable */
  GPtrArray         *questions;
  guint              at;
  gint64             now_ns;
} Asking;

static void
asking_free (gpointer data)
{
  Asking *self = data;

  g_clear_pointer (&self->held, leyden_column_cache_unref);
  g_ptr_array_unref (self->questions);
  g_free (self);
}

static gpointer
ask_rule (sqlite3       *db,
          gpointer       data,
          GCancellable  *cancellable,
          GError       **error)
{
  Asking *self = data;
  Question *question = g_ptr_array_index (self->questions, self->at);

  leyden_alert_read (db, self->held, question->rule, self->now_ns, &question->reading);
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
take_answer (LeydenAlerts    *self,
             LeydenAlertsJob *job,
             Question        *question,
             gint64           now_ns)
{
  LeydenAlertEntry *entry = g_hash_table_lookup (self->entries, question->rule->id);
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
      g_ptr_array_add (job->changes, leyden_alerts_new_change (self, entry->rule, next, entered, news));
      return;
    }
  /* A value alone is not worth the disk. */
  leyden_alert_status_free (entry->status);
  entry->status = g_steal_pointer (&next);
  if (is_new)
    leyden_alerts_tell_changed (self, question->rule->id, NULL);
}

static void ask_next (LeydenAlerts *self, GTask *task);

static void
asked_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  GTask *task = user_data;
  LeydenAlerts *self = g_task_get_source_object (task);
  LeydenAlertsJob *job = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GPtrArray) questions = leyden_sqlite_store_select_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (questions == NULL)
    {
      leyden_alerts_end_job (task, error);
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
  LeydenAlertsJob *job = g_task_get_task_data (task);
  gint64 now_us = g_get_monotonic_time ();
  gint64 now_ns;
  Asking *asking;

  if (job->at < job->questions->len)
    {
      asking = g_new (Asking, 1);
      *asking = (Asking) { leyden_query_dup_held (self->store), g_ptr_array_ref (job->questions), job->at, job->now_ns };
      leyden_sqlite_store_select_async (self->store, ask_rule, asking, asking_free, (GDestroyNotify) g_ptr_array_unref, RULE_MS, self->cancellable,
                                        asked_cb, task);
      return;
    }
  self->rest_until_us = now_us + MIN ((now_us - job->began_us) * REST_FACTOR, MAX_REST_US);
  now_ns = leyden_alerts_get_now (self);
  for (guint i = 0; i < job->questions->len; i++)
    take_answer (self, job, g_ptr_array_index (job->questions, i), now_ns);
  leyden_alerts_write_job (self, task);
}

static void
evaluate (LeydenAlerts *self,
          GTask        *task)
{
  LeydenAlertsJob *job = g_task_get_task_data (task);
  GHashTableIter iter;
  gpointer value;

  job->questions = g_ptr_array_new_with_free_func (question_free);
  job->now_ns = leyden_alerts_get_now (self);
  job->began_us = g_get_monotonic_time ();
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const LeydenAlertEntry *entry = value;
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

  leyden_alerts_push_job (self, evaluate, leyden_alerts_evaluate_async, callback, data);
  leyden_alerts_run_next (self);
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
    if (((LeydenAlertEntry *) value)->rule->enabled)
      return TRUE;
  return FALSE;
}

static gboolean
every_cb (gpointer data)
{
  LeydenAlerts *self = data;

  /* What is still under way is enough. */
  if (!self->busy && g_get_monotonic_time () >= self->rest_until_us && has_enabled (self) && (self->ready == NULL || self->ready (self->owner)))
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

void
leyden_alerts_start_clock (LeydenAlerts *self)
{
  if (self->clock != NULL || self->stopped)
    return;
  self->every = g_timeout_source_new_seconds (EVERY_S);
  g_source_set_callback (self->every, every_cb, self, NULL);
  g_source_attach (self->every, g_main_context_get_thread_default ());
  leyden_alerts_poke (self);
}
