/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Named keys and rollout keys over HTTP. Keys stand in the store as documents, by their digests alone. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-access.h"
#include "leyden-gateway-private.h"

#include <string.h>

#include "leyden-id.h"
#include "leyden-json.h"

#define DAY_S 86400
#define MAX_OVERLAP_S (366 * DAY_S)
#define MAX_ROLLOUT_KEY_S (366 * DAY_S)
#define MAX_ID 4096

/* ---- What rollout keys are made with ---- */

gboolean
leyden_gateway_load_key_secret (LeydenGateway  *self,
                                GError        **error)
{
  g_autofree char *path = g_strconcat (self->database, ".secret", NULL);

  return leyden_access_load_secret (self->access, path, error);
}

char *
leyden_gateway_make_rollout_key (LeydenGateway *self,
                                 const char    *rollout,
                                 const char    *attempt,
                                 gint64         expires_ns)
{
  g_return_val_if_fail (LEYDEN_IS_GATEWAY (self) && rollout != NULL && attempt != NULL, NULL);

  return leyden_access_make_rollout_key (self->access, rollout, attempt, expires_ns);
}

/* ---- What is stored: keys, and rules of masking ---- */

static void
masking_loaded_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(LeydenValue) documents = NULL;
  GError *error = NULL;

  documents = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);
  if (documents == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  leyden_gateway_take_stored_mask (g_task_get_source_object (task), documents);
  g_task_return_boolean (task, TRUE);
}

static void
keys_loaded_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  LeydenGateway *self = g_task_get_source_object (task);
  g_autoptr(LeydenValue) keys = NULL;
  GError *error = NULL;

  keys = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);
  if (keys == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < leyden_value_get_size (keys); i++)
    {
      g_autoptr(GError) local_error = NULL;
      LeydenKey *key = leyden_key_from_value (leyden_value_get_key (keys, i), leyden_value_get_item (keys, i), &local_error);

      if (key != NULL)
        leyden_access_put_key (self->access, key);
      else
        g_warning ("Key \"%s\" is left out: %s", leyden_value_get_key (keys, i), local_error->message);
    }
  leyden_store_list_documents_async (LEYDEN_STORE (object), "masking", NULL, masking_loaded_cb, g_steal_pointer (&task));
}

void
leyden_gateway_load_keys_async (LeydenGateway       *self,
                                GAsyncReadyCallback  callback,
                                gpointer             data)
{
  GTask *task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, leyden_gateway_load_keys_async);
  leyden_store_list_documents_async (LEYDEN_STORE (self->store), LEYDEN_KEY_KIND, NULL, keys_loaded_cb, task);
}

gboolean
leyden_gateway_load_keys_finish (LeydenGateway  *self,
                                 GAsyncResult   *result,
                                 GError        **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- Changes: known at once, so that of two requests the second sees the first; answered when they are on disk ---- */

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  char               *name;
  LeydenKey          *before;           /* nullable: what to go back to */
  char               *text;             /* the new secret; nullable */
  guint               status;
  gboolean            ends_streams;
} Change;

static void
change_free (Change *change)
{
  g_object_unref (change->self);
  leyden_http_exchange_unref (change->exchange);
  g_free (change->name);
  leyden_key_free (change->before);
  if (change->text != NULL)
    explicit_bzero (change->text, strlen (change->text));
  g_free (change->text);
  g_free (change);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

static void
go_back (Change *change)
{
  if (change->before != NULL)
    leyden_access_put_key (change->self->access, g_steal_pointer (&change->before));
  else
    leyden_access_remove_key (change->self->access, change->name);
}

static gboolean
is_called (gpointer principal,
           gpointer name)
{
  return strcmp (((LeydenPrincipal *) principal)->name, name) == 0;
}

/* What was asked for with a key that is good no longer ends with it. */
static void
end_streams (LeydenGateway *self,
             const char    *name)
{
  leyden_http_server_end_streams (self->server, is_called, g_strdup (name), g_free);
  if (self->local_server != NULL)
    leyden_http_server_end_streams (self->local_server, is_called, g_strdup (name), g_free);
}

/* The one time that the secret is told. */
static void
respond_with_secret (Change *change)
{
  g_autoptr(LeydenKey) key = leyden_access_dup_key (change->self->access, change->name);
  g_autoptr(LeydenValue) shown = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (key == NULL)
    {
      leyden_http_exchange_respond_error (change->exchange, 409, "The key \"%s\" was revoked meanwhile", change->name);
      return;
    }
  shown = leyden_key_describe (key, 0, leyden_time_now_ns ());
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "key", change->text);
  for (guint i = 0; i < leyden_value_get_size (shown); i++)
    leyden_value_builder_set (&b, leyden_value_get_key (shown, i), leyden_value_get_item (shown, i));
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (change->exchange, change->status, leyden_value_builder_end_value (&b));
}

static void
stored_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(Change) change = user_data;
  g_autoptr(GError) error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      go_back (change);
      leyden_gateway_respond_gerror (change->exchange, error);
      return;
    }
  if (change->ends_streams)
    end_streams (change->self, change->name);
  if (change->text != NULL)
    respond_with_secret (change);
  else
    leyden_http_exchange_respond (change->exchange, 204, NULL, NULL);
}

/* Takes @key (NULL: revoked) and @text. */
static void
change_key (LeydenGateway      *self,
            LeydenHttpExchange *exchange,
            const char         *name,
            LeydenKey          *key,
            char               *text,
            guint               status,
            gboolean            ends_streams,
            const char         *action)
{
  Change *change = g_new0 (Change, 1);
  g_autoptr(LeydenValue) value = key != NULL ? leyden_key_to_value (key) : NULL;
  g_autoptr(LeydenValue) shown = key != NULL ? leyden_key_describe (key, 0, leyden_time_now_ns ()) : NULL;

  change->self = g_object_ref (self);
  change->exchange = leyden_http_exchange_ref (exchange);
  change->name = g_strdup (name);
  change->before = leyden_access_dup_key (self->access, name);
  change->text = text;
  change->status = status;
  change->ends_streams = ends_streams;
  if (key != NULL)
    leyden_access_put_key (self->access, key);
  else
    leyden_access_remove_key (self->access, name);
  leyden_gateway_audit (self, exchange, action, name, shown);
  leyden_store_put_document_async (LEYDEN_STORE (self->store), LEYDEN_KEY_KIND, change->name, value, stored_cb, change);
}

/* ---- Routes ---- */

void
leyden_gateway_list_keys (LeydenGateway      *self,
                          LeydenHttpExchange *exchange)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_take (&b, "keys", leyden_access_list_keys (self->access, leyden_time_now_ns ()));
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 200, leyden_value_builder_end_value (&b));
}

void
leyden_gateway_make_key (LeydenGateway      *self,
                         LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  gint64 now_ns = leyden_time_now_ns ();
  g_autoptr(LeydenKey) key = NULL;
  g_autoptr(GError) error = NULL;
  char *text;

  if (body == NULL)
    return;
  key = leyden_key_from_request (body, leyden_gateway_get_principal (exchange)->name, now_ns, &error);
  if (key == NULL)
    {
      leyden_gateway_respond_gerror (exchange, error);
      return;
    }
  if (leyden_access_has_key (self->access, key->name))
    {
      leyden_http_exchange_respond_error (exchange, 409, "There is a key \"%s\"; rotate it, or revoke it first", key->name);
      return;
    }
  text = leyden_key_rotate (key, 0, now_ns);
  change_key (self, exchange, leyden_value_get_member_string (body, "name", ""), g_steal_pointer (&key), text, 201, FALSE, "key.made");
}

static LeydenKey *
find_key (LeydenGateway      *self,
          LeydenHttpExchange *exchange)
{
  const char *name = leyden_http_exchange_get_param (exchange, "name");
  LeydenKey *key = leyden_access_dup_key (self->access, name);

  if (key == NULL)
    leyden_http_exchange_respond_error (exchange, 404, "There is no key \"%s\"", name);
  return key;
}

void
leyden_gateway_rotate_key (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);
  g_autoptr(LeydenKey) key = body != NULL ? find_key (self, exchange) : NULL;
  LeydenValue *overlap = leyden_value_get_member (body, "overlap_s");
  gint64 overlap_s = DAY_S;
  char *text;

  if (key == NULL)
    return;
  if (overlap != NULL && (!leyden_value_get_int (overlap, &overlap_s) || overlap_s < 0 || overlap_s > MAX_OVERLAP_S))
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"overlap_s\" must be a number of seconds from 0 to %d", MAX_OVERLAP_S);
      return;
    }
  text = leyden_key_rotate (key, overlap_s, leyden_time_now_ns ());
  change_key (self, exchange, leyden_http_exchange_get_param (exchange, "name"), g_steal_pointer (&key), text, 200, overlap_s == 0, "key.rotated");
}

void
leyden_gateway_revoke_key (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenKey) key = find_key (self, exchange);

  if (key != NULL)
    change_key (self, exchange, key->name, NULL, NULL, 204, TRUE, "key.revoked");
}

/* A text of one line that an agent's id may be. */
static const char *
read_id (LeydenHttpExchange *exchange,
         LeydenValue        *body,
         const char         *member,
         const char         *fallback)
{
  LeydenValue *value = leyden_value_get_member (body, member);
  gsize length = 0;
  const char *text = value != NULL ? leyden_value_get_string (value, &length) : fallback;

  if (text != NULL && *text != '\0' && (value == NULL || (strlen (text) == length && length <= MAX_ID)))
    return text;
  leyden_http_exchange_respond_error (exchange, 422, "\"%s\" must be a text of 1 to %d bytes", member, MAX_ID);
  return NULL;
}

void
leyden_gateway_make_rollout_key_route (LeydenGateway      *self,
                                       LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  LeydenValue *expires = leyden_value_get_member (body, "expires_s");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  const char *rollout, *attempt;
  g_autofree char *key = NULL;
  gint64 seconds = DAY_S, expires_ns;

  if (body == NULL || (rollout = read_id (exchange, body, "rollout", NULL)) == NULL || (attempt = read_id (exchange, body, "attempt", "0")) == NULL)
    return;
  if (expires != NULL && (!leyden_value_get_int (expires, &seconds) || seconds < 1 || seconds > MAX_ROLLOUT_KEY_S))
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"expires_s\" must be a number of seconds from 1 to %d", MAX_ROLLOUT_KEY_S);
      return;
    }
  expires_ns = leyden_time_now_ns () + seconds * G_GINT64_CONSTANT (1000000000);
  key = leyden_gateway_make_rollout_key (self, rollout, attempt, expires_ns);
  leyden_gateway_audit (self, exchange, "rollout-key.made", rollout, NULL);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "key", key);
  leyden_value_builder_set_string (&b, "rollout", rollout);
  leyden_value_builder_set_string (&b, "attempt", attempt);
  leyden_value_builder_set_int (&b, "expires", expires_ns);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 201, leyden_value_builder_end_value (&b));
}
