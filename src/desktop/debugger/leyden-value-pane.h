/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenValuePane: one value as large as it is: text and JSON in pages, an image shown, sound played where this computer can, else why not. Nothing is
 * fetched from anywhere.
 */
#define LEYDEN_TYPE_VALUE_PANE (leyden_value_pane_get_type ())
G_DECLARE_FINAL_TYPE (LeydenValuePane, leyden_value_pane, LEYDEN, VALUE_PANE, GtkWidget)

GtkWidget *leyden_value_pane_new       (void);
/* @title: of what it is; @value (nullable): nothing is there. */
void       leyden_value_pane_set_value (LeydenValuePane *self,
                                        const char      *title,
                                        LeydenValue     *value);

G_END_DECLS
