/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-view-private.h"

/* The first answer about a long rollout needs its whole log read: how far that is, while somebody waits. */

#define POLL_MS 400

static void
progress_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenRolloutView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  double read = leyden_value_get_member_double (answer, "read", 0);

  self->asking_progress = FALSE;
  if (self->progress_source != 0 && leyden_value_get_member_boolean (answer, "reading", FALSE) && self->last > 0)
    leyden_rollout_view_set_progress (self, CLAMP (read / (double) self->last, 0, 1));
}

static gboolean
poll_cb (gpointer data)
{
  LeydenRolloutView *self = data;

  if (self->asking_progress)
    return G_SOURCE_CONTINUE;
  self->asking_progress = TRUE;
  leyden_rollout_view_request (self, "GET", "/reading", NULL, progress_cb, g_object_ref (self));
  return G_SOURCE_CONTINUE;
}

void
leyden_rollout_view_begin_wait (LeydenRolloutView *self)
{
  if (self->progress_source == 0)
    self->progress_source = g_timeout_add (POLL_MS, poll_cb, self);
}

void
leyden_rollout_view_end_wait (LeydenRolloutView *self)
{
  g_clear_handle_id (&self->progress_source, g_source_remove);
  leyden_rollout_view_set_progress (self, -1);
}
