/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-mirror-page.h"
#include "leyden-session.h"

/*
 * What a window holds comes and goes in steps, one in a turn of the main loop:
 *
 *   mapped ──first frame──► build steps, when nothing else is to be done ──► built
 *                              └ all that is missing, at once, for who asks for a part before that
 *   closed ──► hidden ──► dismantle steps ──► destroyed
 *
 * The first frame only shows the start page and waits for nothing else; no turn is long enough to be felt.
 */

/* --- building --- */

static void
failed_cb (LeydenWindow *self,
           GError       *error)
{
  leyden_window_toast (self, error->message);
}

/* An agl-server has rollouts and nothing else. */
static void
build_runs_page (LeydenWindow *self)
{
  const char *mirror = leyden_session_get_mirror (leyden_session_get_default ());
  GtkWidget *place;

  if (mirror != NULL)
    {
      self->runs_place = NULL;
      self->runs_page = NULL;
      self->mirror_page = leyden_mirror_page_new (mirror);
      place = leyden_runs_place_new_for_server (mirror, self->mirror_page);
      leyden_window_connect_rollouts (self, LEYDEN_RUNS_PLACE (place));
      adw_bin_set_child (self->runs_bin, place);
      g_signal_connect_object (self->mirror_page, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
      leyden_window_connect_mirror (self->mirror_page);
      return;
    }
  self->mirror_page = NULL;
  self->runs_place = LEYDEN_RUNS_PLACE (leyden_runs_place_new ());
  self->runs_page = leyden_runs_place_get_runs (self->runs_place);
  adw_bin_set_child (self->runs_bin, GTK_WIDGET (self->runs_place));
  leyden_window_connect_rollouts (self, self->runs_place);
  leyden_window_connect_runs (self);
  leyden_window_connect_agents (self);
}

static void
build_experiments_page (LeydenWindow *self)
{
  self->experiments_page = LEYDEN_EXPERIMENTS_PAGE (leyden_experiments_page_new ());
  adw_bin_set_child (self->experiments_bin, GTK_WIDGET (self->experiments_page));
  leyden_window_connect_experiments (self);
}

static void
build_dashboards_page (LeydenWindow *self)
{
  self->dashboards_page = LEYDEN_DASHBOARDS_PAGE (leyden_dashboards_page_new ());
  adw_bin_set_child (self->dashboards_bin, GTK_WIDGET (self->dashboards_page));
  leyden_window_connect_dashboards (self);
}

typedef void (*Step) (LeydenWindow *self);

static const Step build_steps[] = { leyden_window_build_tabs, build_runs_page, build_experiments_page, build_dashboards_page };

/* The tab that is shown comes right after the view of the tabs. */
static gboolean
build_one (LeydenWindow *self)
{
  if (self->n_built == 1 && !leyden_tab_is_built (self->tab))
    leyden_tab_build_one (self->tab);
  else if (self->n_built < G_N_ELEMENTS (build_steps))
    build_steps[self->n_built++] (self);
  return !leyden_window_is_built (self);
}

/* What shows and starts things of the backend, anew for another one: nothing of the one before stays on the screen. */
void
leyden_window_rebuild_for_backend (LeydenWindow *self)
{
  if (!leyden_window_is_built (self) || self->dismantling)
    return;
  for (guint i = 0; i < leyden_window_get_n_tabs (self); i++)
    leyden_tab_rebuild_for_backend (leyden_window_get_tab (self, i));
  build_runs_page (self);
  build_experiments_page (self);
  build_dashboards_page (self);
}

gboolean
leyden_window_is_built (LeydenWindow *self)
{
  return self->n_built == G_N_ELEMENTS (build_steps) && leyden_tab_is_built (self->tab);
}

void
leyden_window_build (LeydenWindow *self)
{
  /* What answers late finds nothing to show it on any more. */
  if (self->dismantling)
    return;
  g_clear_handle_id (&self->build_id, g_source_remove);
  while (!leyden_window_is_built (self))
    build_one (self);
  leyden_window_take_pending_later (self);
}

static gboolean
build_cb (gpointer data)
{
  LeydenWindow *self = data;

  if (build_one (self))
    return G_SOURCE_CONTINUE;
  self->build_id = 0;
  leyden_window_take_pending (self);
  return G_SOURCE_REMOVE;
}

static void
first_frame_cb (GdkFrameClock *clock,
                LeydenWindow  *self)
{
  g_signal_handlers_disconnect_by_func (clock, first_frame_cb, self);
  if (self->build_id == 0 && !self->dismantling)
    self->build_id = g_idle_add_full (G_PRIORITY_LOW, build_cb, self, NULL);
}

void
leyden_window_build_later (LeydenWindow *self)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (self));

  if (!leyden_window_is_built (self) && !self->dismantling && self->build_id == 0)
    g_signal_connect_object (clock, "after-paint", G_CALLBACK (first_frame_cb), self, 0);
}

/* --- taking apart --- */

static void
remove_runs_page (LeydenWindow *self)
{
  self->runs_page = NULL;
  self->runs_place = NULL;
  self->mirror_page = NULL;
  adw_bin_set_child (self->runs_bin, NULL);
}

static void
remove_experiments_page (LeydenWindow *self)
{
  self->experiments_page = NULL;
  adw_bin_set_child (self->experiments_bin, NULL);
}

static void
remove_dashboards_page (LeydenWindow *self)
{
  self->dashboards_page = NULL;
  adw_bin_set_child (self->dashboards_bin, NULL);
}

static void
destroy (LeydenWindow *self)
{
  gtk_window_destroy (GTK_WINDOW (self));
}

static const Step dismantle_steps[] = { remove_dashboards_page, remove_experiments_page, remove_runs_page, destroy };

/* Tab after tab, then the rest. */
static gboolean
dismantle_one (LeydenWindow *self)
{
  if (leyden_window_dismantle_tab (self))
    return TRUE;
  if (self->dashboards_page != NULL && leyden_dashboards_page_dismantle (LEYDEN_DASHBOARDS_PAGE (self->dashboards_page)))
    return TRUE;
  dismantle_steps[self->n_dismantled++] (self);
  return self->n_dismantled < G_N_ELEMENTS (dismantle_steps);
}

typedef struct
{
  LeydenWindow *window;
  GApplication *application;            /* nullable */
} Dismantling;

static gboolean
dismantling_cb (gpointer data)
{
  return dismantle_one (((Dismantling *) data)->window);
}

static void
dismantling_free (gpointer data)
{
  Dismantling *dismantling = data;

  g_object_unref (dismantling->window);
  if (dismantling->application != NULL)
    g_application_release (dismantling->application);
  g_clear_object (&dismantling->application);
  g_free (dismantling);
}

/* What it asked goes with it, and at once. */
static void
destroy_dialogs (LeydenWindow *self)
{
  GList *windows = gtk_window_list_toplevels ();

  g_clear_object (&self->chooser);
  g_list_foreach (windows, (GFunc) (void (*) (void)) g_object_ref, NULL);
  for (GList *l = windows; l != NULL; l = l->next)
    if (gtk_window_get_transient_for (l->data) == GTK_WINDOW (self) && gtk_window_get_destroy_with_parent (l->data))
      gtk_window_destroy (l->data);
  g_list_free_full (windows, g_object_unref);
}

void
leyden_window_dismantle (LeydenWindow *self)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));
  Dismantling *dismantling;

  if (self->dismantling)
    return;
  self->dismantling = TRUE;
  g_clear_handle_id (&self->build_id, g_source_remove);
  leyden_window_drop_pending (self);
  leyden_tab_save_panel_height (self->tab);
  g_signal_handlers_disconnect_by_data (leyden_session_get_backend (leyden_session_get_default ()), self);
  g_signal_handlers_disconnect_by_data (leyden_session_get_default (), self);
  dismantling = g_new0 (Dismantling, 1);
  dismantling->window = g_object_ref (self);
  if (application != NULL)
    {
      dismantling->application = g_object_ref (G_APPLICATION (application));
      g_application_hold (dismantling->application);
    }
  destroy_dialogs (self);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  /* From here on nobody finds it, so nothing is opened in it any more; the program ends when it is gone. */
  gtk_window_set_application (GTK_WINDOW (self), NULL);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, dismantling_cb, dismantling, dismantling_free);
}
