/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-approvals.h"
#include "leyden-engine.h"
#include "leyden-models.h"

G_BEGIN_DECLS

/* Registers an executor for every built-in kind. @transport answers model calls; @models resolves a null model parameter. */
void leyden_nodes_register (LeydenEngine *engine, LeydenModels *models, LeydenModelTransport *transport);
/* Registers anew what reaches outside (`http`, `python`, `command`), with the approvals of a program that keeps them itself;
 * leyden_nodes_register() uses those of this machine. @secrets: for headers of requests. */
void leyden_nodes_register_outside (LeydenEngine *engine, LeydenSecrets *secrets, LeydenApprovals *approvals);

G_END_DECLS
