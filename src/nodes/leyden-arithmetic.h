/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  LEYDEN_ARITHMETIC_ERROR_SYNTAX,       /* the message names the place, from 1 */
  LEYDEN_ARITHMETIC_ERROR_UNKNOWN,      /* a name that is neither function nor constant */
  LEYDEN_ARITHMETIC_ERROR_DOMAIN,       /* division by zero, root of a negative number … */
  LEYDEN_ARITHMETIC_ERROR_LIMIT,        /* over 10 000 characters or 100 levels deep */
} LeydenArithmeticError;
#define LEYDEN_ARITHMETIC_ERROR (leyden_arithmetic_error_quark ())
GQuark   leyden_arithmetic_error_quark (void);

gboolean leyden_arithmetic_evaluate    (const char *text, double *out, GError **error);

G_END_DECLS
