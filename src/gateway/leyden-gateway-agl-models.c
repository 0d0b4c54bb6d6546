/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /api/models: the registry of policy models. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-agl.h"

#include <arpa/inet.h>

#include "leyden-http-policy.h"
#include "leyden-json.h"

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  GString            *answer;           /* nullable */
} Change;

static Change *
change_new (LeydenGateway      *self,
            LeydenHttpExchange *exchange,
            GString            *answer)
{
  Change *change = g_new0 (Change, 1);

  change->self = g_object_ref (self);
  change->exchange = leyden_http_exchange_ref (exchange);
  change->answer = answer;
  return change;
}

static void
change_free (Change *self)
{
  leyden_http_exchange_unref (self->exchange);
  g_object_unref (self->self);
  if (self->answer != NULL)
    g_string_free (self->answer, TRUE);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

/* An address that means another than it seems to (A34): 2130706433, 0x7f.1, an IPv4 address inside an IPv6 one. */
static gboolean
is_disguised (const char   *host,
              GInetAddress *address)
{
  struct in_addr unused;

  if (address == NULL)
    return inet_aton (host, &unused) != 0;
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6)
    {
      const guint8 *bytes = g_inet_address_to_bytes (address);
      static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

      return memcmp (bytes, mapped, sizeof mapped) == 0;
    }
  return FALSE;
}

/* Why the proxy would never call it, or NULL. A text that is no URL at all is kept, as the original keeps it: it is never reached. */
static const char *
refuse_endpoint (const char *endpoint,
                 gsize       length)
{
  g_autoptr(GUri) uri = NULL;
  g_autoptr(GInetAddress) address = NULL;
  g_autofree char *scheme = NULL;
  const char *host;

  for (gsize i = 0; i < length; i++)
    if ((guchar)endpoint[i] < 0x20 || endpoint[i] == 0x7f)
      return "Value error, an endpoint holds no control characters";
  scheme = g_uri_parse_scheme (endpoint);
  if (scheme == NULL || strstr (endpoint, ":/") == NULL)
    return NULL;
  if (g_ascii_strcasecmp (scheme, "http") != 0 && g_ascii_strcasecmp (scheme, "https") != 0)
    return "Value error, an endpoint is an http or https URL";
  uri = g_uri_parse (endpoint, G_URI_FLAGS_HAS_PASSWORD, NULL);
  if (uri == NULL)
    return NULL;
  if (g_uri_get_userinfo (uri) != NULL)
    return "Value error, an endpoint holds no user name and no password";
  host = g_uri_get_host (uri);
  address = host != NULL ? g_inet_address_new_from_string (host) : NULL;
  if (host == NULL || *host == '\0' || is_disguised (host, address))
    return "Value error, the endpoint’s host is not written plainly";
  if (address != NULL && leyden_address_get_reach (address) == LEYDEN_ADDRESS_FORBIDDEN)
    return "Value error, the endpoint’s address is never called";
  return NULL;
}

/* A required member that is a text without U+0000. */
static char *
check_text (LeydenAglErrors *errors,
            LeydenValue     *object,
            const char      *key,
            const char    *(*refuse) (const char *text, gsize length))
{
  LeydenValue *value = leyden_agl_check_required (errors, object, key);
  g_autoptr(LeydenValue) text = NULL;
  const char *own = NULL;
  const char *why = NULL;
  gsize length = 0;

  if (value == NULL)
    return NULL;
  text = leyden_agl_check_string (errors, value);
  if (text != NULL)
    own = leyden_value_get_string (text, &length);
  if (own != NULL && strlen (own) != length)
    why = "Value error, the text holds U+0000";
  else if (own != NULL && refuse != NULL)
    why = refuse (own, length);
  if (why != NULL)
    leyden_agl_errors_add (errors, "value_error", why, value, NULL);
  leyden_agl_errors_pop (errors);
  return g_strdup (own);
}

static void
check_model (LeydenAglErrors *errors,
             LeydenValue     *value,
             GPtrArray       *models)
{
  LeydenAglModel *model;
  LeydenValue *version;
  g_autoptr(LeydenValue) number = NULL;

  if (!leyden_agl_check_model (errors, value))
    return;
  model = g_new0 (LeydenAglModel, 1);
  g_ptr_array_add (models, model);
  model->model = check_text (errors, value, "model", NULL);
  model->endpoint = check_text (errors, value, "endpoint", refuse_endpoint);
  version = leyden_value_get_member (value, "version");
  leyden_agl_errors_push_key (errors, "version", -1);
  number = version != NULL ? leyden_agl_check_int (errors, version) : leyden_value_new_int (0);
  leyden_agl_errors_pop (errors);
  model->version = g_strdup (leyden_value_get_number_text (number));
}

static GString *
write_models (GPtrArray *models)
{
  GString *out = g_string_new ("[");

  for (guint i = 0; i < models->len; i++)
    {
      LeydenAglModel *model = models->pdata[i];

      g_string_append (out, i > 0 ? ",{\"model\":" : "{\"model\":");
      leyden_json_write_string (out, model->model, -1);
      g_string_append (out, ",\"endpoint\":");
      leyden_json_write_string (out, model->endpoint, -1);
      g_string_append_printf (out, ",\"version\":%s}", model->version);
    }
  return g_string_append_c (out, ']');
}

static void
stored_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(Change) change = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenAglChange) done = leyden_sqlite_store_agl_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  leyden_gateway_proxy_models_changed (change->self);
  if (done == NULL)
    leyden_agl_respond_gerror (change->exchange, NULL, error);
  else if (done->kind == LEYDEN_AGL_PUT_MODELS)
    leyden_agl_respond_take (change->exchange, 201, g_steal_pointer (&change->answer));
  else
    leyden_agl_respond_take (change->exchange, 200, g_string_new ("{\"status\":\"ok\"}"));
}

void
leyden_gateway_agl_put_models (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  g_auto(LeydenAglErrors) errors = { NULL, };
  g_autoptr(LeydenAglChange) change = leyden_agl_change_new (LEYDEN_AGL_PUT_MODELS, NULL);
  g_autoptr(LeydenValue) body = NULL;
  GString *answer;

  if (!leyden_agl_read_body (exchange, &body))
    return;
  leyden_agl_errors_init (&errors, "body");
  change->models = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_agl_model_free);
  if (body == NULL)
    leyden_agl_errors_add (&errors, "missing", "Field required", NULL, NULL);
  else if (leyden_value_get_kind (body) != LEYDEN_VALUE_LIST)
    leyden_agl_errors_add (&errors, "list_type", "Input should be a valid list", body, NULL);
  for (guint i = 0; leyden_value_get_kind (body) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (body); i++)
    {
      leyden_agl_errors_push_index (&errors, i);
      check_model (&errors, leyden_value_get_item (body, i), change->models);
      leyden_agl_errors_pop (&errors);
    }
  if (leyden_agl_errors_respond (&errors, exchange))
    return;
  answer = write_models (change->models);
  leyden_sqlite_store_agl_change_async (self->store, g_steal_pointer (&change), stored_cb, change_new (self, exchange, answer));
}

void
leyden_gateway_agl_clear_models (LeydenGateway      *self,
                                 LeydenHttpExchange *exchange)
{
  leyden_sqlite_store_agl_change_async (self->store, leyden_agl_change_new (LEYDEN_AGL_CLEAR_MODELS, NULL), stored_cb,
                                        change_new (self, exchange, NULL));
}
