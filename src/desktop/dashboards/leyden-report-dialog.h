/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenReportDialog: has the backend make a report of a dashboard or an experiment and saves it in a file, and keeps schedules by which the
 * backend makes more.
 */
#define LEYDEN_TYPE_REPORT_DIALOG (leyden_report_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LeydenReportDialog, leyden_report_dialog, LEYDEN, REPORT_DIALOG, AdwWindow)

/* One of @dashboard and @experiment is NULL. @title: what it is of, shown. @time: as in a dashboard, @variables: name → value of what is shown (nullable).
 * @zone: the name of a time zone; NULL or "": that of this machine. */
GtkWindow *leyden_report_dialog_present (GtkWindow *parent, const char *dashboard, const char *experiment, const char *title, LeydenValue *time,
                                         const char *zone, LeydenValue *variables);
/* Makes one and writes it to @file; the end of its name (.pdf or .html) decides over the format that is chosen. */
void       leyden_report_dialog_save    (LeydenReportDialog *self, GFile *file);

G_END_DECLS
