/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-pager.h"

#include <glib/gi18n-lib.h>

#include "leyden-announce.h"

struct _LeydenPager
{
  GtkWidget  parent_instance;

  GtkWidget *box;
  GtkWidget *back, *number, *of, *forward;
  guint      n_parts;
  guint      part;
};

G_DEFINE_FINAL_TYPE (LeydenPager, leyden_pager, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
update (LeydenPager *self)
{
  gtk_widget_set_sensitive (self->back, self->part > 0);
  gtk_widget_set_sensitive (self->forward, self->part + 1 < self->n_parts);
}

static void
number_changed_cb (LeydenPager *self)
{
  guint part = (guint) MAX (gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (self->number)), 1) - 1;
  g_autofree char *said = NULL;

  if (part == self->part || part >= self->n_parts)
    return;
  self->part = part;
  update (self);
  said = g_strdup_printf (_("Part %u of %u"), part + 1, self->n_parts);
  leyden_announce (GTK_WIDGET (self), said);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
leyden_pager_go (LeydenPager *self,
                 guint        part)
{
  g_return_if_fail (LEYDEN_IS_PAGER (self));

  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->number), part + 1.0);
}

static void
back_cb (LeydenPager *self)
{
  if (self->part > 0)
    leyden_pager_go (self, self->part - 1);
}

static void
forward_cb (LeydenPager *self)
{
  leyden_pager_go (self, self->part + 1);
}

guint
leyden_pager_get (LeydenPager *self)
{
  g_return_val_if_fail (LEYDEN_IS_PAGER (self), 0);
  return self->part;
}

void
leyden_pager_set (LeydenPager *self,
                  guint        n_parts,
                  const char  *note)
{
  g_autofree char *of = NULL;

  g_return_if_fail (LEYDEN_IS_PAGER (self));

  self->n_parts = MAX (n_parts, 1);
  self->part = 0;
  gtk_spin_button_set_range (GTK_SPIN_BUTTON (self->number), 1, self->n_parts);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->number), 1);
  /* Translators: after the number of a part: of how many, and how much it is in all. */
  of = note != NULL ? g_strdup_printf (_("of %u (%s)"), self->n_parts, note) : g_strdup_printf (_("of %u"), self->n_parts);
  gtk_label_set_text (GTK_LABEL (self->of), of);
  gtk_widget_set_visible (GTK_WIDGET (self), self->n_parts > 1);
  update (self);
}

static void
leyden_pager_dispose (GObject *object)
{
  LeydenPager *self = LEYDEN_PAGER (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_pager_parent_class)->dispose (object);
}

static void
leyden_pager_class_init (LeydenPagerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_pager_dispose;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", LEYDEN_TYPE_PAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static GtkWidget *
create_button (LeydenPager *self,
               const char  *icon,
               const char  *title,
               GCallback    clicked)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  g_signal_connect_object (button, "clicked", clicked, self, G_CONNECT_SWAPPED);
  return button;
}

static void
leyden_pager_init (LeydenPager *self)
{
  self->n_parts = 1;
  self->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  self->back = create_button (self, "go-previous-symbolic", _("The Part Before"), G_CALLBACK (back_cb));
  self->forward = create_button (self, "go-next-symbolic", _("The Next Part"), G_CALLBACK (forward_cb));
  self->number = gtk_spin_button_new_with_range (1, 1, 1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->number), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Part that is shown"), -1);
  g_signal_connect_object (self->number, "value-changed", G_CALLBACK (number_changed_cb), self, G_CONNECT_SWAPPED);
  self->of = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->of), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->of), 0);
  gtk_widget_add_css_class (self->of, "numeric");
  gtk_box_append (GTK_BOX (self->box), self->back);
  gtk_box_append (GTK_BOX (self->box), self->number);
  gtk_box_append (GTK_BOX (self->box), self->of);
  gtk_box_append (GTK_BOX (self->box), self->forward);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Parts"), -1);
}

GtkWidget *
leyden_pager_new (void)
{
  return g_object_new (LEYDEN_TYPE_PAGER, NULL);
}
