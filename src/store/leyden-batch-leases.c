/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leases, in the writer's thread.
 *
 *   queuing ─ lease ─► running ─┬─ finished ─► succeeded, failed
 *      ▲                        ├─ expired ──► failed, or
 *      └── the next attempt ────┴─ expired, released
 *
 * Every lease of a rollout is another attempt: "0", "1", … What a worker posts after its lease has expired stands under its own attempt and
 * is not what the rollout shows.
 */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-batch-private.h"

#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-sqlite-rows.h"

#include <glib/gi18n-lib.h>


/* Expired ones that one transaction takes up; the rest comes with the next. */
#define MAX_DUE 256

typedef struct
{
  gint64  id;
  char   *lease;
  gint64  rollout;
  char   *attempt;
  char   *worker;
  gint64  ttl_ns;
  gint64  since_ns;
  gint64  expires_ns;
  char   *ended;                /* nullable: held */
} Lease;

static void
lease_free (gpointer data)
{
  Lease *self = data;

  g_free (self->lease);
  g_free (self->attempt);
  g_free (self->worker);
  g_free (self->ended);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lease, lease_free)

/* The leases that a bound statement gives; resets it. (transfer full) */
static GPtrArray *
read_leases (LeydenBatch   *self,
             sqlite3_stmt  *statement,
             GError       **error)
{
  g_autoptr(GPtrArray) leases = g_ptr_array_new_with_free_func (lease_free);
  int code;

  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      LeydenRowReader row = { statement, TRUE };
      g_autoptr(Lease) lease = g_new0 (Lease, 1);

      lease->id = leyden_row_take_int (&row, 0, 1);
      lease->lease = leyden_row_take_text (&row, 1, TRUE);
      lease->rollout = leyden_row_take_int (&row, 2, 1);
      lease->attempt = leyden_row_take_text (&row, 3, TRUE);
      lease->worker = leyden_row_take_text (&row, 4, TRUE);
      lease->ttl_ns = leyden_row_take_int (&row, 5, 0);
      lease->since_ns = leyden_row_take_int (&row, 6, 0);
      lease->expires_ns = leyden_row_take_int (&row, 7, 0);
      lease->ended = leyden_row_take_text (&row, 8, FALSE);
      if (row.ok)
        g_ptr_array_add (leases, g_steal_pointer (&lease));
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (self->sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_DONE ? g_steal_pointer (&leases) : NULL;
}

static GPtrArray *
find_by_text (LeydenBatch  *self,
              LeydenSqlId   id,
              const char   *text,
              gint64        limit,
              GError      **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, id, error);

  if (statement == NULL)
    return NULL;
  leyden_sql_bind_text (statement, 1, text);
  if (limit != 0)
    sqlite3_bind_int64 (statement, 2, limit);
  return read_leases (self, statement, error);
}

static GPtrArray *
find_by_number (LeydenBatch  *self,
                LeydenSqlId   id,
                gint64        number,
                gint64        limit,
                GError      **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, id, error);

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, number);
  if (limit != 0)
    sqlite3_bind_int64 (statement, 2, limit);
  return read_leases (self, statement, error);
}

gboolean
leyden_batch_find_lease (LeydenBatch  *self,
                         gint64        id,
                         char        **attempt,
                         GError      **error)
{
  g_autoptr(GPtrArray) leases = find_by_number (self, LEYDEN_SQL_LEASE_OF_ROLLOUT, id, 0, error);

  if (leases == NULL)
    return FALSE;
  *attempt = leases->len > 0 ? g_strdup (((Lease *) leases->pdata[0])->attempt) : NULL;
  return TRUE;
}

static gboolean
end_lease (LeydenBatch *self,
           Lease       *lease,
           const char  *how,
           gint64       now_ns,
           GError     **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_LEASE_END, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, lease->id);
  leyden_sql_bind_text (statement, 2, how);
  sqlite3_bind_int64 (statement, 3, now_ns);
  return leyden_sql_run (self->sql, statement, error);
}

/* Whether the rollout of a held lease is still its own. */
static gboolean
is_alive (const LeydenAglRow *row,
          const Lease        *lease)
{
  g_autofree char *attempt = leyden_agl_row_find_attempt (row);

  return !row->hidden && g_str_equal (row->state, "running") && g_str_equal (attempt, lease->attempt);
}

/* ---- A change of status that a lease makes ---- */

static char *
write_text (const char *text)
{
  g_autoptr(GString) json = g_string_new (NULL);

  leyden_json_write_string (json, text, -1);
  return g_string_free (g_steal_pointer (&json), FALSE);
}

/* @error_message: JSON, NULL clears. */
static gboolean
set_state (LeydenBatch         *self,
           LeydenRequest       *request,
           const LeydenAglRow  *row,
           const char          *attempt,
           const char          *state,
           const char          *error_message,
           GError             **error)
{
  LeydenAglChange *change = request->agl;
  g_autofree char *given_state = g_steal_pointer (&change->state);
  g_autofree char *given_message = g_steal_pointer (&change->error_message);
  gboolean ok;

  g_free (change->attempt);
  g_free (change->last_attempt_id);
  change->attempt = g_strdup (attempt);
  change->last_attempt_id = write_text (attempt);
  change->has_state = TRUE;
  change->state = g_strdup (state);
  change->error_message = g_strdup (error_message != NULL ? error_message : "null");
  ok = leyden_batch_update_agl (self, request, row, error);
  /* It may be applied a second time, after a roll back. */
  g_free (change->state);
  g_free (change->error_message);
  change->state = g_steal_pointer (&given_state);
  change->error_message = g_steal_pointer (&given_message);
  return ok;
}

/* The reward of the attempt that is over does not stay in our lists. */
static gboolean
clear_reward (LeydenBatch         *self,
              const LeydenAglRow  *row,
              GError             **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_AGL_SET_ROLLOUT_REWARD, error);

  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, row->log);
  return leyden_sql_run (self->sql, statement, error);
}

static gboolean
queue_again (LeydenBatch         *self,
             LeydenRequest       *request,
             const LeydenAglRow  *row,
             const Lease         *lease,
             GError             **error)
{
  return set_state (self, request, row, lease->attempt, "queuing", NULL, error) && clear_reward (self, row, error);
}

/* ---- A worker asks ---- */

static void
write_lease (GString            *out,
             const Lease        *lease,
             const LeydenAglRow *row)
{
  if (out->str[out->len - 1] != '[')
    g_string_append_c (out, ',');
  g_string_append (out, "{\"lease\":");
  leyden_json_write_string (out, lease->lease, -1);
  g_string_append (out, ",\"attempt\":");
  leyden_json_write_string (out, lease->attempt, -1);
  g_string_append (out, ",\"expires\":");
  leyden_agl_write_time (out, lease->expires_ns);
  g_string_append (out, ",\"rollout\":");
  leyden_agl_row_write (out, row);
  g_string_append_c (out, '}');
}

static gboolean
renew (LeydenBatch      *self,
       LeydenAglChange  *change,
       Lease            *lease,
       GError          **error)
{
  sqlite3_stmt *statement;

  /* Workers ask once a second; what is written is a third of a lease apart. */
  if (lease->ttl_ns == change->ttl_ns && lease->expires_ns > change->now_ns + change->ttl_ns / 3 * 2)
    return TRUE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_LEASE_RENEW, error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, lease->id);
  sqlite3_bind_int64 (statement, 2, change->ttl_ns);
  sqlite3_bind_int64 (statement, 3, change->now_ns);
  lease->expires_ns = MAX (lease->expires_ns, change->now_ns + change->ttl_ns);
  return leyden_sql_run (self->sql, statement, error);
}

/* Held leases of the worker: renewed; those that it does not know of — an answer was lost — are told again. The rest of @holds is lost. */
static gboolean
renew_held (LeydenBatch      *self,
            LeydenAglChange  *change,
            GHashTable       *held,
            guint            *n_told,
            GError          **error)
{
  g_autoptr(GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) leases = find_by_text (self, LEYDEN_SQL_LEASE_OF_WORKER, change->worker, G_MAXINT32, error);

  for (guint i = 0; change->holds != NULL && change->holds[i] != NULL; i++)
    g_hash_table_add (known, change->holds[i]);
  for (guint i = 0; leases != NULL && i < leases->len; i++)
    {
      Lease *lease = leases->pdata[i];
      g_autoptr(LeydenAglRow) row = leyden_batch_load_agl (self, lease->rollout, FALSE, error);
      g_autoptr(LeydenAglRow) whole = NULL;

      if (row == NULL)
        return FALSE;
      if (!is_alive (row, lease))
        {
          if (!end_lease (self, lease, "gone", change->now_ns, error))
            return FALSE;
          continue;
        }
      if (!renew (self, change, lease, error))
        return FALSE;
      g_hash_table_add (held, g_strdup (lease->lease));
      if (g_hash_table_contains (known, lease->lease))
        continue;
      whole = leyden_batch_load_agl (self, lease->rollout, TRUE, error);
      if (whole == NULL)
        return FALSE;
      write_lease (change->answer, lease, whole);
      (*n_told)++;
    }
  return leases != NULL;
}

static gboolean
read_queue (LeydenBatch  *self,
            guint         limit,
            GArray       *ids,
            GError      **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_LEASE_NEXT, error);
  int code;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, limit);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 id = sqlite3_column_int64 (statement, 0);

      g_array_append_val (ids, id);
    }
  if (code != SQLITE_DONE)
    leyden_sql_fail (self->sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_DONE;
}

static gboolean
count_attempts (LeydenBatch  *self,
                gint64        rollout,
                gint64       *n,
                GError      **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_LEASE_COUNT, error);
  int code;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, rollout);
  code = sqlite3_step (statement);
  *n = code == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : 0;
  if (code != SQLITE_ROW)
    leyden_sql_fail (self->sql, code, error);
  sqlite3_reset (statement);
  return code == SQLITE_ROW;
}

static gboolean
insert_lease (LeydenBatch      *self,
              LeydenAglChange  *change,
              const Lease      *lease,
              GError          **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_LEASE_INSERT, error);

  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, lease->lease);
  sqlite3_bind_int64 (statement, 2, lease->rollout);
  leyden_sql_bind_text (statement, 3, lease->attempt);
  leyden_sql_bind_text (statement, 4, lease->worker);
  sqlite3_bind_int64 (statement, 5, change->ttl_ns);
  sqlite3_bind_int64 (statement, 6, change->now_ns);
  return leyden_sql_run (self->sql, statement, error);
}

static gboolean
take (LeydenBatch    *self,
      LeydenRequest  *request,
      gint64          id,
      GError        **error)
{
  LeydenAglChange *change = request->agl;
  g_autoptr(LeydenAglRow) row = leyden_batch_load_agl (self, id, TRUE, error);
  g_autoptr(LeydenAglRow) after = NULL;
  g_autoptr(Lease) lease = g_new0 (Lease, 1);
  gint64 n;

  if (row == NULL || !count_attempts (self, id, &n, error))
    return FALSE;
  lease->lease = leyden_random_key ();
  lease->rollout = id;
  lease->attempt = g_strdup_printf ("%" G_GINT64_FORMAT, n);
  lease->worker = g_strdup (change->worker);
  lease->expires_ns = change->now_ns + change->ttl_ns;
  if (!insert_lease (self, change, lease, error) || !set_state (self, request, row, lease->attempt, "running", NULL, error))
    return FALSE;
  after = leyden_batch_load_agl (self, id, TRUE, error);
  if (after == NULL)
    return FALSE;
  write_lease (change->answer, lease, after);
  return TRUE;
}

static gboolean
answer_worker (LeydenBatch    *self,
               LeydenRequest  *request,
               GError        **error)
{
  LeydenAglChange *change = request->agl;
  g_autoptr(GHashTable) held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  guint n_told = 0;

  g_string_append (change->answer, "{\"leases\":[");
  if (!renew_held (self, change, held, &n_told, error))
    return FALSE;
  if (change->limit > n_told && !read_queue (self, change->limit - n_told, ids, error))
    return FALSE;
  for (guint i = 0; i < ids->len; i++)
    if (!take (self, request, g_array_index (ids, gint64, i), error))
      return FALSE;
  g_string_append (change->answer, "],\"lost\":[");
  for (guint i = 0; change->holds != NULL && change->holds[i] != NULL; i++)
    {
      if (g_hash_table_contains (held, change->holds[i]))
        continue;
      if (change->answer->str[change->answer->len - 1] != '[')
        g_string_append_c (change->answer, ',');
      leyden_json_write_string (change->answer, change->holds[i], -1);
    }
  g_string_append (change->answer, "],\"expires\":");
  leyden_agl_write_time (change->answer, change->now_ns + change->ttl_ns);
  g_string_append_c (change->answer, '}');
  return TRUE;
}

/* ---- Its end ---- */

static gboolean
add_events (LeydenBatch         *self,
            LeydenRequest       *request,
            const LeydenAglRow  *row,
            const Lease         *lease,
            GError             **error)
{
  LeydenAglChange *change = request->agl;

  g_free (change->attempt);
  change->attempt = g_strdup (lease->attempt);
  for (guint i = 0; change->events != NULL && i < change->events->len; i++)
    {
      LeydenAglPosted *posted = change->events->pdata[i];

      g_clear_pointer (&change->type, leyden_value_unref);
      g_clear_pointer (&change->data, leyden_value_unref);
      change->type = leyden_value_ref (posted->type);
      change->data = leyden_value_ref (posted->data);
      if (!leyden_batch_add_agl_event (self, request, row, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
apply_end (LeydenBatch         *self,
           LeydenRequest       *request,
           const LeydenAglRow  *row,
           Lease               *lease,
           GError             **error)
{
  LeydenAglChange *change = request->agl;
  gboolean back = g_str_equal (change->state, "queuing");

  if (back)
    return queue_again (self, request, row, lease, error) && end_lease (self, lease, "released", change->now_ns, error);
  return add_events (self, request, row, lease, error)
         && set_state (self, request, row, lease->attempt, change->state, change->error_message, error)
         && end_lease (self, lease, "finished", change->now_ns, error);
}

static gboolean
finish (LeydenBatch    *self,
        LeydenRequest  *request,
        GError        **error)
{
  LeydenAglChange *change = request->agl;
  g_autoptr(GPtrArray) leases = find_by_text (self, LEYDEN_SQL_LEASE_FIND, change->lease, 0, error);
  g_autoptr(LeydenAglRow) row = NULL;
  g_autoptr(LeydenAglRow) after = NULL;
  Lease *held;

  if (leases == NULL)
    return FALSE;
  if (leases->len == 0)
    {
      change->outcome = LEYDEN_AGL_UNKNOWN;
      return TRUE;
    }
  held = leases->pdata[0];
  row = leyden_batch_load_agl (self, held->rollout, TRUE, error);
  if (row == NULL)
    return FALSE;
  if (held->ended == NULL && !is_alive (row, held))
    {
      if (!end_lease (self, held, "gone", change->now_ns, error))
        return FALSE;
      change->outcome = LEYDEN_AGL_ILLEGAL;
      change->from = "gone";
      return TRUE;
    }
  /* The answer to the first may have been lost: the second changes nothing and hears the same. */
  if (g_strcmp0 (held->ended, "finished") == 0 || g_strcmp0 (held->ended, "released") == 0)
    {
      leyden_agl_row_write (change->answer, row);
      return TRUE;
    }
  if (held->ended != NULL)
    {
      change->outcome = LEYDEN_AGL_ILLEGAL;
      change->from = g_str_equal (held->ended, "expired") ? "expired" : "gone";
      return TRUE;
    }
  if (!apply_end (self, request, row, held, error))
    return FALSE;
  after = leyden_batch_load_agl (self, row->id, TRUE, error);
  if (after == NULL)
    return FALSE;
  leyden_agl_row_write (change->answer, after);
  return TRUE;
}

/* ---- Nothing was heard of the worker ---- */

static gboolean
expire_one (LeydenBatch    *self,
            LeydenRequest  *request,
            Lease          *lease,
            GError        **error)
{
  LeydenAglChange *change = request->agl;
  g_autoptr(LeydenAglRow) row = leyden_batch_load_agl (self, lease->rollout, TRUE, error);
  g_autofree char *text = NULL;
  g_autofree char *message = NULL;
  gint64 n;

  if (row == NULL || !count_attempts (self, lease->rollout, &n, error))
    return FALSE;
  if (!is_alive (row, lease))
    return end_lease (self, lease, "gone", change->now_ns, error);
  if (!end_lease (self, lease, "expired", change->now_ns, error))
    return FALSE;
  if (change->requeue && n < change->max_attempts)
    return queue_again (self, request, row, lease, error);
  text = n > 1 ? g_strdup_printf ("%" G_GINT64_FORMAT " workers took it and none came back; the last was %s", n, lease->worker)
               : g_strdup_printf ("The worker %s did not come back", lease->worker);
  message = write_text (text);
  return set_state (self, request, row, lease->attempt, "failed", message, error);
}

static gboolean
expire (LeydenBatch    *self,
        LeydenRequest  *request,
        GError        **error)
{
  g_autoptr(GPtrArray) due = find_by_number (self, LEYDEN_SQL_LEASE_DUE, request->agl->now_ns, MAX_DUE, error);

  for (guint i = 0; due != NULL && i < due->len; i++)
    if (!expire_one (self, request, due->pdata[i], error))
      return FALSE;
  return due != NULL;
}

static gboolean
keep (LeydenBatch      *self,
      LeydenAglChange  *change,
      GError          **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_LEASE_KEEP, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, change->now_ns);
  return leyden_sql_run (self->sql, statement, error);
}

static gboolean
apply (LeydenBatch    *self,
       LeydenRequest  *request,
       GError        **error)
{
  switch ((int) request->agl->kind)
    {
    case LEYDEN_AGL_LEASE:
      return answer_worker (self, request, error);
    case LEYDEN_AGL_END_LEASE:
      return finish (self, request, error);
    case LEYDEN_AGL_EXPIRE_LEASES:
      return expire (self, request, error);
    case LEYDEN_AGL_KEEP_LEASES:
      return keep (self, request->agl, error);
    default:
      g_assert_not_reached ();
    }
}

gboolean
leyden_batch_change_leases (LeydenBatch    *self,
                            LeydenRequest  *request,
                            GError        **error)
{
  sqlite3_stmt *statement;

  if (!apply (self, request, error))
    return FALSE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_LEASE_N_HELD, error);
  if (statement == NULL)
    return FALSE;
  request->agl->n_held = sqlite3_step (statement) == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : 0;
  sqlite3_reset (statement);
  return TRUE;
}
