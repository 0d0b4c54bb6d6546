/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-cli"

#include "leyden-work.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "leyden-process.h"

/* Processes of one agent that are looked for when it is ended. */
#define MAX_TREE 100000

typedef struct
{
  GSubprocess *process;
  pid_t       *pid;             /* in memory that the child shares: known also when it has ended at once */
  GSource     *clock;
  GSource     *cancelled;
  GError      *error;           /* why it was ended */
  gboolean     ended;
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
  g_clear_object (&self->process);
  g_clear_error (&self->error);
  if (self->pid != NULL)
    munmap (self->pid, sizeof *self->pid);
  g_free (self);
}

/* Between fork and exec: only calls that are safe there. */
static void
child_setup (gpointer data)
{
  pid_t *pid = data;
  sigset_t none;

  *pid = getpid ();
  setsid ();
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  signal (SIGPIPE, SIG_DFL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

/* Stopped first, so that a process does not start another while the list is made. What left the group is found by its parent. */
static void
kill_all (Run *self)
{
  if (*self->pid <= 1)
    return;
  if (!self->ended)
    {
      g_autoptr(GArray) pids = NULL;

      kill (-*self->pid, SIGSTOP);
      pids = leyden_process_list_tree ((guint)*self->pid, MAX_TREE);
      for (guint i = pids->len; i-- > 0;)
        kill ((pid_t)g_array_index (pids, guint, i), SIGKILL);
    }
  kill (-*self->pid, SIGKILL);
}

/* Takes @error; the first one counts. */
static void
stop (Run    *self,
      GError *error)
{
  if (self->error == NULL)
    self->error = error;
  else
    g_error_free (error);
  kill_all (self);
}

static gboolean
time_over_cb (gpointer data)
{
  Run *self = g_task_get_task_data (data);

  drop_source (&self->clock);
  stop (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "timed out"));
  return G_SOURCE_REMOVE;
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      data)
{
  Run *self = g_task_get_task_data (data);

  drop_source (&self->cancelled);
  stop (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
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
  self->ended = TRUE;
  /* What it left behind in its session does not outlive it. */
  kill_all (self);
  drop_source (&self->clock);
  drop_source (&self->cancelled);
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
  int out = dup (STDERR_FILENO);

  self->pid = mmap (NULL, sizeof *self->pid, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (self->pid == MAP_FAILED || out < 0)
    {
      self->pid = self->pid == MAP_FAILED ? NULL : self->pid;
      if (out >= 0)
        close (out);
      g_set_error_literal (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "there is no memory or no descriptor left");
      return FALSE;
    }
  /* Our standard output is for our own results. */
  g_subprocess_launcher_take_stdout_fd (launcher, out);
  g_subprocess_launcher_set_environ (launcher, (char **)environ);
  g_subprocess_launcher_set_child_setup (launcher, child_setup, self->pid, NULL);
  self->process = g_subprocess_launcher_spawnv (launcher, argv, error);
  return self->process != NULL;
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
