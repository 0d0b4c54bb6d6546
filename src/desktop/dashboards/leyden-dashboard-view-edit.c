/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-dashboard-view-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "leyden-announce.h"
#include "leyden-panel-data.h"
#include "leyden-panel-editor.h"
#include "leyden-safe-text.h"
#include "leyden-text.h"

/* What changes a dashboard, and how it is kept.
 *
 *   change ──► history, shown ──► unsaved ──SAVE_MS──► saving ──ok──► saved (or again, when it was changed meanwhile)
 *                                                        │ 409: somebody else changed it, and the person decides; of one that was left
 *                                                        │      meanwhile, what was changed is kept as a copy
 *                                                        └ else: said, and tried again with the next change or connection
 */
#define SAVE_MS 400

/* --- keeping --- */

/* One that is being sent. */
struct _LeydenDashboardSaving
{
  LeydenDashboardView *view;
  char                *id;
  LeydenValue         *document;        /* that is sent */
  LeydenValue         *next;            /* what was changed since of one that was left meanwhile; nullable */
};

static void
saving_free (LeydenDashboardSaving *saving)
{
  g_object_unref (saving->view);
  g_free (saving->id);
  g_clear_pointer (&saving->document, leyden_value_unref);
  g_clear_pointer (&saving->next, leyden_value_unref);
  g_free (saving);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LeydenDashboardSaving, saving_free)

static void save_answered_cb (GObject *object, GAsyncResult *result, gpointer data);

/* Takes @saving. */
static void
send (LeydenBackend         *backend,
      LeydenDashboardSaving *saving,
      gint64                 revision,
      LeydenValue           *document,
      GAsyncReadyCallback    callback)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  g_autofree char *path = g_strconcat ("/leyden/v1/dashboards/", saving->id, NULL);

  leyden_value_ref (document);
  g_clear_pointer (&saving->document, leyden_value_unref);
  saving->document = document;
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_int (&b, "revision", revision);
  leyden_value_builder_set (&b, "dashboard", document);
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  leyden_backend_request_async (backend, "PUT", path, body, NULL, callback, saving);
}

void
leyden_dashboard_view_save (LeydenDashboardView *self)
{
  g_clear_handle_id (&self->save_clock, g_source_remove);
  if (!self->unsaved || self->saving != NULL || self->history == NULL)
    return;
  self->saving = g_new0 (LeydenDashboardSaving, 1);
  self->saving->view = g_object_ref (self);
  self->saving->id = g_strdup (self->id);
  self->unsaved = FALSE;
  leyden_dashboard_view_update_bars (self);
  send (leyden_session_get_backend (self->session), self->saving, self->revision, leyden_dashboard_history_get (self->history),
        save_answered_cb);
}

void
leyden_dashboard_view_leave (LeydenDashboardView *self)
{
  if (self->unsaved && self->saving != NULL && self->history != NULL)
    self->saving->next = leyden_value_ref (leyden_dashboard_history_get (self->history));
  else
    leyden_dashboard_view_flush (self);
  g_clear_handle_id (&self->save_clock, g_source_remove);
  self->saving = NULL;
  self->unsaved = FALSE;
}

void
leyden_dashboard_view_flush (LeydenDashboardView *self)
{
  if (self->unsaved)
    leyden_dashboard_view_save (self);
}

static gboolean
save_cb (gpointer data)
{
  LeydenDashboardView *self = data;

  self->save_clock = 0;
  leyden_dashboard_view_save (self);
  return G_SOURCE_REMOVE;
}

static void
reread_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenDashboardView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer == NULL)
    leyden_dashboard_view_toast (self, error->message);
  else if (g_strcmp0 (leyden_value_get_member_string (answer, "id", NULL), self->id) == 0)
    leyden_dashboard_view_show (self, answer);
}

static void
conflict_cb (AdwMessageDialog    *dialog,
             const char          *response,
             LeydenDashboardView *self)
{
  g_autofree char *path = self->id != NULL ? g_strconcat ("/leyden/v1/dashboards/", self->id, NULL) : NULL;

  if (path == NULL)
    return;
  if (strcmp (response, "theirs") == 0)
    leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, NULL, reread_cb, g_object_ref (self));
  else
    g_signal_emit_by_name (self, "copy-requested", leyden_dashboard_history_get (self->history), NULL, NULL);
}

static void
ask_conflict (LeydenDashboardView *self)
{
  GtkWidget *dialog = leyden_message_dialog_new_safe (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _("Changed Elsewhere"),
                                                      _("Somebody else changed this dashboard meanwhile. Your changes can become a copy of it."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "theirs", _("_Show Theirs"), "copy", _("_Keep Mine as a Copy"), NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "copy");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "copy");
  g_signal_connect_object (dialog, "response", G_CALLBACK (conflict_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
tell_unsaved (LeydenDashboardView *self,
              const GError        *error)
{
  g_autofree char *text = g_strdup_printf (_("Not saved: %s"), error->message);

  leyden_dashboard_view_toast (self, text);
}

static void
show_copy_cb (AdwToast            *toast,
              LeydenDashboardView *self)
{
  g_signal_emit_by_name (self, "show-requested", g_object_get_data (G_OBJECT (toast), "id"));
}

static void
tell_copy (LeydenDashboardView *self,
           LeydenValue         *copy)
{
  g_autofree char *text = g_strdup_printf (_("Somebody else changed it meanwhile; yours is “%s”"), leyden_value_get_member_string (copy, "title", ""));
  AdwToast *toast = leyden_toast_new_safe (text);

  adw_toast_set_button_label (toast, _("_Show"));
  adw_toast_set_timeout (toast, 0);
  g_object_set_data_full (G_OBJECT (toast), "id", g_strdup (leyden_value_get_member_string (copy, "id", "")), g_free);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (show_copy_cb), self, 0);
  leyden_toast_tell (GTK_WIDGET (self), toast, text);
}

static void
copied_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenDashboardSaving) saving = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (saving->view->box == NULL)
    return;
  if (answer == NULL)
    {
      tell_unsaved (saving->view, error);
      return;
    }
  tell_copy (saving->view, saving->document);
  g_signal_emit_by_name (saving->view, "listed-changed");
}

/* Nobody is there to be asked any more: neither's work is lost. Takes @saving. */
static void
keep_copy (LeydenBackend         *backend,
           LeydenDashboardSaving *saving,
           LeydenValue           *document)
{
  g_autofree char *title = g_strdup_printf (_("%s (copy)"), leyden_value_get_member_string (document, "title", ""));
  g_autoptr(LeydenValue) copy = leyden_dashboard_copy (document, title);

  g_free (saving->id);
  saving->id = g_strdup (leyden_value_get_member_string (copy, "id", ""));
  send (backend, saving, 0, copy, copied_cb);
}

/* Of one that is shown no longer. Takes @saving. */
static void
left_answered (LeydenBackend         *backend,
               LeydenDashboardSaving *saving,
               LeydenValue           *answer,
               const GError          *error)
{
  g_autoptr(LeydenDashboardSaving) left = saving;
  g_autoptr(LeydenValue) next = g_steal_pointer (&left->next);

  if (g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_CONFLICT))
    {
      g_autoptr(LeydenValue) document = leyden_value_ref (next != NULL ? next : left->document);

      keep_copy (backend, g_steal_pointer (&left), document);
    }
  else if (error != NULL)
    tell_unsaved (left->view, error);
  else if (next != NULL)
    send (backend, g_steal_pointer (&left), leyden_value_get_member_int (answer, "revision", 0), next, save_answered_cb);
  else if (left->view->box != NULL)
    g_signal_emit_by_name (left->view, "listed-changed");
}

static void
save_answered_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(LeydenDashboardSaving) saving = data;
  LeydenDashboardView *self = saving->view;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (self->saving != saving)
    {
      left_answered (LEYDEN_BACKEND (object), g_steal_pointer (&saving), answer, error);
      return;
    }
  self->saving = NULL;
  if (answer != NULL)
    self->revision = leyden_value_get_member_int (answer, "revision", self->revision);
  if (answer != NULL && self->unsaved)
    leyden_dashboard_view_save (self);
  else if (g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_CONFLICT) && gtk_widget_get_root (GTK_WIDGET (self)) != NULL)
    ask_conflict (self);
  else if (error != NULL)
    {
      self->unsaved = TRUE;
      tell_unsaved (self, error);
    }
  if (self->box == NULL)
    return;
  leyden_dashboard_view_update_bars (self);
  if (answer != NULL)
    g_signal_emit_by_name (self, "listed-changed");
}

void
leyden_dashboard_view_change (LeydenDashboardView *self,
                              const char          *label,
                              LeydenValue         *document)
{
  if (!leyden_dashboard_history_change (self->history, label, document))
    return;
  self->unsaved = TRUE;
  if (self->save_clock == 0)
    self->save_clock = g_timeout_add (SAVE_MS, save_cb, self);
  leyden_dashboard_view_update (self);
}

/* --- history --- */

static gboolean
step (LeydenDashboardView *self,
      const char          *label,
      const char          *format)
{
  g_autofree char *safe = NULL;
  g_autoptr(GString) text = g_string_new (format);

  if (label == NULL)
    return FALSE;
  safe = leyden_text_display (label, -1, 80, FALSE);
  g_string_replace (text, "%s", safe, 1);
  self->unsaved = TRUE;
  if (self->save_clock == 0)
    self->save_clock = g_timeout_add (SAVE_MS, save_cb, self);
  leyden_dashboard_view_update (self);
  leyden_announce (GTK_WIDGET (self), text->str);
  return TRUE;
}

gboolean
leyden_dashboard_view_undo (LeydenDashboardView *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self), FALSE);

  return self->history != NULL && step (self, leyden_dashboard_history_undo (self->history), _("Undone: %s"));
}

gboolean
leyden_dashboard_view_redo (LeydenDashboardView *self)
{
  g_return_val_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self), FALSE);

  return self->history != NULL && step (self, leyden_dashboard_history_redo (self->history), _("Done again: %s"));
}

/* --- places --- */

static void
announce_place (LeydenDashboardView  *self,
                LeydenBoardPanel     *panel,
                const LeydenGridCell *cell)
{
  g_autofree char *text = g_strdup_printf (_("%s: column %d, row %d, %d wide, %d high"), leyden_board_panel_get_title (panel), cell->x + 1, cell->y + 1,
                                           cell->w, cell->h);

  leyden_announce (GTK_WIDGET (self), text);
}

void
leyden_dashboard_view_arranged_cb (LeydenDashboardView *self,
                                   LeydenGridCell      *cells,
                                   guint                n,
                                   int                  index,
                                   gboolean             resized)
{
  g_autoptr(LeydenValue) document = leyden_dashboard_with_cells (leyden_dashboard_history_get (self->history), cells, n);
  LeydenGridCell cell = cells[index];

  leyden_dashboard_view_change (self, resized ? _("Resize Panel") : _("Move Panel"), document);
  announce_place (self, leyden_board_grid_get_panel (LEYDEN_BOARD_GRID (self->grid), (guint) index), &cell);
}

static const struct
{
  const char     *what;
  LeydenGridStep  step;         /* of a move */
  int             w, h;         /* of a change of size; both 0: a move */
} moves[] = {
  { "left", LEYDEN_GRID_LEFT, 0, 0 },
  { "right", LEYDEN_GRID_RIGHT, 0, 0 },
  { "up", LEYDEN_GRID_UP, 0, 0 },
  { "down", LEYDEN_GRID_DOWN, 0, 0 },
  { "wider", 0, 1, 0 },
  { "narrower", 0, -1, 0 },
  { "taller", 0, 0, 1 },
  { "shorter", 0, 0, -1 },
};

/* Keys say where on the screen; the grid's first column may be on the right. */
static LeydenGridStep
turn (LeydenDashboardView *self,
      LeydenGridStep       direction)
{
  if (gtk_widget_get_direction (GTK_WIDGET (self)) != GTK_TEXT_DIR_RTL)
    return direction;
  return direction == LEYDEN_GRID_LEFT ? LEYDEN_GRID_RIGHT : direction == LEYDEN_GRID_RIGHT ? LEYDEN_GRID_LEFT : direction;
}

/* FALSE: @what is none of these. */
static gboolean
arrange (LeydenDashboardView *self,
         LeydenBoardPanel    *panel,
         const char          *what)
{
  LeydenValue *document = leyden_dashboard_history_get (self->history);
  int index = leyden_dashboard_find_panel (document, leyden_board_panel_get_id (panel));
  g_autofree LeydenGridCell *cells = NULL;
  gsize n;
  guint i = 0;

  while (i < G_N_ELEMENTS (moves) && strcmp (moves[i].what, what) != 0)
    i++;
  if (i == G_N_ELEMENTS (moves) || index < 0)
    return FALSE;
  cells = leyden_dashboard_get_cells (document, &n);
  if (moves[i].w == 0 && moves[i].h == 0)
    leyden_grid_step (cells, n, (gsize) index, turn (self, moves[i].step));
  else
    leyden_grid_resize (cells, n, (gsize) index, cells[index].w + moves[i].w, cells[index].h + moves[i].h);
  leyden_dashboard_view_arranged_cb (self, cells, (guint) n, index, moves[i].w != 0 || moves[i].h != 0);
  return TRUE;
}

/* --- panels --- */

/* As it comes out of the editor. */
static void
panel_edited_cb (LeydenDashboardView *self,
                 LeydenValue         *panel)
{
  LeydenValue *before;
  g_autoptr(LeydenValue) document = NULL;
  LeydenBoardPanel *widget;
  gboolean known;

  if (self->history == NULL)
    return;
  before = leyden_dashboard_history_get (self->history);
  known = leyden_dashboard_get_panel (before, leyden_value_get_member_string (panel, "id", "")) != NULL;
  document = leyden_dashboard_with_panel (before, panel);
  leyden_dashboard_view_change (self, known ? _("Edit Panel") : _("Add Panel"), document);
  widget = leyden_board_grid_find_panel (LEYDEN_BOARD_GRID (self->grid), leyden_value_get_member_string (panel, "id", ""));
  if (widget != NULL && self->editing)
    gtk_widget_grab_focus (GTK_WIDGET (widget));
}

static void
edit_panel (LeydenDashboardView *self,
            LeydenValue         *panel)
{
  LeydenValue *document = leyden_dashboard_history_get (self->history);
  g_autoptr(LeydenValue) variables = leyden_variables_bar_get_values (LEYDEN_VARIABLES_BAR (self->variables));
  GtkWidget *editor;

  editor = leyden_panel_editor_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->session, document, panel, variables, self->time, self->zone);
  g_signal_connect_object (editor, "done", G_CALLBACK (panel_edited_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (editor));
}

static void
undo_toast (LeydenDashboardView *self,
            const char          *text)
{
  AdwToast *toast = leyden_toast_new_safe (text);

  adw_toast_set_button_label (toast, _("_Undo"));
  adw_toast_set_action_name (toast, "win.undo");
  leyden_toast_tell (GTK_WIDGET (self), toast, text);
}

static void
remove_panel (LeydenDashboardView *self,
              LeydenBoardPanel    *panel)
{
  LeydenValue *before = leyden_dashboard_history_get (self->history);
  g_autofree char *text = g_strdup_printf (_("“%s” was removed"), leyden_board_panel_get_title (panel));
  int index = leyden_dashboard_find_panel (before, leyden_board_panel_get_id (panel));
  g_autoptr(LeydenValue) document = leyden_dashboard_without_panel (before, leyden_board_panel_get_id (panel));
  guint n;

  leyden_dashboard_view_change (self, _("Remove Panel"), document);
  n = leyden_board_grid_get_n_panels (LEYDEN_BOARD_GRID (self->grid));
  if (self->editing && n > 0)
    gtk_widget_grab_focus (GTK_WIDGET (leyden_board_grid_get_panel (LEYDEN_BOARD_GRID (self->grid), MIN ((guint) MAX (index, 0), n - 1))));
  undo_toast (self, text);
}

static void
duplicate_panel (LeydenDashboardView *self,
                 LeydenBoardPanel    *panel)
{
  g_autofree char *id = NULL;
  g_autoptr(LeydenValue) document =
    leyden_dashboard_with_duplicate (leyden_dashboard_history_get (self->history), leyden_board_panel_get_id (panel), &id);
  LeydenBoardPanel *copy;

  leyden_dashboard_view_change (self, _("Duplicate Panel"), document);
  copy = leyden_board_grid_find_panel (LEYDEN_BOARD_GRID (self->grid), id);
  if (copy != NULL && self->editing)
    gtk_widget_grab_focus (GTK_WIDGET (copy));
}

static void
add_panel (LeydenDashboardView *self)
{
  g_autoptr(LeydenValue) panel = leyden_dashboard_new_panel (leyden_dashboard_history_get (self->history));

  if (leyden_value_get_size (leyden_value_get_member (leyden_dashboard_history_get (self->history), "panels")) >= LEYDEN_DASHBOARD_MAX_PANELS)
    {
      g_autofree char *text = g_strdup_printf (_("A dashboard has at most %d panels"), LEYDEN_DASHBOARD_MAX_PANELS);

      leyden_dashboard_view_toast (self, text);
      return;
    }
  edit_panel (self, panel);
}

/* Whether it changes the document. */
static gboolean
is_change (const char *what)
{
  return !g_strv_contains ((const char * const []) { "full", "back", "data", "about", "retry", NULL }, what);
}

static void
show_about (LeydenDashboardView *self,
            LeydenBoardPanel    *panel)
{
  GtkWidget *dialog = leyden_message_dialog_new_safe (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), leyden_board_panel_get_title (panel),
                                                      leyden_value_get_member_string (leyden_board_panel_get_panel (panel), "description", ""));

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void full_act_cb (LeydenDashboardView *self, const char *what, LeydenBoardPanel *panel);

/* Alone on the page, as another widget: the one in the grid keeps its place. */
static void
show_full (LeydenDashboardView *self,
           LeydenBoardPanel    *panel)
{
  LeydenBoardPanel *full = LEYDEN_BOARD_PANEL (leyden_board_panel_new ());

  leyden_board_panel_set_full (full, TRUE);
  leyden_board_panel_set_panel (full, leyden_board_panel_get_panel (panel));
  g_signal_connect_object (full, "act", G_CALLBACK (full_act_cb), self, G_CONNECT_SWAPPED);
  self->full_panel = GTK_WIDGET (full);
  adw_bin_set_child (ADW_BIN (self->full_bin), self->full_panel);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "full");
  leyden_dashboard_view_update (self);
  gtk_widget_child_focus (self->full_panel, GTK_DIR_TAB_FORWARD);
}

static void
look (LeydenDashboardView *self,
      LeydenBoardPanel    *panel,
      const char          *what)
{
  if (strcmp (what, "retry") == 0)
    leyden_dashboard_feed_refresh (self->feed);
  else if (strcmp (what, "back") == 0)
    leyden_dashboard_view_go_back (self);
  else if (strcmp (what, "about") == 0)
    show_about (self, panel);
  else if (strcmp (what, "full") == 0)
    show_full (self, panel);
  else
    gtk_window_present (GTK_WINDOW (leyden_panel_data_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), leyden_board_panel_get_title (panel),
                                                           leyden_board_panel_get_result (panel), leyden_dashboard_feed_get_zone (self->feed))));
}

static void
full_act_cb (LeydenDashboardView *self,
             const char          *what,
             LeydenBoardPanel    *panel)
{
  look (self, panel, what);
}

static void
change_panel (LeydenDashboardView *self,
              LeydenBoardPanel    *panel,
              const char          *what)
{
  if (arrange (self, panel, what))
    return;
  if (strcmp (what, "edit") == 0)
    edit_panel (self, leyden_board_panel_get_panel (panel));
  else if (strcmp (what, "duplicate") == 0)
    duplicate_panel (self, panel);
  else if (strcmp (what, "remove") == 0)
    remove_panel (self, panel);
}

void
leyden_dashboard_view_act (LeydenDashboardView *self,
                           const char          *id,
                           const char          *what)
{
  LeydenBoardPanel *panel;

  g_return_if_fail (LEYDEN_IS_DASHBOARD_VIEW (self));

  if (self->history == NULL)
    return;
  panel = leyden_board_grid_find_panel (LEYDEN_BOARD_GRID (self->grid), id);
  if (is_change (what) && self->ready)
    g_signal_emit_by_name (self, "copy-requested", leyden_dashboard_history_get (self->history), id, what);
  else if (strcmp (what, "add") == 0)
    add_panel (self);
  else if (panel != NULL && is_change (what))
    change_panel (self, panel, what);
  else if (panel != NULL)
    look (self, panel, what);
}
