/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /api/rollouts: creation, lists, one rollout, its status, its deletion. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-agl.h"
#include "leyden-gateway-attach.h"

#include "leyden-json.h"
#include "leyden-redact.h"

/* Larger bodies are read in a thread. */
#define INLINE_BODY ((gsize)128 * 1024)

/* ---- Changes ---- */

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
} Pending;

static Pending *
pending_new (LeydenGateway      *self,
             LeydenHttpExchange *exchange)
{
  Pending *pending = g_new0 (Pending, 1);

  pending->self = g_object_ref (self);
  pending->exchange = leyden_http_exchange_ref (exchange);
  return pending;
}

static void
pending_free (Pending *self)
{
  leyden_http_exchange_unref (self->exchange);
  g_object_unref (self->self);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pending, pending_free)

/* ---- Creation ---- */

static void
created_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(Pending) pending = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenAglChange) change = leyden_sqlite_store_agl_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (change == NULL)
    leyden_agl_respond_gerror (pending->exchange, NULL, error);
  else
    leyden_agl_respond_take (pending->exchange, 201, g_steal_pointer (&change->answer));
}

/* All or nothing: NULL after the answer, which names all that is wrong. Any thread. */
static LeydenAglChange *
check_create (LeydenGateway      *self,
              LeydenHttpExchange *exchange)
{
  g_auto(LeydenAglErrors) errors = { NULL, };
  g_autoptr(LeydenAglChange) change = leyden_agl_change_new (LEYDEN_AGL_CREATE, NULL);
  g_autoptr(LeydenValue) body = NULL;

  if (!leyden_agl_read_body (exchange, &body))
    return NULL;
  leyden_agl_errors_init (&errors, "body");
  if (body == NULL)
    leyden_agl_errors_add (&errors, "missing", "Field required", NULL, NULL);
  else if (leyden_value_get_kind (body) != LEYDEN_VALUE_LIST)
    leyden_agl_errors_add (&errors, "list_type", "Input should be a valid list", body, NULL);
  change->rollouts = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_agl_new_free);
  for (guint i = 0; leyden_value_get_kind (body) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (body); i++)
    {
      LeydenAglNew *each;

      leyden_agl_errors_push_index (&errors, i);
      each = leyden_agl_check_rollout (&errors, leyden_value_get_item (body, i), self->secrets);
      leyden_agl_errors_pop (&errors);
      if (each != NULL)
        g_ptr_array_add (change->rollouts, each);
    }
  return leyden_agl_errors_respond (&errors, exchange) ? NULL : g_steal_pointer (&change);
}

static void
store_create (LeydenGateway      *self,
              LeydenHttpExchange *exchange,
              LeydenAglChange    *change)
{
  leyden_sqlite_store_agl_change_async (self->store, change, created_cb, pending_new (self, exchange));
}

static void
check_create_thread (GTask        *task,
                     gpointer      source,
                     gpointer      data,
                     GCancellable *cancellable)
{
  LeydenAglChange *change = check_create (source, data);

  g_task_return_pointer (task, change, (GDestroyNotify)leyden_agl_change_free);
}

static void
create_checked_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      data)
{
  LeydenAglChange *change = g_task_propagate_pointer (G_TASK (result), NULL);

  if (change != NULL)
    store_create (LEYDEN_GATEWAY (object), g_task_get_task_data (G_TASK (result)), change);
}

void
leyden_gateway_agl_create (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  g_autoptr(GTask) task = NULL;
  LeydenAglChange *change;

  if (g_bytes_get_size (leyden_http_exchange_get_body (exchange)) <= INLINE_BODY)
    {
      change = check_create (self, exchange);
      if (change != NULL)
        store_create (self, exchange, change);
      return;
    }
  task = g_task_new (self, NULL, create_checked_cb, NULL);
  g_task_set_source_tag (task, leyden_gateway_agl_create);
  g_task_set_task_data (task, leyden_http_exchange_ref (exchange), (GDestroyNotify)leyden_http_exchange_unref);
  g_task_run_in_thread (task, check_create_thread);
}

/* ---- Questions ---- */

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(Pending) pending = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) answer = leyden_sqlite_store_agl_answer_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (answer == NULL)
    leyden_agl_respond_gerror (pending->exchange, leyden_http_exchange_get_param (pending->exchange, "rollout_id"), error);
  else
    leyden_http_exchange_respond (pending->exchange, 200, "application/json", answer);
}

/* The last of a repeated one counts; what is beyond 64 bits is as large as it gets. */
static void
query_int (LeydenHttpExchange *exchange,
           LeydenAglErrors    *errors,
           const char         *name,
           gint64             *out)
{
  guint n = leyden_http_exchange_get_n_query (exchange, name);
  g_autoptr(LeydenValue) text = NULL;
  g_autoptr(LeydenValue) number = NULL;

  if (n == 0)
    return;
  text = leyden_value_new_string (leyden_http_exchange_get_query_nth (exchange, name, n - 1), -1);
  leyden_agl_errors_push_key (errors, name, -1);
  number = leyden_agl_check_int (errors, text);
  leyden_agl_errors_pop (errors);
  if (number != NULL && !leyden_value_get_int (number, out))
    *out = *leyden_value_get_number_text (number) == '-' ? G_MININT64 : G_MAXINT64;
}

static void
query_states (LeydenHttpExchange *exchange,
              LeydenAglErrors    *errors,
              gboolean            any_state[4])
{
  static const char * const states[] = { "queuing", "running", "succeeded", "failed" };
  guint n = leyden_http_exchange_get_n_query (exchange, "state_in");

  leyden_agl_errors_push_key (errors, "state_in", -1);
  if (n == 0)
    leyden_agl_errors_add (errors, "missing", "Field required", NULL, NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(LeydenValue) text = leyden_value_new_string (leyden_http_exchange_get_query_nth (exchange, "state_in", i), -1);
      const char *state;

      leyden_agl_errors_push_index (errors, i);
      state = leyden_agl_check_state (errors, text);
      leyden_agl_errors_pop (errors);
      for (guint j = 0; state != NULL && j < G_N_ELEMENTS (states); j++)
        any_state[j] |= g_str_equal (states[j], state);
    }
  leyden_agl_errors_pop (errors);
}

void
leyden_gateway_agl_list (LeydenGateway      *self,
                         LeydenHttpExchange *exchange)
{
  g_auto(LeydenAglErrors) errors = { NULL, };
  gboolean any_state[4] = { FALSE, };
  gint64 limit = 500;

  leyden_agl_errors_init (&errors, "query");
  query_states (exchange, &errors, any_state);
  query_int (exchange, &errors, "limit", &limit);
  if (leyden_agl_errors_respond (&errors, exchange))
    return;
  /* The original drops so many from the end when it is negative. */
  leyden_sqlite_store_agl_list_async (self->store, any_state, MAX (limit, 0), answered_cb, pending_new (self, exchange));
}

void
leyden_gateway_agl_terminal (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  g_auto(LeydenAglErrors) errors = { NULL, };
  gint64 after = 0, limit = 1000;

  leyden_agl_errors_init (&errors, "query");
  query_int (exchange, &errors, "after", &after);
  query_int (exchange, &errors, "limit", &limit);
  if (!leyden_agl_errors_respond (&errors, exchange))
    leyden_sqlite_store_agl_terminal_async (self->store, after, limit, answered_cb, pending_new (self, exchange));
}

void
leyden_gateway_agl_get (LeydenGateway      *self,
                        LeydenHttpExchange *exchange)
{
  const char *rollout = leyden_agl_get_id (exchange, "rollout_id");

  if (rollout != NULL)
    leyden_sqlite_store_agl_get_async (self->store, rollout, answered_cb, pending_new (self, exchange));
}

/* ---- Status ---- */

static char *
redact_cb (const char *text,
           gssize      length,
           gpointer    data)
{
  return leyden_secrets_redact_changed (data, text, length);
}

/* A field that is a string or null: its JSON, NULL when it is not given. */
static char *
check_field (LeydenGateway   *self,
             LeydenAglErrors *errors,
             LeydenValue     *status,
             const char      *key)
{
  LeydenValue *value = leyden_value_get_member (status, key);
  g_autoptr(LeydenValue) redacted = NULL;
  char *text = NULL;

  if (value == NULL)
    return NULL;
  leyden_agl_errors_push_key (errors, key, -1);
  if (leyden_value_is_null (value))
    text = g_strdup ("null");
  else
    {
      g_autoptr(LeydenValue) string = leyden_agl_check_string (errors, value);

      redacted = string != NULL ? leyden_redact_value (string, redact_cb, self->secrets) : NULL;
      text = redacted != NULL ? leyden_json_write (redacted, LEYDEN_JSON_COMPACT) : NULL;
    }
  leyden_agl_errors_pop (errors);
  return text;
}

static void
check_extras (LeydenAglErrors *errors,
              LeydenValue     *status)
{
  static const char * const known[] = { "state", "k8s_job_name", "last_attempt_id", "error_message", NULL };

  for (guint i = 0; i < leyden_value_get_size (status); i++)
    {
      gsize length;
      const char *key = leyden_value_get_key_length (status, i, &length);

      if (strlen (key) == length && g_strv_contains (known, key))
        continue;
      leyden_agl_errors_push_key (errors, key, (gssize)length);
      leyden_agl_errors_add (errors, "extra_forbidden", "Extra inputs are not permitted", leyden_value_get_item (status, i), NULL);
      leyden_agl_errors_pop (errors);
    }
}

static void
check_status (LeydenGateway   *self,
              LeydenAglErrors *errors,
              LeydenValue     *status,
              LeydenAglChange *change)
{
  LeydenValue *state;

  leyden_agl_errors_push_key (errors, "status", -1);
  if (!leyden_value_is_null (status) && leyden_agl_check_model (errors, status))
    {
      state = leyden_value_get_member (status, "state");
      change->has_state = state != NULL;
      leyden_agl_errors_push_key (errors, "state", -1);
      if (!leyden_value_is_null (state))
        change->state = g_strdup (leyden_agl_check_state (errors, state));
      leyden_agl_errors_pop (errors);
      change->k8s_job_name = check_field (self, errors, status, "k8s_job_name");
      change->last_attempt_id = check_field (self, errors, status, "last_attempt_id");
      change->error_message = check_field (self, errors, status, "error_message");
      check_extras (errors, status);
    }
  leyden_agl_errors_pop (errors);
}

static LeydenAglChange *
check_patch (LeydenGateway      *self,
             LeydenHttpExchange *exchange,
             const char         *rollout)
{
  g_auto(LeydenAglErrors) errors = { NULL, };
  g_autoptr(LeydenAglChange) change = leyden_agl_change_new (LEYDEN_AGL_PATCH, rollout);
  g_autoptr(LeydenValue) body = NULL;

  if (!leyden_agl_read_body (exchange, &body))
    return NULL;
  leyden_agl_errors_init (&errors, "body");
  if (body == NULL)
    leyden_agl_errors_add (&errors, "missing", "Field required", NULL, NULL);
  else if (leyden_agl_check_model (&errors, body))
    check_status (self, &errors, leyden_value_get_member (body, "status"), change);
  return leyden_agl_errors_respond (&errors, exchange) ? NULL : g_steal_pointer (&change);
}

static void
patched_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(Pending) pending = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenAglChange) change = leyden_sqlite_store_agl_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (change == NULL)
    leyden_agl_respond_gerror (pending->exchange, NULL, error);
  else if (change->outcome == LEYDEN_AGL_UNKNOWN)
    leyden_agl_respond_unknown (pending->exchange, change->rollout);
  else if (change->outcome == LEYDEN_AGL_ILLEGAL && !change->has_state)
    leyden_agl_respond_detail (pending->exchange, 409, "Rollout %s: its status is set by the flow that runs it", change->rollout);
  else if (change->outcome == LEYDEN_AGL_ILLEGAL)
    leyden_agl_respond_detail (pending->exchange, 409, "Rollout %s: cannot transition %s -> %s", change->rollout, change->from,
                               change->state != NULL ? change->state : "None");
  else
    leyden_agl_respond_take (pending->exchange, 200, g_steal_pointer (&change->answer));
}

void
leyden_gateway_agl_patch (LeydenGateway      *self,
                          LeydenHttpExchange *exchange)
{
  const char *rollout = leyden_agl_get_id (exchange, "rollout_id");
  LeydenAglChange *change = rollout != NULL ? check_patch (self, exchange, rollout) : NULL;

  if (change != NULL)
    leyden_sqlite_store_agl_change_async (self->store, change, patched_cb, pending_new (self, exchange));
}

/* ---- Deletion ---- */

static void
deleted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(Pending) pending = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenAglChange) change = leyden_sqlite_store_agl_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);

  if (change == NULL)
    leyden_agl_respond_gerror (pending->exchange, NULL, error);
  else
    leyden_http_exchange_respond (pending->exchange, 204, NULL, NULL);
}

void
leyden_gateway_agl_delete (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  const char *rollout = leyden_agl_get_id (exchange, "rollout_id");

  if (rollout != NULL)
    leyden_sqlite_store_agl_change_async (self->store, leyden_agl_change_new (LEYDEN_AGL_DELETE, rollout), deleted_cb,
                                          pending_new (self, exchange));
}

/* ---- Events ---- */

static LeydenAglChange *
check_event (LeydenHttpExchange *exchange,
             const char         *rollout,
             const char         *attempt)
{
  g_auto(LeydenAglErrors) errors = { NULL, };
  g_autoptr(LeydenAglChange) change = leyden_agl_change_new (LEYDEN_AGL_EVENT, rollout);
  g_autoptr(LeydenValue) body = NULL;
  LeydenValue *type, *data;

  if (!leyden_agl_read_body (exchange, &body))
    return NULL;
  leyden_agl_errors_init (&errors, "body");
  if (body == NULL)
    leyden_agl_errors_add (&errors, "missing", "Field required", NULL, NULL);
  else if (leyden_agl_check_model (&errors, body))
    {
      type = leyden_agl_check_required (&errors, body, "event_type");
      if (type != NULL)
        {
          change->type = leyden_agl_check_string (&errors, type);
          leyden_agl_errors_pop (&errors);
        }
      data = leyden_value_get_member (body, "data");
      leyden_agl_errors_push_key (&errors, "data", -1);
      if (data == NULL)
        change->data = leyden_json_parse ("{}", -1, NULL, NULL);
      else if (leyden_agl_check_dict (&errors, data))
        change->data = leyden_value_ref (data);
      leyden_agl_errors_pop (&errors);
    }
  change->attempt = g_strdup (attempt);
  return leyden_agl_errors_respond (&errors, exchange) ? NULL : g_steal_pointer (&change);
}

static void
event_stored_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      data)
{
  g_autoptr(Pending) pending = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenAglChange) change = leyden_sqlite_store_agl_change_finish (LEYDEN_SQLITE_STORE (object), result, &error);
  GString *out;

  if (change == NULL)
    {
      leyden_agl_respond_gerror (pending->exchange, NULL, error);
      return;
    }
  if (change->outcome == LEYDEN_AGL_UNKNOWN)
    {
      leyden_agl_respond_unknown (pending->exchange, change->rollout);
      return;
    }
  leyden_gateway_attach_event (pending->self, change->rollout, change->type, change->data);
  out = g_string_new (NULL);
  leyden_agl_write_event (out, change->type, change->rollout, change->attempt, change->now_ns, change->data);
  leyden_agl_respond_take (pending->exchange, 200, out);
}

void
leyden_gateway_agl_post_event (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  const char *rollout = leyden_agl_get_id (exchange, "rollout_id");
  const char *attempt = rollout != NULL ? leyden_agl_get_id (exchange, "attempt_id") : NULL;
  LeydenAglChange *change = attempt != NULL ? check_event (exchange, rollout, attempt) : NULL;

  if (change != NULL)
    leyden_gateway_attach_called (self, rollout);
  if (change != NULL)
    leyden_sqlite_store_agl_change_async (self->store, change, event_stored_cb, pending_new (self, exchange));
}

static void
view_free (gpointer data)
{
  LeydenAglView *view = data;

  g_free (view->event_type);
  g_free (view);
}

void
leyden_gateway_agl_events (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  const char *rollout = leyden_agl_get_id (exchange, "rollout_id");
  guint n_types = leyden_http_exchange_get_n_query (exchange, "event_type");
  guint n_formats = leyden_http_exchange_get_n_query (exchange, "format");
  LeydenAglView *view;

  if (rollout == NULL)
    return;
  view = g_new0 (LeydenAglView, 1);
  if (n_types > 0)
    view->event_type = g_strdup (leyden_http_exchange_get_query_nth (exchange, "event_type", n_types - 1));
  view->triplets = n_formats > 0 && g_str_equal (leyden_http_exchange_get_query_nth (exchange, "format", n_formats - 1), "triplet");
  leyden_sqlite_store_agl_events_async (self->store, rollout, leyden_agl_format_events, view, view_free, answered_cb,
                                        pending_new (self, exchange));
}
