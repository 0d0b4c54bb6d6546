/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

/* Colours and sizes of frames and notes. The colours are a set of names, so that each scheme can have its own that text is legible on (ui/style*.css). */

static const struct
{
  const char *name;
  const char *title;
} colors[] = {
  { "blue", N_("Blue") },
  { "green", N_("Green") },
  { "yellow", N_("Yellow") },
  { "orange", N_("Orange") },
  { "red", N_("Red") },
  { "purple", N_("Purple") },
  { "gray", N_("Gray") },
};

static LeydenEdit *
make_edit (LeydenCanvas *self,
           const char   *color)
{
  static const LeydenElementKind kinds[] = { LEYDEN_ELEMENT_FRAME, LEYDEN_ELEMENT_NOTE };
  static const char * const path[] = { "color", NULL };
  g_autoptr(LeydenValue) value = leyden_value_new_string (color, -1);
  LeydenEdit *edit = leyden_edit_new (_("Change Color"));

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_auto(GStrv) ids = leyden_selection_list (self->selection, kinds[i]);

      for (guint k = 0; ids[k] != NULL; k++)
        {
          LeydenCanvasBox *box = leyden_canvas_model_get_box (self->model, kinds[i], ids[k]);

          if (box != NULL && g_strcmp0 (box->color, color) != 0)
            leyden_edit_add (edit, kinds[i], ids[k], path, value);
        }
    }
  return edit;
}

static gboolean
has_boxes (LeydenCanvas *self)
{
  g_auto(GStrv) frames = leyden_selection_list (self->selection, LEYDEN_ELEMENT_FRAME);
  g_auto(GStrv) notes = leyden_selection_list (self->selection, LEYDEN_ELEMENT_NOTE);

  return frames[0] != NULL || notes[0] != NULL;
}

static void
color_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  const char *color = g_variant_get_string (parameter, NULL);
  LeydenEdit *edit;

  if (self->model == NULL)
    return;
  if (!has_boxes (self))
    {
      g_signal_emit_by_name (self, "message", _("Select a frame or a note to give it a color"));
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (colors); i++)
    if (g_str_equal (colors[i].name, color))
      {
        edit = make_edit (self, color);
        if (leyden_edit_get_n_changes (edit) == 0)
          leyden_edit_unref (edit);
        else if (leyden_canvas_apply (self, edit))
          leyden_canvas_say (self, g_dgettext (GETTEXT_PACKAGE, colors[i].title));
        return;
      }
}

/* --- size, by keys --- */

static void
resize_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  GPtrArray *boxes = self->model != NULL ? leyden_canvas_model_get_boxes (self->model) : NULL;
  int dx, dy;

  if (boxes == NULL || self->tool != LEYDEN_TOOL_NONE)
    return;
  g_variant_get (parameter, "(ii)", &dx, &dy);
  g_array_set_size (self->moves, 0);
  for (guint i = 0; i < boxes->len; i++)
    {
      LeydenCanvasBox *box = g_ptr_array_index (boxes, i);
      LeydenCanvasMove move = { NULL, box, box->bounds };
      graphene_rect_t to = box->bounds;

      if (!leyden_selection_contains (self->selection, box->kind, box->id))
        continue;
      to.size.width = MAX (to.size.width + (float) (dx * LEYDEN_CANVAS_GRID), 72);
      to.size.height = MAX (to.size.height + (float) (dy * LEYDEN_CANVAS_GRID), 48);
      g_array_append_val (self->moves, move);
      leyden_canvas_model_place_box (self->model, box, &to);
    }
  if (self->moves->len > 0)
    leyden_canvas_commit_moves (self, TRUE);
  else
    gtk_widget_error_bell (widget);
}

void
leyden_canvas_append_colors (LeydenCanvas *self,
                             GMenu        *menu)
{
  g_autoptr(GMenu) sub = g_menu_new ();

  if (!has_boxes (self))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (colors); i++)
    {
      g_autofree char *action = g_strconcat ("canvas.color::", colors[i].name, NULL);

      g_menu_append (sub, g_dgettext (GETTEXT_PACKAGE, colors[i].title), action);
    }
  g_menu_append_submenu (menu, _("Color"), G_MENU_MODEL (sub));
}

void
leyden_canvas_class_add_color (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.color", "s", color_action);
  gtk_widget_class_install_action (klass, "canvas.resize", "(ii)", resize_action);
}
