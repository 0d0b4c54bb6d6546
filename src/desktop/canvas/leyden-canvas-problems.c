/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-problem-box.h"
#include "leyden-text.h"

/* The problems of a node, at the node: what its badge opens. Repairs and where to go are asked of the window, as the list of all problems
 * does it. */

#define WIDTH 260
#define MANY 3                  /* problems that are shown whole; more are scrolled */
#define HEIGHT 320

/* Where a problem is seen in the flow at @scope: its own node, the one that its wire goes to, or the container that it is inside of. */
LeydenCanvasNode *
leyden_canvas_find_problem_node (LeydenCanvas         *self,
                                 const LeydenProblem  *problem,
                                 char                **scope)
{
  LeydenCanvasEdge *edge;
  guint depth = 0;

  for (; scope[depth] != NULL; depth++)
    if (g_strcmp0 (problem->scope[depth], scope[depth]) != 0)
      return NULL;
  if (problem->scope[depth] != NULL)
    return leyden_canvas_model_get_node (self->model, problem->scope[depth]);
  if (problem->kind == LEYDEN_ELEMENT_NODE)
    return leyden_canvas_model_get_node (self->model, problem->id);
  edge = problem->kind == LEYDEN_ELEMENT_EDGE ? leyden_canvas_model_get_edge (self->model, problem->id) : NULL;
  if (edge == NULL)
    return NULL;
  return edge->target != NULL ? edge->target : edge->source;
}

/* "Prompt": the port or the parameter that it is about. (transfer full) (nullable) */
static char *
dup_place (LeydenCanvasNode    *node,
           const LeydenProblem *problem)
{
  const LeydenPort *port;
  const LeydenParameter *parameter;

  if (problem->port == NULL)
    return NULL;
  port = leyden_ports_find (node->inputs, problem->port);
  if (port == NULL)
    port = leyden_ports_find (node->outputs, problem->port);
  parameter = port == NULL && node->type != NULL ? leyden_node_type_find_parameter (node->type, problem->port) : NULL;
  return leyden_text_display (port != NULL ? port->title : parameter != NULL ? parameter->title : problem->port, -1, 60, FALSE);
}

static void
repair_cb (GtkWidget    *button,
           LeydenCanvas *self)
{
  const LeydenProblem *problem = g_object_get_data (G_OBJECT (button), "problem");

  gtk_popover_popdown (GTK_POPOVER (self->popover));
  g_signal_emit_by_name (self, "repair", problem);
}

static void
activated_cb (GtkListBox    *list,
              GtkListBoxRow *row,
              LeydenCanvas  *self)
{
  const LeydenProblem *problem = g_object_get_data (G_OBJECT (row), "problem");

  gtk_popover_popdown (GTK_POPOVER (self->popover));
  g_signal_emit_by_name (self, "show-problem", problem);
}

static void
add_problem (LeydenCanvas        *self,
             GtkListBox          *list,
             LeydenCanvasNode    *node,
             const LeydenProblem *problem)
{
  g_autofree char *place = dup_place (node, problem);
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *repair = NULL;

  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), leyden_problem_box_new (problem, place, TRUE, &repair));
  g_object_set_data (G_OBJECT (row), "problem", (gpointer) problem);
  if (repair != NULL)
    {
      g_object_set_data (G_OBJECT (repair), "problem", (gpointer) problem);
      g_signal_connect_object (repair, "clicked", G_CALLBACK (repair_cb), self, 0);
    }
  gtk_list_box_append (list, row);
}

static GtkWidget *
scroll (GtkWidget *list)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), list);
  gtk_widget_set_size_request (scroller, WIDTH, HEIGHT);
  return scroller;
}

static GtkWidget *
make_list (LeydenCanvas     *self,
           LeydenCanvasNode *node)
{
  g_auto(GStrv) scope = leyden_flow_dup_scope (leyden_canvas_model_get_flow (self->model));
  GtkWidget *list = gtk_list_box_new ();
  guint n = 0;

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "problems");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Problems"), -1);
  for (guint i = 0; self->problems != NULL && i < self->problems->len; i++)
    {
      const LeydenProblem *problem = g_ptr_array_index (self->problems, i);

      if (leyden_canvas_find_problem_node (self, problem, scope) == node)
        {
          add_problem (self, GTK_LIST_BOX (list), node, problem);
          n++;
        }
    }
  g_signal_connect_object (list, "row-activated", G_CALLBACK (activated_cb), self, 0);
  gtk_widget_set_size_request (list, WIDTH, -1);
  return n > MANY ? scroll (list) : list;
}

/* A popover asks for the height of wrapped text before its width is known, and would cut the last line. */
static void
fix_size (GtkWidget *child)
{
  int width, height;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &width, NULL, NULL);
  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, NULL, &height, NULL, NULL);
  gtk_widget_set_size_request (child, width, height);
}

/* Upper left of the badge in the node, and its size. */
static graphene_rect_t
get_badge (const LeydenCanvasNode *node)
{
  const graphene_rect_t *bounds = &node->item.bounds;

  return GRAPHENE_RECT_INIT (bounds->origin.x + bounds->size.width - 30, bounds->origin.y + 10, 24, 24);
}

void
leyden_canvas_show_problems (LeydenCanvas     *self,
                             LeydenCanvasNode *node)
{
  graphene_rect_t badge = get_badge (node);
  graphene_point_t at = leyden_canvas_view_from_world (&self->view, badge.origin.x, badge.origin.y);
  GdkRectangle place = { (int) at.x, (int) at.y, (int) (badge.size.width * self->view.scale), (int) (badge.size.height * self->view.scale) };
  /* The rows name problems of this list, which another check may replace meanwhile. */
  GPtrArray *kept = self->problems != NULL ? g_ptr_array_ref (self->problems) : NULL;

  g_clear_pointer (&self->popover, gtk_widget_unparent);
  self->popover = gtk_popover_new ();
  if (kept != NULL)
    g_object_set_data_full (G_OBJECT (self->popover), "problems", kept, (GDestroyNotify) g_ptr_array_unref);
  gtk_popover_set_child (GTK_POPOVER (self->popover), make_list (self, node));
  gtk_widget_set_parent (self->popover, GTK_WIDGET (self));
  fix_size (gtk_popover_get_child (GTK_POPOVER (self->popover)));
  leyden_canvas_point_popover (self, self->popover, &place);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->popover), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Problems"), -1);
  g_signal_connect_swapped (self->popover, "closed", G_CALLBACK (leyden_canvas_popover_closed), self);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

gboolean
leyden_canvas_click_problems (LeydenCanvas     *self,
                              LeydenCanvasNode *node,
                              graphene_point_t  at)
{
  graphene_rect_t badge = get_badge (node);

  if (node->n_errors + node->n_warnings == 0 || !graphene_rect_contains_point (&badge, &at))
    return FALSE;
  leyden_canvas_show_problems (self, node);
  return TRUE;
}

static void
problems_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  LeydenCanvasNode *node = leyden_canvas_get_focus_node (self, NULL, NULL);
  LeydenElementKind kind;
  const char *id;

  if (self->model == NULL)
    return;
  if (node == NULL && leyden_selection_get_single (self->selection, &kind, &id) && kind == LEYDEN_ELEMENT_NODE)
    node = leyden_canvas_model_get_node (self->model, id);
  if (node != NULL && node->n_errors + node->n_warnings > 0)
    leyden_canvas_show_problems (self, node);
  else
    {
      leyden_canvas_say (self, _("No problems here"));
      gtk_widget_error_bell (widget);
    }
}

void
leyden_canvas_class_add_problems (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.problems", NULL, problems_action);
}
