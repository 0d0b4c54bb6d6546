/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

/* The find bar in the window: what it finds is shown on the canvas and in the inspector. */

static void
show_field (LeydenTab             *self,
            const LeydenFindPlace *place)
{
  adw_flap_set_reveal_flap (self->inspector_flap, TRUE);
  if (place->kind != LEYDEN_ELEMENT_NODE || g_strv_length (place->path) < 2
      || !leyden_inspector_show_parameter (self->inspector, place->path[1], TRUE))
    gtk_widget_child_focus (GTK_WIDGET (self->inspector), GTK_DIR_TAB_FORWARD);
}

static void
show_match_cb (LeydenTab             *self,
               const LeydenFindPlace *place,
               gboolean               edit)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));

  leyden_tab_show_element (self, (const char * const *) place->scope, place->kind, place->id);
  if (place->kind == LEYDEN_ELEMENT_FLOW)
    leyden_selection_clear (self->selection);
  if (edit)
    {
      show_field (self, place);
      return;
    }
  if (place->kind == LEYDEN_ELEMENT_NODE && g_strv_length (place->path) > 1)
    leyden_inspector_show_parameter (self->inspector, place->path[1], FALSE);
  /* Who steps goes on stepping; set directly it selects nothing in the entry. */
  if (focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->editor->find_bar)))
    gtk_root_set_focus (gtk_widget_get_root (GTK_WIDGET (self)), focus);
}

static void
closed_cb (LeydenTab *self)
{
  if (self->document != NULL)
    gtk_widget_grab_focus (gtk_stack_get_visible_child (self->canvas_stack));
}

void
leyden_tab_connect_find (LeydenTab *self)
{
  g_signal_connect_object (self->editor->find_bar, "show-match", G_CALLBACK (show_match_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->editor->find_bar, "closed", G_CALLBACK (closed_cb), self, G_CONNECT_SWAPPED);
}

/* --- actions --- */

static void
open_bar (LeydenWindow *self,
          gboolean      replace)
{
  if (self->tab->document == NULL)
    return;
  leyden_window_build (self);
  adw_view_stack_set_visible_child_name (self->views, "design");
  leyden_find_bar_open (self->tab->editor->find_bar, replace);
}

static void
find_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  open_bar (data, FALSE);
}

static void
replace_action (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       data)
{
  open_bar (data, TRUE);
}

static void
step_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  LeydenWindow *self = data;

  if (self->tab->document == NULL || self->tab->editor == NULL)
    return;
  if (leyden_find_bar_is_open (self->tab->editor->find_bar))
    leyden_find_bar_step (self->tab->editor->find_bar, g_variant_get_int32 (parameter));
  else
    open_bar (self, FALSE);
}

void
leyden_window_add_find (LeydenWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "find", .activate = find_action },
    { .name = "replace", .activate = replace_action },
    { .name = "find-step", .activate = step_action, .parameter_type = "i" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
