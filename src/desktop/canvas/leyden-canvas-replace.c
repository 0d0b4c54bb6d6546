/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "leyden-flow-structure.h"
#include "leyden-insert-popover.h"
#include "leyden-safe-text.h"

/* A node becomes one of another kind:
 *
 *   action ──► search ──chosen──► nothing is lost ──────────────────► one edit
 *                            └──► what would be lost is told ──yes──► one edit
 */

static void
replace (LeydenCanvas *self,
         const char   *id,
         const char   *type)
{
  g_autoptr(GError) error = NULL;
  /* Anew: there may have been edits while it was asked. */
  LeydenEdit *edit = self->model != NULL
                       ? leyden_flow_replace_node (leyden_canvas_model_get_flow (self->model), self->types, id, type, NULL, &error) : NULL;

  if (edit == NULL)
    {
      if (error != NULL)
        leyden_canvas_fail (self, error);
      return;
    }
  if (!leyden_canvas_apply (self, edit))
    return;
  leyden_canvas_show_element (self, LEYDEN_ELEMENT_NODE, id);
  leyden_canvas_say (self, _("Replaced"));
}

/* --- what is lost --- */

typedef struct
{
  LeydenCanvas *canvas;
  char         *id;
  char         *type;
} Question;

static void
question_free (gpointer  data,
               GClosure *closure)
{
  Question *self = data;

  g_object_unref (self->canvas);
  g_free (self->id);
  g_free (self->type);
  g_free (self);
}

static void
response_cb (AdwMessageDialog *dialog,
             const char       *response,
             Question         *question)
{
  if (g_str_equal (response, "replace"))
    replace (question->canvas, question->id, question->type);
}

static void
ask (LeydenCanvas         *self,
     const char           *id,
     const LeydenNodeType *type,
     GPtrArray            *lost)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  LeydenCanvasNode *node = leyden_canvas_model_get_node (self->model, id);
  g_autofree char *title = leyden_canvas_node_dup_title (node);
  g_autofree char *heading = g_strdup_printf (_("Replace %s with %s?"), title, type->title);
  g_autoptr(GString) body = g_string_new (_("This does not fit the other kind and is lost:"));
  GtkWidget *dialog;
  Question *question = g_new0 (Question, 1);

  for (guint i = 0; i < lost->len; i++)
    g_string_append_printf (body, "\n• %s", (const char *) g_ptr_array_index (lost, i));
  *question = (Question) { g_object_ref (self), g_strdup (id), g_strdup (type->type) };
  dialog = leyden_message_dialog_new_safe (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, heading, body->str);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "replace", _("_Replace"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "replace", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "replace");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), question, question_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* --- the search --- */

static void
chosen_cb (GtkWidget                *popover,
           const LeydenInsertChoice *choice,
           gpointer                  data)
{
  LeydenCanvas *self = data;
  const char *id = g_object_get_data (G_OBJECT (popover), "node");
  g_autoptr(GPtrArray) lost = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenEdit) edit = NULL;

  if (self->model == NULL)
    return;
  edit = leyden_flow_replace_node (leyden_canvas_model_get_flow (self->model), self->types, id, choice->type->type, &lost, &error);
  if (edit == NULL)
    leyden_canvas_fail (self, error);
  else if (lost != NULL)
    ask (self, id, choice->type, lost);
  else
    replace (self, id, choice->type->type);
}

static void
closed_cb (GtkWidget *popover,
           gpointer   data)
{
  LeydenCanvas *self = data;
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));

  if (focus == NULL || gtk_widget_is_ancestor (focus, popover))
    leyden_canvas_take_focus (self);
  leyden_canvas_popover_closed (self, popover);
}

static void
search (LeydenCanvas     *self,
        LeydenCanvasNode *node)
{
  LeydenCatalog *catalog = LEYDEN_IS_CATALOG (self->types) ? LEYDEN_CATALOG (self->types) : leyden_catalog_get_default ();
  graphene_point_t at = leyden_canvas_view_from_world (&self->view, node->item.bounds.origin.x + node->item.bounds.size.width / 2,
                                                       (double) node->item.bounds.origin.y + LEYDEN_NODE_HEADER);
  GdkRectangle place = { (int) at.x, (int) at.y, 1, 1 };
  g_autofree char *title = leyden_canvas_node_dup_title (node);
  g_autofree char *label = g_strdup_printf (_("Replace %s with"), title);
  LeydenInsertChoices *choices = leyden_insert_choices_new (catalog, NULL);
  GtkWidget *popover;

  leyden_insert_choices_leave_out (choices, leyden_node_get_type_name (node->node));
  popover = leyden_insert_popover_new (choices, label);
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  g_object_set_data_full (G_OBJECT (popover), "node", g_strdup (node->id), g_free);
  gtk_widget_set_parent (popover, GTK_WIDGET (self));
  gtk_popover_set_pointing_to (GTK_POPOVER (popover), &place);
  g_signal_connect (popover, "chosen", G_CALLBACK (chosen_cb), self);
  g_signal_connect (popover, "closed", G_CALLBACK (closed_cb), self);
  self->popover = popover;
  gtk_popover_popup (GTK_POPOVER (popover));
}

static void
replace_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenCanvasNode *node = NULL;
  LeydenElementKind kind;
  const char *id;

  if (self->model == NULL || self->tool != LEYDEN_TOOL_NONE)
    return;
  if (leyden_selection_get_single (self->selection, &kind, &id) && kind == LEYDEN_ELEMENT_NODE)
    node = leyden_canvas_model_get_node (self->model, id);
  else if (leyden_selection_get_size (self->selection) == 0)
    node = leyden_canvas_get_focus_node (self, NULL, NULL);
  if (node == NULL)
    gtk_widget_error_bell (widget);
  else if (leyden_document_get_read_only_reason (self->document) != NULL)
    g_signal_emit_by_name (self, "message", leyden_document_get_read_only_reason (self->document));
  else
    search (self, node);
}

void
leyden_canvas_class_add_replace (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.replace-node", NULL, replace_action);
}
