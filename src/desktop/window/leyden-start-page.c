/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-start-page.h"

#include <glib/gi18n-lib.h>

#include "leyden-desktop.h"
#include "leyden-recent.h"
#include "leyden-safe-text.h"
#include "leyden-samples.h"
#include "leyden-text.h"

#define MAX_SHOWN 8

struct _LeydenStartPage
{
  GtkWidget   parent_instance;

  GtkWidget  *scroller;
  GtkListBox *samples;
  GtkListBox *recent;
  GtkWidget  *recent_box;
};

G_DEFINE_FINAL_TYPE (LeydenStartPage, leyden_start_page, GTK_TYPE_WIDGET)

static GtkWidget *
make_row (const char *icon_name,
          const char *title,
          const char *subtitle,
          const char *action,
          const char *target)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *icon = gtk_image_new_from_icon_name (icon_name);
  GtkWidget *labels[2];

  for (guint i = 0; i < 2; i++)
    {
      labels[i] = gtk_label_new (NULL);
      leyden_label_set_safe_text (GTK_LABEL (labels[i]), i == 0 ? title : subtitle, 300);
      gtk_label_set_xalign (GTK_LABEL (labels[i]), 0);
      gtk_box_append (GTK_BOX (texts), labels[i]);
    }
  gtk_label_set_ellipsize (GTK_LABEL (labels[0]), PANGO_ELLIPSIZE_END);
  gtk_label_set_wrap (GTK_LABEL (labels[1]), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (labels[1]), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_lines (GTK_LABEL (labels[1]), 3);
  gtk_label_set_ellipsize (GTK_LABEL (labels[1]), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (labels[1], "dim-label");
  gtk_widget_add_css_class (labels[1], "caption");
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_widget_add_css_class (icon, "typeicon");
  gtk_widget_add_css_class (icon, "models");
  gtk_widget_set_valign (icon, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), texts);
  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_widget_add_css_class (box, "startrow");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (row), action);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (row), "s", target);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, gtk_label_get_text (GTK_LABEL (labels[0])), -1);
  return row;
}

static void
fill_samples (LeydenStartPage *self)
{
  GPtrArray *samples = leyden_samples_list ();

  for (guint i = 0; i < samples->len; i++)
    {
      const LeydenSample *sample = g_ptr_array_index (samples, i);

      gtk_list_box_append (self->samples, make_row ("leyden-design-symbolic", sample->title, sample->description,
                                                    "win.open-sample", sample->name));
    }
}

void
leyden_start_page_reload (LeydenStartPage *self)
{
  g_auto(GStrv) uris = leyden_recent_list ();
  GtkListBoxRow *row;

  g_return_if_fail (LEYDEN_IS_START_PAGE (self));

  while ((row = gtk_list_box_get_row_at_index (self->recent, 0)) != NULL)
    gtk_list_box_remove (self->recent, GTK_WIDGET (row));
  for (guint i = 0; uris[i] != NULL && i < MAX_SHOWN; i++)
    {
      g_autoptr(GFile) file = g_file_new_for_uri (uris[i]);
      g_autofree char *name = g_file_get_basename (file);
      g_autofree char *place = g_file_get_parse_name (file);

      if (name != NULL)
        gtk_list_box_append (self->recent, make_row ("document-open-recent-symbolic", name, place, "win.open-recent", uris[i]));
    }
  gtk_widget_set_visible (self->recent_box, uris[0] != NULL);
}

static void
leyden_start_page_dispose (GObject *object)
{
  g_clear_pointer (&LEYDEN_START_PAGE (object)->scroller, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_start_page_parent_class)->dispose (object);
}

static void
leyden_start_page_class_init (LeydenStartPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_start_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-start-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenStartPage, scroller);
  gtk_widget_class_bind_template_child (widget_class, LeydenStartPage, samples);
  gtk_widget_class_bind_template_child (widget_class, LeydenStartPage, recent);
  gtk_widget_class_bind_template_child (widget_class, LeydenStartPage, recent_box);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_start_page_init (LeydenStartPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  fill_samples (self);
  leyden_start_page_reload (self);
}

GtkWidget *
leyden_start_page_new (void)
{
  return g_object_new (LEYDEN_TYPE_START_PAGE, NULL);
}
