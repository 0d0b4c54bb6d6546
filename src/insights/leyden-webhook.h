/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-value.h"

G_BEGIN_DECLS

/* A webhook: whom to tell of what (help/webhooks.md). Pure functions; who sends is in the gateway.
 *
 * Source: Standard Webhooks (standardwebhooks.com, spec 1.0.0) for the signature, the headers and what an answer means; CloudEvents 1.0.2 for
 * the body; CNCF "HTTP 1.1 Web Hooks for Event Delivery" 1.0 for the handshake. */

#define LEYDEN_WEBHOOK_ERROR (leyden_webhook_error_quark ())
GQuark leyden_webhook_error_quark (void);
typedef enum
{
  LEYDEN_WEBHOOK_ERROR_INVALID,         /* a field is not as it must be; the message names it */
} LeydenWebhookError;

#define LEYDEN_WEBHOOK_KEY_SIZE   32
#define LEYDEN_WEBHOOK_MAX_BODY   20000         /* bytes of an event */
#define LEYDEN_WEBHOOK_MAX_TRIES  10
#define LEYDEN_WEBHOOK_MAX_AFTER_S 86400        /* no longer is waited because a receiver asks for it */

typedef struct
{
  char     *name;               /* 1 to 64 of a-z 0-9 - _ . */
  char     *title;              /* nullable */
  char     *uri;
  char    **events;             /* patterns */
  gboolean  enabled;
  gboolean  allow_private;      /* may lead to this machine and private networks */
  gboolean  handshake;          /* asks first whether events may be sent */
  gboolean  replay;             /* what failed is sent again by itself when the receiver answers again */
  gint64    created_ns;
  char     *reason;             /* why the backend switched it off; nullable */
  /* What its keys are made of, together with the secret of the database: never told */
  char     *nonce;
  char     *old_nonce;          /* nullable */
  gint64    old_until_ns;
} LeydenWebhook;

/* @name: as in the path. @stored: from the database, with what is never told. Errors: LEYDEN_WEBHOOK_ERROR. */
LeydenWebhook *leyden_webhook_from_value (const char *name, LeydenValue *value, gboolean stored, GError **error);
LeydenValue   *leyden_webhook_to_value   (const LeydenWebhook *self, gboolean stored);
LeydenWebhook *leyden_webhook_copy       (const LeydenWebhook *self);
void           leyden_webhook_free       (LeydenWebhook *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenWebhook, leyden_webhook_free)
gboolean       leyden_webhook_is_name    (const char *name);

/* Events that can be subscribed to, in an order for lists; NULL-terminated. */
const char * const *leyden_webhook_list_events (void);
/* @event: "rollout.finished"; @state (nullable): what it ended as, for patterns like "rollout.failed". */
gboolean       leyden_webhook_wants      (const LeydenWebhook *self, const char *event, const char *state);

/* The structured CloudEvent as compact JSON. @source: a URI; @event: as of list_events, sent as "dev.leyden." and it; @subject nullable;
 * @data: an object, left out with "truncated": true in its place when the event would be longer than LEYDEN_WEBHOOK_MAX_BODY. (transfer full) */
char          *leyden_webhook_make_body  (const char *id, const char *source, const char *event, const char *subject, gint64 time_ns,
                                          LeydenValue *data);
/* An id that is the same whenever the same things are told. (transfer full) */
char          *leyden_webhook_make_id    (const char *event, const char *subject, gint64 number);

/* "v1,…" for one key of LEYDEN_WEBHOOK_KEY_SIZE bytes. (transfer full) */
char          *leyden_webhook_sign       (const guint8 *key, gsize key_length, const char *id, gint64 timestamp_s, const char *body);
/* "whsec_…", as receivers want it. (transfer full) */
char          *leyden_webhook_show_key   (const guint8 *key, gsize key_length);

typedef enum
{
  LEYDEN_WEBHOOK_DONE,          /* 2xx */
  LEYDEN_WEBHOOK_AGAIN,         /* everything else, redirects too */
  LEYDEN_WEBHOOK_SLOWER,        /* 429, 502, 503, 504: again, and all that waits for this receiver waits too */
  LEYDEN_WEBHOOK_GONE,          /* 410: never again */
} LeydenWebhookVerdict;
/* @status 0: no answer. */
LeydenWebhookVerdict leyden_webhook_judge (guint status);

/**
 * leyden_webhook_get_delay_ms:
 * @n_tries: that were made, from 0
 * @uniform: in [0, 1)
 *
 * The pause before the next try: 0 s, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, each but the first 10 % shorter to 10 % longer,
 * so that what failed together does not come back together.
 *
 * Returns: milliseconds, or −1 when LEYDEN_WEBHOOK_MAX_TRIES were made
 */
gint64 leyden_webhook_get_delay_ms (guint n_tries, double uniform);

G_END_DECLS
