/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-node-types.h"

G_BEGIN_DECLS

/* Most nodes of a flow have the ports that others have too: lists of ports that are equal are kept once. They are not to be changed. */
GHashTable *leyden_ports_shared_new (void);
/* @ports (transfer full): the one that is kept for it. (transfer full) (element-type LeydenPort) */
GPtrArray  *leyden_ports_share      (GHashTable *shared, GPtrArray *ports);

G_END_DECLS
