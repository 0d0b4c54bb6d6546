/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "config.h"

#include "leyden-rollout-private.h"

/* An effect in doubt that waits for the user. Where nobody is asked it is refused at once. */
typedef struct
{
  LeydenDecisionFunc func;
  gpointer           data;
  GDestroyNotify     destroy;
} Decision;

static void
decision_take (LeydenRollout *self,
               Decision      *decision,
               gboolean       rerun)
{
  decision->func (self, rerun, decision->data);
  if (decision->destroy != NULL)
    decision->destroy (decision->data);
  g_free (decision);
}

static void
log_word (LeydenRollout *self,
          const char    *actor,
          const char    *type,
          const char    *path,
          const char    *key,
          const char    *word)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, key, word);
  leyden_value_builder_end (&b);
  leyden_rollout_log_as (self, actor, type, path, leyden_value_builder_end_value (&b));
}

void
leyden_rollout_ask (LeydenRollout      *self,
                    const char         *path,
                    LeydenDecisionFunc  func,
                    gpointer            data,
                    GDestroyNotify      destroy)
{
  Decision *decision = g_new (Decision, 1);

  *decision = (Decision) { func, data, destroy };
  if (self->rerun_unsafe || !self->ask_unsafe)
    {
      decision_take (self, decision, self->rerun_unsafe);
      return;
    }
  if (self->decisions == NULL)
    self->decisions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (self->decisions, g_strdup (path), decision);
  log_word (self, "engine", "node.waiting", path, "reason", "decision");
  leyden_engine_schedule (self->engine, self);
}

void
leyden_rollout_refuse_decisions (LeydenRollout *self)
{
  g_autoptr(GHashTable) decisions = g_steal_pointer (&self->decisions);
  GHashTableIter iter;
  gpointer decision;

  if (decisions == NULL)
    return;
  g_hash_table_iter_init (&iter, decisions);
  while (g_hash_table_iter_next (&iter, NULL, &decision))
    decision_take (self, decision, FALSE);
}

void
leyden_rollout_refuse_decisions_in (LeydenRollout *self,
                                    const char    *prefix)
{
  g_autoptr(GPtrArray) refused = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer path, decision;

  if (self->decisions == NULL)
    return;
  g_hash_table_iter_init (&iter, self->decisions);
  while (g_hash_table_iter_next (&iter, &path, &decision))
    if (g_str_has_prefix (path, prefix))
      {
        g_ptr_array_add (refused, decision);
        g_hash_table_iter_remove (&iter);
      }
  for (guint i = 0; i < refused->len; i++)
    decision_take (self, g_ptr_array_index (refused, i), FALSE);
}

/**
 * leyden_rollout_decide:
 * @self: the rollout
 * @node: path that a node.waiting record with reason "decision" named
 * @rerun: whether the effect runs again; else its node fails with %LEYDEN_ENGINE_ERROR_UNSAFE
 * @actor: who decided, for the log
 *
 * Returns: %FALSE when nothing waits there
 */
gboolean
leyden_rollout_decide (LeydenRollout *self,
                       const char    *node,
                       gboolean       rerun,
                       const char    *actor)
{
  gpointer key = NULL, decision = NULL;

  g_return_val_if_fail (LEYDEN_IS_ROLLOUT (self), FALSE);

  if (self->ended || self->decisions == NULL || !g_hash_table_steal_extended (self->decisions, node, &key, &decision))
    return FALSE;
  log_word (self, actor, "decision.made", node, "decision", rerun ? "rerun" : "fail");
  g_free (key);
  decision_take (self, decision, rerun);
  leyden_engine_schedule (self->engine, self);
  return TRUE;
}
