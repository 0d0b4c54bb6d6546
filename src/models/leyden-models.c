/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "config.h"

#include "leyden-models.h"

#include <glib/gi18n-lib.h>

#include "leyden-models-private.h"
#include "leyden-text.h"

#define SIMULATED "simulated"
/* It costs no connection: how much goes on at once is for the run to say. */
#define SIMULATED_CONCURRENCY 10000
#define MAX_TRIES 4
#define BREAKER_FAILURES 5
#define BREAKER_OPEN_MS 10000

/* Ollama, llama.cpp, LM Studio, vLLM, Jan, text-generation-webui, KoboldCpp, GPT4All. */
static const guint16 usual_ports[] = { 11434, 8080, 1234, 8000, 1337, 5000, 5001, 4891, 0 };

struct _LeydenModels
{
  GObject           parent_instance;

  LeydenSecrets    *secrets;
  LeydenHttpClient *http;
  LeydenPrices     *prices;
  GHashTable       *slots;              /* name → LeydenModelSlot */
  char             *default_endpoint;
  char             *default_model;
  guint16           probe_ports[16];
  guint             pause_percent;
};

static void leyden_models_transport_init (LeydenModelTransportInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenModels, leyden_models, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_MODEL_TRANSPORT, leyden_models_transport_init))

static LeydenEndpoint *
make_simulated_endpoint (void)
{
  LeydenEndpoint *self = g_new0 (LeydenEndpoint, 1);

  self->name = g_strdup (SIMULATED);
  self->title = g_strdup (_("Simulated model"));
  self->wire = g_strdup ("openai");
  self->default_model = g_strdup ("leyden-sim-medium");
  self->concurrency = SIMULATED_CONCURRENCY;
  self->simulated = TRUE;
  return self;
}

static void
leyden_models_send_async (LeydenModelTransport  *transport,
                          const LeydenModelCall *call,
                          GCancellable          *cancellable,
                          GAsyncReadyCallback    callback,
                          gpointer               data)
{
  LeydenModels *self = LEYDEN_MODELS (transport);
  g_autoptr(GTask) task = g_task_new (self, cancellable, callback, data);
  g_autoptr(LeydenModelSlot) slot = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, leyden_models_send_async);
  slot = leyden_models_find_slot (self, call->endpoint, &error);
  if (slot == NULL)
    g_task_return_error (task, error);
  else if (slot->endpoint->simulated)
    leyden_simulated_call_start (slot, call, task);
  else
    leyden_network_call_start (slot, call, task);
}

static LeydenValue *
leyden_models_send_finish (LeydenModelTransport  *transport,
                           GAsyncResult          *result,
                           GError               **error)
{
  g_return_val_if_fail (g_task_is_valid (result, transport), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
leyden_models_transport_init (LeydenModelTransportInterface *iface)
{
  iface->send_async = leyden_models_send_async;
  iface->send_finish = leyden_models_send_finish;
}

static void
leyden_models_finalize (GObject *object)
{
  LeydenModels *self = LEYDEN_MODELS (object);

  g_clear_object (&self->secrets);
  g_clear_object (&self->http);
  g_clear_object (&self->prices);
  g_clear_pointer (&self->slots, g_hash_table_unref);
  g_clear_pointer (&self->default_endpoint, g_free);
  g_clear_pointer (&self->default_model, g_free);
  G_OBJECT_CLASS (leyden_models_parent_class)->finalize (object);
}

static void
leyden_models_class_init (LeydenModelsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_models_finalize;
}

static void
leyden_models_init (LeydenModels *self)
{
  self->slots = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) leyden_model_slot_unref);
  g_hash_table_insert (self->slots, g_strdup (SIMULATED), leyden_model_slot_new (make_simulated_endpoint ()));
  self->default_endpoint = g_strdup (SIMULATED);
  self->pause_percent = 100;
  leyden_models_set_probe_ports (self, usual_ports);
}

/**
 * leyden_models_new:
 * @secrets: where keys are asked for
 *
 * Opens no connection. Belongs to the thread-default context of its making.
 */
LeydenModels *
leyden_models_new (LeydenSecrets *secrets)
{
  LeydenModels *self;

  g_return_val_if_fail (LEYDEN_IS_SECRETS (secrets), NULL);

  self = g_object_new (LEYDEN_TYPE_MODELS, NULL);
  self->secrets = g_object_ref (secrets);
  self->http = leyden_http_client_new ();
  self->prices = leyden_prices_new (NULL);
  leyden_http_client_set_limits (self->http, LEYDEN_MODEL_MAX_CONNECTIONS, BREAKER_FAILURES, BREAKER_OPEN_MS);
  return self;
}

/* A secret may go to every endpoint that names it, and nowhere else. */
static void
declare_secret (LeydenModels *self,
                const char   *secret)
{
  g_autoptr(GPtrArray) origins = NULL;
  GHashTableIter iter;
  LeydenModelSlot *slot;

  if (secret == NULL)
    return;
  origins = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_iter_init (&iter, self->slots);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &slot))
    if (g_strcmp0 (slot->endpoint->secret, secret) == 0)
      g_ptr_array_add (origins, leyden_secrets_origin_of (slot->endpoint->base_uri));
  g_ptr_array_add (origins, NULL);
  leyden_secrets_declare_origins (self->secrets, secret, (const char * const *) origins->pdata);
}

/**
 * leyden_models_set_endpoint:
 *
 * Adds @endpoint, or replaces the one of its name: calls under way end with the old one.
 *
 * Errors: %LEYDEN_MODEL_ERROR_ENDPOINT for "simulated" and for what leyden_endpoint_from_value() refuses.
 */
gboolean
leyden_models_set_endpoint (LeydenModels          *self,
                            const LeydenEndpoint  *endpoint,
                            GError               **error)
{
  g_autoptr(LeydenValue) value = NULL;
  LeydenEndpoint *checked;
  LeydenModelSlot *old;
  g_autofree char *old_secret = NULL;

  g_return_val_if_fail (LEYDEN_IS_MODELS (self), FALSE);
  g_return_val_if_fail (endpoint != NULL, FALSE);

  value = leyden_endpoint_to_value (endpoint);
  checked = leyden_endpoint_from_value (value, error);
  if (checked == NULL)
    return FALSE;
  old = g_hash_table_lookup (self->slots, checked->name);
  old_secret = old != NULL ? g_strdup (old->endpoint->secret) : NULL;
  g_hash_table_replace (self->slots, g_strdup (checked->name), leyden_model_slot_new (checked));
  declare_secret (self, old_secret);
  declare_secret (self, checked->secret);
  return TRUE;
}

gboolean
leyden_models_remove_endpoint (LeydenModels *self,
                               const char   *name)
{
  LeydenModelSlot *slot;
  g_autofree char *secret = NULL;

  g_return_val_if_fail (LEYDEN_IS_MODELS (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  slot = g_hash_table_lookup (self->slots, name);
  if (slot == NULL || slot->endpoint->simulated)
    return FALSE;
  secret = g_strdup (slot->endpoint->secret);
  if (g_str_equal (self->default_endpoint, name))
    leyden_models_set_default (self, SIMULATED, NULL);
  g_hash_table_remove (self->slots, name);
  declare_secret (self, secret);
  return TRUE;
}

const LeydenEndpoint *
leyden_models_get_endpoint (LeydenModels *self,
                            const char   *name)
{
  LeydenModelSlot *slot;

  g_return_val_if_fail (LEYDEN_IS_MODELS (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  slot = g_hash_table_lookup (self->slots, name);
  return slot != NULL ? slot->endpoint : NULL;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  const char *x = *(const char * const *) a, *y = *(const char * const *) b;

  if (g_str_equal (x, SIMULATED) || g_str_equal (y, SIMULATED))
    return g_str_equal (y, SIMULATED) - g_str_equal (x, SIMULATED);
  return strcmp (x, y);
}

GPtrArray *
leyden_models_list_endpoints (LeydenModels *self)
{
  GPtrArray *names;
  GHashTableIter iter;
  gpointer name;

  g_return_val_if_fail (LEYDEN_IS_MODELS (self), NULL);

  names = g_ptr_array_new ();
  g_hash_table_iter_init (&iter, self->slots);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, name);
  g_ptr_array_sort (names, compare_names);
  return names;
}

void
leyden_models_set_default (LeydenModels *self,
                           const char   *endpoint,
                           const char   *model)
{
  g_autofree char *old_model = NULL;

  g_return_if_fail (LEYDEN_IS_MODELS (self));
  g_return_if_fail (endpoint != NULL);

  if (!g_str_equal (endpoint, self->default_endpoint))
    {
      g_free (self->default_endpoint);
      self->default_endpoint = g_strdup (endpoint);
    }
  old_model = g_steal_pointer (&self->default_model);
  self->default_model = g_strdup (model);
}

const char *
leyden_models_get_default_endpoint (LeydenModels *self)
{
  g_return_val_if_fail (LEYDEN_IS_MODELS (self), NULL);

  return self->default_endpoint;
}

/* The model that was set, else the default endpoint's own. */
const char *
leyden_models_get_default_model (LeydenModels *self)
{
  const LeydenEndpoint *endpoint;

  g_return_val_if_fail (LEYDEN_IS_MODELS (self), NULL);

  endpoint = leyden_models_get_endpoint (self, self->default_endpoint);
  if (self->default_model != NULL || endpoint == NULL)
    return self->default_model;
  return endpoint->default_model;
}

LeydenModelSlot *
leyden_models_find_slot (LeydenModels  *self,
                         const char    *endpoint,
                         GError       **error)
{
  const char *name = endpoint != NULL ? endpoint : self->default_endpoint;
  LeydenModelSlot *slot = g_hash_table_lookup (self->slots, name);
  g_autofree char *shown = NULL;

  if (slot != NULL)
    return leyden_model_slot_ref (slot);
  shown = leyden_text_escape (name, -1, 40);
  g_set_error (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_ENDPOINT, _("There is no endpoint “%s”"), shown);
  return NULL;
}

const char *
leyden_models_find_model (LeydenModels    *self,
                          LeydenModelSlot *slot)
{
  if (g_str_equal (slot->endpoint->name, self->default_endpoint) && self->default_model != NULL)
    return self->default_model;
  return slot->endpoint->default_model;
}

LeydenValue *
leyden_models_list_origins (LeydenModels *self)
{
  g_return_val_if_fail (LEYDEN_IS_MODELS (self), NULL);

  return leyden_http_client_list_origins (self->http);
}

LeydenHttpClient *
leyden_models_get_http (LeydenModels *self)
{
  return self->http;
}

LeydenPrices *
leyden_models_get_prices (LeydenModels *self)
{
  g_return_val_if_fail (LEYDEN_IS_MODELS (self), NULL);

  return self->prices;
}

LeydenSecrets *
leyden_models_get_secrets (LeydenModels *self)
{
  return self->secrets;
}

guint
leyden_models_get_max_tries (LeydenModels *self)
{
  return MAX_TRIES;
}

guint
leyden_models_get_pause_percent (LeydenModels *self)
{
  return self->pause_percent;
}

void
leyden_models_set_pause_percent (LeydenModels *self,
                                 guint         percent)
{
  self->pause_percent = percent;
}

void
leyden_models_set_probe_ports (LeydenModels  *self,
                               const guint16 *ports)
{
  gsize n = 0;

  for (; ports[n] != 0 && n + 1 < G_N_ELEMENTS (self->probe_ports); n++)
    self->probe_ports[n] = ports[n];
  self->probe_ports[n] = 0;
}

const guint16 *
leyden_models_get_probe_ports (LeydenModels *self)
{
  return self->probe_ports;
}
