/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dashboard-about.h"

#include <glib/gi18n-lib.h>

#include "leyden-dashboard-window.h"
#include "leyden-text.h"

static GtkWidget *
new_text (const char *text,
          const char *style)
{
  g_autofree char *shown = leyden_text_display (text, -1, 2000, TRUE);
  GtkWidget *label = gtk_label_new (shown);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

GtkWidget *
leyden_dashboard_about_new (GtkWindow   *parent,
                            LeydenValue *document)
{
  LeydenValue *panels = leyden_value_get_member (document, "panels");
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  gtk_widget_set_margin_start (box, 18);
  gtk_widget_set_margin_end (box, 18);
  gtk_widget_set_margin_top (box, 12);
  gtk_widget_set_margin_bottom (box, 18);
  if (*leyden_value_get_member_string (document, "description", "") != '\0')
    gtk_box_append (GTK_BOX (box), new_text (leyden_value_get_member_string (document, "description", ""), NULL));
  for (guint i = 0; i < leyden_value_get_size (panels); i++)
    {
      LeydenValue *panel = leyden_value_get_item (panels, i);
      const char *description = leyden_value_get_member_string (panel, "description", "");
      GtkWidget *heading;

      if (*description == '\0' || *leyden_value_get_member_string (panel, "title", "") == '\0')
        continue;
      heading = new_text (leyden_value_get_member_string (panel, "title", ""), "heading");
      gtk_widget_set_margin_top (heading, 9);
      gtk_box_append (GTK_BOX (box), heading);
      gtk_box_append (GTK_BOX (box), new_text (description, NULL));
    }
  return leyden_dashboard_window_new (parent, leyden_value_get_member_string (document, "title", ""), box, TRUE, NULL, NULL);
}
