/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/* One call of an agent: what was asked and answered, whether it is trained and why not; open, its conversation and its tokens. */
#define LEYDEN_TYPE_CALL_ROW (leyden_call_row_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCallRow, leyden_call_row, LEYDEN, CALL_ROW, AdwExpanderRow)

GtkWidget *leyden_call_row_new (LeydenSession *session, const char *rollout);
/* @call: one of "calls". */
void       leyden_call_row_set (LeydenCallRow *self, LeydenValue *call);

G_END_DECLS
