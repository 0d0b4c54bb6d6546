/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-dataset-choice.h"

G_BEGIN_DECLS

/* What a run is made of: data set (chosen or dropped), rows, mapping of columns to fields, and a preview. */
#define LEYDEN_TYPE_RUN_SETUP (leyden_run_setup_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRunSetup, leyden_run_setup, LEYDEN, RUN_SETUP, GtkWidget)

GtkWidget  *leyden_run_setup_new       (LeydenDatasetChoice *choice);
/* Over all rows, and how training uses them; the columns are mapped where it is run. */
GtkWidget  *leyden_run_setup_new_for_training (LeydenDatasetChoice *choice);
/* "train", "validation", "test", or NULL for all rows. */
const char *leyden_run_setup_get_split (LeydenRunSetup      *self);
/* Rows that would run, −1 while unknown. */
gint64      leyden_run_setup_get_n_rows (LeydenRunSetup     *self);

G_END_DECLS
