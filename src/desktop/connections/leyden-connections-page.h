/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LeydenConnectionsPage: the page of the preferences that lists the connections, and adds, changes and removes them.
 */
#define LEYDEN_TYPE_CONNECTIONS_PAGE (leyden_connections_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenConnectionsPage, leyden_connections_page, LEYDEN, CONNECTIONS_PAGE, AdwPreferencesPage)

G_END_DECLS
