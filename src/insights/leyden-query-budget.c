/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cost of a month: spent, by the budget, and until its end. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>

#include "leyden-budgets.h"
#include "leyden-shapes.h"
#include "leyden-stats.h"

/* Whole days before today from which the rest of the month is told. */
#define FORECAST_DAYS 7

typedef enum
{
  MONEY_BUDGET,
  MONEY_SPENT,
  MONEY_USED,
  MONEY_FORECAST,
} Money;

typedef struct
{
  const LeydenQuery *query;
  LeydenColumns     *columns;
  LeydenSeries      *series;
  Money              money;
} Budget;

/* Of the rows of a series from @begin to before @end. */
static double
sum_between (const Budget *self,
             guint         s,
             gint64        begin,
             gint64        end)
{
  LeydenCell cell;

  leyden_cell_init (&cell);
  for (guint i = 0; i < self->columns->n; i++)
    if (self->series->of[i] == s && self->columns->time[i] >= begin && self->columns->time[i] < end)
      leyden_cell_add (&cell, self->columns->time[i], self->columns->value[i], 0, LEYDEN_CELL_NO_MORE);
  return leyden_cell_get_sum (&cell);
}

/* Cost of each of the last whole days, at most FORECAST_DAYS, none before the first cost there is: how many. */
static guint
list_days (const Budget *self,
           guint         s,
           double       *days)
{
  gint64 today = leyden_day_start (self->query->now, 0, self->query->zone);
  guint n = 0;

  for (int d = 1; d <= FORECAST_DAYS; d++)
    {
      gint64 begin = leyden_day_start (today, -d, self->query->zone);
      gint64 end = leyden_day_start (today, 1 - d, self->query->zone);

      if (self->columns->first == 0 || end <= self->columns->first)
        break;
      days[n++] = sum_between (self, s, begin, end);
    }
  return n;
}

/* What is spent at the end of the month of @time: FALSE without a whole day to go by. */
static gboolean
forecast (const Budget *self,
          guint         s,
          gint64        time,
          gint64        until,
          double       *value,
          double       *low,
          double       *high)
{
  const LeydenQuery *query = self->query;
  gint64 begin = leyden_month_start (time, 0, query->zone);
  double spent = sum_between (self, s, begin, MIN (query->now, until));
  double rest = until > query->now ? (double)(until - query->now) / (86400.0 * (double)LEYDEN_NS_PER_S) : 0;
  double days[FORECAST_DAYS];
  guint n = rest > 0 ? list_days (self, s, days) : 0;
  LeydenInterval interval;

  *value = *low = *high = spent;
  if (rest == 0)
    return TRUE;
  if (n == 0)
    return FALSE;
  *value = spent + rest * leyden_stats_mean (days, n);
  *low = *high = NAN;
  if (!leyden_stats_t_interval (days, n, 0.95, &interval))
    return TRUE;
  *low = spent + rest * MAX (interval.low, 0);
  *high = spent + rest * interval.high;
  return TRUE;
}

/* The budget that counts for a series: of its flow, of the one that is filtered by, or of all. */
static double
find_limit (const Budget *self,
            LeydenValue  *budgets,
            guint         s)
{
  LeydenValue *rules = self->query->rules;
  const char *flow = leyden_value_get_member_string (self->series->labels->pdata[s], "flow", NULL);

  if (self->query->n_split > 0)
    return flow != NULL ? leyden_budgets_get (budgets, flow) : NAN;
  for (guint i = 0; i < leyden_value_get_size (rules); i++)
    {
      LeydenValue *rule = leyden_value_get_item (rules, i);

      if (g_strcmp0 (leyden_value_get_string (leyden_value_get_item (rule, 0), NULL), "flow") == 0
          && g_strcmp0 (leyden_value_get_string (leyden_value_get_item (rule, 1), NULL), "=") == 0
          && leyden_value_get_string (leyden_value_get_item (rule, 2), NULL) != NULL)
        return leyden_budgets_get (budgets, leyden_value_get_string (leyden_value_get_item (rule, 2), NULL));
    }
  return leyden_budgets_get (budgets, NULL);
}

/* What is told of the moment directly before @end, and around it. NaN: nothing. */
static double
tell (const Budget *self,
      guint         s,
      gint64        end,
      double        limit,
      double       *low,
      double       *high)
{
  const LeydenQuery *query = self->query;
  gint64 begin = leyden_month_start (end - 1, 0, query->zone);
  double value = NAN;

  *low = *high = NAN;
  switch (self->money)
    {
    case MONEY_BUDGET:
      return limit;
    case MONEY_SPENT:
      return sum_between (self, s, begin, MIN (end, query->now));
    case MONEY_USED:
      return limit > 0 ? sum_between (self, s, begin, MIN (end, query->now)) / limit : NAN;
    case MONEY_FORECAST:
    default:
      /* As one value: until the end of the month. */
      if (query->shape == LEYDEN_SHAPE_VALUE)
        end = leyden_month_start (end - 1, 1, query->zone);
      return forecast (self, s, begin, end, &value, low, high) ? value : NAN;
    }
}

static void
write_numbers (LeydenValueBuilder *b,
               const char         *key,
               const double       *values,
               guint               n)
{
  leyden_value_builder_key (b, key);
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < n; i++)
    leyden_value_builder_add_double (b, values[i]);
  leyden_value_builder_end (b);
}

static void
write_series (LeydenValueBuilder  *b,
              const Budget        *self,
              guint                s,
              const LeydenBuckets *buckets,
              double               limit)
{
  const LeydenQuery *query = self->query;
  guint n = buckets != NULL ? buckets->n : 1;
  g_autofree double *values = g_new (double, n);
  g_autofree double *low = g_new (double, n);
  g_autofree double *high = g_new (double, n);

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "name", self->series->names->pdata[s]);
  leyden_value_builder_set (b, "labels", self->series->labels->pdata[s]);
  leyden_value_builder_key (b, "x");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < n; i++)
    {
      gint64 end = buckets != NULL ? MIN (buckets->edges[i + 1], query->to) : query->to;
      gboolean is_future = buckets != NULL && buckets->edges[i] >= query->now && self->money != MONEY_FORECAST && self->money != MONEY_BUDGET;

      leyden_value_builder_add_int (b, buckets != NULL ? buckets->edges[i] : query->to);
      values[i] = low[i] = high[i] = NAN;
      if (!is_future)
        values[i] = tell (self, s, end, limit, &low[i], &high[i]);
    }
  leyden_value_builder_end (b);
  write_numbers (b, "y", values, n);
  if (self->money == MONEY_FORECAST)
    {
      write_numbers (b, "low", low, n);
      write_numbers (b, "high", high, n);
    }
  leyden_value_builder_set_double (b, "budget", limit);
  leyden_value_builder_end (b);
}

static LeydenColumns *
read_costs (sqlite3           *db,
            const LeydenQuery *query,
            GError           **error)
{
  gint64 month = leyden_month_start (query->from, 0, query->zone);
  gint64 week = leyden_day_start (query->now, -FORECAST_DAYS, query->zone);
  LeydenRead read = { .from = MIN (month, week), .to = MAX (query->to, query->now), .condition = "r.simulated = 0" };

  for (guint k = 0; k < query->n_split; k++)
    read.keys[read.n_keys++] = query->split[k]->column;
  return leyden_columns_read (db, query, &read, error);
}

LeydenValue *
leyden_query_run_budget (sqlite3      *db,
                         LeydenQuery  *query,
                         GError      **error)
{
  static const char * const names[] = { "budget", "budget-spent", "budget-used", "forecast" };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) budgets = leyden_budgets_read (db);
  g_autoptr(LeydenColumns) columns = NULL;
  g_autoptr(LeydenSeries) series = NULL;
  g_autoptr(LeydenBuckets) buckets = NULL;
  Budget self = { .query = query };
  gboolean has_limit = FALSE;
  LeydenNotes notes;

  while (!g_str_equal (names[self.money], query->measure->name))
    self.money++;
  /* A line of the future goes on to where it is asked about. */
  if (self.money == MONEY_FORECAST && query->shape == LEYDEN_SHAPE_TIME)
    query->to = leyden_month_start (query->to - 1, 1, query->zone);
  if (query->from == 0)
    query->from = leyden_month_start (query->to - 1, 0, query->zone);
  if (query->shape == LEYDEN_SHAPE_VALUE)
    query->from = leyden_month_start (query->to - 1, 0, query->zone);
  else if ((buckets = leyden_query_make_buckets (query, error)) == NULL)
    return NULL;
  columns = self.columns = read_costs (db, query, error);
  if (columns == NULL)
    return NULL;
  series = self.series = leyden_series_new (db, query, columns, 0, query->limit);
  leyden_answer_begin (&b, query, "series");
  for (guint s = 0; s < series->n; s++)
    {
      double limit = find_limit (&self, budgets, s);

      has_limit = has_limit || !isnan (limit);
      write_series (&b, &self, s, buckets, limit);
    }
  leyden_value_builder_end (&b);
  if (buckets != NULL)
    leyden_value_builder_set_int (&b, "interval_s", buckets->seconds);
  leyden_notes_init (&notes);
  leyden_notes_take (&notes, columns);
  notes.truncated = series->has_other;
  if (!has_limit && (self.money == MONEY_USED || self.money == MONEY_BUDGET))
    leyden_notes_warn (&notes, _("No budget is set."));
  leyden_notes_write (&notes, &b);
  leyden_notes_clear (&notes);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
