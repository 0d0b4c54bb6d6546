/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-variable.h"

G_BEGIN_DECLS

/* For the list of what is at the top. Titles are safe text. */
LeydenVariable *leyden_variable_new_input    (LeydenValue *value);
/* @outputs and @parameters nullable. */
LeydenVariable *leyden_variable_new_node     (const char  *path,
                                              const char  *title,
                                              const char  *node_title,
                                              LeydenValue *outputs,
                                              LeydenValue *parameters);
/* Says from now on what @news says; what is below it stays as far as it is the same. */
void            leyden_variable_take_over    (LeydenVariable *self,
                                              LeydenVariable *news);
gboolean        leyden_variable_has_children (LeydenVariable *self);

G_END_DECLS
