/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* What two values differ in: texts word by word, other JSON by place. @a or @b NULL: there is none. Values of any size: what is too long to be compared in place
 * stands one above the other, in parts. (transfer floating) */
GtkWidget *leyden_port_diff_new (LeydenValue *a, LeydenValue *b);

G_END_DECLS
