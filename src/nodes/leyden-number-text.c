/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "leyden-number-text.h"

#include <math.h>
#include <string.h>

/* Longer is no number that anybody wrote. */
#define MAX_LENGTH 64

/* Copies a plain number without its thousands separators; returns how much of @text it took, 0 for none. Groups must be of three:
 * "1,234.5" is a number, "1,23" is none. */
static gsize
scan_number (const char *text,
             char       *plain)
{
  gsize i = 0, n = 0, n_group = 0;
  gboolean grouped = FALSE, digits = FALSE;

  if (text[i] == '+' || text[i] == '-')
    plain[n++] = text[i++];
  for (; g_ascii_isdigit (text[i]) || text[i] == ','; i++)
    {
      if (text[i] == ',')
        {
          if (!digits || (grouped ? n_group != 3 : n_group > 3) || !g_ascii_isdigit (text[i + 1]))
            return 0;
          grouped = TRUE;
          n_group = 0;
          continue;
        }
      plain[n++] = text[i];
      n_group++;
      digits = TRUE;
    }
  if (grouped && n_group != 3)
    return 0;
  if (text[i] == '.')
    {
      plain[n++] = text[i++];
      for (; g_ascii_isdigit (text[i]); i++, digits = TRUE)
        plain[n++] = text[i];
    }
  if (!digits)
    return 0;
  if ((text[i] == 'e' || text[i] == 'E') && (g_ascii_isdigit (text[i + 1])
                                             || ((text[i + 1] == '-' || text[i + 1] == '+') && g_ascii_isdigit (text[i + 2]))))
    {
      plain[n++] = text[i++];
      do
        plain[n++] = text[i++];
      while (g_ascii_isdigit (text[i]));
    }
  plain[n] = '\0';
  return i;
}

static const char *
skip_currency (const char *text)
{
  static const char * const signs[] = { "$", "€", "£", "¥" };

  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    if (g_str_has_prefix (text, signs[i]))
      return text + strlen (signs[i]);
  return text;
}

/* The true minus sign U+2212, which models like to write, as "-". */
static char *
normalize (const char *text)
{
  g_auto(GStrv) parts = g_strsplit (text, "−", -1);
  g_autofree char *joined = g_strjoinv ("-", parts);

  return g_strdup (g_strstrip (joined));
}

/**
 * leyden_number_from_text:
 * @text: what was written, at most 64 bytes without the white space around it
 * @out: (out): the value; untouched when there is none
 *
 * Understands 72, -3.5, 1e3, 1,234.5 (groups of three), .5, 72., $4.20, -€3, 15 % (0.15) and 3/4 (0.75). Anything after it, a unit
 * for example, makes it text.
 *
 * Returns: whether @text is a number
 */
gboolean
leyden_number_from_text (const char *text,
                         double     *out)
{
  g_autofree char *clean = NULL;
  char plain[MAX_LENGTH + 8];
  const char *at;
  gboolean negative = FALSE;
  gsize length;
  double value;

  if (strlen (text) > 4 * MAX_LENGTH)
    return FALSE;
  clean = normalize (text);
  if (*clean == '\0' || strlen (clean) > MAX_LENGTH)
    return FALSE;
  at = clean;
  if (*at == '-' && skip_currency (at + 1) != at + 1)
    {
      negative = TRUE;
      at++;
    }
  at = skip_currency (at);
  length = scan_number (at, plain);
  if (length == 0)
    return FALSE;
  at += length;
  value = g_ascii_strtod (plain, NULL);
  if (*at == '/')
    {
      length = scan_number (at + 1, plain);
      if (length == 0)
        return FALSE;
      at += 1 + length;
      value /= g_ascii_strtod (plain, NULL);
    }
  while (*at == ' ')
    at++;
  if (*at == '%')
    {
      value /= 100;
      at++;
    }
  if (*at != '\0' || !isfinite (value))
    return FALSE;
  *out = negative ? -value : value;
  return TRUE;
}

gboolean
leyden_number_from_value (LeydenValue *value,
                          double      *out)
{
  const char *text = leyden_value_get_string (value, NULL);

  if (text != NULL)
    return leyden_number_from_text (text, out);
  return leyden_value_get_double (value, out);
}

static void
strip_zeros (char *text)
{
  char *end = text + strlen (text);

  if (strchr (text, '.') == NULL)
    return;
  while (end[-1] == '0')
    *--end = '\0';
  if (end[-1] == '.')
    end[-1] = '\0';
}

char *
leyden_number_to_text (double value,
                       guint  digits)
{
  double size = fabs (value);
  char format[16];
  char text[512];

  if (size == 0)
    return g_strdup ("0");
  if (size < 1e15 && value == floor (value))
    {
      g_snprintf (format, sizeof format, "%%.0f");
      g_ascii_formatd (text, sizeof text, format, value);
      return g_strdup (text);
    }
  if (size < 1e-6 || size >= 1e15)
    {
      g_snprintf (format, sizeof format, "%%.%ug", digits);
      g_ascii_formatd (text, sizeof text, format, value);
      return g_strdup (text);
    }
  {
    /* As many decimals as leave @digits significant ones. */
    int decimals = (int) digits - 1 - (int) floor (log10 (size));

    g_snprintf (format, sizeof format, "%%.%df", CLAMP (decimals, 0, 40));
    g_ascii_formatd (text, sizeof text, format, value);
  }
  strip_zeros (text);
  return g_strdup (g_str_equal (text, "-0") ? "0" : text);
}
