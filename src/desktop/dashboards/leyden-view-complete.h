/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-prompt-text.h"

G_BEGIN_DECLS

/* What could stand at @cursor (in characters) of an SQL query over the documented views: views behind FROM and JOIN, else columns of the views that the
 * query names (of all while it names none), words of SQL and :from and :to. As leyden_prompt_text_complete(). @views: of GET
 * /leyden/v1/insights/metrics. (element-type LeydenProposal) (transfer full) (nullable) */
GPtrArray *leyden_view_complete (const char *text, guint cursor, gboolean asked, LeydenValue *views, guint *start);

G_END_DECLS
