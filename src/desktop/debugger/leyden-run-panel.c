/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-run-panel-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-announce.h"
#include "leyden-approval-dialog.h"
#include "leyden-breakpoint-dialog.h"
#include "leyden-breakpoints.h"
#include "leyden-dataset-choice.h"
#include "leyden-dataset-preview.h"
#include "leyden-flow-pins.h"
#include "leyden-id.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"
#include "leyden-tooltip.h"

/* The simulation keeps the pace of a real model; so many at once take the sample through in about 20 s. A real endpoint gets the
 * backend's cautious default. */
#define SIMULATED_CONCURRENCY 32

G_DEFINE_FINAL_TYPE (LeydenRunPanel, leyden_run_panel, GTK_TYPE_WIDGET)

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
  SIGNAL_SHOW_ROLLOUT,
  SIGNAL_VIEW_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

void
leyden_run_panel_set_message (LeydenRunPanel *self,
                              const char     *text)
{
  g_autofree char *shown = text != NULL ? leyden_text_display (text, -1, 400, TRUE) : NULL;

  gtk_label_set_text (GTK_LABEL (self->message), shown != NULL ? shown : "");
  gtk_widget_set_visible (self->message, shown != NULL);
}

static gboolean
is_active (LeydenRunPanel *self)
{
  return self->view != NULL && leyden_run_view_is_active (self->view);
}

gboolean
leyden_run_panel_can_start (LeydenRunPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUN_PANEL (self), FALSE);
  return self->document != NULL && !self->starting && !is_active (self) && !leyden_session_is_read_only (self->session) &&
         leyden_dataset_choice_get_state (self->choice) == LEYDEN_DATASET_READY;
}

static void
update (LeydenRunPanel *self)
{
  LeydenValue *info = leyden_dataset_choice_get_info (self->choice);

  gtk_widget_set_visible (self->start_button, !is_active (self) && !self->wanted);
  gtk_widget_set_sensitive (self->start_button, leyden_run_panel_can_start (self));
  leyden_tooltip_set_text (self->start_button, leyden_session_is_read_only (self->session) ? _("Your key for this backend may look, but start nothing")
                                                                                           : _("Run the flow over these rows"));
  gtk_widget_set_visible (self->until_button, gtk_widget_get_visible (self->start_button));
  gtk_widget_set_sensitive (self->until_button, gtk_widget_get_sensitive (self->start_button));
  gtk_widget_set_visible (self->stop_button, is_active (self) || self->wanted);
  leyden_dataset_preview_set_info (LEYDEN_DATASET_PREVIEW (self->preview), info);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack),
                                    self->view != NULL ? "progress" : info != NULL ? "preview" : "empty");
}

static const char *
state_of_node (LeydenValue *node)
{
  if (leyden_value_get_member_int (node, "running", 0) > 0)
    return "running";
  if (leyden_value_get_member_int (node, "failed", 0) > 0)
    return "failed";
  if (leyden_value_get_member_int (node, "succeeded", 0) > 0)
    return "succeeded";
  return leyden_value_get_member_int (node, "skipped", 0) > 0 ? "skipped" : "pending";
}

static LeydenValue *
make_statuses (LeydenValue *summary)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  LeydenValue *nodes = leyden_value_get_member (summary, "nodes");
  guint n = leyden_value_get_kind (nodes) == LEYDEN_VALUE_OBJECT ? leyden_value_get_size (nodes) : 0;

  leyden_value_builder_begin_object (&builder);
  for (guint i = 0; i < n; i++)
    {
      LeydenValue *node = leyden_value_get_item (nodes, i);
      LeydenValue *mean = leyden_value_get_member (node, "mean_ms");

      leyden_value_builder_key (&builder, leyden_value_get_key (nodes, i));
      leyden_value_builder_begin_object (&builder);
      leyden_value_builder_set_string (&builder, "state", state_of_node (node));
      leyden_value_builder_set_int (&builder, "count", leyden_value_get_member_int (node, "succeeded", 0) +
                                                         leyden_value_get_member_int (node, "failed", 0));
      if (!leyden_value_is_null (mean))
        leyden_value_builder_set (&builder, "mean_ms", mean);
      leyden_value_builder_end (&builder);
    }
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

static void
run_changed_cb (LeydenRunPanel *self)
{
  g_autoptr(LeydenValue) statuses = make_statuses (leyden_run_view_get_summary (self->view));

  update (self);
  if (leyden_value_get_size (statuses) > 0)
    g_signal_emit (self, signals[SIGNAL_NODE_STATUSES], 0, statuses);
  g_signal_emit (self, signals[SIGNAL_VIEW_CHANGED], 0);
}

/* --- the run that is shown --- */

static void
ended_cb (LeydenRunPanel *self)
{
  g_autofree char *text = g_strdup_printf (_("Run: %s"), leyden_state_title (leyden_run_view_get_state (self->view)));

  leyden_announce (GTK_WIDGET (self), text);
  run_changed_cb (self);
  if (self->proof != NULL)
    leyden_run_panel_proof_ended (self);
}

static void
close_view (LeydenRunPanel *self)
{
  if (self->view == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->view, self);
  leyden_run_view_close (self->view);
  leyden_run_progress_set_view (self->progress, NULL);
  g_clear_object (&self->view);
}

void
leyden_run_panel_show_run (LeydenRunPanel *self,
                           LeydenValue    *run)
{
  g_return_if_fail (LEYDEN_IS_RUN_PANEL (self));
  g_return_if_fail (run != NULL);

  if (self->view != NULL &&
      g_strcmp0 (leyden_run_view_get_id (self->view), leyden_value_get_member_string (run, "run", NULL)) == 0)
    return;
  /* Another one than was started is looked at. */
  if (!self->starting)
    leyden_run_panel_drop_proof (self);
  close_view (self);
  gtk_widget_set_visible (self->verdict, FALSE);
  self->view = leyden_run_view_new (self->session, run, FALSE);
  g_signal_connect_object (self->view, "notify::run", G_CALLBACK (run_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "ended", G_CALLBACK (ended_cb), self, G_CONNECT_SWAPPED);
  leyden_run_progress_set_view (self->progress, self->view);
  run_changed_cb (self);
  leyden_split_box_reveal_end (self->sides);
}

static void
run_created_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      data)
{
  g_autoptr(LeydenRunPanel) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) run = leyden_approval_post_finish (LEYDEN_BACKEND (object), result, &error);

  if (run != NULL)
    {
      leyden_run_panel_show_run (self, run);
      leyden_run_panel_proof_shown (self);
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      leyden_run_panel_drop_proof (self);
      leyden_run_panel_set_message (self, error->message);
    }
  self->starting = FALSE;
  update (self);
}

static gboolean
default_is_simulated (LeydenRunPanel *self)
{
  return g_strcmp0 (leyden_value_get_member_string (leyden_session_get_default_model (self->session), "endpoint", "simulated"),
                    "simulated") == 0;
}

static void
add_breakpoints (LeydenRunPanel     *self,
                 LeydenValueBuilder *builder)
{
  LeydenBreakpoints *own = leyden_breakpoints_get_for (self->document);

  if (self->until != NULL)
    {
      leyden_value_builder_key (builder, "breakpoints");
      leyden_value_builder_begin_list (builder);
      leyden_value_builder_add (builder, self->until);
      leyden_value_builder_end (builder);
    }
  /* What is to prove something stops nowhere. */
  else if (self->proof == NULL && g_list_model_get_n_items (G_LIST_MODEL (own)) > 0)
    leyden_value_builder_set_take (builder, "breakpoints", leyden_breakpoints_to_value (own));
}

static char *
dup_title (LeydenRunPanel *self)
{
  g_autofree char *title = leyden_document_dup_title (self->document);

  /* Translators: a run of the flow of that name, as it was before it was changed. */
  return self->proof != NULL && self->proof->phase == LEYDEN_PROOF_BEFORE ? g_strdup_printf (_("%s (before the change)"), title) : g_steal_pointer (&title);
}

static LeydenValue *
build_request (LeydenRunPanel *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) flow = leyden_flow_to_value (self->proof != NULL ? leyden_run_proof_get_flow (self->proof) : leyden_document_get_flow (self->document));
  g_autoptr(LeydenValue) dataset = leyden_dataset_choice_to_request (self->choice, leyden_run_setup_get_split (self->setup));
  g_autofree char *title = dup_title (self);
  g_autofree char *client_id = leyden_id_new_uuid7 ();

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set (&builder, "flow", flow);
  leyden_value_builder_set_string (&builder, "title", title);
  leyden_value_builder_set (&builder, "dataset", dataset);
  leyden_value_builder_set_string (&builder, "purpose", "run");
  leyden_value_builder_set_string (&builder, "pace", "real");
  if (default_is_simulated (self))
    leyden_value_builder_set_int (&builder, "concurrency", SIMULATED_CONCURRENCY);
  add_breakpoints (self, &builder);
  leyden_value_builder_set_string (&builder, "client_id", client_id);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

/* What is measured then is not the whole flow. */
static void
tell_pins (LeydenRunPanel *self)
{
  g_autofree char *names = leyden_flow_name_pins (leyden_document_get_flow (self->document));
  g_autofree char *text = names != NULL ? g_strdup_printf (_("Pinned, so not run: %s. The values that are kept with them count for every row."), names)
                                        : NULL;

  leyden_run_panel_set_message (self, text);
}

void
leyden_run_panel_post (LeydenRunPanel *self)
{
  g_autoptr(LeydenValue) body = NULL;

  tell_pins (self);
  self->starting = TRUE;
  update (self);
  body = build_request (self);
  leyden_session_start (self->session);
  leyden_approval_post_async (GTK_WIDGET (self), leyden_session_get_backend (self->session), "/leyden/v1/runs", body, self->cancellable,
                              run_created_cb, g_object_ref (self));
}

void
leyden_run_panel_start (LeydenRunPanel *self)
{
  g_return_if_fail (LEYDEN_IS_RUN_PANEL (self));

  if (!leyden_run_panel_can_start (self))
    return;
  self->wanted = FALSE;
  if (self->proof != NULL)
    leyden_run_panel_begin_proof (self);
  else
    leyden_run_panel_post (self);
}

void
leyden_run_panel_start_when_ready (LeydenRunPanel *self)
{
  g_return_if_fail (LEYDEN_IS_RUN_PANEL (self));

  if (self->document == NULL || self->starting || is_active (self))
    return;
  /* It is loaded when the page is shown, which may be a frame away. */
  leyden_dataset_choice_set_document (self->choice, self->document);
  self->wanted = leyden_dataset_choice_get_state (self->choice) == LEYDEN_DATASET_LOADING;
  update (self);
  leyden_run_panel_start (self);
}

static void
choice_changed_cb (LeydenRunPanel *self)
{
  if (self->wanted && leyden_dataset_choice_get_state (self->choice) == LEYDEN_DATASET_READY && leyden_run_panel_can_start (self))
    {
      leyden_run_panel_start (self);
      return;
    }
  if (self->wanted && leyden_dataset_choice_get_state (self->choice) != LEYDEN_DATASET_LOADING)
    {
      self->wanted = FALSE;
      leyden_run_panel_drop_proof (self);
    }
  update (self);
}

void
leyden_run_panel_stop (LeydenRunPanel *self)
{
  g_return_if_fail (LEYDEN_IS_RUN_PANEL (self));

  leyden_run_panel_drop_proof (self);
  if (self->wanted)
    {
      self->wanted = FALSE;
      update (self);
    }
  if (is_active (self))
    leyden_run_view_cancel (self->view);
}

gboolean
leyden_run_panel_dismantle (LeydenRunPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUN_PANEL (self), FALSE);
  return leyden_run_progress_dismantle (self->progress);
}

LeydenRunView *
leyden_run_panel_get_view (LeydenRunPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUN_PANEL (self), NULL);
  return self->view;
}

LeydenDatasetChoice *
leyden_run_panel_get_choice (LeydenRunPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_RUN_PANEL (self), NULL);
  return self->choice;
}

void
leyden_run_panel_set_file (LeydenRunPanel *self,
                           GFile          *file)
{
  g_return_if_fail (LEYDEN_IS_RUN_PANEL (self));
  leyden_dataset_choice_set_document (self->choice, self->document);
  leyden_dataset_choice_set_file (self->choice, file);
}

/* Takes up a run of this flow that goes on. */
static void
runs_received_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(LeydenRunPanel) self = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  LeydenValue *runs = leyden_value_get_member (answer, "runs");
  const char *flow_id;

  if (self->document == NULL || is_active (self))
    return;
  flow_id = leyden_flow_get_id (leyden_document_get_flow (self->document));
  for (guint i = 0; i < leyden_value_get_size (runs); i++)
    {
      LeydenValue *run = leyden_value_get_item (runs, i);

      if (g_strcmp0 (leyden_value_get_member_string (run, "flow_id", NULL), flow_id) == 0 &&
          g_strcmp0 (leyden_value_get_member_string (run, "state", NULL), "running") == 0)
        {
          leyden_run_panel_show_run (self, run);
          return;
        }
    }
}

static void
look_for_runs (LeydenRunPanel *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);

  if (self->document == NULL || leyden_backend_get_state (backend) != LEYDEN_BACKEND_CONNECTED)
    return;
  leyden_backend_request_async (backend, "GET", "/leyden/v1/runs?limit=20&purpose=run", NULL, self->cancellable, runs_received_cb,
                                g_object_ref (self));
}

static void
set_document (LeydenRunPanel *self,
              LeydenDocument *document)
{
  if (self->document == document)
    return;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->starting = FALSE;
  self->wanted = FALSE;
  close_view (self);
  leyden_run_panel_drop_proof (self);
  leyden_run_panel_set_message (self, NULL);
  g_set_object (&self->document, document);
  /* The data set is loaded when somebody looks: opening a document starts nothing. */
  leyden_dataset_choice_set_document (self->choice, gtk_widget_get_mapped (GTK_WIDGET (self)) ? document : NULL);
  update (self);
  leyden_session_attach (self->session);
  look_for_runs (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DOCUMENT]);
}

static void
rollout_activated_cb (LeydenRunPanel *self,
                      const char     *rollout)
{
  g_signal_emit (self, signals[SIGNAL_SHOW_ROLLOUT], 0, rollout);
}

static void
leyden_run_panel_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  if (prop_id == PROP_DOCUMENT)
    g_value_set_object (value, LEYDEN_RUN_PANEL (object)->document);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_run_panel_set_property (GObject      *object,
                               guint         prop_id,
                               const GValue *value,
                               GParamSpec   *pspec)
{
  if (prop_id == PROP_DOCUMENT)
    set_document (LEYDEN_RUN_PANEL (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_run_panel_dispose (GObject *object)
{
  LeydenRunPanel *self = LEYDEN_RUN_PANEL (object);

  g_cancellable_cancel (self->cancellable);
  if (self->scroller != NULL)
    close_view (self);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  leyden_run_panel_drop_proof (self);
  g_clear_object (&self->choice);
  g_clear_object (&self->document);
  g_clear_object (&self->session);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (leyden_run_panel_parent_class)->dispose (object);
}

static void
leyden_run_panel_map (GtkWidget *widget)
{
  LeydenRunPanel *self = LEYDEN_RUN_PANEL (widget);

  GTK_WIDGET_CLASS (leyden_run_panel_parent_class)->map (widget);
  leyden_dataset_choice_set_document (self->choice, self->document);
}

static void
leyden_run_panel_class_init (LeydenRunPanelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = leyden_run_panel_get_property;
  object_class->set_property = leyden_run_panel_set_property;
  object_class->dispose = leyden_run_panel_dispose;
  widget_class->map = leyden_run_panel_map;
  properties[PROP_DOCUMENT] =
    g_param_spec_object ("document", NULL, NULL, LEYDEN_TYPE_DOCUMENT,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_NODE_STATUSES] =
    g_signal_new ("node-statuses", LEYDEN_TYPE_RUN_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                  LEYDEN_TYPE_VALUE);
  signals[SIGNAL_SHOW_ROLLOUT] =
    g_signal_new ("show-rollout", LEYDEN_TYPE_RUN_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_VIEW_CHANGED] =
    g_signal_new ("view-changed", LEYDEN_TYPE_RUN_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
}

/* --- until a rollout meets something --- */

static void
until_done_cb (LeydenBreakpointDialog *dialog,
               LeydenValue            *value,
               LeydenRunPanel         *self)
{
  if (self->document == NULL)
    return;
  self->until = leyden_value_ref (value);
  leyden_run_panel_start (self);
  g_clear_pointer (&self->until, leyden_value_unref);
}

static void
until_clicked_cb (LeydenRunPanel *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) value = NULL;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *dialog;

  if (self->document == NULL)
    return;
  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set_string (&builder, "when", "reward");
  leyden_value_builder_set_string (&builder, "condition", "reward = 0");
  leyden_value_builder_set_boolean (&builder, "once", TRUE);
  leyden_value_builder_set_boolean (&builder, "enabled", TRUE);
  leyden_value_builder_end (&builder);
  value = leyden_value_builder_end_value (&builder);
  dialog = leyden_breakpoint_dialog_new (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, value, leyden_document_get_flow (self->document));
  gtk_window_set_title (GTK_WINDOW (dialog), _("Stop the First Rollout That…"));
  g_signal_connect_object (dialog, "done", G_CALLBACK (until_done_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static GtkWidget *
create_setup_side (LeydenRunPanel *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->setup = LEYDEN_RUN_SETUP (leyden_run_setup_new (self->choice));
  self->start_button = gtk_button_new_with_label (_("Run"));
  self->until_button = gtk_button_new_with_label (_("Run until…"));
  gtk_widget_set_tooltip_text (self->until_button, _("Pause the first rollout that meets a condition, and look at it"));
  self->stop_button = gtk_button_new_with_label (_("Stop"));
  gtk_widget_add_css_class (self->start_button, "suggested-action");
  gtk_widget_add_css_class (self->stop_button, "destructive-action");
  self->message = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->message), 0);
  gtk_label_set_wrap (GTK_LABEL (self->message), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->message), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (self->message, "error");
  gtk_widget_set_visible (self->message, FALSE);
  g_signal_connect_object (self->start_button, "clicked", G_CALLBACK (leyden_run_panel_start), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->until_button, "clicked", G_CALLBACK (until_clicked_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->stop_button, "clicked", G_CALLBACK (leyden_run_panel_stop), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), leyden_split_box_scroll_form (GTK_WIDGET (self->setup)));
  gtk_box_append (GTK_BOX (box), self->message);
  gtk_box_append (GTK_BOX (buttons), self->start_button);
  gtk_box_append (GTK_BOX (buttons), self->until_button);
  gtk_box_append (GTK_BOX (buttons), self->stop_button);
  gtk_box_append (GTK_BOX (box), buttons);
  return box;
}

static GtkWidget *
create_result_side (LeydenRunPanel *self)
{
  GtkWidget *empty = gtk_label_new (_("The rows, and then the results, appear here."));
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);

  gtk_label_set_wrap (GTK_LABEL (empty), TRUE);
  gtk_widget_add_css_class (empty, "dim-label");
  self->stack = gtk_stack_new ();
  gtk_stack_set_hhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->stack), FALSE);
  self->preview = leyden_dataset_preview_new ();
  self->progress = LEYDEN_RUN_PROGRESS (leyden_run_progress_new ());
  gtk_stack_add_named (GTK_STACK (self->stack), empty, "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), self->preview, "preview");
  gtk_stack_add_named (GTK_STACK (self->stack), GTK_WIDGET (self->progress), "progress");
  g_signal_connect_object (self->progress, "rollout-activated", G_CALLBACK (rollout_activated_cb), self, G_CONNECT_SWAPPED);
  self->verdict = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->verdict), 0);
  gtk_label_set_wrap (GTK_LABEL (self->verdict), TRUE);
  gtk_widget_add_css_class (self->verdict, "answer");
  gtk_widget_set_visible (self->verdict, FALSE);
  gtk_box_append (GTK_BOX (box), self->verdict);
  gtk_box_append (GTK_BOX (box), self->stack);
  return leyden_split_box_scroll (box);
}

static void
leyden_run_panel_init (LeydenRunPanel *self)
{
  GtkWidget *start, *end;

  self->session = g_object_ref (leyden_session_get_default ());
  self->choice = leyden_dataset_choice_new (self->session);
  self->cancellable = g_cancellable_new ();
  start = create_setup_side (self);
  end = create_result_side (self);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  self->sides = LEYDEN_SPLIT_BOX (leyden_split_box_new (start, end, 280, 600));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), GTK_WIDGET (self->sides));
  gtk_widget_add_css_class (self->scroller, "panelpage");
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  g_signal_connect_object (self->session, "notify::read-only", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->choice, "changed", G_CALLBACK (choice_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (leyden_session_get_backend (self->session), "notify::state", G_CALLBACK (look_for_runs), self,
                           G_CONNECT_SWAPPED);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Run"), -1);
  update (self);
}

GtkWidget *
leyden_run_panel_new (void)
{
  return g_object_new (LEYDEN_TYPE_RUN_PANEL, NULL);
}
