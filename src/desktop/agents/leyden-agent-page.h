/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenAgentPage: a rollout of an agent as a trainer will see it: each call, trained or dropped and why, with its tokens; the reward; the
 * advantage within its group. It follows the rollout while it is shown.
 *
 * Signal "rollout-activated" (const char *rollout): the user asks to see another one of the group. Signal
 * "lines-requested" (const char *rollout): and the lines of one that waits.
 */
#define LEYDEN_TYPE_AGENT_PAGE (leyden_agent_page_get_type ())
G_DECLARE_FINAL_TYPE (LeydenAgentPage, leyden_agent_page, LEYDEN, AGENT_PAGE, GtkWidget)

GtkWidget   *leyden_agent_page_new         (void);
/* NULL: none. */
void         leyden_agent_page_set_rollout (LeydenAgentPage *self, const char *rollout);
const char  *leyden_agent_page_get_rollout (LeydenAgentPage *self);
/* As of the last answer; nullable. (transfer none) */
LeydenValue *leyden_agent_page_get_training (LeydenAgentPage *self);
/* Opens a call, as a click on it does. */
void         leyden_agent_page_open_call   (LeydenAgentPage *self, guint call);

G_END_DECLS
