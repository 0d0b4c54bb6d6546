/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-box-view.h"
#include "leyden-text.h"

#define FRAME_PADDING 24.0f
#define FRAME_TITLE 36.0f

gboolean
leyden_canvas_apply (LeydenCanvas *self,
                     LeydenEdit   *edit)
{
  g_autoptr(GError) error = NULL;

  if (leyden_document_edit (self->document, edit, &error))
    return TRUE;
  leyden_canvas_fail (self, error);
  return FALSE;
}

static graphene_point_t
get_center (LeydenCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  return leyden_canvas_view_to_world (&self->view, gtk_widget_get_width (widget) / 2.0, gtk_widget_get_height (widget) / 2.0);
}

/* --- adding --- */

static gboolean
is_on_note (LeydenCanvas          *self,
            const graphene_rect_t *place)
{
  GPtrArray *boxes = leyden_canvas_model_get_boxes (self->model);

  for (guint i = 0; i < boxes->len; i++)
    {
      const LeydenCanvasBox *box = g_ptr_array_index (boxes, i);

      if (box->kind == LEYDEN_ELEMENT_NOTE && graphene_rect_intersection (&box->bounds, place, NULL))
        return TRUE;
    }
  return FALSE;
}

/* Steps down and right until nothing stands there. */
static graphene_point_t
find_free_place (LeydenCanvas     *self,
                 graphene_point_t  at,
                 float             width,
                 float             height)
{
  g_autoptr(GPtrArray) there = g_ptr_array_new ();

  for (guint i = 0; i < 64; i++)
    {
      graphene_rect_t place = GRAPHENE_RECT_INIT (at.x - 8, at.y - 8, width + 16, height + 16);

      g_ptr_array_set_size (there, 0);
      leyden_canvas_model_query (self->model, &place, there);
      if (there->len == 0 && !is_on_note (self, &place))
        break;
      at.x += (float) LEYDEN_CANVAS_GRID;
      at.y += (float) LEYDEN_CANVAS_GRID;
    }
  return at;
}

graphene_point_t
leyden_canvas_find_open_place (LeydenCanvas         *self,
                               const LeydenNodeType *type)
{
  graphene_point_t place = get_center (self);

  place.x -= (float) type->width / 2;
  place.y -= (float) LEYDEN_NODE_HEADER;
  if (self->snap)
    place = GRAPHENE_POINT_INIT ((float) leyden_canvas_snap (place.x), (float) leyden_canvas_snap (place.y));
  return find_free_place (self, place, (float) type->width, (float) MAX (type->height, 96));
}

gboolean
leyden_canvas_insert (LeydenCanvas           *self,
                      const char             *type_name,
                      const graphene_point_t *at)
{
  const LeydenNodeType *type;
  g_autoptr(LeydenEdit) edit = NULL;
  g_autofree char *id = NULL;
  g_autofree char *label = NULL;
  graphene_point_t place;

  g_return_val_if_fail (LEYDEN_IS_CANVAS (self), FALSE);
  g_return_val_if_fail (type_name != NULL, FALSE);

  type = leyden_node_types_lookup (self->types, type_name);
  if (type == NULL || self->model == NULL)
    return FALSE;
  place = at != NULL ? GRAPHENE_POINT_INIT (at->x - (float) type->width / 2, at->y - (float) LEYDEN_NODE_HEADER)
                     : leyden_canvas_find_open_place (self, type);
  label = g_strdup_printf (_("Add %s"), type->title);
  edit = leyden_edit_new (label);
  id = leyden_canvas_add_type (self, edit, type, place.x, place.y);
  if (!leyden_canvas_apply (self, g_steal_pointer (&edit)))
    return FALSE;
  leyden_canvas_show_element (self, LEYDEN_ELEMENT_NODE, id);
  return TRUE;
}

static LeydenValue *
make_pair (const char *a,
           double      a_value,
           const char *b,
           double      b_value)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_double (&builder, a, a_value);
  leyden_value_builder_set_double (&builder, b, b_value);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
add_box (LeydenCanvas          *self,
         LeydenElementKind      kind,
         const char            *label,
         const char            *text,
         const char            *color,
         const graphene_rect_t *bounds)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *id = leyden_flow_new_element_id (leyden_canvas_model_get_flow (self->model));
  g_autoptr(LeydenValue) value = NULL;
  LeydenEdit *edit = leyden_edit_new (label);

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "id", id);
  leyden_value_builder_set_string (&builder, kind == LEYDEN_ELEMENT_NOTE ? "text" : "title", text);
  leyden_value_builder_set_take (&builder, "position", make_pair ("x", bounds->origin.x, "y", bounds->origin.y));
  leyden_value_builder_set_take (&builder, "size", make_pair ("width", bounds->size.width, "height", bounds->size.height));
  leyden_value_builder_set_string (&builder, "color", color);
  leyden_value_builder_end (&builder);
  value = leyden_value_builder_end_value (&builder);
  leyden_edit_add (edit, kind, id, NULL, value);
  if (!leyden_canvas_apply (self, edit))
    return;
  leyden_canvas_show_element (self, kind, id);
  leyden_canvas_edit_box (self, leyden_canvas_model_get_box (self->model, kind, id));
}

void
leyden_canvas_add_note (LeydenCanvas *self)
{
  graphene_point_t center;
  graphene_rect_t bounds;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  if (self->model == NULL)
    return;
  center = get_center (self);
  bounds = GRAPHENE_RECT_INIT ((float) leyden_canvas_snap (center.x - 96), (float) leyden_canvas_snap (center.y - 48), 192, 96);
  add_box (self, LEYDEN_ELEMENT_NOTE, _("Add Note"), "", "yellow", &bounds);
}

void
leyden_canvas_add_frame (LeydenCanvas *self)
{
  graphene_point_t center;
  graphene_rect_t bounds;
  gboolean any = FALSE;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  if (self->model == NULL)
    return;
  center = get_center (self);
  bounds = GRAPHENE_RECT_INIT (center.x - 120, center.y - 80, 240, 160);
  for (guint i = 0; i < leyden_canvas_model_get_nodes (self->model)->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (leyden_canvas_model_get_nodes (self->model), i);

      if (!leyden_selection_contains (self->selection, LEYDEN_ELEMENT_NODE, node->id))
        continue;
      if (any)
        graphene_rect_union (&bounds, &node->item.bounds, &bounds);
      else
        bounds = node->item.bounds;
      any = TRUE;
    }
  if (any)
    {
      graphene_rect_inset (&bounds, -FRAME_PADDING, -FRAME_PADDING);
      bounds.origin.y -= FRAME_TITLE - FRAME_PADDING / 2;
      bounds.size.height += FRAME_TITLE - FRAME_PADDING / 2;
    }
  add_box (self, LEYDEN_ELEMENT_FRAME, _("Add Frame"), _("Frame"), "blue", &bounds);
}

/* --- removing --- */

/* Title of the one selected node; NULL when something else is selected. */
static char *
dup_single_title (LeydenCanvas *self)
{
  LeydenElementKind kind;
  const char *id;
  LeydenCanvasNode *node;

  if (!leyden_selection_get_single (self->selection, &kind, &id) || kind != LEYDEN_ELEMENT_NODE)
    return NULL;
  node = leyden_canvas_model_get_node (self->model, id);
  return node != NULL ? leyden_canvas_node_dup_title (node) : NULL;
}

void
leyden_canvas_remove_selection (LeydenCanvas *self)
{
  static const LeydenElementKind kinds[] = { LEYDEN_ELEMENT_EDGE, LEYDEN_ELEMENT_FRAME, LEYDEN_ELEMENT_NOTE };
  guint n = leyden_selection_get_size (self->selection);
  LeydenFlow *flow;
  g_autofree char *title = NULL;
  g_autofree char *label = NULL;
  g_auto(GStrv) nodes = NULL;
  LeydenEdit *edit;

  if (self->model == NULL || n == 0)
    return;
  flow = leyden_canvas_model_get_flow (self->model);
  title = dup_single_title (self);
  label = title != NULL ? g_strdup_printf (_("Delete %s"), title)
                        : g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Delete %u Element", "Delete %u Elements", n), n);
  edit = leyden_edit_new (label);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_auto(GStrv) ids = leyden_selection_list (self->selection, kinds[i]);

      for (guint j = 0; ids[j] != NULL; j++)
        leyden_edit_add (edit, kinds[i], ids[j], NULL, NULL);
    }
  nodes = leyden_selection_list (self->selection, LEYDEN_ELEMENT_NODE);
  for (guint i = 0; nodes[i] != NULL; i++)
    leyden_edit_remove_node (edit, flow, nodes[i]);
  if (leyden_canvas_apply (self, edit))
    leyden_selection_clear (self->selection);
}

gboolean
leyden_canvas_disconnect_port (LeydenCanvas     *self,
                               LeydenCanvasNode *node,
                               gboolean          output,
                               guint             port)
{
  g_autoptr(GPtrArray) edges = leyden_canvas_node_list_edges (node, output, port);
  LeydenEdit *edit;

  if (edges->len == 0)
    return FALSE;
  edit = leyden_edit_new (_("Disconnect"));
  for (guint i = 0; i < edges->len; i++)
    leyden_edit_remove_edge (edit, ((LeydenCanvasEdge *) g_ptr_array_index (edges, i))->id);
  if (leyden_canvas_apply (self, edit))
    leyden_canvas_say (self, _("Disconnected"));
  return TRUE;
}

gboolean
leyden_canvas_remove (LeydenCanvas      *self,
                      LeydenElementKind  kind,
                      const char        *id)
{
  LeydenEdit *edit;

  g_return_val_if_fail (LEYDEN_IS_CANVAS (self), FALSE);
  g_return_val_if_fail (self->model != NULL && id != NULL, FALSE);

  edit = leyden_edit_new (kind == LEYDEN_ELEMENT_EDGE ? _("Disconnect") : _("Delete Element"));
  if (kind == LEYDEN_ELEMENT_NODE)
    leyden_edit_remove_node (edit, leyden_canvas_model_get_flow (self->model), id);
  else
    leyden_edit_add (edit, kind, id, NULL, NULL);
  if (!leyden_canvas_apply (self, edit))
    return FALSE;
  leyden_selection_remove (self->selection, kind, id);
  return TRUE;
}

void
leyden_canvas_select_all (LeydenCanvas *self)
{
  GPtrArray *nodes, *boxes;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  if (self->model == NULL)
    return;
  nodes = leyden_canvas_model_get_nodes (self->model);
  boxes = leyden_canvas_model_get_boxes (self->model);
  leyden_selection_freeze (self->selection);
  for (guint i = 0; i < nodes->len; i++)
    leyden_selection_add (self->selection, LEYDEN_ELEMENT_NODE, ((LeydenCanvasNode *) g_ptr_array_index (nodes, i))->id);
  for (guint i = 0; i < boxes->len; i++)
    {
      LeydenCanvasBox *box = g_ptr_array_index (boxes, i);

      leyden_selection_add (self->selection, box->kind, box->id);
    }
  leyden_selection_thaw (self->selection);
}

/* --- moving --- */

static void
add_move (LeydenCanvas     *self,
          LeydenCanvasNode *node,
          LeydenCanvasBox  *box)
{
  LeydenCanvasMove move = { node, box, node != NULL ? node->item.bounds : box->bounds };

  if (node != NULL ? node->moving : box->moving)
    return;
  if (node != NULL)
    node->moving = TRUE;
  else
    box->moving = TRUE;
  g_array_append_val (self->moves, move);
}

static void
add_contents (LeydenCanvas    *self,
              LeydenCanvasBox *frame)
{
  g_autoptr(GPtrArray) inside = g_ptr_array_new ();
  GPtrArray *boxes = leyden_canvas_model_get_boxes (self->model);

  leyden_canvas_model_query (self->model, &frame->bounds, inside);
  for (guint i = 0; i < inside->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (inside, i);

      if (graphene_rect_contains_rect (&frame->bounds, &node->item.bounds))
        add_move (self, node, NULL);
    }
  for (guint i = 0; i < boxes->len; i++)
    {
      LeydenCanvasBox *box = g_ptr_array_index (boxes, i);

      if (box != frame && graphene_rect_contains_rect (&frame->bounds, &box->bounds))
        add_move (self, NULL, box);
    }
}

/* What is selected, and what lies in a selected frame. */
void
leyden_canvas_collect_moves (LeydenCanvas *self)
{
  GPtrArray *nodes = leyden_canvas_model_get_nodes (self->model);
  GPtrArray *boxes = leyden_canvas_model_get_boxes (self->model);

  g_array_set_size (self->moves, 0);
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (nodes, i);

      if (leyden_selection_contains (self->selection, LEYDEN_ELEMENT_NODE, node->id))
        add_move (self, node, NULL);
    }
  for (guint i = 0; i < boxes->len; i++)
    {
      LeydenCanvasBox *box = g_ptr_array_index (boxes, i);

      if (!leyden_selection_contains (self->selection, box->kind, box->id))
        continue;
      add_move (self, NULL, box);
      if (box->kind == LEYDEN_ELEMENT_FRAME)
        add_contents (self, box);
    }
}

static void
add_box_bounds (LeydenEdit      *edit,
                LeydenCanvasBox *box)
{
  static const char * const position_path[] = { "position", NULL };
  static const char * const size_path[] = { "size", NULL };
  g_autoptr(LeydenValue) position = make_pair ("x", box->bounds.origin.x, "y", box->bounds.origin.y);
  g_autoptr(LeydenValue) size = make_pair ("width", box->bounds.size.width, "height", box->bounds.size.height);

  leyden_edit_add (edit, box->kind, box->id, position_path, position);
  leyden_edit_add (edit, box->kind, box->id, size_path, size);
}

/* Puts what was shown into one edit. Refused: everything goes back to where it was. */
void
leyden_canvas_commit_moves (LeydenCanvas *self,
                            gboolean      merge)
{
  guint n = self->moves->len;
  g_autofree char *title = dup_single_title (self);
  LeydenCanvasNode *spliced = self->splice != NULL ? g_array_index (self->moves, LeydenCanvasMove, 0).node : NULL;
  g_autofree char *label = spliced != NULL ? g_strdup (_("Insert into Wire")) : title != NULL ? g_strdup_printf (_("Move %s"), title)
                           : g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Move %u Element", "Move %u Elements", n), n);
  g_autofree char *into = spliced != NULL ? g_strdup (spliced->id) : NULL;
  g_autoptr(GArray) moves = g_array_copy (self->moves);
  LeydenEdit *edit = leyden_edit_new (label);
  gboolean any = FALSE;

  if (moves->len > 0)
    {
      const LeydenCanvasMove *first = &g_array_index (moves, LeydenCanvasMove, 0);
      const graphene_rect_t *now = first->node != NULL ? &first->node->item.bounds : &first->box->bounds;

      if (!graphene_point_equal (&now->origin, &first->from.origin))
        leyden_canvas_shift_points (self, edit, now->origin.x - first->from.origin.x, now->origin.y - first->from.origin.y);
    }
  for (guint i = 0; i < moves->len; i++)
    {
      LeydenCanvasMove *move = &g_array_index (moves, LeydenCanvasMove, i);
      const graphene_rect_t *now = move->node != NULL ? &move->node->item.bounds : &move->box->bounds;

      if (move->node != NULL)
        move->node->moving = FALSE;
      else
        move->box->moving = FALSE;
      if (graphene_rect_equal (now, &move->from))
        continue;
      any = TRUE;
      if (move->node != NULL)
        leyden_edit_move_node (edit, move->node->id, now->origin.x, now->origin.y);
      else
        add_box_bounds (edit, move->box);
    }
  g_array_set_size (self->moves, 0);
  leyden_canvas_wires_changed (self);
  if (!any)
    {
      leyden_edit_unref (edit);
      return;
    }
  if (spliced != NULL)
    leyden_canvas_splice_add (self, edit, spliced);
  leyden_canvas_splice_forget (self);
  if (into != NULL)
    leyden_canvas_splice_set_key (edit, into);
  else if (merge)
    leyden_edit_set_merge_key (edit, "move");
  if (leyden_canvas_apply (self, edit))
    {
      if (into != NULL)
        leyden_canvas_splice_make_room (self, into, label);
      return;
    }
  for (guint i = 0; i < moves->len; i++)
    {
      LeydenCanvasMove *move = &g_array_index (moves, LeydenCanvasMove, i);

      if (move->node != NULL)
        leyden_canvas_model_place_node (self->model, move->node, move->from.origin.x, move->from.origin.y);
      else
        leyden_canvas_model_place_box (self->model, move->box, &move->from);
    }
  for (guint i = 0; i < leyden_canvas_model_get_edges (self->model)->len; i++)
    leyden_canvas_edge_place_points (g_ptr_array_index (leyden_canvas_model_get_edges (self->model), i), NULL, 0);
  gtk_widget_queue_allocate (self->world);
  gtk_widget_queue_allocate (self->backdrop);
  leyden_canvas_view_changed (self);
}

/* --- editing the text of a note in place --- */

static gboolean
unparent_cb (gpointer data)
{
  GtkWidget *popover = data;

  if (gtk_widget_get_parent (popover) != NULL)
    gtk_widget_unparent (popover);
  return G_SOURCE_REMOVE;
}

/* Later: what was chosen in a menu is activated after it closed. */
void
leyden_canvas_popover_closed (LeydenCanvas *self,
                              GtkWidget    *popover)
{
  if (self->popover == popover)
    self->popover = NULL;
  g_idle_add_full (G_PRIORITY_DEFAULT, unparent_cb, g_object_ref (popover), g_object_unref);
}

static void
commit_text (LeydenCanvas *self,
             GtkWidget    *popover,
             const char   *text)
{
  const char *id = g_object_get_data (G_OBJECT (popover), "id");
  LeydenCanvasBox *box = self->model != NULL ? leyden_canvas_model_get_box (self->model, LEYDEN_ELEMENT_NOTE, id) : NULL;
  g_autoptr(LeydenValue) value = leyden_value_new_string (text, -1);
  LeydenEdit *edit;

  if (box == NULL || g_str_equal (box->text, text))
    return;
  edit = leyden_edit_new (_("Edit Note"));
  leyden_edit_add (edit, LEYDEN_ELEMENT_NOTE, id, (const char * const[]) { "text", NULL }, value);
  leyden_canvas_apply (self, edit);
}

static void
commit_on_close_cb (GtkPopover *popover,
                    gpointer    data)
{
  GtkWidget *editor = g_object_get_data (G_OBJECT (popover), "editor");
  g_autofree char *text = NULL;

  g_object_get (gtk_text_view_get_buffer (GTK_TEXT_VIEW (editor)), "text", &text, NULL);
  commit_text (data, GTK_WIDGET (popover), text);
  /* Else it goes to the first widget of the window, and keys with it. */
  gtk_widget_grab_focus (data);
}

static GtkWidget *
make_editor (LeydenCanvasBox  *box,
             GtkWidget       **editor)
{
  GtkWidget *scroller;

  *editor = gtk_text_view_new ();
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (*editor), GTK_WRAP_WORD_CHAR);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (*editor)), box->text, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (*editor), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Text of the note"), -1);
  scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), *editor);
  gtk_widget_set_size_request (scroller, 240, 120);
  return scroller;
}

void
leyden_canvas_edit_box (LeydenCanvas    *self,
                        LeydenCanvasBox *box)
{
  GtkWidget *popover, *editor;
  graphene_point_t at;
  GdkRectangle place;

  if (box == NULL || leyden_document_get_read_only_reason (self->document) != NULL)
    return;
  if (box->kind == LEYDEN_ELEMENT_FRAME)
    {
      leyden_canvas_rename (self, box->kind, box->id);
      return;
    }
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  at = leyden_canvas_view_from_world (&self->view, box->bounds.origin.x, box->bounds.origin.y);
  place = (GdkRectangle) { (int) at.x, (int) at.y, (int) (box->bounds.size.width * self->view.scale),
                           (int) (box->bounds.size.height * self->view.scale) };
  popover = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (popover), make_editor (box, &editor));
  g_object_set_data_full (G_OBJECT (popover), "id", g_strdup (box->id), g_free);
  g_object_set_data (G_OBJECT (popover), "editor", editor);
  g_signal_connect (popover, "closed", G_CALLBACK (commit_on_close_cb), self);
  g_signal_connect_swapped (popover, "closed", G_CALLBACK (leyden_canvas_popover_closed), self);
  gtk_widget_set_parent (popover, GTK_WIDGET (self));
  gtk_popover_set_pointing_to (GTK_POPOVER (popover), &place);
  self->popover = popover;
  gtk_popover_popup (GTK_POPOVER (popover));
  gtk_widget_grab_focus (editor);
}
