/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-node-types.h"

G_BEGIN_DECLS

/**
 * LeydenValuesDialog: values to be typed, one for each of some ports: inputs of a node that is to run alone, or the outputs that it is pinned to.
 * Texts are typed as they are, all else as JSON. An empty field is left out.
 *
 * Signal "done" (LeydenValue *values): object port → value; once, when all of them can be read.
 */
#define LEYDEN_TYPE_VALUES_DIALOG (leyden_values_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LeydenValuesDialog, leyden_values_dialog, LEYDEN, VALUES_DIALOG, AdwWindow)

/* @ports of LeydenPort; @initial (nullable): object of values that are there already. @action: what its button says. */
LeydenValuesDialog *leyden_values_dialog_new (GtkWindow *parent, const char *title, const char *text, const char *action, GPtrArray *ports,
                                              LeydenValue *initial);
/* For tests: types into the field of a port, and presses the button. */
void                leyden_values_dialog_type (LeydenValuesDialog *self, const char *port, const char *text);
void                leyden_values_dialog_done (LeydenValuesDialog *self);
/* (transfer none): what is wrong, "" when nothing is. */
const char         *leyden_values_dialog_get_problem (LeydenValuesDialog *self);

/* A typed text as a value of a type; NULL with @error. An empty text gives NULL without. (transfer full) */
LeydenValue        *leyden_values_dialog_read (LeydenPortType type, const char *text, GError **error);

G_END_DECLS
