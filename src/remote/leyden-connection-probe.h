/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-connection-link.h"
#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenProbeOutcome:
 * @LEYDEN_PROBE_GOOD: it answers, and our key is good
 * @LEYDEN_PROBE_KEY: it answers, but not to this key
 * @LEYDEN_PROBE_UNTRUSTED: its certificate is not trusted here; trying again with its fingerprint trusts this one
 * @LEYDEN_PROBE_NEITHER: something answers that is neither a Leyden backend nor an agl-server
 * @LEYDEN_PROBE_VERSION: a Leyden backend that does not speak our version of the API
 * @LEYDEN_PROBE_UNREACHABLE: nothing answers
 */
typedef enum
{
  LEYDEN_PROBE_GOOD,
  LEYDEN_PROBE_KEY,
  LEYDEN_PROBE_UNTRUSTED,
  LEYDEN_PROBE_NEITHER,
  LEYDEN_PROBE_VERSION,
  LEYDEN_PROBE_UNREACHABLE,
} LeydenProbeOutcome;

typedef enum
{
  LEYDEN_SERVER_UNKNOWN,
  LEYDEN_SERVER_LEYDEN,
  LEYDEN_SERVER_AGL,
} LeydenServerKind;

typedef struct
{
  LeydenProbeOutcome  outcome;
  LeydenServerKind    kind;
  char               *version;          /* nullable */
  char               *role;             /* of our key: "viewer", "author", "operator", "admin"; NULL: it does not say */
  char               *key_name;         /* nullable */
  double              latency_ms;       /* of one question on a connection that stands; NaN: unknown */
  gboolean            has_skew;
  gint64              skew_ms;          /* its clock is that much ahead; to a second */
  LeydenValue        *certificate;      /* see leyden_http_request_dup_certificate(); nullable */
  char               *reason;           /* one line for people where the outcome is not good; nullable */
} LeydenProbe;
void           leyden_probe_free               (LeydenProbe *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenProbe, leyden_probe_free)

/* Asks who answers at @link. Changes nothing there. Fails only when it is cancelled: whatever else happens is an outcome. */
void           leyden_connection_probe_async   (const LeydenConnectionLink *link, GCancellable *cancellable, GAsyncReadyCallback callback,
                                                gpointer data);
LeydenProbe   *leyden_connection_probe_finish  (GAsyncResult *result, GError **error);

G_END_DECLS
