/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-desktop"

#include <math.h>

#include "desktop-helpers.h"
#include "leyden-agent-text.h"
#include "leyden-attach-dialog.h"
#include "leyden-call-row.h"
#include "leyden-endpoint-dialog.h"
#include "leyden-runs-place.h"
#include "leyden-token-strip.h"
#include "leyden-try-result.h"

/* Agents in the window, over `leydenctl serve`; a program is attached as a person does it: by pasting the lines into a shell. */

typedef struct
{
  GtkWidget *window;
  GtkWidget *place;
  GtkWidget *dialog;
  char      *called;
  guint      n_attach;
} Place;

static void
called_cb (Place      *place,
           const char *rollout)
{
  place->called = g_strdup (rollout);
  place->dialog = NULL;
  leyden_runs_place_show_agents (LEYDEN_RUNS_PLACE (place->place), rollout);
}

static void
attach_cb (Place *place)
{
  place->n_attach++;
  place->dialog = leyden_attach_dialog_new (GTK_WINDOW (place->window));
  g_signal_connect_swapped (place->dialog, "called", G_CALLBACK (called_cb), place);
  gtk_window_present (GTK_WINDOW (place->dialog));
}

static void
lines_cb (Place      *place,
          const char *rollout)
{
  place->dialog = leyden_attach_dialog_new_for (GTK_WINDOW (place->window), rollout);
  gtk_window_present (GTK_WINDOW (place->dialog));
}

static void
place_open (Place *place,
            int    width)
{
  place->place = leyden_runs_place_new ();
  g_signal_connect_swapped (place->place, "attach-requested", G_CALLBACK (attach_cb), place);
  g_signal_connect_swapped (place->place, "lines-requested", G_CALLBACK (lines_cb), place);
  place->window = test_window (place->place, width, 900);
}

static void
place_close (Place *place)
{
  gtk_window_destroy (GTK_WINDOW (place->window));
  test_settle ();
  g_clear_pointer (&place->called, g_free);
}

static void
click (GtkWidget *button)
{
  g_assert_nonnull (button);
  g_signal_emit_by_name (button, "clicked");
}

/* Starts a shell with the lines and a program of Python. */
static GSubprocess *
paste (const char *lines,
       const char *program)
{
  g_autofree char *path = g_build_filename (test_desktop_folder (), "agent.py", NULL);
  g_autofree char *script = g_strdup_printf ("%sexec python3 %s\n", lines, path);
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  GSubprocess *process;
  g_autoptr(GError) error = NULL;

  g_assert_true (g_file_set_contents (path, program, -1, &error));
  g_subprocess_launcher_unsetenv (launcher, "ASAN_OPTIONS");
  process = g_subprocess_launcher_spawn (launcher, &error, "sh", "-c", script, NULL);
  g_assert_no_error (error);
  return process;
}

#define AGENT_HEAD \
  "import json, os, sys, urllib.request\n" \
  "def post(url, body):\n" \
  "    request = urllib.request.Request(url, json.dumps(body).encode(), {'Content-Type': 'application/json', 'Authorization': 'Bearer ' + os.environ['AGL_KEY']})\n" \
  "    return json.load(urllib.request.urlopen(request))\n" \
  "def ask(messages):\n" \
  "    return post(os.environ['AGL_OPENAI_BASE_URL'] + '/chat/completions', {'model': 'auto', 'messages': messages})['choices'][0]['message']\n"

static LeydenValue *
training_of (Place *place)
{
  LeydenAgentPage *page = leyden_agents_page_get_page (leyden_runs_place_get_agents (LEYDEN_RUNS_PLACE (place->place)));

  return page != NULL ? leyden_agent_page_get_training (page) : NULL;
}

static gboolean
has_calls (Place *place,
           guint  n)
{
  return leyden_value_get_size (leyden_value_get_member (training_of (place), "calls")) >= n;
}

/* Waiting for the first call; then the live rollout: the dialog goes, the page follows call by call up to the reward. */
static void
test_attach (void)
{
  g_autofree char *python = g_find_program_in_path ("python3");
  g_autofree char *go = g_build_filename (test_desktop_folder (), "go", NULL);
  g_autofree char *program = g_strdup_printf (AGENT_HEAD
    "import time\n"
    "messages = [{'role': 'user', 'content': 'Ravi and Jonas share $250 in the ratio 4 to 6. How much does Jonas get?'}]\n"
    "messages.append(ask(messages))\n"
    "while not os.path.exists('%s'): time.sleep(0.05)\n"
    "messages.append({'role': 'user', 'content': 'And Ravi?'})\n"
    "messages.append(ask(messages))\n"
    "post(os.environ['AGL_EVENT_URL'], {'event_type': 'reward', 'data': {'value': 0.75, 'reason': 'half <b>right'}})\n", go);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GError) error = NULL;
  Place place = { 0 };

  if (python == NULL)
    {
      g_test_skip ("There is no python3 here");
      return;
    }
  place_open (&place, 1000);
  leyden_runs_place_show_agents (LEYDEN_RUNS_PLACE (place.place), NULL);
  test_wait_until (test_shows (place.place, "No Agents Yet"));
  test_picture (place.window, "agents-empty");
  click (test_find_button (place.place, "Attach an Agent…"));
  g_assert_cmpuint (place.n_attach, ==, 1);
  test_wait_until (leyden_attach_dialog_get_lines (LEYDEN_ATTACH_DIALOG (place.dialog)) != NULL);
  test_wait_until (test_shows (place.dialog, "Waiting for the first call…"));
  test_settle ();
  test_assert_reachable (place.dialog);
  click (test_find_button (place.dialog, "Copy"));
  g_assert_true (test_shows (place.dialog, "Copied"));
  process = paste (leyden_attach_dialog_get_lines (LEYDEN_ATTACH_DIALOG (place.dialog)), program);
  test_wait_until (place.called != NULL);
  test_wait_until (has_calls (&place, 1));
  g_assert_true (test_shows (place.place, "No reward has come yet."));
  g_assert_nonnull (test_find_button (place.place, "Stop"));
  g_assert_true (g_file_set_contents (go, "", 0, NULL));
  g_assert_true (g_subprocess_wait_check (process, NULL, &error));
  g_assert_no_error (error);
  test_wait_until (has_calls (&place, 2) && test_shows (place.place, "0.75"));
  g_assert_true (test_shows (place.place, "A trainer learns from 2 of 2 calls"));
  g_assert_true (test_shows (place.place, "About the reward: half <b>right"));
  g_assert_true (test_shows (place.place, "Simulated"));
  test_picture (place.window, "agent");
  /* Back to the list, where it stands. */
  gtk_widget_activate_action (GTK_WIDGET (leyden_agents_page_get_page (leyden_runs_place_get_agents (LEYDEN_RUNS_PLACE (place.place)))), "agents.back", NULL);
  test_wait_until (test_shows (place.place, "reward 0.750"));
  place_close (&place);
}

typedef struct
{
  LeydenValue *answer;
  GError      *error;
  gboolean     done;
} Answer;

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Answer *answer = data;

  answer->answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &answer->error);
  answer->done = TRUE;
}

static LeydenValue *
ask (const char *method,
     const char *path,
     const char *body)
{
  g_autoptr(LeydenValue) value = body != NULL ? test_value (body) : NULL;
  Answer answer = { 0 };

  leyden_backend_request_async (leyden_session_get_backend (leyden_session_get_default ()), method, path, value, NULL, answered_cb, &answer);
  test_wait_until (answer.done);
  g_assert_no_error (answer.error);
  return answer.answer;
}

static void
tell (const char *method,
      const char *path,
      const char *body)
{
  g_autoptr(LeydenValue) answer = ask (method, path, body);

  g_assert_nonnull (answer);
}

/* Each reason why a call is dropped, and a group of a trainer, one of which is opened from the other. */
static void
test_page (void)
{
#define CALL(prompt, response, rest) "{\"event_type\": \"model_request\", \"data\": {\"request\": {\"messages\": [{\"role\": \"user\", \"content\": \"<i>q</i>\"}]}, " \
  "\"response\": {\"prompt_token_ids\": " prompt ", \"choices\": [{\"message\": {\"content\": \"a\"}, \"token_ids\": " response rest "}]}, \"http_status\": 200, \"status\": \"ok\"}}"
  Place place = { 0 };
  GtkWidget *row, *strip;

  tell ("POST", "/api/rollouts", "[{\"input\": {\"data_id\": \"sum\"}, \"rollout_id\": \"g1\"}, {\"input\": {\"data_id\": \"sum\"}, \"rollout_id\": \"g2\"}]");
  tell ("POST", "/api/rollouts/g1/attempt/0/events", CALL ("[1]", "[2]", ""));
  tell ("POST", "/api/rollouts/g1/attempt/0/events", CALL ("[1]", "[3]", ""));
  tell ("POST", "/api/rollouts/g1/attempt/0/events", CALL ("[7]", "null", ""));
  tell ("POST", "/api/rollouts/g1/attempt/0/events",
        CALL ("[8]", "[9, 10]", ", \"logprobs\": {\"content\": [{\"token\": \"<x>\", \"logprob\": -0.05}, {\"token\": \" y\\n\", \"logprob\": -3}]}"));
  tell ("POST", "/api/rollouts/g1/attempt/0/events", CALL ("[11]", "[9, 10]", ", \"logprobs\": {\"content\": [{\"token\": \"x\", \"logprob\": -0.05}]}"));
  tell ("POST", "/api/rollouts/g1/attempt/0/events",
        "{\"event_type\": \"model_request\", \"data\": {\"response\": {\"error\": {\"message\": \"out of <memory>\"}}, \"http_status\": 500, \"status\": \"error\"}}");
  tell ("POST", "/api/rollouts/g1/attempt/0/events", "{\"event_type\": \"reward\", \"data\": {\"value\": 1}}");
  tell ("POST", "/api/rollouts/g2/attempt/0/events", "{\"event_type\": \"reward\", \"data\": {\"value\": 0}}");
  for (guint i = 1; i <= 2; i++)
    {
      g_autofree char *path = g_strdup_printf ("/api/rollouts/g%u", i);

      tell ("PATCH", path, "{\"status\": {\"state\": \"running\"}}");
      tell ("PATCH", path, "{\"status\": {\"state\": \"succeeded\"}}");
    }
  tell ("DELETE", "/api/rollouts/g1", NULL);

  place_open (&place, 1000);
  leyden_runs_place_show_agents (LEYDEN_RUNS_PLACE (place.place), "g1");
  test_wait_until (has_calls (&place, 6));
  g_assert_true (test_shows (place.place, "A trainer learns from 3 of 6 calls: 5 tokens in 3 sequences."));
  g_assert_true (test_shows (place.place, "Dropped: call 2 has the same prompt, and of those the last is kept"));
  g_assert_true (test_shows (place.place, "Dropped: the endpoint returned no token ids"));
  g_assert_true (test_shows (place.place, "Dropped: the model answered with an error 500: out of <memory>"));
  g_assert_true (test_shows (place.place, "without its log-probabilities: there are 1 of them"));
  g_assert_true (test_shows (place.place, "Removed by the trainer"));
  g_assert_true (test_shows (place.place, "+0.71"));
  test_settle ();
  test_assert_reachable (place.window);
  row = test_find (place.place, LEYDEN_TYPE_CALL_ROW, 3);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
  test_wait_until ((strip = test_find (row, LEYDEN_TYPE_TOKEN_STRIP, 0)) != NULL && leyden_token_strip_get_n (LEYDEN_TOKEN_STRIP (strip)) == 2);
  g_assert_true (test_shows (row, "<i>q</i>"));
  test_picture (place.window, "agent-call");
  /* The other one of the group. */
  row = gtk_widget_get_ancestor (test_find_label (place.place, "g2"), ADW_TYPE_ACTION_ROW);
  g_signal_emit_by_name (gtk_widget_get_parent (row), "row-activated", row);
  test_wait_until (g_strcmp0 (leyden_value_get_member_string (training_of (&place), "rollout", ""), "g2") == 0);
  test_wait_until (test_shows (place.place, "-0.71"));
  g_assert_true (test_shows (place.place, "there is nothing to train"));
  place_close (&place);
}

/* Stop ends one that waits. */
static void
test_stop (void)
{
  g_autoptr(LeydenValue) attached = ask ("POST", "/leyden/v1/attach", "{}");
  Place place = { 0 };

  place_open (&place, 360);
  leyden_runs_place_show_agents (LEYDEN_RUNS_PLACE (place.place), leyden_value_get_member_string (attached, "rollout", NULL));
  test_wait_until (test_find_button (place.place, "Stop") != NULL && test_shows (place.place, "Waiting for the first call…"));
  test_picture (place.window, "agent-waiting");
  /* The lines once more, as they were. */
  click (test_find_button (place.place, "Lines…"));
  test_wait_until (g_strcmp0 (leyden_attach_dialog_get_lines (LEYDEN_ATTACH_DIALOG (place.dialog)), leyden_value_get_member_string (attached, "lines", "")) == 0);
  test_settle ();
  gtk_window_destroy (GTK_WINDOW (place.dialog));
  click (test_find_button (place.place, "Stop"));
  test_wait_until (test_shows (place.place, "Ended before the agent called"));
  g_assert_null (test_find_button (place.place, "Stop"));
  /* The list fits a telephone, too. */
  leyden_runs_place_show_agents (LEYDEN_RUNS_PLACE (place.place), NULL);
  test_settle ();
  g_assert_cmpint (gtk_widget_get_width (place.window), <=, 360);
  place_close (&place);
}

/* The sample with its agent marked as trained by the cluster. (transfer full) */
static LeydenValue *
load_policy_flow (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "data", "samples", "calculator-agent.leyden", NULL);
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) flow = NULL;
  g_autoptr(LeydenValue) yes = leyden_value_new_boolean (TRUE);
  LeydenValue *nodes;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  flow = test_value (text);
  nodes = leyden_value_get_member (flow, "nodes");
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *node = leyden_value_get_item (nodes, i);
      g_autoptr(LeydenValue) parameters = NULL;
      g_autoptr(LeydenValue) marked = NULL;
      g_autoptr(LeydenValue) list = NULL;

      if (g_strcmp0 (leyden_value_get_member_string (node, "id", NULL), "solveagt") != 0)
        continue;
      parameters = leyden_value_with_member (leyden_value_get_member (node, "parameters"), "policy", yes);
      marked = leyden_value_with_member (node, "parameters", parameters);
      list = leyden_value_with_item (nodes, i, marked);
      return leyden_value_with_member (flow, "nodes", list);
    }
  g_assert_not_reached ();
}

static char *
run_once (LeydenValue *flow)
{
  g_autofree char *document = test_text (flow);
  g_autofree char *body = g_strdup_printf ("{\"flow\": %s, \"input\": {\"question\": \"Ravi and Jonas share $250 in the ratio 4 to 6. How much does Jonas get?\"}, "
                                           "\"pace\": \"fast\", \"purpose\": \"try\"}", document);
  g_autoptr(LeydenValue) run = ask ("POST", "/leyden/v1/runs", body);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts", leyden_value_get_member_string (run, "run", ""));

  for (guint i = 0; i < 600; i++)
    {
      g_autoptr(LeydenValue) list = ask ("GET", path, NULL);
      LeydenValue *rollout = leyden_value_get_item (leyden_value_get_member (list, "rollouts"), 0);

      if (g_strcmp0 (leyden_value_get_member_string (rollout, "state", NULL), "succeeded") == 0)
        return g_strdup (leyden_value_get_member_string (rollout, "rollout", NULL));
      g_usleep (20000);
    }
  g_assert_not_reached ();
}

static GtkWidget *
find_training (GtkWidget *result)
{
  GtkWidget *button = test_find_icon_button (result, "leyden-train-symbolic");

  return button != NULL && gtk_widget_get_visible (button) ? button : NULL;
}

/* A rollout of a flow leads to the trainer's view, where its flow has a node that the cluster trains; the view holds that node's calls only. */
static void
test_flow (void)
{
  g_autoptr(LeydenValue) value = load_policy_flow ();
  g_autofree char *text = test_text (value);
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (bytes, "flow", NULL);
  g_autoptr(LeydenDocument) plain = test_sample ();
  g_autofree char *rollout = run_once (value);
  GtkWidget *result = leyden_try_result_new ();
  GtkWidget *window = test_window (result, 600, 600);
  Place place = { 0 };
  LeydenValue *calls;

  leyden_try_result_show_rollout (LEYDEN_TRY_RESULT (result), leyden_session_get_default (), rollout, flow);
  test_wait_until (find_training (result) != NULL);
  g_assert_cmpstr (g_variant_get_string (gtk_actionable_get_action_target_value (GTK_ACTIONABLE (find_training (result))), NULL), ==, rollout);
  leyden_try_result_show_rollout (LEYDEN_TRY_RESULT (result), leyden_session_get_default (), rollout, leyden_document_get_flow (plain));
  test_wait_until (find_training (result) == NULL);
  gtk_window_destroy (GTK_WINDOW (window));

  place_open (&place, 1000);
  leyden_runs_place_show_agents (LEYDEN_RUNS_PLACE (place.place), rollout);
  test_wait_until (has_calls (&place, 1));
  calls = leyden_value_get_member (training_of (&place), "calls");
  for (guint i = 0; i < leyden_value_get_size (calls); i++)
    g_assert_true (g_str_has_prefix (leyden_value_get_member_string (leyden_value_get_item (calls, i), "node", ""), "solveagt#"));
  /* No trainer has a model here: its own endpoint answered, as the transport of flows asks it. */
  g_assert_true (test_shows (place.place, "Dropped: the endpoint returned no token ids"));
  place_close (&place);
  leyden_document_close (plain, TRUE);
}

static void
test_strip (void)
{
  GtkWidget *strip = leyden_token_strip_new ();
  GtkWidget *window = test_window (strip, 400, 200);
  g_autoptr(LeydenValue) tokens = test_value ("[{\"id\": 1, \"text\": \"Yes\", \"log_prob\": -0.01}, {\"id\": 2, \"text\": \" it\", \"log_prob\": -0.4}, "
                                              "{\"id\": 3, \"text\": \"\\n\", \"log_prob\": -1}, {\"id\": 4, \"text\": \"\", \"log_prob\": -2}, "
                                              "{\"id\": 5, \"text\": null, \"log_prob\": -9}, {\"id\": 6, \"text\": \"é\\u202e\", \"log_prob\": null}]");
  static const guint levels[] = { 0, 1, 2, 3, 4, 5 };
  g_autofree char *first = NULL;
  g_autofree char *last = NULL;
  g_autofree char *none = NULL;

  leyden_token_strip_set_tokens (LEYDEN_TOKEN_STRIP (strip), tokens, 0, 9);
  g_assert_cmpuint (leyden_token_strip_get_n (LEYDEN_TOKEN_STRIP (strip)), ==, G_N_ELEMENTS (levels));
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    g_assert_cmpuint (leyden_token_strip_get_level (LEYDEN_TOKEN_STRIP (strip), i), ==, levels[i]);
  first = leyden_token_strip_describe (LEYDEN_TOKEN_STRIP (strip), 0);
  last = leyden_token_strip_describe (LEYDEN_TOKEN_STRIP (strip), 5);
  none = leyden_token_strip_describe (LEYDEN_TOKEN_STRIP (strip), 6);
  g_assert_cmpstr (first, ==, "Token 1 of 9: Yes, id 1, log-probability -0.010 (99.0 %)");
  g_assert_nonnull (strstr (last, "no log-probability"));
  g_assert_null (none);
  /* Without probabilities there is no legend. */
  g_assert_true (test_shows (strip, "90 % and more"));
  leyden_token_strip_set_tokens (LEYDEN_TOKEN_STRIP (strip), NULL, 0, 0);
  g_assert_false (test_shows (strip, "90 % and more"));
  gtk_window_destroy (GTK_WINDOW (window));
  test_settle ();
}

/* What is not known is said so, and nothing is promised. */
static void
test_verdicts (void)
{
  static const struct { const char *training, *part; gboolean good; } cases[] = {
    { "{\"state\": \"queued\", \"is_train\": true}", "Waiting for the first call", FALSE },
    { "{\"state\": \"failed\", \"is_train\": true}", "asked no model", FALSE },
    { "{\"state\": \"succeeded\", \"is_train\": false, \"calls\": [{}], \"n_trained\": 1}", "validation", FALSE },
    { "{\"state\": \"succeeded\", \"is_train\": true, \"calls\": [{}], \"n_trained\": 0}", "learns nothing", FALSE },
    { "{\"state\": \"running\", \"is_train\": true, \"calls\": [{}], \"n_trained\": 1, \"sequences\": [{\"trained_tokens\": 1}]}", "1 of 1 call: 1 token in 1 sequence. No reward", FALSE },
    { "{\"state\": \"succeeded\", \"is_train\": true, \"calls\": [{}, {}], \"n_trained\": 1, \"sequences\": [{\"trained_tokens\": 3}], \"reward\": {\"given\": true}}",
      "1 of 2 calls: 3 tokens in 1 sequence.", TRUE },
    { "{\"state\": \"succeeded\", \"is_train\": true, \"calls\": [{}], \"n_trained\": 1, \"sequences\": [{\"trained_tokens\": 3}], \"reward\": {\"given\": true}, "
      "\"group\": {\"size\": 2, \"final\": true, \"deviation\": 0}}", "all rewards of its group are equal", FALSE },
    { "{}", "Waiting", FALSE },
    { "[]", "Waiting", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LeydenValue) training = test_value (cases[i].training);
      gboolean good = !cases[i].good;
      g_autofree char *text = leyden_agent_describe_verdict (training, &good);

      if (strstr (text, cases[i].part) == NULL)
        g_error ("%s: %s", cases[i].training, text);
      g_assert_cmpint (good, ==, cases[i].good);
    }
}

/* The editor of an endpoint says whether it can be trained, before it is saved. */
static void
test_check (void)
{
  g_autoptr(LeydenValue) simulated = test_value ("{\"name\": \"simulated\", \"title\": \"S\", \"base_uri\": \"http://127.0.0.1:9/v1\", \"wire\": \"openai\"}");
  GtkWidget *dialog = leyden_endpoint_dialog_new (NULL, NULL);

  gtk_window_present (GTK_WINDOW (dialog));
  test_settle ();
  test_assert_reachable (dialog);
  click (test_find_button (dialog, "Check"));
  g_assert_true (test_shows (dialog, "An address such as"));
  gtk_editable_set_text (GTK_EDITABLE (test_find (dialog, ADW_TYPE_ENTRY_ROW, 1)), "http://127.0.0.1:1/v1");
  click (test_find_button (dialog, "Check"));
  test_wait_until (test_shows (dialog, "127.0.0.1 port 1"));
  gtk_window_destroy (GTK_WINDOW (dialog));

  dialog = leyden_endpoint_dialog_new (NULL, simulated);
  gtk_window_present (GTK_WINDOW (dialog));
  click (test_find_button (dialog, "Check"));
  test_wait_until (test_shows (dialog, "It returns token ids and log-probabilities"));
  gtk_window_destroy (GTK_WINDOW (dialog));
  test_settle ();
}

int
main (int    argc,
      char **argv)
{
  int status;

  if (!test_desktop_init (&argc, &argv))
    return 0;
  g_test_add_func ("/agents/strip", test_strip);
  g_test_add_func ("/agents/verdicts", test_verdicts);
  if (test_backend_start ())
    {
      g_test_add_func ("/agents/attach", test_attach);
      g_test_add_func ("/agents/page", test_page);
      g_test_add_func ("/agents/stop", test_stop);
      g_test_add_func ("/agents/flow", test_flow);
      g_test_add_func ("/agents/check", test_check);
    }
  status = g_test_run ();
  test_backend_stop ();
  return status;
}
