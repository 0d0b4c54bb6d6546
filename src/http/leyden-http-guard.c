/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "leyden-http-guard.h"

#include <string.h>

/* Content-Length of more digits than this is no size that anybody sends (12 digits: below a terabyte). */
#define MAX_LENGTH_DIGITS 12

static const char * const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };

/* RFC 9110, section 5.6.2 */
static gboolean
is_token (const char *text,
          gsize       length)
{
  if (length == 0)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isalnum (text[i]) && (text[i] == '\0' || strchr ("!#$%&'*+-.^_`|~", text[i]) == NULL))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_field_value (const char *text,
                gsize       length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (((guchar) text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
        return FALSE;
    }
  return TRUE;
}

static gboolean
field_is (const LeydenHttpField *field,
          const char            *name)
{
  return field->name_length == strlen (name) && g_ascii_strncasecmp (field->name, name, field->name_length) == 0;
}

static gboolean
parse_length (const LeydenHttpField *field,
              guint64               *length)
{
  *length = 0;
  if (field->value_length == 0 || field->value_length > MAX_LENGTH_DIGITS)
    return FALSE;
  for (gsize i = 0; i < field->value_length; i++)
    {
      if (!g_ascii_isdigit (field->value[i]))
        return FALSE;
      *length = *length * 10 + (guint64) (field->value[i] - '0');
    }
  return TRUE;
}

static guint
check_method (const LeydenHttpHead *head,
              const char          **detail)
{
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      if (g_str_equal (head->method, methods[i]))
        return 0;
    }
  *detail = "This server does not know the method";
  return 501;
}

/* Counts of the fields that may stand once. */
typedef struct
{
  guint host;
  guint length;
  guint encoding;
  guint origin;
  guint type;
} Counts;

static guint
note_framing (const LeydenHttpField *field,
              LeydenHttpFacts       *facts,
              Counts                *counts,
              const char           **detail)
{
  if (field_is (field, "host"))
    {
      counts->host++;
      facts->host = field->value;
    }
  else if (field_is (field, "content-length"))
    {
      counts->length++;
      if (!parse_length (field, &facts->content_length))
        {
          *detail = "Content-Length is not a plain number of bytes";
          return 400;
        }
    }
  else if (field_is (field, "transfer-encoding"))
    {
      counts->encoding++;
      facts->chunked = TRUE;
      if (field->value_length != 7 || g_ascii_strncasecmp (field->value, "chunked", 7) != 0)
        {
          *detail = "The only transfer encoding served is chunked";
          return 501;
        }
    }
  else if (field_is (field, "expect") && g_ascii_strcasecmp (field->value, "100-continue") != 0)
    {
      *detail = "The only expectation met is 100-continue";
      return 417;
    }
  return 0;
}

static void
note_others (const LeydenHttpField *field,
             LeydenHttpFacts       *facts,
             Counts                *counts)
{
  if (field_is (field, "origin"))
    {
      counts->origin++;
      facts->origin = field->value;
    }
  else if (field_is (field, "sec-fetch-site"))
    facts->fetch_site = field->value;
  else if (field_is (field, "content-type"))
    {
      counts->type++;
      facts->content_type = field->value;
    }
  else if (field_is (field, "content-encoding"))
    facts->content_encoding = field->value;
  else if (field_is (field, "authorization"))
    {
      if (facts->n_authorization++ == 0)
        facts->authorization = field->value;
    }
  else if (field_is (field, "x-api-key"))
    {
      if (facts->n_api_key++ == 0)
        facts->api_key = field->value;
    }
}

static guint
check_counts (const LeydenHttpFacts *facts,
              const Counts          *counts,
              const char           **detail)
{
  if (counts->host != 1)
    *detail = "A request names exactly one Host";
  else if (counts->length > 1 || counts->encoding > 1 || (counts->length == 1 && counts->encoding == 1))
    *detail = "The length of the body is given more than once";
  else if (counts->origin > 1 || counts->type > 1)
    *detail = "A header that may stand once is repeated";
  else
    return 0;
  return 400;
}

guint
leyden_http_guard_check_head (const LeydenHttpHead *head,
                              LeydenHttpFacts      *facts,
                              const char          **detail)
{
  Counts counts = { 0, };
  guint status;

  memset (facts, 0, sizeof *facts);
  *detail = NULL;
  status = check_method (head, detail);
  if (status != 0)
    return status;
  if (!g_str_equal (head->version, "HTTP/1.1"))
    {
      *detail = "This server speaks HTTP/1.1";
      return 505;
    }
  if (head->n_fields > LEYDEN_HTTP_MAX_FIELDS)
    {
      *detail = "More than 100 headers";
      return 431;
    }
  for (guint i = 0; i < head->n_fields; i++)
    {
      const LeydenHttpField *field = &head->fields[i];

      if (!is_token (field->name, field->name_length) || !is_field_value (field->value, field->value_length))
        {
          *detail = "A header is malformed";
          return 400;
        }
      status = note_framing (field, facts, &counts, detail);
      if (status != 0)
        return status;
      note_others (field, facts, &counts);
    }
  facts->has_body = facts->chunked || facts->content_length > 0;
  return check_counts (facts, &counts, detail);
}

/* Length of the host in "host" or "host:port"; 0 when it is neither. */
static gsize
host_length (const char *authority)
{
  gsize length = authority[0] == '[' ? strcspn (authority, "]") + 1 : strcspn (authority, ":");
  const char *port;

  if (authority[0] == '[' && authority[length - 1] != ']')
    return 0;
  port = authority + length;
  if (*port == '\0')
    return length;
  if (*port++ != ':' || *port == '\0' || strlen (port) > 5)
    return 0;
  return strspn (port, "0123456789") == strlen (port) ? length : 0;
}

gboolean
leyden_http_guard_allows_host (const char *host,
                               GHashTable *allowed)
{
  gsize length = host_length (host);
  g_autofree char *name = NULL;

  if (length == 0)
    return FALSE;
  name = g_ascii_strdown (host, (gssize) length);
  return g_hash_table_contains (allowed, name);
}

/* "host:port" without the port that the scheme implies. */
static char *
normal_authority (const char *authority,
                  const char *default_port)
{
  gsize length = host_length (authority);

  if (length == 0)
    return NULL;
  if (authority[length] == ':' && g_str_equal (authority + length + 1, default_port))
    return g_ascii_strdown (authority, (gssize) length);
  return g_ascii_strdown (authority, -1);
}

static gboolean
origin_is_host (const char *origin,
                const char *host)
{
  g_autofree char *ours = NULL;
  g_autofree char *theirs = NULL;
  gboolean tls = g_str_has_prefix (origin, "https://");
  const char *port = tls ? "443" : "80";

  if (!tls && !g_str_has_prefix (origin, "http://"))
    return FALSE;
  theirs = normal_authority (strstr (origin, "//") + 2, port);
  ours = normal_authority (host, port);
  return ours != NULL && theirs != NULL && g_str_equal (ours, theirs);
}

gboolean
leyden_http_guard_is_foreign (const LeydenHttpFacts *facts)
{
  if (facts->origin != NULL && !origin_is_host (facts->origin, facts->host))
    return TRUE;
  return facts->fetch_site != NULL && !g_str_equal (facts->fetch_site, "same-origin")
         && !g_str_equal (facts->fetch_site, "none");
}

/* A charset parameter other than UTF-8 is the only parameter that changes the bytes. */
static gboolean
charset_is_utf8 (const char *parameters)
{
  g_autofree char *lower = g_ascii_strdown (parameters, -1);
  const char *charset = strstr (lower, "charset=");

  if (charset == NULL)
    return TRUE;
  charset += strlen ("charset=");
  if (*charset == '"')
    charset++;
  return g_str_has_prefix (charset, "utf-8") && strchr (";\" \t", charset[5]) != NULL;
}

gboolean
leyden_http_guard_is_json (const char *content_type)
{
  g_autofree char *type = NULL;
  gsize length;

  if (content_type == NULL)
    return FALSE;
  length = strcspn (content_type, ";");
  type = g_ascii_strdown (content_type, (gssize) length);
  g_strstrip (type);
  if (!g_str_equal (type, "application/json") && !(g_str_has_prefix (type, "application/") && g_str_has_suffix (type, "+json")))
    return FALSE;
  return charset_is_utf8 (content_type + length);
}

const char *
leyden_http_guard_bearer (const char *authorization)
{
  if (authorization == NULL || !g_str_has_prefix (authorization, "Bearer "))
    return NULL;
  return authorization + strlen ("Bearer ");
}
