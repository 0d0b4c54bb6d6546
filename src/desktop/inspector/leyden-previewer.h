/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* On a thread: what comes of @input. */
typedef gpointer (*LeydenPreviewWork) (gpointer input, GError **error);
/* In the main loop. @result is lent. */
typedef void     (*LeydenPreviewDone) (gpointer result, const GError *error, gpointer data);

/**
 * LeydenPreviewer: works something out on a thread while a person types: a moment after the last request, one at a time, and only what was
 * asked last is told. No widget.
 */
typedef struct _LeydenPreviewer LeydenPreviewer;

LeydenPreviewer *leyden_previewer_new     (LeydenPreviewWork  work,
                                           GDestroyNotify     free_input,
                                           GDestroyNotify     free_result,
                                           LeydenPreviewDone  done,
                                           gpointer           data);
/* Nothing is told after this; what runs ends by itself. */
void             leyden_previewer_free    (LeydenPreviewer   *self);
/* Takes @input. */
void             leyden_previewer_request (LeydenPreviewer   *self,
                                           gpointer           input);
/* What was asked is not wanted any more. */
void             leyden_previewer_cancel  (LeydenPreviewer   *self);

G_END_DECLS
