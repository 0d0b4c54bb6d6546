/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-rollups.h"

#include "leyden-store-sql.h"

#include <math.h>
#include <string.h>

const int leyden_rollup_levels[LEYDEN_N_ROLLUP_LEVELS] = { 1, 15, 60, 900, 3600, 21600 };

struct _LeydenRollups
{
  sqlite3      *db;
  sqlite3_stmt *get, *put;
  GHashTable   *rollups;                /* LeydenRollup, by its key */
  LeydenRollup *last[LEYDEN_N_ROLLUP_LEVELS];   /* where the point before went */
  GByteArray   *buffer;
};

/* --- one --- */

void
leyden_rollup_clear (LeydenRollup *self)
{
  g_clear_pointer (&self->sketch, leyden_sketch_free);
}

static void
rollup_free (gpointer data)
{
  leyden_rollup_clear (data);
  g_free (data);
}

/* Before @self counts what is added. */
static void
widen (LeydenRollup *self,
       double        min,
       double        max)
{
  if (self->sketch != NULL || self->count == 0 || (min == self->min && max == self->max && self->min == self->max))
    return;
  self->sketch = leyden_sketch_new ();
  leyden_sketch_add (self->sketch, self->min, (guint64) self->count);
}

void
leyden_rollup_add (LeydenRollup *self,
                   gint64        time_ns,
                   double        value)
{
  gboolean empty = self->count == 0;

  widen (self, value, value);
  if (self->sketch != NULL)
    leyden_sketch_add (self->sketch, value, 1);
  if (empty || time_ns < self->first_ns)
    {
      self->first = value;
      self->first_ns = time_ns;
    }
  if (empty || time_ns >= self->last_ns)
    {
      self->last = value;
      self->last_ns = time_ns;
    }
  self->min = empty ? value : MIN (self->min, value);
  self->max = empty ? value : MAX (self->max, value);
  self->sum += value;
  self->sum2 += value * value;
  self->count++;
}

void
leyden_rollup_merge (LeydenRollup       *self,
                     const LeydenRollup *other)
{
  gboolean empty = self->count == 0;

  if (other->count == 0)
    return;
  widen (self, other->min, other->max);
  if (self->sketch == NULL && other->sketch != NULL)
    self->sketch = leyden_sketch_new ();
  if (self->sketch != NULL && other->sketch != NULL)
    leyden_sketch_merge (self->sketch, other->sketch);
  else if (self->sketch != NULL)
    leyden_sketch_add (self->sketch, other->min, (guint64) other->count);
  if (empty || other->first_ns < self->first_ns)
    {
      self->first = other->first;
      self->first_ns = other->first_ns;
    }
  if (empty || other->last_ns >= self->last_ns)
    {
      self->last = other->last;
      self->last_ns = other->last_ns;
    }
  self->min = empty ? other->min : MIN (self->min, other->min);
  self->max = empty ? other->max : MAX (self->max, other->max);
  self->sum += other->sum;
  self->sum2 += other->sum2;
  self->count += other->count;
}

double
leyden_rollup_quantile (const LeydenRollup *self,
                        double              p)
{
  if (self->count == 0)
    return NAN;
  if (self->sketch == NULL)
    return self->min;
  return CLAMP (leyden_sketch_quantile (self->sketch, p), self->min, self->max);
}

gboolean
leyden_rollup_read (LeydenRollup *self,
                    sqlite3_stmt *statement,
                    int           column,
                    GError      **error)
{
  gconstpointer bytes = sqlite3_column_blob (statement, column + 12);
  int length = sqlite3_column_bytes (statement, column + 12);

  *self = (LeydenRollup) {
    .level = sqlite3_column_int (statement, column), .series = sqlite3_column_int64 (statement, column + 1),
    .bucket = sqlite3_column_int64 (statement, column + 2), .count = sqlite3_column_int64 (statement, column + 3),
    .sum = sqlite3_column_double (statement, column + 4), .sum2 = sqlite3_column_double (statement, column + 5),
    .min = sqlite3_column_double (statement, column + 6), .max = sqlite3_column_double (statement, column + 7),
    .first = sqlite3_column_double (statement, column + 8), .first_ns = sqlite3_column_int64 (statement, column + 9),
    .last = sqlite3_column_double (statement, column + 10), .last_ns = sqlite3_column_int64 (statement, column + 11),
  };
  if (bytes == NULL)
    return TRUE;
  self->sketch = leyden_sketch_from_bytes (bytes, (gsize) length, error);
  return self->sketch != NULL;
}

/* --- many --- */

static guint
rollup_hash (gconstpointer key)
{
  const LeydenRollup *self = key;

  return (guint) self->series * 31u + (guint) self->bucket * 2654435761u + (guint) self->level;
}

static gboolean
rollup_equal (gconstpointer a,
              gconstpointer b)
{
  const LeydenRollup *x = a, *y = b;

  return x->bucket == y->bucket && x->series == y->series && x->level == y->level;
}

LeydenRollups *
leyden_rollups_new (sqlite3 *db,
                    GError **error)
{
  g_autoptr(LeydenRollups) self = g_new0 (LeydenRollups, 1);

  self->db = db;
  self->rollups = g_hash_table_new_full (rollup_hash, rollup_equal, NULL, rollup_free);
  self->buffer = g_byte_array_new ();
  self->get = leyden_sqlite_prepare (db, "SELECT " LEYDEN_ROLLUP_COLUMNS " FROM rollups WHERE level = ?1 AND series = ?2 AND bucket = ?3", error);
  if (self->get == NULL)
    return NULL;
  self->put = leyden_sqlite_prepare (db, "INSERT OR REPLACE INTO rollups (" LEYDEN_ROLLUP_COLUMNS ") "
                                         "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)", error);
  return self->put != NULL ? g_steal_pointer (&self) : NULL;
}

void
leyden_rollups_free (LeydenRollups *self)
{
  sqlite3_finalize (self->get);
  sqlite3_finalize (self->put);
  g_hash_table_unref (self->rollups);
  g_byte_array_unref (self->buffer);
  g_free (self);
}

/* From the database when @stored, else empty. */
static LeydenRollup *
load (LeydenRollups      *self,
      const LeydenRollup *key,
      gboolean            stored,
      GError            **error)
{
  LeydenRollup *rollup = g_new0 (LeydenRollup, 1);
  g_autoptr(GError) local = NULL;

  *rollup = *key;
  sqlite3_bind_int (self->get, 1, key->level);
  sqlite3_bind_int64 (self->get, 2, key->series);
  sqlite3_bind_int64 (self->get, 3, key->bucket);
  if (stored && leyden_sqlite_next (self->get, &local))
    leyden_rollup_read (rollup, self->get, 0, &local);
  sqlite3_reset (self->get);
  if (local != NULL)
    {
      rollup_free (rollup);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  g_hash_table_add (self->rollups, rollup);
  return rollup;
}

static LeydenRollup *
find (LeydenRollups *self,
      guint          number,
      gint64         series,
      gint64         second,
      GError       **error)
{
  int level = leyden_rollup_levels[number];
  LeydenRollup key = { .level = level, .series = series, .bucket = second - (second % level + level) % level };
  LeydenRollup *rollup = self->last[number];

  if (rollup != NULL && rollup_equal (rollup, &key))
    return rollup;
  rollup = g_hash_table_lookup (self->rollups, &key);
  if (rollup == NULL)
    rollup = load (self, &key, TRUE, error);
  self->last[number] = rollup;
  return rollup;
}

/* Down also before the epoch. */
static gint64
second_of (gint64 time_ns)
{
  return time_ns / G_GINT64_CONSTANT (1000000000) - (time_ns % G_GINT64_CONSTANT (1000000000) < 0);
}

gboolean
leyden_rollups_add (LeydenRollups *self,
                    gint64         series,
                    guint          from_level,
                    gint64         time_ns,
                    double         value,
                    GError       **error)
{
  for (guint i = from_level; i < LEYDEN_N_ROLLUP_LEVELS; i++)
    {
      LeydenRollup *rollup = find (self, i, series, second_of (time_ns), error);

      if (rollup == NULL)
        return FALSE;
      leyden_rollup_add (rollup, time_ns, value);
    }
  return TRUE;
}

static gboolean
write_one (LeydenRollups *self,
           LeydenRollup  *rollup,
           GError       **error)
{
  sqlite3_stmt *put = self->put;

  sqlite3_bind_int (put, 1, rollup->level);
  sqlite3_bind_int64 (put, 2, rollup->series);
  sqlite3_bind_int64 (put, 3, rollup->bucket);
  sqlite3_bind_int64 (put, 4, rollup->count);
  sqlite3_bind_double (put, 5, rollup->sum);
  sqlite3_bind_double (put, 6, rollup->sum2);
  sqlite3_bind_double (put, 7, rollup->min);
  sqlite3_bind_double (put, 8, rollup->max);
  sqlite3_bind_double (put, 9, rollup->first);
  sqlite3_bind_int64 (put, 10, rollup->first_ns);
  sqlite3_bind_double (put, 11, rollup->last);
  sqlite3_bind_int64 (put, 12, rollup->last_ns);
  g_byte_array_set_size (self->buffer, 0);
  if (rollup->sketch != NULL)
    {
      leyden_sketch_to_bytes (rollup->sketch, self->buffer);
      sqlite3_bind_blob (put, 13, self->buffer->data, (int) self->buffer->len, SQLITE_STATIC);
    }
  else
    sqlite3_bind_null (put, 13);
  return leyden_sqlite_finish (put, error);
}

/* Sums of numbers near the end of what a double holds are infinite, which is NULL to SQLite. */
static void
limit_sums (LeydenRollup *rollup)
{
  if (!isfinite (rollup->sum))
    rollup->sum = rollup->sum > 0 ? G_MAXDOUBLE : -G_MAXDOUBLE;
  if (!isfinite (rollup->sum2))
    rollup->sum2 = G_MAXDOUBLE;
}

gboolean
leyden_rollups_write (LeydenRollups *self,
                      GError       **error)
{
  GHashTableIter iter;
  gpointer rollup;

  g_hash_table_iter_init (&iter, self->rollups);
  while (g_hash_table_iter_next (&iter, &rollup, NULL))
    {
      limit_sums (rollup);
      if (!write_one (self, rollup, error))
        return FALSE;
    }
  return TRUE;
}

/* --- repair --- */

static gboolean
remove_one (sqlite3            *db,
            const LeydenRollup *key,
            GError            **error)
{
  g_autofree char *text = g_strdup_printf ("DELETE FROM rollups WHERE level = %d AND series = %" G_GINT64_FORMAT " AND bucket = %" G_GINT64_FORMAT,
                                           key->level, key->series, key->bucket);

  return leyden_sqlite_exec (db, text, error);
}

/* All points of a second. */
static gboolean
sum_points (LeydenRollups *self,
            LeydenRollup  *rollup,
            GError       **error)
{
  const gint64 second = G_GINT64_CONSTANT (1000000000);
  g_autoptr(GError) local = NULL;
  sqlite3_stmt *statement = leyden_sqlite_prepare (self->db, "SELECT time_ns, value FROM points WHERE series = ?1 AND time_ns >= ?2 AND time_ns < ?3 "
                                                             "ORDER BY n", error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, rollup->series);
  sqlite3_bind_int64 (statement, 2, rollup->bucket * second);
  sqlite3_bind_int64 (statement, 3, (rollup->bucket + rollup->level) * second);
  while (leyden_sqlite_next (statement, &local))
    leyden_rollup_add (rollup, sqlite3_column_int64 (statement, 0), sqlite3_column_double (statement, 1));
  sqlite3_finalize (statement);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* The stretches of level number @number in it; those of this repair stand in the database already. */
static gboolean
sum_rollups (LeydenRollups *self,
             LeydenRollup  *rollup,
             guint          number,
             GError       **error)
{
  g_autoptr(GError) local = NULL;
  sqlite3_stmt *statement = leyden_sqlite_prepare (self->db, "SELECT " LEYDEN_ROLLUP_COLUMNS " FROM rollups WHERE level = ?1 AND series = ?2 AND bucket >= ?3 "
                                                             "AND bucket < ?4 ORDER BY bucket", error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int (statement, 1, leyden_rollup_levels[number]);
  sqlite3_bind_int64 (statement, 2, rollup->series);
  sqlite3_bind_int64 (statement, 3, rollup->bucket);
  sqlite3_bind_int64 (statement, 4, rollup->bucket + rollup->level);
  while (local == NULL && leyden_sqlite_next (statement, &local))
    {
      LeydenRollup part;

      if (leyden_rollup_read (&part, statement, 0, &local))
        leyden_rollup_merge (rollup, &part);
      leyden_rollup_clear (&part);
    }
  sqlite3_finalize (statement);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* Makes the stretches of @keys (LeydenRollup, of level number @number) anew. */
static gboolean
repair_level (LeydenRollups *self,
              GHashTable    *keys,
              guint          number,
              GError       **error)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      LeydenRollup *rollup = load (self, key, FALSE, error);

      if (rollup == NULL || !(number == 0 ? sum_points (self, rollup, error) : sum_rollups (self, rollup, number - 1, error)))
        return FALSE;
      limit_sums (rollup);
      if (!(rollup->count > 0 ? write_one (self, rollup, error) : remove_one (self->db, rollup, error)))
        return FALSE;
    }
  return TRUE;
}

static GHashTable *
keys_new (void)
{
  return g_hash_table_new_full (rollup_hash, rollup_equal, g_free, NULL);
}

/* The stretches of the next level that those of @keys lie in. */
static GHashTable *
list_outer (GHashTable *keys,
            guint       number)
{
  GHashTable *outer = keys_new ();
  int level = leyden_rollup_levels[number];
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const LeydenRollup *inner = key;
      LeydenRollup *each = g_new0 (LeydenRollup, 1);

      each->level = level;
      each->series = inner->series;
      each->bucket = inner->bucket - (inner->bucket % level + level) % level;
      g_hash_table_add (outer, each);
    }
  return outer;
}

static GHashTable *
take_stale (sqlite3 *db,
            guint    limit,
            GError **error)
{
  g_autoptr(GHashTable) keys = keys_new ();
  g_autoptr(GError) local = NULL;
  sqlite3_stmt *statement = leyden_sqlite_prepare (db, "DELETE FROM rollups_stale WHERE (series, bucket) IN (SELECT series, bucket FROM rollups_stale LIMIT ?1) "
                                                       "RETURNING series, bucket", error);

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, limit);
  while (leyden_sqlite_next (statement, &local))
    {
      LeydenRollup *key = g_new0 (LeydenRollup, 1);

      key->level = leyden_rollup_levels[0];
      key->series = sqlite3_column_int64 (statement, 0);
      key->bucket = sqlite3_column_int64 (statement, 1);
      g_hash_table_add (keys, key);
    }
  sqlite3_finalize (statement);
  if (local == NULL)
    return g_steal_pointer (&keys);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

/**
 * leyden_rollups_repair:
 * @limit: how many seconds at most
 * @n: (out): how many there were; fewer than @limit: all are sound now
 *
 * Makes stretches anew that points were removed from: a second from its points, longer ones from those within.
 */
gboolean
leyden_rollups_repair (sqlite3 *db,
                       guint    limit,
                       guint   *n,
                       GError **error)
{
  g_autoptr(LeydenRollups) self = NULL;
  g_autoptr(GHashTable) keys = take_stale (db, limit, error);

  *n = keys != NULL ? g_hash_table_size (keys) : 0;
  if (keys == NULL || *n == 0)
    return keys != NULL;
  self = leyden_rollups_new (db, error);
  if (self == NULL)
    return FALSE;
  for (guint i = 0; i < LEYDEN_N_ROLLUP_LEVELS; i++)
    {
      if (i > 0)
        {
          GHashTable *outer = list_outer (keys, i);

          g_hash_table_unref (keys);
          keys = outer;
        }
      if (!repair_level (self, keys, i, error))
        return FALSE;
    }
  return TRUE;
}

/* --- age --- */

gboolean
leyden_rollups_prune (sqlite3 *db,
                      gint64   now_ns,
                      GError **error)
{
  /* For each level; those below the first of samples have none. */
  static const int days[LEYDEN_N_ROLLUP_LEVELS] = { 2, 2, 8, 62, 366, 366 };
  const gint64 second = G_GINT64_CONSTANT (1000000000), day = 24 * 60 * 60;
  g_autoptr(GString) text = g_string_new (NULL);

  g_string_append_printf (text, "DELETE FROM points WHERE series IN (SELECT id FROM series WHERE kind = 'sample') AND time_ns < %" G_GINT64_FORMAT,
                          now_ns - days[0] * day * second);
  for (guint i = LEYDEN_ROLLUP_SAMPLE_LEVEL; i < LEYDEN_N_ROLLUP_LEVELS; i++)
    g_string_append_printf (text, "; DELETE FROM rollups WHERE level = %d AND series IN (SELECT id FROM series WHERE kind = 'sample') AND bucket < %" G_GINT64_FORMAT,
                            leyden_rollup_levels[i], now_ns / second - days[i] * day);
  return leyden_sqlite_exec (db, text->str, error);
}
