/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-access.h"

G_BEGIN_DECLS

/* A named key. Its text is shown once, when it is made; what is kept is the SHA-256 of it, which is enough since the text holds 256 random
 * bits and no person's choice. Rotation adds a secret and lets those before end after an overlap. */
#define LEYDEN_KEY_PREFIX "lk1_"
/* Secrets of one key that may be good at once: a rotation beyond ends the oldest. */
#define LEYDEN_KEY_MAX_SECRETS 4

typedef struct
{
  char  *sha256;
  gint64 created_ns;
  gint64 until_ns;              /* 0: as long as the key */
} LeydenKeySecret;

typedef struct
{
  char              *name;
  LeydenGatewayRole  role;
  char              *made_by;
  gint64             created_ns;
  gint64             expires_ns;        /* 0: never */
  guint              limit;             /* requests in window_s; 0: as the server's */
  guint              window_s;
  GArray            *secrets;           /* LeydenKeySecret, the newest last */
} LeydenKey;

void         leyden_key_free       (LeydenKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenKey, leyden_key_free)
/* {"name": [a-z0-9][a-z0-9._-]{0,63}, "role", "expires_s" (nullable, optional), "rate_limit": {"requests", "seconds"} (nullable, optional)},
 * and nothing else, without a secret. Errors: LEYDEN_GATEWAY_ERROR_DEFINITION. */
LeydenKey   *leyden_key_from_request (LeydenValue *request, const char *made_by, gint64 now_ns, GError **error);
/* Adds a secret; those before end @overlap_s after @now_ns at the latest. Gives its text, which is kept nowhere. (transfer full) */
char        *leyden_key_rotate     (LeydenKey *self, gint64 overlap_s, gint64 now_ns);
/* Until when a secret is good: 0 for ever. */
gint64       leyden_key_get_end    (const LeydenKey *self, const LeydenKeySecret *secret);
/* As it is stored, and read again; errors: LEYDEN_GATEWAY_ERROR_DEFINITION. */
LeydenValue *leyden_key_to_value   (const LeydenKey *self);
LeydenKey   *leyden_key_from_value (const char *name, LeydenValue *value, GError **error);
/* As lists show it, without anything that could be used. @last_used_ns 0: not since the start. */
LeydenValue *leyden_key_describe   (const LeydenKey *self, gint64 last_used_ns, gint64 now_ns);
/* Digest of a key's text, 64 hex digits. (transfer full) */
char        *leyden_key_digest     (const char *text);
/* Document kind of the store under which keys stand. */
#define LEYDEN_KEY_KIND "access-key"

G_END_DECLS
