/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-formula.h"

#include <math.h>
#include <string.h>

#define MAX_FORMULA 128

typedef struct
{
  char   kind;                  /* + - * / ( ) m (minus sign before a value) n (number) or v (name) */
  char   name;
  double value;
} Token;

struct _LeydenFormula
{
  Token infix[MAX_FORMULA];
  guint n_infix;
  Token postfix[MAX_FORMULA];
  guint n_postfix;
};

static gboolean
read_operator (const char **p,
               gboolean     value_expected,
               char        *kind)
{
  static const struct { const char *text; char kind; } operators[] = {
    { "+", '+' }, { "-", '-' }, { "−", '-' }, { "*", '*' }, { "×", '*' }, { "/", '/' }, { "÷", '/' }, { "(", '(' }, { ")", ')' },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (operators); i++)
    if (g_str_has_prefix (*p, operators[i].text))
      {
        *kind = operators[i].kind == '-' && value_expected ? 'm' : operators[i].kind;
        *p += strlen (operators[i].text);
        return TRUE;
      }
  return FALSE;
}

static gboolean
read_token (const char **p,
            gboolean     value_expected,
            Token       *token)
{
  memset (token, 0, sizeof *token);
  if (g_ascii_isdigit (**p))
    {
      char digits[40];
      gsize n = 0;

      for (; g_ascii_isdigit (**p) || **p == '.' || **p == ','; (*p)++)
        if (**p != ',' && n < sizeof digits - 1)
          digits[n++] = **p;
      digits[n] = '\0';
      token->kind = 'n';
      token->value = g_ascii_strtod (digits, NULL);
      return value_expected;
    }
  if (g_ascii_islower (**p) && !g_ascii_isalpha ((*p)[1]))
    {
      token->kind = 'v';
      token->name = **p;
      (*p)++;
      return value_expected;
    }
  if (!read_operator (p, value_expected, &token->kind))
    return FALSE;
  return strchr ("m(", token->kind) != NULL ? value_expected : !value_expected;
}

/* Checks the order of values and operators on the way. */
static gboolean
tokenize (LeydenFormula *self,
          const char    *p)
{
  gboolean value_expected = TRUE;

  for (;;)
    {
      Token *token = &self->infix[self->n_infix];

      while (g_ascii_isspace (*p))
        p++;
      if (*p == '\0')
        return !value_expected;
      if (self->n_infix == MAX_FORMULA || !read_token (&p, value_expected, token))
        return FALSE;
      self->n_infix++;
      value_expected = strchr ("+-*/(m", token->kind) != NULL;
    }
}

static int
binding (char kind)
{
  return kind == 'm' ? 3 : strchr ("*/", kind) != NULL ? 2 : 1;
}

/* Dijkstra's shunting yard. */
static gboolean
to_postfix (LeydenFormula *self)
{
  Token stack[MAX_FORMULA];
  guint depth = 0;

  for (guint i = 0; i < self->n_infix; i++)
    {
      Token token = self->infix[i];

      if (strchr ("nv", token.kind) != NULL)
        self->postfix[self->n_postfix++] = token;
      else if (strchr ("(m", token.kind) != NULL)
        stack[depth++] = token;
      else if (token.kind == ')')
        {
          while (depth > 0 && stack[depth - 1].kind != '(')
            self->postfix[self->n_postfix++] = stack[--depth];
          if (depth == 0)
            return FALSE;
          depth--;
        }
      else
        {
          while (depth > 0 && stack[depth - 1].kind != '(' && binding (stack[depth - 1].kind) >= binding (token.kind))
            self->postfix[self->n_postfix++] = stack[--depth];
          stack[depth++] = token;
        }
    }
  while (depth > 0)
    {
      if (stack[--depth].kind == '(')
        return FALSE;
      self->postfix[self->n_postfix++] = stack[depth];
    }
  return TRUE;
}

LeydenFormula *
leyden_formula_new (const char *text)
{
  g_autoptr(LeydenFormula) self = g_new0 (LeydenFormula, 1);

  g_return_val_if_fail (text != NULL, NULL);

  if (!tokenize (self, text) || !to_postfix (self))
    return NULL;
  return g_steal_pointer (&self);
}

void
leyden_formula_free (LeydenFormula *self)
{
  g_free (self);
}

char *
leyden_formula_format (double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  double rounded;

  g_ascii_formatd (buffer, sizeof buffer, "%.10g", value);
  rounded = g_ascii_strtod (buffer, NULL);
  if (rounded == 0.0)
    return g_strdup ("0");
  if (fabs (rounded) < 1e15 && fabs (rounded) >= 1e-6)
    {
      int digits = (int) floor (log10 (fabs (rounded)));
      g_autofree char *format = g_strdup_printf ("%%.%df", CLAMP (9 - digits, 0, 15));

      g_ascii_formatd (buffer, sizeof buffer, format, rounded);
      if (strchr (buffer, '.') != NULL)
        {
          char *end = buffer + strlen (buffer);

          while (end[-1] == '0')
            *--end = '\0';
          if (end[-1] == '.')
            end[-1] = '\0';
        }
    }
  return g_strdup (buffer);
}

static double
calculate (char   kind,
           double x,
           double y)
{
  switch (kind)
    {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    default:
      return x / y;
    }
}

static void
add_step (GPtrArray           *steps,
          char                 kind,
          LeydenFormulaNumber *x,
          LeydenFormulaNumber *y,
          const char          *result)
{
  const char *sign = kind == '+' ? "+" : kind == '-' ? "−" : kind == '*' ? "×" : "÷";

  g_ptr_array_add (steps, g_strdup_printf ("%s %s %s = %s", x->shown, sign, y->shown, result));
}

gboolean
leyden_formula_evaluate (LeydenFormula             *self,
                         const LeydenFormulaNumber *numbers,
                         double                    *value,
                         GPtrArray                 *steps)
{
  LeydenFormulaNumber stack[MAX_FORMULA] = { 0 };
  guint depth = 0;

  g_return_val_if_fail (self != NULL && numbers != NULL && value != NULL, FALSE);

  for (guint i = 0; i < self->n_postfix; i++)
    {
      const Token *token = &self->postfix[i];

      if (token->kind == 'n' || token->kind == 'v')
        {
          const LeydenFormulaNumber *number = token->kind == 'v' ? &numbers[token->name - 'a'] : NULL;

          stack[depth].value = number != NULL ? number->value : token->value;
          if (steps != NULL)
            stack[depth].shown = number != NULL ? g_strdup (number->shown) : leyden_formula_format (token->value);
          depth++;
        }
      else if (token->kind == 'm')
        {
          LeydenFormulaNumber *x = &stack[depth - 1];

          x->value = -x->value;
          if (steps != NULL)
            {
              g_free (x->shown);
              x->shown = leyden_formula_format (x->value);
            }
        }
      else
        {
          LeydenFormulaNumber *x = &stack[depth - 2], *y = &stack[depth - 1];
          double result = calculate (token->kind, x->value, y->value);

          if (steps != NULL)
            {
              char *shown = leyden_formula_format (result);

              add_step (steps, token->kind, x, y, shown);
              g_free (x->shown);
              g_clear_pointer (&y->shown, g_free);
              x->shown = shown;
            }
          x->value = result;
          depth--;
        }
    }
  g_assert (depth == 1);
  g_free (stack[0].shown);
  *value = stack[0].value;
  return isfinite (*value);
}

char *
leyden_formula_fill (LeydenFormula             *self,
                     const LeydenFormulaNumber *numbers)
{
  GString *out = g_string_new (NULL);

  g_return_val_if_fail (self != NULL && numbers != NULL, NULL);

  for (guint i = 0; i < self->n_infix; i++)
    {
      const Token *token = &self->infix[i];

      if (token->kind == 'n' || token->kind == 'v')
        {
          const char *shown = token->kind == 'v' ? numbers[token->name - 'a'].shown : NULL;
          g_autofree char *number = shown == NULL ? leyden_formula_format (token->value) : NULL;

          if (shown != NULL && (strchr (shown, '/') != NULL || shown[0] == '-'))
            g_string_append_printf (out, "(%s)", shown);
          else
            g_string_append (out, shown != NULL ? shown : number);
        }
      else if (token->kind == 'm')
        g_string_append_c (out, '-');
      else if (token->kind == '(' || token->kind == ')')
        g_string_append_c (out, token->kind);
      else
        g_string_append_printf (out, " %c ", token->kind);
    }
  return g_string_free (out, FALSE);
}
