/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "leyden-flow.h"
#include "leyden-session.h"

G_BEGIN_DECLS

/**
 * LeydenRolloutView: one rollout as the window follows it, live or at a past position, over connections that come and go. It holds what the
 * backend said last and folds nothing itself.
 *
 * Properties (notify):
 * "row" (LeydenValue, NULL until known): the backend's row of the rollout;
 * "last" (uint64): sequence of the newest record that is known;
 * "position" (uint64): sequence that is looked at, 0: the newest, whatever comes;
 * "state" (LeydenValue, NULL until known): the fold at the position, as the last answer had it; see leyden_rollout_view_is_current();
 * "debug" (LeydenValue, NULL: unknown): GET …/debug;
 * "busy" (boolean): a command or an edit is on its way;
 * "progress" (double): share of a long log that the backend has read for what is asked for, 0 to 1; below 0: nothing takes long.
 *
 * Signals: "record" (LeydenValue *record), in order, those that come while it is followed; "delta" (const char *node, const char *text), provisional
 * text of a model; "failed" (GError *error): what was asked for, or the rollout itself, cannot be had; "edited" (): what
 * leyden_rollout_view_edit() asked for is in the log.
 */
#define LEYDEN_TYPE_ROLLOUT_VIEW (leyden_rollout_view_get_type ())
G_DECLARE_FINAL_TYPE (LeydenRolloutView, leyden_rollout_view, LEYDEN, ROLLOUT_VIEW, GObject)

LeydenRolloutView *leyden_rollout_view_new             (LeydenSession       *session,
                                                        const char          *rollout);
LeydenSession     *leyden_rollout_view_get_session     (LeydenRolloutView   *self);
const char        *leyden_rollout_view_get_rollout     (LeydenRolloutView   *self);
/* The flow that gives its nodes their titles; nullable. */
LeydenFlow        *leyden_rollout_view_get_flow        (LeydenRolloutView   *self);
void               leyden_rollout_view_set_flow        (LeydenRolloutView   *self,
                                                        LeydenFlow          *flow);
/* Id of its run; NULL until known. */
const char        *leyden_rollout_view_get_run         (LeydenRolloutView   *self);
LeydenValue       *leyden_rollout_view_get_row         (LeydenRolloutView   *self);
LeydenValue       *leyden_rollout_view_get_state       (LeydenRolloutView   *self);
LeydenValue       *leyden_rollout_view_get_debug       (LeydenRolloutView   *self);
guint64            leyden_rollout_view_get_last        (LeydenRolloutView   *self);
guint64            leyden_rollout_view_get_position    (LeydenRolloutView   *self);
/* The position as a number also when it is the newest: what "until" of the API takes. */
guint64            leyden_rollout_view_get_until       (LeydenRolloutView   *self);
/* The newest is looked at, whatever comes. */
gboolean           leyden_rollout_view_is_live         (LeydenRolloutView   *self);
/* Whether the state is that of the position, and not still that of one before. */
gboolean           leyden_rollout_view_is_current      (LeydenRolloutView   *self);
/* The state has no values yet: they follow when the position rests. */
gboolean           leyden_rollout_view_is_summary      (LeydenRolloutView   *self);
gboolean           leyden_rollout_view_is_paused       (LeydenRolloutView   *self);
/* Nothing follows in the log. */
gboolean           leyden_rollout_view_is_final        (LeydenRolloutView   *self);
gboolean           leyden_rollout_view_is_busy         (LeydenRolloutView   *self);
/* Its models are simulated, at whatever position one looks: costs are credits then. */
gboolean           leyden_rollout_view_is_simulated    (LeydenRolloutView   *self);

double             leyden_rollout_view_get_progress    (LeydenRolloutView   *self);

/* 0, or beyond the last: the newest. The latest wish wins: at most one request is under way. */
void               leyden_rollout_view_set_position    (LeydenRolloutView   *self,
                                                        guint64              position);
/* Of a rollout that is too long for all its rounds at once: the values of the round @scope ("solve[3]/"; those around it too) come as "state". Until the position
 * changes, which shows the round of its record. */
void               leyden_rollout_view_pick_round      (LeydenRolloutView   *self,
                                                        const char          *scope);
/* The round whose values are shown, or on their way; "": that of no record; NULL: all are there, or none yet. */
const char        *leyden_rollout_view_get_round       (LeydenRolloutView   *self);
/* "pause", "continue", "step", "step-into", "step-out", "run-to" (with @node), "stop". The answer comes as "debug", or as "failed"; nothing is
 * sent while another is on its way. */
void               leyden_rollout_view_command         (LeydenRolloutView   *self,
                                                        const char          *command,
                                                        const char          *node);
/* A value of an output @port, or a @parameter, the other NULL, while the rollout is paused. The answer comes as "edited", or as "failed"; FALSE: nothing
 * was sent, because another is on its way. */
gboolean           leyden_rollout_view_edit            (LeydenRolloutView   *self,
                                                        const char          *node,
                                                        const char          *port,
                                                        const char          *parameter,
                                                        LeydenValue         *value);
/* The same for what a held call asks for: @what "arguments" or "request"; @ordinal which of those at @path. */
gboolean           leyden_rollout_view_edit_call       (LeydenRolloutView   *self,
                                                        const char          *path,
                                                        gint64               ordinal,
                                                        const char          *what,
                                                        LeydenValue         *value);
/* A request below /leyden/v1/rollouts/{rollout}: @tail "/evaluate", "/fork", with query. It ends with the view. Finish with
 * leyden_backend_request_finish() of the object that @callback gets. */
void               leyden_rollout_view_request         (LeydenRolloutView   *self,
                                                        const char          *method,
                                                        const char          *tail,
                                                        LeydenValue         *body,
                                                        GAsyncReadyCallback  callback,
                                                        gpointer             data);
/* Asks again for all that is known. */
void               leyden_rollout_view_refresh         (LeydenRolloutView   *self);
/* Follows no more, and asks for nothing; the rollout goes on. */
void               leyden_rollout_view_close           (LeydenRolloutView   *self);

G_END_DECLS
