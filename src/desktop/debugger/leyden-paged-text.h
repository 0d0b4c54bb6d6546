/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenPagedText: a text of any length, of which a widget never holds more than a part. Text is only ever text: control characters and
 * whatever would reorder its surroundings are made visible.
 */
#define LEYDEN_TYPE_PAGED_TEXT (leyden_paged_text_get_type ())
G_DECLARE_FINAL_TYPE (LeydenPagedText, leyden_paged_text, LEYDEN, PAGED_TEXT, GtkWidget)

/* Prose, in a label. @name: what a screen reader calls it. */
GtkWidget   *leyden_paged_text_new_prose    (const char      *name);
/* JSON with the colours of its language, in a read-only view. */
GtkWidget   *leyden_paged_text_new          (const char      *name);
/* A string is shown as it is, anything else as indented JSON, which is written in a thread where it is long. NULL: nothing. */
void         leyden_paged_text_set_value    (LeydenPagedText *self,
                                             LeydenValue     *value);
void         leyden_paged_text_set_text     (LeydenPagedText *self,
                                             const char      *text);
/* Text from outside, in any encoding, kept; NULL: nothing. */
void         leyden_paged_text_set_bytes    (LeydenPagedText *self,
                                             GBytes          *bytes);
/* The whole text as it is; NULL while it is still written. (transfer none) */
const char  *leyden_paged_text_get_text     (LeydenPagedText *self,
                                             gsize           *length);
/* What the widget holds of it now. (transfer full) */
char        *leyden_paged_text_dup_shown    (LeydenPagedText *self);
guint        leyden_paged_text_get_n_pages  (LeydenPagedText *self);
guint        leyden_paged_text_get_page     (LeydenPagedText *self);
void         leyden_paged_text_set_page     (LeydenPagedText *self,
                                             guint            page);

G_END_DECLS
