/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-call-resend.h"

#include <glib/gi18n-lib.h>

#include "leyden-announce.h"
#include "leyden-call.h"
#include "leyden-call-facts.h"
#include "leyden-conversation.h"
#include "leyden-experiment-parts.h"
#include "leyden-message-rows.h"
#include "leyden-split-box.h"
#include "leyden-text.h"
#include "leyden-text-editor.h"
#include "leyden-token-strip.h"

#define TOKENS 1500

struct _LeydenCallResend
{
  AdwWindow          parent_instance;

  LeydenSession     *session;
  GCancellable      *cancellable;       /* of the sending that is under way */
  LeydenValue       *call;
  LeydenValue       *parameters;        /* as they stand */
  LeydenValue       *answer;            /* nullable */
  gint64             seed;
  gboolean           invalid;           /* the parameters are no JSON */

  GtkWidget         *send;
  GtkWidget         *model;
  LeydenMessageRows *messages;
  GtkWidget         *editor;            /* of the parameters */
  GtkWidget         *log_probs;
  GtkWidget         *status;
  GtkLabel          *speaker;
  GtkWidget         *scroller;
  GtkWidget         *result;            /* box, once there is one */
};

G_DEFINE_FINAL_TYPE (LeydenCallResend, leyden_call_resend, ADW_TYPE_WINDOW)

static void
set_status (LeydenCallResend *self,
            const char       *text,
            gboolean          error)
{
  leyden_part_set_text (self->status, text, 500);
  if (error)
    gtk_widget_add_css_class (self->status, "error");
  else
    gtk_widget_remove_css_class (self->status, "error");
  if (text != NULL)
    leyden_announce (GTK_WIDGET (self), gtk_label_get_text (GTK_LABEL (self->status)));
}

/* --- what is sent --- */

static gboolean
has_own_field (const char *key)
{
  return g_str_equal (key, "model") || g_str_equal (key, "messages");
}

/* All of the body but what has a field of its own. */
static LeydenValue *
make_parameters (LeydenValue *body)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  for (guint i = 0; i < leyden_value_get_size (body); i++)
    if (!has_own_field (leyden_value_get_key (body, i)))
      leyden_value_builder_set (&b, leyden_value_get_key (body, i), leyden_value_get_item (body, i));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

LeydenValue *
leyden_call_resend_make_request (LeydenCallResend *self)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) messages = NULL;
  const char *model;

  g_return_val_if_fail (LEYDEN_IS_CALL_RESEND (self), NULL);

  messages = leyden_message_rows_make (self->messages);
  model = gtk_editable_get_text (GTK_EDITABLE (self->model));
  if (messages == NULL || leyden_value_get_size (messages) == 0 || self->invalid || leyden_value_get_kind (self->parameters) != LEYDEN_VALUE_OBJECT)
    return NULL;
  leyden_value_builder_begin_object (&b);
  if (*model != '\0')
    leyden_value_builder_set_string (&b, "model", model);
  leyden_value_builder_set (&b, "messages", messages);
  for (guint i = 0; i < leyden_value_get_size (self->parameters); i++)
    if (!has_own_field (leyden_value_get_key (self->parameters, i)))
      leyden_value_builder_set (&b, leyden_value_get_key (self->parameters, i), leyden_value_get_item (self->parameters, i));
  if (gtk_check_button_get_active (GTK_CHECK_BUTTON (self->log_probs)))
    leyden_value_builder_set_boolean (&b, "logprobs", TRUE);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
changed_cb (LeydenCallResend *self)
{
  g_autoptr(LeydenValue) request = leyden_call_resend_make_request (self);

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "resend.send", request != NULL && self->cancellable == NULL);
}

static void
parameters_edited_cb (LeydenCallResend *self,
                      LeydenValue      *value)
{
  leyden_value_ref (value);
  g_clear_pointer (&self->parameters, leyden_value_unref);
  self->parameters = value;
  self->invalid = FALSE;
  changed_cb (self);
}

static void
parameters_invalid_cb (LeydenCallResend *self,
                       const char       *message)
{
  self->invalid = message != NULL;
  set_status (self, message, message != NULL);
  changed_cb (self);
}

/* --- what came back --- */

static LeydenValue *
wrap_answer (LeydenValue *answer)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "kind", "model");
  leyden_value_builder_set (&b, "answer", answer);
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static GtkWidget *
create_side (const char  *title,
             LeydenValue *call)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *facts = leyden_call_facts_new ();
  LeydenValue *message = leyden_value_get_member (leyden_value_get_member (call, "answer"), "message");

  leyden_call_facts_set (LEYDEN_CALL_FACTS (facts), call);
  gtk_widget_set_hexpand (box, TRUE);
  gtk_box_append (GTK_BOX (box), leyden_part_label (title, "heading"));
  gtk_box_append (GTK_BOX (box), facts);
  if (message != NULL)
    gtk_box_append (GTK_BOX (box), leyden_conversation_make_message (message, NULL));
  else
    gtk_box_append (GTK_BOX (box), leyden_part_label (_("There was no answer."), "dim-label"));
  return box;
}

static void
append_difference (LeydenCallResend *self)
{
  g_autofree char *before = leyden_call_dup_answer (leyden_value_get_member (self->call, "answer"));
  g_autofree char *after = leyden_call_dup_answer (self->answer);

  gtk_box_append (GTK_BOX (self->result), leyden_part_label (_("What differs"), "heading"));
  if (g_str_equal (before, after))
    gtk_box_append (GTK_BOX (self->result), leyden_part_label (_("The words are the same."), NULL));
  else
    gtk_box_append (GTK_BOX (self->result), leyden_part_diff (before, after));
}

static void
append_tokens (LeydenCallResend *self)
{
  guint total = 0;
  g_autoptr(LeydenValue) tokens = leyden_call_make_tokens (self->answer, 0, TOKENS, &total);
  GtkWidget *strip;

  if (tokens == NULL)
    return;
  strip = leyden_token_strip_new ();
  leyden_token_strip_set_tokens (LEYDEN_TOKEN_STRIP (strip), tokens, 0, total);
  gtk_box_append (GTK_BOX (self->result), leyden_part_label (_("Tokens of the answer"), "heading"));
  gtk_box_append (GTK_BOX (self->result), strip);
}

/* The result is below what was edited: what was asked for is seen. It has a place from the second frame on. */
static gboolean
scroll_down_cb (GtkWidget     *result,
                GdkFrameClock *clock,
                gpointer       data)
{
  LeydenCallResend *self = data;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller));
  double y = 0;

  if (gtk_widget_get_height (result) == 0)
    return G_SOURCE_CONTINUE;
  if (gtk_widget_translate_coordinates (result, gtk_widget_get_parent (result), 0, 0, NULL, &y))
    gtk_adjustment_set_value (adjustment, y);
  return G_SOURCE_REMOVE;
}

static void
show_result (LeydenCallResend *self)
{
  g_autoptr(LeydenValue) now = wrap_answer (self->answer);
  GtkWidget *box = gtk_widget_get_parent (self->status), *split;

  if (self->result != NULL)
    gtk_box_remove (GTK_BOX (box), self->result);
  self->result = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);
  split = leyden_split_box_new (create_side (_("Before"), self->call), create_side (_("Now"), now), 320, 640);
  gtk_box_append (GTK_BOX (self->result), split);
  append_difference (self);
  append_tokens (self);
  gtk_box_append (GTK_BOX (box), self->result);
  gtk_widget_add_tick_callback (self->result, scroll_down_cb, g_object_ref (self), g_object_unref);
}

static void
answered_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenCallResend) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) body = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *answer = leyden_value_get_member (body, "answer");

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->send == NULL)
    return;
  g_clear_object (&self->cancellable);
  gtk_button_set_label (GTK_BUTTON (self->send), _("Send Again"));
  changed_cb (self);
  if (answer == NULL)
    {
      set_status (self, error != NULL ? error->message : _("The backend gave no answer."), TRUE);
      return;
    }
  g_clear_pointer (&self->answer, leyden_value_unref);
  self->answer = leyden_value_ref (answer);
  set_status (self, _("Answered. The rollout is as it was."), FALSE);
  show_result (self);
}

static LeydenValue *
make_body (LeydenCallResend *self,
           LeydenValue      *request)
{
  LeydenValue *recorded = leyden_value_get_member (self->call, "request");
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_string (&b, "endpoint", leyden_value_get_member_string (recorded, "endpoint", NULL));
  leyden_value_builder_set (&b, "request", request);
  leyden_value_builder_set_int (&b, "seed", MAX (self->seed, 0));
  leyden_value_builder_set_int (&b, "sample", MAX (leyden_value_get_member_int (recorded, "sample", 0), 0));
  leyden_value_builder_set_int (&b, "timeout_s", CLAMP (leyden_value_get_member_int (recorded, "timeout_s", 0), 0, 3600));
  leyden_value_builder_end (&b);
  return leyden_value_builder_end_value (&b);
}

static void
send_action (GtkWidget  *widget,
             const char *action,
             GVariant   *parameter)
{
  LeydenCallResend *self = LEYDEN_CALL_RESEND (widget);
  g_autoptr(LeydenValue) request = leyden_call_resend_make_request (self);
  g_autoptr(LeydenValue) body = NULL;

  if (request == NULL || self->cancellable != NULL)
    return;
  body = make_body (self, request);
  self->cancellable = g_cancellable_new ();
  changed_cb (self);
  set_status (self, _("Waiting for the answer…"), FALSE);
  leyden_backend_send_call_async (leyden_session_get_backend (self->session), body, self->cancellable, answered_cb, g_object_ref (self));
}

LeydenValue *
leyden_call_resend_get_answer (LeydenCallResend *self)
{
  g_return_val_if_fail (LEYDEN_IS_CALL_RESEND (self), NULL);
  return self->answer;
}

/* --- life --- */

static void
leyden_call_resend_dispose (GObject *object)
{
  LeydenCallResend *self = LEYDEN_CALL_RESEND (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->send = self->result = NULL;
  g_clear_object (&self->session);
  g_clear_pointer (&self->call, leyden_value_unref);
  g_clear_pointer (&self->parameters, leyden_value_unref);
  g_clear_pointer (&self->answer, leyden_value_unref);
  G_OBJECT_CLASS (leyden_call_resend_parent_class)->dispose (object);
}

static void
leyden_call_resend_class_init (LeydenCallResendClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_call_resend_dispose;
  gtk_widget_class_install_action (widget_class, "resend.send", NULL, send_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Return, GDK_CONTROL_MASK, "resend.send", NULL);
}

static void
leyden_call_resend_init (LeydenCallResend *self)
{
  leyden_part_outlive_parent (GTK_WINDOW (self));
}

static GtkWidget *
create_header (LeydenCallResend *self)
{
  GtkWidget *header = adw_header_bar_new ();

  self->send = gtk_button_new_with_label (_("Send"));
  gtk_widget_add_css_class (self->send, "suggested-action");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->send), "resend.send");
  gtk_widget_set_tooltip_text (self->send, _("Send (Ctrl+Enter)"));
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->send);
  return header;
}

static char *
describe_place (LeydenCallResend *self)
{
  const char *name = leyden_value_get_member_string (leyden_value_get_member (self->call, "request"), "endpoint", NULL);
  LeydenValue *endpoints = leyden_session_get_endpoints (self->session);
  const char *title = name;
  g_autofree char *shown = NULL;

  for (guint i = 0; i < leyden_value_get_size (endpoints); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (endpoints, i), "name", NULL), name) == 0)
      title = leyden_value_get_member_string (leyden_value_get_item (endpoints, i), "title", name);
  shown = title != NULL ? leyden_text_display (title, -1, 60, FALSE) : g_strdup (_("the default endpoint"));
  return g_strdup_printf (_("A copy of the call goes to %s. The rollout stays as it is."), shown);
}

static void
fill (LeydenCallResend *self,
      GtkWidget        *box)
{
  LeydenValue *body = leyden_call_get_body (self->call);
  g_autofree char *place = describe_place (self);

  self->model = gtk_entry_new ();
  gtk_editable_set_text (GTK_EDITABLE (self->model), leyden_value_get_member_string (body, "model", ""));
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->model), _("The endpoint’s own"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->model), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Model"), -1);
  self->messages = LEYDEN_MESSAGE_ROWS (leyden_message_rows_new ());
  leyden_message_rows_set (self->messages, leyden_call_get_messages (self->call));
  self->editor = leyden_text_editor_new (LEYDEN_PARAMETER_JSON);
  leyden_text_editor_set_enable_undo (LEYDEN_TEXT_EDITOR (self->editor), TRUE);
  leyden_text_editor_set_accessible_label (LEYDEN_TEXT_EDITOR (self->editor), _("Parameters, as JSON"));
  leyden_value_editor_set_value (LEYDEN_VALUE_EDITOR (self->editor), self->parameters);
  self->log_probs = gtk_check_button_new_with_label (_("Ask how probable each token was"));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->log_probs), leyden_value_get_member_boolean (body, "logprobs", FALSE));
  self->status = leyden_part_label (NULL, NULL);
  gtk_widget_set_visible (self->status, FALSE);
  gtk_box_append (GTK_BOX (box), leyden_part_label (place, "dim-label"));
  gtk_box_append (GTK_BOX (box), leyden_part_label (_("Model"), "heading"));
  gtk_box_append (GTK_BOX (box), self->model);
  gtk_box_append (GTK_BOX (box), leyden_part_label (_("Messages"), "heading"));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->messages));
  gtk_box_append (GTK_BOX (box), leyden_part_label (_("Parameters"), "heading"));
  gtk_box_append (GTK_BOX (box), self->editor);
  gtk_box_append (GTK_BOX (box), self->log_probs);
  gtk_box_append (GTK_BOX (box), self->status);
  g_signal_connect_object (self->model, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->messages, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->editor, "edited", G_CALLBACK (parameters_edited_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->editor, "invalid", G_CALLBACK (parameters_invalid_cb), self, G_CONNECT_SWAPPED);
}

static GtkLabel *
create_speaker (void)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, NULL);

  gtk_widget_add_css_class (label, "spoken");
  return GTK_LABEL (label);
}

GtkWidget *
leyden_call_resend_new (GtkWindow     *parent,
                        LeydenSession *session,
                        LeydenValue   *call,
                        gint64         seed)
{
  LeydenCallResend *self;
  GtkWidget *outer = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);

  g_return_val_if_fail (parent == NULL || GTK_IS_WINDOW (parent), NULL);
  g_return_val_if_fail (LEYDEN_IS_SESSION (session) && call != NULL, NULL);

  self = g_object_new (LEYDEN_TYPE_CALL_RESEND, "transient-for", parent, "destroy-with-parent", TRUE, "title", _("Edit and Resend"),
                       "default-width", 760, "default-height", 720, NULL);
  self->session = g_object_ref (session);
  self->call = leyden_value_ref (call);
  self->parameters = make_parameters (leyden_call_get_body (call));
  self->seed = seed;
  gtk_widget_add_css_class (box, "callpage");
  fill (self, box);
  self->speaker = create_speaker ();
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), box);
  gtk_widget_set_vexpand (self->scroller, TRUE);
  gtk_box_append (GTK_BOX (outer), create_header (self));
  gtk_box_append (GTK_BOX (outer), self->scroller);
  gtk_box_append (GTK_BOX (outer), GTK_WIDGET (self->speaker));
  adw_window_set_content (ADW_WINDOW (self), outer);
  leyden_announce_by (GTK_WINDOW (self), self->speaker);
  changed_cb (self);
  return GTK_WIDGET (self);
}
