/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-batch-private.h"

#include "leyden-json.h"
#include "leyden-record-private.h"
#include "leyden-redact.h"
#include "leyden-sqlite-rows.h"
#include "leyden-text.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

static void
known_free (gpointer data)
{
  LeydenKnownRollout *self = data;

  g_free (self->run);
  g_free (self);
}

GHashTable *
leyden_batch_known_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, known_free);
}

static void
post_free (gpointer data)
{
  LeydenKnownPost *self = data;

  g_free (self->log);
  g_free (self->attempt);
  g_free (self);
}

GHashTable *
leyden_batch_posts_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, post_free);
}

static void
gathered_free (gpointer data)
{
  Gathered *self = data;

  g_free (self->rollout);
  g_free (self->run);
  g_ptr_array_unref (self->records);
  g_ptr_array_unref (self->requests);
  g_free (self);
}

static void
placed_clear (gpointer data)
{
  leyden_record_unref (((LeydenPlacedRecord *) data)->record);
}

LeydenBatch *
leyden_batch_new (LeydenSql   *sql,
                  const char  *blobs,
                  GHashTable  *known,
                  GHashTable  *posts,
                  LeydenCacheTotals *cache,
                  LeydenRedact redact,
                  LeydenRedact settings,
                  gpointer     redact_data)
{
  LeydenBatch *self = g_new0 (LeydenBatch, 1);

  self->sql = sql;
  self->blobs = blobs;
  self->known = known;
  self->posts = posts;
  self->cache = cache;
  self->redact = redact;
  self->redact_settings = settings;
  self->redact_data = redact_data;
  self->gathered = g_ptr_array_new_with_free_func (gathered_free);
  self->by_rollout = g_hash_table_new (g_str_hash, g_str_equal);
  self->placed = g_array_new (FALSE, FALSE, sizeof (LeydenPlacedRecord));
  g_array_set_clear_func (self->placed, placed_clear);
  return self;
}

void
leyden_batch_free (LeydenBatch *self)
{
  g_hash_table_unref (self->by_rollout);
  g_ptr_array_unref (self->gathered);
  g_clear_pointer (&self->placed, g_array_unref);
  g_free (self);
}

GArray *
leyden_batch_take_placed (LeydenBatch *self)
{
  return g_steal_pointer (&self->placed);
}

/* --- appends --- */

static Gathered *
gathered_load (LeydenBatch *self,
               const char  *rollout,
               GError     **error)
{
  LeydenKnownRollout *known = g_hash_table_lookup (self->known, rollout);
  Gathered *out = g_new0 (Gathered, 1);

  out->rollout = g_strdup (rollout);
  out->records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  out->requests = g_ptr_array_new ();
  if (known != NULL)
    {
      out->id = known->id;
      out->last_sequence = known->last_sequence;
      out->run = g_strdup (known->run);
      out->run_id = known->run_id;
    }
  else if (!leyden_read_find_rollout (self->sql, rollout, &out->id, &out->last_sequence, &out->run, &out->run_id, error))
    {
      gathered_free (out);
      return NULL;
    }
  g_ptr_array_add (self->gathered, out);
  g_hash_table_insert (self->by_rollout, out->rollout, out);
  return out;
}

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (LeydenRequest   *request,
        LeydenStoreError code,
        const char      *format,
        ...)
{
  va_list args;
  g_autofree char *message = NULL;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_clear_error (&request->error);
  request->error = g_error_new_literal (LEYDEN_STORE_ERROR, code, message);
  return FALSE;
}

/* One rollout, consecutive, of sequences that a database can hold. */
static gboolean
check_records (LeydenRequest *request,
               const char    *rollout)
{
  for (guint i = 0; i < request->records->len; i++)
    {
      LeydenRecord *record = request->records->pdata[i];
      LeydenRecord *first = request->records->pdata[0];

      if (!g_str_equal (record->rollout, rollout))
        return refuse (request, LEYDEN_STORE_ERROR_CONFLICT, _("Records of two rollouts in one append"));
      if (record->sequence != first->sequence + i || record->sequence > G_MAXINT64 - 1)
        return refuse (request, LEYDEN_STORE_ERROR_CONFLICT, _("Records of rollout %s do not follow each other"), rollout);
    }
  return TRUE;
}

/* Finds the run of request->row: 0 when there is none. FALSE: refused, or @error. */
static gboolean
check_run (LeydenBatch   *self,
           LeydenRequest *request,
           Gathered      *gathered,
           gint64        *run_id,
           GError       **error)
{
  const char *run = request->row ? request->row->run : NULL;
  sqlite3_stmt *statement;
  int code;

  *run_id = gathered->run_id;
  if (run == NULL || (gathered->run != NULL && g_str_equal (gathered->run, run)))
    return TRUE;
  if (gathered->run != NULL)
    return refuse (request, LEYDEN_STORE_ERROR_CONFLICT, _("Rollout %s belongs to run %s, not to %s"), gathered->rollout, gathered->run, run);
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_FIND_RUN, error);
  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, run);
  code = sqlite3_step (statement);
  *run_id = code == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : 0;
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    leyden_sql_fail (self->sql, code, error);
  sqlite3_reset (statement);
  if (code == SQLITE_DONE)
    return refuse (request, LEYDEN_STORE_ERROR_NOT_FOUND, _("There is no run %s"), run);
  return code == SQLITE_ROW;
}

static gboolean
collect (GPtrArray *records,
         gpointer   data)
{
  for (guint i = 0; i < records->len; i++)
    g_ptr_array_add (data, leyden_record_ref (records->pdata[i]));
  return TRUE;
}

static gboolean
check_equal (LeydenRequest *request,
             LeydenRecord  *stored,
             LeydenRecord  *given)
{
  return leyden_record_equal (stored, given)
         || refuse (request, LEYDEN_STORE_ERROR_CONFLICT, _("Record %" PRIu64 " of rollout %s is stored with other content"),
                    given->sequence, given->rollout);
}

/* The first @n of @records are stored already: in the database, or gathered in this transaction. They must be equal. */
static gboolean
check_old (LeydenBatch   *self,
           LeydenRequest *request,
           Gathered      *gathered,
           GPtrArray     *records,
           guint          n,
           GError       **error)
{
  g_autoptr(GPtrArray) stored = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  LeydenReadContext context = { self->blobs, NULL };
  guint64 first = n ? ((LeydenRecord *) records->pdata[0])->sequence : 0;
  guint64 in_database = gathered->last_sequence - gathered->records->len;
  guint n_old = n && first <= in_database ? (guint) MIN (n, in_database - first + 1) : 0;

  g_clear_pointer (&request->old_positions, g_array_unref);
  request->old_positions = g_array_new (FALSE, FALSE, sizeof (guint64));
  if (n_old > 0 && !leyden_read_records (self->sql, &context, gathered->id, gathered->rollout, first - 1, n_old, collect, stored, NULL, error))
    return FALSE;
  if (stored->len < n_old)
    {
      leyden_read_set_cut (gathered->rollout, first - 1 + stored->len, error);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    {
      LeydenRecord *before = i < n_old ? stored->pdata[i] : gathered->records->pdata[first + i - in_database - 1];

      if (!check_equal (request, before, records->pdata[i]))
        return FALSE;
      if (i < n_old)
        g_array_append_val (request->old_positions, before->position);
    }
  return TRUE;
}

static GPtrArray *
redact_records (LeydenBatch *self,
                GPtrArray   *records)
{
  GPtrArray *out = g_ptr_array_new_full (records->len, (GDestroyNotify) leyden_record_unref);

  for (guint i = 0; i < records->len; i++)
    g_ptr_array_add (out, leyden_redact_record (records->pdata[i], self->redact, self->redact_settings, self->redact_data));
  return out;
}

/* FALSE with @error: roll back. FALSE without: request->error. */
static gboolean
gather (LeydenBatch   *self,
        LeydenRequest *request,
        GError       **error)
{
  const char *rollout = request->row ? request->row->rollout : ((LeydenRecord *) request->records->pdata[0])->rollout;
  Gathered *gathered = g_hash_table_lookup (self->by_rollout, rollout);
  g_autoptr(GPtrArray) records = NULL;
  guint64 first, n_old = 0;
  gint64 run_id;

  if (!check_records (request, rollout) || (gathered == NULL && (gathered = gathered_load (self, rollout, error)) == NULL)
      || !check_run (self, request, gathered, &run_id, error))
    return FALSE;
  if (request->records->len > 0)
    {
      first = ((LeydenRecord *) request->records->pdata[0])->sequence;
      if (first > gathered->last_sequence + 1)
        return refuse (request, LEYDEN_STORE_ERROR_CONFLICT,
                       _("The next record of rollout %s is %" PRIu64 ", not %" PRIu64), rollout,
                       gathered->last_sequence + 1, first);
      n_old = MIN (gathered->last_sequence + 1 - first, request->records->len);
    }
  records = redact_records (self, request->records);
  if (!check_old (self, request, gathered, records, (guint) n_old, error))
    return FALSE;

  for (guint i = (guint) n_old; i < records->len; i++)
    g_ptr_array_add (gathered->records, leyden_record_ref (records->pdata[i]));
  gathered->last_sequence += records->len - n_old;
  if (run_id != gathered->run_id)
    {
      gathered->run_id = run_id;
      gathered->run = g_strdup (request->row->run);
      gathered->run_is_new = TRUE;
    }
  if (request->row != NULL)
    {
      leyden_redact_row (request->row, self->redact, self->redact_data);
      gathered->row = request->row;
    }
  g_ptr_array_add (gathered->requests, request);
  return TRUE;
}

guint64
leyden_batch_add_record (LeydenBatch   *self,
                         LeydenRequest *request,
                         const char    *log,
                         LeydenRecord *(*make) (const char *log, guint64 sequence, LeydenRequest *request),
                         GError       **error)
{
  Gathered *gathered = g_hash_table_lookup (self->by_rollout, log);
  g_autoptr(LeydenRecord) record = NULL;

  if (gathered == NULL && (gathered = gathered_load (self, log, error)) == NULL)
    return 0;
  record = make (log, gathered->last_sequence + 1, request);
  g_ptr_array_add (gathered->records, leyden_redact_record (record, self->redact, self->redact_settings, self->redact_data));
  gathered->last_sequence++;
  g_ptr_array_add (gathered->requests, request);
  return gathered->last_sequence;
}

/* --- runs, documents, checkpoints --- */

/* Its hashes and names must stay as they are; its input is content. */
static LeydenValue *
redact_definition (LeydenBatch *self,
                   LeydenValue *definition)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (leyden_value_get_member (definition, "input") == NULL)
    return leyden_redact_value (definition, self->redact_settings, self->redact_data);
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (definition); i++)
    {
      const char *key = leyden_value_get_key (definition, i);
      LeydenRedact redact = g_str_equal (key, "input") ? self->redact : self->redact_settings;

      leyden_value_builder_set_take (&b, key, leyden_redact_value (leyden_value_get_item (definition, i), redact, self->redact_data));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
write_run (LeydenBatch        *self,
           const LeydenRunRow *run,
           gint64             *id,
           GError            **error)
{
  g_autoptr(LeydenValue) redacted = redact_definition (self, run->definition);
  g_autofree char *definition = leyden_json_write (redacted, LEYDEN_JSON_COMPACT);
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_PUT_RUN, error);
  gboolean ok;

  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, run->run);
  leyden_sql_bind_text (statement, 2, run->key);
  leyden_sql_bind_text (statement, 3, run->state ? run->state : "running");
  sqlite3_bind_int64 (statement, 4, MAX (run->created_ns, 0));
  sqlite3_bind_int64 (statement, 5, MAX (run->finished_ns, 0));
  sqlite3_bind_int64 (statement, 6, MAX (run->n_items, 0));
  leyden_sql_bind_text (statement, 7, definition);
  if (!leyden_sql_run (self->sql, statement, error))
    return FALSE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_FIND_RUN, error);
  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, run->run);
  ok = sqlite3_step (statement) == SQLITE_ROW;
  *id = sqlite3_column_int64 (statement, 0);
  if (!ok)
    leyden_sql_fail (self->sql, sqlite3_errcode (self->sql->db), error);
  sqlite3_reset (statement);
  return ok;
}

/* The rollout @row: 0 when it is new; refused when it is another run's. */
static gboolean
find_row (LeydenBatch            *self,
          LeydenRequest          *request,
          const LeydenRolloutRow *row,
          gint64                 *id,
          gboolean               *has_run,
          GError                **error)
{
  g_autofree char *run = NULL;
  guint64 last;

  if (row->rollout == NULL || *row->rollout == '\0')
    return refuse (request, LEYDEN_STORE_ERROR_FAILED, _("A rollout needs an id"));
  if (!leyden_read_find_rollout (self->sql, row->rollout, id, &last, &run, NULL, error))
    return FALSE;
  *has_run = run != NULL;
  if (run != NULL && !g_str_equal (run, request->run->run))
    return refuse (request, LEYDEN_STORE_ERROR_CONFLICT, _("Rollout %s belongs to run %s, not to %s"), row->rollout, run, request->run->run);
  return TRUE;
}

static gboolean
put_run (LeydenBatch   *self,
         LeydenRequest *request,
         GError       **error)
{
  guint n_rows = request->rows ? request->rows->len : 0;
  gboolean has_run;
  gint64 id, run_id;

  if (!leyden_batch_flush (self, error))
    return FALSE;
  for (guint i = 0; i < n_rows; i++)
    if (!find_row (self, request, request->rows->pdata[i], &id, &has_run, error))
      return FALSE;
  if (!write_run (self, request->run, &run_id, error))
    return FALSE;
  for (guint i = 0; i < n_rows; i++)
    {
      LeydenRolloutRow *row = request->rows->pdata[i];

      if (!find_row (self, request, row, &id, &has_run, error))
        return FALSE;
      leyden_redact_row (row, self->redact, self->redact_data);
      g_hash_table_remove (self->known, row->rollout);
      if (id == 0 && !leyden_batch_insert_rollout (self, row, run_id, 0, 0, &id, error))
        return FALSE;
      /* It was there before its run. */
      if (id != 0 && !has_run && (!leyden_batch_set_run (self, LEYDEN_SQL_SET_ROLLOUT_RUN, id, run_id, error)
                                  || !leyden_batch_set_run (self, LEYDEN_SQL_SET_SEGMENT_RUN, id, run_id, error)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
put_document (LeydenBatch   *self,
              LeydenRequest *request,
              GError       **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, request->value ? LEYDEN_SQL_PUT_DOCUMENT : LEYDEN_SQL_DELETE_DOCUMENT, error);
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *text = NULL;

  if (statement == NULL)
    return FALSE;
  leyden_sql_bind_text (statement, 1, request->document_kind);
  leyden_sql_bind_text (statement, 2, request->name);
  if (request->value != NULL)
    {
      value = leyden_redact_value (request->value, self->redact_settings, self->redact_data);
      text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
      leyden_sql_bind_text (statement, 3, text);
    }
  return leyden_sql_run (self->sql, statement, error);
}

static gboolean
put_checkpoint (LeydenBatch   *self,
                LeydenRequest *request,
                GError       **error)
{
  LeydenCheckpoint *checkpoint = request->checkpoint;
  sqlite3_stmt *statement;
  guint64 last;
  gint64 id;

  if (!leyden_read_find_rollout (self->sql, checkpoint->rollout, &id, &last, NULL, NULL, error))
    return FALSE;
  if (id == 0 || last < checkpoint->sequence)
    return TRUE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_PUT_CHECKPOINT, error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  leyden_sql_bind_text (statement, 2, checkpoint->reducer);
  sqlite3_bind_int64 (statement, 3, (gint64) checkpoint->sequence);
  leyden_sql_bind_text (statement, 4, checkpoint->state);
  return leyden_sql_run (self->sql, statement, error);
}

/* Errors of the disk or the file concern the whole transaction; all others only the change, which then has done nothing. */
static gboolean
put_change (LeydenBatch   *self,
            LeydenRequest *request,
            GError       **error)
{
  g_autoptr(GError) local = NULL;

  if (!leyden_batch_flush (self, error) || !leyden_sql_exec (self->sql, "SAVEPOINT change", error))
    return FALSE;
  if (request->change (self->sql->db, request->change_data, &local))
    return leyden_sql_exec (self->sql, "RELEASE change", error);
  if (leyden_sql_concerns_all (local) || sqlite3_get_autocommit (self->sql->db))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  request->error = g_steal_pointer (&local);
  return leyden_sql_exec (self->sql, "ROLLBACK TO change", error) && leyden_sql_exec (self->sql, "RELEASE change", error);
}

/* What @request may change about rollouts that events are posted to is asked for again. */
static void
forget_posts (LeydenBatch   *self,
              LeydenRequest *request)
{
  switch (request->kind)
    {
    case LEYDEN_REQUEST_APPEND:
    case LEYDEN_REQUEST_RUN:
    case LEYDEN_REQUEST_DOCUMENT:
    case LEYDEN_REQUEST_CHECKPOINT:
    case LEYDEN_REQUEST_EXPERIMENT:
    case LEYDEN_REQUEST_AUDIT:
    case LEYDEN_REQUEST_CACHE:
    case LEYDEN_REQUEST_CHANGE:
      break;
    case LEYDEN_REQUEST_AGL:
      if (request->agl->kind == LEYDEN_AGL_EVENT || request->agl->kind == LEYDEN_AGL_CREATE)
        break;
      if (request->agl->rollout != NULL)
        {
          g_hash_table_remove (self->posts, request->agl->rollout);
          break;
        }
      G_GNUC_FALLTHROUGH;
    default:
      g_hash_table_remove_all (self->posts);
    }
}

gboolean
leyden_batch_apply (LeydenBatch   *self,
                    LeydenRequest *request,
                    GError       **error)
{
  g_autoptr(GError) local = NULL;
  gboolean ok = FALSE;

  forget_posts (self, request);
  switch (request->kind)
    {
    case LEYDEN_REQUEST_APPEND:
      ok = gather (self, request, &local);
      break;
    case LEYDEN_REQUEST_RUN:
      ok = put_run (self, request, &local);
      break;
    case LEYDEN_REQUEST_DOCUMENT:
      ok = put_document (self, request, &local);
      break;
    case LEYDEN_REQUEST_CHECKPOINT:
      ok = put_checkpoint (self, request, &local);
      break;
    case LEYDEN_REQUEST_EXPERIMENT:
      ok = leyden_batch_put_experiment (self, request, &local);
      break;
    case LEYDEN_REQUEST_AGL:
      ok = leyden_batch_change_agl (self, request, &local);
      break;
    case LEYDEN_REQUEST_AUDIT:
      ok = leyden_batch_add_audit (self, request, &local);
      break;
    case LEYDEN_REQUEST_CACHE:
      ok = leyden_batch_change_cache (self, request, &local);
      break;
    case LEYDEN_REQUEST_CHANGE:
      ok = put_change (self, request, &local);
      break;
    case LEYDEN_REQUEST_REMOVE:
      /* It has this transaction for itself; nothing that is known may outlive it. */
      g_hash_table_remove_all (self->known);
      g_hash_table_remove_all (self->posts);
      self->cache->known = FALSE;
      ok = leyden_removal_apply (request->removal, self->sql, &local);
      break;
    default:
      g_assert_not_reached ();
    }
  if (ok || request->error != NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
