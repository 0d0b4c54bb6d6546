/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "leyden-fuzzy.h"

static guint
score (const char *query,
       const char *title,
       const char *keywords)
{
  g_autofree char *a = leyden_fuzzy_fold (query);
  g_autofree char *b = leyden_fuzzy_fold (title);
  g_autofree char *c = keywords != NULL ? leyden_fuzzy_fold (keywords) : NULL;

  return leyden_fuzzy_score (a, b, c);
}

static void
test_found (void)
{
  static const struct
  {
    const char *query, *title, *keywords;
    gboolean    found;
  } cases[] = {
    { "", "Save", NULL, TRUE },
    { "save", "Save As…", NULL, TRUE },
    { "svas", "Save As…", NULL, TRUE },
    { "as save", "Save As…", NULL, TRUE },
    { "  as   save ", "Save As…", NULL, TRUE },
    { "xave", "Save As…", NULL, FALSE },
    { "evas", "Save As…", NULL, FALSE },
    { "saves", "Save", NULL, FALSE },
    { "layout", "Arrange", "layout tidy", TRUE },
    { "lay arr", "Arrange", "layout tidy", TRUE },
    { "out", "Arrange", "layout tidy", FALSE },
    { "lyt", "Arrange", "layout tidy", FALSE },
    { "uber", "Über Leyden", NULL, TRUE },
    { "ÜBER", "uber leyden", NULL, TRUE },
    { "strasse", "Straße", NULL, TRUE },
    { "تشغيل", "تشغيل الآن", NULL, TRUE },
    { "x", "", NULL, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s / %s", cases[i].query, cases[i].title);
      g_assert_cmpint (score (cases[i].query, cases[i].title, cases[i].keywords) > 0, ==, cases[i].found);
    }
}

/* What a person means by the letters comes first. */
static void
test_order (void)
{
  static const struct
  {
    const char *query, *first, *second;
  } cases[] = {
    { "run", "Run", "Cut Around" },
    { "run", "Run", "Run over the Data Set" },
    { "run", "Run over the Data Set", "Go to Runs" },
    { "sa", "Save As…", "Canvas" },
    { "sa", "Select All", "Canvas" },
    { "zo", "Zoom Out", "Freeze Out" },
    { "out", "Outline", "Zoom Out" },
    { "copy", "Copy", "Keep On, Carry" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s / %s", cases[i].query, cases[i].first);
      g_assert_cmpuint (score (cases[i].query, cases[i].first, NULL), >, score (cases[i].query, cases[i].second, NULL));
    }
  g_assert_cmpuint (score ("layout", "Layout", NULL), >, score ("layout", "Arrange", "layout"));
}

/* Longer than what is looked at: no fault, and no hit in what was not looked at. */
static void
test_long (void)
{
  g_autofree char *title = g_strnfill (100000, 'a');
  g_autofree char *query = g_strnfill (100000, 'a');

  g_assert_cmpuint (leyden_fuzzy_score ("aaa", title, title), >, 0);
  g_assert_cmpuint (leyden_fuzzy_score (query, title, NULL), >, 0);
  g_assert_cmpuint (leyden_fuzzy_score ("b", title, title), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fuzzy/found", test_found);
  g_test_add_func ("/fuzzy/order", test_order);
  g_test_add_func ("/fuzzy/long", test_long);
  return g_test_run ();
}
