/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-time-scale.h"

#include <math.h>

#define CLOSEST_NS 1000.0

static double
get_length (const LeydenTimeScale *self)
{
  return MAX ((double) (self->end_ns - self->start_ns), CLOSEST_NS);
}

/* Into the whole again. */
static void
fit (LeydenTimeScale *self)
{
  double length = get_length (self), shown = CLAMP (self->to - self->from, MIN (CLOSEST_NS, length), length);

  self->from = CLAMP (self->from, 0, length - shown);
  self->to = self->from + shown;
  self->whole = shown >= length;
}

void
leyden_time_scale_set_range (LeydenTimeScale *self,
                             gint64           start_ns,
                             gint64           end_ns)
{
  double length = get_length (self), moved = (double) (start_ns - self->start_ns);
  gboolean at_end = !self->whole && self->to >= length;
  gboolean other = start_ns > self->end_ns || end_ns < self->start_ns;

  self->start_ns = start_ns;
  self->end_ns = MAX (end_ns, start_ns);
  if (self->whole || other || self->to <= self->from)
    {
      leyden_time_scale_show_all (self);
      return;
    }
  self->from -= moved;
  self->to -= moved;
  if (at_end)
    {
      self->from += get_length (self) - self->to;
      self->to = get_length (self);
    }
  fit (self);
}

void
leyden_time_scale_zoom (LeydenTimeScale *self,
                        double           factor,
                        double           anchor)
{
  double shown = self->to - self->from, at = self->from + shown * anchor;
  double wanted = CLAMP (shown / factor, CLOSEST_NS, get_length (self));

  self->from = at - wanted * anchor;
  self->to = self->from + wanted;
  fit (self);
}

void
leyden_time_scale_pan (LeydenTimeScale *self,
                       double           share)
{
  double by = (self->to - self->from) * share;

  self->from += by;
  self->to += by;
  fit (self);
}

void
leyden_time_scale_show_all (LeydenTimeScale *self)
{
  self->from = 0;
  self->to = get_length (self);
  self->whole = TRUE;
}

void
leyden_time_scale_reveal (LeydenTimeScale *self,
                          gint64           time_ns)
{
  double place = leyden_time_scale_place (self, time_ns);

  if (place < 0 || place > 1)
    leyden_time_scale_pan (self, place - 0.5);
}

double
leyden_time_scale_place (const LeydenTimeScale *self,
                         gint64                 time_ns)
{
  double shown = self->to - self->from;

  return shown > 0 ? ((double) (time_ns - self->start_ns) - self->from) / shown : 0;
}

gint64
leyden_time_scale_get_time (const LeydenTimeScale *self,
                            double                 place)
{
  return self->start_ns + (gint64) (self->from + (self->to - self->from) * place);
}

double
leyden_time_scale_get_step (const LeydenTimeScale *self,
                            guint                  most)
{
  static const double clock[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400 };
  double least = (self->to - self->from) / MAX (most, 1);
  double power;

  if (least > 1e9)
    {
      for (guint i = 0; i < G_N_ELEMENTS (clock); i++)
        if (clock[i] * 1e9 >= least)
          return clock[i] * 1e9;
      return ceil (least / 86400e9) * 86400e9;
    }
  power = pow (10, floor (log10 (MAX (least, 1))));
  return power * (least <= power ? 1 : least <= 2 * power ? 2 : least <= 5 * power ? 5 : 10);
}
