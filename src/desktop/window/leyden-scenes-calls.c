/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#include <glib/gi18n-lib.h>

#include "leyden-call-resend.h"
#include "leyden-calls-page.h"
#include "leyden-compare-view.h"
#include "leyden-debug-panel.h"
#include "leyden-json.h"
#include "leyden-session.h"
#include "leyden-window-private.h"

/* Calls and a comparison as a backend tells them, of the sample's agent. */

#define QUESTION "{\"role\": \"user\", \"content\": \"Ravi and Jonas share $250 in the ratio 4 to 6. How much does Jonas get?\"}"
#define TOOL_CALL "{\"id\": \"c1\", \"type\": \"function\", \"function\": {\"name\": \"calculator\", \"arguments\": \"{\\\"expression\\\": \\\"250 / (4 + 6) * 6\\\"}\"}}"
#define TOKENS \
  "[{\"token\": \"Jonas\", \"logprob\": -0.02}, {\"token\": \" gets\", \"logprob\": -0.4}, {\"token\": \" $\", \"logprob\": -0.1}, {\"token\": \"150\", \"logprob\": -0.9, " \
  "\"top_logprobs\": [{\"token\": \"150\", \"logprob\": -0.9}, {\"token\": \"100\", \"logprob\": -1.1}]}, {\"token\": \",\", \"logprob\": -1.9}, {\"token\": \" I\", \"logprob\": -2.8}, " \
  "{\"token\": \" think\", \"logprob\": -0.2}, {\"token\": \".\", \"logprob\": -0.01}]"
#define CALL(ordinal, started, finished, messages, answer) \
  "{\"kind\": \"model\", \"ordinal\": " ordinal ", \"hash\": \"7f\", \"started\": " started ", \"finished\": " finished ", \"request\": {\"endpoint\": \"simulated\", \"body\": " \
  "{\"model\": \"leyden-sim-small\", \"messages\": " messages ", \"temperature\": 0.7}, \"sample\": 0}, \"answer\": " answer "}"
#define ANSWER(message, more) \
  "{\"message\": " message ", \"finish_reason\": \"stop\", \"model\": \"leyden-sim-small\", \"endpoint\": \"simulated\", \"latency_ms\": 840, \"first_token_ms\": 127, " \
  "\"simulated\": true, \"cost\": 0.00124, \"currency\": \"sim credits\", \"usage\": {\"prompt_tokens\": 76, \"completion_tokens\": 12}" more "}"
#define SYSTEM "{\"role\": \"system\", \"content\": \"You solve word problems. Use the calculator for every step.\"}"
#define STATE \
  "{\"seed\": 42, \"nodes\": {\"solveagt\": {\"state\": \"succeeded\"}, \"solveagt#1\": {\"state\": \"succeeded\", \"part\": true, \"calls\": [" \
  CALL ("0", "1000000000", "1840000000", "[" SYSTEM ", " QUESTION "]", ANSWER ("{\"role\": \"assistant\", \"content\": null, \"tool_calls\": [" TOOL_CALL "]}", "")) "]}, " \
  "\"solveagt#1/calctool\": {\"state\": \"succeeded\", \"part\": true, \"calls\": [{\"kind\": \"tool\", \"ordinal\": 0, \"started\": 1900000000, \"finished\": 1901000000, " \
  "\"request\": {\"name\": \"calculator\", \"arguments\": {\"expression\": \"250 / (4 + 6) * 6\"}}, \"answer\": {\"content\": \"150\"}}]}, " \
  "\"solveagt#2\": {\"state\": \"succeeded\", \"part\": true, \"calls\": [" \
  CALL ("0", "2000000000", "2840000000", "[" SYSTEM ", " QUESTION ", {\"role\": \"assistant\", \"content\": null, \"tool_calls\": [" TOOL_CALL "]}, " \
        "{\"role\": \"tool\", \"tool_call_id\": \"c1\", \"content\": \"150\"}]", \
        ANSWER ("{\"role\": \"assistant\", \"content\": \"Jonas gets $150, I think.\"}", ", \"logprobs\": {\"content\": " TOKENS "}")) "]}}}"

static const char comparison[] =
  "{\"a\": {\"rollout\": \"r1\", \"item\": \"ratio-17\", \"state\": \"succeeded\", \"started_ns\": 1764000000000000000}, "
  "\"b\": {\"rollout\": \"r2\", \"item\": \"ratio-17\", \"state\": \"succeeded\", \"started_ns\": 1764003600000000000}, "
  "\"divergence\": {\"path\": \"solveagt#1\", \"what\": \"call\", \"sequence_a\": 7, \"sequence_b\": 7}, "
  "\"reward\": {\"a\": 0.0, \"b\": 1.0}, \"cost\": {\"a\": 0.00124, \"b\": 0.0022}, \"latency_ms\": {\"a\": 840, \"b\": 1680}, "
  "\"nodes\": [{\"path\": \"solveagt\", \"same\": false, \"a\": {\"state\": \"succeeded\", \"ms\": 840, \"cost\": 0.00124, \"tokens\": 88}, "
  "\"b\": {\"state\": \"succeeded\", \"ms\": 1680, \"cost\": 0.0022, \"tokens\": 164}, \"ports\": [{\"port\": \"text\", \"same\": false, \"a\": \"Jonas gets $100, I think.\", "
  "\"b\": \"Jonas gets 6 of 10 parts: 250 / 10 * 6 = 150. Answer: 150\"}, {\"port\": \"usage\", \"same\": false, \"a\": {\"tokens\": {\"in\": 76, \"out\": 12}, \"calls\": 1}, "
  "\"b\": {\"tokens\": {\"in\": 140, \"out\": 24}, \"calls\": 2}}]}, "
  "{\"path\": \"solveagt#1\", \"same\": false, \"a\": {\"state\": \"succeeded\"}, \"b\": {\"state\": \"succeeded\"}, \"ports\": []}, "
  "{\"path\": \"solveagt#1/calctool\", \"same\": false, \"a\": null, \"b\": {\"state\": \"succeeded\", \"ms\": 1}, \"ports\": []}]}";

static LeydenCallsPage *
show_calls (LeydenWindow *window)
{
  g_autoptr(LeydenValue) state = leyden_json_parse (STATE, -1, NULL, NULL);
  LeydenDebugPanel *panel;
  LeydenCallsPage *page;

  leyden_window_open_sample (window, "calculator-agent");
  leyden_window_show_panel (window, "debug");
  panel = LEYDEN_DEBUG_PANEL (leyden_bottom_panel_get_child (window->tab->panel, "debug"));
  leyden_debug_panel_show_page (panel, "calls");
  page = LEYDEN_CALLS_PAGE (leyden_debug_panel_get_page (panel, "calls"));
  leyden_calls_page_set_state (page, leyden_document_get_flow (window->tab->document), state);
  leyden_calls_page_show_path (page, "solveagt#2");
  return page;
}

void
leyden_scene_calls (LeydenWindow *window)
{
  show_calls (window);
}

void
leyden_scene_call_resend (LeydenWindow *window)
{
  gtk_widget_activate_action (GTK_WIDGET (leyden_calls_page_get_call (show_calls (window))), "call.resend", NULL);
}

void
leyden_scene_compare (LeydenWindow *window)
{
  g_autoptr(LeydenValue) answer = leyden_json_parse (comparison, -1, NULL, NULL);
  GtkWidget *dialog, *view = leyden_compare_view_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  leyden_window_open_sample (window, "calculator-agent");
  dialog = g_object_new (ADW_TYPE_WINDOW, "transient-for", window, "destroy-with-parent", TRUE, "modal", TRUE, "title", _("Compare Rollouts"),
                         "default-width", 960, "default-height", 680, NULL);
  gtk_widget_set_vexpand (view, TRUE);
  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (box), view);
  adw_window_set_content (ADW_WINDOW (dialog), box);
  leyden_compare_view_set (LEYDEN_COMPARE_VIEW (view), answer, leyden_document_get_flow (window->tab->document));
  leyden_compare_view_step (LEYDEN_COMPARE_VIEW (view), -1);
  gtk_window_present (GTK_WINDOW (dialog));
}
