/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-approvals.h"
#include "leyden-flow.h"
#include "leyden-node-types.h"
#include "leyden-sandbox.h"

G_BEGIN_DECLS

/* The program that a python node runs. */
#define LEYDEN_PYTHON "python3"

/* Something that a node wants to do and that the user of this machine must have approved: run a command, or reach a private address. */
typedef struct
{
  char        *kind;            /* "python", "command", "address" */
  char        *node;            /* id; nullable */
  char        *title;           /* the node's, or its kind's; nullable */
  char        *program;         /* absolute, links resolved; NULL for an address */
  GStrv        arguments;
  GStrv        environment;     /* names of variables that it gets from this machine */
  char        *script;          /* nullable */
  gboolean     network;
  LeydenValue *what;            /* what is hashed: kind, program, digest, arguments, environment, script, network; or kind, address */
  char        *hash;
} LeydenPermission;

/* Of a node of type @kind; @parameters: object with defaults filled in. Reads the program to hash it (a digest is remembered as long as the
 * file is unchanged). Errors: LEYDEN_ENGINE_ERROR_NODE: no such program, a refused argument or variable. Any thread. */
LeydenPermission *leyden_permission_new          (const char *kind, LeydenValue *parameters, GError **error);
LeydenPermission *leyden_permission_new_address  (const char *host, guint16 port);
void              leyden_permission_free         (LeydenPermission *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenPermission, leyden_permission_free)

/* (element-type LeydenPermission): of the nodes of a flow, subflows included, each hash once, in the order of node ids. Nodes whose program is not
 * there are left out: they fail by themselves. Private addresses only where the URL names one. Starts nothing. */
GPtrArray        *leyden_permissions_of_flow     (LeydenFlow *flow, LeydenNodeTypes *types);
/* Errors: LEYDEN_APPROVAL_ERROR. */
gboolean          leyden_permission_check        (LeydenPermission *self, LeydenApprovals *approvals, GError **error);
/* The first of them that is not granted, as the error of the whole flow. */
gboolean          leyden_permissions_check       (GPtrArray *permissions, LeydenApprovals *approvals, GError **error);
/* {"hash", "kind", "node", "title", "what", "program", "approved", "sandbox": "bubblewrap"|"flatpak"|null, "sandbox_reason", "unsandboxed"}: for
 * a dialog or a list. */
LeydenValue      *leyden_permission_to_value     (LeydenPermission *self, LeydenApprovals *approvals);

G_END_DECLS
