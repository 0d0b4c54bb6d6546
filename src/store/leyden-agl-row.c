/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rollouts of Agent Lightning's API as they are stored and sent. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-agl-row.h"

#include "leyden-json.h"
#include "leyden-sqlite-rows.h"
#include "leyden-store-agl.h"

#include <glib/gi18n-lib.h>

void
leyden_agl_new_free (LeydenAglNew *self)
{
  g_free (self->rollout);
  g_free (self->body);
  g_free (self->data_id);
  g_free (self);
}

void
leyden_agl_model_free (LeydenAglModel *self)
{
  g_free (self->model);
  g_free (self->endpoint);
  g_free (self->version);
  g_free (self);
}

void
leyden_agl_posted_free (LeydenAglPosted *self)
{
  leyden_value_unref (self->type);
  leyden_value_unref (self->data);
  g_free (self);
}

LeydenAglChange *
leyden_agl_change_new (LeydenAglChangeKind kind,
                       const char         *rollout)
{
  LeydenAglChange *self = g_new0 (LeydenAglChange, 1);

  self->kind = kind;
  self->rollout = g_strdup (rollout);
  return self;
}

void
leyden_agl_change_free (LeydenAglChange *self)
{
  if (self == NULL)
    return;
  g_free (self->rollout);
  g_clear_pointer (&self->rollouts, g_ptr_array_unref);
  g_clear_pointer (&self->models, g_ptr_array_unref);
  g_free (self->state);
  g_free (self->k8s_job_name);
  g_free (self->last_attempt_id);
  g_free (self->error_message);
  g_free (self->attempt);
  g_clear_pointer (&self->type, leyden_value_unref);
  g_clear_pointer (&self->data, leyden_value_unref);
  g_free (self->actor);
  g_free (self->worker);
  g_strfreev (self->holds);
  g_free (self->lease);
  g_clear_pointer (&self->events, g_ptr_array_unref);
  if (self->answer != NULL)
    g_string_free (self->answer, TRUE);
  g_free (self);
}

void
leyden_agl_row_free (LeydenAglRow *self)
{
  if (self == NULL)
    return;
  g_free (self->rollout);
  g_free (self->log);
  g_free (self->k8s_job_name_json);
  g_free (self->last_attempt_id_json);
  g_free (self->error_message_json);
  g_free (self->data_id_json);
  g_free (self->body);
  g_free (self);
}

const char *
leyden_agl_state_intern (const char *state)
{
  static const char * const states[] = { "queuing", "running", "succeeded", "failed" };

  for (guint i = 0; state != NULL && i < G_N_ELEMENTS (states); i++)
    if (g_str_equal (states[i], state))
      return states[i];
  return NULL;
}

const char *
leyden_agl_state_of_ours (const char *state)
{
  if (g_str_equal (state, "queued"))
    return "queuing";
  if (g_str_equal (state, "succeeded"))
    return "succeeded";
  return g_str_equal (state, "failed") || g_str_equal (state, "cancelled") ? "failed" : "running";
}

LeydenAglRow *
leyden_agl_row_read (sqlite3_stmt *statement,
                     gboolean      with_body)
{
  g_autoptr(LeydenAglRow) out = g_new0 (LeydenAglRow, 1);
  LeydenRowReader row = { statement, TRUE };
  g_autofree char *state = NULL;

  out->id = leyden_row_take_int (&row, 0, 1);
  out->rollout = leyden_row_take_text (&row, 1, TRUE);
  out->log = leyden_row_take_text (&row, 2, TRUE);
  out->listed = leyden_row_take_int (&row, 3, 0) != 0;
  state = leyden_row_take_text (&row, 4, TRUE);
  out->state = leyden_agl_state_intern (state);
  out->k8s_job_name_json = leyden_row_take_text (&row, 5, FALSE);
  out->last_attempt_id_json = leyden_row_take_text (&row, 6, FALSE);
  out->error_message_json = leyden_row_take_text (&row, 7, FALSE);
  out->version = leyden_row_take_int (&row, 8, 1);
  out->created_ns = leyden_row_take_int (&row, 9, 0);
  out->updated_ns = leyden_row_take_int (&row, 10, 0);
  out->is_train = leyden_row_take_int (&row, 11, 0) != 0;
  out->data_id_json = leyden_row_take_text (&row, 12, TRUE);
  out->hidden = leyden_row_take_int (&row, 13, 0) != 0;
  if (with_body)
    out->body = leyden_row_take_text (&row, 14, out->listed);
  return row.ok && out->state != NULL ? g_steal_pointer (&out) : NULL;
}

char *
leyden_agl_row_find_attempt (const LeydenAglRow *row)
{
  const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE };
  g_autoptr(LeydenValue) value = NULL;
  const char *text;
  gsize length = 0;

  if (row->last_attempt_id_json != NULL)
    value = leyden_json_parse (row->last_attempt_id_json, -1, &limits, NULL);
  text = leyden_value_get_string (value, &length);
  if (text == NULL || length == 0)
    return g_strdup ("0");
  /* A path holds no U+0000, so no event has such an attempt. */
  return g_strdup (strlen (text) == length ? text : "");
}

void
leyden_agl_target_clear (LeydenAglTarget *self)
{
  g_clear_pointer (&self->row, leyden_agl_row_free);
  g_clear_pointer (&self->ours, leyden_rollout_row_free);
}

/* One step of @id with @rollout bound; the statement stands on a row, or NULL without @error when there is none. */
static sqlite3_stmt *
look_up (LeydenSql   *sql,
         LeydenSqlId  id,
         const char  *rollout,
         GError     **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, id, error);
  int code;

  if (statement == NULL)
    return NULL;
  leyden_sql_bind_text (statement, 1, rollout);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    return statement;
  if (code != SQLITE_DONE)
    leyden_sql_fail (sql, code, error);
  sqlite3_reset (statement);
  return NULL;
}

static gboolean
damaged (const char *rollout,
         GError    **error)
{
  g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The row of rollout %s is damaged"), rollout);
  return FALSE;
}

gboolean
leyden_agl_target_find (LeydenSql       *sql,
                        const char      *rollout,
                        LeydenAglTarget *out,
                        GError         **error)
{
  g_autoptr(GError) local = NULL;
  sqlite3_stmt *statement = look_up (sql, LEYDEN_SQL_AGL_FIND, rollout, &local);

  if (statement != NULL)
    {
      out->row = leyden_agl_row_read (statement, FALSE);
      sqlite3_reset (statement);
      if (out->row == NULL)
        return damaged (rollout, error);
      if (out->row->listed)
        return TRUE;
    }
  if (local == NULL && out->row == NULL && (statement = look_up (sql, LEYDEN_SQL_AGL_FIND_HIDDEN, rollout, &local)) != NULL)
    {
      sqlite3_reset (statement);
      return TRUE;
    }
  if (local == NULL && (statement = look_up (sql, LEYDEN_SQL_GET_ROLLOUT, rollout, &local)) != NULL)
    {
      out->ours = leyden_sqlite_read_rollout_row (statement);
      sqlite3_reset (statement);
      if (out->ours == NULL)
        return damaged (rollout, error);
      /* A log whose rollout was deleted, or one that is another server's. */
      if (!g_str_equal (out->ours->executor, "leyden"))
        g_clear_pointer (&out->ours, leyden_rollout_row_free);
    }
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

void
leyden_agl_write_time (GString *out,
                       gint64   time_ns)
{
  char buffer[32];

  /* Microseconds: what a double of this size still tells apart. */
  g_string_append (out, leyden_json_format_double_python (buffer, (double) (time_ns / 1000) / 1e6));
}

static void
write_status (GString    *out,
              const char *state,
              const char *k8s_job_name,
              const char *last_attempt_id,
              const char *error_message,
              gint64      version)
{
  g_string_append_printf (out, "\"status\":{\"state\":\"%s\",\"k8s_job_name\":", state);
  g_string_append (out, k8s_job_name != NULL ? k8s_job_name : "null");
  g_string_append (out, ",\"last_attempt_id\":");
  g_string_append (out, last_attempt_id != NULL ? last_attempt_id : "null");
  g_string_append (out, ",\"error_message\":");
  g_string_append (out, error_message != NULL ? error_message : "null");
  g_string_append_printf (out, ",\"version\":%" G_GINT64_FORMAT ",\"created_at\":", version);
}

static void
write_times (GString *out,
             gint64   created_ns,
             gint64   updated_ns)
{
  leyden_agl_write_time (out, created_ns);
  g_string_append (out, ",\"updated_at\":");
  leyden_agl_write_time (out, updated_ns);
  g_string_append (out, "}}");
}

void
leyden_agl_row_write (GString            *out,
                      const LeydenAglRow *row)
{
  g_string_append (out, row->body);
  write_status (out, row->state, row->k8s_job_name_json, row->last_attempt_id_json, row->error_message_json, row->version);
  write_times (out, row->created_ns, row->updated_ns);
}

void
leyden_agl_write_ours (GString                *out,
                       const LeydenRolloutRow *row,
                       LeydenValue            *input)
{
  g_autoptr(GString) error = NULL;

  g_string_append (out, "{\"rollout_id\":");
  leyden_json_write_string (out, row->rollout, -1);
  g_string_append (out, ",\"input\":");
  leyden_json_write_to (out, input, LEYDEN_JSON_PYTHON);
  g_string_append (out, ",\"is_train\":");
  g_string_append (out, g_strcmp0 (row->split, "train") == 0 ? "true" : "false");
  g_string_append (out, ",\"config\":{\"timeout_seconds\":0,\"local\":null,\"k8s\":null},"
                        "\"metadata\":{\"batch_idx\":null,\"sample_idx_in_batch\":null,\"executor\":\"leyden\",\"run\":");
  if (row->run != NULL)
    leyden_json_write_string (out, row->run, -1);
  else
    g_string_append (out, "null");
  g_string_append (out, "},");
  if (row->error != NULL)
    {
      error = g_string_new (NULL);
      leyden_json_write_string (error, row->error, -1);
    }
  write_status (out, leyden_agl_state_of_ours (row->state), NULL, NULL, error != NULL ? error->str : NULL, 1);
  write_times (out, row->started_ns, MAX (row->finished_ns, row->started_ns));
}
