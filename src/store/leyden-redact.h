/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-writer.h"

G_BEGIN_DECLS

/* Known secrets out of every text and key of a value. (transfer full): the same value when nothing changed. @redact NULL: nothing does. */
LeydenValue  *leyden_redact_value  (LeydenValue *value, LeydenRedact redact, gpointer data);
LeydenRecord *leyden_redact_record (LeydenRecord *record, LeydenRedact redact, gpointer data);
/* The free texts of a row (item, error), in place. */
void          leyden_redact_row    (LeydenRolloutRow *row, LeydenRedact redact, gpointer data);

G_END_DECLS
