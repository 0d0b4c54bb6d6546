/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-worker.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "leyden-connection-link.h"
#include "leyden-id.h"
#include "leyden-nodes.h"
#include "leyden-text.h"

#define POLL_MS 1000
#define MAX_KEY 512
#define MAX_KEY_FILE 65536

/* What one worker consists of. */
typedef struct
{
  LeydenArguments      *arguments;
  LeydenCliSession      session;
  LeydenWorkTransport  *transport;
  LeydenWorkAgents     *agents;
  LeydenWorkerLink     *link;
  LeydenWorker         *worker;
  char                 *base;           /* of the backend */
  char                 *agent_base;     /* as agents see it */
  char                 *key;            /* nullable */
  char                 *name;
  char                **command;        /* nullable */
  char                 *fingerprint;    /* nullable; digits only */
} Setup;

static void
setup_clear (Setup *self)
{
  g_clear_pointer (&self->worker, leyden_worker_free);
  g_clear_pointer (&self->agents, leyden_work_agents_free);
  g_clear_pointer (&self->link, leyden_worker_link_free);
  g_clear_object (&self->transport);
  if (self->session.store != NULL)
    leyden_cli_session_clear (&self->session);
  g_strfreev (self->command);
  g_free (self->fingerprint);
  g_free (self->base);
  g_free (self->agent_base);
  g_free (self->key);
  g_free (self->name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Setup, setup_clear)

/* http(s)://HOST[:PORT] without a slash at the end; a path is kept. NULL after a refusal. */
static char *
read_uri (LeydenArguments *arguments,
          const char      *option,
          const char      *text)
{
  g_autoptr(GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";
  g_autofree char *shown = NULL;
  char *base;

  if (uri == NULL || (strcmp (scheme, "http") != 0 && strcmp (scheme, "https") != 0) || g_uri_get_host (uri) == NULL
      || *g_uri_get_host (uri) == '\0' || g_uri_get_userinfo (uri) != NULL || g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    {
      shown = leyden_text_escape (text, -1, 80);
      leyden_arguments_refuse (arguments, _("--%s must be an address like http://127.0.0.1:8080, not “%s”"), option, shown);
      return NULL;
    }
  base = g_strdup (text);
  for (gsize length = strlen (base); length > 0 && base[length - 1] == '/'; length--)
    base[length - 1] = '\0';
  return base;
}

static gboolean
read_addresses (Setup *self,
                int   *status)
{
  const char *gateway = leyden_arguments_get_text (self->arguments, "gateway", NULL);
  const char *agents = leyden_arguments_get_text (self->arguments, "agent-url", gateway);

  *status = LEYDEN_EXIT_USAGE;
  if (gateway == NULL)
    {
      leyden_arguments_refuse (self->arguments, _("--gateway is missing: the address of the backend"));
      return FALSE;
    }
  self->base = read_uri (self->arguments, "gateway", gateway);
  self->agent_base = self->base != NULL ? read_uri (self->arguments, "agent-url", agents) : NULL;
  return self->agent_base != NULL;
}

static gboolean
is_key (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p))
      return FALSE;
  return *text != '\0' && strlen (text) <= MAX_KEY;
}

/* Its first line. An agl-server takes keys of any length, also none. */
static gboolean
read_key (Setup *self,
          int   *status)
{
  const char *path = leyden_arguments_get_text (self->arguments, "key-file", NULL);
  const char *from_environment = g_getenv ("LEYDEN_KEY_GATEWAY");
  g_autofree char *name = path != NULL ? leyden_text_path (path) : NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) error = NULL;

  if (path == NULL)
    {
      self->key = from_environment != NULL && *from_environment != '\0' ? g_strdup (from_environment) : NULL;
      return TRUE;
    }
  bytes = leyden_cli_read_file (path, MAX_KEY_FILE, &error);
  if (bytes == NULL)
    {
      *status = leyden_cli_fail (error);
      return FALSE;
    }
  self->key = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  self->key[strcspn (self->key, "\r\n")] = '\0';
  if (is_key (self->key))
    return TRUE;
  leyden_cli_say (_("the first line of the key file %s must be a key of visible ASCII characters"), name);
  *status = LEYDEN_EXIT_FILE;
  return FALSE;
}

/* The key goes to the backend with every request; agents are given one too, and the address to send it to. */
static gboolean
check_exposure (Setup *self,
                int   *status)
{
  const char *exposed = leyden_connection_is_exposed (self->base) ? self->base : leyden_connection_is_exposed (self->agent_base) ? self->agent_base : NULL;

  if (self->key == NULL || exposed == NULL || leyden_arguments_has (self->arguments, "insecure"))
    return TRUE;
  leyden_cli_say (_("anybody on the way to %s could read the key; use https, or --insecure where the way is safe"), exposed);
  *status = LEYDEN_EXIT_POLICY;
  return FALSE;
}

static gboolean
read_agents (Setup *self,
             int   *status)
{
  const char *command = leyden_arguments_get_text (self->arguments, "command", NULL);
  const char * const *flows = leyden_arguments_get_texts (self->arguments, "flow");
  const char * const *classes = leyden_arguments_get_texts (self->arguments, "agent-class");
  g_autoptr(GError) error = NULL;

  *status = LEYDEN_EXIT_USAGE;
  if (command != NULL && !g_shell_parse_argv (command, NULL, &self->command, &error))
    {
      leyden_arguments_refuse (self->arguments, "--command: %s", error->message);
      return FALSE;
    }
  if (self->command != NULL && *self->command[0] == '\0')
    {
      leyden_arguments_refuse (self->arguments, _("--command names no program"));
      return FALSE;
    }
  if (command != NULL && flows[0] != NULL)
    {
      leyden_arguments_refuse (self->arguments, _("--flow and --command exclude each other: either runs what names no agent class"));
      return FALSE;
    }
  if (command == NULL && flows[0] == NULL && classes[0] == NULL)
    {
      leyden_arguments_refuse (self->arguments, _("--flow, --command or --agent-class is missing: what the worker runs"));
      return FALSE;
    }
  for (guint i = 0; classes[i] != NULL; i++)
    if (!g_regex_match_simple ("^[A-Za-z_][\\w]*(\\.[A-Za-z_][\\w]*)*[.:][A-Za-z_][\\w]*(\\.[A-Za-z_][\\w]*)*$", classes[i], G_REGEX_DEFAULT, 0))
      {
        g_autofree char *shown = leyden_text_escape (classes[i], -1, 80);

        leyden_arguments_refuse (self->arguments, _("--agent-class must be MODULE:CLASS, not “%s”"), shown);
        return FALSE;
      }
  return TRUE;
}

static gboolean
set_endpoint (Setup      *self,
              const char *name,
              const char *uri,
              gboolean    with_secret,
              GError    **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  g_autoptr(LeydenEndpoint) endpoint = NULL;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", name);
  leyden_value_builder_set_string (&b, "title", name);
  leyden_value_builder_set_string (&b, "base_uri", uri);
  leyden_value_builder_set_string (&b, "wire", "openai");
  leyden_value_builder_set_string (&b, "secret", with_secret ? name : NULL);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  endpoint = leyden_endpoint_from_value (value, error);
  return endpoint != NULL && leyden_models_set_endpoint (self->session.models, endpoint, error);
}

/* With its key where there is one. */
static gboolean
find_endpoint (Setup      *self,
               const char *name,
               const char *uri,
               GError    **error)
{
  g_autofree char *origin = leyden_secrets_origin_of (uri);
  g_autofree char *key = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) local_error = NULL;

  if (!set_endpoint (self, name, uri, TRUE, error))
    return FALSE;
  leyden_secrets_lookup_async (self->session.secrets, name, origin, NULL, leyden_cli_result_cb, &result);
  leyden_cli_spin (&result);
  key = leyden_secrets_lookup_finish (self->session.secrets, result, &local_error);
  if (key != NULL)
    return TRUE;
  if (g_error_matches (local_error, LEYDEN_SECRETS_ERROR, LEYDEN_SECRETS_ERROR_NOT_FOUND))
    return set_endpoint (self, name, uri, FALSE, error);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* --endpoint NAME=URL: where nodes find the endpoints that they name. */
static gboolean
set_endpoints (Setup *self,
               int   *status)
{
  const char * const *given = leyden_arguments_get_texts (self->arguments, "endpoint");

  for (guint i = 0; given[i] != NULL; i++)
    {
      g_auto(GStrv) parts = g_strsplit (given[i], "=", 2);
      g_autoptr(GError) error = NULL;

      if (parts[0] != NULL && parts[1] != NULL && find_endpoint (self, parts[0], parts[1], &error))
        continue;
      *status = leyden_arguments_refuse (self->arguments, "--endpoint: %s", error != NULL ? error->message : _("it must be NAME=URL"));
      return FALSE;
    }
  return TRUE;
}

/* One of the backend. A key of ours goes nowhere because a backend says so: endpoints with one are for the operator of this worker to name. */
static void
take_endpoint (Setup       *self,
               LeydenValue *value)
{
  const char *name = leyden_value_get_member_string (value, "name", "");
  g_autoptr(LeydenEndpoint) endpoint = NULL;

  if (leyden_value_get_member_boolean (value, "simulated", FALSE) || leyden_models_get_endpoint (self->session.models, name) != NULL)
    return;
  endpoint = leyden_endpoint_from_value (value, NULL);
  if (endpoint != NULL && endpoint->secret != NULL)
    leyden_cli_say (_("the endpoint %s of the backend needs a key: name it by --endpoint %s=URL to use it"), endpoint->name, endpoint->name);
  else if (endpoint != NULL)
    leyden_models_set_endpoint (self->session.models, endpoint, NULL);
}

/* FALSE with *@status 0: a signal came. */
static gboolean
take_endpoints (Setup *self,
                int   *status)
{
  g_autoptr(GCancellable) stop = g_cancellable_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  LeydenValue *endpoints;
  guint code;

  if (!leyden_arguments_has (self->arguments, "backend-endpoints"))
    return TRUE;
  *status = LEYDEN_EXIT_OK;
  leyden_worker_link_ask_async (self->link, "GET", "/leyden/v1/endpoints", NULL, TRUE, stop, leyden_cli_result_cb, &result);
  if (leyden_cli_wait (&result) == NULL)
    {
      g_cancellable_cancel (stop);
      leyden_cli_spin (&result);
      return FALSE;
    }
  if (!leyden_worker_link_ask_finish (result, &code, &answer, NULL) || code != 200)
    {
      leyden_cli_say (_("the backend does not tell its endpoints (status %u)"), code);
      *status = LEYDEN_EXIT_NETWORK;
      return FALSE;
    }
  endpoints = leyden_value_get_member (answer, "endpoints");
  for (guint i = 0; i < leyden_value_get_size (endpoints); i++)
    take_endpoint (self, leyden_value_get_item (endpoints, i));
  return TRUE;
}

static gboolean
add_flows (Setup *self,
           int   *status)
{
  const char * const *paths = leyden_arguments_get_texts (self->arguments, "flow");

  for (guint i = 0; paths[i] != NULL; i++)
    {
      g_autoptr(LeydenFlow) flow = leyden_cli_load_flow (paths[i], status);
      g_autoptr(GError) error = NULL;

      if (flow == NULL)
        return FALSE;
      if (!leyden_work_agents_add_flow (self->agents, paths[i], flow, &error))
        {
          *status = leyden_cli_fail (error);
          return FALSE;
        }
    }
  return TRUE;
}

/* Flows need an engine, models and perhaps a database for their logs; programs need none of it. */
static gboolean
open_session (Setup *self,
              int   *status)
{
  self->session.arguments = self->arguments;
  if (!leyden_cli_session_open (&self->session, status) || !set_endpoints (self, status) || !take_endpoints (self, status))
    return FALSE;
  leyden_models_set_default (self->session.models, self->session.endpoint, self->session.model_name);
  /* Without a place for them no logs are kept: a worker may run for months. */
  if (!leyden_arguments_has (self->arguments, "database"))
    {
      g_clear_object (&self->session.engine);
      self->session.engine = leyden_engine_new (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()), NULL);
    }
  self->transport = leyden_work_transport_new (self->session.models, self->fingerprint);
  leyden_nodes_register (self->session.engine, self->session.models, LEYDEN_MODEL_TRANSPORT (self->transport));
  leyden_nodes_register_outside (self->session.engine, self->session.secrets, self->session.approvals);
  return TRUE;
}

static gboolean
make_agents (Setup *self,
             int   *status)
{
  const char * const *allowed = leyden_arguments_get_texts (self->arguments, "env");
  gboolean flows = leyden_arguments_get_texts (self->arguments, "flow")[0] != NULL;
  LeydenWorkAgentsSpec spec = {
    .base = self->agent_base,
    .classes = leyden_arguments_get_texts (self->arguments, "agent-class"),
    .python = leyden_arguments_get_text (self->arguments, "python", "python3"),
    .command = self->command,
    .allowed = allowed[0] != NULL ? allowed : NULL,
  };

  if (flows && !open_session (self, status))
    return FALSE;
  spec.session = flows ? &self->session : NULL;
  spec.transport = self->transport;
  self->agents = leyden_work_agents_new (&spec);
  return add_flows (self, status);
}

static void
make_worker (Setup *self)
{
  g_autofree char *host = g_strdup (g_get_host_name ());
  g_autofree char *random = leyden_id_new_node (NULL);
  const char *named = leyden_arguments_get_text (self->arguments, "name", NULL);

  /* A worker that comes back is another one: what the first held is not its own. */
  g_strcanon (host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-", '-');
  self->name = g_strdup_printf ("%.60s-%d-%s", named != NULL ? named : host, (int)getpid (), random);
  self->worker = leyden_worker_new (&(LeydenWorkerSpec) {
    .name = self->name,
    .link = self->link,
    .agents = self->agents,
    .key = self->key,
    .concurrency = (guint)leyden_arguments_get_integer (self->arguments, "concurrency", 8),
    .lease_s = (guint)leyden_arguments_get_integer (self->arguments, "lease", 60),
    .poll_ms = (guint)leyden_arguments_get_integer (self->arguments, "poll", POLL_MS),
    .drain_s = (guint)leyden_arguments_get_integer (self->arguments, "drain", 0),
    .shared = leyden_arguments_has (self->arguments, "shared"),
    .json = leyden_arguments_has (self->arguments, "json"),
  });
}

static void
stop_cb (gpointer data)
{
  leyden_worker_stop (data);
}

static gboolean
check_name (LeydenArguments *arguments,
            int             *status)
{
  const char *name = leyden_arguments_get_text (arguments, "name", "w");

  if (*name != '\0' && strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == strlen (name))
    return TRUE;
  *status = leyden_arguments_refuse (arguments, _("--name must consist of letters, digits, dots, - and _"));
  return FALSE;
}

/* Also with colons and capitals, as openssl prints it. */
static gboolean
read_fingerprint (Setup *self,
                  int   *status)
{
  const char *text = leyden_arguments_get_text (self->arguments, "fingerprint", NULL);
  g_auto(GStrv) parts = text == NULL ? NULL : g_strsplit (text, ":", -1);
  g_autofree char *joined = parts == NULL ? NULL : g_strjoinv ("", parts);

  if (joined == NULL)
    return TRUE;
  self->fingerprint = g_ascii_strdown (joined, -1);
  if (strlen (self->fingerprint) == 64 && strspn (self->fingerprint, "0123456789abcdef") == 64)
    return TRUE;
  *status = leyden_arguments_refuse (self->arguments, _("--fingerprint must be the SHA-256 of the certificate, 64 digits of 0-9 and a-f"));
  return FALSE;
}

static int
run (LeydenArguments *arguments)
{
  g_auto(Setup) setup = { .arguments = arguments };
  int status = LEYDEN_EXIT_USAGE;

  if (!check_name (arguments, &status) || !read_fingerprint (&setup, &status) || !read_addresses (&setup, &status) || !read_agents (&setup, &status) || !read_key (&setup, &status)
      || !check_exposure (&setup, &status))
    return status;
  leyden_cli_catch_signals ();
  setup.link = leyden_worker_link_new (setup.base, setup.key, setup.fingerprint);
  if (!make_agents (&setup, &status))
    return status;
  make_worker (&setup);
  if (leyden_cli_get_signal () != 0)
    return LEYDEN_EXIT_OK;
  leyden_cli_on_signal (stop_cb, setup.worker);
  status = leyden_worker_run (setup.worker);
  leyden_cli_on_signal (stop_cb, NULL);
  return status;
}

static const LeydenOption options_table[] = {
  { "gateway", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "URL", N_ ("The backend or agl-server, like http://127.0.0.1:8080") },
  { "key-file", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("File whose first line is its key, mode 0600 (or the variable LEYDEN_KEY_GATEWAY)") },
  { "fingerprint", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "SHA256", N_ ("Trust this certificate of the backend, which the system does not") },
  { "insecure", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Send the key to another machine without TLS") },
  { "flow", LEYDEN_OPTION_FILE, 0, 0, TRUE, "FILE", N_ ("A flow that runs rollouts; the first one runs what names no agent") },
  { "command", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "COMMAND", N_ ("A program with arguments that runs rollouts in place of a flow, without a shell") },
  { "agent-class", LEYDEN_OPTION_TEXT, 0, 0, TRUE, "MODULE:CLASS", N_ ("A Python class that a rollout may name; others are refused") },
  { "python", LEYDEN_OPTION_FILE, 0, 0, FALSE, "PROGRAM", N_ ("What runs such classes (python3)") },
  { "env", LEYDEN_OPTION_TEXT, 0, 0, TRUE, "NAME", N_ ("A variable that env_map may set, NAME* for all that begin so (what changes no program)") },
  { "agent-url", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "URL", N_ ("The backend as agents reach it (--gateway)") },
  { "concurrency", LEYDEN_OPTION_INTEGER, 1, 10000, FALSE, "N", N_ ("Rollouts at once (8)") },
  { "name", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NAME", N_ ("How the worker is called in lists (the machine's name)") },
  { "lease", LEYDEN_OPTION_INTEGER, 2, 3600, FALSE, "S", N_ ("After so long without a sign of life its rollouts are not its own any more (60)") },
  { "poll", LEYDEN_OPTION_INTEGER, 10, 60000, FALSE, "MS", N_ ("How often it asks for more (1000)") },
  { "drain", LEYDEN_OPTION_INTEGER, 0, 86400, FALSE, "S", N_ ("What runs may take so long when the worker is told to end; then it is given back (0)") },
  { "shared", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Other workers have the same agl-server: leave alone what they run") },
  { "model", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "simulated|URL", N_ ("Where models of a flow answer that are not trained (simulated); a key is LEYDEN_KEY_MODEL") },
  { "model-name", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NAME", N_ ("Model of nodes that name none") },
  { "endpoint", LEYDEN_OPTION_TEXT, 0, 0, TRUE, "NAME=URL", N_ ("An endpoint that nodes name; its key is LEYDEN_KEY_NAME") },
  { "backend-endpoints", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Take the backend's endpoints for nodes that name them, but for those with a key") },
  { "seed", LEYDEN_OPTION_INTEGER, 0, G_MAXINT64, FALSE, "N", N_ ("Root of all that is random (42)") },
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Keep the logs of flows there (they are not kept)") },
  { "secrets-file", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Keys of models, JSON name to value, mode 0600") },
  { "approve", LEYDEN_OPTION_TEXT, 0, 0, TRUE, "HASH", N_ ("Let a flow run that command, or reach that address") },
  { "allow-unsandboxed", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Let approved commands run without a sandbox") },
  { "json", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("One line of JSON for each rollout that has ended") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_worker = {
  "worker", "", 0, 0, options_table, N_ ("Run queued rollouts of a backend or an agl-server"),
  N_ ("Of a Leyden backend rollouts are leased and come back when the worker dies; of a plain agl-server they are polled. Ends with status 0 on "
      "SIGINT and SIGTERM, after what runs was given back. It goes on when the backend restarts. See help/worker.md."),
  run,
};
