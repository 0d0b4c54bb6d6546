/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-run-panel.h"
#include "leyden-run-progress.h"
#include "leyden-run-proof.h"
#include "leyden-run-setup.h"
#include "leyden-session.h"
#include "leyden-split-box.h"

G_BEGIN_DECLS

struct _LeydenRunPanel
{
  GtkWidget            parent_instance;

  LeydenDocument      *document;
  LeydenSession       *session;
  LeydenDatasetChoice *choice;
  LeydenRunView       *view;            /* nullable */
  GCancellable        *cancellable;     /* of requests for this document */
  gboolean             starting;
  gboolean             wanted;          /* a run, as soon as the data set is read */
  LeydenValue         *until;           /* breakpoint of the run that is being started, in place of the document's; nullable */
  LeydenRunProof      *proof;           /* under way; nullable */
  GtkWidget           *scroller;
  LeydenSplitBox      *sides;
  LeydenRunSetup      *setup;
  GtkWidget           *start_button;
  GtkWidget           *until_button;
  GtkWidget           *stop_button;
  GtkWidget           *message;
  GtkWidget           *verdict;         /* against a run before */
  GtkWidget           *stack;           /* "empty", "preview", "progress" */
  GtkWidget           *preview;
  LeydenRunProgress   *progress;
};

/* leyden-run-panel.c */
/* What keeps from running, or is to be known of it; NULL: nothing. */
void leyden_run_panel_set_message  (LeydenRunPanel *self, const char *text);
/* Starts what is to run next, whatever the panel is asked for. */
void leyden_run_panel_post         (LeydenRunPanel *self);

/* leyden-run-panel-proof.c */
/* The data set is there: looks for a run that is good enough, and starts what is missing. */
void leyden_run_panel_begin_proof  (LeydenRunPanel *self);
/* A run of it was made and is shown, or has ended. */
void leyden_run_panel_proof_shown  (LeydenRunPanel *self);
void leyden_run_panel_proof_ended  (LeydenRunPanel *self);
void leyden_run_panel_drop_proof   (LeydenRunPanel *self);

G_END_DECLS
