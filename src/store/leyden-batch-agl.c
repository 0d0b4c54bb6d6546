/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes through Agent Lightning's API, in the writer's thread.
 *
 *   queuing ──► running ──► succeeded
 *      └───────────┴──────► failed            all else is refused, the same state too
 */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-batch-private.h"

#include "leyden-agl-row.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-text.h"

#include <glib/gi18n-lib.h>
#include <math.h>

LeydenAglRow *
leyden_batch_load_agl (LeydenBatch *self,
                       gint64       id,
                       gboolean     with_body,
                       GError     **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_AGL_GET, error);
  LeydenAglRow *row = NULL;
  int code;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, id);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    row = leyden_agl_row_read (statement, with_body);
  if (row == NULL && (code == SQLITE_ROW || code == SQLITE_DONE))
    g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("A row of Agent Lightning’s rollouts is damaged"));
  else if (row == NULL)
    leyden_sql_fail (self->sql, code, error);
  sqlite3_reset (statement);
  return row;
}

/* --- creation --- */

/* A log that no rollout has yet: @rollout's own name, unless an earlier one of that name was deleted. */
static char *
choose_log (LeydenBatch *self,
            const char  *rollout,
            gint64       id,
            GError     **error)
{
  g_autofree char *log = g_strdup (rollout);
  g_autofree char *run = NULL;
  guint64 last;
  gint64 taken = 0;

  while (leyden_read_find_rollout (self->sql, log, &taken, &last, &run, NULL, error))
    {
      g_autofree char *before = log;

      g_clear_pointer (&run, g_free);
      if (taken == 0 && !g_hash_table_contains (self->by_rollout, log))
        {
          before = NULL;
          return g_steal_pointer (&log);
        }
      log = g_strdup_printf ("%s~%" G_GINT64_FORMAT, before, id);
    }
  return NULL;
}

static gboolean
insert_log (LeydenBatch *self,
            const char  *log,
            gint64       id,
            const char  *data_id,
            gboolean     is_train,
            GError     **error)
{
  g_autoptr(LeydenRolloutRow) row = leyden_rollout_row_new ();
  g_autoptr(LeydenValue) item = leyden_json_parse (data_id, -1, NULL, NULL);
  const char *text = leyden_value_get_string (item, NULL);
  gint64 unused;

  row->rollout = g_strdup (log);
  g_free (row->executor);
  row->executor = g_strdup ("agl");
  row->index = id;
  g_free (row->item);
  row->item = g_strdup (text != NULL && *text != '\0' ? text : log);
  g_free (row->split);
  row->split = g_strdup (is_train ? "train" : "validation");
  g_free (row->state);
  row->state = g_strdup ("queued");
  row->reward = NAN;
  return leyden_batch_insert_rollout (self, row, 0, 0, 0, &unused, error);
}

/* A row and its log; gives the row's id, or 0. */
static gint64
insert_row (LeydenBatch *self,
            const char  *rollout,
            const char  *wanted_log,
            gboolean     listed,
            gboolean     hidden,
            const char  *data_id,
            gboolean     is_train,
            gint64       sample,
            gint64       now_ns,
            GError     **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_AGL_INSERT, error);
  g_autofree char *log = NULL;
  gint64 id;

  if (statement == NULL)
    return 0;
  leyden_sql_bind_text (statement, 1, rollout);
  leyden_sql_bind_text (statement, 2, wanted_log);
  sqlite3_bind_int64 (statement, 3, hidden);
  sqlite3_bind_int64 (statement, 4, listed);
  sqlite3_bind_int64 (statement, 5, now_ns);
  sqlite3_bind_int64 (statement, 6, is_train);
  leyden_sql_bind_text (statement, 7, data_id);
  if (sample != 0)
    sqlite3_bind_int64 (statement, 8, sample);
  if (!leyden_sql_run (self->sql, statement, error))
    return 0;
  id = sqlite3_last_insert_rowid (self->sql->db);
  if (hidden)
    return id;
  log = choose_log (self, wanted_log, id, error);
  if (log == NULL)
    return 0;
  if (!g_str_equal (log, wanted_log))
    {
      statement = leyden_sql_get (self->sql, LEYDEN_SQL_AGL_SET_LOG, error);
      if (statement == NULL)
        return 0;
      sqlite3_bind_int64 (statement, 1, id);
      leyden_sql_bind_text (statement, 2, log);
      if (!leyden_sql_run (self->sql, statement, error))
        return 0;
    }
  return insert_log (self, log, id, data_id, is_train, error) ? id : 0;
}

/* What its group has in common. Of two creations with the same input each is a batch of its own, unless they were attached to one group. */
static gint64
make_sample (const LeydenAglNew *each,
             gint64              now_ns)
{
  if (each->sample == 0 || each->attached)
    return (gint64) each->sample;
  /* Multiplication by an odd number keeps all bits apart (Fibonacci hashing). */
  return (gint64) (each->sample ^ ((guint64) now_ns * G_GUINT64_CONSTANT (0x9E3779B97F4A7C15)));
}

static gboolean
insert_new (LeydenBatch        *self,
            const LeydenAglNew *each,
            gint64              now_ns,
            gint64             *id,
            GError            **error)
{
  sqlite3_stmt *statement;

  *id = insert_row (self, each->rollout, each->rollout, !each->attached, FALSE, each->data_id, each->is_train, make_sample (each, now_ns), now_ns,
                    error);
  if (*id == 0)
    return FALSE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_AGL_INSERT_BODY, error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, *id);
  leyden_sql_bind_text (statement, 2, each->body);
  return leyden_sql_run (self->sql, statement, error);
}

static gboolean
create_one (LeydenBatch        *self,
            LeydenAglChange    *change,
            const LeydenAglNew *each,
            GError            **error)
{
  g_auto(LeydenAglTarget) target = { NULL, };
  g_autoptr(LeydenAglRow) row = NULL;
  gint64 id;

  if (!leyden_agl_target_find (self->sql, each->rollout, &target, error))
    return FALSE;
  if (target.ours != NULL)
    {
      leyden_agl_write_ours (change->answer, target.ours, NULL);
      return TRUE;
    }
  id = target.row != NULL ? target.row->id : 0;
  if (id == 0 && !insert_new (self, each, change->now_ns, &id, error))
    return FALSE;
  row = leyden_batch_load_agl (self, id, TRUE, error);
  if (row == NULL)
    return FALSE;
  leyden_agl_row_write (change->answer, row);
  return TRUE;
}

static gboolean
create (LeydenBatch     *self,
        LeydenAglChange *change,
        GError         **error)
{
  g_string_append_c (change->answer, '[');
  for (guint i = 0; i < change->rollouts->len; i++)
    {
      if (i > 0)
        g_string_append_c (change->answer, ',');
      if (!create_one (self, change, change->rollouts->pdata[i], error))
        return FALSE;
    }
  g_string_append_c (change->answer, ']');
  return TRUE;
}

/* --- status --- */

static gboolean
may_become (const char *from,
            const char *to)
{
  if (to == NULL)
    return FALSE;
  if (g_str_equal (from, "queuing"))
    return g_str_equal (to, "running") || g_str_equal (to, "failed");
  return g_str_equal (from, "running") && (g_str_equal (to, "succeeded") || g_str_equal (to, "failed"));
}

static gboolean
is_terminal (const char *state)
{
  return g_str_equal (state, "succeeded") || g_str_equal (state, "failed");
}

static LeydenRecord *
make_transition (const char    *log,
                 guint64        sequence,
                 LeydenRequest *request)
{
  LeydenAglChange *change = request->agl;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) payload = NULL;
  gboolean ended = is_terminal (change->state);
  const char *type = ended ? "rollout.finished" : g_str_equal (change->state, "queuing") ? "rollout.requeued" : "rollout.started";

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, ended ? "state" : "executor", ended ? change->state : "agl");
  if (change->worker != NULL)
    leyden_value_builder_set_string (&b, "worker", change->worker);
  if (change->error_message != NULL && g_str_equal (change->state, "failed"))
    {
      g_autoptr(LeydenValue) message = leyden_json_parse (change->error_message, -1, &(LeydenJsonLimits) { .policy = LEYDEN_JSON_WIRE }, NULL);

      leyden_value_builder_key (&b, "error");
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "kind", "agent");
      leyden_value_builder_set (&b, "message", message);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  payload = leyden_value_builder_end_value (&b);
  return leyden_record_new (log, change->attempt, sequence, change->now_ns, change->actor, type, "", payload);
}

/* The next place in the completion log. */
static gboolean
take_place (LeydenBatch *self,
            gint64      *place,
            GError     **error)
{
  sqlite3_stmt *statement;
  gint64 length;

  if (!leyden_sql_get_int (self->sql, "SELECT n_terminal FROM agl_log", &length, error))
    return FALSE;
  *place = length + 1;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_AGL_SET_LENGTH, error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, *place);
  return leyden_sql_run (self->sql, statement, error);
}

/* What our own lists show of it. */
static gboolean
update_log (LeydenBatch        *self,
            LeydenRequest      *request,
            const LeydenAglRow *row,
            GError            **error)
{
  LeydenAglChange *change = request->agl;
  gboolean ended = is_terminal (change->state);
  g_autoptr(LeydenValue) message = NULL;
  g_autofree char *line = NULL;
  const char *text;
  sqlite3_stmt *statement;

  if (leyden_batch_add_record (self, request, row->log, make_transition, error) == 0)
    return FALSE;
  if (change->error_message != NULL)
    message = leyden_json_parse (change->error_message, -1, &(LeydenJsonLimits) { .policy = LEYDEN_JSON_WIRE }, NULL);
  text = leyden_value_get_string (message, NULL);
  line = text != NULL ? leyden_text_escape (text, -1, 500) : NULL;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_AGL_SET_ROLLOUT_STATE, error);
  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, row->log);
  leyden_sql_bind_text (statement, 2, g_str_equal (change->state, "queuing") ? "queued" : change->state);
  sqlite3_bind_int64 (statement, 3, change->now_ns);
  sqlite3_bind_int64 (statement, 4, ended ? change->now_ns : 0);
  leyden_sql_bind_text (statement, 5, line);
  return leyden_sql_run (self->sql, statement, error);
}

/* The text that a field has afterwards; NULL for null. */
static const char *
changed (const char *given,
         const char *before)
{
  if (given == NULL)
    return before;
  return g_str_equal (given, "null") ? NULL : given;
}

gboolean
leyden_batch_update_agl (LeydenBatch        *self,
                         LeydenRequest      *request,
                         const LeydenAglRow *row,
                         GError            **error)
{
  LeydenAglChange *change = request->agl;
  sqlite3_stmt *statement;
  gint64 place = 0;

  /* The completion log is a list too. */
  if (change->has_state && is_terminal (change->state) && row->listed && !take_place (self, &place, error))
    return FALSE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_AGL_UPDATE, error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, row->id);
  leyden_sql_bind_text (statement, 2, change->has_state ? change->state : row->state);
  leyden_sql_bind_text (statement, 3, changed (change->k8s_job_name, row->k8s_job_name_json));
  leyden_sql_bind_text (statement, 4, changed (change->last_attempt_id, row->last_attempt_id_json));
  leyden_sql_bind_text (statement, 5, changed (change->error_message, row->error_message_json));
  sqlite3_bind_int64 (statement, 6, MAX (change->now_ns, row->updated_ns));
  if (place != 0)
    sqlite3_bind_int64 (statement, 7, place);
  if (!leyden_sql_run (self->sql, statement, error))
    return FALSE;
  return !change->has_state || update_log (self, request, row, error);
}

/* The attempt that a change of status is about: what it will be afterwards. */
static char *
find_attempt (LeydenAglChange    *change,
              const LeydenAglRow *row)
{
  LeydenAglRow after = *row;

  after.last_attempt_id_json = (char *) changed (change->last_attempt_id, row->last_attempt_id_json);
  return leyden_agl_row_find_attempt (&after);
}

/* Whether a worker holds a lease on it as another attempt than the change names: one that is late does not speak for it. */
static gboolean
is_stale (LeydenBatch        *self,
          LeydenAglChange    *change,
          const LeydenAglRow *row,
          gboolean           *stale,
          GError            **error)
{
  g_autofree char *held = NULL;

  *stale = FALSE;
  if (!change->has_state || change->last_attempt_id == NULL)
    return TRUE;
  if (!leyden_batch_find_lease (self, row->id, &held, error))
    return FALSE;
  *stale = held != NULL && !g_str_equal (held, change->attempt);
  return TRUE;
}

static gboolean
patch (LeydenBatch   *self,
       LeydenRequest *request,
       GError       **error)
{
  LeydenAglChange *change = request->agl;
  gboolean changes = change->has_state || change->k8s_job_name || change->last_attempt_id || change->error_message;
  g_auto(LeydenAglTarget) target = { NULL, };
  g_autoptr(LeydenAglRow) after = NULL;
  gboolean stale;

  if (!leyden_agl_target_find (self->sql, change->rollout, &target, error))
    return FALSE;
  if (target.ours != NULL)
    {
      /* The engine alone says how a rollout of ours stands. */
      change->from = leyden_agl_state_of_ours (target.ours->state);
      change->outcome = changes ? LEYDEN_AGL_ILLEGAL : LEYDEN_AGL_DONE;
      leyden_agl_write_ours (change->answer, target.ours, NULL);
      return TRUE;
    }
  if (target.row == NULL)
    {
      change->outcome = LEYDEN_AGL_UNKNOWN;
      return TRUE;
    }
  g_free (change->attempt);
  change->attempt = find_attempt (change, target.row);
  if (!is_stale (self, change, target.row, &stale, error))
    return FALSE;
  if (stale || (change->has_state && !may_become (target.row->state, change->state)))
    {
      change->outcome = LEYDEN_AGL_ILLEGAL;
      change->from = target.row->state;
      return TRUE;
    }
  if (changes && !leyden_batch_update_agl (self, request, target.row, error))
    return FALSE;
  after = leyden_batch_load_agl (self, target.row->id, TRUE, error);
  if (after == NULL)
    return FALSE;
  leyden_agl_row_write (change->answer, after);
  return TRUE;
}

static gboolean
hide (LeydenBatch     *self,
      LeydenAglChange *change,
      GError         **error)
{
  g_auto(LeydenAglTarget) target = { NULL, };
  sqlite3_stmt *statement;

  if (!leyden_agl_target_find (self->sql, change->rollout, &target, error))
    return FALSE;
  if (target.row == NULL && target.ours == NULL)
    return TRUE;
  if (target.row == NULL)
    return insert_row (self, change->rollout, change->rollout, FALSE, TRUE, "\"\"", FALSE, 0, change->now_ns, error) != 0;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_AGL_HIDE, error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, target.row->id);
  return leyden_sql_run (self->sql, statement, error);
}

/* --- events --- */

static LeydenRecord *
make_event (const char    *log,
            guint64        sequence,
            LeydenRequest *request)
{
  LeydenAglChange *change = request->agl;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) payload = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "event_type", change->type);
  leyden_value_builder_set (&b, "data", change->data);
  leyden_value_builder_end (&b);
  payload = leyden_value_builder_end_value (&b);
  return leyden_record_new (log, change->attempt, sequence, change->now_ns, change->actor, "agl.event", "", payload);
}

/* The reward that our own lists show: the last one; none when that is no number, as the trainer sees it. */
static gboolean
note_reward (LeydenBatch        *self,
             LeydenAglChange    *change,
             const LeydenAglRow *row,
             GError            **error)
{
  LeydenValue *value = leyden_value_get_member (change->data, "value");
  g_autofree char *attempt = leyden_agl_row_find_attempt (row);
  sqlite3_stmt *statement;
  double reward;

  /* Of an attempt that another took over from nothing counts. */
  if (g_strcmp0 (leyden_value_get_string (change->type, NULL), "reward") != 0 || !g_str_equal (attempt, change->attempt))
    return TRUE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_AGL_SET_ROLLOUT_REWARD, error);
  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, row->log);
  if (leyden_value_get_double (value, &reward))
    sqlite3_bind_double (statement, 2, reward);
  return leyden_sql_run (self->sql, statement, error);
}

/* What the simulated model answered says so everywhere. */
static gboolean
note_simulated (LeydenBatch     *self,
                LeydenAglChange *change,
                const char      *log,
                GError         **error)
{
  LeydenValue *own = leyden_value_get_member (leyden_value_get_member (change->data, "response"), "x_leyden");
  sqlite3_stmt *statement;

  if (!leyden_value_get_member_boolean (own, "simulated", FALSE))
    return TRUE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_AGL_SET_ROLLOUT_SIMULATED, error);
  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, log);
  return leyden_sql_run (self->sql, statement, error);
}

gboolean
leyden_batch_add_agl_event (LeydenBatch        *self,
                            LeydenRequest      *request,
                            const LeydenAglRow *row,
                            GError            **error)
{
  LeydenAglChange *change = request->agl;
  guint64 sequence = leyden_batch_add_record (self, request, row->log, make_event, error);
  sqlite3_stmt *statement;

  if (sequence == 0)
    return FALSE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_AGL_PUT_ATTEMPT, error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, row->id);
  leyden_sql_bind_text (statement, 2, change->attempt);
  sqlite3_bind_int64 (statement, 3, (gint64) sequence);
  return leyden_sql_run (self->sql, statement, error) && note_reward (self, change, row, error)
         && note_simulated (self, change, row->log, error);
}

static gboolean
move_on (LeydenBatch   *self,
         LeydenRequest *request,
         gint64         id,
         const char    *state,
         GError       **error)
{
  g_autoptr(LeydenAglRow) row = leyden_batch_load_agl (self, id, TRUE, error);
  LeydenAglChange *change = request->agl;
  gboolean ok = row != NULL;

  if (ok && may_become (row->state, state))
    {
      change->has_state = TRUE;
      change->state = g_strdup (state);
      ok = leyden_batch_update_agl (self, request, row, error);
      change->has_state = FALSE;
      g_clear_pointer (&change->state, g_free);
    }
  return ok;
}

/* Nobody says how the program of an attached agent ended: it runs from its first event on, and has done its work when there is a reward. */
static gboolean
follow_agent (LeydenBatch   *self,
              LeydenRequest *request,
              gint64         id,
              GError       **error)
{
  LeydenAglChange *change = request->agl;
  double reward;

  if (!move_on (self, request, id, "running", error))
    return FALSE;
  return g_strcmp0 (leyden_value_get_string (change->type, NULL), "reward") != 0
         || !leyden_value_get_double (leyden_value_get_member (change->data, "value"), &reward)
         || move_on (self, request, id, "succeeded", error);
}

static gboolean
is_reward (LeydenAglChange *change)
{
  return g_strcmp0 (leyden_value_get_string (change->type, NULL), "reward") == 0;
}

/* The next event of this attempt needs no look at the database. */
static void
remember_post (LeydenBatch     *self,
               LeydenAglChange *change,
               const char      *log)
{
  LeydenKnownPost *post = g_new (LeydenKnownPost, 1);

  *post = (LeydenKnownPost) { g_strdup (log), g_strdup (change->attempt) };
  g_hash_table_replace (self->posts, g_strdup (change->rollout), post);
}

static gboolean
post_event (LeydenBatch   *self,
            LeydenRequest *request,
            GError       **error)
{
  LeydenAglChange *change = request->agl;
  LeydenKnownPost *known = is_reward (change) ? NULL : g_hash_table_lookup (self->posts, change->rollout);
  g_auto(LeydenAglTarget) target = { NULL, };

  if (known != NULL && g_str_equal (known->attempt, change->attempt))
    return leyden_batch_add_record (self, request, known->log, make_event, error) != 0;
  if (!leyden_agl_target_find (self->sql, change->rollout, &target, error))
    return FALSE;
  if (target.row == NULL && target.ours == NULL)
    {
      change->outcome = LEYDEN_AGL_UNKNOWN;
      return TRUE;
    }
  if (target.row == NULL)
    {
      /* The engine numbers the records of its rollouts; what comes from outside stands in a log beside. */
      g_autofree char *log = g_strconcat (change->rollout, "/events", NULL);
      gint64 id = insert_row (self, change->rollout, log, FALSE, FALSE, "\"\"", FALSE, 0, change->now_ns, error);

      target.row = id != 0 ? leyden_batch_load_agl (self, id, TRUE, error) : NULL;
      if (target.row == NULL)
        return FALSE;
    }
  if (!leyden_batch_add_agl_event (self, request, target.row, error))
    return FALSE;
  if (target.ours == NULL && target.row->listed && !is_reward (change))
    remember_post (self, change, target.row->log);
  return target.ours != NULL || target.row->listed || follow_agent (self, request, target.row->id, error);
}

/* --- models --- */

static gboolean
put_models (LeydenBatch     *self,
            LeydenAglChange *change,
            GError         **error)
{
  g_autofree char *registered = g_strdup_printf ("INSERT INTO agl_registrations (time_ns) VALUES (%" G_GINT64_FORMAT ")", leyden_time_now_ns ());

  if (change->models->len > 0 && !leyden_sql_exec (self->sql, registered, error))
    return FALSE;
  for (guint i = 0; i < change->models->len; i++)
    {
      LeydenAglModel *model = change->models->pdata[i];
      sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_AGL_PUT_MODEL, error);

      if (statement == NULL)
        return FALSE;
      leyden_sql_bind_text (statement, 1, model->model);
      leyden_sql_bind_text (statement, 2, model->endpoint);
      leyden_sql_bind_text (statement, 3, model->version);
      if (!leyden_sql_run (self->sql, statement, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
leyden_batch_change_agl (LeydenBatch   *self,
                         LeydenRequest *request,
                         GError       **error)
{
  LeydenAglChange *change = request->agl;
  sqlite3_stmt *statement;

  /* It may be applied a second time, after a roll back. */
  change->outcome = LEYDEN_AGL_DONE;
  change->from = NULL;
  if (change->answer == NULL)
    change->answer = g_string_new (NULL);
  g_string_truncate (change->answer, 0);
  switch (change->kind)
    {
    case LEYDEN_AGL_CREATE:
      return create (self, change, error);
    case LEYDEN_AGL_PATCH:
      return patch (self, request, error);
    case LEYDEN_AGL_DELETE:
      return hide (self, change, error);
    case LEYDEN_AGL_EVENT:
      return post_event (self, request, error);
    case LEYDEN_AGL_PUT_MODELS:
      return put_models (self, change, error);
    case LEYDEN_AGL_CLEAR_MODELS:
      statement = leyden_sql_get (self->sql, LEYDEN_SQL_AGL_CLEAR_MODELS, error);
      return statement != NULL && leyden_sql_run (self->sql, statement, error);
    case LEYDEN_AGL_LEASE:
    case LEYDEN_AGL_END_LEASE:
    case LEYDEN_AGL_EXPIRE_LEASES:
    case LEYDEN_AGL_KEEP_LEASES:
      return leyden_batch_change_leases (self, request, error);
    default:
      g_assert_not_reached ();
    }
}
