/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "leyden-json.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "leyden-value-private.h"

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

/* The shortest digits that read back as @value (> 0), the nearest of those. Every decimal of 15 digits survives the way
 * to a normal double and back, so that 15 digits without their final zeros are the shortest when they read back. */
static void
shortest_digits (double  value,
                 Digits *out)
{
  int exponent;
  gboolean is_power = frexp (value, &exponent) == 0.5;

  for (int n = value < DBL_MIN ? 1 : 15; n <= 17; n++)
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
