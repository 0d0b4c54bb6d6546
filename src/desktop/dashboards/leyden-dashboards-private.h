/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "leyden-dashboards-page.h"
#include "leyden-session.h"

G_BEGIN_DECLS

#define LEYDEN_DASHBOARDS_PATH "/leyden/v1/dashboards"

/* One that is on its way to be shown, and how. */
typedef struct
{
  LeydenDashboardsPage *page;
  char                 *variable;       /* nullable */
  char                 *value;
  char                 *title;
  gboolean              edit;
  char                 *panel;          /* what is then done with it; nullable */
  char                 *what;
  gboolean              told;           /* that it is a copy */
} LeydenDashboardShowing;

struct _LeydenDashboardsPage
{
  GtkWidget             parent_instance;

  LeydenSession        *session;
  GCancellable         *cancellable;
  GCancellable         *opening;        /* of the one that is being opened; nullable */
  LeydenValue          *list;           /* as it came last; nullable */
  GtkWidget            *outer;          /* stack: "list", "view", "alerts" */
  GtkWidget            *stack;          /* "rows", "connecting", "failed" */
  GtkWidget            *ready;          /* list boxes */
  GtkWidget            *own;
  GtkWidget            *own_hint;
  GtkWidget            *alerts_row;
  GtkWidget            *alerts;         /* NULL until somebody looks */
  GtkWidget            *new_button;
  GtkWidget            *import_button;
  GtkWidget            *view;
  GtkFileChooserNative *chooser;
};

/* leyden-dashboards-page.c */
void leyden_dashboard_showing_free (LeydenDashboardShowing *showing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenDashboardShowing, leyden_dashboard_showing_free)
/* In the window that it is in, and for who hears it. */
void leyden_dashboards_page_say    (LeydenDashboardsPage *self, const char *text);
/* Takes @showing. */
void leyden_dashboards_page_open   (LeydenDashboardsPage *self, const char *id, LeydenDashboardShowing *showing);

/* leyden-dashboards-list.c: the list, and what stands in its place. */
GtkWidget *leyden_dashboards_page_create_list  (LeydenDashboardsPage *self);
/* Asks for what is in it, where it can be seen. */
void       leyden_dashboards_page_ask          (LeydenDashboardsPage *self);
void       leyden_dashboards_page_update_state (LeydenDashboardsPage *self);

/* leyden-dashboards-make.c: how one comes to be, and goes. */
void leyden_dashboards_page_install_make (GtkWidgetClass *widget_class);
/* Of another one; @what (nullable) is then done with its @panel. */
void leyden_dashboards_page_copy         (LeydenDashboardsPage *self, LeydenValue *document, const char *panel, const char *what);
/* The one that is shown; it can be brought back. */
void leyden_dashboards_page_remove       (LeydenDashboardsPage *self);

G_END_DECLS
