/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-session.h"
#include "leyden-text.h"

/* A rollout from anywhere, looked at with the debugger: of a run that is listed, of a mirrored server, from a file.
 *
 *   file ──► imported by the backend ──► its run ──► flow that is open? ──yes──► there
 *                                         ▲              └──no──► the flow as it ran, or an empty one ──► there
 *                       win.debug-rollout ┘
 */

/* What a rollout without a flow (of an agl-server) is shown in. */
#define NO_FLOW "{\"leyden\": 1, \"id\": \"no-flow\", \"nodes\": [], \"edges\": []}"
#define MAX_TITLE 60

typedef struct
{
  LeydenWindow *window;
  char         *run;
  char         *rollout;
  char         *title;                  /* of the run; nullable until known */
} Opening;

static void
opening_free (Opening *self)
{
  g_object_unref (self->window);
  g_free (self->run);
  g_free (self->rollout);
  g_free (self->title);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opening, opening_free)

static void
show (Opening *self)
{
  leyden_window_show_panel (self->window, "debug");
  leyden_tab_debug (self->window->tab, self->rollout);
}

static void
shown_cb (LeydenWindow *window,
          gpointer      data)
{
  show (data);
}

/* @bytes NULL: it has none. Takes @self. */
static void
show_flow (Opening *self,
           GBytes  *bytes)
{
  g_autoptr(Opening) opening = self;
  g_autofree char *shown = leyden_text_display (self->title, -1, MAX_TITLE, FALSE);
  g_autoptr(GBytes) empty = g_bytes_new_static (NO_FLOW, strlen (NO_FLOW));
  g_autoptr(GError) error = NULL;

  if (leyden_window_show_flow (self->window, bytes != NULL ? bytes : empty, shown, shown_cb, self, (GDestroyNotify) opening_free, &error))
    opening = NULL;
  else
    leyden_window_show_error (self->window, _("The Flow of This Rollout Cannot Be Shown"), error);
}

static void
flow_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(Opening) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = leyden_backend_fetch_finish (LEYDEN_BACKEND (object), result, &error);

  if (self->window->dismantling)
    return;
  if (bytes != NULL || g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_NOT_FOUND))
    show_flow (g_steal_pointer (&self), bytes);
  else
    leyden_window_show_error (self->window, _("The Flow of This Rollout Cannot Be Shown"), error);
}

static void
run_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      data)
{
  g_autoptr(Opening) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) run = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  const char *flow = leyden_value_get_member_string (run, "flow_id", NULL);
  g_autofree char *id = leyden_backend_escape (self->run);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/flow", id);
  gboolean same;

  if (self->window->dismantling)
    return;
  if (run == NULL)
    leyden_window_show_error (self->window, _("The Rollout Cannot Be Shown"), error);
  /* That it has changed since is said by the debugger. */
  else if (flow != NULL && leyden_window_show_flow_of_run (self->window, flow, leyden_value_get_member_string (run, "flow_hash", NULL), &same))
    show (self);
  else
    {
      self->title = g_strdup (leyden_value_get_member_string (run, "title", ""));
      leyden_backend_fetch_async (LEYDEN_BACKEND (object), path, NULL, flow_cb, g_steal_pointer (&self));
    }
}

void
leyden_window_debug_rollout (LeydenWindow *self,
                             const char   *run,
                             const char   *rollout)
{
  g_autoptr(Opening) opening = g_new0 (Opening, 1);
  g_autofree char *id = leyden_backend_escape (run);
  g_autofree char *path = g_strconcat ("/leyden/v1/runs/", id, NULL);

  opening->window = g_object_ref (self);
  opening->run = g_strdup (run);
  opening->rollout = g_strdup (rollout);
  if (*run == '\0')
    {
      opening->title = g_strdup (rollout);
      show_flow (g_steal_pointer (&opening), NULL);
      return;
    }
  leyden_backend_request_async (leyden_session_get_backend (leyden_session_get_default ()), "GET", path, NULL, NULL, run_cb,
                                g_steal_pointer (&opening));
}

static void
debug_rollout_action (GSimpleAction *action,
                      GVariant      *parameter,
                      gpointer       data)
{
  const char *run, *rollout;

  g_variant_get (parameter, "(&s&s)", &run, &rollout);
  leyden_window_debug_rollout (data, run, rollout);
}

/* --- files --- */

/* A member that is text, or an object that has one of that name. */
static const char *
get_id (LeydenValue *answer,
        const char  *name)
{
  LeydenValue *member = leyden_value_get_member (answer, name);

  return leyden_value_get_string (member, NULL) != NULL ? leyden_value_get_string (member, NULL) : leyden_value_get_member_string (member, name, NULL);
}

static void
imported_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenWindow) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  const char *rollout = get_id (answer, "rollout"), *run = get_id (answer, "run");

  if (self->dismantling)
    return;
  if (answer == NULL)
    leyden_window_show_error (self, _("The Rollout Cannot Be Opened"), error);
  else if (rollout != NULL && run != NULL)
    leyden_window_debug_rollout (self, run, rollout);
}

void
leyden_window_import_rollout (LeydenWindow *self,
                              GFile        *file)
{
  leyden_session_start (leyden_session_get_default ());
  leyden_backend_import_rollout_async (leyden_session_get_backend (leyden_session_get_default ()), file, NULL, imported_cb, g_object_ref (self));
}

static void
chosen_cb (GtkNativeDialog *dialog,
           int              response,
           LeydenWindow    *self)
{
  g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;

  if (file != NULL)
    leyden_window_import_rollout (self, file);
  g_clear_object (&self->chooser);
}

static void
open_rollout_action (GSimpleAction *action,
                     GVariant      *parameter,
                     gpointer       data)
{
  LeydenWindow *self = data;
  g_autoptr(GtkFileFilter) rollouts = gtk_file_filter_new ();
  g_autoptr(GtkFileFilter) all = gtk_file_filter_new ();

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_("Open a Rollout"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_OPEN, _("_Open"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_filter_set_name (rollouts, _("Rollouts"));
  gtk_file_filter_add_suffix (rollouts, "json");
  gtk_file_filter_add_suffix (rollouts, "leyden-rollout");
  gtk_file_filter_set_name (all, _("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), rollouts);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), all);
  g_signal_connect (self->chooser, "response", G_CALLBACK (chosen_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* --- to a file --- */

typedef struct
{
  LeydenWindow *window;
  GFile        *file;
} Exporting;

static void
exporting_free (Exporting *self)
{
  g_object_unref (self->window);
  g_object_unref (self->file);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Exporting, exporting_free)

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenWindow) self = data;
  g_autoptr(GError) error = NULL;
  gboolean written = g_file_replace_contents_finish (G_FILE (object), result, NULL, &error);

  if (self->dismantling)
    return;
  if (written)
    leyden_window_toast (self, _("The rollout was exported"));
  else
    leyden_window_show_error (self, _("The Rollout Cannot Be Exported"), error);
}

static void
exported_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(Exporting) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = leyden_backend_fetch_finish (LEYDEN_BACKEND (object), result, &error);

  if (self->window->dismantling)
    return;
  if (bytes == NULL)
    leyden_window_show_error (self->window, _("The Rollout Cannot Be Exported"), error);
  else
    g_file_replace_contents_bytes_async (self->file, bytes, NULL, FALSE, G_FILE_CREATE_PRIVATE, NULL, written_cb, g_object_ref (self->window));
}

void
leyden_window_export_rollout (LeydenWindow *self,
                              const char   *rollout,
                              GFile        *file)
{
  Exporting *exporting = g_new0 (Exporting, 1);
  g_autofree char *id = leyden_backend_escape (rollout);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/export", id);

  exporting->window = g_object_ref (self);
  exporting->file = g_object_ref (file);
  leyden_backend_fetch_async (leyden_session_get_backend (leyden_session_get_default ()), path, NULL, exported_cb, exporting);
}

/* The rollout is that which was looked at when the file was asked for. */
static void
export_chosen_cb (GtkNativeDialog *dialog,
                  int              response,
                  LeydenWindow    *self)
{
  g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;

  if (file != NULL)
    leyden_window_export_rollout (self, g_object_get_data (G_OBJECT (dialog), "rollout"), file);
  g_clear_object (&self->chooser);
}

static void
export_action (GSimpleAction *action,
               GVariant      *parameter,
               gpointer       data)
{
  LeydenWindow *self = data;
  LeydenRolloutView *view = leyden_tab_get_debug_view (self->tab);

  if (view == NULL)
    return;
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_("Export the Rollout"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Export"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), _("rollout.leyden-rollout"));
  g_object_set_data_full (G_OBJECT (self->chooser), "rollout", g_strdup (leyden_rollout_view_get_rollout (view)), g_free);
  g_signal_connect (self->chooser, "response", G_CALLBACK (export_chosen_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

void
leyden_window_add_rollout (LeydenWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "export-rollout", .activate = export_action },
    { .name = "open-rollout", .activate = open_rollout_action },
    { .name = "debug-rollout", .activate = debug_rollout_action, .parameter_type = "(ss)" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
