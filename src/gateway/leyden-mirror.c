/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-mirror.h"

#include <math.h>
#include <string.h>

#include "leyden-connection-link.h"
#include "leyden-id.h"
#include "leyden-text.h"

#define INTERVAL_MS 2000
#define INTERVAL_MIN_MS 200
#define INTERVAL_MAX_MS (10 * 60 * 1000)
#define MAX_NAME 100
#define MAX_MODELS 50
/* Secrets of mirrors have names of their own, so that no model endpoint's key is sent to one. */
#define SECRET_PREFIX "connection-"

void
leyden_mirrored_free (LeydenMirrored *self)
{
  g_free (self->id);
  leyden_rollout_row_free (self->row);
  g_hash_table_unref (self->n_events);
  g_free (self);
}

static void
model_free (gpointer data)
{
  LeydenMirrorModel *model = data;

  g_free (model->model);
  g_free (model->endpoint);
  g_free (model);
}

LeydenMirror *
leyden_mirror_new (LeydenGateway *gateway,
                   const char    *id)
{
  LeydenMirror *self = g_new0 (LeydenMirror, 1);

  self->refs = 1;
  self->gateway = gateway;
  self->id = g_strdup (id);
  self->run = leyden_id_new_uuid7 ();
  self->created_ns = leyden_time_now_ns ();
  self->interval_ms = INTERVAL_MS;
  self->latency_ms = NAN;
  self->cancellable = g_cancellable_new ();
  self->models = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, model_free);
  self->rollouts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)leyden_mirrored_free);
  self->ended_now = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->ended_order = g_ptr_array_new ();
  self->batches = g_array_new (FALSE, FALSE, sizeof (LeydenMirrorBatch));
  self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_http_exchange_unref);
  g_queue_init (&self->jobs);
  return self;
}

LeydenMirror *
leyden_mirror_ref (LeydenMirror *self)
{
  self->refs++;
  return self;
}

void
leyden_mirror_close (LeydenMirror *self)
{
  if (self->closed)
    return;
  self->closed = TRUE;
  g_cancellable_cancel (self->cancellable);
  if (self->due != NULL)
    g_source_destroy (self->due);
  g_clear_pointer (&self->due, g_source_unref);
  for (guint i = 0; i < self->waiting->len; i++)
    leyden_http_exchange_respond_error (self->waiting->pdata[i], 404, "The mirror \"%s\" was removed", self->id);
  g_ptr_array_set_size (self->waiting, 0);
}

void
leyden_mirror_unref (LeydenMirror *self)
{
  if (--self->refs > 0)
    return;
  leyden_mirror_close (self);
  g_clear_object (&self->client);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_clear_error (&self->job_error);
  g_clear_pointer (&self->proxy, leyden_agl_proxy_state_free);
  g_clear_pointer (&self->list, leyden_agl_list_free);
  g_hash_table_unref (self->models);
  g_array_unref (self->batches);
  g_hash_table_unref (self->rollouts);
  g_ptr_array_unref (self->ended_order);
  g_hash_table_unref (self->ended_now);
  g_ptr_array_unref (self->waiting);
  g_free (self->id);
  g_free (self->name);
  g_free (self->url);
  g_free (self->secret);
  g_free (self->fingerprint);
  g_free (self->run);
  g_free (self);
}

/* ---- Settings ---- */

static gboolean
refuse (GError     **error,
        const char  *text)
{
  g_set_error_literal (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, text);
  return FALSE;
}

static gboolean
read_url (LeydenMirror  *self,
          LeydenValue   *value,
          GError       **error)
{
  const char *text = leyden_value_get_string (value, NULL);
  g_autoptr(LeydenConnectionLink) link = NULL;
  g_autoptr(GError) local_error = NULL;

  if (text == NULL)
    return refuse (error, "\"url\" must be the address of an agl-server, like \"http://host:8080\"");
  link = leyden_connection_link_parse (text, &local_error);
  if (link == NULL)
    {
      g_set_error (error, LEYDEN_GATEWAY_ERROR, LEYDEN_GATEWAY_ERROR_DEFINITION, "\"url\": %s", local_error->message);
      return FALSE;
    }
  if (link->key != NULL)
    return refuse (error, "\"url\" has a key in it; put that as a secret and name it in \"secret\"");
  g_free (self->url);
  self->url = g_steal_pointer (&link->uri);
  return TRUE;
}

static gboolean
is_secret_name (const char *name)
{
  gsize length = strlen (name);

  return g_str_has_prefix (name, SECRET_PREFIX) && length > strlen (SECRET_PREFIX) && length <= 64
         && strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == length;
}

static gboolean
read_secret (LeydenMirror  *self,
             LeydenValue   *value,
             GError       **error)
{
  const char *text = leyden_value_get_string (value, NULL);

  if (!leyden_value_is_null (value) && (text == NULL || !is_secret_name (text)))
    return refuse (error, "\"secret\" must be null or the name of a secret that begins with \"" SECRET_PREFIX "\"");
  g_free (self->secret);
  self->secret = g_strdup (text);
  return TRUE;
}

static gboolean
read_fingerprint (LeydenMirror  *self,
                  LeydenValue   *value,
                  GError       **error)
{
  const char *text = leyden_value_get_string (value, NULL);
  g_autofree char *normal = text == NULL ? NULL : leyden_fingerprint_normalize (text);

  if (!leyden_value_is_null (value) && normal == NULL)
    return refuse (error, "\"fingerprint\" must be null or the SHA-256 fingerprint of a certificate: 64 hexadecimal digits");
  g_free (self->fingerprint);
  self->fingerprint = g_steal_pointer (&normal);
  return TRUE;
}

static gboolean
read_name (LeydenMirror  *self,
           LeydenValue   *value,
           GError       **error)
{
  gsize length = 0;
  const char *text = leyden_value_get_string (value, &length);

  if (!leyden_value_is_null (value) && (text == NULL || strlen (text) != length || g_utf8_strlen (text, -1) > MAX_NAME))
    return refuse (error, "\"name\" must be text of at most 100 characters");
  g_free (self->name);
  self->name = g_strdup (text != NULL && *text != '\0' ? text : self->url);
  return TRUE;
}

static gboolean
read_interval (LeydenMirror  *self,
               LeydenValue   *value,
               GError       **error)
{
  gint64 interval_ms = INTERVAL_MS;

  if (!leyden_value_is_null (value)
      && (!leyden_value_get_int (value, &interval_ms) || interval_ms < INTERVAL_MIN_MS || interval_ms > INTERVAL_MAX_MS))
    return refuse (error, "\"interval_ms\" must be a number from 200 to 600000");
  self->interval_ms = (guint)interval_ms;
  return TRUE;
}

static void
read_missed (LeydenMirror *self,
             LeydenValue  *value)
{
  self->missed.rollouts = leyden_value_get_member_int (value, "rollouts", 0);
  self->missed.unfinished = leyden_value_get_member_int (value, "unfinished", 0);
  self->missed.attempts = leyden_value_get_member_int (value, "attempts", 0);
  self->missed.before = leyden_value_get_member_int (value, "before", 0);
  self->missed.restarts = leyden_value_get_member_int (value, "restarts", 0);
  self->missed.unreadable = leyden_value_get_member_int (value, "unreadable", 0);
  self->missed.longest_gap_ms = leyden_value_get_member_int (value, "longest_gap_ms", 0);
}

static LeydenMirrorModel *
get_model (LeydenMirror *self,
           const char   *model,
           const char   *endpoint)
{
  g_autofree char *key = g_strconcat (model, " ", endpoint, NULL);
  LeydenMirrorModel *found = g_hash_table_lookup (self->models, key);

  if (found != NULL || g_hash_table_size (self->models) >= MAX_MODELS)
    return found;
  found = g_new0 (LeydenMirrorModel, 1);
  found->model = g_strdup (model);
  found->endpoint = g_strdup (endpoint);
  g_hash_table_insert (self->models, g_steal_pointer (&key), found);
  return found;
}

static void
read_models (LeydenMirror *self,
             LeydenValue  *list)
{
  for (guint i = 0; leyden_value_get_kind (list) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (list); i++)
    {
      LeydenValue *value = leyden_value_get_item (list, i);
      LeydenMirrorModel *model = get_model (self, leyden_value_get_member_string (value, "model", ""),
                                            leyden_value_get_member_string (value, "endpoint", ""));

      if (model == NULL)
        continue;
      model->version = leyden_value_get_member_int (value, "version", 0);
      model->n_calls = leyden_value_get_member_int (value, "calls", 0);
      model->last_ns = leyden_value_get_member_int (value, "last", 0);
    }
}

gboolean
leyden_mirror_load (LeydenMirror  *self,
                    LeydenValue   *document,
                    GError       **error)
{
  LeydenValue *position = leyden_value_get_member (document, "position");
  const char *run = leyden_value_get_member_string (position, "run", NULL);

  if (!read_url (self, leyden_value_get_member (document, "url"), error)
      || !read_name (self, leyden_value_get_member (document, "name"), error)
      || !read_secret (self, leyden_value_get_member (document, "secret"), error)
      || !read_fingerprint (self, leyden_value_get_member (document, "fingerprint"), error)
      || !read_interval (self, leyden_value_get_member (document, "interval_ms"), error))
    return FALSE;
  if (run == NULL)
    return TRUE;
  g_free (self->run);
  self->run = g_strdup (run);
  self->created_ns = leyden_value_get_member_int (position, "created", 0);
  self->after = leyden_value_get_member_int (position, "after", 0);
  self->joined = leyden_value_get_member_boolean (position, "joined", FALSE);
  self->n_items = leyden_value_get_member_int (position, "items", 0);
  self->n_gone = leyden_value_get_member_int (position, "gone", 0);
  self->n_gone_known = leyden_value_get_member_int (position, "gone_known", 0);
  self->last_poll_ns = leyden_value_get_member_int (position, "last_poll", 0);
  leyden_mirror_read_batches (self, position);
  read_missed (self, leyden_value_get_member (position, "missed"));
  read_models (self, leyden_value_get_member (position, "models"));
  return TRUE;
}

/* ---- As JSON ---- */

static void
set_settings (LeydenValueBuilder *b,
              LeydenMirror       *self)
{
  leyden_value_builder_set_string (b, "name", self->name);
  leyden_value_builder_set_string (b, "url", self->url);
  leyden_value_builder_set_string (b, "secret", self->secret);
  leyden_value_builder_set_string (b, "fingerprint", self->fingerprint);
  leyden_value_builder_set_int (b, "interval_ms", self->interval_ms);
}

/* Of what there was to see, the part that is known to be missing. */
static double
missed_share (LeydenMirror *self)
{
  double missed = (double)(self->missed.rollouts + self->missed.unfinished);
  double all = (double)(self->n_items + self->missed.rollouts);

  return all > 0 ? missed / all : 0;
}

static void
set_missed (LeydenValueBuilder *b,
            LeydenMirror       *self)
{
  leyden_value_builder_key (b, "missed");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "rollouts", self->missed.rollouts);
  leyden_value_builder_set_int (b, "unfinished", self->missed.unfinished);
  leyden_value_builder_set_int (b, "attempts", self->missed.attempts);
  leyden_value_builder_set_int (b, "before", self->missed.before);
  leyden_value_builder_set_int (b, "restarts", self->missed.restarts);
  leyden_value_builder_set_int (b, "unreadable", self->missed.unreadable);
  leyden_value_builder_set_int (b, "longest_gap_ms", self->missed.longest_gap_ms);
  leyden_value_builder_set_boolean (b, "beyond_limit", self->missed.beyond_limit);
  leyden_value_builder_set_double (b, "share", missed_share (self));
  leyden_value_builder_end (b);
}

static int
compare_models (gconstpointer a,
                gconstpointer b)
{
  const LeydenMirrorModel *left = a, *right = b;

  if (left->last_ns != right->last_ns)
    return left->last_ns > right->last_ns ? -1 : 1;
  return strcmp (left->endpoint, right->endpoint);
}

static void
set_models (LeydenValueBuilder *b,
            LeydenMirror       *self)
{
  g_autoptr(GList) models = g_list_sort (g_hash_table_get_values (self->models), compare_models);

  leyden_value_builder_key (b, "models");
  leyden_value_builder_begin_list (b);
  for (GList *l = models; l != NULL; l = l->next)
    {
      const LeydenMirrorModel *model = l->data;

      leyden_value_builder_begin_object (b);
      leyden_value_builder_set_string (b, "model", model->model);
      leyden_value_builder_set_string (b, "endpoint", model->endpoint);
      leyden_value_builder_set_int (b, "version", model->version);
      leyden_value_builder_set_int (b, "calls", model->n_calls);
      leyden_value_builder_set_int (b, "last", model->last_ns);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

LeydenValue *
leyden_mirror_to_document (LeydenMirror *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  set_settings (&b, self);
  leyden_value_builder_key (&b, "position");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "run", self->run);
  leyden_value_builder_set_int (&b, "created", self->created_ns);
  leyden_value_builder_set_int (&b, "after", self->after);
  leyden_value_builder_set_boolean (&b, "joined", self->joined);
  leyden_mirror_set_batches (&b, self);
  leyden_value_builder_set_int (&b, "items", self->n_items);
  leyden_value_builder_set_int (&b, "gone", self->n_gone);
  leyden_value_builder_set_int (&b, "gone_known", self->n_gone_known);
  leyden_value_builder_set_int (&b, "last_poll", self->last_poll_ns);
  set_missed (&b, self);
  set_models (&b, self);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

const char *
leyden_mirror_state_to_string (LeydenMirrorState state)
{
  static const char * const names[] = { "connecting", "connected", "waiting", "open", "refused", "untrusted" };

  return names[state];
}

static void
set_proxy (LeydenValueBuilder *b,
           LeydenMirror       *self)
{
  leyden_value_builder_key (b, "proxy");
  if (self->proxy == NULL)
    {
      leyden_value_builder_add (b, NULL);
      return;
    }
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_boolean (b, "paused", self->proxy->paused);
  leyden_value_builder_set_int (b, "retry_after_seconds", self->proxy->retry_after_s);
  leyden_value_builder_set_string (b, "reason", self->proxy->reason);
  leyden_value_builder_set_int (b, "inflight", self->proxy->inflight);
  leyden_value_builder_end (b);
}

static void
set_counts (LeydenValueBuilder *b,
            LeydenMirror       *self)
{
  GHashTableIter iter;
  gpointer value;
  gint64 n_queued = 0, n_running = 0;

  g_hash_table_iter_init (&iter, self->rollouts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const LeydenMirrored *each = value;

      if (each->ended)
        continue;
      n_queued += g_str_equal (each->row->state, "queued");
      n_running += !g_str_equal (each->row->state, "queued");
    }
  leyden_value_builder_key (b, "rollouts");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "queued", n_queued);
  leyden_value_builder_set_int (b, "running", n_running);
  leyden_value_builder_set_int (b, "ended", MAX (self->n_items - n_queued - n_running, 0));
  leyden_value_builder_set_int (b, "all", self->n_items);
  leyden_value_builder_end (b);
}

static void
set_nullable_int (LeydenValueBuilder *b,
                  const char         *key,
                  gboolean            known,
                  gint64              value)
{
  leyden_value_builder_key (b, key);
  if (known)
    leyden_value_builder_add_int (b, value);
  else
    leyden_value_builder_add (b, NULL);
}

LeydenValue *
leyden_mirror_to_value (LeydenMirror *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *problem = self->error == NULL ? NULL : leyden_text_escape (self->error->message, -1, 500);
  gint64 skew_ms = 0;
  gboolean has_skew = self->client != NULL && leyden_agl_client_get_skew (self->client, &skew_ms);

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "mirror", self->id);
  set_settings (&b, self);
  leyden_value_builder_set_string (&b, "run", self->run);
  leyden_value_builder_set_int (&b, "created", self->created_ns);
  leyden_value_builder_set_string (&b, "state", leyden_mirror_state_to_string (self->state));
  leyden_value_builder_set_string (&b, "error", problem);
  leyden_value_builder_set_int (&b, "failures", self->n_failures);
  set_nullable_int (&b, "next_poll", self->next_ns != 0, self->next_ns);
  set_nullable_int (&b, "last_poll", self->last_poll_ns != 0, self->last_poll_ns);
  leyden_value_builder_set_double (&b, "poll_ms", self->poll_ms);
  leyden_value_builder_set_double (&b, "latency_ms", self->latency_ms);
  leyden_value_builder_set_double (&b, "load", leyden_mirror_get_load (self));
  set_nullable_int (&b, "skew_ms", has_skew, skew_ms);
  set_proxy (&b, self);
  set_counts (&b, self);
  set_models (&b, self);
  set_missed (&b, self);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

void
leyden_mirror_note_model (LeydenMirror *self,
                          LeydenValue  *data,
                          gint64        time_ns)
{
  LeydenValue *server = leyden_value_get_member (data, "server");
  const char *name = leyden_value_get_member_string (server, "model", NULL);
  const char *endpoint = leyden_value_get_member_string (server, "endpoint", NULL);
  LeydenMirrorModel *model = name == NULL || endpoint == NULL ? NULL : get_model (self, name, endpoint);

  if (model == NULL)
    return;
  model->version = leyden_value_get_member_int (server, "version", 0);
  model->n_calls++;
  model->last_ns = MAX (model->last_ns, time_ns);
}

LeydenRunRow *
leyden_mirror_make_run (LeydenMirror *self,
                        gboolean      ended)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  LeydenRunRow *row = leyden_run_row_new ();

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "title", self->name);
  leyden_value_builder_set_string (&b, "purpose", "mirror");
  leyden_value_builder_set_string (&b, "mirror", self->id);
  leyden_value_builder_end (&b);
  leyden_value_unref (row->definition);
  row->definition = leyden_value_builder_end_value (&b);
  row->run = g_strdup (self->run);
  row->created_ns = self->created_ns;
  row->n_items = self->n_items;
  g_free (row->state);
  row->state = g_strdup (ended ? "succeeded" : "running");
  row->finished_ns = ended ? leyden_time_now_ns () : 0;
  return row;
}

void
leyden_mirror_announce (LeydenMirror *self)
{
  g_autoptr(LeydenValue) value = NULL;

  if (self->closed || self->gateway->hub == NULL || leyden_event_hub_get_n_clients (self->gateway->hub) == 0)
    return;
  value = leyden_mirror_to_value (self);
  leyden_event_hub_mirror_changed (self->gateway->hub, value);
}
