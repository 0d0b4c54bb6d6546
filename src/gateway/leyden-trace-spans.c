/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-trace-spans.h"

#include <string.h>

#include "leyden-text.h"
#include "leyden-trace-span.h"

typedef struct
{
  const LeydenTraceSubject *subject;
  GPtrArray                *spans;      /* LeydenSpan, in the order of their beginning */
  GHashTable               *open;       /* span id → LeydenSpan, borrowed */
  GHashTable               *roots;      /* attempt → LeydenSpan, borrowed */
  guint                     n_left_out;
} Making;

/* ---- Spans ---- */

static LeydenSpan *
add_span (Making            *self,
          const LeydenTrace *trace,
          const char        *parent_id,
          char              *name,
          int                kind,
          gint64             start_ns)
{
  LeydenSpan *span = g_hash_table_lookup (self->open, trace->span_id);

  /* A server that was killed has asked without an answer, and asks the same again: that call ended when the next began. */
  if (span != NULL)
    span->end_ns = MAX (start_ns, span->start_ns);
  if (self->spans->len >= LEYDEN_TRACE_MAX_SPANS)
    {
      g_free (name);
      self->n_left_out++;
      return NULL;
    }
  span = g_new0 (LeydenSpan, 1);
  span->trace = *trace;
  g_strlcpy (span->parent_id, parent_id, sizeof span->parent_id);
  span->name = name;
  span->kind = kind;
  span->start_ns = start_ns;
  span->attributes = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  g_ptr_array_add (self->spans, span);
  g_hash_table_insert (self->open, span->trace.span_id, span);
  return span;
}

/* The span of that id when it is open, which it is no longer then. */
static LeydenSpan *
close_span (Making            *self,
            const LeydenTrace *trace,
            gint64             end_ns)
{
  LeydenSpan *span = g_hash_table_lookup (self->open, trace->span_id);

  if (span == NULL)
    return NULL;
  g_hash_table_remove (self->open, trace->span_id);
  span->end_ns = MAX (end_ns, span->start_ns);
  return span;
}

/* ---- Where a record belongs ---- */

/* "agent#2" → "agent": turns of a node are calls within it. */
static char *
node_of_call (const char *path)
{
  const char *last = strrchr (path, '/');
  const char *turn = strchr (last == NULL ? path : last, '#');

  return turn == NULL ? g_strdup (path) : g_strndup (path, (gsize)(turn - path));
}

/* "solve[3]/check" → "solve", "agent#2/calculator" → "agent"; NULL: the rollout itself. */
static char *
parent_of (const char *path)
{
  const char *last = strrchr (path, '/');
  g_autofree char *parent = NULL;
  const char *start;
  gsize length;

  if (last == NULL)
    return NULL;
  parent = g_strndup (path, (gsize)(last - path));
  start = strrchr (parent, '/');
  start = start == NULL ? parent : start + 1;
  length = (gsize)(start - parent) + strcspn (start, "[#");
  return g_strndup (parent, length);
}

static void
trace_of_node (const Making *self,
               const char   *attempt,
               const char   *path,
               LeydenTrace  *trace)
{
  leyden_trace_of_rollout (self->subject->rollout, attempt, trace);
  if (path != NULL && *path != '\0')
    leyden_trace_enter (trace, path);
}

/* Of a model or tool call, with its node's as parent. */
static void
trace_of_call (const Making *self,
               LeydenRecord *record,
               LeydenTrace  *trace,
               char          parent_id[17])
{
  g_autofree char *node = node_of_call (record->node);
  g_autofree char *name = g_strdup_printf ("%s %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, g_str_has_prefix (record->type, "model.") ? "model" : "tool",
                                           record->node, leyden_value_get_member_int (record->payload, "ordinal", 0),
                                           leyden_value_get_member_int (record->payload, "try", 1));

  trace_of_node (self, record->attempt, node, trace);
  g_strlcpy (parent_id, trace->span_id, 17);
  leyden_trace_enter (trace, name);
}

static LeydenSpan *
find_root (Making       *self,
           LeydenRecord *record)
{
  const LeydenTraceSubject *subject = self->subject;
  LeydenSpan *root = g_hash_table_lookup (self->roots, record->attempt);
  g_autofree char *title = subject->title == NULL ? NULL : leyden_text_escape (subject->title, -1, 80);
  LeydenTrace trace;

  if (root != NULL)
    return root;
  leyden_trace_of_rollout (subject->rollout, record->attempt, &trace);
  root = add_span (self, &trace, "", title == NULL ? g_strdup ("invoke_agent") : g_strdup_printf ("invoke_agent %s", title), LEYDEN_SPAN_INTERNAL,
                   record->time_ns);
  if (root == NULL)
    return NULL;
  g_hash_table_insert (self->roots, record->attempt, root);
  /* It ends with the last record of its attempt. */
  g_hash_table_remove (self->open, root->trace.span_id);
  leyden_span_attributes_add_text (root->attributes, "gen_ai.operation.name", "invoke_agent");
  leyden_span_attributes_add_text (root->attributes, "gen_ai.agent.name", subject->title);
  leyden_span_attributes_add_text (root->attributes, "leyden.rollout", subject->rollout);
  leyden_span_attributes_add_text (root->attributes, "leyden.attempt", record->attempt);
  leyden_span_attributes_add_text (root->attributes, "leyden.run", subject->run);
  leyden_span_attributes_add_text (root->attributes, "leyden.item", subject->item);
  leyden_span_attributes_add_text (root->attributes, "leyden.split", subject->split);
  return root;
}

/* ---- Records ---- */

static void
take_node (Making       *self,
           LeydenRecord *record,
           LeydenSpan         *root)
{
  g_autofree char *parent_path = parent_of (record->node);
  LeydenTrace trace, parent;
  LeydenSpan *span;

  /* It would be the rollout itself. */
  if (*record->node == '\0')
    return;
  trace_of_node (self, record->attempt, record->node, &trace);
  trace_of_node (self, record->attempt, parent_path, &parent);
  if (strcmp (record->type, "node.started") == 0)
    {
      /* A second try goes on in the span of the first. */
      span = g_hash_table_lookup (self->open, trace.span_id);
      if (span == NULL)
        span = add_span (self, &trace, parent.span_id, leyden_text_escape (record->node, -1, 80), LEYDEN_SPAN_INTERNAL, record->time_ns);
      if (span != NULL && span->attributes->len == 0)
        leyden_span_attributes_add_text (span->attributes, "leyden.node", record->node);
      return;
    }
  if (strcmp (record->type, "node.finished") != 0 && strcmp (record->type, "node.failed") != 0 && strcmp (record->type, "node.cancelled") != 0)
    return;
  span = close_span (self, &trace, record->time_ns);
  if (span != NULL && strcmp (record->type, "node.finished") != 0)
    leyden_span_set_error (span, leyden_value_get_member (record->payload, "error"));
}

static void
describe_request (LeydenSpan        *span,
                  LeydenValue *body)
{
  leyden_span_attributes_add_text (span->attributes, "gen_ai.operation.name", "chat");
  leyden_span_attributes_add_text (span->attributes, "gen_ai.request.model", leyden_value_get_member_string (body, "model", NULL));
  leyden_span_attributes_add_number (span->attributes, "gen_ai.request.temperature", body, "temperature");
  leyden_span_attributes_add_number (span->attributes, "gen_ai.request.top_p", body, "top_p");
  leyden_span_attributes_add_int_member (span->attributes, "gen_ai.request.max_tokens", body, "max_tokens");
}

static void
describe_answer (LeydenSpan        *span,
                 const char  *model,
                 const char  *finish_reason,
                 LeydenValue *usage)
{
  leyden_span_attributes_add_text (span->attributes, "gen_ai.response.model", model);
  leyden_span_attributes_add_texts (span->attributes, "gen_ai.response.finish_reasons", finish_reason);
  leyden_span_attributes_add_int_member (span->attributes, "gen_ai.usage.input_tokens", usage, "prompt_tokens");
  leyden_span_attributes_add_int_member (span->attributes, "gen_ai.usage.output_tokens", usage, "completion_tokens");
}

static char *
name_with (const char *operation,
           const char *what)
{
  g_autofree char *shown = what == NULL ? NULL : leyden_text_escape (what, -1, 80);

  return shown == NULL ? g_strdup (operation) : g_strdup_printf ("%s %s", operation, shown);
}

static void
take_model (Making       *self,
            LeydenRecord *record)
{
  LeydenValue *request = leyden_value_get_member (record->payload, "request");
  LeydenValue *answer = leyden_value_get_member (record->payload, "answer");
  LeydenValue *body = leyden_value_get_member (request, "body");
  LeydenTrace trace;
  char parent_id[17];
  LeydenSpan *span;

  trace_of_call (self, record, &trace, parent_id);
  if (request != NULL)
    {
      span = add_span (self, &trace, parent_id, name_with ("chat", leyden_value_get_member_string (body, "model", NULL)), LEYDEN_SPAN_CLIENT, record->time_ns);
      if (span == NULL)
        return;
      describe_request (span, body);
      leyden_span_attributes_add_text (span->attributes, "gen_ai.provider.name", leyden_value_get_member_string (request, "endpoint", "_OTHER"));
      return;
    }
  span = close_span (self, &trace, record->time_ns);
  if (span == NULL)
    return;
  if (answer == NULL)
    leyden_span_set_error (span, leyden_value_get_member (record->payload, "error"));
  else
    {
      describe_answer (span, leyden_value_get_member_string (answer, "model", NULL), leyden_value_get_member_string (answer, "finish_reason", NULL),
                       leyden_value_get_member (answer, "usage"));
      if (leyden_value_get_member_boolean (answer, "simulated", FALSE))
        leyden_span_attributes_add_boolean (span->attributes, "leyden.simulated", TRUE);
    }
}

static void
take_tool (Making       *self,
           LeydenRecord *record)
{
  LeydenValue *request = leyden_value_get_member (record->payload, "request");
  LeydenValue *error = leyden_value_get_member (record->payload, "error");
  const char *name = leyden_value_get_member_string (request, "name", NULL);
  LeydenTrace trace;
  char parent_id[17];
  LeydenSpan *span;

  trace_of_call (self, record, &trace, parent_id);
  if (request != NULL)
    {
      span = add_span (self, &trace, parent_id, name_with ("execute_tool", name), LEYDEN_SPAN_INTERNAL, record->time_ns);
      if (span == NULL)
        return;
      leyden_span_attributes_add_text (span->attributes, "gen_ai.operation.name", "execute_tool");
      leyden_span_attributes_add_text (span->attributes, "gen_ai.tool.name", name);
      leyden_span_attributes_add_text (span->attributes, "gen_ai.tool.call.id", leyden_value_get_member_string (request, "call_id", NULL));
      leyden_span_attributes_add_text (span->attributes, "gen_ai.tool.type", "function");
      return;
    }
  span = close_span (self, &trace, record->time_ns);
  if (span != NULL && error != NULL)
    leyden_span_set_error (span, error);
}

static void
take_reward (LeydenSpan         *root,
             LeydenRecord *record,
             LeydenValue  *data,
             const char   *member)
{
  g_autoptr(GPtrArray) attributes = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);

  leyden_span_attributes_add_number (attributes, "leyden.reward", data, member);
  leyden_span_add_event (root, record->time_ns, "leyden.reward", attributes);
}

/* A call through the proxy: one record, written when the answer was there. */
static void
take_agent_call (Making       *self,
                 LeydenRecord *record,
                 LeydenValue  *data,
                 LeydenSpan         *root)
{
  LeydenValue *request = leyden_value_get_member (data, "request");
  const char *model = leyden_value_get_member_string (data, "model", leyden_value_get_member_string (request, "model", NULL));
  gint64 duration_ns = (gint64)(CLAMP (leyden_value_get_member_double (data, "latency_ms", 0), 0, 1e9) * 1e6);
  g_autofree char *name = g_strdup_printf ("event %" G_GUINT64_FORMAT, record->sequence);
  LeydenTrace trace;
  LeydenSpan *span;
  char code[24];

  trace_of_node (self, record->attempt, name, &trace);
  span = add_span (self, &trace, root->trace.span_id, name_with ("chat", model), LEYDEN_SPAN_CLIENT, record->time_ns - duration_ns);
  if (span == NULL)
    return;
  close_span (self, &trace, record->time_ns);
  describe_request (span, request);
  leyden_span_attributes_add_text (span->attributes, "gen_ai.provider.name", "_OTHER");
  describe_answer (span, model, leyden_value_get_member_string (data, "finish_reason", NULL), leyden_value_get_member (data, "usage"));
  leyden_span_attributes_add_int_member (span->attributes, "http.response.status_code", data, "http_status");
  if (strcmp (leyden_value_get_member_string (data, "status", ""), "ok") == 0)
    return;
  span->failed = TRUE;
  span->problem = g_strdup (leyden_value_get_member_string (data, "problem", NULL));
  g_snprintf (code, sizeof code, "%" G_GINT64_FORMAT, leyden_value_get_member_int (data, "http_status", 0));
  leyden_span_attributes_add_text (span->attributes, "error.type", code);
}

static void
take_agent_event (Making       *self,
                  LeydenRecord *record,
                  LeydenSpan         *root)
{
  const char *type = leyden_value_get_member_string (record->payload, "event_type", "");
  LeydenValue *data = leyden_value_get_member (record->payload, "data");
  g_autoptr(GPtrArray) attributes = NULL;

  if (strcmp (type, "model_request") == 0)
    take_agent_call (self, record, data, root);
  else if (strcmp (type, "reward") == 0)
    take_reward (root, record, data, leyden_value_get_member (data, "reward") != NULL ? "reward" : "value");
  else
    {
      attributes = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
      leyden_span_attributes_add_text (attributes, "leyden.event.type", type);
      leyden_span_add_event (root, record->time_ns, "leyden.event", attributes);
    }
}

static void
take_record (Making       *self,
             LeydenRecord *record)
{
  LeydenSpan *root = find_root (self, record);

  if (root == NULL)
    return;
  root->end_ns = MAX (root->end_ns, record->time_ns);
  if (g_str_has_prefix (record->type, "node."))
    take_node (self, record, root);
  else if (g_str_has_prefix (record->type, "model."))
    take_model (self, record);
  else if (g_str_has_prefix (record->type, "tool."))
    take_tool (self, record);
  else if (strcmp (record->type, "reward") == 0)
    take_reward (root, record, record->payload, "value");
  else if (strcmp (record->type, "agl.event") == 0)
    take_agent_event (self, record, root);
  else if (strcmp (record->type, "rollout.finished") == 0)
    {
      leyden_span_attributes_add_text (root->attributes, "leyden.state", leyden_value_get_member_string (record->payload, "state", NULL));
      if (strcmp (leyden_value_get_member_string (record->payload, "state", ""), "succeeded") != 0)
        leyden_span_set_error (root, leyden_value_get_member (record->payload, "error"));
    }
}

/* What the end of the rollout cut off ends with it. */
static void
close_all (Making *self,
           gint64  end_ns)
{
  GHashTableIter iter;
  gpointer span;

  g_hash_table_iter_init (&iter, self->open);
  while (g_hash_table_iter_next (&iter, NULL, &span))
    ((LeydenSpan *)span)->end_ns = MAX (((LeydenSpan *)span)->end_ns, MAX (end_ns, ((LeydenSpan *)span)->start_ns));
}

GPtrArray *
leyden_trace_make_spans (const LeydenTraceSubject *subject,
                         GPtrArray                *records)
{
  g_autoptr(GPtrArray) spans = g_ptr_array_new_with_free_func (leyden_span_free);
  g_autoptr(GHashTable) open = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr(GHashTable) roots = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *values = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  Making self = { subject, spans, open, roots, 0 };
  gint64 end_ns = 0;

  for (guint i = 0; i < records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (records, i);

      end_ns = MAX (end_ns, record->time_ns);
      take_record (&self, record);
    }
  close_all (&self, end_ns);
  if (self.n_left_out > 0)
    leyden_span_attributes_add_int (((LeydenSpan *)g_ptr_array_index (spans, 0))->attributes, "leyden.spans.left_out", self.n_left_out);
  for (guint i = 0; i < spans->len; i++)
    g_ptr_array_add (values, leyden_span_to_value (g_ptr_array_index (spans, i), subject->traceparent));
  return values;
}
