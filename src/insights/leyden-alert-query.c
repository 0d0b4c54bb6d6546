/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-insights"

#include "leyden-alert-query.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define NS_PER_S G_GINT64_CONSTANT (1000000000)
/* Steps of a preview. */
#define MAX_STEPS 2000
/* A change has no size against less than this. */
#define NOTHING 1e-12

/* ---- Asking ---- */

static LeydenValue *
with_take (LeydenValue *object,
           const char  *key,
           LeydenValue *value)
{
  LeydenValue *made = leyden_value_with_member (object, key, value);

  leyden_value_unref (object);
  leyden_value_unref (value);
  return made;
}

static gboolean
is_sql (const LeydenAlertRule *rule)
{
  return leyden_value_get_member (rule->query, "sql") != NULL;
}

/* @metric: in place of the rule's; nullable. @interval_s 0: one value. */
static LeydenValue *
ask (sqlite3                *db,
     LeydenColumnCache      *held,
     const LeydenAlertRule  *rule,
     const char             *metric,
     gint64                  from_ns,
     gint64                  to_ns,
     gint64                  interval_s,
     gint64                  now_ns,
     GError                **error)
{
  g_autoptr(LeydenValue) query = leyden_value_ref (rule->query);

  if (metric != NULL)
    query = with_take (g_steal_pointer (&query), "metric", leyden_value_new_string (metric, -1));
  if (!is_sql (rule))
    query = with_take (g_steal_pointer (&query), "shape", leyden_value_new_string (interval_s > 0 ? "time" : "value", -1));
  if (interval_s > 0)
    query = with_take (g_steal_pointer (&query), "interval", leyden_value_new_int (interval_s));
  query = with_take (g_steal_pointer (&query), "from", leyden_value_new_int (MAX (from_ns, 1)));
  query = with_take (g_steal_pointer (&query), "to", leyden_value_new_int (to_ns));
  return leyden_query_run_held (db, held, query, now_ns, error);
}

/* ---- What came back ---- */

static double
number_at (LeydenValue *list,
           guint        index)
{
  double number = NAN;

  leyden_value_get_double (leyden_value_get_item (list, index), &number);
  return number;
}

/* Of the parts of a split the one that is nearest to firing. */
static gboolean
is_worse (const LeydenAlertRule *rule,
          double                 value,
          double                 than)
{
  if (isnan (value) || isnan (than))
    return isnan (than) && !isnan (value);
  return isnan (rule->above) ? value < than : value > than;
}

/* Of @series the value @x; @series of the period before are left out. */
static void
read_series (const LeydenAlertRule *rule,
             LeydenValue           *answer,
             guint                  x,
             LeydenAlertReading    *reading)
{
  LeydenValue *series = leyden_value_get_member (answer, "series");
  gboolean split = leyden_value_get_size (leyden_value_get_member (rule->query, "split")) > 0;

  reading->value = NAN;
  for (guint i = 0; i < leyden_value_get_size (series); i++)
    {
      LeydenValue *each = leyden_value_get_item (series, i);
      double value = number_at (leyden_value_get_member (each, "y"), x);
      double n = number_at (leyden_value_get_member (each, "n"), x);

      if (rule->kind == LEYDEN_ALERT_ABSENCE || !split)
        reading->n += isnan (n) ? 0 : (gint64) n;
      if (!is_worse (rule, value, reading->value) || (split && !isnan (n) && (gint64) n < rule->min_n))
        continue;
      reading->value = value;
      if (!split)
        continue;
      reading->n = isnan (n) ? 0 : (gint64) n;
      g_free (reading->label);
      reading->label = g_strdup (leyden_value_get_member_string (each, "name", NULL));
    }
  /* Answers without counts are as good as they are. */
  if (!isnan (reading->value) && reading->n == 0 && rule->kind != LEYDEN_ALERT_ABSENCE && rule->min_n == 0)
    reading->n = 1;
}

/* The first number of the first row of a table. */
static void
read_table (LeydenValue        *answer,
            LeydenAlertReading *reading)
{
  LeydenValue *rows = leyden_value_get_member (answer, "rows");
  LeydenValue *row = leyden_value_get_item (rows, 0);

  reading->value = NAN;
  reading->n = leyden_value_get_size (rows);
  for (guint i = 0; i < leyden_value_get_size (row) && isnan (reading->value); i++)
    reading->value = number_at (row, i);
}

static void
take_problem (LeydenAlertReading *reading,
              GError             *error)
{
  if (error == NULL)
    return;
  reading->problem = g_strdup (error->message);
  reading->value = NAN;
  g_error_free (error);
}

static void
read_window (sqlite3               *db,
             LeydenColumnCache     *held,
             const LeydenAlertRule *rule,
             const char            *metric,
             gint64                 to_ns,
             gint64                 now_ns,
             LeydenAlertReading    *reading)
{
  GError *error = NULL;
  g_autoptr(LeydenValue) answer = ask (db, held, rule, metric, to_ns - rule->over_s * NS_PER_S, to_ns, 0, now_ns, &error);

  *reading = (LeydenAlertReading) { .value = NAN };
  if (answer != NULL && leyden_value_get_member (answer, "rows") != NULL)
    read_table (answer, reading);
  else if (answer != NULL)
    read_series (rule, answer, 0, reading);
  take_problem (reading, error);
}

static double
get_change (double now,
            double before)
{
  if (isnan (now) || isnan (before) || fabs (before) < NOTHING)
    return NAN;
  return (now - before) / fabs (before);
}

/* ---- One value ---- */

static void
read_change (sqlite3               *db,
             LeydenColumnCache     *held,
             const LeydenAlertRule *rule,
             gint64                 now_ns,
             LeydenAlertReading    *reading)
{
  g_auto(LeydenAlertReading) before = { .value = NAN };

  read_window (db, held, rule, NULL, now_ns, now_ns, reading);
  read_window (db, held, rule, NULL, now_ns - rule->over_s * NS_PER_S, now_ns, &before);
  reading->value = get_change (reading->value, before.value);
  if (reading->problem == NULL)
    reading->problem = g_strdup (before.problem);
}

/* What part of the budget is used; or, by the forecast, will be. */
static void
read_budget (sqlite3               *db,
             LeydenColumnCache     *held,
             const LeydenAlertRule *rule,
             gint64                 now_ns,
             LeydenAlertReading    *reading)
{
  g_auto(LeydenAlertReading) budget = { .value = NAN };

  if (!rule->forecast)
    {
      read_window (db, held, rule, "budget-used", now_ns, now_ns, reading);
      return;
    }
  read_window (db, held, rule, "forecast", now_ns, now_ns, reading);
  read_window (db, held, rule, "budget", now_ns, now_ns, &budget);
  reading->value = budget.value > 0 ? reading->value / budget.value : NAN;
}

void
leyden_alert_read (sqlite3               *db,
                   LeydenColumnCache     *held,
                   const LeydenAlertRule *rule,
                   gint64                 now_ns,
                   LeydenAlertReading    *reading)
{
  g_return_if_fail (db != NULL && rule != NULL && reading != NULL);

  switch (rule->kind)
    {
    case LEYDEN_ALERT_CHANGE:
      read_change (db, held, rule, now_ns, reading);
      break;
    case LEYDEN_ALERT_BUDGET:
      read_budget (db, held, rule, now_ns, reading);
      break;
    case LEYDEN_ALERT_THRESHOLD:
    case LEYDEN_ALERT_ABSENCE:
    case LEYDEN_ALERT_ERROR_RATE:
    default:
      read_window (db, held, rule, NULL, now_ns, now_ns, reading);
    }
}

/* ---- The past ---- */

typedef struct
{
  const LeydenAlertRule *rule;
  LeydenAlertStatus     *status;
  LeydenValueBuilder     x, y, fired;
  gint64                 since_ns;      /* 0: does not fire */
  double                 worst;
} Preview;

static void
preview_init (Preview               *self,
              const LeydenAlertRule *rule,
              gint64                 from_ns)
{
  self->rule = rule;
  self->status = leyden_alert_status_new (from_ns);
  leyden_value_builder_begin_list (&self->x);
  leyden_value_builder_begin_list (&self->y);
  leyden_value_builder_begin_list (&self->fired);
}

static void
preview_clear (Preview *self)
{
  leyden_alert_status_free (self->status);
  leyden_value_builder_clear (&self->x);
  leyden_value_builder_clear (&self->y);
  leyden_value_builder_clear (&self->fired);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Preview, preview_clear)

static void
write_fired (Preview *self,
             gint64   to_ns)
{
  leyden_value_builder_begin_object (&self->fired);
  leyden_value_builder_set_int (&self->fired, "from", self->since_ns);
  leyden_value_builder_set_take (&self->fired, "to", to_ns == 0 ? leyden_value_new_null () : leyden_value_new_int (to_ns));
  leyden_value_builder_set_double (&self->fired, "value", self->worst);
  leyden_value_builder_end (&self->fired);
  self->since_ns = 0;
}

static void
preview_step (Preview                  *self,
              const LeydenAlertReading *reading,
              gint64                    at_ns)
{
  gboolean fires;

  leyden_value_builder_add_int (&self->x, at_ns);
  leyden_value_builder_add_double (&self->y, self->rule->kind == LEYDEN_ALERT_ABSENCE ? (double) reading->n : reading->value);
  leyden_alert_step (self->status, self->rule, reading, at_ns);
  fires = self->status->state == LEYDEN_ALERT_FIRING;
  if (fires && self->since_ns == 0)
    {
      self->since_ns = at_ns;
      self->worst = reading->value;
    }
  else if (fires && is_worse (self->rule, reading->value, self->worst))
    self->worst = reading->value;
  else if (!fires && self->since_ns != 0)
    write_fired (self, at_ns);
}

/* Buckets of time in place of windows; those that have not ended say nothing yet. */
static void
replay (Preview     *self,
        LeydenValue *answer,
        gint64       step_s,
        gint64       now_ns)
{
  LeydenValue *first = leyden_value_get_item (leyden_value_get_member (answer, "series"), 0);
  LeydenValue *x = leyden_value_get_member (first, "x");
  double before = NAN;

  for (guint i = 0; i < leyden_value_get_size (x); i++)
    {
      g_auto(LeydenAlertReading) reading = { .value = NAN };
      gint64 at_ns = 0;
      double value;

      leyden_value_get_int (leyden_value_get_item (x, i), &at_ns);
      at_ns += step_s * NS_PER_S;
      if (at_ns > now_ns)
        break;
      read_series (self->rule, answer, i, &reading);
      value = reading.value;
      if (self->rule->kind == LEYDEN_ALERT_CHANGE)
        reading.value = get_change (value, before);
      before = value;
      preview_step (self, &reading, at_ns);
    }
}

/* How the window is cut: as long as it is, or longer for many days. */
static gint64
find_step (const LeydenAlertRule *rule,
           guint                  days)
{
  gint64 shortest = (gint64) days * 86400 / MAX_STEPS + 1;

  if (rule->kind == LEYDEN_ALERT_BUDGET)
    return 86400;
  return MAX (rule->over_s, shortest);
}

static LeydenValue *
ask_past (sqlite3                *db,
          LeydenColumnCache      *held,
          const LeydenAlertRule  *rule,
          gint64                  step_s,
          gint64                  from_ns,
          gint64                  now_ns,
          GError                **error)
{
  return ask (db, held, rule, rule->kind == LEYDEN_ALERT_BUDGET ? "budget-used" : NULL, from_ns, now_ns, step_s, now_ns, error);
}

LeydenValue *
leyden_alert_preview (sqlite3                *db,
                      LeydenColumnCache      *held,
                      const LeydenAlertRule  *rule,
                      gint64                  now_ns,
                      guint                   days,
                      GError                **error)
{
  gint64 step_s = find_step (rule, days);
  gint64 from_ns = now_ns - (gint64) days * 86400 * NS_PER_S;
  g_auto(LeydenAlertReading) reading = { .value = NAN };
  g_auto(Preview) preview = { .x = LEYDEN_VALUE_BUILDER_INIT, .y = LEYDEN_VALUE_BUILDER_INIT, .fired = LEYDEN_VALUE_BUILDER_INIT };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) past = NULL;

  g_return_val_if_fail (db != NULL && rule != NULL && days >= 1 && days <= LEYDEN_ALERT_MAX_DAYS, NULL);

  leyden_alert_read (db, held, rule, now_ns, &reading);
  preview_init (&preview, rule, from_ns);
  if (!is_sql (rule))
    {
      past = ask_past (db, held, rule, step_s, from_ns, now_ns, error);
      if (past == NULL)
        return NULL;
      replay (&preview, past, step_s, now_ns);
      preview_step (&preview, &reading, now_ns);
    }
  if (preview.since_ns != 0)
    write_fired (&preview, 0);
  leyden_value_builder_end (&preview.x);
  leyden_value_builder_end (&preview.y);
  leyden_value_builder_end (&preview.fired);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_double (&b, "value", reading.value);
  leyden_value_builder_set_int (&b, "n", reading.n);
  leyden_value_builder_set_string (&b, "label", reading.label);
  leyden_value_builder_set_string (&b, "problem", reading.problem);
  leyden_value_builder_set_boolean (&b, "breach", leyden_alert_is_breach (rule, &reading));
  leyden_value_builder_set_string (&b, "unit", rule->kind == LEYDEN_ALERT_CHANGE || rule->kind == LEYDEN_ALERT_BUDGET
                                               ? "ratio" : leyden_value_get_member_string (past, "unit", ""));
  leyden_value_builder_set_int (&b, "bucket_s", step_s);
  leyden_value_builder_set_take (&b, "x", leyden_value_builder_end_value (&preview.x));
  leyden_value_builder_set_take (&b, "y", leyden_value_builder_end_value (&preview.y));
  leyden_value_builder_set_take (&b, "fired", leyden_value_builder_end_value (&preview.fired));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
