/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-outline.h"

#include <glib/gi18n-lib.h>

#include "leyden-action-table.h"
#include "leyden-catalog.h"
#include "leyden-desktop.h"
#include "leyden-outline-row.h"

/* More of what is inside containers is not listed: it is seen when one is opened. */
#define MAX_ROWS 200000

struct _LeydenOutline
{
  GtkWidget          parent_instance;

  GtkWidget         *box;
  GtkStack          *stack;
  GtkListView       *list;
  GtkStringList     *ids;               /* in the order in which they run */
  GtkMultiSelection *model;
  LeydenCanvas      *canvas;
  LeydenSelection   *selection;
  LeydenFlow        *flow;
  GPtrArray         *rows;              /* LeydenOutlineRow that exist, not owned */
  guint              reload_id;
  gboolean           show_parts;        /* ports and wires too */
  gboolean           syncing;
};

G_DEFINE_FINAL_TYPE (LeydenOutline, leyden_outline, GTK_TYPE_WIDGET)

enum
{
  CONFIGURE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* An item of the list is a node by its path ("solve/check"), or a part of a node that is shown: its id, then what of it, then which:
 *   in N, out N   the Nth port of that side
 *   wire ID       a wire that begins at the node
 * with LEYDEN_OUTLINE_SEPARATOR between. */

/* --- rows --- */

static void
setup_cb (GtkSignalListItemFactory *factory,
          GtkListItem              *item,
          LeydenOutline            *self)
{
  GtkWidget *row = leyden_outline_row_new (self->canvas);

  gtk_list_item_set_child (item, row);
  g_ptr_array_add (self->rows, row);
}

static void
bind_cb (GtkSignalListItemFactory *factory,
         GtkListItem              *item,
         LeydenOutline            *self)
{
  leyden_outline_row_set_id (LEYDEN_OUTLINE_ROW (gtk_list_item_get_child (item)),
                             gtk_string_object_get_string (gtk_list_item_get_item (item)));
}

static void
teardown_cb (GtkSignalListItemFactory *factory,
             GtkListItem              *item,
             LeydenOutline            *self)
{
  g_ptr_array_remove_fast (self->rows, gtk_list_item_get_child (item));
}

/* --- content --- */

/* What is in a container stands below it, by paths ("solve/check"). */
static void
add_inside (GPtrArray  *ids,
            LeydenFlow *flow,
            const char *path,
            const char *id)
{
  LeydenFlow *body = ids->len < MAX_ROWS ? leyden_flow_get_body (flow, id) : NULL;
  g_autoptr(LeydenFlowOrder) order = NULL;
  GPtrArray *nodes;

  if (body == NULL)
    return;
  order = leyden_flow_order_new (body, LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  nodes = leyden_flow_order_get_nodes (order);
  for (guint i = 0; i < nodes->len; i++)
    {
      const char *inner = leyden_node_get_id (g_ptr_array_index (nodes, i));
      char *inner_path = g_strconcat (path, "/", inner, NULL);

      g_ptr_array_add (ids, inner_path);
      add_inside (ids, body, inner_path, inner);
    }
}

static void
add_part (GPtrArray  *ids,
          const char *id,
          const char *what,
          const char *which)
{
  if (ids->len < MAX_ROWS)
    g_ptr_array_add (ids, g_strjoin (LEYDEN_OUTLINE_SEPARATOR, id, what, which, NULL));
}

/* Its ports, and below each output the wires that begin there. */
static void
add_parts (LeydenOutline    *self,
           GPtrArray        *ids,
           LeydenCanvasNode *node)
{
  for (guint direction = 0; node != NULL && self->show_parts && direction < 2; direction++)
    for (guint port = 0; port < (direction ? node->outputs : node->inputs)->len; port++)
      {
        g_autofree char *number = g_strdup_printf ("%u", port);
        g_autoptr(GPtrArray) edges = direction ? leyden_canvas_node_list_edges (node, TRUE, port) : NULL;

        add_part (ids, node->id, direction ? "out" : "in", number);
        for (guint i = 0; edges != NULL && i < edges->len; i++)
          add_part (ids, node->id, "wire", ((LeydenCanvasEdge *) g_ptr_array_index (edges, i))->id);
      }
}

static GStrv
list_ids (LeydenOutline *self)
{
  LeydenCanvasModel *model = leyden_canvas_get_model (self->canvas);
  g_autoptr(LeydenFlowOrder) order = NULL;
  g_autoptr(GPtrArray) ids = g_ptr_array_new ();
  GPtrArray *nodes;

  if (model == NULL)
    return NULL;
  order = leyden_flow_order_new (leyden_canvas_model_get_flow (model), LEYDEN_NODE_TYPES (leyden_catalog_get_default ()));
  nodes = leyden_flow_order_get_nodes (order);
  for (guint i = 0; i < nodes->len; i++)
    {
      const char *id = leyden_node_get_id (g_ptr_array_index (nodes, i));

      g_ptr_array_add (ids, g_strdup (id));
      add_parts (self, ids, leyden_canvas_model_get_node (model, id));
      add_inside (ids, leyden_canvas_model_get_flow (model), id, id);
    }
  /* What is on a cycle has no place in the order; it comes last. */
  nodes = leyden_canvas_model_get_nodes (model);
  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *node = g_ptr_array_index (nodes, i);

      if (leyden_flow_order_get_rank (order, node->id) < 0)
        {
          g_ptr_array_add (ids, g_strdup (node->id));
          add_parts (self, ids, node);
        }
    }
  g_ptr_array_add (ids, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
}

static gboolean
is_same (LeydenOutline *self,
         GStrv          ids)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->ids));

  if (n != g_strv_length (ids))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!g_str_equal (gtk_string_list_get_string (self->ids, i), ids[i]))
      return FALSE;
  return TRUE;
}

static void
selection_to_list (LeydenOutline *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->ids));
  g_autoptr(GtkBitset) selected = gtk_bitset_new_empty ();
  g_autoptr(GtkBitset) mask = gtk_bitset_new_range (0, n);

  if (self->syncing || self->selection == NULL)
    return;
  for (guint i = 0; i < n; i++)
    {
      const char *id = gtk_string_list_get_string (self->ids, i);
      const char *wire = leyden_outline_get_wire (id);

      if (wire != NULL ? leyden_selection_contains (self->selection, LEYDEN_ELEMENT_EDGE, wire)
                       : leyden_selection_contains (self->selection, LEYDEN_ELEMENT_NODE, id))
        gtk_bitset_add (selected, i);
    }
  self->syncing = TRUE;
  gtk_selection_model_set_selection (GTK_SELECTION_MODEL (self->model), selected, mask);
  self->syncing = FALSE;
}

static void
list_to_selection_cb (LeydenOutline *self)
{
  g_autoptr(GtkBitset) selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->model));
  GtkBitsetIter iter;
  guint at;

  if (self->syncing || self->selection == NULL)
    return;
  self->syncing = TRUE;
  leyden_selection_freeze (self->selection);
  leyden_selection_clear (self->selection);
  for (gboolean more = gtk_bitset_iter_init_first (&iter, selected, &at); more; more = gtk_bitset_iter_next (&iter, &at))
    {
      const char *id = gtk_string_list_get_string (self->ids, at);
      const char *wire = leyden_outline_get_wire (id);
      g_autofree char *node = g_strndup (id, strcspn (id, LEYDEN_OUTLINE_SEPARATOR));

      /* A port is no element: its node is meant. */
      if (wire != NULL)
        leyden_selection_add (self->selection, LEYDEN_ELEMENT_EDGE, wire);
      else
        leyden_selection_add (self->selection, LEYDEN_ELEMENT_NODE, node);
    }
  leyden_selection_thaw (self->selection);
  self->syncing = FALSE;
}

static gboolean
reload_cb (gpointer data)
{
  LeydenOutline *self = data;
  g_auto(GStrv) ids = list_ids (self);

  self->reload_id = 0;
  if (ids == NULL || ids[0] == NULL)
    gtk_string_list_splice (self->ids, 0, g_list_model_get_n_items (G_LIST_MODEL (self->ids)), NULL);
  else if (is_same (self, ids))
    for (guint i = 0; i < self->rows->len; i++)
      leyden_outline_row_refresh (g_ptr_array_index (self->rows, i));
  else
    {
      self->syncing = TRUE;
      gtk_string_list_splice (self->ids, 0, g_list_model_get_n_items (G_LIST_MODEL (self->ids)), (const char * const *) ids);
      self->syncing = FALSE;
      selection_to_list (self);
    }
  gtk_stack_set_visible_child_name (self->stack, g_list_model_get_n_items (G_LIST_MODEL (self->ids)) > 0 ? "list" : "empty");
  return G_SOURCE_REMOVE;
}

static void
queue_reload (LeydenOutline *self)
{
  if (self->reload_id == 0 && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->reload_id = g_idle_add (reload_cb, self);
}

static void
leyden_outline_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (leyden_outline_parent_class)->map (widget);
  queue_reload (LEYDEN_OUTLINE (widget));
}

static void
activate_cb (LeydenOutline *self,
             guint          position)
{
  const char *id = gtk_string_list_get_string (self->ids, position);
  LeydenCanvasModel *model = leyden_canvas_get_model (self->canvas);
  gboolean output;
  g_autofree char *node = NULL;
  int port = leyden_outline_get_port (id, &node, &output);

  if (port >= 0)
    {
      leyden_canvas_choose_target (self->canvas, node, output, port);
      return;
    }
  if (leyden_outline_get_wire (id) != NULL)
    {
      leyden_selection_set (self->selection, LEYDEN_ELEMENT_EDGE, leyden_outline_get_wire (id));
      return;
    }
  if (model != NULL && leyden_canvas_model_get_node (model, id) == NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.show-path", "s", id);
  else
    g_signal_emit (self, signals[CONFIGURE], 0, id);
}

/* --- keys: as on the canvas --- */

/* Where something is typed or chosen on the canvas itself, or the keys go there: it must be seen. */
static gboolean
needs_canvas (const char *action)
{
  static const char * const there[] = {
    "canvas.rename", "canvas.insert", "canvas.insert-at", "canvas.insert-for-port", "canvas.replace-node", "canvas.problems", "canvas.add-note",
    "canvas.add-frame", "canvas.add-point", "canvas.next-point", "canvas.next-box", "canvas.go-bookmark", "canvas.connect-by", NULL
  };

  return g_strv_contains (there, action);
}

static void
show_canvas (LeydenOutline *self)
{
  LeydenElementKind kind;
  const char *id;

  gtk_widget_activate_action (GTK_WIDGET (self), "win.view", "s", "canvas");
  if (self->selection != NULL && leyden_selection_get_single (self->selection, &kind, &id))
    {
      g_autofree char *copy = g_strdup (id);

      leyden_canvas_show_element (self->canvas, kind, copy);
    }
  else
    gtk_widget_grab_focus (GTK_WIDGET (self->canvas));
}

/* What the canvas can do the outline can do: the same action, on what is selected. */
static void
forward_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  LeydenOutline *self = LEYDEN_OUTLINE (widget);

  if (needs_canvas (name))
    show_canvas (self);
  gtk_widget_activate_action_variant (GTK_WIDGET (self->canvas), name, parameter);
}

/* All but what is about places, going in space, and what is another thing here. */
static void
install_canvas_actions (GtkWidgetClass *klass)
{
  static const char * const not[] = { "canvas.focus", "canvas.menu", "canvas.connect", NULL };
  g_autoptr(GTypeClass) canvas = g_type_class_ref (LEYDEN_TYPE_CANVAS);
  const GVariantType *type;
  const char *name, *property;
  GType owner;

  for (guint i = 0; gtk_widget_class_query_action (GTK_WIDGET_CLASS (canvas), i, &owner, &name, &type, &property); i++)
    if (g_str_has_prefix (name, "canvas.") && !g_strv_contains (not, name))
      {
        g_autofree char *signature = type != NULL ? g_variant_type_dup_string (type) : NULL;

        gtk_widget_class_install_action (klass, name, signature, forward_action);
      }
}

static void
show_parts_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  LeydenOutline *self = LEYDEN_OUTLINE (widget);

  self->show_parts = !self->show_parts;
  queue_reload (self);
}

static LeydenOutlineRow *
get_focus_row (LeydenOutline *self)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));

  for (guint i = 0; focus != NULL && i < self->rows->len; i++)
    {
      GtkWidget *row = g_ptr_array_index (self->rows, i);

      if (gtk_widget_get_parent (row) == focus || gtk_widget_is_ancestor (focus, row))
        return LEYDEN_OUTLINE_ROW (row);
    }
  return NULL;
}

static void
connect_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  LeydenOutline *self = LEYDEN_OUTLINE (widget);
  LeydenOutlineRow *row = get_focus_row (self);
  LeydenCanvasNode *node = leyden_canvas_get_current_node (self->canvas);

  if (row != NULL)
    leyden_outline_row_connect (row);
  else if (node != NULL)
    leyden_canvas_choose_target (self->canvas, node->id, FALSE, -1);
}

static void
menu_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenOutlineRow *row = get_focus_row (LEYDEN_OUTLINE (widget));

  if (row != NULL)
    leyden_outline_row_popup (row);
}

/* --- class --- */

static void
leyden_outline_dispose (GObject *object)
{
  LeydenOutline *self = LEYDEN_OUTLINE (object);

  g_clear_handle_id (&self->reload_id, g_source_remove);
  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_object (&self->selection);
  if (self->flow != NULL)
    g_signal_handlers_disconnect_by_data (self->flow, self);
  g_clear_object (&self->flow);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_outline_parent_class)->dispose (object);
}

static void
leyden_outline_finalize (GObject *object)
{
  g_ptr_array_unref (LEYDEN_OUTLINE (object)->rows);
  G_OBJECT_CLASS (leyden_outline_parent_class)->finalize (object);
}

static void
leyden_outline_class_init (LeydenOutlineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_outline_dispose;
  G_OBJECT_CLASS (klass)->finalize = leyden_outline_finalize;
  widget_class->map = leyden_outline_map;
  signals[CONFIGURE] = g_signal_new ("configure", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-outline.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenOutline, box);
  gtk_widget_class_bind_template_child (widget_class, LeydenOutline, stack);
  gtk_widget_class_bind_template_child (widget_class, LeydenOutline, list);
  gtk_widget_class_bind_template_child (widget_class, LeydenOutline, ids);
  gtk_widget_class_bind_template_child (widget_class, LeydenOutline, model);
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_cb);
  gtk_widget_class_bind_template_callback (widget_class, teardown_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, list_to_selection_cb);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "flowoutline");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
  install_canvas_actions (widget_class);
  gtk_widget_class_install_action (widget_class, "canvas.connect", NULL, connect_action);
  gtk_widget_class_install_action (widget_class, "canvas.menu", NULL, menu_action);
  gtk_widget_class_install_action (widget_class, "outline.show-parts", NULL, show_parts_action);
  leyden_actions_bind (widget_class, "canvas");
  leyden_actions_bind (widget_class, "outline");
}

static void
leyden_outline_init (LeydenOutline *self)
{
  self->rows = g_ptr_array_new ();
  self->show_parts = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
leyden_outline_new (void)
{
  return g_object_new (LEYDEN_TYPE_OUTLINE, NULL);
}

void
leyden_outline_set_canvas (LeydenOutline   *self,
                           LeydenCanvas    *canvas,
                           LeydenSelection *selection)
{
  g_return_if_fail (LEYDEN_IS_OUTLINE (self));
  g_return_if_fail (self->canvas == NULL);

  self->canvas = canvas;
  self->selection = g_object_ref (selection);
  g_signal_connect_swapped (selection, "changed", G_CALLBACK (selection_to_list), self);
}

void
leyden_outline_reload (LeydenOutline *self)
{
  LeydenCanvasModel *model = leyden_canvas_get_model (self->canvas);
  LeydenFlow *flow = model != NULL ? leyden_canvas_model_get_flow (model) : NULL;

  g_return_if_fail (LEYDEN_IS_OUTLINE (self));

  if (self->flow != flow)
    {
      if (self->flow != NULL)
        g_signal_handlers_disconnect_by_data (self->flow, self);
      g_set_object (&self->flow, flow);
      if (flow != NULL)
        g_signal_connect_swapped (flow, "changed", G_CALLBACK (queue_reload), self);
    }
  queue_reload (self);
}

gboolean
leyden_outline_take_focus (LeydenOutline *self)
{
  g_return_val_if_fail (LEYDEN_IS_OUTLINE (self), FALSE);
  return gtk_widget_child_focus (GTK_WIDGET (self->list), GTK_DIR_TAB_FORWARD);
}
