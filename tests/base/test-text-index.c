/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-text-index.h"

static const char * const texts[] = {
  "The red fox jumps", "A red car", "Blue cars and a red-hot Café", "nothing of the kind", "", "red red red red",
};

static GArray *
search (LeydenTextIndex *index,
        const char      *query,
        LeydenTextMatch  match,
        guint            k)
{
  g_autoptr(GError) error = NULL;
  GArray *hits = leyden_text_index_search (index, query, match, k, &error);

  g_assert_no_error (error);
  return hits;
}

static void
test_search (void)
{
  static const struct
  {
    const char      *query;
    LeydenTextMatch  match;
    gboolean         stem;
    int              documents[4];      /* −1 ends */
  } cases[] = {
    { "fox", LEYDEN_TEXT_MATCH_ANY, FALSE, { 0, -1 } },
    { "FOX!", LEYDEN_TEXT_MATCH_ANY, FALSE, { 0, -1 } },
    { "cafe", LEYDEN_TEXT_MATCH_ANY, FALSE, { 2, -1 } },
    { "car", LEYDEN_TEXT_MATCH_ANY, FALSE, { 1, -1 } },
    { "car", LEYDEN_TEXT_MATCH_ANY, TRUE, { 1, 2, -1 } },
    { "red car", LEYDEN_TEXT_MATCH_ALL, FALSE, { 1, -1 } },
    { "red fox", LEYDEN_TEXT_MATCH_PHRASE, FALSE, { 0, -1 } },
    { "fox red", LEYDEN_TEXT_MATCH_PHRASE, FALSE, { -1 } },
    { "absent", LEYDEN_TEXT_MATCH_ANY, FALSE, { -1 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenTextIndex) index = leyden_text_index_new (texts, G_N_ELEMENTS (texts), cases[i].stem, &error);
      g_autoptr(GArray) hits = NULL;
      guint n = 0;

      g_assert_no_error (error);
      g_assert_cmpuint (leyden_text_index_get_n (index), ==, G_N_ELEMENTS (texts));
      hits = search (index, cases[i].query, cases[i].match, 10);
      for (; cases[i].documents[n] >= 0; n++)
        {
          g_assert_cmpuint (n, <, hits->len);
          g_assert_cmpint ((int) g_array_index (hits, LeydenTextHit, n).document, ==, cases[i].documents[n]);
        }
      g_assert_cmpuint (hits->len, ==, n);
    }
}

/* Best first, equals in order, at most k; a rare word counts more than a common one. */
static void
test_order (void)
{
  g_autoptr(LeydenTextIndex) index = leyden_text_index_new (texts, G_N_ELEMENTS (texts), FALSE, NULL);
  g_autoptr(GArray) hits = search (index, "red fox", LEYDEN_TEXT_MATCH_ANY, 2);
  g_autoptr(GArray) all = search (index, "red", LEYDEN_TEXT_MATCH_ANY, 10);

  g_assert_cmpuint (hits->len, ==, 2);
  g_assert_cmpuint (g_array_index (hits, LeydenTextHit, 0).document, ==, 0);
  g_assert_cmpfloat (g_array_index (hits, LeydenTextHit, 0).score, >, g_array_index (hits, LeydenTextHit, 1).score);
  g_assert_cmpuint (all->len, ==, 4);
  for (guint i = 1; i < all->len; i++)
    g_assert_cmpfloat (g_array_index (all, LeydenTextHit, i - 1).score, >=, g_array_index (all, LeydenTextHit, i).score);
}

/* The search language of FTS5, quotes and odd bytes are words or nothing. */
static void
test_hostile (void)
{
  g_autofree char *long_query = g_strnfill (1000000, 'a');
  g_autofree char *many = g_strjoinv ("a b ", (char *[]) { long_query, long_query, NULL });
  const char * const queries[] = {
    "", "  ", "\"", "\"red", "red\" OR \"fox", "red AND", "NOT red", "NEAR(red fox)", "body:red", "*", "red*", "^red", "(", "))", "-red", "'; DROP TABLE t; --",
    "\xff\xfe", "red\xc0\xaf", "{a b}: red", "\xe2\x80\xae" "red", "rowid", "t MATCH", long_query, many,
  };
  g_autoptr(LeydenTextIndex) index = leyden_text_index_new (texts, G_N_ELEMENTS (texts), FALSE, NULL);
  g_autoptr(LeydenTextIndex) empty = leyden_text_index_new (NULL, 0, FALSE, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (queries); i++)
    for (guint match = 0; match < 3; match++)
      {
        g_autoptr(GArray) hits = search (index, queries[i], match, 10);
        g_autoptr(GArray) none = search (empty, queries[i], match, 10);

        g_assert_cmpuint (none->len, ==, 0);
      }
  {
    g_autoptr(GArray) hits = search (index, "red", LEYDEN_TEXT_MATCH_ANY, 10);

    g_assert_cmpuint (hits->len, ==, 4);
  }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text-index/search", test_search);
  g_test_add_func ("/text-index/order", test_order);
  g_test_add_func ("/text-index/hostile", test_hostile);
  return g_test_run ();
}
