/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/**
 * LeydenPagedText: a text of any size, a part at a time: a text view that holds hundreds of megabytes would hold the window up.
 */
#define LEYDEN_TYPE_PAGED_TEXT (leyden_paged_text_get_type ())
G_DECLARE_FINAL_TYPE (LeydenPagedText, leyden_paged_text, LEYDEN, PAGED_TEXT, GtkWidget)

GtkWidget  *leyden_paged_text_new         (const char *name);
/* Text from outside, nullable; kept. */
void        leyden_paged_text_set_bytes   (LeydenPagedText *self, GBytes *bytes);
/* A value as indented JSON, which is written in a thread; nullable. */
void        leyden_paged_text_set_value   (LeydenPagedText *self, LeydenValue *value);
guint       leyden_paged_text_get_n_pages (LeydenPagedText *self);
guint       leyden_paged_text_get_page    (LeydenPagedText *self);
void        leyden_paged_text_set_page    (LeydenPagedText *self, guint page);
/* What is shown of it. (transfer full) */
char       *leyden_paged_text_dup_shown   (LeydenPagedText *self);

G_END_DECLS
