/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-prompt-text.h"

G_BEGIN_DECLS

/* As leyden_prompt_text_complete(), for SQL expressions: the inputs, the functions of data/expression-functions.json with what they do,
 * and behind ->> '$. the members of the last value. (element-type LeydenProposal) (transfer full) (nullable) */
GPtrArray *leyden_sql_complete (const char          *text,
                                guint                cursor,
                                gboolean             asked,
                                LeydenEditorContext *context,
                                guint               *start);

G_END_DECLS
