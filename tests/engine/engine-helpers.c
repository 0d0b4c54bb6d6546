/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "test-engine"

#include "engine-helpers.h"

#include <string.h>

#include "leyden-json.h"

ProbeCounts probe_counts;

/* Node types */

static const char probe_descriptor[] =
  "{\"leyden_descriptor\": 1, \"type\": \"%s\", \"title\": \"Probe\", \"description\": \"For tests.\", \"category\": \"flow\","
  " \"icon\": \"system-run-symbolic\", \"effects\": \"%s\", \"inputs\": ["
  "{\"name\": \"a\", \"title\": \"A\", \"type\": \"any\"}, {\"name\": \"b\", \"title\": \"B\", \"type\": \"any\"},"
  "{\"name\": \"n\", \"title\": \"N\", \"type\": \"number\"}%s],"
  " \"outputs\": [{\"name\": \"x\", \"title\": \"X\", \"type\": \"any\"}, {\"name\": \"y\", \"title\": \"Y\", \"type\": \"any\"},"
  " {\"name\": \"error\", \"title\": \"Error\", \"type\": \"object\", \"error\": true}],"
  " \"parameters\": [{\"name\": \"does\", \"title\": \"Does\", \"kind\": \"text\", \"default\": \"pass\"},"
  " {\"name\": \"ms\", \"title\": \"Time\", \"kind\": \"integer\", \"default\": 1}]}";
static const char need_port[] = ", {\"name\": \"need\", \"title\": \"Need\", \"type\": \"any\", \"required\": true}";

static void
add_probe (LeydenCatalog *catalog,
           const char    *type,
           const char    *effects,
           const char    *more)
{
  g_autofree char *text = g_strdup_printf (probe_descriptor, type, effects, more);
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr(GError) error = NULL;

  leyden_catalog_add (catalog, bytes, type, &error);
  g_assert_no_error (error);
}

LeydenNodeTypes *
test_types (void)
{
  static LeydenCatalog *catalog;
  g_auto(GStrv) names = NULL;

  if (catalog != NULL)
    return LEYDEN_NODE_TYPES (catalog);
  catalog = leyden_catalog_new ();
  names = g_resources_enumerate_children ("/io/github/leyden/Leyden/catalog", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_assert_nonnull (names);
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *path = g_strconcat ("/io/github/leyden/Leyden/catalog/", names[i], NULL);
      g_autoptr(GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
      g_autoptr(GError) error = NULL;

      leyden_catalog_add (catalog, bytes, names[i], &error);
      g_assert_no_error (error);
    }
  add_probe (catalog, "probe", "none", "");
  add_probe (catalog, "needy", "none", need_port);
  add_probe (catalog, "once", "once", "");
  return LEYDEN_NODE_TYPES (catalog);
}

/* Flows */

LeydenValue *
test_json (const char *text)
{
  g_autoptr(GError) error = NULL;
  LeydenValue *value = leyden_json_parse (text, -1, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void add_graph (LeydenValueBuilder *b, LeydenValue *compact);

static void
add_node (LeydenValueBuilder *b,
          const char         *id,
          LeydenValue        *node)
{
  LeydenValue *retry = leyden_value_get_member (node, "retry");
  LeydenValue *mode = leyden_value_get_member (node, "node_mode");
  LeydenValue *pin = leyden_value_get_member (node, "node_pin");
  LeydenValue *body = leyden_value_get_member (node, "flow");

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "id", id);
  leyden_value_builder_set (b, "type", leyden_value_get_member (node, "type"));
  leyden_value_builder_key (b, "parameters");
  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < leyden_value_get_size (node); i++)
    {
      const char *key = leyden_value_get_key (node, i);

      /* "@type" is a parameter of the name "type". */
      if (!g_str_equal (key, "type") && !g_str_equal (key, "retry") && !g_str_equal (key, "node_mode")
          && !g_str_equal (key, "node_pin") && !g_str_equal (key, "flow"))
        leyden_value_builder_set (b, key[0] == '@' ? key + 1 : key, leyden_value_get_item (node, i));
    }
  leyden_value_builder_end (b);
  if (retry != NULL)
    leyden_value_builder_set (b, "retry", retry);
  if (mode != NULL)
    leyden_value_builder_set (b, "mode", mode);
  if (pin != NULL)
    leyden_value_builder_set (b, "pin", pin);
  if (body != NULL)
    {
      leyden_value_builder_key (b, "flow");
      leyden_value_builder_begin_object (b);
      add_graph (b, body);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

static void
add_edge (LeydenValueBuilder *b,
          guint               index,
          const char         *text)
{
  g_auto(GStrv) ends = g_strsplit (text, " > ", 2);
  g_auto(GStrv) source = g_strsplit (ends[0], ".", 2);
  g_auto(GStrv) target = g_strsplit (ends[1], ".", 2);
  g_autofree char *id = g_strdup_printf ("e%04u", index);

  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "id", id);
  leyden_value_builder_set_string (b, "source", source[0]);
  leyden_value_builder_set_string (b, "source_port", source[1]);
  leyden_value_builder_set_string (b, "target", target[0]);
  leyden_value_builder_set_string (b, "target_port", target[1]);
  leyden_value_builder_end (b);
}

static void
add_graph (LeydenValueBuilder *b,
           LeydenValue        *compact)
{
  LeydenValue *nodes = leyden_value_get_member (compact, "nodes");
  LeydenValue *edges = leyden_value_get_member (compact, "edges");

  leyden_value_builder_key (b, "nodes");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    add_node (b, leyden_value_get_key (nodes, i), leyden_value_get_item (nodes, i));
  leyden_value_builder_end (b);
  leyden_value_builder_key (b, "edges");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < leyden_value_get_size (edges); i++)
    add_edge (b, i, leyden_value_get_string (leyden_value_get_item (edges, i), NULL));
  leyden_value_builder_end (b);
}

LeydenFlow *
test_flow (LeydenValue *compact)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(GError) error = NULL;
  LeydenFlow *flow;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "leyden", 1);
  leyden_value_builder_set_string (&b, "id", "test");
  add_graph (&b, compact);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  flow = leyden_flow_from_value (value, &error);
  g_assert_no_error (error);
  return flow;
}

LeydenPlan *
test_plan (const char *compact)
{
  g_autoptr(LeydenValue) value = test_json (compact);
  g_autoptr(LeydenFlow) flow = test_flow (value);
  g_autoptr(GError) error = NULL;
  LeydenPlan *plan = leyden_plan_new (flow, test_types (), &error);

  g_assert_no_error (error);
  return plan;
}

/* Probes */

typedef struct { GObject parent_instance; } TestProbe;
typedef struct { GObjectClass parent_class; } TestProbeClass;
static void probe_executor_init (LeydenNodeExecutorInterface *iface);
GType test_probe_get_type (void);
G_DEFINE_FINAL_TYPE_WITH_CODE (TestProbe, test_probe, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_NODE_EXECUTOR, probe_executor_init))

static void
test_probe_class_init (TestProbeClass *klass)
{
}

static void
test_probe_init (TestProbe *self)
{
}

static LeydenValue *
probe_outputs (LeydenNodeContext *context)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  static const char * const inputs[] = { "a", "b", "n", "need" };
  LeydenValue *value = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (inputs) && value == NULL; i++)
    value = leyden_node_context_get_input (context, inputs[i]);
  leyden_value_builder_begin_object (&b);
  if (value != NULL)
    leyden_value_builder_set (&b, "x", value);
  else
    leyden_value_builder_set_boolean (&b, "x", TRUE);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* The try is the millions of the sample number. */
static guint
get_try (LeydenNodeContext *context)
{
  return (guint) (leyden_node_context_get_sample (context) / 1000000) + 1;
}

static gboolean
probe_fails (LeydenNodeContext  *context,
             const char         *does,
             GError            **error)
{
  guint until;

  if (!g_str_has_prefix (does, "fail") || (g_str_equal (does, "fail-now") && !probe_counts.failing))
    return FALSE;
  until = does[4] == ':' ? (guint) g_ascii_strtoull (does + 5, NULL, 10) : G_MAXUINT;
  if (get_try (context) > until)
    return FALSE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "Probe\nfails");
  return TRUE;
}

static LeydenValue *
probe_execute (LeydenNodeExecutor  *executor,
               LeydenNodeContext   *context,
               GError             **error)
{
  const char *does = leyden_node_context_get_parameter_string (context, "does");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (g_str_equal (does, "async") || g_str_equal (does, "hang") || g_str_equal (does, "call") || g_str_equal (does, "block")
      || g_str_equal (does, "fail-async"))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "Later");
      return NULL;
    }
  probe_counts.n_executed++;
  if (probe_fails (context, does, error))
    return NULL;
  if (g_str_equal (does, "junk"))
    return leyden_value_new_string ("junk", -1);
  if (g_str_equal (does, "dead"))
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_end (&b);
      return leyden_value_builder_end_value (&b);
    }
  return probe_outputs (context);
}

static void
probe_left (GTask *task)
{
  probe_counts.n_open--;
  g_object_unref (task);
}

static gboolean
probe_timeout_cb (gpointer data)
{
  GTask *task = data;
  LeydenNodeContext *context = g_task_get_task_data (task);

  if (g_str_equal (leyden_node_context_get_parameter_string (context, "does"), "fail-async"))
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "Probe fails late");
  else
    g_task_return_pointer (task, probe_outputs (context), (GDestroyNotify) leyden_value_unref);
  probe_left (task);
  return G_SOURCE_REMOVE;
}

static gboolean
probe_cancelled_cb (GCancellable *cancellable,
                    gpointer      data)
{
  GTask *task = data;

  probe_counts.n_cancelled++;
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled");
  probe_left (task);
  return G_SOURCE_REMOVE;
}

static void
probe_perform (LeydenNodeContext   *context,
               LeydenValue         *request,
               GCancellable        *cancellable,
               GAsyncReadyCallback  callback,
               gpointer             callback_data,
               gpointer             user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, callback_data);
  g_autofree char *text = g_strdup_printf ("{\"value\": %u}", ++probe_counts.n_calls);

  g_task_return_pointer (task, test_json (text), (GDestroyNotify) leyden_value_unref);
}

static LeydenValue *
probe_finish (GAsyncResult  *result,
              GError       **error,
              gpointer       user_data)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
probe_called_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      data)
{
  GTask *task = data;
  GError *error = NULL;
  g_autoptr(LeydenValue) answer = leyden_node_context_call_finish (g_task_get_task_data (task), result, &error);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (answer == NULL)
    g_task_return_error (task, error);
  else
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set (&b, "x", leyden_value_get_member (answer, "value"));
      leyden_value_builder_end (&b);
      g_task_return_pointer (task, leyden_value_builder_end_value (&b), (GDestroyNotify) leyden_value_unref);
    }
  probe_left (task);
}

static void
probe_execute_async (LeydenNodeExecutor  *executor,
                     LeydenNodeContext   *context,
                     GCancellable        *cancellable,
                     GAsyncReadyCallback  callback,
                     gpointer             data)
{
  const char *does = leyden_node_context_get_parameter_string (context, "does");
  const char *type = leyden_node_get_type_name (leyden_node_context_get_node (context));
  GTask *task = g_task_new (executor, NULL, callback, data);

  probe_counts.n_executed++;
  probe_counts.n_open++;
  probe_counts.max_open = MAX (probe_counts.max_open, probe_counts.n_open);
  g_task_set_task_data (task, context, NULL);
  if (g_str_equal (does, "hang"))
    {
      g_autoptr(GSource) source = g_cancellable_source_new (cancellable);

      g_source_set_callback (source, G_SOURCE_FUNC (probe_cancelled_cb), task, NULL);
      g_source_attach (source, g_main_context_get_thread_default ());
    }
  else if (g_str_equal (does, "call"))
    {
      g_autoptr(LeydenValue) request = test_json ("{\"ask\": 1}");

      leyden_node_context_call_async (context, LEYDEN_CALL_TOOL,
                                      g_str_equal (type, "once") ? LEYDEN_EFFECTS_ONCE : LEYDEN_EFFECTS_REPEATABLE,
                                      request, probe_perform, probe_finish, NULL, probe_called_cb, task);
    }
  else
    {
      double ms = leyden_node_context_get_parameter_double (context, "ms");

      /* The input b, where a number is wired to it, takes the place of the parameter. */
      leyden_value_get_double (leyden_node_context_get_input (context, "b"), &ms);
      g_timeout_add ((guint) ms, probe_timeout_cb, task);
    }
}

static LeydenValue *
probe_execute_finish (LeydenNodeExecutor  *executor,
                      GAsyncResult        *result,
                      GError             **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
probe_executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute = probe_execute;
  iface->execute_async = probe_execute_async;
  iface->execute_finish = probe_execute_finish;
}

/* The transport */

static void transport_init (LeydenModelTransportInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (TestTransport, test_transport, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_MODEL_TRANSPORT, transport_init))

typedef struct
{
  TestTransport *self;
  GTask         *task;
  LeydenValue   *value;
  GError        *error;
  GCancellable  *cancellable;
} Delayed;

static gboolean
answer_cb (gpointer data)
{
  Delayed *delayed = data;

  delayed->self->n_open--;
  if (g_cancellable_is_cancelled (delayed->cancellable))
    {
      g_task_return_new_error (delayed->task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled");
      g_clear_pointer (&delayed->value, leyden_value_unref);
      g_clear_error (&delayed->error);
    }
  else if (delayed->value != NULL)
    g_task_return_pointer (delayed->task, delayed->value, (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (delayed->task, delayed->error);
  g_clear_object (&delayed->cancellable);
  g_object_unref (delayed->task);
  g_free (delayed);
  return G_SOURCE_REMOVE;
}

static void
send_async (LeydenModelTransport  *transport,
            const LeydenModelCall *call,
            GCancellable          *cancellable,
            GAsyncReadyCallback    callback,
            gpointer               data)
{
  TestTransport *self = TEST_TRANSPORT (transport);
  Delayed *delayed = g_new0 (Delayed, 1);

  self->n_calls++;
  self->n_open++;
  self->max_open = MAX (self->max_open, self->n_open);
  delayed->self = self;
  delayed->task = g_task_new (transport, NULL, callback, data);
  delayed->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  delayed->value = self->answer (call, &delayed->error);
  if (call->delta != NULL && delayed->value != NULL)
    call->delta (leyden_value_get_member_string (leyden_value_get_member (delayed->value, "message"), "content", ""), call->data);
  if (self->delay_ms > 0)
    g_timeout_add (self->delay_ms, answer_cb, delayed);
  else
    g_idle_add_full (G_PRIORITY_DEFAULT, answer_cb, delayed, NULL);
}

static LeydenValue *
send_finish (LeydenModelTransport  *transport,
             GAsyncResult          *result,
             GError               **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
transport_init (LeydenModelTransportInterface *iface)
{
  iface->send_async = send_async;
  iface->send_finish = send_finish;
}

static void
test_transport_class_init (TestTransportClass *klass)
{
}

static void
test_transport_init (TestTransport *self)
{
}

TestTransport *
test_transport_new (TestAnswer answer)
{
  TestTransport *self = g_object_new (TEST_TYPE_TRANSPORT, NULL);

  self->answer = answer;
  return self;
}

static LeydenValue *
make_answer (const char  *text,
             LeydenValue *tool_calls)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) usage = test_json ("{\"prompt_tokens\": 10, \"completion_tokens\": 5}");

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "message");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", "assistant");
  leyden_value_builder_set_string (&b, "content", text);
  if (tool_calls != NULL)
    leyden_value_builder_set (&b, "tool_calls", tool_calls);
  leyden_value_builder_end (&b);
  leyden_value_builder_set (&b, "usage", usage);
  leyden_value_builder_set_double (&b, "latency_ms", 100);
  leyden_value_builder_set_double (&b, "cost", 0.5);
  leyden_value_builder_set_boolean (&b, "simulated", TRUE);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
test_answer_text (const char *text)
{
  return make_answer (text, NULL);
}

LeydenValue *
test_answer_tools (const char *name,
                   ...)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) calls = NULL;
  va_list arguments;
  guint n = 0;

  leyden_value_builder_begin_list (&b);
  va_start (arguments, name);
  for (; name != NULL; name = va_arg (arguments, const char *))
    {
      g_autofree char *id = g_strdup_printf ("call%u", n++);

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "id", id);
      leyden_value_builder_set_string (&b, "type", "function");
      leyden_value_builder_key (&b, "function");
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "name", name);
      leyden_value_builder_set_string (&b, "arguments", va_arg (arguments, const char *));
      leyden_value_builder_end (&b);
      leyden_value_builder_end (&b);
    }
  va_end (arguments);
  leyden_value_builder_end (&b);
  calls = leyden_value_builder_end_value (&b);
  return make_answer (NULL, calls);
}

static LeydenValue *
no_answer (const LeydenModelCall  *call,
           GError                **error)
{
  g_set_error (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_ENDPOINT, "No model in this test");
  return NULL;
}

LeydenEngine *
test_engine (LeydenStore   *store,
             TestTransport *transport)
{
  LeydenEngine *engine = leyden_engine_new (test_types (), store);
  g_autoptr(TestTransport) none = test_transport_new (no_answer);
  g_autoptr(LeydenNodeExecutor) probe = g_object_new (test_probe_get_type (), NULL);

  leyden_nodes_register (engine, NULL, LEYDEN_MODEL_TRANSPORT (transport != NULL ? transport : none));
  leyden_engine_register (engine, "probe", probe);
  leyden_engine_register (engine, "needy", probe);
  leyden_engine_register (engine, "once", probe);
  return engine;
}

/* Watching */

static gboolean
too_long_cb (gpointer data)
{
  g_assert_not_reached ();      /* waited for ten seconds */
  return G_SOURCE_REMOVE;
}

void
wait_for (gboolean *done)
{
  guint id = g_timeout_add_seconds (10, too_long_cb, NULL);

  while (!*done)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (id);
}

static void
record_cb (LeydenRollout *rollout,
           LeydenRecord  *record,
           Watch         *self)
{
  self->finished_before_record |= self->finished;
  g_ptr_array_add (self->records, leyden_record_ref (record));
}

static void
delta_cb (LeydenRollout *rollout,
          const char    *node,
          const char    *text,
          Watch         *self)
{
  g_string_append_printf (self->deltas, "%s:%s;", node, text);
}

static void
finished_cb (LeydenRollout *rollout,
             Watch         *self)
{
  self->finished = TRUE;
}

Watch *
watch_new (LeydenRollout *rollout)
{
  Watch *self = g_new0 (Watch, 1);

  self->rollout = rollout;
  self->records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  self->deltas = g_string_new (NULL);
  g_signal_connect (rollout, "record", G_CALLBACK (record_cb), self);
  g_signal_connect (rollout, "delta", G_CALLBACK (delta_cb), self);
  g_signal_connect (rollout, "finished", G_CALLBACK (finished_cb), self);
  return self;
}

void
watch_wait (Watch *self)
{
  wait_for (&self->finished);
  g_assert_true (leyden_rollout_is_finished (self->rollout));
}

void
watch_free (Watch *self)
{
  g_signal_handlers_disconnect_by_data (self->rollout, self);
  g_object_unref (self->rollout);
  g_ptr_array_unref (self->records);
  g_string_free (self->deltas, TRUE);
  g_free (self);
}

Watch *
run_once (LeydenEngine *engine,
          LeydenPlan   *plan,
          const char   *input)
{
  g_autoptr(LeydenValue) value = test_json (input);
  LeydenRolloutSpec spec = { .plan = plan, .input = value, .seed = 42 };
  Watch *watch = watch_new (leyden_engine_start_rollout (engine, &spec));

  watch_wait (watch);
  return watch;
}

LeydenValue *
watch_fold (Watch *self)
{
  const LeydenReducer *reducer = leyden_rollout_reducer ();
  gpointer state = reducer->init ();
  LeydenValue *value;

  for (guint i = 0; i < self->records->len; i++)
    reducer->apply (state, g_ptr_array_index (self->records, i));
  value = reducer->serialise (state);
  reducer->free (state);
  return value;
}

char *
node_state (LeydenValue *state,
            const char  *path)
{
  LeydenValue *node = leyden_value_get_member (leyden_value_get_member (state, "nodes"), path);

  return g_strdup (leyden_value_get_member_string (node, "state", "pending"));
}

const LeydenRecord *
watch_find (Watch      *self,
            const char *type,
            const char *node)
{
  for (guint i = 0; i < self->records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (self->records, i);

      if (g_str_equal (record->type, type) && (node == NULL || g_str_equal (record->node, node)))
        return record;
    }
  return NULL;
}

guint
watch_count (Watch      *self,
             const char *type,
             const char *node)
{
  guint n = 0;

  for (guint i = 0; i < self->records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (self->records, i);

      n += g_str_equal (record->type, type) && (node == NULL || g_str_equal (record->node, node));
    }
  return n;
}

/* Stores */

typedef struct
{
  gboolean           done;
  LeydenSqliteStore *store;
} Opened;

static void
opened_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  Opened *opened = data;
  g_autoptr(GError) error = NULL;

  opened->store = leyden_sqlite_store_open_finish (result, &error);
  g_assert_no_error (error);
  opened->done = TRUE;
}

LeydenStore *
test_store (void)
{
  Opened opened = { FALSE, NULL };

  leyden_sqlite_store_open_async (NULL, LEYDEN_STORE_OPEN_RELAXED, NULL, opened_cb, &opened);
  wait_for (&opened.done);
  return LEYDEN_STORE (opened.store);
}

void
test_store_done (LeydenStore *store)
{
  leyden_sqlite_store_close (LEYDEN_SQLITE_STORE (store));
  g_object_unref (store);
}

static void
flag_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(GError) error = NULL;

  leyden_store_append_finish (LEYDEN_STORE (object), result, &error);
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

typedef struct
{
  gboolean   done;
  GPtrArray *records;
} ReadLog;

static void
log_read_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  ReadLog *reading = data;
  g_autoptr(GError) error = NULL;

  reading->records = leyden_store_read_rollout_finish (LEYDEN_STORE (object), result, &error);
  g_assert_no_error (error);
  reading->done = TRUE;
}

GPtrArray *
test_read_log (LeydenStore *store,
               const char  *rollout)
{
  ReadLog reading = { FALSE, NULL };

  leyden_store_read_rollout_async (store, rollout, 0, 0, NULL, log_read_cb, &reading);
  wait_for (&reading.done);
  return reading.records;
}

void
test_put_prefix (LeydenStore *store,
                 GPtrArray   *records,
                 guint        n,
                 const char  *rollout)
{
  g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
  g_autoptr(LeydenRolloutRow) row = leyden_rollout_row_new ();
  gboolean done = FALSE;

  for (guint i = 0; i < n; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);

      g_ptr_array_add (copies, leyden_record_new (rollout, record->attempt, record->sequence, record->time_ns, record->actor,
                                                  record->type, record->node, record->payload));
    }
  row->rollout = g_strdup (rollout);
  g_free (row->executor);
  row->executor = g_strdup ("leyden");
  g_free (row->state);
  row->state = g_strdup ("running");
  leyden_store_append_async (store, copies, row, flag_cb, &done);
  wait_for (&done);
}
