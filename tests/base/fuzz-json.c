/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the strict policy accepts survives writing and reading, in every style; the pull reader and the whole-text reader
 * accept the same; what strict accepts, wire accepts too. */
#include <gio/gio.h>
#include <stdint.h>
#include <string.h>

#include "leyden-json.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static gboolean
pull_accepts (const char             *text,
              gsize                   length,
              const LeydenJsonLimits *limits)
{
  g_autoptr(LeydenJsonReader) reader = leyden_json_reader_new (text, length, limits);
  LeydenJsonToken token;

  do
    {
      token = leyden_json_reader_next (reader, NULL);
      if (token == LEYDEN_JSON_TOKEN_KEY || token == LEYDEN_JSON_TOKEN_STRING)
        {
          gsize n;
          const char *decoded = leyden_json_reader_get_text (reader, &n);

          g_assert_true (n == 0 || g_utf8_validate_len (decoded, n, NULL) || memchr (decoded, 0, n) != NULL);
        }
    }
  while (token != LEYDEN_JSON_TOKEN_END && token != LEYDEN_JSON_TOKEN_ERROR);
  return token == LEYDEN_JSON_TOKEN_END;
}

static void
check_round_trip (LeydenValue     *value,
                  LeydenJsonStyle  style)
{
  LeydenJsonLimits wire = { .policy = LEYDEN_JSON_WIRE };
  g_autofree char *text = leyden_json_write (value, style);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) again = leyden_json_parse (text, -1, &wire, &error);
  g_autofree char *second = NULL;

  g_assert_no_error (error);
  second = leyden_json_write (again, style);
  g_assert_cmpstr (text, ==, second);
  g_assert_true (leyden_value_equal (value, again));
  g_assert_cmpuint (leyden_value_hash (value), ==, leyden_value_hash (again));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  LeydenJsonLimits wire = { .policy = LEYDEN_JSON_WIRE };
  g_autofree char *text = g_memdup2 (data, size);
  const char *start = text != NULL ? text : "";
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) strict = leyden_json_parse (start, (gssize) size, NULL, &error);
  g_autoptr(LeydenValue) lenient = leyden_json_parse (start, (gssize) size, &wire, NULL);
  gboolean has_bom = size >= 3 && memcmp (data, "\xEF\xBB\xBF", 3) == 0;
  guint line;
  guint column;

  g_assert_true ((strict == NULL) == (error != NULL));
  g_assert_true (error == NULL || g_utf8_validate (error->message, -1, NULL));
  g_assert_cmpint (pull_accepts (start, size, NULL), ==, strict != NULL);
  g_assert_cmpint (pull_accepts (start, size, &wire), ==, lenient != NULL);
  leyden_json_locate (start, size, "/nodes/0/id", &line, &column);
  for (guint style = LEYDEN_JSON_COMPACT; strict != NULL && style <= LEYDEN_JSON_PYTHON; style++)
    check_round_trip (strict, style);
  if (strict != NULL && !has_bom)
    g_assert_true (leyden_value_equal (strict, lenient));
  if (lenient != NULL)
    check_round_trip (lenient, LEYDEN_JSON_COMPACT);
  return 0;
}
