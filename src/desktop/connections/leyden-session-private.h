/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-session.h"

G_BEGIN_DECLS

/* What the preferences say of a local backend. */
void leyden_session_configure_local (LeydenSession *self, LeydenBackend *backend);

G_END_DECLS
