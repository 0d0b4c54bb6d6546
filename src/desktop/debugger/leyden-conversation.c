/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-conversation.h"

#include <glib/gi18n-lib.h>

#include "leyden-call.h"
#include "leyden-data-image.h"
#include "leyden-experiment-parts.h"
#include "leyden-json.h"
#include "leyden-paged-text.h"
#include "leyden-pager.h"
#include "leyden-text.h"

#define MESSAGES 40             /* of a part */
#define MAX_PARTS 50            /* of one message */
#define MAX_STREAM 8000

struct _LeydenConversation
{
  GtkWidget    parent_instance;

  GtkWidget   *box;
  GtkWidget   *pager;
  GtkWidget   *list;
  GtkWidget   *stream;          /* group */
  GtkWidget   *stream_text;
  LeydenValue *messages;        /* nullable */
  LeydenValue *answer;          /* nullable */
  guint        n_shown;
};

G_DEFINE_FINAL_TYPE (LeydenConversation, leyden_conversation, GTK_TYPE_WIDGET)

/* --- one message --- */

static const char *
role_title (const char *role)
{
  static const struct { const char *role, *title; } titles[] = {
    { "system", N_("System") }, { "developer", N_("System") }, { "user", N_("User") }, { "assistant", N_("Model") }, { "tool", N_("Tool") },
    { "function", N_("Tool") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_str_equal (titles[i].role, role))
      return _(titles[i].title);
  return _("Message");
}

static GtkWidget *
create_group (const char *title,
              const char *style)
{
  GtkWidget *group = g_object_new (GTK_TYPE_BOX, "orientation", GTK_ORIENTATION_VERTICAL, "spacing", 3, "accessible-role", GTK_ACCESSIBLE_ROLE_GROUP, NULL);

  gtk_widget_add_css_class (group, "callmessage");
  if (style != NULL)
    gtk_widget_add_css_class (group, style);
  gtk_accessible_update_property (GTK_ACCESSIBLE (group), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_box_append (GTK_BOX (group), leyden_part_label (title, "caption-heading"));
  return group;
}

static void
append_value (GtkWidget   *group,
              const char  *name,
              LeydenValue *value)
{
  GtkWidget *text = leyden_paged_text_new_prose (name);

  leyden_paged_text_set_value (LEYDEN_PAGED_TEXT (text), value);
  gtk_box_append (GTK_BOX (group), text);
}

/* {"type": "text", "text"}, {"type": "image_url", "image_url": {"url"} or address}; what is of no such kind is shown as it is. */
static void
append_part (GtkWidget   *group,
             const char  *name,
             LeydenValue *part)
{
  LeydenValue *image = leyden_value_get_member (part, "image_url");
  const char *url = leyden_value_get_member_string (image, "url", leyden_value_get_string (image, NULL));
  LeydenValue *text = leyden_value_get_member (part, "text");

  if (url != NULL)
    gtk_box_append (GTK_BOX (group), leyden_data_image_new (url));
  else
    append_value (group, name, leyden_value_get_kind (text) == LEYDEN_VALUE_STRING ? text : part);
}

static void
append_content (GtkWidget   *group,
                const char  *name,
                LeydenValue *content)
{
  guint n = leyden_value_get_size (content);

  if (leyden_value_is_null (content))
    return;
  if (leyden_value_get_kind (content) != LEYDEN_VALUE_LIST)
    {
      append_value (group, name, content);
      return;
    }
  for (guint i = 0; i < MIN (n, MAX_PARTS); i++)
    append_part (group, name, leyden_value_get_item (content, i));
  if (n > MAX_PARTS)
    {
      g_autofree char *more = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u more part stands in the JSON", "%u more parts stand in the JSON", n - MAX_PARTS),
                                               n - MAX_PARTS);

      gtk_box_append (GTK_BOX (group), leyden_part_label (more, "dim-label"));
    }
}

/* Arguments are JSON in a string; indented where they are, as they are where they are not. */
static void
append_arguments (GtkWidget   *group,
                  const char  *title,
                  LeydenValue *arguments)
{
  gsize length = 0;
  const char *text = leyden_value_get_string (arguments, &length);
  g_autoptr(LeydenValue) parsed = text != NULL && length < 64 * 1024 ? leyden_json_parse (text, (gssize) length, NULL, NULL) : NULL;

  append_value (group, title, parsed != NULL && leyden_value_get_kind (parsed) != LEYDEN_VALUE_STRING ? parsed : arguments);
}

static void
append_tool_calls (GtkWidget   *group,
                   LeydenValue *calls)
{
  for (guint i = 0; leyden_value_get_kind (calls) == LEYDEN_VALUE_LIST && i < MIN (leyden_value_get_size (calls), MAX_PARTS); i++)
    {
      LeydenValue *function = leyden_value_get_member (leyden_value_get_item (calls, i), "function");
      g_autofree char *name = leyden_text_display (leyden_value_get_member_string (function, "name", ""), -1, 60, FALSE);
      g_autofree char *title = g_strdup_printf (_("Model calls %s"), name);
      GtkWidget *inner = create_group (title, "toolcall");

      append_arguments (inner, title, leyden_value_get_member (function, "arguments"));
      gtk_box_append (GTK_BOX (group), inner);
    }
}

static char *
make_title (LeydenValue *message,
            GHashTable  *names)
{
  const char *role = leyden_value_get_member_string (message, "role", "");
  const char *name = leyden_value_get_member_string (message, "name", NULL);
  const char *call = leyden_value_get_member_string (message, "tool_call_id", NULL);
  g_autofree char *shown = NULL;

  if (call != NULL && names != NULL && g_hash_table_lookup (names, call) != NULL)
    name = g_hash_table_lookup (names, call);
  if (name == NULL)
    return g_strdup (role_title (role));
  shown = leyden_text_display (name, -1, 60, FALSE);
  if (call != NULL)
    return g_strdup_printf (_("Result of %s"), shown);
  /* Translators: a role in a conversation, and a name. */
  return g_strdup_printf (_("%s, %s"), role_title (role), shown);
}

GtkWidget *
leyden_conversation_make_message (LeydenValue *message,
                                  GHashTable  *names)
{
  g_autofree char *title = make_title (message, names);
  GtkWidget *group = create_group (title, leyden_value_get_member_string (message, "role", NULL) != NULL ? "message" : NULL);
  LeydenValue *calls = leyden_value_get_member (message, "tool_calls");
  LeydenValue *refusal = leyden_value_get_member (message, "refusal");

  if (g_strcmp0 (leyden_value_get_member_string (message, "role", ""), "assistant") == 0)
    gtk_widget_add_css_class (group, "fromassistant");
  if (leyden_value_get_kind (message) != LEYDEN_VALUE_OBJECT)
    append_value (group, title, message);
  append_content (group, title, leyden_value_get_member (message, "content"));
  if (!leyden_value_is_null (refusal))
    append_value (group, _("The model refused"), refusal);
  append_tool_calls (group, calls);
  return group;
}

/* --- the list --- */

static void
note_names (GHashTable  *names,
            LeydenValue *message)
{
  LeydenValue *calls = leyden_value_get_member (message, "tool_calls");

  for (guint i = 0; leyden_value_get_kind (calls) == LEYDEN_VALUE_LIST && i < leyden_value_get_size (calls); i++)
    {
      LeydenValue *call = leyden_value_get_item (calls, i);
      const char *id = leyden_value_get_member_string (call, "id", NULL);
      const char *name = leyden_value_get_member_string (leyden_value_get_member (call, "function"), "name", NULL);

      if (id != NULL && name != NULL)
        g_hash_table_insert (names, (gpointer) id, (gpointer) name);
    }
}

static void
show_part (LeydenConversation *self)
{
  g_autoptr(GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = leyden_value_get_size (self->messages);
  guint first = leyden_pager_get (LEYDEN_PAGER (self->pager)) * MESSAGES;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->list)) != NULL)
    gtk_box_remove (GTK_BOX (self->list), child);
  self->n_shown = 0;
  for (guint i = 0; i < MIN (n, first + MESSAGES); i++)
    {
      LeydenValue *message = leyden_value_get_item (self->messages, i);

      if (i >= first)
        {
          gtk_box_append (GTK_BOX (self->list), leyden_conversation_make_message (message, names));
          self->n_shown++;
        }
      note_names (names, message);
    }
  if (self->answer == NULL || first + MESSAGES < n)
    return;
  child = leyden_conversation_make_message (self->answer, names);
  gtk_widget_add_css_class (child, "answer");
  gtk_box_append (GTK_BOX (self->list), child);
  self->n_shown++;
}

void
leyden_conversation_set (LeydenConversation *self,
                         LeydenValue        *messages,
                         LeydenValue        *answer)
{
  guint n, n_parts;
  g_autofree char *note = NULL;

  g_return_if_fail (LEYDEN_IS_CONVERSATION (self));

  if (leyden_value_equal (self->messages, messages) && leyden_value_equal (self->answer, answer) && gtk_widget_get_first_child (self->list) != NULL)
    return;
  if (messages != NULL)
    leyden_value_ref (messages);
  if (answer != NULL)
    leyden_value_ref (answer);
  g_clear_pointer (&self->messages, leyden_value_unref);
  g_clear_pointer (&self->answer, leyden_value_unref);
  self->messages = messages;
  self->answer = answer;
  n = leyden_value_get_size (messages);
  n_parts = MAX ((n + MESSAGES - 1) / MESSAGES, 1);
  note = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u message", "%u messages", n), n);
  leyden_pager_set (LEYDEN_PAGER (self->pager), n_parts, note);
  if (n_parts > 1)
    leyden_pager_go (LEYDEN_PAGER (self->pager), n_parts - 1);
  else
    show_part (self);
}

void
leyden_conversation_set_stream (LeydenConversation *self,
                                const char         *text)
{
  gsize length;

  g_return_if_fail (LEYDEN_IS_CONVERSATION (self));

  gtk_widget_set_visible (self->stream, text != NULL);
  if (text == NULL)
    return;
  length = strlen (text);
  /* The end is what one waits for. */
  if (length > MAX_STREAM)
    text = g_utf8_find_next_char (text + length - MAX_STREAM - 1, NULL);
  leyden_part_set_text (self->stream_text, *text != '\0' ? text : "…", MAX_STREAM);
}

guint
leyden_conversation_get_n_shown (LeydenConversation *self)
{
  g_return_val_if_fail (LEYDEN_IS_CONVERSATION (self), 0);
  return self->n_shown;
}

/* --- life --- */

static void
leyden_conversation_dispose (GObject *object)
{
  LeydenConversation *self = LEYDEN_CONVERSATION (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->messages, leyden_value_unref);
  g_clear_pointer (&self->answer, leyden_value_unref);
  G_OBJECT_CLASS (leyden_conversation_parent_class)->dispose (object);
}

static void
leyden_conversation_class_init (LeydenConversationClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = leyden_conversation_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
leyden_conversation_init (LeydenConversation *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->pager = leyden_pager_new ();
  self->list = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->stream = create_group (_("The model is answering"), "answer");
  self->stream_text = leyden_part_label (NULL, NULL);
  gtk_box_append (GTK_BOX (self->stream), self->stream_text);
  gtk_widget_set_visible (self->stream, FALSE);
  gtk_box_append (GTK_BOX (self->box), self->pager);
  gtk_box_append (GTK_BOX (self->box), self->list);
  gtk_box_append (GTK_BOX (self->box), self->stream);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Conversation"), -1);
  g_signal_connect_object (self->pager, "changed", G_CALLBACK (show_part), self, G_CONNECT_SWAPPED);
}

GtkWidget *
leyden_conversation_new (void)
{
  return g_object_new (LEYDEN_TYPE_CONVERSATION, NULL);
}
