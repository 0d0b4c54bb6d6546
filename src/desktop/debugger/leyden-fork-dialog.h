/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-rollout-view.h"

G_BEGIN_DECLS

/**
 * LeydenForkDialog: what shall be other from the position on that is looked at when it opens: a parameter of a node, as a prompt, or a value that a node gave. What does
 * not depend on it is taken from the log.
 *
 * Signal "done" (LeydenValue *edit, gboolean paused): {"node", "parameter" | "port", "value"}; @paused: the fork waits for commands. The dialog stays until
 * leyden_fork_dialog_end() says that it was done: what was typed is not lost when the backend refuses it.
 */
#define LEYDEN_TYPE_FORK_DIALOG (leyden_fork_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LeydenForkDialog, leyden_fork_dialog, LEYDEN, FORK_DIALOG, AdwWindow)

/* @node (nullable): path of the node that it begins with, in the rollout or in the flow ("solve/check": its latest round). The view must have a flow and a
 * state. */
GtkWidget         *leyden_fork_dialog_new       (GtkWindow *parent, LeydenRolloutView *view, const char *node);
/* The rollout that it was opened on, and the position: the last record that counts. (transfer none) */
LeydenRolloutView *leyden_fork_dialog_get_view  (LeydenForkDialog *self);
guint64            leyden_fork_dialog_get_until (LeydenForkDialog *self);
/* What became of "done": NULL closes it; else why there is no fork, and it can be asked for again. */
void               leyden_fork_dialog_end       (LeydenForkDialog *self, const char *problem);

G_END_DECLS
