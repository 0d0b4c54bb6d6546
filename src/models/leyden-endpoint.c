/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "config.h"

#include "leyden-model.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-model-wire.h"
#include "leyden-text.h"

#define MAX_CONCURRENCY 1024
#define MAX_TIMEOUT_S 3600

static gboolean
refuse (GError    **error,
        const char *format,
        ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError    **error,
        const char *format,
        ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error != NULL)
    *error = g_error_new_valist (LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_ENDPOINT, format, arguments);
  va_end (arguments);
  return FALSE;
}

static gboolean
is_mapped (GInetAddress *address)
{
  static const guint8 prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF };

  return memcmp (g_inet_address_to_bytes (address), prefix, sizeof prefix) == 0;
}

/* NAT64's well-known prefix carries an IPv4 address too. */
static gboolean
is_translated (GInetAddress *address)
{
  static const guint8 prefix[12] = { 0x00, 0x64, 0xFF, 0x9B };

  return memcmp (g_inet_address_to_bytes (address), prefix, sizeof prefix) == 0;
}

/**
 * leyden_endpoint_allows_address:
 * @address: an address that a host name stands for
 *
 * Loopback and private networks are the operator's own business; link-local addresses (where cloud machines keep their
 * credentials), multicast and the unspecified address are never asked.
 *
 * Returns: whether a model may be asked there
 */
gboolean
leyden_endpoint_allows_address (GInetAddress *address)
{
  g_return_val_if_fail (G_IS_INET_ADDRESS (address), FALSE);

  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 && (is_mapped (address) || is_translated (address)))
    {
      g_autoptr(GInetAddress) inner = g_inet_address_new_from_bytes (g_inet_address_to_bytes (address) + 12, G_SOCKET_FAMILY_IPV4);

      return leyden_endpoint_allows_address (inner);
    }
  return !g_inet_address_get_is_link_local (address) && !g_inet_address_get_is_multicast (address) &&
         !g_inet_address_get_is_any (address);
}

/* "2130706433", "0x7f.1", "127.1" and the like: C libraries read them as addresses, so they are no names. */
static gboolean
is_odd_number (const char *host)
{
  const char *last = strrchr (host, '.');

  last = last != NULL && last[1] != '\0' ? last + 1 : host;
  if (g_ascii_strncasecmp (last, "0x", 2) == 0)
    return TRUE;
  return strspn (last, "0123456789.") == strlen (last);
}

static gboolean
check_host (const char *host,
            GError    **error)
{
  g_autoptr(GInetAddress) address = NULL;
  g_autofree char *canonical = NULL;

  if (host == NULL || *host == '\0')
    return refuse (error, _("The address has no host"));
  if (strchr (host, '%') != NULL)
    return refuse (error, _("The address names a network interface; link-local addresses are not allowed"));
  address = g_inet_address_new_from_string (host);
  if (address == NULL)
    return !is_odd_number (host) || refuse (error, _("Write the host as a name or as a whole IP address"));
  canonical = g_inet_address_to_string (address);
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4 && !g_str_equal (canonical, host))
    return refuse (error, _("Write the host as a name or as a whole IP address"));
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 && is_mapped (address))
    return refuse (error, _("Write the IPv4 address itself, without ::ffff:"));
  if (!leyden_endpoint_allows_address (address))
    return refuse (error, _("Link-local, multicast and unspecified addresses are not allowed"));
  return TRUE;
}

static gboolean
has_odd_characters (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_iscntrl (c) || g_unichar_isspace (c) || c == '\\')
        return TRUE;
    }
  return FALSE;
}

/**
 * leyden_endpoint_normalize_uri:
 * @text: an address as somebody typed it
 * @length: its length in bytes
 *
 * The address of a server of the operator's choice as it is kept: http or https, host in ASCII, without user, query and fragment, no slash at the
 * end. Loopback and private networks are allowed, link-local addresses never.
 *
 * Errors: LEYDEN_MODEL_ERROR_ENDPOINT, with what is wrong.
 *
 * Returns: (transfer full) (nullable): the address
 */
char *
leyden_endpoint_normalize_uri (const char *text,
                               gsize       length,
                               GError    **error)
{
  g_autoptr(GUri) uri = NULL;
  g_autofree char *host = NULL;
  g_autofree char *path = NULL;
  const char *scheme;

  if (strlen (text) != length || length > 2000 || has_odd_characters (text))
    {
      refuse (error, _("The address has spaces or control characters in it, or is too long"));
      return NULL;
    }
  uri = g_uri_parse (text, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_PATH, NULL);
  scheme = uri != NULL ? g_uri_get_scheme (uri) : NULL;
  if (uri == NULL && (g_ascii_strncasecmp (text, "http://", 7) == 0 || g_ascii_strncasecmp (text, "https://", 8) == 0))
    {
      refuse (error, _("The host or the port of the address is not written as it must be"));
      return NULL;
    }
  if (uri == NULL || (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https")))
    {
      refuse (error, _("The address must begin with http:// or https://"));
      return NULL;
    }
  if (g_uri_get_userinfo (uri) != NULL)
    {
      refuse (error, _("The address has a user or password in it. Keep keys as secrets and name the secret here"));
      return NULL;
    }
  if (g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    {
      refuse (error, _("The address must not have a ? or # part"));
      return NULL;
    }
  if (g_uri_get_port (uri) == 0)
    {
      refuse (error, _("The port must be from 1 to 65535"));
      return NULL;
    }
  host = g_uri_get_host (uri) != NULL ? g_hostname_to_ascii (g_uri_get_host (uri)) : NULL;
  if (!check_host (host, error))
    return NULL;
  path = g_strdup (g_uri_get_path (uri));
  for (gsize n = strlen (path); n > 0 && path[n - 1] == '/'; n--)
    path[n - 1] = '\0';
  return g_uri_join (G_URI_FLAGS_ENCODED_PATH, scheme, NULL, host, g_uri_get_port (uri), path, NULL, NULL);
}

static gboolean
check_name (const char *name,
            GError    **error)
{
  if (name == NULL || *name == '\0' || strlen (name) > 40 || strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen (name))
    return refuse (error, _("“name” must have 1 to 40 of the characters a-z, 0-9 and -"));
  if (g_str_equal (name, "simulated"))
    return refuse (error, _("“simulated” is the built-in endpoint and cannot be changed"));
  return TRUE;
}

/* An absent or null member is NULL. */
static gboolean
read_text (LeydenValue *value,
           const char  *key,
           char       **text,
           GError     **error)
{
  LeydenValue *member = leyden_value_get_member (value, key);
  gsize length;
  const char *found = leyden_value_get_string (member, &length);

  if (leyden_value_is_null (member))
    return TRUE;
  if (found == NULL || strlen (found) != length || length > 2000)
    return refuse (error, _("“%s” must be a short text"), key);
  *text = g_strdup (found);
  return TRUE;
}

static gboolean
read_count (LeydenValue *value,
            const char  *key,
            guint        maximum,
            guint       *count,
            GError     **error)
{
  LeydenValue *member = leyden_value_get_member (value, key);
  gint64 number;

  if (leyden_value_is_null (member))
    return TRUE;
  if (!leyden_value_get_int (member, &number) || number < 0 || number > maximum)
    return refuse (error, _("“%s” must be a whole number from 0 to %u"), key, maximum);
  *count = (guint) number;
  return TRUE;
}

static gboolean
check_secret (const char *secret,
              GError    **error)
{
  if (secret == NULL)
    return TRUE;
  if (leyden_text_looks_secret (secret))
    return refuse (error, _("“secret” must be the name of a secret, not a key itself"));
  if (*secret == '\0' || strlen (secret) > 64 ||
      strspn (secret, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != strlen (secret))
    return refuse (error, _("“secret” must have 1 to 64 letters, digits and the characters _ . -"));
  return TRUE;
}

static gboolean
read_base_uri (LeydenEndpoint *self,
               LeydenValue    *value,
               GError        **error)
{
  gsize length;
  const char *text = leyden_value_get_string (leyden_value_get_member (value, "base_uri"), &length);

  if (text == NULL)
    return refuse (error, _("“base_uri” is missing, for example http://127.0.0.1:11434/v1"));
  self->base_uri = leyden_endpoint_normalize_uri (text, length, error);
  return self->base_uri != NULL;
}

/**
 * leyden_endpoint_from_value:
 * @value: an object as LeydenEndpoint describes it
 * @error: return location, or %NULL
 *
 * Refuses addresses that are not http or https, carry a user or password, control characters, a query or a fragment, or stand for a
 * link-local, multicast or unspecified address in any spelling. The host is kept in ASCII. Opens no connection.
 *
 * Errors: %LEYDEN_MODEL_ERROR_ENDPOINT, the message names the member.
 *
 * Returns: (transfer full) (nullable): the endpoint
 */
LeydenEndpoint *
leyden_endpoint_from_value (LeydenValue  *value,
                            GError      **error)
{
  g_autoptr(LeydenEndpoint) self = g_new0 (LeydenEndpoint, 1);

  if (leyden_value_get_kind (value) != LEYDEN_VALUE_OBJECT)
    {
      refuse (error, _("An endpoint must be an object"));
      return NULL;
    }
  if (!read_text (value, "name", &self->name, error) || !check_name (self->name, error) ||
      !read_text (value, "title", &self->title, error) ||
      !read_base_uri (self, value, error) ||
      !read_text (value, "wire", &self->wire, error) ||
      !read_text (value, "secret", &self->secret, error) || !check_secret (self->secret, error) ||
      !read_text (value, "default_model", &self->default_model, error) ||
      !read_count (value, "concurrency", MAX_CONCURRENCY, &self->concurrency, error) ||
      !read_count (value, "timeout_s", MAX_TIMEOUT_S, &self->timeout_s, error))
    return NULL;
  if (self->wire == NULL)
    self->wire = g_strdup ("openai");
  if (leyden_model_wire_find (self->wire) == NULL)
    {
      refuse (error, _("“wire” must be “openai” or “anthropic”"));
      return NULL;
    }
  if (self->title == NULL || *self->title == '\0')
    {
      g_free (self->title);
      self->title = g_strdup (self->name);
    }
  return g_steal_pointer (&self);
}

LeydenValue *
leyden_endpoint_to_value (const LeydenEndpoint *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_val_if_fail (self != NULL, NULL);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", self->name);
  leyden_value_builder_set_string (&b, "title", self->title);
  leyden_value_builder_set_string (&b, "base_uri", self->base_uri);
  leyden_value_builder_set_string (&b, "wire", self->wire);
  leyden_value_builder_set_string (&b, "secret", self->secret);
  leyden_value_builder_set_string (&b, "default_model", self->default_model);
  leyden_value_builder_set_int (&b, "concurrency", self->concurrency);
  leyden_value_builder_set_int (&b, "timeout_s", self->timeout_s);
  leyden_value_builder_set_boolean (&b, "simulated", self->simulated);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenEndpoint *
leyden_endpoint_copy (const LeydenEndpoint *self)
{
  LeydenEndpoint *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = g_memdup2 (self, sizeof *self);
  copy->name = g_strdup (self->name);
  copy->title = g_strdup (self->title);
  copy->base_uri = g_strdup (self->base_uri);
  copy->wire = g_strdup (self->wire);
  copy->secret = g_strdup (self->secret);
  copy->default_model = g_strdup (self->default_model);
  return copy;
}

void
leyden_endpoint_free (LeydenEndpoint *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->title);
  g_free (self->base_uri);
  g_free (self->wire);
  g_free (self->secret);
  g_free (self->default_model);
  g_free (self);
}
