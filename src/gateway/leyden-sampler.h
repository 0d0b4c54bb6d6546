/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-private.h"

G_BEGIN_DECLS

/* Every ten seconds the backend's own figures (GET /metrics) and the state of the servers that models are asked at become samples, which dashboards draw
 * over time. Of a counter a sample is what it grew by. What does not change is told once in five minutes, so that a backend at rest hardly writes. */
LeydenSampler *leyden_sampler_new  (LeydenGateway *gateway);
void           leyden_sampler_free (LeydenSampler *self);

G_END_DECLS
