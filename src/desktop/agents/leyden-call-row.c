/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-call-row.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "leyden-agent-text.h"
#include "leyden-experiment-parts.h"
#include "leyden-text.h"
#include "leyden-token-strip.h"

#define MAX_TOKENS 2000
#define MAX_MESSAGE_CHARS 4000

struct _LeydenCallRow
{
  AdwExpanderRow    parent_instance;

  LeydenSession    *session;
  GCancellable     *cancellable;
  char             *rollout;
  LeydenValue      *call;               /* as it was shown last; nullable */
  GtkWidget        *icon;
  GtkWidget        *details;            /* NULL until it was opened */
  GtkWidget        *messages;
  GtkWidget        *note;
  LeydenTokenStrip *strip;
};

G_DEFINE_FINAL_TYPE (LeydenCallRow, leyden_call_row, ADW_TYPE_EXPANDER_ROW)

/* --- open --- */

static const char *
role_title (const char *role)
{
  static const struct { const char *role, *title; } titles[] = {
    { "system", N_ ("System") }, { "developer", N_ ("System") }, { "user", N_ ("User") }, { "assistant", N_ ("Model") }, { "tool", N_ ("Tool") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_str_equal (titles[i].role, role))
      return _(titles[i].title);
  return _("Message");
}

static void
append_message (LeydenCallRow *self,
                const char    *title,
                const char    *text)
{
  GtkWidget *label = leyden_part_label (NULL, NULL);

  leyden_part_set_text (label, text, MAX_MESSAGE_CHARS);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_box_append (GTK_BOX (self->messages), leyden_part_label (title, "caption-heading"));
  gtk_box_append (GTK_BOX (self->messages), label);
}

static void
show_tokens (LeydenCallRow *self,
             LeydenValue   *detail)
{
  LeydenValue *tokens = leyden_value_get_member (detail, "tokens");
  guint n = leyden_value_get_size (tokens);
  gint64 total = leyden_value_get_member_int (detail, "response_tokens", 0);
  gint64 prompt = leyden_value_get_member_int (detail, "prompt_tokens", 0);
  g_autofree char *note = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->strip), n > 0);
  leyden_token_strip_set_tokens (self->strip, tokens, 0, (guint) total);
  if (n == 0)
    note = g_strdup (_("There are no token ids of the answer."));
  else if (n < total)
    note = g_strdup_printf (_("The prompt has %" PRId64 " tokens. Of the answer’s %" PRId64 " the first %u are shown."), prompt, total, n);
  else
    note = g_strdup_printf (_("The prompt has %" PRId64 " tokens, the answer %" PRId64 "."), prompt, total);
  gtk_label_set_text (GTK_LABEL (self->note), note);
}

static void
received_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenCallRow) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) detail = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *messages = leyden_value_get_member (detail, "messages");
  GtkWidget *child;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->details == NULL)
    return;
  while ((child = gtk_widget_get_first_child (self->messages)) != NULL)
    gtk_box_remove (GTK_BOX (self->messages), child);
  if (detail == NULL)
    {
      append_message (self, _("The call cannot be read"), error->message);
      return;
    }
  for (guint i = 0; i < leyden_value_get_size (messages); i++)
    {
      LeydenValue *message = leyden_value_get_item (messages, i);

      append_message (self, role_title (leyden_value_get_member_string (message, "role", "")), leyden_value_get_member_string (message, "text", ""));
    }
  append_message (self, _("Answer"), leyden_value_get_member_string (detail, "answer", ""));
  show_tokens (self, detail);
}

static void
ask (LeydenCallRow *self)
{
  g_autofree char *rollout = leyden_backend_escape (self->rollout);
  g_autofree char *path = g_strdup_printf ("/leyden/v1/rollouts/%s/training/calls/%" G_GINT64_FORMAT "?limit=%d", rollout,
                                           leyden_value_get_member_int (self->call, "call", 0), MAX_TOKENS);

  leyden_backend_request_async (leyden_session_get_backend (self->session), "GET", path, NULL, self->cancellable, received_cb, g_object_ref (self));
}

static void
create_details (LeydenCallRow *self)
{
  GtkWidget *row = adw_preferences_row_new ();

  self->details = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  self->messages = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  self->note = leyden_part_label (_("Reading the call…"), "dim-label");
  self->strip = LEYDEN_TOKEN_STRIP (leyden_token_strip_new ());
  gtk_widget_set_visible (GTK_WIDGET (self->strip), FALSE);
  gtk_widget_add_css_class (self->details, "calldetails");
  gtk_box_append (GTK_BOX (self->details), self->messages);
  gtk_box_append (GTK_BOX (self->details), GTK_WIDGET (self->strip));
  gtk_box_append (GTK_BOX (self->details), self->note);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (row, FALSE);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), self->details);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), row);
}

static void
expanded_cb (LeydenCallRow *self)
{
  if (!adw_expander_row_get_expanded (ADW_EXPANDER_ROW (self)) || self->details != NULL)
    return;
  create_details (self);
  ask (self);
}

/* --- closed --- */

static void
set_title (LeydenCallRow *self,
           LeydenValue   *call)
{
  const char *question = leyden_value_get_member_string (call, "question", "");
  const char *answer = leyden_value_get_member_string (call, "answer", "");
  g_autofree char *asked = leyden_text_display (*question != '\0' ? question : _("Call"), -1, 70, FALSE);
  g_autofree char *answered = *answer != '\0' ? leyden_text_display (answer, -1, 70, FALSE) : NULL;
  /* Translators: what was asked, and what was answered. */
  g_autofree char *title = answered != NULL ? g_strdup_printf (_("%s ⟶ %s"), asked, answered) : g_strdup (asked);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
}

void
leyden_call_row_set (LeydenCallRow *self,
                     LeydenValue   *call)
{
  gboolean trained = leyden_value_get_member_boolean (call, "trained", FALSE);
  g_autofree char *told = leyden_agent_describe_call (call);
  g_autofree char *subtitle = leyden_text_display (told, -1, 300, FALSE);
  LeydenValue *before;

  g_return_if_fail (LEYDEN_IS_CALL_ROW (self) && call != NULL);

  if (leyden_value_equal (self->call, call))
    return;
  before = self->call;
  self->call = leyden_value_ref (call);
  g_clear_pointer (&before, leyden_value_unref);
  set_title (self, call);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), subtitle);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), trained ? "object-select-symbolic" : "action-unavailable-symbolic");
  gtk_widget_set_css_classes (self->icon, (const char *[]) { "state", trained ? "succeeded" : "waiting", NULL });
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->icon), GTK_ACCESSIBLE_PROPERTY_LABEL, trained ? _("Trained") : _("Dropped"), -1);
}

/* --- life --- */

static void
leyden_call_row_dispose (GObject *object)
{
  LeydenCallRow *self = LEYDEN_CALL_ROW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  g_clear_pointer (&self->call, leyden_value_unref);
  g_clear_pointer (&self->rollout, g_free);
  self->details = NULL;
  G_OBJECT_CLASS (leyden_call_row_parent_class)->dispose (object);
}

static void
leyden_call_row_class_init (LeydenCallRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_call_row_dispose;
}

static void
leyden_call_row_init (LeydenCallRow *self)
{
  self->cancellable = g_cancellable_new ();
  self->icon = gtk_image_new ();
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self), FALSE);
  adw_expander_row_add_prefix (ADW_EXPANDER_ROW (self), self->icon);
  g_signal_connect (self, "notify::expanded", G_CALLBACK (expanded_cb), NULL);
}

GtkWidget *
leyden_call_row_new (LeydenSession *session,
                     const char    *rollout)
{
  LeydenCallRow *self = g_object_new (LEYDEN_TYPE_CALL_ROW, NULL);

  self->session = g_object_ref (session);
  self->rollout = g_strdup (rollout);
  return GTK_WIDGET (self);
}
