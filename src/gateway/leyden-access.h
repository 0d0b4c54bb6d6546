/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-gateway-access.h"
#include "leyden-key.h"
#include "leyden-limits.h"

G_BEGIN_DECLS

/* Who may do what: all keys that are good now. Reference-counted; asked in the server's thread, changed in the main one. */
typedef struct _LeydenAccess LeydenAccess;

/* @owner_key: of the backend itself, an admin named "owner". */
LeydenAccess *leyden_access_new          (const char *owner_key);
LeydenAccess *leyden_access_ref          (LeydenAccess *self);
void          leyden_access_unref        (gpointer self);
/* What rollout keys are made with: read from @path, or made there (mode 0600). Errors: LEYDEN_GATEWAY_ERROR_FILE. */
gboolean      leyden_access_load_secret  (LeydenAccess *self, const char *path, GError **error);
/* 32 bytes that only this database has, other ones for each purpose; after its secret was loaded. */
void             leyden_access_derive            (LeydenAccess *self, const char *purpose, guint8 *key);
char         *leyden_access_make_rollout_key (LeydenAccess *self, const char *rollout, const char *attempt, gint64 expires_ns);

/* Named keys. Takes @key, in the place of one of that name. */
void          leyden_access_put_key      (LeydenAccess *self, LeydenKey *key);
/* FALSE: there was none. */
gboolean      leyden_access_remove_key   (LeydenAccess *self, const char *name);
gboolean      leyden_access_has_key      (LeydenAccess *self, const char *name);
/* A copy of one (nullable), or all as lists show them. (transfer full) */
LeydenKey    *leyden_access_dup_key      (LeydenAccess *self, const char *name);
LeydenValue  *leyden_access_list_keys    (LeydenAccess *self, gint64 now_ns);

LeydenLimits *leyden_access_get_limits   (LeydenAccess *self);
/* LeydenHttpAuthorize; @data: LeydenAccess. */
LeydenHttpAccess leyden_access_authorize (LeydenHttpExchange *exchange, const char * const *keys, gpointer data);

G_END_DECLS
