/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/* Whether tries reuse what nodes gave when nothing changed, how much is kept, and a button that forgets it. */
#define LEYDEN_TYPE_CACHE_ROW (leyden_cache_row_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCacheRow, leyden_cache_row, LEYDEN, CACHE_ROW, GtkWidget)

GtkWidget  *leyden_cache_row_new         (LeydenSession *session);
/* "use" or "refresh": for a run's "cache". */
const char *leyden_cache_row_get_mode    (LeydenCacheRow *self);
void        leyden_cache_row_set_reuse   (LeydenCacheRow *self, gboolean reuse);
/* Asks for the figures again. */
void        leyden_cache_row_refresh     (LeydenCacheRow *self);
/* What they are in words; for scenes and tests also from outside. */
void        leyden_cache_row_set_figures (LeydenCacheRow *self, LeydenValue *figures);

G_END_DECLS
