/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-http"

#include "config.h"

#include "leyden-http-client-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-json.h"

#define DEFAULT_TIMEOUT_MS 60000
#define MAX_SHOWN_HEADERS 100
#define MAX_SHOWN_HEADER 4096
#define DEFAULT_MAX_BODY ((gsize) 64 * 1024 * 1024)

G_DEFINE_FINAL_TYPE (LeydenHttpRequest, leyden_http_request, G_TYPE_OBJECT)

static void
leyden_http_request_finalize (GObject *object)
{
  LeydenHttpRequest *self = LEYDEN_HTTP_REQUEST (object);

  leyden_http_request_reset (self);
  g_free (self->method);
  g_free (self->uri);
  g_ptr_array_unref (self->headers);
  g_clear_pointer (&self->secret_headers, g_hash_table_unref);
  g_free (self->bad_header);
  g_free (self->content_type);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_object (&self->body_file);
  if (self->guard_destroy != NULL)
    self->guard_destroy (self->guard_data);
  g_free (self->pin);
  g_clear_pointer (&self->certificate, leyden_value_unref);

  G_OBJECT_CLASS (leyden_http_request_parent_class)->finalize (object);
}

static void
leyden_http_request_class_init (LeydenHttpRequestClass *class)
{
  G_OBJECT_CLASS (class)->finalize = leyden_http_request_finalize;
}

static void
leyden_http_request_init (LeydenHttpRequest *self)
{
  self->headers = g_ptr_array_new_with_free_func (g_free);
  self->timeout_ms = DEFAULT_TIMEOUT_MS;
  self->max_body = DEFAULT_MAX_BODY;
  self->max_tries = 1;
  self->follow = TRUE;
}

LeydenHttpRequest *
leyden_http_request_new (const char *method,
                         const char *uri)
{
  LeydenHttpRequest *self;

  g_return_val_if_fail (method != NULL && uri != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_HTTP_REQUEST, NULL);
  self->method = g_strdup (method);
  self->uri = g_strdup (uri);
  return self;
}

static gboolean
is_header_name (const char *name)
{
  if (*name == '\0')
    return FALSE;
  for (const char *p = name; *p != '\0'; p++)
    {
      if (!g_ascii_isalnum (*p) && strchr ("!#$%&'*+-.^_`|~", *p) == NULL)
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_header_value (const char *value)
{
  for (const char *p = value; *p != '\0'; p++)
    {
      if (((guchar) *p < 0x20 && *p != '\t') || *p == 0x7f)
        return FALSE;
    }
  return TRUE;
}

void
leyden_http_request_set_header (LeydenHttpRequest *self,
                                const char        *name,
                                const char        *value)
{
  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self) && name != NULL && value != NULL);

  /* A line break in a value from outside would be a header of its own: such a request is never sent. */
  if (!is_header_name (name) || !is_header_value (value))
    {
      g_free (self->bad_header);
      self->bad_header = g_strdup (name);
      return;
    }
  for (guint i = 0; i < self->headers->len; i += 2)
    {
      if (g_ascii_strcasecmp (self->headers->pdata[i], name) != 0)
        continue;
      g_free (self->headers->pdata[i + 1]);
      self->headers->pdata[i + 1] = g_strdup (value);
      return;
    }
  g_ptr_array_add (self->headers, g_strdup (name));
  g_ptr_array_add (self->headers, g_strdup (value));
}

void
leyden_http_request_set_secret_header (LeydenHttpRequest *self,
                                       const char        *name,
                                       const char        *value)
{
  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self) && name != NULL && value != NULL);

  if (self->secret_headers == NULL)
    self->secret_headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_add (self->secret_headers, g_ascii_strdown (name, -1));
  leyden_http_request_set_header (self, name, value);
}

void
leyden_http_request_set_cross_origin (LeydenHttpRequest *self,
                                      gboolean           allowed)
{
  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self));

  self->cross_origin = allowed;
}

void
leyden_http_request_set_follow (LeydenHttpRequest *self,
                                gboolean           follow)
{
  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self));

  self->follow = follow;
}

void
leyden_http_request_set_guard (LeydenHttpRequest      *self,
                               LeydenHttpAddressGuard  guard,
                               gpointer                data,
                               GDestroyNotify          destroy)
{
  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self) && guard != NULL);

  if (self->guard_destroy != NULL)
    self->guard_destroy (self->guard_data);
  self->guard = guard;
  self->guard_data = data;
  self->guard_destroy = destroy;
}

void
leyden_http_request_set_bearer (LeydenHttpRequest *self,
                                const char        *key)
{
  g_autofree char *value = NULL;

  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self) && key != NULL);

  value = g_strconcat ("Bearer ", key, NULL);
  leyden_http_request_set_secret_header (self, "Authorization", value);
}

void
leyden_http_request_set_json (LeydenHttpRequest *self,
                              LeydenValue       *body)
{
  g_autoptr(GBytes) bytes = NULL;

  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self));

  bytes = leyden_json_write_bytes (body, LEYDEN_JSON_COMPACT);
  leyden_http_request_set_body (self, "application/json", bytes);
}

void
leyden_http_request_set_body (LeydenHttpRequest *self,
                              const char        *content_type,
                              GBytes            *body)
{
  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self) && content_type != NULL && body != NULL);

  g_bytes_ref (body);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_object (&self->body_file);
  self->body = body;
  g_free (self->content_type);
  self->content_type = g_strdup (content_type);
}

void
leyden_http_request_set_body_file (LeydenHttpRequest *self,
                                   const char        *content_type,
                                   GFile             *file)
{
  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self) && content_type != NULL && G_IS_FILE (file));

  g_clear_pointer (&self->body, g_bytes_unref);
  g_set_object (&self->body_file, file);
  g_free (self->content_type);
  self->content_type = g_strdup (content_type);
}

void
leyden_http_request_set_timeout (LeydenHttpRequest *self,
                                 guint              total_ms)
{
  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self));

  self->timeout_ms = total_ms;
}

void
leyden_http_request_set_max_body (LeydenHttpRequest *self,
                                  gsize              max_bytes)
{
  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self));

  self->max_body = max_bytes;
}

void
leyden_http_request_set_reuse (LeydenHttpRequest *self,
                               gboolean           reuse)
{
  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self));

  self->reuse = reuse;
}

void
leyden_http_request_set_retry (LeydenHttpRequest *self,
                               guint              max_tries,
                               gboolean           idempotent)
{
  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self) && max_tries > 0);

  self->max_tries = max_tries;
  self->idempotent = idempotent;
}

void
leyden_http_request_set_pin (LeydenHttpRequest *self,
                             const char        *fingerprint)
{
  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self));

  g_free (self->pin);
  self->pin = g_strdup (fingerprint);
}

LeydenValue *
leyden_http_request_dup_certificate (LeydenHttpRequest *self)
{
  g_return_val_if_fail (LEYDEN_IS_HTTP_REQUEST (self), NULL);

  return self->certificate != NULL ? leyden_value_ref (self->certificate) : NULL;
}

void
leyden_http_request_set_retry_cb (LeydenHttpRequest *self,
                                  void             (*callback) (LeydenHttpRequest *request, guint attempt, guint delay_ms,
                                                                guint status, const char *reason, gpointer data),
                                  gpointer           data)
{
  g_return_if_fail (LEYDEN_IS_HTTP_REQUEST (self));

  self->retry_cb = callback;
  self->retry_data = data;
}

guint
leyden_http_request_get_status (LeydenHttpRequest *self)
{
  g_return_val_if_fail (LEYDEN_IS_HTTP_REQUEST (self), 0);

  return self->status;
}

const char *
leyden_http_request_get_response_header (LeydenHttpRequest *self,
                                         const char        *name)
{
  g_return_val_if_fail (LEYDEN_IS_HTTP_REQUEST (self) && name != NULL, NULL);

  return self->answer_headers != NULL ? soup_message_headers_get_one (self->answer_headers, name) : NULL;
}

gboolean
leyden_http_request_get_date (LeydenHttpRequest *self,
                              gint64            *unix_s)
{
  const char *text = leyden_http_request_get_response_header (self, "Date");
  g_autoptr(GDateTime) date = text == NULL ? NULL : soup_date_time_new_from_http_string (text);

  if (date != NULL)
    *unix_s = g_date_time_to_unix (date);
  return date != NULL;
}

LeydenValue *
leyden_http_request_dup_response_headers (LeydenHttpRequest *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  SoupMessageHeadersIter iter;
  const char *name, *value;

  g_return_val_if_fail (LEYDEN_IS_HTTP_REQUEST (self), NULL);

  leyden_value_builder_begin_object (&b);
  if (self->answer_headers != NULL)
    soup_message_headers_iter_init (&iter, self->answer_headers);
  while (self->answer_headers != NULL && g_hash_table_size (seen) < MAX_SHOWN_HEADERS
         && soup_message_headers_iter_next (&iter, &name, &value))
    {
      g_autofree char *lower = g_ascii_strdown (name, -1);
      g_autofree char *valid_name = g_utf8_make_valid (lower, -1);
      g_autofree char *valid = g_utf8_make_valid (value, (gssize) strnlen (value, MAX_SHOWN_HEADER));

      if (g_str_has_prefix (lower, "set-cookie") || !g_hash_table_add (seen, g_strdup (lower)))
        continue;
      leyden_value_builder_set_string (&b, valid_name, valid);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

const char *
leyden_http_request_get_content_type (LeydenHttpRequest *self)
{
  g_return_val_if_fail (LEYDEN_IS_HTTP_REQUEST (self), NULL);

  return self->answer_type;
}

void
leyden_http_request_reset (LeydenHttpRequest *self)
{
  self->status = 0;
  g_clear_pointer (&self->answer_headers, soup_message_headers_unref);
  g_clear_pointer (&self->answer_type, g_free);
}

static char *
make_fingerprint (GTlsCertificate *certificate)
{
  g_autoptr(GByteArray) der = NULL;

  g_object_get (certificate, "certificate", &der, NULL);
  return der == NULL ? NULL : g_compute_checksum_for_data (G_CHECKSUM_SHA256, der->data, der->len);
}

static void
set_date (LeydenValueBuilder *b,
          const char         *key,
          GDateTime          *date)
{
  g_autofree char *text = date == NULL ? NULL : g_date_time_format_iso8601 (date);

  leyden_value_builder_set_string (b, key, text);
}

/* Names in a certificate are whatever its maker wrote. */
static void
set_name (LeydenValueBuilder *b,
          const char         *key,
          char               *name)
{
  g_autofree char *owned = name;
  g_autofree char *valid = name == NULL ? NULL : g_utf8_make_valid (name, (gssize) strnlen (name, MAX_SHOWN_HEADER));

  leyden_value_builder_set_string (b, key, valid);
}

/* NULL: it has no DER form. (transfer full) */
static LeydenValue *
describe_certificate (GTlsCertificate      *certificate,
                      GTlsCertificateFlags  flags)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *fingerprint = make_fingerprint (certificate);
  g_autofree char *problem = NULL;
  g_autoptr(GDateTime) before = NULL;
  g_autoptr(GDateTime) after = NULL;

  if (fingerprint == NULL)
    return NULL;
  problem = leyden_http_describe_certificate (flags);
  before = g_tls_certificate_get_not_valid_before (certificate);
  after = g_tls_certificate_get_not_valid_after (certificate);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "fingerprint", fingerprint);
  set_name (&b, "subject", g_tls_certificate_get_subject_name (certificate));
  set_name (&b, "issuer", g_tls_certificate_get_issuer_name (certificate));
  set_date (&b, "not_before", before);
  set_date (&b, "not_after", after);
  leyden_value_builder_set_boolean (&b, "trusted", flags == 0);
  leyden_value_builder_set_string (&b, "problem", problem);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* What was said of a certificate stays with it: all answers of a connection have the same one. */
typedef struct
{
  GTlsCertificateFlags  flags;
  LeydenValue          *text;
} Description;

static void
description_free (gpointer data)
{
  Description *self = data;

  leyden_value_unref (self->text);
  g_free (self);
}

/* Under the lock of the certificate's data, which several threads may look at. */
static gpointer
dup_description (gpointer data,
                 gpointer flags)
{
  Description *self = data;

  return self != NULL && self->flags == *(GTlsCertificateFlags *) flags ? leyden_value_ref (self->text) : NULL;
}

static void
note_certificate (LeydenHttpRequest    *self,
                  GTlsCertificate      *certificate,
                  GTlsCertificateFlags  flags)
{
  GQuark quark = g_quark_from_static_string ("leyden-http-description");
  g_autoptr(LeydenValue) text = NULL;
  Description *description;

  if (certificate == NULL)
    return;
  text = g_object_dup_qdata (G_OBJECT (certificate), quark, dup_description, &flags);
  if (text == NULL)
    {
      text = describe_certificate (certificate, flags);
      if (text == NULL)
        return;
      description = g_new (Description, 1);
      *description = (Description) { flags, leyden_value_ref (text) };
      g_object_set_qdata_full (G_OBJECT (certificate), quark, description, description_free);
    }
  g_clear_pointer (&self->certificate, leyden_value_unref);
  self->certificate = g_steal_pointer (&text);
}

/* Only for certificates that the system refuses. */
static gboolean
accept_certificate_cb (LeydenHttpRequest    *self,
                       GTlsCertificate      *certificate,
                       GTlsCertificateFlags  flags)
{
  note_certificate (self, certificate, flags);
  return self->pin != NULL && g_strcmp0 (leyden_value_get_member_string (self->certificate, "fingerprint", NULL), self->pin) == 0;
}

static void
read_answer_type (LeydenHttpRequest *self)
{
  const char *type = soup_message_headers_get_one (self->answer_headers, "Content-Type");

  if (type != NULL)
    {
      self->answer_type = g_ascii_strdown (type, (gssize) strcspn (type, ";,"));
      g_strstrip (self->answer_type);
    }
}

void
leyden_http_request_set_answer (LeydenHttpRequest *self,
                                SoupMessage       *message)
{
  leyden_http_request_reset (self);
  note_certificate (self, soup_message_get_tls_peer_certificate (message), soup_message_get_tls_peer_certificate_errors (message));
  self->status = soup_message_get_status (message);
  self->answer_headers = soup_message_headers_ref (soup_message_get_response_headers (message));
  read_answer_type (self);
}

void
leyden_http_request_set_fields (LeydenHttpRequest *self,
                                guint              status,
                                GPtrArray         *fields)
{
  leyden_http_request_reset (self);
  self->status = status;
  self->answer_headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  for (guint i = 0; i + 1 < fields->len; i += 2)
    soup_message_headers_append (self->answer_headers, fields->pdata[i], fields->pdata[i + 1]);
  read_answer_type (self);
}

/* Opening a local file and asking for its size is quick; the bytes are read while they are sent. */
static gboolean
attach_file (LeydenHttpRequest *self,
             SoupMessage       *message,
             GError           **error)
{
  g_autoptr(GFileInputStream) stream = g_file_read (self->body_file, NULL, error);
  g_autoptr(GFileInfo) info = NULL;

  if (stream == NULL)
    return FALSE;
  info = g_file_input_stream_query_info (stream, G_FILE_ATTRIBUTE_STANDARD_SIZE, NULL, error);
  if (info == NULL)
    return FALSE;
  soup_message_set_request_body (message, self->content_type, G_INPUT_STREAM (stream), g_file_info_get_size (info));
  return TRUE;
}

/* Servers call their credentials as they like. A harmless header taken for one only stays at home. */
static gboolean
sounds_secret (const char *lower)
{
  static const char * const parts[] = { "auth", "cookie", "token", "secret", "password", "credential", "session", "api-key", "apikey", "api_key" };

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (strstr (lower, parts[i]) != NULL)
      return TRUE;
  return g_str_has_suffix (lower, "-key") || g_str_has_suffix (lower, "_key");
}

/* What sounds like a credential is one, whoever set it. */
static gboolean
is_secret (LeydenHttpRequest *self,
           const char        *name)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  return sounds_secret (lower) || (self->secret_headers != NULL && g_hash_table_contains (self->secret_headers, lower));
}

SoupMessage *
leyden_http_request_make (LeydenHttpRequest *self,
                          GUri              *uri,
                          gboolean           bodyless,
                          gboolean           foreign,
                          GError           **error)
{
  g_autoptr(SoupMessage) message = NULL;
  SoupMessageHeaders *headers;

  if (self->bad_header != NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("A header with a line break or control character is not sent"));
      return NULL;
    }
  message = soup_message_new_from_uri (bodyless && !g_str_equal (self->method, "HEAD") ? "GET" : self->method, uri);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE | (self->reuse ? SOUP_MESSAGE_IDEMPOTENT : 0));
  g_signal_connect_object (message, "accept-certificate", G_CALLBACK (accept_certificate_cb), self, G_CONNECT_SWAPPED);
  headers = soup_message_get_request_headers (message);
  for (guint i = 0; i < self->headers->len; i += 2)
    if (!foreign || !is_secret (self, self->headers->pdata[i]))
      soup_message_headers_replace (headers, self->headers->pdata[i], self->headers->pdata[i + 1]);
  if (!bodyless && self->body != NULL)
    soup_message_set_request_body_from_bytes (message, self->content_type, self->body);
  else if (!bodyless && self->body_file != NULL && !attach_file (self, message, error))
    return NULL;
  return g_steal_pointer (&message);
}
