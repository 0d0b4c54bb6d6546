/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-window.h"

G_BEGIN_DECLS

/* One picture of --screenshots: a fresh window, brought into a state. A part of the window adds its own lines to the table. */
typedef struct
{
  const char *name;                             /* file name without variant and suffix */
  void      (*prepare) (LeydenWindow *window);  /* after the window was mapped */
  guint       settle_ms;                        /* time until the picture is taken */
  GtkWidget *(*pick) (LeydenWindow *window);    /* what the picture is of, NULL: the window; may give NULL when it is not there */
} LeydenScene;

const LeydenScene *leyden_scenes_list (guint *n);

/* leyden-scenes-elements.c */
void leyden_scene_elements  (LeydenWindow *window);
/* leyden-scenes-agents.c */
void leyden_scene_no_agents (LeydenWindow *window);
void leyden_scene_attach    (LeydenWindow *window);
void leyden_scene_endpoint  (LeydenWindow *window);
void leyden_scene_agent     (LeydenWindow *window);
void leyden_scene_agents    (LeydenWindow *window);
/* leyden-scenes-alerts.c */
void leyden_scene_alerts    (LeydenWindow *window);
void leyden_scene_alert_editor (LeydenWindow *window);
void leyden_scene_webhook   (LeydenWindow *window);
void leyden_scene_webhook_editor (LeydenWindow *window);
void leyden_scene_report    (LeydenWindow *window);
void leyden_scene_source    (LeydenWindow *window);
/* leyden-scenes-calls.c */
void leyden_scene_calls     (LeydenWindow *window);
void leyden_scene_call_resend (LeydenWindow *window);
void leyden_scene_compare   (LeydenWindow *window);
/* leyden-scenes-charts.c */
void leyden_scene_charts    (LeydenWindow *window);
/* leyden-scenes-dashboards.c */
void leyden_scene_dashboards     (LeydenWindow *window);
void leyden_scene_dashboard      (LeydenWindow *window);
void leyden_scene_dashboard_edit (LeydenWindow *window);
void leyden_scene_panel_editor   (LeydenWindow *window);
/* leyden-scenes-debugger.c */
void leyden_scene_debugger  (LeydenWindow *window);
/* leyden-scenes-rollouts.c */
void leyden_scene_no_rollouts   (LeydenWindow *window);
void leyden_scene_rollouts      (LeydenWindow *window);
void leyden_scene_rollout_filter (LeydenWindow *window);
void leyden_scene_rollout_selection (LeydenWindow *window);
void leyden_scene_rollout       (LeydenWindow *window);
void leyden_scene_rollout_calls (LeydenWindow *window);
/* leyden-scenes-structure.c */
void leyden_scene_find      (LeydenWindow *window);
void leyden_scene_deep      (LeydenWindow *window);
/* leyden-scenes-gestures.c */
void       leyden_scene_insert           (LeydenWindow *window);
void       leyden_scene_node_problems    (LeydenWindow *window);
/* What is open over the canvas. */
GtkWidget *leyden_scene_pick_popover     (LeydenWindow *window);
/* leyden-scenes-inspector.c */
void leyden_scene_prompt    (LeydenWindow *window);
void leyden_scene_condition (LeydenWindow *window);
/* leyden-scenes-time.c */
void leyden_scene_timeline  (LeydenWindow *window);
void leyden_scene_events    (LeydenWindow *window);
void leyden_scene_console   (LeydenWindow *window);
/* leyden-scenes-connections.c */
void       leyden_scene_connections_menu (LeydenWindow *window);
void       leyden_scene_add_connection   (LeydenWindow *window);
void       leyden_scene_certificate      (LeydenWindow *window);
void       leyden_scene_unreachable      (LeydenWindow *window);
void       leyden_scene_connections      (LeydenWindow *window);
void       leyden_scene_mirror           (LeydenWindow *window);
void       leyden_scene_mirror_rollout   (LeydenWindow *window);
/* The dialog over the window, and the popover of the connections. */
GtkWidget *leyden_scene_pick_dialog      (LeydenWindow *window);
GtkWidget *leyden_scene_pick_menu        (LeydenWindow *window);

G_END_DECLS
