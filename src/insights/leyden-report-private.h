/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-chart.h"
#include "leyden-report.h"

G_BEGIN_DECLS

typedef struct
{
  char        *title;           /* safe to show */
  char        *text;            /* safe to show, of several lines; NULL: a chart */
  gboolean     failed;          /* the text says why there is no chart */
  LeydenChart *chart;           /* nullable */
  char        *file;            /* name of its data, ASCII */
} LeydenReportPanel;

struct _LeydenReport
{
  char      *title;
  char      *subtitle;
  char      *made;              /* in words */
  gint64     made_ns;
  GTimeZone *zone;
  GPtrArray *facts;             /* char *: name, value, name, value … */
  GPtrArray *panels;            /* LeydenReportPanel */
};

/* The language of this process, as HTML names it, and whether it runs from right to left. (transfer full) */
char    *leyden_report_dup_language (void);
gboolean leyden_report_is_mirrored (void);
GBytes *leyden_report_write_pdf  (LeydenReport *self, GError **error);
GBytes *leyden_report_write_html (LeydenReport *self, GError **error);

G_END_DECLS
