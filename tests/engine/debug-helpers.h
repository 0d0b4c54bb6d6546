/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine-helpers.h"

G_BEGIN_DECLS

/* A flow with what debugging is about: a map, a loop and a subflow, an agent with two tools, parallel branches, an if and a reward. */
extern const char debug_flow[];
/* What it runs over, and how its models answer (any number of turns with tools, then text). */
extern const char debug_input[];
LeydenValue *debug_answer         (const LeydenModelCall *call, GError **error);

/* Breakpoints as JSON text (NULL: none) for @plan. (transfer full) */
LeydenDebug *debug_new            (LeydenPlan *plan, const char *breakpoints);
/* @rollout NULL: a new one. */
Watch       *debug_start          (LeydenEngine *engine, LeydenPlan *plan, LeydenDebug *debug, const char *rollout, const char *input,
                                   gboolean paused);
/* Waits until it is paused, and all that ran has come to its end or to the gate; fails the test when it ends instead. */
void         debug_wait_paused    (Watch *watch);
/* TRUE: paused, FALSE: finished. */
gboolean     debug_wait           (Watch *watch);
/* Until nothing happens any more. */
void         debug_settle         (void);
void         debug_do             (Watch *watch, LeydenDebugCommand command, const char *node);
/* Command and wait. */
gboolean     debug_do_wait        (Watch *watch, LeydenDebugCommand command, const char *node);
/* Paused there, for that reason (NULL: any). */
void         debug_assert_at      (Watch *watch, const char *node, const char *reason);
/* A member of leyden_rollout_debug_describe() as JSON text. (transfer full) */
char        *debug_tell           (Watch *watch, const char *member);
#define debug_assert_tells(watch, member, expected)                   \
  G_STMT_START                                                        \
  {                                                                   \
    g_autofree char *told = debug_tell (watch, member);               \
    g_assert_cmpstr (told, ==, expected);                             \
  }                                                                   \
  G_STMT_END

G_END_DECLS
