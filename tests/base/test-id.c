/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "leyden-id.h"
#include "leyden-random.h"
#include "leyden-stats.h"

static void
test_uuid7 (void)
{
  g_autofree char *last = g_strdup ("");
  gint64 before = leyden_time_now_ns () / 1000000;

  for (guint i = 0; i < 20000; i++)
    {
      char *id = leyden_id_new_uuid7 ();

      g_assert_cmpuint (strlen (id), ==, 32);
      g_assert_cmpuint (strspn (id, "0123456789abcdef"), ==, 32);
      g_assert_cmpint (id[12], ==, '7');
      g_assert_nonnull (strchr ("89ab", id[16]));
      g_assert_cmpstr (last, <, id);
      g_free (last);
      last = id;
    }
  last[12] = '\0';
  g_assert_cmpint ((gint64) g_ascii_strtoull (last, NULL, 16), >=, before);
  g_assert_cmpint ((gint64) g_ascii_strtoull (last, NULL, 16), <=, leyden_time_now_ns () / 1000000 + 10);
}

static gpointer
make_ids (gpointer data)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < 5000; i++)
    g_ptr_array_add (ids, leyden_id_new_uuid7 ());
  return ids;
}

static void
test_uuid7_threads (void)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("ids", make_ids, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autoptr(GPtrArray) ids = g_thread_join (threads[i]);

      for (guint j = 0; j < ids->len; j++)
        g_assert_true (g_hash_table_add (seen, g_strdup (g_ptr_array_index (ids, j))));
    }
}

static void
test_node (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (5);
  g_autoptr(GRand) same = g_rand_new_with_seed (5);
  g_autofree char *a = leyden_id_new_node (random);
  g_autofree char *b = leyden_id_new_node (same);
  g_autofree char *c = leyden_id_new_node (NULL);
  g_autofree char *d = leyden_id_new_node (NULL);

  g_assert_cmpstr (a, ==, b);
  g_assert_cmpstr (c, !=, d);
  g_assert_cmpuint (strspn (c, "abcdefghijklmnopqrstuvwxyz234567"), ==, 8);
  g_assert_cmpuint (strlen (c), ==, 8);
}

static void
test_key (void)
{
  g_autofree char *a = leyden_random_key ();
  g_autofree char *b = leyden_random_key ();

  g_assert_cmpuint (strlen (a), ==, 43);
  g_assert_cmpstr (a, !=, b);
  g_assert_cmpuint (strspn (a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), ==, 43);
}

static void
test_equal (void)
{
  g_assert_true (leyden_secure_equal ("secret", "secret"));
  g_assert_false (leyden_secure_equal ("secret", "secre"));
  g_assert_false (leyden_secure_equal ("secret", "secret\n"));
  g_assert_false (leyden_secure_equal ("secret", "Secret"));
  g_assert_false (leyden_secure_equal ("secret", "secreT"));
  g_assert_false (leyden_secure_equal ("secret", ""));
  g_assert_false (leyden_secure_equal ("", ""));
  g_assert_false (leyden_secure_equal ("", "x"));
  g_assert_false (leyden_secure_equal (NULL, NULL));
  g_assert_false (leyden_secure_equal ("secret", NULL));
}

static void
test_substream (void)
{
  static const char * const labels[] = { "run", "3", NULL };
  LeydenRandom a;
  LeydenRandom b;

  leyden_random_substream (&a, 42, labels);
  leyden_random_init (&b, leyden_fnv1a64 ("42\x1Frun\x1F" "3", 8));
  g_assert_cmpuint (leyden_random_u64 (&a), ==, leyden_random_u64 (&b));
  leyden_random_substream (&a, 42, NULL);
  leyden_random_init (&b, leyden_fnv1a64 ("42", 2));
  g_assert_cmpuint (leyden_random_u64 (&a), ==, leyden_random_u64 (&b));
}

static void
test_ranges (void)
{
  LeydenRandom random;
  double x[4000];
  guint counts[7] = { 0 };

  leyden_random_init (&random, 1);
  for (guint i = 0; i < G_N_ELEMENTS (x); i++)
    {
      double u = leyden_random_u01 (&random);

      g_assert_true (u >= 0 && u < 1);
      counts[leyden_random_below (&random, 7)]++;
      x[i] = leyden_random_normal (&random);
      g_assert_true (isfinite (x[i]));
    }
  for (guint i = 0; i < 7; i++)
    g_assert_cmpuint (counts[i], >, 450);
  g_assert_cmpfloat_with_epsilon (leyden_stats_mean (x, G_N_ELEMENTS (x)), 0, 0.06);
  g_assert_cmpfloat_with_epsilon (leyden_stats_sd (x, G_N_ELEMENTS (x)), 1, 0.05);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/id/uuid7", test_uuid7);
  g_test_add_func ("/id/uuid7-threads", test_uuid7_threads);
  g_test_add_func ("/id/node", test_node);
  g_test_add_func ("/id/key", test_key);
  g_test_add_func ("/id/secure-equal", test_equal);
  g_test_add_func ("/random/substream", test_substream);
  g_test_add_func ("/random/ranges", test_ranges);
  return g_test_run ();
}
