/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-breadcrumb.h"

#include <glib/gi18n-lib.h>

#include "leyden-text.h"

/* Levels above the one that is shown. */
#define MAX_LEVELS 3

struct _LeydenBreadcrumb
{
  GtkWidget  parent_instance;

  GtkWidget *box;
  guint      depth;             /* of the level that is shown */
};

G_DEFINE_FINAL_TYPE (LeydenBreadcrumb, leyden_breadcrumb, GTK_TYPE_WIDGET)

enum
{
  ACTIVATED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
level_clicked_cb (LeydenBreadcrumb *self,
                  GtkWidget        *button)
{
  GtkWidget *popover = gtk_widget_get_ancestor (button, GTK_TYPE_POPOVER);

  /* Before the way is made anew and takes it along. */
  if (popover != NULL)
    gtk_popover_popdown (GTK_POPOVER (popover));
  g_signal_emit (self, signals[ACTIVATED], 0, GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "depth")));
}

static void
back_clicked_cb (LeydenBreadcrumb *self)
{
  g_signal_emit (self, signals[ACTIVATED], 0, self->depth - 1);
}

static void
append_back (LeydenBreadcrumb *self)
{
  GtkWidget *back = gtk_button_new_from_icon_name ("go-previous-symbolic");

  gtk_widget_set_tooltip_text (back, _("Back to what is around (Escape)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (back), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Back to what is around"), -1);
  gtk_widget_add_css_class (back, "flat");
  g_signal_connect_object (back, "clicked", G_CALLBACK (back_clicked_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->box), back);
}

static GtkWidget *
new_label (const char *title)
{
  g_autofree char *shown = leyden_text_display (title, -1, 60, FALSE);
  GtkWidget *label = gtk_label_new (shown);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 24);
  return label;
}

static GtkWidget *
make_level (LeydenBreadcrumb *self,
            const char       *title,
            guint             depth)
{
  GtkWidget *button = gtk_button_new ();
  g_autofree char *shown = leyden_text_display (title, -1, 60, FALSE);
  g_autofree char *name = g_strdup_printf (_("Up to %s"), shown);

  gtk_button_set_child (GTK_BUTTON (button), new_label (title));
  gtk_widget_add_css_class (button, "flat");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data (G_OBJECT (button), "depth", GUINT_TO_POINTER (depth));
  g_signal_connect_object (button, "clicked", G_CALLBACK (level_clicked_cb), self, G_CONNECT_SWAPPED);
  return button;
}

static void
append_level (LeydenBreadcrumb *self,
              const char       *title,
              guint             depth)
{
  gtk_box_append (GTK_BOX (self->box), make_level (self, title, depth));
  gtk_box_append (GTK_BOX (self->box), gtk_image_new_from_icon_name ("pan-end-symbolic"));
}

/* The levels that there is no room for, in a menu: each is a button there too. */
static void
append_hidden (LeydenBreadcrumb   *self,
               const char * const *titles,
               guint               first,
               guint               end)
{
  GtkWidget *menu = gtk_menu_button_new ();
  GtkWidget *popover = gtk_popover_new ();
  GtkWidget *list = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  for (guint i = first; i < end; i++)
    gtk_box_append (GTK_BOX (list), make_level (self, titles[i], i));
  gtk_popover_set_child (GTK_POPOVER (popover), list);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (menu), popover);
  gtk_menu_button_set_label (GTK_MENU_BUTTON (menu), "…");
  gtk_menu_button_set_always_show_arrow (GTK_MENU_BUTTON (menu), FALSE);
  gtk_widget_set_tooltip_text (menu, _("Levels in between"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (menu), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Levels in between"), -1);
  gtk_widget_add_css_class (menu, "flat");
  gtk_box_append (GTK_BOX (self->box), menu);
}

static void
append_here (LeydenBreadcrumb *self,
             const char       *title)
{
  GtkWidget *label = new_label (title);

  gtk_widget_add_css_class (label, "heading");
  gtk_widget_set_margin_start (label, 6);
  gtk_box_append (GTK_BOX (self->box), label);
}

void
leyden_breadcrumb_set_path (LeydenBreadcrumb   *self,
                            const char * const *titles)
{
  GtkWidget *child;

  g_return_if_fail (LEYDEN_IS_BREADCRUMB (self));
  g_return_if_fail (titles != NULL && *titles != NULL);

  while ((child = gtk_widget_get_first_child (self->box)) != NULL)
    gtk_box_remove (GTK_BOX (self->box), child);
  self->depth = g_strv_length ((char **) titles) - 1;
  gtk_widget_set_visible (GTK_WIDGET (self), self->depth > 0);
  if (self->depth == 0)
    return;
  append_back (self);
  /* Of a long way the beginning and the end. */
  for (guint i = 0; i < self->depth; i++)
    if (self->depth <= MAX_LEVELS || i == 0 || i + MAX_LEVELS > self->depth)
      append_level (self, titles[i], i);
    else if (i == 1)
      append_hidden (self, titles, 1, self->depth - MAX_LEVELS + 1);
  append_here (self, titles[self->depth]);
}

static void
leyden_breadcrumb_dispose (GObject *object)
{
  g_clear_pointer (&LEYDEN_BREADCRUMB (object)->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_breadcrumb_parent_class)->dispose (object);
}

static void
leyden_breadcrumb_class_init (LeydenBreadcrumbClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_breadcrumb_dispose;
  signals[ACTIVATED] = g_signal_new ("activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, G_TYPE_UINT);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "flowpath");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_NAVIGATION);
}

static void
leyden_breadcrumb_init (LeydenBreadcrumb *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Where in the flow"), -1);
}

GtkWidget *
leyden_breadcrumb_new (void)
{
  return g_object_new (LEYDEN_TYPE_BREADCRUMB, NULL);
}
