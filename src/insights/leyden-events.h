/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-outbox.h"
#include "leyden-record.h"

G_BEGIN_DECLS

/* What happens to rollouts, runs and experiments, as events for webhooks. What is about rollouts is found in the log, by its position; what is
 * about runs and experiments in their rows, by time. Both may be looked at again after a crash: an event has the same id again, and is not
 * added twice. */

typedef struct
{
  const char *event;            /* "rollout.finished", static */
  char       *rollout;
  char       *state;            /* how it ended; nullable */
  double      reward;           /* of a reward; else NaN */
  guint64     position;
  gint64      time_ns;
} LeydenLoggedEvent;
void     leyden_logged_event_free (LeydenLoggedEvent *self);

/* NULL: the record is nothing that webhooks are told. (transfer full) (nullable) */
LeydenLoggedEvent *leyden_logged_event_new (LeydenRecord *record);
/* Whether any of @hook's patterns is about rollouts, or about runs and experiments. */
gboolean leyden_events_wants_log  (const LeydenWebhook *hook);
gboolean leyden_events_wants_ends (const LeydenWebhook *hook);

/* In a change. @events: (element-type LeydenLoggedEvent): those that @hook wants; @position: of the log that was looked at. */
gboolean leyden_events_add_logged (sqlite3 *db, const LeydenWebhook *hook, GPtrArray *events, guint64 position, const char *source, gint64 now_ns,
                                   gint64 *n_added, GError **error);
/* Runs and experiments that began or ended since it was last looked. */
gboolean leyden_events_add_ends   (sqlite3 *db, const LeydenWebhook *hook, const char *source, gint64 now_ns, gint64 *n_added, GError **error);

G_END_DECLS
