/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenReport: what a report says: a head with facts, then panels (charts, tables, texts) with the answers they show. It is filled, then written as often
 * as wanted. One thread at a time.
 *
 * A PDF has the pages, and the data of each panel as an attached CSV file. HTML is one file that loads nothing and runs nothing: charts are
 * SVG in it, the data are links that hold it. Texts from outside are text in both.
 */
typedef struct _LeydenReport LeydenReport;

typedef enum
{
  LEYDEN_REPORT_PDF,
  LEYDEN_REPORT_HTML,
} LeydenReportFormat;

/* "pdf", "html"; FALSE: neither. */
gboolean      leyden_report_format_from_name      (const char *name, LeydenReportFormat *format);
const char   *leyden_report_format_get_name       (LeydenReportFormat format);
const char   *leyden_report_format_get_media_type (LeydenReportFormat format);

/* @zone: IANA name; NULL, "" and unknown: UTC. @made_ns: when, since the epoch. */
LeydenReport *leyden_report_new         (const char *title, const char *subtitle, const char *zone, gint64 made_ns);
void          leyden_report_free        (LeydenReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenReport, leyden_report_free)
const char   *leyden_report_get_title   (LeydenReport *self);
/* "Period", "27 Nov 2026 …" in the head. */
void          leyden_report_add_fact    (LeydenReport *self, const char *name, const char *value);
void          leyden_report_add_text    (LeydenReport *self, const char *title, const char *text);
/* @kind as of charts; @result: an answer to a query, or {"error": text}, which is told in its place; @options: of a panel. */
void          leyden_report_add_panel   (LeydenReport *self, const char *title, const char *kind, LeydenValue *result, LeydenValue *options);

/* Errors: %G_IO_ERROR_FAILED, with what the drawing library says. Any thread. (transfer full) */
GBytes       *leyden_report_write       (LeydenReport *self, LeydenReportFormat format, GError **error);
/* In a thread; takes @report. */
void          leyden_report_write_async (LeydenReport *report, LeydenReportFormat format, GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer data);
GBytes       *leyden_report_write_finish (GAsyncResult *result, GError **error);

G_END_DECLS
