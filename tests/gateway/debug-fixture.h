/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli-helpers.h"

G_BEGIN_DECLS

/* A backend with the sample, and one who debugs what runs there. */
typedef struct
{
  Sandbox sandbox;
  char   *database;
  char   *flow;
  Server *server;
} DebugFixture;

/* A problem that the simulated model knows. */
#define DEBUG_INPUT "\"input\": {\"question\": \"Pavel bakes 47 cookies, keeps 20 of them and shares the rest equally among 3 friends. How many cookies does each friend get?\", \"answer\": \"9\", \"data_id\": \"a-0001\"}"

void         debug_serve            (DebugFixture *fixture);
void         debug_set_up           (DebugFixture *fixture, gconstpointer data);
void         debug_tear_down        (DebugFixture *fixture, gconstpointer data);
void         debug_kill_and_serve   (DebugFixture *fixture);
LeydenValue *debug_post_run         (DebugFixture *fixture, const char *members, guint expected);
/* Starts a run; its id and that of its only rollout. */
void         debug_start_run        (DebugFixture *fixture, const char *members, char **run, char **rollout);
LeydenValue *debug_get_debug        (DebugFixture *fixture, const char *rollout);
/* Asks until it is paused or has ended. */
LeydenValue *debug_wait_debug       (DebugFixture *fixture, const char *rollout);
LeydenValue *debug_command          (DebugFixture *fixture, const char *rollout, const char *body, guint expected);
/* Commands and waits; where it stands then. */
LeydenValue *debug_go               (DebugFixture *fixture, const char *rollout, const char *body);
void         debug_assert_at        (LeydenValue *debug, const char *node, const char *reason);
LeydenValue *debug_get_state        (DebugFixture *fixture, const char *rollout);
/* What a rollout without any pause ends with. */
LeydenValue *debug_run_plain        (DebugFixture *fixture);
void         debug_assert_same_end  (LeydenValue *a, LeydenValue *b);
void         debug_refuse_all       (DebugFixture *fixture, const char *path, const char *method, const char *body, guint expected);

#define DEBUG_ADD(path, func) g_test_add (path, DebugFixture, NULL, debug_set_up, func, debug_tear_down)

G_END_DECLS
