/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions over what a rollout was like at a position. */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-gateway-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-expression.h"
#include "leyden-histories.h"
#include "leyden-json.h"
#include "leyden-run-flow.h"
#include "leyden-text.h"

#define MAX_EXPRESSIONS 100
/* All of them together; each has what is left. */
#define TIME_LIMIT_MS   1000

typedef struct
{
  LeydenReplayAsk *ask;
  LeydenValue     *body;
  LeydenFlow      *flow;        /* NULL: not of a flow of ours, or it is gone */
  LeydenValue     *reward;
  LeydenValue     *nodes;
  char           **scopes;
} Watches;

static void
watches_free (gpointer data)
{
  Watches *self = data;

  leyden_replay_ask_free (self->ask);
  leyden_value_unref (self->body);
  g_clear_object (&self->flow);
  g_clear_pointer (&self->reward, leyden_value_unref);
  g_clear_pointer (&self->nodes, leyden_value_unref);
  g_strfreev (self->scopes);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Watches, watches_free)

/* ---- The row ---- */

/* Scopes around a node path, from the whole flow inwards: "", "solve[3]/". */
static char **
list_scopes (const char *path)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add (builder, "");
  for (const char *end = strstr (path, "]/"); end != NULL; end = strstr (end + 2, "]/"))
    {
      g_autofree char *scope = g_strndup (path, (gsize) (end + 2 - path));

      g_strv_builder_add (builder, scope);
    }
  return g_strv_builder_end (builder);
}

static LeydenFlow *
find_body (Watches    *self,
           const char *scope)
{
  g_autofree char *collapsed = NULL;
  g_auto(GStrv) ids = NULL;

  if (self->flow == NULL || *scope == '\0')
    return self->flow;
  collapsed = leyden_node_path_collapse (scope);
  collapsed[strlen (collapsed) - 1] = '\0';
  ids = g_strsplit (collapsed, "/", -1);
  return leyden_flow_find_body (self->flow, (const char * const *) ids);
}

/* Names are columns of SQL, to which capitals are no difference: the last of such names counts. */
typedef struct
{
  char        *name;
  LeydenValue *value;           /* nullable */
} Column;

static void
column_free (gpointer data)
{
  Column *column = data;

  g_free (column->name);
  g_clear_pointer (&column->value, leyden_value_unref);
  g_free (column);
}

/* @row: folded name → Column. */
static void
put (GHashTable  *row,
     const char  *name,
     LeydenValue *value)
{
  Column *column = g_new (Column, 1);

  *column = (Column) { g_strdup (name), value != NULL ? leyden_value_ref (value) : NULL };
  g_hash_table_replace (row, g_ascii_strdown (name, -1), column);
}

/* Values of what is wired to nodes of a type: all of them together. */
static void
add_special (Watches    *self,
             GHashTable *row,
             const char *key,
             const char *type)
{
  g_autoptr(GPtrArray) nodes = self->flow != NULL ? leyden_flow_list_nodes (self->flow) : NULL;
  g_auto(LeydenValueBuilder) all = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;

  leyden_value_builder_begin_object (&all);
  for (guint i = 0; nodes != NULL && i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      LeydenValue *outputs = leyden_value_get_member (leyden_value_get_member (self->nodes, leyden_node_get_id (node)), "outputs");

      if (strcmp (leyden_node_get_type_name (node), type) == 0)
        for (guint j = 0; j < leyden_value_get_size (outputs); j++)
          leyden_value_builder_set (&all, leyden_value_get_key (outputs, j), leyden_value_get_item (outputs, j));
    }
  leyden_value_builder_end (&all);
  value = leyden_value_builder_end_value (&all);
  put (row, key, leyden_value_get_size (value) > 0 ? value : NULL);
}

static void
add_titles (Watches    *self,
            GHashTable *row,
            const char *scope)
{
  LeydenFlow *body = find_body (self, scope);
  g_autoptr(GPtrArray) nodes = body != NULL ? leyden_flow_list_nodes (body) : NULL;

  for (guint i = 0; nodes != NULL && i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);
      g_autofree char *path = g_strconcat (scope, leyden_node_get_id (node), NULL);
      const char *title = leyden_node_get_title (node);

      if (*title != '\0')
        put (row, title, leyden_value_get_member (leyden_value_get_member (self->nodes, path), "outputs"));
    }
}

/* A node without outputs yet is null, not unknown. */
static void
add_ids (Watches    *self,
         GHashTable *row,
         const char *scope)
{
  LeydenFlow *body = find_body (self, scope);
  g_autoptr(GPtrArray) nodes = body != NULL ? leyden_flow_list_nodes (body) : NULL;

  for (guint i = 0; nodes != NULL && i < nodes->len; i++)
    put (row, leyden_node_get_id (g_ptr_array_index (nodes, i)), NULL);
  for (guint i = 0; i < leyden_value_get_size (self->nodes); i++)
    {
      const char *path = leyden_value_get_key (self->nodes, i);

      if (g_str_has_prefix (path, scope) && strpbrk (path + strlen (scope), "#/[") == NULL)
        put (row, path + strlen (scope), leyden_value_get_member (leyden_value_get_item (self->nodes, i), "outputs"));
    }
}

/* What stands nearer hides what is farther: a node of the round one outside, an id a title, both what the rollout has as a whole. */
static LeydenValue *
make_row (Watches             *self,
          const char * const  *scopes)
{
  g_autoptr(GHashTable) row = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, column_free);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  GHashTableIter iter;
  gpointer value;

  add_special (self, row, "input", "input");
  add_special (self, row, "result", "output");
  put (row, "reward", self->reward);
  for (guint i = 0; scopes[i] != NULL; i++)
    {
      add_titles (self, row, scopes[i]);
      add_ids (self, row, scopes[i]);
    }
  leyden_value_builder_begin_object (&b);
  g_hash_table_iter_init (&iter, row);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    leyden_value_builder_set (&b, ((Column *) value)->name, ((Column *) value)->value);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

/* ---- Evaluating ---- */

/* Objects and lists come out of SQL as text. */
static LeydenValue *
read_json (LeydenValue *value)
{
  const char *text = leyden_value_get_string (value, NULL);
  LeydenValue *parsed = text != NULL && (*text == '{' || *text == '[') ? leyden_json_parse (text, -1, NULL, NULL) : NULL;

  return parsed != NULL ? parsed : leyden_value_ref (value);
}

static void
evaluate (LeydenValueBuilder *b,
          const char         *text,
          const char * const *names,
          LeydenValue        *row,
          gint64              until_us)
{
  gint64 left_ms = (until_us - g_get_monotonic_time ()) / 1000;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenExpression) expression = leyden_expression_new (text, names, LEYDEN_EXPRESSION_ANY, &error);
  g_autoptr(LeydenValue) value = NULL;

  if (expression != NULL)
    value = leyden_expression_evaluate (expression, row, (guint) MAX (left_ms, 1), &error);
  leyden_value_builder_begin_object (b);
  if (value != NULL)
    leyden_value_builder_set_take (b, "value", read_json (value));
  else
    leyden_value_builder_set_string (b, "error", error->message);
  leyden_value_builder_end (b);
}

static void
evaluate_thread (GTask        *task,
                 gpointer      source,
                 gpointer      data,
                 GCancellable *cancellable)
{
  Watches *self = data;
  LeydenValue *expressions = leyden_value_get_member (self->body, "expressions");
  g_autoptr(LeydenValue) row = make_row (self, (const char * const *) self->scopes);
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  gint64 until_us = g_get_monotonic_time () + TIME_LIMIT_MS * 1000;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  for (guint i = 0; i < leyden_value_get_size (row); i++)
    g_ptr_array_add (names, (gpointer) leyden_value_get_key (row, i));
  g_ptr_array_add (names, NULL);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "sequence", (gint64) self->ask->until);
  leyden_value_builder_key (&b, "values");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < leyden_value_get_size (expressions); i++)
    evaluate (&b, leyden_value_get_string (leyden_value_get_item (expressions, i), NULL), (const char * const *) names->pdata, row, until_us);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_gateway_respond_take (self->ask->exchange, 200, leyden_value_builder_end_value (&b));
  g_task_return_boolean (task, TRUE);
}

/* What the thread worked on is freed here, where the backend may end. */
static void
evaluated_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  watches_free (data);
}

/* ---- What it is made of ---- */

static void
folded_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(Watches) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_histories_fold_finish (result, &error);
  g_autoptr(GTask) task = NULL;

  if (answer == NULL)
    {
      leyden_gateway_respond_gerror (self->ask->exchange, error);
      return;
    }
  self->nodes = leyden_value_ref (leyden_value_get_member (answer, "nodes"));
  task = g_task_new (NULL, NULL, evaluated_cb, self);
  g_task_set_source_tag (task, evaluate_thread);
  g_task_set_task_data (task, g_steal_pointer (&self), NULL);
  g_task_run_in_thread (task, evaluate_thread);
}

static LeydenValue *
summarise (LeydenTimeline *timeline,
           gpointer        data)
{
  Watches *self = data;

  return leyden_timeline_summarise (timeline, self->ask->until, "", 0);
}

static void
summarised_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      data)
{
  g_autoptr(Watches) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) summary = leyden_histories_ask_finish (result, &error);

  if (summary == NULL || self->ask->gateway->histories == NULL)
    {
      if (error != NULL)
        leyden_gateway_respond_gerror (self->ask->exchange, error);
      else
        leyden_http_exchange_respond_error (self->ask->exchange, 503, "%s", _("The backend is about to end"));
      return;
    }
  self->reward = leyden_value_ref (leyden_value_get_member (summary, "reward"));
  leyden_histories_fold_async (self->ask->gateway->histories, self->ask->row, self->ask->until, (const char * const *) self->scopes, LEYDEN_REPLAY_MAX_RECORDS,
                               folded_cb, self);
  self = NULL;
}

static void
look (Watches *self)
{
  if (self->ask->gateway->histories == NULL)
    {
      leyden_http_exchange_respond_error (self->ask->exchange, 503, "%s", _("The backend is about to end"));
      watches_free (self);
      return;
    }
  leyden_histories_ask_async (self->ask->gateway->histories, self->ask->row, self->ask->until, summarise, self, NULL, summarised_cb, self);
}

/* Without the flow ids alone are known: that is no failure. */
static void
flow_read_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  Watches *self = data;
  g_autoptr(LeydenValue) part = NULL;

  self->flow = leyden_run_read_flow_finish (result, &part, NULL);
  look (self);
}

static void
run_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  Watches *self = data;
  g_autoptr(LeydenRunRow) run = leyden_store_get_run_finish (LEYDEN_STORE (object), result, NULL);

  if (run != NULL && leyden_value_get_member_string (run->definition, "flow", NULL) != NULL)
    leyden_run_read_flow_async (LEYDEN_STORE (object), run->definition, NULL, flow_read_cb, self);
  else
    look (self);
}

static void
found (LeydenReplayAsk *ask)
{
  Watches *self = g_new0 (Watches, 1);

  self->ask = ask;
  self->body = leyden_gateway_read_body (ask->exchange, FALSE);
  g_assert (self->body != NULL);
  self->scopes = list_scopes (leyden_value_get_member_string (self->body, "node", ""));
  if (ask->row->run != NULL)
    leyden_store_get_run_async (LEYDEN_STORE (ask->gateway->store), ask->row->run, NULL, run_cb, self);
  else
    look (self);
}

/* Of the path of a node in the deepest flow. */
static gboolean
is_path (LeydenValue *node)
{
  gsize length = 0;
  const char *path = leyden_value_get_string (node, &length);
  guint n_scopes = 0;

  if (path == NULL || length > LEYDEN_GATEWAY_MAX_PATH)
    return FALSE;
  for (const char *end = strstr (path, "]/"); end != NULL; end = strstr (end + 2, "]/"))
    n_scopes++;
  return n_scopes <= LEYDEN_FLOW_MAX_DEPTH;
}

static gboolean
check_body (LeydenHttpExchange *exchange,
            LeydenValue        *body,
            gint64             *until)
{
  LeydenValue *expressions = leyden_value_get_member (body, "expressions"), *node = leyden_value_get_member (body, "node");
  LeydenValue *sequence = leyden_value_get_member (body, "until");

  *until = 0;
  if (leyden_value_get_kind (expressions) != LEYDEN_VALUE_LIST || leyden_value_get_size (expressions) > MAX_EXPRESSIONS)
    leyden_http_exchange_respond_error (exchange, 422, "\"expressions\" must be a list of at most %d", MAX_EXPRESSIONS);
  else if (!leyden_value_is_null (node) && !is_path (node))
    leyden_http_exchange_respond_error (exchange, 422, "\"node\" must be the path of a node, of at most %d bytes and in at most %d containers",
                                        LEYDEN_GATEWAY_MAX_PATH, LEYDEN_FLOW_MAX_DEPTH);
  else if (!leyden_value_is_null (sequence) && (!leyden_value_get_int (sequence, until) || *until < 1))
    leyden_http_exchange_respond_error (exchange, 422, "\"until\" must be the sequence of a record");
  else
    {
      for (guint i = 0; i < leyden_value_get_size (expressions); i++)
        if (leyden_value_get_kind (leyden_value_get_item (expressions, i)) != LEYDEN_VALUE_STRING)
          {
            leyden_http_exchange_respond_error (exchange, 422, "\"expressions\"[%u] must be text", i);
            return FALSE;
          }
      return TRUE;
    }
  return FALSE;
}

void
leyden_gateway_evaluate_watches (LeydenGateway      *self,
                                 LeydenHttpExchange *exchange)
{
  g_autoptr(LeydenValue) body = leyden_gateway_read_body (exchange, FALSE);
  gint64 until;

  if (body != NULL && check_body (exchange, body, &until))
    leyden_gateway_find_replay (self, exchange, (guint64) until, found);
}
