/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "leyden-id.h"

#define MAX_COMMENT 10000

typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  LeydenRolloutRow   *row;
  LeydenValue        *body;
  guint64             until;
  gboolean            bare;             /* only the state */
  gboolean            row_only;
  guint               limit;
} Lookup;

static Lookup *
lookup_new (LeydenGateway      *self,
            LeydenHttpExchange *exchange)
{
  Lookup *lookup = g_new0 (Lookup, 1);

  lookup->self = g_object_ref (self);
  lookup->exchange = leyden_http_exchange_ref (exchange);
  return lookup;
}

static void
lookup_free (Lookup *lookup)
{
  g_object_unref (lookup->self);
  leyden_http_exchange_unref (lookup->exchange);
  g_clear_pointer (&lookup->row, leyden_rollout_row_free);
  g_clear_pointer (&lookup->body, leyden_value_unref);
  g_free (lookup);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lookup, lookup_free)

/* ---- Rollouts of a run ---- */

static LeydenValue *
make_rollout_list (GPtrArray *rows,
                   guint      limit)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  gint64 last = -1;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "rollouts");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < rows->len; i++)
    {
      const LeydenRolloutRow *row = g_ptr_array_index (rows, i);

      leyden_value_builder_take (&b, leyden_rollout_row_to_value (row));
      last = row->index;
    }
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "next_after");
  if (rows->len < limit)
    leyden_value_builder_add (&b, NULL);
  else
    leyden_value_builder_add_int (&b, last);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
rollouts_listed_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GError) error = NULL;

  rows = leyden_store_list_rollouts_finish (LEYDEN_STORE (object), result, &error);
  if (rows == NULL)
    leyden_gateway_respond_gerror (lookup->exchange, error);
  else
    leyden_gateway_respond_take (lookup->exchange, 200, make_rollout_list (rows, lookup->limit));
}

typedef struct
{
  Lookup     *lookup;
  const char *state;
  gint64      after;
} ListAsk;

static void
run_known_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autofree ListAsk *ask = user_data;
  g_autoptr(Lookup) lookup = ask->lookup;
  g_autoptr(LeydenRunRow) row = NULL;
  g_autoptr(GError) error = NULL;
  guint limit = lookup->limit;

  row = leyden_store_get_run_finish (LEYDEN_STORE (object), result, &error);
  if (row == NULL)
    {
      leyden_gateway_respond_gerror (lookup->exchange, error);
      return;
    }
  leyden_store_list_rollouts_async (LEYDEN_STORE (object), row->run, ask->state, ask->after, limit, NULL, rollouts_listed_cb,
                                    g_steal_pointer (&lookup));
}

void
leyden_gateway_list_rollouts (LeydenGateway      *self,
                              LeydenHttpExchange *exchange)
{
  static const char * const states[] = { "queued", "running", "waiting", "paused", "succeeded", "failed", "cancelled", NULL };
  const char *state;
  gint64 after, limit;
  ListAsk *ask;

  if (!leyden_gateway_query_choice (exchange, "state", states, &state)
      || !leyden_gateway_query_int (exchange, "after", -1, G_MAXINT64, -1, &after)
      || !leyden_gateway_query_int (exchange, "limit", 1, 10000, 500, &limit))
    return;
  ask = g_new0 (ListAsk, 1);
  ask->lookup = lookup_new (self, exchange);
  ask->lookup->limit = (guint)limit;
  ask->after = after;
  for (guint i = 0; state != NULL && states[i] != NULL; i++)
    if (strcmp (states[i], state) == 0)
      ask->state = states[i];
  leyden_store_get_run_async (LEYDEN_STORE (self->store), leyden_http_exchange_get_param (exchange, "run"), NULL, run_known_cb, ask);
}

/* ---- One rollout and its state ---- */

/* @state nullable: without it. */
static void
respond_rollout (Lookup      *lookup,
                 LeydenValue *state)
{
  g_autoptr(LeydenValue) row = leyden_rollout_row_to_value (lookup->row);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "rollout", row);
  leyden_value_builder_set_string (&b, "run", lookup->row->run);
  if (state != NULL)
    leyden_value_builder_set (&b, "state", state);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (lookup->exchange, 200, leyden_value_builder_end_value (&b));
}

static void
folded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(LeydenValue) state = NULL;
  g_autoptr(GError) error = NULL;

  state = leyden_store_fold_finish (LEYDEN_STORE (object), result, &error);
  if (state == NULL)
    {
      leyden_gateway_respond_gerror (lookup->exchange, error);
      return;
    }
  if (lookup->bare)
    {
      leyden_http_exchange_respond_json (lookup->exchange, 200, state);
      return;
    }
  respond_rollout (lookup, state);
}

static void
row_read_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GError) error = NULL;
  const char *rollout;
  guint64 until = lookup->until;

  lookup->row = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);
  if (lookup->row == NULL)
    {
      leyden_gateway_respond_gerror (lookup->exchange, error);
      return;
    }
  if (until > lookup->row->last_sequence)
    {
      leyden_http_exchange_respond_error (lookup->exchange, 404, _("The rollout has %" PRIu64 " records"),
                                          lookup->row->last_sequence);
      return;
    }
  if (lookup->row_only)
    {
      respond_rollout (lookup, NULL);
      return;
    }
  rollout = lookup->row->rollout;
  leyden_store_fold_async (LEYDEN_STORE (object), rollout, until, leyden_rollout_reducer (), NULL, folded_cb,
                           g_steal_pointer (&lookup));
}

void
leyden_gateway_get_rollout (LeydenGateway      *self,
                            LeydenHttpExchange *exchange)
{
  static const char * const choices[] = { "true", "false", NULL };
  const char *state;
  Lookup *lookup;

  if (!leyden_gateway_query_choice (exchange, "state", choices, &state))
    return;
  lookup = lookup_new (self, exchange);
  lookup->row_only = g_strcmp0 (state, "false") == 0;
  leyden_store_get_rollout_async (LEYDEN_STORE (self->store), leyden_http_exchange_get_param (exchange, "rollout"), NULL, row_read_cb, lookup);
}

void
leyden_gateway_get_state (LeydenGateway      *self,
                          LeydenHttpExchange *exchange)
{
  Lookup *lookup;
  gint64 until;

  if (leyden_http_exchange_get_n_query (exchange, "nodes") > 0 || leyden_http_exchange_get_n_query (exchange, "summary") > 0)
    {
      leyden_gateway_get_part_of_state (self, exchange);
      return;
    }
  if (!leyden_gateway_query_int (exchange, "until", 1, G_MAXINT64, 0, &until))
    return;
  lookup = lookup_new (self, exchange);
  lookup->until = (guint64)until;
  lookup->bare = TRUE;
  leyden_store_get_rollout_async (LEYDEN_STORE (self->store), leyden_http_exchange_get_param (exchange, "rollout"), NULL, row_read_cb,
                                  lookup);
}

/* ---- Cancel ---- */

static void
cancel_row_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GError) error = NULL;

  lookup->row = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);
  if (lookup->row == NULL)
    leyden_gateway_respond_gerror (lookup->exchange, error);
  else
    leyden_http_exchange_respond_error (lookup->exchange, 409, "The rollout is not under way (%s)", lookup->row->state);
}

void
leyden_gateway_cancel_rollout (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  const char *id = leyden_http_exchange_get_param (exchange, "rollout");
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, TRUE);
  LeydenRollout *live = NULL;

  if (body == NULL)
    return;
  if (leyden_gateway_find_rollout (self, id, &live) == NULL)
    {
      leyden_store_get_rollout_async (LEYDEN_STORE (self->store), id, NULL, cancel_row_cb, lookup_new (self, exchange));
      return;
    }
  leyden_gateway_respond_take (exchange, 202, leyden_rollout_row_to_value (leyden_rollout_get_row (live)));
  leyden_rollout_cancel (live, "cancelled by the user");
}

/* ---- Answers to questions that wait for people ---- */

/* Acknowledged when it is on disk. */
static void
answered_cb (LeydenRollout *rollout,
             const GError  *error,
             gpointer       user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (error != NULL)
    {
      leyden_gateway_respond_gerror (lookup->exchange, error);
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", leyden_rollout_get_id (rollout));
  leyden_value_builder_set (&b, "node", leyden_value_get_member (lookup->body, "node"));
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (lookup->exchange, 200, leyden_value_builder_end_value (&b));
}

void
leyden_gateway_answer_rollout (LeydenGateway      *self,
                               LeydenHttpExchange *exchange)
{
  const char *id = leyden_http_exchange_get_param (exchange, "rollout");
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *node = leyden_value_get_member_string (body, "node", NULL);
  LeydenValue *answer = leyden_value_get_member (body, "answer");
  LeydenRollout *live = NULL;
  Lookup *lookup;
  g_autoptr(GError) error = NULL;

  if (body == NULL)
    return;
  if (node == NULL || answer == NULL)
    {
      leyden_http_exchange_respond_error (exchange, 422, "%s", node == NULL ? "\"node\" must be the path of the node that asks" : "\"answer\" is missing");
      return;
    }
  if (leyden_gateway_find_rollout (self, id, &live) == NULL)
    {
      leyden_store_get_rollout_async (LEYDEN_STORE (self->store), id, NULL, cancel_row_cb, lookup_new (self, exchange));
      return;
    }
  lookup = lookup_new (self, exchange);
  lookup->body = leyden_value_ref (body);
  if (leyden_rollout_answer (live, node, answer, "user", answered_cb, lookup, &error))
    return;
  lookup_free (lookup);
  leyden_http_exchange_respond_error (exchange, g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ? 409 : 422, "%s", error->message);
}

/* ---- Feedback: a record behind the end of the rollout ---- */

static void
feedback_stored_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GError) error = NULL;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (!leyden_store_append_finish (LEYDEN_STORE (object), result, &error))
    {
      leyden_gateway_respond_gerror (lookup->exchange, error);
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", lookup->row->rollout);
  leyden_value_builder_set_int (&b, "sequence", (gint64)lookup->row->last_sequence + 1);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (lookup->exchange, 201, leyden_value_builder_end_value (&b));
}

static LeydenValue *
make_feedback (LeydenValue *body)
{
  gboolean up = strcmp (leyden_value_get_member_string (body, "thumb", ""), "up") == 0;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_double (&b, "value", up ? 1 : 0);
  leyden_value_builder_set_string (&b, "source", "human");
  leyden_value_builder_set_string (&b, "thumb", up ? "up" : "down");
  leyden_value_builder_set (&b, "comment", leyden_value_get_member (body, "comment"));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
feedback_row_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(Lookup) lookup = user_data;
  g_autoptr(GPtrArray) records = NULL;
  g_autoptr(LeydenValue) payload = NULL;
  g_autoptr(GError) error = NULL;
  LeydenRolloutRow *row;

  row = lookup->row = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);
  if (row == NULL)
    {
      leyden_gateway_respond_gerror (lookup->exchange, error);
      return;
    }
  if (row->finished_ns == 0 || leyden_gateway_find_rollout (lookup->self, row->rollout, NULL) != NULL)
    {
      leyden_http_exchange_respond_error (lookup->exchange, 409, "The rollout has not ended yet");
      return;
    }
  payload = make_feedback (lookup->body);
  records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_record_unref);
  g_ptr_array_add (records, leyden_record_new (row->rollout, "0", row->last_sequence + 1, leyden_time_now_ns (), "user", "reward", "",
                                               payload));
  leyden_store_append_async (LEYDEN_STORE (object), records, NULL, feedback_stored_cb, g_steal_pointer (&lookup));
}

void
leyden_gateway_put_feedback (LeydenGateway      *self,
                             LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *thumb = leyden_value_get_member_string (body, "thumb", "");
  LeydenValue *comment = leyden_value_get_member (body, "comment");
  gsize length = 0;
  Lookup *lookup;

  if (body == NULL)
    return;
  if (strcmp (thumb, "up") != 0 && strcmp (thumb, "down") != 0)
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"thumb\" must be \"up\" or \"down\"");
      return;
    }
  if (!leyden_value_is_null (comment) && (leyden_value_get_string (comment, &length) == NULL || length > MAX_COMMENT))
    {
      leyden_http_exchange_respond_error (exchange, 422, "\"comment\" must be text of at most %d bytes", MAX_COMMENT);
      return;
    }
  lookup = lookup_new (self, exchange);
  lookup->body = g_steal_pointer (&body);
  leyden_store_get_rollout_async (LEYDEN_STORE (self->store), leyden_http_exchange_get_param (exchange, "rollout"), NULL,
                                  feedback_row_cb, lookup);
}
