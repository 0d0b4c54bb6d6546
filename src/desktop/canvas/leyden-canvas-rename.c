/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

/*
 * A title is typed where it stands:
 *
 *   F2 ──► entry over the title ─┬─ Enter, focus elsewhere ─► one edit (none when nothing changed)
 *                                └─ Escape ─────────────────► as it was
 *
 * The entry is asked for keys by its input method before we are, so that Enter and Escape end what is being composed first.
 */

/* Room left of a node's title, for its icon. */
#define NODE_INDENT 40.0
#define FRAME_INDENT 4.0
#define MAX_WIDTH 420
#define MIN_WIDTH 140

static LeydenElementKind
get_kind (GtkWidget *entry)
{
  return (LeydenElementKind) GPOINTER_TO_INT (g_object_get_data (G_OBJECT (entry), "kind"));
}

static const char *
get_id (GtkWidget *entry)
{
  return g_object_get_data (G_OBJECT (entry), "id");
}

static const char *
get_title (LeydenCanvas      *self,
           LeydenElementKind  kind,
           const char        *id)
{
  LeydenCanvasNode *node = kind == LEYDEN_ELEMENT_NODE ? leyden_canvas_model_get_node (self->model, id) : NULL;
  LeydenCanvasBox *box = kind == LEYDEN_ELEMENT_FRAME ? leyden_canvas_model_get_box (self->model, kind, id) : NULL;

  return node != NULL ? leyden_node_get_title (node->node) : box != NULL ? box->text : NULL;
}

/* --- the edit --- */

static void
commit (LeydenCanvas      *self,
        LeydenElementKind  kind,
        const char        *id,
        const char        *text)
{
  g_autofree char *title = g_strstrip (g_strdup (text));
  const char *now = self->model != NULL ? get_title (self, kind, id) : NULL;
  LeydenEdit *edit;

  /* Gone meanwhile, or nothing changed. */
  if (now == NULL || g_str_equal (now, title))
    return;
  edit = leyden_edit_new (kind == LEYDEN_ELEMENT_NODE ? _("Rename Node") : _("Rename Frame"));
  if (kind == LEYDEN_ELEMENT_NODE)
    leyden_edit_set_title (edit, id, title);
  else
    {
      g_autoptr(LeydenValue) value = leyden_value_new_string (*title != '\0' ? title : _("Frame"), -1);

      leyden_edit_add (edit, kind, id, (const char * const[]) { "title", NULL }, value);
    }
  leyden_canvas_apply (self, edit);
}

static gboolean
unparent_cb (gpointer data)
{
  if (gtk_widget_get_parent (data) != NULL)
    gtk_widget_unparent (data);
  return G_SOURCE_REMOVE;
}

static void
give_focus_back (LeydenCanvas      *self,
                 LeydenElementKind  kind,
                 const char        *id)
{
  LeydenCanvasNode *node = kind == LEYDEN_ELEMENT_NODE ? leyden_canvas_model_get_node (self->model, id) : NULL;
  LeydenCanvasBox *box = kind != LEYDEN_ELEMENT_NODE ? leyden_canvas_model_get_box (self->model, kind, id) : NULL;

  if (node != NULL)
    leyden_canvas_focus_node (self, node);
  else if (box != NULL && box->view != NULL)
    gtk_widget_grab_focus (box->view);
  else
    gtk_widget_grab_focus (GTK_WIDGET (self));
}

void
leyden_canvas_rename_finish (LeydenCanvas *self,
                             gboolean      accept,
                             gboolean      focus)
{
  GtkWidget *entry = g_steal_pointer (&self->rename);
  g_autofree char *text = NULL;
  g_autofree char *id = NULL;
  LeydenElementKind kind;

  if (entry == NULL)
    return;
  kind = get_kind (entry);
  id = g_strdup (get_id (entry));
  text = g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry)));
  if (focus && self->model != NULL)
    give_focus_back (self, kind, id);
  gtk_widget_set_visible (entry, FALSE);
  /* Later: it may be the one who is telling us. */
  g_idle_add_full (G_PRIORITY_DEFAULT, unparent_cb, g_object_ref (entry), g_object_unref);
  if (accept)
    commit (self, kind, id, text);
}

void
leyden_canvas_finish_typing (LeydenCanvas *self)
{
  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  leyden_canvas_rename_finish (self, self->document != NULL && leyden_document_get_read_only_reason (self->document) == NULL, TRUE);
}

/* --- the entry --- */

static void
activate_cb (LeydenCanvas *self)
{
  leyden_canvas_rename_finish (self, TRUE, TRUE);
}

static void
leave_cb (LeydenCanvas *self)
{
  /* Not when it is the window that lost the keys: who comes back goes on typing. */
  if (self->rename != NULL && !gtk_widget_has_focus (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (self->rename)))))
    leyden_canvas_rename_finish (self, TRUE, FALSE);
}

static gboolean
key_cb (LeydenCanvas    *self,
        guint            keyval)
{
  if (keyval != GDK_KEY_Escape)
    return FALSE;
  leyden_canvas_rename_finish (self, FALSE, TRUE);
  return TRUE;
}

static GtkWidget *
make_entry (LeydenCanvas      *self,
            LeydenElementKind  kind,
            const char        *id)
{
  GtkWidget *entry = gtk_entry_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();
  LeydenCanvasNode *node = kind == LEYDEN_ELEMENT_NODE ? leyden_canvas_model_get_node (self->model, id) : NULL;

  gtk_editable_set_text (GTK_EDITABLE (entry), get_title (self, kind, id));
  if (node != NULL)
    {
      g_autofree char *usual = leyden_canvas_node_dup_type_title (node);

      gtk_entry_set_placeholder_text (GTK_ENTRY (entry), usual);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  node != NULL ? _("Title of the node") : _("Title of the frame"), -1);
  gtk_widget_add_css_class (entry, "rename");
  g_object_set_data (G_OBJECT (entry), "kind", GINT_TO_POINTER (kind));
  g_object_set_data_full (G_OBJECT (entry), "id", g_strdup (id), g_free);
  g_signal_connect_object (entry, "activate", G_CALLBACK (activate_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (key_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (focus, "leave", G_CALLBACK (leave_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (entry, keys);
  gtk_widget_add_controller (entry, focus);
  return entry;
}

void
leyden_canvas_rename (LeydenCanvas      *self,
                      LeydenElementKind  kind,
                      const char        *id)
{
  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  g_return_if_fail (id != NULL);

  leyden_canvas_rename_finish (self, TRUE, FALSE);
  /* A double click comes before the end of its press. */
  if (self->model == NULL || get_title (self, kind, id) == NULL || (self->tool != LEYDEN_TOOL_NONE && self->tool != LEYDEN_TOOL_PRESSED))
    return;
  if (leyden_document_get_read_only_reason (self->document) != NULL)
    {
      gtk_widget_error_bell (GTK_WIDGET (self));
      return;
    }
  leyden_canvas_show_element (self, kind, id);
  self->rename = make_entry (self, kind, id);
  gtk_widget_set_parent (self->rename, GTK_WIDGET (self));
  gtk_widget_grab_focus (self->rename);
}

/* --- where it is --- */

/* In the world: left, middle and width of the title. */
static gboolean
get_place (LeydenCanvas *self,
           double       *x,
           double       *y,
           double       *width)
{
  LeydenElementKind kind = get_kind (self->rename);
  const char *id = get_id (self->rename);
  LeydenCanvasNode *node = kind == LEYDEN_ELEMENT_NODE && self->model != NULL ? leyden_canvas_model_get_node (self->model, id) : NULL;
  LeydenCanvasBox *box = kind != LEYDEN_ELEMENT_NODE && self->model != NULL ? leyden_canvas_model_get_box (self->model, kind, id) : NULL;
  const graphene_rect_t *bounds = node != NULL ? &node->item.bounds : box != NULL ? &box->bounds : NULL;
  double indent = node != NULL ? NODE_INDENT : FRAME_INDENT;

  if (bounds == NULL)
    return FALSE;
  *x = (double) bounds->origin.x + indent;
  *y = (double) bounds->origin.y + LEYDEN_NODE_HEADER / 2;
  *width = (double) bounds->size.width - indent - FRAME_INDENT;
  return TRUE;
}

void
leyden_canvas_rename_allocate (LeydenCanvas *self,
                               int           width)
{
  GtkRequisition natural;
  GtkAllocation place;
  graphene_point_t at;
  double x, y, wide;

  if (self->rename == NULL)
    return;
  gtk_widget_get_preferred_size (self->rename, &natural, NULL);
  if (!get_place (self, &x, &y, &wide))
    x = y = wide = 0;
  at = leyden_canvas_view_from_world (&self->view, x, y);
  place.width = (int) CLAMP (wide * self->view.scale, MAX (MIN_WIDTH, natural.width), MAX (MAX_WIDTH, natural.width));
  place.width = MAX (MIN (place.width, width - 8), natural.width);
  place.height = natural.height;
  place.x = CLAMP ((int) at.x, 4, MAX (4, width - place.width - 4));
  place.y = (int) at.y - place.height / 2;
  gtk_widget_size_allocate (self->rename, &place, -1);
}

/* --- the action --- */

static void
rename_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenCanvasNode *node = leyden_canvas_get_focus_node (self, NULL, NULL);
  LeydenElementKind kind;
  const char *id;

  if (self->model == NULL)
    return;
  if (leyden_selection_get_size (self->selection) == 0 && node != NULL)
    leyden_canvas_rename (self, LEYDEN_ELEMENT_NODE, node->id);
  else if (!leyden_selection_get_single (self->selection, &kind, &id) || kind == LEYDEN_ELEMENT_EDGE)
    gtk_widget_error_bell (widget);
  else if (kind == LEYDEN_ELEMENT_NOTE)
    leyden_canvas_edit_box (self, leyden_canvas_model_get_box (self->model, kind, id));
  else
    {
      g_autofree char *copy = g_strdup (id);

      leyden_canvas_rename (self, kind, copy);
    }
}

void
leyden_canvas_class_add_rename (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.rename", NULL, rename_action);
}
