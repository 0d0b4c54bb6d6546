/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where a backend is and what it takes to speak with it, as a person pastes it: "host:8080", "https://host:8080" or a link
 *
 *   leyden://HOST[:PORT][?key=KEY&fingerprint=HEX&name=NAME&tls=0]
 *
 * which means https unless tls=0. Plain data; NULL members are absent. */
typedef struct
{
  char *uri;                    /* "https://host:8080", host in lower-case ASCII, without a slash at the end */
  char *key;                    /* visible ASCII, 1 to 512 characters */
  char *fingerprint;            /* of the certificate to be trusted: 64 lower-case hex digits */
  char *name;
} LeydenConnectionLink;

LeydenConnectionLink *leyden_connection_link_new    (const char *uri, const char *key, const char *fingerprint);
void                  leyden_connection_link_free   (LeydenConnectionLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenConnectionLink, leyden_connection_link_free)
/* A password or user in the address is taken as the key; an address without a scheme means https, on this machine http. Errors:
 * LEYDEN_REMOTE_ERROR_INVALID, never with the key in the message. */
LeydenConnectionLink *leyden_connection_link_parse  (const char *text, GError **error);
/* The leyden:// form. (transfer full) */
char                 *leyden_connection_link_format (const LeydenConnectionLink *self);
/* TRUE: what is sent to @uri can be read on its way: not encrypted and not to this machine. */
gboolean              leyden_connection_is_exposed  (const char *uri);
/* "sha256:AB:CD…", "abcd…" as 64 lower-case digits, or NULL. (transfer full) */
char                 *leyden_fingerprint_normalize  (const char *text);
/* "AB:CD:…", for people to compare. (transfer full) */
char                 *leyden_fingerprint_format     (const char *fingerprint);

G_END_DECLS
