/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-variable.h"

G_BEGIN_DECLS

/**
 * LeydenVariables: the lines at the top of the tree: input, then each node that has started, in that order. Of the many nodes of a state only those that
 * somebody looks at are made into variables. A list model of LeydenVariable.
 */
#define LEYDEN_TYPE_VARIABLES (leyden_variables_get_type ())
G_DECLARE_FINAL_TYPE (LeydenVariables, leyden_variables, LEYDEN, VARIABLES, GObject)

LeydenVariables *leyden_variables_new    (void);
/* What was there keeps its object, and what is below it. @flow, @state nullable. */
void             leyden_variables_update (LeydenVariables *self,
                                          LeydenFlow      *flow,
                                          LeydenValue     *state);

G_END_DECLS
