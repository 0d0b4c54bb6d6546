/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* What a call took and cost, in tiles: latency, time to the first token, tokens, cost. What is not known has no tile. */
#define LEYDEN_TYPE_CALL_FACTS (leyden_call_facts_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCallFacts, leyden_call_facts, LEYDEN, CALL_FACTS, GtkWidget)

GtkWidget *leyden_call_facts_new (void);
void       leyden_call_facts_set (LeydenCallFacts *self, LeydenValue *call);

G_END_DECLS
