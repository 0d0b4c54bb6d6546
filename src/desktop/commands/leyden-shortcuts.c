/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-shortcuts.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"

#define MAX_HEIGHT 14           /* rows of a column */

static void
append_property (GString    *xml,
                 const char *name,
                 const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  g_string_append_printf (xml, "<property name=\"%s\">%s</property>", name, escaped);
}

static void
append_group (GString             *xml,
              LeydenActionSection  section)
{
  guint n;
  const LeydenAction *actions = leyden_actions_list (&n);

  g_string_append (xml, "<child><object class=\"GtkShortcutsGroup\">");
  append_property (xml, "title", leyden_action_section_title (section));
  for (guint i = 0; i < n; i++)
    if (actions[i].section == section && actions[i].keys != NULL && (actions[i].flags & LEYDEN_ACTION_KEY_ONLY) == 0)
      {
        g_string_append (xml, "<child><object class=\"GtkShortcutsShortcut\">");
        append_property (xml, "title", _(actions[i].title));
        append_property (xml, "accelerator", actions[i].keys);
        g_string_append (xml, "</object></child>");
      }
  g_string_append (xml, "</object></child>");
}

/* Its parts can only be put in by a builder before GTK 4.14. */
GtkWindow *
leyden_shortcuts_new (void)
{
  g_autoptr(GString) xml = g_string_new ("<interface><object class=\"GtkShortcutsWindow\" id=\"shortcuts\">"
                                         "<property name=\"modal\">1</property>"
                                         "<child><object class=\"GtkShortcutsSection\">"
                                         "<property name=\"section-name\">shortcuts</property>");
  g_autoptr(GtkBuilder) builder = NULL;

  g_string_append_printf (xml, "<property name=\"max-height\">%d</property>", MAX_HEIGHT);
  for (guint section = 0; section < LEYDEN_N_ACTION_SECTIONS; section++)
    append_group (xml, (LeydenActionSection) section);
  g_string_append (xml, "</object></child></object></interface>");
  builder = gtk_builder_new_from_string (xml->str, (gssize) xml->len);
  return GTK_WINDOW (gtk_builder_get_object (builder, "shortcuts"));
}
