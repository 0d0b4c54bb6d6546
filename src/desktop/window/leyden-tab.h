/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-breakpoints.h"
#include "leyden-document.h"
#include "leyden-editor.h"
#include "leyden-inspector.h"
#include "leyden-problems-panel.h"
#include "leyden-rollout-view.h"
#include "leyden-selection.h"

G_BEGIN_DECLS

typedef struct _LeydenWindow LeydenWindow;

/**
 * LeydenTab: one open flow of a window: the document, what of it is shown and selected, and the page on which it is drawn, with its own
 * canvas, outline, library, inspector and panels. A window always has one; the first is there before there is a document.
 *
 * The page is built when the tab is shown for the first time: a tab behind the others is a document and nothing else. All that its
 * parts say goes to the tab, which may be behind the others then, and may have moved to another window.
 */
#define LEYDEN_TYPE_TAB (leyden_tab_get_type ())
G_DECLARE_FINAL_TYPE (LeydenTab, leyden_tab, LEYDEN, TAB, GtkWidget)

/* What its banner may have to say, the most urgent first. Each is said and taken back by one part of the window. */
typedef enum
{
  LEYDEN_NOTICE_BACKEND,
  LEYDEN_NOTICE_DOCUMENT,
  LEYDEN_NOTICE_PAUSED,
  LEYDEN_NOTICE_FORK,
  LEYDEN_NOTICE_FLOW,
  LEYDEN_N_NOTICES
} LeydenNoticeKind;

typedef struct
{
  char       *text;             /* NULL: nothing is said */
  const char *label;            /* of the button; nullable. Static strings */
  const char *action;
} LeydenNotice;

struct _LeydenTab
{
  GtkWidget            parent_instance;

  LeydenWindow        *window;          /* where it is now */
  LeydenDocument      *document;        /* NULL: the start page shows */
  LeydenSelection     *selection;
  LeydenDocument      *shown;           /* on the canvas: the document, or the view of a body; NULL without one, and before the page is there */
  char               **scope;           /* ids of the containers down to it; NULL as before */
  LeydenValue         *rollout;         /* state of the rollout that is shown; nullable */
  LeydenBreakpoints   *breakpoints;     /* of the document, while the page is there; nullable */
  LeydenRolloutView   *debugged;        /* what the debugger looks at; nullable */
  gboolean             flow_asked;      /* … and the flow that it ran with was asked for */
  char                *stopped_at;      /* node that was brought into view for a pause; nullable */
  LeydenValue         *marked_state;    /* of the marks that are drawn; nullable */
  LeydenValue         *marked_debug;    /* the same */
  gboolean             marked_live;
  LeydenValue         *fork;            /* {"rollout", "of", "run", "edits"} of the last one that was forked here; nullable */
  LeydenValue         *statuses;        /* node path → badge of the run that is shown; nullable */
  gboolean             saving;
  LeydenWindow        *saver;           /* while it is saved: holds the window it is in by now, wherever it was when that began */
  gboolean             settled;         /* the answer to "unsaved changes" is there */
  gboolean             discard;         /* … and it was to discard them */
  gboolean             leaving;         /* closed; being taken apart */

  guint                n_built;         /* steps */
  guint                n_dismantled;
  gboolean             panel_placed;
  gboolean             panel_alone;     /* nothing but the panel is shown */

  /* The page; NULL while it is not there. */
  LeydenEditor        *editor;
  GtkRevealer         *banner;
  GtkLabel            *banner_label;
  LeydenNotice         notices[LEYDEN_N_NOTICES];
  AdwFlap             *library_flap;
  AdwFlap             *inspector_flap;
  GtkPaned            *paned;
  GtkStack            *canvas_stack;
  LeydenCanvas        *canvas;
  LeydenOutline       *outline;
  LeydenLibrary       *library;
  LeydenInspector     *inspector;
  LeydenBottomPanel   *panel;
  LeydenProblemsPanel *problems;
  GtkWidget           *empty_hint;      /* over a canvas without nodes */
  GtkWidget           *zoom_box;
  GtkButton           *zoom_label;
};

LeydenTab *leyden_tab_new            (LeydenWindow *window);
/* Whether it is the one that its window shows. */
gboolean   leyden_tab_is_shown       (LeydenTab *self);
/* In the place of the one before, which is closed. */
void       leyden_tab_set_document   (LeydenTab *self, LeydenDocument *document);
/* Text for the tab, with a mark when there are unsaved changes. (transfer full) */
char      *leyden_tab_dup_title      (LeydenTab *self);
/* Whether opening something may use it: nothing is in it, or a new flow that nobody touched. */
gboolean   leyden_tab_is_pristine    (LeydenTab *self);
/* The document to what is below the canvas. */
void       leyden_tab_give_panels    (LeydenTab *self);
/* The document to all parts of the page. */
void       leyden_tab_give_document  (LeydenTab *self);
/* Over its canvas, with a button that does @action of the window, or none (both NULL; else static). @text NULL: that is no longer so, and what else there is to say shows. */
void       leyden_tab_set_notice     (LeydenTab *self, LeydenNoticeKind kind, const char *text, const char *label, const char *action);
/* The banner of the page is there: it says what there is to say, and who closes it has read that. */
void       leyden_tab_connect_banner (LeydenTab *self);

/* leyden-tab-parts.c: the page, a step in a turn of the main loop or all that is missing at once, and back. FALSE: that was the last step. */
gboolean   leyden_tab_build_one      (LeydenTab *self);
void       leyden_tab_build          (LeydenTab *self);
gboolean   leyden_tab_is_built       (LeydenTab *self);
gboolean   leyden_tab_dismantle_one  (LeydenTab *self);
void       leyden_tab_rebuild_for_backend (LeydenTab *self);
void       leyden_tab_save_panel_height (LeydenTab *self);
/* Nothing but the panel is shown; the flow comes back when something of it is to be seen. */
void       leyden_tab_set_panel_alone (LeydenTab *self, gboolean alone);
void       leyden_tab_focus_inspector (LeydenTab *self);

/* leyden-window-body.c */
void       leyden_tab_show_scope     (LeydenTab *self, const char * const *scope);
void       leyden_tab_open_body      (LeydenTab *self, const char *id);
void       leyden_tab_leave_body     (LeydenTab *self, guint depth);
guint      leyden_tab_get_depth      (LeydenTab *self);
void       leyden_tab_check_body     (LeydenTab *self);
void       leyden_tab_take_statuses  (LeydenTab *self, LeydenValue *statuses);
void       leyden_tab_show_element   (LeydenTab *self, const char * const *scope, LeydenElementKind kind, const char *id);
/* Brings a node into view, and takes neither selection nor focus. */
void       leyden_tab_look_at        (LeydenTab *self, const char *path);
/* @path as a rollout has it, "solve[3]/check". */
void       leyden_tab_show_node_path (LeydenTab *self, const char *path);

/* leyden-window-panels.c, leyden-window-experiments.c: what its panels say. */
void       leyden_tab_connect_panels (LeydenTab *self);
void       leyden_tab_connect_training (LeydenTab *self);

/* leyden-window-debug.c */
void       leyden_tab_connect_debug  (LeydenTab *self);
/* Looks at a rollout with the debugger; nothing else of it changes. */
void       leyden_tab_debug          (LeydenTab *self, const char *rollout);
/* The rollout that is looked at; NULL: none. */
LeydenRolloutView *leyden_tab_get_debug_view (LeydenTab *self);
/* Looks at none any more. */
void       leyden_tab_end_debug      (LeydenTab *self);
/* The same, and nothing shows of it. */
void       leyden_tab_leave_debug    (LeydenTab *self);
/* Whether @view is what is looked at; says so when it no longer is. For dialogs, which belong to what they were opened on. */
gboolean   leyden_tab_check_debug_view (LeydenTab *self, LeydenRolloutView *view);

/* leyden-window-paused.c */
/* Asks about @view when the window closes, should it be paused then and not be looked at any more. */
void       leyden_tab_remember_paused (LeydenTab *self, LeydenRolloutView *view);
/* What is looked at is paused, and @rollout is to be looked at instead: asks what becomes of it. */
void       leyden_tab_ask_left       (LeydenTab *self, const char *rollout);

/* leyden-window-calls.c */
void       leyden_tab_add_calls      (LeydenTab *self);

/* leyden-window-marks.c: anew what the debugger draws. */
void       leyden_tab_update_marks   (LeydenTab *self);
/* The same, when what the backend said is not what is drawn. */
void       leyden_tab_update_debug_marks (LeydenTab *self);

/* leyden-window-nodes.c */
void       leyden_tab_connect_nodes  (LeydenTab *self);
/* The state of the rollout that is shown; NULL: none. */
void       leyden_tab_take_rollout   (LeydenTab *self, LeydenValue *state);

/* leyden-window-find.c */
void       leyden_tab_connect_find   (LeydenTab *self);

G_END_DECLS
