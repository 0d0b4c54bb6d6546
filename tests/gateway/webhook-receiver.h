/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

/* A receiver of webhooks on a loopback port, in the thread of the test: what it is told it checks as help/webhooks.md says, with code of
 * its own, and answers by a script. */
typedef struct
{
  char        *path;
  char        *method;
  char        *id;
  gint64       timestamp_s;
  char        *signature;
  char        *type;            /* Content-Type */
  char        *body;
  char        *origin;          /* WebHook-Request-Origin */
  guint        status;          /* that it got */
  LeydenValue *event;           /* the body; nullable */
} Received;

typedef struct _WebhookReceiver WebhookReceiver;

WebhookReceiver *webhook_receiver_new      (guint16 port);                /* 0: any */
void             webhook_receiver_free     (WebhookReceiver *self);
guint16          webhook_receiver_get_port (WebhookReceiver *self);
char            *webhook_receiver_dup_uri  (WebhookReceiver *self, const char *path);
/* The next answer to @path; the last that was added stays. Without any: 200. @headers: "Name: value" or NULL. */
void             webhook_receiver_script   (WebhookReceiver *self, const char *path, guint status, const char *headers);
/* Its script begins anew. */
void             webhook_receiver_forget   (WebhookReceiver *self, const char *path);
guint            webhook_receiver_count    (WebhookReceiver *self);
const Received  *webhook_receiver_get      (WebhookReceiver *self, guint n);
/* Whether one of the signatures is @secret's over the raw body. */
gboolean         received_is_signed        (const Received *received, const char *secret);

G_END_DECLS
