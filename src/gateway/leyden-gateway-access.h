/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway.h"
#include "leyden-http-server.h"
#include "leyden-value.h"

G_BEGIN_DECLS

/* Who may do what. A role holds those before it.
 *
 *   rollout    the events and the proxy of one attempt of one rollout (a rollout key)
 *   viewer     reads all but keys and the audit log
 *   author     runs flows, trains, answers, uploads; makes rollouts and posts their events
 *   operator   endpoints, models, secrets, prices, the proxy's pause, backups; removes rollouts
 *   admin      keys, the audit log, masking, approvals; ends the backend
 */
typedef enum
{
  LEYDEN_ROLE_DEFAULT,                  /* of a route: viewer for GET, author for the others */
  LEYDEN_ROLE_ROLLOUT,
  LEYDEN_ROLE_VIEWER,
  LEYDEN_ROLE_AUTHOR,
  LEYDEN_ROLE_OPERATOR,
  LEYDEN_ROLE_ADMIN,
} LeydenGatewayRole;
const char        *leyden_gateway_role_to_string   (LeydenGatewayRole role);
/* viewer, author, operator or admin; else DEFAULT. */
LeydenGatewayRole  leyden_gateway_role_from_string (const char *text);

/* What a route asks for: a role, and whether a rollout key of its {rollout} (or {rollout_id}) and {attempt} ({attempt_id}; where there is
 * none, any attempt) will do too. */
#define LEYDEN_ACCESS_ROLE_MASK   0x0f
#define LEYDEN_ACCESS_ROLLOUT_KEY 0x10
/* The handler writes the audit log itself. */
#define LEYDEN_ACCESS_OWN_AUDIT   0x20

/* Who asks. Reference-counted (g_atomic_rc_box), unchanging. */
typedef struct
{
  char              *name;              /* of the key: "owner" for the backend's own */
  LeydenGatewayRole  role;
  char              *rollout;           /* of a rollout key; else NULL */
  char              *attempt;
  guint              limit;             /* requests in window_s; 0: as the server's */
  guint              window_s;
} LeydenPrincipal;
/* Of a request; on routes without a key a principal without name ("") and with the role DEFAULT. (transfer none), never NULL. */
const LeydenPrincipal *leyden_gateway_get_principal (LeydenHttpExchange *exchange);
LeydenPrincipal       *leyden_principal_new         (const char *name, LeydenGatewayRole role);
void                   leyden_principal_unref       (gpointer principal);

/* One line of the audit log, chained to the one before by its hash. In the queue of the store when it returns, so that it is on disk
 * before anything that is written after it is acknowledged: call it before the deed. Main thread.
 * @exchange: whose request it is (key name, role, address); NULL: the backend itself.
 * @action: a word with a dot ("key.made", "backup.made"). @object: what it is done to, nullable.
 * @detail: (nullable) (transfer none): an object; never with a secret. */
void leyden_gateway_audit (LeydenGateway *self, LeydenHttpExchange *exchange, const char *action, const char *object, LeydenValue *detail);

/**
 * leyden_gateway_make_rollout_key:
 * @rollout: its id, as it stands in paths of /api and /proxy
 * @attempt: its attempt, "0" for the first
 * @expires_ns: when it ends, ns since the epoch
 *
 * A key for an agent: good for posting events of that attempt, reading that rollout's events, and its calls through the proxy. HMAC-SHA256
 * by a secret of this database, so it survives a restart and is stored nowhere.
 *
 * Returns: (transfer full): "lr1.…", characters that need no quoting in a shell or a URL
 */
char *leyden_gateway_make_rollout_key (LeydenGateway *self, const char *rollout, const char *attempt, gint64 expires_ns);

G_END_DECLS
