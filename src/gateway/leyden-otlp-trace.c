/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

#include "leyden-otlp-trace.h"

#include <math.h>
#include <string.h>

#include "leyden-text.h"

#define ACTOR "otlp"
#define ATTEMPT "0"
#define MAX_NAME 120
#define MAX_ITEM 120
#define MAX_ERROR 500
/* Parents of parents that are looked for to tell which of two spans of one moment lies in the other. */
#define MAX_DEPTH 100

LeydenOtlpTrace *
leyden_otlp_trace_new (const char       *trace_id,
                       LeydenRolloutRow *row)
{
  LeydenOtlpTrace *self = g_new0 (LeydenOtlpTrace, 1);

  self->trace_id = g_strdup (trace_id);
  self->row = row;
  self->span_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->parents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->last_ns = row->finished_ns;
  self->finished = row->finished_ns != 0;
  return self;
}

void
leyden_otlp_trace_free (LeydenOtlpTrace *self)
{
  g_free (self->trace_id);
  g_free (self->failed);
  leyden_rollout_row_free (self->row);
  g_hash_table_unref (self->span_ids);
  g_hash_table_unref (self->names);
  g_hash_table_unref (self->parents);
  g_clear_pointer (&self->resource, leyden_value_unref);
  g_free (self);
}

const char *
leyden_otlp_find_service (LeydenValue *resource)
{
  const char *name = leyden_value_get_member_string (resource, "service.name", NULL);

  return name != NULL && *name != '\0' ? name : "unknown_service";
}

/* ---- Paths ---- */

static guint
count_name (LeydenOtlpTrace *self,
            const char      *name)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->names, name)) + 1;

  g_hash_table_insert (self->names, g_strdup (name), GUINT_TO_POINTER (n));
  return n;
}

/* A name that no path is read from: what stands for something in paths is written otherwise. */
static char *
make_name (const char *text)
{
  static const struct { char from; const char *to; } marks[] = { { '/', "∕" }, { '#', "♯" }, { '[', "(" }, { ']', ")" } };
  g_autofree char *line = leyden_text_escape (text, -1, MAX_NAME);
  GString *name = g_string_new (NULL);

  for (const char *at = line; *at != '\0'; at++)
    {
      gsize i = 0;

      while (i < G_N_ELEMENTS (marks) && marks[i].from != *at)
        i++;
      if (i < G_N_ELEMENTS (marks))
        g_string_append (name, marks[i].to);
      else
        g_string_append_c (name, *at);
    }
  if (name->len == 0)
    g_string_append (name, "span");
  return g_string_free (name, FALSE);
}

static char *
make_path (LeydenOtlpTrace *self,
           const char      *span_name)
{
  g_autofree char *name = make_name (span_name);
  guint n = count_name (self, name);

  return n == 1 ? g_steal_pointer (&name) : g_strdup_printf ("%s[%u]", name, n);
}

void
leyden_otlp_trace_recall (LeydenOtlpTrace *self,
                          LeydenRecord    *record)
{
  const char *span_id = leyden_value_get_member_string (record->payload, "span", NULL);
  LeydenValue *resource = leyden_value_get_member (record->payload, "resource");

  self->sequence = record->sequence;
  if (leyden_record_is (record, "rollout.started") && resource != NULL)
    {
      g_clear_pointer (&self->resource, leyden_value_unref);
      self->resource = leyden_value_ref (resource);
    }
  else if (leyden_record_is (record, "node.started") && span_id != NULL)
    {
      const char *bracket = strrchr (record->node, '[');
      g_autofree char *name = bracket != NULL ? g_strndup (record->node, (gsize)(bracket - record->node)) : g_strdup (record->node);

      count_name (self, name);
      g_hash_table_add (self->span_ids, g_strdup (span_id));
      g_hash_table_insert (self->parents, g_strdup (record->node), g_strdup (leyden_value_get_member_string (record->payload, "parent", "")));
    }
  else if (leyden_record_is (record, "node.finished"))
    {
      self->last_ns = MAX (self->last_ns, record->time_ns);
      g_hash_table_remove (self->parents, record->node);
    }
  else if (leyden_record_is (record, "node.failed"))
    {
      self->last_ns = MAX (self->last_ns, record->time_ns);
      if (self->failed == NULL)
        self->failed = g_strdup (record->node);
      if (g_strcmp0 (g_hash_table_lookup (self->parents, record->node), "") == 0)
        self->root_failed = TRUE;
    }
}

/* ---- The begins and ends of some spans, in order ---- */

typedef struct
{
  LeydenOtlpSpan *span;
  LeydenOtlpCall  call;
  char           *path;
  guint           depth;
} Placed;

typedef struct
{
  const Placed *placed;
  gint64        time_ns;
  gboolean      is_end;
} Edge;

static void
placed_clear (gpointer data)
{
  g_free (((Placed *)data)->path);
}

static guint
find_depth (GHashTable     *by_id,
            LeydenOtlpSpan *span)
{
  guint depth = 0;

  while (depth < MAX_DEPTH && (span = g_hash_table_lookup (by_id, span->parent_id)) != NULL)
    depth++;
  return depth;
}

static int
compare_starts (gconstpointer a,
                gconstpointer b)
{
  const Placed *x = a, *y = b;

  if (x->span->start_ns != y->span->start_ns)
    return x->span->start_ns < y->span->start_ns ? -1 : 1;
  if (x->depth != y->depth)
    return x->depth < y->depth ? -1 : 1;
  return strcmp (x->span->span_id, y->span->span_id);
}

/* At one moment a span ends after what it holds and begins before it; a begin comes before an end, for a span may take no time at all. */
static int
compare_edges (gconstpointer a,
               gconstpointer b)
{
  const Edge *x = a, *y = b;

  if (x->time_ns != y->time_ns)
    return x->time_ns < y->time_ns ? -1 : 1;
  if (x->is_end != y->is_end)
    return x->is_end ? 1 : -1;
  if (x->placed->depth != y->placed->depth)
    return (x->placed->depth < y->placed->depth) != x->is_end ? -1 : 1;
  return strcmp (x->placed->path, y->placed->path);
}

/* (element-type Placed): those that are new, by their begin, so that the first of a name is the first that began. */
static GArray *
place_spans (LeydenOtlpTrace *self,
             GPtrArray       *spans,
             guint           *n_refused)
{
  GArray *placed = g_array_new (FALSE, TRUE, sizeof (Placed));
  g_autoptr(GHashTable) by_id = g_hash_table_new (g_str_hash, g_str_equal);

  g_array_set_clear_func (placed, placed_clear);
  for (guint i = 0; i < spans->len; i++)
    {
      LeydenOtlpSpan *span = spans->pdata[i];
      Placed one = { .span = span };

      /* A sender that did not hear our answer sends again. */
      if (g_hash_table_contains (self->span_ids, span->span_id))
        continue;
      if (g_hash_table_size (self->span_ids) >= LEYDEN_OTLP_MAX_TRACE)
        {
          (*n_refused)++;
          continue;
        }
      g_hash_table_add (self->span_ids, g_strdup (span->span_id));
      g_hash_table_insert (by_id, span->span_id, span);
      one.call = leyden_otlp_find_call (span);
      g_array_append_val (placed, one);
    }
  for (guint i = 0; i < placed->len; i++)
    g_array_index (placed, Placed, i).depth = find_depth (by_id, g_array_index (placed, Placed, i).span);
  g_array_sort (placed, compare_starts);
  for (guint i = 0; i < placed->len; i++)
    g_array_index (placed, Placed, i).path = make_path (self, g_array_index (placed, Placed, i).span->name);
  return placed;
}

static GArray *
list_edges (GArray *placed)
{
  GArray *edges = g_array_sized_new (FALSE, FALSE, sizeof (Edge), placed->len * 2);

  for (guint i = 0; i < placed->len; i++)
    {
      const Placed *one = &g_array_index (placed, Placed, i);
      Edge start = { one, one->span->start_ns, FALSE }, end = { one, one->span->end_ns, TRUE };

      g_array_append_val (edges, start);
      g_array_append_val (edges, end);
    }
  g_array_sort (edges, compare_edges);
  return edges;
}

/* ---- Records ---- */

/* Takes @payload. */
static void
add_record (LeydenOtlpTrace *self,
            GPtrArray       *records,
            gint64           time_ns,
            const char      *type,
            const char      *path,
            LeydenValue     *payload)
{
  g_ptr_array_add (records, leyden_record_new (self->row->rollout, ATTEMPT, ++self->sequence, time_ns, ACTOR, type, path, payload));
  leyden_value_unref (payload);
}

static const char *
kind_name (int kind)
{
  static const char * const names[] = { "unknown", "internal", "server", "client", "producer", "consumer" };

  return names[CLAMP (kind, 0, 5)];
}

static void
add_rollout_started (LeydenOtlpTrace      *self,
                     GPtrArray            *records,
                     const LeydenOtlpSpan *first)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  self->resource = leyden_value_ref (first->resource);
  self->row->started_ns = first->start_ns;
  g_free (self->row->state);
  self->row->state = g_strdup ("running");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "executor", "otlp");
  leyden_value_builder_set_string (&b, "item", self->row->item);
  leyden_value_builder_set_string (&b, "trace", self->trace_id);
  leyden_value_builder_set_string (&b, "service", leyden_otlp_find_service (first->resource));
  leyden_value_builder_set (&b, "resource", first->resource);
  leyden_value_builder_end (&b);
  add_record (self, records, first->start_ns, "rollout.started", "", leyden_value_builder_end_value (&b));
}

static void
add_node_started (LeydenOtlpTrace *self,
                  GPtrArray       *records,
                  const Placed    *placed)
{
  const LeydenOtlpSpan *span = placed->span;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "span", span->span_id);
  if (*span->parent_id != '\0')
    leyden_value_builder_set_string (&b, "parent", span->parent_id);
  leyden_value_builder_set_string (&b, "name", span->name);
  leyden_value_builder_set_string (&b, "kind", kind_name (span->kind));
  if (span->scope != NULL)
    leyden_value_builder_set (&b, "scope", span->scope);
  if (span->links != NULL)
    leyden_value_builder_set (&b, "links", span->links);
  if (!leyden_value_equal (span->resource, self->resource))
    leyden_value_builder_set (&b, "resource", span->resource);
  leyden_value_builder_end (&b);
  add_record (self, records, span->start_ns, "node.started", placed->path, leyden_value_builder_end_value (&b));
}

/* Takes @value. */
static void
add_call_record (LeydenOtlpTrace *self,
                 GPtrArray       *records,
                 const Placed    *placed,
                 gint64           time_ns,
                 const char      *type,
                 const char      *member,
                 LeydenValue     *value)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "ordinal", 0);
  leyden_value_builder_set_int (&b, "try", 1);
  leyden_value_builder_set_take (&b, member, value);
  leyden_value_builder_end (&b);
  add_record (self, records, time_ns, type, placed->path, leyden_value_builder_end_value (&b));
}

static void
add_start (LeydenOtlpTrace *self,
           GPtrArray       *records,
           const Placed    *placed)
{
  add_node_started (self, records, placed);
  self->row->started_ns = MIN (self->row->started_ns, placed->span->start_ns);
  if (placed->call != LEYDEN_OTLP_NO_CALL)
    add_call_record (self, records, placed, placed->span->start_ns,
                     placed->call == LEYDEN_OTLP_MODEL_CALL ? "model.request" : "tool.called", "request",
                     leyden_otlp_make_request (placed->span, placed->call));
}

static void
count_usage (LeydenOtlpTrace *self,
             LeydenValue     *answer)
{
  LeydenValue *usage = leyden_value_get_member (answer, "usage");

  self->row->tokens_in += leyden_value_get_member_int (usage, "prompt_tokens", 0);
  self->row->tokens_out += leyden_value_get_member_int (usage, "completion_tokens", 0);
  self->row->cost += leyden_value_get_member_double (answer, "cost", 0);
  if (leyden_value_get_member_boolean (answer, "simulated", FALSE))
    self->row->simulated = TRUE;
}

static void
add_answer (LeydenOtlpTrace *self,
            GPtrArray       *records,
            const Placed    *placed,
            LeydenPrices    *prices)
{
  const LeydenOtlpSpan *span = placed->span;
  const char *type = placed->call == LEYDEN_OTLP_MODEL_CALL ? "model.response" : "tool.returned";
  LeydenValue *answer;

  if (span->failed)
    {
      add_call_record (self, records, placed, span->end_ns, type, "error", leyden_otlp_make_error (span, placed->path));
      return;
    }
  answer = leyden_otlp_make_answer (span, placed->call, prices);
  if (placed->call == LEYDEN_OTLP_MODEL_CALL)
    count_usage (self, answer);
  add_call_record (self, records, placed, span->end_ns, type, "answer", answer);
}

static void
add_rewards (LeydenOtlpTrace *self,
             GPtrArray       *records,
             const Placed    *placed)
{
  for (guint i = 0; i < leyden_value_get_size (placed->span->events); i++)
    {
      LeydenValue *event = leyden_value_get_item (placed->span->events, i);
      g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
      const char *source = NULL;
      double reward;

      if (!leyden_otlp_read_reward (event, &reward, &source))
        continue;
      self->row->reward = reward;
      leyden_value_builder_begin_object (&b);
      leyden_value_builder_set_double (&b, "value", reward);
      leyden_value_builder_set_string (&b, "source", source != NULL ? source : ACTOR);
      leyden_value_builder_end (&b);
      add_record (self, records, placed->span->end_ns, "reward", placed->path, leyden_value_builder_end_value (&b));
    }
}

static void
note_failure (LeydenOtlpTrace *self,
              const Placed    *placed)
{
  g_hash_table_insert (self->parents, g_strdup (placed->path), g_strdup (placed->span->parent_id));
  if (*placed->span->parent_id == '\0')
    self->root_failed = TRUE;
  /* What failed first made the rest fail. */
  if (self->failed == NULL)
    self->failed = g_strdup (placed->path);
}

static void
add_end (LeydenOtlpTrace *self,
         GPtrArray       *records,
         const Placed    *placed,
         LeydenPrices    *prices)
{
  const LeydenOtlpSpan *span = placed->span;
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  if (placed->call != LEYDEN_OTLP_NO_CALL)
    add_answer (self, records, placed, prices);
  add_rewards (self, records, placed);
  self->last_ns = MAX (self->last_ns, span->end_ns);
  if (span->failed)
    note_failure (self, placed);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "outputs");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_take (&b, "attributes", leyden_otlp_strip_attributes (span, placed->call));
  if (span->events != NULL)
    leyden_value_builder_set (&b, "events", span->events);
  leyden_value_builder_end (&b);
  if (span->failed)
    leyden_value_builder_set_take (&b, "error", leyden_otlp_make_error (span, placed->path));
  leyden_value_builder_end (&b);
  add_record (self, records, span->end_ns, span->failed ? "node.failed" : "node.finished", placed->path, leyden_value_builder_end_value (&b));
}

/* @error: {"message", …}; NULL: it succeeded. */
static void
add_rollout_finished (LeydenOtlpTrace *self,
                      GPtrArray       *records,
                      LeydenValue     *error)
{
  LeydenRolloutRow *row = self->row;
  const char *message = leyden_value_get_member_string (error, "message", "");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  self->finished = TRUE;
  g_free (row->state);
  row->state = g_strdup (error != NULL ? "failed" : "succeeded");
  row->finished_ns = MAX (self->last_ns, row->started_ns);
  row->latency_ms = (double)(row->finished_ns - row->started_ns) / 1e6;
  g_clear_pointer (&row->error, g_free);
  g_clear_pointer (&row->error_node, g_free);
  if (error != NULL)
    {
      row->error = leyden_text_escape (*message != '\0' ? message : leyden_value_get_member_string (error, "code", "error"), -1, MAX_ERROR);
      row->error_node = g_strdup (self->failed);
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "state", row->state);
  if (error != NULL)
    leyden_value_builder_set (&b, "error", error);
  leyden_value_builder_set_double (&b, "latency_ms", row->latency_ms);
  leyden_value_builder_end (&b);
  add_record (self, records, row->finished_ns, "rollout.finished", "", leyden_value_builder_end_value (&b));
}

/* ---- All of a request ---- */

/* The first that has no parent, else NULL; one that failed before others. */
static const Placed *
find_root (GArray *placed)
{
  const Placed *found = NULL;

  for (guint i = 0; i < placed->len; i++)
    {
      const Placed *one = &g_array_index (placed, Placed, i);

      if (*one->span->parent_id == '\0' && (found == NULL || (one->span->failed && !found->span->failed)))
        found = one;
    }
  return found;
}

static void
finish_with (LeydenOtlpTrace *self,
             GPtrArray       *records,
             const Placed    *root)
{
  g_autoptr(LeydenValue) error = NULL;

  if (root->span->failed)
    error = leyden_otlp_make_error (root->span, root->path);
  /* One of several roots that failed came before: it has failed. */
  else if (self->root_failed)
    return;
  add_rollout_finished (self, records, error);
}

GPtrArray *
leyden_otlp_trace_add (LeydenOtlpTrace *self,
                       GPtrArray       *spans,
                       LeydenPrices    *prices,
                       guint           *n_refused)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_record_unref);
  g_autoptr(GArray) placed = place_spans (self, spans, n_refused);
  g_autoptr(GArray) edges = list_edges (placed);
  const Placed *root = find_root (placed);

  if (placed->len == 0)
    return records;
  if (root != NULL || self->row->item == NULL)
    {
      g_free (self->row->item);
      self->row->item = root != NULL ? leyden_text_escape (root->span->name, -1, MAX_ITEM) : g_strdup (self->trace_id);
    }
  if (self->sequence == 0)
    add_rollout_started (self, records, g_array_index (placed, Placed, 0).span);
  for (guint i = 0; i < edges->len; i++)
    {
      const Edge *edge = &g_array_index (edges, Edge, i);

      if (edge->is_end)
        add_end (self, records, edge->placed, prices);
      else
        add_start (self, records, edge->placed);
    }
  if (root != NULL)
    finish_with (self, records, root);
  return records;
}

GPtrArray *
leyden_otlp_trace_give_up (LeydenOtlpTrace *self)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify)leyden_record_unref);
  g_autoptr(LeydenValue) error = NULL;
  GHashTableIter iter;
  gpointer path, parent;

  g_hash_table_iter_init (&iter, self->parents);
  while (error == NULL && g_hash_table_iter_next (&iter, &path, &parent))
    if (!g_hash_table_contains (self->span_ids, parent))
      {
        g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
        g_autofree char *message = g_strdup_printf ("%s failed", (const char *)path);

        leyden_value_builder_begin_object (&b);
        leyden_value_builder_set_string (&b, "message", message);
        leyden_value_builder_set_string (&b, "code", "error");
        leyden_value_builder_set_string (&b, "node", path);
        leyden_value_builder_end (&b);
        error = leyden_value_builder_end_value (&b);
      }
  add_rollout_finished (self, records, error);
  return records;
}
