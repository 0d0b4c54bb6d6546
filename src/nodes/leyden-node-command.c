/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-effects.h"
#include "leyden-json.h"
#include "leyden-node-private.h"
#include "leyden-permission.h"
#include "leyden-process.h"
#include "leyden-text.h"

/* Kinds `command` and `python`: a program of this machine, approved by hash, in a sandbox.
 *
 *  call ─► (thread) program found and hashed ─► approved? ─► process ─► answer {"content", "status", "stderr"}
 */

#define BOOTSTRAP "/io/github/leyden/Leyden/python-task.py"
#define MIB ((guint64) 1024 * 1024)
/* Of standard error in an error message. */
#define MAX_TOLD 300

#define LEYDEN_TYPE_NODE_COMMAND (leyden_node_command_get_type ())
G_DECLARE_FINAL_TYPE (LeydenNodeCommand, leyden_node_command, LEYDEN, NODE_COMMAND, GObject)

struct _LeydenNodeCommand
{
  GObject          parent_instance;

  char            *kind;
  LeydenApprovals *approvals;
};

static void executor_init (LeydenNodeExecutorInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenNodeCommand, leyden_node_command, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_NODE_EXECUTOR, executor_init))

/* One execution. */
typedef struct
{
  LeydenNodeCommand *node;
  LeydenNodeContext *context;   /* the engine's; lives until the task has returned */
  LeydenValue       *parameters;
  LeydenValue       *inputs;
  LeydenPermission  *permission;
} Execution;

static void
execution_free (gpointer data)
{
  Execution *self = data;

  g_object_unref (self->node);
  leyden_value_unref (self->parameters);
  leyden_value_unref (self->inputs);
  g_clear_pointer (&self->permission, leyden_permission_free);
  g_free (self);
}

static gboolean
is_python (Execution *self)
{
  return g_str_equal (self->node->kind, "python");
}

static const char *
get_text (Execution  *self,
          const char *name)
{
  return leyden_value_get_member_string (self->parameters, name, "");
}

static LeydenValue *
collect_parameters (LeydenNodeContext *context)
{
  static const char * const names[] = { "script", "program", "arguments", "environment", "network", "input", "output", "any_status", "timeout_s",
                                        "memory_mib", "output_kib", "max_processes", "effects" };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      LeydenValue *value = leyden_node_context_get_parameter (context, names[i]);

      if (value != NULL)
        leyden_value_builder_set (&b, names[i], value);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- What the process gets ---- */

static LeydenValue *
make_task (Execution *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "script", self->permission->script);
  leyden_value_builder_set (&b, "inputs", self->inputs);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* The first input as it is; without one nothing. */
static GBytes *
make_text_input (LeydenValue *inputs)
{
  char *text = leyden_node_text_of (leyden_value_get_item (inputs, 0));

  return g_bytes_new_take (text, strlen (text));
}

static GBytes *
make_input (Execution *self)
{
  const char *how = get_text (self, "input");
  g_autoptr(LeydenValue) task = NULL;

  if (is_python (self))
    {
      task = make_task (self);
      return leyden_json_write_bytes (task, LEYDEN_JSON_PYTHON);
    }
  if (g_str_equal (how, "text"))
    return make_text_input (self->inputs);
  if (g_str_equal (how, "environment"))
    return g_bytes_new_static ("", 0);
  return leyden_json_write_bytes (self->inputs, LEYDEN_JSON_COMPACT);
}

/* INPUT_<NAME>: upper case, what is no letter or digit becomes _. */
static gboolean
add_inputs (GStrvBuilder *builder,
            LeydenValue  *inputs,
            GError      **error)
{
  for (guint i = 0; i < leyden_value_get_size (inputs); i++)
    {
      g_autofree char *name = g_ascii_strup (leyden_value_get_key (inputs, i), -1);
      g_autofree char *text = leyden_node_text_of (leyden_value_get_item (inputs, i));
      g_autofree char *variable = NULL;
      gsize length = 0;

      if (leyden_value_get_string (leyden_value_get_item (inputs, i), &length) != NULL && strlen (text) != length)
        {
          leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("A value with a null character does not fit into an environment variable"));
          return FALSE;
        }
      g_strcanon (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", '_');
      variable = g_strdup_printf ("INPUT_%s=%s", name, text);
      if (strlen (variable) > 100000)
        {
          leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("A value is too long for an environment variable; give it on standard input"));
          return FALSE;
        }
      g_strv_builder_add (builder, variable);
    }
  return TRUE;
}

/* Everything that it gets; our own environment holds keys. */
static GStrv
make_environment (Execution  *self,
                  GError    **error)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *path = g_strconcat ("PATH=", leyden_sandbox_get_path (), NULL);

  g_strv_builder_add_many (builder, path, "HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1", NULL);
  for (guint i = 0; self->permission->environment[i] != NULL; i++)
    {
      const char *name = self->permission->environment[i];
      g_autofree char *variable = g_getenv (name) != NULL ? g_strconcat (name, "=", g_getenv (name), NULL) : NULL;

      if (variable != NULL)
        g_strv_builder_add (builder, variable);
    }
  if (!is_python (self) && g_str_equal (get_text (self, "input"), "environment") && !add_inputs (builder, self->inputs, error))
    return NULL;
  return g_strv_builder_end (builder);
}

static GStrv
make_command (Execution *self)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr(GBytes) bootstrap = NULL;
  g_autofree char *text = NULL;

  g_strv_builder_add (builder, self->permission->program);
  if (!is_python (self))
    {
      g_strv_builder_addv (builder, (const char **) self->permission->arguments);
      return g_strv_builder_end (builder);
    }
  bootstrap = g_resources_lookup_data (BOOTSTRAP, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  text = g_strndup (g_bytes_get_data (bootstrap, NULL), g_bytes_get_size (bootstrap));
  g_strv_builder_add_many (builder, "-I", "-B", "-c", text, NULL);
  return g_strv_builder_end (builder);
}

static void
line_cb (const char *stream,
         const char *text,
         gpointer    data)
{
  Execution *self = data;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) payload = NULL;

  /* The answer of a script, which is a value and no text to read. */
  if (is_python (self) && g_str_equal (stream, "stdout"))
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "stream", stream);
  leyden_value_builder_set_string (&b, "text", text);
  leyden_value_builder_end (&b);
  payload = leyden_value_builder_end_value (&b);
  leyden_node_context_log (self->context, "output.line", payload);
}

/* ---- What came back ---- */

static LeydenValue *
split_lines (const char *text)
{
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_strchomp (lines[i]);
      if (lines[i + 1] != NULL || *lines[i] != '\0')
        leyden_value_builder_add_string (&b, lines[i]);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenValue *
read_output (Execution            *self,
             LeydenProcessResult  *result,
             GError              **error)
{
  const char *how = is_python (self) ? "json" : get_text (self, "output");
  g_autoptr(GError) reason = NULL;
  g_autofree char *text = NULL;
  LeydenValue *value;

  if (g_str_equal (how, "json"))
    {
      value = leyden_json_parse_bytes (result->output, NULL, &reason);
      if (value == NULL)
        g_set_error (error, LEYDEN_PROCESS_ERROR, LEYDEN_PROCESS_ERROR_RESULT, _("What it wrote is not JSON: %s"), reason->message);
      return value;
    }
  text = g_bytes_get_size (result->output) == 0
           ? g_strdup ("") : g_utf8_make_valid (g_bytes_get_data (result->output, NULL), (gssize) g_bytes_get_size (result->output));
  return g_str_equal (how, "lines") ? split_lines (text) : leyden_value_new_string (text, -1);
}

/* The last line that says something is where programs say what went wrong. */
static char *
last_line (const char *text)
{
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = g_strv_length (lines); i-- > 0;)
    if (*g_strstrip (lines[i]) != '\0')
      return leyden_text_escape (lines[i], -1, MAX_TOLD);
  return g_strdup ("");
}

static void
set_status_error (LeydenProcessResult  *result,
                  GError              **error)
{
  g_autofree char *said = last_line (result->errors);
  const char *colon = *said != '\0' ? ": " : "";

  if (result->signal != 0)
    g_set_error (error, LEYDEN_PROCESS_ERROR, LEYDEN_PROCESS_ERROR_STATUS, _("It was ended by signal %d (%s)%s%s"), result->signal,
                 g_strsignal (result->signal), colon, said);
  else
    g_set_error (error, LEYDEN_PROCESS_ERROR, LEYDEN_PROCESS_ERROR_STATUS, _("It ended with status %d%s%s"), result->status, colon, said);
}

static LeydenValue *
make_answer (Execution            *self,
             LeydenProcessResult  *result,
             GError              **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  gboolean any_status = leyden_value_get_member_boolean (self->parameters, "any_status", FALSE);
  gboolean failed = result->status != 0;
  g_autoptr(LeydenValue) content = NULL;

  if (failed && (!any_status || result->signal != 0))
    {
      set_status_error (result, error);
      return NULL;
    }
  content = read_output (self, result, failed ? NULL : error);
  if (content == NULL && !failed)
    return NULL;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "content", content);
  leyden_value_builder_set_int (&b, "status", result->status);
  leyden_value_builder_set_string (&b, "stderr", result->errors);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- The call ---- */

static void
ran_cb (GObject      *object,
        GAsyncResult *async,
        gpointer      data)
{
  g_autoptr(GTask) task = data;
  Execution *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(LeydenProcessResult) result = leyden_process_run_finish (async, &error);
  LeydenValue *answer = result != NULL ? make_answer (self, result, &error) : NULL;

  if (answer != NULL)
    g_task_return_pointer (task, answer, (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

static double
get_number (Execution  *self,
            const char *name,
            double      fallback)
{
  return leyden_value_get_member_double (self->parameters, name, fallback);
}

static void
run_process (GTask *task)
{
  Execution *self = g_task_get_task_data (task);
  LeydenSandbox sandbox = leyden_sandbox_find (NULL);
  GError *error = NULL;
  g_auto(GStrv) environment = make_environment (self, &error);
  g_auto(GStrv) command = make_command (self);
  g_auto(GStrv) argv = NULL;
  g_auto(GStrv) outer = NULL;
  g_autoptr(GBytes) variables = NULL;
  g_autoptr(GBytes) input = make_input (self);
  LeydenProcessSpec spec = { 0 };

  if (environment == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  argv = leyden_sandbox_make_argv (sandbox, (const char * const *) command, self->permission->network);
  outer = leyden_sandbox_make_environment (sandbox, (const char * const *) environment, &variables);
  spec.argv = (const char * const *) argv;
  spec.environment = (const char * const *) outer;
  spec.third = variables;
  spec.input = input;
  spec.timeout_ms = (guint) (CLAMP (get_number (self, "timeout_s", 60), 0.1, 3600) * 1000);
  spec.max_output = (gsize) CLAMP (get_number (self, "output_kib", 1024), 1, 65536) * 1024;
  spec.max_memory = (guint64) CLAMP (get_number (self, "memory_mib", 1024), 16, 1048576) * MIB;
  spec.max_processes = (guint) CLAMP (get_number (self, "max_processes", 32), 1, 1024);
  spec.bare = sandbox == LEYDEN_SANDBOX_NONE;
  spec.line = line_cb;
  spec.data = self;
  leyden_process_run_async (&spec, g_task_get_cancellable (task), ran_cb, g_object_ref (task));
}

static void
find_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  Execution *self = data;
  GError *error = NULL;

  self->permission = leyden_permission_new (self->node->kind, self->parameters, &error);
  leyden_sandbox_find (NULL);
  if (self->permission != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(GTask) task = data;
  Execution *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      return;
    }
  self->permission->title = g_strdup (leyden_node_get_title (leyden_node_context_get_node (self->context)));
  if (*self->permission->title == '\0')
    {
      g_free (self->permission->title);
      self->permission->title = g_strdup (leyden_node_context_get_path (self->context));
    }
  if (leyden_permission_check (self->permission, self->node->approvals, &error))
    run_process (task);
  else
    g_task_return_error (task, error);
}

static void
perform (LeydenNodeContext   *context,
         LeydenValue         *request,
         GCancellable        *cancellable,
         GAsyncReadyCallback  callback,
         gpointer             callback_data,
         gpointer             user_data)
{
  GTask *outer = user_data;
  Execution *outer_data = g_task_get_task_data (outer);
  GTask *task = g_task_new (NULL, cancellable, callback, callback_data);
  g_autoptr(GTask) finding = NULL;
  Execution *self = g_new0 (Execution, 1);

  self->node = g_object_ref (outer_data->node);
  self->context = context;
  self->parameters = leyden_value_ref (outer_data->parameters);
  self->inputs = leyden_value_ref (outer_data->inputs);
  g_task_set_source_tag (task, perform);
  /* A process that is being killed is waited for, so that nothing of it is left when the node has ended. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, self, execution_free);
  finding = g_task_new (NULL, NULL, found_cb, task);
  g_task_set_task_data (finding, self, NULL);
  g_task_run_in_thread (finding, find_thread);
}

static LeydenValue *
finish (GAsyncResult *result,
        GError      **error,
        gpointer      user_data)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static LeydenValue *
make_outputs (Execution   *self,
              LeydenValue *answer)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, is_python (self) ? "result" : "output", leyden_value_get_member (answer, "content"));
  if (!is_python (self))
    {
      leyden_value_builder_set (&b, "status", leyden_value_get_member (answer, "status"));
      leyden_value_builder_set (&b, "messages", leyden_value_get_member (answer, "stderr"));
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(GTask) task = data;
  Execution *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(LeydenValue) answer = leyden_node_context_call_finish (self->context, result, &error);

  if (answer != NULL)
    g_task_return_pointer (task, make_outputs (self, answer), (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

/* The whole command is in the key of the call: a changed one is asked anew after a resume. */
static LeydenValue *
make_request (Execution *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", is_python (self) ? "python" : get_text (self, "program"));
  if (is_python (self))
    leyden_value_builder_set (&b, "script", leyden_value_get_member (self->parameters, "script"));
  else
    leyden_value_builder_set (&b, "command_arguments", leyden_value_get_member (self->parameters, "arguments"));
  leyden_value_builder_set (&b, "arguments", self->inputs);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
execute_async (LeydenNodeExecutor  *executor,
               LeydenNodeContext   *context,
               GCancellable        *cancellable,
               GAsyncReadyCallback  callback,
               gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (executor, NULL, callback, data);
  Execution *self = g_new0 (Execution, 1);
  g_autoptr(LeydenValue) request = NULL;

  self->node = g_object_ref (LEYDEN_NODE_COMMAND (executor));
  self->context = context;
  self->parameters = collect_parameters (context);
  self->inputs = leyden_value_ref (leyden_node_context_get_inputs (context));
  g_task_set_source_tag (task, execute_async);
  g_task_set_task_data (task, self, execution_free);
  request = make_request (self);
  leyden_node_context_call_async (context, LEYDEN_CALL_TOOL, leyden_effects_of_command (get_text (self, "effects")), request,
                                  perform, finish, task, answered_cb, g_object_ref (task));
}

static LeydenValue *
execute_finish (LeydenNodeExecutor  *executor,
                GAsyncResult        *result,
                GError             **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute_async = execute_async;
  iface->execute_finish = execute_finish;
}

static void
leyden_node_command_finalize (GObject *object)
{
  LeydenNodeCommand *self = LEYDEN_NODE_COMMAND (object);

  g_free (self->kind);
  g_clear_object (&self->approvals);
  G_OBJECT_CLASS (leyden_node_command_parent_class)->finalize (object);
}

static void
leyden_node_command_class_init (LeydenNodeCommandClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_node_command_finalize;
}

static void
leyden_node_command_init (LeydenNodeCommand *self)
{
}

LeydenNodeExecutor *
leyden_node_command_new (const char      *kind,
                         LeydenApprovals *approvals)
{
  LeydenNodeCommand *self = g_object_new (LEYDEN_TYPE_NODE_COMMAND, NULL);

  self->kind = g_strdup (kind);
  self->approvals = g_object_ref (approvals);
  return LEYDEN_NODE_EXECUTOR (self);
}
