/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "leyden-timeline-private.h"

#include <math.h>
#include <string.h>

#include "leyden-flow.h"

/*
 * The fold itself says what a record changes: it is applied to a state whose values are thrown away at once, and what the node and the rollout
 * look like then is kept as a mark. A state at any position is the last mark before it of each node that is asked for.
 */

static const char * const state_names[] = { "pending", "running", "waiting", "succeeded", "failed", "skipped", "cancelled" };

const char *
leyden_mark_state_to_string (LeydenMarkState state)
{
  return state_names[state];
}

static LeydenMarkState
find_state (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (state_names); i++)
    if (strcmp (state_names[i], name) == 0)
      return i;
  return LEYDEN_MARK_PENDING;
}

gsize
leyden_node_path_get_scope (const char *path)
{
  const char *end = g_strrstr (path, "]/");

  return end != NULL ? (gsize) (end + 2 - path) : 0;
}

static void
node_free (gpointer data)
{
  LeydenNodeMarks *node = data;

  g_free (node->path);
  g_array_unref (node->marks);
  g_array_unref (node->records);
  g_clear_pointer (&node->calls, g_array_unref);
  g_clear_pointer (&node->waits, g_array_unref);
  g_free (node->sources);
  g_free (node->parent);
  g_free (node);
}

static void
scope_free (gpointer data)
{
  LeydenScopeMarks *scope = data;

  g_array_unref (scope->nodes);
  g_free (scope);
}

static void
rounds_free (gpointer data)
{
  LeydenRounds *rounds = data;

  g_free (rounds->path);
  g_array_unref (rounds->changes);
  g_array_unref (rounds->sums);
  g_free (rounds);
}

LeydenTimeline *
leyden_timeline_new (const char *rollout)
{
  LeydenTimeline *self = g_new0 (LeydenTimeline, 1);

  self->rollout = g_strdup (rollout);
  self->state = leyden_rollout_state_init ();
  self->nodes = g_ptr_array_new_with_free_func (node_free);
  self->index = g_hash_table_new (g_str_hash, g_str_equal);
  self->scopes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, scope_free);
  self->rounds = g_ptr_array_new_with_free_func (rounds_free);
  self->rounds_index = g_hash_table_new (g_str_hash, g_str_equal);
  self->marks = g_array_new (FALSE, TRUE, sizeof (LeydenRolloutMark));
  self->epochs = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->pauses = g_array_new (FALSE, FALSE, sizeof (LeydenWaitMark));
  self->errors = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  self->texts = g_string_chunk_new (256);
  self->words = g_ptr_array_new ();
  self->words_index = g_hash_table_new (NULL, NULL);
  g_mutex_init (&self->sort_lock);
  return self;
}

void
leyden_timeline_free (LeydenTimeline *self)
{
  if (self == NULL)
    return;
  leyden_rollout_state_free (self->state);
  g_free (self->rollout);
  g_hash_table_unref (self->index);
  g_hash_table_unref (self->scopes);
  g_hash_table_unref (self->rounds_index);
  g_clear_pointer (&self->spans, g_hash_table_unref);
  g_ptr_array_unref (self->nodes);
  g_ptr_array_unref (self->rounds);
  g_array_unref (self->marks);
  g_array_unref (self->epochs);
  g_array_unref (self->pauses);
  g_ptr_array_unref (self->errors);
  g_ptr_array_unref (self->words);
  g_hash_table_unref (self->words_index);
  g_string_chunk_free (self->texts);
  g_mutex_clear (&self->sort_lock);
  g_free (self);
}

guint64
leyden_timeline_get_last (LeydenTimeline *self)
{
  return self->last;
}

gsize
leyden_timeline_get_bytes (LeydenTimeline *self)
{
  return self->bytes;
}

/* Nodes and rounds */

static guint32
find_rounds (LeydenTimeline *self,
             const char     *path)
{
  g_autofree char *collapsed = leyden_node_path_collapse (path);
  gpointer known = g_hash_table_lookup (self->rounds_index, collapsed);
  LeydenRounds *rounds;

  if (known != NULL)
    return GPOINTER_TO_UINT (known);
  rounds = g_new0 (LeydenRounds, 1);
  rounds->path = g_steal_pointer (&collapsed);
  rounds->changes = g_array_new (FALSE, FALSE, sizeof (guint64));
  rounds->sums = g_array_new (FALSE, FALSE, sizeof (rounds->counts));
  g_ptr_array_add (self->rounds, rounds);
  g_hash_table_insert (self->rounds_index, rounds->path, GUINT_TO_POINTER (self->rounds->len));
  return self->rounds->len;
}

static guint32
find_node (LeydenTimeline *self,
           const char     *path)
{
  gpointer known = g_hash_table_lookup (self->index, path);
  gsize length = leyden_node_path_get_scope (path);
  LeydenNodeMarks *node;
  LeydenScopeMarks *scope;
  guint32 number = self->nodes->len;

  if (known != NULL)
    return GPOINTER_TO_UINT (known) - 1;
  node = g_new0 (LeydenNodeMarks, 1);
  node->path = g_strdup (path);
  node->marks = g_array_sized_new (FALSE, FALSE, sizeof (LeydenMark), 2);
  node->records = g_array_sized_new (FALSE, FALSE, sizeof (guint64), 2);
  node->rounds = length > 0 ? find_rounds (self, path) : 0;
  g_ptr_array_add (self->nodes, node);
  g_hash_table_insert (self->index, node->path, GUINT_TO_POINTER (number + 1));
  {
    g_autofree char *name = g_strndup (path, length);

    scope = g_hash_table_lookup (self->scopes, name);
    if (scope == NULL)
      {
        scope = g_new0 (LeydenScopeMarks, 1);
        scope->nodes = g_array_new (FALSE, FALSE, sizeof (guint32));
        g_hash_table_insert (self->scopes, g_steal_pointer (&name), scope);
        self->bytes += 120 + length;
      }
  }
  g_array_append_val (scope->nodes, number);
  self->bytes += sizeof *node + 200 + strlen (path);
  return number;
}

static void
count_round (LeydenTimeline *self,
             LeydenRounds   *rounds,
             guint           before,
             guint           after)
{
  guint64 change = self->last << 8 | (guint64) before << 4 | after;

  if (before < LEYDEN_N_MARKS)
    rounds->counts[before]--;
  if (after < LEYDEN_N_MARKS)
    rounds->counts[after]++;
  else
    memset (rounds->counts, 0, sizeof rounds->counts);
  g_array_append_val (rounds->changes, change);
  if (rounds->changes->len % LEYDEN_ROUNDS_STRIDE == 0)
    g_array_append_val (rounds->sums, rounds->counts);
  self->bytes += sizeof change + 1;
}

/* What a record says of time */

static const char *
keep_text (LeydenTimeline *self,
           const char     *text)
{
  return text != NULL ? g_string_chunk_insert_const (self->texts, text) : NULL;
}

static guint16
find_word (LeydenTimeline *self,
           const char     *word)
{
  const char *kept = keep_text (self, word);
  guint known = GPOINTER_TO_UINT (g_hash_table_lookup (self->words_index, kept));

  /* There are a handful. What a strange log makes up beyond all measure counts as one. */
  if (known != 0 || self->words->len == G_MAXUINT16 - 1)
    return (guint16) (MAX (known, 1) - 1);
  g_ptr_array_add (self->words, (gpointer) kept);
  g_hash_table_insert (self->words_index, (gpointer) kept, GUINT_TO_POINTER (self->words->len));
  return (guint16) (self->words->len - 1);
}

static guint32
find_error (LeydenTimeline *self,
            LeydenValue    *error)
{
  if (error == NULL)
    return 0;
  if (self->errors->len > 0 && g_ptr_array_index (self->errors, self->errors->len - 1) == error)
    return self->errors->len;
  g_ptr_array_add (self->errors, leyden_value_ref (error));
  self->bytes += 400;
  return self->errors->len;
}

static void
note_wait (LeydenTimeline  *self,
           LeydenNodeMarks *node,
           LeydenRecord    *record)
{
  LeydenWaitMark *last = node->waits != NULL && node->waits->len > 0
                           ? &g_array_index (node->waits, LeydenWaitMark, node->waits->len - 1) : NULL;
  gboolean retried = strcmp (record->type, "node.retried") == 0;
  LeydenWaitMark wait = { .first = record->sequence, .start_ns = record->time_ns };

  if (last != NULL && last->last == 0)
    {
      last->last = record->sequence;
      last->end_ns = record->time_ns;
    }
  if (!retried && strcmp (record->type, "node.waiting") != 0)
    return;
  wait.reason = find_word (self, retried ? "retry" : leyden_value_get_member_string (record->payload, "reason", "queue"));
  if (node->waits == NULL)
    node->waits = g_array_sized_new (FALSE, FALSE, sizeof wait, 1);
  g_array_append_val (node->waits, wait);
  self->bytes += sizeof wait;
}

static LeydenCallMark *
find_call (LeydenNodeMarks *node,
           LeydenRecord    *record,
           gboolean         tool)
{
  gint64 ordinal = leyden_value_get_member_int (record->payload, "ordinal", 0);
  gint64 try = leyden_value_get_member_int (record->payload, "try", 1);

  for (guint i = node->calls != NULL ? node->calls->len : 0; i > 0; i--)
    {
      LeydenCallMark *call = &g_array_index (node->calls, LeydenCallMark, i - 1);

      if ((call->tool != 0) == tool && call->ordinal == ordinal && call->try == try)
        return call->last == 0 ? call : NULL;
    }
  return NULL;
}

static void
begin_call (LeydenTimeline  *self,
            LeydenNodeMarks *node,
            LeydenRecord    *record,
            gboolean         tool)
{
  LeydenCallMark call = {
    .first = record->sequence, .start_ns = record->time_ns, .tool = tool ? 1 : 0,
    .ordinal = leyden_value_get_member_int (record->payload, "ordinal", 0),
    .try = (guint32) leyden_value_get_member_int (record->payload, "try", 1),
  };

  if (node->calls == NULL)
    node->calls = g_array_sized_new (FALSE, FALSE, sizeof call, 1);
  g_array_append_val (node->calls, call);
  self->bytes += sizeof call;
}

static void
end_call (LeydenTimeline  *self,
          LeydenNodeMarks *node,
          LeydenRecord    *record,
          gboolean         tool)
{
  LeydenCallMark *call = find_call (node, record, tool);
  LeydenValue *answer = leyden_value_get_member (record->payload, "answer");
  LeydenValue *usage = leyden_value_get_member (answer, "usage");

  if (call == NULL)
    {
      begin_call (self, node, record, tool);
      call = &g_array_index (node->calls, LeydenCallMark, node->calls->len - 1);
    }
  call->last = record->sequence;
  call->end_ns = record->time_ns;
  call->failed = leyden_value_get_member (record->payload, "error") != NULL ? 1 : 0;
  if (leyden_value_get_member (record->payload, "from") != NULL)
    return;
  call->tokens = CLAMP (leyden_value_get_member_int (usage, "prompt_tokens", 0), 0, G_MAXINT32)
                 + CLAMP (leyden_value_get_member_int (usage, "completion_tokens", 0), 0, G_MAXINT32);
  call->cost = CLAMP (leyden_value_get_member_double (answer, "cost", 0), 0, 1e9);
}

/* ["node", "port"], or a list of such. */
static void
add_source (LeydenTimeline *self,
            GArray         *sources,
            const char     *path,
            LeydenValue    *source)
{
  LeydenValue *first = leyden_value_get_item (source, 0);
  const char *id = leyden_value_get_string (first, NULL);
  g_autofree char *full = NULL;
  guint32 number;

  if (id == NULL)
    {
      for (guint i = 0; leyden_value_get_kind (first) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (source); i++)
        {
          LeydenValue *one = leyden_value_get_item (source, i);

          if (leyden_value_get_string (leyden_value_get_item (one, 0), NULL) != NULL)
            add_source (self, sources, path, one);
        }
      return;
    }
  full = g_strdup_printf ("%.*s%s", (int) leyden_node_path_get_scope (path), path, id);
  number = GPOINTER_TO_UINT (g_hash_table_lookup (self->index, full));
  if (number == 0)
    return;
  number--;
  g_array_append_val (sources, number);
}

static void
note_sources (LeydenTimeline  *self,
              LeydenNodeMarks *node,
              LeydenRecord    *record)
{
  LeydenValue *inputs = leyden_value_get_member (record->payload, "inputs");
  g_autoptr(GArray) sources = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < leyden_value_get_size (inputs); i++)
    add_source (self, sources, record->node, leyden_value_get_item (inputs, i));
  g_free (node->sources);
  node->n_sources = sources->len;
  node->sources = sources->len > 0 ? g_memdup2 (sources->data, sources->len * sizeof (guint32)) : NULL;
  self->bytes += sources->len * sizeof (guint32);
}

/* Spans of another program: what lies in what is told by ids, since a span comes when it has ended. */
static void
note_span (LeydenTimeline  *self,
           LeydenNodeMarks *node,
           LeydenRecord    *record)
{
  const char *id = leyden_value_get_member_string (record->payload, "span", NULL);

  if (id == NULL || g_strcmp0 (self->state->executor, "otlp") != 0)
    return;
  if (self->spans == NULL)
    self->spans = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (self->spans, g_strdup (id), g_hash_table_lookup (self->index, node->path));
  g_free (node->parent);
  node->parent = g_strdup (leyden_value_get_member_string (record->payload, "parent", ""));
  self->bytes += 100;
}

static void
note_times (LeydenTimeline  *self,
            LeydenNodeMarks *node,
            LeydenRecord    *record)
{
  const char *type = record->type;

  if (strcmp (type, "model.request") == 0 || strcmp (type, "tool.called") == 0)
    begin_call (self, node, record, type[0] == 't');
  else if (strcmp (type, "model.response") == 0 || strcmp (type, "tool.returned") == 0)
    end_call (self, node, record, type[0] == 't');
  else if (strcmp (type, "node.started") == 0)
    {
      note_sources (self, node, record);
      note_span (self, node, record);
    }
  if (g_str_has_prefix (type, "node.") || g_str_has_prefix (type, "model.") || g_str_has_prefix (type, "tool."))
    note_wait (self, node, record);
}

static void
note_pause (LeydenTimeline *self,
            LeydenRecord   *record)
{
  LeydenWaitMark *last = self->pauses->len > 0 ? &g_array_index (self->pauses, LeydenWaitMark, self->pauses->len - 1) : NULL;
  gboolean was = last != NULL && last->last == 0, is = self->state->paused != NULL;
  LeydenWaitMark pause = { .first = record->sequence, .start_ns = record->time_ns };

  if (was == is)
    return;
  if (is)
    {
      g_array_append_val (self->pauses, pause);
      self->bytes += sizeof pause;
      return;
    }
  last->last = record->sequence;
  last->end_ns = record->time_ns;
}

/* Where the rollout stands is named by what is no record of that node: it need not have begun. */
static gboolean
is_of_node (LeydenRecord *record)
{
  return *record->node != '\0' && !g_str_has_prefix (record->type, "rollout.") && strcmp (record->type, "breakpoint.hit") != 0;
}

/* Marks */

static guint8
describe_flags (LeydenNodeFold *fold)
{
  guint8 flags = fold->state == NULL ? LEYDEN_MARK_PART : 0;

  if (g_strcmp0 (fold->mode, "disabled") == 0)
    flags |= LEYDEN_MARK_DISABLED;
  else if (g_strcmp0 (fold->mode, "bypassed") == 0)
    flags |= LEYDEN_MARK_BYPASSED;
  if (fold->from != NULL)
    flags |= leyden_value_get_member_boolean (fold->from, "pin", FALSE) ? LEYDEN_MARK_FROM_PIN : LEYDEN_MARK_FROM_ROLLOUT;
  if (leyden_value_get_member_boolean (fold->cache, "hit", FALSE))
    flags |= LEYDEN_MARK_CACHED;
  return flags;
}

static void
mark_node (LeydenTimeline  *self,
           LeydenNodeMarks *node,
           LeydenNodeFold  *fold)
{
  guint64 epoch = leyden_timeline_get_epoch (self, self->last);
  LeydenMark *before = node->marks->len > 0 ? &g_array_index (node->marks, LeydenMark, node->marks->len - 1) : NULL;
  const char *reason = fold->waiting == NULL ? NULL : leyden_value_get_member_string (fold->waiting, "reason", "retry");
  LeydenMark mark = {
    .sequence = self->last, .started_ns = fold->started_ns, .finished_ns = fold->finished_ns,
    .attempts = (guint32) MAX (fold->attempts, 0), .n_calls = fold->calls->len, .error = find_error (self, fold->error),
    .waiting = reason != NULL ? find_word (self, reason) + 1 : 0, .state = find_state (leyden_node_fold_get_state (fold)),
    .flags = describe_flags (fold),
  };

  if (before != NULL && before->sequence < epoch)
    before = NULL;
  if (node->rounds > 0 && (before == NULL || before->state != mark.state))
    count_round (self, g_ptr_array_index (self->rounds, node->rounds - 1), before != NULL ? before->state : LEYDEN_ROUNDS_NONE, mark.state);
  if (before != NULL)
    {
      LeydenMark same = *before;

      same.sequence = mark.sequence;
      if (memcmp (&same, &mark, sizeof mark) == 0)
        return;
    }
  g_array_append_val (node->marks, mark);
  self->bytes += sizeof mark;
}

/* Nothing of the values is needed further on but the time and kind of calls. */
static void
forget_values (LeydenNodeFold *fold)
{
  g_clear_pointer (&fold->inputs, leyden_value_unref);
  g_clear_pointer (&fold->outputs, leyden_value_unref);
  g_clear_pointer (&fold->parameters, leyden_value_unref);
  g_clear_pointer (&fold->typed, leyden_value_unref);
  g_clear_pointer (&fold->dropped, g_ptr_array_unref);
  for (guint i = fold->calls->len; i > 0; i--)
    {
      LeydenCallState *call = g_ptr_array_index (fold->calls, i - 1);

      if (call->request == NULL && call->answer == NULL && call->hash == NULL)
        break;
      g_clear_pointer (&call->request, leyden_value_unref);
      g_clear_pointer (&call->answer, leyden_value_unref);
      g_clear_pointer (&call->hash, g_free);
    }
}

static void
mark_rollout (LeydenTimeline *self)
{
  LeydenRolloutState *state = self->state;
  LeydenRolloutMark *before = self->marks->len > 0 ? &g_array_index (self->marks, LeydenRolloutMark, self->marks->len - 1) : NULL;
  LeydenRolloutMark mark;

  /* All bytes count below. */
  memset (&mark, 0, sizeof mark);
  mark.sequence = self->last;
  mark.attempt = keep_text (self, state->attempt);
  mark.state = keep_text (self, state->state != NULL ? state->state : "queued");
  mark.breakpoint = keep_text (self, state->breakpoint);
  mark.paused = keep_text (self, leyden_value_get_member_string (state->paused, "reason", NULL));
  mark.paused_at = keep_text (self, leyden_value_get_member_string (state->paused, "node", NULL));
  mark.error_kind = keep_text (self, state->error_kind);
  mark.error = find_error (self, state->error);
  mark.n_unpriced = state->n_unpriced;
  mark.started_ns = state->started_ns;
  mark.finished_ns = state->finished_ns;
  mark.tokens_in = state->tokens_in;
  mark.tokens_out = state->tokens_out;
  mark.cost = state->cost;
  mark.reward = state->reward;
  mark.latency_ms = state->latency_ms;
  mark.simulated = state->simulated;
  if (before != NULL)
    {
      LeydenRolloutMark same = *before;

      same.sequence = mark.sequence;
      if (memcmp (&same, &mark, sizeof mark) == 0)
        return;
    }
  g_array_append_val (self->marks, mark);
  self->bytes += sizeof mark;
}

/* Most records change nothing of the rollout as a whole. */
static gboolean
changes_rollout (LeydenTimeline *self,
                 LeydenRecord   *record)
{
  static const char * const prefixes[] = { "node.", "tool.", "model.request", "merge.", "output." };
  const LeydenRolloutMark *last = self->marks->len > 0 ? &g_array_index (self->marks, LeydenRolloutMark, self->marks->len - 1) : NULL;

  /* A span of another program may have begun before all that came. */
  if (last == NULL || g_strcmp0 (last->attempt, record->attempt) != 0 || self->spans != NULL)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (record->type, prefixes[i]))
      return FALSE;
  return TRUE;
}

static void
start_over (LeydenTimeline *self)
{
  g_array_append_val (self->epochs, self->last);
  for (guint i = 0; i < self->rounds->len; i++)
    count_round (self, g_ptr_array_index (self->rounds, i), LEYDEN_ROUNDS_NONE, LEYDEN_ROUNDS_NONE);
}

void
leyden_timeline_add (LeydenTimeline *self,
                     LeydenRecord   *record)
{
  LeydenRolloutState *state = self->state;
  gboolean again = state->state != NULL && strcmp (record->type, "rollout.started") == 0;
  LeydenNodeFold *fold;
  LeydenNodeMarks *node;
  guint32 number;

  g_return_if_fail (record->sequence == self->last + 1);

  self->last = record->sequence;
  self->last_ns = record->time_ns;
  if (self->last == 1)
    self->first_ns = record->time_ns;
  if (again)
    start_over (self);
  leyden_rollout_state_apply (state, record);
  g_ptr_array_set_size (state->console, 0);
  g_ptr_array_set_size (state->foreign, 0);
  g_ptr_array_set_size (state->rewards, 0);
  g_clear_pointer (&state->result, leyden_value_unref);
  note_pause (self, record);
  if (changes_rollout (self, record))
    mark_rollout (self);
  if (!is_of_node (record))
    return;
  number = find_node (self, record->node);
  node = g_ptr_array_index (self->nodes, number);
  g_array_append_val (node->records, record->sequence);
  self->bytes += sizeof (guint64);
  note_times (self, node, record);
  fold = g_hash_table_lookup (state->nodes, record->node);
  if (fold == NULL)
    return;
  mark_node (self, node, fold);
  forget_values (fold);
}

/* Looking */

guint64
leyden_timeline_get_epoch (LeydenTimeline *self,
                           guint64         until)
{
  for (guint i = self->epochs->len; i > 0; i--)
    if (g_array_index (self->epochs, guint64, i - 1) <= until)
      return g_array_index (self->epochs, guint64, i - 1);
  return 0;
}

/* Index of the first element whose sequence, its first member, is above @until. */
static guint
count_until (GArray  *array,
             gsize    size,
             guint64  until)
{
  guint low = 0, high = array->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (*(guint64 *) (gpointer) (array->data + middle * size) <= until)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

const LeydenMark *
leyden_timeline_find_mark (LeydenTimeline  *self,
                           LeydenNodeMarks *node,
                           guint64          until)
{
  guint n = count_until (node->marks, sizeof (LeydenMark), until);
  const LeydenMark *mark = n > 0 ? &g_array_index (node->marks, LeydenMark, n - 1) : NULL;

  return mark != NULL && mark->sequence >= leyden_timeline_get_epoch (self, until) ? mark : NULL;
}

const LeydenRolloutMark *
leyden_timeline_find_rollout (LeydenTimeline *self,
                              guint64         until)
{
  guint n = count_until (self->marks, sizeof (LeydenRolloutMark), until);

  return n > 0 ? &g_array_index (self->marks, LeydenRolloutMark, n - 1) : NULL;
}

static int
compare_paths (gconstpointer a,
               gconstpointer b,
               gpointer      data)
{
  LeydenTimeline *self = data;
  LeydenNodeMarks *x = g_ptr_array_index (self->nodes, *(const guint32 *) a), *y = g_ptr_array_index (self->nodes, *(const guint32 *) b);

  return strcmp (x->path, y->path);
}

GArray *
leyden_timeline_list_scope (LeydenTimeline *self,
                            const char     *prefix)
{
  g_autofree char *name = g_str_has_suffix (prefix, "]") ? g_strconcat (prefix, "/", NULL)
                                                         : g_strndup (prefix, leyden_node_path_get_scope (prefix));
  LeydenScopeMarks *scope = g_hash_table_lookup (self->scopes, name);

  if (scope == NULL)
    return NULL;
  g_mutex_lock (&self->sort_lock);
  if (scope->n_sorted != scope->nodes->len)
    g_array_sort_with_data (scope->nodes, compare_paths, self);
  scope->n_sorted = scope->nodes->len;
  g_mutex_unlock (&self->sort_lock);
  return scope->nodes;
}

static int
compare_sequences (gconstpointer a,
                   gconstpointer b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

  return x < y ? -1 : x > y;
}

GArray *
leyden_timeline_list_records (LeydenTimeline *self,
                              guint64         until,
                              const char     *prefix,
                              guint           limit,
                              gboolean       *truncated)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (guint64));
  GArray *scope = leyden_timeline_list_scope (self, prefix);
  guint64 epoch = leyden_timeline_get_epoch (self, until);

  *truncated = FALSE;
  for (guint i = 0; scope != NULL && i < scope->len && !*truncated; i++)
    {
      LeydenNodeMarks *node = g_ptr_array_index (self->nodes, g_array_index (scope, guint32, i));
      guint n = count_until (node->records, sizeof (guint64), until);
      guint first = count_until (node->records, sizeof (guint64), MAX (epoch, 1) - 1);

      if (!g_str_has_prefix (node->path, prefix) || n <= first)
        continue;
      /* A node whole or not at all. */
      *truncated = found->len + (n - first) > limit;
      if (!*truncated)
        g_array_append_vals (found, &g_array_index (node->records, guint64, first), n - first);
    }
  g_array_sort (found, compare_sequences);
  return found;
}
