/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-scenes.h"

#include "leyden-debug-panel.h"
#include "leyden-session.h"
#include "leyden-try-panel.h"
#include "leyden-window-private.h"

/* A rollout that was tried, looked at in time: the timeline, its events, what was written. */

typedef struct
{
  LeydenWindow *window;
  const char   *page;
} Look;

static void
look_free (gpointer data)
{
  Look *self = data;

  g_object_unref (self->window);
  g_free (self);
}

static void
rollouts_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Look *self = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  LeydenValue *row = leyden_value_get_item (leyden_value_get_member (answer, "rollouts"), 0);
  const char *rollout = leyden_value_get_member_string (row, "rollout", NULL);

  if (rollout != NULL && !self->window->dismantling)
    {
      GtkWidget *panel = leyden_bottom_panel_get_child (leyden_window_get_panel (self->window), "debug");

      leyden_tab_debug (self->window->tab, rollout);
      leyden_window_show_panel (self->window, "debug");
      leyden_debug_panel_show_page (LEYDEN_DEBUG_PANEL (panel), self->page);
    }
  look_free (self);
}

static void
runs_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  LeydenValue *run = leyden_value_get_item (leyden_value_get_member (answer, "runs"), 0);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/rollouts?limit=1", leyden_value_get_member_string (run, "run", "none"));

  leyden_backend_request_async (LEYDEN_BACKEND (object), "GET", path, NULL, NULL, rollouts_cb, data);
}

static gboolean
ask_cb (gpointer data)
{
  leyden_backend_request_async (leyden_session_get_backend (leyden_session_get_default ()), "GET", "/leyden/v1/runs?limit=1", NULL, NULL, runs_cb, data);
  return G_SOURCE_REMOVE;
}

static void
look (LeydenWindow *window,
      const char   *page)
{
  Look *self = g_new0 (Look, 1);
  LeydenTryPanel *panel;
  g_autoptr(LeydenValue) question = leyden_value_new_string ("Ravi and Jonas share $250 in the ratio 4 to 6. How much does Jonas get?", -1);

  leyden_window_open_sample (window, "calculator-agent");
  panel = LEYDEN_TRY_PANEL (leyden_bottom_panel_get_child (leyden_window_get_panel (window), "try"));
  leyden_window_show_panel (window, "try");
  leyden_try_panel_set_value (panel, "question", question);
  leyden_try_panel_start (panel);
  self->window = g_object_ref (window);
  self->page = page;
  g_timeout_add (4000, ask_cb, self);
}

void
leyden_scene_timeline (LeydenWindow *window)
{
  look (window, "timeline");
}

void
leyden_scene_events (LeydenWindow *window)
{
  look (window, "events");
}

void
leyden_scene_console (LeydenWindow *window)
{
  look (window, "console");
}
