/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-span-tree.h"

#include <math.h>
#include <string.h>

/* More than any clock says, less than what overflows when it is added. */
#define MAX_TIME (G_MAXINT64 / 4)

/* A span as it came. */
typedef struct
{
  LeydenSpanRow row;
  guint             parent;             /* index of a span, or LEYDEN_NO_ROW */
  guint             place;              /* its row */
  gboolean          shares;             /* … is that of another */
} Span;

/* A record at which something happens. */
typedef struct
{
  guint64    sequence;
  gint64     time_ns;
  guint      row;
  LeydenStop what;
  gboolean   is_node;
} Stop;

struct _LeydenSpanTree
{
  LeydenValue *answer;                  /* the texts are its */
  GArray      *rows;                    /* LeydenSpanRow */
  GArray      *waits;                   /* LeydenSpanWait, by row */
  GArray      *pauses;                  /* LeydenSpanWait, by start */
  GArray      *stops;                   /* Stop, by sequence, each once */
  guint        pause_row;               /* all pauses stand in it; LEYDEN_NO_ROW: there are none */
  GHashTable  *keys;                    /* LeydenSpanRow → row + 1 */
  guint64      first;
  guint64      last;
  gint64       start_ns;
  gint64       end_ns;
  gboolean     over;
  gboolean     truncated;
};

/* --- reading --- */

static gint64
get_time (LeydenValue *value,
          const char  *key)
{
  return CLAMP (leyden_value_get_member_int (value, key, 0), 0, MAX_TIME);
}

static guint64
get_sequence (LeydenValue *value,
              const char  *key)
{
  return (guint64) CLAMP (leyden_value_get_member_int (value, key, 0), 0, MAX_TIME);
}

static LeydenSpanKind
read_kind (LeydenValue *value)
{
  static const struct { const char *name; LeydenSpanKind kind; } kinds[] = {
    { "node", LEYDEN_SPAN_NODE }, { "turn", LEYDEN_SPAN_TURN }, { "model", LEYDEN_SPAN_MODEL }, { "tool", LEYDEN_SPAN_TOOL },
    { "rate-limit", LEYDEN_SPAN_RATE_LIMIT }, { "retry", LEYDEN_SPAN_RETRY }, { "human", LEYDEN_SPAN_HUMAN }, { "queue", LEYDEN_SPAN_QUEUE },
    { "lease", LEYDEN_SPAN_QUEUE }, { "decision", LEYDEN_SPAN_HUMAN }, { "pause", LEYDEN_SPAN_PAUSE },
  };
  const char *kind = leyden_value_get_member_string (value, "kind", "node");
  gboolean wait = g_str_equal (kind, "wait");

  if (wait)
    kind = leyden_value_get_member_string (value, "wait", "");
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].name, kind))
      return kinds[i].kind;
  return wait ? LEYDEN_SPAN_WAIT : LEYDEN_SPAN_NODE;
}

static gboolean
is_wait (LeydenSpanKind kind)
{
  return kind >= LEYDEN_SPAN_RATE_LIMIT;
}

static double
get_amount (LeydenValue *value,
            const char  *key,
            double       fallback)
{
  double amount = leyden_value_get_member_double (value, key, fallback);

  return isfinite (amount) && amount >= 0 && amount < 1e15 ? amount : fallback;
}

static Span
read_span (LeydenValue *value,
           guint        n_spans)
{
  Span span = { .parent = LEYDEN_NO_ROW, .place = LEYDEN_NO_ROW };
  gint64 parent = leyden_value_get_member_int (value, "parent", -1);

  span.row.path = leyden_value_get_member_string (value, "path", "");
  span.row.state = leyden_value_get_member_string (value, "state", "");
  span.row.kind = read_kind (value);
  span.row.start_ns = get_time (value, "start");
  span.row.end_ns = get_time (value, "end");
  if (span.row.end_ns != 0)
    span.row.end_ns = MAX (span.row.end_ns, span.row.start_ns);
  span.row.first = get_sequence (value, "first");
  span.row.last = MAX (get_sequence (value, "last"), span.row.first);
  span.row.cost = get_amount (value, "cost", 0);
  span.row.tokens = (gint64) get_amount (value, "tokens", 0);
  span.row.self_ms = get_amount (value, "self_ms", NAN);
  span.row.paused_ms = get_amount (value, "paused_ms", 0);
  span.row.critical = leyden_value_get_member_boolean (value, "critical", FALSE);
  span.row.parent = LEYDEN_NO_ROW;
  if (parent >= 0 && parent < n_spans)
    span.parent = (guint) parent;
  return span;
}

/* A queue lies before the node that waited in it, and stands in its line. */
static void
adopt_queues (GArray *spans)
{
  g_autoptr(GHashTable) nodes = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < spans->len; i++)
    if (g_array_index (spans, Span, i).row.kind == LEYDEN_SPAN_NODE)
      g_hash_table_insert (nodes, (gpointer) g_array_index (spans, Span, i).row.path, GUINT_TO_POINTER (i + 1));
  for (guint i = 0; i < spans->len; i++)
    {
      Span *span = &g_array_index (spans, Span, i);
      guint node = span->row.kind == LEYDEN_SPAN_QUEUE ? GPOINTER_TO_UINT (g_hash_table_lookup (nodes, span->row.path)) : 0;

      if (node != 0 && span->row.end_ns != 0 && span->row.end_ns <= g_array_index (spans, Span, node - 1).row.start_ns)
        span->parent = node - 1;
    }
}

/* What is its own ancestor has no parent, and nothing lies in a pause. */
static void
cut_circles (GArray *spans)
{
  g_autofree guint *seen = g_new0 (guint, spans->len);

  for (guint i = 0; i < spans->len; i++)
    {
      Span *span = &g_array_index (spans, Span, i);

      if (span->row.kind == LEYDEN_SPAN_PAUSE
          || (span->parent != LEYDEN_NO_ROW && g_array_index (spans, Span, span->parent).row.kind == LEYDEN_SPAN_PAUSE))
        span->parent = LEYDEN_NO_ROW;
    }
  for (guint i = 0; i < spans->len; i++)
    {
      guint at = i;

      while (at != LEYDEN_NO_ROW && seen[at] == 0)
        {
          Span *span = &g_array_index (spans, Span, at);

          seen[at] = i + 1;
          if (span->parent != LEYDEN_NO_ROW && seen[span->parent] == i + 1)
            span->parent = LEYDEN_NO_ROW;
          at = span->parent;
        }
    }
}

/* --- the tree --- */

typedef struct
{
  guint  *first;                        /* by span: its first child among the sorted, or LEYDEN_NO_ROW */
  guint  *sorted;                       /* spans, by parent and start */
  GArray *spans;
} Tree;

/* Roots first. */
static guint
order_of_parent (const Span *span)
{
  return span->parent + 1;
}

static int
compare_spans (gconstpointer a,
               gconstpointer b,
               gpointer      data)
{
  guint i = *(const guint *) a, j = *(const guint *) b;
  const Span *x = &g_array_index ((GArray *) data, Span, i), *y = &g_array_index ((GArray *) data, Span, j);

  if (x->parent != y->parent)
    return order_of_parent (x) < order_of_parent (y) ? -1 : 1;
  if (x->row.start_ns != y->row.start_ns)
    return x->row.start_ns < y->row.start_ns ? -1 : 1;
  if (x->row.first != y->row.first)
    return x->row.first < y->row.first ? -1 : 1;
  return i < j ? -1 : i > j;
}

static void
tree_init (Tree   *tree,
           GArray *spans)
{
  tree->spans = spans;
  tree->first = g_new (guint, spans->len);
  tree->sorted = g_new (guint, spans->len);
  for (guint i = 0; i < spans->len; i++)
    {
      tree->first[i] = LEYDEN_NO_ROW;
      tree->sorted[i] = i;
    }
  g_qsort_with_data (tree->sorted, (int) spans->len, sizeof (guint), compare_spans, spans);
  for (guint i = spans->len; i > 0; i--)
    {
      guint parent = g_array_index (spans, Span, tree->sorted[i - 1]).parent;

      if (parent != LEYDEN_NO_ROW)
        tree->first[parent] = i - 1;
    }
}

static void
tree_clear (Tree *tree)
{
  g_free (tree->first);
  g_free (tree->sorted);
}

static guint
tree_get_child (const Tree *tree,
                guint       span,
                guint       nth)
{
  guint at = tree->first[span] + nth;

  if (tree->first[span] == LEYDEN_NO_ROW || at >= tree->spans->len || g_array_index (tree->spans, Span, tree->sorted[at]).parent != span)
    return LEYDEN_NO_ROW;
  return tree->sorted[at];
}

typedef struct
{
  guint span;
  guint next;                           /* child that is looked at */
} Frame;

/* A wait stands in the line of what waits, together with those that wait for nothing below it. */
static gboolean
has_row (const Span *span)
{
  return !is_wait (span->row.kind) || span->parent == LEYDEN_NO_ROW;
}

/* Who steps pauses once a step: that is one line with many bars, not many lines. */
static void
join_pauses (LeydenSpanTree *self,
             Span           *span)
{
  LeydenSpanRow *row = &g_array_index (self->rows, LeydenSpanRow, self->pause_row);

  span->shares = TRUE;
  span->place = self->pause_row;
  row->last = MAX (row->last, span->row.last);
  row->end_ns = row->end_ns == 0 || span->row.end_ns == 0 ? 0 : MAX (row->end_ns, span->row.end_ns);
}

static void
enter_span (LeydenSpanTree *self,
            GArray         *spans,
            GArray         *stack,
            guint           index)
{
  Span *span = &g_array_index (spans, Span, index);
  Frame frame = { .span = index };

  span->row.parent = span->parent != LEYDEN_NO_ROW ? g_array_index (spans, Span, span->parent).place : LEYDEN_NO_ROW;
  span->row.depth = span->row.parent != LEYDEN_NO_ROW ? g_array_index (self->rows, LeydenSpanRow, span->row.parent).depth + 1 : 0;
  if (span->row.kind == LEYDEN_SPAN_PAUSE && self->pause_row != LEYDEN_NO_ROW)
    join_pauses (self, span);
  else if (has_row (span))
    {
      span->place = self->rows->len;
      if (span->row.kind == LEYDEN_SPAN_PAUSE)
        self->pause_row = span->place;
      g_array_append_val (self->rows, span->row);
    }
  else
    span->place = span->row.parent;
  g_array_append_val (stack, frame);
}

static void
leave_span (LeydenSpanTree *self,
            Span           *span)
{
  if (has_row (span) && !span->shares)
    g_array_index (self->rows, LeydenSpanRow, span->place).n_below = self->rows->len - span->place - 1;
}

static void
build_rows (LeydenSpanTree *self,
            GArray         *spans)
{
  g_autoptr(GArray) stack = g_array_new (FALSE, FALSE, sizeof (Frame));
  Tree tree;

  tree_init (&tree, spans);
  for (guint i = 0; i < spans->len && g_array_index (spans, Span, tree.sorted[i]).parent == LEYDEN_NO_ROW; i++)
    {
      enter_span (self, spans, stack, tree.sorted[i]);
      while (stack->len > 0)
        {
          Frame *frame = &g_array_index (stack, Frame, stack->len - 1);
          guint child = tree_get_child (&tree, frame->span, frame->next++);

          if (child != LEYDEN_NO_ROW)
            {
              enter_span (self, spans, stack, child);
              continue;
            }
          leave_span (self, &g_array_index (spans, Span, frame->span));
          g_array_set_size (stack, stack->len - 1);
        }
    }
  tree_clear (&tree);
}

/* --- waits --- */

static int
compare_waits (gconstpointer a,
               gconstpointer b)
{
  const Span *x = *(Span * const *) a, *y = *(Span * const *) b;

  if (x->place != y->place)
    return x->place < y->place ? -1 : 1;
  return x->row.start_ns < y->row.start_ns ? -1 : x->row.start_ns > y->row.start_ns;
}

static void
build_waits (LeydenSpanTree *self,
             GArray         *spans)
{
  g_autoptr(GPtrArray) waits = g_ptr_array_new ();

  for (guint i = 0; i < spans->len; i++)
    {
      Span *span = &g_array_index (spans, Span, i);

      if (is_wait (span->row.kind) && span->place != LEYDEN_NO_ROW)
        g_ptr_array_add (waits, span);
    }
  g_ptr_array_sort (waits, compare_waits);
  g_array_set_size (self->waits, waits->len);
  for (guint i = 0; i < waits->len; i++)
    {
      const Span *span = g_ptr_array_index (waits, i);
      LeydenSpanRow *row = &g_array_index (self->rows, LeydenSpanRow, span->place);
      LeydenSpanWait *wait = &g_array_index (self->waits, LeydenSpanWait, i);

      *wait = (LeydenSpanWait) { span->row.kind, span->row.start_ns, span->row.end_ns, span->row.paused_ms };
      if (row->n_waits++ == 0)
        row->waits = wait;
    }
}

static int
compare_pauses (gconstpointer a,
                gconstpointer b)
{
  const LeydenSpanWait *x = a, *y = b;

  return x->start_ns < y->start_ns ? -1 : x->start_ns > y->start_ns;
}

static void
build_pauses (LeydenSpanTree *self,
              GArray         *spans)
{
  for (guint i = 0; i < spans->len; i++)
    {
      const Span *span = &g_array_index (spans, Span, i);
      LeydenSpanWait pause = { .kind = span->row.kind, .start_ns = span->row.start_ns, .end_ns = span->row.end_ns };

      if (pause.kind == LEYDEN_SPAN_PAUSE)
        g_array_append_val (self->pauses, pause);
    }
  g_array_sort (self->pauses, compare_pauses);
}

/* --- stops --- */

/* Of what happens at one record the node comes first, then what is farther out. */
static int
compare_stops (gconstpointer a,
               gconstpointer b)
{
  const Stop *x = a, *y = b;

  if (x->sequence != y->sequence)
    return x->sequence < y->sequence ? -1 : 1;
  if (x->is_node != y->is_node)
    return x->is_node ? -1 : 1;
  return x->row < y->row ? -1 : x->row > y->row;
}

static void
build_stops (LeydenSpanTree *self,
             GArray         *spans)
{
  guint n = 0;

  for (guint i = 0; i < spans->len; i++)
    {
      const Span *span = &g_array_index (spans, Span, i);
      Stop stop = { .row = span->place, .is_node = span->row.kind == LEYDEN_SPAN_NODE };

      if (span->row.first > 0)
        {
          stop.sequence = span->row.first;
          stop.time_ns = span->row.start_ns;
          stop.what = is_wait (span->row.kind) ? LEYDEN_STOP_WAITS : LEYDEN_STOP_STARTED;
          g_array_append_val (self->stops, stop);
        }
      if (span->row.last > 0 && span->row.end_ns > 0)
        {
          stop.sequence = span->row.last;
          stop.time_ns = span->row.end_ns;
          stop.what = is_wait (span->row.kind) ? LEYDEN_STOP_GOES_ON : LEYDEN_STOP_ENDED;
          g_array_append_val (self->stops, stop);
        }
    }
  g_array_sort (self->stops, compare_stops);
  for (guint i = 0; i < self->stops->len; i++)
    if (n == 0 || g_array_index (self->stops, Stop, n - 1).sequence != g_array_index (self->stops, Stop, i).sequence)
      g_array_index (self->stops, Stop, n++) = g_array_index (self->stops, Stop, i);
  g_array_set_size (self->stops, n);
}

/* --- keys --- */

static guint
row_hash (gconstpointer data)
{
  const LeydenSpanRow *row = data;

  return g_str_hash (row->path) ^ (guint) row->kind * 2654435761u ^ (guint) row->first * 40503u;
}

gboolean
leyden_span_row_equal (const LeydenSpanRow *a,
                           const LeydenSpanRow *b)
{
  return a->first == b->first && a->kind == b->kind && g_str_equal (a->path, b->path);
}

static gboolean
row_equal (gconstpointer a,
           gconstpointer b)
{
  return leyden_span_row_equal (a, b);
}

static void
build_keys (LeydenSpanTree *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    g_hash_table_insert (self->keys, &g_array_index (self->rows, LeydenSpanRow, i), GUINT_TO_POINTER (i + 1));
}

/* --- life --- */

static void
find_range (LeydenSpanTree *self,
            LeydenValue    *answer)
{
  gint64 finished = get_time (answer, "finished");

  self->first = get_sequence (answer, "first");
  self->last = MAX (get_sequence (answer, "last"), self->first);
  self->start_ns = get_time (answer, "started");
  self->over = finished > 0;
  self->end_ns = finished;
  for (guint i = 0; i < self->rows->len; i++)
    {
      const LeydenSpanRow *row = leyden_span_tree_get_row (self, i);

      if (self->start_ns == 0 || (row->start_ns > 0 && row->start_ns < self->start_ns))
        self->start_ns = row->start_ns;
      self->end_ns = MAX (self->end_ns, MAX (row->start_ns, row->end_ns));
      self->last = MAX (self->last, row->last);
    }
  self->end_ns = MAX (self->end_ns, self->start_ns);
}

LeydenSpanTree *
leyden_span_tree_new (LeydenValue *answer)
{
  LeydenSpanTree *self = g_atomic_rc_box_new0 (LeydenSpanTree);
  LeydenValue *list = leyden_value_get_member (answer, "spans");
  guint n = leyden_value_get_kind (list) == LEYDEN_VALUE_LIST ? leyden_value_get_size (list) : 0;
  g_autoptr(GArray) spans = g_array_sized_new (FALSE, FALSE, sizeof (Span), n);

  self->answer = answer != NULL ? leyden_value_ref (answer) : NULL;
  self->rows = g_array_sized_new (FALSE, FALSE, sizeof (LeydenSpanRow), n);
  self->waits = g_array_new (FALSE, FALSE, sizeof (LeydenSpanWait));
  self->pauses = g_array_new (FALSE, FALSE, sizeof (LeydenSpanWait));
  self->stops = g_array_new (FALSE, FALSE, sizeof (Stop));
  self->pause_row = LEYDEN_NO_ROW;
  self->keys = g_hash_table_new (row_hash, row_equal);
  self->truncated = leyden_value_get_member_boolean (answer, "truncated", FALSE);
  for (guint i = 0; i < n; i++)
    {
      Span span = read_span (leyden_value_get_item (list, i), n);

      g_array_append_val (spans, span);
    }
  adopt_queues (spans);
  cut_circles (spans);
  build_rows (self, spans);
  build_waits (self, spans);
  build_pauses (self, spans);
  build_stops (self, spans);
  build_keys (self);
  find_range (self, answer);
  return self;
}

LeydenSpanTree *
leyden_span_tree_ref (LeydenSpanTree *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
tree_clear_all (gpointer data)
{
  LeydenSpanTree *self = data;

  g_hash_table_unref (self->keys);
  g_array_unref (self->rows);
  g_array_unref (self->waits);
  g_array_unref (self->pauses);
  g_array_unref (self->stops);
  g_clear_pointer (&self->answer, leyden_value_unref);
}

void
leyden_span_tree_unref (LeydenSpanTree *self)
{
  g_atomic_rc_box_release_full (self, tree_clear_all);
}

/* --- asking --- */

guint
leyden_span_tree_get_n_rows (LeydenSpanTree *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return self->rows->len;
}

const LeydenSpanRow *
leyden_span_tree_get_row (LeydenSpanTree *self,
                         guint           row)
{
  g_return_val_if_fail (self != NULL && row < self->rows->len, NULL);
  return &g_array_index (self->rows, LeydenSpanRow, row);
}

const LeydenSpanWait *
leyden_span_tree_get_pauses (LeydenSpanTree *self,
                             guint          *n)
{
  g_return_val_if_fail (self != NULL && n != NULL, NULL);
  *n = self->pauses->len;
  return (const LeydenSpanWait *) (gpointer) self->pauses->data;
}

guint64
leyden_span_tree_get_first (LeydenSpanTree *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return self->first;
}

guint64
leyden_span_tree_get_last (LeydenSpanTree *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return self->last;
}

gint64
leyden_span_tree_get_start_ns (LeydenSpanTree *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return self->start_ns;
}

gint64
leyden_span_tree_get_end_ns (LeydenSpanTree *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return self->end_ns;
}

gboolean
leyden_span_tree_is_over (LeydenSpanTree *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return self->over;
}

gboolean
leyden_span_tree_is_truncated (LeydenSpanTree *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return self->truncated;
}

guint
leyden_span_tree_find (LeydenSpanTree          *self,
                      const LeydenSpanRow *row)
{
  g_return_val_if_fail (self != NULL && row != NULL, LEYDEN_NO_ROW);
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->keys, row)) - 1;
}

double
leyden_span_row_wait_ms (const LeydenSpanRow *row,
                             gint64                   now_ns)
{
  double sum = 0;
  gint64 until = 0;

  /* What is waited for twice at one time counts once. */
  for (guint i = 0; i < row->n_waits; i++)
    {
      gint64 start = MAX (row->waits[i].start_ns, until), end = row->waits[i].end_ns != 0 ? row->waits[i].end_ns : now_ns;

      if (end > start)
        {
          sum += MAX ((double) (end - start) / 1e6 - row->waits[i].paused_ms, 0);
          until = end;
        }
    }
  return sum;
}

/* The first stop at or after @sequence; the number of stops when there is none. */
static guint
find_stop (LeydenSpanTree *self,
           guint64         sequence)
{
  guint low = 0, high = self->stops->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (self->stops, Stop, middle).sequence < sequence)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

guint64
leyden_span_tree_step (LeydenSpanTree *self,
                      guint64         sequence,
                      int             direction,
                      gboolean        nodes)
{
  guint at;

  g_return_val_if_fail (self != NULL && direction != 0, 0);

  if (direction > 0)
    {
      for (at = find_stop (self, sequence + 1); at < self->stops->len; at++)
        if (!nodes || g_array_index (self->stops, Stop, at).is_node)
          return g_array_index (self->stops, Stop, at).sequence;
      return MAX (self->last, sequence);
    }
  for (at = find_stop (self, sequence); at > 0; at--)
    if (!nodes || g_array_index (self->stops, Stop, at - 1).is_node)
      return g_array_index (self->stops, Stop, at - 1).sequence;
  return MIN (MAX (self->first, 1), sequence);
}

gint64
leyden_span_tree_get_time (LeydenSpanTree *self,
                          guint64         sequence)
{
  guint at;
  Stop before, after;

  g_return_val_if_fail (self != NULL, 0);

  at = find_stop (self, sequence);
  before = at > 0 ? g_array_index (self->stops, Stop, at - 1) : (Stop) { .sequence = self->first, .time_ns = self->start_ns };
  after = at < self->stops->len ? g_array_index (self->stops, Stop, at) : (Stop) { .sequence = self->last, .time_ns = self->end_ns };
  if (sequence >= after.sequence || after.sequence <= before.sequence)
    return after.time_ns;
  if (sequence <= before.sequence)
    return before.time_ns;
  return before.time_ns + (gint64) ((double) (after.time_ns - before.time_ns) * (double) (sequence - before.sequence)
                                    / (double) (after.sequence - before.sequence));
}

LeydenStop
leyden_span_tree_get_stop (LeydenSpanTree *self,
                          guint64         sequence,
                          guint          *row)
{
  guint at;

  g_return_val_if_fail (self != NULL && row != NULL, LEYDEN_STOP_NONE);

  at = find_stop (self, sequence);
  *row = LEYDEN_NO_ROW;
  if (at == self->stops->len || g_array_index (self->stops, Stop, at).sequence != sequence || g_array_index (self->stops, Stop, at).row == LEYDEN_NO_ROW)
    return LEYDEN_STOP_NONE;
  *row = g_array_index (self->stops, Stop, at).row;
  return g_array_index (self->stops, Stop, at).what;
}
