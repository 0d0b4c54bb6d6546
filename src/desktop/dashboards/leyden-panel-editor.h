/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenPanelEditor: a window in which a panel is made or changed, with what it shows above.
 *
 * Signal: "done" (LeydenValue *panel): it was changed, and is right.
 */
#define LEYDEN_TYPE_PANEL_EDITOR (leyden_panel_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenPanelEditor, leyden_panel_editor, LEYDEN, PANEL_EDITOR, AdwWindow)

/* @document: the dashboard that it belongs to; @variables, @time, @zone: as they are shown now. */
GtkWidget   *leyden_panel_editor_new       (GtkWindow         *parent,
                                            LeydenSession     *session,
                                            LeydenValue       *document,
                                            LeydenValue       *panel,
                                            LeydenValue       *variables,
                                            LeydenValue       *time,
                                            const char        *zone);
/* As the form says. (transfer full) */
LeydenValue *leyden_panel_editor_get_panel (LeydenPanelEditor *self);
/* As its button does: FALSE when it cannot be kept, which is said. */
gboolean     leyden_panel_editor_finish    (LeydenPanelEditor *self);

G_END_DECLS
