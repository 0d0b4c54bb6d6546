/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-row-text.h"

#include <math.h>

double
leyden_row_turn (GtkWidget *widget,
                 double     x,
                 double     width)
{
  return gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL ? gtk_widget_get_width (widget) - x - width : x;
}

void
leyden_row_text_set (LeydenRowText *self,
                     GtkWidget     *widget,
                     const char    *words)
{
  leyden_row_text_clear (self);
  self->layout = gtk_widget_create_pango_layout (widget, words);
  pango_layout_set_ellipsize (self->layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_single_paragraph_mode (self->layout, TRUE);
  pango_layout_get_pixel_size (self->layout, &self->width, NULL);
}

void
leyden_row_text_clear (LeydenRowText *self)
{
  g_clear_object (&self->layout);
}

/* Alignment by hand: Pango's depends on the direction of the text. */
void
leyden_row_text_draw (const LeydenRowText *self,
                      GtkWidget           *widget,
                      GtkSnapshot         *snapshot,
                      const GdkRGBA       *color,
                      double               x,
                      int                  room,
                      gboolean             at_end)
{
  int width = MIN (self->width, room), height;

  if (room <= 0)
    return;
  pango_layout_set_width (self->layout, self->width > room ? room * PANGO_SCALE : -1);
  pango_layout_get_pixel_size (self->layout, NULL, &height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) leyden_row_turn (widget, at_end ? x + room - width : x, width),
                                                          floorf ((float) (gtk_widget_get_height (widget) - height) / 2)));
  gtk_snapshot_append_layout (snapshot, self->layout, color);
  gtk_snapshot_restore (snapshot);
}
