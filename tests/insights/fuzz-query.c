/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions as anybody may post them, over a small database: they are refused as invalid, or answered; what is checked can be run; SQL changes nothing. */
#include <sqlite3.h>
#include <string.h>

#include "facts-helpers.h"
#include "leyden-column-cache.h"
#include "leyden-json.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

#define NOW (G_GINT64_CONSTANT (1773100800) * LEYDEN_NS_PER_S)

static int
interrupt_cb (gpointer data)
{
  return ++*(guint *)data > 2000;
}

static sqlite3 *
get_database (guint *n_looks)
{
  static sqlite3 *db;

  if (db != NULL)
    return db;
  db = facts_db_new ();
  for (int i = 1; i <= 20; i++)
    {
      g_autofree char *set = g_strdup_printf ("flow = %d, version = %d, item = 'item%d', reward = %d, step = %d, finished_step = %d, created_ns = %" G_GINT64_FORMAT
                                              ", started_ns = created_ns + 5, finished_ns = created_ns + %d000000000, cost = %d", (int)facts_name (db, "flow"),
                                              (int)facts_name (db, i > 10 ? "b" : "a"), i % 3, i % 4, i % 5, i % 5 + i % 2, NOW - i * 3600 * LEYDEN_NS_PER_S, i, i);

      facts_rollout (db, i, set);
      facts_exec (db, "INSERT INTO calls (rollout, time_ns, kind, latency_ms, tokens_in, tokens_out, cost, simulated, cached) VALUES (%d, %" G_GINT64_FORMAT
                  ", 0, 5, 1, 2, 0.5, 0, 0)", i, NOW - i * 60 * LEYDEN_NS_PER_S);
    }
  sqlite3_progress_handler (db, 1000, interrupt_cb, n_looks);
  return db;
}

/* Every series has as many numbers as places. */
static void
check_answer (LeydenValue *answer)
{
  static const char * const lists[] = { "y", "x_end", "keys", "low", "high", "n" };
  LeydenValue *series = leyden_value_get_member (answer, "series");

  g_assert_nonnull (leyden_value_get_member_string (answer, "shape", NULL));
  for (guint s = 0; s < leyden_value_get_size (series); s++)
    {
      LeydenValue *one = leyden_value_get_item (series, s);
      guint n = leyden_value_get_size (leyden_value_get_member (one, "x"));

      for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
        if (leyden_value_get_member (one, lists[i]) != NULL)
          g_assert_cmpuint (leyden_value_get_size (leyden_value_get_member (one, lists[i])), ==, n);
    }
}

/* Choices that follow from the bytes: a question that is mostly well-formed, so that what it asks for is reached. */
typedef struct
{
  guint32 state;
} Choices;

/* Xorshift (Marsaglia 2003). */
static guint
choose (Choices *self,
        guint    n)
{
  self->state ^= self->state << 13;
  self->state ^= self->state >> 17;
  self->state ^= self->state << 5;
  return self->state % n;
}

static void
set_chosen (LeydenValueBuilder *b,
            const char         *key,
            Choices            *choices,
            const char * const *names,
            guint               n)
{
  guint i = choose (choices, n + 1);

  if (i < n)
    leyden_value_builder_set_string (b, key, names[i]);
}

static void
add_dimensions (LeydenValueBuilder *b,
                Choices            *choices)
{
  static const char * const names[] = { "flow", "version", "item", "step", "state", "model", "node", "phase", "reward", "rollout", "train" };
  guint n = choose (choices, 4);

  leyden_value_builder_key (b, "split");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < n; i++)
    leyden_value_builder_add_string (b, names[choose (choices, G_N_ELEMENTS (names))]);
  leyden_value_builder_end (b);
}

static void
add_rules (LeydenValueBuilder *b,
           Choices            *choices)
{
  static const char * const rules[] = {
    "[\"flow\",\"=\",\"flow\"]", "[\"item\",\"in\",[\"item1\",null]]", "[\"reward\",\">\",1]", "[\"step\",\"between\",[null,3]]",
    "[\"state\",\"not contains\",\"e\"]", "[\"train\",\"!=\",true]", "[\"model\",\"null\"]", "[\"text\",\"contains\",\"1\"]", "[\"node\",\"=\",\"x\"]",
  };
  guint n = choose (choices, 4);

  leyden_value_builder_key (b, "filter");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < n; i++)
    leyden_value_builder_take (b, leyden_json_parse (rules[choose (choices, G_N_ELEMENTS (rules))], -1, NULL, NULL));
  leyden_value_builder_end (b);
}

static LeydenValue *
make_query (const guint8 *data,
            gsize         size)
{
  static const char * const shapes[] = { "time", "step", "histogram", "groups", "heat", "value", "points", "table" };
  static const char * const bands[] = { "ci", "quantiles" }, * const orders[] = { "value", "-value", "name" }, * const compares[] = { "previous" };
  static const char * const zones[] = { "UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York" };
  static const char * const intervals[] = { "auto", "hour", "day", "week", "month" };
  static const gint64 spans[] = { 1, 3600, 86400, 86400 * 40, 86400 * 800 };
  Choices choices = { 2166136261u };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n;
  const LeydenMeasure *measures = leyden_measure_get_all (&n);
  guint m, a;

  for (gsize i = 0; i < size; i++)
    choices.state = (choices.state ^ data[i]) * 16777619u;
  choices.state |= 1;
  m = choose (&choices, n + 1);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "metric", m < n ? measures[m].name : "point:loss");
  a = choose (&choices, 2 * LEYDEN_N_AGGREGATIONS);
  if (a < LEYDEN_N_AGGREGATIONS)
    leyden_value_builder_set_string (&b, "aggregation", leyden_aggregation_get_name (a));
  set_chosen (&b, "shape", &choices, shapes, G_N_ELEMENTS (shapes));
  set_chosen (&b, "band", &choices, bands, G_N_ELEMENTS (bands));
  set_chosen (&b, "order", &choices, orders, G_N_ELEMENTS (orders));
  set_chosen (&b, "compare", &choices, compares, G_N_ELEMENTS (compares));
  set_chosen (&b, "zone", &choices, zones, G_N_ELEMENTS (zones));
  set_chosen (&b, "interval", &choices, intervals, G_N_ELEMENTS (intervals));
  if (choose (&choices, 2) == 1)
    leyden_value_builder_set_int (&b, "from", choose (&choices, 2) == 0 ? 0 : NOW - spans[choose (&choices, G_N_ELEMENTS (spans))] * LEYDEN_NS_PER_S);
  leyden_value_builder_set_int (&b, "to", NOW + choose (&choices, 3) * 86400 * LEYDEN_NS_PER_S);
  leyden_value_builder_set_int (&b, "limit", 1 + choose (&choices, 5));
  leyden_value_builder_set_int (&b, "bins", 1 + choose (&choices, 5));
  if (choose (&choices, 4) == 3)
    leyden_value_builder_set_string (&b, "where", "reward > 1 OR item IS NULL");
  add_dimensions (&b, &choices);
  add_rules (&b, &choices);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
check_query (LeydenValue *query)
{
  static LeydenColumnCache *cache;
  static guint n_looks;
  sqlite3 *db = get_database (&n_looks);
  g_autoptr(GError) refusal = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) again = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(LeydenValue) from_memory = NULL;
  int n_changes = sqlite3_total_changes (db);
  gboolean good;

  if (cache == NULL)
    {
      cache = leyden_column_cache_new (1024 * 1024);
      leyden_column_cache_set_eager (cache, TRUE);
    }
  n_looks = 0;
  good = leyden_query_check (query, &refusal);
  g_assert_true (good == (refusal == NULL));
  answer = leyden_query_run (db, query, NOW, &error);
  g_assert_true ((answer == NULL) == (error != NULL));
  g_assert_true (good || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT));
  n_looks = 0;
  from_memory = leyden_query_run_cached (db, cache, query, NOW, &again);
  g_assert_true ((answer == NULL) == (from_memory == NULL));
  if (answer != NULL)
    check_answer (answer);
  g_assert_cmpint (sqlite3_total_changes (db), ==, n_changes);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr(LeydenValue) posted = leyden_json_parse ((const char *)data, (gssize)size, NULL, NULL);
  g_autoptr(LeydenValue) made = make_query (data, size);

  if (posted != NULL)
    check_query (posted);
  check_query (made);
  return 0;
}
