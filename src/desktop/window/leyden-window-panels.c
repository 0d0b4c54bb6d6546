/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-run-panel.h"
#include "leyden-try-panel.h"

/* What the panels and the list of runs say to the canvas and to one another. */

static LeydenNodeState
parse_state (const char *name)
{
  static const struct
  {
    const char      *name;
    LeydenNodeState  state;
  } states[] = {
    { "waiting", LEYDEN_NODE_STATE_WAITING },
    { "running", LEYDEN_NODE_STATE_RUNNING },
    { "succeeded", LEYDEN_NODE_STATE_SUCCEEDED },
    { "failed", LEYDEN_NODE_STATE_FAILED },
    { "skipped", LEYDEN_NODE_STATE_SKIPPED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_str_equal (name, states[i].name))
      return states[i].state;
  return LEYDEN_NODE_STATE_NONE;
}

static void
statuses_cb (LeydenWindow *self,
             LeydenValue  *statuses)
{
  guint n = leyden_value_get_size (statuses);

  if (n == 0)
    leyden_canvas_clear_statuses (self->canvas);
  for (guint i = 0; i < n; i++)
    {
      LeydenValue *status = leyden_value_get_item (statuses, i);

      leyden_canvas_set_node_status (self->canvas, leyden_value_get_key (statuses, i),
                                     parse_state (leyden_value_get_member_string (status, "state", "")),
                                     (guint64) MAX (leyden_value_get_member_int (status, "count", 0), 0),
                                     leyden_value_get_member_double (status, "mean_ms", -1));
    }
}

static void
show_node_cb (LeydenWindow *self,
              const char   *id)
{
  adw_view_stack_set_visible_child_name (self->views, "design");
  leyden_canvas_show_element (self->canvas, LEYDEN_ELEMENT_NODE, id);
}

static void
show_rollout_cb (LeydenWindow *self,
                 const char   *rollout)
{
  leyden_window_show_panel (self, "try");
  leyden_try_panel_show_rollout (LEYDEN_TRY_PANEL (leyden_bottom_panel_get_child (self->panel, "try")), rollout);
}

static void
run_activated_cb (LeydenWindow *self,
                  LeydenValue  *run)
{
  if (self->document == NULL)
    {
      leyden_window_toast (self, _("Open the flow of this run to look into it"));
      return;
    }
  leyden_window_show_panel (self, "run");
  leyden_run_panel_show_run (LEYDEN_RUN_PANEL (leyden_bottom_panel_get_child (self->panel, "run")), run);
}

void
leyden_window_connect_panels (LeydenWindow *self)
{
  GtkWidget *try = leyden_bottom_panel_get_child (self->panel, "try");
  GtkWidget *run = leyden_bottom_panel_get_child (self->panel, "run");

  g_signal_connect_object (try, "node-statuses", G_CALLBACK (statuses_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (try, "show-node", G_CALLBACK (show_node_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "node-statuses", G_CALLBACK (statuses_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "show-rollout", G_CALLBACK (show_rollout_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->runs_page, "run-activated", G_CALLBACK (run_activated_cb), self, G_CONNECT_SWAPPED);
}
