/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenCallResend: a copy of a recorded call to a model, to be changed and sent to the same endpoint through the backend; the new answer stands
 * beside the old one, with what differs. Nothing of the rollout changes.
 */
#define LEYDEN_TYPE_CALL_RESEND (leyden_call_resend_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCallResend, leyden_call_resend, LEYDEN, CALL_RESEND, AdwWindow)

/* @parent (nullable); @call of a model; @seed: of its rollout. (transfer none): owned by GTK until it is closed. */
GtkWidget   *leyden_call_resend_new          (GtkWindow        *parent,
                                              LeydenSession    *session,
                                              LeydenValue      *call,
                                              gint64            seed);
/* What would be sent; NULL while something in it cannot be read. (transfer full) */
LeydenValue *leyden_call_resend_make_request (LeydenCallResend *self);
/* The answer of the last sending; NULL: none yet. (transfer none) */
LeydenValue *leyden_call_resend_get_answer   (LeydenCallResend *self);

G_END_DECLS
