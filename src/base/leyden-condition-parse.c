/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"
#include "leyden-condition-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-expression-private.h"
#include "leyden-json-path-private.h"
#include "leyden-json.h"
#include "leyden-text.h"

typedef struct
{
  const char          *text;
  const char * const  *names;
  GArray              *tokens;          /* LeydenSqlToken */
  guint                at;
  guint                n_rules;
  GError             **error;
} Parser;

static LeydenCondition *parse_any (Parser *self, guint depth);

/* --- tokens --- */

static const LeydenSqlToken *
peek (Parser *self,
      guint   ahead)
{
  return self->at + ahead < self->tokens->len ? &g_array_index (self->tokens, LeydenSqlToken, self->at + ahead) : NULL;
}

static gboolean
next_is (Parser     *self,
         guint       ahead,
         const char *word)
{
  const LeydenSqlToken *token = peek (self, ahead);

  return token != NULL && leyden_sql_token_is (self->text, token, word);
}

static gboolean
accept (Parser     *self,
        const char *word)
{
  if (!next_is (self, 0, word))
    return FALSE;
  self->at++;
  return TRUE;
}

/* The part of the text that no row can say. */
static gpointer
refuse (Parser *self,
        guint   from)
{
  const LeydenSqlToken *token = from < self->tokens->len ? &g_array_index (self->tokens, LeydenSqlToken, from) : NULL;
  g_autofree char *shown = token != NULL ? leyden_text_escape (self->text + token->start, -1, 40) : NULL;

  if (self->error != NULL && *self->error != NULL)
    return NULL;
  if (shown != NULL)
    g_set_error (self->error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX, _("“%s” cannot be shown as rows"), shown);
  else
    g_set_error_literal (self->error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX, _("the condition is not complete"));
  return NULL;
}

static gboolean
need (Parser     *self,
      const char *word)
{
  if (accept (self, word))
    return TRUE;
  refuse (self, self->at);
  return FALSE;
}

/* --- values and operands --- */

/* The name as the node has it; NULL when it is none of them. */
static const char *
find_name (Parser               *self,
           const LeydenSqlToken *token)
{
  g_autofree char *identifier = NULL;

  if (token == NULL || (token->kind != LEYDEN_SQL_WORD && token->kind != LEYDEN_SQL_QUOTED))
    return NULL;
  identifier = leyden_sql_token_identifier (self->text, token);
  for (guint i = 0; self->names[i] != NULL; i++)
    if (g_ascii_strcasecmp (self->names[i], identifier) == 0)
      return self->names[i];
  return NULL;
}

static char *
dup_literal (Parser               *self,
             const LeydenSqlToken *token)
{
  return token != NULL && token->kind == LEYDEN_SQL_TEXT ? leyden_sql_token_identifier (self->text, token) : NULL;
}

/* A text, a number as JSON has it, TRUE or FALSE, which are 1 and 0. */
static LeydenValue *
parse_value (Parser *self)
{
  gboolean negative = next_is (self, 0, "-");
  const LeydenSqlToken *token = peek (self, negative ? 1 : 0);
  g_autofree char *digits = NULL;
  LeydenValue *value;

  if (token == NULL)
    return refuse (self, self->at);
  if (token->kind == LEYDEN_SQL_TEXT && !negative)
    {
      g_autofree char *text = dup_literal (self, token);

      self->at++;
      return leyden_value_new_string (text, -1);
    }
  if (token->kind == LEYDEN_SQL_WORD && !negative && find_name (self, token) == NULL
      && (leyden_sql_token_is (self->text, token, "TRUE") || leyden_sql_token_is (self->text, token, "FALSE")))
    {
      self->at++;
      return leyden_value_new_int (leyden_sql_token_is (self->text, token, "TRUE"));
    }
  if (token->kind != LEYDEN_SQL_NUMBER)
    return refuse (self, self->at);
  digits = g_strdup_printf ("%s%.*s", negative ? "-" : "", (int) token->length, self->text + token->start);
  value = leyden_json_parse (digits, -1, NULL, NULL);
  if (value == NULL || leyden_value_get_number_text (value) == NULL)
    {
      g_clear_pointer (&value, leyden_value_unref);
      return refuse (self, self->at);
    }
  self->at += negative ? 2 : 1;
  return value;
}

static gboolean
is_plain_key (const char *key)
{
  if (*key == '\0')
    return FALSE;
  for (const char *p = key; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '_')
      return FALSE;
  /* A number is the index of a list. */
  return !g_ascii_isdigit (*key);
}

/* What follows “$” of a path, or of a key, which is another way to write it; NULL when it is neither. */
static char *
parse_path (Parser *self)
{
  g_autofree char *literal = dup_literal (self, peek (self, 0));

  if (literal == NULL)
    return refuse (self, self->at);
  if (literal[0] == '$' && literal[1] != '\0' && leyden_json_path_check (literal + 1, NULL))
    {
      self->at++;
      return g_strdup (literal + 1);
    }
  if (!is_plain_key (literal))
    return refuse (self, self->at);
  self->at++;
  return g_strconcat (".", literal, NULL);
}

static gboolean
parse_field (Parser                 *self,
             LeydenConditionOperand *operand)
{
  const char *name = find_name (self, peek (self, 0));

  if (name == NULL)
    {
      refuse (self, self->at);
      return FALSE;
    }
  operand->name = g_strdup (name);
  self->at++;
  if (!accept (self, "->>"))
    {
      operand->path = g_strdup ("");
      return TRUE;
    }
  operand->path = parse_path (self);
  return operand->path != NULL;
}

static gboolean
parse_operand (Parser                 *self,
               LeydenConditionOperand *operand)
{
  gboolean call = next_is (self, 1, "(");

  if (call && next_is (self, 0, "length"))
    operand->measure = LEYDEN_CONDITION_LENGTH;
  else if (call && next_is (self, 0, "json_array_length"))
    operand->measure = LEYDEN_CONDITION_ITEMS;
  else
    return parse_field (self, operand);
  self->at += 2;
  return parse_field (self, operand) && need (self, ")");
}

/* --- rules --- */

static LeydenCondition *
count_rule (Parser          *self,
            LeydenCondition *rule)
{
  if (++self->n_rules <= LEYDEN_CONDITION_MAX_RULES)
    return rule;
  leyden_condition_free (rule);
  return refuse (self, self->at);
}

/* instr(field, 'text') > 0, or = 0 */
static LeydenCondition *
parse_instr (Parser *self)
{
  g_autoptr(LeydenCondition) rule = leyden_condition_new_rule (NULL, LEYDEN_CONDITION_CONTAINS, NULL);
  g_autoptr(LeydenValue) zero = NULL;
  g_autofree char *text = NULL;
  guint from = self->at;

  self->at += 2;
  g_clear_pointer (&rule->left.path, g_free);
  if (!parse_operand (self, &rule->left) || !need (self, ","))
    return NULL;
  text = dup_literal (self, peek (self, 0));
  if (text == NULL)
    return refuse (self, self->at);
  self->at++;
  if (!need (self, ")"))
    return NULL;
  if (accept (self, "=") || accept (self, "=="))
    rule->op = LEYDEN_CONDITION_NOT_CONTAINS;
  else if (!accept (self, ">"))
    return refuse (self, from);
  zero = parse_value (self);
  if (zero == NULL || g_strcmp0 (leyden_value_get_number_text (zero), "0") != 0)
    return refuse (self, from);
  rule->value = leyden_value_new_string (text, -1);
  return count_rule (self, g_steal_pointer (&rule));
}

/* substr(field, 1, n) = 'text', or substr(field, -n) = 'text', with n the length of the text. */
static LeydenCondition *
parse_substr (Parser *self)
{
  g_autoptr(LeydenCondition) rule = leyden_condition_new_rule (NULL, LEYDEN_CONDITION_ENDS, NULL);
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenValue) second = NULL;
  g_autofree char *text = NULL;
  guint from = self->at;
  gint64 start, length;

  self->at += 2;
  g_clear_pointer (&rule->left.path, g_free);
  if (!parse_operand (self, &rule->left) || !need (self, ","))
    return NULL;
  first = parse_value (self);
  if (first == NULL)
    return NULL;
  if (accept (self, ","))
    {
      rule->op = LEYDEN_CONDITION_BEGINS;
      second = parse_value (self);
      if (second == NULL)
        return NULL;
    }
  if (!need (self, ")") || !(accept (self, "=") || accept (self, "==")))
    return refuse (self, from);
  text = dup_literal (self, peek (self, 0));
  if (text == NULL)
    return refuse (self, from);
  self->at++;
  length = g_utf8_strlen (text, -1);
  if (!leyden_value_get_int (first, &start) || length == 0)
    return refuse (self, from);
  if (second != NULL ? start != 1 || !leyden_value_get_int (second, &start) || start != length : start != -length)
    return refuse (self, from);
  rule->value = leyden_value_new_string (text, -1);
  return count_rule (self, g_steal_pointer (&rule));
}

/* operand [NOT] BETWEEN a AND b: two rules in a group. */
static LeydenCondition *
parse_between (Parser          *self,
               LeydenCondition *rule,
               gboolean         negated)
{
  g_autoptr(LeydenCondition) low = rule;
  g_autoptr(LeydenCondition) high = leyden_condition_copy (rule);
  g_autoptr(LeydenCondition) group = leyden_condition_new_group (FALSE);

  low->op = LEYDEN_CONDITION_GREATER_EQUAL;
  low->value = parse_value (self);
  if (low->value == NULL || !need (self, "AND"))
    return NULL;
  high->op = LEYDEN_CONDITION_LESS_EQUAL;
  high->value = parse_value (self);
  if (high->value == NULL)
    return NULL;
  low = count_rule (self, g_steal_pointer (&low));
  high = low != NULL ? count_rule (self, g_steal_pointer (&high)) : NULL;
  if (high == NULL)
    return NULL;
  g_ptr_array_add (group->children, g_steal_pointer (&low));
  g_ptr_array_add (group->children, g_steal_pointer (&high));
  group->negated = negated;
  return g_steal_pointer (&group);
}

static LeydenValue *
parse_list (Parser *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  if (!need (self, "("))
    return NULL;
  leyden_value_builder_begin_list (&builder);
  do
    {
      LeydenValue *value = parse_value (self);

      if (value == NULL)
        return NULL;
      leyden_value_builder_take (&builder, value);
    }
  while (accept (self, ","));
  if (!need (self, ")"))
    return NULL;
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

/* LIKE, REGEXP, IN behind an operand; FALSE: none of them stands there. The value stays NULL where it is not fit. */
static gboolean
parse_word_operator (Parser          *self,
                     LeydenCondition *rule,
                     gboolean         negated)
{
  if (accept (self, "LIKE"))
    rule->op = negated ? LEYDEN_CONDITION_NOT_LIKE : LEYDEN_CONDITION_LIKE;
  else if (accept (self, "REGEXP"))
    rule->op = negated ? LEYDEN_CONDITION_NOT_MATCHES : LEYDEN_CONDITION_MATCHES;
  else if (accept (self, "IN"))
    {
      rule->op = negated ? LEYDEN_CONDITION_NOT_ONE_OF : LEYDEN_CONDITION_ONE_OF;
      rule->value = parse_list (self);
      return TRUE;
    }
  else
    return FALSE;
  rule->value = parse_value (self);
  if (leyden_value_get_string (rule->value, NULL) == NULL)
    g_clear_pointer (&rule->value, leyden_value_unref);
  return TRUE;
}

static gboolean
parse_comparison_operator (Parser                  *self,
                           LeydenConditionOperator *op)
{
  static const struct { const char *text; LeydenConditionOperator op; } comparisons[] = {
    { "=", LEYDEN_CONDITION_EQUAL }, { "==", LEYDEN_CONDITION_EQUAL },
    { "<>", LEYDEN_CONDITION_NOT_EQUAL }, { "!=", LEYDEN_CONDITION_NOT_EQUAL },
    { "<", LEYDEN_CONDITION_LESS }, { "<=", LEYDEN_CONDITION_LESS_EQUAL },
    { ">", LEYDEN_CONDITION_GREATER }, { ">=", LEYDEN_CONDITION_GREATER_EQUAL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (comparisons); i++)
    if (accept (self, comparisons[i].text))
      {
        *op = comparisons[i].op;
        return TRUE;
      }
  return FALSE;
}

static gboolean
parse_right (Parser          *self,
             LeydenCondition *rule)
{
  const LeydenSqlToken *token = peek (self, 0);

  if (find_name (self, token) == NULL && !(token != NULL && token->kind == LEYDEN_SQL_WORD && next_is (self, 1, "(")))
    {
      rule->value = parse_value (self);
      return rule->value != NULL;
    }
  rule->right = g_new0 (LeydenConditionOperand, 1);
  return parse_operand (self, rule->right);
}

static LeydenCondition *
parse_rule (Parser *self)
{
  g_autoptr(LeydenCondition) rule = NULL;
  gboolean negated;
  guint from = self->at;

  if (next_is (self, 0, "instr") && next_is (self, 1, "("))
    return parse_instr (self);
  if ((next_is (self, 0, "substr") || next_is (self, 0, "substring")) && next_is (self, 1, "("))
    return parse_substr (self);
  rule = leyden_condition_new_rule (NULL, LEYDEN_CONDITION_TRUE, NULL);
  g_clear_pointer (&rule->left.path, g_free);
  if (!parse_operand (self, &rule->left))
    return NULL;
  if (accept (self, "IS"))
    {
      rule->op = accept (self, "NOT") ? LEYDEN_CONDITION_NOT_NULL : LEYDEN_CONDITION_NULL;
      return accept (self, "NULL") ? count_rule (self, g_steal_pointer (&rule)) : refuse (self, from);
    }
  negated = accept (self, "NOT");
  if (accept (self, "BETWEEN"))
    return parse_between (self, g_steal_pointer (&rule), negated);
  if (parse_word_operator (self, rule, negated))
    return rule->value != NULL ? count_rule (self, g_steal_pointer (&rule)) : refuse (self, from);
  if (negated)
    return refuse (self, from);
  if (parse_comparison_operator (self, &rule->op) && !parse_right (self, rule))
    return NULL;
  return count_rule (self, g_steal_pointer (&rule));
}

/* --- groups --- */

static LeydenCondition *
negate (LeydenCondition *condition)
{
  LeydenCondition *group;

  if (condition->children != NULL && !condition->negated)
    {
      condition->negated = TRUE;
      return condition;
    }
  if (condition->children == NULL && condition->op == LEYDEN_CONDITION_TRUE)
    {
      condition->op = LEYDEN_CONDITION_NOT_TRUE;
      return condition;
    }
  group = leyden_condition_new_group (FALSE);
  group->negated = TRUE;
  g_ptr_array_add (group->children, condition);
  return group;
}

static LeydenCondition *
parse_one (Parser *self,
           guint   depth)
{
  LeydenCondition *inner;
  guint from = self->at;

  if (depth > LEYDEN_CONDITION_MAX_DEPTH)
    return refuse (self, from);
  if (accept (self, "NOT"))
    {
      inner = parse_one (self, depth + 1);
      return inner != NULL ? negate (inner) : NULL;
    }
  if (!accept (self, "("))
    return parse_rule (self);
  inner = parse_any (self, depth + 1);
  if (inner != NULL && !need (self, ")"))
    g_clear_pointer (&inner, leyden_condition_free);
  return inner;
}

/* Parts joined by @word; a single one is itself. */
static LeydenCondition *
parse_joined (Parser      *self,
              const char  *word,
              gboolean     any,
              guint        depth)
{
  g_autoptr(LeydenCondition) first = any ? parse_joined (self, "AND", FALSE, depth) : parse_one (self, depth);
  g_autoptr(LeydenCondition) group = NULL;

  if (first == NULL || !next_is (self, 0, word))
    return g_steal_pointer (&first);
  group = leyden_condition_new_group (any);
  g_ptr_array_add (group->children, g_steal_pointer (&first));
  while (accept (self, word))
    {
      LeydenCondition *part = any ? parse_joined (self, "AND", FALSE, depth) : parse_one (self, depth);

      if (part == NULL)
        return NULL;
      g_ptr_array_add (group->children, part);
    }
  return g_steal_pointer (&group);
}

static LeydenCondition *
parse_any (Parser *self,
           guint   depth)
{
  return parse_joined (self, "OR", TRUE, depth);
}

LeydenCondition *
leyden_condition_parse (const char          *text,
                        const char * const  *names,
                        GError             **error)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(GArray) tokens = NULL;
  g_autoptr(LeydenCondition) condition = NULL;
  Parser parser = { .text = text, .names = names, .error = &local };

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (names != NULL, NULL);

  tokens = leyden_expression_scan (text, names, error);
  if (tokens == NULL)
    return NULL;
  parser.tokens = tokens;
  condition = parse_any (&parser, 0);
  if (condition != NULL && parser.at < tokens->len)
    {
      refuse (&parser, parser.at);
      g_clear_pointer (&condition, leyden_condition_free);
    }
  if (condition == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (condition->children == NULL)
    {
      LeydenCondition *group = leyden_condition_new_group (FALSE);

      g_ptr_array_add (group->children, g_steal_pointer (&condition));
      return group;
    }
  return g_steal_pointer (&condition);
}
