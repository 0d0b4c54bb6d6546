/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"
#include "leyden-csv.h"

#include <string.h>

#include "leyden-json.h"

/* Source: OWASP, “CSV Injection”; the full-width forms are taken for the others by spreadsheets in East Asian settings. */
static gboolean
is_formula (const char *text)
{
  static const char * const full_width[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0" };

  if (*text == '\t' || *text == '\r' || *text == '\n')
    return TRUE;
  while (*text == ' ')
    text++;
  for (guint i = 0; i < G_N_ELEMENTS (full_width); i++)
    if (g_str_has_prefix (text, full_width[i]))
      return TRUE;
  return *text != '\0' && strchr ("=+-@\t\r\n", *text) != NULL;
}

void
leyden_csv_add_cell (GString    *out,
                     const char *text)
{
  gboolean defuse, quote;

  g_return_if_fail (out != NULL);

  if (text == NULL)
    return;
  defuse = is_formula (text);
  quote = defuse || strpbrk (text, ",;\"\t\r\n") != NULL || *text == ' ';
  if (!quote)
    {
      g_string_append (out, text);
      return;
    }
  g_string_append (out, defuse ? "\"'" : "\"");
  for (const char *at = text; *at != '\0'; at++)
    {
      if (*at == '"')
        g_string_append_c (out, '"');
      g_string_append_c (out, *at);
    }
  g_string_append_c (out, '"');
}

void
leyden_csv_add_value (GString     *out,
                      LeydenValue *value)
{
  const char *text = leyden_value_get_number_text (value);
  g_autofree char *json = NULL;

  g_return_if_fail (out != NULL);

  if (leyden_value_is_null (value))
    return;
  if (text != NULL)
    {
      g_string_append (out, text);
      return;
    }
  text = leyden_value_get_string (value, NULL);
  if (text == NULL)
    text = json = leyden_json_write (value, LEYDEN_JSON_COMPACT);
  leyden_csv_add_cell (out, text);
}
