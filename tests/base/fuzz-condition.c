/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever can be shown as rows is written back with the same meaning, and read again as the same rows. */
#include <gio/gio.h>
#include <stdint.h>

#include "leyden-condition.h"
#include "leyden-expression.h"
#include "leyden-json.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static LeydenValue *
evaluate (const char         *text,
          const char * const *names,
          LeydenValue        *row,
          gboolean           *slow)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenExpression) expression = leyden_expression_new (text, names, LEYDEN_EXPRESSION_BOOLEAN, &error);
  LeydenValue *value = expression != NULL ? leyden_expression_evaluate (expression, row, 1000, &error) : NULL;

  *slow = *slow || g_error_matches (error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_LIMIT);
  return value;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  static const char * const names[] = { "a", "b", "c", "items", NULL };
  static LeydenValue *row;
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr(LeydenCondition) condition = NULL;
  g_autoptr(LeydenCondition) again = NULL;
  g_autoptr(LeydenValue) before = NULL;
  g_autoptr(LeydenValue) after = NULL;
  g_autofree char *written = NULL;
  gboolean slow = FALSE;

  if (row == NULL)
    row = leyden_json_parse ("{\"a\":1,\"b\":2.5,\"c\":\"hello world\",\"items\":[1,2,{\"a\":\"x\"}]}", -1, NULL, NULL);
  if (!g_utf8_validate (text, -1, NULL))
    return 0;
  condition = leyden_condition_parse (text, names, NULL);
  if (condition == NULL)
    return 0;
  written = leyden_condition_write (condition);
  g_assert_nonnull (written);
  again = leyden_condition_parse (written, names, NULL);
  g_assert_nonnull (again);
  before = evaluate (text, names, row, &slow);
  after = evaluate (written, names, row, &slow);
  g_assert_true (slow || (before == NULL) == (after == NULL));
  g_assert_true (slow || before == NULL || leyden_value_equal (before, after));
  return 0;
}
