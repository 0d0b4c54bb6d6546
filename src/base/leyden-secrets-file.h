/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-secrets.h"

G_BEGIN_DECLS

/* A value and the origins that it may be sent to. */
typedef struct
{
  char     *value;
  GStrv     origins;            /* NULL: those that are declared for its name */
} LeydenSecret;

LeydenSecret *leyden_secret_new       (const char *value, const char * const *origins);
/* Wipes the value. */
void          leyden_secret_free      (LeydenSecret *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenSecret, leyden_secret_free)
void          leyden_secret_wipe      (char *value);
/* {"value": …, "origins": […]}, as the key ring keeps it. */
char         *leyden_secret_to_json   (const char *value, const char * const *origins);
LeydenSecret *leyden_secret_from_json (const char *text);
/* Normalised; what is no origin is left out. (transfer full) */
GStrv         leyden_secret_normalize (const char * const *origins);
/* Name to LeydenSecret of a file of mode 0600 that is ours. Errors: LEYDEN_SECRETS_ERROR_FILE. */
GHashTable   *leyden_secrets_read_file (const char *path, GError **error);

G_END_DECLS
