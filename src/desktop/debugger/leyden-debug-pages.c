/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-debug-pages.h"

#include <glib/gi18n-lib.h>

#include "leyden-console.h"
#include "leyden-debug-path.h"
#include "leyden-event-list.h"
#include "leyden-timeline-view.h"

static void
set_timeline_view (GtkWidget         *page,
                   LeydenRolloutView *view)
{
  leyden_timeline_view_set_view (LEYDEN_TIMELINE_VIEW (page), view);
}

static void
set_events_view (GtkWidget         *page,
                 LeydenRolloutView *view)
{
  leyden_event_list_set_view (LEYDEN_EVENT_LIST (page), view);
}

static void
set_console_view (GtkWidget         *page,
                  LeydenRolloutView *view)
{
  leyden_console_set_view (LEYDEN_CONSOLE (page), view);
}

/* On the canvas there are nodes, not their turns and rounds. */
static void
show_node_cb (LeydenDebugPanel *panel,
              const char       *path)
{
  g_autofree char *place = leyden_debug_path_dup_place (path);

  if (place != NULL && *place != '\0')
    g_signal_emit_by_name (panel, "show-node", place);
}

void
leyden_debug_pages_add (LeydenDebugPanel *panel)
{
  GtkWidget *timeline = leyden_timeline_view_new (), *events = leyden_event_list_new ();

  g_return_if_fail (LEYDEN_IS_DEBUG_PANEL (panel));

  g_signal_connect_object (timeline, "show-node", G_CALLBACK (show_node_cb), panel, G_CONNECT_SWAPPED);
  g_signal_connect_object (events, "show-node", G_CALLBACK (show_node_cb), panel, G_CONNECT_SWAPPED);
  leyden_debug_panel_set_head (panel, leyden_timeline_view_take_head (LEYDEN_TIMELINE_VIEW (timeline)));
  leyden_debug_panel_add_page (panel, "timeline", _("Timeline"), timeline, set_timeline_view);
  leyden_debug_panel_add_page (panel, "events", _("Events"), events, set_events_view);
  leyden_debug_panel_add_page (panel, "console", _("Console"), leyden_console_new (), set_console_view);
}
