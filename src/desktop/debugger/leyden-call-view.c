/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-call-view.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-announce.h"
#include "leyden-call.h"
#include "leyden-call-facts.h"
#include "leyden-call-resend.h"
#include "leyden-conversation.h"
#include "leyden-dataset-append.h"
#include "leyden-experiment-parts.h"
#include "leyden-json.h"
#include "leyden-paged-text.h"
#include "leyden-pager.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"
#include "leyden-token-strip.h"
#include "leyden-wrap-box.h"

#define TOKENS 1500             /* of a part */
#define MAX_TRIES 20

struct _LeydenCallView
{
  GtkWidget        parent_instance;

  LeydenSession   *session;
  LeydenCallItem  *item;                /* nullable */
  LeydenFlow      *flow;                /* nullable */
  gint64           seed;
  LeydenValue     *log_probs;           /* of the answer, from elsewhere; nullable */
  GFile           *file;                /* that a row goes to */

  GtkWidget       *stack;
  GtkWidget       *box;
  GtkWidget       *title, *subtitle, *chips;
  LeydenCallFacts *facts;
  GtkWidget       *error;
  GtkWidget       *resend, *save;
  GtkWidget       *note;
  GtkWidget       *conversation;
  GtkWidget       *tool;                /* box: called with, returned */
  GtkWidget       *tool_request, *tool_answer;
  GtkWidget       *tokens;              /* box: heading, pager, strip */
  GtkWidget       *tokens_pager, *strip;
  GtkWidget       *tries, *tries_box;   /* disclosure, what is in it */
  GtkWidget       *request, *response;  /* LeydenPagedText */
};

G_DEFINE_FINAL_TYPE (LeydenCallView, leyden_call_view, GTK_TYPE_WIDGET)

static LeydenValue *
get_call (LeydenCallView *self)
{
  return self->item != NULL ? leyden_call_item_get_call (self->item) : NULL;
}

static void
set_note (LeydenCallView *self,
          const char     *text)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, 300, FALSE) : NULL;

  gtk_label_set_text (GTK_LABEL (self->note), shown != NULL ? shown : "");
  gtk_widget_set_visible (self->note, shown != NULL);
  if (shown != NULL)
    leyden_announce (GTK_WIDGET (self), shown);
}

const char *
leyden_call_view_get_note (LeydenCallView *self)
{
  g_return_val_if_fail (LEYDEN_IS_CALL_VIEW (self), NULL);
  return gtk_label_get_text (GTK_LABEL (self->note));
}

/* --- what can be done with it --- */

/* The endpoint that the call went to, as it is known now; NULL: it is there no more. */
static LeydenValue *
find_endpoint (LeydenCallView *self)
{
  LeydenValue *endpoints = leyden_session_get_endpoints (self->session);
  const char *name = leyden_value_get_member_string (leyden_value_get_member (get_call (self), "request"), "endpoint", NULL);

  for (guint i = 0; i < leyden_value_get_size (endpoints); i++)
    if (g_strcmp0 (leyden_value_get_member_string (leyden_value_get_item (endpoints, i), "name", NULL), name) == 0)
      return leyden_value_get_item (endpoints, i);
  return NULL;
}

/* With the model that answered where none was named: an endpoint may have another default by now. */
static LeydenValue *
make_curl_body (LeydenValue *call)
{
  LeydenValue *body = leyden_call_get_body (call);
  g_autoptr(LeydenValue) model = NULL;

  if (leyden_value_get_member_string (body, "model", NULL) != NULL || *leyden_call_get_model (call) == '\0')
    return leyden_value_ref (body);
  model = leyden_value_new_string (leyden_call_get_model (call), -1);
  return leyden_value_with_member (body, "model", model);
}

/* A prompt goes to nobody who did not have it before: without an address where the endpoint is gone. */
static void
copy_without_address (LeydenCallView *self)
{
  g_autoptr(LeydenValue) body = make_curl_body (get_call (self));
  g_autofree char *text = leyden_call_make_curl (NULL, body);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  set_note (self, _("Copied in the form of OpenAI. The endpoint is gone: set $BASE_URL and $OPENAI_API_KEY to one that takes it."));
}

static void
described_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenCallView) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) request = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  const char *base = leyden_backend_get_base_uri (LEYDEN_BACKEND (object));
  g_autofree char *simulated = g_strconcat (base != NULL ? base : "http://127.0.0.1:8080", "/simulated/v1/chat/completions", NULL);
  g_autofree char *text = NULL;
  g_autofree char *note = NULL;

  /* It may have been closed meanwhile. */
  if (self->stack == NULL)
    return;
  if (request != NULL)
    text = leyden_call_make_wire_curl (request, leyden_value_is_null (leyden_value_get_member (request, "uri")) ? simulated : NULL);
  if (text != NULL)
    {
      gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
      /* Translators: name of a variable of the shell, "OPENAI_API_KEY". */
      note = g_strdup_printf (_("Copied. The key is left out: the command reads it from $%s."), leyden_call_get_key_variable (request));
    }
  else
    note = g_strdup_printf (_("Not copied: %s"), error != NULL ? error->message : _("what the backend says is no request"));
  set_note (self, note);
}

/* What goes to its server, in the form of that server, is what the backend knows. */
static void
copy_curl_action (GtkWidget  *widget,
                  const char *action,
                  GVariant   *parameter)
{
  LeydenCallView *self = LEYDEN_CALL_VIEW (widget);
  LeydenValue *call = get_call (self), *endpoint = find_endpoint (self);
  gboolean simulated = leyden_value_get_member_boolean (leyden_value_get_member (call, "answer"), "simulated", FALSE);
  const char *name = leyden_value_get_member_string (endpoint, "name", simulated ? "simulated" : NULL);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) body = NULL;
  g_autofree char *escaped = NULL;
  g_autofree char *path = NULL;

  if (leyden_call_get_body (call) == NULL)
    return;
  if (name == NULL)
    {
      copy_without_address (self);
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set_take (&b, "body", make_curl_body (call));
  leyden_value_builder_set (&b, "sample", leyden_value_get_member (leyden_value_get_member (call, "request"), "sample"));
  leyden_value_builder_end (&b);
  body = leyden_value_builder_end_value (&b);
  escaped = leyden_backend_escape (name);
  path = g_strdup_printf ("/leyden/v1/endpoints/%s/request", escaped);
  leyden_backend_request_async (leyden_session_get_backend (self->session), "POST", path, body, NULL, described_cb, g_object_ref (self));
}

static void
copy_json_action (GtkWidget  *widget,
                  const char *action,
                  GVariant   *parameter)
{
  LeydenCallView *self = LEYDEN_CALL_VIEW (widget);
  g_autofree char *text = get_call (self) != NULL ? leyden_json_write (get_call (self), LEYDEN_JSON_PRETTY) : NULL;

  if (text == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text);
  set_note (self, _("Copied: request, answer and times."));
}

static void
resend_action (GtkWidget  *widget,
               const char *action,
               GVariant   *parameter)
{
  LeydenCallView *self = LEYDEN_CALL_VIEW (widget);
  GtkRoot *root = gtk_widget_get_root (widget);

  if (leyden_call_get_body (get_call (self)) != NULL)
    gtk_window_present (GTK_WINDOW (leyden_call_resend_new (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, self->session, get_call (self), self->seed)));
}

static void
row_added_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      data)
{
  g_autoptr(LeydenCallView) self = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *name = NULL;
  g_autofree char *shown = NULL;
  g_autofree char *text = NULL;
  gboolean added = leyden_dataset_append_finish (result, &error);

  if (self->stack == NULL)
    return;
  gtk_widget_set_sensitive (self->save, TRUE);
  if (!added)
    {
      set_note (self, error->message);
      return;
    }
  name = g_file_get_basename (self->file);
  shown = leyden_text_path (name);
  text = g_strdup_printf (_("Added to %s as its last row."), shown);
  set_note (self, text);
}

/* A row that is to be saved: of the call that was shown when it was asked for. */
typedef struct
{
  LeydenValue *row;
  gboolean     create;
} Saving;

static void
saving_free (Saving *saving)
{
  leyden_value_unref (saving->row);
  g_free (saving);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Saving, saving_free)

static void
add_row (LeydenCallView *self,
         GFile          *file,
         LeydenValue    *row,
         gboolean        create)
{
  g_set_object (&self->file, file);
  gtk_widget_set_sensitive (self->save, FALSE);
  leyden_dataset_append_async (file, row, create, NULL, row_added_cb, g_object_ref (self));
}

static void
chosen_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(Saving) saving = data;
  g_autoptr(GFile) file = leyden_dataset_append_choose_finish (result, NULL);

  if (file != NULL)
    add_row (LEYDEN_CALL_VIEW (object), file, saving->row, saving->create);
}

static void
save_row_action (GtkWidget  *widget,
                 const char *action,
                 GVariant   *parameter)
{
  LeydenValue *call = get_call (LEYDEN_CALL_VIEW (widget));
  Saving *saving;

  if (call == NULL)
    return;
  saving = g_new0 (Saving, 1);
  saving->row = leyden_call_make_row (call);
  saving->create = g_str_equal (action, "call.save-row-new");
  leyden_dataset_append_choose_async (widget, saving->create, chosen_cb, saving);
}

/* --- what is shown --- */

static void
show_heading (LeydenCallView *self,
              LeydenValue    *call)
{
  LeydenValue *endpoint = find_endpoint (self);
  const char *name = leyden_value_get_member_string (leyden_value_get_member (call, "request"), "endpoint", NULL);
  g_autofree char *title = leyden_call_item_dup_title (self->item, self->flow);
  g_autofree char *model = leyden_text_display (leyden_call_get_model (call), -1, 100, FALSE);
  g_autofree char *place = name != NULL ? leyden_text_display (leyden_value_get_member_string (endpoint, "title", name), -1, 60, FALSE) : NULL;
  g_autofree char *subtitle = place != NULL ? g_strdup_printf (_("%s (%s)"), model, place) : g_strdup (model);
  LeydenValue *answer = leyden_value_get_member (call, "answer");
  GtkWidget *child;

  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_label_set_text (GTK_LABEL (self->subtitle), subtitle);
  gtk_widget_set_visible (self->subtitle, *leyden_call_get_model (call) != '\0' || place != NULL);
  while ((child = gtk_widget_get_first_child (self->chips)) != NULL)
    gtk_widget_unparent (child);
  gtk_widget_set_parent (leyden_part_chip (leyden_state_title (leyden_call_get_state (call)), "accent"), self->chips);
  if (leyden_value_get_member_boolean (answer, "simulated", FALSE))
    gtk_widget_set_parent (leyden_part_chip (_("Simulated"), NULL), self->chips);
  if (leyden_value_get_member_boolean (call, "cached", FALSE))
    gtk_widget_set_parent (leyden_part_chip (_("From the cache"), NULL), self->chips);
  if (g_strcmp0 (leyden_value_get_member_string (answer, "finish_reason", NULL), "length") == 0)
    gtk_widget_set_parent (leyden_part_chip (_("Cut off: it was as long as it may be"), NULL), self->chips);
}

/* Where the probabilities stand. */
static LeydenValue *
get_tokens_source (LeydenCallView *self)
{
  return self->log_probs != NULL ? self->log_probs : leyden_value_get_member (get_call (self), "answer");
}

static void
show_tokens_part (LeydenCallView *self)
{
  guint first = leyden_pager_get (LEYDEN_PAGER (self->tokens_pager)) * TOKENS, total = 0;
  g_autoptr(LeydenValue) tokens = leyden_call_make_tokens (get_tokens_source (self), first, TOKENS, &total);

  leyden_token_strip_set_tokens (LEYDEN_TOKEN_STRIP (self->strip), tokens, first, total);
}

static void
show_tokens (LeydenCallView *self)
{
  guint n = 0;
  g_autoptr(LeydenValue) none = leyden_call_make_tokens (get_tokens_source (self), 0, 0, &n);
  g_autofree char *note = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u token", "%u tokens", n), n);

  gtk_widget_set_visible (self->tokens, n > 0);
  leyden_pager_set (LEYDEN_PAGER (self->tokens_pager), (n + TOKENS - 1) / TOKENS, note);
  show_tokens_part (self);
}

/* What came of a try before the last. */
static void
append_try (LeydenCallView *self,
            LeydenValue    *call,
            guint           number)
{
  const char *error = leyden_call_get_error (call);
  double latency = leyden_call_get_latency_ms (call);
  g_autofree char *duration = leyden_format_duration (latency);
  /* Translators: number of a try of a call, what became of it, how long it took. */
  g_autofree char *title = g_strdup_printf (_("Try %u: %s, %s"), number, leyden_state_title (leyden_call_get_state (call)), duration);
  GtkWidget *text = leyden_paged_text_new_prose (title);
  g_autofree char *answer = leyden_call_dup_answer (leyden_value_get_member (call, "answer"));

  leyden_paged_text_set_text (LEYDEN_PAGED_TEXT (text), error != NULL ? error : answer);
  gtk_box_append (GTK_BOX (self->tries_box), leyden_part_label (title, "caption-heading"));
  gtk_box_append (GTK_BOX (self->tries_box), text);
}

static void
show_tries (LeydenCallView *self)
{
  GPtrArray *tries = leyden_call_item_get_tries (self->item);
  guint n = tries->len - 1;
  g_autofree char *title = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u earlier try", "%u earlier tries", n), n);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->tries_box)) != NULL)
    gtk_box_remove (GTK_BOX (self->tries_box), child);
  leyden_part_disclosure_set_title (self->tries, title);
  gtk_widget_set_visible (self->tries, n > 0);
  for (guint i = n > MAX_TRIES ? n - MAX_TRIES : 0; i < n; i++)
    append_try (self, g_ptr_array_index (tries, i), (guint) leyden_value_get_member_int (g_ptr_array_index (tries, i), "try", i + 1));
}

/* Written when somebody looks: it may be long. */
static void
show_json (GtkWidget *text)
{
  LeydenValue *value = g_object_get_data (G_OBJECT (text), "value");

  if (!gtk_widget_get_mapped (text) || g_object_get_data (G_OBJECT (text), "written") == value)
    return;
  g_object_set_data (G_OBJECT (text), "written", value);
  leyden_paged_text_set_value (LEYDEN_PAGED_TEXT (text), value);
}

static void
set_json (GtkWidget   *text,
          LeydenValue *value)
{
  g_object_set_data (G_OBJECT (text), "written", NULL);
  g_object_set_data_full (G_OBJECT (text), "value", value != NULL ? leyden_value_ref (value) : leyden_value_new_null (), (GDestroyNotify) leyden_value_unref);
  show_json (text);
}

static void
show_tool (LeydenCallView *self,
           LeydenValue    *call)
{
  LeydenValue *request = leyden_value_get_member (call, "request");
  LeydenValue *answer = leyden_value_get_member (call, "answer");
  LeydenValue *arguments = leyden_value_get_member (request, "arguments");
  LeydenValue *content = leyden_value_get_member (answer, "content");

  leyden_paged_text_set_value (LEYDEN_PAGED_TEXT (self->tool_request), arguments != NULL ? arguments : request);
  leyden_paged_text_set_value (LEYDEN_PAGED_TEXT (self->tool_answer), content != NULL ? content : answer);
}

static void
show_call (LeydenCallView *self)
{
  LeydenValue *call = get_call (self);
  gboolean model = leyden_call_is_model (call);
  const char *error = leyden_call_get_error (call);
  LeydenValue *response;

  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), call != NULL ? "call" : "none");
  if (call == NULL)
    return;
  response = leyden_value_get_member (call, "answer") != NULL ? leyden_value_get_member (call, "answer") : leyden_value_get_member (call, "error");
  show_heading (self, call);
  leyden_call_facts_set (self->facts, call);
  gtk_widget_set_visible (self->error, error != NULL);
  if (error != NULL)
    leyden_paged_text_set_text (LEYDEN_PAGED_TEXT (self->error), error);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "call.resend", leyden_call_get_body (call) != NULL && !leyden_session_is_read_only (self->session));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "call.copy-curl", leyden_call_get_body (call) != NULL);
  gtk_widget_set_sensitive (self->save, leyden_value_get_member (call, "answer") != NULL);
  gtk_widget_set_visible (self->conversation, model);
  gtk_widget_set_visible (self->tool, !model);
  if (model)
    leyden_conversation_set (LEYDEN_CONVERSATION (self->conversation), leyden_call_get_messages (call),
                             leyden_value_get_member (leyden_value_get_member (call, "answer"), "message"));
  else
    show_tool (self, call);
  if (!g_str_equal (leyden_call_get_state (call), "running"))
    leyden_conversation_set_stream (LEYDEN_CONVERSATION (self->conversation), NULL);
  show_tokens (self);
  show_tries (self);
  set_json (self->request, leyden_value_get_member (call, "request"));
  set_json (self->response, response);
}

void
leyden_call_view_set_item (LeydenCallView *self,
                           LeydenCallItem *item,
                           LeydenFlow     *flow,
                           gint64          seed)
{
  g_return_if_fail (LEYDEN_IS_CALL_VIEW (self));
  g_return_if_fail (item == NULL || LEYDEN_IS_CALL_ITEM (item));

  g_set_object (&self->flow, flow);
  self->seed = seed;
  if (self->item == item)
    return;
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_set_object (&self->item, item);
  if (item != NULL)
    g_signal_connect_object (item, "changed", G_CALLBACK (show_call), self, G_CONNECT_SWAPPED);
  g_clear_pointer (&self->log_probs, leyden_value_unref);
  set_note (self, NULL);
  leyden_conversation_set_stream (LEYDEN_CONVERSATION (self->conversation), NULL);
  show_call (self);
}

void
leyden_call_view_set_log_probs (LeydenCallView *self,
                                LeydenValue    *content)
{
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;

  g_return_if_fail (LEYDEN_IS_CALL_VIEW (self));

  leyden_value_builder_begin_object (&b);
  leyden_value_builder_key (&b, "logprobs");
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "content", content);
  leyden_value_builder_end (&b);
  leyden_value_builder_end (&b);
  g_clear_pointer (&self->log_probs, leyden_value_unref);
  self->log_probs = leyden_value_builder_end_value (&b);
  show_tokens (self);
}

void
leyden_call_view_set_stream (LeydenCallView *self,
                             const char     *text)
{
  LeydenValue *call;

  g_return_if_fail (LEYDEN_IS_CALL_VIEW (self));

  call = get_call (self);
  if (call != NULL && g_str_equal (leyden_call_get_state (call), "running"))
    leyden_conversation_set_stream (LEYDEN_CONVERSATION (self->conversation), text);
}

/* --- life --- */

static void
leyden_call_view_dispose (GObject *object)
{
  LeydenCallView *self = LEYDEN_CALL_VIEW (object);

  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_object (&self->session);
  g_clear_object (&self->flow);
  g_clear_object (&self->file);
  g_clear_pointer (&self->log_probs, leyden_value_unref);
  G_OBJECT_CLASS (leyden_call_view_parent_class)->dispose (object);
}

static void
leyden_call_view_class_init (LeydenCallViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_call_view_dispose;
  gtk_widget_class_install_action (widget_class, "call.resend", NULL, resend_action);
  gtk_widget_class_install_action (widget_class, "call.copy-curl", NULL, copy_curl_action);
  gtk_widget_class_install_action (widget_class, "call.copy-json", NULL, copy_json_action);
  gtk_widget_class_install_action (widget_class, "call.save-row", NULL, save_row_action);
  gtk_widget_class_install_action (widget_class, "call.save-row-new", NULL, save_row_action);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
}

static GtkWidget *
create_action (const char *label,
               const char *action)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  return button;
}

static GtkWidget *
create_save (void)
{
  GtkWidget *button = gtk_menu_button_new ();
  g_autoptr(GMenu) menu = g_menu_new ();

  g_menu_append (menu, _("To a New File…"), "call.save-row-new");
  g_menu_append (menu, _("To a File That Exists…"), "call.save-row");
  gtk_menu_button_set_label (GTK_MENU_BUTTON (button), _("Save as Data-Set Row"));
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  return button;
}

static void
create_head (LeydenCallView *self)
{
  self->title = leyden_part_label (NULL, "title-4");
  self->subtitle = leyden_part_label (NULL, "dim-label");
  self->chips = leyden_wrap_box_new ();
  leyden_wrap_box_set_filled (LEYDEN_WRAP_BOX (self->chips), FALSE);
  self->facts = LEYDEN_CALL_FACTS (leyden_call_facts_new ());
  self->error = leyden_paged_text_new_prose (_("Error"));
  gtk_widget_add_css_class (self->error, "answer");
  gtk_widget_add_css_class (self->error, "error");
  self->resend = create_action (_("Edit and Resend…"), "call.resend");
  self->save = create_save ();
  self->note = leyden_part_label (NULL, "dim-label");
  gtk_widget_set_visible (self->note, FALSE);
  gtk_box_append (GTK_BOX (self->box), self->title);
  gtk_box_append (GTK_BOX (self->box), self->subtitle);
  gtk_box_append (GTK_BOX (self->box), self->chips);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->facts));
  gtk_box_append (GTK_BOX (self->box), self->error);
  gtk_box_append (GTK_BOX (self->box), leyden_part_buttons (self->resend, self->save, create_action (_("Copy as curl"), "call.copy-curl"),
                                                            create_action (_("Copy as JSON"), "call.copy-json"), NULL));
  gtk_box_append (GTK_BOX (self->box), self->note);
}

static GtkWidget *
create_json (const char *name)
{
  GtkWidget *text = leyden_paged_text_new (name);

  g_signal_connect (text, "map", G_CALLBACK (show_json), NULL);
  return text;
}

static void
create_tokens (LeydenCallView *self)
{
  self->tokens = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->tokens_pager = leyden_pager_new ();
  self->strip = leyden_token_strip_new ();
  gtk_box_append (GTK_BOX (self->tokens), leyden_part_label (_("Tokens of the answer"), "heading"));
  gtk_box_append (GTK_BOX (self->tokens), self->tokens_pager);
  gtk_box_append (GTK_BOX (self->tokens), self->strip);
  g_signal_connect_object (self->tokens_pager, "changed", G_CALLBACK (show_tokens_part), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->box), self->tokens);
}

static void
create_tool (LeydenCallView *self)
{
  self->tool = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->tool_request = leyden_paged_text_new_prose (_("Called with"));
  self->tool_answer = leyden_paged_text_new_prose (_("Returned"));
  gtk_box_append (GTK_BOX (self->tool), leyden_part_label (_("Called with"), "caption-heading"));
  gtk_box_append (GTK_BOX (self->tool), self->tool_request);
  gtk_box_append (GTK_BOX (self->tool), leyden_part_label (_("Returned"), "caption-heading"));
  gtk_box_append (GTK_BOX (self->tool), self->tool_answer);
  gtk_box_append (GTK_BOX (self->box), self->tool);
}

static GtkWidget *
create_none (void)
{
  GtkWidget *label = leyden_part_label (_("No call is chosen. Calls of models and tools are listed as soon as a rollout makes them."), "dim-label");

  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_label_set_xalign (GTK_LABEL (label), 0.5f);
  gtk_widget_set_valign (label, GTK_ALIGN_CENTER);
  return label;
}

static void
leyden_call_view_init (LeydenCallView *self)
{
  self->stack = gtk_stack_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);
  create_head (self);
  self->conversation = leyden_conversation_new ();
  gtk_box_append (GTK_BOX (self->box), self->conversation);
  create_tool (self);
  create_tokens (self);
  self->tries_box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->tries = leyden_part_disclosure (NULL, self->tries_box);
  gtk_widget_set_visible (self->tries, FALSE);
  self->request = create_json (_("Request"));
  self->response = create_json (_("Response"));
  gtk_box_append (GTK_BOX (self->box), self->tries);
  gtk_box_append (GTK_BOX (self->box), leyden_part_disclosure (_("Request as JSON"), self->request));
  gtk_box_append (GTK_BOX (self->box), leyden_part_disclosure (_("Response as JSON"), self->response));
  gtk_stack_set_hhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_add_named (GTK_STACK (self->stack), create_none (), "none");
  gtk_stack_add_named (GTK_STACK (self->stack), self->box, "call");
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Call"), -1);
}

GtkWidget *
leyden_call_view_new (LeydenSession *session)
{
  LeydenCallView *self = g_object_new (LEYDEN_TYPE_CALL_VIEW, NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
