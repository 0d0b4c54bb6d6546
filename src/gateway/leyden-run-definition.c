/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with the definition of a run by itself, and by what two are the same. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-run-job.h"

#include "leyden-gateway-private.h"
#include "leyden-json.h"

#define MAX_CONCURRENCY 10000
#define MAX_DEADLINE_S (30 * 24 * 3600)

static gboolean
refuse (GError     **error,
        const char  *field,
        const char  *what)
{
  g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, "\"%s\" %s", field, what);
  return FALSE;
}

static gboolean
check_int (LeydenValue  *definition,
           const char   *name,
           gint64        minimum,
           gint64        maximum,
           GError      **error)
{
  LeydenValue *value = leyden_value_get_member (definition, name);
  g_autofree char *what = NULL;
  gint64 n;

  if (leyden_value_is_null (value) || (leyden_value_get_int (value, &n) && n >= minimum && n <= maximum))
    return TRUE;
  what = g_strdup_printf ("must be an integer from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, minimum, maximum);
  return refuse (error, name, what);
}

static gboolean
check_text (LeydenValue  *object,
            const char   *name,
            gboolean      required,
            GError      **error)
{
  LeydenValue *value = leyden_value_get_member (object, name);

  if (leyden_value_is_null (value) ? !required : leyden_value_get_kind (value) == LEYDEN_VALUE_STRING)
    return TRUE;
  return refuse (error, name, "must be text");
}

static gboolean
check_choice (LeydenValue         *object,
              const char          *name,
              const char * const  *choices,
              GError             **error)
{
  LeydenValue *value = leyden_value_get_member (object, name);
  g_autofree char *list = NULL;
  g_autofree char *what = NULL;

  if (leyden_value_is_null (value) || (leyden_value_get_kind (value) == LEYDEN_VALUE_STRING
                                       && g_strv_contains (choices, leyden_value_get_string (value, NULL))))
    return TRUE;
  list = g_strjoinv (", ", (char **)choices);
  what = g_strdup_printf ("must be one of %s", list);
  return refuse (error, name, what);
}

static gboolean
check_dataset (LeydenValue  *dataset,
               GError      **error)
{
  static const char * const formats[] = { "jsonl", "csv", NULL };
  static const char * const splits[] = { "train", "validation", "test", NULL };
  LeydenValue *mapping = leyden_value_get_member (dataset, "mapping");
  LeydenValue *columns = leyden_value_get_member (dataset, "columns");

  if (!leyden_gateway_is_sha256 (leyden_value_get_member_string (dataset, "sha256", NULL)))
    return refuse (error, "dataset.sha256", "must be 64 hex digits in lower case");
  if (!leyden_value_is_null (mapping) && leyden_value_get_kind (mapping) != LEYDEN_VALUE_OBJECT)
    return refuse (error, "dataset.mapping", "must be an object: field of the flow to column");
  if (!leyden_value_is_null (columns) && leyden_value_get_kind (columns) != LEYDEN_VALUE_OBJECT)
    return refuse (error, "dataset.columns", "must be an object: field of the flow to column");
  return check_text (dataset, "name", FALSE, error) && check_choice (dataset, "format", formats, error)
         && check_text (dataset, "encoding", FALSE, error) && check_choice (dataset, "split", splits, error)
         && check_int (dataset, "limit", 1, G_MAXINT32, error) && check_int (dataset, "row", 0, G_MAXINT32, error);
}

/* One node, or from a node on, with what an earlier run left: no input of its own. */
static gboolean
check_part (LeydenValue  *part,
            LeydenValue  *dataset,
            GError      **error)
{
  static const char * const modes[] = { "node", "from", NULL };
  LeydenValue *inputs = leyden_value_get_member (part, "inputs");
  const char *node = leyden_value_get_member_string (part, "node", NULL);

  if (leyden_value_get_kind (part) != LEYDEN_VALUE_OBJECT)
    return refuse (error, "part", "must be {\"node\": path, \"mode\": \"node\" or \"from\"}");
  if (node == NULL || *node == '\0')
    return refuse (error, "part.node", "must name a node");
  if (!leyden_value_is_null (dataset))
    return refuse (error, "part", "cannot run over a data set");
  if (!leyden_value_is_null (inputs) && leyden_value_get_kind (inputs) != LEYDEN_VALUE_OBJECT)
    return refuse (error, "part.inputs", "must be an object: input of the node to value");
  return check_choice (part, "mode", modes, error) && check_text (part, "rollout", FALSE, error)
         && check_text (part, "title", FALSE, error);
}

gboolean
leyden_run_definition_check (LeydenValue  *definition,
                             GError      **error)
{
  static const char * const paces[] = { "real", "brisk", "fast", NULL };
  static const char * const purposes[] = { "run", "try", NULL };
  static const char * const caches[] = { "use", "refresh", "off", NULL };
  static const char * const pins[] = { "use", "ignore", NULL };
  LeydenValue *input, *dataset, *model;

  g_autoptr(GError) local_error = NULL;

  if (leyden_value_get_kind (definition) != LEYDEN_VALUE_OBJECT)
    return refuse (error, "", "must be an object");
  input = leyden_value_get_member (definition, "input");
  dataset = leyden_value_get_member (definition, "dataset");
  model = leyden_value_get_member (definition, "model");
  if (!leyden_value_is_null (leyden_value_get_member (definition, "part")))
    {
      if (!check_part (leyden_value_get_member (definition, "part"), dataset, error))
        return FALSE;
    }
  else if (leyden_value_is_null (input) == leyden_value_is_null (dataset))
    return refuse (error, "input", "or \"dataset\" must be given, and not both");
  if (!leyden_value_is_null (input) && leyden_value_get_kind (input) != LEYDEN_VALUE_OBJECT)
    return refuse (error, "input", "must be an object: field of the flow to value");
  if (!leyden_value_is_null (dataset) && !check_dataset (dataset, error))
    return FALSE;
  if (!leyden_value_is_null (model)
      && (leyden_value_get_kind (model) != LEYDEN_VALUE_OBJECT || !check_text (model, "endpoint", TRUE, NULL)
          || !check_text (model, "model", FALSE, NULL)))
    return refuse (error, "model", "must be {\"endpoint\": name, \"model\": name or null}");
  if (!leyden_debug_check (leyden_value_get_member (definition, "breakpoints"), &local_error))
    {
      g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, local_error->message);
      return FALSE;
    }
  if (!leyden_value_is_null (leyden_value_get_member (definition, "paused"))
      && leyden_value_get_kind (leyden_value_get_member (definition, "paused")) != LEYDEN_VALUE_BOOLEAN)
    return refuse (error, "paused", "must be true or false");
  return check_int (definition, "seed", 0, G_MAXINT64, error) && check_int (definition, "concurrency", 1, MAX_CONCURRENCY, error)
         && check_int (definition, "deadline_s", 1, MAX_DEADLINE_S, error) && check_choice (definition, "pace", paces, error)
         && check_choice (definition, "purpose", purposes, error) && check_choice (definition, "cache", caches, error)
         && check_choice (definition, "pins", pins, error) && check_text (definition, "title", FALSE, error)
         && check_text (definition, "client_id", FALSE, error);
}

LeydenValue *
leyden_run_definition_of_row (LeydenValue *definition,
                              gint64       row)
{
  LeydenValue *dataset = leyden_value_get_member (definition, "dataset");
  g_autoptr(LeydenValue) index = leyden_value_new_int (row);
  g_autoptr(LeydenValue) one = NULL;

  if (leyden_value_is_null (dataset))
    return leyden_value_ref (definition);
  one = leyden_value_with_member (dataset, "row", index);
  return leyden_value_with_member (definition, "dataset", one);
}

char *
leyden_run_definition_hash (LeydenValue *definition)
{
  static const char * const names[] = { "flow_hash", "input", "model", "seed" };
  static const char * const dataset_names[] = { "sha256", "split", "limit", "mapping" };
  LeydenValue *dataset = leyden_value_get_member (definition, "dataset");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    leyden_value_builder_set (&b, names[i], leyden_value_get_member (definition, names[i]));
  for (guint i = 0; i < G_N_ELEMENTS (dataset_names); i++)
    leyden_value_builder_set (&b, dataset_names[i], leyden_value_get_member (dataset, dataset_names[i]));
  /* Only where there are some: the hash of other runs is older than this key. */
  if (!leyden_value_is_null (leyden_value_get_member (definition, "part")))
    leyden_value_builder_set (&b, "part", leyden_value_get_member (definition, "part"));
  if (!leyden_value_is_null (leyden_value_get_member (definition, "pins")))
    leyden_value_builder_set (&b, "pins", leyden_value_get_member (definition, "pins"));
  if (!leyden_value_is_null (leyden_value_get_member (dataset, "row")))
    leyden_value_builder_set (&b, "row", leyden_value_get_member (dataset, "row"));
  if (!leyden_value_is_null (leyden_value_get_member (dataset, "columns")))
    leyden_value_builder_set (&b, "columns", leyden_value_get_member (dataset, "columns"));
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  return leyden_json_hash (value);
}
