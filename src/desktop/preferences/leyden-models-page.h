/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The models page of the preferences: endpoints of the backend, the default model, finding and adding. */
#define LEYDEN_TYPE_MODELS_PAGE (leyden_models_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenModelsPage, leyden_models_page, LEYDEN, MODELS_PAGE, AdwPreferencesPage)

/* Asks the usual local ports. */
void leyden_models_page_find (LeydenModelsPage *self);
/* Asks for a new endpoint. */
void leyden_models_page_add  (LeydenModelsPage *self);

G_END_DECLS
