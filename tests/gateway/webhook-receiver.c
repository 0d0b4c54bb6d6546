/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "webhook-receiver.h"

#include <libsoup/soup.h>
#include <string.h>

#include "leyden-json.h"

typedef struct
{
  guint status;
  char *headers;
} Step;

struct _WebhookReceiver
{
  SoupServer *soup;
  GPtrArray  *received;
  GHashTable *scripts;          /* path → GQueue of Step */
};

static void
step_free (gpointer data)
{
  g_free (((Step *) data)->headers);
  g_free (data);
}

static void
queue_free (gpointer data)
{
  g_queue_free_full (data, step_free);
}

static void
received_free (gpointer data)
{
  Received *self = data;

  g_free (self->path);
  g_free (self->method);
  g_free (self->id);
  g_free (self->signature);
  g_free (self->type);
  g_free (self->body);
  g_free (self->origin);
  g_clear_pointer (&self->event, leyden_value_unref);
  g_free (self);
}

static void
answer (WebhookReceiver   *self,
        SoupServerMessage *message,
        Received          *received)
{
  GQueue *script = g_hash_table_lookup (self->scripts, received->path);
  Step *step = script == NULL ? NULL : g_queue_peek_head (script);

  received->status = step == NULL ? 200 : step->status;
  if (step != NULL && step->headers != NULL)
    {
      g_auto(GStrv) lines = g_strsplit (step->headers, "\n", -1);

      for (guint i = 0; lines[i] != NULL; i++)
        {
          g_auto(GStrv) parts = g_strsplit (lines[i], ": ", 2);

          soup_message_headers_append (soup_server_message_get_response_headers (message), parts[0], parts[1]);
        }
    }
  if (script != NULL && g_queue_get_length (script) > 1)
    step_free (g_queue_pop_head (script));
  soup_server_message_set_status (message, received->status, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "ok", 2);
}

static void
request_cb (SoupServer        *soup,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           data)
{
  WebhookReceiver *self = data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  const char *stamp = soup_message_headers_get_one (headers, "webhook-timestamp");
  Received *received = g_new0 (Received, 1);

  received->path = g_strdup (path);
  received->method = g_strdup (soup_server_message_get_method (message));
  received->id = g_strdup (soup_message_headers_get_one (headers, "webhook-id"));
  received->timestamp_s = stamp == NULL ? 0 : g_ascii_strtoll (stamp, NULL, 10);
  received->signature = g_strdup (soup_message_headers_get_one (headers, "webhook-signature"));
  received->type = g_strdup (soup_message_headers_get_one (headers, "Content-Type"));
  received->origin = g_strdup (soup_message_headers_get_one (headers, "WebHook-Request-Origin"));
  received->body = g_strndup (body->data != NULL ? body->data : "", (gsize) body->length);
  received->event = leyden_json_parse (received->body, -1, NULL, NULL);
  g_ptr_array_add (self->received, received);
  answer (self, message, received);
}

WebhookReceiver *
webhook_receiver_new (guint16 port)
{
  WebhookReceiver *self = g_new0 (WebhookReceiver, 1);
  g_autoptr(GError) error = NULL;
  g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);

  self->soup = soup_server_new (NULL, NULL);
  self->received = g_ptr_array_new_with_free_func (received_free);
  self->scripts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, queue_free);
  soup_server_add_handler (self->soup, NULL, request_cb, self, NULL);
  g_assert_true (soup_server_listen (self->soup, address, 0, &error));
  g_assert_no_error (error);
  return self;
}

void
webhook_receiver_free (WebhookReceiver *self)
{
  soup_server_disconnect (self->soup);
  g_object_unref (self->soup);
  g_ptr_array_unref (self->received);
  g_hash_table_unref (self->scripts);
  g_free (self);
}

guint16
webhook_receiver_get_port (WebhookReceiver *self)
{
  GSList *uris = soup_server_get_uris (self->soup);
  guint16 port = (guint16) g_uri_get_port (uris->data);

  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return port;
}

char *
webhook_receiver_dup_uri (WebhookReceiver *self,
                          const char      *path)
{
  return g_strdup_printf ("http://127.0.0.1:%u%s", webhook_receiver_get_port (self), path);
}

void
webhook_receiver_script (WebhookReceiver *self,
                         const char      *path,
                         guint            status,
                         const char      *headers)
{
  GQueue *script = g_hash_table_lookup (self->scripts, path);
  Step *step = g_new (Step, 1);

  if (script == NULL)
    g_hash_table_insert (self->scripts, g_strdup (path), script = g_queue_new ());
  step->status = status;
  step->headers = g_strdup (headers);
  g_queue_push_tail (script, step);
}

void
webhook_receiver_forget (WebhookReceiver *self,
                         const char      *path)
{
  g_hash_table_remove (self->scripts, path);
}

guint
webhook_receiver_count (WebhookReceiver *self)
{
  return self->received->len;
}

const Received *
webhook_receiver_get (WebhookReceiver *self,
                      guint            n)
{
  g_assert_cmpuint (n, <, self->received->len);
  return g_ptr_array_index (self->received, n);
}

gboolean
received_is_signed (const Received *received,
                    const char     *secret)
{
  gsize length;
  g_autofree guchar *key = g_base64_decode (secret + strlen ("whsec_"), &length);
  g_autofree char *text = g_strdup_printf ("%s.%" G_GINT64_FORMAT ".%s", received->id, received->timestamp_s, received->body);
  g_autofree char *hex = g_compute_hmac_for_string (G_CHECKSUM_SHA256, key, length, text, -1);
  g_auto(GStrv) given = g_strsplit (received->signature, " ", -1);
  guint8 digest[32];
  g_autofree char *expected = NULL;
  g_autofree char *base64 = NULL;

  g_assert_cmpuint (length, >=, 24);
  for (guint i = 0; i < sizeof digest; i++)
    digest[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
  base64 = g_base64_encode (digest, sizeof digest);
  expected = g_strconcat ("v1,", base64, NULL);
  return g_strv_contains ((const char * const *) given, expected);
}
