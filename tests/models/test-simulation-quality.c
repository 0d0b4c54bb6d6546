/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "leyden-simulation.h"
#include "leyden-value.h"
#include "../../src/models/leyden-simulation-private.h"

typedef struct
{
  guint64     seed;
  const char *family;
  const char *item;
  const char *features;
  guint       junk;
  double      temperature;
  guint64     n;
  guint       shots;
  double      eta;
  double      margin;
  gboolean    correct;
} Case;

static const Case cases[] = {
  { 42, "arith", "a-0001", "", 0, 0.0, 0, 0, -0.601206925255, -2.089524368094, FALSE },
  { 42, "arith", "a-0001", "format,steps", 0, 0.0, 0, 0, 1.698793074745, 0.210475631906, TRUE },
  { 42, "extract", "e-0007", "format", 1, 0.7, 0, 0, 1.358102985441, -3.366909768093, FALSE },
  { 42, "extract", "e-0007", "format", 1, 0.7, 1, 2, 2.071336110766, -3.089938289987, FALSE },
  { 7, "route", "r-0100", "define,labels", 0, 1.0, 3, 4, 3.515138613906, 4.494485322553, TRUE },
  { 7, "tool", "t-0003", "", 0, 0.2, 0, 0, -0.654731843011, -1.585042978677, FALSE },
};

static char **
split_features (const char *text)
{
  return *text == '\0' ? g_new0 (char *, 1) : g_strsplit (text, ",", -1);
}

static void
test_check_values (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case *c = &cases[i];
      g_auto(GStrv) features = split_features (c->features);
      LeydenSimulationQuality quality;

      g_assert_true (leyden_simulation_quality (c->seed, c->family, c->item, (const char * const *) features, c->junk,
                                                c->temperature, c->n, c->shots, 0.0, &quality));
      g_assert_cmpfloat_with_epsilon (quality.eta, c->eta, 1e-11);
      g_assert_cmpfloat_with_epsilon (quality.margin, c->margin, 1e-11);
      g_assert_cmpint (quality.correct, ==, c->correct);
    }
}

static void
test_signature (void)
{
  const char * const none[] = { NULL };
  const char * const two[] = { "format", "steps", NULL };
  g_autofree char *empty = leyden_simulation_signature (none, 0);
  g_autofree char *signature = leyden_simulation_signature (two, 0);

  g_assert_cmpstr (empty, ==, "08e31007b58142b1");
  g_assert_cmpstr (signature, ==, "cd1702840829af25");
}

static void
test_unknown_family (void)
{
  const char * const none[] = { NULL };
  LeydenSimulationQuality quality;

  g_assert_false (leyden_simulation_quality (42, "free", "x", none, 0, 0, 0, 0, 0, &quality));
}

/* Adding a useful feature never loses an item at temperature 0, and the share of items won follows the logistic curve. */
static void
test_common_random_numbers (void)
{
  const char * const before[] = { "format", NULL };
  const char * const after[] = { "format", "steps", NULL };
  guint n_before = 0, n_after = 0;
  double expected = 0.0;

  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *item = g_strdup_printf ("item-%u", i);
      LeydenSimulationQuality a, b;

      g_assert_true (leyden_simulation_quality (42, "arith", item, before, 0, 0, 0, 0, 0, &a));
      g_assert_true (leyden_simulation_quality (42, "arith", item, after, 0, 0, 0, 0, 0, &b));
      g_assert_true (b.correct || !a.correct);
      n_before += a.correct;
      n_after += b.correct;
      expected += leyden_simulation_logistic (b.eta);
    }
  g_assert_cmpuint (n_after, >, n_before);
  g_assert_cmpfloat (fabs (n_after - expected), <, 3.5 * sqrt (expected * (1 - expected / 2000)));
}

typedef struct
{
  const char *text;
  const char *features;
  guint       junk;
} Reading;

static const Reading readings[] = {
  { "Solve the problem.", "", 0 },
  { "Solve it Step\n  by step.\nAnswer: <number>", "format,steps", 0 },
  { "Use the calculator. Double-check. Convert the units.", "calc,check,units", 0 },
  { "Solve it. Do your best. Be smart!", "", 2 },
  { "Write the result. Write the result. Write the result.", "", 2 },
  { "Think step by step. Give it without explanation.", "steps", 1 },
  { "", "", 0 },
};

static void
test_reading (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (readings); i++)
    {
      g_auto(LeydenSimulationReading) reading = { 0 };
      g_autofree char *names = NULL;

      leyden_simulation_read_prompt ("arith", readings[i].text, strlen (readings[i].text), &reading);
      g_ptr_array_add (reading.features, NULL);
      names = g_strjoinv (",", (char **) reading.features->pdata);
      g_assert_cmpstr (names, ==, readings[i].features);
      g_assert_cmpuint (reading.junk, ==, readings[i].junk);
    }
}

static void
test_reading_length (void)
{
  static const struct { gsize length; guint junk; } lengths[] = { { 600, 0 }, { 999, 0 }, { 1000, 1 }, { 1400, 2 } };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_auto(LeydenSimulationReading) reading = { 0 };
      g_autofree char *text = g_strnfill (lengths[i].length, 'x');

      leyden_simulation_read_prompt ("arith", text, lengths[i].length, &reading);
      g_assert_cmpuint (reading.junk, ==, lengths[i].junk);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/simulation/quality/check-values", test_check_values);
  g_test_add_func ("/simulation/quality/signature", test_signature);
  g_test_add_func ("/simulation/quality/unknown-family", test_unknown_family);
  g_test_add_func ("/simulation/quality/common-random-numbers", test_common_random_numbers);
  g_test_add_func ("/simulation/prompt/features-and-junk", test_reading);
  g_test_add_func ("/simulation/prompt/length", test_reading_length);
  return g_test_run ();
}
