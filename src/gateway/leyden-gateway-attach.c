/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-attach.h"

#include <string.h>

#include "leyden-gateway-access.h"
#include "leyden-gateway-agl.h"
#include "leyden-id.h"
#include "leyden-json.h"

#define KIND "attached"
#define ATTEMPT "0"
#define DEFAULT_EXPIRY_S 86400
#define MAX_EXPIRY_S (30 * 86400)
#define MAX_GROUP_LENGTH 200
#define MAX_CLIENT_ID 200
/* An agent that says nothing for so long may have crashed: nobody would tell. It may still come back. */
#define QUIET_NS (G_GINT64_CONSTANT (600) * 1000000000)
/* A timer that is asked to wait longer looks again after this. */
#define MAX_WAIT_S 3600

static void
attachment_free (gpointer data)
{
  LeydenAttachment *self = data;

  g_free (self->rollout);
  g_free (self->endpoint);
  g_free (self->model);
  g_free (self);
}

static LeydenAttachment *
attachment_new (const char  *rollout,
                LeydenValue *model,
                gboolean     is_train,
                gint64       expires_ns)
{
  LeydenAttachment *self = g_new0 (LeydenAttachment, 1);

  self->rollout = g_strdup (rollout);
  self->endpoint = g_strdup (leyden_value_get_member_string (model, "endpoint", NULL));
  self->model = g_strdup (leyden_value_get_member_string (model, "model", NULL));
  self->is_train = is_train;
  self->expires_ns = expires_ns;
  return self;
}

/* The document that is kept of it. */
static LeydenValue *
attachment_to_value (const LeydenAttachment *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "expires", self->expires_ns);
  leyden_value_builder_set_boolean (&b, "is_train", self->is_train);
  leyden_value_builder_key (&b, "model");
  if (self->endpoint == NULL)
    leyden_value_builder_add (&b, NULL);
  else
    {
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "endpoint", self->endpoint);
      leyden_value_builder_set_string (&b, "model", self->model);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenAttachment *
leyden_gateway_find_attachment (LeydenGateway *self,
                                const char    *rollout)
{
  return self->attached != NULL ? g_hash_table_lookup (self->attached, rollout) : NULL;
}

guint
leyden_gateway_count_attached (LeydenGateway *self)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  if (self->attached == NULL)
    return 0;
  g_hash_table_iter_init (&iter, self->attached);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n += ((LeydenAttachment *)value)->runs;
  return n;
}

/* ---- Its state ---- */

static void
changed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenAglChange) change = leyden_sqlite_store_agl_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (change == NULL)
    g_warning ("The state of an attached agent cannot be written: %s", error->message);
}

/* A change that its state does not allow is none. @message: why it failed, nullable. */
static void
set_state (LeydenGateway *self,
           const char    *rollout,
           const char    *state,
           const char    *message)
{
  LeydenAglChange *change = leyden_agl_change_new (LEYDEN_AGL_PATCH, rollout);

  change->has_state = TRUE;
  change->state = g_strdup (state);
  if (message != NULL)
    {
      g_autoptr(LeydenValue) text = leyden_value_new_string (message, -1);

      change->error_message = leyden_json_write (text, LEYDEN_JSON_COMPACT);
    }
  leyden_sqlite_store_agl_change_async (self->store, change, changed_cb, NULL);
}

static void watch_attached (LeydenGateway *self);

void
leyden_gateway_attach_called (LeydenGateway *self,
                              const char    *rollout)
{
  LeydenAttachment *attachment = leyden_gateway_find_attachment (self, rollout);

  if (attachment == NULL)
    return;
  attachment->quiet_ns = leyden_time_now_ns () + QUIET_NS;
  if (attachment->runs)
    return;
  attachment->runs = TRUE;
  watch_attached (self);
  set_state (self, rollout, "running", NULL);
}

void
leyden_gateway_attach_event (LeydenGateway *self,
                             const char    *rollout,
                             LeydenValue   *type,
                             LeydenValue   *data)
{
  LeydenAttachment *attachment = leyden_gateway_find_attachment (self, rollout);
  double reward;

  if (attachment == NULL || g_strcmp0 (leyden_value_get_string (type, NULL), "reward") != 0
      || !leyden_value_get_double (leyden_value_get_member (data, "value"), &reward))
    return;
  attachment->runs = FALSE;
  leyden_gateway_touch (self);
}

static void
document_removed_cb (GObject      *object,
                     GAsyncResult *result,
                     gpointer      data)
{
  g_autoptr(GError) error = NULL;
  LeydenHttpExchange *exchange = data;
  gboolean ok = leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error);

  if (!ok)
    g_warning ("An attached agent cannot be forgotten: %s", error->message);
  if (exchange == NULL)
    return;
  if (ok)
    leyden_http_exchange_respond (exchange, 204, NULL, NULL);
  else
    leyden_gateway_respond_gerror (exchange, error);
  leyden_http_exchange_unref (exchange);
}

/* Its key ends with it, or is of no use any more. @exchange: whom to answer when it is on disk, nullable. */
static void
forget (LeydenGateway      *self,
        const char         *rollout,
        LeydenHttpExchange *exchange)
{
  leyden_store_put_document_async (LEYDEN_STORE (self->store), KIND, rollout, NULL, document_removed_cb,
                                   exchange != NULL ? leyden_http_exchange_ref (exchange) : NULL);
  g_hash_table_remove (self->attached, rollout);
  leyden_gateway_touch (self);
}

/* ---- The end of keys, and of patience ---- */

static gboolean
expired_cb (gpointer data)
{
  LeydenGateway *self = data;
  g_autoptr(GPtrArray) expired = g_ptr_array_new_with_free_func (g_free);
  gint64 now = leyden_time_now_ns ();
  GHashTableIter iter;
  gpointer value;

  g_clear_pointer (&self->attach_expiry, g_source_unref);
  g_hash_table_iter_init (&iter, self->attached);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LeydenAttachment *attachment = value;

      attachment->runs = attachment->runs && attachment->quiet_ns > now;
      if (attachment->expires_ns <= now)
        g_ptr_array_add (expired, g_strdup (attachment->rollout));
    }
  for (guint i = 0; i < expired->len; i++)
    {
      set_state (self, expired->pdata[i], "failed", "The key of the agent expired before a reward came");
      forget (self, expired->pdata[i], NULL);
    }
  watch_attached (self);
  leyden_gateway_touch (self);
  return G_SOURCE_REMOVE;
}

static void
watch_attached (LeydenGateway *self)
{
  gint64 next = G_MAXINT64;
  gint64 wait;
  GHashTableIter iter;
  gpointer value;

  if (self->attach_expiry != NULL)
    g_source_destroy (self->attach_expiry);
  g_clear_pointer (&self->attach_expiry, g_source_unref);
  g_hash_table_iter_init (&iter, self->attached);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const LeydenAttachment *attachment = value;

      next = MIN (next, attachment->runs ? MIN (attachment->quiet_ns, attachment->expires_ns) : attachment->expires_ns);
    }
  if (next == G_MAXINT64)
    return;
  wait = CLAMP ((next - leyden_time_now_ns ()) / 1000000 + 1, 0, MAX_WAIT_S * 1000);
  self->attach_expiry = g_timeout_source_new ((guint)wait);
  g_source_set_callback (self->attach_expiry, expired_cb, self, NULL);
  g_source_attach (self->attach_expiry, g_main_context_get_thread_default ());
}

void
leyden_gateway_free_attached (LeydenGateway *self)
{
  if (self->attach_expiry != NULL)
    g_source_destroy (self->attach_expiry);
  g_clear_pointer (&self->attach_expiry, g_source_unref);
  g_clear_pointer (&self->attached, g_hash_table_unref);
  g_clear_pointer (&self->token_ids, g_hash_table_unref);
}

/* ---- At the start ---- */

static void
loaded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  LeydenGateway *self = g_task_get_source_object (task);
  g_autoptr(LeydenValue) documents = NULL;
  GError *error = NULL;

  documents = leyden_store_list_documents_finish (LEYDEN_STORE (object), result, &error);
  if (documents == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < leyden_value_get_size (documents); i++)
    {
      LeydenValue *value = leyden_value_get_item (documents, i);
      LeydenAttachment *attachment = attachment_new (leyden_value_get_key (documents, i), leyden_value_get_member (value, "model"),
                                                     leyden_value_get_member_boolean (value, "is_train", TRUE),
                                                     leyden_value_get_member_int (value, "expires", 0));

      g_hash_table_insert (self->attached, attachment->rollout, attachment);
    }
  watch_attached (self);
  g_task_return_boolean (task, TRUE);
}

void
leyden_gateway_load_attached_async (LeydenGateway       *self,
                                    GAsyncReadyCallback  callback,
                                    gpointer             data)
{
  GTask *task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, leyden_gateway_load_attached_async);
  self->attached = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, attachment_free);
  leyden_store_list_documents_async (LEYDEN_STORE (self->store), KIND, NULL, loaded_cb, task);
}

gboolean
leyden_gateway_load_attached_finish (LeydenGateway  *self,
                                     GAsyncResult   *result,
                                     GError        **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
port_kept_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GError) error = NULL;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    g_warning ("The next start may have another port: %s", error->message);
}

void
leyden_gateway_keep_port (LeydenGateway *self,
                          guint16        last)
{
  guint16 port = leyden_http_server_get_port (self->server);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  if (port == last)
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "port", port);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_store_put_document_async (LEYDEN_STORE (self->store), "backend", "port", value, port_kept_cb, NULL);
}

/* ---- POST /leyden/v1/attach ---- */

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  LeydenAttachment   *attachment;       /* until it is in the table */
  char               *rollout;
  char               *base;             /* "http://127.0.0.1:8080" */
  gboolean            is_train;
  gint64              expires_ns;
} Attaching;

static void
attaching_free (Attaching *self)
{
  g_object_unref (self->self);
  leyden_http_exchange_unref (self->exchange);
  g_clear_pointer (&self->attachment, attachment_free);
  g_free (self->rollout);
  g_free (self->base);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Attaching, attaching_free)

/* The door for this machine has no TLS. */
static const char *
find_scheme (LeydenGateway *self,
             const char    *host)
{
  g_autofree char *local = NULL;

  if (self->tls_cert == NULL || self->local_server == NULL)
    return "http";
  local = g_strdup_printf (":%u", leyden_http_server_get_port (self->local_server));
  return g_str_has_suffix (host, local) ? "http" : "https";
}

/* The address that this client knows us by: agents reach us where it does. NULL: "base_url" is none. (transfer full) */
static char *
find_base (LeydenGateway      *self,
           LeydenHttpExchange *exchange,
           LeydenValue        *body)
{
  const char *host = leyden_http_exchange_get_header (exchange, "Host");
  const char *given = leyden_value_get_member_string (body, "base_url", NULL);
  g_autoptr(GUri) uri = NULL;

  if (given == NULL)
    return g_strconcat (find_scheme (self, host), "://", host, NULL);
  uri = g_uri_parse (given, G_URI_FLAGS_NONE, NULL);
  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0' || g_uri_get_userinfo (uri) != NULL
      || g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL || strcspn (given, " \"'\\`$<>") != strlen (given)
      || (strcmp (g_uri_get_scheme (uri), "http") != 0 && strcmp (g_uri_get_scheme (uri), "https") != 0))
    return NULL;
  return g_strndup (given, strlen (given) - (g_str_has_suffix (given, "/") ? 1 : 0));
}

/* Anew for every request, unless its client says that it is the same one. */
static char *
make_rollout_id (LeydenValue *body)
{
  const char *client_id = leyden_value_get_member_string (body, "client_id", NULL);
  g_autofree char *text = client_id != NULL ? g_strdup (client_id) : leyden_id_new_uuid7 ();
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  return g_strdup_printf ("agent-%.16s", digest);
}

typedef struct
{
  const char *name;
  char       *value;
} Variable;

#define N_VARIABLES 5

static void
make_variables (const Attaching *self,
                const char      *key,
                Variable         out[N_VARIABLES])
{
  char *openai = g_strdup_printf ("%s/proxy/rollout/%s/attempt/" ATTEMPT "/mode/%s/openai/v1", self->base, self->rollout,
                                  self->is_train ? "train" : "val");

  out[0] = (Variable) { "AGL_OPENAI_BASE_URL", openai };
  out[1] = (Variable) { "OPENAI_BASE_URL", g_strdup (openai) };
  out[2] = (Variable) { "AGL_EVENT_URL", g_strdup_printf ("%s/api/rollouts/%s/attempt/" ATTEMPT "/events", self->base, self->rollout) };
  out[3] = (Variable) { "AGL_KEY", g_strdup (key) };
  out[4] = (Variable) { "OPENAI_API_KEY", g_strdup (key) };
}

/* Three lines for a shell. No value needs quotes: see find_base(), and what ids and keys are made of. */
static char *
make_lines (const Variable variables[N_VARIABLES])
{
  return g_strdup_printf ("export %s=%s\nexport %s=%s %s=%s\nexport %s=%s %s=%s\n", variables[2].name, variables[2].value,
                          variables[0].name, variables[0].value, variables[1].name, variables[1].value,
                          variables[3].name, variables[3].value, variables[4].name, variables[4].value);
}

static void
respond (const Attaching *self,
         guint            status)
{
  g_autofree char *key = leyden_gateway_make_rollout_key (self->self, self->rollout, ATTEMPT, self->expires_ns);
  g_autofree char *lines = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  Variable variables[N_VARIABLES];

  make_variables (self, key, variables);
  lines = make_lines (variables);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", self->rollout);
  leyden_value_builder_set_string (&b, "attempt", ATTEMPT);
  leyden_value_builder_set_boolean (&b, "is_train", self->is_train);
  leyden_value_builder_set_int (&b, "expires", self->expires_ns);
  leyden_value_builder_key (&b, "env");
  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < N_VARIABLES; i++)
    {
      leyden_value_builder_set_string (&b, variables[i].name, variables[i].value);
      g_free (variables[i].value);
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_set_string (&b, "lines", lines);
  leyden_value_builder_end (&b);
  leyden_http_exchange_add_header (self->exchange, "Cache-Control", "no-store");
  leyden_gateway_respond_take (self->exchange, status, leyden_value_builder_end_value (&b));
}

static void
document_stored_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(Attaching) attaching = user_data;
  LeydenGateway *self = attaching->self;
  g_autoptr(GError) error = NULL;
  LeydenAttachment *attachment;

  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_gateway_respond_gerror (attaching->exchange, error);
      return;
    }
  if (self->attached != NULL)
    {
      attachment = g_steal_pointer (&attaching->attachment);
      g_hash_table_replace (self->attached, attachment->rollout, attachment);
      watch_attached (self);
    }
  respond (attaching, 201);
}

static void
created_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(Attaching) attaching = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenAglChange) change = leyden_sqlite_store_agl_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  g_autoptr(LeydenValue) document = NULL;
  const char *rollout = attaching->rollout;

  if (change == NULL)
    {
      leyden_gateway_respond_gerror (attaching->exchange, error);
      return;
    }
  document = attachment_to_value (attaching->attachment);
  leyden_store_put_document_async (LEYDEN_STORE (object), KIND, rollout, document, document_stored_cb, g_steal_pointer (&attaching));
}

/* The rollout as /api would make it. (transfer full) */
static LeydenAglNew *
make_rollout (LeydenGateway *self,
              LeydenValue   *body,
              const char    *rollout,
              gboolean       is_train)
{
  const char *group = leyden_value_get_member_string (body, "group", NULL);
  g_auto(LeydenAglErrors) errors = { NULL, };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  LeydenAglNew *out;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout_id", rollout);
  leyden_value_builder_set (&b, "input", leyden_value_get_member (body, "input"));
  leyden_value_builder_set_boolean (&b, "is_train", is_train);
  leyden_value_builder_key (&b, "metadata");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_boolean (&b, "attached", TRUE);
  if (group != NULL)
    leyden_value_builder_set_string (&b, "group", group);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  value = leyden_value_builder_end_value (&b);
  leyden_agl_errors_init (&errors, "body");
  out = leyden_agl_check_rollout (&errors, value, self->secrets);
  g_assert (out != NULL);
  out->attached = TRUE;
  out->sample = group != NULL ? leyden_agl_make_sample (group, strlen (group), is_train) : 0;
  return out;
}

/* A member that may be absent or null, else a text of at most @max bytes; FALSE after it was refused. */
static gboolean
check_text (LeydenHttpExchange *exchange,
            LeydenValue        *body,
            const char         *key,
            gsize               max)
{
  LeydenValue *value = leyden_value_get_member (body, key);
  gsize length = 0;

  if (leyden_value_is_null (value) || (leyden_value_get_string (value, &length) != NULL && length > 0 && length <= max))
    return TRUE;
  leyden_http_exchange_respond_error (exchange, 422, "\"%s\" must be text of 1 to %" G_GSIZE_FORMAT " bytes", key, max);
  return FALSE;
}

static gboolean
check_body (LeydenGateway      *self,
            LeydenHttpExchange *exchange,
            LeydenValue        *body,
            gint64             *expires_s)
{
  LeydenValue *model = leyden_value_get_member (body, "model");
  LeydenValue *train = leyden_value_get_member (body, "is_train");
  LeydenValue *expires = leyden_value_get_member (body, "expires_s");
  const char *endpoint = leyden_value_get_member_string (model, "endpoint", NULL);

  *expires_s = DEFAULT_EXPIRY_S;
  if (!check_text (exchange, body, "group", MAX_GROUP_LENGTH) || !check_text (exchange, body, "client_id", MAX_CLIENT_ID))
    return FALSE;
  if (!leyden_value_is_null (model) && (endpoint == NULL || leyden_models_get_endpoint (self->models, endpoint) == NULL))
    leyden_http_exchange_respond_error (exchange, 422, "\"model\" must be {\"endpoint\": name, \"model\": name or null} of an endpoint that there is");
  else if (!leyden_value_is_null (train) && leyden_value_get_kind (train) != LEYDEN_VALUE_BOOLEAN)
    leyden_http_exchange_respond_error (exchange, 422, "\"is_train\" must be true or false");
  else if (!leyden_value_is_null (expires)
           && (!leyden_value_get_int (expires, expires_s) || *expires_s < 1 || *expires_s > MAX_EXPIRY_S))
    leyden_http_exchange_respond_error (exchange, 422, "\"expires_s\" must be an integer from 1 to %d", MAX_EXPIRY_S);
  else
    return TRUE;
  return FALSE;
}

void
leyden_gateway_attach (LeydenGateway      *self,
                       LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);
  g_autofree char *base = NULL;
  LeydenAglChange *change;
  Attaching *attaching;
  gint64 expires_s;

  if (body == NULL || !check_body (self, exchange, body, &expires_s))
    return;
  base = find_base (self, exchange, body);
  if (base == NULL)
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"base_url\" must be the http or https address by which agents reach this backend");
      return;
    }
  attaching = g_new0 (Attaching, 1);
  attaching->self = g_object_ref (self);
  attaching->exchange = leyden_http_exchange_ref (exchange);
  attaching->rollout = make_rollout_id (body);
  attaching->base = g_steal_pointer (&base);
  attaching->is_train = leyden_value_get_member_boolean (body, "is_train", TRUE);
  attaching->expires_ns = leyden_time_now_ns () + expires_s * 1000000000;
  attaching->attachment = attachment_new (attaching->rollout, leyden_value_get_member (body, "model"), attaching->is_train,
                                          attaching->expires_ns);
  change = leyden_agl_change_new (LEYDEN_AGL_CREATE, NULL);
  change->rollouts = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_agl_new_free);
  g_ptr_array_add (change->rollouts, make_rollout (self, body, attaching->rollout, attaching->is_train));
  leyden_sqlite_store_agl_change_async (self->store, change, created_cb, attaching);
}

/* ---- GET and DELETE /leyden/v1/attach/{rollout} ---- */

static LeydenAttachment *
find_or_refuse (LeydenGateway      *self,
                LeydenHttpExchange *exchange)
{
  const char *rollout = leyden_http_exchange_get_param (exchange, "rollout");
  LeydenAttachment *attachment = leyden_gateway_find_attachment (self, rollout);

  if (attachment == NULL)
    leyden_http_exchange_respond_error (exchange, 404, "No agent is attached to a rollout %s", rollout);
  return attachment;
}

/* The lines once more, for who has lost them: the key can be made again at any time. */
void
leyden_gateway_get_attached (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  const LeydenAttachment *attachment = find_or_refuse (self, exchange);
  g_autoptr(Attaching) attaching = NULL;

  if (attachment == NULL)
    return;
  attaching = g_new0 (Attaching, 1);
  attaching->self = g_object_ref (self);
  attaching->exchange = leyden_http_exchange_ref (exchange);
  attaching->rollout = g_strdup (attachment->rollout);
  attaching->base = find_base (self, exchange, NULL);
  attaching->is_train = attachment->is_train;
  attaching->expires_ns = attachment->expires_ns;
  respond (attaching, 200);
}

void
leyden_gateway_detach (LeydenGateway      *self,
                       LeydenHttpExchange *exchange)
{
  const char *rollout = leyden_http_exchange_get_param (exchange, "rollout");

  if (find_or_refuse (self, exchange) == NULL)
    return;
  /* Only one of the two is allowed where it stands. */
  set_state (self, rollout, "succeeded", NULL);
  set_state (self, rollout, "failed", "Ended before the agent called");
  forget (self, rollout, exchange);
}
