/* SPDX-License-Identifier: GPL-3.0-or-later */
/* First line: a pattern; the rest: a text. What the subset accepts compiles, and a match ends. */
#include <gio/gio.h>
#include <stdint.h>
#include <string.h>

#include "leyden-expression.h"
#include "leyden-value.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) path_error = NULL;
  g_autoptr(LeydenValue) match = NULL;
  g_autoptr(LeydenValue) found = NULL;
  g_autoptr(LeydenValue) list = NULL;
  char *subject = strchr (text, '\n');
  gboolean good;

  if (subject != NULL)
    *subject++ = '\0';
  good = leyden_regex_check (text, &error);
  g_assert_true (good == (error == NULL));
  g_assert_true (error == NULL || g_utf8_validate (error->message, -1, NULL));
  if (good && subject != NULL && g_utf8_validate (subject, -1, NULL))
    match = leyden_regex_match (text, subject, &error);
  list = leyden_value_new_int (1);
  if (g_utf8_validate (text, -1, NULL))
    found = leyden_json_path_extract (list, text, &path_error);
  return 0;
}
