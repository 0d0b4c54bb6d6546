/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-remote"

#include "leyden-connection-link.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-backend.h"

#define MAX_LINK 4096
#define MAX_KEY 512
#define MAX_NAME 100
#define URI_FLAGS (G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY | G_URI_FLAGS_HAS_PASSWORD)

LeydenConnectionLink *
leyden_connection_link_new (const char *uri,
                            const char *key,
                            const char *fingerprint)
{
  LeydenConnectionLink *self;

  g_return_val_if_fail (uri != NULL, NULL);

  self = g_new0 (LeydenConnectionLink, 1);
  self->uri = g_strdup (uri);
  self->key = g_strdup (key);
  self->fingerprint = g_strdup (fingerprint);
  return self;
}

void
leyden_connection_link_free (LeydenConnectionLink *self)
{
  g_free (self->uri);
  g_free (self->key);
  g_free (self->fingerprint);
  g_free (self->name);
  g_free (self);
}

static gboolean
refuse (GError     **error,
        const char  *text)
{
  g_set_error_literal (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_INVALID, text);
  return FALSE;
}

char *
leyden_fingerprint_normalize (const char *text)
{
  g_autoptr(GString) digits = g_string_new (NULL);

  g_return_val_if_fail (text != NULL, NULL);

  if (g_ascii_strncasecmp (text, "sha256:", 7) == 0)
    text += 7;
  for (; *text != '\0'; text++)
    {
      if (g_ascii_isxdigit (*text))
        g_string_append_c (digits, g_ascii_tolower (*text));
      else if (*text != ':' && *text != ' ')
        return NULL;
      if (digits->len > 64)
        return NULL;
    }
  return digits->len == 64 ? g_string_free (g_steal_pointer (&digits), FALSE) : NULL;
}

char *
leyden_fingerprint_format (const char *fingerprint)
{
  GString *out = g_string_new (NULL);

  g_return_val_if_fail (fingerprint != NULL, NULL);

  for (gsize i = 0; fingerprint[i] != '\0'; i++)
    {
      if (i > 0 && i % 2 == 0)
        g_string_append_c (out, ':');
      g_string_append_c (out, g_ascii_toupper (fingerprint[i]));
    }
  return g_string_free (out, FALSE);
}

static gboolean
is_loopback (const char *host)
{
  g_autoptr(GInetAddress) address = g_inet_address_new_from_string (host);

  return g_strcmp0 (host, "localhost") == 0 || g_str_has_suffix (host, ".localhost")
         || (address != NULL && g_inet_address_get_is_loopback (address));
}

gboolean
leyden_connection_is_exposed (const char *uri)
{
  g_autoptr(GUri) parsed = NULL;

  g_return_val_if_fail (uri != NULL, TRUE);

  parsed = g_uri_parse (uri, URI_FLAGS, NULL);
  if (parsed == NULL || g_uri_get_host (parsed) == NULL)
    return TRUE;
  return g_strcmp0 (g_uri_get_scheme (parsed), "https") != 0 && !is_loopback (g_uri_get_host (parsed));
}

/* ---- Parts ---- */

static gboolean
set_key (LeydenConnectionLink  *self,
         const char            *key,
         GError               **error)
{
  gsize length = strlen (key);

  if (length == 0)
    return TRUE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph (key[i]))
      return refuse (error, _("A key has visible ASCII characters only"));
  if (length > MAX_KEY)
    return refuse (error, _("The key is too long"));
  g_free (self->key);
  self->key = g_strdup (key);
  return TRUE;
}

/* The name that is looked up and compared, so that a look-alike of another script shows as what it is. */
static char *
make_host (const char  *host,
           GError     **error)
{
  g_autofree char *ascii = NULL;
  g_autofree char *lower = NULL;

  if (host == NULL || *host == '\0' || *host == '-')
    {
      refuse (error, _("The address names no host"));
      return NULL;
    }
  if (g_hostname_is_ip_address (host))
    {
      lower = g_ascii_strdown (host, -1);
      return strchr (host, ':') != NULL ? g_strdup_printf ("[%s]", lower) : g_steal_pointer (&lower);
    }
  ascii = g_hostname_to_ascii (host);
  lower = ascii == NULL ? NULL : g_ascii_strdown (ascii, -1);
  if (lower == NULL || strspn (lower, "abcdefghijklmnopqrstuvwxyz0123456789.-_") != strlen (lower) || strlen (lower) > 253)
    {
      refuse (error, _("The address has no valid host name"));
      return NULL;
    }
  return g_steal_pointer (&lower);
}

static gsize
without_slashes (const char *path,
                 gsize       length)
{
  while (length > 0 && path[length - 1] == '/')
    length--;
  return length;
}

/* Without what people copy out of a browser or a document along with the address. NULL: it cannot be in front of other paths. */
static char *
make_path (const char *path)
{
  static const char * const tails[] = { "/leyden/v1", "/api", "/healthz", "/openapi.json" };
  gsize length = without_slashes (path, strlen (path));

  for (gsize i = 0; i < G_N_ELEMENTS (tails); i++)
    {
      gsize tail = strlen (tails[i]);

      if (length >= tail && strncmp (path + length - tail, tails[i], tail) == 0)
        {
          length = without_slashes (path, length - tail);
          i = G_MAXSIZE;        /* again from the first */
        }
    }
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (path[i]) && strchr ("-._~/%", path[i]) == NULL)
      return NULL;
  return g_strndup (path, length);
}

static gboolean
read_parameters (LeydenConnectionLink  *self,
                 const char            *query,
                 gboolean              *tls,
                 GError               **error)
{
  g_autoptr(GHashTable) parameters = g_uri_parse_params (query, -1, "&", G_URI_PARAMS_NONE, NULL);
  const char *key, *fingerprint, *name;

  if (parameters == NULL)
    return refuse (error, _("What stands behind the question mark of the link cannot be read"));
  key = g_hash_table_lookup (parameters, "key");
  fingerprint = g_hash_table_lookup (parameters, "fingerprint");
  name = g_hash_table_lookup (parameters, "name");
  *tls = g_strcmp0 (g_hash_table_lookup (parameters, "tls"), "0") != 0;
  if (key != NULL && !set_key (self, key, error))
    return FALSE;
  if (fingerprint != NULL)
    {
      self->fingerprint = leyden_fingerprint_normalize (fingerprint);
      if (self->fingerprint == NULL)
        return refuse (error, _("The fingerprint in the link is not one: it has 64 hexadecimal digits"));
    }
  if (name != NULL && *name != '\0')
    self->name = g_utf8_substring (name, 0, MIN (g_utf8_strlen (name, -1), MAX_NAME));
  return TRUE;
}

static gboolean
read_userinfo (LeydenConnectionLink  *self,
               GUri                  *uri,
               GError               **error)
{
  const char *password = g_uri_get_password (uri);
  const char *user = g_uri_get_user (uri);

  if (password != NULL && *password != '\0')
    return set_key (self, password, error);
  return user == NULL || set_key (self, user, error);
}

/* ---- The whole ---- */

/* With a scheme: "host:8080" alone would be one of its own. */
static char *
complete (const char  *text,
          GError     **error)
{
  g_autofree char *stripped = NULL;
  g_autofree char *probe = NULL;
  g_autoptr(GUri) uri = NULL;

  if (strlen (text) > MAX_LINK || !g_utf8_validate (text, -1, NULL))
    {
      refuse (error, _("This is not an address"));
      return NULL;
    }
  stripped = g_strstrip (g_strdup (text));
  if (*stripped == '\0')
    {
      refuse (error, _("The address is empty"));
      return NULL;
    }
  for (const char *p = stripped; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_isspace (g_utf8_get_char (p)) || g_unichar_iscntrl (g_utf8_get_char (p)) || g_unichar_iszerowidth (g_utf8_get_char (p)))
      {
        refuse (error, _("The address has a space or an invisible character in it"));
        return NULL;
      }
  if (strstr (stripped, "://") != NULL)
    return g_steal_pointer (&stripped);
  probe = g_strconcat ("http://", stripped, NULL);
  uri = g_uri_parse (probe, URI_FLAGS, NULL);
  if (uri != NULL && g_uri_get_host (uri) != NULL && is_loopback (g_uri_get_host (uri)))
    return g_steal_pointer (&probe);
  return g_strconcat ("https://", stripped, NULL);
}

static gboolean
read_link (LeydenConnectionLink  *self,
           GUri                  *uri,
           GError               **error)
{
  const char *scheme = g_uri_get_scheme (uri);
  gboolean ours = g_str_equal (scheme, "leyden");
  gboolean tls = TRUE;
  g_autofree char *host = NULL;
  g_autofree char *path = NULL;
  g_autofree char *port = NULL;

  if (!ours && !g_str_equal (scheme, "http") && !g_str_equal (scheme, "https"))
    return refuse (error, _("The address must begin with https://, http:// or leyden://"));
  if (g_uri_get_fragment (uri) != NULL || (!ours && g_uri_get_query (uri) != NULL))
    return refuse (error, _("An address has no “?” or “#”; a link that has one begins with leyden://"));
  if (!read_userinfo (self, uri, error) || (ours && g_uri_get_query (uri) != NULL && !read_parameters (self, g_uri_get_query (uri), &tls, error)))
    return FALSE;
  host = make_host (g_uri_get_host (uri), error);
  if (host == NULL)
    return FALSE;
  if (g_uri_get_port (uri) == 0)
    return refuse (error, _("The port must be a number from 1 to 65535"));
  path = make_path (g_uri_get_path (uri));
  if (path == NULL)
    return refuse (error, _("What stands behind the host of the address cannot be there"));
  port = g_uri_get_port (uri) < 0 ? g_strdup ("") : g_strdup_printf (":%d", g_uri_get_port (uri));
  self->uri = g_strdup_printf ("%s://%s%s%s", ours ? (tls ? "https" : "http") : scheme, host, port, path);
  return TRUE;
}

LeydenConnectionLink *
leyden_connection_link_parse (const char  *text,
                              GError     **error)
{
  g_autoptr(LeydenConnectionLink) self = g_new0 (LeydenConnectionLink, 1);
  g_autofree char *whole = NULL;
  g_autoptr(GUri) uri = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  whole = complete (text, error);
  if (whole == NULL)
    return NULL;
  /* What GLib says of a bad one quotes it, key and all. */
  uri = g_uri_parse (whole, URI_FLAGS, NULL);
  if (uri == NULL)
    {
      refuse (error, _("This is not an address"));
      return NULL;
    }
  return read_link (self, uri, error) ? g_steal_pointer (&self) : NULL;
}

static void
add_parameter (GString    *out,
               const char *name,
               const char *value)
{
  g_string_append (out, strchr (out->str, '?') == NULL ? "?" : "&");
  g_string_append_printf (out, "%s=", name);
  g_string_append_uri_escaped (out, value, NULL, FALSE);
}

char *
leyden_connection_link_format (const LeydenConnectionLink *self)
{
  gboolean tls;
  GString *out;

  g_return_val_if_fail (self != NULL && self->uri != NULL, NULL);

  tls = g_str_has_prefix (self->uri, "https://");
  out = g_string_new ("leyden://");
  g_string_append (out, self->uri + strlen (tls ? "https://" : "http://"));
  if (!tls)
    add_parameter (out, "tls", "0");
  if (self->key != NULL)
    add_parameter (out, "key", self->key);
  if (self->fingerprint != NULL)
    add_parameter (out, "fingerprint", self->fingerprint);
  if (self->name != NULL)
    add_parameter (out, "name", self->name);
  return g_string_free (out, FALSE);
}
