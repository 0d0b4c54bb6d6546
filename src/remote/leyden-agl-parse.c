/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

#include "leyden-agl-client.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-json.h"
#include "leyden-remote-private.h"

/* More than a minute after the year 2200 is no time of a rollout. */
#define MAX_TIME_S 7258118400.0

void
leyden_agl_rollout_free (LeydenAglRollout *self)
{
  g_free (self->id);
  g_free (self->attempt);
  g_free (self->error);
  g_free (self->created);
  g_clear_pointer (&self->value, leyden_value_unref);
  g_clear_pointer (&self->attempts, g_ptr_array_unref);
  g_free (self);
}

void
leyden_agl_list_free (LeydenAglList *self)
{
  g_ptr_array_unref (self->rollouts);
  g_free (self);
}

void
leyden_agl_page_free (LeydenAglPage *self)
{
  g_ptr_array_unref (self->ids);
  g_free (self);
}

void
leyden_agl_event_free (LeydenAglEvent *self)
{
  g_free (self->type);
  g_free (self->attempt);
  leyden_value_unref (self->data);
  g_free (self);
}

void
leyden_agl_proxy_state_free (LeydenAglProxyState *self)
{
  g_free (self->reason);
  g_free (self);
}

/* ---- Members ---- */

static gpointer
refuse (GError     **error,
        const char  *what)
{
  g_set_error (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_PROTOCOL, _("The server’s answer is not what was expected: %s"), what);
  return NULL;
}

static LeydenValue *
parse (GBytes           *body,
       LeydenValueKind   kind,
       GError          **error)
{
  const LeydenJsonLimits limits = { .policy = LEYDEN_JSON_WIRE, .max_depth = 900, .max_keys = 200000 };
  g_autoptr(GError) local_error = NULL;
  g_autoptr(LeydenValue) value = leyden_json_parse_bytes (body, &limits, &local_error);

  if (value == NULL)
    return refuse (error, local_error->message);
  if (leyden_value_get_kind (value) != kind)
    return refuse (error, kind == LEYDEN_VALUE_LIST ? _("no list") : _("no object"));
  return g_steal_pointer (&value);
}

/* Text of an id: one that holds U+0000 cannot be addressed. */
static char *
dup_id (LeydenValue *object,
        const char  *key)
{
  gsize length = 0;
  const char *text = leyden_value_get_string (leyden_value_get_member (object, key), &length);

  return text == NULL || length == 0 || strlen (text) != length ? NULL : g_strdup (text);
}

static gint64
get_time (LeydenValue *object,
          const char  *key)
{
  double seconds = leyden_value_get_member_double (object, key, NAN);

  return isfinite (seconds) && seconds > 0 && seconds < MAX_TIME_S ? (gint64)(seconds * 1e6) * 1000 : 0;
}

static const char *
intern_state (const char *state)
{
  static const char * const states[] = { "queuing", "running", "succeeded", "failed" };

  for (gsize i = 0; state != NULL && i < G_N_ELEMENTS (states); i++)
    if (g_str_equal (state, states[i]))
      return states[i];
  return NULL;
}

/* NULL: it cannot be followed. */
static LeydenAglRollout *
read_rollout (LeydenValue *value)
{
  LeydenValue *status = leyden_value_get_member (value, "status");
  const char *state = intern_state (leyden_value_get_member_string (status, "state", NULL));
  g_autofree char *id = dup_id (value, "rollout_id");
  const char *created = leyden_value_get_number_text (leyden_value_get_member (status, "created_at"));
  LeydenAglRollout *self;

  if (id == NULL || state == NULL)
    return NULL;
  self = g_new0 (LeydenAglRollout, 1);
  self->id = g_steal_pointer (&id);
  self->state = state;
  self->is_train = leyden_value_get_member_boolean (value, "is_train", FALSE);
  self->attempt = dup_id (status, "last_attempt_id");
  if (self->attempt == NULL)
    self->attempt = g_strdup ("0");
  self->error = g_strdup (leyden_value_get_member_string (status, "error_message", NULL));
  self->created_ns = get_time (status, "created_at");
  self->updated_ns = get_time (status, "updated_at");
  self->created = g_strdup (created != NULL ? created : "");
  self->value = leyden_value_ref (value);
  return self;
}

/* ---- Answers ---- */

LeydenAglList *
leyden_agl_list_parse (GBytes  *body,
                       GError **error)
{
  g_autoptr(LeydenValue) value = parse (body, LEYDEN_VALUE_LIST, error);
  LeydenAglList *self;

  if (value == NULL)
    return NULL;
  self = g_new0 (LeydenAglList, 1);
  self->rollouts = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_agl_rollout_free);
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    {
      LeydenAglRollout *rollout = read_rollout (leyden_value_get_item (value, i));

      if (rollout != NULL)
        g_ptr_array_add (self->rollouts, rollout);
      else
        self->n_skipped++;
    }
  return self;
}

LeydenAglPage *
leyden_agl_page_parse (GBytes  *body,
                       gint64   after,
                       GError **error)
{
  g_autoptr(LeydenValue) value = parse (body, LEYDEN_VALUE_OBJECT, error);
  LeydenValue *items = leyden_value_get_member (value, "items");
  g_autoptr(LeydenAglPage) self = NULL;

  if (value == NULL)
    return NULL;
  self = g_new0 (LeydenAglPage, 1);
  self->ids = g_ptr_array_new_with_free_func (g_free);
  if (leyden_value_get_kind (items) != LEYDEN_VALUE_LIST || !leyden_value_get_int (leyden_value_get_member (value, "next_after"), &self->next_after)
      || !leyden_value_get_int (leyden_value_get_member (value, "total_terminal"), &self->total) || self->total < 0)
    return refuse (error, _("no page of ended rollouts"));
  /* Backwards, it would be read for ever. */
  if (self->next_after < after)
    return refuse (error, _("its cursor goes backwards"));
  for (guint i = 0; i < leyden_value_get_size (items); i++)
    {
      char *id = dup_id (leyden_value_get_item (items, i), "rollout_id");

      if (id != NULL)
        g_ptr_array_add (self->ids, id);
    }
  return g_steal_pointer (&self);
}

LeydenAglRollout *
leyden_agl_detail_parse (GBytes  *body,
                         GError **error)
{
  g_autoptr(LeydenValue) value = parse (body, LEYDEN_VALUE_OBJECT, error);
  LeydenValue *attempts = leyden_value_get_member (value, "attempts");
  LeydenAglRollout *self = value == NULL ? NULL : read_rollout (leyden_value_get_member (value, "rollout"));

  if (value == NULL)
    return NULL;
  if (self == NULL)
    return refuse (error, _("no rollout"));
  self->attempts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; leyden_value_get_kind (attempts) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (attempts); i++)
    {
      const char *attempt = leyden_value_get_string (leyden_value_get_item (attempts, i), NULL);

      if (attempt != NULL)
        g_ptr_array_add (self->attempts, g_strdup (attempt));
    }
  return self;
}

static LeydenAglEvent *
read_event (LeydenValue *value)
{
  LeydenValue *data = leyden_value_get_member (value, "data");
  LeydenAglEvent *self = g_new0 (LeydenAglEvent, 1);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  self->type = g_strdup (leyden_value_get_member_string (value, "event_type", ""));
  self->attempt = g_strdup (leyden_value_get_member_string (value, "attempt_id", "0"));
  self->time_ns = get_time (value, "timestamp");
  if (leyden_value_get_kind (data) == LEYDEN_VALUE_OBJECT)
    {
      self->data = leyden_value_ref (data);
      return self;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_end (&b);
  self->data = leyden_value_builder_end_value (&b);
  return self;
}

/* Every element counts, whatever it is: its place is its identity. */
GPtrArray *
leyden_agl_events_parse (GBytes  *body,
                         GError **error)
{
  g_autoptr(LeydenValue) value = parse (body, LEYDEN_VALUE_LIST, error);
  GPtrArray *events;

  if (value == NULL)
    return NULL;
  events = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_agl_event_free);
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    g_ptr_array_add (events, read_event (leyden_value_get_item (value, i)));
  return events;
}

LeydenAglProxyState *
leyden_agl_proxy_state_parse (GBytes  *body,
                              GError **error)
{
  g_autoptr(LeydenValue) value = parse (body, LEYDEN_VALUE_OBJECT, error);
  LeydenAglProxyState *self;

  if (value == NULL)
    return NULL;
  if (leyden_value_get_kind (leyden_value_get_member (value, "paused")) != LEYDEN_VALUE_BOOLEAN)
    return refuse (error, _("no state of the proxy"));
  self = g_new0 (LeydenAglProxyState, 1);
  self->paused = leyden_value_get_member_boolean (value, "paused", FALSE);
  self->retry_after_s = leyden_value_get_member_int (value, "retry_after_seconds", 5);
  self->reason = g_strdup (leyden_value_get_member_string (value, "reason", NULL));
  self->inflight = MAX (leyden_value_get_member_int (value, "inflight", 0), 0);
  return self;
}
