/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-canvas-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-chooser.h"
#include "leyden-fuzzy.h"
#include "leyden-text.h"

/* Wires drawn and taken away by choosing from a list: what a person does who has no pointer, or does not see the canvas. */

#define MAX_YES 60              /* listed */
#define MAX_NO 40
#define MAX_JUDGED 800          /* looked at for a query, best first */

/* A wire that could be: from one of our ports to a port of another node. Named, not pointed at: an edit may come between. */
typedef struct
{
  char     *source, *source_port, *target, *target_port;
  char     *title;
  char     *folded;
  double    distance;
  guint     score;              /* for the query */
} Way;

typedef struct
{
  LeydenCanvas *canvas;
  gboolean      one_port;       /* all ways begin at one port: what does not fit is listed too */
  GPtrArray    *ways;           /* Way */
} Ways;

static void
way_free (gpointer data)
{
  Way *self = data;

  g_free (self->source);
  g_free (self->source_port);
  g_free (self->target);
  g_free (self->target_port);
  g_free (self->title);
  g_free (self->folded);
  g_free (self);
}

static void
ways_free (gpointer data)
{
  Ways *self = data;

  g_object_unref (self->canvas);
  g_ptr_array_unref (self->ways);
  g_free (self);
}

static char *
dup_port_title (LeydenCanvasNode *node,
                gboolean          output,
                guint             port)
{
  return leyden_text_display (((LeydenPort *) g_ptr_array_index (output ? node->outputs : node->inputs, port))->title, -1, 60, FALSE);
}

static double
get_distance (LeydenCanvasNode *a,
              LeydenCanvasNode *b)
{
  graphene_point_t one, two;

  graphene_rect_get_center (&a->item.bounds, &one);
  graphene_rect_get_center (&b->item.bounds, &two);
  return hypot (one.x - two.x, one.y - two.y);
}

static void
add_way (Ways             *self,
         LeydenCanvasNode *node,
         gboolean          output,
         guint             port,
         LeydenCanvasNode *far,
         const char       *far_title,
         guint             far_port)
{
  const LeydenPort *ours = g_ptr_array_index (output ? node->outputs : node->inputs, port);
  const LeydenPort *theirs = g_ptr_array_index (output ? far->inputs : far->outputs, far_port);
  g_autofree char *our_title = dup_port_title (node, output, port);
  g_autofree char *their_title = dup_port_title (far, !output, far_port);
  g_autofree char *place = g_strdup_printf (_("%s, %s"), far_title, their_title);
  Way *way = g_new0 (Way, 1);

  way->source = g_strdup (output ? node->id : far->id);
  way->source_port = g_strdup (output ? ours->name : theirs->name);
  way->target = g_strdup (output ? far->id : node->id);
  way->target_port = g_strdup (output ? theirs->name : ours->name);
  way->distance = get_distance (node, far);
  if (self->one_port)
    way->title = g_steal_pointer (&place);
  else
    way->title = g_strdup_printf (output ? _("%s to %s") : _("%s from %s"), our_title, place);
  way->folded = leyden_fuzzy_fold (way->title);
  g_ptr_array_add (self->ways, way);
}

static void
add_ways (Ways             *self,
          LeydenCanvasNode *node,
          gboolean          output,
          guint             port)
{
  GPtrArray *nodes = leyden_canvas_model_get_nodes (self->canvas->model);

  for (guint i = 0; i < nodes->len; i++)
    {
      LeydenCanvasNode *far = g_ptr_array_index (nodes, i);
      guint n = (output ? far->inputs : far->outputs)->len;
      g_autofree char *title = far != node && n > 0 ? leyden_canvas_node_dup_title (far) : NULL;

      for (guint far_port = 0; title != NULL && far_port < n; far_port++)
        add_way (self, node, output, port, far, title, far_port);
    }
}

static int
compare_ways (gconstpointer a,
              gconstpointer b)
{
  const Way *one = *(Way * const *) a, *two = *(Way * const *) b;

  if (one->score != two->score)
    return one->score > two->score ? -1 : 1;
  if (one->distance != two->distance)
    return one->distance < two->distance ? -1 : 1;
  return strcmp (one->folded, two->folded);
}

/* What would become of it; @reason as can_connect() has it. */
static LeydenConnect
judge (LeydenCanvas  *canvas,
       const Way     *way,
       char         **reason)
{
  LeydenCanvasNode *source = leyden_canvas_model_get_node (canvas->model, way->source);
  LeydenCanvasNode *target = leyden_canvas_model_get_node (canvas->model, way->target);
  guint from = G_MAXUINT, to = G_MAXUINT;

  for (guint i = 0; source != NULL && i < source->outputs->len; i++)
    if (g_str_equal (((LeydenPort *) g_ptr_array_index (source->outputs, i))->name, way->source_port))
      from = i;
  for (guint i = 0; target != NULL && i < target->inputs->len; i++)
    if (g_str_equal (((LeydenPort *) g_ptr_array_index (target->inputs, i))->name, way->target_port))
      to = i;
  if (from == G_MAXUINT || to == G_MAXUINT)
    {
      *reason = g_strdup (_("There is no such port"));
      return LEYDEN_CONNECT_NO;
    }
  return leyden_canvas_model_can_connect (canvas->model, source, from, target, to, NULL, reason, NULL);
}

static LeydenChoice *
make_choice (const Way     *way,
             LeydenConnect  verdict,
             const char    *reason)
{
  g_autoptr(GVariant) id = g_variant_ref_sink (g_variant_new ("(ssss)", way->source, way->source_port, way->target, way->target_port));
  g_autofree char *text = g_variant_print (id, FALSE);

  return leyden_choice_new (text, way->title, verdict != LEYDEN_CONNECT_NO ? reason : NULL, NULL,
                            verdict == LEYDEN_CONNECT_NO ? reason : NULL);
}

static GPtrArray *
list_ways (const char *query,
           gpointer    data)
{
  Ways *self = data;
  GPtrArray *choices = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_choice_free);
  g_autoptr(GPtrArray) no = g_ptr_array_new ();
  gboolean also_no = self->one_port || *query != '\0';

  for (guint i = 0; i < self->ways->len; i++)
    {
      Way *way = g_ptr_array_index (self->ways, i);

      way->score = leyden_fuzzy_score (query, way->folded, NULL);
    }
  g_ptr_array_sort (self->ways, compare_ways);
  for (guint i = 0; self->canvas->model != NULL && i < MIN (self->ways->len, MAX_JUDGED) && choices->len < MAX_YES; i++)
    {
      const Way *way = g_ptr_array_index (self->ways, i);
      g_autofree char *reason = NULL;
      LeydenConnect verdict;

      if (way->score == 0)
        break;
      verdict = judge (self->canvas, way, &reason);
      if (verdict != LEYDEN_CONNECT_NO)
        g_ptr_array_add (choices, make_choice (way, verdict, reason));
      else if (also_no && no->len < MAX_NO)
        g_ptr_array_add (no, make_choice (way, verdict, reason != NULL ? reason : _("This does not fit")));
    }
  for (guint i = 0; i < no->len; i++)
    g_ptr_array_add (choices, g_ptr_array_index (no, i));
  return choices;
}

static void
take_way (const char *id,
          gpointer    data)
{
  Ways *self = data;
  g_autoptr(GVariant) way = g_variant_parse (G_VARIANT_TYPE ("(ssss)"), id, NULL, NULL, NULL);
  const char *source, *source_port, *target, *target_port;

  g_return_if_fail (way != NULL);
  g_variant_get (way, "(&s&s&s&s)", &source, &source_port, &target, &target_port);
  if (self->canvas->model != NULL && leyden_canvas_connect (self->canvas, source, source_port, target, target_port))
    leyden_canvas_say (self->canvas, _("Connected"));
}

void
leyden_canvas_choose_target (LeydenCanvas *self,
                             const char   *id,
                             gboolean      output,
                             int           port)
{
  LeydenCanvasNode *node;
  Ways *ways;
  g_autofree char *node_title = NULL;
  g_autofree char *title = NULL;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  g_return_if_fail (id != NULL);

  node = self->model != NULL ? leyden_canvas_model_get_node (self->model, id) : NULL;
  if (node == NULL)
    return;
  ways = g_new0 (Ways, 1);
  ways->canvas = g_object_ref (self);
  ways->one_port = port >= 0;
  ways->ways = g_ptr_array_new_with_free_func (way_free);
  for (guint direction = 0; direction < 2; direction++)
    for (guint i = 0; i < (direction == 0 ? node->outputs : node->inputs)->len; i++)
      if (port < 0 || ((int) i == port && output == (direction == 0)))
        add_ways (ways, node, direction == 0, i);
  node_title = leyden_canvas_node_dup_title (node);
  if (port >= 0)
    {
      g_autofree char *port_title = dup_port_title (node, output, (guint) port);

      title = g_strdup_printf (output ? _("Connect %s, %s to") : _("Connect %s, %s from"), node_title, port_title);
    }
  else
    title = g_strdup_printf (_("Connect %s"), node_title);
  gtk_window_present (GTK_WINDOW (leyden_chooser_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), title, _("Search for a port"),
                                                      list_ways, take_way, ways, ways_free)));
}

/* --- taking wires away --- */

typedef struct
{
  LeydenCanvas *canvas;
  char         *node;
  gboolean      output;
  int           port;           /* −1: of all ports */
} Wires;

static void
wires_free (gpointer data)
{
  Wires *self = data;

  g_object_unref (self->canvas);
  g_free (self->node);
  g_free (self);
}

static gboolean
is_at (const Wires      *self,
       LeydenCanvasNode *node,
       LeydenCanvasEdge *edge)
{
  if (self->port < 0)
    return TRUE;
  return self->output ? edge->source == node && edge->source_port == self->port : edge->target == node && edge->target_port == self->port;
}

static GPtrArray *
list_wires (const char *query,
            gpointer    data)
{
  Wires *self = data;
  LeydenCanvasNode *node = self->canvas->model != NULL ? leyden_canvas_model_get_node (self->canvas->model, self->node) : NULL;
  GPtrArray *choices = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_choice_free);

  for (guint i = 0; node != NULL && i < node->edges->len; i++)
    {
      LeydenCanvasEdge *edge = g_ptr_array_index (node->edges, i);
      g_autofree char *title = leyden_canvas_edge_dup_name (edge);
      g_autofree char *folded = leyden_fuzzy_fold (title);

      if (is_at (self, node, edge) && leyden_fuzzy_score (query, folded, NULL) > 0)
        g_ptr_array_add (choices, leyden_choice_new (edge->id, title, NULL, NULL, NULL));
    }
  return choices;
}

static void
take_wire (const char *id,
           gpointer    data)
{
  leyden_canvas_remove (((Wires *) data)->canvas, LEYDEN_ELEMENT_EDGE, id);
}

void
leyden_canvas_choose_wire (LeydenCanvas *self,
                           const char   *id,
                           gboolean      output,
                           int           port)
{
  LeydenCanvasNode *node;
  Wires *wires;
  g_autofree char *node_title = NULL;
  g_autofree char *title = NULL;

  g_return_if_fail (LEYDEN_IS_CANVAS (self));
  g_return_if_fail (id != NULL);

  node = self->model != NULL ? leyden_canvas_model_get_node (self->model, id) : NULL;
  if (node == NULL)
    return;
  wires = g_new0 (Wires, 1);
  wires->canvas = g_object_ref (self);
  wires->node = g_strdup (id);
  wires->output = output;
  wires->port = port;
  node_title = leyden_canvas_node_dup_title (node);
  title = g_strdup_printf (_("Disconnect %s"), node_title);
  gtk_window_present (GTK_WINDOW (leyden_chooser_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), title, _("Search for a wire"),
                                                      list_wires, take_wire, wires, wires_free)));
}

/* --- actions --- */

static void
connect_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  gboolean output = FALSE;
  int port = -1;
  LeydenCanvasNode *node = leyden_canvas_get_focus_node (self, &output, &port);

  if (node == NULL)
    node = leyden_canvas_get_current_node (self);
  if (node == NULL)
    gtk_widget_error_bell (widget);
  else
    leyden_canvas_choose_target (self, node->id, output, port);
}

static void
disconnect_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  LeydenCanvas *self = LEYDEN_CANVAS (widget);
  gboolean output = FALSE;
  int port = -1;
  LeydenCanvasNode *node = leyden_canvas_get_focus_node (self, &output, &port);

  if (node == NULL)
    node = leyden_canvas_get_current_node (self);
  if (node == NULL || node->edges->len == 0)
    gtk_widget_error_bell (widget);
  else
    leyden_canvas_choose_wire (self, node->id, output, port);
}

void
leyden_canvas_class_add_ports (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "canvas.connect", NULL, connect_action);
  gtk_widget_class_install_action (klass, "canvas.disconnect", NULL, disconnect_action);
}
