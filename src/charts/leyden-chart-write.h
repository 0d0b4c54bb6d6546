/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-chart-style.h"
#include "leyden-chart.h"
#include "leyden-paint-file.h"

G_BEGIN_DECLS

/* A chart as a file. */
typedef enum
{
  LEYDEN_CHART_SVG = LEYDEN_PAINT_SVG,
  LEYDEN_CHART_PNG = LEYDEN_PAINT_PNG,
  LEYDEN_CHART_PDF = LEYDEN_PAINT_PDF,
  LEYDEN_CHART_CSV,
} LeydenChartFormat;
#define LEYDEN_N_CHART_FORMATS 4

/* By the end of a name; FALSE: no format has that. */
gboolean    leyden_chart_format_from_name     (const char *name, LeydenChartFormat *format);
const char *leyden_chart_format_get_media_type (LeydenChartFormat format);

/* Draws @chart over @width × @height (px; points of a PDF); a PNG has twice as many pixels each way. Any thread. G_IO_ERROR_FAILED: the
 * drawing library says why. (transfer full) */
GBytes     *leyden_chart_write                (LeydenChart *chart, LeydenChartFormat format, const LeydenChartStyle *style, double width, double height,
                                               GError **error);
/* The same of a copy in a thread. @style is copied; its font is the default. */
void        leyden_chart_write_async          (LeydenChart *chart, LeydenChartFormat format, const LeydenChartStyle *style, double width, double height,
                                               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
GBytes     *leyden_chart_write_finish         (GAsyncResult *result, GError **error);

G_END_DECLS
