/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* The first rows of a data set as a table. */
#define LEYDEN_TYPE_DATASET_PREVIEW (leyden_dataset_preview_get_type ())
G_DECLARE_FINAL_TYPE (LeydenDatasetPreview, leyden_dataset_preview, LEYDEN, DATASET_PREVIEW, GtkWidget)

GtkWidget *leyden_dataset_preview_new      (void);
/* @info: GET /leyden/v1/datasets/…; NULL: empty. */
void       leyden_dataset_preview_set_info (LeydenDatasetPreview *self, LeydenValue *info);

G_END_DECLS
