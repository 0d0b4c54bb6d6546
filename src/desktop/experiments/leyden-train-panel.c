/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-train-panel.h"

#include <glib/gi18n-lib.h>

#include "leyden-approval-dialog.h"
#include "leyden-catalog.h"
#include "leyden-experiment-data.h"
#include "leyden-experiment-parts.h"
#include "leyden-experiment-summary.h"
#include "leyden-flow-slots.h"
#include "leyden-id.h"
#include "leyden-reward-curve.h"
#include "leyden-split-box.h"
#include "leyden-train-setup.h"

/* As for runs: the simulation keeps the pace of a real model; a real endpoint gets the backend's cautious default. */
#define SIMULATED_CONCURRENCY 32

struct _LeydenTrainPanel
{
  GtkWidget                parent_instance;

  LeydenDocument          *document;
  LeydenSession           *session;
  LeydenRunPanel          *run;
  LeydenExperimentView    *view;        /* nullable */
  GCancellable            *cancellable; /* of requests for this document */
  gboolean                 starting;
  GtkWidget               *scroller;
  LeydenSplitBox          *sides;
  LeydenTrainSetup        *setup;
  GtkWidget               *start_button;
  GtkWidget               *message;
  GtkWidget               *stack;       /* "intro", "progress" */
  LeydenExperimentSummary *summary;
  LeydenRewardCurve       *curve;
};

G_DEFINE_FINAL_TYPE (LeydenTrainPanel, leyden_train_panel, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_DOCUMENT,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_SHOW_NODE,
  SIGNAL_SHOW_EXPERIMENT,
  SIGNAL_USE_VERSION,
  SIGNAL_ENDED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static gboolean
is_active (LeydenTrainPanel *self)
{
  return self->view != NULL && leyden_experiment_view_is_active (self->view);
}

gboolean
leyden_train_panel_can_start (LeydenTrainPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_TRAIN_PANEL (self), FALSE);
  return self->document != NULL && !self->starting && !is_active (self) && !leyden_session_is_read_only (self->session) && leyden_train_setup_is_ready (self->setup);
}

static void
update (LeydenTrainPanel *self)
{
  LeydenValue *snapshot = self->view != NULL ? leyden_experiment_view_get_snapshot (self->view) : NULL;

  gtk_widget_set_sensitive (self->start_button, leyden_train_panel_can_start (self));
  gtk_widget_set_tooltip_text (self->start_button, leyden_session_is_read_only (self->session) ? _("Your key for this backend may look, but start nothing")
                                                                                               : _("Look for a better version of the flow"));
  gtk_widget_set_visible (self->start_button, !is_active (self));
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), self->view != NULL ? "progress" : "intro");
  leyden_reward_curve_set_snapshot (self->curve, snapshot);
}

static gboolean
default_is_simulated (LeydenTrainPanel *self)
{
  return g_strcmp0 (leyden_value_get_member_string (leyden_session_get_default_model (self->session), "endpoint", "simulated"),
                    "simulated") == 0;
}

static void
update_run (LeydenTrainPanel *self)
{
  LeydenRunView *view = leyden_run_panel_get_view (self->run);

  leyden_experiment_summary_set_simulated (self->summary, default_is_simulated (self));
  leyden_train_setup_set_run (self->setup, view != NULL ? leyden_run_view_get_run (view) : NULL, default_is_simulated (self));
}

/* --- the training that is shown --- */

static void
ended_cb (LeydenTrainPanel *self)
{
  LeydenValue *snapshot = leyden_experiment_view_get_snapshot (self->view);

  update (self);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0, snapshot);
}

static void
failed_cb (LeydenTrainPanel *self,
           const char       *message)
{
  leyden_part_set_text (self->message, message, 400);
  update (self);
}

static void
close_view (LeydenTrainPanel *self)
{
  if (self->view == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->view, self);
  leyden_experiment_view_close (self->view);
  leyden_experiment_summary_set_view (self->summary, NULL);
  g_clear_object (&self->view);
}

void
leyden_train_panel_show (LeydenTrainPanel *self,
                         const char       *experiment)
{
  g_return_if_fail (LEYDEN_IS_TRAIN_PANEL (self));
  g_return_if_fail (experiment != NULL && *experiment != '\0');

  if (self->view != NULL && g_str_equal (leyden_experiment_view_get_id (self->view), experiment))
    return;
  close_view (self);
  self->view = leyden_experiment_view_new (self->session, experiment);
  g_signal_connect_object (self->view, "notify::snapshot", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "ended", G_CALLBACK (ended_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  leyden_experiment_summary_set_view (self->summary, self->view);
  update (self);
  leyden_split_box_reveal_end (self->sides);
}

/* --- starting --- */

static void
created_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      data)
{
  g_autoptr(LeydenTrainPanel) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LeydenValue) answer = leyden_approval_post_finish (LEYDEN_BACKEND (object), result, &error);
  const char *id = leyden_value_get_member_string (answer, "experiment", NULL);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->scroller == NULL)
    return;
  self->starting = FALSE;
  if (id != NULL && *id != '\0')
    leyden_train_panel_show (self, id);
  else
    leyden_part_set_text (self->message, error != NULL ? error->message : _("The backend did not name the experiment."), 400);
  update (self);
}

static LeydenValue *
build_request (LeydenTrainPanel *self)
{
  g_auto(LeydenValueBuilder) builder = LEYDEN_VALUE_BUILDER_INIT;
  g_autoptr(LeydenValue) flow = leyden_flow_to_value (leyden_document_get_flow (self->document));
  g_autoptr(LeydenValue) dataset = leyden_dataset_choice_to_request (leyden_run_panel_get_choice (self->run), NULL);
  g_autofree char *title = leyden_document_dup_title (self->document);
  g_autofree char *client_id = leyden_id_new_uuid7 ();

  leyden_value_builder_begin_object (&builder);
  leyden_value_builder_set (&builder, "flow", flow);
  leyden_value_builder_set_string (&builder, "title", title);
  leyden_value_builder_set (&builder, "dataset", dataset);
  leyden_value_builder_set_string (&builder, "optimizer", leyden_train_setup_get_method (self->setup));
  leyden_value_builder_set_int (&builder, "budget", leyden_train_setup_get_budget (self->setup));
  /* Of a real model the pace is its own. The simulation's real one would take minutes, for a search goes step by step. */
  leyden_value_builder_set_string (&builder, "pace", default_is_simulated (self) ? "brisk" : "real");
  if (default_is_simulated (self))
    leyden_value_builder_set_int (&builder, "concurrency", SIMULATED_CONCURRENCY);
  leyden_value_builder_set_string (&builder, "client_id", client_id);
  leyden_value_builder_end (&builder);
  return leyden_value_builder_end_value (&builder);
}

void
leyden_train_panel_start (LeydenTrainPanel *self)
{
  g_autoptr(LeydenValue) body = NULL;

  g_return_if_fail (LEYDEN_IS_TRAIN_PANEL (self));

  if (!leyden_train_panel_can_start (self))
    return;
  leyden_part_set_text (self->message, NULL, 0);
  self->starting = TRUE;
  update (self);
  body = build_request (self);
  leyden_session_start (self->session);
  leyden_approval_post_async (GTK_WIDGET (self), leyden_session_get_backend (self->session), "/leyden/v1/experiments", body, self->cancellable,
                              created_cb, g_object_ref (self));
}

/* Takes up a training of this flow that goes on. */
static void
list_received_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      data)
{
  g_autoptr(LeydenTrainPanel) self = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  LeydenValue *list = leyden_value_get_member (answer, "experiments");
  guint n = leyden_value_get_kind (list) == LEYDEN_VALUE_LIST ? leyden_value_get_size (list) : 0;
  const char *flow_id;

  if (self->document == NULL || is_active (self) || self->scroller == NULL)
    return;
  flow_id = leyden_flow_get_id (leyden_document_get_flow (self->document));
  for (guint i = 0; i < n; i++)
    {
      LeydenValue *row = leyden_value_get_item (list, i);
      const char *id = leyden_value_get_member_string (row, "experiment", NULL);

      if (id != NULL && *id != '\0' && leyden_experiment_is_active (row) &&
          g_strcmp0 (leyden_value_get_member_string (row, "flow_id", NULL), flow_id) == 0)
        {
          leyden_train_panel_show (self, id);
          return;
        }
    }
}

static void
look_for_training (LeydenTrainPanel *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);

  update_run (self);
  if (self->document == NULL || self->view != NULL || leyden_backend_get_state (backend) != LEYDEN_BACKEND_CONNECTED)
    return;
  leyden_backend_request_async (backend, "GET", "/leyden/v1/experiments?limit=20", NULL, self->cancellable, list_received_cb, g_object_ref (self));
}

/* --- what the parts say --- */

static void
mark_cb (LeydenTrainPanel *self)
{
  g_autoptr(GError) error = NULL;
  LeydenEdit *edit = self->document != NULL ? leyden_flow_mark_slots (leyden_document_get_flow (self->document), LEYDEN_NODE_TYPES (leyden_catalog_get_default ())) : NULL;

  if (edit != NULL && !leyden_document_edit (self->document, edit, &error))
    leyden_part_set_text (self->message, error->message, 400);
}

static void
show_node_cb (LeydenTrainPanel *self,
              const char       *id)
{
  g_signal_emit (self, signals[SIGNAL_SHOW_NODE], 0, id);
}

static void
show_experiment_cb (LeydenTrainPanel *self)
{
  if (self->view != NULL)
    g_signal_emit (self, signals[SIGNAL_SHOW_EXPERIMENT], 0, leyden_experiment_view_get_id (self->view));
}

static void
use_version_cb (LeydenTrainPanel *self)
{
  LeydenValue *snapshot = self->view != NULL ? leyden_experiment_view_get_snapshot (self->view) : NULL;
  const char *best = leyden_value_get_member_string (snapshot, "best", NULL);

  if (best != NULL)
    g_signal_emit (self, signals[SIGNAL_USE_VERSION], 0, snapshot, best);
}

static void
set_document (LeydenTrainPanel *self,
              LeydenDocument   *document)
{
  if (self->document == document)
    return;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->starting = FALSE;
  close_view (self);
  leyden_part_set_text (self->message, NULL, 0);
  g_set_object (&self->document, document);
  leyden_train_setup_set_flow (self->setup, document != NULL ? leyden_document_get_flow (document) : NULL);
  update (self);
  look_for_training (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DOCUMENT]);
}

static void
leyden_train_panel_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  if (prop_id == PROP_DOCUMENT)
    g_value_set_object (value, LEYDEN_TRAIN_PANEL (object)->document);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_train_panel_set_property (GObject      *object,
                                 guint         prop_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  if (prop_id == PROP_DOCUMENT)
    set_document (LEYDEN_TRAIN_PANEL (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
leyden_train_panel_dispose (GObject *object)
{
  LeydenTrainPanel *self = LEYDEN_TRAIN_PANEL (object);

  g_cancellable_cancel (self->cancellable);
  if (self->scroller != NULL)
    close_view (self);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_object (&self->run);
  g_clear_object (&self->document);
  g_clear_object (&self->session);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (leyden_train_panel_parent_class)->dispose (object);
}

/* The data set is loaded when somebody looks: opening a document starts nothing. */
static void
leyden_train_panel_map (GtkWidget *widget)
{
  LeydenTrainPanel *self = LEYDEN_TRAIN_PANEL (widget);

  GTK_WIDGET_CLASS (leyden_train_panel_parent_class)->map (widget);
  leyden_dataset_choice_set_document (leyden_run_panel_get_choice (self->run), self->document);
  update_run (self);
}

static void
leyden_train_panel_class_init (LeydenTrainPanelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = leyden_train_panel_get_property;
  object_class->set_property = leyden_train_panel_set_property;
  object_class->dispose = leyden_train_panel_dispose;
  widget_class->map = leyden_train_panel_map;
  properties[PROP_DOCUMENT] =
    g_param_spec_object ("document", NULL, NULL, LEYDEN_TYPE_DOCUMENT, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_SHOW_NODE] =
    g_signal_new ("show-node", LEYDEN_TYPE_TRAIN_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_SHOW_EXPERIMENT] =
    g_signal_new ("show-experiment", LEYDEN_TYPE_TRAIN_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_USE_VERSION] =
    g_signal_new ("use-version", LEYDEN_TYPE_TRAIN_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, LEYDEN_TYPE_VALUE, G_TYPE_STRING);
  signals[SIGNAL_ENDED] =
    g_signal_new ("ended", LEYDEN_TYPE_TRAIN_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LEYDEN_TYPE_VALUE);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
}

static GtkWidget *
create_setup_side (LeydenTrainPanel *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);

  self->setup = LEYDEN_TRAIN_SETUP (leyden_train_setup_new (leyden_run_panel_get_choice (self->run)));
  self->start_button = gtk_button_new_with_label (_("Train"));
  self->message = leyden_part_label (NULL, "error");
  gtk_widget_add_css_class (self->start_button, "suggested-action");
  gtk_widget_set_halign (self->start_button, GTK_ALIGN_START);
  gtk_widget_set_visible (self->message, FALSE);
  g_signal_connect_object (self->start_button, "clicked", G_CALLBACK (leyden_train_panel_start), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->setup, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->setup, "mark-requested", G_CALLBACK (mark_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->setup, "show-node", G_CALLBACK (show_node_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), leyden_split_box_scroll_form (GTK_WIDGET (self->setup)));
  gtk_box_append (GTK_BOX (box), self->message);
  gtk_box_append (GTK_BOX (box), self->start_button);
  return box;
}

static GtkWidget *
create_intro (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *title = gtk_label_new (_("Let the flow learn from its data"));
  GtkWidget *text = gtk_label_new (_("Training tries other values of what is marked, keeps what scores better on validation rows, and proves the best on test rows that it never saw. "
                                     "The flow stays as it is until you use the new version."));

  gtk_label_set_wrap (GTK_LABEL (title), TRUE);
  gtk_widget_add_css_class (title, "title-4");
  gtk_label_set_wrap (GTK_LABEL (text), TRUE);
  gtk_label_set_justify (GTK_LABEL (text), GTK_JUSTIFY_CENTER);
  gtk_label_set_max_width_chars (GTK_LABEL (text), 60);
  gtk_widget_add_css_class (text, "dim-label");
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), text);
  return box;
}

static GtkWidget *
create_result_side (LeydenTrainPanel *self)
{
  GtkWidget *progress, *curve_box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->summary = LEYDEN_EXPERIMENT_SUMMARY (leyden_experiment_summary_new (TRUE));
  self->curve = LEYDEN_REWARD_CURVE (leyden_reward_curve_new ());
  g_signal_connect_object (self->summary, "show-experiment", G_CALLBACK (show_experiment_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->summary, "use-version", G_CALLBACK (use_version_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_valign (GTK_WIDGET (self->summary), GTK_ALIGN_START);
  gtk_box_append (GTK_BOX (curve_box), GTK_WIDGET (self->curve));
  /* The reward rises where it can be seen, also in a low panel. */
  progress = leyden_split_box_new (GTK_WIDGET (self->summary), curve_box, 320, 620);
  self->stack = gtk_stack_new ();
  gtk_stack_set_hhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->stack), FALSE);
  gtk_stack_add_named (GTK_STACK (self->stack), create_intro (), "intro");
  gtk_stack_add_named (GTK_STACK (self->stack), progress, "progress");
  return leyden_split_box_scroll (self->stack);
}

static void
leyden_train_panel_init (LeydenTrainPanel *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_widget_add_css_class (self->scroller, "panelpage");
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Train"), -1);
}

GtkWidget *
leyden_train_panel_new (LeydenRunPanel *run)
{
  LeydenTrainPanel *self;
  GtkWidget *start, *end;

  g_return_val_if_fail (LEYDEN_IS_RUN_PANEL (run), NULL);

  self = g_object_new (LEYDEN_TYPE_TRAIN_PANEL, NULL);
  self->run = g_object_ref (run);
  start = create_setup_side (self);
  end = create_result_side (self);
  self->sides = LEYDEN_SPLIT_BOX (leyden_split_box_new (start, end, 300, 640));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), GTK_WIDGET (self->sides));
  g_signal_connect_object (run, "view-changed", G_CALLBACK (update_run), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "endpoints-changed", G_CALLBACK (update_run), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "notify::read-only", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (leyden_session_get_backend (self->session), "notify::state", G_CALLBACK (look_for_training), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

LeydenExperimentView *
leyden_train_panel_get_view (LeydenTrainPanel *self)
{
  g_return_val_if_fail (LEYDEN_IS_TRAIN_PANEL (self), NULL);
  return self->view;
}
