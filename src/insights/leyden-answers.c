/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-answers.h"

#include <string.h>

#include "leyden-budgets.h"
#include "leyden-json.h"

/* A number, a list, or a text beside its letters in memory, roughly; and what is known of an answer. */
#define BYTES_OF_A_VALUE 40
#define BYTES_OF_A_KEPT  400

typedef struct
{
  LeydenValue   *answer;
  gint64         marks[5];
  gint64         asked_from;
  gint64         from;                  /* where it begins, if that was left to the rows */
  gint64         to;
  gint64         next;                  /* the first row behind it */
  LeydenBuckets *buckets;               /* NULL: not by time */
  guint          n_future;              /* of the stretches of time, when it was asked */
  gsize          bytes;
  gint64         used_us;
} Kept;

struct _LeydenAnswers
{
  GMutex      lock;
  GHashTable *kept;                     /* key → Kept */
  gsize       bytes;
  gsize       max_bytes;
  guint       n_found;
};

static void
kept_free (gpointer data)
{
  Kept *self = data;

  leyden_value_unref (self->answer);
  leyden_buckets_free (self->buckets);
  g_free (self);
}

LeydenAnswers *
leyden_answers_new (gsize max_bytes)
{
  LeydenAnswers *self = g_new0 (LeydenAnswers, 1);

  g_mutex_init (&self->lock);
  self->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, kept_free);
  self->max_bytes = max_bytes;
  return self;
}

void
leyden_answers_free (LeydenAnswers *self)
{
  g_hash_table_unref (self->kept);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
leyden_answer_state_clear (LeydenAnswerState *self)
{
  g_clear_pointer (&self->key, g_free);
}

/* ---- What a question is ---- */

static gboolean
is_by_time (const LeydenQuery *query)
{
  return query->shape == LEYDEN_SHAPE_TIME || (query->shape == LEYDEN_SHAPE_HEAT && query->n_split < 2);
}

/* Questions whose answers do not change when only their end moves on over nothing. */
static gboolean
can_keep (const LeydenQuery *query)
{
  gboolean is_spans = query->measure->kind == LEYDEN_MEASURE_SPANS;

  switch (query->measure->kind)
    {
    case LEYDEN_MEASURE_VALUES:
    case LEYDEN_MEASURE_FLAGS:
    case LEYDEN_MEASURE_EVENTS:
    case LEYDEN_MEASURE_RATIO:
    case LEYDEN_MEASURE_SPREAD:
    case LEYDEN_MEASURE_PHASES:
    case LEYDEN_MEASURE_SPANS:
      break;
    case LEYDEN_MEASURE_BUDGET:
    case LEYDEN_MEASURE_DRIFT:
    case LEYDEN_MEASURE_POINTS:
    default:
      return FALSE;
    }
  /* Rates, and means over time, are told of the time that has passed. */
  if (query->aggregation == LEYDEN_AGGREGATION_RATE || (is_spans && (query->aggregation == LEYDEN_AGGREGATION_MEAN || query->to > query->now)))
    return FALSE;
  /* Before the first row there is no period. */
  if (query->compare && (query->shape != LEYDEN_SHAPE_VALUE || query->from != 0))
    return FALSE;
  return query->shape != LEYDEN_SHAPE_POINTS;
}

/* All that the question says but its time. */
static GString *
make_key (LeydenValue *value)
{
  GString *key = g_string_new (NULL);

  for (guint i = 0; i < leyden_value_get_size (value); i++)
    {
      const char *name = leyden_value_get_key (value, i);

      if (g_str_equal (name, "from") || g_str_equal (name, "to"))
        continue;
      g_string_append_printf (key, "%s ", name);
      leyden_json_write_to (key, leyden_value_get_item (value, i), LEYDEN_JSON_COMPACT);
      g_string_append_c (key, '\n');
    }
  return key;
}

/* What the user has set for money, which answers about it tell. */
static void
add_budgets (GString *key,
             sqlite3 *db)
{
  g_autoptr(LeydenValue) budgets = leyden_budgets_read (db);

  leyden_json_write_to (key, budgets, LEYDEN_JSON_COMPACT);
}

static gboolean
read_marks (sqlite3 *db,
            gint64  *marks)
{
  g_autoptr(LeydenStatement) statement = NULL;

  if (sqlite3_prepare_v2 (db, "SELECT (SELECT max (changed) FROM main.rollout_facts), (SELECT max (position) FROM main.calls), "
                              "(SELECT max (position) FROM main.node_ends), (SELECT max (position) FROM main.waits), removed FROM main.facts_cursor",
                          -1, &statement, NULL) != SQLITE_OK || sqlite3_step (statement) != SQLITE_ROW)
    return FALSE;
  for (int i = 0; i < 5; i++)
    marks[i] = sqlite3_column_int64 (statement, i);
  return TRUE;
}

static guint
count_future (const LeydenBuckets *buckets,
              gint64               now)
{
  guint n = 0;

  for (guint i = 0; i < buckets->n; i++)
    n += buckets->edges[i] >= now;
  return n;
}

/* ---- Finding ---- */

static gboolean
is_same_time (const Kept        *kept,
              const LeydenQuery *query)
{
  g_autoptr(LeydenBuckets) buckets = leyden_buckets_new (kept->from, query->to, query->interval, query->seconds, query->buckets, query->zone, NULL);

  return buckets != NULL && buckets->n == kept->buckets->n && buckets->kind == kept->buckets->kind && buckets->seconds == kept->buckets->seconds
         && memcmp (buckets->edges, kept->buckets->edges, sizeof (gint64) * (buckets->n + 1)) == 0
         && count_future (buckets, query->now) == kept->n_future;
}

/* With the lock. NULL: there is none, or it does not hold any more. @query: nullable. */
static Kept *
find (LeydenAnswers           *self,
      const LeydenAnswerState *state,
      gint64                   from,
      gint64                   to,
      const LeydenQuery       *query)
{
  Kept *kept = g_hash_table_lookup (self->kept, state->key);

  if (kept == NULL || memcmp (kept->marks, state->marks, sizeof kept->marks) != 0 || kept->asked_from != from || kept->from >= to || to < kept->to || to > kept->next
      || (kept->buckets != NULL && !is_same_time (kept, query)))
    return NULL;
  kept->used_us = g_get_monotonic_time ();
  self->n_found++;
  return kept;
}

/* One value stands at the end that was asked for. */
static LeydenValue *
move_to (LeydenValue *answer,
         gint64       to)
{
  LeydenValue *list = leyden_value_get_member (answer, "series");
  g_autoptr(LeydenValue) end = leyden_value_new_int (to);
  g_autoptr(LeydenValue) series = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_auto(LeydenValueBuilder) x = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) ends = NULL;

  leyden_value_builder_begin_list (&x);
  leyden_value_builder_add (&x, end);
  leyden_value_builder_end (&x);
  ends = leyden_value_builder_end_value (&x);
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      g_autoptr(LeydenValue) moved = leyden_value_with_member (leyden_value_get_item (list, i), "x", ends);

      leyden_value_builder_add (&b, moved);
    }
  leyden_value_builder_end (&b);
  series = leyden_value_builder_end_value (&b);
  return leyden_value_with_member (answer, "series", series);
}

LeydenValue *
leyden_answers_find (LeydenAnswers       *self,
                     sqlite3             *db,
                     LeydenValue         *value,
                     const LeydenQuery   *query,
                     LeydenAnswerState   *state)
{
  LeydenValue *answer = NULL;
  GString *key;
  Kept *kept;

  if (!can_keep (query) || !read_marks (db, state->marks))
    return NULL;
  key = make_key (value);
  if (query->measure->value == NULL || g_str_equal (query->measure->unit, "currency"))
    add_budgets (key, db);
  state->key = g_string_free (key, FALSE);
  g_mutex_lock (&self->lock);
  kept = find (self, state, query->from, query->to, query);
  if (kept != NULL)
    answer = query->shape == LEYDEN_SHAPE_VALUE && kept->to != query->to ? move_to (kept->answer, query->to) : leyden_value_ref (kept->answer);
  g_mutex_unlock (&self->lock);
  return answer;
}

/* ---- SQL of people ---- */

/* Words of a text, in small letters, until one is among @words. */
static gboolean
has_word (const char         *text,
          const char * const *words)
{
  g_autofree char *small = g_ascii_strdown (text, -1);

  for (char *at = small; *at != '\0';)
    {
      gsize length = strspn (at, "abcdefghijklmnopqrstuvwxyz0123456789_");
      g_autofree char *word = g_strndup (at, length);

      if (length > 0 && g_strv_contains (words, word))
        return TRUE;
      at += MAX (length, 1);
    }
  return FALSE;
}

static const char *
last_word (const char *text)
{
  const char *at = text + strlen (text);

  while (at > text && strchr (" \n\t(", at[-1]) == NULL)
    at--;
  return at;
}

/* Whether the condition of the range, which ends before @rest, stands for itself: with more behind it, it may be about another time
 * (":to - 3600"). */
static gboolean
is_whole_condition (const char *text,
                    const char *range,
                    const char *rest)
{
  static const char * const before[] = { "where", "and", NULL };
  static const char * const after[] = { "and", "or", "group", "order", "limit", NULL };
  g_autofree char *begin = g_ascii_strdown (text, range - text);
  g_autofree char *end = NULL;

  g_strchomp (begin);
  rest += strspn (rest, " \n\t");
  end = g_ascii_strdown (rest, (gssize) strcspn (rest, " \n\t"));
  return g_strv_contains (before, last_word (begin)) && (*rest == '\0' || g_strv_contains (after, end));
}

/* Whether it reads rollouts only, knows no clock, and asks for their time in one way only: then all that a later end can bring are rollouts that
 * ended since. */
static gboolean
is_of_ended_rollouts (const char *text)
{
  static const char * const words[] = {
    "calls", "nodes", "waits", "rewards", "points", "runs", "experiments", "spans", "date", "datetime", "julianday", "strftime", "time", "unixepoch",
    "current_date", "current_time", "current_timestamp", NULL
  };
  const char *range = " finished_ns BETWEEN :from AND :to ";
  const char *found = strstr (text, range);
  const char *first = strpbrk (text, ":?@$#");

  /* The only parameters: those of the range. */
  return found != NULL && first == strchr (found, ':') && strpbrk (found + strlen (range), ":?@$#") == NULL
         && is_whole_condition (text, found, found + strlen (range)) && !has_word (text, words);
}

static gint64
read_next_end (sqlite3 *db,
               gint64   to)
{
  g_autoptr(LeydenStatement) statement = NULL;

  if (sqlite3_prepare_v2 (db, "SELECT min (finished_ns) FROM main.rollout_facts WHERE finished_ns > ? AND deleted_ns = 0", -1, &statement, NULL) != SQLITE_OK)
    return 0;
  sqlite3_bind_int64 (statement, 1, to);
  if (sqlite3_step (statement) != SQLITE_ROW)
    return 0;
  /* The range has its end in it. */
  return sqlite3_column_type (statement, 0) == SQLITE_NULL ? G_MAXINT64 : sqlite3_column_int64 (statement, 0) - 1;
}

LeydenValue *
leyden_answers_find_sql (LeydenAnswers     *self,
                         sqlite3           *db,
                         LeydenValue       *value,
                         gint64             from,
                         gint64             to,
                         LeydenAnswerState *state)
{
  LeydenValue *answer = NULL;
  Kept *kept;

  if (!is_of_ended_rollouts (leyden_value_get_member_string (value, "sql", "")) || !read_marks (db, state->marks))
    return NULL;
  state->key = g_string_free (make_key (value), FALSE);
  state->next = read_next_end (db, to);
  g_mutex_lock (&self->lock);
  kept = find (self, state, from, to, NULL);
  if (kept != NULL)
    answer = leyden_value_ref (kept->answer);
  g_mutex_unlock (&self->lock);
  return answer;
}

/* ---- Keeping ---- */

static gsize
count_bytes (LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);
  gsize bytes = BYTES_OF_A_VALUE + (text != NULL ? strlen (text) : 0);

  for (guint i = 0; i < leyden_value_get_size (value); i++)
    bytes += count_bytes (leyden_value_get_item (value, i));
  return bytes;
}

static void
drop (LeydenAnswers *self,
      const char    *key)
{
  Kept *kept = g_hash_table_lookup (self->kept, key);

  if (kept == NULL)
    return;
  self->bytes -= kept->bytes;
  g_hash_table_remove (self->kept, key);
}

static void
drop_oldest (LeydenAnswers *self)
{
  const char *oldest = NULL;
  gint64 oldest_us = G_MAXINT64;
  GHashTableIter iter;
  gpointer key, kept;

  g_hash_table_iter_init (&iter, self->kept);
  while (g_hash_table_iter_next (&iter, &key, &kept))
    if (((Kept *)kept)->used_us < oldest_us)
      {
        oldest = key;
        oldest_us = ((Kept *)kept)->used_us;
      }
  drop (self, oldest);
}

/* Takes @kept. */
static void
put (LeydenAnswers     *self,
     LeydenAnswerState *state,
     LeydenValue       *answer,
     Kept              *kept)
{
  memcpy (kept->marks, state->marks, sizeof kept->marks);
  kept->answer = leyden_value_ref (answer);
  kept->bytes = count_bytes (answer) + BYTES_OF_A_KEPT;
  kept->used_us = g_get_monotonic_time ();
  if (kept->bytes > self->max_bytes)
    {
      kept_free (kept);
      return;
    }
  g_mutex_lock (&self->lock);
  drop (self, state->key);
  while (self->bytes + kept->bytes > self->max_bytes)
    drop_oldest (self);
  self->bytes += kept->bytes;
  g_hash_table_insert (self->kept, g_steal_pointer (&state->key), kept);
  g_mutex_unlock (&self->lock);
}

void
leyden_answers_keep (LeydenAnswers     *self,
                     LeydenAnswerState *state,
                     const LeydenQuery *query,
                     LeydenValue       *answer)
{
  LeydenBuckets *buckets = NULL;
  Kept *kept;

  if (state->key == NULL || query->next < query->to)
    return;
  if (is_by_time (query))
    {
      buckets = leyden_buckets_new (query->from, query->to, query->interval, query->seconds, query->buckets, query->zone, NULL);
      if (buckets == NULL)
        return;
    }
  kept = g_new0 (Kept, 1);
  *kept = (Kept) { .asked_from = query->asked_from, .from = query->from, .to = query->to, .next = query->next, .buckets = buckets,
                   .n_future = buckets != NULL ? count_future (buckets, query->now) : 0 };
  put (self, state, answer, kept);
}

void
leyden_answers_keep_sql (LeydenAnswers     *self,
                         LeydenAnswerState *state,
                         gint64             from,
                         gint64             to,
                         LeydenValue       *answer)
{
  Kept *kept;

  if (state->key == NULL || state->next < to)
    return;
  kept = g_new0 (Kept, 1);
  *kept = (Kept) { .asked_from = from, .from = from, .to = to, .next = state->next };
  put (self, state, answer, kept);
}

void
leyden_answers_trim (LeydenAnswers *self,
                     gint64         since_us)
{
  GHashTableIter iter;
  gpointer kept;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->kept);
  while (g_hash_table_iter_next (&iter, NULL, &kept))
    if (((Kept *)kept)->used_us < since_us)
      {
        self->bytes -= ((Kept *)kept)->bytes;
        g_hash_table_iter_remove (&iter);
      }
  g_mutex_unlock (&self->lock);
}

gsize
leyden_answers_get_bytes (LeydenAnswers *self)
{
  gsize bytes;

  g_mutex_lock (&self->lock);
  bytes = self->bytes;
  g_mutex_unlock (&self->lock);
  return bytes;
}

guint
leyden_answers_get_found (LeydenAnswers *self)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->n_found;
  g_mutex_unlock (&self->lock);
  return n;
}
