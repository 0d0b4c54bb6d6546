/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A body on its way to disk: a file of mode 0600 in the spool folder, its SHA-256 taken while it arrives. The file goes
 * with the spool unless it was stolen. */
typedef struct _LeydenHttpSpool LeydenHttpSpool;

LeydenHttpSpool *leyden_http_spool_new        (const char       *folder,
                                               GError          **error);
void             leyden_http_spool_free       (LeydenHttpSpool  *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenHttpSpool, leyden_http_spool_free)
gboolean         leyden_http_spool_write      (LeydenHttpSpool  *self,
                                               const char       *bytes,
                                               gsize             length,
                                               GError          **error);
/* After the last byte; the digest is known from here on. */
gboolean         leyden_http_spool_finish     (LeydenHttpSpool  *self,
                                               GError          **error);
const char      *leyden_http_spool_get_path   (LeydenHttpSpool  *self);
const char      *leyden_http_spool_get_sha256 (LeydenHttpSpool  *self);
char            *leyden_http_spool_steal      (LeydenHttpSpool  *self);

G_END_DECLS
