/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A row with a choice among words, each of which stands for a key. "notify::selected" says that another one was chosen. */

GtkWidget  *leyden_choice_row_new     (const char *title);
void        leyden_choice_row_clear   (GtkWidget  *row);
/* @title: from anywhere. */
void        leyden_choice_row_add     (GtkWidget  *row,
                                       const char *key,
                                       const char *title);
/* One that is not among them is added: it was chosen where it is known. */
void        leyden_choice_row_select  (GtkWidget  *row,
                                       const char *key);
/* "" when there is none. (transfer none) */
const char *leyden_choice_row_get_key (GtkWidget  *row);

G_END_DECLS
