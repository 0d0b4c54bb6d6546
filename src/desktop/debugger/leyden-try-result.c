/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-try-result-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-desktop.h"
#include "leyden-flow-mode.h"
#include "leyden-json.h"
#include "leyden-rollout-item.h"
#include "leyden-spinner.h"
#include "leyden-text.h"
#include "leyden-try-state.h"

/* The state is asked for at most this often while records arrive. */
#define REFRESH_MS 150
/* What is shown of a streamed answer. */
#define MAX_ANSWER 20000

G_DEFINE_FINAL_TYPE (LeydenTryResult, leyden_try_result, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_FINISHED,
  SIGNAL_NODE_STATUSES,
  SIGNAL_STATE,
  SIGNAL_SHOW_NODE,
  SIGNAL_ROLLOUT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void request_state (LeydenTryResult *self);

void
leyden_try_result_set_note (LeydenTryResult *self,
                            const char      *text)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, 300, FALSE) : NULL;

  gtk_label_set_text (GTK_LABEL (self->note), shown != NULL ? shown : "");
  gtk_widget_set_visible (self->note, shown != NULL);
}

/* What a chat remembers as the answer: the one value, or all of them as JSON, or what the model said last. */
static char *
answer_as_text (LeydenTryResult *self)
{
  LeydenValue *result = leyden_value_get_member (self->state, "result");

  if (leyden_try_state_get_error (self->state) != NULL)
    return g_strdup (leyden_try_state_get_error (self->state));
  if (!leyden_try_state_has_value (result))
    return g_strdup (self->stream->str);
  if (leyden_value_get_size (result) > 1)
    return leyden_json_write (result, LEYDEN_JSON_COMPACT);
  if (leyden_value_get_string (leyden_value_get_item (result, 0), NULL) != NULL)
    return g_strdup (leyden_value_get_string (leyden_value_get_item (result, 0), NULL));
  return leyden_json_write (leyden_value_get_item (result, 0), LEYDEN_JSON_COMPACT);
}

static void
append_value (LeydenTryResult *self,
              const char      *name,
              LeydenValue     *value)
{
  g_autofree char *shown_name = leyden_text_display (name, -1, 60, FALSE);
  g_autofree char *shown = leyden_value_is_null (value) ? g_strdup (_("nothing")) : leyden_format_value (value, MAX_ANSWER);
  GtkWidget *caption = gtk_label_new (shown_name);
  GtkWidget *label = gtk_label_new (shown);

  gtk_label_set_xalign (GTK_LABEL (caption), 0);
  gtk_widget_add_css_class (caption, "caption-heading");
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  if (leyden_value_is_null (value))
    gtk_widget_add_css_class (label, "dim-label");
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, shown_name, -1);
  gtk_box_append (GTK_BOX (self->values), caption);
  gtk_box_append (GTK_BOX (self->values), label);
}

/* One output stands alone; several stand below each other with their names. */
static void
fill_values (LeydenTryResult *self,
             LeydenValue     *result)
{
  GtkWidget *child;
  guint n = leyden_value_get_kind (result) == LEYDEN_VALUE_OBJECT ? leyden_value_get_size (result) : 0;

  while ((child = gtk_widget_get_first_child (self->values)) != NULL)
    gtk_box_remove (GTK_BOX (self->values), child);
  for (guint i = 0; n > 1 && i < n; i++)
    append_value (self, leyden_value_get_key (result, i), leyden_value_get_item (result, i));
  gtk_widget_set_visible (self->values, n > 1);
}

static char *
format_answer (LeydenTryResult *self)
{
  LeydenValue *result = leyden_try_state_is_final (self->state) ? leyden_value_get_member (self->state, "result") : NULL;

  if (leyden_try_state_is_final (self->state) && leyden_try_state_get_error (self->state) != NULL)
    return leyden_text_display (leyden_try_state_get_error (self->state), -1, 1000, TRUE);
  if (leyden_try_state_has_value (result))
    return leyden_value_get_size (result) == 1 ? leyden_format_value (leyden_value_get_item (result, 0), MAX_ANSWER) : NULL;
  if (self->stream->len > 0)
    return leyden_text_display (self->stream->str, (gssize) self->stream->len, MAX_ANSWER, TRUE);
  if (leyden_try_state_is_final (self->state) && leyden_try_state_get_last_words (self->state) != NULL)
    return leyden_text_display (leyden_try_state_get_last_words (self->state), -1, MAX_ANSWER, TRUE);
  return NULL;
}

static void
update_answer (LeydenTryResult *self)
{
  g_autofree char *text = format_answer (self);
  LeydenValue *result = leyden_try_state_is_final (self->state) ? leyden_value_get_member (self->state, "result") : NULL;
  gboolean failed = leyden_try_state_is_final (self->state) && leyden_try_state_get_error (self->state) != NULL;
  gboolean succeeded = leyden_try_state_is_final (self->state) && g_str_equal (leyden_try_state_get_name (self->state), "succeeded");

  gtk_label_set_text (GTK_LABEL (self->answer), text != NULL ? text : "");
  /* In a chat the finished answer is a bubble like the others. */
  gtk_widget_set_visible (self->answer, text != NULL && *text != '\0' && (!self->chat || !succeeded || self->following));
  if (failed)
    gtk_widget_add_css_class (self->answer, "error");
  else
    gtk_widget_remove_css_class (self->answer, "error");
  fill_values (self, !failed && leyden_try_state_has_value (result) ? result : NULL);
  gtk_widget_set_visible (self->nothing, succeeded && !leyden_try_state_has_value (result) && !leyden_try_state_is_unknown (self->state)
                                         && !leyden_try_state_is_one_node (self->state));
}

/* Whether a node in @nodes, or in a body of one, is marked as trained by the cluster. */
static gboolean
has_policy (LeydenValue *nodes)
{
  for (guint i = 0; i < leyden_value_get_size (nodes); i++)
    {
      LeydenValue *node = leyden_value_get_item (nodes, i);

      if (leyden_value_get_member_boolean (leyden_value_get_member (node, "parameters"), "policy", FALSE)
          || has_policy (leyden_value_get_member (leyden_value_get_member (node, "flow"), "nodes")))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_trained (LeydenTryResult *self)
{
  g_autoptr(GPtrArray) nodes = self->flow != NULL ? leyden_flow_list_nodes (self->flow) : NULL;

  for (guint i = 0; nodes != NULL && i < nodes->len; i++)
    {
      LeydenNode *node = g_ptr_array_index (nodes, i);

      if (leyden_node_get_mode (node) != LEYDEN_NODE_MODE_ON)
        continue;
      if (leyden_value_get_boolean (leyden_node_get_parameter (node, "policy"))
          || has_policy (leyden_value_get_member (leyden_node_get_body (node), "nodes")))
        return TRUE;
    }
  return FALSE;
}

static void
update_training (LeydenTryResult *self)
{
  gboolean shown = self->rollout != NULL && is_trained (self);

  if (shown)
    gtk_actionable_set_action_target (GTK_ACTIONABLE (self->training), "s", self->rollout);
  gtk_widget_set_visible (self->training, shown);
}

static void
update (LeydenTryResult *self)
{
  g_autofree char *status = leyden_try_state_format (self->state);
  gboolean final = leyden_try_state_is_final (self->state);

  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "result");
  gtk_label_set_text (GTK_LABEL (self->status), status);
  gtk_widget_set_visible (self->spinner, !final);
  leyden_spinner_set_active (GTK_SPINNER (self->spinner), !final);
  gtk_widget_set_visible (self->simulated, leyden_value_get_member_boolean (self->state, "simulated", FALSE));
  gtk_widget_set_visible (self->card, leyden_try_state_is_unknown (self->state));
  /* What one node gave is no answer to judge or to keep as a row. */
  gtk_widget_set_visible (self->actions, final && self->rollout != NULL && !leyden_try_state_is_one_node (self->state));
  gtk_widget_set_sensitive (self->add_row, self->flow != NULL);
  leyden_try_result_update_row_button (self);
  update_training (self);
  update_answer (self);
  leyden_steps_view_set_state (self->steps, self->flow, self->state);
  leyden_questions_set_state (self->questions, self->session, self->rollout, final ? NULL : self->state);
}

static void
take_state (LeydenTryResult *self,
            LeydenValue     *state)
{
  g_autoptr(LeydenValue) statuses = NULL;

  g_clear_pointer (&self->state, leyden_value_unref);
  self->state = leyden_value_ref (state);
  update (self);
  statuses = leyden_try_state_make_statuses (state);
  g_signal_emit (self, signals[SIGNAL_NODE_STATUSES], 0, statuses);
  g_signal_emit (self, signals[SIGNAL_STATE], 0, self->state);
  if (leyden_try_state_is_final (self->state) && self->following)
    {
      g_autofree char *answer = answer_as_text (self);

      self->following = FALSE;
      g_signal_emit (self, signals[SIGNAL_FINISHED], 0, answer);
    }
}

static gboolean
refresh_source_cb (gpointer data)
{
  LeydenTryResult *self = data;

  self->refresh_source = 0;
  request_state (self);
  return G_SOURCE_REMOVE;
}

static void
schedule_refresh (LeydenTryResult *self)
{
  if (self->refreshing)
    self->stale = TRUE;
  else if (self->refresh_source == 0)
    self->refresh_source = g_timeout_add (REFRESH_MS, refresh_source_cb, self);
}

static void
state_received_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      data)
{
  g_autoptr(LeydenTryResult) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *state = leyden_value_get_member (answer, "state");

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->refreshing = FALSE;
  if (answer == NULL)
    leyden_try_result_set_note (self, error->message);
  else if (leyden_value_get_kind (state) == LEYDEN_VALUE_OBJECT)
    {
      if (self->input == NULL && leyden_value_get_kind (leyden_value_get_member (answer, "input")) == LEYDEN_VALUE_OBJECT)
        self->input = leyden_value_ref (leyden_value_get_member (answer, "input"));
      take_state (self, state);
    }
  if (self->stale)
    {
      self->stale = FALSE;
      schedule_refresh (self);
    }
}

static void
request_state (LeydenTryResult *self)
{
  g_autofree char *escaped = NULL;
  g_autofree char *path = NULL;

  if (self->rollout == NULL || self->session == NULL)
    return;
  self->refreshing = TRUE;
  escaped = leyden_backend_escape (self->rollout);
  path = g_strdup_printf ("/leyden/v1/rollouts/%s", escaped);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, self->cancellable,
                                state_received_cb, g_object_ref (self));
}

static void
set_rollout (LeydenTryResult *self,
             const char      *rollout)
{
  if (g_strcmp0 (self->rollout, rollout) == 0)
    return;
  g_free (self->rollout);
  self->rollout = g_strdup (rollout);
  if (rollout != NULL)
    g_signal_emit (self, signals[SIGNAL_ROLLOUT], 0, rollout);
}

const char *
leyden_try_result_get_rollout (LeydenTryResult *self)
{
  g_return_val_if_fail (LEYDEN_IS_TRY_RESULT (self), NULL);
  return self->rollout;
}

static void
record_cb (LeydenTryResult *self,
           LeydenValue     *record)
{
  set_rollout (self, leyden_value_get_member_string (record, "rollout", NULL));
  schedule_refresh (self);
}

static void
delta_cb (LeydenTryResult *self,
          const char      *rollout,
          const char      *node,
          const char      *text)
{
  if (g_strcmp0 (self->stream_node, node) != 0)
    {
      g_free (self->stream_node);
      self->stream_node = g_strdup (node);
      g_string_truncate (self->stream, 0);
    }
  if (self->stream->len < MAX_ANSWER * 4)
    g_string_append (self->stream, text);
  if (!leyden_try_state_is_final (self->state))
    update_answer (self);
}

static void
ended_cb (LeydenTryResult *self)
{
  GListModel *rollouts = leyden_run_view_get_rollouts (self->view);

  if (self->rollout == NULL && g_list_model_get_n_items (rollouts) > 0)
    {
      g_autoptr(LeydenRolloutItem) item = g_list_model_get_item (rollouts, 0);

      set_rollout (self, leyden_rollout_item_get_id (item));
    }
  schedule_refresh (self);
}

static void
unfollow (LeydenTryResult *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_clear_handle_id (&self->refresh_source, g_source_remove);
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_clear_object (&self->view);
  self->refreshing = self->stale = self->following = FALSE;
}

static void
reset (LeydenTryResult *self)
{
  unfollow (self);
  g_clear_pointer (&self->rollout, g_free);
  g_clear_pointer (&self->input, leyden_value_unref);
  g_clear_pointer (&self->state, leyden_value_unref);
  g_clear_pointer (&self->stream_node, g_free);
  g_string_truncate (self->stream, 0);
  leyden_try_result_set_note (self, NULL);
  gtk_widget_set_sensitive (self->up, TRUE);
  gtk_widget_set_sensitive (self->down, TRUE);
}

void
leyden_try_result_clear (LeydenTryResult *self)
{
  g_return_if_fail (LEYDEN_IS_TRY_RESULT (self));

  reset (self);
  leyden_try_result_set_history (self, NULL, NULL);
  leyden_spinner_set_active (GTK_SPINNER (self->spinner), FALSE);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "empty");
}

void
leyden_try_result_start (LeydenTryResult *self,
                         LeydenValue     *input)
{
  g_return_if_fail (LEYDEN_IS_TRY_RESULT (self));

  reset (self);
  self->input = leyden_value_ref (input);
  update (self);
}

void
leyden_try_result_follow (LeydenTryResult *self,
                          LeydenSession   *session,
                          LeydenRunView   *view,
                          LeydenFlow      *flow)
{
  g_return_if_fail (LEYDEN_IS_TRY_RESULT (self));

  unfollow (self);
  self->following = TRUE;
  g_set_object (&self->session, session);
  g_set_object (&self->view, view);
  g_set_object (&self->flow, flow);
  g_signal_connect_object (view, "record", G_CALLBACK (record_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "delta", G_CALLBACK (delta_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "ended", G_CALLBACK (ended_cb), self, G_CONNECT_SWAPPED);
}

void
leyden_try_result_show_rollout (LeydenTryResult *self,
                                LeydenSession   *session,
                                const char      *rollout,
                                LeydenFlow      *flow)
{
  g_return_if_fail (LEYDEN_IS_TRY_RESULT (self));

  reset (self);
  leyden_try_result_set_history (self, NULL, NULL);
  g_set_object (&self->session, session);
  g_set_object (&self->flow, flow);
  set_rollout (self, rollout);
  request_state (self);
}

static void
append_bubble (LeydenTryResult *self,
               const char      *role,
               const char      *content)
{
  gboolean user = g_str_equal (role, "user");
  g_autofree char *shown = leyden_text_display (content, -1, MAX_ANSWER, TRUE);
  GtkWidget *label = gtk_label_new (shown);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_halign (label, user ? GTK_ALIGN_END : GTK_ALIGN_START);
  gtk_widget_add_css_class (label, "bubble");
  gtk_widget_add_css_class (label, user ? "user" : "assistant");
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, user ? _("You") : _("Agent"), -1);
  gtk_box_append (GTK_BOX (self->history), label);
}

void
leyden_try_result_set_history (LeydenTryResult *self,
                               LeydenValue     *history,
                               const char      *sent)
{
  GtkWidget *child;

  g_return_if_fail (LEYDEN_IS_TRY_RESULT (self));

  while ((child = gtk_widget_get_first_child (self->history)) != NULL)
    gtk_box_remove (GTK_BOX (self->history), child);
  for (guint i = 0; i < leyden_value_get_size (history); i++)
    {
      LeydenValue *message = leyden_value_get_item (history, i);

      append_bubble (self, leyden_value_get_member_string (message, "role", "user"),
                     leyden_value_get_member_string (message, "content", ""));
    }
  if (sent != NULL)
    append_bubble (self, "user", sent);
  self->chat = gtk_widget_get_first_child (self->history) != NULL;
  gtk_widget_set_visible (self->history, self->chat);
  update_answer (self);
}

static void
feedback_sent_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(LeydenTryResult) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer == NULL)
    {
      gtk_widget_set_sensitive (self->up, TRUE);
      gtk_widget_set_sensitive (self->down, TRUE);
    }
  leyden_try_result_set_note (self, answer != NULL ? _("Kept as a reward of this rollout.") : error->message);
}

static void
send_feedback (LeydenTryResult *self,
               const char      *thumb)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  g_autofree char *escaped = leyden_backend_escape (self->rollout);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/feedback", escaped);

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "thumb", thumb);
  leyden_value_builder_end (&builder);
  body = leyden_value_builder_end_value (&builder);
  gtk_widget_set_sensitive (self->up, FALSE);
  gtk_widget_set_sensitive (self->down, FALSE);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "POST", path, body, NULL, feedback_sent_cb,
                                g_object_ref (self));
}

static void
up_clicked_cb (LeydenTryResult *self)
{
  send_feedback (self, "up");
}

static void
down_clicked_cb (LeydenTryResult *self)
{
  send_feedback (self, "down");
}

/* A rollout that is only shown is not followed. */
static void
questions_answered_cb (LeydenTryResult *self)
{
  schedule_refresh (self);
}

static void
steps_activated_cb (LeydenTryResult *self,
                    const char      *id)
{
  g_signal_emit (self, signals[SIGNAL_SHOW_NODE], 0, id);
}

static void
steps_show_call_cb (LeydenTryResult *self,
                    const char      *path)
{
  if (self->rollout != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.show-call", "(ss)", self->rollout, path);
}

static void
leyden_try_result_dispose (GObject *object)
{
  LeydenTryResult *self = LEYDEN_TRY_RESULT (object);

  unfollow (self);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_pointer (&self->rollout, g_free);
  g_clear_pointer (&self->input, leyden_value_unref);
  g_clear_pointer (&self->state, leyden_value_unref);
  g_clear_pointer (&self->stream_node, g_free);
  g_clear_object (&self->session);
  g_clear_object (&self->flow);
  g_clear_object (&self->row_file);
  G_OBJECT_CLASS (leyden_try_result_parent_class)->dispose (object);
}

static void
leyden_try_result_finalize (GObject *object)
{
  LeydenTryResult *self = LEYDEN_TRY_RESULT (object);

  g_clear_object (&self->cancellable);
  g_string_free (self->stream, TRUE);
  G_OBJECT_CLASS (leyden_try_result_parent_class)->finalize (object);
}

static void
leyden_try_result_class_init (LeydenTryResultClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = leyden_try_result_dispose;
  object_class->finalize = leyden_try_result_finalize;
  signals[SIGNAL_FINISHED] =
    g_signal_new ("finished", LEYDEN_TYPE_TRY_RESULT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_NODE_STATUSES] =
    g_signal_new ("node-statuses", LEYDEN_TYPE_TRY_RESULT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                  LEYDEN_TYPE_VALUE);
  signals[SIGNAL_STATE] =
    g_signal_new ("state", LEYDEN_TYPE_TRY_RESULT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  signals[SIGNAL_ROLLOUT] =
    g_signal_new ("rollout", LEYDEN_TYPE_TRY_RESULT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_SHOW_NODE] =
    g_signal_new ("show-node", LEYDEN_TYPE_TRY_RESULT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  g_type_ensure (LEYDEN_TYPE_STEPS_VIEW);
  g_type_ensure (LEYDEN_TYPE_QUESTIONS);
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-try-result.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, stack);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, history);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, spinner);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, status);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, simulated);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, answer);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, values);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, nothing);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, card);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, actions);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, up);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, down);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, training);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, add_row);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, note);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, steps);
  gtk_widget_class_bind_template_child (widget_class, LeydenTryResult, questions);
  gtk_widget_class_bind_template_callback (widget_class, up_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, down_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, steps_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, steps_show_call_cb);
  gtk_widget_class_bind_template_callback (widget_class, questions_answered_cb);
  leyden_try_result_install_row (widget_class);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_try_result_init (LeydenTryResult *self)
{
  self->cancellable = g_cancellable_new ();
  self->stream = g_string_new (NULL);
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
leyden_try_result_new (void)
{
  return g_object_new (LEYDEN_TYPE_TRY_RESULT, NULL);
}
