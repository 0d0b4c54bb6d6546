/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slots of any flow: their values pass their own guard, every value of a domain too, and each can be put into the flow and taken back. */
#include <stdint.h>
#include <string.h>

#include "leyden-candidate.h"
#include "leyden-catalog.h"
#include "leyden-flow-slots.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_slot (const LeydenSlot *slot,
            GPtrArray        *slots)
{
  g_assert_nonnull (slot->title);
  g_assert_true (leyden_slot_check (slot, slot->value, 0, NULL));
  /* Two nodes with one id are told of by the check of the flow; a value goes to the first. */
  g_assert_nonnull (leyden_slots_find (slots, slot->id));
  for (guint i = 0; slot->domain != NULL && i < leyden_value_get_size (slot->domain); i++)
    {
      LeydenValue *value = leyden_value_get_item (slot->domain, i);
      gboolean free = slot->kind == LEYDEN_SLOT_PROMPT || slot->kind == LEYDEN_SLOT_EXAMPLES || slot->locked;

      g_assert_true (free || leyden_slot_check (slot, value, 0, NULL));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  g_autoptr(GBytes) bytes = g_bytes_new (data, size);
  g_autoptr(LeydenFlow) flow = leyden_flow_parse (bytes, "fuzz", NULL);
  g_autoptr(GPtrArray) slots = NULL;
  g_autoptr(LeydenValue) first = NULL;
  g_autoptr(LeydenEdit) edit = NULL;
  g_autofree char *id = NULL;

  if (flow == NULL)
    return 0;
  slots = leyden_slots_from_flow (flow, types, NULL);
  for (guint i = 0; i < slots->len; i++)
    check_slot (g_ptr_array_index (slots, i), slots);
  first = leyden_candidate_first_slots (slots);
  id = leyden_candidate_hash (first);
  g_assert_cmpuint (strlen (id), ==, 16);
  edit = leyden_slots_to_edit (flow, types, first, "Use", NULL);
  if (leyden_edit_get_n_changes (edit) > 0 && leyden_flow_get_version (flow) <= 1)
    {
      g_autoptr(LeydenEdit) back = NULL;

      if (leyden_flow_apply (flow, edit, NULL))
        {
          back = leyden_edit_invert (edit);
          g_assert_true (leyden_flow_apply (flow, back, NULL));
        }
    }
  return 0;
}
