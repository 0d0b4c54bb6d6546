/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-value.h"

G_BEGIN_DECLS

/* A backend of the test's own process that says what the test wants, where the real one could not be made to: experiments of any shape. The
 * session finds it by its rendezvous file. One experiment, one data set. */

/* Listens, writes the rendezvous file, and connects the session. */
void         mock_backend_start        (void);
void         mock_backend_stop         (void);
/* What GET of the experiment, the list and the stream say from now on; NULL: there is none (404). Followers are told. @whole: with the
 * snapshot itself, else only that it changed. */
void         mock_backend_set_snapshot (LeydenValue *snapshot, gboolean whole);
/* Answer of GET …/grid. */
void         mock_backend_set_grid     (LeydenValue *grid);
/* Body of the flow that the experiment trained. */
void         mock_backend_set_flow     (GBytes *flow);
/* The next POST of an experiment is refused with that status and detail. */
void         mock_backend_refuse       (guint status, const char *detail);
/* Body of the last POST of an experiment; nullable. (transfer none) */
LeydenValue *mock_backend_get_posted   (void);
/* "pause", "resume", "stop": the last that came; nullable. */
const char  *mock_backend_get_told     (void);
/* Query of the last GET …/grid; nullable. */
const char  *mock_backend_get_grid_query (void);
guint        mock_backend_get_n_grids  (void);

/* Any other route: what "GET /leyden/v1/rollouts/r/state?until=3", or the same without its query, or with "*" for
 * what is behind its last "/", is answered from now on, before all else. Who asks
 * for a stream there gets one, into which mock_backend_send() writes. */
void         mock_backend_answer       (const char *request, guint status, const char *json);
/* An event to all who follow the stream at @path; @id (nullable): its position. */
void         mock_backend_send         (const char *path, const char *event, const char *id, const char *json);
/* How many requests came whose "METHOD path?query body" begins so. */
guint        mock_backend_count        (const char *start);
/* The last of them; NULL when none came. (transfer none) */
const char  *mock_backend_last         (const char *start);

G_END_DECLS
