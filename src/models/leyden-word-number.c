/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-word-problem.h"

#include <math.h>
#include <string.h>

#include "leyden-formula.h"

/* Numbers in English words. */

static const char * const small[] = {
  "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
  "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
};
static const char * const tens[] = { "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety" };
static const struct { const char *word; double part; } parts[] = {
  { "half", 2 }, { "halves", 2 }, { "third", 3 }, { "thirds", 3 }, { "quarter", 4 }, { "quarters", 4 }, { "fourth", 4 },
  { "fourths", 4 }, { "fifth", 5 }, { "fifths", 5 }, { "sixth", 6 }, { "sixths", 6 }, { "seventh", 7 }, { "sevenths", 7 },
  { "eighth", 8 }, { "eighths", 8 }, { "ninth", 9 }, { "ninths", 9 }, { "tenth", 10 }, { "tenths", 10 },
};

static gboolean
parse_digits (const char *text,
              double     *value)
{
  g_autoptr(GString) digits = g_string_new (NULL);
  gboolean negative = FALSE;
  guint n_digits = 0, n_points = 0;

  if (g_str_has_prefix (text, "−"))
    {
      negative = TRUE;
      text += strlen ("−");
    }
  else if (*text == '-' || *text == '+')
    negative = *text++ == '-';
  if (*text == '$')
    text++;
  for (; *text != '\0'; text++)
    {
      if (g_ascii_isdigit (*text))
        n_digits++;
      else if (*text == '.')
        n_points++;
      else if (*text != ',' || n_digits == 0)
        return FALSE;
      if (*text != ',')
        g_string_append_c (digits, *text);
    }
  if (n_digits == 0 || n_digits > 40 || n_points > 1)
    return FALSE;
  *value = g_ascii_strtod (digits->str, NULL) * (negative ? -1.0 : 1.0);
  return TRUE;
}

static gboolean
parse_word (const char *word,
            double     *value)
{
  for (gsize i = 0; i < G_N_ELEMENTS (small); i++)
    if (g_str_equal (word, small[i]))
      {
        *value = (double) i;
        return TRUE;
      }
  for (gsize i = 2; i < G_N_ELEMENTS (tens); i++)
    if (g_str_equal (word, tens[i]))
      {
        *value = 10.0 * (double) i;
        return TRUE;
      }
  if (g_str_equal (word, "a") || g_str_equal (word, "an"))
    *value = 1.0;
  else if (g_str_equal (word, "twice") || g_str_equal (word, "double"))
    *value = 2.0;
  else if (g_str_equal (word, "thrice") || g_str_equal (word, "triple"))
    *value = 3.0;
  else
    return FALSE;
  return TRUE;
}

static double
find_part (const char *word)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (g_str_equal (word, parts[i].word))
      return parts[i].part;
  return 0.0;
}

static gboolean
parse_slash (const char *text,
             double     *value)
{
  const char *slash = strchr (text, '/');
  g_autofree char *over = slash != NULL ? g_strndup (text, slash - text) : NULL;
  double x, y;

  if (slash == NULL || !parse_digits (over, &x) || !parse_digits (slash + 1, &y) || y == 0.0)
    return FALSE;
  *value = x / y;
  return TRUE;
}

/* Words add up ("twenty" "five"), multiply ("three" "hundred") and divide ("two" "thirds"). */
static gboolean
add_word (const char *word,
          double     *sum,
          double     *last)
{
  double x, part = find_part (word);

  if (part > 0.0)
    {
      *sum += (*last > 0.0 ? *last / part : 1.0 / part) - *last;
      *last = 0.0;
      return TRUE;
    }
  if (g_str_equal (word, "hundred") || g_str_equal (word, "thousand") || g_str_equal (word, "dozen"))
    {
      double factor = word[0] == 'h' ? 100.0 : word[0] == 't' ? 1000.0 : 12.0;

      x = *sum > 0.0 ? *sum * factor : factor;
      *last = x;
      *sum = x;
      return TRUE;
    }
  if (g_str_equal (word, "and") || g_str_equal (word, "times"))
    return TRUE;
  if (!parse_word (word, &x) && !parse_digits (word, &x) && !parse_slash (word, &x))
    return FALSE;
  *sum += x;
  *last = x;
  return TRUE;
}

gboolean
leyden_word_number_parse (const char *text,
                          double     *value)
{
  g_autofree char *folded = NULL;
  g_auto(GStrv) words = NULL;
  double sum = 0.0, last = 0.0;
  guint n = 0;

  g_return_val_if_fail (text != NULL && value != NULL, FALSE);

  if (parse_digits (text, value))
    return TRUE;
  folded = g_utf8_strdown (text, -1);
  words = g_strsplit_set (folded, " -\t\n", 12);
  for (gsize i = 0; words[i] != NULL; i++)
    {
      if (words[i][0] == '\0')
        continue;
      if (!add_word (words[i], &sum, &last))
        return FALSE;
      n++;
    }
  *value = sum;
  return n > 0;
}

static void
spell_below_thousand (GString *out,
                      guint    n)
{
  if (n >= 100)
    {
      g_string_append_printf (out, "%s hundred", small[n / 100]);
      n %= 100;
      if (n == 0)
        return;
      g_string_append (out, " and ");
    }
  if (n < 20)
    g_string_append (out, small[n]);
  else if (n % 10 == 0)
    g_string_append (out, tens[n / 10]);
  else
    g_string_append_printf (out, "%s-%s", tens[n / 10], small[n % 10]);
}

char *
leyden_word_number_spell (double value)
{
  static const struct { double size; const char *name; } groups[] = {
    { 1e12, "trillion" }, { 1e9, "billion" }, { 1e6, "million" }, { 1e3, "thousand" },
  };
  g_autofree char *text = leyden_formula_format (fabs (value));
  const char *point = strchr (text, '.');
  double whole = floor (g_ascii_strtod (text, NULL));
  GString *out = g_string_new (value < 0.0 ? "minus " : NULL);

  if (whole >= 1e15)
    {
      g_string_append (out, "a number beyond words");
      return g_string_free (out, FALSE);
    }
  if (whole < 1.0)
    g_string_append (out, small[0]);
  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    if (whole >= groups[i].size)
      {
        spell_below_thousand (out, (guint) floor (whole / groups[i].size));
        whole = fmod (whole, groups[i].size);
        g_string_append_printf (out, " %s%s", groups[i].name, whole > 0.0 ? " " : "");
      }
  if (whole >= 1.0)
    spell_below_thousand (out, (guint) whole);
  if (point != NULL)
    {
      g_string_append (out, " point");
      for (const char *p = point + 1; g_ascii_isdigit (*p); p++)
        g_string_append_printf (out, " %s", small[*p - '0']);
    }
  return g_string_free (out, FALSE);
}
