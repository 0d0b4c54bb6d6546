/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of an optimiser's model: what is read of them is text that a prompt may hold, from between the markers. */
#include <stdint.h>
#include <string.h>

#include <glib.h>

#include "leyden-reflection.h"
#include "leyden-sections.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *answer = g_strndup ((const char *) data, size);
  g_autofree char *text = leyden_reflection_read_text (answer);
  g_autofree char *critique = leyden_reflection_read_critique (answer);
  g_auto(LeydenSections) sections = LEYDEN_SECTIONS_INIT;

  if (text != NULL)
    {
      g_assert_true (g_utf8_validate (text, -1, NULL));
      g_assert_cmpuint (strlen (text), <=, strlen (answer));
      g_assert_null (strstr (text, "</new_text>"));
      g_assert_nonnull (strstr (answer, "<new_text>"));
    }
  if (critique != NULL)
    {
      g_assert_true (g_utf8_validate (critique, -1, NULL));
      g_assert_cmpuint (strlen (critique), <=, 8000);
      g_assert_null (strstr (critique, "<new_text>"));
    }
  if (leyden_sections_read (&sections, answer))
    g_assert_cmpuint (sections.names->len, ==, sections.texts->len);
  return 0;
}
