/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* How an evaluator compares. */
typedef struct
{
  const char *method;           /* exact, contains, regex, numeric, json; "judge" is not for leyden_evaluate() */
  double      tolerance;
  gboolean    relative;
  gboolean    ignore_case;
  gboolean    trim;
} LeydenEvaluation;

gboolean leyden_evaluate      (const LeydenEvaluation *how, LeydenValue *actual, LeydenValue *expected, char **reason,
                               GError **error);
gboolean leyden_numbers_agree (double actual, double expected, double tolerance, gboolean relative);

G_END_DECLS
