/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "leyden-desktop"

#include "config.h"
#include "leyden-run-progress.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "leyden-desktop.h"
#include "leyden-rollout-item.h"
#include "leyden-steps-view.h"
#include "leyden-text.h"
#include "leyden-tooltip.h"
#include "leyden-wrap-box.h"

/* Of one that is taken apart. */
#define ROWS_A_TURN 20

typedef enum
{
  SHOW_WRONG,                   /* failed, or a reward below 1 */
  SHOW_FAILED,
  SHOW_ALL,
} Show;

struct _LeydenRunProgress
{
  GtkWidget        parent_instance;

  LeydenRunView   *view;
  GtkWidget       *box;
  GtkWidget       *bar;
  GtkWidget       *text;
  GtkWidget       *simulated;
  GtkWidget       *reward;
  GtkWidget       *interval;
  GtkWidget       *succeeded;
  GtkWidget       *failed;
  GtkWidget       *latency;
  GtkWidget       *tokens;
  GtkWidget       *show;
  GtkWidget       *list;
  GtkWidget       *empty;
  GtkFilter       *filter;
  GtkFilterListModel *filtered;
  GtkSliceListModel  *shown;
};

G_DEFINE_FINAL_TYPE (LeydenRunProgress, leyden_run_progress, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_ROLLOUT_ACTIVATED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

char *
leyden_run_progress_describe (LeydenValue *run)
{
  LeydenValue *summary = leyden_value_get_member (run, "summary");
  const char *state = leyden_value_get_member_string (run, "state", "");
  gint64 n = leyden_value_get_member_int (run, "n_items", 0);
  gint64 done = leyden_value_get_member_int (summary, "done", 0);
  double remaining = leyden_value_get_member_double (summary, "remaining_s", NAN);
  double elapsed = leyden_value_get_member_double (summary, "elapsed_s", NAN);
  guint paused = g_str_equal (state, "running") ? (guint) CLAMP (leyden_value_get_member_int (summary, "n_paused", 0), 0, G_MAXUINT) : 0;
  g_autofree char *progress = g_strdup_printf (_("%d of %d"), (int) done, (int) n);

  if (paused > 0)
    {
      g_autofree char *standing = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u paused", "%u paused", paused), paused);

      return g_strdup_printf ("%s · %s", progress, standing);
    }
  if (g_str_equal (state, "running") && isfinite (remaining))
    {
      /* An estimate: parts of a second would only flicker. */
      g_autofree char *left = remaining < 59.5 ? g_strdup_printf (_("%d s"), MAX ((int) ceil (remaining), 1))
                                               : leyden_format_duration (remaining * 1000);

      return g_strdup_printf (_("%s, %s left"), progress, left);
    }
  if (g_str_equal (state, "running"))
    return g_steal_pointer (&progress);
  if (isfinite (elapsed) && elapsed > 0)
    {
      g_autofree char *took = leyden_format_duration (elapsed * 1000);

      return g_strdup_printf (_("%s: %s, in %s"), leyden_state_title (state), progress, took);
    }
  return g_strdup_printf ("%s: %s", leyden_state_title (state), progress);
}

static void
set_number (GtkWidget *label,
            gint64     number)
{
  g_autofree char *text = g_strdup_printf ("%'" G_GINT64_FORMAT, number);

  gtk_label_set_text (GTK_LABEL (label), text);
}

static void
update_reward (LeydenRunProgress *self,
               LeydenValue       *summary)
{
  LeydenValue *mean = leyden_value_get_member (summary, "mean_reward");
  double estimate = leyden_value_get_member_double (mean, "estimate", NAN);
  double low = leyden_value_get_member_double (mean, "low", NAN);
  double high = leyden_value_get_member_double (mean, "high", NAN);
  g_autofree char *text = isfinite (estimate) ? g_strdup_printf ("%.3f", estimate) : g_strdup ("–");
  g_autofree char *interval = isfinite (low) && isfinite (high) ? g_strdup_printf (_("95 %%: %.3f to %.3f"), low, high) : g_strdup ("");

  gtk_label_set_text (GTK_LABEL (self->reward), text);
  gtk_label_set_text (GTK_LABEL (self->interval), interval);
  gtk_widget_set_visible (self->interval, *interval != '\0');
}

static void
update_latency (LeydenRunProgress *self,
                LeydenValue       *summary)
{
  LeydenValue *latency = leyden_value_get_member (summary, "latency_ms");
  g_autofree char *p50 = leyden_format_duration (leyden_value_get_member_double (latency, "p50", NAN));
  g_autofree char *p95 = leyden_format_duration (leyden_value_get_member_double (latency, "p95", NAN));
  g_autofree char *text = g_strdup_printf ("%s / %s", p50, p95);

  gtk_label_set_text (GTK_LABEL (self->latency), text);
}

static void
update_list (LeydenRunProgress *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->filtered));

  gtk_widget_set_visible (self->list, n > 0);
  gtk_widget_set_visible (self->empty, n == 0);
  gtk_label_set_text (GTK_LABEL (self->empty), gtk_drop_down_get_selected (GTK_DROP_DOWN (self->show)) == SHOW_ALL
                                                 ? _("No row has started yet.") : _("Nothing went wrong so far."));
}

static void
update (LeydenRunProgress *self)
{
  LeydenValue *run = self->view != NULL ? leyden_run_view_get_run (self->view) : NULL;
  LeydenValue *summary = leyden_value_get_member (run, "summary");
  gint64 n = leyden_value_get_member_int (run, "n_items", 0);
  gint64 done = leyden_value_get_member_int (summary, "done", 0);
  g_autofree char *text = NULL;

  if (run == NULL)
    return;
  text = leyden_run_progress_describe (run);
  gtk_label_set_text (GTK_LABEL (self->text), text);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->bar), n > 0 ? (double) done / (double) n : 0);
  gtk_widget_set_visible (self->simulated, leyden_value_get_member_boolean (run, "simulated", FALSE) ||
                                             leyden_value_get_member_boolean (summary, "simulated", FALSE));
  update_reward (self, summary);
  update_latency (self, summary);
  set_number (self->succeeded, leyden_value_get_member_int (summary, "succeeded", 0));
  set_number (self->failed, leyden_value_get_member_int (summary, "failed", 0));
  set_number (self->tokens, leyden_value_get_member_int (summary, "tokens", 0));
  update_list (self);
}

static gboolean
filter_cb (gpointer item,
           gpointer data)
{
  LeydenRunProgress *self = data;
  LeydenValue *row = leyden_rollout_item_get_row (item);
  const char *state = leyden_rollout_item_get_state (item);
  gboolean failed = g_str_equal (state, "failed") || g_str_equal (state, "cancelled");
  double reward = leyden_value_get_member_double (row, "reward", NAN);

  switch ((Show) gtk_drop_down_get_selected (GTK_DROP_DOWN (self->show)))
    {
    case SHOW_ALL:
      return TRUE;
    case SHOW_FAILED:
      return failed;
    case SHOW_WRONG:
    default:
      return failed || (isfinite (reward) && reward < 1);
    }
}

static void
show_selected_cb (LeydenRunProgress *self)
{
  if (self->filter == NULL)
    return;
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  update_list (self);
}

/* It ended, but not with the full reward. */
static gboolean
is_wrong (LeydenRolloutItem *item)
{
  double reward = leyden_value_get_member_double (leyden_rollout_item_get_row (item), "reward", NAN);

  return g_str_equal (leyden_rollout_item_get_state (item), "succeeded") && isfinite (reward) && reward < 1;
}

static char *
describe_item (LeydenRolloutItem *item)
{
  LeydenValue *row = leyden_rollout_item_get_row (item);
  const char *error = leyden_value_get_member_string (row, "error", NULL);
  double reward = leyden_value_get_member_double (row, "reward", NAN);
  g_autofree char *duration = leyden_format_duration (leyden_value_get_member_double (row, "latency_ms", NAN));

  if (error != NULL)
    return leyden_text_display (error, -1, 200, FALSE);
  if (isfinite (reward))
    return g_strdup_printf (_("reward %.2f · %s"), reward, duration);
  return g_strdup_printf ("%s · %s", leyden_state_title (leyden_rollout_item_get_state (item)), duration);
}

static void
setup_row_cb (GtkSignalListItemFactory *factory,
              GtkListItem              *item)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);
  GtkWidget *name = gtk_label_new (NULL);
  GtkWidget *text = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_width_chars (GTK_LABEL (name), 8);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (text), 0);
  gtk_label_set_ellipsize (GTK_LABEL (text), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_widget_add_css_class (text, "dim-label");
  gtk_box_append (GTK_BOX (row), gtk_image_new ());
  gtk_box_append (GTK_BOX (row), name);
  gtk_box_append (GTK_BOX (row), text);
  gtk_list_item_set_child (item, row);
}

static void
bind_row_cb (GtkSignalListItemFactory *factory,
             GtkListItem              *list_item)
{
  LeydenRolloutItem *item = gtk_list_item_get_item (list_item);
  GtkWidget *icon = gtk_widget_get_first_child (gtk_list_item_get_child (list_item));
  GtkWidget *name = gtk_widget_get_next_sibling (icon);
  GtkWidget *text = gtk_widget_get_next_sibling (name);
  const char *state = is_wrong (item) ? "wrong" : leyden_rollout_item_get_state (item);
  g_autofree char *shown = leyden_text_display (leyden_value_get_member_string (leyden_rollout_item_get_row (item), "item", ""), -1,
                                                40, FALSE);
  g_autofree char *description = describe_item (item);
  g_autofree char *label = g_strdup_printf ("%s, %s, %s", shown, leyden_state_title (state), description);

  gtk_image_set_from_icon_name (GTK_IMAGE (icon), leyden_state_icon (state));
  gtk_widget_set_css_classes (icon, (const char *[]) { "state", state, NULL });
  leyden_tooltip_set_text (icon, leyden_state_title (state));
  gtk_label_set_text (GTK_LABEL (name), shown);
  gtk_label_set_text (GTK_LABEL (text), description);
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (gtk_list_item_get_child (list_item))), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
activated_cb (LeydenRunProgress *self,
              guint              position)
{
  g_autoptr(LeydenRolloutItem) item = g_list_model_get_item (G_LIST_MODEL (self->filtered), position);

  if (item != NULL)
    g_signal_emit (self, signals[SIGNAL_ROLLOUT_ACTIVATED], 0, leyden_rollout_item_get_id (item));
}

static void
dashboard_action (GtkWidget  *widget,
                  const char *action,
                  GVariant   *parameter)
{
  LeydenRunView *view = LEYDEN_RUN_PROGRESS (widget)->view;

  if (view != NULL)
    gtk_widget_activate_action (widget, "win.show-dashboard", "(ssss)", "ready-training", "run", leyden_run_view_get_id (view), "");
}

static void
compare_with_action (GtkWidget  *widget,
                     const char *action,
                     GVariant   *parameter)
{
  LeydenRunProgress *self = LEYDEN_RUN_PROGRESS (widget);
  GtkSingleSelection *selection = GTK_SINGLE_SELECTION (gtk_list_view_get_model (GTK_LIST_VIEW (self->list)));
  LeydenRolloutItem *item = gtk_single_selection_get_selected_item (selection);

  if (item != NULL)
    gtk_widget_activate_action (widget, "win.compare-with", "s", leyden_rollout_item_get_id (item));
}

static void
selected_cb (LeydenRunProgress  *self,
             GParamSpec         *pspec,
             GtkSingleSelection *selection)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "rollouts.compare-with", gtk_single_selection_get_selected_item (selection) != NULL);
}

void
leyden_run_progress_set_view (LeydenRunProgress *self,
                              LeydenRunView     *view)
{
  g_return_if_fail (LEYDEN_IS_RUN_PROGRESS (self));

  if (self->view == view)
    return;
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  g_set_object (&self->view, view);
  gtk_filter_list_model_set_model (self->filtered, view != NULL ? leyden_run_view_get_rollouts (view) : NULL);
  if (view != NULL)
    g_signal_connect_object (view, "notify::run", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

gboolean
leyden_run_progress_dismantle (LeydenRunProgress *self)
{
  guint n;

  g_return_val_if_fail (LEYDEN_IS_RUN_PROGRESS (self), FALSE);

  n = g_list_model_get_n_items (G_LIST_MODEL (self->shown));
  gtk_slice_list_model_set_size (self->shown, n - MIN (n, ROWS_A_TURN));
  return n > ROWS_A_TURN;
}

static void
leyden_run_progress_dispose (GObject *object)
{
  LeydenRunProgress *self = LEYDEN_RUN_PROGRESS (object);

  leyden_run_progress_set_view (self, NULL);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (leyden_run_progress_parent_class)->dispose (object);
}

static void
leyden_run_progress_finalize (GObject *object)
{
  LeydenRunProgress *self = LEYDEN_RUN_PROGRESS (object);

  g_clear_object (&self->shown);
  g_clear_object (&self->filtered);
  g_clear_object (&self->filter);
  G_OBJECT_CLASS (leyden_run_progress_parent_class)->finalize (object);
}

static void
leyden_run_progress_class_init (LeydenRunProgressClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = leyden_run_progress_dispose;
  object_class->finalize = leyden_run_progress_finalize;
  signals[SIGNAL_ROLLOUT_ACTIVATED] =
    g_signal_new ("rollout-activated", LEYDEN_TYPE_RUN_PROGRESS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                  G_TYPE_STRING);
  g_type_ensure (LEYDEN_TYPE_WRAP_BOX);
  gtk_widget_class_set_template_from_resource (widget_class, LEYDEN_RESOURCES "leyden-run-progress.ui");
  gtk_widget_class_bind_template_child (widget_class, LeydenRunProgress, box);
  gtk_widget_class_bind_template_child (widget_class, LeydenRunProgress, bar);
  gtk_widget_class_bind_template_child (widget_class, LeydenRunProgress, text);
  gtk_widget_class_bind_template_child (widget_class, LeydenRunProgress, simulated);
  gtk_widget_class_bind_template_child (widget_class, LeydenRunProgress, reward);
  gtk_widget_class_bind_template_child (widget_class, LeydenRunProgress, interval);
  gtk_widget_class_bind_template_child (widget_class, LeydenRunProgress, succeeded);
  gtk_widget_class_bind_template_child (widget_class, LeydenRunProgress, failed);
  gtk_widget_class_bind_template_child (widget_class, LeydenRunProgress, latency);
  gtk_widget_class_bind_template_child (widget_class, LeydenRunProgress, tokens);
  gtk_widget_class_bind_template_child (widget_class, LeydenRunProgress, show);
  gtk_widget_class_bind_template_child (widget_class, LeydenRunProgress, list);
  gtk_widget_class_bind_template_child (widget_class, LeydenRunProgress, empty);
  gtk_widget_class_bind_template_callback (widget_class, show_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, setup_row_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_row_cb);
  gtk_widget_class_install_action (widget_class, "rollouts.dashboard", NULL, dashboard_action);
  gtk_widget_class_install_action (widget_class, "rollouts.compare-with", NULL, compare_with_action);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
leyden_run_progress_init (LeydenRunProgress *self)
{
  g_autoptr(GtkSingleSelection) selection = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->filter = GTK_FILTER (gtk_custom_filter_new (filter_cb, self, NULL));
  self->filtered = gtk_filter_list_model_new (NULL, g_object_ref (self->filter));
  self->shown = gtk_slice_list_model_new (g_object_ref (G_LIST_MODEL (self->filtered)), 0, G_MAXUINT);
  selection = gtk_single_selection_new (g_object_ref (G_LIST_MODEL (self->shown)));
  gtk_single_selection_set_autoselect (selection, FALSE);
  gtk_list_view_set_model (GTK_LIST_VIEW (self->list), GTK_SELECTION_MODEL (selection));
  g_signal_connect_object (self->filtered, "items-changed", G_CALLBACK (update_list), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (selection, "notify::selected-item", G_CALLBACK (selected_cb), self, G_CONNECT_SWAPPED);
  selected_cb (self, NULL, selection);
  update_list (self);
}

GtkWidget *
leyden_run_progress_new (void)
{
  return g_object_new (LEYDEN_TYPE_RUN_PROGRESS, NULL);
}
