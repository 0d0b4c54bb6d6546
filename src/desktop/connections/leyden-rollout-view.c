/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-view-private.h"

/* While records arrive, the state is asked for at most this often. */
#define REFRESH_MS 150

G_DEFINE_FINAL_TYPE (LeydenRolloutView, leyden_rollout_view, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ROW,
  PROP_LAST,
  PROP_POSITION,
  PROP_STATE,
  PROP_DEBUG,
  PROP_BUSY,
  PROP_PROGRESS,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_RECORD,
  SIGNAL_DELTA,
  SIGNAL_FAILED,
  SIGNAL_EDITED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void ask_debug (LeydenRolloutView *self);

static void
take (LeydenRolloutView  *self,
      LeydenValue       **place,
      LeydenValue        *value,
      guint               property)
{
  if (*place == value || (*place != NULL && value != NULL && leyden_value_equal (*place, value)))
    return;
  if (value != NULL)
    leyden_value_ref (value);
  g_clear_pointer (place, leyden_value_unref);
  *place = value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

void
leyden_rollout_view_take_last (LeydenRolloutView *self,
                               guint64            last)
{
  if (last <= self->last)
    return;
  self->last = last;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LAST]);
}

static void
set_busy (LeydenRolloutView *self,
          gboolean           busy)
{
  if (self->busy == busy)
    return;
  self->busy = busy;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

void
leyden_rollout_view_fail (LeydenRolloutView *self,
                          const GError      *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[SIGNAL_FAILED], 0, error);
}

void
leyden_rollout_view_request (LeydenRolloutView   *self,
                             const char          *method,
                             const char          *tail,
                             LeydenValue         *body,
                             GAsyncReadyCallback  callback,
                             gpointer             data)
{
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;

  g_return_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self));
  g_return_if_fail (method != NULL && tail != NULL);

  id = leyden_backend_escape (self->rollout);
  path = g_strconcat ("/leyden/v1/rollouts/", id, tail, NULL);
  leyden_backend_request_async (leyden_session_get_backend (self->session), method, path, body, self->cancellable, callback, data);
}

/* --- what is asked for again --- */

static gboolean
refresh_cb (gpointer data)
{
  LeydenRolloutView *self = data;

  self->refresh_source = 0;
  if (self->position == 0)
    leyden_rollout_view_ask_state (self);
  ask_debug (self);
  return G_SOURCE_REMOVE;
}

static void
refresh_later (LeydenRolloutView *self)
{
  if (self->refresh_source == 0 && !g_cancellable_is_cancelled (self->cancellable))
    self->refresh_source = g_timeout_add (REFRESH_MS, refresh_cb, self);
}

/* --- the stream --- */

static void
event_cb (LeydenSubscription *subscription,
          const char         *event,
          LeydenValue        *data,
          const char         *id,
          gpointer            user_data)
{
  /* Whoever is told may let it go. */
  g_autoptr(LeydenRolloutView) self = g_object_ref (user_data);

  if (g_str_equal (event, "record"))
    {
      leyden_rollout_view_take_last (self, (guint64) MAX (leyden_value_get_member_int (data, "sequence", 0), 0));
      g_signal_emit (self, signals[SIGNAL_RECORD], 0, data);
      refresh_later (self);
    }
  else if (g_str_equal (event, "rollout"))
    take (self, &self->row, data, PROP_ROW);
  else if (g_str_equal (event, "delta"))
    g_signal_emit (self, signals[SIGNAL_DELTA], 0, leyden_value_get_member_string (data, "node", ""),
                   leyden_value_get_member_string (data, "text", ""));
}

/* The row may have changed without having been told. */
static void
ended_cb (LeydenRolloutView *self)
{
  self->stale_row = TRUE;
  refresh_later (self);
}

/* Records before the first answer are in its state; those behind it are told. */
static void
follow (LeydenRolloutView *self)
{
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;
  gint64 position = leyden_value_get_member_int (self->row, "last_position", 0);

  if (self->subscription != NULL)
    return;
  id = leyden_backend_escape (self->rollout);
  path = g_strdup_printf ("/leyden/v1/rollouts/%s/events?deltas=1", id);
  self->subscription = leyden_backend_subscribe (leyden_session_get_backend (self->session), path, (guint64) MAX (position, 0), event_cb, self, NULL);
  g_signal_connect_object (self->subscription, "ended", G_CALLBACK (ended_cb), self, G_CONNECT_SWAPPED);
}

/* A backend that was away, or another process now: what it does with the rollout is asked anew. */
static void
backend_state_cb (LeydenRolloutView *self)
{
  if (leyden_backend_get_state (leyden_session_get_backend (self->session)) == LEYDEN_BACKEND_CONNECTED)
    ended_cb (self);
}

/* --- state --- */

void
leyden_rollout_view_take_row (LeydenRolloutView *self,
                              LeydenValue       *answer)
{
  LeydenValue *row = leyden_value_get_member (answer, "rollout");

  if (self->run == NULL)
    self->run = g_strdup (leyden_value_get_member_string (answer, "run", NULL));
  self->stale_row = FALSE;
  leyden_rollout_view_take_last (self, (guint64) MAX (leyden_value_get_member_int (row, "last_sequence", 0), 0));
  take (self, &self->row, row, PROP_ROW);
  follow (self);
}

void
leyden_rollout_view_take_state (LeydenRolloutView *self,
                                LeydenValue       *state,
                                guint64            position,
                                gboolean           summary)
{
  gboolean changed = self->shown != position || self->summary != summary;

  self->shown = position;
  self->summary = summary;
  if (self->state == state || (self->state != NULL && leyden_value_equal (self->state, state)))
    {
      /* Whoever waits for the values, or for the position, is told that they are there. */
      if (changed)
        g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
      return;
    }
  take (self, &self->state, state, PROP_STATE);
}

/* --- debugging --- */

static void
debug_received_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      data)
{
  g_autoptr(LeydenRolloutView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->asking_debug = FALSE;
  if (answer != NULL)
    take (self, &self->debug, answer, PROP_DEBUG);
  else
    self->no_debug = g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_NOT_FOUND);
  if (self->stale_debug)
    ask_debug (self);
}

static void
ask_debug (LeydenRolloutView *self)
{
  if (self->no_debug)
    return;
  if (self->asking_debug || self->busy)
    {
      self->stale_debug = TRUE;
      return;
    }
  self->asking_debug = TRUE;
  self->stale_debug = FALSE;
  leyden_rollout_view_request (self, "GET", "/debug", NULL, debug_received_cb, g_object_ref (self));
}

/* Whatever was refused, what is so now is shown. */
static void
end_command (LeydenRolloutView *self,
             const GError      *error)
{
  set_busy (self, FALSE);
  if (error != NULL)
    leyden_rollout_view_fail (self, error);
  ask_debug (self);
  refresh_later (self);
}

static void
commanded_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenRolloutView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (leyden_value_get_kind (answer) == LEYDEN_VALUE_OBJECT)
    take (self, &self->debug, answer, PROP_DEBUG);
  end_command (self, error);
}

static void
edited_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenRolloutView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (answer != NULL)
    g_signal_emit (self, signals[SIGNAL_EDITED], 0);
  end_command (self, error);
}

/* --- class --- */

static void
leyden_rollout_view_get_property (GObject    *object,
                                  guint       prop_id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  LeydenRolloutView *self = LEYDEN_ROLLOUT_VIEW (object);

  switch (prop_id)
    {
    case PROP_ROW:
      g_value_set_boxed (value, self->row);
      break;
    case PROP_LAST:
      g_value_set_uint64 (value, self->last);
      break;
    case PROP_POSITION:
      g_value_set_uint64 (value, self->position);
      break;
    case PROP_STATE:
      g_value_set_boxed (value, self->state);
      break;
    case PROP_DEBUG:
      g_value_set_boxed (value, self->debug);
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, self->busy);
      break;
    case PROP_PROGRESS:
      g_value_set_double (value, self->progress);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_rollout_view_dispose (GObject *object)
{
  LeydenRolloutView *self = LEYDEN_ROLLOUT_VIEW (object);

  leyden_rollout_view_close (self);
  g_clear_pointer (&self->row, leyden_value_unref);
  g_clear_pointer (&self->state, leyden_value_unref);
  g_clear_pointer (&self->debug, leyden_value_unref);
  g_clear_pointer (&self->told, leyden_value_unref);
  g_ptr_array_set_size (self->parts, 0);
  g_clear_object (&self->flow);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_rollout_view_parent_class)->dispose (object);
}

static void
leyden_rollout_view_finalize (GObject *object)
{
  LeydenRolloutView *self = LEYDEN_ROLLOUT_VIEW (object);

  g_clear_object (&self->cancellable);
  g_ptr_array_unref (self->parts);
  g_strfreev (self->scopes);
  g_free (self->scope);
  g_free (self->picked);
  g_clear_pointer (&self->rollout, g_free);
  g_clear_pointer (&self->run, g_free);
  G_OBJECT_CLASS (leyden_rollout_view_parent_class)->finalize (object);
}

static void
leyden_rollout_view_class_init (LeydenRolloutViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = leyden_rollout_view_get_property;
  object_class->dispose = leyden_rollout_view_dispose;
  object_class->finalize = leyden_rollout_view_finalize;
  properties[PROP_ROW] = g_param_spec_boxed ("row", NULL, NULL, LEYDEN_TYPE_VALUE, flags);
  properties[PROP_LAST] = g_param_spec_uint64 ("last", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_POSITION] = g_param_spec_uint64 ("position", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_STATE] = g_param_spec_boxed ("state", NULL, NULL, LEYDEN_TYPE_VALUE, flags);
  properties[PROP_DEBUG] = g_param_spec_boxed ("debug", NULL, NULL, LEYDEN_TYPE_VALUE, flags);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  properties[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, -1, 1, -1, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_RECORD] =
    g_signal_new ("record", LEYDEN_TYPE_ROLLOUT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  signals[SIGNAL_DELTA] =
    g_signal_new ("delta", LEYDEN_TYPE_ROLLOUT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_FAILED] =
    g_signal_new ("failed", LEYDEN_TYPE_ROLLOUT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[SIGNAL_EDITED] = g_signal_new ("edited", LEYDEN_TYPE_ROLLOUT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
leyden_rollout_view_init (LeydenRolloutView *self)
{
  self->progress = -1;
  self->cancellable = g_cancellable_new ();
  self->parts = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
}

LeydenRolloutView *
leyden_rollout_view_new (LeydenSession *session,
                         const char    *rollout)
{
  LeydenRolloutView *self;

  g_return_val_if_fail (LEYDEN_IS_SESSION (session), NULL);
  g_return_val_if_fail (rollout != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_ROLLOUT_VIEW, NULL);
  self->session = g_object_ref (session);
  self->rollout = g_strdup (rollout);
  leyden_rollout_view_ask_state (self);
  ask_debug (self);
  g_signal_connect_object (leyden_session_get_backend (session), "notify::state", G_CALLBACK (backend_state_cb), self, G_CONNECT_SWAPPED);
  return self;
}

/* --- what is known --- */

LeydenSession *
leyden_rollout_view_get_session (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), NULL);
  return self->session;
}

LeydenFlow *
leyden_rollout_view_get_flow (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), NULL);
  return self->flow;
}

void
leyden_rollout_view_set_flow (LeydenRolloutView *self,
                              LeydenFlow        *flow)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self));
  g_set_object (&self->flow, flow);
}

const char *
leyden_rollout_view_get_rollout (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), NULL);
  return self->rollout;
}

const char *
leyden_rollout_view_get_run (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), NULL);
  return self->run;
}

LeydenValue *
leyden_rollout_view_get_row (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), NULL);
  return self->row;
}

LeydenValue *
leyden_rollout_view_get_state (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), NULL);
  return self->state;
}

LeydenValue *
leyden_rollout_view_get_debug (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), NULL);
  return self->debug;
}

guint64
leyden_rollout_view_get_last (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), 0);
  return self->last;
}

guint64
leyden_rollout_view_get_position (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), 0);
  return self->position;
}

guint64
leyden_rollout_view_get_until (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), 0);
  return self->position != 0 ? self->position : self->last;
}

gboolean
leyden_rollout_view_is_live (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), FALSE);
  return self->position == 0;
}

gboolean
leyden_rollout_view_is_current (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), FALSE);
  return self->state != NULL && self->shown == self->position;
}

gboolean
leyden_rollout_view_is_summary (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), FALSE);
  return self->summary;
}

gboolean
leyden_rollout_view_is_paused (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), FALSE);
  return leyden_value_get_member_boolean (self->debug, "paused", FALSE);
}

gboolean
leyden_rollout_view_is_simulated (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), FALSE);
  return leyden_value_get_member_boolean (self->row, "simulated", FALSE) || leyden_value_get_member_boolean (self->state, "simulated", FALSE);
}

gboolean
leyden_rollout_view_is_final (LeydenRolloutView *self)
{
  const char *state;

  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), FALSE);
  state = leyden_value_get_member_string (self->row, "state", "");
  return g_str_equal (state, "succeeded") || g_str_equal (state, "failed") || g_str_equal (state, "cancelled");
}

gboolean
leyden_rollout_view_is_busy (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), FALSE);
  return self->busy;
}

/* --- what is wished --- */

void
leyden_rollout_view_set_position (LeydenRolloutView *self,
                                  guint64            position)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self));

  if (position > self->last)
    position = 0;
  if (self->position == position)
    return;
  self->position = position;
  self->stale_scope = FALSE;
  g_clear_pointer (&self->picked, g_free);
  g_clear_handle_id (&self->rest_source, g_source_remove);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_POSITION]);
  leyden_rollout_view_ask_state (self);
}

/* Takes @body. */
static void
post (LeydenRolloutView   *self,
      const char          *tail,
      LeydenValue         *body,
      GAsyncReadyCallback  callback)
{
  set_busy (self, TRUE);
  leyden_rollout_view_request (self, "POST", tail, body, callback, g_object_ref (self));
  leyden_value_unref (body);
}

void
leyden_rollout_view_command (LeydenRolloutView *self,
                             const char        *command,
                             const char        *node)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  g_return_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self));
  g_return_if_fail (command != NULL);

  if (self->busy)
    return;
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "command", command);
  if (node != NULL)
    leyden_value_builder_set_string (&builder, "node", node);
  leyden_value_builder_end (&builder);
  post (self, "/debug", leyden_value_builder_end_value (&builder), commanded_cb);
}

gboolean
leyden_rollout_view_edit (LeydenRolloutView *self,
                          const char        *node,
                          const char        *port,
                          const char        *parameter,
                          LeydenValue       *value)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), FALSE);
  g_return_val_if_fail (node != NULL && (port != NULL) != (parameter != NULL), FALSE);

  if (self->busy)
    return FALSE;
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "node", node);
  leyden_value_builder_set_string (&builder, port != NULL ? "port" : "parameter", port != NULL ? port : parameter);
  leyden_value_builder_set (&builder, "value", value);
  leyden_value_builder_end (&builder);
  post (self, "/edits", leyden_value_builder_end_value (&builder), edited_cb);
  return TRUE;
}

gboolean
leyden_rollout_view_edit_call (LeydenRolloutView *self,
                               const char        *path,
                               gint64             ordinal,
                               const char        *what,
                               LeydenValue       *value)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), FALSE);
  g_return_val_if_fail (path != NULL && what != NULL, FALSE);

  if (self->busy)
    return FALSE;
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "node", path);
  leyden_value_builder_set_int (&builder, "ordinal", ordinal);
  leyden_value_builder_set (&builder, what, value);
  leyden_value_builder_end (&builder);
  post (self, "/edits", leyden_value_builder_end_value (&builder), edited_cb);
  return TRUE;
}

double
leyden_rollout_view_get_progress (LeydenRolloutView *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self), -1);
  return self->progress;
}

void
leyden_rollout_view_set_progress (LeydenRolloutView *self,
                                  double             progress)
{
  if (self->progress == progress)
    return;
  self->progress = progress;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROGRESS]);
}

void
leyden_rollout_view_refresh (LeydenRolloutView *self)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self));
  self->no_debug = FALSE;
  self->stale_row = TRUE;
  leyden_rollout_view_ask_state (self);
  ask_debug (self);
}

void
leyden_rollout_view_close (LeydenRolloutView *self)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_VIEW (self));

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->refresh_source, g_source_remove);
  g_clear_handle_id (&self->rest_source, g_source_remove);
  leyden_rollout_view_end_wait (self);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (leyden_session_get_backend (self->session), self);
  if (self->subscription != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->subscription, self);
      leyden_subscription_cancel (self->subscription);
    }
  g_clear_object (&self->subscription);
}
