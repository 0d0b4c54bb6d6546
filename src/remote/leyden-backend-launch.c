/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

#include "leyden-remote-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

#include "leyden-json.h"
#include "leyden-text.h"

/* A cold start reads, migrates and recovers a database first. */
#define READY_TIMEOUT_S 30
/* The descriptor in the child; any number over the standard ones does. */
#define READY_FD 3
/* What of the backend's messages goes into an error. */
#define MAX_MESSAGE 400

typedef struct
{
  char             *program;            /* as set, or where it was found */
  char             *folder;             /* of the rendezvous file, nullable */
  GPtrArray        *arguments;          /* without the program */
  int               read_fd;            /* of the ready line; -1: none, or given away */
  GSubprocess      *subprocess;
  GDataInputStream *ready;
  char             *log;                /* where its standard error goes */
  GSource          *timeout;
  GCancellable     *cancellable;        /* ends the reading */
  gboolean          timed_out;
} Launch;

static void
launch_free (Launch *self)
{
  if (self->timeout != NULL)
    g_source_destroy (self->timeout);
  g_clear_pointer (&self->timeout, g_source_unref);
  g_clear_object (&self->subprocess);
  g_clear_object (&self->ready);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->arguments, g_ptr_array_unref);
  if (self->read_fd >= 0)
    close (self->read_fd);
  g_free (self->program);
  g_free (self->folder);
  g_free (self->log);
  g_free (self);
}

static char *
find_beside_program (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = NULL;
  g_autofree char *path = NULL;

  if (self == NULL)
    return NULL;
  folder = g_path_get_dirname (self);
  path = g_build_filename (folder, "leydenctl", NULL);
  return g_file_test (path, G_FILE_TEST_IS_EXECUTABLE) ? g_steal_pointer (&path) : NULL;
}

static char *
find_program (void)
{
  char *path = find_beside_program ();

  if (path == NULL && g_file_test (BIN_DIR "/leydenctl", G_FILE_TEST_IS_EXECUTABLE))
    path = g_strdup (BIN_DIR "/leydenctl");
  return path;
}

/* Own session: signals of the window's terminal do not reach it. Only async-signal-safe calls here. */
static void
child_setup_cb (gpointer data)
{
  (void)setsid ();
}

static GPtrArray *
make_arguments (LeydenBackend *self)
{
  GPtrArray *arguments = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (arguments, g_strdup ("serve"));
  g_ptr_array_add (arguments, g_strdup_printf ("--listen=127.0.0.1:%u", self->port));
  g_ptr_array_add (arguments, g_strdup_printf ("--idle-exit=%u", self->idle_exit_s));
  g_ptr_array_add (arguments, g_strdup_printf ("--ready-fd=%d", READY_FD));
  if (self->database != NULL)
    g_ptr_array_add (arguments, g_strdup_printf ("--database=%s", self->database));
  if (self->key_file != NULL)
    g_ptr_array_add (arguments, g_strdup_printf ("--key-file=%s", self->key_file));
  g_ptr_array_add (arguments, NULL);
  return arguments;
}

/* Standard error goes to a file of its own, since the process outlives every pipe of ours. */
static char *
make_log_path (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_state_dir (), "leyden", NULL);
  char *path;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    return NULL;
  path = g_build_filename (folder, "backend.log", NULL);
  return path;
}

static GSubprocess *
spawn (Launch  *launch,
       int      write_fd,
       GError **error)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);

  g_ptr_array_insert (launch->arguments, 0, g_strdup (launch->program));
  g_subprocess_launcher_set_child_setup (launcher, child_setup_cb, NULL, NULL);
  if (launch->folder != NULL)
    g_subprocess_launcher_setenv (launcher, "LEYDEN_RENDEZVOUS_FOLDER", launch->folder, TRUE);
  g_subprocess_launcher_take_fd (launcher, write_fd, READY_FD);
  if (launch->log != NULL)
    {
      /* Old starts are no news. Two backends of two databases may share it. */
      int fd = g_open (launch->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);

      if (fd >= 0)
        g_subprocess_launcher_take_stderr_fd (launcher, fd);
    }
  return g_subprocess_launcher_spawnv (launcher, (const char * const *)launch->arguments->pdata, error);
}

/* Looking for the program, making the folder of the log and starting wait for the disk. */
static void
start_in_thread (GTask        *task,
                 gpointer      source,
                 gpointer      data,
                 GCancellable *cancellable)
{
  Launch *launch = data;
  g_autoptr(GError) error = NULL;
  int fds[2];

  if (launch->program == NULL)
    launch->program = find_program ();
  if (launch->program == NULL)
    {
      g_task_return_new_error (task, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_START,
                               _("The program leydenctl was found neither beside this one nor in %s"), BIN_DIR);
      return;
    }
  if (!g_unix_open_pipe (fds, FD_CLOEXEC, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  launch->read_fd = fds[0];
  launch->log = make_log_path ();
  launch->subprocess = spawn (launch, fds[1], &error);
  if (launch->subprocess == NULL)
    g_task_return_new_error (task, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_START, _("The backend could not be started: %s"),
                             error->message);
  else
    g_task_return_boolean (task, TRUE);
}

/* The last line that the process wrote, for the message. */
static char *
dup_last_words (char *text)
{
  char *line;

  g_strchomp (text);
  line = strrchr (text, '\n');
  line = line == NULL ? text : line + 1;
  return *line == '\0' ? NULL : leyden_text_escape (line, -1, MAX_MESSAGE);
}

static void
log_read_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autofree char *text = NULL;
  g_autofree char *words = NULL;

  if (g_file_load_contents_finish (G_FILE (object), result, &text, NULL, NULL, NULL))
    words = dup_last_words (text);
  g_task_return_new_error (task, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_START, _("The backend could not be started: %s"),
                           words == NULL ? _("it ended without a message") : words);
}

static void
return_start_error (GTask  *task,
                    Launch *launch)
{
  g_autoptr(GFile) file = NULL;

  if (launch->timed_out)
    {
      g_task_return_new_error (task, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_START, _("The backend did not get ready within %d s"),
                               READY_TIMEOUT_S);
      return;
    }
  /* Without a folder for it there is none, and then none can be read. */
  file = g_file_new_for_path (launch->log != NULL ? launch->log : "");
  g_file_load_contents_async (file, NULL, log_read_cb, g_object_ref (task));
}

static LeydenRendezvous *
parse_ready_line (const char *line)
{
  g_autoptr(LeydenValue) value = leyden_json_parse (line, -1, NULL, NULL);
  g_autoptr(LeydenRendezvous) found = NULL;
  gint64 port;

  if (value == NULL)
    return NULL;
  port = leyden_value_get_member_int (value, "port", 0);
  if (port < 1 || port > G_MAXUINT16)
    return NULL;
  found = g_new0 (LeydenRendezvous, 1);
  found->address = g_strdup ("127.0.0.1");
  found->port = (guint16)port;
  found->key = g_strdup (leyden_value_get_member_string (value, "key", NULL));
  found->pid = leyden_value_get_member_int (value, "pid", 0);
  found->version = g_strdup (leyden_value_get_member_string (value, "version", ""));
  return found->key == NULL ? NULL : g_steal_pointer (&found);
}

static void
ready_line_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(LeydenRendezvous) found = NULL;
  g_autofree char *line = NULL;
  Launch *launch = g_task_get_task_data (task);

  g_source_destroy (launch->timeout);
  line = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (object), result, NULL, NULL);
  if (line != NULL)
    found = parse_ready_line (line);

  if (found != NULL)
    g_task_return_pointer (task, g_steal_pointer (&found), (GDestroyNotify)leyden_rendezvous_free);
  else
    {
      /* It may still come up later, unknown to us: end what we started. */
      g_subprocess_send_signal (launch->subprocess, SIGTERM);
      return_start_error (task, launch);
    }
}

static gboolean
timeout_cb (gpointer data)
{
  Launch *launch = data;

  launch->timed_out = TRUE;
  g_cancellable_cancel (launch->cancellable);
  return G_SOURCE_REMOVE;
}

static void
cancelled_cb (GCancellable *cancellable,
              gpointer      data)
{
  g_cancellable_cancel (G_CANCELLABLE (data));
}

static void
watch_ready (GTask  *task,
             Launch *launch)
{
  g_autoptr(GInputStream) input = g_unix_input_stream_new (launch->read_fd, TRUE);
  GCancellable *outer = g_task_get_cancellable (task);

  launch->read_fd = -1;
  launch->ready = g_data_input_stream_new (input);
  launch->cancellable = g_cancellable_new ();
  if (outer != NULL)
    g_signal_connect_object (outer, "cancelled", G_CALLBACK (cancelled_cb), launch->cancellable, 0);
  launch->timeout = g_timeout_source_new_seconds (READY_TIMEOUT_S);
  g_source_set_callback (launch->timeout, timeout_cb, launch, NULL);
  g_source_attach (launch->timeout, g_task_get_context (task));
  g_data_input_stream_read_line_async (launch->ready, G_PRIORITY_DEFAULT, launch->cancellable, ready_line_cb, g_object_ref (task));
}

static void
started_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Launch *launch = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_error (task, error);
  else if (g_task_return_error_if_cancelled (task))
    g_subprocess_send_signal (launch->subprocess, SIGTERM);
  else
    watch_ready (task, launch);
}

void
leyden_backend_launch_async (LeydenBackend       *self,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  g_autoptr(GTask) start = NULL;
  Launch *launch = g_new0 (Launch, 1);

  launch->program = g_strdup (self->program);
  launch->folder = g_strdup (self->folder);
  launch->arguments = make_arguments (self);
  launch->read_fd = -1;
  g_task_set_source_tag (task, leyden_backend_launch_async);
  g_task_set_task_data (task, launch, (GDestroyNotify)launch_free);
  /* Not cancelled: a process that was started has to be known, if only to be ended. */
  start = g_task_new (self, NULL, started_cb, task);
  g_task_set_source_tag (start, start_in_thread);
  g_task_set_task_data (start, launch, NULL);
  g_task_run_in_thread (start, start_in_thread);
}

LeydenRendezvous *
leyden_backend_launch_finish (LeydenBackend  *self,
                              GAsyncResult   *result,
                              GSubprocess   **subprocess,
                              GError        **error)
{
  LeydenRendezvous *found;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  found = g_task_propagate_pointer (G_TASK (result), error);
  if (found != NULL && subprocess != NULL)
    *subprocess = g_object_ref (((Launch *)g_task_get_task_data (G_TASK (result)))->subprocess);
  return found;
}
