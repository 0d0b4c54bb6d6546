/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "leyden-demonstrations.h"

#include "leyden-json.h"

static char *
text_of (LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);

  return text != NULL ? g_strdup (text) : leyden_json_write (value, LEYDEN_JSON_CANONICAL);
}

/* One value as it is, several as JSON. */
static char *
text_of_part (LeydenValue *part)
{
  return text_of (leyden_value_get_size (part) == 1 ? leyden_value_get_item (part, 0) : part);
}

static LeydenValue *
make_pair (const char *input,
           const char *output)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "input", input);
  leyden_value_builder_set_string (&b, "output", output);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_demonstration_from_item (const LeydenTrainItem *item)
{
  g_autofree char *input = NULL;
  g_autofree char *output = NULL;

  if (item->expected == NULL || leyden_value_get_size (item->question) == 0)
    return NULL;
  input = text_of_part (item->question);
  output = text_of_part (item->expected);
  return make_pair (input, output);
}

/* The value that a node got at the first of @ports that is wired: it stands in the outputs of the node that it came from. */
static LeydenValue *
find_input (LeydenValue        *nodes,
            LeydenValue        *node,
            const char * const *ports)
{
  LeydenValue *inputs = leyden_value_get_member (node, "inputs");

  for (guint i = 0; ports[i] != NULL; i++)
    {
      LeydenValue *from = leyden_value_get_member (inputs, ports[i]);
      const char *source = leyden_value_get_string (leyden_value_get_item (from, 0), NULL);
      const char *port = leyden_value_get_string (leyden_value_get_item (from, 1), NULL);
      LeydenValue *value = source != NULL && port != NULL
                             ? leyden_value_get_member (leyden_value_get_member (leyden_value_get_member (nodes, source), "outputs"), port)
                             : NULL;

      if (!leyden_value_is_null (value))
        return value;
    }
  return NULL;
}

static LeydenValue *
find_output (LeydenValue        *node,
             const char * const *ports)
{
  for (guint i = 0; ports[i] != NULL; i++)
    {
      LeydenValue *value = leyden_value_get_member (leyden_value_get_member (node, "outputs"), ports[i]);

      if (!leyden_value_is_null (value))
        return value;
    }
  return NULL;
}

LeydenValue *
leyden_demonstration_from_trace (LeydenValue *state,
                                 const char  *node)
{
  static const char * const input_ports[] = { "prompt", "text", "input", "value", NULL };
  static const char * const output_ports[] = { "text", "label", "value", "answer", NULL };
  LeydenValue *nodes = leyden_value_get_member (state, "nodes");
  LeydenValue *folded = leyden_value_get_member (nodes, node);
  LeydenValue *from = find_input (nodes, folded, input_ports);
  LeydenValue *to = find_output (folded, output_ports);
  g_autofree char *input = NULL;
  g_autofree char *output = NULL;

  if (from == NULL || to == NULL)
    return NULL;
  input = text_of (from);
  output = text_of (to);
  return make_pair (input, output);
}

LeydenValue *
leyden_demonstrations_label (const LeydenTrainItem * const *items,
                             guint                          n_items,
                             guint                          n)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint added = 0;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < n_items && added < n; i++)
    {
      LeydenValue *pair = leyden_demonstration_from_item (items[i]);

      if (pair == NULL)
        continue;
      leyden_value_builder_take (&b, pair);
      added++;
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
