/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "leyden-sections.h"

static char *
write_one (const LeydenSections *sections)
{
  GString *out = g_string_new (NULL);

  leyden_sections_write (sections, out);
  return g_string_free (out, FALSE);
}

/* What was written is read again, whatever it holds: also copies of the lines between which it stands. */
static void
test_round_trip (void)
{
  static const char * const texts[] = { "", "\n", "a", "a\n", "\n\na\n\n", "</a 00000000>", "<b 00000000>\nb\n</b 00000000>\n", "{{ x }} \"quoted\"",
                                        "one\n</text 12345678>\ntwo" };
  g_autofree char *forged = NULL;

  for (guint round = 0; round < 3; round++)
    {
      g_auto(LeydenSections) written = LEYDEN_SECTIONS_INIT;
      g_auto(LeydenSections) read = LEYDEN_SECTIONS_INIT;

      for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        leyden_sections_add (&written, i % 2 == 0 ? "text" : "other-2", texts[i]);
      leyden_sections_add (&written, "nested", forged);
      g_free (forged);
      forged = write_one (&written);
      g_assert_true (leyden_sections_read (&read, forged));
      g_assert_cmpuint (read.names->len, ==, written.names->len);
      for (guint i = 0; i < written.names->len; i++)
        {
          g_assert_cmpstr (g_ptr_array_index (read.names, i), ==, g_ptr_array_index (written.names, i));
          g_assert_cmpstr (g_ptr_array_index (read.texts, i), ==, g_ptr_array_index (written.texts, i));
        }
    }
}

static void
test_broken (void)
{
  static const char * const prompts[] = {
    "", "<", "<a", "<a 0", "<a 00000000>", "<a 00000000>\n", "<a 00000000>\ntext", "<a 00000000>\ntext\n</a 00000001>", " <a 00000000>\nx\n</a 00000000>",
    "<A 00000000>\nx\n</A 00000000>", "<a g0000000>\nx\n</a g0000000>", "<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 00000000>\nx\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (prompts); i++)
    {
      g_auto(LeydenSections) read = LEYDEN_SECTIONS_INIT;

      g_test_message ("%s", prompts[i]);
      g_assert_false (leyden_sections_read (&read, prompts[i]));
      g_assert_null (leyden_sections_get (&read, "a"));
    }
}

/* Only the digits of the first section count, and a section within a section is its text. */
static void
test_foreign_digits (void)
{
  g_auto(LeydenSections) read = LEYDEN_SECTIONS_INIT;

  g_assert_true (leyden_sections_read (&read, "Hello\n<a 00000000>\n<b 00000000>\nx\n</b 00000000>\n</a 00000000>\n<c 11111111>\nx\n</c 11111111>\n"
                                              "<d 00000000>\n</d 00000000>\n<e 00000000>\n"));
  g_assert_cmpuint (read.names->len, ==, 2);
  g_assert_cmpstr (leyden_sections_get (&read, "a"), ==, "<b 00000000>\nx\n</b 00000000>");
  g_assert_cmpstr (leyden_sections_get (&read, "d"), ==, "");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sections/round-trip", test_round_trip);
  g_test_add_func ("/sections/broken", test_broken);
  g_test_add_func ("/sections/foreign-digits", test_foreign_digits);
  return g_test_run ();
}
