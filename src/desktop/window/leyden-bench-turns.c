/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"

#include "leyden-bench-turns.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

/* Of each stretch of this length the longest turn is told. */
#define STRETCH_US (G_USEC_PER_SEC / 2)

struct _LeydenBenchTurns
{
  GSource *watch;
  GArray  *wall;                        /* double: ms of the longest turn of each stretch */
  GArray  *own;                         /* the same without the time in which others had the processor */
  GArray  *cpu;                         /* … and of what this thread worked of it */
  double   longest, longest_own, longest_cpu;
  int      schedstat;                   /* of this thread; -1 where the kernel keeps none */
  gint64   stretch_us;                  /* when it ends; 0: nothing is recorded */
};

typedef struct
{
  GSource           source;
  LeydenBenchTurns *turns;
  gint64            woken_us;           /* 0: it has not been waited for yet */
  double            cpu_ms;
  double            queued_ms;
} Watch;

static double
get_thread_ms (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (double) time.tv_sec * 1000 + (double) time.tv_nsec / 1e6;
}

/* How long this thread has been ready to run while others had the processor: the second number of schedstat, in ns. */
static double
get_queued_ms (LeydenBenchTurns *self)
{
  char buffer[128];
  gssize n = self->schedstat >= 0 ? pread (self->schedstat, buffer, sizeof buffer - 1, 0) : -1;
  char *at;

  if (n <= 0)
    return 0;
  buffer[n] = '\0';
  g_ascii_strtoull (buffer, &at, 10);
  return (double) g_ascii_strtoull (at, NULL, 10) / 1e6;
}

static void
end_turn (LeydenBenchTurns *self,
          gint64            now_us,
          double            wall,
          double            queued,
          double            cpu)
{
  self->longest = MAX (self->longest, wall);
  self->longest_own = MAX (self->longest_own, MAX (wall - queued, cpu));
  self->longest_cpu = MAX (self->longest_cpu, cpu);
  if (now_us < self->stretch_us)
    return;
  g_array_append_val (self->wall, self->longest);
  g_array_append_val (self->own, self->longest_own);
  g_array_append_val (self->cpu, self->longest_cpu);
  self->longest = self->longest_own = self->longest_cpu = 0;
  self->stretch_us = now_us + STRETCH_US;
}

static gboolean
watch_prepare (GSource *source,
               int     *timeout)
{
  Watch *self = (Watch *) source;
  gint64 now = g_get_monotonic_time ();

  if (self->woken_us > 0 && self->turns->stretch_us > 0)
    end_turn (self->turns, now, (double) (now - self->woken_us) / 1000, get_queued_ms (self->turns) - self->queued_ms,
              get_thread_ms () - self->cpu_ms);
  self->woken_us = 0;
  *timeout = -1;
  return FALSE;
}

static gboolean
watch_check (GSource *source)
{
  Watch *self = (Watch *) source;

  self->woken_us = g_get_monotonic_time ();
  self->cpu_ms = get_thread_ms ();
  self->queued_ms = get_queued_ms (self->turns);
  return FALSE;
}

static gboolean
watch_dispatch (GSource     *source,
                GSourceFunc  callback,
                gpointer     data)
{
  return G_SOURCE_CONTINUE;
}

LeydenBenchTurns *
leyden_bench_turns_new (void)
{
  static GSourceFuncs functions = { watch_prepare, watch_check, watch_dispatch, NULL, NULL, NULL };
  LeydenBenchTurns *self = g_new0 (LeydenBenchTurns, 1);

  self->wall = g_array_new (FALSE, FALSE, sizeof (double));
  self->own = g_array_new (FALSE, FALSE, sizeof (double));
  self->cpu = g_array_new (FALSE, FALSE, sizeof (double));
  self->schedstat = open ("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  self->watch = g_source_new (&functions, sizeof (Watch));
  ((Watch *) self->watch)->turns = self;
  g_source_set_priority (self->watch, G_MININT / 2);
  g_source_attach (self->watch, NULL);
  return self;
}

void
leyden_bench_turns_free (LeydenBenchTurns *self)
{
  g_source_destroy (self->watch);
  g_source_unref (self->watch);
  g_array_unref (self->wall);
  g_array_unref (self->own);
  g_array_unref (self->cpu);
  if (self->schedstat >= 0)
    close (self->schedstat);
  g_free (self);
}

void
leyden_bench_turns_begin (LeydenBenchTurns *self)
{
  g_array_set_size (self->wall, 0);
  g_array_set_size (self->own, 0);
  g_array_set_size (self->cpu, 0);
  self->longest = self->longest_own = self->longest_cpu = 0;
  self->stretch_us = g_get_monotonic_time () + STRETCH_US;
}

void
leyden_bench_turns_end (LeydenBenchTurns *self)
{
  self->stretch_us = 0;
}

GArray *
leyden_bench_turns_get_wall (LeydenBenchTurns *self)
{
  return self->wall;
}

GArray *
leyden_bench_turns_get_own (LeydenBenchTurns *self)
{
  return self->own;
}

GArray *
leyden_bench_turns_get_cpu (LeydenBenchTurns *self)
{
  return self->cpu;
}

void
leyden_bench_tell (GString    *out,
                   const char *metric,
                   GArray     *values)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (out, ", \"%s\": [", metric);
  for (guint i = 0; i < values->len; i++)
    g_string_append_printf (out, "%s%s", i == 0 ? "" : ", ", g_ascii_formatd (buffer, sizeof buffer, "%.2f", g_array_index (values, double, i)));
  g_string_append (out, "]");
}
