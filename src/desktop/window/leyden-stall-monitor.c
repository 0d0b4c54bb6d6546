/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-stall-monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_US 50000

/* A turn goes from the end of poll() (check) to the next prepare(). */
typedef struct
{
  GSource  source;
  FILE    *log;
  int      schedstat;                   /* of this thread; -1 where the kernel keeps none */
  gint64   woken;
  gint64   cpu_us;                      /* the two below, when it woke */
  gint64   queued_us;
} Monitor;

static gint64
get_cpu_us (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* How long the thread has been ready to run while other programs had the processor: the second number of schedstat, in ns. */
static gint64
get_queued_us (Monitor *self)
{
  char buffer[128];
  gssize n = self->schedstat >= 0 ? pread (self->schedstat, buffer, sizeof buffer - 1, 0) : -1;
  char *at;

  if (n <= 0)
    return 0;
  buffer[n] = '\0';
  g_ascii_strtoull (buffer, &at, 10);
  return (gint64) (g_ascii_strtoull (at, NULL, 10) / 1000);
}

static gboolean
monitor_prepare (GSource *source,
                 int     *timeout)
{
  Monitor *self = (Monitor *) source;
  gint64 now = g_get_monotonic_time ();

  if (self->woken > 0 && now - self->woken > LIMIT_US)
    {
      fprintf (self->log, "%" G_GINT64_FORMAT " %.1f %.1f %.1f\n", now, (double) (now - self->woken) / 1000,
               (double) (get_cpu_us () - self->cpu_us) / 1000, (double) (get_queued_us (self) - self->queued_us) / 1000);
      fflush (self->log);
    }
  self->woken = 0;
  *timeout = -1;
  return FALSE;
}

static gboolean
monitor_check (GSource *source)
{
  Monitor *self = (Monitor *) source;

  self->woken = g_get_monotonic_time ();
  self->cpu_us = get_cpu_us ();
  self->queued_us = get_queued_us (self);
  return FALSE;
}

static gboolean
monitor_dispatch (GSource     *source,
                  GSourceFunc  callback,
                  gpointer     data)
{
  return G_SOURCE_CONTINUE;
}

static void
monitor_finalize (GSource *source)
{
  Monitor *self = (Monitor *) source;

  fclose (self->log);
  if (self->schedstat >= 0)
    close (self->schedstat);
}

void
leyden_stall_monitor_start (void)
{
  static GSourceFuncs functions = { monitor_prepare, monitor_check, monitor_dispatch, monitor_finalize, NULL, NULL };
  const char *path = g_getenv ("LEYDEN_STALL_LOG");
  GSource *source;
  FILE *log;

  if (path == NULL || *path == '\0')
    return;
  log = fopen (path, "ae");
  if (log == NULL)
    {
      g_warning ("Cannot write %s: %s", path, g_strerror (errno));
      return;
    }
  source = g_source_new (&functions, sizeof (Monitor));
  g_source_set_name (source, "leyden-stall-monitor");
  g_source_set_priority (source, G_MININT / 2);
  ((Monitor *) source)->log = log;
  ((Monitor *) source)->schedstat = open ("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  fprintf (log, "start %" G_GINT64_FORMAT "\n", g_get_monotonic_time ());
  fflush (log);
  g_source_attach (source, NULL);
  g_source_unref (source);
}
