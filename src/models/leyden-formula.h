/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A formula of + − * / and brackets over numbers and one-letter names. Iterative; bounded by MAX_FORMULA tokens. */
typedef struct _LeydenFormula LeydenFormula;

/* What a name stands for: its value and how it is shown ("3/4", "$2.50" as "2.5"). */
typedef struct
{
  double value;
  char  *shown;
} LeydenFormulaNumber;

/* NULL when @text is no formula. */
LeydenFormula *leyden_formula_new      (const char                *text);
void           leyden_formula_free     (LeydenFormula             *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenFormula, leyden_formula_free)
/* @numbers: 26 of them, "a" first. @steps: (nullable) (element-type utf8): gets a line "12 × 3 = 36" for each operation.
 * FALSE when the result is not finite. */
gboolean       leyden_formula_evaluate (LeydenFormula             *self,
                                        const LeydenFormulaNumber *numbers,
                                        double                    *value,
                                        GPtrArray                 *steps);
/* The formula with numbers in place of its names: "12 * (3 / 4)". */
char          *leyden_formula_fill     (LeydenFormula             *self,
                                        const LeydenFormulaNumber *numbers);
/* At most ten significant digits, no exponent below 1e15: 0.1 + 0.2 is "0.3". */
char          *leyden_formula_format   (double                     value);

G_END_DECLS
