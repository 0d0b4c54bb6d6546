/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The one way by which text from outside (files, models, backends, errors) comes onto the screen: never as markup, cleaned by
 * leyden_text_display(). A test greps for everything else. */
void       leyden_label_set_safe_text     (GtkLabel *label, const char *text, guint max_chars);
AdwToast  *leyden_toast_new_safe          (const char *text);
/* Shown by the overlay that @widget is in, if it is in one, and announced as @text. Takes @toast. */
void       leyden_toast_tell              (GtkWidget *widget, AdwToast *toast, const char *text);
/* The same of a toast with @text alone. */
void       leyden_say                     (GtkWidget *widget, const char *text);
void       leyden_status_page_set_safe    (AdwStatusPage *page, const char *title, const char *description);
void       leyden_preferences_group_set_safe_title (AdwPreferencesGroup *group, const char *title);
GtkWidget *leyden_message_dialog_new_safe (GtkWindow *parent, const char *heading, const char *body);

G_END_DECLS
