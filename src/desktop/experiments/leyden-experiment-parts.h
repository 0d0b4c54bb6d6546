/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* Small widgets that the pages of an experiment share. Texts may come from outside: they are shown as text, cleaned. */

/* A label that wraps, from the start side. @text (nullable) is shown as it is; @style (nullable) a class. */
GtkWidget *leyden_part_label      (const char *text, const char *style);
/* For text from outside. */
void       leyden_part_set_text   (GtkWidget *label, const char *text, guint max_chars);
/* A word in a pill: "Simulated", "Best". @style (nullable): "accent", … */
GtkWidget *leyden_part_chip       (const char *text, const char *style);
/* Two texts in one: what was removed is struck through, what was added underlined, each in its colour; a screen reader gets words for it. */
GtkWidget *leyden_part_diff       (const char *before, const char *after);
/* A value of a slot as text for a person; NULL: not known. (transfer full) */
char      *leyden_part_format_slot (const char *kind, LeydenValue *value);
/* A button that shows and hides @child below it; hidden at first. (GtkExpander asks children that are not in the window for the focus.) */
GtkWidget *leyden_part_disclosure (const char *title, GtkWidget *child);
void       leyden_part_disclosure_set_title (GtkWidget *disclosure, const char *title);
/* Two or more buttons side by side where there is room. @first begins the list, NULL ends it. */
GtkWidget *leyden_part_buttons    (GtkWidget *first, ...) G_GNUC_NULL_TERMINATED;
/* Name, and a number of a tile below it. The number's label is stored in @number. */
GtkWidget *leyden_part_tile       (const char *title, GtkWidget **number);
/* For a dialog whose answers on their way hold it, maybe longer than its parent lives: GTK leaves a window that was closed before its parent with a
 * pointer to a parent that is gone. Once, when it is made. */
void       leyden_part_outlive_parent (GtkWindow *dialog);

G_END_DECLS
