/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-store"

#include "config.h"

#include "leyden-record.h"
#include "leyden-record-private.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#define MAX_TYPE 64

gboolean
leyden_record_type_is_valid (const char *type,
                             gsize       length)
{
  if (length == 0 || length > MAX_TYPE)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_islower (type[i]) && !g_ascii_isdigit (type[i]) && strchr ("._-", type[i]) == NULL)
      return FALSE;
  return TRUE;
}

static void
record_clear (gpointer data)
{
  LeydenRecord *self = data;

  g_free (self->rollout);
  g_free (self->attempt);
  g_free (self->actor);
  g_free (self->node);
  leyden_value_unref (self->payload);
}

LeydenRecord *
leyden_record_new (const char  *rollout,
                   const char  *attempt,
                   guint64      sequence,
                   gint64       time_ns,
                   const char  *actor,
                   const char  *type,
                   const char  *node,
                   LeydenValue *payload)
{
  LeydenRecord *self;

  g_return_val_if_fail (rollout != NULL, NULL);
  g_return_val_if_fail (sequence > 0, NULL);
  g_return_val_if_fail (type != NULL && leyden_record_type_is_valid (type, strlen (type)), NULL);
  g_return_val_if_fail (payload == NULL || leyden_value_get_kind (payload) == LEYDEN_VALUE_OBJECT, NULL);

  self = g_atomic_rc_box_new0 (LeydenRecord);
  self->rollout = g_strdup (rollout);
  self->attempt = g_strdup (attempt ? attempt : "0");
  self->sequence = sequence;
  self->time_ns = time_ns;
  self->actor = g_strdup (actor ? actor : "");
  self->type = g_intern_string (type);
  self->node = g_strdup (node ? node : "");
  if (payload != NULL)
    {
      self->payload = leyden_value_ref (payload);
    }
  else
    {
      g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_end (&b);
      self->payload = leyden_value_builder_end_value (&b);
    }
  return self;
}

LeydenRecord *
leyden_record_ref (LeydenRecord *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

void
leyden_record_unref (LeydenRecord *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, record_clear);
}

LeydenRecord *
leyden_record_with_payload (LeydenRecord *self,
                            LeydenValue  *payload)
{
  return leyden_record_new (self->rollout, self->attempt, self->sequence, self->time_ns, self->actor, self->type,
                            self->node, payload);
}

gboolean
leyden_record_equal (LeydenRecord *a,
                     LeydenRecord *b)
{
  return a == b || (a->sequence == b->sequence && a->time_ns == b->time_ns && a->type == b->type
                    && g_str_equal (a->rollout, b->rollout) && g_str_equal (a->attempt, b->attempt)
                    && g_str_equal (a->actor, b->actor) && g_str_equal (a->node, b->node)
                    && leyden_value_equal (a->payload, b->payload));
}

LeydenValue *
leyden_record_to_value (LeydenRecord *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (self != NULL, NULL);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", self->rollout);
  leyden_value_builder_set_string (&b, "attempt", self->attempt);
  leyden_value_builder_set_int (&b, "sequence", (gint64) self->sequence);
  leyden_value_builder_set_int (&b, "position", (gint64) self->position);
  leyden_value_builder_set_int (&b, "time", self->time_ns);
  leyden_value_builder_set_string (&b, "actor", self->actor);
  leyden_value_builder_set_string (&b, "type", self->type);
  leyden_value_builder_set_string (&b, "node", self->node);
  leyden_value_builder_set (&b, "payload", self->payload);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* A text without U+0000; NULL with @error otherwise. */
static const char *
get_text (LeydenValue *value,
          const char  *key,
          GError     **error)
{
  gsize length = 0;
  const char *text = leyden_value_get_string (leyden_value_get_member (value, key), &length);

  if (text != NULL && strlen (text) == length)
    return text;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("A record needs a text “%s”"), key);
  return NULL;
}

static gboolean
get_int (LeydenValue *value,
         const char  *key,
         gint64       minimum,
         gint64      *out,
         GError     **error)
{
  if (leyden_value_get_int (leyden_value_get_member (value, key), out) && *out >= minimum)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("A record needs a whole number “%s” of at least %" PRId64), key, minimum);
  return FALSE;
}

LeydenRecord *
leyden_record_from_value (LeydenValue *value,
                          GError     **error)
{
  const char *rollout, *attempt, *actor, *type, *node;
  gint64 sequence, time_ns, position = 0;
  LeydenValue *payload;
  LeydenRecord *self;

  if (leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("A record must be an object"));
      return NULL;
    }
  if (!(rollout = get_text (value, "rollout", error)) || !(attempt = get_text (value, "attempt", error))
      || !(actor = get_text (value, "actor", error)) || !(type = get_text (value, "type", error))
      || !(node = get_text (value, "node", error)) || !get_int (value, "sequence", 1, &sequence, error)
      || !get_int (value, "time", 0, &time_ns, error))
    return NULL;
  if (leyden_value_get_member (value, "position") != NULL && !get_int (value, "position", 0, &position, error))
    return NULL;
  if (*rollout == '\0' || !leyden_record_type_is_valid (type, strlen (type)))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           _("A record’s rollout is empty, or its type has other characters than a–z, 0–9, “.”, “_”, “-”"));
      return NULL;
    }
  payload = leyden_value_get_member (value, "payload");
  if (payload == NULL || leyden_value_get_kind (payload) != LEYDEN_VALUE_OBJECT)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("A record’s payload must be an object"));
      return NULL;
    }
  self = leyden_record_new (rollout, attempt, (guint64) sequence, time_ns, actor, type, node, payload);
  self->position = (guint64) position;
  return self;
}
