/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* A number as people and models write it; see the .c for what counts. FALSE when @text is none. */
gboolean leyden_number_from_text  (const char *text, double *out);
/* A number, or text that is one. */
gboolean leyden_number_from_value (LeydenValue *value, double *out);
/* At most @digits significant digits (1…17), integers below 1e15 whole, no exponent between 1e-6 and 1e15. (transfer full) */
char    *leyden_number_to_text    (double value, guint digits);

G_END_DECLS
