/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenApprovalError:
 * @LEYDEN_APPROVAL_ERROR_NEEDED: the user of this machine has not approved it; the message says how
 * @LEYDEN_APPROVAL_ERROR_UNSANDBOXED: approved, but there is no sandbox here, and running without one was not allowed
 * @LEYDEN_APPROVAL_ERROR_FILE: the file of approvals cannot be trusted, read or written
 */
typedef enum
{
  LEYDEN_APPROVAL_ERROR_NEEDED,
  LEYDEN_APPROVAL_ERROR_UNSANDBOXED,
  LEYDEN_APPROVAL_ERROR_FILE,
} LeydenApprovalError;
#define LEYDEN_APPROVAL_ERROR (leyden_approval_error_quark ())
GQuark leyden_approval_error_quark (void);

/**
 * LeydenApprovals: what the user of this machine lets flows do outside: commands, and private addresses. Kept in
 * $XDG_STATE_HOME/leyden/approved.json, mode 0600:
 *
 * {"leyden_approvals": 1, "approved": [{"hash", "what": object, "title", "unsandboxed", "approved_ns"}]}
 *
 * "hash" is the SHA-256 of the canonical form of "what", and an entry counts only when it is. The file is read again when it changed. One
 * that another user could have written, that is broken or newer, approves nothing, and leyden_approvals_get_error() says why.
 * Belongs to one thread.
 */
#define LEYDEN_TYPE_APPROVALS (leyden_approvals_get_type ())
G_DECLARE_FINAL_TYPE (LeydenApprovals, leyden_approvals, LEYDEN, APPROVALS, GObject)

/* @path NULL: the machine's file. Opens nothing yet. */
LeydenApprovals *leyden_approvals_new            (const char *path);
const char      *leyden_approvals_get_path       (LeydenApprovals *self);
gboolean         leyden_approvals_has            (LeydenApprovals *self, const char *hash);
/* Whether it was approved to run where there is no sandbox. */
gboolean         leyden_approvals_has_unsandboxed (LeydenApprovals *self, const char *hash);
/* {"kind": "address", "address": "127.0.0.1:8080"} */
LeydenValue     *leyden_approvals_describe_address (const char *host, guint16 port);
gboolean         leyden_approvals_has_address    (LeydenApprovals *self, const char *host, guint16 port);
/* What went wrong with the file at the last look. (transfer none) (nullable) */
const GError    *leyden_approvals_get_error      (LeydenApprovals *self);
/* The entries, oldest first. Errors: FILE. (transfer full) */
LeydenValue     *leyden_approvals_list           (LeydenApprovals *self, GError **error);
/* Keeps an approval of @what; one that is there is replaced. Blocks shortly (lock, sync). Errors: FILE. */
gboolean         leyden_approvals_grant          (LeydenApprovals *self, LeydenValue *what, const char *title, gboolean unsandboxed,
                                                  GError **error);
/* Takes back every entry whose hash begins with @prefix (8 digits or more); gives their number. Errors: FILE. */
gboolean         leyden_approvals_revoke         (LeydenApprovals *self, const char *prefix, guint *n_revoked, GError **error);
/* For this process only; nothing is written. */
void             leyden_approvals_grant_session  (LeydenApprovals *self, const char *hash);
void             leyden_approvals_set_allow_unsandboxed (LeydenApprovals *self, gboolean allow);
gboolean         leyden_approvals_get_allow_unsandboxed (LeydenApprovals *self);

G_END_DECLS
