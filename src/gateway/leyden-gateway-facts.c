/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What dashboards ask about is kept up with the log while the backend runs. */
#define G_LOG_DOMAIN "leyden-gateway"

#include "config.h"

#include "leyden-sampler.h"

#include "leyden-alerts.h"

/* The first of a row of failures is told; the rest say the same. */
static void
failed_cb (LeydenFacts   *facts,
           GError        *error,
           LeydenGateway *self)
{
  if (!self->facts_failed)
    g_message ("What dashboards show stands still, and is tried again: %s", error->message);
  self->facts_failed = TRUE;
}

static void
advanced_cb (LeydenFacts   *facts,
             guint64        position,
             LeydenGateway *self)
{
  self->facts_failed = FALSE;
  if (self->alerts != NULL)
    leyden_alerts_poke (self->alerts);
  /* Facts follow the log before anybody can ask for its events. */
  if (self->hub != NULL)
    leyden_event_hub_rollouts_changed (self->hub);
}

void
leyden_gateway_start_facts (LeydenGateway *self)
{
  self->facts = leyden_facts_new (self->store);
  g_signal_connect (self->facts, "failed", G_CALLBACK (failed_cb), self);
  g_signal_connect (self->facts, "advanced", G_CALLBACK (advanced_cb), self);
  leyden_facts_start (self->facts);
  self->sampler = leyden_sampler_new (self);
}

void
leyden_gateway_stop_facts (LeydenGateway *self)
{
  if (self->facts == NULL)
    return;
  g_clear_pointer (&self->sampler, leyden_sampler_free);
  g_signal_handlers_disconnect_by_data (self->facts, self);
  leyden_facts_stop (self->facts);
  g_clear_object (&self->facts);
}

void
leyden_gateway_describe_facts (LeydenGateway      *self,
                               LeydenValueBuilder *b)
{
  leyden_value_builder_key (b, "facts");
  leyden_value_builder_begin_object (b);
  leyden_value_builder_set_int (b, "position", (gint64)leyden_facts_get_position (self->facts));
  leyden_value_builder_set_int (b, "last", (gint64)leyden_facts_get_last (self->facts));
  leyden_value_builder_set_boolean (b, "following", leyden_facts_is_following (self->facts));
  leyden_value_builder_end (b);
}
