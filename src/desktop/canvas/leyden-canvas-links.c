/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-box-view.h"
#include "leyden-markdown.h"
#include "leyden-text.h"

/* Addresses in notes: opened only when a person asks for it, by a click or from the menu. */

#define MAX_MENU 8

const char *
leyden_canvas_find_link (LeydenCanvas          *self,
                         const LeydenCanvasHit *hit,
                         graphene_point_t       world)
{
  if (hit->kind != LEYDEN_CANVAS_HIT_BOX || hit->box->kind != LEYDEN_ELEMENT_NOTE || hit->box->view == NULL)
    return NULL;
  return leyden_box_view_find_link (hit->box->view, (double) (world.x - hit->box->bounds.origin.x),
                                    (double) (world.y - hit->box->bounds.origin.y));
}

static void
open_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  const char *uri = g_variant_get_string (parameter, NULL);
  GtkRoot *root = gtk_widget_get_root (widget);

  if (leyden_markdown_is_safe_uri (uri) && GTK_IS_WINDOW (root))
    gtk_show_uri (GTK_WINDOW (root), uri, GDK_CURRENT_TIME);
}

void
leyden_canvas_append_links (LeydenCanvas *self,
                            GMenu        *menu)
{
  LeydenElementKind kind;
  const char *id;
  LeydenCanvasBox *box;
  const LeydenMarkdown *text;

  if (!leyden_selection_get_single (self->selection, &kind, &id) || kind != LEYDEN_ELEMENT_NOTE)
    return;
  box = leyden_canvas_model_get_box (self->model, kind, id);
  text = box != NULL && box->view != NULL ? leyden_box_view_get_markdown (box->view) : NULL;
  for (guint i = 0; text != NULL && i < MIN (text->links->len, MAX_MENU); i++)
    {
      const LeydenMarkdownLink *link = &g_array_index (text->links, LeydenMarkdownLink, i);
      g_autofree char *shown = leyden_text_display (link->uri, -1, 60, FALSE);
      /* Translators: an address. */
      g_autofree char *label = g_strdup_printf (_("Open %s"), shown);
      g_auto(GStrv) parts = g_strsplit (label, "_", -1);
      /* Underlines are no mnemonics here. */
      g_autofree char *plain = g_strjoinv ("__", parts);
      g_autoptr(GMenuItem) item = g_menu_item_new (plain, NULL);

      g_menu_item_set_action_and_target (item, "canvas.open-link", "s", link->uri);
      g_menu_append_item (menu, item);
    }
}

void
leyden_canvas_class_add_links (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.open-link", "s", open_action);
}
