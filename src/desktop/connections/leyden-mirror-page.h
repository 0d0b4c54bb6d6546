/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenMirrorPage: an agl-server that is followed, in the place Runs: how it stands, its model proxy with pause and resume, the models that
 * answered, what polling missed, its rollouts, and the events of one.
 *
 * Signal "failed" (GError *error): something asked through it was refused. Signal "rollout-shown" (const char *rollout, nullable): one is looked
 * at, or none any more.
 */
#define LEYDEN_TYPE_MIRROR_PAGE (leyden_mirror_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenMirrorPage, leyden_mirror_page, LEYDEN, MIRROR_PAGE, GtkWidget)

GtkWidget *leyden_mirror_page_new  (const char *mirror);
/* Of one that is followed no more: its rollouts only. */
GtkWidget *leyden_mirror_page_new_for_run (LeydenValue *run);
/* Shows the events of a rollout; @title is what it is called. */
void       leyden_mirror_page_show (LeydenMirrorPage *self, const char *rollout, const char *title);
/* The rollout of which there is most to see. */
void       leyden_mirror_page_show_longest (LeydenMirrorPage *self);
/* A second way to look at the rollout that is shown: @training (transfer floating) follows "rollout-shown". */
void       leyden_mirror_page_set_training (LeydenMirrorPage *self, GtkWidget *training);

G_END_DECLS
