/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "config.h"

#include "leyden-models-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-model-wire.h"
#include "leyden-openai-private.h"
#include "leyden-simulation.h"

#define LIST_TIMEOUT_MS 30000
#define PROBE_TIMEOUT_MS 1000
#define MAX_LIST (8 * 1024 * 1024)
#define MAX_MODELS 2000

/* Tokens that a model reads, as servers call it (vLLM, OpenRouter, others); 0: it does not say. */
static gint64
find_context (LeydenValue *model)
{
  static const char * const keys[] = { "context_length", "max_model_len", "context_window", "max_context_length" };
  gint64 size = 0;

  for (guint i = 0; i < G_N_ELEMENTS (keys) && size <= 0; i++)
    size = leyden_value_get_member_int (model, keys[i], 0);
  return size;
}

/* The list in the answer of GET /models; OpenAI's form, Ollama's, or a bare list. (transfer full) */
static LeydenValue *
read_models (GBytes  *body,
             GError **error)
{
  gsize length;
  const char *data = g_bytes_get_data (body, &length);
  guint flags = 0;
  g_autoptr(LeydenValue) root = leyden_openai_parse_wire (data != NULL ? data : "", length, &flags, NULL);
  LeydenValue *list = leyden_value_get_member (root, "data");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (list == NULL)
    list = leyden_value_get_member (root, "models");
  if (list == NULL)
    list = root;
  if (leyden_value_get_kind (list) != LEYDEN_VALUE_LIST)
    {
      g_autofree char *quote = leyden_openai_quote (body);

      leyden_openai_fail (error, _("the answer is no list of models. It begins: %s"), quote);
      return NULL;
    }
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < MIN (leyden_value_get_size (list), MAX_MODELS); i++)
    {
      LeydenValue *model = leyden_value_get_item (list, i);
      const char *id = leyden_value_get_member_string (model, "id", leyden_value_get_member_string (model, "name", NULL));
      const char *purpose = leyden_value_get_member_string (model, "purpose", NULL);

      if (id == NULL || *id == '\0')
        continue;
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_string (&b, "id", id);
      /* Leyden's own servers say what a model is there for. */
      if (purpose != NULL)
        leyden_value_builder_set_string (&b, "purpose", purpose);
      if (find_context (model) > 0)
        leyden_value_builder_set_int (&b, "context_length", find_context (model));
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* One GET /models. */
typedef struct
{
  LeydenHttpRequest *request;
  LeydenEndpoint    *endpoint;
} Listing;

static void
listing_free (gpointer data)
{
  Listing *self = data;

  g_clear_object (&self->request);
  g_clear_pointer (&self->endpoint, leyden_endpoint_free);
  g_free (self);
}

static void
listed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Listing *self = g_task_get_task_data (task);
  g_autoptr(GError) http_error = NULL;
  g_autoptr(GBytes) body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &http_error);
  guint status = leyden_http_request_get_status (self->request);
  LeydenValue *models = NULL;
  GError *error = NULL;

  if (body == NULL)
    error = leyden_model_translate_http_error (http_error);
  else if (status < 200 || status > 299)
    leyden_openai_set_error (&error, status, body);
  else
    models = read_models (body, &error);

  if (models != NULL)
    g_task_return_pointer (task, models, (GDestroyNotify) leyden_value_unref);
  else
    {
      if (error->domain == LEYDEN_MODEL_ERROR)
        g_prefix_error (&error, "%s: ", self->endpoint->title);
      g_task_return_error (task, error);
    }
}

static void
list_with_key (GTask      *task,
               const char *key)
{
  Listing *self = g_task_get_task_data (task);
  LeydenModels *models = g_task_get_source_object (task);

  leyden_model_wire_add_headers (leyden_model_wire_find (self->endpoint->wire), self->request, key);
  leyden_http_client_send_async (leyden_models_get_http (models), self->request, g_task_get_cancellable (task), listed_cb,
                                 g_object_ref (task));
}

static void
key_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *key = leyden_secrets_lookup_finish (LEYDEN_SECRETS (object), result, &error);

  if (key != NULL)
    list_with_key (task, key);
  else
    g_task_return_new_error (task, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_AUTH, _("no key: %s"), error->message);
}

static void
host_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Listing *self = g_task_get_task_data (task);
  LeydenModels *models = g_task_get_source_object (task);
  g_autofree char *origin = NULL;
  GError *error = NULL;

  if (!leyden_model_check_host_finish (result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (self->endpoint->secret == NULL)
    {
      list_with_key (task, NULL);
      return;
    }
  origin = leyden_secrets_origin_of (self->endpoint->base_uri);
  leyden_secrets_lookup_async (leyden_models_get_secrets (models), self->endpoint->secret, origin, g_task_get_cancellable (task),
                               key_cb, g_object_ref (task));
}

void
leyden_models_list_models_async (LeydenModels        *self,
                                 const char          *endpoint,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             data)
{
  g_autoptr(GTask) task = NULL;
  g_autoptr(LeydenModelSlot) slot = NULL;
  g_autofree char *uri = NULL;
  Listing *listing;
  GError *error = NULL;

  g_return_if_fail (LEYDEN_IS_MODELS (self));

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_models_list_models_async);
  slot = leyden_models_find_slot (self, endpoint, &error);
  if (slot == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (slot->endpoint->simulated)
    {
      g_autoptr(LeydenValue) list = leyden_simulation_list_models ();

      g_task_return_pointer (task, leyden_value_ref (leyden_value_get_member (list, "data")), (GDestroyNotify) leyden_value_unref);
      return;
    }
  uri = g_strconcat (slot->endpoint->base_uri, "/models", NULL);
  listing = g_new0 (Listing, 1);
  listing->endpoint = leyden_endpoint_copy (slot->endpoint);
  listing->request = leyden_http_request_new ("GET", uri);
  leyden_http_request_set_header (listing->request, "Accept", "application/json");
  leyden_http_request_set_timeout (listing->request, LIST_TIMEOUT_MS);
  leyden_http_request_set_max_body (listing->request, MAX_LIST);
  g_task_set_task_data (task, listing, listing_free);
  leyden_model_check_host_async (listing->endpoint->base_uri, cancellable, host_cb, g_steal_pointer (&task));
}

LeydenValue *
leyden_models_list_models_finish (LeydenModels  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Asking all usual ports at once. */
typedef struct
{
  LeydenHttpClient *http;       /* our own: a port without a server must not open a breaker */
  GPtrArray        *asked;      /* (element-type Question), in the order of the ports */
  guint             n_open;
} Probe;

typedef struct
{
  GTask             *task;
  LeydenHttpRequest *request;
  guint16            port;
  LeydenValue       *models;
} Question;

static void
question_free (gpointer data)
{
  Question *self = data;

  g_clear_object (&self->request);
  g_clear_pointer (&self->models, leyden_value_unref);
  g_free (self);
}

static void
probe_free (gpointer data)
{
  Probe *self = data;

  g_clear_object (&self->http);
  g_clear_pointer (&self->asked, g_ptr_array_unref);
  g_free (self);
}

static const char *
name_of_port (guint16     port,
              const char **title)
{
  static const struct { guint16 port; const char *name; const char *title; } names[] = {
    { 11434, "ollama", "Ollama" }, { 8080, "llama-cpp", "llama.cpp" }, { 1234, "lm-studio", "LM Studio" },
    { 8000, "vllm", "vLLM" }, { 1337, "jan", "Jan" }, { 5000, "text-generation-webui", "text-generation-webui" },
    { 5001, "koboldcpp", "KoboldCpp" }, { 4891, "gpt4all", "GPT4All" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i].port == port)
      {
        *title = names[i].title;
        return names[i].name;
      }
  *title = NULL;
  return NULL;
}

static void
add_found (LeydenValueBuilder *b,
           const Question     *question)
{
  const char *title;
  const char *name = name_of_port (question->port, &title);
  g_autofree char *own_name = g_strdup_printf ("local-%u", question->port);
  LeydenEndpoint endpoint = { 0 };
  g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:%u/v1", question->port);

  endpoint.name = name != NULL ? (char *) name : own_name;
  endpoint.title = title != NULL ? (char *) title : own_name;
  endpoint.base_uri = uri;
  endpoint.wire = (char *) "openai";
  endpoint.default_model = (char *) leyden_value_get_member_string (leyden_value_get_item (question->models, 0), "id", NULL);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_take (b, "endpoint", leyden_endpoint_to_value (&endpoint));
  leyden_value_builder_key (b, "models");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < leyden_value_get_size (question->models); i++)
    leyden_value_builder_add (b, leyden_value_get_member (leyden_value_get_item (question->models, i), "id"));
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

static LeydenValue *
make_report (Probe *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < self->asked->len; i++)
    {
      const Question *question = g_ptr_array_index (self->asked, i);

      if (question->models != NULL)
        add_found (&b, question);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
probed_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  Question *question = user_data;
  g_autoptr(GTask) task = question->task;
  Probe *self = g_task_get_task_data (task);
  g_autoptr(GBytes) body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, NULL);

  /* A port where nothing answers, or something else, is no error: nobody said that a model is there. */
  if (body != NULL && leyden_http_request_get_status (question->request) == 200)
    question->models = read_models (body, NULL);
  if (--self->n_open == 0)
    g_task_return_pointer (task, make_report (self), (GDestroyNotify) leyden_value_unref);
}

static void
ask_port (GTask   *task,
          guint16  port)
{
  Probe *self = g_task_get_task_data (task);
  Question *question = g_new0 (Question, 1);
  g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:%u/v1/models", port);

  question->task = g_object_ref (task);
  question->port = port;
  question->request = leyden_http_request_new ("GET", uri);
  leyden_http_request_set_timeout (question->request, PROBE_TIMEOUT_MS);
  leyden_http_request_set_max_body (question->request, MAX_LIST);
  g_ptr_array_add (self->asked, question);
  self->n_open++;
  leyden_http_client_send_async (self->http, question->request, g_task_get_cancellable (task), probed_cb, question);
}

void
leyden_models_probe_async (LeydenModels        *self,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             data)
{
  g_autoptr(GTask) task = NULL;
  Probe *probe;

  g_return_if_fail (LEYDEN_IS_MODELS (self));

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_models_probe_async);
  probe = g_new0 (Probe, 1);
  probe->http = leyden_http_client_new ();
  leyden_http_client_set_limits (probe->http, 4, 0, 0);
  probe->asked = g_ptr_array_new_with_free_func (question_free);
  g_task_set_task_data (task, probe, probe_free);
  for (const guint16 *port = leyden_models_get_probe_ports (self); *port != 0; port++)
    ask_port (task, *port);
}

LeydenValue *
leyden_models_probe_finish (LeydenModels  *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
