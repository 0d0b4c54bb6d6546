/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "config.h"

#include "leyden-models-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-simulation.h"

/* A call of the simulation in this process: computed at once, told at the pace that is asked for.
 *
 *   enter ──► queued ──► started ──► chunk … chunk ──► answered
 *     └──── time scale 0 ────► answered in an idle callback
 */

typedef struct
{
  LeydenModelCallCopy  copy;
  LeydenModelTicket    ticket;
  LeydenModelSlot     *slot;
  LeydenValue         *answer;
  GPtrArray           *chunks;          /* (element-type LeydenSimulationChunk) */
  guint                next;
  double               due_ms;          /* of the next chunk, after the start, at the asked pace */
  gint64               started_us;
  GSource             *timer;
  GSource             *watch;           /* of the cancellable */
} Call;

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
call_free (gpointer data)
{
  Call *self = data;

  leyden_model_ticket_leave (&self->ticket);
  drop_source (&self->timer);
  drop_source (&self->watch);
  leyden_model_call_clear (&self->copy);
  g_clear_pointer (&self->slot, leyden_model_slot_unref);
  g_clear_pointer (&self->answer, leyden_value_unref);
  g_clear_pointer (&self->chunks, g_ptr_array_unref);
  g_free (self);
}

/* Drops the sources (which hold the task) and answers. Takes a reference that the caller need not hold. */
static void
finish (GTask  *task,
        GError *error)
{
  g_autoptr(GTask) kept = g_object_ref (task);
  Call *self = g_task_get_task_data (task);

  drop_source (&self->timer);
  drop_source (&self->watch);
  leyden_model_ticket_leave (&self->ticket);
  if (error != NULL)
    g_task_return_error (kept, error);
  else
    g_task_return_pointer (kept, g_steal_pointer (&self->answer), (GDestroyNotify) leyden_value_unref);
}

static void
tell (Call       *self,
      const char *text)
{
  if (self->copy.call.stream && self->copy.call.delta != NULL && text != NULL && *text != '\0')
    self->copy.call.delta (text, self->copy.call.data);
}

static gboolean schedule_cb (gpointer user_data);

static void
schedule (GTask *task)
{
  Call *self = g_task_get_task_data (task);
  gint64 late_ms = (g_get_monotonic_time () - self->started_us) / 1000;
  double wait_ms = CLAMP (self->due_ms - (double) late_ms, 0.0, 3600000.0);

  drop_source (&self->timer);
  self->timer = g_timeout_source_new ((guint) wait_ms);
  g_source_set_callback (self->timer, schedule_cb, g_object_ref (task), g_object_unref);
  g_source_attach (self->timer, g_task_get_context (task));
}

static double
chunk_wait (Call  *self,
            guint  index)
{
  LeydenSimulationChunk *chunk = g_ptr_array_index (self->chunks, index);

  return chunk->wait_ms * self->copy.call.time_scale;
}

/* Tells what is due, and waits for the next. */
static gboolean
schedule_cb (gpointer user_data)
{
  g_autoptr(GTask) task = g_object_ref (user_data);
  Call *self = g_task_get_task_data (task);
  double now_ms = (double) (g_get_monotonic_time () - self->started_us) / 1000.0;

  while (self->next < self->chunks->len && self->due_ms <= now_ms + 1.0)
    {
      LeydenSimulationChunk *chunk = g_ptr_array_index (self->chunks, self->next++);

      if (self->next < self->chunks->len)
        self->due_ms += chunk_wait (self, self->next);
      tell (self, leyden_value_get_string (leyden_value_lookup_pointer (chunk->chunk, "/choices/0/delta/content"), NULL));
    }
  if (self->next < self->chunks->len)
    schedule (task);
  else
    finish (task, NULL);
  return G_SOURCE_REMOVE;
}

static void
start_cb (gpointer data)
{
  GTask *task = data;
  Call *self = g_task_get_task_data (task);

  self->started_us = g_get_monotonic_time ();
  self->due_ms = self->chunks->len > 0 ? chunk_wait (self, 0) : 0.0;
  schedule (task);
}

static gboolean
answer_at_once_cb (gpointer user_data)
{
  GTask *task = user_data;
  Call *self = g_task_get_task_data (task);

  tell (self, leyden_value_get_string (leyden_value_lookup_pointer (self->answer, "/message/content"), NULL));
  finish (task, NULL);
  return G_SOURCE_REMOVE;
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      user_data)
{
  finish (user_data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _("The call was cancelled")));
  return G_SOURCE_REMOVE;
}

static void
watch_cancellable (GTask *task)
{
  Call *self = g_task_get_task_data (task);
  g_autoptr(GCancellable) none = NULL;
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (cancellable == NULL)
    cancellable = none = g_cancellable_new ();
  self->watch = g_cancellable_source_new (cancellable);
  g_source_set_callback (self->watch, G_SOURCE_FUNC (cancelled_cb), g_object_ref (task), g_object_unref);
  g_source_attach (self->watch, g_task_get_context (task));
}

static LeydenValue *
compute (Call          *self,
         LeydenModels  *models,
         LeydenValue  **completion,
         GError       **error)
{
  const char *model = leyden_models_find_model (models, self->slot);
  g_autoptr(LeydenValue) body = NULL;
  g_autoptr(LeydenValue) answer = NULL;
  g_autoptr(LeydenValue) name = NULL;
  g_autoptr(GError) reason = NULL;

  body = leyden_openai_make_body (&self->copy.call, model, 0, FALSE);
  *completion = leyden_simulation_complete (body, self->copy.call.world_seed, self->copy.call.sample, &reason);
  if (*completion == NULL)
    {
      g_set_error_literal (error, LEYDEN_MODEL_ERROR, LEYDEN_MODEL_ERROR_REQUEST, reason->message);
      return NULL;
    }
  answer = leyden_openai_read_answer (*completion, error);
  name = leyden_value_new_string (self->slot->endpoint->name, -1);
  return answer != NULL ? leyden_value_with_member (answer, "endpoint", name) : NULL;
}

void
leyden_simulated_call_start (LeydenModelSlot       *slot,
                             const LeydenModelCall *call,
                             GTask                 *task)
{
  Call *self = g_new0 (Call, 1);
  g_autoptr(LeydenValue) completion = NULL;
  GError *error = NULL;

  leyden_model_call_copy (&self->copy, call);
  self->slot = leyden_model_slot_ref (slot);
  g_task_set_task_data (task, self, call_free);
  self->answer = compute (self, g_task_get_source_object (task), &completion, &error);
  if (self->answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  watch_cancellable (task);
  if (call->time_scale > 0.0)
    {
      self->chunks = leyden_simulation_stream (completion, FALSE);
      leyden_model_ticket_enter (&self->ticket, slot, start_cb, task);
    }
  else
    {
      self->timer = g_idle_source_new ();
      g_source_set_priority (self->timer, G_PRIORITY_DEFAULT);
      g_source_set_callback (self->timer, answer_at_once_cb, g_object_ref (task), g_object_unref);
      g_source_attach (self->timer, g_task_get_context (task));
    }
}
