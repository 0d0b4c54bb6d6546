/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-insights"

#include "leyden-webhook.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"

#define NS_PER_S G_GINT64_CONSTANT (1000000000)
#define MAX_URI 2000
#define MAX_TITLE 200
#define MAX_EVENTS 32

G_DEFINE_QUARK (leyden-webhook-error-quark, leyden_webhook_error)

/* Those without a state first; "finished" is all three ends. */
static const char * const events[] = {
  "run.started", "run.finished", "run.succeeded", "run.failed", "run.cancelled",
  "rollout.started", "rollout.finished", "rollout.succeeded", "rollout.failed", "rollout.cancelled", "rollout.reward", "rollout.waiting",
  "experiment.started", "experiment.finished", "experiment.failed",
  "alert.firing", "alert.acknowledged", "alert.resolved",
  "run.*", "rollout.*", "experiment.*", "alert.*", "*",
  NULL,
};

const char * const *
leyden_webhook_list_events (void)
{
  return events;
}

gboolean
leyden_webhook_is_name (const char *name)
{
  gsize length = name == NULL ? 0 : strlen (name);

  if (length == 0 || length > 64)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_islower (name[i]) && !g_ascii_isdigit (name[i]) && strchr ("-_.", name[i]) == NULL)
      return FALSE;
  return TRUE;
}

void
leyden_webhook_free (LeydenWebhook *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->title);
  g_free (self->uri);
  g_strfreev (self->events);
  g_free (self->reason);
  g_free (self->nonce);
  g_free (self->old_nonce);
  g_free (self);
}

LeydenWebhook *
leyden_webhook_copy (const LeydenWebhook *self)
{
  LeydenWebhook *copy = g_memdup2 (self, sizeof *self);

  copy->name = g_strdup (self->name);
  copy->title = g_strdup (self->title);
  copy->uri = g_strdup (self->uri);
  copy->events = g_strdupv (self->events);
  copy->reason = g_strdup (self->reason);
  copy->nonce = g_strdup (self->nonce);
  copy->old_nonce = g_strdup (self->old_nonce);
  return copy;
}

/* ---- Reading ---- */

static gboolean
fail (GError     **error,
      const char  *message)
{
  g_set_error_literal (error, LEYDEN_WEBHOOK_ERROR, LEYDEN_WEBHOOK_ERROR_INVALID, message);
  return FALSE;
}

/* One line without control characters, or NULL. */
static const char *
get_line (LeydenValue *value,
          gsize        max)
{
  gsize length = 0;
  const char *text = leyden_value_get_string (value, &length);

  if (text == NULL || length > max || strlen (text) != length)
    return NULL;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    if (g_unichar_iscntrl (g_utf8_get_char (at)))
      return NULL;
  return text;
}

static gboolean
read_uri (LeydenWebhook  *self,
          LeydenValue    *value,
          GError        **error)
{
  const char *text = get_line (value, MAX_URI);
  g_autoptr(GUri) uri = text == NULL ? NULL : g_uri_parse (text, G_URI_FLAGS_ENCODED | G_URI_FLAGS_HAS_PASSWORD, NULL);
  const char *host = uri == NULL ? NULL : g_uri_get_host (uri);

  if (host == NULL || *host == '\0' || strchr (text, ' ') != NULL)
    return fail (error, _("“uri” must be an https address"));
  if (g_uri_get_userinfo (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    return fail (error, _("“uri” must not hold a name, a password or a fragment"));
  if (!g_str_equal (g_uri_get_scheme (uri), "https") && !(self->allow_private && g_str_equal (g_uri_get_scheme (uri), "http")))
    return fail (error, _("“uri” must be an https address; http is for private networks, with “allow_private”"));
  self->uri = g_strdup (text);
  return TRUE;
}

static gboolean
read_events (LeydenWebhook  *self,
             LeydenValue    *value,
             GError        **error)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  guint n = leyden_value_get_size (value);

  if (!leyden_value_is_null (value) && (leyden_value_get_kind (value) != LEYDEN_VALUE_LIST || n > MAX_EVENTS))
    return fail (error, _("“events” must be a list of names"));
  for (guint i = 0; i < n; i++)
    {
      const char *event = get_line (leyden_value_get_item (value, i), 64);

      if (event == NULL || !g_strv_contains (events, event))
        {
          g_autofree char *known = g_strjoinv (" ", (char **) events);

          g_set_error (error, LEYDEN_WEBHOOK_ERROR, LEYDEN_WEBHOOK_ERROR_INVALID, _("“events” holds an unknown name; known: %s"), known);
          return FALSE;
        }
      g_strv_builder_add (builder, event);
    }
  self->events = g_strv_builder_end (builder);
  return TRUE;
}

static gboolean
read_switch (LeydenValue  *value,
             const char   *key,
             gboolean     *out,
             GError      **error)
{
  LeydenValue *member = leyden_value_get_member (value, key);

  if (leyden_value_is_null (member))
    return TRUE;
  if (leyden_value_get_kind (member) != LEYDEN_VALUE_BOOLEAN)
    {
      g_set_error (error, LEYDEN_WEBHOOK_ERROR, LEYDEN_WEBHOOK_ERROR_INVALID, _("“%s” must be true or false"), key);
      return FALSE;
    }
  *out = leyden_value_get_boolean (member);
  return TRUE;
}

static gboolean
read_asked (LeydenWebhook  *self,
            LeydenValue    *value,
            GError        **error)
{
  LeydenValue *title = leyden_value_get_member (value, "title");

  if (leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT)
    return fail (error, _("A webhook is an object"));
  if (!leyden_webhook_is_name (self->name))
    return fail (error, _("The name of a webhook has 1 to 64 small letters, digits, “-”, “_” or “.”"));
  if (!leyden_value_is_null (title) && get_line (title, MAX_TITLE) == NULL)
    return fail (error, _("“title” must be one line of text"));
  self->title = g_strdup (leyden_value_get_string (title, NULL));
  self->enabled = TRUE;
  self->replay = TRUE;
  return read_switch (value, "enabled", &self->enabled, error) && read_switch (value, "allow_private", &self->allow_private, error)
         && read_switch (value, "handshake", &self->handshake, error) && read_switch (value, "replay", &self->replay, error)
         && read_uri (self, leyden_value_get_member (value, "uri"), error) && read_events (self, leyden_value_get_member (value, "events"), error);
}

LeydenWebhook *
leyden_webhook_from_value (const char   *name,
                           LeydenValue  *value,
                           gboolean      stored,
                           GError      **error)
{
  g_autoptr(LeydenWebhook) self = g_new0 (LeydenWebhook, 1);

  g_return_val_if_fail (name != NULL && value != NULL, NULL);

  self->name = g_strdup (name);
  if (!read_asked (self, value, error))
    return NULL;
  if (!stored)
    return g_steal_pointer (&self);
  self->created_ns = leyden_value_get_member_int (value, "created", 0);
  self->reason = g_strdup (leyden_value_get_member_string (value, "reason", NULL));
  self->nonce = g_strdup (leyden_value_get_member_string (value, "nonce", ""));
  self->old_nonce = g_strdup (leyden_value_get_member_string (value, "old_nonce", NULL));
  self->old_until_ns = leyden_value_get_member_int (value, "old_until", 0);
  return g_steal_pointer (&self);
}

LeydenValue *
leyden_webhook_to_value (const LeydenWebhook *self,
                         gboolean             stored)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (self != NULL, NULL);

  leyden_value_builder_begin_object (&b);
  if (!stored)
    leyden_value_builder_set_string (&b, "name", self->name);
  leyden_value_builder_set_string (&b, "title", self->title);
  leyden_value_builder_set_string (&b, "uri", self->uri);
  leyden_value_builder_key (&b, "events");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; self->events[i] != NULL; i++)
    leyden_value_builder_add_string (&b, self->events[i]);
  leyden_value_builder_end (&b);
  leyden_value_builder_set_boolean (&b, "enabled", self->enabled);
  leyden_value_builder_set_boolean (&b, "allow_private", self->allow_private);
  leyden_value_builder_set_boolean (&b, "handshake", self->handshake);
  leyden_value_builder_set_boolean (&b, "replay", self->replay);
  leyden_value_builder_set_int (&b, "created", self->created_ns);
  leyden_value_builder_set_string (&b, "reason", self->reason);
  leyden_value_builder_set_int (&b, "old_until", self->old_nonce == NULL ? 0 : self->old_until_ns);
  if (stored)
    {
      leyden_value_builder_set_string (&b, "nonce", self->nonce);
      leyden_value_builder_set_string (&b, "old_nonce", self->old_nonce);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
matches (const char *pattern,
         const char *event)
{
  gsize length = strlen (pattern);

  if (pattern[length - 1] == '*')
    return strncmp (pattern, event, length - 1) == 0;
  return strcmp (pattern, event) == 0;
}

gboolean
leyden_webhook_wants (const LeydenWebhook *self,
                      const char          *event,
                      const char          *state)
{
  const char *dot;
  g_autofree char *ended = NULL;

  g_return_val_if_fail (self != NULL && event != NULL, FALSE);

  dot = strchr (event, '.');
  ended = state == NULL || dot == NULL ? NULL : g_strdup_printf ("%.*s.%s", (int) (dot - event), event, state);
  for (guint i = 0; self->events[i] != NULL; i++)
    if (matches (self->events[i], event) || (ended != NULL && strcmp (self->events[i], ended) == 0))
      return TRUE;
  return FALSE;
}

/* ---- What is sent ---- */

static char *
format_time (gint64 time_ns)
{
  g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc (time_ns / NS_PER_S);
  g_autofree char *seconds = date == NULL ? g_strdup ("1970-01-01T00:00:00") : g_date_time_format (date, "%Y-%m-%dT%H:%M:%S");

  return g_strdup_printf ("%s.%03dZ", seconds, (int) (time_ns % NS_PER_S / 1000000));
}

static LeydenValue *
make_cut (void)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_boolean (&b, "truncated", TRUE);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

char *
leyden_webhook_make_body (const char  *id,
                          const char  *source,
                          const char  *event,
                          const char  *subject,
                          gint64       time_ns,
                          LeydenValue *data)
{
  g_autofree char *type = g_strconcat ("dev.leyden.", event, NULL);
  g_autofree char *time = format_time (MAX (time_ns, 0));
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *text = NULL;
  g_autoptr(LeydenValue) cut = NULL;

  g_return_val_if_fail (id != NULL && source != NULL && event != NULL && data != NULL, NULL);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "specversion", "1.0");
  leyden_value_builder_set_string (&b, "id", id);
  leyden_value_builder_set_string (&b, "source", source);
  leyden_value_builder_set_string (&b, "type", type);
  leyden_value_builder_set_string (&b, "time", time);
  if (subject != NULL)
    leyden_value_builder_set_string (&b, "subject", subject);
  leyden_value_builder_set_string (&b, "datacontenttype", "application/json");
  leyden_value_builder_set (&b, "data", data);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  text = leyden_json_write (value, LEYDEN_JSON_COMPACT);
  if (strlen (text) <= LEYDEN_WEBHOOK_MAX_BODY || leyden_value_get_member_boolean (data, "truncated", FALSE))
    return g_steal_pointer (&text);
  cut = make_cut ();
  return leyden_webhook_make_body (id, source, event, subject, time_ns, cut);
}

char *
leyden_webhook_make_id (const char *event,
                        const char *subject,
                        gint64      number)
{
  g_autofree char *text = g_strdup_printf ("%s\n%s\n%" G_GINT64_FORMAT, event, subject, number);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  return g_strdup_printf ("evt_%.32s", hash);
}

char *
leyden_webhook_sign (const guint8 *key,
                     gsize         key_length,
                     const char   *id,
                     gint64        timestamp_s,
                     const char   *body)
{
  g_autoptr(GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, key, key_length);
  g_autofree char *head = g_strdup_printf ("%s.%" G_GINT64_FORMAT ".", id, timestamp_s);
  guint8 digest[32];
  gsize n = sizeof digest;
  g_autofree char *text = NULL;

  g_hmac_update (hmac, (const guchar *) head, -1);
  g_hmac_update (hmac, (const guchar *) body, -1);
  g_hmac_get_digest (hmac, digest, &n);
  text = g_base64_encode (digest, n);
  return g_strconcat ("v1,", text, NULL);
}

char *
leyden_webhook_show_key (const guint8 *key,
                         gsize         key_length)
{
  g_autofree char *text = g_base64_encode (key, key_length);

  return g_strconcat ("whsec_", text, NULL);
}

/* ---- What an answer means ---- */

LeydenWebhookVerdict
leyden_webhook_judge (guint status)
{
  if (status >= 200 && status < 300)
    return LEYDEN_WEBHOOK_DONE;
  if (status == 410)
    return LEYDEN_WEBHOOK_GONE;
  if (status == 429 || (status >= 502 && status <= 504))
    return LEYDEN_WEBHOOK_SLOWER;
  return LEYDEN_WEBHOOK_AGAIN;
}

gint64
leyden_webhook_get_delay_ms (guint  n_tries,
                             double uniform)
{
  static const guint schedule_s[LEYDEN_WEBHOOK_MAX_TRIES] = { 0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400 };

  if (n_tries >= LEYDEN_WEBHOOK_MAX_TRIES)
    return -1;
  return (gint64) (schedule_s[n_tries] * 1000.0 * (0.9 + 0.2 * CLAMP (uniform, 0, 1)));
}
