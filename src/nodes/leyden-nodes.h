/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-engine.h"
#include "leyden-models.h"

G_BEGIN_DECLS

/* Registers an executor for every built-in kind. @transport answers model calls; @models resolves a null model parameter. */
void leyden_nodes_register (LeydenEngine *engine, LeydenModels *models, LeydenModelTransport *transport);

G_END_DECLS
