/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-secrets.h"
#include "leyden-store-agl.h"

G_BEGIN_DECLS

#define LEYDEN_LEASE_MAX_TTL_S 3600
#define LEYDEN_LEASE_MAX_LIMIT 256
#define LEYDEN_LEASE_MAX_HOLDS 10000
#define LEYDEN_LEASE_MAX_EVENTS 1000
#define LEYDEN_LEASE_MAX_NAME 200

/* Bodies of /leyden/v1/leases. Errors: %LEYDEN_GATEWAY_ERROR_DEFINITION; the message names the member. @change may be half filled then. */

/* @body of POST /leyden/v1/leases: worker, actor, ttl_ns, limit and holds of @change. */
gboolean leyden_lease_request_read     (LeydenValue *body, LeydenAglChange *change, GError **error);
/* @body of POST /leyden/v1/leases/{lease}/end: state, error_message (without what is in @secrets) and events of @change. */
gboolean leyden_lease_request_read_end (LeydenValue *body, LeydenSecrets *secrets, LeydenAglChange *change, GError **error);

G_END_DECLS
