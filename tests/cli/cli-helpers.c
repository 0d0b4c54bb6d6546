/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli-helpers.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "leyden-http-client.h"
#include "leyden-json.h"

#define WAIT_S 60

/* ---- Sandbox ---- */

void
sandbox_set_up (Sandbox *self)
{
  static const char * const folders[] = { "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR",
                                          "HOME", "TMPDIR" };
  g_autoptr(GError) error = NULL;

  self->root = g_dir_make_tmp ("leyden-test-XXXXXX", &error);
  g_assert_no_error (error);
  self->said = NULL;
  self->environ = g_get_environ ();
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (self->root, folders[i], NULL);

      g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
      self->environ = g_environ_setenv (self->environ, folders[i], path, TRUE);
    }
  self->environ = g_environ_unsetenv (self->environ, "DBUS_SESSION_BUS_ADDRESS");
  self->environ = g_environ_unsetenv (self->environ, "LEYDEN_RENDEZVOUS_FOLDER");
  self->leydenctl = g_test_build_filename (G_TEST_BUILT, "..", "src", "leydenctl", NULL);
  g_assert_true (g_file_test (self->leydenctl, G_FILE_TEST_IS_EXECUTABLE));
}

void
sandbox_remove (const char *path)
{
  g_autoptr(GDir) folder = NULL;
  const char *name;

  if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    {
      folder = g_dir_open (path, 0, NULL);
      while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);

          sandbox_remove (child);
        }
    }
  g_remove (path);
}

void
sandbox_tear_down (Sandbox *self)
{
  sandbox_remove (self->root);
  g_free (self->root);
  g_free (self->leydenctl);
  g_free (self->said);
  g_strfreev (self->environ);
}

char *
sandbox_path (Sandbox    *self,
              const char *name)
{
  return g_build_filename (self->root, name, NULL);
}

char *
sandbox_write (Sandbox    *self,
               const char *name,
               const char *text,
               gssize      length)
{
  g_autoptr(GError) error = NULL;
  char *path = sandbox_path (self, name);

  g_file_set_contents (path, text, length, &error);
  g_assert_no_error (error);
  return path;
}

char *
sample_path (const char *name)
{
  return g_build_filename (g_getenv ("LEYDEN_SOURCE_ROOT"), "data", "samples", name, NULL);
}

/* ---- Waiting ---- */

void
spin_result_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  *(GAsyncResult **)data = g_object_ref (result);
}

static gboolean
too_long_cb (gpointer data)
{
  g_error ("Nothing came in %d s", WAIT_S);
  return G_SOURCE_REMOVE;
}

void
spin (GAsyncResult **result)
{
  guint timeout = g_timeout_add_seconds (WAIT_S, too_long_cb, NULL);

  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timeout);
}

static gboolean
wake_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

void
wait_until (gboolean (*done) (gpointer data),
            gpointer data)
{
  guint timeout = g_timeout_add_seconds (WAIT_S, too_long_cb, NULL);
  guint wake = g_timeout_add (20, wake_cb, NULL);

  while (!done (data))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timeout);
  g_source_remove (wake);
}

/* ---- Programs ---- */

void
outcome_free (Outcome *self)
{
  g_free (self->out);
  g_free (self->err);
  g_free (self);
}

static int
exit_status (GSubprocess *process)
{
  return g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process) : 128 + g_subprocess_get_term_sig (process);
}

/* No program outlives a test that fails. */
static void
die_with_parent_cb (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocessLauncher *
make_launcher (Sandbox          *self,
               GSubprocessFlags  flags)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (flags);

  g_subprocess_launcher_set_child_setup (launcher, die_with_parent_cb, NULL, NULL);

  g_subprocess_launcher_set_environ (launcher, self->environ);
  return launcher;
}

static char *
take_text (GBytes *bytes,
           gsize  *length)
{
  gsize n = bytes == NULL ? 0 : g_bytes_get_size (bytes);
  char *text = g_malloc (n + 1);

  if (n > 0)
    memcpy (text, g_bytes_get_data (bytes, NULL), n);
  text[n] = '\0';
  if (length != NULL)
    *length = n;
  g_clear_pointer (&bytes, g_bytes_unref);
  return text;
}

Outcome *
sandbox_run_argv (Sandbox            *self,
                  const char * const *argv)
{
  g_autoptr(GSubprocessLauncher) launcher = make_launcher (self, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  GBytes *out = NULL, *err = NULL;
  Outcome *outcome = g_new0 (Outcome, 1);

  process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_async (process, NULL, NULL, spin_result_cb, &result);
  spin (&result);
  g_subprocess_communicate_finish (process, result, &out, &err, &error);
  g_assert_no_error (error);
  outcome->status = exit_status (process);
  outcome->out = take_text (out, &outcome->out_length);
  outcome->err = take_text (err, NULL);
  /* Never a crash, whatever came in: 134 SIGABRT, 136 SIGFPE, 139 SIGSEGV. */
  if (outcome->status == 134 || outcome->status == 136 || outcome->status == 139)
    g_error ("leydenctl crashed:\n%s", outcome->err);
  return outcome;
}

static GPtrArray *
collect_arguments (Sandbox *self,
                   va_list  args)
{
  GPtrArray *argv = g_ptr_array_new ();
  const char *argument;

  g_ptr_array_add (argv, self->leydenctl);
  while ((argument = va_arg (args, const char *)) != NULL)
    g_ptr_array_add (argv, (char *)argument);
  g_ptr_array_add (argv, NULL);
  return argv;
}

Outcome *
sandbox_run (Sandbox *self,
             ...)
{
  g_autoptr(GPtrArray) argv = NULL;
  va_list args;

  va_start (args, self);
  argv = collect_arguments (self, args);
  va_end (args);
  return sandbox_run_argv (self, (const char * const *)argv->pdata);
}

GPtrArray *
outcome_lines (Outcome *self)
{
  GPtrArray *values = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  g_auto(GStrv) lines = g_strsplit (self->out, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autoptr(GError) error = NULL;

      if (*lines[i] == '\0')
        continue;
      g_ptr_array_add (values, leyden_json_parse (lines[i], -1, NULL, &error));
      g_assert_no_error (error);
    }
  return values;
}

/* ---- Servers ---- */

static void
read_ready_line (Server *self,
                 int     fd)
{
  g_autoptr(GString) line = g_string_new (NULL);
  g_autoptr(LeydenValue) value = NULL;
  char c;

  while (read (fd, &c, 1) == 1 && c != '\n')
    g_string_append_c (line, c);
  close (fd);
  value = leyden_json_parse (line->str, (gssize)line->len, NULL, NULL);
  g_assert_nonnull (value);
  self->port = (guint16)leyden_value_get_member_int (value, "port", 0);
  self->pid = leyden_value_get_member_int (value, "pid", 0);
  self->key = g_strdup (leyden_value_get_member_string (value, "key", ""));
  g_assert_cmpint (self->port, >, 0);
}

Server *
sandbox_serve (Sandbox *self,
               ...)
{
  g_autoptr(GSubprocessLauncher) launcher = make_launcher (self, G_SUBPROCESS_FLAGS_NONE);
  g_autoptr(GPtrArray) argv = NULL;
  g_autoptr(GError) error = NULL;
  Server *server = g_new0 (Server, 1);
  va_list args;
  int fds[2];

  g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, NULL));
  va_start (args, self);
  argv = collect_arguments (self, args);
  va_end (args);
  g_ptr_array_insert (argv, 1, (char *)"serve");
  g_ptr_array_insert (argv, 2, (char *)"--ready-fd=3");
  g_subprocess_launcher_take_fd (launcher, fds[1], 3);
  if (self->said != NULL)
    g_subprocess_launcher_set_stderr_file_path (launcher, self->said);
  server->sandbox = self;
  server->process = g_subprocess_launcher_spawnv (launcher, (const char * const *)argv->pdata, &error);
  g_assert_no_error (error);
  g_clear_object (&launcher);
  read_ready_line (server, fds[0]);
  return server;
}

int
server_wait (Server *self)
{
  g_autoptr(GAsyncResult) result = NULL;
  int status;

  g_subprocess_wait_async (self->process, NULL, spin_result_cb, &result);
  spin (&result);
  g_subprocess_wait_finish (self->process, result, NULL);
  status = exit_status (self->process);
  g_object_unref (self->process);
  g_free (self->key);
  g_free (self);
  return status;
}

int
server_end (Server *self,
            int     signal_number)
{
  g_subprocess_send_signal (self->process, signal_number);
  return server_wait (self);
}

char *
server_uri (Server     *self,
            const char *path)
{
  return g_strdup_printf ("http://127.0.0.1:%u%s", self->port, path);
}

static LeydenValue *
send_request (Server            *self,
              LeydenHttpRequest *request,
              guint             *status)
{
  g_autoptr(LeydenHttpClient) client = leyden_http_client_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) body = NULL;
  g_autoptr(GError) error = NULL;

  leyden_http_request_set_bearer (request, self->key);
  leyden_http_client_send_async (client, request, NULL, spin_result_cb, &result);
  spin (&result);
  body = leyden_http_client_send_finish (client, result, &error);
  g_assert_no_error (error);
  if (status != NULL)
    *status = leyden_http_request_get_status (request);
  return g_bytes_get_size (body) == 0 ? NULL : leyden_json_parse_bytes (body, NULL, NULL);
}

LeydenValue *
server_ask (Server      *self,
            const char  *method,
            const char  *path,
            LeydenValue *body,
            guint       *status)
{
  g_autofree char *uri = server_uri (self, path);
  g_autoptr(LeydenHttpRequest) request = leyden_http_request_new (method, uri);

  if (body != NULL)
    leyden_http_request_set_json (request, body);
  return send_request (self, request, status);
}

LeydenValue *
server_ask_text (Server     *self,
                 const char *method,
                 const char *path,
                 const char *body,
                 guint      *status)
{
  g_autofree char *uri = server_uri (self, path);
  g_autoptr(LeydenHttpRequest) request = leyden_http_request_new (method, uri);
  g_autoptr(GBytes) bytes = g_bytes_new (body, strlen (body));

  leyden_http_request_set_body (request, "application/json", bytes);
  return send_request (self, request, status);
}

LeydenValue *
server_expect (Server     *self,
               guint       expected,
               const char *method,
               const char *path,
               const char *body)
{
  guint status = 0;
  LeydenValue *answer = body != NULL ? server_ask_text (self, method, path, body, &status) : server_ask (self, method, path, NULL, &status);

  if (status != expected)
    g_error ("%s %s %.200s: %u %s", method, path, body != NULL ? body : "", status, leyden_value_get_member_string (answer, "detail", "?"));
  return answer;
}

LeydenValue *
value_at (LeydenValue *value,
          const char  *pointer)
{
  return leyden_value_lookup_pointer (value, pointer);
}

const char *
value_text_at (LeydenValue *value,
               const char  *pointer)
{
  return leyden_value_get_string (value_at (value, pointer), NULL);
}

char *
server_upload (Server     *self,
               const char *path)
{
  g_autofree char *text = NULL;
  g_autofree char *sha256 = NULL;
  g_autofree char *route = NULL;
  g_autofree char *uri = NULL;
  g_autoptr(LeydenHttpRequest) request = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(GBytes) bytes = NULL;
  gsize length;
  guint status;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  bytes = g_bytes_new (text, length);
  sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  route = g_strconcat ("/leyden/v1/blobs/", sha256, NULL);
  uri = server_uri (self, route);
  request = leyden_http_request_new ("PUT", uri);
  leyden_http_request_set_body (request, "application/octet-stream", bytes);
  answer = send_request (self, request, &status);
  g_assert_true (status == 201 || status == 200);
  return g_steal_pointer (&sha256);
}

LeydenValue *
sample_run (const char *dataset_sha256,
            int         limit,
            const char *pace,
            const char *client_id)
{
  g_autofree char *path = sample_path ("calculator-agent.leyden");
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) flow = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  flow = leyden_json_parse (text, -1, NULL, NULL);
  g_assert_nonnull (flow);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "flow", flow);
  leyden_value_builder_key (&b, "dataset");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "sha256", dataset_sha256);
  leyden_value_builder_set_string (&b, "name", "arithmetic.jsonl");
  if (limit > 0)
    leyden_value_builder_set_int (&b, "limit", limit);
  leyden_value_builder_end (&b);
  leyden_value_builder_set_string (&b, "pace", pace);
  leyden_value_builder_set_int (&b, "concurrency", 16);
  leyden_value_builder_set_int (&b, "seed", 7);
  if (client_id != NULL)
    leyden_value_builder_set_string (&b, "client_id", client_id);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

typedef struct
{
  Server      *server;
  const char  *path;
  LeydenValue *run;
} Waiting;

static gboolean
run_ended (gpointer data)
{
  Waiting *waiting = data;

  g_clear_pointer (&waiting->run, leyden_value_unref);
  waiting->run = server_ask (waiting->server, "GET", waiting->path, NULL, NULL);
  return g_strcmp0 (leyden_value_get_member_string (waiting->run, "state", "running"), "running") != 0;
}

LeydenValue *
server_wait_run (Server     *self,
                 const char *run)
{
  g_autofree char *path = g_strconcat ("/leyden/v1/runs/", run, NULL);
  Waiting waiting = { self, path, NULL };

  wait_until (run_ended, &waiting);
  return waiting.run;
}

/* ---- Bytes on a socket ---- */

char *
server_raw (Server     *self,
            const char *bytes,
            gssize      length)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GSocketConnection) connection = NULL;
  g_autoptr(GString) answer = g_string_new (NULL);
  GOutputStream *output;
  GSocket *socket;
  char buffer[4096];
  gssize n;

  connection = g_socket_client_connect_to_host (client, "127.0.0.1", self->port, NULL, NULL);
  g_assert_nonnull (connection);
  socket = g_socket_connection_get_socket (connection);
  g_socket_set_timeout (socket, 5);
  output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  /* A server that refuses early may have closed already. */
  g_output_stream_write_all (output, bytes, length < 0 ? strlen (bytes) : (gsize)length, NULL, NULL, NULL);
  while ((n = g_socket_receive (socket, buffer, sizeof buffer, NULL, NULL)) > 0)
    g_string_append_len (answer, buffer, n);
  return g_string_free (g_steal_pointer (&answer), FALSE);
}

guint
raw_status (const char *answer)
{
  return g_str_has_prefix (answer, "HTTP/1.") && strlen (answer) > 12 ? (guint)g_ascii_strtoull (answer + 9, NULL, 10) : 0;
}
