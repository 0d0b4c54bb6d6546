/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing what has gathered: rows of rollouts, segments, the last position. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-batch-private.h"

#include "leyden-blobs.h"
#include "leyden-json.h"
#include "leyden-segment.h"
#include "leyden-sqlite-rows.h"

#include <glib/gi18n-lib.h>

/* A segment is read whole: small enough for a page of a list, large enough to be rare. */
#define MAX_SEGMENT_RECORDS 1024
#define MAX_SEGMENT_BYTES   (256 * 1024)
/* Nobody gets there honestly. */
#define MAX_POSITION        ((gint64) 1 << 62)

static gboolean
load_position (LeydenBatch *self,
               GError     **error)
{
  gint64 position;

  if (self->position_known)
    return TRUE;
  if (!leyden_sql_get_int (self->sql, "SELECT last_position FROM store", &position, error))
    return FALSE;
  if (position < 0 || position > MAX_POSITION)
    {
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_CORRUPT, _("The database’s last position cannot be"));
      return FALSE;
    }
  self->last_position = (guint64) position;
  self->position_known = TRUE;
  return TRUE;
}

static gboolean
write_segment (LeydenBatch         *self,
               LeydenSegmentWriter *segment,
               Gathered            *gathered,
               guint64              sequence,
               guint64              position,
               GError             **error)
{
  guint n_records = leyden_segment_writer_get_count (segment);
  g_autoptr(GByteArray) body = leyden_segment_writer_end (segment);
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_INSERT_SEGMENT, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, (gint64) position);
  sqlite3_bind_int64 (statement, 2, gathered->id);
  if (gathered->run_id != 0)
    sqlite3_bind_int64 (statement, 3, gathered->run_id);
  sqlite3_bind_int64 (statement, 4, (gint64) sequence);
  sqlite3_bind_int64 (statement, 5, n_records);
  sqlite3_bind_blob (statement, 6, body->data, (int) body->len, SQLITE_STATIC);
  return leyden_sql_run (self->sql, statement, error);
}

static gboolean
add_to_segment (LeydenBatch         *self,
                LeydenSegmentWriter *segment,
                LeydenRecord        *record,
                GString             *buffer,
                GError             **error)
{
  g_autofree char *sha256 = NULL;
  guint8 digest[32];

  g_string_truncate (buffer, 0);
  leyden_json_write_to (buffer, record->payload, LEYDEN_JSON_COMPACT);
  if (buffer->len <= LEYDEN_SEGMENT_SPILL)
    {
      leyden_segment_writer_add (segment, record, buffer->str, buffer->len, NULL);
      return TRUE;
    }
  sha256 = leyden_blobs_put (self->blobs, buffer->str, buffer->len, error);
  if (sha256 == NULL)
    return FALSE;
  for (guint i = 0; i < sizeof digest; i++)
    digest[i] = (guint8) (g_ascii_xdigit_value (sha256[2 * i]) << 4 | g_ascii_xdigit_value (sha256[2 * i + 1]));
  leyden_segment_writer_add (segment, record, NULL, 0, digest);
  return TRUE;
}

static gboolean
write_segments (LeydenBatch *self,
                Gathered    *gathered,
                guint64      position,
                GError     **error)
{
  g_autoptr(LeydenSegmentWriter) segment = leyden_segment_writer_new ();
  g_autoptr(GString) buffer = g_string_sized_new (1024);
  guint start = 0;

  for (guint i = 0; i < gathered->records->len; i++)
    {
      LeydenRecord *record = gathered->records->pdata[i];
      LeydenPlacedRecord placed = { record, position + i };

      if (!add_to_segment (self, segment, record, buffer, error))
        return FALSE;
      leyden_record_ref (record);
      g_array_append_val (self->placed, placed);
      if (leyden_segment_writer_get_count (segment) == MAX_SEGMENT_RECORDS || leyden_segment_writer_get_size (segment) >= MAX_SEGMENT_BYTES
          || i + 1 == gathered->records->len)
        {
          LeydenRecord *first = gathered->records->pdata[start];

          if (!write_segment (self, segment, gathered, first->sequence, position + start, error))
            return FALSE;
          start = i + 1;
        }
    }
  return TRUE;
}

gboolean
leyden_batch_insert_rollout (LeydenBatch            *self,
                             const LeydenRolloutRow *row,
                             gint64                  run_id,
                             guint64                 last_sequence,
                             guint64                 last_position,
                             gint64                 *id,
                             GError                **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, LEYDEN_SQL_INSERT_ROLLOUT, error);

  if (statement == NULL)
    return FALSE;
  leyden_sqlite_bind_rollout (statement, row, run_id, last_sequence, last_position);
  if (!leyden_sql_run (self->sql, statement, error))
    return FALSE;
  *id = sqlite3_last_insert_rowid (self->sql->db);
  return TRUE;
}

gboolean
leyden_batch_set_run (LeydenBatch *self,
                      LeydenSqlId  id,
                      gint64       rollout_id,
                      gint64       run_id,
                      GError     **error)
{
  sqlite3_stmt *statement = leyden_sql_get (self->sql, id, error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, rollout_id);
  sqlite3_bind_int64 (statement, 2, run_id);
  return leyden_sql_run (self->sql, statement, error);
}

/* The rollout's row with its last sequence and position. */
static gboolean
write_row (LeydenBatch *self,
           Gathered    *gathered,
           guint64      last_position,
           GError     **error)
{
  sqlite3_stmt *statement;

  if (gathered->id == 0)
    {
      g_autoptr(LeydenRolloutRow) plain = NULL;

      if (gathered->row == NULL)
        {
          plain = leyden_rollout_row_new ();
          plain->rollout = g_strdup (gathered->rollout);
          g_free (plain->state);
          plain->state = g_strdup ("running");
        }
      return leyden_batch_insert_rollout (self, plain ? plain : gathered->row, gathered->run_id, gathered->last_sequence, last_position,
                             &gathered->id, error);
    }
  if (gathered->run_is_new && (!leyden_batch_set_run (self, LEYDEN_SQL_SET_ROLLOUT_RUN, gathered->id, gathered->run_id, error)
                               || !leyden_batch_set_run (self, LEYDEN_SQL_SET_SEGMENT_RUN, gathered->id, gathered->run_id, error)))
    return FALSE;
  if (gathered->row == NULL && gathered->records->len == 0)
    return TRUE;
  statement = leyden_sql_get (self->sql, gathered->row ? LEYDEN_SQL_UPDATE_ROLLOUT : LEYDEN_SQL_TOUCH_ROLLOUT, error);
  if (statement == NULL)
    return FALSE;
  if (gathered->row != NULL)
    {
      leyden_sqlite_bind_rollout (statement, gathered->row, 0, gathered->last_sequence, last_position);
    }
  else
    {
      sqlite3_bind_int64 (statement, 1, gathered->id);
      sqlite3_bind_int64 (statement, 2, (gint64) gathered->last_sequence);
      sqlite3_bind_int64 (statement, 3, (gint64) last_position);
    }
  return leyden_sql_run (self->sql, statement, error);
}

static void
remember (LeydenBatch *self,
          Gathered    *gathered)
{
  LeydenKnownRollout *known = g_new0 (LeydenKnownRollout, 1);

  known->id = gathered->id;
  known->last_sequence = gathered->last_sequence;
  known->run = g_strdup (gathered->run);
  known->run_id = gathered->run_id;
  g_hash_table_replace (self->known, g_strdup (gathered->rollout), known);
}

static gboolean
write_gathered (LeydenBatch *self,
                Gathered    *gathered,
                GError     **error)
{
  guint n_records = gathered->records->len;
  guint64 position = self->last_position + 1;

  /* Nobody was accepted: an unknown rollout must not come into being by a refusal. */
  if (gathered->requests->len == 0)
    return TRUE;
  if (!write_row (self, gathered, n_records ? position + n_records - 1 : 0, error)
      || !write_segments (self, gathered, position, error))
    return FALSE;
  for (guint i = 0; i < gathered->requests->len; i++)
    {
      LeydenRequest *request = gathered->requests->pdata[i];

      request->base_sequence = gathered->last_sequence - n_records + 1;
      request->base_position = position;
    }
  self->last_position += n_records;
  remember (self, gathered);
  return TRUE;
}

gboolean
leyden_batch_flush (LeydenBatch *self,
                    GError     **error)
{
  guint64 before;
  sqlite3_stmt *statement;

  if (self->gathered->len == 0)
    return TRUE;
  if (!load_position (self, error))
    return FALSE;
  before = self->last_position;
  for (guint i = 0; i < self->gathered->len; i++)
    if (!write_gathered (self, self->gathered->pdata[i], error))
      return FALSE;
  g_hash_table_remove_all (self->by_rollout);
  g_ptr_array_set_size (self->gathered, 0);
  if (self->last_position == before)
    return TRUE;
  statement = leyden_sql_get (self->sql, LEYDEN_SQL_SET_POSITION, error);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, (gint64) self->last_position);
  return leyden_sql_run (self->sql, statement, error);
}
