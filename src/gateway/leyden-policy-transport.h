/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-private.h"

G_BEGIN_DECLS

/* How the nodes of flows that run in this process ask models. A call of a policy node (“trained by the cluster”) goes by the proxy's rules
 * to the model that is trained, while one is registered; every other call goes its own way through @models. */
#define LEYDEN_TYPE_POLICY_TRANSPORT (leyden_policy_transport_get_type ())
G_DECLARE_FINAL_TYPE (LeydenPolicyTransport, leyden_policy_transport, LEYDEN, POLICY_TRANSPORT, GObject)

LeydenPolicyTransport *leyden_policy_transport_new (LeydenModels *models, LeydenProxy *proxy);

G_END_DECLS
