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

/* Runs with breakpoints: what they stop is told, and what becomes of it is asked at the end. */

#define LOOK_MS 700             /* a run with breakpoints is asked for what it has paused this often at most */
#define CHECK_MS 3000           /* so long it is waited for what became of what one looked away from */
#define KEY "leyden-paused"

/* Of a tab; its data. */
typedef struct
{
  LeydenTab    *tab;                    /* not owned */
  GCancellable *cancellable;
  guint         look_id;
  gboolean      looking;
  gboolean      again;                  /* something came meanwhile */
  char         *first;                  /* rollout that the banner offers; nullable */
  GHashTable   *left;                   /* ids of runs of which something stood when one looked away; it may have gone on since */
  GHashTable   *settled;                /* ids of runs that were asked about */
  LeydenRunView *followed;              /* whose breakpoints are followed; weak, nullable */
} Paused;

static void
paused_free (gpointer data)
{
  Paused *self = data;

  g_clear_handle_id (&self->look_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_clear_weak_pointer (&self->followed);
  g_hash_table_unref (self->left);
  g_hash_table_unref (self->settled);
  g_free (self->first);
  g_free (self);
}

static LeydenBackend *
get_backend (void)
{
  return leyden_session_get_backend (leyden_session_get_default ());
}

LeydenRunView *
leyden_tab_get_active_run (LeydenTab *tab)
{
  GtkWidget *panel = tab->panel != NULL ? leyden_bottom_panel_get_child (tab->panel, "run") : NULL;
  LeydenRunView *view = panel != NULL ? leyden_run_panel_get_view (LEYDEN_RUN_PANEL (panel)) : NULL;

  return view != NULL && leyden_run_view_is_active (view) ? view : NULL;
}

static gint64
count_paused (LeydenRunView *run)
{
  return leyden_value_get_member_int (leyden_run_view_get_summary (run), "n_paused", 0);
}

/* --- what a run over a data set has paused --- */

static void
forget_first (Paused *self)
{
  leyden_tab_set_notice (self->tab, LEYDEN_NOTICE_PAUSED, NULL, NULL, NULL);
  g_clear_pointer (&self->first, g_free);
}

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
      forget_first (self);
      return;
    }
  text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u rollout of the run is paused.", "%u rollouts of the run are paused.", n), n);
  leyden_tab_set_notice (self->tab, LEYDEN_NOTICE_PAUSED, text, _("Debug"), "win.debug-paused");
  if (g_strcmp0 (self->first, first) == 0)
    return;
  g_free (self->first);
  self->first = g_strdup (first);
  leyden_announce (GTK_WIDGET (self->tab->window), text);
}

static void look (Paused *self);

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
  if (self->again)
    look (self);
}

static gboolean
look_cb (gpointer data)
{
  Paused *self = data;
  LeydenRunView *run = leyden_tab_get_active_run (self->tab);
  g_autofree char *path = NULL;

  self->look_id = 0;
  self->again = self->looking;
  if (run == NULL || self->looking)
    return G_SOURCE_REMOVE;
  self->looking = TRUE;
  path = g_strdup_printf ("/leyden/v1/runs/%s/debug", leyden_run_view_get_id (run));
  leyden_backend_request_async (get_backend (), "GET", path, NULL, self->cancellable, looked_cb, g_object_ref (self->tab));
  return G_SOURCE_REMOVE;
}

static void
look (Paused *self)
{
  if (self->look_id == 0)
    self->look_id = g_timeout_add (LOOK_MS, look_cb, self);
}

static void
run_changed_cb (LeydenTab *tab)
{
  Paused *self = g_object_get_data (G_OBJECT (tab), KEY);
  LeydenRunView *run = leyden_tab_get_active_run (tab);

  if (self == NULL || tab->document == NULL)
    return;
  if (g_set_weak_pointer (&self->followed, run) && run != NULL)
    leyden_tab_follow_breakpoints (tab, run);
  if (run == NULL)
    {
      /* What was paused has ended with the run. */
      forget_first (self);
      return;
    }
  /* A run that another window began may have paused something as well. */
  if (self->first != NULL || leyden_breakpoints_any_enabled (leyden_breakpoints_get_for (tab->document)) || count_paused (run) > 0)
    look (self);
}

static void
debug_paused_action (GSimpleAction *action,
                     GVariant      *parameter,
                     gpointer       data)
{
  LeydenTab *tab = LEYDEN_WINDOW (data)->tab;
  Paused *self = g_object_get_data (G_OBJECT (tab), KEY);

  if (self == NULL || self->first == NULL)
    {
      leyden_window_toast (LEYDEN_WINDOW (data), _("No rollout of the run that is shown is paused."));
      return;
    }
  leyden_tab_debug (tab, self->first);
  leyden_window_show_panel (tab->window, "debug");
  leyden_tab_set_notice (tab, LEYDEN_NOTICE_PAUSED, NULL, NULL, NULL);
}

/* --- what stands is not left behind unasked --- */

static Paused *
get_paused (LeydenTab *tab)
{
  return g_object_get_data (G_OBJECT (tab), KEY);
}

/* Id of its run while it stands; else NULL. */
static const char *
get_standing (LeydenRolloutView *view)
{
  return view != NULL && leyden_rollout_view_is_paused (view) && !leyden_rollout_view_is_final (view) ? leyden_rollout_view_get_run (view) : NULL;
}

static void
add_run (LeydenTab  *tab,
         GPtrArray  *runs,
         const char *run)
{
  if (run != NULL && !g_hash_table_contains (get_paused (tab)->settled, run) && !g_ptr_array_find_with_equal_func (runs, run, g_str_equal, NULL))
    g_ptr_array_add (runs, g_strdup (run));
}

/* Ids of the runs of which something is known to stand. */
static GPtrArray *
list_standing (LeydenTab *tab)
{
  GPtrArray *runs = g_ptr_array_new_with_free_func (g_free);

  if (get_paused (tab) == NULL || tab->panel == NULL)
    return runs;
  add_run (tab, runs, get_standing (leyden_tab_get_debug_view (tab)));
  if (leyden_tab_get_active_run (tab) != NULL && count_paused (leyden_tab_get_active_run (tab)) > 0)
    add_run (tab, runs, leyden_run_view_get_id (leyden_tab_get_active_run (tab)));
  return runs;
}

static void
detach_run (LeydenTab  *tab,
            const char *run,
            const char *leave)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  g_autofree char *id = leyden_backend_escape (run);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/detach", id);

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "leave", leave);
  leyden_value_builder_end (&builder);
  body = leyden_value_builder_end_value (&builder);
  g_hash_table_remove (get_paused (tab)->left, run);
  g_hash_table_add (get_paused (tab)->settled, g_strdup (run));
  /* The window may go; the request ends by itself. */
  leyden_backend_request_async (get_backend (), "POST", path, body, NULL, NULL, NULL);
}

static void
detach (LeydenTab  *tab,
        const char *leave)
{
  g_autoptr(GPtrArray) runs = list_standing (tab);
  const char *looked_at = get_standing (leyden_tab_get_debug_view (tab));
  GHashTableIter iter;
  gpointer run;

  if (get_paused (tab) == NULL)
    return;
  g_hash_table_iter_init (&iter, get_paused (tab)->left);
  while (g_hash_table_iter_next (&iter, &run, NULL))
    add_run (tab, runs, run);
  for (guint i = 0; i < runs->len; i++)
    detach_run (tab, g_ptr_array_index (runs, i), leave);
  if (looked_at != NULL)
    leyden_tab_leave_debug (tab);
}

void
leyden_tab_remember_paused (LeydenTab         *self,
                            LeydenRolloutView *view)
{
  const char *run = get_standing (view);

  if (run != NULL && get_paused (self) != NULL && !g_hash_table_contains (get_paused (self)->settled, run))
    g_hash_table_add (get_paused (self)->left, g_strdup (run));
}

/* --- the question --- */

typedef struct
{
  LeydenWindow *window;
  LeydenTab    *tab;                    /* nullable: of all */
  char         *run;                    /* that one alone; nullable */
  gboolean      closing;                /* the tab, or the window, goes then */
  GCancellable *cancellable;            /* while it is found out what still stands */
  guint         timeout_id;
  guint         n_asked;
} Question;

static void
question_free (Question *question)
{
  g_clear_handle_id (&question->timeout_id, g_source_remove);
  g_object_unref (question->window);
  g_clear_object (&question->tab);
  g_clear_object (&question->cancellable);
  g_free (question->run);
  g_free (question);
}

static void
question_free_cb (gpointer  data,
                  GClosure *closure)
{
  question_free (data);
}

static Question *
question_new (LeydenWindow *window,
              LeydenTab    *tab,
              gboolean      closing)
{
  Question *question = g_new0 (Question, 1);

  question->window = g_object_ref (window);
  question->tab = tab != NULL ? g_object_ref (tab) : NULL;
  question->closing = closing;
  return question;
}

static gboolean
close_cb (gpointer data)
{
  leyden_window_close_now (data);
  return G_SOURCE_REMOVE;
}

/* What else is to be asked before it goes comes after this. */
static void
go_on_closing (LeydenWindow *self,
               LeydenTab    *tab)
{
  if (leyden_window_ask_runs (self, tab))
    return;
  if (tab != NULL)
    leyden_window_finish_close_tab (self, tab, TRUE);
  else
    /* The dialog goes with its parent, but is not done with itself yet. */
    g_idle_add_full (G_PRIORITY_DEFAULT, close_cb, g_object_ref (self), g_object_unref);
}

static void
response_cb (AdwMessageDialog *dialog,
             const char       *response,
             Question         *question)
{
  LeydenWindow *self = question->window;
  gboolean decided = !g_str_equal (response, "cancel");

  if (decided && question->run != NULL)
    detach_run (question->tab, question->run, response);
  for (guint i = 0; decided && question->run == NULL && i < leyden_window_get_n_tabs (self); i++)
    if (question->tab == NULL || question->tab == leyden_window_get_tab (self, i))
      detach (leyden_window_get_tab (self, i), response);
  if (!question->closing)
    return;
  if (decided)
    {
      go_on_closing (self, question->tab);
      return;
    }
  leyden_window_unsettle (self);
  if (question->tab != NULL)
    leyden_window_finish_close_tab (self, question->tab, FALSE);
}

/* Takes @question. */
static void
ask (Question   *question,
     const char *text,
     const char *later)
{
  GtkWidget *widget = leyden_message_dialog_new_safe (GTK_WINDOW (question->window), _("A Rollout Is Paused"), text);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (widget);

  adw_message_dialog_add_responses (dialog, "cancel", later, "paused", _("Leave Paused"), "continue", _("Continue"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "continue", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "continue");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), question, question_free_cb, 0);
  gtk_window_present (GTK_WINDOW (widget));
}

/* Takes @question. */
static void
ask_before_closing (Question *question)
{
  ask (question, _("It can go on without breakpoints, or stay paused where it is: the list of runs leads back to it."), _("Cancel"));
}

void
leyden_tab_ask_left (LeydenTab  *self,
                     const char *rollout)
{
  const char *run = get_standing (leyden_tab_get_debug_view (self));
  Question *question;

  if (get_paused (self) == NULL)
    return;
  /* Who looks again is asked again. */
  g_hash_table_remove_all (get_paused (self)->settled);
  if (run == NULL)
    return;
  /* Who forks has a use for both, and what a run over a data set paused is gone through one by one: these are asked about at the end. */
  if (g_strcmp0 (leyden_value_get_member_string (self->fork, "rollout", NULL), rollout) == 0
      || (leyden_tab_get_active_run (self) != NULL && g_str_equal (leyden_run_view_get_id (leyden_tab_get_active_run (self)), run)))
    return;
  question = question_new (self->window, self, FALSE);
  question->run = g_strdup (run);
  ask (question, _("The rollout that you looked at before stands. It can go on without breakpoints, or stay paused where it is: the list of runs leads back to it."),
       _("Decide Later"));
}

/* --- what one looked away from may have gone on since --- */

typedef struct
{
  Question  *question;
  LeydenTab *tab;
  char      *run;
} Check;

static gboolean
any_left (Question *question)
{
  for (guint i = 0; i < leyden_window_get_n_tabs (question->window); i++)
    {
      LeydenTab *tab = leyden_window_get_tab (question->window, i);

      if ((question->tab == NULL || question->tab == tab) && get_paused (tab) != NULL && g_hash_table_size (get_paused (tab)->left) > 0)
        return TRUE;
    }
  return FALSE;
}

static void
checked_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  Check *check = data;
  Question *question = check->question;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  gboolean unknown = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  if (!unknown && leyden_value_get_member_int (answer, "n_paused", 0) == 0 && get_paused (check->tab) != NULL)
    g_hash_table_remove (get_paused (check->tab)->left, check->run);
  g_object_unref (check->tab);
  g_free (check->run);
  g_free (check);
  if (--question->n_asked > 0)
    return;
  g_clear_handle_id (&question->timeout_id, g_source_remove);
  question->window->checking_paused = FALSE;
  if (any_left (question))
    {
      ask_before_closing (question);
      return;
    }
  go_on_closing (question->window, question->tab);
  question_free (question);
}

/* A backend that does not answer does not keep a window open. */
static gboolean
checked_enough_cb (gpointer data)
{
  Question *question = data;

  question->timeout_id = 0;
  g_cancellable_cancel (question->cancellable);
  return G_SOURCE_REMOVE;
}

static void
check_tab (Question  *question,
           LeydenTab *tab)
{
  GHashTableIter iter;
  gpointer run;

  if (get_paused (tab) == NULL)
    return;
  g_hash_table_iter_init (&iter, get_paused (tab)->left);
  while (g_hash_table_iter_next (&iter, &run, NULL))
    {
      g_autofree char *id = leyden_backend_escape (run);
      g_autofree char *path = g_strdup_printf ("/leyden/v1/runs/%s/debug", id);
      Check *check = g_new0 (Check, 1);

      check->question = question;
      check->tab = g_object_ref (tab);
      check->run = g_strdup (run);
      question->n_asked++;
      leyden_backend_request_async (get_backend (), "GET", path, NULL, question->cancellable, checked_cb, check);
    }
}

/* Takes @question. */
static void
check_left (Question *question)
{
  question->window->checking_paused = TRUE;
  question->cancellable = g_cancellable_new ();
  question->timeout_id = g_timeout_add (CHECK_MS, checked_enough_cb, question);
  for (guint i = 0; i < leyden_window_get_n_tabs (question->window); i++)
    if (question->tab == NULL || question->tab == leyden_window_get_tab (question->window, i))
      check_tab (question, leyden_window_get_tab (question->window, i));
}

gboolean
leyden_window_ask_paused (LeydenWindow *self,
                          LeydenTab    *tab,
                          gboolean      closing)
{
  g_autofree Question *question = NULL;
  gboolean any = FALSE;

  if (self->checking_paused)
    return TRUE;
  for (guint i = 0; i < leyden_window_get_n_tabs (self); i++)
    {
      g_autoptr(GPtrArray) runs = list_standing (leyden_window_get_tab (self, i));

      any = any || ((tab == NULL || tab == leyden_window_get_tab (self, i)) && runs->len > 0);
    }
  question = question_new (self, tab, closing);
  if (any)
    ask_before_closing (g_steal_pointer (&question));
  else if (closing && any_left (question))
    check_left (g_steal_pointer (&question));
  else
    {
      question_free (g_steal_pointer (&question));
      return FALSE;
    }
  return TRUE;
}

/* --- set up --- */

void
leyden_tab_connect_paused (LeydenTab *self)
{
  GtkWidget *run = leyden_bottom_panel_get_child (self->panel, "run");
  Paused *paused = g_new0 (Paused, 1);

  paused->tab = self;
  paused->left = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  paused->settled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  paused->cancellable = g_cancellable_new ();
  g_object_set_data_full (G_OBJECT (self), KEY, paused, paused_free);
  g_signal_connect_object (run, "view-changed", G_CALLBACK (run_changed_cb), self, G_CONNECT_SWAPPED);
}

static void
continue_all_action (GSimpleAction *action,
                     GVariant      *parameter,
                     gpointer       data)
{
  LeydenTab *tab = LEYDEN_WINDOW (data)->tab;
  g_autoptr(GPtrArray) runs = list_standing (tab);

  if (runs->len == 0)
    {
      leyden_window_toast (LEYDEN_WINDOW (data), _("No rollout of the run that is shown is paused."));
      return;
    }
  detach (tab, "continue");
  leyden_announce (GTK_WIDGET (data), _("All go on, without breakpoints"));
}

void
leyden_window_add_paused (LeydenWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "debug-paused", .activate = debug_paused_action },
    { .name = "debug-continue-all", .activate = continue_all_action },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
