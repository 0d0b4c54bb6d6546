/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fold is the nearest checkpoint at or before the wanted record, and the records after it. */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-sqlite-read.h"

#include "leyden-json.h"
#include "leyden-segment.h"
#include "leyden-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Of a state, about as long to read as one record is to apply. */
#define BYTES_PER_RECORD 64

typedef struct
{
  const LeydenReducer *reducer;
  const char          *rollout;
  gpointer             state;
  guint64              until;
  guint64              sequence;        /* of the last record applied */
  guint64              next;            /* the first at which a state is worth keeping again */
  GPtrArray           *checkpoints;
} Fold;

void
leyden_checkpoint_free (LeydenCheckpoint *self)
{
  g_free (self->rollout);
  g_free (self->state);
  g_free (self);
}

/* Where a state may grow with every record, keeping all of them would grow with their square: what is large is kept less often. */
static void
set_next (Fold  *fold,
          gsize  state_length)
{
  guint64 distance = MAX (LEYDEN_CHECKPOINT_INTERVAL, state_length / BYTES_PER_RECORD);

  fold->next = fold->sequence + distance;
}

static void
keep_state (Fold *fold)
{
  g_autoptr(LeydenValue) value = fold->reducer->serialise (fold->state);
  LeydenCheckpoint *checkpoint = g_new0 (LeydenCheckpoint, 1);

  checkpoint->rollout = g_strdup (fold->rollout);
  checkpoint->reducer = fold->reducer->name;
  checkpoint->sequence = fold->sequence;
  checkpoint->state = leyden_json_write (value, LEYDEN_JSON_COMPACT);
  g_ptr_array_add (fold->checkpoints, checkpoint);
  set_next (fold, strlen (checkpoint->state));
}

static gboolean
apply_records (GPtrArray *records,
               gpointer   data)
{
  Fold *fold = data;

  for (guint i = 0; i < records->len && fold->sequence < fold->until; i++)
    {
      LeydenRecord *record = records->pdata[i];

      fold->reducer->apply (fold->state, record);
      fold->sequence = record->sequence;
      if (fold->checkpoints != NULL && fold->sequence >= fold->next && fold->sequence % LEYDEN_CHECKPOINT_INTERVAL == 0)
        keep_state (fold);
    }
  return fold->sequence < fold->until;
}

/* Leaves @fold at the start when there is no checkpoint that can be used: it only saves time. */
static gboolean
restore_nearest (LeydenSql *sql,
                 gint64     id,
                 Fold      *fold,
                 GError   **error)
{
  sqlite3_stmt *statement = leyden_sql_get (sql, LEYDEN_SQL_FIND_CHECKPOINT, error);
  int code;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  leyden_sql_bind_text (statement, 2, fold->reducer->name);
  sqlite3_bind_int64 (statement, 3, (gint64) fold->until);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW && sqlite3_column_type (statement, 1) == SQLITE_TEXT)
    {
      const char *text = (const char *) sqlite3_column_text (statement, 1);
      g_autoptr(LeydenValue) value = leyden_segment_parse_json (text, (gsize) sqlite3_column_bytes (statement, 1), NULL);

      fold->state = value ? fold->reducer->restore (value) : NULL;
      if (fold->state != NULL)
        {
          fold->sequence = (guint64) sqlite3_column_int64 (statement, 0);
          set_next (fold, (gsize) sqlite3_column_bytes (statement, 1));
        }
    }
  else if (code != SQLITE_ROW && code != SQLITE_DONE)
    {
      leyden_sql_fail (sql, code, error);
    }
  sqlite3_reset (statement);
  return code == SQLITE_ROW || code == SQLITE_DONE;
}

LeydenValue *
leyden_read_fold (LeydenSql            *sql,
                  LeydenReadContext    *context,
                  const LeydenReadArgs *args,
                  GPtrArray            *checkpoints,
                  GCancellable         *cancellable,
                  GError              **error)
{
  Fold fold = { .reducer = args->reducer, .rollout = args->name, .checkpoints = checkpoints };
  LeydenValue *value = NULL;
  guint64 last;
  gint64 id;

  if (!leyden_read_find_rollout (sql, args->name, &id, &last, NULL, NULL, error))
    return NULL;
  if (id == 0)
    {
      g_autofree char *shown = leyden_text_escape (args->name, -1, 100);
      g_set_error (error, LEYDEN_STORE_ERROR, LEYDEN_STORE_ERROR_NOT_FOUND, _("There is no rollout %s"), shown);
      return NULL;
    }
  fold.until = args->after == 0 ? last : MIN (args->after, last);
  if (!restore_nearest (sql, id, &fold, error))
    return NULL;
  if (fold.state == NULL)
    fold.state = fold.reducer->init ();
  if (fold.sequence >= fold.until
      || leyden_read_records (sql, context, id, args->name, fold.sequence, 0, apply_records, &fold, cancellable, error))
    {
      if (fold.sequence >= fold.until)
        value = fold.reducer->serialise (fold.state);
      else
        leyden_read_set_cut (args->name, fold.sequence, error);
    }
  fold.reducer->free (fold.state);
  return value;
}
