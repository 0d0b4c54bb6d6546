/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-experiment-page.h"

G_BEGIN_DECLS

/**
 * LeydenExperimentsPage: the place Experiments: the list of all that the backend knows, newest first, and the page of one.
 *
 * Signals: as of LeydenExperimentPage; "train-requested" (): the empty page leads to the panel Train.
 */
#define LEYDEN_TYPE_EXPERIMENTS_PAGE (leyden_experiments_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenExperimentsPage, leyden_experiments_page, LEYDEN, EXPERIMENTS_PAGE, GtkWidget)

GtkWidget            *leyden_experiments_page_new      (void);
void                  leyden_experiments_page_show     (LeydenExperimentsPage *self,
                                                        const char            *experiment);
/* Back to the list. */
void                  leyden_experiments_page_show_list (LeydenExperimentsPage *self);
/* NULL until one was shown. (transfer none) */
LeydenExperimentPage *leyden_experiments_page_get_page (LeydenExperimentsPage *self);

G_END_DECLS
