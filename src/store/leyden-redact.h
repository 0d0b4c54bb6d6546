/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-writer.h"

G_BEGIN_DECLS

/* Known secrets out of every text and key of a value. (transfer full): the same value when nothing changed. @redact NULL: nothing does. */
LeydenValue  *leyden_redact_value  (LeydenValue *value, LeydenRedact redact, gpointer data);
/* The same of a payload; what it tells of single tokens ("logprobs": their texts) is only asked of @known, which replaces known secrets and guesses
 * nothing. NULL: no such exception. A secret that a model says in several tokens is not found in them. */
LeydenRecord *leyden_redact_record (LeydenRecord *record, LeydenRedact redact, LeydenRedact known, gpointer data);
/* The free texts of a row (item, error), in place. */
void          leyden_redact_row    (LeydenRolloutRow *row, LeydenRedact redact, gpointer data);

G_END_DECLS
