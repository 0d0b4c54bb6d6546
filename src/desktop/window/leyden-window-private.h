/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-dashboards-page.h"
#include "leyden-experiments-page.h"
#include "leyden-run-view.h"
#include "leyden-runs-place.h"
#include "leyden-start-page.h"
#include "leyden-tab.h"
#include "leyden-window.h"

G_BEGIN_DECLS

struct _LeydenWindow
{
  AdwApplicationWindow parent_instance;

  LeydenTab           *tab;             /* the one that is shown; never NULL */
  AdwTabView          *tab_view;        /* NULL before the window is built */
  GBinding            *library_binding; /* of the buttons with the page of the tab that is shown; nullable */
  GBinding            *inspector_binding;
  GSettings           *settings;
  guint                n_loading;       /* documents that are on their way */
  gboolean             inspector_closed; /* by the person: it does not open by itself any more */
  GtkFileChooserNative *chooser;
  GPtrArray           *pending;         /* LeydenDocument, loaded before there was a page to show them on; nullable */
  LeydenTab           *next_tab;        /* that page, while it is built; nullable */
  guint                next_id;

  AdwToastOverlay     *toasts;
  AdwViewStack        *views;
  AdwSqueezer         *places;          /* the switcher, or where there is no room for it: */
  AdwBin              *switcher_bin;
  GtkLabel            *brief_title;
  AdwViewSwitcherBar  *switcher_bar;
  GtkLabel            *announcer;       /* says what changes */
  gboolean             stepping;        /* through the history: that is said, not the edit */
  guint                bar_id;
  GtkLabel            *title_label;
  GtkStack            *design;
  LeydenStartPage     *start_page;
  GMenu               *bookmarks_menu;
  GMenu               *bookmark_places; /* in it */
  GMenu               *bookmark_removals;
  GtkButton           *undo_button;
  GtkButton           *redo_button;
  GtkWidget           *library_button;
  GtkWidget           *inspector_button;
  GtkWidget           *run_button;
  GtkWidget           *train_button;
  AdwBin              *experiments_bin;
  AdwBin              *dashboards_bin;
  AdwBin              *runs_bin;

  /* Parts that come after the first frame and go before the window; NULL meanwhile. */
  guint                build_id;
  guint                n_built;         /* steps */
  gboolean             dismantling;
  gboolean             checking_paused; /* before it, or a tab, closes */
  guint                n_dismantled;
  LeydenRunsPlace     *runs_place;      /* NULL while an agl-server is shown instead */
  LeydenRunsPage      *runs_page;       /* in it */
  GArray              *deletions;       /* of rollouts, that can be taken back; nullable */
  GtkWidget           *mirror_page;     /* of the agl-server; or NULL */
  LeydenExperimentsPage *experiments_page;
  LeydenDashboardsPage  *dashboards_page;
};

/* leyden-window.c: another tab, or another document in it. */
void leyden_window_document_changed (LeydenWindow *self);

/* leyden-window-tabs.c */
void leyden_window_build_tabs     (LeydenWindow *self);
LeydenTab *leyden_window_get_tab  (LeydenWindow *self, guint index);
void leyden_window_show_tab       (LeydenWindow *self, LeydenTab *tab);
void leyden_window_step_tab       (LeydenWindow *self, int step);
/* Title and mark of the tab. */
void leyden_window_update_tab     (LeydenWindow *self, LeydenTab *tab);
/* In the tab that is shown when nothing is in it, else in a new one. */
void leyden_window_add_document   (LeydenWindow *self, LeydenDocument *document, gboolean show);
/* Shows the tab of a flow, if it is open here. */
gboolean leyden_window_show_flow_id (LeydenWindow *self, const char *id);
/* The buttons beside the title belong to the page that is shown. */
void leyden_window_bind_page      (LeydenWindow *self);
void leyden_window_close_tab      (LeydenWindow *self, LeydenTab *tab);
/* The answer to a question about the tab that is being closed. */
void leyden_window_finish_close_tab (LeydenWindow *self, LeydenTab *tab, gboolean close);
/* A step; FALSE: only an empty tab is left. */
gboolean leyden_window_dismantle_tab (LeydenWindow *self);

/* leyden-window-actions.c */
void leyden_window_add_actions    (LeydenWindow *self);
void leyden_window_update_actions (LeydenWindow *self);
void leyden_window_update_empty_hint (LeydenWindow *self);

/* leyden-window-document.c */
void leyden_window_new_document   (LeydenWindow *self);
void leyden_window_choose_file    (LeydenWindow *self);
/* What goes after it: nothing, the tab, the window. */
typedef enum { LEYDEN_CLOSE_NOTHING, LEYDEN_CLOSE_TAB, LEYDEN_CLOSE_WINDOW } LeydenClose;
void leyden_window_save           (LeydenWindow *self, LeydenTab *tab, LeydenClose after);
void leyden_window_save_as        (LeydenWindow *self, LeydenTab *tab, LeydenClose after);
/* TRUE: the window may go. FALSE: a question is being asked, or the answer was no. */
gboolean leyden_window_ask_close  (LeydenWindow *self);
/* Whatever was answered, the window stays. */
void leyden_window_unsettle       (LeydenWindow *self);
/* The same of one tab. */
gboolean leyden_window_ask_close_tab (LeydenWindow *self, LeydenTab *tab, LeydenClose after);

/* leyden-window-backend.c */
void leyden_window_connect_backend (LeydenWindow *self);
/* TRUE: a run or training of the tab (NULL: of all) is still going, and the question about it is being asked. */
gboolean leyden_window_ask_runs   (LeydenWindow *self, LeydenTab *tab);

/* Shows a document now, or as soon as the window is built; the window is busy until then. */
void leyden_window_give_document  (LeydenWindow *self, LeydenDocument *document, gboolean show);
void leyden_window_take_pending   (LeydenWindow *self);
/* The same when a page for them is built, in turns of the main loop. Nothing waits: nothing is done. */
void leyden_window_take_pending_later (LeydenWindow *self);
void leyden_window_drop_pending   (LeydenWindow *self);

/* leyden-window-parts.c */
void leyden_window_build          (LeydenWindow *self);
void leyden_window_build_later    (LeydenWindow *self);
gboolean leyden_window_is_built   (LeydenWindow *self);
void leyden_window_rebuild_for_backend (LeydenWindow *self);
/* Hides the window, takes it apart in turns of the main loop, and destroys it. */
void leyden_window_dismantle      (LeydenWindow *self);

/* leyden-window-bookmarks.c */
void leyden_window_add_bookmarks  (LeydenWindow *self);
void leyden_window_update_bookmarks (LeydenWindow *self);

/* leyden-window-find.c */
void leyden_window_add_find       (LeydenWindow *self);

/* leyden-window-experiments.c */
void leyden_window_connect_experiments (LeydenWindow *self);
void leyden_window_connect_runs (LeydenWindow *self);

/* leyden-window-tabs.c */
/* The flow that a copy was made of, so that it is found again. */
void leyden_window_set_origin (LeydenDocument *document, const char *id);
/* The tab of the flow with that @id, or of a copy of it that is what ran (@hash, nullable). @same: what is shown is what ran. FALSE: there is none. */
gboolean leyden_window_show_flow_of_run (LeydenWindow *self, const char *id, const char *hash, gboolean *same);
/* leyden-window-dashboards.c */
void leyden_window_add_dashboards     (LeydenWindow *self);
void leyden_window_connect_dashboards (LeydenWindow *self);
/* The dashboard that is shown, and whose changes Undo and Redo mean then; NULL elsewhere. */
LeydenDashboardView *leyden_window_get_dashboard (LeydenWindow *self);

/* leyden-window-agents.c */
void leyden_window_connect_agents (LeydenWindow *self);
void leyden_window_connect_mirror (GtkWidget *mirror_page);

/* leyden-window-places.c. The switcher of places goes to the bottom where it has no room. */
void leyden_window_add_places     (LeydenWindow *self);
void leyden_window_fit_places     (LeydenWindow *self);

/* leyden-window-keys.c. Once the window has its application: what is added last is asked first. */
void leyden_window_add_keys       (LeydenWindow *self);

/* leyden-window-rollouts.c: the table of rollouts. */
gboolean leyden_window_shows_runs (LeydenWindow *self);
/* The place Runs, of the backend or of an agl-server, while it is shown; NULL elsewhere. */
LeydenRunsPlace *leyden_window_get_runs_place (LeydenWindow *self);
/* What Undo means there: the last rollouts that this window deleted and that are not back yet. NULL: there are none. */
char *leyden_window_dup_deletion_label (LeydenWindow *self);
void leyden_window_undo_deletion  (LeydenWindow *self);
void leyden_window_connect_rollouts (LeydenWindow *self, LeydenRunsPlace *place);
void leyden_window_add_rollouts   (LeydenWindow *self);

/* leyden-window-nodes.c */
void leyden_window_add_node_actions (LeydenWindow *self);

/* leyden-window-debug.c */
void leyden_window_add_debug      (LeydenWindow *self);
void leyden_window_update_debug   (LeydenWindow *self);

/* leyden-window-rollout.c */
void leyden_window_add_rollout    (LeydenWindow *self);
/* Opens the flow of the run ("": it has none), and looks at the rollout with the debugger. */
void leyden_window_debug_rollout  (LeydenWindow *self, const char *run, const char *rollout);
/* A file of GET …/export: into the backend, then as above. */
void leyden_window_import_rollout (LeydenWindow *self, GFile *file);
/* The file that it reads, of any rollout; said when it is written. */
void leyden_window_export_rollout (LeydenWindow *self, const char *rollout, GFile *file);

/* leyden-window-compare.c */
void leyden_window_add_compare    (LeydenWindow *self);

/* leyden-window-calls.c */
void leyden_window_add_calls      (LeydenWindow *self);

/* leyden-window-marks.c, leyden-window-fork.c, leyden-window-paused.c, leyden-window-breakpoints.c */
void leyden_window_add_marks      (LeydenWindow *self);
void leyden_window_add_fork       (LeydenWindow *self);
/* The rollout @a beside the one that @view follows, as soon as that stands or has ended. */
void leyden_window_compare_following (LeydenWindow *self, const char *a, LeydenRolloutView *view);
void leyden_window_add_held       (LeydenWindow *self);
void leyden_window_update_held    (LeydenWindow *self);
void leyden_window_add_paused     (LeydenWindow *self);
void leyden_tab_connect_paused    (LeydenTab *self);
/* The breakpoints were changed: what runs with them hears of it. */
void leyden_tab_send_breakpoints  (LeydenTab *self);
/* Those of the rollout that is looked at are taken over into the document, once its run is known. */
void leyden_tab_read_breakpoints  (LeydenTab *self);
/* Those of a run that the run panel begins to show, and what others do to them as long as it shows it. */
void leyden_tab_follow_breakpoints (LeydenTab *self, LeydenRunView *run);
/* The run of the run panel, while it is under way; nullable. */
LeydenRunView *leyden_tab_get_active_run (LeydenTab *self);
/* TRUE: something of the tab (NULL: of all) is paused, and the question what becomes of it is being asked; @closing: before that closes. */
gboolean leyden_window_ask_paused (LeydenWindow *self, LeydenTab *tab, gboolean closing);

/* leyden-window-panels.c */
typedef void (*LeydenShownFunc) (LeydenWindow *self, gpointer data);
/* Opens the flow of a run or experiment in a tab of its own. @then is called when its page is there, and not when the window or the tab goes
 * before that; @data is freed with @destroy in any case. FALSE when it is no flow: @data stays the caller's. */
gboolean leyden_window_show_flow (LeydenWindow *self, GBytes *bytes, const char *title, LeydenShownFunc then, gpointer data,
                                  GDestroyNotify destroy, GError **error);
LeydenNodeState leyden_window_parse_state (const char *name);
/* leyden-window-drop.c: files (GFile) that were dropped at a point of the window. */
gboolean leyden_window_drop_files (LeydenWindow *self, GSList *files, double x, double y);

G_END_DECLS
