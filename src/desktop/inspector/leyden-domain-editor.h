/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-node-types.h"

G_BEGIN_DECLS

/**
 * LeydenDomainEditor: the values of a parameter that training may try: numbers and models as a list of text, choices with a tick each.
 *
 * Signal "edited" (LeydenValue *domain): a list; NULL: those of its kind. A text that is no list of values is not emitted and says why.
 */
#define LEYDEN_TYPE_DOMAIN_EDITOR (leyden_domain_editor_get_type ())
G_DECLARE_FINAL_TYPE (LeydenDomainEditor, leyden_domain_editor, LEYDEN, DOMAIN_EDITOR, GtkWidget)

/* Whether parameters of that kind have values to choose from. */
gboolean     leyden_domain_editor_suits     (const LeydenParameter *parameter);
/* @parameter must outlive the widget. */
GtkWidget   *leyden_domain_editor_new       (const LeydenParameter *parameter);
/* @value: of the parameter, for the endpoint of models and for what is offered. Shows without emitting. */
void         leyden_domain_editor_set       (LeydenDomainEditor    *self,
                                             LeydenValue           *domain,
                                             LeydenValue           *value);
/* What a fresh mark gets; NULL: none is needed. (transfer full) */
LeydenValue *leyden_domain_editor_suggest   (const LeydenParameter *parameter,
                                             LeydenValue           *value);
/* "0, 0.5; 1" as a list of numbers that suit the parameter; NULL with a translated sentence in @problem (transfer full). */
LeydenValue *leyden_domain_editor_parse     (const LeydenParameter *parameter,
                                             const char            *text,
                                             char                 **problem);

G_END_DECLS
