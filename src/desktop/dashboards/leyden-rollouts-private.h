/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-rollouts-page.h"
#include "leyden-session.h"

G_BEGIN_DECLS

struct _LeydenRolloutsPage
{
  GtkWidget            parent_instance;

  LeydenSession       *session;
  LeydenSubscription  *subscription;
  GCancellable        *cancellable;
  char                *run;             /* only its rollouts; nullable */
  LeydenValue         *query;           /* of the filter */
  guint                generation;      /* of the question */
  char                *snapshot;        /* that the model shows; nullable */
  gboolean             anew;            /* another list than that is wanted */
  gboolean             refused;         /* what was asked for last was no question */
  gboolean             asking_list;
  gboolean             again;           /* something changed since it was asked for */
  gint64               took_us;         /* the last answer */
  guint                refresh;

  GtkWidget           *outer;           /* stack: "list", "page"; NULL when it goes */
  AdwToastOverlay     *toasts;          /* over the stack */
  GtkWidget           *stack;           /* "table", "empty", "none", "connecting", "failed" */
  LeydenRolloutModel  *model;
  LeydenRolloutTable  *table;
  LeydenRolloutFilter *filter;
  LeydenRolloutPage   *page;            /* nullable */
  GtkWidget           *status;
  GtkWidget           *retry;
  GtkWidget           *selection_bar;
  GtkWidget           *selection_note;
  GtkWidget           *retry_button;
  GSimpleActionGroup  *view_actions;    /* "rolloutview.": sort, descending, a column each */
  GtkFileChooserNative *chooser;        /* nullable */
};

/* leyden-rollouts-page.c */
void         leyden_rollouts_page_say          (LeydenRolloutsPage *self, const char *text);
void         leyden_rollouts_page_tell_deleted (LeydenRolloutsPage *self, gint64 deletion, guint n);
void         leyden_rollouts_page_tell_retried (LeydenRolloutsPage *self, const char *rollout);
void         leyden_rollouts_page_ask_try      (LeydenRolloutsPage *self);
/* Sort, filter and snapshot of the list that is shown. (transfer full) */
LeydenValue *leyden_rollouts_page_dup_question (LeydenRolloutsPage *self);

/* leyden-rollouts-actions.c: what is done with rows. */
void       leyden_rollouts_page_install_actions      (GtkWidgetClass *widget_class);
GtkWidget *leyden_rollouts_page_create_selection_bar (LeydenRolloutsPage *self);
void       leyden_rollouts_page_update_selection     (LeydenRolloutsPage *self);

/* leyden-rollouts-view.c: what stands in place of rows; columns and their order. */
GtkWidget *leyden_rollouts_page_create_stack     (LeydenRolloutsPage *self);
GtkWidget *leyden_rollouts_page_create_page_side (void);
void leyden_rollouts_page_add_view_tools (LeydenRolloutsPage *self);
/* The headers say another order. */
void leyden_rollouts_page_update_view    (LeydenRolloutsPage *self);

/* leyden-rollouts-export.c: the way out to a file. */
void leyden_rollouts_page_install_export (GtkWidgetClass *widget_class);
void leyden_rollouts_page_add_export_tool (LeydenRolloutsPage *self);
/* All rows of the list that is shown: @format "csv" or "jsonl". */
void leyden_rollouts_page_export         (LeydenRolloutsPage *self, GFile *file, const char *format);

G_END_DECLS
