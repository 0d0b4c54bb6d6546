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
} LeydenScene;

const LeydenScene *leyden_scenes_list (guint *n);

/* leyden-scenes-agents.c */
void leyden_scene_no_agents (LeydenWindow *window);
void leyden_scene_attach    (LeydenWindow *window);
void leyden_scene_endpoint  (LeydenWindow *window);
void leyden_scene_agent     (LeydenWindow *window);
void leyden_scene_agents    (LeydenWindow *window);

G_END_DECLS
