/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-dashboard-edit.h"
#include "leyden-dashboard-view.h"
#include "leyden-time-range-button.h"
#include "leyden-variables-bar.h"

G_BEGIN_DECLS

typedef struct _LeydenDashboardSaving LeydenDashboardSaving;

struct _LeydenDashboardView
{
  GtkWidget               parent_instance;

  LeydenSession          *session;
  LeydenDashboardFeed    *feed;
  LeydenDashboardHistory *history;      /* NULL: nothing is shown */
  char                   *id;
  gboolean                ready;
  gint64                  revision;
  gboolean                editing;

  /* Keeping it: at most one request under way, the latest document goes with the next. */
  LeydenDashboardSaving  *saving;       /* borrowed; NULL: none is */
  gboolean                unsaved;
  guint                   save_clock;

  LeydenValue            *time;         /* that is shown */
  char                   *zone;
  int                     refresh_s;

  GtkWidget              *box;
  GtkWidget              *title;
  GtkWidget              *simulated;
  GtkWidget              *saved;
  GtkWidget              *edit_button;
  GtkWidget              *add_button;
  GtkWidget              *undo_button;
  GtkWidget              *redo_button;
  GtkWidget              *menu_button;
  GtkWidget              *variables;
  GtkWidget              *time_button;
  GtkWidget              *refresh_button;
  GtkWidget              *banner;
  GtkWidget              *banner_text;
  GtkWidget              *banner_run;
  GtkWidget              *banner_all;
  GtkWidget              *stack;        /* "board", "full", "none" */
  GtkWidget              *grid;
  GtkWidget              *full_bin;
  GtkWidget              *full_panel;   /* NULL: none is alone */
  GPtrArray              *unfilled;     /* panels that do not show yet what is known */
  guint                   filling;
  GtkFileChooserNative   *chooser;
};

/* leyden-dashboard-view.c */
/* The document is another one: shows it. */
void leyden_dashboard_view_update      (LeydenDashboardView *self);
void leyden_dashboard_view_update_bars (LeydenDashboardView *self);
/* In the window that it is in, and for who hears it. */
void leyden_dashboard_view_toast       (LeydenDashboardView *self, const char *text);

/* leyden-dashboard-view-edit.c */
void leyden_dashboard_view_change      (LeydenDashboardView *self, const char *label, LeydenValue *document);
void leyden_dashboard_view_arranged_cb (LeydenDashboardView *self, LeydenGridCell *cells, guint n, int index, gboolean resized);
/* What is not kept yet is kept now. */
void leyden_dashboard_view_save        (LeydenDashboardView *self);
void leyden_dashboard_view_flush       (LeydenDashboardView *self);
/* It is shown no longer: what was changed of it is kept all the same, whatever is under way. */
void leyden_dashboard_view_leave       (LeydenDashboardView *self);

/* leyden-dashboard-view-parts.c: its widgets. */
void leyden_dashboard_view_build       (LeydenDashboardView *self);
void leyden_dashboard_view_add_actions (GtkWidgetClass *widget_class);

G_END_DECLS
