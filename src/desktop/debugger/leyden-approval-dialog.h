/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include "leyden-backend.h"

G_BEGIN_DECLS

/**
 * LeydenApprovalDialog: asks the user whether a flow may do what it wants to do on this machine: run commands, reach private addresses. It shows
 * each whole (program, arguments, script, sandbox), and "approve" can be chosen only after each was ticked; nothing is at first.
 */
#define LEYDEN_TYPE_APPROVAL_DIALOG (leyden_approval_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LeydenApprovalDialog, leyden_approval_dialog, LEYDEN, APPROVAL_DIALOG, AdwMessageDialog)

/* @permissions: list of POST /leyden/v1/permissions; those that are approved are left out. */
GtkWidget   *leyden_approval_dialog_new          (GtkWindow *parent, LeydenValue *permissions);
guint        leyden_approval_dialog_get_n        (LeydenApprovalDialog *self);
LeydenValue *leyden_approval_dialog_get_permission (LeydenApprovalDialog *self, guint index);

/* POSTs @body, which has a "flow", to @path, after what the flow wants to do here is approved: asks with a dialog over @parent where something is
 * not. Without an approval: LEYDEN_REMOTE_ERROR_POLICY, and nothing was sent. */
void         leyden_approval_post_async          (GtkWidget *parent, LeydenBackend *backend, const char *path, LeydenValue *body,
                                                  GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
LeydenValue *leyden_approval_post_finish         (LeydenBackend *backend, GAsyncResult *result, GError **error);

G_END_DECLS
