/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The preferences: appearance, models (endpoints, keys), connections, the local backend. */
#define LEYDEN_TYPE_PREFERENCES (leyden_preferences_get_type ())
G_DECLARE_FINAL_TYPE (LeydenPreferences, leyden_preferences, LEYDEN, PREFERENCES, AdwPreferencesWindow)

LeydenPreferences *leyden_preferences_new          (GtkWindow         *parent);
/* Opens on the models, and at once looks for models on this computer, or asks for a new endpoint. */
void               leyden_preferences_find_models  (LeydenPreferences *self);
void               leyden_preferences_add_endpoint (LeydenPreferences *self);
/* Opens on the sources. */
void               leyden_preferences_show_sources (LeydenPreferences *self);
/* Opens on the connections. */
void               leyden_preferences_show_connections (LeydenPreferences *self);

G_END_DECLS
