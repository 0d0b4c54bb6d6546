/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Series of points. Few are read as they are; of many their roll-ups, with points only at the ends that no roll-up fits. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-query-points-private.h"


#include "leyden-json.h"
#include "leyden-rollups.h"

/* Up to so many points are read as they are, unless they must. */
#define EXACT_LIMIT   200000
#define MAX_SERIES    2000
/* Samples themselves are kept for two days; what is older is there as roll-ups alone. */
#define SAMPLES_NS    (36 * 3600 * LEYDEN_NS_PER_S)

static void
clear_source (gpointer data)
{
  LeydenPointSource *self = data;

  leyden_value_unref (self->labels);
  for (guint k = 0; k < LEYDEN_QUERY_MAX_SPLIT; k++)
    g_free (self->words[k]);
}

static void
points_clear (LeydenPoints *self)
{
  g_clear_pointer (&self->sources, g_array_unref);
  g_free (self->unit);
}

/* ---- Which series ---- */

static char *
dup_label (LeydenValue *labels,
           const char  *name)
{
  LeydenValue *value = leyden_value_get_member (labels, name);
  const char *text = leyden_value_get_string (value, NULL);

  if (value == NULL)
    return g_strdup ("");
  return text != NULL ? g_strdup (text) : leyden_json_write (value, LEYDEN_JSON_COMPACT);
}

static gboolean
is_wanted (LeydenValue *labels,
           LeydenValue *rules)
{
  for (guint i = 0; i < leyden_value_get_size (rules); i++)
    {
      LeydenValue *rule = leyden_value_get_item (rules, i);
      const char *name = leyden_value_get_string (leyden_value_get_item (rule, 0), NULL);
      g_autofree char *label = dup_label (labels, g_str_has_prefix (name, "label:") ? name + strlen ("label:") : name);
      gboolean equal = g_strcmp0 (label, leyden_value_get_string (leyden_value_get_item (rule, 2), NULL)) == 0;

      if (equal != g_str_equal (leyden_value_get_string (leyden_value_get_item (rule, 1), NULL), "="))
        return FALSE;
    }
  return TRUE;
}

static gboolean
find_sources (LeydenPoints *self,
              GError      **error)
{
  g_autoptr(LeydenSqlText) sql = leyden_sql_text_new ("SELECT id, labels, unit, kind FROM main.series WHERE metric = ");
  g_autoptr(LeydenValue) name = leyden_value_new_string (self->query->point, -1);
  g_autoptr(LeydenStatement) statement = NULL;
  int code;

  leyden_sql_text_add_value (sql, name);
  leyden_sql_text_add (sql, " ORDER BY id");
  statement = leyden_sql_text_prepare (sql, self->db, error);
  if (statement == NULL)
    return FALSE;
  while ((code = sqlite3_step (statement)) == SQLITE_ROW && self->sources->len < MAX_SERIES)
    {
      LeydenPointSource source = { .id = sqlite3_column_int64 (statement, 0) };

      source.labels = leyden_json_parse ((const char *)sqlite3_column_text (statement, 1), -1, NULL, NULL);
      if (source.labels == NULL)
        source.labels = leyden_value_new_null ();
      if (!is_wanted (source.labels, self->query->rules))
        {
          leyden_value_unref (source.labels);
          continue;
        }
      source.first_level = g_strcmp0 ((const char *)sqlite3_column_text (statement, 3), "sample") == 0 ? LEYDEN_ROLLUP_SAMPLE_LEVEL : 0;
      self->are_samples = self->are_samples || source.first_level > 0;
      if (self->unit == NULL)
        self->unit = g_strdup ((const char *)sqlite3_column_text (statement, 2));
      g_array_append_val (self->sources, source);
    }
  return code == SQLITE_DONE || code == SQLITE_ROW || leyden_sql_text_fail (self->db, error);
}

/* Labels that are not the same in all series. */
static void
list_varying (LeydenPoints    *self,
              GPtrArray *names)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(GHashTable) varying = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint s = 0; s < self->sources->len; s++)
    {
      LeydenValue *labels = g_array_index (self->sources, LeydenPointSource, s).labels;

      for (guint i = 0; leyden_value_get_kind (labels) == LEYDEN_VALUE_OBJECT && i < leyden_value_get_size (labels); i++)
        if (!g_hash_table_contains (seen, leyden_value_get_key (labels, i)))
          g_hash_table_insert (seen, g_strdup (leyden_value_get_key (labels, i)), dup_label (labels, leyden_value_get_key (labels, i)));
    }
  for (guint s = 0; s < self->sources->len; s++)
    {
      LeydenValue *labels = g_array_index (self->sources, LeydenPointSource, s).labels;
      GHashTableIter iter;
      gpointer name, value;

      g_hash_table_iter_init (&iter, seen);
      while (g_hash_table_iter_next (&iter, &name, &value))
        {
          g_autofree char *label = dup_label (labels, name);

          if (!g_str_equal (label, value) && g_hash_table_add (varying, name))
            g_ptr_array_add (names, g_strdup (name));
        }
    }
}

/* Unless it is said otherwise each series stands for itself. */
static void
choose_split (LeydenPoints *self)
{
  LeydenQuery *query = self->query;
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  if (!query->split_given)
    {
      list_varying (self, names);
      if (names->len > LEYDEN_QUERY_MAX_SPLIT)
        query->split_names[query->n_split++] = g_strdup ("labels");
      else
        for (guint i = 0; i < names->len; i++)
          query->split_names[query->n_split++] = g_strdup (names->pdata[i]);
    }
  if (query->n_split == 0 && query->shape == LEYDEN_SHAPE_GROUPS)
    query->split_names[query->n_split++] = g_strdup ("labels");
  for (guint s = 0; s < self->sources->len; s++)
    {
      LeydenPointSource *source = &g_array_index (self->sources, LeydenPointSource, s);

      for (guint k = 0; k < query->n_split; k++)
        {
          gboolean whole = g_str_equal (query->split_names[k], "labels") && leyden_value_get_member (source->labels, "labels") == NULL;

          source->words[k] = whole ? leyden_json_write (source->labels, LEYDEN_JSON_CANONICAL) : dup_label (source->labels, query->split_names[k]);
        }
    }
}

/* ---- Points as they are ---- */

/* How many there are, as the coarsest roll-ups and the two ends have it; a little too many. */
static gint64
count_points (LeydenPoints *self,
              gint64  from,
              gint64  to)
{
  g_autoptr(LeydenStatement) statement = NULL;
  gint64 n = 0;

  if (sqlite3_prepare_v2 (self->db, "SELECT ifnull (sum (count), 0) FROM main.rollups WHERE level = 3600 AND series = ? AND bucket > ? AND bucket < ?", -1,
                          &statement, NULL) != SQLITE_OK)
    return 0;
  for (guint s = 0; s < self->sources->len; s++)
    {
      sqlite3_reset (statement);
      sqlite3_bind_int64 (statement, 1, g_array_index (self->sources, LeydenPointSource, s).id);
      sqlite3_bind_int64 (statement, 2, from / LEYDEN_NS_PER_S - 3600);
      sqlite3_bind_int64 (statement, 3, to / LEYDEN_NS_PER_S + 1);
      if (sqlite3_step (statement) == SQLITE_ROW)
        n += sqlite3_column_int64 (statement, 0);
    }
  return n;
}

static void
take_point (const LeydenPoints  *self,
            LeydenColumns *columns,
            const LeydenPointSource  *source,
            sqlite3_stmt  *statement)
{
  guint i = leyden_columns_add (columns, sqlite3_column_int64 (statement, 0), sqlite3_column_double (statement, 1));

  for (guint k = 0; k < self->query->n_split; k++)
    columns->key[k][i] = leyden_keys_add_text (columns->keys[k], source->words[k]);
  columns->key[self->query->n_split][i] = leyden_keys_add (columns->keys[self->query->n_split], statement, 2);
}

static LeydenColumns *
read_points (LeydenPoints  *self,
             gint64   from,
             gint64   to,
             GError **error)
{
  g_autoptr(LeydenColumns) columns = leyden_columns_new (self->query->n_split + 1, FALSE);
  g_autoptr(LeydenStatement) statement = NULL;

  if (sqlite3_prepare_v2 (self->db, "SELECT time_ns, value, step FROM main.points WHERE series = ? AND time_ns >= ? AND time_ns < ?", -1,
                          &statement, NULL) != SQLITE_OK)
    {
      leyden_sql_text_fail (self->db, error);
      return NULL;
    }
  for (guint s = 0; s < self->sources->len; s++)
    {
      const LeydenPointSource *source = &g_array_index (self->sources, LeydenPointSource, s);
      int code;

      sqlite3_reset (statement);
      sqlite3_bind_int64 (statement, 1, source->id);
      sqlite3_bind_int64 (statement, 2, from);
      sqlite3_bind_int64 (statement, 3, to);
      while ((code = sqlite3_step (statement)) == SQLITE_ROW && columns->n < LEYDEN_QUERY_MAX_ROWS)
        take_point (self, columns, source, statement);
      if (code != SQLITE_DONE && code != SQLITE_ROW)
        {
          leyden_sql_text_fail (self->db, error);
          return NULL;
        }
    }
  return g_steal_pointer (&columns);
}

static LeydenValue *
run_exact (LeydenPoints *self,
           GError      **error)
{
  LeydenQuery *query = self->query;
  g_autoptr(LeydenColumns) columns = read_points (self, query->from, query->to, error);
  g_autoptr(LeydenColumns) previous = NULL;
  gint64 before = 0;

  if (columns == NULL)
    return NULL;
  if (query->compare)
    {
      before = leyden_query_get_previous (query);
      previous = read_points (self, before, MIN (before + (query->to - query->from), query->from), error);
      if (previous == NULL)
        return NULL;
    }
  return leyden_query_shape (self->db, query, columns, previous, before, error);
}

/* ---- All ---- */

/* From where on there are points; 0: there are none. */
static gint64
find_first (LeydenPoints *self)
{
  g_autoptr(LeydenStatement) statement = NULL;
  gint64 first = 0;

  if (sqlite3_prepare_v2 (self->db, "SELECT min (bucket) FROM main.rollups WHERE level = 21600 AND series = ?", -1, &statement, NULL) != SQLITE_OK)
    return 0;
  for (guint s = 0; s < self->sources->len; s++)
    {
      sqlite3_reset (statement);
      sqlite3_bind_int64 (statement, 1, g_array_index (self->sources, LeydenPointSource, s).id);
      if (sqlite3_step (statement) == SQLITE_ROW && sqlite3_column_type (statement, 0) == SQLITE_INTEGER)
        first = first == 0 ? sqlite3_column_int64 (statement, 0) : MIN (first, sqlite3_column_int64 (statement, 0));
    }
  return first * LEYDEN_NS_PER_S;
}

/* Names of Prometheus end with their unit. */
static const char *
unit_of_name (const char *name)
{
  if (g_str_has_suffix (name, "_bytes"))
    return "bytes";
  return g_str_has_suffix (name, "_seconds") || g_str_has_suffix (name, "_seconds_total") ? "s" : "";
}

static LeydenValue *
run (LeydenPoints *self,
     GError      **error)
{
  LeydenQuery *query = self->query;
  gboolean from_rollups;

  if (!find_sources (self, error))
    return NULL;
  choose_split (self);
  self->measure = *query->measure;
  self->measure.unit = self->unit != NULL && *self->unit != '\0' ? self->unit : unit_of_name (query->point);
  query->measure = &self->measure;
  if (query->from == 0)
    query->from = find_first (self);
  if (query->from == 0 || query->from >= query->to)
    query->from = MAX (query->to - 86400 * LEYDEN_NS_PER_S, 1);
  from_rollups = count_points (self, query->from, query->to) > EXACT_LIMIT || (self->are_samples && query->from < query->now - SAMPLES_NS);
  switch (from_rollups ? query->shape : LEYDEN_SHAPE_TABLE)
    {
    case LEYDEN_SHAPE_TIME:
    case LEYDEN_SHAPE_VALUE:
      return leyden_points_run_series (self, error);
    case LEYDEN_SHAPE_POINTS:
      return leyden_points_run_extremes (self, error);
    case LEYDEN_SHAPE_HISTOGRAM:
      return leyden_points_run_histogram (self, error);
    case LEYDEN_SHAPE_GROUPS:
      return leyden_points_run_groups (self, error);
    case LEYDEN_SHAPE_HEAT:
    case LEYDEN_SHAPE_STEP:
    case LEYDEN_SHAPE_TABLE:
    default:
      return run_exact (self, error);
    }
}

LeydenValue *
leyden_query_run_points (sqlite3      *db,
                         LeydenQuery  *query,
                         GError      **error)
{
  LeydenPoints self = { .db = db, .query = query, .sources = g_array_new (FALSE, FALSE, sizeof (LeydenPointSource)) };
  LeydenValue *answer;

  g_array_set_clear_func (self.sources, clear_source);
  answer = run (&self, error);
  points_clear (&self);
  return answer;
}
