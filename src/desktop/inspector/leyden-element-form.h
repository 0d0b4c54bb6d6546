/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-document.h"

G_BEGIN_DECLS

/* What the inspector shows of the flow itself, a wire, a frame or a note. Follows undo and other views. */
#define LEYDEN_TYPE_ELEMENT_FORM (leyden_element_form_get_type ())
G_DECLARE_FINAL_TYPE (LeydenElementForm, leyden_element_form, LEYDEN, ELEMENT_FORM, GtkWidget)

/* @id "" for the flow itself. */
GtkWidget *leyden_element_form_new (LeydenDocument *document, LeydenElementKind kind, const char *id);

G_END_DECLS
