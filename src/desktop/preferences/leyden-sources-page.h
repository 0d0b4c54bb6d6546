/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* LeydenSourcesPage: servers whose figures dashboards may show, of the backend that is connected (help/sources.md). */
#define LEYDEN_TYPE_SOURCES_PAGE (leyden_sources_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenSourcesPage, leyden_sources_page, LEYDEN, SOURCES_PAGE, AdwPreferencesPage)

/* As its button: opens the dialog for a new one. */
void leyden_sources_page_add     (LeydenSourcesPage *self);
/* Asks the backend for them again. */
void leyden_sources_page_refresh (LeydenSourcesPage *self);

G_END_DECLS
