/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-private.h"
#include "leyden-run-job.h"

G_BEGIN_DECLS

/* A fork that is being made. */
typedef struct
{
  LeydenGateway      *self;
  LeydenHttpExchange *exchange;
  LeydenValue        *body;
  LeydenValue        *edits;            /* of the body, masked */
  LeydenRolloutRow   *row;
  guint64             until;
  LeydenValue        *definition;       /* of the run that the other rollout belongs to, for its row alone */
  LeydenRunJob       *before;
  LeydenFlow         *flow;
  LeydenValue        *document;
  LeydenKeptFlow     *kept;
  LeydenValue        *new_definition;
  LeydenRunJob       *after;
  GPtrArray          *records;
  GPtrArray          *log;
  LeydenRolloutRow   *new_row;
  char               *run;
  char               *key;              /* of who asks again; nullable */
  gint64              created_ns;
  guint               n_written;
  GError             *failure;          /* why it is called off, as long as that is to be told */
} LeydenFork;

void     leyden_fork_free    (gpointer data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenFork, leyden_fork_free)
/* FALSE: nothing goes on, and the request has been answered. */
gboolean leyden_fork_goes_on (LeydenFork *fork, gboolean done, GError **error);

/* leyden-gateway-fork-write.c: what follows once its log is made. Takes @fork. */
void     leyden_fork_write   (LeydenFork *fork);

G_END_DECLS
