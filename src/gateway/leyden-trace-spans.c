/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-trace-spans.h"

#include <string.h>

#include "leyden-text.h"
#include "leyden-trace.h"

#define MAX_EVENTS 128
#define MAX_TEXT 256
#define SCHEMA "https://opentelemetry.io/schemas/1.37.0"

/* opentelemetry/proto/trace/v1/trace.proto: SpanKind and StatusCode, as numbers in JSON. */
enum { KIND_INTERNAL = 1, KIND_CLIENT = 3 };
enum { STATUS_UNSET = 0, STATUS_ERROR = 2 };

typedef struct
{
  LeydenTrace trace;            /* span_id: its own */
  char        parent_id[17];    /* "" for none */
  char       *name;
  int         kind;
  gint64      start_ns;
  gint64      end_ns;           /* 0: still open */
  GPtrArray  *attributes;       /* LeydenValue {"key", "value"} */
  GPtrArray  *events;           /* nullable */
  gboolean    failed;
  char       *problem;
} Span;

typedef struct
{
  const LeydenTraceSubject *subject;
  GPtrArray                *spans;      /* Span, in the order of their beginning */
  GHashTable               *open;       /* span id → Span, borrowed */
  GHashTable               *roots;      /* attempt → Span, borrowed */
  guint                     n_left_out;
} Making;

static void
span_free (gpointer data)
{
  Span *self = data;

  g_free (self->name);
  g_free (self->problem);
  g_ptr_array_unref (self->attributes);
  g_clear_pointer (&self->events, g_ptr_array_unref);
  g_free (self);
}

/* ---- Attributes ---- */

/* {"key": @key, "value": {@type: @value}}; takes @value. */
static void
add_attribute (GPtrArray   *attributes,
               const char  *key,
               const char  *type,
               LeydenValue *value)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "key", key);
  leyden_value_builder_key (&b, "value");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_take (&b, type, value);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  g_ptr_array_add (attributes, leyden_value_builder_end_value (&b));
}

/* @text from outside: short, in one line, without what looks like a key. NULL adds nothing. */
static void
add_text (GPtrArray  *attributes,
          const char *key,
          const char *text)
{
  g_autofree char *line = text == NULL ? NULL : leyden_text_escape (text, -1, MAX_TEXT);
  g_autofree char *masked = line == NULL ? NULL : leyden_text_mask_secrets (line, -1);

  if (line != NULL && *line != '\0')
    add_attribute (attributes, key, "stringValue", leyden_value_new_string (masked != NULL ? masked : line, -1));
}

/* 64-bit integers are text in JSON (proto3's mapping). */
static void
add_int (GPtrArray  *attributes,
         const char *key,
         gint64      value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, value);

  add_attribute (attributes, key, "intValue", leyden_value_new_string (text, -1));
}

static void
add_double (GPtrArray  *attributes,
            const char *key,
            double      value)
{
  add_attribute (attributes, key, "doubleValue", leyden_value_new_double (value));
}

static void
add_number_member (GPtrArray   *attributes,
                   const char  *key,
                   LeydenValue *object,
                   const char  *member)
{
  double value;

  if (leyden_value_get_double (leyden_value_get_member (object, member), &value))
    add_double (attributes, key, value);
}

static void
add_int_member (GPtrArray   *attributes,
                const char  *key,
                LeydenValue *object,
                const char  *member)
{
  gint64 value;

  if (leyden_value_get_int (leyden_value_get_member (object, member), &value))
    add_int (attributes, key, value);
}

/* A list of one text. */
static void
add_texts (GPtrArray  *attributes,
           const char *key,
           const char *text)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *line = text == NULL ? NULL : leyden_text_escape (text, -1, MAX_TEXT);

  if (line == NULL)
    return;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "values");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "stringValue", line);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  add_attribute (attributes, key, "arrayValue", leyden_value_builder_end_value (&b));
}

/* ---- Spans ---- */

static Span *
add_span (Making            *self,
          const LeydenTrace *trace,
          const char        *parent_id,
          char              *name,
          int                kind,
          gint64             start_ns)
{
  Span *span;

  if (self->spans->len >= LEYDEN_TRACE_MAX_SPANS)
    {
      g_free (name);
      self->n_left_out++;
      return NULL;
    }
  span = g_new0 (Span, 1);
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
static Span *
close_span (Making            *self,
            const LeydenTrace *trace,
            gint64             end_ns)
{
  Span *span = g_hash_table_lookup (self->open, trace->span_id);

  if (span == NULL)
    return NULL;
  g_hash_table_remove (self->open, trace->span_id);
  span->end_ns = MAX (end_ns, span->start_ns);
  return span;
}

static void
set_error (Span        *span,
           LeydenValue *error)
{
  const char *message = leyden_value_get_member_string (error, "message", NULL);

  span->failed = TRUE;
  g_free (span->problem);
  span->problem = g_strdup (message != NULL ? message : leyden_value_get_string (error, NULL));
  add_text (span->attributes, "error.type", leyden_value_get_member_string (error, "code", "_OTHER"));
}

static void
add_event (Span       *span,
           gint64      time_ns,
           const char *name,
           GPtrArray  *attributes)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *time = g_strdup_printf ("%" G_GINT64_FORMAT, time_ns);

  if (span == NULL || (span->events != NULL && span->events->len >= MAX_EVENTS))
    return;
  if (span->events == NULL)
    span->events = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "timeUnixNano", time);
  leyden_value_builder_set_string (&b, "name", name);
  leyden_value_builder_key (&b, "attributes");
  leyden_value_builder_begin_list (&b);
  for (guint i = 0; i < attributes->len; i++)
    leyden_value_builder_add (&b, g_ptr_array_index (attributes, i));
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  g_ptr_array_add (span->events, leyden_value_builder_end_value (&b));
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

static Span *
find_root (Making       *self,
           LeydenRecord *record)
{
  const LeydenTraceSubject *subject = self->subject;
  Span *root = g_hash_table_lookup (self->roots, record->attempt);
  g_autofree char *title = subject->title == NULL ? NULL : leyden_text_escape (subject->title, -1, 80);
  LeydenTrace trace;

  if (root != NULL)
    return root;
  leyden_trace_of_rollout (subject->rollout, record->attempt, &trace);
  root = add_span (self, &trace, "", title == NULL ? g_strdup ("invoke_agent") : g_strdup_printf ("invoke_agent %s", title), KIND_INTERNAL,
                   record->time_ns);
  if (root == NULL)
    return NULL;
  g_hash_table_insert (self->roots, record->attempt, root);
  /* It ends with the last record of its attempt. */
  g_hash_table_remove (self->open, root->trace.span_id);
  add_text (root->attributes, "gen_ai.operation.name", "invoke_agent");
  add_text (root->attributes, "gen_ai.agent.name", subject->title);
  add_text (root->attributes, "leyden.rollout", subject->rollout);
  add_text (root->attributes, "leyden.attempt", record->attempt);
  add_text (root->attributes, "leyden.run", subject->run);
  add_text (root->attributes, "leyden.item", subject->item);
  add_text (root->attributes, "leyden.split", subject->split);
  return root;
}

/* ---- Records ---- */

static void
take_node (Making       *self,
           LeydenRecord *record,
           Span         *root)
{
  g_autofree char *parent_path = parent_of (record->node);
  LeydenTrace trace, parent;
  Span *span;

  trace_of_node (self, record->attempt, record->node, &trace);
  trace_of_node (self, record->attempt, parent_path, &parent);
  if (strcmp (record->type, "node.started") == 0)
    {
      /* A second try goes on in the span of the first. */
      span = g_hash_table_lookup (self->open, trace.span_id);
      if (span == NULL)
        span = add_span (self, &trace, parent.span_id, leyden_text_escape (record->node, -1, 80), KIND_INTERNAL, record->time_ns);
      if (span != NULL && span->attributes->len == 0)
        add_text (span->attributes, "leyden.node", record->node);
      return;
    }
  if (strcmp (record->type, "node.finished") != 0 && strcmp (record->type, "node.failed") != 0 && strcmp (record->type, "node.cancelled") != 0)
    return;
  span = close_span (self, &trace, record->time_ns);
  if (span != NULL && strcmp (record->type, "node.finished") != 0)
    set_error (span, leyden_value_get_member (record->payload, "error"));
}

static void
describe_request (Span        *span,
                  LeydenValue *body)
{
  add_text (span->attributes, "gen_ai.operation.name", "chat");
  add_text (span->attributes, "gen_ai.request.model", leyden_value_get_member_string (body, "model", NULL));
  add_number_member (span->attributes, "gen_ai.request.temperature", body, "temperature");
  add_number_member (span->attributes, "gen_ai.request.top_p", body, "top_p");
  add_int_member (span->attributes, "gen_ai.request.max_tokens", body, "max_tokens");
}

static void
describe_answer (Span        *span,
                 const char  *model,
                 const char  *finish_reason,
                 LeydenValue *usage)
{
  add_text (span->attributes, "gen_ai.response.model", model);
  add_texts (span->attributes, "gen_ai.response.finish_reasons", finish_reason);
  add_int_member (span->attributes, "gen_ai.usage.input_tokens", usage, "prompt_tokens");
  add_int_member (span->attributes, "gen_ai.usage.output_tokens", usage, "completion_tokens");
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
  Span *span;

  trace_of_call (self, record, &trace, parent_id);
  if (request != NULL)
    {
      span = add_span (self, &trace, parent_id, name_with ("chat", leyden_value_get_member_string (body, "model", NULL)), KIND_CLIENT, record->time_ns);
      if (span == NULL)
        return;
      describe_request (span, body);
      add_text (span->attributes, "gen_ai.provider.name", leyden_value_get_member_string (request, "endpoint", "_OTHER"));
      return;
    }
  span = close_span (self, &trace, record->time_ns);
  if (span == NULL)
    return;
  if (answer == NULL)
    set_error (span, leyden_value_get_member (record->payload, "error"));
  else
    describe_answer (span, leyden_value_get_member_string (answer, "model", NULL), leyden_value_get_member_string (answer, "finish_reason", NULL),
                     leyden_value_get_member (answer, "usage"));
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
  Span *span;

  trace_of_call (self, record, &trace, parent_id);
  if (request != NULL)
    {
      span = add_span (self, &trace, parent_id, name_with ("execute_tool", name), KIND_INTERNAL, record->time_ns);
      if (span == NULL)
        return;
      add_text (span->attributes, "gen_ai.operation.name", "execute_tool");
      add_text (span->attributes, "gen_ai.tool.name", name);
      add_text (span->attributes, "gen_ai.tool.call.id", leyden_value_get_member_string (request, "call_id", NULL));
      add_text (span->attributes, "gen_ai.tool.type", "function");
      return;
    }
  span = close_span (self, &trace, record->time_ns);
  if (span != NULL && error != NULL)
    set_error (span, error);
}

static void
take_reward (Span         *root,
             LeydenRecord *record,
             LeydenValue  *data,
             const char   *member)
{
  g_autoptr(GPtrArray) attributes = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);

  add_number_member (attributes, "leyden.reward", data, member);
  add_event (root, record->time_ns, "leyden.reward", attributes);
}

/* A call through the proxy: one record, written when the answer was there. */
static void
take_agent_call (Making       *self,
                 LeydenRecord *record,
                 LeydenValue  *data,
                 Span         *root)
{
  LeydenValue *request = leyden_value_get_member (data, "request");
  const char *model = leyden_value_get_member_string (data, "model", leyden_value_get_member_string (request, "model", NULL));
  gint64 duration_ns = (gint64)(CLAMP (leyden_value_get_member_double (data, "latency_ms", 0), 0, 1e9) * 1e6);
  g_autofree char *name = g_strdup_printf ("event %" G_GUINT64_FORMAT, record->sequence);
  LeydenTrace trace;
  Span *span;
  char code[24];

  trace_of_node (self, record->attempt, name, &trace);
  span = add_span (self, &trace, root->trace.span_id, name_with ("chat", model), KIND_CLIENT, record->time_ns - duration_ns);
  if (span == NULL)
    return;
  close_span (self, &trace, record->time_ns);
  describe_request (span, request);
  add_text (span->attributes, "gen_ai.provider.name", "_OTHER");
  describe_answer (span, model, leyden_value_get_member_string (data, "finish_reason", NULL), leyden_value_get_member (data, "usage"));
  add_int_member (span->attributes, "http.response.status_code", data, "http_status");
  if (strcmp (leyden_value_get_member_string (data, "status", ""), "ok") == 0)
    return;
  span->failed = TRUE;
  span->problem = g_strdup (leyden_value_get_member_string (data, "problem", NULL));
  g_snprintf (code, sizeof code, "%" G_GINT64_FORMAT, leyden_value_get_member_int (data, "http_status", 0));
  add_text (span->attributes, "error.type", code);
}

static void
take_agent_event (Making       *self,
                  LeydenRecord *record,
                  Span         *root)
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
      add_text (attributes, "leyden.event.type", type);
      add_event (root, record->time_ns, "leyden.event", attributes);
    }
}

static void
take_record (Making       *self,
             LeydenRecord *record)
{
  Span *root = find_root (self, record);

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
      add_text (root->attributes, "leyden.state", leyden_value_get_member_string (record->payload, "state", NULL));
      if (strcmp (leyden_value_get_member_string (record->payload, "state", ""), "succeeded") != 0)
        set_error (root, leyden_value_get_member (record->payload, "error"));
    }
}

/* ---- As JSON ---- */

static void
set_time (LeydenValueBuilder *b,
          const char         *key,
          gint64              time_ns)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, time_ns);

  leyden_value_builder_set_string (b, key, text);
}

static void
set_list (LeydenValueBuilder *b,
          const char         *key,
          GPtrArray          *values)
{
  leyden_value_builder_key (b, key);
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < values->len; i++)
    leyden_value_builder_add (b, g_ptr_array_index (values, i));
  leyden_value_builder_end (b);
}

static void
set_status (LeydenValueBuilder *b,
            const Span         *span)
{
  g_autofree char *line = span->problem == NULL ? NULL : leyden_text_escape (span->problem, -1, MAX_TEXT);
  g_autofree char *masked = line == NULL ? NULL : leyden_text_mask_secrets (line, -1);

  leyden_value_builder_key (b, "status");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "code", span->failed ? STATUS_ERROR : STATUS_UNSET);
  if (line != NULL)
    leyden_value_builder_set_string (b, "message", masked != NULL ? masked : line);
  leyden_value_builder_end (b);
}

static void
set_link (LeydenValueBuilder *b,
          const char         *traceparent)
{
  LeydenTrace trace;

  if (!leyden_trace_parse (traceparent, &trace))
    return;
  leyden_value_builder_key (b, "links");
  leyden_value_builder_begin_list (b);
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "traceId", trace.trace_id);
  leyden_value_builder_set_string (b, "spanId", trace.span_id);
  leyden_value_builder_end (b);
  leyden_value_builder_end (b);
}

static LeydenValue *
span_to_value (const Span *span,
               const char *traceparent)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "traceId", span->trace.trace_id);
  leyden_value_builder_set_string (&b, "spanId", span->trace.span_id);
  if (*span->parent_id != '\0')
    leyden_value_builder_set_string (&b, "parentSpanId", span->parent_id);
  leyden_value_builder_set_string (&b, "name", span->name);
  leyden_value_builder_set_int (&b, "kind", span->kind);
  set_time (&b, "startTimeUnixNano", span->start_ns);
  set_time (&b, "endTimeUnixNano", span->end_ns);
  set_list (&b, "attributes", span->attributes);
  if (span->events != NULL)
    set_list (&b, "events", span->events);
  if (*span->parent_id == '\0')
    set_link (&b, traceparent);
  set_status (&b, span);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
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
    ((Span *)span)->end_ns = MAX (((Span *)span)->end_ns, MAX (end_ns, ((Span *)span)->start_ns));
}

GPtrArray *
leyden_trace_make_spans (const LeydenTraceSubject *subject,
                         GPtrArray                *records)
{
  g_autoptr(GPtrArray) spans = g_ptr_array_new_with_free_func (span_free);
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
    add_int (((Span *)g_ptr_array_index (spans, 0))->attributes, "leyden.spans.left_out", self.n_left_out);
  for (guint i = 0; i < spans->len; i++)
    g_ptr_array_add (values, span_to_value (g_ptr_array_index (spans, i), subject->traceparent));
  return values;
}

LeydenValue *
leyden_trace_make_body (GPtrArray  *spans,
                        const char *service)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(GPtrArray) resource = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_value_unref);

  add_text (resource, "service.name", service);
  add_text (resource, "service.version", PACKAGE_VERSION);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "resourceSpans");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "resource");
  leyden_value_builder_begin_object (&b);
  set_list (&b, "attributes", resource);
  leyden_value_builder_end (&b);
  leyden_value_builder_key (&b, "scopeSpans");
  leyden_value_builder_begin_list (&b);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "scope");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "name", "leyden");
  leyden_value_builder_set_string (&b, "version", PACKAGE_VERSION);
  leyden_value_builder_end (&b);
  set_list (&b, "spans", spans);
  leyden_value_builder_set_string (&b, "schemaUrl", SCHEMA);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_set_string (&b, "schemaUrl", SCHEMA);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}
