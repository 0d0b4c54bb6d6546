/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-expression.h"

G_DEFINE_QUARK (leyden-expression-error-quark, leyden_expression_error)
