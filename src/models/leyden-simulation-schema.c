/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-simulation-request.h"

#include <math.h>

/* Makes a value that fits a JSON Schema: the answer in the member that looks like one, the work in texts that ask for it, and
 * the plainest value everywhere else. */

#define MAX_DEPTH 16
#define MAX_ITEMS 16

typedef struct
{
  LeydenValue *root;
  LeydenValue *value;
  const char  *work;
} Filler;

static LeydenValue *fill (Filler *self, LeydenValue *schema, const char *name, gboolean is_answer, guint depth);

/* "#/$defs/x" within the schema itself; nothing is ever loaded. */
static LeydenValue *
follow (Filler      *self,
        LeydenValue *schema)
{
  for (guint i = 0; i < MAX_DEPTH; i++)
    {
      const char *target = leyden_value_get_member_string (schema, "$ref", NULL);
      LeydenValue *any = leyden_value_get_member (schema, "anyOf");

      if (any == NULL)
        any = leyden_value_get_member (schema, "oneOf");
      if (target != NULL && target[0] == '#')
        schema = leyden_value_lookup_pointer (self->root, target + 1);
      else if (leyden_value_get_size (any) > 0)
        schema = leyden_value_get_item (any, 0);
      else
        break;
    }
  return schema;
}

static gboolean
has_type (LeydenValue *schema,
          const char  *type)
{
  LeydenValue *types = leyden_value_get_member (schema, "type");

  if (g_strcmp0 (leyden_value_get_string (types, NULL), type) == 0)
    return TRUE;
  for (guint i = 0; leyden_value_get_kind (types) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (types); i++)
    if (g_strcmp0 (leyden_value_get_string (leyden_value_get_item (types, i), NULL), type) == 0)
      return TRUE;
  return FALSE;
}

static LeydenValue *
fill_answer (Filler      *self,
             LeydenValue *schema)
{
  gboolean is_text = leyden_value_get_kind (self->value) == LEYDEN_VALUE_STRING;
  double number;

  if (has_type (schema, "string"))
    return is_text ? leyden_value_ref (self->value) : leyden_value_new_string (leyden_value_get_number_text (self->value), -1);
  if (is_text || !leyden_value_get_double (self->value, &number))
    return leyden_value_new_int (0);
  if (has_type (schema, "integer") && !has_type (schema, "number") && fabs (number) < 9e15)
    return leyden_value_new_int ((gint64) llround (number));
  return leyden_value_ref (self->value);
}

static const char *
find_answer_member (Filler      *self,
                    LeydenValue *properties)
{
  static const char * const names[] = { "answer", "final_answer", "result", "value", "solution", "number" };
  static const char * const types[] = { "number", "integer", "string" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (leyden_value_get_member (properties, names[i]) != NULL)
      return names[i];
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    for (guint j = 0; j < leyden_value_get_size (properties); j++)
      if (has_type (follow (self, leyden_value_get_item (properties, j)), types[i]))
        return leyden_value_get_key (properties, j);
  return NULL;
}

static LeydenValue *
fill_object (Filler      *self,
             LeydenValue *schema,
             gboolean     is_answer,
             guint        depth)
{
  LeydenValue *properties = leyden_value_get_member (schema, "properties");
  const char *answer = is_answer ? find_answer_member (self, properties) : NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (properties); i++)
    {
      const char *name = leyden_value_get_key (properties, i);

      leyden_value_builder_set_take (&b, name, fill (self, leyden_value_get_item (properties, i), name,
                                                     g_strcmp0 (name, answer) == 0, depth + 1));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
fill_list (Filler      *self,
           LeydenValue *schema,
           const char  *name,
           gboolean     is_answer,
           guint        depth)
{
  gint64 n = CLAMP (leyden_value_get_member_int (schema, "minItems", 0), is_answer ? 1 : 0, MAX_ITEMS);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (gint64 i = 0; i < n; i++)
    leyden_value_builder_take (&b, fill (self, leyden_value_get_member (schema, "items"), name, is_answer, depth + 1));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
asks_for_work (const char *name)
{
  static const char * const words[] = { "reason", "explan", "step", "work", "thought", "rationale" };
  g_autofree char *folded = g_utf8_strdown (name, -1);

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strstr (folded, words[i]) != NULL)
      return TRUE;
  return FALSE;
}

/* Recursive, to a depth of 16. */
static LeydenValue *
fill (Filler      *self,
      LeydenValue *schema,
      const char  *name,
      gboolean     is_answer,
      guint        depth)
{
  LeydenValue *constant, *choices;

  schema = follow (self, schema);
  constant = leyden_value_get_member (schema, "const");
  choices = leyden_value_get_member (schema, "enum");
  if (constant != NULL)
    return leyden_value_ref (constant);
  if (leyden_value_get_size (choices) > 0)
    return leyden_value_ref (leyden_value_get_item (choices, 0));
  if (depth < MAX_DEPTH && (has_type (schema, "object") || leyden_value_get_member (schema, "properties") != NULL))
    return fill_object (self, schema, is_answer, depth);
  if (depth < MAX_DEPTH && has_type (schema, "array"))
    return fill_list (self, schema, name, is_answer, depth);
  if (is_answer)
    return fill_answer (self, schema);
  if (has_type (schema, "string"))
    return leyden_value_new_string (asks_for_work (name) ? self->work : "", -1);
  if (has_type (schema, "number") || has_type (schema, "integer"))
    return leyden_value_new_int (leyden_value_get_member_int (schema, "minimum", 0));
  if (has_type (schema, "boolean"))
    return leyden_value_new_boolean (TRUE);
  return leyden_value_new_null ();
}

LeydenValue *
leyden_simulation_fill_schema (LeydenValue *schema,
                               LeydenValue *value,
                               const char  *work)
{
  Filler filler = { .root = schema, .value = value, .work = work };

  return fill (&filler, schema, "answer", TRUE, 0);
}
