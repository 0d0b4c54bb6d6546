/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

/* How much of its server's time a mirror takes. That server is one thread of Python, and a training needs it: of each second some milliseconds are
 * ours. What is not taken is kept for a while; what ended must be read in any case, before a trainer deletes it, and is taken in advance. Then the
 * next poll waits. */
#include "leyden-mirror.h"

#include <math.h>

#define SHARE 0.015
/* What is kept at most, and how long a poll may be put off. */
#define MAX_SPARE_MS 150
#define MAX_PAUSE_MS 15000
/* Of reading events, before it was measured. */
#define FIRST_READ_MS 3
#define MIN_READS 2
#define MIN_ENDS 64
#define MAX_READS 200
/* The weight of the last poll in what is thought of reading, and in what is told of all of them. */
#define WEIGHT 0.2
#define LOAD_WEIGHT 0.05

/* Adds what time has brought. */
static void
refill (LeydenMirror *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->spare_us == 0)
    self->spare_ms = MAX_SPARE_MS;
  else
    self->spare_ms = MIN (self->spare_ms + (double)(now_us - self->spare_us) / 1000 * SHARE, MAX_SPARE_MS);
  self->spare_us = now_us;
}

guint
leyden_mirror_get_n_reads (LeydenMirror *self)
{
  double read_ms = self->read_ms > 0 ? self->read_ms : FIRST_READ_MS;

  if (self->spare_us == 0)
    refill (self);
  return (guint)CLAMP (self->spare_ms / read_ms, MIN_READS, MAX_READS);
}

guint
leyden_mirror_get_n_ends (LeydenMirror *self)
{
  return MAX (leyden_mirror_get_n_reads (self), MIN_ENDS);
}

gboolean
leyden_mirror_is_in_debt (LeydenMirror *self)
{
  return self->spare_ms < 0;
}

/* What this poll took of the server, in ms. A new connection counts from its begin. */
static double
count_spent (LeydenMirror *self)
{
  gint64 spent_us = self->client != NULL ? leyden_agl_client_get_spent_us (self->client) : 0;
  gint64 before_us = spent_us >= self->spent_us ? self->spent_us : 0;

  self->spent_us = spent_us;
  return (double)(spent_us - before_us) / 1000;
}

double
leyden_mirror_get_load (LeydenMirror *self)
{
  /* The pause that is under way belongs to the poll before it. */
  double passed_ms = self->load_passed_ms + (double)(g_get_monotonic_time () - self->spare_us) / 1000;

  return self->load_passed_ms > 0 ? self->load_spent_ms / passed_ms : NAN;
}

guint
leyden_mirror_count_poll (LeydenMirror *self,
                          guint         pause_ms)
{
  gint64 began_us = self->spare_us;
  double spent_ms = count_spent (self);

  refill (self);
  self->spare_ms -= spent_ms;
  if (self->n_read > 0 && self->read_ms <= 0)
    self->read_ms = MAX (spent_ms / self->n_read, 0.2);
  else if (self->n_read > 0)
    self->read_ms = MAX (self->read_ms * (1 - WEIGHT) + spent_ms / self->n_read * WEIGHT, 0.2);
  self->n_read = 0;
  /* The first poll reads all that is there, once. */
  if (self->load_counts && began_us != 0)
    {
      self->load_spent_ms = self->load_spent_ms * (1 - LOAD_WEIGHT) + spent_ms;
      self->load_passed_ms = self->load_passed_ms * (1 - LOAD_WEIGHT) + (double)(self->spare_us - began_us) / 1000;
    }
  self->load_counts = TRUE;
  return MAX (pause_ms, (guint)CLAMP (-self->spare_ms / SHARE, 0, MAX_PAUSE_MS));
}
