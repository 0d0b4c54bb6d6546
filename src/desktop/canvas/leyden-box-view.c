/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-box-view.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"
#include "leyden-text.h"
#include "leyden-theme.h"

#define TEXT_X 12.0
#define TEXT_Y 9.0
#define MAX_NOTE 4000           /* characters that are drawn */

struct _LeydenBoxView
{
  GtkWidget        parent_instance;

  LeydenCanvas    *canvas;              /* not owned: an ancestor */
  LeydenCanvasBox *box;
  PangoLayout     *layout;
  LeydenMarkdown  *markdown;            /* of a note, with the layout */
};

static void item_iface_init (LeydenCanvasItemInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LeydenBoxView, leyden_box_view, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (LEYDEN_TYPE_CANVAS_ITEM, item_iface_init))

static void
get_bounds (LeydenCanvasItem *item,
            graphene_rect_t  *bounds)
{
  *bounds = LEYDEN_BOX_VIEW (item)->box->bounds;
}

static void
item_iface_init (LeydenCanvasItemInterface *iface)
{
  iface->get_bounds = get_bounds;
}

static void
make_layout (LeydenBoxView *self)
{
  gboolean note = self->box->kind == LEYDEN_ELEMENT_NOTE;
  g_autofree char *title = note ? NULL : leyden_text_display (self->box->text, -1, 200, FALSE);
  g_autoptr(PangoFontDescription) font = NULL;

  g_clear_pointer (&self->markdown, leyden_markdown_free);
  if (note)
    self->markdown = leyden_markdown_new (*self->box->text != '\0' ? self->box->text : _("Empty note"), MAX_NOTE);
  self->layout = leyden_canvas_style_make_layout (GTK_WIDGET (self), note ? self->markdown->text : title);
  if (note)
    pango_layout_set_attributes (self->layout, self->markdown->attributes);
  font = pango_font_description_copy (pango_context_get_font_description (pango_layout_get_context (self->layout)));
  pango_font_description_set_absolute_size (font, (note ? 13 : 14) * PANGO_SCALE);
  pango_font_description_set_weight (font, note ? PANGO_WEIGHT_NORMAL : PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description (self->layout, font);
  pango_layout_set_width (self->layout, (int) (MAX (self->box->bounds.size.width - 24, 20) * PANGO_SCALE));
  pango_layout_set_ellipsize (self->layout, PANGO_ELLIPSIZE_END);
  if (note)
    {
      pango_layout_set_wrap (self->layout, PANGO_WRAP_WORD_CHAR);
      pango_layout_set_height (self->layout, (int) (MAX (self->box->bounds.size.height - 20, 16) * PANGO_SCALE));
    }
  else
    pango_layout_set_single_paragraph_mode (self->layout, TRUE);
}

static void
leyden_box_view_snapshot (GtkWidget   *widget,
                          GtkSnapshot *snapshot)
{
  LeydenBoxView *self = LEYDEN_BOX_VIEW (widget);
  GdkRGBA color;

  if (self->box == NULL)
    return;
  if (self->layout == NULL)
    make_layout (self);
  leyden_theme_look_up_color (widget, NULL, &color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (TEXT_X, TEXT_Y));
  gtk_snapshot_append_layout (snapshot, self->layout, &color);
  gtk_snapshot_restore (snapshot);
}

static void
leyden_box_view_css_changed (GtkWidget         *widget,
                             GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (leyden_box_view_parent_class)->css_changed (widget, change);
  g_clear_object (&LEYDEN_BOX_VIEW (widget)->layout);
}

const LeydenMarkdown *
leyden_box_view_get_markdown (LeydenBoxView *self)
{
  return self->markdown;
}

const char *
leyden_box_view_find_link (LeydenBoxView *self,
                           double         x,
                           double         y)
{
  int index;

  if (self->layout == NULL || self->markdown == NULL || self->markdown->links->len == 0
      || !pango_layout_xy_to_index (self->layout, (int) ((x - TEXT_X) * PANGO_SCALE), (int) ((y - TEXT_Y) * PANGO_SCALE), &index, NULL))
    return NULL;
  return leyden_markdown_find_link (self->markdown, (guint) index);
}

/* Where a link leads is seen before it is followed. */
static gboolean
leyden_box_view_query_tooltip (GtkWidget  *widget,
                               int         x,
                               int         y,
                               gboolean    keyboard,
                               GtkTooltip *tooltip)
{
  const char *uri = keyboard ? NULL : leyden_box_view_find_link (LEYDEN_BOX_VIEW (widget), x, y);

  if (uri == NULL)
    return FALSE;
  gtk_tooltip_set_text (tooltip, uri);
  return TRUE;
}

static void
edit_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenBoxView *self = LEYDEN_BOX_VIEW (widget);

  leyden_canvas_edit_box (self->canvas, self->box);
}

static void
leyden_box_view_dispose (GObject *object)
{
  g_clear_object (&LEYDEN_BOX_VIEW (object)->layout);
  g_clear_pointer (&LEYDEN_BOX_VIEW (object)->markdown, leyden_markdown_free);
  G_OBJECT_CLASS (leyden_box_view_parent_class)->dispose (object);
}

static void
leyden_box_view_class_init (LeydenBoxViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_box_view_dispose;
  widget_class->snapshot = leyden_box_view_snapshot;
  widget_class->css_changed = leyden_box_view_css_changed;
  widget_class->query_tooltip = leyden_box_view_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "flownote");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_install_action (widget_class, "box.edit", NULL, edit_action);
  leyden_actions_bind (widget_class, "box");
}

static void
leyden_box_view_init (LeydenBoxView *self)
{
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}

GtkWidget *
leyden_box_view_new (LeydenCanvas    *canvas,
                     LeydenCanvasBox *box)
{
  LeydenBoxView *self = g_object_new (LEYDEN_TYPE_BOX_VIEW, NULL);

  self->canvas = canvas;
  self->box = box;
  box->view = self;
  leyden_box_view_refresh (self);
  return GTK_WIDGET (self);
}

LeydenCanvasBox *
leyden_box_view_get_box (LeydenBoxView *self)
{
  return self->box;
}

void
leyden_box_view_refresh (LeydenBoxView *self)
{
  static const char * const colors[] = { "blue", "green", "yellow", "orange", "red", "purple", "gray" };
  g_autofree char *text = leyden_text_display (self->box->text, -1, 200, FALSE);
  g_autofree char *label = self->box->kind == LEYDEN_ELEMENT_NOTE ? g_strdup_printf (_("%s, note"), text)
                                                                   : g_strdup_printf (_("%s, frame"), text);

  for (guint i = 0; i < G_N_ELEMENTS (colors); i++)
    {
      if (g_strcmp0 (self->box->color, colors[i]) == 0)
        gtk_widget_add_css_class (GTK_WIDGET (self), colors[i]);
      else
        gtk_widget_remove_css_class (GTK_WIDGET (self), colors[i]);
    }
  gtk_widget_add_css_class (GTK_WIDGET (self), self->box->kind == LEYDEN_ELEMENT_NOTE ? "note" : "frame");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_clear_object (&self->layout);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
leyden_box_view_set_selected (LeydenBoxView *self,
                              gboolean       selected)
{
  if (selected)
    gtk_widget_add_css_class (GTK_WIDGET (self), "selected");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "selected");
}
