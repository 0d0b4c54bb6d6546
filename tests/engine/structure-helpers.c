/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure-helpers.h"

#include "engine-helpers.h"

char *
structure_dup_bytes (LeydenFlow *flow)
{
  g_autoptr(GBytes) bytes = leyden_flow_serialize (flow);

  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

void
structure_apply (LeydenFlow *flow,
                 LeydenEdit *edit)
{
  g_autoptr(GError) error = NULL;

  leyden_flow_apply (flow, edit, &error);
  g_assert_no_error (error);
}

void
structure_undo (LeydenFlow *flow,
                LeydenEdit *edit)
{
  g_autoptr(LeydenEdit) back = leyden_edit_invert (edit);

  structure_apply (flow, back);
}

static const char agents[] =
  "{\"nodes\": {\"in\": {\"type\": \"input\", \"fields\": [{\"name\": \"question\", \"type\": \"text\"}, {\"name\": \"n\", \"type\": \"number\"}]},"
  " \"ask\": {\"type\": \"prompt\", \"template\": \"{{ question }} {{ n }}\"},"
  " \"agent\": {\"type\": \"agent\"}, \"calc\": {\"type\": \"calculator\"},"
  " \"a\": {\"type\": \"transform\", \"expression\": \"value\"}, \"b\": {\"type\": \"transform\", \"expression\": \"value\"},"
  " \"c\": {\"type\": \"transform\", \"expression\": \"value\"}, \"mean\": {\"type\": \"reward\"},"
  " \"m\": {\"type\": \"map\", \"flow\": {\"nodes\": {\"i\": {\"type\": \"input\", \"fields\": [" STRUCTURE_ANY ("item") "]},"
  " \"o\": {\"type\": \"output\", \"fields\": [" STRUCTURE_ANY ("result") "]}}, \"edges\": [\"i.item > o.result\"]}},"
  " \"out\": {\"type\": \"output\", \"fields\": [" STRUCTURE_ANY ("x") ", " STRUCTURE_ANY ("y") ", " STRUCTURE_ANY ("z") ", " STRUCTURE_ANY ("e") "]}},"
  " \"edges\": [\"in.question > ask.question\", \"in.n > ask.n\", \"ask.text > agent.prompt\", \"calc.tools > agent.tools\", \"agent.text > a.value\","
  " \"a.result > b.value\", \"b.result > c.value\", \"a.result > out.x\", \"b.result > out.y\", \"c.result > out.z\", \"a.result > m.item\", \"a.error > out.e\"]}";

LeydenFlow *
structure_agent_flow (void)
{
  g_autoptr(LeydenValue) value = test_json (agents);
  LeydenFlow *flow = test_flow (value);

  leyden_flow_set_id_seed (flow, 1);
  return flow;
}

LeydenEdit *
structure_make_setting (const char *id,
                        const char *key,
                        const char *json)
{
  LeydenEdit *edit = leyden_edit_new ("Set");
  g_autoptr(LeydenValue) value = test_json (json);

  leyden_edit_add (edit, LEYDEN_ELEMENT_NODE, id, (const char * const[]) { key, NULL }, value);
  return edit;
}
