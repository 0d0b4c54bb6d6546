/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-document.h"

G_BEGIN_DECLS

/* The data set that a flow names: its size, columns with types and where they go, first rows. Folded; the backend is asked when it is opened,
 * so that looking at a flow starts nothing. (transfer floating) */
#define LEYDEN_TYPE_DATASET_CARD (leyden_dataset_card_get_type ())
G_DECLARE_FINAL_TYPE (LeydenDatasetCard, leyden_dataset_card, LEYDEN, DATASET_CARD, GtkWidget)

/* NULL when the flow names none. */
GtkWidget *leyden_dataset_card_new      (LeydenDocument    *document);
/* Shows an answer of GET /leyden/v1/datasets/…; for the card itself and tests. */
void       leyden_dataset_card_set_info (LeydenDatasetCard *self,
                                         LeydenValue       *info,
                                         LeydenValue       *mapping);

G_END_DECLS
