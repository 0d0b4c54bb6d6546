/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-chart-link.h"

#include <math.h>

struct _LeydenChartLink
{
  GObject parent_instance;

  double  hover;
  double  low, high;
};

G_DEFINE_FINAL_TYPE (LeydenChartLink, leyden_chart_link, G_TYPE_OBJECT)

enum
{
  HOVER,
  ZOOM,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
leyden_chart_link_class_init (LeydenChartLinkClass *klass)
{
  signals[HOVER] = g_signal_new ("hover", LEYDEN_TYPE_CHART_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[ZOOM] = g_signal_new ("zoom", LEYDEN_TYPE_CHART_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_chart_link_init (LeydenChartLink *self)
{
  self->hover = self->low = self->high = NAN;
}

LeydenChartLink *
leyden_chart_link_new (void)
{
  return g_object_new (LEYDEN_TYPE_CHART_LINK, NULL);
}

static gboolean
is_same (double a,
         double b)
{
  return a == b || (isnan (a) && isnan (b));
}

void
leyden_chart_link_set_hover (LeydenChartLink *self,
                             double           x)
{
  g_return_if_fail (LEYDEN_IS_CHART_LINK (self));

  if (is_same (self->hover, x))
    return;
  self->hover = x;
  g_signal_emit (self, signals[HOVER], 0);
}

double
leyden_chart_link_get_hover (LeydenChartLink *self)
{
  g_return_val_if_fail (LEYDEN_IS_CHART_LINK (self), NAN);

  return self->hover;
}

void
leyden_chart_link_set_zoom (LeydenChartLink *self,
                            double           low,
                            double           high)
{
  g_return_if_fail (LEYDEN_IS_CHART_LINK (self));

  if (is_same (self->low, low) && is_same (self->high, high))
    return;
  self->low = low;
  self->high = high;
  g_signal_emit (self, signals[ZOOM], 0);
}

void
leyden_chart_link_get_zoom (LeydenChartLink *self,
                            double          *low,
                            double          *high)
{
  g_return_if_fail (LEYDEN_IS_CHART_LINK (self) && low != NULL && high != NULL);

  *low = self->low;
  *high = self->high;
}
