/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"
#include "leyden-box-view.h"
#include "leyden-catalog.h"
#include "leyden-node-view.h"

G_DEFINE_FINAL_TYPE (LeydenCanvas, leyden_canvas, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_DOCUMENT,
  PROP_SELECTION,
  PROP_TYPES,
  PROP_SHOW_GRID,
  PROP_SNAP_TO_GRID,
  PROP_ZOOM,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  CONFIGURE,
  FAILED,
  MESSAGE,
  ADD_REQUESTED,
  REPAIR,
  SHOW_PROBLEM,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static LeydenDraggedType *
dragged_type_copy (LeydenDraggedType *self)
{
  LeydenDraggedType *copy = g_new0 (LeydenDraggedType, 1);

  copy->type = g_strdup (self->type);
  return copy;
}

static void
dragged_type_free (LeydenDraggedType *self)
{
  g_free (self->type);
  g_free (self);
}

G_DEFINE_BOXED_TYPE (LeydenDraggedType, leyden_dragged_type, dragged_type_copy, dragged_type_free)

/* --- following document and selection --- */

static void
removed_cb (gpointer view,
            gpointer data)
{
  LeydenCanvas *self = data;

  if (LEYDEN_IS_NODE_VIEW (view))
    {
      LeydenCanvasNode *node = leyden_node_view_get_node (view);
      gboolean focused = leyden_canvas_get_focus_node (self, NULL, NULL) == node;

      if (self->hovered != NULL && (self->hovered->source == node || self->hovered->target == node))
        self->hovered = NULL;
      g_ptr_array_remove_fast (self->bound, node);
      if (focused)
        gtk_widget_grab_focus (GTK_WIDGET (self));
      leyden_canvas_unbind (self, node);
    }
  else
    {
      if (gtk_root_get_focus (gtk_widget_get_root (view)) == GTK_WIDGET (view))
        gtk_widget_grab_focus (GTK_WIDGET (self));
      gtk_widget_unparent (view);
    }
}

static void
sync_boxes (LeydenCanvas *self)
{
  GPtrArray *boxes = leyden_canvas_model_get_boxes (self->model);
  GtkWidget *below = NULL;

  for (guint i = 0; i < boxes->len; i++)
    {
      LeydenCanvasBox *box = g_ptr_array_index (boxes, i);

      if (box->view != NULL)
        leyden_box_view_refresh (box->view);
      else
        gtk_widget_set_parent (leyden_box_view_new (self, box), self->backdrop);
      if (gtk_widget_get_prev_sibling (GTK_WIDGET (box->view)) != below)
        gtk_widget_insert_after (GTK_WIDGET (box->view), self->backdrop, below);
      below = GTK_WIDGET (box->view);
    }
  gtk_widget_queue_allocate (self->backdrop);
}

static void
flow_changed_cb (LeydenCanvas *self,
                 LeydenEdit   *edit)
{
  guint n_changes = leyden_edit_get_n_changes (edit);

  if (self->tool != LEYDEN_TOOL_NONE && self->tool != LEYDEN_TOOL_PAN)
    leyden_canvas_pointer_cancel (self);
  self->hovered = self->splice = NULL;
  leyden_canvas_model_follow (self->model, edit, removed_cb, self);
  for (guint i = 0; i < n_changes; i++)
    {
      const LeydenChange *change = leyden_edit_get_change (edit, i);
      LeydenCanvasNode *node = change->kind == LEYDEN_ELEMENT_NODE ? leyden_canvas_model_get_node (self->model, change->id) : NULL;
      LeydenCanvasEdge *edge = change->kind == LEYDEN_ELEMENT_EDGE ? leyden_canvas_model_get_edge (self->model, change->id) : NULL;

      if (node != NULL && node->view != NULL)
        leyden_node_view_refresh (node->view);
      if (edge != NULL && edge->source != NULL && edge->source->view != NULL)
        leyden_node_view_refresh (edge->source->view);
      if (edge != NULL && edge->target != NULL && edge->target->view != NULL)
        leyden_node_view_refresh (edge->target->view);
    }
  /* A removed wire names its ends only in what it was. */
  for (guint i = 0; i < n_changes; i++)
    {
      const LeydenChange *change = leyden_edit_get_change (edit, i);
      static const char * const ends[] = { "source", "target" };

      for (guint end = 0; change->kind == LEYDEN_ELEMENT_EDGE && change->after == NULL && end < 2; end++)
        {
          const char *id = leyden_value_get_member_string (change->before, ends[end], "");
          LeydenCanvasNode *node = leyden_canvas_model_get_node (self->model, id);

          if (node != NULL && node->view != NULL)
            leyden_node_view_refresh (node->view);
        }
    }
  sync_boxes (self);
  gtk_widget_queue_allocate (self->world);
  leyden_canvas_wires_changed (self);
  leyden_canvas_view_changed (self);
}

static void
selection_changed_cb (LeydenCanvas *self)
{
  if (self->model == NULL)
    return;
  for (guint i = 0; i < self->bound->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (self->bound, i);

      leyden_node_view_set_selected (node->view, leyden_selection_contains (self->selection, LEYDEN_ELEMENT_NODE, node->id));
    }
  for (guint i = 0; i < leyden_canvas_model_get_boxes (self->model)->len; i++)
    {
      LeydenCanvasBox *box = g_ptr_array_index (leyden_canvas_model_get_boxes (self->model), i);

      if (box->view != NULL)
        leyden_box_view_set_selected (box->view, leyden_selection_contains (self->selection, box->kind, box->id));
    }
  leyden_canvas_wires_changed (self);
}

static void
drop_model (LeydenCanvas *self)
{
  GtkWidget *child;

  if (self->model == NULL)
    return;
  leyden_canvas_stop_motion (self);
  leyden_canvas_pointer_cancel (self);
  leyden_canvas_rename_finish (self, leyden_document_get_read_only_reason (self->document) == NULL, FALSE);
  g_clear_signal_handler (&self->flow_handler, leyden_canvas_model_get_flow (self->model));
  for (guint i = 0; i < self->bound->len; i++)
    leyden_canvas_unbind (self, g_ptr_array_index (self->bound, i));
  g_ptr_array_set_size (self->bound, 0);
  while ((child = gtk_widget_get_first_child (self->backdrop)) != NULL)
    gtk_widget_unparent (child);
  self->hovered = NULL;
  g_clear_pointer (&self->current, g_free);
  g_clear_pointer (&self->point_edge, g_free);
  leyden_canvas_glide_drop (self);
  g_clear_pointer (&self->model, leyden_canvas_model_free);
}

static void
load_model (LeydenCanvas *self)
{
  LeydenFlow *flow = leyden_document_get_flow (self->document);

  self->model = leyden_canvas_model_new (flow, self->types);
  self->flow_handler = g_signal_connect_swapped (flow, "changed", G_CALLBACK (flow_changed_cb), self);
  sync_boxes (self);
  self->fit_pending = leyden_canvas_get_first_fit (self);
  leyden_canvas_view_changed (self);
}

static void
set_document (LeydenCanvas   *self,
              LeydenDocument *document)
{
  if (self->document == document)
    return;
  drop_model (self);
  g_set_object (&self->document, document);
  if (document != NULL)
    load_model (self);
  leyden_canvas_wires_changed (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DOCUMENT]);
}

static void
set_selection (LeydenCanvas    *self,
               LeydenSelection *selection)
{
  if (self->selection == selection)
    return;
  if (self->selection != NULL)
    g_clear_signal_handler (&self->selection_handler, self->selection);
  g_set_object (&self->selection, selection);
  if (selection != NULL)
    self->selection_handler = g_signal_connect_swapped (selection, "changed", G_CALLBACK (selection_changed_cb), self);
}

/* --- layout and drawing --- */

static void
focus_widget_cb (LeydenCanvas *self)
{
  LeydenCanvasNode *node = leyden_canvas_get_focus_node (self, NULL, NULL);

  if (node == NULL || g_strcmp0 (node->id, self->current) == 0)
    return;
  g_free (self->current);
  self->current = g_strdup (node->id);
}

static void
leyden_canvas_root (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_canvas_parent_class)->root (widget);
  g_signal_connect_object (gtk_widget_get_root (widget), "notify::focus-widget", G_CALLBACK (focus_widget_cb), widget,
                           G_CONNECT_SWAPPED);
}

static void
leyden_canvas_unroot (GtkWidget *widget)
{
  g_signal_handlers_disconnect_by_func (gtk_widget_get_root (widget), focus_widget_cb, widget);
  GTK_WIDGET_CLASS (leyden_canvas_parent_class)->unroot (widget);
}

static void
leyden_canvas_measure (GtkWidget      *widget,
                       GtkOrientation  orientation,
                       int             for_size,
                       int            *minimum,
                       int            *natural,
                       int            *minimum_baseline,
                       int            *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : 120;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 480 : 360;
}

static void
allocate_hint (LeydenCanvas *self,
               int           width,
               int           height)
{
  int natural_width, natural_height, x, y;

  if (!gtk_widget_should_layout (self->hint))
    return;
  gtk_widget_measure (self->hint, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural_width, NULL, NULL);
  natural_width = MIN (natural_width, MAX (width - 16, 1));
  gtk_widget_measure (self->hint, GTK_ORIENTATION_VERTICAL, natural_width, NULL, &natural_height, NULL, NULL);
  if (self->tool == LEYDEN_TOOL_CONNECT && self->connection.by_keyboard && self->connection.target != NULL)
    {
      graphene_point_t at = leyden_canvas_node_get_port_point (self->connection.target, !self->connection.from_output,
                                                               self->connection.target_port);

      self->pointer = leyden_canvas_view_from_world (&self->view, at.x, at.y);
    }
  x = CLAMP ((int) self->pointer.x + 18, 8, MAX (8, width - natural_width - 8));
  y = CLAMP ((int) self->pointer.y + 18, 8, MAX (8, height - natural_height - 8));
  gtk_widget_allocate (self->hint, natural_width, natural_height, -1,
                       gsk_transform_translate (NULL, &GRAPHENE_POINT_INIT ((float) x, (float) y)));
}

static void
leyden_canvas_size_allocate (GtkWidget *widget,
                             int        width,
                             int        height,
                             int        baseline)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  GtkWidget *worlds[] = { self->backdrop, self->world };

  leyden_canvas_fit_allocate (self, width, height);
  for (guint i = 0; i < G_N_ELEMENTS (worlds); i++)
    {
      LeydenCanvasView view = leyden_canvas_get_drawn_view (self);
      graphene_point_t offset = GRAPHENE_POINT_INIT ((float) view.x, (float) view.y);
      GskTransform *transform = gsk_transform_translate (NULL, &offset);

      transform = gsk_transform_scale (transform, (float) self->view.scale, (float) self->view.scale);
      gtk_widget_measure (worlds[i], GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
      gtk_widget_allocate (worlds[i], width, height, -1, transform);
    }
  gtk_widget_measure (self->status, GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
  gtk_widget_allocate (self->status, width, height, -1, NULL);
  allocate_hint (self, width, height);
  leyden_canvas_rename_allocate (self, width);
  if (self->popover != NULL)
    gtk_popover_present (GTK_POPOVER (self->popover));
  leyden_canvas_queue_sync (self);
}

static void
leyden_canvas_snapshot (GtkWidget   *widget,
                        GtkSnapshot *snapshot)
{
  leyden_canvas_draw (LEYDEN_CANVAS (widget), snapshot);
}

static void
leyden_canvas_css_changed (GtkWidget         *widget,
                           GtkCssStyleChange *change)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);

  GTK_WIDGET_CLASS (leyden_canvas_parent_class)->css_changed (widget, change);
  self->style_loaded = FALSE;
  leyden_canvas_wires_changed (self);
  for (guint i = 0; i < self->bound->len; i++)
    gtk_widget_queue_draw (((LeydenCanvasNode *) g_ptr_array_index (self->bound, i))->view);
}

/* --- object --- */

static void
leyden_canvas_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  LeydenCanvas *self = LEYDEN_CANVAS (object);

  switch (prop_id)
    {
    case PROP_DOCUMENT:
      g_value_set_object (value, self->document);
      break;
    case PROP_SELECTION:
      g_value_set_object (value, self->selection);
      break;
    case PROP_TYPES:
      g_value_set_object (value, self->types);
      break;
    case PROP_SHOW_GRID:
      g_value_set_boolean (value, self->show_grid);
      break;
    case PROP_SNAP_TO_GRID:
      g_value_set_boolean (value, self->snap);
      break;
    case PROP_ZOOM:
      g_value_set_double (value, leyden_canvas_get_zoom (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_canvas_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  LeydenCanvas *self = LEYDEN_CANVAS (object);

  switch (prop_id)
    {
    case PROP_DOCUMENT:
      set_document (self, g_value_get_object (value));
      break;
    case PROP_SELECTION:
      set_selection (self, g_value_get_object (value));
      break;
    case PROP_TYPES:
      if (g_value_get_object (value) != NULL)
        g_set_object (&self->types, g_value_get_object (value));
      break;
    case PROP_SHOW_GRID:
      self->show_grid = g_value_get_boolean (value);
      gtk_widget_queue_draw (GTK_WIDGET (self));
      break;
    case PROP_SNAP_TO_GRID:
      self->snap = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
leyden_canvas_dispose (GObject *object)
{
  LeydenCanvas *self = LEYDEN_CANVAS (object);

  drop_model (self);
  g_clear_object (&self->document);
  set_selection (self, NULL);
  g_clear_object (&self->types);
  g_clear_handle_id (&self->sharp_id, g_source_remove);
  g_clear_handle_id (&self->press_id, g_source_remove);
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  g_clear_pointer (&self->rename, gtk_widget_unparent);
  g_ptr_array_set_size (self->pool, 0);
  g_clear_pointer (&self->hint, gtk_widget_unparent);
  g_clear_pointer (&self->status, gtk_widget_unparent);
  g_clear_pointer (&self->world, gtk_widget_unparent);
  g_clear_pointer (&self->backdrop, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_canvas_parent_class)->dispose (object);
}

static void
leyden_canvas_finalize (GObject *object)
{
  LeydenCanvas *self = LEYDEN_CANVAS (object);

  g_ptr_array_unref (self->pool);
  g_ptr_array_unref (self->bound);
  leyden_rasters_free (self->rasters);
  leyden_painter_clear (&self->pictures[0]);
  leyden_painter_clear (&self->pictures[1]);
  g_array_unref (self->moves);
  g_array_unref (self->stroke);
  g_ptr_array_unref (self->crossed);
  g_free (self->current);
  g_free (self->pending.node);
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  g_clear_pointer (&self->node_marks, g_hash_table_unref);
  g_clear_pointer (&self->edge_marks, g_hash_table_unref);
  G_OBJECT_CLASS (leyden_canvas_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  properties[PROP_DOCUMENT] = g_param_spec_object ("document", NULL, NULL, LEYDEN_TYPE_DOCUMENT, flags);
  properties[PROP_SELECTION] = g_param_spec_object ("selection", NULL, NULL, LEYDEN_TYPE_SELECTION, flags);
  properties[PROP_TYPES] = g_param_spec_object ("types", NULL, NULL, LEYDEN_TYPE_NODE_TYPES, flags);
  properties[PROP_SHOW_GRID] = g_param_spec_boolean ("show-grid", NULL, NULL, TRUE, flags);
  properties[PROP_SNAP_TO_GRID] = g_param_spec_boolean ("snap-to-grid", NULL, NULL, TRUE, flags);
  properties[PROP_ZOOM] = g_param_spec_double ("zoom", NULL, NULL, 0, 100, 1, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
install_signals (GType type)
{
  signals[CONFIGURE] = g_signal_new ("configure", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[FAILED] = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[MESSAGE] = g_signal_new ("message", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[ADD_REQUESTED] = g_signal_new ("add-requested", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[REPAIR] = g_signal_new ("repair", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[SHOW_PROBLEM] = g_signal_new ("show-problem", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
leyden_canvas_class_init (LeydenCanvasClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = leyden_canvas_get_property;
  object_class->set_property = leyden_canvas_set_property;
  object_class->dispose = leyden_canvas_dispose;
  object_class->finalize = leyden_canvas_finalize;
  widget_class->measure = leyden_canvas_measure;
  widget_class->size_allocate = leyden_canvas_size_allocate;
  widget_class->snapshot = leyden_canvas_snapshot;
  widget_class->css_changed = leyden_canvas_css_changed;
  widget_class->focus = leyden_canvas_move_focus;
  widget_class->root = leyden_canvas_root;
  widget_class->unroot = leyden_canvas_unroot;
  install_properties (object_class);
  install_signals (G_TYPE_FROM_CLASS (klass));

  gtk_widget_class_set_css_name (widget_class, "flowcanvas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
  leyden_actions_bind (widget_class, "canvas");
  leyden_canvas_class_add_keys (widget_class);
  leyden_canvas_class_add_ports (widget_class);
  leyden_canvas_class_add_wires (widget_class);
  leyden_canvas_class_add_clipboard (widget_class);
  leyden_canvas_class_add_motion (widget_class);
  leyden_canvas_class_add_arrange (widget_class);
  leyden_canvas_class_add_picture (widget_class);
  leyden_canvas_class_add_group (widget_class);
  leyden_canvas_class_add_bookmarks (widget_class);
  leyden_canvas_class_add_rename (widget_class);
  leyden_canvas_class_add_replace (widget_class);
  leyden_canvas_class_add_insert (widget_class);
  leyden_canvas_class_add_mode (widget_class);
  leyden_canvas_class_add_run (widget_class);
  leyden_canvas_class_add_marks (widget_class);
  leyden_canvas_class_add_port_menu (widget_class);
  leyden_canvas_class_add_reconnect (widget_class);
  leyden_canvas_class_add_convert (widget_class);
  leyden_canvas_class_add_problems (widget_class);
  leyden_canvas_class_add_points (widget_class);
  leyden_canvas_class_add_align (widget_class);
  leyden_canvas_class_add_links (widget_class);
  leyden_canvas_class_add_color (widget_class);
}

static void
leyden_canvas_init (LeydenCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  self->view.scale = 1;
  self->show_grid = self->snap = TRUE;
  self->types = g_object_ref (LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  self->selection = NULL;
  self->pool = g_ptr_array_new ();
  self->bound = g_ptr_array_new ();
  self->rasters = leyden_rasters_new ();
  self->moves = g_array_new (FALSE, FALSE, sizeof (LeydenCanvasMove));
  self->stroke = g_array_new (FALSE, FALSE, sizeof (graphene_point_t));
  self->crossed = g_ptr_array_new ();

  gtk_widget_set_overflow (widget, GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_hexpand (widget, TRUE);
  gtk_widget_set_vexpand (widget, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Canvas"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  _("Nodes and ports that are in view at a readable size. The outline (Alt+2) has every node, port and wire."), -1);

  self->backdrop = leyden_canvas_world_new ();
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->backdrop), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Frames and notes"), -1);
  gtk_widget_set_parent (self->backdrop, widget);
  self->world = leyden_canvas_world_new ();
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->world), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Nodes"), -1);
  gtk_widget_set_parent (self->world, widget);
  self->hint = g_object_new (GTK_TYPE_LABEL, "visible", FALSE, "wrap", TRUE, "max-width-chars", 48, "can-target", FALSE, NULL);
  gtk_widget_add_css_class (self->hint, "canvashint");
  gtk_widget_set_parent (self->hint, widget);
  self->status = g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, "can-target", FALSE,
                               "opacity", 0.0, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  gtk_widget_set_parent (self->status, widget);
  leyden_canvas_add_pointer (self);
  leyden_canvas_add_drop (self);
}

/* --- public --- */

GtkWidget *
leyden_canvas_new (void)
{
  return g_object_new (LEYDEN_TYPE_CANVAS, NULL);
}

LeydenCanvasModel *
leyden_canvas_get_model (LeydenCanvas *self)
{
  g_return_val_if_fail (LEYDEN_IS_CANVAS (self), NULL);
  return self->model;
}

double
leyden_canvas_get_zoom (LeydenCanvas *self)
{
  g_return_val_if_fail (LEYDEN_IS_CANVAS (self), 1);
  return self->view.scale / leyden_canvas_get_text_scale (self);
}

void
leyden_canvas_zoom_to (LeydenCanvas *self,
                       double        zoom)
{
  GtkWidget *widget = GTK_WIDGET (self);

  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  g_return_if_fail (zoom > 0);

  leyden_canvas_zoom_around (self, zoom * leyden_canvas_get_text_scale (self) / leyden_canvas_get_goal (self).scale,
                             gtk_widget_get_width (widget) / 2.0, gtk_widget_get_height (widget) / 2.0);
}

void
leyden_canvas_look (LeydenCanvas *self,
                    double        zoom,
                    double        x,
                    double        y)
{
  double scale;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  g_return_if_fail (zoom > 0);

  scale = zoom * leyden_canvas_get_text_scale (self);
  leyden_canvas_stop_motion (self);
  self->view = (LeydenCanvasView) { scale, -x * scale, -y * scale };
  self->fit_pending = LEYDEN_CANVAS_FIT_NONE;
  leyden_canvas_view_changed (self);
}

gboolean
leyden_canvas_is_settled (LeydenCanvas *self)
{
  g_return_val_if_fail (LEYDEN_IS_CANVAS (self), TRUE);
  return self->sync_id == 0 && self->motion.tick_id == 0 && self->fit_pending == LEYDEN_CANVAS_FIT_NONE && !self->rough && self->n_unsharp == 0;
}

void
leyden_canvas_cancel (LeydenCanvas *self)
{
  g_return_if_fail (LEYDEN_IS_CANVAS (self));

  if (self->model != NULL)
    leyden_canvas_pointer_cancel (self);
}

void
leyden_canvas_show_element (LeydenCanvas      *self,
                            LeydenElementKind  kind,
                            const char        *id)
{
  LeydenCanvasNode *node;
  LeydenCanvasEdge *edge;
  LeydenCanvasBox *box;
  graphene_rect_t bounds;
  GtkWidget *widget = GTK_WIDGET (self);

  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  if (self->model == NULL)
    return;
  node = kind == LEYDEN_ELEMENT_NODE ? leyden_canvas_model_get_node (self->model, id) : NULL;
  edge = kind == LEYDEN_ELEMENT_EDGE ? leyden_canvas_model_get_edge (self->model, id) : NULL;
  box = kind == LEYDEN_ELEMENT_FRAME || kind == LEYDEN_ELEMENT_NOTE ? leyden_canvas_model_get_box (self->model, kind, id) : NULL;
  if (node == NULL && edge == NULL && box == NULL)
    return;
  leyden_selection_set (self->selection, kind, id);
  if (node != NULL)
    {
      leyden_canvas_focus_node (self, node);
      return;
    }
  bounds = edge != NULL ? leyden_canvas_edge_get_bounds (edge) : box->bounds;
  leyden_canvas_reveal (self, &bounds);
  if (box != NULL && box->view != NULL)
    gtk_widget_grab_focus (box->view);
  else
    gtk_widget_grab_focus (widget);
}
