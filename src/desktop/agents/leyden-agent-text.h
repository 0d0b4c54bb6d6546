/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* What GET …/training says, in words. All (transfer full). */

/* One plain sentence over the whole: what a trainer takes of it. @good (out): it learns something. */
char *leyden_agent_describe_verdict   (LeydenValue *training, gboolean *good);
/* Why a call is dropped, or what of it is trained. */
char *leyden_agent_describe_call      (LeydenValue *call);
/* "+0.87", "–". */
char *leyden_agent_format_advantage   (LeydenValue *training);
/* What the advantage is compared with. */
char *leyden_agent_describe_group     (LeydenValue *training);
/* "1.00", or what it counts as when none came. */
char *leyden_agent_format_reward      (LeydenValue *training);
/* Rows of the list: state, reward, time. */
char *leyden_agent_describe_row       (LeydenValue *row);

G_END_DECLS
