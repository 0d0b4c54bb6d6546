/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-agent-page.h"

G_BEGIN_DECLS

/**
 * LeydenAgentsPage: rollouts of agents outside of any flow, newest first, and one of them as the trainer will see it.
 *
 * Property: showing-list (boolean). Signals "attach-requested" () and "lines-requested" (const char *rollout).
 */
#define LEYDEN_TYPE_AGENTS_PAGE (leyden_agents_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenAgentsPage, leyden_agents_page, LEYDEN, AGENTS_PAGE, GtkWidget)

GtkWidget       *leyden_agents_page_new       (void);
void             leyden_agents_page_show      (LeydenAgentsPage *self, const char *rollout);
void             leyden_agents_page_show_list (LeydenAgentsPage *self);
gboolean         leyden_agents_page_is_list   (LeydenAgentsPage *self);
/* NULL until one was shown. (transfer none) */
LeydenAgentPage *leyden_agents_page_get_page  (LeydenAgentsPage *self);

G_END_DECLS
