/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#include "leyden-json.h"
#include "leyden-run-panel.h"
#include "leyden-window-private.h"

#define SAMPLE "calculator-agent"
/* Until a few dozen rollouts of the sample are there. */
#define RUN_MS 4500

/* FALSE: not yet, once more. */
typedef gboolean (*Then) (LeydenRolloutsPage *page);

typedef struct
{
  LeydenWindow *window;
  Then          then;                   /* nullable */
} Later;

static void
later_free (gpointer data)
{
  g_object_unref (((Later *) data)->window);
  g_free (data);
}

static void
after (guint         ms,
       GSourceFunc   func,
       LeydenWindow *window,
       Then          then)
{
  Later *later = g_new (Later, 1);

  *later = (Later) { g_object_ref (window), then };
  g_timeout_add_full (G_PRIORITY_DEFAULT, ms, func, later, later_free);
}

static gboolean
then_cb (gpointer data)
{
  Later *later = data;

  if (later->window->runs_place == NULL || !gtk_widget_get_visible (GTK_WIDGET (later->window)))
    return G_SOURCE_REMOVE;
  return later->then (leyden_runs_place_get_rollouts (later->window->runs_place)) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static gboolean
show_cb (gpointer data)
{
  Later *later = data;

  if (!gtk_widget_get_visible (GTK_WIDGET (later->window)))
    return G_SOURCE_REMOVE;
  gtk_widget_activate_action (GTK_WIDGET (later->window), "win.show-rollouts", NULL);
  if (later->then != NULL)
    after (1500, then_cb, later->window, later->then);
  return G_SOURCE_REMOVE;
}

/* As soon as the backend is there. */
static gboolean
start_cb (gpointer data)
{
  Later *later = data;
  LeydenWindow *window = later->window;
  LeydenRunPanel *panel;

  if (window->tab == NULL || window->tab->panel == NULL || !gtk_widget_get_visible (GTK_WIDGET (window)))
    return G_SOURCE_REMOVE;
  panel = LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (window), "run"));
  if (!leyden_run_panel_can_start (panel))
    return G_SOURCE_CONTINUE;
  leyden_run_panel_start (panel);
  after (RUN_MS, show_cb, window, later->then);
  return G_SOURCE_REMOVE;
}

static void
run_and_show (LeydenWindow *window,
              Then          then)
{
  leyden_window_open_sample (window, SAMPLE);
  leyden_window_show_panel (window, "run");
  after (100, start_cb, window, then);
}

void
leyden_scene_no_rollouts (LeydenWindow *window)
{
  leyden_window_open_sample (window, SAMPLE);
  after (100, show_cb, window, NULL);
}

void
leyden_scene_rollouts (LeydenWindow *window)
{
  run_and_show (window, NULL);
}

static gboolean
filter (LeydenRolloutsPage *page)
{
  g_autoptr(LeydenValue) query = leyden_json_parse ("{\"filter\": [[\"state\", \"=\", \"succeeded\"], [\"reward\", \"<\", 0.5]], \"where\": \"tokens >\"}", -1, NULL, NULL);

  leyden_rollouts_page_filter (page, query);
  leyden_rollout_table_set_sort (leyden_rollouts_page_get_table (page), "reward", FALSE);
  return TRUE;
}

/* With a condition that is not finished yet. */
void
leyden_scene_rollout_filter (LeydenWindow *window)
{
  run_and_show (window, filter);
}

static gboolean
select_some (LeydenRolloutsPage *page)
{
  leyden_rollout_table_select (leyden_rollouts_page_get_table (page), 1, 2);
  return TRUE;
}

void
leyden_scene_rollout_selection (LeydenWindow *window)
{
  run_and_show (window, select_some);
}

/* One that has ended. */
static gboolean
show_first (LeydenRolloutsPage *page)
{
  GListModel *model = G_LIST_MODEL (leyden_rollouts_page_get_model (page));

  for (guint i = 0; i < MIN (g_list_model_get_n_items (model), 150); i++)
    {
      g_autoptr(LeydenRolloutEntry) entry = g_list_model_get_item (model, i);

      if (!g_str_equal (leyden_value_get_member_string (leyden_rollout_entry_get_row (entry), "state", ""), "succeeded"))
        continue;
      leyden_rollouts_page_show (page, leyden_rollout_entry_get_rollout (entry));
      return TRUE;
    }
  return FALSE;
}

void
leyden_scene_rollout (LeydenWindow *window)
{
  run_and_show (window, show_first);
}

static gboolean
show_calls (LeydenRolloutsPage *page)
{
  if (!show_first (page))
    return FALSE;
  leyden_rollout_page_show_part (leyden_rollouts_page_get_page (page), "calls");
  return TRUE;
}

void
leyden_scene_rollout_calls (LeydenWindow *window)
{
  run_and_show (window, show_calls);
}
