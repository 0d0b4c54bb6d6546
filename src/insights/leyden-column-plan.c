/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which columns a question reads, and the rows out of them. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-column-cache-private.h"

#include <math.h>
#include <string.h>

#include "leyden-json.h"

void
leyden_column_plan_clear (Plan *self)
{
  for (guint i = 0; i < self->n; i++)
    {
      leyden_sql_text_free (self->wanted[i].sql);
      g_free (self->wanted[i].name);
    }
}

char *
leyden_column_make_name (Type                 type,
                         const LeydenSqlText *sql)
{
  g_autoptr(GString) name = g_string_new (NULL);

  g_string_append_printf (name, "%d %s", type, sql->text->str);
  for (guint i = 0; i < sql->values->len; i++)
    {
      g_string_append_c (name, '\n');
      leyden_json_write_to (name, sql->values->pdata[i], LEYDEN_JSON_COMPACT);
    }
  return g_string_free (g_steal_pointer (&name), FALSE);
}

/* Takes @sql. */
static int
want (Plan          *self,
      TableId        table,
      Type           type,
      LeydenSqlText *sql)
{
  g_assert (self->n < MAX_WANTED);
  self->wanted[self->n] = (Wanted) { table, type, sql, leyden_column_make_name (type, sql), NULL };
  return (int)self->n++;
}

static int
want_text (Plan       *self,
           TableId     table,
           Type        type,
           const char *text)
{
  return text != NULL ? want (self, table, type, leyden_sql_text_new (text)) : -1;
}

static TableId
table_of (const Plan *self,
          const char *expression)
{
  return g_str_has_prefix (expression, "r.") || g_str_has_prefix (expression, "(r.") ? TABLE_ROLLOUTS : self->table;
}

static int
want_filter (Plan              *self,
             TableId            table,
             const LeydenQuery *query)
{
  LeydenSqlText *sql;

  if ((leyden_filter_get_facts (query->filter) & leyden_column_tables[table].facts) == 0)
    return -1;
  sql = leyden_sql_text_new ("(1");
  leyden_filter_add_sql_of (query->filter, leyden_column_tables[table].facts, sql);
  leyden_sql_text_add (sql, ")");
  return want (self, table, TYPE_FLAG, sql);
}

void
leyden_column_plan_init (Plan              *self,
                         const LeydenQuery *query,
                         const LeydenRead  *read)
{
  const LeydenMeasure *measure = query->measure;
  const char *condition = read->condition != NULL ? read->condition : measure->condition;
  gboolean is_reward = g_strcmp0 (measure->value, "r.reward") == 0;
  LeydenSqlText *value = NULL;

  memset (self, 0, sizeof *self);
  while (leyden_column_tables[self->table].facts != measure->facts)
    self->table++;
  self->with_rollouts = leyden_read_needs_rollouts (query, read);
  if (read->value_sql != NULL)
    {
      value = leyden_sql_text_new ("");
      leyden_sql_text_append (value, read->value_sql);
    }
  else
    {
      value = leyden_sql_text_new (read->value != NULL ? read->value : measure->value);
    }
  self->time = want_text (self, self->table, TYPE_INT, read->time != NULL ? read->time : measure->time);
  /* What only counts needs no column, what is true or not a small one. */
  self->value_type = TYPE_REAL;
  if (g_str_equal (value->text->str, "1"))
    {
      self->value = -1;
      leyden_sql_text_free (value);
    }
  else
    {
      if (measure->kind == LEYDEN_MEASURE_SPANS)
        self->value_type = TYPE_INT;
      else if (read->value_sql == NULL && read->value == NULL && measure->kind == LEYDEN_MEASURE_FLAGS)
        self->value_type = TYPE_FLAG;
      self->value = want (self, self->table, self->value_type, value);
    }
  self->divisor = want_text (self, self->table, TYPE_REAL, read->divisor != NULL ? read->divisor : measure->divisor);
  self->simulated = measure->facts == LEYDEN_FACTS_CALLS ? want_text (self, TABLE_CALLS, TYPE_FLAG, "c.simulated")
                    : self->with_rollouts ? want_text (self, TABLE_ROLLOUTS, TYPE_FLAG, "r.simulated") : -1;
  self->invalid = is_reward ? want_text (self, TABLE_ROLLOUTS, TYPE_INT, "r.invalid") : -1;
  self->deleted = want_text (self, TABLE_ROLLOUTS, TYPE_FLAG, "r.deleted_ns");
  self->condition = want_text (self, self->table, TYPE_FLAG, condition != NULL && *condition != '\0' ? condition : NULL);
  self->filter = want_filter (self, self->table, query);
  self->filter_of_rollout = self->table != TABLE_ROLLOUTS ? want_filter (self, TABLE_ROLLOUTS, query) : -1;
  for (guint k = 0; k < read->n_keys; k++)
    self->key[k] = want_text (self, table_of (self, read->keys[k]), TYPE_KEY, read->keys[k]);
  for (guint e = 0; e < read->n_extra; e++)
    self->extra[e] = want_text (self, self->table, TYPE_REAL, read->extra[e]);
}

/* ---- Rows of the answer ---- */

static const guint8 *
flags_of (const Plan *plan,
          int         index)
{
  return index >= 0 ? plan->wanted[index].column->data->data : NULL;
}

static const double *
reals_of (const Plan *plan,
          int         index)
{
  return index >= 0 ? (const double *)(gconstpointer)plan->wanted[index].column->data->data : NULL;
}

/* Keys of the answer are numbered anew, as they come. */
typedef struct
{
  const guint32 *from;
  gboolean       of_rollout;
  guint32       *map;
} KeyMap;

void
leyden_column_plan_take (const Plan       *plan,
                         const Table      *table,
                         const LeydenRead *read,
                         LeydenColumns    *out)
{
  gboolean is_rollouts = plan->table == TABLE_ROLLOUTS;
  const guint32 *links = (const guint32 *)(gconstpointer)table->rollouts->data;
  const gint64 *time = (const gint64 *)(gconstpointer)plan->wanted[plan->time].column->data->data;
  gconstpointer values = plan->value >= 0 ? plan->wanted[plan->value].column->data->data : NULL;
  const double *reals = plan->value_type == TYPE_REAL ? values : NULL;
  const guint8 *flags = plan->value_type == TYPE_FLAG ? values : NULL;
  const gint64 *times = plan->value_type == TYPE_INT ? values : NULL;
  const double *divisor = reals_of (plan, plan->divisor);
  const guint8 *condition = flags_of (plan, plan->condition), *filter = flags_of (plan, plan->filter);
  const guint8 *rollout_filter = flags_of (plan, plan->filter_of_rollout), *deleted = flags_of (plan, plan->deleted);
  const guint8 *simulated = flags_of (plan, plan->simulated);
  const gint64 *invalid = plan->invalid >= 0 ? (const gint64 *)(gconstpointer)plan->wanted[plan->invalid].column->data->data : NULL;
  gboolean simulated_of_rollout = plan->simulated >= 0 && plan->wanted[plan->simulated].table == TABLE_ROLLOUTS;
  gint64 from = MAX (read->from, 1), next = G_MAXINT64;
  KeyMap keys[LEYDEN_COLUMNS_MAX_KEYS];

  for (guint k = 0; k < out->n_keys; k++)
    {
      const Wanted *wanted = &plan->wanted[plan->key[k]];
      guint n = leyden_keys_get_n (wanted->column->keys);

      keys[k] = (KeyMap) { (const guint32 *)(gconstpointer)wanted->column->data->data, wanted->table == TABLE_ROLLOUTS, g_new (guint32, n + 1) };
      memset (keys[k].map, 0xff, sizeof (guint32) * (n + 1));
    }
  for (guint i = 0; i < table->ids->len; i++)
    {
      double value;
      guint32 r;
      guint row;

      if (time[i] >= read->to)
        {
          next = MIN (next, time[i]);
          continue;
        }
      if (time[i] < from || (condition != NULL && !condition[i]) || (filter != NULL && !filter[i]))
        continue;
      /* Ends of spans come out as doubles. */
      if (times != NULL && times[i] >= read->to)
        next = MIN (next, times[i] - 1024);
      value = reals != NULL ? reals[i] : flags != NULL ? flags[i] : times != NULL ? (double)times[i] : 1;
      if (read->end_after > 0 && value > 0 && value <= (double)read->end_after)
        continue;
      r = is_rollouts ? i : links[i];
      if (r == G_MAXUINT32 ? plan->with_rollouts : deleted[r] || (rollout_filter != NULL && !rollout_filter[r]))
        continue;
      if (invalid != NULL)
        out->n_invalid += (guint64)MAX (invalid[i], 0);
      if (isnan (value))
        continue;
      if (isinf (value))
        {
          out->n_invalid++;
          continue;
        }
      row = leyden_columns_add (out, time[i], value);
      if (divisor != NULL)
        out->divisor[row] = isnan (divisor[i]) ? 0 : divisor[i];
      leyden_columns_mark (out, row, simulated != NULL && simulated[simulated_of_rollout ? r : i]);
      for (guint k = 0; k < out->n_keys; k++)
        {
          guint32 key = keys[k].from[keys[k].of_rollout ? r : i];

          if (keys[k].map[key] == G_MAXUINT32)
            keys[k].map[key] = leyden_keys_add_key (out->keys[k], plan->wanted[plan->key[k]].column->keys, key);
          out->key[k][row] = keys[k].map[key];
        }
      for (guint e = 0; e < out->n_extra; e++)
        {
          double extra = reals_of (plan, plan->extra[e])[i];

          out->extra[e][row] = isnan (extra) ? 0 : extra;
        }
    }
  out->next = next;
  for (guint k = 0; k < out->n_keys; k++)
    g_free (keys[k].map);
}
