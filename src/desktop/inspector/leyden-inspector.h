/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-document.h"
#include "leyden-selection.h"

G_BEGIN_DECLS

/* Properties: document (LeydenDocument, nullable), selection (LeydenSelection, nullable). */
#define LEYDEN_TYPE_INSPECTOR (leyden_inspector_get_type ())
G_DECLARE_FINAL_TYPE (LeydenInspector, leyden_inspector, LEYDEN, INSPECTOR, GtkWidget)

GtkWidget *leyden_inspector_new       (void);
/* The fold of the rollout that is shown elsewhere: its values are those of the wires here. NULL: none. */
void       leyden_inspector_set_state (LeydenInspector *self,
                                       LeydenValue     *state);
/* Scrolls to the row of a parameter of the node that is shown; with @focus its editor gets the keys. FALSE: there is none. */
gboolean   leyden_inspector_show_parameter (LeydenInspector *self, const char *parameter, gboolean focus);

G_END_DECLS
