/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include "leyden-process.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define BLOCK 16384
#define MAX_LINE 4096
#define MAX_LINES 2000
#define MAX_ERRORS 16384
#define WATCH_MS 100
/* Whoever still holds a pipe after everything was killed is not waited for. */
#define GRACE_MS 2000

G_DEFINE_QUARK (leyden-process-error-quark, leyden_process_error)

/* Of standard output or error. */
typedef struct
{
  GTask        *task;           /* borrowed */
  const char   *name;
  GInputStream *stream;
  GByteArray   *all;
  GString      *line;
  gboolean      cut;            /* the rest of the present line is left out */
  gboolean      ended;
} Pipe;

/*
 *  started ─► pipes read, processes counted ─► both pipes at their end and the process gone ─► done
 *     │ cancel, time-out, too much                          ▲
 *     └────────────► everything killed ─────────────────────┘ (at most GRACE_MS later)
 */
typedef struct
{
  LeydenProcessSpec  spec;
  GSubprocess       *process;
  guint              pid;
  GCancellable      *reading;
  Pipe               out;
  Pipe               err;
  GSource           *clock;
  GSource           *watch;
  GSource           *grace;
  GSource           *cancelled;
  GError            *error;
  guint              n_lines;
  guint              n_open;            /* asynchronous calls under way */
  gboolean           exited;
  gboolean           returned;
} Run;

/* What the child sets up, between fork and exec: only calls that are safe there. In memory that both see, so that the child can tell its
 * number: GSubprocess has forgotten it when the process ends at once, and what it left behind is known by that number. */
typedef struct
{
  rlim_t   memory;
  rlim_t   file;
  gboolean bare;
  pid_t    pid;
} Limits;

void
leyden_process_result_free (LeydenProcessResult *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->output, g_bytes_unref);
  g_free (self->errors);
  g_free (self);
}

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
pipe_clear (Pipe *self)
{
  g_clear_object (&self->stream);
  g_clear_pointer (&self->all, g_byte_array_unref);
  if (self->line != NULL)
    g_string_free (self->line, TRUE);
}

static void
run_free (gpointer data)
{
  Run *self = data;

  drop_source (&self->clock);
  drop_source (&self->watch);
  drop_source (&self->grace);
  drop_source (&self->cancelled);
  pipe_clear (&self->out);
  pipe_clear (&self->err);
  g_clear_object (&self->process);
  g_clear_object (&self->reading);
  g_clear_error (&self->error);
  g_free (self);
}

/* ---- The child ---- */

static void
set_limit (__rlimit_resource_t resource,
           rlim_t              value)
{
  struct rlimit limit = { value, value };
  struct rlimit now;

  /* Never above what we have ourselves. */
  if (getrlimit (resource, &now) == 0 && now.rlim_max != RLIM_INFINITY && now.rlim_max < value)
    limit.rlim_cur = limit.rlim_max = now.rlim_max;
  setrlimit (resource, &limit);
}

static void
child_setup (gpointer data)
{
  Limits *limits = data;
  sigset_t none;

  limits->pid = getpid ();
  setsid ();
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (limits->bare)
    prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  set_limit (RLIMIT_CORE, 0);
  set_limit (RLIMIT_AS, limits->memory);
  set_limit (RLIMIT_FSIZE, limits->file);
  set_limit (RLIMIT_NOFILE, 1024);
  signal (SIGPIPE, SIG_DFL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

/* ---- Its descendants ---- */

static void
add_children (GArray *pids,
              guint   pid,
              guint   max)
{
  g_autofree char *path = g_strdup_printf ("/proc/%u/task/%u/children", pid, pid);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return;
  for (char *p = text; pids->len < max;)
    {
      char *end;
      guint child = (guint) strtoul (p, &end, 10);

      if (end == p)
        break;
      g_array_append_val (pids, child);
      p = end;
    }
}

GArray *
leyden_process_list_tree (guint pid,
                          guint max)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (guint));

  g_array_append_val (pids, pid);
  for (guint i = 0; i < pids->len && pids->len < max; i++)
    add_children (pids, g_array_index (pids, guint, i), max);
  return pids;
}

/* Stopped first, so that a process does not start another while the list is made. */
static void
kill_all (Run *self)
{
  if (self->pid <= 1)
    return;
  if (!self->exited)
    {
      g_autoptr(GArray) pids = NULL;

      kill (-(pid_t) self->pid, SIGSTOP);
      pids = leyden_process_list_tree (self->pid, 100000);
      for (guint i = pids->len; i-- > 0;)
        kill ((pid_t) g_array_index (pids, guint, i), SIGKILL);
    }
  kill (-(pid_t) self->pid, SIGKILL);
}

/* ---- The end ---- */

static LeydenProcessResult *
make_result (Run *self)
{
  LeydenProcessResult *result = g_new0 (LeydenProcessResult, 1);
  const char *errors = (const char *) self->err.all->data;
  gsize length = self->err.all->len;
  gsize skip = length > MAX_ERRORS ? length - MAX_ERRORS : 0;

  if (g_subprocess_get_if_exited (self->process))
    result->status = g_subprocess_get_exit_status (self->process);
  else
    {
      result->status = -1;
      result->signal = g_subprocess_get_if_signaled (self->process) ? g_subprocess_get_term_sig (self->process) : 0;
    }
  result->output = g_byte_array_free_to_bytes (g_steal_pointer (&self->out.all));
  result->errors = length > 0 ? g_utf8_make_valid (errors + skip, (gssize) (length - skip)) : g_strdup ("");
  return result;
}

static void
maybe_return (GTask *task)
{
  Run *self = g_task_get_task_data (task);

  if (self->returned || !self->exited || !self->out.ended || !self->err.ended || self->n_open > 0)
    return;
  self->returned = TRUE;
  drop_source (&self->clock);
  drop_source (&self->watch);
  drop_source (&self->grace);
  drop_source (&self->cancelled);
  if (self->error != NULL)
    g_task_return_error (task, g_steal_pointer (&self->error));
  else
    g_task_return_pointer (task, make_result (self), (GDestroyNotify) leyden_process_result_free);
}

static GSource *
add_timer (GTask       *task,
           guint        ms,
           GSourceFunc  callback)
{
  GSource *source = g_timeout_source_new (ms);

  /* Sources are gone before the task is: they need no reference to it. */
  g_source_set_callback (source, callback, task, NULL);
  g_source_attach (source, g_task_get_context (task));
  return source;
}

static gboolean
grace_over_cb (gpointer data)
{
  Run *self = g_task_get_task_data (data);

  drop_source (&self->grace);
  g_cancellable_cancel (self->reading);
  return G_SOURCE_REMOVE;
}

/* Takes @error; the first one counts. */
static void
stop (GTask  *task,
      GError *error)
{
  Run *self = g_task_get_task_data (task);

  if (self->error == NULL)
    self->error = error;
  else
    g_error_free (error);
  kill_all (self);
  if (self->grace == NULL)
    self->grace = add_timer (task, GRACE_MS, grace_over_cb);
}

static gboolean
time_over_cb (gpointer data)
{
  Run *self = g_task_get_task_data (data);

  drop_source (&self->clock);
  stop (data, g_error_new (LEYDEN_PROCESS_ERROR, LEYDEN_PROCESS_ERROR_TIMEOUT, _("It took longer than %g s and was ended"),
                           self->spec.timeout_ms / 1000.0));
  return G_SOURCE_REMOVE;
}

static gboolean
watch_cb (gpointer data)
{
  Run *self = g_task_get_task_data (data);
  g_autoptr(GArray) pids = NULL;

  if (self->exited || self->error != NULL)
    return G_SOURCE_CONTINUE;
  /* The sandbox itself is two or three of them. */
  pids = leyden_process_list_tree (self->pid, self->spec.max_processes + 4);
  if (pids->len >= self->spec.max_processes + 4)
    stop (data, g_error_new (LEYDEN_PROCESS_ERROR, LEYDEN_PROCESS_ERROR_PROCESSES, _("It started more than %u processes and was ended"),
                             self->spec.max_processes));
  return G_SOURCE_CONTINUE;
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      data)
{
  stop (data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _("The command was cancelled")));
  return G_SOURCE_REMOVE;
}

/* ---- Reading ---- */

static void
emit_line (Run        *self,
           const char *stream,
           GString    *line)
{
  g_autofree char *valid = NULL;

  if (self->spec.line == NULL || self->n_lines > MAX_LINES)
    return;
  if (self->n_lines++ == MAX_LINES)
    {
      self->spec.line ("stderr", _("(more lines than are kept)"), self->spec.data);
      return;
    }
  if (line->len > 0 && line->str[line->len - 1] == '\r')
    g_string_truncate (line, line->len - 1);
  valid = g_utf8_make_valid (line->str, (gssize) line->len);
  self->spec.line (stream, valid, self->spec.data);
}

static void
take_lines (Run          *run,
            Pipe         *self,
            const guint8 *bytes,
            gsize         length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (bytes[i] == '\n')
        {
          emit_line (run, self->name, self->line);
          g_string_truncate (self->line, 0);
          self->cut = FALSE;
        }
      else if (self->line->len >= MAX_LINE)
        self->cut = TRUE;
      else if (!self->cut)
        g_string_append_c (self->line, bytes[i] == '\0' ? ' ' : (char) bytes[i]);
    }
}

static void
pipe_ended (Run  *run,
            Pipe *self)
{
  if (self->line->len > 0)
    emit_line (run, self->name, self->line);
  g_string_truncate (self->line, 0);
  self->ended = TRUE;
}

static void read_more (Pipe *self);

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  Pipe *self = data;
  g_autoptr(GTask) task = self->task;
  Run *run = g_task_get_task_data (task);
  g_autoptr(GBytes) bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (object), result, NULL);
  gsize length = 0;
  const guint8 *read = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;

  run->n_open--;
  if (length == 0)
    pipe_ended (run, self);
  else if (run->error != NULL)
    read_more (self);           /* to its end, and into nothing */
  else if (length > run->spec.max_output - self->all->len)
    {
      stop (task, g_error_new (LEYDEN_PROCESS_ERROR, LEYDEN_PROCESS_ERROR_OUTPUT, _("It wrote more than %zu bytes and was ended"),
                               run->spec.max_output));
      read_more (self);
    }
  else
    {
      g_byte_array_append (self->all, read, (guint) length);
      take_lines (run, self, read, length);
      read_more (self);
    }
  maybe_return (task);
}

static void
read_more (Pipe *self)
{
  Run *run = g_task_get_task_data (self->task);

  run->n_open++;
  g_object_ref (self->task);
  g_input_stream_read_bytes_async (self->stream, BLOCK, G_PRIORITY_DEFAULT, run->reading, read_cb, self);
}

static void
pipe_start (Pipe         *self,
            GTask        *task,
            const char   *name,
            GInputStream *stream)
{
  self->task = task;
  self->name = name;
  self->stream = g_object_ref (stream);
  self->all = g_byte_array_new ();
  self->line = g_string_new (NULL);
  read_more (self);
}

static void
exited_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GTask) task = data;
  Run *self = g_task_get_task_data (task);

  g_subprocess_wait_finish (G_SUBPROCESS (object), result, NULL);
  self->exited = TRUE;
  self->n_open--;
  /* What it left behind in its session does not outlive it. */
  kill_all (self);
  if (self->grace == NULL)
    self->grace = add_timer (task, GRACE_MS, grace_over_cb);
  maybe_return (task);
}

/* ---- Starting ---- */

/* A file in memory, not a pipe: nobody waits for a command that does not read, and none reads what others write. */
static int
make_input (GBytes  *input,
            GError **error)
{
  gsize length = 0;
  const char *bytes = input != NULL ? g_bytes_get_data (input, &length) : NULL;
  int fd = memfd_create ("input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  gboolean whole = fd >= 0;

  for (gsize n = 0; whole && n < length;)
    {
      gssize written = write (fd, bytes + n, length - n);

      if (written < 0 && errno != EINTR)
        whole = FALSE;
      else if (written > 0)
        n += (gsize) written;
    }
  if (whole && lseek (fd, 0, SEEK_SET) == 0)
    return fd;
  g_set_error (error, LEYDEN_PROCESS_ERROR, LEYDEN_PROCESS_ERROR_START, _("Its input could not be made: %s"), g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

static GSubprocess *
spawn (const LeydenProcessSpec  *spec,
       guint                    *pid,
       GError                  **error)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr(GError) reason = NULL;
  GSubprocess *process;
  Limits *limits;
  int input = make_input (spec->input, error);
  int third = -1;

  if (input < 0)
    return NULL;
  g_subprocess_launcher_take_stdin_fd (launcher, input);
  if (spec->third != NULL && (third = make_input (spec->third, error)) < 0)
    return NULL;
  if (third >= 0)
    g_subprocess_launcher_take_fd (launcher, third, 3);
  limits = mmap (NULL, sizeof *limits, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (limits == MAP_FAILED)
    {
      g_set_error (error, LEYDEN_PROCESS_ERROR, LEYDEN_PROCESS_ERROR_START, "%s", g_strerror (errno));
      return NULL;
    }
  limits->memory = spec->max_memory;
  limits->file = MAX ((rlim_t) spec->max_output, (rlim_t) 64 * 1024 * 1024);
  limits->bare = spec->bare;
  g_subprocess_launcher_set_environ (launcher, (char **) spec->environment);
  g_subprocess_launcher_set_cwd (launcher, "/");
  g_subprocess_launcher_set_child_setup (launcher, child_setup, limits, NULL);
  process = g_subprocess_launcher_spawnv (launcher, spec->argv, &reason);
  if (process == NULL)
    g_set_error_literal (error, LEYDEN_PROCESS_ERROR, LEYDEN_PROCESS_ERROR_START, reason->message);
  *pid = (guint) limits->pid;
  munmap (limits, sizeof *limits);
  return process;
}

void
leyden_process_run_async (const LeydenProcessSpec *spec,
                          GCancellable            *cancellable,
                          GAsyncReadyCallback      callback,
                          gpointer                 data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, data);
  Run *self = g_new0 (Run, 1);
  GError *error = NULL;

  g_return_if_fail (spec != NULL && spec->argv != NULL && spec->argv[0] != NULL && spec->environment != NULL);

  g_task_set_source_tag (task, leyden_process_run_async);
  g_task_set_task_data (task, self, run_free);
  self->spec = *spec;
  if (g_cancellable_set_error_if_cancelled (cancellable, &error) || (self->process = spawn (spec, &self->pid, &error)) == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  self->reading = g_cancellable_new ();
  self->clock = add_timer (task, spec->timeout_ms, time_over_cb);
  self->watch = add_timer (task, WATCH_MS, watch_cb);
  if (cancellable != NULL)
    {
      self->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (self->cancelled, G_SOURCE_FUNC (cancelled_cb), task, NULL);
      g_source_attach (self->cancelled, g_task_get_context (task));
    }
  pipe_start (&self->out, task, "stdout", g_subprocess_get_stdout_pipe (self->process));
  pipe_start (&self->err, task, "stderr", g_subprocess_get_stderr_pipe (self->process));
  self->n_open++;
  g_subprocess_wait_async (self->process, NULL, exited_cb, g_object_ref (task));
}

LeydenProcessResult *
leyden_process_run_finish (GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_process_run_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
