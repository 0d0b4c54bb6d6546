/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-rollout-view.h"

G_BEGIN_DECLS

/*
 * Three things are asked for, each with at most one request under way, and again when something came meanwhile:
 *
 *   row          GET rollouts/ID?state=false   at first, and when the stream ended: how long the log is decides how the state is asked for
 *   live state   GET rollouts/ID               after records, when the position is the newest; gives row and last too
 *   past state   GET rollouts/ID/state         when the position changes
 *                of a large rollout, live too, first the summary, then the whole; of a huge one the values of what is looked at
 *   debug        GET rollouts/ID/debug         after records and commands
 */
struct _LeydenRolloutView
{
  GObject             parent_instance;

  LeydenSession      *session;
  LeydenFlow         *flow;             /* nullable */
  char               *rollout;
  char               *run;              /* nullable */
  LeydenValue        *row;              /* nullable */
  LeydenValue        *state;            /* nullable */
  LeydenValue        *debug;            /* nullable */
  guint64             last;
  guint64             position;         /* 0: the newest */
  guint64             shown;            /* of the state; 0: the newest */
  gboolean            summary;          /* the state is one */
  LeydenValue        *told;             /* the last summary; nullable */
  GPtrArray          *parts;            /* LeydenValue: nodes with values of the position that was last asked for them */
  GStrv               scopes;           /* whose values are being asked for; nullable */
  guint               next_scope;
  char               *scope;            /* "solve[3]/": the round whose values are shown, or being asked for; "" the flow alone; nullable */
  char               *picked;           /* the same, chosen by hand: holds until the position changes; nullable */
  gboolean            stale_scope;      /* it was chosen, and not asked for yet */
  gboolean            too_large;        /* could not be had whole */
  gboolean            busy;

  LeydenSubscription *subscription;     /* NULL until the first answer told where to begin */
  GCancellable       *cancellable;
  gboolean            asking_state;
  gboolean            stale_state;      /* records came, or the position changed, while it was asked for */
  gboolean            stale_row;
  gboolean            asking_debug;
  gboolean            stale_debug;
  gboolean            no_debug;         /* the backend has no such route */
  guint               refresh_source;
  guint               rest_source;
  guint               progress_source;
  gboolean            asking_progress;
  double              progress;         /* below 0: nothing is waited for */
};

/* leyden-rollout-progress.c */
/* An answer about the state is waited for, or came. */
void leyden_rollout_view_begin_wait (LeydenRolloutView *self);
void leyden_rollout_view_end_wait   (LeydenRolloutView *self);
void leyden_rollout_view_set_progress (LeydenRolloutView *self,
                                       double             progress);

/* Of the view, for what is asked about the state. @answer: of GET rollouts/{rollout}. */
void leyden_rollout_view_take_row   (LeydenRolloutView *self,
                                     LeydenValue       *answer);
void leyden_rollout_view_take_last  (LeydenRolloutView *self,
                                     guint64            last);
/* @position: whose state it is. */
void leyden_rollout_view_take_state (LeydenRolloutView *self,
                                     LeydenValue       *state,
                                     guint64            position,
                                     gboolean           summary);
void leyden_rollout_view_fail       (LeydenRolloutView *self,
                                     const GError      *error);

/* The state at the position, and the row when that is not known; now, or when what is under way is answered. */
void leyden_rollout_view_ask_state  (LeydenRolloutView *self);

G_END_DECLS
