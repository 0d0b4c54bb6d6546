/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A line of text that a row of a list draws by itself: a list of hundreds of rows with many labels each is slow to change. */
typedef struct
{
  PangoLayout *layout;          /* NULL: to be made */
  int          width;           /* that it wants, in pixels */
} LeydenRowText;

/* @words: safe to show. */
void   leyden_row_text_set   (LeydenRowText *self, GtkWidget *widget, const char *words);
void   leyden_row_text_clear (LeydenRowText *self);
/* In the middle of the height of @widget, at the start or end side of @room pixels from @x on, counted from the start side; cut where there is less room. */
void   leyden_row_text_draw  (const LeydenRowText *self, GtkWidget *widget, GtkSnapshot *snapshot, const GdkRGBA *color, double x, int room, gboolean at_end);
/* From the start side to the left, for something of that width in @widget. */
double leyden_row_turn       (GtkWidget *widget, double x, double width);

G_END_DECLS
