/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"
#include "leyden-condition-private.h"

#include <sqlite3.h>
#include <string.h>

static const char * const operators[LEYDEN_CONDITION_N_OPERATORS] = {
  [LEYDEN_CONDITION_EQUAL] = "=",
  [LEYDEN_CONDITION_NOT_EQUAL] = "<>",
  [LEYDEN_CONDITION_LESS] = "<",
  [LEYDEN_CONDITION_LESS_EQUAL] = "<=",
  [LEYDEN_CONDITION_GREATER] = ">",
  [LEYDEN_CONDITION_GREATER_EQUAL] = ">=",
  [LEYDEN_CONDITION_LIKE] = "LIKE",
  [LEYDEN_CONDITION_NOT_LIKE] = "NOT LIKE",
  [LEYDEN_CONDITION_MATCHES] = "REGEXP",
  [LEYDEN_CONDITION_NOT_MATCHES] = "NOT REGEXP",
  [LEYDEN_CONDITION_ONE_OF] = "IN",
  [LEYDEN_CONDITION_NOT_ONE_OF] = "NOT IN",
};

const char *
leyden_condition_get_sql (LeydenConditionOperator op)
{
  return op < LEYDEN_CONDITION_N_OPERATORS ? operators[op] : NULL;
}

gboolean
leyden_condition_takes_value (LeydenConditionOperator op)
{
  return op != LEYDEN_CONDITION_NULL && op != LEYDEN_CONDITION_NOT_NULL && op != LEYDEN_CONDITION_TRUE
         && op != LEYDEN_CONDITION_NOT_TRUE;
}

/* --- memory --- */

LeydenCondition *
leyden_condition_new_group (gboolean any)
{
  LeydenCondition *self = g_new0 (LeydenCondition, 1);

  self->children = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_condition_free);
  self->any = any;
  return self;
}

LeydenCondition *
leyden_condition_new_rule (const char              *name,
                           LeydenConditionOperator  op,
                           LeydenValue             *value)
{
  LeydenCondition *self = g_new0 (LeydenCondition, 1);

  self->left.name = g_strdup (name);
  self->left.path = g_strdup ("");
  self->op = op;
  self->value = value != NULL ? leyden_value_ref (value) : NULL;
  return self;
}

void
leyden_condition_operand_clear (LeydenConditionOperand *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->path, g_free);
}

static LeydenConditionOperand *
operand_copy (const LeydenConditionOperand *self)
{
  LeydenConditionOperand *copy = g_new0 (LeydenConditionOperand, 1);

  copy->name = g_strdup (self->name);
  copy->path = g_strdup (self->path);
  copy->measure = self->measure;
  return copy;
}

void
leyden_condition_free (LeydenCondition *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->children, g_ptr_array_unref);
  leyden_condition_operand_clear (&self->left);
  if (self->right != NULL)
    leyden_condition_operand_clear (self->right);
  g_free (self->right);
  g_clear_pointer (&self->value, leyden_value_unref);
  g_free (self);
}

LeydenCondition *
leyden_condition_copy (const LeydenCondition *self)
{
  LeydenCondition *copy;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->children == NULL)
    {
      copy = leyden_condition_new_rule (self->left.name, self->op, self->value);
      g_free (copy->left.path);
      copy->left.path = g_strdup (self->left.path);
      copy->left.measure = self->left.measure;
      copy->right = self->right != NULL ? operand_copy (self->right) : NULL;
      return copy;
    }
  copy = leyden_condition_new_group (self->any);
  copy->negated = self->negated;
  for (guint i = 0; i < self->children->len; i++)
    g_ptr_array_add (copy->children, leyden_condition_copy (g_ptr_array_index (self->children, i)));
  return copy;
}

static gboolean
operands_equal (const LeydenConditionOperand *a,
                const LeydenConditionOperand *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return g_strcmp0 (a->name, b->name) == 0 && g_strcmp0 (a->path, b->path) == 0 && a->measure == b->measure;
}

static gboolean
values_equal (LeydenValue *a,
              LeydenValue *b)
{
  return a == NULL || b == NULL ? a == b : leyden_value_equal (a, b);
}

gboolean
leyden_condition_equal (const LeydenCondition *a,
                        const LeydenCondition *b)
{
  g_return_val_if_fail (a != NULL && b != NULL, FALSE);

  if ((a->children == NULL) != (b->children == NULL))
    return FALSE;
  if (a->children == NULL)
    return a->op == b->op && operands_equal (&a->left, &b->left) && operands_equal (a->right, b->right)
           && (!leyden_condition_takes_value (a->op) || values_equal (a->value, b->value));
  if (a->any != b->any || a->negated != b->negated || a->children->len != b->children->len)
    return FALSE;
  for (guint i = 0; i < a->children->len; i++)
    if (!leyden_condition_equal (g_ptr_array_index (a->children, i), g_ptr_array_index (b->children, i)))
      return FALSE;
  return TRUE;
}

/* --- writing --- */

static gboolean
is_bare_name (const char *name)
{
  if (!g_ascii_isalpha (*name) && *name != '_')
    return FALSE;
  for (const char *p = name; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '_')
      return FALSE;
  return !sqlite3_keyword_check (name, (int) strlen (name)) && g_ascii_strcasecmp (name, "true") != 0
         && g_ascii_strcasecmp (name, "false") != 0;
}

static void
append_quoted (GString    *out,
               const char *text,
               char        quote)
{
  g_string_append_c (out, quote);
  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == quote)
        g_string_append_c (out, quote);
      g_string_append_c (out, *p);
    }
  g_string_append_c (out, quote);
}

static void
append_operand (GString                      *out,
                const LeydenConditionOperand *operand)
{
  static const char * const functions[] = { NULL, "length", "json_array_length" };

  if (operand->measure != LEYDEN_CONDITION_ITSELF)
    g_string_append_printf (out, "%s(", functions[operand->measure]);
  if (is_bare_name (operand->name))
    g_string_append (out, operand->name);
  else
    append_quoted (out, operand->name, '"');
  if (operand->path != NULL && *operand->path != '\0')
    {
      g_autofree char *path = g_strconcat ("$", operand->path, NULL);

      g_string_append (out, " ->> ");
      append_quoted (out, path, '\'');
    }
  if (operand->measure != LEYDEN_CONDITION_ITSELF)
    g_string_append_c (out, ')');
}

static void
append_value (GString     *out,
              LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);

  if (text != NULL)
    append_quoted (out, text, '\'');
  else if (leyden_value_get_number_text (value) != NULL)
    g_string_append (out, leyden_value_get_number_text (value));
  else if (leyden_value_get_kind (value) == LEYDEN_VALUE_BOOLEAN)
    g_string_append (out, leyden_value_get_boolean (value) ? "1" : "0");
  else
    g_string_append (out, "NULL");
}

static void
append_list (GString     *out,
             LeydenValue *list)
{
  g_string_append_c (out, '(');
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      if (i > 0)
        g_string_append (out, ", ");
      append_value (out, leyden_value_get_item (list, i));
    }
  g_string_append_c (out, ')');
}

/* Of the text of a value that is to be one; numbers are their digits. */
static char *
dup_text (LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);

  return g_strdup (text != NULL ? text : leyden_value_get_number_text (value) != NULL ? leyden_value_get_number_text (value) : "");
}

/* Operators that SQL says with functions. */
static gboolean
append_call (GString               *out,
             const LeydenCondition *rule)
{
  g_autofree char *text = dup_text (rule->value);

  switch (rule->op)
    {
    case LEYDEN_CONDITION_CONTAINS:
    case LEYDEN_CONDITION_NOT_CONTAINS:
      g_string_append (out, "instr(");
      append_operand (out, &rule->left);
      g_string_append (out, ", ");
      append_quoted (out, text, '\'');
      g_string_append (out, rule->op == LEYDEN_CONDITION_CONTAINS ? ") > 0" : ") = 0");
      return TRUE;
    case LEYDEN_CONDITION_BEGINS:
    case LEYDEN_CONDITION_ENDS:
      g_string_append (out, "substr(");
      append_operand (out, &rule->left);
      g_string_append_printf (out, rule->op == LEYDEN_CONDITION_BEGINS ? ", 1, %ld) = " : ", -%ld) = ", g_utf8_strlen (text, -1));
      append_quoted (out, text, '\'');
      return TRUE;
    default:
      return FALSE;
    }
}

static void
append_rule (GString               *out,
             const LeydenCondition *rule)
{
  if (append_call (out, rule))
    return;
  if (rule->op == LEYDEN_CONDITION_NOT_TRUE)
    g_string_append (out, "NOT ");
  append_operand (out, &rule->left);
  if (rule->op == LEYDEN_CONDITION_NULL)
    g_string_append (out, " IS NULL");
  else if (rule->op == LEYDEN_CONDITION_NOT_NULL)
    g_string_append (out, " IS NOT NULL");
  if (!leyden_condition_takes_value (rule->op))
    return;
  g_string_append_printf (out, " %s ", operators[rule->op]);
  if (rule->op == LEYDEN_CONDITION_ONE_OF || rule->op == LEYDEN_CONDITION_NOT_ONE_OF)
    append_list (out, rule->value);
  else if (rule->right != NULL)
    append_operand (out, rule->right);
  else
    append_value (out, rule->value);
}

static gboolean append_condition (GString *out, const LeydenCondition *self, gboolean inside);

/* Groups without a rule are left out. */
static guint
append_children (GString               *out,
                 const LeydenCondition *self,
                 gboolean               inside)
{
  guint n = 0;

  for (guint i = 0; i < self->children->len; i++)
    {
      gsize before = out->len;

      if (n > 0)
        g_string_append (out, self->any ? " OR " : " AND ");
      if (append_condition (out, g_ptr_array_index (self->children, i), inside))
        n++;
      else
        g_string_truncate (out, before);
    }
  return n;
}

/* @inside: beside others, so that what has several parts stands in parentheses. FALSE: nothing was there to write. */
static gboolean
append_condition (GString               *out,
                  const LeydenCondition *self,
                  gboolean               inside)
{
  g_autoptr(GString) inner = NULL;
  guint n;

  if (self->children == NULL)
    {
      append_rule (out, self);
      return TRUE;
    }
  inner = g_string_new (NULL);
  n = append_children (inner, self, self->children->len > 1);
  if (n == 0)
    return FALSE;
  if (self->negated)
    g_string_append_printf (out, "NOT (%s)", inner->str);
  else if (n > 1 && inside)
    g_string_append_printf (out, "(%s)", inner->str);
  else
    g_string_append (out, inner->str);
  return TRUE;
}

char *
leyden_condition_write (const LeydenCondition *self)
{
  g_autoptr(GString) out = g_string_new (NULL);

  g_return_val_if_fail (self != NULL, NULL);

  return append_condition (out, self, FALSE) ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}
