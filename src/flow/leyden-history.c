/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-history-private.h"

#include "leyden-edit-private.h"

/* Edits with one merge key join while each follows the one before within this time. */
#define JOIN_NS (G_GINT64_CONSTANT (2) * 1000 * 1000 * 1000)

static void
step_free (LeydenStep *self)
{
  g_ptr_array_unref (self->edits);
  g_free (self);
}

LeydenHistory *
leyden_history_new (void)
{
  LeydenHistory *self = g_new0 (LeydenHistory, 1);

  self->past = g_ptr_array_new_with_free_func ((GDestroyNotify) step_free);
  self->future = g_ptr_array_new_with_free_func ((GDestroyNotify) step_free);
  return self;
}

void
leyden_history_free (LeydenHistory *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->past);
  g_ptr_array_unref (self->future);
  g_free (self);
}

LeydenStep *
leyden_history_peek_undo (LeydenHistory *self)
{
  return self->past->len > 0 ? g_ptr_array_index (self->past, self->past->len - 1) : NULL;
}

LeydenStep *
leyden_history_peek_redo (LeydenHistory *self)
{
  return self->future->len > 0 ? g_ptr_array_index (self->future, self->future->len - 1) : NULL;
}

guint64
leyden_history_get_state (LeydenHistory *self)
{
  LeydenStep *step = leyden_history_peek_undo (self);

  return step != NULL ? step->state : self->bottom;
}

/* Ids are unique in a body only: those of two bodies may be the same. */
static gboolean
is_same_place (LeydenEdit *a,
               LeydenEdit *b)
{
  return leyden_edit_get_n_changes (a) > 0 && leyden_edit_get_n_changes (b) > 0
         && g_strv_equal (leyden_edit_get_change (a, 0)->scope, leyden_edit_get_change (b, 0)->scope);
}

gboolean
leyden_history_joins (LeydenHistory *self,
                      LeydenEdit    *edit,
                      guint64        saved)
{
  LeydenStep *step = leyden_history_peek_undo (self);
  const char *key = leyden_edit_get_merge_key (edit);
  LeydenEdit *last;
  gint64 distance;

  if (step == NULL || key == NULL || self->future->len > 0 || step->state == saved)
    return FALSE;
  last = g_ptr_array_index (step->edits, step->edits->len - 1);
  if (!is_same_place (last, edit))
    return FALSE;
  distance = leyden_edit_get_time (edit) - leyden_edit_get_time (last);
  return g_strcmp0 (leyden_edit_get_merge_key (last), key) == 0 && distance >= 0 && distance < JOIN_NS;
}

static void
add_to (LeydenHistory *self,
        GPtrArray     *steps,
        LeydenEdit    *edit,
        gboolean       join,
        guint64        state)
{
  LeydenStep *step;

  if (!join || steps->len == 0)
    {
      step = g_new0 (LeydenStep, 1);
      step->edits = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_edit_unref);
      g_ptr_array_add (steps, step);
    }
  step = g_ptr_array_index (steps, steps->len - 1);
  g_ptr_array_add (step->edits, leyden_edit_ref (edit));
  step->state = state;
  step->n_changes += leyden_edit_get_n_changes (edit);
  self->n_changes += leyden_edit_get_n_changes (edit);
}

static void
drop_future (LeydenHistory *self)
{
  for (guint i = 0; i < self->future->len; i++)
    self->n_changes -= ((LeydenStep *) g_ptr_array_index (self->future, i))->n_changes;
  g_ptr_array_set_size (self->future, 0);
}

/* The oldest go, in one go when they are many: each removal moves all that are behind it. */
static void
drop_oldest (LeydenHistory *self)
{
  guint n = 0;

  while (n + 1 < self->past->len
         && (self->past->len - n > LEYDEN_HISTORY_LENGTH || self->n_changes > LEYDEN_HISTORY_CHANGES))
    {
      LeydenStep *step = g_ptr_array_index (self->past, n++);

      self->bottom = step->state;
      self->n_changes -= step->n_changes;
    }
  if (n > 0)
    g_ptr_array_remove_range (self->past, 0, n);
}

void
leyden_history_push (LeydenHistory *self,
                     LeydenEdit    *edit,
                     gboolean       join,
                     guint64        state)
{
  drop_future (self);
  add_to (self, self->past, edit, join, state);
  self->last_state = MAX (self->last_state, state);
  drop_oldest (self);
}

void
leyden_history_push_future (LeydenHistory *self,
                            LeydenEdit    *edit,
                            gboolean       join,
                            guint64        state)
{
  add_to (self, self->future, edit, join, state);
  self->last_state = MAX (self->last_state, state);
}

void
leyden_history_undo (LeydenHistory *self)
{
  g_assert (self->past->len > 0);
  g_ptr_array_add (self->future, g_ptr_array_steal_index (self->past, self->past->len - 1));
}

void
leyden_history_redo (LeydenHistory *self)
{
  g_assert (self->future->len > 0);
  g_ptr_array_add (self->past, g_ptr_array_steal_index (self->future, self->future->len - 1));
}

LeydenEdit *
leyden_step_invert (LeydenStep *self)
{
  LeydenEdit *inverse = leyden_edit_new (leyden_step_get_label (self));

  for (guint i = self->edits->len; i > 0; i--)
    {
      g_autoptr(LeydenEdit) one = leyden_edit_invert (g_ptr_array_index (self->edits, i - 1));
      GPtrArray *changes = leyden_edit_get_changes (one);

      leyden_edit_set_actor (inverse, leyden_edit_get_actor (one));
      for (guint k = 0; k < changes->len; k++)
        g_ptr_array_add (leyden_edit_get_changes (inverse), g_ptr_array_index (changes, k));
      g_ptr_array_set_free_func (changes, NULL);
      g_ptr_array_set_size (changes, 0);
    }
  return inverse;
}

LeydenEdit *
leyden_step_repeat (LeydenStep *self)
{
  LeydenEdit *forward = leyden_edit_new (leyden_step_get_label (self));

  for (guint i = 0; i < self->edits->len; i++)
    {
      LeydenEdit *edit = g_ptr_array_index (self->edits, i);

      leyden_edit_set_actor (forward, leyden_edit_get_actor (edit));
      for (guint k = 0; k < leyden_edit_get_n_changes (edit); k++)
        leyden_edit_add_copy (forward, edit, k);
    }
  return forward;
}

const char *
leyden_step_get_label (LeydenStep *self)
{
  return leyden_edit_get_label (g_ptr_array_index (self->edits, self->edits->len - 1));
}
