/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One rollout in the debugger: what it stands at, what may be done with it, and doing it. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-text.h"

const char *
leyden_gateway_get_actor (LeydenHttpExchange *exchange)
{
  const char *name = leyden_gateway_get_principal (exchange)->name;

  return *name != '\0' ? name : "user";
}

/* ---- What is shown ---- */

/* @described: of one under way; else NULL, and @why_not says what nothing can be done for. */
static LeydenValue *
make_answer (const LeydenRolloutRow *row,
             LeydenValue            *described,
             const char             *why_not)
{
  static const char * const lists[] = { "ready", "under_way", "can" };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", row->rollout);
  leyden_value_builder_set_string (&b, "run", row->run);
  leyden_value_builder_set_string (&b, "state", row->state);
  for (guint i = 0; i < leyden_value_get_size (described); i++)
    leyden_value_builder_set (&b, leyden_value_get_key (described, i), leyden_value_get_item (described, i));
  if (described == NULL)
    {
      leyden_value_builder_set_boolean (&b, "paused", strcmp (row->state, "paused") == 0);
      leyden_value_builder_set (&b, "reason", NULL);
      leyden_value_builder_set (&b, "breakpoint", NULL);
      leyden_value_builder_set (&b, "node", NULL);
      leyden_value_builder_set (&b, "held", NULL);
      leyden_value_builder_set_int (&b, "sequence", (gint64)row->last_sequence);
      leyden_value_builder_set (&b, "error", NULL);
    }
  for (guint i = 0; described == NULL && i < G_N_ELEMENTS (lists); i++)
    {
      leyden_value_builder_key (&b, lists[i]);
      leyden_value_builder_begin_list (&b);
      leyden_value_builder_end (&b);
    }
  leyden_value_builder_set_string (&b, "why_not", why_not);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* Why nothing can be done with one that is not under way here. */
static const char *
explain (const LeydenRolloutRow *row)
{
  if (strcmp (row->executor, "otlp") == 0)
    return _("Another program ran it and told of it by OpenTelemetry: it can be looked at, but neither stepped nor forked");
  if (leyden_rollout_state_is_end (row->state))
    return _("The rollout has ended: it can be looked at anywhere in its log, and forked there, but not stepped");
  if (strcmp (row->executor, "leyden") != 0)
    return _("An agent outside of Leyden runs it: its events can be read, but only its own process could stop between them");
  if (strcmp (row->state, "queued") == 0)
    return _("The rollout has not started yet");
  return _("The rollout is not under way in this backend: its run is being taken up, was interrupted, or belongs to a training");
}

static LeydenValue *
describe_live (LeydenRollout *rollout)
{
  const LeydenRolloutRow *row = leyden_rollout_get_row (rollout);
  g_autoptr(LeydenValue) described = leyden_rollout_debug_describe (rollout);

  return make_answer (row, described, leyden_rollout_state_is_end (row->state) ? explain (row) : NULL);
}

/* ---- Requests ---- */

typedef struct
{
  LeydenHttpExchange *exchange;
  gboolean            changes;          /* it asked for something to be done */
  guint64             sequence;         /* of an edit */
  LeydenValue        *answer;           /* that waits until it is true on disk too; nullable */
} Asked;

static Asked *
asked_new (LeydenHttpExchange *exchange,
           gboolean            changes)
{
  Asked *asked = g_new0 (Asked, 1);

  asked->exchange = leyden_http_exchange_ref (exchange);
  asked->changes = changes;
  return asked;
}

static void
asked_free (Asked *self)
{
  leyden_http_exchange_unref (self->exchange);
  g_clear_pointer (&self->answer, leyden_value_unref);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asked, asked_free)

static void
row_read_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(Asked) asked = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenRolloutRow) row = leyden_store_get_rollout_finish (LEYDEN_STORE (object), result, &error);

  if (row == NULL)
    leyden_gateway_respond_gerror (asked->exchange, error);
  else if (asked->changes)
    leyden_http_exchange_respond_error (asked->exchange, 409, "%s", explain (row));
  else
    leyden_gateway_respond_take (asked->exchange, 200, make_answer (row, NULL, explain (row)));
}

/* The rollout of the path when it is under way; else the request is answered by what is stored. */
static LeydenRollout *
find_live (LeydenGateway      *self,
           LeydenHttpExchange *exchange,
           gboolean            changes)
{
  const char *id = leyden_http_exchange_get_param (exchange, "rollout");
  LeydenRollout *live = NULL;

  if (leyden_gateway_find_rollout (self, id, &live) == NULL)
    leyden_store_get_rollout_async (LEYDEN_STORE (self->store), id, NULL, row_read_cb, asked_new (exchange, changes));
  return live;
}

/* A conflict with what the rollout is at, or something that it could never take. */
static void
refuse (LeydenHttpExchange *exchange,
        const GError       *error)
{
  leyden_http_exchange_respond_error (exchange, g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY) ? 409 : 422, "%s", error->message);
}

/* A member that is text and no longer than a path may be; FALSE after it was refused. */
static gboolean
read_text (LeydenHttpExchange  *exchange,
           LeydenValue         *body,
           const char          *name,
           gboolean             required,
           const char         **out)
{
  LeydenValue *value = leyden_value_get_member (body, name);
  gsize length = 0;

  *out = leyden_value_get_string (value, &length);
  if ((*out != NULL && length > 0 && length <= LEYDEN_GATEWAY_MAX_PATH) || (!required && leyden_value_is_null (value)))
    return TRUE;
  leyden_http_exchange_respond_error (exchange, 422, _("\"%s\" must be text of 1 to %d bytes"), name, LEYDEN_GATEWAY_MAX_PATH);
  return FALSE;
}

/* ---- GET and POST …/debug ---- */

static void
shown_cb (LeydenRollout *rollout,
          const GError  *error,
          gpointer       data)
{
  g_autoptr(Asked) asked = data;

  if (error != NULL)
    leyden_gateway_respond_gerror (asked->exchange, error);
  else
    leyden_http_exchange_respond_json (asked->exchange, 200, asked->answer);
}

void
leyden_gateway_get_debug (LeydenGateway      *self,
                          LeydenHttpExchange *exchange)
{
  LeydenRollout *live = find_live (self, exchange, FALSE);
  Asked *asked;

  if (live == NULL)
    return;
  asked = asked_new (exchange, FALSE);
  asked->answer = describe_live (live);
  leyden_rollout_when_durable (live, shown_cb, asked);
}

static void
command_done_cb (LeydenRollout *rollout,
                 const GError  *error,
                 gpointer       data)
{
  g_autoptr(Asked) asked = data;

  if (error != NULL)
    leyden_gateway_respond_gerror (asked->exchange, error);
  else
    leyden_gateway_respond_take (asked->exchange, 200, describe_live (rollout));
}

void
leyden_gateway_post_debug (LeydenGateway      *self,
                           LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  const char *name = leyden_value_get_member_string (body, "command", NULL);
  const char *node;
  LeydenDebugCommand command;
  g_autoptr(GError) error = NULL;
  LeydenRollout *live;
  Asked *asked;

  if (body == NULL)
    return;
  if (!leyden_debug_command_from_string (name, &command))
    {
      leyden_http_exchange_respond_error (exchange, 422, "%s",
                                          _("\"command\" must be one of pause, continue, step, step-into, step-out, run-to, stop"));
      return;
    }
  if (!read_text (exchange, body, "node", command == LEYDEN_DEBUG_RUN_TO, &node))
    return;
  live = find_live (self, exchange, TRUE);
  if (live == NULL)
    return;
  asked = asked_new (exchange, TRUE);
  if (leyden_rollout_debug_command (live, command, node, leyden_gateway_get_actor (exchange), command_done_cb, asked, &error))
    return;
  asked_free (asked);
  refuse (exchange, error);
}

/* ---- POST …/edits ---- */

static void
edited_cb (LeydenRollout *rollout,
           const GError  *error,
           gpointer       data)
{
  g_autoptr(Asked) asked = data;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (error != NULL)
    {
      leyden_gateway_respond_gerror (asked->exchange, error);
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "rollout", leyden_rollout_get_id (rollout));
  leyden_value_builder_set_int (&b, "sequence", (gint64)asked->sequence);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (asked->exchange, 200, leyden_value_builder_end_value (&b));
}

/* What is edited: a value at a port, a parameter, or what a held call asks for. */
typedef struct
{
  const char  *node;
  const char  *port;            /* nullable, as the rest */
  const char  *parameter;
  const char  *what;            /* "arguments" or "request" */
  gint64       ordinal;         /* of the call; below 0: the first */
  LeydenValue *value;
} Edit;

static gboolean
read_edit (LeydenHttpExchange *exchange,
           LeydenValue        *body,
           Edit               *edit)
{
  static const char * const calls[] = { "arguments", "request" };
  guint n_given;

  *edit = (Edit) { .ordinal = leyden_value_get_member_int (body, "ordinal", -1), .value = leyden_value_get_member (body, "value") };
  if (!read_text (exchange, body, "node", TRUE, &edit->node) || !read_text (exchange, body, "port", FALSE, &edit->port)
      || !read_text (exchange, body, "parameter", FALSE, &edit->parameter))
    return FALSE;
  n_given = (edit->port != NULL) + (edit->parameter != NULL);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    if (leyden_value_get_member (body, calls[i]) != NULL)
      {
        edit->what = calls[i];
        edit->value = leyden_value_get_member (body, calls[i]);
        n_given++;
      }
  if (n_given == 1 && edit->value != NULL)
    return TRUE;
  leyden_http_exchange_respond_error (exchange, 422, "%s", n_given == 1 ? _("\"value\" is missing")
                                                                        : _("One of \"port\", \"parameter\", \"arguments\" and \"request\" must be given, and no more"));
  return FALSE;
}

/* A model that nobody can ask would only fail later. */
static gboolean
has_endpoint (LeydenGateway      *self,
              LeydenHttpExchange *exchange,
              const Edit         *edit)
{
  /* Every kind of node that asks a model calls it so. */
  const char *endpoint = g_strcmp0 (edit->parameter, "model") == 0 ? leyden_value_get_member_string (edit->value, "endpoint", NULL) : NULL;
  g_autofree char *shown = NULL;

  if (endpoint == NULL || *endpoint == '\0' || leyden_models_get_endpoint (self->models, endpoint) != NULL)
    return TRUE;
  shown = leyden_text_escape (endpoint, -1, 80);
  leyden_http_exchange_respond_error (exchange, 422, _("There is no endpoint “%s”"), shown);
  return FALSE;
}

static guint64
do_edit (LeydenRollout  *live,
         const Edit     *edit,
         LeydenValue    *value,
         const char     *actor,
         Asked          *asked,
         GError        **error)
{
  if (edit->port != NULL)
    return leyden_rollout_edit_value (live, edit->node, edit->port, value, actor, edited_cb, asked, error);
  if (edit->parameter != NULL)
    return leyden_rollout_edit_parameter (live, edit->node, edit->parameter, value, actor, edited_cb, asked, error);
  return leyden_rollout_edit_call (live, edit->node, edit->ordinal, edit->what, value, actor, edited_cb, asked, error);
}

void
leyden_gateway_post_edit (LeydenGateway      *self,
                          LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  g_autoptr(LeydenValue) entered = NULL;
  g_autoptr(GError) error = NULL;
  LeydenRollout *live;
  Asked *asked;
  Edit edit;

  if (body == NULL || !read_edit (exchange, body, &edit) || !has_endpoint (self, exchange, &edit))
    return;
  live = find_live (self, exchange, TRUE);
  if (live == NULL)
    return;
  entered = leyden_gateway_mask_entered (self, edit.value);
  asked = asked_new (exchange, TRUE);
  asked->sequence = leyden_rollout_get_next_sequence (live);
  if (do_edit (live, &edit, entered, leyden_gateway_get_actor (exchange), asked, &error) != 0)
    return;
  asked_free (asked);
  refuse (exchange, error);
}
