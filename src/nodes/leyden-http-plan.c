/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-nodes"

#include "config.h"

#include "leyden-http-plan.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"
#include "leyden-node-private.h"
#include "leyden-template.h"
#include "leyden-text.h"

#define MAX_URL 8192
#define MAX_HEADERS 64

/* They frame the message, or speak to proxies: not a flow's business. */
static const char * const refused_headers[] = { "host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer",
                                                "expect", "proxy-authorization", "proxy-connection", "accept-encoding", NULL };

static void
encode_percent (GString     *out,
                LeydenValue *value)
{
  g_autofree char *text = leyden_node_text_of (value);

  if (out->len == 0)
    g_string_append (out, text);
  else
    g_string_append_uri_escaped (out, text, NULL, FALSE);
}

static void
encode_json (GString     *out,
             LeydenValue *value)
{
  leyden_json_write_to (out, value, LEYDEN_JSON_COMPACT);
}

static char *
render (const char            *text,
        LeydenValue           *inputs,
        LeydenTemplateEncode   encode,
        GError               **error)
{
  g_autoptr(LeydenTemplate) template = leyden_template_new (text, error);

  if (template == NULL)
    return NULL;
  return encode != NULL ? leyden_template_render_encoded (template, inputs, encode, error) : leyden_template_render (template, inputs, error);
}

static char *
make_url (LeydenValue  *parameters,
          LeydenValue  *inputs,
          GError      **error)
{
  g_autofree char *url = render (leyden_value_get_member_string (parameters, "url", ""), inputs, encode_percent, error);
  g_autofree char *scheme = NULL;

  if (url == NULL)
    return NULL;
  g_strstrip (url);
  scheme = g_uri_parse_scheme (url);
  if (*url == '\0' || scheme == NULL || (g_ascii_strcasecmp (scheme, "http") != 0 && g_ascii_strcasecmp (scheme, "https") != 0))
    {
      g_autofree char *shown = leyden_text_escape (url, -1, 100);

      leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("The address must begin with http:// or https://, not “%s”"), shown);
      return NULL;
    }
  if (strlen (url) > MAX_URL)
    {
      leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("The address is longer than %d characters"), MAX_URL);
      return NULL;
    }
  return g_steal_pointer (&url);
}

/* ---- Headers ---- */

static gboolean
check_header (const char  *name,
              GError     **error)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);
  g_autofree char *shown = leyden_text_escape (name, -1, 80);

  if (!g_strv_contains (refused_headers, lower))
    return TRUE;
  leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("The header “%s” cannot be set"), shown);
  return FALSE;
}

static gboolean
is_secret (LeydenValue *value)
{
  return leyden_value_get_kind (value) == LEYDEN_VALUE_OBJECT && leyden_value_get_member_string (value, "secret", NULL) != NULL;
}

static gboolean
add_headers (LeydenValueBuilder  *b,
             LeydenValue         *headers,
             LeydenValue         *inputs,
             GError             **error)
{
  leyden_value_builder_key (b, "headers");
  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < leyden_value_get_size (headers); i++)
    {
      const char *name = leyden_value_get_key (headers, i);
      const char *text = leyden_value_get_string (leyden_value_get_item (headers, i), NULL);
      g_autofree char *value = NULL;

      if (!check_header (name, error))
        return FALSE;
      if (is_secret (leyden_value_get_item (headers, i)))
        continue;
      value = text != NULL ? render (text, inputs, NULL, error) : leyden_node_text_of (leyden_value_get_item (headers, i));
      if (value == NULL)
        return FALSE;
      leyden_value_builder_set_string (b, name, value);
    }
  leyden_value_builder_end (b);
  return TRUE;
}

static void
add_secret (LeydenValueBuilder *b,
            const char         *header,
            LeydenValue        *secret,
            const char         *prefix,
            const char         *user)
{
  leyden_value_builder_key (b, header);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "secret", leyden_value_get_member_string (secret, "secret", ""));
  if (prefix != NULL)
    leyden_value_builder_set_string (b, "prefix", prefix);
  if (user != NULL)
    leyden_value_builder_set_string (b, "user", user);
  leyden_value_builder_end (b);
}

static gboolean
add_secrets (LeydenValueBuilder  *b,
             LeydenValue         *parameters,
             GError             **error)
{
  LeydenValue *headers = leyden_value_get_member (parameters, "headers");
  LeydenValue *secret = leyden_value_get_member (parameters, "secret");
  const char *how = leyden_value_get_member_string (parameters, "auth", "none");
  const char *name = leyden_value_get_member_string (parameters, "auth_header", "");

  leyden_value_builder_key (b, "secrets");
  leyden_value_builder_begin_object (b);
  for (guint i = 0; i < leyden_value_get_size (headers); i++)
    if (is_secret (leyden_value_get_item (headers, i)))
      add_secret (b, leyden_value_get_key (headers, i), leyden_value_get_item (headers, i),
                  leyden_value_get_member_string (leyden_value_get_item (headers, i), "prefix", NULL), NULL);
  if (!g_str_equal (how, "none"))
    {
      if (!is_secret (secret))
        {
          leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("Sign-in is on, but no secret is named"));
          return FALSE;
        }
      if (g_str_equal (how, "bearer"))
        add_secret (b, "Authorization", secret, "Bearer ", NULL);
      else if (g_str_equal (how, "basic"))
        add_secret (b, "Authorization", secret, NULL, leyden_value_get_member_string (parameters, "user", ""));
      else if (*name == '\0' || !check_header (name, error))
        {
          if (error != NULL && *error == NULL)
            leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("Sign-in by a header needs the header's name"));
          return FALSE;
        }
      else
        add_secret (b, name, secret, NULL, NULL);
    }
  leyden_value_builder_end (b);
  return TRUE;
}

/* ---- The body ---- */

static gboolean
add_json (LeydenValueBuilder  *b,
          const char          *text,
          LeydenValue         *inputs,
          GError             **error)
{
  g_autoptr(LeydenValue) value = NULL;
  g_autofree char *rendered = NULL;
  g_autofree char *body = NULL;

  if (*text == '\0')
    value = leyden_value_ref (inputs);
  else
    {
      g_autoptr(GError) reason = NULL;

      rendered = render (text, inputs, encode_json, error);
      if (rendered == NULL)
        return FALSE;
      value = leyden_json_parse (rendered, -1, NULL, &reason);
      if (value == NULL)
        {
          leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE,
                                 _("The body is not JSON: %s. Placeholders stand for whole values, without quotes around them"), reason->message);
          return FALSE;
        }
    }
  body = leyden_json_write (value, LEYDEN_JSON_COMPACT);
  leyden_value_builder_set_string (b, "body", body);
  leyden_value_builder_set_string (b, "content_type", "application/json");
  return TRUE;
}

/* Without a template: name=value of every input. */
static char *
make_form (LeydenValue *inputs)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < leyden_value_get_size (inputs); i++)
    {
      g_autofree char *text = leyden_node_text_of (leyden_value_get_item (inputs, i));

      if (i > 0)
        g_string_append_c (out, '&');
      g_string_append_uri_escaped (out, leyden_value_get_key (inputs, i), NULL, FALSE);
      g_string_append_c (out, '=');
      g_string_append_uri_escaped (out, text, NULL, FALSE);
    }
  return g_string_free (out, FALSE);
}

static gboolean
add_body (LeydenValueBuilder  *b,
          LeydenValue         *parameters,
          LeydenValue         *inputs,
          GError             **error)
{
  const char *kind = leyden_value_get_member_string (parameters, "body_type", "none");
  const char *text = leyden_value_get_member_string (parameters, "body", "");
  g_autofree char *body = NULL;
  gboolean is_form = g_str_equal (kind, "form");

  if (g_str_equal (kind, "none"))
    return TRUE;
  if (g_str_equal (kind, "json"))
    return add_json (b, text, inputs, error);
  if (is_form && *text == '\0')
    body = make_form (inputs);
  else
    body = render (text, inputs, is_form ? encode_percent : NULL, error);
  if (body == NULL)
    return FALSE;
  leyden_value_builder_set_string (b, "body", body);
  leyden_value_builder_set_string (b, "content_type", is_form ? "application/x-www-form-urlencoded" : "text/plain; charset=utf-8");
  return TRUE;
}

LeydenValue *
leyden_http_plan_new (LeydenValue  *parameters,
                      LeydenValue  *inputs,
                      GError      **error)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *headers = leyden_value_get_member (parameters, "headers");
  g_autofree char *url = make_url (parameters, inputs, error);

  if (url == NULL)
    return NULL;
  if (!leyden_value_is_null (headers) && (leyden_value_get_kind (headers) != LEYDEN_VALUE_OBJECT || leyden_value_get_size (headers) > MAX_HEADERS))
    return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("The headers must be an object of at most %d names"), MAX_HEADERS);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "method", leyden_value_get_member_string (parameters, "method", "GET"));
  leyden_value_builder_set_string (&b, "url", url);
  if (!add_headers (&b, headers, inputs, error) || !add_secrets (&b, parameters, error) || !add_body (&b, parameters, inputs, error))
    return NULL;
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenHttpRequest *
leyden_http_plan_make_request (LeydenValue *self)
{
  LeydenHttpRequest *request = leyden_http_request_new (leyden_value_get_member_string (self, "method", "GET"),
                                                        leyden_value_get_member_string (self, "url", ""));
  LeydenValue *headers = leyden_value_get_member (self, "headers");
  gsize length;
  const char *body = leyden_value_get_string (leyden_value_get_member (self, "body"), &length);
  g_autoptr(GBytes) bytes = body != NULL ? g_bytes_new (body, length) : NULL;

  if (bytes != NULL)
    leyden_http_request_set_body (request, leyden_value_get_member_string (self, "content_type", "text/plain"), bytes);
  for (guint i = 0; i < leyden_value_get_size (headers); i++)
    leyden_http_request_set_header (request, leyden_value_get_key (headers, i),
                                    leyden_value_get_string (leyden_value_get_item (headers, i), NULL));
  return request;
}

/* ---- The answer ---- */

/* (transfer full) (nullable): of "text/html; charset=ISO-8859-1". */
static char *
find_charset (const char *type)
{
  g_auto(GStrv) parts = g_strsplit (type != NULL ? type : "", ";", 16);

  for (guint i = 1; parts[0] != NULL && parts[i] != NULL; i++)
    {
      char *part = g_strstrip (parts[i]);

      if (g_ascii_strncasecmp (part, "charset=", 8) == 0)
        return g_strndup (part + 8 + strspn (part + 8, "\""), strcspn (part + 8 + strspn (part + 8, "\""), "\""));
    }
  return NULL;
}

static LeydenValue *
read_text (GBytes     *body,
           const char *type)
{
  gsize length;
  const char *bytes = g_bytes_get_data (body, &length);
  g_autofree char *charset = find_charset (type);
  g_autofree char *text = NULL;

  if (length == 0)
    return leyden_value_new_string ("", 0);
  if (charset != NULL && g_ascii_strcasecmp (charset, "utf-8") != 0)
    text = g_convert (bytes, (gssize) length, "UTF-8", charset, NULL, NULL, NULL);
  if (text == NULL)
    text = g_utf8_make_valid (bytes, (gssize) length);
  return leyden_value_new_string (text, -1);
}

static gboolean
is_json_type (const char *type)
{
  g_autofree char *bare = type != NULL ? g_ascii_strdown (type, (gssize) strcspn (type, ";, ")) : NULL;

  return bare != NULL && (g_str_has_suffix (bare, "/json") || g_str_has_suffix (bare, "+json"));
}

static LeydenValue *
read_json (GBytes      *body,
           const char  *type,
           GError     **error)
{
  g_autoptr(GError) reason = NULL;
  LeydenValue *value = leyden_json_parse_bytes (body, NULL, &reason);
  g_autofree char *quote = NULL;
  g_autofree char *shown = NULL;
  gsize length;
  const char *bytes = g_bytes_get_data (body, &length);

  if (value != NULL)
    return value;
  quote = length > 0 ? leyden_text_escape (bytes, (gssize) length, 200) : g_strdup (_("(nothing)"));
  shown = leyden_text_escape (type != NULL ? type : "no type", -1, 60);
  return leyden_node_new_error (error, LEYDEN_ENGINE_ERROR_NODE, _("The answer (%s) is not JSON: %s. It begins: %s"), shown, reason->message, quote);
}

static LeydenValue *
read_data (GBytes     *body,
           const char *type)
{
  gsize length;
  const guchar *bytes = g_bytes_get_data (body, &length);
  g_autofree char *encoded = g_base64_encode (bytes, length);
  g_autofree char *bare = type != NULL ? g_strndup (type, strcspn (type, ";, ")) : g_strdup ("application/octet-stream");
  g_autofree char *valid = g_utf8_make_valid (bare, -1);
  g_autofree char *url = g_strconcat ("data:", valid, ";base64,", encoded, NULL);

  return leyden_value_new_string (url, -1);
}

LeydenValue *
leyden_http_read_answer (GBytes      *body,
                         const char  *type,
                         const char  *how,
                         GError     **error)
{
  if (g_str_equal (how, "json") || (g_str_equal (how, "auto") && is_json_type (type) && g_bytes_get_size (body) > 0))
    return read_json (body, type, error);
  if (g_str_equal (how, "data"))
    return read_data (body, type);
  return read_text (body, type);
}

/* ---- As a tool ---- */

static const char *
schema_type (const char *type)
{
  static const struct { const char *type; const char *schema; } types[] = {
    { "text", "string" }, { "number", "number" }, { "boolean", "boolean" }, { "object", "object" }, { "list", "array" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (types[i].type, type))
      return types[i].schema;
  return NULL;
}

LeydenValue *
leyden_http_schema_of_fields (LeydenValue *fields)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "type", "object");
  leyden_value_builder_key (&b, "properties");
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    {
      LeydenValue *field = leyden_value_get_item (fields, i);
      const char *type = schema_type (leyden_value_get_member_string (field, "type", "any"));
      const char *title = leyden_value_get_member_string (field, "title", "");

      leyden_value_builder_key (&b, leyden_value_get_member_string (field, "name", ""));
      leyden_value_builder_begin_object (&b);
      if (type != NULL)
        leyden_value_builder_set_string (&b, "type", type);
      if (*title != '\0')
        leyden_value_builder_set_string (&b, "description", title);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "required");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (fields); i++)
    if (leyden_value_get_member_boolean (leyden_value_get_item (fields, i), "required", FALSE))
      leyden_value_builder_add_string (&b, leyden_value_get_member_string (leyden_value_get_item (fields, i), "name", ""));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
