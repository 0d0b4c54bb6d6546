/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenSourceForm: a question to another server (help/sources.md): which source, and PromQL, or experiment and metric of MLflow.
 *
 * Signal: "changed" ().
 */
#define LEYDEN_TYPE_SOURCE_FORM (leyden_source_form_get_type ())
G_DECLARE_FINAL_TYPE (LeydenSourceForm, leyden_source_form, LEYDEN, SOURCE_FORM, AdwPreferencesGroup)

GtkWidget   *leyden_source_form_new         (void);
/* @sources: of GET /leyden/v1/sources, which it asks for itself when it is seen first. */
void         leyden_source_form_set_sources (LeydenSourceForm *self, LeydenValue *sources);
void         leyden_source_form_set         (LeydenSourceForm *self, LeydenValue *query);
/* @query (transfer full) with what the form says. (transfer full) */
LeydenValue *leyden_source_form_get         (LeydenSourceForm *self, LeydenValue *query);

G_END_DECLS
