/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-engine"

#include "leyden-id.h"
#include "leyden-rollout-private.h"

/*
 * Records are gathered while the rollout has something to do and go to the store when it has not, together with its row: one
 * append at a time, so that what gathers meanwhile becomes the next segment. A short rollout is one segment.
 */

typedef struct
{
  guint64        sequence;
  LeydenSyncFunc func;
  gpointer       data;
} SyncWaiter;

typedef struct
{
  LeydenRollout *rollout;
  GPtrArray     *records;
} Append;

static void
append_free (Append *append)
{
  g_object_unref (append->rollout);
  g_ptr_array_unref (append->records);
  g_free (append);
}

void
leyden_rollout_log_as (LeydenRollout *self,
                       const char    *actor,
                       const char    *type,
                       const char    *node,
                       LeydenValue   *payload)
{
  g_autoptr(LeydenValue) owned = payload;
  LeydenStore *store = leyden_engine_get_store (self->engine);

  self->sequence++;
  if (!self->recording)
    return;
  {
    LeydenRecord *record = leyden_record_new (self->row.rollout, self->attempt, self->sequence, leyden_time_now_ns (),
                                              actor, type, node, owned);

    if (store != NULL)
      {
        if (self->records == NULL)
          self->records = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_record_unref);
        g_ptr_array_add (self->records, record);
      }
    else
      {
        leyden_rollout_emit_record (self, record);
        leyden_record_unref (record);
      }
  }
}

void
leyden_rollout_log (LeydenRollout *self,
                    const char    *type,
                    const char    *node,
                    LeydenValue   *payload)
{
  leyden_rollout_log_as (self, "engine", type, node, payload);
}

static void
run_waiters (LeydenRollout *self)
{
  GSList *waiters = g_steal_pointer (&self->waiters);

  waiters = g_slist_reverse (waiters);
  for (GSList *l = waiters; l != NULL; l = l->next)
    {
      SyncWaiter *waiter = l->data;

      if (waiter->sequence > self->durable)
        {
          self->waiters = g_slist_prepend (self->waiters, waiter);
          continue;
        }
      waiter->func (self, waiter->data);
      g_free (waiter);
    }
  g_slist_free (waiters);
}

/* The log cannot be written: the rollout ends here, and what the store has stays as it is for a later resume. */
static void
store_failed (LeydenRollout *self,
              const GError  *error)
{
  g_autoptr(GError) failure = g_error_new (LEYDEN_ENGINE_ERROR, LEYDEN_ENGINE_ERROR_STORE,
                                           "The log could not be written: %s", error->message);

  self->recording = FALSE;
  self->store_error = g_error_copy (failure);
  if (self->records != NULL)
    g_ptr_array_set_size (self->records, 0);
  if (!self->ended)
    leyden_rollout_end (self, "failed", failure, NULL);
  else
    {
      leyden_set_string (&self->row.error, failure->message);
      leyden_set_string (&self->row.state, "failed");
    }
  self->durable = G_MAXUINT64;
  run_waiters (self);
  leyden_rollout_emit_finished (self);
}

static void
appended_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Append *append = data;
  LeydenRollout *self = append->rollout;
  g_autoptr(GError) error = NULL;

  self->appending = FALSE;
  if (!leyden_store_append_finish (LEYDEN_STORE (object), result, &error))
    {
      store_failed (self, error);
      append_free (append);
      return;
    }
  for (guint i = 0; i < append->records->len; i++)
    {
      LeydenRecord *record = g_ptr_array_index (append->records, i);

      self->durable = record->sequence;
      self->row.last_sequence = record->sequence;
      self->row.last_position = record->position;
      leyden_rollout_emit_record (self, record);
    }
  run_waiters (self);
  leyden_rollout_flush (self);
  append_free (append);
}

void
leyden_rollout_flush (LeydenRollout *self)
{
  LeydenStore *store = leyden_engine_get_store (self->engine);

  if (self->finished || self->appending || self->loading)
    return;
  if (self->records != NULL && self->records->len > 0)
    {
      Append *append = g_new (Append, 1);

      append->rollout = g_object_ref (self);
      append->records = g_steal_pointer (&self->records);
      self->appending = TRUE;
      leyden_store_append_async (store, append->records, &self->row, appended_cb, append);
    }
  else if (self->ended)
    leyden_rollout_emit_finished (self);
}

void
leyden_rollout_when_synced (LeydenRollout  *self,
                            LeydenSyncFunc  func,
                            gpointer        data)
{
  SyncWaiter *waiter;

  if (leyden_engine_get_store (self->engine) == NULL || self->durable >= self->sequence)
    {
      func (self, data);
      return;
    }
  waiter = g_new (SyncWaiter, 1);
  *waiter = (SyncWaiter) { self->sequence, func, data };
  self->waiters = g_slist_prepend (self->waiters, waiter);
  leyden_rollout_flush (self);
}
