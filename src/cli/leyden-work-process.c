/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-work.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "leyden-process.h"

/* A guard that does not end in this time is ended with what is under it. */
#define GRACE_MS 5000
#define MAX_TREE 100000
/* Thousandths of a second in which what was killed is waited for. */
#define MAX_ROUNDS 5000

/*
 * Between us and the agent stands a guard: the process that we start becomes it, and its child the agent.
 *
 *   worker ── guard (adopts every orphan below it) ── agent ── whatever it starts
 *
 * The guard ends everything below it when the agent has ended, when we tell it to (SIGTERM), and when we are gone (the same, from the kernel), and
 * ends with the agent's status. So nothing that an agent started outlives it, sessions of their own and the death of the worker included.
 */
typedef struct
{
  GSubprocess *process;
  pid_t        pid;             /* of the guard */
  GSource     *clock;
  GSource     *cancelled;
  GSource     *grace;
  GError      *error;           /* why it was ended */
} Run;

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
run_free (gpointer data)
{
  Run *self = data;

  drop_source (&self->clock);
  drop_source (&self->cancelled);
  drop_source (&self->grace);
  g_clear_object (&self->process);
  g_clear_error (&self->error);
  g_free (self);
}

/* ---- The guard: between fork and exec, so only calls that are safe there ---- */

static void
kill_listed (const char *text,
             gssize      length)
{
  pid_t pid = 0;

  for (gssize i = 0; i < length; i++)
    {
      if (text[i] >= '0' && text[i] <= '9')
        pid = pid * 10 + (text[i] - '0');
      else if (pid > 1)
        {
          kill (pid, SIGKILL);
          pid = 0;
        }
    }
}

/* Who is killed leaves its children to us: until there are none. */
static void
guard_kill_all (void)
{
  const struct timespec moment = { 0, 1000000 };
  char text[4096];

  for (int i = 0; i < MAX_ROUNDS; i++)
    {
      int fd = open ("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
      gssize length = fd >= 0 ? read (fd, text, sizeof text - 1) : 0;
      pid_t reaped;

      if (fd >= 0)
        close (fd);
      if (length > 0 && text[length - 1] != ' ')
        text[length++] = ' ';
      kill_listed (text, length);
      while ((reaped = waitpid (-1, NULL, WNOHANG)) > 0)
        ;
      if (reaped < 0 && errno == ECHILD)
        return;
      nanosleep (&moment, NULL);
    }
}

/* Never returns. */
static void
guard (pid_t           agent,
       pid_t           worker,
       const sigset_t *signals)
{
  int status = 0;
  pid_t reaped;

  /* What we hold open would keep others waiting. */
  if (close_range (3, G_MAXUINT, 0) != 0)
    for (int fd = 3; fd < 65536; fd++)
      close (fd);
  prctl (PR_SET_PDEATHSIG, SIGTERM);
  while (getppid () == worker)
    {
      siginfo_t info;

      if (sigwaitinfo (signals, &info) == SIGTERM)
        break;
      while ((reaped = waitpid (-1, &status, WNOHANG)) > 0)
        if (reaped == agent)
          {
            guard_kill_all ();
            _exit (WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status));
          }
    }
  guard_kill_all ();
  _exit (128 + SIGKILL);
}

static void
child_setup (gpointer data)
{
  pid_t worker = GPOINTER_TO_INT (data);
  sigset_t signals, none;
  pid_t agent;

  sigemptyset (&none);
  sigemptyset (&signals);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGCHLD);
  signal (SIGPIPE, SIG_DFL);
  signal (SIGTERM, SIG_DFL);
  signal (SIGCHLD, SIG_DFL);
  sigprocmask (SIG_SETMASK, &signals, NULL);
  setsid ();
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  agent = fork ();
  if (agent < 0)
    _exit (127);
  if (agent > 0)
    guard (agent, worker, &signals);
  setsid ();
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

/* ---- The end ---- */

static void
kill_all (Run *self)
{
  g_autoptr(GArray) pids = NULL;

  if (self->pid <= 1)
    return;
  pids = leyden_process_list_tree ((guint)self->pid, MAX_TREE);
  for (guint i = pids->len; i-- > 0;)
    kill ((pid_t)g_array_index (pids, guint, i), SIGKILL);
}

static gboolean
grace_over_cb (gpointer data)
{
  Run *self = g_task_get_task_data (data);

  drop_source (&self->grace);
  kill_all (self);
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
  if (self->pid > 1)
    kill (self->pid, SIGTERM);
  if (self->grace != NULL)
    return;
  self->grace = g_timeout_source_new (GRACE_MS);
  g_source_set_callback (self->grace, grace_over_cb, task, NULL);
  g_source_attach (self->grace, g_task_get_context (task));
}

static gboolean
time_over_cb (gpointer data)
{
  Run *self = g_task_get_task_data (data);

  drop_source (&self->clock);
  stop (data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "timed out"));
  return G_SOURCE_REMOVE;
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      data)
{
  Run *self = g_task_get_task_data (data);

  drop_source (&self->cancelled);
  stop (data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
  return G_SOURCE_REMOVE;
}

static void
ended_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(GTask) task = data;
  Run *self = g_task_get_task_data (task);
  int status;

  g_subprocess_wait_finish (G_SUBPROCESS (object), result, NULL);
  drop_source (&self->clock);
  drop_source (&self->cancelled);
  drop_source (&self->grace);
  status = g_subprocess_get_if_exited (self->process) ? g_subprocess_get_exit_status (self->process)
                                                      : 128 + g_subprocess_get_term_sig (self->process);
  if (self->error != NULL)
    g_task_return_error (task, g_steal_pointer (&self->error));
  else
    g_task_return_int (task, status);
}

static gboolean
spawn (Run                 *self,
       const char * const  *argv,
       const char * const  *environ,
       GError             **error)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  const char *identifier;
  int out = dup (STDERR_FILENO);

  if (out < 0)
    {
      g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "%s", g_strerror (errno));
      return FALSE;
    }
  /* Our standard output is for our own results. */
  g_subprocess_launcher_take_stdout_fd (launcher, out);
  g_subprocess_launcher_set_environ (launcher, (char **)environ);
  g_subprocess_launcher_set_child_setup (launcher, child_setup, GINT_TO_POINTER (getpid ()), NULL);
  self->process = g_subprocess_launcher_spawnv (launcher, argv, error);
  if (self->process == NULL)
    return FALSE;
  identifier = g_subprocess_get_identifier (self->process);
  self->pid = identifier != NULL ? (pid_t)g_ascii_strtoll (identifier, NULL, 10) : 0;
  return TRUE;
}

void
leyden_work_process_run_async (const char * const  *argv,
                               const char * const  *environ,
                               gint64               timeout_s,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (NULL, NULL, callback, data);
  Run *self = g_new0 (Run, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, leyden_work_process_run_async);
  g_task_set_task_data (task, self, run_free);
  if (g_cancellable_set_error_if_cancelled (cancellable, &error) || !spawn (self, argv, environ, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  /* Sources are gone before the task is: they need no reference to it. */
  if (timeout_s > 0)
    {
      self->clock = g_timeout_source_new_seconds ((guint)timeout_s);
      g_source_set_callback (self->clock, time_over_cb, task, NULL);
      g_source_attach (self->clock, g_task_get_context (task));
    }
  if (cancellable != NULL)
    {
      self->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (self->cancelled, G_SOURCE_FUNC (cancelled_cb), task, NULL);
      g_source_attach (self->cancelled, g_task_get_context (task));
    }
  g_subprocess_wait_async (self->process, NULL, ended_cb, g_object_ref (task));
}

gboolean
leyden_work_process_run_finish (GAsyncResult  *result,
                                int           *status,
                                GError       **error)
{
  GError *local_error = NULL;

  g_return_val_if_fail (g_async_result_is_tagged (result, leyden_work_process_run_async), FALSE);

  *status = (int)g_task_propagate_int (G_TASK (result), &local_error);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, local_error);
  return FALSE;
}
