/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-insights"

#include "leyden-events.h"

#include <math.h>
#include <string.h>

/* A row that was given its time early may be on disk late: so far back is looked again. */
#define OVERLAP_NS (G_GINT64_CONSTANT (600) * 1000000000)

void
leyden_logged_event_free (LeydenLoggedEvent *self)
{
  g_free (self->rollout);
  g_free (self->state);
  g_free (self);
}

static const struct { const char *type; const char *event; } logged[] = {
  { "rollout.started", "rollout.started" },
  { "rollout.finished", "rollout.finished" },
  { "reward", "rollout.reward" },
  { "node.waiting", "rollout.waiting" },
};

/* Only a person's answer is worth a message; a rate limit passes by itself. */
static gboolean
waits_for_people (LeydenRecord *record)
{
  const char *reason = leyden_value_get_member_string (record->payload, "reason", "");

  return strcmp (reason, "human") == 0 || strcmp (reason, "decision") == 0;
}

LeydenLoggedEvent *
leyden_logged_event_new (LeydenRecord *record)
{
  LeydenLoggedEvent *self = NULL;

  g_return_val_if_fail (record != NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (logged) && self == NULL; i++)
    if (leyden_record_is (record, logged[i].type))
      {
        if (i == 3 && !waits_for_people (record))
          return NULL;
        self = g_new0 (LeydenLoggedEvent, 1);
        self->event = logged[i].event;
        self->rollout = g_strdup (record->rollout);
        self->state = i == 1 ? g_strdup (leyden_value_get_member_string (record->payload, "state", NULL)) : NULL;
        self->reward = i == 2 ? leyden_value_get_member_double (record->payload, "value", NAN) : NAN;
        self->position = record->position;
        self->time_ns = record->time_ns;
      }
  return self;
}

static gboolean
wants_prefix (const LeydenWebhook *hook,
              const char          *prefix)
{
  for (guint i = 0; hook->events[i] != NULL; i++)
    if (g_str_has_prefix (hook->events[i], prefix) || strcmp (hook->events[i], "*") == 0)
      return TRUE;
  return FALSE;
}

gboolean
leyden_events_wants_log (const LeydenWebhook *hook)
{
  return wants_prefix (hook, "rollout.");
}

gboolean
leyden_events_wants_ends (const LeydenWebhook *hook)
{
  return wants_prefix (hook, "run.") || wants_prefix (hook, "experiment.");
}

/* One event on its way into the outbox. */
typedef struct
{
  sqlite3             *db;
  const LeydenWebhook *hook;
  const char          *source;
  gint64               now_ns;
  gint64               n_added;
  /* of a rollout */
  LeydenLoggedEvent   *event;
  LeydenValueBuilder   data;
  gboolean             found;
} Adding;

static gboolean
add (Adding      *self,
     const char  *event,
     const char  *subject,
     const char  *order,
     gint64       number,
     gint64       time_ns,
     LeydenValue *data,
     GError     **error)
{
  g_autofree char *id = leyden_webhook_make_id (event, subject, number);
  g_autofree char *body = leyden_webhook_make_body (id, self->source, event, subject, time_ns, data);
  gboolean added;

  if (!leyden_outbox_add (self->db, self->hook->name, id, event, order, body, self->now_ns, TRUE, &added, error))
    return FALSE;
  self->n_added += added;
  return TRUE;
}

static void
set_number (LeydenValueBuilder *b,
            const char         *key,
            sqlite3_stmt       *statement,
            int                 column)
{
  if (sqlite3_column_type (statement, column) == SQLITE_INTEGER)
    leyden_value_builder_set_int (b, key, sqlite3_column_int64 (statement, column));
  else
    leyden_value_builder_set_double (b, key, sqlite3_column_type (statement, column) == SQLITE_NULL ? NAN : sqlite3_column_double (statement, column));
}

static const char *
text_at (sqlite3_stmt *statement,
         int           column)
{
  return (const char *) sqlite3_column_text (statement, column);
}

/* ---- Rollouts ---- */

static gboolean
read_rollout (sqlite3_stmt *statement,
              gpointer      data,
              GError      **error)
{
  Adding *self = data;
  LeydenValueBuilder *b = &self->data;

  self->found = TRUE;
  leyden_value_builder_set_string (b, "run", text_at (statement, 0));
  leyden_value_builder_set_string (b, "item", text_at (statement, 1));
  if (strcmp (self->event->event, "rollout.finished") != 0)
    return TRUE;
  set_number (b, "reward", statement, 2);
  set_number (b, "latency_ms", statement, 3);
  leyden_value_builder_set_int (b, "tokens", sqlite3_column_int64 (statement, 4));
  set_number (b, "cost", statement, 5);
  leyden_value_builder_set_boolean (b, "simulated", sqlite3_column_int (statement, 6) != 0);
  return TRUE;
}

static gboolean
add_logged (Adding             *self,
            LeydenLoggedEvent  *event,
            GError            **error)
{
  g_autofree char *link = g_strconcat ("/leyden/v1/rollouts/", event->rollout, NULL);
  g_autoptr(LeydenValue) data = NULL;
  gboolean ok;

  self->event = event;
  self->data = (LeydenValueBuilder) LEYDEN_VALUE_BUILDER_INIT;
  leyden_value_builder_begin_object (&self->data);
  leyden_value_builder_set_string (&self->data, "rollout", event->rollout);
  if (event->state != NULL)
    leyden_value_builder_set_string (&self->data, "state", event->state);
  if (!isnan (event->reward))
    leyden_value_builder_set_double (&self->data, "value", event->reward);
  ok = leyden_sqlite_run (self->db, "SELECT r.run, o.item, o.reward, o.latency_ms, o.tokens_in + o.tokens_out, o.cost, o.simulated FROM rollouts o "
                          "LEFT JOIN runs r ON r.id = o.run WHERE o.rollout = ?1", read_rollout, self, error, "s", event->rollout);
  leyden_value_builder_set_string (&self->data, "link", link);
  leyden_value_builder_end (&self->data);
  data = leyden_value_builder_end_value (&self->data);
  return ok && add (self, event->event, event->rollout, event->rollout, (gint64) event->position, event->time_ns, data, error);
}

gboolean
leyden_events_add_logged (sqlite3              *db,
                          const LeydenWebhook  *hook,
                          GPtrArray            *events,
                          guint64               position,
                          const char           *source,
                          gint64                now_ns,
                          gint64               *n_added,
                          GError              **error)
{
  Adding self = { .db = db, .hook = hook, .source = source, .now_ns = now_ns };

  for (guint i = 0; i < events->len; i++)
    if (!add_logged (&self, g_ptr_array_index (events, i), error))
      return FALSE;
  *n_added = self.n_added;
  return leyden_outbox_set_position (db, hook->name, position, error);
}

/* ---- Runs and experiments ---- */

/* Columns: kind, id, state, created, finished, title, purpose, items, succeeded, failed, mean reward. */
static LeydenValue *
make_end (sqlite3_stmt *statement,
          gboolean      ended)
{
  const char *kind = text_at (statement, 0);
  g_autofree char *link = g_strdup_printf ("/leyden/v1/%ss/%s", kind, text_at (statement, 1));
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, kind, text_at (statement, 1));
  leyden_value_builder_set_string (&b, "title", text_at (statement, 5));
  leyden_value_builder_set_string (&b, "purpose", text_at (statement, 6));
  leyden_value_builder_set_int (&b, "items", sqlite3_column_int64 (statement, 7));
  if (ended)
    {
      leyden_value_builder_set_string (&b, "state", text_at (statement, 2));
      leyden_value_builder_set_int (&b, "succeeded", sqlite3_column_int64 (statement, 8));
      leyden_value_builder_set_int (&b, "failed", sqlite3_column_int64 (statement, 9));
      set_number (&b, "mean_reward", statement, 10);
    }
  leyden_value_builder_set_string (&b, "link", link);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
add_end (sqlite3_stmt *statement,
         gpointer      data,
         GError      **error)
{
  Adding *self = data;
  const char *kind = text_at (statement, 0);
  const char *id = text_at (statement, 1);
  const char *state = text_at (statement, 2);
  gint64 created_ns = sqlite3_column_int64 (statement, 3);
  gint64 finished_ns = sqlite3_column_int64 (statement, 4);
  g_autofree char *started = g_strconcat (kind, ".started", NULL);
  g_autofree char *finished = g_strconcat (kind, ".finished", NULL);
  gint64 since_ns = self->hook->created_ns;

  if (kind == NULL || id == NULL || state == NULL)
    return TRUE;
  if (created_ns >= since_ns && leyden_webhook_wants (self->hook, started, NULL))
    {
      g_autoptr(LeydenValue) what = make_end (statement, FALSE);

      if (!add (self, started, id, id, created_ns, created_ns, what, error))
        return FALSE;
    }
  if (finished_ns >= since_ns && finished_ns != 0 && leyden_webhook_wants (self->hook, finished, state))
    {
      g_autoptr(LeydenValue) what = make_end (statement, TRUE);

      return add (self, finished, id, id, finished_ns, finished_ns, what, error);
    }
  return TRUE;
}

static gboolean
read_int (sqlite3_stmt *statement,
          gpointer      data,
          GError      **error)
{
  *(gint64 *) data = sqlite3_column_int64 (statement, 0);
  return TRUE;
}

/* Counting the rollouts of a run only where an index leads to them, and once it has ended: the writer does nothing else meanwhile. */
#define OF_ENDED(what) "CASE WHEN finished_ns != 0 THEN (SELECT " what ") END, "
#define RUNS \
  "SELECT 'run', run, state, created_ns, finished_ns, json_extract (definition, '$.title'), json_extract (definition, '$.purpose'), n_items, " \
  OF_ENDED ("count (*) FROM rollouts o WHERE o.run = r.id AND o.state = 'succeeded'") \
  OF_ENDED ("count (*) FROM rollouts o WHERE o.run = r.id AND o.state = 'failed'") \
  OF_ENDED ("avg (reward) FROM rollouts o WHERE o.run = r.id") "1 FROM runs r "
#define EXPERIMENTS \
  "SELECT 'experiment', experiment, state, created_ns, finished_ns, json_extract (definition, '$.title'), NULL, 0, 0, 0, NULL FROM experiments "

gboolean
leyden_events_add_ends (sqlite3              *db,
                        const LeydenWebhook  *hook,
                        const char           *source,
                        gint64                now_ns,
                        gint64               *n_added,
                        GError              **error)
{
  Adding self = { .db = db, .hook = hook, .source = source, .now_ns = now_ns };
  gint64 last_ns = 0, since_ns;

  if (!leyden_sqlite_run (db, "SELECT ends_ns FROM webhook_states WHERE webhook = ?1", read_int, &last_ns, error, "s", hook->name))
    return FALSE;
  since_ns = MAX (hook->created_ns, last_ns - OVERLAP_NS);
  if ((wants_prefix (hook, "run.")
       && (!leyden_sqlite_run (db, RUNS "WHERE created_ns >= ?1 ORDER BY created_ns", add_end, &self, error, "i", since_ns)
           || !leyden_sqlite_run (db, RUNS "WHERE finished_ns != 0 AND finished_ns >= ?1 ORDER BY finished_ns", add_end, &self, error, "i", since_ns)))
      || (wants_prefix (hook, "experiment.")
          && !leyden_sqlite_run (db, EXPERIMENTS "WHERE created_ns >= ?1 OR finished_ns >= ?1 ORDER BY created_ns", add_end, &self, error, "i", since_ns)))
    return FALSE;
  *n_added = self.n_added;
  return leyden_sqlite_run (db, "UPDATE webhook_states SET ends_ns = ?2 WHERE webhook = ?1 AND ends_ns < ?2", NULL, NULL, error, "si", hook->name, now_ns);
}
