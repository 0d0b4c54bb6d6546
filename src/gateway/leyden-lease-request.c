/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-lease-request.h"

#include <string.h>

#include "leyden-json.h"
#include "leyden-redact.h"
#include "leyden-run-job.h"

#define DEFAULT_TTL_S 60

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Always FALSE. */
static gboolean
refuse (GError     **error,
        const char  *format,
        ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, message);
  return FALSE;
}

/* A text of visible ASCII; NULL after it was refused. */
static const char *
read_name (LeydenValue  *body,
           const char   *key,
           GError      **error)
{
  gsize length = 0;
  const char *text = leyden_value_get_string (leyden_value_get_member (body, key), &length);

  for (gsize i = 0; text != NULL && i < length; i++)
    if (!g_ascii_isgraph (text[i]))
      text = NULL;
  if (text != NULL && length > 0 && length <= LEYDEN_LEASE_MAX_NAME)
    return text;
  refuse (error, "“%s” must be a text of 1 to %d visible ASCII characters", key, LEYDEN_LEASE_MAX_NAME);
  return NULL;
}

static gboolean
read_count (LeydenValue  *body,
            const char   *key,
            gint64        minimum,
            gint64        maximum,
            gint64        fallback,
            gint64       *out,
            GError      **error)
{
  LeydenValue *value = leyden_value_get_member (body, key);

  *out = fallback;
  if (value == NULL || (leyden_value_get_int (value, out) && *out >= minimum && *out <= maximum))
    return TRUE;
  return refuse (error, "“%s” must be a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, key, minimum, maximum);
}

static gboolean
read_holds (LeydenValue   *body,
            char        ***out,
            GError       **error)
{
  LeydenValue *list = leyden_value_get_member (body, "holds");
  g_autoptr(GPtrArray) holds = g_ptr_array_new_with_free_func (g_free);
  gboolean ok = list == NULL || (leyden_value_get_kind (list) == LEYDEN_VALUE_LIST && leyden_value_get_size (list) <= LEYDEN_LEASE_MAX_HOLDS);

  for (guint i = 0; ok && i < leyden_value_get_size (list); i++)
    {
      gsize length = 0;
      const char *text = leyden_value_get_string (leyden_value_get_item (list, i), &length);

      ok = text != NULL && length <= LEYDEN_LEASE_MAX_NAME && strlen (text) == length;
      g_ptr_array_add (holds, g_strdup (text));
    }
  if (!ok)
    return refuse (error, "“holds” must be a list of at most %d leases", LEYDEN_LEASE_MAX_HOLDS);
  g_ptr_array_add (holds, NULL);
  *out = (char **)g_ptr_array_free (g_steal_pointer (&holds), FALSE);
  return TRUE;
}

gboolean
leyden_lease_request_read (LeydenValue      *body,
                           LeydenAglChange  *change,
                           GError          **error)
{
  const char *worker = read_name (body, "worker", error);
  gint64 ttl_s, limit;

  if (worker == NULL || !read_count (body, "ttl_s", 1, LEYDEN_LEASE_MAX_TTL_S, DEFAULT_TTL_S, &ttl_s, error)
      || !read_count (body, "limit", 0, LEYDEN_LEASE_MAX_LIMIT, 1, &limit, error) || !read_holds (body, &change->holds, error))
    return FALSE;
  change->worker = g_strdup (worker);
  change->actor = g_strdup (worker);
  change->ttl_ns = ttl_s * G_GINT64_CONSTANT (1000000000);
  change->limit = (guint)limit;
  return TRUE;
}

static char *
redact_cb (const char *text,
           gssize      length,
           gpointer    data)
{
  return leyden_secrets_redact_changed (data, text, length);
}

static gboolean
read_state (LeydenValue      *body,
            LeydenSecrets    *secrets,
            LeydenAglChange  *change,
            GError          **error)
{
  static const char * const states[] = { "succeeded", "failed", "queuing", NULL };
  const char *state = leyden_value_get_member_string (body, "state", NULL);
  LeydenValue *message = leyden_value_get_member (body, "error_message");
  g_autoptr(LeydenValue) redacted = NULL;

  if (state == NULL || !g_strv_contains (states, state))
    return refuse (error, "“state” must be succeeded, failed or queuing");
  if (!leyden_value_is_null (message) && leyden_value_get_kind (message) != LEYDEN_VALUE_STRING)
    return refuse (error, "“error_message” must be a text");
  change->state = g_strdup (state);
  redacted = leyden_value_is_null (message) ? NULL : leyden_redact_value (message, redact_cb, secrets);
  change->error_message = redacted != NULL ? leyden_json_write (redacted, LEYDEN_JSON_COMPACT) : NULL;
  return TRUE;
}

static gboolean
read_events (LeydenValue      *body,
             LeydenAglChange  *change,
             GError          **error)
{
  LeydenValue *list = leyden_value_get_member (body, "events");
  gboolean ok = list == NULL || (leyden_value_get_kind (list) == LEYDEN_VALUE_LIST && leyden_value_get_size (list) <= LEYDEN_LEASE_MAX_EVENTS);

  change->events = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_agl_posted_free);
  for (guint i = 0; ok && i < leyden_value_get_size (list); i++)
    {
      LeydenValue *type = leyden_value_get_member (leyden_value_get_item (list, i), "event_type");
      LeydenValue *data = leyden_value_get_member (leyden_value_get_item (list, i), "data");
      LeydenAglPosted *posted;

      ok = leyden_value_get_kind (type) == LEYDEN_VALUE_STRING && leyden_value_get_kind (data) == LEYDEN_VALUE_OBJECT;
      if (!ok)
        break;
      posted = g_new0 (LeydenAglPosted, 1);
      posted->type = leyden_value_ref (type);
      posted->data = leyden_value_ref (data);
      g_ptr_array_add (change->events, posted);
    }
  if (!ok)
    return refuse (error, "“events” must be a list of at most %d {\"event_type\": text, \"data\": object}", LEYDEN_LEASE_MAX_EVENTS);
  return TRUE;
}

gboolean
leyden_lease_request_read_end (LeydenValue      *body,
                               LeydenSecrets    *secrets,
                               LeydenAglChange  *change,
                               GError          **error)
{
  return read_state (body, secrets, change, error) && read_events (body, change, error);
}
