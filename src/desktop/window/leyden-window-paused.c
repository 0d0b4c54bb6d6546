/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-announce.h"
#include "leyden-breakpoints.h"
#include "leyden-run-panel.h"
#include "leyden-run-view.h"
#include "leyden-safe-text.h"
#include "leyden-session.h"

/* Runs with breakpoints: they hear of changes, what they stop is told, and what becomes of it is asked at the end. */

#define LOOK_MS 700             /* a run with breakpoints is asked for what it has paused this often at most */
#define KEY "leyden-paused"

/* Of a tab; its data. */
typedef struct
{
  LeydenTab    *tab;                    /* not owned */
  GCancellable *cancellable;
  guint         look_id;
  gboolean      looking;
  char         *first;                  /* rollout that the banner offers; nullable */
} Paused;

static void
paused_free (gpointer data)
{
  Paused *self = data;

  g_clear_handle_id (&self->look_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_free (self->first);
  g_free (self);
}

static LeydenBackend *
get_backend (void)
{
  return leyden_session_get_backend (leyden_session_get_default ());
}

static LeydenRunView *
get_run (LeydenTab *tab)
{
  GtkWidget *panel = tab->panel != NULL ? leyden_bottom_panel_get_child (tab->panel, "run") : NULL;
  LeydenRunView *view = panel != NULL ? leyden_run_panel_get_view (LEYDEN_RUN_PANEL (panel)) : NULL;

  return view != NULL && leyden_run_view_is_active (view) ? view : NULL;
}

/* --- what a run over a data set has paused --- */

static void
take_paused (Paused      *self,
             LeydenValue *answer)
{
  LeydenValue *list = leyden_value_get_member (answer, "paused");
  const char *first = leyden_value_get_string (leyden_value_get_item (list, 0), NULL);
  guint n = (guint) CLAMP (leyden_value_get_member_int (answer, "n_paused", 0), 0, G_MAXUINT);
  g_autofree char *text = NULL;

  leyden_breakpoints_take_hits (leyden_breakpoints_get_for (self->tab->document), leyden_value_get_member (answer, "breakpoints"));
  if (first == NULL)
    {
      if (self->first != NULL)
        leyden_tab_show_banner (self->tab, NULL);
      g_clear_pointer (&self->first, g_free);
      return;
    }
  if (g_strcmp0 (self->first, first) == 0)
    return;
  g_free (self->first);
  self->first = g_strdup (first);
  text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u rollout of the run is paused.", "%u rollouts of the run are paused.", n), n);
  leyden_tab_show_offer (self->tab, text, _("Debug"), "win.debug-paused");
  leyden_announce (GTK_WIDGET (self->tab->window), text);
}

static void
looked_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(LeydenTab) tab = data;
  Paused *self = g_object_get_data (G_OBJECT (tab), KEY);
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self == NULL)
    return;
  self->looking = FALSE;
  if (answer != NULL && tab->document != NULL && tab->panel != NULL)
    take_paused (self, answer);
}

static gboolean
look_cb (gpointer data)
{
  Paused *self = data;
  LeydenRunView *run = get_run (self->tab);
  g_autofree char *path = NULL;

  self->look_id = 0;
  if (run == NULL || self->looking)
    return G_SOURCE_REMOVE;
  self->looking = TRUE;
  path = g_strdup_printf ("/leyden/v1/runs/%s/debug", leyden_run_view_get_id (run));
  leyden_backend_request_async (get_backend (), "GET", path, NULL, self->cancellable, looked_cb, g_object_ref (self->tab));
  return G_SOURCE_REMOVE;
}

static void
run_changed_cb (LeydenTab *tab)
{
  Paused *self = g_object_get_data (G_OBJECT (tab), KEY);

  if (self == NULL || tab->document == NULL)
    return;
  if (get_run (tab) == NULL)
    {
      /* What was paused has ended with the run. */
      if (self->first != NULL)
        leyden_tab_show_banner (tab, NULL);
      g_clear_pointer (&self->first, g_free);
      return;
    }
  /* A run that another window began may have paused something as well. */
  if (self->look_id == 0 && (leyden_breakpoints_any_enabled (leyden_breakpoints_get_for (tab->document))
                             || leyden_value_get_member_int (leyden_run_view_get_summary (get_run (tab)), "n_paused", 0) > 0))
    self->look_id = g_timeout_add (LOOK_MS, look_cb, self);
}

static void
debug_paused_action (GSimpleAction *action,
                     GVariant      *parameter,
                     gpointer       data)
{
  LeydenTab *tab = LEYDEN_WINDOW (data)->tab;
  Paused *self = g_object_get_data (G_OBJECT (tab), KEY);

  if (self == NULL || self->first == NULL)
    return;
  leyden_tab_show_banner (tab, NULL);
  leyden_tab_debug (tab, self->first);
  leyden_window_show_panel (tab->window, "debug");
}

/* --- breakpoints that are changed while something runs --- */

static void
sent_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenTab) tab = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || tab->document == NULL || tab->leaving)
    return;
  if (answer == NULL)
    leyden_window_toast (tab->window, error->message);
  else
    leyden_breakpoints_take_hits (leyden_breakpoints_get_for (tab->document), leyden_value_get_member (answer, "breakpoints"));
}

static void
send (LeydenTab  *tab,
      const char *run)
{
  Paused *self = g_object_get_data (G_OBJECT (tab), KEY);
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/breakpoints", run);

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_take (&builder, "breakpoints", leyden_breakpoints_to_value (leyden_breakpoints_get_for (tab->document)));
  leyden_value_builder_end (&builder);
  body = leyden_value_builder_end_value (&builder);
  leyden_backend_request_async (get_backend (), "PUT", path, body, self->cancellable, sent_cb, g_object_ref (tab));
}

void
leyden_tab_send_breakpoints (LeydenTab *tab)
{
  LeydenRunView *run = get_run (tab);
  LeydenRolloutView *view = leyden_tab_get_debug_view (tab);
  const char *other = view != NULL && !leyden_rollout_view_is_final (view) ? leyden_rollout_view_get_run (view) : NULL;

  if (run != NULL)
    send (tab, leyden_run_view_get_id (run));
  if (other != NULL && (run == NULL || !g_str_equal (other, leyden_run_view_get_id (run))))
    send (tab, other);
}

/* --- the end --- */

static gboolean
is_paused (LeydenTab *tab)
{
  LeydenRolloutView *view = leyden_tab_get_debug_view (tab);

  return view != NULL && leyden_rollout_view_get_run (view) != NULL && !leyden_rollout_view_is_final (view) && leyden_rollout_view_is_paused (view);
}

static void
detach (LeydenTab  *tab,
        const char *leave)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  g_autofree char *path = NULL;

  if (!is_paused (tab))
    return;
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "leave", leave);
  leyden_value_builder_end (&builder);
  body = leyden_value_builder_end_value (&builder);
  path = g_strdup_printf ("/leyden/v1/runs/%s/detach", leyden_rollout_view_get_run (leyden_tab_get_debug_view (tab)));
  /* The window goes; the request ends by itself. */
  leyden_backend_request_async (get_backend (), "POST", path, body, NULL, NULL, NULL);
  leyden_tab_end_debug (tab);
}

typedef struct
{
  LeydenWindow *window;
  LeydenTab    *tab;                    /* nullable: of all */
  gboolean      closing;                /* the tab, or the window, goes then */
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
response_cb (AdwMessageDialog *dialog,
             const char       *response,
             Question         *question)
{
  LeydenWindow *self = question->window;
  gboolean close = !g_str_equal (response, "cancel");

  for (guint i = 0; close && i < leyden_window_get_n_tabs (self); i++)
    if (question->tab == NULL || question->tab == leyden_window_get_tab (self, i))
      detach (leyden_window_get_tab (self, i), response);
  if (!question->closing)
    return;
  if (!close)
    leyden_window_unsettle (self);
  if (question->tab != NULL)
    leyden_window_finish_close_tab (self, question->tab, close);
  else if (close)
    /* The dialog goes with its parent, but is not done with itself yet. */
    g_idle_add_full (G_PRIORITY_DEFAULT, close_cb, g_object_ref (self), g_object_unref);
}

gboolean
leyden_window_ask_paused (LeydenWindow *self,
                          LeydenTab    *tab,
                          gboolean      closing)
{
  GtkWidget *widget;
  AdwMessageDialog *dialog;
  Question *question;
  gboolean any = FALSE;

  for (guint i = 0; i < leyden_window_get_n_tabs (self); i++)
    any = any || ((tab == NULL || tab == leyden_window_get_tab (self, i)) && is_paused (leyden_window_get_tab (self, i)));
  if (!any)
    return FALSE;
  widget = leyden_message_dialog_new_safe (GTK_WINDOW (self), _("A Rollout Is Paused"),
                                           _("It can go on without breakpoints, or stay paused where it is: the list of runs leads back to it."));
  dialog = ADW_MESSAGE_DIALOG (widget);
  question = g_new0 (Question, 1);
  question->window = g_object_ref (self);
  question->tab = tab != NULL ? g_object_ref (tab) : NULL;
  question->closing = closing;
  adw_message_dialog_add_responses (dialog, "cancel", _("Cancel"), "paused", _("Leave Paused"), "continue", _("Continue"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "continue", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "continue");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), question, question_free, 0);
  gtk_window_present (GTK_WINDOW (widget));
  return TRUE;
}

/* --- set up --- */

void
leyden_tab_connect_paused (LeydenTab *self)
{
  GtkWidget *run = leyden_bottom_panel_get_child (self->panel, "run");
  Paused *paused = g_new0 (Paused, 1);

  paused->tab = self;
  paused->cancellable = g_cancellable_new ();
  g_object_set_data_full (G_OBJECT (self), KEY, paused, paused_free);
  g_signal_connect_object (run, "view-changed", G_CALLBACK (run_changed_cb), self, G_CONNECT_SWAPPED);
}

void
leyden_window_add_paused (LeydenWindow *self)
{
  static const GActionEntry entries[] = { { .name = "debug-paused", .activate = debug_paused_action } };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
