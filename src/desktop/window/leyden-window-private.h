/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-editor.h"
#include "leyden-experiments-page.h"
#include "leyden-library.h"
#include "leyden-outline.h"
#include "leyden-problems-panel.h"
#include "leyden-runs-place.h"
#include "leyden-start-page.h"
#include "leyden-window.h"

G_BEGIN_DECLS

struct _LeydenWindow
{
  AdwApplicationWindow parent_instance;

  LeydenDocument      *document;
  LeydenSelection     *selection;
  GSettings           *settings;
  gboolean             closing;         /* the answer to "unsaved changes" is there */
  gboolean             busy;            /* a load or save is under way */
  gboolean             inspector_closed; /* by the person: it does not open by itself any more */
  GtkFileChooserNative *chooser;
  LeydenDocument      *shown;           /* on the canvas: the document, or the view of a body; NULL without one */
  char               **scope;           /* ids of the containers down to it; NULL without a document */
  LeydenValue         *statuses;        /* node path → badge of the run that is shown; nullable */
  LeydenDocument      *pending;         /* loaded before there was a canvas to show it on */

  AdwToastOverlay     *toasts;
  AdwViewStack        *views;
  AdwViewSwitcherTitle *switcher_title;
  AdwViewSwitcherBar  *switcher_bar;
  guint                bar_id;
  GtkLabel            *title_label;
  GtkStack            *design;
  LeydenStartPage     *start_page;
  GtkButton           *undo_button;
  GtkButton           *redo_button;
  GtkWidget           *library_button;
  GtkWidget           *inspector_button;
  GtkWidget           *run_button;
  GtkWidget           *train_button;
  AdwBin              *experiments_bin;
  AdwBin              *runs_bin;

  /* Parts that come after the first frame and go before the window; NULL meanwhile. */
  guint                build_id;
  guint                n_built;         /* steps */
  gboolean             dismantling;
  guint                n_dismantled;
  gboolean             panel_placed;
  LeydenEditor        *editor;
  GtkRevealer         *banner;
  GtkLabel            *banner_label;
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
  LeydenRunsPlace     *runs_place;      /* NULL while an agl-server is shown instead */
  LeydenRunsPage      *runs_page;       /* in it */
  GtkWidget           *mirror_page;     /* of the agl-server; or NULL */
  LeydenExperimentsPage *experiments_page;
};

/* leyden-window.c: the document to what is below the canvas. */
void leyden_window_give_panels    (LeydenWindow *self);

/* leyden-window-actions.c */
void leyden_window_add_actions    (LeydenWindow *self);
void leyden_window_update_actions (LeydenWindow *self);
void leyden_window_update_empty_hint (LeydenWindow *self);

/* leyden-window-document.c */
void leyden_window_new_document   (LeydenWindow *self);
void leyden_window_choose_file    (LeydenWindow *self);
void leyden_window_save           (LeydenWindow *self, gboolean close_after);
void leyden_window_save_as        (LeydenWindow *self, gboolean close_after);
/* TRUE: the window may go. FALSE: a question is being asked, or the answer was no. */
gboolean leyden_window_ask_close  (LeydenWindow *self);

/* leyden-window-backend.c */
void leyden_window_connect_backend (LeydenWindow *self);

/* Shows a document now, or as soon as the window is built; the window is busy until then. */
void leyden_window_give_document  (LeydenWindow *self, LeydenDocument *document);
void leyden_window_take_pending   (LeydenWindow *self);
void leyden_window_drop_pending   (LeydenWindow *self);

/* leyden-window-body.c */
void leyden_window_show_scope     (LeydenWindow *self, const char * const *scope);
void leyden_window_open_body      (LeydenWindow *self, const char *id);
void leyden_window_leave_body     (LeydenWindow *self, guint depth);
guint leyden_window_get_depth     (LeydenWindow *self);
void leyden_window_check_body     (LeydenWindow *self);
void leyden_window_take_statuses  (LeydenWindow *self, LeydenValue *statuses);
void leyden_window_show_element   (LeydenWindow *self, const char * const *scope, LeydenElementKind kind, const char *id);
/* @path as a rollout has it, "solve[3]/check". */
void leyden_window_show_node_path (LeydenWindow *self, const char *path);

/* leyden-window-parts.c */
void leyden_window_build          (LeydenWindow *self);
void leyden_window_build_later    (LeydenWindow *self);
gboolean leyden_window_is_built   (LeydenWindow *self);
void leyden_window_rebuild_for_backend (LeydenWindow *self);
/* Hides the window, takes it apart in turns of the main loop, and destroys it. */
void leyden_window_dismantle      (LeydenWindow *self);

/* leyden-window-find.c */
void leyden_window_add_find       (LeydenWindow *self);
void leyden_window_connect_find   (LeydenWindow *self);

/* leyden-window-experiments.c */
void leyden_window_connect_experiments (LeydenWindow *self);
void leyden_window_connect_runs (LeydenWindow *self);

/* leyden-window-agents.c */
void leyden_window_connect_agents (LeydenWindow *self);
void leyden_window_connect_mirror (GtkWidget *mirror_page);

/* leyden-window-panels.c */
/* Opens the flow of a run or experiment in this window or another one; NULL when it cannot be. (transfer none) */
LeydenWindow *leyden_window_show_flow (LeydenWindow *self, GBytes *bytes, const char *title, GError **error);
LeydenNodeState leyden_window_parse_state (const char *name);
void leyden_window_connect_panels (LeydenWindow *self);

void leyden_window_show_banner    (LeydenWindow *self, const char *text);
void leyden_window_focus_inspector (LeydenWindow *self);
/* leyden-window-drop.c: files (GFile) that were dropped at a point of the window. */
gboolean leyden_window_drop_files (LeydenWindow *self, GSList *files, double x, double y);

G_END_DECLS
