/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "leyden-value.h"

G_BEGIN_DECLS

/* Rows of forms that the dialogs of alerts and webhooks share. Titles are the program's own; what is chosen among may come from outside. */

/* A row with a switch, stored in @toggle. */
GtkWidget *leyden_form_switch   (const char *title, const char *subtitle, gboolean active, GtkWidget **toggle);
/* @names: as they are shown, NULL-terminated. */
GtkWidget *leyden_form_choice   (const char *title, const char * const *names, guint selected);
void       leyden_form_set_choices (GtkWidget *row, const char * const *names, guint selected);
GtkWidget *leyden_form_entry    (const char *title, const char *text);
/* "" and what is no number in this locale or with a point: FALSE. */
gboolean   leyden_form_get_number (GtkWidget *entry, double *number);
/* "" for NaN. */
void       leyden_form_set_number (GtkWidget *entry, double number);
/* The unit of what is typed behind it; NULL or "": none. */
void       leyden_form_set_suffix (GtkWidget *entry, const char *suffix);
/* A window for a form: header bar with Cancel and @save, a message above @child, which scrolls. @cancel_button, @save_button, @message (out). */
void       leyden_form_build    (AdwWindow *window, GtkWidget *child, const char *save, GtkWidget **cancel_button, GtkWidget **save_button,
                                 GtkWidget **message);
/* What is wrong, in the message of a form; NULL: nothing. */
void       leyden_form_set_problem (GtkWidget *message, const char *text);
/* Nothing is wrong yet, but @text says what is @missing before @save_button can be pressed. */
void       leyden_form_set_missing (GtkWidget *message, GtkWidget *save_button, gboolean missing, const char *text);

/* Lists of what happened, newest first, of which each page holds entries with an "id" that falls. A row is made of its @entry. */
typedef GtkWidget *(*LeydenFormMakeRow) (LeydenValue *entry, gpointer data);
/* An older page @entries after all others. */
void       leyden_form_append_entries (GtkWidget *list, LeydenValue *entries, LeydenFormMakeRow make, gpointer data);
/* The newest page anew: rows whose entries are as they were stay, older ones too, unless there are none any more (@before 0) or some are missing
 * between. Returns: whether older ones stayed, so that what follows them is where it was. */
gboolean   leyden_form_renew_entries  (GtkWidget *list, LeydenValue *entries, gint64 before, LeydenFormMakeRow make, gpointer data);

G_END_DECLS
