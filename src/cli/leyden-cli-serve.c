/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-cli-config.h"
#include "leyden-cli-notify.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "leyden-gateway.h"
#include "leyden-json.h"
#include "leyden-log.h"
#include "leyden-rendezvous.h"
#include "leyden-text.h"

#define MAX_TEMPERATURE 100
#define DRAIN_S 10
#define MAX_RATE 1000000000
#define MAX_RATE_SECONDS 86400

gboolean
leyden_cli_parse_listen (const char  *text,
                         char       **address,
                         guint16     *port)
{
  const char *colon = strrchr (text, ':');
  g_autofree char *host = NULL;
  guint64 number;

  if (!g_ascii_string_to_unsigned (colon == NULL ? text : colon + 1, 10, 0, G_MAXUINT16, &number, NULL))
    return FALSE;
  host = colon == NULL || colon == text ? g_strdup ("127.0.0.1") : g_strndup (text, (gsize)(colon - text));
  if (host[0] == '[' && host[strlen (host) - 1] == ']')
    {
      host[strlen (host) - 1] = '\0';
      memmove (host, host + 1, strlen (host));
    }
  else if (strchr (host, ':') != NULL)
    return FALSE;
  if (strcmp (host, "localhost") == 0)
    {
      g_free (host);
      host = g_strdup ("127.0.0.1");
    }
  if (!g_hostname_is_ip_address (host))
    return FALSE;
  *address = g_steal_pointer (&host);
  *port = (guint16)number;
  return TRUE;
}

/* {port, key, pid, version} for the program that started us. */
static gboolean
write_ready_line (LeydenGateway *gateway,
                  int            fd)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  gsize length, done = 0;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "port", leyden_gateway_get_port (gateway));
  leyden_value_builder_set_string (&b, "key", leyden_gateway_get_key (gateway));
  leyden_value_builder_set_int (&b, "pid", (gint64)getpid ());
  leyden_value_builder_set_string (&b, "version", PACKAGE_VERSION);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
  line = g_strconcat (text, "\n", NULL);
  length = strlen (line);
  while (done < length)
    {
      gssize n = write (fd, line + done, length - done);

      if (n < 0 && errno != EINTR)
        break;
      done += n < 0 ? 0 : (gsize)n;
    }
  if (fd > STDERR_FILENO)
    close (fd);
  return done == length;
}

typedef struct
{
  GMainLoop *loop;
  gboolean   ended;
} Serving;

static void
ended_cb (LeydenGateway *gateway,
          Serving       *serving)
{
  serving->ended = TRUE;
  g_main_loop_quit (serving->loop);
}

static void
signal_cb (gpointer data)
{
  Serving *serving = data;

  serving->ended = TRUE;
  g_main_loop_quit (serving->loop);
}

static gboolean
wake_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* What is under way is answered, up to the limit. (A second signal ends the program at once.) */
static void
drain (LeydenGateway *gateway,
       gint64         limit_s)
{
  gint64 until_us = g_get_monotonic_time () + limit_s * G_USEC_PER_SEC;
  guint wake;

  leyden_gateway_begin_drain (gateway);
  if (leyden_gateway_is_drained (gateway))
    return;
  if (limit_s > 0)
    leyden_cli_say (_("ending; what is under way has %d s"), (int)limit_s);
  wake = g_timeout_add (20, wake_cb, NULL);
  while (!leyden_gateway_is_drained (gateway) && g_get_monotonic_time () < until_us)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (wake);
}

static gboolean
has_session_bus (void)
{
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");
  g_autofree char *bus = runtime == NULL ? NULL : g_build_filename (runtime, "bus", NULL);

  /* Without one, asking for the key ring would start a bus. */
  return g_getenv ("DBUS_SESSION_BUS_ADDRESS") != NULL || (bus != NULL && g_file_test (bus, G_FILE_TEST_EXISTS));
}

static int
serve (LeydenArguments      *arguments,
       LeydenGatewayOptions *options)
{
  g_autoptr(LeydenGateway) gateway = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GError) error = NULL;
  gint64 ready_fd = leyden_arguments_get_integer (arguments, "ready-fd", -1);
  Serving serving = { loop, FALSE };

  leyden_cli_catch_signals ();
  leyden_notify_begin ();
  leyden_gateway_start_async (options, NULL, leyden_cli_result_cb, &result);
  /* A signal during the start waits for its end: half a migration is no clean end. */
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  gateway = leyden_gateway_start_finish (result, &error);
  if (gateway == NULL)
    return leyden_cli_fail (error);

  g_signal_connect (gateway, "ended", G_CALLBACK (ended_cb), &serving);
  leyden_cli_on_signal (signal_cb, &serving);
  if (ready_fd >= 0 && !write_ready_line (gateway, (int)ready_fd))
    {
      leyden_cli_say (_("--ready-fd %d cannot be written"), (int)ready_fd);
      leyden_gateway_stop (gateway);
      return LEYDEN_EXIT_FILE;
    }
  if (ready_fd < 0)
    leyden_cli_say (options->key_file != NULL ? _("listening on %s://%s:%u (key: that of the key file); Ctrl+C ends")
                                              : _("listening on %s://%s:%u (key: see the rendezvous file, or give --key-file); Ctrl+C ends"),
                    options->tls_cert != NULL ? "https" : "http", options->address,
                    leyden_gateway_get_port (gateway));
  leyden_notify_send ("READY=1\nSTATUS=Serving");
  leyden_notify_start_watchdog ();
  if (!serving.ended && leyden_cli_get_signal () == 0)
    g_main_loop_run (loop);
  leyden_notify_send ("STOPPING=1\nSTATUS=Ending");
  drain (gateway, leyden_arguments_get_integer (arguments, "drain", DRAIN_S));
  leyden_gateway_stop (gateway);
  g_clear_object (&result);
  return LEYDEN_EXIT_OK;
}

/* NULL is one. */
static gboolean
is_web_address (const char *text)
{
  g_autoptr(GUri) uri = text == NULL ? NULL : g_uri_parse (text, G_URI_FLAGS_NONE, NULL);

  if (text == NULL)
    return TRUE;
  return uri != NULL && g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0' && g_uri_get_userinfo (uri) == NULL
         && g_uri_get_query (uri) == NULL && (strcmp (g_uri_get_scheme (uri), "http") == 0 || strcmp (g_uri_get_scheme (uri), "https") == 0);
}

/* FALSE after a refusal. Absent: @out stays. */
static gboolean
read_temperature (LeydenArguments *arguments,
                  const char      *name,
                  double          *out)
{
  const char *text = leyden_arguments_get_text (arguments, name, NULL);
  char *end = NULL;

  if (text == NULL)
    return TRUE;
  *out = g_ascii_strtod (text, &end);
  /* Not what strtod takes besides: signs, hexadecimal, names. */
  if (g_ascii_isdigit (*text) && strspn (text, "0123456789.eE-") == strlen (text) && *end == '\0' && *out <= MAX_TEMPERATURE)
    return TRUE;
  leyden_arguments_refuse (arguments, _("--%s must be a number from 0 to %d"), name, MAX_TEMPERATURE);
  return FALSE;
}

/* "REQUESTS/SECONDS"; absent: none. FALSE after a refusal. */
static gboolean
read_rate (LeydenArguments *arguments,
           const char      *name,
           guint           *requests,
           guint           *seconds)
{
  const char *text = leyden_arguments_get_text (arguments, name, NULL);
  g_auto(GStrv) parts = text != NULL ? g_strsplit (text, "/", 3) : NULL;
  guint64 n, s;

  if (text == NULL)
    return TRUE;
  if (g_strv_length (parts) == 2 && g_ascii_string_to_unsigned (parts[0], 10, 1, MAX_RATE, &n, NULL)
      && g_ascii_string_to_unsigned (parts[1], 10, 1, MAX_RATE_SECONDS, &s, NULL))
    {
      *requests = (guint)n;
      *seconds = (guint)s;
      return TRUE;
    }
  leyden_arguments_refuse (arguments, _("--%s must be REQUESTS/SECONDS, for example 600/60: 1 to %d requests in 1 to %d seconds"), name, MAX_RATE,
                           MAX_RATE_SECONDS);
  return FALSE;
}

/* The settings of --config and of LEYDEN_SERVE_<SECTION>_<KEY>: every option but those of one start has a row. */
const LeydenSetting leyden_serve_settings[] = {
  { "server", "listen", "listen" },
  { "server", "database", "database" },
  { "server", "key-file", "key-file" },
  { "server", "secrets-file", "secrets-file" },
  { "server", "host", "host" },
  { "server", "idle-exit", "idle-exit" },
  { "server", "durability", "durability" },
  { "server", "on-unsafe-resume", "on-unsafe-resume" },
  { "server", "insecure", "insecure" },
  { "masking", "rules", "mask-rules" },
  { "limits", "key", "rate-limit" },
  { "limits", "address", "rate-limit-address" },
  { "tls", "cert", "tls-cert" },
  { "tls", "key", "tls-key" },
  { "tls", "client-ca", "client-ca" },
  { "server", "drain", "drain" },
  { "server", "min-free", "min-free" },
  { "traces", "endpoint", "trace-endpoint" },
  { "traces", "headers-file", "trace-headers-file" },
  { "traces", "service", "trace-service" },
  { "log", "format", "log-format" },
  { "log", "requests", "log-requests" },
  { "proxy", "model", "proxy-model" },
  { "proxy", "train-temperature", "train-temperature" },
  { "proxy", "val-temperature", "val-temperature" },
  { "proxy", "timeout", "proxy-timeout" },
  { "proxy", "calls", "proxy-calls" },
  { "leases", "expired", "expired-leases" },
  { "leases", "attempts", "lease-attempts" },
  { "backup", "every", "backup-every" },
  { "backup", "folder", "backup-folder" },
  { "backup", "keep", "backup-keep" },
  { "retention", "days", "retain-days" },
  { "retention", "size", "retain-size" },
  { NULL, NULL, NULL },
};

/* The options, and what they point to. */
typedef struct
{
  LeydenGatewayOptions options;
  char                *address;
  double               train_temperature;
  double               val_temperature;
  guint                min_free_mib;
} Filled;

/* Each of these gives LEYDEN_EXIT_OK, or the status of a refusal. */
static int
fill_way_in (LeydenArguments *arguments,
             Filled          *filled)
{
  LeydenGatewayOptions *options = &filled->options;
  const char *listen = leyden_arguments_get_text (arguments, "listen", "127.0.0.1:0");
  gint64 ready_fd = leyden_arguments_get_integer (arguments, "ready-fd", -1);

  if (!leyden_cli_parse_listen (listen, &filled->address, &options->port))
    {
      g_autofree char *shown = leyden_text_escape (listen, -1, 80);

      return leyden_arguments_refuse (arguments, _("--listen must be ADDRESS:PORT with a numeric address and a port from 0 to 65535, not “%s”"),
                                      shown);
    }
  if (ready_fd >= 0 && fcntl ((int)ready_fd, F_GETFD) < 0)
    return leyden_arguments_refuse (arguments, _("--ready-fd %d is not open"), (int)ready_fd);
  options->address = filled->address;
  options->hosts = leyden_arguments_get_texts (arguments, "host");
  options->key_file = leyden_arguments_get_text (arguments, "key-file", NULL);
  options->insecure = leyden_arguments_has (arguments, "insecure");
  options->tls_cert = leyden_arguments_get_text (arguments, "tls-cert", NULL);
  options->tls_key = leyden_arguments_get_text (arguments, "tls-key", NULL);
  options->client_ca = leyden_arguments_get_text (arguments, "client-ca", NULL);
  if ((options->tls_cert == NULL) != (options->tls_key == NULL))
    return leyden_arguments_refuse (arguments, _("--tls-cert and --tls-key go together"));
  if (options->client_ca != NULL && options->tls_cert == NULL)
    return leyden_arguments_refuse (arguments, _("--client-ca needs --tls-cert and --tls-key"));
  if (!read_rate (arguments, "rate-limit", &options->rate_requests, &options->rate_seconds)
      || !read_rate (arguments, "rate-limit-address", &options->address_rate_requests, &options->address_rate_seconds))
    return LEYDEN_EXIT_USAGE;
  return LEYDEN_EXIT_OK;
}

static int
fill_telling (LeydenArguments *arguments,
              Filled          *filled)
{
  LeydenGatewayOptions *options = &filled->options;
  const char *log_format = leyden_arguments_get_text (arguments, "log-format", "text");
  const char *log_requests = leyden_arguments_get_text (arguments, "log-requests", "errors");

  options->trace_endpoint = leyden_arguments_get_text (arguments, "trace-endpoint", NULL);
  if (!is_web_address (options->trace_endpoint))
    return leyden_arguments_refuse (arguments, _("--trace-endpoint must be an http or https address without user and password"));
  if (strcmp (log_format, "text") != 0 && strcmp (log_format, "json") != 0)
    return leyden_arguments_refuse (arguments, _("--log-format must be text or json"));
  if (strcmp (log_requests, "none") != 0 && strcmp (log_requests, "errors") != 0 && strcmp (log_requests, "all") != 0)
    return leyden_arguments_refuse (arguments, _("--log-requests must be none, errors or all"));
  if (strcmp (log_format, "json") == 0)
    leyden_log_set_format (LEYDEN_LOG_JSON);
  options->trace_headers_file = leyden_arguments_get_text (arguments, "trace-headers-file", NULL);
  options->trace_service = leyden_arguments_get_text (arguments, "trace-service", NULL);
  options->log_requests = log_requests;
  options->mask_rules = leyden_arguments_get_text (arguments, "mask-rules", NULL);
  return LEYDEN_EXIT_OK;
}

static int
fill_store (LeydenArguments *arguments,
            Filled          *filled)
{
  LeydenGatewayOptions *options = &filled->options;
  const char *durability = leyden_arguments_get_text (arguments, "durability", "full");

  if (strcmp (durability, "full") != 0 && strcmp (durability, "relaxed") != 0)
    return leyden_arguments_refuse (arguments, _("--durability must be full or relaxed"));
  filled->min_free_mib = (guint)leyden_arguments_get_integer (arguments, "min-free", 64);
  options->min_free_mib = &filled->min_free_mib;
  options->relaxed = strcmp (durability, "relaxed") == 0;
  options->database = leyden_arguments_get_text (arguments, "database", NULL);
  options->secrets_file = leyden_arguments_get_text (arguments, "secrets-file", NULL);
  options->use_keyring = has_session_bus ();
  options->backup_every_s = (guint)leyden_arguments_get_integer (arguments, "backup-every", 0) * 60;
  options->backup_folder = leyden_arguments_get_text (arguments, "backup-folder", NULL);
  options->backup_keep = (guint)leyden_arguments_get_integer (arguments, "backup-keep", 0);
  options->retain_days = (guint)leyden_arguments_get_integer (arguments, "retain-days", 0);
  options->retain_bytes = (guint64)leyden_arguments_get_integer (arguments, "retain-size", 0) * 1024 * 1024;
  return LEYDEN_EXIT_OK;
}

static int
fill_rollouts (LeydenArguments *arguments,
               Filled          *filled)
{
  LeydenGatewayOptions *options = &filled->options;
  const char *expired = leyden_arguments_get_text (arguments, "expired-leases", "fail");
  const char *resume = leyden_arguments_get_text (arguments, "on-unsafe-resume", "fail");

  if (strcmp (expired, "requeue") != 0 && strcmp (expired, "fail") != 0)
    return leyden_arguments_refuse (arguments, _("--expired-leases must be requeue or fail"));
  if (strcmp (resume, "rerun") != 0 && strcmp (resume, "fail") != 0)
    return leyden_arguments_refuse (arguments, _("--on-unsafe-resume must be rerun or fail"));
  filled->train_temperature = 1;
  filled->val_temperature = 0.7;
  if (!read_temperature (arguments, "train-temperature", &filled->train_temperature)
      || !read_temperature (arguments, "val-temperature", &filled->val_temperature))
    return LEYDEN_EXIT_USAGE;
  options->train_temperature = &filled->train_temperature;
  options->val_temperature = &filled->val_temperature;
  options->proxy_model = leyden_arguments_get_text (arguments, "proxy-model", NULL);
  options->proxy_timeout_ms = (guint)leyden_arguments_get_integer (arguments, "proxy-timeout", 0) * 1000;
  options->proxy_max_calls = (guint)leyden_arguments_get_integer (arguments, "proxy-calls", 0);
  options->lease_requeue = strcmp (expired, "requeue") == 0;
  options->lease_attempts = (guint)leyden_arguments_get_integer (arguments, "lease-attempts", 0);
  options->rerun_unsafe = strcmp (resume, "rerun") == 0;
  options->idle_exit_s = (guint)leyden_arguments_get_integer (arguments, "idle-exit", 0);
  return LEYDEN_EXIT_OK;
}

static int
fill_and_serve (LeydenArguments *arguments)
{
  static int (* const parts[]) (LeydenArguments *arguments, Filled *filled) = { fill_way_in, fill_telling, fill_store, fill_rollouts };
  Filled filled = { 0 };
  int status = LEYDEN_EXIT_OK;

  for (guint i = 0; status == LEYDEN_EXIT_OK && i < G_N_ELEMENTS (parts); i++)
    status = parts[i] (arguments, &filled);
  if (status == LEYDEN_EXIT_OK && geteuid () == 0)
    leyden_cli_say (_("running as root; a user of its own would do"));
  if (status == LEYDEN_EXIT_OK)
    status = serve (arguments, &filled.options);
  g_free (filled.address);
  return status;
}

static int
run (LeydenArguments *arguments)
{
  int status = leyden_config_complete (arguments, leyden_serve_settings, LEYDEN_SERVE_PREFIX);

  return status != LEYDEN_EXIT_OK ? status : fill_and_serve (arguments);
}

static const LeydenOption options_table[] = {
  { "config", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Settings ([section], key = value); what stands here wins over them") },
  { "listen", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "ADDRESS:PORT", N_ ("Where to listen (127.0.0.1:0; port 0: a free one)") },
  { "database", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Database (the user's own)") },
  { "key-file", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("File whose first line is the key, mode 0600 (a random key)") },
  { "secrets-file", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Keys of models, JSON name to value, mode 0600") },
  { "ready-fd", LEYDEN_OPTION_INTEGER, 0, 1023, FALSE, "N", N_ ("Write one line {port, key, pid, version} there when ready") },
  { "host", LEYDEN_OPTION_TEXT, 0, 0, TRUE, "NAME", N_ ("A further Host that is answered") },
  { "idle-exit", LEYDEN_OPTION_INTEGER, 0, 86400, FALSE, "S", N_ ("End after S seconds without client and run (0: never)") },
  { "durability", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "full|relaxed", N_ ("Whether acknowledged means synced (full)") },
  { "on-unsafe-resume", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "rerun|fail", N_ ("Effects in doubt of runs that go on (fail)") },
  { "drain", LEYDEN_OPTION_INTEGER, 0, 86400, FALSE, "S", N_ ("How long what is under way may take at the end (10)") },
  { "min-free", LEYDEN_OPTION_INTEGER, 0, 1073741824, FALSE, "MIB", N_ ("Less room on the disk, in MiB: not ready (64)") },
  { "trace-endpoint", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "URL", N_ ("Send rollouts as traces to this OTLP collector (http://HOST:4318)") },
  { "trace-headers-file", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Headers for it, “Name: value” a line, mode 0600") },
  { "trace-service", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NAME", N_ ("service.name of the traces (leyden)") },
  { "log-format", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "text|json", N_ ("Lines for people, or for machines (text)") },
  { "log-requests", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "none|errors|all", N_ ("Which requests are logged (errors: answered with 500 or more)") },
  { "proxy-model", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "NAME", N_ ("The model that is trained: what agents' calls ask for (Qwen/Qwen2.5-7B-Instruct)") },
  { "train-temperature", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "T", N_ ("Its temperature in training (1)") },
  { "val-temperature", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "T", N_ ("Its temperature in validation (0.7)") },
  { "proxy-timeout", LEYDEN_OPTION_INTEGER, 1, 86400, FALSE, "S", N_ ("How long one try of such a call may take (300)") },
  { "proxy-calls", LEYDEN_OPTION_INTEGER, 1, 1000000, FALSE, "N", N_ ("Such calls at once; more are asked to come again (16384)") },
  { "tls-cert", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Serve HTTPS with this certificate and its chain (PEM)") },
  { "tls-key", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Its key (PEM), mode 0600") },
  { "client-ca", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("Clients must have a certificate of one of these authorities (PEM)") },
  { "expired-leases", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "requeue|fail", N_ ("Rollouts whose worker did not come back (fail)") },
  { "lease-attempts", LEYDEN_OPTION_INTEGER, 1, 1000, FALSE, "N", N_ ("How many workers may take a rollout that is queued again (3)") },
  { "backup-every", LEYDEN_OPTION_INTEGER, 1, 525600, FALSE, "MINUTES", N_ ("Make and check a backup so often (only on request)") },
  { "backup-folder", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FOLDER", N_ ("Where to (beside the database)") },
  { "backup-keep", LEYDEN_OPTION_INTEGER, 1, 10000, FALSE, "N", N_ ("How many of them to keep (7)") },
  { "retain-days", LEYDEN_OPTION_INTEGER, 1, 36500, FALSE, "N", N_ ("Remove what ended so many days ago (nothing)") },
  { "retain-size", LEYDEN_OPTION_INTEGER, 1, 1 << 30, FALSE, "MIB", N_ ("Remove the oldest that has ended until the database is no larger (nothing)") },
  { "rate-limit", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "REQUESTS/SECONDS", N_ ("What a key may ask for in so long (as much as it likes)") },
  { "rate-limit-address", LEYDEN_OPTION_TEXT, 0, 0, FALSE, "REQUESTS/SECONDS", N_ ("The same of an address (as much as it likes)") },
  { "mask-rules", LEYDEN_OPTION_FILE, 0, 0, FALSE, "FILE", N_ ("What is masked before it is stored, as JSON (keys and tokens)") },
  { "insecure", LEYDEN_OPTION_FLAG, 0, 0, FALSE, NULL, N_ ("Allow an address that others reach, without TLS") },
  { NULL, 0, 0, 0, FALSE, NULL, NULL },
};

const LeydenCommand leyden_command_serve = {
  "serve", "", 0, 0, options_table, N_ ("Be the backend that windows and programs speak to"),
  N_ ("Ends with status 0 on SIGINT and SIGTERM. Unfinished runs go on at the next start. Clients find it through "
      "$XDG_RUNTIME_DIR/leyden/backend.json."),
  run,
};
