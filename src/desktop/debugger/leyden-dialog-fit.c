/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "leyden-dialog-fit.h"

void
leyden_dialog_fit (GtkWindow *dialog,
                   GtkWindow *parent,
                   int        width,
                   int        height)
{
  int room_x = parent != NULL ? gtk_widget_get_width (GTK_WIDGET (parent)) : 0;
  int room_y = parent != NULL ? gtk_widget_get_height (GTK_WIDGET (parent)) : 0;

  g_return_if_fail (GTK_IS_WINDOW (dialog));

  gtk_window_set_default_size (dialog, room_x > 0 ? MIN (width, room_x) : width, height > 0 && room_y > 0 ? MIN (height, room_y) : height);
}
