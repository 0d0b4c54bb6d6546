/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-private.h"

G_BEGIN_DECLS

/* Agents that a person starts by hand, in any terminal: a rollout is made for each, and its program is told by environment variables where
 * its model answers and where its reward goes. No list of /api shows such a rollout, since a controller would fail what it did not start.
 *
 *   queued ──first call or event──► running ──a reward──► succeeded
 *      │                               ├──ended by hand──► succeeded
 *      └──ended by hand, key expired─► failed ◄──key expired
 */
typedef struct
{
  char    *rollout;
  char    *endpoint;            /* whose model answers; NULL: the trainer's, and where there is none, the backend's default */
  char    *model;               /* NULL: the endpoint's */
  gboolean is_train;
  gint64   expires_ns;
  gboolean runs;                /* it called not long ago, and has no reward yet */
  gint64   quiet_ns;            /* from then on nobody thinks that it still runs */
} LeydenAttachment;

/* (transfer none) (nullable) */
LeydenAttachment *leyden_gateway_find_attachment (LeydenGateway *self, const char *rollout);
/* An agent calls its model, before anybody answers. */
void     leyden_gateway_attach_called      (LeydenGateway *self, const char *rollout);
/* An event of it is on disk. */
void     leyden_gateway_attach_event       (LeydenGateway *self, const char *rollout, LeydenValue *type, LeydenValue *data);
/* Agents that are at work: a backend that they need does not end by itself. */
guint    leyden_gateway_count_attached     (LeydenGateway *self);
void     leyden_gateway_free_attached      (LeydenGateway *self);
void     leyden_gateway_load_attached_async  (LeydenGateway *self, GAsyncReadyCallback callback, gpointer data);
gboolean leyden_gateway_load_attached_finish (LeydenGateway *self, GAsyncResult *result, GError **error);
/* What was told to agents stays true after a restart: the port is kept for the next start. @last: the one that is kept already. */
void     leyden_gateway_keep_port          (LeydenGateway *self, guint16 last);

/* leyden-gateway-attach-call.c: asks the endpoint of @attachment, or the default one. @body: as the agent sent it. Answers whatever comes. */
void     leyden_gateway_attach_call        (LeydenGateway *self, LeydenHttpExchange *exchange, const LeydenAttachment *attachment,
                                            LeydenValue *body, gboolean streams);

G_END_DECLS
