/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "leyden-timeline-private.h"

#include <string.h>

/* Shorter than this between the last input and the start is no queueing. */
#define QUEUE_NS 1000000
#define NONE G_MAXUINT
/* Of spans of another program; deeper ones lie at the top. */
#define MAX_DEPTH 1000

typedef enum { SPAN_NODE, SPAN_TURN, SPAN_MODEL, SPAN_TOOL, SPAN_WAIT } SpanKind;
static const char * const kind_names[] = { "node", "turn", "model", "tool", "wait" };

typedef struct
{
  LeydenNodeMarks *node;                /* NULL: a pause of the rollout as a whole */
  SpanKind         kind;
  const char      *state;
  const char      *wait;
  gint64           start_ns, end_ns;    /* 0: under way */
  guint64          first, last;
  gint64           tokens;
  double           cost;
  guint            parent;              /* index of a span, NONE at the top */
  guint            depth;
  gint64           self_ns;
  gint64           paused_ns;
  gboolean         queue;               /* lies before the node, not in it */
  gboolean         critical;
} Span;

/* One after the other. */
typedef struct
{
  gint64 start_ns;
  gint64 end_ns;                        /* G_MAXINT64: under way */
  gint64 before_ns;                     /* length of those before it */
} Pause;

typedef struct
{
  LeydenTimeline *timeline;
  guint64         until;
  guint64         epoch;
  gint64          now_ns;               /* where what is under way is cut off */
  GArray         *spans;
  GArray         *pauses;               /* Pause */
  guint          *span_of;              /* by node: its span + 1 */
  guint          *first_child;          /* by span + 1 (0: the top): index in children; one more at the end */
  guint          *children;             /* by parent, in the order of their ends */
} Spans;

static Span *
get_span (Spans *self,
          guint  i)
{
  return &g_array_index (self->spans, Span, i);
}

static gboolean
is_counted (Spans   *self,
            guint64  first)
{
  return first >= self->epoch && first <= self->until;
}

/* Pauses */

static gboolean
is_pause_open (Spans          *self,
               LeydenWaitMark *mark)
{
  return mark->last == 0 || mark->last > self->until;
}

/* Clocks may go back: no moment counts twice. */
static void
list_pauses (Spans *self)
{
  GArray *marks = self->timeline->pauses;
  gint64 from = 0, sum = 0;

  for (guint i = 0; i < marks->len; i++)
    {
      LeydenWaitMark *mark = &g_array_index (marks, LeydenWaitMark, i);
      Pause pause = { .start_ns = MAX (mark->start_ns, from), .before_ns = sum };

      if (!is_counted (self, mark->first))
        continue;
      pause.end_ns = is_pause_open (self, mark) ? G_MAXINT64 : MAX (mark->end_ns, pause.start_ns);
      sum += pause.end_ns - pause.start_ns;
      from = pause.end_ns;
      g_array_append_val (self->pauses, pause);
    }
}

static gint64
get_paused_before (Spans  *self,
                   gint64  time_ns)
{
  guint low = 0, high = self->pauses->len;
  Pause *last;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (self->pauses, Pause, middle).start_ns < time_ns)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == 0)
    return 0;
  last = &g_array_index (self->pauses, Pause, low - 1);
  return last->before_ns + MIN (time_ns, last->end_ns) - last->start_ns;
}

static gint64
get_paused (Spans  *self,
            gint64  start_ns,
            gint64  end_ns)
{
  return end_ns > start_ns ? get_paused_before (self, end_ns) - get_paused_before (self, start_ns) : 0;
}

static gint64
get_unpaused (Spans  *self,
              gint64  start_ns,
              gint64  end_ns)
{
  return MAX (0, end_ns - start_ns) - get_paused (self, start_ns, end_ns);
}

/* Making */

static gboolean
is_ended (LeydenMarkState state)
{
  return state >= LEYDEN_MARK_SUCCEEDED;
}

static Span
make_span (LeydenNodeMarks *node,
           SpanKind         kind,
           gint64           start_ns,
           gint64           end_ns)
{
  return (Span) { .node = node, .kind = kind, .start_ns = start_ns, .end_ns = end_ns, .parent = NONE };
}

/* The range of the node's records that count. */
static void
set_range (Spans *self,
           Span  *span)
{
  GArray *records = span->node->records;

  for (guint i = 0; i < records->len; i++)
    {
      guint64 sequence = g_array_index (records, guint64, i);

      if (sequence < self->epoch || sequence > self->until)
        continue;
      if (span->first == 0)
        span->first = sequence;
      span->last = sequence;
    }
}

/* A turn or a tool lasts as long as its calls. */
static void
set_times_of_calls (Spans *self,
                    Span  *span)
{
  GArray *calls = span->node->calls;
  gboolean open = FALSE;

  for (guint i = 0; calls != NULL && i < calls->len; i++)
    {
      LeydenCallMark *call = &g_array_index (calls, LeydenCallMark, i);

      if (!is_counted (self, call->first))
        continue;
      if (span->start_ns == 0)
        span->start_ns = call->start_ns;
      if (call->last == 0 || call->last > self->until)
        open = TRUE;
      else
        span->end_ns = MAX (span->end_ns, call->end_ns);
    }
  if (open)
    span->end_ns = 0;
}

static guint
count_tool_calls (Spans           *self,
                  LeydenNodeMarks *node)
{
  guint n = 0;

  for (guint i = 0; node->calls != NULL && i < node->calls->len; i++)
    n += g_array_index (node->calls, LeydenCallMark, i).tool && is_counted (self, g_array_index (node->calls, LeydenCallMark, i).first);
  return n;
}

static gboolean
is_turn (const char *path)
{
  const char *hash = strrchr (path, '#'), *slash = strrchr (path, '/');

  return hash != NULL && (slash == NULL || slash < hash);
}

static void
add_node (Spans *self,
          guint  number)
{
  LeydenNodeMarks *node = g_ptr_array_index (self->timeline->nodes, number);
  const LeydenMark *mark = leyden_timeline_find_mark (self->timeline, node, self->until);
  Span span;

  if (mark == NULL)
    return;
  span = make_span (node, SPAN_NODE, mark->started_ns, is_ended (mark->state) ? mark->finished_ns : 0);
  span.state = leyden_mark_state_to_string (mark->state);
  set_range (self, &span);
  if (mark->flags & LEYDEN_MARK_PART)
    {
      span.kind = is_turn (node->path) ? SPAN_TURN : SPAN_TOOL;
      span.start_ns = span.end_ns = 0;
      set_times_of_calls (self, &span);
    }
  if (span.start_ns == 0)
    span.start_ns = span.end_ns;
  if (span.start_ns == 0)
    return;
  g_array_append_val (self->spans, span);
  self->span_of[number] = self->spans->len;
}

static void
add_calls (Spans           *self,
           LeydenNodeMarks *node,
           guint            parent)
{
  gboolean single = get_span (self, parent)->kind == SPAN_TOOL && count_tool_calls (self, node) == 1;

  for (guint i = 0; node->calls != NULL && i < node->calls->len; i++)
    {
      LeydenCallMark *call = &g_array_index (node->calls, LeydenCallMark, i);
      gboolean open = call->last == 0 || call->last > self->until;
      Span span = make_span (node, call->tool ? SPAN_TOOL : SPAN_MODEL, call->start_ns, open ? 0 : call->end_ns);

      if (!is_counted (self, call->first) || (single && call->tool))
        continue;
      span.state = open ? "running" : call->failed ? "failed" : "succeeded";
      span.first = call->first;
      span.last = open ? call->first : call->last;
      span.tokens = open ? 0 : call->tokens;
      span.cost = open ? 0 : call->cost;
      span.parent = parent;
      g_array_append_val (self->spans, span);
    }
}

static void
add_waits (Spans           *self,
           LeydenNodeMarks *node,
           guint            parent)
{
  for (guint i = 0; node->waits != NULL && i < node->waits->len; i++)
    {
      LeydenWaitMark *wait = &g_array_index (node->waits, LeydenWaitMark, i);
      gboolean open = wait->last == 0 || wait->last > self->until;
      Span span = make_span (node, SPAN_WAIT, wait->start_ns, open ? 0 : wait->end_ns);

      if (!is_counted (self, wait->first))
        continue;
      span.state = open ? "waiting" : "succeeded";
      span.wait = g_ptr_array_index (self->timeline->words, wait->reason);
      span.first = wait->first;
      span.last = open ? wait->first : wait->last;
      span.parent = parent;
      g_array_append_val (self->spans, span);
    }
}

static void
add_queue (Spans           *self,
           LeydenNodeMarks *node,
           guint            of)
{
  gint64 start = get_span (self, of)->start_ns;
  gint64 ready = 0;
  Span span;

  for (guint i = 0; i < node->n_sources; i++)
    {
      guint source = self->span_of[node->sources[i]];

      if (source != 0)
        ready = MAX (ready, get_span (self, source - 1)->end_ns);
    }
  if (ready == 0 || get_unpaused (self, ready, start) < QUEUE_NS)
    return;
  span = make_span (node, SPAN_WAIT, ready, start);
  span.state = "succeeded";
  span.wait = "queue";
  span.first = span.last = get_span (self, of)->first;
  span.parent = get_span (self, of)->parent;
  span.queue = TRUE;
  g_array_append_val (self->spans, span);
}

static void
add_pauses (Spans *self)
{
  GArray *marks = self->timeline->pauses;

  for (guint i = 0; i < marks->len; i++)
    {
      LeydenWaitMark *mark = &g_array_index (marks, LeydenWaitMark, i);
      gboolean open = is_pause_open (self, mark);
      Span span = make_span (NULL, SPAN_WAIT, mark->start_ns, open ? 0 : mark->end_ns);

      if (!is_counted (self, mark->first))
        continue;
      span.state = open ? "waiting" : "succeeded";
      span.wait = "pause";
      span.first = mark->first;
      span.last = open ? mark->first : mark->last;
      g_array_append_val (self->spans, span);
    }
}

/* Where a node lies: "solve" of "solve[3]/check", "agent" of "agent#2", "agent#2" of "agent#2/tool". */
static guint
find_parent (Spans      *self,
             const char *path)
{
  g_autofree char *outer = g_strdup (path);

  for (;;)
    {
      char *slash = strrchr (outer, '/'), *hash = strrchr (outer, '#');
      guint number;

      if (slash == NULL && hash == NULL)
        return NONE;
      if (slash != NULL && slash > outer && (hash == NULL || slash > hash) && slash[-1] == ']')
        while (slash > outer && *slash != '[')
          slash--;
      *(hash == NULL || (slash != NULL && slash > hash) ? slash : hash) = '\0';
      number = GPOINTER_TO_UINT (g_hash_table_lookup (self->timeline->index, outer));
      if (number != 0 && self->span_of[number - 1] != 0)
        return self->span_of[number - 1] - 1;
    }
}

/* Whether @outer lies in @inner already: senders may say anything. */
static gboolean
would_close_a_ring (Spans *self,
                    guint  inner,
                    guint  outer)
{
  guint depth = 0;

  while (outer != NONE && outer != inner && depth++ < MAX_DEPTH)
    outer = get_span (self, outer)->parent;
  return outer != NONE;
}

/* By the ids of spans of another program; NONE also where the outer one has not come. */
static guint
find_parent_by_id (Spans *self,
                   guint  i)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->timeline->spans, get_span (self, i)->node->parent));
  guint span = number != 0 ? self->span_of[number - 1] : 0;

  return span == 0 || would_close_a_ring (self, i, span - 1) ? NONE : span - 1;
}

static void
find_parents (Spans *self)
{
  for (guint i = 0; i < self->spans->len; i++)
    {
      Span *span = get_span (self, i);

      span->parent = span->node->parent != NULL ? find_parent_by_id (self, i) : find_parent (self, span->node->path);
    }
}

static void
make_spans (Spans      *self,
            const char *prefix)
{
  GPtrArray *nodes = self->timeline->nodes;
  guint n_nodes;

  for (guint i = 0; i < nodes->len; i++)
    if (g_str_has_prefix (((LeydenNodeMarks *) g_ptr_array_index (nodes, i))->path, prefix))
      add_node (self, i);
  find_parents (self);
  n_nodes = self->spans->len;
  for (guint i = 0; i < n_nodes; i++)
    {
      LeydenNodeMarks *node = get_span (self, i)->node;

      add_calls (self, node, i);
      add_waits (self, node, i);
      add_queue (self, node, i);
    }
  if (*prefix == '\0')
    add_pauses (self);
}

/* Measuring */

static gint64
get_end (Spans *self,
         Span  *span)
{
  return span->end_ns != 0 ? span->end_ns : self->now_ns;
}

/* What lies in a span may outlast its own calls, and its cost is that of all in it. */
static void
sum_up (Spans *self)
{
  for (guint i = 0; i < self->spans->len; i++)
    {
      Span *span = get_span (self, i);
      guint depth = 0;

      for (guint p = span->parent; p != NONE && depth < 1000; p = get_span (self, p)->parent)
        {
          Span *outer = get_span (self, p);

          if (span->kind == SPAN_MODEL)
            {
              outer->tokens += span->tokens;
              outer->cost += span->cost;
            }
          if (outer->kind == SPAN_TURN && !span->queue && outer->end_ns != 0)
            outer->end_ns = span->end_ns == 0 ? 0 : MAX (outer->end_ns, span->end_ns);
          depth++;
        }
      span->depth = depth;
      self->now_ns = MAX (self->now_ns, MAX (span->start_ns, span->end_ns));
    }
}

/* What tells when something began and ended: its records, for the log tells what came first where clocks do not; of another program its
 * clock, for spans come when they have ended. */
static guint64
get_begin_order (Spans      *self,
                 const Span *span)
{
  return self->timeline->spans != NULL ? (guint64) span->start_ns : span->first;
}

static guint64
get_end_order (Spans      *self,
               const Span *span)
{
  return self->timeline->spans != NULL ? (guint64) span->end_ns : span->last;
}

/* By its last record. */
static int
compare_ends (gconstpointer a,
              gconstpointer b,
              gpointer      data)
{
  Span *x = get_span (data, *(const guint *) a), *y = get_span (data, *(const guint *) b);
  guint64 p = x->end_ns != 0 ? get_end_order (data, x) : G_MAXUINT64, q = y->end_ns != 0 ? get_end_order (data, y) : G_MAXUINT64;

  if (x->parent + 1 != y->parent + 1)
    return x->parent + 1 < y->parent + 1 ? -1 : 1;
  return p != q ? (p < q ? -1 : 1) : x->first != y->first ? (x->first < y->first ? -1 : 1) : 0;
}

static int
compare_begins (gconstpointer a,
                gconstpointer b,
                gpointer      data)
{
  Span *x = get_span (data, *(const guint *) a), *y = get_span (data, *(const guint *) b);

  if (x->start_ns != y->start_ns)
    return x->start_ns < y->start_ns ? -1 : 1;
  if (x->first != y->first)
    return x->first < y->first ? -1 : 1;
  return x->depth != y->depth ? (x->depth < y->depth ? -1 : 1) : 0;
}

static void
list_children (Spans *self)
{
  guint n = self->spans->len;

  self->children = g_new (guint, MAX (n, 1));
  self->first_child = g_new0 (guint, n + 2);
  for (guint i = 0; i < n; i++)
    {
      self->children[i] = i;
      self->first_child[get_span (self, i)->parent + 2]++;      /* NONE + 2 is 1 */
    }
  for (guint i = 1; i < n + 2; i++)
    self->first_child[i] += self->first_child[i - 1];
  if (n > 1)
    g_qsort_with_data (self->children, (int) n, sizeof (guint), compare_ends, self);
}

static void
measure_self (Spans *self)
{
  g_autofree guint *order = g_memdup2 (self->children, MAX (self->spans->len, 1) * sizeof (guint));

  for (guint i = 0; i < self->spans->len; i++)
    {
      Span *span = get_span (self, i);
      guint first = self->first_child[i + 1], n = self->first_child[i + 2] - first;
      gint64 covered = span->start_ns, end = get_end (self, span), own = 0;

      if (n > 1)
        g_qsort_with_data (order + first, (int) n, sizeof (guint), compare_begins, self);
      for (guint j = 0; j < n; j++)
        {
          Span *child = get_span (self, order[first + j]);

          own += get_unpaused (self, covered, MIN (child->start_ns, end));
          covered = MAX (covered, get_end (self, child));
        }
      if (span->node == NULL)
        {
          span->self_ns = MAX (0, end - span->start_ns);
          continue;
        }
      span->self_ns = own + get_unpaused (self, covered, end);
      span->paused_ns = get_paused (self, span->start_ns, end);
    }
}

/* Critical path */

/* What nothing waited for as for something that could have been quicker: it goes with a node, or with nothing. */
static gboolean
is_aside (const Span *span)
{
  return span->queue || span->node == NULL;
}

/* The sibling that ended last before @span began: a wait ends with the first record of what it held up. */
static guint
find_before (Spans *self,
             Span  *span)
{
  guint low = self->first_child[span->parent + 1], high = self->first_child[span->parent + 2], first = low;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      Span *other = get_span (self, self->children[middle]);

      if (other->end_ns != 0 && get_end_order (self, other) <= get_begin_order (self, span))
        low = middle + 1;
      else
        high = middle;
    }
  while (low > first && (is_aside (get_span (self, self->children[low - 1]))
                         || get_begin_order (self, get_span (self, self->children[low - 1])) >= get_begin_order (self, span)))
    low--;
  return low > first ? self->children[low - 1] : NONE;
}

static guint
find_cause (Spans *self,
            guint  at)
{
  Span *span = get_span (self, at);
  guint found = NONE;

  for (guint i = 0; span->kind == SPAN_NODE && i < span->node->n_sources; i++)
    {
      guint source = self->span_of[span->node->sources[i]];

      if (source != 0 && get_span (self, source - 1)->last < span->first
          && (found == NONE || get_span (self, source - 1)->last > get_span (self, found)->last))
        found = source - 1;
    }
  return found != NONE ? found : find_before (self, span);
}

/* @parent + 1: 0 is the top. */
static void
mark_level (Spans  *self,
            guint   level,
            GArray *levels)
{
  guint at = NONE;

  for (guint i = self->first_child[level + 1]; i > self->first_child[level] && at == NONE; i--)
    if (!is_aside (get_span (self, self->children[i - 1])))
      at = self->children[i - 1];
  while (at != NONE)
    {
      guint next = at + 1;

      get_span (self, at)->critical = TRUE;
      g_array_append_val (levels, next);
      at = find_cause (self, at);
    }
}

static void
find_critical_path (Spans *self)
{
  g_autoptr(GArray) levels = g_array_new (FALSE, FALSE, sizeof (guint));
  guint top = 0;

  g_array_append_val (levels, top);
  for (guint i = 0; i < levels->len; i++)
    mark_level (self, g_array_index (levels, guint, i), levels);
  for (guint i = 0; i < self->spans->len; i++)
    {
      Span *span = get_span (self, i);
      guint number = span->queue ? GPOINTER_TO_UINT (g_hash_table_lookup (self->timeline->index, span->node->path)) : 0;

      if (number != 0)
        span->critical = get_span (self, self->span_of[number - 1] - 1)->critical;
    }
}

/* Writing */

static int
compare_depths (gconstpointer a,
                gconstpointer b,
                gpointer      data)
{
  Span *x = get_span (data, *(const guint *) a), *y = get_span (data, *(const guint *) b);

  return x->depth != y->depth ? (x->depth < y->depth ? -1 : 1) : compare_begins (a, b, data);
}

static void
write_span (LeydenValueBuilder *b,
            Span               *span,
            const guint        *place)
{
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_string (b, "path", span->node != NULL ? span->node->path : "");
  leyden_value_builder_set_string (b, "kind", kind_names[span->kind]);
  leyden_value_builder_set_string (b, "state", span->state);
  leyden_value_builder_set_int (b, "start", span->start_ns);
  leyden_value_builder_key (b, "end");
  if (span->end_ns != 0)
    leyden_value_builder_add_int (b, span->end_ns);
  else
    leyden_value_builder_add (b, NULL);
  leyden_value_builder_set_int (b, "first", (gint64) span->first);
  leyden_value_builder_set_int (b, "last", (gint64) span->last);
  leyden_value_builder_key (b, "parent");
  if (span->parent != NONE)
    leyden_value_builder_add_int (b, place[span->parent]);
  else
    leyden_value_builder_add (b, NULL);
  if (span->wait != NULL)
    leyden_value_builder_set_string (b, "wait", span->wait);
  if (span->tokens > 0)
    leyden_value_builder_set_int (b, "tokens", span->tokens);
  if (span->cost > 0)
    leyden_value_builder_set_double (b, "cost", span->cost);
  leyden_value_builder_set_double (b, "self_ms", (double) span->self_ns / 1e6);
  if (span->paused_ns > 0)
    leyden_value_builder_set_double (b, "paused_ms", (double) span->paused_ns / 1e6);
  leyden_value_builder_set_boolean (b, "critical", span->critical);
  leyden_value_builder_end (b);
}

static void
write_spans (Spans              *self,
             LeydenValueBuilder *b,
             guint               limit)
{
  guint n = self->spans->len, n_shown = MIN (n, limit);
  g_autofree guint *order = g_new (guint, MAX (n, 1));
  g_autofree guint *place = g_new0 (guint, MAX (n, 1));

  for (guint i = 0; i < n; i++)
    order[i] = i;
  /* Whatever is shown, what it lies in is shown too. */
  if (n > limit)
    g_qsort_with_data (order, (int) n, sizeof (guint), compare_depths, self);
  if (n_shown > 1)
    g_qsort_with_data (order, (int) n_shown, sizeof (guint), compare_begins, self);
  for (guint i = 0; i < n_shown; i++)
    place[order[i]] = i;
  leyden_value_builder_key (b, "spans");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < n_shown; i++)
    write_span (b, get_span (self, order[i]), place);
  leyden_value_builder_end (b);
  leyden_value_builder_set_boolean (b, "truncated", n > limit);
}

LeydenValue *
leyden_timeline_list_spans (LeydenTimeline *self,
                            guint64         until,
                            const char     *prefix,
                            guint           limit)
{
  const LeydenRolloutMark *mark = leyden_timeline_find_rollout (self, until);
  g_autofree guint *span_of = g_new0 (guint, MAX (self->nodes->len, 1));
  g_autoptr(GArray) array = g_array_new (FALSE, FALSE, sizeof (Span));
  g_autoptr(GArray) pauses = g_array_new (FALSE, FALSE, sizeof (Pause));
  Spans spans = { .timeline = self, .until = until, .epoch = leyden_timeline_get_epoch (self, until), .spans = array, .pauses = pauses,
                  .span_of = span_of };
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  list_pauses (&spans);
  make_spans (&spans, prefix);
  sum_up (&spans);
  list_children (&spans);
  measure_self (&spans);
  find_critical_path (&spans);
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "first", (gint64) MAX (spans.epoch, self->last > 0 ? 1 : 0));
  leyden_value_builder_set_int (&b, "last", (gint64) MIN (until, self->last));
  leyden_value_builder_set_int (&b, "started", mark != NULL && mark->started_ns != 0 ? mark->started_ns : self->first_ns);
  leyden_value_builder_key (&b, "finished");
  if (mark != NULL && mark->finished_ns != 0)
    leyden_value_builder_add_int (&b, mark->finished_ns);
  else
    leyden_value_builder_add (&b, NULL);
  write_spans (&spans, &b, limit);
  leyden_value_builder_end (&b);
  g_free (spans.children);
  g_free (spans.first_child);
  return leyden_value_builder_end_value (&b);
}
