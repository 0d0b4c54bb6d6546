/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-document.h"

#include <glib/gi18n-lib.h>
#include "leyden-document-private.h"
#include "leyden-edit-private.h"
#include "leyden-flow-private.h"

/* The history as a list: steps that were done, then those that were taken back, in the order in which they were made. */

static LeydenStep *
get_step (LeydenHistory *history,
          guint          index)
{
  if (index < history->past->len)
    return g_ptr_array_index (history->past, index);
  return g_ptr_array_index (history->future, history->future->len - 1 - (index - history->past->len));
}

guint
leyden_document_get_n_steps (LeydenDocument *self)
{
  LeydenHistory *history;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), 0);
  history = leyden_document_get_root (self)->history;
  return history->past->len + history->future->len;
}

guint
leyden_document_get_position (LeydenDocument *self)
{
  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), 0);
  return leyden_document_get_root (self)->history->past->len;
}

const char *
leyden_document_get_step_label (LeydenDocument *self,
                                guint           index)
{
  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), NULL);
  g_return_val_if_fail (index < leyden_document_get_n_steps (self), NULL);
  return leyden_step_get_label (get_step (leyden_document_get_root (self)->history, index));
}

gint64
leyden_document_get_step_time (LeydenDocument *self,
                               guint           index)
{
  LeydenStep *step;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), 0);
  g_return_val_if_fail (index < leyden_document_get_n_steps (self), 0);
  step = get_step (leyden_document_get_root (self)->history, index);
  return leyden_edit_get_time (g_ptr_array_index (step->edits, step->edits->len - 1));
}

gboolean
leyden_document_is_step_saved (LeydenDocument *self,
                               guint           position)
{
  LeydenHistory *history;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), FALSE);
  g_return_val_if_fail (position <= leyden_document_get_n_steps (self), FALSE);
  self = leyden_document_get_root (self);
  history = self->history;
  return self->saved == (position == 0 ? history->bottom : get_step (history, position - 1)->state);
}

static void
take_changes (LeydenEdit *all,
              LeydenEdit *one)
{
  GPtrArray *changes = leyden_edit_get_changes (one);

  for (guint i = 0; i < changes->len; i++)
    g_ptr_array_add (leyden_edit_get_changes (all), g_ptr_array_index (changes, i));
  g_ptr_array_set_free_func (changes, NULL);
  g_ptr_array_set_size (changes, 0);
}

/* All steps of the way as one edit: it succeeds or fails as one, and shows as one. */
static LeydenEdit *
make_way (LeydenHistory *history,
          guint          position)
{
  LeydenEdit *all = leyden_edit_new (_("Go to a Point of the History"));

  for (guint i = history->past->len; i > position; i--)
    {
      g_autoptr(LeydenEdit) back = leyden_step_invert (get_step (history, i - 1));

      take_changes (all, back);
    }
  for (guint i = history->past->len; i < position; i++)
    {
      g_autoptr(LeydenEdit) forward = leyden_step_repeat (get_step (history, i));

      take_changes (all, forward);
    }
  return all;
}

gboolean
leyden_document_go_to (LeydenDocument  *self,
                       guint            position,
                       GError         **error)
{
  LeydenHistory *history;
  g_autoptr(LeydenEdit) way = NULL;
  gboolean back;

  g_return_val_if_fail (LEYDEN_IS_DOCUMENT (self), FALSE);
  g_return_val_if_fail (position <= leyden_document_get_n_steps (self), FALSE);

  self = leyden_document_get_root (self);
  history = self->history;
  if (position == history->past->len)
    return TRUE;
  back = position < history->past->len;
  way = make_way (history, position);
  if (!leyden_flow_apply_quietly (self->flow, way, error))
    return FALSE;
  while (position != history->past->len)
    {
      g_autoptr(LeydenValue) record = leyden_journal_plain_record (back ? "undo" : "redo");

      leyden_document_write_record (self, record);
      if (back)
        leyden_history_undo (history);
      else
        leyden_history_redo (history);
    }
  leyden_flow_emit_changed (self->flow, way);
  leyden_document_update (self);
  leyden_document_compact_if_wanted (self);
  return TRUE;
}
