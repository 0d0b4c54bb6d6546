/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"

static gboolean
is_container (LeydenCanvas *self,
              const char   *id)
{
  LeydenCanvasNode *node = leyden_canvas_model_get_node (self->model, id);

  return node != NULL && node->type != NULL && node->type->container != NULL;
}

static gboolean
can_expand (LeydenCanvas *self)
{
  LeydenElementKind kind;
  const char *id;

  return leyden_selection_get_single (self->selection, &kind, &id) && kind == LEYDEN_ELEMENT_NODE && is_container (self, id);
}

static gboolean
has_problems (LeydenCanvas *self,
              const char   *id)
{
  const LeydenCanvasNode *node = leyden_canvas_model_get_node (self->model, id);

  return node != NULL && node->n_errors + node->n_warnings > 0;
}

static gboolean
has_nodes (LeydenCanvas *self)
{
  g_auto(GStrv) ids = leyden_selection_list (self->selection, LEYDEN_ELEMENT_NODE);

  return ids[0] != NULL;
}

/* What is chosen is put where the menu was opened; @edge: into that wire. */
static void
add_insert (GMenu      *menu,
            const char *label,
            double      x,
            double      y,
            const char *edge)
{
  g_autoptr(GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, "canvas.insert-at", "(dds)", x, y, edge);
  g_menu_append_item (menu, item);
}

static GMenu *
make_menu (LeydenCanvas *self,
           double        x,
           double        y)
{
  GMenu *menu = g_menu_new ();
  g_autoptr(GMenu) edit = g_menu_new ();
  g_autoptr(GMenu) add = g_menu_new ();
  g_autoptr(GMenu) remove = g_menu_new ();
  g_autoptr(GMenu) run = g_menu_new ();

  if (leyden_selection_get_size (self->selection) > 0)
    {
      LeydenElementKind kind;
      const char *id;

      if (leyden_selection_get_single (self->selection, &kind, &id) && kind == LEYDEN_ELEMENT_NODE && is_container (self, id))
        g_menu_append (edit, _("Open"), "canvas.open-body");
      if (leyden_selection_get_single (self->selection, &kind, NULL) && kind == LEYDEN_ELEMENT_NODE)
        {
          g_menu_append (edit, _("Configure"), "canvas.configure");
          leyden_actions_append (edit, "canvas.connect");
          leyden_actions_append (edit, "canvas.disconnect");
        }
      if (leyden_selection_get_single (self->selection, &kind, &id) && kind == LEYDEN_ELEMENT_NODE && has_problems (self, id))
        g_menu_append (edit, _("Problems"), "canvas.problems");
      if (leyden_selection_get_single (self->selection, &kind, &id) && kind == LEYDEN_ELEMENT_EDGE)
        add_insert (edit, _("Insert Node…"), x, y, id);
      if (leyden_selection_get_single (self->selection, &kind, NULL) && kind != LEYDEN_ELEMENT_EDGE && kind != LEYDEN_ELEMENT_NOTE)
        leyden_actions_append (edit, "canvas.rename");
      if (leyden_selection_get_single (self->selection, &kind, NULL) && kind == LEYDEN_ELEMENT_NODE)
        leyden_actions_append (edit, "canvas.replace-node");
      g_menu_append (edit, _("Cut"), "canvas.cut");
      g_menu_append (edit, _("Copy"), "canvas.copy");
      g_menu_append (edit, _("Copy as Picture"), "canvas.copy-picture");
      g_menu_append (edit, _("Duplicate"), "canvas.duplicate");
      leyden_canvas_append_modes (self, edit);
      leyden_canvas_append_run (self, run);
      leyden_canvas_append_marks (self, run);
      leyden_canvas_append_points (self, edit);
      leyden_canvas_append_links (self, edit);
      leyden_canvas_append_colors (self, edit);
      leyden_canvas_append_align (self, edit);
      g_menu_append (add, _("Frame Around Selection"), "canvas.add-frame");
      leyden_actions_append (add, "canvas.collapse");
      if (can_expand (self))
        leyden_actions_append (add, "canvas.expand");
      if (leyden_selection_get_size (self->selection) > 1)
        g_menu_append (add, _("Arrange Selection"), "canvas.arrange");
      g_menu_append (remove, _("Export as Picture…"), "canvas.export-picture");
      g_menu_append (remove, _("Delete"), "canvas.delete");
      if (has_nodes (self))
        g_menu_append (remove, _("Delete and Join Wires"), "canvas.delete-join");
    }
  else
    {
      add_insert (add, _("Add Node…"), x, y, "");
      g_menu_append (add, _("Add Note"), "canvas.add-note");
      g_menu_append (add, _("Add Frame"), "canvas.add-frame");
      g_menu_append (edit, _("Paste"), "canvas.paste");
      g_menu_append (edit, _("Select All"), "canvas.select-all");
      g_menu_append (edit, _("Copy as Picture"), "canvas.copy-picture");
      g_menu_append (edit, _("Export as Picture…"), "canvas.export-picture");
      g_menu_append (remove, _("Arrange"), "canvas.arrange");
      g_menu_append (remove, _("Make Room"), "canvas.make-room");
      g_menu_append (remove, _("Show the Whole Flow"), "canvas.fit");
      if (leyden_flow_get_container (leyden_canvas_model_get_flow (self->model)) != NULL)
        g_menu_append (remove, _("Back to What Is Around"), "win.leave-body");
    }
  if (g_menu_model_get_n_items (G_MENU_MODEL (run)) > 0)
    g_menu_append_section (menu, NULL, G_MENU_MODEL (run));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (edit));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (add));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (remove));
  return menu;
}

void
leyden_canvas_popup_menu (LeydenCanvas *self,
                          double        x,
                          double        y)
{
  g_autoptr(GMenu) menu = make_menu (self, x, y);
  GdkRectangle place = { (int) x, (int) y, 1, 1 };

  g_clear_pointer (&self->popover, gtk_widget_unparent);
  self->popover = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
  gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), FALSE);
  gtk_widget_set_halign (self->popover, GTK_ALIGN_START);
  gtk_widget_set_parent (self->popover, GTK_WIDGET (self));
  gtk_popover_set_pointing_to (GTK_POPOVER (self->popover), &place);
  g_signal_connect_swapped (self->popover, "closed", G_CALLBACK (leyden_canvas_popover_closed), self);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}
