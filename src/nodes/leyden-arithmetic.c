/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include "leyden-arithmetic.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "leyden-text.h"

#define MAX_LENGTH 10000
#define MAX_DEPTH 100
#define MAX_ARGUMENTS 100

/*
 *  sum      = product (("+" | "-") product)*
 *  product  = sign (("*" | "×" | "·" | "/" | "÷" | "%" | "of") sign)*
 *  sign     = ("+" | "-")* power
 *  power    = postfix (("^" | "**") sign)?          right to left: 2^3^2 is 2^9, -2^2 is -4
 *  postfix  = atom "%"*                             15% is 0.15
 *  atom     = number | "(" sum ")" | name | name "(" sum ("," sum)* ")"
 *
 * "%" is a percent sign unless a number, a name or a bracket follows: 10 % 3 is 1 (with the sign of the dividend), 10% * 3 is 0.3.
 * Numbers may have thousands separators in groups of three (1,234), except between the brackets of a function with more than one
 * argument possible, where a comma separates arguments.
 */

typedef struct
{
  const char *text;
  const char *at;
  guint       depth;
  gboolean    in_arguments;
  GError    **error;
} Parser;

G_DEFINE_QUARK (leyden-arithmetic-error-quark, leyden_arithmetic_error)

static gboolean parse_sum  (Parser *self, double *out);
static gboolean parse_sign (Parser *self, double *out);

static void
skip_space (Parser *self)
{
  for (;;)
    {
      if (g_ascii_isspace (*self->at))
        self->at++;
      else if (g_str_has_prefix (self->at, "\xc2\xa0"))         /* U+00A0 */
        self->at += 2;
      else
        return;
    }
}

static gboolean
take (Parser     *self,
      const char *token)
{
  gsize length = strlen (token);

  skip_space (self);
  if (strncmp (self->at, token, length) != 0)
    return FALSE;
  self->at += length;
  return TRUE;
}

static gboolean
take_word (Parser     *self,
           const char *word)
{
  gsize length = strlen (word);

  skip_space (self);
  if (g_ascii_strncasecmp (self->at, word, length) != 0 || g_ascii_isalnum (self->at[length]) || self->at[length] == '_')
    return FALSE;
  self->at += length;
  return TRUE;
}

static gboolean
fail (Parser                *self,
      LeydenArithmeticError  code,
      const char            *message)
{
  g_set_error_literal (self->error, LEYDEN_ARITHMETIC_ERROR, (int) code, message);
  return FALSE;
}

static gboolean
fail_here (Parser *self)
{
  glong column;
  g_autofree char *rest = NULL;

  skip_space (self);
  column = g_utf8_pointer_to_offset (self->text, self->at) + 1;
  if (*self->at == '\0')
    g_set_error (self->error, LEYDEN_ARITHMETIC_ERROR, LEYDEN_ARITHMETIC_ERROR_SYNTAX,
                 _("The expression ends too early, at character %ld"), column);
  else
    {
      rest = leyden_text_escape (self->at, -1, 20);
      g_set_error (self->error, LEYDEN_ARITHMETIC_ERROR, LEYDEN_ARITHMETIC_ERROR_SYNTAX,
                   _("Not understood at character %ld: “%s”"), column, rest);
    }
  return FALSE;
}

static gboolean
check (Parser     *self,
       double      value,
       double     *out,
       const char *message)
{
  if (!isfinite (value))
    return fail (self, LEYDEN_ARITHMETIC_ERROR_DOMAIN, message);
  *out = value;
  return TRUE;
}

/* Functions */

static double
round_to (double x,
          double digits)
{
  double scale = pow (10, CLAMP (digits, -300, 300));
  double scaled = x * scale;

  /* Halves go away from zero, also those that binary fractions just miss (1.005 to two digits is 1.01). */
  if (!isfinite (scaled) || digits > 15)
    return x;
  return round (scaled + copysign (fabs (scaled) * 1e-15, scaled)) / scale;
}

static double
log_base (double x,
          double base)
{
  return log (x) / log (base);
}

static double
square (double x)
{
  return x * x;
}

static double
to_radians (double x)
{
  return x * G_PI / 180;
}

static double
to_degrees (double x)
{
  return x * 180 / G_PI;
}

static double
round_half_away (double x)
{
  return round_to (x, 0);
}

typedef struct
{
  const char *name;
  double    (*one) (double x);
  double    (*two) (double x, double y);
  double    (*fold) (double x, double y);       /* over any number of arguments */
} Function;

static double
add (double x,
     double y)
{
  return x + y;
}

static const Function functions[] = {
  { "abs", fabs }, { "acos", acos }, { "asin", asin }, { "atan", atan }, { "atan2", NULL, atan2 }, { "cbrt", cbrt },
  { "ceil", ceil }, { "ceiling", ceil }, { "cos", cos }, { "cosh", cosh }, { "degrees", to_degrees }, { "exp", exp },
  { "floor", floor }, { "hypot", NULL, hypot }, { "ln", log }, { "log", log10, log_base }, { "log10", log10 },
  { "log2", log2 }, { "max", NULL, NULL, fmax }, { "min", NULL, NULL, fmin }, { "mod", NULL, fmod },
  { "pow", NULL, pow }, { "radians", to_radians }, { "round", round_half_away, round_to }, { "sin", sin }, { "sinh", sinh },
  { "sqr", square }, { "sqrt", sqrt }, { "sum", NULL, NULL, add }, { "tan", tan }, { "tanh", tanh }, { "trunc", trunc },
};

static const Function *
find_function (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    if (g_str_equal (functions[i].name, name))
      return &functions[i];
  return NULL;
}

static gboolean
parse_arguments (Parser         *self,
                 const Function *function,
                 double         *arguments,
                 guint          *n_arguments)
{
  gboolean outer = self->in_arguments;
  gboolean ok = TRUE;

  self->in_arguments = function->two != NULL || function->fold != NULL;
  *n_arguments = 0;
  do
    {
      if (*n_arguments == MAX_ARGUMENTS)
        ok = fail (self, LEYDEN_ARITHMETIC_ERROR_LIMIT, _("Too many arguments"));
      else
        ok = parse_sum (self, &arguments[(*n_arguments)++]);
    }
  while (ok && take (self, ","));
  self->in_arguments = outer;
  if (ok && !take (self, ")"))
    ok = fail_here (self);
  return ok;
}

static gboolean
call_function (Parser         *self,
               const Function *function,
               double         *out)
{
  double x[MAX_ARGUMENTS];
  g_autofree char *message = NULL;
  guint n;

  if (!parse_arguments (self, function, x, &n))
    return FALSE;
  message = g_strdup_printf (_("%s has no value there"), function->name);
  if (function->fold != NULL)
    {
      for (guint i = 1; i < n; i++)
        x[0] = function->fold (x[0], x[i]);
      return check (self, x[0], out, message);
    }
  if (n == 1 && function->one != NULL)
    return check (self, function->one (x[0]), out, message);
  if (n == 2 && function->two != NULL)
    return check (self, function->two (x[0], x[1]), out, message);
  g_free (message);
  message = g_strdup_printf (_("%s takes another number of arguments than %u"), function->name, n);
  return fail (self, LEYDEN_ARITHMETIC_ERROR_SYNTAX, message);
}

static gboolean
parse_name (Parser *self,
            double *out)
{
  const char *start = self->at;
  g_autofree char *name = NULL;
  g_autofree char *message = NULL;
  const Function *function;

  while (g_ascii_isalnum (*self->at) || *self->at == '_')
    self->at++;
  name = g_ascii_strdown (start, self->at - start);
  function = find_function (name);
  if (function != NULL)
    {
      if (!take (self, "("))
        return fail_here (self);
      return call_function (self, function, out);
    }
  *out = g_str_equal (name, "pi") ? G_PI : g_str_equal (name, "e") ? G_E : NAN;
  if (!isnan (*out))
    return TRUE;
  if (strlen (name) > 40)
    strcpy (name + 37, "...");
  message = g_strdup_printf (_("“%s” is no function or constant"), name);
  return fail (self, LEYDEN_ARITHMETIC_ERROR_UNKNOWN, message);
}

/* Atoms */

static gboolean
parse_number (Parser *self,
              double *out)
{
  g_autoptr(GString) plain = g_string_new (NULL);
  const char *at = self->at;

  for (; g_ascii_isdigit (*at); at++)
    g_string_append_c (plain, *at);
  /* A comma belongs to the number when exactly three digits follow, and one to three stand before the first. */
  while (!self->in_arguments && plain->len > 0 && (at - self->at <= 3 || strchr (self->at, ',') < at) && *at == ','
         && g_ascii_isdigit (at[1]) && g_ascii_isdigit (at[2]) && g_ascii_isdigit (at[3]) && !g_ascii_isdigit (at[4]))
    {
      g_string_append_len (plain, at + 1, 3);
      at += 4;
    }
  if (*at == '.')
    for (g_string_append_c (plain, *at++); g_ascii_isdigit (*at); at++)
      g_string_append_c (plain, *at);
  if (plain->len == 0 || g_str_equal (plain->str, "."))
    return fail_here (self);
  if ((*at == 'e' || *at == 'E') && (g_ascii_isdigit (at[1]) || ((at[1] == '-' || at[1] == '+') && g_ascii_isdigit (at[2]))))
    for (g_string_append_len (plain, at, 2), at += 2; g_ascii_isdigit (*at); at++)
      g_string_append_c (plain, *at);
  self->at = at;
  return check (self, g_ascii_strtod (plain->str, NULL), out, _("A number is too large"));
}

static gboolean
parse_atom (Parser *self,
            double *out)
{
  skip_space (self);
  if (take (self, "("))
    {
      gboolean outer = self->in_arguments;
      gboolean ok;

      self->in_arguments = FALSE;
      ok = parse_sum (self, out);
      self->in_arguments = outer;
      return ok && (take (self, ")") || fail_here (self));
    }
  if (take (self, "√"))
    {
      double x;
      gboolean ok;

      if (++self->depth > MAX_DEPTH)
        return fail (self, LEYDEN_ARITHMETIC_ERROR_LIMIT, _("The expression is nested too deeply"));
      ok = parse_atom (self, &x) && check (self, sqrt (x), out, _("The root of a negative number"));
      self->depth--;
      return ok;
    }
  if (take (self, "π"))
    {
      *out = G_PI;
      return TRUE;
    }
  if (take (self, "$") || take (self, "€") || take (self, "£"))
    skip_space (self);
  if (g_ascii_isalpha (*self->at))
    return parse_name (self, out);
  return parse_number (self, out);
}

static gboolean
begins_operand (const char *at)
{
  while (g_ascii_isspace (*at))
    at++;
  if (g_ascii_strncasecmp (at, "of", 2) == 0 && !g_ascii_isalnum (at[2]))
    return FALSE;
  return g_ascii_isalnum (*at) || *at == '(' || *at == '.' || *at == '$';
}

static gboolean
parse_postfix (Parser *self,
               double *out)
{
  if (!parse_atom (self, out))
    return FALSE;
  for (;;)
    {
      skip_space (self);
      if (*self->at != '%' || begins_operand (self->at + 1))
        return TRUE;
      self->at++;
      *out /= 100;
    }
}

static gboolean
parse_power (Parser *self,
             double *out)
{
  double base, exponent;

  if (!parse_postfix (self, &base))
    return FALSE;
  if (take (self, "**") || take (self, "^"))
    {
      if (!parse_sign (self, &exponent))
        return FALSE;
      if (base == 0 && exponent < 0)
        return fail (self, LEYDEN_ARITHMETIC_ERROR_DOMAIN, _("Division by zero"));
      return check (self, pow (base, exponent), out, _("The power has no value or is too large"));
    }
  *out = base;
  return TRUE;
}

/* Where the grammar goes round: every deeper level but a root passes here. */
static gboolean
parse_sign (Parser *self,
            double *out)
{
  gboolean negative = FALSE;
  gboolean ok;

  if (++self->depth > MAX_DEPTH)
    return fail (self, LEYDEN_ARITHMETIC_ERROR_LIMIT, _("The expression is nested too deeply"));
  for (;;)
    {
      if (take (self, "-") || take (self, "−"))
        negative = !negative;
      else if (!take (self, "+"))
        break;
    }
  ok = parse_power (self, out);
  self->depth--;
  if (ok && negative)
    *out = -*out;
  return ok;
}

static gboolean
apply_product (Parser *self,
               char    operator,
               double  x,
               double  y,
               double *out)
{
  if (operator == '*')
    return check (self, x * y, out, _("The result is too large"));
  if (y == 0)
    return fail (self, LEYDEN_ARITHMETIC_ERROR_DOMAIN, _("Division by zero"));
  return check (self, operator == '/' ? x / y : fmod (x, y), out, _("The result is too large"));
}

static gboolean
parse_product (Parser *self,
               double *out)
{
  double right;

  if (!parse_sign (self, out))
    return FALSE;
  for (;;)
    {
      char operator = 0;

      if (take (self, "*") || take (self, "×") || take (self, "·") || take_word (self, "of"))
        operator = '*';
      else if (take (self, "/") || take (self, "÷"))
        operator = '/';
      else if (take (self, "%"))
        operator = '%';
      else
        return TRUE;
      if (!parse_sign (self, &right) || !apply_product (self, operator, *out, right, out))
        return FALSE;
    }
}

static gboolean
parse_sum (Parser *self,
           double *out)
{
  double right;

  if (!parse_product (self, out))
    return FALSE;
  for (;;)
    {
      gboolean minus = take (self, "-") || take (self, "−");

      if (!minus && !take (self, "+"))
        return TRUE;
      if (!parse_product (self, &right) || !check (self, minus ? *out - right : *out + right, out, _("The result is too large")))
        return FALSE;
    }
}

/**
 * leyden_arithmetic_evaluate:
 * @text: an expression: + - * / ^ % and brackets, × ÷ · − √, thousands separators, percent ("15% of 80"), constants pi and e, and
 *   the usual functions; angles in radians; log is of base 10, ln natural. A trailing “=” is overlooked
 * @out: (out): the value, finite; untouched on error
 * @error: return location, or %NULL
 *
 * Runs no code and knows no variables. Time O(length), stack bounded by the depth limit, any thread.
 *
 * Returns: %TRUE on success
 */
gboolean
leyden_arithmetic_evaluate (const char  *text,
                            double      *out,
                            GError     **error)
{
  Parser parser = { .text = text, .at = text, .error = error };
  double value = 0;

  g_return_val_if_fail (text != NULL && out != NULL, FALSE);

  if (strlen (text) > MAX_LENGTH)
    return fail (&parser, LEYDEN_ARITHMETIC_ERROR_LIMIT, _("The expression is too long"));
  if (!g_utf8_validate (text, -1, NULL))
    return fail (&parser, LEYDEN_ARITHMETIC_ERROR_SYNTAX, _("The expression is not UTF-8"));
  if (!parse_sum (&parser, &value))
    return FALSE;
  take (&parser, "=");
  skip_space (&parser);
  if (*parser.at != '\0')
    return fail_here (&parser);
  *out = value;
  return TRUE;
}
