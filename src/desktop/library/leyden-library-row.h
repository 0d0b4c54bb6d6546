/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-catalog.h"

G_BEGIN_DECLS

#define LEYDEN_TYPE_LIBRARY_ROW (leyden_library_row_get_type ())
G_DECLARE_FINAL_TYPE (LeydenLibraryRow, leyden_library_row, LEYDEN, LIBRARY_ROW, GtkListBoxRow)

GtkWidget            *leyden_library_row_new      (const LeydenNodeType *type);
const LeydenNodeType *leyden_library_row_get_node_type (LeydenLibraryRow *self);

G_END_DECLS
