/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-rollout-view.h"

G_BEGIN_DECLS

/**
 * LeydenRoundPicker: which round of a loop or map is shown, of a rollout that is too long for all of them at once. A number that is typed or stepped to,
 * and the container where there are several; inside a container the rounds of the one around it are those that are shown. Hidden where nothing is
 * to be picked.
 */
#define LEYDEN_TYPE_ROUND_PICKER (leyden_round_picker_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRoundPicker, leyden_round_picker, LEYDEN, ROUND_PICKER, GtkWidget)

GtkWidget *leyden_round_picker_new      (void);
/* @view nullable. */
void       leyden_round_picker_set_view (LeydenRoundPicker *self, LeydenRolloutView *view);
/* What the view has now. */
void       leyden_round_picker_update   (LeydenRoundPicker *self);

G_END_DECLS
