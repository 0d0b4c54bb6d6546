/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <string.h>

#include "leyden-text.h"

static void
test_escape (void)
{
  static const struct { const char *text; gssize length; guint max; const char *expected; } cases[] = {
    { "plain é ✓", -1, 0, "plain é ✓" }, { "a\nb\tc\rd", -1, 0, "a\\nb\\tc\\rd" }, { "\x1b]0;x\x07", -1, 0, "\\x1b]0;x\\x07" },
    { "a\0b", 3, 0, "a\\x00b" }, { "\x7f\xc2\x9b", -1, 0, "\\x7f\\x9b" }, { "x\u202Eexe.json", -1, 0, "x\\u202eexe.json" },
    { "\u2066a\u2069\u200F", -1, 0, "\\u2066a\\u2069\\u200f" }, { "a\xFFz", -1, 0, "a\xEF\xBF\xBDz" },
    { "\xC0\xAF", -1, 0, "\xEF\xBF\xBD\xEF\xBF\xBD" }, { "abcdef", -1, 3, "abc…" }, { "abc", -1, 3, "abc" },
    { "ééé", -1, 2, "éé…" }, { "l\u2028n", -1, 0, "l\\u2028n" }, { NULL, -1, 0, "" }, { "\xE2\x82", -1, 0, "\xEF\xBF\xBD\xEF\xBF\xBD" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = leyden_text_escape (cases[i].text, cases[i].length, cases[i].max);

      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

/* W37: what a terminal would obey is shown instead. */
static void
test_terminal (void)
{
  g_autoptr(GString) all = g_string_new (NULL);
  g_autofree char *text = NULL;

  for (guint c = 1; c < 0x3000; c++)
    g_string_append_unichar (all, c);
  text = leyden_text_escape (all->str, (gssize) all->len, 100000);
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      g_assert_true (c >= 0x20 && (c < 0x7F || c >= 0xA0));
      g_assert_false (c >= 0x202A && c <= 0x202E);
    }
}

static void
test_display (void)
{
  static const struct { const char *text; guint max; gboolean multiline; const char *expected; } cases[] = {
    { "Title", 0, FALSE, "Title" }, { "two\nlines", 0, FALSE, "two lines" }, { "two\r\nlines", 0, TRUE, "two\nlines" },
    { "esc \x1b", 0, FALSE, "esc ␛" }, { "a\xFF", 0, FALSE, "a\xEF\xBF\xBD" }, { "abcdef", 3, FALSE, "abc…" },
    { "x\u202Eexe.json", 0, FALSE, "\xE2\x81\xA8x⟨U+202E⟩exe.json\xE2\x81\xA9" },
    { "\u200Fשלום", 0, FALSE, "\xE2\x81\xA8\u200Fשלום\xE2\x81\xA9" },
    { "", 0, FALSE, "(unnamed)" }, { "\u200B", 0, FALSE, "(unnamed)" }, { " \n\u3164\u00AD", 0, FALSE, "(unnamed)" },
    { NULL, 0, FALSE, "(unnamed)" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = leyden_text_display (cases[i].text, -1, cases[i].max, cases[i].multiline);

      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

static void
test_marks (void)
{
  g_autoptr(GString) tower = g_string_new ("a");
  g_autofree char *text = NULL;

  for (guint i = 0; i < 200; i++)
    g_string_append (tower, "\u0301");
  g_string_append (tower, "b");
  text = leyden_text_display (tower->str, -1, 0, FALSE);
  g_assert_cmpint (g_utf8_strlen (text, -1), ==, 10);
}

static void
test_long (void)
{
  g_autofree char *large = g_strnfill (1 << 20, 'x');
  g_autofree char *text = leyden_text_display (large, -1, 0, FALSE);

  g_assert_cmpint (g_utf8_strlen (text, -1), ==, 501);
}

static void
test_markup (void)
{
  g_autofree char *bold = leyden_text_to_markup ("<b>bold", -1, 0);
  g_autofree char *both = leyden_text_to_markup ("Tom & Jerry", -1, 0);

  g_assert_cmpstr (bold, ==, "&lt;b&gt;bold");
  g_assert_cmpstr (both, ==, "Tom &amp; Jerry");
}

static void
test_secrets (void)
{
  static const struct { const char *text; const char *masked; } cases[] = {
    { "key sk-abcdefghijklmnop1234 end", "key ••••1234 end" }, { "ghp_abcdefghijklmnopqrstuvwxyz0123", "••••0123" },
    { "AKIAABCDEFGHIJKLMNOP", "••••MNOP" }, { "Authorization: Bearer abcdefgh12345678", "Authorization: Bearer ••••5678" },
    { "sk-ant-api03-abcdefghijklmnop", "••••mnop" }, { "github_pat_abcdefghijklmnopqrstu", "••••rstu" },
    { "eyJhbGciOiJI.eyJzdWIiOiIx.abcdefghij", "••••ghij" }, { "bearer short", NULL }, { "task-force and risk-averse-people-here", NULL },
    { "nothing", NULL }, { "sk-short", NULL }, { "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *masked = leyden_text_mask_secrets (cases[i].text, -1);

      g_assert_cmpstr (masked, ==, cases[i].masked);
      g_assert_cmpint (leyden_text_looks_secret (cases[i].text), ==, cases[i].masked != NULL);
    }
}

static void
test_path (void)
{
  g_autofree char *text = leyden_text_path ("a\nb\xFF/\x1b[31m");

  g_assert_null (strchr (text, '\n'));
  g_assert_null (strchr (text, '\x1b'));
  g_assert_true (g_utf8_validate (text, -1, NULL));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text/escape", test_escape);
  g_test_add_func ("/text/display", test_display);
  g_test_add_func ("/text/markup", test_markup);
  g_test_add_func ("/text/path", test_path);
  g_test_add_func ("/hostile/W33", test_long);
  g_test_add_func ("/hostile/W34", test_marks);
  g_test_add_func ("/hostile/W37", test_terminal);
  g_test_add_func ("/hostile/W44", test_secrets);
  return g_test_run ();
}
