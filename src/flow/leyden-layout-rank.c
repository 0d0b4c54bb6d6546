/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-layout-private.h"

/*
 * Network simplex over ranks. Every subtree of a spanning tree of tight edges has a net weight: edges that leave it less edges that come
 * in (those inside cancel out), which is the cut value of the tree edge above it. A subtree whose cut value is negative moves, until
 * another edge becomes tight, which takes the place of the tree edge.
 */

#define NONE G_MAXUINT
#define SEARCHED 30             /* of candidates for one pivot the worst is taken */

typedef struct
{
  guint                   n;
  guint                   m;
  const LeydenLayoutEdge *edges;
  int                    *rank;
  guint                  *start;        /* n + 1, into incident */
  guint                  *incident;     /* edges at a node */
  gboolean               *in_tree;      /* edges */
  guint                  *parent;
  guint                  *parent_edge;
  guint                  *first_child;
  guint                  *next;
  guint                  *previous;
  int                    *net;
  guint                  *mark;
  guint                   stamp;
  guint                  *list;
  guint64                 work;
} Simplex;

static void
simplex_init (Simplex                *self,
              guint                   n,
              const LeydenLayoutEdge *edges,
              guint                   m)
{
  self->n = n;
  self->m = m;
  self->edges = edges;
  self->rank = g_new0 (int, n);
  self->start = g_new0 (guint, n + 1);
  self->incident = g_new (guint, 2 * m);
  self->in_tree = g_new0 (gboolean, m);
  self->parent = g_new (guint, n);
  self->parent_edge = g_new (guint, n);
  self->first_child = g_new (guint, n);
  self->next = g_new (guint, n);
  self->previous = g_new (guint, n);
  self->net = g_new0 (int, n);
  self->mark = g_new0 (guint, n);
  self->list = g_new (guint, n);
  for (guint i = 0; i < m; i++)
    {
      self->start[edges[i].tail + 1]++;
      self->start[edges[i].head + 1]++;
    }
  for (guint i = 0; i < n; i++)
    self->start[i + 1] += self->start[i];
  for (guint i = 0; i < n; i++)
    self->list[i] = self->start[i];
  for (guint i = 0; i < m; i++)
    {
      self->incident[self->list[edges[i].tail]++] = i;
      self->incident[self->list[edges[i].head]++] = i;
    }
}

static void
simplex_clear (Simplex *self)
{
  g_free (self->rank);
  g_free (self->start);
  g_free (self->incident);
  g_free (self->in_tree);
  g_free (self->parent);
  g_free (self->parent_edge);
  g_free (self->first_child);
  g_free (self->next);
  g_free (self->previous);
  g_free (self->net);
  g_free (self->mark);
  g_free (self->list);
}

static int
get_slack (Simplex *self,
           guint    edge)
{
  return self->rank[self->edges[edge].head] - self->rank[self->edges[edge].tail] - 1;
}

/* The longest way from the beginning. */
static void
rank_by_longest_path (Simplex *self)
{
  g_autofree guint *waiting = g_new0 (guint, self->n);
  guint head = 0, tail = 0;

  for (guint i = 0; i < self->m; i++)
    waiting[self->edges[i].head]++;
  for (guint i = 0; i < self->n; i++)
    if (waiting[i] == 0)
      self->list[tail++] = i;
  while (head < tail)
    {
      guint node = self->list[head++];

      for (guint k = self->start[node]; k < self->start[node + 1]; k++)
        {
          const LeydenLayoutEdge *edge = &self->edges[self->incident[k]];

          if (edge->tail != node)
            continue;
          self->rank[edge->head] = MAX (self->rank[edge->head], self->rank[node] + 1);
          if (--waiting[edge->head] == 0)
            self->list[tail++] = edge->head;
        }
    }
}

/* --- the first tree --- */

typedef struct
{
  guint *root;          /* of a node's part */
  guint *next;          /* nodes of a part, a list */
  guint *last;          /* of a root */
} Parts;

static guint
find_root (Parts *parts,
           guint  node)
{
  while (parts->root[node] != node)
    node = parts->root[node] = parts->root[parts->root[node]];
  return node;
}

/* The edge with the least slack from the part of @root to another. */
static guint
find_bridge (Simplex *self,
             Parts   *parts,
             guint    root)
{
  guint best = NONE;
  int best_slack = G_MAXINT;

  for (guint node = root; node != NONE && best_slack > 0; node = parts->next[node])
    for (guint k = self->start[node]; k < self->start[node + 1]; k++)
      {
        guint edge = self->incident[k];
        guint other = self->edges[edge].tail == node ? self->edges[edge].head : self->edges[edge].tail;
        int slack = get_slack (self, edge);

        if (slack < best_slack && find_root (parts, other) != root)
          {
            best = edge;
            best_slack = slack;
          }
      }
  return best;
}

/* Parts join, in rounds, along their least slack, which moving one of them takes away. */
static void
grow_tree (Simplex *self)
{
  Parts parts = { g_new (guint, self->n), g_new (guint, self->n), g_new (guint, self->n) };
  g_autoptr(GArray) queue = g_array_sized_new (FALSE, FALSE, sizeof (guint), 2 * self->n);

  for (guint i = 0; i < self->n; i++)
    {
      parts.root[i] = parts.last[i] = i;
      parts.next[i] = NONE;
      g_array_append_val (queue, i);
    }
  for (guint i = 0; i < queue->len; i++)
    {
      guint root = g_array_index (queue, guint, i);
      guint edge = parts.root[root] == root ? find_bridge (self, &parts, root) : NONE;
      guint other;
      int shift;

      if (edge == NONE)
        continue;
      shift = get_slack (self, edge);
      other = find_root (&parts, self->edges[edge].tail);
      if (other == root)
        other = find_root (&parts, self->edges[edge].head);
      else
        shift = -shift;
      for (guint node = shift != 0 ? root : NONE; node != NONE; node = parts.next[node])
        self->rank[node] += shift;
      self->in_tree[edge] = TRUE;
      parts.root[root] = other;
      parts.next[parts.last[other]] = root;
      parts.last[other] = parts.last[root];
      g_array_append_val (queue, other);
    }
  g_free (parts.root);
  g_free (parts.next);
  g_free (parts.last);
}

static void
add_child (Simplex *self,
           guint    parent,
           guint    node,
           guint    edge)
{
  guint first = self->first_child[parent];

  self->parent[node] = parent;
  self->parent_edge[node] = edge;
  self->previous[node] = NONE;
  self->next[node] = first;
  if (first != NONE)
    self->previous[first] = node;
  self->first_child[parent] = node;
}

static void
remove_child (Simplex *self,
              guint    node)
{
  if (self->previous[node] != NONE)
    self->next[self->previous[node]] = self->next[node];
  else
    self->first_child[self->parent[node]] = self->next[node];
  if (self->next[node] != NONE)
    self->previous[self->next[node]] = self->previous[node];
}

/* Hangs the tree up at node 0 and weighs every subtree. */
static void
root_tree (Simplex *self)
{
  guint tail = 0;

  for (guint i = 0; i < self->n; i++)
    self->parent[i] = self->parent_edge[i] = self->first_child[i] = self->next[i] = self->previous[i] = NONE;
  for (guint i = 0; i < self->m; i++)
    {
      self->net[self->edges[i].tail]++;
      self->net[self->edges[i].head]--;
    }
  self->list[tail++] = 0;
  self->mark[0] = ++self->stamp;
  for (guint i = 0; i < tail; i++)
    {
      guint node = self->list[i];

      for (guint k = self->start[node]; k < self->start[node + 1]; k++)
        {
          guint edge = self->incident[k];
          guint other = self->edges[edge].tail == node ? self->edges[edge].head : self->edges[edge].tail;

          if (!self->in_tree[edge] || self->mark[other] == self->stamp)
            continue;
          self->mark[other] = self->stamp;
          add_child (self, node, other, edge);
          self->list[tail++] = other;
        }
    }
  for (guint i = tail; i-- > 1;)
    self->net[self->parent[self->list[i]]] += self->net[self->list[i]];
}

/* --- pivots --- */

static int
get_cut (Simplex *self,
         guint    node)
{
  guint edge = self->parent_edge[node];

  if (edge == NONE)
    return 0;
  return self->edges[edge].tail == node ? self->net[node] : -self->net[node];
}

static guint
find_leaving (Simplex *self,
              guint   *cursor)
{
  guint best = NONE, found = 0;
  int best_cut = 0;

  for (guint i = 0; i < self->n && found < SEARCHED; i++)
    {
      guint node = *cursor;
      int cut = get_cut (self, node);

      *cursor = node + 1 < self->n ? node + 1 : 0;
      if (cut >= 0)
        continue;
      found++;
      if (cut < best_cut)
        {
          best = node;
          best_cut = cut;
        }
    }
  self->work += self->n / 16;
  return best;
}

/* Lists and marks the subtree. */
static guint
collect (Simplex *self,
         guint    top)
{
  guint n = 0;

  self->stamp++;
  self->list[n++] = top;
  self->mark[top] = self->stamp;
  for (guint i = 0; i < n; i++)
    for (guint child = self->first_child[self->list[i]]; child != NONE; child = self->next[child])
      {
        self->mark[child] = self->stamp;
        self->list[n++] = child;
      }
  return n;
}

/* Turns the subtree of @top round so that @end is its top, which hangs at the other end of @edge from now on. */
static void
hang (Simplex *self,
      guint    top,
      guint    end,
      guint    edge)
{
  int whole = self->net[top], below = 0;
  guint outside = self->edges[edge].tail == end ? self->edges[edge].head : self->edges[edge].tail;
  guint parent = outside, node = end;

  for (guint i = self->parent[top]; i != NONE; i = self->parent[i])
    self->net[i] -= whole;
  while (TRUE)
    {
      guint above = self->parent[node], above_edge = self->parent_edge[node];
      int net = self->net[node];

      remove_child (self, node);
      add_child (self, parent, node, edge);
      self->net[node] = whole - below;
      below = net;
      if (node == top)
        break;
      parent = node;
      node = above;
      edge = above_edge;
    }
  for (guint i = outside; i != NONE; i = self->parent[i])
    self->net[i] += whole;
}

static void
pivot (Simplex *self,
       guint    top)
{
  gboolean left = self->edges[self->parent_edge[top]].tail == top;
  guint n = collect (self, top), entering = NONE, end = NONE;
  int slack = G_MAXINT;

  self->work += n;
  for (guint i = 0; i < n; i++)
    {
      guint node = self->list[i];

      for (guint k = self->start[node]; k < self->start[node + 1]; k++)
        {
          const LeydenLayoutEdge *edge = &self->edges[self->incident[k]];
          guint inner = left ? edge->head : edge->tail, outer = left ? edge->tail : edge->head;

          if (inner != node || self->mark[outer] == self->stamp || get_slack (self, self->incident[k]) >= slack)
            continue;
          entering = self->incident[k];
          end = node;
          slack = get_slack (self, entering);
        }
      self->work += self->start[node + 1] - self->start[node];
    }
  for (guint i = 0; i < n && slack > 0; i++)
    self->rank[self->list[i]] += left ? -slack : slack;
  hang (self, top, end, entering);
}

/* What may stand in several columns at the same cost stands in the emptiest, the first of these. */
static void
balance (Simplex *self,
         guint   *count)
{
  for (guint node = 0; node < self->n; node++)
    {
      int low = G_MININT, high = G_MAXINT, degree = 0;

      for (guint k = self->start[node]; k < self->start[node + 1]; k++)
        {
          const LeydenLayoutEdge *edge = &self->edges[self->incident[k]];

          if (edge->tail == node)
            high = MIN (high, self->rank[edge->head] - 1);
          else
            low = MAX (low, self->rank[edge->tail] + 1);
          degree += edge->tail == node ? 1 : -1;
        }
      if (degree != 0 || low == G_MININT || high == G_MAXINT)
        continue;
      for (int rank = low; rank <= high; rank++)
        if (count[rank] + 1 < count[self->rank[node]])
          {
            count[self->rank[node]]--;
            count[rank]++;
            self->rank[node] = rank;
          }
    }
}

void
leyden_layout_rank (guint                   n,
                    const LeydenLayoutEdge *edges,
                    guint                   m,
                    guint                  *rank)
{
  Simplex self = { 0 };
  guint64 limit = G_GUINT64_CONSTANT (1000000) + (guint64) n * 400;
  g_autofree guint *count = g_new0 (guint, n + 1);
  guint cursor = 0, top;
  int least = G_MAXINT;

  simplex_init (&self, n, edges, m);
  rank_by_longest_path (&self);
  grow_tree (&self);
  root_tree (&self);
  /* A stop before the optimum, in a huge graph or a degenerate circle, leaves ranks that are right all the same. */
  while (self.work < limit && (top = find_leaving (&self, &cursor)) != NONE)
    pivot (&self, top);
  for (guint i = 0; i < n; i++)
    least = MIN (least, self.rank[i]);
  for (guint i = 0; i < n; i++)
    {
      self.rank[i] -= least;
      count[self.rank[i]]++;
    }
  balance (&self, count);
  for (guint i = 0; i < n; i++)
    rank[i] = (guint) self.rank[i];
  simplex_clear (&self);
}
