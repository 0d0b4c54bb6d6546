/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"

#include "leyden-approval-dialog.h"

#include <glib/gi18n-lib.h>

#include "leyden-text.h"

/* Longer texts scroll; none is cut, since behind a cut anything could stand. */
#define MAX_LABEL 2000

struct _LeydenApprovalDialog
{
  AdwMessageDialog  parent_instance;

  GPtrArray        *permissions;        /* LeydenValue: those that are asked for */
  GPtrArray        *checks;             /* GtkCheckButton, borrowed */
};

G_DEFINE_FINAL_TYPE (LeydenApprovalDialog, leyden_approval_dialog, ADW_TYPE_MESSAGE_DIALOG)

static void
leyden_approval_dialog_finalize (GObject *object)
{
  LeydenApprovalDialog *self = LEYDEN_APPROVAL_DIALOG (object);

  g_ptr_array_unref (self->permissions);
  g_ptr_array_unref (self->checks);
  G_OBJECT_CLASS (leyden_approval_dialog_parent_class)->finalize (object);
}

static void
leyden_approval_dialog_class_init (LeydenApprovalDialogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = leyden_approval_dialog_finalize;
}

static void
leyden_approval_dialog_init (LeydenApprovalDialog *self)
{
  self->permissions = g_ptr_array_new_with_free_func ((GDestroyNotify) leyden_value_unref);
  self->checks = g_ptr_array_new ();
}

static void
toggled_cb (LeydenApprovalDialog *self)
{
  gboolean all = self->checks->len > 0;

  for (guint i = 0; i < self->checks->len; i++)
    all = all && gtk_check_button_get_active (g_ptr_array_index (self->checks, i));
  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (self), "approve", all);
}

/* ---- What it is ---- */

static void
add_row (GtkWidget  *box,
         const char *name,
         const char *text)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *title = gtk_label_new (name);
  GtkWidget *value = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_xalign (GTK_LABEL (value), 0);
  gtk_label_set_wrap (GTK_LABEL (value), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (value), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (value), TRUE);
  gtk_widget_add_css_class (title, "caption");
  gtk_widget_add_css_class (title, "dim-label");
  gtk_widget_add_css_class (value, "monospace");
  gtk_accessible_update_relation (GTK_ACCESSIBLE (value), GTK_ACCESSIBLE_RELATION_LABELLED_BY, title, NULL, -1);
  gtk_box_append (GTK_BOX (row), title);
  gtk_box_append (GTK_BOX (row), value);
  gtk_box_append (GTK_BOX (box), row);
}

/* Whole, whatever its length: it scrolls. */
static void
add_view (GtkWidget  *box,
          const char *name,
          const char *text)
{
  GtkWidget *view = gtk_text_view_new ();
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)), text, -1);
  gtk_text_view_set_editable (GTK_TEXT_VIEW (view), FALSE);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (view), TRUE);
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (view), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_scrolled_window_set_has_frame (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scrolled), 120);
  gtk_box_append (GTK_BOX (box), scrolled);
}

/* Line ends are written out, and quotation marks like ours: a second line of a shell must not look like the end of a comment, nor one
 * argument like two. */
static char *
quote (const char *text)
{
  g_autofree char *escaped = leyden_text_escape (text, -1, G_MAXUINT);
  GString *out = g_string_new (escaped);

  g_string_replace (out, "“", "\\u201c", 0);
  g_string_replace (out, "”", "\\u201d", 0);
  g_string_prepend (out, "“");
  g_string_append (out, "”");
  return g_string_free (out, FALSE);
}

/* Quoted one by one: where an argument ends must be seen. */
static void
add_list (GtkWidget   *box,
          const char  *name,
          LeydenValue *list)
{
  g_autoptr(GString) text = g_string_new (NULL);

  if (leyden_value_get_size (list) == 0)
    return;
  for (guint i = 0; i < leyden_value_get_size (list); i++)
    {
      g_autofree char *quoted = quote (leyden_value_get_string (leyden_value_get_item (list, i), NULL));

      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", quoted);
    }
  if (text->len <= MAX_LABEL)
    add_row (box, name, text->str);
  else
    add_view (box, name, text->str);
}

static void
add_text (GtkWidget  *box,
          const char *name,
          const char *text)
{
  g_autofree char *shown = leyden_text_escape (text, -1, G_MAXUINT);

  add_row (box, name, shown);
}

/* A carriage return alone ends a line of Python, so it ends one here: what follows a comment must not look like a part of it. */
static void
add_script (GtkWidget  *box,
            const char *script)
{
  g_autoptr(GString) lines = g_string_new (script);
  g_autofree char *shown = NULL;

  g_string_replace (lines, "\r\n", "\n", 0);
  g_string_replace (lines, "\r", "\n", 0);
  shown = leyden_text_display (lines->str, (gssize) lines->len, G_MAXUINT, TRUE);
  add_view (box, _("Script"), shown);
}

static gboolean
is_address (LeydenValue *permission)
{
  return g_strcmp0 (leyden_value_get_member_string (permission, "kind", ""), "address") == 0;
}

static gboolean
is_bare (LeydenValue *permission)
{
  return !is_address (permission) && leyden_value_get_member_string (permission, "sandbox", NULL) == NULL;
}

static void
add_sandbox (GtkWidget   *box,
             LeydenValue *permission)
{
  LeydenValue *what = leyden_value_get_member (permission, "what");
  gboolean network = leyden_value_get_member_boolean (what, "network", FALSE);
  g_autofree char *text = NULL;

  if (is_bare (permission))
    text = g_strdup_printf (_("Not sandboxed (%s). It can read and change everything that you can."),
                            leyden_value_get_member_string (permission, "sandbox_reason", ""));
  else
    text = g_strdup (network ? _("Sandboxed: it sees none of your files, but reaches the network.")
                             : _("Sandboxed: it sees none of your files and reaches no network."));
  add_row (box, _("Protection"), text);
}

static GtkWidget *
make_check (LeydenApprovalDialog *self,
            LeydenValue          *permission)
{
  GtkWidget *check = gtk_check_button_new_with_label (is_bare (permission) ? _("Run it on this machine without a sandbox")
                                                      : is_address (permission) ? _("Reach this address from this machine")
                                                                                : _("Run it on this machine"));

  g_signal_connect_object (check, "toggled", G_CALLBACK (toggled_cb), self, G_CONNECT_SWAPPED);
  g_ptr_array_add (self->checks, check);
  return check;
}

static GtkWidget *
make_block (LeydenApprovalDialog *self,
            LeydenValue          *permission)
{
  LeydenValue *what = leyden_value_get_member (permission, "what");
  const char *script = leyden_value_get_member_string (what, "script", NULL);
  g_autofree char *title = leyden_text_display (leyden_value_get_member_string (permission, "title", ""), -1, 80, FALSE);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *heading = gtk_label_new (title);

  gtk_label_set_xalign (GTK_LABEL (heading), 0);
  gtk_label_set_wrap (GTK_LABEL (heading), TRUE);
  gtk_widget_add_css_class (heading, "heading");
  gtk_box_append (GTK_BOX (box), heading);
  if (is_address (permission))
    add_text (box, _("Private address"), leyden_value_get_member_string (what, "address", ""));
  else
    {
      add_text (box, _("Program"), leyden_value_get_member_string (what, "program", ""));
      add_list (box, _("Arguments"), leyden_value_get_member (what, "arguments"));
      add_list (box, _("Environment variables"), leyden_value_get_member (what, "environment"));
      if (script != NULL)
        add_script (box, script);
      add_sandbox (box, permission);
    }
  gtk_box_append (GTK_BOX (box), make_check (self, permission));
  return box;
}

GtkWidget *
leyden_approval_dialog_new (GtkWindow   *parent,
                            LeydenValue *permissions)
{
  LeydenApprovalDialog *self = g_object_new (LEYDEN_TYPE_APPROVAL_DIALOG, "transient-for", parent, "modal", parent != NULL,
                                             "default-width", 480, NULL);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (self);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  for (guint i = 0; i < leyden_value_get_size (permissions); i++)
    {
      LeydenValue *permission = leyden_value_get_item (permissions, i);

      if (leyden_value_get_member_boolean (permission, "approved", FALSE))
        continue;
      g_ptr_array_add (self->permissions, leyden_value_ref (permission));
      gtk_box_append (GTK_BOX (box), make_block (self, permission));
    }
  adw_message_dialog_set_heading (dialog, _("May This Flow Do This Here?"));
  adw_message_dialog_set_body (dialog, _("It wants to do something on this machine that nobody has approved yet. An approval is for exactly what is shown; "
                                         "a change needs a new one."));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scrolled), 240);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scrolled), 420);
  adw_message_dialog_set_extra_child (dialog, scrolled);
  adw_message_dialog_add_responses (dialog, "cancel", _("_Cancel"), "approve", _("_Approve and Run"), NULL);
  adw_message_dialog_set_response_enabled (dialog, "approve", FALSE);
  adw_message_dialog_set_default_response (dialog, "cancel");
  adw_message_dialog_set_close_response (dialog, "cancel");
  return GTK_WIDGET (self);
}

guint
leyden_approval_dialog_get_n (LeydenApprovalDialog *self)
{
  g_return_val_if_fail (LEYDEN_IS_APPROVAL_DIALOG (self), 0);

  return self->permissions->len;
}

LeydenValue *
leyden_approval_dialog_get_permission (LeydenApprovalDialog *self,
                                       guint                 index)
{
  g_return_val_if_fail (LEYDEN_IS_APPROVAL_DIALOG (self) && index < self->permissions->len, NULL);

  return g_ptr_array_index (self->permissions, index);
}

/* ---- Asking, granting, sending ----
 *
 *  no such node ───────────────────────────────────────► POST
 *  permissions ─► all approved ────────────────────────► POST
 *       └───────► dialog ─► approve ─► each granted ───► POST
 *                     └───► cancel ─► POLICY
 */
typedef struct
{
  GtkWidget            *parent;         /* a reference; nullable */
  char                 *path;
  LeydenValue          *body;
  GCancellable         *cancellable;
  LeydenApprovalDialog *dialog;         /* while it is open, and what it asked for */
  guint                 next;           /* permission to be granted */
} Post;

static void
post_free (gpointer data)
{
  Post *self = data;

  g_clear_object (&self->parent);
  g_free (self->path);
  leyden_value_unref (self->body);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->dialog);
  g_free (self);
}

static void
posted_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      data)
{
  g_autoptr(GTask) task = data;
  GError *error = NULL;
  LeydenValue *answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer != NULL)
    g_task_return_pointer (task, answer, (GDestroyNotify) leyden_value_unref);
  else
    g_task_return_error (task, error);
}

static void
post (GTask *task)
{
  Post *self = g_task_get_task_data (task);

  leyden_backend_request_async (g_task_get_source_object (task), "POST", self->path, self->body, self->cancellable, posted_cb,
                                g_object_ref (task));
}

static void grant_next (GTask *task);

static void
granted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(GTask) task = data;
  Post *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);

  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  self->next++;
  grant_next (task);
}

static void
grant_next (GTask *task)
{
  Post *self = g_task_get_task_data (task);
  LeydenValue *permission;

  if (self->next >= leyden_approval_dialog_get_n (self->dialog))
    {
      post (task);
      return;
    }
  permission = leyden_approval_dialog_get_permission (self->dialog, self->next);
  leyden_backend_approve_async (g_task_get_source_object (task), permission, is_bare (permission), self->cancellable, granted_cb,
                                g_object_ref (task));
}

static void
response_cb (AdwMessageDialog *dialog,
             const char       *response,
             gpointer          data)
{
  GTask *task = data;

  if (g_str_equal (response, "approve"))
    grant_next (task);
  else
    g_task_return_new_error (task, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_POLICY, _("It was not approved, so nothing ran"));
}

static gboolean
are_all_approved (LeydenValue *permissions)
{
  for (guint i = 0; i < leyden_value_get_size (permissions); i++)
    if (!leyden_value_get_member_boolean (leyden_value_get_item (permissions, i), "approved", FALSE))
      return FALSE;
  return TRUE;
}

static void
release_task (gpointer  data,
              GClosure *closure)
{
  g_object_unref (data);
}

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      data)
{
  g_autoptr(GTask) task = data;
  Post *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, &error);
  LeydenValue *permissions = leyden_value_get_member (answer, "permissions");
  GtkRoot *root = self->parent != NULL ? gtk_widget_get_root (self->parent) : NULL;

  if (answer == NULL)
    g_task_return_error (task, error);
  else if (are_all_approved (permissions))
    post (task);
  else
    {
      self->dialog = LEYDEN_APPROVAL_DIALOG (g_object_ref (leyden_approval_dialog_new (root != NULL ? GTK_WINDOW (root) : NULL, permissions)));
      g_signal_connect_data (self->dialog, "response", G_CALLBACK (response_cb), g_object_ref (task), release_task, 0);
      gtk_window_present (GTK_WINDOW (self->dialog));
    }
}

/* Kinds that may need an approval, anywhere in the flow. Recursion is bounded by the depth of documents. */
static gboolean
may_need_approval (LeydenValue *value)
{
  static const char * const kinds[] = { "python", "command", "http", NULL };
  const char *type = leyden_value_get_member_string (value, "type", NULL);

  if (type != NULL && g_strv_contains (kinds, type))
    return TRUE;
  for (guint i = 0; i < leyden_value_get_size (value); i++)
    if (may_need_approval (leyden_value_get_item (value, i)))
      return TRUE;
  return FALSE;
}

void
leyden_approval_post_async (GtkWidget           *parent,
                            LeydenBackend       *backend,
                            const char          *path,
                            LeydenValue         *body,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             data)
{
  g_autoptr(GTask) task = g_task_new (backend, cancellable, callback, data);
  g_auto(LeydenValueBuilder) b = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) question = NULL;
  LeydenValue *flow = leyden_value_get_member (body, "flow");
  Post *self = g_new0 (Post, 1);

  self->parent = parent != NULL ? g_object_ref (parent) : NULL;
  self->path = g_strdup (path);
  self->body = leyden_value_ref (body);
  self->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  g_task_set_source_tag (task, leyden_approval_post_async);
  g_task_set_task_data (task, self, post_free);
  if (!may_need_approval (leyden_value_get_member (flow, "nodes")))
    {
      post (task);
      return;
    }
  leyden_value_builder_begin_object (&b);
  leyden_value_builder_set (&b, "flow", flow);
  leyden_value_builder_end (&b);
  question = leyden_value_builder_end_value (&b);
  leyden_backend_request_async (backend, "POST", "/leyden/v1/permissions", question, cancellable, found_cb, g_object_ref (task));
}

LeydenValue *
leyden_approval_post_finish (LeydenBackend  *backend,
                             GAsyncResult   *result,
                             GError        **error)
{
  g_return_val_if_fail (g_task_is_valid (result, backend), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
