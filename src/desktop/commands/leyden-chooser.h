/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-chooser-row.h"

G_BEGIN_DECLS

/**
 * LeydenChooser: a window in which something is chosen by the keyboard alone: what is typed searches, arrows and Page keys choose, Enter
 * takes it, Escape closes. It speaks what is chosen.
 */
#define LEYDEN_TYPE_CHOOSER (leyden_chooser_get_type ())
G_DECLARE_FINAL_TYPE (LeydenChooser, leyden_chooser, LEYDEN, CHOOSER, AdwWindow)

/* What there is to choose for a query, folded as leyden_fuzzy_fold() does it, best first; as few as a person would look through.
 * (transfer full) (element-type LeydenChoice), with leyden_choice_free() as its free function */
typedef GPtrArray *(*LeydenChooserList) (const char *query, gpointer data);
/* Called once, after the window is gone. */
typedef void       (*LeydenChooserTake) (const char *id, gpointer data);

/**
 * leyden_chooser_new:
 * @parent: the window that it is over
 * @title: what is chosen, also the name of the list
 * @prompt: what stands in the empty entry, also its name
 * @data: for both callbacks; freed by @destroy (nullable) when the window is gone
 *
 * Returns: (transfer none): the window, to be presented
 */
GtkWidget *leyden_chooser_new (GtkWindow         *parent,
                               const char        *title,
                               const char        *prompt,
                               LeydenChooserList  list,
                               LeydenChooserTake  take,
                               gpointer           data,
                               GDestroyNotify     destroy);

G_END_DECLS
