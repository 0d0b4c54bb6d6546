/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-experiments-page.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-experiment-data.h"
#include "leyden-experiment-parts.h"
#include "leyden-safe-text.h"
#include "leyden-spinner.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"

/* While one of them is active the list is asked for so often; events come sooner where the backend sends them. */
#define POLL_S 3

struct _LeydenExperimentsPage
{
  GtkWidget             parent_instance;

  LeydenSession        *session;
  LeydenSubscription   *subscription;
  GCancellable         *cancellable;
  gboolean              asking;
  guint                 poll;
  GtkWidget            *outer;          /* stack: "list", "page" */
  GtkWidget            *stack;          /* "empty", "rows", "connecting", "failed" */
  GtkWidget            *list;
  GHashTable           *rows;           /* experiment → row, borrowed */
  LeydenExperimentPage *page;           /* NULL until one is shown */
};

G_DEFINE_FINAL_TYPE (LeydenExperimentsPage, leyden_experiments_page, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_USE_VERSION,
  SIGNAL_ROLLOUT_ACTIVATED,
  SIGNAL_TRAIN_REQUESTED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static const char *
get_icon (LeydenValue *row)
{
  const char *state = leyden_value_get_member_string (row, "state", "");

  return g_str_equal (state, "finished") ? leyden_state_icon ("succeeded") : g_str_equal (state, "stopped") ? leyden_state_icon ("cancelled")
                                                                                                            : leyden_state_icon (state);
}

static char *
describe_row (LeydenValue *row)
{
  const char *state = leyden_value_get_member_string (row, "state", "");
  LeydenValue *verdict = leyden_value_get_member (row, "verdict");
  const char *sentence = leyden_value_get_kind (verdict) == LEYDEN_VALUE_STRING ? leyden_value_get_string (verdict, NULL)
                                                                                : leyden_value_get_member_string (row, "sentence", NULL);
  double mean = leyden_value_get_member_double (row, "mean", NAN);
  gint64 created = leyden_value_get_member_int (row, "created_ns", 0);
  g_autoptr(GDateTime) when = created > 0 ? g_date_time_new_from_unix_local (created / 1000000000) : NULL;
  g_autofree char *title = leyden_text_display (leyden_experiment_state_title (state), -1, 40, FALSE);
  g_autofree char *method = leyden_text_display (leyden_method_title (leyden_value_get_member_string (row, "optimizer", NULL)), -1, 60, FALSE);
  g_autofree char *told = leyden_experiment_describe_verdict (row);
  g_autoptr(GString) text = g_string_new (NULL);

  if (told == NULL && sentence != NULL)
    told = leyden_text_display (sentence, -1, 200, FALSE);
  g_string_append (text, told != NULL ? told : title);
  if (told == NULL && isfinite (mean) && fabs (mean) <= 1e9)
    g_string_append_printf (text, _(" · best %.2f"), mean);
  g_string_append_printf (text, " · %s", method);
  if (when != NULL)
    {
      g_autofree char *time = g_date_time_format (when, "%x %H:%M");

      g_string_append_printf (text, " · %s", time != NULL ? time : "");
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static GtkWidget *
new_row (void)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new ();
  GtkWidget *chip = leyden_part_chip (_("Simulated"), NULL);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), chip);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  g_object_set_data (G_OBJECT (row), "icon", icon);
  g_object_set_data (G_OBJECT (row), "chip", chip);
  return row;
}

static void
set_row (GtkWidget   *row,
         LeydenValue *value)
{
  const char *state = leyden_value_get_member_string (value, "state", "");
  const char *style = g_str_equal (state, "finished") ? "succeeded" : state;
  g_autofree char *title = leyden_text_display (leyden_value_get_member_string (value, "title", ""), -1, 80, FALSE);
  g_autofree char *description = describe_row (value);
  GtkWidget *icon = g_object_get_data (G_OBJECT (row), "icon");

  g_object_set_data_full (G_OBJECT (row), "row", leyden_value_ref (value), (GDestroyNotify) leyden_value_unref);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), description);
  gtk_image_set_from_icon_name (GTK_IMAGE (icon), get_icon (value));
  gtk_widget_set_css_classes (icon, (const char *[]) { "state", style, NULL });
  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL, leyden_experiment_state_title (state), -1);
  gtk_widget_set_visible (g_object_get_data (G_OBJECT (row), "chip"), leyden_value_get_member_boolean (value, "simulated", FALSE));
}

static void
put_row (LeydenExperimentsPage *self,
         LeydenValue           *value,
         int                    position)
{
  const char *id = leyden_value_get_member_string (value, "experiment", NULL);
  GtkWidget *row = id != NULL ? g_hash_table_lookup (self->rows, id) : NULL;

  if (id == NULL || *id == '\0')
    return;
  if (row == NULL)
    {
      row = new_row ();
      g_hash_table_insert (self->rows, g_strdup (id), row);
      gtk_list_box_insert (GTK_LIST_BOX (self->list), row, position);
    }
  set_row (row, value);
}

static gboolean
any_active (LeydenExperimentsPage *self)
{
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    if (leyden_experiment_is_active (g_object_get_data (G_OBJECT (row), "row")))
      return TRUE;
  return FALSE;
}

static void
show_state (LeydenExperimentsPage *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);
  LeydenBackendState state = leyden_backend_get_state (backend);
  const GError *error = leyden_backend_get_error (backend);

  if (g_hash_table_size (self->rows) > 0)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "rows");
  else if (state == LEYDEN_BACKEND_FAILED)
    {
      leyden_status_page_set_safe (ADW_STATUS_PAGE (gtk_stack_get_child_by_name (GTK_STACK (self->stack), "failed")), _("No Backend"),
                                   error != NULL ? error->message : NULL);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "failed");
    }
  else if (state == LEYDEN_BACKEND_CONNECTING || state == LEYDEN_BACKEND_RECONNECTING)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "connecting");
  else
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "empty");
}

static void ask (LeydenExperimentsPage *self);

static gboolean
poll_cb (gpointer data)
{
  LeydenExperimentsPage *self = data;

  self->poll = 0;
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
received_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      data)
{
  g_autoptr(LeydenExperimentsPage) self = data;
  g_autoptr(LeydenValue) answer = leyden_backend_request_finish (LEYDEN_BACKEND (object), result, NULL);
  LeydenValue *list = leyden_value_get_member (answer, "experiments");
  guint n = leyden_value_get_kind (list) == LEYDEN_VALUE_LIST ? leyden_value_get_size (list) : 0;

  self->asking = FALSE;
  if (self->rows == NULL)
    return;
  /* Newest first; what is known keeps its place. */
  for (guint i = 0; i < n; i++)
    put_row (self, leyden_value_get_item (list, i), (int) i);
  show_state (self);
  if (self->poll == 0 && any_active (self) && gtk_widget_get_mapped (self->list))
    self->poll = g_timeout_add_seconds (POLL_S, poll_cb, self);
}

static void
ask (LeydenExperimentsPage *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);

  if (self->asking || leyden_backend_get_state (backend) != LEYDEN_BACKEND_CONNECTED)
    return;
  self->asking = TRUE;
  leyden_backend_request_async (backend, "GET", "/leyden/v1/experiments?limit=100", NULL, self->cancellable, received_cb, g_object_ref (self));
}

static void
event_cb (LeydenSubscription *subscription,
          const char         *event,
          LeydenValue        *data,
          const char         *id,
          gpointer            user_data)
{
  LeydenExperimentsPage *self = user_data;

  if (!g_str_equal (event, "experiment"))
    return;
  put_row (self, data, 0);
  show_state (self);
}

static void
connected_cb (LeydenExperimentsPage *self)
{
  LeydenBackend *backend = leyden_session_get_backend (self->session);

  show_state (self);
  if (leyden_backend_get_state (backend) != LEYDEN_BACKEND_CONNECTED)
    return;
  ask (self);
  if (self->subscription == NULL)
    self->subscription = leyden_backend_subscribe (backend, "/leyden/v1/events", 0, event_cb, self, NULL);
}

static void
row_activated_cb (LeydenExperimentsPage *self,
                  GtkListBoxRow         *row)
{
  leyden_experiments_page_show (self, leyden_value_get_member_string (g_object_get_data (G_OBJECT (row), "row"), "experiment", NULL));
}

static void
use_version_cb (LeydenExperimentsPage *self,
                LeydenValue           *snapshot,
                const char            *candidate)
{
  g_signal_emit (self, signals[SIGNAL_USE_VERSION], 0, snapshot, candidate);
}

static void
rollout_cb (LeydenExperimentsPage *self,
            LeydenValue           *snapshot,
            const char            *rollout)
{
  g_signal_emit (self, signals[SIGNAL_ROLLOUT_ACTIVATED], 0, snapshot, rollout);
}

static void
train_cb (LeydenExperimentsPage *self)
{
  g_signal_emit (self, signals[SIGNAL_TRAIN_REQUESTED], 0);
}

static void
retry_cb (LeydenExperimentsPage *self)
{
  leyden_session_start (self->session);
}

static void
back_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  leyden_experiments_page_show_list (LEYDEN_EXPERIMENTS_PAGE (widget));
}

static void
leyden_experiments_page_dispose (GObject *object)
{
  LeydenExperimentsPage *self = LEYDEN_EXPERIMENTS_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->poll, g_source_remove);
  if (self->subscription != NULL)
    leyden_subscription_cancel (self->subscription);
  g_clear_object (&self->subscription);
  g_clear_pointer (&self->outer, gtk_widget_unparent);
  g_clear_pointer (&self->rows, g_hash_table_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (leyden_experiments_page_parent_class)->dispose (object);
}

/* Whoever looks at the experiments needs the backend that keeps them. */
static void
leyden_experiments_page_map (GtkWidget *widget)
{
  LeydenExperimentsPage *self = LEYDEN_EXPERIMENTS_PAGE (widget);

  GTK_WIDGET_CLASS (leyden_experiments_page_parent_class)->map (widget);
  leyden_session_start (self->session);
  ask (self);
}

static void
leyden_experiments_page_class_init (LeydenExperimentsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = leyden_experiments_page_dispose;
  widget_class->map = leyden_experiments_page_map;
  signals[SIGNAL_USE_VERSION] =
    g_signal_new ("use-version", LEYDEN_TYPE_EXPERIMENTS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, LEYDEN_TYPE_VALUE, G_TYPE_STRING);
  signals[SIGNAL_ROLLOUT_ACTIVATED] =
    g_signal_new ("rollout-activated", LEYDEN_TYPE_EXPERIMENTS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, LEYDEN_TYPE_VALUE,
                  G_TYPE_STRING);
  signals[SIGNAL_TRAIN_REQUESTED] =
    g_signal_new ("train-requested", LEYDEN_TYPE_EXPERIMENTS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_install_action (widget_class, "experiments.back", NULL, back_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "experiments.back", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "experiments.back", NULL);
}

static GtkWidget *
create_rows (LeydenExperimentsPage *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *clamp = adw_clamp_new ();

  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_widget_set_valign (self->list, GTK_ALIGN_START);
  gtk_widget_set_margin_top (self->list, 18);
  gtk_widget_set_margin_bottom (self->list, 18);
  gtk_widget_set_margin_start (self->list, 12);
  gtk_widget_set_margin_end (self->list, 12);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Experiments"), -1);
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 900);
  adw_clamp_set_child (ADW_CLAMP (clamp), self->list);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);
  return scroller;
}

static GtkWidget *
create_status (LeydenExperimentsPage *self,
               const char            *icon,
               const char            *label,
               GCallback              callback)
{
  GtkWidget *page = adw_status_page_new ();
  GtkWidget *button = gtk_button_new_with_label (label);

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), icon);
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "pill");
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
  adw_status_page_set_child (ADW_STATUS_PAGE (page), button);
  return page;
}

static GtkWidget *
create_list_side (LeydenExperimentsPage *self)
{
  GtkWidget *empty = create_status (self, "leyden-experiments-symbolic", _("Train a Flow"), G_CALLBACK (train_cb));

  adw_status_page_set_title (ADW_STATUS_PAGE (empty), _("No Experiments Yet"));
  adw_status_page_set_description (ADW_STATUS_PAGE (empty),
                                   _("Train a flow: an optimiser tries better prompts, examples and settings over your data, and what helped is proved on rows it never saw."));
  gtk_widget_add_css_class (adw_status_page_get_child (ADW_STATUS_PAGE (empty)), "suggested-action");
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), empty, "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), create_rows (self), "rows");
  gtk_stack_add_named (GTK_STACK (self->stack), leyden_spinner_new_connecting (), "connecting");
  gtk_stack_add_named (GTK_STACK (self->stack), create_status (self, "dialog-error-symbolic", _("Try Again"), G_CALLBACK (retry_cb)), "failed");
  return self->stack;
}

/* Made when the first experiment is looked at: most windows never show one. */
static void
ensure_page (LeydenExperimentsPage *self)
{
  if (self->page != NULL)
    return;
  self->page = LEYDEN_EXPERIMENT_PAGE (leyden_experiment_page_new ());
  gtk_widget_set_vexpand (GTK_WIDGET (self->page), TRUE);
  g_signal_connect_object (self->page, "use-version", G_CALLBACK (use_version_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->page, "rollout-activated", G_CALLBACK (rollout_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (gtk_stack_get_child_by_name (GTK_STACK (self->outer), "page")), GTK_WIDGET (self->page));
}

static GtkWidget *
create_page_side (LeydenExperimentsPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *back = gtk_button_new ();
  GtkWidget *content = adw_button_content_new ();

  adw_button_content_set_icon_name (ADW_BUTTON_CONTENT (content), "go-previous-symbolic");
  adw_button_content_set_label (ADW_BUTTON_CONTENT (content), _("Experiments"));
  gtk_button_set_child (GTK_BUTTON (back), content);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (back), "experiments.back");
  gtk_widget_set_tooltip_text (back, _("Back to the list"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (back), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Back to the list"), -1);
  gtk_widget_add_css_class (back, "flat");
  gtk_widget_add_css_class (bar, "toolbar");
  gtk_box_append (GTK_BOX (bar), back);
  gtk_box_append (GTK_BOX (box), bar);
  return box;
}

static void
leyden_experiments_page_init (LeydenExperimentsPage *self)
{
  self->session = g_object_ref (leyden_session_get_default ());
  self->cancellable = g_cancellable_new ();
  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->outer = gtk_stack_new ();
  gtk_stack_set_hhomogeneous (GTK_STACK (self->outer), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (self->outer), FALSE);
  gtk_stack_add_named (GTK_STACK (self->outer), create_list_side (self), "list");
  gtk_stack_add_named (GTK_STACK (self->outer), create_page_side (self), "page");
  gtk_widget_set_parent (self->outer, GTK_WIDGET (self));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "experiments.back", FALSE);
  g_signal_connect_object (leyden_session_get_backend (self->session), "notify::state", G_CALLBACK (connected_cb), self, G_CONNECT_SWAPPED);
  connected_cb (self);
}

GtkWidget *
leyden_experiments_page_new (void)
{
  return g_object_new (LEYDEN_TYPE_EXPERIMENTS_PAGE, NULL);
}

void
leyden_experiments_page_show (LeydenExperimentsPage *self,
                              const char            *experiment)
{
  LeydenExperimentView *shown;

  g_return_if_fail (LEYDEN_IS_EXPERIMENTS_PAGE (self));
  g_return_if_fail (experiment != NULL);

  ensure_page (self);
  shown = leyden_experiment_page_get_view (self->page);
  if (shown == NULL || !g_str_equal (leyden_experiment_view_get_id (shown), experiment))
    {
      g_autoptr(LeydenExperimentView) view = leyden_experiment_view_new (self->session, experiment);

      if (shown != NULL)
        leyden_experiment_view_close (shown);
      leyden_experiment_page_set_view (self->page, view);
    }
  gtk_stack_set_visible_child_name (GTK_STACK (self->outer), "page");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "experiments.back", TRUE);
}

void
leyden_experiments_page_show_list (LeydenExperimentsPage *self)
{
  LeydenExperimentView *shown;

  g_return_if_fail (LEYDEN_IS_EXPERIMENTS_PAGE (self));

  gtk_stack_set_visible_child_name (GTK_STACK (self->outer), "list");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "experiments.back", FALSE);
  shown = self->page != NULL ? leyden_experiment_page_get_view (self->page) : NULL;
  if (shown != NULL)
    {
      leyden_experiment_view_close (shown);
      leyden_experiment_page_set_view (self->page, NULL);
    }
  ask (self);
}

LeydenExperimentPage *
leyden_experiments_page_get_page (LeydenExperimentsPage *self)
{
  g_return_val_if_fail (LEYDEN_IS_EXPERIMENTS_PAGE (self), NULL);
  return self->page;
}
