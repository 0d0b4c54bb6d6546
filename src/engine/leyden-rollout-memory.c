/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "leyden-node-call-private.h"
#include "leyden-rollout-cache-private.h"

/*
 * What nodes of one rollout remember, by name. The state is what the log says: the fold of its memory.changed records, in their order. A
 * change has a key (node path, try): after a crash between the record and the end of its node, the node runs again and its change
 * is not made twice.
 */

/* Among the kinds of calls, for the memo. */
#define KIND_MEMORY 3

static const char * const change_names[] = { "set", "append", "clear", "extend" };

static void
add_newest (LeydenValueBuilder *b,
            LeydenValue        *list,
            guint               keep)
{
  guint n = leyden_value_get_size (list);

  for (guint i = n - MIN (n, keep); i < n; i++)
    leyden_value_builder_add (b, leyden_value_get_item (list, i));
}

/* The list with the items of @more, and no more than @keep of the newest; what is no list becomes the first item of one. */
static LeydenValue *
extend (LeydenValue *old,
        LeydenValue *more,
        guint        keep)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint n = leyden_value_get_size (more);

  if (keep == 0)
    keep = G_MAXUINT;
  leyden_value_builder_begin_list (&b);
  if (leyden_value_get_kind (old) == LEYDEN_VALUE_LIST)
    add_newest (&b, old, keep - MIN (keep, n));
  else if (old != NULL && n < keep)
    leyden_value_builder_add (&b, old);
  add_newest (&b, more, keep);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
new_list (LeydenValue *item)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  leyden_value_builder_add (&b, item);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
apply (LeydenRollout      *self,
       const char         *name,
       LeydenMemoryChange  change,
       LeydenValue        *value,
       guint               keep)
{
  if (self->memory == NULL)
    self->memory = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_value_unref);
  if (change == LEYDEN_MEMORY_CLEAR)
    g_hash_table_remove (self->memory, name);
  else if (change == LEYDEN_MEMORY_SET)
    g_hash_table_replace (self->memory, g_strdup (name), leyden_value_ref (value));
  else
    {
      g_autoptr(LeydenValue) more = change == LEYDEN_MEMORY_EXTEND ? leyden_value_ref (value) : new_list (value);

      g_hash_table_replace (self->memory, g_strdup (name), extend (g_hash_table_lookup (self->memory, name), more, keep));
    }
}

LeydenValue *
leyden_node_context_recall (LeydenNodeContext *self,
                            const char        *name)
{
  leyden_rollout_cache_refuse (self, "memory");
  return self->rollout->memory != NULL ? g_hash_table_lookup (self->rollout->memory, name) : NULL;
}

static LeydenValue *
describe (LeydenNodeContext  *context,
          const char         *name,
          LeydenMemoryChange  change,
          LeydenValue        *value,
          guint               keep,
          guint               ordinal)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", name);
  leyden_value_builder_set_string (&b, "change", change_names[change]);
  if (change != LEYDEN_MEMORY_CLEAR)
    leyden_value_builder_set (&b, "value", value);
  if ((change == LEYDEN_MEMORY_APPEND || change == LEYDEN_MEMORY_EXTEND) && keep > 0)
    leyden_value_builder_set_int (&b, "keep", keep);
  leyden_value_builder_set_int (&b, "ordinal", ordinal);
  if (context->call_try > 1)
    leyden_value_builder_set_int (&b, "try", context->call_try);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_node_context_remember (LeydenNodeContext  *self,
                              const char         *name,
                              LeydenMemoryChange  change,
                              LeydenValue        *value,
                              guint               keep)
{
  LeydenRollout *rollout = self->rollout;
  guint ordinal = self->n_memories++;
  g_autofree char *key = leyden_node_call_key (self->path, KIND_MEMORY, self->call_try, ordinal, NULL);

  if (self->detached || rollout->ended || (rollout->memo != NULL && g_hash_table_contains (rollout->memo, key)))
    return;
  leyden_rollout_cache_refuse (self, "memory");
  apply (rollout, name, change, value, keep);
  leyden_rollout_log_as (rollout, "engine", "memory.changed", self->path, describe (self, name, change, value, keep, ordinal));
}

void
leyden_rollout_read_memory (LeydenRollout *self,
                            LeydenRecord  *record)
{
  LeydenValue *payload = record->payload;
  const char *change = leyden_value_get_member_string (payload, "change", "");
  guint try = (guint) leyden_value_get_member_int (payload, "try", 1);
  guint ordinal = (guint) leyden_value_get_member_int (payload, "ordinal", 0);

  for (guint i = 0; i < G_N_ELEMENTS (change_names); i++)
    if (g_str_equal (change_names[i], change))
      {
        apply (self, leyden_value_get_member_string (payload, "name", ""), (LeydenMemoryChange) i, leyden_value_get_member (payload, "value"),
               (guint) leyden_value_get_member_int (payload, "keep", 0));
        g_hash_table_replace (self->memo, leyden_node_call_key (record->node, KIND_MEMORY, try, ordinal, NULL), leyden_value_new_null ());
      }
}
