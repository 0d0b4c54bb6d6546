/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-training"

#include "leyden-candidate.h"

#include "leyden-json.h"

#define ID_DIGITS 16

char *
leyden_candidate_hash (LeydenValue *slots)
{
  g_autofree char *hash = leyden_json_hash (slots);

  return g_strndup (hash, ID_DIGITS);
}

LeydenCandidate *
leyden_candidate_new (LeydenValue        *slots,
                      const char * const *parents,
                      const char         *origin,
                      guint               step)
{
  LeydenCandidate *self;

  g_return_val_if_fail (leyden_value_get_kind (slots) == LEYDEN_VALUE_OBJECT, NULL);

  self = g_new0 (LeydenCandidate, 1);
  self->id = leyden_candidate_hash (slots);
  self->slots = leyden_value_ref (slots);
  self->parents = parents != NULL ? g_strdupv ((char **) parents) : g_new0 (char *, 1);
  self->origin = g_strdup (origin);
  self->step = step;
  return self;
}

void
leyden_candidate_free (LeydenCandidate *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_clear_pointer (&self->slots, leyden_value_unref);
  g_strfreev (self->parents);
  g_free (self->origin);
  g_free (self);
}

LeydenValue *
leyden_candidate_first_slots (GPtrArray *slots)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (slots != NULL, NULL);

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < slots->len; i++)
    {
      LeydenSlot *slot = g_ptr_array_index (slots, i);

      leyden_value_builder_set (&b, slot->id, slot->value);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
