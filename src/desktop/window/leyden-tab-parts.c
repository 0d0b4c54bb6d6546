/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-tab.h"

#include <glib/gi18n-lib.h>

#include "leyden-debug-pages.h"
#include "leyden-debug-panel.h"
#include "leyden-run-panel.h"
#include "leyden-train-panel.h"
#include "leyden-try-panel.h"
#include "leyden-window-private.h"

/* The page of a tab: built and taken apart in steps, see leyden-window-parts.c. */

/* --- what the parts say --- */

void
leyden_tab_focus_inspector (LeydenTab *self)
{
  adw_flap_set_reveal_flap (self->inspector_flap, TRUE);
  gtk_widget_child_focus (GTK_WIDGET (self->inspector), GTK_DIR_TAB_FORWARD);
}

static void
configure_cb (LeydenTab  *self,
              const char *id)
{
  leyden_selection_set (self->selection, LEYDEN_ELEMENT_NODE, id);
  leyden_tab_focus_inspector (self);
}

static void
add_requested_cb (LeydenTab *self)
{
  adw_flap_set_reveal_flap (self->library_flap, TRUE);
  leyden_library_focus_search (self->library);
}

static void
insert_cb (LeydenTab  *self,
           const char *type)
{
  if (self->document == NULL)
    leyden_window_new_document (self->window);
  /* An overlay would cover the new node. */
  if (adw_flap_get_folded (self->library_flap))
    adw_flap_set_reveal_flap (self->library_flap, FALSE);
  leyden_canvas_insert (self->canvas, type, NULL);
}

static void
failed_cb (LeydenTab *self,
           GError    *error)
{
  leyden_window_toast (self->window, error->message);
}

static void
message_cb (LeydenTab  *self,
            const char *text)
{
  leyden_window_toast (self->window, text);
}

static void
checked_cb (LeydenTab *self)
{
  GPtrArray *problems = leyden_problems_panel_get_list (self->problems);

  leyden_canvas_set_problems (self->canvas, problems);
  leyden_outline_reload (self->outline);
  leyden_bottom_panel_set_badge (self->panel, "problems", problems->len);
}

static void
repair_cb (LeydenTab           *self,
           const LeydenProblem *problem)
{
  leyden_problems_panel_repair (self->problems, problem);
}

static void
show_problem_cb (LeydenTab           *self,
                 const LeydenProblem *problem)
{
  leyden_problems_panel_show (self->problems, problem);
}

static void
show_element_cb (LeydenTab          *self,
                 LeydenElementKind   kind,
                 const char         *id,
                 const char * const *scope)
{
  leyden_tab_show_element (self, scope, kind, id);
}

/* The inspector opens with the first node that is selected, until the person closes it. */
static void
selection_changed_cb (LeydenTab *self)
{
  LeydenElementKind kind;

  if (!self->window->inspector_closed && !adw_flap_get_folded (self->inspector_flap)
      && leyden_selection_get_single (self->selection, &kind, NULL) && kind == LEYDEN_ELEMENT_NODE)
    adw_flap_set_reveal_flap (self->inspector_flap, TRUE);
}

static void
zoom_cb (LeydenTab *self)
{
  g_autofree char *text = g_strdup_printf (_("%.0f %%"), leyden_canvas_get_zoom (self->canvas) * 100);

  gtk_button_set_label (self->zoom_label, text);
}

static void
reveal_setting (LeydenTab  *self,
                AdwFlap    *flap,
                const char *key)
{
  /* Folding closes it too, but says nothing about what the person wants. */
  if (!adw_flap_get_folded (flap) && self->document != NULL)
    g_settings_set_boolean (self->window->settings, key, adw_flap_get_reveal_flap (flap));
}

static void
library_revealed_cb (LeydenTab *self)
{
  reveal_setting (self, self->library_flap, "library-visible");
}

static void
inspector_revealed_cb (LeydenTab *self)
{
  if (!adw_flap_get_folded (self->inspector_flap) && self->document != NULL)
    self->window->inspector_closed = !adw_flap_get_reveal_flap (self->inspector_flap);
  reveal_setting (self, self->inspector_flap, "inspector-visible");
}

/* --- the height of the panel --- */

void
leyden_tab_save_panel_height (LeydenTab *self)
{
  if (self->panel != NULL && !self->panel_alone && gtk_widget_get_mapped (GTK_WIDGET (self->panel)))
    g_settings_set_int (self->window->settings, "panel-height", CLAMP (gtk_widget_get_height (GTK_WIDGET (self->panel)), 120, 4096));
}

/* The first allocation tells how much room there is. */
static void
place_panel_cb (LeydenTab *self)
{
  int height = gtk_widget_get_height (GTK_WIDGET (self->paned));

  if (self->panel_placed || height <= 0)
    return;
  self->panel_placed = TRUE;
  gtk_paned_set_position (self->paned, MAX (height - g_settings_get_int (self->window->settings, "panel-height"), height / 3));
}

void
leyden_tab_set_panel_alone (LeydenTab *self,
                            gboolean   alone)
{
  g_return_if_fail (LEYDEN_IS_TAB (self));

  if (self->panel == NULL || self->panel_alone == alone)
    return;
  leyden_tab_save_panel_height (self);
  self->panel_alone = alone;
  gtk_widget_set_visible (gtk_paned_get_start_child (self->paned), !alone);
  if (leyden_tab_is_shown (self))
    leyden_window_update_actions (self->window);
}

/* --- building --- */

static void
take_parts (LeydenTab    *self,
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
bind_editor (LeydenTab *self)
{
  adw_flap_set_reveal_flap (self->library_flap, g_settings_get_boolean (self->window->settings, "library-visible"));
  self->window->inspector_closed = !g_settings_get_boolean (self->window->settings, "inspector-visible");
  g_settings_bind (self->window->settings, "show-grid", self->canvas, "show-grid", G_SETTINGS_BIND_GET);
  g_settings_bind (self->window->settings, "show-map", self->editor->minimap, "visible", G_SETTINGS_BIND_GET);
  g_settings_bind (self->window->settings, "snap-to-grid", self->canvas, "snap-to-grid", G_SETTINGS_BIND_GET);
  g_settings_bind (self->window->settings, "panel-visible", self->panel, "visible", G_SETTINGS_BIND_GET);
}

static void
build_editor (LeydenTab *self)
{
  self->editor = LEYDEN_EDITOR (leyden_editor_new ());
  take_parts (self, self->editor);
  leyden_tab_connect_banner (self);
  g_object_set (self->canvas, "selection", self->selection, NULL);
  leyden_outline_set_canvas (self->outline, self->canvas, self->selection);
  bind_editor (self);
  g_signal_connect_object (self->library, "insert", G_CALLBACK (insert_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->library_flap, "notify::reveal-flap", G_CALLBACK (library_revealed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->inspector_flap, "notify::reveal-flap", G_CALLBACK (inspector_revealed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->editor->breadcrumb, "activated", G_CALLBACK (leyden_tab_leave_body), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "configure", G_CALLBACK (configure_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "add-requested", G_CALLBACK (add_requested_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "repair", G_CALLBACK (repair_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "show-problem", G_CALLBACK (show_problem_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "message", G_CALLBACK (message_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "notify::zoom", G_CALLBACK (zoom_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->outline, "configure", G_CALLBACK (configure_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "changed", G_CALLBACK (selection_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->paned, "notify::max-position", G_CALLBACK (place_panel_cb), self, G_CONNECT_SWAPPED);
  leyden_tab_connect_find (self);
  gtk_widget_set_parent (GTK_WIDGET (self->editor), GTK_WIDGET (self));
  zoom_cb (self);
  if (leyden_tab_is_shown (self))
    leyden_window_bind_page (self->window);
}

static void
build_inspector (LeydenTab *self)
{
  self->inspector = LEYDEN_INSPECTOR (leyden_inspector_new ());
  g_object_set (self->inspector, "selection", self->selection, NULL);
  adw_bin_set_child (self->editor->inspector_bin, GTK_WIDGET (self->inspector));
}

static void
build_try (LeydenTab *self)
{
  leyden_bottom_panel_add (self->panel, "try", _("Try"), leyden_try_panel_new ());
}

static void
build_run (LeydenTab *self)
{
  leyden_bottom_panel_add (self->panel, "run", _("Run"), leyden_run_panel_new ());
}

static void
build_train (LeydenTab *self)
{
  GtkWidget *run = leyden_bottom_panel_get_child (self->panel, "run");

  leyden_bottom_panel_add (self->panel, "train", _("Train"), leyden_train_panel_new (LEYDEN_RUN_PANEL (run)));
}

static void
build_debug (LeydenTab *self)
{
  GtkWidget *panel = leyden_debug_panel_new ();

  leyden_debug_pages_add (LEYDEN_DEBUG_PANEL (panel));
  leyden_bottom_panel_add (self->panel, "debug", _("Debug"), panel);
}

static void
build_problems (LeydenTab *self)
{
  self->problems = LEYDEN_PROBLEMS_PANEL (leyden_problems_panel_new ());
  g_signal_connect_object (self->problems, "checked", G_CALLBACK (checked_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->problems, "show-element", G_CALLBACK (show_element_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->problems, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  leyden_bottom_panel_add (self->panel, "problems", _("Problems"), GTK_WIDGET (self->problems));
}

typedef void (*Step) (LeydenTab *self);

static const Step build_steps[] = {
  build_editor, build_inspector, build_try, build_run, build_train, build_debug, build_problems, leyden_tab_connect_panels, leyden_tab_connect_training,
  leyden_tab_connect_debug,
};

gboolean
leyden_tab_build_one (LeydenTab *self)
{
  if (self->n_built < G_N_ELEMENTS (build_steps))
    build_steps[self->n_built++] (self);
  if (leyden_tab_is_built (self) && self->document != NULL && self->shown == NULL)
    leyden_tab_give_document (self);
  return !leyden_tab_is_built (self);
}

void
leyden_tab_build (LeydenTab *self)
{
  while (leyden_tab_build_one (self))
    ;
}

gboolean
leyden_tab_is_built (LeydenTab *self)
{
  return self->n_built == G_N_ELEMENTS (build_steps);
}

void
leyden_tab_rebuild_for_backend (LeydenTab *self)
{
  static const char * const pages[] = { "problems", "debug", "train", "run", "try" };
  g_autofree char *page = NULL;

  if (!leyden_tab_is_built (self))
    return;
  page = g_strdup (leyden_bottom_panel_get_page (self->panel));
  leyden_tab_end_debug (self);
  self->problems = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    leyden_bottom_panel_remove (self->panel, pages[i]);
  leyden_tab_take_statuses (self, NULL);
  leyden_inspector_set_state (self->inspector, NULL);
  build_try (self);
  build_run (self);
  build_train (self);
  build_debug (self);
  build_problems (self);
  leyden_tab_connect_panels (self);
  leyden_tab_connect_training (self);
  leyden_tab_connect_debug (self);
  leyden_tab_give_panels (self);
  leyden_bottom_panel_set_page (self->panel, page);
}

/* --- taking apart --- */

static void
remove_document (LeydenTab *self)
{
  leyden_tab_set_document (self, NULL);
}

static void
remove_train (LeydenTab *self)
{
  if (self->panel != NULL)
    leyden_bottom_panel_remove (self->panel, "train");
}

static void
remove_try (LeydenTab *self)
{
  if (self->panel != NULL)
    leyden_bottom_panel_remove (self->panel, "try");
}

static void
remove_run (LeydenTab *self)
{
  if (self->panel != NULL)
    leyden_bottom_panel_remove (self->panel, "run");
}

static void
remove_debug (LeydenTab *self)
{
  if (self->panel != NULL)
    leyden_bottom_panel_remove (self->panel, "debug");
}

static void
remove_inspector (LeydenTab *self)
{
  self->inspector = NULL;
  if (self->editor != NULL)
    adw_bin_set_child (self->editor->inspector_bin, NULL);
}

static void
remove_library (LeydenTab *self)
{
  self->library = NULL;
  if (self->library_flap != NULL)
    adw_flap_set_flap (self->library_flap, NULL);
}

static void
remove_editor (LeydenTab *self)
{
  LeydenEditor none = { 0 };
  GtkWidget *editor = GTK_WIDGET (g_steal_pointer (&self->editor));

  self->problems = NULL;
  take_parts (self, &none);
  if (editor != NULL)
    gtk_widget_unparent (editor);
}

static const Step dismantle_steps[] = {
  remove_document, remove_try, remove_debug, remove_train, remove_run, remove_inspector, remove_library, remove_editor,
};

gboolean
leyden_tab_dismantle_one (LeydenTab *self)
{
  GtkWidget *run = self->panel != NULL ? leyden_bottom_panel_get_child (self->panel, "run") : NULL;

  if (run != NULL && leyden_run_panel_dismantle (LEYDEN_RUN_PANEL (run)))
    return TRUE;
  dismantle_steps[self->n_dismantled++] (self);
  return self->n_dismantled < G_N_ELEMENTS (dismantle_steps);
}
