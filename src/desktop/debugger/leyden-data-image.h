/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * leyden_data_image_new:
 * @url: of an image, as a message names it
 *
 * The image of a "data:" URL, decoded in a thread; any other address is only named, and nothing is fetched. PNG, JPEG, GIF and WebP, up to 24 MiB and
 * 40 million pixels; what is larger, or broken, is told as such.
 *
 * Returns: (transfer floating): a widget
 */
GtkWidget *leyden_data_image_new (const char *url);

G_END_DECLS
