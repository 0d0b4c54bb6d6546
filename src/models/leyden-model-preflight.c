/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "config.h"

#include "leyden-model-preflight.h"
#include "leyden-models-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-json.h"
#include "leyden-model-wire.h"
#include "leyden-openai-private.h"
#include "leyden-simulation.h"

/* A model may have to be loaded first. */
#define TIMEOUT_MS 60000
#define MAX_ANSWER (1024 * 1024)
#define QUESTION "What is 2 + 2? Answer with one number."
#define MAX_TOKENS 16

typedef struct
{
  LeydenEndpoint      *endpoint;
  char                *model;           /* nullable */
  char                *key;             /* nullable */
  LeydenHttpRequest   *request;
  gboolean             plain;           /* the second question */
  char                *refusal;         /* of the first; nullable */
  gint64               began_us;
  guint                status;
  LeydenPreflightFacts facts;
} Preflight;

static void
preflight_free (gpointer data)
{
  Preflight *self = data;

  leyden_endpoint_free (self->endpoint);
  g_clear_object (&self->request);
  g_free (self->model);
  g_free (self->key);
  g_free (self->refusal);
  g_free (self);
}

/* ---- Reading ---- */

/* All integers, else none: a trainer cannot use anything else. */
static guint
count_ids (LeydenValue *ids)
{
  guint n = leyden_value_get_kind (ids) == LEYDEN_VALUE_LIST ? leyden_value_get_size (ids) : 0;
  gint64 id;

  for (guint i = 0; i < n; i++)
    if (!leyden_value_get_int (leyden_value_get_item (ids, i), &id))
      return 0;
  return n;
}

static int
count_log_probs (LeydenValue *choice)
{
  LeydenValue *logprobs = leyden_value_get_member (choice, "logprobs");
  LeydenValue *content = leyden_value_get_member (logprobs, "content");
  gboolean chat = leyden_value_get_kind (content) == LEYDEN_VALUE_LIST;
  LeydenValue *values = chat ? content : leyden_value_get_member (logprobs, "token_logprobs");
  double number;

  if (leyden_value_get_kind (values) != LEYDEN_VALUE_LIST)
    return -1;
  for (guint i = 0; i < leyden_value_get_size (values); i++)
    {
      LeydenValue *value = leyden_value_get_item (values, i);

      if (!leyden_value_get_double (chat ? leyden_value_get_member (value, "logprob") : value, &number))
        return -1;
    }
  return (int) leyden_value_get_size (values);
}

void
leyden_preflight_read (LeydenValue          *answer,
                       LeydenPreflightFacts *out)
{
  LeydenValue *choices = leyden_value_get_member (answer, "choices");
  LeydenValue *choice = leyden_value_get_kind (choices) == LEYDEN_VALUE_LIST ? leyden_value_get_item (choices, 0) : NULL;

  *out = (LeydenPreflightFacts) { .n_log_probs = -1 };
  if (leyden_value_get_kind (choice) != LEYDEN_VALUE_OBJECT)
    return;
  out->is_answer = TRUE;
  out->n_prompt = count_ids (leyden_value_get_member (answer, "prompt_token_ids"));
  if (out->n_prompt == 0)
    out->n_prompt = count_ids (leyden_value_get_member (choice, "prompt_token_ids"));
  out->n_tokens = count_ids (leyden_value_get_member (choice, "token_ids"));
  out->n_log_probs = count_log_probs (choice);
}

const char *
leyden_preflight_verdict (const LeydenPreflightFacts *facts)
{
  if (!facts->is_answer)
    return "refused";
  if (facts->n_tokens == 0 || facts->n_prompt == 0)
    return "no-token-ids";
  return facts->n_log_probs == (int) facts->n_tokens ? "ready" : "no-log-probs";
}

/* ---- The verdict ---- */

static const char *
explain (const char                 *verdict,
         const LeydenPreflightFacts *facts,
         const char                 *refusal)
{
  if (g_str_equal (verdict, "ready"))
    return _("It returns token ids and log-probabilities: its answers can be trained.");
  if (g_str_equal (verdict, "no-log-probs") && facts->n_log_probs >= 0)
    return _("It returns token ids, but not one log-probability for each: its answers can be trained, and the trainer works out the log-probabilities.");
  if (g_str_equal (verdict, "no-log-probs"))
    return _("It returns token ids, but no log-probabilities: its answers can be trained, and the trainer works them out.");
  if (refusal != NULL)
    return _("It answers, but refuses to return token ids: nothing can be trained from its answers.");
  if (facts->n_tokens > 0)
    return _("It returns the token ids of its answers, but not those of prompts: nothing can be trained from its answers.");
  return _("It answers, but returns no token ids: nothing can be trained from its answers.");
}

static void
give_verdict (GTask      *task,
              const char *verdict,
              const char *detail)
{
  Preflight *self = g_task_get_task_data (task);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "endpoint", self->endpoint->name);
  leyden_value_builder_set_string (&b, "base_uri", self->endpoint->base_uri);
  leyden_value_builder_set_string (&b, "model", self->model);
  leyden_value_builder_set_string (&b, "verdict", verdict);
  leyden_value_builder_set_boolean (&b, "token_ids", self->facts.n_tokens > 0);
  leyden_value_builder_set_boolean (&b, "prompt_token_ids", self->facts.n_prompt > 0);
  leyden_value_builder_set_boolean (&b, "log_probs", self->facts.n_log_probs > 0);
  leyden_value_builder_set_int (&b, "n_tokens", self->facts.n_tokens);
  leyden_value_builder_set_int (&b, "n_log_probs", MAX (self->facts.n_log_probs, 0));
  leyden_value_builder_set_int (&b, "status", self->status);
  leyden_value_builder_set_double (&b, "latency_ms", (double) ((g_get_monotonic_time () - self->began_us) / 100) / 10);
  leyden_value_builder_set_string (&b, "detail", detail);
  if (self->refusal != NULL)
    leyden_value_builder_set_string (&b, "refusal", self->refusal);
  leyden_value_builder_end (&b);
  g_task_return_pointer (task, leyden_value_builder_end_value (&b), (GDestroyNotify) leyden_value_unref);
}

static void
judge (GTask       *task,
       LeydenValue *answer)
{
  Preflight *self = g_task_get_task_data (task);
  const char *verdict;

  leyden_preflight_read (answer, &self->facts);
  verdict = leyden_preflight_verdict (&self->facts);
  if (self->facts.is_answer)
    give_verdict (task, verdict, explain (verdict, &self->facts, self->refusal));
  else
    give_verdict (task, "refused", _("It answered with something that is no answer of a model."));
}

/* ---- Asking ---- */

static LeydenValue *
make_body (const Preflight *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  if (self->model != NULL)
    leyden_value_builder_set_string (&b, "model", self->model);
  leyden_value_builder_key (&b, "messages");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "role", "user");
  leyden_value_builder_set_string (&b, "content", QUESTION);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  if (!self->plain)
    {
      leyden_value_builder_set_int (&b, "max_tokens", MAX_TOKENS);
      leyden_value_builder_set_boolean (&b, "logprobs", TRUE);
      leyden_value_builder_set_boolean (&b, "return_token_ids", TRUE);
    }
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void ask (GTask *task);

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Preflight *self = g_task_get_task_data (task);
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) body = leyden_http_client_send_finish (LEYDEN_HTTP_CLIENT (object), result, &error);
  guint flags = 0;
  gsize length;
  const char *text;

  if (body == NULL)
    {
      give_verdict (task, "unreachable", error->message);
      return;
    }
  self->status = leyden_http_request_get_status (self->request);
  if (self->status < 200 || self->status > 299)
    {
      leyden_openai_set_error (&error, self->status, body);
      /* 400 and 422: it may not know one of the fields. */
      if (self->plain || (self->status != 400 && self->status != 422))
        {
          give_verdict (task, "refused", error->message);
          return;
        }
      self->refusal = g_strdup (error->message);
      self->plain = TRUE;
      ask (task);
      return;
    }
  text = g_bytes_get_data (body, &length);
  answer = leyden_openai_parse_wire (text != NULL ? text : "", length, &flags, NULL);
  judge (task, answer);
}

static void
ask (GTask *task)
{
  Preflight *self = g_task_get_task_data (task);
  LeydenModels *models = g_task_get_source_object (task);
  g_autofree char *uri = g_strconcat (self->endpoint->base_uri, "/chat/completions", NULL);
  g_autoptr(LeydenValue) body = make_body (self);

  g_clear_object (&self->request);
  self->request = leyden_http_request_new ("POST", uri);
  leyden_http_request_set_json (self->request, body);
  leyden_http_request_set_timeout (self->request, TIMEOUT_MS);
  leyden_http_request_set_max_body (self->request, MAX_ANSWER);
  leyden_http_request_set_follow (self->request, FALSE);
  leyden_model_wire_add_headers (leyden_model_wire_find (self->endpoint->wire), self->request, self->key);
  leyden_http_client_send_async (leyden_models_get_http (models), self->request, g_task_get_cancellable (task), answered_cb,
                                 g_object_ref (task));
}

static void
key_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Preflight *self = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  self->key = leyden_secrets_lookup_finish (LEYDEN_SECRETS (object), result, &error);
  if (self->key != NULL)
    ask (task);
  else
    give_verdict (task, "refused", error->message);
}

static void
host_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Preflight *self = g_task_get_task_data (task);
  LeydenModels *models = g_task_get_source_object (task);
  g_autofree char *origin = NULL;
  g_autoptr(GError) error = NULL;

  if (!leyden_model_check_host_finish (result, &error))
    {
      give_verdict (task, "unreachable", error->message);
      return;
    }
  if (self->key != NULL || self->endpoint->secret == NULL)
    {
      ask (task);
      return;
    }
  origin = leyden_secrets_origin_of (self->endpoint->base_uri);
  leyden_secrets_lookup_async (leyden_models_get_secrets (models), self->endpoint->secret, origin, g_task_get_cancellable (task), key_cb,
                               g_object_ref (task));
}

static void
ask_simulation (GTask *task)
{
  Preflight *self = g_task_get_task_data (task);
  g_autoptr(LeydenValue) body = make_body (self);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_simulation_complete (body, 42, 0, &error);

  if (answer == NULL)
    {
      give_verdict (task, "refused", error->message);
      return;
    }
  self->status = 200;
  judge (task, answer);
}

void
leyden_models_preflight_async (LeydenModels         *self,
                               const LeydenEndpoint *endpoint,
                               const char           *model,
                               const char           *key,
                               GCancellable         *cancellable,
                               GAsyncReadyCallback   callback,
                               gpointer              data)
{
  g_autoptr(GTask) task = NULL;
  Preflight *preflight;

  g_return_if_fail (LEYDEN_IS_MODELS (self) && endpoint != NULL);

  task = g_task_new (self, cancellable, callback, data);
  g_task_set_source_tag (task, leyden_models_preflight_async);
  preflight = g_new0 (Preflight, 1);
  preflight->endpoint = leyden_endpoint_copy (endpoint);
  preflight->model = g_strdup (model != NULL ? model : endpoint->default_model);
  preflight->key = g_strdup (key);
  preflight->facts.n_log_probs = -1;
  preflight->began_us = g_get_monotonic_time ();
  g_task_set_task_data (task, preflight, preflight_free);
  if (endpoint->simulated && endpoint->base_uri == NULL)
    ask_simulation (task);
  else if (!g_str_equal (endpoint->wire, "openai"))
    give_verdict (task, "no-token-ids", _("This protocol has no token ids: nothing can be trained from its answers."));
  else
    leyden_model_check_host_async (endpoint->base_uri, cancellable, host_cb, g_steal_pointer (&task));
}

LeydenValue *
leyden_models_preflight_finish (LeydenModels  *self,
                                GAsyncResult  *result,
                                GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
