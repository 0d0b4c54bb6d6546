/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#include "leyden-json.h"
#include "leyden-try-panel.h"
#include "leyden-window-private.h"

#define QUESTION "Pavel bakes 47 cookies, keeps 20 of them and shares the rest equally among 3 friends. How many cookies does each friend get?"
#define BREAKPOINT "{\"id\": \"scene\", \"when\": \"before\", \"node\": \"exanswer\", \"condition\": \"text LIKE '%nine%'\", \"enabled\": true}"

static gboolean
start_cb (gpointer data)
{
  LeydenWindow *window = data;
  g_autoptr(LeydenValue) breakpoint = leyden_json_parse (BREAKPOINT, -1, NULL, NULL);
  g_autoptr(LeydenValue) question = leyden_value_new_string (QUESTION, -1);
  LeydenBreakpoints *store = leyden_breakpoints_get_for (leyden_window_get_document (window));
  LeydenTryPanel *try = LEYDEN_TRY_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (window), "try"));

  leyden_breakpoints_set (store, breakpoint);
  if (g_list_model_get_n_items (leyden_breakpoints_get_watches (store)) == 0)
    leyden_breakpoints_set_watch (store, 0, "\"Solver\" ->> '$.text'");
  g_action_group_change_action_state (G_ACTION_GROUP (window), "debug-heat", g_variant_new_string ("time"));
  leyden_try_panel_set_value (try, "question", question);
  leyden_try_panel_debug (try);
  return G_SOURCE_REMOVE;
}

/* A rollout that stands at a breakpoint, with heat. */
void
leyden_scene_debugger (LeydenWindow *window)
{
  leyden_window_open_sample (window, "calculator-agent");
  leyden_window_show_panel (window, "try");
  g_timeout_add_full (G_PRIORITY_DEFAULT, 600, start_cb, g_object_ref (window), g_object_unref);
}
