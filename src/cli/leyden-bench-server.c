/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-bench-server.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "leyden-bench-load.h"
#include "leyden-cli.h"
#include "leyden-json.h"
#include "leyden-text.h"

void
leyden_bench_remove_folder (const char *path)
{
  g_autoptr(GDir) folder = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    folder = g_dir_open (path, 0, NULL);
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      leyden_bench_remove_folder (child);
    }
  g_remove (path);
}

/* It does not outlive a benchmark that is killed. */
static void
die_with_parent_cb (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static gboolean
read_ready_line (LeydenBenchServer  *self,
                 int                 fd,
                 GError            **error)
{
  g_autoptr(GString) line = g_string_new (NULL);
  g_autoptr(LeydenValue) value = NULL;
  char c;

  while (read (fd, &c, 1) == 1 && c != '\n')
    g_string_append_c (line, c);
  value = leyden_json_parse (line->str, (gssize)line->len, NULL, NULL);
  if (value == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, _("The server to be measured did not start"));
      return FALSE;
    }
  self->port = (guint16)leyden_value_get_member_int (value, "port", 0);
  self->pid = leyden_value_get_member_int (value, "pid", 0);
  self->key = g_strdup (leyden_value_get_member_string (value, "key", ""));
  return TRUE;
}

LeydenBenchServer *
leyden_bench_server_start (GError **error)
{
  return leyden_bench_server_start_over (NULL, NULL, error);
}

LeydenBenchServer *
leyden_bench_server_start_over (LeydenBenchFill   fill,
                                gpointer          data,
                                GError          **error)
{
  g_autoptr(LeydenBenchServer) self = g_new0 (LeydenBenchServer, 1);
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree char *program = NULL;
  g_autofree char *database = NULL;
  gboolean ready;
  int fds[2];

  self->prefix = "";
  self->folder = g_dir_make_tmp ("leyden-bench-XXXXXX", error);
  program = self->folder == NULL ? NULL : g_file_read_link ("/proc/self/exe", error);
  if (program == NULL || !g_unix_open_pipe (fds, FD_CLOEXEC, error))
    return NULL;
  database = g_build_filename (self->folder, "bench.db", NULL);
  if (fill != NULL && !fill (database, data, error))
    {
      close (fds[0]);
      close (fds[1]);
      return NULL;
    }
  /* Neither the user's folders nor the window's backend are touched. */
  g_subprocess_launcher_setenv (launcher, "LEYDEN_RENDEZVOUS_FOLDER", self->folder, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_RUNTIME_DIR", self->folder, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_STATE_HOME", self->folder, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", self->folder, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_CONFIG_HOME", self->folder, TRUE);
  g_subprocess_launcher_unsetenv (launcher, "DBUS_SESSION_BUS_ADDRESS");
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent_cb, NULL, NULL);
  g_subprocess_launcher_take_fd (launcher, fds[1], 3);
  self->process = g_subprocess_launcher_spawn (launcher, error, program, "serve", "--ready-fd=3", "--database", database, NULL);
  g_clear_object (&launcher);
  ready = self->process != NULL && read_ready_line (self, fds[0], error);
  close (fds[0]);
  return ready ? g_steal_pointer (&self) : NULL;
}

LeydenBenchServer *
leyden_bench_server_beside (const char *uri,
                            gint64      pid,
                            const char *key)
{
  g_autoptr(GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  LeydenBenchServer *self;

  if (parsed == NULL || g_strcmp0 (g_uri_get_host (parsed), "127.0.0.1") != 0 || g_uri_get_port (parsed) <= 0
      || g_strcmp0 (g_uri_get_scheme (parsed), "http") != 0)
    return NULL;
  self = g_new0 (LeydenBenchServer, 1);
  self->prefix = "beside/";
  self->port = (guint16)g_uri_get_port (parsed);
  self->pid = pid;
  self->key = g_strdup (key);
  return self;
}

void
leyden_bench_server_free (LeydenBenchServer *self)
{
  if (self->process != NULL)
    {
      g_subprocess_send_signal (self->process, SIGTERM);
      g_subprocess_wait (self->process, NULL, NULL);
    }
  g_clear_object (&self->process);
  if (self->folder != NULL)
    leyden_bench_remove_folder (self->folder);
  g_free (self->folder);
  g_free (self->key);
  g_free (self);
}

LeydenValue *
leyden_bench_server_ask (LeydenBenchServer *self,
                         const char        *path,
                         const char        *body,
                         double            *ms)
{
  g_autoptr(GString) request = g_string_new (NULL);
  g_autoptr(GString) answer = g_string_new (NULL);
  gint64 begin_us = g_get_monotonic_time ();
  LeydenValue *value = NULL;
  guint status;

  leyden_load_write (request, self->port, self->key, body != NULL ? "POST" : "GET", path, body, body != NULL ? strlen (body) : 0);
  status = leyden_load_ask (self->port, request, answer);
  *ms = (double) (g_get_monotonic_time () - begin_us) / 1000;
  if (status == 200)
    value = leyden_json_parse (answer->str, (gssize) answer->len, NULL, NULL);
  if (value == NULL)
    leyden_cli_say ("%s: %u %s", path, status, answer->str);
  return value;
}

double
leyden_bench_server_cpu_us (LeydenBenchServer *self)
{
  struct timespec time;
  clockid_t clock;

  if (self->pid == 0 || clock_getcpuclockid ((pid_t)self->pid, &clock) != 0 || clock_gettime (clock, &time) != 0)
    return 0;
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

double
leyden_bench_server_rss_mib (LeydenBenchServer *self)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/status", self->pid);
  g_autofree char *text = NULL;
  const char *line;

  if (self->pid == 0 || !g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  line = strstr (text, "VmRSS:");
  return line == NULL ? 0 : g_ascii_strtod (line + strlen ("VmRSS:"), NULL) / 1024;
}
