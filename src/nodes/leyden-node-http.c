/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-effects.h"
#include "leyden-http-plan.h"
#include "leyden-http-policy.h"
#include "leyden-json.h"
#include "leyden-node-private.h"
#include "leyden-permission.h"
#include "leyden-text.h"

/* Kind `http`: one request. It runs as a node, or is called as a tool with its inputs as arguments.
 *
 *  plan (no secret in it) ─► call ─► secrets for the origin ─► request, each address judged ─► answer {"content", "status", "headers"}
 */

#define LEYDEN_TYPE_NODE_HTTP (leyden_node_http_get_type ())
G_DECLARE_FINAL_TYPE (LeydenNodeHttp, leyden_node_http, LEYDEN, NODE_HTTP, GObject)

struct _LeydenNodeHttp
{
  GObject           parent_instance;

  LeydenSecrets    *secrets;
  LeydenApprovals  *approvals;
  LeydenHttpClient *client;     /* made with the first request, in its context */
};

static void executor_init (LeydenNodeExecutorInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenNodeHttp, leyden_node_http, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_NODE_EXECUTOR, executor_init))

/* One request under way. */
typedef struct
{
  LeydenNodeHttp    *node;
  LeydenValue       *parameters;
  LeydenValue       *plan;
  char              *origin;
  char              *title;
  char              *idempotency;
  LeydenHttpRequest *request;
  guint              next_secret;
} Request;

static void
request_free (gpointer data)
{
  Request *self = data;

  g_object_unref (self->node);
  leyden_value_unref (self->parameters);
  leyden_value_unref (self->plan);
  g_free (self->origin);
  g_free (self->title);
  g_free (self->idempotency);
  g_clear_object (&self->request);
  g_free (self);
}

static LeydenValue *
collect_parameters (LeydenNodeContext *context)
{
  static const char * const names[] = { "method", "url", "headers", "auth", "secret", "user", "auth_header", "body_type", "body", "response", "any_status",
                                        "timeout_s", "answer_kib", "redirects", "idempotency" };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    leyden_value_builder_set (&b, names[i], leyden_node_context_get_parameter (context, names[i]));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static LeydenEffects
effects_of (LeydenNodeContext *context)
{
  return leyden_effects_of_http (leyden_node_context_get_parameter_string (context, "method"),
                                 leyden_node_context_get_parameter_boolean (context, "idempotency"));
}

/* ---- Which addresses ---- */

typedef struct
{
  LeydenApprovals *approvals;
  char            *title;
} Guard;

static void
guard_free (gpointer data)
{
  Guard *self = data;

  g_object_unref (self->approvals);
  g_free (self->title);
  g_free (self);
}

static gboolean
guard_address (const char    *host,
               guint16        port,
               GInetAddress  *address,
               gpointer       data,
               GError       **error)
{
  Guard *self = data;
  g_autofree char *text = g_inet_address_to_string (address);
  g_autofree char *shown = leyden_text_escape (host, -1, 100);
  g_autoptr(LeydenPermission) permission = NULL;

  switch (leyden_address_get_reach (address))
    {
    case LEYDEN_ADDRESS_PUBLIC:
      return TRUE;
    case LEYDEN_ADDRESS_PRIVATE:
      permission = leyden_permission_new_address (host, port);
      permission->title = g_strdup (self->title);
      return leyden_permission_check (permission, self->approvals, error);
    case LEYDEN_ADDRESS_FORBIDDEN:
    default:
      g_set_error (error, LEYDEN_HTTP_ERROR, LEYDEN_HTTP_ERROR_ADDRESS,
                   _("%s stands for %s, a link-local or reserved address: nothing is ever asked there"), shown, text);
      return FALSE;
    }
}

/* ---- Sending ---- */

static void
set_status_error (GError **error,
                  guint    status,
                  GBytes  *body)
{
  gsize length;
  const char *bytes = g_bytes_get_data (body, &length);
  g_autofree char *quote = length > 0 ? leyden_text_escape (bytes, (gssize) MIN (length, 2048), 200) : g_strdup (_("(nothing)"));
  g_autofree char *masked = leyden_text_mask_secrets (quote, -1);

  g_set_error (error, LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_NODE, _("The server answered with status %u: %s"), status,
               masked != NULL ? masked : quote);
}

static LeydenValue *
make_answer (Request  *self,
             GBytes   *body,
             GError  **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  guint status = leyden_http_request_get_status (self->request);
  gboolean good = status >= 200 && status < 400;
  const char *type = leyden_http_request_get_response_header (self->request, "Content-Type");
  const char *how = leyden_value_get_member_string (self->parameters, "response", "auto");
  g_autoptr(LeydenValue) content = NULL;

  if (!good && !leyden_value_get_member_boolean (self->parameters, "any_status", FALSE))
    {
      set_status_error (error, status, body);
      return NULL;
    }
  /* An error page may be anything: it is kept as text. */
  content = leyden_http_read_answer (body, type, how, good ? error : NULL);
  if (content == NULL && !good)
    content = leyden_http_read_answer (body, type, "text", NULL);
  if (content == NULL)
    return NULL;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "content", content);
  leyden_value_builder_set_int (&b, "status", status);
  leyden_value_builder_set_take (&b, "headers", leyden_http_request_dup_response_headers (self->request));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Servers may repeat what they were sent. */
static GError *
redact (Request *self,
        GError  *error)
{
  g_autofree char *clean = leyden_secrets_redact (self->node->secrets, error->message, -1);
  GError *redacted = g_error_new_literal (error->domain, error->code, clean);

  g_error_free (error);
  return redacted;
}

static void
sent_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(GTask) task = data;
  Request *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(GBytes) body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);
  LeydenValue *answer = body != NULL ? make_answer (self, body, &error) : NULL;

  if (answer != NULL)
    g_task_return_pointer (task, answer, (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, redact (self, error));
}

static void
send (GTask *task)
{
  Request *self = g_task_get_task_data (task);
  Guard *guard = g_new0 (Guard, 1);
  double timeout_s = leyden_value_get_member_double (self->parameters, "timeout_s", 60);
  double answer_kib = leyden_value_get_member_double (self->parameters, "answer_kib", 8192);

  guard->approvals = g_object_ref (self->node->approvals);
  guard->title = g_strdup (self->title);
  leyden_http_request_set_guard (self->request, guard_address, guard, guard_free);
  leyden_http_request_set_timeout (self->request, (guint) (CLAMP (timeout_s, 0.1, 3600) * 1000));
  leyden_http_request_set_max_body (self->request, (gsize) CLAMP (answer_kib, 1, 65536) * 1024);
  leyden_http_request_set_cross_origin (self->request, leyden_value_get_member_boolean (self->parameters, "redirects", TRUE));
  if (self->idempotency != NULL)
    leyden_http_request_set_header (self->request, "Idempotency-Key", self->idempotency);
  if (self->node->client == NULL)
    self->node->client = leyden_http_client_new ();
  leyden_http_client_send_async (self->node->client, self->request, g_task_get_cancellable (task), sent_cb, g_object_ref (task));
}

static void next_secret (GTask *task);

static void
set_secret (Request    *self,
            const char *header,
            LeydenValue *how,
            const char *key)
{
  const char *user = leyden_value_get_member_string (how, "user", NULL);
  g_autofree char *pair = user != NULL ? g_strconcat (user, ":", key, NULL) : NULL;
  g_autofree char *encoded = pair != NULL ? g_base64_encode ((const guchar *) pair, strlen (pair)) : NULL;
  g_autofree char *value = encoded != NULL ? g_strconcat ("Basic ", encoded, NULL)
                                           : g_strconcat (leyden_value_get_member_string (how, "prefix", ""), key, NULL);

  leyden_http_request_set_secret_header (self->request, header, value);
}

static void
secret_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GTask) task = data;
  Request *self = g_task_get_task_data (task);
  LeydenValue *secrets = leyden_value_get_member (self->plan, "secrets");
  GError *error = NULL;
  g_autofree char *key = leyden_secrets_lookup_finish (LEYDEN_SECRETS (object), result, &error);

  if (key == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  set_secret (self, leyden_value_get_key (secrets, self->next_secret), leyden_value_get_item (secrets, self->next_secret), key);
  self->next_secret++;
  next_secret (task);
}

static void
next_secret (GTask *task)
{
  Request *self = g_task_get_task_data (task);
  LeydenValue *secrets = leyden_value_get_member (self->plan, "secrets");

  if (self->next_secret >= leyden_value_get_size (secrets))
    {
      send (task);
      return;
    }
  leyden_secrets_lookup_async (self->node->secrets,
                               leyden_value_get_member_string (leyden_value_get_item (secrets, self->next_secret), "secret", ""),
                               self->origin, g_task_get_cancellable (task), secret_cb, g_object_ref (task));
}

static char *
dup_title (LeydenNodeContext *context)
{
  const char *title = leyden_node_get_title (leyden_node_context_get_node (context));

  return g_strdup (*title != '\0' ? title : leyden_node_context_get_path (context));
}

/* The same for every try and after a resume, another for every other request. */
static char *
make_idempotency_key (LeydenNodeContext *context,
                      LeydenValue       *plan)
{
  g_autofree char *hash = leyden_json_hash (plan);
  g_autofree char *text = g_strjoin ("\n", leyden_node_context_get_rollout (context), leyden_node_context_get_path (context), hash, NULL);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  return g_strndup (digest, 32);
}

/* Gives a LeydenValue by @callback's result. */
static void
start (LeydenNodeHttp      *node,
       LeydenNodeContext   *context,
       LeydenValue         *plan,
       GCancellable        *cancellable,
       GAsyncReadyCallback  callback,
       gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (node, cancellable, callback, data);
  Request *self = g_new0 (Request, 1);

  self->node = g_object_ref (node);
  self->parameters = collect_parameters (context);
  self->plan = leyden_value_ref (plan);
  self->title = dup_title (context);
  self->origin = leyden_secrets_origin_of (leyden_value_get_member_string (plan, "url", ""));
  self->request = leyden_http_plan_make_request (plan);
  if (leyden_node_context_get_parameter_boolean (context, "idempotency"))
    self->idempotency = make_idempotency_key (context, plan);
  g_task_set_source_tag (task, start);
  g_task_set_task_data (task, self, request_free);
  next_secret (task);
}

/* ---- As a node ---- */

typedef struct
{
  LeydenNodeHttp    *node;
  LeydenNodeContext *context;
  LeydenValue       *plan;
} Execution;

static void
execution_free (gpointer data)
{
  Execution *self = data;

  g_object_unref (self->node);
  g_clear_pointer (&self->plan, leyden_value_unref);
  g_free (self);
}

static void
perform (LeydenNodeContext   *context,
         LeydenValue         *request,
         GCancellable        *cancellable,
         GAsyncReadyCallback  callback,
         gpointer             callback_data,
         gpointer             user_data)
{
  Execution *self = g_task_get_task_data (user_data);

  start (self->node, context, self->plan, cancellable, callback, callback_data);
}

static LeydenValue *
finish (GAsyncResult *result,
        GError      **error,
        gpointer      user_data)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static LeydenValue *
make_outputs (LeydenValue *answer)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "body", leyden_value_get_member (answer, "content"));
  leyden_value_builder_set (&b, "status", leyden_value_get_member (answer, "status"));
  leyden_value_builder_set (&b, "headers", leyden_value_get_member (answer, "headers"));
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
    g_task_return_pointer (task, make_outputs (answer), (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

static LeydenValue *
make_call (LeydenValue *plan)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", "http");
  leyden_value_builder_set (&b, "arguments", plan);
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
  g_autoptr(LeydenValue) parameters = collect_parameters (context);
  g_autoptr(LeydenValue) call = NULL;
  Execution *self = g_new0 (Execution, 1);
  GError *error = NULL;

  self->node = g_object_ref (LEYDEN_NODE_HTTP (executor));
  self->context = context;
  self->plan = leyden_http_plan_new (parameters, leyden_node_context_get_inputs (context), &error);
  g_task_set_source_tag (task, execute_async);
  g_task_set_task_data (task, self, execution_free);
  if (self->plan == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  call = make_call (self->plan);
  leyden_node_context_call_async (context, LEYDEN_CALL_TOOL, effects_of (context), call, perform, finish, task, answered_cb,
                                  g_object_ref (task));
}

static LeydenValue *
execute_finish (LeydenNodeExecutor  *executor,
                GAsyncResult        *result,
                GError             **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- As a tool ---- */

static LeydenValue *
describe_tools (LeydenNodeExecutor  *executor,
                LeydenNodeContext   *context,
                GError             **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", leyden_node_context_get_parameter_string (context, "name"));
  leyden_value_builder_set_string (&b, "description", leyden_node_context_get_parameter_string (context, "description"));
  leyden_value_builder_set_take (&b, "parameters", leyden_http_schema_of_fields (leyden_node_context_get_parameter (context, "inputs")));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* The declared inputs, from the arguments or by default; what else a model sends is left out. */
static LeydenValue *
pick_inputs (LeydenValue  *fields,
             LeydenValue  *arguments,
             GError      **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    {
      LeydenValue *field = leyden_value_get_item (fields, i);
      const char *name = leyden_value_get_member_string (field, "name", "");
      LeydenValue *value = leyden_value_get_member (arguments, name);

      if (value == NULL)
        value = leyden_value_get_member (field, "default");
      if (leyden_value_is_null (value) && leyden_value_get_member_boolean (field, "required", FALSE))
        return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_INPUT, _("The argument “%s” is missing"), name);
      leyden_value_builder_set (&b, name, value);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* The model gets what came back, and the status where that may be bad. */
static LeydenValue *
make_tool_result (LeydenNodeHttp *self,
                  LeydenValue    *answer,
                  gboolean        any_status)
{
  LeydenValue *content = leyden_value_get_member (answer, "content");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (!any_status)
    return leyden_value_ref (content);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "status", leyden_value_get_member (answer, "status"));
  leyden_value_builder_set (&b, "body", content);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
tool_answered_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(GTask) task = data;
  Request *request = g_task_get_task_data (G_TASK (result));
  gboolean any_status = leyden_value_get_member_boolean (request->parameters, "any_status", FALSE);
  GError *error = NULL;
  g_autoptr(LeydenValue) answer = g_task_propagate_pointer (G_TASK (result), &error);

  if (answer != NULL)
    g_task_return_pointer (task, make_tool_result (LEYDEN_NODE_HTTP (object), answer, any_status), (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

static void
call_tool_async (LeydenNodeExecutor  *executor,
                 LeydenNodeContext   *context,
                 const char          *name,
                 LeydenValue         *arguments,
                 GCancellable        *cancellable,
                 GAsyncReadyCallback  callback,
                 gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (executor, NULL, callback, data);
  g_autoptr(LeydenValue) parameters = collect_parameters (context);
  g_autoptr(LeydenValue) inputs = NULL;
  g_autoptr(LeydenValue) plan = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, call_tool_async);
  inputs = pick_inputs (leyden_node_context_get_parameter (context, "inputs"), arguments, &error);
  if (inputs != NULL)
    plan = leyden_http_plan_new (parameters, inputs, &error);
  if (plan != NULL)
    start (LEYDEN_NODE_HTTP (executor), context, plan, cancellable, tool_answered_cb, g_object_ref (task));
  else
    g_task_return_error (task, error);
}

static LeydenValue *
call_tool_finish (LeydenNodeExecutor  *executor,
                  GAsyncResult        *result,
                  GError             **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static LeydenEffects
get_tool_effects (LeydenNodeExecutor *executor,
                  LeydenNodeContext  *context)
{
  return effects_of (context);
}

static void
executor_init (LeydenNodeExecutorInterface *iface)
{
  iface->execute_async = execute_async;
  iface->execute_finish = execute_finish;
  iface->describe_tools = describe_tools;
  iface->call_tool_async = call_tool_async;
  iface->call_tool_finish = call_tool_finish;
  iface->get_tool_effects = get_tool_effects;
}

static void
leyden_node_http_finalize (GObject *object)
{
  LeydenNodeHttp *self = LEYDEN_NODE_HTTP (object);

  g_clear_object (&self->secrets);
  g_clear_object (&self->approvals);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (leyden_node_http_parent_class)->finalize (object);
}

static void
leyden_node_http_class_init (LeydenNodeHttpClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_node_http_finalize;
}

static void
leyden_node_http_init (LeydenNodeHttp *self)
{
}

LeydenNodeExecutor *
leyden_node_http_new (LeydenSecrets   *secrets,
                      LeydenApprovals *approvals)
{
  LeydenNodeHttp *self = g_object_new (LEYDEN_TYPE_NODE_HTTP, NULL);

  self->secrets = g_object_ref (secrets);
  self->approvals = g_object_ref (approvals);
  return LEYDEN_NODE_EXECUTOR (self);
}
