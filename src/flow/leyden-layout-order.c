/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leyden-layout-private.h"

#include <math.h>
#include <string.h>

/*
 * Orders of the layers with few crossings: from several beginnings, sweeps by barycentre; what is best of it is sifted, which tries
 * every vertex at every place of its layer, until nothing gets better.
 */

#define SWEEPS 6
#define RELAXED 200
#define WORK 600000             /* pairs that the search compares at most: about ten milliseconds */
#define WINDOW 400              /* places to each side that sifting tries */
#define NEAR 20                 /* the same while a part that was mixed up is mended */

typedef struct
{
  LeydenLayoutLayers *layers;
  double             *value;
  guint              *scratch;
  guint              *keys;             /* room for all segments */
  guint              *in_keys;          /* of the vertices of the layer that is sifted, as their segments stand in layers->in */
  guint              *out_keys;
  gboolean           *settled;          /* layers that sifting cannot mend, until one beside them changes */
  guint8             *loose;            /* vertices that are sifted while only a part of all is mended */
  gboolean            mending;
  gboolean           *touched;          /* layers that are not as in the best order */
  guint64            *between;          /* crossings of that, from each layer to the next */
  guint              *tree;             /* counts crossings: sums by slot */
  GPtrArray          *choices;          /* LeydenLayoutChoice */
  guint               n_choices;        /* at most */
  guint64             work;             /* of sifting: pairs that were compared */
  GCancellable       *cancellable;
} Ordering;

static guint
layer_size (LeydenLayoutLayers *self,
            guint               layer)
{
  return self->layer_start[layer + 1] - self->layer_start[layer];
}

/* Positions and slots of a layer, after its order has changed. */
static void
number (LeydenLayoutLayers *self,
        guint               layer)
{
  guint in = 0, out = 0;

  for (guint i = self->layer_start[layer]; i < self->layer_start[layer + 1]; i++)
    {
      LeydenLayoutVertex *vertex = &self->vertices[self->order[i]];

      vertex->position = i - self->layer_start[layer];
      vertex->base_in = in;
      vertex->base_out = out;
      in += vertex->slots_in;
      out += vertex->slots_out;
    }
}

static void
number_all (LeydenLayoutLayers *self)
{
  for (guint i = 0; i < self->n_layers; i++)
    number (self, i);
}

static void
sort_keys (guint *keys,
           guint  n)
{
  for (guint i = 1; i < n; i++)
    {
      guint key = keys[i], k = i;

      for (; k > 0 && keys[k - 1] > key; k--)
        keys[k] = keys[k - 1];
      keys[k] = key;
    }
}

static int
compare_keys (gconstpointer a,
              gconstpointer b,
              gpointer      data)
{
  guint one = *(const guint *) a, two = *(const guint *) b;

  return one < two ? -1 : one > two;
}

/* Where the segments of a vertex end in the layer before (@in) or after it, sorted. */
static guint
get_keys (LeydenLayoutLayers       *self,
          const LeydenLayoutVertex *vertex,
          gboolean                  in,
          guint                    *keys)
{
  guint n = in ? vertex->n_in : vertex->n_out;
  const LeydenLayoutSegment *segments = in ? self->in + vertex->first_in : self->out + vertex->first_out;

  for (guint i = 0; i < n; i++)
    keys[i] = (in ? self->vertices[segments[i].vertex].base_out : self->vertices[segments[i].vertex].base_in) + segments[i].other_slot;
  if (n <= 16)
    sort_keys (keys, n);
  else
    g_qsort_with_data (keys, (int) n, sizeof (guint), compare_keys, NULL);
  return n;
}

/* --- counting --- */

/* Crossings between a layer and the next: pairs of segments whose ends are in opposite orders (Barth, Jünger and Mutzel, 2002). */
static guint64
count_between (LeydenLayoutLayers *self,
               guint               layer,
               guint              *tree,
               guint              *keys)
{
  guint last = self->order[self->layer_start[layer + 2] - 1], size = self->vertices[last].base_in + self->vertices[last].slots_in, width = 1;
  guint64 sum = 0;

  while (width < size)
    width *= 2;
  memset (tree, 0, 2 * width * sizeof (guint));
  for (guint i = self->layer_start[layer]; i < self->layer_start[layer + 1]; i++)
    {
      const LeydenLayoutVertex *vertex = &self->vertices[self->order[i]];

      for (guint first = 0, end; first < vertex->n_out; first = end)
        {
          const LeydenLayoutSegment *segments = self->out + vertex->first_out;

          /* Segments from the same slot do not cross: all are looked up before one is entered. */
          for (end = first; end < vertex->n_out && segments[end].slot == segments[first].slot; end++)
            keys[end] = self->vertices[segments[end].vertex].base_in + segments[end].other_slot;
          for (guint k = first; k < end; k++)
            for (guint at = keys[k] + width; at > 1; at /= 2)
              if (at % 2 == 0)
                sum += tree[at + 1];
          for (guint k = first; k < end; k++)
            for (guint at = keys[k] + width; at > 0; at /= 2)
              tree[at]++;
        }
    }
  return sum;
}

static guint64
count_all (Ordering *self)
{
  guint64 sum = 0;

  for (guint i = 0; i + 1 < self->layers->n_layers; i++)
    sum += count_between (self->layers, i, self->tree, self->keys);
  return sum;
}

/* --- sweeps --- */

static int
compare_values (gconstpointer a,
                gconstpointer b,
                gpointer      data)
{
  const double *value = data;
  double one = value[*(const guint *) a], two = value[*(const guint *) b];

  return one < two ? -1 : one > two;
}

/* Sorts a layer by the mean of where its vertices' segments end in the layer before, or the next; those without one keep their place. */
static void
sort_layer (Ordering *self,
            guint     layer,
            gboolean  in)
{
  LeydenLayoutLayers *layers = self->layers;
  guint *order = layers->order + layers->layer_start[layer], size = layer_size (layers, layer), n = 0;

  for (guint i = 0; i < size; i++)
    {
      const LeydenLayoutVertex *vertex = &layers->vertices[order[i]];
      const LeydenLayoutSegment *segments = in ? layers->in + vertex->first_in : layers->out + vertex->first_out;
      guint degree = in ? vertex->n_in : vertex->n_out;
      double sum = 0;

      if (degree == 0)
        continue;
      for (guint k = 0; k < degree; k++)
        {
          const LeydenLayoutVertex *other = &layers->vertices[segments[k].vertex];

          sum += (in ? other->base_out : other->base_in) + segments[k].other_slot;
        }
      self->value[order[i]] = sum / degree;
      self->scratch[n++] = order[i];
    }
  /* A stable sort (GLib's is one). */
  g_qsort_with_data (self->scratch, (int) n, sizeof (guint), compare_values, self->value);
  for (guint i = 0, k = 0; i < size; i++)
    if ((in ? layers->vertices[order[i]].n_in : layers->vertices[order[i]].n_out) > 0)
      order[i] = self->scratch[k++];
  number (layers, layer);
}

static void
sweep (Ordering *self,
       gboolean  down)
{
  guint n = self->layers->n_layers;

  for (guint i = 1; i < n; i++)
    sort_layer (self, down ? i : n - 1 - i, down);
}

/* --- sifting --- */

/* How many pairs of a key of @a and one of @b are in order, and in reverse. */
static void
compare_ends (const guint *a,
              guint        n_a,
              const guint *b,
              guint        n_b,
              int         *less,
              int         *greater)
{
  guint low = 0, high = 0;

  for (guint i = 0; i < n_b; i++)
    {
      while (low < n_a && a[low] < b[i])
        low++;
      while (high < n_a && a[high] <= b[i])
        high++;
      *less += (int) low;
      *greater += (int) (n_a - high);
    }
}

/* There may be a better place for it; @around: and for what it is joined to. */
static void
loosen (Ordering *self,
        guint     vertex,
        gboolean  around)
{
  const LeydenLayoutLayers *layers = self->layers;
  const LeydenLayoutVertex *v = &layers->vertices[vertex];

  self->loose[vertex] = TRUE;
  for (guint i = 0; around && i < v->n_in; i++)
    self->loose[layers->in[v->first_in + i].vertex] = TRUE;
  for (guint i = 0; around && i < v->n_out; i++)
    self->loose[layers->out[v->first_out + i].vertex] = TRUE;
}

/* Moves the vertex at @index of its layer to the best place. Returns how many crossings that saves. */
static int
sift (Ordering *self,
      guint     layer,
      guint     index)
{
  LeydenLayoutLayers *layers = self->layers;
  guint *order = layers->order + layers->layer_start[layer], size = layer_size (layers, layer), moved = order[index], best = index;
  const LeydenLayoutVertex *vertex = &layers->vertices[moved];
  guint window = self->mending ? NEAR : WINDOW;
  int best_saved = 0;

  for (int step = -1; step <= 1; step += 2)
    {
      int saved = 0;

      for (guint i = 1; i <= window; i++)
        {
          guint place = index + (guint) step * i;
          const LeydenLayoutVertex *other;
          int less = 0, greater = 0;

          if (place >= size)    /* also below 0 */
            break;
          other = &layers->vertices[order[place]];
          compare_ends (self->in_keys + vertex->first_in, vertex->n_in, self->in_keys + other->first_in, other->n_in, &less, &greater);
          compare_ends (self->out_keys + vertex->first_out, vertex->n_out, self->out_keys + other->first_out, other->n_out, &less, &greater);
          saved += step > 0 ? greater - less : less - greater;
          if (saved > best_saved)
            {
              best_saved = saved;
              best = place;
            }
        }
    }
  if (best > index)
    memmove (order + index, order + index + 1, (best - index) * sizeof (guint));
  else if (best < index)
    memmove (order + best + 1, order + best, (index - best) * sizeof (guint));
  order[best] = moved;
  for (guint i = MIN (best, index); self->mending && best != index && i <= MAX (best, index); i++)
    loosen (self, order[i], order[i] == moved);
  return best_saved;
}

static void
unsettle (Ordering *self,
          guint     layer)
{
  for (guint i = layer > 0 ? layer - 1 : 0; i <= layer + 1 && i < self->layers->n_layers; i++)
    self->settled[i] = FALSE;
}

static guint64
sift_layer (Ordering *self,
            guint     layer)
{
  LeydenLayoutLayers *layers = self->layers;
  guint start = layers->layer_start[layer], size = layer_size (layers, layer);
  guint64 saved = 0;
  guint n_sifted = 0;

  self->settled[layer] = TRUE;
  memcpy (self->scratch, layers->order + start, size * sizeof (guint));
  for (guint i = 0; i < size; i++)
    {
      const LeydenLayoutVertex *vertex = &layers->vertices[self->scratch[i]];

      get_keys (layers, vertex, TRUE, self->in_keys + vertex->first_in);
      get_keys (layers, vertex, FALSE, self->out_keys + vertex->first_out);
    }
  for (guint i = 0; i < size; i++)
    {
      guint index = 0;

      if (self->mending && !self->loose[self->scratch[i]])
        continue;
      self->loose[self->scratch[i]] = FALSE;
      n_sifted++;
      while (layers->order[start + index] != self->scratch[i])
        index++;
      saved += (guint64) sift (self, layer, index);
    }
  self->work += (guint64) n_sifted * MIN (size, self->mending ? 2 * NEAR : size) + size;
  if (saved == 0)
    return 0;
  number (layers, layer);
  unsettle (self, layer);
  self->touched[layer] = TRUE;
  return saved;
}

static void
sift_all (Ordering *self,
          guint     rounds)
{
  guint n = self->layers->n_layers;

  for (guint round = 0; round < rounds && !g_cancellable_is_cancelled (self->cancellable); round++)
    {
      guint64 saved = 0;

      for (guint i = 0; i < n; i++)
        {
          guint layer = round % 2 == 0 ? i : n - 1 - i;

          if (!self->settled[layer])
            saved += sift_layer (self, layer);
        }
      if (saved == 0)
        break;
    }
}

static void
unsettle_all (Ordering *self)
{
  memset (self->settled, 0, self->layers->n_layers * sizeof (gboolean));
}

/* --- beginnings --- */

static void
sort_by_values (Ordering *self)
{
  LeydenLayoutLayers *layers = self->layers;

  for (guint i = 0; i < layers->n_layers; i++)
    g_qsort_with_data (layers->order + layers->layer_start[i], (int) layer_size (layers, i), sizeof (guint), compare_values, self->value);
  number_all (layers);
}

/* In the order in which a walk along the segments comes by; @deep: as far as it goes first, else all that is next first. */
static void
begin_by_walk (Ordering *self,
               gboolean  deep)
{
  LeydenLayoutLayers *layers = self->layers;
  g_autofree guint *list = g_new (guint, layers->n_vertices);
  g_autofree gboolean *seen = g_new0 (gboolean, layers->n_vertices);
  guint head = 0, tail = 0, n = 0;

  for (guint i = 0; i < layers->n_vertices; i++)
    {
      if (seen[i] || layers->vertices[i].n_in > 0)
        continue;
      seen[i] = TRUE;
      list[tail++] = i;
      while (head < tail)
        {
          guint v = deep ? list[--tail] : list[head++];
          const LeydenLayoutVertex *vertex = &layers->vertices[v];

          self->value[v] = n++;
          for (guint k = 0; k < vertex->n_in + vertex->n_out; k++)
            {
              guint other = k < vertex->n_in ? layers->in[vertex->first_in + k].vertex : layers->out[vertex->first_out + k - vertex->n_in].vertex;

              if (seen[other])
                continue;
              seen[other] = TRUE;
              list[tail++] = other;
            }
        }
      head = tail = 0;
    }
  sort_by_values (self);
}

/* Every vertex at the mean of its neighbours, again and again, each layer round the same middle and as far spread: what emerges is the
 * slowest wave across the layers, a good order of them all at once. */
static void
begin_by_relaxing (Ordering *self,
                   guint     rounds)
{
  LeydenLayoutLayers *layers = self->layers;
  g_autofree double *next = g_new (double, layers->n_vertices);

  for (guint i = 0; i < layers->n_vertices; i++)
    {
      double size = layer_size (layers, layers->vertices[i].layer);

      self->value[i] = (layers->vertices[i].position + 0.5) / size - 0.5;
    }
  for (guint round = 0; round < rounds; round++)
    {
      for (guint i = 0; i < layers->n_vertices; i++)
        {
          const LeydenLayoutVertex *vertex = &layers->vertices[i];
          double sum = self->value[i];

          for (guint k = 0; k < vertex->n_in; k++)
            sum += self->value[layers->in[vertex->first_in + k].vertex];
          for (guint k = 0; k < vertex->n_out; k++)
            sum += self->value[layers->out[vertex->first_out + k].vertex];
          next[i] = sum / (1 + vertex->n_in + vertex->n_out);
        }
      for (guint layer = 0; layer < layers->n_layers; layer++)
        {
          const guint *order = layers->order + layers->layer_start[layer];
          guint size = layer_size (layers, layer);
          double mean = 0, square = 0, scale;

          for (guint i = 0; i < size; i++)
            mean += next[order[i]] / size;
          for (guint i = 0; i < size; i++)
            square += (next[order[i]] - mean) * (next[order[i]] - mean) / size;
          scale = square > 1e-12 ? 0.3 / sqrt (square) : 1;
          for (guint i = 0; i < size; i++)
            self->value[order[i]] = (next[order[i]] - mean) * scale;
        }
    }
  sort_by_values (self);
}

/* As they were: a bend is where the straight wire would be. */
static void
begin_as_before (Ordering     *self,
                 const double *before)
{
  LeydenLayoutLayers *layers = self->layers;

  for (guint i = 0; i < layers->n_nodes; i++)
    self->value[i] = before[i];
  for (guint i = 0; i < layers->n_nodes; i++)
    for (guint k = 0; k < layers->vertices[i].n_out; k++)
      {
        guint bend = layers->out[layers->vertices[i].first_out + k].vertex, end = bend, n = 1;

        while (end >= layers->n_nodes)
          {
            end = layers->out[layers->vertices[end].first_out].vertex;
            n++;
          }
        for (guint step = 1; bend != end; step++)
          {
            self->value[bend] = before[i] + (before[end] - before[i]) * step / n;
            bend = layers->out[layers->vertices[bend].first_out].vertex;
          }
      }
  sort_by_values (self);
}

/* --- all of it --- */

typedef struct
{
  guint  *order;
  guint64 crossings;
} Best;

static guint64
keep_best (Ordering *self,
           Best     *best)
{
  guint64 crossings = count_all (self);

  /* An equal one is a step sideways, from which there may be a way on. */
  if (crossings <= best->crossings)
    {
      best->crossings = crossings;
      memcpy (best->order, self->layers->order, self->layers->n_vertices * sizeof (guint));
    }
  return crossings;
}

/* Remembers the order as one of the few best, of which the drawing decides. */
static void
remember (Ordering *self,
          guint64   crossings)
{
  gsize size = self->layers->n_vertices * sizeof (guint);
  guint worst = 0;

  for (guint i = 0; i < self->choices->len; i++)
    {
      LeydenLayoutChoice *choice = g_ptr_array_index (self->choices, i);
      LeydenLayoutChoice *last = g_ptr_array_index (self->choices, worst);

      if (choice->crossings == crossings && memcmp (choice->order, self->layers->order, size) == 0)
        return;
      if (choice->crossings >= last->crossings)
        worst = i;
    }
  if (self->choices->len < self->n_choices)
    {
      LeydenLayoutChoice *choice = g_malloc (sizeof (LeydenLayoutChoice) + size);

      g_ptr_array_add (self->choices, choice);
      worst = self->choices->len - 1;
    }
  else if (((LeydenLayoutChoice *) g_ptr_array_index (self->choices, worst))->crossings < crossings)
    return;
  {
    LeydenLayoutChoice *choice = g_ptr_array_index (self->choices, worst);

    choice->crossings = crossings;
    memcpy (choice->order, self->layers->order, size);
  }
}

static void
restore (Ordering   *self,
         const Best *best)
{
  memcpy (self->layers->order, best->order, self->layers->n_vertices * sizeof (guint));
  number_all (self->layers);
}

static void
improve (Ordering *self,
         Best     *best,
         guint     sweeps)
{
  guint64 last = G_MAXUINT64;

  keep_best (self, best);
  for (guint i = 0; i < sweeps && best->crossings > 0 && !g_cancellable_is_cancelled (self->cancellable); i++)
    {
      sweep (self, i % 2 == 0);
      keep_best (self, best);
      if (i % 4 == 3 && best->crossings == last)
        break;
      last = best->crossings;
    }
}

static guint
draw (guint32 *state,
      guint    n)
{
  *state = *state * 1664525u + 1013904223u;
  return (guint) (((guint64) *state * n) >> 32);
}

/* Shuffles a stretch of one layer and of those beside it. */
static void
mix (Ordering *self,
     guint32  *state)
{
  LeydenLayoutLayers *layers = self->layers;
  guint n = 1 + draw (state, 4), longest = draw (state, 8) == 0 ? 40 : 8;

  for (guint k = 0; k < n; k++)
    {
      guint layer = draw (state, layers->n_layers), size = layer_size (layers, layer), drawn = 2 + draw (state, longest), length = MIN (size, drawn);
      guint *order = layers->order + layers->layer_start[layer] + draw (state, size - length + 1);

      for (guint i = length; i-- > 1;)
        {
          guint other = draw (state, i + 1), moved = order[i];

          order[i] = order[other];
          order[other] = moved;
        }
      for (guint i = 0; i < length; i++)
        loosen (self, order[i], TRUE);
      number (layers, layer);
      unsettle (self, layer);
      self->touched[layer] = TRUE;
    }
}

/* Whether a layer or the next is touched: their crossings have to be counted again. */
static gboolean
is_stale (Ordering *self,
          guint     layer)
{
  return self->touched[layer] || self->touched[layer + 1];
}

/* Crossings as they are now, of which only those at touched layers are counted. */
static guint64
recount (Ordering   *self,
         const Best *best)
{
  guint64 sum = best->crossings;

  for (guint i = 0; i + 1 < self->layers->n_layers; i++)
    if (is_stale (self, i))
      sum += count_between (self->layers, i, self->tree, self->keys) - self->between[i];
  return sum;
}

/* What is touched becomes the best order, or as that again. */
static void
settle (Ordering *self,
        Best     *best,
        guint64   crossings)
{
  LeydenLayoutLayers *layers = self->layers;
  gboolean better = crossings <= best->crossings;

  for (guint i = 0; i + 1 < layers->n_layers && better; i++)
    if (is_stale (self, i))
      self->between[i] = count_between (layers, i, self->tree, self->keys);
  for (guint i = 0; i < layers->n_layers; i++)
    {
      guint start = layers->layer_start[i], size = layer_size (layers, i);

      if (!self->touched[i])
        continue;
      if (better)
        memcpy (best->order + start, layers->order + start, size * sizeof (guint));
      else
        memcpy (layers->order + start, best->order + start, size * sizeof (guint));
      number (layers, i);
      self->touched[i] = FALSE;
    }
  if (better)
    best->crossings = crossings;
  else
    memset (self->settled, TRUE, layers->n_layers * sizeof (gboolean));
}

/* Iterated local search: some of the best order is mixed up and mended again, as often as the size of the graph allows. Only what was mixed
 * up, and what moves because of it, is sifted, and not far: that is some hundred tries instead of a few. */
static void
search (Ordering *self,
        Best     *best)
{
  guint64 limit = self->work + WORK;
  guint32 state = 1;

  restore (self, best);
  for (guint i = 0; i + 1 < self->layers->n_layers; i++)
    self->between[i] = count_between (self->layers, i, self->tree, self->keys);
  memset (self->settled, TRUE, self->layers->n_layers * sizeof (gboolean));
  memset (self->touched, FALSE, self->layers->n_layers * sizeof (gboolean));
  self->mending = TRUE;
  while (self->work < limit && best->crossings > 0 && !g_cancellable_is_cancelled (self->cancellable))
    {
      guint64 crossings;

      memset (self->loose, FALSE, self->layers->n_vertices);
      mix (self, &state);
      sift_all (self, 8);
      crossings = recount (self, best);
      if (self->n_choices > 1 || crossings <= best->crossings)
        remember (self, crossings);
      settle (self, best, crossings);
      self->work += 200 + self->layers->n_layers;
    }
  self->mending = FALSE;
}

GPtrArray *
leyden_layout_order (LeydenLayoutLayers *layers,
                     const double       *before,
                     guint               n_choices,
                     GCancellable       *cancellable)
{
  guint n_segments = 0;
  Ordering self = { .layers = layers, .cancellable = cancellable, .n_choices = n_choices };
  Best best = { g_new (guint, layers->n_vertices), G_MAXUINT64 };
  Best kept = { g_new (guint, layers->n_vertices), G_MAXUINT64 };

  self.choices = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < layers->n_vertices; i++)
    n_segments += layers->vertices[i].n_out;
  self.value = g_new0 (double, layers->n_vertices);
  self.scratch = g_new (guint, layers->n_vertices);
  self.keys = g_new (guint, n_segments + 1);
  self.in_keys = g_new (guint, n_segments + 1);
  self.out_keys = g_new (guint, n_segments + 1);
  self.settled = g_new0 (gboolean, layers->n_layers);
  self.loose = g_new0 (guint8, layers->n_vertices);
  self.touched = g_new0 (gboolean, layers->n_layers);
  self.between = g_new0 (guint64, layers->n_layers);
  self.tree = g_new (guint, 4 * (n_segments + 1));

  for (guint deep = 0; deep < 2; deep++)
    {
      begin_by_walk (&self, deep == 1);
      keep_best (&self, &best);
      begin_by_relaxing (&self, RELAXED);
      improve (&self, &best, SWEEPS);
    }
  restore (&self, &best);
  unsettle_all (&self);
  if (best.crossings > 0)
    sift_all (&self, 6);
  remember (&self, keep_best (&self, &best));
  search (&self, &best);
  if (before != NULL)
    {
      begin_as_before (&self, before);
      unsettle_all (&self);
      sift_all (&self, 6);
      keep_best (&self, &kept);
      /* A picture that is known is worth some crossings; then there is no other choice. */
      if (kept.crossings <= best.crossings + best.crossings / 10)
        {
          g_ptr_array_set_size (self.choices, 0);
          remember (&self, kept.crossings);
        }
    }
  number_all (layers);
  g_free (self.value);
  g_free (self.scratch);
  g_free (self.keys);
  g_free (self.in_keys);
  g_free (self.out_keys);
  g_free (self.settled);
  g_free (self.loose);
  g_free (self.touched);
  g_free (self.between);
  g_free (self.tree);
  g_free (best.order);
  g_free (kept.order);
  return self.choices;
}

void
leyden_layout_choose (LeydenLayoutLayers       *layers,
                      const LeydenLayoutChoice *choice)
{
  memcpy (layers->order, choice->order, layers->n_vertices * sizeof (guint));
  number_all (layers);
}
