/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "leyden-canvas-marks.h"
#include "leyden-canvas-model.h"
#include "leyden-document.h"
#include "leyden-selection.h"

G_BEGIN_DECLS

/**
 * LeydenCanvas: draws and edits a flow.
 *
 * Widgets exist only for what is visible (and for what has the focus or is selected); below a scale of 0.35 nodes are
 * rectangles. All wires are one drawing, in two parts: those that rest and those that move.
 *
 * Properties: document (LeydenDocument, nullable), selection (LeydenSelection), types (LeydenNodeTypes), show-grid, snap-to-grid
 * (boolean), zoom (double, read-only: 1 at the size of the text).
 * Action of the window that it uses: win.open-body (id of a container), win.leave-body.
 * Signals: "configure" (char *id): show the settings of a node; "failed" (GError): an edit was refused; "message" (char *text);
 * "add-requested": the person wants to choose a node to add; "repair", "show-problem" (const LeydenProblem *): of the list that
 * leyden_canvas_set_problems() got.
 */
#define LEYDEN_TYPE_CANVAS (leyden_canvas_get_type ())
G_DECLARE_FINAL_TYPE (LeydenCanvas, leyden_canvas, LEYDEN, CANVAS, GtkWidget)

GtkWidget         *leyden_canvas_new              (void);
LeydenCanvasModel *leyden_canvas_get_model        (LeydenCanvas *self);         /* NULL without a document */
double             leyden_canvas_get_zoom         (LeydenCanvas *self);
void               leyden_canvas_zoom_to          (LeydenCanvas *self, double zoom);
void               leyden_canvas_fit              (LeydenCanvas *self);
/* Shows the part of the world whose upper left corner is (@x, @y), at once. */
void               leyden_canvas_look             (LeydenCanvas *self, double zoom, double x, double y);
/* Everything in sight is drawn as it stays, once the frame under way is painted: no widget waits for its turn, nothing is drawn roughly. */
gboolean           leyden_canvas_is_settled       (LeydenCanvas *self);
/* Ends what the pointer is in the middle of and takes it back. */
void               leyden_canvas_cancel           (LeydenCanvas *self);
/* A title that is being typed is taken; before the flow is saved, or asked whether it was changed. */
void               leyden_canvas_finish_typing    (LeydenCanvas *self);
/* The point of the world in the middle of the view; and the view put so that it is there. */
void               leyden_canvas_get_middle       (LeydenCanvas *self, double *x, double *y);
void               leyden_canvas_show_middle      (LeydenCanvas *self, double x, double y, double zoom);
/* Brings an element into view, selects and focuses it. */
void               leyden_canvas_show_element     (LeydenCanvas *self, LeydenElementKind kind, const char *id);
/* Brings a node into view; selection and focus stay. */
void               leyden_canvas_reveal_node      (LeydenCanvas *self, const char *id);
/* Focus to the canvas: the node that had it last, else the first. */
gboolean           leyden_canvas_take_focus       (LeydenCanvas *self);
/* What a command means by "the node": the one with the focus, else the one that is selected alone; NULL when there is none. */
LeydenCanvasNode  *leyden_canvas_get_current_node (LeydenCanvas *self);

/* What a run says of a node: shown as a badge. @count 0 and @mean_ms < 0 are not shown. */
void               leyden_canvas_set_node_status  (LeydenCanvas *self, const char *id, LeydenNodeState state, guint64 count,
                                                   double mean_ms);
/* Until its status is set again: where what it gave is from. */
void               leyden_canvas_set_node_origin  (LeydenCanvas *self, const char *id, LeydenNodeOrigin origin);
void               leyden_canvas_clear_statuses   (LeydenCanvas *self);
/* What a debugger draws, by id of the node or wire: (element-type utf8 LeydenMarks), kept by reference and not to be changed afterwards. Both nullable. */
void               leyden_canvas_set_marks        (LeydenCanvas *self, GHashTable *nodes, GHashTable *edges);
/* NULL: none. */
const LeydenMarks *leyden_canvas_find_node_marks  (LeydenCanvas *self, const char *id);
const LeydenMarks *leyden_canvas_find_edge_marks  (LeydenCanvas *self, const char *id);
/* Badges of problems; (element-type LeydenProblem). */
void               leyden_canvas_set_problems     (LeydenCanvas *self, GPtrArray *problems);

/* Says it to a screen reader. */
void               leyden_canvas_announce         (LeydenCanvas *self, const char *text);

/* Edits; each is one step of the history. A refusal comes out as "failed". */
/* Adds a node of @type with its middle at a point of the world, or where the person looks (@at NULL). FALSE: refused. */
gboolean           leyden_canvas_insert           (LeydenCanvas *self, const char *type, const graphene_point_t *at);
/* Adds a constant that gives @value (JSON), called @title; @at as above. */
gboolean           leyden_canvas_insert_constant  (LeydenCanvas *self, const char *title, LeydenValue *value,
                                                   const graphene_point_t *at);
/* Adds a fragment ("leyden_fragment"), its upper left at a point of the world or beside where it was copied (@at NULL). */
void               leyden_canvas_paste_fragment   (LeydenCanvas *self, LeydenValue *fragment, const graphene_point_t *at);
/* The point of the world that a point of the widget shows. */
graphene_point_t   leyden_canvas_to_world         (LeydenCanvas *self, double x, double y);
gboolean           leyden_canvas_connect          (LeydenCanvas *self, const char *source, const char *source_port,
                                                   const char *target, const char *target_port);
/* Shows a list of the ports that a port (@port −1: all of this node) could be wired to, those that fit first; what is chosen is connected. */
void               leyden_canvas_choose_target    (LeydenCanvas *self, const char *id, gboolean output, int port);
/* "Wire from Ask, Text to Solver, Prompt". (transfer full) */
char              *leyden_canvas_edge_dup_name    (LeydenCanvasEdge *edge);
/* "Text, required; from Ask, text": the type of a port and its wires. (transfer full) */
char              *leyden_canvas_node_describe_port (LeydenCanvasNode *node, gboolean output, guint port);
/* Shows a list of the wires at a port (−1: at the node); the one that is chosen is taken away. */
void               leyden_canvas_choose_wire      (LeydenCanvas *self, const char *id, gboolean output, int port);
/* Takes one element away, a node with its wires. */
gboolean           leyden_canvas_remove           (LeydenCanvas *self, LeydenElementKind kind, const char *id);
void               leyden_canvas_add_note         (LeydenCanvas *self);
void               leyden_canvas_add_frame        (LeydenCanvas *self);         /* around the selection, else where the person looks */
void               leyden_canvas_select_all       (LeydenCanvas *self);

/* Dragged from the library: a boxed node type name, of this process only. */
#define LEYDEN_TYPE_DRAGGED_TYPE (leyden_dragged_type_get_type ())
typedef struct
{
  char *type;
} LeydenDraggedType;
GType              leyden_dragged_type_get_type   (void) G_GNUC_CONST;

/* Writes the selection, or all when nothing is selected, as a picture: @file ends with .svg, .png or .pdf; @look is "light", "dark" or "transparent".
 * How it went is said by the canvas. */
void leyden_canvas_export_picture (LeydenCanvas *self, GFile *file, const char *look);

G_END_DECLS
