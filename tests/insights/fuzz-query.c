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

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  static LeydenColumnCache *cache;
  static guint n_looks;
  sqlite3 *db = get_database (&n_looks);
  g_autoptr(LeydenValue) query = leyden_json_parse ((const char *)data, (gssize)size, NULL, NULL);
  g_autoptr(GError) refusal = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) again = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(LeydenValue) from_memory = NULL;
  int n_changes = sqlite3_total_changes (db);
  gboolean good;

  if (query == NULL)
    return 0;
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
  return 0;
}
