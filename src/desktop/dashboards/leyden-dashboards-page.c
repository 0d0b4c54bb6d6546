/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dashboards-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-alerts-page.h"
#include "leyden-dashboard-edit.h"
#include "leyden-safe-text.h"

G_DEFINE_FINAL_TYPE (LeydenDashboardsPage, leyden_dashboards_page, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_RUN_REQUESTED,
  SIGNAL_UNDO_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

void
leyden_dashboard_showing_free (LeydenDashboardShowing *showing)
{
  g_object_unref (showing->page);
  g_free (showing->variable);
  g_free (showing->value);
  g_free (showing->title);
  g_free (showing->panel);
  g_free (showing->what);
  g_free (showing);
}

void
leyden_dashboards_page_say (LeydenDashboardsPage *self,
                            const char           *text)
{
  leyden_say (GTK_WIDGET (self), text);
}

/* --- showing one --- */

static void
tell_undo (LeydenDashboardsPage *self)
{
  g_signal_emit (self, signals[SIGNAL_UNDO_CHANGED], 0);
}

/* Who came by keys goes on there. */
static void
take_focus (LeydenDashboardsPage *self,
            GtkWidget            *side)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (gtk_widget_get_mapped (GTK_WIDGET (self)) && (focus == NULL || gtk_widget_is_ancestor (focus, GTK_WIDGET (self)) || !gtk_widget_get_mapped (focus)))
    gtk_widget_grab_focus (side);
}

static void
opened_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenDashboardShowing) showing = data;
  LeydenDashboardsPage *self = showing->page;
  LeydenDashboardView *view = LEYDEN_DASHBOARD_VIEW (self->view);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  g_autoptr(GError) wrong = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->outer == NULL)
    return;
  g_clear_object (&self->opening);
  /* A backend that is newer than this window may have one that it cannot show. */
  if (answer == NULL || !leyden_dashboard_check (leyden_value_get_member (answer, "dashboard"), &wrong))
    {
      leyden_dashboards_page_say (self, error != NULL ? error->message : wrong->message);
      leyden_dashboards_page_show_list (self);
      return;
    }
  leyden_dashboard_view_show (view, answer);
  if (showing->variable != NULL && showing->value != NULL)
    leyden_dashboard_view_choose (view, showing->variable, showing->value, showing->title);
  gtk_stack_set_visible_child_name (GTK_STACK (self->outer), "view");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dashboards.back", TRUE);
  take_focus (self, self->view);
  if (showing->edit)
    leyden_dashboard_view_set_editing (view, TRUE);
  if (showing->what != NULL)
    leyden_dashboard_view_act (view, showing->panel, showing->what);
  if (showing->told)
    leyden_dashboards_page_say (self, _("This is a copy: change it as you like"));
  tell_undo (self);
}

void
leyden_dashboards_page_open (LeydenDashboardsPage   *self,
                             const char             *id,
                             LeydenDashboardShowing *showing)
{
  g_autofree char *escaped = leyden_backend_escape (id);
  g_autofree char *path = g_strconcat (LEYDEN_DASHBOARDS_PATH "/", escaped, NULL);

  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  self->opening = g_cancellable_new ();
  showing->page = g_object_ref (self);
  leyden_session_start (self->session);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, self->opening, opened_cb, showing);
}

void
leyden_dashboards_page_show (LeydenDashboardsPage *self,
                             const char           *id,
                             const char           *variable,
                             const char           *value,
                             const char           *title)
{
  LeydenDashboardShowing *showing;

  g_return_if_fail (LEYDEN_IS_DASHBOARDS_PAGE (self));
  g_return_if_fail (id != NULL);

  showing = g_new0 (LeydenDashboardShowing, 1);
  showing->variable = g_strdup (variable);
  showing->value = g_strdup (value);
  showing->title = g_strdup (title);
  leyden_dashboards_page_open (self, id, showing);
}

void
leyden_dashboards_page_show_list (LeydenDashboardsPage *self)
{
  g_return_if_fail (LEYDEN_IS_DASHBOARDS_PAGE (self));

  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  leyden_dashboard_view_clear (LEYDEN_DASHBOARD_VIEW (self->view));
  gtk_stack_set_visible_child_name (GTK_STACK (self->outer), "list");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dashboards.back", FALSE);
  take_focus (self, self->ready);
  leyden_dashboards_page_ask (self);
  tell_undo (self);
}

LeydenDashboardView *
leyden_dashboards_page_get_view (LeydenDashboardsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARDS_PAGE (self), NULL);

  return g_strcmp0 (gtk_stack_get_visible_child_name (GTK_STACK (self->outer)), "view") == 0 ? LEYDEN_DASHBOARD_VIEW (self->view) : NULL;
}

gboolean
leyden_dashboards_page_dismantle (LeydenDashboardsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARDS_PAGE (self), FALSE);

  return leyden_board_grid_dismantle (leyden_dashboard_view_get_grid (LEYDEN_DASHBOARD_VIEW (self->view)));
}

/* --- alerts --- */

static void
alerts_problem_cb (LeydenDashboardsPage *self,
                   const char           *text)
{
  leyden_dashboards_page_say (self, text);
}

void
leyden_dashboards_page_show_alerts (LeydenDashboardsPage *self,
                                    const char           *id)
{
  g_return_if_fail (LEYDEN_IS_DASHBOARDS_PAGE (self));

  leyden_dashboards_page_show_list (self);
  if (self->alerts == NULL)
    {
      self->alerts = leyden_alerts_page_new ();
      gtk_stack_add_named (GTK_STACK (self->outer), self->alerts, "alerts");
      g_signal_connect_object (self->alerts, "problem", G_CALLBACK (alerts_problem_cb), self, G_CONNECT_SWAPPED);
    }
  leyden_alerts_page_show_alert (LEYDEN_ALERTS_PAGE (self->alerts), id);
  gtk_stack_set_visible_child_name (GTK_STACK (self->outer), "alerts");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dashboards.back", TRUE);
  /* Whoever came by the sign in the header is in the page now, with its keys. */
  gtk_widget_child_focus (self->alerts, GTK_DIR_TAB_FORWARD);
}

/* --- class --- */

static void
state_cb (LeydenDashboardsPage *self)
{
  leyden_dashboards_page_update_state (self);
  leyden_dashboards_page_ask (self);
}

static void
show_requested_cb (LeydenDashboardsPage *self,
                   const char           *id)
{
  leyden_dashboards_page_show (self, id, NULL, NULL, NULL);
}

static void
run_requested_cb (LeydenDashboardsPage *self)
{
  g_signal_emit (self, signals[SIGNAL_RUN_REQUESTED], 0);
}

/* From a panel that is alone to its dashboard, from editing to looking, and then to the list. */
static void
back_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  LeydenDashboardsPage *self = LEYDEN_DASHBOARDS_PAGE (widget);
  LeydenDashboardView *view = LEYDEN_DASHBOARD_VIEW (self->view);

  if (g_strcmp0 (gtk_stack_get_visible_child_name (GTK_STACK (self->outer)), "alerts") == 0)
    {
      leyden_dashboards_page_show_list (self);
      return;
    }
  if (leyden_dashboard_view_go_back (view))
    return;
  if (leyden_dashboard_view_get_editing (view))
    leyden_dashboard_view_set_editing (view, FALSE);
  else
    leyden_dashboards_page_show_list (self);
}

static void
leyden_dashboards_page_map (GtkWidget *widget)
{
  LeydenDashboardsPage *self = LEYDEN_DASHBOARDS_PAGE (widget);

  GTK_WIDGET_CLASS (leyden_dashboards_page_parent_class)->map (widget);
  leyden_session_start (self->session);
  leyden_dashboards_page_ask (self);
}

static void
leyden_dashboards_page_dispose (GObject *object)
{
  LeydenDashboardsPage *self = LEYDEN_DASHBOARDS_PAGE (object);

  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->chooser);
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  self->view = NULL;
  g_clear_pointer (&self->outer, gtk_widget_unparent);
  g_clear_pointer (&self->list, leyden_value_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_dashboards_page_parent_class)->dispose (object);
}

static void
leyden_dashboards_page_class_init (LeydenDashboardsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_dashboards_page_dispose;
  widget_class->map = leyden_dashboards_page_map;
  signals[SIGNAL_RUN_REQUESTED] =
    g_signal_new ("run-requested", LEYDEN_TYPE_DASHBOARDS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_UNDO_CHANGED] =
    g_signal_new ("undo-changed", LEYDEN_TYPE_DASHBOARDS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_install_action (widget_class, "dashboards.back", NULL, back_action);
  leyden_dashboards_page_install_make (widget_class);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "dashboards.back", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "dashboards.back", NULL);
}

static GtkWidget *
create_view_side (LeydenDashboardsPage *self)
{
  self->view = leyden_dashboard_view_new (self->session);
  g_signal_connect_object (self->view, "copy-requested", G_CALLBACK (leyden_dashboards_page_copy), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "remove-requested", G_CALLBACK (leyden_dashboards_page_remove), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "run-requested", G_CALLBACK (run_requested_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "show-requested", G_CALLBACK (show_requested_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "listed-changed", G_CALLBACK (leyden_dashboards_page_ask), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "notify::can-undo", G_CALLBACK (tell_undo), self, G_CONNECT_SWAPPED);
  return self->view;
}

static void
leyden_dashboards_page_init (LeydenDashboardsPage *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  self->outer = gtk_stack_new ();
  gtk_stack_set_hhomogeneous (GTK_STACK (self->outer), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->outer), FALSE);
  gtk_stack_add_named (GTK_STACK (self->outer), leyden_dashboards_page_create_list (self), "list");
  gtk_stack_add_named (GTK_STACK (self->outer), create_view_side (self), "view");
  gtk_widget_set_parent (self->outer, GTK_WIDGET (self));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dashboards.back", FALSE);
  g_signal_connect_object (leyden_session_get_backend (self->session), "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "notify::read-only", G_CALLBACK (leyden_dashboards_page_update_state), self, G_CONNECT_SWAPPED);
  leyden_dashboards_page_update_state (self);
}

GtkWidget *
leyden_dashboards_page_new (void)
{
  return g_object_new (LEYDEN_TYPE_DASHBOARDS_PAGE, NULL);
}
