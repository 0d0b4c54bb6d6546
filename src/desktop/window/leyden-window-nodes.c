/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-window-private.h"

#include <glib/gi18n-lib.h>

#include "leyden-catalog.h"
#include "leyden-flow-pins.h"
#include "leyden-id.h"
#include "leyden-json.h"
#include "leyden-node-origin.h"
#include "leyden-session.h"
#include "leyden-text.h"
#include "leyden-try-panel.h"
#include "leyden-try-state.h"
#include "leyden-values-dialog.h"

/* One node by itself, from a node on, pinned outputs, and why a node ran: what win.node does. */

static LeydenTryPanel *
get_try (LeydenTab    *self)
{
  return LEYDEN_TRY_PANEL (leyden_bottom_panel_get_child (self->panel, "try"));
}

static LeydenNodeTypes *
get_types (void)
{
  return LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
}

/* As its title is shown. */
static char *
dup_title (LeydenNode *node)
{
  const LeydenNodeType *type = leyden_node_types_lookup (get_types (), leyden_node_get_type_name (node));
  const char *title = leyden_node_get_title (node);

  return leyden_text_display (*title != '\0' || type == NULL ? title : type->title, -1, 60, FALSE);
}

static LeydenNode *
find_path (LeydenTab    *self,
           const char   *path)
{
  return self->document != NULL ? leyden_flow_find_path (leyden_document_get_flow (self->document), path, NULL) : NULL;
}

static char *
dup_path (LeydenTab    *self,
          const char   *id)
{
  return leyden_flow_join_path ((const char * const *) self->scope, id);
}

/* For the eye and for the ear. */
static void
tell (LeydenTab    *self,
      const char   *text)
{
  leyden_window_toast (self->window, text);
  leyden_canvas_announce (self->canvas, text);
}

void
leyden_tab_take_rollout (LeydenTab   *self,
                         LeydenValue *state)
{
  LeydenValue *before = self->rollout;

  self->rollout = state != NULL ? leyden_value_ref (state) : NULL;
  g_clear_pointer (&before, leyden_value_unref);
}

/* --- running --- */

static void
start_part (LeydenTab    *self,
            const char   *mode,
            const char   *path,
            LeydenValue  *inputs)
{
  if (leyden_session_is_read_only (leyden_session_get_default ()))
    {
      tell (self, _("Your key for this backend may look, but start nothing"));
      return;
    }
  leyden_window_show_panel (self->window, "try");
  if (!leyden_try_panel_start_part (get_try (self), mode, path, inputs))
    tell (self, _("Something is being tried already: stop it first"));
}

/* Values that a person types where no run has left any. */
typedef struct
{
  LeydenTab *tab;               /* a reference */
  char      *mode;
  char      *path;
} Typing;

static void
typing_free (gpointer  data,
             GClosure *closure)
{
  Typing *typing = data;

  g_object_unref (typing->tab);
  g_free (typing->mode);
  g_free (typing->path);
  g_free (typing);
}

static void
typed_cb (LeydenValuesDialog *dialog,
          LeydenValue        *values,
          Typing             *typing)
{
  start_part (typing->tab, typing->mode, typing->path, values);
}

static void
ask_inputs (LeydenTab    *self,
            const char   *mode,
            const char   *path)
{
  LeydenNode *node = find_path (self, path);
  g_autoptr(GPtrArray) inputs = node != NULL ? leyden_node_types_dup_inputs (get_types (), node) : NULL;
  LeydenValuesDialog *dialog;
  Typing *typing;

  if (node == NULL || inputs->len == 0)
    return;
  dialog = leyden_values_dialog_new (GTK_WINDOW (self->window), _("Type the Inputs"),
                                     _("No earlier run has left values for this node. Type what comes in, or close this and try the flow first."),
                                     _("Run"), inputs, NULL);
  typing = g_new0 (Typing, 1);
  typing->tab = g_object_ref (self);
  typing->mode = g_strdup (mode);
  typing->path = g_strdup (path);
  g_signal_connect_data (dialog, "done", G_CALLBACK (typed_cb), typing, typing_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
part_refused_cb (LeydenTab    *self,
                 const char   *mode,
                 const char   *path,
                 const GError *error)
{
  g_autofree char *shown = leyden_text_display (error->message, -1, 300, FALSE);

  tell (self, shown);
  /* Nothing is there to run with yet: what the message says can be done at once. */
  if (g_error_matches (error, LEYDEN_REMOTE_ERROR, LEYDEN_REMOTE_ERROR_CONFLICT))
    ask_inputs (self, mode, path);
}

static void
part_ended_cb (LeydenTab    *self,
               const char   *path,
               LeydenValue  *state)
{
  LeydenNode *node = find_path (self, path);
  LeydenValue *own = leyden_node_origin_find (state, path);
  g_autofree char *title = node != NULL ? dup_title (node) : NULL;
  g_autofree char *text = NULL;
  const char *error = leyden_try_state_get_error (state);

  if (title == NULL)
    return;
  if (error != NULL)
    {
      g_autofree char *shown = leyden_text_display (error, -1, 200, FALSE);

      /* Translators: title of a node, what went wrong. */
      text = g_strdup_printf (_("“%s” failed: %s"), title, shown);
    }
  else if (g_strcmp0 (leyden_try_state_get_name (state), "cancelled") == 0)
    text = g_strdup_printf (_("“%s” was stopped"), title);
  else if (g_strcmp0 (leyden_node_origin_get_name (own), "kept") == 0)
    text = g_strdup_printf (_("“%s”: nothing changed, its kept result was reused"), title);
  else
    text = g_strdup_printf (_("“%s” ran"), title);
  leyden_canvas_announce (self->canvas, text);
}

/* --- pins --- */

static void
apply_pin (LeydenTab    *self,
           const char   *path,
           LeydenValue  *pin)
{
  g_auto(GStrv) scope = NULL;
  LeydenNode *node = self->document != NULL ? leyden_flow_find_path (leyden_document_get_flow (self->document), path, &scope) : NULL;
  LeydenFlow *flow = node != NULL ? leyden_flow_find_body (leyden_document_get_flow (self->document), (const char * const *) scope) : NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *title = NULL;
  g_autofree char *text = NULL;
  LeydenEdit *edit;

  if (flow == NULL)
    return;
  title = dup_title (node);
  edit = leyden_edit_new_pin (flow, leyden_node_get_id (node), pin);
  if (!leyden_document_edit (self->document, edit, &error))
    {
      tell (self, error->message);
      return;
    }
  text = g_strdup_printf (pin != NULL ? _("The output of “%s” is pinned: the node does not run any more") : _("“%s” is not pinned any more"), title);
  tell (self, text);
}

typedef struct
{
  LeydenTab *tab;               /* a reference */
  char      *path;
  char      *rollout;           /* nullable */
  gsize      size;
  gboolean   edited;
} Upload;

static void
upload_free (Upload *upload)
{
  g_object_unref (upload->tab);
  g_free (upload->path);
  g_free (upload->rollout);
  g_free (upload);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Upload, upload_free)

static void
uploaded_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(Upload) upload = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *sha256 = leyden_backend_upload_finish (LEYDEN_BACKEND (object), result, &error);
  g_autoptr(LeydenValue) pin = NULL;

  if (upload->tab->leaving || upload->tab->window->dismantling)
    return;
  if (sha256 == NULL)
    {
      leyden_window_show_error (upload->tab->window, _("The Output Cannot Be Pinned"), error);
      return;
    }
  pin = leyden_pin_new (NULL, sha256, upload->size, upload->rollout, leyden_time_now_ns (), upload->edited);
  apply_pin (upload->tab, upload->path, pin);
}

/* Large values go to the backend, and the document names them. */
static void
pin_outputs (LeydenTab    *self,
             const char   *path,
             LeydenValue  *outputs,
             const char   *rollout,
             gboolean      edited)
{
  g_autofree char *text = leyden_json_write (outputs, LEYDEN_JSON_CANONICAL);
  gsize size = strlen (text);
  Upload *upload;

  if (leyden_pin_holds_secret (outputs))
    {
      tell (self, _("This output holds what looks like a key, and is not pinned: whoever gets the file would get the key"));
      return;
    }
  if (size <= LEYDEN_PIN_INLINE_MAX)
    {
      g_autoptr(LeydenValue) pin = leyden_pin_new (outputs, NULL, 0, rollout, leyden_time_now_ns (), edited);

      apply_pin (self, path, pin);
      return;
    }
  upload = g_new0 (Upload, 1);
  upload->tab = g_object_ref (self);
  upload->path = g_strdup (path);
  upload->rollout = g_strdup (rollout);
  upload->size = size;
  upload->edited = edited;
  {
    g_autoptr(GBytes) bytes = g_bytes_new_take (g_steal_pointer (&text), size);

    leyden_session_start (leyden_session_get_default ());
    leyden_backend_upload_bytes_async (leyden_session_get_backend (leyden_session_get_default ()), bytes, NULL, uploaded_cb, upload);
  }
}

static void
pin_typed_cb (LeydenValuesDialog *dialog,
              LeydenValue        *values,
              Typing             *typing)
{
  pin_outputs (typing->tab, typing->path, values, NULL, TRUE);
}

/* What it gave last, if that is known here. */
static LeydenValue *
find_outputs (LeydenTab    *self,
              const char   *path)
{
  LeydenValue *outputs = leyden_value_get_member (leyden_node_origin_find (self->rollout, path), "outputs");

  return leyden_value_get_kind (outputs) == LEYDEN_VALUE_OBJECT && leyden_value_get_size (outputs) > 0 ? outputs : NULL;
}

static void
edit_pin (LeydenTab    *self,
          LeydenNode   *node,
          const char   *path)
{
  g_autoptr(GPtrArray) outputs = leyden_node_types_dup_outputs (get_types (), node);
  LeydenValue *initial = leyden_pin_get_outputs (leyden_node_get_pin (node));
  LeydenValuesDialog *dialog;
  Typing *typing;

  for (guint i = outputs->len; i > 0; i--)
    if (((LeydenPort *) g_ptr_array_index (outputs, i - 1))->is_error)
      g_ptr_array_remove_index (outputs, i - 1);
  if (outputs->len == 0)
    {
      tell (self, _("This node has no output that could be pinned"));
      return;
    }
  dialog = leyden_values_dialog_new (GTK_WINDOW (self->window), _("Pin the Output"),
                                     _("While it is pinned the node does not run and gives these values. The pin is kept in the file, and can be undone."),
                                     _("Pin"), outputs, initial != NULL ? initial : find_outputs (self, path));
  typing = g_new0 (Typing, 1);
  typing->tab = g_object_ref (self);
  typing->path = g_strdup (path);
  g_signal_connect_data (dialog, "done", G_CALLBACK (pin_typed_cb), typing, typing_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
toggle_pin (LeydenTab    *self,
            LeydenNode   *node,
            const char   *path)
{
  LeydenValue *outputs = find_outputs (self, path);

  if (leyden_node_get_pin (node) != NULL)
    apply_pin (self, path, NULL);
  else if (outputs != NULL)
    pin_outputs (self, path, outputs, leyden_value_get_member_string (self->rollout, "rollout", NULL), FALSE);
  else
    edit_pin (self, node, path);
}

/* --- why --- */

static void
show_why (LeydenTab    *self,
          LeydenNode   *node,
          const char   *path)
{
  g_autofree char *title = dup_title (node);
  g_autofree char *text = leyden_node_origin_explain (leyden_node_origin_find (self->rollout, path), get_types (), node);
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self->window), NULL, NULL);

  adw_message_dialog_set_heading (ADW_MESSAGE_DIALOG (dialog), title);
  adw_message_dialog_set_body (ADW_MESSAGE_DIALOG (dialog), text);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _("Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

/* --- the action --- */

static void
node_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       data)
{
  LeydenTab *self = ((LeydenWindow *) data)->tab;
  const char *what, *id;
  g_autofree char *path = NULL;
  gboolean read_only;
  LeydenNode *node;

  g_variant_get (parameter, "(&s&s)", &what, &id);
  if (self->document == NULL || !leyden_tab_is_built (self))
    return;
  path = dup_path (self, id);
  node = find_path (self, path);
  read_only = leyden_document_get_read_only_reason (self->document) != NULL;
  if (node == NULL)
    return;
  if (g_str_equal (what, "run"))
    start_part (self, "node", path, NULL);
  else if (g_str_equal (what, "from"))
    start_part (self, "from", path, NULL);
  else if (g_str_equal (what, "why"))
    show_why (self, node, path);
  else if (read_only)
    tell (self, leyden_document_get_read_only_reason (self->document));
  else if (g_str_equal (what, "pin"))
    toggle_pin (self, node, path);
  else if (g_str_equal (what, "edit-pin"))
    edit_pin (self, node, path);
}

void
leyden_window_add_node_actions (LeydenWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "node", .activate = node_action, .parameter_type = "(ss)" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}

void
leyden_tab_connect_nodes (LeydenTab *self)
{
  LeydenTryPanel *try = get_try (self);

  g_signal_connect_object (try, "part-ended", G_CALLBACK (part_ended_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (try, "part-refused", G_CALLBACK (part_refused_cb), self, G_CONNECT_SWAPPED);
}
