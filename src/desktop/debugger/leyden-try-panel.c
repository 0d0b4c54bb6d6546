/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-try-panel.h"

#include <glib/gi18n-lib.h>

#include "leyden-announce.h"
#include "leyden-approval-dialog.h"
#include "leyden-breakpoints.h"
#include "leyden-cache-row.h"
#include "leyden-catalog.h"
#include "leyden-id.h"
#include "leyden-run-view.h"
#include "leyden-path-title.h"
#include "leyden-split-box.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"
#include "leyden-tooltip.h"
#include "leyden-try-form.h"
#include "leyden-try-result.h"
#include "leyden-try-state.h"

struct _LeydenTryPanel
{
  GtkWidget        parent_instance;

  LeydenDocument  *document;
  LeydenSession   *session;
  LeydenRunView   *view;                /* nullable: the rollout being tried */
  GCancellable    *cancellable;         /* of requests for this document */
  gboolean         starting;            /* a run is asked for */
  char            *told;                /* rollout whose end is told elsewhere; nullable */
  gboolean         debugging;           /* … or was, by leyden_try_panel_debug() */
  GtkWidget       *split;
  LeydenSplitBox  *sides;
  LeydenTryForm   *form;
  GtkWidget       *start_button;
  GtkWidget       *debug_button;
  GtkWidget       *stop_button;
  GtkWidget       *clear_button;        /* of a chat */
  GtkWidget       *message;
  GtkWidget       *empty_note;
  LeydenCacheRow  *cache;
  char            *part_mode;           /* of a part that is being started or runs; NULL: all of the flow */
  char            *part_node;
  LeydenTryResult *result;
  LeydenValue     *history;             /* list of chat messages so far */
  char            *sent;                /* the chat message under way */
  guint            fields_source;
};

G_DEFINE_FINAL_TYPE (LeydenTryPanel, leyden_try_panel, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_DOCUMENT,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_NODE_STATUSES,
  SIGNAL_STATE,
  SIGNAL_SHOW_NODE,
  SIGNAL_PART_ENDED,
  SIGNAL_PART_REFUSED,
  SIGNAL_ROLLOUT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
set_message (LeydenTryPanel *self,
             const char     *text)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, 400, TRUE) : NULL;

  gtk_label_set_text (GTK_LABEL (self->message), shown != NULL ? shown : "");
  gtk_widget_set_visible (self->message, shown != NULL);
}

static void
update_buttons (LeydenTryPanel *self)
{
  gboolean active = self->view != NULL && leyden_run_view_is_active (self->view);
  gboolean empty = self->document != NULL && leyden_flow_get_n_nodes (leyden_document_get_flow (self->document)) == 0;

  gtk_widget_set_visible (self->empty_note, empty);
  gtk_button_set_label (GTK_BUTTON (self->start_button), leyden_try_form_is_chat (self->form) ? _("Send") : _("Try"));
  gtk_widget_set_visible (self->start_button, !active);
  gtk_widget_set_visible (self->debug_button, !active);
  gtk_widget_set_visible (self->stop_button, active);
  gtk_widget_set_sensitive (self->start_button, self->document != NULL && !empty && !self->starting && !leyden_session_is_read_only (self->session));
  leyden_tooltip_set_text (self->start_button, leyden_session_is_read_only (self->session) ? _("Your key for this backend may look, but start nothing")
                                                                                           : _("Run the flow once with this input (Ctrl+Enter)"));
  gtk_widget_set_sensitive (self->debug_button, gtk_widget_get_sensitive (self->start_button));
  gtk_widget_set_visible (self->clear_button, leyden_try_form_is_chat (self->form) && leyden_value_get_size (self->history) > 0);
}

static void
update_fields (LeydenTryPanel *self)
{
  LeydenNodeTypes *types = LEYDEN_NODE_TYPES (leyden_catalog_get_default ());
  LeydenNode *input = self->document != NULL ? leyden_flow_find_node (leyden_document_get_flow (self->document), "input") : NULL;
  LeydenValue *fields = NULL;
  gboolean chat = FALSE;

  if (input != NULL)
    {
      fields = leyden_node_types_get_parameter (types, input, "fields");
      chat = g_strcmp0 (leyden_value_get_string (leyden_node_types_get_parameter (types, input, "mode"), NULL), "chat") == 0;
    }
  leyden_try_form_set_fields (self->form, fields, chat);
  update_buttons (self);
}

static gboolean
fields_source_cb (gpointer data)
{
  LeydenTryPanel *self = data;

  self->fields_source = 0;
  update_fields (self);
  return G_SOURCE_REMOVE;
}

/* Many edits in a row (typing in the inspector) rebuild the form once. */
static void
flow_changed_cb (LeydenTryPanel *self)
{
  if (self->fields_source == 0)
    self->fields_source = g_timeout_add (150, fields_source_cb, self);
}

static void
remember_turn (LeydenTryPanel *self,
               const char     *answer)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&builder);
  for (guint i = 0; i < leyden_value_get_size (self->history); i++)
    leyden_value_builder_add (&builder, leyden_value_get_item (self->history, i));
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "role", "user");
  leyden_value_builder_set_string (&builder, "content", self->sent);
  leyden_value_builder_end (&builder);
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "role", "assistant");
  leyden_value_builder_set_string (&builder, "content", answer);
  leyden_value_builder_end (&builder);
  leyden_value_builder_end (&builder);
  leyden_value_unref (self->history);
  self->history = leyden_value_builder_end_value (&builder);
}

static void
forget_part (LeydenTryPanel *self)
{
  g_clear_pointer (&self->part_mode, g_free);
  g_clear_pointer (&self->part_node, g_free);
}

static void
run_ended_cb (LeydenTryPanel *self)
{
  g_autofree char *text = g_strdup_printf (_("Run: %s"), leyden_state_title (leyden_run_view_get_state (self->view)));

  if (self->told == NULL || g_strcmp0 (self->told, leyden_try_panel_get_rollout (self)) != 0)
    leyden_announce (GTK_WIDGET (self), text);
  update_buttons (self);
  leyden_cache_row_refresh (self->cache);
}

static void
result_finished_cb (LeydenTryPanel *self,
                    const char     *answer)
{
  if (self->sent == NULL)
    return;
  remember_turn (self, answer);
  g_clear_pointer (&self->sent, g_free);
  leyden_try_result_set_history (self->result, self->history, NULL);
  update_buttons (self);
}

static void
statuses_cb (LeydenTryPanel *self,
             LeydenValue    *statuses)
{
  g_signal_emit (self, signals[SIGNAL_NODE_STATUSES], 0, statuses);
}

static void
state_cb (LeydenTryPanel *self,
          LeydenValue    *state)
{
  g_autofree char *node = NULL;

  g_signal_emit (self, signals[SIGNAL_STATE], 0, state);
  if (state == NULL || self->part_node == NULL || !leyden_try_state_is_final (state))
    return;
  node = g_steal_pointer (&self->part_node);
  forget_part (self);
  g_signal_emit (self, signals[SIGNAL_PART_ENDED], 0, node, state);
}

static void
rollout_cb (LeydenTryPanel *self,
            const char     *rollout)
{
  g_signal_emit (self, signals[SIGNAL_ROLLOUT], 0, rollout, self->debugging);
  self->debugging = FALSE;
}

static void
show_node_cb (LeydenTryPanel *self,
              const char     *id)
{
  g_signal_emit (self, signals[SIGNAL_SHOW_NODE], 0, id);
}

static void
stop_following (LeydenTryPanel *self)
{
  if (self->view == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->view, self);
  leyden_run_view_close (self->view);
  g_clear_object (&self->view);
}

static void
refuse_part (LeydenTryPanel *self,
             const GError   *error)
{
  g_autofree char *mode = g_steal_pointer (&self->part_mode);
  g_autofree char *node = g_steal_pointer (&self->part_node);

  if (node != NULL)
    g_signal_emit (self, signals[SIGNAL_PART_REFUSED], 0, mode, node, error);
}

static void
run_created_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr(LeydenTryPanel) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) run = leyden_approval_post_finish (LEYDEN_BACKEND (object), result, &error);

  /* Another document is here by now. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->starting = FALSE;
  if (run == NULL)
    {
      set_message (self, error->message);
      leyden_try_result_clear (self->result);
      refuse_part (self, error);
      if (self->sent != NULL)
        {
          leyden_try_form_set_message (self->form, self->sent);
          leyden_try_result_set_history (self->result, self->history, NULL);
        }
      g_clear_pointer (&self->sent, g_free);
      update_buttons (self);
      return;
    }
  stop_following (self);
  self->view = leyden_run_view_new (self->session, run, TRUE);
  g_signal_connect_object (self->view, "ended", G_CALLBACK (run_ended_cb), self, G_CONNECT_SWAPPED);
  leyden_try_result_follow (self->result, self->session, self->view, leyden_document_get_flow (self->document));
  update_buttons (self);
}

static LeydenValue *
describe_part (LeydenTryPanel *self,
               LeydenValue    *inputs)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autofree char *title = leyden_path_title (leyden_document_get_flow (self->document), self->part_node);

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "mode", self->part_mode);
  leyden_value_builder_set_string (&builder, "node", self->part_node);
  leyden_value_builder_set_string (&builder, "title", title);
  if (inputs != NULL)
    leyden_value_builder_set (&builder, "inputs", inputs);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
add_breakpoints (LeydenTryPanel     *self,
                 LeydenValueBuilder *builder)
{
  LeydenBreakpoints *store = leyden_breakpoints_get_for (self->document);

  if (g_list_model_get_n_items (G_LIST_MODEL (store)) > 0)
    leyden_value_builder_set_take (builder, "breakpoints", leyden_breakpoints_to_value (store));
  if (self->debugging && !leyden_breakpoints_any_enabled (store))
    leyden_value_builder_set_boolean (builder, "paused", TRUE);
}

/* @input: of the flow, or of the node that is to run alone (nullable). */
static LeydenValue *
build_request (LeydenTryPanel *self,
               LeydenValue    *input)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) flow = leyden_flow_to_value (leyden_document_get_flow (self->document));
  g_autofree char *title = leyden_document_dup_title (self->document);
  g_autofree char *client_id = leyden_id_new_uuid7 ();

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set (&builder, "flow", flow);
  leyden_value_builder_set_string (&builder, "title", title);
  if (self->part_node != NULL)
    leyden_value_builder_set_take (&builder, "part", describe_part (self, input));
  else
    leyden_value_builder_set (&builder, "input", input);
  leyden_value_builder_set_string (&builder, "purpose", "try");
  /* A node whose result is reused cannot be stepped into. */
  leyden_value_builder_set_string (&builder, "cache", self->debugging ? "refresh" : leyden_cache_row_get_mode (self->cache));
  leyden_value_builder_set_string (&builder, "pace", "real");
  add_breakpoints (self, &builder);
  leyden_value_builder_set_string (&builder, "client_id", client_id);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
send (LeydenTryPanel *self,
      LeydenValue    *input)
{
  g_autoptr(LeydenValue) body = build_request (self, input);

  self->starting = TRUE;
  update_buttons (self);
  leyden_split_box_reveal_end (self->sides);
  g_signal_emit (self, signals[SIGNAL_NODE_STATUSES], 0, NULL);
  leyden_session_start (self->session);
  leyden_approval_post_async (GTK_WIDGET (self), leyden_session_get_backend (self->session), "/leyden/v1/runs", body, self->cancellable,
                              run_created_cb, g_object_ref (self));
}

static void
start (LeydenTryPanel *self,
       gboolean        debug)
{
  g_autoptr(LeydenValue) input = NULL;
  g_autofree char *problem = NULL;

  if (self->document == NULL || self->starting || leyden_session_is_read_only (self->session) || leyden_flow_get_n_nodes (leyden_document_get_flow (self->document)) == 0 || (self->view != NULL && leyden_run_view_is_active (self->view)))
    return;
  if (leyden_try_form_is_chat (self->form) && *leyden_try_form_get_message (self->form) == '\0')
    return;
  input = leyden_try_form_get_input (self->form, self->history, &problem);
  if (input == NULL)
    {
      set_message (self, problem);
      return;
    }
  set_message (self, NULL);
  leyden_try_result_start (self->result, input);
  if (leyden_try_form_is_chat (self->form))
    {
      g_free (self->sent);
      self->sent = g_strdup (leyden_try_form_get_message (self->form));
      leyden_try_result_set_history (self->result, self->history, self->sent);
      leyden_try_form_set_message (self->form, "");
    }
  forget_part (self);
  self->debugging = debug;
  send (self, input);
}

void
leyden_try_panel_start (LeydenTryPanel *self)
{
  g_return_if_fail (LEYDEN_IS_TRY_PANEL (self));
  start (self, FALSE);
}

void
leyden_try_panel_debug (LeydenTryPanel *self)
{
  g_return_if_fail (LEYDEN_IS_TRY_PANEL (self));
  start (self, TRUE);
}

const char *
leyden_try_panel_get_rollout (LeydenTryPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_TRY_PANEL (self), NULL);
  return leyden_try_result_get_rollout (self->result);
}

void
leyden_try_panel_set_told (LeydenTryPanel *self,
                           const char     *rollout)
{
  g_return_if_fail (LEYDEN_IS_TRY_PANEL (self));

  g_free (self->told);
  self->told = g_strdup (rollout);
}

gboolean
leyden_try_panel_start_part (LeydenTryPanel *self,
                             const char     *mode,
                             const char     *node,
                             LeydenValue    *inputs)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) nothing = NULL;

  g_return_val_if_fail (LEYDEN_IS_TRY_PANEL (self), FALSE);
  g_return_val_if_fail (mode != NULL && node != NULL, FALSE);

  if (self->document == NULL || self->starting || leyden_session_is_read_only (self->session)
      || (self->view != NULL && leyden_run_view_is_active (self->view)))
    return FALSE;
  set_message (self, NULL);
  forget_part (self);
  self->debugging = FALSE;
  self->part_mode = g_strdup (mode);
  self->part_node = g_strdup (node);
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_end (&builder);
  nothing = leyden_value_builder_end_value (&builder);
  leyden_try_result_start (self->result, nothing);
  send (self, inputs);
  return TRUE;
}

static void
stop_clicked_cb (LeydenTryPanel *self)
{
  if (self->view != NULL)
    leyden_run_view_cancel (self->view);
}

static void
clear_chat (LeydenTryPanel *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;

  leyden_value_builder_begin_list (&builder);
  leyden_value_builder_end (&builder);
  leyden_value_unref (self->history);
  self->history = leyden_value_builder_end_value (&builder);
  leyden_try_result_clear (self->result);
  update_buttons (self);
}

static void
clear_clicked_cb (LeydenTryPanel *self)
{
  clear_chat (self);
  gtk_widget_child_focus (GTK_WIDGET (self->form), GTK_DIR_TAB_FORWARD);
}

void
leyden_try_panel_set_value (LeydenTryPanel *self,
                            const char     *field,
                            LeydenValue    *value)
{
  g_return_if_fail (LEYDEN_IS_TRY_PANEL (self));
  leyden_try_form_set_value (self->form, field, value);
}

void
leyden_try_panel_show_rollout (LeydenTryPanel *self,
                               const char     *rollout)
{
  g_return_if_fail (LEYDEN_IS_TRY_PANEL (self));

  set_message (self, NULL);
  leyden_try_result_show_rollout (self->result, self->session, rollout,
                                  self->document != NULL ? leyden_document_get_flow (self->document) : NULL);
  leyden_split_box_reveal_end (self->sides);
}

static void
set_document (LeydenTryPanel *self,
              LeydenDocument *document)
{
  if (self->document == document)
    return;
  if (self->document != NULL)
    g_signal_handlers_disconnect_by_func (leyden_document_get_flow (self->document), flow_changed_cb, self);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->starting = FALSE;
  g_clear_pointer (&self->sent, g_free);
  forget_part (self);
  stop_following (self);
  clear_chat (self);
  set_message (self, NULL);
  g_set_object (&self->document, document);
  if (document != NULL)
    g_signal_connect_object (leyden_document_get_flow (document), "changed", G_CALLBACK (flow_changed_cb), self,
                             G_CONNECT_SWAPPED);
  update_fields (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DOCUMENT]);
}

static void
leyden_try_panel_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  if (prop_id == PROP_DOCUMENT)
    g_value_set_object (value, LEYDEN_TRY_PANEL (object)->document);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_try_panel_set_property (GObject      *object,
                               guint         prop_id,
                               const GValue *value,
                               GParamSpec   *pspec)
{
  if (prop_id == PROP_DOCUMENT)
    set_document (LEYDEN_TRY_PANEL (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_try_panel_dispose (GObject *object)
{
  LeydenTryPanel *self = LEYDEN_TRY_PANEL (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->fields_source, g_source_remove);
  stop_following (self);
  g_clear_pointer (&self->split, gtk_widget_unparent);
  g_clear_pointer (&self->history, leyden_value_unref);
  g_clear_pointer (&self->sent, g_free);
  forget_part (self);
  g_clear_object (&self->document);
  g_clear_object (&self->session);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->told, g_free);
  G_OBJECT_CLASS (leyden_try_panel_parent_class)->dispose (object);
}

static void
leyden_try_panel_class_init (LeydenTryPanelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = leyden_try_panel_get_property;
  object_class->set_property = leyden_try_panel_set_property;
  object_class->dispose = leyden_try_panel_dispose;
  properties[PROP_DOCUMENT] =
    g_param_spec_object ("document", NULL, NULL, LEYDEN_TYPE_DOCUMENT,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_NODE_STATUSES] =
    g_signal_new ("node-statuses", LEYDEN_TYPE_TRY_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                  LEYDEN_TYPE_VALUE);
  signals[SIGNAL_STATE] =
    g_signal_new ("state", LEYDEN_TYPE_TRY_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  signals[SIGNAL_SHOW_NODE] =
    g_signal_new ("show-node", LEYDEN_TYPE_TRY_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_PART_ENDED] =
    g_signal_new ("part-ended", LEYDEN_TYPE_TRY_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, LEYDEN_TYPE_VALUE);
  signals[SIGNAL_PART_REFUSED] =
    g_signal_new ("part-refused", LEYDEN_TYPE_TRY_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING,
                  G_TYPE_ERROR);
  signals[SIGNAL_ROLLOUT] =
    g_signal_new ("rollout", LEYDEN_TYPE_TRY_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
}

static GtkWidget *
create_input_side (LeydenTryPanel *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *fields = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  self->form = LEYDEN_TRY_FORM (leyden_try_form_new ());
  self->start_button = gtk_button_new_with_label (_("Try"));
  self->debug_button = gtk_button_new_with_label (_("Debug"));
  gtk_widget_set_tooltip_text (self->debug_button, _("Run the flow once and stop at breakpoints, or before the first node (Alt+F5)"));
  self->stop_button = gtk_button_new_with_label (_("Stop"));
  self->clear_button = gtk_button_new_with_label (_("New Chat"));
  self->message = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->start_button, "suggested-action");
  gtk_widget_add_css_class (self->stop_button, "destructive-action");
  gtk_label_set_xalign (GTK_LABEL (self->message), 0);
  gtk_label_set_wrap (GTK_LABEL (self->message), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->message), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (self->message, "error");
  gtk_widget_set_visible (self->message, FALSE);
  gtk_box_append (GTK_BOX (buttons), self->start_button);
  gtk_box_append (GTK_BOX (buttons), self->debug_button);
  gtk_box_append (GTK_BOX (buttons), self->stop_button);
  gtk_box_append (GTK_BOX (buttons), self->clear_button);
  self->cache = LEYDEN_CACHE_ROW (leyden_cache_row_new (self->session));
  gtk_box_append (GTK_BOX (fields), GTK_WIDGET (self->form));
  gtk_box_append (GTK_BOX (fields), GTK_WIDGET (self->cache));
  gtk_box_append (GTK_BOX (box), leyden_split_box_scroll_form (fields));
  self->empty_note = gtk_label_new (_("The flow is empty. Add nodes to it, then try it."));
  gtk_label_set_xalign (GTK_LABEL (self->empty_note), 0);
  gtk_label_set_wrap (GTK_LABEL (self->empty_note), TRUE);
  gtk_widget_add_css_class (self->empty_note, "dim-label");
  gtk_accessible_update_relation (GTK_ACCESSIBLE (self->start_button), GTK_ACCESSIBLE_RELATION_DESCRIBED_BY, self->empty_note, NULL, -1);
  gtk_box_append (GTK_BOX (box), self->empty_note);
  gtk_box_append (GTK_BOX (box), self->message);
  gtk_box_append (GTK_BOX (box), buttons);
  g_signal_connect_object (self->form, "submit", G_CALLBACK (leyden_try_panel_start), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->start_button, "clicked", G_CALLBACK (leyden_try_panel_start), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->debug_button, "clicked", G_CALLBACK (leyden_try_panel_debug), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->stop_button, "clicked", G_CALLBACK (stop_clicked_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->clear_button, "clicked", G_CALLBACK (clear_clicked_cb), self, G_CONNECT_SWAPPED);
  return box;
}

static void
leyden_try_panel_init (LeydenTryPanel *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  GtkWidget *start, *end;

  leyden_value_builder_begin_list (&builder);
  leyden_value_builder_end (&builder);
  self->history = leyden_value_builder_end_value (&builder);
  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  start = create_input_side (self);
  self->result = LEYDEN_TRY_RESULT (leyden_try_result_new ());
  end = leyden_split_box_scroll (GTK_WIDGET (self->result));
  g_signal_connect_object (self->session, "notify::read-only", G_CALLBACK (update_buttons), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->result, "finished", G_CALLBACK (result_finished_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->result, "node-statuses", G_CALLBACK (statuses_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->result, "state", G_CALLBACK (state_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->result, "rollout", G_CALLBACK (rollout_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->result, "show-node", G_CALLBACK (show_node_cb), self, G_CONNECT_SWAPPED);
  self->sides = LEYDEN_SPLIT_BOX (leyden_split_box_new (start, end, 280, 600));
  self->split = leyden_split_box_scroll (GTK_WIDGET (self->sides));
  gtk_widget_add_css_class (self->split, "panelpage");
  gtk_widget_set_parent (self->split, GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Try"), -1);
  update_buttons (self);
}

GtkWidget *
leyden_try_panel_new (void)
{
  return g_object_new (LEYDEN_TYPE_TRY_PANEL, NULL);
}
