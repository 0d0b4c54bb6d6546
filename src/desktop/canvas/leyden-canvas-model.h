/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-canvas-geometry.h"
#include "leyden-canvas-index.h"
#include "leyden-check.h"
#include "leyden-flow-mode.h"

G_BEGIN_DECLS

/* What stands where on the canvas, without GTK: places and sizes of nodes, ports, wires, frames and notes of one flow, an index over
 * them, hit testing, neighbours, and what may be wired. It follows the flow by its edits and holds no copy of its values. */
typedef struct _LeydenCanvasModel LeydenCanvasModel;
typedef struct _LeydenCanvasNode LeydenCanvasNode;
typedef struct _LeydenCanvasEdge LeydenCanvasEdge;
typedef struct _LeydenCanvasBox LeydenCanvasBox;


/* What a run says of a node. */
typedef enum
{
  LEYDEN_NODE_STATE_NONE,
  LEYDEN_NODE_STATE_WAITING,
  LEYDEN_NODE_STATE_RUNNING,
  LEYDEN_NODE_STATE_SUCCEEDED,
  LEYDEN_NODE_STATE_FAILED,
  LEYDEN_NODE_STATE_SKIPPED,
} LeydenNodeState;

/* Where its outputs are from, when it did not run for them. */
typedef enum
{
  LEYDEN_NODE_ORIGIN_RAN,
  LEYDEN_NODE_ORIGIN_KEPT,              /* of an earlier run with the same */
  LEYDEN_NODE_ORIGIN_EARLIER,           /* taken over: only a part of the flow ran */
  LEYDEN_NODE_ORIGIN_PINNED,
} LeydenNodeOrigin;

struct _LeydenCanvasNode
{
  LeydenIndexItem       item;           /* first: the index gives these back; its bounds are where the node is drawn */
  LeydenNode           *node;
  const char           *id;
  const LeydenNodeType *type;           /* NULL: not installed */
  GPtrArray            *inputs;         /* LeydenPort */
  GPtrArray            *outputs;
  GPtrArray            *edges;          /* LeydenCanvasEdge at this node, not owned */
  guint                 z;              /* higher is on top */
  gboolean              moving;         /* follows the pointer; its wires are drawn apart */
  LeydenNodeState       state;
  guint64               count;          /* how often it ran, 0: not shown */
  double                mean_ms;        /* negative: not shown */
  LeydenNodeOrigin      origin;
  guint                 n_errors;       /* problems */
  guint                 n_warnings;
  gboolean              dimmed;         /* a wire is being drawn, and no port of it takes that */
  LeydenNodeMode        mode;
  guint                 n_trainable;    /* marked parameters that are not locked */
  gpointer              view;           /* its widget, when it has one */
};

struct _LeydenCanvasEdge
{
  LeydenEdge       *edge;
  const char       *id;
  LeydenCanvasNode *source;             /* NULL: no such node */
  LeydenCanvasNode *target;
  int               source_port;        /* −1: no such port */
  int               target_port;
  LeydenPortType    type;               /* of the source port */
  gboolean          broken;             /* an end is missing or the types do not fit */
  LeydenCurve       curve;              /* of a wire without points; see leyden_canvas_edge_get_curves() */
  graphene_point_t *points;             /* that it is led through, as they are drawn; NULL: none */
  guint             n_points;
  LeydenCurve      *led;                /* n_points + 1; NULL: none */
};

/* A frame or a note. */
struct _LeydenCanvasBox
{
  LeydenElementKind  kind;
  char              *id;
  char              *text;
  char              *color;             /* nullable */
  graphene_rect_t    bounds;
  gboolean           moving;
  gpointer           view;
};

typedef enum
{
  LEYDEN_CANVAS_HIT_NOTHING,
  LEYDEN_CANVAS_HIT_NODE,
  LEYDEN_CANVAS_HIT_INPUT,
  LEYDEN_CANVAS_HIT_OUTPUT,
  LEYDEN_CANVAS_HIT_EDGE,
  LEYDEN_CANVAS_HIT_POINT,              /* that a wire is led through */
  LEYDEN_CANVAS_HIT_BOX,
  LEYDEN_CANVAS_HIT_BOX_CORNER,         /* bottom right, to resize */
} LeydenCanvasHitKind;

typedef struct
{
  LeydenCanvasHitKind  kind;
  LeydenCanvasNode    *node;            /* NODE, INPUT, OUTPUT */
  int                  port;            /* POINT: its index */
  LeydenCanvasEdge    *edge;            /* EDGE, POINT */
  double               t;               /* EDGE: where along the wire, 0 at the source */
  LeydenCanvasBox     *box;
} LeydenCanvasHit;

typedef enum
{
  LEYDEN_CANVAS_LEFT,
  LEYDEN_CANVAS_RIGHT,
  LEYDEN_CANVAS_UP,
  LEYDEN_CANVAS_DOWN,
} LeydenCanvasDirection;

/* May a wire go there? */
typedef enum
{
  LEYDEN_CONNECT_YES,
  LEYDEN_CONNECT_REPLACES,              /* yes, instead of the wire that is there */
  LEYDEN_CONNECT_CONVERTS,              /* yes, with a node between */
  LEYDEN_CONNECT_NO,
} LeydenConnect;

LeydenCanvasModel *leyden_canvas_model_new        (LeydenFlow *flow, LeydenNodeTypes *types);
void               leyden_canvas_model_free       (LeydenCanvasModel *self);
LeydenFlow        *leyden_canvas_model_get_flow   (LeydenCanvasModel *self);
/* Takes over what an applied edit names. A view of a removed element is handed to @removed (nullable) before it is freed. */
typedef void     (*LeydenCanvasRemoved)           (gpointer view, gpointer data);
void               leyden_canvas_model_follow     (LeydenCanvasModel *self, LeydenEdit *edit, LeydenCanvasRemoved removed, gpointer data);

LeydenCanvasNode  *leyden_canvas_model_get_node   (LeydenCanvasModel *self, const char *id);
/* What a run says of a node. Kept also while the node is away: deleted, it comes back with it. Gives the node, NULL when there is none or
 * nothing changed. */
LeydenCanvasNode  *leyden_canvas_model_set_status (LeydenCanvasModel *self, const char *id, LeydenNodeState state, guint64 count,
                                                   double mean_ms);
/* Forgets those of nodes that are away. */
void               leyden_canvas_model_forget_statuses (LeydenCanvasModel *self);
LeydenCanvasEdge  *leyden_canvas_model_get_edge   (LeydenCanvasModel *self, const char *id);
LeydenCanvasBox   *leyden_canvas_model_get_box    (LeydenCanvasModel *self, LeydenElementKind kind, const char *id);
/* All, in drawing order. (transfer none), until the next follow */
GPtrArray         *leyden_canvas_model_get_nodes  (LeydenCanvasModel *self);
GPtrArray         *leyden_canvas_model_get_edges  (LeydenCanvasModel *self);
GPtrArray         *leyden_canvas_model_get_boxes  (LeydenCanvasModel *self);
/* Nodes that touch @rect, added in no order. */
void               leyden_canvas_model_query      (LeydenCanvasModel *self, const graphene_rect_t *rect, GPtrArray *nodes);
/* The box around all; FALSE when it is empty. */
gboolean           leyden_canvas_model_get_extent (LeydenCanvasModel *self, graphene_rect_t *extent);
void               leyden_canvas_model_raise      (LeydenCanvasModel *self, LeydenCanvasNode *node);
/* Where an element is drawn, ahead of the edit (while dragging). */
void               leyden_canvas_model_place_node (LeydenCanvasModel *self, LeydenCanvasNode *node, float x, float y);
void               leyden_canvas_model_place_box  (LeydenCanvasModel *self, LeydenCanvasBox *box, const graphene_rect_t *bounds);

/* leyden-canvas-route.c: the pieces of a wire, one more than it has points. */
const LeydenCurve *leyden_canvas_edge_get_curves  (const LeydenCanvasEdge *edge, guint *n_curves);
gboolean           leyden_canvas_edge_touches     (const LeydenCanvasEdge *edge, const graphene_rect_t *rect);
gboolean           leyden_canvas_edge_crosses     (const LeydenCanvasEdge *edge, graphene_point_t a, graphene_point_t b);
graphene_rect_t    leyden_canvas_edge_get_bounds  (const LeydenCanvasEdge *edge);
/* @t (out): where on the whole wire, 0 at its source. */
double             leyden_canvas_edge_get_distance (const LeydenCanvasEdge *edge, graphene_point_t point, double *t);
graphene_point_t   leyden_canvas_edge_get_point   (const LeydenCanvasEdge *edge, double t);
/* Anew, after an end or a point has moved. */
void               leyden_canvas_edge_route       (LeydenCanvasEdge *edge);
/* Where the points are drawn, ahead of the edit; @points NULL: as the flow has them. */
void               leyden_canvas_edge_place_points (LeydenCanvasEdge *edge, const graphene_point_t *points, guint n_points);

/* Middle of a port's dot, in the world. */
graphene_point_t   leyden_canvas_node_get_port_point (LeydenCanvasNode *node, gboolean output, guint port);
/* Wires at a port. (transfer container) (element-type LeydenCanvasEdge) */
GPtrArray         *leyden_canvas_node_list_edges  (LeydenCanvasNode *node, gboolean output, guint port);
/* Title to show: the node's own, else its type's; safe text. (transfer full) */
char              *leyden_canvas_node_dup_title   (LeydenCanvasNode *node);
char              *leyden_canvas_node_dup_type_title (LeydenCanvasNode *node);
/* Its calls are what a cluster trains. */
gboolean           leyden_canvas_node_is_policy      (LeydenCanvasNode *node);
/* The type, and that it is trained by the cluster. (transfer full) */
char              *leyden_canvas_node_dup_kind       (LeydenCanvasNode *node);

/* What is at a point; @tolerance in world units. Ports win over nodes, nodes over wires, wires over boxes. */
void               leyden_canvas_model_hit        (LeydenCanvasModel *self, graphene_point_t point, double tolerance,
                                                   LeydenCanvasHit *hit);
/* The nearest node in a direction; NULL when there is none. */
LeydenCanvasNode  *leyden_canvas_model_find_neighbor (LeydenCanvasModel *self, LeydenCanvasNode *node,
                                                      LeydenCanvasDirection direction);
/* May an output be wired to an input? @ignore (nullable): a wire that is being taken away. @reason (out) (transfer full): translated, for
 * all but YES. @converter (out) (nullable): type of the node between, for CONVERTS. */
LeydenConnect      leyden_canvas_model_can_connect (LeydenCanvasModel *self,
                                                    LeydenCanvasNode *source, guint source_port,
                                                    LeydenCanvasNode *target, guint target_port,
                                                    LeydenCanvasEdge *ignore,
                                                    char **reason, const char **converter);

G_END_DECLS
