/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-flow-layout.h"

/* One arranging under way, in a thread. An edit meanwhile makes it pointless. */
typedef struct
{
  LeydenCanvas *canvas;
  LeydenFlow   *flow;
  GCancellable *cancellable;
  gulong        handler;
  gboolean      whole;
} Arranging;

static void
arranging_free (Arranging *self)
{
  g_signal_handler_disconnect (self->flow, self->handler);
  g_object_unref (self->canvas);
  g_object_unref (self->flow);
  g_object_unref (self->cancellable);
  g_free (self);
}

/* @whole: all of it is to be seen. */
static gboolean
apply (LeydenCanvas *self,
       LeydenEdit   *edit,
       gboolean      whole)
{
  gboolean applied;

  leyden_canvas_glide_prepare (self);
  applied = leyden_canvas_apply (self, edit);
  if (applied && whole)
    gtk_widget_activate_action (GTK_WIDGET (self), "canvas.fit", NULL);
  leyden_canvas_glide_start (self);
  return applied;
}

static void
arranged_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  Arranging *self = data;
  LeydenCanvas *canvas = self->canvas;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenEdit) edit = leyden_flow_layout_finish (result, &error);
  gboolean shown = canvas->model != NULL && leyden_canvas_model_get_flow (canvas->model) == self->flow;
  gboolean whole = self->whole;

  /* Before the edit, which would cancel it. */
  arranging_free (self);
  if (edit == NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    leyden_canvas_say (canvas, _("The flow was changed meanwhile; nothing was arranged"));
  else if (edit == NULL)
    leyden_canvas_fail (canvas, error);
  else if (leyden_edit_get_n_changes (edit) == 0)
    leyden_canvas_say (canvas, _("Everything is in its place"));
  else if (shown && apply (canvas, g_steal_pointer (&edit), whole))
    leyden_canvas_say (canvas, _("Arranged"));
}

/* The selected nodes, if there are at least two, else all. */
static void
arrange_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  g_auto(GStrv) selected = NULL;
  Arranging *arranging;

  if (self->model == NULL)
    return;
  selected = leyden_selection_list (self->selection, LEYDEN_ELEMENT_NODE);
  arranging = g_new0 (Arranging, 1);
  arranging->canvas = g_object_ref (self);
  arranging->flow = g_object_ref (leyden_canvas_model_get_flow (self->model));
  arranging->cancellable = g_cancellable_new ();
  arranging->whole = g_strv_length (selected) < 2;
  arranging->handler = g_signal_connect_swapped (arranging->flow, "changed", G_CALLBACK (g_cancellable_cancel), arranging->cancellable);
  leyden_flow_layout_async (arranging->flow, self->types, arranging->whole ? NULL : (const char * const *) selected, arranging->cancellable,
                            arranged_cb, arranging);
}

/* Moves no more than it must: what lies upon something, and what a wire runs backward to. */
static void
room_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenElementKind kind;
  const char *id;
  LeydenEdit *edit;

  if (self->model == NULL || self->tool != LEYDEN_TOOL_NONE)
    return;
  if (!leyden_selection_get_single (self->selection, &kind, &id) || kind != LEYDEN_ELEMENT_NODE)
    id = NULL;
  edit = leyden_flow_make_room (leyden_canvas_model_get_flow (self->model), self->types, id);
  if (leyden_edit_get_n_changes (edit) == 0)
    {
      leyden_edit_unref (edit);
      leyden_canvas_say (self, _("Everything is in its place"));
    }
  else if (apply (self, edit, FALSE))
    leyden_canvas_say (self, _("There is room now"));
}

void
leyden_canvas_class_add_arrange (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.arrange", NULL, arrange_action);
  gtk_widget_class_install_action (klass, "canvas.make-room", NULL, room_action);
}
