/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-json.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "leyden-json-private.h"

/* Digits d1 d2 … dn of |value| = 0.d1d2…dn · 10^point. */
typedef struct
{
  char digits[20];
  int  n;
  int  point;
} Digits;

static void
read_digits (double  value,
             int     n,
             Digits *out)
{
  char buffer[40];
  const char *exponent;
  char format[8];

  g_snprintf (format, sizeof format, "%%.%de", n - 1);
  g_ascii_formatd (buffer, sizeof buffer, format, value);
  out->n = 0;
  for (const char *p = buffer; *p != 'e'; p++)
    if (*p != '.')
      out->digits[out->n++] = *p;
  exponent = strchr (buffer, 'e');
  out->point = (int) strtol (exponent + 1, NULL, 10) + 1;
}

static double
digits_to_double (const Digits *digits)
{
  char buffer[48];

  g_snprintf (buffer, sizeof buffer, "0.%.*se%d", digits->n, digits->digits, digits->point);
  return leyden_number_to_double (buffer);
}

/* The next decimal of the same length; FALSE where it would be longer. */
static gboolean
next_digits (Digits *digits)
{
  for (int i = digits->n - 1; i >= 0; i--)
    {
      if (digits->digits[i] != '9')
        {
          digits->digits[i]++;
          return TRUE;
        }
      digits->digits[i] = '0';
    }
  return FALSE;
}

/* Whole numbers divided by a power of ten: most numbers that people and programs write, and times in microseconds. Both are exact as
 * doubles, so that their quotient is the double nearest to the decimal; below 2^52 neighbours stand further apart than doubles do, so
 * no other decimal of that length reads back as it, and a shorter one was tried before. */
static gboolean
find_short_digits (double  value,
                   Digits *out)
{
  static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18 };

  for (guint i = 0; i < G_N_ELEMENTS (powers); i++)
    {
      double whole = rint (value * powers[i]);
      guint64 number;
      char reversed[20];
      int n = 0;

      if (whole >= 4e15)
        return FALSE;
      if (whole < 1 || whole / powers[i] != value)
        continue;
      for (number = (guint64) whole; number > 0; number /= 10)
        reversed[n++] = (char) ('0' + number % 10);
      for (int j = 0; j < n; j++)
        out->digits[j] = reversed[n - 1 - j];
      out->n = n;
      out->point = n - (int) i;
      return TRUE;
    }
  return FALSE;
}

/* The shortest digits that read back as @value (> 0), the nearest of those. Every decimal of 15 digits survives the way
 * to a normal double and back, so that 15 digits without their final zeros are the shortest when they read back. */
static void
shortest_digits (double  value,
                 Digits *out)
{
  int exponent;
  gboolean is_power = frexp (value, &exponent) == 0.5;
  gboolean found = find_short_digits (value, out);

  for (int n = value < DBL_MIN ? 1 : 15; n <= 17 && !found; n++)
    {
      read_digits (value, n, out);
      if (digits_to_double (out) == value)
        break;
      /* Below a power of two doubles stand closer: the nearest decimal may fail where the next above it does not. */
      if (is_power && next_digits (out) && digits_to_double (out) == value)
        break;
    }
  while (out->n > 1 && out->digits[out->n - 1] == '0')
    out->n--;
}

static char *
append_exponent (char *p,
                 int   exponent,
                 int   width)
{
  *p++ = 'e';
  *p++ = exponent < 0 ? '-' : '+';
  return p + g_snprintf (p, 6, "%0*d", width, abs (exponent));
}

static char *
append (char       *p,
        const char *text,
        int         length)
{
  memcpy (p, text, (gsize) length);
  return p + length;
}

/* Digits as ECMA-262 (Number::toString) writes them for @max_point 21, Python's repr for 16. */
static char *
layout_digits (char         *p,
               const Digits *digits,
               int           min_point,
               int           max_point,
               int           exponent_width)
{
  int n = digits->n;
  int point = digits->point;

  if (point < min_point || point > max_point)
    {
      *p++ = digits->digits[0];
      if (n > 1)
        {
          *p++ = '.';
          p = append (p, digits->digits + 1, n - 1);
        }
      return append_exponent (p, point - 1, exponent_width);
    }
  if (point <= 0)
    {
      p = append (p, "0.", 2);
      for (int i = point; i < 0; i++)
        *p++ = '0';
      return append (p, digits->digits, n);
    }
  p = append (p, digits->digits, MIN (n, point));
  for (int i = n; i < point; i++)
    *p++ = '0';
  if (n > point)
    {
      *p++ = '.';
      p = append (p, digits->digits + point, n - point);
    }
  return p;
}

const char *
leyden_json_format_double (char   *buffer,
                           double  value)
{
  Digits digits;
  char *p = buffer;

  g_return_val_if_fail (buffer != NULL, "null");

  if (!isfinite (value))
    return strcpy (buffer, "null");
  if (value == 0)
    return strcpy (buffer, "0");
  if (value == floor (value) && fabs (value) < 1e15)
    {
      g_snprintf (buffer, 32, "%" G_GINT64_FORMAT, (gint64) value);
      return buffer;
    }
  if (value < 0)
    *p++ = '-';
  shortest_digits (fabs (value), &digits);
  p = layout_digits (p, &digits, -5, 21, 1);
  *p = '\0';
  return buffer;
}

const char *
leyden_json_format_double_python (char   *buffer,
                                  double  value)
{
  Digits digits = { "0", 1, 1 };
  char *p = buffer;

  g_return_val_if_fail (buffer != NULL, "null");

  if (!isfinite (value))
    return strcpy (buffer, "null");
  if (signbit (value))
    *p++ = '-';
  if (value != 0)
    shortest_digits (fabs (value), &digits);
  p = layout_digits (p, &digits, -3, 16, 2);
  *p = '\0';
  if (strpbrk (buffer, ".e") == NULL)
    strcpy (p, ".0");
  return buffer;
}

/* -?digits.digits with at most 15 digits that count, none too many at the end, and a size that is written without exponent. */
gboolean
leyden_json_is_python_double (const char *text,
                              gsize       length)
{
  const char *end = text + length;
  const char *point = memchr (text, '.', length);
  const char *p = text + (*text == '-');

  if (point == NULL || (end[-1] == '0' && end - point != 2))
    return FALSE;
  while (p < end && (*p == '0' || *p == '.'))
    p++;
  /* Below 0.0001 Python writes an exponent. */
  if (p == end || p - point > 4 || end - p > 16)
    return FALSE;
  for (const char *q = p; q < end; q++)
    if (!g_ascii_isdigit (*q) && q != point)
      return FALSE;
  return end - p - (p < point) <= 15;
}
