/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run runs over: its input, or rows of its data set, mapped to inputs of the flow. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-run-job-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-gateway-private.h"
#include "leyden-json.h"
#include "leyden-text.h"

/* The value of the field with role "id" names the item, as data_id does in a data set. */
static char *
dup_item_of_input (LeydenPlan  *plan,
                   LeydenValue *input)
{
  LeydenValue *fields = leyden_plan_get_input_fields (plan);

  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    {
      LeydenValue *field = leyden_value_get_item (fields, i);
      LeydenValue *value;

      if (g_strcmp0 (leyden_value_get_member_string (field, "role", NULL), "id") != 0)
        continue;
      value = leyden_value_get_member (input, leyden_value_get_member_string (field, "name", ""));
      if (leyden_value_get_kind (value) == LEYDEN_VALUE_STRING)
        return g_strdup (leyden_value_get_string (value, NULL));
      if (!leyden_value_is_null (value))
        return leyden_json_write (value, LEYDEN_JSON_CANONICAL);
    }
  return g_strdup ("0");
}

void
leyden_run_job_add_input (LeydenRunJob *self)
{
  LeydenValue *own = leyden_value_get_member (self->definition, "input");
  LeydenValue *input = self->part != NULL ? leyden_value_get_member (self->part, "input") : own;
  LeydenRunJobItem item = { dup_item_of_input (self->plan, input), NULL, 0, leyden_value_ref (input) };

  g_array_append_val (self->items, item);
}

static gboolean
has_column (LeydenDataset *dataset,
            const char    *name)
{
  LeydenValue *columns = leyden_dataset_get_columns (dataset);

  for (guint i = 0; i < leyden_value_get_size (columns); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (columns, i), "name", NULL), name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
has_field (LeydenValue *fields,
           const char  *name)
{
  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (fields, i), "name", NULL), name) == 0)
      return TRUE;
  return FALSE;
}

/* Single fields that the definition names a column for, over what was given or guessed. NULL: there is no such field or column. */
static LeydenValue *
put_columns (LeydenRunJob  *self,
             LeydenValue   *mapping,
             LeydenValue   *columns,
             GError       **error)
{
  LeydenValue *fields = leyden_plan_get_input_fields (self->plan);
  LeydenValue *all = leyden_value_ref (mapping);

  for (guint i = 0; i < leyden_value_get_size (columns); i++)
    {
      const char *field = leyden_value_get_key (columns, i);
      const char *column = leyden_value_get_string (leyden_value_get_item (columns, i), NULL);
      gboolean no_field = !has_field (fields, field);
      LeydenValue *more;

      if (no_field || !has_column (self->dataset, column))
        {
          g_autofree char *shown = leyden_text_escape (no_field ? field : column != NULL ? column : "", -1, 80);

          g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION,
                       no_field ? _("The flow has no input “%s”") : _("The data set has no column “%s”"), shown);
          leyden_value_unref (all);
          return NULL;
        }
      more = leyden_value_with_member (all, field, leyden_value_get_item (columns, i));
      leyden_value_unref (all);
      all = more;
    }
  return all;
}

/* A required field that no column feeds would fail every row: said once, before anything starts. */
static gboolean
check_mapping (LeydenRunJob  *self,
               LeydenValue   *mapping,
               GError       **error)
{
  LeydenValue *fields = leyden_plan_get_input_fields (self->plan);

  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    {
      LeydenValue *field = leyden_value_get_item (fields, i);
      const char *name = leyden_value_get_member_string (field, "name", "");
      g_autofree char *shown = NULL;

      if (!leyden_value_get_member_boolean (field, "required", FALSE)
          || !leyden_value_is_null (leyden_value_get_member (field, "default"))
          || has_column (self->dataset, leyden_value_get_member_string (mapping, name, NULL)))
        continue;
      shown = leyden_text_escape (name, -1, 80);
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION,
                   _("No column of the data set feeds the required input “%s”; map one to it"), shown);
      return FALSE;
    }
  return TRUE;
}

/* Types whose values are read from text. */
static gboolean
find_kind (const char      *type,
           LeydenValueKind *kind)
{
  static const struct
  {
    const char      *type;
    LeydenValueKind  kind;
  } kinds[] = {
    { "number", LEYDEN_VALUE_NUMBER }, { "reward", LEYDEN_VALUE_NUMBER }, { "boolean", LEYDEN_VALUE_BOOLEAN },
    { "object", LEYDEN_VALUE_OBJECT }, { "list", LEYDEN_VALUE_LIST }, { "messages", LEYDEN_VALUE_LIST },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (kinds[i].type, type) == 0)
      {
        *kind = kinds[i].kind;
        return TRUE;
      }
  return FALSE;
}

/* Cells of CSV are text, and so are many numbers of JSONL: what a typed field takes is read from them, and an empty cell or null
 * gives it nothing (NULL). What does not read stays as it is, and the engine says which field refused it. */
static LeydenValue *
read_cell (LeydenValue *cell,
           const char  *type)
{
  const char *text = leyden_value_get_string (cell, NULL);
  g_autofree char *bare = text != NULL ? g_strstrip (g_strdup (text)) : NULL;
  g_autoptr(LeydenValue) value = NULL;
  LeydenValueKind kind;

  if (!find_kind (type, &kind) || (text == NULL && !leyden_value_is_null (cell)))
    return leyden_value_ref (cell);
  if (text == NULL || *bare == '\0')
    return NULL;
  value = leyden_json_parse (bare, -1, NULL, NULL);
  return value != NULL && leyden_value_get_kind (value) == kind ? g_steal_pointer (&value) : leyden_value_ref (cell);
}

static const char *
find_type (LeydenValue *fields,
           const char  *name)
{
  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (fields, i), "name", NULL), name) == 0)
      return leyden_value_get_member_string (leyden_value_get_item (fields, i), "type", NULL);
  return NULL;
}

static LeydenValue *
map_row (LeydenRunJob *self,
         guint         index,
         LeydenValue  *mapping)
{
  LeydenValue *fields = leyden_plan_get_input_fields (self->plan);
  g_autoptr(LeydenValue) row = leyden_dataset_map_row (self->dataset, index, mapping);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (row); i++)
    {
      const char *name = leyden_value_get_key (row, i);
      LeydenValue *value = read_cell (leyden_value_get_item (row, i), find_type (fields, name));

      if (value != NULL)
        leyden_value_builder_set_take (&b, name, value);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Kinds that learn see the train rows of the whole data set, whatever part of it is run over. */
void
leyden_run_job_add_training_rows (LeydenRunJob *self,
                                  LeydenValue  *mapping)
{
  guint n_rows = leyden_dataset_get_n_rows (self->dataset);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) rows = NULL;

  if (!leyden_plan_learns (self->plan))
    return;
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n_rows; i++)
    if (g_str_equal (leyden_dataset_get_split (self->dataset, i), "train"))
      leyden_value_builder_take (&b, map_row (self, i, mapping));
  leyden_value_builder_end (&b);
  rows = leyden_value_builder_end_value (&b);
  if (leyden_value_get_size (rows) > 0)
    leyden_plan_set_training_rows (self->plan, rows);
}

gboolean
leyden_run_job_add_rows (LeydenRunJob  *self,
                         GError       **error)
{
  LeydenValue *definition = leyden_value_get_member (self->definition, "dataset");
  LeydenValue *given = leyden_value_get_member (definition, "mapping");
  const char *split = leyden_value_get_member_string (definition, "split", NULL);
  gint64 limit = leyden_value_get_member_int (definition, "limit", G_MAXINT32);
  gint64 only = leyden_value_get_member_int (definition, "row", -1);
  g_autoptr(LeydenValue) found = NULL;
  g_autoptr(LeydenValue) mapping = NULL;
  guint n_rows = leyden_dataset_get_n_rows (self->dataset);

  found = leyden_value_is_null (given)
            ? leyden_dataset_guess_mapping (self->dataset, leyden_plan_get_input_fields (self->plan))
            : leyden_value_ref (given);
  mapping = put_columns (self, found, leyden_value_get_member (definition, "columns"), error);
  if (mapping == NULL || !check_mapping (self, mapping, error))
    return FALSE;
  leyden_run_job_add_training_rows (self, mapping);

  for (guint i = 0; i < n_rows && self->items->len < limit; i++)
    {
      const char *row_split = leyden_dataset_get_split (self->dataset, i);
      LeydenRunJobItem item;

      if ((split != NULL && strcmp (split, row_split) != 0) || (only >= 0 && only != i))
        continue;
      item.item = leyden_dataset_dup_item (self->dataset, i);
      item.split = g_strdup (row_split);
      item.index = i;
      item.input = map_row (self, i, mapping);
      g_array_append_val (self->items, item);
    }
  if (self->items->len > 0)
    return TRUE;
  if (only >= 0)
    g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, _("The data set has no such row"));
  else
    g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, _("The data set has no rows of the split “%s”"),
                 split == NULL ? "" : split);
  return FALSE;
}

/* The first data set that the flow names, for kinds that learn when a single input is tried. */
LeydenValue *
leyden_run_job_find_own_dataset (LeydenRunJob *self)
{
  LeydenValue *list = leyden_flow_get_property_value (leyden_plan_get_flow (self->plan), "datasets");

  for (guint i = 0; i < leyden_value_get_size (list); i++)
    if (leyden_gateway_is_sha256 (leyden_value_get_member_string (leyden_value_get_item (list, i), "sha256", NULL)))
      return leyden_value_get_item (list, i);
  return NULL;
}
