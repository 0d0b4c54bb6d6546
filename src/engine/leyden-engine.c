/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "leyden-rollout-private.h"

/* A turn of the main loop belongs to the engine no longer than this, whatever waits. */
#define TURN_US 2000

struct _LeydenEngine
{
  GObject          parent_instance;

  LeydenNodeTypes *types;
  LeydenStore     *store;
  LeydenNodeCache *cache;
  LeydenIdentifyModel identify;
  gpointer         identify_data;
  GHashTable      *executors;           /* type → LeydenNodeExecutor */
  guint            generation;          /* counts registrations */
  GMainContext    *context;
  GSource         *source;              /* ready while the queue has something */
  GQueue           queue;               /* LeydenRollout, a reference each */
  GHashTable      *active;              /* LeydenRollout not yet finished, a reference each */
  GSource         *deadline_source;
  gint64           deadline_us;         /* next look at deadlines; 0: none */
};

G_DEFINE_FINAL_TYPE (LeydenEngine, leyden_engine, G_TYPE_OBJECT)

static gboolean
dispatch (GSource     *source,
          GSourceFunc  callback,
          gpointer     data)
{
  return callback (data);
}

static GSourceFuncs source_funcs = { .dispatch = dispatch };

static gboolean
run_queue (gpointer data)
{
  LeydenEngine *self = data;
  gint64 until = g_get_monotonic_time () + TURN_US;

  g_source_set_ready_time (self->source, -1);
  while (!g_queue_is_empty (&self->queue))
    {
      g_autoptr(LeydenRollout) rollout = g_queue_pop_head (&self->queue);

      rollout->scheduled = FALSE;
      if (leyden_rollout_pump (rollout, until))
        leyden_engine_schedule (self, rollout);
      if (g_get_monotonic_time () >= until)
        break;
    }
  if (!g_queue_is_empty (&self->queue))
    g_source_set_ready_time (self->source, 0);
  return G_SOURCE_CONTINUE;
}

void
leyden_engine_schedule (LeydenEngine  *self,
                        LeydenRollout *rollout)
{
  if (rollout->scheduled)
    return;
  rollout->scheduled = TRUE;
  if (g_queue_is_empty (&self->queue))
    g_source_set_ready_time (self->source, 0);
  g_queue_push_tail (&self->queue, g_object_ref (rollout));
}

static gboolean
deadline_cb (gpointer data)
{
  LeydenEngine *self = data;
  g_autoptr(GPtrArray) late = g_ptr_array_new_with_free_func (g_object_unref);
  gint64 now = g_get_monotonic_time ();
  gint64 next = 0;
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->active);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      LeydenRollout *rollout = key;

      if (rollout->ended || rollout->deadline_us == 0)
        continue;
      if (rollout->deadline_us <= now)
        g_ptr_array_add (late, g_object_ref (rollout));
      else if (next == 0 || rollout->deadline_us < next)
        next = rollout->deadline_us;
    }
  self->deadline_us = 0;
  g_source_set_ready_time (self->deadline_source, -1);
  if (next != 0)
    leyden_engine_watch_deadline (self, next);
  for (guint i = 0; i < late->len; i++)
    leyden_rollout_check_deadline (g_ptr_array_index (late, i), now);
  return G_SOURCE_CONTINUE;
}

void
leyden_engine_watch_deadline (LeydenEngine *self,
                              gint64        deadline_us)
{
  if (self->deadline_us != 0 && self->deadline_us <= deadline_us)
    return;
  self->deadline_us = deadline_us;
  g_source_set_ready_time (self->deadline_source, deadline_us);
}

void
leyden_engine_forget (LeydenEngine  *self,
                      LeydenRollout *rollout)
{
  g_hash_table_remove (self->active, rollout);
}

LeydenNodeTypes *
leyden_engine_get_types (LeydenEngine *self)
{
  return self->types;
}

GMainContext *
leyden_engine_get_context (LeydenEngine *self)
{
  return self->context;
}

LeydenNodeExecutor **
leyden_engine_bind (LeydenEngine *self,
                    LeydenPlan   *plan)
{
  if (plan->bound_engine == self && plan->bound_generation == self->generation)
    return plan->executors;
  if (plan->executors == NULL)
    plan->executors = g_new0 (LeydenNodeExecutor *, plan->n_nodes + 1);
  for (guint i = 0; i < plan->n_nodes; i++)
    g_set_object (&plan->executors[i], g_hash_table_lookup (self->executors, plan->nodes[i].type->type));
  plan->bound_engine = self;
  plan->bound_generation = self->generation;
  return plan->executors;
}

LeydenRollout *
leyden_engine_start_rollout_full (LeydenEngine                *self,
                                  const LeydenRolloutSpec     *spec,
                                  gboolean                     fresh,
                                  const LeydenRolloutObserver *observer)
{
  LeydenRollout *rollout = leyden_rollout_new (self, spec, fresh, observer);

  g_hash_table_add (self->active, g_object_ref (rollout));
  leyden_engine_schedule (self, rollout);
  return rollout;
}

/**
 * leyden_engine_start_rollout:
 * @self: the engine
 * @spec: what to do; copied
 *
 * Starts a rollout in the next turn of the main loop, so that the caller can connect signals first. When the store already
 * holds records of @spec->rollout, it is resumed. The engine keeps the rollout alive until "finished".
 *
 * Returns: (transfer full): the rollout
 */
LeydenRollout *
leyden_engine_start_rollout (LeydenEngine            *self,
                             const LeydenRolloutSpec *spec)
{
  g_return_val_if_fail (LEYDEN_IS_ENGINE (self), NULL);
  g_return_val_if_fail (spec != NULL && spec->plan != NULL, NULL);

  return leyden_engine_start_rollout_full (self, spec, spec->rollout == NULL, NULL);
}

void
leyden_engine_register (LeydenEngine       *self,
                        const char         *type,
                        LeydenNodeExecutor *executor)
{
  g_return_if_fail (LEYDEN_IS_ENGINE (self));
  g_return_if_fail (LEYDEN_IS_NODE_EXECUTOR (executor));

  g_hash_table_insert (self->executors, g_strdup (type), g_object_ref (executor));
  self->generation++;
}

LeydenStore *
leyden_engine_get_store (LeydenEngine *self)
{
  g_return_val_if_fail (LEYDEN_IS_ENGINE (self), NULL);
  return self->store;
}

void
leyden_engine_set_cache (LeydenEngine    *self,
                         LeydenNodeCache *cache)
{
  g_return_if_fail (LEYDEN_IS_ENGINE (self));
  g_set_object (&self->cache, cache);
}

LeydenNodeCache *
leyden_engine_get_cache (LeydenEngine *self)
{
  g_return_val_if_fail (LEYDEN_IS_ENGINE (self), NULL);
  return self->cache;
}

void
leyden_engine_set_identify_model (LeydenEngine        *self,
                                  LeydenIdentifyModel  func,
                                  gpointer             data)
{
  g_return_if_fail (LEYDEN_IS_ENGINE (self));
  self->identify = func;
  self->identify_data = data;
}

LeydenValue *
leyden_engine_identify_model (LeydenEngine *self,
                              LeydenValue  *model)
{
  LeydenValue *identity = self->identify != NULL ? self->identify (model, self->identify_data) : NULL;

  if (identity != NULL)
    return identity;
  return model != NULL ? leyden_value_ref (model) : leyden_value_new_null ();
}

static GSource *
add_source (LeydenEngine *self,
            GSourceFunc   callback)
{
  GSource *source = g_source_new (&source_funcs, sizeof (GSource));

  g_source_set_callback (source, callback, self, NULL);
  g_source_set_static_name (source, "leyden-engine");
  g_source_attach (source, self->context);
  return source;
}

static void
destroy_source (GSource *source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
leyden_engine_dispose (GObject *object)
{
  LeydenEngine *self = LEYDEN_ENGINE (object);

  g_queue_clear_full (&self->queue, g_object_unref);
  g_clear_pointer (&self->active, g_hash_table_unref);
  g_clear_pointer (&self->source, destroy_source);
  g_clear_pointer (&self->deadline_source, destroy_source);
  g_clear_pointer (&self->executors, g_hash_table_unref);
  g_clear_object (&self->store);
  g_clear_object (&self->cache);
  g_clear_object (&self->types);
  g_clear_pointer (&self->context, g_main_context_unref);

  G_OBJECT_CLASS (leyden_engine_parent_class)->dispose (object);
}

static void
leyden_engine_class_init (LeydenEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_engine_dispose;
}

static void
leyden_engine_init (LeydenEngine *self)
{
  static guint next_generation = 1;

  /* Unique in the process, so that a plan never takes one engine for another that lay at the same address. */
  self->generation = (guint) g_atomic_int_add ((gint *) &next_generation, 1) << 12;
  g_queue_init (&self->queue);
  self->executors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->active = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->context = g_main_context_ref_thread_default ();
  self->source = add_source (self, run_queue);
  self->deadline_source = add_source (self, deadline_cb);
}

/**
 * leyden_engine_new:
 * @types: the node types that plans were made with
 * @store: (nullable): where the log goes; %NULL: nothing is kept
 *
 * Returns: (transfer full): an engine without executors; see leyden_engine_register()
 */
LeydenEngine *
leyden_engine_new (LeydenNodeTypes *types,
                   LeydenStore     *store)
{
  LeydenEngine *self = g_object_new (LEYDEN_TYPE_ENGINE, NULL);

  self->types = types ? g_object_ref (types) : NULL;
  self->store = store ? g_object_ref (store) : NULL;
  return self;
}
