/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-stall-monitor.h"

#include <errno.h>
#include <stdio.h>

#define LIMIT_US 50000

/* A turn goes from the end of poll() (check) to the next prepare(). */
typedef struct
{
  GSource  source;
  FILE    *log;
  gint64   woken;
} Monitor;

static gboolean
monitor_prepare (GSource *source,
                 int     *timeout)
{
  Monitor *self = (Monitor *) source;
  gint64 now = g_get_monotonic_time ();

  if (self->woken > 0 && now - self->woken > LIMIT_US)
    {
      fprintf (self->log, "%" G_GINT64_FORMAT " %.1f\n", now, (double) (now - self->woken) / 1000);
      fflush (self->log);
    }
  self->woken = 0;
  *timeout = -1;
  return FALSE;
}

static gboolean
monitor_check (GSource *source)
{
  ((Monitor *) source)->woken = g_get_monotonic_time ();
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
  fclose (((Monitor *) source)->log);
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
  fprintf (log, "start %" G_GINT64_FORMAT "\n", g_get_monotonic_time ());
  fflush (log);
  g_source_attach (source, NULL);
  g_source_unref (source);
}
