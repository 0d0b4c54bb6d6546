/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-node-types.h"

G_BEGIN_DECLS

/* What a kind of node is for, with its ports, parameters and effects, from its descriptor; folded, and made when it is opened.
 * @type must outlive it. (transfer floating) */
GtkWidget *leyden_node_help_new (const LeydenNodeType *type);

G_END_DECLS
