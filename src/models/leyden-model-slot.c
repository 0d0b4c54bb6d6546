/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-models"

#include "leyden-models-private.h"

#define DEFAULT_CONCURRENCY 8

LeydenModelSlot *
leyden_model_slot_new (LeydenEndpoint *endpoint)
{
  LeydenModelSlot *self = g_rc_box_new0 (LeydenModelSlot);

  self->endpoint = endpoint;
  g_queue_init (&self->waiting);
  return self;
}

LeydenModelSlot *
leyden_model_slot_ref (LeydenModelSlot *self)
{
  return g_rc_box_acquire (self);
}

static void
slot_clear (gpointer data)
{
  LeydenModelSlot *self = data;

  /* A waiting call holds the slot, so none is left. */
  g_assert (g_queue_is_empty (&self->waiting));
  leyden_endpoint_free (self->endpoint);
}

void
leyden_model_slot_unref (LeydenModelSlot *self)
{
  g_rc_box_release_full (self, slot_clear);
}

static guint
get_limit (LeydenModelSlot *self)
{
  guint limit = self->endpoint->concurrency > 0 ? self->endpoint->concurrency : DEFAULT_CONCURRENCY;

  /* Beyond the pool a call would wait for a connection while its deadline runs. */
  return self->endpoint->simulated ? limit : MIN (limit, LEYDEN_MODEL_MAX_CONNECTIONS);
}

void
leyden_model_ticket_enter (LeydenModelTicket  *self,
                           LeydenModelSlot    *slot,
                           void              (*start) (gpointer data),
                           gpointer            data)
{
  self->slot = leyden_model_slot_ref (slot);
  self->start = start;
  self->data = data;
  if (slot->n_active >= get_limit (slot))
    {
      g_queue_push_tail (&slot->waiting, self);
      return;
    }
  slot->n_active++;
  self->active = TRUE;
  start (data);
}

static void
start_next (LeydenModelSlot *slot)
{
  while (slot->n_active < get_limit (slot) && !g_queue_is_empty (&slot->waiting))
    {
      LeydenModelTicket *next = g_queue_pop_head (&slot->waiting);

      slot->n_active++;
      next->active = TRUE;
      next->start (next->data);
    }
}

void
leyden_model_ticket_leave (LeydenModelTicket *self)
{
  g_autoptr(LeydenModelSlot) slot = g_steal_pointer (&self->slot);

  if (slot == NULL)
    return;
  if (!self->active)
    g_queue_remove (&slot->waiting, self);
  else
    {
      self->active = FALSE;
      slot->n_active--;
      start_next (slot);
    }
}

void
leyden_model_call_copy (LeydenModelCallCopy   *self,
                        const LeydenModelCall *call)
{
  self->call = *call;
  self->endpoint = g_strdup (call->endpoint);
  self->rollout = g_strdup (call->rollout);
  self->attempt = g_strdup (call->attempt);
  self->node = g_strdup (call->node);
  self->call.endpoint = self->endpoint;
  self->call.rollout = self->rollout;
  self->call.attempt = self->attempt;
  self->call.node = self->node;
  self->call.body = leyden_value_ref (call->body);
}

void
leyden_model_call_clear (LeydenModelCallCopy *self)
{
  g_clear_pointer (&self->call.body, leyden_value_unref);
  g_clear_pointer (&self->endpoint, g_free);
  g_clear_pointer (&self->rollout, g_free);
  g_clear_pointer (&self->attempt, g_free);
  g_clear_pointer (&self->node, g_free);
}
