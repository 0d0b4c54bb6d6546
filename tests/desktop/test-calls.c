/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include <string.h>

#include "desktop-events.h"
#include "desktop-helpers.h"
#include "leyden-call-resend.h"
#include "leyden-calls-page.h"
#include "leyden-conversation.h"
#include "leyden-data-image.h"
#include "leyden-json.h"
#include "leyden-message-rows.h"
#include "leyden-paged-text.h"
#include "leyden-pager.h"
#include "leyden-token-strip.h"
#include "mock-backend.h"

/* Calls of a rollout: the conversation, the tokens, the JSON, and a call that is changed and sent again. */

#define SMALL_PNG "iVBORw0KGgoAAAANSUhEUgAAAAQAAAADCAIAAAA7ljmRAAAAEElEQVR4nGP4z8AARww4OQD1MQv1NXv7ggAAAABJRU5ErkJggg=="
#define HUGE_PNG "iVBORw0KGgoAAAANSUhEUgAA6mAAAOpgCAIAAAAPsOIVAAAAEUlEQVR4nGNgGAWjYBQMdwAAA+gAAbOm00YAAAAASUVORK5CYII="
#define HOSTILE "<b>bold</b> &amp; \\u001b[31mred\\u0007 \\u202eevil\\u202cend"

/* What a log may hold, shown: the markup as it was written, no control character, nothing that reorders. */
static void
assert_shown (const char *text)
{
  g_assert_nonnull (strstr (text, "<b>bold</b> &amp;"));
  g_assert_nonnull (strstr (text, "end"));
  g_assert_null (strchr (text, '\x1b'));
  g_assert_null (strchr (text, '\x07'));
  g_assert_null (strstr (text, "\xe2\x80\xae"));
}

static void
assert_labels (GtkWidget *root,
               guint     *n)
{
  if (GTK_IS_LABEL (root))
    {
      g_assert_false (gtk_label_get_use_markup (GTK_LABEL (root)));
      g_assert_null (strchr (gtk_label_get_text (GTK_LABEL (root)), '\x1b'));
      g_assert_null (strstr (gtk_label_get_text (GTK_LABEL (root)), "\xe2\x80\xae"));
      *n += strstr (gtk_label_get_text (GTK_LABEL (root)), "<b>bold</b>") != NULL;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    assert_labels (child, n);
}

/* --- parts --- */

static void
test_conversation (void)
{
  g_autoptr(LeydenValue) messages = test_value (
    "[{\"role\": \"system\", \"content\": \"" HOSTILE "\"}, {\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"What is this?\"}, "
    "{\"type\": \"image_url\", \"image_url\": {\"url\": \"https://example.org/cat.png\"}}, {\"type\": \"video\", \"frames\": 3}]}, "
    "{\"role\": \"assistant\", \"content\": null, \"tool_calls\": [{\"id\": \"c1\", \"function\": {\"name\": \"look<i>up\", \"arguments\": \"{\\\"q\\\": 1}\"}}, "
    "{\"id\": \"c2\", \"function\": {\"name\": \"other\", \"arguments\": \"{broken " HOSTILE "\"}}]}, "
    "{\"role\": \"tool\", \"tool_call_id\": \"c1\", \"content\": \"found " HOSTILE "\"}, {\"role\": \"jester\", \"name\": \"" HOSTILE "\", \"content\": 7}, null, 3]");
  g_autoptr(LeydenValue) answer = test_value ("{\"role\": \"assistant\", \"content\": \"A cat.\", \"refusal\": \"no dogs\"}");
  GtkWidget *conversation = leyden_conversation_new ();
  GtkWidget *window = test_window (conversation, 700, 900);
  guint n = 0;

  leyden_conversation_set (LEYDEN_CONVERSATION (conversation), messages, answer);
  g_assert_cmpuint (leyden_conversation_get_n_shown (LEYDEN_CONVERSATION (conversation)), ==, 8);
  g_assert_true (test_shows (conversation, "What is this?"));
  g_assert_true (test_shows (conversation, "https://example.org/cat.png; it is not fetched"));
  g_assert_true (test_shows (conversation, "\"frames\": 3"));
  g_assert_true (test_shows (conversation, "Model calls look<i>up"));
  g_assert_true (test_shows (conversation, "\"q\": 1"));
  g_assert_true (test_shows (conversation, "Result of look<i>up"));
  g_assert_true (test_shows (conversation, "A cat."));
  g_assert_true (test_shows (conversation, "no dogs"));
  assert_labels (conversation, &n);
  g_assert_cmpuint (n, >=, 4);
  leyden_conversation_set_stream (LEYDEN_CONVERSATION (conversation), "and so <b>bold</b>\x1b[31m");
  g_assert_true (test_shows (conversation, "and so <b>bold</b>"));
  leyden_conversation_set_stream (LEYDEN_CONVERSATION (conversation), NULL);
  g_assert_false (test_shows (conversation, "and so"));
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
}

/* Of ten thousand messages some are shown at a time, the last first. */
static void
test_long_conversation (void)
{
  g_autoptr(GString) text = g_string_new ("[");
  g_autoptr(LeydenValue) messages = NULL;
  GtkWidget *conversation = leyden_conversation_new ();
  GtkWidget *window = test_window (conversation, 500, 500);
  GtkWidget *pager;

  for (guint i = 0; i < 10000; i++)
    g_string_append_printf (text, "%s{\"role\": \"user\", \"content\": \"message %u.\"}", i > 0 ? "," : "", i);
  g_string_append_c (text, ']');
  messages = test_value (text->str);
  leyden_conversation_set (LEYDEN_CONVERSATION (conversation), messages, NULL);
  g_assert_cmpuint (leyden_conversation_get_n_shown (LEYDEN_CONVERSATION (conversation)), <=, 40);
  g_assert_true (test_shows (conversation, "message 9999."));
  pager = test_find (conversation, LEYDEN_TYPE_PAGER, 0);
  leyden_pager_go (LEYDEN_PAGER (pager), 0);
  g_assert_true (test_shows (conversation, "message 0."));
  g_assert_false (test_shows (conversation, "message 9999."));
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
}

/* A value of 100 MB is never in a widget; each part of it can be gone to, and what is copied is the whole. */
static void
test_paged (gconstpointer data)
{
  gboolean json = GPOINTER_TO_INT (data);
  gsize size = 100 * 1024 * 1024, length = 0;
  char *text = g_malloc (size + 1);
  g_autoptr(LeydenValue) string = NULL;
  g_autoptr(LeydenValue) value = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  GtkWidget *paged = json ? leyden_paged_text_new ("Value") : leyden_paged_text_new_prose ("Value");
  GtkWidget *window = test_window (paged, 500, 500);
  g_autofree char *first = NULL;
  g_autofree char *last = NULL;
  guint n;

  for (gsize i = 0; i < size; i += 64)
    memcpy (text + i, "<b>bold</b> \xe2\x82\xac and so on, a line of sixty-four bytes, more or less\n", MIN (64, size - i));
  memcpy (text + size - 4, "END\n", 4);
  text[size] = '\0';
  string = leyden_value_new_string (text, (gssize) size);
  g_free (text);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "value", string);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_paged_text_set_value (LEYDEN_PAGED_TEXT (paged), json ? value : string);
  test_wait_until (leyden_paged_text_get_text (LEYDEN_PAGED_TEXT (paged), &length) != NULL && length >= size);
  test_settle ();
  n = leyden_paged_text_get_n_pages (LEYDEN_PAGED_TEXT (paged));
  first = leyden_paged_text_dup_shown (LEYDEN_PAGED_TEXT (paged));
  leyden_paged_text_set_page (LEYDEN_PAGED_TEXT (paged), n - 1);
  last = leyden_paged_text_dup_shown (LEYDEN_PAGED_TEXT (paged));
  g_assert_cmpuint (n, >, 3000);
  g_assert_cmpuint (strlen (first), <, 64 * 1024);
  g_assert_nonnull (strstr (first, "<b>bold</b> €"));
  g_assert_cmpuint (strlen (last), <, 64 * 1024);
  g_assert_nonnull (strstr (last, "END"));
  leyden_paged_text_set_page (LEYDEN_PAGED_TEXT (paged), n / 2);
  /* Parts end between characters. */
  g_free (g_steal_pointer (&last));
  last = leyden_paged_text_dup_shown (LEYDEN_PAGED_TEXT (paged));
  g_assert_null (strstr (last, "\xef\xbf\xbd"));
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
}

static void
test_images (void)
{
  static const struct { const char *url, *text; } cases[] = {
    { "data:image/png;base64," SMALL_PNG, "Image, 4 × 3 pixels" },
    { "data:image/png;base64," HUGE_PNG, "too large" },
    { "data:image/png;base64,bm8gaW1hZ2U=", "cannot be read" },
    { "data:image/png;base64,", "cannot be read" },
    { "data:image/svg+xml;base64,PHN2Zy8+", "not shown" },
    { "data:text/html,<b>bold</b>", "not shown" },
    { "http://127.0.0.1:1/<b>x</b>\x1b.png", "<b>x</b>" },
    { "file:///etc/passwd", "it is not fetched" },
    { "", "it is not fetched" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      GtkWidget *image = leyden_data_image_new (cases[i].url);
      GtkWidget *window = test_window (image, 300, 300);

      g_test_message ("%.60s", cases[i].url);
      test_wait_until (test_shows (image, cases[i].text));
      g_assert_cmpint (test_find (image, GTK_TYPE_PICTURE, 0) != NULL, ==, i == 0);
      gtk_window_destroy (GTK_WINDOW (window));
      test_settle ();
    }
}

/* --- the page --- */

#define TOKENS "[{\"token\": \"4\", \"logprob\": -0.01, \"top_logprobs\": [{\"token\": \"4\", \"logprob\": -0.01}, {\"token\": \"5\", \"logprob\": -5}]}, {\"token\": \"<b>bold</b>\", \"logprob\": -3}]"
#define STATE \
  "{\"seed\": 7, \"nodes\": {\"agent\": {\"state\": \"succeeded\"}, \"agent#1\": {\"state\": \"succeeded\", \"part\": true, \"calls\": [" \
  "{\"kind\": \"model\", \"ordinal\": 0, \"started\": 1000000000, \"finished\": 1500000000, \"hash\": \"h\", \"request\": {\"endpoint\": \"simulated\", \"body\": " \
  "{\"model\": \"leyden-sim-small\", \"temperature\": 0.5, \"messages\": [{\"role\": \"user\", \"content\": \"What is 2 + 2? " HOSTILE "\"}]}, \"sample\": 0}, " \
  "\"error\": {\"message\": \"overloaded <b>bold</b>\"}, \"try\": 1}, " \
  "{\"kind\": \"model\", \"ordinal\": 0, \"started\": 2000000000, \"finished\": 2500000000, \"hash\": \"h\", \"cached\": true, \"request\": {\"endpoint\": \"simulated\", \"body\": " \
  "{\"model\": \"leyden-sim-small\", \"temperature\": 0.5, \"messages\": [{\"role\": \"user\", \"content\": \"What is 2 + 2? " HOSTILE "\"}]}, \"sample\": 0}, \"try\": 2, " \
  "\"answer\": {\"message\": {\"role\": \"assistant\", \"content\": \"4\"}, \"finish_reason\": \"stop\", \"model\": \"small<b>\", \"endpoint\": \"simulated\", \"latency_ms\": 840, " \
  "\"first_token_ms\": 120, \"cost\": 0.0012, \"currency\": \"sim credits\", \"simulated\": true, \"usage\": {\"prompt_tokens\": 10, \"completion_tokens\": 2}, \"logprobs\": {\"content\": " TOKENS "}}}]}, " \
  "\"agent#1/calc\": {\"state\": \"succeeded\", \"part\": true, \"calls\": [{\"kind\": \"tool\", \"ordinal\": 0, \"started\": 3000000000, \"finished\": 3100000000, " \
  "\"request\": {\"name\": \"calc\", \"arguments\": {\"a\": \"" HOSTILE "\"}}, \"answer\": {\"content\": \"four\"}}]}, " \
  "\"late\": {\"state\": \"running\", \"calls\": [{\"kind\": \"model\", \"ordinal\": 0, \"started\": 4000000000, \"request\": {\"endpoint\": \"simulated\", \"body\": {\"messages\": []}}}]}}}"

typedef struct
{
  GtkWidget       *window;
  LeydenCallsPage *page;
  LeydenCallView  *call;
} Fixture;

static void
page_open (Fixture *fixture,
           int      width)
{
  g_autoptr(LeydenValue) state = test_value (STATE);

  fixture->page = LEYDEN_CALLS_PAGE (leyden_calls_page_new (leyden_session_get_default ()));
  fixture->call = leyden_calls_page_get_call (fixture->page);
  fixture->window = test_window (GTK_WIDGET (fixture->page), width, 800);
  leyden_calls_page_set_state (fixture->page, NULL, state);
  test_settle ();
}

static void
page_close (Fixture *fixture)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  test_settle ();
}

static void
test_page (void)
{
  Fixture fixture;
  guint n = 0;

  page_open (&fixture, 1000);
  g_assert_cmpuint (g_list_model_get_n_items (leyden_call_list_get_items (leyden_calls_page_get_list (fixture.page))), ==, 3);
  g_assert_true (test_shows (GTK_WIDGET (fixture.page), "agent · Turn 1"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.page), "840 ms · 12 tokens · 2 tries · from the cache"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.call), "small<b>"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.call), "840 ms"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.call), "120 ms"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.call), "0.0012 sim credits"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.call), "Simulated"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.call), "From the cache"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.call), "1 earlier try"));
  g_assert_false (test_shows (GTK_WIDGET (fixture.call), "overloaded"));
  assert_labels (GTK_WIDGET (fixture.page), &n);
  g_assert_cmpuint (n, >=, 2);
  test_assert_reachable (GTK_WIDGET (fixture.page));
  test_picture (fixture.window, "calls");
  /* The tool's. */
  leyden_calls_page_show_path (fixture.page, "agent#1/calc");
  test_settle ();
  g_assert_true (test_shows (GTK_WIDGET (fixture.call), "four"));
  g_assert_false (test_shows (GTK_WIDGET (fixture.call), "What is 2 + 2?"));
  /* What is under way. */
  leyden_calls_page_show_path (fixture.page, "late");
  leyden_call_view_set_stream (fixture.call, "I am thinking");
  g_assert_true (test_shows (GTK_WIDGET (fixture.call), "I am thinking"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.call), "Running"));
  page_close (&fixture);
}

/* The tokens with their probability, by the colour's level, in a legend, and in words at the cursor. */
static void
test_tokens (void)
{
  Fixture fixture;
  GtkWidget *strip;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  page_open (&fixture, 1000);
  strip = test_find (GTK_WIDGET (fixture.call), LEYDEN_TYPE_TOKEN_STRIP, 0);
  g_assert_cmpuint (leyden_token_strip_get_n (LEYDEN_TOKEN_STRIP (strip)), ==, 2);
  g_assert_cmpuint (leyden_token_strip_get_level (LEYDEN_TOKEN_STRIP (strip), 0), ==, 0);
  g_assert_cmpuint (leyden_token_strip_get_level (LEYDEN_TOKEN_STRIP (strip), 1), ==, 4);
  first = leyden_token_strip_describe (LEYDEN_TOKEN_STRIP (strip), 0);
  second = leyden_token_strip_describe (LEYDEN_TOKEN_STRIP (strip), 1);
  g_assert_cmpstr (first, ==, "Token 1 of 2: 4, log-probability -0.010 (99.0 %); instead: 5 0.7 %");
  g_assert_cmpstr (second, ==, "Token 2 of 2: <b>bold</b>, log-probability -3.000 (5.0 %)");
  g_assert_true (test_shows (strip, "90 % and more"));
  /* A call without any has none. */
  leyden_calls_page_show_path (fixture.page, "late");
  test_settle ();
  g_assert_false (gtk_widget_get_mapped (strip));
  page_close (&fixture);
}

/* Of a call “trained by the cluster” they stand in its record; a long one is asked for whole. */
#define ROUTE "/leyden/v1/rollouts/r1"

static void
test_captured (void)
{
  LeydenCallsPage *page;
  LeydenRolloutView *view;
  GtkWidget *window, *strip;

  mock_backend_start ();
  mock_backend_answer ("GET " ROUTE, 200,
                       "{\"rollout\": {\"rollout\": \"r1\", \"state\": \"succeeded\", \"last_sequence\": 9, \"last_position\": 9}, \"run\": \"u1\", \"state\": {\"state\": \"succeeded\", "
                       "\"sequence\": 9, \"nodes\": {\"agent#1\": {\"state\": \"succeeded\", \"calls\": [{\"kind\": \"model\", \"ordinal\": 0, \"started\": 1, \"finished\": 2, "
                       "\"request\": {\"endpoint\": \"mine\", \"policy\": true, \"body\": {\"messages\": []}}, \"answer\": {\"message\": {\"content\": \"4\"}}}]}}}}");
  mock_backend_answer ("GET " ROUTE "/debug", 200, "{\"rollout\": \"r1\", \"can\": []}");
  mock_backend_answer ("GET " ROUTE "/events", 200, "{}");
  mock_backend_answer ("GET " ROUTE "/records", 200,
                       "{\"records\": [{\"sequence\": 3, \"node\": \"agent#10\", \"payload\": {\"ordinal\": 0}}, {\"sequence\": 4, \"node\": \"agent#1\", \"truncated\": true, "
                       "\"payload\": {\"ordinal\": 0}}]}");
  mock_backend_answer ("GET " ROUTE "/records/4", 200,
                       "{\"sequence\": 4, \"node\": \"agent#1\", \"payload\": {\"ordinal\": 0, \"capture\": {\"response\": {\"choices\": [{\"logprobs\": {\"content\": " TOKENS "}}]}}}}");
  page = LEYDEN_CALLS_PAGE (leyden_calls_page_new (leyden_session_get_default ()));
  window = test_window (GTK_WIDGET (page), 900, 600);
  view = leyden_rollout_view_new (leyden_session_get_default (), "r1");
  leyden_calls_page_set_view (GTK_WIDGET (page), view);
  strip = test_find (GTK_WIDGET (page), LEYDEN_TYPE_TOKEN_STRIP, 0);
  test_wait_until (leyden_token_strip_get_n (LEYDEN_TOKEN_STRIP (strip)) == 2);
  g_assert_true (gtk_widget_get_visible (gtk_widget_get_parent (strip)));
  leyden_calls_page_set_view (GTK_WIDGET (page), NULL);
  g_assert_false (test_shows (GTK_WIDGET (page), "How probable"));
  gtk_window_destroy (GTK_WINDOW (window));
  leyden_rollout_view_close (view);
  g_assert_finalize_object (view);
  test_settle ();
  mock_backend_stop ();
}

static void
test_narrow (void)
{
  Fixture fixture;

  page_open (&fixture, 360);
  g_assert_cmpint (gtk_widget_get_width (fixture.window), <=, 360);
  test_picture (fixture.window, "calls-narrow");
  page_close (&fixture);
}

/* --- what is done with a call --- */

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  char **text = data;

  *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (object), result, NULL);
}

static char *
read_clipboard (GtkWidget *widget)
{
  char *text = NULL;

  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (widget), NULL, read_cb, &text);
  test_wait_until (text != NULL);
  return text;
}

static void
click (GtkWidget *root,
       const char *label)
{
  GtkWidget *button = test_find_button (root, label);

  g_assert_nonnull (button);
  g_signal_emit_by_name (button, "clicked");
}

static void
test_copy (void)
{
  Fixture fixture;
  g_autofree char *curl = NULL;
  g_autofree char *json = NULL;
  g_autoptr(LeydenValue) call = NULL;

  mock_backend_start ();
  page_open (&fixture, 1000);
  click (GTK_WIDGET (fixture.call), "Copy as curl");
  desktop_events_wait_until (strstr (leyden_call_view_get_note (fixture.call), "key is left out") != NULL);
  g_assert_nonnull (strstr (leyden_call_view_get_note (fixture.call), "$OPENAI_API_KEY"));
  curl = read_clipboard (fixture.window);
  g_assert_true (g_str_has_prefix (curl, "curl 'http://"));
  g_assert_nonnull (strstr (curl, "/simulated/v1/chat/completions'"));
  g_assert_nonnull (strstr (curl, "\"Authorization: Bearer $OPENAI_API_KEY\""));
  g_assert_null (strchr (curl, '\x1b'));
  click (GTK_WIDGET (fixture.call), "Copy as JSON");
  json = read_clipboard (fixture.window);
  call = test_value (json);
  g_assert_cmpstr (leyden_value_get_member_string (call, "hash", NULL), ==, "h");
  page_close (&fixture);
  mock_backend_stop ();
}

/* By the keyboard alone: the list, the earlier try, the JSON. */
static void
test_keys (void)
{
  Fixture fixture;
  LeydenCallList *list;
  GtkWidget *disclosure;

  if (!desktop_events_available ())
    {
      g_test_skip ("No real events here");
      return;
    }
  page_open (&fixture, 1000);
  list = leyden_calls_page_get_list (fixture.page);
  desktop_events_focus (GTK_WINDOW (fixture.window));
  leyden_call_list_focus (list);
  desktop_events_key ("Down", NULL);
  desktop_events_wait_until (g_str_equal (leyden_call_item_get_path (leyden_call_list_get_selected (list)), "agent#1/calc"));
  g_assert_true (test_shows (GTK_WIDGET (fixture.call), "four"));
  desktop_events_key ("Home", NULL);
  desktop_events_wait_until (g_str_equal (leyden_call_item_get_path (leyden_call_list_get_selected (list)), "agent#1"));
  disclosure = gtk_widget_get_ancestor (test_find_label (GTK_WIDGET (fixture.call), "1 earlier try"), GTK_TYPE_TOGGLE_BUTTON);
  gtk_widget_grab_focus (disclosure);
  desktop_events_key ("space", NULL);
  desktop_events_wait_until (test_shows (GTK_WIDGET (fixture.call), "overloaded <b>bold</b>"));
  disclosure = gtk_widget_get_ancestor (test_find_label (GTK_WIDGET (fixture.call), "Request as JSON"), GTK_TYPE_TOGGLE_BUTTON);
  gtk_widget_grab_focus (disclosure);
  desktop_events_key ("space", NULL);
  desktop_events_wait_until (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (disclosure)));
  {
    GtkWidget *paged = gtk_widget_get_next_sibling (disclosure);
    g_autofree char *shown = NULL;

    test_wait_until (leyden_paged_text_get_text (LEYDEN_PAGED_TEXT (paged), NULL) != NULL);
    test_settle ();
    shown = leyden_paged_text_dup_shown (LEYDEN_PAGED_TEXT (paged));
    g_assert_nonnull (strstr (shown, "\"temperature\": 0.5"));
    assert_shown (shown);
  }
  page_close (&fixture);
}

static void
find_resend (GtkWindow **found)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr(GtkWindow) window = g_list_model_get_item (windows, i);

      if (LEYDEN_IS_CALL_RESEND (window))
        *found = window;
    }
}

/* A call is changed and sent again, through the backend; the answer stands beside the old one. */
static void
test_resend (void)
{
  Fixture fixture;
  GtkWindow *dialog = NULL;
  GtkWidget *view;
  g_autoptr(LeydenValue) request = NULL;
  g_autofree char *text = NULL;

  if (!test_backend_start ())
    {
      g_test_skip ("There is no leydenctl here");
      return;
    }
  page_open (&fixture, 1000);
  click (GTK_WIDGET (fixture.call), "Edit and Resend…");
  find_resend (&dialog);
  g_assert_nonnull (dialog);
  test_settle ();
  view = test_find (GTK_WIDGET (dialog), GTK_TYPE_TEXT_VIEW, 0);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)), "Ravi and Jonas share $250 in the ratio 4 to 6. How much does Jonas get?", -1);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (test_find (GTK_WIDGET (dialog), GTK_TYPE_CHECK_BUTTON, 0)), TRUE);
  request = leyden_call_resend_make_request (LEYDEN_CALL_RESEND (dialog));
  text = leyden_json_write (request, LEYDEN_JSON_COMPACT);
  g_assert_cmpstr (text, ==, "{\"model\":\"leyden-sim-small\",\"messages\":[{\"role\":\"user\",\"content\":\"Ravi and Jonas share $250 in the ratio 4 to 6. How much does Jonas get?\"}],"
                             "\"temperature\":0.5,\"logprobs\":true}");
  test_assert_reachable (GTK_WIDGET (dialog));
  gtk_widget_activate_action (GTK_WIDGET (dialog), "resend.send", NULL);
  test_wait_until (leyden_call_resend_get_answer (LEYDEN_CALL_RESEND (dialog)) != NULL);
  test_settle ();
  g_assert_true (test_shows (GTK_WIDGET (dialog), "Before"));
  g_assert_true (test_shows (GTK_WIDGET (dialog), "Now"));
  g_assert_true (test_shows (GTK_WIDGET (dialog), "What differs"));
  g_assert_true (test_shows (GTK_WIDGET (dialog), "How probable the model found it:"));
  test_picture (GTK_WIDGET (dialog), "call-resend");
  gtk_window_close (dialog);
  test_settle ();
  page_close (&fixture);
  test_backend_stop ();
}

/* Parameters that are no JSON are not sent; messages come and go. */
static void
test_resend_parts (void)
{
  g_autoptr(LeydenValue) messages = test_value ("[{\"role\": \"system\", \"content\": \"Be brief.\"}, {\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"x\"}]}, "
                                                "{\"role\": \"assistant\", \"content\": null, \"tool_calls\": [{\"id\": \"c\"}]}]");
  g_autoptr(LeydenValue) call = test_value ("{\"kind\": \"model\", \"request\": {\"endpoint\": \"<b>gone</b>\", \"body\": {\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"top_p\": 1}}}");
  GtkWidget *rows = leyden_message_rows_new (), *window = test_window (rows, 500, 600);
  GtkWidget *dialog, *editor;
  g_autoptr(LeydenValue) same = NULL;
  g_autoptr(LeydenValue) changed = NULL;

  leyden_message_rows_set (LEYDEN_MESSAGE_ROWS (rows), messages);
  same = leyden_message_rows_make (LEYDEN_MESSAGE_ROWS (rows));
  g_assert_true (leyden_value_equal (same, messages));
  g_signal_emit_by_name (test_find_icon_button (rows, "user-trash-symbolic"), "clicked");
  click (rows, "Add a Message");
  gtk_drop_down_set_selected (GTK_DROP_DOWN (test_find (rows, GTK_TYPE_DROP_DOWN, 0)), 2);
  changed = leyden_message_rows_make (LEYDEN_MESSAGE_ROWS (rows));
  test_assert_value (changed, "[{\"role\": \"assistant\", \"content\": [{\"type\": \"text\", \"text\": \"x\"}]}, {\"role\": \"assistant\", \"content\": null, "
                              "\"tool_calls\": [{\"id\": \"c\"}]}, {\"role\": \"user\", \"content\": \"\"}]");
  gtk_window_destroy (GTK_WINDOW (window));

  dialog = leyden_call_resend_new (NULL, leyden_session_get_default (), call, 0);
  gtk_window_present (GTK_WINDOW (dialog));
  test_settle ();
  g_assert_true (test_shows (dialog, "<b>gone</b>"));
  editor = test_find (dialog, GTK_TYPE_TEXT_VIEW, 1);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (editor)), "{\"top_p\": ", -1);
  g_assert_null (leyden_call_resend_make_request (LEYDEN_CALL_RESEND (dialog)));
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (editor)), "[]", -1);
  g_assert_null (leyden_call_resend_make_request (LEYDEN_CALL_RESEND (dialog)));
  gtk_window_destroy (GTK_WINDOW (dialog));
  test_settle ();
}

int
main (int   argc,
      char *argv[])
{
  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add_func ("/calls/conversation", test_conversation);
  g_test_add_func ("/calls/long-conversation", test_long_conversation);
  g_test_add_data_func ("/calls/paged-text", GINT_TO_POINTER (FALSE), test_paged);
  g_test_add_data_func ("/calls/paged-json", GINT_TO_POINTER (TRUE), test_paged);
  g_test_add_func ("/calls/images", test_images);
  g_test_add_func ("/calls/page", test_page);
  g_test_add_func ("/calls/tokens", test_tokens);
  g_test_add_func ("/calls/captured", test_captured);
  g_test_add_func ("/calls/narrow", test_narrow);
  g_test_add_func ("/calls/copy", test_copy);
  g_test_add_func ("/calls/keys", test_keys);
  g_test_add_func ("/calls/resend", test_resend);
  g_test_add_func ("/calls/resend-parts", test_resend_parts);
  return g_test_run ();
}
