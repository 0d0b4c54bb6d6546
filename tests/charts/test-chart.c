/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model: answers, order, smoothing, words, CSV; and whatever may come. */
#include <math.h>

#include "leyden-chart-plot.h"
#include "leyden-chart-track.h"
#include "leyden-chart-write.h"
#include "leyden-json.h"

static LeydenValue *
parse (const char *json)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (json, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static LeydenChart *
make (LeydenChartKind  kind,
      const char      *json,
      const char      *options)
{
  g_autoptr(LeydenValue) result = parse (json);
  g_autoptr(LeydenValue) how = options != NULL ? parse (options) : NULL;
  LeydenChart *chart = leyden_chart_new (kind);

  leyden_chart_set_result (chart, kind, result, how);
  return chart;
}

static void
assert_point (LeydenChart *chart,
              guint        series,
              guint        index,
              double       x,
              double       y)
{
  double px, py;

  g_assert_true (leyden_chart_get_point (chart, series, index, &px, &py, NULL, NULL));
  g_assert_cmpfloat (px, ==, x);
  if (isnan (y))
    g_assert_true (isnan (py));
  else
    g_assert_cmpfloat (py, ==, y);
}

/* --- answers --- */

static void
test_result (void)
{
  g_autoptr(LeydenChart) chart = make (LEYDEN_CHART_KIND_LINE, "{\"shape\":\"time\",\"unit\":\"ms\",\"simulated\":\"some\",\"invalid\":2,\"exact\":false,"
                                       "\"series\":[{\"name\":\"a\",\"x\":[3,1,2],\"y\":[30,10,null],\"low\":[29,9,null],\"high\":[31,11,null],\"keys\":[\"c\",\"a\",\"b\"]},"
                                       "{\"name\":\"b\",\"x\":[],\"y\":[]}]}", "{\"title\":\"T\",\"zone\":\"Europe/Berlin\",\"log_y\":true}");
  g_autofree char *words = leyden_chart_describe (chart);
  double x, y, low, high;
  gboolean log_x, log_y;

  g_assert_cmpuint (leyden_chart_get_n_series (chart), ==, 2);
  g_assert_cmpint (leyden_chart_get_x (chart), ==, LEYDEN_CHART_X_TIME);
  g_assert_cmpstr (leyden_chart_get_unit (chart), ==, "ms");
  g_assert_cmpstr (leyden_chart_get_title (chart), ==, "T");
  leyden_chart_get_log (chart, &log_x, &log_y);
  g_assert_true (log_y && !log_x);
  /* In the order of x, with all that goes along. */
  assert_point (chart, 0, 0, 1, 10);
  assert_point (chart, 0, 1, 2, NAN);
  assert_point (chart, 0, 2, 3, 30);
  g_assert_true (leyden_chart_get_point (chart, 0, 2, &x, &y, &low, &high));
  g_assert_cmpfloat (low, ==, 29);
  g_assert_cmpfloat (high, ==, 31);
  g_assert_cmpstr (leyden_chart_get_key (chart, 0, 0), ==, "a");
  g_assert_cmpstr (leyden_chart_get_key (chart, 0, 2), ==, "c");
  g_assert_null (leyden_chart_get_key (chart, 1, 0));
  g_assert_false (leyden_chart_get_point (chart, 0, 3, &x, &y, NULL, NULL));
  g_assert_false (leyden_chart_get_point (chart, 2, 0, &x, &y, NULL, NULL));
  g_assert_nonnull (strstr (words, "2 values are no numbers"));
  g_assert_nonnull (strstr (words, "Partly simulated"));
  g_assert_nonnull (strstr (words, "within 1 %"));
}

/* Answers of any form: nothing of them may fail, and the painting of none. */
static void
test_any_result (void)
{
  static const char * const results[] = {
    "null", "[]", "{}", "1", "{\"series\":5}", "{\"series\":[]}", "{\"series\":[null,5,\"x\",[],{}]}", "{\"series\":[{\"x\":5,\"y\":[1]}]}",
    "{\"series\":[{\"name\":5,\"x\":[1,2],\"y\":[1]}]}", "{\"series\":[{\"x\":[1],\"y\":[1,2,3]}]}", "{\"series\":[{\"x\":[null,null],\"y\":[1,2]}]}",
    "{\"series\":[{\"x\":[1e308,-1e308,0],\"y\":[-1e308,1e308,0]}]}", "{\"series\":[{\"x\":[1,1,1],\"y\":[5,5,5]}]}",
    "{\"series\":[{\"x\":[1],\"y\":[1e308],\"low\":[-1e308],\"high\":[1e308]}]}", "{\"series\":[{\"x\":[5],\"y\":[null]}]}",
    "{\"series\":[{\"x\":[1,2],\"y\":[0,-5],\"low\":[1],\"high\":[]}]}", "{\"series\":[{\"x\":[\"a\",null,true,{},3],\"y\":[1,2,3,4,5]}]}",
    "{\"shape\":\"time\",\"interval_s\":-5,\"series\":[{\"x\":[-9e18,9e18],\"y\":[1,2]}]}", "{\"shape\":\"time\",\"interval_s\":1e300,\"series\":[{\"x\":[0],\"y\":[1]}]}",
    "{\"shape\":\"histogram\",\"series\":[{\"x\":[0,1],\"x_end\":[null,0],\"y\":[1,2]}]}", "{\"shape\":\"heat\",\"series\":[{\"x\":[0,1],\"y\":[7,7]}]}",
    "{\"columns\":[],\"rows\":[]}", "{\"columns\":5,\"rows\":5}", "{\"columns\":[{\"name\":\"a\"},{}],\"rows\":[[1],[],null,[1,2,3,4]]}",
    "{\"columns\":[{\"name\":\"x\"},{\"name\":\"y\"}],\"rows\":[[1,2],[3,4]]}", "{\"series\":[{\"x\":[0,1e-320,5e-324],\"y\":[5e-324,1e-320,0]}]}",
    "{\"unit\":\"<b>&\\u202e\",\"title\":\"\\u202e</svg>\",\"warnings\":[\"<script>\",5],\"series\":[{\"name\":\"\\u0007\",\"x\":[1],\"y\":[1]}]}",
  };
  static const char * const options[] = {
    "null", "{\"log_x\":true,\"log_y\":true}", "{\"smoothing\":0.99,\"points\":true,\"stacked\":true}", "{\"smoothing\":1e300,\"min\":5,\"max\":-5}",
    "{\"from\":10,\"to\":5,\"zone\":\"Mars/Base\"}", "{\"from\":1e308,\"to\":-1e308}", "{\"min\":1e308,\"max\":1e308}", "{\"zone\":\"Europe/Berlin\",\"title\":5}",
  };
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 200, 120);
  cairo_t *cr = cairo_create (surface);

  for (guint r = 0; r < G_N_ELEMENTS (results); r++)
    for (guint o = 0; o < G_N_ELEMENTS (options); o++)
      for (guint kind = 0; kind < LEYDEN_N_CHART_KINDS; kind++)
        {
          g_autoptr(LeydenChart) chart = make ((LeydenChartKind) kind, results[r], options[o]);
          g_autoptr(LeydenChart) copy = leyden_chart_copy (chart);
          g_autofree char *words = leyden_chart_describe (chart);
          g_autofree char *csv = leyden_chart_to_csv (chart);
          g_autofree char *copied = leyden_chart_to_csv (copy);
          LeydenChartStyle style;
          g_autoptr(LeydenChartPlot) plot = NULL;
          guint series, index = LEYDEN_CHART_NONE;

          g_assert_true (g_utf8_validate (words, -1, NULL) && g_utf8_validate (csv, -1, NULL));
          g_assert_cmpstr (csv, ==, copied);
          leyden_chart_style_init (&style, o % 2 == 1);
          style.mirrored = r % 2 == 1;
          leyden_chart_paint (chart, cr, 200, 120, &style);
          leyden_chart_paint (copy, cr, 5, 3, &style);
          plot = leyden_chart_plot_new (chart, &style, NULL, 200, 120);
          if (leyden_chart_plot_find (plot, 100, 60, &series, &index))
            {
              g_autofree char *point = leyden_chart_describe_point (chart, series, index);

              g_assert_nonnull (point);
            }
          index = LEYDEN_CHART_NONE;
          leyden_chart_plot_step (plot, 0, &index, 1);
        }
  g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

static void
note_cb (LeydenChart *chart,
         double       x,
         double      *from)
{
  *from = x;
}

/* What goes on from what is shown says so; what does not, does not. */
static void
test_goes_on (void)
{
  static const struct { const char *result, *options; double from; } steps[] = {
    { "{\"shape\":\"time\",\"series\":[{\"name\":\"a\",\"x\":[1,2,3],\"y\":[1,2,3]}]}", NULL, -INFINITY },
    { "{\"shape\":\"time\",\"series\":[{\"name\":\"a\",\"x\":[1,2,3],\"y\":[1,2,3]}]}", NULL, 3 },
    { "{\"shape\":\"time\",\"series\":[{\"name\":\"a\",\"x\":[1,2,3,4],\"y\":[1,2,3,4]}]}", NULL, 3 },
    { "{\"shape\":\"time\",\"series\":[{\"name\":\"a\",\"x\":[2,3,4,5],\"y\":[2,3,9,4]}]}", NULL, 3 },
    { "{\"shape\":\"time\",\"series\":[{\"name\":\"b\",\"x\":[2,3,4,5],\"y\":[2,3,9,4]}]}", NULL, -INFINITY },
    { "{\"shape\":\"time\",\"unit\":\"ms\",\"series\":[{\"name\":\"b\",\"x\":[2,3,4,5],\"y\":[2,3,9,4]}]}", NULL, -INFINITY },
    { "{\"shape\":\"time\",\"unit\":\"ms\",\"series\":[{\"name\":\"b\",\"x\":[2,3,4,5],\"y\":[2,null,9,4]}]}", NULL, 2 },
    { "{\"shape\":\"time\",\"unit\":\"ms\",\"series\":[{\"name\":\"b\",\"x\":[2,3,4,5],\"y\":[2,null,9,4]}]}", "{\"smoothing\":0.5}", -INFINITY },
    { "{\"shape\":\"time\",\"unit\":\"ms\",\"series\":[{\"name\":\"b\",\"x\":[2,3,4,5,6],\"y\":[2,null,9,4,5]}]}", "{\"smoothing\":0.5}", 5 },
    { "{\"shape\":\"time\",\"unit\":\"ms\",\"series\":[{\"name\":\"b\",\"x\":[3,4,5,6],\"y\":[null,9,4,5]}]}", "{\"smoothing\":0.5}", -INFINITY },
    { "{\"shape\":\"time\",\"unit\":\"ms\",\"series\":[]}", NULL, -INFINITY },
  };
  g_autoptr(LeydenChart) chart = leyden_chart_new (LEYDEN_CHART_KIND_LINE);
  double from = 0;

  g_signal_connect (chart, "changed", G_CALLBACK (note_cb), &from);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr(LeydenValue) result = parse (steps[i].result);
      g_autoptr(LeydenValue) options = steps[i].options != NULL ? parse (steps[i].options) : NULL;

      leyden_chart_set_result (chart, LEYDEN_CHART_KIND_LINE, result, options);
      g_test_message ("step %u", i);
      g_assert_cmpfloat (from, ==, steps[i].from);
    }
}

/* --- smoothing --- */

static void
test_smoothing (void)
{
  g_autoptr(LeydenChart) chart = leyden_chart_new (LEYDEN_CHART_KIND_LINE);
  const double x[] = { 0, 1, 2, 3, 4 }, y[] = { 10, 0, NAN, 20, 5 };
  g_autofree char *first = NULL;
  g_autofree char *fourth = NULL;
  g_autofree char *all = NULL;

  leyden_chart_add_series (chart, "r");
  leyden_chart_set_smoothing (chart, 0.5);
  for (guint i = 0; i < 5; i++)
    leyden_chart_append (chart, 0, &x[i], &y[i], NULL, NULL, 1);
  first = leyden_chart_describe_point (chart, 0, 0);
  fourth = leyden_chart_describe_point (chart, 0, 3);
  all = leyden_chart_describe (chart);
  /* The first is itself; then (0.5·(0.5·10) + 0.5·0 …) with the weights that are there: 10; 10/3; gap; (0.125·10 + 0.25·0 + 0.5·20)/0.875. */
  g_assert_cmpstr (first, ==, "r, 0: 10, smoothed 10");
  g_assert_cmpstr (fourth, ==, "r, 3: 20, smoothed 12.86");
  /* What is read is what was measured, and that it is smoothed is said. */
  g_assert_nonnull (strstr (all, "highest 20 at 3"));
  g_assert_nonnull (strstr (all, "Smoothed with 0.5"));
}

/* --- order --- */

static void
test_unsorted (void)
{
  g_autoptr(LeydenChart) chart = leyden_chart_new (LEYDEN_CHART_KIND_LINE);
  const double x[] = { 5, 3, NAN, 4, 3, INFINITY, -1e308 }, y[] = { 50, 30, 1, INFINITY, 31, 2, -1e308 };
  double from = 0, more = 6, less = 1, value = 7;
  g_autofree char *words = NULL;

  leyden_chart_add_series (chart, "s");
  g_signal_connect (chart, "changed", G_CALLBACK (note_cb), &from);
  leyden_chart_append (chart, 0, x, y, NULL, NULL, 7);
  g_assert_cmpuint (leyden_chart_get_n_points (chart, 0), ==, 5);
  assert_point (chart, 0, 0, -1e308, -1e308);
  assert_point (chart, 0, 1, 3, 30);
  assert_point (chart, 0, 2, 3, 31);
  assert_point (chart, 0, 3, 4, NAN);
  assert_point (chart, 0, 4, 5, 50);
  leyden_chart_append (chart, 0, &more, &value, NULL, NULL, 1);
  g_assert_cmpfloat (from, ==, 5);
  leyden_chart_append (chart, 0, &less, &value, NULL, NULL, 1);
  g_assert_cmpfloat (from, ==, -INFINITY);
  assert_point (chart, 0, 1, 1, 7);
  words = leyden_chart_describe (chart);
  g_assert_nonnull (strstr (words, "3 values are no numbers"));
}

/* --- a table as another kind --- */

static void
test_columns (void)
{
  g_autoptr(LeydenChart) chart = make (LEYDEN_CHART_KIND_SCATTER, "{\"columns\":[{\"name\":\"rollout\"},{\"name\":\"x\"},{\"name\":\"reward\"}],"
                                       "\"rows\":[[\"r2\",2,0.5],[\"r1\",1,0.25],[\"r3\",null,1],[\"r4\",4,null]]}", NULL);
  g_autoptr(LeydenChart) split = make (LEYDEN_CHART_KIND_BAR, "{\"columns\":[{\"name\":\"flow\"},{\"name\":\"series\"},{\"name\":\"cost\"}],"
                                       "\"rows\":[[\"f\",\"now\",2],[\"g\",\"now\",3],[\"f\",\"before\",1]]}", NULL);

  g_assert_cmpuint (leyden_chart_get_n_series (chart), ==, 1);
  g_assert_cmpstr (leyden_chart_get_series_title (chart, 0), ==, "reward");
  g_assert_cmpuint (leyden_chart_get_n_points (chart, 0), ==, 3);
  assert_point (chart, 0, 0, 1, 0.25);
  g_assert_cmpstr (leyden_chart_get_key (chart, 0, 0), ==, "r1");
  g_assert_cmpstr (leyden_chart_get_key (chart, 0, 2), ==, "r4");
  g_assert_cmpuint (leyden_chart_get_n_series (split), ==, 2);
  g_assert_cmpint (leyden_chart_get_x (split), ==, LEYDEN_CHART_X_CATEGORY);
  assert_point (split, 1, 0, 0, 1);
}

/* --- CSV --- */

static void
test_csv (void)
{
  g_autoptr(LeydenChart) chart = make (LEYDEN_CHART_KIND_LINE, "{\"shape\":\"time\",\"series\":[{\"name\":\"=HYPERLINK(\\\"x\\\")\",\"x\":[1774656000000000000,1774656000500000000],"
                                       "\"y\":[-1.5,null],\"n\":[3,0]},{\"name\":\"a, b\",\"x\":[1790474400000000000],\"y\":[1e308]}]}", "{\"zone\":\"Europe/Berlin\"}");
  g_autoptr(LeydenChart) table = make (LEYDEN_CHART_KIND_TABLE, "{\"columns\":[{\"name\":\"@a\"},{\"name\":\"b\"}],\"rows\":[[\"+1\",-5],[\"-x\",1234567890123456789],"
                                       "[\"\\t=1\",true],[\"\\r\",null],[\"say \\\"hi\\\"\",[1,2]],[\" \",1.50]]}", NULL);
  g_autoptr(LeydenChart) bars = make (LEYDEN_CHART_KIND_BAR, "{\"shape\":\"groups\",\"series\":[{\"name\":\"s\",\"x\":[\"=1+1\",\"ok\"],\"y\":[1,2]}]}", NULL);
  g_autofree char *a = leyden_chart_to_csv (chart);
  g_autofree char *b = leyden_chart_to_csv (table);
  g_autofree char *c = leyden_chart_to_csv (bars);

  g_assert_cmpstr (a, ==, "series,x,x_end,y,low,high,n\r\n"
                          "\"'=HYPERLINK(\"\"x\"\")\",2026-03-28T01:00:00+01,,-1.5,,,3\r\n"
                          "\"'=HYPERLINK(\"\"x\"\")\",2026-03-28T01:00:00.500000+01,,,,,0\r\n"
                          "\"a, b\",2026-09-27T04:00:00+02,,1e+308,,,\r\n");
  g_assert_cmpstr (b, ==, "\"'@a\",b\r\n\"'+1\",-5\r\n\"'-x\",1234567890123456789\r\n\"'\t=1\",true\r\n\"'\r\",\r\n\"say \"\"hi\"\"\",\"[1,2]\"\r\n\" \",1.50\r\n");
  g_assert_cmpstr (c, ==, "series,x,x_end,y,low,high,n\r\ns,\"'=1+1\",,1,,,\r\ns,ok,,2,,,\r\n");
}

/* --- words --- */

static void
test_words (void)
{
  g_autoptr(LeydenChart) chart = make (LEYDEN_CHART_KIND_LINE, "{\"shape\":\"time\",\"unit\":\"share\",\"interval_s\":3600,\"series\":[{\"name\":\"success\","
                                       "\"x\":[1774745100000000000,1774748700000000000,1774752300000000000],\"y\":[0.5,0.25,0.75],\"low\":[0.4,0.2,0.6],\"high\":[0.6,0.3,0.9]}]}",
                                       "{\"zone\":\"Europe/Berlin\"}");
  g_autoptr(LeydenChart) empty = make (LEYDEN_CHART_KIND_BAR, "{\"series\":[]}", NULL);
  g_autoptr(LeydenChart) one = make (LEYDEN_CHART_KIND_VALUE, "{\"shape\":\"value\",\"unit\":\"USD\",\"series\":[{\"name\":\"cost\",\"x\":[0],\"y\":[12.5]}]}", NULL);
  g_autoptr(LeydenChart) now = make (LEYDEN_CHART_KIND_VALUE, "{\"shape\":\"value\",\"unit\":\"\",\"series\":[{\"name\":\"Reward\",\"x\":[1796000000000000000],\"y\":[0.6867]},"
                                     "{\"name\":\"Reward, before\",\"x\":[1795000000000000000],\"y\":[0.5]}]}", "{\"zone\":\"Europe/Berlin\"}");
  g_autoptr(LeydenChart) course = make (LEYDEN_CHART_KIND_VALUE, "{\"shape\":\"time\",\"unit\":\"\",\"series\":[{\"name\":\"Reward\",\"x\":[1774745100000000000],\"y\":[0.5]}]}",
                                        "{\"zone\":\"Europe/Berlin\"}");
  g_autoptr(LeydenChart) copy = leyden_chart_copy (now);
  g_autofree char *now_words = leyden_chart_describe (copy);
  g_autofree char *now_point = leyden_chart_describe_point (now, 0, 0);
  g_autofree char *now_csv = leyden_chart_to_csv (now);
  g_autofree char *course_words = leyden_chart_describe (course);
  g_autofree char *all = leyden_chart_describe (chart);
  g_autofree char *point = leyden_chart_describe_point (chart, 0, 1);
  g_autofree char *nothing = leyden_chart_describe (empty);
  g_autofree char *value = leyden_chart_describe (one);

  g_assert_cmpstr (all, ==, "Line chart: 1 series, 3 points, from 29 Mar 2026 01:45 CET to 29 Mar 2026 04:45 CEST. "
                            "success: from 50 % to 75 %; lowest 25 % at 29 Mar 2026 03:45 CEST, highest 75 % at 29 Mar 2026 04:45 CEST.");
  g_assert_cmpstr (point, ==, "success, 29 Mar 2026 03:45 CEST: 25 %, between 20 % and 30 %");
  g_assert_cmpstr (nothing, ==, "Bar chart: no data.");
  g_assert_cmpstr (value, ==, "Number: 1 series, 1 point. cost: $12.50.");
  /* A number has no x; its data say up to when it counts. */
  g_assert_cmpstr (now_words, ==, "Number: 2 series, 2 points. Reward: 0.6867. Reward, before: 0.5.");
  g_assert_cmpstr (now_point, ==, "Reward: 0.6867");
  g_assert_nonnull (strstr (now_csv, "Reward,2026-11-30T01:53:20+01,,0.6867,"));
  g_assert_cmpstr (course_words, ==, "Number: 1 series, 1 point. Reward: 0.5 at 29 Mar 2026 01:45:00 CET.");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chart/result", test_result);
  g_test_add_func ("/chart/any-result", test_any_result);
  g_test_add_func ("/chart/goes-on", test_goes_on);
  g_test_add_func ("/chart/smoothing", test_smoothing);
  g_test_add_func ("/chart/unsorted", test_unsorted);
  g_test_add_func ("/chart/columns", test_columns);
  g_test_add_func ("/chart/csv", test_csv);
  g_test_add_func ("/chart/words", test_words);
  return g_test_run ();
}
