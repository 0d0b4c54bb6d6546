/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-verdict.h"

G_BEGIN_DECLS

#define LEYDEN_VERDICT_ALPHA 0.05

/* "72 test items"; @split nullable. (transfer full) */
char *leyden_verdict_format_items  (guint n, const char *split);
/* With a point whatever the language; @plus: what stands before a positive number. (transfer full) */
char *leyden_verdict_format_number (double value, int digits, const char *plus);

G_END_DECLS
