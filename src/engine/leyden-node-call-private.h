/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-rollout-private.h"

G_BEGIN_DECLS

/* No call, but the outputs of a node from the cache, which wait for their time like an answer. */
#define LEYDEN_CALL_KEPT ((LeydenCallKind) 9)

/* One call to the outside under way; the data of its task. */
typedef struct
{
  LeydenNodeContext *context;           /* a reference */
  LeydenCallKind     kind;
  LeydenEffects      effects;
  LeydenValue       *request;
  LeydenCallPerform  perform;
  LeydenCallFinish   finish;
  gpointer           user_data;
  GDestroyNotify     destroy;
  char              *path;              /* of the call: "agent#2/calculator" */
  char              *hash;              /* of the canonical request; NULL while nothing records */
  char              *asked_hash;        /* of what the node asked, when somebody changed it; else NULL */
  guint              ordinal;           /* among the calls of the path in this try */
  LeydenValue       *answer;            /* held back until its modelled time has come */
  double             due_ms;            /* that time, from the start of the rollout */
} LeydenNodeCall;

/* Takes @request, @path and @user_data. */
void  leyden_node_call_start  (LeydenNodeContext *context, LeydenCallKind kind, LeydenEffects effects, LeydenValue *request,
                               char *path, guint ordinal, LeydenCallPerform perform, LeydenCallFinish finish,
                               gpointer user_data, GDestroyNotify destroy, GAsyncReadyCallback callback, gpointer data);
/* Gives @answer to @callback (a GTask's pointer, transfer full) when its modelled time has come, in order with answers of calls. */
void  leyden_node_call_hand_out (LeydenNodeContext *context, LeydenValue *answer, GAsyncReadyCallback callback, gpointer data);
/* A call that a debugger held: it starts, or never does. Takes @task. */
void  leyden_node_call_go     (GTask *task);
void  leyden_node_call_drop   (GTask *task);
char *leyden_node_call_key    (const char *path, LeydenCallKind kind, guint try, guint ordinal, const char *hash);

G_END_DECLS
