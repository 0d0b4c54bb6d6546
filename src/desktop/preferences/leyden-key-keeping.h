/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-session.h"
#include "leyden-secrets.h"

G_BEGIN_DECLS

/**
 * leyden_key_keep_async:
 * @secrets: (nullable): with the key ring that keeps it; NULL: for this session only, as a test needs it
 * @secret: its name
 * @uri: the address whose server may have it, and no other
 *
 * Keeps a key in the key ring and gives it to the backend, which holds it in memory: so it is good at once, and where there is no key ring.
 */
void     leyden_key_keep_async  (LeydenSession        *session,
                                 LeydenSecrets        *secrets,
                                 const char           *secret,
                                 const char           *uri,
                                 const char           *key,
                                 GCancellable         *cancellable,
                                 GAsyncReadyCallback   callback,
                                 gpointer              data);
/* @notice (out, nullable) (transfer full): what the person should know, %NULL for nothing. FALSE with @error: the backend did not take it. */
gboolean leyden_key_keep_finish (GAsyncResult         *result,
                                 char                **notice,
                                 GError              **error);

G_END_DECLS
