/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-document.h"

G_BEGIN_DECLS

/* A stream of edits of every kind. What action @index is depends on @seed, @index and the document alone, times included: who
 * repeats the stream on an equal document gets an equal one, history included. */

/* The edit; some are of several parts, some join the one before. */
LeydenEdit *random_edit   (LeydenDocument *document, guint64 seed, guint index);
/* An edit, or now and then an undo or a redo where there is one. */
void        random_action (LeydenDocument *document, guint64 seed, guint index);

G_END_DECLS
