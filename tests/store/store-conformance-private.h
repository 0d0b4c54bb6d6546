/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store-helpers.h"

G_BEGIN_DECLS

/* Each gets a fresh, empty store. */
void store_conformance_cache       (LeydenStore *store);
void store_conformance_experiments (LeydenStore *store);

G_END_DECLS
