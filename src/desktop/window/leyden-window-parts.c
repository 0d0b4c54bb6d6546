/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-editor.h"
#include "leyden-mirror-page.h"
#include "leyden-run-panel.h"
#include "leyden-session.h"
#include "leyden-train-panel.h"
#include "leyden-try-panel.h"

/*
 * What a window holds comes and goes in steps, one in a turn of the main loop:
 *
 *   mapped ──first frame──► build steps, when nothing else is to be done ──► built
 *                              └ all that is missing, at once, for who asks for a part before that
 *   closed ──► hidden ──► dismantle steps ──► destroyed
 *
 * The first frame only shows the start page and waits for nothing else; no turn is long enough to be felt.
 */

/* --- what the parts say --- */

void
leyden_window_focus_inspector (LeydenWindow *self)
{
  adw_flap_set_reveal_flap (self->inspector_flap, TRUE);
  gtk_widget_child_focus (GTK_WIDGET (self->inspector), GTK_DIR_TAB_FORWARD);
}

static void
configure_cb (LeydenWindow *self,
              const char   *id)
{
  leyden_selection_set (self->selection, LEYDEN_ELEMENT_NODE, id);
  leyden_window_focus_inspector (self);
}

static void
add_requested_cb (LeydenWindow *self)
{
  adw_flap_set_reveal_flap (self->library_flap, TRUE);
  leyden_library_focus_search (self->library);
}

static void
insert_cb (LeydenWindow *self,
           const char   *type)
{
  if (self->document == NULL)
    leyden_window_new_document (self);
  /* An overlay would cover the new node. */
  if (adw_flap_get_folded (self->library_flap))
    adw_flap_set_reveal_flap (self->library_flap, FALSE);
  leyden_canvas_insert (self->canvas, type, NULL);
}

static void
failed_cb (LeydenWindow *self,
           GError       *error)
{
  leyden_window_toast (self, error->message);
}

static void
checked_cb (LeydenWindow *self)
{
  GPtrArray *problems = leyden_problems_panel_get_list (self->problems);

  leyden_canvas_set_problems (self->canvas, problems);
  leyden_outline_reload (self->outline);
  leyden_bottom_panel_set_badge (self->panel, "problems", problems->len);
}

static void
show_element_cb (LeydenWindow       *self,
                 LeydenElementKind   kind,
                 const char         *id,
                 const char * const *scope)
{
  leyden_window_show_element (self, scope, kind, id);
}

/* The inspector opens with the first node that is selected, until the person closes it. */
static void
selection_changed_cb (LeydenWindow *self)
{
  LeydenElementKind kind;

  if (!self->inspector_closed && !adw_flap_get_folded (self->inspector_flap)
      && leyden_selection_get_single (self->selection, &kind, NULL) && kind == LEYDEN_ELEMENT_NODE)
    adw_flap_set_reveal_flap (self->inspector_flap, TRUE);
}

static void
zoom_cb (LeydenWindow *self)
{
  g_autofree char *text = g_strdup_printf (_("%.0f %%"), leyden_canvas_get_zoom (self->canvas) * 100);

  gtk_button_set_label (self->zoom_label, text);
}

static void
reveal_setting (LeydenWindow *self,
                AdwFlap      *flap,
                const char   *key)
{
  /* Folding closes it too, but says nothing about what the person wants. */
  if (!adw_flap_get_folded (flap) && self->document != NULL)
    g_settings_set_boolean (self->settings, key, adw_flap_get_reveal_flap (flap));
}

static void
library_revealed_cb (LeydenWindow *self)
{
  reveal_setting (self, self->library_flap, "library-visible");
}

static void
inspector_revealed_cb (LeydenWindow *self)
{
  if (!adw_flap_get_folded (self->inspector_flap) && self->document != NULL)
    self->inspector_closed = !adw_flap_get_reveal_flap (self->inspector_flap);
  reveal_setting (self, self->inspector_flap, "inspector-visible");
}

/* --- the height of the panel --- */

static void
save_panel_height (LeydenWindow *self)
{
  if (self->panel != NULL && gtk_widget_get_mapped (GTK_WIDGET (self->panel)))
    g_settings_set_int (self->settings, "panel-height", CLAMP (gtk_widget_get_height (GTK_WIDGET (self->panel)), 120, 4096));
}

/* The first allocation tells how much room there is. */
static void
place_panel_cb (LeydenWindow *self)
{
  int height = gtk_widget_get_height (GTK_WIDGET (self->paned));

  if (self->panel_placed || height <= 0)
    return;
  self->panel_placed = TRUE;
  gtk_paned_set_position (self->paned, MAX (height - g_settings_get_int (self->settings, "panel-height"), height / 3));
}

/* --- building --- */

static void
take_parts (LeydenWindow *self,
            LeydenEditor *editor)
{
  self->banner = editor->banner;
  self->banner_label = editor->banner_label;
  self->library_flap = editor->library_flap;
  self->library = editor->library;
  self->inspector_flap = editor->inspector_flap;
  self->paned = editor->paned;
  self->canvas_stack = editor->canvas_stack;
  self->canvas = editor->canvas;
  self->outline = editor->outline;
  self->panel = editor->panel;
  self->empty_hint = editor->empty_hint;
  self->zoom_box = editor->zoom_box;
  self->zoom_label = editor->zoom_label;
}

static void
bind_editor (LeydenWindow *self)
{
  const GBindingFlags both = G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL;

  adw_flap_set_reveal_flap (self->library_flap, g_settings_get_boolean (self->settings, "library-visible"));
  self->inspector_closed = !g_settings_get_boolean (self->settings, "inspector-visible");
  g_object_bind_property (self->library_flap, "reveal-flap", self->library_button, "active", both);
  g_object_bind_property (self->inspector_flap, "reveal-flap", self->inspector_button, "active", both);
  g_settings_bind (self->settings, "show-grid", self->canvas, "show-grid", G_SETTINGS_BIND_GET);
  g_settings_bind (self->settings, "snap-to-grid", self->canvas, "snap-to-grid", G_SETTINGS_BIND_GET);
  g_settings_bind (self->settings, "panel-visible", self->panel, "visible", G_SETTINGS_BIND_GET);
}

static void
build_editor (LeydenWindow *self)
{
  self->editor = LEYDEN_EDITOR (leyden_editor_new ());
  take_parts (self, self->editor);
  g_object_set (self->canvas, "selection", self->selection, NULL);
  leyden_outline_set_canvas (self->outline, self->canvas, self->selection);
  bind_editor (self);
  g_signal_connect_object (self->library, "insert", G_CALLBACK (insert_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->library_flap, "notify::reveal-flap", G_CALLBACK (library_revealed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->inspector_flap, "notify::reveal-flap", G_CALLBACK (inspector_revealed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->editor->breadcrumb, "activated", G_CALLBACK (leyden_window_leave_body), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "configure", G_CALLBACK (configure_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "add-requested", G_CALLBACK (add_requested_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "message", G_CALLBACK (leyden_window_toast), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "notify::zoom", G_CALLBACK (zoom_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->outline, "configure", G_CALLBACK (configure_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "changed", G_CALLBACK (selection_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->paned, "notify::max-position", G_CALLBACK (place_panel_cb), self, G_CONNECT_SWAPPED);
  leyden_window_connect_find (self);
  gtk_stack_add_named (self->design, GTK_WIDGET (self->editor), "editor");
  zoom_cb (self);
}

static void
build_inspector (LeydenWindow *self)
{
  self->inspector = LEYDEN_INSPECTOR (leyden_inspector_new ());
  g_object_set (self->inspector, "selection", self->selection, NULL);
  adw_bin_set_child (self->editor->inspector_bin, GTK_WIDGET (self->inspector));
}

static void
build_try (LeydenWindow *self)
{
  leyden_bottom_panel_add (self->panel, "try", _("Try"), leyden_try_panel_new ());
}

static void
build_run (LeydenWindow *self)
{
  leyden_bottom_panel_add (self->panel, "run", _("Run"), leyden_run_panel_new ());
}

static void
build_train (LeydenWindow *self)
{
  GtkWidget *run = leyden_bottom_panel_get_child (self->panel, "run");

  leyden_bottom_panel_add (self->panel, "train", _("Train"), leyden_train_panel_new (LEYDEN_RUN_PANEL (run)));
}

static void
build_problems (LeydenWindow *self)
{
  self->problems = LEYDEN_PROBLEMS_PANEL (leyden_problems_panel_new ());
  g_signal_connect_object (self->problems, "checked", G_CALLBACK (checked_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->problems, "show-element", G_CALLBACK (show_element_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->problems, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  leyden_bottom_panel_add (self->panel, "problems", _("Problems"), GTK_WIDGET (self->problems));
}

/* An agl-server has rollouts and nothing else. */
static void
build_runs_page (LeydenWindow *self)
{
  const char *mirror = leyden_session_get_mirror (leyden_session_get_default ());

  if (mirror != NULL)
    {
      self->runs_place = NULL;
      self->runs_page = NULL;
      self->mirror_page = leyden_mirror_page_new (mirror);
      adw_bin_set_child (self->runs_bin, self->mirror_page);
      g_signal_connect_object (self->mirror_page, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
      leyden_window_connect_mirror (self->mirror_page);
      return;
    }
  self->mirror_page = NULL;
  self->runs_place = LEYDEN_RUNS_PLACE (leyden_runs_place_new ());
  self->runs_page = leyden_runs_place_get_runs (self->runs_place);
  adw_bin_set_child (self->runs_bin, GTK_WIDGET (self->runs_place));
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

typedef void (*Step) (LeydenWindow *self);

static const Step build_steps[] = {
  build_editor, build_inspector, build_try, build_run, build_train, build_problems, build_runs_page, build_experiments_page,
  leyden_window_connect_panels,
};

static gboolean
build_one (LeydenWindow *self)
{
  if (self->n_built < G_N_ELEMENTS (build_steps))
    build_steps[self->n_built++] (self);
  return self->n_built < G_N_ELEMENTS (build_steps);
}

/* What shows and starts things of the backend, anew for another one: nothing of the one before stays on the screen. */
void
leyden_window_rebuild_for_backend (LeydenWindow *self)
{
  static const char * const pages[] = { "problems", "train", "run", "try" };
  g_autofree char *page = NULL;

  if (!leyden_window_is_built (self) || self->dismantling)
    return;
  page = g_strdup (leyden_bottom_panel_get_page (self->panel));
  self->problems = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    leyden_bottom_panel_remove (self->panel, pages[i]);
  leyden_window_take_statuses (self, NULL);
  leyden_inspector_set_state (self->inspector, NULL);
  build_try (self);
  build_run (self);
  build_train (self);
  build_problems (self);
  build_runs_page (self);
  build_experiments_page (self);
  leyden_window_connect_panels (self);
  leyden_window_give_panels (self);
  leyden_bottom_panel_set_page (self->panel, page);
}

gboolean
leyden_window_is_built (LeydenWindow *self)
{
  return self->n_built == G_N_ELEMENTS (build_steps);
}

void
leyden_window_build (LeydenWindow *self)
{
  /* What answers late finds nothing to show it on any more. */
  if (self->dismantling)
    return;
  g_clear_handle_id (&self->build_id, g_source_remove);
  while (build_one (self))
    ;
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
remove_document (LeydenWindow *self)
{
  leyden_window_set_document (self, NULL);
}

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
remove_train (LeydenWindow *self)
{
  if (self->panel != NULL)
    leyden_bottom_panel_remove (self->panel, "train");
}

static void
remove_try (LeydenWindow *self)
{
  if (self->panel != NULL)
    leyden_bottom_panel_remove (self->panel, "try");
}

static void
remove_run (LeydenWindow *self)
{
  if (self->panel != NULL)
    leyden_bottom_panel_remove (self->panel, "run");
}

static void
remove_inspector (LeydenWindow *self)
{
  self->inspector = NULL;
  if (self->editor != NULL)
    adw_bin_set_child (self->editor->inspector_bin, NULL);
}

static void
remove_library (LeydenWindow *self)
{
  self->library = NULL;
  if (self->library_flap != NULL)
    adw_flap_set_flap (self->library_flap, NULL);
}

static void
remove_editor (LeydenWindow *self)
{
  LeydenEditor none = { 0 };
  GtkWidget *editor = GTK_WIDGET (g_steal_pointer (&self->editor));

  self->problems = NULL;
  take_parts (self, &none);
  if (editor != NULL)
    gtk_stack_remove (self->design, editor);
}

static void
destroy (LeydenWindow *self)
{
  gtk_window_destroy (GTK_WINDOW (self));
}

static const Step dismantle_steps[] = {
  remove_document, remove_experiments_page, remove_runs_page, remove_try, remove_train, remove_run, remove_inspector, remove_library, remove_editor, destroy,
};

typedef struct
{
  LeydenWindow *window;
  GApplication *application;            /* nullable */
} Dismantling;

static gboolean
dismantling_cb (gpointer data)
{
  LeydenWindow *self = ((Dismantling *) data)->window;

  dismantle_steps[self->n_dismantled++] (self);
  return self->n_dismantled < G_N_ELEMENTS (dismantle_steps);
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
  save_panel_height (self);
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
