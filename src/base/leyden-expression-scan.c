/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-base"

#include "config.h"

#include "leyden-expression-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-text.h"

typedef struct
{
  const char          *text;
  const char          *p;
  const char * const  *names;
  GArray              *tokens;
  guint                depth;
  GError             **error;
} Scanner;

static gboolean G_GNUC_PRINTF (3, 4)
fail (Scanner    *self,
      const char *at,
      const char *format,
      ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (self->error, LEYDEN_EXPRESSION_ERROR, LEYDEN_EXPRESSION_ERROR_SYNTAX, _("character %ld: %s"),
               g_utf8_pointer_to_offset (self->text, at) + 1, message);
  return FALSE;
}

gboolean
leyden_sql_token_is (const char           *text,
                     const LeydenSqlToken *token,
                     const char           *word)
{
  return (token->kind == LEYDEN_SQL_WORD || token->kind == LEYDEN_SQL_OPERATOR) && token->length == strlen (word)
         && g_ascii_strncasecmp (text + token->start, word, token->length) == 0;
}

char *
leyden_sql_token_identifier (const char           *text,
                             const LeydenSqlToken *token)
{
  GString *name;
  char quote = text[token->start];

  if (token->kind == LEYDEN_SQL_WORD)
    return g_strndup (text + token->start, token->length);
  name = g_string_new (NULL);
  for (guint i = 1; i + 1 < token->length; i++)
    {
      g_string_append_c (name, text[token->start + i]);
      if (text[token->start + i] == quote)
        i++;
    }
  return g_string_free (name, FALSE);
}

static const LeydenSqlToken *
token_before (Scanner *self,
              guint    back)
{
  return self->tokens->len >= back ? &g_array_index (self->tokens, LeydenSqlToken, self->tokens->len - back) : NULL;
}

static void
add_token (Scanner       *self,
           LeydenSqlKind  kind,
           const char    *start)
{
  LeydenSqlToken token = { kind, (guint) (start - self->text), (guint) (self->p - start), self->depth, FALSE };

  g_array_append_val (self->tokens, token);
}

/* Behind a quoted text whose quote is doubled inside; FALSE without end. */
static gboolean
skip_quoted (Scanner *self)
{
  const char *open = self->p;
  char close = *open == '[' ? ']' : *open;

  for (self->p++; *self->p != '\0'; self->p++)
    if (*self->p == close)
      {
        self->p++;
        if (*self->p != close || close == ']')
          return TRUE;
      }
  return fail (self, open, _("a text or name that begins here has no end"));
}

static gboolean
skip_comment (Scanner *self)
{
  const char *open = self->p;
  const char *end;

  if (*open == '-')
    {
      self->p += strcspn (open, "\n");
      return TRUE;
    }
  end = strstr (open + 2, "*/");
  if (end == NULL)
    return fail (self, open, _("a comment that begins here has no end"));
  self->p = end + 2;
  return TRUE;
}

static gboolean
is_word_character (char c)
{
  return g_ascii_isalnum (c) || c == '_' || c == '$' || (guchar) c >= 0x80;
}

static gboolean
is_name (Scanner              *self,
         const LeydenSqlToken *token)
{
  g_autofree char *identifier = NULL;

  if (token == NULL || (token->kind != LEYDEN_SQL_WORD && token->kind != LEYDEN_SQL_QUOTED))
    return FALSE;
  identifier = leyden_sql_token_identifier (self->text, token);
  for (guint i = 0; self->names[i] != NULL; i++)
    if (g_ascii_strcasecmp (self->names[i], identifier) == 0)
      return TRUE;
  return FALSE;
}

/* What follows a point: methods and members of other languages. */
static gboolean
check_member (Scanner    *self,
              const char *start)
{
  const LeydenSqlToken *point = token_before (self, 1);
  const LeydenSqlToken *owner = token_before (self, 2);
  g_autofree char *member = g_strndup (start, (gsize) (self->p - start));
  g_autofree char *name = NULL;
  const char *next = self->p + strspn (self->p, " \t\r\n");

  if (point == NULL || owner == NULL || !leyden_sql_token_is (self->text, point, "."))
    return TRUE;
  name = owner->kind == LEYDEN_SQL_WORD || owner->kind == LEYDEN_SQL_QUOTED
           ? g_strndup (self->text + owner->start, owner->length) : g_strdup ("x");
  if (g_ascii_strcasecmp (member, "length") == 0)
    return fail (self, self->text + point->start,
                 _("SQL has no “.length”; write length(%s) for a text, json_array_length(%s) for a list"), name, name);
  if (*next == '(')
    return fail (self, self->text + point->start,
                 _("SQL has no methods; write a function, for example upper(%s) and not %s.upper()"), name, name);
  if (is_name (self, owner))
    return fail (self, self->text + point->start, _("to read a member of an object write %s ->> '$.%s'"), name, member);
  return TRUE;
}

static gboolean
scan_word (Scanner *self)
{
  const char *start = self->p;

  while (is_word_character (*self->p))
    self->p++;
  if (!check_member (self, start))
    return FALSE;
  add_token (self, LEYDEN_SQL_WORD, start);
  return TRUE;
}

static void
scan_number (Scanner *self)
{
  const char *start = self->p;

  while (g_ascii_isalnum (*self->p) || *self->p == '.'
         || ((*self->p == '+' || *self->p == '-') && (self->p[-1] | 0x20) == 'e' && (start[1] | 0x20) != 'x'))
    self->p++;
  add_token (self, LEYDEN_SQL_NUMBER, start);
}

/* Operators of other languages, and what says how SQL writes them. */
static gboolean
check_foreign_operator (Scanner *self)
{
  static const struct { const char *text; const char *hint; } foreign[] = {
    { "&&", N_("SQL has no “&&”; write AND") },
    { "===", N_("SQL has no “===”; write =") },
    { "!==", N_("SQL has no “!==”; write <>") },
    { "=>", N_("SQL has no “=>”; “greater or equal” is >=") },
    { "**", N_("SQL has no “**”; write pow(a, b)") },
    { "??", N_("SQL has no “??”; write ifnull(a, b)") },
    { "?.", N_("SQL has no “?.”; to read a member of an object write a ->> '$.b'") },
    { "?", N_("SQL has no “a ? b : c”; write iif(a, b, c) or CASE WHEN a THEN b ELSE c END") },
    { ";", N_("an expression is one value, without “;”") },
    { ":", N_("“:” has no meaning here") },
    { "@", N_("“@” has no meaning here") },
    { "#", N_("“#” has no meaning here") },
    { "{", N_("“{” has no meaning here; write the name of an input without braces, and json_object('a', 1) for an object") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (foreign); i++)
    if (g_str_has_prefix (self->p, foreign[i].text))
      return fail (self, self->p, "%s", _(foreign[i].hint));
  if (*self->p == '!' && self->p[1] != '=')
    return fail (self, self->p, _("SQL has no “!”; write NOT"));
  return TRUE;
}

static gboolean
scan_operator (Scanner *self)
{
  static const char * const operators[] = { "->>", "->", "||", "<=", ">=", "<>", "!=", "==", "<<", ">>" };
  const char *start = self->p;

  if (!check_foreign_operator (self))
    return FALSE;
  if (*start == ')')
    {
      if (self->depth == 0)
        return fail (self, start, _("“)” without “(”"));
      self->depth--;
    }
  self->p++;
  for (guint i = 0; i < G_N_ELEMENTS (operators); i++)
    if (g_str_has_prefix (start, operators[i]))
      {
        self->p = start + strlen (operators[i]);
        break;
      }
  add_token (self, LEYDEN_SQL_OPERATOR, start);
  if (*start == '(')
    self->depth++;
  return TRUE;
}

static gboolean
scan_bracket (Scanner *self)
{
  const LeydenSqlToken *owner = token_before (self, 1);
  const char *start = self->p;

  if (is_name (self, owner) && start == self->text + owner->start + owner->length)
    return fail (self, start, _("to read an item of a list write %.*s ->> '$[0]'"), (int) owner->length,
                 self->text + owner->start);
  if (!skip_quoted (self))
    return FALSE;
  add_token (self, LEYDEN_SQL_QUOTED, start);
  return TRUE;
}

static gboolean
scan_token (Scanner *self)
{
  const char *start = self->p;

  switch (*start)
    {
    case ' ': case '\t': case '\n': case '\r': case '\f':
      self->p++;
      return TRUE;
    case '\'':
      if (!skip_quoted (self))
        return FALSE;
      add_token (self, LEYDEN_SQL_TEXT, start);
      return TRUE;
    case '"': case '`':
      if (!skip_quoted (self))
        return FALSE;
      add_token (self, LEYDEN_SQL_QUOTED, start);
      return TRUE;
    case '[':
      return scan_bracket (self);
    default:
      break;
    }
  if (g_str_has_prefix (start, "--") || g_str_has_prefix (start, "/*"))
    return skip_comment (self);
  if (g_ascii_isdigit (*start) || (*start == '.' && g_ascii_isdigit (start[1])))
    {
      scan_number (self);
      return TRUE;
    }
  if (*start == '$')
    return fail (self, start, _("write the name of an input without “$”"));
  if (is_word_character (*start))
    return scan_word (self);
  return scan_operator (self);
}

static gboolean
is_comparison (const char           *text,
               const LeydenSqlToken *token)
{
  static const char * const comparisons[] = { "=", "==", "<", ">", "<=", ">=", "!=", "<>", "IS", "IN", "LIKE", "GLOB", "REGEXP", "BETWEEN" };

  for (guint i = 0; i < G_N_ELEMENTS (comparisons); i++)
    if (leyden_sql_token_is (text, token, comparisons[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_boundary (const char           *text,
             const LeydenSqlToken *token)
{
  static const char * const words[] = { "AND", "OR", ",", "WHEN", "THEN", "ELSE", "CASE", "END", "SELECT", "FROM", "WHERE", "||" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (leyden_sql_token_is (text, token, words[i]))
      return TRUE;
  return FALSE;
}

/* Whether the parentheses that open at @open hold a comparison of their own. */
static gboolean
group_compares (Scanner *self,
                guint    open)
{
  guint depth = g_array_index (self->tokens, LeydenSqlToken, open).depth;

  for (guint i = open + 1; i < self->tokens->len; i++)
    {
      const LeydenSqlToken *token = &g_array_index (self->tokens, LeydenSqlToken, i);

      if (token->depth == depth)
        return FALSE;
      if (token->depth == depth + 1 && is_comparison (self->text, token))
        return TRUE;
    }
  return FALSE;
}

/* Whether (…) with a comparison, and no arguments of a function, stands directly beside the token at @i. */
static gboolean
neighbour_compares (Scanner *self,
                    guint    i,
                    int      direction)
{
  const LeydenSqlToken *tokens = (const LeydenSqlToken *) (gpointer) self->tokens->data;
  guint open = i + 1;

  if (direction < 0)
    {
      if (i == 0 || !leyden_sql_token_is (self->text, &tokens[i - 1], ")"))
        return FALSE;
      for (open = i - 1; open > 0 && !(tokens[open].depth == tokens[i].depth
                                       && leyden_sql_token_is (self->text, &tokens[open], "("));)
        open--;
      if (open > 0 && tokens[open - 1].kind == LEYDEN_SQL_WORD && !is_boundary (self->text, &tokens[open - 1]))
        return FALSE;
    }
  return open < self->tokens->len && leyden_sql_token_is (self->text, &tokens[open], "(") && group_compares (self, open);
}

/* Whether a comparison stands on one side of the token at @i, in the same parentheses and before the next AND or OR. */
static gboolean
has_comparison (Scanner *self,
                guint    i,
                int      direction)
{
  guint depth = g_array_index (self->tokens, LeydenSqlToken, i).depth;

  if (neighbour_compares (self, i, direction))
    return TRUE;
  for (i += (guint) direction; i < self->tokens->len; i += (guint) direction)
    {
      const LeydenSqlToken *token = &g_array_index (self->tokens, LeydenSqlToken, i);

      if (token->depth < depth || (token->depth == depth && is_boundary (self->text, token)))
        return FALSE;
      if (token->depth == depth && is_comparison (self->text, token))
        return TRUE;
    }
  return FALSE;
}

/* In the arguments of json_each and json_tree the names of their own columns would hide the inputs, and the result would
 * be empty without a word: such inputs are marked, to be written as parameters. @i: the token of the function's name. */
static void
mark_hidden_inputs (Scanner *self,
                    guint    i)
{
  static const char * const columns[] = {
    "key", "value", "type", "atom", "id", "parent", "fullkey", "path", "json", "root",
  };
  LeydenSqlToken *tokens = (LeydenSqlToken *) (gpointer) self->tokens->data;
  guint depth = tokens[i].depth;

  for (i += 2; i < self->tokens->len && tokens[i].depth > depth; i++)
    {
      g_autofree char *name = NULL;

      if (!is_name (self, &tokens[i]) || leyden_sql_token_is (self->text, &tokens[i - 1], "."))
        continue;
      name = leyden_sql_token_identifier (self->text, &tokens[i]);
      for (guint c = 0; c < G_N_ELEMENTS (columns); c++)
        if (g_ascii_strcasecmp (columns[c], name) == 0)
          tokens[i].hidden = TRUE;
    }
}

/* “+” beside a text in quotes. */
static gboolean
joins_text (const LeydenSqlToken *before,
            const LeydenSqlToken *after)
{
  return (before != NULL && before->kind == LEYDEN_SQL_TEXT) || (after != NULL && after->kind == LEYDEN_SQL_TEXT);
}

/* Mistakes that SQL accepts, with another meaning. */
static gboolean
check_meaning (Scanner *self)
{
  for (guint i = 0; i < self->tokens->len; i++)
    {
      const LeydenSqlToken *token = &g_array_index (self->tokens, LeydenSqlToken, i);
      const LeydenSqlToken *before = i > 0 ? token - 1 : NULL;
      const LeydenSqlToken *after = i + 1 < self->tokens->len ? token + 1 : NULL;
      gboolean equal = leyden_sql_token_is (self->text, token, "=") || leyden_sql_token_is (self->text, token, "==");
      gboolean unequal = leyden_sql_token_is (self->text, token, "!=") || leyden_sql_token_is (self->text, token, "<>");

      if (leyden_sql_token_is (self->text, token, "||") && has_comparison (self, i, -1) && has_comparison (self, i, 1))
        return fail (self, self->text + token->start, _("in SQL “||” joins texts; write OR"));
      if (leyden_sql_token_is (self->text, token, "+") && joins_text (before, after))
        return fail (self, self->text + token->start, _("in SQL “+” adds numbers; texts are joined by “||”"));
      if (leyden_sql_token_is (self->text, token, "json_each") || leyden_sql_token_is (self->text, token, "json_tree"))
        mark_hidden_inputs (self, i);
      if (!equal && !unequal)
        continue;
      if ((before != NULL && leyden_sql_token_is (self->text, before, "NULL"))
          || (after != NULL && leyden_sql_token_is (self->text, after, "NULL")))
        return fail (self, self->text + token->start, equal
                       ? _("in SQL nothing equals NULL; write IS NULL") : _("in SQL nothing differs from NULL; write IS NOT NULL"));
    }
  return TRUE;
}

GArray *
leyden_expression_scan (const char          *text,
                        const char * const  *names,
                        GError             **error)
{
  g_autoptr(GArray) tokens = g_array_new (FALSE, FALSE, sizeof (LeydenSqlToken));
  Scanner self = { text, text, names, tokens, 0, error };

  while (*self.p != '\0')
    if (!scan_token (&self))
      return NULL;
  if (tokens->len == 0)
    {
      fail (&self, text, _("the expression is empty"));
      return NULL;
    }
  if (self.depth > 0)
    {
      fail (&self, self.p, _("“(” without “)”"));
      return NULL;
    }
  if (!check_meaning (&self))
    return NULL;
  return g_steal_pointer (&tokens);
}
