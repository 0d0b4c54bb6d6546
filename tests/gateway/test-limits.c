/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sliding window, rollout keys and named keys by themselves, with a clock of the test's. */
#include <string.h>

#include "leyden-json.h"
#include "leyden-key.h"
#include "leyden-rate-limiter.h"
#include "leyden-rollout-key.h"

#define NS_PER_S G_GINT64_CONSTANT (1000000000)

/* Whatever the arrivals, no window of the length holds more than the limit; and who was told to wait and waited is let through. */
static void
test_window (void)
{
  static const struct
  {
    guint limit;
    guint window_ms;
    guint gap_ms;               /* mean */
  } cases[] = { { 1, 1000, 100 }, { 5, 1000, 50 }, { 100, 60000, 300 }, { 7, 10, 1 }, { 3, 1, 1 }, { 1000, 1000, 1 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenRateLimiter) limiter = leyden_rate_limiter_new (4);
      g_autoptr(GArray) taken = g_array_new (FALSE, FALSE, sizeof (gint64));
      g_autoptr(GRand) random = g_rand_new_with_seed (7);
      gint64 now_ms = g_rand_int_range (random, 0, 100000);
      guint n_refused = 0;

      for (guint n = 0; n < 5000; n++)
        {
          guint wait_ms;

          now_ms += g_rand_int_range (random, 0, (int) (2 * cases[i].gap_ms + 1));
          wait_ms = leyden_rate_limiter_take (limiter, "a", cases[i].limit, cases[i].window_ms, now_ms);
          if (wait_ms > 0 && g_rand_boolean (random))
            {
              n_refused++;
              g_assert_cmpuint (wait_ms, <=, cases[i].window_ms + cases[i].window_ms / 8 + 32);
              now_ms += wait_ms;
              wait_ms = leyden_rate_limiter_take (limiter, "a", cases[i].limit, cases[i].window_ms, now_ms);
              g_assert_cmpuint (wait_ms, ==, 0);
            }
          if (wait_ms == 0)
            g_array_append_val (taken, now_ms);
        }
      for (guint n = cases[i].limit; n < taken->len; n++)
        g_assert_cmpint (g_array_index (taken, gint64, n) - g_array_index (taken, gint64, n - cases[i].limit), >=, cases[i].window_ms);
      g_test_message ("%u in %u ms: %u taken, %u waited", cases[i].limit, cases[i].window_ms, taken->len, n_refused);
      g_assert_cmpuint (taken->len, >, cases[i].limit);
    }
}

static void
test_apart (void)
{
  g_autoptr(LeydenRateLimiter) limiter = leyden_rate_limiter_new (2);

  g_assert_cmpuint (leyden_rate_limiter_take (limiter, "a", 1, 1000, 0), ==, 0);
  g_assert_cmpuint (leyden_rate_limiter_take (limiter, "b", 1, 1000, 0), ==, 0);
  g_assert_cmpuint (leyden_rate_limiter_take (limiter, "a", 1, 1000, 1), >, 0);
  g_assert_cmpuint (leyden_rate_limiter_peek (limiter, "b", 1000, 1), ==, 1);
  /* "b" asked longest ago and is forgotten for "c". */
  g_assert_cmpuint (leyden_rate_limiter_count (limiter, "c", 1000, 1), ==, 1);
  g_assert_cmpuint (leyden_rate_limiter_peek (limiter, "b", 1000, 1), ==, 0);
  g_assert_cmpuint (leyden_rate_limiter_peek (limiter, "a", 1000, 1), ==, 1);
  g_assert_cmpuint (leyden_rate_limiter_peek (limiter, "a", 1000, 5000), ==, 0);
}

static void
test_groups (void)
{
  static const char * const cases[][2] = {
    { "127.0.0.1", "127.0.0.1" }, { "203.0.113.9", "203.0.113.9" }, { "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" }, { "::1", "::" }, { "", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      char out[46];

      leyden_rate_limiter_group (cases[i][0], out, sizeof out);
      g_assert_cmpstr (out, ==, cases[i][1]);
    }
}

/* ---- Rollout keys ---- */

static const guint8 secret[LEYDEN_ROLLOUT_SECRET_SIZE] = "0123456789abcdef0123456789abcde";

static gboolean
reads (const guint8 *with,
       const char   *key,
       gint64        now_ns,
       const char   *rollout,
       const char   *attempt)
{
  g_autofree char *found_rollout = NULL;
  g_autofree char *found_attempt = NULL;

  if (!leyden_rollout_key_read (with, key, now_ns, &found_rollout, &found_attempt))
    return FALSE;
  g_assert_cmpstr (found_rollout, ==, rollout);
  g_assert_cmpstr (found_attempt, ==, attempt);
  return TRUE;
}

static void
test_rollout_key (void)
{
  static const char * const names[][2] = { { "r", "0" }, { "a.b/c d", "x.y" }, { "ü\n", "" }, { "", "0" }, { "0123456789012345678901234567890123456789", "7" } };
  guint8 other[LEYDEN_ROLLOUT_SECRET_SIZE];

  memcpy (other, secret, sizeof other);
  other[31] ^= 1;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *key = leyden_rollout_key_make (secret, names[i][0], names[i][1], 1000 * NS_PER_S + 1);

      /* Nothing in it needs quoting. */
      g_assert_cmpuint (strspn (key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."), ==, strlen (key));
      g_assert_true (reads (secret, key, 0, names[i][0], names[i][1]));
      g_assert_true (reads (secret, key, 1001 * NS_PER_S - 1, names[i][0], names[i][1]));
      g_assert_false (reads (secret, key, 1001 * NS_PER_S, names[i][0], names[i][1]));
      g_assert_false (reads (other, key, 0, NULL, NULL));
      /* Every character counts. */
      for (gsize j = 0; key[j] != '\0'; j++)
        {
          g_autofree char *changed = g_strdup (key);
          g_autofree char *shorter = g_strndup (key, j);

          changed[j] = changed[j] == 'A' ? 'B' : 'A';
          g_assert_false (reads (secret, changed, 0, NULL, NULL));
          g_assert_false (reads (secret, shorter, 0, NULL, NULL));
        }
    }
}

/* ---- Named keys ---- */

static LeydenKey *
make_key (const char *json)
{
  g_autoptr(LeydenValue) value = leyden_json_parse (json, -1, NULL, NULL);
  g_autoptr(GError) error = NULL;
  LeydenKey *key = leyden_key_from_request (value, "me", 100 * NS_PER_S, &error);

  g_assert_no_error (error);
  return key;
}

static gint64
get_end (LeydenKey *key,
         guint      i)
{
  return leyden_key_get_end (key, &g_array_index (key->secrets, LeydenKeySecret, i));
}

static void
test_rotation (void)
{
  g_autoptr(LeydenKey) key = make_key ("{\"name\": \"a\", \"role\": \"author\", \"expires_s\": 1000}");
  g_autofree char *first = leyden_key_rotate (key, 0, 100 * NS_PER_S);
  g_autofree char *second = NULL;
  g_autofree char *digest = NULL;
  g_autoptr(LeydenValue) stored = NULL;
  g_autoptr(LeydenKey) again = NULL;

  g_assert_cmpuint (key->secrets->len, ==, 1);
  g_assert_cmpint (get_end (key, 0), ==, 1100 * NS_PER_S);
  second = leyden_key_rotate (key, 60, 200 * NS_PER_S);
  g_assert_cmpstr (first, !=, second);
  g_assert_cmpuint (key->secrets->len, ==, 2);
  g_assert_cmpint (get_end (key, 0), ==, 260 * NS_PER_S);
  /* A later overlap gives nobody more time than was said. */
  g_free (leyden_key_rotate (key, 3600, 210 * NS_PER_S));
  g_assert_cmpint (get_end (key, 0), ==, 260 * NS_PER_S);
  g_assert_cmpint (get_end (key, 1), ==, 1100 * NS_PER_S);
  digest = leyden_key_digest (second);
  g_assert_cmpstr (g_array_index (key->secrets, LeydenKeySecret, 1).sha256, ==, digest);
  stored = leyden_key_to_value (key);
  again = leyden_key_from_value ("a", stored, NULL);
  g_assert_nonnull (again);
  g_assert_cmpuint (again->secrets->len, ==, 3);
  g_assert_cmpint (get_end (again, 0), ==, 260 * NS_PER_S);
  g_assert_cmpint (again->role, ==, LEYDEN_ROLE_AUTHOR);
  /* Never more than a few at once; what has ended goes. */
  for (guint i = 0; i < 10; i++)
    g_free (leyden_key_rotate (key, 3600, 220 * NS_PER_S));
  g_assert_cmpuint (key->secrets->len, ==, LEYDEN_KEY_MAX_SECRETS);
  g_free (leyden_key_rotate (key, 0, 230 * NS_PER_S));
  g_assert_cmpuint (key->secrets->len, ==, 1);
}

/* What somebody wrote into the database is no key. */
static void
test_damaged (void)
{
  static const char * const bad[] = {
    "{}", "[]", "{\"role\": \"rollout\", \"secrets\": []}", "{\"role\": \"admin\", \"secrets\": [{\"sha256\": \"x\"}]}", "{\"role\": \"admin\", \"secrets\": [1]}",
    "{\"role\": \"admin\", \"rate_limit\": {\"requests\": -1, \"seconds\": 1}}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(LeydenValue) value = leyden_json_parse (bad[i], -1, NULL, NULL);
      g_autoptr(GError) error = NULL;

      g_assert_null (leyden_key_from_value ("a", value, &error));
      g_assert_nonnull (error);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/limits/window", test_window);
  g_test_add_func ("/limits/apart", test_apart);
  g_test_add_func ("/limits/groups", test_groups);
  g_test_add_func ("/rollout-key", test_rollout_key);
  g_test_add_func ("/key/rotation", test_rotation);
  g_test_add_func ("/key/damaged", test_damaged);
  return g_test_run ();
}
