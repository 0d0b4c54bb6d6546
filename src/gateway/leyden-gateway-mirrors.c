/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-mirror.h"

#include <string.h>

#include "leyden-backend.h"

/* Routes of mirrors; help/connections.md. */

#define MIRROR_KIND "mirror"
#define MAX_MIRRORS 32
#define MAX_ID 40
#define MAX_REASON 500
#define MAX_MODELS 1000

static gboolean
is_id (const char *text)
{
  gsize length = strlen (text);

  return length > 0 && length <= MAX_ID && strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* NULL after 404. */
static LeydenMirror *
find (LeydenGateway      *self,
      LeydenHttpExchange *exchange)
{
  const char *id = leyden_http_exchange_get_param (exchange, "mirror");
  LeydenMirror *mirror = g_hash_table_lookup (self->mirrors, id);

  if (mirror == NULL)
    leyden_http_exchange_respond_error (exchange, 404, "There is no mirror \"%s\"", id);
  return mirror;
}

void
leyden_gateway_list_mirrors (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GList) ids = g_list_sort (g_hash_table_get_keys (self->mirrors), (GCompareFunc)strcmp);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "mirrors");
  leyden_value_builder_begin_list (&b);
  for (GList *l = ids; l != NULL; l = l->next)
    leyden_value_builder_take (&b, leyden_mirror_to_value (g_hash_table_lookup (self->mirrors, l->data)));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (exchange, 200, leyden_value_builder_end_value (&b));
}

void
leyden_gateway_get_mirror (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  LeydenMirror *mirror = find (self, exchange);

  if (mirror != NULL)
    leyden_gateway_respond_take (exchange, 200, leyden_mirror_to_value (mirror));
}

/* ---- Made, changed, removed ---- */

typedef struct _Change Change;
struct _Change
{
  LeydenGateway      *gateway;
  LeydenHttpExchange *exchange;
  LeydenMirror       *mirror;
  LeydenMirror       *before;           /* has the settings to go back to; nullable */
  Change             *next;             /* of the same mirror, stored after this one; nullable, borrowed */
  gboolean            made;
};

static Change *
change_new (LeydenGateway      *gateway,
            LeydenHttpExchange *exchange,
            LeydenMirror       *mirror)
{
  Change *change = g_new0 (Change, 1);

  change->gateway = g_object_ref (gateway);
  change->exchange = leyden_http_exchange_ref (exchange);
  change->mirror = leyden_mirror_ref (mirror);
  return change;
}

static void
change_free (Change *change)
{
  g_object_unref (change->gateway);
  leyden_http_exchange_unref (change->exchange);
  leyden_mirror_unref (change->mirror);
  g_clear_pointer (&change->before, leyden_mirror_unref);
  g_free (change);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

static void
swap_text (char **a,
           char **b)
{
  char *kept = *a;

  *a = *b;
  *b = kept;
}

/* The settings of @wanted, which gets those of @mirror; nothing else. */
static void
swap_settings (LeydenMirror *mirror,
               LeydenMirror *wanted)
{
  guint interval_ms = mirror->interval_ms;

  swap_text (&mirror->name, &wanted->name);
  swap_text (&mirror->secret, &wanted->secret);
  swap_text (&mirror->fingerprint, &wanted->fingerprint);
  mirror->interval_ms = wanted->interval_ms;
  wanted->interval_ms = interval_ms;
  mirror->changed = TRUE;
}

/* What is not kept is not followed either: settings are again what they were, unless others came meanwhile; should they fail too, they
 * go back as far as this change would have. */
static void
go_back (Change *change)
{
  LeydenMirror *mirror = change->mirror;

  if (change->made && g_hash_table_lookup (change->gateway->mirrors, mirror->id) == mirror)
    {
      leyden_mirror_close (mirror);
      g_hash_table_remove (change->gateway->mirrors, mirror->id);
    }
  else if (change->before != NULL && change->next != NULL)
    {
      leyden_mirror_unref (change->next->before);
      change->next->before = g_steal_pointer (&change->before);
    }
  else if (change->before != NULL)
    swap_settings (mirror, change->before);
}

static void
saved_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(Change) change = data;
  g_autoptr(GError) error = NULL;
  LeydenMirror *mirror = change->mirror;

  if (mirror->change == change)
    mirror->change = NULL;
  if (!leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    {
      go_back (change);
      leyden_gateway_respond_gerror (change->exchange, error);
      return;
    }
  if (mirror->closed)
    {
      leyden_http_exchange_respond_error (change->exchange, 409, "The mirror was removed meanwhile");
      return;
    }
  leyden_gateway_respond_take (change->exchange, change->made ? 201 : 200, leyden_mirror_to_value (mirror));
  if (change->made)
    leyden_mirror_start (mirror);
  else
    leyden_mirror_reconnect (mirror);
  leyden_mirror_announce (mirror);
}

/* @before (nullable): has the settings that were before; none: @mirror is new. */
static void
save (LeydenGateway      *self,
      LeydenHttpExchange *exchange,
      LeydenMirror       *mirror,
      LeydenMirror       *before)
{
  g_autoptr(LeydenValue) document = leyden_mirror_to_document (mirror);
  Change *change = change_new (self, exchange, mirror);

  change->made = before == NULL;
  change->before = before != NULL ? leyden_mirror_ref (before) : NULL;
  if (mirror->change != NULL)
    ((Change *) mirror->change)->next = change;
  mirror->change = change;
  leyden_store_put_document_async (LEYDEN_STORE (self->store), MIRROR_KIND, mirror->id, document, saved_cb, change);
}

void
leyden_gateway_put_mirror (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  const char *id = leyden_http_exchange_get_param (exchange, "mirror");
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  g_autoptr(LeydenValue) settings = body == NULL ? NULL : leyden_value_with_member (body, "position", NULL);
  g_autoptr(LeydenMirror) wanted = NULL;
  g_autoptr(GError) error = NULL;
  LeydenMirror *there = g_hash_table_lookup (self->mirrors, id);

  if (body == NULL)
    return;
  if (!is_id (id))
    {
      leyden_http_exchange_respond_error (exchange, 422, "The id of a mirror has 1 to %d lower-case letters, digits or '-'", MAX_ID);
      return;
    }
  wanted = leyden_mirror_new (self, id);
  if (!leyden_mirror_load (wanted, settings, &error))
    {
      leyden_gateway_respond_gerror (exchange, error);
      return;
    }
  if (there != NULL && strcmp (there->url, wanted->url) != 0)
    leyden_http_exchange_respond_error (exchange, 409, "The mirror \"%s\" follows %s; remove it first, or make another one", id, there->url);
  else if (there != NULL)
    {
      swap_settings (there, wanted);
      save (self, exchange, there, wanted);
    }
  else if (g_hash_table_size (self->mirrors) >= MAX_MIRRORS)
    leyden_http_exchange_respond_error (exchange, 409, "There are %d mirrors; that is as many as there can be", MAX_MIRRORS);
  else
    {
      g_hash_table_insert (self->mirrors, wanted->id, leyden_mirror_ref (wanted));
      save (self, exchange, wanted, NULL);
    }
}

static void
removed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(Change) change = data;
  g_autoptr(GError) error = NULL;

  if (leyden_store_put_document_finish (LEYDEN_STORE (object), result, &error))
    leyden_http_exchange_respond (change->exchange, 204, NULL, NULL);
  else
    leyden_gateway_respond_gerror (change->exchange, error);
}

static void
run_ended_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(Change) change = data;
  g_autoptr(GError) error = NULL;
  const char *id = change->mirror->id;

  if (!leyden_store_put_run_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_gateway_respond_gerror (change->exchange, error);
      return;
    }
  leyden_store_put_document_async (LEYDEN_STORE (object), MIRROR_KIND, id, NULL, removed_cb, g_steal_pointer (&change));
}

/* Ends the run; what it holds stays. */
void
leyden_gateway_delete_mirror (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  LeydenMirror *mirror = find (self, exchange);
  g_autoptr(LeydenRunRow) row = NULL;
  g_autoptr(LeydenValue) run = NULL;
  Change *change;

  if (mirror == NULL)
    return;
  change = change_new (self, exchange, mirror);
  leyden_mirror_close (mirror);
  g_hash_table_remove (self->mirrors, mirror->id);
  row = leyden_mirror_make_run (change->mirror, TRUE);
  run = leyden_run_describe (row, NULL);
  leyden_event_hub_run_changed (self->hub, run);
  leyden_store_put_run_async (LEYDEN_STORE (self->store), row, NULL, run_ended_cb, change);
}

/* ---- Through it ---- */

void
leyden_gateway_poll_mirror (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  LeydenMirror *mirror = find (self, exchange);

  if (mirror != NULL)
    leyden_mirror_poll_now (mirror, exchange);
}

/* What the server, or the way to it, refused: its own words, as of another machine. */
static void
respond_failed (LeydenHttpExchange *exchange,
                const GError       *error)
{
  if (error->domain == LEYDEN_REMOTE_ERROR)
    leyden_http_exchange_respond_error (exchange, error->code == LEYDEN_REMOTE_ERROR_UNAVAILABLE ? 503 : 502, "%s", error->message);
  else
    leyden_http_exchange_respond_error (exchange, 502, "%s", error->message);
}

/* NULL after an answer. */
static LeydenAglClient *
find_client (LeydenGateway       *self,
             LeydenHttpExchange  *exchange,
             LeydenMirror       **mirror)
{
  g_autoptr(GError) error = NULL;
  LeydenAglClient *client;

  *mirror = find (self, exchange);
  if (*mirror == NULL)
    return NULL;
  client = leyden_mirror_get_client (*mirror, &error);
  if (client == NULL)
    respond_failed (exchange, error);
  return client;
}

static void
proxy_changed_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(Change) change = data;
  g_autoptr(GError) error = NULL;
  LeydenAglProxyState *state = leyden_agl_client_proxy_state_finish (LEYDEN_AGL_CLIENT (object), result, &error);

  if (state == NULL)
    {
      respond_failed (change->exchange, error);
      return;
    }
  g_clear_pointer (&change->mirror->proxy, leyden_agl_proxy_state_free);
  change->mirror->proxy = state;
  leyden_gateway_respond_take (change->exchange, 200, leyden_mirror_to_value (change->mirror));
  leyden_mirror_announce (change->mirror);
}

void
leyden_gateway_pause_mirror (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);
  LeydenValue *reason = leyden_value_get_member (body, "reason");
  LeydenValue *seconds = leyden_value_get_member (body, "retry_after_seconds");
  LeydenAglClient *client;
  LeydenMirror *mirror;
  gint64 retry_after_s = 5;
  gsize length = 0;

  if (body == NULL)
    return;
  if (!leyden_value_is_null (reason) && (leyden_value_get_string (reason, &length) == NULL || length > MAX_REASON))
    leyden_http_exchange_respond_error (exchange, 422, "\"reason\" must be text of at most %d bytes", MAX_REASON);
  else if (!leyden_value_is_null (seconds) && (!leyden_value_get_int (seconds, &retry_after_s) || retry_after_s < 1 || retry_after_s > 3600))
    leyden_http_exchange_respond_error (exchange, 422, "\"retry_after_seconds\" must be a number from 1 to 3600");
  else if ((client = find_client (self, exchange, &mirror)) != NULL)
    leyden_agl_client_pause_async (client, retry_after_s, leyden_value_get_string (reason, NULL), NULL, proxy_changed_cb,
                                   change_new (self, exchange, mirror));
}

void
leyden_gateway_resume_mirror (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  LeydenMirror *mirror;
  LeydenAglClient *client = find_client (self, exchange, &mirror);

  if (client != NULL)
    leyden_agl_client_resume_async (client, NULL, proxy_changed_cb, change_new (self, exchange, mirror));
}

static void
models_set_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr(Change) change = data;
  g_autoptr(GError) error = NULL;

  if (leyden_agl_client_set_models_finish (LEYDEN_AGL_CLIENT (object), result, &error))
    leyden_gateway_respond_take (change->exchange, 200, leyden_mirror_to_value (change->mirror));
  else
    respond_failed (change->exchange, error);
}

static gboolean
is_model (LeydenValue *value)
{
  LeydenValue *version = leyden_value_get_member (value, "version");
  gint64 number;

  return leyden_value_get_member_string (value, "model", NULL) != NULL && leyden_value_get_member_string (value, "endpoint", NULL) != NULL
         && (version == NULL || leyden_value_get_int (version, &number));
}

void
leyden_gateway_put_mirror_models (LeydenGateway      *self,
                                  LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  LeydenValue *models = leyden_value_get_member (body, "models");
  guint n = leyden_value_get_kind (models) == LEYDEN_VALUE_LIST ? leyden_value_get_size (models) : 0;
  LeydenAglClient *client;
  LeydenMirror *mirror;

  if (body == NULL)
    return;
  for (guint i = 0; i < n && n <= MAX_MODELS; i++)
    if (!is_model (leyden_value_get_item (models, i)))
      n = 0;
  if (n == 0 || n > MAX_MODELS)
    leyden_http_exchange_respond_error (exchange, 422, "\"models\" must be a list of 1 to %d objects with \"model\", \"endpoint\" and \"version\"",
                                        MAX_MODELS);
  else if ((client = find_client (self, exchange, &mirror)) != NULL)
    leyden_agl_client_set_models_async (client, models, NULL, models_set_cb, change_new (self, exchange, mirror));
}

void
leyden_gateway_clear_mirror_models (LeydenGateway      *self,
                                    LeydenHttpExchange *exchange)
{
  LeydenMirror *mirror;
  LeydenAglClient *client = find_client (self, exchange, &mirror);

  if (client != NULL)
    leyden_agl_client_set_models_async (client, NULL, NULL, models_set_cb, change_new (self, exchange, mirror));
}

/* ---- From start to stop ---- */

static void
close_mirror (gpointer data)
{
  leyden_mirror_close (data);
  leyden_mirror_unref (data);
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GTask) task = data;
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
      const char *id = leyden_value_get_key (documents, i);
      g_autoptr(LeydenMirror) mirror = leyden_mirror_new (self, id);
      g_autoptr(GError) refused = NULL;

      if (!leyden_mirror_load (mirror, leyden_value_get_item (documents, i), &refused))
        {
          g_warning ("Mirror \"%s\" is left out: %s", id, refused->message);
          continue;
        }
      g_hash_table_insert (self->mirrors, mirror->id, leyden_mirror_ref (mirror));
    }
  g_task_return_boolean (task, TRUE);
}

void
leyden_gateway_init_mirrors (LeydenGateway *self)
{
  self->mirrors = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, close_mirror);
}

void
leyden_gateway_load_mirrors_async (LeydenGateway       *self,
                                   GAsyncReadyCallback  callback,
                                   gpointer             data)
{
  GTask *task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, leyden_gateway_load_mirrors_async);
  leyden_store_list_documents_async (LEYDEN_STORE (self->store), MIRROR_KIND, NULL, listed_cb, task);
}

gboolean
leyden_gateway_load_mirrors_finish (LeydenGateway  *self,
                                    GAsyncResult   *result,
                                    GError        **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
leyden_gateway_start_mirrors (LeydenGateway *self)
{
  GHashTableIter iter;
  gpointer mirror;

  g_hash_table_iter_init (&iter, self->mirrors);
  while (g_hash_table_iter_next (&iter, NULL, &mirror))
    leyden_mirror_start (mirror);
}

void
leyden_gateway_stop_mirrors (LeydenGateway *self)
{
  g_hash_table_remove_all (self->mirrors);
}
