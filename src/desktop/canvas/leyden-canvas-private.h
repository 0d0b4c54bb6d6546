/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-canvas.h"
#include "leyden-canvas-guides.h"
#include "leyden-canvas-model.h"
#include "leyden-canvas-painter.h"
#include "leyden-canvas-raster.h"
#include "leyden-canvas-style.h"
#include "leyden-canvas-world.h"
#include "leyden-conversion.h"
#include "leyden-flow-mode.h"
#include "leyden-node-text.h"

G_BEGIN_DECLS

/* What the pointer (or the keyboard) is in the middle of. One tool at a time; Escape ends any. */
typedef enum
{
  LEYDEN_TOOL_NONE,
  LEYDEN_TOOL_PRESSED,          /* button down, not moved yet */
  LEYDEN_TOOL_PAN,
  LEYDEN_TOOL_MOVE,
  LEYDEN_TOOL_BAND,
  LEYDEN_TOOL_CONNECT,
  LEYDEN_TOOL_RESIZE,
  LEYDEN_TOOL_CUT,              /* a stroke through wires */
  LEYDEN_TOOL_POINT,            /* moves the active reroute point */
} LeydenTool;

typedef enum
{
  LEYDEN_CANVAS_FIT_NONE,
  LEYDEN_CANVAS_FIT_OPEN,               /* a flow was opened: readable before whole */
  LEYDEN_CANVAS_FIT_FILE,               /* the same, and the file says what was seen last */
  LEYDEN_CANVAS_FIT_WHOLE,
} LeydenCanvasFit;

/* A wire being drawn: one end is fixed, the other follows. */
typedef struct
{
  LeydenCanvasNode *node;               /* the fixed end */
  guint             port;
  gboolean          from_output;
  gboolean          by_keyboard;
  LeydenCanvasEdge *taken;              /* the wire whose end was taken off, or NULL */
  LeydenCanvasNode *target;             /* where it would go now, or NULL */
  guint             target_port;
  LeydenConnect     verdict;
  graphene_point_t  point;              /* free end, world */
  GString          *typed;              /* keyboard: what was typed to choose */
} LeydenConnection;

/* A wire that was let go in the open while its other end is being chosen. */
typedef struct
{
  char             *node;               /* id; NULL: none */
  guint             port;
  gboolean          output;
  graphene_point_t  at;                 /* world */
} LeydenPendingWire;

/* The view on its way by itself. */
typedef struct
{
  guint             tick_id;            /* 0: it stands, or a hand moves it */
  gboolean          gliding;            /* with a speed, else towards a goal */
  LeydenCanvasView  from;
  LeydenCanvasView  to;
  gint64            start_us;
  guint             length_ms;
  double            speed_x;            /* pixels a second; also of the hand that moves it */
  double            speed_y;
  gint64            last_us;
} LeydenMotion;

typedef struct _LeydenCanvasGlide LeydenCanvasGlide;

struct _LeydenCanvas
{
  GtkWidget           parent_instance;

  LeydenDocument     *document;
  LeydenNodeTypes    *types;
  LeydenSelection    *selection;
  LeydenCanvasModel  *model;            /* NULL without a document */
  gulong              flow_handler;
  gulong              selection_handler;

  LeydenCanvasView    view;
  LeydenMotion        motion;
  GtkWidget          *minimap;          /* not owned: told what changes; NULL: none */
  LeydenGuide         guides[2];        /* upright, level: while something is moved */
  LeydenCanvasView    fitted_view;      /* what the last fitting made of it, and for which size */
  graphene_size_t     fitted_size;
  LeydenCanvasFit     fitted_as;
  LeydenCanvasFit     fit_pending;      /* as soon as the size is known */
  graphene_point_t    corner;           /* upper left, in the window, when last allocated */
  gboolean            has_corner;
  GtkWidget          *backdrop;         /* LeydenCanvasWorld: frames and notes */
  GtkWidget          *world;            /* LeydenCanvasWorld: nodes */
  GtkWidget          *hint;             /* label at the pointer */
  GtkWidget          *status;           /* hidden label that speaks */
  GtkWidget          *popover;          /* menu or editor of a text */
  GtkWidget          *rename;           /* the entry over a title, or NULL */
  GPtrArray          *pool;             /* LeydenNodeView not in use */
  GPtrArray          *bound;            /* LeydenCanvasNode that have a view */
  guint               sync_id;          /* tick callback */
  LeydenCanvasStyle   style;
  gboolean            style_loaded;
  char               *current;          /* id of the node that Tab comes back to */

  LeydenPainter       pictures[2];      /* in turn: the renderer may still hold the last one */
  guint               n_drawn;
  LeydenRasters      *rasters;
  guint               n_unsharp;        /* nodes whose picture had to wait for another frame */
  LeydenNodeDetail    detail;           /* of nodes */
  gboolean            rough;            /* the scale is changing: pictures of nodes stand in, stretched */
  double              told_scale;       /* by the property zoom */
  double              sharp_scale;      /* at which it was last not */
  guint               sharp_id;

  LeydenTool          tool;
  LeydenCanvasHit     hit;              /* where the button went down */
  graphene_point_t    press;            /* view */
  graphene_point_t    pointer;          /* view, last seen */
  GdkModifierType     press_state;
  guint               press_id;         /* timeout: a second press may follow at the same place */
  LeydenCanvasView    press_view;
  GArray             *moves;            /* LeydenCanvasMove */
  LeydenConnection    connection;
  LeydenPendingWire   pending;
  GPtrArray          *problems;         /* LeydenProblem: the last check; nullable */
  GArray             *stroke;           /* graphene_point_t, world: CUT */
  GPtrArray          *crossed;          /* LeydenCanvasEdge that the stroke crossed */
  LeydenCanvasEdge   *splice;           /* what is dragged would go into this wire, or NULL */
  graphene_rect_t     band;             /* world */
  gboolean            space_down;
  double              zoom_start;
  LeydenCanvasEdge   *hovered;
  char               *point_edge;       /* id of the wire of the active reroute point; NULL: none */
  guint               point;
  LeydenCanvasGlide  *glide;            /* what goes to its new place; NULL: nothing */
  guint               scroll_id;        /* tick callback while a drag is at the edge */

  GHashTable         *node_marks;       /* id → LeydenMarks; nullable */
  GHashTable         *edge_marks;
  gboolean            token_shown;      /* the hint says what is on a wire */

  gboolean            show_grid;
  gboolean            snap;
};

/* An element under way, with where it began. */
typedef struct
{
  LeydenCanvasNode *node;
  LeydenCanvasBox  *box;
  graphene_rect_t   from;
} LeydenCanvasMove;

/* leyden-canvas-views.c */
void     leyden_canvas_view_changed    (LeydenCanvas *self);    /* scale or offset, or what is where */
void     leyden_canvas_wires_changed   (LeydenCanvas *self);    /* draw them anew */
/* The view with offsets of whole pixels, as everything is drawn: so a node's picture stays the same while the view moves. */
LeydenCanvasView leyden_canvas_get_drawn_view (LeydenCanvas *self);
void     leyden_canvas_queue_sync      (LeydenCanvas *self);    /* bind and free widgets in the next frame */
void     leyden_canvas_bind_now        (LeydenCanvas *self, LeydenCanvasNode *node);
void     leyden_canvas_unbind          (LeydenCanvas *self, LeydenCanvasNode *node);

/* leyden-canvas-fit.c */
/* A flow opens fitted into the window, or as its file says. A zoom in the file that no view could have is told, not obeyed. */
LeydenCanvasFit leyden_canvas_get_first_fit (LeydenCanvas *self);
/* Fits what waits for it into that size; FALSE: nothing did. */
gboolean leyden_canvas_settle_fit      (LeydenCanvas *self, int width, int height);
void     leyden_canvas_fit_allocate    (LeydenCanvas *self, int width, int height);
void     leyden_canvas_wait_for_second_press (LeydenCanvas *self);

/* leyden-canvas-status.c */
void     leyden_canvas_fail            (LeydenCanvas *self, const GError *error);
void     leyden_canvas_say             (LeydenCanvas *self, const char *text);
/* Into a container, or to the settings of any other node. */
void     leyden_canvas_activate_node   (LeydenCanvas *self, LeydenCanvasNode *node);
double   leyden_canvas_get_text_scale  (LeydenCanvas *self);
void     leyden_canvas_show_hint       (LeydenCanvas *self, const char *text, double x, double y);

/* leyden-canvas-focus.c */
gboolean leyden_canvas_move_focus      (GtkWidget *widget, GtkDirectionType direction);
gboolean leyden_canvas_focus_node      (LeydenCanvas *self, LeydenCanvasNode *node);
/* The node that has the focus, itself or by a port; NULL when none has. */
LeydenCanvasNode *leyden_canvas_get_focus_node (LeydenCanvas *self, gboolean *output, int *port);

/* leyden-canvas-motion.c */
void     leyden_canvas_add_motion       (LeydenCanvas *self);
void     leyden_canvas_class_add_motion (GtkWidgetClass *klass);
/* Smoothly, or at once when there shall be no motion. */
void     leyden_canvas_move_view        (LeydenCanvas *self, const LeydenCanvasView *to);
void     leyden_canvas_zoom_around      (LeydenCanvas *self, double factor, double x, double y);
gboolean leyden_canvas_reveal           (LeydenCanvas *self, const graphene_rect_t *world);
/* Where the view is on its way to. */
LeydenCanvasView leyden_canvas_get_goal (LeydenCanvas *self);
void     leyden_canvas_stop_motion      (LeydenCanvas *self);
/* A hand has hold of it; let go in motion, it glides on. */
void     leyden_canvas_pan_begin        (LeydenCanvas *self);
void     leyden_canvas_pan_to           (LeydenCanvas *self, double offset_x, double offset_y);
void     leyden_canvas_pan_end          (LeydenCanvas *self);

/* leyden-canvas-guides.c: how far the moves go, in line with neighbours or on the grid. */
void     leyden_canvas_align_moves      (LeydenCanvas *self, double *dx, double *dy);
void     leyden_canvas_draw_guides      (LeydenCanvas *self, GtkSnapshot *snapshot);

/* leyden-canvas-draw.c */
void     leyden_canvas_draw            (LeydenCanvas *self, GtkSnapshot *snapshot);

/* leyden-canvas-pointer.c, leyden-canvas-keys.c, leyden-canvas-clipboard.c */
void     leyden_canvas_add_pointer     (LeydenCanvas *self);
void     leyden_canvas_pointer_cancel  (LeydenCanvas *self);
void     leyden_canvas_class_add_keys  (GtkWidgetClass *klass);
gboolean leyden_canvas_key_pressed     (LeydenCanvas *self, guint keyval, GdkModifierType state);
void     leyden_canvas_class_add_clipboard (GtkWidgetClass *klass);
/* leyden-canvas-align.c, leyden-canvas-color.c */
void     leyden_canvas_class_add_align (GtkWidgetClass *klass);
void     leyden_canvas_append_align    (LeydenCanvas *self, GMenu *menu);
void     leyden_canvas_class_add_color (GtkWidgetClass *klass);
void     leyden_canvas_append_colors   (LeydenCanvas *self, GMenu *menu);
/* leyden-canvas-glide.c: around an edit that moves many nodes */
void     leyden_canvas_glide_prepare   (LeydenCanvas *self);
void     leyden_canvas_glide_start     (LeydenCanvas *self);
/* All at their places at once. */
void     leyden_canvas_glide_finish    (LeydenCanvas *self);
void     leyden_canvas_glide_drop      (LeydenCanvas *self);
/* leyden-canvas-links.c */
void     leyden_canvas_class_add_links (GtkWidgetClass *klass);
void     leyden_canvas_append_links    (LeydenCanvas *self, GMenu *menu);
/* The address at a point of a note; NULL when there is none. */
const char *leyden_canvas_find_link    (LeydenCanvas *self, const LeydenCanvasHit *hit, graphene_point_t world);
/* leyden-canvas-points.c */
void     leyden_canvas_class_add_points (GtkWidgetClass *klass);
void     leyden_canvas_append_points   (LeydenCanvas *self, GMenu *menu);
void     leyden_canvas_draw_points     (LeydenCanvas *self, cairo_t *cr, const LeydenCanvasEdge *edge, const GdkRGBA *color);
gboolean leyden_canvas_has_active_point (LeydenCanvas *self);
void     leyden_canvas_activate_point  (LeydenCanvas *self, LeydenCanvasEdge *edge, guint point);
/* No point is active any more; FALSE when none was. */
gboolean leyden_canvas_leave_point     (LeydenCanvas *self);
gboolean leyden_canvas_add_point       (LeydenCanvas *self, LeydenCanvasEdge *edge, double t);
void     leyden_canvas_remove_point    (LeydenCanvas *self, LeydenCanvasEdge *edge, guint point);
gboolean leyden_canvas_remove_active_point (LeydenCanvas *self);
void     leyden_canvas_drag_point      (LeydenCanvas *self, graphene_point_t to);
void     leyden_canvas_commit_point    (LeydenCanvas *self, gboolean merge);
void     leyden_canvas_cancel_point    (LeydenCanvas *self);
/* By half steps of the grid; FALSE when none is active. */
gboolean leyden_canvas_nudge_point     (LeydenCanvas *self, int dx, int dy);
/* All points of a wire: into @edit, or (NULL) as they are drawn. */
void     leyden_canvas_shift_edge      (LeydenCanvasEdge *edge, LeydenEdit *edit, float dx, float dy);
/* The points of wires between nodes on the move go with them: into @edit, or (NULL) as they are drawn. */
void     leyden_canvas_shift_points    (LeydenCanvas *self, LeydenEdit *edit, float dx, float dy);
/* leyden-canvas-mode.c */
void     leyden_canvas_class_add_mode  (GtkWidgetClass *klass);
/* Whether all selected nodes (or the one that has the focus) are so; FALSE for none. */
gboolean leyden_canvas_selection_has_mode (LeydenCanvas *self, LeydenNodeMode mode);
void     leyden_canvas_append_modes    (LeydenCanvas *self, GMenu *menu);
/* leyden-canvas-run.c */
void     leyden_canvas_class_add_run   (GtkWidgetClass *klass);
void     leyden_canvas_append_run      (LeydenCanvas *self, GMenu *menu);
/* "Pinned", for the line below the title; NULL for a node that is not. */
const char *leyden_canvas_node_get_pin_title (LeydenCanvasNode *node);
/* "reused", of what a run gave; NULL when it ran. */
const char *leyden_canvas_node_get_origin_title (LeydenCanvasNode *node);
/* The sign of a pinned node, at its upper left corner, in its own coordinates. */
void     leyden_canvas_node_paint_pin  (LeydenCanvas *self, LeydenCanvasNode *node, GtkWidget *view, GtkSnapshot *snapshot);
/* leyden-canvas-marks.c: what a debugger draws */
void     leyden_canvas_class_add_marks (GtkWidgetClass *klass);
void     leyden_canvas_append_marks    (LeydenCanvas *self, GMenu *menu);
/* The classes that its style goes by, and what is said of them behind other things. */
void     leyden_canvas_mark_view       (LeydenCanvas *self, LeydenCanvasNode *node, GtkWidget *view);
void     leyden_canvas_describe_marks  (LeydenCanvas *self, LeydenCanvasNode *node, GString *text);
void     leyden_canvas_node_paint_marks (LeydenCanvas *self, LeydenCanvasNode *node, GtkSnapshot *snapshot);
void     leyden_canvas_draw_marks      (LeydenCanvas *self, cairo_t *cr, const LeydenCanvasEdge *edge, const LeydenCanvasView *view);
/* What is on a wire, beside the pointer (NULL: nothing), or beside the wire that is gone to by keyboard. */
void     leyden_canvas_hover_token     (LeydenCanvas *self, LeydenCanvasEdge *edge, double x, double y);
void     leyden_canvas_focus_token     (LeydenCanvas *self, LeydenCanvasEdge *edge);
/* leyden-canvas-arrange.c */
void     leyden_canvas_class_add_arrange (GtkWidgetClass *klass);
/* leyden-canvas-group.c */
void     leyden_canvas_class_add_group (GtkWidgetClass *klass);
/* leyden-canvas-bookmarks.c */
void     leyden_canvas_class_add_bookmarks (GtkWidgetClass *klass);
gboolean leyden_canvas_bookmark_key    (LeydenCanvas *self, guint keycode, guint group, GdkModifierType state);
/* leyden-canvas-replace.c */
void     leyden_canvas_class_add_replace (GtkWidgetClass *klass);
/* leyden-canvas-rename.c: the title of a node or frame is typed where it stands */
void     leyden_canvas_class_add_rename (GtkWidgetClass *klass);
void     leyden_canvas_rename          (LeydenCanvas *self, LeydenElementKind kind, const char *id);
void     leyden_canvas_rename_finish   (LeydenCanvas *self, gboolean accept, gboolean focus);
void     leyden_canvas_rename_allocate (LeydenCanvas *self, int width);

/* leyden-canvas-picture.c */
void     leyden_canvas_class_add_picture (GtkWidgetClass *klass);

/* leyden-canvas-connect.c */
void     leyden_canvas_connect_begin   (LeydenCanvas *self, LeydenCanvasNode *node, gboolean output, guint port,
                                        LeydenCanvasEdge *taken, gboolean by_keyboard);
void     leyden_canvas_connect_move    (LeydenCanvas *self, double x, double y);
void     leyden_canvas_connect_step    (LeydenCanvas *self, int step);
gboolean leyden_canvas_connect_type    (LeydenCanvas *self, guint keyval);
void     leyden_canvas_connect_finish  (LeydenCanvas *self);
void     leyden_canvas_connect_cancel  (LeydenCanvas *self);
/* What a port would say to the wire being drawn. */
LeydenConnect leyden_canvas_connect_judge (LeydenCanvas *self, LeydenCanvasNode *node, gboolean output, guint port, char **reason);

/* leyden-canvas-insert.c */
void     leyden_canvas_class_add_insert (GtkWidgetClass *klass);
/* Asks which node to put at a point of the widget; @edge (nullable): into that wire. */
void     leyden_canvas_search_here     (LeydenCanvas *self, double x, double y, LeydenCanvasEdge *edge);
/* Asks which node to put at the end of a wire that was let go at @at (world). */
void     leyden_canvas_search_for_wire (LeydenCanvas *self, LeydenCanvasNode *node, gboolean output, guint port, graphene_point_t at);
/* Lets a popover point at a place of the widget, or at what is seen that is nearest to it. */
void     leyden_canvas_point_popover   (LeydenCanvas *self, GtkWidget *popover, const GdkRectangle *place);
/* Adds a new node of a type to an edit; its id. (transfer full) */
char    *leyden_canvas_add_type        (LeydenCanvas *self, LeydenEdit *edit, const LeydenNodeType *type, float x, float y);
/* source → new node that converts, with its upper left at @at → target. */
void     leyden_canvas_add_converter   (LeydenCanvas *self, LeydenEdit *edit, const LeydenConversionWay *way, graphene_point_t at,
                                        const char *source, const char *source_port, const char *target, const char *target_port);

/* Whether a new node of a type has ports for both ends of a wire. */
gboolean leyden_canvas_fits_wire       (LeydenCanvas *self, const char *type, LeydenCanvasEdge *edge);
/* Puts it there, one edit. */
gboolean leyden_canvas_insert_into     (LeydenCanvas *self, const char *type, LeydenCanvasEdge *edge, graphene_point_t at);

/* leyden-canvas-drop.c */
void     leyden_canvas_add_drop        (LeydenCanvas *self);

/* leyden-canvas-cut.c */
void     leyden_canvas_add_cut         (LeydenCanvas *self);
void     leyden_canvas_cut_begin       (LeydenCanvas *self);
void     leyden_canvas_cut_move        (LeydenCanvas *self, graphene_point_t to);
void     leyden_canvas_cut_finish      (LeydenCanvas *self);
void     leyden_canvas_cut_cancel      (LeydenCanvas *self);

/* leyden-canvas-splice.c: sets "splice" for the node that is moved, or for a new one of a type at @at (world). */
void     leyden_canvas_splice_look     (LeydenCanvas *self);
LeydenCanvasEdge *leyden_canvas_splice_look_for (LeydenCanvas *self, const char *type, graphene_point_t at);
void     leyden_canvas_splice_forget   (LeydenCanvas *self);
/* Adds to the edit that moves @node that it goes into the wire. */
/* What was put into a wire gets room, in the same step of the history: the edit that put it there must have the key of this node. */
void     leyden_canvas_splice_set_key  (LeydenEdit *edit, const char *id);
void     leyden_canvas_splice_make_room (LeydenCanvas *self, const char *id, const char *label);
void     leyden_canvas_splice_add      (LeydenCanvas *self, LeydenEdit *edit, LeydenCanvasNode *node);

/* leyden-canvas-connect.c: @way: which of the ways to convert, where one is needed */
void     leyden_canvas_connect_by      (LeydenCanvas *self, LeydenCanvasNode *source, guint source_port, LeydenCanvasNode *target,
                                        guint target_port, LeydenCanvasEdge *taken, guint way);
/* leyden-canvas-convert.c */
void     leyden_canvas_class_add_convert (GtkWidgetClass *klass);
void     leyden_canvas_ask_conversion  (LeydenCanvas *self, GPtrArray *ways, LeydenCanvasNode *source, guint source_port,
                                        LeydenCanvasNode *target, guint target_port, LeydenCanvasEdge *taken);

/* leyden-canvas-problems.c */
void     leyden_canvas_class_add_problems (GtkWidgetClass *klass);
LeydenCanvasNode *leyden_canvas_find_problem_node (LeydenCanvas *self, const LeydenProblem *problem, char **scope);
void     leyden_canvas_show_problems   (LeydenCanvas *self, LeydenCanvasNode *node);
/* TRUE: @at (world) is on the badge of the node, and its problems are shown. */
gboolean leyden_canvas_click_problems  (LeydenCanvas *self, LeydenCanvasNode *node, graphene_point_t at);

/* leyden-canvas-reconnect.c, leyden-canvas-port-menu.c */
void     leyden_canvas_class_add_reconnect (GtkWidgetClass *klass);
void     leyden_canvas_class_add_port_menu (GtkWidgetClass *klass);
void     leyden_canvas_popup_port_menu (LeydenCanvas *self, LeydenCanvasNode *node, gboolean output, guint port);

/* leyden-canvas-draw-gestures.c */
void     leyden_canvas_draw_gestures   (LeydenCanvas *self, GtkSnapshot *snapshot, int width, int height);

/* leyden-canvas-edit.c */
gboolean leyden_canvas_apply           (LeydenCanvas *self, LeydenEdit *edit);          /* (transfer full) */
/* Upper left for a new node of a type where the person looks and nothing stands. */
graphene_point_t leyden_canvas_find_open_place (LeydenCanvas *self, const LeydenNodeType *type);
void     leyden_canvas_commit_moves    (LeydenCanvas *self, gboolean merge);
void     leyden_canvas_collect_moves   (LeydenCanvas *self);
void     leyden_canvas_edit_box        (LeydenCanvas *self, LeydenCanvasBox *box);
void     leyden_canvas_remove_selection (LeydenCanvas *self);
/* Takes the wires of a port away; FALSE when there are none. */
gboolean leyden_canvas_disconnect_port (LeydenCanvas *self, LeydenCanvasNode *node, gboolean output, guint port);
void     leyden_canvas_popover_closed  (LeydenCanvas *self, GtkWidget *popover);

/* leyden-canvas-ports.c: the list of ports; what the two choose from is told in leyden-canvas.h */
void     leyden_canvas_class_add_ports (GtkWidgetClass *klass);
/* leyden-canvas-wires.c */
void     leyden_canvas_class_add_wires (GtkWidgetClass *klass);

/* leyden-canvas-menu.c; at a point of the view the menu is of what is there, which becomes selected */
void     leyden_canvas_popup_menu      (LeydenCanvas *self, double x, double y);
void     leyden_canvas_menu_at         (LeydenCanvas *self, double x, double y);

G_END_DECLS
