/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-flow"

#include "config.h"
#include "leyden-journal-private.h"

#include "leyden-edit-private.h"

/* From the records of a journal back to flow and history. */

/* What can be done while a file is written. */
#define MAX_STEPS_SINCE 16

void
leyden_replay_free (LeydenReplay *self)
{
  if (self == NULL)
    return;
  g_clear_object (&self->flow);
  leyden_history_free (self->history);
  g_free (self->uri);
  g_free (self);
}

static guint64
get_state (LeydenValue *record)
{
  gint64 state = leyden_value_get_member_int (record, "state", -1);

  return state < 0 ? G_MAXUINT64 : (guint64) state;
}

static gboolean
replay_edit (LeydenReplay *self,
             LeydenValue  *record)
{
  g_autoptr(LeydenEdit) edit = leyden_edit_from_value (leyden_value_get_member (record, "edit"), NULL);
  guint64 state = get_state (record);

  if (edit == NULL || state == G_MAXUINT64)
    return FALSE;
  if (self->flow == NULL)
    leyden_edit_set_applied (edit);
  else if (!leyden_flow_apply (self->flow, edit, NULL))
    return FALSE;
  leyden_history_push (self->history, edit, leyden_value_get_member_boolean (record, "join", FALSE), state);
  return TRUE;
}

static gboolean
replay_undo (LeydenReplay *self)
{
  LeydenStep *step = leyden_history_peek_undo (self->history);
  g_autoptr(LeydenEdit) inverse = NULL;

  if (step == NULL)
    return FALSE;
  inverse = leyden_step_invert (step);
  if (self->flow != NULL && !leyden_flow_apply (self->flow, inverse, NULL))
    return FALSE;
  leyden_history_undo (self->history);
  return TRUE;
}

static gboolean
replay_redo (LeydenReplay *self)
{
  LeydenStep *step = leyden_history_peek_redo (self->history);

  if (step == NULL)
    return FALSE;
  for (guint i = 0; i < step->edits->len && self->flow != NULL; i++)
    if (!leyden_flow_apply (self->flow, g_ptr_array_index (step->edits, i), NULL))
      return FALSE;
  leyden_history_redo (self->history);
  return TRUE;
}

/* History that a compaction stored. Its edits were applied before the snapshot was taken. */
static gboolean
replay_stored (LeydenReplay *self,
               LeydenValue  *record,
               const char   *kind)
{
  g_autoptr(LeydenEdit) edit = leyden_edit_from_value (leyden_value_get_member (record, kind), NULL);
  gboolean join = leyden_value_get_member_boolean (record, "join", FALSE);
  guint64 state = get_state (record);

  if (edit == NULL || state == G_MAXUINT64)
    return FALSE;
  leyden_edit_set_applied (edit);
  if (g_str_equal (kind, "past"))
    leyden_history_push (self->history, edit, join, state);
  else
    leyden_history_push_future (self->history, edit, join, state);
  return TRUE;
}

static gboolean
replay_record (LeydenReplay *self,
               LeydenValue  *record)
{
  if (leyden_value_get_member (record, "edit") != NULL)
    return replay_edit (self, record);
  if (leyden_value_get_member_boolean (record, "undo", FALSE))
    return replay_undo (self);
  if (leyden_value_get_member_boolean (record, "redo", FALSE))
    return replay_redo (self);
  if (leyden_value_get_member (record, "past") != NULL)
    return replay_stored (self, record, "past");
  if (leyden_value_get_member (record, "future") != NULL)
    return replay_stored (self, record, "future");
  if (leyden_value_get_member (record, "saved") != NULL)
    {
      g_free (self->uri);
      self->uri = g_strdup (leyden_value_get_member_string (record, "uri", NULL));
      self->saved = get_state (record);
    }
  /* Records of a later version change nothing that we know. */
  return TRUE;
}

/* Steps that separate the file from what is shown, in either direction. */
static guint
count_unsaved (LeydenReplay *self)
{
  LeydenHistory *history = self->history;

  if (leyden_history_get_state (history) == self->saved)
    return 0;
  for (guint i = history->past->len; i > 0; i--)
    {
      guint64 before = i > 1 ? ((LeydenStep *) g_ptr_array_index (history->past, i - 2))->state : history->bottom;

      if (before == self->saved)
        return history->past->len - i + 1;
    }
  return MAX (1, history->past->len);
}

static gboolean
is_at_file (LeydenReplay *self,
            LeydenValue  *record,
            const char   *file_sha256)
{
  return self->flow == NULL && file_sha256 != NULL
         && g_strcmp0 (leyden_value_get_member_string (record, "saved", NULL), file_sha256) == 0
         && get_state (record) == leyden_history_get_state (self->history);
}

LeydenReplay *
leyden_journal_replay (LeydenJournalContents *contents,
                       LeydenFlow            *file_flow,
                       const char            *file_sha256)
{
  LeydenReplay *self = g_new0 (LeydenReplay, 1);

  self->history = leyden_history_new ();
  self->history->bottom = contents->header.bottom;
  self->history->last_state = MAX (contents->header.bottom, contents->header.state);
  self->saved = contents->header.saved;
  self->uri = g_strdup (contents->header.uri);
  self->complete = TRUE;
  if (leyden_journal_get_snapshot (contents) != NULL)
    self->flow = leyden_flow_parse (contents->snapshot, "autosave", NULL);
  else if (file_flow != NULL && g_strcmp0 (contents->header.file_sha256, file_sha256) == 0
           && contents->header.saved == contents->header.state)
    self->flow = g_object_ref (file_flow);

  for (guint i = 0; i < contents->records->len; i++)
    {
      LeydenValue *record = g_ptr_array_index (contents->records, i);

      if (!replay_record (self, record))
        {
          self->complete = FALSE;
          break;
        }
      if (file_flow != NULL && is_at_file (self, record, file_sha256))
        self->flow = g_object_ref (file_flow);
    }
  self->n_unsaved = count_unsaved (self);
  return self;
}

static gboolean
is_written_as (LeydenReplay *self,
               const char   *sha256)
{
  g_autoptr(GBytes) bytes = leyden_flow_serialize (self->flow);
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);

  return g_str_equal (sum, sha256);
}

guint64
leyden_journal_find_written (LeydenJournalContents *contents,
                             const char            *sha256)
{
  g_autoptr(LeydenReplay) replay = NULL;
  guint back;

  if (leyden_journal_get_snapshot (contents) == NULL)
    return G_MAXUINT64;
  replay = leyden_journal_replay (contents, NULL, NULL);
  if (replay->flow == NULL || !replay->complete)
    return G_MAXUINT64;
  for (back = 0; !is_written_as (replay, sha256); back++)
    if (back == MAX_STEPS_SINCE || !replay_undo (replay))
      break;
  for (guint i = 0; i < back + MAX_STEPS_SINCE && !is_written_as (replay, sha256); i++)
    if (!replay_redo (replay))
      return G_MAXUINT64;
  return is_written_as (replay, sha256) ? leyden_history_get_state (replay->history) : G_MAXUINT64;
}
