/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-find.h"

G_BEGIN_DECLS

/* One match as a row shows it. */
#define LEYDEN_TYPE_FIND_ITEM (leyden_find_item_get_type ())
G_DECLARE_FINAL_TYPE (LeydenFindItem, leyden_find_item, LEYDEN, FIND_ITEM, GObject)

const LeydenFindMatch *leyden_find_item_get_match (LeydenFindItem *self);

/* A GListModel of LeydenFindItem over what was found; items are made when they are asked for. */
#define LEYDEN_TYPE_FIND_MODEL (leyden_find_model_get_type ())
G_DECLARE_FINAL_TYPE (LeydenFindModel, leyden_find_model, LEYDEN, FIND_MODEL, GObject)

/* Takes @results. */
LeydenFindModel         *leyden_find_model_new         (LeydenFindResults *results);
const LeydenFindResults *leyden_find_model_get_results (LeydenFindModel   *self);

G_END_DECLS
