/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls, rewards and posted numbers: of the engine's own records, and of events of Agent Lightning's. */
#define G_LOG_DOMAIN "leyden-insights"

#include "config.h"

#include "leyden-facts-fold-private.h"

#include <math.h>
#include <string.h>

#define MAX_PARTS   64

/* --- calls --- */

static void
open_call_free (gpointer data)
{
  OpenCall *call = data;

  leyden_facts_name_set (&call->model, NULL);
  leyden_facts_name_set (&call->endpoint, NULL);
  g_free (call);
}

static void
call_key (const LeydenRecord *record,
          gboolean            tool,
          GString            *out)
{
  g_string_printf (out, "%s\x1f%d\x1f%" G_GINT64_FORMAT "\x1f%" G_GINT64_FORMAT, record->node, tool,
                   leyden_value_get_member_int (record->payload, "ordinal", 0), leyden_value_get_member_int (record->payload, "try", 1));
}

void
leyden_facts_fold_begin_call (LeydenFactsFold    *self,
                              const LeydenRecord *record,
                              gboolean            tool)
{
  g_autoptr(GString) key = g_string_sized_new (64);
  LeydenValue *request = leyden_value_get_member (record->payload, "request");
  OpenCall *call = g_new0 (OpenCall, 1);

  call_key (record, tool, key);
  call->started_ns = record->time_ns;
  call->endpoint = leyden_facts_name_new_foreign (leyden_value_get_member_string (request, "endpoint", NULL));
  call->model = leyden_facts_name_new_foreign (tool ? leyden_value_get_member_string (request, "name", NULL)
                                                    : leyden_value_get_member_string (leyden_value_get_member (request, "body"), "model", NULL));
  if (self->calls == NULL)
    self->calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, open_call_free);
  g_hash_table_replace (self->calls, g_strdup (key->str), call);
}

static void
count_model (LeydenFactsFold *self,
             LeydenName      *model)
{
  guint n;

  if (model == NULL)
    return;
  if (self->models == NULL)
    self->models = g_hash_table_new_full (g_direct_hash, g_direct_equal, (GDestroyNotify) g_ref_string_release, NULL);
  n = GPOINTER_TO_UINT (g_hash_table_lookup (self->models, model));
  g_hash_table_insert (self->models, g_ref_string_acquire (model), GUINT_TO_POINTER (n + 1));
}

/* Takes @row's names. */
static void
add_call (LeydenFactsFold  *self,
          LeydenFactsCall  *row,
          LeydenFactsBatch *batch)
{
  double ms = isfinite (row->latency_ms) ? MAX (0, row->latency_ms) : 0;
  LeydenFactsTotals *totals = &self->totals;

  row->fold = self;
  if (row->tool)
    totals->n_tool_calls++, totals->tool_ms += ms;
  else
    totals->n_model_calls++, totals->model_ms += ms;
  totals->n_cache_hits += row->cached;
  totals->tokens_in += row->tokens_in;
  totals->tokens_out += row->tokens_out;
  totals->cost += row->cost;
  if (!row->tool)
    count_model (self, row->model);
  if (batch != NULL)
    {
      g_array_append_vals (batch->calls, row, 1);
      return;
    }
  leyden_facts_name_set (&row->node, NULL);
  leyden_facts_name_set (&row->model, NULL);
  leyden_facts_name_set (&row->endpoint, NULL);
  leyden_facts_name_set (&row->error_kind, NULL);
}

static gint64
read_tokens (LeydenValue *usage,
             const char  *name)
{
  gint64 n = leyden_value_get_member_int (usage, name, 0);

  return n > 0 && n <= G_MAXINT32 ? n : 0;
}

static double
read_cost (LeydenValue *answer)
{
  double cost = leyden_value_get_member_double (answer, "cost", 0);

  return isfinite (cost) && cost > 0 && cost < 1e9 ? cost : 0;
}

/* What a fork has from elsewhere was spent there. */
void
leyden_facts_fold_end_call (LeydenFactsFold    *self,
                            const LeydenRecord *record,
                            gboolean            tool,
                            LeydenFactsBatch   *batch)
{
  g_autoptr(GString) key = g_string_sized_new (64);
  LeydenValue *answer = leyden_value_get_member (record->payload, "answer");
  LeydenValue *error = leyden_value_get_member (record->payload, "error");
  gboolean copied = leyden_value_get_member (record->payload, "from") != NULL;
  LeydenFactsCall row = { .position = record->position, .time_ns = record->time_ns, .tool = tool ? 1 : 0 };
  OpenNode *node = leyden_facts_fold_find_caller (self, record->node);
  const char *kind = leyden_value_get_member_string (answer, "error_kind", NULL);
  OpenCall *call;

  call_key (record, tool, key);
  call = self->calls != NULL ? g_hash_table_lookup (self->calls, key->str) : NULL;
  row.latency_ms = leyden_value_get_member_double (answer, "latency_ms", NAN);
  if (!isfinite (row.latency_ms))
    row.latency_ms = call != NULL ? MAX (0, (double) (record->time_ns - call->started_ns) / 1e6) : NAN;
  else if (node != NULL)
    node->latency_ms += MAX (0, row.latency_ms);
  row.first_token_ms = leyden_value_get_member_double (answer, "first_token_ms", NAN);
  row.node = leyden_facts_collapse_path (record->node);
  row.model = leyden_facts_name_new_foreign (leyden_value_get_member_string (answer, "model", NULL));
  if (row.model == NULL || tool)
    leyden_facts_name_set (&row.model, leyden_facts_name_ref (call != NULL ? call->model : NULL));
  row.endpoint = leyden_facts_name_new_foreign (leyden_value_get_member_string (answer, "endpoint", NULL));
  if (row.endpoint == NULL)
    row.endpoint = leyden_facts_name_ref (call != NULL ? call->endpoint : NULL);
  row.error_kind = error != NULL && !leyden_value_is_null (error) ? leyden_facts_read_error_kind (error) : leyden_facts_name_new_foreign (kind);
  if (kind != NULL && !tool && self->totals.error_kind == NULL)
    self->totals.error_kind = leyden_facts_name_new_foreign (kind);
  if (!copied && !tool)
    {
      LeydenValue *usage = leyden_value_get_member (answer, "usage");

      row.tokens_in = read_tokens (usage, "prompt_tokens");
      row.tokens_out = read_tokens (usage, "completion_tokens");
      row.cost = read_cost (answer);
    }
  row.simulated = leyden_value_get_member_boolean (answer, "simulated", FALSE) ? 1 : 0;
  row.cached = copied || (call != NULL && call->cached) ? 1 : 0;
  add_call (self, &row, batch);
  if (self->calls != NULL)
    g_hash_table_remove (self->calls, key->str);
}

/* Of a call, or of a node as a whole. */
void
leyden_facts_fold_cache_hit (LeydenFactsFold    *self,
                             const LeydenRecord *record)
{
  g_autoptr(GString) key = g_string_sized_new (64);
  OpenCall *call;

  if (leyden_value_get_member (record->payload, "cache") != NULL)
    {
      self->totals.n_cache_hits++;
      return;
    }
  call_key (record, FALSE, key);
  call = self->calls != NULL ? g_hash_table_lookup (self->calls, key->str) : NULL;
  if (call != NULL)
    call->cached = TRUE;
}

/* --- points --- */

static void
add_point (LeydenFactsFold    *self,
           const LeydenRecord *record,
           const char         *metric,
           const char         *part,
           double              value,
           gint64              step,
           LeydenFactsBatch   *batch)
{
  LeydenFactsPoint point = { .fold = self, .position = record->position, .time_ns = record->time_ns, .value = value, .step = step };

  if (batch == NULL)
    return;
  point.metric = leyden_facts_name_new_foreign (metric);
  if (point.metric == NULL)
    return;
  point.part = leyden_facts_name_new_foreign (part);
  g_array_append_val (batch->points, point);
}

/* "reward" and, of its parts, those that are numbers. */
void
leyden_facts_fold_reward (LeydenFactsFold    *self,
                          const LeydenRecord *record,
                          LeydenValue        *data,
                          const char         *member,
                          LeydenFactsBatch   *batch)
{
  LeydenValue *parts = leyden_value_get_member (data, "parts");
  gboolean object = leyden_value_get_kind (parts) == LEYDEN_VALUE_OBJECT;
  double value;

  if (leyden_value_get_double (leyden_value_get_member (data, member), &value) && isfinite (value))
    add_point (self, record, "reward", NULL, value, self->totals.step, batch);
  else
    self->totals.invalid++;
  for (guint i = 0; object && i < MIN (leyden_value_get_size (parts), MAX_PARTS); i++)
    if (leyden_value_get_double (leyden_value_get_item (parts, i), &value) && isfinite (value))
      add_point (self, record, "reward.part", leyden_value_get_key (parts, i), value, self->totals.step, batch);
}

static void
apply_metric (LeydenFactsFold    *self,
              const LeydenRecord *record,
              LeydenValue        *data,
              LeydenFactsBatch   *batch)
{
  gint64 step = leyden_value_get_member_int (data, "step", NO_STEP);
  double value;

  if (leyden_value_get_double (leyden_value_get_member (data, "value"), &value) && isfinite (value))
    add_point (self, record, leyden_value_get_member_string (data, "name", NULL), NULL, value, step, batch);
}

/* --- Agent Lightning --- */

/* A version that counts is the step of the training that the model was at. */
static void
note_version (LeydenFactsFold *self,
              LeydenValue     *version)
{
  const char *text = leyden_value_get_string (version, NULL);
  gint64 number;
  char *end;

  if (text != NULL)
    {
      number = g_ascii_strtoll (text, &end, 10);
      if (end == text || *end != '\0')
        return;
    }
  else if (!leyden_value_get_int (version, &number))
    return;
  if (self->by_batch)
    return;
  if (self->totals.step == NO_STEP)
    self->totals.step = number;
  self->totals.finished_step = number;
}

static void
apply_agl_call (LeydenFactsFold    *self,
                const LeydenRecord *record,
                LeydenValue        *data,
                LeydenFactsBatch   *batch)
{
  LeydenValue *usage = leyden_value_get_member (data, "usage");
  LeydenValue *server = leyden_value_get_member (data, "server");
  LeydenValue *response = leyden_value_get_member (data, "response");
  LeydenFactsCall row = { .position = record->position, .time_ns = record->time_ns };
  gint64 n_retries = leyden_value_get_member_int (data, "retry_count", 0);

  if (usage == NULL)
    usage = leyden_value_get_member (response, "usage");
  row.latency_ms = leyden_value_get_member_double (data, "latency_ms", NAN);
  row.first_token_ms = leyden_value_get_member_double (data, "first_token_ms", NAN);
  row.model = leyden_facts_name_new_foreign (leyden_value_get_member_string (data, "model", NULL));
  if (row.model == NULL)
    row.model = leyden_facts_name_new_foreign (leyden_value_get_member_string (response, "model", NULL));
  row.endpoint = leyden_facts_name_new_foreign (leyden_value_get_member_string (server, "endpoint", NULL));
  if (strcmp (leyden_value_get_member_string (data, "status", "ok"), "ok") != 0)
    row.error_kind = leyden_facts_name_new ("endpoint");
  row.tokens_in = read_tokens (usage, "prompt_tokens");
  row.tokens_out = read_tokens (usage, "completion_tokens");
  row.simulated = leyden_value_get_member_boolean (leyden_value_get_member (response, "x_leyden"), "simulated", FALSE) ? 1 : 0;
  self->totals.n_retries += (guint) CLAMP (n_retries, 0, 1000);
  note_version (self, leyden_value_get_member (data, "model_version") != NULL ? leyden_value_get_member (data, "model_version")
                                                                              : leyden_value_get_member (server, "version"));
  add_call (self, &row, batch);
}

void
leyden_facts_fold_agl_event (LeydenFactsFold    *self,
                             const LeydenRecord *record,
                             LeydenFactsBatch   *batch)
{
  const char *type = leyden_value_get_member_string (record->payload, "event_type", "");
  LeydenValue *data = leyden_value_get_member (record->payload, "data");

  if (strcmp (type, "model_request") == 0)
    apply_agl_call (self, record, data, batch);
  else if (strcmp (type, "reward") == 0)
    leyden_facts_fold_reward (self, record, data, "value", batch);
  else if (strcmp (type, "metric") == 0)
    apply_metric (self, record, data, batch);
}
