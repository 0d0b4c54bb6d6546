/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-debug-private.h"
#include "leyden-node-call-private.h"

G_BEGIN_DECLS

/*
 *            breakpoint, pause, what was stepped ended
 *   FREE ────────────────────────────────► PAUSED ◄─┐
 *    ▲ │ step …                             │ │     │
 *    │ └──────────► STEPPING ◄── step … ────┘ │     │
 *    │                  └─────────────────────┼─────┘
 *    └───────────── continue, run-to ─────────┘
 */
typedef enum
{
  LEYDEN_DEBUG_FREE,
  LEYDEN_DEBUG_STEPPING,        /* only what is stepped may start */
  LEYDEN_DEBUG_PAUSED,          /* nothing starts, and no failure has consequences */
} LeydenDebugMode;

/* A failure whose consequence waits. */
typedef struct
{
  LeydenScope *scope;
  char        *state;
  LeydenValue *error;
} LeydenDeferred;

/* A breakpoint that was met during a pause: it pauses again before anything goes on. */
typedef struct
{
  char        *path;
  char        *focus;           /* path of the node whose call it is; nullable */
  LeydenValue *hit;             /* payload of its breakpoint.hit */
} LeydenWaitingHit;

/* What debugs one rollout; made when it is first paused or stepped. */
struct _LeydenDebugger
{
  LeydenDebugMode    mode;
  char              *reason;            /* of the pause */
  char              *node;              /* path at which it stands; nullable */
  LeydenValue       *breakpoint;        /* payload of the breakpoint.hit that paused it; nullable */
  gint64             paused_us;         /* since then */
  gint64             paused_ns;         /* the same as the log has it, also of a process before */
  GHashTable        *passed;            /* paths of nodes and calls that start without another look at breakpoints */
  GPtrArray         *gated;             /* GTask of calls that may not start */
  char              *focus;             /* path of the node whose calls are stepped; nullable */
  GQueue             deferred;          /* LeydenDeferred */
  GQueue             waiting;           /* LeydenWaitingHit, in the order in which they were met */

  /* A step. Neither scope nor call: what is ready first is not chosen yet. */
  LeydenScope       *step_scope;        /* of the node that is stepped; nullable, a reference */
  guint              step_node;
  GTask             *step_call;         /* that is stepped; nullable, a reference */
  LeydenNodeContext *step_context;      /* of that call; nullable, a reference */
  gboolean           step_into;
  gboolean           step_done;         /* it has ended: the next start pauses */

  gboolean           runs_to;
  LeydenDebugPlace   to;
  char              *to_path;
};

static inline gboolean
leyden_rollout_is_debugged (LeydenRollout *self)
{
  return self->debugger != NULL || (self->debug != NULL && self->debug->n_armed > 0);
}

static inline gboolean
leyden_rollout_is_paused (LeydenRollout *self)
{
  return self->debugger != NULL && self->debugger->mode == LEYDEN_DEBUG_PAUSED;
}

/* leyden-rollout-debug.c */
LeydenDebugger *leyden_rollout_get_debugger       (LeydenRollout *self);
/* @node NULL: what would be next. */
void            leyden_rollout_debug_pause        (LeydenRollout *self, const char *reason, const char *node, const char *actor);
/* @focus (nullable): path of the node whose call @path is. */
void            leyden_rollout_debug_hit          (LeydenRollout *self, LeydenBreakpoint *breakpoint, const char *path, const char *focus,
                                                   const char *why);
/* Pauses for what was met during the pause that is over; FALSE: there was nothing. */
gboolean        leyden_rollout_debug_hit_waiting  (LeydenRollout *self);
/* Takes over a breakpoint.hit of a log that was met during a pause, or takes away the one whose turn came. */
void            leyden_rollout_debug_read_waiting (LeydenRollout *self, LeydenRecord *record);
void            leyden_rollout_debug_forget_waiting (LeydenDebugger *self);
void            leyden_rollout_debug_clear_step   (LeydenDebugger *self);
/* Whether @node is what is stepped, or stands in it. */
gboolean        leyden_rollout_debug_is_stepped   (LeydenDebugger *self, LeydenScope *scope, guint node);
/* The top of the stack of what may be done now. */
LeydenWork     *leyden_rollout_debug_pick         (LeydenRollout *self);
/* Nothing is left to do at present; TRUE when the rollout must not end for that. */
gboolean        leyden_rollout_debug_settle       (LeydenRollout *self);
/* TRUE: it may not start, and is ready still. */
gboolean        leyden_rollout_debug_before       (LeydenScope *scope, guint node);
void            leyden_rollout_debug_after        (LeydenScope *scope, guint node, LeydenValue *outputs);
void            leyden_rollout_debug_failed       (LeydenScope *scope, guint node, LeydenValue *error);
void            leyden_rollout_debug_reward       (LeydenScope *scope, guint node, const char *path, LeydenValue *payload);
/* What is stepped may have ended with it. */
void            leyden_rollout_debug_ended        (LeydenScope *scope, guint node);
/* TRUE when the failure waits for the end of the pause. */
gboolean        leyden_rollout_debug_defer        (LeydenScope *scope, const char *state, LeydenValue *error);
void            leyden_rollout_debug_apply        (LeydenRollout *self);
/* The rollout has ended; what calls of it are held is dropped with their scopes. */
void            leyden_rollout_debug_end          (LeydenRollout *self);
void            leyden_debugger_free              (LeydenDebugger *self);
/* The node at which it stands, when it could start; NULL: it stands elsewhere. */
LeydenScope    *leyden_rollout_debug_find_standing (LeydenRollout *self, guint *node);
/* Paths of what could start, the next first; at most @max. */
GPtrArray      *leyden_rollout_debug_list_ready   (LeydenRollout *self, guint max);

/* leyden-rollout-debug-calls.c. Takes @task when it gives TRUE: the call may not start. */
gboolean        leyden_rollout_debug_gate         (LeydenRollout *self, GTask *task);
void            leyden_rollout_debug_answered     (LeydenRollout *self, GTask *task, LeydenValue *answer);
gboolean        leyden_rollout_debug_is_focus     (LeydenRollout *self, LeydenNodeCall *call);
/* The next call in the order of leyden_rollout_debug_list_ready(), and only that of the focus when @focus. */
gboolean        leyden_rollout_debug_step_call    (LeydenRollout *self, gboolean focus);
/* All, or those of what is stepped. */
void            leyden_rollout_debug_release      (LeydenRollout *self, gboolean stepped);
/* Those of the scope, which has ended. */
void            leyden_rollout_debug_drop_calls   (LeydenRollout *self, LeydenScope *scope);

/* leyden-rollout-debug-resume.c */
/* Reads what the log from @begin says of pauses; before anything is taken over. */
void            leyden_rollout_debug_read         (LeydenRollout *self, GPtrArray *records, guint begin);
/* Everything else was taken over. */
void            leyden_rollout_debug_read_done    (LeydenRollout *self, gboolean started);
/* @node was under way when the log ends: it is no new start. TRUE: it goes on at once, for all is paused. */
gboolean        leyden_rollout_debug_restart      (LeydenScope *scope, guint node);

/* leyden-rollout-edit.c */
gboolean        leyden_rollout_edit_check_paused (LeydenRollout *self, GError **error);
gboolean        leyden_rollout_edit_refuse        (GError **error, int code, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* The sequence of the record that was logged last; @func is called when it is on disk. */
guint64         leyden_rollout_edit_written       (LeydenRollout *self, LeydenRolloutAnswered func, gpointer data);
void            leyden_rollout_read_edited_value  (LeydenScope *scope, guint node, LeydenRecord *record);
void            leyden_rollout_read_edited_parameter (LeydenRollout *self, LeydenRecord *record);
/* The scope of a node path that is open; NULL: none. */
LeydenScope    *leyden_rollout_find_scope         (LeydenRollout *self, const char *path, guint *node);

/* leyden-rollout-edit-call.c */
void            leyden_rollout_read_edited_call   (LeydenRollout *self, LeydenRecord *record);
/* A call that begins asks what somebody put in place of its own request, before the process ended. */
void            leyden_rollout_take_edited_call   (LeydenNodeCall *call);
/* {"path", "kind", "ordinal", "edited", "name" and "arguments" | "endpoint" and "request"} of the call that a step lets go. (nullable) */
LeydenValue    *leyden_rollout_describe_held      (LeydenRollout *self);

G_END_DECLS
