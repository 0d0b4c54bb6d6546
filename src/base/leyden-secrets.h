/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include "leyden-mask.h"

G_BEGIN_DECLS

/* Resolves {"secret": "name"}: session memory, key ring (feature), LEYDEN_KEY_<NAME>, then the secrets file. A secret names
 * the origins it may be sent to; anything else is refused with LEYDEN_SECRETS_ERROR_ORIGIN. */
typedef enum
{
  LEYDEN_SECRETS_ERROR_NOT_FOUND,
  LEYDEN_SECRETS_ERROR_ORIGIN,
  LEYDEN_SECRETS_ERROR_UNAVAILABLE,     /* no key ring, or it is locked */
  LEYDEN_SECRETS_ERROR_FILE,            /* secrets file: not 0600, not JSON, … */
} LeydenSecretsError;
#define LEYDEN_SECRETS_ERROR (leyden_secrets_error_quark ())
GQuark leyden_secrets_error_quark (void);

#define LEYDEN_TYPE_SECRETS (leyden_secrets_get_type ())
G_DECLARE_FINAL_TYPE (LeydenSecrets, leyden_secrets, LEYDEN, SECRETS, GObject)

LeydenSecrets *leyden_secrets_new             (void);
/* Whether the key ring is asked; off in tests and headless programs unless switched on. */
void           leyden_secrets_set_use_keyring (LeydenSecrets *self, gboolean use);
gboolean       leyden_secrets_load_file       (LeydenSecrets *self, const char *path, GError **error);
/* Where the values of @name that come from the environment or stand plain in the secrets file may go: what the endpoint
 * of that name declares. Replaces an earlier declaration; NULL or an empty list: nowhere. */
void           leyden_secrets_declare_origins (LeydenSecrets *self, const char *name, const char * const *origins);
/* For this session only. @origins: NULL-terminated scheme://host[:port], NULL: any origin that asks for it first is
 * NOT allowed; give at least one. @value NULL forgets. */
void           leyden_secrets_set_session     (LeydenSecrets *self, const char *name, const char *value,
                                               const char * const *origins);
void           leyden_secrets_lookup_async    (LeydenSecrets *self, const char *name, const char *origin,
                                               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
char          *leyden_secrets_lookup_finish   (LeydenSecrets *self, GAsyncResult *result, GError **error);
/* Stores in the key ring (never plain text); UNAVAILABLE where there is none. */
void           leyden_secrets_store_async     (LeydenSecrets *self, const char *name, const char *value,
                                               const char * const *origins, GCancellable *cancellable,
                                               GAsyncReadyCallback callback, gpointer data);
gboolean       leyden_secrets_store_finish    (LeydenSecrets *self, GAsyncResult *result, GError **error);
/* Replaces every value of four bytes or more that this object has handed out or holds by "••••", also where it stands
 * escaped in JSON. Any thread. (transfer full) */
char          *leyden_secrets_redact_known    (LeydenSecrets *self, const char *text, gssize length);
/* The same; NULL where nothing changes. (transfer full) (nullable) */
char          *leyden_secrets_redact_known_changed (LeydenSecrets *self, const char *text, gssize length);
/* The same, and then the rules of masking. (transfer full) */
char          *leyden_secrets_redact          (LeydenSecrets *self, const char *text, gssize length);
/* The same; NULL where nothing changes, which costs much less. (transfer full) (nullable) */
char          *leyden_secrets_redact_changed  (LeydenSecrets *self, const char *text, gssize length);
/* Those rules: leyden_mask_new_default() until they are set. */
void           leyden_secrets_set_mask        (LeydenSecrets *self, LeydenMask *mask);
LeydenMask    *leyden_secrets_dup_mask        (LeydenSecrets *self);
/* A value that must not be stored although nobody looked it up here; at least 32 characters, since a short one might be a word. */
void           leyden_secrets_remember        (LeydenSecrets *self, const char *value);
/* "https://host:443" of an http or https URI (host in lower-case ASCII), or NULL. */
char          *leyden_secrets_origin_of       (const char *uri);

G_END_DECLS
