/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-questions.h"
#include "leyden-steps-view.h"
#include "leyden-try-result.h"

G_BEGIN_DECLS

struct _LeydenTryResult
{
  GtkWidget        parent_instance;

  LeydenSession   *session;
  LeydenRunView   *view;                /* nullable */
  LeydenFlow      *flow;                /* nullable */
  GCancellable    *cancellable;
  char            *rollout;             /* nullable until known */
  LeydenValue     *input;               /* nullable */
  LeydenValue     *state;               /* the newest fold, nullable */
  GString         *stream;              /* provisional text */
  char            *stream_node;
  guint            refresh_source;
  gboolean         refreshing;
  gboolean         stale;               /* records came while the state was asked for */
  gboolean         following;           /* "finished" is still to be said */
  gboolean         chat;                /* the answer is part of a history */

  GtkWidget       *stack;
  GtkWidget       *history;             /* box of chat messages */
  GtkWidget       *spinner;
  GtkWidget       *status;
  GtkWidget       *simulated;           /* chip */
  GtkWidget       *answer;
  GtkWidget       *values;              /* box: of several outputs */
  GtkWidget       *nothing;             /* "nothing came out" */
  GtkWidget       *card;                /* "the simulation knows only the samples" */
  GtkWidget       *actions;
  GtkWidget       *up, *down;
  GtkWidget       *training;            /* where a trainer looks on */
  GtkWidget       *add_row;             /* split button */
  GFile           *row_file;            /* where a row is being added */
  GtkWidget       *note;                /* what became of a thumb or a row */
  LeydenStepsView *steps;
  LeydenQuestions *questions;
};

/* leyden-try-result.c: what became of a thumb or a row. */
void leyden_try_result_set_note          (LeydenTryResult *self, const char *text);

/* leyden-try-result-row.c */
void leyden_try_result_update_row_button (LeydenTryResult *self);
/* Callbacks and actions of the template. */
void leyden_try_result_install_row       (GtkWidgetClass *widget_class);

G_END_DECLS
