/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* What is told of a model of an endpoint, in one line: simulated or not, its price, its context, as far as they are known. @model: an item of
 * the endpoint's list; @prices (nullable): the "models" of GET /leyden/v1/prices. "" where nothing is. (transfer full) */
char *leyden_model_describe (LeydenValue *endpoint, LeydenValue *model, LeydenValue *prices);

/**
 * LeydenModelList: the models of an endpoint with a search, what they cost and how much they read; and a button for another endpoint.
 *
 * Signals: "chosen" (const char *model); "add-endpoint" ().
 */
#define LEYDEN_TYPE_MODEL_LIST (leyden_model_list_get_type ())
G_DECLARE_FINAL_TYPE (LeydenModelList, leyden_model_list, LEYDEN, MODEL_LIST, GtkWidget)

GtkWidget *leyden_model_list_new (void);
/* All nullable: nothing is known. */
void       leyden_model_list_set (LeydenModelList *self,
                                  LeydenValue     *endpoint,
                                  LeydenValue     *models,
                                  LeydenValue     *prices);

G_END_DECLS
