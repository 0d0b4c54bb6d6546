/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-bench-executors.h"

static LeydenValue *
copy_first_input (LeydenNodeContext *context)
{
  LeydenPort *port = g_ptr_array_index (leyden_node_context_get_outputs (context), 0);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, port->name, leyden_value_get_item (leyden_node_context_get_inputs (context), 0));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- Copier ---- */

struct _LeydenBenchCopier
{
  GObject parent_instance;
};

static LeydenValue *
copier_execute (LeydenNodeExecutor  *executor,
                LeydenNodeContext   *context,
                GError             **error)
{
  return copy_first_input (context);
}

static void
copier_iface_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = copier_execute;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenBenchCopier, leyden_bench_copier, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_NODE_EXECUTOR, copier_iface_init))

static void
leyden_bench_copier_class_init (LeydenBenchCopierClass *klass)
{
}

static void
leyden_bench_copier_init (LeydenBenchCopier *self)
{
}

/* ---- Holder ---- */

struct _LeydenBenchHolder
{
  GObject    parent_instance;
  GPtrArray *held;                      /* GTask */
};

static void
holder_execute_async (LeydenNodeExecutor  *executor,
                      LeydenNodeContext   *context,
                      GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             data)
{
  LeydenBenchHolder *self = LEYDEN_BENCH_HOLDER (executor);
  GTask *task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, holder_execute_async);
  g_task_set_task_data (task, copy_first_input (context), (GDestroyNotify)leyden_value_unref);
  g_ptr_array_add (self->held, task);
}

static LeydenValue *
holder_execute_finish (LeydenNodeExecutor  *executor,
                       GAsyncResult        *result,
                       GError             **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
holder_iface_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute_async = holder_execute_async;
  iface->execute_finish = holder_execute_finish;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenBenchHolder, leyden_bench_holder, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_NODE_EXECUTOR, holder_iface_init))

static void
leyden_bench_holder_finalize (GObject *object)
{
  g_ptr_array_unref (LEYDEN_BENCH_HOLDER (object)->held);
  G_OBJECT_CLASS (leyden_bench_holder_parent_class)->finalize (object);
}

static void
leyden_bench_holder_class_init (LeydenBenchHolderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_bench_holder_finalize;
}

static void
leyden_bench_holder_init (LeydenBenchHolder *self)
{
  self->held = g_ptr_array_new_with_free_func (g_object_unref);
}

guint
leyden_bench_holder_get_n_held (LeydenBenchHolder *self)
{
  return self->held->len;
}

void
leyden_bench_holder_release (LeydenBenchHolder *self)
{
  g_autoptr(GPtrArray) held = g_steal_pointer (&self->held);

  self->held = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < held->len; i++)
    {
      GTask *task = g_ptr_array_index (held, i);

      g_task_return_pointer (task, leyden_value_ref (g_task_get_task_data (task)), (GDestroyNotify)leyden_value_unref);
    }
}
