/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenQueryForm: one query of a panel: a metric with aggregation, split and filter; or an SQL query over the documented views, whose columns are
 * completed; or a table of now. What the form does not know of a query stays in it.
 *
 * Signal: "changed" ().
 */
#define LEYDEN_TYPE_QUERY_FORM (leyden_query_form_get_type ())
G_DECLARE_FINAL_TYPE (LeydenQueryForm, leyden_query_form, LEYDEN, QUERY_FORM, GtkWidget)

GtkWidget   *leyden_query_form_new         (void);
/* @catalog: (nullable): of GET /leyden/v1/insights/metrics. */
void         leyden_query_form_set_catalog (LeydenQueryForm *self,
                                            LeydenValue     *catalog);
void         leyden_query_form_set         (LeydenQueryForm *self,
                                            LeydenValue     *query);
/* As the form says. (transfer full) */
LeydenValue *leyden_query_form_get         (LeydenQueryForm *self);

G_END_DECLS
