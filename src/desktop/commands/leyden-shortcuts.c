/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-shortcuts.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"
#include "leyden-safe-text.h"

/*
 * A list that scrolls and can be searched. GtkShortcutsWindow cannot be used: it is as large as its longest group and its widest pair of lines, which was more
 * than a small screen has, and its parts neither wrap nor scroll.
 */

#define WIDTH 640
#define HEIGHT 680              /* on a screen of 1280 × 800 */
#define MANY_KEYS 5             /* of one command: too many to show each */

/* One below the other; of many the first and the last, which are arrows or digits. */
static GtkWidget *
make_keys (const char *keys)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  g_auto(GStrv) list = g_strsplit (keys, " ", -1);
  guint n = g_strv_length (list);

  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_top (box, 9);
  gtk_widget_set_margin_bottom (box, 9);
  for (guint i = 0; i < n; i++)
    {
      GtkWidget *label;

      if (n >= MANY_KEYS && i > 0 && i + 1 < n)
        continue;
      if (n >= MANY_KEYS && i > 0)
        gtk_box_append (GTK_BOX (box), gtk_label_new ("⋮"));
      label = gtk_shortcut_label_new (list[i]);
      gtk_widget_set_halign (label, GTK_ALIGN_END);
      gtk_box_append (GTK_BOX (box), label);
    }
  return box;
}

static GtkWidget *
make_row (const LeydenAction *action)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *spoken = leyden_action_dup_key_label (action);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _(action->title));
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), make_keys (action->keys));
  if (spoken != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, spoken, -1);
  return row;
}

static GtkWidget *
make_group (LeydenActionSection section)
{
  GtkWidget *group = adw_preferences_group_new ();
  guint n;
  const LeydenAction *actions = leyden_actions_list (&n);

  leyden_preferences_group_set_safe_title (ADW_PREFERENCES_GROUP (group), leyden_action_section_title (section));
  for (guint i = 0; i < n; i++)
    if (actions[i].section == section && actions[i].keys != NULL && (actions[i].flags & LEYDEN_ACTION_KEY_ONLY) == 0)
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), make_row (&actions[i]));
  return group;
}

GtkWindow *
leyden_shortcuts_new (void)
{
  GtkWidget *window = adw_preferences_window_new ();
  GtkWidget *page = adw_preferences_page_new ();

  for (guint section = 0; section < LEYDEN_N_ACTION_SECTIONS; section++)
    adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (make_group ((LeydenActionSection) section)));
  adw_preferences_page_set_title (ADW_PREFERENCES_PAGE (page), _("Keyboard Shortcuts"));
  adw_preferences_window_add (ADW_PREFERENCES_WINDOW (window), ADW_PREFERENCES_PAGE (page));
  gtk_window_set_title (GTK_WINDOW (window), _("Keyboard Shortcuts"));
  gtk_window_set_modal (GTK_WINDOW (window), TRUE);
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, HEIGHT);
  return GTK_WINDOW (window);
}
