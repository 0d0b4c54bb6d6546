/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-run-panel.h"
#include "leyden-run-view.h"
#include "leyden-safe-text.h"
#include "leyden-session.h"
#include "leyden-text.h"
#include "leyden-train-panel.h"

/* What becomes of the backend and of runs: said when it was lost and came back, asked when the window closes. */

static void
tell (LeydenWindow *self,
      const char   *text)
{
  if (self->tab->document != NULL)
    leyden_tab_set_notice (self->tab, LEYDEN_NOTICE_BACKEND, text, NULL, NULL);
  else
    leyden_window_toast (self, text);
}

static void G_GNUC_PRINTF (2, 3)
append_sentence (GString    *text,
                 const char *format,
                 ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_string_append_c (text, ' ');
  g_string_append_vprintf (text, format, arguments);
  va_end (arguments);
}

static void
restarted_cb (LeydenWindow *self,
              LeydenValue  *info)
{
  guint n_runs = leyden_value_get_size (leyden_value_get_member (info, "resumed_runs"));
  guint n_trainings = leyden_value_get_size (leyden_value_get_member (info, "resumed_experiments"));
  g_autoptr(GString) text = g_string_new (_("The backend had ended unexpectedly and was started again."));

  if (n_runs > 0)
    append_sentence (text, g_dngettext (GETTEXT_PACKAGE, "%u run goes on where it was.", "%u runs go on where they were.", n_runs), n_runs);
  if (n_trainings > 0)
    append_sentence (text, g_dngettext (GETTEXT_PACKAGE, "%u training goes on where it was.", "%u trainings go on where they were.", n_trainings),
                     n_trainings);
  if (n_runs + n_trainings == 0)
    append_sentence (text, "%s", _("Nothing was lost."));
  tell (self, text->str);
}

static void
lost_cb (LeydenWindow *self,
         GError       *error)
{
  leyden_window_toast (self, _("The connection to the backend was lost; it is being made again"));
}

/* --- closing with a run or a training --- */

static LeydenRunView *
get_active_run (LeydenTab *tab)
{
  GtkWidget *panel = tab->panel != NULL ? leyden_bottom_panel_get_child (tab->panel, "run") : NULL;
  LeydenRunView *view = panel != NULL ? leyden_run_panel_get_view (LEYDEN_RUN_PANEL (panel)) : NULL;

  return view != NULL && leyden_run_view_is_active (view) ? view : NULL;
}

static LeydenExperimentView *
get_active_training (LeydenTab *tab)
{
  GtkWidget *panel = tab->panel != NULL ? leyden_bottom_panel_get_child (tab->panel, "train") : NULL;
  LeydenExperimentView *view = panel != NULL ? leyden_train_panel_get_view (LEYDEN_TRAIN_PANEL (panel)) : NULL;

  return view != NULL && leyden_experiment_view_is_active (view) ? view : NULL;
}

static void
stop_tab (LeydenTab *tab)
{
  LeydenRunView *run = get_active_run (tab);
  LeydenExperimentView *training = get_active_training (tab);

  if (run != NULL)
    leyden_run_view_cancel (run);
  if (training != NULL)
    leyden_experiment_view_stop (training);
}

/* @tab NULL: all of them. */
static void
stop_runs (LeydenWindow *self,
           LeydenTab    *tab)
{
  if (tab != NULL)
    stop_tab (tab);
  for (guint i = 0; tab == NULL && i < leyden_window_get_n_tabs (self); i++)
    stop_tab (leyden_window_get_tab (self, i));
}

static void
count_active (LeydenWindow *self,
              LeydenTab    *only,
              guint        *n_runs,
              guint        *n_trainings)
{
  *n_runs = *n_trainings = 0;
  for (guint i = 0; i < leyden_window_get_n_tabs (self); i++)
    {
      LeydenTab *tab = leyden_window_get_tab (self, i);

      if (only != NULL && only != tab)
        continue;
      *n_runs += get_active_run (tab) != NULL;
      *n_trainings += get_active_training (tab) != NULL;
    }
}

typedef struct
{
  LeydenWindow *window;
  LeydenTab    *tab;                    /* nullable: the window is closed */
} Question;

static void
question_free (gpointer  data,
               GClosure *closure)
{
  Question *question = data;

  g_object_unref (question->window);
  g_clear_object (&question->tab);
  g_free (question);
}

static gboolean
close_cb (gpointer data)
{
  leyden_window_close_now (data);
  return G_SOURCE_REMOVE;
}

static void
keep_response_cb (AdwMessageDialog *dialog,
                  const char       *response,
                  Question         *question)
{
  LeydenWindow *self = question->window;
  gboolean close = !g_str_equal (response, "cancel");

  if (g_str_equal (response, "stop"))
    stop_runs (self, question->tab);
  if (!close)
    leyden_window_unsettle (self);
  if (question->tab != NULL)
    leyden_window_finish_close_tab (self, question->tab, close);
  else if (close)
    /* The dialog goes with its parent, but is not done with itself yet. */
    g_idle_add_full (G_PRIORITY_DEFAULT, close_cb, g_object_ref (self), g_object_unref);
}

static void
ask_about_run (LeydenWindow *self,
               LeydenTab    *tab,
               gboolean      is_run)
{
  GtkWidget *widget = leyden_message_dialog_new_safe (GTK_WINDOW (self), is_run ? _("A Run Is Still Going") : _("A Training Is Still Going"),
                                                      tab != NULL ? _("It can go on without the tab. The list of runs shows how it stands.")
                                                                  : _("It can go on without the window. The next window shows how it stands."));
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (widget);
  Question *question = g_new0 (Question, 1);

  question->window = g_object_ref (self);
  question->tab = tab != NULL ? g_object_ref (tab) : NULL;
  adw_message_dialog_add_responses (dialog, "cancel", _("Cancel"), "stop", _("Stop"), "keep", _("Keep Running"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "stop", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_response_appearance (dialog, "keep", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "keep");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (keep_response_cb), question, question_free, 0);
  gtk_window_present (GTK_WINDOW (widget));
}

gboolean
leyden_window_ask_runs (LeydenWindow *self,
                        LeydenTab    *tab)
{
  g_autofree char *choice = g_settings_get_string (self->settings, "keep-running");
  guint n_runs, n_trainings;

  if (leyden_window_ask_paused (self, tab, TRUE))
    return TRUE;
  count_active (self, tab, &n_runs, &n_trainings);
  if (n_runs + n_trainings == 0 || g_str_equal (choice, "keep"))
    return FALSE;
  if (g_str_equal (choice, "stop"))
    {
      stop_runs (self, tab);
      return FALSE;
    }
  ask_about_run (self, tab, n_runs > 0);
  return TRUE;
}

/* TRUE: the window stays while a question is asked. */
static gboolean
closing_cb (LeydenWindow *self)
{
  return leyden_window_ask_runs (self, NULL);
}

static void
switched_cb (LeydenWindow *self)
{
  leyden_window_rebuild_for_backend (self);
  /* The rollouts of an agl-server are all that it has to show. */
  if (leyden_session_get_mirror (leyden_session_get_default ()) != NULL)
    adw_view_stack_set_visible_child_name (self->views, "runs");
}

static void
read_only_cb (LeydenWindow *self)
{
  leyden_window_update_actions (self);
  if (leyden_session_is_read_only (leyden_session_get_default ()))
    leyden_window_toast (self, _("Read-only: your key for this backend may look, but start and change nothing"));
}

static void
key_left_cb (LeydenWindow     *self,
             LeydenConnection *connection,
             GError           *error)
{
  g_autofree char *name = leyden_text_display (leyden_connection_get_name (connection), -1, 60, FALSE);
  g_autofree char *text = g_strdup_printf (_("The key of “%s” may still be in the key ring: %s"), name, error->message);

  leyden_window_toast (self, text);
}

void
leyden_window_connect_backend (LeydenWindow *self)
{
  LeydenSession *session = leyden_session_get_default ();
  LeydenBackend *backend = leyden_session_get_backend (session);

  g_signal_connect_object (session, "switched", G_CALLBACK (switched_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::read-only", G_CALLBACK (read_only_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (leyden_connections_get_default (), "key-left", G_CALLBACK (key_left_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (backend, "restarted", G_CALLBACK (restarted_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (backend, "lost", G_CALLBACK (lost_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect (self, "closing", G_CALLBACK (closing_cb), NULL);
}
