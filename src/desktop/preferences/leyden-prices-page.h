/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* What models cost, as the backend counts it: shown with date and source, changed in place. A change makes an entry of the user's own. */
#define LEYDEN_TYPE_PRICES_PAGE (leyden_prices_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenPricesPage, leyden_prices_page, LEYDEN, PRICES_PAGE, AdwPreferencesPage)

G_END_DECLS
