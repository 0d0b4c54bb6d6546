/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "leyden-gateway"

/* Steps of the training that a mirrored server serves. The server does not count them, and the versions of its models stay 0 with most trainers; but a
 * trainer asks for all rollouts of a step in one request, so what was created together is a step. Validation belongs to the step before it. */
#include "leyden-mirror.h"

/* Between two rollouts of one request pass microseconds; between two steps what the rollouts take. */
#define GAP_NS (G_GINT64_CONSTANT (250) * 1000000)
/* That are remembered: of older steps nothing new comes. */
#define MAX_BATCHES 64

static LeydenMirrorBatch *
batch_at (LeydenMirror *self,
          guint         i)
{
  return &g_array_index (self->batches, LeydenMirrorBatch, i);
}

/* The last that began by then; NULL: none. */
static LeydenMirrorBatch *
find_before (LeydenMirror *self,
             gint64        time_ns)
{
  for (guint i = self->batches->len; i > 0; i--)
    if (batch_at (self, i - 1)->first_ns <= time_ns)
      return batch_at (self, i - 1);
  return NULL;
}

static LeydenMirrorBatch *
find_near (LeydenMirror *self,
           gint64        time_ns)
{
  for (guint i = self->batches->len; i > 0; i--)
    if (time_ns >= batch_at (self, i - 1)->first_ns - GAP_NS && time_ns <= batch_at (self, i - 1)->last_ns + GAP_NS)
      return batch_at (self, i - 1);
  return NULL;
}

static void
begin_batch (LeydenMirror *self,
             gint64        time_ns)
{
  LeydenMirrorBatch batch = { time_ns, time_ns, ++self->n_batches };

  if (self->batches->len >= MAX_BATCHES)
    g_array_remove_index (self->batches, 0);
  g_array_append_val (self->batches, batch);
  self->changed = TRUE;
}

gint64
leyden_mirror_note_creation (LeydenMirror *self,
                             gint64        created_ns,
                             gboolean      is_train)
{
  LeydenMirrorBatch *near = is_train ? find_near (self, created_ns) : NULL;
  gint64 last_ns = self->batches->len > 0 ? batch_at (self, self->batches->len - 1)->last_ns : 0;

  if (near != NULL)
    {
      self->changed = self->changed || created_ns < near->first_ns || created_ns > near->last_ns;
      near->first_ns = MIN (near->first_ns, created_ns);
      near->last_ns = MAX (near->last_ns, created_ns);
      return near->number;
    }
  /* One that was not seen when the next were already is of the step before. */
  if (is_train && created_ns > last_ns)
    begin_batch (self, created_ns);
  return leyden_mirror_get_batch (self, created_ns);
}

gint64
leyden_mirror_get_batch (LeydenMirror *self,
                         gint64        time_ns)
{
  LeydenMirrorBatch *before = find_before (self, time_ns);

  if (before != NULL)
    return before->number;
  return self->batches->len > 0 ? batch_at (self, 0)->number - 1 : 0;
}

void
leyden_mirror_set_batches (LeydenValueBuilder *b,
                           LeydenMirror       *self)
{
  leyden_value_builder_set_int (b, "n_batches", self->n_batches);
  leyden_value_builder_key (b, "batches");
  leyden_value_builder_begin_list (b);
  for (guint i = 0; i < self->batches->len; i++)
    {
      leyden_value_builder_begin_list (b);
      leyden_value_builder_add_int (b, batch_at (self, i)->first_ns);
      leyden_value_builder_add_int (b, batch_at (self, i)->last_ns);
      leyden_value_builder_add_int (b, batch_at (self, i)->number);
      leyden_value_builder_end (b);
    }
  leyden_value_builder_end (b);
}

void
leyden_mirror_read_batches (LeydenMirror *self,
                            LeydenValue  *position)
{
  LeydenValue *list = leyden_value_get_member (position, "batches");

  self->n_batches = leyden_value_get_member_int (position, "n_batches", 0);
  g_array_set_size (self->batches, 0);
  for (guint i = 0; leyden_value_get_kind (list) == LEYDEN_VALUE_LIST && i < MIN (leyden_value_get_size (list), MAX_BATCHES); i++)
    {
      LeydenValue *item = leyden_value_get_item (list, i);
      LeydenMirrorBatch batch;

      if (leyden_value_get_int (leyden_value_get_item (item, 0), &batch.first_ns) && leyden_value_get_int (leyden_value_get_item (item, 1), &batch.last_ns)
          && leyden_value_get_int (leyden_value_get_item (item, 2), &batch.number))
        g_array_append_val (self->batches, batch);
    }
}
