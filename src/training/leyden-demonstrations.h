/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-optimizer.h"

G_BEGIN_DECLS

/* Demonstrations: pairs {"input", "output"} for slots of the kind `examples`. All (transfer full). */

/* From a row's label: the question as text (one value as it is, several as JSON) and what was expected; NULL without an expected value. */
LeydenValue *leyden_demonstration_from_item  (const LeydenTrainItem *item);
/* From what a node was given and gave in a rollout that went well; NULL when the log does not tell. */
LeydenValue *leyden_demonstration_from_trace (LeydenValue *state, const char *node);
/* The first @n labelled items of @items, in their order, as a list. */
LeydenValue *leyden_demonstrations_label     (const LeydenTrainItem * const *items, guint n_items, guint n);

G_END_DECLS
