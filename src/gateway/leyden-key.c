/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-key.h"

#include <string.h>

#include "leyden-id.h"
#include "leyden-run-job.h"
#include "leyden-text.h"

#define NS_PER_S G_GINT64_CONSTANT (1000000000)
#define MAX_NAME 64
#define MAX_YEARS 100
#define MAX_SECONDS (G_GINT64_CONSTANT (86400) * 366 * MAX_YEARS)
#define MAX_REQUESTS 1000000000
#define MAX_WINDOW_S 86400
/* What this digest is for stands before the text, so that it is no digest of the same text elsewhere. */
#define PURPOSE "leyden key 1\n"

static void
secret_clear (gpointer data)
{
  g_free (((LeydenKeySecret *) data)->sha256);
}

static LeydenKey *
key_new (const char *name)
{
  LeydenKey *self = g_new0 (LeydenKey, 1);

  self->name = g_strdup (name);
  self->secrets = g_array_new (FALSE, FALSE, sizeof (LeydenKeySecret));
  g_array_set_clear_func (self->secrets, secret_clear);
  return self;
}

void
leyden_key_free (LeydenKey *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->made_by);
  g_array_unref (self->secrets);
  g_free (self);
}

char *
leyden_key_digest (const char *text)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, (const guchar *) PURPOSE, -1);
  g_checksum_update (checksum, (const guchar *) text, -1);
  return g_strdup (g_checksum_get_string (checksum));
}

char *
leyden_key_rotate (LeydenKey *self,
                   gint64     overlap_s,
                   gint64     now_ns)
{
  g_autofree char *random = leyden_random_key ();
  char *text = g_strconcat (LEYDEN_KEY_PREFIX, random, NULL);
  LeydenKeySecret secret = { leyden_key_digest (text), now_ns, 0 };
  gint64 end_ns = now_ns + MIN (overlap_s, MAX_SECONDS) * NS_PER_S;

  for (guint i = self->secrets->len; i-- > 0; )
    {
      LeydenKeySecret *before = &g_array_index (self->secrets, LeydenKeySecret, i);

      if (before->until_ns == 0 || before->until_ns > end_ns)
        before->until_ns = end_ns;
      if (before->until_ns <= now_ns)
        g_array_remove_index (self->secrets, i);
    }
  while (self->secrets->len >= LEYDEN_KEY_MAX_SECRETS)
    g_array_remove_index (self->secrets, 0);
  g_array_append_val (self->secrets, secret);
  explicit_bzero (random, strlen (random));
  return text;
}

gint64
leyden_key_get_end (const LeydenKey       *self,
                    const LeydenKeySecret *secret)
{
  if (self->expires_ns == 0 || secret->until_ns == 0)
    return MAX (self->expires_ns, secret->until_ns);
  return MIN (self->expires_ns, secret->until_ns);
}

/* ---- Requests ---- */

G_GNUC_PRINTF (2, 3)
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

static gboolean
check_members (LeydenValue  *request,
               GError      **error)
{
  static const char * const known[] = { "name", "role", "expires_s", "rate_limit", NULL };

  if (leyden_value_get_kind (request) != LEYDEN_VALUE_OBJECT)
    return refuse (error, "a key is asked for with an object");
  for (guint i = 0; i < leyden_value_get_size (request); i++)
    if (!g_strv_contains (known, leyden_value_get_key (request, i)))
      {
        g_autofree char *shown = leyden_text_escape (leyden_value_get_key (request, i), -1, 80);

        return refuse (error, "\"%s\" is not a member of a key; there are name, role, expires_s and rate_limit", shown);
      }
  return TRUE;
}

static gboolean
check_name (const char  *name,
            GError     **error)
{
  static const char * const reserved[] = { "owner", "rollout", "backend", "none", NULL };
  gsize length = name != NULL ? strlen (name) : 0;

  if (length == 0 || length > MAX_NAME || !g_ascii_isalnum (*name) || strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != length)
    return refuse (error, "\"name\" must be 1 to %d of a-z, 0-9, \".\", \"_\" and \"-\", and begin with a letter or digit", MAX_NAME);
  if (g_strv_contains (reserved, name))
    return refuse (error, "\"name\" must not be \"%s\"", name);
  return TRUE;
}

/* An integer from @minimum to @maximum. */
static gboolean
take_int (LeydenValue  *value,
          gint64        minimum,
          gint64        maximum,
          gint64       *out)
{
  return leyden_value_get_int (value, out) && *out >= minimum && *out <= maximum;
}

static gboolean
read_limit (LeydenKey    *self,
            LeydenValue  *limit,
            GError      **error)
{
  gint64 requests, seconds;

  if (limit == NULL || leyden_value_get_kind (limit) == LEYDEN_VALUE_NULL)
    return TRUE;
  if (!take_int (leyden_value_get_member (limit, "requests"), 1, MAX_REQUESTS, &requests)
      || !take_int (leyden_value_get_member (limit, "seconds"), 1, MAX_WINDOW_S, &seconds) || leyden_value_get_size (limit) != 2)
    return refuse (error, "\"rate_limit\" must be {\"requests\": 1 to %d, \"seconds\": 1 to %d}", MAX_REQUESTS, MAX_WINDOW_S);
  self->limit = (guint) requests;
  self->window_s = (guint) seconds;
  return TRUE;
}

LeydenKey *
leyden_key_from_request (LeydenValue  *request,
                         const char   *made_by,
                         gint64        now_ns,
                         GError      **error)
{
  g_autoptr(LeydenKey) self = NULL;
  LeydenValue *expires;
  gint64 seconds = 0;

  if (!check_members (request, error) || !check_name (leyden_value_get_member_string (request, "name", NULL), error))
    return NULL;
  self = key_new (leyden_value_get_member_string (request, "name", NULL));
  self->made_by = g_strdup (made_by);
  self->created_ns = now_ns;
  self->role = leyden_gateway_role_from_string (leyden_value_get_member_string (request, "role", NULL));
  if (self->role == LEYDEN_ROLE_DEFAULT)
    {
      refuse (error, "\"role\" must be viewer, author, operator or admin");
      return NULL;
    }
  expires = leyden_value_get_member (request, "expires_s");
  if (expires != NULL && leyden_value_get_kind (expires) != LEYDEN_VALUE_NULL && !take_int (expires, 1, MAX_SECONDS, &seconds))
    {
      refuse (error, "\"expires_s\" must be a number of seconds from 1 to %" G_GINT64_FORMAT ", or null", MAX_SECONDS);
      return NULL;
    }
  self->expires_ns = seconds > 0 ? now_ns + seconds * NS_PER_S : 0;
  return read_limit (self, leyden_value_get_member (request, "rate_limit"), error) ? g_steal_pointer (&self) : NULL;
}

/* ---- Values ---- */

static void
set_time (LeydenValueBuilder *b,
          const char         *name,
          gint64              ns)
{
  if (ns > 0)
    leyden_value_builder_set_int (b, name, ns);
  else
    leyden_value_builder_set_take (b, name, leyden_value_new_null ());
}

static void
add_common (LeydenValueBuilder *b,
            const LeydenKey    *self)
{
  leyden_value_builder_set_string (b, "role", leyden_gateway_role_to_string (self->role));
  leyden_value_builder_set_int (b, "created", self->created_ns);
  leyden_value_builder_set_string (b, "made_by", self->made_by);
  set_time (b, "expires", self->expires_ns);
  if (self->limit == 0)
    {
      leyden_value_builder_set_take (b, "rate_limit", leyden_value_new_null ());
      return;
    }
  leyden_value_builder_key (b, "rate_limit");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "requests", self->limit);
  leyden_value_builder_set_int (b, "seconds", self->window_s);
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_key_to_value (const LeydenKey *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  add_common (&b, self);
  leyden_value_builder_key (&b, "secrets");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->secrets->len; i++)
    {
      const LeydenKeySecret *secret = &g_array_index (self->secrets, LeydenKeySecret, i);

      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "sha256", secret->sha256);
      leyden_value_builder_set_int (&b, "created", secret->created_ns);
      set_time (&b, "until", secret->until_ns);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static gboolean
read_secret (LeydenKey   *self,
             LeydenValue *value)
{
  const char *sha256 = leyden_value_get_member_string (value, "sha256", "");
  LeydenKeySecret secret = { NULL, leyden_value_get_member_int (value, "created", 0), leyden_value_get_member_int (value, "until", 0) };

  if (strlen (sha256) != 64 || strspn (sha256, "0123456789abcdef") != 64)
    return FALSE;
  secret.sha256 = g_strdup (sha256);
  g_array_append_val (self->secrets, secret);
  return TRUE;
}

LeydenKey *
leyden_key_from_value (const char   *name,
                       LeydenValue  *value,
                       GError      **error)
{
  g_autoptr(LeydenKey) self = key_new (name);
  LeydenValue *secrets = leyden_value_get_member (value, "secrets");

  self->role = leyden_gateway_role_from_string (leyden_value_get_member_string (value, "role", NULL));
  self->made_by = g_strdup (leyden_value_get_member_string (value, "made_by", ""));
  self->created_ns = leyden_value_get_member_int (value, "created", 0);
  self->expires_ns = leyden_value_get_member_int (value, "expires", 0);
  if (self->role == LEYDEN_ROLE_DEFAULT || !check_name (name, NULL))
    {
      refuse (error, "what is kept of the key is damaged");
      return NULL;
    }
  for (guint i = 0; i < leyden_value_get_size (secrets); i++)
    if (!read_secret (self, leyden_value_get_item (secrets, i)))
      {
        refuse (error, "what is kept of the key is damaged");
        return NULL;
      }
  return read_limit (self, leyden_value_get_member (value, "rate_limit"), error) ? g_steal_pointer (&self) : NULL;
}

LeydenValue *
leyden_key_describe (const LeydenKey *self,
                     gint64           last_used_ns,
                     gint64           now_ns)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  gboolean good = FALSE;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", self->name);
  add_common (&b, self);
  leyden_value_builder_key (&b, "secrets");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->secrets->len; i++)
    {
      const LeydenKeySecret *secret = &g_array_index (self->secrets, LeydenKeySecret, i);
      gint64 end_ns = leyden_key_get_end (self, secret);

      if (end_ns != 0 && end_ns <= now_ns)
        continue;
      good = TRUE;
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_int (&b, "created", secret->created_ns);
      set_time (&b, "until", end_ns);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_set_string (&b, "state", good ? "good" : "expired");
  set_time (&b, "last_used", last_used_ns);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
