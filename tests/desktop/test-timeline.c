/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include "desktop-events.h"
#include "desktop-helpers.h"
#include "leyden-console.h"
#include "leyden-debug-pages.h"
#include "leyden-event-list.h"
#include "leyden-event-row.h"
#include "leyden-json.h"
#include "leyden-paged-text.h"
#include "leyden-scrubber.h"
#include "leyden-timeline-view.h"
#include "leyden-waterfall-row.h"
#include "mock-backend.h"
#include "timeline-sample.h"

/* Timeline, events and console over a backend that says what the test wants, with real keys and a real pointer. */

#define ROUTE "/leyden/v1/rollouts/r1"
#define ROW(last) "{\"rollout\":\"r1\",\"run\":\"u1\",\"state\":\"running\",\"last_sequence\":" last ",\"last_position\":" last "}"
#define STATE(last) "{\"state\":\"running\",\"sequence\":" last ",\"started\":1000000000,\"nodes\":{}}"
#define ANSWER(last) "{\"rollout\":" ROW (last) ",\"run\":\"u1\",\"state\":" STATE (last) "}"
#define RECORD(sequence, type, node, payload) \
  "{\"rollout\":\"r1\",\"sequence\":" sequence ",\"position\":" sequence ",\"time\":1500000000,\"type\":\"" type "\",\"node\":\"" node "\",\"payload\":" payload "}"

typedef struct
{
  LeydenDocument    *document;
  LeydenRolloutView *rollout;
  GtkWidget         *page;
  GtkWidget         *window;
  char              *shown;             /* node that was asked for */
} Fixture;

static void
show_node_cb (Fixture    *fixture,
              const char *path)
{
  g_free (fixture->shown);
  fixture->shown = g_strdup (path);
}

static void
begin (Fixture *fixture)
{
  mock_backend_start ();
  mock_backend_answer ("GET " ROUTE, 200, ANSWER ("40"));
  mock_backend_answer ("GET " ROUTE "/debug", 200, "{\"rollout\":\"r1\",\"paused\":false,\"can\":[]}");
  mock_backend_answer ("GET " ROUTE "/events", 200, "{}");
  mock_backend_answer ("GET " ROUTE "/timeline", 200, TIMELINE_SAMPLE);
  mock_backend_answer ("GET " ROUTE "/state", 200, STATE ("3"));
  mock_backend_answer ("GET " ROUTE "/records", 200,
                       "{\"records\":[" RECORD ("1", "rollout.started", "", "{}") "," RECORD ("2", "node.started", "question", "{}") ","
                       RECORD ("3", "output.line", "solveagt", "{\"stream\":\"stderr\",\"text\":\"careful\"}") ","
                       RECORD ("4", "model.response", "solveagt#1", "{\"answer\":{\"message\":{\"content\":\"It is 42\"}}}") "],\"next_after\":null,\"last\":40}");
  fixture->document = test_sample ();
  fixture->rollout = leyden_rollout_view_new (leyden_session_get_default (), "r1");
  leyden_rollout_view_set_flow (fixture->rollout, leyden_document_get_flow (fixture->document));
  test_wait_until (leyden_rollout_view_get_state (fixture->rollout) != NULL);
}

static void
begin_test (Fixture       *fixture,
            gconstpointer  data)
{
  begin (fixture);
}

static void
open_page (Fixture   *fixture,
           GtkWidget *page,
           int        width)
{
  fixture->page = page;
  fixture->window = test_window (page, width, 420);
  if (!LEYDEN_IS_CONSOLE (page))
    g_signal_connect_swapped (page, "show-node", G_CALLBACK (show_node_cb), fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  gpointer watched = fixture->rollout;

  gtk_window_destroy (GTK_WINDOW (fixture->window));
  leyden_rollout_view_close (fixture->rollout);
  g_object_add_weak_pointer (watched, &watched);
  g_object_unref (fixture->rollout);
  test_wait_until (watched == NULL);
  leyden_document_close (fixture->document, TRUE);
  g_clear_object (&fixture->document);
  g_free (fixture->shown);
  mock_backend_stop ();
}

/* --- timeline --- */

static void
set_up_timeline (Fixture       *fixture,
                 gconstpointer  data)
{
  begin (fixture);
  open_page (fixture, leyden_timeline_view_new (), 1000);
  leyden_timeline_view_set_view (LEYDEN_TIMELINE_VIEW (fixture->page), fixture->rollout);
  test_wait_until (leyden_span_rows_get_tree (leyden_timeline_view_get_rows (LEYDEN_TIMELINE_VIEW (fixture->page))) != NULL);
  test_settle ();
}

static LeydenScrubber *
get_scrubber (Fixture *fixture)
{
  return LEYDEN_SCRUBBER (test_find (fixture->page, LEYDEN_TYPE_SCRUBBER, 0));
}

static void
assert_place (Fixture *fixture,
              guint64  value,
              guint64  position)
{
  g_assert_cmpuint (leyden_scrubber_get_value (get_scrubber (fixture)), ==, value);
  g_assert_cmpuint (leyden_rollout_view_get_position (fixture->rollout), ==, position);
}

static GtkWidget *
row_of (Fixture    *fixture,
        const char *path)
{
  GtkWidget *row;

  for (guint i = 0; (row = test_find (fixture->page, LEYDEN_TYPE_WATERFALL_ROW, i)) != NULL; i++)
    {
      LeydenSpanItem *item = leyden_waterfall_row_get_item (LEYDEN_WATERFALL_ROW (row));

      if (item != NULL && g_str_equal (leyden_span_item_get_row (item)->path, path))
        return row;
    }
  return NULL;
}

static void
test_timeline_words (Fixture       *fixture,
                     gconstpointer  data)
{
  GtkWidget *scrubber = GTK_WIDGET (get_scrubber (fixture));

  gtk_test_accessible_assert_role (scrubber, GTK_ACCESSIBLE_ROLE_SLIDER);
  gtk_test_accessible_assert_property (scrubber, GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 1.0);
  gtk_test_accessible_assert_property (scrubber, GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 40.0);
  gtk_test_accessible_assert_property (scrubber, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, 40.0);
  leyden_rollout_view_set_position (fixture->rollout, 4);
  gtk_test_accessible_assert_property (scrubber, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, 4.0);
  gtk_test_accessible_assert_property (scrubber, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, "Record 4 of 40, Solver started, 10 ms");
  g_assert_true (test_shows (fixture->page, "Record 4 of 40, Solver started, 10 ms"));
  gtk_test_accessible_assert_property (gtk_widget_get_parent (row_of (fixture, "askhuman")), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Node: askhuman, Failed, 3.3 s, waited 2.5 s, 800 ms by itself");
  gtk_test_accessible_assert_property (gtk_widget_get_parent (row_of (fixture, "solveagt")), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Node: Solver, Succeeded, 3.2 s, waited 290 ms, 90 ms by itself, on the critical path, $0.0042, 1312 tokens");
  gtk_test_accessible_assert_state (gtk_widget_get_parent (row_of (fixture, "solveagt")), GTK_ACCESSIBLE_STATE_EXPANDED, TRUE);
  test_assert_reachable (fixture->page);
  test_picture (fixture->window, "timeline");
}

static void
test_timeline_keys (Fixture       *fixture,
                    gconstpointer  data)
{
  if (!desktop_events_available ())
    return;
  desktop_events_focus (GTK_WINDOW (fixture->window));
  gtk_widget_grab_focus (GTK_WIDGET (get_scrubber (fixture)));
  assert_place (fixture, 40, 0);
  desktop_events_key ("Left", NULL);
  assert_place (fixture, 36, 36);
  desktop_events_key ("Left", "Left", NULL);
  assert_place (fixture, 31, 31);
  desktop_events_key ("ctrl+Left", "ctrl+Left", NULL);
  assert_place (fixture, 10, 10);
  desktop_events_key ("shift+Left", NULL);
  assert_place (fixture, 9, 9);
  desktop_events_key ("ctrl+Right", NULL);
  assert_place (fixture, 10, 10);
  desktop_events_key ("Page_Down", NULL);
  assert_place (fixture, 14, 14);
  desktop_events_key ("Page_Up", NULL);
  assert_place (fixture, 10, 10);
  desktop_events_key ("Home", NULL);
  assert_place (fixture, 1, 1);
  desktop_events_key ("Left", NULL);
  assert_place (fixture, 1, 1);
  /* The end is where what comes is looked at. */
  desktop_events_key ("End", NULL);
  assert_place (fixture, 40, 0);
  g_assert_cmpuint (mock_backend_count ("GET " ROUTE "/state?until=1"), >, 0);
}

static void
test_timeline_pointer (Fixture       *fixture,
                       gconstpointer  data)
{
  GtkWidget *scrubber = GTK_WIDGET (get_scrubber (fixture));
  double middle, y;

  if (!desktop_events_available ())
    return;
  desktop_events_focus (GTK_WINDOW (fixture->window));
  middle = gtk_widget_get_width (scrubber) / 2.0;
  y = gtk_widget_get_height (scrubber) / 2.0;
  desktop_events_click (scrubber, middle, y, 1, 1, NULL);
  g_assert_cmpuint (leyden_rollout_view_get_position (fixture->rollout), >=, 19);
  g_assert_cmpuint (leyden_rollout_view_get_position (fixture->rollout), <=, 22);
  g_assert_true (gtk_widget_has_focus (scrubber));
  desktop_events_drag (scrubber, middle, y, scrubber, 12, y, 1, NULL);
  desktop_events_wait_until (leyden_rollout_view_get_position (fixture->rollout) == 1);
  /* Live again. */
  desktop_events_click (test_find_button (fixture->page, "Live"), 10, 10, 1, 1, NULL);
  desktop_events_wait_until (leyden_rollout_view_is_live (fixture->rollout));
  assert_place (fixture, 40, 0);
}

static const LeydenSpanRow *
get_selected (Fixture *fixture)
{
  GtkListView *list = GTK_LIST_VIEW (test_find (fixture->page, GTK_TYPE_LIST_VIEW, 0));
  LeydenSpanItem *item = gtk_single_selection_get_selected_item (GTK_SINGLE_SELECTION (gtk_list_view_get_model (list)));

  return item != NULL ? leyden_span_item_get_row (item) : NULL;
}

static void
test_timeline_rows (Fixture       *fixture,
                    gconstpointer  data)
{
  GListModel *rows = G_LIST_MODEL (leyden_timeline_view_get_rows (LEYDEN_TIMELINE_VIEW (fixture->page)));
  const LeydenTimeScale *scale = &leyden_timeline_view_get_waterfall (LEYDEN_TIMELINE_VIEW (fixture->page))->scale;
  double shown, from;

  if (!desktop_events_available ())
    return;
  desktop_events_focus (GTK_WINDOW (fixture->window));
  desktop_events_click (row_of (fixture, "solveagt"), 80, 8, 1, 1, NULL);
  desktop_events_key ("Left", NULL);
  g_assert_cmpuint (g_list_model_get_n_items (rows), ==, 4);
  gtk_test_accessible_assert_state (gtk_widget_get_parent (row_of (fixture, "solveagt")), GTK_ACCESSIBLE_STATE_EXPANDED, FALSE);
  desktop_events_key ("Right", NULL);
  g_assert_cmpuint (g_list_model_get_n_items (rows), ==, 9);
  /* Down into it, Left to what it is in. */
  desktop_events_key ("Down", "Down", NULL);
  g_assert_cmpstr (get_selected (fixture)->path, ==, "solveagt#1");
  g_assert_cmpint (get_selected (fixture)->kind, ==, LEYDEN_SPAN_MODEL);
  desktop_events_key ("Left", NULL);
  g_assert_cmpint (get_selected (fixture)->kind, ==, LEYDEN_SPAN_TURN);
  /* Enter goes where it began, and shows the node. */
  desktop_events_key ("Return", NULL);
  assert_place (fixture, 6, 6);
  g_assert_cmpstr (fixture->shown, ==, "solveagt#1");
  /* The arrow of the row with the pointer. */
  desktop_events_click (row_of (fixture, "solveagt"), 9 + 7, 10, 1, 1, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (rows), ==, 4);
  desktop_events_key ("ctrl+Right", NULL);
  g_assert_cmpuint (g_list_model_get_n_items (rows), ==, 9);

  /* Closer and farther in time. */
  g_assert_true (scale->whole);
  shown = scale->to - scale->from;
  desktop_events_key ("plus", NULL);
  g_assert_cmpfloat_with_epsilon (scale->to - scale->from, shown / 1.5, 1000);
  desktop_events_scroll (row_of (fixture, "solveagt"), 500, 8, -1, "ctrl");
  desktop_events_wait_until (scale->to - scale->from < shown / 2);
  from = scale->from;
  desktop_events_key ("shift+Right", NULL);
  g_assert_cmpfloat (scale->from, >, from);
  test_picture (fixture->window, "timeline-zoomed");
  desktop_events_key ("minus", "0", NULL);
  g_assert_true (scale->whole);
}

/* While records come it asks again, not more than once a second, and who looks at the end goes on. */
static void
test_timeline_live (Fixture       *fixture,
                    gconstpointer  data)
{
  guint before = mock_backend_count ("GET " ROUTE "/timeline");
  gint64 begun = g_get_monotonic_time ();

  test_wait_until (mock_backend_count ("GET " ROUTE "/events") == 1);
  mock_backend_answer ("GET " ROUTE, 200, ANSWER ("90"));
  for (guint i = 41; i <= 90; i++)
    {
      g_autofree char *json = g_strdup_printf ("{\"rollout\":\"r1\",\"sequence\":%u,\"type\":\"output.line\",\"node\":\"solveagt\",\"payload\":{}}", i);
      g_autofree char *id = g_strdup_printf ("%u", i);

      mock_backend_send (ROUTE "/events", "record", id, json);
      test_iterate ();
    }
  test_wait_until (leyden_scrubber_get_value (get_scrubber (fixture)) == 90);
  test_wait_until (mock_backend_count ("GET " ROUTE "/timeline") > before);
  g_assert_cmpuint (mock_backend_count ("GET " ROUTE "/timeline") - before, <=, 1 + (guint) ((g_get_monotonic_time () - begun) / 900000));
  leyden_rollout_view_set_position (fixture->rollout, 7);
  mock_backend_send (ROUTE "/events", "record", "91", "{\"rollout\":\"r1\",\"sequence\":91,\"type\":\"output.line\",\"node\":\"solveagt\",\"payload\":{}}");
  test_wait_until (leyden_rollout_view_get_last (fixture->rollout) == 91);
  test_settle ();
  assert_place (fixture, 7, 7);
}

/* Another rollout, none, one that cannot be had. */
static void
test_timeline_empty (Fixture       *fixture,
                     gconstpointer  data)
{
  leyden_timeline_view_set_view (LEYDEN_TIMELINE_VIEW (fixture->page), NULL);
  g_assert_true (test_shows (fixture->page, "No rollout is looked at."));
  g_assert_cmpuint (leyden_scrubber_get_value (get_scrubber (fixture)), ==, 0);
  mock_backend_answer ("GET " ROUTE "/timeline", 422, "{\"detail\":\"<b>\\u202eno</b>\"}");
  leyden_timeline_view_set_view (LEYDEN_TIMELINE_VIEW (fixture->page), fixture->rollout);
  test_wait_until (test_shows (fixture->page, "no</b>"));
  g_assert_false (test_shows (fixture->page, "\u202e"));
}

static void
test_timeline_paused (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr(LeydenValue) answer = leyden_json_parse (TIMELINE_PAUSED, -1, NULL, NULL);
  g_autoptr(LeydenSpanTree) tree = leyden_span_tree_new (answer);
  const LeydenWaterfall *waterfall = leyden_timeline_view_get_waterfall (LEYDEN_TIMELINE_VIEW (fixture->page));

  leyden_timeline_view_set_tree (LEYDEN_TIMELINE_VIEW (fixture->page), tree);
  test_settle ();
  g_assert_cmpuint (waterfall->n_pauses, ==, 3);
  g_assert_true (row_of (fixture, "") != NULL && row_of (fixture, "write") != NULL);
  gtk_test_accessible_assert_property (gtk_widget_get_parent (row_of (fixture, "")), GTK_ACCESSIBLE_PROPERTY_LABEL, "Paused 3 times, 48.0 s, goes on");
  gtk_test_accessible_assert_property (gtk_widget_get_parent (row_of (fixture, "ask")), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Node: ask, Succeeded, 1.9 s, paused 46.0 s, 100 ms by itself, on the critical path");
  test_picture (fixture->window, "timeline-paused");
  leyden_timeline_view_set_tree (LEYDEN_TIMELINE_VIEW (fixture->page), NULL);
  g_assert_cmpuint (waterfall->n_pauses, ==, 0);
}

static void
test_timeline_hostile (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr(LeydenValue) answer = test_value ("{\"first\":1,\"last\":9,\"started\":5,\"spans\":[{\"path\":\"<b>\\u202e\\u001b[31m\\n\\u0301\\u0301\",\"kind\":\"node\",\"state\":\"<i>\","
                                              "\"start\":1,\"end\":9223372036854775807,\"first\":1,\"last\":9,\"cost\":1e14,\"tokens\":900000000000000},"
                                              "{\"path\":\"\",\"kind\":\"tool\",\"start\":3,\"first\":3,\"parent\":0},{\"path\":\"w\",\"kind\":\"wait\",\"start\":1,\"end\":9000000000000000000,\"parent\":1}]}");
  g_autoptr(LeydenSpanTree) tree = leyden_span_tree_new (answer);

  leyden_timeline_view_set_tree (LEYDEN_TIMELINE_VIEW (fixture->page), tree);
  test_settle ();
  for (guint i = 0; i < 40; i++)
    gtk_widget_activate_action (fixture->page, "timeline.zoom-in", NULL);
  test_settle ();
  gtk_widget_activate_action (fixture->page, "timeline.pan", "i", 1);
  test_settle ();
  test_picture (fixture->window, "timeline-hostile");
}

/* A hundred thousand spans: the list holds what is in sight, and the end is reached. */
static void
test_timeline_many (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr(GString) json = g_string_new ("{\"first\":1,\"last\":200000,\"started\":1000,\"spans\":[");
  GtkWidget *list = test_find (fixture->page, GTK_TYPE_LIST_VIEW, 0);
  guint n_rows = 0;

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (json, "%s{\"path\":\"map[%u]/n\",\"kind\":\"%s\",\"state\":\"succeeded\",\"start\":%u,\"end\":%u,\"first\":%u,\"last\":%u,\"parent\":%s}", i > 0 ? "," : "", i / 4,
                            i % 4 == 0 ? "node" : "model", i * 1000 + 1000, i * 1000 + 9000, i * 2 + 1, i * 2 + 2, "null");
  g_string_append (json, "]}");
  {
    g_autoptr(LeydenValue) answer = test_value (json->str);
    g_autoptr(LeydenSpanTree) tree = leyden_span_tree_new (answer);

    leyden_timeline_view_set_tree (LEYDEN_TIMELINE_VIEW (fixture->page), tree);
  }
  test_settle ();
  for (guint i = 0; i < 60; i++)
    {
      gtk_widget_activate_action (list, "list.scroll-to-item", "u", i * 1666);
      gtk_test_widget_wait_for_draw (fixture->window);
    }
  gtk_widget_activate_action (list, "list.scroll-to-item", "u", 99999);
  gtk_test_widget_wait_for_draw (fixture->window);
  while (test_find (fixture->page, LEYDEN_TYPE_WATERFALL_ROW, n_rows) != NULL)
    n_rows++;
  g_assert_cmpuint (n_rows, <, 500);
  g_assert_nonnull (row_of (fixture, "map[24999]/n"));
}

/* --- events --- */

static void
set_up_events (Fixture       *fixture,
               gconstpointer  data)
{
  begin (fixture);
  open_page (fixture, leyden_event_list_new (), 1000);
  leyden_event_list_set_view (LEYDEN_EVENT_LIST (fixture->page), fixture->rollout);
  test_wait_until (mock_backend_count ("GET " ROUTE "/records") > 0);
  test_settle ();
}

static GtkWidget *
event_at (Fixture *fixture,
          guint64  sequence)
{
  GtkWidget *row;

  for (guint i = 0; (row = test_find (fixture->page, LEYDEN_TYPE_EVENT_ROW, i)) != NULL; i++)
    {
      LeydenRecordItem *item = leyden_event_row_get_item (LEYDEN_EVENT_ROW (row));

      if (item != NULL && leyden_record_item_get_sequence (item) == sequence)
        return row;
    }
  return NULL;
}

static void
test_events_list (Fixture       *fixture,
                  gconstpointer  data)
{
  LeydenPagedText *whole = LEYDEN_PAGED_TEXT (test_find (fixture->page, LEYDEN_TYPE_PAGED_TEXT, 0));
  g_autofree char *shown = NULL;

  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (leyden_event_list_get_records (LEYDEN_EVENT_LIST (fixture->page)))), ==, 40);
  g_assert_true (test_shows (fixture->page, "40 events"));
  gtk_test_accessible_assert_property (gtk_widget_get_parent (event_at (fixture, 4)), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Record 4, Model answered, Solver › Turn 1, It is 42");
  test_assert_reachable (fixture->page);
  test_picture (fixture->window, "events");
  if (!desktop_events_available ())
    return;
  /* What is looked at comes into sight. */
  leyden_rollout_view_set_position (fixture->rollout, 3);
  test_settle ();
  desktop_events_focus (GTK_WINDOW (fixture->window));
  desktop_events_click (event_at (fixture, 3), 60, 8, 1, 1, NULL);
  test_wait_until (test_shows (fixture->page, "Line of output: Solver"));
  test_wait_until ((g_free (shown), shown = leyden_paged_text_dup_shown (whole), strstr (shown, "\"careful\"") != NULL));
  test_picture (fixture->window, "events-details");
  desktop_events_key ("Down", "Return", NULL);
  g_assert_cmpuint (leyden_rollout_view_get_position (fixture->rollout), ==, 4);
  g_assert_true (test_shows (fixture->page, "Model answered: Solver › Turn 1"));
  gtk_widget_activate_action (fixture->page, "events.show-node", NULL);
  g_assert_cmpstr (fixture->shown, ==, "solveagt#1");
}

static void
test_events_filter (Fixture       *fixture,
                    gconstpointer  data)
{
  /* The drop-downs have entries of their own. */
  GtkWidget *search = test_find (fixture->page, GTK_TYPE_SEARCH_ENTRY, 2), *kinds = test_find (fixture->page, GTK_TYPE_DROP_DOWN, 0);

  mock_backend_answer ("GET " ROUTE "/records?after=0&limit=200&type=model.", 200,
                       "{\"records\":[" RECORD ("4", "model.response", "solveagt#1", "{}") "],\"next_after\":null,\"last\":40}");
  mock_backend_answer ("GET " ROUTE "/records?after=0&limit=200&type=model.&text=%3Cb%3E%20x", 200, "{\"records\":[],\"next_after\":null,\"last\":40}");
  gtk_drop_down_set_selected (GTK_DROP_DOWN (kinds), 2);
  test_wait_until (test_shows (fixture->page, "1 of 40 events"));
  gtk_editable_set_text (GTK_EDITABLE (search), "<b> x");
  test_wait_until (test_shows (fixture->page, "No event is like that."));
  leyden_event_list_set_filter (LEYDEN_EVENT_LIST (fixture->page), 0, "solveagt", "");
  test_wait_until (mock_backend_count ("GET " ROUTE "/records?after=0&limit=200&node=solveagt") == 1);
  leyden_event_list_set_filter (LEYDEN_EVENT_LIST (fixture->page), 0, "", "");
  test_wait_until (test_shows (fixture->page, "40 events"));
}

/* A backend that refuses says why, and is asked again when somebody wants it. */
static void
test_events_trouble (Fixture       *fixture,
                     gconstpointer  data)
{
  mock_backend_answer ("GET " ROUTE "/records?after=0&limit=200&type=node.", 503, "{\"detail\":\"Too busy\"}");
  leyden_event_list_set_filter (LEYDEN_EVENT_LIST (fixture->page), 1, "", "");
  test_wait_until (test_shows (fixture->page, "Too busy"));
  mock_backend_answer ("GET " ROUTE "/records?after=0&limit=200&type=node.", 200,
                       "{\"records\":[" RECORD ("2", "node.started", "question", "{}") "],\"next_after\":null,\"last\":40}");
  g_signal_emit_by_name (test_find_button (fixture->page, "Try Again"), "clicked");
  test_wait_until (test_shows (fixture->page, "1 of 40 events"));
}

/* What was cut is asked for whole, and shown a part at a time. */
static void
test_events_large (Fixture       *fixture,
                   gconstpointer  data)
{
  LeydenPagedText *whole = LEYDEN_PAGED_TEXT (test_find (fixture->page, LEYDEN_TYPE_PAGED_TEXT, 0));
  /* The drop-downs have lists too. */
  GtkSingleSelection *selection = GTK_SINGLE_SELECTION (gtk_list_view_get_model (GTK_LIST_VIEW (test_find (fixture->page, GTK_TYPE_LIST_VIEW, 2))));
  g_autofree char *long_text = g_strnfill (3000000, 'x');
  g_autofree char *record = g_strdup_printf ("{\"sequence\":4,\"type\":\"output.line\",\"payload\":{\"text\":\"\\u202e%s the end\"}}", long_text);
  g_autofree char *shown = NULL;

  mock_backend_answer ("GET " ROUTE "/records?after=0&limit=200&type=output.", 200,
                       "{\"records\":[{\"sequence\":4,\"type\":\"output.line\",\"node\":\"\",\"truncated\":true,\"payload\":{\"text\":\"xxx\"}}],\"next_after\":null,\"last\":40}");
  mock_backend_answer ("GET " ROUTE "/records/4", 200, record);
  leyden_event_list_set_filter (LEYDEN_EVENT_LIST (fixture->page), 8, "", "");
  test_wait_until (test_shows (fixture->page, "1 of 40 events"));
  gtk_single_selection_set_selected (selection, 0);
  test_wait_until (leyden_paged_text_get_n_pages (whole) > 100);
  leyden_paged_text_set_page (whole, leyden_paged_text_get_n_pages (whole) - 1);
  shown = leyden_paged_text_dup_shown (whole);
  g_assert_nonnull (strstr (shown, "the end"));
  g_assert_cmpuint (strlen (shown), <, 40000);
  gtk_widget_activate_action (GTK_WIDGET (whole), "paged.previous", NULL);
  g_assert_cmpuint (leyden_paged_text_get_page (whole), ==, leyden_paged_text_get_n_pages (whole) - 2);
}

/* --- console --- */

static void
set_up_console (Fixture       *fixture,
                gconstpointer  data)
{
  begin (fixture);
  open_page (fixture, leyden_console_new (), 800);
  leyden_console_set_view (LEYDEN_CONSOLE (fixture->page), fixture->rollout);
}

static gboolean
console_shows (Fixture    *fixture,
               const char *text)
{
  g_autofree char *shown = leyden_console_dup_shown (LEYDEN_CONSOLE (fixture->page));

  return strstr (shown, text) != NULL;
}

static void
test_console_follow (Fixture       *fixture,
                     gconstpointer  data)
{
  /* What was written before. */
  test_wait_until (console_shows (fixture, "Solver  careful\nSolver › Turn 1  It is 42"));
  test_wait_until (mock_backend_count ("GET " ROUTE "/events") == 1);
  mock_backend_send (ROUTE "/events", "delta", NULL, "{\"rollout\":\"r1\",\"node\":\"solveagt#2\",\"text\":\"The ans\"}");
  mock_backend_send (ROUTE "/events", "delta", NULL, "{\"rollout\":\"r1\",\"node\":\"question\",\"text\":\"Why\"}");
  mock_backend_send (ROUTE "/events", "delta", NULL, "{\"rollout\":\"r1\",\"node\":\"solveagt#2\",\"text\":\"wer is \\u001b[31m7\\u202e\"}");
  test_wait_until (console_shows (fixture, "Turn 2  \u2068The answer is ␛[31m7⟨U+202E⟩\u2069\n"));
  /* The same answer, as the log has it, does not come twice. */
  mock_backend_send (ROUTE "/events", "record", "41", RECORD ("41", "model.response", "solveagt#2", "{\"answer\":{\"message\":{\"content\":\"The answer is 7\"}}}"));
  mock_backend_send (ROUTE "/events", "record", "42", RECORD ("42", "output.line", "solveagt", "{\"stream\":\"stdout\",\"text\":\"done\"}"));
  test_wait_until (console_shows (fixture, "Solver  done"));
  g_assert_false (console_shows (fixture, "The answer is 7\n"));
  test_assert_reachable (fixture->page);
  test_picture (fixture->window, "console");

  leyden_console_set_filter (LEYDEN_CONSOLE (fixture->page), "question", "");
  test_wait_until (!console_shows (fixture, "done"));
  test_wait_until (console_shows (fixture, "Why"));
  leyden_console_set_filter (LEYDEN_CONSOLE (fixture->page), "", "ANSWER");
  test_wait_until (console_shows (fixture, "The answer") && !console_shows (fixture, "Why"));
  leyden_console_set_filter (LEYDEN_CONSOLE (fixture->page), "", "");
  test_wait_until (console_shows (fixture, "Why") && console_shows (fixture, "careful"));
}

static double
distance_to_end (Fixture *fixture)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (test_find (fixture->page, GTK_TYPE_SCROLLED_WINDOW, 0)));

  return gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment) - gtk_adjustment_get_value (adjustment);
}

static void
write_lines (Fixture *fixture,
             guint    from,
             guint    to)
{
  for (guint i = from; i < to; i++)
    {
      g_autofree char *line = g_strdup_printf ("line %u\n", i);

      leyden_console_add (LEYDEN_CONSOLE (fixture->page), i % 3 == 0 ? "question" : "solveagt", LEYDEN_CONSOLE_OUTPUT, line);
    }
}

/* It stays at the end until somebody scrolls up, and comes back when they do. */
static void
test_console_scroll (Fixture       *fixture,
                     gconstpointer  data)
{
  GtkWidget *text = test_find (fixture->page, GTK_TYPE_TEXT_VIEW, 0);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (test_find (fixture->page, GTK_TYPE_SCROLLED_WINDOW, 0)));
  double value;

  if (!desktop_events_available ())
    return;
  test_wait_until (console_shows (fixture, "It is 42"));
  write_lines (fixture, 0, 300);
  test_wait_until (console_shows (fixture, "line 299") && distance_to_end (fixture) < 5);
  g_assert_true (leyden_console_is_following (LEYDEN_CONSOLE (fixture->page)));
  desktop_events_focus (GTK_WINDOW (fixture->window));
  desktop_events_scroll (text, 100, 100, -3, NULL);
  desktop_events_wait_until (!leyden_console_is_following (LEYDEN_CONSOLE (fixture->page)));
  desktop_events_settle ();
  value = gtk_adjustment_get_value (adjustment);
  write_lines (fixture, 300, 600);
  test_wait_until (console_shows (fixture, "line 599"));
  test_settle ();
  g_assert_cmpfloat_with_epsilon (gtk_adjustment_get_value (adjustment), value, 1);
  g_assert_false (leyden_console_is_following (LEYDEN_CONSOLE (fixture->page)));
  leyden_console_set_following (LEYDEN_CONSOLE (fixture->page), TRUE);
  test_wait_until (distance_to_end (fixture) < 5);
  write_lines (fixture, 600, 620);
  test_wait_until (console_shows (fixture, "line 619") && distance_to_end (fixture) < 5);
}

static void
test_console_bounds (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autofree char *shown = NULL;
  guint n = 0;

  test_wait_until (console_shows (fixture, "It is 42"));
  write_lines (fixture, 0, 5000);
  test_iterate ();
  write_lines (fixture, 5000, 30000);
  test_wait_until (console_shows (fixture, "line 29999"));
  shown = leyden_console_dup_shown (LEYDEN_CONSOLE (fixture->page));
  for (const char *p = shown; *p != '\0'; p++)
    n += *p == '\n';
  g_assert_cmpuint (n, <, 10000);
  g_assert_null (strstr (shown, "line 19000\n"));
  g_assert_true (test_shows (fixture->page, "older ones were dropped here"));
}

/* Of a long log the lines before the position are fetched, what comes meanwhile is not mixed with them, and live they are the newest again. */
static void
test_console_past (Fixture       *fixture,
                   gconstpointer  data)
{
  mock_backend_answer ("GET " ROUTE "/records?after=35000&limit=500", 200,
                       "{\"records\":[" RECORD ("39000", "output.line", "solveagt", "{\"stream\":\"stdout\",\"text\":\"newest\"}") "],\"next_after\":null,\"last\":40000}");
  mock_backend_answer ("GET " ROUTE, 200, ANSWER ("40000"));
  leyden_rollout_view_refresh (fixture->rollout);
  test_wait_until (leyden_rollout_view_get_last (fixture->rollout) == 40000);
  open_page (fixture, leyden_console_new (), 800);
  leyden_console_set_view (LEYDEN_CONSOLE (fixture->page), fixture->rollout);
  test_wait_until (console_shows (fixture, "newest"));
  /* What is farther back is looked for when that is asked for, and the view stays there. */
  mock_backend_answer ("GET " ROUTE "/records?after=20000&limit=500", 200,
                       "{\"records\":[" RECORD ("25000", "output.line", "solveagt", "{\"stream\":\"stdout\",\"text\":\"farther back\"}") ","
                       RECORD ("39000", "output.line", "solveagt", "{\"stream\":\"stdout\",\"text\":\"newest\"}") "],\"next_after\":null,\"last\":40000}");
  g_assert_false (console_shows (fixture, "farther back"));
  g_signal_emit_by_name (test_find_button (fixture->page, "Earlier Lines"), "clicked");
  test_wait_until (console_shows (fixture, "farther back") && console_shows (fixture, "newest"));
  mock_backend_answer ("GET " ROUTE "/records?after=0&limit=500", 200,
                       "{\"records\":[" RECORD ("8000", "output.line", "solveagt", "{\"stream\":\"stdout\",\"text\":\"long ago\"}") "],\"next_after\":null,\"last\":40000}");
  leyden_rollout_view_set_position (fixture->rollout, 9000);
  test_wait_until (console_shows (fixture, "long ago") && !console_shows (fixture, "newest"));
  test_wait_until (test_shows (fixture->page, "As it was at record 9000"));
  test_wait_until (mock_backend_count ("GET " ROUTE "/events") == 1);
  mock_backend_send (ROUTE "/events", "record", "40001", RECORD ("40001", "output.line", "solveagt", "{\"stream\":\"stdout\",\"text\":\"just now\"}"));
  test_wait_until (leyden_rollout_view_get_last (fixture->rollout) == 40001);
  test_settle ();
  g_assert_false (console_shows (fixture, "just now"));
  mock_backend_answer ("GET " ROUTE "/records?after=20001&limit=500", 200,
                       "{\"records\":[" RECORD ("40001", "output.line", "solveagt", "{\"stream\":\"stdout\",\"text\":\"just now\"}") "],\"next_after\":null,\"last\":40001}");
  leyden_rollout_view_set_position (fixture->rollout, 0);
  test_wait_until (console_shows (fixture, "just now") && !console_shows (fixture, "long ago"));
}

/* --- all three in the panel --- */

/* All pages of one panel look at the same moment; what a page wants to be shown is a node of the flow. */
static void
test_pages (Fixture       *fixture,
            gconstpointer  data)
{
  LeydenDebugPanel *panel;

  begin (fixture);
  open_page (fixture, leyden_debug_panel_new (), 900);
  panel = LEYDEN_DEBUG_PANEL (fixture->page);
  leyden_debug_pages_add (panel);
  leyden_debug_panel_set_view (panel, fixture->rollout);
  leyden_debug_panel_show_page (panel, "timeline");
  fixture->page = leyden_debug_panel_get_page (panel, "timeline");
  test_wait_until (leyden_span_rows_get_tree (leyden_timeline_view_get_rows (LEYDEN_TIMELINE_VIEW (fixture->page))) != NULL);
  leyden_rollout_view_set_position (fixture->rollout, 3);
  /* The scrubber is the panel's, and not the page's. */
  g_assert_null (test_find (fixture->page, LEYDEN_TYPE_SCRUBBER, 0));
  fixture->page = GTK_WIDGET (panel);
  assert_place (fixture, 3, 3);
  fixture->page = leyden_debug_panel_get_page (panel, "timeline");
  g_signal_emit_by_name (fixture->page, "show-node", "solveagt#2/calculat");
  g_assert_cmpstr (fixture->shown, ==, "calculat");
  leyden_debug_panel_show_page (panel, "events");
  fixture->page = leyden_debug_panel_get_page (panel, "events");
  test_wait_until (event_at (fixture, 3) != NULL && gtk_widget_get_mapped (fixture->page));
  leyden_debug_panel_show_page (panel, "console");
  fixture->page = leyden_debug_panel_get_page (panel, "console");
  /* The lines that were there at record 3. */
  test_wait_until (console_shows (fixture, "careful"));
  test_settle ();
  g_assert_false (console_shows (fixture, "It is 42"));
  leyden_rollout_view_set_position (fixture->rollout, 0);
  test_wait_until (console_shows (fixture, "It is 42"));
  leyden_rollout_view_set_position (fixture->rollout, 2);
  test_wait_until (!console_shows (fixture, "careful"));
  leyden_rollout_view_set_position (fixture->rollout, 0);
  test_wait_until (console_shows (fixture, "careful") && console_shows (fixture, "It is 42"));
  leyden_debug_panel_set_view (panel, NULL);
  g_assert_false (console_shows (fixture, "It is 42"));
}

int
main (int    argc,
      char **argv)
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
#define ADD(name, up, test) g_test_add (name, Fixture, NULL, up, test, tear_down)
  ADD ("/timeline/words", set_up_timeline, test_timeline_words);
  ADD ("/timeline/keys", set_up_timeline, test_timeline_keys);
  ADD ("/timeline/pointer", set_up_timeline, test_timeline_pointer);
  ADD ("/timeline/rows", set_up_timeline, test_timeline_rows);
  ADD ("/timeline/live", set_up_timeline, test_timeline_live);
  ADD ("/timeline/empty", set_up_timeline, test_timeline_empty);
  ADD ("/timeline/paused", set_up_timeline, test_timeline_paused);
  ADD ("/timeline/hostile", set_up_timeline, test_timeline_hostile);
  ADD ("/timeline/many", set_up_timeline, test_timeline_many);
  ADD ("/events/list", set_up_events, test_events_list);
  ADD ("/events/filter", set_up_events, test_events_filter);
  ADD ("/events/trouble", set_up_events, test_events_trouble);
  ADD ("/events/large", set_up_events, test_events_large);
  ADD ("/console/follow", set_up_console, test_console_follow);
  ADD ("/console/past", begin_test, test_console_past);
  ADD ("/console/scroll", set_up_console, test_console_scroll);
  ADD ("/console/bounds", set_up_console, test_console_bounds);
  g_test_add ("/debug/pages", Fixture, NULL, NULL, test_pages, tear_down);
  return g_test_run ();
}
