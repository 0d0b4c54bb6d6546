/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-calls-page.h"
#include "leyden-debug-panel.h"
#include "leyden-session.h"

/* Page “Calls” of the debugger, and the way to it: win.show-call (rollout, node path). */

#define PAGE "calls"

static LeydenDebugPanel *
get_panel (LeydenTab *self)
{
  return LEYDEN_DEBUG_PANEL (leyden_bottom_panel_get_child (self->panel, "debug"));
}

static void
show_call_action (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       data)
{
  LeydenTab *tab = LEYDEN_WINDOW (data)->tab;
  const char *rollout, *path;
  LeydenDebugPanel *panel;

  if (tab == NULL || tab->panel == NULL || !leyden_tab_is_built (tab))
    return;
  panel = get_panel (tab);
  g_variant_get (parameter, "(&s&s)", &rollout, &path);
  leyden_tab_debug (tab, rollout);
  leyden_bottom_panel_set_page (tab->panel, "debug");
  leyden_debug_panel_show_page (panel, PAGE);
  leyden_calls_page_show_path (LEYDEN_CALLS_PAGE (leyden_debug_panel_get_page (panel, PAGE)), path);
}

void
leyden_window_add_calls (LeydenWindow *self)
{
  g_autoptr(GSimpleAction) show = g_simple_action_new ("show-call", G_VARIANT_TYPE ("(ss)"));

  g_signal_connect (show, "activate", G_CALLBACK (show_call_action), self);
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (show));
}

void
leyden_tab_add_calls (LeydenTab *self)
{
  leyden_debug_panel_add_page (get_panel (self), PAGE, _("Calls"), leyden_calls_page_new (leyden_session_get_default ()), leyden_calls_page_set_view);
}
