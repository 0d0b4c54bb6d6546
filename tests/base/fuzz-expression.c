/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text is refused or gives a value; no time, no memory and no other table is reached. */
#include <gio/gio.h>
#include <stdint.h>

#include "leyden-expression.h"
#include "leyden-json.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  static const char * const names[] = { "a", "b", "c", "items", NULL };
  static LeydenValue *row;
  g_autofree char *text = g_strndup ((const char *) data, size);

  if (row == NULL)
    row = leyden_json_parse ("{\"a\":1,\"b\":2.5,\"c\":\"hello world\",\"items\":[1,2,{\"a\":\"x\"}]}", -1, NULL, NULL);
  for (guint type = LEYDEN_EXPRESSION_ANY; type <= LEYDEN_EXPRESSION_JSON; type++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LeydenExpression) expression = leyden_expression_new (text, names, type, &error);
      g_autoptr(LeydenValue) value = NULL;

      g_assert_true ((expression == NULL) == (error != NULL));
      if (expression != NULL)
        {
          value = leyden_expression_evaluate (expression, row, 20, &error);
          g_assert_true ((value == NULL) == (error != NULL));
        }
      g_assert_true (error == NULL || g_utf8_validate (error->message, -1, NULL));
      if (expression == NULL)
        return 0;
    }
  return 0;
}
