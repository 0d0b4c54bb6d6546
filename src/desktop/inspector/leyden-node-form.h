/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-document.h"

G_BEGIN_DECLS

/* What the inspector shows of one node: title, kind, parameters, connections. Follows undo and other views. */
#define LEYDEN_TYPE_NODE_FORM (leyden_node_form_get_type ())
G_DECLARE_FINAL_TYPE (LeydenNodeForm, leyden_node_form, LEYDEN, NODE_FORM, GtkWidget)

GtkWidget  *leyden_node_form_new    (LeydenDocument *document,
                                     const char     *node);
/* The fold of the rollout that is shown, for the values on the wires; NULL: none. */
void        leyden_node_form_set_state (LeydenNodeForm *self,
                                        LeydenValue    *state);
const char *leyden_node_form_get_id (LeydenNodeForm *self);
/* The row of a parameter, what it is folded into opened; NULL when there is none. (transfer none) */
GtkWidget  *leyden_node_form_open_row (LeydenNodeForm *self,
                                       const char     *parameter);

G_END_DECLS
