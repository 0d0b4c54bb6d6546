/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Documents that were open last: at most 20 addresses in the settings. Nothing here looks at the files: a dead network mount must not
 * hold up the start. */
void   leyden_recent_add    (GFile *file);
void   leyden_recent_remove (const char *uri);
char **leyden_recent_list   (void);             /* (transfer full), newest first */
void   leyden_recent_clear  (void);

G_END_DECLS
