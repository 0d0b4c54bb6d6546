/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-rollout-list.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-store-sql.h"
#include "leyden-text.h"

#define MAX_SORTS 4

typedef enum
{
  KEY_NUMBER,                           /* NULL: no value */
  KEY_TIME,                             /* 0: no value */
  KEY_TEXT,
  KEY_NAME,                             /* id of names */
  KEY_FLOW,                             /* id of names; ordered by the title */
} KeyKind;

typedef struct
{
  const char *name;
  const char *column;                   /* SQL */
  KeyKind     kind;
} Key;

static const Key keys[] = {
  { "created", "r.created_ns", KEY_TIME },
  { "started", "r.started_ns", KEY_TIME },
  { "finished", "r.finished_ns", KEY_TIME },
  { "state", "r.state", KEY_TEXT },
  { "item", "r.item", KEY_TEXT },
  { "item_index", "r.item_index", KEY_NUMBER },
  { "split", "r.split", KEY_TEXT },
  { "flow", "r.flow", KEY_FLOW },
  { "version", "r.version", KEY_NAME },
  { "model", "r.model", KEY_NAME },
  { "dataset_name", "r.dataset_name", KEY_TEXT },
  { "executor", "r.executor", KEY_TEXT },
  { "purpose", "r.purpose", KEY_TEXT },
  { "reward", "r.reward", KEY_NUMBER },
  { "latency_ms", "r.latency_ms", KEY_NUMBER },
  { "queued_ms", "r.queued_ms", KEY_NUMBER },
  { "wait_ms", "r.wait_ms", KEY_NUMBER },
  { "tokens", "r.tokens_in + r.tokens_out", KEY_NUMBER },
  { "tokens_in", "r.tokens_in", KEY_NUMBER },
  { "tokens_out", "r.tokens_out", KEY_NUMBER },
  { "cost", "r.cost", KEY_NUMBER },
  { "model_calls", "r.n_model_calls", KEY_NUMBER },
  { "tool_calls", "r.n_tool_calls", KEY_NUMBER },
  { "retries", "r.n_retries", KEY_NUMBER },
  { "cache_hits", "r.n_cache_hits", KEY_NUMBER },
  { "step", "r.step", KEY_NUMBER },
  { "finished_step", "r.finished_step", KEY_NUMBER },
  { "candidate", "r.candidate", KEY_NAME },
  { "error", "r.error", KEY_TEXT },
  { "error_kind", "r.error_kind", KEY_NAME },
  { "error_node", "r.error_node", KEY_NAME },
  { "run", "r.run", KEY_NUMBER },
  { "rollout", "r.rollout", KEY_NUMBER },
};

typedef struct
{
  const Key *key;
  gboolean   descending;
} Sort;

struct _LeydenRolloutQuestion
{
  Sort          sorts[MAX_SORTS];
  guint         n_sorts;
  LeydenFilter *filter;
  gboolean      filtered;
  char         *text;                   /* canonical */
};

/* ---- Parsing ---- */

/* @what (nullable): from outside. */
static gboolean
refuse (GError     **error,
        const char  *message,
        const char  *what)
{
  g_autofree char *shown = what != NULL ? leyden_text_escape (what, -1, 60) : NULL;

  if (shown != NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: “%s”", message, shown);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, message);
  return FALSE;
}

static gboolean
parse_sort (LeydenRolloutQuestion *self,
            LeydenValue           *value,
            GError               **error)
{
  const char *name = leyden_value_get_string (leyden_value_get_item (value, 0), NULL);
  const char *order = leyden_value_get_string (leyden_value_get_item (value, 1), NULL);
  Sort sort = { NULL, g_strcmp0 (order, "desc") == 0 };

  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (keys); i++)
    if (strcmp (keys[i].name, name) == 0)
      sort.key = &keys[i];
  if (name == NULL)
    return refuse (error, _("An order is a list of [column, “asc” or “desc”]"), NULL);
  if (sort.key == NULL)
    return refuse (error, _("Rollouts cannot be sorted by this"), name);
  if (order != NULL && !sort.descending && strcmp (order, "asc") != 0)
    return refuse (error, _("An order is “asc” or “desc”"), order);
  if (self->n_sorts == MAX_SORTS)
    return refuse (error, _("Rollouts are sorted by four columns at most"), name);
  self->sorts[self->n_sorts++] = sort;
  return TRUE;
}

/* Free text is a rule like the others. (transfer full) */
static LeydenValue *
make_rules (LeydenValue *value)
{
  LeydenValue *filter = leyden_value_get_member (value, "filter");
  const char *text = leyden_value_get_member_string (value, "text", "");
  guint n = leyden_value_get_kind (filter) == LEYDEN_VALUE_LIST ? leyden_value_get_size (filter) : 0;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (*text == '\0')
    return filter != NULL ? leyden_value_ref (filter) : NULL;
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n; i++)
    leyden_value_builder_add (&b, leyden_value_get_item (filter, i));
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_add_string (&b, "text");
  leyden_value_builder_add_string (&b, "contains");
  leyden_value_builder_add_string (&b, text);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static char *
make_text (LeydenRolloutQuestion *self,
           LeydenValue           *rules,
           const char            *where)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->n_sorts; i++)
    {
      leyden_value_builder_add_string (&b, self->sorts[i].key->name);
      leyden_value_builder_add_boolean (&b, self->sorts[i].descending);
    }
  leyden_value_builder_add (&b, rules);
  leyden_value_builder_add_string (&b, where);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  return leyden_json_write (value, LEYDEN_JSON_COMPACT);
}

LeydenRolloutQuestion *
leyden_rollout_question_parse (LeydenValue  *value,
                               GError      **error)
{
  g_autoptr(LeydenRolloutQuestion) self = g_new0 (LeydenRolloutQuestion, 1);
  LeydenValue *sort = leyden_value_get_member (value, "sort");
  g_autoptr(LeydenValue) rules = make_rules (value);
  const char *where = leyden_value_get_member_string (value, "where", "");

  if (!leyden_value_is_null (sort) && leyden_value_get_kind (sort) != LEYDEN_VALUE_LIST)
    {
      refuse (error, _("An order is a list of [column, “asc” or “desc”]"), NULL);
      return NULL;
    }
  for (guint i = 0; i < leyden_value_get_size (sort); i++)
    if (!parse_sort (self, leyden_value_get_item (sort, i), error))
      return NULL;
  if (self->n_sorts == 0)
    self->sorts[self->n_sorts++] = (Sort) { &keys[0], TRUE };
  self->filter = leyden_filter_parse (rules, where, error);
  if (self->filter == NULL)
    return NULL;
  if ((leyden_filter_get_facts (self->filter) & ~(guint) LEYDEN_FACTS_ROLLOUTS) != 0)
    {
      refuse (error, _("Rollouts are not filtered by what belongs to single calls, nodes or waits"), NULL);
      return NULL;
    }
  self->filtered = leyden_value_get_size (rules) > 0 || *where != '\0';
  self->text = make_text (self, rules, where);
  return g_steal_pointer (&self);
}

void
leyden_rollout_question_free (LeydenRolloutQuestion *self)
{
  g_clear_pointer (&self->filter, leyden_filter_free);
  g_free (self->text);
  g_free (self);
}

const char *
leyden_rollout_question_get_key (const LeydenRolloutQuestion *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->text;
}

/* ---- A set of rows ---- */

/* Ids of a store lie close together: a bit each. Where they do not, they are searched for. */
typedef struct
{
  const GArray *sorted;
  gint64        low;
  guint64       n_bits;                 /* 0: none */
  guint8       *bits;
} Members;

#define MAX_BITS (G_GUINT64_CONSTANT (1) << 28)

static int
compare_ids (gconstpointer a,
             gconstpointer b)
{
  const gint64 *one = a, *other = b;

  return (*one > *other) - (*one < *other);
}

/* @ids: sorted, and not empty. */
static void
members_init (Members      *self,
              const GArray *ids)
{
  guint64 spread = (guint64) g_array_index (ids, gint64, ids->len - 1) - (guint64) g_array_index (ids, gint64, 0) + 1;

  *self = (Members) { ids, g_array_index (ids, gint64, 0), spread <= MAX_BITS ? spread : 0, NULL };
  self->bits = g_malloc0 (self->n_bits / 8 + 1);
  for (guint i = 0; self->n_bits > 0 && i < ids->len; i++)
    {
      guint64 at = (guint64) (g_array_index (ids, gint64, i) - self->low);

      self->bits[at / 8] |= (guint8) (1 << at % 8);
    }
}

static gboolean
is_member (const Members *self,
           gint64         id)
{
  guint64 at = (guint64) id - (guint64) self->low;

  if (self->n_bits == 0)
    return bsearch (&id, self->sorted->data, self->sorted->len, sizeof id, compare_ids) != NULL;
  return at < self->n_bits && (self->bits[at / 8] & 1 << at % 8) != 0;
}

static void
keep_members (const Members *self,
              GArray        *ids,
              guint          from)
{
  guint kept = from;

  for (guint i = from; i < ids->len; i++)
    if (is_member (self, g_array_index (ids, gint64, i)))
      g_array_index (ids, gint64, kept++) = g_array_index (ids, gint64, i);
  g_array_set_size (ids, kept);
}

/* ---- Order by SQL: where an index has it, and where texts are compared ---- */

static gboolean
collect_ids (sqlite3_stmt  *statement,
             GArray        *ids,
             sqlite3       *db,
             GError       **error)
{
  int result;

  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 id = sqlite3_column_int64 (statement, 0);

      g_array_append_val (ids, id);
    }
  return result == SQLITE_DONE || leyden_sql_text_fail (db, error);
}

static void
add_order (LeydenSqlText *sql,
           const Sort    *sort,
           gboolean       last)
{
  const char *direction = sort->descending ? "DESC" : "ASC";

  if (sort->key->kind == KEY_NAME || sort->key->kind == KEY_FLOW)
    leyden_sql_text_printf (sql, "(SELECT name FROM main.names WHERE id = %s) %s NULLS LAST, ", sort->key->column, direction);
  else if (sort->key->kind == KEY_TIME)
    leyden_sql_text_printf (sql, "nullif (%s, 0) %s NULLS LAST, ", sort->key->column, direction);
  else
    leyden_sql_text_printf (sql, "%s %s NULLS LAST, ", sort->key->column, direction);
  if (last)
    leyden_sql_text_printf (sql, "r.rollout %s", direction);
}

static gboolean
run (LeydenSqlText *sql,
     sqlite3       *db,
     GArray        *ids,
     GError       **error)
{
  g_autoptr(LeydenStatement) statement = leyden_sql_text_prepare (sql, db, error);

  return statement != NULL && collect_ids (statement, ids, db, error);
}

#define FROM_LIVE " FROM main.rollout_facts r WHERE r.deleted_ns = 0"

static gboolean
collect_by_sql (LeydenRolloutQuestion *self,
                sqlite3               *db,
                GArray                *ids,
                GError               **error)
{
  g_autoptr(LeydenSqlText) sql = leyden_sql_text_new ("SELECT r.rollout" FROM_LIVE);

  leyden_filter_add_sql (self->filter, sql);
  leyden_sql_text_add (sql, " ORDER BY ");
  for (guint i = 0; i < self->n_sorts; i++)
    add_order (sql, &self->sorts[i], i + 1 == self->n_sorts);
  return run (sql, db, ids, error);
}

/* An index has numbers in order, and rows without one before all others, which is what a turned order wants; else they are read behind the others. */
static gboolean
collect_by_index (const Sort *sort,
                  sqlite3    *db,
                  GArray     *ids,
                  GError    **error)
{
  const char *direction = sort->descending ? "DESC" : "ASC";
  const char *there = sort->key->kind == KEY_TIME ? "> 0" : "IS NOT NULL", *missing = sort->key->kind == KEY_TIME ? "<= 0" : "IS NULL";
  g_autoptr(LeydenSqlText) with = leyden_sql_text_new ("SELECT r.rollout" FROM_LIVE), without = leyden_sql_text_new ("SELECT r.rollout" FROM_LIVE);

  leyden_sql_text_printf (with, " AND %s %s ORDER BY %s %s, r.rollout %s", sort->key->column, there, sort->key->column, direction, direction);
  leyden_sql_text_printf (without, " AND %s %s ORDER BY +r.rollout %s", sort->key->column, missing, direction);
  return run (with, db, ids, error) && run (without, db, ids, error);
}

/* ---- Order by us ---- */

typedef struct
{
  double key;
  gint64 id;
} Pair;

static int
compare_pairs (gconstpointer a,
               gconstpointer b)
{
  const Pair *one = a, *other = b;

  if (one->key != other->key)
    return one->key < other->key ? -1 : 1;
  return (one->id > other->id) - (one->id < other->id);
}

/* Rows without a value into @missing. */
static void
add_pair (const Key    *key,
          sqlite3_stmt *statement,
          int           column,
          gint64        id,
          GArray       *pairs,
          GArray       *missing)
{
  Pair pair = { sqlite3_column_double (statement, column), id };

  if (sqlite3_column_type (statement, column) == SQLITE_NULL || (key->kind == KEY_TIME && pair.key <= 0))
    {
      pair.key = 0;
      g_array_append_val (missing, pair);
    }
  else
    g_array_append_val (pairs, pair);
}

/* The key of every row that there is, by one walk through the table; of those of @members (nullable) alone. */
static gboolean
scan_pairs (const Key     *key,
            sqlite3       *db,
            const Members *members,
            GArray        *pairs,
            GArray        *missing,
            GError       **error)
{
  g_autofree char *text = g_strdup_printf ("SELECT r.rollout, %s FROM main.rollout_facts r WHERE r.deleted_ns = 0", key->column);
  g_autoptr(LeydenStatement) statement = leyden_sqlite_prepare (db, text, error);
  int result;

  if (statement == NULL)
    return FALSE;
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 id = sqlite3_column_int64 (statement, 0);

      if (members == NULL || is_member (members, id))
        add_pair (key, statement, 1, id, pairs, missing);
    }
  return result == SQLITE_DONE || leyden_sql_text_fail (db, error);
}

/* The keys of a few rows, one by one. */
static gboolean
look_up_pairs (const Key  *key,
               sqlite3    *db,
               GArray     *ids,
               GArray     *pairs,
               GArray     *missing,
               GError    **error)
{
  g_autofree char *text = g_strdup_printf ("SELECT %s FROM main.rollout_facts r WHERE r.rollout = ?1", key->column);
  g_autoptr(LeydenStatement) statement = leyden_sqlite_prepare (db, text, error);

  for (guint i = 0; statement != NULL && i < ids->len; i++)
    {
      gint64 id = g_array_index (ids, gint64, i);

      sqlite3_bind_int64 (statement, 1, id);
      if (sqlite3_step (statement) != SQLITE_ROW)
        return leyden_sql_text_fail (db, error);
      add_pair (key, statement, 0, id, pairs, missing);
      sqlite3_reset (statement);
    }
  return statement != NULL;
}

static void
append_pairs (GArray  *ids,
              GArray  *pairs,
              gboolean descending)
{
  for (guint i = 0; i < pairs->len; i++)
    g_array_append_val (ids, g_array_index (pairs, Pair, descending ? pairs->len - 1 - i : i).id);
}

/* --- names in place of their ids --- */

typedef struct
{
  double id;
  char  *name;
} Name;

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (((const Name *) a)->name, ((const Name *) b)->name);
}

static void
clear_name (gpointer data)
{
  g_free (((Name *) data)->name);
}

static gboolean
read_name (sqlite3_stmt  *statement,
           gint64         id,
           char         **name,
           GError       **error)
{
  int result;

  sqlite3_bind_int64 (statement, 1, id);
  result = sqlite3_step (statement);
  *name = g_strdup (result == SQLITE_ROW && sqlite3_column_text (statement, 0) != NULL ? (const char *) sqlite3_column_text (statement, 0) : "");
  sqlite3_reset (statement);
  return result == SQLITE_ROW || result == SQLITE_DONE || leyden_sql_text_fail (sqlite3_db_handle (statement), error);
}

/* There are few names, however many rows have them. */
static gboolean
list_names (sqlite3   *db,
            const Key *key,
            GArray    *pairs,
            GArray    *names,
            GError   **error)
{
  const char *text = key->kind == KEY_FLOW ? "SELECT ifnull (r.flow_title, n.name) FROM main.rollout_facts r JOIN main.names n ON n.id = r.flow"
                                             " WHERE r.flow = ?1 AND r.deleted_ns = 0 LIMIT 1"
                                           : "SELECT name FROM main.names WHERE id = ?1";
  g_autoptr(LeydenStatement) statement = leyden_sqlite_prepare (db, text, error);
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  if (statement == NULL)
    return FALSE;
  for (guint i = 0; i < pairs->len; i++)
    {
      Pair *pair = &g_array_index (pairs, Pair, i);
      Name name = { pair->key, NULL };
      gint64 id;

      if (i > 0 && pair->key == pair[-1].key)
        continue;
      id = (gint64) pair->key;
      if (!g_hash_table_add (seen, g_memdup2 (&id, sizeof id)))
        continue;
      if (!read_name (statement, id, &name.name, error))
        return FALSE;
      g_array_append_val (names, name);
    }
  return TRUE;
}

static gboolean
replace_names (sqlite3   *db,
               const Key *key,
               GArray    *pairs,
               GError   **error)
{
  g_autoptr(GArray) names = g_array_new (FALSE, FALSE, sizeof (Name));
  g_autoptr(GHashTable) ranks = g_hash_table_new (NULL, NULL);

  g_array_set_clear_func (names, clear_name);
  if (!list_names (db, key, pairs, names, error))
    return FALSE;
  g_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    g_hash_table_insert (ranks, GSIZE_TO_POINTER ((gsize) g_array_index (names, Name, i).id), GUINT_TO_POINTER (i));
  for (guint i = 0; i < pairs->len; i++)
    {
      Pair *pair = &g_array_index (pairs, Pair, i);

      pair->key = GPOINTER_TO_UINT (g_hash_table_lookup (ranks, GSIZE_TO_POINTER ((gsize) pair->key)));
    }
  return TRUE;
}

static gboolean
sort_pairs (const Sort *sort,
            sqlite3    *db,
            GArray     *pairs,
            GArray     *missing,
            GArray     *ids,
            GError    **error)
{
  if ((sort->key->kind == KEY_NAME || sort->key->kind == KEY_FLOW) && !replace_names (db, sort->key, pairs, error))
    return FALSE;
  g_array_sort (pairs, compare_pairs);
  g_array_sort (missing, compare_pairs);
  append_pairs (ids, pairs, sort->descending);
  append_pairs (ids, missing, sort->descending);
  return TRUE;
}

/* @chosen (nullable): ids of the rows, sorted; NULL: all. */
static gboolean
collect_by_key (const Sort *sort,
                sqlite3    *db,
                GArray     *chosen,
                gboolean    few,
                GArray     *ids,
                GError    **error)
{
  g_autoptr(GArray) pairs = g_array_new (FALSE, FALSE, sizeof (Pair)), missing = g_array_new (FALSE, FALSE, sizeof (Pair));
  Members members = { NULL };
  gboolean read;

  if (chosen != NULL && !few)
    members_init (&members, chosen);
  read = few ? look_up_pairs (sort->key, db, chosen, pairs, missing, error)
             : scan_pairs (sort->key, db, chosen != NULL ? &members : NULL, pairs, missing, error);
  g_free (members.bits);
  return read && sort_pairs (sort, db, pairs, missing, ids, error);
}

static gboolean
has_index (const Key *key)
{
  static const char * const names[] = { "created", "started", "finished", "reward", "latency_ms", "tokens", "cost", "rollout", NULL };

  return g_strv_contains (names, key->name);
}

/* Up to so many rows are looked up one by one rather than found in a walk through all. */
#define FEW 20000

/* Which, then in which order: whatever is filtered by, each is quick by an index of its own, or takes one walk through the table. */
static gboolean
collect_filtered (LeydenRolloutQuestion  *self,
                  sqlite3                *db,
                  GArray                 *ids,
                  GError                **error)
{
  const Sort *sort = &self->sorts[0];
  g_autoptr(LeydenSqlText) sql = leyden_sql_text_new ("SELECT r.rollout" FROM_LIVE);
  g_autoptr(GArray) chosen = g_array_new (FALSE, FALSE, sizeof (gint64));
  guint from = ids->len;
  Members members;

  leyden_filter_add_sql (self->filter, sql);
  if (!run (sql, db, chosen, error))
    return FALSE;
  if (chosen->len == 0)
    return TRUE;
  g_array_sort (chosen, compare_ids);
  if (chosen->len <= FEW || !has_index (sort->key))
    return collect_by_key (sort, db, chosen, chosen->len <= FEW, ids, error);
  if (!collect_by_index (sort, db, ids, error))
    return FALSE;
  members_init (&members, chosen);
  keep_members (&members, ids, from);
  g_free (members.bits);
  return TRUE;
}

gboolean
leyden_rollout_question_collect (LeydenRolloutQuestion  *self,
                                 sqlite3                *db,
                                 GArray                 *ids,
                                 GError                **error)
{
  const Sort *sort = &self->sorts[0];

  g_return_val_if_fail (self != NULL && db != NULL && ids != NULL, FALSE);

  if (self->filtered)
    leyden_filter_prepare (db);
  if (self->n_sorts > 1 || sort->key->kind == KEY_TEXT)
    return collect_by_sql (self, db, ids, error);
  if (self->filtered)
    return collect_filtered (self, db, ids, error);
  return has_index (sort->key) ? collect_by_index (sort, db, ids, error) : collect_by_key (sort, db, NULL, FALSE, ids, error);
}
