/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* A node of two rollouts, one of "nodes" of GET …/compare, as an item of a list model. */
#define LEYDEN_TYPE_COMPARE_ITEM (leyden_compare_item_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCompareItem, leyden_compare_item, LEYDEN, COMPARE_ITEM, GObject)

LeydenCompareItem *leyden_compare_item_new          (LeydenValue       *node);
LeydenValue       *leyden_compare_item_get_node     (LeydenCompareItem *self);
const char        *leyden_compare_item_get_path     (LeydenCompareItem *self);
gboolean           leyden_compare_item_is_same      (LeydenCompareItem *self);
/* What differs, in words: "Other outputs: text", "Only in the first", "The same". (transfer full) */
char              *leyden_compare_item_describe     (LeydenCompareItem *self);

/* Over the whole answer. */
/* In dollars, or credits where the models of @row, a rollout's, are simulated. (transfer full) */
char              *leyden_compare_format_cost       (LeydenValue       *row,
                                                     double             cost);
/* "0.50 ⟶ 1.00 (+0.50)"; @name: "reward", "cost", "latency_ms". NULL: neither is known. (transfer full) */
char              *leyden_compare_format_number     (LeydenValue       *comparison,
                                                     const char        *name);
/* Where the two begin to differ, in words without the node: "got another input". (transfer none) */
const char        *leyden_compare_describe_divergence (LeydenValue     *divergence);

G_END_DECLS
