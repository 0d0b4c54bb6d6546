/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenAttachDialog: the lines that attach an agent, started in any terminal, and the wait for its first call.
 *
 * Signal "called" (const char *rollout): the agent is there; the dialog is closed then.
 */
#define LEYDEN_TYPE_ATTACH_DIALOG (leyden_attach_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LeydenAttachDialog, leyden_attach_dialog, LEYDEN, ATTACH_DIALOG, AdwWindow)

GtkWidget  *leyden_attach_dialog_new         (GtkWindow *parent);
/* The lines of a rollout that waits already. */
GtkWidget  *leyden_attach_dialog_new_for     (GtkWindow *parent, const char *rollout);
/* NULL until the backend answered. */
const char *leyden_attach_dialog_get_rollout (LeydenAttachDialog *self);
const char *leyden_attach_dialog_get_lines   (LeydenAttachDialog *self);

G_END_DECLS
