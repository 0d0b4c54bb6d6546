/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Letters from any thread to one GMainContext: many letters cost one wake-up. */
typedef struct _LeydenHttpMailbox LeydenHttpMailbox;

/* @deliver is called for each letter in the context's thread and owns nothing; @discard, also called for a letter that was
 * delivered, gives the letter's reference back. */
typedef void (*LeydenHttpLetterFunc) (gpointer letter);

/* @max_batch: letters a dispatch (0: all), so that a flood does not starve the loop's other sources. @after (nullable)
 * follows each batch. */
LeydenHttpMailbox *leyden_http_mailbox_new   (GMainContext         *context,
                                              guint                 max_batch,
                                              gboolean              may_recurse,
                                              void                (*after) (gpointer data),
                                              gpointer              data);
/* FALSE when the mailbox was closed: the letter was discarded. */
gboolean           leyden_http_mailbox_post  (LeydenHttpMailbox    *self,
                                              LeydenHttpLetterFunc  deliver,
                                              LeydenHttpLetterFunc  discard,
                                              gpointer              letter);
/* Delivers what waits; only in the context's thread. */
void               leyden_http_mailbox_flush (LeydenHttpMailbox    *self);
/* Discards what waits; later letters are discarded at once. */
void               leyden_http_mailbox_close (LeydenHttpMailbox    *self);
/* Closes and frees; nobody may post any more. */
void               leyden_http_mailbox_free  (LeydenHttpMailbox    *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenHttpMailbox, leyden_http_mailbox_free)

G_END_DECLS
