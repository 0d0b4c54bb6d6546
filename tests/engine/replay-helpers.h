/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine-helpers.h"

G_BEGIN_DECLS

/* A flow whose run makes a log worth looking at. */
typedef struct
{
  const char *name;
  const char *flow;             /* compact, for test_plan() */
  const char *input;
} ReplayFlow;
extern const ReplayFlow replay_flows[];
extern const guint      n_replay_flows;

/* Answers the agent and the model calls of these flows: the same question gets the same answer. */
LeydenValue *replay_answer   (const LeydenModelCall *call, GError **error);
/* Runs one of them over @store (nullable). */
Watch       *replay_run      (LeydenStore *store, const ReplayFlow *flow);
/* Logs of all flows, and some that no engine writes: (element-type GPtrArray of LeydenRecord). */
GPtrArray   *replay_make_logs (void);
/* The plain fold of the first @n records. */
LeydenValue *replay_fold     (GPtrArray *records, guint n);

G_END_DECLS
