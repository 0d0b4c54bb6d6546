/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#include "leyden-endpoint-dialog.h"
#include "leyden-json.h"
#include "leyden-session.h"
#include "leyden-window-private.h"

/* Agents as they are told by requests, one after the other: what a program would do. "@" in a path or body stands for the rollout that was
 * attached last, "^" for the last answer. */
typedef struct
{
  const char *method;
  const char *path;
  const char *body;
} Request;

#define PROXY "/proxy/rollout/@/attempt/0/mode/train/openai/v1/chat/completions"
#define EVENTS "/api/rollouts/@/attempt/0/events"
#define ATTACH(id) { "POST", "/leyden/v1/attach", "{\"group\": \"scene\", \"input\": {\"data_id\": \"ratio-17\"}, \"client_id\": \"scene-" id "\"}" }
#define REWARD(value) { "POST", EVENTS, "{\"event_type\": \"reward\", \"data\": {\"value\": " value ", \"reason\": \"the number is right, and no unit\"}}" }
#define ASK "{\"role\": \"user\", \"content\": \"Ravi and Jonas share $250 in the ratio 4 to 6. How much does Jonas get?\"}"

static const Request requests[] = {
  ATTACH ("1"), { "POST", PROXY, "{\"messages\": [" ASK "]}" }, REWARD ("0.0"),
  ATTACH ("2"), { "POST", PROXY, "{\"messages\": [" ASK "]}" }, REWARD ("1.0"),
  ATTACH ("3"),
  ATTACH ("4"),
  { "POST", PROXY, "{\"messages\": [" ASK "]}" },
  { "POST", PROXY, "{\"messages\": [" ASK ", {\"role\": \"assistant\", \"content\": ^}, {\"role\": \"user\", \"content\": \"Only the number.\"}]}" },
  { "POST", EVENTS, "{\"event_type\": \"model_request\", \"data\": {\"request\": {\"messages\": [" ASK "]}, \"response\": {\"error\": {\"message\": \"The server is overloaded\"}}, "
                    "\"http_status\": 529, \"status\": \"error\"}}" },
  { "POST", EVENTS, "{\"event_type\": \"model_request\", \"data\": {\"request\": {\"messages\": [{\"role\": \"user\", \"content\": \"Is 17 a prime?\"}]}, "
                    "\"response\": {\"prompt_token_ids\": [9, 8, 7, 6], \"choices\": [{\"message\": {\"content\": \"Yes, it is\"}, \"token_ids\": [11, 12, 13, 14], "
                    "\"logprobs\": {\"content\": [{\"token\": \"Yes\", \"logprob\": -0.02}, {\"token\": \",\", \"logprob\": -0.3}, {\"token\": \" it\", \"logprob\": -0.9}, "
                    "{\"token\": \" is\", \"logprob\": -2.6}]}}]}, \"http_status\": 200, \"status\": \"ok\"}}" },
  REWARD ("0.5"),
};

typedef struct
{
  LeydenWindow *window;
  char         *rollout;
  char         *answer;                 /* JSON */
  guint         next;
  gboolean      page;
} Play;

static void
play_free (Play *play)
{
  g_object_unref (play->window);
  g_free (play->rollout);
  g_free (play->answer);
  g_free (play);
}

static void play_next (Play *play);

static char *
fill_in (const Play *play,
         const char *text)
{
  g_auto(GStrv) parts = g_strsplit (text, "@", -1);
  g_autofree char *named = g_strjoinv (play->rollout != NULL ? play->rollout : "", parts);
  g_auto(GStrv) pieces = g_strsplit (named, "^", -1);

  return g_strjoinv (play->answer != NULL ? play->answer : "null", pieces);
}

static gboolean
open_call_cb (gpointer data)
{
  LeydenWindow *window = data;
  LeydenAgentPage *page = window->runs_place != NULL ? leyden_agents_page_get_page (leyden_runs_place_get_agents (window->runs_place)) : NULL;

  if (page != NULL)
    leyden_agent_page_open_call (page, 3);
  return G_SOURCE_REMOVE;
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Play *play = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  const char *rollout = leyden_value_get_member_string (answer, "rollout", NULL);
  LeydenValue *said = leyden_value_lookup_pointer (answer, "/choices/0/message/content");

  if (error != NULL)
    g_printerr ("leyden: %s\n", error->message);
  if (g_str_equal (requests[play->next].path, "/leyden/v1/attach"))
    {
      g_free (play->rollout);
      play->rollout = g_strdup (rollout);
    }
  if (said != NULL)
    {
      g_free (play->answer);
      play->answer = leyden_json_write (said, LEYDEN_JSON_COMPACT);
    }
  play->next++;
  play_next (play);
}

static void
play_next (Play *play)
{
  const Request *request = &requests[play->next];
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) body = NULL;

  if (play->window->dismantling || play->next == G_N_ELEMENTS (requests))
    {
      if (!play->window->dismantling)
        leyden_window_show_agent (play->window, play->page ? play->rollout : NULL);
      if (play->page)
        g_timeout_add_full (G_PRIORITY_DEFAULT, 1200, open_call_cb, g_object_ref (play->window), g_object_unref);
      play_free (play);
      return;
    }
  path = fill_in (play, request->path);
  text = fill_in (play, request->body);
  body = leyden_json_parse (text, -1, NULL, NULL);
  leyden_backend_request_async (leyden_session_get_backend (leyden_session_get_default ()), request->method, path, body, NULL, answered_cb, play);
}

static void
play (LeydenWindow *window,
      gboolean      page)
{
  Play *self = g_new0 (Play, 1);

  self->window = g_object_ref (window);
  self->page = page;
  leyden_window_build (window);
  adw_view_stack_set_visible_child_name (leyden_window_get_views (window), "runs");
  leyden_session_start (leyden_session_get_default ());
  play_next (self);
}

void
leyden_scene_no_agents (LeydenWindow *window)
{
  leyden_window_show_agent (window, NULL);
}

void
leyden_scene_attach (LeydenWindow *window)
{
  leyden_window_show_agent (window, NULL);
  leyden_window_attach_agent (window);
}

static gboolean
check_cb (gpointer data)
{
  leyden_endpoint_dialog_check (data);
  return G_SOURCE_REMOVE;
}

/* The editor of an endpoint, after it was asked; the simulated model answers in its place. */
void
leyden_scene_endpoint (LeydenWindow *window)
{
  g_autoptr(LeydenValue) endpoint = leyden_json_parse ("{\"name\": \"simulated\", \"title\": \"vLLM here\", \"base_uri\": \"http://127.0.0.1:9/v1\", "
                                                       "\"wire\": \"openai\"}", -1, NULL, NULL);
  GtkWidget *dialog = leyden_endpoint_dialog_new (GTK_WINDOW (window), endpoint);

  leyden_window_build (window);
  gtk_window_present (GTK_WINDOW (dialog));
  g_idle_add_full (G_PRIORITY_LOW, check_cb, g_object_ref (dialog), g_object_unref);
}

void
leyden_scene_agent (LeydenWindow *window)
{
  play (window, TRUE);
}

void
leyden_scene_agents (LeydenWindow *window)
{
  play (window, FALSE);
}
