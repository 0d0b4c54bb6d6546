/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-breakpoints.h"
#include "leyden-rollout-view.h"

G_BEGIN_DECLS

/**
 * LeydenWatches: expressions over what the rollout holds at the position, evaluated by its backend whenever that changes. They are kept with the document.
 *
 * Signal "show-value" (const char *title, LeydenValue *value, nullable): one of them is to be seen whole; again whenever it is another.
 */
#define LEYDEN_TYPE_WATCHES (leyden_watches_get_type ())
G_DECLARE_FINAL_TYPE (LeydenWatches, leyden_watches, LEYDEN, WATCHES, GtkWidget)

GtkWidget *leyden_watches_new      (void);
void       leyden_watches_set_view (LeydenWatches     *self,
                                    LeydenRolloutView *view);
/* @store (nullable): where they are kept. */
void       leyden_watches_set_store (LeydenWatches     *self,
                                     LeydenBreakpoints *store);
void       leyden_watches_add      (LeydenWatches     *self,
                                    const char        *expression);
/* Shows those only that have @text in the expression or the value; "": all. */
void       leyden_watches_search   (LeydenWatches     *self,
                                    const char        *text);
/* Something else is seen whole by now. */
void       leyden_watches_forget_shown (LeydenWatches *self);

G_END_DECLS
