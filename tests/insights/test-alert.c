/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alert rules under a clock of the test's own: what a rule may be, its states, quiet hours over changes of the clock, and values out of facts
 * beside the same number counted by hand. */
#include <math.h>
#include <string.h>

#include "facts-helpers.h"
#include "leyden-alert-log.h"
#include "leyden-alert-query.h"
#include "leyden-column-cache.h"
#include "leyden-json.h"

#define NS G_GINT64_CONSTANT (1000000000)
#define START (G_GINT64_CONSTANT (1700000000) * NS)

static LeydenAlertRule *
make_rule (const char *json)
{
  g_autoptr(LeydenValue) value = facts_json ("%s", json);
  GError *error = NULL;
  LeydenAlertRule *rule = leyden_alert_rule_from_value ("rule", value, &error);

  g_assert_no_error (error);
  return rule;
}

/* ---- Rules ---- */

static void
test_hostile (void)
{
  static const struct { const char *json; const char *why; } cases[] = {
    { "{}", "title" },
    { "[]", "object" },
    { "{'title':'x'}", "above" },
    { "{'title':'','above':1,'query':{'metric':'reward'}}", "title" },
    { "{'title':'a\\nb','above':1,'query':{'metric':'reward'}}", "title" },
    { "{'title':7,'above':1,'query':{'metric':'reward'}}", "title" },
    { "{'title':'x','above':1}", "query" },
    { "{'title':'x','above':1,'query':[]}", "query" },
    { "{'title':'x','above':1,'query':{'metric':'no-such'}}", "no-such" },
    { "{'title':'x','above':1,'query':{'live':'workers'}}", "metric of this backend" },
    { "{'title':'x','above':1,'query':{'source':'p','promql':'up'}}", "metric of this backend" },
    { "{'title':'x','above':'1','query':{'metric':'reward'}}", "above" },
    { "{'title':'x','above':1,'below':1,'query':{'metric':'reward'}}", "below" },
    { "{'title':'x','above':1,'clear':2,'query':{'metric':'reward'}}", "clear" },
    { "{'title':'x','below':1,'clear':0.5,'query':{'metric':'reward'}}", "clear" },
    { "{'title':'x','above':1,'below':0,'clear':0.6,'query':{'metric':'reward'}}", "clear" },
    { "{'title':'x','above':1,'over_s':1,'query':{'metric':'reward'}}", "over_s" },
    { "{'title':'x','above':1,'over_s':99999999,'query':{'metric':'reward'}}", "over_s" },
    { "{'title':'x','above':1,'over_s':10.5,'query':{'metric':'reward'}}", "over_s" },
    { "{'title':'x','above':1,'for_s':-1,'query':{'metric':'reward'}}", "for_s" },
    { "{'title':'x','above':1,'kind':'guess','query':{'metric':'reward'}}", "kind" },
    { "{'title':'x','above':1,'severity':'fatal','query':{'metric':'reward'}}", "severity" },
    { "{'title':'x','above':1,'desktop':1,'query':{'metric':'reward'}}", "desktop" },
    { "{'title':'x','above':1,'webhooks':'a','query':{'metric':'reward'}}", "webhooks" },
    { "{'title':'x','above':1,'webhooks':['A b'],'query':{'metric':'reward'}}", "webhooks" },
    { "{'title':'x','above':1,'quiet':{},'query':{'metric':'reward'}}", "quiet" },
    { "{'title':'x','above':1,'quiet':{'from':'24:00','to':'07:00'},'query':{'metric':'reward'}}", "quiet" },
    { "{'title':'x','above':1,'quiet':{'from':'7:00','to':'08:00'},'query':{'metric':'reward'}}", "quiet" },
    { "{'title':'x','above':1,'quiet':{'from':'22:00','to':'07:00','zone':'Mars/Base'},'query':{'metric':'reward'}}", "zone" },
    { "{'title':'x','above':1,'quiet':{'from':'22:00','to':'07:00','days':[]},'query':{'metric':'reward'}}", "days" },
    { "{'title':'x','above':1,'quiet':{'from':'22:00','to':'07:00','days':['Monday']},'query':{'metric':'reward'}}", "days" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) value = facts_json ("%s", cases[i].json);
      g_autoptr(GError) error = NULL;

      g_test_message ("%s", cases[i].json);
      g_assert_null (leyden_alert_rule_from_value ("rule", value, &error));
      g_assert_error (error, LEYDEN_ALERT_ERROR, LEYDEN_ALERT_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, cases[i].why));
    }
}

static void
test_round_trip (void)
{
  g_autoptr(LeydenAlertRule) rule = make_rule ("{'title':'x','above':1,'below':-1,'clear':0.25,'over_s':60,'for_s':30,'severity':'critical','desktop':false,"
                                               "'webhooks':['a'],'quiet':{'from':'22:30','to':'06:05','zone':'Europe/Berlin','days':['sat','sun']},"
                                               "'query':{'metric':'reward','shape':'time','from':5,'filter':[['model','=','m']]}}");
  g_autoptr(LeydenValue) first = leyden_alert_rule_to_value (rule);
  g_autoptr(LeydenAlertRule) again = leyden_alert_rule_from_value ("rule", first, NULL);
  g_autoptr(LeydenValue) second = leyden_alert_rule_to_value (again);

  g_assert_true (leyden_value_equal (first, second));
  g_assert_cmpint (again->quiet.from, ==, 22 * 60 + 30);
  g_assert_cmpuint (again->quiet.days, ==, 0x60);
  /* The window is the rule's own. */
  g_assert_null (leyden_value_get_member (again->query, "shape"));
  g_assert_null (leyden_value_get_member (again->query, "from"));
}

/* ---- States ---- */

typedef struct { int at; double value; LeydenAlertState expected; } Step;

static void
run_steps (const char *json,
           const Step *steps,
           gsize       n)
{
  g_autoptr(LeydenAlertRule) rule = make_rule (json);
  g_autoptr(LeydenAlertStatus) status = leyden_alert_status_new (START);

  for (gsize i = 0; i < n; i++)
    {
      LeydenAlertReading reading = { .value = steps[i].value, .n = 10 };
      LeydenAlertState before = status->state;

      g_test_message ("%s: at %d s: %g", json, steps[i].at, steps[i].value);
      g_assert_true (leyden_alert_step (status, rule, &reading, START + steps[i].at * NS) == (before != steps[i].expected));
      g_assert_cmpstr (leyden_alert_state_to_string (status->state), ==, leyden_alert_state_to_string (steps[i].expected));
    }
}

#define RUN(json, steps) run_steps (json, steps, G_N_ELEMENTS (steps))

static void
test_states (void)
{
  static const Step at_once[] = {
    { 0, 1, LEYDEN_ALERT_OK }, { 10, 1.5, LEYDEN_ALERT_FIRING }, { 20, 1.01, LEYDEN_ALERT_FIRING }, { 30, 1, LEYDEN_ALERT_RESOLVED },
    { 40, 0, LEYDEN_ALERT_RESOLVED }, { 30 + 3600, 0, LEYDEN_ALERT_OK },
  };
  static const Step hysteresis[] = {
    { 0, 9, LEYDEN_ALERT_OK }, { 10, 11, LEYDEN_ALERT_FIRING }, { 20, 9, LEYDEN_ALERT_FIRING }, { 30, 7.01, LEYDEN_ALERT_FIRING },
    { 40, 7, LEYDEN_ALERT_RESOLVED }, { 50, 9, LEYDEN_ALERT_RESOLVED }, { 60, 11, LEYDEN_ALERT_FIRING },
  };
  static const Step held[] = {
    { 0, 2, LEYDEN_ALERT_PENDING }, { 50, 2, LEYDEN_ALERT_PENDING }, { 55, 0, LEYDEN_ALERT_OK }, { 60, 2, LEYDEN_ALERT_PENDING },
    { 119, 2, LEYDEN_ALERT_PENDING }, { 120, 2, LEYDEN_ALERT_FIRING }, { 130, NAN, LEYDEN_ALERT_FIRING }, { 140, 1, LEYDEN_ALERT_RESOLVED },
    { 150, 2, LEYDEN_ALERT_PENDING }, { 160, NAN, LEYDEN_ALERT_OK },
  };
  static const Step below[] = {
    { 0, 0.5, LEYDEN_ALERT_OK }, { 10, 0.19, LEYDEN_ALERT_FIRING }, { 20, 0.25, LEYDEN_ALERT_FIRING }, { 30, 0.3, LEYDEN_ALERT_RESOLVED },
  };
  static const Step band[] = {
    { 0, 5, LEYDEN_ALERT_OK }, { 10, 11, LEYDEN_ALERT_FIRING }, { 20, 9.5, LEYDEN_ALERT_FIRING }, { 30, 9, LEYDEN_ALERT_RESOLVED },
    { 40, -0.1, LEYDEN_ALERT_FIRING }, { 50, 0.5, LEYDEN_ALERT_FIRING }, { 60, 1, LEYDEN_ALERT_RESOLVED },
  };
  static const Step nothing[] = { { 0, NAN, LEYDEN_ALERT_OK }, { 10, INFINITY, LEYDEN_ALERT_OK }, { 20, NAN, LEYDEN_ALERT_OK } };

  RUN ("{'title':'x','above':1,'query':{'metric':'reward'}}", at_once);
  RUN ("{'title':'x','above':10,'clear':7,'query':{'metric':'reward'}}", hysteresis);
  RUN ("{'title':'x','above':1,'for_s':60,'query':{'metric':'reward'}}", held);
  RUN ("{'title':'x','below':0.2,'clear':0.3,'query':{'metric':'reward'}}", below);
  RUN ("{'title':'x','above':10,'below':0,'clear':1,'query':{'metric':'reward'}}", band);
  RUN ("{'title':'x','above':1,'query':{'metric':'reward'}}", nothing);
}

static void
test_acknowledge (void)
{
  g_autoptr(LeydenAlertRule) rule = make_rule ("{'title':'x','above':1,'query':{'metric':'reward'}}");
  g_autoptr(LeydenAlertStatus) status = leyden_alert_status_new (START);
  LeydenAlertReading bad = { .value = 2, .n = 1 }, good = { .value = 0, .n = 1 };

  g_assert_false (leyden_alert_acknowledge (status, "ann", START));
  g_assert_true (leyden_alert_step (status, rule, &bad, START));
  g_assert_cmpint (status->episode, ==, 1);
  g_assert_cmpstr (leyden_alert_take_news (status, rule, START), ==, "firing");
  g_assert_null (leyden_alert_take_news (status, rule, START));
  g_assert_true (leyden_alert_acknowledge (status, "ann", START + NS));
  g_assert_false (leyden_alert_acknowledge (status, "bob", START + 2 * NS));
  g_assert_cmpstr (status->actor, ==, "ann");
  g_assert_false (leyden_alert_step (status, rule, &bad, START + 3 * NS));
  g_assert_null (leyden_alert_take_news (status, rule, START + 3 * NS));
  g_assert_true (leyden_alert_step (status, rule, &good, START + 4 * NS));
  g_assert_cmpstr (leyden_alert_take_news (status, rule, START + 4 * NS), ==, "resolved");
  g_assert_true (leyden_alert_step (status, rule, &bad, START + 5 * NS));
  g_assert_cmpint (status->episode, ==, 2);
  g_assert_null (status->actor);
  g_assert_true (leyden_alert_end (status, START + 6 * NS));
  g_assert_false (leyden_alert_end (status, START + 7 * NS));
}

/* ---- Quiet hours ---- */

static gint64
at (const char *iso)
{
  g_autoptr(GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601 (iso, utc);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time) * NS;
}

static void
test_quiet (void)
{
  static const struct { const char *quiet; const char *utc; gboolean expected; } cases[] = {
    /* Berlin is at +1 in winter, +2 in summer. */
    { "{'from':'22:00','to':'07:00','zone':'Europe/Berlin'}", "2026-01-10T20:59:00Z", FALSE },
    { "{'from':'22:00','to':'07:00','zone':'Europe/Berlin'}", "2026-01-10T21:00:00Z", TRUE },
    { "{'from':'22:00','to':'07:00','zone':'Europe/Berlin'}", "2026-01-11T05:59:59Z", TRUE },
    { "{'from':'22:00','to':'07:00','zone':'Europe/Berlin'}", "2026-01-11T06:00:00Z", FALSE },
    { "{'from':'22:00','to':'07:00','zone':'Europe/Berlin'}", "2026-07-10T20:00:00Z", TRUE },
    { "{'from':'22:00','to':'07:00','zone':'Europe/Berlin'}", "2026-07-11T05:00:00Z", FALSE },
    /* 2026-03-29: 02:00 becomes 03:00. A time that is not there begins at the jump. */
    { "{'from':'02:30','to':'04:00','zone':'Europe/Berlin'}", "2026-03-29T00:59:59Z", FALSE },
    { "{'from':'02:30','to':'04:00','zone':'Europe/Berlin'}", "2026-03-29T01:00:00Z", TRUE },
    { "{'from':'02:30','to':'04:00','zone':'Europe/Berlin'}", "2026-03-29T02:00:00Z", FALSE },
    /* 2026-10-25: 03:00 becomes 02:00. Quiet twice. */
    { "{'from':'02:00','to':'03:00','zone':'Europe/Berlin'}", "2026-10-24T23:59:59Z", FALSE },
    { "{'from':'02:00','to':'03:00','zone':'Europe/Berlin'}", "2026-10-25T00:30:00Z", TRUE },
    { "{'from':'02:00','to':'03:00','zone':'Europe/Berlin'}", "2026-10-25T01:30:00Z", TRUE },
    { "{'from':'02:00','to':'03:00','zone':'Europe/Berlin'}", "2026-10-25T02:00:00Z", FALSE },
    /* Days are those on which it begins: the night from Saturday to Sunday. 2026-01-10 is a Saturday. */
    { "{'from':'22:00','to':'07:00','days':['sat']}", "2026-01-10T23:00:00Z", TRUE },
    { "{'from':'22:00','to':'07:00','days':['sat']}", "2026-01-11T06:00:00Z", TRUE },
    { "{'from':'22:00','to':'07:00','days':['sat']}", "2026-01-11T23:00:00Z", FALSE },
    { "{'from':'22:00','to':'07:00','days':['sat']}", "2026-01-10T06:00:00Z", FALSE },
    { "{'from':'22:00','to':'07:00','days':['sun']}", "2026-01-12T06:00:00Z", TRUE },
    { "{'from':'00:00','to':'00:00'}", "2026-01-12T12:00:00Z", TRUE },
    { "{'from':'09:00','to':'17:00'}", "2026-01-12T17:00:00Z", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *json = g_strdup_printf ("{'title':'x','above':1,'query':{'metric':'reward'},'quiet':%s}", cases[i].quiet);
      g_autoptr(LeydenAlertRule) rule = make_rule (json);

      g_test_message ("%s at %s", cases[i].quiet, cases[i].utc);
      g_assert_true (leyden_alert_is_quiet (rule, at (cases[i].utc)) == cases[i].expected);
    }
}

/* What fires in the night is told in the morning, if it still does. */
static void
test_quiet_news (void)
{
  g_autoptr(LeydenAlertRule) rule = make_rule ("{'title':'x','above':1,'query':{'metric':'reward'},'quiet':{'from':'22:00','to':'07:00'}}");
  g_autoptr(LeydenAlertStatus) status = leyden_alert_status_new (START);
  LeydenAlertReading bad = { .value = 2, .n = 1 }, good = { .value = 0, .n = 1 };
  gint64 night = at ("2026-01-10T23:00:00Z"), morning = at ("2026-01-11T07:00:00Z");

  leyden_alert_step (status, rule, &bad, night);
  g_assert_null (leyden_alert_take_news (status, rule, night));
  leyden_alert_step (status, rule, &good, night + 60 * NS);
  g_assert_null (leyden_alert_take_news (status, rule, night + 60 * NS));
  g_assert_null (leyden_alert_take_news (status, rule, morning));
  leyden_alert_step (status, rule, &bad, night + 120 * NS);
  g_assert_null (leyden_alert_take_news (status, rule, morning - NS));
  g_assert_cmpstr (leyden_alert_take_news (status, rule, morning), ==, "firing");
  leyden_alert_step (status, rule, &good, at ("2026-01-11T22:30:00Z"));
  g_assert_null (leyden_alert_take_news (status, rule, at ("2026-01-11T22:30:00Z")));
  g_assert_cmpstr (leyden_alert_take_news (status, rule, at ("2026-01-12T07:30:00Z")), ==, "resolved");
}

/* ---- Values ---- */

static void
add_rollout (sqlite3    *db,
             gint64      id,
             int         seconds_ago,
             const char *state,
             double      reward,
             const char *model)
{
  gint64 end_ns = START - seconds_ago * NS;
  g_autofree char *columns = g_strdup_printf ("state = '%s', reward = %.17g, created_ns = %" G_GINT64_FORMAT ", started_ns = %" G_GINT64_FORMAT
                                              ", finished_ns = %" G_GINT64_FORMAT ", model = %" G_GINT64_FORMAT ", cost = 2", state, reward,
                                              end_ns - NS, end_ns - NS, end_ns, facts_name (db, model));

  facts_rollout (db, id, columns);
}

static double
read_value (sqlite3    *db,
            const char *json,
            gint64      now_ns,
            gint64     *n,
            char      **label)
{
  g_autoptr(LeydenAlertRule) rule = make_rule (json);
  g_autoptr(LeydenColumnCache) held = leyden_column_cache_new (1024 * 1024);
  g_auto(LeydenAlertReading) reading = { .value = NAN };
  g_auto(LeydenAlertReading) again = { .value = NAN };

  leyden_alert_read (db, held, rule, now_ns, &reading);
  g_assert_cmpstr (reading.problem, ==, NULL);
  /* Nothing is read into memory for a rule; what is there for others is used. */
  g_assert_cmpuint (leyden_column_cache_get_bytes (held), ==, 0);
  leyden_column_cache_set_eager (held, TRUE);
  leyden_value_unref (leyden_query_run_cached (db, held, rule->query, now_ns, NULL));
  leyden_alert_read (db, held, rule, now_ns, &again);
  g_assert_true (again.value == reading.value || (isnan (again.value) && isnan (reading.value)));
  g_assert_cmpint (again.n, ==, reading.n);
  g_assert_cmpstr (again.label, ==, reading.label);
  if (n != NULL)
    *n = reading.n;
  if (label != NULL)
    *label = g_strdup (reading.label);
  return reading.value;
}

static void
test_values (void)
{
  sqlite3 *db = facts_db_new ();
  g_autofree char *label = NULL;
  gint64 n;

  /* In the last minute: rewards 1, 0, 0.5 and one failure; in the minute before: 0.25 twice. */
  add_rollout (db, 1, 10, "succeeded", 1, "a");
  add_rollout (db, 2, 20, "succeeded", 0, "b");
  add_rollout (db, 3, 30, "failed", 0.5, "b");
  add_rollout (db, 4, 70, "succeeded", 0.25, "a");
  add_rollout (db, 5, 80, "succeeded", 0.25, "a");
  g_assert_cmpfloat_with_epsilon (read_value (db, "{'title':'x','above':1,'over_s':60,'query':{'metric':'reward'}}", START, &n, NULL), 0.5, 1e-12);
  g_assert_cmpint (n, ==, 3);
  /* (0.5 − 0.25) ÷ 0.25 */
  g_assert_cmpfloat_with_epsilon (read_value (db, "{'title':'x','kind':'change','above':1,'over_s':60,'query':{'metric':'reward'}}", START, &n, NULL), 1,
                                  1e-12);
  g_assert_cmpfloat_with_epsilon (read_value (db, "{'title':'x','kind':'error-rate','above':0.1,'over_s':60,'query':{'metric':'failed'}}", START, &n,
                                              NULL), 1 / 3.0, 1e-12);
  g_assert_cmpint (n, ==, 3);
  /* Nothing at all is no value, and no change. */
  g_assert_true (isnan (read_value (db, "{'title':'x','above':1,'over_s':60,'query':{'metric':'reward'}}", START + 600 * NS, &n, NULL)));
  g_assert_cmpint (n, ==, 0);
  g_assert_true (isnan (read_value (db, "{'title':'x','kind':'change','above':1,'over_s':60,'query':{'metric':'reward'}}", START + 600 * NS, NULL, NULL)));
  read_value (db, "{'title':'x','kind':'absence','over_s':60,'query':{'metric':'ended'}}", START, &n, NULL);
  g_assert_cmpint (n, ==, 3);
  read_value (db, "{'title':'x','kind':'absence','over_s':60,'query':{'metric':'ended'}}", START + 600 * NS, &n, NULL);
  g_assert_cmpint (n, ==, 0);
  /* The worst part of a split. */
  g_assert_cmpfloat_with_epsilon (read_value (db, "{'title':'x','below':0.1,'over_s':60,'query':{'metric':'reward','split':['model']}}", START, NULL,
                                              &label), 0.25, 1e-12);
  g_assert_cmpstr (label, ==, "b");
  g_assert_cmpfloat_with_epsilon (read_value (db, "{'title':'x','above':1,'over_s':60,'query':{'sql':'SELECT max (reward) FROM rollouts'}}", START, NULL,
                                              NULL), 1, 1e-12);
  sqlite3_close (db);
}

static void
test_budget (void)
{
  sqlite3 *db = facts_db_new ();
  /* START is the 14th of November. Ten rollouts of 2 in the month, one in the month before. */
  for (int i = 0; i < 10; i++)
    add_rollout (db, i + 1, i * 86400, "succeeded", 1, "a");
  add_rollout (db, 20, 30 * 86400, "succeeded", 1, "a");
  facts_exec (db, "INSERT INTO documents (kind, name, value) VALUES ('insights', 'budgets', '{\"currency\":\"EUR\",\"month\":40}')");
  g_assert_cmpfloat_with_epsilon (read_value (db, "{'title':'x','kind':'budget','above':0.8,'query':{'metric':'budget-used'}}", START + NS, NULL, NULL),
                                  0.5, 1e-9);
  /* What will be spent lies above what is. */
  g_assert_cmpfloat (read_value (db, "{'title':'x','kind':'budget','forecast':true,'above':0.8,'query':{'metric':'budget-used'}}", START + NS, NULL,
                                 NULL), >, 0.7);
  sqlite3_close (db);
}

static void
test_preview (void)
{
  sqlite3 *db = facts_db_new ();
  g_autoptr(LeydenAlertRule) rule = make_rule ("{'title':'x','below':0.5,'over_s':3600,'query':{'metric':'reward'}}");
  g_autoptr(LeydenValue) preview = NULL;
  g_autoptr(GError) error = NULL;
  LeydenValue *fired;

  /* Rewards are 1 but for three hours of yesterday. */
  for (int hour = 0; hour < 60; hour++)
    add_rollout (db, hour + 1, hour * 3600 + 1800, "succeeded", hour >= 24 && hour < 27 ? 0.1 * (hour - 23) : 1, "a");
  preview = leyden_alert_preview (db, NULL, rule, START, 2, &error);
  g_assert_no_error (error);
  fired = leyden_value_get_member (preview, "fired");
  g_assert_cmpuint (leyden_value_get_size (fired), ==, 1);
  g_assert_cmpfloat_with_epsilon (leyden_value_get_member_double (leyden_value_get_item (fired, 0), "value", 0), 0.1, 1e-9);
  {
    gint64 from = leyden_value_get_member_int (leyden_value_get_item (fired, 0), "from", 0);
    gint64 to = leyden_value_get_member_int (leyden_value_get_item (fired, 0), "to", 0);

    /* To the bucket. */
    g_assert_cmpint (from, >=, START - (26 * 3600 + 1800) * NS);
    g_assert_cmpint (from, <=, START - (26 * 3600 - 1800) * NS);
    g_assert_cmpint (to - from, ==, 3 * 3600 * NS);
  }
  g_assert_cmpfloat (leyden_value_get_member_double (preview, "value", 0), ==, 1);
  g_assert_false (leyden_value_get_member_boolean (preview, "breach", TRUE));
  sqlite3_close (db);
}

/* ---- The log ---- */

static void
test_log (void)
{
  sqlite3 *db = facts_db_new ();
  g_autoptr(LeydenAlertRule) rule = make_rule ("{'title':'Reward falls','above':1,'webhooks':['named'],'query':{'metric':'reward'}}");
  g_autoptr(LeydenAlertStatus) status = leyden_alert_status_new (START);
  g_autoptr(LeydenAlertStatus) loaded = NULL;
  g_autoptr(LeydenValue) history = NULL;
  g_autoptr(LeydenValue) delivery = NULL;
  static const struct { const char *name; const char *events; } hooks[] = { { "named", "[]" }, { "wants", "['alert.firing']" }, { "other", "['run.*']" } };
  LeydenAlertReading bad = { .value = 2, .n = 1 };

  leyden_alert_step (status, rule, &bad, START);
  g_assert_cmpstr (leyden_alert_take_news (status, rule, START), ==, "firing");
  /* Twice, as after a crash between the write and its answer. */
  for (guint i = 0; i < 2; i++)
    {
      LeydenAlertChange *change = leyden_alert_change_new (rule, status);
      g_autoptr(GError) error = NULL;

      change->entered = change->news = "firing";
      change->source = "urn:leyden:x";
      change->now_ns = START + i;
      for (guint h = 0; h < G_N_ELEMENTS (hooks); h++)
        {
          g_autoptr(LeydenValue) value = facts_json ("{'uri':'https://example.com/','events':%s}", hooks[h].events);

          g_ptr_array_add (change->hooks, leyden_webhook_from_value (hooks[h].name, value, FALSE, NULL));
          g_assert_true (leyden_outbox_begin (db, hooks[h].name, START, NULL));
        }
      g_assert_true (leyden_alert_log_write (db, change, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (change->told->len, ==, i == 0 ? 2 : 0);
      leyden_alert_change_free (change);
    }
  history = leyden_alert_log_list (db, NULL, 0, 10, NULL);
  g_assert_cmpuint (leyden_value_get_size (history), ==, 1);
  g_assert_cmpstr (leyden_value_get_member_string (leyden_value_get_item (history, 0), "title", ""), ==, "Reward falls");
  delivery = leyden_outbox_get (db, 1, NULL);
  g_assert_nonnull (strstr (leyden_value_get_member_string (delivery, "body", ""), "\"type\":\"dev.leyden.alert.firing\""));
  loaded = leyden_alert_log_load (db, "rule", NULL);
  g_assert_cmpint (loaded->state, ==, LEYDEN_ALERT_FIRING);
  g_assert_cmpint (loaded->episode, ==, 1);
  g_assert_true (loaded->told);
  g_assert_cmpfloat (loaded->value, ==, 2);
  /* Made again under the same id it goes on counting. */
  g_assert_true (leyden_alert_log_forget (db, "rule", NULL));
  g_clear_pointer (&loaded, leyden_alert_status_free);
  loaded = leyden_alert_log_load (db, "rule", NULL);
  g_assert_cmpint (loaded->state, ==, LEYDEN_ALERT_OK);
  g_assert_cmpint (loaded->episode, ==, 1);
  sqlite3_close (db);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/alert/hostile", test_hostile);
  g_test_add_func ("/alert/round-trip", test_round_trip);
  g_test_add_func ("/alert/states", test_states);
  g_test_add_func ("/alert/acknowledge", test_acknowledge);
  g_test_add_func ("/alert/quiet", test_quiet);
  g_test_add_func ("/alert/quiet-news", test_quiet_news);
  g_test_add_func ("/alert/values", test_values);
  g_test_add_func ("/alert/budget", test_budget);
  g_test_add_func ("/alert/preview", test_preview);
  g_test_add_func ("/alert/log", test_log);
  return g_test_run ();
}
