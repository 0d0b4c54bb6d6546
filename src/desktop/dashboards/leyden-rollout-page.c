/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-rollout-page.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "leyden-calls-page.h"
#include "leyden-event-list.h"
#include "leyden-experiment-parts.h"
#include "leyden-paged-text.h"
#include "leyden-rollout-attempts.h"
#include "leyden-rollout-columns.h"
#include "leyden-rollout-rewards.h"
#include "leyden-rollout-view.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"
#include "leyden-try-state.h"
#include "leyden-wrap-box.h"

#define RETRY_S 3

struct _LeydenRolloutPage
{
  GtkWidget          parent_instance;

  LeydenSession     *session;
  LeydenRolloutView *view;              /* NULL: none is looked at */
  GCancellable      *cancellable;       /* of it; nullable */
  LeydenFlow        *flow;              /* with which it ran; nullable */
  char              *flow_run;          /* whose flow was asked for; nullable */
  guint              retry;             /* it is asked for again */

  GtkWidget         *box;
  GtkWidget         *icon;
  GtkWidget         *title;
  GtkWidget         *subtitle;
  GtkWidget         *chips;
  GtkWidget         *simulated;
  GtkWidget         *executor;
  GtkWidget         *debug_button;
  GtkWidget         *compare_button;
  GtkWidget         *retry_button;
  GtkWidget         *collect_button;
  GtkWidget         *delete_button;
  GtkWidget         *reward, *duration, *tokens, *cost, *attempts, *started;        /* numbers of tiles */
  GtkWidget         *attempt_list;
  GtkWidget         *failure;
  GtkWidget         *stack;             /* "overview", "calls", "events" */
  GtkWidget         *input, *no_input;
  GtkWidget         *result, *no_result;
  GtkWidget         *rewards;
  GtkWidget         *calls;
  GtkWidget         *events;
};

G_DEFINE_FINAL_TYPE (LeydenRolloutPage, leyden_rollout_page, GTK_TYPE_WIDGET)

/* --- heading --- */

static char *
describe_subtitle (LeydenValue *row)
{
  const char *state = leyden_state_title (leyden_value_get_member_string (row, "state", ""));
  const char *error = leyden_value_get_member_string (row, "error", NULL);
  g_autofree char *shown = error != NULL ? leyden_text_display (error, -1, 300, FALSE) : NULL;

  return shown != NULL ? g_strdup_printf ("%s: %s", state, shown) : g_strdup (state);
}

static void
update_tiles (LeydenRolloutPage *self,
              LeydenValue       *row)
{
  struct { GtkWidget *label; const char *column; } tiles[] = {
    { self->reward, "reward" }, { self->duration, "latency_ms" }, { self->tokens, "tokens" }, { self->cost, "cost" }, { self->started, "started" },
  };
  LeydenValue *state = leyden_rollout_view_get_state (self->view);
  const char *attempt = leyden_value_get_member_string (state, "attempt", "0");
  g_autofree char *attempts = NULL, *shown = leyden_text_display (attempt, -1, 20, FALSE);
  char *end;
  guint64 n = g_ascii_strtoull (attempt, &end, 10);

  for (guint i = 0; i < G_N_ELEMENTS (tiles); i++)
    {
      g_autofree char *text = leyden_rollout_column_format (leyden_rollout_column_find (tiles[i].column), row);

      gtk_label_set_text (GTK_LABEL (tiles[i].label), *text != '\0' ? text : "–");
    }
  /* Ours are counted from 0, those of others are any text. */
  attempts = *end == '\0' && n < 100000 ? g_strdup_printf ("%" PRIu64, n + 1) : g_steal_pointer (&shown);
  gtk_label_set_text (GTK_LABEL (self->attempts), attempts);
}

/* The target first: an action without the one that it takes is none. */
static void
set_action (GtkWidget  *button,
            const char *action,
            GVariant   *target)
{
  gtk_actionable_set_action_target_value (GTK_ACTIONABLE (button), target);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
}

static void
update_buttons (LeydenRolloutPage *self,
                LeydenValue       *row)
{
  const char *id = leyden_rollout_view_get_rollout (self->view);
  const char *run = leyden_rollout_view_get_run (self->view);
  gboolean ours = g_str_equal (leyden_value_get_member_string (row, "executor", ""), "leyden");
  gboolean writable = !leyden_session_is_read_only (self->session);
  g_autoptr(GMenu) menu = g_menu_new ();

  set_action (self->debug_button, "win.debug-rollout", g_variant_new ("(ss)", run != NULL ? run : "", id));
  set_action (self->compare_button, "win.compare-with", g_variant_new_string (id));
  set_action (self->retry_button, "rollouts.retry-one", g_variant_new_string (id));
  set_action (self->delete_button, "rollouts.delete-one", g_variant_new_string (id));
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GMenuItem) item = g_menu_item_new (i == 0 ? _("New File…") : _("Existing File…"), NULL);

      g_menu_item_set_action_and_target (item, "rollouts.collect-one", "(sb)", id, i == 0);
      g_menu_append_item (menu, item);
    }
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->collect_button), G_MENU_MODEL (menu));
  gtk_widget_set_visible (self->retry_button, ours && writable);
  gtk_widget_set_visible (self->delete_button, writable);
}

static void
update_heading (LeydenRolloutPage *self)
{
  LeydenValue *row = leyden_rollout_view_get_row (self->view);
  const char *state = leyden_value_get_member_string (row, "state", "");
  g_autofree char *title = NULL, *subtitle = NULL;

  if (row == NULL)
    return;
  title = leyden_rollout_column_format (leyden_rollout_column_find ("item"), row);
  subtitle = describe_subtitle (row);
  gtk_widget_set_visible (self->failure, FALSE);
  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_label_set_text (GTK_LABEL (self->subtitle), subtitle);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), leyden_state_icon (state));
  gtk_widget_set_css_classes (self->icon, (const char *[]) { "state", state, NULL });
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->icon), GTK_ACCESSIBLE_PROPERTY_LABEL, leyden_state_title (state), -1);
  gtk_widget_set_visible (self->simulated, leyden_value_get_member_boolean (row, "simulated", FALSE));
  leyden_part_set_text (self->executor, leyden_rollout_executor_title (leyden_value_get_member_string (row, "executor", "")), 40);
  update_tiles (self, row);
  update_buttons (self, row);
}

/* --- what went in and came out --- */

static void
update_overview (LeydenRolloutPage *self)
{
  LeydenValue *state = leyden_rollout_view_get_state (self->view);
  LeydenValue *result = leyden_value_get_member (state, "result");
  g_autoptr(LeydenValue) input = self->flow != NULL && state != NULL ? leyden_try_state_make_input (state, self->flow) : NULL;
  /* An answer that is null is one: what came out is said as it is. */
  gboolean has_input = leyden_value_get_size (input) > 0, has_result = leyden_value_get_size (result) > 0;

  if (leyden_rollout_view_is_summary (self->view))
    return;
  leyden_paged_text_set_value (LEYDEN_PAGED_TEXT (self->input), has_input ? input : NULL);
  leyden_paged_text_set_value (LEYDEN_PAGED_TEXT (self->result), has_result ? result : NULL);
  gtk_widget_set_visible (self->input, has_input);
  gtk_widget_set_visible (self->no_input, !has_input);
  gtk_widget_set_visible (self->result, has_result);
  gtk_widget_set_visible (self->no_result, !has_result);
  leyden_rollout_rewards_set (self->rewards, self->flow, leyden_value_get_member (state, "rewards"), leyden_value_get_member (state, "nodes"));
}

static void
flow_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  GError *error = NULL;
  LeydenFlow *flow = leyden_flow_parse (data, NULL, &error);

  if (flow != NULL)
    g_task_return_pointer (task, flow, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
flow_parsed_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr(LeydenRolloutPage) self = data;
  g_autoptr(LeydenFlow) flow = g_task_propagate_pointer (G_TASK (result), NULL);

  if (flow == NULL || self->view == NULL || self->box == NULL)
    return;
  g_set_object (&self->flow, flow);
  leyden_rollout_view_set_flow (self->view, flow);
  update_overview (self);
}

static void ask_flow (LeydenRolloutPage *self);

static gboolean
retry_cb (gpointer data)
{
  LeydenRolloutPage *self = data;

  self->retry = 0;
  g_clear_pointer (&self->flow_run, g_free);
  ask_flow (self);
  return G_SOURCE_REMOVE;
}

static void
flow_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      data)
{
  g_autoptr(LeydenRolloutPage) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = leyden_backend_fetch_finish (LEYDEN_BACKEND (object), result, &error);
  g_autoptr(GTask) task = NULL;

  /* Another is looked at by now. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->view == NULL || self->box == NULL)
    return;
  /* Some runs have no flow. */
  if (bytes == NULL && !g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_NOT_FOUND) && self->retry == 0)
    self->retry = g_timeout_add_seconds (RETRY_S, retry_cb, self);
  if (bytes == NULL)
    return;
  /* Not the source of the task: the thread may be the last to let go of that, and a widget ends on the main thread only. */
  task = g_task_new (NULL, self->cancellable, flow_parsed_cb, g_object_ref (self));
  g_task_set_source_tag (task, flow_cb);
  g_task_set_task_data (task, g_steal_pointer (&bytes), (GDestroyNotify) g_bytes_unref);
  g_task_run_in_thread (task, flow_thread);
}

static void
ask_flow (LeydenRolloutPage *self)
{
  const char *run = leyden_rollout_view_get_run (self->view);
  g_autofree char *escaped = NULL, *path = NULL;

  if (run == NULL || g_strcmp0 (run, self->flow_run) == 0)
    return;
  g_free (self->flow_run);
  self->flow_run = g_strdup (run);
  escaped = leyden_backend_escape (run);
  path = g_strdup_printf ("/leyden/v1/runs/%s/flow", escaped);
  leyden_backend_fetch_async (leyden_session_get_backend (self->session), path, self->cancellable, flow_cb, g_object_ref (self));
}

/* --- following it --- */

static void
row_cb (LeydenRolloutPage *self)
{
  update_heading (self);
  ask_flow (self);
}

static void
state_cb (LeydenRolloutPage *self)
{
  update_heading (self);
  update_overview (self);
}

static void
failed_cb (LeydenRolloutPage *self,
           GError            *error)
{
  leyden_part_set_text (self->failure, error->message, 400);
  gtk_widget_set_visible (self->failure, TRUE);
}

static void
leave (LeydenRolloutPage *self)
{
  if (self->view == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->retry, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->view, self);
  if (self->box != NULL)
    {
      leyden_rollout_attempts_set_view (LEYDEN_ROLLOUT_ATTEMPTS (self->attempt_list), NULL);
      leyden_calls_page_set_view (self->calls, NULL);
      leyden_event_list_set_view (LEYDEN_EVENT_LIST (self->events), NULL);
    }
  leyden_rollout_view_close (self->view);
  g_clear_object (&self->view);
  g_clear_object (&self->flow);
  g_clear_pointer (&self->flow_run, g_free);
}

static void
enter (LeydenRolloutPage *self,
       const char        *rollout)
{
  self->cancellable = g_cancellable_new ();
  self->view = leyden_rollout_view_new (self->session, rollout);
  g_signal_connect_object (self->view, "notify::row", G_CALLBACK (row_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "notify::state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  leyden_part_set_text (self->title, rollout, 80);
  gtk_label_set_text (GTK_LABEL (self->subtitle), _("Loading…"));
  gtk_widget_set_visible (self->failure, FALSE);
  leyden_rollout_attempts_set_view (LEYDEN_ROLLOUT_ATTEMPTS (self->attempt_list), self->view);
  leyden_calls_page_set_view (self->calls, self->view);
  leyden_event_list_set_view (LEYDEN_EVENT_LIST (self->events), self->view);
  update_buttons (self, NULL);
  row_cb (self);
  state_cb (self);
}

void
leyden_rollout_page_set_rollout (LeydenRolloutPage *self,
                                 const char        *rollout)
{
  g_autofree char *wanted = g_strdup (rollout);

  g_return_if_fail (LEYDEN_IS_ROLLOUT_PAGE (self));

  if (g_strcmp0 (leyden_rollout_page_get_rollout (self), wanted) == 0)
    return;
  leave (self);
  if (wanted != NULL)
    enter (self, wanted);
}

const char *
leyden_rollout_page_get_rollout (LeydenRolloutPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_ROLLOUT_PAGE (self), NULL);
  return self->view != NULL ? leyden_rollout_view_get_rollout (self->view) : NULL;
}

void
leyden_rollout_page_show_part (LeydenRolloutPage *self,
                               const char        *part)
{
  g_return_if_fail (LEYDEN_IS_ROLLOUT_PAGE (self));
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), part);
}

/* --- life --- */

static void
leyden_rollout_page_dispose (GObject *object)
{
  LeydenRolloutPage *self = LEYDEN_ROLLOUT_PAGE (object);

  leave (self);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_rollout_page_parent_class)->dispose (object);
}

static void
leyden_rollout_page_class_init (LeydenRolloutPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_rollout_page_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_rollout_page_init (LeydenRolloutPage *self)
{
}

static GtkWidget *
create_button (GtkWidget  *box,
               const char *label)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_widget_set_parent (button, box);
  return button;
}

static GtkWidget *
create_buttons (LeydenRolloutPage *self)
{
  GtkWidget *box = leyden_wrap_box_new ();

  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (box), FALSE);
  self->debug_button = create_button (box, _("Open in the Debugger"));
  self->compare_button = create_button (box, _("Compare…"));
  self->retry_button = create_button (box, _("Run Again"));
  self->collect_button = gtk_menu_button_new ();
  gtk_menu_button_set_label (GTK_MENU_BUTTON (self->collect_button), _("Add to Data Set"));
  gtk_widget_set_parent (self->collect_button, box);
  self->delete_button = create_button (box, _("Delete"));
  gtk_widget_add_css_class (self->delete_button, "destructive-action");
  return box;
}

static GtkWidget *
create_heading (LeydenRolloutPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

  self->icon = gtk_image_new ();
  self->title = leyden_part_label (NULL, "title-3");
  self->subtitle = leyden_part_label (NULL, "dim-label");
  self->simulated = leyden_part_chip (_("Simulated"), NULL);
  self->executor = leyden_part_chip ("", "accent");
  self->chips = leyden_wrap_box_new ();
  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (self->chips), FALSE);
  gtk_widget_set_parent (self->executor, self->chips);
  gtk_widget_set_parent (self->simulated, self->chips);
  gtk_widget_set_valign (self->icon, GTK_ALIGN_START);
  gtk_widget_set_margin_top (self->icon, 6);
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_box_append (GTK_BOX (texts), self->title);
  gtk_box_append (GTK_BOX (texts), self->subtitle);
  gtk_box_append (GTK_BOX (texts), self->chips);
  gtk_box_append (GTK_BOX (box), self->icon);
  gtk_box_append (GTK_BOX (box), texts);
  return box;
}

static GtkWidget *
create_tiles (LeydenRolloutPage *self)
{
  GtkWidget *box = leyden_wrap_box_new ();

  gtk_widget_set_parent (leyden_part_tile (_("Reward"), &self->reward), box);
  gtk_widget_set_parent (leyden_part_tile (_("Duration"), &self->duration), box);
  gtk_widget_set_parent (leyden_part_tile (_("Tokens"), &self->tokens), box);
  gtk_widget_set_parent (leyden_part_tile (_("Cost"), &self->cost), box);
  gtk_widget_set_parent (leyden_part_tile (_("Attempts"), &self->attempts), box);
  gtk_widget_set_parent (leyden_part_tile (_("Started"), &self->started), box);
  return box;
}

/* A heading, and what stands below it, or that there is nothing. */
static GtkWidget *
create_value (GtkWidget   *box,
              const char  *title,
              const char  *nothing,
              GtkWidget  **none)
{
  GtkWidget *text = leyden_paged_text_new (title);

  *none = leyden_part_label (nothing, "dim-label");
  gtk_widget_add_css_class (text, "card");
  gtk_box_append (GTK_BOX (box), leyden_part_label (title, "heading"));
  gtk_box_append (GTK_BOX (box), text);
  gtk_box_append (GTK_BOX (box), *none);
  return text;
}

static GtkWidget *
create_overview (LeydenRolloutPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12), *clamp = adw_clamp_new (), *scroller = gtk_scrolled_window_new ();

  gtk_widget_add_css_class (box, "experiment");
  self->rewards = leyden_rollout_rewards_new ();
  self->attempt_list = leyden_rollout_attempts_new ();
  gtk_box_append (GTK_BOX (box), create_tiles (self));
  gtk_box_append (GTK_BOX (box), self->attempt_list);
  self->input = create_value (box, _("Input"), _("Nothing is known of what went in."), &self->no_input);
  self->result = create_value (box, _("Result"), _("Nothing came out."), &self->no_result);
  gtk_box_append (GTK_BOX (box), leyden_part_label (_("What the Reward Is Made Of"), "heading"));
  gtk_box_append (GTK_BOX (box), self->rewards);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 900);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);
  /* Texts are as high as they are, up to their own limit, rather than as low as they can be. */
  gtk_scrollable_set_vscroll_policy (GTK_SCROLLABLE (gtk_scrolled_window_get_child (GTK_SCROLLED_WINDOW (scroller))), GTK_SCROLL_NATURAL);
  return scroller;
}

GtkWidget *
leyden_rollout_page_new (LeydenSession *session)
{
  LeydenRolloutPage *self = g_object_new (LEYDEN_TYPE_ROLLOUT_PAGE, NULL);
  GtkWidget *top = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9), *switcher = gtk_stack_switcher_new ();

  self->session = g_object_ref (session);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  self->failure = leyden_part_label (NULL, "error");
  self->stack = gtk_stack_new ();
  self->calls = leyden_calls_page_new (session);
  self->events = leyden_event_list_new ();
  gtk_stack_set_hhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_add_titled (GTK_STACK (self->stack), create_overview (self), "overview", _("Overview"));
  gtk_stack_add_titled (GTK_STACK (self->stack), self->calls, "calls", _("Conversation"));
  gtk_stack_add_titled (GTK_STACK (self->stack), self->events, "events", _("Events"));
  gtk_stack_switcher_set_stack (GTK_STACK_SWITCHER (switcher), GTK_STACK (self->stack));
  gtk_widget_add_css_class (switcher, "places");
  gtk_widget_set_halign (switcher, GTK_ALIGN_CENTER);
  gtk_widget_set_vexpand (self->stack, TRUE);
  gtk_widget_add_css_class (top, "rolloutbar");
  gtk_box_append (GTK_BOX (top), create_heading (self));
  gtk_box_append (GTK_BOX (top), create_buttons (self));
  gtk_box_append (GTK_BOX (top), self->failure);
  gtk_box_append (GTK_BOX (top), switcher);
  gtk_box_append (GTK_BOX (self->box), top);
  gtk_box_append (GTK_BOX (self->box), self->stack);
  gtk_widget_set_visible (self->failure, FALSE);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  return GTK_WIDGET (self);
}
