/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-chooser.h"

#include <glib/gi18n-lib.h>

#include "leyden-desktop.h"
#include "leyden-fuzzy.h"

#define PAGE 8                  /* rows that Page Up and Page Down go */

struct _LeydenChooser
{
  AdwWindow          parent_instance;

  GtkSearchEntry    *entry;
  GtkListBox        *list;
  GtkLabel          *status;            /* speaks */
  LeydenChooserList  provide;
  LeydenChooserTake  take;
  gpointer           data;
  GDestroyNotify     destroy;
};

G_DEFINE_FINAL_TYPE (LeydenChooser, leyden_chooser, ADW_TYPE_WINDOW)

static void
choose (LeydenChooser *self,
        GtkListBoxRow *row)
{
  g_autofree char *spoken = row != NULL ? leyden_chooser_row_dup_spoken (LEYDEN_CHOOSER_ROW (row)) : g_strdup (_("Nothing found"));
  GtkAdjustment *adjustment = gtk_list_box_get_adjustment (self->list);
  graphene_rect_t bounds;

  gtk_list_box_select_row (self->list, row);
  gtk_label_set_text (self->status, spoken);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->status), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  if (row != NULL && adjustment != NULL && gtk_widget_compute_bounds (GTK_WIDGET (row), GTK_WIDGET (self->list), &bounds))
    gtk_adjustment_clamp_page (adjustment, bounds.origin.y, bounds.origin.y + bounds.size.height);
}

static void
step (LeydenChooser *self,
      int            by)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);
  int at = row != NULL ? gtk_list_box_row_get_index (row) : -1;
  GtkListBoxRow *found = NULL;

  for (int there = at + by; found == NULL && there != at; there += by > 0 ? -1 : 1)
    found = there >= 0 ? gtk_list_box_get_row_at_index (self->list, there) : NULL;
  if (found != NULL)
    choose (self, found);
}

/* Before the entry has them, to which they mean other things. */
static gboolean
key_pressed_cb (LeydenChooser   *self,
                guint            keyval,
                guint            keycode,
                GdkModifierType  state)
{
  static const struct
  {
    guint keyval;
    int   by;
  } keys[] = {
    { GDK_KEY_Down, 1 }, { GDK_KEY_KP_Down, 1 }, { GDK_KEY_Up, -1 }, { GDK_KEY_KP_Up, -1 },
    { GDK_KEY_Page_Down, PAGE }, { GDK_KEY_KP_Page_Down, PAGE }, { GDK_KEY_Page_Up, -PAGE }, { GDK_KEY_KP_Page_Up, -PAGE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].keyval == keyval && (state & gtk_accelerator_get_default_mod_mask ()) == 0)
      {
        step (self, keys[i].by);
        return GDK_EVENT_STOP;
      }
  return GDK_EVENT_PROPAGATE;
}

static void
fill (LeydenChooser *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));
  g_autofree char *query = leyden_fuzzy_fold (text);
  g_autoptr(GPtrArray) choices = self->provide (query, self->data);
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  while (choices->len > 0)
    gtk_list_box_append (self->list, leyden_chooser_row_new (g_ptr_array_steal_index (choices, 0)));
  choose (self, gtk_list_box_get_row_at_index (self->list, 0));
}

static void
take (LeydenChooser *self,
      GtkListBoxRow *row)
{
  const LeydenChoice *choice = row != NULL ? leyden_chooser_row_get_choice (LEYDEN_CHOOSER_ROW (row)) : NULL;
  g_autofree char *id = NULL;
  LeydenChooserTake callback = self->take;
  gpointer data = self->data;
  GDestroyNotify destroy = self->destroy;

  if (choice == NULL || choice->reason != NULL)
    {
      gtk_widget_error_bell (GTK_WIDGET (self));
      return;
    }
  id = g_strdup (choice->id);
  self->destroy = NULL;
  gtk_window_destroy (GTK_WINDOW (self));
  callback (id, data);
  if (destroy != NULL)
    destroy (data);
}

static void
row_activated_cb (LeydenChooser *self,
                  GtkListBoxRow *row)
{
  take (self, row);
}

static void
entry_activated_cb (LeydenChooser *self)
{
  take (self, gtk_list_box_get_selected_row (self->list));
}

/* --- class --- */

static void
leyden_chooser_dispose (GObject *object)
{
  LeydenChooser *self = LEYDEN_CHOOSER (object);
  GDestroyNotify destroy = g_steal_pointer (&self->destroy);

  if (destroy != NULL)
    destroy (self->data);
  G_OBJECT_CLASS (leyden_chooser_parent_class)->dispose (object);
}

static void
leyden_chooser_class_init (LeydenChooserClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_chooser_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-chooser.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenChooser, entry);
  gtk_widget_class_bind_template_child (widget_class, LeydenChooser, list);
  gtk_widget_class_bind_template_child (widget_class, LeydenChooser, status);
  gtk_widget_class_bind_template_callback (widget_class, fill);
  gtk_widget_class_bind_template_callback (widget_class, key_pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, entry_activated_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
leyden_chooser_init (LeydenChooser *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_search_entry_set_key_capture_widget (self->entry, GTK_WIDGET (self));
}

GtkWidget *
leyden_chooser_new (GtkWindow         *parent,
                    const char        *title,
                    const char        *prompt,
                    LeydenChooserList  list,
                    LeydenChooserTake  take_cb,
                    gpointer           data,
                    GDestroyNotify     destroy)
{
  LeydenChooser *self;

  g_return_val_if_fail (GTK_IS_WINDOW (parent), NULL);
  g_return_val_if_fail (title != NULL && prompt != NULL && list != NULL && take_cb != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_CHOOSER, "transient-for", parent, "destroy-with-parent", TRUE, "title", title, NULL);
  self->provide = list;
  self->take = take_cb;
  self->data = data;
  self->destroy = destroy;
  g_object_set (self->entry, "placeholder-text", prompt, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, prompt, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  fill (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
  return GTK_WIDGET (self);
}
