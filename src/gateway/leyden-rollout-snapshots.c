/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-rollout-snapshots.h"

#include "leyden-id.h"
#include "leyden-store-sql.h"

/* A million rollouts take 8 MB each. */
#define MAX_SNAPSHOTS 6
#define IDLE_S 600
#define LIMIT_MS 30000

typedef struct
{
  LeydenRolloutSnapshot *snapshot;
  gint64                 used_us;
} Entry;

struct _LeydenRolloutSnapshots
{
  GArray  *entries;                     /* Entry */
  GSource *clock;                       /* while there are some */
};

/* ---- One ---- */

static void
clear_snapshot (gpointer data)
{
  LeydenRolloutSnapshot *self = data;

  g_free (self->id);
  g_free (self->key);
  g_clear_pointer (&self->ids, g_array_unref);
}

LeydenRolloutSnapshot *
leyden_rollout_snapshot_ref (LeydenRolloutSnapshot *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
leyden_rollout_snapshot_unref (LeydenRolloutSnapshot *self)
{
  g_atomic_rc_box_release_full (self, clear_snapshot);
}

void
leyden_rollout_answer_free (LeydenRolloutAnswer *self)
{
  g_clear_pointer (&self->snapshot, leyden_rollout_snapshot_unref);
  g_clear_pointer (&self->changes, leyden_value_unref);
  g_clear_pointer (&self->rows, leyden_value_unref);
  g_free (self);
}

/* ---- Those that are kept ---- */

static void
clear_entry (gpointer data)
{
  leyden_rollout_snapshot_unref (((Entry *) data)->snapshot);
}

LeydenRolloutSnapshots *
leyden_rollout_snapshots_new (void)
{
  LeydenRolloutSnapshots *self = g_new0 (LeydenRolloutSnapshots, 1);

  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (self->entries, clear_entry);
  return self;
}

static void
stop_clock (LeydenRolloutSnapshots *self)
{
  if (self->clock != NULL)
    g_source_destroy (self->clock);
  g_clear_pointer (&self->clock, g_source_unref);
}

void
leyden_rollout_snapshots_free (LeydenRolloutSnapshots *self)
{
  stop_clock (self);
  g_array_unref (self->entries);
  g_free (self);
}

static gboolean
clock_cb (gpointer data)
{
  LeydenRolloutSnapshots *self = data;
  gint64 oldest = g_get_monotonic_time () - IDLE_S * G_USEC_PER_SEC;

  for (guint i = self->entries->len; i-- > 0; )
    if (g_array_index (self->entries, Entry, i).used_us < oldest)
      g_array_remove_index (self->entries, i);
  if (self->entries->len > 0)
    return G_SOURCE_CONTINUE;
  stop_clock (self);
  return G_SOURCE_REMOVE;
}

static void
start_clock (LeydenRolloutSnapshots *self)
{
  if (self->clock != NULL)
    return;
  self->clock = g_timeout_source_new_seconds (IDLE_S / 10);
  g_source_set_callback (self->clock, clock_cb, self, NULL);
  g_source_attach (self->clock, g_main_context_get_thread_default ());
}

LeydenRolloutSnapshot *
leyden_rollout_snapshots_find (LeydenRolloutSnapshots *self,
                               const char             *id)
{
  for (guint i = 0; id != NULL && i < self->entries->len; i++)
    {
      Entry *entry = &g_array_index (self->entries, Entry, i);

      if (g_str_equal (entry->snapshot->id, id))
        {
          entry->used_us = g_get_monotonic_time ();
          return entry->snapshot;
        }
    }
  return NULL;
}

/* The newest with that key. */
static LeydenRolloutSnapshot *
find_key (LeydenRolloutSnapshots *self,
          const char             *key)
{
  for (guint i = self->entries->len; i-- > 0; )
    if (g_str_equal (g_array_index (self->entries, Entry, i).snapshot->key, key))
      return g_array_index (self->entries, Entry, i).snapshot;
  return NULL;
}

static void
keep (LeydenRolloutSnapshots *self,
      LeydenRolloutSnapshot  *snapshot)
{
  Entry entry = { snapshot, g_get_monotonic_time () };
  guint oldest = 0;

  if (leyden_rollout_snapshots_find (self, snapshot->id) != NULL)
    return;
  for (guint i = 1; i < self->entries->len; i++)
    if (g_array_index (self->entries, Entry, i).used_us < g_array_index (self->entries, Entry, oldest).used_us)
      oldest = i;
  if (self->entries->len >= MAX_SNAPSHOTS)
    g_array_remove_index (self->entries, oldest);
  leyden_rollout_snapshot_ref (snapshot);
  g_array_append_val (self->entries, entry);
  start_clock (self);
}

/* ---- Reading, in a thread ---- */

typedef struct
{
  LeydenRolloutQuestion  *question;
  LeydenRolloutSnapshot  *known;        /* nullable */
  LeydenRolloutSnapshot  *alike;        /* of the same question, which may be as the list is now; nullable */
  gboolean                renew;
  char                   *behind;
  guint                   offset;
  guint                   limit;
} Read;

static void
read_free (gpointer data)
{
  Read *read = data;

  leyden_rollout_question_free (read->question);
  g_clear_pointer (&read->known, leyden_rollout_snapshot_unref);
  g_clear_pointer (&read->alike, leyden_rollout_snapshot_unref);
  g_free (read->behind);
  g_free (read);
}

static gboolean
read_number (sqlite3     *db,
             const char  *text,
             const char  *value,
             gint64      *number,
             GError     **error)
{
  g_autoptr(LeydenStatement) statement = leyden_sqlite_prepare (db, text, error);

  if (statement == NULL)
    return FALSE;
  if (value != NULL)
    sqlite3_bind_text (statement, 1, value, -1, SQLITE_STATIC);
  *number = -1;
  if (leyden_sqlite_next (statement, error))
    *number = sqlite3_column_int64 (statement, 0);
  return *error == NULL;
}

static LeydenRolloutSnapshot *
make_snapshot (Read     *read,
               sqlite3  *db,
               gint64    revision,
               GError  **error)
{
  g_autoptr(LeydenRolloutSnapshot) self = g_atomic_rc_box_new0 (LeydenRolloutSnapshot);

  self->id = leyden_id_new_uuid7 ();
  self->key = g_strdup (leyden_rollout_question_get_key (read->question));
  self->revision = revision;
  self->ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  return leyden_rollout_question_collect (read->question, db, self->ids, error) ? g_steal_pointer (&self) : NULL;
}

static LeydenRolloutSnapshot *
find_snapshot (Read     *read,
               sqlite3  *db,
               GError  **error)
{
  gint64 revision;

  if (read->known != NULL && !read->renew)
    return leyden_rollout_snapshot_ref (read->known);
  if (!read_number (db, "SELECT revision + removed FROM main.facts_cursor", NULL, &revision, error))
    return NULL;
  if (read->alike != NULL && read->alike->revision == revision)
    return leyden_rollout_snapshot_ref (read->alike);
  return make_snapshot (read, db, revision, error);
}

/* The place behind a rollout that the client saw last, in a list that is another than it had. */
static gboolean
find_behind (Read                  *read,
             sqlite3               *db,
             LeydenRolloutSnapshot *snapshot,
             GError               **error)
{
  gint64 id;

  if (read->behind == NULL || snapshot == read->known)
    return TRUE;
  if (!read_number (db, "SELECT id FROM main.rollouts WHERE rollout = ?1", read->behind, &id, error))
    return FALSE;
  for (guint i = 0; i < snapshot->ids->len; i++)
    if (g_array_index (snapshot->ids, gint64, i) == id)
      read->offset = i + 1;
  return TRUE;
}

static gpointer
read_thread (sqlite3       *db,
             gpointer       data,
             GCancellable  *cancellable,
             GError       **error)
{
  Read *read = data;
  g_autoptr(LeydenRolloutAnswer) answer = g_new0 (LeydenRolloutAnswer, 1);
  GError *local = NULL;
  const gint64 *ids;
  guint n;

  answer->snapshot = find_snapshot (read, db, &local);
  if (answer->snapshot == NULL || !find_behind (read, db, answer->snapshot, &local))
    {
      g_propagate_error (error, local);
      return NULL;
    }
  ids = (const gint64 *) (gpointer) answer->snapshot->ids->data;
  n = answer->snapshot->ids->len;
  if (read->renew && read->known != NULL && g_str_equal (read->known->key, answer->snapshot->key))
    answer->changes = leyden_rollout_list_diff ((const gint64 *) (gpointer) read->known->ids->data, read->known->ids->len, ids, n);
  answer->offset = MIN (read->offset, n);
  answer->rows = leyden_rollout_rows_read (db, ids + answer->offset, MIN (read->limit, n - answer->offset), error);
  return answer->rows != NULL ? g_steal_pointer (&answer) : NULL;
}

void
leyden_rollout_snapshots_read_async (LeydenRolloutSnapshots *self,
                                     LeydenSqliteStore      *store,
                                     LeydenRolloutQuestion  *question,
                                     const char             *known,
                                     gboolean                renew,
                                     const char             *behind,
                                     guint                   offset,
                                     guint                   limit,
                                     GAsyncReadyCallback     callback,
                                     gpointer                data)
{
  Read *read = g_new0 (Read, 1);
  LeydenRolloutSnapshot *found = leyden_rollout_snapshots_find (self, known), *alike = find_key (self, leyden_rollout_question_get_key (question));

  read->question = question;
  read->known = found != NULL ? leyden_rollout_snapshot_ref (found) : NULL;
  read->alike = alike != NULL ? leyden_rollout_snapshot_ref (alike) : NULL;
  read->renew = renew;
  read->behind = g_strdup (behind);
  read->offset = offset;
  read->limit = limit;
  leyden_sqlite_store_select_async (store, read_thread, read, read_free, (GDestroyNotify) leyden_rollout_answer_free, LIMIT_MS, NULL, callback, data);
}

LeydenRolloutAnswer *
leyden_rollout_snapshots_read_finish (LeydenRolloutSnapshots *self,
                                      LeydenSqliteStore      *store,
                                      GAsyncResult           *result,
                                      GError                **error)
{
  LeydenRolloutAnswer *answer = leyden_sqlite_store_select_finish (store, result, error);

  if (answer != NULL)
    keep (self, answer->snapshot);
  return answer;
}
