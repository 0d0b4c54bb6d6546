/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-action-table.h"
#include "leyden-application.h"
#include "leyden-bottom-panel.h"
#include "leyden-canvas.h"
#include "leyden-document.h"
#include "leyden-inspector.h"
#include "leyden-selection.h"

G_BEGIN_DECLS

/**
 * LeydenWindow: flows in tabs, each with canvas, library, inspector and bottom panel, and the runs made of them.
 *
 * Document, selection, canvas, inspector and panel of a window are those of the tab that is shown.
 *
 * Properties: document (LeydenDocument, nullable: the start page shows), selection (LeydenSelection).
 * Signal: "closing" → boolean: the person closes the window and unsaved changes are settled; a handler that returns TRUE holds it open
 * (and calls leyden_window_close_now() when its own question is answered).
 */
#define LEYDEN_TYPE_WINDOW (leyden_window_get_type ())
G_DECLARE_FINAL_TYPE (LeydenWindow, leyden_window, LEYDEN, WINDOW, AdwApplicationWindow)

LeydenWindow      *leyden_window_new           (LeydenApplication *application);
LeydenDocument    *leyden_window_get_document  (LeydenWindow *self);            /* nullable */
LeydenSelection   *leyden_window_get_selection (LeydenWindow *self);
LeydenCanvas      *leyden_window_get_canvas    (LeydenWindow *self);
LeydenInspector   *leyden_window_get_inspector (LeydenWindow *self);
LeydenBottomPanel *leyden_window_get_panel     (LeydenWindow *self);
AdwViewStack      *leyden_window_get_views     (LeydenWindow *self);            /* "design", "runs", "experiments" */

/* Opens the panel on a page: "try", "run", "train", "problems". */
void               leyden_window_show_panel    (LeydenWindow *self, const char *page);
/* Goes to the page of an experiment. */
void               leyden_window_show_experiment (LeydenWindow *self, const char *experiment);
/* Dashboard @id ("": the list) in the place Dashboards, for a @value of a @variable that is called @title; these are nullable. */
/* Alert rules; @id: of one of them, "" or NULL: the list. */
void               leyden_window_show_alerts    (LeydenWindow *self, const char *id);
void               leyden_window_show_dashboard (LeydenWindow *self, const char *id, const char *variable, const char *value, const char *title);
/* Text from anywhere; shown as it is. */
void               leyden_window_toast         (LeydenWindow *self, const char *text);
/* A dialog for an error that ends what the person asked for. */
void               leyden_window_show_error    (LeydenWindow *self, const char *heading, const GError *error);

/* Puts a document into the window, in the place of an unmodified one. (transfer none) */
void               leyden_window_set_document  (LeydenWindow *self, LeydenDocument *document);
/* Whether opening something may use this window: nothing is open, or a new flow that nobody touched. */
gboolean           leyden_window_is_pristine   (LeydenWindow *self);
void               leyden_window_open_file     (LeydenWindow *self, GFile *file);
/* The same behind what is shown, and without a word when it cannot be. */
void               leyden_window_restore_file  (LeydenWindow *self, GFile *file);
/* Adds the URIs of the files in its tabs. (element-type utf8) */
void               leyden_window_list_files    (LeydenWindow *self, GPtrArray *uris);
void               leyden_window_open_sample   (LeydenWindow *self, const char *name);
void               leyden_window_recover       (LeydenWindow *self, const char *id);
guint              leyden_window_get_n_tabs    (LeydenWindow *self);
/* Whether a file is open in one of its tabs; shows nothing. */
gboolean           leyden_window_has_file      (LeydenWindow *self, GFile *file);
/* Shows the tab in which a file is open; FALSE when there is none. */
gboolean           leyden_window_show_file     (LeydenWindow *self, GFile *file);
/* Closes without any question. */
void               leyden_window_close_now     (LeydenWindow *self);

/* Why a line of the table of actions can do nothing now, for people; NULL: it can. (transfer full) */
char                  *leyden_window_dup_unavailable (LeydenWindow *self, const LeydenAction *action);
/* Does what the line says, wherever its action lives. */
void                   leyden_window_do_action       (LeydenWindow *self, const LeydenAction *action);

/* An agent's rollout in the place Runs; NULL: the list of agents. */
void                   leyden_window_show_agent      (LeydenWindow *self, const char *rollout);
/* Asks for the lines that attach one. (transfer none): the dialog. */
GtkWidget             *leyden_window_attach_agent    (LeydenWindow *self);

G_END_DECLS
