/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-safe-text.h"

#include "leyden-announce.h"
#include "leyden-text.h"

#define MAX_CHARS 300

void
leyden_label_set_safe_text (GtkLabel   *label,
                            const char *text,
                            guint       max_chars)
{
  g_autofree char *safe = leyden_text_display (text, -1, max_chars, FALSE);

  gtk_label_set_text (label, safe);
}

/* libadwaita 1.2 always reads a toast's title and a status page's description as markup. */
AdwToast *
leyden_toast_new_safe (const char *text)
{
  g_autofree char *safe = leyden_text_to_markup (text, -1, MAX_CHARS);

  return adw_toast_new (safe);
}

void
leyden_toast_tell (GtkWidget  *widget,
                   AdwToast   *toast,
                   const char *text)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY);

  if (overlay != NULL)
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), toast);
  else
    g_object_unref (toast);
  leyden_announce (widget, text);
}

void
leyden_say (GtkWidget  *widget,
            const char *text)
{
  leyden_toast_tell (widget, leyden_toast_new_safe (text), text);
}

void
leyden_status_page_set_safe (AdwStatusPage *page,
                             const char    *title,
                             const char    *description)
{
  g_autofree char *safe_title = leyden_text_to_markup (title, -1, MAX_CHARS);
  g_autofree char *safe_description = description != NULL ? leyden_text_to_markup (description, -1, MAX_CHARS) : NULL;

  adw_status_page_set_title (page, safe_title);
  adw_status_page_set_description (page, safe_description);
}

GtkWidget *
leyden_message_dialog_new_safe (GtkWindow  *parent,
                                const char *heading,
                                const char *body)
{
  g_autofree char *safe_heading = leyden_text_display (heading, -1, MAX_CHARS, FALSE);
  g_autofree char *safe_body = body != NULL ? leyden_text_display (body, -1, 1000, TRUE) : NULL;

  return adw_message_dialog_new (parent, safe_heading, safe_body);
}

void
leyden_preferences_group_set_safe_title (AdwPreferencesGroup *group,
                                         const char          *title)
{
  g_autofree char *safe = leyden_text_to_markup (title, -1, MAX_CHARS);

  adw_preferences_group_set_title (group, safe);
}
