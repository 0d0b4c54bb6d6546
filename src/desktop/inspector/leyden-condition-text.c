/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-condition-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-expression.h"
#include "leyden-json.h"
#include "leyden-text.h"

/* Members of a value that are offered. */
#define MAX_MEMBERS 20

/* --- sides --- */

LeydenConditionOperand *
leyden_condition_copy_operand (const LeydenConditionOperand *operand)
{
  LeydenConditionOperand *copy = g_new0 (LeydenConditionOperand, 1);

  copy->name = g_strdup (operand->name);
  copy->path = g_strdup (operand->path);
  copy->measure = operand->measure;
  return copy;
}

void
leyden_condition_free_operand (LeydenConditionOperand *operand)
{
  g_free (operand->name);
  g_free (operand->path);
  g_free (operand);
}

gboolean
leyden_condition_same_operand (const LeydenConditionOperand *a,
                               const LeydenConditionOperand *b)
{
  return g_str_equal (a->name, b->name) && g_str_equal (a->path, b->path) && a->measure == b->measure;
}

static LeydenFieldKind
kind_of_value (LeydenValue *value)
{
  switch (leyden_value_get_kind (value))
    {
    case LEYDEN_VALUE_STRING:
      return LEYDEN_FIELD_TEXT;
    case LEYDEN_VALUE_NUMBER:
      return LEYDEN_FIELD_NUMBER;
    case LEYDEN_VALUE_BOOLEAN:
      return LEYDEN_FIELD_BOOLEAN;
    case LEYDEN_VALUE_LIST:
    case LEYDEN_VALUE_OBJECT:
      return LEYDEN_FIELD_OBJECT;
    case LEYDEN_VALUE_NULL:
    default:
      return LEYDEN_FIELD_ANY;
    }
}

LeydenFieldKind
leyden_condition_guess_kind (LeydenEditorContext          *context,
                             const LeydenConditionOperand *operand)
{
  LeydenValue *value = leyden_editor_context_get_value (context, operand->name);
  g_autofree char *path = g_strconcat ("$", operand->path, NULL);
  g_autoptr(LeydenValue) found = NULL;

  if (operand->measure != LEYDEN_CONDITION_ITSELF)
    return LEYDEN_FIELD_NUMBER;
  if (*operand->path != '\0')
    {
      found = value != NULL ? leyden_json_path_extract (value, path, NULL) : NULL;
      return kind_of_value (found);
    }
  switch (leyden_editor_context_get_type (context, operand->name))
    {
    case LEYDEN_PORT_TEXT:
      return LEYDEN_FIELD_TEXT;
    case LEYDEN_PORT_NUMBER:
    case LEYDEN_PORT_REWARD:
      return LEYDEN_FIELD_NUMBER;
    case LEYDEN_PORT_BOOLEAN:
      return LEYDEN_FIELD_BOOLEAN;
    case LEYDEN_PORT_OBJECT:
    case LEYDEN_PORT_LIST:
    case LEYDEN_PORT_MESSAGES:
      return LEYDEN_FIELD_OBJECT;
    default:
      return kind_of_value (value);
    }
}

static void
add_operand (GPtrArray              *operands,
             const char             *name,
             const char             *path,
             LeydenConditionMeasure  measure)
{
  LeydenConditionOperand operand = { (char *) name, (char *) path, measure };

  g_ptr_array_add (operands, leyden_condition_copy_operand (&operand));
}

static void
add_members (GPtrArray   *operands,
             const char  *name,
             LeydenValue *value)
{
  guint n = leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT ? MIN (leyden_value_get_size (value), MAX_MEMBERS) : 0;

  for (guint i = 0; i < n; i++)
    {
      const char *key = leyden_value_get_key (value, i);
      gboolean plain = *key != '\0' && strspn (key, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_") == strlen (key);
      g_autofree char *path = plain ? g_strconcat (".", key, NULL) : g_strdup_printf (".\"%s\"", key);

      if (strchr (key, '"') == NULL)
        add_operand (operands, name, path, LEYDEN_CONDITION_ITSELF);
      if (leyden_value_get_kind (leyden_value_get_item (value, i)) == LEYDEN_VALUE_LIST && strchr (key, '"') == NULL)
        add_operand (operands, name, path, LEYDEN_CONDITION_ITEMS);
    }
}

GPtrArray *
leyden_condition_list_operands (LeydenEditorContext *context)
{
  GPtrArray *operands = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_condition_free_operand);

  for (guint i = 0; context != NULL && context->names[i] != NULL; i++)
    {
      const char *name = context->names[i];
      LeydenPortType type = g_array_index (context->types, LeydenPortType, i);
      LeydenValue *value = leyden_editor_context_get_value (context, name);
      gboolean list = type == LEYDEN_PORT_LIST || type == LEYDEN_PORT_MESSAGES || leyden_value_get_kind (value) == LEYDEN_VALUE_LIST;
      gboolean text = type == LEYDEN_PORT_TEXT || leyden_value_get_kind (value) == LEYDEN_VALUE_STRING;

      add_operand (operands, name, "", LEYDEN_CONDITION_ITSELF);
      add_members (operands, name, value);
      if (text)
        add_operand (operands, name, "", LEYDEN_CONDITION_LENGTH);
      if (list)
        add_operand (operands, name, "", LEYDEN_CONDITION_ITEMS);
    }
  return operands;
}

char *
leyden_condition_operand_title (const LeydenConditionOperand *operand)
{
  g_autofree char *whole = g_strconcat (operand->name, operand->path, NULL);
  g_autofree char *shown = leyden_text_display (whole, -1, 60, FALSE);

  switch (operand->measure)
    {
    case LEYDEN_CONDITION_LENGTH:
      return g_strdup_printf (_("Length of %s"), shown);
    case LEYDEN_CONDITION_ITEMS:
      return g_strdup_printf (_("Items in %s"), shown);
    case LEYDEN_CONDITION_ITSELF:
    default:
      return g_steal_pointer (&shown);
    }
}

/* --- operators --- */

static const struct
{
  const char *title;
  guint       kinds;            /* bits of LeydenFieldKind */
} operators[LEYDEN_CONDITION_N_OPERATORS] = {
#define ANY (1 << LEYDEN_FIELD_ANY)
#define TEXT (1 << LEYDEN_FIELD_TEXT)
#define NUMBER (1 << LEYDEN_FIELD_NUMBER)
#define BOOLEAN (1 << LEYDEN_FIELD_BOOLEAN)
#define OBJECT (1 << LEYDEN_FIELD_OBJECT)
  [LEYDEN_CONDITION_EQUAL] = { N_("is"), ANY | TEXT | NUMBER },
  [LEYDEN_CONDITION_NOT_EQUAL] = { N_("is not"), ANY | TEXT | NUMBER },
  [LEYDEN_CONDITION_LESS] = { N_("is below"), ANY | NUMBER },
  [LEYDEN_CONDITION_LESS_EQUAL] = { N_("is at most"), ANY | NUMBER },
  [LEYDEN_CONDITION_GREATER] = { N_("is above"), ANY | NUMBER },
  [LEYDEN_CONDITION_GREATER_EQUAL] = { N_("is at least"), ANY | NUMBER },
  [LEYDEN_CONDITION_NULL] = { N_("is missing"), ANY | TEXT | NUMBER | BOOLEAN | OBJECT },
  [LEYDEN_CONDITION_NOT_NULL] = { N_("is there"), ANY | TEXT | NUMBER | BOOLEAN | OBJECT },
  [LEYDEN_CONDITION_CONTAINS] = { N_("contains"), ANY | TEXT | OBJECT },
  [LEYDEN_CONDITION_NOT_CONTAINS] = { N_("does not contain"), ANY | TEXT | OBJECT },
  [LEYDEN_CONDITION_BEGINS] = { N_("begins with"), ANY | TEXT },
  [LEYDEN_CONDITION_ENDS] = { N_("ends with"), ANY | TEXT },
  [LEYDEN_CONDITION_LIKE] = { N_("is like"), TEXT },
  [LEYDEN_CONDITION_NOT_LIKE] = { N_("is not like"), TEXT },
  [LEYDEN_CONDITION_MATCHES] = { N_("matches"), ANY | TEXT },
  [LEYDEN_CONDITION_NOT_MATCHES] = { N_("does not match"), ANY | TEXT },
  [LEYDEN_CONDITION_ONE_OF] = { N_("is one of"), ANY | TEXT | NUMBER },
  [LEYDEN_CONDITION_NOT_ONE_OF] = { N_("is none of"), ANY | TEXT | NUMBER },
  [LEYDEN_CONDITION_TRUE] = { N_("is true"), ANY | BOOLEAN },
  [LEYDEN_CONDITION_NOT_TRUE] = { N_("is not true"), ANY | BOOLEAN },
#undef ANY
#undef TEXT
#undef NUMBER
#undef BOOLEAN
#undef OBJECT
};

const char *
leyden_condition_operator_title (LeydenConditionOperator op,
                                 LeydenFieldKind         kind)
{
  g_return_val_if_fail (op < LEYDEN_CONDITION_N_OPERATORS, NULL);

  if (kind == LEYDEN_FIELD_NUMBER && op == LEYDEN_CONDITION_EQUAL)
    return _("equals");
  if (kind == LEYDEN_FIELD_NUMBER && op == LEYDEN_CONDITION_NOT_EQUAL)
    return _("does not equal");
  return _(operators[op].title);
}

GArray *
leyden_condition_list_operators (LeydenFieldKind         kind,
                                 LeydenConditionOperator current)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (LeydenConditionOperator));

  for (LeydenConditionOperator op = 0; op < LEYDEN_CONDITION_N_OPERATORS; op++)
    if ((operators[op].kinds & (1u << kind)) != 0 || op == current)
      g_array_append_val (list, op);
  return list;
}

gboolean
leyden_condition_is_list (LeydenConditionOperator op)
{
  return op == LEYDEN_CONDITION_ONE_OF || op == LEYDEN_CONDITION_NOT_ONE_OF;
}

gboolean
leyden_condition_is_text (LeydenConditionOperator op)
{
  return op >= LEYDEN_CONDITION_CONTAINS && op <= LEYDEN_CONDITION_NOT_MATCHES;
}

/* --- values --- */

static LeydenValue *
read_number (const char *text)
{
  LeydenValue *value = leyden_json_parse (text, -1, NULL, NULL);

  if (value != NULL && leyden_value_get_number_text (value) != NULL)
    return value;
  g_clear_pointer (&value, leyden_value_unref);
  return NULL;
}

/* Whether the text, typed bare, would be read as something else. */
static gboolean
needs_quotes (const char      *text,
              LeydenFieldKind  kind,
              gboolean         in_list)
{
  g_autoptr(LeydenValue) number = kind != LEYDEN_FIELD_TEXT ? read_number (text) : NULL;

  return number != NULL || *text == '"' || (in_list && (*text == '\0' || strchr (text, ',') != NULL))
         || g_ascii_isspace (*text) || (*text != '\0' && g_ascii_isspace (text[strlen (text) - 1]));
}

static void
append_shown (GString         *out,
              LeydenValue     *value,
              LeydenFieldKind  kind,
              gboolean         in_list)
{
  const char *text = leyden_value_get_string (value, NULL);

  if (text == NULL)
    g_string_append (out, leyden_value_get_number_text (value) != NULL ? leyden_value_get_number_text (value) : "");
  /* A number beside a field of texts is told apart by its quotes as well: in SQL they are not the same. */
  else if (needs_quotes (text, kind, in_list))
    {
      g_string_append_c (out, '"');
      for (const char *p = text; *p != '\0'; p++)
        {
          if (*p == '"')
            g_string_append_c (out, '"');
          g_string_append_c (out, *p);
        }
      g_string_append_c (out, '"');
    }
  else
    g_string_append (out, text);
}

char *
leyden_condition_show_value (LeydenValue             *value,
                             LeydenFieldKind          kind,
                             LeydenConditionOperator  op)
{
  g_autoptr(GString) out = g_string_new (NULL);

  if (leyden_condition_is_text (op))
    return g_strdup (leyden_value_get_string (value, NULL) != NULL ? leyden_value_get_string (value, NULL) : "");
  if (!leyden_condition_is_list (op))
    append_shown (out, value, kind, FALSE);
  else
    for (guint i = 0; i < leyden_value_get_size (value); i++)
      {
        if (i > 0)
          g_string_append (out, ", ");
        append_shown (out, leyden_value_get_item (value, i), kind, TRUE);
      }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* What stands in double quotes at @p, a doubled one for one of them; @p moves behind it. NULL: it has no end. */
static char *
read_quoted (const char **p)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for ((*p)++; **p != '\0'; (*p)++)
    {
      if (**p == '"' && (*p)[1] != '"')
        {
          (*p)++;
          return g_string_free (g_steal_pointer (&text), FALSE);
        }
      if (**p == '"')
        (*p)++;
      g_string_append_c (text, **p);
    }
  return NULL;
}

static LeydenValue *
read_bare (const char       *text,
           LeydenFieldKind   kind,
           char            **problem)
{
  LeydenValue *number = kind != LEYDEN_FIELD_TEXT ? read_number (text) : NULL;

  if (number != NULL)
    return number;
  if (kind == LEYDEN_FIELD_NUMBER)
    {
      *problem = *text == '\0' ? g_strdup (_("A number is needed here."))
                               : g_strdup (_("A number is needed here; a text stands in double quotes."));
      return NULL;
    }
  return leyden_value_new_string (text, -1);
}

static LeydenValue *
read_one (const char      **p,
          const char       *ends,
          LeydenFieldKind   kind,
          char            **problem)
{
  g_autofree char *text = NULL;
  gsize length;

  *p += strspn (*p, " \t");
  if (**p == '"')
    {
      text = read_quoted (p);
      *p += strspn (*p, " \t");
      if (text == NULL || (**p != '\0' && strchr (ends, **p) == NULL))
        {
          *problem = g_strdup (_("The quotation mark has no partner."));
          return NULL;
        }
      return leyden_value_new_string (text, -1);
    }
  length = *ends != '\0' ? strcspn (*p, ends) : strlen (*p);
  text = g_strchomp (g_strndup (*p, length));
  *p += length;
  return read_bare (text, kind, problem);
}

static LeydenValue *
read_list (const char       *text,
           LeydenFieldKind   kind,
           char            **problem)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  const char *p = text;

  leyden_value_builder_begin_list (&builder);
  for (;;)
    {
      LeydenValue *value = read_one (&p, ",", kind, problem);

      if (value == NULL)
        return NULL;
      leyden_value_builder_take (&builder, value);
      if (*p == '\0')
        break;
      p++;
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

LeydenValue *
leyden_condition_read_value (const char               *text,
                             LeydenFieldKind           kind,
                             LeydenConditionOperator   op,
                             char                    **problem)
{
  const char *p = text;
  g_autoptr(GError) error = NULL;

  g_return_val_if_fail (problem != NULL && *problem == NULL, NULL);

  if (op == LEYDEN_CONDITION_MATCHES || op == LEYDEN_CONDITION_NOT_MATCHES)
    {
      if (leyden_regex_check (text, &error))
        return leyden_value_new_string (text, -1);
      *problem = g_strdup (error->message);
      return NULL;
    }
  if (leyden_condition_is_text (op))
    {
      if (*text != '\0')
        return leyden_value_new_string (text, -1);
      *problem = g_strdup (_("Something must stand here."));
      return NULL;
    }
  return leyden_condition_is_list (op) ? read_list (text, kind, problem) : read_one (&p, "", kind, problem);
}
